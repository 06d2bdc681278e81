// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "fleet/scope.h"

namespace penstock {

/// Shares of a route in per cent, one a backend, in the order of Route::backends; they add up to 100.
using Weights = std::vector<double>;

/// A traffic split that lives in a router, as the workspace names it.
struct Route
{
    struct Backend
    {
        std::string name; ///< the router's own name of it: an HAProxy server, a backend of an agent's route
        Scope scope; ///< the provider, region or cluster it stands for
        friend bool operator==(const Backend&, const Backend&) = default;
    };
    struct RouterAddress
    {
        std::string kind; ///< "haproxy" or "agent"
        std::string url; ///< haproxy: "tcp://127.0.0.1:9999" or "unix:///run/haproxy.sock"
        std::string backend; ///< haproxy: the proxy that holds the servers
        std::string endpoint; ///< agent: the name of an endpoint of kind agent, replay or simulate
        friend bool operator==(const RouterAddress&, const RouterAddress&) = default;
    };
    std::string name;
    std::string workload;
    RouterAddress router;
    std::vector<Backend> backends;
    friend bool operator==(const Route&, const Route&) = default;
};

/// What a router says of one backend.
struct BackendReading
{
    enum class Condition { Up, Warming, Draining, Maintenance, Down };
    std::string name;
    double accepted = 0; ///< per cent of the configured weight of the route; counts backends that are down too
    std::optional<double> observed; ///< per cent of the requests in the window; empty under 200 requests
    std::uint64_t requests = 0; ///< counter of requests since the router started
    Condition condition = Condition::Up;
    std::string note; ///< "L4CON: connection refused"; may be empty
    friend bool operator==(const BackendReading&, const BackendReading&) = default;
};

/// What a router says of one route, read at one time.
struct RouteReading
{
    std::string version; ///< opaque; changes whenever somebody changes the weights or the router reloads
    std::vector<BackendReading> backends; ///< in the order of Route::backends
    Time readAt {};
    std::uint64_t windowRequests = 0; ///< requests that the observed shares were measured on
    std::string drift; ///< what somebody else did, in words: "reloaded at 08:39:02"; empty: nothing
    friend bool operator==(const RouteReading&, const RouteReading&) = default;

    [[nodiscard]] Weights accepted() const;
};

/// Fewer requests than this in the window say nothing about the split.
inline constexpr std::uint64_t leastRequestsObserved = 200;

} // namespace penstock
