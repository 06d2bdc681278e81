// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "structure.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <unordered_map>

namespace penstock {

namespace {

    int rank(const std::string& provider)
    {
        constexpr std::array known { "azure", "gcp", "aws", "coreweave", "oci" };
        return static_cast<int>(std::ranges::find(known, provider) - known.begin());
    }

    /// The first node of each cluster; the nodes of a cluster are contiguous.
    std::vector<std::uint32_t> firstNodes(const Inventory& inventory)
    {
        std::vector<std::uint32_t> first(inventory.clusters.size(), static_cast<std::uint32_t>(inventory.nodes.size()));
        for (std::size_t n = inventory.nodes.size(); n-- > 0;)
            first[inventory.nodes[n].cluster] = static_cast<std::uint32_t>(n);
        return first;
    }

} // namespace

JoinedStructure join(std::span<const SourceInventory> sources, std::uint64_t version)
{
    struct Entry
    {
        const Inventory* inventory;
        std::uint32_t source, cluster;
    };
    std::vector<Entry> entries;
    std::vector<std::vector<std::uint32_t>> firstNode(sources.size()), zoneOf(sources.size());
    JoinedStructure joined { std::make_shared<Structure>(), std::vector<std::vector<std::uint32_t>>(sources.size()) };
    auto& shape = *joined.structure;
    shape.version = version;
    std::unordered_map<std::string, std::uint32_t> modelIds, zoneIds { { std::string(), 0 } };
    for (std::uint32_t s = 0; s < sources.size(); ++s) {
        const auto& inventory = sources[s].inventory;
        shape.sources.push_back(sources[s].endpoint);
        shape.sourceSimulated.push_back(inventory && inventory->simulated);
        if (!inventory)
            continue;
        for (std::uint32_t c = 0; c < inventory->clusters.size(); ++c)
            entries.push_back({ inventory.get(), s, c });
        joined.clusterOf[s].resize(inventory->clusters.size());
        firstNode[s] = firstNodes(*inventory);
        for (const auto& zone : inventory->zones) {
            const auto [it, isNew] = zoneIds.try_emplace(zone, static_cast<std::uint32_t>(shape.zones.size()));
            if (isNew)
                shape.zones.push_back(zone);
            zoneOf[s].push_back(it->second);
        }
    }
    std::ranges::sort(entries, {}, [](const Entry& entry) {
        const auto& cluster = entry.inventory->clusters[entry.cluster];
        return std::tuple(rank(cluster.provider), std::string_view(cluster.provider), std::string_view(cluster.region), std::string_view(cluster.name));
    });
    for (const auto& entry : entries) {
        const auto& cluster = entry.inventory->clusters[entry.cluster];
        if (shape.providers.empty() || shape.providers.back().name != cluster.provider)
            shape.providers.push_back({ cluster.provider, static_cast<std::uint32_t>(shape.regions.size()), 0 });
        auto& provider = shape.providers.back();
        if (provider.regions == 0 || shape.regions.back().name != cluster.region) {
            shape.regions.push_back({ cluster.region, static_cast<std::uint32_t>(shape.providers.size() - 1),
                static_cast<std::uint32_t>(shape.clusters.size()), 0 });
            ++provider.regions;
        }
        ++shape.regions.back().clusters;
        const auto id = static_cast<std::uint32_t>(shape.clusters.size());
        joined.clusterOf[entry.source][entry.cluster] = id;
        Structure::Cluster made { .name = cluster.name,
            .region = static_cast<std::uint32_t>(shape.regions.size() - 1),
            .source = entry.source,
            .firstNode = static_cast<std::uint32_t>(shape.nodes.size()),
            .nodes = 0,
            .firstRow = shape.rows,
            .rows = 0,
            .stretches = {} };
        for (std::size_t n = firstNode[entry.source][entry.cluster];
             n < entry.inventory->nodes.size() && entry.inventory->nodes[n].cluster == entry.cluster; ++n) {
            const auto& node = entry.inventory->nodes[n];
            const auto& model = entry.inventory->models[node.model];
            const auto [it, isNew] = modelIds.try_emplace(model.name, static_cast<std::uint32_t>(shape.models.size()));
            if (isNew) {
                shape.models.push_back(model.name);
                shape.modelMemory.push_back(model.memoryTotal);
            }
            shape.nodes.push_back({ node.name, node.instanceType, id, it->second, shape.rows, node.gpus, zoneOf[entry.source][node.zone], node.numbers, node.uuids, node.schedulable });
            if (made.stretches.empty() || made.stretches.back().model != it->second)
                made.stretches.push_back({ it->second, made.rows, 0 });
            made.stretches.back().rows += node.gpus;
            shape.rows += node.gpus;
            made.rows += node.gpus;
            ++made.nodes;
        }
        shape.clusters.push_back(std::move(made));
    }
    return joined;
}

} // namespace penstock
