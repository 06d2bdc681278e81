// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "session/capacity.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <ranges>
#include <set>

#include "report/peakshare.h"
#include "sampling.h"
#include "storage/historyfile.h"

namespace penstock {

namespace {

using Dimension = GroupPoint::Dimension;
using Figure = HistoryFigure;

const std::vector<Figure> states { Figure::Gpus, Figure::Unknown, Figure::Busy, Figure::Idle, Figure::Free };
constexpr std::chrono::seconds momentLength { 10 }; ///< long enough to be no flicker, short enough to be called now

/// The dimension in which the history has what is asked for.
Dimension dimensionOf(const CapacityQuery& query)
{
    const bool crossed = (query.by == Dimension::Provider && query.onlyOf == Dimension::Model)
        || (query.by == Dimension::Model && query.onlyOf == Dimension::Provider);
    return crossed ? Dimension::ProviderModel : query.by;
}

/// What a group of that dimension is called as a band; nothing when it is none of those asked for.
std::optional<std::string> bandOf(const CapacityQuery& query, const std::string& key)
{
    if (query.onlyOf == Dimension::Total)
        return key;
    if (query.onlyOf == query.by)
        return key == query.only ? std::optional(key) : std::nullopt;
    const auto slash = std::min(key.find('/'), key.size());
    const auto before = key.substr(0, slash), after = key.substr(std::min(slash + 1, key.size()));
    if (query.by == Dimension::Region)
        return before == query.only ? std::optional(key) : std::nullopt;
    if (query.onlyOf == Dimension::Provider)
        return before == query.only ? std::optional(after) : std::nullopt;
    return after == query.only ? std::optional(before) : std::nullopt;
}

/// How many GPUs there are is known of those too of which nothing is heard.
bool tellsAnything(const HistorySeries& series)
{
    return series.figure != Figure::Gpus && series.figure != Figure::Unknown;
}

/// Puts a figure of a group where its times are.
class Grid
{
public:
    explicit Grid(const std::vector<HistorySeries>& all, const std::string& key)
    {
        for (const auto& series : all)
            if (series.key == key && tellsAnything(series))
                std::ranges::transform(series.points, std::back_inserter(times), &HistoryPoint::at);
        std::ranges::sort(times);
        times.erase(std::ranges::unique(times).begin(), times.end());
    }
    /// Adds to `sum`, where a value that is not known yet counts as none.
    void add(std::vector<double>& sum, const HistorySeries& series, double HistoryPoint::*what) const
    {
        sum.resize(times.size(), notKnown);
        auto at = times.begin();
        for (const auto& point : series.points) {
            while (at != times.end() && *at < point.at)
                ++at;
            if (at == times.end() || *at != point.at)
                continue;
            auto& value = sum[static_cast<std::size_t>(at - times.begin())];
            value = (std::isnan(value) ? 0 : value) + point.*what;
        }
    }
    std::vector<Time> times;
};

using Column = std::vector<double> CapacitySeries::*;
constexpr std::array columns { &CapacitySeries::gpus, &CapacitySeries::silent, &CapacitySeries::supply, &CapacitySeries::allocated,
    &CapacitySeries::busy, &CapacitySeries::peak, &CapacitySeries::needed, &CapacitySeries::unmet };

void fill(CapacitySeries& made, const Grid& grid, const HistorySeries& series)
{
    for (const Column column : columns)
        (made.*column).resize(grid.times.size(), notKnown);
    const auto mean = [&](std::vector<double>& sum) { grid.add(sum, series, &HistoryPoint::mean); };
    switch (series.figure) {
    case Figure::Gpus:
        return mean(made.gpus);
    case Figure::Unknown:
        return mean(made.silent);
    case Figure::Busy:
        mean(made.supply);
        mean(made.allocated);
        mean(made.busy);
        return grid.add(made.peak, series, &HistoryPoint::greatest);
    case Figure::Idle:
        mean(made.allocated);
        return mean(made.supply);
    case Figure::Free:
        return mean(made.supply);
    case Figure::Needed:
        return mean(made.needed);
    case Figure::Unmet:
        return grid.add(made.unmet, series, &HistoryPoint::greatest);
    default:
        return;
    }
}

double greater(double a, double b)
{
    return std::isnan(a) || b > a ? b : a;
}

/// Leaves of each stretch its busiest step, which then stands at the beginning of the stretch.
void keepBusiest(CapacityHistory& made, std::chrono::seconds stretch)
{
    std::vector<std::size_t> busiest;
    std::vector<Time> begins;
    for (std::size_t i = 0; i < made.times.size(); ++i) {
        const auto at = made.times[i].time_since_epoch();
        const Time begin(at - at % stretch);
        if (begins.empty() || begins.back() != begin) {
            begins.push_back(begin);
            busiest.push_back(i);
        } else if (made.whole.busy[i] > made.whole.busy[busiest.back()])
            busiest.back() = i;
    }
    const auto thin = [&](CapacitySeries& series) {
        for (const Column column : columns) {
            auto& values = series.*column;
            const bool most = column == &CapacitySeries::peak || column == &CapacitySeries::unmet;
            std::vector<double> kept(begins.size(), notKnown);
            std::size_t at = 0;
            for (std::size_t i = 0; i < values.size(); ++i) {
                while (at + 1 < begins.size() && made.times[i] >= begins[at + 1])
                    ++at;
                if (most)
                    kept[at] = greater(kept[at], values[i]);
                else if (i == busiest[at])
                    kept[at] = values[i];
            }
            values = std::move(kept);
        }
    };
    thin(made.whole);
    std::ranges::for_each(made.bands, thin);
    made.times = std::move(begins);
    made.step = stretch;
}

/// Those whose GPUs are not even remembered any more while others still are: their endpoint left the workspace, or they
/// left their cluster.
std::set<std::string> goneOf(const std::vector<HistorySeries>& all)
{
    constexpr std::chrono::days longEnough { 1 }; // to be no restart and no new name
    std::map<std::string, Time> last;
    Time newest = Time::min();
    for (const auto& series : all)
        if (series.figure == Figure::Gpus) {
            last[series.key] = series.points.back().at;
            newest = std::max(newest, series.points.back().at);
        }
    std::set<std::string> gone;
    for (const auto& [key, at] : last)
        if (newest - at > longEnough)
            gone.insert(key);
    return gone;
}

/// A provider's GPUs of a model, and their greatest moments.
std::vector<CapacityRow> rowsOf(const std::vector<HistorySeries>& all)
{
    const auto gone = goneOf(all);
    std::map<std::string, std::vector<const HistorySeries*>> byKey;
    for (const auto& series : all)
        if (!gone.contains(series.key))
            byKey[series.key].push_back(&series);
    std::vector<CapacityRow> rows;
    for (const auto& [key, group] : byKey) {
        const auto supplier = supplierOf(Dimension::ProviderModel, key);
        CapacityRow row { .provider = supplier->first, .model = supplier->second };
        // The greatest second of busy, and what there was of supply then.
        if (const auto busy = std::ranges::find(group, Figure::Busy, &HistorySeries::figure); busy != group.end()) {
            std::vector<double> supply;
            for (const auto* series : group)
                if (series->figure != Figure::Gpus && series->figure != Figure::Unknown) {
                    std::size_t i = 0;
                    supply.resize((*busy)->points.size());
                    for (const auto& point : series->points) {
                        while (i < supply.size() && (*busy)->points[i].at < point.at)
                            ++i;
                        if (i < supply.size() && (*busy)->points[i].at == point.at)
                            supply[i] += point.mean;
                    }
                }
            for (std::size_t i = 0; i < supply.size(); ++i) {
                const auto busiest = (*busy)->points[i].greatest;
                row.peak = greater(row.peak, busiest);
                if (const double share = peakShareOf(busiest, supply, i); !std::isnan(share))
                    row.peakShare = greater(row.peakShare, share);
            }
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

void add(CapacityMoment& made, Figure figure, double value)
{
    const auto sum = [value](std::initializer_list<double*> sums) {
        for (auto* it : sums)
            *it = std::isnan(*it) ? value : *it + value;
    };
    switch (figure) {
    case Figure::Gpus:
        return sum({ &made.gpus });
    case Figure::Unknown:
        return sum({ &made.unknown });
    case Figure::Busy:
        return sum({ &made.busy, &made.allocated, &made.supply });
    case Figure::Idle:
        return sum({ &made.idle, &made.allocated, &made.supply });
    case Figure::Free:
        return sum({ &made.supply });
    case Figure::Needed:
        return sum({ &made.needed });
    case Figure::Unmet:
        return sum({ &made.unmet });
    default:
        return;
    }
}

/// The last moment of each key, of which a long step would only tell a mean.
Result<std::map<std::string, CapacityMoment>> newestOf(HistoryFile& file, const HistoryQuery& asked, const HistoryAnswer& coarse)
{
    std::map<std::string, CapacityMoment> made;
    std::map<std::string, Time> last;
    for (const auto& series : coarse.series) {
        if (tellsAnything(series))
            last[series.key] = std::max(last[series.key], series.points.back().at);
        else
            (series.figure == Figure::Gpus ? made[series.key].gpus : made[series.key].unknown) = series.points.back().mean;
    }
    std::map<Time, std::vector<std::string>> keysOf;
    for (const auto& [key, at] : last)
        keysOf[at].push_back(key);
    for (const auto& [begin, keys] : keysOf) {
        auto query = asked;
        query.keys = keys;
        query.from = begin;
        query.to = std::min(asked.to, begin + coarse.step);
        query.step = std::min(asked.step, momentLength);
        const auto fine = file.read(query);
        if (!fine)
            return std::unexpected(fine.error());
        std::map<std::string, Time> at;
        for (const auto& series : fine->series)
            if (tellsAnything(series))
                at[series.key] = std::max(at[series.key], series.points.back().at);
        for (const auto& [key, time] : at)
            made[key] = { .until = std::min(time + fine->step, asked.to), .step = fine->step };
        for (const auto& series : fine->series)
            if (const auto& point = series.points.back(); at.contains(series.key) && point.at == at[series.key])
                add(made[series.key], series.figure, point.mean);
    }
    return made;
}

} // namespace

Result<CapacityHistory> readCapacity(const std::string& historyFile, const CapacityQuery& query)
{
    auto file = HistoryFile::openToRead(historyFile);
    if (!file)
        return std::unexpected(file.error());
    const auto ask = [&](Dimension dimension, std::vector<std::string> keys, std::vector<Figure> figures) {
        return HistoryQuery { .dimension = dimension,
            .keys = std::move(keys),
            .figures = std::move(figures),
            .from = query.from,
            .to = query.to,
            .step = query.step };
    };
    auto figures = states;
    figures.insert(figures.end(), { Figure::Needed, Figure::Unmet });
    const bool all = query.onlyOf == Dimension::Total;
    const auto askWhole
        = ask(query.onlyOf, all ? std::vector<std::string>() : std::vector<std::string> { query.only }, figures);
    const auto askSuppliers = ask(Dimension::ProviderModel, {}, states);
    const auto whole = file->read(askWhole);
    if (!whole)
        return std::unexpected(whole.error());
    const auto parts = file->read(ask(dimensionOf(query), {}, states));
    if (!parts)
        return std::unexpected(parts.error());
    const auto suppliers
        = dimensionOf(query) == Dimension::ProviderModel ? parts : file->read(askSuppliers);
    if (!suppliers)
        return std::unexpected(suppliers.error());
    const auto newest = newestOf(*file, askWhole, *whole), newestRows = newestOf(*file, askSuppliers, *suppliers);
    if (!newest || !newestRows)
        return std::unexpected(!newest ? newest.error() : newestRows.error());

    CapacityHistory made;
    made.query = query;
    made.step = whole->step;
    made.damaged = whole->damaged + parts->damaged + suppliers->damaged;
    const Grid grid(whole->series, query.only);
    made.times = grid.times;
    made.whole.key = query.only;
    for (const auto& series : whole->series) {
        fill(made.whole, grid, series);
        made.simulated = made.simulated
            || std::ranges::any_of(series.points, [](const HistoryPoint& it) { return it.simulated > 0; });
    }
    std::map<std::string, CapacitySeries> bands;
    for (const auto& series : parts->series)
        if (const auto name = bandOf(query, series.key); name && !name->empty()) {
            auto& band = bands[*name];
            band.key = *name;
            fill(band, grid, series);
        }
    std::ranges::move(bands | std::views::values, std::back_inserter(made.bands));
    if (const auto found = newest->find(query.only); found != newest->end())
        made.newest = found->second;
    made.rows = rowsOf(suppliers->series);
    for (auto& row : made.rows)
        row.newest = newestRows->at(row.provider + '/' + row.model);
    if (made.newest.until && made.newest.isOldAt(query.to)) {
        const auto sampling = samplingBefore(*file, query.to);
        if (!sampling)
            return std::unexpected(sampling.error());
        if (*sampling) {
            const auto lasts = [&](CapacityMoment& moment) {
                if (moment.until && *moment.until > (*sampling)->last)
                    moment.until = std::max(*moment.until, std::min(query.to, (*sampling)->last + (*sampling)->apart));
            };
            lasts(made.newest);
            std::ranges::for_each(made.rows, lasts, [](CapacityRow& row) -> CapacityMoment& { return row.newest; });
        }
    }
    if (query.busiestOf > made.step)
        keepBusiest(made, query.busiestOf);
    return made;
}

namespace {

/// Of each provider and model of which nothing is committed: the GPUs that were there last.
Result<std::map<std::string, double>> uncommittedOf(
    HistoryFile& file, std::span<const CommittedCapacity> committed, Time now)
{
    const auto answer = file.read({ .dimension = Dimension::ProviderModel,
        .keys = {},
        .figures = { Figure::Gpus },
        .from = {},
        .to = now,
        .step = std::chrono::hours(1) });
    if (!answer)
        return std::unexpected(answer.error());
    const auto gone = goneOf(answer->series);
    std::map<std::string, double> made;
    for (const auto& series : answer->series)
        if (const auto supplier = supplierOf(Dimension::ProviderModel, series.key);
            !gone.contains(series.key) && capacitySteps(committed, supplier->first, supplier->second).empty())
            made[series.key] = series.points.back().mean;
    return made;
}

double sumFor(const std::map<std::string, double>& uncommitted, Dimension dimension, const std::string& key)
{
    const auto whose = supplierOf(dimension, key);
    double sum = 0;
    for (const auto& [part, gpus] : uncommitted) {
        const auto supplier = supplierOf(Dimension::ProviderModel, part);
        if (whose && (whose->first.empty() || whose->first == supplier->first)
            && (whose->second.empty() || whose->second == supplier->second))
            sum += gpus;
    }
    return sum;
}

/// Takes out the hours in which so much was silent that what was heard says little of the whole. What is silent for a week has
/// left, though nobody took its endpoint out of the workspace.
void forgetSilence(std::map<Time, Observation>& hours, const std::map<Time, double>& gpus, const std::map<Time, double>& silent)
{
    constexpr double most = 0.1; // of the GPUs
    constexpr std::chrono::days left { 7 };
    const auto isSilent = [&](Time at) {
        const auto some = silent.find(at), all = gpus.find(at);
        return some != silent.end() && all != gpus.end() && some->second > most * all->second;
    };
    for (auto it = hours.begin(); it != hours.end();) {
        auto end = it;
        while (end != hours.end() && isSilent(end->first))
            ++end;
        const bool isLong = end != it && std::prev(end)->first - it->first >= left;
        it = end == it ? std::next(it) : isLong ? end : hours.erase(it, end);
    }
}

} // namespace

Result<Outlook> readOutlook(const std::string& historyFile, const OutlookQuery& query)
{
    auto file = HistoryFile::openToRead(historyFile);
    if (!file)
        return std::unexpected(file.error());
    auto figures = query.figures;
    figures.insert(figures.end(), { Figure::Gpus, Figure::Unknown });
    const auto answer = file->read({ .dimension = query.dimension,
        .keys = query.keys,
        .figures = figures,
        .from = {},
        .to = query.settings.now.value_or(wallClock()),
        .step = std::chrono::hours(1) });
    if (!answer)
        return std::unexpected(answer.error());
    Outlook made;
    made.damaged = answer->damaged;
    std::map<std::string, std::map<Time, Observation>> seen;
    std::map<std::string, std::map<Time, double>> gpus, silent;
    const auto gone = query.keys.empty() ? goneOf(answer->series) : std::set<std::string>();
    for (const auto& series : answer->series) {
        if (gone.contains(series.key))
            continue;
        if (series.figure == Figure::Gpus || series.figure == Figure::Unknown) {
            auto& told = (series.figure == Figure::Gpus ? gpus : silent)[series.key];
            for (const auto& point : series.points)
                told[point.at] = point.mean;
            continue;
        }
        auto& hours = seen[series.key];
        for (const auto& point : series.points) {
            auto& sum = hours[point.at];
            sum.at = point.at;
            sum.covered = std::chrono::seconds(point.seconds);
            sum.mean += point.mean;
            sum.least += point.least;
            sum.greatest += point.greatest;
            made.simulated = made.simulated || point.simulated > 0;
        }
    }
    const bool isSum = query.dimension == Dimension::Total || query.dimension == Dimension::Provider
        || query.dimension == Dimension::Model;
    const auto uncommitted = isSum && !query.committed.empty()
        ? uncommittedOf(*file, query.committed, query.settings.now.value_or(wallClock()))
        : Result<std::map<std::string, double>>();
    if (!uncommitted)
        return std::unexpected(uncommitted.error());
    for (auto& [key, hours] : seen) {
        if (query.isOutdated && query.isOutdated())
            return fail(Error::Kind::Refused, "nobody waits for this forecast any more");
        forgetSilence(hours, gpus[key], silent[key]);
        std::vector<Observation> history;
        std::ranges::copy(hours | std::views::values, std::back_inserter(history));
        const auto there = gpus[key].empty() ? std::nullopt : std::optional(gpus[key].rbegin()->second);
        ToldGroup told { .key = key,
            .forecast = forecast(history, query.settings),
            .supply = query.capacity
                ? Supply { { { Time::min(), *query.capacity } }, "given" }
                : supplyOf(query.committed, query.dimension, key, there, sumFor(*uncommitted, query.dimension, key)),
            .runOut = {} };
        told.runOut = runOut(told.forecast, told.supply.steps);
        made.groups.push_back(std::move(told));
    }
    return made;
}

} // namespace penstock
