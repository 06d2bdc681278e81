// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "shift/planstatus.h"

#include <algorithm>

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

std::string leftBehind(const PlanStatus& status)
{
    const auto reach = std::ranges::find(status.interlocks, "reach", &Interlock::rule);
    return reach == status.interlocks.end() || reach->verdict == Interlock::Verdict::Pass ? std::string() : reach->evidence;
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
