// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

// One step of a shift: judged, written, read back, confirmed, watched while it bakes.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "machineparts.h"
#include "shift/recovery.h"

namespace penstock {

namespace {

    using namespace std::chrono_literals;

    double distance(const Weights& a, const Weights& b)
    {
        double sum = 0;
        for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
            sum += std::abs(a[i] - b[i]);
        return a.size() == b.size() ? sum : 1e9;
    }

    std::string conflictText(const RouteReading& reading)
    {
        return "somebody else changed the route" + (reading.drift.empty() ? "" : ": " + reading.drift);
    }

    void add(std::string& list, const std::string& part)
    {
        if (!part.empty())
            list += (list.empty() ? "" : "; ") + part;
    }

    std::chrono::milliseconds since(std::chrono::steady_clock::time_point then)
    {
        return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - then);
    }

    std::chrono::milliseconds between(Time from, Time to)
    {
        return std::max(0ms, std::chrono::ceil<std::chrono::milliseconds>(to - from));
    }

} // namespace

const Plan::Move* ShiftMachine::legMove(std::size_t move) const
{
    const auto& leg = m_status.leg();
    const auto found = std::ranges::find(leg.moves, m_status.routes[move].route, &Plan::Move::route);
    return found == leg.moves.end() ? nullptr : &*found;
}

Weights ShiftMachine::splitAfter(std::size_t move, std::size_t steps) const
{
    const auto* it = legMove(move);
    return steps == 0 || it->steps.empty() ? it->from : it->steps[std::min(steps, it->steps.size()) - 1];
}

std::vector<std::size_t> ShiftMachine::live() const
{
    std::vector<std::size_t> moves;
    for (std::size_t m = 0; m < m_status.routes.size(); ++m)
        if (m_status.routes[m].state != RouteProgress::State::Failed && legMove(m))
            moves.push_back(m);
    return moves;
}

std::vector<ShiftMachine::Answer> ShiftMachine::ask(const std::vector<std::size_t>& moves, const std::function<Result<RouteReading>(std::size_t, Router&)>& work)
{
    std::vector<Answer> answers(moves.size());
    std::vector<bool> asked(moves.size());
    std::unique_lock lock(m_mutex);
    (void)m_wake.wait_for(lock, m_timing.patience, [&] {
        bool all = true;
        for (std::size_t i = 0; i < moves.size(); ++i) {
            auto& hand = *m_hands[moves[i]];
            // One that still hangs in an older call is asked as soon as that ends.
            if (!asked[i])
                asked[i] = hand.ask([work, move = moves[i]](Router& router) { return work(move, router); });
            if (asked[i] && !answers[i])
                answers[i] = hand.take();
            all = all && answers[i];
        }
        return all;
    });
    return answers;
}

std::vector<ShiftMachine::Answer> ShiftMachine::read(const std::vector<std::size_t>& moves)
{
    return ask(moves, [](std::size_t, Router& router) { return router.read(); });
}

bool ShiftMachine::look(std::size_t move, const RouteReading& reading)
{
    auto& watch = m_watch[move];
    watch.silentSince.reset();
    const auto accepted = reading.accepted();
    // A write whose answer was lost shows here, whole or cut off, and is ours.
    const bool ours = reading.version == m_status.routes[move].version || (watch.intent && isAt(accepted, *watch.intent))
        || (watch.intent && watch.before && isPartWritten(accepted, *watch.before, *watch.intent));
    edit([&](PlanStatus& it) {
        auto& route = it.routes[move];
        if (ours)
            route.version = reading.version;
        route.accepted = accepted;
        route.observed.clear();
        for (const auto& backend : reading.backends)
            route.observed.push_back(backend.observed);
        route.windowRequests = reading.windowRequests;
    });
    watchQuiet(move, reading);
    return ours && reading.backends.size() == m_status.plan.moves[move].from.size();
}

