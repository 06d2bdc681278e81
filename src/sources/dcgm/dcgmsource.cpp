// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dcgm/dcgmsource.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "inference/inference.h"

namespace penstock {

namespace {

    using namespace std::chrono_literals;
    using Steady = std::chrono::steady_clock;

    /// Scrapes at once that began a moment ago. Older ones wait for who is silent: they hold nobody up.
    constexpr std::size_t mostAtOnce = 128;
    constexpr auto aMoment = 250ms;
    constexpr unsigned mostWorkers = 8; ///< that read answers
    constexpr auto longestWait = 15s;
    /// While an exporter's pod is replaced nobody measures its node, which is there all the same.
    constexpr auto keptFor = 10min;

    std::string addressOf(const std::string& target)
    {
        const auto host = target.find("//");
        const auto path = host == std::string::npos ? std::string::npos : target.find('/', host + 2);
        return path == std::string::npos || path + 1 == target.size() ? target.substr(0, path) + "/metrics" : target;
    }

    /// "10.0.0.7:9400".
    std::string hostOf(const std::string& target)
    {
        const auto begin = target.find("//");
        const auto host = begin == std::string::npos ? target : target.substr(begin + 2);
        return host.substr(0, host.find('/'));
    }

    /// What an answer that is no exposition is, and what to do.
    std::optional<Error> refusalOf(const HttpAnswer& answer, const std::string& url)
    {
        if (answer.status == 401 || answer.status == 403)
            return Error { Error::Kind::Denied, "the exporter refuses (" + std::to_string(answer.status) + ")", url, "check the endpoint's token" };
        if (answer.status == 404)
            return Error { Error::Kind::NotFound, "nothing is at this path (404)", url, "exporters answer at /metrics" };
        if (answer.status >= 500)
            return Error { Error::Kind::Unavailable, "the exporter is in trouble (" + std::to_string(answer.status) + ")", url, "look at its log" };
        if (answer.status != 200)
            return Error { Error::Kind::Unavailable, "an answer with status " + std::to_string(answer.status), url, "is this a dcgm-exporter?" };
        if (answer.contentType == "text/html" || answer.contentType == "application/json")
            return Error { Error::Kind::Unavailable, "what answers is no exporter: it sends " + answer.contentType, url, "check host, port and path" };
        if (answer.contentType.find("protobuf") != std::string::npos)
            return Error { Error::Kind::Unavailable, "the exporter answers in Protobuf", url, "make it, or the proxy before it, answer in the text format" };
        return std::nullopt;
    }

    class DcgmSource final : public Source
    {
    public:
        DcgmSource(DcgmOptions options, std::shared_ptr<HttpClient> http)
            : m_options(std::move(options))
            , m_http(std::move(http))
            , m_fleet(m_options.place, m_options.workloads, m_options.targets.size() + m_options.metrics.size(), m_options.staleAfter, std::random_device {}() | (std::uint64_t { std::random_device {}() } << 32))
        {
            for (const auto& url : m_options.targets)
                m_targets.push_back(std::make_unique<Target>(Target { .url = url, .reader = {}, .inference = {}, .service = {}, .error = {} }));
            for (const auto& url : m_options.metrics)
                m_targets.push_back(std::make_unique<Target>(Target { .url = url, .isExporter = false, .reader = {}, .inference = {}, .service = {}, .error = {} }));
            m_isListed = !m_options.directory;
        }
        ~DcgmSource() override
        {
            {
                const std::lock_guard lock(m_inbox->mutex);
                m_inbox->closed = true;
            }
            for (auto& worker : m_workers)
                worker.request_stop();
            m_teller.request_stop();
            m_follower.request_stop();
        }
        void start(SourceSink& sink) override
        {
            sink.connection(Connection::Connecting, {});
            for (std::size_t at = 0; at < m_targets.size(); ++at)
                plan(at, {});
            for (unsigned i = 0; i < std::clamp(std::thread::hardware_concurrency(), 2U, mostWorkers); ++i)
                m_workers.emplace_back([this](const std::stop_token& stop) { work(stop); });
            if (m_options.directory)
                m_follower = std::jthread([this](const std::stop_token& stop) { follow(stop); });
            m_teller = std::jthread([this, &sink](const std::stop_token& stop) { tell(sink, stop); });
        }
        void reconnect() override
        {
            const std::lock_guard lock(m_inbox->mutex);
            for (std::size_t at = 0; at < m_targets.size(); ++at)
                plan(at, {});
            m_inbox->wakeAll();
        }
        void resync() override
        {
            const std::lock_guard lock(m_inbox->mutex);
            m_fleet.sendWhole();
        }

