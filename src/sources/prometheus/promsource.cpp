// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "prometheus/promsource.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "prometheus/promfleet.h"

namespace penstock {

namespace {

    using namespace std::chrono_literals;
    using Steady = std::chrono::steady_clock;

    constexpr auto longestWait = 15s;
    /// 100,000 series with their labels are 25 MB.
    constexpr std::int64_t longestAnswer = 256LL * 1024 * 1024;

    /// What an answer is that no store would give, and what to do.
    std::optional<Error> refusalOf(const HttpAnswer& answer, const std::string& url)
    {
        if (answer.status == 401 || answer.status == 403)
            return Error { Error::Kind::Denied, "the store refuses (" + std::to_string(answer.status) + ")", url, "check the endpoint's token, user and tenant" };
        if (answer.contentType == "application/json")
            return std::nullopt;
        if (answer.status == 404)
            return Error { Error::Kind::NotFound, "nothing is at this path (404)", url, "write the address without /api/v1, and with the prefix if there is one, as /prometheus for Mimir" };
        // 501: it knows no POST.
        if (answer.status >= 500 && answer.status != 501)
            return Error { Error::Kind::Unavailable, "the store or a proxy before it is in trouble (" + std::to_string(answer.status) + ")", url, "look at its log" };
        return Error { Error::Kind::Unavailable, "what answers is no store of metrics: it sends " + (answer.contentType.empty() ? "an unknown type" : answer.contentType) + " with status " + std::to_string(answer.status), url,
            "check host, port and path" };
    }

    class PromSource final : public Source
    {
    public:
        PromSource(PromOptions options, std::shared_ptr<HttpClient> http)
            : m_options(std::move(options))
            , m_http(std::move(http))
            , m_fleet(m_options.place, m_options.workloads, m_options.staleAfter, std::random_device {}() | (std::uint64_t { std::random_device {}() } << 32))
        {
            while (m_options.url.ends_with('/'))
                m_options.url.pop_back();
        }
        ~PromSource() override { m_thread.request_stop(); }
        void start(SourceSink& sink) override
        {
            sink.connection(Connection::Connecting, {});
            m_thread = std::jthread([this, &sink](const std::stop_token& stop) { run(sink, stop); });
        }
        void reconnect() override { wake(false); }
        void resync() override { wake(true); }

    private:
        void wake(bool whole)
        {
            const std::lock_guard lock(m_mutex);
            m_now = true;
            m_whole = m_whole || whole;
            m_wake.notify_all();
        }
        void run(SourceSink& sink, const std::stop_token& stop);
        /// A whole round. Its error: nothing is known of the GPUs; `partial`: something else is not.
        [[nodiscard]] std::optional<Error> round(std::optional<Error>& partial);
        [[nodiscard]] Result<> discover();
        [[nodiscard]] Result<PromNotes> ask(const std::string& query, const std::function<void(std::span<const PromLabel>, double)>& each);
        [[nodiscard]] std::string version();

        PromOptions m_options;
        std::shared_ptr<HttpClient> m_http;
        // Of the thread.
        PromReader m_reader;
        PromFleet m_fleet;
        std::optional<Steady::time_point> m_discoveredAt;
        std::mutex m_mutex; ///< guards what follows
        std::condition_variable_any m_wake;
        bool m_now = false, m_whole = false;
        std::jthread m_thread;
    };

    Result<PromNotes> PromSource::ask(const std::string& query, const std::function<void(std::span<const PromLabel>, double)>& each)
    {
        HttpRequest request;
        request.method = "POST";
        request.url = m_options.url + "/api/v1/query";
        // Thanos would else leave out stores that are away without failing; others pass over what they do not know.
        request.body = formEncoded({ { "query", query }, { "partial_response", "false" }, { "timeout", std::to_string(m_options.timeout.count()) + "ms" } });
        request.contentType = "application/x-www-form-urlencoded";
        request.token = m_options.token;
        request.user = m_options.user;
        request.ca = m_options.ca;
        request.timeout = m_options.timeout + 1s;
        request.longestAnswer = longestAnswer;
        if (!m_options.tenant.empty())
            request.headers.emplace_back("X-Scope-OrgID", m_options.tenant);
        auto answer = m_http->send(request);
        if (!answer)
            return std::unexpected(answer.error());
        if (auto refused = refusalOf(*answer, request.url))
            return std::unexpected(std::move(*refused));
        auto notes = m_reader.vector(std::move(answer->body), each);
        if (!notes && notes.error().where.empty()) {
            auto error = notes.error();
            error.where = request.url;
            return std::unexpected(std::move(error));
        }
        return notes;
    }

