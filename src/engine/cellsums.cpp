// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "cellsums.h"

#include <algorithm>

namespace penstock {

namespace {

kernel::Block blockAt(const ClusterRows::Values& columns, std::size_t row)
{
    return { columns.state.data() + row, columns.workload.data() + row, columns.utilisation.data() + row,
        columns.temperature.data() + row, columns.power.data() + row, columns.memoryUsed.data() + row };
}
static_assert(ClusterRows::readAhead + 1 >= kernel::blockRows, "the last block of a cluster is read whole");

Measure measureOf(const kernel::Sums& sums, kernel::Sums::Column column)
{
    return { .known = sums.known[column],
        .sum = sums.sum[column],
        .least = sums.least[column],
        .greatest = sums.greatest[column] };
}

/// Moves the part of the histogram that is not empty, and adds it to all. Returns its length.
std::uint32_t drain(
    kernel::Sums& sums, const Measure& range, std::uint32_t* __restrict to, std::uint32_t* __restrict all)
{
    const auto steps = range.greatest - range.least + 1;
    auto* __restrict from = sums.histogram.data() + range.least;
    all += range.least;
    for (std::uint32_t step = 0; step < steps; ++step) {
        to[step] = from[step];
        all[step] += from[step];
        from[step] = 0;
    }
    return steps;
}

} // namespace

void CellSums::begin(const ClusterRows& rows, bool stale, std::size_t workloads, const ClusterRows* next)
{
    m_next = next ? next : &rows;
    m_rows = &rows;
    m_stale = stale;
    m_workloads = workloads;
    m_models.clear();
    m_ids.clear();
    m_keys.clear();
}

std::uint16_t CellSums::open(const Stretch& stretch, std::uint16_t workload, GpuState state)
{
    const auto id = m_keys.size();
    m_keys.push_back({ stretch.model, workload, state, stretch.modelMemory });
    if (m_sums.size() == id) {
        m_sums.emplace_back();
        m_lost.emplace_back();
    }
    m_sums[id].clear();
    m_lost[id].clear();
    return static_cast<std::uint16_t>(id);
}

void CellSums::addUnknown(std::uint16_t id, kernel::Match same, std::size_t firstRow)
{
    m_sums[id].gpus += same.count;
    if (m_stale)
        return;
    for (auto rows = same.rows; rows != 0; rows &= rows - 1) {
        const auto row = firstRow + static_cast<std::size_t>(std::countr_zero(rows));
        // Read when the cluster is finished: the few lines of this column that are wanted are far apart.
        __builtin_prefetch(m_rows->since.data() + row);
        m_lost[id].push_back(static_cast<std::uint32_t>(row));
    }
}

void CellSums::addEach(const Stretch& stretch, const kernel::Block& block, std::span<const std::uint16_t> rows,
    std::size_t firstRow, std::array<std::uint32_t, 256>& counted)
{
    std::size_t known = 0;
    for (const auto row : rows) {
        --counted[block.utilisation[row]];
        const auto state = m_stale ? GpuState::Unknown : block.state[row];
        const auto id = cellOf(stretch, block.workload[row], state);
        if (state == GpuState::Unknown) {
            addUnknown(id, { 1, 1 }, firstRow + row);
            continue;
        }
        m_knownRows[known] = row;
        m_knownIds[known++] = id;
    }
    m_kernel.each(std::span(m_knownRows).first(known), m_knownIds.data(), block, stretch.modelMemory, m_sums.data());
}

void CellSums::addFew(const Stretch& stretch, const kernel::Block& block, kernel::Rows rows, std::size_t firstRow)
{
    std::array<std::uint16_t, kernel::few> listed;
    std::size_t count = 0;
    for (; rows != 0; rows &= rows - 1)
        listed[count++] = static_cast<std::uint16_t>(std::countr_zero(rows));
    addEach(stretch, block, std::span(listed).first(count), firstRow, m_notCounted);
}

void CellSums::addRun(const Stretch& stretch, std::uint16_t id, std::size_t firstRow)
{
    m_kernel.run(m_run, m_sums[id]);
    // A cell that is opened for another row may move the sums: the histogram is not held across it.
    m_sums.reserve(m_keys.size() + m_run.others);
    addEach(stretch, m_run.at, std::span<const std::uint16_t>(m_run.other).first(m_run.others), firstRow,
        m_sums[id].histogram);
}

void CellSums::add(std::uint16_t model, std::uint32_t modelMemory, std::size_t firstRow, std::size_t rows)
{
    const std::size_t width = (m_workloads + 1) * statePlaces;
    const auto known = std::ranges::find(m_models, model);
    const auto at = static_cast<std::size_t>(known - m_models.begin());
    if (known == m_models.end()) {
        m_models.push_back(model);
        m_ids.resize(m_ids.size() + width, none);
    }
    const Stretch stretch { model, modelMemory, at * width };
    const auto first = blockAt(m_rows->columns, firstRow);
    const auto blocks = (rows + kernel::blockRows - 1) / kernel::blockRows;
    const auto beyond = static_cast<std::uint32_t>(blocks * kernel::blockRows - rows);
    const kernel::Match last { ~kernel::Rows { 0 } >> beyond, static_cast<std::uint32_t>(kernel::blockRows) - beyond };
    const auto rowsOf = [&](std::size_t block) { return block + 1 == blocks ? last : kernel::allRows; };
    auto left = rowsOf(0);
    for (std::size_t done = 0; done < blocks;) {
        const auto block = first.after(done);
        const auto blockRow = firstRow + done * kernel::blockRows;
        if (left.count <= kernel::few) {
            addFew(stretch, block, left.rows, blockRow);
            left = rowsOf(++done);
            continue;
        }
        const auto row = static_cast<std::size_t>(std::countr_zero(left.rows));
        const auto workload = block.workload[row];
        const auto state = m_stale ? GpuState::Unknown : block.state[row];
        const auto same = m_kernel.match(block, left.rows, block.state[row], workload);
        if (same.count <= kernel::few)
            addFew(stretch, block, same.rows, blockRow);
        else if (state == GpuState::Unknown)
            addUnknown(cellOf(stretch, workload, state), same, blockRow);
        else {
            m_run.at = block;
            m_run.ahead = blockAt(m_next->columns, blockRow);
            m_run.blocks = std::min(blocks - done, kernel::Run::mostBlocks);
            m_run.state = state;
            m_run.workload = workload;
            m_run.memoryTotal = modelMemory;
            m_run.left = left;
            m_run.last = rowsOf(done + m_run.blocks - 1);
            addRun(stretch, cellOf(stretch, workload, state), blockRow);
            done += m_run.done;
            left = m_run.done == m_run.blocks ? rowsOf(done) : m_run.left;
            continue;
        }
        left = { left.rows & ~same.rows, left.count - same.count };
    }
}

void CellSums::finish(ClusterPicture& picture)
{
    using kernel::Sums;
    std::size_t steps = 0;
    for (std::size_t id = 0; id < m_keys.size(); ++id)
        if (const auto& sums = m_sums[id]; sums.known[Sums::Utilisation] != 0)
            steps += sums.greatest[Sums::Utilisation] - sums.least[Sums::Utilisation] + 1;
    m_lostGroups.clear();
    picture.histograms.resize(steps);
    picture.cells.reserve(m_keys.size());
    auto& tally = picture.tally;
    Sums all;
    all.clear();
    std::uint32_t at = 0;
    for (std::size_t id = 0; id < m_keys.size(); ++id) {
        const auto& key = m_keys[id];
        auto& sums = m_sums[id];
        const bool isUnknown = key.state == GpuState::Unknown;
        const auto& cell = picture.cells.emplace_back(Cell { .model = key.model,
            .workload = key.workload,
            .state = key.state,
            .gpus = sums.gpus,
            .modelMemory = key.modelMemory,
            .memoryOverTotal = sums.memoryOverTotal,
            .histogramAt = at,
            .utilisation = measureOf(sums, Sums::Utilisation),
            .memory = measureOf(sums, Sums::Memory),
            .power = measureOf(sums, Sums::Power),
            .temperature = measureOf(sums, Sums::Temperature) });
        tally.gpus += cell.gpus;
        tally.byState[static_cast<std::size_t>(cell.state)] += cell.gpus;
        tally.memoryTotal += std::uint64_t { cell.gpus } * cell.modelMemory;
        tally.memoryOverTotal += cell.memoryOverTotal;
        if (isLoad(cell))
            tally.load += cell.gpus;
        if (isUnknown) {
            addLost(id);
            continue;
        }
        all.add(sums);
        if (cell.utilisation.known != 0)
            at += drain(sums, cell.utilisation, picture.histograms.data() + at, tally.histogram.data());
    }
    picture.lost = m_lostGroups;
    tally.utilisation = measureOf(all, Sums::Utilisation);
    tally.memory = measureOf(all, Sums::Memory);
    tally.power = measureOf(all, Sums::Power);
    tally.temperature = measureOf(all, Sums::Temperature);
}

void CellSums::addLost(std::size_t id)
{
    auto& lost = m_lost[id];
    for (auto& row : lost)
        row = m_rows->since[row];
    std::ranges::sort(lost);
    const auto cell = static_cast<std::uint32_t>(id);
    for (const auto second : lost)
        if (m_lostGroups.empty() || m_lostGroups.back().cell != cell || m_lostGroups.back().since != second)
            m_lostGroups.push_back({ cell, second, 1 });
        else
            ++m_lostGroups.back().gpus;
}

} // namespace penstock
