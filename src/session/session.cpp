// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "session/session.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QMetaObject>
#include <QStandardPaths>
#include <QSysInfo>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <pwd.h>
#include <unistd.h>

#include "builtincatalogue.h"
#include "endpoints/endpoints.h"
#include "ingest.h"
#include "pastreading.h"
#include "plandesk.h"
#include "routers/routers.h"
#include "secret/secret.h"
#include "shift/recovery.h"
#include "shiftdesk.h"
#include "storage/auditfile.h"
#include "storage/journalfile.h"

namespace penstock {

namespace {

    using namespace std::chrono_literals;

    /// The poller and a shift share one router; each call takes its turn.
    class SharedRouter final : public Router
    {
    public:
        explicit SharedRouter(std::unique_ptr<Router> router) : m_router(std::move(router)) {}
        Result<RouteReading> read() override
        {
            const std::lock_guard lock(m_mutex);
            return m_router->read();
        }
        Result<RouteReading> apply(const Weights& weights, const std::string& expected, const std::string& key) override
        {
            const std::lock_guard lock(m_mutex);
            return m_router->apply(weights, expected, key);
        }

    private:
        std::mutex m_mutex;
        std::unique_ptr<Router> m_router;
    };

} // namespace

SessionOptions defaultSessionOptions(const Workspace& workspace)
{
    const auto folder = QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + QStringLiteral("/penstock");
    SessionOptions options;
    QByteArray identity = QByteArray::fromStdString(workspace.name);
    for (const auto& endpoint : workspace.endpoints)
        identity += '\n' + QByteArray::fromStdString(endpoint.name) + ' ' + QByteArray::fromStdString(endpoint.url + endpoint.path);
    const auto databaseOf = [&folder](const QString& what, const QByteArray& whose) {
        return folder + QStringLiteral("/%1-%2.db").arg(what, QString::fromLatin1(QCryptographicHash::hash(whose, QCryptographicHash::Sha256).toHex().left(12)));
    };
    const auto cacheOf = [&](const QByteArray& whose) { return databaseOf(QStringLiteral("cache"), whose); };
    // Two files may hold workspaces of one name.
    const auto file = QFileInfo(QString::fromStdString(workspace.file)).canonicalFilePath();
    const auto whole = identity + (file.isEmpty() ? QByteArray() : '\n' + file.toUtf8());
    const auto cache = cacheOf(whole);
    // Older versions kept one a name: whose it is is known where there is no other, and nobody has it open.
    if (const auto older = cacheOf(identity); older != cache && !QFile::exists(cache) && QFile::exists(older) && !QFile::exists(older + QStringLiteral("-wal"))
        && QDir(folder).entryList({ QStringLiteral("cache-*.db") }, QDir::Files).size() == 1)
        QFile::rename(older, cache);
    options.cacheFile = cache.toStdString();
    // A year must not be lost for an endpoint that is added.
    options.historyFile = databaseOf(QStringLiteral("history"), file.isEmpty() ? identity : file.toUtf8()).toStdString();
    options.journalFile = (folder + QStringLiteral("/journal.db")).toStdString();
    options.auditFile = (folder + QStringLiteral("/audit.db")).toStdString();
    return options;
}

std::string defaultWorkspaceFile()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation).toStdString() + "/penstock/workspace.toml";
}

std::string operatorName()
{
    const auto* account = getpwuid(geteuid());
    return account ? account->pw_name : std::to_string(geteuid());
}

std::string hostName() { return QSysInfo::machineHostName().toStdString(); }

struct Session::Impl
{
    static void remember(SplitHistory& history, const RouteReading& reading)
    {
        SplitPoint point { reading.readAt, {} };
        for (const auto& backend : reading.backends)
            point.observed.push_back(backend.observed);
        history.push_back(std::move(point));
        while (reading.readAt - history.front().at > recentHistoryLength)
            history.pop_front();
    }

