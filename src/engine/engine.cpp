// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/engine.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_map>

#include "cellsums.h"

namespace penstock {

namespace {

    /// Built-in providers come first, in the order people know them.
    int rank(const std::string& provider)
    {
        constexpr std::array known { "azure", "gcp", "aws", "coreweave", "oci" };
        return static_cast<int>(std::ranges::find(known, provider) - known.begin());
    }

    std::unexpected<Error> invalid(std::string what) { return fail(Error::Kind::Invalid, std::move(what)); }

    std::vector<std::uint32_t> firstRows(const Inventory& inventory)
    {
        std::vector<std::uint32_t> first;
        first.reserve(inventory.nodes.size());
        std::uint32_t row = 0;
        for (const auto& node : inventory.nodes) {
            first.push_back(row);
            row += node.gpus;
        }
        return first;
    }

    /// The value that makes a sample inadmissible, or nothing.
    std::optional<std::string> checkValues(const Columns& values, std::size_t workloads)
    {
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (static_cast<std::size_t>(values.state[i]) >= gpuStateCount)
                return "state " + std::to_string(static_cast<int>(values.state[i]));
            if (values.workload[i] != noWorkload && values.workload[i] >= workloads)
                return "workload " + std::to_string(values.workload[i]) + " of " + std::to_string(workloads);
            if (values.utilisation[i] != unknown::utilisation && values.utilisation[i] > 100)
                return "utilisation " + std::to_string(values.utilisation[i]) + " %";
        }
        return std::nullopt;
    }

} // namespace

Engine::Engine() : m_structure(std::make_shared<Structure>()), m_workloads(std::make_shared<std::vector<std::string>>()) {}

SourceId Engine::addSource(std::string endpoint)
{
    m_sources.emplace_back().endpoint = std::move(endpoint);
    m_structureChanged = true;
    return { static_cast<std::uint32_t>(m_sources.size() - 1) };
}

Result<> Engine::apply(SourceId id, const Frame& frame)
{
    auto& source = m_sources[id.at()];
    struct Visitor
    {
        Engine& engine;
        SourceState& source;
        Result<> operator()(const InventoryFrame& it) const { return engine.applyInventory(source, it); }
        Result<> operator()(const SamplesFrame& it) const { return engine.applySamples(source, it); }
        Result<> operator()(const HeartbeatFrame& it) const { return engine.applyHeartbeat(source, it); }
        Result<> operator()(const DemandFrame& it) const
        {
            source.demand = it.demand;
            return {};
        }
    };
    auto done = std::visit(Visitor { *this, source }, frame);
    if (!done && done.error().where.empty())
        done.error().where = source.endpoint;
    if (done)
        m_changed = true;
    return done;
}

Result<> Engine::applyInventory(SourceState& source, const InventoryFrame& frame)
{
    if (!frame.inventory)
        return invalid("an inventory frame without an inventory");
    if (auto good = frame.inventory->check(); !good)
        return good;
    // A cluster that two endpoints report would count twice.
    for (const auto& other : m_sources) {
        if (&other == &source || !other.shown.inventory)
            continue;
        for (const auto& cluster : frame.inventory->clusters)
            if (std::ranges::find(other.shown.inventory->clusters, cluster) != other.shown.inventory->clusters.end())
                return fail(Error::Kind::Invalid,
                    "cluster " + cluster.name + " of " + cluster.provider + " is reported by endpoint " + other.endpoint
                        + " already",
                    source.endpoint, "remove one of the two endpoints, or give the agent --provider");
    }
    source.arriving = {};
    source.arriving.inventory = frame.inventory;
    source.arriving.workloads = frame.inventory->workloads;
    source.arriving.columns.resize(frame.inventory->gpus());
    if (frame.inventory->gpus() == 0)
        show(source, std::move(source.arriving));
    return {};
}

