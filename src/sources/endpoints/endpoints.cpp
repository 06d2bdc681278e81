// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "endpoints/endpoints.h"

#include "dcgm/dcgmsource.h"
#include "kubernetes/kubeservice.h"
#include "kubernetes/kubesource.h"
#include "prometheus/promsource.h"
#include "secret/secret.h"
#include "slurm/slurmsource.h"
#include "worlds/replay.h"
#include "worlds/simulate.h"

namespace penstock {

namespace {

    /// Null where all exporters are named.
    std::function<DcgmDirectory(const std::stop_token&)> directoryOf(const Endpoint& endpoint, const Clock& clock)
    {
        if (!endpoint.targetsFrom)
            return {};
        const auto& from = *endpoint.targetsFrom;
        auto service = std::make_shared<KubeService>(KubeServiceOptions { .kubeconfig = from.kubeconfig, .context = from.context, .nameSpace = from.nameSpace, .service = from.service, .port = from.port, .clock = clock });
        return [service](const std::stop_token& stop) { return service->next(stop); };
    }

    OpenedEndpoint withSource(std::unique_ptr<Source> source) { return { .server = {}, .agent = {}, .source = std::move(source) }; }

    OpenedEndpoint withAgent(AgentChannel channel, std::unique_ptr<AgentServer> server = {})
    {
        auto source = makeAgentSource(channel);
        return { .server = std::move(server), .agent = std::move(channel), .source = std::move(source) };
    }

} // namespace

bool isWorld(const Endpoint& endpoint) { return endpoint.kind == "replay" || endpoint.kind == "simulate"; }

Result<std::unique_ptr<World>> openWorld(const Endpoint& endpoint, const Clock& clock)
{
    if (endpoint.kind == "replay")
        return openReplay({ .directory = endpoint.path, .provider = endpoint.provider, .speed = 1, .events = true, .start = clock() });
    return openSimulation(endpoint.path, clock());
}

Result<OpenedEndpoint> openEndpoint(const Endpoint& endpoint, const EndpointFacts& facts, const std::function<std::shared_ptr<HttpClient>()>& http)
{
    if (isWorld(endpoint)) {
        auto world = openWorld(endpoint, facts.clock);
        if (!world)
            return std::unexpected(world.error());
        auto server = AgentServer::start(std::move(*world), {}, facts.clock);
        if (!server)
            return std::unexpected(server.error());
        AgentChannel channel { (*server)->inProcessChannel(), {}, endpoint.name };
        return withAgent(std::move(channel), std::move(*server));
    }
    const DcgmPlace place { endpoint.provider, endpoint.region, endpoint.cluster };
    if (endpoint.kind == "slurm")
        return withSource(makeSlurmSource({ .name = endpoint.name, .url = endpoint.url, .user = endpoint.user, .token = [reference = endpoint.token] { return readSecret(reference); }, .ca = endpoint.ca,
                                              .place = place, .workloads = facts.workloads, .staleAfter = facts.staleAfter, .clock = facts.clock },
            http()));
    // Secrets are read where they are used, and not here: a keychain may wait for a person. A variable that is not set stays so.
    for (const auto* reference : { &endpoint.token, &endpoint.signIn.accessKey, &endpoint.signIn.secretKey, &endpoint.signIn.sessionToken, &endpoint.signIn.key, &endpoint.signIn.clientSecret })
        if (reference->starts_with("env:"))
            if (const auto secret = readSecret(*reference); !secret)
                return std::unexpected(secret.error());
    if (endpoint.kind == "agent") {
        auto channel = openAgentChannel({ endpoint.url, [reference = endpoint.token] { return readSecret(reference); }, endpoint.ca });
        if (!channel)
            return std::unexpected(channel.error());
        return withAgent(std::move(*channel));
    }
    const auto signIn = [&] { return makeSignIn(endpoint, http(), readWholeSecret, facts.clock); };
    if (endpoint.kind == "dcgm")
        return withSource(makeDcgmSource({ .targets = endpoint.targets, .directory = directoryOf(endpoint, facts.clock), .metrics = endpoint.metrics, .signIn = signIn(), .ca = endpoint.ca, .place = place,
                                             .workloads = facts.workloads, .staleAfter = facts.staleAfter, .clock = facts.clock },
            http()));
    if (endpoint.kind == "prometheus")
        return withSource(makePromSource({ .url = endpoint.url, .signIn = signIn(), .tenant = endpoint.tenant, .ca = endpoint.ca,
                                             .place = place, .workloads = facts.workloads, .catalogue = facts.catalogue, .aggregateAbove = endpoint.aggregateAbove, .staleAfter = facts.staleAfter, .clock = facts.clock },
            http()));
    if (endpoint.kind == "kubernetes")
        return withSource(makeKubeSource({ .kubeconfig = endpoint.path, .context = endpoint.context, .place = place, .workloads = facts.workloads, .catalogue = facts.catalogue,
                                             .telemetry = { .url = endpoint.prometheus, .signIn = signIn(), .tenant = endpoint.tenant, .ca = endpoint.ca, .place = {}, .workloads = {} },
                                             .staleAfter = facts.staleAfter, .clock = facts.clock },
            http()));
    return fail(Error::Kind::Invalid, "endpoints of kind " + endpoint.kind + " are not known", endpoint.name, "see docs/workspace.md");
}

} // namespace penstock