    private:
        struct Target
        {
            std::string url;
            bool isExporter = true; ///< false: an inference server
            bool hasLeft = false; ///< it is not in the directory any more
            DcgmReader reader; ///< of the worker that has it
            InferenceReader inference; ///< likewise
            std::vector<ServiceLevel> service; ///< of an inference server, as it answered last
            bool taken = false; ///< it is being asked, or its answer read
            Steady::time_point begun {}; ///< when it was asked last
            Steady::time_point due {}; ///< while it is neither taken nor has left, see m_due
            int failures = 0;
            std::optional<Error> error;
            std::optional<Time> answered {}; ///< last
            bool heard = false; ///< asked at least once
            std::uint64_t series = 0; ///< of an exporter's last answer
        };
        struct Arrived
        {
            std::size_t target;
            bool isFirst; ///< false: it was signed anew
            HttpRequest asked; ///< where it was signed
            Result<HttpAnswer> answer;
        };
        /// Where answers come in, also those that come when the source has gone.
        struct Inbox
        {
            std::mutex mutex; ///< guards all of this, and of the source the fleet and the targets, but for the readers of those that are taken
            std::condition_variable_any wake;
            std::uint64_t news = 0; ///< how often there was something to do
            bool closed = false;
            std::deque<Arrived> arrived;

            void wakeAll()
            {
                ++news;
                wake.notify_all();
            }
            void put(Arrived it)
            {
                const std::lock_guard lock(mutex);
                if (closed)
                    return;
                arrived.push_back(std::move(it));
                ++news;
                wake.notify_one();
            }
        };
        void work(const std::stop_token& stop);
        /// Sets when a target is asked next, unless that is not to be. The lock is held.
        void plan(std::size_t at, Steady::time_point due);
        /// The next three without the lock.
        void ask(std::size_t at, const Target& target, bool isFirst, const std::stop_token& stop);
        /// What is wrong with an answer, or nothing. False: it is asked once more.
        [[nodiscard]] bool read(Arrived& arrived, Target& target, std::optional<Error>& error, const std::stop_token& stop);
        [[nodiscard]] std::optional<Error> take(Target& target, const HttpAnswer& answer) const;
        /// The lock is held.
        void finish(std::size_t at, std::optional<Error> error);
        void tell(SourceSink& sink, const std::stop_token& stop);
        void follow(const std::stop_token& stop);
        void list(const std::vector<std::string>& directory);
        /// What is wrong, and whether nobody answers.
        [[nodiscard]] std::pair<Connection, std::optional<Error>> standing() const;
        [[nodiscard]] std::vector<FailingTarget> failing() const;
        [[nodiscard]] std::vector<ServiceLevel> levelsOf(const InferenceReader& reader, const std::string& address) const;
        [[nodiscard]] DemandFrame service() const;

        DcgmOptions m_options;
        std::shared_ptr<HttpClient> m_http;
        const std::shared_ptr<Inbox> m_inbox = std::make_shared<Inbox>();
        std::set<std::pair<Steady::time_point, std::size_t>> m_due; ///< targets that wait for their turn
        std::set<std::pair<Steady::time_point, std::size_t>> m_fresh; ///< that were asked a moment ago
        DcgmFleet m_fleet;
        std::vector<std::unique_ptr<Target>> m_targets; ///< by their numbers in the fleet
        bool m_isListed = false; ///< the directory has said something, or there is none
        std::optional<Error> m_unlisted; ///< what it said last, where that was an error
        std::vector<std::jthread> m_workers;
        std::jthread m_teller, m_follower;
    };

