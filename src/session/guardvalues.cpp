// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "guardvalues.h"

#include <algorithm>

namespace penstock {

namespace {

    std::optional<double> valueOf(const std::optional<Measured>& measured) { return measured ? std::optional(measured->value) : std::nullopt; }

    std::uint64_t countedOf(const std::optional<Measured>& measured) { return measured ? measured->of : 0; }

} // namespace

std::vector<GuardValues> guardValuesOf(const PlanStatus& status, std::size_t move, const RouteReading& reading, const Route& route, const Snapshot& snapshot)
{
    const auto& legMoves = status.leg().moves;
    const auto leg = std::ranges::find(legMoves, status.routes[move].route, &Plan::Move::route);
    if (leg == legMoves.end())
        return {};
    std::vector<GuardValues> made;
    GuardValues whole { .errorRate = valueOf(reading.guards.errorRate), .latencyP99 = valueOf(reading.guards.latencyP99), .queue = valueOf(reading.guards.queue), .utilisation = {}, .requests = countedOf(reading.guards.errorRate) };
    const auto& desired = status.routes[move].desired;
    for (std::size_t b = 0; b < std::min({ reading.backends.size(), desired.size(), leg->from.size(), route.backends.size() }); ++b) {
        if (desired[b] <= leg->from[b])
            continue;
        const auto& backend = reading.backends[b];
        GuardValues values { .where = backend.name, .errorRate = valueOf(backend.guards.errorRate), .latencyP99 = valueOf(backend.guards.latencyP99), .queue = valueOf(backend.guards.queue),
            .utilisation = {}, .requests = countedOf(backend.guards.errorRate) };
        Filter filter;
        filter.scope = route.backends[b].scope;
        filter.workload = route.workload;
        if (const auto mean = snapshot.tally(filter).utilisation.mean())
            values.utilisation = *mean / 100;
        // Where the router does not measure, the servers behind it do.
        if (const auto service = snapshot.service(route.workload, route.backends[b].scope)) {
            if (!values.errorRate)
                values.errorRate = service->errorRate();
            if (!values.latencyP99)
                values.latencyP99 = service->firstToken.quantile(0.99);
            if (!values.queue)
                values.queue = service->waiting;
        }
        if (values.errorRate)
            whole.errorRate.reset();
        if (values.latencyP99)
            whole.latencyP99.reset();
        if (values.queue)
            whole.queue.reset();
        made.push_back(std::move(values));
    }
    made.push_back(std::move(whole));
    return made;
}

} // namespace penstock
