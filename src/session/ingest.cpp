// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ingest.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace penstock {

using namespace std::chrono_literals;

constexpr std::chrono::seconds wholeWithin = 10s; ///< an endpoint that is silent for longer is left out of the history
constexpr std::chrono::hours keptBeforeAPart = 24h;
constexpr std::array chartDimensions { GroupPoint::Dimension::Provider, GroupPoint::Dimension::Workload, GroupPoint::Dimension::Model };
constexpr std::chrono::milliseconds publishInterval = 33ms; ///< at least, between two snapshots

/// Of all its clusters; empty: of several.
static std::string providerOf(const Inventory& inventory)
{
    std::set<std::string> providers;
    for (const auto& cluster : inventory.clusters)
        providers.insert(cluster.provider);
    return providers.size() == 1 ? *providers.begin() : std::string();
}

struct Ingest::Sink final : SourceSink
{
    Sink(Ingest& owner, std::size_t index) : m_owner(owner), m_index(index) {}
    void frame(Frame frame) override
    {
        m_owner.m_queue.push({ m_index, std::move(frame), Connection::Live, {} }, m_stop.get_token());
    }
    void connection(Connection state, std::optional<Error> error) override
    {
        m_owner.m_queue.push({ m_index, {}, state, std::move(error) }, m_stop.get_token());
    }
    void series(std::uint64_t number) override { m_owner.m_queue.push({ m_index, {}, Connection::Live, {}, number }, m_stop.get_token()); }
    void failing(FailingTargets targets) override { m_owner.m_queue.push({ m_index, {}, Connection::Live, {}, {}, std::move(targets) }, m_stop.get_token()); }
    Ingest& m_owner;
    std::size_t m_index;
    std::stop_source m_stop;
};

Ingest::Ingest(std::vector<Endpoint> endpoints, std::chrono::seconds staleAfter, std::optional<Cache> cache, Clock clock,
    std::function<void()> wake, Catalogue catalogue, std::optional<HistoryFile> kept)
    : m_catalogue(std::move(catalogue))
    , m_endpoints(std::move(endpoints))
    , m_cache(std::move(cache))
    , m_kept(std::move(kept))
    , m_clock(std::move(clock))
    , m_wake(std::move(wake))
{
    m_engine.setStaleAfter(staleAfter);
    for (const auto& endpoint : m_endpoints) {
        Track track;
        track.status.name = endpoint.name;
        track.status.kind = endpoint.kind;
        track.status.provider = endpoint.provider;
        track.status.staleAfter = staleAfter;
        track.id = m_engine.addSource(endpoint.name);
        m_tracks.push_back(std::move(track));
    }
}

Ingest::~Ingest()
{
    for (auto& sink : m_sinks)
        sink->m_stop.request_stop();
    m_queue.close();
    m_sources.clear();
    m_thread.request_stop();
    if (m_thread.joinable())
        m_thread.join();
    m_cacheThread.request_stop();
    if (m_cacheThread.joinable())
        m_cacheThread.join();
    watch(std::exchange(m_toWatch, nullptr));
    if (m_cache || m_kept)
        save(fleetsToSave(), m_unsaved);
}

/// A part of a fleet does not replace what was known of all of it: why a GPU was out of service, and since when, is in there.
std::vector<SavedFleet> Ingest::fleetsToSave()
{
    auto fleets = m_engine.save();
    std::erase_if(fleets, [&](const SavedFleet& fleet) {
        const auto track = std::ranges::find(m_tracks, fleet.endpoint, [](const Track& it) { return it.status.name; });
        if (track == m_tracks.end())
            return false;
        auto& kept = track->kept;
        if (track->status.partial && kept && kept->gpus > fleet.inventory->gpus() && fleet.observed - kept->observed < keptBeforeAPart)
            return true;
        kept = Track::Kept { fleet.inventory->gpus(), fleet.observed };
        return false;
    });
    return fleets;
}

