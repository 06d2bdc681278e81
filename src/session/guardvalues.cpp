// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "guardvalues.h"

#include <algorithm>
#include <cmath>

namespace penstock {

namespace {

    std::optional<double> valueOf(const std::optional<Measured>& measured) { return measured ? std::optional(measured->value) : std::nullopt; }

    std::uint64_t countedOf(const std::optional<Measured>& measured) { return measured ? measured->of : 0; }

    /// From its router, else from the servers behind it.
    std::optional<double> p99Of(const BackendReading& backend, const std::optional<ServiceLevel>& service)
    {
        return backend.guards.latencyP99 || !service ? valueOf(backend.guards.latencyP99) : service->firstToken.quantile(0.99);
    }

    /// As guardValuesOf, but only what is known of latency: asked for at every move of a hand.
    std::vector<GuardValues> latenciesOf(const Plan::Move& move, const RouteReading& reading, const Route& route, const Snapshot& snapshot)
    {
        std::vector<GuardValues> made;
        const auto& to = move.steps.back();
        bool isMeasured = false;
        for (std::size_t b = 0; b < std::min({ reading.backends.size(), to.size(), move.from.size(), route.backends.size() }); ++b) {
            if (to[b] <= move.from[b])
                continue;
            GuardValues values;
            values.where = reading.backends[b].name;
            values.latencyP99 = p99Of(reading.backends[b], snapshot.service(route.workload, route.backends[b].scope));
            values.latencyMean = valueOf(reading.backends[b].guards.latencyMean);
            isMeasured = isMeasured || values.latencyP99;
            made.push_back(std::move(values));
        }
        GuardValues whole;
        if (!isMeasured)
            whole.latencyP99 = valueOf(reading.guards.latencyP99);
        made.push_back(std::move(whole));
        return made;
    }

    /// Of the backends that get more by `to` than by `from`, and of the whole route.
    std::vector<GuardValues> valuesOf(const Weights& from, const Weights& to, const RouteReading& reading, const Route& route, const Snapshot& snapshot)
    {
        std::vector<GuardValues> made;
        GuardValues whole { .errorRate = valueOf(reading.guards.errorRate), .latencyP99 = valueOf(reading.guards.latencyP99), .latencyMean = valueOf(reading.guards.latencyMean),
            .queue = valueOf(reading.guards.queue), .utilisation = {}, .requests = countedOf(reading.guards.errorRate) };
        for (std::size_t b = 0; b < std::min({ reading.backends.size(), to.size(), from.size(), route.backends.size() }); ++b) {
            if (to[b] <= from[b])
                continue;
            const auto& backend = reading.backends[b];
            const auto service = snapshot.service(route.workload, route.backends[b].scope);
            GuardValues values { .where = backend.name, .errorRate = valueOf(backend.guards.errorRate), .latencyP99 = p99Of(backend, service), .latencyMean = valueOf(backend.guards.latencyMean),
                .queue = valueOf(backend.guards.queue), .utilisation = {}, .requests = countedOf(backend.guards.errorRate) };
            Filter filter;
            filter.scope = route.backends[b].scope;
            filter.workload = route.workload;
            if (const auto mean = snapshot.tally(filter).utilisation.mean())
                values.utilisation = *mean / 100;
            // Where the router does not measure, the servers behind it do.
            if (service) {
                if (!values.errorRate)
                    values.errorRate = service->errorRate();
                // Who waits at the router does not wait at a server, and the other way round: the longer queue counts.
                if (service->waiting)
                    values.queue = std::max(values.queue.value_or(0), static_cast<double>(*service->waiting));
            }
            if (values.errorRate)
                whole.errorRate.reset();
            if (values.latencyP99)
                whole.latencyP99.reset();
            if (values.latencyP99 || values.latencyMean)
                whole.latencyMean.reset();
            if (values.queue)
                whole.queue.reset();
            made.push_back(std::move(values));
        }
        made.push_back(std::move(whole));
        return made;
    }

} // namespace

std::vector<GuardValues> guardValuesOf(const PlanStatus& status, std::size_t move, const RouteReading& reading, const Route& route, const Snapshot& snapshot)
{
    const auto& legMoves = status.leg().moves;
    const auto leg = std::ranges::find(legMoves, status.routes[move].route, &Plan::Move::route);
    return leg == legMoves.end() ? std::vector<GuardValues>() : valuesOf(leg->from, status.routes[move].desired, reading, route, snapshot);
}

/// What `work` says of each move whose route, router and workload are known, joined.
template<class Work>
static std::string ofMoves(const Plan& plan, const PlanRules& rules, std::span<const RouteReading* const> readings, Work work)
{
    std::string said;
    for (const auto& move : plan.moves) {
        const auto route = std::ranges::find(rules.routes, move.route, &Route::name);
        const auto at = static_cast<std::size_t>(route - rules.routes.begin());
        if (route == rules.routes.end() || at >= readings.size() || !readings[at] || move.steps.empty())
            continue;
        if (const auto workload = std::ranges::find(rules.workloads, route->workload, &Workload::name); workload != rules.workloads.end())
            if (const std::string its = work(move, *route, *workload, *readings[at]); !its.empty())
                said += (said.empty() ? "" : "; ") + its;
    }
    return said;
}

std::string unwatchedBy(const Plan& plan, const PlanRules& rules, std::span<const RouteReading* const> readings, const Snapshot& snapshot)
{
    // An emergency waits for errors alone.
    if (plan.kind == Plan::Kind::Evacuation && plan.now)
        return {};
    return ofMoves(plan, rules, readings, [&](const Plan::Move& move, const Route& route, const Workload& workload, const RouteReading& reading) {
        if (!workload.p99)
            return std::string();
        const GuardLimits limits { .errorRate = {}, .latencyP99 = static_cast<double>(workload.p99->count()), .queue = {}, .utilisation = {} };
        const auto its = unwatchedLatency(latenciesOf(move, reading, route, snapshot), limits);
        return its.empty() || plan.moves.size() == 1 ? its : move.route + ": " + its;
    });
}

std::string failingServersOf(const Plan& plan, const PlanRules& rules, std::span<const RouteReading* const> readings, const Snapshot& snapshot)
{
    // Who leaves a burning place does not wait for the last per cent.
    const bool leaving = plan.kind == Plan::Kind::Evacuation;
    return ofMoves(plan, rules, readings, [&](const Plan::Move& move, const Route& route, const Workload& workload, const RouteReading& reading) {
        std::string said;
        const auto& to = move.steps.back();
        for (std::size_t b = 0; b < std::min({ route.backends.size(), reading.backends.size(), to.size(), move.from.size() }); ++b) {
            if (to[b] <= move.from[b] || reading.backends[b].guards.errorRate)
                continue;
            const auto service = snapshot.service(route.workload, route.backends[b].scope);
            if (const auto rate = service ? service->errorRate() : std::nullopt; rate && *rate > (leaving ? failsOutright : workload.errorRate.value_or(failsOutright)))
                said += (said.empty() ? "" : "; ") + (plan.moves.size() > 1 ? route.name + " at " : std::string()) + route.backends[b].name + " answers " + std::to_string(std::lround(100 * *rate)) + " % of its requests with an error, as its servers tell";
        }
        return said;
    });
}

} // namespace penstock
