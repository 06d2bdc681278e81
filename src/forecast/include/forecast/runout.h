// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "fleet/committed.h"
#include "forecast/forecast.h"

namespace penstock {

/// GPUs that are there from a time on, until the next step.
struct CapacityStep
{
    Time from {};
    double gpus = 0;
    friend bool operator==(const CapacityStep&, const CapacityStep&) = default;
};

/// What the committed capacity of a provider and a model ("H100 80GB SXM") comes to; empty: of any. Its first step is
/// the beginning of time. Without anything committed there is no step.
[[nodiscard]] std::vector<CapacityStep> capacitySteps(
    std::span<const CommittedCapacity> committed, std::string_view provider, std::string_view model);

/// Before the first step there is as much as after it; there must be one.
[[nodiscard]] double capacityAt(std::span<const CapacityStep> capacity, Time at);

/// When demand first exceeds capacity.
struct RunOut
{
    bool already = false; ///< it did in the newest hour seen
    /// When the highest hour up to then does, by its band's upper end, its middle and its lower end (`HighestError`): with a
    /// band of 80 % one in ten comes before the earliest, and one in ten after the latest. Empty: not within the horizon.
    std::optional<Time> earliest, likely, latest;
    Time horizon {}; ///< how far was looked
    /// Hours of history without which no date is named: a band that was never tested tells none. Empty: there are enough.
    std::optional<std::chrono::hours> missing {};
    /// No hour by itself is likely above capacity: a likely date is then when one of so many is.
    bool lineStaysBelow = false;
    friend bool operator==(const RunOut&, const RunOut&) = default;
};

/// `capacity`: by time. Empty when nothing is known of either.
[[nodiscard]] std::optional<RunOut> runOut(const Forecast& forecast, std::span<const CapacityStep> capacity);

} // namespace penstock
