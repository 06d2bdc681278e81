// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>
#include <map>

#include "engine/engine.h"
#include "engine/trouble.h"
#include "fleet/xid.h"
#include "support/changingfleet.h"

using namespace penstock;
using namespace std::chrono_literals;

/// The GPUs that need a look, against a look at each of them.
class TestTrouble final : public QObject
{
    Q_OBJECT

private slots:
    void findsWhatALookAtEachGpuFinds();
    void aSilentSourceIsOneTroubleACluster();
    void aSilentSourceDoesNotHideWhatWasBroken();
    void silenceDoesNotEndATrouble();
    void theBeginningIsWhenTheStateWasFirstSeen();
    void whoIsLateWasSeenBefore();
    void whatNobodyMeasuresIsNotSilent();
};

void TestTrouble::findsWhatALookAtEachGpuFinds()
{
    ChangingFleet fleet(7);
    constexpr std::array healths { Health::Good, Health::NotReported, Health::Throttled, Health { 79 }, Health { 63 }, Health::Ecc };
    for (const char* name : { "a", "b", "c" }) {
        fleet.clusters.push_back({ { name[0] == 'c' ? "gcp" : "azure", "r", name }, {} });
        for (std::uint32_t n = 0; n < 30; ++n) {
            auto node = fleet.node("n" + std::to_string(n), 1 + fleet.below(8));
            for (auto& gpu : node.samples)
                gpu.health = healths[fleet.below(healths.size())];
            fleet.clusters.back().nodes.push_back(std::move(node));
        }
    }
    const auto snapshot = fleet.snapshot();
    const auto& shape = snapshot->structure();
    for (const Scope& scope : { Scope {}, Scope { .provider = "azure", .region = {}, .cluster = {}, .node = {} }, Scope { .provider = {}, .region = {}, .cluster = "b", .node = "n3" } }) {
        std::vector<std::pair<GpuPlace, Health>> expected;
        for (std::uint32_t n = 0; n < shape.nodes.size(); ++n) {
            const auto& cluster = shape.clusters[shape.nodes[n].cluster];
            if (!scope.contains(shape.providerOf(cluster).name, "r", cluster.name) || (!scope.node.empty() && shape.nodes[n].name != scope.node))
                continue;
            for (std::uint32_t gpu = 0; gpu < shape.nodes[n].gpus; ++gpu) {
                const auto it = snapshot->gpu(shape.nodes[n], gpu);
                if (it.state == GpuState::Unhealthy || it.state == GpuState::Unknown || (it.health != Health::Good && it.health != Health::NotReported))
                    expected.push_back({ { n, gpu }, it.state == GpuState::Unknown && !isBroken(it.health) ? Health::NotReported : it.health });
            }
        }
        QVERIFY(!expected.empty());
        const auto found = troubles(*snapshot, scope, 10'000);
        QCOMPARE(found.list.size(), expected.size());
        QCOMPARE(found.gpus, std::uint64_t { expected.size() });
        QCOMPARE(found.left, std::uint64_t { 0 });
        for (std::size_t i = 0; i < expected.size(); ++i) {
            QCOMPARE(found.list[i].place, expected[i].first);
            QCOMPARE(found.list[i].health, expected[i].second);
            QCOMPARE(found.list[i].state, snapshot->gpu(shape.nodes[expected[i].first.node], expected[i].first.gpu).state);
        }
        const auto few = troubles(*snapshot, scope, 3);
        QCOMPARE(few.list.size(), std::min<std::size_t>(3, expected.size()));
        QCOMPARE(few.gpus, found.gpus);
        QCOMPARE(few.left, found.gpus - few.list.size());
    }
}

namespace {

/// One cluster of two nodes with two GPUs each, told by hand.
struct Told
{
    Engine engine;
    SourceId source = engine.addSource("a");
    Time now { 1'790'000'000s };
    std::uint64_t sequence = 0;

    Told()
    {
        auto inventory = std::make_shared<Inventory>();
        inventory->epoch = 1;
        inventory->clusters = { { "aws", "us-east-1", "eks" } };
        inventory->models = { { "H100 80GB SXM", 81920 } };
        inventory->nodes = { { "n", 0, 0, 2, {} }, { "m", 0, 0, 2, {} } };
        inventory->workloads = { "chat" };
        (void)engine.apply(source, InventoryFrame { inventory, now });
    }
    SnapshotPtr say(std::vector<GpuSample> gpus)
    {
        SamplesFrame frame { .epoch = 1, .sequence = ++sequence, .observed = now, .rows = {}, .values = {}, .addedWorkloads = {} };
        for (const auto& gpu : gpus)
            frame.values.append(gpu);
        (void)engine.apply(source, frame);
        return engine.publish(now);
    }
};

} // namespace

void TestTrouble::aSilentSourceIsOneTroubleACluster()
{
    Told told;
    const auto heard = told.now;
    told.say(std::vector<GpuSample>(4, { .state = GpuState::Busy, .health = Health::Good, .workload = 0 }));
    const auto found = troubles(*told.engine.publish(told.now + 10min), {}, 100);
    QCOMPARE(found.list.size(), std::size_t { 1 });
    QCOMPARE(found.gpus, std::uint64_t { 4 });
    const auto& it = found.list.front();
    QVERIFY(it.wholeCluster);
    QCOMPARE(it.gpus, 4U);
    QCOMPARE(it.state, GpuState::Unknown);
    QVERIFY(it.lastSeen == heard);
    // Of a node every GPU is told apart, with what it held.
    const auto node = troubles(*told.engine.publish(told.now + 10min), { .provider = {}, .region = {}, .cluster = {}, .node = "m" }, 100);
    QCOMPARE(node.list.size(), std::size_t { 2 });
    QCOMPARE(node.list.front().workload, std::uint16_t { 0 });
    QVERIFY(node.list.front().lastSeen == heard);
}

void TestTrouble::aSilentSourceDoesNotHideWhatWasBroken()
{
    Told told;
    const GpuSample good { .state = GpuState::Busy, .health = Health::Good, .workload = 0 }, broken { .state = GpuState::Unhealthy, .health = Health { 79 }, .workload = 0 };
    const auto began = told.now;
    told.say({ good, broken, good, good });
    const auto found = troubles(*told.engine.publish(told.now + 10min), {}, 100);
    QCOMPARE(found.list.size(), std::size_t { 2 });
    QCOMPARE(found.gpus, std::uint64_t { 4 });
    QVERIFY(found.list[0].wholeCluster);
    QVERIFY(found.list[1].health == Health { 79 } && found.list[1].gpus == 0 && found.list[1].firstSeen == began);
    QVERIFY(reasonOf(found.list[1]).silent);
}

void TestTrouble::silenceDoesNotEndATrouble()
{
    Told told;
    const GpuSample good { .state = GpuState::Busy, .health = Health::Good, .workload = 0 }, broken { .state = GpuState::Unhealthy, .health = Health { 79 }, .workload = 0 };
    GpuSample silent = broken;
    silent.state = GpuState::Unknown;
    const auto began = told.now;
    told.say({ good, broken, good, good });
    for (const auto& next : { silent, broken }) {
        told.now += 60s;
        const auto found = troubles(*told.say({ good, next, good, good }), {}, 100).list;
        QCOMPARE(found.size(), std::size_t { 1 });
        QVERIFY(found[0].health == Health { 79 } && found[0].firstSeen == began);
    }
}

void TestTrouble::theBeginningIsWhenTheStateWasFirstSeen()
{
    Told told;
    const GpuSample good { .state = GpuState::Busy, .health = Health::Good, .workload = 0 }, broken { .state = GpuState::Unhealthy, .health = Health { 79 }, .workload = 0 };
    GpuSample slow = good, lost;
    slow.health = Health::Throttled;
    lost.workload = 0;
    told.say({ good, good, good, good });
    told.now += 10s;
    const auto began = told.now;
    told.say({ broken, good, lost, slow });
    told.now += 50s;
    const auto found = troubles(*told.say({ broken, good, lost, slow }), {}, 100).list;
    QCOMPARE(found.size(), std::size_t { 3 });
    QCOMPARE(found[0].workload, std::uint16_t { 0 }); // that it held
    QVERIFY(found[0].firstSeen == began && found[0].lastSeen == told.now);
    QVERIFY(found[1].firstSeen == began && found[1].lastSeen == began); // nothing was heard of it since
    QVERIFY(!found[2].firstSeen && found[2].lastSeen == told.now); // it works, and when it became slow is not kept
}

void TestTrouble::whoIsLateWasSeenBefore()
{
    Told told;
    const GpuSample good { .state = GpuState::Busy, .health = Health::Good, .workload = 0 }, broken { .state = GpuState::Unhealthy, .health = Health { 79 }, .workload = 0 };
    GpuSample silent = broken;
    silent.state = GpuState::Unknown;
    told.say({ good, broken, broken, silent });
    const auto heard = told.now - 20s;
    told.now += 5s;
    QVERIFY(told.engine.apply(told.source, HeartbeatFrame { 1, ++told.sequence, told.now, { { 2, 2, static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(heard.time_since_epoch()).count()) } } }));
    const auto found = troubles(*told.engine.publish(told.now), {}, 100).list;
    QCOMPARE(found.size(), std::size_t { 3 });
    QVERIFY(found[0].lastSeen == told.now);
    QVERIFY(found[1].lastSeen == heard && found[2].lastSeen == heard);
}

void TestTrouble::whatNobodyMeasuresIsNotSilent()
{
    // An orchestrator tells who holds the first; the other has been silent for a while.
    Told told;
    const GpuSample held { .state = GpuState::Unknown, .workload = 0 }, good { .state = GpuState::Free, .health = Health::Good };
    told.say({ held, good, held, good });
    told.now += 5s;
    QVERIFY(told.engine.apply(told.source, HeartbeatFrame { 1, ++told.sequence, told.now, { { 2, 1, static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>((told.now - 20s).time_since_epoch()).count()) } } }));
    const auto found = troubles(*told.engine.publish(told.now), {}, 100).list;
    QCOMPARE(found.size(), std::size_t { 2 });
    QVERIFY(reasonOf(found[0]).what == "held, and nobody measures what it does");
    QVERIFY(reasonOf(found[1]).what == "silent");
}

QTEST_GUILESS_MAIN(TestTrouble)
#include "tst_trouble.moc"
