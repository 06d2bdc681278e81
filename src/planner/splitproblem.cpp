// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "splitproblem.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "landing.h"

namespace penstock {

namespace {

    /// Dollars an hour of a GPU; where no price is known, as much as the dearest, so that it is never preferred for that.
    std::vector<double> gpuPrices(const RuleMap& map)
    {
        double dearest = 0;
        for (const auto& price : map.prices)
            dearest = std::max(dearest, price ? price->perGpuHour : 0.0);
        std::vector<double> prices;
        for (const auto& price : map.prices)
            prices.push_back(price ? price->perGpuHour : dearest > 0 ? dearest : 1.0);
        return prices;
    }

    struct Sites
    {
        std::vector<Site> sites;
        std::vector<std::uint32_t> of; ///< by pool

        Sites(const Ground& ground, const SplitRequest& request)
        {
            const auto& places = ground.places();
            std::vector<bool> byCluster(places.regions.size());
            for (const auto route : request.routes)
                for (std::size_t b = 0; b < ground.rules().routes[route].backends.size(); ++b)
                    if (!ground.rules().routes[route].backends[b].scope.cluster.empty())
                        for (const auto cluster : ground.map().routes[route].backends[b].clusters)
                            byCluster[places.clusters[cluster].region] = true;
            std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, std::uint32_t> known;
            for (std::uint32_t p = 0; p < places.pools.size(); ++p) {
                const auto& pool = places.pools[p];
                const auto [at, isNew] = known.try_emplace({ pool.region, byCluster[pool.region] ? pool.cluster : ~0U, pool.model }, static_cast<std::uint32_t>(sites.size()));
                if (isNew)
                    sites.push_back({ pool.provider, pool.region, pool.model, {} });
                sites[at->second].pools.push_back(p);
                of.push_back(at->second);
            }
        }
    };

} // namespace

std::vector<std::uint32_t> Branch::columns() const
{
    std::vector<std::uint32_t> all;
    if (kept)
        all.push_back(*kept);
    for (const auto& it : fresh)
        all.push_back(it.column);
    return all;
}

H100s Branch::loadIn(const std::vector<double>& values) const
{
    H100s sum = kept ? values[*kept] : 0;
    for (const auto& it : fresh)
        sum += values[it.column];
    return sum;
}

double SplitProblem::valueOf(const std::vector<double>& values) const
{
    if (!fullest) {
        double sum = 0;
        for (std::size_t c = 0; c < values.size(); ++c)
            sum += values[c] * prices[c];
        return sum;
    }
    double most = 0;
    std::vector<double> sums(program.rows.size());
    for (std::size_t c = 0; c < entriesOf.size(); ++c)
        for (const auto& [row, value] : entriesOf[c])
            sums[row] += c == fullest ? 0 : value * values[c];
    for (std::size_t r = 0; r < sums.size(); ++r)
        if (meanings[r].kind == Meaning::Kind::Fullest)
            most = std::max(most, 100 * (sums[r] - program.rows[r].greatest));
    return most;
}

bool mayCarry(const Ground& ground, const SplitRequest& request, std::size_t route, std::size_t backend)
{
    const auto& it = ground.map().routes[request.routes[route]].backends[backend];
    return it.allowed() && canTake(route < request.readings.size() ? request.readings[route] : nullptr, backend) && vacatedBy(ground, it).empty();
}

SplitProblem::SplitProblem(const Ground& ground, const SplitRequest& request, bool elastic)
{
    const auto& map = ground.map();
    const auto& places = ground.places();
    const auto& room = ground.room();
    const auto gpuPrice = gpuPrices(map);
    Sites grouped(ground, request);
    sites = std::move(grouped.sites);
    const auto newRow = [&](LinearProgram::Bounds bounds, Meaning::Kind kind, std::string text) {
        meanings.push_back({ .kind = kind, .text = std::move(text), .slack = {} });
        const auto row = program.addRow(bounds);
        if (elastic && kind != Meaning::Kind::Demand) {
            meanings.back().slack = program.addColumn({}, 1);
            prices.push_back(0);
            program.add(row, *meanings.back().slack, bounds.greatest == endless ? 1 : -1);
        }
        return row;
    };
    const auto newColumn = [&](LinearProgram::Bounds bounds, double price) {
        prices.push_back(price);
        return program.addColumn(bounds, elastic ? 0 : price);
    };

    // By site: what comes new, by the size of its replicas.
    struct Entry
    {
        std::uint32_t column, replica;
        std::uint32_t workload;
    };
    std::vector<std::vector<Entry>> newAt(sites.size());
    std::map<std::pair<std::uint32_t, std::uint32_t>, double> placeable; ///< site and replica
    const auto placeableAt = [&](std::uint32_t site, std::uint32_t workload) {
        const auto replica = std::max(1U, ground.rules().workloads[workload].replicaGpus);
        const auto [at, isNew] = placeable.try_emplace({ site, replica }, 0.0);
        if (isNew)
            for (const auto pool : sites[site].pools)
                at->second += static_cast<double>(room.placeable(pool, workload));
        return at->second;
    };
    for (std::size_t r = 0; r < request.routes.size(); ++r) {
        const auto& mapped = map.routes[request.routes[r]];
        const auto workload = *mapped.workload;
        const auto replica = std::max(1U, ground.rules().workloads[workload].replicaGpus);
        totals.push_back(loadOf(ground, request.routes[r]) * request.growth);
        leaving.emplace_back(mapped.backends.size());
        double left = 0;
        for (std::size_t b = 0; b < mapped.backends.size(); ++b)
            if (!mayCarry(ground, request, r, b) && request.largestChange < 1)
                left += leaving[r][b] = std::max(0.0, std::ceil(request.accepted[r][b] - 100 * request.largestChange - 1e-6));
        loads.push_back(totals[r] * (1 - left / 100));
        branchesOf.emplace_back(branches.size(), branches.size());
        const auto demand = newRow({ loads[r], loads[r] }, Meaning::Kind::Demand, "load of " + ground.rules().routes[request.routes[r]].name);
        demandRows.push_back(demand);
        if (loads[r] <= 0)
            continue;
        for (std::uint32_t b = 0; b < mapped.backends.size(); ++b) {
            const auto& backend = mapped.backends[b];
            if (!mayCarry(ground, request, r, b))
                continue;
            Branch branch { .route = r, .backend = b, .held = 0, .kept = {}, .fresh = {}, .shareRow = {} };
            double heldPrice = 0;
            for (const auto pool : backend.pools) {
                branch.held += ground.heldLoad(workload, pool);
                heldPrice += static_cast<double>(ground.held(workload, pool)) * gpuPrice[pool];
            }
            if (branch.held > 0) {
                heldPrice /= branch.held;
                branch.kept = newColumn({ 0, branch.held }, heldPrice);
                program.add(demand, *branch.kept, 1);
            }
            std::vector<std::uint32_t> seen;
            for (const auto pool : backend.fitting) {
                const auto site = grouped.of[pool];
                if (std::ranges::find(seen, site) != seen.end() || (!elastic && placeableAt(site, workload) <= 0))
                    continue;
                seen.push_back(site);
                // New load never costs less than what is there, or a split would seem to move load within a backend.
                const auto price = std::max(gpuPrice[pool] / map.performance[sites[site].model], heldPrice);
                branch.fresh.push_back({ newColumn({}, price), site });
                program.add(demand, branch.fresh.back().column, 1);
                newAt[site].push_back({ branch.fresh.back().column, replica, workload });
            }
            std::ranges::stable_sort(branch.fresh, {}, [&](const Branch::Fresh& it) { return prices[it.column]; });
            if (request.largestChange < 1) {
                const double from = request.accepted[r][b] / 100;
                const LinearProgram::Bounds share { std::max(0.0, from - request.largestChange) * totals[r], std::min(1.0, from + request.largestChange) * totals[r] };
                const auto& route = ground.rules().routes[request.routes[r]];
                const auto columns = branch.columns();
                if (share.greatest < loads[r] || share.least > 0) {
                    // Two rows where both sides count, so that each has its own slack.
                    if (share.greatest < loads[r]) {
                        const auto row = newRow({ -endless, share.greatest }, Meaning::Kind::Share, "largest change of " + route.name + " at " + route.backends[b].name);
                        for (const auto column : columns)
                            program.add(row, column, 1);
                    }
                    if (share.least > 0) {
                        const auto row = newRow({ share.least, endless }, Meaning::Kind::Share, "largest change of " + route.name + " at " + route.backends[b].name);
                        for (const auto column : columns)
                            program.add(row, column, 1);
                    }
                }
            }
            branches.push_back(std::move(branch));
            branchesOf[r].second = branches.size();
        }
    }

    // Nodes: for each size of replica, those of at least that size share what such replicas find.
    nodeRowsOf.resize(sites.size());
    for (std::uint32_t s = 0; s < sites.size(); ++s) {
        std::map<std::uint32_t, std::uint32_t> sizes; ///< replica -> a workload that has it
        for (const auto& it : newAt[s])
            sizes.try_emplace(it.replica, it.workload);
        const auto& pool = places.pools[sites[s].pools.front()];
        double above = endless;
        for (const auto& [replica, workload] : sizes) {
            const auto most = placeableAt(s, workload);
            if (most >= above)
                continue;
            above = most;
            const auto row = newRow({ -endless, most }, Meaning::Kind::Nodes,
                "free " + places.modelName(pool) + " in " + places.regionName(pool) + " of " + places.providerName(pool) + (replica > 1 ? " for replicas of " + std::to_string(replica) : ""));
            nodeRowsOf[s].push_back(row);
            for (const auto& it : newAt[s])
                if (it.replica >= replica) {
                    // Larger replicas that use a node better do not use more of it than is there.
                    const auto own = placeableAt(s, it.workload);
                    program.add(row, it.column, std::min(1.0, own > 0 ? most / own : 1.0) / map.performance[sites[s].model]);
                }
        }
    }
    // Limits: headroom of one GPU replicas asks them without asking the nodes.
    for (std::uint32_t id = 0; id < map.limits.size(); ++id) {
        const auto& limit = map.limits[id];
        std::set<std::uint32_t> covered;
        for (const auto p : limit.pools)
            covered.insert(grouped.of[p]);
        std::optional<std::uint32_t> row;
        for (const auto s : covered)
            for (const auto& it : newAt[s])
                if (const auto left = room.roomUnder(id, it.workload)) {
                    if (!row) {
                        row = newRow({ -endless, static_cast<double>(*left) }, Meaning::Kind::Limit, limit.text);
                        meanings[*row].limit = id;
                    }
                    program.add(*row, it.column, 1 / map.performance[sites[s].model]);
                }
    }
    ranks = prices;
    if (request.goal == SplitGoal::EvenHeadroom && !elastic) {
        double total = 0;
        for (std::size_t c = 0; c < prices.size(); ++c)
            total = std::max(total, prices[c]);
        double load = 0;
        for (const auto it : loads)
            load += it;
        // Cost decides between equals, and is worth a ten-thousandth in all.
        for (std::size_t c = 0; c < prices.size(); ++c)
            program.columns[c].cost = total > 0 && load > 0 ? prices[c] / (total * load) * 1e-4 : 0;
        fullest = program.addColumn({}, 1);
        prices.push_back(0);
        std::vector<double> might(places.regions.size()), used(places.regions.size());
        for (std::uint32_t p = 0; p < places.pools.size(); ++p) {
            if (ground.capacity().freshness[places.pools[p].cluster] != Freshness::Fresh)
                continue;
            const auto provider = std::ranges::find(ground.rules().providers, places.providerName(places.pools[p]), &Provider::id);
            const double cap = provider == ground.rules().providers.end() ? 1 : provider->utilisationCap;
            might[places.pools[p].region] += cap * static_cast<double>(ground.capacity().pools[p].healthy);
            used[places.pools[p].region] += static_cast<double>(ground.capacity().pools[p].allocated);
        }
        for (std::uint32_t region = 0; region < places.regions.size(); ++region) {
            if (might[region] <= 0)
                continue;
            double movable = 0;
            for (std::uint32_t s = 0; s < sites.size(); ++s)
                if (sites[s].region == region)
                    for (const auto& it : newAt[s])
                        ranks[it.column] = used[region] / might[region];
            const auto row = newRow({}, Meaning::Kind::Fullest, "the fullest region: " + places.regions[region].name + " of " + places.providers[places.regions[region].provider]);
            meanings.back().ofOneGpu = 1 / might[region];
            program.add(row, *fullest, -1);
            for (std::uint32_t s = 0; s < sites.size(); ++s)
                if (sites[s].region == region)
                    for (const auto& it : newAt[s])
                        program.add(row, it.column, 1 / map.performance[sites[s].model] / might[region]);
            const auto heldHere = [&](std::size_t route, std::size_t backend) {
                const auto& mapped = map.routes[request.routes[route]];
                double here = 0;
                for (const auto pool : mapped.backends[backend].pools)
                    if (places.pools[pool].region == region && ground.capacity().freshness[places.pools[pool].cluster] == Freshness::Fresh)
                        here += static_cast<double>(ground.held(*mapped.workload, pool));
                return here;
            };
            for (const auto& branch : branches) {
                if (!branch.kept)
                    continue;
                const auto here = heldHere(branch.route, branch.backend);
                movable += here;
                if (here > 0)
                    program.add(row, *branch.kept, here / branch.held / might[region]);
            }
            // Who may carry nothing is left, but for what the largest change keeps there.
            for (std::size_t r = 0; r < request.routes.size(); ++r)
                for (std::size_t b = 0; b < leaving[r].size(); ++b)
                    if (const auto held = ground.heldBy(request.routes[r], static_cast<std::uint32_t>(b)).load; held > 0 && !mayCarry(ground, request, r, b))
                        movable += heldHere(r, b) * (1 - std::min(1.0, leaving[r][b] / 100 * totals[r] / held));
            program.rows[row] = { -endless, (movable - used[region]) / might[region] };
        }
    }
    if (!elastic) {
        // With a way out that costs more than any place, there is a solution to start from, and prices that say what is missing.
        double dearest = 0;
        for (const auto& column : program.columns)
            dearest = std::max(dearest, column.cost);
        if (request.goal == SplitGoal::EvenHeadroom) {
            double least = endless;
            for (const auto load : loads)
                least = load > 0 ? std::min(least, load) : least;
            dearest = std::max(dearest, 1 / std::max(1.0, least));
        }
        for (const auto row : demandRows) {
            unplaced.push_back(program.addColumn({}, 1000 * dearest));
            prices.push_back(0);
            program.add(row, unplaced.back(), 1);
        }
        ranks.resize(prices.size());
    }
    entriesOf.resize(program.columns.size());
    for (const auto& it : program.entries)
        entriesOf[it.column].emplace_back(it.row, it.value);
}

} // namespace penstock
