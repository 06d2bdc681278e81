// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "shiftdesk.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "guardvalues.h"
#include "shift/recovery.h"

namespace penstock {

namespace {

    using namespace std::chrono_literals;

    /// It outlives three lost renewals, and a process that hangs holds nobody up for longer.
    constexpr auto leaseLasts = 15s;

} // namespace

std::optional<ShiftStatus> newestShiftOf(const std::vector<PlanStatus>& shifts, const std::string& route, Time since)
{
    const auto lastWrite = [](const PlanStatus& it) { return it.record.empty() ? it.startedAt : it.record.back().writtenAt; };
    std::optional<ShiftStatus> held, ended;
    std::optional<Time> heldAt, overwrittenAt;
    for (const auto& status : shifts)
        for (std::size_t m = 0; m < status.plan.moves.size(); ++m) {
            if (status.plan.moves[m].route != route || status.rehearsal)
                continue;
            if (!isOver(status.phase) && !held) {
                held = shiftStatusOf(status, m);
                heldAt = lastWrite(status);
            }
            if (!isOver(status.phase))
                continue;
            if (!ended && status.endedAt && *status.endedAt >= since)
                ended = shiftStatusOf(status, m);
            if (!status.record.empty() && status.routes[m].state != RouteProgress::State::Failed)
                overwrittenAt = std::max(overwrittenAt.value_or(lastWrite(status)), lastWrite(status));
        }
    // Where a later shift has written, one that was left behind wants nothing until it is resumed.
    return held && (!overwrittenAt || *overwrittenAt <= *heldAt) ? held : ended;
}

ShiftDesk::ShiftDesk(Options options, std::shared_ptr<JournalFile> journal, PlanDesk& plans, GroundKeeper& keeper, std::function<void()> changed)
    : m_options(std::move(options)), m_journal(std::move(journal)), m_plans(plans), m_keeper(keeper), m_changed(std::move(changed))
{
    if (!m_journal)
        return;
    // Orders of the past were for processes of the past.
    if (const auto orders = m_journal->ordersAfter(0); orders && !orders->empty())
        m_lastOrder = orders->back().number;
    readJournal();
    m_thread = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

ShiftDesk::~ShiftDesk()
{
    m_thread = {};
    std::map<std::string, Running> ending;
    {
        const std::lock_guard lock(m_mutex);
        ending.swap(m_running);
    }
    for (auto& [id, running] : ending) {
        running.machine.reset();
        if (m_journal)
            (void)m_journal->drop(id, m_process);
    }
}

void ShiftDesk::setLines(std::vector<RouteLine> lines)
{
    const std::lock_guard lock(m_mutex);
    m_lines = std::move(lines);
    m_refresh = true;
    m_wake.notify_all();
}

void ShiftDesk::setInputs(const PlanInputs& inputs)
{
    const std::lock_guard lock(m_mutex);
    m_inputs = inputs;
    m_readings.clear();
    for (const auto* reading : inputs.readings)
        m_readings.push_back(reading ? std::optional(*reading) : std::nullopt);
    for (std::size_t r = 0; r < m_readings.size(); ++r)
        m_inputs.readings[r] = m_readings[r] ? &*m_readings[r] : nullptr;
}

std::optional<std::size_t> ShiftDesk::routeNamed(const std::string& name) const
{
    const auto& routes = m_plans.rules().routes;
    const auto found = std::ranges::find(routes, name, &Route::name);
    return found == routes.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - routes.begin()));
}

std::vector<JournalLease> ShiftDesk::leasesOf(std::size_t route, const std::string& holder) const
{
    std::vector<JournalLease> made;
    for (const auto& key : m_lines[route].leaseKeys)
        made.push_back({ .key = key, .route = m_plans.rules().routes[route].name, .holder = holder, .person = m_options.person, .process = m_process, .until = leaseEnd() });
    return made;
}

Result<> ShiftDesk::mayWrite() const
{
    if (m_options.readOnly)
        return fail(Error::Kind::Refused, "this console is read-only");
    return {};
}

bool ShiftDesk::isSimulated() const
{
    const std::lock_guard lock(m_mutex);
    return m_inputs.snapshot && m_inputs.snapshot->simulated();
}

std::vector<SilentEndpoint> ShiftDesk::silentNow() const
{
    const std::lock_guard lock(m_mutex);
    return m_inputs.silent;
}

Time ShiftDesk::leaseEnd() const { return m_options.clock() + leaseLasts; }

