// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

// What follows a write: waiting until observed agrees, and watching the guards while the step bakes.
#include <algorithm>
#include <cmath>

#include "machineparts.h"
#include "planner/rules.h"

namespace penstock {

using namespace std::chrono_literals;

namespace {

    /// Whom it gives requests that they do not answer, in words; empty: nobody.
    std::string errorsOf(const RouteReading& reading, const Weights& desired)
    {
        std::string said;
        for (std::size_t i = 0; i < desired.size(); ++i) {
            const auto& rate = reading.backends[i].guards.errorRate;
            if (const auto percent = rate && desired[i] > 0 ? std::lround(100 * rate->value) : 0; percent > 0)
                said += (said.empty() ? ", while " : ", ") + reading.backends[i].name + " fails " + std::to_string(percent) + " %" + (rate->of > 0 ? " of " + std::to_string(rate->of) + " requests" : "");
        }
        return said;
    }

    /// Of what all backends answer with: who of those with a share answers with too many errors.
    std::string failingOf(const RouteReading& reading, const GuardLimits& limits)
    {
        std::string said;
        for (const auto& backend : reading.backends)
            if (const auto& rate = backend.guards.errorRate; backend.accepted > 0 && rate && limits.errorRate && rate->value > *limits.errorRate)
                said += (said.empty() ? "" : ", ") + backend.name;
        return said.empty() ? said : " (" + said + " fails)";
    }

    /// Requests that were given to those with a share, and have found no answer since the last.
    std::uint64_t unansweredOf(const RouteReading& reading, const Weights& desired)
    {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < desired.size(); ++i)
            sum += desired[i] > 0 ? reading.backends[i].unanswered : 0;
        return sum;
    }

} // namespace

void ShiftMachine::watchQuiet(std::size_t move, const RouteReading& reading)
{
    if (m_status.plan.kind != Plan::Kind::Evacuation || m_status.returning())
        return;
    std::uint64_t there = 0, all = 0;
    bool any = false;
    const auto& target = m_status.plan.moves[move].steps.back();
    for (std::size_t b = 0; b < reading.backends.size() && b < target.size(); ++b) {
        all += reading.backends[b].requests;
        if (target[b] <= 0 && m_status.plan.moves[move].from[b] > 0) {
            there += reading.backends[b].requests;
            any = true;
        }
    }
    auto& watch = m_watch[move];
    if (!any)
        return;
    if (!watch.leaving || *watch.leaving != there)
        watch.quietSince = reading.readAt;
    watch.leaving = there;
    watch.traffic = watch.traffic || all != watch.all.value_or(all);
    watch.all = watch.all.value_or(all);
}

