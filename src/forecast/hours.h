// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "forecast/forecast.h"

namespace penstock {

inline constexpr double gap = std::numeric_limits<double>::quiet_NaN();
inline constexpr std::size_t hoursOfDay = 24, hoursOfWeek = 168;

/// A series by hours of UTC, from the first to the last with data.
struct Hours
{
    std::int64_t first = 0; ///< hours since 1970
    std::vector<double> values; ///< NaN: a gap
    std::size_t covered = 0; ///< those that are none

    [[nodiscard]] Time at(std::size_t hour) const
    {
        return Time(std::chrono::hours(first + static_cast<std::int64_t>(hour)));
    }
    [[nodiscard]] bool isGap(std::size_t hour) const { return std::isnan(values[hour]); }
};

/// Means are weighted by coverage; an hour of which less than a quarter was seen is a gap. Where two hours in a row
/// were seen for one and the same whole part of an hour, as by points a minute apart, that stands for all of it.
[[nodiscard]] Hours hoursOf(std::span<const Observation> history, ForecastOf of);

} // namespace penstock
