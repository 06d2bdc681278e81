// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <benchmark/benchmark.h>
#include <array>
#include <bit>
#include <random>

#include "engine/decimate.h"

using namespace penstock;

namespace {

constexpr std::uint32_t pixels = 2000;

/// A walk, one point a second as a chart has them: from a seed, so that every run thins out the same line.
struct Walk
{
    explicit Walk(std::int64_t points)
    {
        std::mt19937 random(7);
        double value = 0;
        for (std::int64_t i = 0; i < points; ++i) {
            times.push_back(1'790'000'000.0 + static_cast<double>(i));
            values.push_back(value += static_cast<double>(random() % 2001) / 1000 - 1);
        }
    }
    [[nodiscard]] PixelWindow window() const { return { times.front(), times.back(), pixels }; }
    std::vector<double> times, values;
};

void decimate(benchmark::State& state, decltype(m4)* how)
{
    const Walk walk(state.range(0));
    Polyline line;
    for (auto _ : state) {
        how(walk.times, walk.values, walk.window(), 5, line);
        benchmark::DoNotOptimize(line.values.data());
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
    state.counters["points"] = static_cast<double>(line.times.size());
}

/// The physical limit: one plain pass over the values.
void readValuesOnce(benchmark::State& state)
{
    const Walk walk(state.range(0));
    for (auto _ : state) {
        std::array<std::uint64_t, 8> total {};
        for (std::size_t i = 0; i + total.size() <= walk.values.size(); i += total.size())
            for (std::size_t word = 0; word < total.size(); ++word)
                total[word] += std::bit_cast<std::uint64_t>(walk.values[i + word]);
        benchmark::DoNotOptimize(total);
    }
    state.SetBytesProcessed(state.iterations() * state.range(0) * static_cast<std::int64_t>(sizeof(double)));
}

} // namespace

int main(int argc, char** argv)
{
    const auto measure = [](const char* name, auto... how) {
        benchmark::RegisterBenchmark(name, how...)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMicrosecond);
    };
    measure("read_values_once", readValuesOnce);
    measure("m4", decimate, m4);
    measure("minmax", decimate, minMax);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 2;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
