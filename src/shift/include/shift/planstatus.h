// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fleet/shiftstatus.h"
#include "planner/interlocks.h"

namespace penstock {

/// One route of a running plan.
struct RouteProgress
{
    enum class State {
        Waiting, ///< nothing of the present step was sent
        Writing,
        Accepted, ///< read back; the observed split does not agree yet
        Confirmed, ///< observed agrees, or accepted suffices, which `note` says
        Failed, ///< out of this plan: `error` says why
    };
    std::string route;
    State state = State::Waiting;
    std::string version; ///< of the route, as read last
    Weights desired, accepted; ///< accepted: as read back last
    std::vector<std::optional<double>> observed;
    std::uint64_t windowRequests = 0; ///< that observed was measured on
    std::string note;
    std::optional<Error> error;
    Weights undone {}; ///< what the router has since a restart or a reload made it forget `desired`; empty: it has not
};

/// A step that was made, kept for good.
struct StepRecord
{
    std::size_t step = 0; ///< counts from 1; on the way back, of the way back
    bool returning = false;
    Time writtenAt {};
    std::optional<std::chrono::milliseconds> acceptedAfter; ///< from the first write to the last router's read-back
    std::optional<std::chrono::milliseconds> confirmedAfter; ///< from the first write until observed agreed everywhere
    std::vector<double> moved; ///< by move: share of the route that changed hands, 0 to 1
    std::string note; ///< "observed agrees", "too few requests to observe the split (12); accepted suffices"
};

/// Where a plan stands that runs, ran, or was found after its program had ended.
struct PlanStatus
{
    std::string id; ///< "S-118"
    Plan plan;
    std::string hash; ///< planHash of the plan
    std::optional<Override> asked; ///< what somebody has taken on
    std::optional<Plan> back; ///< the way back, once it is on it
    ShiftPhase phase = ShiftPhase::Planned;
    std::size_t step = 0; ///< of leg(), the one being made or made last; counts from 1, 0: none yet
    std::size_t stepsDone = 0; ///< of leg(), those confirmed everywhere
    std::vector<RouteProgress> routes; ///< by move of the plan
    std::vector<std::string> keys; ///< by move: those of its leases, as in JournalLease, one a line; a route of another workspace may have the same name
    std::string note; ///< one sentence: what it waits for, why it is paused
    std::optional<Error> error;
    std::string wayBack; ///< of the last judgement, in words
    bool safeReturn = true; ///< what was given so far would find its place again, at places that are seen and take it; else `wayBack` says why not
    std::vector<Interlock> interlocks; ///< as judged last; empty: before the first step
    std::vector<StepRecord> record;
    Time startedAt {}; ///< when it was commanded
    std::optional<Time> phaseEndsAt; ///< of a bake, or of the time at the target when it expires
    std::optional<Time> expiresAt; ///< then it returns by itself
    std::optional<Time> endedAt;
    bool returnsOnBrokenGuard = false;
    bool rehearsal = false; ///< nothing is written
    /// From the command until the last router was read back with the weights of the last step, what had to be set again
    /// included; the measured recovery time of an evacuation.
    std::optional<std::chrono::milliseconds> recovery;
    /// From the command until no new request reached the evacuated backends, as exact as readings are close.
    std::optional<std::chrono::milliseconds> quietAfter;
    std::string host; ///< that runs it, or ran it last
    std::int64_t pid = 0;
    bool abandoned = false; ///< its program has ended and nobody runs it: it can be resumed or taken back
    bool cameBack = false; ///< an evacuation that is done, and whose load is where it was by now: nothing need end for it any more
    bool stood = false; ///< abandoned, and paused before that, for what `note` says

    [[nodiscard]] const Plan& leg() const { return back ? *back : plan; }
    [[nodiscard]] bool returning() const { return back.has_value(); }
};

/// What the old views of one route show of a plan; `move` indexes plan.moves.
[[nodiscard]] ShiftStatus shiftStatusOf(const PlanStatus& status, std::size_t move);

/// True when it stands still because somebody wanted it to, not because something is wrong.
[[nodiscard]] bool isPausedByHand(const PlanStatus& status);

/// Those that keep a plan that runs from its next step; on its way back only those that would harm there: see
/// docs/shifts.md.
[[nodiscard]] std::vector<const Interlock*> holdingUp(const std::vector<Interlock>& interlocks, bool returning);

/// Those that it stands still for; none: it stands for something else, or does not stand.
[[nodiscard]] std::vector<const Interlock*> pausedBy(const PlanStatus& status);

/// What its note says besides them.
[[nodiscard]] std::string furtherNote(const PlanStatus& status);

/// "freeze, capacity".
[[nodiscard]] std::string rulesText(const std::vector<const Interlock*>& interlocks);

/// True when its program ended in the midst of it, or nobody is there to let it return at its time; one that had paused
/// before just stays paused.
[[nodiscard]] bool isLeftBehind(const PlanStatus& status);

/// What an evacuation leaves behind, in words, because some route could not be moved; empty: nothing.
[[nodiscard]] std::string leftBehind(const PlanStatus& status);

/// What ends because of it: jobs elsewhere that a person is to end, and what finds no place. Nothing of one that is taken back, whose load came back or that is a rehearsal.
[[nodiscard]] const std::vector<ShedLoad>& shedBy(const PlanStatus& status);

/// Of its steps, 0 to 1; a step that is being made counts half.
[[nodiscard]] double shareDone(const PlanStatus& status);

/// "evacuate provider=azure", "shift chat, image".
[[nodiscard]] std::string titleOf(const Plan& plan);

} // namespace penstock
