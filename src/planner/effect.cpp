// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "planner/effect.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "accounts.h"
#include "planner/expected.h"

namespace penstock {

namespace {

    /// GPUs given back, pool by pool in proportion to what is held there.
    void giveBack(const Ground& ground, const RuleMap::Backend& backend, std::uint32_t workload, BackendNeed& need, PoolAccounts& accounts)
    {
        if (need.held <= 0)
            return;
        const double share = std::min(1.0, -need.needed / need.held);
        const auto replica = std::max<std::int64_t>(1, ground.rules().workloads[workload].replicaGpus);
        for (const auto pool : backend.pools) {
            const auto freed = freedOf(ground.carried(workload, pool), share, replica);
            if (freed == 0)
                continue;
            need.neededGpus -= freed;
            accounts.give(pool, workload, freed);
        }
    }

    enum class Turn { ByPriority, ByChoice };

    /// Load of the route's own jobs at a backend that are to end for evacuations that are over.
    H100s endingAt(const Ground& ground, std::uint32_t route, std::uint32_t backend)
    {
        const auto& mapped = ground.map().routes[route];
        const auto& name = ground.rules().workloads[*mapped.workload].name;
        H100s sum = 0;
        for (const auto& ending : ground.claims().endings)
            for (const auto& job : ending.leaves == Scope {} ? ending.jobs : std::vector<ShedLoad>())
                for (const auto pool : job.workload == name ? mapped.backends[backend].pools : std::vector<std::uint32_t>()) {
                    const auto& places = ground.places();
                    const auto& it = places.pools[pool];
                    if (places.providerName(it) == job.provider && places.regionName(it) == job.region && places.clusterName(it) == job.cluster && places.modelName(it) == job.model)
                        sum += static_cast<double>(job.gpus) * ground.map().performance[it.model];
                }
        return sum;
    }

