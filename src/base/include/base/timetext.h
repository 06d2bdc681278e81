// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace penstock {

/// Digits after the seconds.
enum class TimeDigits { Milliseconds = 3, Microseconds = 6 };

/// RFC 3339 in UTC: "2026-11-23T08:00:00.123Z". The years 0 to 9999, which other times are moved to.
[[nodiscard]] std::string rfc3339(Time time, TimeDigits digits = TimeDigits::Microseconds);

/// Reads RFC 3339 in UTC ("Z"), with or without a fraction of at most six digits, and a date alone as its first moment.
/// Invalid for anything else.
[[nodiscard]] Result<Time> parseTime(std::string_view text);

/// "60 min", "45 s".
[[nodiscard]] std::string lengthText(std::chrono::seconds length);

} // namespace penstock