Published Ingest::restore(std::string& notice)
{
    const auto now = m_clock();
    if (m_cache) {
        auto fleets = m_cache->loadFleets(notice);
        if (!fleets)
            notice = "The cached fleets cannot be read: " + fleets.error().text();
        else
            for (const auto& fleet : *fleets)
                for (auto& track : m_tracks)
                    if (track.status.name == fleet.endpoint && m_engine.restore(track.id, fleet)) {
                        track.kept = Track::Kept { fleet.inventory->gpus(), fleet.observed };
                        track.status.fromCache = true;
                        track.status.observed = fleet.observed;
                        track.status.gpus = fleet.inventory->gpus();
                        track.status.schedulable = fleet.inventory->schedulable();
                        track.status.simulated = fleet.inventory->simulated;
                        track.status.version = fleet.inventory->sourceVersion;
                        // Who leaves a dark place must not wait for it, so it is known whose it was.
                        if (track.status.provider.empty())
                            track.status.provider = providerOf(*fleet.inventory);
                    }
    }
    if (m_kept) {
        if (auto history = m_kept->recent(now - recentHistoryLength, chartDimensions))
            m_history = std::make_shared<RecentHistory>(std::move(*history));
        else
            notice += (notice.empty() ? "" : "\n") + std::string("The last 15 minutes cannot be read: ") + history.error().text();
    }
    return publish(now);
}

void Ingest::start(std::vector<std::unique_ptr<Source>> sources, const std::vector<std::optional<Error>>& errors)
{
    m_sources = std::move(sources);
    for (std::size_t i = 0; i < errors.size(); ++i)
        if (errors[i]) {
            m_tracks[i].status.connection = Connection::Failing;
            fail(m_tracks[i], *errors[i]);
        }
    m_thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
    if (m_cache || m_kept)
        m_cacheThread = std::jthread([this](const std::stop_token& stop) { saveLoop(stop); });
    for (std::size_t i = 0; i < m_sources.size(); ++i) {
        m_sinks.push_back(std::make_unique<Sink>(*this, i));
        if (m_sources[i])
            m_sources[i]->start(*m_sinks[i]);
    }
}

void Ingest::reconnect(std::size_t endpoint)
{
    if (endpoint < m_sources.size() && m_sources[endpoint])
        m_sources[endpoint]->reconnect();
}

void Ingest::fail(Track& track, Error error)
{
    const auto now = m_clock();
    track.errors.push_back(now);
    std::erase_if(track.errors, [&](Time at) { return now - at > 1h; });
    track.status.errorsLastHour = static_cast<std::uint32_t>(track.errors.size());
    track.status.error = std::move(error);
    track.status.errorAt = now;
}

void Ingest::refuse(Track& track, const Error& error)
{
    ++track.status.refusedFrames;
    track.status.refusedReason = error.what;
    track.status.refusedAt = m_clock();
}

void Ingest::take(Item item)
{
    auto& track = m_tracks[item.endpoint];
    auto& status = track.status;
    if (item.series) {
        status.series = *item.series;
        return;
    }
    if (item.failing) {
        status.failing = std::move(*item.failing);
        return;
    }
    if (!item.frame) {
        status.connection = item.connection;
        track.partial = item.connection == Connection::Live ? item.error : std::nullopt;
        status.partial = track.refused ? track.refused : track.partial;
        if (item.error) {
            // A source drops its connection over a frame that it cannot read.
            if (item.error->kind == Error::Kind::Invalid)
                refuse(track, *item.error);
            fail(track, std::move(*item.error));
        }
        return;
    }
    auto& frame = *item.frame;
    if (auto* inventory = std::get_if<InventoryFrame>(&frame)) {
        track.resyncing = false;
        // One that the engine will refuse is its business, and no index of it may be followed.
        if (inventory->inventory->check())
            inventory->inventory = m_catalogue.completed(std::move(inventory->inventory));
    }
    if (track.resyncing)
        return;
    ++status.frames;
    if (auto applied = m_engine.apply(track.id, frame); !applied) {
        refuse(track, applied.error());
        if (applied.error().kind == Error::Kind::Conflict)
            ++status.gaps;
        fail(track, applied.error());
        if (applied.error().kind != Error::Kind::Conflict)
            track.refused = Error { applied.error().kind, "what it sends contradicts itself, and is not shown: " + applied.error().what, status.name, "what was known of it before grows old; it is asked for everything again" };
        status.partial = track.refused ? track.refused : track.partial;
        // What follows builds on what was refused: ask for everything again and skip until it comes.
        track.resyncing = true;
        m_sources[item.endpoint]->resync();
        return;
    }
    if (std::holds_alternative<InventoryFrame>(frame) && std::exchange(track.refused, std::nullopt))
        status.partial = track.partial;
    // One that is failing says itself when it is not any more: what an agent holds of a silent source comes whenever it is asked.
    if (status.connection == Connection::Connecting)
        status.connection = Connection::Live;
    if (const auto* inventory = std::get_if<InventoryFrame>(&frame)) {
        status.gpus = inventory->inventory->gpus();
        status.schedulable = inventory->inventory->schedulable();
        status.version = inventory->inventory->sourceVersion;
        status.missing = inventory->inventory->missing;
        status.simulated = inventory->inventory->simulated;
        status.provider = providerOf(*inventory->inventory);
    } else if (const auto* samples = std::get_if<SamplesFrame>(&frame)) {
        status.observed = samples->observed;
        if (samples->completesPicture)
            count(track, samples->observed, m_clock());
    } else if (const auto* heartbeat = std::get_if<HeartbeatFrame>(&frame)) {
        status.observed = heartbeat->observed;
        count(track, heartbeat->observed, m_clock());
    }
    if (m_engine.hasPicture(track.id))
        status.fromCache = false;
}

