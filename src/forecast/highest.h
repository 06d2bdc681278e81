// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backtest.h"

namespace penstock {

/// What the highest hour of a rehearsal's first hours, days and weeks was above the highest told: quantiles of it over
/// the origins, times `scale`. `method`: the one that tells. The nearest first; as far as it was told often enough.
[[nodiscard]] std::vector<HighestError> highestErrors(
    const Rehearsal& rehearsal, const Hours& hours, ForecastMethod method, double share, double scale);

} // namespace penstock
