// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fleet/series.h"
#include "forecast/runout.h"

namespace penstock {

/// What there will be of a group.
struct Supply
{
    std::vector<CapacityStep> steps;
    std::string_view source; ///< "given", "committed", "committed and there now" or "there now"; empty: not known
};

/// One group of the history, with all that is told of it.
struct ToldGroup
{
    std::string key;
    Forecast forecast;
    Supply supply;
    std::optional<RunOut> runOut;
};

/// GPUs that end in the hour in which a group likely runs out: that they do is why. Empty: none does, or it does not run out.
[[nodiscard]] std::optional<double> endingAsItRunsOut(const ToldGroup& told);

/// The provider and the model of a group; empty: any. Nothing for groups that have no capacity of their own.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> supplierOf(
    GroupPoint::Dimension dimension, const std::string& key);

/// What is committed to a group, else the GPUs that were there last. `uncommitted`: of these, the GPUs of providers and
/// models of which nothing is committed; they count as well.
[[nodiscard]] Supply supplyOf(std::span<const CommittedCapacity> committed, GroupPoint::Dimension dimension,
    const std::string& key, std::optional<double> thereNow, double uncommitted = 0);

/// Capacity with blocks that come (GPUs above 0) or go on top, of one provider and model; empty: of any.
[[nodiscard]] std::vector<CapacityStep> capacityWith(std::span<const CapacityStep> capacity,
    std::span<const CommittedCapacity> blocks, std::string_view provider, std::string_view model);

/// When capacity runs out with blocks on top of it.
[[nodiscard]] std::optional<RunOut> runOutWith(
    const ToldGroup& told, GroupPoint::Dimension dimension, std::span<const CommittedCapacity> blocks);

} // namespace penstock
