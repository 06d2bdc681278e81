// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "splitproblem.h"

namespace penstock {

/// What a branch may get in whole per cent.
struct PercentBounds
{
    int least = 0; ///< when it gets anything or must
    int greatest = 100;
    bool must = false; ///< nothing is not allowed
};

/// Whole percentages near a solution of the program that keep within its rows; `values` becomes the loads that go with them.
[[nodiscard]] std::vector<int> wholePercents(const SplitProblem& problem, const std::vector<PercentBounds>& bounds, SplitGoal goal, std::vector<double>& values);

} // namespace penstock