void ShiftMachine::watchQuiet(std::size_t move, const RouteReading& reading)
{
    if (m_status.plan.kind != Plan::Kind::Evacuation || m_status.returning())
        return;
    std::uint64_t there = 0;
    bool any = false;
    const auto& target = m_status.plan.moves[move].steps.back();
    for (std::size_t b = 0; b < reading.backends.size() && b < target.size(); ++b)
        if (target[b] <= 0 && m_status.plan.moves[move].from[b] > 0) {
            there += reading.backends[b].requests;
            any = true;
        }
    auto& watch = m_watch[move];
    if (!any)
        return;
    if (!watch.leaving || *watch.leaving != there)
        watch.quietSince = reading.readAt;
    watch.leaving = there;
}

void ShiftMachine::drop(std::size_t move, Error error)
{
    edit([&](PlanStatus& it) {
        it.routes[move].state = RouteProgress::State::Failed;
        it.routes[move].note = error.what;
        it.routes[move].error = std::move(error);
    });
}

bool ShiftMachine::goOnWithout(const std::vector<std::size_t>& failed, bool mayAnswerLater)
{
    if (failed.empty())
        return true;
    std::string who;
    std::optional<Error> first;
    for (const auto move : failed) {
        const auto& route = m_status.routes[move];
        add(who, route.route + ": " + (route.error ? route.error->text() : route.note));
        if (!first)
            first = route.error;
    }
    const bool emergency = m_status.plan.kind == Plan::Kind::Evacuation && m_status.plan.now && !m_status.returning();
    std::vector<std::size_t> left;
    for (const auto move : live())
        if (std::ranges::find(failed, move) == failed.end())
            left.push_back(move);
    if (emergency && !left.empty()) {
        for (const auto move : failed)
            if (m_status.routes[move].state != RouteProgress::State::Failed)
                drop(move, *m_status.routes[move].error);
        edit([&](PlanStatus& it) { it.note = "going on without " + who; });
        return true;
    }
    if (mayAnswerLater)
        pauseHere("a router does not answer: " + who + "; nothing more is written until it is resumed", first);
    else if (left.empty())
        finish(ShiftPhase::Failed, first);
    else
        pauseHere(who + "; resumed, it goes on with the other routes", first);
    return false;
}

void ShiftMachine::makeStep()
{
    m_stepBegan = Steady::now();
    std::vector<RouteReading> readings;
    if (!prepare(readings) || !isAllowed(readings))
        return;
    if (m_hooks.hold)
        if (const auto held = m_hooks.hold(); !held)
            return pauseHere("these routes are no longer held by this shift: " + held.error().text(), held.error());
    write(m_status.stepsDone + 1);
}

bool ShiftMachine::prepare(std::vector<RouteReading>& readings)
{
    const auto moves = live();
    if (moves.empty()) {
        finish(ShiftPhase::Failed, Error { Error::Kind::Unavailable, "no route is left that can be moved", m_status.id, "look at the routes, then plan again" });
        return false;
    }
    const auto answers = read(moves);
    std::vector<std::size_t> changed, silent;
    bool moved = false;
    for (std::size_t i = 0; i < moves.size(); ++i) {
        const auto move = moves[i];
        if (!answers[i] || !*answers[i]) {
            auto error = answers[i] ? answers[i]->error() : Error { Error::Kind::Unavailable, "the router does not answer", m_status.routes[move].route, "resume when it does" };
            edit([&](PlanStatus& it) { it.routes[move].error = std::move(error); });
            silent.push_back(move);
            continue;
        }
        edit([&](PlanStatus& it) { it.routes[move].error.reset(); });
        if (!look(move, **answers[i])) {
            drop(move, { Error::Kind::Conflict, conflictText(**answers[i]), m_status.routes[move].route, "look at the weights, then plan again" });
            changed.push_back(move);
        } else if (m_status.returning()) {
            const auto& accepted = m_status.routes[move].accepted;
            const auto& begin = splitAfter(move, m_status.stepsDone);
            moved = moved || (!isAt(accepted, begin) && !isAt(accepted, splitAfter(move, m_status.stepsDone + 1)));
        }
    }
    if (!goOnWithout(changed, false) || !goOnWithout(silent, true))
        return false;
    if (moved) {
        // A write that was still under way when the way back was planned: it begins where the routers stand.
        auto again = planBack("from where the routers stand", m_status.back->person);
        edit([&](PlanStatus& it) {
            it.back = std::move(again);
            it.step = it.stepsDone = 0;
        });
        return m_status.back->moves.empty() ? false : prepare(readings);
    }
    for (std::size_t i = 0; i < moves.size(); ++i)
        if (answers[i] && *answers[i] && m_status.routes[moves[i]].state != RouteProgress::State::Failed)
            readings.push_back(**answers[i]);
    return true;
}

