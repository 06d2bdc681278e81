// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/gatewayrouter.h"
#include "gateway/instantquery.h"
#include "http/httpclient.h"
#include "requestwindow/requestwindow.h"

namespace penstock::gateway {

/// Fills in what a router cannot see itself: the observed split and the guards, from a Prometheus-compatible API. When
/// that fails the reading stays as it is and says so; weights never wait for metrics. Not thread-safe.
class Observer
{
public:
    Observer(MetricsAddress address, std::vector<std::string> backends, std::shared_ptr<HttpClient> http, SecretReader secrets,
        std::chrono::milliseconds timeout);

    void observe(RouteReading& reading);
    /// The weights changed now.
    void forget();

private:
    using Values = std::vector<std::optional<double>>;
    [[nodiscard]] Result<InstantAnswer> ask(const std::string& query);
    void split(RouteReading& reading);
    void guard(RouteReading& reading, const std::string& query, double scale, std::optional<Measured> GuardReading::* which);
    void complain(RouteReading& reading, const Error& error);

    MetricsAddress m_address;
    std::vector<std::string> m_backends;
    std::shared_ptr<HttpClient> m_http;
    SecretReader m_secrets;
    std::chrono::milliseconds m_timeout;
    RequestWindow m_window;
    std::chrono::steady_clock::time_point m_changedAt {}; ///< of the weights; long ago at first
    std::chrono::steady_clock::time_point m_silentUntil {}; ///< one that does not answer is not asked at every reading
    std::string m_silence; ///< why; empty: it answers
};

} // namespace penstock::gateway
