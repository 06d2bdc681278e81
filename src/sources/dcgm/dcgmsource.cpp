// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dcgm/dcgmsource.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "inference/inference.h"

namespace penstock {

namespace {

    using namespace std::chrono_literals;
    using Steady = std::chrono::steady_clock;

    constexpr std::size_t mostWorkers = 32;
    constexpr auto longestWait = 15s;

    std::string addressOf(const std::string& target)
    {
        const auto host = target.find("//");
        const auto path = host == std::string::npos ? std::string::npos : target.find('/', host + 2);
        return path == std::string::npos || path + 1 == target.size() ? target.substr(0, path) + "/metrics" : target;
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
        return std::nullopt;
    }

    class DcgmSource final : public Source
    {
    public:
        DcgmSource(DcgmOptions options, std::shared_ptr<HttpClient> http)
            : m_options(std::move(options))
            , m_http(std::move(http))
            , m_fleet(m_options.place, m_options.workloads, m_options.targets.size(), m_options.staleAfter, std::random_device {}() | (std::uint64_t { std::random_device {}() } << 32))
            , m_targets(m_options.targets.size() + m_options.metrics.size())
        {
        }
        ~DcgmSource() override
        {
            for (auto& worker : m_workers)
                worker.request_stop();
            m_teller.request_stop();
        }
        void start(SourceSink& sink) override
        {
            sink.connection(Connection::Connecting, {});
            for (std::size_t i = 0; i < std::min(mostWorkers, m_targets.size()); ++i)
                m_workers.emplace_back([this](const std::stop_token& stop) { work(stop); });
            m_teller = std::jthread([this, &sink](const std::stop_token& stop) { tell(sink, stop); });
        }
        void reconnect() override
        {
            const std::lock_guard lock(m_mutex);
            for (auto& target : m_targets)
                target.due = {};
            m_wake.notify_all();
        }
        void resync() override
        {
            const std::lock_guard lock(m_mutex);
            m_fleet.sendWhole();
        }

    private:
        struct Target
        {
            DcgmReader reader; ///< of the worker that has it
            InferenceReader inference; ///< likewise
            std::vector<ServiceLevel> service; ///< of an inference server, as it answered last
            bool taken = false;
            Steady::time_point due {};
            int failures = 0;
            std::optional<Error> error;
            bool heard = false; ///< asked at least once
        };
        void work(const std::stop_token& stop);
        void tell(SourceSink& sink, const std::stop_token& stop);
        [[nodiscard]] std::optional<Error> scrape(std::size_t target);
        [[nodiscard]] std::optional<Error> silent(std::size_t& failing) const;
        [[nodiscard]] bool isExporter(std::size_t target) const { return target < m_options.targets.size(); }
        [[nodiscard]] std::vector<ServiceLevel> levelsOf(const InferenceReader& reader) const;
        [[nodiscard]] DemandFrame service() const;

        DcgmOptions m_options;
        std::shared_ptr<HttpClient> m_http;
        mutable std::mutex m_mutex; ///< guards the fleet and the targets, but for the readers of those that are taken
        std::condition_variable_any m_wake;
        DcgmFleet m_fleet;
        std::vector<Target> m_targets;
        std::vector<std::jthread> m_workers;
        std::jthread m_teller;
    };

    std::optional<Error> DcgmSource::scrape(std::size_t target)
    {
        HttpRequest request;
        request.url = addressOf(isExporter(target) ? m_options.targets[target] : m_options.metrics[target - m_options.targets.size()]);
        request.token = m_options.token;
        request.ca = m_options.ca;
        request.timeout = m_options.timeout;
        const auto answer = m_http->send(request);
        if (!answer)
            return answer.error();
        if (auto refused = refusalOf(*answer, request.url))
            return refused;
        if (!isExporter(target)) {
            const auto read = m_targets[target].inference.read(answer->body, m_options.clock());
            return read ? std::nullopt : std::optional(Error { Error::Kind::Unavailable, read.error().what, request.url, read.error().hint });
        }
        auto& reader = m_targets[target].reader;
        if (const auto read = reader.read(answer->body); !read)
            return Error { Error::Kind::Unavailable, "the answer is no exposition, " + read.error().text(), request.url, "is this a dcgm-exporter?" };
        if (reader.seen().none())
            return Error { Error::Kind::Unavailable, "the exporter shows no GPU metrics", request.url, "is this a dcgm-exporter, and does its driver run?" };
        return std::nullopt;
    }

