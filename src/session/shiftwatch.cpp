// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

// What the desk of shifts does on its own thread: the journal as the meeting place of processes.
#include <algorithm>
#include <set>

#include "shift/statustext.h"
#include "shiftdesk.h"

namespace penstock {

namespace {

    using namespace std::chrono_literals;

    /// Between two looks at what other processes wrote: orders are obeyed within a second.
    constexpr auto turn = 250ms;
    constexpr auto renewed = 4s;
    /// A process that dies writes nothing, so that now and then is looked without a sign.
    constexpr auto unprompted = 2s;
    constexpr std::size_t shown = 200;
    constexpr auto toldFor = 24h; ///< that an approval has ended

} // namespace

void ShiftDesk::refresh()
{
    if (m_journal)
        readJournal();
}

void ShiftDesk::readJournal()
{
    const auto now = m_options.clock();
    const auto& policy = m_plans.rules().policy;
    const auto entries = m_journal->entries(shown);
    const auto leases = m_journal->leases();
    // An approval that ended is remembered for a while, so that it can be said.
    const auto plans = m_journal->plans(now - 2 * policy.approvalValid - toldFor);
    const auto approvals = m_journal->approvals(now - policy.approvalValid - toldFor);
    if (!entries || !leases || !plans || !approvals)
        return; // busy or damaged: what is known stays, writing will say why
    std::vector<PlanStatus> known;
    Standing standing;
    for (const auto& entry : *entries) {
        auto status = statusOf(entry.state);
        if (!status)
            continue;
        const bool held = std::ranges::any_of(*leases, [&](const JournalLease& it) { return it.holder == entry.shift && it.until > now && !isKnownDead(it.process); });
        status->abandoned = !isOver(status->phase) && !held;
        known.push_back(std::move(*status));
    }
    {
        const std::lock_guard lock(m_mutex);
        for (std::size_t r = 0; r < m_lines.size(); ++r) {
            std::set<std::string> holders; // each once, however many of the route's processes it holds
            for (const auto& lease : *leases)
                if (lease.until > now && std::ranges::find(m_lines[r].leaseKeys, lease.key) != m_lines[r].leaseKeys.end() && !isKnownDead(lease.process) && holders.insert(lease.holder).second)
                    standing.leases.push_back({ .route = m_plans.rules().routes[r].name, .holder = lease.holder, .person = lease.person, .until = lease.until });
        }
        m_known = std::move(known);
        for (const auto& status : m_known)
            if (status.abandoned && !status.rehearsal && isHere(status))
                for (const auto& move : status.plan.moves)
                    standing.leases.push_back({ .route = move.route, .holder = status.id, .person = status.plan.person, .until = {}, .abandoned = true });
        for (const auto& status : all())
            if (!status.rehearsal)
                standing.started.insert(status.hash);
        for (const auto& status : all())
            for (const auto& step : status.record)
                for (std::size_t m = 0; m < step.moved.size() && m < status.plan.moves.size(); ++m)
                    if (step.moved[m] > 0 && step.acceptedAfter && !status.rehearsal)
                        standing.past.push_back({ .route = status.plan.moves[m].route, .at = step.writtenAt, .share = step.moved[m] });
        standing.confirmation = usualConfirmation(m_known);
    }
    for (const auto& approval : *approvals)
        standing.approvals.push_back({ .planHash = approval.planHash, .person = approval.person, .at = approval.at });
    for (const auto& kept : *plans)
        if (auto proposed = proposedPlanOf(kept.text); proposed && (proposed->workspace.empty() || proposed->workspace == m_options.workspace)) {
            const auto hash = planHash(proposed->plan);
            if (hash)
                standing.askedAt.insert_or_assign(*hash, kept.at);
            if (hash && proposed->asked)
                standing.asked.insert_or_assign(*hash, *proposed->asked);
            const auto isApproved = [&](const PlanApproval& it) { return it.planHash == hash.value_or("") && now - it.at <= policy.approvalValid; };
            const bool holds = now - kept.at <= policy.approvalValid || std::ranges::any_of(standing.approvals, isApproved);
            auto& where = !holds ? standing.lapsed : proposed->onlyShown ? standing.shown : standing.kept;
            where.push_back(std::move(proposed->plan));
        }
    {
        const std::lock_guard lock(m_mutex);
        m_hasPlans = !standing.kept.empty() || !standing.shown.empty();
    }
    m_plans.setStanding(std::move(standing));
    m_changed();
}

void ShiftDesk::obeyOrders()
{
    const auto orders = m_journal->ordersAfter(m_lastOrder);
    if (!orders)
        return;
    const std::lock_guard lock(m_mutex);
    for (const auto& order : *orders) {
        m_lastOrder = order.number;
        const auto running = m_running.find(order.shift);
        if (running == m_running.end())
            continue;
        auto& machine = *running->second.machine;
        if (order.what == "pause")
            machine.pause(order.person);
        else if (order.what == "resume")
            machine.resume(order.person);
        else if (order.what == "return")
            machine.goBack(order.person);
        else if (order.what == "stop")
            machine.stop(order.person);
    }
}

void ShiftDesk::renewLeases()
{
    std::vector<std::string> held;
    {
        const std::lock_guard lock(m_mutex);
        for (const auto& [id, running] : m_running)
            if (!running.machine->isOver() && !running.status.rehearsal)
                held.push_back(id);
    }
    // A lost lease shows before the next write, where it counts.
    for (const auto& id : held)
        (void)m_journal->renew(id, m_process, leaseEnd());
}

/// Who asked for it is not here to see that nobody does it.
void ShiftDesk::takeBackWhatIsDue()
{
    if (!m_options.staysOpen || !mayWrite())
        return;
    std::vector<std::string> due;
    {
        const std::lock_guard lock(m_mutex);
        // What is judged before the fleets have answered is held up by that alone; who does not answer for so long is for the shift itself to tell of.
        constexpr auto patience = 1min;
        const bool known = m_inputs.snapshot && m_inputs.silent.empty() && !isFromCache(*m_inputs.snapshot);
        if (!known && std::chrono::steady_clock::now() - m_opened < patience)
            return;
        // What nobody can reach is taken back once it can be.
        const auto hasAnswered = [this](const Plan::Move& move) {
            const auto route = routeNamed(move.route);
            return route && *route < m_readings.size() && m_readings[*route];
        };
        for (const auto& status : m_known)
            if (status.abandoned && status.expiresAt && supersededBy(status, m_known).empty() && !status.returning() && m_options.clock() >= *status.expiresAt && isHere(status) && !m_running.contains(status.id)
                && std::ranges::all_of(status.plan.moves, hasAnswered))
                due.push_back(status.id);
    }
    // Where it cannot be done, the shift itself says what stands against it; whoever is first takes it.
    for (const auto& id : due)
        (void)adopt(id, {});
}

void ShiftDesk::dropEnded()
{
    std::map<std::string, Running> ended;
    {
        const std::lock_guard lock(m_mutex);
        for (auto it = m_running.begin(); it != m_running.end();)
            if (it->second.machine->isOver() && isOver(it->second.status.phase)) {
                auto& list = it->second.status.rehearsal ? m_rehearsed : m_known;
                list.insert(list.begin(), it->second.status);
                ended.insert(m_running.extract(it++));
            } else
                ++it;
    }
    for (auto& [id, running] : ended) {
        running.machine.reset();
        (void)m_journal->drop(id, m_process);
    }
}

void ShiftDesk::watch(const std::stop_token& stop)
{
    auto nextRenewal = std::chrono::steady_clock::now() + renewed, nextLook = std::chrono::steady_clock::now() + unprompted;
    std::int64_t seen = 0;
    while (!stop.stop_requested()) {
        obeyOrders();
        dropEnded();
        if (const auto now = std::chrono::steady_clock::now(); now >= nextRenewal) {
            renewLeases();
            nextRenewal = now + renewed;
        }
        bool look = false;
        {
            const std::lock_guard lock(m_mutex);
            look = std::exchange(m_refresh, false);
            if (const auto now = std::chrono::steady_clock::now(); now >= nextLook) {
                nextLook = now + unprompted;
                // What runs here renews its leases, where one that was left behind stands is for its routers to say, and plans expire.
                look = look || m_hasPlans || !m_running.empty() || std::ranges::any_of(m_known, [](const PlanStatus& it) { return !isOver(it.phase); });
            }
        }
        if (const auto changes = m_journal->foreignChanges(); look || changes != seen) {
            seen = changes;
            readJournal();
            takeBackWhatIsDue();
        }
        std::unique_lock lock(m_mutex);
        m_wake.wait_for(lock, stop, turn, [this] { return m_refresh; });
    }
}

} // namespace penstock
