// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QString>
#include <QWidget>
#include <span>
#include <vector>

class QCustomPlot;

namespace penstock {

/// Colours a chart takes from the theme.
struct ChartColours
{
    QColor background, grid, axis, value, name;
};

/// A stack of areas that scrolls with time, with a dashed line for the supply, each labelled at its end. Spans in,
/// pixels out: a NaN is a gap.
class StackedAreaChart final : public QWidget
{
    Q_OBJECT

public:
    struct Series
    {
        QString name;
        QColor line, fill;
        std::vector<double> values; ///< one a time
    };
    explicit StackedAreaChart(QWidget* parent = nullptr);
    void setColours(const ChartColours& colours);
    /// Times in seconds since 1970, ascending; the window ends at `end` and is `length` seconds long.
    void show(std::span<const double> times, const std::vector<Series>& series, std::span<const double> supply, double end,
        double length);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    QCustomPlot* m_plot;
    ChartColours m_colours;
    struct Label
    {
        QString name, value;
        QColor colour;
        double at; ///< the middle of its band, in the chart's unit
        bool dashed;
    };
    std::vector<Label> m_labels;
};

} // namespace penstock
