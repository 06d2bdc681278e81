// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "linearprogram.h"
#include "planner/bestsplit.h"

namespace penstock {

/// Pools that are one to a split: same region and model, and the same cluster where a backend names clusters.
struct Site
{
    std::uint32_t provider = 0, region = 0, model = 0;
    std::vector<std::uint32_t> pools;
};

/// A backend that may carry a route, with its columns. Load there is first what it holds already (kept), then new.
struct Branch
{
    std::size_t route = 0; ///< index into SplitRequest::routes
    std::uint32_t backend = 0;
    H100s held = 0;
    std::optional<std::uint32_t> kept; ///< column
    struct Fresh
    {
        std::uint32_t column = 0, site = 0;
    };
    std::vector<Fresh> fresh; ///< the cheapest first
    std::optional<std::uint32_t> shareRow;

    [[nodiscard]] std::vector<std::uint32_t> columns() const;
    [[nodiscard]] H100s loadIn(const std::vector<double>& values) const; ///< `values`: by column
};

/// A best split as a linear program. Columns are loads in H100s.
struct SplitProblem
{
    /// What a row stands for, to say so when it binds.
    struct Meaning
    {
        enum class Kind { Demand, Nodes, Limit, Share, Fullest };
        Kind kind = Kind::Demand;
        std::string text;
        std::optional<std::uint32_t> limit {}; ///< index into RuleMap::limits, of a Limit row
        std::optional<std::uint32_t> slack {}; ///< column, in an elastic program
        double ofOneGpu = 1; ///< what one GPU more changes, in the unit of the row; of a Fullest row, where its region is full
    };
    LinearProgram program;
    std::vector<Meaning> meanings; ///< by row
    std::vector<double> prices; ///< by column, dollars an hour for its unit
    std::vector<double> ranks; ///< by column: which new load to look at first, the least first
    std::vector<Site> sites;
    std::vector<H100s> totals; ///< by route of the request
    /// By route: per cent that backends which may carry nothing keep, since the largest change does not let them go at once.
    std::vector<std::vector<double>> leaving;
    std::vector<H100s> loads; ///< by route: the total without those
    std::vector<Branch> branches;
    std::vector<std::uint32_t> unplaced; ///< by route: the column of load that finds no place, which costs more than any place
    std::optional<std::uint32_t> fullest; ///< column: how full the fullest region is, of 1
    std::vector<std::uint32_t> demandRows; ///< by route
    std::vector<std::pair<std::size_t, std::size_t>> branchesOf; ///< by route: first and end
    std::vector<std::vector<std::pair<std::uint32_t, double>>> entriesOf; ///< by column: row and coefficient
    std::vector<std::vector<std::uint32_t>> nodeRowsOf; ///< by site

    /// `elastic`: capacity, limits and largest change may be exceeded, and the cost is by how much.
    SplitProblem(const Ground& ground, const SplitRequest& request, bool elastic);
    /// Of these loads by column, in the unit of the goal: dollars an hour, or per cent of the fullest region.
    [[nodiscard]] double valueOf(const std::vector<double>& values) const;
};

/// True when the backend of a route of the request is allowed to take load, and does; none that was evacuated lately is sent load without a person's word. By its index there, and of the backend.
[[nodiscard]] bool mayCarry(const Ground& ground, const SplitRequest& request, std::size_t route, std::size_t backend);

/// That a limit is raised.
[[nodiscard]] Relaxation raised(const std::string& limit, double gpus, std::optional<std::uint32_t> which);

/// Where there is no split: the least that would have to give, and the split that it would allow.
[[nodiscard]] Result<BestSplit> relaxedSplit(const Ground& ground, const SplitRequest& request);

/// Where the solver begins: the load where it is, and the rest where a rule of thumb puts it, which is near to where it ends.
class SplitStart
{
public:
    SplitStart(const SplitProblem& problem, SplitGoal goal);
    [[nodiscard]] const std::vector<bool>& used() const { return m_used; } ///< by column: it begins with load
    void set(LinearSolver& solver) const;

private:
    const SplitProblem& m_problem;
    std::vector<bool> m_used;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> m_basics; ///< column, and the row that it stands in for
};

} // namespace penstock
