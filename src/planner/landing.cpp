// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "landing.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <set>
#include <tuple>

#include "allotment.h"

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
                std::ranges::copy_if(backend.fitting, std::back_inserter(order), [&](std::uint32_t pool) { return vacatedBy(ground, pool).empty(); });
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

std::string vacatedBy(const Ground& ground, std::uint32_t pool)
{
    auto runs = ground.leftBy(pool);
    return runs.empty() ? ground.evacuatedBy(pool) : runs;
}

std::string vacatedBy(const Ground& ground, const RuleMap::Backend& backend)
{
    std::string plan;
    if (ground.promises().empty() && ground.claims().leaves.empty())
        return plan;
    for (const auto pool : backend.fitting)
        if ((plan = vacatedBy(ground, pool)).empty())
            break;
    return plan;
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
            // What was evacuated takes nothing of another evacuation.
            elsewhere = elsewhere || (!inside && seen && vacatedBy(ground, routes[r].backends[b]).empty() && routes[r].backends[b].allowed() && canTake(reading, b));
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
            made.push_back({ landing.lost - landing.placed, order.pools });
            return made;
        }
        const auto shares = order.whole->splitOfWhole(wholeTakers(ground, landing.route, *order.whole, loss));
        for (std::size_t b = 0; b < shares.size(); ++b) {
            const auto& fitting = ground.map().routes[landing.route].backends[b].fitting;
            auto& portion = made.emplace_back((landing.lost - landing.placed) * shares[b] / 100);
            std::ranges::copy_if(order.pools, std::back_inserter(portion.pools), [&](std::uint32_t pool) { return std::ranges::find(fitting, pool) != fitting.end(); });
        }
        return made;
    }

    /// What the landings of one priority come to: the room that they leave, and what they end.
    struct Turn
    {
        Room room;
        std::vector<Landing> routes;
        std::vector<std::vector<Portion>> portions; ///< by landing
        std::vector<Room::Ended> ended;

        [[nodiscard]] H100s left() const
        {
            H100s sum = 0;
            for (const auto& all : portions)
                for (const auto& it : all)
                    sum += it.left;
            return sum;
        }
    };

    void placeFree(Turn& turn)
    {
        for (std::size_t i = 0; i < turn.routes.size(); ++i)
            for (auto& portion : turn.portions[i]) {
                auto& it = turn.routes[i];
                const auto all = portion.left;
                // Lost pools have no nodes any more, so that nothing lands there.
                const auto taken = turn.room.place(portion.pools, it.workload, portion.left);
                it.taken.insert(it.taken.end(), taken.begin(), taken.end());
                it.placed += all - portion.left;
            }
    }

    /// Ends load of lower priorities in these pools until a portion has its place or nothing more may end.
    void shedFor(const Ground& ground, Turn& turn, Landing& landing, Portion& portion, std::span<const std::uint32_t> pools, std::int64_t most)
    {
        const auto& workloads = ground.rules().workloads;
        const auto replica = static_cast<double>(std::max(1U, workloads[landing.workload].replicaGpus));
        for (const auto priority : { Priority::Training, Priority::Batch }) {
            if (priority >= workloads[landing.workload].priority)
                return;
            for (std::uint32_t victim = 0; victim < workloads.size(); ++victim) {
                if (workloads[victim].priority != priority || !ground.seenAs(victim))
                    continue;
                for (const auto pool : pools) {
                    if (portion.left <= 1e-6 || most <= 0)
                        return;
                    const auto each = replica * ground.map().performance[ground.places().pools[pool].model];
                    const auto got = turn.room.takeFrom(pool, victim, landing.workload, std::min(most, static_cast<std::int64_t>(std::ceil(portion.left / each - 1e-6))), turn.ended);
                    if (got == 0)
                        continue;
                    most -= got;
                    landing.taken.push_back({ pool, got });
                    const auto placed = std::min(portion.left, static_cast<double>(got) * each);
                    landing.placedByShedding += placed;
                    portion.left -= placed;
                }
            }
        }
    }

    void shedForAll(const Ground& ground, Turn& turn)
    {
        constexpr auto any = std::numeric_limits<std::int64_t>::max();
        for (std::size_t i = 0; i < turn.routes.size(); ++i)
            for (auto& portion : turn.portions[i])
                shedFor(ground, turn, turn.routes[i], portion, portion.pools, any);
    }

    /// The same with an eye on all of them: none takes the only place of another while it has a choice.
    Turn together(const Ground& ground, Turn turn, bool shed)
    {
        std::vector<Wish> wishes;
        std::vector<std::pair<Landing*, Portion*>> whose;
        for (std::size_t i = 0; i < turn.routes.size(); ++i)
            for (auto& portion : turn.portions[i]) {
                wishes.push_back({ turn.routes[i].workload, portion.left, portion.pools });
                whose.emplace_back(&turn.routes[i], &portion);
            }
        auto allotted = allot(ground, turn.room, wishes, shed);
        for (auto& [wish, pool, replicas] : allotted) {
            auto& [landing, portion] = whose[wish];
            const auto each = std::max(1U, ground.rules().workloads[landing->workload].replicaGpus) * ground.map().performance[ground.places().pools[pool].model];
            const auto got = turn.room.take(pool, landing->workload, std::min(replicas, static_cast<std::int64_t>(std::ceil(portion->left / each - 1e-6))));
            if (got == 0)
                continue;
            replicas -= got;
            landing->taken.push_back({ pool, got });
            const auto placed = std::min(portion->left, static_cast<double>(got) * each);
            landing->placed += placed;
            portion->left -= placed;
        }
        for (const auto& [wish, pool, replicas] : allotted)
            if (shed)
                shedFor(ground, turn, *whose[wish].first, *whose[wish].second, std::span(&pool, 1), replicas);
        // What the nodes did not give as the sum of them promised, and fractions of replicas.
        placeFree(turn);
        if (shed)
            shedForAll(ground, turn);
        return turn;
    }

    std::int64_t gpusEnded(const Turn& turn)
    {
        std::int64_t gpus = 0;
        for (const auto& it : turn.ended)
            gpus += it.gpus;
        return gpus;
    }

    std::int64_t batchEnded(const Ground& ground, const Turn& turn)
    {
        std::int64_t gpus = 0;
        for (const auto& it : turn.ended)
            gpus += ground.rules().workloads[it.workload].priority == Priority::Batch ? it.gpus : 0;
        return gpus;
    }

    /// The same with the GPUs first that carry most: what a cap or a quota still allows goes farthest on them.
    Turn fastestFirst(const Ground& ground, Turn turn)
    {
        for (auto& all : turn.portions)
            for (auto& it : all)
                std::ranges::stable_sort(it.pools, std::greater(), [&](std::uint32_t pool) { return ground.map().performance[ground.places().pools[pool].model]; });
        placeFree(turn);
        return turn;
    }

    bool hasFewChoices(const Turn& turn)
    {
        std::size_t choices = 0;
        for (const auto& all : turn.portions)
            for (const auto& it : all)
                choices += it.pools.size();
        return choices <= fewChoices;
    }

    /// Whether another order could place more: something that found no place could have one where somebody stands who has room elsewhere,
    /// or for whom another would make room in turn.
    bool canGiveWay(const Turn& turn)
    {
        struct Whose
        {
            const Landing* landing;
            const Portion* portion;
        };
        std::vector<Whose> open, others;
        for (std::size_t i = 0; i < turn.routes.size(); ++i)
            for (const auto& portion : turn.portions[i])
                (portion.left > 1e-6 ? open : others).push_back({ &turn.routes[i], &portion });
        std::set<std::uint32_t> reached;
        while (!open.empty()) {
            const auto it = open.back();
            open.pop_back();
            for (const auto pool : it.portion->pools) {
                if (!reached.insert(pool).second)
                    continue;
                std::erase_if(others, [&](const Whose& other) {
                    const bool stands = std::ranges::find(other.landing->taken, pool, &Room::Taken::pool) != other.landing->taken.end();
                    if (stands)
                        open.push_back(other);
                    return stands;
                });
            }
            // Those that found no place themselves have room nowhere.
            if (it.portion->left <= 1e-6 && turn.room.headroom(it.portion->pools, it.landing->workload) > 0)
                return true;
        }
        return false;
    }

    /// Whether one carries more, or as much and ends less: batch, and then training.
    bool isBetter(const Ground& ground, const Turn& one, const Turn& other)
    {
        constexpr H100s tiny = 1e-6;
        if (const auto more = other.left() - one.left(); std::abs(more) > tiny)
            return more > 0;
        return std::pair(batchEnded(ground, one), gpusEnded(one)) < std::pair(batchEnded(ground, other), gpusEnded(other));
    }

    /// The landings of one priority, from the room that those before have left.
    Turn turnOf(const Ground& ground, const Turn& begun, bool shed)
    {
        constexpr H100s tiny = 1e-6;
        auto free = begun;
        placeFree(free);
        if (free.left() > tiny) {
            if (auto other = fastestFirst(ground, begun); isBetter(ground, other, free))
                free = std::move(other);
            if (hasFewChoices(begun) || canGiveWay(free))
                if (auto other = together(ground, begun, false); isBetter(ground, other, free))
                    free = std::move(other);
        }
        if (!shed || free.left() <= tiny)
            return free;
        auto made = free;
        shedForAll(ground, made);
        // Training that ends is what has to: nobody's place can be had otherwise.
        if (made.left() <= tiny && batchEnded(ground, made) == batchEnded(ground, begun))
            return made;
        auto other = together(ground, begun, true);
        // What had its place without ending anything has one, and counts as such.
        bool keeps = true;
        for (std::size_t i = 0; i < other.routes.size(); ++i) {
            auto& it = other.routes[i];
            const auto all = it.placed + it.placedByShedding;
            keeps = keeps && all > free.routes[i].placed - tiny;
            it.placed = std::min(all, free.routes[i].placed);
            it.placedByShedding = all - it.placed;
        }
        // One that ends nothing would be the free turn, which canGiveWay() has judged.
        return keeps && gpusEnded(other) > gpusEnded(begun) && isBetter(ground, other, made) ? other : made;
    }

    /// What the last replicas of a route still take while its load is on its way: where a part of one is needed a whole one counts, at each place.
    H100s takenByParts(const Ground& ground, std::uint32_t route)
    {
        if (!ground.hasArrived(route))
            return 0;
        const auto& mapped = ground.map().routes[route];
        H100s spare = 0, most = 0;
        const auto known = ground.known(route, {});
        for (const auto load : known.back().loads)
            spare -= load;
        for (std::uint32_t b = 0; b < mapped.backends.size(); ++b) {
            spare += ground.carriedBy(route, b).load;
            double best = 0;
            for (const auto pool : mapped.backends[b].fitting)
                best = std::max(best, ground.map().performance[ground.places().pools[pool].model]);
            most += best * std::max(1U, ground.rules().workloads[*mapped.workload].replicaGpus);
        }
        return std::clamp(spare, 0.0, most);
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
        landing.placed = landing.lost > 0 ? std::min(landing.lost, takenByParts(ground, r)) : 0;
        if (landing.lost > 0)
            made.routes.push_back(std::move(landing));
    }
    std::ranges::stable_sort(made.routes, {}, [&](const Landing& it) {
        return std::pair(-static_cast<int>(workloads[it.workload].priority), -static_cast<long long>(workloads[it.workload].replicaGpus));
    });
    for (auto begin = made.routes.begin(); begin != made.routes.end();) {
        const auto end = std::find_if(begin, made.routes.end(), [&](const Landing& it) { return workloads[it.workload].priority != workloads[begin->workload].priority; });
        Turn begun { room, { std::make_move_iterator(begin), std::make_move_iterator(end) }, {}, std::move(made.ended) };
        for (const auto& it : begun.routes)
            begun.portions.push_back(portionsOf(ground, orders[it.route], it, loss));
        auto turn = turnOf(ground, begun, shed);
        room = std::move(turn.room);
        std::ranges::move(turn.routes, begin);
        made.ended = std::move(turn.ended);
        begin = end;
    }
    return made;
}

} // namespace penstock
