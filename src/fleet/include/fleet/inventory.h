// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "fleet/gpuid.h"

namespace penstock {

/// Who is who at one source, sent once an epoch. GPUs are rows, numbered from 0 node by node in the order of `nodes`;
/// the nodes of a cluster are contiguous, so the rows of a cluster are too.
struct Inventory
{
    struct Cluster
    {
        std::string provider; ///< lower-case id: "azure"
        std::string region;
        std::string name; ///< unique within provider and region
        friend bool operator==(const Cluster&, const Cluster&) = default;
    };
    struct Model
    {
        std::string name; ///< canonical: "H100 80GB SXM"
        std::uint32_t memoryTotal = 0; ///< MiB a GPU; 0: unknown
        friend bool operator==(const Model&, const Model&) = default;
    };
    struct Node
    {
        std::string name;
        std::uint32_t cluster = 0; ///< index into clusters
        std::uint32_t model = 0; ///< index into models
        std::uint32_t gpus = 0;
        std::string instanceType; ///< may be empty
        std::uint32_t zone = 0; ///< index into zones
        std::vector<std::uint16_t> numbers {}; ///< of its GPUs, as the driver counts them; empty: 0, 1, 2 and so on
        std::vector<GpuUuid> uuids {}; ///< of its GPUs; empty: not told
        /// What an orchestrator offers of it to pods: GPUs, shares of them and MIG instances, so that it may be many times `gpus`; empty: not told.
        std::optional<std::uint32_t> schedulable {};
        friend bool operator==(const Node&, const Node&) = default;
    };

    std::uint64_t epoch = 0; ///< changes whenever anything below does, and when the source restarts
    bool simulated = false; ///< true for replay and simulate: shown as SIMULATED everywhere
    std::string sourceVersion; ///< "penstock-agent 0.1.0, replay"
    std::vector<std::string> missing {}; ///< what the source lacks and what is unknown for it: "DCGM_FI_DEV_XID_ERRORS (GPU errors)"
    std::vector<Cluster> clusters;
    std::vector<Model> models;
    std::vector<std::string> zones { std::string() }; ///< the first, without a name: not told
    std::vector<Node> nodes;
    std::vector<std::string> workloads;

    /// Number of rows.
    [[nodiscard]] std::uint64_t gpus() const;
    [[nodiscard]] std::optional<std::uint64_t> schedulable() const; ///< of the nodes of which it is told; empty: of none
    /// Refuses indices out of range, numbers or UUIDs of some GPUs of a node alone, non-contiguous clusters, empty or repeated names, more rows than `maximumGpus`.
    [[nodiscard]] Result<> check() const;
    friend bool operator==(const Inventory&, const Inventory&) = default;
};

/// What one source may hold: guards against absurd input, with a margin over the 1,000,000 that are promised.
inline constexpr std::uint64_t maximumGpus = 4'000'000;

} // namespace penstock
