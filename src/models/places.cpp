// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "models/places.h"

#include <algorithm>

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

FleetTreeModel::Place placeNamed(const Structure& shape, const QStringList& names)
{
    FleetTreeModel::Place at;
    for (const auto& name : names) {
        if (at.level >= FleetTreeModel::Node)
            break;
        const auto level = static_cast<FleetTreeModel::Level>(at.level + 1);
        const auto children = childrenOf(shape, at);
        const auto wanted = name.toStdString();
        auto number = children.first;
        while (number < children.first + children.count && nameOf(shape, level, number) != wanted)
            ++number;
        if (number == children.first + children.count)
            break;
        at = { level, number, level == FleetTreeModel::Node ? number : 0 };
    }
    return at;
}

std::vector<FleetTreeModel::Place> pathTo(const Structure& shape, const FleetTreeModel::Place& place)
{
    std::vector<FleetTreeModel::Place> path;
    auto at = place;
    while (at.level != FleetTreeModel::Root) {
        path.insert(path.begin(), at);
        switch (at.level) {
        case FleetTreeModel::Gpu: at = { FleetTreeModel::Node, at.node, at.node }; break;
        case FleetTreeModel::Node: at = { FleetTreeModel::Cluster, shape.nodes[at.index].cluster, 0 }; break;
        case FleetTreeModel::Cluster: at = { FleetTreeModel::Region, shape.clusters[at.index].region, 0 }; break;
        case FleetTreeModel::Region: at = { FleetTreeModel::Provider, shape.regions[at.index].provider, 0 }; break;
        case FleetTreeModel::Provider:
        case FleetTreeModel::Root: at = {}; break;
        }
    }
    return path;
}

std::uint32_t nodeAt(const Structure& shape, std::uint32_t cluster, std::uint32_t row)
{
    const auto& it = shape.clusters[cluster];
    const auto first = shape.nodes.begin() + it.firstNode;
    const auto after = std::upper_bound(first, first + it.nodes, it.firstRow + row, [](std::uint32_t at, const Structure::Node& node) { return at < node.firstRow; });
    return static_cast<std::uint32_t>(std::prev(after) - shape.nodes.begin());
}

QString regionAndZone(const Structure& shape, const Structure::Node& node)
{
    const auto region = QString::fromStdString(shape.regions[shape.clusters[node.cluster].region].name);
    return node.zone == 0 ? region : region + QStringLiteral(" · ") + QString::fromStdString(shape.zones[node.zone]);
}

QStringList zonesOf(const Structure& shape, std::uint32_t region)
{
    std::vector<bool> has(shape.zones.size());
    const auto clusters = childrenOf(shape, FleetTreeModel::Region, region);
    for (auto c = clusters.first; c < clusters.first + clusters.count; ++c)
        for (auto n = shape.clusters[c].firstNode; n < shape.clusters[c].firstNode + shape.clusters[c].nodes; ++n)
            has[shape.nodes[n].zone] = true;
    QStringList made;
    for (std::size_t zone = 1; zone < has.size(); ++zone)
        if (has[zone])
            made << QString::fromStdString(shape.zones[zone]);
    made.sort();
    return made;
}

} // namespace penstock
