// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "planner/room.h"

namespace penstock {

/// Percentage points to which the weights that an evacuation asks for are rounded.
inline constexpr double roundedTo = 0.1;

/// What a what-if takes away.
struct Loss
{
    Scope scope;
    std::vector<bool> pools; ///< by pool: it lies in the scope

    Loss(const Places& places, const Scope& lost);
    /// True when the backend stands for nothing outside of the scope, reported or not.
    [[nodiscard]] bool covers(const RuleMap::Backend& mapped, const Route::Backend& backend) const;
};

/// Where a route's load would go first.
struct LandingOrder
{
    std::vector<std::uint32_t> pools; ///< of the backends it may use, most headroom first, of equal ones the cheapest
    const RouteReading* whole = nullptr; ///< of a router that takes backends whole: not room but their weights say who gets what
};

/// Made once for many what-ifs, so the order is that of before the loss. The readings must outlive it.
using LandingOrders = std::vector<LandingOrder>; ///< by route
/// `readings`: by route; with them, no backend counts that cannot take load.
[[nodiscard]] LandingOrders landingOrders(const Ground& ground, const Room& room, std::span<const RouteReading* const> readings = {});

/// The plan that evacuates or has evacuated the pool: only a person's own shift brings load there. Empty: none.
[[nodiscard]] std::string vacatedBy(const Ground& ground, std::uint32_t pool);
/// The same of all that a backend could use.
[[nodiscard]] std::string vacatedBy(const Ground& ground, const RuleMap::Backend& backend);

/// False for a backend that is down, drained, in maintenance, whose share cannot be changed, or that fails outright what it gets now.
/// Nothing speaks against one whose router is silent.
[[nodiscard]] bool canTake(const RouteReading* reading, std::size_t backend);

/// Who takes the requests of a route once something is lost, where its router takes backends whole: those that carry already, or,
/// when none does, all that may.
[[nodiscard]] std::vector<bool> wholeTakers(const Ground& ground, std::uint32_t route, const RouteReading& reading, const Loss& loss);

/// By route, whose load stays where it is when something is lost: its router does not answer, nobody else may or can take it, or something
/// else sets the weights there. Without readings none is known to.
[[nodiscard]] std::vector<bool> staying(const Ground& ground, std::span<const RouteReading* const> readings, const Loss& loss);

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

/// Lets the load of what is lost find its place: interactive first, down to `least`; of equal ones the
/// largest replicas first. When all of a priority had their turn, `shed` ends load of lower priorities for what is left of
/// it, training before batch. Places are only where a workload is approved and resident.
/// `stay`: by route, those that cannot move; empty: all can.
[[nodiscard]] Landings land(const Ground& ground, const LandingOrders& orders, Room& room, const Loss& loss, Priority least, bool shed, const std::vector<bool>& stay = {});

} // namespace penstock
