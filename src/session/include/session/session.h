// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "engine/snapshot.h"
#include "fleet/auditlog.h"
#include "fleet/endpoint.h"
#include "fleet/series.h"
#include "fleet/shiftstatus.h"
#include "session/planview.h"
#include "shift/rehearsal.h"
#include "shift/shiftmachine.h"
#include "workspace/workspace.h"

namespace penstock {

struct SessionOptions
{
    std::string cacheFile; ///< empty: no cache
    std::string journalFile; ///< empty: no journal
    std::string auditFile; ///< empty: no audit log
    std::string historyFile {}; ///< empty: nothing is kept of what the fleets were doing
    bool readOnly = false; ///< refuses everything that writes to a router or to the journal
    bool staysOpen = false; ///< takes back what was to return by itself when the program that was to do it has ended
    std::string person; ///< empty: the account of the operating system, which no program changes; tests name others
    Clock clock = wallClock;
};

/// Files of the user's data directory, made when needed. Each workspace has a cache and a history of its own: what one has
/// seen is no history of another.
[[nodiscard]] SessionOptions defaultSessionOptions(const Workspace& workspace);
/// $XDG_CONFIG_HOME/penstock/workspace.toml, whether it is there or not.
[[nodiscard]] std::string defaultWorkspaceFile();
/// The account of the operating system that runs this program, and the machine.
[[nodiscard]] std::string operatorName();
[[nodiscard]] std::string hostName();

/// What is known of one route now.
struct RouteView
{
    Route route;
    std::optional<RouteReading> reading;
    std::optional<Error> error; ///< of the last reading
    std::optional<ShiftStatus> shift; ///< the running one, or the last
    std::shared_ptr<const SplitHistory> observed; ///< the last 15 minutes; never null
};

/// Per cent that a backend should have: as a running shift wants it, or as it is accepted.
[[nodiscard]] std::optional<double> desiredShare(const RouteView& view, std::size_t backend);

/// One running console without its window: builds everything from a workspace and owns every thread. All functions and
/// signals belong to the thread that made it.
class Session final : public QObject
{
    Q_OBJECT

public:
    Session(Workspace workspace, SessionOptions options, QObject* parent = nullptr);
    ~Session() override; ///< saves the cache, pauses running shifts, joins all threads

    /// Shows what the cache holds, then connects.
    void start();

    [[nodiscard]] const Workspace& workspace() const;
    [[nodiscard]] SnapshotPtr snapshot() const; ///< never null
    [[nodiscard]] std::shared_ptr<const RecentHistory> history() const; ///< never null
    [[nodiscard]] const std::vector<EndpointStatus>& endpoints() const;
    [[nodiscard]] const std::vector<RouteView>& routes() const;
    [[nodiscard]] bool isReadOnly() const; ///< by option or by workspace
    [[nodiscard]] const std::string& historyFile() const; ///< empty: nothing is kept
    /// A reader has found the history damaged: whoever writes it here looks at all of it, and sets it aside if it is.
    void checkHistory() const;
    [[nodiscard]] const QString& historyTrouble() const; ///< why no history is written, for as long as none is; "": it is, or another process does
    [[nodiscard]] const QString& notice() const; ///< "" or what the user should know of the start
    /// Null where there is none, and when it could not be opened: nothing can be started then.
    [[nodiscard]] std::shared_ptr<AuditLog> audit() const;
    /// True when every endpoint has sent a whole picture and every route was read. Who leaves a place waits for nothing there, nor
    /// for what has failed elsewhere: the endpoints of `leaving`'s provider and those that do not answer count as complete, and so do routes whose
    /// router has told why it can't be read.
    [[nodiscard]] bool isComplete(const Scope& leaving = {}) const;
    /// The same of the endpoints alone: routers that hang are not waited for long where others answer.
    [[nodiscard]] bool haveFleetsAnswered(const Scope& leaving) const;

