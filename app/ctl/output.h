// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/timetext.h"
#include "cells.h"

namespace penstock {

enum class OutputFormat { Table, JsonText, Csv };

[[nodiscard]] inline std::string stamp(Time time) { return rfc3339(time, TimeDigits::Milliseconds); }
[[nodiscard]] double rounded(double value, int digits);
[[nodiscard]] std::string fixedText(double value, int digits); ///< "29,090.50"
[[nodiscard]] Json whole(double value); ///< without a decimal point
[[nodiscard]] Json number(std::optional<double> value, int digits); ///< null where there is none

/// What stands above a table that is not whole, or of nothing real; empty: it is both.
[[nodiscard]] std::string headOf(bool simulated, const std::vector<std::string>& partial);

/// "2026-11-23", "2026-11-23T08:00:00Z", "2026-11-23T09:00:00+01:00" or "-1h"; empty for "".
[[nodiscard]] Result<std::optional<Time>> momentOf(const std::string& text);

} // namespace penstock
