// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "fleet/route.h"
#include "fleet/scope.h"

namespace penstock {

/// Load that a plan ends because it finds no place.
struct ShedLoad
{
    std::string workload;
    std::string provider, region, cluster, model; ///< where it runs now
    std::int64_t gpus = 0;
    std::int64_t replicas = 0;
    friend bool operator==(const ShedLoad&, const ShedLoad&) = default;
};

/// What the backends of a route carried under a split, by backend, once the fleets had followed it.
struct KnownLoad
{
    Weights split; ///< per cent
    std::vector<double> loads; ///< as H100s, see relativePerformance
    Time at {}; ///< when the fleets showed that, or what it was reckoned from
    friend bool operator==(const KnownLoad&, const KnownLoad&) = default;
};

/// A change of one or more routes, decided whole before any of it runs: the k-th steps of all routes belong together.
struct Plan
{
    enum class Kind { Shift, Evacuation };
    struct Move
    {
        std::string route;
        std::string version; ///< of the route when planned
        Weights from; ///< accepted when planned, per cent
        std::vector<Weights> steps; ///< the last one is the target
        /// What was known of its loads when it was planned, the last one of where it stood; no part of the plan's text. Empty: nothing.
        std::vector<KnownLoad> known {};
        /// But for what was known.
        friend bool operator==(const Move& a, const Move& b) { return a.route == b.route && a.version == b.version && a.from == b.from && a.steps == b.steps; }
    };
    Kind kind = Kind::Shift;
    Scope scope; ///< of an evacuation
    bool now = false; ///< skips bake times and the largest step, nothing else
    std::string person; ///< who asks for it
    std::string reason;
    Time plannedAt {};
    std::chrono::milliseconds bake { 30'000 }; ///< after each step
    std::vector<Move> moves;
    std::vector<ShedLoad> shed;
    friend bool operator==(const Plan&, const Plan&) = default;

    [[nodiscard]] std::size_t steps() const; ///< of the longest move
};

/// One text for one plan: equal plans have equal texts, different plans different ones (weights count in thousandths of
/// a per cent). Versioned by its first line; what is hashed, approved and kept in the audit log.
[[nodiscard]] std::string canonicalText(const Plan& plan);
/// SHA-256 of that text, 64 lower-case hexadecimal digits. Unavailable when the library refuses.
[[nodiscard]] Result<std::string> planHash(const Plan& plan);

} // namespace penstock
