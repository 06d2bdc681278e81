// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "gateway/gatewayrouter.h"
#include "gateway/httproute.h"

namespace penstock::gateway {

/// The few requests to a Kubernetes API that a split needs, and what its refusals mean. Not thread-safe.
class Kubernetes
{
public:
    Kubernetes(const Route& route, std::shared_ptr<HttpClient> http, SecretReader secrets, std::chrono::milliseconds timeout);

    [[nodiscard]] Result<HttpRoute> get();
    /// Conflict: the route is not as the patch tests it any more. Invalid: the API refuses the values. Unavailable: whether
    /// it was done is not known.
    [[nodiscard]] Result<HttpRoute> patch(const std::string& patch);
    [[nodiscard]] Result<GatewayState> gateway(const ParentRef& parent);
    [[nodiscard]] const std::string& where() const { return m_where; }

private:
    [[nodiscard]] Result<HttpAnswer> send(HttpRequest request) const;
    [[nodiscard]] Error errorOf(const HttpAnswer& answer, const std::string& verb, const std::string& resource) const;

    HttpRouteAddress m_address;
    std::string m_server, m_path, m_where;
    std::shared_ptr<HttpClient> m_http;
    SecretReader m_secrets;
    std::chrono::milliseconds m_timeout;
};

} // namespace penstock::gateway
