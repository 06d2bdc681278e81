// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "wholeunits.h"

#include <algorithm>
#include <cmath>

namespace penstock {

namespace {

    class Rounding
    {
    public:
        Rounding(const SplitProblem& problem, int units, const std::vector<UnitBounds>& bounds, SplitGoal goal, std::vector<double>& values)
            : m_problem(problem), m_whole(units), m_bounds(bounds), m_goal(goal), m_values(values), m_units(problem.branches.size())
        {
            for (const auto& row : problem.program.rows)
                m_left.push_back(row.greatest);
            for (std::size_t c = 0; c < problem.entriesOf.size(); ++c)
                charge(static_cast<std::uint32_t>(c), values[c]);
        }

        std::vector<int> run()
        {
            for (std::size_t i = 0; i < m_problem.branches.size(); ++i) {
                m_wished.push_back(loadOf(i));
                const auto total = m_problem.totals[m_problem.branches[i].route];
                const double exact = m_whole * m_wished[i] / total;
                int count = static_cast<int>(std::floor(exact + 1e-6));
                const auto& bound = m_bounds[i];
                if (bound.must || (count > 0 && count < bound.least) || (count == 0 && exact > 1e-6 && exact >= bound.least - 1e-6))
                    count = std::max(count, bound.least);
                count = std::min(count, bound.greatest);
                setLoad(i, count);
            }
            for (std::size_t r = 0; r < m_problem.branchesOf.size(); ++r)
                if (m_problem.branchesOf[r].first != m_problem.branchesOf[r].second)
                    fillUp(r);
            return m_units;
        }

