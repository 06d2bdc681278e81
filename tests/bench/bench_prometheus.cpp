// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <benchmark/benchmark.h>

#include <malloc.h>

#include <mutex>
#include <string>

#include <simdjson.h>

#include "prometheus/promfleet.h"

using namespace penstock;

namespace {

constexpr int gpusANode = 8;

/// What a store answers for one metric of these GPUs.
std::string answerOf(std::int64_t gpus, int salt, bool pods)
{
    std::string text = R"({"status":"success","data":{"resultType":"vector","result":[)";
    for (std::int64_t g = 0; g < gpus; ++g) {
        const auto node = std::to_string(g / gpusANode), index = std::to_string(g % gpusANode);
        text += (g == 0 ? "" : ",") + std::string(R"({"metric":{"Hostname":"gpu-pool-)") + node + R"(","UUID":"GPU-604ac76c-d9cf-fef3-62e9-)" + node + "-" + index + R"(","cluster":"east","gpu":")" + index + '"'
            + (pods ? R"(,"modelName":"NVIDIA H100 80GB HBM3","DCGM_FI_DRIVER_VERSION":"550.90.07","exported_container":"main","exported_namespace":"infer","exported_pod":"llama-)" + node + '"' : std::string()) + R"(},"value":[1795416908.174,")"
            + std::to_string((g * 7 + salt) % 101) + R"("]})";
    }
    return text + "]}}";
}

/// The same of nodes whose GPUs the store has counted: two groups each, with these figures.
std::string groupsOf(std::int64_t gpus, std::initializer_list<std::string> figures)
{
    std::string text = R"({"status":"success","data":{"resultType":"vector","result":[)", next;
    for (std::int64_t n = 0; n < gpus / gpusANode; ++n)
        for (const char* state : { "busy", "" })
            for (const auto& figure : figures) {
                text += std::exchange(next, ",") + R"({"metric":{"Hostname":"gpu-pool-)" + std::to_string(n) + R"(","cluster":"east","modelName":"NVIDIA H100 80GB HBM3","penstock_figure":")" + figure + '"'
                    + (*state != '\0' ? R"(,"exported_namespace":"infer","penstock_state":"busy")" : "") + R"(},"value":[1795416908.174,")" + (figure == "count" || figure == "hottest" ? "4" : "17179869188") + R"("]})";
            }
    return text + "]}}";
}

const std::map<std::string, double> found { { "DCGM_FI_DEV_FB_USED", 1 }, { "DCGM_FI_DEV_FB_FREE", 1 }, { "DCGM_FI_DEV_GPU_UTIL", 1 }, { "DCGM_FI_DEV_GPU_TEMP", 1 }, { "DCGM_FI_DEV_POWER_USAGE", 1 }, { "DCGM_FI_DEV_XID_ERRORS", 1 } };

std::size_t inUse() { return mallinfo2().uordblks; }

/// The physical limit beside it: simdjson over the same text, read into its tree.
void json(benchmark::State& state)
{
    const auto text = answerOf(state.range(0), 0, true);
    simdjson::dom::parser parser;
    for (auto _ : state)
        benchmark::DoNotOptimize(parser.parse(text).error());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

/// Every series with its labels and its value; the copy of the text is part of it, as each answer is a new one.
void decoded(benchmark::State& state)
{
    const auto text = answerOf(state.range(0), 0, true);
    PromReader reader;
    for (auto _ : state) {
        std::size_t letters = 0;
        double sum = 0;
        const auto notes = reader.vector(text, [&](std::span<const PromLabel> labels, double value) {
            sum += value;
            for (const auto& [name, label] : labels)
                letters += label.size();
        });
        if (!notes || notes->series != static_cast<std::size_t>(state.range(0)))
            state.SkipWithError("not read");
        benchmark::DoNotOptimize(letters);
        benchmark::DoNotOptimize(sum);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

/// A round of a source: the answers to all its questions of GPUs, to frames. Range 1: whether the store counts by node.
void round(benchmark::State& state)
{
    const auto gpus = state.range(0);
    const bool byNode = state.range(1) != 0;
    const auto before = inUse();
    PromFleet fleet({ "aws", "us-east-1", "k8s" }, {}, std::chrono::seconds(30), 1, byNode ? 0 : ~std::uint64_t { 0 });
    fleet.discovered(found, PromPods::Exported);
    std::vector<std::string> answers;
    std::int64_t bytes = 0;
    for (const auto& query : fleet.queries()) {
        const bool isGpu = query.kind == PromQuery::Kind::Gpu, isGroup = query.kind == PromQuery::Kind::Group;
        const bool isMost = isGroup && query.text.starts_with("max");
        answers.push_back(isMost ? groupsOf(gpus, { "hottest" }) : isGroup ? groupsOf(gpus, { "count", "utilisation", "memory", "power", "temperature" }) : isGpu ? answerOf(byNode ? 0 : gpus, static_cast<int>(answers.size()), query.metric == fleet.identity()) : answerOf(0, 0, false));
        bytes += static_cast<std::int64_t>(answers.back().size());
    }
    std::size_t texts = 0;
    for (const auto& it : answers)
        texts += it.capacity();
    PromReader reader;
    for (auto _ : state) {
        fleet.begin();
        std::size_t at = 0;
        for (const auto& query : fleet.queries())
            if (!reader.vector(answers[at++], [&](std::span<const PromLabel> labels, double value) {
                    if (!fleet.take(query, labels, value))
                        state.SkipWithError("not taken");
                }))
                state.SkipWithError("not read");
        fleet.commit(Time {});
        benchmark::DoNotOptimize(fleet.frames(Time {}));
    }
    state.SetBytesProcessed(state.iterations() * bytes);
    state.SetItemsProcessed(state.iterations() * gpus);
    state.counters["answered_a_gpu"] = static_cast<double>(bytes) / static_cast<double>(gpus);
    state.counters["bytes_a_gpu"] = static_cast<double>(inUse() - before - texts) / static_cast<double>(gpus);
}

} // namespace

BENCHMARK(json)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(decoded)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(round)->Args({ 100'000, 0 })->Args({ 100'000, 1 })->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
