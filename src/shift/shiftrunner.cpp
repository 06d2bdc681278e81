// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "shift/shiftrunner.h"

#include <cmath>
#include <utility>

namespace penstock {

namespace {

    /// Percentage points by which a router with integer weights may miss a share.
    constexpr double largestRounding = 0.6;

} // namespace

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
    m_commands.push_back(command);
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
    return m_wake.wait_for(lock, end, time, [this] { return !m_commands.empty(); }) || end.stop_requested();
}

std::optional<ShiftRunner::Command> ShiftRunner::take()
{
    const std::lock_guard lock(m_mutex);
    if (m_commands.empty())
        return std::nullopt;
    const auto command = m_commands.front();
    m_commands.pop_front();
    return command;
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

Result<> ShiftRunner::keep()
{
    return m_journal ? m_journal->record(status()) : Result<>();
}

bool ShiftRunner::writeStep(const Weights& weights, const std::string& key)
{
    {
        const std::lock_guard lock(m_mutex);
        m_status.desired = weights;
        m_status.phaseEndsAt.reset();
    }
    say(status().phase);
    // The intent is on disk before the router hears of it.
    if (const auto kept = keep(); !kept) {
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
        if (i >= accepted.size() || std::abs(accepted[i] - weights[i]) > largestRounding) {
            end(ShiftPhase::Failed,
                Error { Error::Kind::Conflict, "the router accepted other weights than were sent", status().plan.route,
                    "somebody else may be changing this route" });
            return false;
        }
    return true;
}

ShiftRunner::Confirmation ShiftRunner::confirm(const std::stop_token& end)
{
    const bool returning = status().phase == ShiftPhase::Returning;
    const auto confirming = returning ? ShiftPhase::Returning : ShiftPhase::Confirming;
    const auto desired = status().desired;
    auto waited = std::chrono::milliseconds(0);
    std::uint64_t before = 0;
    for (;;) {
        const auto reading = m_router->read();
        if (!reading) {
            this->end(ShiftPhase::Failed, reading.error());
            return Confirmation::Failed;
        }
        const bool changed = reading->version != m_version;
        note(*reading);
        if (changed || reading->backends.size() != desired.size()) {
            this->end(ShiftPhase::Failed,
                Error { Error::Kind::Conflict,
                    "somebody else changed the route" + (reading->drift.empty() ? "" : ": " + reading->drift), status().plan.route,
                    "look at the weights, then plan again" });
            return Confirmation::Failed;
        }
        bool measured = true, agrees = true;
        std::string down;
        for (std::size_t i = 0; i < desired.size(); ++i) {
            const auto& backend = reading->backends[i];
            measured = measured && backend.observed;
            agrees = agrees && backend.observed && std::abs(*backend.observed - desired[i]) <= m_timing.tolerance;
            if (desired[i] > 0 && backend.condition >= BackendReading::Condition::Draining)
                down += (down.empty() ? "" : ", ") + backend.name + " takes no requests" + (backend.note.empty() ? "" : " (" + backend.note + ")");
        }
        if (agrees) {
            say(confirming, "observed agrees");
            return Confirmation::Agreed;
        }
        // Where nothing arrives nothing can be seen; where something does, a little patience gets a measurement.
        const bool quiet = waited >= 2 * m_timing.poll && reading->windowRequests == before;
        if (!measured && down.empty() && (quiet || waited >= m_timing.fewAfter)) {
            say(confirming, "too few requests to observe the split (" + std::to_string(reading->windowRequests)
                    + "); accepted suffices");
            return Confirmation::Agreed;
        }
        if (waited >= m_timing.stuckAfter) {
            say(ShiftPhase::Paused, "stuck: " + (down.empty() ? "the observed split does not follow" : down));
            return Confirmation::Stuck;
        }
        say(confirming, down.empty() ? "waiting until the observed split agrees" : "waiting: " + down);
        before = reading->windowRequests;
        if (rest(m_timing.poll, end))
            return Confirmation::Interrupted;
        waited += m_timing.poll;
    }
}

void ShiftRunner::run(const std::stop_token& end)
{
    const auto plan = status().plan;
    std::size_t done = 0; ///< steps that stand
    bool returning = false, paused = false;
    bool confirmed = true, baked = true; ///< of the step that stands
    for (;;) {
        if (const auto command = take()) {
            switch (*command) {
            case Command::Pause: paused = true; break;
            case Command::Resume: paused = false; break;
            case Command::GoBack:
                returning = confirmed = baked = true;
                paused = false;
                break;
            case Command::Stop: return this->end(ShiftPhase::Stopped);
            }
            continue;
        }
        if (end.stop_requested()) {
            say(ShiftPhase::Paused, "the program ended");
            (void)keep();
            return;
        }
        if (paused) {
            if (status().phase != ShiftPhase::Paused) {
                say(ShiftPhase::Paused, "paused; nothing is written until it is resumed");
                (void)keep();
            }
            (void)rest(std::chrono::hours(1), end);
            continue;
        }
        if (!confirmed) {
            {
                const std::lock_guard lock(m_mutex);
                m_status.phase = returning ? ShiftPhase::Returning : ShiftPhase::Confirming;
            }
            const auto confirmation = confirm(end);
            if (confirmation == Confirmation::Failed)
                return;
            confirmed = confirmation == Confirmation::Agreed;
            paused = confirmation == Confirmation::Stuck;
            if (paused)
                (void)keep();
            continue;
        }
        if (returning && done == 0)
            return this->end(ShiftPhase::Returned);
        if (!returning && done == plan.steps.size())
            return this->end(ShiftPhase::Done);
        if (!baked) {
            {
                const std::lock_guard lock(m_mutex);
                m_status.phaseEndsAt = m_clock() + plan.bake;
            }
            say(ShiftPhase::Baking, status().note);
            baked = !rest(plan.bake, end);
            continue;
        }

        const auto next = returning ? done - 1 : done + 1;
        {
            const std::lock_guard lock(m_mutex);
            m_status.step = next;
            m_status.phase = returning ? ShiftPhase::Returning : ShiftPhase::Writing;
        }
        // The version in the key keeps a later run of the same shift from being taken for a repetition.
        const auto key = plan.id + "/" + std::to_string(next) + (returning ? " back" : "") + " from " + m_version;
        if (!writeStep(next == 0 ? plan.from : plan.steps[next - 1], key))
            return;
        done = next;
        confirmed = false;
        baked = returning;
    }
}

} // namespace penstock
