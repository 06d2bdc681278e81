// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPixmap>
#include <QStringList>
#include <QWidget>
#include <optional>
#include <vector>

#include "painting/capacitypicture.h"

namespace penstock {

class ChartHand;
struct CapacityReading;
struct ReadingRow;

/// Capacity over time. Steps are dragged with the mouse, or picked with Up and Down and moved with Left and Right; Escape
/// gives these to the crosshair. The rest is as with a TimeChart (docs/charts.md).
class CapacityChart final : public QWidget
{
    Q_OBJECT

public:
    explicit CapacityChart(QWidget* parent = nullptr);
    void setColours(const ChartColours& colours);
    void show(CapacityPicture picture);
    void setFrozen(bool frozen); ///< marks it as held
    void setCrosshair(std::optional<double> time); ///< for charts that move together; nothing takes it away
    [[nodiscard]] const CapacityPicture& picture() const { return m_picture; }
    /// Where a step is held.
    [[nodiscard]] QRectF handle(std::size_t step) const;
    /// Writes what is shown as PNG or SVG, by the name's end, with lines above and below it. False: it cannot be
    /// written.
    [[nodiscard]] bool save(const QString& path, const QStringList& above, const QStringList& below) const;

signals:
    void stepMoved(std::size_t id, double time); ///< while it is dragged, or by a key
    void stepDropped(std::size_t id);
    void pointed(std::optional<double> time); ///< the pointer or the crosshair is wanted at this time, or nowhere
    void looked(double begin, double end); ///< another stretch of time is wanted
    void wholeWanted();
    void freezeWanted(); ///< or to go on

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    [[nodiscard]] CapacityPainter painter() const;
    [[nodiscard]] std::vector<ReadingRow> rowsOf(const CapacityReading& reading) const;
    [[nodiscard]] std::optional<double> next(double time, int direction) const;
    [[nodiscard]] std::optional<std::size_t> stepAt(const QPointF& at) const;
    void describe();
    void paintAnew();
    CapacityPicture m_picture;
    ChartColours m_colours;
    std::optional<double> m_pointed; ///< a time
    std::optional<std::size_t> m_dragged;
    std::size_t m_focused = 0;
    bool m_stepHasKeys = true, m_frozen = false;
    ChartHand* m_hand;
    QPixmap m_painted; ///< all but the crosshair; null: to be painted anew
};

} // namespace penstock
