// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fleet/series.h"

namespace penstock {

/// The exact columns of a chart: what its crosshair reads, and what its lines are thinned out from.
struct Trend
{
    struct Column
    {
        std::string key;
        std::vector<double> values; ///< one a time; NaN: not known
        std::vector<double> silent {}; ///< GPUs of which nothing was heard, one a time, or none at all
    };
    std::vector<double> times; ///< seconds since 1970, ascending
    std::vector<Column> columns;
    std::vector<double> supply; ///< one a time, or none at all
    /// The point nearest to a time, unless that is in a gap.
    [[nodiscard]] std::optional<std::size_t> pointAt(double time) const;
    /// Seconds: two points farther apart have a gap between them. Three times as far as the newest are as a rule, at least 5:
    /// points come once a second, or as rarely as a store of metrics is asked.
    [[nodiscard]] double longestGap() const;
};

/// Busy GPUs of each group, and as supply all that are busy, idle or free. Keys in the given order, the others after
/// them by name, so that a band never changes its place. A group that a point does not name had none; of one that is silent as a whole nothing is known.
[[nodiscard]] Trend busyTrend(const RecentHistory& history, GroupPoint::Dimension dimension, std::span<const std::string> order);

/// The observed split, a column a backend.
[[nodiscard]] Trend splitTrend(const SplitHistory& history, std::span<const std::string> backends);

/// What is not known of a stretch, or was silent for a while in it, in the user's language; empty: all of it is known. `names`: of the columns.
[[nodiscard]] QString missingOf(const Trend& trend, const QStringList& names, double begin, double end);

/// Each column on top of those before it, as far as they are known.
[[nodiscard]] std::vector<std::vector<double>> stacked(const Trend& trend);

} // namespace penstock
