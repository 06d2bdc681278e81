// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "cellkernel.h"
#include "engine/snapshot.h"

namespace penstock {

/// Sums the GPUs of one cluster after another by model, workload and state in one pass over their columns. Kept between
/// clusters, since it reuses its memory. Blocks of 64 GPUs are compared with their first one at once: neighbours mostly
/// run the same workload in the same state.
class CellSums
{
public:
    explicit CellSums(const kernel::Kernel& kernel = kernel::best()) : m_kernel(kernel) { }

    /// Starts a cluster. `workloads`: how many there are; the columns name none beyond. `stale`: every GPU counts as
    /// unknown. `next`: the cluster after this one, whose rows are fetched meanwhile; null when there is none.
    void begin(const ClusterRows& rows, bool stale, std::size_t workloads, const ClusterRows* next = nullptr);
    /// Adds consecutive rows of one model. `modelMemory`: MiB of its total, 0 when unknown.
    void add(std::uint16_t model, std::uint32_t modelMemory, std::size_t firstRow, std::size_t rows);
    /// Gives the picture its cells, in the order in which they were met, its histograms and its tally.
    void finish(ClusterPicture& picture);

private:
    /// Rows of one model.
    struct Stretch
    {
        std::uint16_t model;
        std::uint32_t modelMemory;
        std::size_t idsAt; ///< into m_ids
    };
    /// What is known of a cell beside its sums.
    struct Key
    {
        std::uint16_t model, workload;
        GpuState state;
        std::uint32_t modelMemory;
    };
    void addRun(const Stretch& stretch, std::uint16_t id, std::size_t firstRow);
    void addFew(const Stretch& stretch, const kernel::Block& block, kernel::Rows rows, std::size_t firstRow);
    /// `rows`: counted from the block. Their utilisation is taken back from `counted`.
    void addEach(const Stretch& stretch, const kernel::Block& block, std::span<const std::uint16_t> rows,
        std::size_t firstRow, std::array<std::uint32_t, 256>& counted);
    void addUnknown(std::uint16_t id, kernel::Match same, std::size_t firstRow);
    void addLost(std::size_t id);
    [[nodiscard]] std::uint16_t cellOf(const Stretch& stretch, std::uint16_t workload, GpuState state)
    {
        // No workload is the greatest number, and stands behind the last.
        auto& id = m_ids[stretch.idsAt + std::min<std::size_t>(workload, m_workloads) * statePlaces
            + static_cast<std::size_t>(state)];
        if (id == none) [[unlikely]]
            id = open(stretch, workload, state);
        return id;
    }
    [[nodiscard]] std::uint16_t open(const Stretch& stretch, std::uint16_t workload, GpuState state);

    static constexpr std::uint16_t none = 0xFFFF;
    static constexpr std::size_t statePlaces = 8;
    static_assert(gpuStateCount <= statePlaces);

    const kernel::Kernel& m_kernel;
    const ClusterRows* m_rows = nullptr;
    const ClusterRows* m_next = nullptr;
    bool m_stale = false;
    std::size_t m_workloads = 0;
    std::vector<std::uint16_t> m_models; ///< those met, by place
    std::vector<std::uint16_t> m_ids; ///< cell by model's place, workload and state; `none`: not met yet
    std::vector<Key> m_keys; ///< by cell
    std::vector<kernel::Sums> m_sums; ///< by cell; those beyond the cells are spare
    std::vector<std::vector<std::uint32_t>> m_lost; ///< by cell of unknown GPUs, as the sums: the rows
    std::vector<ClusterPicture::Lost> m_lostGroups; ///< of the cluster
    kernel::Run m_run;
    std::array<std::uint16_t, kernel::Run::mostBlocks * kernel::few> m_knownRows,
        m_knownIds; ///< of the rows that are added one by one
    std::array<std::uint32_t, 256> m_notCounted {}; ///< never read
};

} // namespace penstock
