// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>

namespace penstock {

/// What is measured of one route, or of a backend that gains, while load moves. Empty: not measured, which breaks nothing.
struct GuardValues
{
    std::string where {}; ///< the backend; empty: the whole route
    std::optional<double> errorRate; ///< 0 to 1
    std::optional<double> latencyP99; ///< milliseconds
    std::optional<double> latencyMean {}; ///< milliseconds; stands for the p99 where that is not measured
    std::optional<double> queue; ///< requests that wait
    std::optional<double> utilisation; ///< 0 to 1, of the GPUs that carry the workload there
    std::uint64_t requests = 0; ///< that errorRate was measured on; 0: not told
};

/// From where on a guard is broken. Empty: not guarded.
struct GuardLimits
{
    std::optional<double> errorRate, latencyP99, queue, utilisation; ///< as in GuardValues
};

/// What is broken, with its value, its denominator and its limit; empty: nothing.
[[nodiscard]] std::string brokenGuards(const GuardValues& values, const GuardLimits& limits);

/// Where a route has a limit of latency and nobody measures a p99, of all its values at one time, in words; empty: nowhere.
[[nodiscard]] std::string unwatchedLatency(std::span<const GuardValues> values, const GuardLimits& limits);

} // namespace penstock
