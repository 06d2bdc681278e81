// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "fleetplaces.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace penstock {

NumberRange childrenOf(const Structure& shape, FleetTreeModel::Level level, std::uint32_t number)
{
    switch (level) {
    case FleetTreeModel::Root: return { 0, static_cast<std::uint32_t>(shape.providers.size()) };
    case FleetTreeModel::Provider: return { shape.providers[number].firstRegion, shape.providers[number].regions };
    case FleetTreeModel::Region: return { shape.regions[number].firstCluster, shape.regions[number].clusters };
    case FleetTreeModel::Cluster: return { shape.clusters[number].firstNode, shape.clusters[number].nodes };
    case FleetTreeModel::Node: return { 0, shape.nodes[number].gpus };
    case FleetTreeModel::Gpu: break;
    }
    return {};
}

NumberRange clustersOf(const Structure& shape, FleetTreeModel::Level level, std::uint32_t number)
{
    switch (level) {
    case FleetTreeModel::Root: return { 0, static_cast<std::uint32_t>(shape.clusters.size()) };
    case FleetTreeModel::Provider: {
        const auto& provider = shape.providers[number];
        const auto& last = shape.regions[provider.firstRegion + provider.regions - 1];
        const auto first = shape.regions[provider.firstRegion].firstCluster;
        return { first, last.firstCluster + last.clusters - first };
    }
    case FleetTreeModel::Region: return { shape.regions[number].firstCluster, shape.regions[number].clusters };
    case FleetTreeModel::Cluster: return { number, 1 };
    case FleetTreeModel::Node:
    case FleetTreeModel::Gpu: return { shape.nodes[number].cluster, 1 };
    }
    return {};
}

const std::string& nameOf(const Structure& shape, FleetTreeModel::Level level, std::uint32_t number)
{
    static const std::string nameless;
    switch (level) {
    case FleetTreeModel::Provider: return shape.providers[number].name;
    case FleetTreeModel::Region: return shape.regions[number].name;
    case FleetTreeModel::Cluster: return shape.clusters[number].name;
    case FleetTreeModel::Node: return shape.nodes[number].name;
    case FleetTreeModel::Root:
    case FleetTreeModel::Gpu: break;
    }
    return nameless;
}

std::optional<Time> oldestOf(const Snapshot& snapshot, FleetTreeModel::Level level, std::uint32_t number)
{
    const auto clusters = clustersOf(snapshot.structure(), level, number);
    std::optional<Time> oldest;
    for (auto c = clusters.first; c < clusters.first + clusters.count; ++c)
        if (const auto seen = snapshot.observed(c); seen && (!oldest || *seen < *oldest))
            oldest = seen;
    return oldest;
}

std::vector<std::uint32_t> renumbered(const Structure& before, const Structure& after, const FleetBranch& branch, std::uint32_t parent)
{
    std::vector<std::uint32_t> to;
    to.reserve(branch.rows.size());
    const auto now = childrenOf(after, branch.level, parent);
    if (branch.level == FleetTreeModel::Node) {
        for (const auto& row : branch.rows)
            to.push_back(row.number < now.count ? row.number : goneNumber);
        return to;
    }
    const auto was = childrenOf(before, branch.level, branch.number);
    const auto level = static_cast<FleetTreeModel::Level>(branch.level + 1);
    std::unordered_map<std::string_view, std::uint32_t> byName;
    for (const auto& row : branch.rows) {
        const auto& name = nameOf(before, level, row.number);
        // Most parents keep all their children, or those before the one that came or went.
        const auto samePlace = row.number - was.first;
        if (samePlace < now.count && nameOf(after, level, now.first + samePlace) == name) {
            to.push_back(now.first + samePlace);
            continue;
        }
        if (byName.empty())
            for (auto n = now.first; n < now.first + now.count; ++n)
                byName.emplace(nameOf(after, level, n), n);
        const auto found = byName.find(name);
        to.push_back(found == byName.end() ? goneNumber : found->second);
    }
    return to;
}

} // namespace penstock
