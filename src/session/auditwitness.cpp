// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "auditwitness.h"

#include <algorithm>
#include <charconv>
#include <ranges>

#include "base/timetext.h"
#include "planner/record.h"
#include "storage/auditbody.h"

namespace penstock {

namespace {

    constexpr std::string_view evacuates = "evacuate "; ///< how titleOf() begins

    std::vector<std::string> routesOf(const Plan& plan)
    {
        std::vector<std::string> names;
        for (const auto& move : plan.moves)
            names.push_back(move.route);
        return names;
    }

    /// The record's operator is who runs the shift; somebody at another console may have given the order.
    void sayWhoOrdered(std::string& note, const std::string& person)
    {
        if (!person.empty())
            note += (note.empty() ? "ordered by " : "; ordered by ") + person;
    }

} // namespace

Result<> AuditWitness::keep(const std::string& shift, const std::string& plan, bool simulated, AuditBody body) const
{
    if (!m_log)
        return {};
    if (const auto kept = m_log->append({ shift, plan, simulated, std::move(body) }); !kept)
        return std::unexpected(kept.error());
    return {};
}

Result<> AuditWitness::keepEnd(const PlanStatus& status, bool simulated, AuditKind kind, const std::string& person) const
{
    // Its program may have ended after this was recorded and before the journal knew. Its way back ends anew.
    const auto newest = [&](AuditKind of) {
        const auto known = m_log ? m_log->records({ .shift = status.id, .kind = std::string(name(of)), .since = {}, .until = {}, .newest = 1 }) : Result<std::vector<AuditRecord>>();
        return known && !known->empty() && known->front().plan == status.hash ? known->front().number : 0;
    };
    if (newest(kind) > newest(AuditKind::Returning))
        return {};
    return keep(status, simulated, endOf(status, kind, person));
}

AuditPicture AuditWitness::pictureAt(const PlanView& view, const std::vector<SilentEndpoint>& silent) const
{
    std::vector<RouteMove> moves;
    for (const auto& move : view.plan.moves)
        if (const auto route = std::ranges::find(m_routes, move.route, &Route::name); route != m_routes.end() && !move.steps.empty())
            moves.push_back({ static_cast<std::uint32_t>(route - m_routes.begin()), move.from, move.steps.back() });
    auto picture = pictureOf(*view.ground, moves, view.judgement.effect);
    for (const auto& endpoint : silent)
        picture.silent.push_back(endpoint.name);
    return picture;
}

Result<> AuditWitness::keepAsked(const std::string& shift, const PlanView& view, const std::vector<SilentEndpoint>& silent, bool proposed) const
{
    const bool simulated = view.simulated;
    auto asked = recordOf(view.plan, m_routes, pictureAt(view, silent));
    asked.proposed = proposed;
    if (auto kept = keep(shift, view.judgement.hash, simulated, std::move(asked)); !kept)
        return kept;
    if (const auto& granted = view.judgement.granted)
        if (auto kept = keep(shift, view.judgement.hash, simulated, recordOf(*granted)); !kept)
            return kept;
    return keep(shift, view.judgement.hash, simulated, recordOf(view.judgement.interlocks));
}

Result<> AuditWitness::asked(const std::string& shift, const PlanView& view, const std::vector<SilentEndpoint>& silent) const { return keepAsked(shift, view, silent, false); }

Result<> AuditWitness::proposed(const PlanView& view, const std::vector<SilentEndpoint>& silent) const { return keepAsked({}, view, silent, true); }

Result<> AuditWitness::approved(const PlanView& view, const std::vector<SilentEndpoint>& silent, Time until) const
{
    return keep({}, view.judgement.hash, view.simulated,
        AuditApproved { .asker = view.plan.person, .note = titleOf(view.plan), .until = until, .interlocks = recordOf(view.judgement.interlocks).interlocks, .picture = pictureAt(view, silent) });
}

Result<> AuditWitness::recovered(const PlanStatus& status, bool simulated) const
{
    return keep(status, simulated, turnOf(status, AuditKind::Recovered));
}

Result<> AuditWitness::saw(const ShiftEvent& event, bool simulated) const
{
    const auto& status = event.status;
    switch (event.kind) {
    case ShiftEvent::Kind::Started: return {}; // asked() came before
    case ShiftEvent::Kind::Judged: {
        const bool blocked = !blockersOf(*event.judgement, status.returning()).empty();
        // A moment after it was asked for it says the same again.
        if (!blocked && !status.returning() && status.stepsDone == 0 && !event.again)
            return {};
        auto judged = recordOf(event.judgement->interlocks, status.stepsDone);
        judged.blocked = blocked;
        return keep(status, simulated, std::move(judged));
    }
    case ShiftEvent::Kind::StepIntended: return keep(status, simulated, stepOf(status, AuditStep::Stage::Intended));
    case ShiftEvent::Kind::StepConfirmed: return keep(status, simulated, stepOf(status, AuditStep::Stage::Confirmed));
    case ShiftEvent::Kind::Paused: return keep(status, simulated, turnOf(status, AuditKind::Paused, event.person));
    case ShiftEvent::Kind::Resumed: return keep(status, simulated, turnOf(status, AuditKind::Resumed, event.person));
    case ShiftEvent::Kind::Returning: return keep(status, simulated, turnOf(status, AuditKind::Returning));
    case ShiftEvent::Kind::Returned: return keepEnd(status, simulated, AuditKind::Returned);
    case ShiftEvent::Kind::Stopped: return keepEnd(status, simulated, AuditKind::Stopped, event.person);
    case ShiftEvent::Kind::Done: return keepEnd(status, simulated, AuditKind::Finished);
    case ShiftEvent::Kind::Failed: return keepEnd(status, simulated, AuditKind::Failed);
    }
    std::unreachable();
}

std::vector<AuditRecord> AuditWitness::rehearsals() const
{
    constexpr std::int64_t looked = 64; // single shifts may have been rehearsed since, and other workspaces
    if (!m_log)
        return {};
    return m_log->records({ .shift = {}, .kind = std::string(name(AuditKind::Rehearsed)), .since = {}, .until = {}, .newest = looked }).value_or(std::vector<AuditRecord>());
}

std::int64_t AuditWitness::lastRehearsal() const
{
    std::int64_t last = 0;
    for (const auto& record : rehearsals())
        if (std::int64_t number = 0; record.shift.starts_with("R-") && std::from_chars(record.shift.data() + 2, record.shift.data() + record.shift.size(), number).ec == std::errc())
            last = std::max(last, number);
    return last;
}

std::vector<Drill> AuditWitness::drills() const
{
    std::vector<Drill> made;
    const auto records = rehearsals();
    for (const auto& record : records | std::views::reverse) {
        const auto at = parseTime(record.at);
        const auto event = auditEvent(record);
        const auto* it = event ? std::get_if<AuditRehearsed>(&event->body) : nullptr;
        if (!at || !it || !it->what.starts_with(evacuates) || !std::ranges::all_of(it->routes, [this](const std::string& route) { return std::ranges::find(m_routes, route, &Route::name) != m_routes.end(); }))
            continue;
        if (auto scope = Scope::parse(std::string_view(it->what).substr(evacuates.size())))
            made.push_back({ std::move(*scope), *at, { .passed = it->passed, .points = it->score, .took = it->took, .expected = {}, .findings = it->findings } });
    }
    return made;
}

Result<> AuditWitness::rehearsed(const PlanStatus& status, std::chrono::milliseconds expected, bool simulated) const
{
    const auto score = scoreOf(status, expected);
    return keep(status, simulated, AuditRehearsed { .what = titleOf(status.plan), .passed = score.passed, .score = score.points, .took = score.took, .findings = score.findings, .routes = routesOf(status.plan) });
}

std::vector<AuditRoute> AuditWitness::threeWeights(const PlanStatus& status) const
{
    std::vector<AuditRoute> made;
    for (const auto& progress : status.routes) {
        const auto route = std::ranges::find(m_routes, progress.route, &Route::name);
        AuditRoute weights { progress.route, {} };
        for (std::size_t i = 0; i < progress.desired.size(); ++i)
            weights.weights.push_back({ route != m_routes.end() && i < route->backends.size() ? route->backends[i].name : "backend " + std::to_string(i + 1), progress.desired[i],
                i < progress.accepted.size() ? std::optional(progress.accepted[i]) : std::nullopt, i < progress.observed.size() ? progress.observed[i] : std::nullopt });
        made.push_back(std::move(weights));
    }
    return made;
}

AuditStep AuditWitness::stepOf(const PlanStatus& status, AuditStep::Stage stage) const
{
    return { .stage = stage, .number = static_cast<std::int64_t>(status.step), .of = static_cast<std::int64_t>(status.leg().steps()), .returning = status.returning(),
        .routes = threeWeights(status), .note = stage == AuditStep::Stage::Confirmed ? status.note : std::string() };
}

AuditTurn AuditWitness::turnOf(const PlanStatus& status, AuditKind kind, const std::string& person) const
{
    auto note = kind == AuditKind::Resumed ? std::string() : status.note;
    if (!pausedBy(status).empty())
        note += "; " + status.error->what;
    sayWhoOrdered(note, person);
    return { kind, static_cast<std::int64_t>(status.step), threeWeights(status), std::move(note) };
}

AuditEnd AuditWitness::endOf(const PlanStatus& status, AuditKind kind, const std::string& person) const
{
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    auto note = status.note;
    // What ended well has still not emptied what it could not reach.
    if (const auto reach = std::ranges::find(status.interlocks, "reach", &Interlock::rule); reach != status.interlocks.end() && reach->verdict != Interlock::Verdict::Pass)
        note += (note.empty() ? "not all of it was reached: " : "; not all of it was reached: ") + reach->evidence;
    sayWhoOrdered(note, person);
    return { .kind = kind, .routes = threeWeights(status), .note = std::move(note), .error = status.error ? status.error->text() : std::string(),
        .took = duration_cast<milliseconds>(status.endedAt.value_or(status.startedAt) - status.startedAt), .recovery = status.recovery };
}

} // namespace penstock
