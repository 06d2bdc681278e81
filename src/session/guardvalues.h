// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/snapshot.h"
#include "planner/rules.h"
#include "shift/guards.h"
#include "shift/planstatus.h"

namespace penstock {

/// What guards watch of a route: of each backend that gains, from its router, its GPUs and its inference servers; of the whole route what none of
/// them is measured by. Who loses load may be broken, which is why it loses it. `move`: of the plan.
[[nodiscard]] std::vector<GuardValues> guardValuesOf(const PlanStatus& status, std::size_t move, const RouteReading& reading, const Route& route, const Snapshot& snapshot);

/// Which limits of its workloads the plan would run without, since nobody measures them where it brings load, in words; empty: none.
/// `readings`: by route of the rules.
[[nodiscard]] std::string unwatchedBy(const Plan& plan, const PlanRules& rules, std::span<const RouteReading* const> readings, const Snapshot& snapshot);

/// Which targets that gain answer with more errors than is allowed, as their inference servers tell, while their router has not counted any yet; as Circumstances::failed.
[[nodiscard]] std::string failingServersOf(const Plan& plan, const PlanRules& rules, std::span<const RouteReading* const> readings, const Snapshot& snapshot);

} // namespace penstock
