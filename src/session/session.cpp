// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "session/session.h"

#include <QCryptographicHash>
#include <QDir>
#include <QMetaObject>
#include <QStandardPaths>
#include <QSysInfo>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <pwd.h>
#include <unistd.h>

#include "agentrouter/agentrouter.h"
#include "agentsource/agentsource.h"
#include "gateway/gatewayrouter.h"
#include "haproxy/haproxyrouter.h"
#include "ingest.h"
#include "plandesk.h"
#include "planner/record.h"
#include "server/agentserver.h"
#include "shift/shiftrunner.h"
#include "storage/auditfile.h"
#include "storage/journalfile.h"
#include "worlds/replay.h"
#include "worlds/simulate.h"

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
    QDir().mkpath(folder);
    SessionOptions options;
    QByteArray identity = QByteArray::fromStdString(workspace.name);
    for (const auto& endpoint : workspace.endpoints)
        identity += '\n' + QByteArray::fromStdString(endpoint.name) + ' ' + QByteArray::fromStdString(endpoint.url + endpoint.path);
    const auto digest = QCryptographicHash::hash(identity, QCryptographicHash::Sha256).toHex().left(12);
    options.cacheFile = (folder + QStringLiteral("/cache-%1.db").arg(QString::fromLatin1(digest))).toStdString();
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
        std::unique_ptr<ShiftRunner> runner;
        std::jthread poller;
        std::mutex mutex; ///< guards the next three
        std::optional<RouteReading> reading;
        std::optional<Error> error;
        std::optional<ShiftStatus> shift;
        std::shared_ptr<SplitHistory> observed = std::make_shared<SplitHistory>(); ///< of the session's own thread
    };

    void openRecords();
    [[nodiscard]] Result<> recordRequest(const ShiftPlan& plan, const Route& asked, const Preview& seen);
    void openEndpoints();
    void openRoutes();
    void wakeRoutes();
    [[nodiscard]] std::size_t indexOf(const std::string& route) const
    {
        for (std::size_t i = 0; i < views.size(); ++i)
            if (views[i].route.name == route)
                return i;
        return views.size();
    }
    [[nodiscard]] PlanContext context(const Route& route) const
    {
        PlanContext made { .providers = workspace.providers, .workload = {}, .policy = workspace.policy, .regionGroups = workspace.regionGroups };
        if (const auto* workload = workspace.workload(route.workload))
            made.workload = *workload;
        return made;
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
    std::unique_ptr<Ingest> ingest;
    std::vector<std::unique_ptr<AgentServer>> servers; ///< of endpoints that run in this process
    std::vector<std::optional<AgentChannel>> channels; ///< by endpoint
    std::shared_ptr<HttpClient> http; ///< of all gateway routes; null until there is one
    std::vector<std::unique_ptr<Source>> sources;
    std::vector<std::optional<Error>> endpointErrors;
    std::shared_ptr<JournalFile> journal;
    std::shared_ptr<AuditFile> audit;
    std::optional<Error> recordsError; ///< why nothing can be recorded, so that nothing is started
    Published published;
    std::vector<std::unique_ptr<RouteTrack>> tracks;
    std::vector<RouteView> views;
    std::atomic<bool> routeWake = false;
    std::unique_ptr<GroundKeeper> keeper;
    std::unique_ptr<PlanDesk> desk;
    std::vector<PlanStatus> shifts;
};

Session::Session(Workspace workspace, SessionOptions options, QObject* parent)
    : QObject(parent), m_impl(std::make_unique<Impl>())
{
    auto& impl = *m_impl;
    impl.owner = this;
    impl.workspace = std::move(workspace);
    impl.options = std::move(options);
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
    impl.openRecords();
    impl.ingest = std::make_unique<Ingest>(impl.workspace.endpoints, impl.workspace.policy.staleAfter, std::move(cache),
        impl.options.clock, [this] {
            QMetaObject::invokeMethod(
                this,
                [this] {
                    if (auto made = m_impl->ingest->take()) {
                        m_impl->published = std::move(*made);
                        m_impl->keeper->show(m_impl->published.snapshot);
                        emit published();
                    }
                },
                Qt::QueuedConnection);
        });
    std::string unread;
    impl.published = impl.ingest->restore(unread);
    if (!unread.empty())
        impl.notice += (impl.notice.isEmpty() ? QString() : QStringLiteral("\n")) + QString::fromStdString(unread);
    for (const auto& route : impl.workspace.routes)
        impl.views.push_back({ route, {}, {}, {}, std::make_shared<SplitHistory>() });
    if (impl.options.person.empty())
        impl.options.person = operatorName();
    impl.keeper = std::make_unique<GroundKeeper>(
        planRulesOf(impl.workspace), [](const Ground&) { return std::vector<Promise>(); },
        [this] { QMetaObject::invokeMethod(this, [this] { emit boardChanged(); }, Qt::QueuedConnection); });
    impl.desk = std::make_unique<PlanDesk>(impl.workspace, impl.options.person, impl.options.clock, *impl.keeper);
    impl.keeper->show(impl.published.snapshot);
}

