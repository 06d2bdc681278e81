// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "fleet/route.h"

namespace penstock {

/// A change of one route's weights, in steps. A value: everything that is to happen is decided before it runs.
struct ShiftPlan
{
    std::string id; ///< "S-118"
    std::string route;
    std::vector<std::string> backends {}; ///< names, in the order of the weights
    std::string hash {}; ///< of the plan that was judged; may be empty
    bool simulated = false; ///< planned on fleets that are not real
    std::string person; ///< the operating system's account
    std::string reason;
    Weights from; ///< accepted when planned
    std::string fromVersion; ///< of the route when planned: compare-and-set starts here
    std::vector<Weights> steps; ///< the last one is the target
    std::chrono::milliseconds bake { 30'000 }; ///< wait after each step
};

enum class ShiftPhase {
    Planned,
    Writing, ///< a step is being sent and read back
    Confirming, ///< accepted; waiting until observed agrees with desired
    Baking,
    Paused, ///< no writes until resumed
    Returning, ///< going back, step by step
    Done, ///< the target is accepted and observed as far as it can be
    Returned, ///< back where it began
    Stopped, ///< ended by a person where it stood
    Failed, ///< ended by an error; `accepted` is the last known truth
};

[[nodiscard]] std::string_view name(ShiftPhase phase);
[[nodiscard]] bool isOver(ShiftPhase phase);

/// Where a shift stands.
struct ShiftStatus
{
    ShiftPlan plan;
    ShiftPhase phase = ShiftPhase::Planned;
    std::size_t step = 0; ///< of plan.steps, the one being made or made last; counts from 1, 0: none yet
    Weights desired;
    Weights accepted; ///< as read back last
    std::vector<std::optional<double>> observed;
    std::string note; ///< one sentence: what it waits for, or that accepted sufficed without enough requests
    std::optional<Error> error;
    Time startedAt {};
    std::optional<Time> phaseEndsAt; ///< of a bake
    std::optional<Time> endedAt;
};

} // namespace penstock
