// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "fleet/gpu.h"
#include "fleet/inventory.h"

namespace penstock::kernel {

inline constexpr std::size_t blockRows = 64;

/// The columns of at least `blockRows` consecutive GPUs.
struct Block
{
    const GpuState* state;
    const std::uint16_t* workload;
    const std::uint8_t* utilisation;
    const std::uint8_t* temperature;
    const std::uint16_t* power;
    const std::uint32_t* memoryUsed;

    [[nodiscard]] Block after(std::size_t blocks) const
    {
        const auto rows = blocks * blockRows;
        return { state + rows, workload + rows, utilisation + rows, temperature + rows, power + rows,
            memoryUsed + rows };
    }
};

/// One bit a row of a block.
using Rows = std::uint64_t;

struct Match
{
    Rows rows;
    std::uint32_t count; ///< of rows: not every processor counts bits quickly
};

inline constexpr Match allRows { ~Rows { 0 }, blockRows };

/// Rows of a block that are cheaper to add one by one.
inline constexpr std::uint32_t few = 12;

/// The sums of one cell. All are integers: the order of additions changes nothing. Unknown values are in none of them.
struct alignas(64) Sums
{
    /// Place of each column in the arrays.
    enum Column : std::size_t { Utilisation, Memory, Power, Temperature, ColumnCount };

    /// One lane a column. The compiler's own vectors: it does not find them in loops over four.
    using Wide [[gnu::vector_size(ColumnCount * sizeof(std::uint64_t))]] = std::uint64_t;
    using Quad [[gnu::vector_size(ColumnCount * sizeof(std::uint32_t))]] = std::uint32_t;
    Wide sum;
    Quad known, least, greatest;
    std::uint32_t gpus;
    std::uint32_t memoryOverTotal; ///< GPUs that report more used memory than their model has
    /// GPUs by utilisation in whole per cent, `steps` of them, and room for any byte: an unknown one counts at 255.
    static constexpr std::size_t steps = 104;
    alignas(64) std::array<std::uint32_t, 256> histogram;

    /// All but the histogram, which who reads it empties.
    void clear();
    /// All but the histogram.
    void add(const Sums& other);
};

/// Consecutive blocks of which most rows are in one cell.
struct Run
{
    /// The counters of a run are bytes, four a step of utilisation: a block adds at most 16 to each.
    static constexpr std::size_t mostBlocks = 15;

    Block at; ///< the first block
    Block ahead; ///< of as many blocks that will be wanted later: they are fetched meanwhile
    std::size_t blocks; ///< 1 to mostBlocks
    GpuState state; ///< never Unknown
    std::uint16_t workload;
    std::uint32_t memoryTotal; ///< MiB of the model; 0: unknown
    /// Rows of the first block that are still to be added, more than `few` of them in the cell. Then: those of the
    /// block behind the done ones, if that is one of the run.
    Match left;
    Match last; ///< rows of the last block
    std::size_t done; ///< blocks that are dealt with
    std::size_t others; ///< how many there are in `other`
    /// Rows of the blocks done that are in other cells, counted from the first block. Their utilisation has been
    /// counted in the histogram of this cell: it must be taken back.
    std::array<std::uint16_t, mostBlocks * few + 16> other;
};

/// How the processor at hand does it.
struct Kernel
{
    const char* name;
    /// Those of `among` whose state and workload are these.
    Match (*match)(const Block& block, Rows among, GpuState state, std::uint16_t workload);
    /// Adds the rows of the cell, up to the first block that holds more than a few rows of other cells.
    void (*run)(Run& run, Sums& sums);
    /// Adds single rows, the i-th to the sums of the i-th cell. None is Unknown.
    void (*each)(std::span<const std::uint16_t> rows, const std::uint16_t* cells, const Block& at,
        std::uint32_t memoryTotal, Sums* sums);
};

/// All that this processor can run, the portable one first; all give the same sums to the bit.
[[nodiscard]] std::span<const Kernel> available();
/// The fastest of them.
[[nodiscard]] const Kernel& best();

/// Null where the compiler or the processor has not got it.
[[nodiscard]] const Kernel* avx2();
[[nodiscard]] const Kernel* avx512();

} // namespace penstock::kernel
