// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "planfleet.h"

/// Losses worked out from single nodes, without anything of the planner but its tables of models, prices and approvals.
namespace penstock::plantest {

using IsLost = std::function<bool(const PlanFleet::Node&)>;

inline bool isAllocated(const GpuSample& gpu) { return gpu.state == GpuState::Busy || gpu.state == GpuState::Idle || (gpu.state == GpuState::Unknown && gpu.workload != noWorkload); }
inline bool isHealthy(const GpuSample& gpu) { return gpu.state == GpuState::Busy || gpu.state == GpuState::Idle || gpu.state == GpuState::Free; }

/// GPUs of the node that the workload holds.
inline std::int64_t heldOn(const PlanFleet& fleet, const PlanFleet::Node& node, const Workload& workload)
{
    return std::ranges::count_if(node.gpus, [&](const GpuSample& gpu) { return isAllocated(gpu) && gpu.workload != noWorkload && &fleet.rules.workloads[gpu.workload] == &workload; });
}

/// The GPUs of one model in one cluster.
struct NamedPool
{
    std::string provider, region, cluster, model;
    auto operator<=>(const NamedPool&) const = default;
};
inline NamedPool poolOf(const PlanFleet::Node& node) { return { node.provider, node.region, node.cluster, node.model }; }

/// In the order in which equal ones are tried.
inline std::vector<NamedPool> poolsOf(const Places& places)
{
    std::vector<NamedPool> pools;
    for (const auto& pool : places.pools)
        pools.push_back({ places.providerName(pool), places.regionName(pool), places.clusterName(pool), places.modelName(pool) });
    return pools;
}

/// What is left of the nodes and under the limits once something is lost.
class NodesLeft
{
public:
    struct Node
    {
        NamedPool pool;
        std::uint32_t size = 0, free = 0;
    };
    /// GPUs that may still be allocated in some pools together.
    struct Bound
    {
        struct
        {
            std::string provider, region, model;
        } what;
        std::int64_t room = 0;
        std::string except; ///< workload that it does not bind
        std::int64_t own = 0; ///< GPUs that are kept for that one
        [[nodiscard]] bool covers(const NamedPool& pool) const
        {
            return what.provider == pool.provider && (what.region.empty() || what.region == pool.region) && (what.model.empty() || modelMatches(pool.model, what.model));
        }
    };
    std::vector<Node> nodes;
    std::vector<Bound> bounds;

    NodesLeft(const PlanFleet& fleet, const IsLost& lost)
    {
        for (const auto& node : fleet.nodes)
            if (fleet.isFresh(node.provider) && !lost(node))
                nodes.push_back({ poolOf(node), static_cast<std::uint32_t>(node.gpus.size()), freeOn(node) });
        for (const auto& provider : fleet.rules.providers) {
            const auto sum = [&](const std::string& model, const std::string& region, const auto& count) {
                std::int64_t gpus = 0;
                for (const auto& node : fleet.nodes)
                    if (node.provider == provider.id && (model.empty() || modelMatches(node.model, model)) && (region.empty() || node.region == region))
                        gpus += count(node);
                return gpus;
            };
            const auto there = [&](const PlanFleet::Node& node) { return fleet.isFresh(node.provider) && !lost(node); };
            const auto allocated = [](const PlanFleet::Node& node) { return std::ranges::count_if(node.gpus, isAllocated); };
            if (provider.utilisationCap < 1) {
                const auto healthy = sum({}, {}, [&](const auto& node) { return there(node) ? std::ranges::count_if(node.gpus, isHealthy) : 0; });
                const auto used = sum({}, {}, [&](const auto& node) { return there(node) ? allocated(node) : 0; });
                bounds.push_back({ { provider.id, {}, {} }, static_cast<std::int64_t>(std::floor(provider.utilisationCap * static_cast<double>(healthy) + 1e-6)) - used, {}, 0 });
            }
            for (const auto& quota : provider.quotas)
                bounds.push_back({ { provider.id, quota.region, quota.model }, quota.gpus - sum(quota.model, quota.region, allocated), {}, 0 });
            for (const auto& kept : provider.reservations) {
                if (kept.workload.empty()) {
                    bounds.push_back({ { provider.id, kept.region, kept.model }, kept.gpus - sum(kept.model, kept.region, allocated), {}, 0 });
                    continue;
                }
                const auto held = sum(kept.model, kept.region, [&](const auto& node) {
                    return std::ranges::count_if(node.gpus, [&](const GpuSample& gpu) { return isAllocated(gpu) && gpu.workload != noWorkload && fleet.rules.workloads[gpu.workload].name == kept.workload; });
                });
                const auto free = sum(kept.model, kept.region, [&](const auto& node) { return there(node) ? freeOn(node) : 0; });
                const auto unused = std::max<std::int64_t>(0, kept.gpus - held);
                bounds.push_back({ { provider.id, kept.region, kept.model }, free - unused, kept.workload, unused });
            }
        }
    }

