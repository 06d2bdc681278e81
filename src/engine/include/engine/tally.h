// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "fleet/columns.h"

namespace penstock {

/// Sum, range and number of the known values of one column. Unknown values are in none of them.
struct Measure
{
    std::uint64_t known = 0;
    std::uint64_t sum = 0;
    std::uint32_t least = ~0U;
    std::uint32_t greatest = 0;

    void add(std::uint32_t value)
    {
        ++known;
        sum += value;
        least = std::min(least, value);
        greatest = std::max(greatest, value);
    }
    Measure& operator+=(const Measure& other)
    {
        known += other.known;
        sum += other.sum;
        least = std::min(least, other.least);
        greatest = std::max(greatest, other.greatest);
        return *this;
    }
    /// In the column's unit; empty when nothing is known.
    [[nodiscard]] std::optional<double> mean() const;
    friend bool operator==(const Measure&, const Measure&) = default;
};

inline constexpr std::size_t utilisationSteps = 101; ///< 0 to 100 %

/// What a group of GPUs adds up to. A monoid: the empty one is its zero, += joins two disjoint groups.
struct Tally
{
    std::uint64_t gpus = 0;
    std::uint64_t nodes = 0; ///< only in tallies of whole nodes and above; 0 in rollups by workload or state
    std::array<std::uint64_t, gpuStateCount> byState {}; ///< index: GpuState
    std::uint64_t load = 0; ///< GPUs allocated to a workload: busy, idle, and unknown ones that kept theirs
    Measure utilisation; ///< %
    Measure memory; ///< MiB used
    Measure power; ///< 0.1 W
    Measure temperature; ///< degrees Celsius
    std::uint64_t memoryTotal = 0; ///< MiB, of the models with a known size
    std::uint64_t memoryOverTotal = 0; ///< GPUs that report more used memory than their model has
    std::array<std::uint32_t, utilisationSteps> histogram {}; ///< GPUs by utilisation in whole per cent

    /// Adds one GPU. `modelMemory` is its model's total in MiB, 0 when unknown. Values of an unknown GPU do not count.
    void add(const GpuSample& sample, std::uint32_t modelMemory);
    Tally& operator+=(const Tally& other);
    /// GPUs that were seen: all but the unknown ones. `gpus` are those expected.
    [[nodiscard]] std::uint64_t seen() const { return gpus - count(GpuState::Unknown); }
    [[nodiscard]] std::uint64_t count(GpuState state) const { return byState[static_cast<std::size_t>(state)]; }
    /// Share of the GPUs in this state, in per cent; 0 without GPUs.
    [[nodiscard]] double percent(GpuState state) const;
    /// The smallest utilisation (%) that at least `share` (0..1) of the known GPUs do not exceed; empty: none known.
    [[nodiscard]] std::optional<int> utilisationQuantile(double share) const;
    friend bool operator==(const Tally&, const Tally&) = default;
};

} // namespace penstock