bool ShiftMachine::isConfirmed(std::size_t move, const RouteReading& reading, std::chrono::milliseconds waited, std::string& waitsFor)
{
    const auto& desired = m_status.routes[move].desired;
    auto& watch = m_watch[move];
    // Who takes nothing, or answers less than it gets, and was given nothing more is no matter of this shift: the others share what it leaves.
    const auto* leg = legMove(move);
    const auto leaves = [&](std::size_t i) {
        const auto& it = reading.backends[i];
        return it.takesNothing() || (it.observed && *it.observed < desired[i] && it.guards.errorRate && it.guards.errorRate->value > failsOutright);
    };
    const auto isOut = [&](std::size_t i) { return leg && i < leg->from.size() && desired[i] <= leg->from[i] + largestRounding && leaves(i); };
    const auto stillTakes = [&](std::size_t i) { return reading.backends[i].takesNothing() ? 0.0 : *reading.backends[i].observed; };
    double shared = 0, left = 100;
    for (std::size_t i = 0; i < desired.size(); ++i) {
        if (isOut(i))
            left -= stillTakes(i);
        else
            shared += desired[i];
    }
    bool measured = true, agrees = true;
    const bool isDriven = std::ranges::any_of(reading.backends, [](const BackendReading& it) { return !it.fixed.empty(); });
    std::string down, others; ///< others: what they carry beyond their weights
    for (std::size_t i = 0; i < desired.size(); ++i) {
        const auto& backend = reading.backends[i];
        // Where something else sets the weight of one, requests go by the weights in force.
        const double expected = isOut(i) ? stillTakes(i) : isDriven && backend.effective ? *backend.effective : shared > 0 ? left * desired[i] / shared : desired[i];
        if (isOut(i) && desired[i] > 0)
            others += ": " + backend.name + (backend.takesNothing() ? " takes no requests" : " does not answer") + ", so that the others carry its " + std::to_string(std::lround(desired[i] - stillTakes(i))) + " %";
        measured = measured && backend.observed;
        agrees = agrees && backend.observed && std::abs(*backend.observed - expected) <= m_timing.tolerance;
        if (desired[i] > 0 && !isOut(i) && backend.takesNothing())
            add(down, backend.name + " takes no requests" + (backend.note.empty() ? "" : " (" + backend.note + ")"));
    }
    // Where nothing arrives nothing can be seen; where something does, a little patience gets a measurement.
    watch.quietReadings = reading.windowRequests == watch.window ? watch.quietReadings + 1 : 0;
    watch.window = reading.windowRequests;
    if (!reading.pending.empty() || !isAt(m_status.routes[move].accepted, desired)) {
        waitsFor = m_status.routes[move].route + ": " + (reading.pending.empty() ? std::string("the router has not taken the weights yet") : reading.pending);
        edit([&](PlanStatus& it) { it.routes[move].state = RouteProgress::State::Writing; });
        return false;
    }
    edit([&](PlanStatus& it) { it.routes[move].state = RouteProgress::State::Accepted; });
    std::string note;
    const auto broken = std::ranges::find_if(reading.warnings, [](const std::string& it) { return it.starts_with(metricsWarning); });
    if (agrees)
        note = "observed agrees" + others;
    else if (!measured && down.empty() && (watch.quietReadings >= 2 || waited >= std::min(m_timing.fewAfter, m_timing.stuckAfter / 2)))
        note = (broken == reading.warnings.end() ? "too few requests to observe the split (" + std::to_string(reading.windowRequests) + ")" : "the split cannot be observed (" + *broken + ")") + "; accepted suffices";
    else {
        waitsFor = m_status.routes[move].route + ": " + (down.empty() ? "the observed split does not follow yet" : down);
        return false;
    }
    edit([&](PlanStatus& it) {
        it.routes[move].state = RouteProgress::State::Confirmed;
        it.routes[move].note = std::move(note);
    });
    return true;
}

void ShiftMachine::confirm(const std::stop_token& end)
{
    const auto phase = m_status.returning() ? ShiftPhase::Returning : ShiftPhase::Confirming;
    std::vector<bool> ignored(m_status.routes.size()); ///< confirmed, and silent since: asked again before the next step
    std::string brokenBefore;
    for (;;) {
        std::vector<std::size_t> moves;
        for (const auto move : live())
            if (!ignored[move])
                moves.push_back(move);
        const auto answers = read(moves);
        const auto waited = since(m_confirmBegan);
        std::vector<std::size_t> changed, silent, forgotten;
        std::string waits, stuck, broken;
        for (std::size_t i = 0; i < moves.size(); ++i) {
            const auto move = moves[i];
            const bool isOpen = m_status.routes[move].state != RouteProgress::State::Confirmed;
            std::string waitsFor;
            if (!isOpen && (!answers[i] || !*answers[i])) {
                ignored[move] = true;
            } else if (!answers[i] || !*answers[i]) {
                auto error = answers[i] ? answers[i]->error() : Error { Error::Kind::Unavailable, "the router does not answer", m_status.routes[move].route, "resume when it does" };
                waitsFor = error.text();
                edit([&](PlanStatus& it) { it.routes[move].error = std::move(error); });
                auto& silentSince = m_watch[move].silentSince;
                if (!silentSince)
                    silentSince = Steady::now();
                if (!answers[i] || since(*silentSince) >= m_timing.patience)
                    silent.push_back(move);
            } else if (const auto seen = look(move, **answers[i]); seen != Seen::Ours) {
                (seen == Seen::Foreign ? changed : forgotten).push_back(move);
            } else if (!(*answers[i])->refused.empty()) {
                if (!isHeld())
                    return;
                drop(move, takeBack(move, (*answers[i])->refused));
                changed.push_back(move);
            } else {
                edit([&](PlanStatus& it) { it.routes[move].error.reset(); });
                add(broken, brokenErrors(move, **answers[i]));
                if (isOpen && !isConfirmed(move, **answers[i], waited, waitsFor))
                    add(stuck, waitsFor + errorsOf(**answers[i], m_status.routes[move].desired));
            }
            add(waits, waitsFor);
        }
        const auto now = m_clock();
        edit([&](PlanStatus& it) { noteRecovery(it, now); });
        if (!goOnWithout(changed, false) || !goOnWithout(silent, true) || !goOnAsTold(forgotten))
            return;
        if (!broken.empty() && !brokenBefore.empty())
            return yieldTo(broken);
        if (waits.empty() && broken.empty())
            break;
        if (waited >= m_timing.stuckAfter && broken.empty())
            return pauseHere("stuck: " + (stuck.empty() ? waits : stuck));
        brokenBefore = broken;
        say(phase, "waiting: " + (waits.empty() ? "a second look at errors: " + broken : waits));
        if (rest(m_timing.poll, end))
            return;
    }
    std::vector<std::pair<std::string, std::string>> notes; ///< and of which routes
    for (const auto move : live()) {
        const auto& route = m_status.routes[move];
        const auto known = std::ranges::find(notes, route.note, &std::pair<std::string, std::string>::first);
        if (known == notes.end())
            notes.emplace_back(route.note, route.route);
        else
            known->second += ", " + route.route;
    }
    std::string note;
    for (const auto& [text, routes] : notes)
        add(note, notes.size() == 1 ? text : routes + ": " + text);
    edit([&](PlanStatus& it) {
        it.stepsDone = it.step;
        // One that was set again had been confirmed before.
        if (!it.record.back().confirmedAfter)
            it.record.back().confirmedAfter = since(m_stepBegan);
        it.record.back().note = note;
    });
    std::optional<Time> quiet;
    for (const auto& watch : m_watch)
        // Where nobody asks, that nothing arrived says nothing.
        if (watch.quietSince && watch.traffic)
            quiet = std::max(quiet.value_or(*watch.quietSince), *watch.quietSince);
    if (quiet && !m_status.returning() && m_status.stepsDone == m_status.plan.steps())
        edit([&](PlanStatus& it) { it.quietAfter = between(it.startedAt, *quiet); });
    m_confirmed = true;
    say(phase, note);
    if (const auto told = tell(ShiftEvent::Kind::StepConfirmed); !told)
        return pauseHere("the audit log could not be written", told.error());
    if (const auto kept = keep(); !kept)
        return pauseHere("the journal could not be written", kept.error());
}

