// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "planner/capacity.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <unordered_map>

#include "nodes.h"

namespace penstock {

/// Consecutive nodes of one cluster that have one model and one size.
struct NodeRun
{
    std::uint32_t pool = 0, size = 0, nodes = 0;
    std::uint32_t firstRow = 0; ///< counted in the cluster
};

struct CapacityReader::Layout
{
    std::shared_ptr<Places> places = std::make_shared<Places>();
    std::vector<std::uint32_t> firstRun; ///< by cluster, and the end
    std::vector<NodeRun> runs;
    std::vector<std::uint32_t> firstPool; ///< by cluster, and the end

    explicit Layout(const Structure& shape);
};

CapacityReader::Layout::Layout(const Structure& shape)
{
    auto& made = *places;
    made.version = shape.version;
    made.models = shape.models;
    made.sources = shape.sources;
    for (const auto& provider : shape.providers)
        made.providers.push_back(provider.name);
    for (const auto& region : shape.regions)
        made.regions.push_back({ region.name, region.provider });
    const auto typeNumber = [&](const std::string& type) {
        const auto found = std::ranges::find(made.instanceTypes, type);
        const auto number = static_cast<std::uint32_t>(found - made.instanceTypes.begin());
        if (found == made.instanceTypes.end())
            made.instanceTypes.push_back(type);
        return number;
    };
    for (const auto& cluster : shape.clusters) {
        const auto id = static_cast<std::uint32_t>(made.clusters.size());
        made.clusters.push_back({ cluster.name, cluster.region, cluster.source });
        firstRun.push_back(static_cast<std::uint32_t>(runs.size()));
        const auto first = static_cast<std::uint32_t>(made.pools.size());
        firstPool.push_back(first);
        for (std::uint32_t n = cluster.firstNode; n < cluster.firstNode + cluster.nodes; ++n) {
            const auto& node = shape.nodes[n];
            auto pool = first;
            while (pool < made.pools.size() && made.pools[pool].model != node.model)
                ++pool;
            if (pool == made.pools.size())
                made.pools.push_back({ id, cluster.region, shape.regions[cluster.region].provider, node.model, typeNumber(node.instanceType) });
            else if (made.instanceTypes[made.pools[pool].type] != node.instanceType)
                made.pools[pool].type = 0;
            if (runs.size() == firstRun.back() || runs.back().pool != pool || runs.back().size != node.gpus)
                runs.push_back({ pool, node.gpus, 0, node.firstRow - cluster.firstRow });
            ++runs.back().nodes;
        }
    }
    firstRun.push_back(static_cast<std::uint32_t>(runs.size()));
    firstPool.push_back(static_cast<std::uint32_t>(made.pools.size()));
}

namespace {

    void addNodes(std::vector<NodeGroup>& groups, const NodeGroup& more)
    {
        const auto at = std::ranges::find_if(groups, [&](const NodeGroup& it) { return it.size == more.size && it.free == more.free && it.holders == more.holders; });
        if (at == groups.end())
            groups.push_back(more);
        else
            at->nodes += more.nodes;
    }

    /// Nodes of one run by their free GPUs: one pass over the state column.
    void groupByFree(const NodeRun& run, const GpuState* state, std::vector<NodeGroup>& groups)
    {
        const auto nodesByFree = nodes::byFree(state + run.firstRow, run.size, run.nodes);
        for (std::uint32_t free = 0; free < nodesByFree.size(); ++free)
            if (nodesByFree[free] > 0)
                addNodes(groups, { run.size, free, nodesByFree[free], 0 });
    }

    /// Lists of holders by what they hold, so that equal ones have one number.
    struct HolderLists
    {
        std::map<std::vector<std::pair<std::uint32_t, std::uint32_t>>, std::uint32_t> numbers { { {}, 0 } };
        std::vector<std::vector<Holding>> lists { {} };

        std::uint32_t number(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& held)
        {
            const auto [at, isNew] = numbers.try_emplace(held, static_cast<std::uint32_t>(lists.size()));
            if (isNew) {
                lists.emplace_back();
                for (const auto& [workload, gpus] : held)
                    lists.back().push_back({ workload, gpus });
            }
            return at->second;
        }
    };

