// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QObject>
#include <QString>
#include <chrono>
#include <memory>
#include <span>
#include <vector>

#include "engine/decimate.h"
#include "models/trend.h"

namespace penstock {

class TimeChart;

/// Hands a chart no more of a trend than its pixels can show, and reads the exact values for its crosshair. The chart
/// scrolls by whole pixels: between two of them it is left alone.
class TrendView final : public QObject
{
public:
    /// How a column of the trend looks.
    struct Look
    {
        QString name;
        QColor line, fill;
        friend bool operator==(const Look&, const Look&) = default;
    };
    /// `chart` owns this; `length`: of what it shows.
    explicit TrendView(TimeChart& chart, std::chrono::seconds length = recentHistoryLength);
    /// What lies within the length up to `end`, seconds since 1970. One look a column.
    void show(std::shared_ptr<const Trend> trend, std::vector<Look> looks, double end);
    /// What the chart was given, a line a column and then the supply.
    [[nodiscard]] std::span<const Polyline> drawn() const { return m_lines; }

private:
    void draw();

    TimeChart& m_chart;
    double m_length; ///< seconds
    std::shared_ptr<const Trend> m_trend;
    std::vector<std::vector<double>> m_stacked; ///< none where the chart has lines
    std::vector<Look> m_looks;
    double m_end = 0;
    std::vector<Polyline> m_lines; ///< of the columns, then of the supply
    PixelWindow m_window; ///< of what is drawn
};

} // namespace penstock
