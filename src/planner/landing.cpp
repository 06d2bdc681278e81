// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "landing.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace penstock {

bool canTake(const RouteReading* reading, std::size_t backend)
{
    if (!reading || backend >= reading->backends.size())
        return true;
    const auto& it = reading->backends[backend];
    return it.fixed.empty() && !it.takesNothing() && !(it.accepted > 0 && it.guards.errorRate && it.guards.errorRate->value > failsOutright);
}

Loss::Loss(const Places& places, const Scope& lost)
    : scope(lost), pools(places.pools.size())
{
    for (std::size_t p = 0; p < pools.size(); ++p)
        pools[p] = scope.contains(places.providerName(places.pools[p]), places.regionName(places.pools[p]), places.clusterName(places.pools[p]));
}

bool Loss::covers(const RuleMap::Backend& mapped, const Route::Backend& backend) const
{
    if (!mapped.pools.empty())
        return std::ranges::all_of(mapped.pools, [&](std::uint32_t pool) { return pools[pool]; });
    const auto names = [](const std::string& wanted, const std::string& named) { return wanted.empty() || wanted == named; };
    return names(scope.provider, backend.scope.provider) && names(scope.region, backend.scope.region) && names(scope.cluster, backend.scope.cluster);
}

LandingOrders landingOrders(const Ground& ground, const Room& room, std::span<const RouteReading* const> readings)
{
    LandingOrders orders;
    const auto& map = ground.map();
    for (std::size_t r = 0; r < map.routes.size(); ++r) {
        const auto& route = map.routes[r];
        auto& made = orders.emplace_back();
        if (!route.workload)
            continue;
        const auto* reading = r < readings.size() ? readings[r] : nullptr;
        if (reading && reading->splits != RouteReading::Splits::Any && reading->configured.size() == route.backends.size())
            made.whole = reading;
        auto& order = made.pools;
        for (std::size_t b = 0; b < route.backends.size(); ++b)
            if (const auto& backend = route.backends[b]; backend.allowed() && canTake(reading, b))
                std::ranges::copy_if(backend.fitting, std::back_inserter(order), [&](std::uint32_t pool) { return ground.evacuatedBy(pool).empty(); });
        std::ranges::sort(order);
        order.erase(std::unique(order.begin(), order.end()), order.end());
        std::vector<std::tuple<std::int64_t, double, std::uint32_t>> byRoom;
        for (const auto pool : order)
            byRoom.emplace_back(-room.headroom(pool, *route.workload), map.costOfLoad(pool).value_or(std::numeric_limits<double>::infinity()), pool);
        std::ranges::sort(byRoom);
        for (std::size_t i = 0; i < order.size(); ++i)
            order[i] = std::get<std::uint32_t>(byRoom[i]);
    }
    return orders;
}

std::vector<bool> wholeTakers(const Ground& ground, std::uint32_t route, const RouteReading& reading, const Loss& loss)
{
    const auto& mapped = ground.map().routes[route].backends;
    const auto& backends = ground.rules().routes[route].backends;
    std::vector<bool> may(mapped.size()), carry(mapped.size());
    for (std::size_t b = 0; b < mapped.size(); ++b) {
        may[b] = mapped[b].allowed() && canTake(&reading, b) && !loss.covers(mapped[b], backends[b]);
        carry[b] = may[b] && reading.backends[b].accepted > 0;
    }
    return std::ranges::find(carry, true) != carry.end() ? carry : may;
}

std::vector<bool> staying(const Ground& ground, std::span<const RouteReading* const> readings, const Loss& loss)
{
    const auto& routes = ground.map().routes;
    std::vector<bool> stay;
    for (std::size_t r = 0; r < readings.size(); ++r) {
        const auto* reading = readings[r];
        bool fixed = reading && !reading->fixed.empty(), elsewhere = false;
        for (std::size_t b = 0; reading && b < routes[r].backends.size(); ++b) {
            const bool inside = loss.covers(routes[r].backends[b], ground.rules().routes[r].backends[b]);
            // What nobody sees has room for nothing.
            const auto& clusters = routes[r].backends[b].clusters;
            const bool seen = clusters.empty() || std::ranges::any_of(clusters, [&](std::uint32_t c) { return ground.capacity().freshness[c] == Freshness::Fresh; });
            elsewhere = elsewhere || (!inside && seen && routes[r].backends[b].allowed() && canTake(reading, b));
            fixed = fixed || (inside && b < reading->backends.size() && !reading->backends[b].fixed.empty() && reading->backends[b].accepted > 0);
        }
        stay.push_back(!reading || fixed || !elsewhere);
    }
    return stay;
}

