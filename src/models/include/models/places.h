// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/fleettreemodel.h"

namespace penstock {

/// Numbers that follow on each other.
struct NumberRange
{
    std::uint32_t first = 0, count = 0;
};

/// The children of a parent; GPUs are numbered from 0 in each node.
[[nodiscard]] NumberRange childrenOf(const Structure& shape, FleetTreeModel::Level level, std::uint32_t number);
/// The clusters below or above a place (a node's number for nodes and GPUs).
[[nodiscard]] NumberRange clustersOf(const Structure& shape, FleetTreeModel::Level level, std::uint32_t number);
/// Of all levels but GPUs, which have numbers.
[[nodiscard]] const std::string& nameOf(const Structure& shape, FleetTreeModel::Level level, std::uint32_t number);
/// When the oldest data of a place was observed: a provider is as old as its worst cluster.
[[nodiscard]] std::optional<Time> oldestOf(const Snapshot& snapshot, FleetTreeModel::Level level, std::uint32_t number);
[[nodiscard]] inline NumberRange childrenOf(const Structure& shape, const FleetTreeModel::Place& place) { return childrenOf(shape, place.level, place.index); }
[[nodiscard]] inline const std::string& nameOf(const Structure& shape, const FleetTreeModel::Place& place) { return nameOf(shape, place.level, place.index); }
/// The place that names lead to from the provider down to a node, or as far as they lead.
[[nodiscard]] FleetTreeModel::Place placeNamed(const Structure& shape, const QStringList& names);
/// A place and those above it, from the provider down; empty for the root.
[[nodiscard]] std::vector<FleetTreeModel::Place> pathTo(const Structure& shape, const FleetTreeModel::Place& place);
/// The node that holds a GPU of a cluster; `row` is counted in the cluster.
[[nodiscard]] std::uint32_t nodeAt(const Structure& shape, std::uint32_t cluster, std::uint32_t row);
/// "us-east-1 · us-east-1a"; the region alone where the zone is not told.
[[nodiscard]] QString regionAndZone(const Structure& shape, const Structure::Node& node);
/// Those that are told of a region's nodes, by name.
[[nodiscard]] QStringList zonesOf(const Structure& shape, std::uint32_t region);

} // namespace penstock
