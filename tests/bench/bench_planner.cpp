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
#include "splitproblem.h"

using namespace penstock;

namespace {

constexpr Time start { std::chrono::seconds(1'790'000'000) };
constexpr std::uint32_t clouds = 5, regions = 60, clusters = 240, workloads = 200, nodeGpus = 8;
constexpr std::uint32_t gpus = 1'000'000;
constexpr const char* names[clouds] { "azure", "gcp", "aws", "coreweave", "oci" };
constexpr const char* models[3] { "H100 80GB SXM", "H200 141GB SXM", "A100 80GB SXM" };

void require(const Result<>& done)
{
    if (done)
        return;
    std::fprintf(stderr, "%s\n", done.error().text().c_str());
    std::abort();
}

/// A million GPUs: ten workloads a cluster, whole nodes of one workload in runs, some with free GPUs left over, 12 % free in all.
SnapshotPtr makeSnapshot()
{
    std::mt19937 random(7);
    Engine engine;
    for (std::uint32_t cloud = 0; cloud < clouds; ++cloud) {
        auto inventory = std::make_shared<Inventory>();
        inventory->epoch = 1;
        for (const auto* model : models)
            inventory->models.push_back({ model, 81'920 });
        for (std::uint32_t w = 0; w < workloads; ++w)
            inventory->workloads.push_back("workload-" + std::to_string(w));
        SamplesFrame frame;
        frame.epoch = frame.sequence = 1;
        frame.observed = start;
        for (std::uint32_t c = cloud; c < clusters; c += clouds) {
            const auto id = static_cast<std::uint32_t>(inventory->clusters.size());
            inventory->clusters.push_back({ names[cloud], "region-" + std::to_string(c % regions), "cluster-" + std::to_string(c) });
            std::uint32_t left = 0;
            std::uint16_t workload = 0;
            const auto tenants = random();
            for (std::uint32_t n = 0; n < gpus / clusters / nodeGpus; ++n) {
                inventory->nodes.push_back({ "node-" + std::to_string(n), id, (c / clouds) % 3, nodeGpus, {} });
                if (left-- == 0) {
                    left = static_cast<std::uint32_t>(random() % 40);
                    workload = static_cast<std::uint16_t>((tenants + random() % 10 * 37) % workloads);
                }
                const auto kind = random() % 100;
                for (std::uint32_t g = 0; g < nodeGpus; ++g) {
                    GpuSample sample;
                    const bool free = kind < 9 || (kind < 17 && g >= 4);
                    sample.state = kind == 99 ? GpuState::Unhealthy : free ? GpuState::Free : random() % 20 == 0 ? GpuState::Idle : GpuState::Busy;
                    sample.workload = free || kind == 99 ? noWorkload : workload;
                    frame.values.append(sample);
                }
            }
        }
        const auto source = engine.addSource(names[cloud]);
        require(engine.apply(source, InventoryFrame { inventory, start }));
        require(engine.apply(source, Frame { std::move(frame) }));
    }
    return engine.publish(start);
}

/// `byRegion`: each route has a backend a region of every cloud it may use, else one a cloud.
PlanRules makeRules(bool byRegion)
{
    PlanRules rules;
    rules.regionGroups = { { "low", { "region-1", "region-2" } }, { "all", { "region-" } } };
    for (std::uint32_t c = 0; c < clouds; ++c)
        rules.providers.push_back({ .id = names[c], .name = names[c], .subprocessor = true,
            .approvedData = c == 4 ? std::vector<std::string> { "account" } : std::vector<std::string> { "account", "content" }, .utilisationCap = 0.97, .quotas = {}, .reservations = {} });
    rules.providers[1].quotas = { { .model = "H100", .region = {}, .gpus = 70'000 } };
    for (std::uint32_t w = 0; w < workloads; ++w) {
        Workload made;
        made.name = "workload-" + std::to_string(w);
        made.priority = w % 5 == 4 ? Priority::Training : w % 5 == 3 ? Priority::Batch : Priority::Interactive;
        made.data = { w % 3 == 0 ? "content" : "account" };
        made.replicaGpus = w % 4 == 0 ? 4 : 8;
        if (w % 7 == 0)
            made.replicaModels = { "H100", "H200" };
        rules.workloads.push_back(std::move(made));
        Route route { .name = "route-" + std::to_string(w), .workload = "workload-" + std::to_string(w), .router = {}, .backends = {} };
        for (std::uint32_t r = 0; byRegion && r < regions; ++r)
            route.backends.push_back({ std::string(names[r % clouds]) + "-" + std::to_string(r), { .provider = names[r % clouds], .region = "region-" + std::to_string(r), .cluster = {}, .node = {} } });
        for (std::uint32_t c = 0; !byRegion && c < clouds; ++c)
            route.backends.push_back({ names[c], { .provider = names[c], .region = {}, .cluster = {}, .node = {} } });
        rules.routes.push_back(std::move(route));
    }
    using namespace std::chrono;
    for (std::uint32_t c = 0; c < clouds; ++c)
        for (const auto* model : models)
            rules.prices.push_back({ .provider = names[c], .region = {}, .model = model, .perGpuHour = (3.0 + c) * (model == models[1] ? 1.4 : model == models[2] ? 0.6 : 1), .asOf = sys_days(2026y / January / 1), .source = {} });
    for (std::uint32_t r = 0; r < regions; ++r)
        rules.prices.push_back({ .provider = names[r % clouds], .region = "region-" + std::to_string(r), .model = models[0], .perGpuHour = 4 + r % 7 * 0.3, .asOf = sys_days(2026y / June / 1), .source = {} });
    rules.policy.overridable = { "capacity" };
    rules.policy.maxRate = RateLimit { 0.5, std::chrono::seconds(600) };
    return rules;
}

struct World
{
    SnapshotPtr snapshot = makeSnapshot();
    CapacityReader reader;
    CapacityPtr free = reader.read(snapshot), holders = reader.read(snapshot, CapacityDetail::Holders);
    std::optional<Ground> ground[2]; ///< a backend a cloud; a backend a region
    std::optional<Ground> holding; ///< a backend a cloud, and who holds what
    std::vector<Weights> accepted[2];
    std::vector<RouteReading> readings[2];

    World()
    {
        for (const bool byRegion : { false, true }) {
            const auto map = RuleMap::make(makeRules(byRegion), free->places, std::chrono::sys_days(std::chrono::year(2026) / 11 / 24));
            ground[byRegion].emplace(free, map);
            if (!byRegion)
                holding.emplace(holders, map);
            for (std::uint32_t r = 0; r < workloads; ++r) {
                // What the routers split is what the load stands on, in whole per cent.
                const auto total = loadOf(*ground[byRegion], r);
                Weights weights;
                double sum = 0;
                std::size_t most = 0;
                for (const auto& backend : map->routes[r].backends) {
                    double held = 0;
                    for (const auto pool : backend.pools)
                        held += ground[byRegion]->heldLoad(r, pool);
                    weights.push_back(std::floor(total > 0 ? 100 * held / total : 0));
                    sum += weights.back();
                    if (weights.back() > weights[most])
                        most = weights.size() - 1;
                }
                weights[most] += 100 - sum;
                RouteReading reading;
                reading.version = "7";
                for (std::size_t b = 0; b < weights.size(); ++b)
                    reading.backends.push_back({ .name = map->rules.routes[r].backends[b].name, .accepted = weights[b], .observed = {}, .requests = 0, .condition = {}, .note = {} });
                accepted[byRegion].push_back(std::move(weights));
                readings[byRegion].push_back(std::move(reading));
            }
        }
    }
    [[nodiscard]] std::vector<const RouteReading*> pointers(bool byRegion) const
    {
        std::vector<const RouteReading*> made;
        for (const auto& reading : readings[byRegion])
            made.push_back(&reading);
        return made;
    }
    /// Two points from the fullest backend of every route to the next one.
    [[nodiscard]] std::vector<RouteMove> moves(bool byRegion) const
    {
        std::vector<RouteMove> made;
        for (std::uint32_t r = 0; r < workloads; ++r) {
            const auto& from = accepted[byRegion][r];
            auto to = from;
            const auto most = static_cast<std::size_t>(std::ranges::max_element(from) - from.begin());
            to[most] -= 2;
            to[(most + 1) % to.size()] += 2;
            made.push_back({ r, from, to });
        }
        return made;
    }
    [[nodiscard]] Plan plan(bool byRegion, std::size_t routes) const
    {
        Plan made;
        made.person = "ada";
        made.reason = "bench";
        for (const auto& move : moves(byRegion)) {
            if (made.moves.size() == routes)
                break;
            made.moves.push_back({ .route = ground[byRegion]->rules().routes[move.route].name, .version = "7", .from = move.from, .steps = { move.to } });
        }
        return made;
    }
};

const World& world()
{
    static const World made;
    return made;
}

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
    circumstances.now = start;
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
    const Block block { .provider = "gcp", .region = "region-1", .model = models[0], .gpus = 100'000, .from = start };
    for (auto _ : state)
        benchmark::DoNotOptimize(whatIf(*world().ground[0], { &block, 1 }, start));
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
