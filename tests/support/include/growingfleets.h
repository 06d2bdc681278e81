// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <numbers>
#include <string>

#include "storage/historyfile.h"

namespace penstock {

struct GrowingPart
{
    std::string provider, region, model;
    double gpus; ///< at the end
};
inline const std::vector<GrowingPart> growingParts { { "azure", "eastus", "H100 80GB SXM", 131072 },
    { "azure", "swedencentral", "H200 141GB SXM", 51200 }, { "gcp", "us-central1", "H100 80GB SXM", 61440 },
    { "gcp", "us-east5", "H200 141GB SXM", 43008 }, { "aws", "us-east-1", "H100 80GB SXM", 49152 },
    { "coreweave", "us-east-04", "H200 141GB SXM", 37312 } };

/// Writes the history of fleets that grow: demand with a day, a week, a trend and some noise, supply in steps, and a
/// gap of three days a third of the way. A quarter of each hour was seen.
inline Result<> writeGrowingFleets(const std::string& path, Time from, Time to, bool simulated = false,
    const std::vector<GrowingPart>& parts = growingParts)
{
    using By = GroupPoint::Dimension;
    using namespace std::chrono_literals;
    constexpr std::pair<const char*, double> workloads[] { { "chatgpt", 0.4 }, { "training", 0.35 },
        { "batch-eval", 0.15 }, { "image-gen", 0.1 } };
    std::string notice;
    auto file = HistoryFile::open(path, {}, notice);
    if (!file)
        return std::unexpected(file.error());
    const auto length = std::chrono::duration<double>(to - from).count();
    double noise = 0;
    std::uint32_t random = 1;
    for (auto hour = std::chrono::floor<std::chrono::hours>(from); hour < to; hour += 1h) {
        const double share = std::chrono::duration<double>(hour - from).count() / length;
        if (share > 0.33
            && hour < from + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(0.33 * length)) + 72h)
            continue;
        random = random * 1664525 + 1013904223;
        noise = 0.9 * noise + 0.008 * (static_cast<double>(random) / 4294967296.0 - 0.5);
        const auto hours = static_cast<double>(hour.time_since_epoch() / 1h);
        const double shape = 1 + 0.06 * std::sin(2 * std::numbers::pi * hours / 24)
            + 0.03 * std::sin(2 * std::numbers::pi * hours / 168) + noise;
        std::vector<GroupPoint> groups;
        const auto group = [&](By dimension, const std::string& key) -> GroupPoint& {
            for (auto& it : groups)
                if (it.dimension == dimension && it.key == key)
                    return it;
            groups.push_back({ .dimension = dimension, .key = key });
            return groups.back();
        };
        double demand = 0, met = 0;
        int number = 0;
        for (const auto& part : parts) {
            // Blocks arrive six times in the history, each provider at its own time.
            const double steps = std::floor(6 * share + 0.13 * number++) / 6;
            const double there = std::round(part.gpus * std::min(1.0, 0.45 + 0.6 * steps));
            const double wanted = part.gpus * (0.4 + 0.48 * share) * shape;
            const double healthy = std::round(there * 0.985), load = std::min(wanted, healthy);
            demand += wanted;
            met += load;
            const auto busy = static_cast<std::uint32_t>(load * 0.97), idle = static_cast<std::uint32_t>(load * 0.03);
            const auto free = static_cast<std::uint32_t>(healthy) - busy - idle;
            const auto out = static_cast<std::uint32_t>(there - healthy);
            const auto &provider = part.provider, &model = part.model;
            for (const auto& [dimension, key] :
                { std::pair { By::Total, std::string() }, { By::Provider, provider },
                    { By::Model, model }, { By::Region, provider + '/' + part.region },
                    { By::ProviderModel, provider + '/' + model } }) {
                auto& it = group(dimension, key);
                const std::array<std::uint32_t, gpuStateCount> added { 0, busy, idle, free, 0, out };
                for (std::size_t s = 0; s < gpuStateCount; ++s)
                    it.byState.at(s) += added.at(s);
            }
        }
        for (const auto& [name, part] : workloads) {
            auto& it = group(By::Workload, name);
            it.byState[1] = static_cast<std::uint32_t>(met * part * 0.97);
            it.byState[2] = static_cast<std::uint32_t>(met * part * 0.03);
            it.needed = std::round(demand * part);
            it.unmet = std::round((demand - met) * part);
        }
        auto& total = group(By::Total, {});
        total.needed = std::round(demand);
        total.unmet = std::round(demand - met);
        std::vector<std::shared_ptr<const RollupPoint>> points;
        for (auto second = 0s; second < 15min; second += 1s)
            if (hour + second < to)
                points.push_back(std::make_shared<RollupPoint>(RollupPoint { hour + second, groups, simulated }));
        if (auto done = file->write(points); !done)
            return done;
    }
    return {};
}

} // namespace penstock
