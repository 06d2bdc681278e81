// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "engine/snapshot.h"

namespace penstock {

/// Sums the GPUs of one cluster by model, workload and state in one pass over its columns. Nothing in the pass depends on
/// whether a value is known: small values are counted in tables of 256, whose last place is "unknown", and what an
/// unknown GPU reported is dropped at the end.
class CellSums
{
public:
    /// Sum, number and range of the known values of one column of one cell; the greatest value of the type is "unknown".
    template<typename Value>
    struct Range
    {
        std::uint64_t sum = 0;
        std::uint32_t known = 0;
        Value least = std::numeric_limits<Value>::max();
        Value greatest = 0;
        Range& operator+=(const Range& other)
        {
            sum += other.sum;
            known += other.known;
            least = std::min(least, other.least);
            greatest = std::max(greatest, other.greatest);
            return *this;
        }
        [[nodiscard]] Measure measure() const
        {
            return known == 0 ? Measure {} : Measure { .known = known, .sum = sum, .least = least, .greatest = greatest };
        }
    };

    /// `workloads`: how many there are; the columns name none beyond. `stale`: every GPU counts as unknown.
    CellSums(const Columns& columns, bool stale, std::size_t workloads);
    /// Adds consecutive rows of one model. `modelMemory`: MiB of its total, 0 when unknown.
    void add(std::uint16_t model, std::uint32_t modelMemory, std::size_t firstRow, std::size_t rows);
    /// In the order in which they were met.
    [[nodiscard]] std::vector<Cell> cells() const;

private:
    using Bins = std::array<std::uint32_t, 256>;
    struct Sums
    {
        std::uint16_t model, workload;
        GpuState state;
        std::uint32_t modelMemory;
        Bins utilisation {}, temperature {};
        Range<std::uint16_t> power;
        Range<std::uint32_t> memory;
        std::uint64_t overTotal = 0;
    };
    static constexpr std::uint16_t none = 0xFFFF;
    std::uint16_t open(std::uint16_t model, std::uint32_t modelMemory, std::uint16_t workload, GpuState state);

    const Columns& m_columns;
    bool m_stale;
    std::size_t m_workloads;
    std::vector<std::uint16_t> m_models; ///< those met, by place
    std::vector<std::uint16_t> m_ids; ///< cell by model's place, workload and state; `none`: not met yet
    std::vector<Sums> m_sums;
};

} // namespace penstock
