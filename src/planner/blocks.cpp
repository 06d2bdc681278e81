// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "planner/blocks.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

#include "base/counttext.h"
#include "landing.h"

namespace penstock {

namespace {

    std::string largestRegion(const Capacity& capacity, const Places& places, std::uint32_t provider)
    {
        std::map<std::uint32_t, std::int64_t> gpus;
        for (std::size_t p = 0; p < capacity.pools.size(); ++p)
            if (places.pools[p].provider == provider)
                gpus[places.pools[p].region] += capacity.pools[p].gpus;
        const auto most = std::ranges::max_element(gpus, {}, [](const auto& it) { return it.second; });
        // Without a name its row of the board would look like the provider's.
        return most == gpus.end() ? "new" : places.regions[most->first].name;
    }

    /// "H100" is what the provider, or else the fleet, has of that name, if that is one model.
    std::uint32_t modelOf(Places& places, std::uint32_t provider, const std::string& name)
    {
        if (const auto known = std::ranges::find(places.models, name); known != places.models.end())
            return static_cast<std::uint32_t>(known - places.models.begin());
        std::set<std::uint32_t> here, anywhere;
        for (const auto& pool : places.pools)
            if (modelMatches(places.models[pool.model], name)) {
                anywhere.insert(pool.model);
                if (pool.provider == provider)
                    here.insert(pool.model);
            }
        for (const auto* found : { &here, &anywhere })
            if (found->size() == 1)
                return *found->begin();
        places.models.push_back(name);
        return static_cast<std::uint32_t>(places.models.size() - 1);
    }

    std::int64_t come(Capacity& capacity, Places& places, const Block& block)
    {
        const auto size = std::max(1U, block.gpusPerNode);
        const auto nodes = block.gpus / size;
        if (nodes == 0)
            return 0;
        auto provider = std::ranges::find(places.providers, block.provider);
        if (provider == places.providers.end())
            provider = places.providers.insert(provider, block.provider);
        const auto providerId = static_cast<std::uint32_t>(provider - places.providers.begin());
        const auto modelId = modelOf(places, providerId, block.model);
        const auto name = block.region.empty() ? largestRegion(capacity, places, providerId) : block.region;
        auto region = std::ranges::find_if(places.regions, [&](const Places::Region& it) { return it.provider == providerId && it.name == name; });
        if (region == places.regions.end())
            region = places.regions.insert(region, { name, providerId });
        const auto regionId = static_cast<std::uint32_t>(region - places.regions.begin());
        auto source = std::ranges::find(places.sources, "planned");
        if (source == places.sources.end())
            source = places.sources.insert(source, "planned");
        places.clusters.push_back({ "planned", regionId, static_cast<std::uint32_t>(source - places.sources.begin()) });
        capacity.freshness.push_back(Freshness::Fresh);
        capacity.observed.emplace_back(capacity.asOf);
        places.pools.push_back({ static_cast<std::uint32_t>(places.clusters.size() - 1), regionId, providerId, modelId, 0 });
        const auto gpus = nodes * size;
        capacity.pools.push_back({ .gpus = gpus, .healthy = gpus, .free = gpus, .allocated = 0, .load = {}, .groups = { { size, size, static_cast<std::uint32_t>(nodes), 0 } } });
        return gpus;
    }

    /// Takes nodes of one group away, and what ran on them.
    void takeNodes(const Capacity& capacity, std::uint32_t poolId, PoolCapacity& pool, NodeGroup& group, std::uint32_t nodes, WithBlocks& made)
    {
        const auto lose = [&](Holding& load, std::int64_t most) {
            const auto gone = std::min<std::int64_t>(load.gpus, most);
            load.gpus -= static_cast<std::uint32_t>(gone);
            if (gone > 0)
                made.gone.push_back({ poolId, load.workload, gone });
            return gone;
        };
        const auto gpus = std::int64_t { group.size } * nodes, free = std::int64_t { group.free } * nodes;
        const auto used = gpus - free;
        pool.gpus -= gpus;
        pool.free -= free;
        // Which GPUs of a node are unhealthy is not kept: what is not free counts as busy as far as that goes.
        pool.healthy = std::max(pool.free, pool.healthy - gpus);
        if (capacity.knowsHolders) {
            for (const auto& held : capacity.holders[group.holders])
                for (auto& load : pool.load)
                    if (load.workload == held.workload)
                        pool.allocated -= lose(load, std::int64_t { held.gpus } * nodes);
        } else if (pool.allocated > 0) {
            const double share = std::min(1.0, static_cast<double>(used) / static_cast<double>(pool.allocated));
            for (auto& load : pool.load)
                (void)lose(load, static_cast<std::int64_t>(share * load.gpus));
            pool.allocated -= std::min(pool.allocated, used);
        }
        group.nodes -= nodes;
        made.went += gpus;
        made.displaced += used;
    }

