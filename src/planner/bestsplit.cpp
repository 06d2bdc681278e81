// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "planner/bestsplit.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "splitproblem.h"
#include "wholeunits.h"

namespace penstock {

namespace {

    using Kind = SplitProblem::Meaning::Kind;

    Result<> check(const Ground& ground, const SplitRequest& request)
    {
        if (request.routes.empty() || request.accepted.size() != request.routes.size())
            return fail(Error::Kind::Invalid, "a split needs routes, and what each router accepted");
        if (!(request.growth > 0 && request.growth < 1000) || !(request.largestChange > 0 && request.largestChange <= 1))
            return fail(Error::Kind::Invalid, "the growth or the largest change is out of range");
        std::set<std::uint32_t> seen;
        for (std::size_t i = 0; i < request.routes.size(); ++i) {
            if (request.routes[i] >= ground.rules().routes.size() || !seen.insert(request.routes[i]).second)
                return fail(Error::Kind::Invalid, "a route is not there or stands there twice");
            const auto& route = ground.rules().routes[request.routes[i]];
            const auto& mapped = ground.map().routes[request.routes[i]];
            if (request.accepted[i].size() != route.backends.size())
                return fail(Error::Kind::Invalid, "the split has other backends than the route", route.name);
            if (!mapped.workload)
                return fail(Error::Kind::Invalid, "the workload of the route is not described", route.name, "add it to the workspace");
            std::string why;
            for (const auto& backend : mapped.backends)
                if (!backend.allowed())
                    why += (why.empty() ? "" : "; ") + (backend.notApproved.empty() ? backend.notResident.front() + " lies outside" : backend.notApproved.front());
            if (std::ranges::none_of(mapped.backends, &RuleMap::Backend::allowed))
                return fail(Error::Kind::Refused, "no backend may carry " + route.workload + ": " + why, route.name, "approve a provider, or add a backend where the workload may run");
        }
        return {};
    }

    /// Providers of a branch, as the policy counts them.
    const std::vector<std::string>& providersOf(const Ground& ground, const SplitRequest& request, const Branch& branch)
    {
        return ground.map().routes[request.routes[branch.route]].backends[branch.backend].providers;
    }

    class Search
    {
    public:
        Search(const Ground& ground, const SplitRequest& request)
            : m_ground(ground), m_request(request), m_problem(ground, request, false), m_bounds(m_problem.branches.size())
        {
            const auto minimum = static_cast<int>(std::ceil(100 * ground.rules().policy.minimumSplit - 1e-9));
            for (std::size_t i = 0; i < m_bounds.size(); ++i) {
                const auto& branch = m_problem.branches[i];
                const double from = request.accepted[branch.route][branch.backend];
                m_bounds[i].greatest = static_cast<int>(std::floor(std::min(100.0, from + 100 * request.largestChange) + 1e-6));
                const int least = static_cast<int>(std::ceil(std::max(0.0, from - 100 * request.largestChange) - 1e-6));
                m_bounds[i].must = least > 0;
                m_held.push_back(least > 0);
                m_bounds[i].least = std::max({ 1, minimum, least });
            }
        }

        Result<BestSplit> run()
        {
            LinearSolver solver(m_problem.program);
            m_problem.startFromNow(solver);
            leaveOut(solver);
            auto solution = solve(solver);
            if (!solution)
                return std::unexpected(solution.error());
            if (!solution->feasible)
                return BestSplit {};
            BestSplit made;
            made.bound = valueOf(solution->values);
            explain(*solution, made);
            if (auto kept = keepMinimums(solver, *solution); !kept)
                return std::unexpected(kept.error());
            if (valueOf(solution->values) > made.bound * 1.002)
                if (auto better = improveMinimums(solver, *solution); !better)
                    return std::unexpected(better.error());
            // Whole per cent first, tenths where those cost too much; then with less room, which whole replicas need to round.
            for (const auto& [units, tighter] : { std::pair { 100, false }, std::pair { 1000, false }, std::pair { 1000, true }, std::pair { 1000, true } }) {
                if (tighter) {
                    if (made.effect.fits())
                        break;
                    tighten(solver, made.effect.shortGpus);
                    auto next = solve(solver);
                    if (!next)
                        return std::unexpected(next.error());
                    if (!next->feasible)
                        break;
                    solution = std::move(*next);
                }
                round(units, solution->values, made);
                if (made.effect.fits() && made.lossPercent <= 1)
                    break;
            }
            return made;
        }