Session::~Session()
{
    // Shifts first (they pause and say so in the journal), then readers, then the embedded agents they read from.
    for (auto& track : m_impl->tracks)
        track->runner.reset();
    for (auto& track : m_impl->tracks)
        track->poller.request_stop();
    m_impl->tracks.clear();
    m_impl->ingest.reset();
    m_impl->servers.clear();
}

void Session::Impl::openRecords()
{
    const auto say = [this](const std::string& what, const Error& error) {
        recordsError = error;
        notice += (notice.isEmpty() ? QString() : QStringLiteral("\n")) + QString::fromStdString("Shifts are off, the " + what + " cannot be opened: " + error.text());
    };
    if (!options.journalFile.empty()) {
        if (auto opened = JournalFile::open(options.journalFile))
            journal = *opened;
        else
            say("journal", opened.error());
    }
    // A console that can touch nothing leaves the log alone; it may show what is there.
    if (!options.auditFile.empty() && options.readOnly) {
        if (auto opened = AuditFile::openToRead(options.auditFile))
            audit = *opened;
    } else if (!options.auditFile.empty()) {
        if (auto opened = AuditFile::open(options.auditFile, { operatorName(), hostName(), options.clock }))
            audit = *opened;
        else
            say("audit log", opened.error());
    }
}

Result<> Session::Impl::recordRequest(const ShiftPlan& plan, const Route& asked, const Preview& seen)
{
    if (!audit)
        return {};
    auto picture = pictureOf(readCapacity(*published.snapshot), asked, seen);
    for (const auto& it : published.endpoints)
        if (it.connection != Connection::Live || it.fromCache || !it.observed)
            picture.silent.push_back(it.name);
    AuditAsked request { .what = "shift " + plan.route, .reason = plan.reason, .now = false, .bake = plan.bake,
        .moves = { { plan.route, plan.fromVersion, plan.backends, plan.from, plan.steps } }, .shed = {}, .picture = std::move(picture) };
    if (auto kept = audit->append({ plan.id, plan.hash, plan.simulated, std::move(request) }); !kept)
        return std::unexpected(kept.error());
    if (auto kept = audit->append({ plan.id, plan.hash, plan.simulated, recordOf(seen.interlocks) }); !kept)
        return std::unexpected(kept.error());
    return {};
}

void Session::Impl::openEndpoints()
{
    for (const auto& endpoint : workspace.endpoints) {
        std::optional<Error> error;
        std::optional<AgentChannel> channel;
        if (endpoint.kind == "replay" || endpoint.kind == "simulate") {
            auto world = endpoint.kind == "replay"
                ? openReplay({ .directory = endpoint.path, .provider = endpoint.provider, .speed = 1, .events = true, .start = options.clock() })
                : openSimulation(endpoint.path, options.clock());
            if (world) {
                if (auto server = AgentServer::start(std::move(*world), {}, options.clock)) {
                    channel = AgentChannel { (*server)->inProcessChannel(), {}, endpoint.name };
                    servers.push_back(std::move(*server));
                } else
                    error = server.error();
            } else
                error = world.error();
        } else if (endpoint.kind == "agent") {
            if (auto secret = readSecret(endpoint.token); !secret)
                error = secret.error();
            else if (auto opened = openAgentChannel({ endpoint.url, *secret, endpoint.ca }))
                channel = *opened;
            else
                error = opened.error();
        } else
            error = Error { Error::Kind::Invalid, "endpoints of kind " + endpoint.kind + " are not supported yet", endpoint.name,
                "connect through a penstock-agent" };
        sources.push_back(channel ? makeAgentSource(*channel) : nullptr);
        channels.push_back(std::move(channel));
        endpointErrors.push_back(std::move(error));
    }
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
                views[i].shift = tracks[i]->shift;
                views[i].observed = tracks[i]->observed;
                if (const auto& reading = tracks[i]->reading; reading && (tracks[i]->observed->empty() || reading->readAt > tracks[i]->observed->back().at))
                    remember(*tracks[i]->observed, *reading);
            }
            emit owner->routesChanged();
        },
        Qt::QueuedConnection);
}

