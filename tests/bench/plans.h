// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>

#include "engine/engine.h"
#include "planner/effect.h"
#include "planner/interlocks.h"

/// The fleets, rules and routes that plans are measured on: 1,000,000 GPUs, 60 regions, 200 workloads and as many routes.
namespace penstock::bench {

inline constexpr Time moment { std::chrono::seconds(1'790'000'000) };
constexpr std::uint32_t clouds = 5, regions = 60, clusters = 240, workloads = 200, nodeGpus = 8;
constexpr std::uint32_t gpus = 1'000'000;
constexpr const char* names[clouds] { "azure", "gcp", "aws", "coreweave", "oci" };
constexpr const char* models[3] { "H100 80GB SXM", "H200 141GB SXM", "A100 80GB SXM" };

inline void require(const Result<>& done)
{
    if (done)
        return;
    std::fprintf(stderr, "%s\n", done.error().text().c_str());
    std::abort();
}

/// A million GPUs: ten workloads a cluster, whole nodes of one workload in runs, some with free GPUs left over, 12 % free in all.
inline SnapshotPtr makeSnapshot()
{
    std::mt19937 random(7);
    Engine engine;
    for (std::uint32_t cloud = 0; cloud < clouds; ++cloud) {
        auto inventory = std::make_shared<Inventory>();
        inventory->epoch = 1;
        for (const auto* model : models)
            inventory->models.push_back({ model, 81'920 });
        for (std::uint32_t w = 0; w < workloads; ++w)
            inventory->workloads.push_back("workload-" + std::to_string(w));
        SamplesFrame frame;
        frame.epoch = frame.sequence = 1;
        frame.observed = moment;
        for (std::uint32_t c = cloud; c < clusters; c += clouds) {
            const auto id = static_cast<std::uint32_t>(inventory->clusters.size());
            inventory->clusters.push_back({ names[cloud], "region-" + std::to_string(c % regions), "cluster-" + std::to_string(c) });
            std::uint32_t left = 0;
            std::uint16_t workload = 0;
            const auto tenants = random();
            for (std::uint32_t n = 0; n < gpus / clusters / nodeGpus; ++n) {
                inventory->nodes.push_back({ "node-" + std::to_string(n), id, (c / clouds) % 3, nodeGpus, {} });
                if (left-- == 0) {
                    left = static_cast<std::uint32_t>(random() % 40);
                    workload = static_cast<std::uint16_t>((tenants + random() % 10 * 37) % workloads);
                }
                const auto kind = random() % 100;
                for (std::uint32_t g = 0; g < nodeGpus; ++g) {
                    GpuSample sample;
                    const bool free = kind < 9 || (kind < 17 && g >= 4);
                    sample.state = kind == 99 ? GpuState::Unhealthy : free ? GpuState::Free : random() % 20 == 0 ? GpuState::Idle : GpuState::Busy;
                    sample.workload = free || kind == 99 ? noWorkload : workload;
                    frame.values.append(sample);
                }
            }
        }
        const auto source = engine.addSource(names[cloud]);
        require(engine.apply(source, InventoryFrame { inventory, moment }));
        require(engine.apply(source, Frame { std::move(frame) }));
    }
    return engine.publish(moment);
}

/// `byRegion`: each route has a backend a region of every cloud it may use, else one a cloud.
inline PlanRules makeRules(bool byRegion)
{
    PlanRules rules;
    rules.regionGroups = { { "low", { "region-1", "region-2" } }, { "all", { "region-" } } };
    for (std::uint32_t c = 0; c < clouds; ++c)
        rules.providers.push_back({ .id = names[c], .name = names[c], .subprocessor = true,
            .approvedData = c == 4 ? std::vector<std::string> { "account" } : std::vector<std::string> { "account", "content" }, .utilisationCap = 0.97, .quotas = {}, .reservations = {} });
    rules.providers[1].quotas = { { .model = "H100", .region = {}, .gpus = 70'000 } };
    for (std::uint32_t w = 0; w < workloads; ++w) {
        Workload made;
        made.name = "workload-" + std::to_string(w);
        made.priority = w % 5 == 4 ? Priority::Training : w % 5 == 3 ? Priority::Batch : Priority::Interactive;
        made.data = { w % 3 == 0 ? "content" : "account" };
        made.replicaGpus = w % 4 == 0 ? 4 : 8;
        if (w % 7 == 0)
            made.replicaModels = { "H100", "H200" };
        rules.workloads.push_back(std::move(made));
        Route route { .name = "route-" + std::to_string(w), .workload = "workload-" + std::to_string(w), .router = {}, .backends = {} };
        for (std::uint32_t r = 0; byRegion && r < regions; ++r)
            route.backends.push_back({ std::string(names[r % clouds]) + "-" + std::to_string(r), { .provider = names[r % clouds], .region = "region-" + std::to_string(r), .cluster = {}, .node = {} } });
        for (std::uint32_t c = 0; !byRegion && c < clouds; ++c)
            route.backends.push_back({ names[c], { .provider = names[c], .region = {}, .cluster = {}, .node = {} } });
        rules.routes.push_back(std::move(route));
    }
    using namespace std::chrono;
    for (std::uint32_t c = 0; c < clouds; ++c)
        for (const auto* model : models)
            rules.prices.push_back({ .provider = names[c], .region = {}, .model = model, .perGpuHour = (3.0 + c) * (model == models[1] ? 1.4 : model == models[2] ? 0.6 : 1), .asOf = sys_days(2026y / January / 1), .source = {} });
    for (std::uint32_t r = 0; r < regions; ++r)
        rules.prices.push_back({ .provider = names[r % clouds], .region = "region-" + std::to_string(r), .model = models[0], .perGpuHour = 4 + r % 7 * 0.3, .asOf = sys_days(2026y / June / 1), .source = {} });
    rules.policy.overridable = { "capacity" };
    rules.policy.maxRate = RateLimit { 0.5, std::chrono::seconds(600) };
    return rules;
}

struct World
{
    SnapshotPtr snapshot = makeSnapshot();
    CapacityReader reader;
    CapacityPtr free = reader.read(snapshot), holders = reader.read(snapshot, CapacityDetail::Holders);
    std::optional<Ground> ground[2]; ///< a backend a cloud; a backend a region
    std::optional<Ground> holding; ///< a backend a cloud, and who holds what
    std::vector<Weights> accepted[2];
    std::vector<RouteReading> readings[2];

    World()
    {
        for (const bool byRegion : { false, true }) {
            const auto map = RuleMap::make(makeRules(byRegion), free->places, std::chrono::sys_days(std::chrono::year(2026) / 11 / 24));
            ground[byRegion].emplace(free, map);
            if (!byRegion)
                holding.emplace(holders, map);
            for (std::uint32_t r = 0; r < workloads; ++r) {
                // What the routers split is what the load stands on, in whole per cent.
                const auto total = loadOf(*ground[byRegion], r);
                Weights weights;
                double sum = 0;
                std::size_t most = 0;
                for (const auto& backend : map->routes[r].backends) {
                    double held = 0;
                    for (const auto pool : backend.pools)
                        held += ground[byRegion]->heldLoad(r, pool);
                    weights.push_back(std::floor(total > 0 ? 100 * held / total : 0));
                    sum += weights.back();
                    if (weights.back() > weights[most])
                        most = weights.size() - 1;
                }
                weights[most] += 100 - sum;
                RouteReading reading;
                reading.version = "7";
                for (std::size_t b = 0; b < weights.size(); ++b)
                    reading.backends.push_back({ .name = map->rules.routes[r].backends[b].name, .accepted = weights[b], .observed = {}, .requests = 0, .condition = {}, .note = {} });
                accepted[byRegion].push_back(std::move(weights));
                readings[byRegion].push_back(std::move(reading));
            }
        }
    }
    [[nodiscard]] std::vector<const RouteReading*> pointers(bool byRegion) const
    {
        std::vector<const RouteReading*> made;
        for (const auto& reading : readings[byRegion])
            made.push_back(&reading);
        return made;
    }
    /// Two points from the fullest backend of every route to the next one.
    [[nodiscard]] std::vector<RouteMove> moves(bool byRegion) const
    {
        std::vector<RouteMove> made;
        for (std::uint32_t r = 0; r < workloads; ++r) {
            const auto& from = accepted[byRegion][r];
            auto to = from;
            const auto most = static_cast<std::size_t>(std::ranges::max_element(from) - from.begin());
            to[most] -= 2;
            to[(most + 1) % to.size()] += 2;
            made.push_back({ r, from, to });
        }
        return made;
    }
    [[nodiscard]] Plan plan(bool byRegion, std::size_t routes) const
    {
        Plan made;
        made.person = "ada";
        made.reason = "bench";
        for (const auto& move : moves(byRegion)) {
            if (made.moves.size() == routes)
                break;
            made.moves.push_back({ .route = ground[byRegion]->rules().routes[move.route].name, .version = "7", .from = move.from, .steps = { move.to } });
        }
        return made;
    }
};

inline const World& world()
{
    static const World made;
    return made;
}

} // namespace penstock::bench
