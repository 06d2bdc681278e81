// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "agentsource/agentsource.h"
#include "fleet/catalogue.h"
#include "fleet/endpoint.h"
#include "fleet/workload.h"
#include "fleet/world.h"
#include "http/httpclient.h"
#include "server/agentserver.h"

namespace penstock {

/// What a workspace says to all of its endpoints.
struct EndpointFacts
{
    std::vector<Workload> workloads;
    std::shared_ptr<const Catalogue> catalogue {}; ///< of types of instances; null: an empty one
    std::chrono::milliseconds staleAfter { 30'000 };
    Clock clock = wallClock;
};

struct OpenedEndpoint
{
    std::unique_ptr<AgentServer> server; ///< of a replay or a simulation, which run in this process; must outlive the source
    std::optional<AgentChannel> agent; ///< of what holds routes as well
    std::unique_ptr<Source> source;
};

/// Prepares an endpoint of any kind; nothing is connected yet. The error says why none can be made of it: a secret that cannot be read, a
/// world that is not there. `http`: called where the kind speaks HTTP.
[[nodiscard]] Result<OpenedEndpoint> openEndpoint(const Endpoint& endpoint, const EndpointFacts& facts, const std::function<std::shared_ptr<HttpClient>()>& http);

/// True for replay and simulate: there is a world that moves load, and no source.
[[nodiscard]] bool isWorld(const Endpoint& endpoint);
/// The world of such an endpoint.
[[nodiscard]] Result<std::unique_ptr<World>> openWorld(const Endpoint& endpoint, const Clock& clock);

} // namespace penstock