    private:
        /// Takes the rounded solution if it is better than what is there.
        void round(int units, std::vector<double> values, BestSplit& made) const
        {
            const auto solved = values;
            auto bounds = m_bounds;
            for (auto& it : bounds) {
                it.least = it.least * units / 100;
                it.greatest = it.greatest * units / 100;
                if (!it.must && m_ground.rules().policy.minimumSplit <= 0)
                    it.least = 1;
            }
            auto counts = wholeUnits(m_problem, units, bounds, m_request.goal, values);
            auto next = made;
            next.unit = 100.0 / units;
            repair(counts, units, bounds, next);
            next.value = valueOf(loadsOf(counts, units, solved));
            next.lossPercent = next.bound > 1e-9 ? std::max(0.0, 100 * (next.value / next.bound - 1)) : 0;
            const auto rank = [](const BestSplit& it) { return std::pair(it.effect.shortGpus, it.lossPercent); };
            if (made.moves.empty() || rank(next) < rank(made))
                made = std::move(next);
        }
        /// Leaves some of every place and every limit unused.
        void tighten(LinearSolver& solver, std::int64_t shortGpus)
        {
            for (std::uint32_t row = 0; row < m_problem.meanings.size(); ++row) {
                auto& greatest = m_problem.program.rows[row].greatest;
                if (m_problem.meanings[row].kind == Kind::Nodes)
                    greatest = std::max(0.0, greatest * 0.99 - 8);
                else if (m_problem.meanings[row].kind == Kind::Limit)
                    greatest = std::max(0.0, greatest * 0.99 - static_cast<double>(shortGpus));
                else
                    continue;
                solver.setRow(row, m_problem.program.rows[row]);
            }
        }
        /// Most new loads never get a place in the best split. The likely ones are looked at first; the others are let in
        /// when the prices of a solution speak for them.
        void leaveOut(LinearSolver& solver)
        {
            constexpr std::size_t likely = 6;
            m_out.assign(m_problem.program.columns.size(), false);
            std::vector<std::uint32_t> fresh;
            for (const auto& [first, end] : m_problem.branchesOf) {
                fresh.clear();
                for (auto i = first; i < end; ++i)
                    for (const auto& it : m_problem.branches[i].fresh)
                        fresh.push_back(it.column);
                if (fresh.size() <= likely)
                    continue;
                std::ranges::nth_element(fresh, fresh.begin() + static_cast<std::ptrdiff_t>(likely), {}, [&](std::uint32_t column) { return m_problem.ranks[column]; });
                for (auto it = fresh.begin() + static_cast<std::ptrdiff_t>(likely); it != fresh.end(); ++it) {
                    m_out[*it] = true;
                    solver.setColumn(*it, { 0, 0 });
                }
            }
        }
        Result<LinearSolution> solve(LinearSolver& solver)
        {
            const double tolerance = m_request.goal == SplitGoal::LeastCost ? 1e-7 : 1e-12;
            for (;;) {
                auto solution = solver.solve();
                if (!solution)
                    return solution;
                bool letIn = false;
                for (std::uint32_t c = 0; c < m_out.size(); ++c)
                    if (m_out[c] && (!solution->feasible || solution->reducedCosts[c] < -tolerance)) {
                        m_out[c] = false;
                        solver.setColumn(c, m_problem.program.columns[c].bounds);
                        letIn = true;
                    }
                if (letIn)
                    continue;
                for (std::size_t r = 0; solution->feasible && r < m_problem.unplaced.size(); ++r)
                    solution->feasible = solution->values[m_problem.unplaced[r]] <= 1e-6 * (1 + m_problem.loads[r]);
                return solution;
            }
        }
        /// In the unit of the goal.
        [[nodiscard]] double valueOf(const std::vector<double>& values) const
        {
            if (m_request.goal == SplitGoal::LeastCost) {
                double sum = 0;
                for (std::size_t c = 0; c < values.size(); ++c)
                    sum += values[c] * m_problem.prices[c];
                return sum;
            }
            double fullest = 0;
            std::vector<double> sums(m_problem.program.rows.size());
            for (std::size_t c = 0; c < m_problem.entriesOf.size(); ++c)
                for (const auto& [row, value] : m_problem.entriesOf[c])
                    sums[row] += c == m_problem.fullest ? 0 : value * values[c];
            for (std::size_t r = 0; r < sums.size(); ++r)
                if (m_problem.meanings[r].kind == Kind::Fullest)
                    fullest = std::max(fullest, 100 * (sums[r] - m_problem.program.rows[r].greatest));
            return fullest;
        }
        void explain(const LinearSolution& solution, BestSplit& made) const
        {
            const double unit = m_request.goal == SplitGoal::LeastCost ? 1 : 100;
            for (std::size_t r = 0; r < m_problem.meanings.size(); ++r) {
                const auto& meaning = m_problem.meanings[r];
                // A row says used / might <= fullest: a GPU more of might is worth fullest / might of it.
                const double perGpu = meaning.ofOneGpu * (meaning.kind == Kind::Fullest ? solution.values[*m_problem.fullest] : 1);
                if (meaning.kind != Kind::Demand && std::abs(solution.worths[r]) * unit > 1e-7)
                    made.binding.push_back({ meaning.text, std::abs(solution.worths[r]) * unit * perGpu });
            }
            std::ranges::stable_sort(made.binding, std::greater {}, &BindingConstraint::worth);
        }
        [[nodiscard]] double share(const LinearSolution& solution, std::size_t branch) const
        {
            double sum = 0;
            for (const auto column : m_problem.branches[branch].columns())
                sum += solution.values[column];
            return sum / m_problem.totals[m_problem.branches[branch].route];
        }
        void bound(LinearSolver& solver, std::size_t branch, double least, double greatest)
        {
            auto& it = m_problem.branches[branch];
            const auto total = m_problem.totals[it.route];
            const auto columns = it.columns();
            for (const auto column : columns)
                if (greatest > 0 && m_out[column]) {
                    m_out[column] = false;
                    solver.setColumn(column, m_problem.program.columns[column].bounds);
                }
            if (columns.size() == 1) {
                const auto most = m_problem.program.columns[columns.front()].bounds.greatest;
                solver.setColumn(columns.front(), { std::min(least * total, most), std::min(greatest * total, most) });
            } else if (!columns.empty()) {
                if (it.shareRow)
                    solver.setRow(*it.shareRow, { least * total, greatest * total });
                else
                    it.shareRow = solver.addRow(columns, { least * total, greatest * total });
            }
        }
        /// A backend whose way to more is cheapest, at a provider the route does not use yet.
        [[nodiscard]] std::optional<std::size_t> anotherProvider(const LinearSolution& solution, std::size_t route, const std::set<std::string>& used, const std::vector<bool>& tried) const
        {
            std::optional<std::size_t> best;
            double bestCost = endless;
            for (auto i = m_problem.branchesOf[route].first; i < m_problem.branchesOf[route].second; ++i) {
                const auto& names = providersOf(m_ground, m_request, m_problem.branches[i]);
                if (tried[i] || std::ranges::all_of(names, [&](const std::string& name) { return used.contains(name); }))
                    continue;
                for (const auto column : m_problem.branches[i].columns())
                    if (solution.reducedCosts[column] < bestCost) {
                        bestCost = solution.reducedCosts[column];
                        best = i;
                    }
            }
            return best;
        }
        /// Fixes backends at nothing or at the minimum until minimum splits and minimum providers hold.
        Result<> keepMinimums(LinearSolver& solver, LinearSolution& solution)
        {
            const auto& policy = m_ground.rules().policy;
            auto& [up, down] = m_fixed;
            up.assign(m_bounds.size(), false);
            down.assign(m_bounds.size(), false);
            std::vector<bool> tried(m_bounds.size());
            for (int round = 0; round < 24; ++round) {
                std::vector<std::size_t> changed;
                for (std::size_t i = 0; i < m_bounds.size(); ++i) {
                    const auto least = std::max(policy.minimumSplit, m_bounds[i].must ? m_bounds[i].least / 100.0 : 0.0);
                    const auto now = share(solution, i);
                    if (least <= 0 || now <= 1e-7 || now >= least - 1e-7 || up[i])
                        continue;
                    // The second time it must go the other way.
                    const bool rise = (now >= least / 4 && !tried[i]) || down[i] || m_bounds[i].must;
                    (rise ? up : down)[i] = true;
                    bound(solver, i, rise ? least : 0, rise ? 1 : 0);
                    changed.push_back(i);
                }
                for (std::size_t r = 0; changed.empty() && r < m_request.routes.size(); ++r) {
                    std::set<std::string> used;
                    for (std::size_t b = 0; b < m_problem.leaving[r].size(); ++b)
                        if (m_problem.leaving[r][b] > 0)
                            used.insert(m_ground.map().routes[m_request.routes[r]].backends[b].providers.begin(), m_ground.map().routes[m_request.routes[r]].backends[b].providers.end());
                    for (auto i = m_problem.branchesOf[r].first; i < m_problem.branchesOf[r].second; ++i)
                        if (share(solution, i) >= std::max(0.01, policy.minimumSplit) - 1e-7) {
                            const auto& names = providersOf(m_ground, m_request, m_problem.branches[i]);
                            used.insert(names.begin(), names.end());
                        }
                    if (m_problem.totals[r] <= 0 || used.size() >= static_cast<std::size_t>(std::max(0, policy.minProviders)))
                        continue;
                    if (const auto more = anotherProvider(solution, r, used, tried)) {
                        const auto least = std::max(0.01, policy.minimumSplit);
                        up[*more] = tried[*more] = true;
                        down[*more] = false;
                        m_bounds[*more].must = true;
                        bound(solver, *more, least, 1);
                        changed.push_back(*more);
                    }
                }
                if (changed.empty())
                    return {};
                auto next = solve(solver);
                if (!next)
                    return std::unexpected(next.error());
                if (next->feasible) {
                    solution = std::move(*next);
                    continue;
                }
                for (const auto i : changed) {
                    bound(solver, i, 0, 1);
                    m_bounds[i].must = m_bounds[i].must && !up[i];
                    up[i] = down[i] = false;
                    tried[i] = true;
                }
                if (auto again = solve(solver); again && again->feasible)
                    solution = std::move(*again);
                else
                    return {};
            }
            return {};
        }
        [[nodiscard]] bool keepsMinimums(const LinearSolution& solution) const
        {
            const auto& policy = m_ground.rules().policy;
            for (std::size_t r = 0; r < m_request.routes.size(); ++r) {
                std::set<std::string> used;
                for (auto i = m_problem.branchesOf[r].first; i < m_problem.branchesOf[r].second; ++i) {
                    const auto now = share(solution, i);
                    if (now > 1e-7 && now < policy.minimumSplit - 1e-7)
                        return false;
                    const auto& names = providersOf(m_ground, m_request, m_problem.branches[i]);
                    if (now >= std::max(0.01, policy.minimumSplit) - 1e-7)
                        used.insert(names.begin(), names.end());
                }
                if (m_problem.totals[r] > 0 && used.size() < static_cast<std::size_t>(std::max(0, policy.minProviders)))
                    return false;
            }
            return true;
        }
        /// Rounding decides each backend on its own: where that costs much, some are decided the other way, one at a time.
        Result<> improveMinimums(LinearSolver& solver, LinearSolution& solution)
        {
            constexpr int tries = 24;
            int left = tries;
            auto& [up, down] = m_fixed;
            const auto least = std::max(0.01, m_ground.rules().policy.minimumSplit);
            const auto decide = [&](std::size_t i, bool rise, bool fall) {
                up[i] = rise;
                down[i] = fall;
                bound(solver, i, rise ? least : 0, fall ? 0 : 1);
            };
            for (std::size_t i = 0; i < m_bounds.size() && left > 0; ++i) {
                if ((!up[i] && !down[i]) || m_held[i])
                    continue;
                // The other way for this one; and where it was raised, another one of the route raised in its place.
                const auto [first, end] = m_problem.branchesOf[m_problem.branches[i].route];
                for (auto other = first; other < end && left > 0 && (up[i] || down[i]); ++other) {
                    if (other != i && (up[other] || m_held[other] || !up[i]))
                        continue;
                    --left;
                    const bool wasUp = up[i], wasDown = down[i], otherUp = up[other], otherDown = down[other];
                    decide(i, wasDown, other == i && wasUp);
                    if (other != i)
                        decide(other, true, false);
                    auto next = solve(solver);
                    if (!next)
                        return std::unexpected(next.error());
                    if (next->feasible && keepsMinimums(*next) && valueOf(next->values) < valueOf(solution.values) - 1e-9) {
                        solution = std::move(*next);
                        if (wasUp && m_bounds[i].must) {
                            m_bounds[i].must = false;
                            m_bounds[other].must = other != i;
                        }
                        break;
                    }
                    decide(i, wasUp, wasDown);
                    if (other != i)
                        decide(other, otherUp, otherDown);
                }
            }
            return {};
        }
        [[nodiscard]] std::vector<RouteMove> movesOf(const std::vector<int>& counts, int units) const
        {
            std::vector<RouteMove> moves;
            for (std::size_t r = 0; r < m_request.routes.size(); ++r) {
                RouteMove move { m_request.routes[r], m_request.accepted[r], m_request.accepted[r] };
                if (m_problem.totals[r] > 0) {
                    move.to = m_problem.leaving[r];
                    for (auto i = m_problem.branchesOf[r].first; i < m_problem.branchesOf[r].second; ++i)
                        move.to[m_problem.branches[i].backend] = 100.0 * counts[i] / units;
                }
                moves.push_back(std::move(move));
            }
            return moves;
        }
        /// The loads by column that go with the units: what is held first, then new load as the solution spread it.
        [[nodiscard]] std::vector<double> loadsOf(const std::vector<int>& counts, int units, const std::vector<double>& solved) const
        {
            std::vector<double> values(m_problem.program.columns.size());
            std::vector<UnitBounds> exact;
            for (std::size_t i = 0; i < counts.size(); ++i) {
                exact.push_back({ counts[i], counts[i], true });
                const auto& branch = m_problem.branches[i];
                const auto load = m_problem.totals[branch.route] * counts[i] / units;
                if (branch.kept)
                    values[*branch.kept] = std::min(load, branch.held);
                double spread = 0;
                for (const auto& fresh : branch.fresh)
                    spread += solved[fresh.column];
                const auto more = load - std::min(load, branch.kept ? branch.held : 0.0);
                for (const auto& fresh : branch.fresh)
                    if (spread > 1e-9)
                        values[fresh.column] = more * solved[fresh.column] / spread;
            }
            static_cast<void>(wholeUnits(m_problem, units, exact, m_request.goal, values));
            return values;
        }
        /// Moves what found no place, counted in whole replicas, to backends of the same route that have room.
        void repair(std::vector<int>& counts, int units, const std::vector<UnitBounds>& bounds, BestSplit& made) const
        {
            // Whole per cent are soon seen not to fit.
            const int rounds = units == 100 ? 3 : 8;
            for (int round = 0; round < rounds; ++round) {
                made.moves = movesOf(counts, units);
                Room room(m_ground.room());
                made.effect = effectOf(m_ground, made.moves, room);
                if (made.effect.fits())
                    return;
                bool changed = false;
                std::size_t firstNeed = 0;
                for (std::size_t r = 0; r < m_request.routes.size(); ++r) {
                    const auto& mapped = m_ground.map().routes[m_request.routes[r]];
                    const auto [first, end] = m_problem.branchesOf[r];
                    for (auto i = first; i < end; ++i) {
                        const auto& need = made.effect.needs[firstNeed + m_problem.branches[i].backend];
                        if (need.shortGpus == 0 || counts[i] == 0)
                            continue;
                        const auto unit = m_problem.totals[r] / units;
                        const double share = std::min(1.0, static_cast<double>(need.shortGpus) / static_cast<double>(need.neededGpus));
                        auto less = std::clamp(static_cast<int>(std::ceil(share * need.needed / unit - 1e-6)), 1, counts[i]);
                        if (counts[i] - less < bounds[i].least && counts[i] > bounds[i].least)
                            less = bounds[i].must ? counts[i] - bounds[i].least : less;
                        if (counts[i] - less < bounds[i].least && bounds[i].must)
                            continue;
                        if (counts[i] - less < bounds[i].least)
                            less = counts[i];
                        for (; less > 0; --less) {
                            const auto to = roomiest(room, counts, units, bounds, r, i);
                            if (!to)
                                break;
                            auto load = unit;
                            const auto& branch = m_problem.branches[*to];
                            const auto spare = branch.held - unit * counts[*to];
                            load -= std::clamp(spare, 0.0, load);
                            room.place(mapped.backends[branch.backend].fitting, *mapped.workload, load);
                            ++counts[*to];
                            --counts[i];
                            changed = true;
                        }
                    }
                    firstNeed += mapped.backends.size();
                }
                if (!changed)
                    return;
            }
            made.moves = movesOf(counts, units);
            made.effect = effectOf(m_ground, made.moves);
        }
        /// The cheapest other branch of the route that takes one unit more, in whole replicas; or the one with most room.
        [[nodiscard]] std::optional<std::size_t> roomiest(const Room& room, const std::vector<int>& counts, int units, const std::vector<UnitBounds>& bounds, std::size_t route, std::size_t except) const
        {
            const auto& mapped = m_ground.map().routes[m_request.routes[route]];
            const auto [first, end] = m_problem.branchesOf[route];
            const auto unit = m_problem.totals[route] / units;
            std::optional<std::size_t> best;
            double bestPrice = endless;
            for (auto i = first; i < end; ++i) {
                const auto& branch = m_problem.branches[i];
                if (i == except || counts[i] >= bounds[i].greatest || counts[i] + 1 < bounds[i].least)
                    continue;
                const bool spare = branch.held - unit * (counts[i] + 1) >= 0;
                double price = spare ? m_problem.prices[*branch.kept] : branch.fresh.empty() ? endless : m_problem.prices[branch.fresh.front().column];
                if (price >= bestPrice && m_request.goal == SplitGoal::LeastCost)
                    continue;
                const auto more = room.headroomLoad(mapped.backends[branch.backend].fitting, *mapped.workload);
                if (!spare && more < 2 * unit)
                    continue;
                if (m_request.goal == SplitGoal::EvenHeadroom)
                    price = -more;
                if (price >= bestPrice)
                    continue;
                best = i;
                bestPrice = price;
            }
            return best;
        }

