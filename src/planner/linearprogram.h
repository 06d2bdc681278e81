// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/result.h"

namespace penstock {

inline constexpr double endless = std::numeric_limits<double>::infinity();

/// Minimise the cost of columns, each between its bounds, so that each row's sum is between the row's bounds.
struct LinearProgram
{
    struct Bounds
    {
        double least = 0, greatest = endless;
    };
    struct Column
    {
        Bounds bounds;
        double cost = 0;
    };
    struct Entry
    {
        std::uint32_t row = 0, column = 0;
        double value = 0;
    };
    std::vector<Bounds> rows;
    std::vector<Column> columns;
    std::vector<Entry> entries;

    std::uint32_t addRow(Bounds bounds)
    {
        rows.push_back(bounds);
        return static_cast<std::uint32_t>(rows.size() - 1);
    }
    std::uint32_t addColumn(Bounds bounds, double cost)
    {
        columns.push_back({ bounds, cost });
        return static_cast<std::uint32_t>(columns.size() - 1);
    }
    void add(std::uint32_t row, std::uint32_t column, double value) { entries.push_back({ row, column, value }); }
};

struct LinearSolution
{
    bool feasible = false;
    double cost = 0;
    std::vector<double> values; ///< by column
    std::vector<double> reducedCosts; ///< by column
    std::vector<double> sums; ///< by row
    std::vector<double> worths; ///< by row: how much the cost changes when its bound moves by one
};

/// Solves one program, and again after bounds have changed, from where it stood. Others wait while one exists: the
/// library behind it is safe for one thread at a time.
class LinearSolver
{
public:
    /// `program` must outlive it. Columns that are true in `leftOut` are nothing, and cost the solver nothing, until they are
    /// let in; a solution tells their reduced costs too.
    explicit LinearSolver(const LinearProgram& program, const std::vector<bool>& leftOut = {});
    ~LinearSolver();
    LinearSolver(const LinearSolver&) = delete;
    LinearSolver& operator=(const LinearSolver&) = delete;

    void letIn(std::uint32_t column);
    void setColumn(std::uint32_t column, LinearProgram::Bounds bounds);
    void setRow(std::uint32_t row, LinearProgram::Bounds bounds);
    /// Before the first solution: begin with the column at its greatest value, instead of its least.
    void startAtGreatest(std::uint32_t column);
    /// Before the first solution: begin with the row at its greatest sum and the column where that puts it.
    void startInsteadOf(std::uint32_t column, std::uint32_t row);
    /// A row over these columns with coefficient 1.
    std::uint32_t addRow(const std::vector<std::uint32_t>& columns, LinearProgram::Bounds bounds);
    /// Unavailable when the library gives up, which well-formed programs do not make it do.
    [[nodiscard]] Result<LinearSolution> solve();
    /// After a solution: the values of the columns when these may only be whole numbers. Empty when there are none, or when it
    /// takes too long to be sure that none cost less; how long that is does not depend on the machine.
    [[nodiscard]] std::optional<std::vector<double>> solveWhole(std::span<const std::uint32_t> whole);

private:
    struct Problem;
    void addColumn(std::uint32_t column);

    const LinearProgram& m_program;
    std::vector<std::vector<std::pair<int, double>>> m_entriesOf; ///< by column: the library's number of the row
    std::vector<int> m_numberOf; ///< by column: the library's; 0 where it is left out
    std::unique_ptr<Problem> m_problem;
};

} // namespace penstock
