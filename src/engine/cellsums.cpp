// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "cellsums.h"

#include <algorithm>

namespace penstock {

namespace {

    /// The loops that are worth wider registers are compiled twice and chosen when the program starts; all are sums,
    /// minima and maxima of integers, so that both give the same to the bit. Sanitizers cannot run before that choice.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define PENSTOCK_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define PENSTOCK_WIDE
#endif

    template<typename Value>
    using Sum = CellSums::Range<Value>;

    /// Inlined into its callers, so that it is compiled for their registers.
    template<typename Value>
    [[gnu::always_inline]] inline Sum<Value> sumOf(const Value* values, std::size_t count)
    {
        constexpr auto unknownValue = std::numeric_limits<Value>::max();
        std::uint64_t total = 0;
        std::uint32_t known = 0;
        Value least = unknownValue, greatest = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const bool isKnown = values[i] != unknownValue;
            const Value value = isKnown ? values[i] : Value { 0 };
            total += value;
            known += isKnown;
            least = std::min(least, values[i]);
            greatest = std::max(greatest, value);
        }
        return { total, known, least, greatest };
    }

    constexpr std::size_t statePlaces = 8;
    static_assert(gpuStateCount <= statePlaces);
    static_assert(unknown::utilisation == 255 && unknown::temperature == 255 && unknown::power == 0xFFFF && unknown::memory == 0xFFFFFFFF,
        "the greatest value of each column's type stands for an unknown one");

    void countBins(const std::uint8_t* values, std::size_t count, std::uint32_t* bins)
    {
        for (std::size_t i = 0; i < count; ++i)
            ++bins[values[i]];
    }

    PENSTOCK_WIDE Sum<std::uint16_t> sum(const std::uint16_t* values, std::size_t count) { return sumOf(values, count); }
    PENSTOCK_WIDE Sum<std::uint32_t> sum(const std::uint32_t* values, std::size_t count) { return sumOf(values, count); }

    /// Known values above the limit.
    PENSTOCK_WIDE std::uint64_t countAbove(const std::uint32_t* values, std::size_t count, std::uint32_t limit)
    {
        std::uint32_t above = 0;
        for (std::size_t i = 0; i < count; ++i)
            above += values[i] > limit && values[i] != unknown::memory;
        return above;
    }

    Measure fromBins(const std::array<std::uint32_t, 256>& bins)
    {
        Measure made;
        for (std::uint32_t value = 0; value < 255; ++value) {
            if (bins[value] == 0)
                continue;
            made.known += bins[value];
            made.sum += std::uint64_t { bins[value] } * value;
            made.least = std::min(made.least, value);
            made.greatest = value;
        }
        return made;
    }
}

CellSums::CellSums(const Columns& columns, bool stale, std::size_t workloads)
    : m_columns(columns), m_stale(stale), m_workloads(workloads)
{
}

std::uint16_t CellSums::open(std::uint16_t model, std::uint32_t modelMemory, std::uint16_t workload, GpuState state)
{
    m_sums.push_back({ .model = model, .workload = workload, .state = state, .modelMemory = modelMemory, .power = {}, .memory = {} });
    return static_cast<std::uint16_t>(m_sums.size() - 1);
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
    auto* ids = m_ids.data() + at * width;
    const auto* workloads = m_columns.workload.data();
    const auto* states = m_columns.state.data();
    const auto end = firstRow + rows;
    // Neighbours mostly run the same workload in the same state: a node's eight GPUs, and often many nodes.
    for (std::size_t row = firstRow, next = row; row < end; row = next) {
        const auto workload = workloads[row];
        const auto state = states[row];
        for (++next; next < end && workloads[next] == workload && states[next] == state;)
            ++next;
        const auto shown = m_stale ? GpuState::Unknown : state;
        auto& id = ids[(workload == noWorkload ? m_workloads : workload) * statePlaces + static_cast<std::size_t>(shown)];
        if (id == none)
            id = open(model, modelMemory, workload, shown);
        auto& sums = m_sums[id];
        const auto count = next - row;
        countBins(m_columns.utilisation.data() + row, count, sums.utilisation.data());
        countBins(m_columns.temperature.data() + row, count, sums.temperature.data());
        sums.power += sum(m_columns.power.data() + row, count);
        sums.memory += sum(m_columns.memoryUsed.data() + row, count);
        if (modelMemory != 0)
            sums.overTotal += countAbove(m_columns.memoryUsed.data() + row, count, modelMemory);
    }
}

std::vector<Cell> CellSums::cells() const
{
    std::vector<Cell> made;
    made.reserve(m_sums.size());
    for (const auto& sums : m_sums) {
        Cell cell { sums.model, sums.workload, sums.state, {} };
        auto& tally = cell.tally;
        for (const auto count : sums.utilisation)
            tally.gpus += count;
        tally.byState[static_cast<std::size_t>(sums.state)] = tally.gpus;
        tally.memoryTotal = tally.gpus * sums.modelMemory;
        const bool isUnknown = sums.state == GpuState::Unknown;
        if (sums.state == GpuState::Busy || sums.state == GpuState::Idle || (isUnknown && sums.workload != noWorkload))
            tally.load = tally.gpus;
        if (!isUnknown) {
            tally.utilisation = fromBins(sums.utilisation);
            std::ranges::copy_n(sums.utilisation.begin(), static_cast<std::ptrdiff_t>(tally.histogram.size()), tally.histogram.begin());
            tally.temperature = fromBins(sums.temperature);
            tally.power = sums.power.measure();
            tally.memory = sums.memory.measure();
            tally.memoryOverTotal = sums.overTotal;
        }
        made.push_back(std::move(cell));
    }
    return made;
}

} // namespace penstock
