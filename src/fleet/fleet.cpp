// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "fleet/columns.h"
#include "fleet/endpoint.h"
#include "fleet/frame.h"
#include "fleet/gpu.h"
#include "fleet/inventory.h"
#include "fleet/route.h"
#include "fleet/router.h"
#include "fleet/scope.h"
#include "fleet/shiftstatus.h"
#include "fleet/workload.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <tuple>
#include <unordered_set>
#include <utility>

namespace penstock {

std::string_view name(GpuState state)
{
    switch (state) {
    case GpuState::Unknown: return "unknown";
    case GpuState::Busy: return "busy";
    case GpuState::Idle: return "idle";
    case GpuState::Free: return "free";
    case GpuState::Draining: return "draining";
    case GpuState::Unhealthy: return "unhealthy";
    }
    std::unreachable();
}

std::string_view name(ShiftPhase phase)
{
    switch (phase) {
    case ShiftPhase::Planned: return "planned";
    case ShiftPhase::Writing: return "writing";
    case ShiftPhase::Confirming: return "confirming";
    case ShiftPhase::Baking: return "baking";
    case ShiftPhase::Paused: return "paused";
    case ShiftPhase::Returning: return "returning";
    case ShiftPhase::Done: return "done";
    case ShiftPhase::Returned: return "returned";
    case ShiftPhase::Stopped: return "stopped";
    case ShiftPhase::Failed: return "failed";
    }
    std::unreachable();
}

bool isOver(ShiftPhase phase)
{
    return phase == ShiftPhase::Done || phase == ShiftPhase::Returned || phase == ShiftPhase::Stopped
        || phase == ShiftPhase::Failed;
}

void Columns::resize(std::size_t rows)
{
    const GpuSample blank;
    state.resize(rows, blank.state);
    health.resize(rows, blank.health);
    workload.resize(rows, blank.workload);
    utilisation.resize(rows, blank.utilisation);
    temperature.resize(rows, blank.temperature);
    power.resize(rows, blank.power);
    memoryUsed.resize(rows, blank.memoryUsed);
}

void Columns::reserve(std::size_t rows)
{
    state.reserve(rows);
    health.reserve(rows);
    workload.reserve(rows);
    utilisation.reserve(rows);
    temperature.reserve(rows);
    power.reserve(rows);
    memoryUsed.reserve(rows);
}

GpuSample Columns::at(std::size_t row) const
{
    return { .state = state[row],
        .health = health[row],
        .workload = workload[row],
        .utilisation = utilisation[row],
        .temperature = temperature[row],
        .power = power[row],
        .memoryUsed = memoryUsed[row] };
}

void Columns::set(std::size_t row, const GpuSample& sample)
{
    state[row] = sample.state;
    health[row] = sample.health;
    workload[row] = sample.workload;
    utilisation[row] = sample.utilisation;
    temperature[row] = sample.temperature;
    power[row] = sample.power;
    memoryUsed[row] = sample.memoryUsed;
}

void Columns::append(const GpuSample& sample)
{
    resize(size() + 1);
    set(size() - 1, sample);
}

Result<std::size_t> SamplesFrame::count() const
{
    std::size_t count = rows.size();
    for (const auto size : { values.state.size(), values.health.size(), values.workload.size(), values.utilisation.size(), values.temperature.size(),
             values.power.size(), values.memoryUsed.size(), since.size() }) {
        if (count == 0)
            count = size;
        if (size != 0 && size != count)
            return fail(Error::Kind::Invalid, rows.empty() ? "columns of different lengths" : std::to_string(rows.size()) + " row numbers for " + std::to_string(size) + " values");
    }
    return count;
}

std::uint64_t Inventory::gpus() const
{
    std::uint64_t sum = 0;
    for (const auto& node : nodes)
        sum += node.gpus;
    return sum;
}

std::optional<std::uint64_t> Inventory::schedulable() const
{
    std::optional<std::uint64_t> sum;
    for (const auto& node : nodes)
        if (node.schedulable)
            sum = sum.value_or(0) + *node.schedulable;
    return sum;
}

Result<> Inventory::check() const
{
    const auto refuse = [](std::string what) { return fail(Error::Kind::Invalid, "inventory: " + std::move(what)); };
    if (gpus() > maximumGpus)
        return refuse(std::to_string(gpus()) + " GPUs, more than the " + std::to_string(maximumGpus) + " one source may hold");
    if (workloads.size() >= noWorkload)
        return refuse(std::to_string(workloads.size()) + " workloads, more than the 65,534 that can be told apart");
    std::set<std::tuple<std::string_view, std::string_view, std::string_view>> places;
    for (const auto& cluster : clusters) {
        if (cluster.provider.empty() || cluster.name.empty())
            return refuse("a cluster without a provider or a name");
        if (!places.emplace(cluster.provider, cluster.region, cluster.name).second)
            return refuse("cluster " + cluster.name + " of " + cluster.provider + " twice");
    }
    std::vector<bool> seen(clusters.size());
    std::unordered_set<std::string_view> namesHere;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const auto& node = nodes[i];
        if (node.cluster >= clusters.size() || node.model >= models.size() || node.zone >= zones.size())
            return refuse("node " + node.name + " names a cluster, model or zone that is not there");
        if (node.name.empty())
            return refuse("a node without a name");
        if ((!node.numbers.empty() && node.numbers.size() != node.gpus) || (!node.uuids.empty() && node.uuids.size() != node.gpus))
            return refuse("node " + node.name + " has numbers or UUIDs for another count of GPUs than its " + std::to_string(node.gpus));
        const bool opens = i == 0 || nodes[i - 1].cluster != node.cluster;
        if (opens) {
            if (seen[node.cluster])
                return refuse("the nodes of cluster " + clusters[node.cluster].name + " are not contiguous");
            seen[node.cluster] = true;
            namesHere.clear();
        }
        if (!namesHere.insert(node.name).second)
            return refuse("node " + node.name + " twice in cluster " + clusters[node.cluster].name);
    }
    return {};
}

