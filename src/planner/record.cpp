// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "planner/record.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>
#include <tuple>
#include <utility>

namespace penstock {

namespace {

    AuditInterlock::Verdict verdictOf(Interlock::Verdict verdict)
    {
        switch (verdict) {
        case Interlock::Verdict::Pass: return AuditInterlock::Verdict::Pass;
        case Interlock::Verdict::Note: return AuditInterlock::Verdict::Note;
        case Interlock::Verdict::Block: return AuditInterlock::Verdict::Block;
        }
        std::unreachable();
    }

    std::optional<double> share(const Weights& weights, std::size_t at) { return at < weights.size() ? std::optional(weights[at]) : std::nullopt; }

} // namespace

AuditPicture pictureOf(const Capacity& capacity)
{
    AuditPicture picture;
    picture.asOf = capacity.asOf;
    if (!capacity.places)
        return picture;
    const auto& places = *capacity.places;
    // In the order of the fleets.
    std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, AuditPool> sums;
    for (std::size_t i = 0; i < capacity.pools.size(); ++i) {
        const auto& at = places.pools[i];
        const auto& pool = capacity.pools[i];
        auto& sum = sums[{ at.provider, at.region, at.model }];
        sum.gpus += pool.gpus;
        sum.healthy += pool.healthy;
        sum.free += pool.free;
        sum.allocated += pool.allocated;
        if (capacity.freshness[at.cluster] != Freshness::Fresh)
            sum.staleGpus += pool.gpus;
    }
    for (auto& [key, sum] : sums) {
        const auto& [provider, region, model] = key;
        sum.provider = places.providers[provider];
        sum.region = places.regions[region].name;
        sum.model = places.models[model];
        picture.pools.push_back(std::move(sum));
    }
    return picture;
}

AuditPicture pictureOf(const Ground& ground, std::span<const RouteMove> moves, const Effect& effect)
{
    auto picture = pictureOf(ground.capacity());
    const auto& routes = ground.rules().routes;
    for (const auto& need : effect.needs) {
        const auto move = std::ranges::find(moves, need.route, &RouteMove::route);
        picture.needs.push_back({ .route = routes[need.route].name, .backend = routes[need.route].backends[need.backend].name, .model = {},
            .now = move == moves.end() ? std::nullopt : share(move->from, need.backend),
            .target = move == moves.end() ? std::nullopt : share(move->to, need.backend), .heldGpus = need.heldGpus, .neededGpus = need.neededGpus,
            .placeableGpus = need.placeableGpus, .shortGpus = need.shortGpus, .utilisationBefore = {}, .utilisationAfter = {} });
    }
    for (auto& line : linesOf(ground, effect, EffectBy::ClusterAndModel)) {
        const auto& sum = line.sum;
        picture.effects.push_back({ std::move(line.provider), std::move(line.region), std::move(line.cluster), std::move(line.model), sum.needed, sum.freed,
            sum.placeable, sum.healthy, sum.allocatedBefore, sum.allocatedAfter, sum.costBefore, sum.costAfter, sum.unpriced });
    }
    picture.costBefore = effect.costBefore;
    picture.costAfter = effect.costAfter;
    if (effect.firstBreak) {
        const auto& first = *effect.firstBreak;
        std::ostringstream text;
        text << routes[first.route].name << " at " << routes[first.route].backends[first.backend].name << ", at " << std::round(first.reach * 100) / 100
             << " times its need: " << first.because;
        picture.breaksFirst = text.str();
    }
    return picture;
}

AuditOverride recordOf(const Override& taken) { return { taken.person, taken.reason, taken.rules, taken.until }; }

AuditJudged recordOf(std::span<const Interlock> interlocks, std::size_t stepsDone)
{
    AuditJudged judged;
    judged.stepsDone = static_cast<std::int64_t>(stepsDone);
    for (const auto& it : interlocks) {
        judged.blocked = judged.blocked || it.blocks();
        judged.interlocks.push_back({ it.rule, it.title, verdictOf(it.verdict), it.evidence, it.overridden ? std::optional(recordOf(*it.overridden)) : std::nullopt });
    }
    return judged;
}

AuditAsked recordOf(const Plan& plan, std::span<const Route> routes, AuditPicture picture)
{
    AuditAsked asked;
    asked.reason = plan.reason;
    asked.now = plan.now;
    asked.bake = plan.bake;
    asked.picture = std::move(picture);
    std::string names;
    for (const auto& move : plan.moves) {
        AuditMove made { .route = move.route, .version = move.version, .backends = {}, .from = move.from, .steps = move.steps };
        if (const auto route = std::ranges::find(routes, move.route, &Route::name); route != routes.end())
            for (const auto& backend : route->backends)
                made.backends.push_back(backend.name);
        names += (names.empty() ? "" : ", ") + move.route;
        asked.moves.push_back(std::move(made));
    }
    asked.what = plan.kind == Plan::Kind::Evacuation ? "evacuate " + plan.scope.text() : "shift " + names;
    for (const auto& it : plan.shed)
        asked.shed.push_back({ it.workload, it.provider, it.region, it.cluster, it.model, it.gpus, it.replicas });
    return asked;
}

} // namespace penstock
