// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "planner/preview.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "planner/capacity.h"
#include "planner/rules.h"
#include "planner/steps.h"

namespace penstock {

namespace {

    using Verdict = Interlock::Verdict;

    bool isIn(const Snapshot& snapshot, std::size_t cluster, const Scope& scope)
    {
        const auto& shape = snapshot.structure();
        const auto& it = shape.clusters[cluster];
        return scope.contains(shape.providerOf(it).name, shape.regions[it.region].name, it.name);
    }

    std::string percent(double value)
    {
        std::ostringstream text;
        text << std::round(value * 10) / 10 << " %";
        return text.str();
    }

    /// The providers of a scope that have clusters here, or the one it names.
    std::set<std::string> providersOf(const Snapshot& snapshot, const Scope& scope)
    {
        std::set<std::string> names;
        if (!scope.provider.empty())
            names.insert(scope.provider);
        for (std::size_t c = 0; c < snapshot.structure().clusters.size(); ++c)
            if (isIn(snapshot, c, scope))
                names.insert(snapshot.structure().providerOf(snapshot.structure().clusters[c]).name);
        return names;
    }

    struct Judge
    {
        const Snapshot& snapshot;
        const PlanContext& context;
        const Route& route;
        const RouteReading& reading;
        const Weights& target;
        Preview& preview;

        void say(std::string rule, std::string title, Verdict verdict, std::string evidence) const
        {
            preview.interlocks.push_back({ std::move(rule), std::move(title), verdict, std::move(evidence) });
        }
        [[nodiscard]] bool rises(std::size_t i) const { return target[i] > reading.backends[i].accepted + 0.05; }

