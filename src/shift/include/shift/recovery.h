// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "shift/planstatus.h"

namespace penstock {

/// Where a route stands, measured by the last intent of the journal.
struct RouteTruth
{
    enum class What {
        NotApplied, ///< as it was before the intent
        Applied,
        Between, ///< see isPartWritten: a write was cut off
        Undone, ///< as before the shift: a restart, a reload or somebody undid it, and it can be set again
        Foreign, ///< none of these: somebody else changed it
        Silent, ///< its router does not answer
    };
    std::string route;
    What what = What::Silent;
    std::string evidence; ///< "step 2 has not arrived"
};

struct Recovered
{
    PlanStatus status; ///< paused where it truly stands; a ShiftMachine goes on from here
    std::vector<RouteTruth> truths; ///< by move
    [[nodiscard]] bool canResume() const; ///< no route is foreign
};

/// What a router has that was told to go from one split to another and was cut off: every share lies between the two; or
/// some servers have their new weight and others the old one, which makes the shares of those that kept theirs smaller.
[[nodiscard]] bool isPartWritten(const Weights& accepted, const Weights& before, const Weights& intent);

/// A shift whose program has ended, as its routers show it. `last`: its newest state in the journal; `readings`: by move of
/// its plan, null where a router does not answer. No step counts as done that a router does not show.
[[nodiscard]] Recovered recover(PlanStatus last, std::span<const RouteReading* const> readings);

/// Says in the reading of a route that knows of no past that the router has other weights than `last`, the newest shift of the route that has ended, left
/// there: what it has forgotten, where it was started anew since; else that somebody has changed them. Nothing where the reading tells of a drift itself.
void remind(const std::string& route, RouteReading& reading, const PlanStatus& last);

/// A route whose router has forgotten what a shift that has ended left there.
struct UndoneRoute
{
    std::string route;
    std::string shift; ///< "S-6"
    Scope left; ///< what an evacuation had left, where requests reach it again; empty: another shift, or none do
    Weights set, has; ///< by the shift; by the router now
    std::string why; ///< "reloaded at 08:39:02 UTC"; may be empty
    friend bool operator==(const UndoneRoute&, const UndoneRoute&) = default;
};

/// `shifts`: newest first. Empty: its router has forgotten nothing, or nothing of the newest shift of the route, or one runs that looks after it.
[[nodiscard]] std::optional<UndoneRoute> undoneRoute(const std::string& route, const RouteReading& reading, std::span<const PlanStatus> shifts);

} // namespace penstock
