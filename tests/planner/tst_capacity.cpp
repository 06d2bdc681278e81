// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include <map>

#include "planfleet.h"

using namespace penstock;
using namespace penstock::plantest;

namespace {

/// Free GPUs of each node of a pool, GPU by GPU.
std::vector<std::pair<std::uint32_t, std::uint32_t>> nodesOf(const PlanFleet& fleet, const Places& places, std::uint32_t pool)
{
    std::vector<std::pair<std::uint32_t, std::uint32_t>> nodes; // free and size
    const auto& it = places.pools[pool];
    for (const auto& node : fleet.nodes)
        if (fleet.isFresh(node.provider) && node.provider == places.providerName(it) && node.region == places.regionName(it) && node.cluster == places.clusterName(it) && node.model == places.modelName(it))
            nodes.emplace_back(std::ranges::count(node.gpus, GpuState::Free, &GpuSample::state), node.gpus.size());
    return nodes;
}

/// Puts one replica on the fullest node that holds it, or on whole nodes of one size. False when there is no place.
bool putOne(std::vector<std::pair<std::uint32_t, std::uint32_t>>& nodes, std::uint32_t replica)
{
    std::pair<std::uint32_t, std::uint32_t>* best = nullptr;
    for (auto& node : nodes)
        if (node.second >= replica && node.first >= replica && (!best || node.first < best->first))
            best = &node;
    if (best) {
        best->first -= replica;
        return true;
    }
    std::map<std::uint32_t, std::vector<std::pair<std::uint32_t, std::uint32_t>*>> whole;
    for (auto& node : nodes)
        if (node.second < replica && node.first == node.second)
            whole[node.second].push_back(&node);
    for (auto& [size, free] : whole) {
        const auto needed = (replica + size - 1) / size;
        if (free.size() < needed)
            continue;
        for (std::uint32_t i = 0; i < needed; ++i)
            free[i]->first = 0;
        return true;
    }
    return false;
}

} // namespace

class CapacityTest : public QObject
{
    Q_OBJECT
private slots:
    void countsWhatIsThere();
    void placesNoMoreThanFits();
    void holdersChangeNothingElse();
    void limitsBind_data();
    void limitsBind();
    void theSameSnapshotIsReadOnce();
    void shedsNoMoreThanItNeeds();
    void sheddingKeepsItsBooks();
};

void CapacityTest::countsWhatIsThere()
{
    for (std::uint32_t seed = 0; seed < 300; ++seed) {
        const auto fleet = randomFleet(seed);
        const auto ground = fleet.ground();
        const auto& places = ground->places();
        std::int64_t gpus = 0;
        for (std::uint32_t p = 0; p < places.pools.size(); ++p) {
            const auto& pool = ground->capacity().pools[p];
            std::int64_t free = 0, healthy = 0, all = 0, allocated = 0;
            std::map<std::uint16_t, std::int64_t> load;
            const auto& it = places.pools[p];
            for (const auto& node : fleet.nodes)
                if (node.provider == places.providerName(it) && node.region == places.regionName(it) && node.cluster == places.clusterName(it) && node.model == places.modelName(it))
                    for (const auto& gpu : node.gpus) {
                        ++all;
                        free += gpu.state == GpuState::Free;
                        healthy += gpu.state == GpuState::Free || gpu.state == GpuState::Busy || gpu.state == GpuState::Idle;
                        const bool held = gpu.state == GpuState::Busy || gpu.state == GpuState::Idle || (gpu.state == GpuState::Unknown && gpu.workload != noWorkload);
                        allocated += held;
                        if (held && gpu.workload != noWorkload)
                            ++load[gpu.workload];
                    }
            const bool fresh = fleet.isFresh(places.providerName(it));
            QCOMPARE(pool.gpus, all);
            QCOMPARE(pool.free, fresh ? free : 0);
            QCOMPARE(pool.healthy, fresh ? healthy : 0);
            QCOMPARE(pool.allocated, allocated);
            for (std::uint32_t w = 0; w < fleet.rules.workloads.size(); ++w)
                QCOMPARE(ground->held(w, p), load[static_cast<std::uint16_t>(w)]);
            for (const std::uint32_t replica : { 1U, 2U, 3U, 4U, 5U, 8U, 12U, 16U }) {
                auto nodes = nodesOf(fleet, places, p);
                std::int64_t placed = 0;
                while (putOne(nodes, replica))
                    placed += replica;
                QCOMPARE(placeableGpus(pool.groups, replica), placed);
            }
            gpus += all;
        }
        std::int64_t all = 0;
        for (const auto& node : fleet.nodes)
            all += static_cast<std::int64_t>(node.gpus.size());
        QCOMPARE(gpus, all);
    }
}