    /// Nodes of one run by their free GPUs and their holders. Neighbours are often alike, so a node is compared with the
    /// one before it, and only then looked at.
    void groupByHolders(const NodeRun& run, const ClusterRows::Values& columns, HolderLists& lists, std::vector<NodeGroup>& groups)
    {
        std::unordered_map<std::uint64_t, std::size_t> known; // free and holders -> group
        std::vector<std::pair<std::uint32_t, std::uint32_t>> held;
        std::vector<NodeGroup> here;
        std::size_t last = 0;
        for (std::uint32_t n = 0; n < run.nodes; ++n) {
            const std::size_t row = run.firstRow + std::size_t { n } * run.size;
            const auto* state = columns.state.data() + row;
            const auto* workload = columns.workload.data() + row;
            if (n > 0 && nodes::alike(state, state - run.size, run.size) && std::memcmp(workload, workload - run.size, run.size * sizeof *workload) == 0) {
                ++here[last].nodes;
                continue;
            }
            std::uint32_t free = 0;
            held.clear();
            for (std::uint32_t g = 0; g < run.size; ++g) {
                free += state[g] == GpuState::Free;
                if ((state[g] != GpuState::Busy && state[g] != GpuState::Idle) || workload[g] == noWorkload)
                    continue;
                const auto at = std::ranges::find(held, workload[g], &std::pair<std::uint32_t, std::uint32_t>::first);
                if (at == held.end())
                    held.emplace_back(workload[g], 1);
                else
                    ++at->second;
            }
            std::ranges::sort(held);
            const auto holders = lists.number(held);
            const auto [at, isNew] = known.try_emplace((std::uint64_t { free } << 32) | holders, here.size());
            if (isNew)
                here.push_back({ run.size, free, 0, holders });
            last = at->second;
            ++here[last].nodes;
        }
        for (const auto& group : here)
            addNodes(groups, group);
    }

} // namespace

std::int64_t placeableGpus(const std::vector<NodeGroup>& groups, std::uint32_t replicaGpus)
{
    const auto replica = std::max(1U, replicaGpus);
    std::int64_t sum = 0;
    std::map<std::uint32_t, std::int64_t> whole; ///< free nodes by their size, where a replica needs several
    for (const auto& group : groups)
        if (group.size >= replica)
            sum += std::int64_t { group.free / replica } * replica * group.nodes;
        else if (group.free == group.size && group.size > 0)
            whole[group.size] += group.nodes;
    for (const auto& [size, nodes] : whole)
        sum += nodes / ((replica + size - 1) / size) * replica;
    return sum;
}

namespace {

    template<class Layout>
    Capacity readWith(const Layout& layout, const Snapshot& snapshot, CapacityDetail detail)
    {
        Capacity made { .asOf = snapshot.asOf(), .places = layout.places, .freshness = {}, .observed = {}, .workloads = snapshot.workloads(), .unmet = {}, .pools = {}, .holders = {},
            .knowsHolders = detail == CapacityDetail::Holders };
        const auto& places = *layout.places;
        made.pools.resize(places.pools.size());
        made.unmet.resize(made.workloads.size());
        for (const auto& demand : snapshot.demand())
            if (const auto at = std::ranges::find(made.workloads, demand.workload); at != made.workloads.end())
                made.unmet[static_cast<std::size_t>(at - made.workloads.begin())] = demand.gpusUnmet;
        HolderLists lists;
        for (std::uint32_t c = 0; c < places.clusters.size(); ++c) {
            const auto& picture = snapshot.picture(c);
            made.freshness.push_back(picture.stale ? Freshness::Stale : snapshot.fromCache(c) ? Freshness::Cached : Freshness::Fresh);
            made.observed.push_back(snapshot.observed(c));
            const bool fresh = made.freshness.back() == Freshness::Fresh;
            for (const auto& cell : picture.cells) {
                auto pool = layout.firstPool[c];
                while (pool + 1 < layout.firstPool[c + 1] && places.pools[pool].model != cell.model)
                    ++pool;
                auto& to = made.pools[pool];
                to.gpus += cell.gpus;
                const bool allocated = cell.state == GpuState::Busy || cell.state == GpuState::Idle || (cell.state == GpuState::Unknown && cell.workload != noWorkload);
                if (allocated) {
                    to.allocated += cell.gpus;
                    if (cell.workload != noWorkload) {
                        const auto at = std::ranges::find(to.load, std::uint32_t { cell.workload }, &Holding::workload);
                        if (at == to.load.end())
                            to.load.push_back({ cell.workload, cell.gpus });
                        else
                            at->gpus += cell.gpus;
                    }
                }
                if (!fresh)
                    continue;
                if (cell.state == GpuState::Free)
                    to.free += cell.gpus;
                if (cell.state == GpuState::Free || cell.state == GpuState::Busy || cell.state == GpuState::Idle)
                    to.healthy += cell.gpus;
            }
            if (!fresh)
                continue;
            for (auto run = layout.firstRun[c]; run < layout.firstRun[c + 1]; ++run) {
                auto& groups = made.pools[layout.runs[run].pool].groups;
                if (detail == CapacityDetail::Free)
                    groupByFree(layout.runs[run], picture.columns().state.data(), groups);
                else
                    groupByHolders(layout.runs[run], picture.columns(), lists, groups);
            }
        }
        for (auto& pool : made.pools) {
            std::ranges::sort(pool.load, {}, &Holding::workload);
            std::ranges::sort(pool.groups, {}, [](const NodeGroup& it) { return std::tuple(it.size, it.free, it.holders); });
        }
        made.holders = std::move(lists.lists);
        return made;
    }

} // namespace

CapacityPtr CapacityReader::read(const SnapshotPtr& snapshot, CapacityDetail detail)
{
    const std::lock_guard lock(m_mutex);
    if (snapshot != m_snapshot) {
        m_free = m_holders = nullptr;
        m_snapshot = snapshot;
        if (!m_layout || m_layout->places->version != snapshot->structure().version)
            m_layout = std::make_shared<const Layout>(snapshot->structure());
    }
    auto& kept = detail == CapacityDetail::Free ? m_free : m_holders;
    if (!kept)
        kept = std::make_shared<const Capacity>(readWith(*m_layout, *snapshot, detail));
    return kept;
}

Capacity readCapacity(const Snapshot& snapshot, CapacityDetail detail)
{
    // The reader keeps what it is given; here the caller keeps the snapshot for as long as this takes.
    const SnapshotPtr borrowed(std::shared_ptr<const Snapshot> {}, &snapshot);
    CapacityReader reader;
    return *reader.read(borrowed, detail);
}

} // namespace penstock
