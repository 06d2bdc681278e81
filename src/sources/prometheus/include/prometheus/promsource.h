// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dcgm/dcgmfleet.h"
#include "fleet/catalogue.h"
#include "fleet/endpoint.h"
#include "fleet/source.h"
#include "http/httpclient.h"
#include "signin/signin.h"

namespace penstock {

struct PromOptions
{
    std::string url; ///< without /api/v1: "https://prometheus.example", "https://mimir.example/prometheus"
    std::shared_ptr<SignIn> signIn {}; ///< null: nobody says who asks
    std::string tenant {}; ///< of a store of many, see tenantHeaders()
    std::string ca {}; ///< PEM file; empty: the system's
    DcgmPlace place; ///< provider and region: what counts where the store does not tell
    std::vector<Workload> workloads;
    std::shared_ptr<const Catalogue> catalogue {}; ///< of types of instances; null: an empty one
    std::chrono::milliseconds every { 5'000 }; ///< between two rounds of queries
    std::chrono::milliseconds timeout { 10'000 }; ///< of one query
    std::uint64_t aggregateAbove = defaultAggregateAbove; ///< of more GPUs the store is asked for counts by node
    std::chrono::milliseconds rediscoverAfter { 300'000 }; ///< what the store holds is asked for anew
    std::chrono::milliseconds staleAfter { 30'000 };
    Clock clock = wallClock;
};

/// Says whose data are asked for, to whichever store of many tenants: each knows one of these headers and passes over the others.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> tenantHeaders(const std::string& tenant);

/// Asks a Prometheus-compatible store, at most half of the time, a round of instant queries after another: Prometheus, Thanos, Mimir, VictoriaMetrics and
/// the managed ones. What of a round fails, and every warning of the store, makes the connection Live with an error: the data are
/// shown and unfit for a shift. One that does not answer at all is asked again after 1, 2, 4, at most 15 s.
[[nodiscard]] std::unique_ptr<Source> makePromSource(PromOptions options, std::shared_ptr<HttpClient> http);

} // namespace penstock
