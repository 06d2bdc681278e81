// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "kubernetes/kubesource.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "kubernetes/kubeaccess.h"
#include "kubernetes/kubefleet.h"
#include "prometheus/promstore.h"

namespace penstock {

namespace {

    using namespace std::chrono_literals;
    using Steady = std::chrono::steady_clock;

    constexpr auto longestWait = 15s;
    constexpr auto longestPatience = 60s;

    /// Objects of one kind, as they are followed.
    struct Feed
    {
        KubeReader::Kind kind;
        const char* resource;
        const char* path; ///< with what is asked of every question
        std::optional<Error> error {};
        bool settled = false; ///< asked once, with whatever answer
        bool listed = false;
        std::optional<Steady::time_point> watching {}; ///< since when
        Steady::time_point goodAt {}; ///< when it was heard of last
    };

    class KubeSource final : public Source
    {
    public:
        KubeSource(KubeOptions options, std::shared_ptr<HttpClient> http)
            : m_options(std::move(options))
            , m_server(m_options.kubeconfig, m_options.context, m_options.clock, [this](const std::string& words) { pluginSays(words); })
            , m_kube(m_options.workloads, m_options.catalogue)
            , m_fleet(m_options.place, m_options.workloads, m_options.staleAfter, std::random_device {}() | (std::uint64_t { std::random_device {}() } << 32))
        {
            m_fleet.leaveNodes();
            if (m_options.telemetry.url.empty()) {
                m_fleet.gpus().measureNothing();
                return;
            }
            m_fleet.gpus().keepToDescribed();
            m_fleet.gpus().setPods([this](const std::string& nameSpace, const std::string& pod) { return m_kube.workloadOf(nameSpace, pod); });
            m_options.telemetry.clock = m_options.clock;
            m_store = std::make_unique<PromStore>(m_options.telemetry, std::move(http));
        }
        ~KubeSource() override
        {
            for (auto& thread : m_threads)
                thread.request_stop();
        }
        void start(SourceSink& sink) override
        {
            sink.connection(Connection::Connecting, {});
            m_begun = Steady::now();
            for (auto& feed : m_feeds)
                m_threads.emplace_back([this, &feed](const std::stop_token& stop) { follow(feed, stop); });
            m_threads.emplace_back([this](const std::stop_token& stop) { probe(stop); });
            if (m_store)
                m_threads.emplace_back([this](const std::stop_token& stop) { measure(stop); });
            m_threads.emplace_back([this, &sink](const std::stop_token& stop) { tell(sink, stop); });
        }
        void reconnect() override
        {
            const std::lock_guard lock(m_mutex);
            ++m_calls;
            m_wake.notify_all();
        }
        void resync() override
        {
            const std::lock_guard lock(m_mutex);
            m_fleet.sendWhole();
            m_resend = true;
        }

    private:
        void follow(Feed& feed, const std::stop_token& stop);
        [[nodiscard]] Result<> list(Feed& feed, KubeReader& reader, std::string& version, const std::stop_token& stop);
        [[nodiscard]] Result<> watch(Feed& feed, KubeReader& reader, std::string& version, const std::stop_token& stop);
        void probe(const std::stop_token& stop);
        void measure(const std::stop_token& stop);
        void tell(SourceSink& sink, const std::stop_token& stop);
        void heard(Feed& feed);
        /// Frames of the fleet, with one of demand in place of the store's: what pods want, and what the store says of how they are served.
        void tellDemand(std::vector<Frame>& frames, bool knowsPods);
        void pluginSays(const std::string& words);
        void sleep(std::chrono::milliseconds time, const std::stop_token& stop);
        [[nodiscard]] bool knowsPods() const;
        [[nodiscard]] std::vector<std::string> missing() const;
        /// What is wrong, and whether it leaves no fleet.
        [[nodiscard]] std::pair<Connection, std::optional<Error>> standing() const;

        [[nodiscard]] bool waitsForStore() const { return m_store && !m_asked && Steady::now() - m_begun < m_options.storePatience; }

