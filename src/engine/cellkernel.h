// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/tally.h"
#include "fleet/gpu.h"
#include "fleet/inventory.h"

namespace penstock::kernel {

/// The columns of at least `blockRows` consecutive GPUs.
struct Block
{
    const GpuState* state;
    const std::uint16_t* workload;
    const std::uint8_t* utilisation;
    const std::uint8_t* temperature;
    const std::uint16_t* power;
    const std::uint32_t* memoryUsed;
};
inline constexpr std::size_t blockRows = 64;

/// One bit a row of a block.
using Rows = std::uint64_t;

/// GPUs by utilisation in whole per cent, with room up to a whole register.
using Histogram = std::array<std::uint32_t, 104>;

struct Match
{
    Rows rows;
    std::uint32_t count; ///< of rows: not every processor counts bits quickly
};

/// The running sums of one cell, a lane each so that registers of any width up to 64 bytes add to them without a
/// reduction. All are integers: the order of additions changes nothing. Values of an unknown GPU are not added.
/// After `mostRows` rows the sums must be taken out, or the narrow ones overflow.
struct alignas(64) Lanes
{
    static constexpr std::uint32_t mostRows = 65'472;

    std::array<std::uint8_t, 64> temperatureLeast, temperatureGreatest;
    std::array<std::uint16_t, 32> powerLeast, powerGreatest;
    std::array<std::uint32_t, 16> powerSum, memoryLeast, memoryGreatest;
    std::array<std::uint64_t, 8> temperatureSum, memorySum;
    std::uint32_t temperatureKnown, powerKnown, memoryKnown;
    std::uint32_t memoryOverTotal;
    /// GPUs by utilisation, counted in four places in turn, since neighbours are often equal and one counter would wait
    /// for itself. An unknown one, 255, counts at a place of the next quarter that is never read.
    static constexpr std::size_t quarter = 128;
    std::array<std::uint16_t, 5 * quarter> utilisation;
};

/// What lanes add up to.
struct Sums
{
    Measure utilisation, memory, power, temperature;
    std::uint32_t memoryOverTotal = 0;
};

/// How the processor at hand does it.
struct Kernel
{
    const char* name;
    /// Those of `among` whose state and workload are these.
    Match (*match)(const Block& block, Rows among, GpuState state, std::uint16_t workload);
    /// Adds the given rows of a block, none of which is Unknown. `memoryTotal`: MiB, 0 when unknown.
    void (*add)(Lanes& lanes, const Block& block, Match rows, std::uint32_t memoryTotal);
    /// Empties the lanes: they hold anything before.
    void (*clear)(Lanes& lanes);
    /// What the lanes hold; their counts are added to the histogram.
    Sums (*drain)(const Lanes& lanes, Histogram& histogram);
};

/// All that this processor can run, the portable one first; all give the same sums to the bit.
[[nodiscard]] std::span<const Kernel> available();
/// The fastest of them.
[[nodiscard]] const Kernel& best();

} // namespace penstock::kernel
