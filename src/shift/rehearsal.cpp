// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "shift/rehearsal.h"

#include <algorithm>

namespace penstock {

RouteReading RehearsalRouter::shown(RouteReading reading) const
{
    const std::lock_guard lock(m_mutex);
    if (m_written.empty())
        return reading;
    // The real version stays in it, so that a change by somebody else is a change here too.
    reading.version += " rehearsed " + std::to_string(m_written.size());
    const auto& written = m_written.back();
    const auto taken = [&](std::size_t i) { return reading.backends[i].takesNothing() ? 0 : written[i]; };
    double all = 0;
    for (std::size_t i = 0; i < reading.backends.size() && i < written.size(); ++i)
        all += taken(i);
    for (std::size_t i = 0; i < reading.backends.size() && i < written.size(); ++i) {
        reading.backends[i].accepted = written[i];
        if (reading.backends[i].observed && all > 0)
            reading.backends[i].observed = 100 * taken(i) / all;
    }
    return reading;
}

Result<RouteReading> RehearsalRouter::read()
{
    auto reading = m_real->read();
    return reading ? Result<RouteReading>(shown(std::move(*reading))) : reading;
}

Result<RouteReading> RehearsalRouter::apply(const Weights& weights, const std::string& expectedVersion, const std::string& idempotencyKey)
{
    (void)idempotencyKey;
    auto reading = m_real->read();
    if (!reading)
        return reading;
    if (const auto now = shown(*reading).version; now != expectedVersion)
        return fail(Error::Kind::Conflict, "the route is at version " + now + ", not at " + expectedVersion, {}, "look at the weights, then plan again");
    if (const auto refused = shown(*reading).refusal(weights); !refused.empty())
        return fail(Error::Kind::Refused, refused);
    {
        const std::lock_guard lock(m_mutex);
        m_written.push_back(weights);
    }
    return shown(std::move(*reading));
}

std::vector<Weights> RehearsalRouter::written() const
{
    const std::lock_guard lock(m_mutex);
    return m_written;
}

RehearsalScore scoreOf(const PlanStatus& status, std::chrono::milliseconds expected)
{
    RehearsalScore score;
    score.passed = status.phase == ShiftPhase::Done;
    score.expected = expected;
    if (status.endedAt)
        score.took = std::chrono::duration_cast<std::chrono::milliseconds>(*status.endedAt - status.startedAt);
    const auto steps = std::max<std::size_t>(1, status.plan.steps());
    score.points = 100.0 * static_cast<double>(status.returning() ? 0 : std::min(status.stepsDone, steps)) / static_cast<double>(steps);
    for (const auto& it : status.interlocks)
        if (it.verdict != Interlock::Verdict::Pass) {
            score.findings.push_back((it.overridden ? "overridden: " : "") + it.title + ": " + it.evidence);
            score.points -= asksForSecondPerson(it.rule) ? 0 : 10;
        }
    if (!score.passed)
        score.findings.push_back(status.error ? status.error->text() : status.note);
    score.points = std::clamp(score.points, 0.0, 100.0);
    return score;
}

} // namespace penstock
