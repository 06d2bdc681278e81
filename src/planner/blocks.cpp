// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "planner/blocks.h"

#include <algorithm>
#include <cstdlib>

namespace penstock {

namespace {

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
        auto model = std::ranges::find(places.models, block.model);
        if (model == places.models.end())
            model = places.models.insert(model, block.model);
        const auto modelId = static_cast<std::uint32_t>(model - places.models.begin());
        // Without a name its row of the board would look like the provider's.
        const std::string name = block.region.empty() ? "new" : block.region;
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
    void takeNodes(const Capacity& capacity, PoolCapacity& pool, NodeGroup& group, std::uint32_t nodes, WithBlocks& made)
    {
        const auto gpus = std::int64_t { group.size } * nodes, free = std::int64_t { group.free } * nodes;
        const auto used = gpus - free;
        pool.gpus -= gpus;
        pool.free -= free;
        // Which GPUs of a node are unhealthy is not kept: what is not free counts as busy as far as that goes.
        pool.healthy = std::max(pool.free, pool.healthy - gpus);
        if (capacity.knowsHolders) {
            for (const auto& held : capacity.holders[group.holders])
                for (auto& load : pool.load)
                    if (load.workload == held.workload) {
                        const auto gone = std::min<std::int64_t>(load.gpus, std::int64_t { held.gpus } * nodes);
                        load.gpus -= static_cast<std::uint32_t>(gone);
                        pool.allocated -= gone;
                    }
        } else if (pool.allocated > 0) {
            const double share = std::min(1.0, static_cast<double>(used) / static_cast<double>(pool.allocated));
            for (auto& load : pool.load)
                load.gpus -= static_cast<std::uint32_t>(share * load.gpus);
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
            takeNodes(capacity, capacity.pools[p], group, static_cast<std::uint32_t>(nodes), made);
        }
        for (auto& pool : capacity.pools) {
            std::erase_if(pool.groups, [](const NodeGroup& it) { return it.nodes == 0; });
            std::erase_if(pool.load, [](const Holding& it) { return it.gpus == 0; });
        }
        made.missing += left;
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

    std::vector<H100s> headroomByWorkload(const Ground& ground)
    {
        std::vector<H100s> made;
        const auto& places = ground.places();
        for (std::uint32_t w = 0; w < ground.rules().workloads.size(); ++w) {
            const auto& workload = ground.rules().workloads[w];
            std::vector<std::uint32_t> pools;
            for (std::uint32_t p = 0; p < places.pools.size(); ++p) {
                const auto& pool = places.pools[p];
                if (fits(workload, places.modelName(pool)) && isApproved(ground.rules(), workload, places.providerName(pool)) && isResident(ground.rules(), workload, places.regionName(pool)))
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
        if (block.gpus > 0)
            made.came += come(*after, *places, block);
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
    const Ground after(made.fleets.capacity, map, ground.promises());
    const auto before = headroomByWorkload(ground), then = headroomByWorkload(after);
    for (std::size_t w = 0; w < before.size(); ++w)
        made.headroom.push_back({ ground.rules().workloads[w].name, before[w], then[w] });
    made.boardBefore = board(ground);
    made.boardAfter = board(after);
    std::int64_t unpricedBefore = 0, unpricedAfter = 0;
    made.cost = costOf(*made.fleets.capacity, *map, unpricedAfter) - costOf(ground.capacity(), ground.map(), unpricedBefore);
    made.unpriced = std::abs(unpricedAfter - unpricedBefore);
    for (const auto& price : map->prices)
        if (price)
            made.prices.add(*price);
    return made;
}

} // namespace penstock
