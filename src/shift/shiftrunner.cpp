// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "shift/shiftrunner.h"

#include <cmath>
#include <utility>

namespace penstock {

ShiftRunner::ShiftRunner(std::shared_ptr<Router> router, std::shared_ptr<Journal> journal, ShiftPlan plan,
    std::function<void(const ShiftStatus&)> changed, Clock clock, Timing timing)
    : m_router(std::move(router))
    , m_journal(std::move(journal))
    , m_changed(std::move(changed))
    , m_clock(std::move(clock))
    , m_timing(timing)
{
    m_version = plan.fromVersion;
    m_status.accepted = plan.from;
    m_status.desired = plan.from;
    m_status.startedAt = m_clock();
    m_status.plan = std::move(plan);
    m_thread = std::jthread([this](const std::stop_token& end) { run(end); });
}

ShiftRunner::~ShiftRunner() = default;

void ShiftRunner::give(Command command)
{
    const std::lock_guard lock(m_mutex);
    m_command = command;
    m_wake.notify_all();
}

void ShiftRunner::pause() { give(Command::Pause); }
void ShiftRunner::resume() { give(Command::Resume); }
void ShiftRunner::goBack() { give(Command::GoBack); }
void ShiftRunner::stop() { give(Command::Stop); }

ShiftStatus ShiftRunner::status() const
{
    const std::lock_guard lock(m_mutex);
    return m_status;
}

bool ShiftRunner::rest(std::chrono::milliseconds time, const std::stop_token& end)
{
    std::unique_lock lock(m_mutex);
    return m_wake.wait_for(lock, end, time, [this] { return m_command != Command::None; }) || end.stop_requested();
}

ShiftRunner::Command ShiftRunner::take()
{
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_command, Command::None);
}

void ShiftRunner::say(ShiftPhase phase, std::string text)
{
    ShiftStatus copy;
    {
        const std::lock_guard lock(m_mutex);
        m_status.phase = phase;
        m_status.note = std::move(text);
        copy = m_status;
    }
    m_changed(copy);
}

void ShiftRunner::note(const RouteReading& reading)
{
    const std::lock_guard lock(m_mutex);
    m_version = reading.version;
    m_status.accepted = reading.accepted();
    m_status.observed.clear();
    for (const auto& backend : reading.backends)
        m_status.observed.push_back(backend.observed);
}

void ShiftRunner::end(ShiftPhase phase, std::optional<Error> error)
{
    {
        const std::lock_guard lock(m_mutex);
        m_status.error = std::move(error);
        m_status.endedAt = m_clock();
        m_status.phaseEndsAt.reset();
        m_status.phase = phase;
    }
    // The journal must not lose the end; when it can't be written, the status says so.
    if (m_journal)
        if (const auto kept = m_journal->record(status()); !kept)
            return say(phase, "the journal could not be written: " + kept.error().text());
    say(phase, status().note);
}

bool ShiftRunner::writeStep(const Weights& weights, const std::string& key)
{
    {
        const std::lock_guard lock(m_mutex);
        m_status.desired = weights;
    }
    say(status().phase == ShiftPhase::Returning ? ShiftPhase::Returning : ShiftPhase::Writing);
    if (m_journal)
        if (const auto kept = m_journal->record(status()); !kept) {
            end(ShiftPhase::Failed, kept.error());
            return false;
        }
    const auto reading = m_router->apply(weights, m_version, key);
    if (!reading) {
        // What the router has now is the truth that the status should end on, if it still answers.
        if (const auto now = m_router->read())
            note(*now);
        end(ShiftPhase::Failed, reading.error());
        return false;
    }
    note(*reading);
    const auto accepted = reading->accepted();
    for (std::size_t i = 0; i < weights.size(); ++i)
        if (i >= accepted.size() || std::abs(accepted[i] - weights[i]) > 0.6) {
            end(ShiftPhase::Failed,
                Error { Error::Kind::Conflict, "the router accepted other weights than were sent", m_status.plan.route,
                    "somebody else may be changing this route" });
            return false;
        }
    return true;
}

bool ShiftRunner::confirm(const std::stop_token& end)
{
    const bool returning = status().phase == ShiftPhase::Returning;
    const auto confirming = returning ? ShiftPhase::Returning : ShiftPhase::Confirming;
    say(confirming, "waiting until the observed split agrees");
    auto waited = std::chrono::milliseconds(0);
    for (;;) {
        const auto reading = m_router->read();
        if (!reading) {
            this->end(ShiftPhase::Failed, reading.error());
            return false;
        }
        const auto desired = status().desired;
        if (reading->version != m_version) {
            note(*reading);
            this->end(ShiftPhase::Failed,
                Error { Error::Kind::Conflict, "somebody else changed the route: " + reading->drift, status().plan.route,
                    "look at the weights, then plan again" });
            return false;
        }
        note(*reading);
        bool measured = true, agrees = true;
        for (std::size_t i = 0; i < desired.size(); ++i) {
            const auto& observed = reading->backends[i].observed;
            measured = measured && observed;
            agrees = agrees && observed && std::abs(*observed - desired[i]) <= m_timing.tolerance;
        }
        if (agrees) {
            say(confirming, "observed agrees");
            return true;
        }
        if (!measured && waited >= 2 * m_timing.poll) {
            say(confirming, "too few requests to observe the split; accepted suffices");
            return true;
        }
        if (waited >= m_timing.stuckAfter) {
            say(ShiftPhase::Paused, "stuck: the observed split does not follow");
            return true;
        }
        if (rest(m_timing.poll, end))
            return true;
        waited += m_timing.poll;
    }
}

void ShiftRunner::run(const std::stop_token& end)
{
    const auto plan = status().plan;
    std::size_t done = 0; ///< steps that stand
    bool returning = false, paused = false;
    for (;;) {
        switch (take()) {
        case Command::Pause: paused = true; break;
        case Command::Resume: paused = false; break;
        case Command::GoBack:
            returning = true;
            paused = false;
            break;
        case Command::Stop: return this->end(ShiftPhase::Stopped);
        case Command::None: break;
        }
        if (end.stop_requested()) {
            say(ShiftPhase::Paused, "the program ended");
            if (m_journal)
                (void)m_journal->record(status());
            return;
        }
        if (paused) {
            if (status().phase != ShiftPhase::Paused)
                say(ShiftPhase::Paused, "paused; nothing is written until it is resumed");
            (void)rest(std::chrono::hours(1), end);
            continue;
        }
        if (returning && done == 0)
            return this->end(ShiftPhase::Returned);
        if (!returning && done == plan.steps.size())
            return this->end(ShiftPhase::Done);

        const auto next = returning ? done - 1 : done + 1;
        {
            const std::lock_guard lock(m_mutex);
            m_status.step = next;
            m_status.phaseEndsAt.reset();
            m_status.phase = returning ? ShiftPhase::Returning : ShiftPhase::Writing;
        }
        const auto& weights = next == 0 ? plan.from : plan.steps[next - 1];
        if (!writeStep(weights, plan.id + "/" + std::to_string(++m_attempt)))
            return;
        done = next;
        if (!confirm(end))
            return;
        if (status().phase == ShiftPhase::Paused) {
            paused = true;
            continue;
        }
        const bool last = returning ? done == 0 : done == plan.steps.size();
        if (last || status().phase == ShiftPhase::Returning)
            continue;
        {
            const std::lock_guard lock(m_mutex);
            m_status.phaseEndsAt = m_clock() + plan.bake;
        }
        say(ShiftPhase::Baking, status().note);
        (void)rest(plan.bake, end);
    }
}

} // namespace penstock