    /// One replica on the fullest node of the pool that holds it; on whole free nodes of one size where it is larger than a node.
    bool put(const NamedPool& pool, const Workload& workload)
    {
        const auto ways = waysInto(pool, workload);
        if (ways.empty() || !allows(pool, workload))
            return false;
        put(ways.front(), pool, workload);
        return true;
    }

    /// Nodes on which one replica may stand, in all ways that differ: the fullest single node first.
    [[nodiscard]] std::vector<std::vector<std::size_t>> waysInto(const NamedPool& pool, const Workload& workload) const
    {
        std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> single; ///< by free GPUs and size
        std::map<std::uint32_t, std::vector<std::size_t>, std::greater<>> whole; ///< free nodes by size, the largest first
        for (std::size_t n = 0; n < nodes.size(); ++n) {
            const auto& node = nodes[n];
            if (node.pool != pool)
                continue;
            if (node.size >= workload.replicaGpus && node.free >= workload.replicaGpus)
                single.emplace(std::pair(node.free, node.size), n);
            else if (node.size < workload.replicaGpus && node.free == node.size)
                whole[node.size].push_back(n);
        }
        std::vector<std::vector<std::size_t>> ways;
        for (const auto& [key, n] : single)
            ways.push_back({ n });
        for (auto& [size, free] : whole)
            if (const auto needed = (workload.replicaGpus + size - 1) / size; free.size() >= needed) {
                free.resize(needed);
                ways.push_back(free);
            }
        return ways;
    }
    [[nodiscard]] bool allows(const NamedPool& pool, const Workload& workload) const
    {
        return std::ranges::all_of(bounds, [&](const Bound& it) { return !it.covers(pool) || it.except == workload.name || it.room >= workload.replicaGpus; });
    }
    /// True when a limit that binds the workload was exceeded to begin with.
    [[nodiscard]] bool isOverfull(const NamedPool& pool, const Workload& workload) const
    {
        return std::ranges::any_of(bounds, [&](const Bound& it) { return it.covers(pool) && it.except != workload.name && it.room < 0; });
    }
    void put(const std::vector<std::size_t>& way, const NamedPool& pool, const Workload& workload)
    {
        for (const auto n : way)
            nodes[n].free -= std::min(nodes[n].free, workload.replicaGpus);
        for (auto& it : bounds) {
            if (!it.covers(pool))
                continue;
            const auto own = it.except == workload.name ? std::min<std::int64_t>(workload.replicaGpus, it.own) : 0;
            it.own -= own;
            it.room -= workload.replicaGpus - own;
        }
    }
    /// Equal for what is equally empty.
    void describe(std::string& text) const
    {
        const auto add = [&](std::int64_t value) { text.append(reinterpret_cast<const char*>(&value), sizeof value); };
        std::vector<std::tuple<NamedPool, std::uint32_t, std::uint32_t>> sorted;
        for (const auto& node : nodes)
            sorted.emplace_back(node.pool, node.size, node.free);
        std::ranges::sort(sorted);
        for (const auto& [pool, size, free] : sorted)
            add(free);
        for (const auto& it : bounds) {
            add(it.room);
            add(it.own);
        }
    }

private:
    static std::uint32_t freeOn(const PlanFleet::Node& node) { return static_cast<std::uint32_t>(std::ranges::count(node.gpus, GpuState::Free, &GpuSample::state)); }
};

/// A loss, and where what was lost finds its place.
class LossByHand
{
public:
    struct Leaving
    {
        const Route* route = nullptr;
        const Workload* workload = nullptr;
        double load = 0;
        std::set<const PlanFleet::Node*> nodes; ///< that count for this route
        std::vector<NamedPool> pools; ///< that it may use, most room before the loss first, of equal ones the cheapest
        double placed = 0;
        std::map<NamedPool, std::int64_t> taken; ///< GPUs
    };

    LossByHand(const PlanFleet& fleet, std::vector<NamedPool> pools, IsLost lost)
        : m_fleet(fleet), m_pools(std::move(pools)), m_lost(std::move(lost)), m_left(fleet, m_lost)
    {
        const NodesLeft before(fleet, [](const PlanFleet::Node&) { return false; });
        std::set<std::pair<std::string, const PlanFleet::Node*>> counted;
        for (const auto& route : fleet.rules.routes) {
            const auto workload = std::ranges::find(fleet.rules.workloads, route.workload, &Workload::name);
            Leaving made { .route = &route, .workload = &*workload, .nodes = {}, .pools = {}, .taken = {} };
            for (const auto& node : fleet.nodes)
                // What two routes lead to is moved by the first of them.
                if (std::ranges::any_of(route.backends, [&](const auto& it) { return isIn(it, node); }) && counted.emplace(route.workload, &node).second && m_lost(node)) {
                    made.nodes.insert(&node);
                    made.load += loadOn(node, *workload);
                }
            if (made.load <= 0)
                continue;
            made.pools = placesFor(route, *workload, before);
            m_leaving.push_back(std::move(made));
        }
        std::ranges::stable_sort(m_leaving, std::greater {}, [](const Leaving& it) { return std::pair(it.workload->priority, it.workload->replicaGpus); });
    }

