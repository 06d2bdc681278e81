// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "prometheus/promstore.h"

#include <algorithm>
#include <set>

namespace penstock {

namespace {

    using namespace std::chrono_literals;
    using Steady = std::chrono::steady_clock;

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

} // namespace

PromStore::PromStore(PromOptions options, std::shared_ptr<HttpClient> http) : m_options(std::move(options)), m_http(std::move(http))
{
    while (m_options.url.ends_with('/'))
        m_options.url.pop_back();
}

Result<PromNotes> PromStore::ask(const std::string& query, std::mutex& mutex, const std::stop_token& stop, const std::function<void(std::span<const PromLabel>, double)>& each)
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
    auto answer = m_http->send(request, stop);
    if (!answer)
        return std::unexpected(answer.error());
    if (auto refused = refusalOf(*answer, request.url))
        return std::unexpected(std::move(*refused));
    const std::lock_guard lock(mutex);
    auto notes = m_reader.vector(std::move(answer->body), each);
    if (!notes && notes.error().where.empty()) {
        auto error = notes.error();
        error.where = request.url;
        return std::unexpected(std::move(error));
    }
    return notes;
}

std::string PromStore::version(const std::stop_token& stop)
{
    HttpRequest request;
    request.url = m_options.url + "/api/v1/status/buildinfo";
    request.token = m_options.token;
    request.user = m_options.user;
    request.ca = m_options.ca;
    request.timeout = m_options.timeout;
    if (!m_options.tenant.empty())
        request.headers.emplace_back("X-Scope-OrgID", m_options.tenant);
    const auto answer = m_http->send(request, stop);
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

Result<> PromStore::discover(PromFleet& fleet, std::mutex& mutex, const std::stop_token& stop)
{
    std::map<std::string, double> found;
    if (auto asked = ask(PromFleet::discovery(), mutex, stop, [&](std::span<const PromLabel> labels, double value) {
            for (const auto& [name, text] : labels)
                if (name == "__name__")
                    found[std::string(text)] = value;
        });
        !asked)
        return std::unexpected(asked.error());
    {
        const std::lock_guard lock(mutex);
        fleet.discovered(found, false);
    }
    if (fleet.identity().empty())
        return fail(Error::Kind::NotFound, "the store holds no GPU metrics", m_options.url, "does it scrape dcgm-exporter? look for DCGM_FI_DEV_GPU_UTIL in its web page");
    bool renamed = false;
    if (auto asked = ask(PromFleet::podDiscovery(fleet.identity()), mutex, stop, [&](std::span<const PromLabel>, double value) { renamed = value > 0; }); !asked)
        return std::unexpected(asked.error());
    auto says = version(stop);
    const std::lock_guard lock(mutex);
    fleet.discovered(std::move(found), renamed);
    fleet.setVersion(std::move(says));
    m_discoveredAt = Steady::now();
    return {};
}

std::optional<Error> PromStore::round(PromFleet& fleet, std::mutex& mutex, std::optional<Error>& partial, const std::stop_token& stop)
{
    if (!m_discoveredAt || Steady::now() - *m_discoveredAt > m_options.rediscoverAfter)
        if (auto found = discover(fleet, mutex, stop); !found)
            return found.error();
    {
        const std::lock_guard lock(mutex);
        fleet.begin();
    }
    std::set<std::string> warnings;
    for (const auto& query : fleet.queries()) {
        Result<> taken;
        auto asked = ask(query.text, mutex, stop, [&](std::span<const PromLabel> labels, double value) {
            if (taken)
                taken = fleet.take(query, labels, value);
        });
        auto error = !asked ? std::optional(asked.error()) : !taken ? std::optional(taken.error()) : std::nullopt;
        if (error && query.metric == fleet.identity())
            return error;
        if (error && !partial) {
            partial = std::move(*error);
            partial->what += " (asked for " + (query.metric.empty() ? query.text : query.metric).substr(0, 80) + ")";
        }
        if (asked && asked->series == 0 && query.metric == fleet.identity()) {
            m_discoveredAt.reset();
            return Error { Error::Kind::NotFound, "the store holds no GPU metrics any more", m_options.url, "do its scrapes of dcgm-exporter fail? look at its targets" };
        }
        if (asked)
            warnings.insert(asked->warnings.begin(), asked->warnings.end());
    }
    if (!partial && !warnings.empty())
        partial = Error { Error::Kind::Unavailable, "the store warns: " + *warnings.begin() + (warnings.size() > 1 ? " (and " + std::to_string(warnings.size() - 1) + " more)" : std::string()), m_options.url,
            "its answers may lack data until it warns no more" };
    const std::lock_guard lock(mutex);
    fleet.commit(m_options.clock());
    return std::nullopt;
}

} // namespace penstock
