// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "planner/plan.h"
#include "planner/rules.h"

namespace penstock {

/// Load, as the number of H100 80GB SXM that would carry it; see relativePerformance.
using H100s = double;

/// Fleets follow new weights within minutes, or not at all: after that long they count as having followed.
inline constexpr std::chrono::minutes followsWithin(30);

/// Below this many percentage points a weight counts as unchanged.
inline constexpr double sameWeight = 0.05;

class Ground;

/// What is still to be had of the fleets while a plan fills them: nodes, and the room under every limit. A plain value:
/// a copy is a what-if. Never gives more than is placeable. One thread at a time.
class Room
{
public:
    /// Whole replicas taken from one pool.
    struct Taken
    {
        std::uint32_t pool = 0;
        std::int64_t replicas = 0;
    };
    /// Replicas of a workload that were ended to make room.
    struct Ended
    {
        std::uint32_t pool = 0, workload = 0; ///< workload: index into PlanRules::workloads
        std::int64_t gpus = 0, replicas = 0;
    };

    /// GPUs that whole replicas of the workload (index into PlanRules::workloads) find on the nodes, limits aside.
    [[nodiscard]] std::int64_t placeable(std::uint32_t pool, std::uint32_t workload) const;
    /// The same under every limit, with what the workload has to spare: what a plan may fill of this pool alone, or of these pools together.
    [[nodiscard]] std::int64_t headroom(std::uint32_t pool, std::uint32_t workload) const;
    [[nodiscard]] std::int64_t headroom(std::span<const std::uint32_t> pools, std::uint32_t workload) const;
    /// Headroom as load that it would carry.
    [[nodiscard]] H100s headroomLoad(std::span<const std::uint32_t> pools, std::uint32_t workload) const;
    /// The limit that leaves the workload least room here; null when only the nodes bound it.
    [[nodiscard]] const Limit* tightest(std::uint32_t pool, std::uint32_t workload) const;

    /// GPUs that a limit (index into RuleMap::limits) still allows the workload, 0 or above; empty when it does not bind it.
    [[nodiscard]] std::optional<std::int64_t> roomUnder(std::uint32_t limit, std::uint32_t workload) const;

    /// The nodes of a pool as they are left. Who holds what was taken is not in their lists.
    [[nodiscard]] const std::vector<NodeGroup>& nodes(std::uint32_t pool) const { return m_groups[pool]; }

    /// GPUs of the pool that a workload holds and could still end. Needs a capacity that knows holders.
    [[nodiscard]] std::int64_t held(std::uint32_t pool, std::uint32_t workload) const { return m_held.empty() ? 0 : m_held[std::size_t { workload } * m_groups.size() + pool]; }

    /// GPUs of the pool that the workload still holds after its load has left: it may have them back, and nobody else has room there.
    [[nodiscard]] std::int64_t spare(std::uint32_t pool, std::uint32_t workload) const { return m_spare.empty() ? 0 : m_spare[std::size_t { workload } * m_groups.size() + pool]; }

    /// GPUs by which a limit that holds is exceeded; 0: it is kept.
    [[nodiscard]] std::int64_t exceededBy(std::uint32_t limit) const { return m_limits[limit].holds ? std::max<std::int64_t>(0, -m_limits[limit].room) : 0; }

