// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "fleet/routeraddress.h"

namespace penstock {

/// A route that an agent, or a fleet in this process, holds.
struct AgentRouteAddress
{
    static constexpr const char* kind = "agent";
    std::string endpoint; ///< the name of an endpoint of kind agent, replay or simulate
    friend bool operator==(const AgentRouteAddress&, const AgentRouteAddress&) = default;

    [[nodiscard]] std::string text() const { return "agent " + endpoint; }
    [[nodiscard]] std::string place() const { return endpoint; }
    [[nodiscard]] static bool countsRequests() { return false; }
    /// One for the route of the agent.
    [[nodiscard]] std::vector<std::string> leaseKeys(const std::string& route, const std::vector<Endpoint>& endpoints) const;
};

} // namespace penstock
