// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "planner/plan.h"

namespace penstock {

/// What each backend of a route carries under `split` once the fleets have followed, as H100s. No load comes or goes: who loses weight gives that share
/// of what it carried under the last known split, who gains weight gets of all that in proportion, and whose weight stays keeps its load, whatever
/// share of it the weights say. Back on the way to a split that was known before, it is on the way to what was carried there.
/// Of a backend with a weight of which no load was seen its weight is taken for its share. Empty when nothing is known.
[[nodiscard]] std::vector<double> expectedLoads(std::span<const KnownLoad> known, const Weights& split);

/// Adds a split that the route has come to to what is known of it: the last one is where it stands.
void reach(std::vector<KnownLoad>& known, const Weights& split);

/// True when all are of so many backends, and the last one of some load.
[[nodiscard]] bool isUsable(std::span<const KnownLoad> known, std::size_t backends);

/// The same for another sum of loads: demand has changed, and the shares have not.
[[nodiscard]] std::vector<KnownLoad> scaledTo(std::vector<KnownLoad> known, double sum);

} // namespace penstock
