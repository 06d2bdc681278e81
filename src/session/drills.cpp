// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "session/drills.h"

#include <algorithm>
#include <cmath>

namespace penstock {

using namespace std::chrono_literals;

std::optional<std::string> drillDue(const std::vector<Route>& routes, const std::vector<Drill>& drills, const std::map<std::string, Time>& tried, std::chrono::seconds every, Time now)
{
    std::map<std::string, Time> last;
    for (const auto& route : routes)
        for (const auto& backend : route.backends)
            if (!backend.scope.provider.empty())
                last.emplace(backend.scope.provider, Time::min());
    const auto note = [&](const std::string& provider, Time at) {
        if (const auto found = last.find(provider); found != last.end())
            found->second = std::max(found->second, at);
    };
    for (const auto& drill : drills)
        if (drill.scope.region.empty() && drill.scope.cluster.empty())
            note(drill.scope.provider, drill.endedAt);
    for (const auto& [provider, at] : tried)
        note(provider, at);
    const auto oldest = std::ranges::min_element(last, {}, [](const auto& it) { return it.second; });
    const bool isDue = oldest != last.end() && (oldest->second == Time::min() || now - oldest->second >= every);
    return isDue ? std::optional(oldest->first) : std::nullopt;
}

Drills::Drills(Session& session, QObject* parent) : QObject(parent), m_session(session)
{
    if (session.workspace().policy.drillEvery && !session.isReadOnly())
        connect(&session, &Session::published, this, &Drills::look);
}

void Drills::look()
{
    constexpr auto between = 5s; // the log is read each time
    const auto now = m_session.now();
    if (m_lookedAt && now - *m_lookedAt < between)
        return;
    m_lookedAt = now;
    if (!m_running.empty())
        return judge();
    // A failover that is under way is no time for an exercise, and what is not whole cannot be judged.
    if (!m_session.isComplete() || std::ranges::any_of(m_session.shifts(), [](const PlanStatus& it) { return !isOver(it.phase); }))
        return;
    const auto due = drillDue(m_session.workspace().routes, m_session.drills(), m_tried, *m_session.workspace().policy.drillEvery, now);
    if (!due) {
        m_lookedAt = now + 55s; // nothing is due within seconds
        return;
    }
    m_tried[*due] = now;
    const auto begun = m_session.rehearse({ .kind = Plan::Kind::Evacuation, .scope = { .provider = *due, .region = {}, .cluster = {}, .node = {} }, .now = true, .reason = "scheduled drill" });
    if (begun) {
        m_running = *begun;
        m_provider = *due;
    } else if (begun.error().kind != Error::Kind::Refused) // nothing to move is nothing to rehearse
        emit found(QString::fromStdString("The evacuation of " + *due + " could not be rehearsed: " + begun.error().text()));
}

void Drills::judge()
{
    const auto& shifts = m_session.shifts();
    const auto its = std::ranges::find(shifts, m_running, &PlanStatus::id);
    if (its != shifts.end() && !isOver(its->phase) && its->phase != ShiftPhase::Paused)
        return;
    m_running.clear();
    if (its == shifts.end())
        return;
    const auto score = scoreOf(*its, {});
    std::string findings;
    for (const auto& it : score.findings)
        findings += (findings.empty() ? "" : "; ") + it;
    if (!score.passed)
        emit found(QString::fromStdString("The evacuation of " + m_provider + ", rehearsed just now, would not have come to its end: " + (findings.empty() ? its->note : findings)));
}

} // namespace penstock
