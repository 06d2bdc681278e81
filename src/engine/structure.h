// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/snapshot.h"

namespace penstock {

/// What one source says about who is in whom; `inventory` is null until it has said it.
struct SourceInventory
{
    std::string endpoint;
    std::shared_ptr<const Inventory> inventory;
};

/// The inventories of all sources as one tree, and where each cluster of each inventory went.
struct JoinedStructure
{
    std::shared_ptr<Structure> structure;
    std::vector<std::vector<std::uint32_t>> clusterOf; ///< by source and cluster of its inventory: cluster of the structure
};

/// Built-in providers come first, in the order people know them; everything else by name.
[[nodiscard]] JoinedStructure join(std::span<const SourceInventory> sources, std::uint64_t version);

} // namespace penstock