    struct RouteTrack
    {
        std::shared_ptr<Router> router;
        std::jthread poller;
        std::mutex mutex; ///< guards the next two
        std::optional<RouteReading> reading;
        std::optional<Error> error;
        std::shared_ptr<SplitHistory> observed = std::make_shared<SplitHistory>(); ///< of the session's own thread
    };

    void openRecords();
    void checkRecords();
    [[nodiscard]] Result<> mayRecord() const
    {
        return recordsError ? fail(Error::Kind::Refused, "nothing can be recorded, so nothing is started: " + recordsError->what, recordsError->where, recordsError->hint) : Result<>();
    }
    void addNotice(const std::string& text)
    {
        if (!text.empty())
            notice += (notice.isEmpty() ? QString() : QStringLiteral("\n")) + QString::fromStdString(text);
    }
    /// Once for as long as it lasts: a disk that stays full is no news, whatever it says of itself each time.
    void sayOfHistory()
    {
        constexpr auto lasts = 60s; // a disk that is nearly full takes some and refuses some
        const auto& error = published.historyError;
        const auto now = options.clock();
        if (!error) {
            if (!saidOfHistory || now - historyFailedAt < lasts)
                return;
            if (*saidOfHistory != Error::Kind::Refused && *saidOfHistory != Error::Kind::Corrupt)
                emit owner->informed(QStringLiteral("History is kept again."));
            saidOfHistory.reset();
            historyTrouble.clear();
            return;
        }
        historyFailedAt = now;
        if (std::exchange(saidOfHistory, error->kind) == error->kind)
            return;
        // Two consoles on one workspace are as it should be.
        if (error->kind == Error::Kind::Refused)
            return emit owner->informed(QString::fromStdString("Nothing is lost: " + error->what + ", and this console reads it."));
        const auto text = error->kind == Error::Kind::Corrupt ? error->what : "History is not kept, all else goes on: " + error->text();
        addNotice(text);
        if (error->kind != Error::Kind::Corrupt)
            historyTrouble = QString::fromStdString(text);
        emit owner->noticed(QString::fromStdString(text));
    }
    void openEndpoints();
    void openRoutes();
    void restoreSplits();
    void keepCarried() const;
    void wakeRoutes();
    void wakeShifts();
    void showInputs() { shiftDesk->setInputs(planInputs()); }
    [[nodiscard]] std::shared_ptr<HttpClient> httpClient()
    {
        if (!http)
            http = std::make_shared<HttpClient>();
        return http;
    }
    [[nodiscard]] PlanInputs planInputs() const
    {
        PlanInputs inputs { published.snapshot, {}, silentEndpoints(published.endpoints, workspace.endpoints) };
        for (const auto& view : views)
            inputs.readings.push_back(view.reading ? &*view.reading : nullptr);
        return inputs;
    }

    Session* owner = nullptr;
    Workspace workspace;
    SessionOptions options;
    QString notice;
    std::optional<Error::Kind> saidOfHistory; ///< that was said of it, until it has been well for a while
    QString historyTrouble; ///< for as long as nothing is written
    Time historyFailedAt {};
    std::unique_ptr<Ingest> ingest;
    std::vector<std::unique_ptr<AgentServer>> servers; ///< of endpoints that run in this process
    std::vector<std::optional<AgentChannel>> channels; ///< by endpoint
    std::shared_ptr<HttpClient> http; ///< of all that speak HTTP; null until there is one
    std::vector<std::unique_ptr<Source>> sources;
    std::vector<std::optional<Error>> endpointErrors;
    std::shared_ptr<JournalFile> journal;
    std::shared_ptr<AuditFile> audit;
    std::optional<Error> recordsError; ///< why nothing can be recorded, so that nothing is started
    std::jthread recordsCheck; ///< whether the chain of the log is whole
    Published published;
    std::vector<std::unique_ptr<RouteTrack>> tracks;
    std::vector<RouteView> views;
    std::atomic<bool> routeWake = false, shiftWake = false;
    std::unique_ptr<PlanDesk> desk;
    std::unique_ptr<GroundKeeper> keeper;
    std::unique_ptr<ShiftDesk> shiftDesk;
    std::vector<PlanStatus> shifts;
    Time openedAt {};
    std::jthread splitsReader; ///< of what routes carried before the start
};

