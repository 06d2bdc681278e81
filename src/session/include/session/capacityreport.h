// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "report/capacityreport.h"
#include "workspace/workspace.h"

namespace penstock {

/// What the Capacity page and the report take from a workspace.
[[nodiscard]] CapacityFacts capacityFactsOf(const Workspace& workspace);
[[nodiscard]] PriceBook priceBookOf(const Workspace& workspace);

/// How far ahead is told: nine months, which is what a year of history can tell.
inline constexpr std::chrono::hours capacityHorizon = std::chrono::days(270);

/// Tells what the query shows, and every provider and model; `rows`: those told already. Blocks, some 10 ms a group; any
/// thread. NotFound without a history; Refused once `isOutdated`, which is asked now and then, says that nobody waits for
/// it any more.
[[nodiscard]] Result<CapacityOutlook> readCapacityOutlook(const std::string& historyFile, const CapacityQuery& query,
    const std::vector<CommittedCapacity>& committed, std::optional<std::vector<ToldGroup>> rows = {}, std::function<bool()> isOutdated = {});

/// What a report is made of besides the history.
struct ReportQuery
{
    Time at {};
    std::optional<std::size_t> range {}; ///< of `capacityRanges`; empty: the shortest that holds the history
    CapacityFacts facts;
    PriceBook prices;
    SnapshotPtr snapshot; ///< never null; empty where neither an endpoint nor the cache told anything
    std::vector<EndpointStatus> endpoints;
};

/// Reads all that a report says. Blocks; any thread. NotFound where neither a history nor a fleet is known.
[[nodiscard]] Result<CapacityReport> readCapacityReport(const std::string& historyFile, const ReportQuery& query);

/// Keeps the figures of a report that was written, beside the history. `notice`: what the user should know besides.
[[nodiscard]] Result<> keepFiguresOf(
    const std::string& historyFile, const CapacityReport& report, std::string& notice);
/// Where they are kept: "history-1f-reports.db" of "history-1f.db".
[[nodiscard]] std::string reportsFileOf(const std::string& historyFile);

} // namespace penstock
