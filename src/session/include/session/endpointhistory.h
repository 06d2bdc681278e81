// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "workspace/workspace.h"

namespace penstock {

/// What the store behind an endpoint remembers of all its GPUs together.
struct EndpointHistory
{
    std::vector<std::string> figures; ///< names with their units: "gpus", "held", "utilisation_mean_pct", "power_w"
    std::vector<std::pair<Time, std::vector<std::optional<double>>>> rows; ///< by time, in the order of `figures`; a time of which nothing is known has none
    std::vector<std::string> warnings; ///< of the store: it may lack data
};

/// Asks an endpoint of kind prometheus for its values at `from` and every `step` until `to`. Blocks, for some seconds a figure; any thread.
/// NotFound: there is no such endpoint, or it measures no GPUs; Invalid: another kind, an empty range, or one of too many points.
[[nodiscard]] Result<EndpointHistory> historyOf(const Workspace& workspace, const std::string& endpoint, Time from, Time to, std::chrono::milliseconds step);

} // namespace penstock
