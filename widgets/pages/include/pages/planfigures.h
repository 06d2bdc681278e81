// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QString>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "planner/bestsplit.h"
#include "planner/interlocks.h"
#include "planner/parts.h"

namespace penstock {

/// What the Load page asks for: the edited routes as one plan, and how it is to run.
struct PlanWish
{
    std::vector<std::pair<std::string, Weights>> targets {}; ///< route and its split, per cent
    double largestStep = 10; ///< percentage points of a route in one step
    std::chrono::seconds bake { 30 };
    std::string reason {};
    std::optional<Override> asked {};
    std::optional<std::chrono::seconds> expiresAfter {}; ///< then it returns by itself; empty: it stays
    bool returnsOnBrokenGuard = false; ///< else a broken guard pauses it
    friend bool operator==(const PlanWish&, const PlanWish&) = default;
};

/// The answer to a wish.
struct PlanFigures
{
    Plan plan {}; ///< without moves where there is nothing to do
    Judgement judgement {};
    std::vector<EffectLine> lines {}; ///< by cluster and model
    std::vector<StepNeed> steps {}; ///< where capacity blocks: step by step
    std::vector<Plan::Move> back {};
    std::chrono::milliseconds expected { 0 };
    std::string wayBack {};
    std::shared_ptr<const Ground> ground {}; ///< never null
};

/// What the moved workloads cost at a provider, dollars an hour.
struct ProviderCost
{
    std::string provider {};
    double before = 0, after = 0;
};
/// Of the lines of an effect, the dearest first. A provider without prices is left out.
[[nodiscard]] std::vector<ProviderCost> costsByProvider(const std::vector<EffectLine>& lines);

/// What a best split is to be.
struct SplitChoice
{
    SplitGoal goal = SplitGoal::LeastCost;
    double growth = 1; ///< the load is this multiple of what it is now
    double largestChange = 1; ///< of a backend's share, 0 to 1; 1: any
    friend bool operator==(const SplitChoice&, const SplitChoice&) = default;
};

/// The best split, by name.
struct SplitFigures
{
    std::vector<std::pair<std::string, Weights>> targets {};
    BestSplit split {};
    SplitChoice choice {};
};

} // namespace penstock
