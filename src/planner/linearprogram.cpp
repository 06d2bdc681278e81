// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "linearprogram.h"

#include <algorithm>
#include <mutex>

#include <glpk.h>

namespace penstock {

namespace {

    // GLPK keeps an environment a thread where it was built for that, and one for all where it was not.
    std::mutex& oneAtATime()
    {
        static std::mutex mutex;
        return mutex;
    }

    struct DeleteProblem
    {
        void operator()(glp_prob* problem) const noexcept { glp_delete_prob(problem); }
    };

    int kindOf(const LinearProgram::Bounds& bounds)
    {
        if (bounds.least == bounds.greatest)
            return GLP_FX;
        if (bounds.least == -endless)
            return bounds.greatest == endless ? GLP_FR : GLP_UP;
        return bounds.greatest == endless ? GLP_LO : GLP_DB;
    }

    /// The library numbers from one.
    int numberOf(std::size_t index) { return static_cast<int>(index) + 1; }

    /// A search for whole numbers may branch so often. By the clock, two answers to one question could differ.
    constexpr int mostBranches = 2'000;

    void endLongSearch(glp_tree* tree, void*)
    {
        int all = 0;
        glp_ios_tree_size(tree, nullptr, nullptr, &all);
        if (all > mostBranches)
            glp_ios_terminate(tree);
    }

} // namespace

struct LinearSolver::Problem
{
    std::unique_lock<std::mutex> turn { oneAtATime() };
    std::unique_ptr<glp_prob, DeleteProblem> handle { glp_create_prob() };