    /// One route after the other, one pool after the other.
    void placeInOrder()
    {
        for (auto& it : m_leaving)
            for (const auto& pool : it.pools)
                while (it.placed < it.load - 1e-6 && m_left.put(pool, *it.workload)) {
                    it.placed = std::min(it.load, it.placed + eachIn(pool, *it.workload));
                    it.taken[pool] += it.workload->replicaGpus;
                }
    }
    /// The most interactive load that any choice of nodes carries. All are tried, so for small fleets only.
    [[nodiscard]] double most() const
    {
        std::unordered_map<std::string, double> known;
        return most(0, 0, m_leaving.empty() ? 0 : m_leaving.front().load, NodesLeft(m_fleet, m_lost), known);
    }

    /// All interactive load, what of it was lost, and what of that was placed.
    struct Load
    {
        double total = 0, lost = 0, carried = 0;
        [[nodiscard]] double percent() const { return total > 0 ? 100 * (total - lost + carried) / total : 100; }
    };
    [[nodiscard]] Load load() const
    {
        Load made;
        forInteractive([&](const PlanFleet::Node& node, const Workload& workload) {
            made.total += loadOn(node, workload);
            made.lost += m_lost(node) ? loadOn(node, workload) : 0;
        });
        for (const auto& it : m_leaving)
            made.carried += isInteractive(it) ? it.placed : 0;
        return made;
    }
    [[nodiscard]] bool allPlaced() const
    {
        return std::ranges::all_of(m_leaving, [](const Leaving& it) { return it.placed > it.load - 1e-6; });
    }
    /// GPUs of each model whose interactive load finds no place: of what a route loses the same share everywhere.
    [[nodiscard]] std::map<std::string, std::int64_t> homeless() const
    {
        std::map<std::pair<NamedPool, const Workload*>, std::int64_t> held;
        std::map<std::pair<NamedPool, const Workload*>, double> share;
        forInteractive([&](const PlanFleet::Node& node, const Workload& workload) {
            if (!m_lost(node))
                return;
            held[{ poolOf(node), &workload }] += heldOn(m_fleet, node, workload);
            share[{ poolOf(node), &workload }] = unplacedShare(node, workload);
        });
        std::map<std::string, std::int64_t> made;
        for (const auto& [what, gpus] : held)
            made[what.first.model] += static_cast<std::int64_t>(std::ceil(share[what] * static_cast<double>(gpus) - 1e-6));
        std::erase_if(made, [](const auto& it) { return it.second <= 0; });
        return made;
    }
    /// Of the models on which interactive load lands, the share of healthy GPUs that stay free.
    [[nodiscard]] std::map<std::string, double> freeShares() const
    {
        std::map<std::string, std::int64_t> healthy, free;
        for (const auto& node : m_fleet.nodes)
            if (m_fleet.isFresh(node.provider) && !m_lost(node)) {
                healthy[node.model] += std::ranges::count_if(node.gpus, isHealthy);
                free[node.model] += std::ranges::count(node.gpus, GpuState::Free, &GpuSample::state);
            }
        std::map<std::string, double> made;
        for (const auto& it : m_leaving)
            for (const auto& [pool, gpus] : it.taken) {
                free[pool.model] -= gpus;
                if (isInteractive(it))
                    made[pool.model] = 0;
            }
        for (auto& [model, share] : made)
            share = healthy[model] > 0 ? static_cast<double>(free[model]) / static_cast<double>(healthy[model]) : 0;
        return made;
    }
    /// Dollars an hour that the interactive load that was placed costs more than where it was; empty when a price of it is missing, or no GPU has one.
    [[nodiscard]] std::optional<double> cost() const
    {
        auto made = std::ranges::any_of(m_pools, [&](const NamedPool& pool) { return priceOn(pool).has_value(); }) ? std::optional(0.0) : std::nullopt;
        const auto add = [&](const NamedPool& pool, std::int64_t gpus, double share) {
            const auto price = priceOn(pool);
            made = made && (price || gpus == 0) ? std::optional(*made + (price ? price->perGpuHour * static_cast<double>(gpus) * share : 0)) : std::nullopt;
        };
        for (const auto& it : m_leaving)
            for (const auto& [pool, gpus] : it.taken)
                if (isInteractive(it))
                    add(pool, gpus, 1);
        forInteractive([&](const PlanFleet::Node& node, const Workload& workload) {
            if (m_lost(node))
                add(poolOf(node), heldOn(m_fleet, node, workload), unplacedShare(node, workload) - 1);
        });
        return made;
    }

private:
    [[nodiscard]] double power(const std::string& model) const { return relativePerformance(model, m_fleet.rules.performance); }
    [[nodiscard]] double loadOn(const PlanFleet::Node& node, const Workload& workload) const { return static_cast<double>(heldOn(m_fleet, node, workload)) * power(node.model); }
    [[nodiscard]] std::optional<Price> priceOn(const NamedPool& pool) const
    {
        return priceOf(m_fleet.rules.prices, pool.provider, pool.region, pool.model, std::chrono::floor<std::chrono::days>(now));
    }
    static bool isInteractive(const Leaving& it) { return it.workload->priority == Priority::Interactive; }
    void forInteractive(const std::function<void(const PlanFleet::Node&, const Workload&)>& visit) const
    {
        for (const auto& workload : m_fleet.rules.workloads)
            for (const auto& node : m_fleet.nodes)
                if (workload.priority == Priority::Interactive && heldOn(m_fleet, node, workload) > 0)
                    visit(node, workload);
    }
    /// Of what the workload loses on this node. What no route leads to finds no place.
    [[nodiscard]] double unplacedShare(const PlanFleet::Node& node, const Workload& workload) const
    {
        for (const auto& it : m_leaving)
            if (it.workload == &workload && it.nodes.contains(&node))
                return std::max(0.0, 1 - it.placed / it.load);
        return 1;
    }
    static bool isIn(const Route::Backend& backend, const PlanFleet::Node& node) { return backend.scope.contains(node.provider, node.region, node.cluster); }
    [[nodiscard]] double eachIn(const NamedPool& pool, const Workload& workload) const { return workload.replicaGpus * power(pool.model); }

