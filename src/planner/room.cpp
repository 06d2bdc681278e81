// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "planner/room.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <map>
#include <unordered_map>
#include <utility>

#include "planner/effect.h"
#include "planner/expected.h"

namespace penstock {

namespace {

    constexpr auto unlimited = std::numeric_limits<std::int64_t>::max();

    void addNodes(std::vector<NodeGroup>& groups, const NodeGroup& more)
    {
        if (more.nodes == 0)
            return;
        for (auto& it : groups)
            if (it.size == more.size && it.free == more.free && it.holders == more.holders) {
                it.nodes += more.nodes;
                return;
            }
        groups.push_back(more);
    }

} // namespace

Room::Room(const Ground& ground)
    : m_map(&ground.map()), m_ground(&ground)
{
    const auto& capacity = ground.capacity();
    m_groups.reserve(capacity.pools.size());
    if (capacity.knowsHolders)
        m_shapes.resize(capacity.pools.size());
    for (std::uint32_t p = 0; p < capacity.pools.size(); ++p) {
        m_groups.push_back(capacity.pools[p].groups);
        countShapes(p);
    }
    if (capacity.knowsHolders) {
        constexpr auto nobody = std::numeric_limits<std::uint32_t>::max();
        std::vector<std::uint32_t> ruleOf(capacity.workloads.size(), nobody);
        for (std::uint32_t w = 0; w < m_map->rules.workloads.size(); ++w)
            if (const auto seenAs = ground.seenAs(w))
                ruleOf[*seenAs] = w;
        m_held.resize(m_map->rules.workloads.size() * m_groups.size());
        for (std::uint32_t p = 0; p < m_groups.size(); ++p)
            for (const auto& group : m_groups[p])
                for (const auto& it : capacity.holders[group.holders])
                    if (const auto w = ruleOf[it.workload]; w != nobody)
                        m_held[std::size_t { w } * m_groups.size() + p] += static_cast<std::int32_t>(it.gpus * group.nodes);
    }
    for (const auto& limit : m_map->limits) {
        LimitRoom made;
        made.holds = limit.holds(capacity.asOf);
        std::int64_t free = 0;
        for (const auto p : limit.pools) {
            const auto& pool = capacity.pools[p];
            free += pool.free;
            // Of a cap, old data count on neither side: what is there and what is used are not known.
            if (limit.kind != Limit::Kind::Cap || capacity.freshness[m_map->places->pools[p].cluster] == Freshness::Fresh) {
                made.healthy += pool.healthy;
                made.used += pool.allocated;
            }
        }
        switch (limit.kind) {
        case Limit::Kind::Cap:
            made.room = static_cast<std::int64_t>(std::floor(limit.cap * static_cast<double>(made.healthy) + 1e-6)) - made.used;
            break;
        case Limit::Kind::Quota:
        case Limit::Kind::Reservation:
            made.room = limit.gpus - made.used;
            break;
        case Limit::Kind::SetAside: {
            std::int64_t held = 0;
            for (const auto p : limit.pools)
                held += limit.workload && *limit.workload < m_map->rules.workloads.size() ? ground.held(*limit.workload, p) : 0;
            made.unused = std::max<std::int64_t>(0, limit.gpus - held);
            made.room = free - made.unused;
            break;
        }
        }
        m_limits.push_back(made);
    }
}

void Room::countShapes(std::uint32_t pool)
{
    if (m_shapes.empty())
        return;
    m_shapes[pool].clear();
    for (const auto& it : m_groups[pool])
        addNodes(m_shapes[pool], { it.size, it.free, it.nodes, 0 });
}

void Room::clear(std::uint32_t pool)
{
    m_groups[pool].clear();
    countShapes(pool);
    for (auto* counts : { &m_held, &m_spare })
        for (auto at = std::size_t { pool }; at < counts->size(); at += m_groups.size())
            (*counts)[at] = 0;
}

std::uint32_t Room::replicaOf(std::uint32_t workload) const { return std::max(1U, m_map->rules.workloads[workload].replicaGpus); }

std::optional<std::int64_t> Room::roomUnder(std::uint32_t limit, std::uint32_t workload) const
{
    const auto& it = m_limits[limit];
    if (!it.holds || m_map->limits[limit].workload == workload)
        return std::nullopt;
    return std::max<std::int64_t>(0, it.room);
}

std::int64_t Room::limitRoom(std::uint32_t pool, std::uint32_t workload) const
{
    auto least = unlimited;
    for (const auto limit : m_map->limitsOf[pool])
        least = std::min(least, roomUnder(limit, workload).value_or(unlimited));
    return least;
}

std::int64_t Room::placeable(std::uint32_t pool, std::uint32_t workload) const { return placeableGpus(m_shapes.empty() ? m_groups[pool] : m_shapes[pool], replicaOf(workload)); }

std::int64_t Room::openRoom(std::uint32_t pool, std::uint32_t workload) const
{
    const auto replica = std::int64_t { replicaOf(workload) };
    return std::min(placeable(pool, workload), limitRoom(pool, workload) / replica * replica);
}

std::int64_t Room::headroom(std::uint32_t pool, std::uint32_t workload) const
{
    const auto replica = std::int64_t { replicaOf(workload) };
    return openRoom(pool, workload) + spare(pool, workload) / replica * replica;
}

template<class Add>
void Room::fillTogether(std::span<const std::uint32_t> pools, std::uint32_t workload, Add add) const
{
    const auto replica = std::int64_t { replicaOf(workload) };
    std::vector<std::pair<std::uint32_t, std::int64_t>> spent; ///< by limit; few, so searched
    const auto spentOn = [&](std::uint32_t limit) -> std::int64_t& {
        for (auto& [id, gpus] : spent)
            if (id == limit)
                return gpus;
        return spent.emplace_back(limit, 0).second;
    };
    for (const auto pool : pools) {
        auto here = placeable(pool, workload);
        for (const auto limit : m_map->limitsOf[pool]) {
            if (here == 0)
                break;
            if (const auto room = roomUnder(limit, workload))
                here = std::min(here, std::max<std::int64_t>(0, *room - spentOn(limit)) / replica * replica);
        }
        for (const auto limit : here > 0 ? m_map->limitsOf[pool] : std::vector<std::uint32_t>())
            spentOn(limit) += here;
        here += spare(pool, workload) / replica * replica;
        if (here > 0)
            add(pool, here);
    }
}

std::int64_t Room::headroom(std::span<const std::uint32_t> pools, std::uint32_t workload) const
{
    std::int64_t sum = 0;
    fillTogether(pools, workload, [&](std::uint32_t, std::int64_t gpus) { sum += gpus; });
    return sum;
}

H100s Room::headroomLoad(std::span<const std::uint32_t> pools, std::uint32_t workload) const
{
    H100s sum = 0;
    fillTogether(pools, workload, [&](std::uint32_t pool, std::int64_t gpus) { sum += static_cast<double>(gpus) * m_map->performance[m_map->places->pools[pool].model]; });
    return sum;
}

const Limit* Room::tightest(std::uint32_t pool, std::uint32_t workload) const
{
    const Limit* found = nullptr;
    const auto replica = std::int64_t { replicaOf(workload) };
    auto least = placeable(pool, workload);
    for (const auto limit : m_map->limitsOf[pool])
        if (const auto room = roomUnder(limit, workload); room && *room / replica * replica < std::max<std::int64_t>(least, 1)) {
            least = *room / replica * replica;
            found = &m_map->limits[limit];
        }
    return found;
}

void Room::charge(std::uint32_t pool, std::uint32_t workload, std::int64_t gpus)
{
    for (const auto id : m_map->limitsOf[pool]) {
        auto& limit = m_limits[id];
        limit.used += gpus;
        if (m_map->limits[id].kind == Limit::Kind::SetAside && m_map->limits[id].workload == workload) {
            // What it takes of its own is not taken from the others, and what it gives back stays its own.
            const auto own = std::min(gpus, limit.unused);
            limit.unused -= own;
            limit.room -= gpus - own;
        } else
            limit.room -= gpus;
    }
}

void Room::fillNodes(std::vector<NodeGroup>& groups, std::uint32_t replica, std::int64_t replicas)
{
    while (replicas > 0) {
        // The fullest node that still holds one: whole nodes stay whole for who needs them.
        auto best = groups.end();
        for (auto it = groups.begin(); it != groups.end(); ++it)
            if (it->size >= replica && it->free >= replica && it->nodes > 0 && (best == groups.end() || it->free < best->free))
                best = it;
        if (best == groups.end())
            break;
        const auto each = best->free / replica;
        const auto before = *best;
        const auto whole = static_cast<std::uint32_t>(std::min<std::int64_t>(before.nodes, replicas / each));
        const auto rest = whole < before.nodes ? static_cast<std::uint32_t>(std::min<std::int64_t>(replicas - std::int64_t { whole } * each, each - 1)) : 0U;
        best->nodes -= whole + (rest > 0);
        addNodes(groups, { before.size, before.free - each * replica, whole, before.holders });
        if (rest > 0)
            addNodes(groups, { before.size, before.free - rest * replica, 1, before.holders });
        replicas -= std::int64_t { whole } * each + rest;
    }
    while (replicas > 0) {
        auto best = groups.end();
        for (auto it = groups.begin(); it != groups.end(); ++it)
            if (it->size < replica && it->size > 0 && it->free == it->size && it->nodes >= (replica + it->size - 1) / it->size)
                best = it;
        assert(best != groups.end());
        if (best == groups.end())
            return;
        const auto each = (replica + best->size - 1) / best->size;
        const auto count = std::min<std::int64_t>(replicas, best->nodes / each);
        const auto gone = static_cast<std::uint32_t>(count * each);
        const auto before = *best;
        best->nodes -= gone;
        addNodes(groups, { before.size, 0, gone, before.holders });
        replicas -= count;
    }
    std::erase_if(groups, [](const NodeGroup& it) { return it.nodes == 0; });
}

std::int64_t Room::take(std::uint32_t pool, std::uint32_t workload, std::int64_t replicas)
{
    const auto replica = replicaOf(workload);
    const auto own = std::clamp<std::int64_t>(replicas, 0, spare(pool, workload) / replica);
    if (own > 0)
        m_spare[std::size_t { workload } * m_groups.size() + pool] -= static_cast<std::int32_t>(own * replica);
    const auto taken = std::min(replicas - own, openRoom(pool, workload) / replica);
    if (taken <= 0)
        return own;
    fillNodes(m_groups[pool], replica, taken);
    countShapes(pool);
    charge(pool, workload, taken * replica);
    return own + taken;
}

std::vector<Room::Taken> Room::place(std::span<const std::uint32_t> pools, std::uint32_t workload, H100s& load)
{
    std::vector<Taken> taken;
    const auto replica = static_cast<double>(replicaOf(workload));
    constexpr std::int64_t any = 1'000'000'000'000;
    const auto fill = [&](std::uint32_t pool, std::int64_t most) {
        const auto each = replica * m_map->performance[m_map->places->pools[pool].model];
        const auto wanted = std::ceil(load / each - 1e-6);
        const auto got = load > 1e-6 ? take(pool, workload, std::min(most, wanted < static_cast<double>(any) ? static_cast<std::int64_t>(wanted) : any)) : 0;
        if (got == 0)
            return;
        taken.push_back({ pool, got });
        load -= static_cast<double>(got) * each;
    };
    // What it has to spare anywhere comes before what is free.
    for (const auto pool : m_spare.empty() ? std::span<const std::uint32_t>() : pools)
        fill(pool, spare(pool, workload) / replicaOf(workload));
    for (const auto pool : pools)
        fill(pool, any);
    load = std::max(0.0, load > 1e-6 ? load : 0.0);
    return taken;
}

void Room::close(std::uint32_t pool) { clear(pool); }

void Room::lose(std::uint32_t pool)
{
    const auto& lost = m_ground->capacity().pools[pool];
    std::int64_t free = 0;
    for (const auto& group : m_groups[pool])
        free += std::int64_t { group.free } * group.nodes;
    clear(pool);
    for (const auto id : m_map->limitsOf[pool]) {
        auto& limit = m_limits[id];
        if (m_map->limits[id].kind == Limit::Kind::SetAside)
            limit.room -= free;
        if (m_map->limits[id].kind != Limit::Kind::Cap || m_ground->capacity().freshness[m_map->places->pools[pool].cluster] != Freshness::Fresh)
            continue;
        limit.healthy -= lost.healthy;
        limit.used -= lost.allocated;
        limit.room = static_cast<std::int64_t>(std::floor(m_map->limits[id].cap * static_cast<double>(limit.healthy) + 1e-6)) - limit.used;
    }
}

Claims Claims::besides(std::span<const std::uint32_t> routes) const
{
    auto made = *this;
    const auto others = std::ranges::stable_partition(made.arrivals, [&](const Arrival& it) { return std::ranges::find(routes, it.route) == routes.end(); });
    std::ranges::move(others, std::back_inserter(made.moving));
    made.arrivals.erase(others.begin(), others.end());
    return made;
}

Ground::Ground(CapacityPtr capacity, RuleMapPtr map, Claims claims)
    : m_capacity(std::move(capacity)), m_map(std::move(map)), m_claims(std::move(claims)), m_held(m_map->rules.workloads.size() * m_capacity->pools.size()),
      m_unmet(m_map->rules.workloads.size()), m_seenAs(m_map->rules.workloads.size()), m_room(*this)
{
    assert(m_map->places->version == m_capacity->places->version);
    const auto& workloads = m_map->rules.workloads;
    std::unordered_map<std::string_view, std::uint32_t> numbers;
    for (std::uint32_t w = 0; w < workloads.size(); ++w)
        numbers.emplace(workloads[w].name, w);
    std::vector<std::int64_t> ruleOf(m_capacity->workloads.size(), -1);
    for (std::uint32_t i = 0; i < m_capacity->workloads.size(); ++i)
        if (const auto found = numbers.find(m_capacity->workloads[i]); found != numbers.end()) {
            ruleOf[i] = found->second;
            m_seenAs[found->second] = i;
        }
    for (std::uint32_t p = 0; p < m_capacity->pools.size(); ++p)
        for (const auto& load : m_capacity->pools[p].load)
            if (ruleOf[load.workload] >= 0)
                m_held[static_cast<std::size_t>(ruleOf[load.workload]) * m_capacity->pools.size() + p] = static_cast<std::int32_t>(load.gpus);
    for (const auto& route : m_map->routes) {
        m_firstBackend.push_back(m_heldBy.size());
        for (const auto& backend : route.backends) {
            auto& sum = m_heldBy.emplace_back();
            for (const auto pool : backend.pools)
                if (const auto gpus = route.workload ? held(*route.workload, pool) : 0; gpus > 0) {
                    sum.gpus += gpus;
                    sum.load += heldLoad(*route.workload, pool);
                }
        }
    }
    for (std::uint32_t w = 0; w < workloads.size(); ++w) {
        if (!m_seenAs[w])
            continue;
        const auto unmet = static_cast<double>(m_capacity->unmet[*m_seenAs[w]]);
        // Nobody says for which model they ask: take them for what the workload runs on.
        double gpus = 0, load = 0;
        for (std::uint32_t p = 0; unmet > 0 && p < m_capacity->pools.size(); ++p) {
            gpus += static_cast<double>(held(w, p));
            load += heldLoad(w, p);
        }
        m_unmet[w] = gpus > 0 ? unmet * load / gpus : unmet;
    }
    m_room = Room(*this);
    const auto& places = *m_map->places;
    m_endings = m_claims.endings;
    // Who matters most finds its place first, as where it was planned.
    auto arrivals = m_claims.arrivals;
    std::ranges::stable_sort(arrivals, {}, [&](const Arrival& it) {
        const auto& of = m_map->routes[it.route].workload;
        return of ? std::pair(-static_cast<int>(workloads[*of].priority), -static_cast<int>(workloads[*of].replicaGpus)) : std::pair(0, 0);
    });
    for (const auto& arrival : arrivals)
        arrive(arrival);
    for (const auto& ending : m_endings)
        if (ending.leaves == Scope {})
            spend(m_room, ending.jobs);
    for (const auto& leave : m_claims.leaves) {
        m_evacuatedBy.resize(places.pools.size());
        for (std::uint32_t p = 0; p < places.pools.size(); ++p)
            if (m_evacuatedBy[p].empty() && leave.scope.contains(places.providerName(places.pools[p]), places.regionName(places.pools[p]), places.clusterName(places.pools[p])))
                m_evacuatedBy[p] = leave.plan; // the newest comes first
    }
    for (const auto& promise : m_claims.promises) {
        if (promise.leaves == Scope {})
            continue;
        m_leftBy.resize(places.pools.size());
        for (std::uint32_t p = 0; p < places.pools.size(); ++p)
            if (promise.leaves.contains(places.providerName(places.pools[p]), places.regionName(places.pools[p]), places.clusterName(places.pools[p]))) {
                m_leftBy[p] = promise.plan;
                m_room.close(p);
            }
    }
    if (m_claims.promises.empty())
        return;
    m_bare = m_room;
    keepAll(m_room, std::vector<double>(m_claims.promises.size()), {});
}

Ground::Held Ground::carriedBy(std::uint32_t route, std::uint32_t backend) const
{
    auto made = heldBy(route, backend);
    const auto& mapped = m_map->routes[route];
    for (const auto pool : mapped.workload && !m_arriving.empty() ? mapped.backends[backend].pools : std::vector<std::uint32_t>()) {
        made.gpus += carried(*mapped.workload, pool) - held(*mapped.workload, pool);
        made.load += carriedLoad(*mapped.workload, pool) - heldLoad(*mapped.workload, pool);
    }
    return made;
}

std::int64_t Ground::arriving(std::uint32_t pool) const
{
    std::int64_t sum = 0;
    for (std::size_t at = pool; at < m_arriving.size(); at += m_capacity->pools.size())
        sum += m_arriving[at];
    return sum;
}

bool Ground::leadsAlone(std::uint32_t route) const
{
    const auto& workload = m_map->routes[route].workload;
    return workload && std::ranges::count(m_map->routes, workload, &RuleMap::MappedRoute::workload) == 1;
}

std::vector<KnownLoad> Ground::upToDate(std::uint32_t route, std::vector<KnownLoad> known) const
{
    return m_capacity->asOf - known.back().at > followsWithin ? scaledTo(std::move(known), loadOf(*this, route)) : known;
}

std::vector<KnownLoad> Ground::knownOf(const Arrival& arrival) const
{
    if (isUsable(arrival.known, m_map->routes[arrival.route].backends.size()))
        return upToDate(arrival.route, arrival.known);
    std::vector<H100s> loads;
    for (const auto weight : arrival.split)
        loads.push_back(loadOf(*this, arrival.route) * weight / 100);
    return { { arrival.split, std::move(loads), m_capacity->asOf } };
}

std::vector<KnownLoad> Ground::known(std::uint32_t route, const Weights& now) const
{
    for (const auto* arrivals : { &m_claims.arrivals, &m_claims.moving })
        for (const auto& it : *arrivals)
            if (it.route == route && it.split.size() == m_map->routes[route].backends.size()) {
                auto made = knownOf(it);
                reach(made, it.split);
                return made;
            }
    const auto unmet = m_unmet[*m_map->routes[route].workload];
    std::vector<H100s> loads;
    for (std::uint32_t b = 0; b < now.size(); ++b)
        loads.push_back(heldBy(route, b).load + unmet * now[b] / 100);
    return { { now, std::move(loads), m_capacity->asOf } };
}

bool Ground::hasArrived(std::uint32_t route) const { return std::ranges::find(m_claims.arrivals, route, &Arrival::route) != m_claims.arrivals.end() && leadsAlone(route); }

bool Ground::isPoolOf(std::uint32_t pool, const ShedLoad& job) const
{
    const auto& places = *m_map->places;
    const auto& it = places.pools[pool];
    return places.providerName(it) == job.provider && places.regionName(it) == job.region && places.clusterName(it) == job.cluster && places.modelName(it) == job.model;
}

std::int64_t Ground::takeEnding(Room& room, std::vector<ShedLoad>& jobs, std::uint32_t pool, std::uint32_t workload, std::int64_t replicas, std::vector<Room::Ended>* all) const
{
    if (!m_capacity->knowsHolders)
        return 0;
    const auto& workloads = m_map->rules.workloads;
    const auto replica = std::int64_t { std::max(1U, workloads[workload].replicaGpus) };
    std::int64_t taken = 0;
    for (auto& job : jobs) {
        const auto victim = std::ranges::find(workloads, job.workload, &Workload::name);
        if (job.gpus <= 0 || taken >= replicas || victim == workloads.end() || !isPoolOf(pool, job))
            continue;
        std::vector<Room::Ended> ended;
        taken += room.takeFrom(pool, static_cast<std::uint32_t>(victim - workloads.begin()), workload, std::min(replicas - taken, (job.gpus + replica - 1) / replica), ended);
        for (const auto& it : ended)
            job.gpus -= it.gpus;
        if (all)
            std::ranges::move(ended, std::back_inserter(*all));
    }
    return taken;
}

void Ground::spend(Room& room, const std::vector<ShedLoad>& jobs) const
{
    const auto& workloads = m_map->rules.workloads;
    for (const auto& job : m_capacity->knowsHolders ? jobs : std::vector<ShedLoad>())
        if (const auto victim = std::ranges::find(workloads, job.workload, &Workload::name); victim != workloads.end())
            for (std::uint32_t p = 0; p < m_map->places->pools.size(); ++p)
                if (isPoolOf(p, job))
                    room.spend(p, static_cast<std::uint32_t>(victim - workloads.begin()), job.gpus);
}

bool Ground::isLost(const Ending& ending, const std::vector<bool>& lost) const
{
    const auto& places = *m_map->places;
    for (std::uint32_t p = 0; p < places.pools.size(); ++p)
        if (const auto& pool = places.pools[p]; ending.leaves.contains(places.providerName(pool), places.regionName(pool), places.clusterName(pool)) && (lost.empty() || !lost[p]))
            return false;
    return true;
}

void Ground::keepAll(Room& room, const std::vector<double>& lostShares, const std::vector<bool>& lost) const
{
    std::map<std::string, std::vector<ShedLoad>> jobs; ///< by plan
    for (const auto& ending : m_endings)
        if (ending.leaves != Scope {} && !isLost(ending, lost))
            jobs[ending.plan] = ending.jobs;
    for (std::size_t i = 0; i < m_claims.promises.size(); ++i)
        keep(room, m_claims.promises[i], 1 - lostShares[i], jobs[m_claims.promises[i].plan]);
    for (const auto& [plan, its] : jobs)
        spend(room, its);
}

void Ground::arrive(const Arrival& arrival)
{
    const auto& route = m_map->routes[arrival.route];
    if (!hasArrived(arrival.route) || arrival.split.size() != route.backends.size())
        return;
    const auto workload = *route.workload;
    const auto replica = std::int64_t { std::max(1U, m_map->rules.workloads[workload].replicaGpus) };
    m_arriving.resize(m_held.size());
    m_room.m_spare.resize(m_held.size());
    const auto isLeft = [&](std::uint32_t p) {
        const auto& places = *m_map->places;
        const auto in = [&](const Scope& scope) { return !(scope == Scope {}) && scope.contains(places.providerName(places.pools[p]), places.regionName(places.pools[p]), places.clusterName(places.pools[p])); };
        return std::ranges::any_of(m_claims.leaves, in, &Leave::scope) || std::ranges::any_of(m_claims.promises, in, &Promise::leaves);
    };
    const auto at = [&](std::uint32_t pool) -> std::int32_t& { return m_arriving[std::size_t { workload } * m_capacity->pools.size() + pool]; };
    std::vector<Room::Ended> ended;
    const auto expected = expectedLoads(knownOf(arrival), arrival.split);
    if (expected.empty())
        return;
    std::vector<H100s> needed;
    for (std::uint32_t b = 0; b < route.backends.size(); ++b) {
        auto& more = needed.emplace_back(expected[b] - heldBy(arrival.route, b).load);
        if (b < arrival.least.size() && arrival.split[b] - arrival.least[b] < sameWeight)
            more = std::min(more, 0.0);
        if (b < arrival.most.size() && arrival.most[b] - arrival.split[b] < sameWeight)
            more = std::max(more, 0.0);
    }
    for (std::uint32_t b = 0; b < route.backends.size(); ++b) {
        const auto& backend = route.backends[b];
        const auto& has = heldBy(arrival.route, b);
        auto more = needed[b];
        if (more < 0) {
            // What was evacuated of it has left first.
            const auto give = [&](bool left, H100s load, H100s of) {
                for (const auto pool : backend.pools)
                    if (isLeft(pool) == left && of > 0) {
                        const auto gone = static_cast<std::int32_t>(freedOf(held(workload, pool), std::min(1.0, load / of), replica));
                        at(pool) -= gone;
                        m_room.m_spare[std::size_t { workload } * m_capacity->pools.size() + pool] += gone;
                    }
            };
            H100s there = 0;
            for (const auto pool : backend.pools)
                there += isLeft(pool) ? heldLoad(workload, pool) : 0;
            // A tenth of a per cent of the weights keeps no replica there.
            give(true, there + more < static_cast<double>(replica) ? there : -more, there);
            give(false, std::max(0.0, -more - there), has.load - there);
            continue;
        }
        for (const auto& [pool, replicas] : m_room.place(backend.fitting, workload, more))
            at(pool) += static_cast<std::int32_t>(replicas * replica);
        for (auto& ending : m_endings)
            for (const auto pool : backend.fitting)
                if (const auto each = static_cast<double>(replica) * m_map->performance[m_map->places->pools[pool].model]; more > 1e-6)
                    if (const auto got = takeEnding(m_room, ending.jobs, pool, workload, static_cast<std::int64_t>(std::ceil(more / each - 1e-6)), &ended); got > 0) {
                        at(pool) += static_cast<std::int32_t>(got * replica);
                        more -= static_cast<double>(got) * each;
                    }
        // It is sent there though it finds no place.
        if (more > 1e-6 && !backend.fitting.empty())
            at(backend.fitting.front()) += static_cast<std::int32_t>(std::ceil(more / m_map->performance[m_map->places->pools[backend.fitting.front()].model] / static_cast<double>(replica) - 1e-6) * static_cast<double>(replica));
    }
    for (const auto& it : ended)
        m_arriving[std::size_t { it.workload } * m_capacity->pools.size() + it.pool] -= static_cast<std::int32_t>(it.gpus);
}

void Ground::keep(Room& room, const Promise& promise, double share, std::vector<ShedLoad>& jobs) const
{
    const auto& workloads = m_map->rules.workloads;
    const auto found = std::ranges::find(workloads, promise.workload, &Workload::name);
    if (found == workloads.end())
        return;
    const auto workload = static_cast<std::uint32_t>(found - workloads.begin());
    const auto replica = std::max(1U, found->replicaGpus);
    const auto gpus = static_cast<std::int64_t>(std::ceil(share * static_cast<double>(promise.gpus) - 1e-6));
    auto replicas = (gpus + replica - 1) / replica;
    const auto& shape = *m_map->places;
    for (std::uint32_t p = 0; p < shape.pools.size() && replicas > 0; ++p) {
        const auto& pool = shape.pools[p];
        if (promise.scope.contains(shape.providerName(pool), shape.regionName(pool), shape.clusterName(pool))
            && (promise.model.empty() ? fits(*found, shape.modelName(pool)) : modelMatches(shape.modelName(pool), promise.model)))
            if ((replicas -= room.take(p, workload, replicas)) > 0)
                replicas -= takeEnding(room, jobs, p, workload, replicas);
    }
}

double Ground::lostShare(const Promise& promise, const std::vector<bool>& lost) const
{
    const auto& shape = *m_map->places;
    const auto found = std::ranges::find(m_map->rules.workloads, promise.workload, &Workload::name);
    double share = 0;
    for (const auto& giver : promise.givers) {
        std::int64_t pools = 0, lostPools = 0, gpus = 0, lostGpus = 0;
        for (std::uint32_t p = 0; p < shape.pools.size(); ++p) {
            const auto& pool = shape.pools[p];
            if (!giver.scope.contains(shape.providerName(pool), shape.regionName(pool), shape.clusterName(pool)))
                continue;
            const auto holds = found == m_map->rules.workloads.end() ? 0 : carried(static_cast<std::uint32_t>(found - m_map->rules.workloads.begin()), p);
            ++pools;
            gpus += holds;
            lostPools += lost[p] ? 1 : 0;
            lostGpus += lost[p] ? holds : 0;
        }
        if (pools > 0)
            share += giver.share * (gpus > 0 ? static_cast<double>(lostGpus) / static_cast<double>(gpus) : static_cast<double>(lostPools) / static_cast<double>(pools));
    }
    return std::min(1.0, share);
}

Room Ground::roomWithout(const std::vector<bool>& lost) const
{
    std::vector<double> shares;
    for (const auto& promise : m_claims.promises)
        shares.push_back(lostShare(promise, lost));
    if (std::ranges::all_of(shares, [](double share) { return share <= 0; }))
        return m_room;
    Room made(*m_bare);
    keepAll(made, shares, lost);
    return made;
}

} // namespace penstock
