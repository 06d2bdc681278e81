// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "backtest.h"

namespace penstock {

/// The least value that `share` of one more than all are not above; the greatest where there are too few. Reorders
/// them.
[[nodiscard]] double quantile(std::vector<double>& values, double share);

using ErrorTables = std::vector<const ErrorTable*>;

/// How far what comes may lie from what is told, by how far ahead: quantiles of the errors that a method made in a
/// rehearsal (split conformal prediction: V. Vovk, A. Gammerman and G. Shafer, "Algorithmic Learning in a Random
/// World", Springer 2005; the (n + 1) of its quantiles is kept). Its promise is of errors that are exchangeable, which
/// those of a series are only as far as tomorrow's are like yesterday's; so the share that it held is measured,
/// `measureCoverage`.
///
/// Errors of neighbouring leads are pooled, and are shares of the level at their origin. Never narrower further ahead.
/// Beyond what was rehearsed often enough it widens with the square root of time, as a random walk does.
class Band
{
public:
    struct Width
    {
        double low = 0, high = 0; ///< to be added; low is at most 0 and high at least 0
    };
    /// `share`: of what comes that should lie in it. Of the errors at origins before `origins`, those that were known
    /// by the hour `knownBy`; all tables that aren't empty count alike.
    Band(const Rehearsal& rehearsal, const ErrorTables& tables, double share, std::size_t origins, std::size_t knownBy);
    /// In shares of the level.
    [[nodiscard]] Width at(std::size_t ahead) const;
    [[nodiscard]] std::size_t tested() const { return m_tested; } ///< hours ahead; 0: too little was rehearsed

private:
    struct Knot
    {
        double ahead;
        Width width;
    };
    std::vector<Knot> m_knots; ///< the nearest first
    std::size_t m_tested = 0;
};

/// Makes a band of the older half of a rehearsal, with what was known then, and holds the newer half of the first table
/// against it.
void measureCoverage(
    std::vector<BackTest>& backTests, const Rehearsal& rehearsal, const ErrorTables& tables, double share);

} // namespace penstock
