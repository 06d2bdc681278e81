// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "cellkernel.h"

#include <algorithm>
#include <limits>
#include <vector>

#if defined(__x86_64__) && defined(__GNUC__)
#define PENSTOCK_X86 1
#include <immintrin.h>
#endif

namespace penstock::kernel {

namespace {

    static_assert(unknown::utilisation == 255 && unknown::temperature == 255 && unknown::power == 0xFFFF && unknown::memory == 0xFFFF'FFFF,
        "the greatest value of each column's type stands for an unknown one");

    void countUtilisation(Lanes& lanes, const std::uint8_t* values, Match match)
    {
        auto& bins = lanes.utilisation;
        const auto each = [&](Rows some, auto change) {
            for (; some != 0; some &= some - 1) {
                const auto row = static_cast<std::size_t>(std::countr_zero(some));
                change(bins[row % 4 * Lanes::quarter + values[row]]);
            }
        };
        if (match.count < 40)
            return each(match.rows, [](std::uint16_t& bin) { ++bin; });
        // Nearly all: counting all and taking the others back is quicker than looking at each.
        for (std::size_t i = 0; i < blockRows; i += 4) {
            ++bins[values[i]];
            ++bins[Lanes::quarter + values[i + 1]];
            ++bins[2 * Lanes::quarter + values[i + 2]];
            ++bins[3 * Lanes::quarter + values[i + 3]];
        }
        each(~match.rows, [](std::uint16_t& bin) { --bin; });
    }

    Match matchPortable(const Block& block, Rows among, GpuState state, std::uint16_t workload)
    {
        Rows rows = 0;
        for (std::size_t i = 0; i < blockRows; ++i)
            rows |= Rows { block.state[i] == state && block.workload[i] == workload } << i;
        rows &= among;
        return { rows, static_cast<std::uint32_t>(std::popcount(rows)) };
    }

    template<class Values>
    [[gnu::always_inline]] inline void addKnown(const Values* values, Rows rows, auto& sum, std::uint32_t& known, Values& least, Values& greatest)
    {
        for (; rows != 0; rows &= rows - 1)
            if (const auto value = values[std::countr_zero(rows)]; value != std::numeric_limits<Values>::max()) {
                sum += value;
                ++known;
                least = std::min(least, value);
                greatest = std::max(greatest, value);
            }
    }

    void addPortable(Lanes& lanes, const Block& block, Match match, std::uint32_t memoryTotal)
    {
        countUtilisation(lanes, block.utilisation, match);
        addKnown(block.temperature, match.rows, lanes.temperatureSum[0], lanes.temperatureKnown, lanes.temperatureLeast[0], lanes.temperatureGreatest[0]);
        addKnown(block.power, match.rows, lanes.powerSum[0], lanes.powerKnown, lanes.powerLeast[0], lanes.powerGreatest[0]);
        addKnown(block.memoryUsed, match.rows, lanes.memorySum[0], lanes.memoryKnown, lanes.memoryLeast[0], lanes.memoryGreatest[0]);
        if (memoryTotal != 0)
            for (auto rows = match.rows; rows != 0; rows &= rows - 1) {
                const auto value = block.memoryUsed[std::countr_zero(rows)];
                lanes.memoryOverTotal += value > memoryTotal && value != unknown::memory;
            }
    }

