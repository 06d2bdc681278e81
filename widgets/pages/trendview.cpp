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
    const double pixel = m_length / columns;
    const double end = std::ceil(m_end / pixel) * pixel;
    const PixelWindow window { end - m_length, end, columns };
    if (window == m_window)
        return;
    m_window = window;
    const double gap = m_trend->longestGap();
    const auto count = m_trend->columns.size();
    m_lines.resize(count + 1);
    std::vector<TimeChart::Series> series;
    for (std::size_t i = 0; i < count; ++i) {
        const auto& values = m_trend->columns[i].values;
        m4(m_trend->times, m_stacked.empty() ? values : m_stacked[i], window, gap, m_lines[i]);
        series.push_back({ m_looks[i].name, m_looks[i].line, m_looks[i].fill, { m_lines[i].times, m_lines[i].values }, values.empty() ? std::optional<double>() : values.back() });
    }
    m4(m_trend->times, m_trend->supply, window, gap, m_lines[count]);
    const auto supply = m_trend->supply.empty() ? std::optional<double>() : m_trend->supply.back();
    m_chart.show(series, { m_lines[count].times, m_lines[count].values }, supply, end, m_length);
}

} // namespace penstock
