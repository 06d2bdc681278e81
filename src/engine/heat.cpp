// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/heat.h"

#include <algorithm>
#include <array>
#include <bit>

#include "fleet/xid.h"

namespace penstock {

namespace {

    constexpr std::uint32_t scaledTo = heatShades - 1;
    constexpr std::uint32_t mostAge = 60; ///< s

    using States = std::array<std::uint32_t, gpuStateCount>;

    /// How many rows are in each state. One plain sum a state: the compiler makes wide additions of them.
    States countStates(const GpuState* states, std::uint32_t rows)
    {
        States counts {};
        for (std::size_t state = 0; state < counts.size(); ++state) {
            std::uint32_t count = 0;
            for (std::uint32_t i = 0; i < rows; ++i)
                count += states[i] == static_cast<GpuState>(state);
            counts[state] = count;
        }
        return counts;
    }

    GpuState seenFirst(const States& counts, std::uint32_t rows)
    {
        const auto of = [&](GpuState state) { return counts[static_cast<std::size_t>(state)]; };
        if (of(GpuState::Unknown) * 2 >= rows)
            return GpuState::Unknown;
        // A node of eight among some hundred GPUs is worth a look, also where a cell holds many nodes.
        for (const auto& [state, oneIn] : { std::pair(GpuState::Unhealthy, 64U), std::pair(GpuState::Unknown, 16U), std::pair(GpuState::Draining, 16U) })
            if (of(state) > 0 && of(state) * oneIn >= rows)
                return state;
        if (of(GpuState::Free) * 2 >= rows)
            return GpuState::Free;
        return of(GpuState::Idle) > of(GpuState::Busy) ? GpuState::Idle : GpuState::Busy;
    }

    std::uint8_t shadeOf(std::uint64_t value, const HeatScale& scale)
    {
        if (value <= scale.least)
            return 0;
        const std::uint64_t width = std::max(1U, scale.greatest - std::min(scale.least, scale.greatest));
        return static_cast<std::uint8_t>(std::min<std::uint64_t>(scaledTo, ((value - scale.least) * scaledTo + width / 2) / width));
    }

    /// The shade of the mean of what is known. Values are of the column's unit; `unknownValue` is none.
    template<class Value>
    std::uint8_t meanShade(const Value* values, const GpuState* states, std::uint32_t rows, Value unknownValue, const HeatScale& scale)
    {
        std::uint64_t sum = 0;
        std::uint32_t known = 0;
        for (std::uint32_t i = 0; i < rows; ++i) {
            const bool counts = (values[i] != unknownValue) & (states[i] != GpuState::Unknown);
            sum += counts ? values[i] : 0U;
            known += counts;
        }
        return known == 0 ? noShade : shadeOf((sum + known / 2) / known, scale);
    }

    /// Worst first: what takes a GPU out of service, then what slows it down, then what is good, then what is not told.
    constexpr std::array worstFirst { Health::OffTheBus, Health::Xid, Health::Ecc, Health::RowRemapFailure, Health::Throttled, Health::Good };

    /// By a byte of the column: its kind, or 31 where none is told.
    std::array<std::uint8_t, 256> healthKinds()
    {
        std::array<std::uint8_t, 256> made {};
        for (std::size_t value = 0; value < made.size(); ++value)
            made[value] = static_cast<std::uint8_t>(std::min(static_cast<int>(kindOf(static_cast<Health>(value))), 31));
        return made;
    }

    std::uint8_t worstHealth(const Health* health, std::uint32_t rows)
    {
        static const auto kinds = healthKinds();
        std::uint32_t met = 0;
        for (std::uint32_t i = 0; i < rows; ++i)
            met |= 1U << kinds[static_cast<std::size_t>(health[i])];
        for (const auto it : worstFirst)
            if (met >> static_cast<unsigned>(it) & 1U)
                return static_cast<std::uint8_t>(it);
        return noShade;
    }

    std::uint8_t commonWorkload(const std::uint16_t* workloads, std::uint32_t rows)
    {
        // The majority vote of Boyer and Moore: right where one workload has more than half, and some frequent one elsewhere.
        std::uint16_t candidate = noWorkload;
        std::uint32_t lead = 0;
        for (std::uint32_t i = 0; i < rows; ++i) {
            if (lead == 0)
                candidate = workloads[i];
            lead = workloads[i] == candidate ? lead + 1 : lead - 1;
        }
        return candidate == noWorkload ? noShade : static_cast<std::uint8_t>(candidate % heatCategories);
    }

