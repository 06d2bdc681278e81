// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "agentrouter/agentaddress.h"
#include "agentsource/agentsource.h"
#include "fleet/router.h"
#include "routerkind/routerkind.h"

namespace penstock {

/// A route that an agent holds. Defines the route's backends at the agent when it has others.
[[nodiscard]] std::unique_ptr<Router> makeAgentRouter(Route route, AgentChannel channel);

/// An agent's route among the kinds of routers.
[[nodiscard]] RouterKind agentKind();

} // namespace penstock