bool ShiftMachine::isAllowed(const std::vector<RouteReading>& readings)
{
    if (!m_hooks.judge)
        return true;
    Plan part = m_status.leg();
    part.moves.clear();
    std::vector<RouteReading> ofPart;
    std::size_t i = 0;
    for (const auto move : live()) {
        part.moves.push_back(*legMove(move));
        ofPart.push_back(readings[i++]);
    }
    // Half of a step may stand after a crash, and that is no change by somebody else, which was looked for before.
    const auto done = m_status.stepsDone;
    for (std::size_t m = 0; m < part.moves.size(); ++m) {
        const auto& move = part.moves[m];
        const auto& stands = done == 0 ? move.from : move.steps[std::min(done, move.steps.size()) - 1];
        ofPart[m].version = move.version;
        if (!isAt(ofPart[m].accepted(), stands))
            for (std::size_t b = 0; b < ofPart[m].backends.size(); ++b)
                ofPart[m].backends[b].accepted = stands[b];
    }
    const auto judgement = m_hooks.judge(part, done, ofPart);
    const auto& way = judgement.about("way_back");
    edit([&](PlanStatus& it) {
        it.interlocks = judgement.interlocks;
        if (!it.returning()) {
            it.wayBack = way.evidence;
            it.safeReturn = way.evidence.find("no safe return") == std::string::npos;
        }
    });
    if (const auto told = tell(ShiftEvent::Kind::Judged, {}, &judgement); !told) {
        pauseHere("the audit log could not be written", told.error());
        return false;
    }
    if (const auto why = blockersOf(judgement, m_status.returning()); !why.empty()) {
        const auto text = (m_status.returning() ? "no safe return now: " : "") + why;
        pauseHere(text, Error { Error::Kind::Refused, "refused by interlocks: " + text, m_status.id, "resume when this has changed, go back, or stop" });
        return false;
    }
    return true;
}