Session::Session(Workspace workspace, SessionOptions options, QObject* parent)
    : QObject(parent), m_impl(std::make_unique<Impl>())
{
    auto& impl = *m_impl;
    impl.owner = this;
    impl.workspace = std::move(workspace);
    impl.options = std::move(options);
    impl.options.readOnly = impl.options.readOnly || impl.workspace.readOnly;
    auto catalogue = builtInCatalogue();
    catalogue.overlay(impl.workspace.catalogue);
    impl.workspace.catalogue = std::move(catalogue);
    std::optional<Cache> cache;
    if (!impl.options.cacheFile.empty()) {
        std::string notice;
        auto opened = Cache::open(impl.options.cacheFile, notice);
        if (opened)
            cache = std::move(*opened);
        else
            notice = "Running without a cache: " + opened.error().text();
        impl.notice = QString::fromStdString(notice);
    }
    std::optional<HistoryFile> kept;
    if (!impl.options.historyFile.empty()) {
        for (const auto& earlier : HistoryFile::setAsideBefore(impl.options.historyFile))
            impl.addNotice(earlier);
        std::string notice;
        if (auto opened = HistoryFile::open(impl.options.historyFile, impl.workspace.history, notice, impl.options.clock))
            kept.emplace(std::move(*opened));
        else
            notice = "Running without a history: " + opened.error().text();
        impl.addNotice(notice);
    }
    for (const auto& type : impl.workspace.catalogue.undescribed())
        impl.addNotice("The catalogue has a price for " + type + " and nothing says what that type holds: add [[instance]].");
    if (impl.options.person.empty())
        impl.options.person = operatorName();
    impl.openRecords();
    impl.ingest = std::make_unique<Ingest>(impl.workspace.endpoints, impl.workspace.policy.staleAfter, std::move(cache),
        impl.options.clock, [this] {
            QMetaObject::invokeMethod(
                this,
                [this] {
                    if (auto made = m_impl->ingest->take()) {
                        m_impl->published = std::move(*made);
                        m_impl->sayOfHistory();
                        m_impl->keeper->show(m_impl->published.snapshot);
                        m_impl->showInputs();
                        emit published();
                    }
                },
                Qt::QueuedConnection);
        },
        impl.workspace.catalogue, std::move(kept));
    std::string unread;
    impl.published = impl.ingest->restore(unread);
    impl.addNotice(unread);
    for (const auto& route : impl.workspace.routes)
        impl.views.push_back({ route, {}, {}, {}, std::make_shared<SplitHistory>() });
    impl.openedAt = impl.options.clock();
    impl.keeper = std::make_unique<GroundKeeper>(
        planRulesOf(impl.workspace), [&impl](const Ground& bare) { return impl.shiftDesk ? impl.shiftDesk->claims(bare) : Claims(); },
        [&impl] { return impl.shiftDesk ? impl.shiftDesk->readings() : std::vector<std::optional<RouteReading>>(); },
        [this] {
            QMetaObject::invokeMethod(
                this,
                [this] {
                    m_impl->keepCarried();
                    emit boardChanged();
                },
                Qt::QueuedConnection);
        });
    impl.desk = std::make_unique<PlanDesk>(impl.workspace, impl.options.person, impl.options.clock, *impl.keeper);
    impl.shiftDesk = std::make_unique<ShiftDesk>(
        ShiftDesk::Options { impl.options.person, impl.workspace.name, impl.options.readOnly, impl.options.staysOpen, impl.options.clock, AuditWitness(impl.audit, impl.workspace.routes) }, impl.journal, *impl.desk, *impl.keeper,
        [&impl] { impl.wakeShifts(); });
    impl.showInputs();
    impl.keeper->show(impl.published.snapshot);
}