    Problem() { glp_term_out(GLP_OFF); }
    ~Problem()
    {
        // The environment of this thread goes with its last problem, or threads that come and go would leave theirs behind.
        handle.reset();
        glp_free_env();
    }
    Problem(const Problem&) = delete;
    Problem& operator=(const Problem&) = delete;
};

LinearSolver::LinearSolver(const LinearProgram& program, const std::vector<bool>& leftOut)
    : m_program(program), m_entriesOf(program.columns.size()), m_numberOf(program.columns.size()), m_problem(std::make_unique<Problem>())
{
    auto* lp = m_problem->handle.get();
    glp_set_obj_dir(lp, GLP_MIN);
    if (!program.rows.empty())
        glp_add_rows(lp, static_cast<int>(program.rows.size()));
    for (std::uint32_t r = 0; r < program.rows.size(); ++r)
        setRow(r, program.rows[r]);
    for (const auto& entry : program.entries)
        m_entriesOf[entry.column].emplace_back(numberOf(entry.row), entry.value);
    for (std::uint32_t c = 0; c < program.columns.size(); ++c)
        if (leftOut.empty() || !leftOut[c])
            addColumn(c);
}

LinearSolver::~LinearSolver() = default;

void LinearSolver::addColumn(std::uint32_t column)
{
    auto* lp = m_problem->handle.get();
    m_numberOf[column] = glp_add_cols(lp, 1);
    std::vector<int> rows { 0 };
    std::vector<double> values { 0 };
    for (const auto& [row, value] : m_entriesOf[column]) {
        rows.push_back(row);
        values.push_back(value);
    }
    glp_set_mat_col(lp, m_numberOf[column], static_cast<int>(rows.size()) - 1, rows.data(), values.data());
    setColumn(column, m_program.columns[column].bounds);
    glp_set_obj_coef(lp, m_numberOf[column], m_program.columns[column].cost);
}

void LinearSolver::letIn(std::uint32_t column)
{
    if (m_numberOf[column] == 0)
        addColumn(column);
}

void LinearSolver::setColumn(std::uint32_t column, LinearProgram::Bounds bounds)
{
    letIn(column);
    glp_set_col_bnds(m_problem->handle.get(), m_numberOf[column], kindOf(bounds), bounds.least, bounds.greatest);
}

void LinearSolver::setRow(std::uint32_t row, LinearProgram::Bounds bounds)
{
    glp_set_row_bnds(m_problem->handle.get(), numberOf(row), kindOf(bounds), bounds.least, bounds.greatest);
}

std::uint32_t LinearSolver::addRow(const std::vector<std::uint32_t>& columns, LinearProgram::Bounds bounds)
{
    auto* lp = m_problem->handle.get();
    const int row = glp_add_rows(lp, 1);
    std::vector<int> which { 0 };
    std::vector<double> ones { 0 };
    for (const auto column : columns) {
        letIn(column);
        which.push_back(m_numberOf[column]);
        ones.push_back(1);
    }
    glp_set_mat_row(lp, row, static_cast<int>(columns.size()), which.data(), ones.data());
    const auto index = static_cast<std::uint32_t>(row - 1);
    setRow(index, bounds);
    return index;
}

void LinearSolver::startAtGreatest(std::uint32_t column)
{
    letIn(column);
    glp_set_col_stat(m_problem->handle.get(), m_numberOf[column], GLP_NU);
}

void LinearSolver::startInsteadOf(std::uint32_t column, std::uint32_t row)
{
    letIn(column);
    glp_set_col_stat(m_problem->handle.get(), m_numberOf[column], GLP_BS);
    glp_set_row_stat(m_problem->handle.get(), numberOf(row), GLP_NU);
}

Result<LinearSolution> LinearSolver::solve()
{
    auto* lp = m_problem->handle.get();
    glp_smcp how;
    glp_init_smcp(&how);
    how.msg_lev = GLP_MSG_OFF;
    // The primal method makes use of a good start; measured, the dual one takes four times as long here.
    how.meth = GLP_PRIMAL;
    how.tm_lim = 10'000;
    int failed = glp_simplex(lp, &how);
    if (failed == GLP_EBADB || failed == GLP_ESING || failed == GLP_ECOND || failed == GLP_EFAIL) {
        glp_std_basis(lp);
        failed = glp_simplex(lp, &how);
    }
    LinearSolution solution;
    if (failed == GLP_ENOPFS)
        return solution;
    if (failed != 0)
        return fail(Error::Kind::Unavailable, "the linear program was given up by its solver (code " + std::to_string(failed) + ")", {}, "try with fewer routes");
    const int status = glp_get_status(lp);
    if (status == GLP_NOFEAS || status == GLP_INFEAS)
        return solution;
    if (status != GLP_OPT)
        return fail(Error::Kind::Unavailable, "the linear program has no optimum (status " + std::to_string(status) + ")", {}, "try with fewer routes");
    solution.feasible = true;
    solution.cost = glp_get_obj_val(lp);
    for (int r = 1; r <= glp_get_num_rows(lp); ++r) {
        solution.sums.push_back(glp_get_row_prim(lp, r));
        solution.worths.push_back(glp_get_row_dual(lp, r));
    }
    for (std::size_t c = 0; c < m_numberOf.size(); ++c) {
        const auto number = m_numberOf[c];
        solution.values.push_back(number == 0 ? 0 : glp_get_col_prim(lp, number));
        double reduced = number == 0 ? m_program.columns[c].cost : glp_get_col_dual(lp, number);
        if (number == 0)
            for (const auto& [row, value] : m_entriesOf[c])
                reduced -= value * solution.worths[static_cast<std::size_t>(row) - 1];
        solution.reducedCosts.push_back(reduced);
    }
    return solution;
}

std::optional<std::vector<double>> LinearSolver::solveWhole(std::span<const std::uint32_t> whole)
{
    auto* lp = m_problem->handle.get();
    for (const auto column : whole)
        if (m_numberOf[column] != 0)
            glp_set_col_kind(lp, m_numberOf[column], GLP_IV);
    glp_iocp how;
    glp_init_iocp(&how);
    how.msg_lev = GLP_MSG_OFF;
    how.cb_func = endLongSearch;
    if (glp_intopt(lp, &how) != 0 || glp_mip_status(lp) != GLP_OPT)
        return std::nullopt;
    std::vector<double> values;
    for (const auto number : m_numberOf)
        values.push_back(number == 0 ? 0 : glp_mip_col_val(lp, number));
    return values;
}

} // namespace penstock
