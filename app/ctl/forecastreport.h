// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "fleet/series.h"
#include "forecast/outlook.h"
#include "output.h"

namespace penstock {

[[nodiscard]] std::string forecastTable(const std::vector<ToldGroup>& all, GroupPoint::Dimension dimension, Time now);
/// One row a time and group. `facts`: of all of it, which each row repeats.
[[nodiscard]] std::string forecastCsv(const std::vector<ToldGroup>& all, GroupPoint::Dimension dimension, const Json& facts);
enum class WithPoints { No, Yes };
[[nodiscard]] Json forecastRows(
    const std::vector<ToldGroup>& all, GroupPoint::Dimension dimension, Time now, WithPoints points);

} // namespace penstock