void CapacityTest::placesNoMoreThanFits()
{
    std::mt19937 random(5);
    for (std::uint32_t seed = 0; seed < 1500; ++seed) {
        auto fleet = randomFleet(seed);
        const auto ground = fleet.ground();
        auto room = ground->room();
        std::vector<std::vector<std::pair<std::uint32_t, std::uint32_t>>> nodes;
        for (std::uint32_t p = 0; p < ground->places().pools.size(); ++p)
            nodes.push_back(nodesOf(fleet, ground->places(), p));
        std::map<std::string, std::int64_t> taken; // by provider
        for (int i = 0; i < 20; ++i) {
            const auto pool = static_cast<std::uint32_t>(random() % nodes.size());
            const auto workload = static_cast<std::uint32_t>(random() % fleet.rules.workloads.size());
            const auto wanted = static_cast<std::int64_t>(1 + random() % 4);
            const auto headroom = room.headroom(pool, workload);
            const auto replica = fleet.rules.workloads[workload].replicaGpus;
            const auto got = room.take(pool, workload, wanted);
            QCOMPARE(got, std::min(wanted, headroom / replica));
            for (std::int64_t k = 0; k < got; ++k)
                QVERIFY(putOne(nodes[pool], replica));
            const auto* limit = room.tightest(pool, workload);
            if (got < wanted && !limit)
                QVERIFY(!putOne(nodes[pool], replica));
            taken[ground->places().providerName(ground->places().pools[pool])] += got * replica;
        }
        // Under every cap and quota, counted GPU by GPU.
        for (const auto& provider : fleet.rules.providers) {
            if (!fleet.isFresh(provider.id) || taken[provider.id] == 0)
                continue;
            std::int64_t healthy = 0, used = 0;
            for (const auto& node : fleet.nodes)
                for (const auto& gpu : node.gpus)
                    if (node.provider == provider.id) {
                        healthy += gpu.state == GpuState::Free || gpu.state == GpuState::Busy || gpu.state == GpuState::Idle;
                        used += gpu.state == GpuState::Busy || gpu.state == GpuState::Idle || (gpu.state == GpuState::Unknown && gpu.workload != noWorkload);
                    }
            QVERIFY(static_cast<double>(used + taken[provider.id]) <= provider.utilisationCap * static_cast<double>(healthy) + 1e-6 || provider.utilisationCap >= 1);
            for (const auto& quota : provider.quotas)
                if (quota.model.empty())
                    QVERIFY(used + taken[provider.id] <= quota.gpus);
        }
    }
}

void CapacityTest::holdersChangeNothingElse()
{
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
        const auto fleet = randomFleet(seed);
        const auto free = fleet.ground(), holders = fleet.ground(CapacityDetail::Holders);
        for (std::uint32_t p = 0; p < free->capacity().pools.size(); ++p) {
            for (std::uint32_t w = 0; w < fleet.rules.workloads.size(); ++w)
                QCOMPARE(holders->room().headroom(p, w), free->room().headroom(p, w));
            std::map<std::uint32_t, std::int64_t> held;
            for (const auto& group : holders->capacity().pools[p].groups)
                for (const auto& holding : holders->capacity().holders[group.holders])
                    held[holding.workload] += std::int64_t { holding.gpus } * group.nodes;
            // Unknown GPUs keep their workload and are on no node that could be emptied.
            for (const auto& load : holders->capacity().pools[p].load)
                QVERIFY(held[load.workload] <= std::int64_t { load.gpus });
        }
    }
}

