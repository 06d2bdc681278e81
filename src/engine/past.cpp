// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/past.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "structure.h"

namespace penstock {

namespace {

    using Kept = GroupPoint::Dimension;

    /// Never that of a structure that an engine made: those count up from 1.
    constexpr std::uint64_t ofThePast = std::uint64_t { 1 } << 63;

    Inventory::Cluster clusterOf(const std::string& key)
    {
        const auto first = std::min(key.find('/'), key.size()), second = std::min(key.find('/', first + 1), key.size());
        const auto part = [&](std::size_t from, std::size_t to) { return from < to ? key.substr(from, to - from) : std::string(); };
        return { part(0, first), part(first + 1, second), part(second + 1, key.size()) };
    }

    /// The mean is what was kept: whatever it was the mean of, it is one of this.
    Measure measureOf(double mean, std::uint64_t of)
    {
        Measure made;
        if (mean >= 0 && of > 0) {
            made.known = of;
            made.sum = static_cast<std::uint64_t>(std::llround(mean * static_cast<double>(of)));
        }
        return made;
    }

    Tally tallyOf(const GroupPoint& group)
    {
        Tally tally;
        for (std::size_t i = 0; i < gpuStateCount; ++i)
            tally.byState[i] = group.byState[i];
        tally.gpus = std::accumulate(tally.byState.begin(), tally.byState.end(), std::uint64_t { 0 });
        tally.load = tally.count(GpuState::Busy) + tally.count(GpuState::Idle);
        tally.utilisation = measureOf(static_cast<double>(group.utilisationMean), tally.seen());
        if (group.power >= 0) {
            tally.power.known = std::max<std::uint64_t>(1, tally.seen());
            tally.power.sum = static_cast<std::uint64_t>(std::llround(group.power * 10));
        }
        return tally;
    }

} // namespace

void PastMaker::reshape(const RollupPoint& point)
{
    std::vector<std::string> keys;
    for (const auto& group : point.groups)
        if (group.dimension == Kept::Cluster)
            keys.push_back(group.key);
    if (m_structure && keys == m_keys && point.simulated == m_simulated)
        return;
    auto inventory = std::make_shared<Inventory>();
    inventory->simulated = point.simulated;
    std::uint64_t mixed = point.simulated ? 1 : 0;
    for (const auto& key : keys) {
        inventory->clusters.push_back(clusterOf(key));
        mixed = mixed * 0x9E3779B97F4A7C15U + std::hash<std::string>()(key);
    }
    const SourceInventory source { "history", inventory };
    auto joined = join(std::span(&source, 1), mixed | ofThePast);
    for (const auto& group : point.groups)
        if (group.dimension == Kept::Model) {
            joined.structure->models.push_back(group.key);
            joined.structure->modelMemory.push_back(0);
        }
    // Which models a cluster had is not kept.
    joined.structure->models.emplace_back();
    joined.structure->modelMemory.push_back(0);
    m_keys = std::move(keys);
    m_clusterOf = std::move(joined.clusterOf.front());
    m_structure = std::move(joined.structure);
    m_simulated = point.simulated;
}

SnapshotPtr PastMaker::make(const RollupPoint& point, Time asOf)
{
    reshape(point);
    auto made = std::make_shared<Snapshot>();
    auto workloads = std::make_shared<std::vector<std::string>>();
    for (const auto& group : point.groups)
        if (group.dimension == Kept::Workload && !group.key.empty())
            workloads->push_back(group.key);
    made->m_isPast = true;
    made->m_asOf = asOf;
    made->m_structure = m_structure;
    made->m_workloads = workloads;
    made->m_observed = { point.at };
    made->m_late = { nullptr };
    made->m_fromCache = { false };
    made->m_clusters.resize(m_structure->clusters.size());
    const auto noRows = std::make_shared<const ClusterRows>(0);
    const auto unknownModel = static_cast<std::uint16_t>(m_structure->models.size() - 1);
    std::size_t next = 0;
    for (const auto& group : point.groups) {
        if (group.dimension != Kept::Cluster)
            continue;
        auto picture = std::make_shared<ClusterPicture>();
        picture->rows = noRows;
        picture->tally = tallyOf(group);
        for (const auto state : gpuStatesInOrder)
            if (const auto gpus = static_cast<std::uint32_t>(picture->tally.count(state)); gpus > 0) {
                Cell cell;
                cell.model = unknownModel;
                cell.state = state;
                cell.gpus = gpus;
                picture->cells.push_back(cell);
            }
        made->m_clusters[m_clusterOf[next++]] = std::move(picture);
    }
    made->addUp();
    // What was kept of a whole is exact; a sum of its parts has lost what was rounded.
    for (const auto& group : point.groups) {
        const auto at = [&](const std::vector<std::string>& names) { return static_cast<std::size_t>(std::ranges::find(names, group.key) - names.begin()); };
        if (group.dimension == Kept::Total)
            made->m_total = tallyOf(group);
        else if (group.dimension == Kept::Model && at(m_structure->models) < m_structure->models.size())
            made->m_models[at(m_structure->models)] = tallyOf(group);
        else if (group.dimension == Kept::Workload) {
            made->m_workloadTallies[group.key.empty() ? workloads->size() : at(*workloads)] = tallyOf(group);
            if (group.needed >= 0)
                made->m_demand.push_back({ .workload = group.key, .requestsPerSecond = {}, .gpusNeeded = static_cast<std::uint32_t>(group.needed), .gpusUnmet = static_cast<std::uint32_t>(std::max(0., group.unmet)) });
        }
    }
    return made;
}

} // namespace penstock
