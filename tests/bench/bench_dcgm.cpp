// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>

#include "dcgm/dcgmreader.h"
#include "exposition/exposition.h"

using namespace penstock;

namespace {

constexpr int gpusANode = 8;

/// What an exporter of a node with 8 GPUs answers with its default counters: 20 metrics.
std::string answerOf(int node)
{
    std::mt19937 random(static_cast<std::uint32_t>(node));
    std::string text;
    for (const char* metric : { "DCGM_FI_DEV_SM_CLOCK", "DCGM_FI_DEV_MEM_CLOCK", "DCGM_FI_DEV_MEMORY_TEMP", "DCGM_FI_DEV_GPU_TEMP", "DCGM_FI_DEV_POWER_USAGE", "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
             "DCGM_FI_DEV_PCIE_REPLAY_COUNTER", "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_MEM_COPY_UTIL", "DCGM_FI_DEV_ENC_UTIL", "DCGM_FI_DEV_DEC_UTIL", "DCGM_FI_DEV_XID_ERRORS", "DCGM_FI_DEV_FB_FREE",
             "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_RESERVED", "DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL", "DCGM_FI_DEV_ROW_REMAP_FAILURE", "DCGM_FI_PROF_GR_ENGINE_ACTIVE", "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE",
             "DCGM_FI_PROF_DRAM_ACTIVE" }) {
        text += std::string("# HELP ") + metric + " what it is.\n# TYPE " + metric + " gauge\n";
        for (int g = 0; g < gpusANode; ++g) {
            const auto id = std::to_string(node) + "-" + std::to_string(g);
            text += std::string(metric) + "{gpu=\"" + std::to_string(g) + "\",UUID=\"GPU-604ac76c-d9cf-fef3-62e9-" + id + "\",pci_bus_id=\"00000000:0" + std::to_string(g) + ":00.0\",device=\"nvidia" + std::to_string(g)
                + "\",modelName=\"NVIDIA H100 80GB HBM3\",Hostname=\"node-" + std::to_string(node) + "\",DCGM_FI_DRIVER_VERSION=\"550.90.07\",container=\"vllm\",namespace=\"infer\",pod=\"llama-" + id + "\"} "
                + std::to_string(metric[12] == 'X' ? 0 : random() % 100) + "\n";
        }
    }
    return text;
}

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
