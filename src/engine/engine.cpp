// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/engine.h"

#include <algorithm>

#include "cellsums.h"
#include "structure.h"
#include "table.h"

namespace penstock {

namespace {

    std::unexpected<Error> invalid(std::string what) { return fail(Error::Kind::Invalid, std::move(what)); }

} // namespace

struct Engine::SourceState
{
    std::string endpoint;
    FleetTable shown; ///< what the snapshot is made of
    FleetTable arriving; ///< a new epoch, until its first whole picture is here
    std::uint64_t shownSequence = 0, arrivingSequence = 0;
    bool live = false; ///< a whole picture came from the source itself
    bool fromCache = false;
    bool stale = false;
    std::optional<Time> observed;
    std::shared_ptr<const std::vector<LateRows>> late; ///< null: none
    std::vector<WorkloadDemand> demand;
    std::vector<ServiceLevel> service;
    std::vector<std::uint32_t> clusterOf; ///< by cluster of the inventory: cluster of the structure

    void heard(Time at, const std::vector<LateRows>& but)
    {
        observed = at;
        late = but.empty() ? nullptr : std::make_shared<const std::vector<LateRows>>(but);
    }
    /// The name of a cluster that both would report, or nothing.
    [[nodiscard]] const Inventory::Cluster* shares(const Inventory& other) const
    {
        if (shown.inventory())
            for (const auto& cluster : other.clusters)
                if (std::ranges::find(shown.inventory()->clusters, cluster) != shown.inventory()->clusters.end())
                    return &cluster;
        return nullptr;
    }
};

Engine::Engine()
    : m_structure(std::make_shared<Structure>()), m_workloads(std::make_shared<std::vector<std::string>>()), m_sums(std::make_unique<CellSums>())
{
}

Engine::~Engine() = default;

SourceId Engine::addSource(std::string endpoint)
{
    m_sources.push_back(std::make_unique<SourceState>());
    m_sources.back()->endpoint = std::move(endpoint);
    m_structureChanged = true;
    return { static_cast<std::uint32_t>(m_sources.size() - 1) };
}

bool Engine::hasPicture(SourceId source) const { return m_sources[source.at()]->live; }

Result<> Engine::apply(SourceId id, const Frame& frame)
{
    auto& source = *m_sources[id.at()];
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
            source.service = it.service;
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
    for (const auto& other : m_sources)
        if (other.get() != &source)
            if (const auto* cluster = other->shares(*frame.inventory))
                return fail(Error::Kind::Invalid,
                    "cluster " + cluster->name + " of " + cluster->provider + " is reported by endpoint " + other->endpoint + " already",
                    source.endpoint, "remove one of the two endpoints, or give the agent --provider");
    source.arriving = FleetTable(frame.inventory);
    source.arrivingSequence = 0;
    // No picture will come of a fleet without GPUs.
    if (frame.inventory->gpus() == 0) {
        show(source, Since::Kept);
        source.live = true;
        source.fromCache = false;
        source.heard(frame.observed, {});
    }
    return {};
}

Result<> Engine::applySamples(SourceState& source, const SamplesFrame& frame)
{
    const bool arrives = source.arriving.inventory() && source.arriving.inventory()->epoch == frame.epoch;
    auto& table = arrives ? source.arriving : source.shown;
    auto& sequence = arrives ? source.arrivingSequence : source.shownSequence;
    if (!table.inventory() || table.inventory()->epoch != frame.epoch || (!arrives && !source.live))
        return fail(Error::Kind::Conflict, "samples of epoch " + std::to_string(frame.epoch) + ", whose inventory is not here");
    if (frame.sequence <= sequence)
        return {};
    if (frame.sequence != sequence + 1)
        return fail(Error::Kind::Conflict, "frame " + std::to_string(frame.sequence) + " came after " + std::to_string(sequence) + ": a gap");
    if (auto written = table.apply(frame, [this](const std::string& name) { return workloadNumber(name); }); !written)
        return written;
    sequence = frame.sequence;
    if (arrives) {
        if (!frame.completesPicture)
            return {};
        source.live = true;
        // What happened between the cache and now nobody saw: a state that is the same again has begun anew. But who was
        // broken for this very reason then has been seen so.
        const bool unseen = std::exchange(source.fromCache, false);
        show(source, unseen ? Since::New : Since::Kept);
    }
    // Of a picture in parts the last one tells who is late.
    if (frame.completesPicture)
        source.heard(frame.observed, frame.late);
    else
        source.observed = frame.observed;
    return {};
}

Result<> Engine::applyHeartbeat(SourceState& source, const HeartbeatFrame& frame)
{
    if (!source.live || source.shown.inventory()->epoch != frame.epoch)
        return fail(Error::Kind::Conflict, "heartbeat of an epoch whose inventory is not here");
    if (frame.sequence <= source.shownSequence)
        return {};
    if (frame.sequence != source.shownSequence + 1)
        return fail(Error::Kind::Conflict,
            "heartbeat " + std::to_string(frame.sequence) + " came after frame " + std::to_string(source.shownSequence) + ": a gap");
    source.shownSequence = frame.sequence;
    source.heard(frame.observed, frame.late);
    return {};
}

void Engine::show(SourceState& source, Since since)
{
    const auto& older = source.shown.inventory();
    const auto& newer = source.arriving.inventory();
    const bool sameShape = older && older->clusters == newer->clusters && older->nodes == newer->nodes && older->models == newer->models
        && older->simulated == newer->simulated;
    source.arriving.inherit(source.shown, since == Since::Kept ? FleetTable::Inherits::All : FleetTable::Inherits::Troubles);
    source.shown = std::exchange(source.arriving, {});
    source.shownSequence = source.arrivingSequence;
    if (!sameShape)
        m_structureChanged = true;
}

Result<> Engine::restore(SourceId id, const SavedFleet& saved)
{
    auto& source = *m_sources[id.at()];
    if (source.live || !saved.inventory || !saved.columns)
        return {};
    if (auto good = saved.inventory->check(); !good)
        return good;
    if (saved.columns->size() != saved.inventory->gpus())
        return invalid("the cached fleet of " + source.endpoint + " has columns of the wrong length");
    for (const auto& other : m_sources)
        if (other.get() != &source && other->shares(*saved.inventory))
            return {};
    FleetTable table(saved.inventory);
    const SamplesFrame all { .observed = saved.observed, .rows = {}, .values = *saved.columns, .addedWorkloads = {},
        .since = saved.since.size() == saved.columns->size() ? saved.since : std::vector<std::uint32_t>() };
    if (auto written = table.apply(all, [this](const std::string& name) { return workloadNumber(name); }); !written) {
        written.error().what = "the cached fleet of " + source.endpoint + ": " + written.error().what;
        return written;
    }
    source.arriving = std::move(table);
    source.arrivingSequence = 0;
    show(source, Since::New);
    source.fromCache = true;
    source.observed = saved.observed;
    m_changed = true;
    return {};
}

std::uint16_t Engine::workloadNumber(const std::string& name)
{
    const auto [it, isNew] = m_workloadNumbers.try_emplace(name, static_cast<std::uint16_t>(m_workloads->size()));
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
    std::vector<SourceInventory> inventories;
    for (const auto& source : m_sources)
        inventories.push_back({ source->endpoint, source->shown.inventory() });
    auto joined = join(inventories, ++m_structureVersion);
    for (std::size_t s = 0; s < m_sources.size(); ++s) {
        m_sources[s]->clusterOf = std::move(joined.clusterOf[s]);
        m_sources[s]->shown.soilAll();
        for (const auto& part : m_sources[s]->shown.parts())
            joined.structure->clusters[m_sources[s]->clusterOf[part.cluster]].sourceRow = part.firstRow;
    }
    m_structure = std::move(joined.structure);
    m_pictures.assign(m_structure->clusters.size(), nullptr);
    m_structureChanged = false;
}

void Engine::recompute(SourceState& source, std::size_t part)
{
    const auto& shape = *m_structure;
    const auto id = source.clusterOf[source.shown.parts()[part].cluster];
    const auto& place = shape.clusters[id];
    auto made = std::make_shared<ClusterPicture>();
    made->stale = source.stale;
    made->rows = source.shown.share(part);
    const auto parts = source.shown.parts();
    const auto* next = part + 1 < parts.size() && parts[part + 1].dirty ? parts[part + 1].values.get() : nullptr;
    m_sums->begin(*made->rows, source.stale, m_workloads->size(), next);
    for (const auto& stretch : place.stretches)
        m_sums->add(static_cast<std::uint16_t>(stretch.model), shape.modelMemory[stretch.model], stretch.firstRow, stretch.rows);
    m_sums->finish(*made);
    made->tally.nodes = place.nodes;
    m_pictures[id] = std::move(made);
    source.shown.clean(part);
}

std::vector<WorkloadDemand> Engine::joinedDemand() const
{
    // Every endpoint of a workload repeats the one demand curve; only the GPUs are each endpoint's own.
    std::map<std::string, WorkloadDemand> joined;
    for (const auto& source : m_sources) {
        if (source->stale)
            continue;
        for (const auto& demand : source->demand) {
            auto& entry = joined[demand.workload];
            entry.workload = demand.workload;
            if (!entry.requestsPerSecond)
                entry.requestsPerSecond = demand.requestsPerSecond;
            entry.gpusNeeded += demand.gpusNeeded;
            entry.gpusUnmet += demand.gpusUnmet;
            for (const auto& [why, gpus] : demand.unmetWhy)
                entry.unmetWhy[why] += gpus;
        }
    }
    std::vector<WorkloadDemand> result;
    for (auto& [name, demand] : joined)
        result.push_back(std::move(demand));
    return result;
}

std::vector<ServiceLevel> Engine::placedService() const
{
    std::vector<ServiceLevel> made;
    for (const auto& source : m_sources) {
        if (source->stale || !source->shown.inventory())
            continue;
        for (auto it : source->service) {
            const Inventory::Cluster* only = nullptr;
            std::size_t fits = 0;
            for (const auto& cluster : source->shown.inventory()->clusters)
                if (it.cluster.empty() || cluster.name == it.cluster) {
                    only = &cluster;
                    ++fits;
                }
            if (fits == 1) {
                it.provider = only->provider;
                it.region = only->region;
                it.cluster = only->name;
            }
            made.push_back(std::move(it));
        }
    }
    return made;
}

void Engine::forgetSums()
{
    for (auto& source : m_sources)
        source->shown.soilAll();
}

SnapshotPtr Engine::publish(Time now)
{
    for (auto& source : m_sources) {
        const bool stale = source->observed && now - *source->observed > m_staleAfter;
        if (stale != source->stale) {
            source->stale = stale;
            source->shown.soilAll();
        }
    }
    if (m_structureChanged)
        rebuildStructure();
    for (auto& source : m_sources)
        for (std::size_t part = 0; part < source->shown.parts().size(); ++part)
            if (source->shown.parts()[part].dirty)
                recompute(*source, part);

    auto snapshot = std::make_shared<Snapshot>();
    snapshot->m_asOf = now;
    snapshot->m_staleAfter = m_staleAfter;
    snapshot->m_structure = m_structure;
    snapshot->m_workloads = m_workloads;
    snapshot->m_clusters = m_pictures;
    for (const auto& source : m_sources) {
        snapshot->m_observed.push_back(source->observed);
        snapshot->m_late.push_back(source->late);
        snapshot->m_fromCache.push_back(source->fromCache);
    }
    snapshot->m_demand = joinedDemand();
    snapshot->m_service = placedService();
    snapshot->addUp();
    m_changed = false;
    return snapshot;
}

std::vector<SavedFleet> Engine::save() const
{
    std::vector<SavedFleet> saved;
    for (const auto& source : m_sources) {
        if (!source->live || !source->observed)
            continue;
        auto inventory = source->shown.inventory();
        if (inventory->workloads != source->shown.workloads()) {
            auto longer = std::make_shared<Inventory>(*inventory);
            longer->workloads = source->shown.workloads();
            inventory = std::move(longer);
        }
        saved.push_back({ source->endpoint, std::move(inventory), std::make_shared<const Columns>(source->shown.columns()), *source->observed, source->shown.since(),
            source->late ? *source->late : std::vector<LateRows>() });
    }
    return saved;
}

} // namespace penstock
