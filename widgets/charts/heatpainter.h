// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QPainter>
#include <vector>

#include "charts/heatmap.h"

namespace penstock {

/// Paints a layout's cells straight into the pixels of a picture. Shapes of marks are drawn once for each size and then
/// stamped.
struct Heatmap::Painter
{
    static constexpr int leastMarked = 6, leastNumbered = 22, leastGapped = 5; ///< pitch

    /// `offset`: what stands at the upper left corner of the picture, in pixels of the layout.
    void paint(QImage& picture, const HeatLayout& layout, const HeatSource& source, const HeatColours& colours, QPoint offset, const QFont& font);
    void forget() { m_pitch = 0; }

private:
    /// How much of the stroke covers each pixel of a cell, 0..255.
    using Mask = std::vector<std::uint8_t>;
    void prepare(const HeatColours& colours, int pitch, double scale);
    void paintArea(QImage& picture, const HeatLayout& layout, const HeatLayout::Area& area, const HeatSource& source, QPoint offset);
    void paintRun(QImage& picture, const HeatLayout& layout, const HeatLayout::Area& area, const HeatSource& source, HeatSpot first, std::uint32_t count, QPoint offset);
    void paintCell(QImage& picture, QPoint at, std::uint8_t shade, HeatMark mark) const;
    void paintTexts(QImage& picture, const HeatLayout& layout, const HeatSource& source, const HeatColours& colours, QPoint offset, const QFont& font);
    void paintDigits(QPainter& painter, const HeatSpot& spot, const QRect& cell, const HeatSource& source, const HeatColours& colours, QRgb below, const QFont& font);

    const HeatColours* m_colours = nullptr;
    int m_pitch = 0;
    double m_scale = 1;
    int m_size = 0; ///< of a cell without its gap, in pixels of the picture
    std::array<Mask, heatMarkCount> m_masks;
    std::array<QRgb, heatMarkCount> m_strokes {}, m_fills {};
    std::array<bool, heatMarkCount> m_overShade {};
    std::vector<std::uint8_t> m_shades;
    std::vector<HeatMark> m_marks;
    QHash<QString, QImage> m_digits; ///< by text and ink
};

} // namespace penstock
