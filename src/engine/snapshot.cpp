// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/snapshot.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace penstock {

bool Snapshot::simulated() const
{
    return std::ranges::any_of(m_structure->clusters, [this](const Structure::Cluster& cluster) {
        return m_structure->sourceSimulated[cluster.source];
    });
}

std::optional<Time> Snapshot::observed(std::size_t cluster) const
{
    return m_observed[m_structure->clusters[cluster].source];
}

std::optional<Time> Snapshot::heard(std::size_t cluster, std::uint32_t row) const
{
    const auto& place = m_structure->clusters[cluster];
    if (const auto& late = m_late[place.source]) {
        const auto sought = place.sourceRow + row;
        auto it = std::ranges::upper_bound(*late, sought, {}, &LateRows::firstRow);
        if (it != late->begin() && sought - (--it)->firstRow < it->rows)
            return Time(std::chrono::seconds(it->heard));
    }
    return observed(cluster);
}

bool Snapshot::fromCache(std::size_t cluster) const
{
    return m_fromCache[m_structure->clusters[cluster].source];
}

GpuSample Snapshot::gpu(const Structure::Node& node, std::uint32_t gpu) const
{
    const auto& picture = *m_clusters[node.cluster];
    auto sample = picture.columns().at(node.firstRow - m_structure->clusters[node.cluster].firstRow + gpu);
    if (picture.stale)
        sample.state = GpuState::Unknown;
    return sample;
}

Tally Snapshot::nodeTally(std::size_t node) const
{
    const auto& it = m_structure->nodes[node];
    Tally tally;
    tally.nodes = 1;
    for (std::uint32_t i = 0; i < it.gpus; ++i)
        tally.add(gpu(it, i), m_structure->modelMemory[it.model]);
    return tally;
}

void ClusterPicture::addTo(Tally& sum, const Cell& cell) const
{
    sum.gpus += cell.gpus;
    sum.byState[static_cast<std::size_t>(cell.state)] += cell.gpus;
    sum.memoryTotal += std::uint64_t { cell.gpus } * cell.modelMemory;
    sum.memoryOverTotal += cell.memoryOverTotal;
    if (isLoad(cell))
        sum.load += cell.gpus;
    if (cell.state == GpuState::Unknown)
        return;
    sum.memory += cell.memory;
    sum.power += cell.power;
    sum.temperature += cell.temperature;
    if (cell.utilisation.known == 0)
        return;
    sum.utilisation += cell.utilisation;
    const auto* from = histograms.data() + cell.histogramAt;
    auto* to = sum.histogram.data() + cell.utilisation.least;
    for (std::size_t i = 0, steps = cell.utilisation.greatest - cell.utilisation.least + 1; i < steps; ++i)
        to[i] += from[i];
}

void Snapshot::addUp()
{
    const auto& shape = *m_structure;
    m_providers.resize(shape.providers.size());
    m_regions.resize(shape.regions.size());
    m_models.resize(shape.models.size());
    m_workloadTallies.resize(m_workloads->size() + 1);
    // Workloads and states are added up together first, so that a cell is added once and not twice.
    constexpr std::uint32_t none = ~0U;
    std::vector<std::uint32_t> places(m_workloadTallies.size() * gpuStateCount, none);
    std::vector<Tally> both;
    for (std::size_t c = 0; c < m_clusters.size(); ++c) {
        const auto& picture = *m_clusters[c];
        const auto& stretches = shape.clusters[c].stretches;
        m_regions[shape.clusters[c].region] += picture.tally;
        const bool oneModel = stretches.size() == 1;
        if (oneModel) {
            auto& model = m_models[stretches.front().model];
            model += picture.tally;
            model.nodes = 0;
        }
        for (const auto& cell : picture.cells) {
            const std::size_t workload = cell.workload == noWorkload ? m_workloads->size() : cell.workload;
            auto& place = places[workload * gpuStateCount + static_cast<std::size_t>(cell.state)];
            if (place == none) {
                place = static_cast<std::uint32_t>(both.size());
                both.emplace_back();
            }
            picture.addTo(both[place], cell);
            if (!oneModel)
                picture.addTo(m_models[cell.model], cell);
        }
    }
    for (std::size_t i = 0; i < places.size(); ++i)
        if (places[i] != none) {
            m_workloadTallies[i / gpuStateCount] += both[places[i]];
            m_states[i % gpuStateCount] += both[places[i]];
        }
    for (std::size_t r = 0; r < m_regions.size(); ++r)
        m_providers[shape.regions[r].provider] += m_regions[r];
    for (const auto& provider : m_providers)
        m_total += provider;
}

namespace {

