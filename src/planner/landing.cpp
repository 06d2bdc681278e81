// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "landing.h"

#include <algorithm>
#include <cmath>

namespace penstock {

bool canTake(const RouteReading* reading, std::size_t backend)
{
    if (!reading || backend >= reading->backends.size())
        return true;
    const auto& it = reading->backends[backend];
    return !it.takesNothing() && !(it.accepted > 0 && it.guards.errorRate && it.guards.errorRate->value > failsOutright);
}

LandingOrders landingOrders(const Ground& ground, const Room& room, std::span<const RouteReading* const> readings)
{
    LandingOrders orders;
    const auto& map = ground.map();
    for (std::size_t r = 0; r < map.routes.size(); ++r) {
        const auto& route = map.routes[r];
        auto& order = orders.emplace_back();
        if (!route.workload)
            continue;
        for (std::size_t b = 0; b < route.backends.size(); ++b)
            if (const auto& backend = route.backends[b]; backend.allowed() && canTake(r < readings.size() ? readings[r] : nullptr, b))
                order.insert(order.end(), backend.fitting.begin(), backend.fitting.end());
        std::ranges::sort(order);
        order.erase(std::unique(order.begin(), order.end()), order.end());
        std::vector<std::pair<std::int64_t, std::uint32_t>> byRoom;
        for (const auto pool : order)
            byRoom.emplace_back(-room.headroom(pool, *route.workload), pool);
        std::ranges::sort(byRoom);
        for (std::size_t i = 0; i < order.size(); ++i)
            order[i] = byRoom[i].second;
    }
    return orders;
}

namespace {

    /// Ends load of lower priorities until the rest of a landing has its place or nothing more may end.
    void shedFor(const Ground& ground, const std::vector<std::uint32_t>& order, Room& room, const std::vector<bool>& lost, Landing& landing, std::vector<Room::Ended>& ended)
    {
        const auto& workloads = ground.rules().workloads;
        const auto replica = static_cast<double>(std::max(1U, workloads[landing.workload].replicaGpus));
        for (const auto priority : { Priority::Training, Priority::Batch }) {
            if (priority >= workloads[landing.workload].priority)
                return;
            for (std::uint32_t victim = 0; victim < workloads.size(); ++victim) {
                if (workloads[victim].priority != priority || !ground.seenAs(victim))
                    continue;
                for (const auto pool : order) {
                    const auto left = landing.unplaced();
                    if (left <= 1e-6)
                        return;
                    if (lost[pool] || ground.held(victim, pool) == 0)
                        continue;
                    const auto each = replica * ground.map().performance[ground.places().pools[pool].model];
                    const auto got = room.takeFrom(pool, victim, landing.workload, static_cast<std::int64_t>(std::ceil(left / each - 1e-6)), ended);
                    if (got == 0)
                        continue;
                    landing.taken.push_back({ pool, got });
                    landing.placedByShedding += std::min(left, static_cast<double>(got) * each);
                }
            }
        }
    }

} // namespace

Landings land(const Ground& ground, const LandingOrders& orders, Room& room, const std::vector<bool>& lost, Priority least, bool shed, const std::vector<bool>& stay)
{
    Landings made;
    const auto& map = ground.map();
    const auto& workloads = ground.rules().workloads;
    for (std::uint32_t p = 0; p < lost.size(); ++p)
        if (lost[p])
            room.lose(p);
    for (std::uint32_t r = 0; r < map.routes.size(); ++r) {
        if (!map.routes[r].workload || (!stay.empty() && stay[r]) || workloads[*map.routes[r].workload].priority < least)
            continue;
        Landing landing { .route = r, .workload = *map.routes[r].workload, .taken = {} };
        for (const auto pool : map.routes[r].pools)
            if (lost[pool])
                landing.lost += ground.heldLoad(landing.workload, pool);
        if (landing.lost > 0)
            made.routes.push_back(std::move(landing));
    }
    std::ranges::stable_sort(made.routes, {}, [&](const Landing& it) {
        return std::pair(-static_cast<int>(workloads[it.workload].priority), -static_cast<long long>(workloads[it.workload].replicaGpus));
    });
    for (auto begin = made.routes.begin(); begin != made.routes.end();) {
        const auto end = std::find_if(begin, made.routes.end(), [&](const Landing& it) { return workloads[it.workload].priority != workloads[begin->workload].priority; });
        for (auto it = begin; it != end; ++it) {
            auto left = it->lost;
            // Lost pools have no nodes any more, so that nothing lands there.
            it->taken = room.place(orders[it->route], it->workload, left);
            it->placed = it->lost - left;
        }
        for (auto it = begin; shed && it != end; ++it)
            if (it->unplaced() > 1e-6)
                shedFor(ground, orders[it->route], room, lost, *it, made.ended);
        begin = end;
    }
    return made;
}

} // namespace penstock
