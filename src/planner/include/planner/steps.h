// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "fleet/route.h"

namespace penstock {

/// "azure=40,gcp=60" as weights of the route's backends. They add up to 100; a backend not named gets 0.
[[nodiscard]] Result<Weights> parseTarget(std::string_view text, const Route& route);

/// The way from `from` to `to` in which no backend changes by more than `largest` percentage points a step. The last
/// step is `to`; each adds up to 100. Empty when there is nothing to do.
[[nodiscard]] Result<std::vector<Weights>> rampSteps(const Weights& from, const Weights& to, double largest);
/// The way from what the router has. One that takes backends whole goes there in one step, since it takes nothing
/// between.
[[nodiscard]] Result<std::vector<Weights>> rampSteps(const RouteReading& reading, const Weights& to, double largest);

} // namespace penstock
