// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "splitproblem.h"

namespace penstock {

/// What a branch may get, in units of its route.
struct UnitBounds
{
    int least = 0; ///< when it gets anything or must
    int greatest = 100;
    bool must = false; ///< nothing is not allowed
};

/// Whole units (of which `units` make a route) near a solution of the program that keep within its rows; `values` becomes
/// the loads that go with them.
[[nodiscard]] std::vector<int> wholeUnits(const SplitProblem& problem, int units, const std::vector<UnitBounds>& bounds, SplitGoal goal, std::vector<double>& values);

} // namespace penstock
