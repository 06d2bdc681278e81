// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "engine/engine.h"
#include "lines.h"
#include "table.h"

using namespace penstock;
using bench::Line;

namespace {

constexpr Time start { std::chrono::seconds(1'790'000'000) };

std::vector<Line> linesOf(const Snapshot& snapshot)
{
    std::vector<Line> lines;
    const auto add = [&](std::int64_t dimension, std::size_t key, const Tally& tally) {
        if (tally.gpus == 0)
            return;
        Line line { .dimension = dimension, .key = static_cast<std::int64_t>(key), .gpus = static_cast<std::int64_t>(tally.gpus) };
        for (std::size_t i = 0; i < 6; ++i)
            line.byState[i] = static_cast<std::int64_t>(tally.byState[i]);
        std::size_t at = 0;
        for (const auto* measure : { &tally.utilisation, &tally.memory, &tally.power, &tally.temperature }) {
            line.values[at++] = static_cast<std::int64_t>(measure->sum);
            line.values[at++] = measure->known ? measure->least : 0;
            line.values[at++] = measure->greatest;
        }
        constexpr std::array shares { 0.5, 0.95, 0.99 };
        for (std::size_t i = 0; i < 3; ++i)
            line.quantiles[i] = tally.utilisationQuantile(shares[i]).value_or(0);
        lines.push_back(line);
    };
    const auto& shape = snapshot.structure();
    for (std::size_t i = 0; i < shape.providers.size(); ++i)
        add(0, i, snapshot.providerTally(i));
    for (std::size_t i = 0; i < shape.regions.size(); ++i)
        add(1, i, snapshot.regionTally(i));
    for (std::size_t i = 0; i < shape.clusters.size(); ++i)
        add(2, i, snapshot.clusterTally(i));
    for (std::size_t i = 0; i < shape.models.size(); ++i)
        add(3, i, snapshot.modelTally(i));
    for (std::size_t i = 0; i <= snapshot.workloads().size(); ++i)
        add(4, i == snapshot.workloads().size() ? noWorkload : i, snapshot.workloadTally(i));
    for (std::size_t i = 0; i < gpuStateCount; ++i)
        add(5, i, snapshot.stateTally(static_cast<GpuState>(i)));
    return lines;
}

/// Milliseconds of the processor, all threads of this process together, and of the clock on the wall. The first hardly
/// change when other work shares the machine.
struct Times
{
    std::vector<double> processor, wall;
    void take(const std::function<void()>& work)
    {
        const auto begin = std::chrono::steady_clock::now();
        const auto used = std::clock();
        work();
        processor.push_back(1000.0 * static_cast<double>(std::clock() - used) / CLOCKS_PER_SEC);
        wall.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    }
};

double at(std::vector<double> times, double share)
{
    std::ranges::sort(times);
    return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
}
double median(const std::vector<double>& times) { return at(times, 0.5); }

} // namespace

int main(int argc, char** argv)
{
    CLI::App app("The same work by Penstock's engine and by others, on one table, in one run");
    std::uint64_t gpus = 1'000'000;
    int rounds = 7;
    std::string duckdb, out;
    bool servers = false;
    app.add_option("--gpus", gpus, "Rows of the table");
    app.add_option("--rounds", rounds, "Interleaved rounds; medians are printed")->check(CLI::Range(1, 1000));
    app.add_option("--duckdb", duckdb, "libduckdb.so; without it DuckDB is left out")->envname("PENSTOCK_DUCKDB");
    app.add_flag("--promql", servers, "Compare with Prometheus and VictoriaMetrics where they are installed (100,000 series)");
    app.add_option("--json", out, "Write the figures here");
    CLI11_PARSE(app, argc, argv);

    const auto run = [](std::uint64_t count, Engine& engine) {
        const auto fleets = bench::fleetsOf(count);
        for (const auto& inventory : fleets.inventories) {
            const auto source = engine.addSource(inventory->clusters.front().provider);
            const SamplesFrame all { .epoch = 1, .sequence = 1, .observed = start, .rows = {}, .values = fleets.columns[source.at()], .addedWorkloads = {} };
            if (!engine.apply(source, InventoryFrame { inventory, start }) || !engine.apply(source, all))
                std::abort();
        }
        return engine.publish(start);
    };
    Engine engine;
    const auto snapshot = run(gpus, engine);
    std::vector<std::unique_ptr<bench::Rival>> rivals;
    for (const auto threads : { bench::Threads::One, bench::Threads::Default })
        if (auto rival = bench::openDuckDb(duckdb, *snapshot, threads))
            rivals.push_back(std::move(rival));
    if (rivals.empty())
        std::puts("DuckDB is left out: no libduckdb.so at --duckdb");
    rivals.push_back(bench::openSqlite(*snapshot));

    nlohmann::json figures = nlohmann::json::array();
    const auto report = [&](const std::string& work, const std::string& who, const char* clock, const std::vector<double>& ours, const std::vector<double>& theirs) {
        const auto ratio = median(theirs) / median(ours);
        std::printf("%-34s %-27s %-9s %10.2f ms %10.1f ms %8.1fx   from %.1f to %.1f ms\n", work.c_str(), who.c_str(), clock, median(ours), median(theirs), ratio, at(theirs, 0), at(theirs, 1));
        figures.push_back({ { "work", work }, { "rival", who }, { "clock", clock }, { "ours_ms", median(ours) }, { "theirs_ms", median(theirs) }, { "ratio", ratio } });
    };
    const auto reportBoth = [&](const std::string& work, const std::string& who, const Times& ours, const Times& theirs) {
        report(work, who, "processor", ours.processor, theirs.processor);
        report(work, who, "wall", ours.wall, theirs.wall);
    };
    std::printf("%-34s %-27s %-9s %13s %13s %9s\n", "work", "rival", "clock", "Penstock", "rival", "ratio");
    auto expected = linesOf(*snapshot);
    std::ranges::sort(expected);
    std::vector<bench::ClusterLine> expectedClusters;
    for (const auto& line : expected)
        if (line.dimension == 2)
            expectedClusters.push_back({ line.key, line.gpus, line.values[0], line.values[2] });
    for (const auto& rival : rivals) {
        Times ours, theirs, byCluster;
        bool answersAll = false;
        for (int round = 0; round < rounds; ++round) {
            // The first of a round finds the caches full of the other's data.
            for (int again = 0; again < 5; ++again)
                ours.take([&] {
                    engine.forgetSums();
                    if (linesOf(*engine.publish(start)).size() != expected.size())
                        std::abort();
                });
            std::vector<Line> lines;
            theirs.take([&] { lines = rival->tick(); });
            std::ranges::sort(lines);
            if (!lines.empty() && lines != expected) {
                std::fprintf(stderr, "%s has other results\n", rival->name().c_str());
                for (std::size_t i = 0; i < std::min(lines.size(), expected.size()); ++i)
                    if (lines[i] != expected[i]) {
                        std::fprintf(stderr, "first at dimension %ld key %ld against dimension %ld key %ld\n", static_cast<long>(lines[i].dimension), static_cast<long>(lines[i].key), static_cast<long>(expected[i].dimension), static_cast<long>(expected[i].key));
                        break;
                    }
                return 1;
            }
            std::vector<bench::ClusterLine> clusters;
            byCluster.take([&] { clusters = rival->byCluster(); });
            std::ranges::sort(clusters);
            if (clusters != expectedClusters) {
                std::fprintf(stderr, "%s has other results by cluster\n", rival->name().c_str());
                return 1;
            }
            answersAll = !lines.empty();
        }
        if (answersAll)
            reportBoth("all outputs, " + std::to_string(gpus) + " GPUs", rival->name(), ours, theirs);
        reportBoth("four figures by cluster", rival->name(), ours, byCluster);
    }
    if (servers) {
        Engine small;
        const auto fewer = run(100'000, small);
        Times ours;
        for (int round = 0; round < rounds; ++round)
            ours.take([&] {
                small.forgetSums();
                (void)linesOf(*small.publish(start));
            });
        for (const char* server : { "prometheus", "victoria-metrics" })
            if (const auto time = bench::timePromql(server, *fewer, rounds))
                report("four figures by provider, 100,000", time->server, "wall", ours.wall, time->milliseconds);
            else
                std::printf("%s is left out: it, nginx or curl is not installed\n", server);
    }
    std::puts("Penstock computes all outputs from its rows in every round, also where the other answers less.");
    if (!out.empty())
        std::ofstream(out) << figures.dump(2) << '\n';
    return 0;
}
