// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

// What an agent's route is to the workspace, to leases and to whoever makes routers.
#include <algorithm>

#include "agentrouter/agentrouter.h"
#include "base/address.h"
#include "fleet/journal.h"
#include "routerkind/routerkind.h"

namespace penstock {

namespace {

    RouterAddress readAgentRoute(Table& router, const RouterWords& words)
    {
        AgentRouteAddress made { router.text("endpoint") };
        if (made.endpoint.empty())
            router.error(router.raw().source(), "endpoint is missing", "name an endpoint of kind agent, replay or simulate");
        router.choose("endpoint", made.endpoint, { words.endpoints.begin(), words.endpoints.end() }, "endpoint");
        return made;
    }

    Result<std::unique_ptr<Router>> makeOfAgent(const Route& route, const RouterMeans& means)
    {
        const auto* address = route.router.as<AgentRouteAddress>();
        if (const auto* channel = address && means.channel ? means.channel(address->endpoint) : nullptr)
            return makeAgentRouter(route, *channel);
        return fail(Error::Kind::Unavailable, "endpoint " + route.router.place() + " holds no routes", route.name);
    }

} // namespace

std::vector<std::string> AgentRouteAddress::leaseKeys(const std::string& route, const std::vector<Endpoint>& endpoints) const
{
    const auto found = std::ranges::find(endpoints, endpoint, &Endpoint::name);
    if (found != endpoints.end() && !found->url.empty())
        return { "agent|" + plainAddress(found->url) + "|" + route };
    // Simulated and replayed fleets live in this process, and so do their routes.
    const auto process = thisProcess();
    return { "process|" + process.host + "|" + std::to_string(process.pid) + "|" + process.started + "|" + endpoint + "|" + route };
}

RouterKind agentKind()
{
    return { AgentRouteAddress::kind, readAgentRoute, makeOfAgent };
}

} // namespace penstock
