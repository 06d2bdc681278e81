// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <benchmark/benchmark.h>

#include "madecurves.h"

using namespace penstock;

namespace {

void hours(benchmark::State& state)
{
    const auto history = test::service(static_cast<std::size_t>(state.range(0)), 0.01, 0.03);
    for (auto _ : state)
        benchmark::DoNotOptimize(forecast(history));
}
BENCHMARK(hours)->Arg(336)->Arg(2184)->Arg(9672)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
