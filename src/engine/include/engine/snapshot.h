// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/clusterrows.h"
#include "engine/tally.h"
#include "fleet/frame.h"
#include "fleet/scope.h"
#include "fleet/series.h"
#include "fleet/workload.h"

namespace penstock {

/// The shape of the fleets: who is in whom. Shared by all snapshots until an inventory changes it. Children of one
/// parent are contiguous; all indices are into the vectors below.
struct Structure
{
    struct Provider
    {
        std::string name;
        std::uint32_t firstRegion = 0, regions = 0;
    };
    struct Region
    {
        std::string name;
        std::uint32_t provider = 0, firstCluster = 0, clusters = 0;
    };
    /// Consecutive rows of one cluster that have one model.
    struct Stretch
    {
        std::uint32_t model = 0, firstRow = 0, rows = 0; ///< firstRow: counted in the cluster
    };
    struct Cluster
    {
        std::string name;
        std::uint32_t region = 0, source = 0, firstNode = 0, nodes = 0;
        std::uint32_t firstRow = 0, rows = 0; ///< GPUs are rows, numbered through all fleets
        std::uint32_t sourceRow = 0; ///< the first, among those of its source
        std::vector<Stretch> stretches;
    };
    struct Node
    {
        std::string name, instanceType;
        std::uint32_t cluster = 0, model = 0, firstRow = 0, gpus = 0, zone = 0;
        std::vector<std::uint16_t> numbers {}; ///< see Inventory::Node
        std::vector<GpuUuid> uuids {};
        std::optional<std::uint32_t> schedulable {};

        /// What the driver, and so people, call one of its GPUs: nvidia-smi -i.
        [[nodiscard]] std::uint32_t numberOf(std::uint32_t gpu) const { return gpu < numbers.size() ? numbers[gpu] : gpu; }
        [[nodiscard]] std::string uuidOf(std::uint32_t gpu) const { return gpu < uuids.size() ? text(uuids[gpu]) : std::string(); }
    };
    std::uint64_t version = 0; ///< changes whenever anything here does
    std::vector<Provider> providers;
    std::vector<Region> regions;
    std::vector<Cluster> clusters;
    std::vector<Node> nodes;
    std::vector<std::string> models;
    std::vector<std::uint32_t> modelMemory; ///< MiB; 0: unknown
    std::vector<std::string> zones { std::string() }; ///< see Inventory
    std::vector<std::string> sources; ///< endpoint names
    std::vector<bool> sourceSimulated;
    std::uint32_t rows = 0;

    [[nodiscard]] const Provider& providerOf(const Cluster& cluster) const
    {
        return providers[regions[cluster.region].provider];
    }
};

/// GPUs of one cluster that share model, workload and state.
struct Cell
{
    std::uint16_t model = 0;
    std::uint16_t workload = noWorkload; ///< index into Snapshot::workloads
    GpuState state = GpuState::Unknown;
    std::uint32_t gpus = 0;
    std::uint32_t modelMemory = 0; ///< MiB a GPU; 0: unknown
    std::uint32_t memoryOverTotal = 0; ///< GPUs that report more used memory than their model has
    std::uint32_t histogramAt = 0; ///< into ClusterPicture::histograms: GPUs by utilisation from its least to its greatest
    Measure utilisation, memory, power, temperature; ///< as in Tally; nothing is known of unknown GPUs
};

/// Allocated to a workload: busy, idle, and unknown ones that kept theirs.
[[nodiscard]] inline bool isLoad(const Cell& cell)
{
    return cell.state == GpuState::Busy || cell.state == GpuState::Idle
        || (cell.state == GpuState::Unknown && cell.workload != noWorkload);
}

/// One cluster at one time; unchanged ones are shared between snapshots.
struct ClusterPicture
{
    std::shared_ptr<const ClusterRows> rows; ///< shared by the snapshots between which they did not change
    std::vector<Cell> cells;
    std::vector<std::uint32_t> histograms; ///< of all cells, one after another
    struct Lost
    {
        std::uint32_t cell, since, gpus;
    };
    std::vector<Lost> lost; ///< when the unknown GPUs were lost, by cell and time; empty when stale
    bool stale = false; ///< its source was silent for too long: every GPU counts as unknown
    Tally tally;