/// What a frame does not name was read as well, and has not changed.
void Ingest::count(Track& track, Time observed, Time now)
{
    if (std::exchange(track.readAt, observed) != observed)
        track.readings.emplace_back(now, track.status.gpus);
    if (track.firstRead == Time {})
        track.firstRead = now;
}

double Ingest::rate(const Track& track, Time now)
{
    if (track.readings.size() < 2)
        return 0;
    std::uint64_t sum = 0;
    for (const auto& [at, gpus] : std::span(track.readings).subspan(1))
        sum += gpus;
    // From the first to the last, so that a source that is read every 5 s does not flicker; one that has gone silent falls.
    const auto first = track.readings.front().first;
    const auto time = std::max(track.readings.back().first - first, now - first - 5s);
    return static_cast<double>(sum) / std::max(0.001, std::chrono::duration<double>(time).count());
}

void Ingest::remember(const SnapshotPtr& snapshot)
{
    if (snapshot->total().gpus == 0)
        return;
    auto point = std::make_shared<RollupPoint>(rollupPoint(*snapshot));
    const auto isOfNow = [&](Time at) { return snapshot->asOf() - at < wholeWithin && at - snapshot->asOf() < wholeWithin; };
    {
        const std::lock_guard lock(m_sharesMutex);
        for (auto& group : isOfNow(m_carried.at) ? std::span(point->groups) : std::span<GroupPoint>())
            if (group.dimension == GroupPoint::Dimension::Provider || group.dimension == GroupPoint::Dimension::Region)
                if (const auto found = m_carried.byPlace.find(group.key); found != m_carried.byPlace.end())
                    group.carried = found->second;
    }
    // A quarter of an hour of every cluster would be much to hold.
    auto drawn = std::make_shared<RollupPoint>(*point);
    std::erase_if(drawn->groups, [](const GroupPoint& it) { return std::ranges::find(chartDimensions, it.dimension) == chartDimensions.end() || figureOf(it, HistoryFigure::Gpus) == 0; });
    auto longer = std::make_shared<RecentHistory>();
    longer->reserve(m_history->size() + 1);
    for (const auto& old : *m_history)
        // After a clock was set back, what it showed before is ahead.
        if (snapshot->asOf() - old->at <= recentHistoryLength && old->at < snapshot->asOf())
            longer->push_back(old);
    longer->push_back(std::move(drawn));
    m_history = std::move(longer);
    // What this program measures itself takes a minute to tell who is idle: until then all that is held counts as busy, and would stand for the highest hour of
    // thirteen months.
    constexpr auto untilIdleIsKnown = 61s;
    const bool isSettling = std::ranges::any_of(m_tracks, [&](const Track& it) {
        const auto age = snapshot->asOf() - it.firstRead; // below 0: the clock was set back since
        return it.status.kind == "dcgm" && it.firstRead != Time {} && age >= Duration(0) && age < untilIdleIsKnown;
    });
    if (!m_kept || isSettling)
        return;
    {
        const std::lock_guard lock(m_sharesMutex);
        if (isOfNow(m_shares.at))
            point->groups.insert(point->groups.end(), m_shares.groups.begin(), m_shares.groups.end());
    }
    m_unsaved.push_back(std::move(point));
    const std::lock_guard lock(m_saveMutex);
    m_toWatch = snapshot;
    m_saveWake.notify_all();
}

void Ingest::setShares(std::vector<GroupPoint> shares)
{
    const std::lock_guard lock(m_sharesMutex);
    m_shares = { m_clock(), std::move(shares) };
}

void Ingest::setCarried(std::map<std::string, double> carried)
{
    const std::lock_guard lock(m_sharesMutex);
    m_carried = { m_clock(), std::move(carried) };
}

