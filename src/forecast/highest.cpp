// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "highest.h"

#include <algorithm>

#include "band.h"

namespace penstock {

namespace {

constexpr std::array<std::size_t, 21> stretches { 1, 3, 6, 12, 24, 48, 72, 120, 168, 240, 336, 504, 672, 1008, 1344,
    1848, 2352, 3192, 4368, 6552, 9504 };

/// The highest seen and the highest told of the stretches after an origin that have passed; in shares of its scale.
std::vector<double> missesFrom(std::size_t origin, const Hours& hours, std::span<const Lead> leads, const auto& told)
{
    std::vector<double> made;
    double highestSeen = 0, highestTold = 0;
    for (std::size_t ahead = 1; ahead <= leads.size() && origin + ahead < hours.values.size(); ++ahead) {
        if (!hours.isGap(origin + ahead))
            highestSeen = std::max(highestSeen, hours.values[origin + ahead]);
        highestTold = std::max(highestTold, told(leads[ahead - 1]));
        if (ahead == stretches.at(made.size()))
            made.push_back(highestSeen - highestTold);
    }
    return made;
}

} // namespace

std::vector<HighestError> highestErrors(
    const Rehearsal& rehearsal, const Hours& hours, ForecastMethod method, double share, double scale)
{
    std::vector<Lead> leads;
    for (std::size_t ahead = 1; ahead <= rehearsal.leads.back().hours; ++ahead)
        leads.emplace_back(ahead);
    std::array<std::vector<double>, stretches.size()> misses;
    const bool isModel = method == ForecastMethod::Smoothing;
    std::vector<const std::vector<Ensemble>*> ways { &rehearsal.models };
    if (isModel && !rehearsal.chosenModels.empty())
        ways.push_back(&rehearsal.chosenModels);
    for (std::size_t o = 0; o < rehearsal.origins.size(); ++o)
        for (const auto* models : ways) {
            const auto origin = rehearsal.origins[o];
            const auto found = missesFrom(origin, hours, leads, [&](const Lead& lead) {
                return isModel ? (*models)[o].ahead(lead) : naiveAhead(hours, origin, lead.hours, method);
            });
            for (std::size_t s = 0; s < found.size(); ++s)
                misses.at(s).push_back(found[s] / rehearsal.scale[o]);
        }
    std::vector<HighestError> made;
    const auto tail = (1 - share) / 2;
    for (std::size_t s = 0; s < stretches.size() && misses.at(s).size() >= leastOrigins * ways.size(); ++s) {
        auto& found = misses.at(s);
        const auto high = quantile(found, 1 - tail), likely = quantile(found, 0.5);
        std::ranges::transform(found, found.begin(), std::negate());
        const auto low = -quantile(found, 1 - tail);
        made.push_back({ std::chrono::hours(stretches.at(s)), low * scale, likely * scale, high * scale });
    }
    return made;
}

HighestError Forecast::highestError(std::chrono::hours ahead) const
{
    const auto next = std::ranges::lower_bound(highest, ahead, {}, &HighestError::upTo);
    if (highest.empty() || next == highest.begin())
        return highest.empty() ? HighestError { ahead } : *next;
    const auto& before = *std::prev(next);
    const auto ratio = static_cast<double>(ahead.count()) / static_cast<double>(before.upTo.count());
    if (next == highest.end()) {
        const auto growth = std::sqrt(ratio);
        return { ahead, before.likely + (before.low - before.likely) * growth, before.likely,
            before.likely + (before.high - before.likely) * growth };
    }
    const auto part = std::log(ratio)
        / std::log(static_cast<double>(next->upTo.count()) / static_cast<double>(before.upTo.count()));
    return { ahead, std::lerp(before.low, next->low, part), std::lerp(before.likely, next->likely, part),
        std::lerp(before.high, next->high, part) };
}

std::optional<ForecastPoint> Forecast::highestUpTo(Time end) const
{
    std::optional<ForecastPoint> made;
    double told = 0;
    for (const auto& it : points) {
        if (it.at >= end)
            break;
        auto now = it;
        if (!highest.empty()) {
            told = std::max(told, it.likely);
            const auto ahead = std::chrono::duration_cast<std::chrono::hours>(it.at - *to) + std::chrono::hours(1);
            const auto error = highestError(ahead);
            now = { it.at, told + error.low, told + error.likely, told + error.high };
        }
        // Longer stretches come from fewer origins, but never have a lower highest hour.
        const auto before = made.value_or(ForecastPoint {});
        made = { it.at, std::max(before.low, now.low), std::max(before.likely, now.likely),
            std::max(before.high, now.high) };
    }
    return made;
}

} // namespace penstock
