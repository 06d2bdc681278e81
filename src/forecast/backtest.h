// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "smoother.h"

namespace penstock {

/// What was told fewer times says little.
inline constexpr std::size_t leastOrigins = 8;

/// The error of a method at every origin and lead.
using ErrorTable
    = std::vector<std::vector<double>>; ///< [origin][lead], what came less what was told; NaN: nothing came

/// What each method would have told earlier, with what was known then. A rolling origin: from each of some moments all
/// leads are told.
struct Rehearsal
{
    std::vector<Lead> leads;
    std::vector<std::size_t> origins; ///< the newest hour known, the oldest first
    std::vector<double>
        scale; ///< by origin: the mean of the week before it, in which errors of different times compare
    std::vector<double> seen; ///< [origin * leads + lead]
    ErrorTable model; ///< the mean of the three recipes that had been the best, by what had come until then
    ErrorTable naive;
    std::vector<Smoother> smoothers; ///< of the recipes that were the best of all, at the newest hour

    [[nodiscard]] double seenAt(std::size_t origin, std::size_t lead) const
    {
        return seen[origin * leads.size() + lead];
    }
    [[nodiscard]] double modelAhead(std::size_t ahead) const; ///< of the newest hour
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