    void go(Capacity& capacity, const Places& places, const Block& block, WithBlocks& made)
    {
        auto left = -block.gpus;
        std::vector<std::pair<std::uint32_t, std::size_t>> order; ///< pool and group: those with most free GPUs go first
        for (std::uint32_t p = 0; p < capacity.pools.size(); ++p) {
            const auto& pool = places.pools[p];
            if (places.providerName(pool) == block.provider && (block.region.empty() || places.regionName(pool) == block.region) && modelMatches(places.modelName(pool), block.model))
                for (std::size_t g = 0; g < capacity.pools[p].groups.size(); ++g)
                    order.emplace_back(p, g);
        }
        std::ranges::stable_sort(order, std::greater {}, [&](const auto& it) {
            const auto& group = capacity.pools[it.first].groups[it.second];
            return static_cast<double>(group.free) / std::max(1U, group.size);
        });
        for (const auto& [p, g] : order) {
            auto& group = capacity.pools[p].groups[g];
            if (group.size == 0)
                continue;
            const auto nodes = std::min<std::int64_t>(group.nodes, left / group.size);
            if (nodes <= 0)
                continue;
            left -= nodes * group.size;
            takeNodes(capacity, p, capacity.pools[p], group, static_cast<std::uint32_t>(nodes), made);
        }
        for (auto& pool : capacity.pools) {
            std::erase_if(pool.groups, [](const NodeGroup& it) { return it.nodes == 0; });
            std::erase_if(pool.load, [](const Holding& it) { return it.gpus == 0; });
        }
        made.missing += left;
    }

    /// Lets what ran on GPUs that are gone find its place; returns the fleets with it there.
    CapacityPtr settle(const Ground& bare, const WithBlocks& fleets, std::vector<BlockEffect::Displaced>& displaced)
    {
        const auto& workloads = bare.rules().workloads;
        std::vector<BlockEffect::Displaced> lost(workloads.size());
        for (const auto& gone : fleets.gone)
            for (std::uint32_t w = 0; w < workloads.size(); ++w)
                if (bare.seenAs(w) == gone.workload) {
                    lost[w].gpus += gone.gpus;
                    lost[w].load += static_cast<double>(gone.gpus) * bare.map().performance[bare.places().pools[gone.pool].model];
                }
        std::vector<std::uint32_t> turns;
        for (std::uint32_t w = 0; w < workloads.size(); ++w)
            if (lost[w].gpus > 0)
                turns.push_back(w);
        std::ranges::stable_sort(turns, std::greater(), [&](std::uint32_t w) { return workloads[w].priority; });
        auto settled = std::make_shared<Capacity>(*fleets.capacity);
        // What is promised to others bounds where it goes, and is no load yet.
        Room room(bare.room());
        const Ground unpromised(fleets.capacity, bare.mapPtr());
        Room nodes(unpromised.room());
        const auto orders = landingOrders(bare, bare.room());
        for (const auto w : turns) {
            auto left = lost[w].load;
            for (std::uint32_t r = 0; r < orders.size(); ++r) {
                if (bare.map().routes[r].workload != w)
                    continue;
                for (const auto& [p, replicas] : room.place(orders[r].pools, w, left)) {
                    const auto gpus = replicas * std::max<std::int64_t>(1, workloads[w].replicaGpus);
                    auto& pool = settled->pools[p];
                    (void)nodes.take(p, w, replicas);
                    pool.groups = nodes.nodes(p);
                    pool.free -= gpus;
                    pool.allocated += gpus;
                    auto load = std::ranges::lower_bound(pool.load, *bare.seenAs(w), {}, &Holding::workload);
                    if (load == pool.load.end() || load->workload != *bare.seenAs(w))
                        load = pool.load.insert(load, { *bare.seenAs(w), 0 });
                    load->gpus += static_cast<std::uint32_t>(gpus);
                }
            }
            lost[w].workload = workloads[w].name;
            lost[w].placed = lost[w].load - left;
            displaced.push_back(lost[w]);
        }
        return settled;
    }

    H100s interactiveLoad(const Ground& ground)
    {
        H100s sum = 0;
        for (std::uint32_t w = 0; w < ground.rules().workloads.size(); ++w)
            for (std::uint32_t p = 0; p < ground.places().pools.size() && ground.rules().workloads[w].priority == Priority::Interactive; ++p)
                sum += ground.heldLoad(w, p);
        return sum;
    }

    double costOf(const Capacity& capacity, const RuleMap& map, std::int64_t& unpriced)
    {
        double sum = 0;
        for (std::size_t p = 0; p < capacity.pools.size(); ++p)
            if (map.prices[p])
                sum += map.prices[p]->perGpuHour * static_cast<double>(capacity.pools[p].gpus);
            else
                unpriced += capacity.pools[p].gpus;
        return sum;
    }

    /// By a backend that may carry it; what no route moves may be anywhere.
    bool isReached(const RuleMap& map, std::uint32_t workload, std::uint32_t pool)
    {
        bool routed = false;
        for (const auto& route : map.routes)
            for (const auto& backend : route.backends)
                if (route.workload == workload) {
                    routed = true;
                    if (backend.allowed() && std::ranges::find(backend.fitting, pool) != backend.fitting.end())
                        return true;
                }
        return !routed;
    }