void ShiftMachine::write(std::size_t step)
{
    const auto moves = live();
    std::vector<std::size_t> toWrite;
    StepRecord record { .step = step, .returning = m_status.returning(), .writtenAt = m_clock(), .acceptedAfter = {}, .confirmedAfter = {}, .moved = std::vector<double>(m_status.routes.size()), .note = {} };
    for (const auto move : moves) {
        const auto wanted = splitAfter(move, step);
        const auto& route = m_status.routes[move];
        const auto before = splitAfter(move, step - 1);
        record.moved[move] = distance(before, wanted) / 200;
        // Already there: found after a crash, or a shorter move that waits for the others.
        const bool there = isAt(route.accepted, wanted) && distance(route.accepted, wanted) <= distance(route.accepted, before);
        if (!there)
            toWrite.push_back(move);
        m_watch[move].intent = wanted;
        m_watch[move].before = there ? std::nullopt : std::optional(before);
        m_watch[move].window = 0;
        m_watch[move].quietReadings = 0;
        edit([&](PlanStatus& it) {
            it.routes[move].desired = wanted;
            it.routes[move].state = there ? RouteProgress::State::Accepted : RouteProgress::State::Writing;
            it.routes[move].note.clear();
        });
    }
    edit([&](PlanStatus& it) {
        it.step = step;
        it.phase = it.returning() ? ShiftPhase::Returning : ShiftPhase::Writing;
        it.phaseEndsAt.reset();
        const bool again = !it.record.empty() && it.record.back().step == step && it.record.back().returning == record.returning && !it.record.back().confirmedAfter;
        if (!again)
            it.record.push_back(record);
    });
    if (const auto told = tell(ShiftEvent::Kind::StepIntended); !told)
        return pauseHere("the audit log could not be written", told.error());
    // The intent is on disk before a router hears of it.
    if (const auto kept = keep(); !kept)
        return pauseHere("the journal could not be written", kept.error());
    say(m_status.phase, "step " + std::to_string(step) + " of " + std::to_string(m_status.leg().steps()) + " is being written");

    std::vector<std::size_t> failed, silent;
    for (int tries = 1; !toWrite.empty(); ++tries) {
        std::vector<std::pair<std::string, std::string>> orders(m_status.routes.size()); // version, key
        for (const auto move : toWrite) {
            const auto& version = m_status.routes[move].version;
            // The version in the key keeps a later run of the same shift from being taken for a repetition.
            orders[move] = { version, m_status.id + (m_status.returning() ? "/back " : "/") + std::to_string(step) + "/" + m_status.routes[move].route + " from " + version };
        }
        std::vector<Weights> wanted(m_status.routes.size());
        for (const auto move : toWrite)
            wanted[move] = m_status.routes[move].desired;
        const auto answers = ask(toWrite, [orders, wanted](std::size_t move, Router& router) { return router.apply(wanted[move], orders[move].first, orders[move].second); });
        std::vector<std::size_t> again;
        for (std::size_t i = 0; i < toWrite.size(); ++i) {
            const auto move = toWrite[i];
            bool retry = false;
            auto error = settle(move, answers[i], retry);
            if (!error)
                continue;
            if (retry && tries < m_timing.writeTries) {
                again.push_back(move);
                continue;
            }
            if (retry || error->kind == Error::Kind::Unavailable) {
                edit([&](PlanStatus& it) {
                    it.routes[move].state = RouteProgress::State::Waiting;
                    it.routes[move].error = std::move(error);
                });
                silent.push_back(move);
            } else {
                drop(move, std::move(*error));
                failed.push_back(move);
            }
        }
        toWrite = std::move(again);
    }
    if (!goOnWithout(failed, false) || !goOnWithout(silent, true))
        return;
    edit([&](PlanStatus& it) { it.record.back().acceptedAfter = since(m_stepBegan); });
    if (m_status.plan.kind == Plan::Kind::Evacuation && !m_status.returning() && step == m_status.plan.steps())
        edit([&](PlanStatus& it) { it.recovery = between(it.startedAt, m_clock()); });
    m_confirmed = false;
    m_baked = m_status.returning();
    m_confirmBegan = Steady::now();
}

