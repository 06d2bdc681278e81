// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "allotment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "linearprogram.h"

namespace penstock {

namespace {

    // Dollars, as it were: of a GPU that finds its place, of one that has to end for it, and of one place further down in the order.
    constexpr double placed = 100, batchEnds = 10, trainingEnds = 1, further = 0.001;

    struct Problem
    {
        const Ground& ground;
        const Room& room;
        std::span<const Wish> wishes;
        bool whole = false; ///< replicas are: of the last one of a wish counts what the wish still lacks
        LinearProgram program {};
        struct Column
        {
            Allotment what;
            std::uint32_t number = 0;
        };
        std::vector<Column> columns {};
        struct Pool
        {
            std::uint32_t row = 0;
            std::vector<std::uint32_t> ending {}; ///< columns of GPUs that end
            std::array<std::int64_t, 2> mayEnd {}; ///< GPUs: training, batch
        };
        std::map<std::uint32_t, Pool> pools {};

        [[nodiscard]] std::uint32_t replica(const Wish& wish) const { return std::max(1U, ground.rules().workloads[wish.workload].replicaGpus); }
        [[nodiscard]] double performance(std::uint32_t pool) const { return ground.map().performance[ground.places().pools[pool].model]; }

        void addPools(bool shed)
        {
            const auto& workloads = ground.rules().workloads;
            for (const auto& wish : wishes)
                for (const auto pool : wish.pools) {
                    const auto [at, isNew] = pools.try_emplace(pool);
                    auto& it = at->second;
                    if (isNew)
                        it.row = program.addRow({ -endless, 0 });
                    auto& free = program.rows[it.row].greatest;
                    free = std::max(free, static_cast<double>(room.headroom(pool, wish.workload)));
                    if (!isNew || !shed)
                        continue;
                    for (std::uint32_t victim = 0; victim < workloads.size(); ++victim)
                        if (const auto priority = workloads[victim].priority; priority < workloads[wish.workload].priority)
                            it.mayEnd[priority == Priority::Training ? 0 : 1] += room.held(pool, victim);
                    for (std::size_t i = 0; i < it.mayEnd.size(); ++i)
                        if (it.mayEnd[i] > 0) {
                            it.ending.push_back(program.addColumn({ 0, static_cast<double>(it.mayEnd[i]) }, i == 0 ? trainingEnds : batchEnds));
                            program.add(it.row, it.ending.back(), -1);
                        }
                }
        }

        void addWishes()
        {
            for (std::uint32_t w = 0; w < wishes.size(); ++w) {
                const auto& wish = wishes[w];
                const double gpus = replica(wish);
                // Where each replica carries the same, the last one that is begun is a whole one.
                const bool isUniform = std::ranges::all_of(wish.pools, [&](std::uint32_t pool) { return performance(pool) == performance(wish.pools.front()); });
                const double each = wish.pools.empty() ? 1 : gpus * performance(wish.pools.front());
                const auto row = program.addRow({ -endless, isUniform && !whole ? std::ceil(wish.load / each - 1e-6) * each : wish.load });
                if (whole)
                    program.add(row, program.addColumn({}, placed), -1);
                for (std::size_t rank = 0; rank < wish.pools.size(); ++rank) {
                    const auto pool = wish.pools[rank];
                    const auto& there = pools.at(pool);
                    const auto most = (room.headroom(pool, wish.workload) + there.mayEnd[0] + there.mayEnd[1]) / replica(wish);
                    if (most == 0)
                        continue;
                    const auto column = program.addColumn({ 0, static_cast<double>(most) }, gpus * (further * static_cast<double>(rank) - placed * performance(pool)));
                    program.add(row, column, gpus * performance(pool));
                    program.add(there.row, column, gpus);
                    columns.push_back({ { w, pool, 0 }, column });
                }
            }
        }

        void addLimits()
        {
            for (std::uint32_t limit = 0; limit < ground.map().limits.size(); ++limit) {
                std::optional<std::uint32_t> row;
                for (const auto& column : columns) {
                    const auto& wish = wishes[column.what.wish];
                    const auto bound = room.roomUnder(limit, wish.workload);
                    if (!bound || std::ranges::find(ground.map().limits[limit].pools, column.what.pool) == ground.map().limits[limit].pools.end())
                        continue;
                    if (!row)
                        row = program.addRow({ -endless, static_cast<double>(*bound) });
                    program.add(*row, column.number, replica(wish));
                }
                for (const auto pool : row ? ground.map().limits[limit].pools : std::vector<std::uint32_t>())
                    if (const auto there = pools.find(pool); there != pools.end())
                        for (const auto ending : there->second.ending)
                            program.add(*row, ending, -1);
            }
        }
    };

    std::optional<std::vector<double>> solve(const Problem& problem)
    {
        LinearSolver solver(problem.program);
        auto solved = solver.solve();
        if (!solved || !solved->feasible)
            return std::nullopt;
        if (!problem.whole)
            return std::move(solved->values);
        std::vector<std::uint32_t> replicas;
        for (const auto& column : problem.columns)
            replicas.push_back(column.number);
        return solver.solveWhole(replicas);
    }

    std::vector<Allotment> allotmentsOf(const Problem& problem, const std::vector<double>& values)
    {
        std::vector<Allotment> made;
        for (const auto& column : problem.columns)
            if (const auto replicas = static_cast<std::int64_t>(std::floor(values[column.number] + 1e-6)); replicas > 0)
                made.push_back({ column.what.wish, column.what.pool, replicas });
        return made;
    }

} // namespace

std::vector<Allotment> allot(const Ground& ground, const Room& room, std::span<const Wish> wishes, bool shed)
{
    std::size_t choices = 0;
    for (const auto& wish : wishes)
        choices += wish.pools.size();
    for (const bool whole : { true, false }) {
        if (whole && choices > fewChoices)
            continue;
        Problem problem { ground, room, wishes, whole };
        problem.addPools(shed);
        problem.addWishes();
        if (problem.columns.empty())
            return {};
        problem.addLimits();
        if (const auto values = solve(problem))
            return allotmentsOf(problem, *values);
    }
    return {};
}

} // namespace penstock