    std::string PromSource::version()
    {
        HttpRequest request;
        request.url = m_options.url + "/api/v1/status/buildinfo";
        request.token = m_options.token;
        request.user = m_options.user;
        request.ca = m_options.ca;
        request.timeout = m_options.timeout;
        if (!m_options.tenant.empty())
            request.headers.emplace_back("X-Scope-OrgID", m_options.tenant);
        const auto answer = m_http->send(request);
        // Managed stores have none.
        const std::string key = "\"version\":\"";
        if (!answer || answer->status != 200)
            return "unknown version";
        const auto begin = answer->body.find(key);
        if (begin == std::string::npos)
            return "unknown version";
        const auto from = begin + key.size();
        return "version " + answer->body.substr(from, std::min<std::size_t>(answer->body.find('"', from) - from, 40));
    }

    Result<> PromSource::discover()
    {
        std::map<std::string, double> found;
        if (auto asked = ask(PromFleet::discovery(), [&](std::span<const PromLabel> labels, double value) {
                for (const auto& [name, text] : labels)
                    if (name == "__name__")
                        found[std::string(text)] = value;
            });
            !asked)
            return std::unexpected(asked.error());
        m_fleet.discovered(found, false);
        if (m_fleet.identity().empty())
            return fail(Error::Kind::NotFound, "the store holds no GPU metrics", m_options.url, "does it scrape dcgm-exporter? look for DCGM_FI_DEV_GPU_UTIL in its web page");
        bool renamed = false;
        if (auto asked = ask(PromFleet::podDiscovery(m_fleet.identity()), [&](std::span<const PromLabel>, double value) { renamed = value > 0; }); !asked)
            return std::unexpected(asked.error());
        m_fleet.discovered(std::move(found), renamed);
        m_fleet.setVersion(version());
        m_discoveredAt = Steady::now();
        return {};
    }

    std::optional<Error> PromSource::round(std::optional<Error>& partial)
    {
        if (!m_discoveredAt || Steady::now() - *m_discoveredAt > m_options.rediscoverAfter)
            if (auto found = discover(); !found)
                return found.error();
        m_fleet.begin();
        std::set<std::string> warnings;
        for (const auto& query : m_fleet.queries()) {
            Result<> taken;
            auto asked = ask(query.text, [&](std::span<const PromLabel> labels, double value) {
                if (taken)
                    taken = m_fleet.take(query, labels, value);
            });
            auto error = !asked ? std::optional(asked.error()) : !taken ? std::optional(taken.error()) : std::nullopt;
            if (error && query.metric == m_fleet.identity())
                return error;
            if (error && !partial) {
                partial = std::move(*error);
                partial->what += " (asked for " + (query.metric.empty() ? query.text : query.metric).substr(0, 80) + ")";
            }
            if (asked && asked->series == 0 && query.metric == m_fleet.identity()) {
                m_discoveredAt.reset();
                return Error { Error::Kind::NotFound, "the store holds no GPU metrics any more", m_options.url, "do its scrapes of dcgm-exporter fail? look at its targets" };
            }
            if (asked)
                warnings.insert(asked->warnings.begin(), asked->warnings.end());
        }
        if (!partial && !warnings.empty())
            partial = Error { Error::Kind::Unavailable, "the store warns: " + *warnings.begin() + (warnings.size() > 1 ? " (and " + std::to_string(warnings.size() - 1) + " more)" : std::string()), m_options.url,
                "its answers may lack data until it warns no more" };
        m_fleet.commit(m_options.clock());
        return std::nullopt;
    }

    void PromSource::run(SourceSink& sink, const std::stop_token& stop)
    {
        int failures = 0;
        std::optional<std::string> told;
        while (!stop.stop_requested()) {
            const auto begin = Steady::now();
            std::optional<Error> partial;
            auto failed = round(partial);
            if (stop.stop_requested())
                return;
            failures = failed ? failures + 1 : 0;
            {
                const std::lock_guard lock(m_mutex);
                if (std::exchange(m_whole, false))
                    m_fleet.sendWhole();
            }
            if (!failed)
                for (auto& frame : m_fleet.frames(m_options.clock()))
                    sink.frame(std::move(frame));
            const auto error = failed ? failed : partial;
            if (const auto text = (failed ? "failing " : "live ") + (error ? error->text() : std::string()); told != text) {
                told = text;
                sink.connection(failed ? Connection::Failing : Connection::Live, error);
            }
            const auto wait = failed ? std::min<Steady::duration>(longestWait, std::min<Steady::duration>(m_options.every, 1s) * (1 << std::min(failures - 1, 8))) : Steady::duration(m_options.every);
            std::unique_lock lock(m_mutex);
            m_wake.wait_until(lock, stop, begin + wait, [this] { return m_now; });
            m_now = false;
        }
    }

} // namespace

std::unique_ptr<Source> makePromSource(PromOptions options, std::shared_ptr<HttpClient> http)
{
    return std::make_unique<PromSource>(std::move(options), std::move(http));
}

} // namespace penstock