Result<> Engine::applySamples(SourceState& source, const SamplesFrame& frame)
{
    const bool arrives = source.arriving.inventory && source.arriving.inventory->epoch == frame.epoch;
    Table& table = arrives ? source.arriving : source.shown;
    if (!table.inventory || table.inventory->epoch != frame.epoch || (!arrives && !source.live))
        return fail(Error::Kind::Conflict, "samples of epoch " + std::to_string(frame.epoch) + ", whose inventory is not here");
    if (frame.sequence <= table.sequence)
        return {};
    if (frame.sequence != table.sequence + 1)
        return fail(Error::Kind::Conflict,
            "frame " + std::to_string(frame.sequence) + " came after " + std::to_string(table.sequence) + ": a gap");

    const std::size_t count = frame.values.size();
    const auto& values = frame.values;
    if (values.health.size() != count || values.workload.size() != count || values.utilisation.size() != count
        || values.temperature.size() != count || values.power.size() != count || values.memoryUsed.size() != count)
        return invalid("columns of different lengths");
    const std::size_t rows = table.columns.size();
    if (frame.rows.empty()) {
        if (frame.firstRow > rows || count > rows - frame.firstRow)
            return invalid("rows " + std::to_string(frame.firstRow) + " to " + std::to_string(frame.firstRow + count)
                + " of " + std::to_string(rows));
    } else {
        if (frame.rows.size() != count)
            return invalid(std::to_string(frame.rows.size()) + " row numbers for " + std::to_string(count) + " values");
        if (!std::ranges::is_sorted(frame.rows, std::less_equal<>()) && !std::ranges::is_sorted(frame.rows))
            return invalid("row numbers are not ascending");
        if (frame.rows.back() >= rows)
            return invalid("row " + std::to_string(frame.rows.back()) + " of " + std::to_string(rows));
    }
    if (table.workloads.size() + frame.addedWorkloads.size() >= noWorkload)
        return invalid("more than 65,534 workloads");
    if (const auto wrong = checkValues(values, table.workloads.size() + frame.addedWorkloads.size()))
        return invalid(*wrong + " is not possible");

    table.workloads.insert(table.workloads.end(), frame.addedWorkloads.begin(), frame.addedWorkloads.end());
    table.sequence = frame.sequence;
    if (frame.rows.empty()) {
        const auto at = static_cast<std::ptrdiff_t>(frame.firstRow);
        std::ranges::copy(values.state, table.columns.state.begin() + at);
        std::ranges::copy(values.health, table.columns.health.begin() + at);
        std::ranges::copy(values.workload, table.columns.workload.begin() + at);
        std::ranges::copy(values.utilisation, table.columns.utilisation.begin() + at);
        std::ranges::copy(values.temperature, table.columns.temperature.begin() + at);
        std::ranges::copy(values.power, table.columns.power.begin() + at);
        std::ranges::copy(values.memoryUsed, table.columns.memoryUsed.begin() + at);
    } else {
        for (std::size_t i = 0; i < count; ++i)
            table.columns.set(frame.rows[i], values.at(i));
    }
    if (arrives) {
        if (!frame.completesPicture)
            return {};
        source.live = true;
        source.fromCache = false;
        show(source, std::move(source.arriving));
        source.arriving = {};
    } else {
        // Rows ascend and clusters are contiguous, so one walk finds the clusters that were touched.
        const auto first = firstRows(*table.inventory);
        if (count > 0) {
            const std::uint32_t from = frame.rows.empty() ? frame.firstRow : frame.rows.front();
            const std::uint32_t to = frame.rows.empty() ? from + static_cast<std::uint32_t>(count) - 1 : frame.rows.back();
            std::size_t next = 0;
            for (std::size_t n = 0; n < first.size() && first[n] <= to; ++n) {
                const auto& node = table.inventory->nodes[n];
                if (node.gpus == 0 || first[n] + node.gpus <= from)
                    continue;
                if (!frame.rows.empty()) {
                    while (next < frame.rows.size() && frame.rows[next] < first[n])
                        ++next;
                    if (next == frame.rows.size())
                        break;
                    if (frame.rows[next] >= first[n] + node.gpus)
                        continue;
                }
                source.dirty[node.cluster] = true;
            }
        }
    }
    source.observed = frame.observed;
    return {};
}