    // The next two are inlined into their callers, so that they are compiled for their registers. One plain loop for each
    // thing that is wanted: each becomes a few wide instructions.
    [[gnu::always_inline]] inline void clearAll(Lanes& lanes)
    {
        const auto fill = [](auto& array, auto value) __attribute__((always_inline)) {
            for (auto& it : array)
                it = value;
        };
        fill(lanes.temperatureLeast, std::uint8_t { 0xFF });
        fill(lanes.powerLeast, std::uint16_t { 0xFFFF });
        fill(lanes.memoryLeast, 0xFFFF'FFFFU);
        fill(lanes.temperatureGreatest, std::uint8_t { 0 });
        fill(lanes.powerGreatest, std::uint16_t { 0 });
        fill(lanes.memoryGreatest, 0U);
        fill(lanes.powerSum, 0U);
        fill(lanes.temperatureSum, std::uint64_t { 0 });
        fill(lanes.memorySum, std::uint64_t { 0 });
        fill(lanes.utilisation, std::uint16_t { 0 });
        lanes.temperatureKnown = lanes.powerKnown = lanes.memoryKnown = lanes.memoryOverTotal = 0;
    }

    template<class Values>
    [[gnu::always_inline]] inline Measure measureOf(std::uint32_t known, const auto& sums, const Values& least, const Values& greatest)
    {
        if (known == 0)
            return {};
        std::uint64_t sum = 0;
        for (const auto value : sums)
            sum += value;
        auto lowest = least[0], highest = greatest[0];
        for (const auto value : least)
            lowest = std::min(lowest, value);
        for (const auto value : greatest)
            highest = std::max(highest, value);
        return { .known = known, .sum = sum, .least = lowest, .greatest = highest };
    }

    [[gnu::always_inline]] inline Sums drainAll(const Lanes& lanes, Histogram& histogram)
    {
        constexpr std::uint32_t steps = std::tuple_size_v<Histogram>;
        std::array<std::uint32_t, steps> gpus;
        const auto* bins = lanes.utilisation.data();
        for (std::uint32_t value = 0; value < steps; ++value)
            gpus[value] = static_cast<std::uint32_t>(bins[value]) + bins[Lanes::quarter + value] + bins[2 * Lanes::quarter + value] + bins[3 * Lanes::quarter + value];
        for (std::uint32_t value = 0; value < steps; ++value)
            histogram[value] += gpus[value];
        std::uint32_t known = 0, sum = 0, least = 0xFFFF'FFFF, greatest = 0;
        for (std::uint32_t value = 0; value < steps; ++value) {
            known += gpus[value];
            sum += gpus[value] * value;
        }
        for (std::uint32_t value = 0; value < steps; ++value) {
            const std::uint32_t empty = gpus[value] == 0 ? 0xFFFF'FFFF : 0;
            least = std::min(least, value | empty);
            greatest = std::max(greatest, value & ~empty);
        }
        return { .utilisation = { .known = known, .sum = sum, .least = least, .greatest = greatest },
            .memory = measureOf(lanes.memoryKnown, lanes.memorySum, lanes.memoryLeast, lanes.memoryGreatest),
            .power = measureOf(lanes.powerKnown, lanes.powerSum, lanes.powerLeast, lanes.powerGreatest),
            .temperature = measureOf(lanes.temperatureKnown, lanes.temperatureSum, lanes.temperatureLeast, lanes.temperatureGreatest),
            .memoryOverTotal = lanes.memoryOverTotal };
    }

    void clearPortable(Lanes& lanes) { clearAll(lanes); }
    Sums drainPortable(const Lanes& lanes, Histogram& histogram) { return drainAll(lanes, histogram); }

#if PENSTOCK_X86
    [[gnu::target("avx2")]] void clearAvx2(Lanes& lanes) { clearAll(lanes); }
    [[gnu::target("avx2")]] Sums drainAvx2(const Lanes& lanes, Histogram& histogram) { return drainAll(lanes, histogram); }

// GCC's own header leaves what its masks do not choose undefined on purpose (GCC bug 105593).
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

    [[gnu::target("avx2")]] inline __m256i load(const void* at) { return _mm256_loadu_si256(static_cast<const __m256i*>(at)); }

    [[gnu::target("avx2,popcnt,bmi")]] Match matchAvx2(const Block& block, Rows among, GpuState state, std::uint16_t workload)
    {
        const auto wantedState = _mm256_set1_epi8(static_cast<char>(state));
        const auto wantedWorkload = _mm256_set1_epi16(static_cast<short>(workload));
        Rows rows = 0;
        for (std::size_t half = 0; half < 2; ++half) {
            const auto states = _mm256_cmpeq_epi8(load(block.state + half * 32), wantedState);
            const auto low = _mm256_cmpeq_epi16(load(block.workload + half * 32), wantedWorkload);
            const auto high = _mm256_cmpeq_epi16(load(block.workload + half * 32 + 16), wantedWorkload);
            // Packing works within 128-bit halves; the middle two quarters change places.
            const auto workloads = _mm256_permute4x64_epi64(_mm256_packs_epi16(low, high), 0b11'01'10'00);
            const auto both = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_and_si256(states, workloads)));
            rows |= Rows { both } << (half * 32);
        }
        rows &= among;
        return { rows, static_cast<std::uint32_t>(std::popcount(rows)) };
    }

