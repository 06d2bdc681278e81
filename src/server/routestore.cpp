// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "server/routestore.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace penstock {

namespace {

    /// Shares in per cent, with one decimal, that add up to 100 exactly; an even split when nothing is allocated.
    Weights startingWeights(const std::vector<std::uint64_t>& gpus)
    {
        const auto sum = std::accumulate(gpus.begin(), gpus.end(), std::uint64_t { 0 });
        Weights weights;
        for (const auto count : gpus)
            weights.push_back(sum == 0 ? 100.0 / static_cast<double>(gpus.size())
                                       : std::round(1000.0 * static_cast<double>(count) / static_cast<double>(sum)) / 10);
        const double rest = 100 - std::accumulate(weights.begin(), weights.end(), 0.0);
        *std::ranges::max_element(weights) += rest;
        return weights;
    }

} // namespace

std::vector<std::uint64_t> allocatedGpus(
    const Picture& picture, const std::string& workload, const std::vector<Route::Backend>& backends)
{
    std::vector<std::uint64_t> gpus(backends.size());
    if (!picture.inventory)
        return gpus;
    const auto& inventory = *picture.inventory;
    const auto found = std::ranges::find(inventory.workloads, workload);
    if (found == inventory.workloads.end())
        return gpus;
    const auto id = static_cast<std::uint16_t>(found - inventory.workloads.begin());
    std::vector<std::size_t> backendOf;
    for (const auto& cluster : inventory.clusters)
        backendOf.push_back(static_cast<std::size_t>(
            std::ranges::find_if(backends,
                [&](const Route::Backend& backend) {
                    return backend.scope.contains(cluster.provider, cluster.region, cluster.name);
                })
            - backends.begin()));
    std::size_t row = 0;
    for (const auto& node : inventory.nodes) {
        const auto backend = backendOf[node.cluster];
        for (std::uint32_t g = 0; g < node.gpus; ++g, ++row)
            if (picture.columns.workload[row] == id && backend < gpus.size())
                ++gpus[backend];
    }
    return gpus;
}

RouteStore::RouteStore(const Picture& picture)
{
    if (!picture.inventory)
        return;
    std::vector<Route::Backend> backends;
    for (const auto& cluster : picture.inventory->clusters)
        if (std::ranges::find(backends, cluster.provider, &Route::Backend::name) == backends.end())
            backends.push_back({ cluster.provider, Scope { .provider = cluster.provider, .region = {}, .cluster = {}, .node = {} } });
    if (backends.empty())
        return;
    for (const auto& workload : picture.inventory->workloads)
        m_routes[workload] = { .workload = workload,
            .backends = backends,
            .weights = startingWeights(allocatedGpus(picture, workload, backends)),
            .version = 1,
            .changedByKey = {} };
}

Result<RouteStore::Entry> RouteStore::get(const std::string& route) const
{
    const auto found = m_routes.find(route);
    if (found == m_routes.end())
        return fail(Error::Kind::NotFound, "the agent holds no route '" + route + "'");
    return found->second;
}

Result<RouteStore::Entry> RouteStore::define(
    const std::string& route, const std::string& workload, std::vector<Route::Backend> backends, const Picture& picture)
{
    if (backends.empty() || backends.size() > 1000)
        return fail(Error::Kind::Invalid, "a route has 1 to 1,000 backends");
    if (!picture.inventory || std::ranges::find(picture.inventory->workloads, workload) == picture.inventory->workloads.end())
        return fail(Error::Kind::NotFound, "the agent's fleets hold no workload '" + workload + "'");
    auto& entry = m_routes[route];
    if (entry.workload == workload && entry.backends == backends)
        return entry;
    auto weights = startingWeights(allocatedGpus(picture, workload, backends));
    entry = { .workload = workload,
        .backends = std::move(backends),
        .weights = std::move(weights),
        .version = entry.version + 1,
        .changedByKey = {} };
    return entry;
}

Result<RouteStore::Entry> RouteStore::set(
    const std::string& route, std::uint64_t expected, const std::string& key, Weights weights)
{
    const auto found = m_routes.find(route);
    if (found == m_routes.end())
        return fail(Error::Kind::NotFound, "the agent holds no route '" + route + "'");
    auto& entry = found->second;
    if (!key.empty() && key == entry.changedByKey)
        return entry;
    if (expected != entry.version)
        return fail(Error::Kind::Conflict,
            "the route is at version " + std::to_string(entry.version) + ", not " + std::to_string(expected));
    double sum = 0;
    for (const double weight : weights) {
        if (!std::isfinite(weight) || weight < 0)
            return fail(Error::Kind::Invalid, "a weight below 0");
        sum += weight;
    }
    if (weights.size() != entry.backends.size() || std::abs(sum - 100) > 0.01)
        return fail(Error::Kind::Invalid, "weights must be one a backend and add up to 100");
    entry.weights = std::move(weights);
    ++entry.version;
    entry.changedByKey = key;
    return entry;
}

} // namespace penstock
