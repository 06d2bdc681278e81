// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "forecast/runout.h"

#include <algorithm>

#include "fleet/workload.h"

namespace penstock {

double capacityAt(std::span<const CapacityStep> capacity, Time at)
{
    const auto after = std::ranges::upper_bound(capacity, at, {}, &CapacityStep::from);
    return after == capacity.begin() ? capacity.front().gpus : std::prev(after)->gpus;
}

std::vector<CapacityStep> capacitySteps(
    std::span<const CommittedCapacity> committed, std::string_view provider, std::string_view model)
{
    std::vector<CommittedCapacity> ours;
    std::ranges::copy_if(committed, std::back_inserter(ours), [&](const CommittedCapacity& it) {
        return (provider.empty() || it.provider == provider) && (model.empty() || modelMatches(model, it.model));
    });
    std::vector<CapacityStep> made;
    if (ours.empty())
        return made;
    made.push_back({ .from = Time::min() });
    for (const auto& it : ours)
        for (const auto& moment : { it.from, it.until })
            if (moment)
                made.push_back({ .from = *moment });
    std::ranges::sort(made, {}, &CapacityStep::from);
    for (auto& step : made)
        for (const auto& it : ours)
            if (it.holds(step.from))
                step.gpus += static_cast<double>(it.gpus);
    const auto [first, last] = std::ranges::unique(made, {}, &CapacityStep::gpus);
    made.erase(first, last);
    return made;
}

std::optional<RunOut> runOut(const Forecast& forecast, std::span<const CapacityStep> capacity)
{
    if (capacity.empty() || !forecast.last)
        return std::nullopt;
    RunOut made;
    made.horizon = forecast.points.empty() ? *forecast.to : forecast.points.back().at + std::chrono::hours(1);
    made.already = *forecast.last > capacityAt(capacity, *forecast.to - std::chrono::hours(1));
    if (forecast.ability < Ability::DailyShape) {
        const auto seen = std::chrono::hours(forecast.hours);
        made.missing = std::max(std::chrono::hours(1), dailyShapeNeeds - seen);
        return made;
    }
    const auto note = [](std::optional<Time>& moment, double over, Time at) {
        if (!moment && over > 0)
            moment = at;
    };
    made.lineStaysBelow = true;
    std::optional<double> before;
    ForecastPoint over; // the most that any hour since the last step of capacity is over it
    for (const auto& it : forecast.points) {
        const auto gpus = capacityAt(capacity, it.at);
        const ForecastPoint now { it.at, it.low - gpus, it.likely - gpus, it.high - gpus };
        made.lineStaysBelow = made.lineStaysBelow && now.likely <= 0;
        over = before != gpus ? now
                              : ForecastPoint { it.at, std::max(over.low, now.low), std::max(over.likely, now.likely),
                                    std::max(over.high, now.high) };
        before = gpus;
        const auto ahead = std::chrono::duration_cast<std::chrono::hours>(it.at - *forecast.to) + std::chrono::hours(1);
        const auto error = forecast.highestError(ahead);
        const bool isKnown = !forecast.highest.empty();
        note(made.earliest, isKnown ? over.likely + error.high : over.high, it.at);
        note(made.likely, over.likely + error.likely, it.at);
        note(made.latest, isKnown ? over.likely + error.low : over.low, it.at);
    }
    return made;
}

} // namespace penstock
