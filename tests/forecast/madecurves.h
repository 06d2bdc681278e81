// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <random>
#include <vector>

#include "forecast/forecast.h"

namespace penstock::test {

/// A Monday, 00:00 UTC.
inline constexpr Time monday = std::chrono::sys_days(std::chrono::year(2026) / 1 / 5);

inline Observation observation(Time at, double value, std::chrono::seconds covered = std::chrono::hours(1))
{
    return { .at = at, .covered = covered, .mean = value, .least = value, .greatest = value };
}

/// One an hour from `monday` on.
inline std::vector<Observation> hourly(std::size_t hours, const std::function<double(double hour)>& value)
{
    std::vector<Observation> made;
    for (std::size_t h = 0; h < hours; ++h)
        made.push_back(observation(monday + std::chrono::hours(h), value(static_cast<double>(h))));
    return made;
}

/// GPUs of a service that people use: by day, less at the weekend, with a trend and noise. `growth`: share of the start
/// a week.
inline std::vector<Observation> service(std::size_t hours, double growth, double noise, std::uint32_t seed = 1)
{
    std::mt19937 random(seed);
    std::normal_distribution<double> normal(0, noise);
    double wander = 0;
    return hourly(hours, [&](double hour) {
        wander = 0.9 * wander + normal(random);
        const bool weekend = std::fmod(hour, 168) >= 120;
        const auto day = 1 + 0.35 * std::sin(2 * std::numbers::pi * (hour - 8) / 24) + (weekend ? -0.25 : 0);
        return std::max(0.0, 1000 * (1 + growth * hour / 168) * day * (1 + wander));
    });
}

/// Capacity that a growing service exceeds some six weeks after `weeks`, and when it first does.
struct Exceeded
{
    double capacity = 0;
    Time exceeded {};
};
inline Exceeded sixWeeksAhead(const std::vector<Observation>& whole, std::size_t weeks, double growth)
{
    Exceeded made;
    const auto now = whole.begin() + static_cast<std::ptrdiff_t>(weeks * 168);
    made.capacity
        = std::max_element(whole.begin(), now, [](const auto& a, const auto& b) { return a.mean < b.mean; })->mean
        * (1 + growth * 6 / (1 + growth * static_cast<double>(weeks)));
    const auto found = std::find_if(now, whole.end(), [&](const Observation& it) { return it.mean > made.capacity; });
    made.exceeded = found == whole.end() ? Time::max() : found->at;
    return made;
}

} // namespace penstock::test
