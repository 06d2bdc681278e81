// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "observer.h"

#include <algorithm>
#include <cmath>


namespace penstock::gateway {

namespace {

    constexpr std::chrono::seconds restAfterSilence(5);

} // namespace

Observer::Observer(MetricsAddress address, std::vector<std::string> backends, std::shared_ptr<HttpClient> http,
    SecretReader secrets, std::chrono::milliseconds timeout)
    : m_address(std::move(address))
    , m_backends(std::move(backends))
    , m_http(std::move(http))
    , m_secrets(std::move(secrets))
    , m_timeout(timeout)
{
    while (m_address.url.ends_with('/'))
        m_address.url.pop_back();
}

void Observer::forget()
{
    m_window.forgetUntilNew();
    m_changedAt = std::chrono::steady_clock::now();
}

Result<InstantAnswer> Observer::ask(const std::string& query)
{
    HttpRequest request { .method = "POST", .url = m_address.url + "/api/v1/query" };
    if (!m_address.token.empty()) {
        auto token = m_secrets(m_address.token);
        if (!token)
            return std::unexpected(token.error());
        request.token = std::move(*token);
    }
    request.ca = m_address.ca;
    request.timeout = m_timeout;
    request.contentType = "application/x-www-form-urlencoded";
    request.body = formEncoded({ { "query", query }, { "timeout", std::to_string(m_timeout.count()) + "ms" } });
    const auto answer = m_http->send(request);
    if (!answer)
        return std::unexpected(answer.error());
    const auto refuse = [this](Error error) {
        error.where = m_address.url;
        return std::unexpected(std::move(error));
    };
    switch (answer->status) {
    case 401: return refuse({ Error::Kind::Denied, "the token is not accepted (401)", {}, "look at token in observed" });
    case 403: return refuse({ Error::Kind::Denied, "this account may not query (403)", {}, {} });
    case 404: return refuse({ Error::Kind::NotFound, "there is no query API (404)", {}, "url in observed ends before /api/v1" });
    case 429: return refuse({ Error::Kind::Unavailable, "it asks for patience (429)", {}, {} });
    default: break;
    }
    if (answer->contentType != "application/json")
        return refuse({ answer->status >= 500 ? Error::Kind::Unavailable : Error::Kind::Invalid,
            "status " + std::to_string(answer->status) + " with " + (answer->contentType.empty() ? "no type" : answer->contentType) + " in place of JSON", {},
            "a proxy may stand between" });
    auto read = parseInstantAnswer(answer->body);
    if (!read)
        return refuse(read.error());
    return read;
}

void Observer::complain(RouteReading& reading, const Error& error)
{
    auto placed = error;
    if (placed.where.empty())
        placed.where = m_address.url;
    reading.warnings.push_back(std::string(metricsWarning) + placed.text());
    if (error.kind == Error::Kind::Unavailable) {
        m_silence = reading.warnings.back();
        m_silentUntil = std::chrono::steady_clock::now() + restAfterSilence;
    }
}

void Observer::observe(RouteReading& reading)
{
    if (m_address.url.empty())
        return;
    if (!m_silence.empty()) {
        if (std::chrono::steady_clock::now() < m_silentUntil) {
            reading.warnings.push_back(m_silence);
            return;
        }
        m_silence.clear();
    }
    if (!m_address.requests.empty())
        split(reading);
    constexpr double milliseconds = 1'000;
    guard(reading, m_address.errorRate, 1, &GuardReading::errorRate);
    guard(reading, m_address.latencyMean, milliseconds, &GuardReading::latencyMean);
    guard(reading, m_address.latencyP99, milliseconds, &GuardReading::latencyP99);
    guard(reading, m_address.queue, 1, &GuardReading::queue);
}

void Observer::split(RouteReading& reading)
{
    const auto answer = ask(m_address.requests);
    const auto values = answer ? valuesByName(*answer, m_address.label, m_backends) : Result<Values>(std::unexpected(answer.error()));
    if (!values)
        return complain(reading, values.error());
    for (const auto& warning : answer->warnings)
        reading.warnings.push_back(std::string(metricsWarning) + warning);
    std::vector<RequestCounters> counters(m_backends.size());
    double sum = 0;
    for (std::size_t i = 0; i < counters.size(); ++i) {
        // More than this is no counter of requests, and no double counts to it one by one.
        constexpr double most = 9e15;
        const double value = std::clamp((*values)[i].value_or(0), 0.0, most);
        counters[i].requests = static_cast<std::uint64_t>(std::llround(value));
        reading.backends[i].requests = counters[i].requests;
        sum += value;
    }
    if (m_address.window.count() == 0) {
        m_window.add(std::move(counters));
        reading.windowRequests = m_window.requests();
        for (std::size_t i = 0; i < m_backends.size(); ++i)
            reading.backends[i].observed = m_window.share(i);
        return;
    }
    // Before a whole window has passed the requests of the old weights are in it.
    if (std::chrono::steady_clock::now() - m_changedAt < m_address.window)
        return;
    reading.windowRequests = static_cast<std::uint64_t>(sum);
    if (reading.windowRequests < leastRequestsObserved)
        return;
    for (std::size_t i = 0; i < m_backends.size(); ++i)
        reading.backends[i].observed = 100 * (*values)[i].value_or(0) / sum;
}

void Observer::guard(RouteReading& reading, const std::string& query, double scale, std::optional<Measured> GuardReading::* which)
{
    if (query.empty() || !m_silence.empty())
        return;
    const auto answer = ask(query);
    if (!answer)
        return complain(reading, answer.error());
    const std::string source = "Prometheus at " + m_address.url;
    if (answer->samples.size() == 1 && answer->samples.front().labels.empty()) {
        reading.guards.*which = Measured { answer->samples.front().value * scale, source };
        return;
    }
    const auto values = valuesByName(*answer, m_address.label, m_backends);
    if (!values)
        return complain(reading, values.error());
    for (std::size_t i = 0; i < m_backends.size(); ++i)
        if (const auto value = (*values)[i])
            reading.backends[i].guards.*which = Measured { *value * scale, source };
}

} // namespace penstock::gateway
