// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

#include "dcgm/dcgmreader.h"
#include "exporters.h"
#include "exposition/exposition.h"

using namespace penstock;
using namespace penstock::bench;

namespace {

/// Answers of these many GPUs.
std::vector<std::string> answers(std::int64_t gpus)
{
    std::vector<std::string> made;
    for (int node = 0; node < gpus / gpusANode; ++node)
        made.push_back(answerOf(node));
    return made;
}

void count(benchmark::State& state, const std::vector<std::string>& texts)
{
    std::int64_t bytes = 0;
    for (const auto& text : texts)
        bytes += static_cast<std::int64_t>(text.size());
    state.SetBytesProcessed(state.iterations() * bytes);
    state.counters["gpu_samples"] = benchmark::Counter(static_cast<double>(state.iterations() * state.range(0)), benchmark::Counter::kIsRate);
}

/// The physical limit beside it: the text read once, for its ends of lines.
void lines(benchmark::State& state)
{
    const auto texts = answers(state.range(0));
    for (auto _ : state)
        for (const auto& text : texts)
            benchmark::DoNotOptimize(std::ranges::count(text, '\n'));
    count(state, texts);
}

void exposition(benchmark::State& state)
{
    const auto texts = answers(state.range(0));
    for (auto _ : state)
        for (const auto& text : texts) {
            ExpositionReader reader(text);
            ExpositionSample sample;
            double sum = 0;
            while (reader.next(sample))
                sum += sample.value;
            benchmark::DoNotOptimize(sum);
        }
    count(state, texts);
}

void dcgm(benchmark::State& state)
{
    const auto texts = answers(state.range(0));
    std::vector<DcgmReader> readers(texts.size());
    for (auto _ : state)
        for (std::size_t i = 0; i < texts.size(); ++i) {
            if (!readers[i].read(texts[i]))
                state.SkipWithError("not read");
            for (const auto& gpu : readers[i].gpus())
                benchmark::DoNotOptimize(gpu.measured());
        }
    count(state, texts);
}

} // namespace

BENCHMARK(lines)->Arg(80)->Arg(8'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(exposition)->Arg(80)->Arg(8'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(dcgm)->Arg(80)->Arg(8'000)->Unit(benchmark::kMicrosecond);

BENCHMARK_MAIN();
