// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

// Where the solver begins. The method walks from corner to corner of what is allowed: a corner that a plain rule of thumb
// finds in a millisecond saves most of the way.
#include <algorithm>
#include <cmath>

#include "splitproblem.h"

namespace penstock {

namespace {

    using Kind = SplitProblem::Meaning::Kind;

    /// The load stays where it is; what finds no room there goes, route by route, to the best place that has some.
    class Guess
    {
    public:
        Guess(const SplitProblem& problem, SplitGoal goal)
            : m_problem(problem), m_even(goal == SplitGoal::EvenHeadroom), m_kept(problem.program.rows.size()), m_fullestRow(problem.program.columns.size(), none)
        {
            for (const auto& branch : problem.branches)
                if (branch.kept)
                    for (const auto& [row, value] : problem.entriesOf[*branch.kept])
                        m_kept[row] += value * branch.held;
            for (std::size_t r = 0; r < problem.loads.size(); ++r) {
                auto& route = m_routes.emplace_back();
                for (auto i = problem.branchesOf[r].first; i < problem.branchesOf[r].second; ++i)
                    for (const auto& fresh : problem.branches[i].fresh)
                        route.columns.push_back(fresh.column);
                std::ranges::sort(route.columns, {}, [&](std::uint32_t column) { return problem.ranks[column]; });
                m_order.push_back(r);
            }
            for (std::uint32_t column = 0; column < m_fullestRow.size(); ++column)
                for (const auto& [row, value] : problem.entriesOf[column])
                    if (problem.meanings[row].kind == Kind::Fullest)
                        m_fullestRow[column] = row;
            // Who has least choice, or loses most by it, goes first.
            std::ranges::stable_sort(m_order, {}, [&](std::size_t r) {
                const auto& columns = m_routes[r].columns;
                if (m_even || columns.size() < 2)
                    return static_cast<double>(columns.size());
                return m_problem.ranks[columns[0]] - m_problem.ranks[columns[1]];
            });
        }

        /// Fills every region up to `level` at most, of 1; endless: as far as the rows allow. Returns the load without a place.
        double fill(double level)
        {
            m_basics.clear();
            for (std::size_t r = 0; r < m_routes.size(); ++r)
                m_routes[r].load = m_problem.loads[r] - m_kept[m_problem.demandRows[r]];
            m_left.resize(m_kept.size());
            for (std::size_t row = 0; row < m_kept.size(); ++row)
                m_left[row] = m_problem.program.rows[row].greatest - m_kept[row] + (m_problem.meanings[row].kind == Kind::Fullest ? level : 0);
            double homeless = 0;
            if (m_even) {
                for (const auto r : m_order)
                    while (place(r, homeless)) { }
                return homeless;
            }
            // Who loses most by coming second goes first; what that is changes as places fill.
            std::vector<std::pair<double, std::size_t>> heap;
            for (std::size_t r = 0; r < m_routes.size(); ++r)
                if (m_routes[r].load > 0)
                    heap.emplace_back(regret(r), r);
            std::ranges::make_heap(heap);
            while (!heap.empty()) {
                std::ranges::pop_heap(heap);
                auto& [value, r] = heap.back();
                if (const auto now = regret(r); now < value - 1e-12 && heap.size() > 1) {
                    value = now;
                    std::ranges::push_heap(heap);
                    continue;
                }
                const auto route = r;
                heap.pop_back();
                if (place(route, homeless)) {
                    heap.emplace_back(regret(route), route);
                    std::ranges::push_heap(heap);
                }
            }
            return homeless;
        }

        /// The least level at which everything has a place, about.
        double level()
        {
            double low = -endless, high = 0;
            for (std::size_t row = 0; row < m_kept.size(); ++row)
                if (m_problem.meanings[row].kind == Kind::Fullest)
                    low = std::max(low, m_kept[row] - m_problem.program.rows[row].greatest);
            high = std::max(1.0, low);
            const auto least = fill(high) + 1e-6;
            for (int i = 0; i < 10; ++i) {
                const auto middle = (low + high) / 2;
                (fill(middle) <= least ? high : low) = middle;
            }
            return high;
        }