        KubeOptions m_options;
        KubeServer m_server;
        mutable std::mutex m_mutex; ///< guards what follows
        std::condition_variable_any m_wake;
        std::uint64_t m_calls = 0; ///< of reconnect
        bool m_changed = false, m_resend = false;
        std::array<Feed, 2> m_feeds { Feed { .kind = KubeReader::Kind::Nodes, .resource = "nodes", .path = "/api/v1/nodes?" },
            // Pods that have ended hold nothing; clusters keep thousands.
            Feed { .kind = KubeReader::Kind::Pods, .resource = "pods", .path = "/api/v1/pods?fieldSelector=status.phase!%3DSucceeded,status.phase!%3DFailed&" } };
        KubeFleet m_kube;
        PromFleet m_fleet;
        std::unique_ptr<PromStore> m_store; ///< of the thread that measures; null: there is no telemetry
        bool m_asked = false; ///< the store was, once
        Steady::time_point m_begun {};
        std::uint64_t m_series = 0; ///< that it told then
        std::vector<ServiceLevel> m_served; ///< as the store told last
        std::optional<Time> m_servedAt; ///< empty: it told nothing, or that is too old
        std::optional<Error> m_unmeasured;
        std::optional<Error> m_silent; ///< the server does not answer to its name
        std::string m_version, m_waitsFor; ///< m_waitsFor: what the exec plugin says
        std::optional<Time> m_aliveAt; ///< when all that is followed was known to be so
        std::vector<std::jthread> m_threads;
    };

    Feed& nodesOf(std::array<Feed, 2>& feeds) { return feeds[0]; }
    const Feed& nodesOf(const std::array<Feed, 2>& feeds) { return feeds[0]; }
    const Feed& podsOf(const std::array<Feed, 2>& feeds) { return feeds[1]; }

    void KubeSource::sleep(std::chrono::milliseconds time, const std::stop_token& stop)
    {
        std::unique_lock lock(m_mutex);
        m_wake.wait_for(lock, stop, time, [this, calls = m_calls] { return m_calls != calls; });
    }

    void KubeSource::pluginSays(const std::string& words)
    {
        const std::lock_guard lock(m_mutex);
        m_waitsFor = words;
    }

    /// The lock is held.
    void KubeSource::heard(Feed& feed)
    {
        feed.error.reset();
        feed.goodAt = Steady::now();
        m_waitsFor.clear();
        if (nodesOf(m_feeds).listed && !nodesOf(m_feeds).error)
            m_aliveAt = m_options.clock();
    }

    Result<> KubeSource::list(Feed& feed, KubeReader& reader, std::string& version, const std::stop_token& stop)
    {
        std::vector<KubeObject> objects;
        std::string next;
        KubeReader::Page page;
        do {
            const auto answer = m_server.get(feed.path + ("limit=" + std::to_string(m_options.page)) + (next.empty() ? "" : "&continue=" + formEncoded({ { "", next } }).substr(1)), feed.resource, m_options.timeout, stop);
            if (!answer)
                return std::unexpected(answer.error());
            auto read = reader.page(answer->body, [&](KubeObject object) {
                // What asks for no GPUs would only fill memory.
                if (const auto* pod = std::get_if<KubePod>(&object); !pod || !pod->gpus.empty() || pod->claims)
                    objects.push_back(std::move(object));
            });
            if (!read)
                return std::unexpected(read.error());
            page = std::move(*read);
            next = page.next;
        } while (!next.empty());
        version = page.version;
        const std::lock_guard lock(m_mutex);
        m_kube.replace(feed.kind, std::move(objects));
        feed.listed = m_changed = true;
        heard(feed);
        return {};
    }

    Result<> KubeSource::watch(Feed& feed, KubeReader& reader, std::string& version, const std::stop_token& stop)
    {
        const auto seconds = std::max<std::int64_t>(1, std::chrono::duration_cast<std::chrono::seconds>(m_options.watch).count());
        const auto path = feed.path + ("watch=1&allowWatchBookmarks=true&timeoutSeconds=" + std::to_string(seconds)) + "&resourceVersion=" + formEncoded({ { "", version } }).substr(1);
        Result<> read;
        // An error inside a stream ends it.
        std::stop_source ends;
        const std::stop_callback onStop(stop, [&ends] { ends.request_stop(); });
        {
            const std::lock_guard lock(m_mutex);
            feed.watching = Steady::now();
        }
        const auto answer = m_server.watch(
            path, feed.resource,
            [&](std::string_view line) {
                if (!read || line.empty())
                    return;
                auto event = reader.event(line);
                if (!event)
                    read = std::unexpected(event.error());
                else if (event->type == KubeEvent::Type::Error)
                    read = fail(event->code == 410 ? Error::Kind::Conflict : Error::Kind::Unavailable, "the watch of " + std::string(feed.resource) + " ends with " + event->reason + ": " + event->message.substr(0, 300), {}, "it is begun anew");
                else {
                    version = std::move(event->version);
                    const std::lock_guard lock(m_mutex);
                    if (event->type != KubeEvent::Type::Bookmark) {
                        m_kube.apply(*event);
                        m_changed = true;
                    }
                    heard(feed);
                }
                if (!read)
                    ends.request_stop();
            },
            std::chrono::seconds(seconds) + m_options.timeout, ends.get_token());
        {
            const std::lock_guard lock(m_mutex);
            feed.watching.reset();
            // It was there until it ended as it should.
            if (answer && read)
                heard(feed);
        }
        if (!read)
            return read;
        return answer ? Result<>() : std::unexpected(answer.error());
    }

