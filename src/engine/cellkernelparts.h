// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstring>
#include <limits>

#include "cellkernel.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define PENSTOCK_X86 1
#endif

/// What the kernels share. It is inlined into them, so that it is compiled for their registers.
namespace penstock::kernel {

static_assert(unknown::utilisation == 255 && unknown::temperature == 255 && unknown::power == 0xFFFF
        && unknown::memory == 0xFFFF'FFFF,
    "the greatest value of each column's type stands for an unknown one");

/// Memory beyond this is too much.
[[gnu::always_inline]] inline std::uint32_t memoryLimit(std::uint32_t memoryTotal)
{
    return memoryTotal == 0 ? unknown::memory : memoryTotal;
}

/// Six short streams a cluster are too many for the processor to foresee. Into the second cache: it is a cluster's time
/// until they are wanted, and the first one has no room. Reading ahead of an end does no harm.
[[gnu::always_inline]] inline void fetch(const Block& block)
{
    const auto lines = [](const void* from, std::size_t count) __attribute__((always_inline))
    {
        for (std::size_t line = 0; line < count; ++line)
            __builtin_prefetch(static_cast<const std::byte*>(from) + line * 64, 0, 2);
    };
    lines(block.state, 1);
    lines(block.utilisation, 1);
    lines(block.temperature, 1);
    lines(block.workload, 2);
    lines(block.power, 2);
    lines(block.memoryUsed, 4);
}

/// GPUs by utilisation within a run, counted in four places in turn, since neighbours are often equal and one counter
/// would wait for itself.
struct alignas(64) Counters
{
    static constexpr std::size_t ways = 4;
    static constexpr std::size_t used = Sums::steps * ways + 32; ///< whole registers of 64 bytes
    std::array<std::uint8_t, 256 * ways> gpus; ///< those from `used` on are never read nor cleared

    /// A quarter of a block. Taken between the wide additions, which wait for other parts of the processor.
    [[gnu::always_inline]] void count(const std::uint8_t* values)
    {
        // Eight at a time: from single bytes the compiler would make a wide load and take it apart again.
#pragma GCC unroll 2
        for (std::size_t row = 0; row < blockRows / 4; row += sizeof(std::uint64_t)) {
            std::uint64_t some;
            std::memcpy(&some, values + row, sizeof(some));
#pragma GCC unroll 8
            for (std::size_t i = 0; i < sizeof(some); ++i)
                ++gpus[(some >> (i * 8) & 0xFF) * ways + i % ways];
        }
    }
};

[[gnu::always_inline]] inline void listOthers(Run& run, Rows rest, std::size_t block)
{
    for (; rest != 0; rest &= rest - 1)
        run.other[run.others++]
            = static_cast<std::uint16_t>(block * blockRows + static_cast<std::size_t>(std::countr_zero(rest)));
}

[[gnu::always_inline]] inline void addEach(std::span<const std::uint16_t> rows, const std::uint16_t* cells,
    const Block& at, std::uint32_t memoryTotal, Sums* sums)
{
    const auto limit = memoryLimit(memoryTotal);
    const Sums::Quad none { unknown::utilisation, unknown::memory, unknown::power, unknown::temperature };
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::size_t row = rows[i];
        auto& to = sums[cells[i]];
        const auto utilisation = at.utilisation[row];
        const auto memory = at.memoryUsed[row];
        ++to.gpus;
        ++to.histogram[utilisation];
        to.memoryOverTotal += memory > limit && memory != unknown::memory;
        const Sums::Quad values { utilisation, memory, at.power[row], at.temperature[row] };
        const auto isUnknown = Sums::Quad(values == none);
        const auto known = values & ~isUnknown, orGreatest = values | isUnknown;
        to.sum += __builtin_convertvector(known, Sums::Wide);
        to.known += 1 + isUnknown;
        to.least = to.least < orGreatest ? to.least : orGreatest;
        to.greatest = to.greatest > known ? to.greatest : known;
    }
}

/// What a run adds to one column of a cell.
[[gnu::always_inline]] inline void addColumn(Sums& sums, Sums::Column column, std::uint32_t known, std::uint64_t sum,
    std::uint32_t least, std::uint32_t greatest)
{
    // Lanes start at values that fit their type: with nothing known their least is not that of Sums.
    if (known == 0)
        return;
    sums.known[column] += known;
    sums.sum[column] += sum;
    sums.least[column] = std::min(sums.least[column], least);
    sums.greatest[column] = std::max(sums.greatest[column], greatest);
}

/// Rows of a block, one after another.
template<class Value>
[[gnu::always_inline]] inline void addKnown(Sums& sums, Sums::Column column, const Value* values, Rows rows)
{
    std::uint64_t sum = 0;
    std::uint32_t known = 0, least = ~0U, greatest = 0;
    for (; rows != 0; rows &= rows - 1)
        if (const std::uint32_t value = values[std::countr_zero(rows)]; value != std::numeric_limits<Value>::max()) {
            sum += value;
            ++known;
            least = std::min(least, value);
            greatest = std::max(greatest, value);
        }
    addColumn(sums, column, known, sum, least, greatest);
}

/// The same of all blocks of a run, for the rare values that are beyond what wide registers hold.
template<class Value>
[[gnu::noinline, gnu::cold]] void addAgain(
    Sums& sums, Sums::Column column, const Value* values, std::span<const Rows> rowsByBlock)
{
    for (std::size_t block = 0; block < rowsByBlock.size(); ++block)
        addKnown(sums, column, values + block * blockRows, rowsByBlock[block]);
}

/// Asked for only when the greatest is beyond the limit.
[[gnu::noinline, gnu::cold]] inline void countOver(
    Sums& sums, const std::uint32_t* memory, std::span<const Rows> rowsByBlock, std::uint32_t memoryTotal)
{
    const auto limit = memoryLimit(memoryTotal);
    for (std::size_t block = 0; block < rowsByBlock.size(); ++block)
        for (auto rows = rowsByBlock[block]; rows != 0; rows &= rows - 1) {
            const auto value = memory[block * blockRows + static_cast<std::size_t>(std::countr_zero(rows))];
            sums.memoryOverTotal += value > limit && value != unknown::memory;
        }
}

} // namespace penstock::kernel