    void DcgmSource::work(const std::stop_token& stop)
    {
        std::unique_lock lock(m_mutex);
        while (!stop.stop_requested()) {
            auto next = m_targets.end();
            for (auto it = m_targets.begin(); it != m_targets.end(); ++it)
                if (!it->taken && (next == m_targets.end() || it->due < next->due))
                    next = it;
            const auto now = Steady::now();
            if (next == m_targets.end() || next->due > now) {
                m_wake.wait_for(lock, stop, next == m_targets.end() ? Steady::duration(m_options.every) : next->due - now, [] { return false; });
                continue;
            }
            const auto at = static_cast<std::size_t>(next - m_targets.begin());
            next->taken = true;
            lock.unlock();
            auto error = scrape(at);
            lock.lock();
            auto& target = m_targets[at];
            target.taken = false;
            target.heard = true;
            target.failures = error ? target.failures + 1 : 0;
            // From its last turn on, so that it keeps its second.
            const auto wait = error ? std::min<Steady::duration>(longestWait, m_options.every * (1 << std::min(target.failures, 10))) : Steady::duration(m_options.every);
            target.due = std::max(now + wait, Steady::now());
            target.error = std::move(error);
            if (!isExporter(at))
                target.service = target.error ? std::vector<ServiceLevel>() : levelsOf(target.inference);
            else if (!target.error)
                m_fleet.answered(at, target.reader, m_options.clock());
        }
    }

    std::vector<ServiceLevel> DcgmSource::levelsOf(const InferenceReader& reader) const
    {
        InferenceTally tally;
        reader.addTo(tally);
        return tally.levels([this](const InferenceServer& it) {
            auto name = m_fleet.workloadOf({}, {}, { { "model_name", it.model } });
            return name.empty() ? it.model : name;
        });
    }

    DemandFrame DcgmSource::service() const
    {
        std::map<std::string, ServiceLevel> joined;
        for (const auto& target : m_targets)
            for (const auto& it : target.service) {
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

    std::optional<Error> DcgmSource::silent(std::size_t& failing) const
    {
        std::optional<Error> first;
        failing = 0;
        for (const auto& target : m_targets)
            if (target.error) {
                ++failing;
                if (!first)
                    first = target.error;
            }
        if (first && m_targets.size() > 1)
            first->what = std::to_string(failing) + " of " + std::to_string(m_targets.size()) + " targets do not answer; the first: " + first->what;
        return first;
    }

    void DcgmSource::tell(SourceSink& sink, const std::stop_token& stop)
    {
        std::optional<std::string> told;
        std::mutex sleeping;
        std::condition_variable_any wake;
        while (!stop.stop_requested()) {
            std::vector<Frame> frames;
            std::optional<Error> error;
            std::size_t failing = 0;
            bool begun = false;
            {
                const std::lock_guard lock(m_mutex);
                error = silent(failing);
                begun = std::ranges::all_of(m_targets, &Target::heard);
                // Before each was asked once there is no fleet to show, or it would grow before one's eyes.
                if (begun)
                    frames = m_fleet.frames(m_options.clock());
                if (begun && !m_options.metrics.empty())
                    frames.emplace_back(service());
            }
            for (auto& frame : frames)
                sink.frame(std::move(frame));
            const auto text = error ? error->text() : std::string();
            if (begun && told != text) {
                told = text;
                sink.connection(failing == m_targets.size() ? Connection::Failing : Connection::Live, error);
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
