// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/board.h"

namespace penstock {

/// What a provider hands over at once, at most.
inline constexpr std::int64_t largestBlock = 100'000;

/// GPUs that a provider will hand over, or take back, on a date.
struct Block
{
    std::string provider;
    std::string region; ///< empty: of those to be lost, anywhere at the provider; of new ones its largest region, or one of its own where it has none
    std::string model; ///< canonical, "H100 80GB SXM", or as modelMatches: of new ones what the provider, else the fleet, has of that name, if that is one model
    std::int64_t gpus = 0; ///< above 0: they come; below 0: they go
    std::uint32_t gpusPerNode = 8; ///< of new ones
    Time from {};
    std::optional<Time> until {};

    [[nodiscard]] bool holds(Time at) const { return at >= from && (!until || at < *until); }
};

/// The fleets with the blocks that hold at a time. Whole nodes: what is left over of one does not come and does not go.
struct WithBlocks
{
    CapacityPtr capacity;
    std::int64_t came = 0, went = 0; ///< GPUs
    std::int64_t partial = 0; ///< that should have come and are less than a whole node
    std::int64_t displaced = 0; ///< of those that went, GPUs that were not free
    struct Gone
    {
        std::uint32_t pool = 0, workload = 0; ///< workload: index into Capacity::workloads
        std::int64_t gpus = 0;
        friend bool operator==(const Gone&, const Gone&) = default;
    };
    std::vector<Gone> gone; ///< what ran on them, as far as it has a name; a pool and workload may be there more than once
    std::int64_t missing = 0; ///< GPUs that were to go and are not there, not seen, or less than a whole node
};
/// Free nodes go first. New nodes are free, and stand in a cluster of their own called "planned".
[[nodiscard]] WithBlocks withBlocks(const Capacity& capacity, std::span<const Block> blocks, Time at);

/// What blocks would change.
struct BlockEffect
{
    struct WorkloadRoom
    {
        std::string workload;
        H100s before = 0, after = 0; ///< load that its headroom carries, where it may run
    };
    /// Load that ran on GPUs that go.
    struct Displaced
    {
        std::string workload;
        std::int64_t gpus = 0;
        H100s load = 0;
        H100s placed = 0; ///< of it, what finds a place where it may run; the rest is lost
    };
    WithBlocks fleets; ///< without the load that was displaced
    std::vector<Displaced> displaced; ///< interactive first, then batch and training
    std::vector<WorkloadRoom> headroom; ///< by workload of PlanRules
    std::vector<std::string> closed; ///< backends that may carry their route no longer: "aws may carry chat no longer: eu-west-1 lies outside its regions"
    std::vector<std::string> limited; ///< quotas that keep GPUs that come from being filled: "quota of 1,800 GPUs of azure in eastus: of 1,504 H100 80GB SXM that come none can be filled"
    /// After: with what was displaced in its new place; what found none is carried by no row.
    std::vector<BoardRow> boardBefore, boardAfter;
    double cost = 0; ///< dollars an hour of the GPUs that came, less of those that went
    std::int64_t unpriced = 0; ///< of these GPUs, those without a price
    PriceBasis prices; ///< of the fleets
};
[[nodiscard]] BlockEffect whatIf(const Ground& ground, std::span<const Block> blocks, Time at);

} // namespace penstock
