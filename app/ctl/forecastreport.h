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
#include "output.h"

namespace penstock {

/// What there will be of a group.
struct Supply
{
    std::vector<CapacityStep> steps;
    std::string_view source; ///< "given", "committed" or "there now"; empty: not known
};

/// One group of the history, with all that is told of it.
struct ToldGroup
{
    std::string key;
    Forecast forecast;
    Supply supply;
    std::optional<RunOut> runOut;
};

/// The provider and the model of a group; empty: any. Nothing for groups that have no capacity of their own.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> supplierOf(
    GroupPoint::Dimension dimension, const std::string& key);

[[nodiscard]] std::string forecastTable(const std::vector<ToldGroup>& all, GroupPoint::Dimension dimension, Time now);
/// One row a time and group.
[[nodiscard]] std::string forecastCsv(const std::vector<ToldGroup>& all, GroupPoint::Dimension dimension);
enum class WithPoints { No, Yes };
[[nodiscard]] Json forecastRows(
    const std::vector<ToldGroup>& all, GroupPoint::Dimension dimension, Time now, WithPoints points);

} // namespace penstock
