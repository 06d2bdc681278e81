// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/effect.h"

namespace penstock {

enum class SplitGoal {
    LeastCost, ///< dollars an hour of the GPUs that carry the routes
    EvenHeadroom, ///< the fullest region as empty as can be; cost decides between equals
};

/// Which routes to split anew. The others stay as they are.
struct SplitRequest
{
    std::vector<std::uint32_t> routes; ///< indices into PlanRules::routes, each once
    std::vector<Weights> accepted; ///< of these routes, per cent
    std::vector<const RouteReading*> readings {}; ///< of these routes; where there is none, its backends are taken to answer
    SplitGoal goal = SplitGoal::LeastCost;
    double growth = 1; ///< the load is this multiple of what it is now
    double largestChange = 1; ///< of a backend's share, 0 to 1
    /// False: weights of these routes changed so lately that the fleets may not have followed. What those hold then says nothing of staying, unless it agrees.
    bool followed = true;
};

/// Something that keeps the split from being better.
struct BindingConstraint
{
    std::string text; ///< "utilisation cap 85 % of gcp"
    double worth = 0; ///< what one GPU more there would save: dollars an hour, or percentage points of the fullest region; 0: it is not counted in GPUs
};

/// What would have to give for there to be an answer, at least.
struct Relaxation
{
    std::string text; ///< "48 more free H100 80GB SXM in us-central1 of gcp"
    double gpus = 0; ///< how much of it, in GPUs; 0 where it is not counted in GPUs
    std::optional<std::uint32_t> limit {}; ///< that is to be raised: index into RuleMap::limits
};

struct BestSplit
{
    std::vector<RouteMove> moves; ///< `to` in multiples of `unit`
    double unit = 1; ///< per cent; a tenth where whole ones would cost more than 1 % or leave replicas without a place
    /// No split can be better, though replicas had parts: dollars an hour, or % of the fullest region. New load is taken to cost no less
    /// than what its backend holds.
    double bound = 0;
    /// What this split reaches, in the same unit, counted in parts of replicas as the bound is; of a route that stays, what it holds. Never
    /// more than staying where that is allowed and nothing grows.
    double value = 0;
    bool boundHolds = true; ///< false: fleets hold other shares than the weights say, and what an untouched backend holds stays; there may be better ones
    double lossPercent = 0; ///< of the bound; what whole per cent, whole replicas, minimum splits and minimum providers cost
    std::vector<BindingConstraint> binding; ///< of the bound, the dearest first
    std::vector<Relaxation> relaxations; ///< empty: an answer without any
    /// Limits that the load exceeded before anything moves; what is there may stay, nothing is added.
    std::vector<std::string> exceeded;
    Effect effect; ///< of the moves, in whole replicas

    /// True when the rules hold and every replica has its place.
    [[nodiscard]] bool feasible() const { return relaxations.empty() && effect.fits(); }
};

/// The best weights under capacity, limits, approvals, residency, the policy's minimum providers and minimum split, and the
/// largest change. Backends that are not approved or not resident get nothing. Refused when a route has no backend at all
/// that it may use, Invalid when the request does not match the routes.
[[nodiscard]] Result<BestSplit> bestSplit(const Ground& ground, const SplitRequest& request);

} // namespace penstock
