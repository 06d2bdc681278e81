// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/snapshot.h"
#include "fleet/policy.h"
#include "fleet/route.h"
#include "fleet/workload.h"
#include "planner/interlocks.h"

namespace penstock {

/// What a plan is judged by.
struct PlanContext
{
    std::vector<Provider> providers;
    Workload workload;
    Policy policy;
    std::map<std::string, std::vector<std::string>> regionGroups;
};

/// What a split asks of one backend.
struct PreviewRow
{
    std::string backend;
    std::string provider; ///< for its colour; empty when the scope spans several
    std::string model; ///< empty: the sum over the models
    double now = 0, target = 0; ///< per cent
    std::int64_t heldGpus = 0;
    std::int64_t neededGpus = 0; ///< additional GPUs at the target; below 0: freed
    std::int64_t placeableGpus = 0;
    double utilisationBefore = 0, utilisationAfter = 0; ///< load of the healthy GPUs of the scope, %
};

struct Preview
{
    std::vector<PreviewRow> rows; ///< for each backend its sum, then its models
    std::vector<Interlock> interlocks; ///< all of them, whatever they say
    std::vector<Weights> steps;
    [[nodiscard]] bool blocked() const;
};

/// What moving `route` from what its router accepted to `target` asks for and what stands against it.
[[nodiscard]] Preview previewShift(const Snapshot& snapshot, const PlanContext& context, const Route& route,
    const RouteReading& reading, const Weights& target, double largestStep);

/// GPUs that new replicas of the workload can really take in this scope: free, healthy, fresh, of a fitting model, and
/// enough of them on one node for a whole replica (several whole nodes where a replica is larger than a node).
[[nodiscard]] std::map<std::string, std::int64_t> placeableByModel(
    const Snapshot& snapshot, const Workload& workload, const Scope& scope);

} // namespace penstock