bool ShiftMachine::isEmergency() const
{
    return m_status.plan.kind == Plan::Kind::Evacuation && m_status.plan.now && !m_status.returning();
}

std::string ShiftMachine::brokenErrors(std::size_t move, const RouteReading& reading)
{
    if (!m_hooks.guards || m_status.returning())
        return {};
    GuardLimits limits { .errorRate = m_limits[move].errorRate, .latencyP99 = {}, .queue = {}, .utilisation = {} };
    // An emergency is held up on its way by nothing less than a target that is none.
    if (limits.errorRate && isEmergency() && m_status.step < m_status.leg().steps())
        limits.errorRate = std::max(*limits.errorRate, failsOutright);
    std::string broken;
    for (const auto& values : m_hooks.guards(m_status, move, reading))
        // Those of all backends may still be of who is left.
        if (const auto said = values.where.empty() ? std::string() : brokenGuards(values, limits); !said.empty())
            add(broken, m_status.routes[move].route + ": " + said);
    return broken;
}

void ShiftMachine::yieldTo(const std::string& broken)
{
    if (m_status.returnsOnBrokenGuard && !m_status.returning())
        return beginReturn(std::string(brokenGuard) + broken, {});
    const bool emergency = isEmergency();
    const bool arrived = emergency && m_status.step >= m_status.leg().steps()
        && std::ranges::none_of(m_status.routes, [](const RouteProgress& it) { return it.state == RouteProgress::State::Waiting || it.state == RouteProgress::State::Writing; });
    const auto said = std::string(arrived ? arrivedAmongErrors : brokenGuard) + broken;
    pauseHere(said, Error { Error::Kind::Refused, said, m_status.id, arrived ? "resume when it has recovered, stop it where it is and evacuate what fails, or go back" : emergency ? "go back, resume when it has recovered, or stop it where it is" : "go back, or resume when it has recovered" });
}

