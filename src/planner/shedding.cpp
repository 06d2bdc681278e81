// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <algorithm>
#include <cassert>
#include <limits>
#include <map>

#include "planner/room.h"

namespace penstock {

namespace {

    constexpr auto unlimited = std::numeric_limits<std::int64_t>::max();

    /// What must end on a node so that at least `needed` GPUs do: whole replicas where they fit on a node.
    std::uint32_t wholeReplicas(std::uint32_t needed, std::uint32_t replica, std::uint32_t held)
    {
        return std::min(held, (needed + replica - 1) / replica * replica);
    }

} // namespace

std::int64_t Room::roomOnceEnded(std::uint32_t pool, std::uint32_t workload, std::uint32_t victim, std::int64_t gpus) const
{
    auto least = unlimited;
    for (const auto id : m_map->limitsOf[pool])
        if (m_limits[id].holds && m_map->limits[id].workload != workload)
            // What a workload gives back of its own reservation stays its own.
            least = std::min(least, m_limits[id].room + (m_map->limits[id].workload == victim ? 0 : gpus));
    return least;
}

std::uint32_t Room::heldOn(const NodeGroup& group, std::uint32_t seenAs) const
{
    const auto& base = m_ground->capacity().holders;
    const auto& list = group.holders < base.size() ? base[group.holders] : m_holders[group.holders - base.size()];
    const auto found = std::ranges::find(list, seenAs, &Holding::workload);
    return found == list.end() ? 0 : found->gpus;
}

std::uint32_t Room::without(std::uint32_t holders, std::uint32_t seenAs, std::uint32_t gpus)
{
    const auto& base = m_ground->capacity().holders;
    auto list = holders < base.size() ? base[holders] : m_holders[holders - base.size()];
    const auto found = std::ranges::find(list, seenAs, &Holding::workload);
    assert(found != list.end() && found->gpus >= gpus);
    found->gpus -= gpus;
    if (found->gpus == 0)
        list.erase(found);
    if (list.empty())
        return 0;
    const auto known = std::ranges::find(m_holders, list);
    const auto at = static_cast<std::size_t>(known - m_holders.begin());
    if (known == m_holders.end())
        m_holders.push_back(std::move(list));
    return static_cast<std::uint32_t>(base.size() + at);
}

/// Takes the victim off so many nodes of a group, and frees what it held there.
void Room::release(std::uint32_t pool, std::uint32_t victim, NodeGroup group, std::uint32_t nodes, std::uint32_t gpusEach, bool frees)
{
    auto& groups = m_groups[pool];
    const auto at = std::ranges::find(groups, group);
    assert(at != groups.end());
    at->nodes -= nodes;
    NodeGroup after { group.size, group.free + (frees ? gpusEach : 0), nodes, without(group.holders, *m_ground->seenAs(victim), gpusEach) };
    const auto same = std::ranges::find_if(groups, [&](const NodeGroup& it) { return it.size == after.size && it.free == after.free && it.holders == after.holders; });
    if (same == groups.end())
        groups.push_back(after);
    else
        same->nodes += nodes;
    std::erase_if(groups, [](const NodeGroup& it) { return it.nodes == 0; });
    m_held[std::size_t { victim } * m_groups.size() + pool] -= static_cast<std::int32_t>(gpusEach * nodes);
    countShapes(pool);
}

void Room::spend(std::uint32_t pool, std::uint32_t victim, std::int64_t gpus)
{
    const auto seenAs = m_ground->seenAs(victim);
    while (seenAs && gpus > 0) {
        const auto at = std::ranges::find_if(m_groups[pool], [&](const NodeGroup& it) { return heldOn(it, *seenAs) > 0; });
        if (at == m_groups[pool].end())
            return;
        const auto group = *at;
        const auto held = heldOn(group, *seenAs);
        const auto whole = static_cast<std::uint32_t>(std::min<std::int64_t>(group.nodes, gpus / held));
        const auto each = whole > 0 ? held : static_cast<std::uint32_t>(gpus);
        release(pool, victim, group, std::max(1U, whole), each, false);
        gpus -= std::int64_t { std::max(1U, whole) } * each;
    }
}

void Room::endOn(std::uint32_t pool, std::uint32_t victim, NodeGroup group, std::uint32_t nodes, std::uint32_t gpusEach, std::vector<Ended>& ended)
{
    if (nodes == 0 || gpusEach == 0)
        return;
    release(pool, victim, group, nodes, gpusEach, true);
    const auto gpus = std::int64_t { nodes } * gpusEach;
    charge(pool, victim, -gpus);
    const auto known = std::find_if(ended.rbegin(), ended.rend(), [&](const Ended& it) { return it.pool == pool && it.workload == victim; });
    auto& record = known == ended.rend() ? ended.emplace_back(Ended { pool, victim, 0, 0 }) : *known;
    record.gpus += gpus;
    record.replicas = (record.gpus + replicaOf(victim) - 1) / replicaOf(victim);
}

void Room::endAnywhere(std::uint32_t pool, std::uint32_t victim, std::int64_t gpus, std::vector<Ended>& ended)
{
    const auto seenAs = *m_ground->seenAs(victim);
    const auto replica = replicaOf(victim);
    while (gpus > 0) {
        const auto at = std::ranges::find_if(m_groups[pool], [&](const NodeGroup& it) { return heldOn(it, seenAs) > 0; });
        if (at == m_groups[pool].end())
            return;
        const auto group = *at;
        const auto held = heldOn(group, seenAs);
        if (const auto whole = std::min<std::int64_t>(group.nodes, gpus / held); whole > 0) {
            endOn(pool, victim, group, static_cast<std::uint32_t>(whole), held, ended);
            gpus -= whole * held;
        } else {
            const auto some = wholeReplicas(static_cast<std::uint32_t>(gpus), replica, held);
            endOn(pool, victim, group, 1, some, ended);
            gpus -= some;
        }
    }
}

std::int64_t Room::takeFrom(std::uint32_t pool, std::uint32_t victim, std::uint32_t workload, std::int64_t replicas, std::vector<Ended>& ended)
{
    assert(m_ground->capacity().knowsHolders);
    if (!m_ground->seenAs(victim) || victim == workload)
        return 0;
    const auto seenAs = *m_ground->seenAs(victim);
    const auto replica = replicaOf(workload);
    const auto victimReplica = replicaOf(victim);
    std::int64_t taken = 0;
    // Each round makes room for at least one replica or is the last.
    while (taken < replicas) {
        const auto victims = held(pool, victim);
        if (victims == 0)
            break;
        const auto open = roomOnceEnded(pool, workload, victim, victims);
        const auto most = open == unlimited ? unlimited : open / replica; ///< replicas under the limits once all victims are gone
        if (most <= 0)
            break;
        const auto wanted = std::min(replicas - taken, most);
        const auto payFor = [&](std::int64_t count) {
            // A limit that is exceeded or exhausted is paid for by whatever else of the victim runs here.
            if (const auto present = roomOnceEnded(pool, workload, victim, 0); present != unlimited)
                endAnywhere(pool, victim, count * replica - present, ended);
            const auto got = take(pool, workload, count);
            taken += got;
            return got;
        };
        // The nodes have room, only a limit stands against it.
        if (const auto ready = std::min<std::int64_t>(wanted, placeable(pool, workload) / replica); ready > 0) {
            if (payFor(ready) == 0)
                break;
            continue;
        }
        // A node where ending some of the victim makes room for a whole replica: fewest GPUs ended for each GPU gained.
        const NodeGroup* best = nullptr;
        std::uint32_t bestEnd = 0, bestEach = 0;
        for (const auto& group : m_groups[pool]) {
            const auto held = heldOn(group, seenAs);
            if (group.size < replica || held == 0 || group.free + held < replica)
                continue;
            const auto end = wholeReplicas(replica - group.free, victimReplica, held);
            const auto each = (group.free + end) / replica;
            if (!best || std::uint64_t { end } * bestEach < std::uint64_t { bestEnd } * each) {
                best = &group;
                bestEnd = end;
                bestEach = each;
            }
        }
        if (best) {
            const auto group = *best;
            const auto nodes = std::min<std::int64_t>(group.nodes, (wanted + bestEach - 1) / bestEach);
            endOn(pool, victim, group, static_cast<std::uint32_t>(nodes), bestEnd, ended);
            if (payFor(std::min(wanted, nodes * bestEach)) == 0)
                break;
            continue;
        }
        // Whole nodes of one size for a replica that is larger than a node.
        struct Size
        {
            std::int64_t free = 0, victims = 0; ///< nodes
        };
        std::map<std::uint32_t, Size> sizes;
        for (const auto& group : m_groups[pool]) {
            if (group.size >= replica || group.size == 0)
                continue;
            if (group.free == group.size)
                sizes[group.size].free += group.nodes;
            else if (group.free + heldOn(group, seenAs) == group.size)
                sizes[group.size].victims += group.nodes;
        }
        bool made = false;
        for (const auto& [size, nodes] : sizes) {
            const auto each = (replica + size - 1) / size;
            const auto count = std::min<std::int64_t>(wanted, (nodes.free + nodes.victims) / each);
            if (count == 0)
                continue;
            auto toEmpty = std::max<std::int64_t>(0, count * each - nodes.free);
            while (toEmpty > 0) {
                const auto at = std::ranges::find_if(m_groups[pool], [&, wholly = size](const NodeGroup& it) {
                    return it.size == wholly && it.free < it.size && it.free + heldOn(it, seenAs) == it.size;
                });
                assert(at != m_groups[pool].end());
                const auto group = *at;
                const auto some = std::min<std::int64_t>(toEmpty, group.nodes);
                endOn(pool, victim, group, static_cast<std::uint32_t>(some), group.size - group.free, ended);
                toEmpty -= some;
            }
            made = payFor(count) > 0;
            break;
        }
        if (!made)
            break;
    }
    return taken;
}

} // namespace penstock
