// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <spdlog/spdlog.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "server/agentserver.h"
#include "worlds/replay.h"
#include "worlds/simulate.h"

using namespace penstock;

int main(int argc, char** argv)
{
    setenv("GRPC_VERBOSITY", "NONE", 0); // what goes wrong is said in our own words
    CLI::App app { "Serves GPU fleets to Penstock consoles over gRPC.", "penstock-agent" };
    app.set_version_flag("--version", std::string("penstock-agent ") + PENSTOCK_VERSION);
    std::string source, path;
    ReplayOptions replay;
    ServerOptions server;
    bool noEvents = false;
    app.add_option("--source,source", source, "replay or simulate")->required()->check(CLI::IsMember({ "replay", "simulate" }));
    app.add_option("path", path, "replay: the directory; simulate: the TOML specification")->required();
    app.add_option("--provider", replay.provider, "replay: only this provider");
    app.add_option("--speed", replay.speed, "replay: seconds of the record a second")->check(CLI::Range(1e-3, 1e5));
    app.add_flag("--no-events", noEvents, "replay: do not play events.csv");
    app.add_option("--listen", server.listen, "HOST:PORT, port 0 for a free one")->required();
    app.add_option("--tls-cert", server.certFile, "certificate chain, PEM");
    app.add_option("--tls-key", server.keyFile, "private key, PEM");
    app.add_option("--token-file", server.tokenFile, "file with the bearer token that consoles must show");
    app.add_flag("--plaintext", server.plaintext, "no TLS and no token; loopback only");
    try {
        app.parse(argc, argv);
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

    replay.directory = path;
    replay.events = !noEvents;
    replay.start = wallClock();
    auto world = source == "replay" ? openReplay(replay) : openSimulation(path, wallClock());
    if (!world) {
        std::cerr << "penstock-agent: " << world.error().text() << '\n';
        return 1;
    }
    const auto& inventory = *(*world)->picture().inventory;
    spdlog::info("{} {}: {} GPUs on {} nodes in {} clusters", source, path, inventory.gpus(), inventory.nodes.size(),
        inventory.clusters.size());
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
