// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

// What a person asks of the desk of shifts: to begin one, to rehearse, approve, pause or take it back.
#include <algorithm>

#include "base/timetext.h"
#include "shift/recovery.h"
#include "shift/rehearsal.h"
#include "shift/statustext.h"
#include "shiftdesk.h"

namespace penstock {

namespace {

    std::string blockers(const Judgement& judgement)
    {
        std::string said;
        for (const auto& it : judgement.interlocks)
            if (it.blocks())
                said += (said.empty() ? "" : "; ") + it.title + ": " + it.evidence;
        return said;
    }

    /// What is to be done where an evacuation fits only in part.
    std::string advice(const PlanView& view, const Policy& policy)
    {
        if (view.plan.kind != Plan::Kind::Evacuation || !view.judgement.about("capacity").blocks())
            return {};
        const bool may = std::ranges::find(policy.overridable, "capacity") != policy.overridable.end();
        return std::string(may ? "" : "the policy lets nobody override it; once its `overridable` lists \"capacity\", ")
            + "--override capacity --until 30m moves it all the same, and what finds no place is lost or overloads who takes it";
    }

} // namespace

Result<std::string> ShiftDesk::start(const PlanView& view, const PlanRequest& request, Time commandedAt)
{
    if (const auto may = mayWrite(); !may)
        return std::unexpected(may.error());
    const auto silent = silentNow();
    if (view.plan.moves.empty()) {
        (void)m_options.witness.asked({}, view, silent);
        return fail(Error::Kind::Refused, "nothing to do: the routers have this split already, or could not be read");
    }
    if (m_plans.standing().started.contains(view.judgement.hash))
        return fail(Error::Kind::Refused, "this very plan was started already", {}, "look at it again in a moment: it is planned anew, and judged as a new one");
    if (view.judgement.blocked()) {
        const auto kept = m_options.witness.asked({}, view, silent);
        return fail(Error::Kind::Refused, "refused by interlocks: " + blockers(view.judgement) + (kept ? "" : "; and the audit log could not be written: " + kept.error().text()), {}, advice(view, m_plans.rules().policy));
    }
    std::vector<std::shared_ptr<Router>> routers;
    std::vector<JournalLease> leases;
    PlanStatus begin;
    begin.plan = view.plan;
    begin.hash = view.judgement.hash;
    begin.asked = request.asked;
    if (begin.asked)
        begin.asked->person = m_options.person;
    if (begin.asked && begin.asked->reason.empty())
        begin.asked->reason = view.plan.reason;
    begin.interlocks = view.judgement.interlocks;
    begin.wayBack = view.wayBack;
    begin.startedAt = commandedAt;
    begin.returnsOnBrokenGuard = request.returnsOnBrokenGuard;
    if (request.expiresAfter)
        begin.expiresAt = commandedAt + *request.expiresAfter;
    {
        const std::lock_guard lock(m_mutex);
        for (const auto& move : view.plan.moves) {
            const auto route = routeNamed(move.route);
            if (!route || *route >= m_lines.size() || !m_lines[*route].router)
                return fail(Error::Kind::Unavailable, "the router does not answer", move.route);
            routers.push_back(m_lines[*route].router);
            const auto& keys = m_lines[*route].leaseKeys;
            for (const auto& [id, running] : m_running)
                if (!isOver(running.status.phase) && !running.status.rehearsal && std::ranges::any_of(running.status.keys, [&](const std::string& its) { return haveOneOf(its, keys); }))
                    return fail(Error::Kind::Refused, "shift " + id + " is running on this route", move.route);
            begin.keys.push_back(joinKeys(keys));
            std::ranges::move(leasesOf(*route, {}), std::back_inserter(leases));
        }
        begin.id = "S-" + std::to_string(++m_lastId);
    }
    if (m_journal) {
        auto next = m_journal->nextId();
        if (!next)
            return std::unexpected(next.error());
        begin.id = *next;
        for (auto& lease : leases)
            lease.holder = begin.id;
        if (const auto taken = m_journal->take(leases, m_options.clock()); !taken)
            return std::unexpected(taken.error());
    }
    const auto id = begin.id;
    if (const auto kept = m_options.witness.asked(id, view, silent); !kept) {
        if (m_journal)
            (void)m_journal->drop(id, m_process);
        return fail(kept.error().kind, "the audit log cannot be written, so nothing is started: " + kept.error().what, kept.error().where, kept.error().hint);
    }
    if (const auto launched = launch(std::move(begin), std::move(routers), view.plan.now); !launched)
        return std::unexpected(launched.error());
    m_plans.noteStarted(view.judgement.hash);
    m_changed();
    return id;
}

Result<std::string> ShiftDesk::rehearse(const PlanView& view, const std::optional<Override>& asked)
{
    if (view.plan.moves.empty())
        return fail(Error::Kind::Refused, "nothing to do: the routers have this split already");
    std::vector<std::shared_ptr<Router>> routers;
    PlanStatus begin;
    begin.plan = view.plan;
    begin.hash = view.judgement.hash;
    begin.startedAt = m_options.clock();
    begin.rehearsal = true;
    begin.asked = asked;
    if (begin.asked)
        begin.asked->person = m_options.person;
    if (begin.asked && begin.asked->reason.empty())
        begin.asked->reason = view.plan.reason;
    const auto kept = m_options.witness.lastRehearsal();
    {
        const std::lock_guard lock(m_mutex);
        for (const auto& move : view.plan.moves) {
            const auto route = routeNamed(move.route);
            if (!route || *route >= m_lines.size() || !m_lines[*route].router)
                return fail(Error::Kind::Unavailable, "the router does not answer", move.route);
            routers.push_back(std::make_shared<RehearsalRouter>(m_lines[*route].router));
        }
        m_lastId = std::max(m_lastId, kept) + 1;
        begin.id = "R-" + std::to_string(m_lastId);
    }
    const auto id = begin.id;
    if (const auto launched = launch(std::move(begin), std::move(routers), view.plan.now, view.expected); !launched)
        return std::unexpected(launched.error());
    return id;
}

/// The commands that lead back from where an ended shift left its routes.
Result<> ShiftDesk::command(const std::string& id, const std::string& what)
{
    std::optional<PlanStatus> found;
    {
        const std::lock_guard lock(m_mutex);
        const auto rehearsed = m_running.find(id);
        if (const auto may = mayWrite(); !may && (rehearsed == m_running.end() || !rehearsed->second.status.rehearsal))
            return may;
        if (const auto running = m_running.find(id); running != m_running.end() && !running->second.machine->isOver()) {
            auto& machine = *running->second.machine;
            if (what == "pause")
                machine.pause(m_options.person);
            else if (what == "resume")
                machine.resume(m_options.person);
            else if (what == "return")
                machine.goBack(m_options.person);
            else if (what == "stop")
                machine.stop(m_options.person);
            else
                return fail(Error::Kind::Invalid, "'" + what + "' is no order for a shift", {}, "write pause, resume, return or stop");
            return {};
        }
        for (const auto& status : all())
            if (status.id == id)
                found = status;
    }
    if (!found)
        return fail(Error::Kind::NotFound, "there is no shift " + id, {}, "look at `penstockctl shifts`");
    if (const auto later = what == "resume" || what == "return" ? movedSince(*found) : std::string(); !later.empty())
        return fail(Error::Kind::Conflict, later + " has moved its routes since: what " + id + " set is no longer what should be", id, "stop " + id + ", and plan anew from where the routes stand");
    if (isOver(found->phase))
        return fail(Error::Kind::Refused, "shift " + id + " is over: " + std::string(name(found->phase)), {}, what == "return" ? "plan its way back with `penstockctl shifts return " + id + "`" : "look at `penstockctl shifts`");
    if (found->abandoned)
        return adopt(id, what);
    return m_journal->order({ .number = 0, .shift = id, .what = what, .person = m_options.person, .at = m_options.clock() });
}

std::string ShiftDesk::movedSince(const PlanStatus& status) const
{
    const std::lock_guard lock(m_mutex);
    const auto shifts = all();
    return supersededBy(status, shifts);
}

std::string supersededBy(const PlanStatus& status, const std::vector<PlanStatus>& shifts)
{
    const auto moves = [](const PlanStatus& it, const std::string& route) { return std::ranges::find(it.plan.moves, route, &Plan::Move::route) != it.plan.moves.end(); };
    const auto later = std::ranges::find_if(shifts, [&](const PlanStatus& it) {
        return !it.rehearsal && it.id != status.id && it.startedAt > status.startedAt && it.phase != ShiftPhase::Returned && !it.record.empty()
            && (status.record.empty() || it.record.back().writtenAt > status.record.back().writtenAt)
            && std::ranges::any_of(status.plan.moves, [&](const Plan::Move& move) { return moves(it, move.route); });
    });
    return later == shifts.end() ? std::string() : later->id + (later->plan.person.empty() ? "" : " of " + later->plan.person);
}

Result<> ShiftDesk::adopt(const std::string& id, const std::string& what)
{
    if (what == "pause")
        return fail(Error::Kind::Refused, "shift " + id + " stands still already: its program has ended", id, "resume it, take it back or stop it");
    std::optional<PlanStatus> last;
    std::vector<std::shared_ptr<Router>> routers;
    std::vector<JournalLease> leases;
    std::vector<std::optional<RouteReading>> readings;
    {
        const std::lock_guard lock(m_mutex);
        for (const auto& status : m_known)
            if (status.id == id)
                last = status;
        for (const auto& move : last->plan.moves) {
            const auto route = routeNamed(move.route);
            if (!route || *route >= m_lines.size() || !m_lines[*route].router)
                return fail(Error::Kind::NotFound, "this workspace has no route " + move.route + " with a router", id, "open the workspace that the shift was started from");
            routers.push_back(m_lines[*route].router);
            readings.push_back(*route < m_readings.size() ? m_readings[*route] : std::nullopt);
            std::ranges::move(leasesOf(*route, id), std::back_inserter(leases));
        }
    }
    std::vector<const RouteReading*> pointers;
    for (const auto& reading : readings)
        pointers.push_back(reading ? &*reading : nullptr);
    auto recovered = recover(std::move(*last), pointers);
    if (what != "stop" && std::ranges::all_of(recovered.truths, [](const RouteTruth& it) { return it.what == RouteTruth::What::Foreign; }))
        return fail(Error::Kind::Conflict, recovered.status.note, id, "look at the weights, stop this shift and plan again");
    if (const auto taken = m_journal->take(leases, m_options.clock()); !taken)
        return taken;
    if (const auto kept = m_options.witness.recovered(recovered.status, isSimulated()); !kept) {
        (void)m_journal->drop(id, m_process);
        return fail(kept.error().kind, "the audit log cannot be written, so nothing is done: " + kept.error().what, kept.error().where, kept.error().hint);
    }
    const bool now = recovered.status.plan.now;
    recovered.status.abandoned = recovered.status.abandoned && !what.empty();
    if (const auto launched = launch(std::move(recovered.status), std::move(routers), now); !launched || what.empty())
        return launched;
    return command(id, what);
}

Result<> ShiftDesk::propose(const PlanView& view)
{
    if (const auto may = mayWrite(); !may)
        return may;
    if (!m_journal)
        return fail(Error::Kind::Unavailable, "there is no journal to keep the plan in");
    if (const auto kept = m_options.witness.proposed(view, silentNow()); !kept)
        return fail(kept.error().kind, "the audit log cannot be written, so nothing is proposed: " + kept.error().what, kept.error().where, kept.error().hint);
    if (const auto kept = m_journal->keepPlan({ .hash = view.judgement.hash, .text = textOf(ProposedPlan { view.plan, m_options.workspace, view.judgement.granted }), .person = view.plan.person, .at = m_options.clock() }); !kept)
        return kept;
    readJournal();
    return {};
}

Result<> ShiftDesk::noteShown(const PlanView& view)
{
    const auto known = m_plans.standing();
    const auto isThis = [&](const Plan& it) { return it == view.plan; };
    if (m_options.readOnly || !m_journal || view.plan.moves.empty() || std::ranges::any_of(known.kept, isThis) || std::ranges::any_of(known.shown, isThis))
        return {};
    return m_journal->keepPlan({ .hash = view.judgement.hash, .text = textOf(ProposedPlan { view.plan, m_options.workspace, {}, true }), .person = view.plan.person, .at = m_options.clock() });
}

Result<> ShiftDesk::approve(const std::string& hash, const PlanInputs& inputs)
{
    if (const auto may = mayWrite(); !may)
        return may;
    if (!m_journal)
        return fail(Error::Kind::Unavailable, "there is no journal to keep the approval in");
    readJournal();
    std::vector<std::pair<std::string, Plan>> matching;
    for (const auto& plan : m_plans.standing().kept)
        if (const auto its = planHash(plan); its && its->starts_with(hash) && hash.size() >= 8)
            matching.emplace_back(*its, plan);
    for (const auto& plan : m_plans.standing().lapsed)
        if (const auto its = planHash(plan); matching.empty() && its && its->starts_with(hash) && hash.size() >= 8)
            return fail(Error::Kind::Refused, "the plan " + its->substr(0, 12) + " is older than the " + lengthText(m_plans.rules().policy.approvalValid) + " for which plans and approvals hold", {},
                "let " + plan.person + " ask for it again");
    if (matching.size() != 1)
        return fail(Error::Kind::NotFound, matching.empty() ? "no plan with the hash " + hash + " waits for an approval" : "several plans have hashes that begin with " + hash, {},
            "write the hash that `penstockctl plan` prints, at least 8 digits of it");
    const auto& [whole, plan] = matching.front();
    const auto standing = m_plans.standing();
    if (m_plans.standing().started.contains(whole))
        return fail(Error::Kind::Refused, "this plan was started already: an approval starts nothing again", whole.substr(0, 12), "plan it anew with `penstockctl plan`");
    if (plan.person == m_options.person)
        return fail(Error::Kind::Refused, "who asks for a plan cannot approve it: it is " + plan.person + "'s", {}, "ask somebody else");
    // What whoever approves it sees is kept with the approval.
    const auto asked = standing.asked.find(whole);
    const auto view = m_plans.look(plan, asked == standing.asked.end() ? std::nullopt : std::optional(asked->second), inputs);
    if (!view)
        return std::unexpected(view.error());
    if (const auto kept = m_options.witness.approved(*view, inputs.silent, m_options.clock() + m_plans.rules().policy.approvalValid); !kept)
        return fail(kept.error().kind, "the audit log cannot be written, so nothing is approved: " + kept.error().what, kept.error().where, kept.error().hint);
    if (const auto done = m_journal->approve({ .planHash = whole, .person = m_options.person, .at = m_options.clock() }); !done)
        return done;
    readJournal();
    return {};
}

} // namespace penstock