    /// Which place each name takes when they are sorted.
    std::vector<std::uint32_t> ranks(const std::vector<std::string>& names)
    {
        std::vector<std::uint32_t> order(names.size()), rank(names.size());
        std::iota(order.begin(), order.end(), 0U);
        std::ranges::sort(order, {}, [&](std::uint32_t i) { return std::string_view(names[i]); });
        for (std::uint32_t i = 0; i < order.size(); ++i)
            rank[order[i]] = i;
        return rank;
    }

    constexpr std::size_t mostDimensions = 6;

    /// One group while it is added up.
    struct Gathered
    {
        std::array<std::uint32_t, mostDimensions> ranks {}, values {};
        Tally tally;
        std::optional<Time> oldest;
        std::map<Time, std::uint64_t> samples; ///< GPUs by observation time
    };

    void observe(Group& group, const std::map<Time, std::uint64_t>& samples)
    {
        std::uint64_t all = 0, before = 0;
        for (const auto& [at, gpus] : samples)
            all += gpus;
        if (all == 0)
            return;
        group.oldestSample = samples.begin()->first;
        for (const auto& [at, gpus] : samples)
            if ((before += gpus) * 2 >= all) {
                group.medianSample = at;
                return;
            }
    }

} // namespace

std::vector<Group> Snapshot::rollup(std::span<const Dimension> by, const Filter& filter) const
{
    const auto& shape = *m_structure;
    const auto width = std::min(by.size(), mostDimensions);
    // Without a dimension or filter below the cluster its whole tally serves, which knows the number of nodes too.
    const bool wholeClusters = filter.model.empty() && filter.workload.empty() && !filter.state
        && std::ranges::all_of(by, [](Dimension dimension) { return dimension <= Dimension::Cluster; });
    std::vector<bool> modelCounts(shape.models.size(), true);
    for (std::size_t m = 0; m < shape.models.size(); ++m)
        modelCounts[m] = filter.model.empty() || modelMatches(shape.models[m], filter.model);
    const auto wanted = std::ranges::find(*m_workloads, filter.workload) - m_workloads->begin();
    const auto modelRanks = wholeClusters ? std::vector<std::uint32_t>() : ranks(shape.models);
    const auto workloadRanks = wholeClusters ? std::vector<std::uint32_t>() : ranks(*m_workloads);

    std::vector<Gathered> groups;
    std::map<std::array<std::uint32_t, mostDimensions>, std::size_t> places;
    const auto groupOf = [&](std::size_t cluster, const Cell& cell) -> Gathered& {
        std::array<std::uint32_t, mostDimensions> key {}, values {};
        for (std::size_t d = 0; d < width; ++d) {
            auto& value = values[d];
            auto& rank = key[d];
            switch (by[d]) {
            case Dimension::Provider: rank = value = shape.regions[shape.clusters[cluster].region].provider; break;
            case Dimension::Region: rank = value = shape.clusters[cluster].region; break;
            case Dimension::Cluster: rank = value = static_cast<std::uint32_t>(cluster); break;
            case Dimension::Model:
                value = cell.model;
                rank = modelRanks[value];
                break;
            case Dimension::Workload:
                value = cell.workload;
                rank = value == noWorkload ? noWorkload : workloadRanks[value];
                break;
            case Dimension::State:
                value = static_cast<std::uint32_t>(cell.state);
                rank = static_cast<std::uint32_t>(std::ranges::find(gpuStatesInOrder, cell.state) - gpuStatesInOrder.begin());
                break;
            }
        }
        const auto [it, isNew] = places.try_emplace(key, groups.size());
        if (isNew)
            groups.push_back({ .ranks = key, .values = values, .tally = {}, .oldest = {}, .samples = {} });
        return groups[it->second];
    };
    const auto observeCell = [&](Gathered& group, std::size_t cluster, std::uint32_t cell) {
        const auto& picture = *m_clusters[cluster];
        const auto seen = m_observed[shape.clusters[cluster].source];
        if (seen && (!group.oldest || *seen < *group.oldest))
            group.oldest = seen;
        if (picture.cells[cell].state == GpuState::Unknown && !picture.stale) {
            for (const auto& lost : picture.lost)
                if (lost.cell == cell)
                    group.samples[Time(std::chrono::seconds(lost.since))] += lost.gpus;
        } else if (seen)
            group.samples[*seen] += picture.cells[cell].gpus;
    };
    for (std::size_t c = 0; c < shape.clusters.size(); ++c) {
        const auto& region = shape.regions[shape.clusters[c].region];
        if (!filter.scope.contains(shape.providers[region.provider].name, region.name, shape.clusters[c].name))
            continue;
        const auto& picture = *m_clusters[c];
        if (wholeClusters)
            groupOf(c, {}).tally += picture.tally;
        for (std::uint32_t i = 0; i < picture.cells.size(); ++i) {
            const auto& cell = picture.cells[i];
            if (!modelCounts[cell.model] || (!filter.workload.empty() && cell.workload != wanted) || (filter.state && cell.state != *filter.state))
                continue;
            auto& group = groupOf(c, cell);
            if (!wholeClusters)
                picture.addTo(group.tally, cell);
            observeCell(group, c, i);
        }
    }
    std::ranges::sort(groups, {}, &Gathered::ranks);
    std::vector<Group> result;
    result.reserve(groups.size());
    for (const auto& gathered : groups) {
        Group group { .keys = {}, .tally = gathered.tally, .oldest = gathered.oldest, .oldestSample = {}, .medianSample = {} };
        for (std::size_t d = 0; d < width; ++d) {
            const auto value = gathered.values[d];
            switch (by[d]) {
            case Dimension::Provider: group.keys.push_back(shape.providers[value].name); break;
            case Dimension::Region: group.keys.push_back(shape.regions[value].name); break;
            case Dimension::Cluster: group.keys.push_back(shape.clusters[value].name); break;
            case Dimension::Model: group.keys.push_back(shape.models[value]); break;
            case Dimension::Workload: group.keys.push_back(value == noWorkload ? std::string() : (*m_workloads)[value]); break;
            case Dimension::State: group.keys.emplace_back(penstock::name(static_cast<GpuState>(value))); break;
            }
        }
        observe(group, gathered.samples);
        result.push_back(std::move(group));
    }
    return result;
}

