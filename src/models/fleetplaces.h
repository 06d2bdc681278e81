// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/places.h"

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

/// The new number of each row of a branch whose parent has the number `parent` in the structure `after`, found by name;
/// `goneNumber` where it is no longer there.
[[nodiscard]] std::vector<std::uint32_t> renumbered(const Structure& before, const Structure& after, const FleetBranch& branch, std::uint32_t parent);
inline constexpr std::uint32_t goneNumber = ~0U;

/// Puts children of one parent, which come in the order of the structure, into that of a column (FleetTreeModel::sort).
void sortChildren(const Snapshot& snapshot, FleetTreeModel::Level parent, std::uint32_t number, int column, Qt::SortOrder order,
    std::vector<std::uint32_t>& children);

} // namespace penstock