    /// The quotas of this ground that new GPUs run into, whoever would fill them.
    std::vector<std::string> quotasReached(const Ground& after, std::size_t firstNew)
    {
        std::vector<std::string> said;
        const auto& places = after.places();
        for (auto p = static_cast<std::uint32_t>(firstNew); p < places.pools.size(); ++p)
            for (const auto id : after.map().limitsOf[p]) {
                const auto& limit = after.map().limits[id];
                const auto free = after.capacity().pools[p].free;
                std::optional<std::int64_t> most;
                for (std::uint32_t w = 0; w < after.rules().workloads.size() && limit.kind == Limit::Kind::Quota; ++w)
                    if (const auto room = after.room().roomUnder(id, w))
                        most = std::max(most.value_or(0), std::min(*room, after.room().placeable(p, w)));
                if (most && *most < free)
                    said.push_back(limit.text + ": of " + countText(free) + " " + places.modelName(places.pools[p]) + " that come " + (*most == 0 ? "none" : countText(*most)) + " can be filled");
            }
        return said;
    }

    std::vector<H100s> headroomByWorkload(const Ground& ground)
    {
        std::vector<H100s> made;
        const auto& places = ground.places();
        for (std::uint32_t w = 0; w < ground.rules().workloads.size(); ++w) {
            const auto& workload = ground.rules().workloads[w];
            std::vector<std::uint32_t> pools;
            for (std::uint32_t p = 0; p < places.pools.size(); ++p) {
                const auto& pool = places.pools[p];
                if (isReached(ground.map(), w, p) && fits(workload, places.modelName(pool)) && isApproved(ground.rules(), workload, places.providerName(pool)) && isResident(ground.rules(), workload, places.regionName(pool)))
                    pools.push_back(p);
            }
            made.push_back(ground.room().headroomLoad(pools, w));
        }
        return made;
    }

} // namespace

WithBlocks withBlocks(const Capacity& capacity, std::span<const Block> blocks, Time at)
{
    WithBlocks made;
    auto after = std::make_shared<Capacity>(capacity);
    auto places = std::make_shared<Places>(*capacity.places);
    places->version = ~places->version;
    after->places = places;
    for (const auto& block : blocks) {
        if (!block.holds(at))
            continue;
        if (block.gpus > 0) {
            const auto came = come(*after, *places, block);
            made.came += came;
            made.partial += block.gpus - came;
        }
        else if (block.gpus < 0)
            go(*after, *places, block, made);
    }
    made.capacity = std::move(after);
    return made;
}

BlockEffect whatIf(const Ground& ground, std::span<const Block> blocks, Time at)
{
    BlockEffect made;
    made.fleets = withBlocks(ground.capacity(), blocks, at);
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const auto map = RuleMap::make(ground.rules(), made.fleets.capacity->places, day);
    const Ground bare(made.fleets.capacity, map, { .promises = ground.promises() });
    const Ground after(settle(bare, made.fleets, made.displaced), map, { .promises = ground.promises() });
    for (std::size_t r = 0; r < map->routes.size(); ++r)
        for (std::size_t b = 0; b < map->routes[r].backends.size(); ++b)
            if (const auto& now = map->routes[r].backends[b]; ground.map().routes[r].backends[b].allowed() && !now.allowed())
                made.closed.push_back(ground.rules().routes[r].backends[b].name + " may carry " + ground.rules().routes[r].name + " no longer: "
                    + (now.notApproved.empty() ? now.notResident.front() + " lies outside its regions" : now.notApproved.front()));
    made.limited = quotasReached(after, ground.places().pools.size());
    const auto before = headroomByWorkload(ground), then = headroomByWorkload(after);
    for (std::size_t w = 0; w < before.size(); ++w)
        made.headroom.push_back({ ground.rules().workloads[w].name, before[w], then[w] });
    made.boardBefore = board(ground);
    made.boardAfter = board(after);
    // What found no place is load too, and nothing carries it.
    const auto there = interactiveLoad(after);
    H100s homeless = 0;
    for (const auto& it : made.displaced)
        if (std::ranges::find(ground.rules().workloads, it.workload, &Workload::name)->priority == Priority::Interactive)
            homeless += it.load - it.placed;
    if (there + homeless > 0)
        for (auto& row : made.boardAfter)
            for (auto* percent : { &row.percent, &row.percentWithShedding })
                *percent *= there / (there + homeless);
    std::int64_t unpricedBefore = 0, unpricedAfter = 0;
    made.cost = costOf(*made.fleets.capacity, *map, unpricedAfter) - costOf(ground.capacity(), ground.map(), unpricedBefore);
    made.unpriced = std::abs(unpricedAfter - unpricedBefore);
    for (const auto& price : map->prices)
        if (price)
            made.prices.add(*price);
    return made;
}

} // namespace penstock
