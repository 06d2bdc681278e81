// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>

#include "forecast/forecast.h"

namespace penstock {

/// GPUs that are there from a time on, until the next step.
struct CapacityStep
{
    Time from {};
    double gpus = 0;
    friend bool operator==(const CapacityStep&, const CapacityStep&) = default;
};

/// When demand first exceeds capacity.
struct RunOut
{
    bool already = false; ///< it did in the newest hour seen
    /// The first hour in which the band's upper end, its middle and its lower end do; empty: not within the horizon.
    /// Each is of its own hour: with a band of 80 % one in ten exceeds the upper end in an hour, more in any of many.
    std::optional<Time> earliest, likely, latest;
    Time horizon {}; ///< how far was looked
    friend bool operator==(const RunOut&, const RunOut&) = default;
};

/// `capacity`: by time; before the first step there is as much as after it. Empty when nothing is known of either.
[[nodiscard]] std::optional<RunOut> runOut(const Forecast& forecast, std::span<const CapacityStep> capacity);

} // namespace penstock