std::vector<GuardLimits> ShiftDesk::limitsOf(const Plan& plan) const
{
    std::vector<GuardLimits> limits;
    for (const auto& move : plan.moves) {
        GuardLimits made;
        if (const auto route = routeNamed(move.route)) {
            const auto& rules = m_plans.rules();
            const auto workload = std::ranges::find(rules.workloads, rules.routes[*route].workload, &Workload::name);
            if (workload != rules.workloads.end()) {
                made.errorRate = workload->errorRate.value_or(failsOutright);
                made.queue = workload->queue;
                made.utilisation = workload->utilisation;
                if (workload->p99)
                    made.latencyP99 = static_cast<double>(workload->p99->count());
            }
        }
        limits.push_back(made);
    }
    return limits;
}

std::vector<PlanStatus> ShiftDesk::all() const
{
    std::vector<PlanStatus> made;
    for (const auto& [id, running] : m_running)
        made.push_back(running.status);
    for (const auto& known : m_known)
        if (!m_running.contains(known.id) && isHere(known))
            made.push_back(known);
    made.insert(made.end(), m_rehearsed.begin(), m_rehearsed.end());
    std::ranges::stable_sort(made, std::greater(), &PlanStatus::startedAt);
    return made;
}

bool ShiftDesk::isHere(const PlanStatus& status) const
{
    if (status.keys.size() != status.plan.moves.size())
        return false;
    for (std::size_t m = 0; m < status.keys.size(); ++m) {
        const auto route = routeNamed(status.plan.moves[m].route);
        if (!route || *route >= m_lines.size() || !haveOneOf(status.keys[m], m_lines[*route].leaseKeys))
            return false;
    }
    return true;
}

/// Nobody writes while it stands, and what a router that was reloaded has then is not what it was told.
void ShiftDesk::noteWhatRoutersHave(PlanStatus& status) const
{
    for (auto& route : status.routes) {
        const auto index = routeNamed(route.route);
        const auto* reading = index && *index < m_inputs.readings.size() ? m_inputs.readings[*index] : nullptr;
        // What was read before the last write is what that write was to change.
        const auto written = status.record.empty() ? status.startedAt : status.record.back().writtenAt + status.record.back().acceptedAfter.value_or(0ms);
        if (!reading || reading->readAt < written || route.state == RouteProgress::State::Failed || isAt(reading->accepted(), route.accepted))
            continue;
        std::ostringstream has;
        for (const auto weight : reading->accepted())
            has << (has.tellp() > 0 ? " / " : "") << std::round(weight * 10) / 10;
        route.accepted = reading->accepted();
        status.note += "; " + (status.routes.size() == 1 ? std::string("the router") : "the router of " + route.route) + " has " + has.str() + " now" + (reading->drift.empty() ? "" : ", " + reading->drift);
    }
}

std::vector<PlanStatus> ShiftDesk::shifts() const
{
    const std::lock_guard lock(m_mutex);
    auto made = all();
    for (auto& status : made) {
        if (status.phase == ShiftPhase::Paused && !status.abandoned && !status.rehearsal)
            noteWhatRoutersHave(status);
        // What was read before it ended is of no account.
        status.cameBack = status.plan.kind == Plan::Kind::Evacuation && status.phase == ShiftPhase::Done && status.endedAt && !isStillLeft(status, m_plans.rules().routes, m_inputs.readings)
            && std::ranges::all_of(status.plan.moves, [&](const Plan::Move& move) {
                   const auto route = routeNamed(move.route);
                   return route && *route < m_inputs.readings.size() && m_inputs.readings[*route] && m_inputs.readings[*route]->readAt > *status.endedAt;
               });
        if (!status.abandoned || m_running.contains(status.id))
            continue;
        // Where it truly stands is for the routers to say.
        std::vector<const RouteReading*> readings;
        for (const auto& move : status.plan.moves) {
            const auto route = routeNamed(move.route);
            readings.push_back(route && *route < m_inputs.readings.size() ? m_inputs.readings[*route] : nullptr);
        }
        status = recover(std::move(status), readings).status;
        if (status.expiresAt && !status.returning() && m_options.clock() >= *status.expiresAt)
            status.note += "; it was to return by itself, and nobody runs it: take it back";
        // Who changed it may be one of ours.
        for (auto& route : status.routes) {
            if (!route.error || route.error->kind != Error::Kind::Conflict)
                continue;
            const auto later = std::ranges::find_if(made, [&](const PlanStatus& it) {
                return !it.rehearsal && it.startedAt > status.startedAt && !it.record.empty() && std::ranges::find(it.plan.moves, route.route, &Plan::Move::route) != it.plan.moves.end();
            });
            if (later == made.end())
                continue;
            const std::string somebody = "somebody else changed it", who = later->id + " of " + later->plan.person + " has moved it since";
            for (auto* text : { &route.error->what, &route.note, &status.note })
                if (const auto at = text->find(somebody); at != std::string::npos)
                    text->replace(at, somebody.size(), who);
        }
    }
    return made;
}

