// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/trouble.h"
#include "output.h"
#include "session/endpointhistory.h"
#include "session/session.h"

namespace penstock {

/// What `penstockctl fleet` prints of a snapshot.
[[nodiscard]] std::string fleetReport(const Snapshot& snapshot, const std::vector<Dimension>& by,
    const std::vector<std::string>& partial, OutputFormat format, bool oneLine = false);
/// Nodes with what they are and have; `limit`: 0: all.
[[nodiscard]] std::string nodesReport(const Snapshot& snapshot, const Scope& scope, std::size_t limit, const std::vector<std::string>& partial, OutputFormat format);
/// Single GPUs in this order, and how many there are in all.
[[nodiscard]] std::string gpusReport(const Snapshot& snapshot, const std::vector<GpuPlace>& gpus, std::uint64_t matching,
    const std::vector<std::string>& partial, OutputFormat format);
/// What is asked for and how it is served: a row a workload, and one a cluster of those whose inference servers speak.
[[nodiscard]] std::string demandReport(const Snapshot& snapshot, const std::vector<std::string>& partial, OutputFormat format);
/// The GPUs that need a look, each with its reason.
[[nodiscard]] std::string unhealthyReport(const Snapshot& snapshot, const Troubles& found, const std::vector<std::string>& partial, OutputFormat format);
[[nodiscard]] std::string routesReport(const std::vector<RouteView>& routes, OutputFormat format);
[[nodiscard]] std::string endpointsReport(const std::vector<EndpointStatus>& endpoints, OutputFormat format);

/// Of how many GPUs each figure is measured, and which models they are.
[[nodiscard]] std::string coverageReport(const Snapshot& snapshot);

[[nodiscard]] std::string historyReport(const std::string& endpoint, const EndpointHistory& history, OutputFormat format);

} // namespace penstock