void Session::Impl::openRoutes()
{
    for (const auto& route : workspace.routes) {
        auto track = std::make_unique<RouteTrack>();
        if (route.router.kind == "haproxy") {
            if (auto router = makeHaproxyRouter(route))
                track->router = std::make_shared<SharedRouter>(std::move(*router));
            else
                track->error = router.error();
        } else if (route.router.kind == "gateway") {
            if (!http)
                http = std::make_shared<HttpClient>();
            if (auto router = makeGatewayRouter(route, http, readSecret))
                track->router = std::make_shared<SharedRouter>(std::move(*router));
            else
                track->error = router.error();
        } else {
            std::size_t at = 0;
            while (at < workspace.endpoints.size() && workspace.endpoints[at].name != route.router.endpoint)
                ++at;
            if (at < channels.size() && channels[at])
                track->router = std::make_shared<SharedRouter>(makeAgentRouter(route, *channels[at]));
            else
                track->error = Error { Error::Kind::Unavailable, "endpoint " + route.router.endpoint + " holds no routes", route.name, {} };
        }
        auto* raw = track.get();
        if (track->router)
            track->poller = std::jthread([this, raw](const std::stop_token& stop) {
                std::mutex sleeping;
                std::condition_variable_any wake;
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
                    wake.wait_for(lock, stop, 1s, [] { return false; });
                }
            });
        tracks.push_back(std::move(track));
    }
    wakeRoutes();
}

void Session::start()
{
    m_impl->openEndpoints();
    m_impl->ingest->start(std::move(m_impl->sources), m_impl->endpointErrors);
    m_impl->openRoutes();
    if (!m_impl->notice.isEmpty())
        emit noticed(m_impl->notice);
    emit published();
}

const Workspace& Session::workspace() const { return m_impl->workspace; }
SnapshotPtr Session::snapshot() const { return m_impl->published.snapshot; }
std::shared_ptr<const RecentHistory> Session::history() const { return m_impl->published.history; }
const std::vector<EndpointStatus>& Session::endpoints() const { return m_impl->published.endpoints; }
const std::vector<RouteView>& Session::routes() const { return m_impl->views; }
std::shared_ptr<AuditLog> Session::audit() const { return m_impl->audit; }
const QString& Session::notice() const { return m_impl->notice; }

bool Session::isComplete() const
{
    for (const auto& endpoint : m_impl->published.endpoints)
        if (endpoint.connection != Connection::Live || endpoint.fromCache || !endpoint.observed)
            return false;
    for (const auto& view : m_impl->views)
        if (!view.reading)
            return false;
    return true;
}

Result<Preview> Session::preview(const std::string& route, const Weights& target, double largestStep) const
{
    const auto at = m_impl->indexOf(route);
    if (at == m_impl->views.size())
        return fail(Error::Kind::NotFound, "the workspace has no route '" + route + "'");
    const auto& view = m_impl->views[at];
    if (!view.reading)
        return std::unexpected(view.error.value_or(
            Error { Error::Kind::Unavailable, "the router of " + route + " has not answered yet", route, {} }));
    return previewShift(*snapshot(), m_impl->context(view.route), view.route, *view.reading, target, largestStep);
}

