// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "fleet/frame.h"

namespace penstock::bench {

/// Five clouds, one inventory each, with 40 regions, 400 clusters and nodes of eight GPUs in all: three models, six
/// workloads that hold runs of nodes, states and values as a busy fleet has them. From a seed, so that every program
/// measures the same fleet.
struct Fleets
{
    std::vector<std::shared_ptr<Inventory>> inventories;
    std::vector<Columns> columns; ///< by inventory; workloads are indices into its own list, which all share

    [[nodiscard]] std::size_t rows() const
    {
        std::size_t sum = 0;
        for (const auto& it : columns)
            sum += it.size();
        return sum;
    }
};

inline GpuSample sampleOf(GpuState state, std::uint16_t workload, std::uint32_t memoryTotal, std::mt19937& random)
{
    GpuSample sample { .state = state, .health = state == GpuState::Unhealthy ? Health::Xid : Health::Good, .workload = workload };
    if (state == GpuState::Unknown)
        return sample;
    std::normal_distribution<double> spread(0, 1);
    const bool busy = state == GpuState::Busy;
    const double load = busy ? std::clamp(88 + 11 * spread(random), 5.0, 100.0) : state == GpuState::Idle ? static_cast<double>(random() % 5) : 0.0;
    if (random() % 100 != 0)
        sample.utilisation = static_cast<std::uint8_t>(load);
    sample.temperature = static_cast<std::uint8_t>(std::clamp(34 + load * 0.33 + 3 * spread(random), 20.0, 95.0));
    sample.power = static_cast<std::uint16_t>(std::clamp(700 + load * 58 + 120 * spread(random), 500.0, 7200.0));
    sample.memoryUsed = busy || state == GpuState::Idle ? static_cast<std::uint32_t>(memoryTotal * (0.86 + 0.06 * static_cast<double>(random() % 100) / 100.0)) : 0U;
    return sample;
}

inline Fleets fleetsOf(std::uint64_t gpus)
{
    constexpr std::uint32_t clouds = 5, regionsACloud = 8, clustersARegion = 10;
    const char* providers[clouds] { "azure", "gcp", "aws", "coreweave", "oci" };
    const std::vector<Inventory::Model> models { { "H100 80GB SXM", 81559 }, { "H200 141GB SXM", 143771 }, { "A100 80GB SXM", 81920 } };
    const std::vector<std::string> workloads { "chat", "images", "search", "batch-eval", "training-a", "training-b" };
    std::mt19937 random(7);
    Fleets made;
    constexpr std::uint64_t clusters = regionsACloud * clustersARegion;
    const std::uint64_t nodes = gpus / 8 / clouds;
    for (std::uint32_t cloud = 0; cloud < clouds; ++cloud) {
        auto inventory = std::make_shared<Inventory>();
        inventory->epoch = 1;
        inventory->models = models;
        inventory->workloads = workloads;
        Columns columns;
        columns.reserve(gpus / clouds);
        for (std::uint32_t c = 0; c < clusters; ++c) {
            inventory->clusters.push_back({ providers[cloud], "region-" + std::to_string(cloud * regionsACloud + c / clustersARegion), "cluster-" + std::to_string(c) });
            const auto model = (cloud + c) % 3;
            std::uint16_t workload = noWorkload;
            std::uint32_t runLeft = 0;
            for (std::uint64_t n = c * nodes / clusters; n < (c + 1) * nodes / clusters; ++n) {
                inventory->nodes.push_back({ "node-" + std::to_string(c) + "-" + std::to_string(n), c, model, 8, {} });
                if (runLeft-- == 0) {
                    runLeft = static_cast<std::uint32_t>(10 + random() % 60);
                    workload = random() % 14 == 0 ? noWorkload : static_cast<std::uint16_t>(random() % workloads.size());
                }
                const bool draining = random() % 250 == 0;
                for (int gpu = 0; gpu < 8; ++gpu) {
                    const auto dice = random() % 1000;
                    const auto state = draining ? GpuState::Draining
                        : dice < 6              ? GpuState::Unhealthy
                        : dice < 9              ? GpuState::Unknown
                        : workload == noWorkload ? GpuState::Free
                        : dice < 50             ? GpuState::Idle
                                                : GpuState::Busy;
                    columns.append(sampleOf(state, workload, models[model].memoryTotal, random));
                }
            }
        }
        made.inventories.push_back(std::move(inventory));
        made.columns.push_back(std::move(columns));
    }
    return made;
}

} // namespace penstock::bench
