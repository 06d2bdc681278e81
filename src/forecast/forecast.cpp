// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "forecast/forecast.h"

#include <algorithm>

#include "backtest.h"
#include "band.h"
#include "highest.h"

namespace penstock {

namespace {

/// Hours with data that each ability takes, in order.
constexpr std::array<std::pair<Ability, std::size_t>, 4> abilities { {
    { Ability::Level, 6 },
    { Ability::DailyShape, static_cast<std::size_t>(dailyShapeNeeds.count()) },
    { Ability::WeeklyShape, 2 * hoursOfWeek },
    { Ability::Trend, 15 * hoursOfWeek / 2 }, // eight weeks, and what is missing of them
} };

void judgeHistory(Forecast& made, const Hours& hours)
{
    for (const auto& [ability, needed] : abilities) {
        if (hours.covered < needed) {
            made.missing = std::chrono::hours(needed - hours.covered);
            return;
        }
        made.ability = ability;
    }
}

/// All that was seen, around the newest.
void tellRange(Forecast& made, const Hours& hours)
{
    const auto isSeen = [](double value) { return !std::isnan(value); };
    std::vector<double> seen;
    std::ranges::copy_if(hours.values, std::back_inserter(seen), isSeen);
    const auto [least, greatest] = std::ranges::minmax(seen);
    for (auto& it : made.points)
        it = { it.at, least, *made.last, greatest };
    made.method = ForecastMethod::LastValue;
}

void tellAhead(Forecast& made, const Hours& hours, const ForecastSettings& settings)
{
    const auto newest = hours.values.size() - 1;
    const auto aheadOf = [&](Time at) {
        return static_cast<std::size_t>(std::chrono::duration_cast<std::chrono::hours>(at - hours.at(newest)).count());
    };
    const auto rehearsal = rehearse(hours, aheadOf(made.points.back().at), made.ability, made.naive);
    made.backTests = backTestsOf(rehearsal, hours);
    const bool isModel = modelIsBetter(made.backTests);
    // Few early origins, when the recipes were chosen by little, must not make the band of those that are told by now.
    const auto tables = [&](const ErrorTable& chosen) {
        return isModel ? ErrorTables { &rehearsal.model, &chosen } : ErrorTables { &rehearsal.naive };
    };
    made.method = isModel ? ForecastMethod::Smoothing : made.naive;
    const Band band(rehearsal, tables(rehearsal.chosen), settings.band, rehearsal.origins.size(), newest);
    made.tested = std::chrono::hours(band.tested());
    measureCoverage(made.backTests, rehearsal, tables(rehearsal.chosenByHalf), settings.band);
    const auto scale = scaleAt(hours, newest);
    made.highest = highestErrors(rehearsal, hours, made.method, settings.band, scale);
    for (auto& it : made.points) {
        const auto ahead = aheadOf(it.at);
        it.likely = isModel ? rehearsal.newest.ahead(Lead(ahead)) : naiveAhead(hours, newest, ahead, made.naive);
        const auto [low, high] = band.at(ahead);
        it.low = std::max(0.0, it.likely + low * scale);
        it.high = it.likely + high * scale;
    }
}

} // namespace

Forecast forecast(std::span<const Observation> history, const ForecastSettings& settings)
{
    const auto hours = hoursOf(history, settings.of);
    Forecast made;
    judgeHistory(made, hours);
    if (hours.values.empty())
        return made;
    const auto size = hours.values.size();
    made.hours = hours.covered;
    made.gaps = size - hours.covered;
    made.from = hours.at(0);
    made.to = hours.at(size);
    made.last = hours.values.back();
    if (made.ability == Ability::Nothing)
        return made;
    made.naive = made.ability >= Ability::WeeklyShape ? ForecastMethod::LastWeek : ForecastMethod::LastValue;
    const auto begin
        = std::max(*made.to, settings.now ? std::chrono::floor<std::chrono::hours>(*settings.now) : *made.to);
    const auto end = std::min<Time>(begin + settings.horizon, *made.to + std::chrono::hours(2 * size));
    for (auto at = begin; at < end; at += std::chrono::hours(1))
        made.points.push_back({ .at = at });
    if (made.points.empty())
        return made;
    if (made.ability < Ability::DailyShape)
        tellRange(made, hours);
    else
        tellAhead(made, hours, settings);
    return made;
}

std::optional<double> meanError(std::span<const BackTest> tests, ForecastError BackTest::*whose)
{
    double sum = 0, count = 0;
    for (const auto& it : tests) {
        sum += (it.*whose).smape * static_cast<double>(it.targets);
        count += static_cast<double>(it.targets);
    }
    return count > 0 ? std::optional(sum / count) : std::nullopt;
}

} // namespace penstock