bool Scope::contains(std::string_view itsProvider, std::string_view itsRegion, std::string_view itsCluster) const
{
    return (provider.empty() || provider == itsProvider) && (region.empty() || region == itsRegion)
        && (cluster.empty() || cluster == itsCluster);
}

Result<Scope> Scope::parse(std::string_view text)
{
    Scope scope;
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto comma = rest.find(',');
        const auto part = rest.substr(0, comma);
        rest = comma == std::string_view::npos ? std::string_view {} : rest.substr(comma + 1);
        const auto equals = part.find('=');
        const auto key = part.substr(0, equals);
        const auto value = equals == std::string_view::npos ? std::string_view {} : part.substr(equals + 1);
        std::string* slot = key == "provider" ? &scope.provider
            : key == "region"                 ? &scope.region
            : key == "cluster"                ? &scope.cluster
            : key == "node"                   ? &scope.node
                                              : nullptr;
        if (!slot || value.empty())
            return fail(Error::Kind::Invalid, "'" + std::string(part) + "' is not a scope", {},
                "write provider=NAME, region=NAME, cluster=NAME or node=NAME");
        *slot = value;
    }
    if (scope == Scope {})
        return fail(Error::Kind::Invalid, "empty scope", {}, "write provider=NAME, region=NAME, cluster=NAME or node=NAME");
    return scope;
}

std::string Scope::text() const
{
    std::string text;
    for (const auto& [key, value] : { std::pair { "provider", &provider }, std::pair { "region", &region },
             std::pair { "cluster", &cluster }, std::pair { "node", &node } })
        if (!value->empty())
            text += (text.empty() ? "" : ",") + std::string(key) + "=" + *value;
    return text;
}

