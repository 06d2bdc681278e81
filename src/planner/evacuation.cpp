// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "planner/evacuation.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>

#include "accounts.h"
#include "landing.h"
#include "planner/steps.h"

namespace penstock {

namespace {

    /// The split once the scope is at zero: what it loses goes where the load found its place.
    std::optional<Weights> splitWithout(const Ground& ground, const Landing* landing, std::uint32_t route, const RouteReading& reading, const Loss& loss, bool stays)
    {
        const auto& mapped = ground.map().routes[route];
        const auto& backends = ground.rules().routes[route].backends;
        const auto from = reading.accepted();
        bool leaves = false;
        for (std::size_t b = 0; b < from.size(); ++b)
            leaves = leaves || (from[b] > 0 && loss.covers(mapped.backends[b], backends[b]));
        if (leaves && stays)
            return Weights {};
        if (reading.splits != RouteReading::Splits::Any && reading.configured.size() == from.size())
            return leaves ? std::optional(reading.splitOfWhole(wholeTakers(ground, route, reading, loss))) : std::nullopt;
        Weights to = from;
        std::vector<H100s> gains(from.size());
        const auto replica = static_cast<double>(std::max(1U, ground.rules().workloads[*mapped.workload].replicaGpus));
        std::vector<bool> takes(from.size());
        double leaving = 0, gained = 0;
        for (std::size_t b = 0; b < from.size(); ++b) {
            const auto& backend = mapped.backends[b];
            H100s held = 0, gone = 0;
            for (const auto pool : backend.pools) {
                const auto load = ground.carriedLoad(*mapped.workload, pool);
                held += load;
                gone += loss.pools[pool] ? load : 0;
            }
            const double share = loss.covers(backend, backends[b]) ? 1 : held > 0 ? gone / held : 0;
            to[b] = from[b] * (1 - share);
            leaving += from[b] * share;
            if (share == 1 || !backend.allowed() || !canTake(&reading, b))
                continue;
            takes[b] = vacatedBy(ground, backend).empty();
            if (!landing)
                continue;
            for (const auto& [pool, replicas] : landing->taken)
                if (std::ranges::find(backend.fitting, pool) != backend.fitting.end())
                    gains[b] += static_cast<double>(replicas) * replica * ground.map().performance[ground.places().pools[pool].model];
            gained += gains[b];
        }
        if (leaving <= 0.05)
            return std::nullopt;
        // Nothing found a place, or nothing is known of the load: those that carry already carry the rest.
        if (gained <= 0) {
            for (std::size_t b = 0; b < from.size(); ++b)
                if (takes[b] && to[b] > 0)
                    gained += gains[b] = to[b];
            if (gained <= 0)
                return Weights {};
        }
        // In tenths of a per cent: those that lost most of one by the rounding get it back, so that none is a tenth above what found its place.
        std::vector<std::pair<double, std::size_t>> lost;
        double sum = 0;
        for (std::size_t b = 0; b < from.size(); ++b) {
            const double exact = (to[b] + leaving * gains[b] / gained) * 10;
            to[b] = std::floor(exact + 1e-6) / 10;
            sum += to[b];
            if (gains[b] > 0)
                lost.emplace_back(exact - 10 * to[b], b);
        }
        std::ranges::stable_sort(lost, std::greater(), &std::pair<double, std::size_t>::first);
        for (std::size_t i = 0, tenths = static_cast<std::size_t>(std::max(0.0, std::round((100 - sum) * 10))); i < tenths; ++i)
            to[lost[i % lost.size()].second] += 0.1;
        for (auto& weight : to)
            weight = std::round(weight * 10) / 10;
        return to;
    }

    void addShed(const Ground& ground, Evacuation& made, std::uint32_t pool, std::uint32_t workload, std::int64_t gpus)
    {
        if (gpus <= 0)
            return;
        const auto& places = ground.places();
        const auto& it = places.pools[pool];
        const auto replica = std::max<std::int64_t>(1, ground.rules().workloads[workload].replicaGpus);
        if (const auto& price = ground.map().prices[pool])
            made.shedCost += price->perGpuHour * static_cast<double>(gpus);
        made.shed.push_back({ .workload = ground.rules().workloads[workload].name, .provider = places.providerName(it), .region = places.regionName(it),
            .cluster = places.clusterName(it), .model = places.modelName(it), .gpus = gpus, .replicas = (gpus + replica - 1) / replica });
    }

