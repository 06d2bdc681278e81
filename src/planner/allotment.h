// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "planner/room.h"

namespace penstock {

/// Load that looks for its place, and the pools that it may use, those first where it would go first.
struct Wish
{
    std::uint32_t workload = 0;
    H100s load = 0;
    std::span<const std::uint32_t> pools;
};

/// Whole replicas of a wish that a pool is to take.
struct Allotment
{
    std::uint32_t wish = 0, pool = 0;
    std::int64_t replicas = 0;
};

/// So many pools of wishes, or fewer, and every choice of whole replicas is weighed.
inline constexpr std::size_t fewChoices = 64;

/// Where wishes of one priority go so that as much of all of them as possible finds its place, whoever would come first; with
/// `shed` also where load of lower priorities runs, of which then as little as possible ends, training before batch. A
/// linear program over GPUs: how nodes are cut shows only when a room is asked for it, and beyond fewChoices fractions of
/// replicas are left out. Empty: nothing is to be had, or the solver gave up. Any thread; waits for other programs.
[[nodiscard]] std::vector<Allotment> allot(const Ground& ground, const Room& room, std::span<const Wish> wishes, bool shed);

} // namespace penstock
