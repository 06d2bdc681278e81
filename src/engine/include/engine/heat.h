// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "engine/snapshot.h"

namespace penstock {

/// What the colour of a heatmap's cell says.
enum class HeatMetric : std::uint8_t {
    Utilisation, ///< %
    Temperature, ///< degrees Celsius
    Power, ///< 0.1 W
    Memory, ///< % of the model's total
    Health, ///< a category: penstock::Health, the worst of the cell
    Age, ///< seconds since the source observed it; of an unknown GPU, since it was lost
    Workload, ///< a category: index into Snapshot::workloads modulo `heatCategories`, the most frequent of the cell
};

/// A metric and the values at the two ends of its scale.
struct HeatScale
{
    HeatMetric metric = HeatMetric::Utilisation;
    std::uint32_t least = 0, greatest = 100;
    friend bool operator==(const HeatScale&, const HeatScale&) = default;
};
/// The scale that fits a snapshot: fixed, but for power, which ends at the next 100 W above the greatest value.
[[nodiscard]] HeatScale heatScale(const Snapshot& snapshot, HeatMetric metric);
[[nodiscard]] constexpr bool isCategory(HeatMetric metric) { return metric == HeatMetric::Health || metric == HeatMetric::Workload; }

/// The shade of a cell of which nothing is known; others are 0 at the low end of the scale to `heatShades` - 1 at the high
/// end, or a category.
inline constexpr std::uint8_t noShade = 0xFF;
inline constexpr std::uint32_t heatShades = 255;
inline constexpr std::uint32_t heatCategories = 250;

/// Consecutive GPUs of one cluster, `rowsACell` to a cell; the last cell may hold fewer.
struct HeatRange
{
    std::uint32_t cluster = 0; ///< of the structure
    std::uint32_t firstRow = 0, rows = 0; ///< counted in the cluster
    std::uint32_t rowsACell = 1;
    [[nodiscard]] std::uint32_t cells() const { return (rows + rowsACell - 1) / rowsACell; }
};

/// Fills one shade and one state for each cell of the range. The shade is that of the mean of the known values of GPUs that
/// are not unknown. The state is that of the GPU, or of several what needs to be seen: unknown where half of them are, else
/// unhealthy where one in 64 is, unknown or draining where one in 16 is, else free where half are, else busy or idle, whichever are more. Any
/// thread; one pass over two or three columns.
void heatCells(const Snapshot& snapshot, const HeatRange& range, const HeatScale& scale, std::span<std::uint8_t> shades, std::span<GpuState> states);

/// The value of one GPU in the metric's unit; empty when it is not known. `row` is counted in the cluster.
[[nodiscard]] std::optional<std::uint32_t> heatValue(const Snapshot& snapshot, std::uint32_t cluster, std::uint32_t row, HeatMetric metric);

} // namespace penstock
