// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>

namespace penstock {

/// Wall-clock time, UTC, as on the wire and in the cache.
using Time = std::chrono::sys_time<std::chrono::microseconds>;
using Duration = std::chrono::microseconds;

/// Where "now" comes from; tests pass their own. Callable from any thread.
using Clock = std::function<Time()>;

[[nodiscard]] inline Time wallClock()
{
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

} // namespace penstock
