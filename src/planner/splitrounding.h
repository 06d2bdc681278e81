// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wholeunits.h"

namespace penstock {

/// Makes shares of whole units out of a solution, and lets whole replicas find their places with them.
class SplitRounding
{
public:
    SplitRounding(const Ground& ground, const SplitRequest& request, const SplitProblem& problem) : m_ground(ground), m_request(request), m_problem(problem) { }
    /// Takes the rounded solution if it is better than what is in `made`. `inPercent`: bounds by branch.
    void round(int units, std::vector<double> values, const std::vector<UnitBounds>& inPercent, BestSplit& made) const;
    /// What is paid is paid for whole replicas: moves units between the backends of a route as long as that saves some. `values`:
    /// of the solution that was rounded. Does nothing where so many routes are split that replicas do not matter.
    void saveReplicas(const std::vector<double>& values, const std::vector<UnitBounds>& inPercent, BestSplit& made) const;
    /// Lets routes stay as they are where they may and it costs no more, or leaves the fullest region as empty; with many routes all of
    /// them or none. After everything else, with the effect of the moves; what is in `made` may be empty. `values`: as above.
    void preferStaying(const std::vector<double>& values, BestSplit& made) const;
    /// So many backends lack places that moving them one by one takes longer than to solve again.
    [[nodiscard]] static bool lacksMuch(const Effect& effect);

private:
    enum class Amounts { WholeReplicas, Every };
    [[nodiscard]] std::vector<RouteMove> movesOf(const std::vector<int>& counts, int units) const;
    [[nodiscard]] std::vector<KnownLoad> heldShares(std::size_t route) const;
    [[nodiscard]] std::vector<double> loadsOf(const std::vector<int>& counts, int units, std::vector<double> values) const;
    [[nodiscard]] std::vector<UnitBounds> boundsOf(int units, const std::vector<UnitBounds>& inPercent) const;
    [[nodiscard]] std::vector<int> wholeCounts(std::size_t branch, int count, int units) const;
    [[nodiscard]] bool holdsWhatWeightsSay() const;
    [[nodiscard]] bool mayStay(std::size_t route) const;
    [[nodiscard]] std::vector<int> countsOf(const std::vector<RouteMove>& moves, double unit) const;
    [[nodiscard]] std::optional<std::vector<int>> presentCounts(int units, const std::vector<UnitBounds>& bounds) const;
    [[nodiscard]] double paid(const Effect& effect) const;
    [[nodiscard]] double valueOf(const std::vector<RouteMove>& moves, double unit, const std::vector<double>& values) const;
    [[nodiscard]] bool keepsProviders(const std::vector<int>& counts, std::size_t route, std::size_t from, std::size_t to) const;
    [[nodiscard]] std::vector<std::vector<int>> nextTo(const std::vector<int>& counts, int units, const std::vector<UnitBounds>& bounds, Amounts which) const;
    void repair(std::vector<int>& counts, int units, const std::vector<UnitBounds>& bounds, const std::vector<double>& values, BestSplit& made) const;
    [[nodiscard]] std::vector<double> emptinessOf(const std::vector<double>& values) const;
    [[nodiscard]] std::optional<std::pair<std::uint32_t, double>> emptiestOf(const Branch& branch, const std::vector<double>& emptiness) const;
    [[nodiscard]] std::optional<std::size_t> roomiest(const Room& room, const std::vector<int>& counts, int units, const std::vector<UnitBounds>& bounds, const std::vector<double>& emptiness,
        std::size_t route, std::size_t except) const;

    const Ground& m_ground;
    const SplitRequest& m_request;
    const SplitProblem& m_problem;
};

} // namespace penstock
