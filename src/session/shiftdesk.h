// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <span>
#include <thread>

#include "auditwitness.h"
#include "leasekeys.h"
#include "plandesk.h"
#include "shift/shiftmachine.h"
#include "storage/journalfile.h"

namespace penstock {

/// What a shift needs to know of a route of the workspace.
struct RouteLine
{
    std::shared_ptr<Router> router; ///< null: it could not be made
    std::vector<std::string> leaseKeys; ///< RouterAddress::leaseKeys of it: the same in every process
};

/// What a route's row shows: its running shift, else the last that ended since then; rehearsals aside.
[[nodiscard]] std::optional<ShiftStatus> newestShiftOf(const std::vector<PlanStatus>& shifts, const std::string& route, Time since);

/// Nothing of what the evacuation left has been given load again, as far as the routers tell. What others gave up for it, be
/// it a tenth of a per cent by rounding, they may get back. `readings`: by route.
[[nodiscard]] bool isStillLeft(const PlanStatus& evacuation, const std::vector<Route>& routes, std::span<const RouteReading* const> readings);

/// Between what its shifts, of these that are no rehearsals, have had the weights of a route, where one moves it or has moved it so lately that the fleets
/// may not have followed. Empty: none has.
struct LatelyMoved
{
    Weights least, most; ///< by backend
    std::vector<KnownLoad> known {}; ///< when the last of its shifts was planned
};
[[nodiscard]] std::optional<LatelyMoved> movedLately(const std::vector<PlanStatus>& shifts, const std::string& route, Time now);

/// The shift of these ("S-34 of ada") that was begun later, has written since, has not returned, and moved a route of this one: to go on with this one, or
/// to take it back, would undo it. Empty: none.
[[nodiscard]] std::string supersededBy(const PlanStatus& status, const std::vector<PlanStatus>& shifts);

/// Runs plans and knows of those that run elsewhere: leases, orders, recovery. All functions may be called from any thread.
class ShiftDesk
{
public:
    struct Options
    {
        std::string person;
        std::string workspace; ///< its name: plans that wait for a second person are those of one workspace
        bool readOnly = false;
        bool staysOpen = false; ///< as SessionOptions
        Clock clock;
        AuditWitness witness;
    };
    /// `changed` is called from other threads whenever shifts() differs.
    ShiftDesk(Options options, std::shared_ptr<JournalFile> journal, PlanDesk& plans, GroundKeeper& keeper, std::function<void()> changed);
    ~ShiftDesk(); ///< pauses what runs here, gives its leases back, joins

    void setLines(std::vector<RouteLine> lines); ///< by route of the workspace
    /// What plans are judged on while they run.
    void setInputs(const PlanInputs& inputs);

    /// Starts a plan that was judged a moment ago and returns its id.
    [[nodiscard]] Result<std::string> start(const PlanView& view, const PlanRequest& request, Time commandedAt);
    /// `what`: pause, resume, return or stop. Of a shift that runs elsewhere it is written down for its process; one that
    /// nobody runs is taken over by this one.
    [[nodiscard]] Result<> command(const std::string& id, const std::string& what);
    /// Keeps a plan where a second person finds it by its hash.
    [[nodiscard]] Result<> propose(const PlanView& view);
    [[nodiscard]] Result<> noteShown(const PlanView& view);
    [[nodiscard]] Result<> approve(const std::string& hash, const PlanInputs& inputs);
    /// Runs a plan as in earnest, but nothing is written. Returns its id: "R-1".
    [[nodiscard]] Result<std::string> rehearse(const PlanView& view, const std::optional<Override>& asked);

    [[nodiscard]] std::vector<PlanStatus> shifts() const; ///< newest first
    /// What running shifts were promised, where load that they or those that ended lately have moved is on its way, and what was evacuated.
    [[nodiscard]] Claims claims(const Ground& bare) const;
    [[nodiscard]] std::vector<std::optional<RouteReading>> readings() const; ///< by route, the newest
    /// Looks into the journal at once instead of at the next turn.
    void refresh();

private:
    struct Running
    {
        std::unique_ptr<ShiftMachine> machine;
        PlanStatus status;
    };
    [[nodiscard]] Result<> mayWrite() const;
    [[nodiscard]] Result<> launch(PlanStatus begin, std::vector<std::shared_ptr<Router>> routers, bool now, std::chrono::milliseconds expected = {});
    /// `what`: as command(); empty: it stands, and returns by itself as it was to.
    [[nodiscard]] Result<> adopt(const std::string& id, const std::string& what);
    void takeBackWhatIsDue();
    [[nodiscard]] std::string movedSince(const PlanStatus& status) const; ///< as supersededBy(), of all that are known
    [[nodiscard]] Judgement judgePart(const std::string& id, const Plan& part, std::size_t done, std::span<const RouteReading> readings) const;
    [[nodiscard]] Claims claimsExcept(const std::string& id, const Ground& bare) const;
    [[nodiscard]] std::vector<Arrival> arrivals(const std::vector<PlanStatus>& others) const; ///< under m_mutex
    [[nodiscard]] std::vector<GuardLimits> limitsOf(const Plan& plan) const;
    [[nodiscard]] std::optional<std::size_t> routeNamed(const std::string& name) const;
    [[nodiscard]] std::vector<JournalLease> leasesOf(std::size_t route, const std::string& holder) const; ///< under m_mutex
    [[nodiscard]] std::vector<PlanStatus> all() const; ///< under m_mutex
    void noteWhatRoutersHave(PlanStatus& status) const;
    [[nodiscard]] bool isHere(const PlanStatus& status) const; ///< under m_mutex: its routes are this workspace's
    void watch(const std::stop_token& stop);
    void readJournal();
    void obeyOrders();
    void renewLeases();
    void dropEnded();
    [[nodiscard]] Time leaseEnd() const;
    [[nodiscard]] bool isSimulated() const;
    [[nodiscard]] std::vector<SilentEndpoint> silentNow() const;

    Options m_options;
    std::shared_ptr<JournalFile> m_journal;
    PlanDesk& m_plans;
    GroundKeeper& m_keeper;
    std::function<void()> m_changed;
    const ProcessName m_process = thisProcess();
    const std::chrono::steady_clock::time_point m_opened = std::chrono::steady_clock::now();
    mutable std::mutex m_mutex; ///< guards what follows; never held while a machine ends
    std::condition_variable_any m_wake;
    std::vector<RouteLine> m_lines;
    PlanInputs m_inputs; ///< its readings point into m_readings
    std::vector<std::optional<RouteReading>> m_readings;
    std::map<std::string, Running> m_running; ///< by id; until they are over
    std::vector<PlanStatus> m_known; ///< of the journal, newest first; without a journal those that ended here
    std::vector<PlanStatus> m_rehearsed; ///< that have ended, newest first
    std::int64_t m_lastOrder = 0;
    std::int64_t m_lastId = 0; ///< without a journal, and of rehearsals
    bool m_hasPlans = false; ///< kept for a second person, or shown
    bool m_refresh = true;
    std::jthread m_thread;
};

} // namespace penstock