Result<> Engine::applyHeartbeat(SourceState& source, const HeartbeatFrame& frame)
{
    if (!source.live || source.shown.inventory->epoch != frame.epoch)
        return fail(Error::Kind::Conflict, "heartbeat of an epoch whose inventory is not here");
    if (frame.sequence <= source.shown.sequence)
        return {};
    if (frame.sequence != source.shown.sequence + 1)
        return fail(Error::Kind::Conflict, "heartbeat " + std::to_string(frame.sequence) + " came after frame "
                + std::to_string(source.shown.sequence) + ": a gap");
    source.shown.sequence = frame.sequence;
    source.observed = frame.observed;
    return {};
}

void Engine::show(SourceState& source, Table table)
{
    const bool sameShape = source.shown.inventory && source.shown.inventory->clusters == table.inventory->clusters
        && source.shown.inventory->nodes == table.inventory->nodes && source.shown.inventory->models == table.inventory->models
        && source.shown.inventory->simulated == table.inventory->simulated;
    source.shown = std::move(table);
    source.dirty.assign(source.shown.inventory->clusters.size(), true);
    if (!sameShape)
        m_structureChanged = true;
}

Result<> Engine::restore(SourceId id, const SavedFleet& saved)
{
    auto& source = m_sources[id.at()];
    if (source.live || !saved.inventory || !saved.columns)
        return {};
    if (auto good = saved.inventory->check(); !good)
        return good;
    if (saved.columns->size() != saved.inventory->gpus())
        return invalid("the cached fleet of " + source.endpoint + " has columns of the wrong length");
    if (const auto wrong = checkValues(*saved.columns, saved.inventory->workloads.size()))
        return invalid("the cached fleet of " + source.endpoint + " holds " + *wrong);
    for (const auto& other : m_sources)
        if (&other != &source && other.shown.inventory)
            for (const auto& cluster : saved.inventory->clusters)
                if (std::ranges::find(other.shown.inventory->clusters, cluster) != other.shown.inventory->clusters.end())
                    return {};
    show(source,
        { .inventory = saved.inventory,
            .columns = *saved.columns,
            .workloads = saved.inventory->workloads,
            .sequence = 0 });
    source.fromCache = true;
    source.observed = saved.observed;
    m_changed = true;
    return {};
}

std::uint16_t Engine::workloadId(const std::string& name)
{
    const auto [it, isNew] = m_workloadIds.try_emplace(name, static_cast<std::uint16_t>(m_workloads->size()));
    if (isNew) {
        // Snapshots share the list: a longer one takes its place, the old one stays as it is.
        auto longer = std::make_shared<std::vector<std::string>>(*m_workloads);
        longer->push_back(name);
        m_workloads = std::move(longer);
    }
    return it->second;
}