    /// What found no place at all is shed where it is, in proportion to what it holds there, and in whole replicas no more than has to be. How many GPUs that is.
    std::int64_t shedHomeless(const Ground& ground, Evacuation& made, const Landing& landing, const std::vector<bool>& lost)
    {
        struct Part
        {
            std::uint32_t pool;
            std::int64_t held, gpus;
            double rest;
        };
        auto left = landing.unplaced();
        const double share = landing.lost > 0 ? left / landing.lost : 0;
        const auto replica = std::max<std::int64_t>(1, ground.rules().workloads[landing.workload].replicaGpus);
        const auto loadOf = [&](const Part& part, std::int64_t gpus) { return static_cast<double>(gpus) * ground.map().performance[ground.places().pools[part.pool].model]; };
        std::vector<Part> parts;
        for (std::uint32_t p = 0; p < lost.size(); ++p)
            if (const auto held = lost[p] ? ground.carried(landing.workload, p) : 0; held > 0) {
                const auto wanted = share * static_cast<double>(held) / static_cast<double>(replica);
                const auto whole = std::floor(wanted + 1e-9);
                parts.push_back({ p, held, static_cast<std::int64_t>(whole) * replica, wanted - whole });
                left -= loadOf(parts.back(), parts.back().gpus);
            }
        std::vector<std::size_t> order(parts.size());
        std::iota(order.begin(), order.end(), std::size_t { 0 });
        std::ranges::stable_sort(order, std::greater(), [&](std::size_t i) { return parts[i].rest; });
        for (const auto i : order)
            if (const auto more = std::min(replica, parts[i].held - parts[i].gpus); left > 1e-6 && more > 0) {
                parts[i].gpus += more;
                left -= loadOf(parts[i], more);
            }
        std::int64_t homeless = 0;
        for (const auto& it : parts) {
            addShed(ground, made, it.pool, landing.workload, it.gpus);
            homeless += it.gpus;
        }
        return homeless;
    }

    Evacuation::Flow flowOf(const Ground& ground, const Room& before, const Landing& landing, const std::vector<bool>& lost)
    {
        Evacuation::Flow made { .route = landing.route, .priority = ground.rules().workloads[landing.workload].priority, .gpus = 0, .to = {} };
        const auto& mapped = ground.map().routes[landing.route];
        for (const auto pool : mapped.pools)
            made.gpus += lost[pool] ? ground.carried(landing.workload, pool) : 0;
        const auto replica = std::max<std::int64_t>(1, ground.rules().workloads[landing.workload].replicaGpus);
        auto taken = landing.taken;
        for (std::uint32_t b = 0; b < mapped.backends.size(); ++b) {
            const auto& backend = mapped.backends[b];
            Evacuation::Flow::Landed landed { .backend = b };
            // A pool in the scope of two backends counts once.
            std::erase_if(taken, [&](const Room::Taken& it) {
                if (!backend.allowed() || std::ranges::find(backend.fitting, it.pool) == backend.fitting.end())
                    return false;
                landed.gpus += it.replicas * replica;
                return true;
            });
            if (landed.gpus == 0)
                continue;
            std::vector<std::uint32_t> rest;
            std::ranges::copy_if(backend.fitting, std::back_inserter(rest), [&](std::uint32_t pool) { return !lost[pool]; });
            landed.placeable = before.headroom(rest, landing.workload);
            made.to.push_back(landed);
        }
        return made;
    }

