// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <benchmark/benchmark.h>

#include <algorithm>
#include <malloc.h>
#include <string>

#include "dcgm/dcgmfleet.h"
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

/// From the answers to the frames of the first picture, and what the source holds then.
void fleet(benchmark::State& state)
{
    const auto texts = answers(state.range(0));
    double held = 0;
    for (auto _ : state) {
        const auto before = mallinfo2().uordblks;
        DcgmFleet fleet({ "aws", "us-east-1", "a" }, {}, texts.size(), std::chrono::seconds(30), 1);
        DcgmReader reader;
        for (std::size_t i = 0; i < texts.size(); ++i) {
            if (!reader.read(texts[i]))
                state.SkipWithError("not read");
            fleet.answered(i, reader, Time {});
        }
        benchmark::DoNotOptimize(fleet.frames(Time {}));
        held = static_cast<double>(mallinfo2().uordblks - before);
    }
    count(state, texts);
    state.counters["bytes_a_gpu"] = held / static_cast<double>(state.range(0));
}

} // namespace

BENCHMARK(fleet)->Arg(8'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(lines)->Arg(80)->Arg(8'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(exposition)->Arg(80)->Arg(8'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(dcgm)->Arg(80)->Arg(8'000)->Unit(benchmark::kMicrosecond);

BENCHMARK_MAIN();