        /// The row of the fullest region as it is filled now.
        [[nodiscard]] std::optional<std::uint32_t> fullestRow() const
        {
            std::optional<std::uint32_t> worst;
            for (std::uint32_t row = 0; row < m_left.size(); ++row)
                if (m_problem.meanings[row].kind == Kind::Fullest && std::ranges::none_of(m_basics, [&](const auto& it) { return it.second == row; }) && (!worst || m_left[row] < m_left[*worst]))
                    worst = row;
            return worst;
        }
        [[nodiscard]] const std::vector<std::pair<std::uint32_t, std::uint32_t>>& basics() const { return m_basics; }

    private:
        static constexpr auto none = ~0U;
        static constexpr double enough = 1e-6;

        /// Puts what is left of a route, or as much of it as its best place takes. True: something is left.
        bool place(std::size_t r, double& homeless)
        {
            auto& load = m_routes[r].load;
            if (load <= 0)
                return false;
            const auto demand = m_problem.demandRows[r];
            const auto best = choose(m_routes[r].columns);
            if (!best) {
                homeless += load;
                m_basics.emplace_back(m_problem.unplaced[r], demand);
                load = 0;
                return false;
            }
            const auto [room, tightest] = roomOf(*best);
            const auto more = std::min(load, room);
            for (const auto& [row, value] : m_problem.entriesOf[*best])
                m_left[row] -= value * more;
            load -= more;
            // What fills a row up stands in for it; the last one of a route for the demand.
            m_basics.emplace_back(*best, load > 0 ? tightest : demand);
            if (load > 0)
                m_left[tightest] = 0;
            return load > 0;
        }
        /// What a route loses for each H100 of load when its best place goes to somebody else.
        [[nodiscard]] double regret(std::size_t r) const
        {
            double first = endless;
            for (const auto column : m_routes[r].columns)
                if (roomOf(column).first > enough) {
                    if (first != endless)
                        return m_problem.ranks[column] - first;
                    first = m_problem.ranks[column];
                }
            return endless;
        }
        /// How much the column takes, and the row that says so.
        [[nodiscard]] std::pair<double, std::uint32_t> roomOf(std::uint32_t column) const
        {
            std::pair<double, std::uint32_t> least { endless, none };
            for (const auto& [row, value] : m_problem.entriesOf[column])
                if (value > 0 && m_problem.meanings[row].kind != Kind::Demand)
                    if (const auto room = m_left[row] / value; room < least.first)
                        least = { room, row };
            return least;
        }
        [[nodiscard]] std::optional<std::uint32_t> choose(const std::vector<std::uint32_t>& columns) const
        {
            std::optional<std::uint32_t> best;
            double most = 0;
            for (const auto column : columns) {
                if (m_even && best && m_fullestRow[column] != none && m_left[m_fullestRow[column]] <= most)
                    continue;
                if (roomOf(column).first <= enough)
                    continue;
                best = column;
                if (!m_even)
                    break;
                most = m_fullestRow[column] == none ? endless : m_left[m_fullestRow[column]];
            }
            return best;
        }

        struct Candidates
        {
            std::vector<std::uint32_t> columns; ///< the best first
            double load = 0; ///< still without a place
        };
        const SplitProblem& m_problem;
        bool m_even;
        std::vector<double> m_kept; ///< by row: what the load that stays adds up to
        std::vector<std::uint32_t> m_fullestRow; ///< by column
        std::vector<Candidates> m_routes;
        std::vector<std::size_t> m_order;
        std::vector<double> m_left; ///< by row
        std::vector<std::pair<std::uint32_t, std::uint32_t>> m_basics; ///< column, and the row that it stands in for
    };

} // namespace

SplitStart::SplitStart(const SplitProblem& problem, SplitGoal goal) : m_problem(problem), m_used(problem.program.columns.size())
{
    Guess guess(problem, goal);
    guess.fill(problem.fullest ? guess.level() : endless);
    m_basics = guess.basics();
    if (const auto row = problem.fullest ? guess.fullestRow() : std::nullopt)
        m_basics.emplace_back(*problem.fullest, *row);
    for (const auto& [column, row] : m_basics)
        m_used[column] = true;
}

void SplitStart::set(LinearSolver& solver) const
{
    for (const auto& branch : m_problem.branches)
        if (branch.kept)
            solver.startAtGreatest(*branch.kept);
    for (const auto& [column, row] : m_basics)
        solver.startInsteadOf(column, row);
}

} // namespace penstock
