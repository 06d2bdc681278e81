// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "report/capacityreport.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <ranges>

namespace penstock {

namespace {

using Line = ReportFigures::Line;

std::optional<double> known(double value)
{
    return std::isnan(value) ? std::nullopt : std::optional(value);
}

double orNone(double value)
{
    return std::isnan(value) ? 0 : value;
}

/// What GPUs in a state add to a moment; unknown ones are only counted.
void add(CapacityMoment& sum, GpuState state, double gpus)
{
    const auto to = [gpus](std::initializer_list<double*> figures) {
        for (auto* it : figures)
            *it = orNone(*it) + gpus;
    };
    to({ &sum.gpus });
    if (state == GpuState::Unknown)
        return to({ &sum.unknown });
    const bool isBusy = state == GpuState::Busy, isIdle = state == GpuState::Idle;
    for (auto [isIn, figure] : { std::pair(isBusy, &CapacityMoment::busy), { isIdle, &CapacityMoment::idle },
             { isBusy || isIdle, &CapacityMoment::allocated }, { isBusy || isIdle || state == GpuState::Free, &CapacityMoment::supply } })
        sum.*figure = orNone(sum.*figure) + (isIn ? gpus : 0);
}

void put(Line& line, const std::optional<RunOut>& out)
{
    if (!out)
        return;
    line.hasRunOut = out->already;
    line.earliest = out->earliest;
    line.runsOut = out->likely;
    line.latest = out->latest;
}

void put(Line& line, const CostLine& cost)
{
    line.dollars = cost.rented.known();
    line.idleDollars = cost.idle.known();
}

} // namespace

bool CapacityReport::isSimulated() const
{
    return history.simulated || (cost && cost->simulated)
        || std::ranges::any_of(endpoints, [](const EndpointStatus& it) { return it.simulated; });
}

ReportFigures figuresOf(const CapacityReport& report)
{
    ReportFigures made { .at = report.at, .simulated = report.isSimulated(), .whole = {}, .lines = {} };
    const auto key = report.key();
    made.whole.gpus = known(key.newest.gpus);
    made.whole.supply = known(key.newest.supply);
    made.whole.committed = key.committed;
    made.whole.allocated = known(key.newest.allocated);
    made.whole.busy = known(key.newest.busy);
    made.whole.unmet = known(key.newest.unmet);
    if (const auto* told = report.told())
        put(made.whole, told->runOut);
    const bool isPriced = report.cost && report.cost->all.rented.dollars > 0;
    if (isPriced)
        put(made.whole, report.cost->all);
    for (const auto& row : report.rows()) {
        Line line { .provider = row.row.provider,
            .model = row.row.model,
            .gpus = known(row.row.newest.gpus),
            .supply = known(row.row.newest.supply),
            .committed = row.committed,
            .allocated = known(row.row.newest.allocated),
            .busy = known(row.row.newest.busy),
            .unmet = {},
            .dollars = {},
            .idleDollars = {},
            .earliest = {},
            .runsOut = {},
            .latest = {} };
        put(line, row.runOut);
        if (isPriced) {
            const auto& all = report.cost->bySupplier;
            const auto cost = std::ranges::find(all, row.row.provider + '/' + row.row.model, &CostLine::key);
            if (cost != all.end() && cost->rented.dollars > 0)
                put(line, *cost);
        }
        made.lines.push_back(std::move(line));
    }
    return made;
}

std::vector<LineChange> changesOf(const ReportFigures& before, const ReportFigures& after)
{
    const auto find = [](const ReportFigures& in, const Line& like) {
        const auto found = std::ranges::find_if(
            in.lines, [&](const Line& it) { return it.provider == like.provider && it.model == like.model; });
        return found == in.lines.end() ? std::nullopt : std::optional(*found);
    };
    std::vector<LineChange> made;
    for (const auto& it : after.lines)
        made.push_back({ find(before, it), it });
    for (const auto& it : before.lines)
        if (!find(after, it))
            made.push_back({ it, {} });
    return made;
}

CostPicture costOf(const CapacityHistory& history, const PriceBook& prices, std::chrono::sys_days on)
{
    CostPicture made;
    made.asOf = history.newest.until.value_or(history.query.to);
    made.simulated = history.simulated;
    std::map<std::string, CostLine> byProvider, byModel;
    for (const auto& row : history.rows) {
        const auto price = prices.price(row.provider, {}, row.model, {}, on);
        const auto each = price ? std::optional(price->perGpuHour) : std::nullopt;
        if (price)
            made.prices.add(*price);
        auto& supplier = made.bySupplier.emplace_back();
        supplier.key = row.provider + '/' + row.model;
        const auto& newest = row.newest;
        for (auto* line : { &made.all, &byProvider[row.provider], &byModel[row.model], &supplier }) {
            line->rented.add(orNone(newest.gpus), each);
            line->allocated.add(orNone(newest.allocated), each);
            line->used.add(orNone(newest.busy), each);
            line->idle.add(orNone(newest.idle), each);
            line->unheard += std::isnan(newest.busy) ? orNone(newest.gpus) : orNone(newest.unknown);
        }
        supplier.close();
    }
    made.all.close();
    for (const auto& [lines, into] : { std::pair(&byProvider, &made.byProvider), { &byModel, &made.byModel } })
        for (auto& [key, line] : *lines) {
            line.key = key;
            line.close();
            into->push_back(line);
        }
    return made;
}

CapacityHistory momentOf(const Snapshot& snapshot, const CapacityQuery& query)
{
    CapacityHistory made;
    made.query = query;
    made.step = query.step;
    made.simulated = snapshot.simulated();
    const auto& shape = snapshot.structure();
    if (snapshot.total().gpus == 0)
        return made;
    made.times = { query.to - query.step };
    std::map<std::pair<std::string, std::string>, CapacityMoment> rows;
    std::map<std::string, CapacityMoment> bands;
    for (std::size_t c = 0; c < shape.clusters.size(); ++c)
        for (const auto& cell : snapshot.picture(c).cells) {
            const auto &provider = shape.providerOf(shape.clusters[c]).name, &model = shape.models[cell.model];
            const auto& band = query.by == GroupPoint::Dimension::Model ? model : provider;
            for (auto* sum : { &rows[{ provider, model }], &bands[band], &made.newest })
                add(*sum, cell.state, cell.gpus);
        }
    const auto moment = [&](CapacityMoment sum) {
        if (!std::isnan(sum.supply))
            sum.until = query.to;
        return sum;
    };
    made.newest = moment(made.newest);
    for (const auto& [key, sum] : rows)
        made.rows.push_back({ .provider = key.first,
            .model = key.second,
            .newest = moment(sum),
            .peak = sum.busy,
            .peakShare = sum.supply > 0 ? 100 * sum.busy / sum.supply : notKnown });
    const auto series = [](const std::string& key, const CapacityMoment& of) {
        return CapacitySeries { .key = key,
            .gpus = { of.gpus },
            .supply = { of.supply },
            .allocated = { of.allocated },
            .busy = { of.busy },
            .peak = { of.busy },
            .needed = { notKnown },
            .unmet = { notKnown } };
    };
    made.whole = series({}, made.newest);
    for (const auto& [key, sum] : bands)
        made.bands.push_back(series(key, sum));
    if (!snapshot.demand().empty()) {
        double needed = 0, unmet = 0;
        for (const auto& it : snapshot.demand()) {
            needed += it.gpusNeeded;
            unmet += it.gpusUnmet;
        }
        made.whole.needed = { made.newest.needed = needed };
        made.whole.unmet = { made.newest.unmet = unmet };
    }
    return made;
}

} // namespace penstock