void CapacityTest::limitsBind_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<qint64>("headroom"); ///< for replicas of 4 of the first workload, on 8 free nodes of 8 beside 4 full ones
    QTest::addColumn<QString>("because");
    const auto row = [](const char* what, qint64 headroom, const char* because) { QTest::newRow(what) << QString::fromLatin1(what) << headroom << QString::fromLatin1(because); };
    row("nothing", 64, "");
    row("cap", 40, "utilisation cap 75 % of gcp"); // 72 of 96
    row("cap that is exceeded", 0, "utilisation cap 20 % of gcp");
    row("quota", 28, "quota of 62 H100 at gcp in us-1"); // 30 left, whole replicas
    row("quota of another model", 64, "");
    row("quota of another region", 64, "");
    row("reservation", 16, "reservation of 48 GPUs at gcp");
    row("reservation that is over", 64, "");
    row("two reservations add up", 28, "reservation of 62 GPUs at gcp"); // 30 of 62 are left
    row("one of two reservations is over", 16, "reservation of 48 GPUs at gcp");
    row("set aside for the other", 24, "reservation of 40 GPUs at gcp for other");
    row("set aside for itself", 64, "");
    row("promised", 44, "");
    row("promised elsewhere", 64, "");
    row("stale", 0, "");
    row("cached", 0, "");
}

void CapacityTest::limitsBind()
{
    QFETCH(QString, what);
    QFETCH(qint64, headroom);
    QFETCH(QString, because);
    PlanFleet fleet;
    fleet.rules.workloads.resize(2);
    fleet.rules.workloads[0].name = "chat";
    fleet.rules.workloads[0].replicaGpus = 4;
    fleet.rules.workloads[1].name = "other";
    fleet.add("gcp", "us-1", 4, 8, 8, 0);
    fleet.add("gcp", "us-1", 8, 8, 0, 0);
    fleet.rules.providers = { { .id = "gcp", .name = "gcp", .subprocessor = true, .approvedData = {}, .utilisationCap = 1, .quotas = {}, .reservations = {} } };
    auto& provider = fleet.rules.providers[0];
    std::vector<Promise> promises;
    const auto is = [&](const char* name) { return what == QLatin1String(name); };
    if (is("cap"))
        provider.utilisationCap = 0.75;
    else if (is("cap that is exceeded"))
        provider.utilisationCap = 0.2;
    else if (is("quota"))
        provider.quotas = { { "H100", "us-1", 62 } };
    else if (is("quota of another model"))
        provider.quotas = { { "H200", "", 1 } };
    else if (is("quota of another region"))
        provider.quotas = { { "H100", "us-2", 1 } };
    else if (is("reservation"))
        provider.reservations = { { .model = {}, .region = {}, .gpus = 48, .workload = {}, .from = {}, .until = {} } };
    else if (is("reservation that is over"))
        provider.reservations = { { .model = {}, .region = {}, .gpus = 48, .workload = {}, .from = {}, .until = now - std::chrono::hours(1) } };
    else if (is("two reservations add up"))
        provider.reservations = { { .model = {}, .region = {}, .gpus = 40, .workload = {}, .from = now - std::chrono::hours(1), .until = {} }, { .model = {}, .region = {}, .gpus = 22, .workload = {}, .from = {}, .until = now + std::chrono::hours(1) } };
    else if (is("one of two reservations is over"))
        provider.reservations = { { .model = {}, .region = {}, .gpus = 48, .workload = {}, .from = now - std::chrono::hours(2), .until = {} }, { .model = {}, .region = {}, .gpus = 22, .workload = {}, .from = {}, .until = now - std::chrono::hours(1) } };
    else if (is("set aside for the other"))
        provider.reservations = { { .model = {}, .region = {}, .gpus = 40, .workload = "other", .from = {}, .until = {} } };
    else if (is("set aside for itself"))
        provider.reservations = { { .model = {}, .region = {}, .gpus = 40, .workload = "chat", .from = {}, .until = {} } };
    else if (is("promised"))
        promises = { { "S-1", "chat", { .provider = "gcp", .region = {}, .cluster = {}, .node = {} }, {}, 18 } };
    else if (is("promised elsewhere"))
        promises = { { "S-1", "chat", { .provider = "aws", .region = {}, .cluster = {}, .node = {} }, {}, 18 } };
    else if (is("stale"))
        fleet.stale = { "gcp" };
    else if (is("cached"))
        fleet.cached = { "gcp" };
    const auto ground = fleet.ground(CapacityDetail::Free, { .promises = promises });
    QCOMPARE(ground->room().headroom(0, 0), std::int64_t { headroom });
    const auto* limit = ground->room().tightest(0, 0);
    QCOMPARE(QString::fromStdString(limit ? limit->text : std::string()), because);
}