    /// Takes up to so many replicas, on the fullest nodes that hold one.
    std::int64_t take(std::uint32_t pool, std::uint32_t workload, std::int64_t replicas);
    /// Takes whole replicas for a load, pool by pool in this order; `load` becomes what found no place (0 or above).
    std::vector<Taken> place(std::span<const std::uint32_t> pools, std::uint32_t workload, H100s& load);
    /// The pool is gone: its nodes, and its share of the provider's cap.
    void lose(std::uint32_t pool);
    /// Nothing more is to be had in the pool; what runs there counts.
    void close(std::uint32_t pool);
    /// Ends replicas of `victim` in the pool where that makes room for replicas of `workload`, fewest GPUs first, and
    /// takes the room at once. Needs a capacity that knows holders. Returns the replicas taken.
    std::int64_t takeFrom(std::uint32_t pool, std::uint32_t victim, std::uint32_t workload, std::int64_t replicas, std::vector<Ended>& ended);
    /// So many GPUs of `victim` in the pool are to end for somebody else: no more room is made of them.
    void spend(std::uint32_t pool, std::uint32_t victim, std::int64_t gpus);

private:
    friend class Ground;
    struct LimitRoom
    {
        std::int64_t room = 0; ///< GPUs; below 0: exceeded already
        std::int64_t healthy = 0, used = 0; ///< of a Cap
        std::int64_t unused = 0; ///< of a SetAside: what its workload may take besides `room`
        bool holds = true;
    };
    explicit Room(const Ground& ground);
    [[nodiscard]] std::uint32_t replicaOf(std::uint32_t workload) const;
    void countShapes(std::uint32_t pool);
    void clear(std::uint32_t pool);
    [[nodiscard]] std::int64_t openRoom(std::uint32_t pool, std::uint32_t workload) const;
    [[nodiscard]] std::int64_t limitRoom(std::uint32_t pool, std::uint32_t workload) const;
    void charge(std::uint32_t pool, std::uint32_t workload, std::int64_t gpus);
    template<class Add>
    void fillTogether(std::span<const std::uint32_t> pools, std::uint32_t workload, Add add) const;
    void fillNodes(std::vector<NodeGroup>& groups, std::uint32_t replica, std::int64_t replicas);
    [[nodiscard]] std::int64_t roomOnceEnded(std::uint32_t pool, std::uint32_t workload, std::uint32_t victim, std::int64_t gpus) const;
    [[nodiscard]] std::uint32_t heldOn(const NodeGroup& group, std::uint32_t seenAs) const;
    [[nodiscard]] std::uint32_t without(std::uint32_t holders, std::uint32_t seenAs, std::uint32_t gpus);
    void release(std::uint32_t pool, std::uint32_t victim, NodeGroup group, std::uint32_t nodes, std::uint32_t gpusEach, bool frees);
    void endOn(std::uint32_t pool, std::uint32_t victim, NodeGroup group, std::uint32_t nodes, std::uint32_t gpusEach, std::vector<Ended>& ended);
    void endAnywhere(std::uint32_t pool, std::uint32_t victim, std::int64_t gpus, std::vector<Ended>& ended);

