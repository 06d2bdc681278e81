// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "shift/planstatus.h"

#include <algorithm>
#include <set>

namespace penstock {

ShiftStatus shiftStatusOf(const PlanStatus& status, std::size_t move)
{
    const auto& planned = status.plan.moves[move];
    const auto& progress = status.routes[move];
    ShiftStatus made;
    made.plan = { .id = status.id, .route = planned.route, .person = status.plan.person, .reason = status.plan.reason, .from = planned.from,
        .fromVersion = planned.version, .steps = planned.steps, .bake = status.plan.bake };
    made.phase = status.phase;
    made.step = status.step;
    if (status.returning() && move < status.back->moves.size()) {
        // The old view counts the steps of the plan down; the way back may have others.
        const auto& back = status.back->moves[move].steps;
        const auto left = back.size() - std::min(status.step, back.size());
        made.step = std::min(left, planned.steps.size());
    }
    made.desired = progress.desired;
    made.accepted = progress.accepted;
    made.observed = progress.observed;
    made.note = status.note;
    made.error = progress.error ? progress.error : status.error;
    made.startedAt = status.startedAt;
    made.phaseEndsAt = status.phaseEndsAt;
    made.endedAt = status.endedAt;
    return made;
}

bool isPausedByHand(const PlanStatus& status)
{
    return status.phase == ShiftPhase::Paused && !status.abandoned && !status.error && status.note.starts_with("paused");
}

std::vector<const Interlock*> holdingUp(const std::vector<Interlock>& interlocks, bool returning)
{
    // Who undoes a plan needs no new permission for it, but data may go only where it is approved, and load only where
    // it fits.
    static const std::set<std::string, std::less<>> ofReturns { "plan", "capacity", "answers", "freshness",
        "completeness", "approval", "residency", "router", "unchanged", "lease" };
    std::vector<const Interlock*> made;
    for (const auto& it : interlocks)
        if (it.blocks() && (!returning || ofReturns.contains(it.rule)))
            made.push_back(&it);
    return made;
}

std::vector<const Interlock*> pausedBy(const PlanStatus& status)
{
    const bool refused
        = status.phase == ShiftPhase::Paused && status.error && status.error->kind == Error::Kind::Refused;
    return refused ? holdingUp(status.interlocks, status.returning()) : std::vector<const Interlock*>();
}

std::string furtherNote(const PlanStatus& status)
{
    constexpr std::string_view joint = "; ";
    const auto at = pausedBy(status).empty() ? 0 : status.note.find(joint);
    return at == 0 ? status.note : at == std::string::npos ? std::string() : status.note.substr(at + joint.size());
}

std::string rulesText(const std::vector<const Interlock*>& interlocks)
{
    std::string rules;
    for (const auto* it : interlocks)
        rules += (rules.empty() ? "" : ", ") + it->rule;
    return rules;
}

bool isLeftBehind(const PlanStatus& status)
{
    return status.abandoned && (!status.stood || (status.expiresAt && !status.returning()));
}

std::string leftBehind(const PlanStatus& status)
{
    const auto reach = std::ranges::find(status.interlocks, "reach", &Interlock::rule);
    return reach == status.interlocks.end() || reach->verdict == Interlock::Verdict::Pass ? std::string() : reach->evidence;
}

const std::vector<ShedLoad>& shedBy(const PlanStatus& status)
{
    static const std::vector<ShedLoad> nothing;
    return status.rehearsal || status.returning() || status.phase == ShiftPhase::Returned || status.cameBack ? nothing : status.plan.shed;
}

double shareDone(const PlanStatus& status)
{
    const auto steps = static_cast<double>(std::max<std::size_t>(1, status.leg().steps()));
    if (status.phase == ShiftPhase::Done || status.phase == ShiftPhase::Returned)
        return 1;
    return std::min(1.0, (static_cast<double>(status.stepsDone) + (status.step > status.stepsDone ? 0.5 : 0)) / steps);
}

std::string titleOf(const Plan& plan)
{
    if (plan.kind == Plan::Kind::Evacuation)
        return "evacuate " + plan.scope.text();
    std::string text;
    for (const auto& move : plan.moves)
        text += (text.empty() ? "shift " : ", ") + move.route;
    return text;
}

} // namespace penstock
