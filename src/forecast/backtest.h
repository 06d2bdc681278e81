// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "smoother.h"

namespace penstock {

/// What was told fewer times says little.
inline constexpr std::size_t leastOrigins = 8;

/// [origin][lead]: what came less what was told; NaN: nothing came.
using ErrorTable = std::vector<std::vector<double>>;

/// Tells the mean of several recipes.
struct Ensemble
{
    std::vector<Smoother> smoothers;
    [[nodiscard]] double ahead(const Lead& lead) const;
};

/// What each method would have told earlier, with what was known then. A rolling origin: from each of some moments all
/// leads are told.
struct Rehearsal
{
    std::vector<Lead> leads;
    std::vector<std::size_t> origins; ///< the newest hour known, the oldest first
    std::vector<double> scale; ///< by origin: `scaleAt`, in which errors of different times compare
    std::vector<double> seen; ///< [origin * leads + lead]
    ErrorTable model, naive;
    std::vector<Ensemble> models; ///< by origin: the three recipes that had been the best, by what had come until then
    /// Of those that were the best of all, and by the origin in the middle. Empty: with so little history the same ones
    /// are seldom the best for long.
    ErrorTable chosen, chosenByHalf;
    std::vector<Ensemble> chosenModels; ///< by origin: the best of all; empty likewise
    Ensemble newest; ///< those that were the best of all, at the newest hour

    [[nodiscard]] double seenAt(std::size_t origin, std::size_t lead) const
    {
        return seen[origin * leads.size() + lead];
    }
};

/// The mean of the last week before and with an hour; 1 where it is 0.
[[nodiscard]] double scaleAt(const Hours& hours, std::size_t origin);
/// The same hour of the newest week with one; or the newest hour of all.
[[nodiscard]] double naiveAhead(const Hours& hours, std::size_t origin, std::size_t ahead, ForecastMethod naive);
/// Takes at least three days of history. `horizon`: hours.
[[nodiscard]] Rehearsal rehearse(const Hours& hours, std::size_t horizon, Ability ability, ForecastMethod naive);
/// By how far ahead; without coverage.
[[nodiscard]] std::vector<BackTest> backTestsOf(const Rehearsal& rehearsal, const Hours& hours);
/// By the mean of MASE over near and far, where it was told often enough to say.
[[nodiscard]] bool modelIsBetter(std::span<const BackTest> backTests);

} // namespace penstock
