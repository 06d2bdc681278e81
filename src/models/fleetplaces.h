// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/fleettreemodel.h"

namespace penstock {

/// The rows of one parent that was opened, in the order shown. Indices point to it, so it never moves in memory.
struct FleetBranch
{
    struct Row
    {
        std::uint32_t number; ///< in the structure; of a GPU, in its node
        std::unique_ptr<FleetBranch> branch; ///< once it was opened
    };
    FleetTreeModel::Level level = FleetTreeModel::Root; ///< of the parent
    std::uint32_t number = 0; ///< of the parent, in the structure
    FleetBranch* parent = nullptr;
    int row = 0; ///< of the parent, in its own parent
    bool open = true; ///< expanded: its rows are kept up to date
    std::vector<Row> rows;
};

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

/// The new number of each row of a branch whose parent has the number `parent` in the structure `after`, found by name;
/// `goneNumber` where it is no longer there.
[[nodiscard]] std::vector<std::uint32_t> renumbered(const Structure& before, const Structure& after, const FleetBranch& branch, std::uint32_t parent);
inline constexpr std::uint32_t goneNumber = ~0U;

/// Puts children of one parent, which come in the order of the structure, into that of a column (FleetTreeModel::sort).
void sortChildren(const Snapshot& snapshot, FleetTreeModel::Level parent, std::uint32_t number, int column, Qt::SortOrder order,
    std::vector<std::uint32_t>& children);

} // namespace penstock