void ShiftMachine::bake(const std::stop_token& end, std::optional<Time> until)
{
    const bool last = m_status.stepsDone >= m_status.leg().steps();
    const auto time = until ? std::chrono::ceil<std::chrono::milliseconds>(*until - m_clock()) : m_status.plan.now || (last && m_status.returning()) ? 0ms : m_status.plan.bake;
    const auto arrivedAt = m_clock();
    const auto began = Steady::now(), deadline = began + time;
    // Half an emergency is worse than a slow one: it waits for no guard on its way. But nobody is rescued whose load has
    // arrived where it is answered with errors.
    const bool emergency = isEmergency();
    auto limits = m_limits;
    if (emergency)
        for (auto& it : limits)
            it = { .errorRate = last ? it.errorRate : std::nullopt, .latencyP99 = {}, .queue = {}, .utilisation = {} };
    const bool guarded = m_hooks.guards && std::ranges::any_of(limits, [](const GuardLimits& it) { return it.errorRate || it.latencyP99 || it.queue || it.utilisation; });
    if (time > 0ms) {
        edit([&](PlanStatus& it) { it.phaseEndsAt = m_clock() + time; });
        say(ShiftPhase::Baking, until ? "holds its target until its time is over, then returns by itself" : m_status.note);
        (void)keep(); // for those who look on from another process; what it does next is kept before it acts
    }
    const auto noted = m_status.note;
    std::string broken, brokenBefore;
    while (guarded || Steady::now() < deadline) {
        const auto moves = live();
        const auto answers = read(moves);
        std::vector<std::size_t> changed, forgotten;
        broken.clear();
        std::string unknown, unmeasured; ///< where load has arrived and nobody knows yet how it is answered, or ever will
        std::string unwatched; ///< guards that were asked for and that nobody measures
        std::uint64_t requests = 0, unanswered = 0;
        for (std::size_t i = 0; i < moves.size(); ++i) {
            // A router that is silent now is asked again before the next step is written.
            if (!answers[i] || !*answers[i])
                continue;
            const auto& reading = **answers[i];
            if (const auto seen = look(moves[i], reading); seen != Seen::Ours)
                (seen == Seen::Foreign ? changed : forgotten).push_back(moves[i]);
            else if (guarded) {
                const auto given = unansweredOf(reading, m_status.routes[moves[i]].desired);
                requests += reading.windowRequests + given;
                unanswered += given;
                const bool counts = std::ranges::any_of(reading.backends, [](const BackendReading& it) { return it.requests > 0; });
                const auto all = m_hooks.guards(m_status, moves[i], reading);
                if (const auto said = unwatchedLatency(all, limits[moves[i]]); !said.empty())
                    add(unwatched, m_status.routes[moves[i]].route + ": " + said);
                for (const auto& values : all) {
                    if (const auto said = brokenGuards(values, limits[moves[i]]); !said.empty())
                        add(broken, m_status.routes[moves[i]].route + ": " + said + (values.where.empty() ? failingOf(reading, limits[moves[i]]) : std::string()));
                    if (emergency && last && !values.where.empty() && !values.errorRate)
                        add(counts || given > 0 ? unknown : unmeasured, m_status.routes[moves[i]].route + " at " + values.where);
                }
            }
        }
        if (!goOnWithout(changed, false) || !goOnAsTold(forgotten))
            return;
        // One reading may be a fluke, two in a row are not.
        if (!broken.empty() && !brokenBefore.empty())
            return yieldTo(broken);
        brokenBefore = broken;
        // Who has paused in the midst of it has said so already.
        const auto told = unwatched.empty() || noted.find(unwatched) != std::string::npos ? noted : noted + (noted.empty() ? "" : "; ") + unwatched;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Steady::now());
        const bool waits = !unknown.empty() && since(began) < (requests > 0 ? m_timing.answersAfter : m_timing.answersAfter / 10);
        if (left <= 0ms && broken.empty() && !waits) {
            edit([&](PlanStatus& it) {
                it.note = told + (unknown.empty() ? "" : "; too few requests to know how they are answered: " + unknown)
                    + (unknown.empty() || unanswered == 0 ? "" : ", of which the last " + std::to_string(unanswered) + " have found no answer yet")
                    + (unmeasured.empty() ? "" : "; nobody measures how they are answered: " + unmeasured);
            });
            break;
        }
        if (waits && broken.empty())
            say(m_status.phase, "all of it has moved; waits for a first count of errors: " + unknown);
        else if (!unwatched.empty() && !until && m_status.note != told)
            say(m_status.phase, told);
        if (rest(std::clamp(left, 1ms, m_timing.poll), end))
            return;
    }
    edit([&](PlanStatus& it) {
        it.phaseEndsAt.reset();
        // Resumed at its target, it has recovered now.
        if (it.plan.kind == Plan::Kind::Evacuation && !it.returning() && last && !it.recovery)
            it.recovery = between(it.startedAt, it.plan.now ? m_clock() : arrivedAt);
    });
    m_baked = true;
    m_arrived = m_arrived || (last && !m_status.returning());
}

} // namespace penstock
