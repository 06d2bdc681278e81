// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "models/trend.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace penstock {

namespace {

    double seconds(Time time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }

    double count(const GroupPoint& group, GpuState state) { return group.byState[static_cast<std::size_t>(state)]; }

    /// NaN of what is silent as a whole: that is no zero.
    double busyOf(const GroupPoint& group)
    {
        const auto all = std::accumulate(group.byState.begin(), group.byState.end(), std::uint64_t { 0 });
        return all > 0 && all == group.byState[static_cast<std::size_t>(GpuState::Unknown)] ? std::numeric_limits<double>::quiet_NaN() : count(group, GpuState::Busy);
    }

} // namespace

std::optional<std::size_t> Trend::pointAt(double time) const
{
    if (times.empty())
        return {};
    const auto after = std::ranges::lower_bound(times, time);
    auto at = static_cast<std::size_t>(std::min<std::ptrdiff_t>(after - times.begin(), std::ssize(times) - 1));
    if (at > 0 && time - times[at - 1] < times[at] - time)
        --at;
    if (std::abs(times[at] - time) > longestGap())
        return {};
    return at;
}

double Trend::longestGap() const
{
    constexpr double least = 5;
    constexpr std::size_t newest = 20;
    std::vector<double> apart;
    for (auto at = times.size() - std::min(newest, times.size()); at + 1 < times.size(); ++at)
        apart.push_back(times[at + 1] - times[at]);
    if (apart.empty())
        return least;
    const auto middle = apart.begin() + static_cast<std::ptrdiff_t>((apart.size() - 1) / 2);
    std::ranges::nth_element(apart, middle);
    return std::max(least, 3 * *middle);
}

Trend busyTrend(const RecentHistory& history, GroupPoint::Dimension dimension, std::span<const std::string> order)
{
    Trend made;
    made.times.reserve(history.size());
    made.supply.reserve(history.size());
    const auto columnOf = [&](const std::string& key, std::size_t guess) -> Trend::Column& {
        // Each point names its groups in the same order as a rule.
        if (guess < made.columns.size() && made.columns[guess].key == key)
            return made.columns[guess];
        const auto found = std::ranges::find(made.columns, key, &Trend::Column::key);
        if (found != made.columns.end())
            return *found;
        auto& column = made.columns.emplace_back(key, std::vector<double> {});
        column.values.reserve(history.size());
        return column;
    };
    for (const auto& point : history) {
        double healthy = 0;
        std::size_t guess = 0;
        for (const auto& group : point->groups) {
            if (group.dimension == GroupPoint::Dimension::Provider)
                healthy += count(group, GpuState::Busy) + count(group, GpuState::Idle) + count(group, GpuState::Free);
            if (group.dimension != dimension || group.key.empty())
                continue;
            auto& values = columnOf(group.key, guess++).values;
            values.resize(made.times.size());
            values.push_back(busyOf(group));
        }
        made.times.push_back(seconds(point->at));
        made.supply.push_back(healthy);
    }
    for (auto& column : made.columns)
        column.values.resize(made.times.size());
    std::ranges::sort(made.columns, {}, &Trend::Column::key);
    std::ranges::stable_sort(made.columns, {}, [&](const Trend::Column& column) { return std::ranges::find(order, column.key) - order.begin(); });
    return made;
}

Trend splitTrend(const SplitHistory& history, std::span<const std::string> backends)
{
    Trend made;
    made.times.reserve(history.size());
    for (const auto& backend : backends) {
        made.columns.emplace_back(backend, std::vector<double> {});
        made.columns.back().values.reserve(history.size());
    }
    for (const auto& point : history) {
        made.times.push_back(seconds(point.at));
        for (std::size_t i = 0; i < backends.size(); ++i)
            made.columns[i].values.push_back(i < point.observed.size() && point.observed[i] ? *point.observed[i] : std::numeric_limits<double>::quiet_NaN());
    }
    return made;
}

std::vector<std::vector<double>> stacked(const Trend& trend)
{
    std::vector<std::vector<double>> heights;
    std::vector<double> below(trend.times.size());
    for (const auto& column : trend.columns) {
        auto& top = heights.emplace_back(column.values);
        for (std::size_t at = 0; at < top.size(); ++at) {
            top[at] += below[at];
            if (!std::isnan(top[at]))
                below[at] = top[at];
        }
    }
    return heights;
}

} // namespace penstock
