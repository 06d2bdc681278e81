// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <QGuiApplication>
#include <QRegularExpression>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <poll.h>
#include <unistd.h>

#include "audit.h"
#include "costreport.h"
#include "forecastcommand.h"
#include "historycommands.h"
#include "http/httpclient.h"
#include "plancommands.h"
#include "report.h"
#include "reportcommand.h"
#include "secretcommand.h"
#include "session/capacityreport.h"
#include "session/demo.h"
#include "session/detect.h"
#include "waiter.h"

using namespace penstock;

namespace {

struct Arguments
{
    std::string workspace, by = "provider", costBy = "provider", file, secret;
    std::string scope, model, workload, sort;
    std::vector<std::string> conditions, signIn;
    std::size_t limit = 20;
    bool ascending = false, unhealthy = false;
    Endpoint probed;
    std::string endpoint, from, to;
    double step = 15;
    bool save = false;
    OutputFormat format = OutputFormat::Table;
    double timeout = 10;
    bool watch = false, readOnly = false;
};

int checkWorkspace(const std::string& file, OutputFormat format)
{
    const auto workspace = loadWorkspace(file);
    std::vector<std::string> errors;
    if (workspace) {
        for (const auto& it : workspace->endpoints)
            for (const auto& [key, path] : { std::pair { "ca", it.ca }, std::pair { "path", it.path } })
                if (!path.empty() && !std::filesystem::exists(path))
                    errors.push_back(file + ": endpoint " + it.name + ": " + key + " names " + path + ", which is not there");
    } else
        for (const auto& error : workspace.error())
            errors.push_back(error.text());
    if (format == OutputFormat::JsonText) {
        Json made { { "schema", "penstock.workspace-check/1" }, { "file", file }, { "good", errors.empty() }, { "errors", errors } };
        if (workspace)
            made.update({ { "endpoints", workspace->endpoints.size() }, { "workloads", workspace->workloads.size() }, { "routes", workspace->routes.size() } });
        std::cout << made.dump(2) << '\n';
    } else
        for (const auto& error : errors)
            std::cerr << error << '\n';
    if (errors.empty() && format != OutputFormat::JsonText)
        std::cout << file << ": " << workspace->endpoints.size() << " endpoints, " << workspace->workloads.size() << " workloads, " << workspace->routes.size() << " routes, no errors\n";
    return errors.empty() ? Done : Refused;
}

enum class DemoNotice { Said, Checked, NotSaid };

std::optional<Workspace> openWorkspace(const std::string& given, DemoNotice notice)
{
    const auto standard = defaultWorkspaceFile();
    const auto path = !given.empty() ? given : std::filesystem::exists(standard) ? standard : std::string();
    if (path.empty() && notice == DemoNotice::Said)
        std::cerr << "penstockctl: no workspace given and none at " << standard << ": showing the demo (simulated)\n";
    if (path.empty() && notice == DemoNotice::Checked)
        std::cerr << "penstockctl: THIS IS THE DEMO, no endpoint of yours is checked: no workspace was given and none is at " << standard << "; name one with --workspace FILE, or add an endpoint with `penstockctl endpoints probe ADDRESS --save`\n";
    auto workspace = path.empty() ? demoWorkspace() : loadWorkspace(path);
    if (workspace)
        return *workspace;
    for (const auto& error : workspace.error())
        std::cerr << error.text() << '\n';
    return std::nullopt;
}

std::optional<std::vector<Dimension>> dimensions(const std::string& text)
{
    static const std::map<std::string, Dimension> known { { "provider", Dimension::Provider }, { "region", Dimension::Region },
        { "cluster", Dimension::Cluster }, { "model", Dimension::Model }, { "workload", Dimension::Workload }, { "state", Dimension::State } };
    std::vector<Dimension> result;
    std::istringstream in(text);
    for (std::string word; std::getline(in, word, ',');) {
        const auto found = known.find(word);
        if (found == known.end()) {
            std::cerr << "penstockctl: cannot group by '" << word << "'; write some of provider,region,cluster,model,workload,state\n";
            return std::nullopt;
        }
        if (std::ranges::find(result, found->second) == result.end())
            result.push_back(found->second);
    }
    return result;
}

int exitOf(const Error& error)
{
    std::cerr << "penstockctl: " << error.text() << (error.kind == Error::Kind::Corrupt && error.hint.empty() ? "; an open console sets a damaged history aside and begins a new one" : "") << '\n';
    return error.kind == Error::Kind::Invalid ? Usage : error.kind == Error::Kind::Unavailable ? NoConnection : Refused;
}

constexpr double longestSecondLook = 6; ///< seconds, for what a first picture lacks

/// The store of a cluster's telemetry has told nothing yet, while its nodes are known.
bool isUnmeasuredYet(const EndpointStatus& it) { return it.kind == "kubernetes" && it.partial && it.series == 0; }

/// Waits for the first whole picture of every endpoint; the names of those that did not answer.
std::vector<std::string> waitForFleets(Session& session, Waiter& waiter, double timeout)
{
    waiter.wait(session, timeout, [&] {
        return std::ranges::all_of(session.endpoints(), [](const EndpointStatus& it) { return it.connection == Connection::Live && !it.fromCache && it.observed; });
    });
    waiter.wait(session, std::min(timeout, longestSecondLook), [&] { return std::ranges::none_of(session.endpoints(), isUnmeasuredYet); });
    return missing(session);
}

/// With those that answered in part, or with what is long past, which stderr then says.
std::vector<std::string> withPartial(std::vector<std::string> silent, const Session& session)
{
    for (const auto& it : session.endpoints()) {
        if (it.connection != Connection::Live || !(it.partial || it.stale) || std::ranges::find(silent, it.name) != silent.end())
            continue;
        silent.push_back(it.name);
        std::cerr << "penstockctl: endpoint " << it.name << (it.partial ? " answers in part: " + it.partial->text() : " answers, and what it tells is of the past: its data are stale") << '\n';
    }
    return silent;
}

/// `partial`: of withPartial().
int exitOf(const std::vector<std::string>& partial) { return partial.empty() ? Done : NoConnection; }

int gpus(Session& session, Waiter& waiter, const Arguments& arguments)
{
    GpuQuery query;
    const auto refuse = [](const std::string& why) {
        std::cerr << "penstockctl: " << why << '\n';
        return Usage;
    };
    for (const auto& text : arguments.conditions) {
        const auto condition = parseCondition(text);
        if (!condition)
            return refuse(condition.error().text());
        query.where.push_back(*condition);
    }
    if (!arguments.scope.empty()) {
        const auto scope = Scope::parse(arguments.scope);
        if (!scope)
            return refuse(scope.error().text());
        query.filter.scope = *scope;
    }
    if (!arguments.sort.empty()) {
        query.orderBy = parseGpuColumn(arguments.sort);
        if (!query.orderBy)
            return refuse("cannot sort by '" + arguments.sort + "'; write util, temp, power, mem, age, state or health");
    }
    query.filter.model = arguments.model;
    query.filter.workload = arguments.workload;
    query.descending = !arguments.ascending;
    query.limit = arguments.limit;
    const auto partial = withPartial(waitForFleets(session, waiter, arguments.timeout), session);
    const auto snapshot = session.snapshot();
    if (snapshot->structure().clusters.empty() && !partial.empty())
        return NoConnection;
    if (arguments.unhealthy)
        std::cout << unhealthyReport(*snapshot, troubles(*snapshot, query.filter.scope, query.limit == 0 ? maximumGpus : query.limit), partial, arguments.format);
    else
        std::cout << gpusReport(*snapshot, find(*snapshot, query), count(*snapshot, query), partial, arguments.format);
    return exitOf(partial);
}

int nodes(Session& session, Waiter& waiter, const Arguments& arguments)
{
    Scope scope;
    if (!arguments.scope.empty()) {
        const auto parsed = Scope::parse(arguments.scope);
        if (!parsed)
            return exitOf(parsed.error());
        scope = *parsed;
    }
    const auto partial = withPartial(waitForFleets(session, waiter, arguments.timeout), session);
    if (session.snapshot()->structure().clusters.empty() && !partial.empty())
        return NoConnection;
    std::cout << nodesReport(*session.snapshot(), scope, arguments.limit, partial, arguments.format);
    return exitOf(partial);
}

int history(const Workspace& workspace, const Arguments& arguments)
{
    const auto from = momentOf(arguments.from), to = momentOf(arguments.to);
    if (!from || !to)
        return exitOf(from ? to.error() : from.error());
    const auto now = wallClock();
    const auto step = std::chrono::milliseconds(std::llround(arguments.step * 1000));
    const auto told = historyOf(workspace, arguments.endpoint, from->value_or(now - recentHistoryLength), to->value_or(now), step);
    if (!told)
        return exitOf(told.error());
    for (const auto& it : told->warnings)
        std::cerr << "penstockctl: the store warns: " << it << '\n';
    std::cout << historyReport(arguments.endpoint, *told, arguments.format);
    return Done;
}

/// What a workspace file lacks, in the words of the command line.
Error asOption(Error error)
{
    static const QRegularExpression key(QStringLiteral(R"re(add (\w+) = "([^"]*)")re"));
    const bool isOfSignIn = error.where == "sign_in";
    error.hint = QString::fromStdString(error.hint).replace(key, isOfSignIn ? QStringLiteral("add --sign-in \\1=\\2") : QStringLiteral("add --\\1 \\2")).toStdString();
    return error;
}

/// "kind=azure", "tenant=contoso.example" and others, by the keys of the workspace file.
Result<SignInAddress> signInOf(const std::vector<std::string>& words)
{
    SignInAddress made;
    const std::map<std::string_view, std::string*> fields { { "kind", &made.kind }, { "region", &made.region }, { "access_key", &made.accessKey }, { "secret_key", &made.secretKey }, { "session_token", &made.sessionToken }, { "profile", &made.profile },
        { "key", &made.key }, { "tenant", &made.tenant }, { "client_id", &made.clientId }, { "client_secret", &made.clientSecret }, { "resource", &made.resource }, { "authority", &made.authority } };
    for (const auto& word : words) {
        const auto equals = word.find('=');
        const auto key = word.substr(0, equals), value = equals == std::string::npos ? std::string() : word.substr(equals + 1);
        if (const auto found = fields.find(key); found != fields.end() && !value.empty())
            *found->second = value;
        else if (key == "exchange" && (value == "true" || value == "false"))
            made.exchanges = value == "true";
        else
            return fail(Error::Kind::Invalid, equals == std::string::npos ? "a part of --sign-in is no KEY=VALUE" : "--sign-in has no key '" + key + "', or it takes another value", {}, "write kind=aws, google or azure, and what it needs; docs/sign-in.md has the keys of each");
    }
    return made;
}

/// Looks at an endpoint that the workspace does not have yet.
int probe(QCoreApplication& qt, const Workspace& workspace, const Arguments& arguments)
{
    auto asked = arguments.probed;
    if (!asked.context.empty()) {
        asked.kind = "kubernetes";
        asked.name = asked.name.empty() ? asked.context : asked.name;
    }
    auto signIn = signInOf(arguments.signIn);
    if (!signIn)
        return exitOf(signIn.error());
    asked.signIn = std::move(*signIn);
    const auto found = detectKind(std::move(asked), std::make_shared<HttpClient>());
    if (!found)
        return exitOf(asOption(found.error()));
    const auto checked = checkEndpoint(*found);
    if (!checked)
        return exitOf(asOption(checked.error()));
    auto alone = workspace;
    alone.routes.clear();
    alone.endpoints = { *checked };
    Session session(std::move(alone), { .cacheFile = {}, .journalFile = {}, .auditFile = {}, .readOnly = true, .person = {} });
    Waiter waiter(qt);
    session.start();
    const auto silent = waitForFleets(session, waiter, arguments.timeout);
    std::cout << endpointsReport(session.endpoints(), arguments.format);
    if (arguments.format == OutputFormat::Table && silent.empty())
        std::cout << '\n' << fleetReport(*session.snapshot(), { Dimension::Provider, Dimension::Region, Dimension::Cluster }, {}, arguments.format, false) << coverageReport(*session.snapshot());
    if (!silent.empty())
        return NoConnection;
    if (!arguments.save)
        return Done;
    const auto file = isDemo(workspace) ? defaultWorkspaceFile() : workspace.file;
    if (const auto saved = addEndpoint(file, *found, newWorkspace); !saved)
        return exitOf(saved.error());
    std::cerr << "penstockctl: saved as " << found->name << " in " << file << '\n';
    return Done;
}

int demand(Session& session, Waiter& waiter, const Arguments& arguments)
{
    const auto partial = withPartial(waitForFleets(session, waiter, arguments.timeout), session);
    if (session.snapshot()->structure().clusters.empty() && !partial.empty())
        return NoConnection;
    // Demand follows the fleet; of servers that are scraped directly a rate takes two looks.
    const bool scrapes = std::ranges::any_of(session.workspace().endpoints, [](const Endpoint& it) { return !it.metrics.empty(); });
    const auto first = session.snapshot()->asOf();
    waiter.wait(session, scrapes ? 3 : 1, [&] { return session.snapshot()->asOf() - first > std::chrono::milliseconds(scrapes ? 2'500 : 0); });
    std::cout << demandReport(*session.snapshot(), partial, arguments.format);
    return exitOf(partial);
}

/// Whose fleets they are, as what is exported says it.
std::string sourceOf(const Workspace& workspace) { return workspace.name.empty() ? "this workspace" : workspace.name; }

int cost(Session& session, Waiter& waiter, const Arguments& arguments)
{
    const auto partial = withPartial(waitForFleets(session, waiter, arguments.timeout), session);
    const auto snapshot = session.snapshot();
    if (snapshot->structure().clusters.empty() && !partial.empty())
        return NoConnection;
    const auto today = std::chrono::floor<std::chrono::days>(wallClock());
    std::cout << costReport(
        costOf(*snapshot, priceBookOf(session.workspace()), today), arguments.costBy, partial, sourceOf(session.workspace()) + ", live", arguments.format);
    return exitOf(partial);
}

int fleet(Session& session, Waiter& waiter, const Arguments& arguments)
{
    const auto by = dimensions(arguments.by);
    if (!by)
        return Usage;
    const auto partial = withPartial(waitForFleets(session, waiter, arguments.timeout), session);
    if (session.snapshot()->structure().clusters.empty() && !partial.empty())
        return NoConnection;
    std::cout << fleetReport(*session.snapshot(), *by, partial, arguments.format, arguments.watch) << std::flush;
    if (!arguments.watch)
        return exitOf(partial);
    while (!waiter.signalled()) {
        const auto last = session.snapshot()->asOf();
        if (waiter.wait(session, -1, [&] { return session.snapshot()->asOf() - last >= std::chrono::seconds(1); })) {
            std::vector<std::string> late;
            for (const auto& it : session.endpoints())
                if (!it.isWhole())
                    late.push_back(it.name);
            std::cout << fleetReport(*session.snapshot(), *by, late, arguments.format, true) << std::flush;
        }
    }
    return Done;
}

} // namespace

static int run(int argc, char** argv)
{
    setenv("GRPC_VERBOSITY", "NONE", 0); // what goes wrong is said in our own words
    CLI::App app { "Penstock in a terminal: fleets, routes, shifts.", "penstockctl" };
    app.set_version_flag("--version", std::string("penstockctl ") + PENSTOCK_VERSION);
    app.require_subcommand(0, 1);
    app.fallthrough();
    Arguments arguments;
    // A script's typing error must not wait for ever, or not at all.
    const CLI::Range notNegative(0.0, 1e6);
    const std::map<std::string, OutputFormat> formats { { "table", OutputFormat::Table }, { "json", OutputFormat::JsonText }, { "csv", OutputFormat::Csv } };
    app.add_option("--workspace", arguments.workspace, "workspace file; without it " + defaultWorkspaceFile() + ", else the demo");
    app.add_option("-o,--output", arguments.format, "table, json or csv")->transform(CLI::CheckedTransformer(formats).description("FORMAT"));
    app.add_option("--timeout", arguments.timeout, "longest wait for a first whole picture, e.g. 10s")
        ->transform(CLI::AsNumberWithUnit(std::map<std::string, double> { { "s", 1 }, { "m", 60 }, { "ms", 0.001 } }))
        ->check(notNegative);
    app.add_flag("--read-only", arguments.readOnly, "refuse everything that writes to a router or to the journal");
    auto* fleetCommand = app.add_subcommand("fleet", "GPUs by state, summed by what you choose");
    fleetCommand->add_option("--by", arguments.by, "provider,region,cluster,model,workload,state");
    fleetCommand->add_flag("--watch", arguments.watch, "print again every second");
    auto* gpusCommand = app.add_subcommand("gpus", "single GPUs that meet conditions, e.g. gpus 'temp>85' --sort temp");
    auto* conditions = gpusCommand->add_option("conditions", arguments.conditions, "temp>85, util<=5, power>600W, mem>70GiB, age>10m, state=idle, health=xid; all must hold");
    gpusCommand->add_option("--in", arguments.scope, "provider=azure,region=eastus,cluster=...,node=...");
    auto* model = gpusCommand->add_option("--model", arguments.model, "H100 means every H100");
    auto* workload = gpusCommand->add_option("--workload", arguments.workload);
    auto* sort = gpusCommand->add_option("--sort", arguments.sort, "util, temp, power, mem, age, state or health; the greatest first");
    gpusCommand->add_flag("--ascending", arguments.ascending, "the least first");
    gpusCommand->add_option("--limit", arguments.limit, "0: all");
    gpusCommand->add_flag("--unhealthy", arguments.unhealthy, "those that need a look, with reason, what they held, first and last seen; only --in and --limit go with it")
        ->excludes(conditions)
        ->excludes(model)
        ->excludes(workload)
        ->excludes(sort);
    auto* nodesCommand = app.add_subcommand("nodes", "nodes with their type of instance, GPUs and memory");
    nodesCommand->add_option("--in", arguments.scope, "provider=azure,region=eastus,cluster=...,node=...");
    nodesCommand->add_option("--limit", arguments.limit, "0: all");
    auto* demandCommand = app.add_subcommand("demand", "GPUs that workloads ask for, and how their inference servers serve");
    auto* costCommand = app.add_subcommand("cost", "what the GPUs cost now: rented, allocated, used, idle");
    costCommand->add_option("--by", arguments.costBy, "total, provider, model, workload or provider,model")
        ->check(CLI::IsMember({ "total", "provider", "model", "workload", "provider,model" }));
    auto* routesCommand = app.add_subcommand("routes", "desired, accepted and observed weights");
    PlanCommands plans(app);
    ForecastCommand forecasts(app);
    HistoryCommands remembered(app);
    ReportCommand reports(app);
    auto* endpointsCommand = app.add_subcommand("endpoints", "what the console connects to")->require_subcommand(1);
    auto* checkCommand = endpointsCommand->add_subcommand("check", "connect to each and say how it went");
    auto* probeCommand = endpointsCommand->add_subcommand("probe", "look what an address is and shows, before it is in the workspace");
    probeCommand->add_option("address", arguments.probed.url, "https://..., http://HOST:9400 or grpcs://HOST:7443");
    probeCommand->add_option("--context", arguments.probed.context, "of the kubeconfig, instead of an address");
    probeCommand->add_option("--prometheus", arguments.probed.prometheus, "with a context: the store that measures its GPUs");
    for (const auto& [option, value, help] : { std::tuple("--name", &arguments.probed.name, "without it the host's"), std::tuple("--kind", &arguments.probed.kind, "without it found out"),
             std::tuple("--token", &arguments.probed.token, "keychain:NAME, env:NAME or file:PATH"), std::tuple("--user", &arguments.probed.user, "where the token is a password"),
             std::tuple("--tenant", &arguments.probed.tenant, "of a store of many, as Mimir"), std::tuple("--ca", &arguments.probed.ca, "PEM file; without it the system's authorities"),
             std::tuple("--provider", &arguments.probed.provider, "where it can't tell"), std::tuple("--region", &arguments.probed.region, "where it can't tell"), std::tuple("--cluster", &arguments.probed.cluster, "where it can't tell") })
        probeCommand->add_option(option, *value, help);
    probeCommand->add_option("--sign-in", arguments.signIn, "to a managed store: KEY=VALUE,... as in the workspace file, e.g. tenant=ID,client_id=ID,client_secret=env:NAME; kind where the address can't tell")->delimiter(',')->allow_extra_args(false);
    probeCommand->add_flag("--save", arguments.save, "write it into the workspace file");
    auto* historyCommand = endpointsCommand->add_subcommand("history", "what the store of an endpoint of kind prometheus remembers of all its GPUs");
    historyCommand->add_option("name", arguments.endpoint, "of the endpoint")->required();
    historyCommand->add_option("--from", arguments.from, "2026-11-23, 2026-11-23T08:00:00Z or -1h; without it -15m");
    historyCommand->add_option("--to", arguments.to, "likewise; without it now");
    historyCommand->add_option("--step", arguments.step, "between two rows, e.g. 15s, 1m")
        ->transform(CLI::AsNumberWithUnit(std::map<std::string, double> { { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 }, { "ms", 0.001 } }))
        ->check(notNegative);
    auto* workspaceCommand = app.add_subcommand("workspace", "the workspace file")->require_subcommand(1);
    auto* check = workspaceCommand->add_subcommand("check", "name every error by file, line and column");
    check->add_option("file", arguments.file)->required();
    auto* secretCommands = app.add_subcommand("secret", "secrets in the system's keychain, which a workspace names keychain:NAME")->require_subcommand(1);
    for (const auto& [verb, help] : { std::pair("set", "keep what is typed, or comes in from a file or a pipe"), std::pair("remove", "forget it"), std::pair("check", "say whether it is there") })
        secretCommands->add_subcommand(verb, help)->add_option("name", arguments.secret)->required();
    AuditArguments records;
    auto* auditCommands = app.add_subcommand("audit", "the tamper-evident record of all decisions")->require_subcommand(1);
    auditCommands->add_option("--log", records.log, "another log than this account's, e.g. a copy");
    auto* auditList = auditCommands->add_subcommand("list", "one line a record");
    auto* auditVerify = auditCommands->add_subcommand("verify", "find any change, removal or reordering, and say where");
    auditVerify->add_option("file,--file", records.file, "an exported FILE.jsonl, which is checked by itself instead");
    auto* auditShow = auditCommands->add_subcommand("show", "everything that a record holds");
    auditShow->add_option("record", records.what, "a record's number, a shift (S-7) or the beginning of a plan's hash")->required();
    auto* auditExport = auditCommands->add_subcommand("export", "write records to a file that `audit verify FILE.jsonl` checks, or to one to read");
    auditExport->add_option("file", records.what, "FILE.jsonl (JSON lines) or FILE.pdf (a report)")->required();
    auditExport->add_flag("--force", records.force, "replace a file that is there");
    for (auto* it : { auditList, auditExport }) {
        it->add_option("--shift", records.shift, "only this shift, e.g. S-7");
        it->add_option("--since", records.since, "only from then on: 2026-11-23, 2026-11-23T08:00:00Z or -1h");
        it->add_option("--until", records.until, "only before then");
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? Done : Usage;
    }
    if (app.get_subcommands().empty()) {
        std::cerr << "penstockctl: say what to do: fleet, nodes, gpus, demand, cost, routes, plan, board, shift, evacuate, shifts, approve, history, forecast, report, audit, secret, endpoints check, endpoints history, endpoints probe or workspace check; --help says more\n";
        return Usage;
    }

    if (*check) {
        return checkWorkspace(arguments.file, arguments.format);
    }

    if (*secretCommands) {
        const QCoreApplication application(argc, argv);
        const auto done = secretCommand(secretCommands->get_subcommands().front()->get_name(), arguments.secret);
        if (!done)
            return exitOf(done.error());
        std::cout << *done << '\n';
        return Done;
    }

    if (*auditCommands) {
        records.verb = auditCommands->get_subcommands().front()->get_name();
        return auditCommand(records, arguments.format, argc, argv);
    }

    // Taken by a signalfd; every thread made from here on inherits the mask.
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGTERM);
    // A dropped connection pauses as Ctrl-C does, and a reader that has seen enough ends nothing.
    sigaddset(&ending, SIGHUP);
    std::signal(SIGPIPE, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, &ending, nullptr);
    // Paper needs fonts and no screen.
    if (reports.chosen())
        qputenv("QT_QPA_PLATFORM", "offscreen");
    const std::unique_ptr<QCoreApplication> application(
        reports.chosen() ? new QGuiApplication(argc, argv) : new QCoreApplication(argc, argv));
    auto& qt = *application;
    auto workspace = openWorkspace(arguments.workspace, *probeCommand || (remembered.chosen() && remembered.namesFile()) ? DemoNotice::NotSaid : *checkCommand ? DemoNotice::Checked : DemoNotice::Said);
    if (!workspace)
        return Refused;
    if (*probeCommand)
        return probe(qt, *workspace, arguments);
    if (*historyCommand)
        return history(*workspace, arguments);
    if (forecasts.chosen()) {
        const auto told = forecasts.run(*workspace, arguments.format);
        if (!told)
            return exitOf(told.error());
        std::cout << *told;
        return Done;
    }
    if (reports.chosen())
        if (const auto may = reports.mayWrite(*workspace); !may)
            return exitOf(may.error());
    if (remembered.chosen())
        return remembered.run(*workspace, arguments.format);
    auto options = defaultSessionOptions(*workspace);
    options.readOnly = arguments.readOnly;
    // One that looks for a moment must not keep a console from writing.
    const auto historyFile = std::exchange(options.historyFile, {});
    Session session(std::move(*workspace), options);
    if (!session.notice().isEmpty())
        std::cerr << session.notice().toStdString() << '\n';
    Waiter waiter(qt);
    session.start();
    if (*gpusCommand)
        return gpus(session, waiter, arguments);
    if (*nodesCommand)
        return nodes(session, waiter, arguments);
    if (*fleetCommand)
        return fleet(session, waiter, arguments);
    if (reports.chosen()) {
        const auto partial = withPartial(waitForFleets(session, waiter, arguments.timeout), session);
        const auto done = reports.run(session, historyFile);
        return done ? exitOf(partial) : exitOf(done.error());
    }
    if (*demandCommand)
        return demand(session, waiter, arguments);
    if (*costCommand)
        return cost(session, waiter, arguments);
    if (plans.chosen())
        return plans.run(session, waiter, arguments.format, arguments.timeout);
    if (*routesCommand) {
        waiter.wait(session, arguments.timeout, [&] {
            return std::ranges::all_of(session.routes(), [](const RouteView& it) { return it.reading || it.error; });
        });
        waitForRequests(session, waiter, std::min(arguments.timeout, 2.0));
        std::cout << routesReport(session.routes(), arguments.format);
        const bool answered = std::ranges::any_of(session.routes(), [](const RouteView& it) { return it.reading.has_value(); });
        return answered || session.routes().empty() ? Done : NoConnection;
    }
    const bool isComplete = waiter.wait(session, arguments.timeout, [&] { return session.isComplete(); });
    // Two readings make a rate.
    if (isComplete)
        waiter.wait(session, std::min(arguments.timeout, longestSecondLook), [&] { return std::ranges::all_of(session.endpoints(), [](const EndpointStatus& it) { return (it.gpus == 0 || it.samplesPerSecond > 0) && !isUnmeasuredYet(it); }); });
    // Who reads the table alone must not take it for theirs.
    if (arguments.format == OutputFormat::Table && isDemo(session.workspace()))
        std::cout << "DEMO, SIMULATED: this is no endpoint of yours\n";
    std::cout << endpointsReport(session.endpoints(), arguments.format);
    return exitOf(withPartial(missing(session), session));
}

/// Who read the output has gone, as `head` does when it has seen enough.
static bool nobodyReads()
{
    pollfd output { STDOUT_FILENO, POLLOUT, 0 };
    return poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

int main(int argc, char** argv)
{
    const int exit = run(argc, argv);
    std::cout.flush();
    if (std::cout || exit != Done)
        return exit;
    if (nobodyReads())
        return Refused;
    std::cerr << "penstockctl: the output could not be written, and is not whole: is the disk full?\n";
    return Refused;
}