    [[nodiscard]] std::vector<NamedPool> placesFor(const Route& route, const Workload& workload, const NodesLeft& before) const
    {
        std::vector<std::tuple<std::int64_t, double, std::size_t>> order;
        for (std::size_t p = 0; p < m_pools.size(); ++p) {
            const auto& pool = m_pools[p];
            const bool may = std::ranges::any_of(route.backends, [&](const Route::Backend& backend) {
                // A backend is out when its provider or any of its regions is.
                return backend.scope.contains(pool.provider, pool.region, pool.cluster) && isApproved(m_fleet.rules, workload, backend.scope.provider)
                    && std::ranges::all_of(m_fleet.nodes, [&](const auto& node) { return !isIn(backend, node) || isResident(m_fleet.rules, workload, node.region); });
            });
            if (!may || !fits(workload, pool.model))
                continue;
            auto trial = before;
            std::int64_t room = 0;
            while (trial.put(pool, workload))
                room += workload.replicaGpus;
            const auto price = priceOn(pool);
            order.emplace_back(-room, price ? price->perGpuHour / power(pool.model) : 1e300, p);
        }
        std::ranges::sort(order);
        std::vector<NamedPool> pools;
        for (const auto& it : order)
            pools.push_back(m_pools[std::get<std::size_t>(it)]);
        return pools;
    }
    double most(std::size_t at, std::size_t pool, double load, const NodesLeft& left, std::unordered_map<std::string, double>& known) const
    {
        if (at == m_leaving.size() || !isInteractive(m_leaving[at]))
            return 0;
        const auto& it = m_leaving[at];
        if (load <= 1e-6 || pool == it.pools.size())
            return most(at + 1, 0, at + 1 < m_leaving.size() ? m_leaving[at + 1].load : 0, left, known);
        std::string key;
        for (const auto value : { static_cast<std::int64_t>(at), static_cast<std::int64_t>(pool), static_cast<std::int64_t>(std::llround(load * 1e6)) })
            key.append(reinterpret_cast<const char*>(&value), sizeof value);
        left.describe(key);
        if (const auto found = known.find(key); found != known.end())
            return found->second;
        double best = most(at, pool + 1, load, left, known);
        if (left.allows(it.pools[pool], *it.workload))
            for (const auto& way : left.waysInto(it.pools[pool], *it.workload)) {
                auto filled = left;
                filled.put(way, it.pools[pool], *it.workload);
                const auto each = eachIn(it.pools[pool], *it.workload);
                best = std::max(best, std::min(load, each) + most(at, pool, load - each, filled, known));
            }
        known.emplace(std::move(key), best);
        return best;
    }

    const PlanFleet& m_fleet;
    std::vector<NamedPool> m_pools;
    IsLost m_lost;
    NodesLeft m_left;
    std::vector<Leaving> m_leaving;
};

} // namespace penstock::plantest
