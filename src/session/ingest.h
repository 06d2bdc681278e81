// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/boundedqueue.h"
#include "base/mailbox.h"
#include "engine/changewatch.h"
#include "engine/engine.h"
#include "fleet/catalogue.h"
#include "fleet/endpoint.h"
#include "fleet/source.h"
#include "storage/cache.h"
#include "storage/historyfile.h"

namespace penstock {

/// What the ingest thread hands over at each publish.
struct Published
{
    SnapshotPtr snapshot;
    std::shared_ptr<const RecentHistory> history;
    std::vector<EndpointStatus> endpoints;
    std::optional<Error> historyError {}; ///< why what happens now is not kept
};

/// Owns the engine and its thread: takes what sources read, publishes snapshots, keeps 15 minutes for the charts and feeds
/// the cache and the history.
class Ingest
{
public:
    Ingest(std::vector<Endpoint> endpoints, std::chrono::seconds staleAfter, std::optional<Cache> cache, Clock clock,
        std::function<void()> wake, Catalogue catalogue = {}, std::optional<HistoryFile> kept = {});
    ~Ingest(); ///< stops, then writes the cache and the history once more

    /// What the cache and the history held, published at once; `notice` says what of it could not be read; call before `start`.
    [[nodiscard]] Published restore(std::string& notice);
    /// `sources[i]` serves endpoint i; null where it could not be made, which `errors[i]` explains.
    void start(std::vector<std::unique_ptr<Source>> sources, const std::vector<std::optional<Error>>& errors);
    [[nodiscard]] std::optional<Published> take() { return m_published.take(); }
    void reconnect(std::size_t endpoint);
    /// The history is looked at whole before it is written next, and set aside where it is damaged. Any thread.
    void checkHistory() { m_suspected = true; }
    /// The newest shares of the backends of all routes, for the history: those that are not said again for 10 s are gaps.
    void setShares(std::vector<GroupPoint> shares);
    /// Likewise the per cent of all interactive load that would be carried, by the provider ("azure") or region ("azure/eastus") that is lost.
    void setCarried(std::map<std::string, double> carried);

private:
    struct Item
    {
        std::size_t endpoint;
        std::optional<Frame> frame;
        Connection connection = Connection::Connecting; ///< when there is no frame
        std::optional<Error> error;
        std::optional<std::uint64_t> series {}; ///< instead of either
        std::optional<FailingTargets> failing {}; ///< likewise
    };
    struct Sink;
    struct Track
    {
        EndpointStatus status;
        SourceId id;
        std::vector<std::pair<Time, std::uint64_t>> readings; ///< of the last 15 s, of how many GPUs each
        Time readAt {}; ///< of the newest, at the source
        Time firstRead {}; ///< by this program; the beginning of time: not yet
        std::vector<Time> errors; ///< of the last hour
        Time lastRate {}; ///< when a rate was last kept
        bool resyncing = false;
        std::optional<Error> partial {}; ///< as the source says
        std::optional<Error> refused {}; ///< what it sent last made no sense
        struct Kept
        {
            std::uint64_t gpus = 0;
            Time observed {};
        };
        std::optional<Kept> kept; ///< of it in the cache
    };
    [[nodiscard]] std::vector<SavedFleet> fleetsToSave();
    void run(const std::stop_token& stop);
    void take(Item item);
    void fail(Track& track, Error error);
    void refuse(Track& track, const Error& error);
    static void count(Track& track, Time observed, Time now);
    [[nodiscard]] static double rate(const Track& track, Time now);
    [[nodiscard]] Published publish(Time now);
    void remember(const SnapshotPtr& snapshot);
    void saveLoop(const std::stop_token& stop);
    void watch(const SnapshotPtr& snapshot);
    void save(std::vector<SavedFleet> fleets, const std::vector<std::shared_ptr<const RollupPoint>>& points);

    Engine m_engine;
    const Catalogue m_catalogue; ///< completes every inventory
    std::vector<Endpoint> m_endpoints;
    std::vector<Track> m_tracks;
    std::optional<Cache> m_cache; ///< used by the cache thread only, once it runs
    std::optional<HistoryFile> m_kept; ///< likewise
    Clock m_clock;
    std::function<void()> m_wake;
    BoundedQueue<Item> m_queue { 64 };
    Mailbox<Published> m_published;
    std::shared_ptr<const RecentHistory> m_history = std::make_shared<RecentHistory>();
    std::vector<std::unique_ptr<Sink>> m_sinks;
    std::vector<std::unique_ptr<Source>> m_sources;

    struct Saving
    {
        std::vector<SavedFleet> fleets;
        std::vector<std::shared_ptr<const RollupPoint>> points;
    };
    std::mutex m_saveMutex;
    std::condition_variable_any m_saveWake;
    std::optional<Saving> m_toSave; ///< newest fleets; points pile up until written
    SnapshotPtr m_toWatch; ///< the newest, once a second; null: it was taken
    std::optional<Error> m_historyError; ///< of the last save
    std::atomic<bool> m_suspected = false; ///< the history, of being damaged
    std::chrono::steady_clock::time_point m_lookAt = std::chrono::steady_clock::now() + std::chrono::minutes(1); ///< used by the cache thread only
    Time m_lastSave {};
    std::vector<std::shared_ptr<const RollupPoint>> m_unsaved;
    ChangeWatch m_watch; ///< used by the cache thread only, once it runs
    std::vector<FleetEvent> m_events; ///< likewise: not written yet
    struct Shares
    {
        Time at {};
        std::vector<GroupPoint> groups;
    };
    std::mutex m_sharesMutex;
    Shares m_shares; ///< guarded by the mutex
    struct Carried
    {
        Time at {};
        std::map<std::string, double> byPlace;
    };
    Carried m_carried; ///< likewise
    std::jthread m_thread, m_cacheThread;
};

} // namespace penstock
