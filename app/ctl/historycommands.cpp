// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "historycommands.h"

#include <CLI/CLI.hpp>
#include <QDateTime>
#include <cmath>
#include <iostream>
#include <map>

#include "engine/trouble.h"
#include "fleet/xid.h"
#include "session/importreplay.h"
#include "storage/historyfile.h"
#include "waiter.h"

namespace penstock {

using namespace std::chrono_literals;

namespace {

using Titles = std::vector<std::pair<std::string, std::string>>;

constexpr std::int64_t mostRows = 1000; ///< a key, where no step was asked for
constexpr int digits = 2;

int complain(const Error& error)
{
    std::cerr << "penstockctl: " << error.text() << (error.kind == Error::Kind::Corrupt && error.hint.empty() ? "; an open console sets a damaged history aside and begins a new one" : "") << '\n';
    return error.kind == Error::Kind::Invalid ? Usage : Refused;
}

/// The finest that a person can still look through.
std::chrono::seconds stepFor(Duration range)
{
    for (const auto& tier : historyTiers)
        if (range / tier.step <= mostRows)
            return tier.step;
    return historyTiers.back().step;
}

/// "2026-11-23T09:00:00.000+01:00"
std::string localStamp(Time time)
{
    const auto at = QDateTime::fromMSecsSinceEpoch(
        std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count());
    return at.toOffsetFromUtc(at.offsetFromUtc()).toString(Qt::ISODateWithMs).toStdString();
}

void print(const std::string& schema, const Json& fields, const Json& rows, const Titles& columns, OutputFormat format)
{
    if (format == OutputFormat::Csv)
        std::cout << csv(rows);
    else if (format == OutputFormat::Table)
        std::cout << table(rows, columns);
    else {
        Json made { { "schema", "penstock." + schema + "/1" }, { "as_of", stamp(wallClock()) } };
        made.update(fields);
        made["rows"] = rows;
        std::cout << made.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    }
}

/// A row for each time and key, in this order.
class Rows
{
public:
    explicit Rows(const std::vector<HistoryFigure>& figures) : m_figures(figures) { }
    void add(const HistorySeries& series, const HistoryPoint& point, const std::string& at)
    {
        auto [found, isNew] = m_rows.try_emplace({ point.at, series.key });
        auto& row = found->second;
        if (isNew) {
            row = { { "at", at }, { "key", series.key.empty() ? Json(nullptr) : Json(series.key) } };
            for (const auto figure : m_figures)
                for (const char* which : { "", "_min", "_max" })
                    row[std::string(name(figure)) + which] = nullptr;
            row["seconds"] = 0;
            row["simulated"] = false;
        }
        const std::string figure(name(series.figure));
        row[figure] = rounded(point.mean, digits);
        row[figure + "_min"] = rounded(point.least, digits);
        row[figure + "_max"] = rounded(point.greatest, digits);
        row["seconds"] = std::max(row["seconds"].get<std::uint32_t>(), point.seconds);
        row["simulated"] = row["simulated"].get<bool>() || point.simulated > 0;
    }
    [[nodiscard]] Json listed() const
    {
        Json rows = Json::array();
        for (const auto& [at, row] : m_rows)
            rows.push_back(row);
        return rows;
    }

private:
    std::vector<HistoryFigure> m_figures;
    std::map<std::pair<Time, std::string>, Json> m_rows;
};

/// A list in JSON, and words elsewhere.
Json whichOf(const FleetEvent& event, OutputFormat format)
{
    Json numbers = Json::array();
    std::string words;
    for (int gpu = 0; gpu < 64; ++gpu)
        if ((event.which >> gpu & 1U) != 0) {
            numbers.push_back(gpu);
            words += (words.empty() ? "" : " ") + std::to_string(gpu);
        }
    return numbers.empty() ? Json(nullptr) : format == OutputFormat::JsonText ? numbers : Json(words);
}

Json rowOf(const FleetEvent& event, const std::string& at, OutputFormat format)
{
    const auto text = [](const std::string& it) { return it.empty() ? Json(nullptr) : Json(it); };
    const auto code = xidOf(event.health);
    const bool hasReason = event.kind == FleetEvent::Kind::Unhealthy || event.kind == FleetEvent::Kind::Healthy;
    Json row { { "at", at }, { "kind", name(event.kind) }, { "gpus", event.gpus }, { "endpoint", text(event.endpoint) },
        { "provider", text(event.provider) }, { "region", text(event.region) }, { "cluster", text(event.cluster) },
        { "node", text(event.node) }, { "which", whichOf(event, format) } };
    row["xid"] = hasReason && code ? Json(code->number) : Json(nullptr);
    Trouble trouble;
    trouble.health = event.health;
    row["reason"] = hasReason ? Json(reasonOf(trouble).what) : Json(nullptr);
    row["before"] = text(event.before);
    row["workload"] = text(event.workload);
    row["simulated"] = event.simulated;
    return row;
}

Result<HistoryQuery> queryOf(const std::vector<std::string>& metrics, const std::string& by)
{
    HistoryQuery query;
    for (const auto& metric : metrics) {
        const auto figure = parseHistoryFigure(metric);
        if (!figure)
            return fail(
                Error::Kind::Invalid, "'" + metric + "' is not kept", {}, "penstockctl history --help names what is");
        if (std::ranges::find(query.figures, *figure) == query.figures.end())
            query.figures.push_back(*figure);
    }
    const auto dimension = parseHistoryDimension(by);
    if (!dimension)
        return fail(
            Error::Kind::Invalid, "cannot group by '" + by + "'", {}, "penstockctl history --help names what it can");
    query.dimension = *dimension;
    return query;
}

/// `from` and `to` as given, or of the last `length`.
Result<std::pair<Time, Time>> rangeOf(const std::string& from, const std::string& to, Duration length)
{
    const auto now = wallClock();
    const auto first = momentOf(from), last = momentOf(to);
    if (!first || !last)
        return std::unexpected(first ? last.error() : first.error());
    const std::pair range(first->value_or(now - length), last->value_or(now));
    return range.second > range.first
        ? Result<std::pair<Time, Time>>(range)
        : fail(Error::Kind::Invalid, "the range ends before it has begun", {}, "write a --to after --from");
}

} // namespace

HistoryCommands::HistoryCommands(CLI::App& app)
    : m_history(
        app.add_subcommand("history", "what the fleets were doing, from this console's own record; connects nowhere")),
      m_tiers(m_history->add_subcommand("tiers", "what is kept: from, to, points and bytes of each length of points")),
      m_import(m_history->add_subcommand(
          "import", "play a replay directory into the history, by default into the last seven days")),
      m_events(m_history->add_subcommand(
          "events", "what happened to single GPUs: broken, in service again, lost, back, taken by another workload"))
{
    m_history->require_subcommand(0, 1);
    m_history
        ->add_option("--metric", m_metrics,
            "busy, idle, free, draining, unhealthy, unknown, gpus, utilisation, power, needed or unmet; desired, "
            "accepted "
            "or observed of backends; several with commas")
        ->delimiter(',');
    m_history->add_option("--by", m_by, "total, provider, region, cluster, model, workload, provider,model or backend");
    m_history
        ->add_option(
            "--key", m_keys, "only this one, e.g. azure, azure/eastus, 'azure/H100 80GB SXM'; may be given again")
        ->take_all();
    m_history->add_option(
        "--from", m_from, "2026-11-23, 2026-11-23T08:00:00Z, 2026-11-23T09:00:00+01:00, -1h or -13mo; without it -1h");
    m_history->add_option("--to", m_to, "likewise; without it now");
    m_history->add_option("--step", m_step, "between two rows, e.g. 10s, 1m, 1h")
        ->transform(CLI::AsNumberWithUnit(
            std::map<std::string, double> { { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 } }))
        ->check(CLI::Range(1.0, 1e8));
    m_history->add_flag("--weights", m_weights, "shares of backends: --by backend --metric desired,accepted,observed");
    m_history->add_flag("--local", m_local, "times of this machine's zone, with their offset, in tables and CSV");
    m_history->add_option("--file", m_file, "another history than this workspace's, e.g. a copy");
    m_events->add_option(
        "--since", m_from, "2026-11-23, 2026-11-23T08:00:00Z, 2026-11-23T09:00:00+01:00 or -1h; without it -1h");
    m_events->add_option("--until", m_to, "likewise; without it now");
    m_events->add_option("--scope", m_scope, "provider=azure,region=eastus,cluster=a,node=n1, or some of these");
    m_events
        ->add_option(
            "--kind", m_kinds, "unhealthy, healthy, lost, back, workload, removed or added; several with commas")
        ->delimiter(',');
    m_events->add_option("--most", m_most, "rows, the newest; without it 1000")->check(CLI::Range(1, 10'000'000));
    m_import->add_option("--replay", m_replay, "the directory")->required();
    m_import->add_option("--from", m_from, "where its beginning comes to lie: 2026-11-23, 2026-11-23T08:00:00Z or -30d; without it -7d");
    m_import->add_option("--to", m_to, "likewise, its end; without it now");
    m_import->add_option("--step", m_step, "between two points, e.g. 10s, 1m, 1h")
        ->transform(CLI::AsNumberWithUnit(std::map<std::string, double> { { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 } }))
        ->check(CLI::Range(1.0, 1e8));
    m_import->add_flag("--mix", m_mix,
        "also into a history of fleets that were really there; what is played in stays marked as simulated");
}

bool HistoryCommands::chosen() const
{
    return m_history->parsed();
}

int HistoryCommands::run(const Workspace& workspace, OutputFormat format) const
{
    const auto file = m_file.empty() ? defaultSessionOptions(workspace).historyFile : m_file;
    return m_tiers->parsed() ? tiers(file, format)
        : m_events->parsed() ? events(file, format)
        : m_import->parsed() ? import(workspace, file)
                             : read(file, format);
}

int HistoryCommands::read(const std::string& file, OutputFormat format) const
{
    const auto by = m_weights ? std::string(name(GroupPoint::Dimension::Backend)) : m_by;
    auto query = queryOf(m_weights ? std::vector<std::string> { "desired", "accepted", "observed" } : m_metrics, by);
    const auto range = rangeOf(m_from, m_to, 1h);
    if (!query || !range)
        return complain(query ? range.error() : query.error());
    query->keys = m_keys;
    std::tie(query->from, query->to) = *range;
    query->step = m_step > 0 ? std::chrono::seconds(std::llround(m_step)) : stepFor(query->to - query->from);
    auto opened = HistoryFile::openToRead(file);
    if (!opened)
        return complain(opened.error());
    const auto answer = opened->read(*query);
    if (!answer)
        return complain(answer.error());
    if (answer->step > query->step)
        std::cerr << "penstockctl: points of " << query->step.count() << " s are not kept as far back: these are of "
                  << answer->step.count() << " s\n";
    if (answer->damaged > 0)
        std::cerr << "penstockctl: " << answer->damaged << " parts of the history are damaged and left out\n";
    Rows rows(query->figures);
    bool simulated = false;
    for (const auto& series : answer->series)
        for (const auto& point : series.points) {
            rows.add(
                series, point, m_local && format != OutputFormat::JsonText ? localStamp(point.at) : stamp(point.at));
            simulated = simulated || point.simulated > 0;
        }
    if (simulated)
        std::cerr << "penstockctl: simulated or replayed: not a measurement of what was there\n";
    Titles columns { { "at", "at" }, { "key", by } };
    Json metrics = Json::array();
    for (const auto figure : query->figures) {
        const std::string metric(name(figure));
        metrics.push_back(metric);
        for (const char* which : { "", "_min", "_max" })
            columns.emplace_back(metric + which, which[0] == 0 ? metric : which + 1);
    }
    columns.emplace_back("seconds", "seconds");
    if (simulated)
        columns.emplace_back("simulated", "simulated");
    print("history",
        { { "simulated", simulated }, { "metrics", metrics }, { "by", by }, { "from", stamp(query->from) },
            { "to", stamp(query->to) }, { "step_s", answer->step.count() } },
        rows.listed(), columns, format);
    return answer->damaged > 0 ? NoConnection : Done;
}

int HistoryCommands::tiers(const std::string& file, OutputFormat format) const
{
    auto opened = HistoryFile::openToRead(file);
    if (!opened)
        return complain(opened.error());
    const auto states = opened->tiers();
    const auto bytes = opened->bytes();
    const auto events = opened->eventsKept();
    if (!states || !bytes || !events)
        return complain(!states ? states.error() : !bytes ? bytes.error() : events.error());
    for (const auto& earlier : HistoryFile::setAsideBefore(file))
        std::cerr << "penstockctl: " << earlier << '\n';
    const auto when = [&](const std::optional<Time>& time) {
        return !time ? Json(nullptr)
                     : Json(m_local && format != OutputFormat::JsonText ? localStamp(*time) : stamp(*time));
    };
    Json rows = Json::array();
    for (const auto& it : *states)
        rows.push_back({ { "tier", it.tier.name }, { "from", when(it.from) }, { "to", when(it.to) },
            { "points", it.points }, { "bytes", it.bytes } });
    print("history-tiers",
        { { "file", file }, { "bytes", *bytes },
            { "events", { { "from", when(events->from) }, { "to", when(events->to) }, { "kept", events->events } } } },
        rows,
        { { "tier", "points of" }, { "from", "from" }, { "to", "to" }, { "points", "points" }, { "bytes", "bytes" } },
        format);
    if (format == OutputFormat::Table)
        std::cout << "\n" << file << ": " << *bytes << " bytes, " << events->events << " events\n";
    return Done;
}

int HistoryCommands::events(const std::string& file, OutputFormat format) const
{
    const auto range = rangeOf(m_from, m_to, 1h);
    if (!range)
        return complain(range.error());
    EventQuery query { .from = range->first, .to = range->second, .most = m_most };
    if (!m_scope.empty()) {
        const auto scope = Scope::parse(m_scope);
        if (!scope)
            return complain(scope.error());
        query.scope = *scope;
    }
    for (const auto& text : m_kinds) {
        const auto kind = parseEventKind(text);
        if (!kind)
            return complain({ Error::Kind::Invalid, "there is no event of kind '" + text + "'", {},
                "penstockctl history events --help names them" });
        query.kinds.push_back(*kind);
    }
    auto opened = HistoryFile::openToRead(file);
    if (!opened)
        return complain(opened.error());
    const auto answer = opened->events(query);
    if (!answer)
        return complain(answer.error());
    if (!answer->isWhole)
        std::cerr << "penstockctl: the newest " << m_most << " are shown; --most N shows more\n";
    Json rows = Json::array();
    bool simulated = false;
    for (const auto& event : answer->events) {
        rows.push_back(rowOf(
            event, m_local && format != OutputFormat::JsonText ? localStamp(event.at) : stamp(event.at), format));
        simulated = simulated || event.simulated;
    }
    if (simulated)
        std::cerr << "penstockctl: simulated or replayed: not a measurement of what was there\n";
    Titles columns { { "at", "at" }, { "kind", "event" }, { "gpus", "GPUs" }, { "provider", "provider" },
        { "region", "region" }, { "cluster", "cluster" }, { "node", "node" }, { "which", "which" },
        { "reason", "why" }, { "before", "from" }, { "workload", "to" } };
    if (simulated)
        columns.emplace_back("simulated", "simulated");
    print("history-events",
        { { "simulated", simulated }, { "from", stamp(query.from) }, { "to", stamp(query.to) },
            { "whole", answer->isWhole } },
        rows, columns, format);
    return Done;
}

int HistoryCommands::import(const Workspace& workspace, const std::string& file) const
{
    const auto range = rangeOf(m_from, m_to, std::chrono::days(7));
    if (!range)
        return complain(range.error());
    ReplayImport what { .directory = m_replay,
        .historyFile = file,
        .from = std::chrono::floor<std::chrono::seconds>(range->first),
        .to = range->second,
        .besideMeasured = m_mix };
    if (m_step > 0)
        what.step = std::chrono::seconds(std::llround(m_step));
    auto done = importReplay(workspace, what);
    if (!done && done.error().kind == Error::Kind::Corrupt) {
        // It shows only when it is written that a history is damaged; then it has been set aside, and there is room for another.
        std::cerr << "penstockctl: " << done.error().text() << '\n';
        done = importReplay(workspace, what);
    }
    if (!done)
        return complain(done.error());
    const auto left = (what.to - what.from + what.step - Duration(1)) / what.step - *done;
    std::cerr << "penstockctl: " << file << ": " << *done << " points played in, marked as simulated" << (left > 0 ? "; " + std::to_string(left) + " left out, where something was kept already" : std::string()) << '\n';
    return Done;
}

} // namespace penstock
