// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trendview.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "charts/timechart.h"

namespace penstock {

TrendView::TrendView(TimeChart& chart, std::chrono::seconds length)
    : QObject(&chart), m_chart(chart), m_length(std::chrono::duration<double>(length).count()), m_trend(std::make_shared<const Trend>())
{
    connect(&m_chart, &TimeChart::columnsChanged, this, &TrendView::draw);
    connect(&m_chart, &TimeChart::looked, this, [this](double begin, double end) { m_link->look({ begin, end }, m_length, m_end); });
    connect(&m_chart, &TimeChart::wholeWanted, this, [this] { m_link->reset(); });
    connect(&m_chart, &TimeChart::freezeWanted, this, [this] { m_link->frozenAt() ? m_link->thaw() : m_link->freeze(m_end); });
    connect(&m_chart, &TimeChart::pointed, this, [this](std::optional<double> time) { m_link->point(time); });
    follow(*new ChartLink(this));
    m_chart.setMissing([this] { return missing(); });
    m_chart.setReader([this](double time) -> std::optional<TimeChart::Reading> {
        const auto point = m_trend->pointAt(time);
        if (!point)
            return {};
        TimeChart::Reading reading { .time = m_trend->times[*point], .values = {}, .supply = {} };
        for (const auto& column : m_trend->columns)
            reading.values.push_back(column.values[*point]);
        if (!m_trend->supply.empty())
            reading.supply = m_trend->supply[*point];
        return reading;
    });
}

QString TrendView::missing() const
{
    QStringList names;
    for (const auto& look : m_looks)
        names << look.name;
    return missingOf(*m_trend, names, m_window.begin, m_window.end);
}

void TrendView::follow(ChartLink& link)
{
    if (m_link)
        m_link->disconnect(this);
    m_link = &link;
    connect(m_link, &ChartLink::changed, this, &TrendView::draw);
    connect(m_link, &ChartLink::pointed, this, [this](std::optional<double> time) { m_chart.setCrosshair(time); });
    m_chart.setCrosshair(m_link->crosshair());
    draw();
}

/// The last point that is shown, unless there is a gap behind it.
std::optional<std::size_t> TrendView::newest() const
{
    const auto& times = m_trend->times;
    if (times.empty())
        return {};
    if (!m_link->frozenAt())
        return times.size() - 1;
    return m_trend->pointAt(std::min(m_window.end, times.back()));
}

void TrendView::show(std::shared_ptr<const Trend> trend, std::vector<Look> looks, double end)
{
    if (trend != m_trend || looks != m_looks) {
        m_window = {};
        m_looks = std::move(looks);
    }
    if (trend != m_trend) {
        m_trend = std::move(trend);
        m_stacked = m_chart.shape() == TimeChart::Shape::Stacked ? stacked(*m_trend) : std::vector<std::vector<double>>();
    }
    assert(m_looks.size() == m_trend->columns.size());
    m_end = end;
    draw();
}

void TrendView::draw()
{
    const auto columns = static_cast<std::uint32_t>(std::max(1, m_chart.columns()));
    const auto stretch = this->stretch();
    const double pixel = stretch.length() / columns;
    m_chart.setFrozen(m_link->frozenAt().has_value());
    const double end = m_link->frozenAt() ? stretch.end : std::ceil(stretch.end / pixel) * pixel;
    const PixelWindow window { end - stretch.length(), end, columns };
    if (window == m_window)
        return;
    m_window = window;
    const double gap = m_trend->longestGap();
    const auto count = m_trend->columns.size();
    m_lines.resize(count + 1);
    const auto last = newest();
    std::vector<TimeChart::Series> series;
    for (std::size_t i = 0; i < count; ++i) {
        const auto& values = m_trend->columns[i].values;
        m4(m_trend->times, m_stacked.empty() ? values : m_stacked[i], window, gap, m_lines[i]);
        series.push_back({ m_looks[i].name, m_looks[i].line, m_looks[i].fill, { m_lines[i].times, m_lines[i].values }, last && *last < values.size() ? std::optional(values[*last]) : std::nullopt });
    }
    m4(m_trend->times, m_trend->supply, window, gap, m_lines[count]);
    const auto supply = last && *last < m_trend->supply.size() ? std::optional(m_trend->supply[*last]) : std::nullopt;
    m_chart.show(series, { m_lines[count].times, m_lines[count].values }, supply, end, stretch.length());
}

} // namespace penstock
