// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "shift/shiftmachine.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "machineparts.h"
#include "planner/steps.h"
#include "shift/statustext.h"

namespace penstock {

namespace {

    using namespace std::chrono_literals;

    /// Of a pause, without what happens when it is resumed.
    std::string reasonOf(const std::string& note)
    {
        return note.substr(0, std::min({ note.find("; resumed, "), note.find("; nothing more is written"), note.find("; nothing is written") }));
    }

    std::optional<std::chrono::milliseconds> usual(std::span<const PlanStatus> past)
    {
        std::vector<std::chrono::milliseconds> took;
        for (const auto& status : past)
            for (const auto& step : status.record)
                if (step.confirmedAfter)
                    took.push_back(*step.confirmedAfter);
        if (took.empty())
            return std::nullopt;
        const auto at = took.begin() + static_cast<std::ptrdiff_t>(took.size() * 3 / 4);
        std::ranges::nth_element(took, at);
        return *at;
    }

} // namespace

std::chrono::milliseconds stuckAfter(std::span<const PlanStatus> past)
{
    const auto took = usual(past);
    return took ? std::clamp<std::chrono::milliseconds>(3 * *took, 15s, 120s) : std::chrono::milliseconds(60s);
}

std::chrono::milliseconds usualConfirmation(std::span<const PlanStatus> past)
{
    return usual(past).value_or(3s);
}

bool isAt(const Weights& accepted, const Weights& wanted)
{
    return accepted.size() == wanted.size()
        && std::ranges::equal(accepted, wanted, [](double a, double b) { return std::abs(a - b) <= largestRounding; });
}

std::string blockersOf(const Judgement& judgement, bool returning)
{
    std::string said;
    for (const auto* it : holdingUp(judgement.interlocks, returning))
        said += (said.empty() ? "" : "; ") + it->title + ": " + it->evidence;
    return said;
}

ShiftMachine::ShiftMachine(std::vector<std::shared_ptr<Router>> routers, std::shared_ptr<Journal> journal, PlanStatus begin,
    std::vector<GuardLimits> limits, ShiftHooks hooks, Clock clock, ShiftTiming timing)
    : m_journal(std::move(journal))
    , m_limits(std::move(limits))
    , m_hooks(std::move(hooks))
    , m_clock(std::move(clock))
    , m_timing(timing)
    , m_status(std::move(begin))
    , m_watch(routers.size())
{
    if (m_status.phase == ShiftPhase::Planned) {
        if (m_status.startedAt == Time {})
            m_status.startedAt = m_clock();
        m_status.routes.clear();
        for (const auto& move : m_status.plan.moves)
            m_status.routes.push_back({ .route = move.route, .state = RouteProgress::State::Waiting, .version = move.version, .desired = move.from, .accepted = move.from,
                .observed = {}, .windowRequests = 0, .note = {}, .error = {} });
    } else {
        m_paused = m_wasJudged = true;
        // How long a step has been watched is not known once its program has ended: it is watched anew.
        m_baked = m_status.returning() || m_status.stepsDone == 0 || m_status.step > m_status.stepsDone;
        m_arrived = m_status.recovery && m_status.stepsDone == m_status.plan.steps();
    }
    m_limits.resize(routers.size());
    for (auto& router : routers)
        m_hands.push_back(std::make_unique<RouterHand>(std::move(router), [this] {
            const std::lock_guard lock(m_mutex);
            m_wake.notify_all();
        }));
    m_thread = std::jthread([this](const std::stop_token& end) { run(end); });
}

ShiftMachine::~ShiftMachine() = default;

void ShiftMachine::give(Order order, std::string person)
{
    const std::lock_guard lock(m_mutex);
    m_commands.push_back({ order, std::move(person) });
    m_wake.notify_all();
}

void ShiftMachine::pause(std::string person) { give(Order::Pause, std::move(person)); }
void ShiftMachine::resume(std::string person) { give(Order::Resume, std::move(person)); }
void ShiftMachine::goBack(std::string person) { give(Order::GoBack, std::move(person)); }
void ShiftMachine::stop(std::string person) { give(Order::Stop, std::move(person)); }

PlanStatus ShiftMachine::status() const
{
    const std::lock_guard lock(m_mutex);
    return m_status;
}

bool ShiftMachine::isOver() const
{
    const std::lock_guard lock(m_mutex);
    return penstock::isOver(m_status.phase);
}

bool ShiftMachine::rest(std::chrono::milliseconds time, const std::stop_token& end)
{
    std::unique_lock lock(m_mutex);
    return m_wake.wait_for(lock, end, time, [this] { return !m_commands.empty(); }) || end.stop_requested();
}

bool ShiftMachine::interrupted(const std::stop_token& end)
{
    const std::lock_guard lock(m_mutex);
    return !m_commands.empty() || end.stop_requested();
}

void ShiftMachine::say(ShiftPhase phase, std::string note)
{
    edit([&](PlanStatus& it) {
        it.phase = phase;
        it.note = std::move(note);
    });
    if (m_hooks.changed)
        m_hooks.changed(m_status);
}

Result<> ShiftMachine::keep()
{
    if (!m_journal)
        return {};
    return m_journal->record({ .shift = m_status.id, .state = textOf(m_status), .over = penstock::isOver(m_status.phase), .at = m_clock() });
}

Result<> ShiftMachine::tell(ShiftEvent::Kind kind, const std::string& person, const Judgement* judgement)
{
    return m_hooks.witness ? m_hooks.witness({ .kind = kind, .status = m_status, .judgement = judgement, .person = person, .again = judgement && std::exchange(m_wasJudged, true) }) : Result<>();
}

void ShiftMachine::forgetRecovery()
{
    if (!m_arrived && !m_status.returning())
        edit([](PlanStatus& it) { it.recovery.reset(); });
}

void ShiftMachine::pauseHere(std::string note, std::optional<Error> error, const std::string& person)
{
    // Nobody waits for what is only rehearsed: what would have held it up is what the rehearsal was to find.
    if (m_status.rehearsal && note != programEnded && (error || !note.starts_with("paused"))) {
        auto found = error.value_or(Error { Error::Kind::Refused, note, {}, {} });
        found.hint.clear();
        edit([&](PlanStatus& it) { it.note = std::move(note); });
        return finish(ShiftPhase::Failed, std::move(found));
    }
    m_paused = true;
    forgetRecovery();
    edit([&](PlanStatus& it) {
        it.phase = ShiftPhase::Paused;
        it.phaseEndsAt.reset();
        it.error = std::move(error);
        it.note = note;
    });
    // It stands still whatever becomes of these two; what they could not keep is said.
    if (const auto kept = keep(); !kept)
        note += "; the journal could not be written: " + kept.error().text();
    if (const auto told = tell(ShiftEvent::Kind::Paused, person); !told)
        note += "; the audit log could not be written: " + told.error().text();
    say(ShiftPhase::Paused, std::move(note));
}

void ShiftMachine::finish(ShiftPhase phase, std::optional<Error> error, const std::string& person)
{
    edit([&](PlanStatus& it) {
        it.phase = phase;
        it.error = std::move(error);
        it.endedAt = m_clock();
        it.phaseEndsAt.reset();
    });
    auto note = m_status.note;
    // First: a program that ends between the two ends it again, and it is recorded once all the same.
    const auto kind = phase == ShiftPhase::Done ? ShiftEvent::Kind::Done
        : phase == ShiftPhase::Returned         ? ShiftEvent::Kind::Returned
        : phase == ShiftPhase::Stopped          ? ShiftEvent::Kind::Stopped
                                                : ShiftEvent::Kind::Failed;
    if (const auto told = tell(kind, person); !told)
        note += "; the audit log could not be written: " + told.error().text();
    if (const auto kept = keep(); !kept)
        note += "; the journal could not be written: " + kept.error().text();
    say(phase, std::move(note));
}

bool ShiftMachine::isExpired() const
{
    return m_status.expiresAt && !m_status.returning() && m_clock() >= *m_status.expiresAt;
}

Plan ShiftMachine::planBack(const std::string& why, const std::string& person) const
{
    Plan back;
    back.person = person.empty() ? m_status.plan.person : person;
    back.reason = "way back of " + m_status.id + ": " + why;
    back.plannedAt = m_clock();
    back.bake = 0ms;
    for (std::size_t m = 0; m < m_status.routes.size(); ++m) {
        const auto& progress = m_status.routes[m];
        const auto& from = m_status.plan.moves[m].from;
        if (progress.state == RouteProgress::State::Failed)
            continue;
        // However little was given is given back: the router has had exactly this split before.
        if (auto steps = rampSteps(progress.accepted, from, m_watch[m].takesWhole ? 100 : m_timing.largestStepBack); steps && !steps->empty())
            back.moves.push_back({ .route = progress.route, .version = progress.version, .from = progress.accepted, .steps = std::move(*steps), .known = m_status.plan.moves[m].known });
    }
    return back;
}

void ShiftMachine::beginReturn(const std::string& why, const std::string& person)
{
    // What the routers have now is where the way back begins, also where a step was half made.
    std::vector<std::size_t> all;
    for (std::size_t m = 0; m < m_status.routes.size(); ++m)
        if (m_status.routes[m].state != RouteProgress::State::Failed)
            all.push_back(m);
    const auto answers = read(all);
    for (std::size_t i = 0; i < all.size(); ++i)
        if (answers[i] && *answers[i])
            (void)look(all[i], **answers[i]);
    auto back = planBack(why, person);
    forgetRecovery();
    edit([&](PlanStatus& it) {
        it.back = std::move(back);
        it.step = it.stepsDone = 0;
        it.phase = ShiftPhase::Returning;
        it.error.reset();
        it.phaseEndsAt.reset();
        it.note = "going back: " + why;
        for (auto& route : it.routes)
            route.undone.clear();
    });
    m_paused = false;
    m_confirmed = m_baked = true;
    if (const auto told = tell(ShiftEvent::Kind::Returning, person); !told)
        return pauseHere("the audit log could not be written", told.error());
    if (const auto kept = keep(); !kept)
        return pauseHere("the journal could not be written", kept.error());
    say(ShiftPhase::Returning, m_status.note);
}

bool ShiftMachine::awaitLastWrite(const std::stop_token& end)
{
    if (m_status.record.empty() || m_status.record.back().acceptedAfter)
        return true;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(m_status.record.back().writtenAt + m_timing.lateFor - m_clock());
    if (left <= 0ms || left > m_timing.lateFor)
        return true;
    const auto phase = m_status.phase;
    const auto note = m_status.note;
    say(ShiftPhase::Returning, "going back: a write of before may still be on its way: waits " + std::to_string(std::chrono::ceil<std::chrono::seconds>(left).count()) + " s for it");
    (void)keep(); // for those who look on from another process; the step and what was sent stay as they are
    if (!rest(left, end))
        return true;
    say(phase, note);
    (void)keep();
    return false;
}

void ShiftMachine::obey(const Command& command, const std::stop_token& end)
{
    edit([](PlanStatus& it) { it.abandoned = false; });
    switch (command.order) {
    case Order::Pause:
        if (!m_paused)
            pauseHere((command.person.empty() ? "paused" : "paused by " + command.person) + "; nothing is written until it is resumed"
                    + (m_status.expiresAt && !m_status.returning() ? ", or returns by itself when its time is up" : ""), {}, command.person);
        break;
    case Order::Resume:
        if (!m_paused)
            break;
        if (const auto told = tell(ShiftEvent::Kind::Resumed, command.person); !told)
            return pauseHere("the audit log could not be written", told.error());
        m_paused = false;
        m_justResumed = true;
        // What paused at its target is no more at its end than it was: how it is answered is looked at again.
        if (!m_status.returning() && m_status.step > 0 && m_status.stepsDone >= m_status.plan.steps())
            m_baked = false;
        m_confirmBegan = Steady::now();
        for (auto& watch : m_watch)
            watch.silentSince.reset();
        edit([](PlanStatus& it) { it.error.reset(); });
        // What was confirmed before still is, and is what is to be read while it bakes.
        say(m_status.returning() ? ShiftPhase::Returning : ShiftPhase::Confirming, m_confirmed && !m_status.record.empty() ? m_status.record.back().note : "resumed");
        (void)keep(); // for those who look on from another process; the next step is kept before it is written
        break;
    case Order::GoBack:
        if (m_status.returning() && !m_paused)
            break;
        if (awaitLastWrite(end))
            beginReturn(command.person.empty() ? "asked for" : "asked for by " + command.person, command.person);
        break;
    case Order::Stop:
        forgetRecovery();
        // Why it had paused is why it was stopped; what was being done, or was to be done once it is resumed, is past.
        edit([&](PlanStatus& it) { it.note = "stopped where it stands" + (m_paused ? "; it " + (it.note.starts_with("paused") ? "was " : std::string("had paused: ")) + reasonOf(it.note) : std::string()); });
        finish(ShiftPhase::Stopped, {}, command.person);
        break;
    }
}

void ShiftMachine::run(const std::stop_token& end)
{
    if (m_status.phase == ShiftPhase::Planned) {
        if (const auto told = tell(ShiftEvent::Kind::Started, m_status.plan.person); !told)
            return finish(ShiftPhase::Failed, told.error());
        if (const auto kept = keep(); !kept)
            return finish(ShiftPhase::Failed, kept.error());
        say(ShiftPhase::Planned, "started");
    }
    while (!penstock::isOver(m_status.phase)) {
        std::optional<Command> command;
        {
            const std::lock_guard lock(m_mutex);
            if (!m_commands.empty()) {
                command = std::move(m_commands.front());
                m_commands.pop_front();
            }
        }
        if (command) {
            obey(*command, end);
            continue;
        }
        if (end.stop_requested()) {
            if (!m_paused)
                pauseHere(std::string(programEnded));
            return;
        }
        if (isExpired()) {
            beginReturn("its time is over", {});
            continue;
        }
        if (m_paused) {
            const auto forever = std::chrono::milliseconds(1h);
            const auto left = m_status.expiresAt && !m_status.returning() ? std::chrono::ceil<std::chrono::milliseconds>(*m_status.expiresAt - m_clock()) : forever;
            (void)rest(std::clamp(left, 1ms, forever), end);
            continue;
        }
        if (!undone().empty()) {
            setAgain(end);
            continue;
        }
        if (!m_confirmed) {
            confirm(end);
            continue;
        }
        const bool complete = m_status.stepsDone >= m_status.leg().steps();
        if (!m_baked) {
            bake(end, std::nullopt);
            continue;
        }
        if (!complete) {
            makeStep();
            continue;
        }
        std::string failed;
        for (const auto& route : m_status.routes)
            if (route.state == RouteProgress::State::Failed)
                failed += (failed.empty() ? "" : "; ") + route.route + ": " + (route.error ? route.error->text() : std::string("failed"));
        if (!failed.empty())
            finish(ShiftPhase::Failed, Error { Error::Kind::Unavailable, (m_status.returning() ? "not every route is back: " : "not every route arrived: ") + failed, {}, "look at these routes, then plan again" });
        else if (m_status.returning())
            finish(ShiftPhase::Returned);
        else if (m_status.expiresAt)
            bake(end, m_status.expiresAt);
        else {
            if (const auto left = leftBehind(m_status); !left.empty())
                edit([&](PlanStatus& it) { it.note += "; NOT all of it has left: " + left; });
            finish(ShiftPhase::Done);
        }
    }
}

} // namespace penstock
