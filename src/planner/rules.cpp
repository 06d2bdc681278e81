// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "planner/rules.h"

#include <algorithm>
#include <limits>
#include <set>
#include <sstream>
#include <tuple>
#include <unordered_map>

#include "base/counttext.h"
#include "base/timetext.h"

namespace penstock {

std::optional<Price> priceOf(std::span<const Price> prices, std::string_view provider, std::string_view region, std::string_view model, std::chrono::sys_days on)
{
    const Price* best = nullptr;
    const auto rank = [](const Price& it) { return std::tuple(!it.region.empty(), it.model.size(), it.asOf); };
    for (const auto& it : prices)
        if (it.provider == provider && (it.region.empty() || it.region == region) && modelMatches(model, it.model) && it.asOf <= on && (!best || rank(it) > rank(*best)))
            best = &it;
    return best ? std::optional(*best) : std::nullopt;
}

void PriceBasis::add(const Price& price)
{
    if (!price.isList) {
        own = std::max(own.value_or(price.asOf), price.asOf);
        return;
    }
    oldestList = std::min(oldestList.value_or(price.asOf), price.asOf);
    newestList = std::max(newestList.value_or(price.asOf), price.asOf);
}

std::string PriceBasis::text() const
{
    const auto day = [](std::chrono::sys_days it) { return rfc3339(it).substr(0, 10); };
    std::string made;
    if (own)
        made = "prices of the workspace up to " + day(*own);
    if (oldestList)
        made += (own ? ", list prices of " : "list prices of ") + day(*oldestList) + (newestList != oldestList ? " to " + day(*newestList) : std::string());
    return made;
}

bool isApproved(const PlanRules& rules, const Workload& workload, std::string_view provider)
{
    const auto found = std::ranges::find(rules.providers, provider, &Provider::id);
    return std::ranges::all_of(workload.data, [&](const std::string& data) {
        return found != rules.providers.end() && found->subprocessor && std::ranges::find(found->approvedData, data) != found->approvedData.end();
    });
}

bool isResident(const PlanRules& rules, const Workload& workload, std::string_view region)
{
    return workload.residency.empty() || std::ranges::any_of(workload.residency, [&](const std::string& group) {
        const auto found = rules.regionGroups.find(group);
        return found != rules.regionGroups.end() && std::ranges::any_of(found->second, [&](const std::string& prefix) { return region.starts_with(prefix); });
    });
}

bool fits(const Workload& workload, std::string_view model)
{
    return workload.replicaModels.empty() || std::ranges::any_of(workload.replicaModels, [&](const std::string& wanted) { return modelMatches(model, wanted); });
}

namespace {

    std::string limitText(std::string_view kind, std::int64_t gpus, const std::string& model, const std::string& provider, const std::string& region)
    {
        return std::string(kind) + " of " + countText(gpus) + " " + (model.empty() ? "GPUs" : model) + " at " + provider + (region.empty() ? "" : " in " + region);
    }

    /// What the reservations for all of ours come to, of the same model and region, between every two moments at which one
    /// of them begins or ends.
    std::vector<Reservation> addedUp(std::vector<Reservation> reservations)
    {
        std::erase_if(reservations, [](const Reservation& it) { return !it.workload.empty(); });
        std::vector<Reservation> made;
        while (!reservations.empty()) {
            const auto isSame = [first = reservations.front()](const Reservation& it) { return it.model == first.model && it.region == first.region; };
            std::set<Time> moments;
            for (const auto& it : reservations)
                for (const auto& moment : { it.from, it.until })
                    if (moment && isSame(it))
                        moments.insert(*moment);
            auto sum = reservations.front();
            sum.from.reset();
            const auto addUntil = [&](std::optional<Time> until) {
                sum.until = until;
                sum.gpus = 0;
                bool any = false;
                for (const auto& it : reservations)
                    if (isSame(it) && (sum.from ? it.holds(*sum.from) : !it.from)) {
                        sum.gpus += it.gpus;
                        any = true;
                    }
                if (any)
                    made.push_back(sum);
                sum.from = until;
            };
            for (const auto& moment : moments)
                addUntil(moment);
            addUntil({});
            std::erase_if(reservations, isSame);
        }
        return made;
    }

