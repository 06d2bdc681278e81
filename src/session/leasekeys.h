// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "fleet/endpoint.h"
#include "fleet/route.h"

namespace penstock {

/// What a shift of the route must hold alone, ascending; two routes that have a key in common are never shifted at the same
/// time, whatever their workspaces call them and their routers. A key stands for one HAProxy process and backend, for one
/// HTTPRoute, or for one route of an agent.
[[nodiscard]] std::vector<std::string> leaseKeysOf(const Route& route, const std::vector<Endpoint>& endpoints);

/// As PlanStatus::keys holds those of a move.
[[nodiscard]] std::string joinKeys(const std::vector<std::string>& keys);
/// True when one of them is among those that were joined.
[[nodiscard]] bool haveOneOf(const std::string& joined, const std::vector<std::string>& keys);

} // namespace penstock
