// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>

#include <unistd.h>

#include "engine/engine.h"
#include "planner/bestsplit.h"
#include "planner/blocks.h"
#include "planner/board.h"
#include "planner/evacuation.h"
#include "planner/interlocks.h"
#include "plans.h"
#include "splitproblem.h"

using namespace penstock;
using namespace penstock::bench;

namespace {

/// One pass over a new snapshot, with the shape known.
void readCapacityOnce(benchmark::State& state)
{
    const auto detail = state.range(0) != 0 ? CapacityDetail::Holders : CapacityDetail::Free;
    const auto one = world().snapshot;
    const auto other = makeSnapshot();
    CapacityReader reader;
    benchmark::DoNotOptimize(reader.read(one, detail));
    bool turn = false;
    for (auto _ : state)
        benchmark::DoNotOptimize(reader.read((turn = !turn) ? other : one, detail));
}

void makeMap(benchmark::State& state)
{
    const auto rules = makeRules(state.range(0) != 0);
    for (auto _ : state)
        benchmark::DoNotOptimize(RuleMap::make(rules, world().free->places, std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)));
}

void makeGround(benchmark::State& state)
{
    const auto& ground = *world().ground[state.range(0)];
    for (auto _ : state) {
        const Ground made(ground.capacityPtr(), ground.mapPtr());
        benchmark::DoNotOptimize(&made);
    }
}

/// An edited shift of one route, or of all, on a picture that is there.
void previewMoves(benchmark::State& state)
{
    const bool byRegion = state.range(1) != 0;
    const auto& ground = *world().ground[byRegion];
    auto moves = world().moves(byRegion);
    moves.resize(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state)
        benchmark::DoNotOptimize(effectOf(ground, moves));
}

/// The same from a snapshot that was never seen: capacity, ground and effect.
void previewFresh(benchmark::State& state)
{
    const auto one = world().snapshot;
    const auto other = makeSnapshot();
    const auto moves = world().moves(false);
    const auto map = world().ground[0]->mapPtr();
    CapacityReader reader;
    benchmark::DoNotOptimize(reader.read(one));
    bool turn = false;
    for (auto _ : state) {
        const Ground ground(reader.read((turn = !turn) ? other : one), map);
        benchmark::DoNotOptimize(effectOf(ground, moves));
    }
}

void interlocks(benchmark::State& state)
{
    const bool byRegion = state.range(1) != 0;
    const auto plan = world().plan(byRegion, static_cast<std::size_t>(state.range(0)));
    Circumstances circumstances;
    circumstances.now = moment;
    circumstances.readings = world().pointers(byRegion);
    for (auto _ : state)
        benchmark::DoNotOptimize(judge(*world().ground[byRegion], plan, circumstances));
}

void split(benchmark::State& state, SplitGoal goal)
{
    const bool byRegion = state.range(0) != 0;
    const auto& ground = *world().ground[byRegion];
    SplitRequest request;
    for (std::uint32_t r = 0; r < workloads; ++r)
        request.routes.push_back(r);
    request.accepted = world().accepted[byRegion];
    request.goal = goal;
    double loss = 0, relaxations = 0, shortGpus = 0;
    for (auto _ : state) {
        const auto made = bestSplit(ground, request);
        if (!made) {
            state.SkipWithError(made.error().text().c_str());
            return;
        }
        loss = made->lossPercent;
        relaxations = static_cast<double>(made->relaxations.size());
        shortGpus = static_cast<double>(made->effect.shortGpus);
    }
    state.counters["loss_pct"] = loss;
    state.counters["relaxations"] = relaxations;
    state.counters["short_gpus"] = shortGpus;
}

SplitRequest allRoutes(bool byRegion, SplitGoal goal)
{
    SplitRequest request;
    for (std::uint32_t r = 0; r < workloads; ++r)
        request.routes.push_back(r);
    request.accepted = world().accepted[byRegion];
    request.goal = goal;
    return request;
}

/// The linear program of a best split alone, all columns at once, nothing known beforehand: as another solver gets it.
void linearProgram(benchmark::State& state, SplitGoal goal)
{
    const bool byRegion = state.range(0) != 0;
    const SplitProblem problem(*world().ground[byRegion], allRoutes(byRegion, goal), false);
    double cost = 0;
    for (auto _ : state) {
        LinearSolver solver(problem.program);
        const auto solved = solver.solve();
        if (!solved || !solved->feasible) {
            state.SkipWithError("no solution");
            return;
        }
        cost = solved->cost;
    }
    state.counters["cost"] = cost;
    state.counters["rows"] = static_cast<double>(problem.program.rows.size());
    state.counters["columns"] = static_cast<double>(problem.program.columns.size());
}

