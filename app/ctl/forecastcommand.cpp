// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "forecastcommand.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <map>
#include <ranges>

#include "forecastreport.h"
#include "session/session.h"
#include "storage/historyfile.h"

namespace penstock {

namespace {

using Dimension = GroupPoint::Dimension;
using std::chrono::hours;

struct Metric
{
    std::string_view name;
    std::vector<HistoryFigure> figures; ///< which are added up
};
const std::vector<Metric> metrics { { "load", { HistoryFigure::Busy, HistoryFigure::Idle } },
    { "busy", { HistoryFigure::Busy } }, { "needed", { HistoryFigure::Needed } } };

/// What the history holds of the groups of a dimension.
struct Read
{
    std::map<std::string, std::map<Time, Observation>> seen; ///< by key
    std::map<std::string, double> gpus; ///< that there were last, of any state
    std::size_t damaged = 0; ///< chunks
};

Result<Read> readHistory(
    const std::string& path, Dimension dimension, const std::vector<std::string>& keys, const Metric& metric, Time now)
{
    auto file = HistoryFile::openToRead(path);
    if (!file)
        return std::unexpected(file.error());
    auto figures = metric.figures;
    figures.push_back(HistoryFigure::Gpus);
    const auto answer = file->read(
        { .dimension = dimension, .keys = keys, .figures = figures, .from = {}, .to = now, .step = hours(1) });
    if (!answer)
        return std::unexpected(answer.error());
    Read made { .seen = {}, .gpus = {}, .damaged = answer->damaged };
    for (const auto& series : answer->series) {
        if (series.figure == HistoryFigure::Gpus) {
            made.gpus[series.key] = series.points.back().mean;
            continue;
        }
        auto& seen = made.seen[series.key];
        for (const auto& point : series.points) {
            auto& sum = seen[point.at];
            sum.at = point.at;
            sum.covered = std::chrono::seconds(point.seconds);
            sum.mean += point.mean;
            sum.least += point.least;
            sum.greatest += point.greatest;
        }
    }
    return made;
}

Supply supplyOf(const Workspace& workspace, Dimension dimension, const std::string& key, const Read& read, double given)
{
    if (given >= 0)
        return { { { Time::min(), given } }, "given" };
    if (const auto supplier = supplierOf(dimension, key))
        if (auto steps = capacitySteps(workspace.capacity, supplier->first, supplier->second); !steps.empty())
            return { std::move(steps), "committed" };
    const auto there = read.gpus.find(key);
    if (dimension == Dimension::Workload || there == read.gpus.end())
        return {};
    return { { { Time::min(), std::round(there->second) } }, "there now" };
}

} // namespace

ForecastCommand::ForecastCommand(CLI::App& app)
    : m_command(app.add_subcommand("forecast", "what the history says of the time to come, and when capacity runs out"))
{
    std::vector<std::string> names;
    for (const auto& it : metrics)
        names.emplace_back(it.name);
    m_command->add_option("--by", m_by, "total, provider, region, cluster, model, workload or provider,model");
    m_command->add_option("--key", m_keys, "only these, e.g. azure or \"azure/H100 80GB SXM\"");
    m_command->add_option("--metric", m_metric, "load (busy and idle), busy, or needed (what workloads ask for)")
        ->check(CLI::IsMember(names));
    m_command->add_flag("--peaks", m_peaks, "the greatest second of each hour, not its mean; of busy or needed");
    constexpr double longest = 400 * 24;
    m_command->add_option("--horizon", m_horizon, "how far ahead, e.g. 36h, 90d")
        ->transform(CLI::AsNumberWithUnit(std::map<std::string, double> { { "h", 1 }, { "d", 24 }, { "w", 168 } }))
        ->check(CLI::Range(1.0, longest));
    m_command
        ->add_option(
            "--capacity", m_capacity, "GPUs; without it [[capacity]] of the workspace, else the GPUs that are there")
        ->check(CLI::Range(0.0, 1e9));
    m_command->add_flag("--points", m_points, "every hour too, in JSON; CSV always has them");
    m_command->add_option("--file", m_file, "another history than the workspace's");
}

bool ForecastCommand::chosen() const
{
    return m_command->parsed();
}

Result<std::string> ForecastCommand::run(const Workspace& workspace, OutputFormat format) const
{
    const auto dimension = parseHistoryDimension(m_by);
    if (!dimension)
        return fail(Error::Kind::Invalid, "cannot group by '" + m_by + "'", "--by",
            "write total, provider, region, cluster, model, workload or provider,model");
    const auto& metric = *std::ranges::find(metrics, m_metric, &Metric::name);
    if (m_peaks && metric.figures.size() > 1)
        return fail(Error::Kind::Invalid, "the peaks of " + m_metric + " are not known", "--peaks",
            "write --metric busy or --metric needed");
    const auto path = m_file.empty() ? defaultSessionOptions(workspace).historyFile : m_file;
    const auto now = wallClock();
    const auto read = readHistory(path, *dimension, m_keys, metric, now);
    if (!read)
        return std::unexpected(read.error());
    const ForecastSettings settings { .horizon = hours(static_cast<std::int64_t>(m_horizon)),
        .of = m_peaks ? ForecastOf::Greatest : ForecastOf::Mean,
        .now = now };
    std::vector<ToldGroup> all;
    for (const auto& [key, seen] : read->seen) {
        std::vector<Observation> history;
        std::ranges::copy(seen | std::views::values, std::back_inserter(history));
        ToldGroup told { .key = key,
            .forecast = forecast(history, settings),
            .supply = supplyOf(workspace, *dimension, key, *read, m_capacity),
            .runOut = {} };
        told.runOut = runOut(told.forecast, told.supply.steps);
        all.push_back(std::move(told));
    }
    if (all.empty())
        return fail(Error::Kind::NotFound, "the history has nothing of this yet", path,
            m_metric == "needed" ? "demand is known in total and by workload, where a source tells it"
                                 : "penstock fills it while it runs");
    if (format == OutputFormat::Csv)
        return forecastCsv(all, *dimension);
    if (format == OutputFormat::Table)
        return forecastTable(all, *dimension, now)
            + (read->damaged > 0 ? "  " + std::to_string(read->damaged) + " pieces of the history could not be read\n"
                                 : "");
    return Json {
        { "schema", "penstock.forecast/1" }, { "as_of", stamp(now) }, { "by", m_by }, { "metric", m_metric },
        { "of", m_peaks ? "greatest second of the hour" : "mean of the hour" },
        { "horizon_h", settings.horizon.count() }, { "band_pct", rounded(100 * settings.band, 1) },
        { "damaged_chunks", read->damaged },
        { "rows", forecastRows(all, *dimension, now, m_points ? WithPoints::Yes : WithPoints::No) }
    }.dump(2)
        + '\n';
}

} // namespace penstock
