// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "fleet/gpu.h"
#include "fleet/inventory.h"
#include "fleet/route.h"

namespace penstock {

/// Which workload holds which GPU in a world whose load can be moved. Load moves in whole replicas on one node.
class Placement
{
public:
    /// `workloadOfRow` as in Columns::workload; `replicaGpus` by workload (1 where nothing is known); `lacking`: GPUs by workload that it
    /// wants besides those that it holds.
    Placement(const Inventory& inventory, std::vector<std::uint16_t> workloadOfRow, std::vector<std::uint32_t> replicaGpus,
        std::span<const std::uint32_t> lacking = {});

    [[nodiscard]] const std::vector<std::uint16_t>& workloadOfRow() const { return m_workloadOfRow; }
    void place(std::uint16_t workload, std::vector<Scope> scopes, Weights weights);

    struct Move
    {
        std::uint32_t row;
        std::uint16_t before, after; ///< workload; noWorkload: free
    };
    /// Moves at most a fifth of each workload towards what was asked. `usable[row]`: healthy and heard from, so that a
    /// replica may start there.
    std::vector<Move> advance(const std::vector<bool>& usable);

    [[nodiscard]] std::uint32_t wanted(std::uint16_t workload) const { return m_wanted[workload]; }
    /// GPUs it wants and has not. None while it holds more than it wants: a giver that is not heard from ends nothing.
    [[nodiscard]] std::uint32_t unmet(std::uint16_t workload) const { return m_wanted[workload] - std::min(m_wanted[workload], m_held[workload]); }

private:
    struct Target
    {
        std::vector<Scope> scopes;
        Weights weights;
    };
    [[nodiscard]] int scopeOf(const Target& target, std::uint32_t node) const;
    void settle(std::uint16_t workload, const Target& target, const std::vector<bool>& usable, std::vector<Move>& moves);
    void move(std::uint32_t row, std::uint16_t to, std::vector<Move>& moves);

    const Inventory& m_inventory;
    std::vector<std::uint32_t> m_firstRow;
    std::vector<std::uint16_t> m_workloadOfRow;
    std::vector<std::uint32_t> m_replica;
    std::vector<std::uint32_t> m_wanted, m_held; ///< GPUs, by workload
    std::map<std::uint16_t, Target> m_targets;
};

} // namespace penstock
