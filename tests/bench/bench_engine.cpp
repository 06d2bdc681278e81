// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <benchmark/benchmark.h>

#include <cstring>
#include <malloc.h>
#include <numeric>

#include "agentsource/framedecoder.h"
#include "engine/changewatch.h"
#include "engine/engine.h"
#include "engine/query.h"
#include "server/frameencoder.h"
#include "table.h"

using namespace penstock;

namespace {

constexpr Time start { std::chrono::seconds(1'790'000'000) };

void require(const Result<>& done)
{
    if (done)
        return;
    std::fprintf(stderr, "%s\n", done.error().text().c_str());
    std::abort();
}

/// An engine that has the first picture of all fleets.
struct Running
{
    explicit Running(std::uint64_t gpus) : Running(bench::fleetsOf(gpus)) {}
    explicit Running(bench::Fleets of) : fleets(std::move(of))
    {
        for (std::size_t s = 0; s < fleets.inventories.size(); ++s) {
            sources.push_back(engine.addSource(fleets.inventories[s]->clusters.front().provider));
            require(engine.apply(sources[s], InventoryFrame { fleets.inventories[s], start }));
        }
        applyAll();
        benchmark::DoNotOptimize(engine.publish(start));
    }

    static SamplesFrame frame()
    {
        return { .epoch = 1, .sequence = 0, .observed = start, .firstRow = 0, .rows = {}, .values = {}, .addedWorkloads = {}, .completesPicture = true };
    }
    void apply(std::size_t source, SamplesFrame& frame)
    {
        frame.sequence = ++sequence[source];
        require(engine.apply(sources[source], frame));
    }
    /// Whole columns of every source.
    void applyAll()
    {
        for (std::size_t s = 0; s < sources.size(); ++s) {
            auto all = frame();
            all.values = fleets.columns[s];
            apply(s, all);
        }
    }
    /// Changed values of these rows (numbered through all sources, each source's in this order).
    std::vector<SamplesFrame> updates(const std::vector<std::uint32_t>& rows)
    {
        std::vector<SamplesFrame> made;
        for (std::size_t s = 0; s < sources.size(); ++s)
            made.push_back(frame());
        const auto perSource = static_cast<std::uint32_t>(fleets.columns.front().size());
        for (const auto row : rows) {
            auto& to = made[row / perSource];
            auto sample = fleets.columns[row / perSource].at(row % perSource);
            if (sample.state != GpuState::Unknown && sample.utilisation != unknown::utilisation)
                sample.utilisation = sample.utilisation == 100 ? std::uint8_t { 99 } : static_cast<std::uint8_t>(sample.utilisation ^ 1U);
            to.rows.push_back(row % perSource);
            to.values.append(sample);
        }
        return made;
    }
    void applyEach(std::vector<SamplesFrame>& frames)
    {
        for (std::size_t s = 0; s < frames.size(); ++s)
            if (!frames[s].rows.empty())
                apply(s, frames[s]);
    }

    bench::Fleets fleets;
    Engine engine;
    std::vector<SourceId> sources;
    std::array<std::uint64_t, 5> sequence {};
};

/// Reads every output of a snapshot: sums, means, extremes, states and the three quantiles, by each dimension.
void readOutputs(const Snapshot& snapshot)
{
    std::uint64_t sum = 0;
    const auto read = [&](const Tally& tally) {
        constexpr std::array shares { 0.50, 0.95, 0.99 };
        for (const auto share : shares)
            sum += static_cast<std::uint64_t>(tally.utilisationQuantile(share).value_or(0));
        for (const auto* measure : { &tally.utilisation, &tally.memory, &tally.power, &tally.temperature })
            sum += static_cast<std::uint64_t>(measure->mean().value_or(0)) + measure->least + measure->greatest;
        for (const auto count : tally.byState)
            sum += count;
    };
    const auto& shape = snapshot.structure();
    for (std::size_t i = 0; i < shape.providers.size(); ++i)
        read(snapshot.providerTally(i));
    for (std::size_t i = 0; i < shape.regions.size(); ++i)
        read(snapshot.regionTally(i));
    for (std::size_t i = 0; i < shape.clusters.size(); ++i)
        read(snapshot.clusterTally(i));
    for (std::size_t i = 0; i < shape.models.size(); ++i)
        read(snapshot.modelTally(i));
    for (std::size_t i = 0; i <= snapshot.workloads().size(); ++i)
        read(snapshot.workloadTally(i));
    for (const auto state : gpuStatesInOrder)
        read(snapshot.stateTally(state));
    benchmark::DoNotOptimize(sum);
}

/// The physical limit of a recomputation: the bytes it has to read, read once where they lie, in the widest words that the compiler
/// uses for a plain sum.
void readOnce(benchmark::State& state)
{
    Running running(static_cast<std::uint64_t>(state.range(0)));
    const auto snapshot = running.engine.publish(start);
    std::int64_t bytes = 0;
    const auto sum = [&](const auto& column) {
        const auto* at = reinterpret_cast<const char*>(column.data());
        const auto size = column.size() * sizeof(column[0]);
        bytes += static_cast<std::int64_t>(size);
        std::array<std::uint64_t, 8> total {};
        std::size_t i = 0;
        for (; i + sizeof(total) <= size; i += sizeof(total))
            for (std::size_t word = 0; word < total.size(); ++word) {
                std::uint64_t value;
                std::memcpy(&value, at + i + word * sizeof(value), sizeof(value));
                total[word] += value;
            }
        benchmark::DoNotOptimize(total);
    };
    for (auto _ : state)
        for (std::size_t c = 0; c < snapshot->structure().clusters.size(); ++c) {
            const auto& columns = snapshot->picture(c).columns();
            sum(columns.state);
            sum(columns.workload);
            sum(columns.utilisation);
            sum(columns.temperature);
            sum(columns.power);
            sum(columns.memoryUsed);
        }
    state.SetBytesProcessed(bytes);
}

/// What exact quantiles cost at least: one GPU after another counted by its utilisation, in eight tables in turn so that
/// no count waits for the one before, and nothing else.
void countOnce(benchmark::State& state)
{
    Running running(static_cast<std::uint64_t>(state.range(0)));
    const auto snapshot = running.engine.publish(start);
    std::array<std::array<std::uint32_t, 256>, 8> counts {};
    for (auto _ : state) {
        for (std::size_t c = 0; c < snapshot->structure().clusters.size(); ++c) {
            const auto& column = snapshot->picture(c).columns().utilisation;
            for (std::size_t row = 0; row + counts.size() <= column.size(); row += counts.size()) {
                std::uint64_t eight;
                std::memcpy(&eight, column.data() + row, sizeof(eight));
#pragma GCC unroll 8
                for (std::size_t i = 0; i < counts.size(); ++i)
                    ++counts[i][eight >> (i * 8) & 0xFF];
            }
        }
        benchmark::DoNotOptimize(counts);
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

/// All cells of all clusters and all outputs, from nothing but the rows.
void rollupFull(benchmark::State& state)
{
    auto fleets = bench::fleetsOf(static_cast<std::uint64_t>(state.range(0)));
    const auto used = [] {
        const auto info = mallinfo2();
        return static_cast<double>(info.uordblks + info.hblkhd);
    };
    // Rows, cells, structure and the last snapshot; not the inventories and the columns the fleets are made from.
    const auto before = used();
    Running running(std::move(fleets));
    state.counters["bytes_a_gpu"] = (used() - before) / static_cast<double>(state.range(0));
    for (auto _ : state) {
        running.engine.forgetSums();
        const auto snapshot = running.engine.publish(start);
        readOutputs(*snapshot);
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

/// All outputs when the clusters' cells stand: what a publish costs beside the clusters that have changed.
void rollupMaintained(benchmark::State& state)
{
    Running running(static_cast<std::uint64_t>(state.range(0)));
    for (auto _ : state) {
        const auto snapshot = running.engine.publish(start);
        readOutputs(*snapshot);
    }
}

enum class Order { InTurn, Spread };

/// A tenth of the GPUs reports, then all outputs. In turn: the rows of one tenth of the clusters, as agents that send
/// one after another make it. Spread: every tenth row, so that every cluster is touched.
void tick(benchmark::State& state, Order order)
{
    const auto gpus = static_cast<std::uint32_t>(state.range(0));
    Running running(gpus);
    std::vector<std::vector<SamplesFrame>> ticks;
    for (std::uint32_t part = 0; part < 10; ++part) {
        std::vector<std::uint32_t> rows(gpus / 10);
        for (std::uint32_t i = 0; i < rows.size(); ++i)
            rows[i] = order == Order::InTurn ? part * (gpus / 10) + i : i * 10 + part;
        ticks.push_back(running.updates(rows));
    }
    std::size_t next = 0;
    for (auto _ : state) {
        running.applyEach(ticks[next++ % ticks.size()]);
        const auto snapshot = running.engine.publish(start);
        readOutputs(*snapshot);
    }
    state.SetItemsProcessed(state.iterations() * (state.range(0) / 10));
}

/// The time is that of one update: its share of validating and writing a batch of a tenth of the GPUs. A snapshot is
/// published between batches, so that every cluster's rows have to be made anew as in life.
void update(benchmark::State& state, bool random)
{
    const auto gpus = static_cast<std::uint32_t>(state.range(0));
    Running running(gpus);
    std::vector<std::uint32_t> all(gpus);
    std::iota(all.begin(), all.end(), 0U);
    std::mt19937 dice(3);
    if (random)
        std::ranges::shuffle(all, dice);
    std::vector<std::vector<SamplesFrame>> batches;
    for (std::uint32_t part = 0; part < 10; ++part)
        batches.push_back(running.updates({ all.begin() + part * (gpus / 10), all.begin() + (part + 1) * (gpus / 10) }));
    std::size_t next = 0;
    while (state.KeepRunningBatch(gpus / 10)) {
        running.applyEach(batches[next++ % batches.size()]);
        state.PauseTiming();
        benchmark::DoNotOptimize(running.engine.publish(start));
        state.ResumeTiming();
    }
    state.SetItemsProcessed(state.iterations());
}

/// The bytes of whole frames of every GPU, as gRPC hands them over: parsed, decoded, validated, applied, published.
void frameApplyPublish(benchmark::State& state)
{
    Running running(static_cast<std::uint64_t>(state.range(0)));
    std::vector<std::vector<std::string>> messages(running.sources.size());
    for (std::size_t s = 0; s < running.sources.size(); ++s) {
        FrameEncoder encoder(1, "bench", { .changes = true });
        const Picture picture { .inventory = running.fleets.inventories[s], .observed = start, .columns = running.fleets.columns[s], .demand = {} };
        for (const auto& message : encoder.encode(picture))
            if (message.has_samples())
                messages[s].push_back(message.SerializeAsString());
    }
    FrameDecoder decoder;
    std::size_t bytes = 0;
    for (auto _ : state) {
        for (std::size_t s = 0; s < messages.size(); ++s)
            for (const auto& message : messages[s]) {
                penstock::v1::Frame parsed;
                if (!parsed.ParseFromString(message))
                    std::abort();
                auto frame = decoder.decode(parsed);
                if (!frame || !*frame)
                    std::abort();
                // The same bytes come again and again.
                running.apply(s, std::get<SamplesFrame>(**frame));
                bytes += message.size();
            }
        benchmark::DoNotOptimize(running.engine.publish(start));
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

void rollup(benchmark::State& state, std::vector<Dimension> by)
{
    Running running(static_cast<std::uint64_t>(state.range(0)));
    const auto snapshot = running.engine.publish(start);
    for (auto _ : state)
        benchmark::DoNotOptimize(snapshot->rollup(by));
}

/// Idle for more than ten minutes, and the hundred hottest.
void query(benchmark::State& state, bool hottest)
{
    Running running(static_cast<std::uint64_t>(state.range(0)));
    const auto snapshot = running.engine.publish(start + std::chrono::minutes(20));
    GpuQuery asked;
    if (hottest) {
        asked.orderBy = GpuColumn::Temperature;
        asked.limit = 100;
    } else
        asked.where = { { GpuColumn::State, GpuCondition::Is::Equal, static_cast<std::uint32_t>(GpuState::Idle) }, { GpuColumn::StateAge, GpuCondition::Is::Above, 600 } };
    for (auto _ : state)
        benchmark::DoNotOptimize(find(*snapshot, asked));
}

/// What the history asks once a second, off the ingest thread: every row of two snapshots compared.
void watch(benchmark::State& state)
{
    Running running(static_cast<std::uint64_t>(state.range(0)));
    std::array<SnapshotPtr, 2> snapshots;
    for (auto& snapshot : snapshots) {
        running.applyAll();
        snapshot = running.engine.publish(start);
        // Now and then a GPU breaks.
        for (auto& columns : running.fleets.columns)
            for (std::size_t row = 0; row < columns.size(); row += 10'007)
                columns.set(row, { .state = GpuState::Unhealthy, .health = Health { 79 }, .workload = columns.workload[row] });
    }
    ChangeWatch changes;
    std::size_t events = 0, round = 0;
    for (auto _ : state)
        events += changes.look(snapshots.at(++round % 2)).size();
    state.counters["events"] = benchmark::Counter(static_cast<double>(events), benchmark::Counter::kAvgIterations);
}

} // namespace

#define PENSTOCK_SIZES Arg(100'000)->Arg(1'000'000)->Arg(10'000'000)
#define MEASURE(function, name, ...) \
    benchmark::RegisterBenchmark(name, [](benchmark::State& state) { function(state __VA_OPT__(, ) __VA_ARGS__); })->PENSTOCK_SIZES

int main(int argc, char** argv)
{
    MEASURE(readOnce, "read_once")->Unit(benchmark::kMicrosecond);
    MEASURE(countOnce, "count_once")->Unit(benchmark::kMicrosecond);
    MEASURE(rollupFull, "rollup_full")->Unit(benchmark::kMicrosecond);
    MEASURE(rollupMaintained, "rollup_maintained")->Unit(benchmark::kMicrosecond);
    MEASURE(tick, "tick_100ms", Order::InTurn)->Unit(benchmark::kMicrosecond);
    MEASURE(tick, "tick_100ms_spread", Order::Spread)->Unit(benchmark::kMicrosecond);
    MEASURE(update, "update_ordered", false);
    MEASURE(update, "update_random", true);
    MEASURE(frameApplyPublish, "frame_apply_publish")->Unit(benchmark::kMicrosecond);
    MEASURE(rollup, "rollup_by_provider", std::vector { Dimension::Provider })->Unit(benchmark::kMicrosecond);
    MEASURE(rollup, "rollup_by_model_state", std::vector { Dimension::Model, Dimension::State })->Unit(benchmark::kMicrosecond);
    MEASURE(query, "query_idle_ten_minutes", false)->Unit(benchmark::kMicrosecond);
    MEASURE(query, "query_hottest_hundred", true)->Unit(benchmark::kMicrosecond);
    MEASURE(watch, "watch_changes")->Unit(benchmark::kMicrosecond);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 2;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