        void capacity() const
        {
            std::string shortBy;
            for (const auto& row : preview.rows)
                if (row.model.empty() && row.neededGpus > row.placeableGpus)
                    shortBy += (shortBy.empty() ? "" : "; ") + std::to_string(row.neededGpus - row.placeableGpus)
                        + " GPUs short at " + row.backend + ": needs " + std::to_string(row.neededGpus) + ", placeable "
                        + std::to_string(row.placeableGpus);
            if (!shortBy.empty())
                return say("capacity", "Capacity", Verdict::Block, shortBy);
            std::string full;
            for (const auto& row : preview.rows) {
                const auto provider = std::ranges::find(context.providers, row.provider, &Provider::id);
                if (row.model.empty() && row.neededGpus > 0 && provider != context.providers.end()
                    && row.utilisationAfter > 100 * provider->utilisationCap)
                    full += (full.empty() ? "" : "; ") + row.backend + " is filled to " + percent(row.utilisationAfter)
                        + ", above the " + percent(100 * provider->utilisationCap) + " that plans may fill";
            }
            say("capacity", "Capacity", full.empty() ? Verdict::Pass : Verdict::Note,
                full.empty() ? "every target places all its replicas" : full);
        }
        void freshness() const
        {
            std::string stale, dark;
            bool rising = false;
            for (std::size_t i = 0; i < route.backends.size(); ++i) {
                bool reported = false;
                for (std::size_t c = 0; c < snapshot.structure().clusters.size(); ++c)
                    reported = reported || isIn(snapshot, c, route.backends[i].scope);
                if (!reported && (target[i] > 0 || reading.backends[i].accepted > 0)) {
                    dark += (dark.empty() ? "" : ", ") + route.backends[i].name;
                    rising = rising || rises(i);
                }
                for (std::size_t c = 0; c < snapshot.structure().clusters.size(); ++c)
                    if (isIn(snapshot, c, route.backends[i].scope) && (snapshot.isStale(c) || snapshot.fromCache(c))) {
                        stale += (stale.empty() ? "" : ", ") + snapshot.structure().clusters[c].name;
                        rising = rising || rises(i);
                    }
            }
            if (!dark.empty())
                return say("freshness", "Freshness", rising ? Verdict::Block : Verdict::Note,
                    "no endpoint reports " + dark + ": what it carries and could carry is not known" + (stale.empty() ? "" : "; " + stale + ": too old, counted as zero capacity"));
            say("freshness", "Freshness", stale.empty() ? Verdict::Pass : rising ? Verdict::Block : Verdict::Note,
                stale.empty() ? "all data are younger than " + std::to_string(context.policy.staleAfter.count()) + " s"
                              : stale + ": too old, counted as zero capacity");
        }
        void approval() const
        {
            std::string missing;
            for (std::size_t i = 0; i < route.backends.size(); ++i) {
                if (!rises(i))
                    continue;
                for (const auto& name : providersOf(snapshot, route.backends[i].scope)) {
                    const auto provider = std::ranges::find(context.providers, name, &Provider::id);
                    for (const auto& data : context.workload.data)
                        if (provider == context.providers.end() || !provider->subprocessor
                            || std::ranges::find(provider->approvedData, data) == provider->approvedData.end())
                            missing += (missing.empty() ? "" : "; ") + name + " is not approved for " + data;
                }
            }
            say("approval", "Sub-processor", missing.empty() ? Verdict::Pass : Verdict::Block,
                missing.empty() ? "every provider that gains is approved for this data" : missing);
        }
        void residency() const
        {
            std::string outside;
            const auto& wanted = context.workload.residency;
            for (std::size_t i = 0; i < route.backends.size() && !wanted.empty(); ++i) {
                if (!rises(i))
                    continue;
                std::set<std::string> wrong;
                for (std::size_t c = 0; c < snapshot.structure().clusters.size(); ++c) {
                    if (!isIn(snapshot, c, route.backends[i].scope))
                        continue;
                    const auto& region = snapshot.structure().regions[snapshot.structure().clusters[c].region].name;
                    const bool good = std::ranges::any_of(wanted, [&](const std::string& group) {
                        const auto found = context.regionGroups.find(group);
                        return found != context.regionGroups.end()
                            && std::ranges::any_of(found->second, [&](const std::string& prefix) { return region.starts_with(prefix); });
                    });
                    if (!good)
                        wrong.insert(region);
                }
                for (const auto& region : wrong)
                    outside += (outside.empty() ? "" : ", ") + region + " at " + route.backends[i].name;
            }
            std::string groups;
            for (const auto& group : wanted)
                groups += (groups.empty() ? "" : ", ") + group;
            say("residency", "Residency", outside.empty() ? Verdict::Pass : Verdict::Block,
                !outside.empty() ? outside + " lies outside " + groups
                    : wanted.empty() ? "may run anywhere" : "only " + groups + ": all targets are there");
        }
        void spread() const
        {
            std::set<std::string> used;
            for (std::size_t i = 0; i < route.backends.size(); ++i)
                if (target[i] > 0)
                    for (const auto& name : providersOf(snapshot, route.backends[i].scope))
                        used.insert(name);
            const auto least = static_cast<std::size_t>(std::max(0, context.policy.minProviders));
            say("min_providers", "Minimum providers", used.size() >= least ? Verdict::Pass : Verdict::Block,
                std::to_string(used.size()) + " in use, at least " + std::to_string(least));
        }
        void largestStep() const
        {
            double widest = 0;
            auto before = reading.accepted();
            for (const auto& step : preview.steps) {
                for (std::size_t i = 0; i < step.size(); ++i)
                    widest = std::max(widest, std::abs(step[i] - before[i]));
                before = step;
            }
            const double limit = context.policy.maxStep * 100;
            say("max_step", "Largest step", widest <= limit + 0.11 ? Verdict::Pass : Verdict::Block,
                percent(widest) + " in one step, limit " + percent(limit));
        }
        void unchanged() const
        {
            say("unchanged", "Route unchanged", reading.drift.empty() ? Verdict::Pass : Verdict::Note,
                reading.drift.empty() ? "version " + reading.version : reading.drift + "; version " + reading.version + " is planned on");
        }
        void answers() const
        {
            std::string silent;
            for (std::size_t i = 0; i < route.backends.size(); ++i) {
                const auto& backend = reading.backends[i];
                if (rises(i) && (backend.condition == BackendReading::Condition::Down || backend.condition == BackendReading::Condition::Maintenance))
                    silent += (silent.empty() ? "" : ", ") + route.backends[i].name
                        + (backend.condition == BackendReading::Condition::Down ? " is down" : " is in maintenance")
                        + (backend.note.empty() ? "" : " (" + backend.note + ")");
            }
            say("answers", "Targets answer", silent.empty() ? Verdict::Pass : Verdict::Block,
                silent.empty() ? "the router reaches every target that gains" : silent);
        }
        void wayBack() const
        {
            std::string down;
            for (std::size_t i = 0; i < route.backends.size(); ++i)
                if ((reading.backends[i].accepted > 0 || target[i] > 0)
                    && reading.backends[i].condition >= BackendReading::Condition::Draining)
                    down += (down.empty() ? "" : ", ") + route.backends[i].name;
            say("way_back", "Way back", down.empty() ? Verdict::Pass : Verdict::Note,
                down.empty() ? std::to_string(preview.steps.size()) + (preview.steps.size() == 1 ? " step" : " steps") + ", the same way" : down + " takes no requests now");
        }
    };

} // namespace

bool Preview::blocked() const
{
    return std::ranges::any_of(interlocks, &Interlock::blocks);
}

namespace {

