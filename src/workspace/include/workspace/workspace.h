// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fleet/catalogue.h"
#include "fleet/committed.h"
#include "fleet/endpoint.h"
#include "fleet/history.h"
#include "fleet/policy.h"
#include "fleet/price.h"
#include "fleet/route.h"
#include "fleet/workload.h"

namespace penstock {

/// The contents of a workspace file, validated; paths are absolute.
struct Workspace
{
    std::string file;
    std::string name;
    bool readOnly = false; ///< refuses everything that writes to a router
    std::string catalogueFile; ///< the user's own; may be empty
    Catalogue catalogue; ///< what that file and the workspace's [[model]] say; a session lays it over the built-in one
    bool listPrices = true; ///< where `prices` has none
    std::vector<Provider> providers; ///< those of the file; built-in names are filled in
    std::vector<Endpoint> endpoints;
    std::vector<Workload> workloads;
    std::vector<Route> routes;
    Policy policy;
    HistorySettings history;
    std::vector<CommittedCapacity> capacity;
    std::vector<Scenario> scenarios; ///< of capacity that comes or goes
    std::vector<Price> prices; ///< those of the file
    std::vector<RelativePerformance> performance; ///< those of the file; they come before the planner's own
    /// Region group -> prefixes of region names: "us" -> {"eastus", "us-", ...}.
    std::map<std::string, std::vector<std::string>> regionGroups;

    [[nodiscard]] const Provider* provider(std::string_view id) const;
    [[nodiscard]] const Workload* workload(std::string_view workloadName) const;
};

/// Reads and checks a workspace. All errors are found at once; each names file:line:column and what to write instead. Loading
/// reads the catalogue that it names as well.
[[nodiscard]] std::expected<Workspace, std::vector<Error>> loadWorkspace(const std::string& path);
[[nodiscard]] std::expected<Workspace, std::vector<Error>> parseWorkspace(std::string_view text, const std::string& path);

/// The endpoint as a workspace file would have it, or what is wrong with it.
[[nodiscard]] Result<Endpoint> checkEndpoint(const Endpoint& endpoint);
/// What a workspace begins with that is made for its first endpoint.
inline constexpr std::string_view newWorkspace = "[workspace]\nname = \"fleets\"\n";
/// Writes an endpoint to the end of a workspace file, which keeps all else as it is: comments, order, rights, links. Where
/// there is no file one is made that begins with `beginning`. Invalid: the file would have errors then, and stays as it is.
[[nodiscard]] Result<> addEndpoint(const std::string& path, const Endpoint& endpoint, std::string_view beginning = {});

/// Writes a scenario into a workspace file, in the place of the one with its name or at the end; all else stays as it is.
/// Invalid: the file would have errors then, and stays as it is.
[[nodiscard]] Result<> saveScenario(const std::string& path, const Scenario& scenario);
/// NotFound where the file has none of that name.
[[nodiscard]] Result<> removeScenario(const std::string& path, const std::string& name);

} // namespace penstock
