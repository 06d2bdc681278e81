// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "session/capacityreport.h"

#include <algorithm>
#include <filesystem>

#include "session/capacity.h"
#include "storage/reportsfile.h"

namespace penstock {

namespace {

std::chrono::sys_days dayOf(Time at)
{
    return std::chrono::floor<std::chrono::days>(at);
}

} // namespace

PriceBook priceBookOf(const Workspace& workspace)
{
    return { .own = workspace.prices,
        .lists = workspace.listPrices ? std::make_shared<const Catalogue>(workspace.catalogue) : nullptr };
}

CapacityFacts capacityFactsOf(const Workspace& workspace)
{
    return { .committed = workspace.capacity,
        .providers = workspace.providers,
        .scenarios = workspace.scenarios,
        .source = workspace.name,
        .price = [book = priceBookOf(workspace)](const std::string& provider, const std::string& model) {
            const auto price = book.price(provider, {}, model, {}, dayOf(wallClock()));
            return price ? std::optional(price->perGpuHour) : std::nullopt;
        } };
}

Result<CapacityOutlook> readCapacityOutlook(const std::string& historyFile, const CapacityQuery& query,
    const std::vector<CommittedCapacity>& committed, std::optional<std::vector<ToldGroup>> rows, std::function<bool()> isOutdated)
{
    CapacityOutlook made { .onlyOf = query.onlyOf, .only = query.only };
    OutlookQuery ask { .dimension = GroupPoint::Dimension::ProviderModel,
        .settings = { .horizon = capacityHorizon, .now = query.to },
        .committed = committed,
        .isOutdated = std::move(isOutdated) };
    const std::vector busy { HistoryFigure::Busy };
    if (query.tellsBusy)
        ask.figures = busy;
    if (!rows) {
        auto read = readOutlook(historyFile, ask);
        if (!read)
            return std::unexpected(read.error());
        rows = std::move(read->groups);
    }
    made.rows = std::move(*rows);
    ask.dimension = query.onlyOf;
    if (query.onlyOf != GroupPoint::Dimension::Total)
        ask.keys = { query.only };
    using Of = CapacityOutlook::Of;
    const std::vector<std::pair<Of, std::vector<HistoryFigure>>> whatCounts { { Of::Demand, { HistoryFigure::Needed } }, { Of::Allocated, { HistoryFigure::Busy, HistoryFigure::Idle } } };
    for (const auto& [of, figures] : query.tellsBusy ? std::vector { std::pair { Of::Busy, busy } } : whatCounts) {
        ask.figures = figures;
        auto whole = readOutlook(historyFile, ask);
        if (!whole)
            return std::unexpected(whole.error());
        if (whole->groups.empty())
            continue;
        made.whole = std::move(whole->groups.front());
        made.of = of;
        break;
    }
    return made;
}

std::string reportsFileOf(const std::string& historyFile)
{
    const std::filesystem::path path(historyFile);
    return (path.parent_path() / (path.stem().string() + "-reports" + path.extension().string())).string();
}

Result<CapacityReport> readCapacityReport(const std::string& historyFile, const ReportQuery& query)
{
    CapacityReport made;
    made.at = query.at;
    made.facts = query.facts;
    made.demand = query.snapshot->demand();
    made.endpoints = query.endpoints;
    // The whole shows how far back anything goes, and with it which range holds it.
    made.range = query.range.value_or(capacityRanges.size() - 1);
    auto ask = capacityRanges.at(made.range).query(query.at);
    if (!query.range)
        ask.busiestOf = {};
    auto history = readCapacity(historyFile, ask);
    if (!history && history.error().kind != Error::Kind::NotFound)
        return std::unexpected(history.error());
    const bool hasFleet = query.snapshot->total().gpus > 0;
    made.isOfNow = !history || (history->times.empty() && hasFleet && !query.range);
    if (made.isOfNow && !hasFleet)
        return history ? fail(Error::Kind::NotFound, "there is nothing to report yet: the history is empty", historyFile)
                       : std::unexpected(history.error());
    if (!made.isOfNow && !query.range) {
        // Long steps begin before what they hold: what is found is looked at once more, in shorter ones.
        for (int look = 0; look < 2; ++look) {
            const auto range = history->times.empty() ? made.range : rangeHolding(query.at - history->times.front());
            if (look > 0 && range >= made.range)
                break;
            made.range = range;
            ask = capacityRanges.at(made.range).query(query.at);
            history = readCapacity(historyFile, ask);
            if (!history)
                return std::unexpected(history.error());
        }
    }
    const auto by = [ask](GroupPoint::Dimension dimension) {
        auto asked = ask;
        asked.by = dimension;
        return asked;
    };
    const auto askByModel = by(GroupPoint::Dimension::Model);
    if (made.isOfNow) {
        made.history = momentOf(*query.snapshot, ask);
        made.byModel = momentOf(*query.snapshot, askByModel);
    } else {
        auto byModel = readCapacity(historyFile, askByModel);
        auto byWorkload = readCapacity(historyFile, by(GroupPoint::Dimension::Workload));
        auto outlook = readCapacityOutlook(historyFile, ask, query.facts.committed);
        if (!byModel || !byWorkload || !outlook)
            return std::unexpected(!byModel ? byModel.error() : !byWorkload ? byWorkload.error() : outlook.error());
        made.history = std::move(*history);
        made.byModel = std::move(*byModel);
        made.byWorkload = std::move(*byWorkload);
        made.outlook = std::move(*outlook);
    }
    for (const auto& it : made.outlook.rows) {
        const auto &from = it.forecast.from, &to = it.forecast.to;
        if (from && (!made.heldFrom || *from < *made.heldFrom))
            made.heldFrom = from;
        if (to && (!made.heldTo || *to > *made.heldTo))
            made.heldTo = std::min(*to, query.at);
    }
    made.costIsOfHistory = !hasFleet;
    made.cost = hasFleet ? costOf(*query.snapshot, query.prices, dayOf(query.at))
                         : costOf(made.history, query.prices, dayOf(query.at));
    made.facts.rates = ratesOf(*made.cost);
    if (historyFile.empty())
        return made;
    // What was said before is no reason to say nothing now.
    if (auto earlier = ReportsFile::openToRead(reportsFileOf(historyFile))) {
        if (auto last = earlier->newestBefore(query.at))
            made.last = std::move(*last);
        else
            made.lastUnknown = last.error().text();
    } else if (earlier.error().kind != Error::Kind::NotFound)
        made.lastUnknown = earlier.error().text();
    return made;
}

Result<> keepFiguresOf(const std::string& historyFile, const CapacityReport& report, std::string& notice)
{
    if (historyFile.empty())
        return {};
    auto file = ReportsFile::open(reportsFileOf(historyFile), notice);
    return file ? file->keep(figuresOf(report)) : std::unexpected(file.error());
}

} // namespace penstock