void CapacityTest::theSameSnapshotIsReadOnce()
{
    const auto fleet = randomFleet(1);
    const auto one = fleet.snapshot(), other = fleet.snapshot();
    CapacityReader reader;
    const auto first = reader.read(one);
    QCOMPARE(reader.read(one), first);
    QVERIFY(reader.read(one, CapacityDetail::Holders) != first);
    QCOMPARE(reader.read(one), first);
    QVERIFY(reader.read(other) != first);
    QCOMPARE(reader.read(other)->places, first->places);
}

void CapacityTest::shedsNoMoreThanItNeeds()
{
    // On each of three nodes training holds six of eight GPUs in replicas of two.
    PlanFleet fleet;
    fleet.rules.workloads.resize(2);
    fleet.rules.workloads[0].name = "chat";
    fleet.rules.workloads[0].replicaGpus = 4;
    fleet.rules.workloads[1].name = "train";
    fleet.rules.workloads[1].priority = Priority::Training;
    fleet.rules.workloads[1].replicaGpus = 2;
    fleet.add("gcp", "us-1", 3, 8, 6, 1);
    const auto ground = fleet.ground(CapacityDetail::Holders);
    auto room = ground->room();
    std::vector<Room::Ended> ended;
    QCOMPARE(room.take(0, 0, 1), std::int64_t { 0 });
    QCOMPARE(room.takeFrom(0, 1, 0, 2, ended), std::int64_t { 2 });
    QCOMPARE(ended.size(), std::size_t { 1 });
    QCOMPARE(ended[0].gpus, std::int64_t { 4 });
    QCOMPARE(ended[0].replicas, std::int64_t { 2 });
    // Six places in all: the seventh finds none even if all training ends.
    QCOMPARE(room.takeFrom(0, 1, 0, 9, ended), std::int64_t { 4 });
    QCOMPARE(ended[0].gpus, std::int64_t { 18 });
    QCOMPARE(room.takeFrom(0, 1, 0, 1, ended), std::int64_t { 0 });
}

void CapacityTest::sheddingKeepsItsBooks()
{
    std::mt19937 random(6);
    for (std::uint32_t seed = 0; seed < 1500; ++seed) {
        const auto fleet = randomFleet(seed);
        const auto ground = fleet.ground(CapacityDetail::Holders);
        auto room = ground->room();
        std::vector<Room::Ended> ended;
        std::vector<std::int64_t> taken(ground->places().pools.size());
        for (int i = 0; i < 15; ++i) {
            const auto pool = static_cast<std::uint32_t>(random() % taken.size());
            const auto workload = static_cast<std::uint32_t>(random() % fleet.rules.workloads.size());
            const auto victim = static_cast<std::uint32_t>(random() % fleet.rules.workloads.size());
            const auto replicas = static_cast<std::int64_t>(1 + random() % 5);
            taken[pool] += room.take(pool, workload, replicas) * fleet.rules.workloads[workload].replicaGpus;
            const auto got = room.takeFrom(pool, victim, workload, replicas, ended);
            QVERIFY(got <= replicas);
            taken[pool] += got * fleet.rules.workloads[workload].replicaGpus;
        }
        std::vector<std::int64_t> gone(taken.size());
        for (const auto& it : ended) {
            gone[it.pool] += it.gpus;
            QVERIFY(it.gpus <= ground->held(it.workload, it.pool));
        }
        for (std::uint32_t p = 0; p < taken.size(); ++p)
            QVERIFY(taken[p] <= ground->capacity().pools[p].free + gone[p]);
    }
}

QTEST_APPLESS_MAIN(CapacityTest)
#include "tst_capacity.moc"