    /// The order in which moves find their place: who matters most first, or who has least choice first.
    std::vector<std::size_t> inOrder(const Ground& ground, std::span<const RouteMove> moves, Turn turn)
    {
        std::vector<std::tuple<long long, long long, std::size_t>> ranked;
        for (std::size_t i = 0; i < moves.size(); ++i) {
            const auto& mapped = ground.map().routes[moves[i].route];
            long long first = 0, second = 0;
            if (mapped.workload) {
                const auto& it = ground.rules().workloads[*mapped.workload];
                second = -static_cast<long long>(it.replicaGpus);
                if (turn == Turn::ByPriority)
                    first = -static_cast<long long>(it.priority);
                else
                    for (const auto& backend : mapped.backends)
                        first += static_cast<long long>(backend.fitting.size());
            }
            ranked.emplace_back(first, second, i);
        }
        std::ranges::sort(ranked);
        std::vector<std::size_t> order;
        for (const auto& it : ranked)
            order.push_back(std::get<2>(it));
        return order;
    }

} // namespace

std::int64_t freedOf(std::int64_t held, double share, std::int64_t replica)
{
    return share >= 1 - 1e-9 ? held : static_cast<std::int64_t>(share * static_cast<double>(held) + 1e-6) / replica * replica;
}

H100s loadOf(const Ground& ground, std::uint32_t route)
{
    const auto& mapped = ground.map().routes[route];
    if (!mapped.workload)
        return 0;
    H100s sum = ground.unmetLoad(*mapped.workload);
    for (std::uint32_t b = 0; b < mapped.backends.size(); ++b)
        sum += ground.heldBy(route, b).load;
    return sum;
}

Effect effectOf(const Ground& ground, std::span<const RouteMove> moves)
{
    Room room(ground.room());
    return effectOf(ground, moves, room);
}

static Effect tryOrder(const Ground& ground, std::span<const RouteMove> moves, Room& room, Turn turn, bool placesOnly)
{
    Effect effect;
    PoolAccounts accounts(ground);
    if (!placesOnly)
        accounts.countPromises();
    std::vector<std::size_t> firstNeed;
    std::set<std::uint32_t> workloads;
    for (const auto& move : moves) {
        firstNeed.push_back(effect.needs.size());
        const auto& mapped = ground.map().routes[move.route];
        if (mapped.workload)
            workloads.insert(*mapped.workload);
        const auto ours = !move.known.empty() || !mapped.workload ? std::vector<KnownLoad>() : ground.known(move.route, move.from);
        const auto& known = ours.empty() ? move.known : ours;
        const auto then = expectedLoads(known, move.to), now = move.onlyChange ? expectedLoads(known, move.from) : std::vector<H100s>();
        for (std::uint32_t b = 0; b < mapped.backends.size(); ++b) {
            const auto carried = ground.carriedBy(move.route, b);
            BackendNeed need { .route = move.route, .backend = b, .held = carried.load, .needed = 0, .heldGpus = carried.gpus };
            auto least = std::min(move.from[b], move.to[b]), most = std::max(move.from[b], move.to[b]);
            for (const auto& it : known) {
                least = std::min(least, it.split[b]);
                most = std::max(most, it.split[b]);
            }
            need.needed = then.empty() ? 0 : then[b] - need.held;
            // Its own jobs that end for another evacuation are sent requests all the same: what is asked for is what the weights change.
            if (const auto ends = then.empty() ? 0 : endingAt(ground, move.route, b); ends > 0)
                need.needed = std::min(need.needed, std::max(need.needed - ends, then[b] - known.back().loads[b]));
            // Who never had less may free GPUs, and never needs more; who never had more gives nothing back, also where more is held than that takes.
            if (move.to[b] - least < sameWeight)
                need.needed = std::min(need.needed, 0.0);
            if (most - move.to[b] < sameWeight)
                need.needed = std::max(need.needed, 0.0);
            if (const auto& last = known.empty() ? KnownLoad {} : known.back(); move.rounded > 0 && need.needed > 0 && move.to[b] > last.split[b])
                need.needed = std::max(0.0, need.needed - move.rounded * (then[b] - last.loads[b]) / (move.to[b] - last.split[b]));
            if (move.onlyChange && need.needed > 0)
                need.needed = std::clamp(then[b] - now[b], 0.0, need.needed);
            effect.needs.push_back(need);
        }
    }
    std::vector<H100s> placed(effect.needs.size());
    const auto order = inOrder(ground, moves, turn);
    // Who may go to several places leaves those alone that others have to go to.
    std::vector<std::uint32_t> wantedBy(turn == Turn::ByChoice ? ground.places().pools.size() : 0);
    for (const auto& need : effect.needs)
        if (turn == Turn::ByChoice && need.needed > 1e-6)
            for (const auto pool : ground.map().routes[need.route].backends[need.backend].fitting)
                ++wantedBy[pool];
    std::vector<std::uint32_t> calmest;
    for (const auto m : order) {
        const auto& mapped = ground.map().routes[moves[m].route];
        if (!mapped.workload)
            continue;
        const auto workload = *mapped.workload;
        const auto replica = std::max<std::int64_t>(1, ground.rules().workloads[workload].replicaGpus);
        for (std::size_t b = 0; b < mapped.backends.size(); ++b) {
            auto& need = effect.needs[firstNeed[m] + b];
            if (need.needed > 0 && !placesOnly)
                need.placeableGpus = ground.room().headroom(mapped.backends[b].fitting, workload);
            if (need.needed < 0 && !placesOnly)
                giveBack(ground, mapped.backends[b], workload, need, accounts);
            if (need.needed <= 1e-6)
                continue;
            auto left = need.needed;
            calmest.assign(mapped.backends[b].fitting.begin(), mapped.backends[b].fitting.end());
            if (turn == Turn::ByChoice)
                std::ranges::stable_sort(calmest, {}, [&](std::uint32_t pool) { return wantedBy[pool]; });
            for (const auto& [pool, replicas] : room.place(calmest, workload, left)) {
                need.neededGpus += replicas * replica;
                placed[firstNeed[m] + b] += static_cast<double>(replicas * replica) * ground.map().performance[ground.places().pools[pool].model];
                accounts.put(pool, workload, replicas * replica);
            }
            if (left > 0) {
                const auto best = mapped.backends[b].fitting.empty() ? 1.0 : ground.map().performance[ground.places().pools[mapped.backends[b].fitting.front()].model];
                need.shortGpus = static_cast<std::int64_t>(std::ceil(left / best / static_cast<double>(replica) - 1e-6)) * replica;
                need.neededGpus += need.shortGpus;
                effect.shortGpus += need.shortGpus;
            }
        }
    }
    if (placesOnly)
        return effect;
    for (const auto m : order) {
        const auto& mapped = ground.map().routes[moves[m].route];
        for (std::uint32_t b = 0; mapped.workload && b < mapped.backends.size(); ++b) {
            auto& need = effect.needs[firstNeed[m] + b];
            if (need.needed <= 1e-6)
                continue;
            const auto& fitting = mapped.backends[b].fitting;
            need.reach = (placed[firstNeed[m] + b] + room.headroomLoad(fitting, *mapped.workload)) / need.needed;
            // What is rounded up to whole replicas is not a shortage.
            need.reach = need.shortGpus == 0 ? std::max(1.0, need.reach) : std::min(need.reach, 1 - 1e-9);
            if (effect.firstBreak && effect.firstBreak->reach <= need.reach)
                continue;
            effect.firstBreak = FirstBreak { need.route, b, fitting.empty() ? 0U : fitting.front(), need.reach, {} };
            effect.firstBreak->because = fitting.empty() ? "nothing there runs this workload"
                : need.shortGpus > 0                     ? whyFull(ground, room, fitting.front(), *mapped.workload)
                                                         : whatIsLeft(room, fitting, *mapped.workload);
        }
    }
    accounts.finish(effect, workloads);
    return effect;
}

static Effect findPlaces(const Ground& ground, std::span<const RouteMove> moves, Room& room, bool placesOnly)
{
    const Room before(room);
    auto effect = tryOrder(ground, moves, room, Turn::ByPriority, placesOnly);
    if (effect.fits() || moves.size() < 2)
        return effect;
    // Who may go anywhere may have taken the only place of who may not.
    Room other(before);
    if (auto again = tryOrder(ground, moves, other, Turn::ByChoice, placesOnly); again.fits()) {
        room = std::move(other);
        return again;
    }
    return effect;
}

Effect effectOf(const Ground& ground, std::span<const RouteMove> moves, Room& room) { return findPlaces(ground, moves, room, false); }

Effect placesOf(const Ground& ground, std::span<const RouteMove> moves, Room& room) { return findPlaces(ground, moves, room, true); }

std::vector<EffectLine> linesOf(const Ground& ground, const Effect& effect, EffectBy by) { return linesOf(ground, effect, by, ground.room()); }

/// By pool, of the workloads that an effect moves and that may be placed there, the one with the largest replica.
static std::vector<std::optional<std::uint32_t>> largestPlaced(const Ground& ground, const Effect& effect)
{
    std::set<std::uint32_t> moved;
    for (const auto& it : effect.pools)
        moved.insert(it.workload);
    const auto& workloads = ground.rules().workloads;
    std::vector<std::optional<std::uint32_t>> placed(ground.places().pools.size());
    for (const auto& route : ground.map().routes)
        if (route.workload && moved.contains(*route.workload))
            for (const auto& backend : route.backends)
                for (const auto pool : backend.fitting)
                    if (!placed[pool] || workloads[*placed[pool]].replicaGpus < workloads[*route.workload].replicaGpus)
                        placed[pool] = *route.workload;
    return placed;
}

std::vector<EffectLine> linesOf(const Ground& ground, const Effect& effect, EffectBy by, const Room& room)
{
    const auto& places = ground.places();
    const auto none = ~0U;
    struct Gathered
    {
        EffectLine line;
        std::vector<std::uint32_t> pools;
        std::uint32_t workload = 0;
    };
    std::map<std::pair<std::uint32_t, std::uint32_t>, Gathered> lines;
    const bool model = by == EffectBy::Model || by == EffectBy::ProviderAndModel || by == EffectBy::ClusterAndModel;
    const auto keyOf = [&](const PoolEffect& it) {
        const auto& pool = places.pools[it.pool];
        const auto place = by == EffectBy::Provider || by == EffectBy::ProviderAndModel ? pool.provider
            : by == EffectBy::Region                                                    ? pool.region
            : by == EffectBy::Model                                                     ? none
                                                                                        : pool.cluster;
        return std::pair(place, model ? pool.model : none);
    };
    const auto runsHere = [](const PoolEffect& it) { return it.costBefore > 0 || it.unpriced > 0; };
    for (const auto& it : effect.pools)
        lines[keyOf(it)];
    for (const auto& it : effect.others)
        if (runsHere(it))
            lines[keyOf(it)];
    const auto add = [&](const PoolEffect& it, bool counts) {
        const auto found = lines.find(keyOf(it));
        if (found == lines.end())
            return;
        auto& gathered = found->second;
        auto& line = gathered.line;
        const auto& pool = places.pools[it.pool];
        if (counts) {
            const auto& workloads = ground.rules().workloads;
            if (gathered.pools.empty() || workloads[it.workload].replicaGpus > workloads[gathered.workload].replicaGpus)
                gathered.workload = it.workload;
            gathered.pools.push_back(it.pool);
        }
        if (model)
            line.model = places.modelName(pool);
        if (by != EffectBy::Model)
            line.provider = places.providerName(pool);
        if (by == EffectBy::Region || by == EffectBy::Cluster || by == EffectBy::ClusterAndModel)
            line.region = places.regionName(pool);
        if (by == EffectBy::Cluster || by == EffectBy::ClusterAndModel)
            line.cluster = places.clusterName(pool);
        line.sum.needed += it.needed;
        line.sum.freed += it.freed;
        line.sum.healthy += it.healthy;
        line.sum.usable += it.usable;
        line.sum.allocatedBefore += it.allocatedBefore;
        line.sum.allocatedAfter += it.allocatedAfter;
        line.sum.costBefore += it.costBefore;
        line.sum.costAfter += it.costAfter;
        line.sum.unpriced += it.unpriced;
    };
    for (const auto& it : effect.pools)
        add(it, true);
    // Where nothing that moves may be placed nothing is placeable, however much is free.
    const auto placed = largestPlaced(ground, effect);
    for (auto it : effect.others) {
        it.workload = placed[it.pool].value_or(0);
        add(it, placed[it.pool] && lines.contains(keyOf(it)) && room.headroom(it.pool, it.workload) > 0);
    }
    std::vector<EffectLine> made;
    for (auto& [key, gathered] : lines) {
        // Pools share limits: what they take together is less than the sum of what each could.
        gathered.line.sum.placeable = room.headroom(gathered.pools, gathered.workload);
        made.push_back(std::move(gathered.line));
    }
    return made;
}

std::vector<Promise> promisesOf(const Ground& ground, const Effect& effect, std::span<const RouteMove> moves, const std::string& plan)
{
    // Pools do not say for whom they are taken: the largest replica among the moved workloads that run there bounds it.
    const auto& places = ground.places();
    std::vector<Promise::Giver> givers;
    double given = 0;
    for (const auto& move : moves) {
        const auto known = move.known.empty() ? ground.known(move.route, move.from) : move.known;
        const auto now = expectedLoads(known, move.from), then = expectedLoads(known, move.to);
        for (std::size_t b = 0; b < now.size(); ++b)
            if (const auto load = now[b] - then[b]; load > 1e-9) {
                givers.push_back({ ground.rules().routes[move.route].backends[b].scope, load });
                given += load;
            }
    }
    for (auto& giver : givers)
        giver.share /= given;
    std::vector<Promise> made;
    for (const auto& it : effect.pools) {
        if (it.needed == 0)
            continue;
        const auto& pool = places.pools[it.pool];
        const Workload* largest = nullptr;
        for (const auto& move : moves)
            if (const auto& workload = ground.map().routes[move.route].workload)
                if (const auto& found = ground.rules().workloads[*workload]; fits(found, places.modelName(pool)) && (!largest || found.replicaGpus > largest->replicaGpus))
                    largest = &found;
        if (largest)
            made.push_back({ plan, largest->name, { .provider = places.providerName(pool), .region = places.regionName(pool), .cluster = places.clusterName(pool), .node = {} },
                places.modelName(pool), it.needed, givers });
    }
    return made;
}

} // namespace penstock
