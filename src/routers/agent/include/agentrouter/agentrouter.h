// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "agentsource/agentsource.h"
#include "fleet/router.h"

namespace penstock {

/// A route that an agent holds. Defines the route's backends at the agent when it has others.
[[nodiscard]] std::unique_ptr<Router> makeAgentRouter(Route route, AgentChannel channel);

} // namespace penstock