std::optional<Error> ShiftMachine::settle(std::size_t move, const Answer& answer, bool& again)
{
    again = false;
    const auto& route = m_status.routes[move];
    if (!answer)
        return Error { Error::Kind::Unavailable, "the router does not answer", route.route, "resume when it does" };
    if (*answer) {
        m_watch[move].before.reset();
        edit([&](PlanStatus& it) { it.routes[move].version = (*answer)->version; });
        (void)look(move, **answer);
        if (!isAt(route.accepted, route.desired) && (*answer)->pending.empty())
            return Error { Error::Kind::Conflict, "the router accepted other weights than were sent", route.route, "somebody else may be changing this route" };
        edit([&](PlanStatus& it) { it.routes[move].state = RouteProgress::State::Accepted; });
        return std::nullopt;
    }
    // Whether it was done is for the router to say, not for the lost answer.
    const auto now = read({ move });
    if (!now.front() || !*now.front())
        return answer->error().kind == Error::Kind::Conflict ? answer->error() : Error { Error::Kind::Unavailable, answer->error().what, answer->error().where, "resume when it answers" };
    const auto before = route.version;
    const bool same = (*now.front())->version == before;
    const bool ours = look(move, **now.front());
    if (isAt(route.accepted, route.desired)) {
        m_watch[move].before.reset();
        edit([&](PlanStatus& it) {
            it.routes[move].state = RouteProgress::State::Accepted;
            it.routes[move].note = "the answer to the write was lost, the router has it";
        });
        return std::nullopt;
    }
    // A write that was cut off is written again, from where the router stands.
    again = (same || ours) && answer->error().kind == Error::Kind::Unavailable;
    if (!same && !ours && answer->error().kind != Error::Kind::Conflict)
        return Error { Error::Kind::Conflict, answer->error().what + "; " + conflictText(**now.front()), route.route, "look at the weights, then plan again" };
    return answer->error();
}