    void DcgmSource::plan(std::size_t at, Steady::time_point due)
    {
        auto& target = *m_targets[at];
        m_due.erase({ target.due, at });
        target.due = due;
        if (!target.taken && !target.hasLeft)
            m_due.insert({ due, at });
    }

    void DcgmSource::ask(std::size_t at, const Target& target, bool isFirst, const std::stop_token& stop)
    {
        HttpRequest request;
        request.url = addressOf(target.url);
        request.ca = m_options.ca;
        request.timeout = m_options.timeout;
        Arrived made { .target = at, .isFirst = isFirst, .asked = {}, .answer = HttpAnswer() };
        if (m_options.signIn) {
            if (const auto done = m_options.signIn->sign(request, stop); !done) {
                made.answer = std::unexpected(done.error());
                return m_inbox->put(std::move(made));
            }
            made.asked = request;
        }
        m_http->begin(std::move(request), [inbox = m_inbox, made = std::move(made)](Result<HttpAnswer> answer) mutable {
            made.answer = std::move(answer);
            inbox->put(std::move(made));
        });
    }

    bool DcgmSource::read(Arrived& arrived, Target& target, std::optional<Error>& error, const std::stop_token& stop)
    {
        if (!arrived.answer)
            error = arrived.answer.error();
        else if (auto* signIn = m_options.signIn.get(); signIn && (arrived.answer->status == 401 || arrived.answer->status == 403)) {
            if (arrived.isFirst && signIn->renew(arrived.asked, arrived.answer->status)) {
                ask(arrived.target, target, false, stop);
                return false;
            }
            error = refusalOf(*signIn, arrived.asked, *arrived.answer);
        } else
            error = take(target, *arrived.answer);
        return true;
    }

    std::optional<Error> DcgmSource::take(Target& target, const HttpAnswer& answer) const
    {
        const auto url = addressOf(target.url);
        if (auto refused = refusalOf(answer, url))
            return refused;
        if (!target.isExporter) {
            const auto read = target.inference.read(answer.body, m_options.clock());
            return read ? std::nullopt : std::optional(Error { Error::Kind::Unavailable, read.error().what, url, read.error().hint });
        }
        if (const auto read = target.reader.read(answer.body); !read)
            return read.error().what.find("cut off") != std::string::npos
                ? Error { Error::Kind::Unavailable, "only a part of the answer came, " + read.error().text(), url, "is the exporter, or a proxy before it, restarting or short of memory?" }
                : Error { Error::Kind::Unavailable, "the answer is no exposition, " + read.error().text(), url, "is this a dcgm-exporter?" };
        if (target.reader.seen().none() && answer.body.find("\nDCGM_") != std::string::npos)
            return Error { Error::Kind::Unavailable, "the exporter shows metrics of DCGM, but none whose name is known here", url, "is it newer than this program, or are only others switched on in its list of counters?" };
        if (target.reader.seen().none())
            return Error { Error::Kind::Unavailable, "the exporter shows no GPU metrics", url, "is this a dcgm-exporter, and does its driver run?" };
        return std::nullopt;
    }

    void DcgmSource::follow(const std::stop_token& stop)
    {
        while (!stop.stop_requested()) {
            auto known = m_options.directory(stop);
            const std::lock_guard lock(m_inbox->mutex);
            if (stop.stop_requested())
                return;
            if (known.targets)
                list(*known.targets);
            m_unlisted = std::move(known.error);
            m_isListed = true;
            m_inbox->wakeAll();
        }
    }

