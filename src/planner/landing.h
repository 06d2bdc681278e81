// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "planner/room.h"

namespace penstock {

/// Where each route's load would go first: the pools of the backends it may use, most headroom first. Made once for many
/// what-ifs, so the order is that of before the loss.
using LandingOrders = std::vector<std::vector<std::uint32_t>>; ///< by route
/// `readings`: by route; with them, no backend counts that cannot take load.
[[nodiscard]] LandingOrders landingOrders(const Ground& ground, const Room& room, std::span<const RouteReading* const> readings = {});

/// False for a backend that is down, drained, in maintenance, or that fails outright what it gets now. Nothing speaks against one
/// whose router is silent.
[[nodiscard]] bool canTake(const RouteReading* reading, std::size_t backend);

/// What a route's workload loses and where it lands.
struct Landing
{
    std::uint32_t route = 0, workload = 0;
    H100s lost = 0; ///< held in the lost pools
    H100s placed = 0; ///< of it, on headroom
    H100s placedByShedding = 0; ///< of it, where others had to end
    std::vector<Room::Taken> taken;

    [[nodiscard]] H100s unplaced() const { return std::max(0.0, lost - placed - placedByShedding); }
};

struct Landings
{
    std::vector<Landing> routes; ///< those that lose something, in the order in which they find their place
    std::vector<Room::Ended> ended;
};

/// Lets the load of the lost pools (true in `lost`) find its place: interactive first, down to `least`; of equal ones the
/// largest replicas first. When all of a priority had their turn, `shed` ends load of lower priorities for what is left of
/// it, training before batch. Places are only where a workload is approved and resident.
/// `stay`: by route, those that cannot move; empty: all can.
[[nodiscard]] Landings land(const Ground& ground, const LandingOrders& orders, Room& room, const std::vector<bool>& lost, Priority least, bool shed, const std::vector<bool>& stay = {});

} // namespace penstock