    std::map<std::string, std::int64_t> placeableByModel(const Capacity& capacity, const Workload& workload, const Scope& scope)
    {
        std::map<std::string, std::int64_t> placeable;
        const auto& places = *capacity.places;
        for (std::size_t p = 0; p < places.pools.size(); ++p) {
            const auto& pool = places.pools[p];
            if (scope.contains(places.providerName(pool), places.regionName(pool), places.clusterName(pool)) && fits(workload, places.modelName(pool)))
                placeable[places.modelName(pool)] += placeableGpus(capacity.pools[p].groups, workload.replicaGpus);
        }
        return placeable;
    }

} // namespace

std::map<std::string, std::int64_t> placeableByModel(const Snapshot& snapshot, const Workload& workload, const Scope& scope)
{
    return placeableByModel(readCapacity(snapshot), workload, scope);
}

Preview previewShift(const Snapshot& snapshot, const PlanContext& context, const Route& route,
    const RouteReading& reading, const Weights& target, double largestStep)
{
    Preview preview;
    if (reading.backends.size() != route.backends.size() || target.size() != route.backends.size()) {
        preview.interlocks.push_back({ "unchanged", "Route unchanged", Verdict::Block, "the router has other backends than the workspace" });
        return preview;
    }
    if (auto steps = rampSteps(reading.accepted(), target, largestStep))
        preview.steps = std::move(*steps);

    const auto capacity = readCapacity(snapshot);
    std::vector<std::int64_t> held;
    std::int64_t load = 0;
    for (const auto& backend : route.backends) {
        held.push_back(static_cast<std::int64_t>(
            snapshot.tally({ .scope = backend.scope, .model = {}, .workload = route.workload, .state = {} }).load));
        load += held.back();
    }
    for (const auto& demand : snapshot.demand())
        if (demand.workload == route.workload)
            load += demand.gpusUnmet;
    for (std::size_t i = 0; i < route.backends.size(); ++i) {
        const auto& backend = route.backends[i];
        const auto all = snapshot.tally({ .scope = backend.scope, .model = {}, .workload = {}, .state = {} });
        const auto providers = providersOf(snapshot, backend.scope);
        PreviewRow row { .backend = backend.name,
            .provider = providers.size() == 1 ? *providers.begin() : std::string(),
            .model = {},
            .now = reading.backends[i].accepted,
            .target = target[i],
            .heldGpus = held[i],
            .neededGpus = std::llround(static_cast<double>(load) * target[i] / 100) - held[i] };
        const double change = target[i] - reading.backends[i].accepted;
        if (std::abs(change) < 0.05)
            row.neededGpus = 0;
        // Who is to carry less carries today's share already: it may free GPUs, it never needs more.
        else if (change < 0)
            row.neededGpus = std::min<std::int64_t>(row.neededGpus, 0);
        // Whole replicas: what is left over of one still takes a whole one.
        const auto replica = static_cast<std::int64_t>(std::max(1U, context.workload.replicaGpus));
        if (row.neededGpus > 0)
            row.neededGpus = (row.neededGpus + replica - 1) / replica * replica;
        const auto byModel = placeableByModel(capacity, context.workload, backend.scope);
        const auto healthy = static_cast<double>(
            all.count(GpuState::Busy) + all.count(GpuState::Idle) + all.count(GpuState::Free));
        for (const auto& [model, gpus] : byModel)
            row.placeableGpus += gpus;
        if (healthy > 0) {
            const auto used = healthy - static_cast<double>(all.count(GpuState::Free));
            row.utilisationBefore = 100 * used / healthy;
            row.utilisationAfter = 100 * (used + static_cast<double>(row.neededGpus)) / healthy;
        }
        preview.rows.push_back(row);
        // Whole replicas spread over the models in proportion to what they can place.
        auto left = std::max<std::int64_t>(0, row.neededGpus), places = row.placeableGpus;
        for (const auto& [model, gpus] : byModel) {
            PreviewRow part = row;
            part.model = model;
            part.heldGpus = static_cast<std::int64_t>(
                snapshot.tally({ .scope = backend.scope, .model = model, .workload = route.workload, .state = {} }).load);
            part.placeableGpus = gpus;
            part.neededGpus = places == 0 ? left
                                          : std::llround(static_cast<double>(left) * static_cast<double>(gpus) / static_cast<double>(places) / static_cast<double>(replica)) * replica;
            part.neededGpus = std::min(part.neededGpus, left);
            left -= part.neededGpus;
            places -= gpus;
            preview.rows.push_back(part);
        }
    }
    const Judge judge { snapshot, context, route, reading, target, preview };
    judge.capacity();
    judge.answers();
    judge.freshness();
    judge.approval();
    judge.residency();
    judge.spread();
    judge.largestStep();
    judge.unchanged();
    judge.wayBack();
    return preview;
}

} // namespace penstock
