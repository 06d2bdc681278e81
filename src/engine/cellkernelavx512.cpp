// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "cellkernelparts.h"

#if PENSTOCK_X86
#include <immintrin.h>

// GCC's own header leaves what its masks do not choose undefined on purpose (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

/// Without VBMI2 a processor slows down under wide registers more than they gain: such ones take the AVX2 kernel.
#define PENSTOCK_AVX512 gnu::target("avx512f,avx512bw,avx512vl,avx512vbmi2,popcnt,bmi,bmi2,lzcnt")

namespace penstock::kernel {

namespace {

[[PENSTOCK_AVX512]] inline std::uint32_t bits(Rows rows)
{
    return static_cast<std::uint32_t>(std::popcount(rows));
}

[[PENSTOCK_AVX512]] inline Rows matching(const Block& block, __m512i state, __m512i workload)
{
    const Rows states = _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(block.state), state);
    const auto low = _mm512_cmpeq_epi16_mask(_mm512_loadu_si512(block.workload), workload);
    const auto high = _mm512_cmpeq_epi16_mask(_mm512_loadu_si512(block.workload + 32), workload);
    return states & _mm512_kunpackd(high, low);
}

[[PENSTOCK_AVX512]] Match matchAvx512(const Block& block, Rows among, GpuState state, std::uint16_t workload)
{
    const auto rows = among
        & matching(block, _mm512_set1_epi8(static_cast<char>(state)), _mm512_set1_epi16(static_cast<short>(workload)));
    return { rows, bits(rows) };
}

[[PENSTOCK_AVX512]] inline std::uint32_t leastOf16(__m128i values)
{
    return static_cast<std::uint32_t>(_mm_cvtsi128_si32(_mm_minpos_epu16(values))) & 0xFFFF;
}
[[PENSTOCK_AVX512]] inline std::uint32_t leastOfBytes(__m512i values)
{
    const auto half = _mm256_min_epu8(_mm512_castsi512_si256(values), _mm512_extracti64x4_epi64(values, 1));
    const auto quarter = _mm_min_epu8(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
    return leastOf16(_mm_min_epu8(quarter, _mm_srli_epi16(quarter, 8)));
}
[[PENSTOCK_AVX512]] inline std::uint32_t leastOfWords(__m512i values)
{
    const auto half = _mm256_min_epu16(_mm512_castsi512_si256(values), _mm512_extracti64x4_epi64(values, 1));
    return leastOf16(_mm_min_epu16(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1)));
}
[[PENSTOCK_AVX512]] inline __m512i inverse(__m512i values)
{
    return _mm512_ternarylogic_epi64(values, values, values, 0x55);
}

/// One column of bytes over the blocks of a run.
struct Bytes
{
    __m512i least, greatest, sum;
    std::uint32_t known = 0;

    [[PENSTOCK_AVX512, gnu::always_inline]] Bytes()
        : least(_mm512_set1_epi8(-1)), greatest(_mm512_setzero_si512()), sum(_mm512_setzero_si512())
    {
    }
    [[PENSTOCK_AVX512, gnu::always_inline]] void add(__m512i values, Rows rows)
    {
        const Rows isKnown = _mm512_mask_cmpneq_epi8_mask(rows, values, _mm512_set1_epi8(-1));
        least = _mm512_mask_min_epu8(least, isKnown, least, values);
        greatest = _mm512_mask_max_epu8(greatest, isKnown, greatest, values);
        sum = _mm512_add_epi64(sum, _mm512_sad_epu8(_mm512_maskz_mov_epi8(isKnown, values), _mm512_setzero_si512()));
        known += bits(isKnown);
    }
    [[PENSTOCK_AVX512, gnu::always_inline]] void addTo(Sums& sums, Sums::Column column) const
    {
        addColumn(sums, column, known, static_cast<std::uint64_t>(_mm512_reduce_add_epi64(sum)), leastOfBytes(least),
            0xFF - leastOfBytes(inverse(greatest)));
    }
};

/// The sums of the next two are narrow. They hold for a run of values up to `most`, which is more than any GPU has;
/// with greater ones the column is added again.
struct Words
{
    static constexpr std::uint32_t most = 0x7FFF;
    __m512i least, greatest, sum;
    std::uint32_t known = 0;

