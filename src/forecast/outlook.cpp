// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "forecast/outlook.h"

#include <algorithm>
#include <cmath>

namespace penstock {

using Dimension = GroupPoint::Dimension;

std::optional<double> endingAsItRunsOut(const ToldGroup& told)
{
    const auto& steps = told.supply.steps;
    for (std::size_t i = 1; told.runOut && !told.runOut->already && told.runOut->likely && i < steps.size(); ++i)
        if (const auto after = *told.runOut->likely - steps[i].from; steps[i].gpus < steps[i - 1].gpus && after >= Duration(0) && after < std::chrono::hours(1))
            return steps[i - 1].gpus - steps[i].gpus;
    return std::nullopt;
}

std::optional<std::pair<std::string, std::string>> supplierOf(Dimension dimension, const std::string& key)
{
    const auto slash = std::min(key.find('/'), key.size());
    switch (dimension) {
    case Dimension::Total:
        return std::pair<std::string, std::string>();
    case Dimension::Provider:
        return std::pair { key, std::string() };
    case Dimension::Model:
        return std::pair { std::string(), key };
    case Dimension::ProviderModel:
        return std::pair { key.substr(0, slash), key.substr(std::min(slash + 1, key.size())) };
    case Dimension::Workload:
    case Dimension::Region:
    case Dimension::Cluster:
    case Dimension::Backend:
        break;
    }
    return std::nullopt;
}

Supply supplyOf(std::span<const CommittedCapacity> committed, Dimension dimension, const std::string& key,
    std::optional<double> thereNow, double uncommitted)
{
    if (const auto supplier = supplierOf(dimension, key))
        if (auto steps = capacitySteps(committed, supplier->first, supplier->second); !steps.empty()) {
            for (auto& step : steps)
                step.gpus += std::round(uncommitted);
            return { std::move(steps), uncommitted > 0 ? "committed and there now" : "committed" };
        }
    if (dimension == Dimension::Workload || !thereNow)
        return {};
    return { { { Time::min(), std::round(*thereNow) } }, "there now" };
}

std::vector<CapacityStep> capacityWith(std::span<const CapacityStep> capacity,
    std::span<const CommittedCapacity> blocks, std::string_view provider, std::string_view model)
{
    const auto added = capacitySteps(blocks, provider, model);
    if (added.empty() || capacity.empty())
        return { capacity.begin(), capacity.end() };
    std::vector<Time> moments;
    std::ranges::transform(capacity, std::back_inserter(moments), &CapacityStep::from);
    std::ranges::transform(added, std::back_inserter(moments), &CapacityStep::from);
    std::ranges::sort(moments);
    moments.erase(std::ranges::unique(moments).begin(), moments.end());
    std::vector<CapacityStep> made;
    for (const auto at : moments) {
        const auto gpus = std::max(0.0, capacityAt(capacity, at) + capacityAt(added, at));
        if (made.empty() || made.back().gpus != gpus)
            made.push_back({ at, gpus });
    }
    return made;
}

std::optional<RunOut> runOutWith(
    const ToldGroup& told, Dimension dimension, std::span<const CommittedCapacity> blocks)
{
    const auto supplier = supplierOf(dimension, told.key);
    return supplier && !blocks.empty()
        ? runOut(told.forecast, capacityWith(told.supply.steps, blocks, supplier->first, supplier->second))
        : told.runOut;
}

} // namespace penstock