Session::~Session()
{
    // Shifts first (they pause and say so in the journal), then readers, then the embedded agents they read from.
    m_impl->keeper->finish();
    m_impl->shiftDesk.reset();
    for (auto& track : m_impl->tracks)
        track->poller.request_stop();
    m_impl->tracks.clear();
    m_impl->splitsReader = {};
    m_impl->ingest.reset();
    m_impl->servers.clear();
}

void Session::Impl::openRecords()
{
    const auto say = [this](const std::string& what, const Error& error) {
        recordsError = error;
        addNotice("Shifts are off, the " + what + " cannot be opened: " + error.text());
    };
    std::shared_ptr<JournalFile> begun; ///< in the place of one that was damaged
    if (!options.journalFile.empty()) {
        std::string said;
        if (auto opened = JournalFile::open(options.journalFile, said)) {
            journal = *opened;
            if (!said.empty()) {
                begun = *opened;
                addNotice(said + " Which shifts ran is not known any more: see what the routes carry, and the audit log for what was done.");
            }
        } else
            say("journal", opened.error());
    }
    // A console that can touch nothing leaves the log alone; it may show what is there.
    if (!options.auditFile.empty() && options.readOnly) {
        if (auto opened = AuditFile::openToRead(options.auditFile))
            audit = *opened;
    } else if (!options.auditFile.empty()) {
        if (auto opened = AuditFile::open(options.auditFile, { options.person, hostName(), options.clock }))
            audit = *opened;
        else
            say("audit log", opened.error());
    }
    // A shift of the new journal is none that the log tells of already.
    std::int64_t last = 0;
    if (const auto told = begun && audit ? audit->records({}) : Result<std::vector<AuditRecord>>(); told)
        for (const auto& it : *told)
            if (std::int64_t number = 0; it.shift.starts_with("S-") && std::from_chars(it.shift.data() + 2, it.shift.data() + it.shift.size(), number).ec == std::errc())
                last = std::max(last, number);
    if (last > 0)
        if (const auto done = begun->goOnAfter(last); !done)
            say("journal", done.error());
}

void Session::Impl::openEndpoints()
{
    const EndpointFacts facts { .workloads = workspace.workloads, .catalogue = std::make_shared<const Catalogue>(workspace.catalogue), .staleAfter = workspace.policy.staleAfter, .clock = options.clock };
    for (const auto& endpoint : workspace.endpoints) {
        auto opened = openEndpoint(endpoint, facts, [this] { return httpClient(); });
        endpointErrors.push_back(opened ? std::nullopt : std::optional(opened.error()));
        auto [server, agent, source] = opened ? std::move(*opened) : OpenedEndpoint();
        if (server)
            servers.push_back(std::move(server));
        channels.push_back(std::move(agent));
        sources.push_back(std::move(source));
    }
}

/// True when the shift has brought the route to where it stands, and the change that the router saw was made while it ran.
static bool hasSet(const PlanStatus& shift, const std::string& route, const RouteReading& reading)
{
    constexpr std::chrono::seconds betweenReadings(2);
    const auto progress = std::ranges::find(shift.routes, route, &RouteProgress::route);
    return !shift.rehearsal && progress != shift.routes.end() && reading.forgotten.empty() && reading.driftedAt && *reading.driftedAt >= shift.startedAt
        && *reading.driftedAt <= shift.endedAt.value_or(*reading.driftedAt) + betweenReadings && isAt(reading.accepted(), progress->desired);
}