Result<std::string> Session::startShift(const std::string& route, const Weights& target, double largestStep,
    std::chrono::milliseconds bake, const std::string& reason)
{
    if (m_impl->options.readOnly)
        return fail(Error::Kind::Refused, "this console is read-only");
    if (m_impl->recordsError)
        return fail(Error::Kind::Refused, "nothing can be recorded, so nothing is started: " + m_impl->recordsError->what, m_impl->recordsError->where,
            m_impl->recordsError->hint);
    auto seen = preview(route, target, largestStep);
    if (!seen)
        return std::unexpected(seen.error());
    const auto at = m_impl->indexOf(route);
    const auto& view = m_impl->views[at];
    ShiftPlan plan { .id = {}, .route = route, .simulated = snapshot()->simulated(), .person = operatorName(), .reason = reason, .from = view.reading->accepted(),
        .fromVersion = view.reading->version, .steps = seen->steps, .bake = bake };
    for (const auto& backend : view.route.backends)
        plan.backends.push_back(backend.name);
    const auto hash = planHash({ .kind = Plan::Kind::Shift, .scope = {}, .now = false, .person = plan.person, .reason = plan.reason,
        .plannedAt = m_impl->options.clock(), .bake = plan.bake, .moves = { { plan.route, plan.fromVersion, plan.from, plan.steps } }, .shed = {} });
    if (!hash)
        return std::unexpected(hash.error());
    plan.hash = *hash;
    std::string blockers;
    for (const auto& interlock : seen->interlocks)
        if (interlock.blocks())
            blockers += (blockers.empty() ? "" : "; ") + interlock.title + ": " + interlock.evidence;
    if (!blockers.empty()) {
        const auto kept = m_impl->recordRequest(plan, view.route, *seen);
        return fail(Error::Kind::Refused,
            "refused by interlocks: " + blockers + (kept ? std::string() : "; and the audit log could not be written: " + kept.error().text()), route);
    }
    if (plan.steps.empty())
        return fail(Error::Kind::Refused, "nothing to do: the router has this split already", route);
    auto& track = *m_impl->tracks[at];
    if (track.runner && !isOver(track.runner->status().phase))
        return fail(Error::Kind::Refused, "shift " + track.runner->status().plan.id + " is running on this route", route);
    if (!track.router)
        return fail(Error::Kind::Unavailable, "the router does not answer", route);
    plan.id = "S-1";
    if (m_impl->journal) {
        auto next = m_impl->journal->nextId();
        if (!next)
            return std::unexpected(next.error());
        plan.id = *next;
    }
    if (const auto kept = m_impl->recordRequest(plan, view.route, *seen); !kept)
        return fail(kept.error().kind, "the audit log cannot be written, so nothing is started: " + kept.error().what, kept.error().where, kept.error().hint);
    const auto id = plan.id;
    auto* raw = m_impl->tracks[at].get();
    track.runner = std::make_unique<ShiftRunner>(
        track.router, m_impl->journal, std::move(plan),
        [impl = m_impl.get(), raw](const ShiftStatus& status) {
            {
                const std::lock_guard lock(raw->mutex);
                raw->shift = status;
            }
            impl->wakeRoutes();
        },
        m_impl->options.clock, ShiftRunner::Timing {}, m_impl->audit);
    return id;
}

Result<PlanView> Session::plan(const PlanRequest& request) const { return m_impl->desk->plan(request, m_impl->planInputs()); }

Result<std::string> Session::startPlan(const PlanRequest& request, const std::string& expectedHash)
{
    const auto view = plan(request);
    if (!view)
        return std::unexpected(view.error());
    if (view->judgement.hash != expectedHash)
        return fail(Error::Kind::Conflict, "the plan is not the one that was shown", {}, "look at it again");
    if (request.kind != Plan::Kind::Shift || request.targets.size() != 1)
        return fail(Error::Kind::Refused, "plans of several routes cannot be run yet");
    return startShift(request.targets.front().first, request.targets.front().second, request.largestStep, request.bake, request.reason);
}

Result<BestSplit> Session::bestSplitOf(const std::vector<std::string>& routes, SplitGoal goal) const
{
    return m_impl->desk->bestSplitOf(routes, goal, m_impl->planInputs());
}

std::shared_ptr<const Board> Session::board() const { return m_impl->keeper->board(); }
const std::vector<PlanStatus>& Session::shifts() const { return m_impl->shifts; }

void Session::pauseShift(const std::string& route)
{
    if (const auto at = m_impl->indexOf(route); at < m_impl->tracks.size() && m_impl->tracks[at]->runner)
        m_impl->tracks[at]->runner->pause();
}

void Session::resumeShift(const std::string& route)
{
    if (const auto at = m_impl->indexOf(route); at < m_impl->tracks.size() && m_impl->tracks[at]->runner)
        m_impl->tracks[at]->runner->resume();
}

void Session::returnShift(const std::string& route)
{
    if (const auto at = m_impl->indexOf(route); at < m_impl->tracks.size() && m_impl->tracks[at]->runner)
        m_impl->tracks[at]->runner->goBack();
}

void Session::stopShift(const std::string& route)
{
    if (const auto at = m_impl->indexOf(route); at < m_impl->tracks.size() && m_impl->tracks[at]->runner)
        m_impl->tracks[at]->runner->stop();
}

void Session::reconnect(const std::string& endpoint)
{
    for (std::size_t i = 0; i < m_impl->workspace.endpoints.size(); ++i)
        if (m_impl->workspace.endpoints[i].name == endpoint)
            m_impl->ingest->reconnect(i);
}

} // namespace penstock