Tally Snapshot::tally(const Filter& filter) const
{
    const auto groups = rollup({}, filter);
    return groups.empty() ? Tally {} : groups.front().tally;
}

static GroupPoint groupPoint(GroupPoint::Dimension dimension, std::string key, const Tally& tally)
{
    GroupPoint made { .dimension = dimension, .key = std::move(key) };
    for (std::size_t i = 0; i < gpuStateCount; ++i)
        made.byState[i] = static_cast<std::uint32_t>(tally.byState[i]);
    made.utilisationMean = static_cast<float>(tally.utilisation.mean().value_or(-1));
    made.power = tally.power.known ? static_cast<double>(tally.power.sum) / 10 : -1;
    return made;
}

RollupPoint rollupPoint(const Snapshot& snapshot)
{
    using enum GroupPoint::Dimension;
    RollupPoint point { .at = snapshot.asOf(), .groups = {}, .simulated = snapshot.simulated() };
    const auto add = [&](GroupPoint::Dimension kept, std::initializer_list<Dimension> by) {
        for (const auto& group : snapshot.rollup(std::span(by.begin(), by.size())))
            point.groups.push_back(groupPoint(kept, group.keys.size() == 2 ? group.keys[0] + "/" + group.keys[1] : group.keys.front(), group.tally));
    };
    add(Provider, { Dimension::Provider });
    add(Workload, { Dimension::Workload });
    add(Model, { Dimension::Model });
    add(ProviderModel, { Dimension::Provider, Dimension::Model });
    // Two regions may have one name, so these are told with what holds them.
    const auto& shape = snapshot.structure();
    const auto regionKey = [&](const Structure::Region& region) { return shape.providers[region.provider].name + "/" + region.name; };
    for (std::size_t r = 0; r < shape.regions.size(); ++r)
        point.groups.push_back(groupPoint(Region, regionKey(shape.regions[r]), snapshot.regionTally(r)));
    for (std::size_t c = 0; c < shape.clusters.size(); ++c)
        point.groups.push_back(groupPoint(Cluster, regionKey(shape.regions[shape.clusters[c].region]) + "/" + shape.clusters[c].name, snapshot.clusterTally(c)));
    auto total = groupPoint(Total, {}, snapshot.total());
    for (const auto& demand : snapshot.demand()) {
        auto found = std::ranges::find_if(point.groups, [&](const GroupPoint& it) { return it.dimension == Workload && it.key == demand.workload; });
        // One may ask and hold nothing.
        if (found == point.groups.end())
            found = point.groups.insert(found, GroupPoint { .dimension = Workload, .key = demand.workload });
        found->needed = demand.gpusNeeded;
        found->unmet = demand.gpusUnmet;
        total.needed = std::max(total.needed, 0.) + demand.gpusNeeded;
        total.unmet = std::max(total.unmet, 0.) + demand.gpusUnmet;
    }
    point.groups.push_back(std::move(total));
    return point;
}

std::optional<ServiceLevel> Snapshot::service(const std::string& workload, const Scope& scope) const
{
    std::optional<ServiceLevel> made;
    for (const auto& it : m_service) {
        if (it.workload != workload || (!scope.provider.empty() && it.provider != scope.provider) || (!scope.region.empty() && it.region != scope.region) || (!scope.cluster.empty() && it.cluster != scope.cluster))
            continue;
        if (made)
            *made += it;
        else
            made = it;
    }
    return made;
}

} // namespace penstock
