// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "shift/recovery.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <sstream>
#include <string_view>

#include "base/timetext.h"
#include "machineparts.h"

namespace penstock {

namespace {

    using What = RouteTruth::What;

    std::string sharesText(const Weights& weights)
    {
        std::ostringstream text;
        for (std::size_t i = 0; i < weights.size(); ++i)
            text << (i ? " / " : "") << std::round(weights[i] * 10) / 10;
        return text.str();
    }

    What compare(const Weights& accepted, const Weights& before, const Weights& intent)
    {
        if (accepted.size() != intent.size() || before.size() != intent.size())
            return What::Foreign;
        double toBefore = 0, toIntent = 0;
        for (std::size_t i = 0; i < accepted.size(); ++i) {
            toBefore += std::abs(accepted[i] - before[i]);
            toIntent += std::abs(accepted[i] - intent[i]);
        }
        if (isAt(accepted, intent) && toIntent <= toBefore)
            return What::Applied;
        if (isAt(accepted, before))
            return What::NotApplied;
        return isPartWritten(accepted, before, intent) ? What::Between : What::Foreign;
    }

    constexpr double widestRescaling = 1.3;
    constexpr std::string_view whichUndid = ", which undid what ";

} // namespace

bool isPartWritten(const Weights& accepted, const Weights& before, const Weights& intent)
{
    const auto size = accepted.size();
    if (before.size() != size || intent.size() != size)
        return false;
    bool between = true;
    for (std::size_t i = 0; i < size; ++i)
        between = between && accepted[i] >= std::min(before[i], intent[i]) - largestRounding && accepted[i] <= std::max(before[i], intent[i]) + largestRounding;
    if (between)
        return true;
    // One server that kept its weight tells how much smaller shares have become, and one with its new weight the same of
    // the new ones; with these two factors all the others must have either.
    for (std::size_t kept = 0; kept < size; ++kept)
        for (std::size_t made = 0; made < size; ++made) {
            if (kept == made || before[kept] <= 0 || intent[made] <= 0 || accepted[kept] <= 0)
                continue;
            const double old = accepted[kept] / before[kept], fresh = accepted[made] / intent[made];
            // Both are shares of one sum, but for what routers with integer weights change it by from a split to the next.
            if (fresh > old * widestRescaling || old > fresh * widestRescaling)
                continue;
            bool all = true;
            for (std::size_t i = 0; i < size && all; ++i)
                all = std::abs(accepted[i] - old * before[i]) <= largestRounding || std::abs(accepted[i] - fresh * intent[i]) <= largestRounding;
            if (all)
                return true;
        }
    return false;
}

bool Recovered::canResume() const
{
    return std::ranges::none_of(truths, [](const RouteTruth& it) { return it.what == What::Foreign; });
}

Recovered recover(PlanStatus last, std::span<const RouteReading* const> readings)
{
    Recovered made;
    const auto& leg = last.leg();
    std::string said;
    for (std::size_t m = 0; m < last.routes.size(); ++m) {
        auto& route = last.routes[m];
        RouteTruth truth { route.route, What::Silent, "its router does not answer" };
        if (!readings[m])
            route.version.clear();
        const auto move = std::ranges::find(leg.moves, route.route, &Plan::Move::route);
        if (const auto* reading = readings[m]; reading && move != leg.moves.end() && route.state != RouteProgress::State::Failed) {
            const auto after = [&](std::size_t steps) { return steps == 0 || move->steps.empty() ? move->from : move->steps[std::min(steps, move->steps.size()) - 1]; };
            const auto accepted = reading->accepted();
            const auto intent = after(last.step), before = after(last.step == 0 ? 0 : last.step - 1);
            truth.what = compare(accepted, before, intent);
            // A router that has begun since we wrote last has the weights of its configuration. It tells its age in whole seconds, so that it seems to have begun up to one later.
            const bool began = reading->runningSince && !last.record.empty() && *reading->runningSince > last.record.back().writtenAt;
            const bool forgot = began || (!route.undone.empty() && (isAt(accepted, route.undone) || isPartWritten(accepted, route.undone, route.desired)));
            const auto step = "step " + std::to_string(last.step);
            // One that is written once more may be cut off, however often it was accepted before.
            const bool wasAccepted = route.state != RouteProgress::State::Writing && !last.record.empty() && last.record.back().step == last.step && last.record.back().returning == last.returning() && last.record.back().acceptedAfter.has_value();
            // What it had accepted whole was not cut off: somebody has set other weights since, on one of several processes for one.
            if (truth.what == What::Between && wasAccepted)
                truth.what = What::Foreign;
            // Before the step that it had accepted is not where the next one may begin.
            if ((truth.what == What::Foreign && (forgot || isAt(accepted, last.plan.moves[m].from))) || (truth.what == What::NotApplied && wasAccepted))
                truth.what = What::Undone;
            switch (truth.what) {
            case What::Applied: truth.evidence = last.step == 0 ? (last.returning() ? "nothing of its way back was sent" : "nothing was sent") : step + " is accepted"; break;
            case What::NotApplied: truth.evidence = step + " has not arrived"; break;
            case What::Between: truth.evidence = step + " was cut off: the router has " + sharesText(accepted); break;
            case What::Undone: truth.evidence = "a restart, a reload or somebody undid it: the router has " + sharesText(accepted) + ", " + step + " wanted " + sharesText(intent) + "; resumed, that is set again"; break;
            case What::Foreign: truth.evidence = "somebody else changed it: the router has " + sharesText(accepted) + ", " + step + " wanted " + sharesText(intent); break;
            case What::Silent: break;
            }
            route.accepted = accepted;
            route.observed.clear();
            for (const auto& backend : reading->backends)
                route.observed.push_back(backend.observed);
            route.windowRequests = reading->windowRequests;
            if (truth.what != What::Foreign)
                route.version = reading->version;
            route.state = truth.what == What::Applied ? RouteProgress::State::Accepted : RouteProgress::State::Waiting;
            route.note = truth.evidence;
            route.error.reset();
            // On its way back it begins anew from where the router stands.
            route.undone = truth.what == What::Undone && !last.returning() ? accepted : Weights();
        } else if (route.state == RouteProgress::State::Failed) {
            truth.what = What::Foreign;
            truth.evidence = route.error ? route.error->text() : "it had failed";
        } else if (move == leg.moves.end())
            truth = { route.route, What::Applied, "it is back already" };
        if (truth.what == What::Foreign && route.state != RouteProgress::State::Failed) {
            route.state = RouteProgress::State::Failed;
            route.error = Error { Error::Kind::Conflict, truth.evidence, route.route, "look at the weights, then plan again" };
        }
        said += (said.empty() ? "" : "; ") + (last.routes.size() == 1 ? truth.evidence : route.route + ": " + truth.evidence);
        made.truths.push_back(std::move(truth));
    }
    last.abandoned = false;
    // Why it stood before its program ended; what it said of where it stood then is old.
    const auto rules = rulesText(pausedBy(last));
    const bool saidWhy = std::ranges::any_of(std::initializer_list<std::string_view> { "stuck: ", brokenGuard, arrivedAmongErrors }, [&](std::string_view it) { return last.note.starts_with(it); });
    auto paused = isPausedByHand(last) || saidWhy ? last.note.substr(0, last.note.find(';')) : std::string();
    constexpr std::string_view ended = ", then its program ended";
    if (const auto at = paused.find(ended); at != std::string::npos)
        paused.erase(at);
    last.stood = last.phase == ShiftPhase::Paused && last.note != programEnded;
    if (!last.returning() && last.stepsDone < last.plan.steps())
        last.recovery.reset();
    // What did not answer when it paused, and does now, is nothing to look after any more.
    if (last.error && last.error->kind == Error::Kind::Unavailable && std::ranges::none_of(made.truths, [](const RouteTruth& it) { return it.what == What::Silent; })) {
        paused = "paused when a router did not answer";
        last.error.reset();
    }
    // A step that is not confirmed is made again: routers that have it already are not written to, only looked at.
    last.phase = ShiftPhase::Paused;
    last.phaseEndsAt.reset();
    last.note = (!rules.empty()           ? "paused by: " + rules
                        : !paused.empty() ? paused + std::string(ended)
                                          : (last.stood ? "paused, then " : "") + std::string("its program ended"))
        + "; " + said;
    last.abandoned = true;
    made.status = std::move(last);
    return made;
}

void remind(const std::string& route, RouteReading& reading, const PlanStatus& last)
{
    const auto left = std::ranges::find(last.routes, route, &RouteProgress::route);
    if (left == last.routes.end() || left->state == RouteProgress::State::Failed || left->accepted.size() != reading.backends.size() || isAt(reading.accepted(), left->accepted))
        return;
    if (!reading.drift.empty() || !reading.forgotten.empty() || !last.endedAt || last.rehearsal)
        return;
    if (!reading.runningSince || *reading.runningSince <= *last.endedAt) {
        // What sets its own weight is nobody's doing, and what was read before the end is what the shift was to change.
        if (reading.readAt > *last.endedAt && reading.fixed.empty() && std::ranges::all_of(reading.backends, [](const BackendReading& it) { return it.fixed.empty(); }))
            reading.drift = "weights changed since " + last.id + " left " + sharesText(left->accepted);
        return;
    }
    reading.drift = "started anew at " + rfc3339(*reading.runningSince).substr(11, 8) + " UTC" + std::string(whichUndid) + last.id + " had set";
    reading.driftedAt = reading.runningSince;
    reading.forgotten = left->accepted;
}

std::optional<UndoneRoute> undoneRoute(const std::string& route, const RouteReading& reading, std::span<const PlanStatus> shifts)
{
    if (reading.forgotten.empty())
        return std::nullopt;
    const auto of = [&](const PlanStatus& it) { return std::ranges::find(it.routes, route, &RouteProgress::route); };
    const auto shift = std::ranges::find_if(shifts, [&](const PlanStatus& it) { return !it.rehearsal && of(it) != it.routes.end(); });
    if (shift == shifts.end() || !isOver(shift->phase) || of(*shift)->accepted.size() != reading.forgotten.size() || !isAt(of(*shift)->accepted, reading.forgotten))
        return std::nullopt;
    UndoneRoute made { .route = route, .shift = shift->id, .left = {}, .set = reading.forgotten, .has = reading.accepted(), .why = reading.drift.substr(0, reading.drift.find(whichUndid)) };
    const auto move = std::ranges::find(shift->plan.moves, route, &Plan::Move::route);
    if (shift->plan.kind != Plan::Kind::Evacuation || move == shift->plan.moves.end() || move->steps.empty())
        return made;
    const auto& to = move->steps.back();
    for (std::size_t b = 0; b < std::min({ to.size(), move->from.size(), made.set.size(), made.has.size() }); ++b)
        if (to[b] < move->from[b] && made.has[b] > made.set[b] + largestRounding)
            made.left = shift->plan.scope;
    return made;
}

} // namespace penstock