    /// A plan for a request, judged on what is known now; the same request gives the same hash while nothing has changed.
    /// Unavailable when a router has not answered. Under 20 ms: made for every move of a hand.
    [[nodiscard]] Result<PlanView> plan(const PlanRequest& request) const;
    /// Starts a plan and returns its id. `expectedHash`: of the view that was confirmed; what differs from it is refused as
    /// changed. Refused by interlocks that block, a lease of somebody else, and when read-only.
    [[nodiscard]] Result<std::string> startPlan(const PlanRequest& request, const std::string& expectedHash);
    /// The best weights of these routes now.
    [[nodiscard]] Result<BestSplit> bestSplitOf(const std::vector<std::string>& routes, const SplitWish& wish) const;
    /// What blocks of GPUs that come or go would change on that day, on the fleets as they are now. Invalid where GPUs are
    /// to go from a provider without a fleet.
    [[nodiscard]] Result<BlockEffect> whatIf(const std::vector<Block>& blocks, Time at) const;
    /// The N-1 board, made in the background at most once a second; never null, without a time before the first.
    [[nodiscard]] std::shared_ptr<const Board> board() const;
    /// A plan that was kept for a second person, judged on what is known now.
    [[nodiscard]] Result<PlanView> view(const WaitingApproval& waiting) const;
    /// The plan with this hash, which was shown to this person or kept for a second one, judged on what is known now. What is
    /// asked for must be that plan, else Conflict; Refused when it is somebody else's, or has expired.
    [[nodiscard]] Result<PlanView> planOf(const std::string& hash, const PlanRequest& request);
    /// Keeps a plan that was shown, so that another process of this person starts that very one by its hash. Nothing is kept
    /// of a console that is read-only.
    Result<> noteShown(const PlanView& view);
    /// Fails while nothing can be recorded, so that nothing is started, and what is kept of shifts is not known.
    [[nodiscard]] Result<> mayRecord() const;
    /// Keeps a plan where a second person finds it by its hash, which is returned.
    [[nodiscard]] Result<std::string> propose(const PlanRequest& request);
    /// Runs a plan on the real path with zero writes, and returns its id ("R-1"): its status, with `rehearsal` set, is in
    /// shifts(), and scoreOf() says how it went. Allowed when read-only.
    [[nodiscard]] Result<std::string> rehearse(const PlanRequest& request);
    /// The last evacuation of these routes that was rehearsed, here or in another program, as the audit log has it.
    [[nodiscard]] std::optional<Drill> lastDrill() const;
    /// Those that the log has kept last, the newest first.
    [[nodiscard]] std::vector<Drill> drills() const;
    [[nodiscard]] Time now() const; ///< by the clock of its options
    /// Plans that were kept for a second person and have not grown too old; the newest first.
    [[nodiscard]] std::vector<WaitingApproval> waitingApprovals() const;
    [[nodiscard]] const std::string& person() const; ///< who this console acts as
    /// Approves a plan of somebody else by its hash, or the first 8 digits of it or more. Refused for one's own.
    [[nodiscard]] Result<> approve(const std::string& hash);
    /// Of a running plan, here or in another program, which obeys within a second; of one that nobody runs any more: takes
    /// it over. NotFound, Refused when it is over or somebody else holds its routes, Conflict when it cannot go on.
    [[nodiscard]] Result<> pausePlan(const std::string& id);
    [[nodiscard]] Result<> resumePlan(const std::string& id);
    [[nodiscard]] Result<> goBackPlan(const std::string& id);
    [[nodiscard]] Result<> stopPlan(const std::string& id);
    /// What takes the routes of a shift that is over back to where it began: a new plan, judged like any. NotFound;
    /// Refused while it is not over.
    [[nodiscard]] Result<PlanRequest> wayBackOf(const std::string& id);
    /// Running plans, here and in other programs of this account, those left behind, and the last that ended; newest first.
    [[nodiscard]] const std::vector<PlanStatus>& shifts() const;
    /// The same, after a look into the journal and at the routers' last readings.
    const std::vector<PlanStatus>& latestShifts();

    void reconnect(const std::string& endpoint);

signals:
    void published(); ///< snapshot, history and endpoints are new
    void routesChanged();
    void boardChanged();
    void shiftsChanged();
    void noticed(const QString& text);
    void informed(const QString& text); ///< of what is as it should be

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace penstock
