// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "charts/heatmap.h"
#include "controls/paint.h"
#include "heatscene.h"

namespace penstock {

/// What is known of the cell under the pointer. Lies above everything and lets clicks through.
class HeatCard final : public QWidget
{
    Q_OBJECT

public:
    struct Text
    {
        QString title, below, age;
        AgeLook look = AgeLook::None;
        QList<std::pair<QString, QString>> rows;
        QString foot;
    };
    explicit HeatCard(QWidget* parent = nullptr);
    /// Beside a rectangle of its window, where there is room.
    void show(const Text& text, const QRect& besides);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Text m_text;
};

/// The words of a card: of one GPU, or of several added up.
[[nodiscard]] HeatCard::Text gpuCard(const Snapshot& snapshot, std::uint32_t node, std::uint32_t gpu);
[[nodiscard]] HeatCard::Text sumCard(const QString& title, const QString& below, const Tally& tally);

/// The scale with its ends, the categories, and the shapes of the states.
class HeatLegend final : public QWidget
{
    Q_OBJECT

public:
    explicit HeatLegend(QWidget* parent = nullptr);
    void show(const HeatScale& scale, const HeatColours& colours, const Snapshot* snapshot);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    struct Chip
    {
        QRgb colour;
        QString name;
    };
    HeatScale m_scale;
    std::array<QRgb, 256> m_shades {};
    QList<Chip> m_chips;
};

/// The colours of a metric in the present theme.
[[nodiscard]] HeatColours heatColours(HeatMetric metric);
[[nodiscard]] QString metricName(HeatMetric metric);

/// The whole of what a scrolled heatmap shows a part of, with a frame around that part; a click goes there.
class HeatOverview final : public QWidget
{
    Q_OBJECT

public:
    explicit HeatOverview(QWidget* parent = nullptr);
    void setColours(const HeatColours& colours);
    void show(const SnapshotPtr& snapshot, const FleetTreeModel& filter, const HeatScene& of, std::pair<double, double> inView);

signals:
    void wanted(double share); ///< 0 top, 1 bottom

protected:
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;

private:
    class Frame;
    void ask(double y);
    HeatScene m_scene;
    Heatmap* m_map;
    Frame* m_frame;
};

} // namespace penstock
