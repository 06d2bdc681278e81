// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "shift/guards.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace penstock {

std::string brokenGuards(const GuardValues& values, const GuardLimits& limits)
{
    std::ostringstream said;
    const auto look = [&](const char* what, const std::optional<double>& value, const std::optional<double>& limit, double scale, const char* unit, bool counted) {
        if (!value || !limit || *value <= *limit)
            return;
        const auto shown = [scale](double number) { return std::round(number * scale * 100) / 100; };
        said << (said.tellp() > 0 ? "; " : "") << (values.where.empty() ? "all backends" : values.where) << ": " << what << ' ' << shown(*value) << unit;
        if (counted && values.requests > 0)
            said << " of " << values.requests << " requests";
        said << ", limit " << shown(*limit) << unit;
    };
    look("error rate", values.errorRate, limits.errorRate, 100, " %", true);
    look("latency p99", values.latencyP99, limits.latencyP99, 1, " ms", false);
    if (!values.latencyP99)
        look("latency mean", values.latencyMean, limits.latencyP99, 1, " ms", false);
    look("queue", values.queue, limits.queue, 1, " requests", false);
    look("utilisation", values.utilisation, limits.utilisation, 100, " %", false);
    return said.str();
}

std::string unwatchedLatency(std::span<const GuardValues> values, const GuardLimits& limits)
{
    if (!limits.latencyP99 || std::ranges::any_of(values, [](const GuardValues& it) { return it.where.empty() && it.latencyP99; }))
        return {};
    std::string meanAt, nothingAt;
    for (const auto& it : values)
        if (!it.where.empty() && !it.latencyP99) {
            auto& list = it.latencyMean ? meanAt : nothingAt;
            list += (list.empty() ? "" : ", ") + it.where;
        }
    std::string said;
    if (!nothingAt.empty())
        said = "latency is not measured at " + nothingAt + ": `slo.p99_ms` is not watched there";
    if (!meanAt.empty())
        said += (said.empty() ? "" : "; ") + std::string("only the mean latency is measured at ") + meanAt + ": `slo.p99_ms` is watched by that alone";
    return said;
}

} // namespace penstock
