// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "planner/effect.h"
#include "planner/plan.h"

namespace penstock {

/// What a plan asks of all its targets together once a step is done.
struct StepNeed
{
    std::size_t step = 0; ///< counts from 1
    double share = 0; ///< of the routes, percentage points that have moved after it
    std::int64_t needed = 0, shortGpus = 0; ///< GPUs, all targets together
};

/// Step by step what the targets need together; at most the first four steps and the first that falls short.
[[nodiscard]] std::vector<StepNeed> needsByStep(const Ground& ground, const Plan& plan);

/// A part of every route's change.
struct SmallerShift
{
    std::vector<std::pair<std::string, Weights>> targets {}; ///< by route
    int points = 0; ///< by how much the widest change still moves, percentage points
    int of = 0; ///< of these
};

/// The greatest part of a shift that finds its place, in whole points of the widest change. `effect`: of all of it. Empty
/// where all of it fits or none does.
[[nodiscard]] std::optional<SmallerShift> largestThatFits(const Ground& ground, const Plan& plan, const Effect& effect);

} // namespace penstock