    const RuleMap* m_map;
    const Ground* m_ground;
    std::vector<std::vector<NodeGroup>> m_groups; ///< by pool
    std::vector<std::vector<NodeGroup>> m_shapes; ///< by pool, the same whoever holds what: much fewer, where holders are known
    std::vector<std::int32_t> m_held; ///< workload by pool, GPUs that could still end; empty: holders are not known
    std::vector<std::int32_t> m_spare; ///< workload by pool; empty: nobody has any
    std::vector<LimitRoom> m_limits;
    std::vector<std::vector<Holding>> m_holders; ///< lists made by takeFrom, numbered after those of the capacity
};

/// What another running plan has been promised and has not taken yet.
struct Promise
{
    std::string plan; ///< "S-118"
    std::string workload;
    Scope scope; ///< where
    std::string model; ///< as modelMatches; empty: any that fits
    std::int64_t gpus = 0;
    /// Whose load it is for.
    struct Giver
    {
        Scope scope;
        double share = 0; ///< of the promise, 0 to 1
    };
    std::vector<Giver> givers {};
    Scope leaves {}; ///< what the plan evacuates, where others find no room; empty: it evacuates nothing
};

/// A route whose weights changed so lately that the fleets may not have followed: its load is where expectedLoads() says.
struct Arrival
{
    std::uint32_t route = 0; ///< index into PlanRules::routes
    Weights split; ///< per cent
    std::vector<KnownLoad> known {}; ///< from before; empty: nothing, and its load is shared as the weights say
    /// Between what its weights have been since then. Who never had less than now has nothing to come, who never had more nothing to leave, whatever it
    /// holds. Empty: not known.
    Weights least {}, most {};
};

/// What was evacuated lately and carries nothing since. Nobody but a person sends load there again.
struct Leave
{
    std::string plan; ///< "S-118"
    Scope scope;
};

/// Jobs that end for the load of an evacuation, and for nobody else's.
struct Ending
{
    std::string plan; ///< "S-118"
    std::vector<ShedLoad> jobs;
    Scope leaves {}; ///< of a plan that runs: where its load comes from; empty: it is over, and its load is among the arrivals
};

/// What plans and fleets lay claim to beside what is held.
struct Claims
{
    std::vector<Promise> promises {};
    std::vector<Arrival> arrivals {};
    std::vector<Leave> leaves {};
    std::vector<Ending> endings {};
    std::vector<Arrival> moving {}; ///< of routes whose load is to be shared out anew: it is known what they carry, and nothing is counted as on its way
    [[nodiscard]] bool empty() const { return promises.empty() && arrivals.empty() && leaves.empty() && endings.empty() && moving.empty(); }
    /// What a search stands on that shares the load of these routes out anew.
    [[nodiscard]] Claims besides(std::span<const std::uint32_t> routes) const;
};

/// What plans stand on: one capacity picture seen through the rules, less what is promised and what is on its way. Immutable;
/// any thread.
class Ground
{
public:
    Ground(CapacityPtr capacity, RuleMapPtr map, Claims claims = {});
    Ground(const Ground&) = delete;
    Ground& operator=(const Ground&) = delete;

    [[nodiscard]] const Capacity& capacity() const { return *m_capacity; }
    [[nodiscard]] const RuleMap& map() const { return *m_map; }
    [[nodiscard]] const PlanRules& rules() const { return m_map->rules; }
    [[nodiscard]] const Places& places() const { return *m_map->places; }
    [[nodiscard]] const Claims& claims() const { return m_claims; }
    [[nodiscard]] const std::vector<Promise>& promises() const { return m_claims.promises; }
    [[nodiscard]] CapacityPtr capacityPtr() const { return m_capacity; }
    [[nodiscard]] RuleMapPtr mapPtr() const { return m_map; }

