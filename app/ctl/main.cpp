// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <QCoreApplication>
#include <QSocketNotifier>
#include <QTimer>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sys/signalfd.h>
#include <unistd.h>

#include "audit.h"
#include "planner/steps.h"
#include "report.h"
#include "session/demo.h"

using namespace penstock;

namespace {

enum Exit { Done = 0, Refused = 1, Usage = 2, NoConnection = 3 };

struct Arguments
{
    std::string workspace, by = "provider", route, to, reason, file;
    std::string scope, model, workload, sort;
    std::vector<std::string> conditions;
    std::size_t limit = 20;
    bool ascending = false;
    OutputFormat format = OutputFormat::Table;
    double timeout = 10, step = 10;
    double every = 30;
    bool watch = false, dryRun = false, yes = false;
};

std::optional<Workspace> openWorkspace(const std::string& given)
{
    const auto standard = defaultWorkspaceFile();
    const auto path = !given.empty() ? given : std::filesystem::exists(standard) ? standard : std::string();
    if (path.empty())
        std::cerr << "penstockctl: no workspace given and none at ~/.config/penstock/workspace.toml: showing the demo (simulated)\n";
    auto workspace = path.empty() ? demoWorkspace() : loadWorkspace(path);
    if (workspace)
        return *workspace;
    for (const auto& error : workspace.error())
        std::cerr << error.text() << '\n';
    return std::nullopt;
}

/// Runs the event loop until `done`, a deadline or a signal. False at the deadline or on a signal.
class Waiter
{
public:
    explicit Waiter(QCoreApplication& app) : m_app(app)
    {
        sigset_t wanted;
        sigemptyset(&wanted);
        sigaddset(&wanted, SIGINT);
        sigaddset(&wanted, SIGTERM);
        m_fd = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
        m_notifier = std::make_unique<QSocketNotifier>(m_fd, QSocketNotifier::Read);
        QObject::connect(m_notifier.get(), &QSocketNotifier::activated, &app, [this] {
            signalfd_siginfo info;
            while (::read(m_fd, &info, sizeof info) == sizeof info) {}
            m_signalled = true;
            m_app.exit(1);
        });
    }
    ~Waiter() { ::close(m_fd); }
    bool wait(Session& session, double seconds, const std::function<bool()>& done)
    {
        if (done())
            return true;
        const auto check = [&] {
            if (done())
                m_app.exit(0);
        };
        QObject context;
        QObject::connect(&session, &Session::published, &context, check);
        QObject::connect(&session, &Session::routesChanged, &context, check);
        QTimer deadline;
        deadline.setSingleShot(true);
        QObject::connect(&deadline, &QTimer::timeout, &context, [this] { m_app.exit(1); });
        if (seconds >= 0)
            deadline.start(static_cast<int>(seconds * 1000));
        m_signalled = false;
        return m_app.exec() == 0;
    }
    [[nodiscard]] bool signalled() const { return m_signalled; }

private:
    QCoreApplication& m_app;
    int m_fd = -1;
    std::unique_ptr<QSocketNotifier> m_notifier;
    bool m_signalled = false;
};

/// Says on stderr which endpoints did not answer; their names.
std::vector<std::string> missing(const Session& session)
{
    std::vector<std::string> names;
    for (const auto& it : session.endpoints())
        if (it.connection != Connection::Live || it.fromCache || !it.observed) {
            names.push_back(it.name);
            std::cerr << "penstockctl: endpoint " << it.name << " did not answer"
                      << (it.error ? ": " + it.error->text() : std::string()) << '\n';
        }
    return names;
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

/// Waits for the first whole picture of every endpoint; the names of those that did not answer.
std::vector<std::string> waitForFleets(Session& session, Waiter& waiter, double timeout)
{
    waiter.wait(session, timeout, [&] {
        return std::ranges::all_of(session.endpoints(), [](const EndpointStatus& it) { return it.connection == Connection::Live && !it.fromCache && it.observed; });
    });
    return missing(session);
}

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
    const auto partial = waitForFleets(session, waiter, arguments.timeout);
    const auto snapshot = session.snapshot();
    if (snapshot->structure().clusters.empty() && !partial.empty())
        return NoConnection;
    std::cout << gpusReport(*snapshot, find(*snapshot, query), count(*snapshot, query), partial, arguments.format);
    return Done;
}

int fleet(Session& session, Waiter& waiter, const Arguments& arguments)
{
    const auto by = dimensions(arguments.by);
    if (!by)
        return Usage;
    const auto partial = waitForFleets(session, waiter, arguments.timeout);
    if (session.snapshot()->structure().clusters.empty() && !partial.empty())
        return NoConnection;
    std::cout << fleetReport(*session.snapshot(), *by, partial, arguments.format, arguments.watch) << std::flush;
    if (!arguments.watch)
        return partial.size() == session.endpoints().size() && !partial.empty() ? NoConnection : Done;
    while (!waiter.signalled()) {
        const auto last = session.snapshot()->asOf();
        if (waiter.wait(session, -1, [&] { return session.snapshot()->asOf() - last >= std::chrono::seconds(1); })) {
            std::vector<std::string> late;
            for (const auto& it : session.endpoints())
                if (it.connection != Connection::Live)
                    late.push_back(it.name);
            std::cout << fleetReport(*session.snapshot(), *by, late, arguments.format, true) << std::flush;
        }
    }
    return Done;
}

int shift(Session& session, Waiter& waiter, const Arguments& arguments)
{
    const auto route = std::ranges::find(session.routes(), arguments.route, [](const RouteView& it) { return it.route.name; });
    if (route == session.routes().end()) {
        std::cerr << "penstockctl: the workspace has no route '" << arguments.route << "'\n";
        return Usage;
    }
    const auto target = parseTarget(arguments.to, route->route);
    if (!target) {
        std::cerr << "penstockctl: " << target.error().text() << '\n';
        return Usage;
    }
    waiter.wait(session, arguments.timeout, [&] { return session.isComplete(); });
    missing(session);
    const auto& view = session.routes()[static_cast<std::size_t>(route - session.routes().begin())];
    if (!view.reading) {
        std::cerr << "penstockctl: " << (view.error ? view.error->text() : "the router does not answer") << '\n';
        return NoConnection;
    }
    const auto preview = session.preview(arguments.route, *target, arguments.step);
    if (!preview) {
        std::cerr << "penstockctl: " << preview.error().text() << '\n';
        return NoConnection;
    }
    (arguments.dryRun ? std::cout : std::cerr) << previewReport(view.route, *preview, arguments.dryRun ? arguments.format : OutputFormat::Table) << std::flush;
    if (arguments.dryRun)
        return preview->blocked() ? Refused : Done;
    if (preview->steps.empty() && !preview->blocked())
        return Done;
    if (arguments.reason.empty() || !arguments.yes) {
        std::cerr << "penstockctl: nothing was sent; to start it give --reason TEXT and --yes\n";
        return Usage;
    }
    const auto id = session.startShift(arguments.route, *target, arguments.step,
        std::chrono::milliseconds(static_cast<std::int64_t>(arguments.every * 1000)), arguments.reason);
    if (!id) {
        std::cerr << "penstockctl: " << id.error().text() << '\n';
        return Refused;
    }
    std::string last;
    const auto progress = [&] {
        if (!view.shift || view.shift->plan.id != *id)
            return false;
        const auto& status = *view.shift;
        std::ostringstream line;
        line << *id << " step " << status.step << " of " << status.plan.steps.size() << ": " << name(status.phase) << ", accepted";
        for (std::size_t i = 0; i < status.accepted.size(); ++i)
            line << (i ? " / " : " ") << std::round(status.accepted[i] * 10) / 10;
        if (!status.note.empty())
            line << " (" << status.note << ')';
        if (line.str() != last)
            std::cerr << (last = line.str()) << '\n';
        return isOver(status.phase) || status.phase == ShiftPhase::Paused;
    };
    if (!waiter.wait(session, -1, progress)) {
        std::cerr << "penstockctl: pausing; the weights stay as they are\n";
        session.pauseShift(arguments.route);
        waiter.wait(session, 5, progress);
    }
    const auto& status = *view.shift;
    if (status.error)
        std::cerr << "penstockctl: " << status.error->text() << '\n';
    if (status.phase == ShiftPhase::Done)
        return Done;
    std::cerr << "penstockctl: " << *id << " is " << name(status.phase) << "; the router's last known weights are";
    for (std::size_t i = 0; i < status.accepted.size(); ++i)
        std::cerr << ' ' << view.route.backends[i].name << '=' << std::round(status.accepted[i] * 10) / 10;
    std::cerr << '\n';
    return Refused;
}

} // namespace

