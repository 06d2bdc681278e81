// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "storage/reportsfile.h"

#include <array>

#include "base/timetext.h"
#include "database.h"
#include "json.h"
#include "statement.h"

namespace penstock {

namespace {

/// The version of a file is the number of these that were applied to it.
constexpr std::array<const char*, 1> migrations {
    "CREATE TABLE report (at_us INTEGER PRIMARY KEY, figures TEXT NOT NULL) STRICT;"
};
constexpr std::array<const char*, 1> probes { "SELECT at_us, figures FROM report LIMIT 0" };
constexpr DatabaseShape shape { .what = "file of earlier reports", .migrations = migrations, .probes = probes };

using Line = ReportFigures::Line;
constexpr std::pair<const char*, std::optional<double> Line::*> numbers[] { { "gpus", &Line::gpus },
    { "supply", &Line::supply }, { "committed", &Line::committed }, { "allocated", &Line::allocated },
    { "busy", &Line::busy }, { "unmet", &Line::unmet }, { "dollars", &Line::dollars },
    { "idle_dollars", &Line::idleDollars } };
constexpr std::pair<const char*, std::optional<Time> Line::*> times[] { { "earliest", &Line::earliest },
    { "runs_out", &Line::runsOut }, { "latest", &Line::latest } };

Json jsonOf(const Line& line)
{
    Json made { { "provider", line.provider }, { "model", line.model }, { "out", line.hasRunOut } };
    for (const auto& [key, value] : numbers)
        if (const auto& it = line.*value)
            made[key] = *it;
    for (const auto& [key, value] : times)
        if (const auto& it = line.*value)
            made[key] = rfc3339(*it);
    return made;
}

Line lineOf(const Json& json)
{
    Line made;
    made.provider = json.at("provider");
    made.model = json.at("model");
    made.hasRunOut = json.at("out");
    for (const auto& [key, value] : numbers)
        if (json.contains(key))
            made.*value = json.at(key).get<double>();
    for (const auto& [key, value] : times)
        if (json.contains(key))
            if (const auto time = parseTime(json.at(key).get<std::string>()))
                made.*value = *time;
    return made;
}

std::optional<ReportFigures> figuresOf(std::string_view text)
{
    const auto json = parseJson(text);
    if (!json)
        return {};
    // The library reports a wrong type by an exception; here that only means a damaged row.
    try {
        ReportFigures made;
        made.simulated = json->at("simulated");
        made.whole = lineOf(json->at("whole"));
        for (const auto& it : json->at("lines"))
            made.lines.push_back(lineOf(it));
        return made;
    } catch (const Json::exception&) {
        return {};
    }
}

} // namespace

Result<ReportsFile> ReportsFile::open(const std::string& path, std::string& notice)
{
    auto handle = openDatabase(path, shape, notice);
    return handle ? Result<ReportsFile>(ReportsFile(std::move(*handle))) : std::unexpected(handle.error());
}

Result<ReportsFile> ReportsFile::openToRead(const std::string& path)
{
    auto handle = openDatabaseToRead(path, shape);
    return handle ? Result<ReportsFile>(ReportsFile(std::move(*handle))) : std::unexpected(handle.error());
}

Result<> ReportsFile::keep(const ReportFigures& figures)
{
    Json lines = Json::array();
    for (const auto& it : figures.lines)
        lines.push_back(jsonOf(it));
    const auto text = canonicalJson(
        { { "simulated", figures.simulated }, { "whole", jsonOf(figures.whole) }, { "lines", lines } });
    auto transaction = Transaction::begin(m_handle.get());
    if (!transaction)
        return std::unexpected(transaction.error());
    auto statement = Statement::prepare(m_handle.get(), "INSERT OR REPLACE INTO report VALUES (?,?)");
    if (!statement)
        return std::unexpected(statement.error());
    statement->bind(1, static_cast<std::int64_t>(figures.at.time_since_epoch().count())).bind(2, std::string_view(text));
    if (auto done = statement->run(); !done)
        return done;
    if (auto done = execute(m_handle.get(),
            "DELETE FROM report WHERE at_us NOT IN (SELECT at_us FROM report ORDER BY at_us DESC LIMIT 100)");
        !done)
        return done;
    return transaction->commit();
}

Result<std::optional<ReportFigures>> ReportsFile::newestBefore(Time at)
{
    auto statement = Statement::prepare(
        m_handle.get(), "SELECT at_us, figures FROM report WHERE at_us < ? ORDER BY at_us DESC");
    if (!statement)
        return std::unexpected(statement.error());
    statement->bind(1, static_cast<std::int64_t>(at.time_since_epoch().count()));
    for (;;) {
        const auto row = statement->step();
        if (!row)
            return std::unexpected(row.error());
        if (!*row)
            return std::nullopt;
        if (auto figures = figuresOf(statement->bytes(1))) {
            figures->at = Time(Duration(statement->integer(0)));
            return figures;
        }
    }
}

} // namespace penstock