    [[PENSTOCK_AVX512, gnu::always_inline]] Words()
        : least(_mm512_set1_epi8(-1)), greatest(_mm512_setzero_si512()), sum(_mm512_setzero_si512())
    {
    }
    [[PENSTOCK_AVX512, gnu::always_inline]] void add(const std::uint16_t* from, __mmask32 rows)
    {
        const auto values = _mm512_loadu_si512(from);
        const auto isKnown = _mm512_mask_cmpneq_epi16_mask(rows, values, _mm512_set1_epi8(-1));
        least = _mm512_mask_min_epu16(least, isKnown, least, values);
        greatest = _mm512_mask_max_epu16(greatest, isKnown, greatest, values);
        sum = _mm512_add_epi32(sum, _mm512_madd_epi16(_mm512_maskz_mov_epi16(isKnown, values), _mm512_set1_epi16(1)));
        known += bits(isKnown);
    }
    [[PENSTOCK_AVX512, gnu::always_inline]] std::uint32_t greatestOfAll() const
    {
        return 0xFFFF - leastOfWords(inverse(greatest));
    }
    [[PENSTOCK_AVX512, gnu::always_inline]] void addTo(Sums& sums, Sums::Column column) const
    {
        addColumn(sums, column, known, static_cast<std::uint32_t>(_mm512_reduce_add_epi32(sum)), leastOfWords(least),
            greatestOfAll());
    }
};

struct Wides
{
    static constexpr std::uint32_t most = ~0U / (Run::mostBlocks * blockRows); ///< MiB
    __m512i least, greatest, sum;
    std::uint32_t known = 0;

