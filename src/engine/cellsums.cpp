// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "cellsums.h"

#include <algorithm>

namespace penstock {

namespace {

    constexpr std::uint16_t none = 0xFFFF;
    constexpr std::size_t statePlaces = 8;
    static_assert(gpuStateCount <= statePlaces);

    kernel::Block blockAt(const Columns& columns, std::size_t row)
    {
        return { columns.state.data() + row, columns.workload.data() + row, columns.utilisation.data() + row, columns.temperature.data() + row,
            columns.power.data() + row, columns.memoryUsed.data() + row };
    }

    /// A copy of fewer rows than a block has, so that a whole one can be read.
    struct Tail
    {
        std::array<GpuState, kernel::blockRows> state {};
        std::array<std::uint16_t, kernel::blockRows> workload {}, power {};
        std::array<std::uint8_t, kernel::blockRows> utilisation {}, temperature {};
        std::array<std::uint32_t, kernel::blockRows> memoryUsed {};

        Tail(const kernel::Block& from, std::size_t rows)
        {
            std::copy_n(from.state, rows, state.begin());
            std::copy_n(from.workload, rows, workload.begin());
            std::copy_n(from.power, rows, power.begin());
            std::copy_n(from.utilisation, rows, utilisation.begin());
            std::copy_n(from.temperature, rows, temperature.begin());
            std::copy_n(from.memoryUsed, rows, memoryUsed.begin());
        }
        [[nodiscard]] kernel::Block block() const
        {
            return { state.data(), workload.data(), utilisation.data(), temperature.data(), power.data(), memoryUsed.data() };
        }
    };

} // namespace

void CellSums::begin(const ClusterRows& rows, bool stale, std::size_t workloads)
{
    m_rows = &rows;
    m_stale = stale;
    m_workloads = workloads;
    m_models.clear();
    m_ids.clear();
    m_cells.clear();
    m_inLanes.clear();
}

std::uint16_t CellSums::open(const Stretch& stretch, std::uint16_t workload, GpuState state)
{
    const auto id = m_cells.size();
    m_cells.push_back({ .model = stretch.model, .workload = workload, .state = state, .modelMemory = stretch.modelMemory, .utilisation = {}, .memory = {}, .power = {}, .temperature = {} });
    if (m_lanes.size() == id) {
        m_lanes.emplace_back();
        m_histograms.emplace_back();
        m_lost.emplace_back();
    }
    m_histograms[id].fill(0);
    m_lost[id].clear();
    m_inLanes.push_back(0);
    return static_cast<std::uint16_t>(id);
}

std::uint16_t CellSums::cellOf(const Stretch& stretch, std::uint16_t workload, GpuState state)
{
    auto& id = m_ids[stretch.idsAt + (workload == noWorkload ? m_workloads : workload) * statePlaces + static_cast<std::size_t>(state)];
    if (id == none)
        id = open(stretch, workload, state);
    return id;
}

void CellSums::addUnknown(std::uint16_t id, kernel::Match match, std::size_t firstRow)
{
    m_cells[id].gpus += match.count;
    if (m_stale)
        return;
    for (auto rows = match.rows; rows != 0; rows &= rows - 1)
        m_lost[id].push_back(static_cast<std::uint32_t>(firstRow) + static_cast<std::uint32_t>(std::countr_zero(rows)));
}

void CellSums::addOne(std::uint16_t id, const kernel::Block& block, std::size_t row)
{
    auto& cell = m_cells[id];
    ++cell.gpus;
    if (const auto value = block.utilisation[row]; value != unknown::utilisation) {
        cell.utilisation.add(value);
        ++m_histograms[id][value];
    }
    if (const auto value = block.temperature[row]; value != unknown::temperature)
        cell.temperature.add(value);
    if (const auto value = block.power[row]; value != unknown::power)
        cell.power.add(value);
    if (const auto value = block.memoryUsed[row]; value != unknown::memory) {
        cell.memory.add(value);
        cell.memoryOverTotal += cell.modelMemory != 0 && value > cell.modelMemory;
    }
}

void CellSums::addMany(std::uint16_t id, const kernel::Block& block, kernel::Match match)
{
    auto& cell = m_cells[id];
    auto& lanes = m_lanes[id];
    auto& inLanes = m_inLanes[id];
    if (inLanes == 0)
        m_kernel.clear(lanes);
    m_kernel.add(lanes, block, match, cell.modelMemory);
    cell.gpus += match.count;
    inLanes += match.count;
    if (inLanes > kernel::Lanes::mostRows - kernel::blockRows)
        drain(id);
}

void CellSums::addBlock(const Stretch& stretch, const kernel::Block& block, kernel::Match left, std::size_t firstRow)
{
    constexpr std::uint32_t few = 12; // the rows that are cheaper one by one
    while (left.count > few) {
        const auto first = static_cast<std::size_t>(std::countr_zero(left.rows));
        const auto state = m_stale ? GpuState::Unknown : block.state[first];
        const auto same = m_kernel.match(block, left.rows, block.state[first], block.workload[first]);
        const auto id = cellOf(stretch, block.workload[first], state);
        left.rows &= ~same.rows;
        left.count -= same.count;
        if (state == GpuState::Unknown)
            addUnknown(id, same, firstRow);
        else if (same.count <= few)
            for (auto rows = same.rows; rows != 0; rows &= rows - 1)
                addOne(id, block, static_cast<std::size_t>(std::countr_zero(rows)));
        else
            addMany(id, block, same);
    }
    for (auto rows = left.rows; rows != 0; rows &= rows - 1) {
        const auto row = static_cast<std::size_t>(std::countr_zero(rows));
        const auto state = m_stale ? GpuState::Unknown : block.state[row];
        const auto id = cellOf(stretch, block.workload[row], state);
        if (state == GpuState::Unknown)
            addUnknown(id, { kernel::Rows { 1 } << row, 1 }, firstRow);
        else {
            addOne(id, block, row);
        }
    }
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
    for (std::size_t done = 0; done < rows; done += kernel::blockRows) {
        const auto count = std::min(rows - done, kernel::blockRows);
        const auto block = blockAt(m_rows->columns, firstRow + done);
        if (count == kernel::blockRows) {
            // Six short streams a cluster are too many for the processor to foresee; reading ahead of an end does no harm.
            constexpr auto ahead = 2 * kernel::blockRows;
            __builtin_prefetch(block.state + ahead);
            __builtin_prefetch(block.utilisation + ahead);
            __builtin_prefetch(block.temperature + ahead);
            for (std::size_t line = 0; line < 2; ++line) {
                __builtin_prefetch(block.workload + ahead + line * 32);
                __builtin_prefetch(block.power + ahead + line * 32);
            }
            for (std::size_t line = 0; line < 4; ++line)
                __builtin_prefetch(block.memoryUsed + ahead + line * 16);
            addBlock(stretch, block, { ~kernel::Rows { 0 }, kernel::blockRows }, firstRow + done);
        } else
            addBlock(stretch, Tail(block, count).block(), { (kernel::Rows { 1 } << count) - 1, static_cast<std::uint32_t>(count) }, firstRow + done);
    }
}

void CellSums::drain(std::size_t id)
{
    auto& cell = m_cells[id];
    const auto sums = m_kernel.drain(m_lanes[id], m_histograms[id]);
    cell.utilisation += sums.utilisation;
    cell.memory += sums.memory;
    cell.power += sums.power;
    cell.temperature += sums.temperature;
    cell.memoryOverTotal += sums.memoryOverTotal;
    m_inLanes[id] = 0;
}

void CellSums::finish(ClusterPicture& picture)
{
    picture.histograms.reserve(m_cells.size() * 32);
    for (std::size_t id = 0; id < m_cells.size(); ++id) {
        auto& cell = m_cells[id];
        cell.histogramAt = static_cast<std::uint32_t>(picture.histograms.size());
        if (cell.state == GpuState::Unknown) {
            auto& lost = m_lost[id];
            for (auto& row : lost)
                row = m_rows->since[row];
            std::ranges::sort(lost);
            for (const auto second : lost)
                if (picture.lost.empty() || picture.lost.back().cell != id || picture.lost.back().since != second)
                    picture.lost.push_back({ static_cast<std::uint32_t>(id), second, 1 });
                else
                    ++picture.lost.back().gpus;
            continue;
        }
        if (m_inLanes[id] != 0)
            drain(id);
        const auto& histogram = m_histograms[id];
        if (cell.utilisation.known != 0)
            picture.histograms.insert(picture.histograms.end(), histogram.begin() + cell.utilisation.least, histogram.begin() + cell.utilisation.greatest + 1);
    }
    picture.cells = m_cells;
    for (const auto& cell : picture.cells)
        picture.addTo(picture.tally, cell);
}

} // namespace penstock
