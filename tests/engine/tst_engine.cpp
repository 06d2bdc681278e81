// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>
#include <random>

#include "engine/engine.h"

using namespace penstock;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<Inventory> smallFleet(std::string provider, std::uint64_t epoch = 1)
{
    auto inventory = std::make_shared<Inventory>();
    inventory->epoch = epoch;
    inventory->clusters = { { provider, "r1", provider + "-a" }, { provider, "r1", provider + "-b" }, { provider, "r2", provider + "-c" } };
    inventory->models = { { "H100 80GB SXM", 81920 }, { "T4", 16384 } };
    for (std::uint32_t n = 0; n < 12; ++n)
        inventory->nodes.push_back({ "node" + std::to_string(n), n / 4, n % 2, 1 + n % 8, {} });
    inventory->workloads = { "chatgpt", "training" };
    return inventory;
}

GpuSample randomSample(std::mt19937& random)
{
    GpuSample sample;
    sample.state = static_cast<GpuState>(random() % gpuStateCount);
    sample.workload = random() % 3 == 0 ? noWorkload : static_cast<std::uint16_t>(random() % 2);
    if (random() % 5)
        sample.utilisation = static_cast<std::uint8_t>(random() % 101);
    if (random() % 5)
        sample.memoryUsed = static_cast<std::uint32_t>(random() % 100'000);
    if (random() % 5)
        sample.power = static_cast<std::uint16_t>(random() % 7000);
    if (random() % 5)
        sample.temperature = static_cast<std::uint8_t>(random() % 100);
    return sample;
}

SamplesFrame whole(const Inventory& inventory, std::uint64_t sequence, std::mt19937& random, Time at)
{
    SamplesFrame frame { .epoch = inventory.epoch, .sequence = sequence, .observed = at, .firstRow = 0, .rows = {}, .values = {}, .addedWorkloads = {} };
    for (std::uint64_t i = 0; i < inventory.gpus(); ++i)
        frame.values.append(randomSample(random));
    return frame;
}

} // namespace

class TestEngine final : public QObject
{
    Q_OBJECT

private slots:
    void aggregatesEqualARecomputationFromScratch();
    void refusesWhatIsWrongAndKeepsThePicture_data();
    void refusesWhatIsWrongAndKeepsThePicture();
    void silenceMakesGpusUnknownWithTheirWorkload();
    void aClusterReportedTwiceIsRefused();
    void theOldPictureStaysUntilTheNewEpochIsWhole();
    void demandIsOneCurveAWorkload();

private:
    Time m_now = wallClock();
};

void TestEngine::aggregatesEqualARecomputationFromScratch()
{
    std::mt19937 random(7);
    Engine engine;
    const auto id = engine.addSource("e");
    const auto inventory = smallFleet("azure");
    QVERIFY(engine.apply(id, InventoryFrame { inventory, m_now }));
    auto first = whole(*inventory, 1, random, m_now);
    Columns truth = first.values;
    QVERIFY(engine.apply(id, first));
    std::uint64_t sequence = 1;
    for (int round = 0; round < 2000; ++round) {
        SamplesFrame delta { .epoch = 1, .sequence = ++sequence, .observed = m_now, .firstRow = 0, .rows = {}, .values = {}, .addedWorkloads = {} };
        for (std::uint32_t row = 0; row < truth.size(); ++row)
            if (random() % 4 == 0) {
                delta.rows.push_back(row);
                delta.values.append(randomSample(random));
                truth.set(row, delta.values.at(delta.values.size() - 1));
            }
        QVERIFY(engine.apply(id, delta));
        if (round % 20 != 0)
            continue;
        const auto snapshot = engine.publish(m_now);
        Tally expected;
        std::uint32_t row = 0;
        for (const auto& node : inventory->nodes)
            for (std::uint32_t g = 0; g < node.gpus; ++g)
                expected.add(truth.at(row++), inventory->models[node.model].memoryTotal);
        expected.nodes = inventory->nodes.size();
        QVERIFY(snapshot->total() == expected);
        const Dimension by[] { Dimension::Model, Dimension::Workload, Dimension::State };
        Tally sum;
        for (const auto& group : snapshot->rollup(by))
            sum += group.tally;
        sum.nodes = expected.nodes;
        QVERIFY(sum == expected);
    }
}

void TestEngine::refusesWhatIsWrongAndKeepsThePicture_data()
{
    QTest::addColumn<int>("what");
    QTest::addColumn<int>("kind");
    QTest::newRow("unknown epoch") << 0 << static_cast<int>(Error::Kind::Conflict);
    QTest::newRow("gap in the sequence") << 1 << static_cast<int>(Error::Kind::Conflict);
    QTest::newRow("row out of range") << 2 << static_cast<int>(Error::Kind::Invalid);
    QTest::newRow("columns of different lengths") << 3 << static_cast<int>(Error::Kind::Invalid);
    QTest::newRow("impossible state") << 4 << static_cast<int>(Error::Kind::Invalid);
    QTest::newRow("impossible utilisation") << 5 << static_cast<int>(Error::Kind::Invalid);
    QTest::newRow("unknown workload") << 6 << static_cast<int>(Error::Kind::Invalid);
    QTest::newRow("rows not ascending") << 7 << static_cast<int>(Error::Kind::Invalid);
}

