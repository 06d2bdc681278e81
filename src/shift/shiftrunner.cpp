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
    std::function<void(const ShiftStatus&)> changed, Clock clock, Timing timing, std::shared_ptr<AuditLog> audit)
    : m_router(std::move(router))
    , m_journal(std::move(journal))
    , m_audit(std::move(audit))
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
    // Neither may lose the end; when one can't be written, the status says so.
    auto text = status().note;
    if (const auto kept = keep(); !kept)
        text = "the journal could not be written: " + kept.error().text();
    if (m_audit)
        if (const auto kept = m_audit->append({ status().plan.id, status().plan.hash, status().plan.simulated, auditEnd() }); !kept)
            text = "the end could not be written to the audit log: " + kept.error().text();
    say(phase, text);
}

Result<> ShiftRunner::keep()
{
    return m_journal ? m_journal->record(status()) : Result<>();
}

bool ShiftRunner::record(AuditBody body)
{
    if (!m_audit)
        return true;
    const auto now = status();
    const auto kept = m_audit->append({ now.plan.id, now.plan.hash, now.plan.simulated, std::move(body) });
    if (kept)
        return true;
    {
        const std::lock_guard lock(m_mutex);
        m_status.error = kept.error();
        m_status.error->what = "the audit log cannot be written, so nothing is sent: " + kept.error().what;
        if (m_status.error->hint.empty())
            m_status.error->hint = "make room for it or repair it, then resume";
        m_status.phaseEndsAt.reset();
    }
    say(ShiftPhase::Paused, "paused: the audit log cannot be written");
    return false;
}

bool ShiftRunner::recordTurn(AuditKind kind)
{
    const auto now = status();
    return record(AuditTurn { kind, static_cast<std::int64_t>(now.step), threeWeights(now, now.desired), kind == AuditKind::Paused ? now.note : std::string() });
}

std::vector<AuditRoute> ShiftRunner::threeWeights(const ShiftStatus& now, const Weights& desired) const
{
    AuditRoute route { now.plan.route, {} };
    for (std::size_t i = 0; i < desired.size(); ++i)
        route.weights.push_back({ i < now.plan.backends.size() ? now.plan.backends[i] : "backend " + std::to_string(i + 1), desired[i],
            i < now.accepted.size() ? std::optional(now.accepted[i]) : std::nullopt, i < now.observed.size() ? now.observed[i] : std::nullopt });
    return { std::move(route) };
}

AuditStep ShiftRunner::auditStep(AuditStep::Stage stage, std::size_t number, bool returning, const Weights& desired) const
{
    const auto now = status();
    return { .stage = stage, .number = static_cast<std::int64_t>(number), .of = static_cast<std::int64_t>(now.plan.steps.size()), .returning = returning,
        .routes = threeWeights(now, desired), .note = stage == AuditStep::Stage::Confirmed ? now.note : std::string() };
}

