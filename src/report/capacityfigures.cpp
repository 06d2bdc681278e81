// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "report/capacityfigures.h"

#include <algorithm>
#include <cmath>

#include "report/peakshare.h"

namespace penstock {

using namespace std::chrono_literals;
using std::chrono::days;

const std::array<CapacityRange, capacityRangeCount> capacityRanges { {
    { "1h", 1h, 10s, 0s, 0s },
    { "6h", 6h, 1min, 0s, 6h },
    { "1d", 24h, 5min, 0s, 24h },
    { "7d", days(7), 30min, 0s, days(4) },
    { "30d", days(30), 1h, 0s, days(20) },
    { "13mo", days(396), 1h, 24h, days(270) },
} };

std::size_t rangeHolding(Duration held)
{
    const auto fits = std::ranges::find_if(capacityRanges, [&](const CapacityRange& it) { return it.length >= held; });
    return std::min<std::size_t>(
        static_cast<std::size_t>(fits - capacityRanges.begin()), capacityRanges.size() - 1);
}

std::optional<double> CapacityFacts::priceOf(const std::string& provider, const std::string& model) const
{
    if (const auto found = price ? price(provider, model) : std::nullopt)
        return found;
    const auto rate = rates.find(provider + '/' + model);
    return rate == rates.end() ? std::nullopt : std::optional(rate->second);
}

std::vector<CapacityFigures> capacityRows(const CapacityHistory& history, const CapacityFacts& facts,
    std::span<const ToldGroup> told, std::span<const CommittedCapacity> blocks)
{
    const auto now = history.query.to;
    std::vector<CapacityFigures> rows;
    for (const auto& row : history.rows) {
        CapacityFigures made { .row = row, .committed = {}, .reserved = {}, .quota = {}, .runOut = {}, .cost = {} };
        if (const auto steps = capacitySteps(facts.committed, row.provider, row.model); !steps.empty())
            made.committed = capacityAt(steps, now);
        const auto add = [&](std::optional<double>& sum, const std::string& model, std::int64_t gpus) {
            if (model.empty() || modelMatches(row.model, model))
                sum = sum.value_or(0) + static_cast<double>(gpus);
        };
        const auto provider = std::ranges::find(facts.providers, row.provider, &Provider::id);
        if (provider != facts.providers.end()) {
            for (const auto& it : provider->quotas)
                add(made.quota, it.model, it.gpus);
            for (const auto& it : provider->reservations)
                if (it.holds(now))
                    add(made.reserved, it.model, it.gpus);
        }
        if (const auto found = std::ranges::find(told, row.provider + '/' + row.model, &ToldGroup::key);
            found != told.end())
            made.runOut = runOutWith(*found, GroupPoint::Dimension::ProviderModel, blocks);
        const auto price = facts.priceOf(row.provider, row.model);
        if (price && !std::isnan(row.newest.gpus))
            made.cost = *price * row.newest.gpus;
        rows.push_back(std::move(made));
    }
    return rows;
}

double peakShareOf(double peak, std::span<const double> supply, std::size_t step)
{
    double then = supply[step];
    const double before = step > 0 ? supply[step - 1] : notKnown;
    const double after = step + 1 < supply.size() ? supply[step + 1] : notKnown;
    const bool isBetween = (before < then && then < after) || (after < then && then < before);
    if (isBetween || peak > then)
        then = std::fmax(then, std::fmax(before, after));
    return then > 0 ? std::min(100.0, 100 * peak / then) : notKnown;
}

KeyFigures keyFigures(const CapacityHistory& history, const CapacityFacts& facts)
{
    const auto& whole = history.whole;
    KeyFigures made { .newest = history.newest, .peakAt = {}, .committed = {} };
    for (std::size_t i = 0; i < whole.peak.size(); ++i)
        if (!std::isnan(whole.peak[i]) && !(whole.peak[i] <= made.peak)) {
            made.peak = whole.peak[i];
            made.peakAt = history.times[i];
            made.peakShare = peakShareOf(made.peak, whole.supply, i);
        }
    const auto supplier = supplierOf(history.query.onlyOf, history.query.only);
    if (supplier)
        if (const auto steps = capacitySteps(facts.committed, supplier->first, supplier->second); !steps.empty())
            made.committed = capacityAt(steps, history.query.to);
    return made;
}

} // namespace penstock
