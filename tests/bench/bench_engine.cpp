// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <benchmark/benchmark.h>

#include "agentsource/framedecoder.h"
#include "engine/engine.h"
#include "fleets.h"
#include "server/frameencoder.h"

using namespace penstock;

namespace {

/// Full: every GPU, whole columns. Delta: one GPU in ten has changed.
enum class Form { Full, Delta };

/// An engine that has the first picture, and the bytes of what an agent sends after it.
struct Feed
{
    explicit Feed(std::uint64_t gpus, Form form) : world(bench::fleets(gpus))
    {
        source = engine.addSource("bench");
        FrameEncoder encoder(1, "bench");
        for (const auto& message : encoder.encode(world->picture()))
            take(message.SerializeAsString());
        (void)engine.publish(bench::start);
        world->advance(bench::start + std::chrono::seconds(2));
        FrameEncoder fresh(1, "bench");
        auto tenth = world->picture();
        if (form == Form::Delta) {
            (void)encoder.encode(tenth);
            for (std::size_t row = 0; row < tenth.columns.size(); row += 10)
                tenth.columns.utilisation[row] = static_cast<std::uint8_t>((tenth.columns.utilisation[row] + 1U) % 100);
        }
        for (const auto& message : form == Form::Delta ? encoder.encode(tenth) : fresh.encode(tenth))
            if (message.has_samples())
                messages.push_back(message.SerializeAsString());
    }

    /// Decodes, renumbers so that the same bytes may come again and again, applies. Returns the GPU samples.
    std::size_t take(const std::string& bytes)
    {
        penstock::v1::Frame message;
        if (!message.ParseFromString(bytes))
            std::abort();
        auto frame = decoder.decode(message);
        if (!frame)
            std::abort();
        if (!*frame)
            return 0;
        std::size_t count = 0;
        if (auto* samples = std::get_if<SamplesFrame>(&**frame)) {
            samples->sequence = ++sequence;
            samples->addedWorkloads.clear();
            count = samples->values.size();
        }
        if (const auto done = engine.apply(source, **frame); !done) {
            std::fprintf(stderr, "%s\n", done.error().text().c_str());
            std::abort();
        }
        return count;
    }

    std::unique_ptr<World> world;
    Engine engine;
    FrameDecoder decoder;
    SourceId source;
    std::uint64_t sequence = 0;
    std::vector<std::string> messages;
};

void ingest(benchmark::State& state, Form form)
{
    Feed feed(static_cast<std::uint64_t>(state.range(0)), form);
    std::size_t samples = 0, bytes = 0;
    for (auto _ : state)
        for (const auto& message : feed.messages) {
            samples += feed.take(message);
            bytes += message.size();
        }
    state.SetItemsProcessed(static_cast<std::int64_t>(samples));
    state.counters["bytes_a_sample"] = samples ? static_cast<double>(bytes) / static_cast<double>(samples) : 0;
}

/// Every GPU changed: all cells, quantiles and totals computed anew.
void publishAllChanged(benchmark::State& state)
{
    Feed feed(static_cast<std::uint64_t>(state.range(0)), Form::Full);
    for (auto _ : state) {
        for (const auto& message : feed.messages)
            feed.take(message);
        const auto begin = std::chrono::steady_clock::now();
        benchmark::DoNotOptimize(feed.engine.publish(bench::start));
        state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

void rollup(benchmark::State& state, Dimension dimension)
{
    Feed feed(static_cast<std::uint64_t>(state.range(0)), Form::Full);
    const auto snapshot = feed.engine.publish(bench::start);
    const Dimension by[] { dimension };
    for (auto _ : state)
        benchmark::DoNotOptimize(snapshot->rollup(by));
}

/// The physical limit of a recomputation: one pass over the same bytes.
void readSameBytes(benchmark::State& state)
{
    const auto world = bench::fleets(static_cast<std::uint64_t>(state.range(0)));
    const auto& columns = world->picture().columns;
    std::int64_t bytes = 0;
    const auto sum = [&](const auto& column) {
        using Value = typename std::remove_cvref_t<decltype(column)>::value_type;
        bytes += static_cast<std::int64_t>(column.size() * sizeof(Value));
        std::uint64_t total = 0;
        for (const auto value : column)
            total += static_cast<std::uint64_t>(value);
        benchmark::DoNotOptimize(total);
    };
    for (auto _ : state) {
        sum(columns.state);
        sum(columns.health);
        sum(columns.workload);
        sum(columns.utilisation);
        sum(columns.temperature);
        sum(columns.power);
        sum(columns.memoryUsed);
    }
    state.SetBytesProcessed(bytes);
}

} // namespace

#define PENSTOCK_SIZES Arg(10'000)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMicrosecond)
BENCHMARK_CAPTURE(ingest, full, Form::Full)->PENSTOCK_SIZES;
BENCHMARK_CAPTURE(ingest, delta, Form::Delta)->PENSTOCK_SIZES;
BENCHMARK(publishAllChanged)->PENSTOCK_SIZES->UseManualTime();
BENCHMARK_CAPTURE(rollup, by_provider, Dimension::Provider)->PENSTOCK_SIZES;
BENCHMARK_CAPTURE(rollup, by_cluster, Dimension::Cluster)->PENSTOCK_SIZES;
BENCHMARK(readSameBytes)->PENSTOCK_SIZES;
BENCHMARK_MAIN();