void TestEngine::refusesWhatIsWrongAndKeepsThePicture()
{
    QFETCH(int, what);
    QFETCH(int, kind);
    std::mt19937 random(1);
    Engine engine;
    const auto id = engine.addSource("e");
    const auto inventory = smallFleet("azure");
    QVERIFY(engine.apply(id, InventoryFrame { inventory, m_now }));
    QVERIFY(engine.apply(id, whole(*inventory, 1, random, m_now)));
    const auto before = engine.publish(m_now)->total();
    auto bad = whole(*inventory, 2, random, m_now);
    switch (what) {
    case 0: bad.epoch = 99; break;
    case 1: bad.sequence = 5; break;
    case 2: bad.firstRow = 3; break;
    case 3: bad.values.power.pop_back(); break;
    case 4: bad.values.state[0] = static_cast<GpuState>(9); break;
    case 5: bad.values.utilisation[0] = 101; break;
    case 6: bad.values.workload[0] = 2; break;
    default:
        for (std::uint32_t row = static_cast<std::uint32_t>(bad.values.size()); row-- > 0;)
            bad.rows.push_back(row);
    }
    const auto applied = engine.apply(id, bad);
    QVERIFY(!applied);
    QCOMPARE(static_cast<int>(applied.error().kind), kind);
    QCOMPARE(applied.error().where, std::string("e"));
    QVERIFY(engine.publish(m_now)->total() == before);
}

void TestEngine::silenceMakesGpusUnknownWithTheirWorkload()
{
    std::mt19937 random(2);
    Engine engine;
    engine.setStaleAfter(30s);
    const auto id = engine.addSource("e");
    const auto inventory = smallFleet("azure");
    QVERIFY(engine.apply(id, InventoryFrame { inventory, m_now }));
    auto frame = whole(*inventory, 1, random, m_now);
    std::uint64_t held = 0;
    for (std::size_t i = 0; i < frame.values.size(); ++i)
        held += frame.values.workload[i] != noWorkload;
    QVERIFY(engine.apply(id, frame));
    QVERIFY(engine.publish(m_now + 29s)->total().count(GpuState::Unknown) < inventory->gpus());
    const auto stale = engine.publish(m_now + 31s);
    QCOMPARE(stale->total().count(GpuState::Unknown), inventory->gpus());
    QCOMPARE(stale->total().load, held);
    QVERIFY(!stale->total().utilisation.mean());
    QVERIFY(engine.apply(id, HeartbeatFrame { 1, 2, m_now + 31s }));
    QVERIFY(engine.publish(m_now + 32s)->total().count(GpuState::Unknown) < inventory->gpus());
}

void TestEngine::aClusterReportedTwiceIsRefused()
{
    std::mt19937 random(3);
    Engine engine;
    const auto a = engine.addSource("a"), b = engine.addSource("b");
    const auto inventory = smallFleet("azure");
    QVERIFY(engine.apply(a, InventoryFrame { inventory, m_now }));
    QVERIFY(engine.apply(a, whole(*inventory, 1, random, m_now)));
    const auto refused = engine.apply(b, InventoryFrame { inventory, m_now });
    QVERIFY(!refused);
    QVERIFY(refused.error().what.find("endpoint a") != std::string::npos);
    QCOMPARE(engine.publish(m_now)->total().gpus, inventory->gpus());
}

void TestEngine::theOldPictureStaysUntilTheNewEpochIsWhole()
{
    std::mt19937 random(4);
    Engine engine;
    const auto id = engine.addSource("e");
    const auto before = smallFleet("azure"), after = smallFleet("azure", 2);
    after->nodes.pop_back();
    QVERIFY(engine.apply(id, InventoryFrame { before, m_now }));
    QVERIFY(engine.apply(id, whole(*before, 1, random, m_now)));
    QVERIFY(engine.apply(id, InventoryFrame { after, m_now }));
    QCOMPARE(engine.publish(m_now)->total().gpus, before->gpus());
    QVERIFY(engine.apply(id, whole(*after, 1, random, m_now)));
    QCOMPARE(engine.publish(m_now)->total().gpus, after->gpus());
}

void TestEngine::demandIsOneCurveAWorkload()
{
    Engine engine;
    const auto a = engine.addSource("a"), b = engine.addSource("b");
    for (const auto id : { a, b })
        QVERIFY(engine.apply(id, DemandFrame { m_now, { { "chatgpt", 200.0, 50, 5 } } }));
    const auto demand = engine.publish(m_now)->demand();
    QCOMPARE(demand.size(), std::size_t { 1 });
    QCOMPARE(*demand[0].requestsPerSecond, 200.0);
    QCOMPARE(demand[0].gpusUnmet, 10U);
}

QTEST_GUILESS_MAIN(TestEngine)
#include "tst_engine.moc"
