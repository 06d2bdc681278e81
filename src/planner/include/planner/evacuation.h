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
    Scope scope;
    std::vector<RouteMove> moves; ///< of the routes with weight there; `from` is what their routers accepted
    Effect effect; ///< pools and costs; its needs are empty
    std::vector<ShedLoad> shed; ///< what ends elsewhere to make room, and what finds no place at all; training, then batch, then interactive
    std::array<Carried, 3> byPriority; ///< index: Priority
    std::vector<std::string> unrouted; ///< workloads with load there that no route moves
    std::vector<std::string> stuck; ///< routes that have nowhere to go: their weights stay

    /// True when everything finds a place without ending anything.
    [[nodiscard]] bool fits() const { return shed.empty() && stuck.empty(); }
};

/// The evacuation of what `scope` names. `ground` must know holders for load to be shed; without, what does not fit is
/// left out. `readings`: by route of PlanRules; a route whose router has not answered keeps its weights.
[[nodiscard]] Evacuation evacuate(const Ground& ground, const Scope& scope, std::span<const RouteReading* const> readings);

/// The plan of an evacuation: `largestStep` in percentage points; with `now` in one step.
[[nodiscard]] Result<Plan> planOf(const Ground& ground, const Evacuation& evacuation, std::span<const RouteReading* const> readings, double largestStep, bool now);

} // namespace penstock
