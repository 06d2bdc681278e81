// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/snapshot.h"
#include "fleet/gpu.h"

namespace penstock::bench {

/// One group of the work that all do: TICK, by one of six dimensions.
struct Line
{
    std::int64_t dimension = 0; ///< 0 provider, 1 region, 2 cluster, 3 model, 4 workload, 5 state
    std::int64_t key = 0; ///< index in the structure; of no workload, noWorkload
    std::int64_t gpus = 0;
    std::array<std::int64_t, 6> byState {};
    /// Sum, least and greatest of utilisation, memory, power and temperature; 0 where none is known.
    std::array<std::int64_t, 12> values {};
    std::array<std::int64_t, 3> quantiles {}; ///< p50, p95, p99 of utilisation
    auto operator<=>(const Line&) const = default;
};
inline constexpr std::size_t lineWidth = 2 + 1 + 6 + 12 + 3;

/// Count, and sum and greatest of utilisation, of one cluster; 0 where none is known.
struct ClusterLine
{
    std::int64_t cluster = 0, gpus = 0, sum = 0, greatest = 0;
    auto operator<=>(const ClusterLine&) const = default;
};

/// A program that does the same work.
class Rival
{
public:
    virtual ~Rival() = default;
    [[nodiscard]] virtual std::string name() const = 0;
    /// All lines, in any order.
    [[nodiscard]] virtual std::vector<Line> tick() = 0;
    /// Count, sum, average and greatest utilisation by cluster, in any order.
    [[nodiscard]] virtual std::vector<ClusterLine> byCluster() = 0;
};

enum class Threads { One, Default };
/// Null where the library is not there. `path`: libduckdb.so.
[[nodiscard]] std::unique_ptr<Rival> openDuckDb(const std::string& path, const Snapshot& snapshot, Threads threads);
[[nodiscard]] std::unique_ptr<Rival> openSqlite(const Snapshot& snapshot);

/// What `sum`, `count`, `avg` and `max by (provider)` of utilisation take together in a server that speaks PromQL, over as
/// many series as the snapshot has GPUs.
struct PromqlTime
{
    std::string server;
    std::vector<double> milliseconds; ///< by round
};
/// Starts nginx with the metrics and the server, on loopback at free ports, and stops both. Empty where one is missing;
/// ends the program when the answer is another one.
[[nodiscard]] std::optional<PromqlTime> timePromql(const std::string& server, const Snapshot& snapshot, int rounds);

/// Calls `visit(provider, region, cluster, model, sample)` for each GPU, in the order of the structure; the values of an
/// unknown GPU are unknown.
template<class Visit>
void eachGpu(const Snapshot& snapshot, Visit visit)
{
    const auto& shape = snapshot.structure();
    for (const auto& node : shape.nodes) {
        const auto region = shape.clusters[node.cluster].region;
        for (std::uint32_t gpu = 0; gpu < node.gpus; ++gpu) {
            auto sample = snapshot.gpu(node, gpu);
            if (sample.state == GpuState::Unknown)
                sample = { .state = sample.state, .health = sample.health, .workload = sample.workload };
            visit(shape.regions[region].provider, region, node.cluster, node.model, sample);
        }
    }
}

} // namespace penstock::bench
