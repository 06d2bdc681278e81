// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

// One step of a shift: read, judged, written, read back; and what a router has forgotten set again.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "machineparts.h"
#include "planner/steps.h"
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

    std::string splitText(const Weights& weights)
    {
        std::string text;
        for (const double share : weights)
            text += (text.empty() ? "" : " / ") + std::to_string(static_cast<int>(std::lround(share)));
        return text;
    }

    std::string conflictText(const RouteReading& reading)
    {
        for (const auto& backend : reading.backends)
            if (reading.drift.empty() && !backend.fixed.empty())
                return "the share of " + backend.name + " was set back: " + backend.fixed;
        return "somebody else changed the route" + (reading.drift.empty() ? "" : ": " + reading.drift);
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

std::vector<ShiftMachine::Answer> ShiftMachine::ask(const std::vector<std::size_t>& moves, const std::function<Result<RouteReading>(std::size_t, Router&)>& work, bool hurried)
{
    std::vector<Answer> answers(moves.size());
    std::vector<bool> asked(moves.size());
    // Who leaves a cloud leaves it where it can; all else waits until the whole router answers.
    const bool whole = m_status.plan.kind != Plan::Kind::Evacuation || m_status.returning();
    std::unique_lock lock(m_mutex);
    const auto allAnswer = [&] {
        bool all = true;
        for (std::size_t i = 0; i < moves.size(); ++i) {
            auto& hand = *m_hands[moves[i]];
            // One that still hangs in an older call is asked as soon as that ends.
            if (!asked[i])
                asked[i] = hand.ask([work, move = moves[i], whole](Router& router) -> Result<RouteReading> {
                    auto answer = work(move, router);
                    return whole && answer && !answer->silent.empty() ? fail(Error::Kind::Unavailable, answer->silent, {}, "resume when all of it answers") : answer;
                });
            if (asked[i] && !answers[i])
                answers[i] = hand.take();
            all = all && answers[i];
        }
        return all;
    };
    const auto hurry = hurried ? std::min(m_timing.hurry, m_timing.patience) : std::chrono::milliseconds(0);
    if (hurried && (m_wake.wait_for(lock, hurry, allAnswer) || std::ranges::any_of(answers, [](const Answer& it) { return it && *it; })))
        return answers;
    (void)m_wake.wait_for(lock, m_timing.patience - hurry, allAnswer);
    return answers;
}

std::vector<ShiftMachine::Answer> ShiftMachine::read(const std::vector<std::size_t>& moves, bool hurried)
{
    return ask(moves, [](std::size_t, Router& router) { return router.read(); }, hurried);
}

ShiftMachine::Seen ShiftMachine::look(std::size_t move, const RouteReading& reading)
{
    auto& watch = m_watch[move];
    watch.silentSince.reset();
    watch.takesWhole = reading.splits == RouteReading::Splits::Whole;
    const auto accepted = reading.accepted();
    // A write whose answer was lost shows here, whole or cut off, and is ours.
    const auto& known = m_status.routes[move];
    const bool whole = reading.backends.size() == m_status.plan.moves[move].from.size();
    // One that did not answer when the shift was taken up has had no version since; what it has tells whose it is.
    const bool asLeft = known.version.empty() && (isAt(accepted, known.accepted) || isAt(accepted, known.desired) || isPartWritten(accepted, known.accepted, known.desired));
    const bool ours = whole
        && (reading.version == known.version || asLeft || (watch.intent && isAt(accepted, *watch.intent)) || (watch.intent && watch.before && isPartWritten(accepted, *watch.before, *watch.intent)));
    const bool forgotten = whole && !ours && !reading.forgotten.empty() && (isAt(reading.forgotten, known.desired) || isAt(reading.forgotten, known.accepted));
    edit([&](PlanStatus& it) {
        auto& route = it.routes[move];
        if (ours || forgotten)
            route.version = reading.version;
        if (forgotten) {
            route.undone = accepted;
            route.state = RouteProgress::State::Waiting;
            if (!it.returning() && !(m_confirmed && m_baked))
                it.recovery.reset();
            route.error = Error { Error::Kind::Conflict, reading.drift + (reading.drift.empty() ? "the router" : ", which") + " undid " + splitText(route.desired), route.route,
                "resume to set it again and go on, go back, or stop" };
        }
        route.accepted = accepted;
        route.observed.clear();
        for (const auto& backend : reading.backends)
            route.observed.push_back(backend.observed);
        route.windowRequests = reading.windowRequests;
    });
    watchQuiet(move, reading);
    if (ours)
        return Seen::Ours;
    if (forgotten)
        return Seen::Forgotten;
    drop(move, { Error::Kind::Conflict, conflictText(reading), known.route, "look at the weights, then plan again" });
    return Seen::Foreign;
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
    std::vector<std::size_t> left;
    for (const auto move : live())
        if (std::ranges::find(failed, move) == failed.end())
            left.push_back(move);
    if (isEmergency() && !left.empty()) {
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

std::vector<std::size_t> ShiftMachine::undone() const
{
    std::vector<std::size_t> moves;
    for (const auto move : live())
        if (!m_status.routes[move].undone.empty())
            moves.push_back(move);
    return moves;
}

void ShiftMachine::beginBackHere()
{
    auto again = planBack("from where the routers stand", m_status.back->person);
    edit([&](PlanStatus& it) {
        it.back = std::move(again);
        it.step = it.stepsDone = 0;
        for (auto& route : it.routes)
            route.undone.clear();
    });
    m_confirmed = m_baked = true;
}

bool ShiftMachine::goOnAsTold(const std::vector<std::size_t>& forgotten)
{
    if (forgotten.empty())
        return true;
    if (m_status.returning()) {
        beginBackHere();
        return false;
    }
    if (m_justResumed)
        return false;
    std::string who;
    for (const auto move : forgotten)
        add(who, (m_status.routes.size() == 1 ? std::string() : m_status.routes[move].route + ": ") + m_status.routes[move].error->what);
    pauseHere(who + "; resumed, that is set again and it goes on", m_status.routes[forgotten.front()].error);
    return false;
}

bool ShiftMachine::isHeld()
{
    const auto held = m_hooks.hold ? m_hooks.hold() : Result<>();
    if (!held)
        pauseHere("these routes are no longer held by this shift: " + held.error().text(), held.error());
    return held.has_value();
}

void ShiftMachine::setAgain(const std::stop_token& end)
{
    std::vector<RouteReading> readings;
    if (!prepare(readings))
        return;
    const auto note = [this](std::size_t move) {
        const auto& route = m_status.routes[move];
        const bool there = isAt(route.accepted, route.desired);
        edit([&](PlanStatus& it) {
            it.routes[move].undone = there ? Weights() : route.accepted;
            it.routes[move].state = there ? RouteProgress::State::Accepted : RouteProgress::State::Writing;
            it.routes[move].error.reset();
        });
        // Before the first step there is nothing to confirm.
        m_confirmed = m_confirmed && (!there || m_status.step == 0);
    };
    const auto arrived = [this] {
        m_justResumed = false;
        say(m_status.step == 0 ? m_status.phase : ShiftPhase::Confirming, "what was forgotten is set again");
    };
    std::string waits;
    std::vector<std::size_t> left;
    for (std::size_t i = 0; const auto move : live()) {
        const auto& pending = readings[i++].pending;
        if (m_status.routes[move].undone.empty())
            continue;
        // What a router was told and has not taken yet is not sent again.
        if (!pending.empty())
            add(waits, m_status.routes[move].route + ": " + pending);
        else if (isAt(m_status.routes[move].accepted, m_status.routes[move].desired))
            note(move);
        else
            left.push_back(move);
    }
    if (left.empty() && waits.empty())
        return arrived();
    if (left.empty() && since(m_confirmBegan) >= m_timing.stuckAfter)
        return pauseHere("stuck: " + waits);
    if (left.empty()) {
        say(m_status.phase, "waiting: " + waits);
        (void)rest(m_timing.poll, end);
        return;
    }
    if (!isAllowed(readings) || !isHeld())
        return;
    std::vector<Weights> next(m_status.routes.size());
    // The log has what is written now, which may be a part of the way to what the step had brought.
    auto intended = m_status;
    for (const auto move : left) {
        const auto& route = m_status.routes[move];
        const auto steps = rampSteps(route.accepted, route.desired, m_watch[move].takesWhole ? 100 : m_timing.largestStepBack);
        intended.routes[move].desired = next[move] = steps && !steps->empty() ? steps->front() : route.desired;
    }
    if (const auto told = m_hooks.witness ? m_hooks.witness({ .kind = ShiftEvent::Kind::StepIntended, .status = intended, .judgement = nullptr, .person = {} }) : Result<>(); !told)
        return pauseHere("the audit log could not be written", told.error());
    // From here on whatever a router has between what it woke up with and what it is to have is ours.
    if (const auto kept = keep(); !kept)
        return pauseHere("the journal could not be written", kept.error());
    say(ShiftPhase::Writing, "setting again what was forgotten");
    std::vector<std::pair<std::string, std::string>> orders(m_status.routes.size()); // version, key
    for (const auto move : left) {
        const auto& route = m_status.routes[move];
        orders[move] = { route.version, m_status.id + "/again/" + route.route + " from " + route.version };
        m_watch[move].intent = next[move];
        m_watch[move].before = route.accepted;
        m_watch[move].window = 0;
        m_watch[move].quietReadings = 0;
    }
    const auto answers = ask(left, [orders, next](std::size_t move, Router& router) { return router.apply(next[move], orders[move].first, orders[move].second); });
    std::vector<std::size_t> failed, silent;
    for (std::size_t i = 0; i < left.size(); ++i) {
        const auto move = left[i];
        auto& route = m_status.routes[move];
        if (!answers[i] || !*answers[i]) {
            auto error = answers[i] ? answers[i]->error() : Error { Error::Kind::Unavailable, "the router does not answer", route.route, "resume when it does" };
            if (error.kind == Error::Kind::Unavailable) {
                edit([&](PlanStatus& it) { it.routes[move].error = std::move(error); });
                silent.push_back(move);
            } else {
                drop(move, std::move(error));
                failed.push_back(move);
            }
            continue;
        }
        edit([&](PlanStatus& it) { it.routes[move].version = (*answers[i])->version; });
        if (look(move, **answers[i]) == Seen::Foreign) {
            failed.push_back(move);
            continue;
        }
        note(move);
        m_watch[move].before.reset();
    }
    m_confirmBegan = Steady::now();
    if (goOnWithout(failed, false) && goOnWithout(silent, true) && undone().empty())
        arrived();
}

void ShiftMachine::makeStep()
{
    m_stepBegan = Steady::now();
    std::vector<RouteReading> readings;
    if (!prepare(readings) || !isAllowed(readings) || !isHeld())
        return;
    m_justResumed = false;
    write(m_status.stepsDone + 1);
}

Error ShiftMachine::takeBack(std::size_t move, const std::string& refused)
{
    const auto& route = m_status.routes[move];
    const auto before = splitAfter(move, m_status.step - 1);
    Error error { Error::Kind::Refused, refused, route.route, "the weights are not in force" };
    auto intended = m_status;
    intended.routes[move].desired = before;
    intended.note = "taking back what the router refuses";
    if (const auto told = m_hooks.witness ? m_hooks.witness({ .kind = ShiftEvent::Kind::StepIntended, .status = intended, .judgement = nullptr, .person = {} }) : Result<>(); !told) {
        error.what += "; the weights were not taken back, as the audit log could not be written: " + told.error().text();
        return error;
    }
    const auto key = m_status.id + "/refused/" + route.route + " from " + route.version;
    const auto answer = ask({ move }, [before, key, version = route.version](std::size_t, Router& router) { return router.apply(before, version, key); }).front();
    if (answer && *answer)
        edit([&](PlanStatus& it) {
            it.routes[move].version = (*answer)->version;
            it.routes[move].accepted = (*answer)->accepted();
        });
    error.what += answer && *answer ? "; the weights were taken back" : "; the weights could not be taken back: " + (answer ? answer->error().what : "the router does not answer");
    return error;
}

bool ShiftMachine::prepare(std::vector<RouteReading>& readings)
{
    const auto moves = live();
    if (moves.empty()) {
        finish(ShiftPhase::Failed, Error { Error::Kind::Unavailable, "no route is left that can be moved", m_status.id, "look at the routes, then plan again" });
        return false;
    }
    const auto answers = read(moves, isEmergency());
    std::vector<std::size_t> changed, silent, forgotten;
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
        if (const auto seen = look(move, **answers[i]); seen == Seen::Foreign)
            changed.push_back(move);
        else if (seen == Seen::Forgotten)
            forgotten.push_back(move);
        else if (m_status.returning()) {
            const auto& accepted = m_status.routes[move].accepted;
            const auto& begin = splitAfter(move, m_status.stepsDone);
            moved = moved || (!isAt(accepted, begin) && !isAt(accepted, splitAfter(move, m_status.stepsDone + 1)));
        }
    }
    if (!goOnWithout(changed, false) || !goOnWithout(silent, true) || !goOnAsTold(forgotten))
        return false;
    if (moved) {
        // A write that was still under way when the way back was planned.
        beginBackHere();
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
            it.safeReturn = way.verdict == Interlock::Verdict::Pass;
        }
    });
    if (const auto told = tell(ShiftEvent::Kind::Judged, {}, &judgement); !told) {
        pauseHere("the audit log could not be written", told.error());
        return false;
    }
    if (const auto why = blockersOf(judgement, m_status.returning()); !why.empty()) {
        const auto text = (m_status.returning() ? "no safe return now: " : "") + why;
        pauseHere("paused by: " + rulesText(holdingUp(judgement.interlocks, m_status.returning())) + (m_status.returning() ? "; no safe return now" : ""),
            Error { Error::Kind::Refused, "refused by interlocks: " + text, m_status.id, "resume when this has changed, go back, or stop" });
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
        noteRecovery(it, m_clock());
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
    edit([&](PlanStatus& it) {
        it.record.back().acceptedAfter = since(m_stepBegan);
        noteRecovery(it, m_clock());
    });
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
        if (look(move, **answer) == Seen::Foreign)
            return route.error;
        if (!isAt(route.accepted, route.desired) && (*answer)->pending.empty())
            return Error { Error::Kind::Conflict, "the router accepted other weights than were sent", route.route, "somebody else may be changing this route" };
        // What it has taken down and does not serve yet, it does not have.
        edit([&](PlanStatus& it) { it.routes[move].state = (*answer)->pending.empty() ? RouteProgress::State::Accepted : RouteProgress::State::Writing; });
        return std::nullopt;
    }
    // Whether it was done is for the router to say, not for the lost answer.
    const auto now = read({ move });
    if (!now.front() || !*now.front())
        return answer->error().kind == Error::Kind::Conflict ? answer->error() : Error { Error::Kind::Unavailable, answer->error().what, answer->error().where, "resume when it answers" };
    const auto before = route.version;
    const bool same = (*now.front())->version == before;
    const auto seen = look(move, **now.front());
    const bool ours = seen == Seen::Ours;
    if (isAt(route.accepted, route.desired)) {
        m_watch[move].before.reset();
        edit([&](PlanStatus& it) {
            it.routes[move].state = RouteProgress::State::Accepted;
            it.routes[move].note = "the answer to the write was lost, the router has it";
        });
        return std::nullopt;
    }
    // A write that was cut off is written again, from where the router stands.
    if (seen == Seen::Forgotten)
        return route.error;
    again = (same || ours) && answer->error().kind == Error::Kind::Unavailable;
    if (!same && !ours && answer->error().kind != Error::Kind::Conflict)
        return Error { Error::Kind::Conflict, answer->error().what + "; " + conflictText(**now.front()), route.route, "look at the weights, then plan again" };
    return answer->error();
}

} // namespace penstock
