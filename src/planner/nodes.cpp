// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "nodes.h"

#include <algorithm>
#include <cstring>

namespace penstock::nodes {

namespace {

    constexpr std::uint64_t ones = 0x0101'0101'0101'0101;
    static_assert(static_cast<std::uint64_t>(GpuState::Free) == 3 && gpuStateCount < 128);

    std::uint64_t eightAt(const GpuState* state)
    {
        std::uint64_t word;
        std::memcpy(&word, state, sizeof word);
        return word;
    }

    /// How many of eight GPUs are free. Without a popcount instruction, which not every processor has; a loop over this
    /// is compiled for wide registers.
    std::uint32_t freeOfEight(std::uint64_t word)
    {
        const auto other = word ^ (ones * static_cast<std::uint64_t>(GpuState::Free));
        const auto isOther = ((other + ones * 0x7F) >> 7) & ones; // every byte is below 128, so that nothing carries over
        return 8 - static_cast<std::uint32_t>((isOther * ones) >> 56);
    }

} // namespace

std::vector<std::uint32_t> byFree(const GpuState* state, std::uint32_t size, std::uint32_t nodes)
{
    std::vector<std::uint32_t> counted(std::size_t { size } + 1);
    if (size == 8) {
        // Neighbours are often equal, and one counter would wait for itself.
        std::uint32_t lanes[4][9] {};
        std::uint32_t n = 0;
        for (; n + 4 <= nodes; n += 4)
            for (std::uint32_t lane = 0; lane < 4; ++lane)
                ++lanes[lane][freeOfEight(eightAt(state + std::size_t { n + lane } * 8))];
        for (; n < nodes; ++n)
            ++lanes[0][freeOfEight(eightAt(state + std::size_t { n } * 8))];
        for (std::uint32_t free = 0; free <= 8; ++free)
            counted[free] = lanes[0][free] + lanes[1][free] + lanes[2][free] + lanes[3][free];
        return counted;
    }
    for (std::uint32_t n = 0; n < nodes; ++n) {
        const auto* here = state + std::size_t { n } * size;
        std::uint32_t free = 0, g = 0;
        for (; g + 8 <= size; g += 8)
            free += freeOfEight(eightAt(here + g));
        for (; g < size; ++g)
            free += here[g] == GpuState::Free;
        ++counted[free];
    }
    return counted;
}

bool alike(const GpuState* one, const GpuState* other, std::uint32_t size)
{
    if (std::memcmp(one, other, size) == 0)
        return true;
    const auto seen = [](GpuState state) { return state == GpuState::Idle ? GpuState::Busy : state; };
    return std::equal(one, one + size, other, [&](GpuState a, GpuState b) { return seen(a) == seen(b); });
}

} // namespace penstock::nodes
