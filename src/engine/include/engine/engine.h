// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "engine/snapshot.h"

namespace penstock {

using SourceId = Index<struct SourceTag>;

/// The fleet table: takes frames of all sources and publishes snapshots. One thread owns it.
class Engine
{
public:
    Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// A source that is silent for longer counts as unknown. 30 s unless told.
    void setStaleAfter(std::chrono::seconds limit) { m_staleAfter = limit; }
    [[nodiscard]] SourceId addSource(std::string endpoint);

    /// Validates the frame and applies it whole, or refuses it whole. Conflict: the frame does not follow on what is
    /// here (unknown epoch, gap in the sequence), so the source must send everything again. Invalid: it is wrong.
    /// A frame that was seen already is ignored.
    [[nodiscard]] Result<> apply(SourceId source, const Frame& frame);

    /// Shows what the cache kept, with its age, until the source's first whole picture takes its place.
    [[nodiscard]] Result<> restore(SourceId source, const SavedFleet& saved);

    /// True when something was applied since the last publish.
    [[nodiscard]] bool changed() const { return m_changed; }
    /// Makes the picture of this moment. Only clusters that changed are computed again.
    [[nodiscard]] SnapshotPtr publish(Time now);

    [[nodiscard]] bool hasPicture(SourceId source) const { return m_sources[source.at()].live; }
    /// The last whole picture of every source that has one.
    [[nodiscard]] std::vector<SavedFleet> save() const;

private:
    struct Table
    {
        std::shared_ptr<const Inventory> inventory;
        Columns columns; ///< workload: index into inventory->workloads plus what was added since
        std::vector<std::string> workloads;
        std::uint64_t sequence = 0;
    };
    struct SourceState
    {
        std::string endpoint;
        Table shown; ///< what the snapshot is made of
        Table arriving; ///< a new epoch, until its first whole picture is here
        bool live = false; ///< a whole picture came from the source itself
        bool fromCache = false;
        bool stale = false;
        std::optional<Time> observed;
        std::vector<bool> dirty; ///< by cluster of the inventory
        std::vector<WorkloadDemand> demand;
        std::vector<std::uint32_t> firstRow; ///< of each cluster of the inventory
        std::vector<std::uint32_t> snapshotCluster; ///< inventory cluster -> cluster in the structure
    };

    [[nodiscard]] Result<> applyInventory(SourceState& source, const InventoryFrame& frame);
    [[nodiscard]] Result<> applySamples(SourceState& source, const SamplesFrame& frame);
    [[nodiscard]] Result<> applyHeartbeat(SourceState& source, const HeartbeatFrame& frame);
    void show(SourceState& source, Table table);
    void rebuildStructure();
    void recompute(SourceState& source, std::size_t cluster);
    [[nodiscard]] std::uint16_t workloadId(const std::string& name);
    [[nodiscard]] std::vector<WorkloadDemand> joinedDemand() const;

    std::vector<SourceState> m_sources;
    std::chrono::seconds m_staleAfter { 30 };
    std::shared_ptr<Structure> m_structure;
    std::shared_ptr<std::vector<std::string>> m_workloads;
    std::map<std::string, std::uint16_t> m_workloadIds;
    std::vector<std::shared_ptr<const ClusterPicture>> m_pictures; ///< by cluster of the structure
    std::uint64_t m_structureVersion = 0;
    bool m_structureChanged = false;
    bool m_changed = false;
};

} // namespace penstock
