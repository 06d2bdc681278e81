// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "planner/room.h"

namespace penstock {

/// One route on the way from a split to another.
struct RouteMove
{
    std::uint32_t route = 0; ///< index into PlanRules::routes
    Weights from; ///< accepted now, per cent
    Weights to;
    /// It asks for no more than the change: what it lacks beside that it lacked before, or that is counted elsewhere.
    bool onlyChange = false;
    std::vector<KnownLoad> known {}; ///< what is known of its loads; empty: what the ground knows
    double rounded = 0; ///< percentage points by which `to` may be above what was meant: of load, so much asks for nothing
};

/// What a split asks of one backend.
struct BackendNeed
{
    std::uint32_t route = 0, backend = 0;
    H100s held = 0; ///< load it carries
    H100s needed = 0; ///< additional load at the target; below 0: given away
    std::int64_t heldGpus = 0;
    std::int64_t neededGpus = 0; ///< additional GPUs, in whole replicas of the models that they are placed on; below 0: freed
    std::int64_t placeableGpus = 0; ///< headroom before the plan: whole replicas on nodes, under every limit, less promises
    std::int64_t shortGpus = 0; ///< of the needed ones, those that find no place once the other moves have theirs
    double reach = 0; ///< of the additional load, the multiple that fits; below 1: it breaks there; 0 when nothing is needed
};

/// What happens in one pool.
struct PoolEffect
{
    std::uint32_t pool = 0;
    std::uint32_t workload = 0; ///< of the moved ones that run here, the one with the largest replica
    std::int64_t needed = 0; ///< GPUs that the plan puts here
    std::int64_t freed = 0; ///< GPUs that it gives back here, estimated in proportion to what is held
    std::int64_t placeable = 0; ///< headroom before the plan, for that workload
    std::int64_t healthy = 0, allocatedBefore = 0, allocatedAfter = 0; ///< allocated: with what is on its way
    std::int64_t usable = 0; ///< healthy, or unknown and held: what can be allocated at all
    double costBefore = 0, costAfter = 0; ///< dollars an hour of the GPUs that the moved workloads hold, where what is on its way has arrived
    std::int64_t unpriced = 0; ///< of those after the plan, GPUs without a price
    friend bool operator==(const PoolEffect&, const PoolEffect&) = default;
};

/// One line of an effect: a provider, region, cluster, a model, or a combination. What is not asked for is empty.
struct EffectLine
{
    std::string provider, region, cluster, model;
    PoolEffect sum; ///< `pool` means nothing

    [[nodiscard]] double utilisationBefore() const { return sum.usable > 0 ? 100.0 * static_cast<double>(sum.allocatedBefore) / static_cast<double>(sum.usable) : 0; } ///< %
    [[nodiscard]] double utilisationAfter() const { return sum.usable > 0 ? 100.0 * static_cast<double>(sum.allocatedAfter) / static_cast<double>(sum.usable) : 0; } ///< %
};

/// Where a plan runs out of room first, or would next.
struct FirstBreak
{
    std::uint32_t route = 0, backend = 0;
    std::uint32_t pool = 0; ///< the one that its load would go to first
    double reach = 0; ///< see BackendNeed
    std::string because; ///< "utilisation cap 85 % of gcp", "no room for a replica of 8 H100 80GB SXM at gcp-1"
};

struct Effect
{
    std::vector<BackendNeed> needs; ///< of every backend of every move, in their order
    std::vector<PoolEffect> pools; ///< those where something changes, ascending
    std::vector<PoolEffect> others; ///< the rest, ascending; `workload` and `placeable` are not told
    std::optional<FirstBreak> firstBreak; ///< empty when nothing gains; of an evacuation the first of the places where the route's load may go
    std::int64_t shortGpus = 0;
    double costBefore = 0, costAfter = 0; ///< dollars an hour of the moved workloads, all pools
    std::int64_t unpriced = 0; ///< GPUs in them without a price
    PriceBasis prices; ///< of those that have one

    [[nodiscard]] bool fits() const { return shortGpus == 0; }
};

enum class EffectBy { Provider, Region, Cluster, Model, ProviderAndModel, ClusterAndModel };

/// The whole effect of moves that run together. Receivers are raised before givers are lowered, so what the moves free is
/// not counted for what they need. Interactive workloads find their place first, then batch, then training; of equal ones
/// the largest replicas first. Where that leaves some without a place, those with the least choice go first, and the
/// others avoid their places, if then all have one. Fast enough to be made anew while a handle is dragged.
[[nodiscard]] Effect effectOf(const Ground& ground, std::span<const RouteMove> moves);
/// `room`: what is left when the moves begin.
[[nodiscard]] Effect effectOf(const Ground& ground, std::span<const RouteMove> moves, Room& room);

/// The effect added up, in the order of the fleets: whole providers, regions, clusters or models, those where something changes or the moved workloads run.
[[nodiscard]] std::vector<EffectLine> linesOf(const Ground& ground, const Effect& effect, EffectBy by);
/// The same with another room than ground's, for what is placeable.
[[nodiscard]] std::vector<EffectLine> linesOf(const Ground& ground, const Effect& effect, EffectBy by, const Room& room);

/// What the effect promises to `plan`, so that other plans leave it alone.
[[nodiscard]] std::vector<Promise> promisesOf(const Ground& ground, const Effect& effect, std::span<const RouteMove> moves, const std::string& plan);

/// GPUs that are given up when a share (0 to 1) of the held ones has no load any more: a replica that is needed in part stays whole; at 1 everything goes.
[[nodiscard]] std::int64_t freedOf(std::int64_t held, double share, std::int64_t replica);

/// All load of a route: what its workload holds in the scopes of its backends, and what it could not get.
[[nodiscard]] H100s loadOf(const Ground& ground, std::uint32_t route);

} // namespace penstock