AuditEnd ShiftRunner::auditEnd() const
{
    using std::chrono::milliseconds;
    const auto now = status();
    const auto& plan = now.plan;
    AuditEnd made { .kind = AuditKind::Failed, .routes = threeWeights(now, now.desired), .note = now.note, .error = now.error ? now.error->text() : std::string(),
        .took = std::chrono::duration_cast<milliseconds>(now.endedAt.value_or(now.startedAt) - now.startedAt), .recovery = {} };
    if (now.phase == ShiftPhase::Done)
        made.kind = AuditKind::Finished;
    else if (now.phase == ShiftPhase::Returned)
        made.kind = AuditKind::Returned;
    else if (now.phase == ShiftPhase::Stopped)
        made.kind = AuditKind::Stopped;
    bool leaves = false;
    for (std::size_t i = 0; i < plan.from.size() && !plan.steps.empty() && i < plan.steps.back().size(); ++i)
        leaves = leaves || (plan.from[i] > 0 && plan.steps.back()[i] == 0);
    if (made.kind == AuditKind::Finished && leaves && m_confirmedAt)
        made.recovery = std::chrono::duration_cast<milliseconds>(*m_confirmedAt - now.startedAt);
    return made;
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
    // A gateway may take its time; what it accepts in the end is looked at while the step is confirmed.
    if (!reading->pending.empty())
        return true;
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
        bool measured = true, agrees = true, accepts = reading->pending.empty();
        std::string down;
        for (std::size_t i = 0; i < desired.size(); ++i) {
            const auto& backend = reading->backends[i];
            accepts = accepts && std::abs(backend.accepted - desired[i]) <= largestRounding;
            measured = measured && backend.observed;
            agrees = agrees && backend.observed && std::abs(*backend.observed - desired[i]) <= m_timing.tolerance;
            if (desired[i] > 0 && backend.condition >= BackendReading::Condition::Draining)
                down += (down.empty() ? "" : ", ") + backend.name + " takes no requests" + (backend.note.empty() ? "" : " (" + backend.note + ")");
        }
        const std::string unaccepted = reading->pending.empty() ? "the router does not accept the weights" : reading->pending;
        if (agrees && accepts) {
            say(confirming, "observed agrees");
            return Confirmation::Agreed;
        }
        // Where nothing arrives nothing can be seen; where something does, a little patience gets a measurement.
        const bool quiet = waited >= 2 * m_timing.poll && reading->windowRequests == before;
        if (!measured && down.empty() && accepts && (quiet || waited >= m_timing.fewAfter)) {
            say(confirming, "too few requests to observe the split (" + std::to_string(reading->windowRequests)
                    + "); accepted suffices");
            return Confirmation::Agreed;
        }
        if (waited >= m_timing.stuckAfter) {
            say(ShiftPhase::Paused,
                "stuck: " + (!accepts ? unaccepted : down.empty() ? "the observed split does not follow" : down));
            return Confirmation::Stuck;
        }
        say(confirming,
            !accepts           ? "waiting: " + unaccepted
                : down.empty() ? "waiting until the observed split agrees"
                               : "waiting: " + down);
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
    const auto forgetError = [this] {
        const std::lock_guard lock(m_mutex);
        m_status.error.reset();
    };
    for (;;) {
        if (const auto command = take()) {
            switch (*command) {
            case Command::Pause: paused = true; break;
            case Command::Resume:
                if (status().phase == ShiftPhase::Paused && !recordTurn(AuditKind::Resumed))
                    break;
                forgetError();
                paused = false;
                break;
            case Command::GoBack:
                paused = !recordTurn(AuditKind::Returning);
                if (paused)
                    break;
                forgetError();
                returning = confirmed = baked = true;
                break;
            case Command::Stop: return this->end(ShiftPhase::Stopped);
            }
            continue;
        }
        if (end.stop_requested()) {
            say(ShiftPhase::Paused, "the program ended");
            (void)keep();
            (void)recordTurn(AuditKind::Paused);
            return;
        }
        if (paused) {
            if (status().phase != ShiftPhase::Paused) {
                say(ShiftPhase::Paused, "paused; nothing is written until it is resumed");
                (void)keep();
                (void)recordTurn(AuditKind::Paused);
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
            if (paused) {
                (void)keep();
                (void)recordTurn(AuditKind::Paused);
            }
            if (confirmed) {
                m_confirmedAt = m_clock();
                confirmed = record(auditStep(AuditStep::Stage::Confirmed, done, returning, status().desired));
                paused = !confirmed;
            }
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
        const auto& weights = next == 0 ? plan.from : plan.steps[next - 1];
        if (!record(auditStep(AuditStep::Stage::Intended, next, returning, weights))) {
            paused = true;
            continue;
        }
        {
            const std::lock_guard lock(m_mutex);
            m_status.step = next;
            m_status.phase = returning ? ShiftPhase::Returning : ShiftPhase::Writing;
        }
        // The version in the key keeps a later run of the same shift from being taken for a repetition.
        const auto key = plan.id + "/" + std::to_string(next) + (returning ? " back" : "") + " from " + m_version;
        if (!writeStep(weights, key))
            return;
        done = next;
        confirmed = false;
        baked = returning;
    }
}

} // namespace penstock
