// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

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
    /// unknown.
    void begin(const ClusterRows& rows, bool stale, std::size_t workloads);
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
    void addBlocks(const Stretch& stretch, const kernel::Block& first, std::size_t blocks, kernel::Rows left,
        std::size_t firstRow);
    void addRun(const Stretch& stretch, std::uint16_t id, std::size_t firstRow);
    void addFew(const Stretch& stretch, const kernel::Block& block, kernel::Rows rows, std::size_t firstRow);
    /// `rows`: counted from the block.
    void addEach(
        const Stretch& stretch, const kernel::Block& block, std::span<const std::uint16_t> rows, std::size_t firstRow);
    void addUnknown(std::uint16_t id, kernel::Rows rows, std::size_t firstRow);
    [[nodiscard]] std::uint16_t cellOf(const Stretch& stretch, std::uint16_t workload, GpuState state);
    [[nodiscard]] std::uint16_t open(const Stretch& stretch, std::uint16_t workload, GpuState state);

    const kernel::Kernel& m_kernel;
    const ClusterRows* m_rows = nullptr;
    bool m_stale = false;
    std::size_t m_workloads = 0;
    std::vector<std::uint16_t> m_models; ///< those met, by place
    std::vector<std::uint16_t> m_ids; ///< cell by model's place, workload and state; `none`: not met yet
    std::vector<Key> m_keys; ///< by cell
    std::vector<kernel::Sums> m_sums; ///< by cell; those beyond the cells are spare
    std::vector<std::vector<std::uint32_t>> m_lost; ///< by cell of unknown GPUs, as the sums: the rows
    kernel::Run m_run;
    std::array<std::uint16_t, kernel::Run::mostBlocks * kernel::few> m_knownRows,
        m_knownIds; ///< of the rows that are added one by one
};

} // namespace penstock
