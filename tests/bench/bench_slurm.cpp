// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <benchmark/benchmark.h>

#include <malloc.h>

#include "slurm/slurmfleet.h"
#include "support/slurmworld.h"

using namespace penstock;
using test::SlurmWorld;

namespace {

constexpr int gpusANode = 8, version = 40;

/// A cluster of these many nodes: a job on each, and one in ten waits for another.
struct Answers
{
    explicit Answers(int count)
    {
        SlurmWorld world;
        for (int n = 0; n < count; ++n) {
            const auto name = QStringLiteral("gpu-%1").arg(n);
            world.nodes.push_back({ .name = name, .state = { QStringLiteral("MIXED") } });
            world.jobs.push_back({ .id = n, .account = QStringLiteral("research"), .name = QStringLiteral("train"), .state = QStringLiteral("RUNNING"), .held = { { name, { 0, 1, 2, 3 } } } });
            if (n % 10 == 0)
                world.jobs.push_back({ .id = count + n, .account = QStringLiteral("research"), .name = QStringLiteral("next") });
        }
        nodes = world.nodesAnswer(version).toStdString();
        jobs = world.jobsAnswer(version).toStdString();
    }
    std::string nodes, jobs;
};

/// From slurmrestd's answers to the frames of the first picture, and what the source holds then.
void fleet(benchmark::State& state)
{
    const Answers answers(static_cast<int>(state.range(0)));
    double held = 0;
    for (auto _ : state) {
        const auto before = mallinfo2().uordblks;
        SlurmFleet fleet({ "aws", "us-east-1", "a" }, {}, {}, std::chrono::seconds(30), 1);
        {
            SlurmReader reader;
            SlurmPicture picture;
            if (!reader.nodes(answers.nodes, picture.nodes) || !reader.jobs(answers.jobs, picture.jobs))
                state.SkipWithError("not read");
            fleet.take(picture, "Slurm", {}, Time {});
        }
        benchmark::DoNotOptimize(fleet.frames(Time {}));
        held = static_cast<double>(mallinfo2().uordblks - before);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(answers.nodes.size() + answers.jobs.size()));
    state.counters["gpus"] = benchmark::Counter(static_cast<double>(state.iterations() * state.range(0) * gpusANode), benchmark::Counter::kIsRate);
    state.counters["bytes_a_gpu"] = held / static_cast<double>(state.range(0) * gpusANode);
}

} // namespace

BENCHMARK(fleet)->Arg(1'000)->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
