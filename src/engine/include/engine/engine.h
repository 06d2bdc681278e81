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

class CellSums;

using SourceId = Index<struct SourceTag>;

/// The fleet table: takes frames of all sources and publishes snapshots. One thread owns it.
class Engine
{
public:
    Engine();
    ~Engine();
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

    /// Lets the next publish compute every cluster again from its rows.
    void forgetSums();

    [[nodiscard]] bool hasPicture(SourceId source) const;
    /// The last whole picture of every source that has one.
    [[nodiscard]] std::vector<SavedFleet> save() const;

private:
    struct SourceState;
    [[nodiscard]] Result<> applyInventory(SourceState& source, const InventoryFrame& frame);
    [[nodiscard]] Result<> applySamples(SourceState& source, const SamplesFrame& frame);
    [[nodiscard]] Result<> applyHeartbeat(SourceState& source, const HeartbeatFrame& frame);
    /// The table that has arrived takes the place of the one that is shown.
    enum class Since { Kept, New }; ///< whether GPUs that are in the same state as before have been so all the time
    void show(SourceState& source, Since since);
    void rebuildStructure();
    void recompute(SourceState& source, std::size_t part);
    [[nodiscard]] std::uint16_t workloadNumber(const std::string& name);
    [[nodiscard]] std::vector<WorkloadDemand> joinedDemand() const;
    [[nodiscard]] std::vector<ServiceLevel> placedService() const;

    std::vector<std::unique_ptr<SourceState>> m_sources;
    std::chrono::seconds m_staleAfter { 30 };
    std::shared_ptr<Structure> m_structure;
    std::shared_ptr<std::vector<std::string>> m_workloads;
    std::map<std::string, std::uint16_t> m_workloadNumbers;
    std::vector<std::shared_ptr<const ClusterPicture>> m_pictures; ///< by cluster of the structure
    std::unique_ptr<CellSums> m_sums;
    std::uint64_t m_structureVersion = 0;
    bool m_structureChanged = false;
    bool m_changed = false;
};

} // namespace penstock
