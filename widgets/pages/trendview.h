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

#include "charts/chartlink.h"
#include "engine/decimate.h"
#include "models/trend.h"

namespace penstock {

class TimeChart;

/// Hands a chart no more of a trend than its pixels can show, and reads the exact values for its crosshair. The chart
/// scrolls by whole pixels: between two of them it is left alone. What the hand wants of the chart is done by the link, and so
/// by every chart that shares it.
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
    /// Shares stretch, crosshair and freezing; before it follows another it has a link of its own.
    void follow(ChartLink& link);
    [[nodiscard]] ChartLink& link() const { return *m_link; }
    [[nodiscard]] double end() const { return m_end; } ///< while it streams
    /// The stretch that is shown.
    [[nodiscard]] ChartLink::Stretch stretch() const { return m_link->stretch(m_length, m_end); }
    /// What lies within the length up to `end`, seconds since 1970. One look a column.
    void show(std::shared_ptr<const Trend> trend, std::vector<Look> looks, double end);
    /// What the chart was given, a line a column and then the supply.
    [[nodiscard]] std::span<const Polyline> drawn() const { return m_lines; }

private:
    void draw();
    [[nodiscard]] std::optional<std::size_t> newest() const;
    [[nodiscard]] QString missing() const; ///< of the stretch that is shown

    TimeChart& m_chart;
    ChartLink* m_link = nullptr;
    double m_length; ///< seconds
    std::shared_ptr<const Trend> m_trend;
    std::vector<std::vector<double>> m_stacked; ///< none where the chart has lines
    std::vector<Look> m_looks;
    double m_end = 0;
    std::vector<Polyline> m_lines; ///< of the columns, then of the supply
    PixelWindow m_window; ///< of what is drawn
};

} // namespace penstock
