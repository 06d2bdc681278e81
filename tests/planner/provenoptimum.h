// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

namespace penstock::plantest {

/// A small linear program: least cost of columns that are zero or above. Its optimum comes with the prices of its rows, which
/// prove it, so that nobody has to believe in the method.
class SmallProgram
{
public:
    enum class Kind { AtMost, Exactly };

    std::size_t addColumn(double cost)
    {
        m_costs.push_back(cost);
        return m_costs.size() - 1;
    }
    std::size_t addRow(Kind kind, double bound)
    {
        m_rows.push_back({ kind, bound, {} });
        return m_rows.size() - 1;
    }
    void add(std::size_t row, std::size_t column, double value) { m_rows[row].entries.emplace_back(column, value); }
    [[nodiscard]] double& bound(std::size_t row) { return m_rows[row].bound; }
    void setCost(std::size_t column, double cost) { m_costs[column] = cost; }

    struct Optimum
    {
        double cost = 0;
        std::vector<double> values; ///< by column
        bool isProven = false; ///< the prices of the rows leave no cheaper solution
    };
    /// Empty when there is no solution. The simplex method on the whole tableau.
    [[nodiscard]] std::optional<Optimum> solve() const
    {
        const auto columns = m_costs.size(), rows = m_rows.size();
        // Columns, a slack a row, an artificial column a row, and the right side.
        const auto width = columns + 2 * rows + 1;
        std::vector<std::vector<long double>> table(rows, std::vector<long double>(width));
        std::vector<std::size_t> basis(rows);
        std::vector<long double> sign(rows, 1);
        for (std::size_t r = 0; r < rows; ++r) {
            for (const auto& [column, value] : m_rows[r].entries)
                table[r][column] += value;
            if (m_rows[r].kind == Kind::AtMost)
                table[r][columns + r] = 1;
            table[r].back() = m_rows[r].bound;
            if (m_rows[r].bound < 0) {
                sign[r] = -1;
                for (auto& value : table[r])
                    value = -value;
            }
            table[r][columns + rows + r] = 1;
            basis[r] = columns + rows + r;
        }
        std::vector<long double> artificial(width), real(width);
        std::fill(artificial.begin() + static_cast<std::ptrdiff_t>(columns + rows), artificial.end() - 1, 1);
        std::copy(m_costs.begin(), m_costs.end(), real.begin());
        if (run(table, basis, artificial, width - 1) > 1e-9)
            return std::nullopt;
        // An artificial column that is left at nothing must not come back.
        for (std::size_t r = 0; r < rows; ++r)
            for (std::size_t c = 0; basis[r] >= columns + rows && c < columns + rows; ++c)
                if (std::abs(table[r][c]) > 1e-9L)
                    pivot(table, basis, r, c);
        Optimum made;
        made.cost = static_cast<double>(run(table, basis, real, columns + rows));
        made.values.resize(columns);
        for (std::size_t r = 0; r < rows; ++r)
            if (basis[r] < columns)
                made.values[basis[r]] = static_cast<double>(table[r].back());
        std::vector<double> prices(rows);
        const auto reduced = reducedCosts(table, basis, real);
        for (std::size_t r = 0; r < rows; ++r)
            prices[r] = static_cast<double>(-reduced[columns + rows + r] * sign[r]);
        made.isProven = proves(made, prices);
        return made;
    }

private:
    struct Row
    {
        Kind kind;
        double bound;
        std::vector<std::pair<std::size_t, double>> entries;
    };
    using Table = std::vector<std::vector<long double>>;

    static std::vector<long double> reducedCosts(const Table& table, const std::vector<std::size_t>& basis, const std::vector<long double>& costs)
    {
        auto reduced = costs;
        for (std::size_t r = 0; r < table.size(); ++r)
            for (std::size_t c = 0; c < reduced.size(); ++c)
                reduced[c] -= costs[basis[r]] * table[r][c];
        return reduced;
    }
    /// Down to the least cost with columns before `end`; returns it.
    static long double run(Table& table, std::vector<std::size_t>& basis, const std::vector<long double>& costs, std::size_t end)
    {
        constexpr long double tiny = 1e-12L;
        auto reduced = reducedCosts(table, basis, costs);
        for (int turn = 0;; ++turn) {
            // The steepest first; should that turn in a circle, the first there is, which never does.
            std::size_t enters = end;
            for (std::size_t c = 0; c < end && (turn < 1000 || enters == end); ++c)
                if (reduced[c] < -tiny && (enters == end || reduced[c] < reduced[enters]))
                    enters = c;
            if (enters == end)
                return -reduced.back();
            auto leaves = table.size();
            for (std::size_t r = 0; r < table.size(); ++r) {
                if (table[r][enters] <= tiny)
                    continue;
                const auto ratio = table[r].back() / table[r][enters];
                const auto best = leaves == table.size() ? ratio : table[leaves].back() / table[leaves][enters];
                if (leaves == table.size() || ratio < best || (ratio == best && basis[r] < basis[leaves]))
                    leaves = r;
            }
            if (leaves == table.size())
                return -reduced.back(); // without end; no price proves it
            pivot(table, basis, leaves, enters);
            const auto times = reduced[enters];
            for (std::size_t c = 0; c < reduced.size(); ++c)
                reduced[c] -= times * table[leaves][c];
        }
    }
    static void pivot(Table& table, std::vector<std::size_t>& basis, std::size_t leaves, std::size_t enters)
    {
        const auto by = table[leaves][enters];
        for (auto& value : table[leaves])
            value /= by;
        for (std::size_t r = 0; r < table.size(); ++r)
            if (const auto times = table[r][enters]; r != leaves && times != 0)
                for (std::size_t c = 0; c < table[r].size(); ++c)
                    table[r][c] -= times * table[leaves][c];
        basis[leaves] = enters;
    }
    /// The solution keeps to all rows, no column could be had for less than its rows are worth, and both sides come to the same.
    [[nodiscard]] bool proves(const Optimum& optimum, const std::vector<double>& prices) const
    {
        constexpr double close = 1e-7;
        double cost = 0, worth = 0;
        auto left = m_costs;
        for (std::size_t c = 0; c < m_costs.size(); ++c)
            cost += m_costs[c] * optimum.values[c];
        bool holds = std::ranges::all_of(optimum.values, [](double value) { return value >= -close; });
        for (std::size_t r = 0; r < m_rows.size(); ++r) {
            double sum = 0;
            for (const auto& [column, value] : m_rows[r].entries) {
                sum += value * optimum.values[column];
                left[column] -= value * prices[r];
            }
            worth += prices[r] * m_rows[r].bound;
            holds = holds && sum <= m_rows[r].bound + close * std::max(1.0, std::abs(m_rows[r].bound))
                && (m_rows[r].kind == Kind::AtMost ? prices[r] <= close : sum >= m_rows[r].bound - close * std::max(1.0, std::abs(m_rows[r].bound)));
        }
        return holds && std::ranges::all_of(left, [](double value) { return value >= -close; }) && std::abs(cost - worth) <= close * std::max(1.0, std::abs(cost));
    }

    std::vector<double> m_costs;
    std::vector<Row> m_rows;
};

} // namespace penstock::plantest
