// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "scriptedrouter.h"
#include "shift/shiftmachine.h"
#include "shift/statustext.h"

namespace penstock::test {

class MemoryJournal final : public Journal
{
public:
    Result<> record(const JournalEntry& entry) override
    {
        const std::lock_guard lock(mutex);
        if (full)
            return fail(Error::Kind::Corrupt, "no space left", "journal");
        auto status = statusOf(entry.state);
        if (!status)
            return std::unexpected(status.error());
        written.push_back(std::move(*status));
        return {};
    }
    Result<std::vector<JournalEntry>> entries(std::size_t) override { return std::vector<JournalEntry>(); }
    Result<std::string> nextId() override { return std::string("S-1"); }
    Result<> take(const std::vector<JournalLease>&, Time) override { return {}; }
    Result<> renew(const std::string&, const ProcessName&, Time) override { return {}; }
    Result<> drop(const std::string&, const ProcessName&) override { return {}; }
    Result<std::vector<JournalLease>> leases() override { return std::vector<JournalLease>(); }
    Result<> order(const ShiftOrder&) override { return {}; }
    Result<std::vector<ShiftOrder>> ordersAfter(std::int64_t) override { return std::vector<ShiftOrder>(); }
    Result<> keepPlan(const KeptPlan&) override { return {}; }
    Result<std::vector<KeptPlan>> plans(Time) override { return std::vector<KeptPlan>(); }
    Result<> approve(const KeptApproval&) override { return {}; }
    Result<std::vector<KeptApproval>> approvals(Time) override { return std::vector<KeptApproval>(); }

    std::mutex mutex;
    std::vector<PlanStatus> written;
    bool full = false;
};

/// A judgement in which every rule passes, but for those that are told to block.
[[nodiscard]] inline Judgement judgementThat(const std::vector<std::string>& blocks = {}, const std::string& wayBack = "3 steps, the same way")
{
    Judgement made;
    for (const auto& rule : interlockRules()) {
        const bool block = std::ranges::find(blocks, rule) != blocks.end();
        made.interlocks.push_back({ rule, rule, block ? Interlock::Verdict::Block : Interlock::Verdict::Pass, rule == "way_back" ? wayBack : block ? "evidence of " + rule : "" });
    }
    return made;
}

/// A machine, its routers, and what was heard of it.
struct Story
{
    std::vector<std::shared_ptr<ScriptedRouter>> routers { std::make_shared<ScriptedRouter>() };
    bool resumed = false; ///< at once: `begin` is of a shift that was found
    std::shared_ptr<MemoryJournal> journal = std::make_shared<MemoryJournal>();
    ShiftTiming timing { .poll = std::chrono::milliseconds(1), .patience = std::chrono::milliseconds(200), .stuckAfter = std::chrono::milliseconds(20),
        .fewAfter = std::chrono::milliseconds(20), .lateFor = std::chrono::milliseconds(30), .tolerance = 2, .largestStepBack = 10, .writeTries = 3 };
    ShiftHooks hooks;
    std::vector<GuardLimits> limits;
    PlanStatus begin;
    std::mutex mutex;
    std::condition_variable heard;
    std::vector<PlanStatus> told;
    std::unique_ptr<ShiftMachine> machine;

    explicit Story(std::size_t routes = 1, std::vector<Weights> steps = { { 90, 10 }, { 80, 20 }, { 70, 30 } })
    {
        begin.id = "S-1";
        begin.plan.person = "ada";
        begin.plan.reason = "test";
        begin.plan.bake = std::chrono::milliseconds(0);
        for (std::size_t r = 0; r < routes; ++r) {
            if (r > 0)
                routers.push_back(std::make_shared<ScriptedRouter>());
            routers[r]->name = "route" + std::to_string(r);
            begin.plan.moves.push_back({ .route = routers[r]->name, .version = ScriptedRouter().version(), .from = { 100, 0 }, .steps = steps });
        }
    }
    void start()
    {
        hooks.changed = [this](const PlanStatus& status) {
            const std::lock_guard lock(mutex);
            told.push_back(status);
            heard.notify_all();
        };
        machine = std::make_unique<ShiftMachine>(std::vector<std::shared_ptr<Router>>(routers.begin(), routers.end()), journal, begin, limits, hooks, wallClock, timing);
        if (resumed)
            machine->resume("ada");
    }
    ~Story()
    {
        for (auto& router : routers)
            router->script([](ScriptedRouter& it) { it.hangs = it.hangsInApply = false; });
    }
    /// Waits until a status that fits was told, and forgets everything up to it.
    template<class Fits>
    std::optional<PlanStatus> await(Fits fits)
    {
        std::unique_lock lock(mutex);
        std::optional<PlanStatus> found;
        heard.wait_for(lock, std::chrono::seconds(20), [&] {
            const auto at = std::ranges::find_if(told, fits);
            if (at == told.end())
                return false;
            found = *at;
            told.erase(told.begin(), at + 1);
            return true;
        });
        return found;
    }
    std::optional<PlanStatus> await(ShiftPhase phase)
    {
        return await([phase](const PlanStatus& status) { return status.phase == phase; });
    }
    std::optional<PlanStatus> ended()
    {
        return await([](const PlanStatus& status) { return isOver(status.phase); });
    }
    /// Over, or standing still.
    std::optional<PlanStatus> settled()
    {
        return await([](const PlanStatus& status) { return isOver(status.phase) || status.phase == ShiftPhase::Paused; });
    }
    std::vector<Weights> applied(std::size_t router = 0)
    {
        const std::lock_guard lock(routers[router]->mutex);
        return routers[router]->applied;
    }
};

} // namespace penstock::test