    /// The lock is held.
    void DcgmSource::list(const std::vector<std::string>& directory)
    {
        std::set<std::string> listed(directory.begin(), directory.end());
        // Those of the file stay.
        for (std::size_t at = m_options.targets.size() + m_options.metrics.size(); at < m_targets.size(); ++at) {
            auto& target = *m_targets[at];
            const bool stays = listed.erase(target.url) != 0;
            if (stays != target.hasLeft)
                continue;
            target.hasLeft = !stays;
            target.failures = 0;
            plan(at, {});
            m_fleet.dropAt(at, stays ? std::nullopt : std::optional(m_options.clock() + keptFor));
        }
        for (const auto& url : listed) {
            auto made = std::make_unique<Target>(Target { .url = url, .reader = {}, .inference = {}, .service = {}, .error = {} });
            std::size_t at = m_options.targets.size() + m_options.metrics.size();
            while (at < m_targets.size() && !(m_targets[at]->hasLeft && !m_targets[at]->taken && m_fleet.isEmpty(at)))
                ++at;
            if (at == m_targets.size())
                m_targets.push_back(std::move(made));
            else
                m_targets[at] = std::move(made);
            plan(at, {});
            m_fleet.dropAt(at, {});
        }
    }

    void DcgmSource::work(const std::stop_token& stop)
    {
        auto& inbox = *m_inbox;
        std::unique_lock lock(inbox.mutex);
        while (!stop.stop_requested()) {
            if (!inbox.arrived.empty()) {
                auto arrived = std::move(inbox.arrived.front());
                inbox.arrived.pop_front();
                auto& target = *m_targets[arrived.target];
                lock.unlock();
                std::optional<Error> error;
                const bool isRead = read(arrived, target, error, stop);
                lock.lock();
                if (isRead)
                    finish(arrived.target, std::move(error));
                continue;
            }
            const auto now = Steady::now();
            while (!m_fresh.empty() && m_fresh.begin()->first + aMoment <= now)
                m_fresh.erase(m_fresh.begin());
            const bool isFull = m_fresh.size() >= mostAtOnce;
            if (isFull || m_due.empty() || m_due.begin()->first > now) {
                const auto until = isFull ? m_fresh.begin()->first + aMoment : m_due.empty() ? now + m_options.every : m_due.begin()->first;
                inbox.wake.wait_until(lock, stop, until, [&inbox, news = inbox.news] { return inbox.news != news; });
                continue;
            }
            const auto at = m_due.begin()->second;
            m_due.erase(m_due.begin());
            auto& target = *m_targets[at];
            target.taken = true;
            target.begun = now;
            m_fresh.insert({ now, at });
            lock.unlock();
            ask(at, target, true, stop);
            lock.lock();
        }
    }

    void DcgmSource::finish(std::size_t at, std::optional<Error> error)
    {
        auto& target = *m_targets[at];
        target.taken = false;
        m_fresh.erase({ target.begun, at });
        if (target.hasLeft)
            return;
        target.heard = true;
        target.failures = error ? target.failures + 1 : 0;
        // From its last turn on, so that it keeps its second.
        const auto wait = error ? std::min<Steady::duration>(longestWait, m_options.every * (1 << std::min(target.failures, 10))) : Steady::duration(m_options.every);
        plan(at, std::max(target.begun + wait, Steady::now()));
        target.error = std::move(error);
        if (!target.error)
            target.answered = m_options.clock();
        if (!target.isExporter)
            target.service = target.error ? std::vector<ServiceLevel>() : levelsOf(target.inference, hostOf(target.url));
        else if (!target.error) {
            target.series = target.reader.samples();
            m_fleet.answered(at, target.reader, m_options.clock(), hostOf(target.url));
        }
    }

    std::vector<ServiceLevel> DcgmSource::levelsOf(const InferenceReader& reader, const std::string& address) const
    {
        InferenceTally tally;
        reader.addTo(tally);
        return tally.levels([&](const InferenceServer& it) {
            // TGI does not say what it serves.
            const auto& model = it.model.empty() ? address : it.model;
            auto name = m_fleet.workloadOf({}, {}, { { "model_name", model } });
            return name.empty() ? model : name;
        });
    }

