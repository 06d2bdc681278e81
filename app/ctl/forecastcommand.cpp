// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "forecastcommand.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "forecastreport.h"
#include "session/capacity.h"
#include "session/session.h"

namespace penstock {

namespace {

using std::chrono::hours;

struct Metric
{
    std::string_view name;
    std::vector<HistoryFigure> figures; ///< which are added up
};
const std::vector<Metric> metrics { { "load", { HistoryFigure::Busy, HistoryFigure::Idle } },
    { "busy", { HistoryFigure::Busy } }, { "needed", { HistoryFigure::Needed } } };

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
    const OutlookQuery query { .dimension = *dimension,
        .keys = m_keys,
        .figures = metric.figures,
        .settings = { .horizon = hours(static_cast<std::int64_t>(m_horizon)),
            .of = m_peaks ? ForecastOf::Greatest : ForecastOf::Mean,
            .now = now },
        .committed = workspace.capacity,
        .capacity = m_capacity >= 0 ? std::optional(m_capacity) : std::nullopt };
    const auto outlook = readOutlook(path, query);
    if (!outlook)
        return std::unexpected(outlook.error());
    const auto& all = outlook->groups;
    if (all.empty())
        return fail(Error::Kind::NotFound, "the history has nothing of this yet", path,
            m_metric == "needed" ? "demand is known in total and by workload, where a source tells it"
                                 : "penstock fills it while it runs");
    if (format == OutputFormat::Csv)
        return forecastCsv(all, *dimension, { { "as_of", stamp(now) }, { "source", "history " + (m_file.empty() ? "of " + (workspace.name.empty() ? "this workspace" : workspace.name) : m_file) }, { "simulated", outlook->simulated } });
    if (format == OutputFormat::Table)
        return forecastTable(all, *dimension, now)
            + (outlook->damaged > 0
                    ? "  " + std::to_string(outlook->damaged) + " pieces of the history could not be read\n"
                    : "");
    return Json {
        { "schema", "penstock.forecast/1" }, { "as_of", stamp(now) }, { "by", m_by }, { "metric", m_metric },
        { "of", m_peaks ? "greatest second of the hour" : "mean of the hour" },
        { "horizon_h", query.settings.horizon.count() }, { "band_pct", rounded(100 * query.settings.band, 1) },
        { "damaged_chunks", outlook->damaged },
        { "rows", forecastRows(all, *dimension, now, m_points ? WithPoints::Yes : WithPoints::No) }
    }.dump(2)
        + '\n';
}

} // namespace penstock
