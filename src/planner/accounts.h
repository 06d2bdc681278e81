// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "planner/effect.h"

namespace penstock {

/// Adds up what a plan does to each pool.
class PoolAccounts
{
public:
    explicit PoolAccounts(const Ground& ground);
    void put(std::uint32_t pool, std::uint32_t workload, std::int64_t gpus) { at(pool, workload).needed += gpus; }
    void give(std::uint32_t pool, std::uint32_t workload, std::int64_t gpus) { at(pool, workload).freed += gpus; }
    /// What plans that run have been promised is on its way, too.
    void countPromises();
    /// The pools and costs of an effect that moves these workloads.
    void finish(Effect& effect, const std::set<std::uint32_t>& workloads) const;

private:
    struct Change
    {
        std::int64_t needed = 0, freed = 0;
        std::optional<std::uint32_t> largest; ///< workload with the largest replica of those moved here
        bool touched = false;
    };
    Change& at(std::uint32_t pool, std::uint32_t workload);
    [[nodiscard]] std::uint32_t replicaOf(std::uint32_t workload) const;

    const Ground& m_ground;
    std::vector<Change> m_changes;
    std::vector<std::int64_t> m_promised; ///< GPUs by pool; empty: they do not count
};

/// Where the moves find their places and what they lack, without costs, placeable GPUs, reach and pools: a third of the work.
[[nodiscard]] Effect placesOf(const Ground& ground, std::span<const RouteMove> moves, Room& room);

/// What stands against one more replica in a pool, in words.
[[nodiscard]] std::string whyFull(const Ground& ground, const Room& room, std::uint32_t pool, std::uint32_t workload);

/// What would run out next in pools where there is room still.
[[nodiscard]] std::string whatIsLeft(const Room& room, std::span<const std::uint32_t> pools, std::uint32_t workload);

} // namespace penstock
