// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/snapshot.h"

namespace penstock {

/// Whether what is known of a cluster may be planned on. All but Fresh count as zero capacity.
enum class Freshness : std::uint8_t {
    Fresh,
    Stale, ///< its source is silent for longer than stale_after_s
    Cached, ///< it comes from the disk and its source has not answered yet
};

/// The shape of the fleets as planning needs it; shared between capacity pictures until an inventory changes it.
struct Places
{
    struct Region
    {
        std::string name;
        std::uint32_t provider = 0;
    };
    struct Cluster
    {
        std::string name;
        std::uint32_t region = 0;
        std::uint32_t source = 0; ///< index into sources
    };
    /// The GPUs of one model in one cluster.
    struct Pool
    {
        std::uint32_t cluster = 0, region = 0, provider = 0, model = 0;
        std::uint32_t type = 0; ///< of all its nodes, index into instanceTypes
        friend bool operator==(const Pool&, const Pool&) = default;
    };
    std::uint64_t version = 0; ///< of Structure; what-ifs (blocks.h) have versions of their own
    std::vector<std::string> providers, models, sources;
    std::vector<std::string> instanceTypes { {} }; ///< the first, without a name: not told, or several
    std::vector<Region> regions;
    std::vector<Cluster> clusters;
    std::vector<Pool> pools; ///< in the order of their clusters

    [[nodiscard]] const std::string& providerName(const Pool& pool) const { return providers[pool.provider]; }
    [[nodiscard]] const std::string& regionName(const Pool& pool) const { return regions[pool.region].name; }
    [[nodiscard]] const std::string& clusterName(const Pool& pool) const { return clusters[pool.cluster].name; }
    [[nodiscard]] const std::string& modelName(const Pool& pool) const { return models[pool.model]; }
};

/// Nodes of one pool that look alike to a planner.
struct NodeGroup
{
    std::uint32_t size = 0; ///< GPUs a node
    std::uint32_t free = 0; ///< GPUs a node that are healthy and unallocated
    std::uint32_t nodes = 0;
    std::uint32_t holders = 0; ///< index into Capacity::holders; 0: nobody, or not read
    friend bool operator==(const NodeGroup&, const NodeGroup&) = default;
};

/// Healthy GPUs that a workload holds.
struct Holding
{
    std::uint32_t workload = 0; ///< index into Capacity::workloads
    std::uint32_t gpus = 0;
    friend bool operator==(const Holding&, const Holding&) = default;
};

/// The GPUs of one pool at one time. All zero where the cluster is not fresh, except `gpus`, `allocated` and `load`.
struct PoolCapacity
{
    std::int64_t gpus = 0;
    std::int64_t healthy = 0; ///< busy, idle or free
    std::int64_t free = 0;
    std::int64_t allocated = 0; ///< busy, idle, and unknown ones that kept their workload
    std::vector<Holding> load; ///< by workload: of the allocated ones, those with a known workload
    std::vector<NodeGroup> groups; ///< all its nodes, ascending by size, free and holders; empty where it is not fresh
};

/// What the fleets can take at one time: a plain value that does not refer to its snapshot. Any thread.
struct Capacity
{
    Time asOf {};
    std::shared_ptr<const Places> places;
    std::vector<Freshness> freshness; ///< by cluster
    std::vector<std::optional<Time>> observed; ///< by cluster
    std::vector<std::string> workloads; ///< as the snapshot numbers them
    std::vector<std::int64_t> unmet; ///< by workload: GPUs that its replicas ask for and did not find
    std::vector<PoolCapacity> pools; ///< by pool of `places`
    /// Who holds GPUs on a node, ascending by workload; the first list is empty.
    std::vector<std::vector<Holding>> holders;
    bool knowsHolders = false;
};
using CapacityPtr = std::shared_ptr<const Capacity>;

/// What to read: who sits on which node is needed only to shed load, and takes a pass over the workload column too.
enum class CapacityDetail { Free, Holders };

/// GPUs that whole replicas of this size can take in these nodes: as many as fit on each node; a replica larger than a
/// node takes whole free nodes of one size.
[[nodiscard]] std::int64_t placeableGpus(const std::vector<NodeGroup>& groups, std::uint32_t replicaGpus);

/// Reads capacity pictures and keeps what does not change between snapshots. Any thread; one at a time works.
class CapacityReader
{
public:
    /// The same snapshot yields the same picture again, without reading it.
    [[nodiscard]] CapacityPtr read(const SnapshotPtr& snapshot, CapacityDetail detail = CapacityDetail::Free);

private:
    struct Layout;
    std::mutex m_mutex;
    std::shared_ptr<const Layout> m_layout;
    SnapshotPtr m_snapshot;
    CapacityPtr m_free, m_holders;
};

/// One picture without a reader.
[[nodiscard]] Capacity readCapacity(const Snapshot& snapshot, CapacityDetail detail = CapacityDetail::Free);

} // namespace penstock