Published Ingest::publish(Time now)
{
    Published made { m_engine.publish(now), m_history, {}, {} };
    {
        const std::lock_guard lock(m_saveMutex);
        made.historyError = m_historyError;
    }
    for (auto& track : m_tracks) {
        std::erase_if(track.readings, [&](const auto& entry) { return now - entry.first > 15s; });
        track.status.samplesPerSecond = rate(track, now);
        // The first window has to fill before its rate means anything.
        if (track.lastRate == Time {})
            track.lastRate = now;
        else if (now - track.lastRate >= 5s) {
            track.lastRate = now;
            auto& rates = track.status.recentRates;
            rates.push_back(track.status.samplesPerSecond);
            if (rates.size() > 60)
                rates.erase(rates.begin());
        }
        track.status.stale = false;
        const auto& shape = made.snapshot->structure();
        for (std::size_t c = 0; c < shape.clusters.size(); ++c)
            if (shape.clusters[c].source == track.id.value && made.snapshot->isStale(c))
                track.status.stale = true;
        made.endpoints.push_back(track.status);
    }
    return made;
}

void Ingest::run(const std::stop_token& stop)
{
    Time lastPublish {}, lastPoint {};
    const auto started = m_clock();
    bool news = false; // taken and not yet published
    while (!stop.stop_requested()) {
        auto item = m_queue.pop(news ? publishInterval : 100ms, stop);
        while (item) {
            news = true;
            take(std::move(*item));
            // Publish at a steady pace even while frames keep coming.
            if (m_clock() - lastPublish > publishInterval)
                break;
            item = m_queue.pop(0ms, stop);
        }
        const auto now = m_clock();
        // A clock that was set back must not stop everything until it has caught up.
        if (now < lastPublish)
            lastPublish = lastPoint = m_lastSave = {};
        if ((!news && now - lastPublish < 500ms) || now - lastPublish < publishInterval)
            continue;
        auto made = publish(now);
        lastPublish = now;
        news = false;
        const bool live = std::ranges::any_of(m_tracks, [&](const Track& track) { return m_engine.hasPicture(track.id); });
        // Totals of the first few endpoints that answer would stand in the chart as a fleet that was never so small.
        const bool whole = now - started > wholeWithin || std::ranges::all_of(m_tracks, [&](const Track& track) { return m_engine.hasPicture(track.id) || track.status.fromCache; });
        if (live && whole && now - lastPoint >= 1s - 50ms) {
            remember(made.snapshot);
            made.history = m_history;
            lastPoint = now;
        }
        if ((m_cache || m_kept) && live && now - m_lastSave > 5s) {
            m_lastSave = now;
            const std::lock_guard lock(m_saveMutex);
            if (!m_toSave)
                m_toSave.emplace();
            m_toSave->fleets = fleetsToSave();
            m_toSave->points.insert(m_toSave->points.end(), m_unsaved.begin(), m_unsaved.end());
            m_unsaved.clear();
            m_saveWake.notify_all();
        }
        if (m_published.put(std::move(made)))
            m_wake();
    }
}

void Ingest::save(std::vector<SavedFleet> fleets, const std::vector<std::shared_ptr<const RollupPoint>>& points)
{
    // A cache that cannot be written costs the next start its picture, never this session anything.
    if (m_cache)
        for (const auto& fleet : fleets)
            (void)m_cache->saveFleet(fleet);
    if (!m_kept)
        return;
    // What could not be written is left out: what comes next may fit again.
    // Damage deep down shows only to who reads there: once, when the start is long over, all of it is looked at.
    if (const auto now = std::chrono::steady_clock::now(); now >= m_lookAt) {
        m_lookAt = std::chrono::steady_clock::time_point::max();
        m_suspected = true;
    }
    auto done = m_suspected.exchange(false) ? m_kept->check() : Result<>();
    if (done)
        done = m_kept->write(points, std::exchange(m_events, {}));
    const std::lock_guard lock(m_saveMutex);
    m_historyError = done ? std::nullopt : std::optional(done.error());
}

void Ingest::watch(const SnapshotPtr& snapshot)
{
    if (!snapshot)
        return;
    auto events = m_watch.look(snapshot);
    m_events.insert(m_events.end(), std::make_move_iterator(events.begin()), std::make_move_iterator(events.end()));
}

void Ingest::saveLoop(const std::stop_token& stop)
{
    while (true) {
        std::optional<Saving> saving;
        SnapshotPtr seen;
        {
            std::unique_lock lock(m_saveMutex);
            m_saveWake.wait(lock, stop, [this] { return m_toSave || m_toWatch; });
            if (!m_toSave && !m_toWatch)
                return;
            saving = std::exchange(m_toSave, std::nullopt);
            seen = std::exchange(m_toWatch, nullptr);
        }
        watch(seen);
        if (saving)
            save(std::move(saving->fleets), saving->points);
    }
}

} // namespace penstock