int main(int argc, char** argv)
{
    setenv("GRPC_VERBOSITY", "NONE", 0); // what goes wrong is said in our own words
    CLI::App app { "Penstock in a terminal: fleets, routes, shifts.", "penstockctl" };
    app.set_version_flag("--version", std::string("penstockctl ") + PENSTOCK_VERSION);
    app.require_subcommand(0, 1);
    app.fallthrough();
    Arguments arguments;
    // A script's typing error must not wait for ever, or not at all.
    const CLI::Range notNegative(0.0, 1e6);
    const std::map<std::string, OutputFormat> formats { { "table", OutputFormat::Table }, { "json", OutputFormat::Json }, { "csv", OutputFormat::Csv } };
    app.add_option("--workspace", arguments.workspace, "workspace file; without it ~/.config/penstock/workspace.toml, else the demo");
    app.add_option("-o,--output", arguments.format, "table, json or csv")->transform(CLI::CheckedTransformer(formats));
    app.add_option("--timeout", arguments.timeout, "longest wait for a first whole picture, e.g. 10s")
        ->transform(CLI::AsNumberWithUnit(std::map<std::string, double> { { "s", 1 }, { "m", 60 }, { "ms", 0.001 } }))
        ->check(notNegative);
    auto* fleetCommand = app.add_subcommand("fleet", "GPUs by state, summed by what you choose");
    fleetCommand->add_option("--by", arguments.by, "provider,region,cluster,model,workload,state");
    fleetCommand->add_flag("--watch", arguments.watch, "print again every second");
    auto* gpusCommand = app.add_subcommand("gpus", "single GPUs that meet conditions, e.g. gpus 'temp>85' --sort temp");
    gpusCommand->add_option("conditions", arguments.conditions, "temp>85, util<=5, power>600W, mem>70GiB, age>10m, state=idle, health=xid; all must hold");
    gpusCommand->add_option("--in", arguments.scope, "provider=azure,region=eastus,cluster=...,node=...");
    gpusCommand->add_option("--model", arguments.model, "H100 means every H100");
    gpusCommand->add_option("--workload", arguments.workload);
    gpusCommand->add_option("--sort", arguments.sort, "util, temp, power, mem, age, state or health; the greatest first");
    gpusCommand->add_flag("--ascending", arguments.ascending, "the least first");
    gpusCommand->add_option("--limit", arguments.limit, "0: all");
    auto* routesCommand = app.add_subcommand("routes", "desired, accepted and observed weights");
    auto* shiftCommand = app.add_subcommand("shift", "move a route's load, in steps; Ctrl-C pauses it");
    shiftCommand->add_option("route", arguments.route)->required();
    shiftCommand->add_option("--to", arguments.to, "azure=40,gcp=60: adds up to 100, a backend not named gets 0")->required();
    shiftCommand->add_option("--step", arguments.step, "largest change in one step, e.g. 10%")
        ->transform(CLI::Validator(
            [](std::string& text) {
                if (text.ends_with('%'))
                    text.pop_back();
                return std::string();
            },
            "PERCENT"))
        ->check(CLI::Range(0.1, 100.0));
    shiftCommand->add_option("--every", arguments.every, "wait after each step, e.g. 30s")
        ->transform(CLI::AsNumberWithUnit(std::map<std::string, double> { { "s", 1 }, { "m", 60 }, { "ms", 0.001 } }))
        ->check(notNegative);
    shiftCommand->add_flag("--dry-run", arguments.dryRun, "show what would happen, send nothing");
    shiftCommand->add_option("--reason", arguments.reason, "kept in the journal");
    shiftCommand->add_flag("--yes", arguments.yes, "really do it");
    auto* endpointsCommand = app.add_subcommand("endpoints", "what the console connects to")->require_subcommand(1);
    endpointsCommand->add_subcommand("check", "connect to each and say how it went");
    auto* workspaceCommand = app.add_subcommand("workspace", "the workspace file")->require_subcommand(1);
    auto* check = workspaceCommand->add_subcommand("check", "name every error by file, line and column");
    check->add_option("file", arguments.file)->required();
    AuditArguments records;
    auto* auditCommands = app.add_subcommand("audit", "the tamper-evident record of all decisions")->require_subcommand(1);
    auditCommands->add_option("--log", records.log, "another log than this account's, e.g. a copy");
    auto* auditList = auditCommands->add_subcommand("list", "one line a record");
    auto* auditVerify = auditCommands->add_subcommand("verify", "find any change, removal or reordering, and say where");
    auditVerify->add_option("--file", records.file, "check an exported FILE.jsonl by itself instead");
    auto* auditShow = auditCommands->add_subcommand("show", "everything that a record holds");
    auditShow->add_option("record", records.what, "a record's number, a shift (S-7) or the beginning of a plan's hash")->required();
    auto* auditExport = auditCommands->add_subcommand("export", "write records to a file that can be checked or read");
    auditExport->add_option("file", records.what, "FILE.jsonl (JSON lines) or FILE.pdf (a report)")->required();
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
        std::cerr << "penstockctl: say what to do: fleet, gpus, routes, shift, audit, endpoints check or workspace check; --help says more\n";
        return Usage;
    }

    if (*check) {
        const auto workspace = loadWorkspace(arguments.file);
        if (workspace) {
            bool found = true;
            for (const auto& it : workspace->endpoints)
                for (const auto& [key, path] : { std::pair { "ca", it.ca }, std::pair { "path", it.path } })
                    if (!path.empty() && !std::filesystem::exists(path)) {
                        std::cerr << arguments.file << ": endpoint " << it.name << ": " << key << " names " << path << ", which is not there\n";
                        found = false;
                    }
            if (!found)
                return Refused;
            std::cout << arguments.file << ": " << workspace->endpoints.size() << " endpoints, " << workspace->workloads.size()
                      << " workloads, " << workspace->routes.size() << " routes, no errors\n";
            return Done;
        }
        for (const auto& error : workspace.error())
            std::cerr << error.text() << '\n';
        return Refused;
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
    pthread_sigmask(SIG_BLOCK, &ending, nullptr);
    QCoreApplication qt(argc, argv);
    auto workspace = openWorkspace(arguments.workspace);
    if (!workspace)
        return Refused;
    const auto options = defaultSessionOptions(*workspace);
    Session session(std::move(*workspace), options);
    if (!session.notice().isEmpty())
        std::cerr << session.notice().toStdString() << '\n';
    Waiter waiter(qt);
    session.start();
    if (*gpusCommand)
        return gpus(session, waiter, arguments);
    if (*fleetCommand)
        return fleet(session, waiter, arguments);
    if (*shiftCommand)
        return shift(session, waiter, arguments);
    if (*routesCommand) {
        waiter.wait(session, arguments.timeout, [&] {
            return std::ranges::all_of(session.routes(), [](const RouteView& it) { return it.reading || it.error; });
        });
        std::cout << routesReport(session.routes(), arguments.format);
        const bool answered = std::ranges::any_of(session.routes(), [](const RouteView& it) { return it.reading.has_value(); });
        return answered || session.routes().empty() ? Done : NoConnection;
    }
    waiter.wait(session, arguments.timeout, [&] { return session.isComplete(); });
    std::cout << endpointsReport(session.endpoints(), arguments.format);
    return missing(session).empty() ? Done : NoConnection;
}
