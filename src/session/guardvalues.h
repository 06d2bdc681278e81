// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "engine/snapshot.h"
#include "shift/guards.h"
#include "shift/planstatus.h"

namespace penstock {

/// What guards watch of a route: of each backend that gains, from its router, its GPUs and its inference servers; of the whole route what none of
/// them is measured by. Who loses load may be broken, which is why it loses it. `move`: of the plan.
[[nodiscard]] std::vector<GuardValues> guardValuesOf(const PlanStatus& status, std::size_t move, const RouteReading& reading, const Route& route, const Snapshot& snapshot);

} // namespace penstock
