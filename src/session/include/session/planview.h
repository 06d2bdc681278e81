// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "planner/bestsplit.h"
#include "planner/blocks.h"
#include "planner/board.h"
#include "planner/evacuation.h"
#include "shift/planstatus.h"

namespace penstock {

/// The step of who names none, in percentage points: 10, or what the policy allows where that is less.
[[nodiscard]] double usualStep(const Policy& policy);

/// What a person asks for, before it is a plan.
struct PlanRequest
{
    Plan::Kind kind = Plan::Kind::Shift;
    std::vector<std::pair<std::string, Weights>> targets {}; ///< of a shift: route and its split, per cent
    Scope scope {}; ///< of an evacuation
    std::optional<double> largestStep {}; ///< percentage points of a route in one step; empty: usualStep()
    std::chrono::milliseconds bake { 30'000 }; ///< after each step
    bool now = false; ///< skips bake times and the largest step, nothing else
    std::string reason {};
    std::optional<Override> asked {}; ///< an override; its person is always the operator
    std::optional<std::chrono::seconds> expiresAfter {}; ///< then it returns by itself; empty: it stays
    bool returnsOnBrokenGuard = false; ///< else a broken guard pauses it
    std::optional<Time> commandedAt {}; ///< what its recovery is measured from; empty: from when it is started
};

/// What a best split is to be, besides of which routes.
struct SplitWish
{
    SplitGoal goal = SplitGoal::LeastCost;
    double growth = 1; ///< the load is this multiple of what it is now
    double largestChange = 1; ///< of a backend's share of its route, 0 to 1; 1: any
};

/// A request as a plan, with all that is to be known before it starts.
struct PlanView
{
    Plan plan; ///< without moves where there is nothing to do
    Judgement judgement; ///< every interlock, the hash, the effect with the cost before and after
    std::optional<Evacuation> evacuation; ///< of an evacuation: what is carried, what is shed
    std::vector<EffectLine> lines; ///< the effect by provider and model
    Time asOf {}; ///< of the fleets it was judged on
    std::chrono::milliseconds expected { 0 }; ///< how long it takes, bakes and confirmations
    std::string wayBack; ///< in words
    std::vector<Plan::Move> back; ///< the steps of the way back from the target
    std::optional<BoardRow> row; ///< of an evacuation: its row of the N-1 board
    std::shared_ptr<const Ground> ground; ///< that it was judged on; never null
    bool simulated = false; ///< on fleets that are not real
    std::vector<std::string> unanswered; ///< of an evacuation: routes with a backend there whose router has not answered
};

/// A plan that was kept for a second person.
struct WaitingApproval
{
    std::string hash;
    Plan plan;
    bool approved = false;
    std::optional<Override> asked {}; ///< what its person wants to take on
};

/// The N-1 board at one time.
struct Board
{
    Time asOf {}; ///< of the fleets it was made from
    std::vector<BoardRow> rows;
    std::chrono::milliseconds took { 0 };
    PriceBasis prices; ///< of its costs
    bool fromCache = false; ///< some cluster comes from the disk and has not answered yet
};

} // namespace penstock
