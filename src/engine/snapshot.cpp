// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/snapshot.h"

#include <algorithm>
#include <map>

namespace penstock {

bool Snapshot::simulated() const
{
    return std::ranges::any_of(m_structure->clusters, [this](const Structure::Cluster& cluster) {
        return m_structure->sourceSimulated[cluster.source];
    });
}

std::optional<Time> Snapshot::observed(std::size_t cluster) const
{
    return m_observed[m_structure->clusters[cluster].source];
}

bool Snapshot::fromCache(std::size_t cluster) const
{
    return m_fromCache[m_structure->clusters[cluster].source];
}

GpuSample Snapshot::gpu(const Structure::Node& node, std::uint32_t gpu) const
{
    const auto& picture = *m_clusters[node.cluster];
    auto sample = picture.columns.at(node.firstRow - m_structure->clusters[node.cluster].firstRow + gpu);
    if (picture.stale)
        sample.state = GpuState::Unknown;
    return sample;
}

Tally Snapshot::nodeTally(std::size_t node) const
{
    const auto& it = m_structure->nodes[node];
    Tally tally;
    tally.nodes = 1;
    for (std::uint32_t i = 0; i < it.gpus; ++i)
        tally.add(gpu(it, i), m_structure->modelMemory[it.model]);
    return tally;
}

std::vector<Group> Snapshot::rollup(std::span<const Dimension> by, const Filter& filter) const
{
    // Keys are compared as the structure's indices first, so that groups come in its order; names break ties.
    struct Key
    {
        std::vector<std::uint32_t> order;
        std::vector<std::string> names;
        auto operator<=>(const Key&) const = default;
    };
    std::map<Key, Group> groups;
    const auto& shape = *m_structure;
    // Without a dimension or filter below the cluster its whole tally serves, which knows the number of nodes too.
    const bool wholeClusters = filter.model.empty() && filter.workload.empty() && !filter.state
        && std::ranges::all_of(by, [](Dimension dimension) { return dimension <= Dimension::Cluster; });
    for (std::size_t c = 0; c < shape.clusters.size(); ++c) {
        const auto& cluster = shape.clusters[c];
        const auto& region = shape.regions[cluster.region];
        const auto& provider = shape.providers[region.provider];
        if (!filter.scope.contains(provider.name, region.name, cluster.name))
            continue;
        const auto take = [&](const Tally& tally, std::uint16_t model, std::uint16_t workload, GpuState state) {
            Key key;
            for (const auto dimension : by) {
                std::uint32_t order = 0;
                std::string name;
                switch (dimension) {
                case Dimension::Provider:
                    order = region.provider;
                    name = provider.name;
                    break;
                case Dimension::Region:
                    order = cluster.region;
                    name = region.name;
                    break;
                case Dimension::Cluster:
                    order = static_cast<std::uint32_t>(c);
                    name = cluster.name;
                    break;
                case Dimension::Model: name = shape.models[model]; break;
                case Dimension::Workload:
                    order = workload == noWorkload;
                    name = workload == noWorkload ? std::string() : (*m_workloads)[workload];
                    break;
                case Dimension::State:
                    order = static_cast<std::uint32_t>(
                        std::ranges::find(gpuStatesInOrder, state) - gpuStatesInOrder.begin());
                    name = penstock::name(state);
                    break;
                }
                key.order.push_back(order);
                key.names.push_back(std::move(name));
            }
            auto& group = groups[key];
            if (group.keys.empty())
                group.keys = key.names;
            group.tally += tally;
            const auto seen = m_observed[cluster.source];
            if (seen && (!group.oldest || *seen < *group.oldest))
                group.oldest = seen;
        };
        if (wholeClusters) {
            take(m_clusters[c]->tally, 0, 0, GpuState::Unknown);
            continue;
        }
        for (const auto& cell : m_clusters[c]->cells) {
            if (!filter.model.empty() && !modelMatches(shape.models[cell.model], filter.model))
                continue;
            if (!filter.workload.empty()
                && (cell.workload == noWorkload || (*m_workloads)[cell.workload] != filter.workload))
                continue;
            if (filter.state && cell.state != *filter.state)
                continue;
            take(cell.tally, cell.model, cell.workload, cell.state);
        }
    }
    std::vector<Group> result;
    result.reserve(groups.size());
    for (auto& [key, group] : groups)
        result.push_back(std::move(group));
    return result;
}

Tally Snapshot::tally(const Filter& filter) const
{
    const auto groups = rollup({}, filter);
    return groups.empty() ? Tally {} : groups.front().tally;
}

RollupPoint rollupPoint(const Snapshot& snapshot)
{
    RollupPoint point { .at = snapshot.asOf(), .groups = {} };
    constexpr std::array dimensions { std::pair { GroupPoint::Dimension::Provider, Dimension::Provider },
        std::pair { GroupPoint::Dimension::Workload, Dimension::Workload },
        std::pair { GroupPoint::Dimension::Model, Dimension::Model } };
    for (const auto& [kept, dimension] : dimensions)
        for (const auto& group : snapshot.rollup(std::span(&dimension, 1))) {
            GroupPoint made { .dimension = kept, .key = group.keys.front() };
            for (std::size_t i = 0; i < gpuStateCount; ++i)
                made.byState[i] = static_cast<std::uint32_t>(group.tally.byState[i]);
            made.utilisationMean = static_cast<float>(group.tally.utilisation.mean().value_or(-1));
            made.power = group.tally.power.known ? static_cast<double>(group.tally.power.sum) / 10 : -1;
            point.groups.push_back(std::move(made));
        }
    return point;
}

} // namespace penstock
