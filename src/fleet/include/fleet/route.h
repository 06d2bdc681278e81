// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "fleet/routeraddress.h"
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
    std::string name;
    std::string workload;
    RouterAddress router;
    std::vector<Backend> backends;
    friend bool operator==(const Route&, const Route&) = default;
};

/// A value that somebody measured.
struct Measured
{
    double value = 0;
    std::string source {}; ///< "HAProxy", "Prometheus at https://metrics.example"
    std::uint64_t of = 0; ///< requests that it was measured on; 0: not told, or no matter of requests
    friend bool operator==(const Measured&, const Measured&) = default;
};

/// What guards watch. Empty: not measured, or on too few requests to say anything.
struct GuardReading
{
    std::optional<Measured> errorRate {}; ///< 0..1 of the requests in the window that failed
    std::optional<Measured> retryRate {}; ///< 0..1 of the requests in the window that were tried again, here or elsewhere
    std::optional<Measured> latencyMean {}; ///< ms until the answer begins
    std::optional<Measured> latencyP99 {}; ///< ms
    std::optional<Measured> queue {}; ///< requests that wait now
    friend bool operator==(const GuardReading&, const GuardReading&) = default;
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
    bool wakesUp = false; ///< it is draining only because Penstock gave it no weight, and takes requests as soon as it has some
    std::string note; ///< "L4CON: connection refused"; may be empty
    std::optional<double> effective {}; ///< per cent by the weights in force now, with slow starts and servers that are down
    GuardReading guards {};
    std::uint64_t unanswered {}; ///< requests given to it since it answered one last, as far as the router tells
    std::string fixed {}; ///< why its share cannot be changed: "its agent-check sets its weight"; empty: it can
    /// It would answer nothing, whatever weight it had.
    [[nodiscard]] bool takesNothing() const { return condition >= Condition::Draining && !wakesUp; }
    friend bool operator==(const BackendReading&, const BackendReading&) = default;
};

/// What a router says of one route, read at one time.
struct RouteReading
{
    std::string version; ///< opaque; changes whenever somebody changes the weights or the router reloads
    std::vector<BackendReading> backends; ///< in the order of Route::backends
    Time readAt {};
    std::uint64_t windowRequests = 0; ///< requests that the observed shares were measured on
    std::optional<Time> runningSince {}; ///< when the router, or the youngest of its processes, began; empty: it does not tell
    std::string drift; ///< what somebody else did, in words: "reloaded at 08:39:02"; empty: nothing
    std::optional<Time> driftedAt {}; ///< when, as far as it is known
    Weights forgotten {}; ///< the shares that a reload, a restart or a revert undid; empty: none
    std::string pending {}; ///< what the router was told and does not do yet, in words; empty: nothing
    /// Which part of the router does not answer, in words. What is told is of the rest, and so is what is set: an evacuation makes do with that, nobody else does. Empty: all of it answers.
    std::string silent {};
    std::string refused {}; ///< why the router refuses what it was told here last, and had not said so until apply() returned; empty: it does not
    std::vector<std::string> warnings {}; ///< what a person should know before shifting, a sentence each
    GuardReading guards {}; ///< of the whole route
    enum class Splits {
        Any,
        Untried, ///< whether it takes others than whole backends shows when one is tried
        Whole ///< a backend has its configured weight or none
    };
    Splits splits = Splits::Any;
    Weights configured {}; ///< weights of the backends in any unit, where not every split may be taken
    std::string fixed {}; ///< why no share can be changed: "its stats socket may only read"; empty: they can
    friend bool operator==(const RouteReading&, const RouteReading&) = default;

    [[nodiscard]] Weights accepted() const;
    /// The split in which the chosen backends take requests, by `configured`; empty when nothing is left.
    [[nodiscard]] Weights splitOfWhole(const std::vector<bool>& chosen) const;
    /// Why the router would refuse to go from what it has to this split, as far as it tells beforehand; empty: it would
    /// take it.
    [[nodiscard]] std::string refusal(const Weights& split) const;
};

/// Begins a warning that what the split is observed by does not answer as it should.
inline constexpr std::string_view metricsWarning = "metrics: ";

/// Fewer requests than this in the window say nothing about the split.
inline constexpr std::uint64_t leastRequestsObserved = 200;
/// Observed shares are measured on this many requests at most; older ones say nothing about now.
inline constexpr std::uint64_t mostRequestsObserved = 5'000;
/// Fewer requests than this of one backend say nothing about its error rate.
inline constexpr std::uint64_t leastRequestsGuarded = 20;
/// So many that failed, one after the other, say that it answers nobody.
inline constexpr std::uint64_t leastRequestsFailed = 5;

} // namespace penstock
