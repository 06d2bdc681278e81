// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <CLI/CLI.hpp>
#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <spdlog/spdlog.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "endpoints/endpoints.h"
#include "relay/relay.h"
#include "server/agentserver.h"
#include "storage/cache.h"
#include "workspace/workspace.h"
#include "worlds/replay.h"
#include "worlds/simulate.h"

using namespace penstock;

namespace {

constexpr auto examples = R"(What it serves:
  replay DIRECTORY     a recorded fleet
  simulate FILE        a fleet that a TOML specification describes
  workspace FILE       what an [[endpoint]] of a workspace file reads: Prometheus, dcgm-exporters,
                       a Kubernetes cluster, Slurm, with its tokens, targets and workloads

Examples:
  penstock-agent workspace /etc/penstock/agent.toml --endpoint eks-east --listen 0.0.0.0:7443 \
      --tls-cert cert.pem --tls-key key.pem --token-file token
  penstock-agent simulate fleet.toml --listen 127.0.0.1:7443 --plaintext

It ends with SIGINT and SIGTERM. Exit codes: 0 ended by a signal, 1 could not begin, 2 usage. See docs/agent.md.)";

using Errors = std::vector<Error>;

/// The endpoint of that name, or the only one.
std::expected<Endpoint, Errors> find(const Workspace& workspace, const std::string& name)
{
    std::string names;
    for (const auto& endpoint : workspace.endpoints) {
        if (endpoint.name == name || (name.empty() && workspace.endpoints.size() == 1))
            return endpoint;
        names += (names.empty() ? "" : ", ") + endpoint.name;
    }
    if (names.empty())
        return std::unexpected(Errors { { Error::Kind::NotFound, "there is no [[endpoint]] to serve", workspace.file, "add one, see docs/workspace.md" } });
    return std::unexpected(Errors { { Error::Kind::NotFound, name.empty() ? "there are several endpoints" : "there is no endpoint '" + name + "'", workspace.file, "write --endpoint with one of: " + names } });
}

void say(const SourceStanding& standing)
{
    if (standing.connection == Connection::Failing)
        spdlog::error("the source fails: {}", standing.error ? standing.error->text() : std::string());
    else if (standing.connection == Connection::Live && standing.error)
        spdlog::warn("the source is not whole: {}", standing.error->text());
    else if (standing.connection == Connection::Live)
        spdlog::info("the source is live");
}

/// Where what was seen of an endpoint outlives the agent.
std::string memoryFile(const std::string& file, const std::string& endpoint)
{
    auto folder = qEnvironmentVariable("STATE_DIRECTORY").section(QLatin1Char(':'), 0, 0); // of a service of systemd
    if (folder.isEmpty()) {
        folder = QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + QStringLiteral("/penstock");
        QDir().mkpath(folder);
        QFile::setPermissions(folder, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }
    const auto whose = QFileInfo(QString::fromStdString(file)).canonicalFilePath().toUtf8() + '\n' + QByteArray::fromStdString(endpoint);
    return folder.toStdString() + "/agent-" + QCryptographicHash::hash(whose, QCryptographicHash::Sha256).toHex().left(12).toStdString() + ".db";
}

RelayMemory memoryOf(const std::string& file, const std::string& endpoint)
{
    std::string notice;
    auto opened = Cache::open(memoryFile(file, endpoint), notice);
    if (!opened) {
        spdlog::warn("since when a GPU is ill is forgotten when the agent ends: {}", opened.error().text());
        return {};
    }
    const auto cache = std::make_shared<Cache>(std::move(*opened));
    RelayMemory made;
    if (auto fleets = cache->loadFleets(notice))
        for (auto& it : *fleets)
            made.before = std::move(it);
    if (!notice.empty())
        spdlog::warn("{}", notice);
    made.keep = [cache](const SavedFleet& fleet) {
        if (const auto kept = cache->saveFleet(fleet); !kept)
            spdlog::warn("what was seen is not kept: {}", kept.error().text());
    };
    return made;
}

std::expected<std::unique_ptr<World>, Errors> openEndpointOf(const std::string& file, const std::string& name)
{
    const auto workspace = loadWorkspace(file);
    if (!workspace)
        return std::unexpected(workspace.error());
    const auto endpoint = find(*workspace, name);
    if (!endpoint)
        return std::unexpected(endpoint.error());
    const auto failed = [](Error error) { return std::unexpected(Errors { std::move(error) }); };
    if (isWorld(*endpoint)) {
        auto world = openWorld(*endpoint, wallClock);
        if (!world)
            return failed(world.error());
        return std::move(*world);
    }
    auto opened = openEndpoint(*endpoint, { .workloads = workspace->workloads, .catalogue = std::make_shared<const Catalogue>(workspace->catalogue), .staleAfter = workspace->policy.staleAfter }, [] { return std::make_shared<HttpClient>(); });
    if (!opened)
        return failed(opened.error());
    spdlog::info("{} {} of {}", endpoint->kind, endpoint->name, file);
    return makeRelay(std::move(opened->source), say, memoryOf(file, endpoint->name));
}

} // namespace