    DemandFrame DcgmSource::service() const
    {
        std::map<std::string, ServiceLevel> joined;
        for (const auto& target : m_targets)
            for (const auto& it : target->service) {
                auto& to = joined[it.workload];
                to.workload = it.workload;
                to.cluster = m_options.place.cluster;
                to += it;
            }
        DemandFrame made { .observed = m_options.clock(), .demand = {} };
        for (auto& [workload, level] : joined)
            made.service.push_back(std::move(level));
        return made;
    }

    std::pair<Connection, std::optional<Error>> DcgmSource::standing() const
    {
        constexpr std::size_t mostNamed = 3;
        std::optional<Error> first;
        std::size_t failing = 0, all = 0;
        std::string named;
        for (const auto& target : m_targets) {
            all += !target->hasLeft;
            if (target->hasLeft || !target->error)
                continue;
            if (++failing <= mostNamed)
                named += (named.empty() ? "" : "; ") + addressOf(target->url) + ": " + target->error->what;
            if (!first)
                first = target->error;
        }
        if (first && all > 1)
            first->what = std::to_string(failing) + " of " + std::to_string(all) + " targets do not answer: " + named + (failing > mostNamed ? "; and " + std::to_string(failing - mostNamed) + " more" : std::string());
        return { failing == all ? Connection::Failing : Connection::Live, first ? first : m_unlisted };
    }

    std::vector<FailingTarget> DcgmSource::failing() const
    {
        std::vector<FailingTarget> made;
        for (const auto& it : m_targets)
            if (!it->hasLeft && it->error)
                made.push_back({ addressOf(it->url), *it->error, it->answered });
        return made;
    }

    void DcgmSource::tell(SourceSink& sink, const std::stop_token& stop)
    {
        std::optional<std::pair<Connection, std::optional<Error>>> told;
        bool begun = false;
        std::uint64_t toldSeries = 0;
        std::vector<FailingTarget> toldFailing;
        std::mutex sleeping;
        std::condition_variable_any wake;
        while (!stop.stop_requested()) {
            std::vector<Frame> frames;
            std::pair<Connection, std::optional<Error>> stands;
            std::uint64_t series = 0;
            std::vector<FailingTarget> silent;
            {
                const std::lock_guard lock(m_inbox->mutex);
                for (const auto& target : m_targets)
                    series += target->hasLeft || target->error ? 0 : target->series;
                stands = standing();
                silent = failing();
                // Before each was asked once there is no fleet to show, or it would grow before one's eyes.
                begun = begun || (m_isListed && std::ranges::all_of(m_targets, [](const auto& it) { return it->heard || it->hasLeft; }));
                if (begun)
                    m_fleet.setSource({}, m_fleet.lacks());
                if (begun)
                    frames = m_fleet.frames(m_options.clock());
                if (begun && !m_options.metrics.empty())
                    frames.emplace_back(service());
            }
            for (auto& frame : frames)
                sink.frame(std::move(frame));
            if (begun && std::exchange(toldSeries, series) != series)
                sink.series(series);
            if (begun && toldFailing != silent) {
                toldFailing = std::move(silent);
                sink.failing(toldFailing.empty() ? nullptr : std::make_shared<const std::vector<FailingTarget>>(toldFailing));
            }
            if (begun && told != stands) {
                told = stands;
                sink.connection(stands.first, stands.second);
            }
            std::unique_lock lock(sleeping);
            // The first picture is waited for.
            wake.wait_for(lock, stop, begun ? m_options.every : std::min<std::chrono::milliseconds>(m_options.every, 50ms), [] { return false; });
        }
    }

} // namespace

std::unique_ptr<Source> makeDcgmSource(DcgmOptions options, std::shared_ptr<HttpClient> http)
{
    return std::make_unique<DcgmSource>(std::move(options), std::move(http));
}

} // namespace penstock
