// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "placement.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace penstock {

Placement::Placement(
    const Inventory& inventory, std::vector<std::uint16_t> workloadOfRow, std::vector<std::uint32_t> replicaGpus,
    std::span<const std::uint32_t> lacking)
    : m_inventory(inventory)
    , m_workloadOfRow(std::move(workloadOfRow))
    , m_replica(std::move(replicaGpus))
    , m_wanted(m_replica.size())
{
    std::uint32_t row = 0;
    for (const auto& node : inventory.nodes) {
        m_firstRow.push_back(row);
        row += node.gpus;
    }
    for (const auto workload : m_workloadOfRow)
        if (workload != noWorkload)
            ++m_wanted[workload];
    m_held = m_wanted;
    for (std::size_t w = 0; w < lacking.size(); ++w)
        m_wanted[w] += lacking[w];
}

void Placement::place(std::uint16_t workload, std::vector<Scope> scopes, Weights weights)
{
    m_targets[workload] = { std::move(scopes), std::move(weights) };
}

int Placement::scopeOf(const Target& target, std::uint32_t node) const
{
    const auto& cluster = m_inventory.clusters[m_inventory.nodes[node].cluster];
    for (std::size_t i = 0; i < target.scopes.size(); ++i)
        if (target.scopes[i].contains(cluster.provider, cluster.region, cluster.name))
            return static_cast<int>(i);
    return -1;
}

void Placement::move(std::uint32_t row, std::uint16_t to, std::vector<Move>& moves)
{
    const auto from = m_workloadOfRow[row];
    if (from != noWorkload)
        --m_held[from];
    if (to != noWorkload)
        ++m_held[to];
    m_workloadOfRow[row] = to;
    moves.push_back({ row, from, to });
}

void Placement::settle(
    std::uint16_t workload, const Target& target, const std::vector<bool>& usable, std::vector<Move>& moves)
{
    const std::size_t count = target.scopes.size();
    const double weightSum = std::accumulate(target.weights.begin(), target.weights.end(), 0.0);
    if (weightSum <= 0)
        return;
    std::vector<std::vector<std::uint32_t>> nodes(count);
    std::vector<std::int64_t> held(count), goal(count);
    std::int64_t elsewhere = 0;
    for (std::uint32_t n = 0; n < m_inventory.nodes.size(); ++n) {
        const int scope = scopeOf(target, n);
        for (std::uint32_t row = m_firstRow[n]; row < m_firstRow[n] + m_inventory.nodes[n].gpus; ++row)
            if (m_workloadOfRow[row] == workload)
                ++(scope < 0 ? elsewhere : held[static_cast<std::size_t>(scope)]);
        if (scope >= 0)
            nodes[static_cast<std::size_t>(scope)].push_back(n);
    }
    const auto total = static_cast<std::int64_t>(m_wanted[workload]) - elsewhere;
    std::int64_t budget = std::max<std::int64_t>(m_replica[workload], (total + 4) / 5);
    // Rounded so that the goals add up to the total.
    double weight = 0;
    std::int64_t given = 0;
    for (std::size_t i = 0; i < count; ++i) {
        weight += target.weights[i];
        goal[i] = std::llround(static_cast<double>(total) * weight / weightSum) - given;
        given += goal[i];
    }

    const auto replica = static_cast<std::int64_t>(std::max(1U, m_replica[workload]));
    // Givers end replicas first where a node empties soonest: from the end, so that the same nodes come back last.
    for (std::size_t i = 0; i < count; ++i) {
        std::int64_t surplus = std::min(held[i] - goal[i], budget);
        for (auto n = nodes[i].rbegin(); n != nodes[i].rend() && surplus > 0; ++n) {
            for (std::uint32_t row = m_firstRow[*n]; row < m_firstRow[*n] + m_inventory.nodes[*n].gpus && surplus > 0; ++row)
                if (m_workloadOfRow[row] == workload && usable[row]) {
                    move(row, noWorkload, moves);
                    --surplus;
                }
        }
    }
    for (std::size_t i = 0; i < count; ++i) {
        std::int64_t lack = std::min(goal[i] - held[i], budget);
        for (auto n = nodes[i].begin(); n != nodes[i].end() && lack > 0; ++n) {
            const auto& node = m_inventory.nodes[*n];
            std::vector<std::uint32_t> free;
            for (std::uint32_t row = m_firstRow[*n]; row < m_firstRow[*n] + node.gpus; ++row)
                if (m_workloadOfRow[row] == noWorkload && usable[row])
                    free.push_back(row);
            // A remainder smaller than a replica still has to go somewhere, so that the sum stays what was wanted.
            const auto want = std::min(replica, lack);
            const auto fits = static_cast<std::int64_t>(free.size()) / want * want;
            const auto take = std::min(fits, lack);
            for (std::int64_t k = 0; k < take; ++k)
                move(free[static_cast<std::size_t>(k)], workload, moves);
            lack -= take;
        }
    }
}

std::vector<Placement::Move> Placement::advance(const std::vector<bool>& usable)
{
    std::vector<Move> moves;
    for (const auto& [workload, target] : m_targets)
        settle(workload, target, usable, moves);
    return moves;
}

} // namespace penstock
