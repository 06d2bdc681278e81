// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "fleet/columns.h"
#include "fleet/inventory.h"
#include "fleet/servicelevel.h"

namespace penstock {

/// How much of a workload is asked for and what of it finds no GPU. One curve a workload: endpoints that repeat the
/// same demand are never added up.
struct WorkloadDemand
{
    std::string workload;
    std::optional<double> requestsPerSecond; ///< empty: a gap in the record
    std::uint32_t gpusNeeded = 0; ///< GPUs its replicas ask for in this source's fleets
    std::uint32_t gpusUnmet = 0; ///< of those, the ones that found no place
    std::map<std::string, std::uint32_t> unmetWhy {}; ///< in the scheduler's own words, "Resources", how many of them
    friend bool operator==(const WorkloadDemand&, const WorkloadDemand&) = default;
};

struct InventoryFrame
{
    std::shared_ptr<const Inventory> inventory;
    Time observed {};
};

/// Consecutive rows of which nothing was heard after a moment before the frame was observed: their exporter, or their node, is silent.
struct LateRows
{
    std::uint32_t firstRow = 0, rows = 0;
    std::uint32_t heard = 0; ///< seconds since 1970
    friend bool operator==(const LateRows&, const LateRows&) = default;
};

/// New values. `rows` empty: the columns hold consecutive rows from `firstRow` on; else values[i] belongs to rows[i]
/// (in any order, the last of equal ones counts). Rows that are not named and columns that are empty have not changed, and
/// were observed as well.
struct SamplesFrame
{
    std::uint64_t epoch = 0;
    std::uint64_t sequence = 0; ///< 1 for the first frame after an inventory, then without a gap
    Time observed {};
    std::uint32_t firstRow = 0;
    std::vector<std::uint32_t> rows;
    Columns values;
    std::vector<std::string> addedWorkloads; ///< appended to Inventory::workloads before `values` is read
    /// False on all but the last frame of a picture that is sent in parts: readers wait for the last one to publish.
    bool completesPicture = true;
    /// Utilisation, temperature, power and memory are to be added to the last values, modulo the width of the column.
    bool differences = false;
    /// Seconds since 1970 when each GPU was first seen in its state, by whoever watched it before; 0: not known. Empty: nobody did.
    std::vector<std::uint32_t> since {};
    /// All that there are, ascending, with the frame that completes a picture; other rows were heard when this was observed.
    std::vector<LateRows> late {};

    /// How many GPUs it names; Invalid when its columns have different lengths.
    [[nodiscard]] Result<std::size_t> count() const;
};

/// Nothing changed, and the source is alive.
struct HeartbeatFrame
{
    std::uint64_t epoch = 0;
    std::uint64_t sequence = 0; ///< counts on with the samples frames
    Time observed {};
    std::vector<LateRows> late {}; ///< as of SamplesFrame
};

struct DemandFrame
{
    Time observed {};
    std::vector<WorkloadDemand> demand;
    std::vector<ServiceLevel> service {}; ///< provider and region may be left to whoever knows the cluster
};

using Frame = std::variant<InventoryFrame, SamplesFrame, HeartbeatFrame, DemandFrame>;

} // namespace penstock