/// The same program for other solvers, in free MPS.
void writeMps(const LinearProgram& program, const std::string& file)
{
    std::ofstream out(file);
    out.precision(17);
    out << "NAME split FREE\nROWS\n N cost\n";
    const auto kind = [](const LinearProgram::Bounds& it) { return it.least == it.greatest ? 'E' : it.greatest == endless ? 'G' : 'L'; };
    for (std::size_t r = 0; r < program.rows.size(); ++r)
        out << ' ' << kind(program.rows[r]) << " r" << r << '\n';
    std::vector<std::vector<std::pair<std::uint32_t, double>>> entries(program.columns.size());
    for (const auto& it : program.entries)
        entries[it.column].emplace_back(it.row, it.value);
    out << "COLUMNS\n";
    for (std::size_t c = 0; c < program.columns.size(); ++c) {
        out << " c" << c << " cost " << program.columns[c].cost << '\n';
        for (const auto& [row, value] : entries[c])
            out << " c" << c << " r" << row << ' ' << value << '\n';
    }
    out << "RHS\n";
    for (std::size_t r = 0; r < program.rows.size(); ++r)
        out << " rhs r" << r << ' ' << (kind(program.rows[r]) == 'G' ? program.rows[r].least : program.rows[r].greatest) << '\n';
    out << "RANGES\n";
    for (std::size_t r = 0; r < program.rows.size(); ++r)
        if (const auto& it = program.rows[r]; it.least != -endless && it.greatest != endless && it.least != it.greatest)
            out << " rng r" << r << ' ' << it.greatest - it.least << '\n';
    out << "BOUNDS\n";
    for (std::size_t c = 0; c < program.columns.size(); ++c) {
        const auto& it = program.columns[c].bounds;
        out << (it.least == -endless ? " MI" : " LO") << " bnd c" << c;
        if (it.least != -endless)
            out << ' ' << it.least;
        out << '\n';
        if (it.greatest != endless)
            out << " UP bnd c" << c << ' ' << it.greatest << '\n';
    }
    out << "ENDATA\n";
}

/// CLP's own time for it, as it prints it: reading the file is not in it. Skipped where CLP is not installed.
void linearProgramByClp(benchmark::State& state, SplitGoal goal)
{
    const bool byRegion = state.range(0) != 0;
    if (std::system("command -v clp >/dev/null 2>&1") != 0) {
        state.SkipWithError("clp is not installed (Debian: coinor-clp)");
        return;
    }
    const auto file = std::filesystem::temp_directory_path() / ("penstock-split-" + std::to_string(::getpid()) + ".mps");
    writeMps(SplitProblem(*world().ground[byRegion], allRoutes(byRegion, goal), false).program, file);
    double cost = 0;
    for (auto _ : state) {
        double time = -1;
        if (auto* clp = ::popen(("clp " + file.string() + (state.range(1) != 0 ? " -primalsimplex" : " -dualsimplex") + " 2>&1").c_str(), "r")) {
            char line[512];
            while (std::fgets(line, sizeof line, clp))
                // "Optimal objective 5 - 3 iterations time 0.002"
                if (int iterations = 0; std::sscanf(line, "Optimal objective %lf - %d iterations time %lf", &cost, &iterations, &time) == 3)
                    state.counters["iterations_of_clp"] = iterations;
            ::pclose(clp);
        }
        if (time < 0) {
            state.SkipWithError("clp found no optimum");
            break;
        }
        state.SetIterationTime(time);
    }
    state.counters["cost"] = cost;
    std::filesystem::remove(file);
}

void boardRows(benchmark::State& state)
{
    const auto& ground = state.range(0) != 0 ? *world().holding : *world().ground[0];
    for (auto _ : state)
        benchmark::DoNotOptimize(board(ground));
}

void evacuateOne(benchmark::State& state)
{
    const auto readings = world().pointers(false);
    for (auto _ : state)
        benchmark::DoNotOptimize(evacuate(*world().holding, { .provider = "aws", .region = {}, .cluster = {}, .node = {} }, readings));
}

void blocks(benchmark::State& state)
{
    const Block block { .provider = "gcp", .region = "region-1", .model = models[0], .gpus = 100'000, .from = moment };
    for (auto _ : state)
        benchmark::DoNotOptimize(whatIf(*world().ground[0], { &block, 1 }, moment));
}

} // namespace

BENCHMARK(readCapacityOnce)->Name("capacity/read/holders")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(makeMap)->Name("capacity/map/by_region")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(makeGround)->Name("capacity/ground/by_region")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(previewMoves)->Name("preview/routes/by_region")->Args({ 1, 0 })->Args({ 200, 0 })->Args({ 1, 1 })->Args({ 200, 1 })->Unit(benchmark::kMillisecond);
BENCHMARK(previewFresh)->Name("preview/fresh_snapshot")->Unit(benchmark::kMillisecond);
BENCHMARK(interlocks)->Name("interlocks/routes/by_region")->Args({ 1, 0 })->Args({ 200, 0 })->Args({ 200, 1 })->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(split, least_cost, SplitGoal::LeastCost)->Name("best_split/least_cost/by_region")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(split, even_headroom, SplitGoal::EvenHeadroom)->Name("best_split/even_headroom/by_region")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(linearProgram, least_cost, SplitGoal::LeastCost)->Name("linear_program/glpk/least_cost/by_region")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(linearProgramByClp, least_cost, SplitGoal::LeastCost)->Name("linear_program/clp/least_cost/by_region/primal")->Args({ 0, 0 })->Args({ 1, 0 })->Args({ 0, 1 })->Args({ 1, 1 })->Unit(benchmark::kMillisecond)->UseManualTime();
BENCHMARK_CAPTURE(linearProgram, even_headroom, SplitGoal::EvenHeadroom)->Name("linear_program/glpk/even_headroom/by_region")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(linearProgramByClp, even_headroom, SplitGoal::EvenHeadroom)->Name("linear_program/clp/even_headroom/by_region/primal")->Args({ 0, 0 })->Args({ 1, 0 })->Unit(benchmark::kMillisecond)->UseManualTime();
BENCHMARK(boardRows)->Name("board/all_rows/shedding")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(evacuateOne)->Name("evacuate/provider")->Unit(benchmark::kMillisecond);
BENCHMARK(blocks)->Name("blocks/what_if")->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