    void mapLimits(RuleMap& map)
    {
        const auto& places = *map.places;
        map.limitsOf.resize(places.pools.size());
        const auto add = [&](Limit limit, const std::string& model, const std::string& region) {
            for (std::uint32_t p = 0; p < places.pools.size(); ++p) {
                const auto& pool = places.pools[p];
                if (pool.provider == limit.provider && (model.empty() || modelMatches(places.modelName(pool), model)) && (region.empty() || places.regionName(pool) == region)) {
                    limit.pools.push_back(p);
                    map.limitsOf[p].push_back(static_cast<std::uint32_t>(map.limits.size()));
                }
            }
            map.limits.push_back(std::move(limit));
        };
        for (std::uint32_t id = 0; id < places.providers.size(); ++id) {
            const auto& name = places.providers[id];
            const auto provider = std::ranges::find(map.rules.providers, name, &Provider::id);
            if (provider == map.rules.providers.end())
                continue;
            Limit blank { .kind = {}, .text = {}, .provider = id, .workload = {}, .from = {}, .until = {}, .pools = {} };
            if (provider->utilisationCap < 1) {
                auto cap = blank;
                std::ostringstream text;
                text << "utilisation cap " << provider->utilisationCap * 100 << " % of " << name;
                cap.text = text.str();
                cap.cap = provider->utilisationCap;
                add(std::move(cap), {}, {});
            }
            for (const auto& it : provider->quotas) {
                auto quota = blank;
                quota.kind = Limit::Kind::Quota;
                quota.text = limitText("quota", it.gpus, it.model, name, it.region);
                quota.gpus = it.gpus;
                add(std::move(quota), it.model, it.region);
            }
            const auto reserve = [&](const Reservation& it) {
                auto kept = blank;
                kept.kind = it.workload.empty() ? Limit::Kind::Reservation : Limit::Kind::SetAside;
                kept.text = limitText("reservation", it.gpus, it.model, name, it.region) + (it.workload.empty() ? "" : " for " + it.workload);
                kept.gpus = it.gpus;
                kept.from = it.from;
                kept.until = it.until;
                if (!it.workload.empty()) {
                    const auto whose = std::ranges::find(map.rules.workloads, it.workload, &Workload::name);
                    kept.workload = static_cast<std::uint32_t>(whose - map.rules.workloads.begin());
                }
                add(std::move(kept), it.model, it.region);
            };
            std::ranges::for_each(addedUp(provider->reservations), reserve);
            for (const auto& it : provider->reservations)
                if (!it.workload.empty())
                    reserve(it);
        }
    }

    /// Names of the shape, so that thousands of backends are looked up and not searched.
    struct Names
    {
        std::unordered_map<std::string_view, std::vector<std::uint32_t>> byProvider, byRegion, byCluster; ///< clusters

        explicit Names(const Places& places)
        {
            for (std::uint32_t c = 0; c < places.clusters.size(); ++c) {
                const auto& region = places.regions[places.clusters[c].region];
                byProvider[places.providers[region.provider]].push_back(c);
                byRegion[region.name].push_back(c);
                byCluster[places.clusters[c].name].push_back(c);
            }
        }
        [[nodiscard]] std::vector<std::uint32_t> clusters(const Places& places, const Scope& scope) const
        {
            const auto& [index, key] = !scope.cluster.empty() ? std::tie(byCluster, scope.cluster)
                : !scope.region.empty()                      ? std::tie(byRegion, scope.region)
                                                             : std::tie(byProvider, scope.provider);
            const auto found = index.find(key);
            std::vector<std::uint32_t> chosen;
            if (found == index.end())
                return chosen;
            for (const auto c : found->second) {
                const auto& region = places.regions[places.clusters[c].region];
                if (scope.contains(places.providers[region.provider], region.name, places.clusters[c].name))
                    chosen.push_back(c);
            }
            return chosen;
        }
    };