std::optional<double> desiredShare(const RouteView& view, std::size_t backend)
{
    if (view.shift && !isOver(view.shift->phase) && backend < view.shift->desired.size())
        return view.shift->desired[backend];
    return view.reading && backend < view.reading->backends.size() ? std::optional(view.reading->backends[backend].accepted) : std::nullopt;
}

/// What is known now of the backends of all routes, as the history keeps it.
static std::vector<GroupPoint> sharesOf(const std::vector<RouteView>& views, Time now)
{
    std::vector<GroupPoint> shares;
    for (const auto& view : views) {
        // A router that is silent says nothing of now.
        if (!view.reading || view.error || now - view.reading->readAt > 10s)
            continue;
        for (std::size_t i = 0; i < std::min(view.route.backends.size(), view.reading->backends.size()); ++i) {
            const auto& backend = view.reading->backends[i];
            GroupPoint share { .dimension = GroupPoint::Dimension::Backend, .key = view.route.name + "/" + view.route.backends[i].name };
            share.accepted = backend.accepted;
            share.observed = backend.observed.value_or(-1);
            share.desired = desiredShare(view, i).value_or(-1);
            shares.push_back(std::move(share));
        }
    }
    return shares;
}

/// What comes from the disk counts as zero capacity, which says nothing of what would survive.
void Session::Impl::keepCarried() const
{
    const auto board = keeper->board();
    if (!ingest || board->fromCache)
        return;
    // Nor does what has not been heard of yet, right after the start.
    constexpr auto first = 30s;
    if (options.clock() - openedAt < first && std::ranges::any_of(published.endpoints, [](const EndpointStatus& it) { return !it.observed; }))
        return;
    std::map<std::string, double> carried;
    for (const auto& row : board->rows)
        carried.emplace(row.provider + (row.region.empty() ? "" : "/") + row.region, row.percent);
    ingest->setCarried(std::move(carried));
}

void Session::Impl::wakeRoutes()
{
    if (routeWake.exchange(true))
        return;
    QMetaObject::invokeMethod(
        owner,
        [this] {
            routeWake = false;
            for (std::size_t i = 0; i < tracks.size(); ++i) {
                const std::lock_guard lock(tracks[i]->mutex);
                views[i].reading = tracks[i]->reading;
                views[i].error = tracks[i]->error;
                views[i].observed = tracks[i]->observed;
                if (const auto& reading = tracks[i]->reading; reading && (tracks[i]->observed->empty() || reading->readAt > tracks[i]->observed->back().at))
                    remember(*tracks[i]->observed, *reading);
                // What another console of ours has set was changed by nobody else.
                if (views[i].reading && !views[i].reading->drift.empty() && std::ranges::any_of(shifts, [&](const PlanStatus& it) { return hasSet(it, views[i].route.name, *views[i].reading); })) {
                    views[i].reading->drift.clear();
                    views[i].reading->driftedAt.reset();
                }
                // Who was started after a router was does not know what that had before; the journal does.
                const auto newest = std::ranges::find_if(shifts, [&](const PlanStatus& it) { return !it.rehearsal && std::ranges::find(it.routes, views[i].route.name, &RouteProgress::route) != it.routes.end(); });
                if (views[i].reading && newest != shifts.end() && isOver(newest->phase))
                    remind(views[i].route.name, *views[i].reading, *newest);
            }
            ingest->setShares(sharesOf(views, options.clock()));
            showInputs();
            emit owner->routesChanged();
        },
        Qt::QueuedConnection);
}

void Session::Impl::wakeShifts()
{
    if (shiftWake.exchange(true))
        return;
    QMetaObject::invokeMethod(
        owner,
        [this] {
            shiftWake = false;
            shifts = shiftDesk->shifts();
            for (auto& view : views)
                view.shift = newestShiftOf(shifts, view.route.name, openedAt);
            emit owner->shiftsChanged();
            emit owner->routesChanged();
        },
        Qt::QueuedConnection);
}

