// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "rules.h"

#include <array>

namespace penstock {

namespace {

    void readFreeze(Table& it, Policy& policy, const std::vector<std::string>& routes)
    {
        constexpr std::array names { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };
        FreezeWindow window { .name = it.text("name", true), .routes = it.texts("routes") };
        for (const auto& route : window.routes)
            it.choose("routes", route, routes, "route");
        const auto days = it.texts("days");
        for (const auto& day : days) {
            it.choose("days", day, { names.begin(), names.end() }, "day");
            const auto found = std::ranges::find(names, day);
            if (found != names.end())
                window.days.emplace_back(static_cast<unsigned>(found - names.begin()));
        }
        const bool weekly = it.raw().contains("days");
        for (const auto* key : { "from", "until" })
            if (!it.raw().contains(key))
                it.error(it.raw().source(), std::string(key) + " is missing",
                    weekly ? "add " + std::string(key) + " = 18:00:00 (UTC)" : "add " + std::string(key) + " = 2026-12-24T18:00:00Z");
        if (weekly) {
            window.fromTime = it.timeOfDay("from").value_or(std::chrono::seconds {});
            window.untilTime = it.timeOfDay("until").value_or(std::chrono::seconds {});
            if (days.empty())
                it.error(it.at("days"), "days is empty", "write days = [\"sat\", \"sun\"]");
        } else {
            const auto from = it.time("from"), until = it.time("until");
            if (from && until && *until <= *from)
                it.error(it.at("until"), "the window ends before it begins", "write a later until");
            window.from = from.value_or(Time {});
            window.until = until.value_or(Time {});
        }
        policy.freezes.push_back(std::move(window));
    }

} // namespace

void readLimits(Table& it, Provider& provider)
{
    it.tables("quota", [&](Table& quota) {
        provider.quotas.push_back({ .model = quota.text("model"), .region = quota.text("region"), .gpus = quota.gpus("gpus") });
    });
    it.tables("reservation", [&](Table& kept) {
        provider.reservations.push_back({ .model = kept.text("model"), .region = kept.text("region"), .gpus = kept.gpus("gpus"),
            .workload = kept.text("workload"), .from = kept.time("from"), .until = kept.time("until") });
        const auto& made = provider.reservations.back();
        if (made.from && made.until && *made.until <= *made.from)
            kept.error(kept.at("until"), "the reservation ends before it begins", "write a later until");
    });
}

void readPolicy(Table& it, Policy& policy, const std::set<std::string>& routeNames)
{
    const std::vector<std::string> routes(routeNames.begin(), routeNames.end());
    policy.minProviders = static_cast<int>(it.number("min_providers", 1, 0, 100));
    policy.staleAfter = std::chrono::seconds(static_cast<std::int64_t>(it.number("stale_after_s", 30, 1, 86400)));
    policy.maxStep = it.number("max_step", 0.25, 0.01, 1);
    policy.secondPersonAbove = it.number("second_person_above", 1, 0, 1);
    policy.minimumSplit = it.number("minimum_split", 0, 0, 0.5);
    policy.approvalValid = std::chrono::seconds(static_cast<std::int64_t>(it.number("approval_valid_s", 3600, 1, 604'800)));
    if (it.raw().contains("drill_every_s"))
        policy.drillEvery = std::chrono::seconds(static_cast<std::int64_t>(it.number("drill_every_s", 604'800, 3600, 31'536'000)));
    it.table("max_rate", [&](Table& rate) {
        for (const auto* key : { "share", "per_s" })
            if (!rate.raw().contains(key))
                rate.error(rate.raw().source(), std::string(key) + " is missing", "write max_rate = { share = 0.5, per_s = 600 }");
        policy.maxRate = RateLimit { rate.number("share", 1, 0.01, 1), std::chrono::seconds(static_cast<std::int64_t>(rate.number("per_s", 600, 1, 604'800))) };
    });
    policy.protectedRoutes = it.texts("protected_routes");
    for (const auto& route : policy.protectedRoutes)
        it.choose("protected_routes", route, routes, "route");
    it.tables("freeze", [&](Table& freeze) { readFreeze(freeze, policy, routes); });
    policy.overridable = it.texts("overridable");
    for (const auto& rule : policy.overridable) {
        if (rule == "approval" || rule == "residency" || rule == "unchanged" || rule == "lease")
            it.error(it.at("overridable"), rule + " can never be overridden", "remove it from the list");
        else
            it.choose("overridable", rule,
                { "capacity", "freshness", "completeness", "min_providers", "max_step", "rate", "way_back", "freeze", "protected", "second_person" }, "rule");
    }
}

Price readPrice(Table& it, const std::vector<std::string>& providers)
{
    Price price { .provider = it.text("provider", true), .region = it.text("region"), .model = it.text("model", true) };
    it.choose("provider", price.provider, providers, "provider");
    if (!it.raw().contains("usd_per_gpu_hour"))
        it.error(it.raw().source(), "usd_per_gpu_hour is missing", "add usd_per_gpu_hour = NUMBER");
    price.perGpuHour = it.number("usd_per_gpu_hour", 0, 0, 10'000);
    if (!it.raw().contains("as_of"))
        it.error(it.raw().source(), "as_of is missing", "say from which day the price is known: as_of = 2026-11-24");
    price.asOf = it.date("as_of").value_or(std::chrono::sys_days {});
    price.source = it.text("source");
    return price;
}

CommittedCapacity readCapacity(Table& it, const std::vector<std::string>& providers)
{
    const std::vector<std::string> kinds { "reservation", "contract", "on-demand" }; // in the order of Kind
    CommittedCapacity made { .provider = it.text("provider", true),
        .model = it.text("model", true),
        .gpus = it.gpus("gpus"),
        .from = it.moment("from"),
        .until = it.moment("until"),
        .perGpuHour = {} };
    it.choose("provider", made.provider, providers, "provider");
    const auto kind = it.text("kind", true);
    it.choose("kind", kind, kinds, "kind of capacity");
    if (const auto found = std::ranges::find(kinds, kind); found != kinds.end())
        made.kind = static_cast<CommittedCapacity::Kind>(found - kinds.begin());
    if (it.find("usd_per_gpu_hour"))
        made.perGpuHour = it.number("usd_per_gpu_hour", 0, 0, 10'000);
    if (made.from && made.until && *made.until <= *made.from)
        it.error(it.at("until"), "the capacity ends before it begins", "write a later until");
    return made;
}

Scenario readScenario(Table& it, const std::vector<std::string>& providers)
{
    constexpr double most = 1e9;
    Scenario made { .name = it.text("name", true), .blocks = {} };
    it.tables("blocks", [&](Table& block) {
        CommittedCapacity one { .provider = block.text("provider", true),
            .model = block.text("model", true),
            .gpus = static_cast<std::int64_t>(block.number("gpus", 0, -most, most)),
            .from = block.moment("from"),
            .until = block.moment("until"),
            .perGpuHour = {} };
        block.choose("provider", one.provider, providers, "provider");
        if (one.gpus == 0)
            block.error(block.at("gpus"), "the block has no GPUs", "write how many come, gpus = 2000, or go, gpus = -2000");
        if (!block.raw().contains("from"))
            block.error(block.raw().source(), "from is missing", "say from which day: from = 2027-03-01");
        if (block.find("usd_per_gpu_hour"))
            one.perGpuHour = block.number("usd_per_gpu_hour", 0, 0, 10'000);
        if (one.from && one.until && *one.until <= *one.from)
            block.error(block.at("until"), "the block ends before it begins", "write a later until");
        made.blocks.push_back(std::move(one));
    });
    return made;
}

RelativePerformance readPerformance(Table& it)
{
    RelativePerformance made { .model = it.text("model", true) };
    if (!it.raw().contains("relative"))
        it.error(it.raw().source(), "relative is missing", "write how many H100 80GB SXM one of it replaces: relative = 1.4");
    made.factor = it.number("relative", 1, 0.001, 1000);
    made.source = it.text("source");
    return made;
}

} // namespace penstock
