// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "planner/bestsplit.h"

#include <algorithm>
#include <cmath>
#include <ranges>
#include <set>
#include <utility>

#include "base/counttext.h"
#include "landing.h"
#include "splitproblem.h"
#include "splitrounding.h"

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
            if (const auto* reading = i < request.readings.size() ? request.readings[i] : nullptr) {
                const auto driven = std::ranges::find_if(reading->backends, [](const BackendReading& it) { return !it.fixed.empty(); });
                if (!reading->fixed.empty() || driven != reading->backends.end())
                    return fail(Error::Kind::Refused, reading->fixed.empty() ? driven->name + ": " + driven->fixed : reading->fixed, route.name, "mend that at the router, or leave this route out");
                if (reading->splits == RouteReading::Splits::Whole)
                    return fail(Error::Kind::Refused, "its algorithm takes a backend with its configured weight or not at all: there is no best split between", route.name,
                        "write `balance roundrobin` in the router's configuration, or leave this route out");
            }
            std::string why;
            for (std::size_t b = 0; b < mapped.backends.size(); ++b)
                if (const auto& backend = mapped.backends[b]; backend.allowed() && !mayCarry(ground, request, i, b))
                    why += (why.empty() ? "" : "; ") + route.backends[b].name + (vacatedBy(ground, backend).empty() ? " is down, drained or fails what it gets" : " was evacuated by " + vacatedBy(ground, backend));
                else if (!backend.allowed())
                    why += (why.empty() ? "" : "; ") + (backend.notApproved.empty() ? backend.notResident.front() + " lies outside" : backend.notApproved.front());
            if (std::ranges::none_of(std::views::iota(std::size_t { 0 }, mapped.backends.size()), [&](std::size_t b) { return mayCarry(ground, request, i, b); }))
                return fail(Error::Kind::Refused, "no backend may carry " + route.workload + ": " + why, route.name, "approve a provider, add a backend where the workload may run, or make one answer");
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
            const SplitStart start(m_problem, m_request.goal);
            leaveOut(start.used());
            LinearSolver solver(m_problem.program, m_out);
            start.set(solver);
            auto solution = solve(solver);
            if (!solution)
                return std::unexpected(solution.error());
            const SplitRounding rounding(m_ground, m_request, m_problem);
            BestSplit made;
            if (!solution->feasible) {
                // No split with the weights is less than a part of a GPU away from what is held.
                made.bound = endless;
                rounding.preferStaying(std::vector<double>(m_problem.program.columns.size()), made);
                return made;
            }
            made.bound = m_problem.valueOf(solution->values);
            explain(*solution, made);
            const auto lacking = lackingMinimums(*solution);
            if (auto kept = keepMinimums(solver, *solution); !kept)
                return std::unexpected(kept.error());
            if (m_problem.valueOf(solution->values) > made.bound * 1.002)
                if (auto better = improveMinimums(solver, *solution); !better)
                    return std::unexpected(better.error());
            if (m_problem.valueOf(solution->values) > made.bound * (1 + 1e-6))
                std::ranges::copy(lacking, std::back_inserter(made.binding));
            // Whole per cent first, tenths where those cost too much; then with less room, which whole replicas need to round.
            for (const auto& [units, tighter] : { std::pair { 100, false }, std::pair { 1000, false }, std::pair { 1000, true }, std::pair { 1000, true } }) {
                // Where so many find no place, tenths of a per cent alone do not help.
                if (!tighter && units > 100 && SplitRounding::lacksMuch(made.effect))
                    continue;
                if (tighter) {
                    if (made.effect.fits())
                        break;
                    tighten(solver, solution->values, units);
                    auto next = solve(solver);
                    if (!next)
                        return std::unexpected(next.error());
                    if (!next->feasible)
                        break;
                    solution = std::move(*next);
                }
                rounding.round(units, solution->values, m_bounds, made);
                if (made.effect.fits() && made.lossPercent <= 1)
                    break;
            }
            rounding.saveReplicas(solution->values, m_bounds, made);
            made.effect = effectOf(m_ground, made.moves);
            rounding.preferStaying(solution->values, made);
            return made;
        }

    private:
        /// Leaves as much of every place and every limit unused as rounding what goes there to whole replicas, and to units of
        /// a route, may take.
        void tighten(LinearSolver& solver, const std::vector<double>& values, int units)
        {
            // Each lot is rounded up to a replica, and its neighbours leave it parts of nodes only.
            constexpr double rounding = 4;
            std::vector<double> spare(m_problem.meanings.size());
            for (const auto& branch : m_problem.branches) {
                const auto& mapped = m_ground.map().routes[m_request.routes[branch.route]];
                const auto replica = static_cast<double>(std::max(1U, m_ground.rules().workloads[*mapped.workload].replicaGpus));
                for (const auto& fresh : branch.fresh)
                    if (values[fresh.column] > 1e-6)
                        for (const auto& [row, value] : m_problem.entriesOf[fresh.column])
                            spare[row] += rounding * replica + value * m_problem.totals[branch.route] / units;
            }
            for (std::uint32_t row = 0; row < spare.size(); ++row) {
                const auto kind = m_problem.meanings[row].kind;
                if (spare[row] == 0 || (kind != Kind::Nodes && kind != Kind::Limit))
                    continue;
                auto& bounds = m_problem.program.rows[row];
                constexpr double most = 0.1;
                bounds.greatest -= std::min(spare[row], most * bounds.greatest);
                solver.setRow(row, bounds);
            }
        }
        /// Most new loads never get a place in the best split. The likely ones are looked at first; the others are let in
        /// when the prices of a solution speak for them.
        void leaveOut(const std::vector<bool>& used)
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
                    m_out[*it] = !used[*it];
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
                        solver.letIn(c);
                        letIn = true;
                    }
                if (letIn)
                    continue;
                for (std::size_t r = 0; solution->feasible && r < m_problem.unplaced.size(); ++r)
                    solution->feasible = solution->values[m_problem.unplaced[r]] <= 1e-6 * (1 + m_problem.loads[r]);
                return solution;
            }
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
        /// The minimums that a split without them does not keep; what they cost is not counted in GPUs.
        [[nodiscard]] std::vector<BindingConstraint> lackingMinimums(const LinearSolution& solution) const
        {
            const auto& policy = m_ground.rules().policy;
            std::vector<BindingConstraint> made;
            for (std::size_t r = 0; r < m_request.routes.size(); ++r) {
                const auto& name = m_ground.rules().routes[m_request.routes[r]].name;
                std::set<std::string> used;
                bool small = false;
                for (auto i = m_problem.branchesOf[r].first; i < m_problem.branchesOf[r].second; ++i)
                    if (const auto part = share(solution, i); part > 1e-7) {
                        const auto& providers = providersOf(m_ground, m_request, m_problem.branches[i]);
                        used.insert(providers.begin(), providers.end());
                        small = small || part < policy.minimumSplit - 1e-7;
                    }
                if (used.size() < static_cast<std::size_t>(std::max(0, policy.minProviders)))
                    made.push_back({ "min_providers " + std::to_string(policy.minProviders) + " of " + name, 0 });
                if (small)
                    made.push_back({ "minimum_split of " + name, 0 });
            }
            return made;
        }
        [[nodiscard]] double share(const LinearSolution& solution, std::size_t branch) const
        {
            return m_problem.branches[branch].loadIn(solution.values) / m_problem.totals[m_problem.branches[branch].route];
        }
        void bound(LinearSolver& solver, std::size_t branch, double least, double greatest)
        {
            auto& it = m_problem.branches[branch];
            const auto total = m_problem.totals[it.route];
            const auto columns = it.columns();
            for (const auto column : columns)
                if (greatest > 0 && m_out[column]) {
                    m_out[column] = false;
                    solver.letIn(column);
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
                    if (next->feasible && keepsMinimums(*next) && m_problem.valueOf(next->values) < m_problem.valueOf(solution.values) - 1e-9) {
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

    constexpr int mostTries = 24; ///< of splits with other limits, for the smallest one that gives an answer

    /// True when there is an answer once these limits are raised by these GPUs.
    Result<bool> givesOne(const Ground& ground, const SplitRequest& request, const std::vector<std::pair<std::uint32_t, std::int64_t>>& raises)
    {
        auto map = std::make_shared<RuleMap>(ground.map());
        for (const auto& [limit, gpus] : raises) {
            auto& it = map->limits[limit];
            std::int64_t healthy = 0;
            for (const auto pool : it.pools)
                healthy += ground.capacity().pools[pool].healthy;
            if (it.kind == Limit::Kind::Cap)
                it.cap += healthy > 0 ? static_cast<double>(gpus) / static_cast<double>(healthy) : 0;
            else
                it.gpus += gpus;
        }
        const Ground other(ground.capacityPtr(), std::move(map), ground.claims());
        const auto made = Search(other, request).run();
        if (!made)
            return std::unexpected(made.error());
        return !made->moves.empty() && made->feasible();
    }

    /// What a linear program says has to give is right but for parts of replicas and whole per cent: the smallest raise that
    /// truly gives an answer is looked for from there.
    Result<> sharpen(const Ground& ground, const SplitRequest& request, BestSplit& made)
    {
        const auto& limits = ground.map().limits;
        std::vector<std::pair<std::uint32_t, std::int64_t>> raises;
        for (const auto& it : made.relaxations) {
            if (!it.limit)
                return {}; // something else has to give as well
            raises.emplace_back(*it.limit, static_cast<std::int64_t>(it.gpus));
        }
        int tries = mostTries;
        const auto works = [&](const std::vector<std::pair<std::uint32_t, std::int64_t>>& with) -> Result<bool> { return --tries < 0 ? Result<bool>(false) : givesOne(ground, request, with); };
        if (raises.empty()) {
            // The program has an answer that rounding takes away: any of the limits may be what stands against the last replica.
            const auto missing = std::max<std::int64_t>(1, made.effect.shortGpus);
            for (std::uint32_t limit = 0; limit < limits.size() && raises.empty() && tries > mostTries / 2; ++limit) {
                if (limits[limit].kind == Limit::Kind::SetAside || !limits[limit].holds(ground.capacity().asOf))
                    continue;
                const std::vector<std::pair<std::uint32_t, std::int64_t>> one { { limit, 4 * missing + ground.room().exceededBy(limit) } };
                const auto good = works(one);
                if (!good)
                    return std::unexpected(good.error());
                if (*good)
                    raises = one;
            }
            if (raises.empty())
                return {};
        } else {
            auto good = works(raises);
            while (good && !*good && tries > mostTries / 2) {
                for (auto& [limit, gpus] : raises)
                    gpus += std::max<std::int64_t>(8, gpus / 8);
                good = works(raises);
            }
            if (!good)
                return std::unexpected(good.error());
            if (!*good)
                return {};
        }
        // One after the other, each to the smallest that still does.
        for (auto& [limit, gpus] : raises) {
            std::int64_t tooFew = -1, enough = gpus;
            while (enough - tooFew > 1 && tries > 0) {
                gpus = tooFew + (enough - tooFew) / 2;
                const auto good = works(raises);
                if (!good)
                    return std::unexpected(good.error());
                (*good ? enough : tooFew) = gpus;
            }
            gpus = enough;
        }
        made.relaxations.clear();
        for (const auto& [limit, gpus] : raises)
            if (gpus > 0)
                made.relaxations.push_back(raised(limits[limit].text, static_cast<double>(gpus), limit));
        return {};
    }

    /// False while fleets hold other shares than the weights say, which the linear program takes for one.
    bool weightsSayWhatIsHeld(const Ground& ground, const SplitRequest& request)
    {
        constexpr double tolerance = 0.05;
        for (std::size_t r = 0; r < request.routes.size(); ++r) {
            const auto total = loadOf(ground, request.routes[r]);
            for (std::uint32_t b = 0; total > 0 && b < request.accepted[r].size(); ++b)
                if (std::abs(ground.heldBy(request.routes[r], b).load / total - request.accepted[r][b] / 100) > tolerance)
                    return false;
        }
        return true;
    }

} // namespace

Result<BestSplit> bestSplit(const Ground& ground, const SplitRequest& request)
{
    if (auto good = check(ground, request); !good)
        return std::unexpected(good.error());
    std::vector<Relaxation> providers;
    const auto wanted = static_cast<std::size_t>(std::max(0, ground.rules().policy.minProviders));
    for (std::size_t r = 0; r < request.routes.size(); ++r) {
        const auto route = request.routes[r];
        std::set<std::string> possible;
        for (std::size_t b = 0; b < ground.map().routes[route].backends.size(); ++b)
            if (const auto& backend = ground.map().routes[route].backends[b]; mayCarry(ground, request, r, b) && !backend.pools.empty())
                possible.insert(backend.providers.begin(), backend.providers.end());
        if (possible.size() < wanted)
            providers.push_back({ "min_providers " + std::to_string(possible.size()) + " instead of " + std::to_string(wanted) + " for " + ground.rules().routes[route].name, 0 });
    }
    auto made = Search(ground, request).run();
    if (made && made->moves.empty())
        made = relaxedSplit(ground, request);
    if (made && !made->feasible())
        if (const auto done = sharpen(ground, request, *made); !done)
            return std::unexpected(done.error());
    for (std::uint32_t limit = 0; made && limit < ground.map().limits.size(); ++limit)
        if (const auto over = ground.room().exceededBy(limit); over > 0)
            made->exceeded.push_back(ground.map().limits[limit].text + " by " + countText(over) + " GPUs");
    if (made)
        made->relaxations.insert(made->relaxations.end(), providers.begin(), providers.end());
    if (made) {
        made->boundHolds = made->boundHolds && weightsSayWhatIsHeld(ground, request);
        bool searched = true;
        for (auto& move : made->moves)
            searched = std::exchange(move.known, {}).empty() && searched;
        // Where many were searched as shares of the load, what the weights themselves ask for may have no place: its plan says so.
        if (auto asked = searched ? Effect {} : effectOf(ground, made->moves); !searched && asked.fits())
            made->effect = std::move(asked);
    }
    std::set<std::string> left;
    for (const auto route : request.routes)
        for (std::size_t b = 0; b < ground.map().routes[route].backends.size(); ++b)
            if (const auto by = vacatedBy(ground, ground.map().routes[route].backends[b]); !by.empty())
                left.insert(ground.rules().routes[route].backends[b].name + " was evacuated by " + by + " and gets nothing until a person sends load there");
    for (const auto& text : made ? left : std::set<std::string>())
        made->binding.push_back({ text, 0 });
    return made;
}

} // namespace penstock
