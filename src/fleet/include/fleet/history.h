// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "fleet/series.h"

namespace penstock {

/// What the history keeps of a group. Stored: never renumber. The first six are GpuState.
enum class HistoryFigure : std::uint8_t {
    Unknown = 0,
    Busy = 1,
    Idle = 2,
    Free = 3,
    Draining = 4,
    Unhealthy = 5,
    Gpus = 6, ///< all states
    Utilisation = 7, ///< %, mean of the GPUs with a known value
    Power = 8, ///< W
    Needed = 9, ///< GPUs that workloads ask for
    Unmet = 10, ///< of those, the ones that found no place
    Simulated = 11, ///< 1 where RollupPoint::simulated
    Desired = 12, ///< % of a route: what Penstock wants of its router
    Accepted = 13, ///< %, as the router has it
    Observed = 14, ///< % of the requests
    Carried = 15, ///< % of all interactive load, if the provider or region were lost
};
inline constexpr std::size_t historyFigures = 16;

/// "busy", "utilisation", ...: as on the command line.
[[nodiscard]] std::string_view name(HistoryFigure figure);
[[nodiscard]] std::optional<HistoryFigure> parseHistoryFigure(std::string_view text);
/// "total", "provider", ..., "provider,model", "backend".
[[nodiscard]] std::string_view name(GroupPoint::Dimension dimension);
[[nodiscard]] std::optional<GroupPoint::Dimension> parseHistoryDimension(std::string_view text);
/// Empty: not known.
[[nodiscard]] std::optional<double> figureOf(const GroupPoint& group, HistoryFigure figure);

/// One resolution of the history, aligned to UTC. A point of a tier is made of the points of the tier before it.
struct HistoryTier
{
    std::string_view name;
    std::chrono::seconds step;
    std::chrono::seconds chunk; ///< points are stored in chunks of this length
    std::chrono::seconds keep; ///< unless the workspace says otherwise
};
inline constexpr std::size_t historyTierCount = 4;
/// The finest first.
inline constexpr std::array<HistoryTier, historyTierCount> historyTiers { {
    { "1s", std::chrono::seconds(1), std::chrono::minutes(1), std::chrono::hours(2) },
    { "10s", std::chrono::seconds(10), std::chrono::minutes(10), std::chrono::hours(48) },
    { "1min", std::chrono::minutes(1), std::chrono::hours(1), std::chrono::days(30) },
    { "1h", std::chrono::hours(1), std::chrono::days(1), std::chrono::days(13 * 31) },
} };

/// How much history is kept: `[history]` of a workspace.
struct HistorySettings
{
    std::array<std::chrono::seconds, historyTierCount> keep { historyTiers[0].keep, historyTiers[1].keep,
        historyTiers[2].keep, historyTiers[3].keep };
    std::int64_t maxBytes = 2'000'000'000;
    friend bool operator==(const HistorySettings&, const HistorySettings&) = default;
};

} // namespace penstock
