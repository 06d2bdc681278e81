// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "accounts.h"

#include <algorithm>

#include "base/counttext.h"

namespace penstock {

PoolAccounts::PoolAccounts(const Ground& ground)
    : m_ground(ground), m_changes(ground.places().pools.size())
{
}

std::uint32_t PoolAccounts::replicaOf(std::uint32_t workload) const { return m_ground.rules().workloads[workload].replicaGpus; }

PoolAccounts::Change& PoolAccounts::at(std::uint32_t pool, std::uint32_t workload)
{
    auto& change = m_changes[pool];
    change.touched = true;
    if (!change.largest || replicaOf(*change.largest) < replicaOf(workload))
        change.largest = workload;
    return change;
}

void PoolAccounts::countPromises()
{
    const auto& places = m_ground.places();
    for (const auto& promise : m_ground.promises())
        for (std::uint32_t p = 0; promise.gpus > 0 && p < places.pools.size(); ++p)
            // Each is of one pool, see promisesOf.
            if (const auto& it = places.pools[p]; places.modelName(it) == promise.model && places.clusterName(it) == promise.scope.cluster && places.regionName(it) == promise.scope.region && places.providerName(it) == promise.scope.provider) {
                m_promised.resize(places.pools.size());
                m_promised[p] += promise.gpus;
                break;
            }
}

void PoolAccounts::finish(Effect& effect, const std::set<std::uint32_t>& workloads) const
{
    const auto& map = m_ground.map();
    for (std::uint32_t p = 0; p < m_changes.size(); ++p) {
        const auto& change = m_changes[p];
        std::int64_t held = 0;
        for (const auto workload : workloads)
            held += m_ground.carried(workload, p);
        const auto& before = m_ground.capacity().pools[p];
        PoolEffect made { .pool = p, .workload = change.largest.value_or(0), .needed = change.needed, .freed = change.freed };
        made.healthy = before.healthy;
        made.usable = before.healthy > 0 ? before.free + before.allocated : 0;
        made.allocatedBefore = before.allocated + m_ground.arriving(p) + (m_promised.empty() ? 0 : m_promised[p]);
        made.allocatedAfter = made.allocatedBefore + made.needed - made.freed;
        const auto after = held + made.needed - made.freed;
        if (map.prices[p] && (held > 0 || change.touched)) {
            made.costBefore = static_cast<double>(held) * map.prices[p]->perGpuHour;
            made.costAfter = static_cast<double>(after) * map.prices[p]->perGpuHour;
            effect.prices.add(*map.prices[p]);
        } else
            made.unpriced = after;
        if (change.touched && change.largest)
            made.placeable = m_ground.room().headroom(p, *change.largest);
        effect.costBefore += made.costBefore;
        effect.costAfter += made.costAfter;
        effect.unpriced += made.unpriced;
        (change.touched ? effect.pools : effect.others).push_back(made);
    }
}

std::string whyFull(const Ground& ground, const Room& room, std::uint32_t pool, std::uint32_t workload)
{
    if (const auto* limit = room.tightest(pool, workload))
        return limit->text;
    const auto& places = ground.places();
    const auto& it = places.pools[pool];
    if (ground.capacity().freshness[it.cluster] != Freshness::Fresh)
        return "the data of " + places.clusterName(it) + " are old and count as zero";
    const auto replica = std::max(1U, ground.rules().workloads[workload].replicaGpus);
    return (replica == 1 ? "no free " : "no room for a replica of " + std::to_string(replica) + " ") + places.modelName(it) + " at " + places.clusterName(it);
}

std::string whatIsLeft(const Room& room, std::span<const std::uint32_t> pools, std::uint32_t workload)
{
    const auto left = countText(room.headroom(pools, workload)) + " GPUs";
    for (const auto pool : pools)
        if (const auto* limit = room.tightest(pool, workload))
            return limit->text + ", " + left + " below it";
    return left + " more are placeable";
}

} // namespace penstock