bool ShiftMachine::isConfirmed(std::size_t move, const RouteReading& reading, std::chrono::milliseconds waited, std::string& waitsFor)
{
    const auto& desired = m_status.routes[move].desired;
    auto& watch = m_watch[move];
    bool measured = true, agrees = true;
    std::string down;
    for (std::size_t i = 0; i < desired.size(); ++i) {
        const auto& backend = reading.backends[i];
        measured = measured && backend.observed;
        agrees = agrees && backend.observed && std::abs(*backend.observed - desired[i]) <= m_timing.tolerance;
        if (desired[i] > 0 && backend.condition >= BackendReading::Condition::Draining)
            add(down, backend.name + " takes no requests" + (backend.note.empty() ? "" : " (" + backend.note + ")"));
    }
    // Where nothing arrives nothing can be seen; where something does, a little patience gets a measurement.
    watch.quietReadings = reading.windowRequests == watch.window ? watch.quietReadings + 1 : 0;
    watch.window = reading.windowRequests;
    if (!reading.pending.empty() || !isAt(m_status.routes[move].accepted, desired)) {
        waitsFor = m_status.routes[move].route + ": " + (reading.pending.empty() ? std::string("the router has not taken the weights yet") : reading.pending);
        return false;
    }
    std::string note;
    if (agrees)
        note = "observed agrees";
    else if (!measured && down.empty() && (watch.quietReadings >= 2 || waited >= m_timing.fewAfter))
        note = "too few requests to observe the split (" + std::to_string(reading.windowRequests) + "); accepted suffices";
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
    for (;;) {
        std::vector<std::size_t> open;
        for (const auto move : live())
            if (m_status.routes[move].state != RouteProgress::State::Confirmed)
                open.push_back(move);
        const auto answers = read(open);
        const auto waited = since(m_confirmBegan);
        std::vector<std::size_t> changed, silent;
        std::string waits;
        for (std::size_t i = 0; i < open.size(); ++i) {
            const auto move = open[i];
            std::string waitsFor;
            if (!answers[i] || !*answers[i]) {
                auto error = answers[i] ? answers[i]->error() : Error { Error::Kind::Unavailable, "the router does not answer", m_status.routes[move].route, "resume when it does" };
                waitsFor = error.text();
                edit([&](PlanStatus& it) { it.routes[move].error = std::move(error); });
                auto& silentSince = m_watch[move].silentSince;
                if (!silentSince)
                    silentSince = Steady::now();
                if (!answers[i] || since(*silentSince) >= m_timing.patience)
                    silent.push_back(move);
            } else if (!look(move, **answers[i])) {
                drop(move, { Error::Kind::Conflict, conflictText(**answers[i]), m_status.routes[move].route, "look at the weights, then plan again" });
                changed.push_back(move);
            } else {
                edit([&](PlanStatus& it) { it.routes[move].error.reset(); });
                (void)isConfirmed(move, **answers[i], waited, waitsFor);
            }
            add(waits, waitsFor);
        }
        if (!goOnWithout(changed, false) || !goOnWithout(silent, true))
            return;
        if (waits.empty())
            break;
        if (waited >= m_timing.stuckAfter)
            return pauseHere("stuck: " + waits);
        say(phase, "waiting: " + waits);
        if (rest(m_timing.poll, end))
            return;
    }
    std::string note;
    for (const auto move : live()) {
        const auto& route = m_status.routes[move];
        if (note.find(route.note) == std::string::npos)
            add(note, live().size() == 1 ? route.note : route.route + ": " + route.note);
    }
    edit([&](PlanStatus& it) {
        it.stepsDone = it.step;
        it.record.back().confirmedAfter = since(m_stepBegan);
        it.record.back().note = note;
    });
    std::optional<Time> quiet;
    for (const auto& watch : m_watch)
        if (watch.quietSince)
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

void ShiftMachine::bake(const std::stop_token& end, std::optional<Time> until)
{
    const bool last = m_status.stepsDone >= m_status.leg().steps();
    const auto time = until ? std::chrono::ceil<std::chrono::milliseconds>(*until - m_clock()) : m_status.plan.now || last ? 0ms : m_status.plan.bake;
    const auto deadline = Steady::now() + time;
    // Half an emergency is worse than a slow one: what is broken then is for the operator to see, not to wait for.
    const bool emergency = m_status.plan.kind == Plan::Kind::Evacuation && m_status.plan.now && !m_status.returning();
    const bool guarded = m_hooks.guards && !emergency && std::ranges::any_of(m_limits, [](const GuardLimits& it) { return it.errorRate || it.latencyP99 || it.queue || it.utilisation; });
    if (time > 0ms) {
        edit([&](PlanStatus& it) { it.phaseEndsAt = m_clock() + time; });
        say(ShiftPhase::Baking, until ? "holds its target until its time is over, then returns by itself" : m_status.note);
    }
    std::string broken, brokenBefore;
    while (guarded || Steady::now() < deadline) {
        const auto moves = live();
        const auto answers = read(moves);
        std::vector<std::size_t> changed;
        broken.clear();
        for (std::size_t i = 0; i < moves.size(); ++i) {
            // A router that is silent now is asked again before the next step is written.
            if (!answers[i] || !*answers[i])
                continue;
            const auto& reading = **answers[i];
            if (!look(moves[i], reading)) {
                drop(moves[i], { Error::Kind::Conflict, conflictText(reading), m_status.routes[moves[i]].route, "look at the weights, then plan again" });
                changed.push_back(moves[i]);
            } else if (guarded)
                for (const auto& values : m_hooks.guards(m_status, moves[i], reading))
                    if (const auto said = brokenGuards(values, m_limits[moves[i]]); !said.empty())
                        add(broken, m_status.routes[moves[i]].route + ": " + said);
        }
        if (!goOnWithout(changed, false))
            return;
        // One reading may be a fluke, two in a row are not.
        if (!broken.empty() && !brokenBefore.empty()) {
            if (m_status.returnsOnBrokenGuard && !m_status.returning())
                return beginReturn("a guard is broken: " + broken, {});
            return pauseHere("a guard is broken: " + broken, Error { Error::Kind::Refused, "a guard is broken: " + broken, m_status.id, "go back, or resume when it has recovered" });
        }
        brokenBefore = broken;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Steady::now());
        if (left <= 0ms && broken.empty())
            break;
        if (rest(std::clamp(left, 1ms, m_timing.poll), end))
            return;
    }
    edit([](PlanStatus& it) { it.phaseEndsAt.reset(); });
    m_baked = true;
}

} // namespace penstock
