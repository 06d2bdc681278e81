// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fleet/route.h"

namespace penstock {

/// One rule of a Kubernetes HTTPRoute.
struct HttpRouteAddress
{
    std::string nameSpace {};
    std::string name {};
    std::optional<std::uint32_t> rule {}; ///< index in spec.rules; empty: the one that `match` or the backends name
    std::string match {}; ///< path of a match of the rule; empty: any
    std::string token {}; ///< "env:NAME", "file:PATH" or "keychain:NAME"; the secret itself is never here
    std::string ca {}; ///< PEM; empty: the system's certificates
    friend bool operator==(const HttpRouteAddress&, const HttpRouteAddress&) = default;
};

/// Instant queries to a Prometheus-compatible API. Each result names a backend of the route in the label `label`.
struct MetricsAddress
{
    std::string url {}; ///< up to, not including, "/api/v1"
    std::string token {}; ///< as HttpRouteAddress::token
    std::string ca {}; ///< PEM; empty: the system's certificates
    std::string label {}; ///< empty: the only label of the result
    std::string requests {}; ///< requests since ever (a counter), or in the last `window`
    std::chrono::seconds window { 0 }; ///< over which `requests` counts; 0: it is a counter
    std::string errorRate {}; ///< 0..1 of the requests
    std::string latencyMean {}; ///< seconds
    std::string latencyP99 {}; ///< seconds
    std::string queue {}; ///< requests that wait
    friend bool operator==(const MetricsAddress&, const MetricsAddress&) = default;
};

/// A rule of an HTTPRoute at a Kubernetes API, whose backendRefs are the backends of a route.
struct GatewayAddress
{
    static constexpr const char* kind = "gateway";
    std::string url; ///< of the Kubernetes API
    HttpRouteAddress httpRoute {};
    MetricsAddress metrics {}; ///< where the observed split comes from; no url: nowhere
    friend bool operator==(const GatewayAddress&, const GatewayAddress&) = default;

    [[nodiscard]] std::string text() const { return "HTTPRoute " + httpRoute.name; }
    [[nodiscard]] std::string place() const { return url; }
    [[nodiscard]] static bool countsRequests() { return true; }
    /// One for the HTTPRoute.
    [[nodiscard]] std::vector<std::string> leaseKeys(const std::string& route, const std::vector<Endpoint>& endpoints) const;
};

/// Of a route of another kind: an empty one.
[[nodiscard]] inline const GatewayAddress& gatewayAddressOf(const Route& route)
{
    static const GatewayAddress none;
    const auto* address = route.router.as<GatewayAddress>();
    return address ? *address : none;
}

} // namespace penstock
