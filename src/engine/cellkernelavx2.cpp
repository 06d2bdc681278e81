// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "cellkernelparts.h"

#if PENSTOCK_X86
#include <immintrin.h>

#define PENSTOCK_AVX2 gnu::target("avx2,popcnt,bmi")

namespace penstock::kernel {

namespace {

[[PENSTOCK_AVX2, gnu::always_inline]] inline __m256i load(const void* at)
{
    return _mm256_loadu_si256(static_cast<const __m256i*>(at));
}
[[PENSTOCK_AVX2, gnu::always_inline]] inline std::uint32_t signs(__m256i bytes)
{
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(bytes));
}
[[PENSTOCK_AVX2, gnu::always_inline]] inline std::uint32_t bits(std::uint32_t mask)
{
    return static_cast<std::uint32_t>(std::popcount(mask));
}

[[PENSTOCK_AVX2, gnu::always_inline]] inline Rows matching(const Block& block, __m256i state, __m256i workload)
{
    Rows rows = 0;
#pragma GCC unroll 2
    for (std::size_t half = 0; half < 2; ++half) {
        const auto states = _mm256_cmpeq_epi8(load(block.state + half * 32), state);
        const auto low = _mm256_cmpeq_epi16(load(block.workload + half * 32), workload);
        const auto high = _mm256_cmpeq_epi16(load(block.workload + half * 32 + 16), workload);
        // Packing works within 128-bit halves; the middle two quarters change places.
        const auto workloads = _mm256_permute4x64_epi64(_mm256_packs_epi16(low, high), 0b11'01'10'00);
        rows |= Rows { signs(_mm256_and_si256(states, workloads)) } << (half * 32);
    }
    return rows;
}

[[PENSTOCK_AVX2]] Match matchAvx2(const Block& block, Rows among, GpuState state, std::uint16_t workload)
{
    const auto rows = among
        & matching(block, _mm256_set1_epi8(static_cast<char>(state)), _mm256_set1_epi16(static_cast<short>(workload)));
    return { rows, static_cast<std::uint32_t>(std::popcount(rows)) };
}

/// The chosen lanes of 8, 16 or 32 bits all ones, from one bit each.
[[PENSTOCK_AVX2, gnu::always_inline]] inline __m256i chosenBytes(std::uint32_t rows)
{
    const auto bit = _mm256_set1_epi64x(static_cast<long long>(0x8040'2010'0804'0201ULL));
    const auto spread = _mm256_setr_epi8(
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
    return _mm256_cmpeq_epi8(
        _mm256_and_si256(_mm256_shuffle_epi8(_mm256_set1_epi32(static_cast<int>(rows)), spread), bit), bit);
}
[[PENSTOCK_AVX2, gnu::always_inline]] inline __m256i chosenWords(std::uint32_t rows)
{
    const auto bit = _mm256_setr_epi16(
        1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, static_cast<short>(0x8000));
    return _mm256_cmpeq_epi16(_mm256_and_si256(_mm256_set1_epi16(static_cast<short>(rows)), bit), bit);
}
[[PENSTOCK_AVX2, gnu::always_inline]] inline __m256i chosenWides(std::uint32_t rows)
{
    const auto bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    return _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(static_cast<int>(rows)), bit), bit);
}

/// What is not chosen looks unknown: the greatest value.
[[PENSTOCK_AVX2, gnu::always_inline]] inline __m256i orUnknown(__m256i values, __m256i chosen)
{
    return _mm256_or_si256(values, _mm256_xor_si256(chosen, _mm256_set1_epi8(-1)));
}

template<class Value> [[PENSTOCK_AVX2, gnu::always_inline]] inline std::uint32_t leastOf(__m256i lanes)
{
    alignas(32) std::array<Value, 32 / sizeof(Value)> values;
    _mm256_store_si256(reinterpret_cast<__m256i*>(values.data()), lanes);
    return *std::ranges::min_element(values);
}
template<class Value> [[PENSTOCK_AVX2, gnu::always_inline]] inline std::uint32_t greatestOf(__m256i lanes)
{
    alignas(32) std::array<Value, 32 / sizeof(Value)> values;
    _mm256_store_si256(reinterpret_cast<__m256i*>(values.data()), lanes);
    return *std::ranges::max_element(values);
}
template<class Value> [[PENSTOCK_AVX2, gnu::always_inline]] inline std::uint64_t sumOf(__m256i lanes)
{
    alignas(32) std::array<Value, 32 / sizeof(Value)> values;
    _mm256_store_si256(reinterpret_cast<__m256i*>(values.data()), lanes);
    std::uint64_t sum = 0;
    for (const auto value : values)
        sum += value;
    return sum;
}

/// One column over the blocks of a run.
struct Lanes
{
    __m256i least, greatest, sum;
    std::uint32_t known = 0;

    [[PENSTOCK_AVX2, gnu::always_inline]] Lanes()
        : least(_mm256_set1_epi8(-1)), greatest(_mm256_setzero_si256()), sum(_mm256_setzero_si256())
    {
    }
    [[PENSTOCK_AVX2, gnu::always_inline]] void addBytes(const std::uint8_t* from, std::uint32_t rows)
    {
        const auto values = orUnknown(load(from), chosenBytes(rows));
        const auto isUnknown = _mm256_cmpeq_epi8(values, _mm256_set1_epi8(-1));
        const auto some = _mm256_andnot_si256(isUnknown, values);
        least = _mm256_min_epu8(least, values);
        greatest = _mm256_max_epu8(greatest, some);
        sum = _mm256_add_epi64(sum, _mm256_sad_epu8(some, _mm256_setzero_si256()));
        known += bits(~signs(isUnknown));
    }
    [[PENSTOCK_AVX2, gnu::always_inline]] void addWords(const std::uint16_t* from, std::uint32_t rows)
    {
        const auto values = orUnknown(load(from), chosenWords(rows));
        const auto isUnknown = _mm256_cmpeq_epi16(values, _mm256_set1_epi8(-1));
        const auto some = _mm256_andnot_si256(isUnknown, values);
        least = _mm256_min_epu16(least, values);
        greatest = _mm256_max_epu16(greatest, some);
        sum = _mm256_add_epi32(
            sum, _mm256_add_epi32(_mm256_and_si256(some, _mm256_set1_epi32(0xFFFF)), _mm256_srli_epi32(some, 16)));
        known += bits(~signs(isUnknown)) / 2;
    }
    [[PENSTOCK_AVX2, gnu::always_inline]] void addWides(const std::uint32_t* from, std::uint32_t rows)
    {
        const auto values = orUnknown(load(from), chosenWides(rows));
        const auto isUnknown = _mm256_cmpeq_epi32(values, _mm256_set1_epi8(-1));
        const auto some = _mm256_andnot_si256(isUnknown, values);
        least = _mm256_min_epu32(least, values);
        greatest = _mm256_max_epu32(greatest, some);
        sum = _mm256_add_epi64(sum,
            _mm256_add_epi64(_mm256_and_si256(some, _mm256_set1_epi64x(0xFFFF'FFFF)), _mm256_srli_epi64(some, 32)));
        known += bits(~signs(isUnknown)) / 4;
    }
};

[[PENSTOCK_AVX2]] void runAvx2(Run& run, Sums& sums)
{
    const auto state = _mm256_set1_epi8(static_cast<char>(run.state));
    const auto workload = _mm256_set1_epi16(static_cast<short>(run.workload));
    Counters counters;
    std::fill_n(counters.gpus.begin(), Counters::used, std::uint8_t { 0 });
    Lanes utilisation, temperature, power, memory;
    std::array<Rows, Run::mostBlocks> added; ///< by block
    std::size_t blocks = 0;
    std::uint32_t gpus = 0;
    run.others = 0;
    auto left = run.left;
    std::size_t done = 0;
    for (; done < run.blocks; ++done) {
        fetch(run.ahead.after(done));
        const auto block = run.at.after(done);
        const auto rows = left.rows & matching(block, state, workload);
        const auto rest = left.rows & ~rows;
        const auto count = static_cast<std::uint32_t>(std::popcount(rows));
        const auto restCount = left.count - count;
        const bool whole = restCount <= few;
        if (!whole && count <= few)
            break;
        gpus += count;
        alignas(32) std::array<std::uint8_t, blockRows> some;
        const auto* counted = block.utilisation;
        if (const auto those = whole ? left.rows : rows; those != ~Rows { 0 }) {
            for (std::size_t half = 0; half < 2; ++half)
                _mm256_store_si256(reinterpret_cast<__m256i*>(some.data() + half * 32),
                    orUnknown(
                        load(counted + half * 32), chosenBytes(static_cast<std::uint32_t>(those >> (half * 32)))));
            counted = some.data();
        }
        for (std::size_t half = 0; half < 2; ++half) {
            const auto part = static_cast<std::uint32_t>(rows >> (half * 32));
            const auto at = half * 32;
            utilisation.addBytes(block.utilisation + at, part);
            temperature.addBytes(block.temperature + at, part);
            for (std::size_t quarter = 0; quarter < 2; ++quarter) {
                const auto from = at + quarter * 16;
                power.addWords(block.power + from, part >> (quarter * 16));
                memory.addWides(block.memoryUsed + from, part >> (quarter * 16));
                memory.addWides(block.memoryUsed + from + 8, part >> (quarter * 16 + 8));
                counters.count(counted + from);
            }
        }
        added[blocks++] = rows;
        if (!whole) {
            left = { rest, restCount };
            break;
        }
        listOthers(run, rest, done);
        left = done + 2 == run.blocks ? run.last : allRows;
    }
    run.left = left;
    run.done = done;
    sums.gpus += gpus;
    addColumn(sums, Sums::Utilisation, utilisation.known, sumOf<std::uint64_t>(utilisation.sum),
        leastOf<std::uint8_t>(utilisation.least), greatestOf<std::uint8_t>(utilisation.greatest));
    addColumn(sums, Sums::Temperature, temperature.known, sumOf<std::uint64_t>(temperature.sum),
        leastOf<std::uint8_t>(temperature.least), greatestOf<std::uint8_t>(temperature.greatest));
    addColumn(sums, Sums::Power, power.known, sumOf<std::uint32_t>(power.sum), leastOf<std::uint16_t>(power.least),
        greatestOf<std::uint16_t>(power.greatest));
    const auto greatestMemory = greatestOf<std::uint32_t>(memory.greatest);
    addColumn(sums, Sums::Memory, memory.known, sumOf<std::uint64_t>(memory.sum), leastOf<std::uint32_t>(memory.least),
        greatestMemory);
    if (greatestMemory > memoryLimit(run.memoryTotal)) [[unlikely]]
        countOver(sums, run.at.memoryUsed, std::span<const Rows>(added).first(blocks), run.memoryTotal);
    for (std::size_t step = 0; step < Sums::steps; step += 8) {
        const auto pairs
            = _mm256_maddubs_epi16(load(counters.gpus.data() + step * Counters::ways), _mm256_set1_epi8(1));
        auto* to = reinterpret_cast<__m256i*>(sums.histogram.data() + step);
        _mm256_store_si256(to, _mm256_add_epi32(_mm256_load_si256(to), _mm256_madd_epi16(pairs, _mm256_set1_epi16(1))));
    }
}

[[PENSTOCK_AVX2]] void eachAvx2(std::span<const std::uint16_t> rows, const std::uint16_t* cells, const Block& at,
    std::uint32_t memoryTotal, Sums* sums)
{
    addEach(rows, cells, at, memoryTotal, sums);
}

} // namespace

const Kernel* avx2()
{
    static constexpr Kernel kernel { "avx2", matchAvx2, runAvx2, eachAvx2 };
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("bmi")
        ? &kernel
        : nullptr;
}

} // namespace penstock::kernel
#else
namespace penstock::kernel {
const Kernel* avx2()
{
    return nullptr;
}
} // namespace penstock::kernel
#endif