    std::uint32_t secondsOf(Time time)
    {
        return static_cast<std::uint32_t>(std::clamp<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count(), 0, 0xFFFF'FFFF));
    }

    /// How old the oldest sample is; an unknown GPU is as old as the time when it was lost.
    std::optional<std::uint32_t> oldest(const Snapshot& snapshot, std::uint32_t cluster, std::uint32_t firstRow, std::uint32_t rows)
    {
        const auto observed = snapshot.observed(cluster);
        if (!observed)
            return std::nullopt;
        const auto now = secondsOf(snapshot.asOf());
        auto since = secondsOf(*observed);
        const auto& picture = snapshot.picture(cluster);
        if (!picture.stale)
            for (auto row = firstRow; row < firstRow + rows; ++row)
                if (picture.columns().state[row] == GpuState::Unknown)
                    since = std::min(since, picture.rows->since[row]);
        return now - std::min(now, since);
    }

    std::uint32_t memoryOfRow(const Structure& shape, const Structure::Cluster& cluster, std::uint32_t row)
    {
        for (const auto& stretch : cluster.stretches)
            if (row < stretch.firstRow + stretch.rows)
                return shape.modelMemory[stretch.model];
        return 0;
    }

} // namespace

HeatScale heatScale(const Snapshot& snapshot, HeatMetric metric)
{
    switch (metric) {
    case HeatMetric::Utilisation:
    case HeatMetric::Memory: return { metric, 0, 100 };
    case HeatMetric::Temperature: return { metric, 30, 95 };
    case HeatMetric::Power: {
        constexpr std::uint32_t step = 1000; // 100 W
        return { metric, 0, std::max(step, (snapshot.total().power.greatest + step - 1) / step * step) };
    }
    case HeatMetric::Age: return { metric, 0, mostAge };
    case HeatMetric::Health:
    case HeatMetric::Workload: break;
    }
    return { metric, 0, scaledTo };
}

void heatCells(const Snapshot& snapshot, const HeatRange& range, const HeatScale& scale, std::span<std::uint8_t> shades, std::span<GpuState> states)
{
    const auto& shape = snapshot.structure();
    const auto& cluster = shape.clusters[range.cluster];
    const auto& picture = snapshot.picture(range.cluster);
    const auto& columns = picture.columns();
    const auto cells = range.cells();
    for (std::uint32_t cell = 0; cell < cells; ++cell) {
        const auto first = range.firstRow + cell * range.rowsACell;
        const auto rows = std::min(range.rowsACell, range.firstRow + range.rows - first);
        const auto* state = columns.state.data() + first;
        states[cell] = picture.stale ? GpuState::Unknown : rows == 1 ? *state : seenFirst(countStates(state, rows), rows);
        auto& shade = shades[cell];
        if (picture.stale && !isCategory(scale.metric) && scale.metric != HeatMetric::Age) {
            shade = noShade;
            continue;
        }
        switch (scale.metric) {
        case HeatMetric::Utilisation: shade = meanShade(columns.utilisation.data() + first, state, rows, unknown::utilisation, scale); break;
        case HeatMetric::Temperature: shade = meanShade(columns.temperature.data() + first, state, rows, unknown::temperature, scale); break;
        case HeatMetric::Power: shade = meanShade(columns.power.data() + first, state, rows, unknown::power, scale); break;
        case HeatMetric::Memory: {
            const std::uint64_t total = memoryOfRow(shape, cluster, first);
            shade = total == 0 ? noShade : meanShade(columns.memoryUsed.data() + first, state, rows, unknown::memory, { scale.metric, 0, static_cast<std::uint32_t>(total) });
            break;
        }
        case HeatMetric::Health: shade = worstHealth(columns.health.data() + first, rows); break;
        case HeatMetric::Age: {
            const auto age = oldest(snapshot, range.cluster, first, rows);
            shade = age ? shadeOf(*age, scale) : noShade;
            break;
        }
        case HeatMetric::Workload: shade = commonWorkload(columns.workload.data() + first, rows); break;
        }
    }
}

std::optional<std::uint32_t> heatValue(const Snapshot& snapshot, std::uint32_t cluster, std::uint32_t row, HeatMetric metric)
{
    const auto& picture = snapshot.picture(cluster);
    const auto& columns = picture.columns();
    if (metric == HeatMetric::Age)
        return oldest(snapshot, cluster, row, 1);
    if (metric == HeatMetric::Workload)
        return columns.workload[row] == noWorkload ? std::nullopt : std::optional<std::uint32_t>(columns.workload[row]);
    if (picture.stale || columns.state[row] == GpuState::Unknown)
        return std::nullopt;
    const auto known = [](auto value, auto unknownValue) { return value == unknownValue ? std::nullopt : std::optional<std::uint32_t>(value); };
    switch (metric) {
    case HeatMetric::Utilisation: return known(columns.utilisation[row], unknown::utilisation);
    case HeatMetric::Temperature: return known(columns.temperature[row], unknown::temperature);
    case HeatMetric::Power: return known(columns.power[row], unknown::power);
    case HeatMetric::Memory: {
        const std::uint64_t total = memoryOfRow(snapshot.structure(), snapshot.structure().clusters[cluster], row);
        if (total == 0 || columns.memoryUsed[row] == unknown::memory)
            return std::nullopt;
        return static_cast<std::uint32_t>((std::uint64_t { columns.memoryUsed[row] } * 100 + total / 2) / total);
    }
    case HeatMetric::Health: return known(static_cast<std::uint8_t>(kindOf(columns.health[row])), static_cast<std::uint8_t>(Health::NotReported));
    case HeatMetric::Age:
    case HeatMetric::Workload: break;
    }
    return std::nullopt;
}

} // namespace penstock