void Engine::rebuildStructure()
{
    struct Entry
    {
        const Inventory* inventory;
        std::uint32_t source, cluster;
    };
    std::vector<Entry> entries;
    auto shape = std::make_shared<Structure>();
    shape->version = ++m_structureVersion;
    for (std::uint32_t s = 0; s < m_sources.size(); ++s) {
        const auto& inventory = m_sources[s].shown.inventory;
        shape->sources.push_back(m_sources[s].endpoint);
        shape->sourceSimulated.push_back(inventory && inventory->simulated);
        if (inventory)
            for (std::uint32_t c = 0; c < inventory->clusters.size(); ++c)
                entries.push_back({ inventory.get(), s, c });
        m_sources[s].snapshotCluster.assign(inventory ? inventory->clusters.size() : 0, 0);
        m_sources[s].dirty.assign(inventory ? inventory->clusters.size() : 0, true);
        m_sources[s].firstRow.assign(inventory ? inventory->clusters.size() : 0, 0);
        if (inventory) {
            const auto first = firstRows(*inventory);
            for (std::size_t n = inventory->nodes.size(); n-- > 0;)
                m_sources[s].firstRow[inventory->nodes[n].cluster] = first[n];
        }
    }
    const auto key = [](const Entry& entry) {
        const auto& cluster = entry.inventory->clusters[entry.cluster];
        return std::tuple(rank(cluster.provider), cluster.provider, cluster.region, cluster.name);
    };
    std::ranges::sort(entries, {}, key);

    std::unordered_map<std::string, std::uint32_t> modelIds;
    // Nodes of a cluster are contiguous in an inventory: its first one is found once.
    std::vector<std::vector<std::uint32_t>> firstNode(m_sources.size());
    for (std::size_t s = 0; s < m_sources.size(); ++s)
        if (const auto& inventory = m_sources[s].shown.inventory) {
            firstNode[s].assign(inventory->clusters.size(), static_cast<std::uint32_t>(inventory->nodes.size()));
            for (std::size_t n = inventory->nodes.size(); n-- > 0;)
                firstNode[s][inventory->nodes[n].cluster] = static_cast<std::uint32_t>(n);
        }
    for (const auto& entry : entries) {
        const auto& cluster = entry.inventory->clusters[entry.cluster];
        if (shape->providers.empty() || shape->providers.back().name != cluster.provider)
            shape->providers.push_back({ cluster.provider, static_cast<std::uint32_t>(shape->regions.size()), 0 });
        auto& provider = shape->providers.back();
        if (provider.regions == 0 || shape->regions.back().name != cluster.region) {
            shape->regions.push_back({ cluster.region, static_cast<std::uint32_t>(shape->providers.size() - 1),
                static_cast<std::uint32_t>(shape->clusters.size()), 0 });
            ++provider.regions;
        }
        ++shape->regions.back().clusters;
        const auto id = static_cast<std::uint32_t>(shape->clusters.size());
        m_sources[entry.source].snapshotCluster[entry.cluster] = id;
        Structure::Cluster made { .name = cluster.name,
            .region = static_cast<std::uint32_t>(shape->regions.size() - 1),
            .source = entry.source,
            .firstNode = static_cast<std::uint32_t>(shape->nodes.size()),
            .nodes = 0,
            .firstRow = shape->rows,
            .rows = 0 };
        for (std::size_t n = firstNode[entry.source][entry.cluster];
             n < entry.inventory->nodes.size() && entry.inventory->nodes[n].cluster == entry.cluster; ++n) {
            const auto& node = entry.inventory->nodes[n];
            const auto& model = entry.inventory->models[node.model];
            const auto [it, isNew] = modelIds.try_emplace(model.name, static_cast<std::uint32_t>(shape->models.size()));
            if (isNew) {
                shape->models.push_back(model.name);
                shape->modelMemory.push_back(model.memoryTotal);
            }
            shape->nodes.push_back({ node.name, node.instanceType, id, it->second, shape->rows, node.gpus });
            shape->rows += node.gpus;
            made.rows += node.gpus;
            ++made.nodes;
        }
        shape->clusters.push_back(std::move(made));
    }
    m_structure = std::move(shape);
    m_pictures.assign(m_structure->clusters.size(), nullptr);
    m_structureChanged = false;
}

void Engine::recompute(SourceState& source, std::size_t cluster)
{
    const auto& shape = *m_structure;
    const auto id = source.snapshotCluster[cluster];
    const auto& place = shape.clusters[id];
    const auto from = static_cast<std::ptrdiff_t>(source.firstRow[cluster]);
    auto made = std::make_shared<ClusterPicture>();
    made->stale = source.stale;
    made->columns.reserve(place.rows);
    const auto slice = [&](const auto& all, auto& part) {
        part.assign(all.begin() + from, all.begin() + from + static_cast<std::ptrdiff_t>(place.rows));
    };
    slice(source.shown.columns.state, made->columns.state);
    slice(source.shown.columns.health, made->columns.health);
    slice(source.shown.columns.workload, made->columns.workload);
    slice(source.shown.columns.utilisation, made->columns.utilisation);
    slice(source.shown.columns.temperature, made->columns.temperature);
    slice(source.shown.columns.power, made->columns.power);
    slice(source.shown.columns.memoryUsed, made->columns.memoryUsed);
    std::vector<std::uint16_t> ids;
    ids.reserve(source.shown.workloads.size());
    for (const auto& name : source.shown.workloads)
        ids.push_back(workloadId(name));
    for (auto& workload : made->columns.workload)
        if (workload != noWorkload)
            workload = ids[workload];

    CellSums sums(made->columns, source.stale, m_workloads->size());
    for (std::uint32_t n = place.firstNode, end = n + place.nodes; n < end;) {
        // Nodes of one model in a row are one stretch of rows.
        const auto& first = shape.nodes[n];
        std::uint32_t rows = 0;
        for (; n < end && shape.nodes[n].model == first.model; ++n)
            rows += shape.nodes[n].gpus;
        sums.add(static_cast<std::uint16_t>(first.model), shape.modelMemory[first.model], first.firstRow - place.firstRow, rows);
    }
    made->cells = sums.cells();
    for (const auto& cell : made->cells)
        made->tally += cell.tally;
    made->tally.nodes = place.nodes;
    m_pictures[id] = std::move(made);
    source.dirty[cluster] = false;
}

