// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include "planner/interlocks.h"

namespace penstock {

/// Taking a provider, a region or a cluster to zero, all routes at once.
struct Evacuation
{
    struct Carried
    {
        H100s lost = 0; ///< load that leaves
        H100s carried = 0; ///< of it, what finds a place
        [[nodiscard]] double percent() const { return lost > 0 ? 100 * carried / lost : 100; }
    };
    /// What leaves on one route and where it lands.
    struct Flow
    {
        struct Landed
        {
            std::uint32_t backend = 0;
            std::int64_t gpus = 0;
            std::int64_t placeable = 0; ///< that the rest of the backend had for it before anything moved
        };
        std::uint32_t route = 0;
        Priority priority = Priority::Interactive;
        std::int64_t gpus = 0; ///< that its workload holds in the scope
        std::int64_t homeless = 0; ///< of them, what finds no place, in whole replicas
        std::vector<Landed> to; ///< in GPUs of the models there: fewer than leave where those are faster
    };
    Scope scope;
    std::vector<RouteMove> moves; ///< of the routes with weight there; `from` is what their routers accepted
    Effect effect; ///< pools and costs; its needs are empty
    std::vector<Flow> flows; ///< ascending by route
    std::vector<ShedLoad> shed; ///< what ends elsewhere to make room, and what finds no place at all; training, then batch, then interactive
    std::array<Carried, 3> byPriority; ///< index: Priority
    std::vector<std::string> unrouted; ///< workloads with load there that no route moves
    std::vector<std::string>
        stuck; ///< routes that have nowhere to go, or whose router would not take it: their weights stay
    double survives = 100; ///< % of all interactive load, with what ends to make room, as on the N-1 board
    double survivesUnshed = 100; ///< the same without ending anything
    double shedCost = 0; ///< dollars an hour of `shed` where it runs now

    /// GPUs of `shed` outside of the scope: jobs that end to make room.
    [[nodiscard]] std::int64_t endedGpus() const;
    /// GPUs of `shed` within the scope: load that finds no place.
    [[nodiscard]] std::int64_t homelessGpus() const;
    /// Dollars an hour that what moves costs more than where it ran; below 0: less.
    [[nodiscard]] double movedCost() const { return effect.costAfter - effect.costBefore + shedCost; }
    /// True when everything finds a place without ending anything.
    [[nodiscard]] bool fits() const { return shed.empty() && stuck.empty(); }
};

/// What is to be had while the scope is left: see Ground::roomWithout.
[[nodiscard]] Room roomWithout(const Ground& ground, const Scope& scope);

/// The evacuation of what `scope` names. `ground` must know holders for load to be shed; without, what does not fit is
/// left out. `readings`: by route of PlanRules; a route whose router has not answered keeps its weights.
[[nodiscard]] Evacuation evacuate(const Ground& ground, const Scope& scope, std::span<const RouteReading* const> readings);

/// The plan of an evacuation: `largestStep` in percentage points; with `now` in one step.
[[nodiscard]] Result<Plan> planOf(const Ground& ground, const Evacuation& evacuation, std::span<const RouteReading* const> readings, double largestStep, bool now);

} // namespace penstock
