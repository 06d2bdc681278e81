// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "models/trend.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "models/format.h"

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
            auto& column = columnOf(group.key, guess++);
            column.values.resize(made.times.size());
            column.values.push_back(busyOf(group));
            column.silent.resize(made.times.size());
            column.silent.push_back(count(group, GpuState::Unknown));
        }
        made.times.push_back(seconds(point->at));
        made.supply.push_back(healthy);
    }
    for (auto& column : made.columns) {
        column.values.resize(made.times.size());
        column.silent.resize(made.times.size());
    }
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

QString missingOf(const Trend& trend, const QStringList& names, double begin, double end)
{
    const auto say = [](const char* text) { return QCoreApplication::translate("Trend", text); };
    const auto at = [](double time) { return format::second(Time(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(time)))); };
    const auto& times = trend.times;
    const auto gap = trend.longestGap();
    const auto first = static_cast<std::size_t>(std::ranges::lower_bound(times, begin) - times.begin());
    const auto last = static_cast<std::size_t>(std::ranges::upper_bound(times, end) - times.begin());
    if (first == last)
        return say(QT_TRANSLATE_NOOP("Trend", "nothing was seen"));
    QStringList parts;
    if (times[first] - begin > gap)
        parts << say(QT_TRANSLATE_NOOP("Trend", "nothing was seen before %1")).arg(at(times[first]));
    qsizetype gaps = 0;
    double unseen = 0;
    for (auto i = first + 1; i < last; ++i)
        if (const double apart = times[i] - times[i - 1]; apart > gap) {
            ++gaps;
            unseen += apart;
        }
    if (gaps > 0)
        parts << say(QT_TRANSLATE_NOOP("Trend", "nothing was seen for %1 in between")).arg(format::span(std::chrono::seconds(std::llround(unseen))));
    if (end - times[last - 1] > gap)
        parts << say(QT_TRANSLATE_NOOP("Trend", "nothing was seen since %1")).arg(at(times[last - 1]));
    for (std::size_t c = 0; c < trend.columns.size(); ++c) {
        const auto& column = trend.columns[c];
        double most = 0;
        std::optional<std::size_t> from, to;
        for (auto i = first; i < last; ++i)
            if (const double silent = i < column.silent.size() ? column.silent[i] : 0; silent > 0 || std::isnan(column.values[i])) {
                most = std::max(most, silent);
                from = from.value_or(i);
                to = i;
            }
        if (!from)
            continue;
        const auto name = names.value(static_cast<qsizetype>(c));
        parts << (most > 0 ? say(QT_TRANSLATE_NOOP("Trend", "up to %1 GPUs of %2 were silent between %3 and %4")).arg(format::count(static_cast<std::uint64_t>(most)), name, at(times[*from]), at(times[*to]))
                           : say(QT_TRANSLATE_NOOP("Trend", "of %1 something is not known between %2 and %3")).arg(name, at(times[*from]), at(times[*to])));
    }
    return parts.join(QStringLiteral("; "));
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
