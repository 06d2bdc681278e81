// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "planner/room.h"
#include "session/planview.h"

namespace penstock {

using GroundPtr = std::shared_ptr<const Ground>;

/// Some of it comes from the disk, and who tells of it has not answered yet.
[[nodiscard]] bool isFromCache(const Snapshot& snapshot);

/// Keeps what plans stand on up to date, and the N-1 board, on a thread of its own: at most once a second, the newest
/// snapshot wins. All functions may be called from any thread.
class GroundKeeper
{
public:
    /// What running plans, and those that have just ended, lay claim to on this ground, told without claims.
    using Claimed = std::function<Claims(const Ground& bare)>;
    /// By route of the rules, the newest; empty: its router has not answered.
    using Readings = std::function<std::vector<std::optional<RouteReading>>()>;
    /// `boardMade` is called from the keeper's thread.
    GroundKeeper(PlanRules rules, Claimed claimed, Readings readings, std::function<void()> boardMade);
    ~GroundKeeper();

    void finish(); ///< no more boards from here on: stops its thread and joins

    void show(SnapshotPtr snapshot);
    /// The ground of this snapshot where that is quick, else of a newer second than the last. Never null.
    [[nodiscard]] GroundPtr ground(const SnapshotPtr& snapshot, CapacityDetail detail);
    [[nodiscard]] std::shared_ptr<const Board> board() const; ///< never null; without a time before the first

private:
    struct Made
    {
        SnapshotPtr snapshot;
        GroundPtr ground;
    };
    [[nodiscard]] GroundPtr make(const SnapshotPtr& snapshot, CapacityDetail detail);
    [[nodiscard]] RuleMapPtr mapFor(const CapacityPtr& capacity);
    void run(const std::stop_token& stop);

    PlanRules m_rules;
    Claimed m_claimed;
    Readings m_readings;
    std::function<void()> m_boardMade;
    CapacityReader m_reader;
    mutable std::mutex m_mutex; ///< guards what follows
    std::condition_variable_any m_wake;
    SnapshotPtr m_newest;
    RuleMapPtr m_map;
    std::chrono::sys_days m_mapDay {};
    Made m_made[2]; ///< by CapacityDetail
    std::chrono::microseconds m_took[2] {}; ///< to make the last one
    std::shared_ptr<const Board> m_board = std::make_shared<Board>();
    std::jthread m_thread;
};

} // namespace penstock
