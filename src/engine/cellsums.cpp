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
    return { columns.state.data() + row, columns.workload.data() + row, columns.utilisation.data() + row,
        columns.temperature.data() + row, columns.power.data() + row, columns.memoryUsed.data() + row };
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
        return { state.data(), workload.data(), utilisation.data(), temperature.data(), power.data(),
            memoryUsed.data() };
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

std::uint16_t CellSums::cellOf(const Stretch& stretch, std::uint16_t workload, GpuState state)
{
    auto& id = m_ids[stretch.idsAt + (workload == noWorkload ? m_workloads : workload) * statePlaces
        + static_cast<std::size_t>(state)];
    if (id == none)
        id = open(stretch, workload, state);
    return id;
}

void CellSums::addUnknown(std::uint16_t id, kernel::Rows rows, std::size_t firstRow)
{
    m_sums[id].gpus += static_cast<std::uint32_t>(std::popcount(rows));
    if (m_stale)
        return;
    for (; rows != 0; rows &= rows - 1)
        m_lost[id].push_back(static_cast<std::uint32_t>(firstRow) + static_cast<std::uint32_t>(std::countr_zero(rows)));
}

void CellSums::addEach(
    const Stretch& stretch, const kernel::Block& block, std::span<const std::uint16_t> rows, std::size_t firstRow)
{
    std::size_t known = 0;
    for (const auto row : rows) {
        const auto state = m_stale ? GpuState::Unknown : block.state[row];
        const auto id = cellOf(stretch, block.workload[row], state);
        if (state == GpuState::Unknown) {
            addUnknown(id, 1, firstRow + row);
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
    addEach(stretch, block, std::span(listed).first(count), firstRow);
}

void CellSums::addRun(const Stretch& stretch, std::uint16_t id, std::size_t firstRow)
{
    m_kernel.run(m_run, m_sums[id]);
    const auto others = std::span<const std::uint16_t>(m_run.other).first(m_run.others);
    auto& histogram = m_sums[id].histogram;
    for (const auto row : others)
        --histogram[m_run.at.utilisation[row]];
    addEach(stretch, m_run.at, others, firstRow);
}

void CellSums::addBlocks(
    const Stretch& stretch, const kernel::Block& first, std::size_t blocks, kernel::Rows left, std::size_t firstRow)
{
    const auto isFew = [](kernel::Rows rows) { return std::popcount(rows) <= static_cast<int>(kernel::few); };
    for (std::size_t done = 0; done < blocks;) {
        const auto block = first.after(done);
        const auto blockRow = firstRow + done * kernel::blockRows;
        if (isFew(left)) {
            addFew(stretch, block, left, blockRow);
            left = ~kernel::Rows { 0 };
            ++done;
            continue;
        }
        const auto row = static_cast<std::size_t>(std::countr_zero(left));
        const auto workload = block.workload[row];
        const auto state = m_stale ? GpuState::Unknown : block.state[row];
        const auto same = m_kernel.match(block, left, block.state[row], workload);
        if (isFew(same))
            addFew(stretch, block, same, blockRow);
        else if (state == GpuState::Unknown)
            addUnknown(cellOf(stretch, workload, state), same, blockRow);
        else {
            m_run.at = block;
            m_run.blocks = std::min(blocks - done, kernel::Run::mostBlocks);
            m_run.state = state;
            m_run.workload = workload;
            m_run.memoryTotal = stretch.modelMemory;
            m_run.left = left;
            addRun(stretch, cellOf(stretch, workload, state), blockRow);
            done += m_run.done;
            left = m_run.left;
            continue;
        }
        left &= ~same;
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
    const auto first = blockAt(m_rows->columns, firstRow);
    const auto blocks = rows / kernel::blockRows;
    addBlocks(stretch, first, blocks, ~kernel::Rows { 0 }, firstRow);
    if (const auto rest = rows % kernel::blockRows; rest != 0)
        addBlocks(stretch, Tail(first.after(blocks), rest).block(), 1, (kernel::Rows { 1 } << rest) - 1,
            firstRow + blocks * kernel::blockRows);
}

void CellSums::finish(ClusterPicture& picture)
{
    std::size_t steps = 0;
    for (std::size_t id = 0; id < m_keys.size(); ++id)
        if (const auto& sums = m_sums[id]; sums.known[kernel::Sums::Utilisation] != 0)
            steps += sums.greatest[kernel::Sums::Utilisation] - sums.least[kernel::Sums::Utilisation] + 1;
    picture.histograms.reserve(steps);
    picture.cells.reserve(m_keys.size());
    for (std::size_t id = 0; id < m_keys.size(); ++id) {
        const auto& key = m_keys[id];
        auto& sums = m_sums[id];
        const auto measure = [&](kernel::Sums::Column column) {
            return Measure { .known = sums.known[column],
                .sum = sums.sum[column],
                .least = sums.least[column],
                .greatest = sums.greatest[column] };
        };
        const auto& cell = picture.cells.emplace_back(Cell { .model = key.model,
            .workload = key.workload,
            .state = key.state,
            .gpus = sums.gpus,
            .modelMemory = key.modelMemory,
            .memoryOverTotal = sums.memoryOverTotal,
            .histogramAt = static_cast<std::uint32_t>(picture.histograms.size()),
            .utilisation = measure(kernel::Sums::Utilisation),
            .memory = measure(kernel::Sums::Memory),
            .power = measure(kernel::Sums::Power),
            .temperature = measure(kernel::Sums::Temperature) });
        if (cell.utilisation.known != 0) {
            const auto from = sums.histogram.begin() + cell.utilisation.least,
                       to = sums.histogram.begin() + cell.utilisation.greatest + 1;
            picture.histograms.insert(picture.histograms.end(), from, to);
            std::fill(from, to, 0U);
        }
        picture.addTo(picture.tally, cell);
        if (key.state != GpuState::Unknown)
            continue;
        auto& lost = m_lost[id];
        for (auto& row : lost)
            row = m_rows->since[row];
        std::ranges::sort(lost);
        for (const auto second : lost)
            if (picture.lost.empty() || picture.lost.back().cell != id || picture.lost.back().since != second)
                picture.lost.push_back({ static_cast<std::uint32_t>(id), second, 1 });
            else
                ++picture.lost.back().gpus;
    }
}

} // namespace penstock
