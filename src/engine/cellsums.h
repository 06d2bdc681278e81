// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
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
    explicit CellSums(const kernel::Kernel& kernel = kernel::best()) : m_kernel(kernel) {}

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
    void addBlock(const Stretch& stretch, const kernel::Block& block, kernel::Match left, std::size_t firstRow);
    void addOne(std::uint16_t id, const kernel::Block& block, std::size_t row);
    void addMany(std::uint16_t id, const kernel::Block& block, kernel::Match match);
    void addUnknown(std::uint16_t id, kernel::Match match, std::size_t firstRow);
    [[nodiscard]] std::uint16_t cellOf(const Stretch& stretch, std::uint16_t workload, GpuState state);
    [[nodiscard]] std::uint16_t open(const Stretch& stretch, std::uint16_t workload, GpuState state);
    void drain(std::size_t id);

    const kernel::Kernel& m_kernel;
    const ClusterRows* m_rows = nullptr;
    bool m_stale = false;
    std::size_t m_workloads = 0;
    std::vector<std::uint16_t> m_models; ///< those met, by place
    std::vector<std::uint16_t> m_ids; ///< cell by model's place, workload and state; `none`: not met yet
    std::vector<Cell> m_cells;
    std::vector<std::uint32_t> m_inLanes; ///< by cell: rows in the lanes, the others are in the cell itself
    std::vector<kernel::Lanes> m_lanes; ///< by cell; those beyond the cells are spare
    std::vector<kernel::Histogram> m_histograms; ///< by cell, as the lanes
    std::vector<std::vector<std::uint32_t>> m_lost; ///< by cell of unknown GPUs, as the lanes: the rows
};

} // namespace penstock