void Session::Impl::openRoutes()
{
    const RouterMeans means { .http = [this] { return httpClient(); }, .secrets = readSecret, .channel = [this](const std::string& endpoint) -> const AgentChannel* {
        const auto found = std::ranges::find(workspace.endpoints, endpoint, &Endpoint::name);
        const auto at = static_cast<std::size_t>(found - workspace.endpoints.begin());
        return at < channels.size() && channels[at] ? &*channels[at] : nullptr;
    } };
    for (const auto& route : workspace.routes) {
        auto track = std::make_unique<RouteTrack>();
        if (auto router = makeRouter(route, means))
            track->router = std::make_shared<SharedRouter>(std::move(*router));
        else
            track->error = router.error();
        auto* raw = track.get();
        if (track->router)
            track->poller = std::jthread([this, raw](const std::stop_token& stop) {
                std::mutex sleeping;
                std::condition_variable_any wake;
                // What is counted between two readings is known soon: whoever leaves a place waits for it.
                int soon = 8; ///< readings
                while (!stop.stop_requested()) {
                    auto reading = raw->router->read();
                    {
                        const std::lock_guard lock(raw->mutex);
                        if (reading) {
                            raw->reading = std::move(*reading);
                            raw->error.reset();
                        } else
                            raw->error = reading.error();
                    }
                    wakeRoutes();
                    std::unique_lock lock(sleeping);
                    wake.wait_for(lock, stop, soon > 0 ? 250ms : 1'000ms, [] { return false; });
                    soon = std::max(0, soon - 1);
                }
            });
        tracks.push_back(std::move(track));
    }
    std::vector<RouteLine> lines;
    for (std::size_t r = 0; r < tracks.size(); ++r)
        lines.push_back({ tracks[r]->router, workspace.routes[r].router.leaseKeys(workspace.routes[r].name, workspace.endpoints) });
    shiftDesk->setLines(std::move(lines));
    wakeRoutes();
}

/// Hundreds of routes take a while to read, and nobody waits for it.
void Session::Impl::restoreSplits()
{
    if (options.historyFile.empty() || workspace.routes.empty())
        return;
    splitsReader = std::jthread([this, now = options.clock()] {
        // Why it can't be read is said by whoever writes it.
        auto file = HistoryFile::openToRead(options.historyFile);
        auto splits = file ? readSplits(*file, workspace.routes, now - recentHistoryLength, now, 1s) : Result<Splits>();
        if (!splits || splits->empty())
            return;
        QMetaObject::invokeMethod(
            owner,
            [this, splits = std::move(*splits)] {
                for (std::size_t i = 0; i < tracks.size(); ++i) {
                    auto& live = *tracks[i]->observed;
                    const auto& before = *splits.at(workspace.routes[i].name);
                    const auto end = live.empty() ? before.end() : std::ranges::lower_bound(before, live.front().at, {}, &SplitPoint::at);
                    live.insert(live.begin(), before.begin(), end);
                    views[i].observed = tracks[i]->observed;
                }
                emit owner->routesChanged();
            },
            Qt::QueuedConnection);
    });
}

/// A chain takes a while to look at, and nobody waits for it but who wants to start something.
void Session::Impl::checkRecords()
{
    if (!audit)
        return;
    recordsCheck = std::jthread([this] {
        const auto verdict = audit->verify();
        if (!verdict || !verdict->broken)
            return;
        const auto& found = *verdict->broken;
        Error error { Error::Kind::Corrupt, "the audit log was tampered with: at record " + std::to_string(found.number) + ": " + found.what, options.auditFile,
            "run penstockctl audit verify; to go on, move the file and its .head away as evidence, and a new log begins" };
        QMetaObject::invokeMethod(
            owner,
            [this, error = std::move(error)] {
                recordsError = error;
                addNotice("Shifts are off: " + error.text());
                emit owner->noticed(notice);
            },
            Qt::QueuedConnection);
    });
}

void Session::start()
{
    m_impl->checkRecords();
    m_impl->openEndpoints();
    m_impl->ingest->start(std::move(m_impl->sources), m_impl->endpointErrors);
    m_impl->openRoutes();
    m_impl->restoreSplits();
    if (!m_impl->notice.isEmpty())
        emit noticed(m_impl->notice);
    emit published();
}

const Workspace& Session::workspace() const { return m_impl->workspace; }
SnapshotPtr Session::snapshot() const { return m_impl->published.snapshot; }
std::shared_ptr<const RecentHistory> Session::history() const { return m_impl->published.history; }
const std::vector<EndpointStatus>& Session::endpoints() const { return m_impl->published.endpoints; }
const std::vector<RouteView>& Session::routes() const { return m_impl->views; }
std::vector<Drill> Session::drills() const { return AuditWitness(m_impl->audit, m_impl->workspace.routes).drills(); }
Time Session::now() const { return m_impl->options.clock(); }

std::optional<Drill> Session::lastDrill() const
{
    const auto all = drills();
    return all.empty() ? std::nullopt : std::optional(all.front());
}

std::shared_ptr<AuditLog> Session::audit() const { return m_impl->audit; }
bool Session::isReadOnly() const { return m_impl->options.readOnly; }
const std::string& Session::historyFile() const { return m_impl->options.historyFile; }
void Session::checkHistory() const
{
    if (m_impl->ingest)
        m_impl->ingest->checkHistory();
}

const QString& Session::historyTrouble() const { return m_impl->historyTrouble; }
const QString& Session::notice() const { return m_impl->notice; }

bool Session::haveFleetsAnswered(const Scope& leaving) const
{
    const bool leaves = !leaving.provider.empty();
    return std::ranges::all_of(m_impl->published.endpoints, [&](const EndpointStatus& it) {
        return (it.connection == Connection::Live && !it.fromCache && it.observed) || (leaves && (it.provider == leaving.provider || it.connection == Connection::Failing));
    });
}

bool Session::isComplete(const Scope& leaving) const
{
    const bool leaves = !leaving.provider.empty();
    return haveFleetsAnswered(leaving) && std::ranges::all_of(m_impl->views, [&](const RouteView& it) { return it.reading || (leaves && it.error); });
}

Result<PlanView> Session::plan(const PlanRequest& request) const { return m_impl->desk->plan(request, m_impl->planInputs()); }

Result<PlanView> Session::view(const WaitingApproval& waiting) const { return m_impl->desk->look(waiting.plan, waiting.asked, m_impl->planInputs()); }

Result<std::string> Session::startPlan(const PlanRequest& request, const std::string& expectedHash)
{
    const auto commandedAt = request.commandedAt.value_or(m_impl->options.clock());
    if (const auto may = m_impl->mayRecord(); !may)
        return std::unexpected(may.error());
    m_impl->shiftDesk->refresh();
    const auto inputs = m_impl->planInputs();
    const auto view = expectedHash.empty() ? m_impl->desk->plan(request, inputs) : m_impl->desk->planOf(expectedHash, request, inputs);
    return view ? m_impl->shiftDesk->start(*view, request, commandedAt) : std::unexpected(view.error());
}

Result<PlanView> Session::planOf(const std::string& hash, const PlanRequest& request)
{
    m_impl->shiftDesk->refresh();
    return m_impl->desk->planOf(hash, request, m_impl->planInputs());
}

Result<std::string> Session::propose(const PlanRequest& request)
{
    const auto view = plan(request);
    if (!view)
        return std::unexpected(view.error());
    if (const auto kept = m_impl->shiftDesk->propose(*view); !kept)
        return std::unexpected(kept.error());
    return view->judgement.hash;
}

Result<> Session::noteShown(const PlanView& view)
{
    return m_impl->shiftDesk->noteShown(view);
}

Result<std::string> Session::rehearse(const PlanRequest& request)
{
    const auto view = plan(request);
    return view ? m_impl->shiftDesk->rehearse(*view, request.asked) : std::unexpected(view.error());
}

const std::string& Session::person() const { return m_impl->options.person; }

std::vector<WaitingApproval> Session::waitingApprovals() const
{
    const auto standing = m_impl->desk->standing();
    const auto isWhereItBegins = [this](const Plan::Move& move) {
        const auto view = std::ranges::find(m_impl->views, move.route, [](const RouteView& it) { return it.route.name; });
        return view == m_impl->views.end() || !view->reading || view->reading->version == move.version;
    };
    std::vector<WaitingApproval> made;
    for (const auto& plan : standing.kept)
        // One that has been started, or whose routes have moved on, needs nobody any more.
        if (const auto hash = planHash(plan); hash && !standing.started.contains(*hash) && std::ranges::all_of(plan.moves, isWhereItBegins)) {
            const auto asked = standing.asked.find(*hash);
            made.push_back({ *hash, plan, std::ranges::find(standing.approvals, *hash, &PlanApproval::planHash) != standing.approvals.end(), asked == standing.asked.end() ? std::nullopt : std::optional(asked->second) });
        }
    std::ranges::stable_sort(made, std::greater(), [](const WaitingApproval& it) { return it.plan.plannedAt; });
    return made;
}

Result<> Session::mayRecord() const { return m_impl->mayRecord(); }

Result<> Session::approve(const std::string& hash)
{
    const auto may = m_impl->mayRecord();
    return may ? m_impl->shiftDesk->approve(hash, m_impl->planInputs()) : may;
}
Result<> Session::pausePlan(const std::string& id) { return m_impl->shiftDesk->command(id, "pause"); }
Result<> Session::resumePlan(const std::string& id) { return m_impl->shiftDesk->command(id, "resume"); }
Result<> Session::goBackPlan(const std::string& id) { return m_impl->shiftDesk->command(id, "return"); }
Result<> Session::stopPlan(const std::string& id) { return m_impl->shiftDesk->command(id, "stop"); }

Result<PlanRequest> Session::wayBackOf(const std::string& id)
{
    const auto& known = latestShifts();
    const auto found = std::ranges::find(known, id, &PlanStatus::id);
    if (found == known.end() || found->rehearsal)
        return fail(Error::Kind::NotFound, "there is no shift " + id, {}, "look at `penstockctl shifts`");
    if (!isOver(found->phase))
        return fail(Error::Kind::Refused, "shift " + id + " is not over", {}, "order it back with `penstockctl shifts return " + id + "`");
    PlanRequest made;
    for (const auto& move : found->plan.moves)
        made.targets.emplace_back(move.route, move.from);
    made.reason = "way back of " + id;
    return made;
}

Result<BestSplit> Session::bestSplitOf(const std::vector<std::string>& routes, const SplitWish& wish) const
{
    return m_impl->desk->bestSplitOf(routes, wish, m_impl->planInputs());
}

Result<BlockEffect> Session::whatIf(const std::vector<Block>& blocks, Time at) const { return m_impl->desk->whatIfOf(blocks, at, m_impl->planInputs()); }

std::shared_ptr<const Board> Session::board() const { return m_impl->keeper->board(); }
const std::vector<PlanStatus>& Session::shifts() const { return m_impl->shifts; }

const std::vector<PlanStatus>& Session::latestShifts()
{
    m_impl->showInputs();
    m_impl->shiftDesk->refresh();
    return m_impl->shifts = m_impl->shiftDesk->shifts();
}

void Session::reconnect(const std::string& endpoint)
{
    for (std::size_t i = 0; i < m_impl->workspace.endpoints.size(); ++i)
        if (m_impl->workspace.endpoints[i].name == endpoint)
            m_impl->ingest->reconnect(i);
}

} // namespace penstock
