// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "forecast/runout.h"

#include <algorithm>

#include "fleet/workload.h"

namespace penstock {

namespace {

double capacityAt(std::span<const CapacityStep> capacity, Time at)
{
    const auto after = std::ranges::upper_bound(capacity, at, {}, &CapacityStep::from);
    return after == capacity.begin() ? capacity.front().gpus : std::prev(after)->gpus;
}

} // namespace

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
    if (capacity.empty() || !forecast.last || forecast.points.empty())
        return std::nullopt;
    RunOut made;
    made.horizon = forecast.points.back().at + std::chrono::hours(1);
    made.already = *forecast.last > capacityAt(capacity, *forecast.to - std::chrono::hours(1));
    const auto first = [&](double ForecastPoint::*value) -> std::optional<Time> {
        const auto found = std::ranges::find_if(
            forecast.points, [&](const ForecastPoint& it) { return it.*value > capacityAt(capacity, it.at); });
        return found == forecast.points.end() ? std::nullopt : std::optional(found->at);
    };
    made.earliest = first(&ForecastPoint::high);
    made.likely = first(&ForecastPoint::likely);
    made.latest = first(&ForecastPoint::low);
    return made;
}

} // namespace penstock