std::vector<std::optional<RouteReading>> ShiftDesk::readings() const
{
    const std::lock_guard lock(m_mutex);
    return m_readings;
}

Claims ShiftDesk::claims(const Ground& bare) const { return claimsExcept({}, bare); }

/// Of a route that a shift moves or has moved lately, or that somebody has changed since then, the load is where its weights send it.
std::vector<Arrival> ShiftDesk::arrivals(const std::vector<PlanStatus>& others) const
{
    const auto now = m_options.clock();
    std::vector<Arrival> made;
    for (std::uint32_t r = 0; r < m_plans.rules().routes.size(); ++r) {
        const auto* reading = r < m_inputs.readings.size() ? m_inputs.readings[r] : nullptr;
        if (!reading)
            continue;
        auto moved = movedLately(others, m_plans.rules().routes[r].name, now);
        // What its weights were before somebody else changed them is not known.
        if (reading->driftedAt && now - *reading->driftedAt <= followsWithin)
            made.push_back({ r, reading->accepted(), moved ? std::move(moved->known) : std::vector<KnownLoad>() });
        else if (moved)
            made.push_back({ r, reading->accepted(), std::move(moved->known), std::move(moved->least), std::move(moved->most) });
    }
    return made;
}

std::optional<LatelyMoved> movedLately(const std::vector<PlanStatus>& shifts, const std::string& route, Time now)
{
    std::optional<LatelyMoved> made;
    Time newest {};
    const auto reach = [&made](const Weights& weights) {
        made->least.resize(std::max(made->least.size(), weights.size()), 100);
        made->most.resize(std::max(made->most.size(), weights.size()), 0);
        for (std::size_t b = 0; b < weights.size(); ++b) {
            made->least[b] = std::min(made->least[b], weights[b]);
            made->most[b] = std::max(made->most[b], weights[b]);
        }
    };
    for (const auto& it : shifts) {
        const auto progress = std::ranges::find(it.routes, route, &RouteProgress::route);
        if (it.step == 0 || progress == it.routes.end())
            continue;
        const auto last = isOver(it.phase) ? it.endedAt : std::optional(it.record.empty() ? it.startedAt : it.record.back().writtenAt);
        // One that runs waits for the fleets itself, however long that takes.
        const bool runs = !isOver(it.phase) && !it.abandoned;
        if (!runs && (!last || now - *last > followsWithin))
            continue;
        if (!made)
            made.emplace();
        if (it.startedAt >= newest) {
            newest = it.startedAt;
            if (const auto move = std::ranges::find(it.plan.moves, route, &Plan::Move::route); move != it.plan.moves.end())
                made->known = move->known;
        }
        for (const auto* plan : { &it.plan, &it.leg() })
            if (const auto move = std::ranges::find(plan->moves, route, &Plan::Move::route); move != plan->moves.end())
                reach(move->from);
        reach(progress->desired);
        reach(progress->accepted);
    }
    for (const auto& it : made ? made->known : std::vector<KnownLoad>())
        reach(it.split);
    return made;
}

bool isStillLeft(const PlanStatus& evacuation, const std::vector<Route>& routes, std::span<const RouteReading* const> readings)
{
    const auto& scope = evacuation.plan.scope;
    const auto isPart = [&](const Scope& backend) {
        const auto meets = [](const std::string& a, const std::string& b) { return a.empty() || b.empty() || a == b; };
        return meets(scope.provider, backend.provider) && meets(scope.region, backend.region) && meets(scope.cluster, backend.cluster);
    };
    for (const auto& move : evacuation.plan.moves) {
        const auto route = std::ranges::find(routes, move.route, &Route::name);
        const auto number = static_cast<std::size_t>(route - routes.begin());
        const auto* reading = number < readings.size() ? readings[number] : nullptr;
        for (std::size_t b = 0; reading && !move.steps.empty() && b < std::min({ move.from.size(), reading->backends.size(), route->backends.size() }); ++b)
            if (const auto left = move.steps.back()[b]; isPart(route->backends[b].scope) && left < move.from[b] && reading->backends[b].accepted > left + 0.5)
                return false;
    }
    return true;
}