    [[PENSTOCK_AVX512, gnu::always_inline]] Wides()
        : least(_mm512_set1_epi8(-1)), greatest(_mm512_setzero_si512()), sum(_mm512_setzero_si512())
    {
    }
    [[PENSTOCK_AVX512, gnu::always_inline]] void add(const std::uint32_t* from, __mmask16 rows)
    {
        const auto values = _mm512_loadu_si512(from);
        const auto isKnown = _mm512_mask_cmpneq_epi32_mask(rows, values, _mm512_set1_epi8(-1));
        least = _mm512_mask_min_epu32(least, isKnown, least, values);
        greatest = _mm512_mask_max_epu32(greatest, isKnown, greatest, values);
        sum = _mm512_mask_add_epi32(sum, isKnown, sum, values);
        known += bits(isKnown);
    }
    [[PENSTOCK_AVX512, gnu::always_inline]] std::uint32_t greatestOfAll() const
    {
        return _mm512_reduce_max_epu32(greatest);
    }
    [[PENSTOCK_AVX512, gnu::always_inline]] void addTo(Sums& sums, Sums::Column column) const
    {
        addColumn(sums, column, known, static_cast<std::uint32_t>(_mm512_reduce_add_epi32(sum)),
            _mm512_reduce_min_epu32(least), greatestOfAll());
    }
};

[[PENSTOCK_AVX512]] void runAvx512(Run& run, Sums& sums)
{
    const auto state = _mm512_set1_epi8(static_cast<char>(run.state));
    const auto workload = _mm512_set1_epi16(static_cast<short>(run.workload));
    const auto ones = _mm512_set1_epi8(-1);
    const auto byteAt = [](std::size_t i) __attribute__((always_inline))
    {
        return static_cast<long long>(0x0706'0504'0302'0100ULL + i * 0x0808'0808'0808'0808ULL);
    };
    const auto places
        = _mm512_setr_epi64(byteAt(0), byteAt(1), byteAt(2), byteAt(3), byteAt(4), byteAt(5), byteAt(6), byteAt(7));
    Counters counters;
    for (std::size_t at = 0; at < Counters::used; at += 64)
        _mm512_store_si512(counters.gpus.data() + at, _mm512_setzero_si512());
    Bytes utilisation, temperature;
    Words power;
    Wides memory;
    std::array<Rows, Run::mostBlocks> added; ///< by block
    std::size_t blocks = 0;
    std::uint32_t gpus = 0;
    std::size_t others = 0;
    auto left = run.left;
    auto block = run.at;
    std::size_t done = 0;
    for (; done < run.blocks; ++done) {
        fetch(run.ahead.after(done));
        const auto rows = left.rows & matching(block, state, workload);
        const auto rest = left.rows & ~rows;
        const auto count = bits(rows), restCount = bits(rest);
        const bool whole = restCount <= few;
        if (!whole && count <= few)
            break;
        gpus += count;
        alignas(64) std::array<std::uint8_t, blockRows> some;
        const auto values = _mm512_loadu_si512(block.utilisation);
        const auto* counted = block.utilisation;
        if (const auto those = whole ? left.rows : rows; those != ~Rows { 0 }) {
            _mm512_store_si512(some.data(), _mm512_mask_mov_epi8(ones, those, values));
            counted = some.data();
        }
        const auto quarter = [&](std::size_t i)
            __attribute__((always_inline, target("avx512f,avx512bw,avx512vl,avx512vbmi2,popcnt,bmi,bmi2,lzcnt")))
        {
            memory.add(block.memoryUsed + i * 16, static_cast<__mmask16>(rows >> (i * 16)));
            counters.count(counted + i * 16);
        };
        quarter(0);
        utilisation.add(values, rows);
        quarter(1);
        temperature.add(_mm512_loadu_si512(block.temperature), rows);
        quarter(2);
        power.add(block.power, static_cast<__mmask32>(rows));
        quarter(3);
        power.add(block.power + 32, static_cast<__mmask32>(rows >> 32));
        added[blocks++] = rows;
        if (!whole) {
            left = { rest, restCount };
            break;
        }
        const auto packed = _mm512_castsi512_si128(_mm512_maskz_compress_epi8(rest, places));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(run.other.data() + others),
            _mm256_add_epi16(_mm256_cvtepu8_epi16(packed), _mm256_set1_epi16(static_cast<short>(done * blockRows))));
        others += restCount;
        left = done + 2 == run.blocks ? run.last : allRows;
        block = block.after(1);
    }
    run.left = left;
    run.done = done;
    run.others = others;
    sums.gpus += gpus;
    utilisation.addTo(sums, Sums::Utilisation);
    temperature.addTo(sums, Sums::Temperature);
    const auto addedRows = std::span<const Rows>(added).first(blocks);
    if (power.greatestOfAll() > Words::most) [[unlikely]]
        addAgain(sums, Sums::Power, run.at.power, addedRows);
    else
        power.addTo(sums, Sums::Power);
    if (memory.greatestOfAll() > Wides::most) [[unlikely]]
        addAgain(sums, Sums::Memory, run.at.memoryUsed, addedRows);
    else
        memory.addTo(sums, Sums::Memory);
    if (memory.greatestOfAll() > memoryLimit(run.memoryTotal)) [[unlikely]]
        countOver(sums, run.at.memoryUsed, addedRows, run.memoryTotal);
    for (std::size_t step = 0; step < Counters::used / Counters::ways; step += 16) {
        const auto pairs = _mm512_maddubs_epi16(
            _mm512_load_si512(counters.gpus.data() + step * Counters::ways), _mm512_set1_epi8(1));
        auto* to = sums.histogram.data() + step;
        _mm512_store_si512(to, _mm512_add_epi32(_mm512_load_si512(to), _mm512_madd_epi16(pairs, _mm512_set1_epi16(1))));
    }
}

[[PENSTOCK_AVX512]] void eachAvx512(std::span<const std::uint16_t> rows, const std::uint16_t* cells, const Block& at,
    std::uint32_t memoryTotal, Sums* sums)
{
    addEach(rows, cells, at, memoryTotal, sums);
}

} // namespace

const Kernel* avx512()
{
    static constexpr Kernel kernel { "avx512", matchAvx512, runAvx512, eachAvx512 };
    __builtin_cpu_init();
    const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi2")
        && __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
    return has ? &kernel : nullptr;
}

} // namespace penstock::kernel
#else
namespace penstock::kernel {
const Kernel* avx512()
{
    return nullptr;
}
} // namespace penstock::kernel
#endif
