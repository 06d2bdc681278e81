// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "fleet/route.h"
#include "fleet/router.h"
#include "table/table.h"

namespace penstock {

class HttpClient;
struct AgentChannel;

/// Beside its words in the workspace.
struct RouterWords
{
    const std::set<std::string>& endpoints; ///< their names
    const Absolute& absolute;
};

/// What the program lends to its routers.
struct RouterMeans
{
    std::function<std::shared_ptr<HttpClient>()> http {};
    std::function<Result<std::string>(std::string_view reference)> secrets {};
    std::function<const AgentChannel*(const std::string& endpoint)> channel {}; ///< null: the endpoint is no agent
};

/// One kind of router. Each is defined in the folder of its own, and stands in the one list of kinds.
struct RouterKind
{
    std::string name; ///< kind = "..." of a route's router in the workspace
    RouterAddress (*read)(Table& it, const RouterWords& words);
    Result<std::unique_ptr<Router>> (*make)(const Route& route, const RouterMeans& means); ///< nothing is sent yet
};

} // namespace penstock