Claims ShiftDesk::claimsExcept(const std::string& id, const Ground& bare) const
{
    std::vector<PlanStatus> others;
    Claims made;
    {
        const std::lock_guard lock(m_mutex);
        others = all();
        std::erase_if(others, [](const PlanStatus& it) { return it.rehearsal; });
        // What it has moved itself is on its way like that of any other.
        made.arrivals = arrivals(others);
        std::erase_if(others, [&](const PlanStatus& it) { return it.id == id; });
        for (const auto& status : others) {
            const bool runs = !isOver(status.phase) && !status.abandoned, has = status.phase == ShiftPhase::Done && status.endedAt && m_options.clock() - *status.endedAt <= followsWithin && isStillLeft(status, m_plans.rules().routes, m_inputs.readings);
            if (status.plan.kind != Plan::Kind::Evacuation || (!runs && !has))
                continue;
            if (has)
                made.leaves.push_back({ status.id + (leftBehind(status).empty() ? "" : " in part"), status.plan.scope });
            Ending ending { .plan = status.id, .jobs = shedBy(status), .leaves = runs ? status.plan.scope : Scope {} };
            std::erase_if(ending.jobs, [&](const ShedLoad& it) { return status.plan.scope.contains(it.provider, it.region, it.cluster); });
            if (!ending.jobs.empty())
                made.endings.push_back(std::move(ending));
        }
    }
    const Ground arrived(bare.capacityPtr(), bare.mapPtr(), { .arrivals = made.arrivals });
    for (const auto& status : others) {
        if (isOver(status.phase))
            continue;
        if (status.plan.kind == Plan::Kind::Evacuation && !status.returning())
            made.promises.push_back({ .plan = status.id, .workload = {}, .scope = {}, .model = {}, .gpus = 0, .givers = {}, .leaves = status.plan.scope });
        // What was left behind moves nothing until somebody resumes it, and is judged anew then.
        if (status.abandoned)
            continue;
        std::vector<RouteMove> moves;
        for (const auto& move : status.leg().moves) {
            const auto progress = std::ranges::find(status.routes, move.route, &RouteProgress::route);
            const auto route = routeNamed(move.route);
            if (route && progress != status.routes.end() && !move.steps.empty() && progress->accepted.size() == m_plans.rules().routes[*route].backends.size()
                && move.steps.back().size() == progress->accepted.size() && bare.map().routes[*route].workload)
                // What the weights send somewhere already is among the arrivals.
                moves.push_back({ static_cast<std::uint32_t>(*route), progress->accepted, move.steps.back(), arrived.hasArrived(static_cast<std::uint32_t>(*route)) });
        }
        if (moves.empty())
            continue;
        auto promised = promisesOf(arrived, effectOf(arrived, moves), moves, status.id);
        std::ranges::move(promised, std::back_inserter(made.promises));
    }
    return made;
}

Judgement ShiftDesk::judgePart(const std::string& id, const Plan& part, std::size_t done, std::span<const RouteReading> readings) const
{
    SnapshotPtr snapshot;
    std::vector<std::optional<RouteReading>> known;
    Circumstances circumstances;
    std::optional<Plan> whole;
    {
        const std::lock_guard lock(m_mutex);
        snapshot = m_inputs.snapshot;
        known = m_readings;
        circumstances.silent = m_inputs.silent;
        if (const auto running = m_running.find(id); running != m_running.end()) {
            whole = running->second.status.plan;
            circumstances.asked = running->second.status.asked;
            circumstances.returning = running->second.status.returning();
            circumstances.failed = errorsThatBlock(running->second.status.interlocks);
        }
    }
    for (std::size_t m = 0; m < part.moves.size(); ++m)
        if (const auto route = routeNamed(part.moves[m].route); route && *route < known.size())
            known[*route] = readings[m];
    for (const auto& reading : known)
        circumstances.readings.push_back(reading ? &*reading : nullptr);
    const auto standing = m_plans.standing();
    if (snapshot && !circumstances.returning)
        circumstances.unwatched = unwatchedBy(part, m_plans.rules(), circumstances.readings, *snapshot);
    circumstances.now = m_options.clock();
    circumstances.holder = id;
    circumstances.stepsDone = done;
    circumstances.leases = standing.leases;
    circumstances.approvals = standing.approvals;
    circumstances.past = standing.past;
    // Who approved the whole plan approved its parts; a route that failed must not take the approval with it.
    const auto wholeHash = whole ? planHash(*whole) : Result<std::string>(fail(Error::Kind::NotFound, ""));
    const auto partHash = planHash(part);
    if (wholeHash && partHash && *wholeHash != *partHash)
        for (const auto& approval : standing.approvals)
            if (approval.planHash == *wholeHash)
                circumstances.approvals.push_back({ *partHash, approval.person, approval.at });
    const auto kept = m_keeper.ground(snapshot, CapacityDetail::Holders);
    const Ground bare(kept->capacityPtr(), kept->mapPtr());
    const auto claims = claimsExcept(id, bare);
    const Ground ground(kept->capacityPtr(), kept->mapPtr(), claims);
    return judge(ground, part, circumstances);
}

