// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "planner/effect.h"
#include "planner/plan.h"

namespace penstock {

/// A person's decision that rules shall not stop a plan, until it ends.
struct Override
{
    std::string person;
    std::string reason;
    std::vector<std::string> rules;
    Time until {};
    friend bool operator==(const Override&, const Override&) = default;
};

/// Refused when policy does not list the rule as overridable, or nobody, no reason or a past end is named.
[[nodiscard]] Result<> mayOverride(const Policy& policy, const std::string& rule, const Override& asked, Time now);

/// A safety rule and what it says of this plan.
struct Interlock
{
    enum class Verdict { Pass, Note, Block };
    std::string rule; ///< "capacity", "approval", ...: the names of policy.overridable where they can be overridden
    std::string title;
    Verdict verdict = Verdict::Pass;
    std::string evidence;
    std::optional<Override> overridden {}; ///< it blocks, and somebody has taken that on: shown in red until it ends

    [[nodiscard]] bool blocks() const { return verdict == Verdict::Block && !overridden; }
};

/// Another named operator has looked at this very plan.
struct PlanApproval
{
    std::string planHash;
    std::string person;
    Time at {};
    friend bool operator==(const PlanApproval&, const PlanApproval&) = default;
};

/// Who may write to a route.
struct RouteLease
{
    std::string route;
    std::string holder; ///< "S-118"
    std::string person;
    Time until {};
    bool abandoned = false; ///< its program has ended: it holds nothing any more, and still wants a decision
};

/// A change of a route's weights that was made.
struct PastChange
{
    std::string route;
    Time at {};
    double share = 0; ///< of the route that moved, 0 to 1
};

/// An endpoint that has not answered, or not whole.
struct SilentEndpoint
{
    std::string name;
    std::string provider; ///< empty: not known
};

/// What is true outside the fleets when a plan is judged.
struct Circumstances
{
    Time now {};
    std::vector<const RouteReading*> readings; ///< by route of PlanRules; null: its router has not answered
    std::string holder; ///< this plan's own name in leases; empty: it has none yet
    std::size_t stepsDone = 0; ///< of the plan; before it runs: 0
    bool returning = false; ///< the plan undoes another one
    std::vector<RouteLease> leases;
    std::vector<PlanApproval> approvals;
    std::vector<PastChange> past;
    std::vector<SilentEndpoint> silent;
    std::optional<Override> asked; ///< an override
    std::chrono::milliseconds confirmation {}; ///< what a step has taken besides its bake until now, until it was confirmed
    std::string unwatched {}; ///< limits of its workloads that nobody measures where it brings load, in words; empty: none
    std::string failed {}; ///< errors that held this plan up when they were measured last, in words; empty: none did
};

struct Judgement
{
    std::vector<Interlock> interlocks; ///< every rule, every time, in a fixed order, whatever they say
    std::string hash; ///< of the plan
    Effect effect; ///< at the target
    std::optional<Override> granted {}; ///< what was asked, with those of its rules that the policy lets it override

    [[nodiscard]] bool blocked() const;
    [[nodiscard]] const Interlock& about(std::string_view rule) const; ///< the rule must be one of interlockRules()
};

/// The rules in the order in which they are told.
[[nodiscard]] std::vector<std::string> interlockRules();

/// The errors of targets for which this judgement holds a plan up; empty: it does not, or not for these.
[[nodiscard]] std::string errorsThatBlock(std::span<const Interlock> interlocks);

/// True for the rules that an approval by a second person satisfies.
[[nodiscard]] bool asksForSecondPerson(std::string_view rule);

/// Evaluates every rule on the plan. Pure: the same arguments give the same answer.
[[nodiscard]] Judgement judge(const Ground& ground, const Plan& plan, const Circumstances& circumstances);

} // namespace penstock