    private:
        void charge(std::uint32_t column, double load)
        {
            for (const auto& [row, value] : m_problem.entriesOf[column])
                m_left[row] -= value * load;
        }
        [[nodiscard]] double loadOf(std::size_t branch) const { return m_problem.branches[branch].loadIn(m_values); }
        /// How much more the column takes within all rows that bound it from above.
        [[nodiscard]] double roomOf(std::uint32_t column) const
        {
            double most = endless;
            for (const auto& [row, value] : m_problem.entriesOf[column]) {
                const auto kind = m_problem.meanings[row].kind;
                if (value > 0 && (kind == SplitProblem::Meaning::Kind::Nodes || kind == SplitProblem::Meaning::Kind::Limit))
                    most = std::min(most, std::max(0.0, m_left[row]) / value);
            }
            return most;
        }
        void change(std::uint32_t column, double load)
        {
            m_values[column] += load;
            charge(column, load);
        }
        /// The new loads of a branch as they are filled: the cheapest first, or the emptiest region first.
        [[nodiscard]] const std::vector<std::uint32_t>& inOrder(const Branch& branch) const
        {
            m_order.clear();
            for (const auto& fresh : branch.fresh)
                m_order.push_back(fresh.column);
            if (m_goal == SplitGoal::EvenHeadroom && m_order.size() > 1)
                std::ranges::stable_sort(m_order, std::greater {}, [this](std::uint32_t column) { return emptiness(column); });
            return m_order;
        }
        /// How much fuller the region of the column might become until it were the fullest.
        [[nodiscard]] double emptiness(std::uint32_t column) const
        {
            double least = endless;
            for (const auto& [row, value] : m_problem.entriesOf[column])
                if (m_problem.meanings[row].kind == SplitProblem::Meaning::Kind::Fullest)
                    least = std::min(least, m_left[row]);
            return least;
        }
        /// Adds load, what is held first and then the best with room. Returns what did not fit.
        double put(std::size_t branch, double load)
        {
            const auto& it = m_problem.branches[branch];
            if (it.kept) {
                const auto more = std::clamp(it.held - m_values[*it.kept], 0.0, load);
                change(*it.kept, more);
                load -= more;
            }
            for (const auto column : inOrder(it)) {
                const auto more = std::min(load, roomOf(column));
                change(column, more);
                load -= more;
            }
            return load < 1e-7 ? 0 : load;
        }
        void take(std::size_t branch, double load)
        {
            const auto& it = m_problem.branches[branch];
            const auto& columns = inOrder(it);
            for (auto column = columns.rbegin(); column != columns.rend(); ++column) {
                const auto less = std::min(load, m_values[*column]);
                change(*column, -less);
                load -= less;
            }
            if (it.kept)
                change(*it.kept, -std::min(load, m_values[*it.kept]));
        }
        void setLoad(std::size_t branch, int count)
        {
            const auto wanted = m_problem.totals[m_problem.branches[branch].route] * count / m_whole;
            const auto now = loadOf(branch);
            m_units[branch] = count;
            if (wanted < now)
                take(branch, now - wanted);
            else if (const auto over = put(branch, wanted - now); over > 0)
                putAnyway(branch, over);
        }
        /// What fits nowhere is put where it goes first, so that the sums still say what is asked for.
        void putAnyway(std::size_t branch, double load)
        {
            const auto columns = m_problem.branches[branch].columns();
            if (!columns.empty())
                change(columns.back(), load);
        }
        /// Dollars an hour of one unit more here; endless when it does not fit.
        [[nodiscard]] double priceOfMore(std::size_t branch, double load) const
        {
            const auto& it = m_problem.branches[branch];
            double price = 0;
            if (it.kept) {
                const auto more = std::clamp(it.held - m_values[*it.kept], 0.0, load);
                price += more * m_problem.prices[*it.kept];
                load -= more;
            }
            for (const auto& fresh : it.fresh) {
                const auto more = std::min(load, roomOf(fresh.column));
                price += more * m_problem.prices[fresh.column];
                load -= more;
            }
            return load > 1e-7 ? endless : price;
        }
        /// How full the fullest region would be of those where one unit more of this branch goes; endless when it does not fit.
        [[nodiscard]] double fullnessWith(std::size_t branch, double load) const
        {
            const auto& it = m_problem.branches[branch];
            double most = -endless;
            const auto look = [&](std::uint32_t column, double more) {
                for (const auto& [row, value] : m_problem.entriesOf[column])
                    if (m_problem.meanings[row].kind == SplitProblem::Meaning::Kind::Fullest)
                        most = std::max(most, value * more - m_left[row]);
            };
            if (it.kept) {
                const auto more = std::clamp(it.held - m_values[*it.kept], 0.0, load);
                look(*it.kept, more);
                load -= more;
            }
            for (const auto column : inOrder(it)) {
                const auto more = std::min(load, roomOf(column));
                if (more > 0)
                    look(column, more);
                load -= more;
            }
            return load > 1e-7 ? endless : most;
        }
        void fillUp(std::size_t route)
        {
            const auto [first, end] = m_problem.branchesOf[route];
            double kept = 0;
            for (const auto count : m_problem.leaving[route])
                kept += count;
            int left = m_whole - static_cast<int>(std::lround(kept * m_whole / 100));
            for (auto i = first; i < end; ++i)
                left -= m_units[i];
            const auto unit = m_problem.totals[route] / m_whole;
            const auto excess = [&](std::size_t i) { return m_units[i] - m_whole * m_wished[i] / m_problem.totals[route]; };
            for (; left < 0; ++left) {
                auto most = end;
                for (auto i = first; i < end; ++i)
                    if (m_units[i] > m_bounds[i].least && (most == end || excess(i) > excess(most)))
                        most = i;
                if (most == end)
                    return;
                setLoad(most, m_units[most] - 1);
            }
            for (; left > 0; --left) {
                auto best = end, anyway = end;
                double bestRank = endless;
                // Where the solution has nothing it is only looked when its own places are full.
                for (const bool wished : { true, false })
                    for (auto i = first; i < end && (wished || best == end); ++i) {
                        const bool used = m_units[i] > 0;
                        if ((used || m_wished[i] > 1e-9) != wished || m_units[i] >= m_bounds[i].greatest || (!used && m_bounds[i].least > 1))
                            continue;
                        if (anyway == end || excess(i) < excess(anyway))
                            anyway = i;
                        const auto rank = m_goal == SplitGoal::LeastCost ? priceOfMore(i, unit) : fullnessWith(i, unit);
                        if (rank < bestRank) {
                            best = i;
                            bestRank = rank;
                        }
                    }
                if (best == end)
                    best = anyway;
                if (best == end)
                    return;
                setLoad(best, m_units[best] + 1);
            }
        }

        const SplitProblem& m_problem;
        int m_whole; ///< units of a route
        const std::vector<UnitBounds>& m_bounds;
        SplitGoal m_goal;
        std::vector<double>& m_values;
        std::vector<int> m_units;
        std::vector<double> m_wished;
        std::vector<double> m_left; ///< by row
        mutable std::vector<std::uint32_t> m_order; ///< see inOrder
    };

} // namespace

std::vector<int> wholeUnits(const SplitProblem& problem, int units, const std::vector<UnitBounds>& bounds, SplitGoal goal, std::vector<double>& values)
{
    return Rounding(problem, units, bounds, goal, values).run();
}

} // namespace penstock