Result<> ShiftDesk::launch(PlanStatus begin, std::vector<std::shared_ptr<Router>> routers, bool now, std::chrono::milliseconds expected)
{
    const auto id = begin.id;
    begin.pid = m_process.pid;
    begin.host = m_process.host.substr(0, m_process.host.find('/'));
    ShiftTiming timing;
    // The way back is as steep as the way there.
    double largest = 0;
    for (const auto& move : begin.plan.moves)
        for (std::size_t s = 0; s < move.steps.size(); ++s)
            for (std::size_t b = 0; b < move.from.size(); ++b)
                largest = std::max(largest, std::abs(move.steps[s][b] - (s == 0 ? move.from : move.steps[s - 1])[b]));
    timing.largestStepBack = m_plans.largestStepBack(begin.plan.now || largest <= 0 ? 100 : largest);
    {
        const std::lock_guard lock(m_mutex);
        const auto past = all();
        timing.stuckAfter = stuckAfter(past);
    }
    // At 3 am a router that hangs must not hold up the others, and the figure that counts is measured closely.
    if (now) {
        timing.poll = 100ms;
        timing.patience = 2s;
        timing.fewAfter = 3s;
    }
    ShiftHooks hooks;
    hooks.judge = [this, id, rehearsal = begin.rehearsal](const Plan& part, std::size_t done, std::span<const RouteReading> readings) {
        auto judgement = judgePart(id, part, done, readings);
        // What is only rehearsed needs nobody's approval; that it would is among its findings.
        for (auto& it : judgement.interlocks)
            if (rehearsal && it.blocks() && asksForSecondPerson(it.rule))
                it.verdict = Interlock::Verdict::Note;
        return judgement;
    };
    if (!begin.rehearsal)
        hooks.witness = [this](const ShiftEvent& event) { return m_options.witness.saw(event, isSimulated()); };
    else if (!m_options.readOnly)
        hooks.witness = [this, expected](const ShiftEvent& event) {
            return isOver(event.status.phase) ? m_options.witness.rehearsed(event.status, expected, isSimulated()) : Result<>();
        };
    if (m_journal && !begin.rehearsal)
        hooks.hold = [this, id] { return m_journal->renew(id, m_process, leaseEnd()); };
    hooks.guards = [this](const PlanStatus& status, std::size_t move, const RouteReading& reading) {
        const auto route = routeNamed(status.plan.moves[move].route);
        SnapshotPtr snapshot;
        {
            const std::lock_guard lock(m_mutex);
            snapshot = m_inputs.snapshot;
        }
        return route && snapshot ? guardValuesOf(status, move, reading, m_plans.rules().routes[*route], *snapshot) : std::vector<GuardValues>();
    };
    hooks.changed = [this, id](const PlanStatus& status) {
        {
            const std::lock_guard lock(m_mutex);
            if (const auto running = m_running.find(id); running != m_running.end())
                running->second.status = status;
            if (isOver(status.phase))
                m_refresh = true;
            m_wake.notify_all();
        }
        m_changed();
    };
    const auto limits = limitsOf(begin.plan);
    const bool rehearsal = begin.rehearsal;
    const std::lock_guard lock(m_mutex);
    auto& running = m_running[id];
    running.machine = std::make_unique<ShiftMachine>(std::move(routers), rehearsal ? nullptr : m_journal, std::move(begin), limits, std::move(hooks), m_options.clock, timing);
    running.status = running.machine->status();
    return {};
}

} // namespace penstock
