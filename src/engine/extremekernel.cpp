// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "extremekernel.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <vector>

#if defined(__x86_64__) && defined(__GNUC__)
#define PENSTOCK_X86 1
#include <immintrin.h>
#endif

namespace penstock::kernel {

namespace {

    constexpr double infinity = std::numeric_limits<double>::infinity();

    /// The running least and greatest. A comparison with NaN is false: it never gets in.
    struct Bounds
    {
        double least = infinity, greatest = -infinity;
        void take(double value)
        {
            least = value < least ? value : least;
            greatest = value > greatest ? value : greatest;
        }
        void merge(const Bounds& other)
        {
            least = std::min(least, other.least);
            greatest = std::max(greatest, other.greatest);
        }
    };

    std::size_t firstEqual(std::span<const double> values, double wanted)
    {
        return static_cast<std::size_t>(std::ranges::find(values, wanted) - values.begin());
    }

    Extremes findPortable(std::span<const double> values)
    {
        // Several at once, since each comparison waits for the one before it.
        std::array<Bounds, 4> lanes;
        std::size_t i = 0;
        for (; i + lanes.size() <= values.size(); i += lanes.size())
            for (std::size_t lane = 0; lane < lanes.size(); ++lane)
                lanes[lane].take(values[i + lane]);
        for (; i < values.size(); ++i)
            lanes[0].take(values[i]);
        Bounds all;
        for (const auto& lane : lanes)
            all.merge(lane);
        return { firstEqual(values, all.least), firstEqual(values, all.greatest) };
    }

#if PENSTOCK_X86
    [[gnu::target("avx2,bmi")]] std::size_t firstEqualAvx2(std::span<const double> values, double wanted)
    {
        const auto all = _mm256_set1_pd(wanted);
        std::size_t i = 0;
        for (; i + 16 <= values.size(); i += 16) {
            const auto at = values.data() + i;
            const auto a = _mm256_cmp_pd(_mm256_loadu_pd(at), all, _CMP_EQ_OQ), b = _mm256_cmp_pd(_mm256_loadu_pd(at + 4), all, _CMP_EQ_OQ);
            const auto c = _mm256_cmp_pd(_mm256_loadu_pd(at + 8), all, _CMP_EQ_OQ), d = _mm256_cmp_pd(_mm256_loadu_pd(at + 12), all, _CMP_EQ_OQ);
            const auto bits = static_cast<unsigned>(_mm256_movemask_pd(a) | _mm256_movemask_pd(b) << 4 | _mm256_movemask_pd(c) << 8 | _mm256_movemask_pd(d) << 12);
            if (bits != 0)
                return i + static_cast<std::size_t>(std::countr_zero(bits));
        }
        return i + firstEqual(values.subspan(i), wanted);
    }

    [[gnu::target("avx2,bmi")]] Extremes findAvx2(std::span<const double> values)
    {
        // The instruction gives its second operand where one is NaN: what was found so far.
        const auto high = _mm256_set1_pd(infinity), low = _mm256_set1_pd(-infinity);
        __m256d least[] { high, high, high, high }, greatest[] { low, low, low, low };
        std::size_t i = 0;
        for (; i + 16 <= values.size(); i += 16)
            for (std::size_t part = 0; part < 4; ++part) {
                const auto some = _mm256_loadu_pd(values.data() + i + part * 4);
                least[part] = _mm256_min_pd(some, least[part]);
                greatest[part] = _mm256_max_pd(some, greatest[part]);
            }
        alignas(32) std::array<double, 4> lows, highs;
        _mm256_store_pd(lows.data(), _mm256_min_pd(_mm256_min_pd(least[0], least[1]), _mm256_min_pd(least[2], least[3])));
        _mm256_store_pd(highs.data(), _mm256_max_pd(_mm256_max_pd(greatest[0], greatest[1]), _mm256_max_pd(greatest[2], greatest[3])));
        Bounds all { std::ranges::min(lows), std::ranges::max(highs) };
        for (; i < values.size(); ++i)
            all.take(values[i]);
        return { firstEqualAvx2(values, all.least), firstEqualAvx2(values, all.greatest) };
    }
#endif

    std::vector<ExtremeKernel> supported()
    {
        std::vector<ExtremeKernel> found { { "portable", findPortable } };
#if PENSTOCK_X86
        __builtin_cpu_init();
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi"))
            found.push_back({ "avx2", findAvx2 });
#endif
        return found;
    }

} // namespace

std::span<const ExtremeKernel> extremeKernels()
{
    static const auto kernels = supported();
    return kernels;
}

const ExtremeKernel& bestExtremeKernel() { return extremeKernels().back(); }

} // namespace penstock::kernel
