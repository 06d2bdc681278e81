// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"

namespace penstock {

/// What was seen of a figure in an hour or less, which it does not cross.
struct Observation
{
    Time at {}; ///< its beginning
    std::chrono::seconds covered {}; ///< time with data in it; without any it is a gap
    double mean = 0, least = 0, greatest = 0; ///< a number below 0 or above 1e15, or none: a gap
};

enum class ForecastOf {
    Mean, ///< of each hour
    Greatest, ///< second of each hour: what capacity has to hold
};

/// How much can be said, by how much history there is. Each has what the ones before it have.
enum class Ability {
    Nothing,
    Level, ///< as now, within what was seen
    DailyShape, ///< and a back-tested band
    WeeklyShape,
    Trend,
};

/// Hours with data without which there is no back-tested band.
inline constexpr std::chrono::hours dailyShapeNeeds { 72 };

enum class ForecastMethod {
    None,
    LastValue, ///< as now
    LastWeek, ///< same as last week
    Smoothing, ///< Holt-Winters, docs/forecast.md
};

struct ForecastPoint
{
    Time at {}; ///< the beginning of an hour, UTC
    double low = 0, likely = 0, high = 0;
    friend bool operator==(const ForecastPoint&, const ForecastPoint&) = default;
};

/// What to add to the highest hour that is told of a stretch of time, to have the highest that comes: of many hours
/// some come above what is told of each.
struct HighestError
{
    std::chrono::hours upTo {}; ///< the stretch, from the newest hour of the history on
    double low = 0, likely = 0, high = 0; ///< the ends of the band of `ForecastSettings`, and the middle
};

/// How wrong a method was.
struct ForecastError
{
    double smape = 0; ///< %, symmetric mean absolute percentage error: 0 to 200
    double mase = 0; ///< mean absolute scaled error: 1 is the step from one week (below two weeks: day) to the next in
                     ///< the history
};

/// What would have been said earlier, held against what came.
struct BackTest
{
    std::chrono::hours after {}, upTo {}; ///< how far ahead: later than `after`
    std::size_t origins = 0; ///< moments from which it was told
    std::size_t targets = 0; ///< hours told and seen
    ForecastError model, naive; ///< on the same hours
    std::optional<double>
        coverage; ///< %, of the newer half of the hours that the band of the older half held; empty: too little history
};

/// Over all that was tested: the mean of sMAPE, %, weighted by hours told. Empty: nothing was.
[[nodiscard]] std::optional<double> meanError(
    std::span<const BackTest> tests, ForecastError BackTest::*whose);

struct ForecastSettings
{
    std::chrono::hours horizon { 90 * 24 }; ///< from `now`; a forecast reaches no further than twice the history
    ForecastOf of = ForecastOf::Mean;
    double band = 0.8; ///< share of what comes that should lie in it
    std::optional<Time> now {}; ///< without it the end of the last hour that was seen
};

struct Forecast
{
    Ability ability = Ability::Nothing;
    std::optional<std::chrono::hours> missing {}; ///< hours with data that the next ability needs; empty: there is none
    ForecastMethod method = ForecastMethod::None,
                   naive = ForecastMethod::None; ///< the one used; what it was held against
    std::size_t hours = 0, gaps = 0; ///< of the history: with data, and without
    std::optional<Time> from {}, to {}; ///< of the history
    std::optional<double> last {}; ///< newest hour seen
    std::vector<ForecastPoint> points {}; ///< one an hour
    std::chrono::hours
        tested {}; ///< how far ahead the band was back-tested; beyond, it widens with the square root of time
    std::vector<HighestError> highest {}; ///< the shortest stretch first; empty: too little history
    std::vector<BackTest> backTests {}; ///< the nearest first; empty: too little history

    [[nodiscard]] HighestError highestError(std::chrono::hours ahead) const;
    /// The highest hour before `end`: its `at` is the last hour looked at. Empty when nothing is told of it.
    [[nodiscard]] std::optional<ForecastPoint> highestUpTo(Time end) const;
    /// The model was held against the naive method and was no better, so that one is used.
    [[nodiscard]] bool naiveIsAsGood() const { return method != ForecastMethod::Smoothing && !backTests.empty(); }
};

/// Tells a series from its past. Order and fineness of the observations are free, gaps are never filled; of several
/// that begin at one time the last counts; those before the last three years are left out. Days and weeks are those of
/// UTC: when local clocks change, the shape moves by an hour and is learned anew within days.
[[nodiscard]] Forecast forecast(std::span<const Observation> history, const ForecastSettings& settings = {});

} // namespace penstock