    /// The route that lacks most of what it needs, or has least to spare beyond it.
    std::optional<FirstBreak> firstToBreak(const Ground& ground, const LandingOrders& orders, const Room& left, const std::vector<Landing>& landings, const std::vector<bool>& lost)
    {
        std::optional<FirstBreak> first;
        for (const auto& landing : landings) {
            std::vector<std::uint32_t> pools;
            std::ranges::copy_if(orders[landing.route].pools, std::back_inserter(pools), [&](std::uint32_t pool) { return !lost[pool]; });
            const bool lacks = landing.unplaced() > 1e-6;
            const auto placed = landing.lost - landing.unplaced() + (lacks ? 0 : left.headroomLoad(pools, landing.workload));
            const double reach = lacks ? std::min(placed / landing.lost, 1 - 1e-9) : placed / landing.lost;
            if (landing.lost <= 1e-6 || (first && first->reach <= reach))
                continue;
            first = FirstBreak { .route = landing.route, .backend = 0, .pool = pools.empty() ? 0U : pools.front(), .reach = reach, .because = {} };
            const auto& backends = ground.map().routes[landing.route].backends;
            const auto at = std::ranges::find_if(backends, [&](const auto& it) { return it.allowed() && std::ranges::find(it.fitting, first->pool) != it.fitting.end(); });
            first->backend = at == backends.end() ? 0U : static_cast<std::uint32_t>(at - backends.begin());
            first->because = pools.empty() ? "no other place may take it" : lacks || left.headroom(pools, landing.workload) == 0 ? whyFull(ground, left, pools.front(), landing.workload) : whatIsLeft(left, pools, landing.workload);
        }
        return first;
    }

} // namespace

std::int64_t Evacuation::endedGpus() const
{
    std::int64_t gpus = 0;
    for (const auto& it : shed)
        gpus += scope.contains(it.provider, it.region, it.cluster) ? 0 : it.gpus;
    return gpus;
}

std::int64_t Evacuation::homelessGpus() const
{
    std::int64_t gpus = 0;
    for (const auto& it : shed)
        gpus += scope.contains(it.provider, it.region, it.cluster) ? it.gpus : 0;
    return gpus;
}

Room roomWithout(const Ground& ground, const Scope& scope) { return ground.roomWithout(Loss(ground.places(), scope).pools); }

Evacuation evacuate(const Ground& ground, const Scope& scope, std::span<const RouteReading* const> readings)
{
    Evacuation made;
    made.scope = scope;
    const auto& workloads = ground.rules().workloads;
    const Loss loss(ground.places(), scope);
    const auto& lost = loss.pools;
    const auto before = ground.roomWithout(lost);
    Room room(before);
    // Whose router does not answer, or who has no other target that answers, that load stays where it is and holds up nobody.
    const auto stay = staying(ground, readings, loss);
    const auto orders = landingOrders(ground, before, readings);
    const auto landings = land(ground, orders, room, loss, Priority::Training, ground.capacity().knowsHolders, stay);
    PoolAccounts accounts(ground);
    Room vacant(before); // what those before have left to a flow
    std::set<std::uint32_t> moved;
    std::map<std::uint32_t, const Landing*> landingOf;
    for (const auto& landing : landings.routes) {
        landingOf[landing.route] = &landing;
        moved.insert(landing.workload);
        auto& carried = made.byPriority[static_cast<std::size_t>(workloads[landing.workload].priority)];
        carried.lost += landing.lost;
        carried.carried += landing.lost - landing.unplaced();
        const auto replica = std::max<std::int64_t>(1, workloads[landing.workload].replicaGpus);
        for (const auto& [pool, replicas] : landing.taken)
            accounts.put(pool, landing.workload, replicas * replica);
        made.flows.push_back(flowOf(ground, vacant, landing, lost));
        for (const auto& [pool, replicas] : landing.taken)
            vacant.take(pool, landing.workload, replicas);
    }
    std::ranges::sort(made.flows, {}, &Evacuation::Flow::route);
    for (const auto& ended : landings.ended) {
        moved.insert(ended.workload);
        accounts.give(ended.pool, ended.workload, ended.gpus);
        addShed(ground, made, ended.pool, ended.workload, ended.gpus);
    }
    H100s interactive = 0, gone = 0, ended = 0; ///< all of it, what finds no place unless others end, and what does because they do
    for (std::uint32_t w = 0; w < workloads.size(); ++w) {
        std::int64_t there = 0;
        std::set<std::string> outside; ///< regions where none of its routes reaches what it has
        const bool routed = std::ranges::any_of(landings.routes, [&](const Landing& it) { return it.workload == w; });
        const auto reaches = [&](std::uint32_t p) {
            return std::ranges::any_of(landings.routes, [&](const Landing& it) {
                const auto& pools = ground.map().routes[it.route].pools;
                return it.workload == w && std::ranges::find(pools, p) != pools.end();
            });
        };
        for (std::uint32_t p = 0; p < lost.size(); ++p)
            if (const auto carried = lost[p] ? ground.carried(w, p) : 0; carried > 0) {
                there += carried;
                if (routed && reaches(p))
                    accounts.give(p, w, carried);
                else if (routed)
                    outside.insert(ground.places().providerName(ground.places().pools[p]) + "/" + ground.places().regionName(ground.places().pools[p]));
            }
        for (const auto& region : outside)
            made.unrouted.push_back(workloads[w].name + " at " + region);
        bool silent = false;
        for (std::uint32_t r = 0; r < stay.size(); ++r)
            silent = silent || (stay[r] && ground.map().routes[r].workload == w);
        if (there > 0 && !routed && !silent)
            made.unrouted.push_back(workloads[w].name);
        for (std::uint32_t p = 0; p < lost.size() && workloads[w].priority == Priority::Interactive; ++p) {
            interactive += ground.carriedLoad(w, p);
            gone += lost[p] ? ground.carriedLoad(w, p) : 0;
        }
    }
    for (const auto& landing : landings.routes)
        if (workloads[landing.workload].priority == Priority::Interactive) {
            gone -= landing.placed;
            ended += landing.placedByShedding;
        }
    if (interactive > 0) {
        made.survives = 100 * (interactive - gone + ended) / interactive;
        made.survivesUnshed = 100 * (interactive - gone) / interactive;
    }
    for (const auto& landing : landings.routes)
        std::ranges::lower_bound(made.flows, landing.route, {}, &Evacuation::Flow::route)->homeless += shedHomeless(ground, made, landing, lost);
    std::ranges::stable_sort(made.shed, {}, [&](const ShedLoad& it) { return std::ranges::find(workloads, it.workload, &Workload::name)->priority; });
    for (std::uint32_t r = 0; r < ground.rules().routes.size(); ++r) {
        const auto& mapped = ground.map().routes[r];
        if (!mapped.workload || !readings[r] || readings[r]->backends.size() != mapped.backends.size())
            continue;
        const auto landing = landingOf.find(r);
        auto to = splitWithout(ground, landing == landingOf.end() ? nullptr : landing->second, r, *readings[r], loss, stay[r]);
        if (!to)
            continue;
        if (to->empty())
            made.stuck.push_back(ground.rules().routes[r].name);
        else
            made.moves.push_back({ .route = r, .from = readings[r]->accepted(), .to = std::move(*to), .rounded = roundedTo });
    }
    accounts.finish(made.effect, moved);
    made.effect.firstBreak = firstToBreak(ground, orders, room, landings.routes, lost);
    for (const auto& landing : landings.routes)
        made.effect.shortGpus += static_cast<std::int64_t>(std::ceil(landing.unplaced() - 1e-6));
    return made;
}

Result<Plan> planOf(const Ground& ground, const Evacuation& evacuation, std::span<const RouteReading* const> readings, double largestStep, bool now)
{
    Plan plan;
    plan.kind = Plan::Kind::Evacuation;
    plan.scope = evacuation.scope;
    plan.now = now;
    plan.shed = evacuation.shed;
    plan.plannedAt = ground.capacity().asOf;
    for (const auto& move : evacuation.moves) {
        auto steps = rampSteps(move.from, move.to, now || readings[move.route]->splits != RouteReading::Splits::Any ? 100 : largestStep);
        if (!steps)
            return std::unexpected(steps.error());
        if (steps->empty())
            continue;
        plan.moves.push_back({ .route = ground.rules().routes[move.route].name, .version = readings[move.route]->version,
            .from = move.from, .steps = std::move(*steps) });
    }
    return plan;
}

} // namespace penstock
