// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fleet/endpoint.h"
#include "fleet/frame.h"
#include "fleet/reportfigures.h"
#include "report/capacityfigures.h"

namespace penstock {

/// All that a capacity report says, as plain values: whoever prints it looks nothing up.
struct CapacityReport
{
    Time at {}; ///< the end of what it looks back over
    std::size_t range = 0; ///< of `capacityRanges`
    CapacityFacts facts;
    CapacityHistory history; ///< by provider
    CapacityHistory byModel, byWorkload; ///< of the same time
    CapacityOutlook outlook;
    bool isOfNow = false; ///< there is no history: what it shows is the one moment that is known
    std::optional<Time> heldFrom, heldTo; ///< what the history holds, to the hour
    std::optional<CostPicture> cost;
    bool costIsOfHistory = false; ///< no endpoint and no cache told single GPUs: history × price of provider and model
    std::vector<WorkloadDemand> demand;
    std::vector<EndpointStatus> endpoints;
    std::optional<ReportFigures> last; ///< of the report before
    std::string lastUnknown {}; ///< why that could not be read; empty: it could, or there is none

    [[nodiscard]] const ToldGroup* told() const { return outlook.whole ? &*outlook.whole : nullptr; }
    [[nodiscard]] std::vector<CapacityFigures> rows() const { return capacityRows(history, facts, outlook.rows); }
    [[nodiscard]] KeyFigures key() const { return keyFigures(history, facts); }
    [[nodiscard]] bool isSimulated() const;
};

/// What is kept of a report.
[[nodiscard]] ReportFigures figuresOf(const CapacityReport& report);

/// A provider's GPUs of one model in two reports; empty where one of them does not have it.
struct LineChange
{
    std::optional<ReportFigures::Line> before, after;
    [[nodiscard]] const ReportFigures::Line& any() const { return after ? *after : *before; }
};
/// In the order of `after`; what is gone comes last.
[[nodiscard]] std::vector<LineChange> changesOf(const ReportFigures& before, const ReportFigures& after);

/// What the newest GPUs of a history cost, where nothing knows single ones. No workload has a line.
[[nodiscard]] CostPicture costOf(const CapacityHistory& history, const PriceBook& prices, std::chrono::sys_days on);

/// Stands in for a history that there is not: one moment of the fleets, at the end of what was asked for.
[[nodiscard]] CapacityHistory momentOf(const Snapshot& snapshot, const CapacityQuery& query);

} // namespace penstock