    [[nodiscard]] const ClusterRows::Values& columns() const { return rows->columns; }
    /// Adds one of its cells.
    void addTo(Tally& sum, const Cell& cell) const;
};

enum class Dimension { Provider, Region, Cluster, Model, Workload, State };

/// Which GPUs count; empty parts do not restrict.
struct Filter
{
    Scope scope; ///< its node part is ignored
    std::string model; ///< as modelMatches
    std::string workload;
    std::optional<GpuState> state;
};

/// One line of a rollup: a key for each dimension asked for, in that order. The key of no workload is empty.
struct Group
{
    std::vector<std::string> keys;
    Tally tally;
    std::optional<Time> oldest; ///< observation time of the oldest source in it
    /// Observation times of the oldest and of the median sample: those of an unknown GPU are from before it was lost.
    std::optional<Time> oldestSample, medianSample;
};

/// All fleets at one time. Immutable: any number of threads may read it without a lock.
class Snapshot
{
public:
    [[nodiscard]] Time asOf() const { return m_asOf; }
    [[nodiscard]] const Structure& structure() const { return *m_structure; }
    /// True when any source replays or simulates.
    [[nodiscard]] bool simulated() const;
    [[nodiscard]] const std::vector<std::string>& workloads() const { return *m_workloads; }
    [[nodiscard]] const std::vector<WorkloadDemand>& demand() const { return m_demand; }
    /// What inference servers say, a row a workload and cluster.
    [[nodiscard]] const std::vector<ServiceLevel>& service() const { return m_service; }
    /// All of a workload's in a scope together; empty where nobody tells.
    [[nodiscard]] std::optional<ServiceLevel> service(const std::string& workload, const Scope& scope) const;

    [[nodiscard]] const Tally& total() const { return m_total; }
    [[nodiscard]] const Tally& providerTally(std::size_t provider) const { return m_providers[provider]; }
    [[nodiscard]] const Tally& regionTally(std::size_t region) const { return m_regions[region]; }
    [[nodiscard]] const Tally& clusterTally(std::size_t cluster) const { return m_clusters[cluster]->tally; }
    [[nodiscard]] Tally nodeTally(std::size_t node) const;
    [[nodiscard]] const Tally& modelTally(std::size_t model) const { return m_models[model]; }
    /// `workload`: index into workloads(); the place behind the last one holds the GPUs without a workload.
    [[nodiscard]] const Tally& workloadTally(std::size_t workload) const { return m_workloadTallies[workload]; }
    [[nodiscard]] const Tally& stateTally(GpuState state) const { return m_states[static_cast<std::size_t>(state)]; }
    /// The values of one GPU; state is Unknown where its source is stale, and the workload stays.
    [[nodiscard]] GpuSample gpu(const Structure::Node& node, std::uint32_t gpu) const;
    [[nodiscard]] const ClusterPicture& picture(std::size_t cluster) const { return *m_clusters[cluster]; }

    /// When the data of a cluster were observed; empty when its source has sent none yet.
    [[nodiscard]] std::optional<Time> observed(std::size_t cluster) const;
    /// When a GPU was last heard of, as far as its source tells late ones apart; `row`: counted in the cluster.
    [[nodiscard]] std::optional<Time> heard(std::size_t cluster, std::uint32_t row) const;
    [[nodiscard]] bool isStale(std::size_t cluster) const { return m_clusters[cluster]->stale; }
    [[nodiscard]] std::chrono::seconds staleAfter() const { return m_staleAfter; } ///< a source that is silent for longer is stale
    /// True when what is shown of this cluster comes from the cache and its source has not answered yet.
    [[nodiscard]] bool fromCache(std::size_t cluster) const;

    /// Groups in the order of the first dimension, then of the next: providers, regions, clusters and states in the order
    /// of the structure, models and workloads by name, no workload last.
    [[nodiscard]] std::vector<Group> rollup(std::span<const Dimension> by, const Filter& filter = {}) const;
    [[nodiscard]] Tally tally(const Filter& filter) const;

    /// True of one that was made of the history: it has no nodes and GPUs, and of models and workloads knows what all of them add up to.
    [[nodiscard]] bool isKnown() const { return !m_structure->clusters.empty(); } ///< otherwise nothing was ever heard, and 0 GPUs say nothing
    [[nodiscard]] bool isPast() const { return m_isPast; }

private:
    friend class Engine;
    friend class PastMaker;
    bool m_isPast = false;
    /// Makes the tallies of all dimensions from the clusters' cells.
    void addUp();
    Time m_asOf {};
    std::shared_ptr<const Structure> m_structure;
    std::shared_ptr<const std::vector<std::string>> m_workloads;
    std::vector<std::shared_ptr<const ClusterPicture>> m_clusters;
    std::vector<std::optional<Time>> m_observed; ///< a source
    std::vector<std::shared_ptr<const std::vector<LateRows>>> m_late; ///< a source; null: none
    std::vector<bool> m_fromCache; ///< a source
    std::chrono::seconds m_staleAfter { 30 };
    std::vector<WorkloadDemand> m_demand;
    std::vector<ServiceLevel> m_service;
    std::vector<Tally> m_providers;
    std::vector<Tally> m_regions;
    std::vector<Tally> m_models, m_workloadTallies; ///< nodes: not counted
    std::array<Tally, gpuStateCount> m_states; ///< nodes: not counted
    Tally m_total;
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

/// The point that the history keeps of a snapshot: all dimensions, providers, workloads and models first.
[[nodiscard]] RollupPoint rollupPoint(const Snapshot& snapshot);

} // namespace penstock
