// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "cost/cost.h"

#include <algorithm>
#include <map>
#include <ranges>

namespace penstock {

namespace {

/// What a GPU of a model costs on average in a cluster, whose nodes may be of several types.
struct Rate
{
    double dollars = 0, priced = 0, gpus = 0;
    [[nodiscard]] double each() const { return priced > 0 ? dollars / priced : 0; }
    [[nodiscard]] double share() const { return gpus > 0 ? priced / gpus : 0; }
};

void add(CostLine& line, const Cell& cell, const Rate& rate)
{
    const double count = cell.gpus, known = count * rate.share(), each = rate.each();
    const auto put = [&](Spend& spend) {
        spend.gpus += count;
        spend.dollars += known * each;
        spend.unpriced += count - known;
    };
    put(line.rented);
    if (isLoad(cell))
        put(line.allocated);
    if (cell.state == GpuState::Busy)
        put(line.used);
    if (cell.state == GpuState::Idle)
        put(line.idle);
    if (cell.state == GpuState::Unknown)
        line.unheard += count;
}

std::vector<CostLine> listed(std::map<std::string, CostLine>& lines)
{
    std::vector<CostLine> made;
    for (auto& [key, line] : lines) {
        line.key = key;
        line.close();
        made.push_back(std::move(line));
    }
    return made;
}

} // namespace

std::optional<Price> PriceBook::price(const std::string& provider, const std::string& region, const std::string& model,
    const std::string& instanceType, std::chrono::sys_days on) const
{
    auto found = priceOf(own, provider, region, model, on);
    return found || !lists ? found : lists->listPrice(provider, region, model, instanceType, on);
}

std::map<std::string, double> ratesOf(const CostPicture& cost)
{
    std::map<std::string, double> made;
    for (const auto& it : cost.bySupplier)
        if (const double priced = it.rented.gpus - it.rented.unpriced; priced >= 1 && it.rented.dollars > 0)
            made.emplace(it.key, it.rented.dollars / priced);
    return made;
}

CostPicture costOf(const Snapshot& snapshot, const PriceBook& prices, std::chrono::sys_days on)
{
    CostPicture made;
    made.asOf = snapshot.asOf();
    made.simulated = snapshot.simulated();
    const auto& shape = snapshot.structure();
    std::map<std::string, CostLine> byProvider, byModel, byWorkload, bySupplier;
    made.isSilent = !shape.clusters.empty();
    for (std::size_t c = 0; c < shape.clusters.size(); ++c) {
        const bool isSilent = snapshot.isStale(c) || snapshot.fromCache(c);
        made.isSilent = made.isSilent && isSilent;
        if (const auto seen = isSilent ? snapshot.observed(c) : std::nullopt)
            made.silentSince = std::min(made.silentSince.value_or(*seen), *seen);
        const auto& cluster = shape.clusters[c];
        const auto& provider = shape.providerOf(cluster).name;
        const auto& region = shape.regions[cluster.region].name;
        std::map<std::pair<std::uint32_t, std::string_view>, double> types; ///< GPUs by model and type of instance
        for (auto n = cluster.firstNode; n < cluster.firstNode + cluster.nodes; ++n)
            types[{ shape.nodes[n].model, shape.nodes[n].instanceType }] += shape.nodes[n].gpus;
        std::map<std::uint32_t, Rate> rates;
        for (const auto& [what, gpus] : types) {
            auto& rate = rates[what.first];
            rate.gpus += gpus;
            const auto price = prices.price(provider, region, shape.models[what.first], std::string(what.second), on);
            if (!price)
                continue;
            rate.priced += gpus;
            rate.dollars += gpus * price->perGpuHour;
            made.prices.add(*price);
        }
        for (const auto& cell : snapshot.picture(c).cells) {
            const auto& rate = rates[cell.model];
            const auto& model = shape.models[cell.model];
            const auto workload = cell.workload == noWorkload ? std::string() : snapshot.workloads()[cell.workload];
            for (auto* line : { &made.all, &byProvider[provider], &byModel[model], &byWorkload[workload],
                     &bySupplier[provider + '/' + model] })
                add(*line, cell, rate);
        }
    }
    made.all.close();
    made.byProvider = listed(byProvider);
    made.byModel = listed(byModel);
    made.byWorkload = listed(byWorkload);
    made.bySupplier = listed(bySupplier);
    return made;
}

} // namespace penstock
