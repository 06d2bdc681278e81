// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "pastreading.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string_view>
#include <utility>

#include "sampling.h"

namespace penstock {

using namespace std::chrono_literals;

namespace {

using Kept = GroupPoint::Dimension;
using enum HistoryFigure;

constexpr std::size_t mostEvents = 200; ///< of a moment
constexpr std::size_t mostMarks = 500; ///< of a span
constexpr std::array chartDimensions { Kept::Provider, Kept::Workload, Kept::Model };
const std::vector<HistoryFigure> drawn { Unknown, Busy, Idle, Free, Draining, Unhealthy, Carried };
const std::vector<HistoryFigure> everything { Unknown, Busy, Idle, Free, Draining, Unhealthy, Utilisation, Power, Needed, Unmet, Carried };
const std::vector<HistoryFigure> shares { Desired, Accepted, Observed };

/// What is known of a group, before means of counts become counts.
struct Means
{
    GroupPoint group;
    std::array<double, gpuStateCount> byState {};
    double leastBusy = 0, greatestBusy = 0; ///< of their seconds
    double leastCarried = -1, greatestCarried = -1;
};

void put(Means& means, HistoryFigure figure, double value)
{
    auto& group = means.group;
    switch (figure) {
    case Unknown:
    case Busy:
    case Idle:
    case Free:
    case Draining:
    case Unhealthy: means.byState.at(static_cast<std::size_t>(figure)) = std::clamp(value, 0., 4e9); break;
    case Utilisation: group.utilisationMean = static_cast<float>(value); break;
    case Power: group.power = value; break;
    case Needed: group.needed = value; break;
    case Unmet: group.unmet = value; break;
    case Desired: group.desired = value; break;
    case Accepted: group.accepted = value; break;
    case Observed: group.observed = value; break;
    case Carried: group.carried = value; break;
    case Gpus:
    case Simulated: break;
    }
}

/// Whole GPUs that add up to as many as there were: those with the largest remainders are rounded up.
GroupPoint rounded(const Means& means)
{
    auto group = means.group;
    std::array<std::size_t, gpuStateCount> order {};
    double sum = 0;
    std::int64_t left = 0;
    for (std::size_t i = 0; i < gpuStateCount; ++i) {
        order[i] = i;
        sum += means.byState[i];
        group.byState[i] = static_cast<std::uint32_t>(means.byState[i]);
        left -= group.byState[i];
    }
    left += std::llround(sum);
    const auto remainder = [&](std::size_t i) { return means.byState[i] - std::floor(means.byState[i]); };
    std::ranges::stable_sort(order, std::greater(), remainder);
    for (std::size_t i = 0; i < gpuStateCount && left > 0; ++i, --left)
        ++group.byState[order[i]];
    return group;
}

/// As in a second in which so many were busy, with the supply of the means.
GroupPoint withBusy(Means means, double busy, double carried)
{
    means.group.carried = carried;
    const auto of = [&](GpuState state) -> double& { return means.byState[static_cast<std::size_t>(state)]; };
    of(GpuState::Idle) += std::exchange(of(GpuState::Busy), busy) - busy;
    of(GpuState::Free) = std::max(0., of(GpuState::Free) + std::min(0., of(GpuState::Idle)));
    of(GpuState::Idle) = std::max(0., of(GpuState::Idle));
    return rounded(means);
}

/// Points by their time, and in them groups by dimension and key.
class Gathered
{
public:
    Result<std::chrono::seconds> add(HistoryFile& file, const HistoryQuery& query)
    {
        const auto answer = file.read(query);
        if (!answer)
            return std::unexpected(answer.error());
        for (const auto& series : answer->series)
            for (const auto& point : series.points) {
                auto& at = m_points[point.at];
                auto [group, isNew] = at.groups.try_emplace({ query.dimension, series.key });
                if (isNew)
                    group->second.group = { .dimension = query.dimension, .key = series.key };
                put(group->second, series.figure, point.mean);
                if (series.figure == Busy) {
                    group->second.leastBusy = point.least;
                    group->second.greatestBusy = point.greatest;
                } else if (series.figure == Carried) {
                    group->second.leastCarried = point.least;
                    group->second.greatestCarried = point.greatest;
                }
                at.simulated = at.simulated || point.simulated > 0;
            }
        return answer->step;
    }
    /// Of means the least and the greatest number of busy GPUs stand one behind the other, half a step apart, so that a line shows both.
    [[nodiscard]] RecentHistory points(std::chrono::seconds step = 1s) const
    {
        RecentHistory made;
        const auto add = [&](Time time, const At& at, const auto& make) {
            auto point = std::make_shared<RollupPoint>(RollupPoint { .at = time, .groups = {}, .simulated = at.simulated });
            for (const auto& [name, group] : at.groups)
                point->groups.push_back(make(group));
            made.push_back(std::move(point));
        };
        for (const auto& [time, at] : m_points)
            if (step <= 1s) {
                add(time, at, rounded);
            } else {
                add(time, at, [](const Means& it) { return withBusy(it, it.leastBusy, it.leastCarried); });
                add(time + step / 2, at, [](const Means& it) { return withBusy(it, it.greatestBusy, it.greatestCarried); });
            }
        return made;
    }

private:
    struct At
    {
        std::map<std::pair<Kept, std::string>, Means> groups;
        bool simulated = false;
    };
    std::map<Time, At> m_points;
};

/// The newest point at or before a moment, whole; null where there is a gap.
Result<std::shared_ptr<const RollupPoint>> pointBefore(HistoryFile& file, Time at, std::chrono::seconds& step)
{
    HistoryQuery query { .dimension = Kept::Total, .figures = everything, .from = at - longestSilence + 1s, .to = at + 1us, .step = 1s };
    Gathered gathered;
    const auto found = gathered.add(file, query);
    if (!found)
        return std::unexpected(found.error());
    step = *found;
    const auto totals = gathered.points();
    if (totals.empty()) {
        const auto sampling = samplingBefore(file, at);
        if (!sampling)
            return std::unexpected(sampling.error());
        if (!*sampling)
            return nullptr;
        query.from = (*sampling)->last;
        step = (*sampling)->apart;
    } else
        query.from = totals.back()->at;
    query.to = query.from + 1us;
    query.step = step;
    Gathered whole;
    for (std::size_t dimension = 0; dimension < groupDimensions; ++dimension) {
        query.dimension = static_cast<Kept>(dimension);
        query.figures = query.dimension == Kept::Backend ? shares : everything;
        if (const auto done = whole.add(file, query); !done)
            return std::unexpected(done.error());
    }
    const auto points = whole.points();
    return !points.empty() ? points.back() : totals.empty() ? nullptr : totals.back();
}

/// Of means the least and the greatest second stand one behind the other, so that a line shows both.
void put(std::map<Time, SplitPoint>& points, std::size_t backends, std::size_t backend, const HistoryPoint& it, std::chrono::seconds step)
{
    const auto add = [&](Time at, double value) {
        auto& point = points[at];
        point.at = at;
        point.observed.resize(backends);
        point.observed[backend] = value;
    };
    if (step <= 1s)
        return add(it.at, it.mean);
    add(it.at, it.least);
    add(it.at + step / 2, it.greatest);
}

/// The charts' points up to and with `range.to`.
Result<> readWindows(HistoryFile& file, const std::vector<Route>& routes, PastRange& range)
{
    HistoryQuery query { .figures = drawn, .from = range.from, .to = range.to + 1us, .step = range.step };
    Gathered gathered;
    for (const auto dimension : chartDimensions) {
        query.dimension = dimension;
        const auto done = gathered.add(file, query);
        if (!done)
            return std::unexpected(done.error());
        range.step = *done;
    }
    range.history = std::make_shared<RecentHistory>(gathered.points(range.step));
    auto observed = readSplits(file, routes, range.from, range.to, range.step);
    if (!observed)
        return std::unexpected(observed.error());
    range.observed = std::move(*observed);
    return {};
}

} // namespace

Result<Splits> readSplits(HistoryFile& file, const std::vector<Route>& routes, Time from, Time to, std::chrono::seconds step)
{
    const auto answer = file.read({ .dimension = Kept::Backend, .figures = { Observed }, .from = from, .to = to + 1us, .step = step });
    if (!answer)
        return std::unexpected(answer.error());
    std::map<std::string_view, const HistorySeries*> byKey;
    for (const auto& series : answer->series)
        byKey.emplace(series.key, &series);
    Splits splits;
    for (const auto& route : routes) {
        std::map<Time, SplitPoint> points;
        for (std::size_t b = 0; b < route.backends.size(); ++b)
            if (const auto series = byKey.find(route.name + "/" + route.backends[b].name); series != byKey.end())
                for (const auto& it : series->second->points)
                    put(points, route.backends.size(), b, it, answer->step);
        auto history = std::make_shared<SplitHistory>();
        for (auto& [at, point] : points)
            history->push_back(std::move(point));
        splits.emplace(route.name, std::move(history));
    }
    return splits;
}

PastView readPast(HistoryFile& file, PastMaker& maker, const std::vector<Route>& routes, Time at)
{
    PastView view { .at = at };
    const auto fails = [&](const Error& error) {
        view.error = error;
        return view;
    };
    const auto point = pointBefore(file, at, view.step);
    if (!point)
        return fails(point.error());
    if (*point) {
        view.snapshot = maker.make(**point, at);
        for (const auto& group : (*point)->groups)
            if (group.dimension == Kept::Backend)
                view.shares.emplace(group.key, group);
            else if (group.carried >= 0)
                view.carried.emplace(group.key, group.carried);
    }
    auto window = readRange(file, routes, at - recentHistoryLength, at, view.step);
    if (window.error)
        return fails(*window.error);
    view.history = std::move(window.history);
    Gathered carried;
    const auto step = carried.add(file, { .dimension = Kept::Provider, .figures = { Carried }, .from = at - 1h, .to = at + 1us, .step = view.step });
    if (!step)
        return fails(step.error());
    view.carriedHistory = std::make_shared<RecentHistory>(carried.points(*step));
    view.observed = std::move(window.observed);
    auto events = file.events({ .from = at - 24h, .to = at + 1us, .most = mostEvents });
    if (!events)
        return fails(events.error());
    view.events = std::move(events->events);
    return view;
}

PastRange readRange(HistoryFile& file, const std::vector<Route>& routes, Time from, Time to, std::chrono::seconds step)
{
    PastRange range { .from = from, .to = to, .step = step };
    if (const auto done = readWindows(file, routes, range); !done)
        range.error = done.error();
    return range;
}

PastSpan readSpan(HistoryFile& file, Time from, Time to, std::size_t points)
{
    PastSpan span { .from = from, .to = to };
    const auto step = std::max<std::chrono::seconds>(1s, std::chrono::duration_cast<std::chrono::seconds>((to - from) / std::max<std::size_t>(1, points)));
    if (const auto answer = file.read({ .dimension = Kept::Total, .figures = { Busy }, .from = from, .to = to, .step = step }))
        for (const auto& series : answer->series)
            for (const auto& it : series.points)
                span.busy.emplace_back(it.at, it.mean);
    using Kind = FleetEvent::Kind;
    if (auto answer = file.events({ .from = from, .to = to, .kinds = { Kind::Unhealthy, Kind::Healthy, Kind::Lost, Kind::Back, Kind::Removed, Kind::Added }, .most = mostMarks }))
        span.events = std::move(answer->events);
    return span;
}

} // namespace penstock
