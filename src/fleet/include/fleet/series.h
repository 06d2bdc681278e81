// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "fleet/columns.h"
#include "fleet/frame.h"
#include "fleet/gpu.h"
#include "fleet/inventory.h"

namespace penstock {

/// What a group of GPUs was doing in one second, or the share of a backend; what the charts and the history keep.
struct GroupPoint
{
    enum class Dimension : std::uint8_t { Provider = 0, Workload = 1, Model = 2, Total = 3, Region = 4, Cluster = 5, ProviderModel = 6, Backend = 7 }; ///< stored: never renumber
    Dimension dimension = Dimension::Provider;
    /// "azure", "azure/eastus", "azure/eastus/a", "azure/H100 80GB SXM", a route's "chatgpt/azure"; empty in total, and for the GPUs of no workload.
    std::string key;
    std::array<std::uint32_t, gpuStateCount> byState {}; ///< index: GpuState
    float utilisationMean = -1; ///< %, of GPUs with a known value; below 0: none known
    double power = -1; ///< W; below 0: none known
    double needed = -1, unmet = -1; ///< GPUs, see WorkloadDemand; below 0: not known
    double desired = -1, accepted = -1, observed = -1; ///< % of a route, of a backend; below 0: not known
    double carried = -1; ///< % of all interactive load that would be if this provider or region were lost; below 0: not known
    friend bool operator==(const GroupPoint&, const GroupPoint&) = default;
};
inline constexpr std::size_t groupDimensions = 8;

/// All groups at one time.
struct RollupPoint
{
    Time at {};
    std::vector<GroupPoint> groups;
    bool simulated = false; ///< some of it was simulated or replayed
    friend bool operator==(const RollupPoint&, const RollupPoint&) = default;
};

/// The last 15 minutes, oldest first, one point a second where there was data; a gap in time is a gap in the chart.
using RecentHistory = std::vector<std::shared_ptr<const RollupPoint>>;
inline constexpr std::chrono::minutes recentHistoryLength { 15 };

/// The observed split of one route at one time.
struct SplitPoint
{
    Time at {};
    std::vector<std::optional<double>> observed; ///< per cent, in the order of Route::backends; empty: not known
    friend bool operator==(const SplitPoint&, const SplitPoint&) = default;
};
/// The last 15 minutes of one route, oldest first.
using SplitHistory = std::deque<SplitPoint>;

/// The last known picture of one endpoint, as the cache keeps it.
struct SavedFleet
{
    std::string endpoint;
    std::shared_ptr<const Inventory> inventory;
    std::shared_ptr<const Columns> columns;
    Time observed {};
    std::vector<std::uint32_t> since {}; ///< as SamplesFrame::since, of all rows; empty: not known
    std::vector<LateRows> late {}; ///< not kept by the cache
};

} // namespace penstock
