// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "forecastreport.h"

#include <algorithm>
#include <ranges>

#include "base/counttext.h"
#include "fleet/history.h"

namespace penstock {

namespace {

using Dimension = GroupPoint::Dimension;
using std::chrono::hours;

constexpr hours week { 168 };

std::string_view methodText(ForecastMethod method)
{
    switch (method) {
    case ForecastMethod::None:
        break;
    case ForecastMethod::LastValue:
        return "as now";
    case ForecastMethod::LastWeek:
        return "last week";
    case ForecastMethod::Smoothing:
        return "model";
    }
    return "nothing";
}

std::string_view abilityText(Ability ability)
{
    switch (ability) {
    case Ability::Nothing:
        break;
    case Ability::Level:
        return "the level";
    case Ability::DailyShape:
        return "the shape of a day";
    case Ability::WeeklyShape:
        return "the shape of a week";
    case Ability::Trend:
        return "a trend";
    }
    return "nothing";
}

std::optional<ForecastPoint> highestInWeek(const Forecast& forecast, Time now)
{
    const bool isTold = !forecast.points.empty() && forecast.points.back().at + hours(2) > now + week;
    return isTold ? forecast.highestUpTo(now + week) : std::nullopt;
}

/// What a group is called, by the words of --by.
Json namesOf(Dimension dimension, const std::string& key)
{
    const auto text = [](const std::string& it) { return it.empty() ? Json(nullptr) : Json(it); };
    if (dimension == Dimension::Total)
        return Json::object();
    const auto supplier = supplierOf(dimension, key);
    if (dimension == Dimension::ProviderModel)
        return { { "provider", text(supplier->first) }, { "model", text(supplier->second) } };
    return { { name(dimension), text(key) } };
}

Json rangeOf(const std::optional<ForecastPoint>& point)
{
    return point ? Json { { "low", rounded(point->low, 1) }, { "likely", rounded(point->likely, 1) },
        { "high", rounded(point->high, 1) } }
                 : Json(nullptr);
}

Json stampOf(const std::optional<Time>& time)
{
    return time ? Json(stamp(*time)) : Json(nullptr);
}

/// What --output json says of a group.
Json rowOf(const ToldGroup& told, Dimension dimension, Time now, WithPoints points)
{
    const auto& it = told.forecast;
    auto row = namesOf(dimension, told.key);
    Json tests = Json::array(), series = Json::array();
    for (const auto& test : it.backTests)
        tests.push_back({ { "after_h", test.after.count() }, { "up_to_h", test.upTo.count() },
            { "origins", test.origins }, { "targets", test.targets }, { "smape_pct", rounded(test.model.smape, 2) },
            { "smape_naive_pct", rounded(test.naive.smape, 2) }, { "mase", rounded(test.model.mase, 3) },
            { "mase_naive", rounded(test.naive.mase, 3) }, { "band_held_pct", number(test.coverage, 1) } });
    for (const auto& point : it.points)
        series.push_back({ { "at", stamp(point.at) }, { "low", rounded(point.low, 1) },
            { "likely", rounded(point.likely, 1) }, { "high", rounded(point.high, 1) } });
    Json capacity = Json::array();
    for (const auto& step : told.supply.steps)
        capacity.push_back({ { "from", step.from == Time::min() ? Json(nullptr) : Json(stamp(step.from)) },
            { "gpus", whole(step.gpus) } });
    const auto end = it.points.empty() ? now : it.points.back().at + hours(1);
    row.update({ { "from", stampOf(it.from) }, { "to", stampOf(it.to) }, { "hours", it.hours }, { "gaps_h", it.gaps },
        { "says", abilityText(it.ability) }, { "missing_h", it.missing ? Json(it.missing->count()) : Json(nullptr) },
        { "method", methodText(it.method) }, { "naive_method", methodText(it.naive) },
        { "naive_is_as_good", it.naiveIsAsGood() }, { "last", number(it.last, 1) },
        { "horizon_end", it.points.empty() ? Json(nullptr) : Json(stamp(end)) }, { "band_tested_h", it.tested.count() },
        { "highest_in_7_days", rangeOf(highestInWeek(it, now)) },
        { "highest_in_horizon", rangeOf(it.highestUpTo(end)) },
        { "capacity_source", told.supply.source.empty() ? Json(nullptr) : Json(told.supply.source) },
        { "capacity", capacity }, { "out_already", told.runOut ? Json(told.runOut->already) : Json(nullptr) },
        { "out_missing_h", told.runOut && told.runOut->missing ? Json(told.runOut->missing->count()) : Json(nullptr) },
        { "out_earliest", told.runOut ? stampOf(told.runOut->earliest) : Json(nullptr) },
        { "out_likely", told.runOut ? stampOf(told.runOut->likely) : Json(nullptr) },
        { "out_latest", told.runOut ? stampOf(told.runOut->latest) : Json(nullptr) }, { "back_tests", tests } });
    if (points == WithPoints::Yes)
        row["points"] = series;
    return row;
}

std::string dayOf(Time time)
{
    return stamp(time).substr(0, 10);
}

/// "2027-01-04", "now", "after 2027-02-25", or that it can't be told.
std::string whenText(const RunOut& runOut, const std::optional<Time>& moment, Time now)
{
    if (runOut.missing)
        return "can't tell yet";
    return !moment ? "after " + dayOf(runOut.horizon) : *moment <= now ? "now" : dayOf(*moment);
}

std::string rangeText(const std::optional<ForecastPoint>& point)
{
    if (!point)
        return "-";
    const auto text = [](double value) { return fixedText(value, 0); };
    return text(point->likely) + " (" + text(point->low) + " to " + text(point->high) + ")";
}

std::string errorText(const std::vector<BackTest>& tests, ForecastError BackTest::*whose)
{
    const auto error = meanError(tests, whose);
    return error ? fixedText(*error, 1) : "-";
}

Json tableRow(const ToldGroup& told, Dimension dimension, Time now)
{
    const auto& it = told.forecast;
    auto row = namesOf(dimension, told.key);
    const auto end = it.points.empty() ? now : it.points.back().at + hours(1);
    const auto held = it.backTests.empty() ? Json(nullptr) : number(it.backTests.front().coverage, 0);
    row.update({ { "last", it.last ? Json(fixedText(*it.last, 0)) : Json(nullptr) },
        { "in_week", rangeText(highestInWeek(it, now)) }, { "in_horizon", rangeText(it.highestUpTo(end)) },
        { "method", methodText(it.method) }, { "error", errorText(it.backTests, &BackTest::model) },
        { "naive", errorText(it.backTests, &BackTest::naive) }, { "held", held } });
    const auto& steps = told.supply.steps;
    const auto current
        = std::ranges::find_if(steps | std::views::reverse, [&](const CapacityStep& step) { return step.from <= now; });
    row["capacity"]
        = steps.empty() ? Json(nullptr) : Json(fixedText(current->gpus, 0) + ' ' + std::string(told.supply.source));
    const bool known = told.runOut.has_value();
    row["earliest"] = !known
        ? Json(nullptr)
        : Json(told.runOut->already ? "already" : whenText(*told.runOut, told.runOut->earliest, now));
    row["likely"] = !known ? Json(nullptr) : Json(whenText(*told.runOut, told.runOut->likely, now));
    row["latest"] = !known ? Json(nullptr) : Json(whenText(*told.runOut, told.runOut->latest, now));
    return row;
}

/// What a reader of the table has to know besides.
std::string notesOf(const ToldGroup& told, Time now)
{
    const auto& it = told.forecast;
    std::string notes;
    const auto note = [&](const std::string& text) {
        notes += "  " + (told.key.empty() ? std::string() : told.key + ": ") + text + '\n';
    };
    if (it.missing)
        note("the history says " + std::string(abilityText(it.ability)) + "; " + std::to_string(it.missing->count())
            + " hours more, and it says "
            + std::string(abilityText(static_cast<Ability>(static_cast<int>(it.ability) + 1))));
    if (told.runOut && told.runOut->missing)
        note("not enough history to tell when capacity runs out: " + std::to_string(told.runOut->missing->count())
            + " hours more are needed");
    if (told.runOut && !told.runOut->already && told.runOut->likely && told.runOut->lineStaysBelow)
        note("the likely line stays below capacity; the date is when the highest hour is likely above it");
    if (const auto gpus = endingAsItRunsOut(told))
        note("it runs out as " + countText(static_cast<std::int64_t>(*gpus)) + " committed GPUs end");
    if (it.naiveIsAsGood())
        note("the model was no better than \"" + std::string(methodText(it.naive))
            + "\" in back-tests, so that is used");
    if (it.gaps > 0)
        note(std::to_string(it.gaps) + " of " + std::to_string(it.hours + it.gaps) + " hours are missing");
    if (it.to && now - *it.to > hours(2))
        note("nothing was seen since " + stamp(*it.to));
    if (!it.points.empty() && it.tested > hours(0) && it.points.back().at - *it.to > it.tested)
        note("the band is tested to " + std::to_string(it.tested.count()) + " hours ahead, and a guess beyond");
    return notes;
}

} // namespace

std::string forecastTable(const std::vector<ToldGroup>& all, GroupPoint::Dimension dimension, Time now)
{
    Json rows = Json::array();
    std::string notes;
    for (const auto& told : all) {
        rows.push_back(tableRow(told, dimension, now));
        notes += notesOf(told, now);
    }
    std::vector<std::pair<std::string, std::string>> columns;
    const auto names = namesOf(dimension, {});
    for (const auto& [key, value] : names.items())
        columns.emplace_back(key, key);
    for (const auto& it : { std::pair { "last", "GPUs last" }, std::pair { "in_week", "highest in 7 days" },
             std::pair { "in_horizon", "highest in the horizon" }, std::pair { "capacity", "capacity" },
             std::pair { "earliest", "runs out, earliest" }, std::pair { "likely", "likely" },
             std::pair { "latest", "latest" }, std::pair { "method", "told by" },
             std::pair { "error", "model's error %" }, std::pair { "naive", "naive %" },
             std::pair { "held", "band held %" } })
        columns.emplace_back(it.first, it.second);
    return table(rows, columns) + (notes.empty() ? "" : "\nNote:\n" + notes);
}

std::string forecastCsv(const std::vector<ToldGroup>& all, GroupPoint::Dimension dimension, const Json& facts)
{
    Json rows = Json::array();
    for (const auto& told : all)
        for (const auto& point : told.forecast.points) {
            Json row { { "at", stamp(point.at) } };
            row.update(namesOf(dimension, told.key));
            row.update({ { "low", rounded(point.low, 1) }, { "likely", rounded(point.likely, 1) },
                { "high", rounded(point.high, 1) } });
            row.update(facts);
            rows.push_back(std::move(row));
        }
    return csv(rows);
}

Json forecastRows(const std::vector<ToldGroup>& all, GroupPoint::Dimension dimension, Time now, WithPoints points)
{
    Json rows = Json::array();
    for (const auto& told : all)
        rows.push_back(rowOf(told, dimension, now, points));
    return rows;
}

} // namespace penstock