namespace {

    /// What goes to one place and not to another: all of a landing, or what the weights of a router give to a backend.
    struct Portion
    {
        H100s left = 0;
        std::vector<std::uint32_t> pools;
    };

    std::vector<Portion> portionsOf(const Ground& ground, const LandingOrder& order, const Landing& landing, const Loss& loss)
    {
        std::vector<Portion> made;
        if (!order.whole) {
            made.push_back({ landing.lost, order.pools });
            return made;
        }
        const auto shares = order.whole->splitOfWhole(wholeTakers(ground, landing.route, *order.whole, loss));
        for (std::size_t b = 0; b < shares.size(); ++b) {
            const auto& fitting = ground.map().routes[landing.route].backends[b].fitting;
            auto& portion = made.emplace_back(landing.lost * shares[b] / 100);
            std::ranges::copy_if(order.pools, std::back_inserter(portion.pools), [&](std::uint32_t pool) { return std::ranges::find(fitting, pool) != fitting.end(); });
        }
        return made;
    }

    /// Ends load of lower priorities until a portion has its place or nothing more may end.
    void shedFor(const Ground& ground, Portion& portion, Room& room, const Loss& loss, Landing& landing, std::vector<Room::Ended>& ended)
    {
        const auto& workloads = ground.rules().workloads;
        const auto replica = static_cast<double>(std::max(1U, workloads[landing.workload].replicaGpus));
        for (const auto priority : { Priority::Training, Priority::Batch }) {
            if (priority >= workloads[landing.workload].priority)
                return;
            for (std::uint32_t victim = 0; victim < workloads.size(); ++victim) {
                if (workloads[victim].priority != priority || !ground.seenAs(victim))
                    continue;
                for (const auto pool : portion.pools) {
                    if (portion.left <= 1e-6)
                        return;
                    if (loss.pools[pool] || ground.held(victim, pool) == 0)
                        continue;
                    const auto each = replica * ground.map().performance[ground.places().pools[pool].model];
                    const auto got = room.takeFrom(pool, victim, landing.workload, static_cast<std::int64_t>(std::ceil(portion.left / each - 1e-6)), ended);
                    if (got == 0)
                        continue;
                    landing.taken.push_back({ pool, got });
                    const auto placed = std::min(portion.left, static_cast<double>(got) * each);
                    landing.placedByShedding += placed;
                    portion.left -= placed;
                }
            }
        }
    }

} // namespace

Landings land(const Ground& ground, const LandingOrders& orders, Room& room, const Loss& loss, Priority least, bool shed, const std::vector<bool>& stay)
{
    Landings made;
    const auto& map = ground.map();
    const auto& workloads = ground.rules().workloads;
    for (std::uint32_t p = 0; p < loss.pools.size(); ++p)
        if (loss.pools[p])
            room.lose(p);
    for (std::uint32_t r = 0; r < map.routes.size(); ++r) {
        if (!map.routes[r].workload || (!stay.empty() && stay[r]) || workloads[*map.routes[r].workload].priority < least)
            continue;
        Landing landing { .route = r, .workload = *map.routes[r].workload, .taken = {} };
        for (const auto pool : map.routes[r].pools)
            if (loss.pools[pool])
                landing.lost += ground.carriedLoad(landing.workload, pool);
        if (landing.lost > 0)
            made.routes.push_back(std::move(landing));
    }
    std::ranges::stable_sort(made.routes, {}, [&](const Landing& it) {
        return std::pair(-static_cast<int>(workloads[it.workload].priority), -static_cast<long long>(workloads[it.workload].replicaGpus));
    });
    for (auto begin = made.routes.begin(); begin != made.routes.end();) {
        const auto end = std::find_if(begin, made.routes.end(), [&](const Landing& it) { return workloads[it.workload].priority != workloads[begin->workload].priority; });
        std::vector<std::vector<Portion>> portions;
        for (auto it = begin; it != end; ++it)
            for (auto& portion : portions.emplace_back(portionsOf(ground, orders[it->route], *it, loss))) {
                const auto all = portion.left;
                // Lost pools have no nodes any more, so that nothing lands there.
                const auto taken = room.place(portion.pools, it->workload, portion.left);
                it->taken.insert(it->taken.end(), taken.begin(), taken.end());
                it->placed += all - portion.left;
            }
        for (auto it = begin; shed && it != end; ++it)
            for (auto& portion : portions[static_cast<std::size_t>(it - begin)])
                shedFor(ground, portion, room, loss, *it, made.ended);
        begin = end;
    }
    return made;
}

} // namespace penstock
