// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "fleet/auditevent.h"
#include "planner/evacuation.h"

namespace penstock {

// What the planner knows, as the audit log keeps it: names instead of indices. Which endpoints were silent is for the
// caller to add.

/// The fleets by provider, region and model.
[[nodiscard]] AuditPicture pictureOf(const Capacity& capacity);
/// The same with what moves need, what they do by cluster and model, what they cost and where they break first.
[[nodiscard]] AuditPicture pictureOf(const Ground& ground, std::span<const RouteMove> moves, const Effect& effect);

[[nodiscard]] AuditOverride recordOf(const Override& taken);
[[nodiscard]] AuditJudged recordOf(std::span<const Interlock> interlocks, std::size_t stepsDone = 0);
/// `routes`: where the names of the backends are.
[[nodiscard]] AuditAsked recordOf(const Plan& plan, std::span<const Route> routes, AuditPicture picture);

} // namespace penstock
