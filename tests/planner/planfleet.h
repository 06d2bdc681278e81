// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "planner/interlocks.h"

namespace penstock::plantest {

inline constexpr Time now { std::chrono::hours(497'000) };

/// Fleets that a test writes down or draws: nodes with what each GPU does, a source a provider.
struct PlanFleet
{
    struct Node
    {
        std::string provider, region, cluster, model;
        std::vector<GpuSample> gpus; ///< workload: index into PlanRules::workloads
    };
    std::vector<Node> nodes;
    PlanRules rules;
    std::vector<std::string> stale, cached; ///< providers
    std::vector<std::pair<std::string, std::uint32_t>> unmet; ///< workload and GPUs
    std::vector<ServiceLevel> service; ///< with their providers

    [[nodiscard]] bool isFresh(const std::string& provider) const
    {
        return std::ranges::find(stale, provider) == stale.end() && std::ranges::find(cached, provider) == cached.end();
    }

    /// Nodes of one kind: the first `busy` GPUs run the workload, the rest is free.
    void add(const std::string& provider, const std::string& region, std::uint32_t count, std::uint32_t size, std::uint32_t busy, std::uint16_t workload, const std::string& model = "H100 80GB SXM")
    {
        for (std::uint32_t n = 0; n < count; ++n) {
            Node node { provider, region, provider + "-" + region, model, {} };
            for (std::uint32_t g = 0; g < size; ++g) {
                GpuSample sample;
                sample.state = g < busy ? GpuState::Busy : GpuState::Free;
                sample.workload = g < busy ? workload : noWorkload;
                node.gpus.push_back(sample);
            }
            nodes.push_back(std::move(node));
        }
    }

    [[nodiscard]] SnapshotPtr snapshot() const
    {
        Engine engine;
        std::vector<std::string> providers;
        for (const auto& node : nodes)
            if (std::ranges::find(providers, node.provider) == providers.end())
                providers.push_back(node.provider);
        for (const auto& provider : providers) {
            auto inventory = std::make_shared<Inventory>();
            inventory->epoch = 1;
            for (const auto& workload : rules.workloads)
                inventory->workloads.push_back(workload.name);
            Columns values;
            std::vector<std::string> done;
            for (const auto& opener : nodes) {
                if (opener.provider != provider || std::ranges::find(done, opener.region + "/" + opener.cluster) != done.end())
                    continue;
                done.push_back(opener.region + "/" + opener.cluster);
                for (const auto& node : nodes) {
                    if (node.provider != provider || node.region != opener.region || node.cluster != opener.cluster)
                        continue;
                    auto model = std::ranges::find(inventory->models, node.model, &Inventory::Model::name);
                    if (model == inventory->models.end())
                        model = inventory->models.insert(model, { node.model, 0 });
                    inventory->nodes.push_back({ "node-" + std::to_string(inventory->nodes.size()), static_cast<std::uint32_t>(done.size() - 1),
                        static_cast<std::uint32_t>(model - inventory->models.begin()), static_cast<std::uint32_t>(node.gpus.size()), {} });
                    for (const auto& gpu : node.gpus)
                        values.append(gpu);
                }
                inventory->clusters.push_back({ provider, opener.region, opener.cluster });
            }
            const bool old = std::ranges::find(stale, provider) != stale.end();
            const auto observed = old ? now - std::chrono::minutes(5) : now;
            const auto source = engine.addSource(provider + "-agent");
            if (std::ranges::find(cached, provider) != cached.end()) {
                must(engine.restore(source, { provider, inventory, std::make_shared<const Columns>(values), observed }));
                continue;
            }
            must(engine.apply(source, InventoryFrame { inventory, observed }));
            SamplesFrame frame;
            frame.epoch = frame.sequence = 1;
            frame.observed = observed;
            frame.values = std::move(values);
            must(engine.apply(source, Frame { std::move(frame) }));
            DemandFrame demand { observed, {} };
            if (provider == providers.front())
                for (const auto& [workload, gpus] : unmet)
                    demand.demand.push_back({ .workload = workload, .requestsPerSecond = {}, .gpusNeeded = gpus, .gpusUnmet = gpus });
            for (const auto& it : service)
                if (it.provider == provider)
                    demand.service.push_back(it);
            must(engine.apply(source, Frame { std::move(demand) }));
        }
        return engine.publish(now);
    }
    [[nodiscard]] std::unique_ptr<Ground> ground(CapacityDetail detail = CapacityDetail::Free, Claims claims = {}) const
    {
        const auto made = snapshot();
        CapacityReader reader;
        auto capacity = reader.read(made, detail);
        auto map = RuleMap::make(rules, capacity->places, std::chrono::floor<std::chrono::days>(now));
        return std::make_unique<Ground>(std::move(capacity), std::move(map), std::move(claims));
    }
    /// Readings in which every router has accepted what the load stands on.
    [[nodiscard]] std::vector<RouteReading> readings(const Ground& ground) const
    {
        std::vector<RouteReading> made;
        for (std::uint32_t r = 0; r < rules.routes.size(); ++r) {
            RouteReading reading;
            reading.version = "7";
            std::vector<double> held;
            double total = 0;
            for (const auto& backend : ground.map().routes[r].backends) {
                double load = 0;
                for (const auto pool : backend.pools)
                    load += ground.map().routes[r].workload ? ground.heldLoad(*ground.map().routes[r].workload, pool) : 0;
                held.push_back(load);
                total += load;
            }
            double sum = 0;
            for (std::size_t b = 0; b < held.size(); ++b) {
                const double share = total > 0 ? std::floor(100 * held[b] / total) : b == 0 ? 100 : 0;
                reading.backends.push_back({ .name = rules.routes[r].backends[b].name, .accepted = share, .observed = {}, .requests = 0, .condition = {}, .note = {} });
                sum += share;
            }
            const auto most = static_cast<std::size_t>(std::ranges::max_element(held) - held.begin());
            reading.backends[most].accepted += 100 - sum;
            made.push_back(std::move(reading));
        }
        return made;
    }

private:
    static void must(const Result<>& done)
    {
        if (done)
            return;
        std::fprintf(stderr, "%s\n", done.error().text().c_str());
        std::abort();
    }
};

inline std::vector<const RouteReading*> pointers(const std::vector<RouteReading>& readings)
{
    std::vector<const RouteReading*> made;
    for (const auto& reading : readings)
        made.push_back(&reading);
    return made;
}

/// Small fleets drawn at random: sizes, models, holders, states, limits, approvals, residency, freshness.
inline PlanFleet randomFleet(std::uint32_t seed)
{
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t end) { return static_cast<std::uint32_t>(random() % end); };
    PlanFleet fleet;
    auto& rules = fleet.rules;
    const std::vector<std::string> names { "azure", "gcp", "aws", "coreweave" };
    const std::vector<std::string> models { "H100 80GB SXM", "H200 141GB SXM", "A100 80GB SXM" };
    const std::uint32_t sizes[] { 1, 2, 4, 8, 8, 8 }, replicas[] { 1, 2, 3, 4, 8, 8, 16 };
    rules.regionGroups = { { "us", { "us-" } }, { "eu", { "eu-" } } };
    const auto providers = 2 + below(3);
    const auto workloads = 2 + below(4);
    for (std::uint32_t w = 0; w < workloads; ++w) {
        Workload made;
        made.name = "w" + std::to_string(w);
        made.priority = static_cast<Priority>(below(3));
        if (w == 0)
            made.priority = Priority::Interactive;
        if (below(2))
            made.data = { below(2) ? "account" : "content" };
        if (below(3) == 0)
            made.residency = { below(2) ? "us" : "eu" };
        made.replicaGpus = replicas[below(7)];
        if (below(2))
            made.replicaModels = below(2) ? std::vector<std::string> { "H100", "H200" } : std::vector<std::string> { "H100" };
        rules.workloads.push_back(std::move(made));
    }
    for (std::uint32_t p = 0; p < providers; ++p) {
        Provider provider { .id = names[p], .name = names[p], .subprocessor = below(6) != 0, .approvedData = {}, .utilisationCap = below(2) ? 1.0 : 0.5 + 0.1 * below(5), .quotas = {}, .reservations = {} };
        for (const char* data : { "account", "content" })
            if (below(4))
                provider.approvedData.emplace_back(data);
        if (below(4) == 0)
            provider.quotas.push_back({ .model = below(2) ? "H100" : "", .region = {}, .gpus = 20 + below(60) });
        if (below(5) == 0)
            provider.reservations.push_back({ .model = {}, .region = {}, .gpus = 8 + below(30), .workload = "w" + std::to_string(below(workloads)), .from = {}, .until = {} });
        if (below(8))
            rules.providers.push_back(std::move(provider));
        const auto regions = 1 + below(2);
        for (std::uint32_t r = 0; r < regions; ++r) {
            const auto region = (below(3) ? std::string("us-") : std::string("eu-")) + std::to_string(r);
            const auto clusters = 1 + below(2);
            for (std::uint32_t c = 0; c < clusters; ++c) {
                const auto cluster = names[p] + "-" + std::to_string(r) + std::to_string(c);
                const auto nodes = 1 + below(10);
                for (std::uint32_t n = 0; n < nodes; ++n) {
                    PlanFleet::Node node { names[p], region, cluster, models[n * 2 < nodes ? 0 : below(3)], {} };
                    const auto size = sizes[below(6)];
                    const auto holder = static_cast<std::uint16_t>(below(workloads));
                    const auto kind = below(6);
                    for (std::uint32_t g = 0; g < size; ++g) {
                        GpuSample sample;
                        if (kind == 0)
                            sample.state = static_cast<GpuState>(below(gpuStateCount));
                        else
                            sample.state = kind < 3 || (kind == 3 && g >= size / 2) ? GpuState::Free : GpuState::Busy;
                        if (sample.state == GpuState::Busy || sample.state == GpuState::Idle || (sample.state == GpuState::Unknown && below(2)))
                            sample.workload = kind == 0 ? static_cast<std::uint16_t>(below(workloads)) : holder;
                        node.gpus.push_back(sample);
                    }
                    fleet.nodes.push_back(std::move(node));
                }
            }
        }
        const auto fate = below(10);
        if (fate == 0)
            fleet.stale.push_back(names[p]);
        else if (fate == 1)
            fleet.cached.push_back(names[p]);
        for (const auto& model : models)
            if (below(5))
                rules.prices.push_back({ .provider = names[p], .region = {}, .model = model, .perGpuHour = 1.0 + below(9), .asOf = {}, .source = {} });
    }
    for (std::uint32_t w = 0; w < workloads; ++w) {
        if (below(6) == 0 && w > 0)
            continue;
        Route route { .name = "r" + std::to_string(w), .workload = "w" + std::to_string(w), .router = {}, .backends = {} };
        for (std::uint32_t p = 0; p < providers; ++p) {
            const auto fine = below(4);
            if (fine == 0) {
                // By region: one backend each.
                std::vector<std::string> seen;
                for (const auto& node : fleet.nodes)
                    if (node.provider == names[p] && std::ranges::find(seen, node.region) == seen.end()) {
                        seen.push_back(node.region);
                        route.backends.push_back({ names[p] + node.region, { .provider = names[p], .region = node.region, .cluster = {}, .node = {} } });
                    }
            } else
                route.backends.push_back({ names[p], { .provider = names[p], .region = {}, .cluster = {}, .node = {} } });
        }
        rules.routes.push_back(std::move(route));
    }
    rules.policy.minProviders = static_cast<int>(below(3));
    rules.policy.maxStep = 0.1 * (1 + below(10));
    rules.policy.secondPersonAbove = below(2) ? 1.0 : 0.3;
    if (below(3) == 0)
        rules.policy.protectedRoutes = { "r0" };
    if (below(4) == 0)
        rules.policy.freezes.push_back({ .name = "freeze", .routes = {}, .from = now - std::chrono::hours(1), .until = now + std::chrono::hours(1), .days = {} });
    if (below(3) == 0)
        rules.policy.maxRate = RateLimit { 0.4, std::chrono::seconds(600) };
    rules.policy.overridable = { "capacity", "min_providers", "max_step", "freeze", "second_person", "rate", "protected", "way_back", "freshness", "completeness" };
    return fleet;
}

/// One route, "chat", over three clouds, in replicas of 8 GPUs; no nodes yet.
inline PlanFleet chatFleet()
{
    PlanFleet fleet;
    fleet.rules.workloads.resize(1);
    fleet.rules.workloads[0].name = "chat";
    fleet.rules.workloads[0].replicaGpus = 8;
    fleet.rules.routes = { { .name = "chat", .workload = "chat", .router = {}, .backends = {} } };
    for (const char* id : { "azure", "gcp", "aws" })
        fleet.rules.routes[0].backends.push_back({ id, { .provider = id, .region = {}, .cluster = {}, .node = {} } });
    return fleet;
}

/// And training, workload 1, which no route leads to.
inline PlanFleet chatAndTraining()
{
    auto fleet = chatFleet();
    fleet.rules.workloads.emplace_back();
    fleet.rules.workloads.back().name = "train";
    fleet.rules.workloads.back().priority = Priority::Training;
    fleet.rules.workloads.back().replicaGpus = 8;
    return fleet;
}

/// Three clouds of 100 nodes with 8 GPUs each, of which chat holds 50, 30 and 20.
inline PlanFleet threeClouds()
{
    auto fleet = chatFleet();
    for (const auto& [id, nodes] : { std::pair { "azure", 50U }, std::pair { "gcp", 30U }, std::pair { "aws", 20U } }) {
        fleet.add(id, "us-1", nodes, 8, 8, 0);
        fleet.add(id, "us-1", 40, 8, 0, 0);
    }
    return fleet;
}

inline Scope of(const char* provider) { return { .provider = provider, .region = {}, .cluster = {}, .node = {} }; }

} // namespace penstock::plantest
