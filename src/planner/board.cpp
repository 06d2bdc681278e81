// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "planner/board.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "landing.h"

namespace penstock {

namespace {

    BoardRow rowOf(const Ground& ground, const LandingOrders& orders, Room room, const Loss& loss, const std::vector<bool>& stay, H100s total)
    {
        BoardRow row;
        const auto& places = ground.places();
        const auto& map = ground.map();
        const auto& workloads = ground.rules().workloads;
        const auto& lost = loss.pools;
        // Batch has its turn after them, and ends training of its own: what ends is the same as in the evacuation's plan.
        const auto landings = land(ground, orders, room, loss, Priority::Training, ground.capacity().knowsHolders, stay);
        std::vector<std::int64_t> shortOf(places.models.size());
        std::vector<bool> lands(places.models.size());
        // A sum that counts GPUs without a price as free would be a lie.
        bool priced = true;
        const auto costOf = [&](std::uint32_t pool, std::int64_t gpus) {
            priced = priced && (gpus == 0 || map.prices[pool]);
            return map.prices[pool] ? map.prices[pool]->perGpuHour * static_cast<double>(gpus) : 0.0;
        };
        struct Share
        {
            double missing = 1, gone = 1; ///< of what a workload loses in a pool: what finds no place without ending anything, and at all
        };
        // Of a workload that several routes lead to, each moves what is in its own pools; what no route leads to cannot move.
        std::map<std::pair<std::uint32_t, std::uint32_t>, Share> shares; ///< by workload and pool
        double cost = 0;
        for (const auto& landing : landings.routes) {
            if (workloads[landing.workload].priority != Priority::Interactive)
                continue;
            row.carried += landing.placed;
            row.carriedByShedding += landing.placedByShedding;
            const auto replica = std::max<std::int64_t>(1, workloads[landing.workload].replicaGpus);
            for (const auto pool : map.routes[landing.route].pools)
                if (lost[pool])
                    shares[{ landing.workload, pool }] = { std::max(0.0, 1 - landing.placed / landing.lost), landing.unplaced() / landing.lost };
            for (const auto& [pool, replicas] : landing.taken) {
                lands[places.pools[pool].model] = true;
                cost += costOf(pool, replicas * replica);
            }
        }
        for (const auto& ended : landings.ended)
            row.shedGpus += ended.gpus;
        for (std::uint32_t w = 0; w < workloads.size(); ++w) {
            if (workloads[w].priority != Priority::Interactive)
                continue;
            for (std::uint32_t p = 0; p < lost.size(); ++p) {
                const auto held = lost[p] ? ground.carried(w, p) : 0;
                if (held == 0)
                    continue;
                row.lostGpus += held;
                row.lost += ground.carriedLoad(w, p);
                const auto share = shares[{ w, p }];
                cost -= costOf(p, held) * (1 - share.gone);
                if (share.missing > 1e-9)
                    shortOf[places.pools[p].model] += static_cast<std::int64_t>(std::ceil(share.missing * static_cast<double>(held) - 1e-6));
            }
        }
        if (priced && std::ranges::any_of(map.prices, [](const auto& price) { return price.has_value(); }))
            row.cost = cost;
        if (total > 0) {
            row.percent = 100 * (total - row.lost + row.carried) / total;
            row.percentWithShedding = 100 * (total - row.lost + row.carried + row.carriedByShedding) / total;
        }
        const auto worst = std::ranges::max_element(shortOf);
        if (worst != shortOf.end() && *worst > 0) {
            row.breaks = true;
            row.shortGpus = *worst;
            row.firstModel = places.models[static_cast<std::size_t>(worst - shortOf.begin())];
            return row;
        }
        std::vector<std::int64_t> healthy(places.models.size()), free(places.models.size());
        for (std::uint32_t p = 0; p < lost.size(); ++p)
            if (!lost[p]) {
                healthy[places.pools[p].model] += ground.capacity().pools[p].healthy;
                free[places.pools[p].model] += ground.capacity().pools[p].free;
            }
        for (const auto& landing : landings.routes)
            for (const auto& [pool, replicas] : landing.taken)
                free[places.pools[pool].model] -= replicas * std::max<std::int64_t>(1, workloads[landing.workload].replicaGpus);
        double least = 2;
        for (std::size_t m = 0; m < places.models.size(); ++m)
            if (const double share = healthy[m] > 0 ? static_cast<double>(free[m]) / static_cast<double>(healthy[m]) : 0; lands[m] && share < least) {
                least = share;
                row.firstModel = places.models[m];
            }
        return row;
    }

    /// Who evacuates or evacuated all that is lost here.
    void noteWhoLeft(BoardRow& row, const Ground& ground, const Loss& loss)
    {
        for (std::uint32_t p = 0; p < loss.pools.size(); ++p) {
            if (!loss.pools[p])
                continue;
            const auto runs = ground.leftBy(p);
            row.beingEvacuated = row.beingEvacuated || !runs.empty();
            row.evacuatedBy = runs.empty() ? ground.evacuatedBy(p) : runs;
            if (row.evacuatedBy.empty())
                break;
        }
        row.beingEvacuated = row.beingEvacuated && !row.evacuatedBy.empty();
    }

} // namespace

std::vector<BoardRow> board(const Ground& ground, std::span<const RouteReading* const> readings)
{
    const auto& places = ground.places();
    const auto& workloads = ground.rules().workloads;
    H100s total = 0;
    for (std::uint32_t w = 0; w < workloads.size(); ++w)
        if (workloads[w].priority == Priority::Interactive)
            for (std::uint32_t p = 0; p < places.pools.size(); ++p)
                total += ground.carriedLoad(w, p);
    const auto orders = landingOrders(ground, ground.room(), readings);
    std::vector<BoardRow> rows;
    const auto add = [&](std::uint32_t provider, std::optional<std::uint32_t> region) {
        const Loss loss(places, { .provider = places.providers[provider], .region = region ? places.regions[*region].name : std::string(), .cluster = {}, .node = {} });
        const auto stay = staying(ground, readings, loss);
        auto room = ground.roomWithout(loss.pools);
        // Where a running plan has set room aside for the very load that is lost, it is room for that load.
        auto row = ground.promises().empty() ? rowOf(ground, orders, std::move(room), loss, stay, total) : rowOf(ground, landingOrders(ground, room, readings), room, loss, stay, total);
        noteWhoLeft(row, ground, loss);
        row.provider = places.providers[provider];
        row.region = region ? places.regions[*region].name : std::string();
        rows.push_back(std::move(row));
    };
    for (std::uint32_t provider = 0; provider < places.providers.size(); ++provider) {
        add(provider, std::nullopt);
        for (std::uint32_t region = 0; region < places.regions.size(); ++region)
            if (places.regions[region].provider == provider)
                add(provider, region);
    }
    return rows;
}

} // namespace penstock