        const Ground& m_ground;
        const SplitRequest& m_request;
        SplitProblem m_problem;
        std::vector<UnitBounds> m_bounds; ///< in per cent
        std::vector<bool> m_held; ///< by branch: the largest change does not let it go at once
        std::vector<bool> m_out; ///< by column: left out so far
        struct
        {
            std::vector<bool> up, down;
        } m_fixed; ///< by branch: at the minimum or above; at nothing
    };

    std::string amount(double value)
    {
        std::ostringstream text;
        text << std::ceil(value - 1e-6);
        return text.str();
    }

    /// The least that would have to give, and the split that it would allow.
    Result<BestSplit> relaxed(const Ground& ground, const SplitRequest& request)
    {
        const SplitProblem problem(ground, request, true);
        LinearSolver solver(problem.program);
        const auto solution = solver.solve();
        if (!solution)
            return std::unexpected(solution.error());
        BestSplit made;
        if (!solution->feasible) {
            for (std::size_t r = 0; r < request.routes.size(); ++r)
                made.moves.push_back({ request.routes[r], request.accepted[r], request.accepted[r] });
            made.relaxations.push_back({ "a backend with GPUs that the workload runs on", 0 });
            return made;
        }
        for (std::size_t row = 0; row < problem.meanings.size(); ++row) {
            const auto& meaning = problem.meanings[row];
            const auto more = meaning.slack ? solution->values[*meaning.slack] : 0;
            if (more <= 1e-6)
                continue;
            switch (meaning.kind) {
            case Kind::Nodes: made.relaxations.push_back({ amount(more) + " more " + meaning.text, more }); break;
            case Kind::Limit: made.relaxations.push_back({ meaning.text + " raised by " + amount(more) + " GPUs", more }); break;
            case Kind::Share: made.relaxations.push_back({ meaning.text + " exceeded by a load of " + amount(more) + " H100", more }); break;
            case Kind::Demand:
            case Kind::Fullest: break;
            }
        }
        auto values = solution->values;
        for (std::size_t c = 0; c < values.size(); ++c)
            made.value += values[c] * problem.prices[c];
        made.bound = made.value;
        for (std::size_t r = 0; r < request.routes.size(); ++r) {
            RouteMove move { request.routes[r], request.accepted[r], problem.leaving[r] };
            // Here the largest remainder decides: there is no room that could be kept to.
            std::vector<std::pair<double, std::uint32_t>> remainders;
            int left = 100;
            for (const auto percent : problem.leaving[r])
                left -= static_cast<int>(std::lround(percent));
            for (auto i = problem.branchesOf[r].first; i < problem.branchesOf[r].second; ++i) {
                double load = 0;
                for (const auto column : problem.branches[i].columns())
                    load += values[column];
                const double exact = 100 * load / problem.totals[r];
                const auto whole = std::floor(exact + 1e-6);
                move.to[problem.branches[i].backend] = whole;
                left -= static_cast<int>(whole);
                remainders.emplace_back(whole - exact, problem.branches[i].backend);
            }
            std::ranges::sort(remainders);
            for (std::size_t i = 0; i < remainders.size() && left > 0; ++i, --left)
                move.to[remainders[i].second] += 1;
            if (remainders.empty())
                move.to = move.from;
            made.moves.push_back(std::move(move));
        }
        made.effect = effectOf(ground, made.moves);
        return made;
    }

} // namespace

Result<BestSplit> bestSplit(const Ground& ground, const SplitRequest& request)
{
    if (auto good = check(ground, request); !good)
        return std::unexpected(good.error());
    std::vector<Relaxation> providers;
    const auto wanted = static_cast<std::size_t>(std::max(0, ground.rules().policy.minProviders));
    for (const auto route : request.routes) {
        std::set<std::string> possible;
        for (const auto& backend : ground.map().routes[route].backends)
            if (backend.allowed() && !backend.pools.empty())
                possible.insert(backend.providers.begin(), backend.providers.end());
        if (possible.size() < wanted)
            providers.push_back({ "min_providers " + std::to_string(possible.size()) + " instead of " + std::to_string(wanted) + " for " + ground.rules().routes[route].name, 0 });
    }
    auto made = Search(ground, request).run();
    if (made && made->moves.empty())
        made = relaxed(ground, request);
    if (made)
        made->relaxations.insert(made->relaxations.end(), providers.begin(), providers.end());
    return made;
}

} // namespace penstock