std::vector<WorkloadDemand> Engine::joinedDemand() const
{
    // Every endpoint of a workload repeats the one demand curve; only the GPUs are each endpoint's own.
    std::map<std::string, WorkloadDemand> joined;
    for (const auto& source : m_sources) {
        if (source.stale)
            continue;
        for (const auto& demand : source.demand) {
            auto& entry = joined[demand.workload];
            entry.workload = demand.workload;
            if (!entry.requestsPerSecond)
                entry.requestsPerSecond = demand.requestsPerSecond;
            entry.gpusNeeded += demand.gpusNeeded;
            entry.gpusUnmet += demand.gpusUnmet;
        }
    }
    std::vector<WorkloadDemand> result;
    for (auto& [name, demand] : joined)
        result.push_back(std::move(demand));
    return result;
}

SnapshotPtr Engine::publish(Time now)
{
    for (auto& source : m_sources) {
        const bool stale = source.observed && now - *source.observed > m_staleAfter;
        if (stale != source.stale) {
            source.stale = stale;
            source.dirty.assign(source.dirty.size(), true);
        }
    }
    if (m_structureChanged)
        rebuildStructure();
    for (auto& source : m_sources)
        for (std::size_t c = 0; c < source.dirty.size(); ++c)
            if (source.dirty[c])
                recompute(source, c);

    auto snapshot = std::make_shared<Snapshot>();
    snapshot->m_asOf = now;
    snapshot->m_structure = m_structure;
    snapshot->m_workloads = m_workloads;
    snapshot->m_clusters = m_pictures;
    for (const auto& source : m_sources) {
        snapshot->m_observed.push_back(source.observed);
        snapshot->m_fromCache.push_back(source.fromCache);
    }
    snapshot->m_demand = joinedDemand();
    snapshot->m_providers.resize(m_structure->providers.size());
    snapshot->m_regions.resize(m_structure->regions.size());
    for (std::size_t c = 0; c < m_pictures.size(); ++c)
        snapshot->m_regions[m_structure->clusters[c].region] += m_pictures[c]->tally;
    for (std::size_t r = 0; r < snapshot->m_regions.size(); ++r)
        snapshot->m_providers[m_structure->regions[r].provider] += snapshot->m_regions[r];
    for (const auto& provider : snapshot->m_providers)
        snapshot->m_total += provider;
    m_changed = false;
    return snapshot;
}

std::vector<SavedFleet> Engine::save() const
{
    std::vector<SavedFleet> saved;
    for (const auto& source : m_sources) {
        if (!source.live || !source.observed)
            continue;
        auto inventory = source.shown.inventory;
        if (inventory->workloads != source.shown.workloads) {
            auto longer = std::make_shared<Inventory>(*inventory);
            longer->workloads = source.shown.workloads;
            inventory = std::move(longer);
        }
        saved.push_back(
            { source.endpoint, std::move(inventory), std::make_shared<const Columns>(source.shown.columns), *source.observed });
    }
    return saved;
}

} // namespace penstock