    void KubeSource::follow(Feed& feed, const std::stop_token& stop)
    {
        KubeReader reader(feed.kind, KubeFleet::labelsOf(m_options.workloads));
        std::minstd_rand random(std::random_device {}());
        std::string version;
        int failures = 0, tooOld = 0;
        while (!stop.stop_requested()) {
            const auto begin = Steady::now();
            const bool lists = version.empty();
            const auto done = lists ? list(feed, reader, version, stop) : watch(feed, reader, version, stop);
            if (stop.stop_requested())
                return;
            const bool isTooOld = !done && done.error().kind == Error::Kind::Conflict;
            {
                const std::lock_guard lock(m_mutex);
                feed.settled = true;
                if (!done && !isTooOld) {
                    feed.error = done.error();
                    m_waitsFor.clear();
                }
            }
            if (isTooOld) {
                version.clear();
                // Servers that restart may say so several times.
                if (++tooOld > 1)
                    sleep(m_options.firstWait, stop);
                continue;
            }
            if (done) {
                failures = 0;
                if (!lists)
                    tooOld = 0;
                // One that ends as soon as it has begun must not be begun a thousand times.
                if (!lists && Steady::now() - begin < m_options.firstWait)
                    sleep(m_options.firstWait, stop);
                continue;
            }
            // What a server cannot go on from is not gone on from twice.
            if (done.error().kind == Error::Kind::Invalid)
                version.clear();
            const auto wait = std::min<std::chrono::milliseconds>(longestWait, m_options.firstWait * (1 << std::min(failures++, 8)));
            // Consoles that lost the same server do not all come back at once.
            const auto spread = std::chrono::milliseconds(random() % static_cast<unsigned>(std::max<std::int64_t>(1, wait.count() / 4)));
            sleep(std::max<std::chrono::milliseconds>(wait + spread, std::min<std::chrono::seconds>(longestPatience, m_server.patience())), stop);
        }
    }

    void KubeSource::probe(const std::stop_token& stop)
    {
        while (!stop.stop_requested()) {
            const auto begin = Steady::now();
            const auto answer = m_server.get("/version", "the version", std::min(m_options.timeout, m_options.staleAfter / 2), stop);
            if (stop.stop_requested())
                return;
            {
                const std::lock_guard lock(m_mutex);
                // Some clusters tell nobody their version, and are there.
                const bool answers = answer || answer.error().kind == Error::Kind::Denied || answer.error().kind == Error::Kind::NotFound;
                m_silent = answers ? std::nullopt : std::optional(answer.error());
                if (answers) {
                    const auto said = answer ? nlohmann::json::parse(answer->body, nullptr, false) : nlohmann::json();
                    if (said.is_object() && said.contains("gitVersion") && said["gitVersion"].is_string())
                        m_version = said["gitVersion"].get<std::string>().substr(0, 60);
                    else
                        m_version = "of unknown version";
                    for (auto& feed : m_feeds)
                        if (feed.watching && *feed.watching + 1s < begin)
                            heard(feed);
                }
            }
            sleep(m_options.probe, stop);
        }
    }

    void KubeSource::measure(const std::stop_token& stop)
    {
        int failures = 0;
        while (!stop.stop_requested()) {
            const auto begin = Steady::now();
            std::optional<Error> partial;
            auto failed = m_store->round(m_fleet, m_mutex, partial, stop);
            failures = failed ? failures + 1 : 0;
            {
                const std::lock_guard lock(m_mutex);
                m_asked = true;
                m_series = m_store->series();
                m_unmeasured = failed ? std::move(failed) : std::move(partial);
            }
            const auto every = m_options.telemetry.every;
            const auto wait = failures > 0 ? std::min<std::chrono::milliseconds>(longestWait, std::min<std::chrono::milliseconds>(every, m_options.firstWait) * (1 << std::min(failures - 1, 8))) : every;
            sleep(std::max(0ms, wait - std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - begin)), stop);
        }
    }

    bool KubeSource::knowsPods() const
    {
        const auto& pods = podsOf(m_feeds);
        return pods.listed && (!pods.error || Steady::now() - pods.goodAt < m_options.staleAfter);
    }