std::vector<FailingGroup> groupsOf(const FailingTargets& targets)
{
    std::vector<FailingGroup> groups;
    if (!targets)
        return groups;
    std::map<std::pair<std::string_view, std::string_view>, std::size_t> known;
    for (const auto& it : *targets) {
        const auto [at, isNew] = known.try_emplace({ it.error.what, it.error.hint }, groups.size());
        if (isNew)
            groups.push_back({ it.error.what, it.error.hint, {} });
        groups[at->second].targets.push_back(&it);
    }
    std::ranges::stable_sort(groups, std::greater {}, [](const FailingGroup& it) { return it.targets.size(); });
    return groups;
}

bool holdsCredentials(std::string_view url)
{
    const auto begin = url.find("://");
    const auto authority = begin == std::string_view::npos ? std::string_view() : url.substr(begin + 3, url.find_first_of("/?#", begin + 3) - begin - 3);
    return authority.find('@') != std::string_view::npos;
}

Weights RouteReading::accepted() const
{
    Weights weights;
    for (const auto& backend : backends)
        weights.push_back(backend.accepted);
    return weights;
}

Weights RouteReading::splitOfWhole(const std::vector<bool>& chosen) const
{
    double sum = 0;
    Weights split(configured.size());
    for (std::size_t b = 0; b < split.size() && b < chosen.size(); ++b)
        sum += split[b] = chosen[b] ? configured[b] : 0;
    for (auto& share : split)
        share = sum > 0 ? share * 100 / sum : 0;
    return sum > 0 ? split : Weights {};
}

std::string RouteReading::refusal(const Weights& split) const
{
    constexpr double same = 0.05, roundings = 0.5;
    bool changes = false;
    std::string driven;
    for (std::size_t b = 0; b < backends.size() && b < split.size(); ++b) {
        if (std::abs(split[b] - backends[b].accepted) <= same)
            continue;
        changes = true;
        if (!backends[b].fixed.empty())
            driven += (driven.empty() ? "" : "; ") + backends[b].name + ": " + backends[b].fixed;
    }
    if (!changes)
        return {};
    if (!fixed.empty())
        return fixed;
    if (!driven.empty() || splits != Splits::Whole)
        return driven;
    std::vector<bool> chosen;
    for (const double share : split)
        chosen.push_back(share > 0);
    const auto whole = splitOfWhole(chosen);
    for (std::size_t b = 0; b < split.size(); ++b)
        if (whole.size() != split.size() || std::abs(whole[b] - split[b]) > roundings)
            return "its algorithm takes a backend with its configured weight or not at all";
    return {};
}

Result<RouteReading> reapply(Router& router, const RouteReading& reading, const std::string& idempotencyKey)
{
    if (reading.forgotten.empty())
        return fail(Error::Kind::Invalid, "the router has forgotten nothing");
    return router.apply(reading.forgotten, reading.version, idempotencyKey);
}

std::string workloadOf(const std::vector<Workload>& workloads, const std::string& nameSpace, const std::string& pod, const std::map<std::string, std::string>& labels)
{
    if (pod.empty() && nameSpace.empty() && labels.empty())
        return {};
    const auto fits = [&](const std::string& key, const std::string& value) {
        if (key.starts_with("label.")) {
            const auto label = labels.find(key.substr(6));
            return label != labels.end() && label->second == value;
        }
        return (key == "namespace" && nameSpace == value) || (key == "pod" && pod.starts_with(value));
    };
    for (const auto& workload : workloads) {
        bool all = !workload.match.empty() || workload.name == nameSpace;
        for (const auto& [key, value] : workload.match)
            all = all && fits(key, value);
        if (all)
            return workload.name;
    }
    return nameSpace.empty() ? pod : nameSpace;
}

bool modelMatches(std::string_view model, std::string_view wanted)
{
    return model.starts_with(wanted) && (model.size() == wanted.size() || model[wanted.size()] == ' ');
}

} // namespace penstock