int main(int argc, char** argv)
{
    setenv("GRPC_VERBOSITY", "NONE", 0); // what goes wrong is said in our own words
    CLI::App app { "Serves a GPU fleet to Penstock consoles over gRPC: one that it reads itself, records or simulates.", "penstock-agent" };
    app.set_version_flag("--version", std::string("penstock-agent ") + PENSTOCK_VERSION);
    app.footer(examples);
    std::string source, path, endpoint;
    ReplayOptions replay;
    ServerOptions server;
    bool noEvents = false;
    app.add_option("--source,source", source, "replay, simulate or workspace")->required()->check(CLI::IsMember({ "replay", "simulate", "workspace" }))->option_text("WHAT");
    app.add_option("path", path, "the directory, the specification or the workspace file")->required()->option_text("FILE");
    app.add_option("--listen", server.listen, "where; port 0 for a free one")->required()->option_text("HOST:PORT REQUIRED")->group("Serving");
    app.add_option("--tls-cert", server.certFile, "certificate chain, PEM")->option_text("FILE")->group("Serving");
    app.add_option("--tls-key", server.keyFile, "private key, PEM")->option_text("FILE")->group("Serving");
    app.add_option("--token-file", server.tokenFile, "file with the bearer token that consoles must show")->option_text("FILE")->group("Serving");
    app.add_flag("--plaintext", server.plaintext, "no TLS and no token; loopback only")->group("Serving");
    auto* named = app.add_option("--endpoint", endpoint, "the endpoint to serve; needed where the file has several")->option_text("NAME")->group("Of a workspace");
    std::vector<CLI::Option*> ofReplay { app.add_option("--provider", replay.provider, "only this provider")->option_text("ID"),
        app.add_option("--speed", replay.speed, "seconds of the record a second")->check(CLI::Range(1e-3, 1e5))->option_text("FACTOR"), app.add_flag("--no-events", noEvents, "do not play events.csv") };
    for (auto* option : ofReplay)
        option->group("Of a replay");
    try {
        app.parse(argc, argv);
        for (auto* option : ofReplay)
            if (source == "workspace" && option->count() > 0)
                throw CLI::ValidationError(option->get_name(), "is of a replay; say it in the workspace file");
        if (source != "workspace" && named->count() > 0)
            throw CLI::ValidationError("--endpoint", "names an endpoint of a workspace: write penstock-agent workspace FILE");
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    spdlog::set_default_logger(spdlog::stderr_logger_mt("penstock-agent"));

    // Signals are taken by sigwait below; every thread made from here on inherits the mask.
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ending, nullptr);
    // HTTP wants one; nothing runs its event loop.
    const QCoreApplication application(argc, argv);

    replay.directory = path;
    replay.events = !noEvents;
    replay.start = wallClock();
    std::expected<std::unique_ptr<World>, Errors> world;
    if (source == "workspace")
        world = openEndpointOf(path, endpoint);
    else if (auto opened = source == "replay" ? openReplay(replay) : openSimulation(path, wallClock()))
        world = std::move(*opened);
    else
        world = std::unexpected(Errors { opened.error() });
    if (!world) {
        for (const auto& error : world.error())
            std::cerr << "penstock-agent: " << error.text() << '\n';
        return 1;
    }
    if (const auto inventory = (*world)->picture().inventory)
        spdlog::info("{} {}: {} GPUs on {} nodes in {} clusters", source, path, inventory->gpus(), inventory->nodes.size(), inventory->clusters.size());
    else
        server.every = std::chrono::milliseconds(250); // what a source says is not kept waiting
    auto agent = AgentServer::start(std::move(*world), server);
    if (!agent) {
        std::cerr << "penstock-agent: " << agent.error().text() << '\n';
        return 1;
    }
    std::cout << "listening on " << server.listen.substr(0, server.listen.rfind(':')) << ':' << (*agent)->port() << std::endl;
    int signal = 0;
    sigwait(&ending, &signal);
    spdlog::info("stopping");
    return 0;
}