    RuleMap::Backend mapBackend(const RuleMap& map, const Names& names, const std::vector<std::vector<std::uint32_t>>& poolsOf, const Route::Backend& backend, const Workload* workload)
    {
        const auto& places = *map.places;
        RuleMap::Backend made;
        made.clusters = names.clusters(places, backend.scope);
        std::set<std::string> providers, outside;
        if (!backend.scope.provider.empty())
            providers.insert(backend.scope.provider);
        for (const auto c : made.clusters) {
            const auto& region = places.regions[places.clusters[c].region];
            providers.insert(places.providers[region.provider]);
            if (workload && !isResident(map.rules, *workload, region.name))
                outside.insert(region.name);
            made.pools.insert(made.pools.end(), poolsOf[c].begin(), poolsOf[c].end());
        }
        // A region that no endpoint reports is still the region that the workspace names.
        if (workload && !backend.scope.region.empty() && !isResident(map.rules, *workload, backend.scope.region))
            outside.insert(backend.scope.region);
        made.providers.assign(providers.begin(), providers.end());
        made.notResident.assign(outside.begin(), outside.end());
        if (!workload)
            return made;
        for (const auto& provider : made.providers)
            for (const auto& data : workload->data) {
                const auto found = std::ranges::find(map.rules.providers, provider, &Provider::id);
                if (found == map.rules.providers.end() || !found->subprocessor || std::ranges::find(found->approvedData, data) == found->approvedData.end())
                    made.notApproved.push_back(provider + (found == map.rules.providers.end() || found->subprocessor ? " is not approved for " : " is not on the list of sub-processors, and so not approved for ") + data);
            }
        for (const auto p : made.pools)
            if (fits(*workload, places.modelName(places.pools[p])))
                made.fitting.push_back(p);
        std::ranges::stable_sort(made.fitting, {}, [&](std::uint32_t p) { return map.costOfLoad(p).value_or(std::numeric_limits<double>::infinity()); });
        return made;
    }

} // namespace

std::optional<double> RuleMap::costOfLoad(std::uint32_t pool) const
{
    if (!prices[pool])
        return std::nullopt;
    return prices[pool]->perGpuHour / performance[places->pools[pool].model];
}

std::shared_ptr<const RuleMap> RuleMap::make(PlanRules rules, std::shared_ptr<const Places> places, std::chrono::sys_days on)
{
    auto map = std::make_shared<RuleMap>();
    map->rules = std::move(rules);
    map->places = std::move(places);
    const auto& shape = *map->places;
    for (const auto& model : shape.models)
        map->performance.push_back(relativePerformance(model, map->rules.performance));
    std::vector<std::vector<std::uint32_t>> poolsOf(shape.clusters.size());
    for (std::uint32_t p = 0; p < shape.pools.size(); ++p) {
        const auto& pool = shape.pools[p];
        poolsOf[pool.cluster].push_back(p);
        auto price = priceOf(map->rules.prices, shape.providerName(pool), shape.regionName(pool), shape.modelName(pool), on);
        if (!price && map->rules.listPrices)
            price = map->rules.listPrices->listPrice(shape.providerName(pool), shape.regionName(pool), shape.modelName(pool), shape.instanceTypes[pool.type], on);
        map->prices.push_back(std::move(price));
    }
    mapLimits(*map);
    const Names names(shape);
    std::vector<std::vector<bool>> counted(map->rules.workloads.size());
    for (const auto& route : map->rules.routes) {
        MappedRoute made;
        const auto workload = std::ranges::find(map->rules.workloads, route.workload, &Workload::name);
        if (workload != map->rules.workloads.end())
            made.workload = static_cast<std::uint32_t>(workload - map->rules.workloads.begin());
        for (const auto& backend : route.backends)
            made.backends.push_back(mapBackend(*map, names, poolsOf, backend, made.workload ? &*workload : nullptr));
        if (made.workload) {
            auto& seen = counted[*made.workload];
            seen.resize(shape.pools.size());
            for (const auto& backend : made.backends)
                for (const auto pool : backend.pools)
                    if (!seen[pool]) {
                        seen[pool] = true;
                        made.pools.push_back(pool);
                    }
        }
        map->routes.push_back(std::move(made));
    }
    return map;
}

} // namespace penstock