    /// GPUs that the workload (index into PlanRules::workloads) holds in a pool.
    [[nodiscard]] std::int64_t held(std::uint32_t workload, std::uint32_t pool) const { return m_held[std::size_t { workload } * m_capacity->pools.size() + pool]; }
    [[nodiscard]] H100s heldLoad(std::uint32_t workload, std::uint32_t pool) const
    {
        return static_cast<double>(held(workload, pool)) * m_map->performance[m_map->places->pools[pool].model];
    }
    /// The same, but of routes that have arrivals what the weights send there.
    [[nodiscard]] std::int64_t carried(std::uint32_t workload, std::uint32_t pool) const
    {
        return held(workload, pool) + (m_arriving.empty() ? 0 : m_arriving[std::size_t { workload } * m_capacity->pools.size() + pool]);
    }
    /// GPUs by which a pool's allocated ones grow once the fleets have followed; below 0: by which they shrink.
    [[nodiscard]] std::int64_t arriving(std::uint32_t pool) const;
    /// It has a workload, and no other route leads there: its weights alone say where that workload's load is.
    [[nodiscard]] bool leadsAlone(std::uint32_t route) const;
    /// What is known of the loads of a route, which has a workload, the last one of where it stands: `now`, unless the claims say where.
    [[nodiscard]] std::vector<KnownLoad> known(std::uint32_t route, const Weights& now) const;
    /// The same for today's demand where it was known too long ago; not empty.
    [[nodiscard]] std::vector<KnownLoad> upToDate(std::uint32_t route, std::vector<KnownLoad> known) const;
    /// What the route's workload carries is told by the weights.
    [[nodiscard]] bool hasArrived(std::uint32_t route) const;
    [[nodiscard]] H100s carriedLoad(std::uint32_t workload, std::uint32_t pool) const
    {
        return static_cast<double>(carried(workload, pool)) * m_map->performance[m_map->places->pools[pool].model];
    }
    /// What a route's workload holds in the scope of one of its backends.
    struct Held
    {
        std::int64_t gpus = 0;
        H100s load = 0;
    };
    [[nodiscard]] const Held& heldBy(std::uint32_t route, std::uint32_t backend) const { return m_heldBy[m_firstBackend[route] + backend]; }
    /// The same, but of routes that have arrivals what the weights send there.
    [[nodiscard]] Held carriedBy(std::uint32_t route, std::uint32_t backend) const;
    /// Load that its replicas ask for without finding GPUs.
    [[nodiscard]] H100s unmetLoad(std::uint32_t workload) const { return m_unmet[workload]; }
    /// Its number in the capacity picture; empty when no GPU was ever seen with it.
    [[nodiscard]] std::optional<std::uint32_t> seenAs(std::uint32_t workload) const { return m_seenAs[workload]; }
    /// The plan that evacuates the pool, where nothing is to be had for others; empty: none does.
    [[nodiscard]] std::string leftBy(std::uint32_t pool) const { return m_leftBy.empty() ? std::string() : m_leftBy[pool]; }
    /// The plan that evacuated the pool lately; empty: none has.
    [[nodiscard]] std::string evacuatedBy(std::uint32_t pool) const { return m_evacuatedBy.empty() ? std::string() : m_evacuatedBy[pool]; }
    /// All that is to be had now.
    [[nodiscard]] const Room& room() const { return m_room; }
    /// The same once the pools that are true in `lost` are empty: the load for which there was a promise is then among
    /// what has to find its place, and may take it.
    [[nodiscard]] Room roomWithout(const std::vector<bool>& lost) const;
    /// Takes replicas that found no room in the pool from the jobs there that are to end for them, and those off `jobs`. Returns the replicas taken.
    std::int64_t takeEnding(Room& room, std::vector<ShedLoad>& jobs, std::uint32_t pool, std::uint32_t workload, std::int64_t replicas, std::vector<Room::Ended>* ended = nullptr) const;

private:
    [[nodiscard]] double lostShare(const Promise& promise, const std::vector<bool>& lost) const;
    [[nodiscard]] bool isPoolOf(std::uint32_t pool, const ShedLoad& job) const;
    void spend(Room& room, const std::vector<ShedLoad>& jobs) const;
    void keep(Room& room, const Promise& promise, double share, std::vector<ShedLoad>& jobs) const;
    /// Sets aside what plans that run have been promised, but for load that is lost.
    void keepAll(Room& room, const std::vector<double>& lostShares, const std::vector<bool>& lost) const;
    [[nodiscard]] bool isLost(const Ending& ending, const std::vector<bool>& lost) const;
    void arrive(const Arrival& arrival);
    [[nodiscard]] std::vector<KnownLoad> knownOf(const Arrival& arrival) const;

    CapacityPtr m_capacity;
    RuleMapPtr m_map;
    Claims m_claims;
    std::vector<Ending> m_endings; ///< those of the claims, less what has arrived already took of their jobs
    std::vector<std::int32_t> m_held; ///< workload by pool
    std::vector<std::size_t> m_firstBackend; ///< by route: into m_heldBy
    std::vector<Held> m_heldBy;
    std::vector<H100s> m_unmet;
    std::vector<std::optional<std::uint32_t>> m_seenAs;
    std::vector<std::int32_t> m_arriving; ///< workload by pool, GPUs; below 0: on their way to elsewhere; empty: nothing is
    std::vector<std::string> m_leftBy, m_evacuatedBy; ///< by pool; empty: none is left
    Room m_room;
    std::optional<Room> m_bare {}; ///< without promises; only where there are some
};

} // namespace penstock
