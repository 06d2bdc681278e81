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

namespace penstock {

/// A fleet of one source whose clusters and nodes a test may add, take away and rename between two snapshots.
class ChangingFleet
{
public:
    struct Node
    {
        std::string name;
        std::uint32_t model, gpus;
        std::vector<GpuSample> samples;
        std::uint32_t zone = 0;
        std::optional<std::uint32_t> schedulable {};
    };
    struct Cluster
    {
        Inventory::Cluster place;
        std::vector<Node> nodes;
    };
    std::vector<Cluster> clusters;
    std::vector<std::string> zones { std::string() }; ///< see Inventory

    explicit ChangingFleet(std::uint32_t seed) : m_random(seed), m_source(m_engine.addSource("test")) {}

    [[nodiscard]] std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(m_random() % end); }
    [[nodiscard]] GpuSample sample()
    {
        GpuSample made;
        made.state = static_cast<GpuState>(below(gpuStateCount));
        if (below(4))
            made.utilisation = static_cast<std::uint8_t>(below(101));
        return made;
    }
    [[nodiscard]] Node node(std::string name, std::uint32_t gpus)
    {
        Node made { std::move(name), below(2), gpus, {} };
        for (std::uint32_t i = 0; i < gpus; ++i)
            made.samples.push_back(sample());
        return made;
    }
    /// What the engine makes of the present state, a second after the last; a changed structure is a new epoch.
    [[nodiscard]] SnapshotPtr snapshot()
    {
        auto inventory = std::make_shared<Inventory>();
        inventory->models = { { "H100 80GB SXM", 81920 }, { "T4", 16384 } };
        inventory->zones = zones;
        Columns values;
        for (const auto& cluster : clusters) {
            for (const auto& it : cluster.nodes) {
                inventory->nodes.push_back({ it.name, static_cast<std::uint32_t>(inventory->clusters.size()), it.model, it.gpus, {}, it.zone, {}, {}, it.schedulable });
                for (const auto& gpu : it.samples)
                    values.append(gpu);
            }
            inventory->clusters.push_back(cluster.place);
        }
        m_now += std::chrono::seconds(1);
        if (!m_inventory || m_inventory->clusters != inventory->clusters || m_inventory->nodes != inventory->nodes) {
            inventory->epoch = ++m_epoch;
            m_inventory = inventory;
            m_sequence = 0;
            apply(InventoryFrame { inventory, m_now });
        }
        if (values.size() > 0)
            apply(SamplesFrame { .epoch = m_epoch, .sequence = ++m_sequence, .observed = m_now, .firstRow = 0, .rows = {}, .values = std::move(values), .addedWorkloads = {}, .completesPicture = true });
        return m_engine.publish(m_now);
    }

private:
    void apply(const Frame& frame)
    {
        if (const auto done = m_engine.apply(m_source, frame); !done) {
            std::fprintf(stderr, "%s\n", done.error().text().c_str());
            std::abort();
        }
    }
    std::mt19937 m_random;
    Engine m_engine;
    SourceId m_source;
    std::shared_ptr<const Inventory> m_inventory;
    std::uint64_t m_epoch = 0, m_sequence = 0;
    Time m_now { std::chrono::seconds(1'790'000'000) };
};

} // namespace penstock