    [[gnu::target("avx2,popcnt,bmi")]] void addAvx2(Lanes& lanes, const Block& block, Match match, std::uint32_t memoryTotal)
    {
        countUtilisation(lanes, block.utilisation, match);
        const auto rows = match.rows;
        const auto lane = [](auto& array) { return reinterpret_cast<__m256i*>(array.data()); };
        const auto ones = _mm256_set1_epi8(-1);
        const auto zero = _mm256_setzero_si256();
        const auto bits8 = _mm256_set1_epi64x(static_cast<long long>(0x8040'2010'0804'0201ULL));
        const auto spread8 = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
        const auto bits16 = _mm256_setr_epi16(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, static_cast<short>(0x8000));
        const auto bits32 = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
        const auto low16 = _mm256_set1_epi32(0xFFFF);
        const auto low32 = _mm256_set1_epi64x(0xFFFF'FFFF);
        auto powerSum = *lane(lanes.powerSum);
        auto powerLeast = *lane(lanes.powerLeast), powerGreatest = *lane(lanes.powerGreatest);
        auto memorySum = *lane(lanes.memorySum);
        auto memoryLeast = *lane(lanes.memoryLeast), memoryGreatest = *lane(lanes.memoryGreatest);
        const auto overLimit = _mm256_set1_epi32(static_cast<int>(memoryTotal + 1));
        for (std::size_t half = 0; half < 2; ++half) {
            const auto part = static_cast<std::uint32_t>(rows >> (half * 32));
            if (part == 0)
                continue;
            {
                const auto chosen = _mm256_cmpeq_epi8(_mm256_and_si256(_mm256_shuffle_epi8(_mm256_set1_epi32(static_cast<int>(part)), spread8), bits8), bits8);
                // What is not chosen looks unknown: the greatest value.
                const auto values = _mm256_or_si256(load(block.temperature + half * 32), _mm256_xor_si256(chosen, ones));
                const auto isUnknown = _mm256_cmpeq_epi8(values, ones);
                const auto known = _mm256_andnot_si256(isUnknown, values);
                *lane(lanes.temperatureLeast) = _mm256_min_epu8(*lane(lanes.temperatureLeast), values);
                *lane(lanes.temperatureGreatest) = _mm256_max_epu8(*lane(lanes.temperatureGreatest), known);
                *lane(lanes.temperatureSum) = _mm256_add_epi64(*lane(lanes.temperatureSum), _mm256_sad_epu8(known, zero));
                lanes.temperatureKnown += static_cast<std::uint32_t>(std::popcount(~static_cast<std::uint32_t>(_mm256_movemask_epi8(isUnknown))));
            }
            for (std::size_t quarter = 0; quarter < 2; ++quarter) {
                const auto chosen = _mm256_cmpeq_epi16(_mm256_and_si256(_mm256_set1_epi16(static_cast<short>(part >> (quarter * 16))), bits16), bits16);
                const auto values = _mm256_or_si256(load(block.power + half * 32 + quarter * 16), _mm256_xor_si256(chosen, ones));
                const auto isUnknown = _mm256_cmpeq_epi16(values, ones);
                const auto known = _mm256_andnot_si256(isUnknown, values);
                powerLeast = _mm256_min_epu16(powerLeast, values);
                powerGreatest = _mm256_max_epu16(powerGreatest, known);
                powerSum = _mm256_add_epi32(powerSum, _mm256_add_epi32(_mm256_and_si256(known, low16), _mm256_srli_epi32(known, 16)));
                lanes.powerKnown += static_cast<std::uint32_t>(std::popcount(~static_cast<std::uint32_t>(_mm256_movemask_epi8(isUnknown)))) / 2;
            }
            for (std::size_t eighth = 0; eighth < 4; ++eighth) {
                const auto chosen = _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(static_cast<int>(part >> (eighth * 8))), bits32), bits32);
                const auto values = _mm256_or_si256(load(block.memoryUsed + half * 32 + eighth * 8), _mm256_xor_si256(chosen, ones));
                const auto isUnknown = _mm256_cmpeq_epi32(values, ones);
                const auto known = _mm256_andnot_si256(isUnknown, values);
                memoryLeast = _mm256_min_epu32(memoryLeast, values);
                memoryGreatest = _mm256_max_epu32(memoryGreatest, known);
                memorySum = _mm256_add_epi64(memorySum, _mm256_add_epi64(_mm256_and_si256(known, low32), _mm256_srli_epi64(known, 32)));
                lanes.memoryKnown += 8U - static_cast<std::uint32_t>(std::popcount(static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(isUnknown)))));
                if (memoryTotal != 0) {
                    const auto over = _mm256_cmpeq_epi32(_mm256_max_epu32(known, overLimit), known);
                    lanes.memoryOverTotal += static_cast<std::uint32_t>(std::popcount(static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(over)))));
                }
            }
        }
        *lane(lanes.powerSum) = powerSum;
        *lane(lanes.powerLeast) = powerLeast;
        *lane(lanes.powerGreatest) = powerGreatest;
        *lane(lanes.memorySum) = memorySum;
        *lane(lanes.memoryLeast) = memoryLeast;
        *lane(lanes.memoryGreatest) = memoryGreatest;
    }

