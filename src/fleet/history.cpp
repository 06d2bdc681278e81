// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "fleet/history.h"

#include <algorithm>
#include <numeric>

namespace penstock {

namespace {

using enum GroupPoint::Dimension;

constexpr std::array<std::string_view, historyFigures> figureNames { "unknown", "busy", "idle", "free", "draining",
    "unhealthy", "gpus", "utilisation", "power", "needed", "unmet", "simulated", "desired", "accepted", "observed", "carried" };
constexpr std::array<std::pair<GroupPoint::Dimension, std::string_view>, groupDimensions> dimensionNames { {
    { Total, "total" },
    { Provider, "provider" },
    { Region, "region" },
    { Cluster, "cluster" },
    { Model, "model" },
    { Workload, "workload" },
    { ProviderModel, "provider,model" },
    { Backend, "backend" },
} };

bool isSilent(const GroupPoint& group)
{
    const auto isNone = [](std::uint32_t count) { return count == 0; };
    return group.byState[0] > 0 && std::all_of(group.byState.begin() + 1, group.byState.end(), isNone);
}

} // namespace

std::string_view name(HistoryFigure figure)
{
    return figureNames.at(static_cast<std::size_t>(figure));
}

std::optional<HistoryFigure> parseHistoryFigure(std::string_view text)
{
    const auto found = std::ranges::find(figureNames, text);
    return found == figureNames.end() ? std::nullopt
                                      : std::optional(static_cast<HistoryFigure>(found - figureNames.begin()));
}

std::string_view name(GroupPoint::Dimension dimension)
{
    const auto found = std::ranges::find(dimensionNames, dimension, &decltype(dimensionNames)::value_type::first);
    return found == dimensionNames.end() ? std::string_view() : found->second;
}

std::optional<GroupPoint::Dimension> parseHistoryDimension(std::string_view text)
{
    const auto found = std::ranges::find(dimensionNames, text, &decltype(dimensionNames)::value_type::second);
    return found == dimensionNames.end() ? std::nullopt : std::optional(found->first);
}

std::optional<double> figureOf(const GroupPoint& group, HistoryFigure figure)
{
    const auto known = [](double value) { return value < 0 ? std::nullopt : std::optional(value); };
    // A backend has no GPUs to count.
    if (group.dimension == Backend && figure <= HistoryFigure::Gpus)
        return std::nullopt;
    switch (figure) {
    case HistoryFigure::Unknown:
    case HistoryFigure::Busy:
    case HistoryFigure::Idle:
    case HistoryFigure::Free:
    case HistoryFigure::Draining:
    case HistoryFigure::Unhealthy:
        // Where nothing is heard of any of them, that none is busy is nothing that anybody told.
        if (figure != HistoryFigure::Unknown && isSilent(group))
            return std::nullopt;
        return group.byState.at(static_cast<std::size_t>(figure));
    case HistoryFigure::Gpus:
        return static_cast<double>(std::accumulate(group.byState.begin(), group.byState.end(), std::uint64_t { 0 }));
    case HistoryFigure::Utilisation:
        return known(static_cast<double>(group.utilisationMean));
    case HistoryFigure::Power:
        return known(group.power);
    case HistoryFigure::Needed:
        return known(group.needed);
    case HistoryFigure::Unmet:
        return known(group.unmet);
    case HistoryFigure::Desired:
        return known(group.desired);
    case HistoryFigure::Accepted:
        return known(group.accepted);
    case HistoryFigure::Observed:
        return known(group.observed);
    case HistoryFigure::Carried:
        return known(group.carried);
    case HistoryFigure::Simulated:
        break; // known of a whole point
    }
    return std::nullopt;
}

} // namespace penstock