    std::vector<std::string> KubeSource::missing() const
    {
        auto made = m_kube.missing();
        if (!m_store)
            made.emplace_back("telemetry (utilisation, memory, temperature, power, GPU errors: held GPUs count as busy)");
        else if (!m_asked)
            made.emplace_back("telemetry (the store has not answered yet: what held GPUs do is unknown)");
        else
            std::ranges::copy(m_fleet.missing(), std::back_inserter(made));
        if (!knowsPods())
            made.emplace_back("pods (what is held, what is free, pending demand)");
        return made;
    }

    std::pair<Connection, std::optional<Error>> KubeSource::standing() const
    {
        const auto& nodes = nodesOf(m_feeds);
        const auto& pods = podsOf(m_feeds);
        if (!m_waitsFor.empty())
            return { Connection::Failing, Error { Error::Kind::Denied, "the exec plugin waits for you: " + m_waitsFor, {}, "do as it says" } };
        if (nodes.error)
            return { Connection::Failing, nodes.error };
        if (m_silent)
            return { Connection::Failing, m_silent };
        if (!pods.error && m_store && !m_asked)
            return { Connection::Live, Error { Error::Kind::Unavailable, "the store of its telemetry has not answered yet", m_options.telemetry.url, "nodes and pods are shown; does the store hang?" } };
        return { Connection::Live, pods.error ? pods.error : m_unmeasured };
    }

    void KubeSource::tellDemand(std::vector<Frame>& frames, bool knowsPods)
    {
        bool tells = m_changed || m_resend;
        std::erase_if(frames, [&](Frame& frame) {
            auto* told = std::get_if<DemandFrame>(&frame);
            if (told) {
                m_served = std::move(told->service);
                m_servedAt = m_options.clock();
                tells = true;
            }
            return told != nullptr;
        });
        // A store that is silent says nothing of how it is now.
        if (m_servedAt && m_options.clock() - *m_servedAt > m_options.staleAfter) {
            m_served.clear();
            m_servedAt.reset();
            tells = true;
        }
        // Each frame of demand replaces the one before.
        if (tells)
            frames.emplace_back(DemandFrame { .observed = *m_aliveAt, .demand = knowsPods ? m_kube.demand() : std::vector<WorkloadDemand>(), .service = m_served });
    }

    void KubeSource::tell(SourceSink& sink, const std::stop_token& stop)
    {
        std::string told;
        std::optional<Time> describedAt;
        std::uint64_t series = 0;
        bool knewPods = false;
        while (!stop.stop_requested()) {
            std::vector<Frame> frames;
            std::optional<std::pair<Connection, std::optional<Error>>> stands;
            bool isNew = false; ///< the number of series
            bool begun = false;
            {
                const std::lock_guard lock(m_mutex);
                isNew = std::exchange(series, m_series) != m_series;
                begun = std::ranges::all_of(m_feeds, &Feed::settled) && (m_silent || !m_version.empty()) && !waitsForStore();
                if (begun || !m_waitsFor.empty())
                    stands = standing();
                if (begun && nodesOf(m_feeds).listed && m_aliveAt) {
                    const bool knows = knowsPods();
                    if (m_changed || knows != knewPods)
                        m_fleet.gpus().describe(m_kube.nodes(knows), *m_aliveAt);
                    else if (describedAt != m_aliveAt)
                        m_fleet.gpus().stillSo(*m_aliveAt);
                    m_fleet.gpus().setSource("Kubernetes " + m_version + (m_fleet.version().empty() ? std::string() : ", store " + m_fleet.version()), missing());
                    describedAt = m_aliveAt;
                    frames = m_fleet.frames(m_options.clock());
                    m_resend = m_resend || knows != knewPods;
                    tellDemand(frames, knows);
                    m_changed = m_resend = false;
                    knewPods = knows;
                }
            }
            for (auto& frame : frames)
                sink.frame(std::move(frame));
            if (isNew)
                sink.series(series);
            if (stands)
                if (const auto text = (stands->first == Connection::Live ? "live " : "failing ") + (stands->second ? stands->second->text() : std::string()); told != text) {
                    told = text;
                    sink.connection(stands->first, stands->second);
                }
            std::mutex sleeping;
            std::condition_variable_any wake;
            std::unique_lock lock(sleeping);
            // The first picture is waited for.
            wake.wait_for(lock, stop, begun ? m_options.every : std::min<std::chrono::milliseconds>(m_options.every, 50ms), [] { return false; });
        }
    }

} // namespace

std::unique_ptr<Source> makeKubeSource(KubeOptions options, std::shared_ptr<HttpClient> http)
{
    return std::make_unique<KubeSource>(std::move(options), std::move(http));
}

} // namespace penstock