#define PENSTOCK_AVX512 "avx512f,avx512bw,popcnt,bmi"
    [[gnu::target(PENSTOCK_AVX512)]] Match matchAvx512(const Block& block, Rows among, GpuState state, std::uint16_t workload)
    {
        const auto wanted = _mm512_set1_epi16(static_cast<short>(workload));
        const Rows states = _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(block.state), _mm512_set1_epi8(static_cast<char>(state)));
        const Rows low = _mm512_cmpeq_epi16_mask(_mm512_loadu_si512(block.workload), wanted);
        const Rows high = _mm512_cmpeq_epi16_mask(_mm512_loadu_si512(block.workload + 32), wanted);
        const Rows rows = states & (low | high << 32) & among;
        return { rows, static_cast<std::uint32_t>(std::popcount(rows)) };
    }

    [[gnu::target(PENSTOCK_AVX512)]] void addAvx512(Lanes& lanes, const Block& block, Match match, std::uint32_t memoryTotal)
    {
        countUtilisation(lanes, block.utilisation, match);
        const auto rows = match.rows;
        const auto lane = [](auto& array) { return reinterpret_cast<__m512i*>(array.data()); };
        const auto ones = _mm512_set1_epi8(-1);
        {
            const auto all = _mm512_loadu_si512(block.temperature);
            const __mmask64 isKnown = _mm512_mask_cmpneq_epi8_mask(rows, all, ones);
            const auto known = _mm512_maskz_mov_epi8(isKnown, all);
            *lane(lanes.temperatureLeast) = _mm512_mask_min_epu8(*lane(lanes.temperatureLeast), isKnown, *lane(lanes.temperatureLeast), all);
            *lane(lanes.temperatureGreatest) = _mm512_max_epu8(*lane(lanes.temperatureGreatest), known);
            *lane(lanes.temperatureSum) = _mm512_add_epi64(*lane(lanes.temperatureSum), _mm512_sad_epu8(known, _mm512_setzero_si512()));
            lanes.temperatureKnown += static_cast<std::uint32_t>(std::popcount(static_cast<std::uint64_t>(isKnown)));
        }
        const auto low16 = _mm512_set1_epi32(0xFFFF);
        auto powerSum = *lane(lanes.powerSum), powerLeast = *lane(lanes.powerLeast), powerGreatest = *lane(lanes.powerGreatest);
        for (std::size_t half = 0; half < 2; ++half) {
            const auto all = _mm512_loadu_si512(block.power + half * 32);
            const __mmask32 isKnown = _mm512_mask_cmpneq_epi16_mask(static_cast<__mmask32>(rows >> (half * 32)), all, ones);
            const auto known = _mm512_maskz_mov_epi16(isKnown, all);
            powerLeast = _mm512_mask_min_epu16(powerLeast, isKnown, powerLeast, all);
            powerGreatest = _mm512_max_epu16(powerGreatest, known);
            powerSum = _mm512_add_epi32(powerSum, _mm512_add_epi32(_mm512_and_si512(known, low16), _mm512_srli_epi32(known, 16)));
            lanes.powerKnown += static_cast<std::uint32_t>(std::popcount(static_cast<std::uint32_t>(isKnown)));
        }
        *lane(lanes.powerSum) = powerSum;
        *lane(lanes.powerLeast) = powerLeast;
        *lane(lanes.powerGreatest) = powerGreatest;
        const auto low32 = _mm512_set1_epi64(0xFFFF'FFFF);
        const auto limit = _mm512_set1_epi32(static_cast<int>(memoryTotal == 0 ? unknown::memory : memoryTotal));
        auto memorySum = *lane(lanes.memorySum), memoryLeast = *lane(lanes.memoryLeast), memoryGreatest = *lane(lanes.memoryGreatest);
        for (std::size_t quarter = 0; quarter < 4; ++quarter) {
            const auto all = _mm512_loadu_si512(block.memoryUsed + quarter * 16);
            const __mmask16 isKnown = _mm512_mask_cmpneq_epi32_mask(static_cast<__mmask16>(rows >> (quarter * 16)), all, ones);
            const auto known = _mm512_maskz_mov_epi32(isKnown, all);
            memoryLeast = _mm512_mask_min_epu32(memoryLeast, isKnown, memoryLeast, all);
            memoryGreatest = _mm512_max_epu32(memoryGreatest, known);
            memorySum = _mm512_add_epi64(memorySum, _mm512_add_epi64(_mm512_and_si512(known, low32), _mm512_srli_epi64(known, 32)));
            lanes.memoryKnown += static_cast<std::uint32_t>(std::popcount(static_cast<std::uint32_t>(isKnown)));
            lanes.memoryOverTotal += static_cast<std::uint32_t>(std::popcount(static_cast<std::uint32_t>(_mm512_mask_cmpgt_epu32_mask(isKnown, all, limit))));
        }
        *lane(lanes.memorySum) = memorySum;
        *lane(lanes.memoryLeast) = memoryLeast;
        *lane(lanes.memoryGreatest) = memoryGreatest;
    }
#pragma GCC diagnostic pop
#endif

    std::vector<Kernel> supported()
    {
        std::vector<Kernel> found { { "portable", matchPortable, addPortable, clearPortable, drainPortable } };
#if PENSTOCK_X86
        __builtin_cpu_init();
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("bmi"))
            found.push_back({ "avx2", matchAvx2, addAvx2, clearAvx2, drainAvx2 });
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("bmi"))
            found.push_back({ "avx512", matchAvx512, addAvx512, clearAvx2, drainAvx2 });
#endif
        return found;
    }

} // namespace

std::span<const Kernel> available()
{
    static const auto kernels = supported();
    return kernels;
}

const Kernel& best() { return available().back(); }

} // namespace penstock::kernel
