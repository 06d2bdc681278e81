// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>
#include <array>
#include <cmath>
#include <map>
#include <random>

#include "engine/engine.h"

using namespace penstock;
using namespace std::chrono_literals;

namespace {

/// `size`: 54 GPUs, times this.
std::shared_ptr<Inventory> smallFleet(std::string provider, std::uint64_t epoch = 1, std::uint32_t size = 1)
{
    auto inventory = std::make_shared<Inventory>();
    inventory->epoch = epoch;
    inventory->clusters = { { provider, "r1", provider + "-a" }, { provider, "r1", provider + "-b" }, { provider, "r2", provider + "-c" } };
    inventory->models = { { "H100 80GB SXM", 81920 }, { "T4", 16384 } };
    for (std::uint32_t n = 0; n < 12; ++n)
        inventory->nodes.push_back({ "node" + std::to_string(n), n / 4, n % 2, (1 + n % 8) * size, {} });
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
    void aggregatesNeverDrift_data();
    void aggregatesNeverDrift();
    void quantilesAreWhatSortingGives();
    void rowsMayComeInAnyOrderAndTheLastOneCounts();
    void aSnapshotNeverChanges();
    void theStateOfAGpuHasAnAgeThatOutlivesAnEpoch();
    void whatTheCacheLastSawIsNoProofOfWhatHappenedSince();
    void samplesHaveAnOldestAndAMedianAge();
    void refusesWhatIsWrongAndKeepsThePicture_data();
    void refusesWhatIsWrongAndKeepsThePicture();
    void silenceMakesGpusUnknownWithTheirWorkload();
    void aClusterReportedTwiceIsRefused();
    void theOldPictureStaysUntilTheNewEpochIsWhole();
    void demandIsOneCurveAWorkload();
    void nodesKeepTheirZonesBesideThoseOfOtherSources();

private:
    Time m_now = wallClock();
};

namespace {

/// What one source should be showing, kept the slow and obvious way.
struct Truth
{
    std::shared_ptr<Inventory> inventory;
    std::vector<std::string> workloads;
    std::vector<GpuSample> gpus;
    std::uint64_t sequence = 0;
    bool stale = false;
};

/// Another inventory: nodes come, go, are renamed or change their number of GPUs.
void churn(Truth& truth, std::mt19937& random)
{
    auto next = std::make_shared<Inventory>(*truth.inventory);
    ++next->epoch;
    next->workloads = truth.workloads;
    auto& nodes = next->nodes;
    const auto at = random() % nodes.size();
    switch (random() % 4) {
    case 0: nodes[at].gpus = static_cast<std::uint32_t>(random() % 20); break;
    case 1: nodes[at].name += "x"; break;
    case 2:
        if (nodes.size() > 4)
            nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(at));
        break;
    default: nodes.insert(nodes.begin() + static_cast<std::ptrdiff_t>(at), { "new" + std::to_string(next->epoch), nodes[at].cluster, 1, 4, {} });
    }
    truth.inventory = next;
    truth.sequence = 0;
    truth.gpus.assign(next->gpus(), {});
}

void requireSame(const Snapshot& snapshot, const std::vector<Truth>& truths, Dimension dimension)
{
    std::map<std::string, Tally> expected;
    Tally total;
    for (const auto& truth : truths) {
        std::size_t row = 0;
        for (const auto& node : truth.inventory->nodes)
            for (std::uint32_t g = 0; g < node.gpus; ++g) {
                auto sample = truth.gpus[row++];
                if (truth.stale)
                    sample.state = GpuState::Unknown;
                const auto& cluster = truth.inventory->clusters[node.cluster];
                const auto& model = truth.inventory->models[node.model];
                std::string key;
                switch (dimension) {
                case Dimension::Provider: key = cluster.provider; break;
                case Dimension::Region: key = cluster.provider + "/" + cluster.region; break;
                case Dimension::Cluster: key = cluster.name; break;
                case Dimension::Model: key = model.name; break;
                case Dimension::Workload: key = sample.workload == noWorkload ? "" : truth.workloads[sample.workload]; break;
                case Dimension::State: key = name(sample.state); break;
                }
                expected[key].add(sample, model.memoryTotal);
                total.add(sample, model.memoryTotal);
            }
    }
    std::vector<Dimension> by { dimension };
    if (dimension == Dimension::Region)
        by.insert(by.begin(), Dimension::Provider);
    Tally sum;
    for (auto& group : snapshot.rollup(by)) {
        const auto key = dimension == Dimension::Region ? group.keys[0] + "/" + group.keys[1] : group.keys[0];
        group.tally.nodes = 0;
        if (group.tally.gpus != 0)
            QVERIFY2(group.tally == expected[key], key.c_str());
        expected.erase(key);
        sum += group.tally;
    }
    QVERIFY(expected.empty());
    QVERIFY(sum == total);
    auto whole = snapshot.total();
    whole.nodes = 0;
    QVERIFY(whole == total);
}

} // namespace

void TestEngine::aggregatesNeverDrift_data()
{
    QTest::addColumn<int>("rounds");
    QTest::addColumn<int>("size");
    QTest::addColumn<bool>("alike");
    QTest::newRow("small clusters") << 20'000 << 1 << false;
    QTest::newRow("clusters of many blocks, in any order") << 300 << 40 << false;
    QTest::newRow("clusters of many blocks, neighbours alike") << 500 << 40 << true;
}

/// More than 200,000 GPU updates of every kind, compared with a count from nothing.
void TestEngine::aggregatesNeverDrift()
{
    QFETCH(int, rounds);
    QFETCH(int, size);
    QFETCH(bool, alike);
    std::mt19937 random(7);
    Engine engine;
    std::vector<Truth> truths(2);
    std::vector<SourceId> ids;
    for (std::size_t s = 0; s < 2; ++s) {
        ids.push_back(engine.addSource(s ? "b" : "a"));
        truths[s].inventory = smallFleet(s ? "gcp" : "azure", 1, static_cast<std::uint32_t>(size));
        truths[s].workloads = truths[s].inventory->workloads;
        truths[s].gpus.assign(truths[s].inventory->gpus(), {});
        QVERIFY(engine.apply(ids[s], InventoryFrame { truths[s].inventory, m_now }));
    }
    auto seconds = 0s;
    for (int round = 0; round < rounds; ++round) {
        const auto s = random() % 2;
        auto& truth = truths[s];
        const auto rows = truth.gpus.size();
        SamplesFrame frame { .epoch = truth.inventory->epoch, .sequence = truth.sequence + 1, .observed = m_now + seconds, .firstRow = 0, .rows = {}, .values = {}, .addedWorkloads = {} };
        const auto kind = truth.sequence == 0 ? 0 : random() % 100;
        if (kind == 99) {
            churn(truth, random);
            QVERIFY(engine.apply(ids[s], InventoryFrame { truth.inventory, m_now + seconds }));
            continue;
        }
        if (kind == 98) {
            // The other source falls silent; its next frame brings it back.
            seconds += 40s;
            frame.observed = m_now + seconds;
            truths[1 - s].stale = truths[1 - s].sequence != 0;
        }
        if (kind == 97) {
            truth.workloads.push_back("w" + std::to_string(round));
            frame.addedWorkloads = { truth.workloads.back() };
        }
        const auto change = [&](std::size_t row) {
            auto sample = randomSample(random);
            if (sample.workload != noWorkload)
                sample.workload = static_cast<std::uint16_t>(random() % truth.workloads.size());
            if (alike && random() % 20 != 0) {
                sample.state = row / 700 % 3 == 2 ? GpuState::Free : GpuState::Busy;
                sample.workload = sample.state == GpuState::Free ? noWorkload : static_cast<std::uint16_t>(row / 700 % truth.workloads.size());
            }
            frame.values.append(sample);
            truth.gpus[row] = sample;
        };
        if (kind == 0) // everything
            for (std::size_t row = 0; row < rows; ++row)
                change(row);
        else if (kind < 30) { // a stretch
            frame.firstRow = static_cast<std::uint32_t>(random() % rows);
            for (std::size_t row = frame.firstRow, end = row + random() % (rows - row); row < end; ++row)
                change(row);
        } else { // some, in any order
            const bool ordered = kind < 80;
            for (std::uint32_t row = 0; row < rows; ++row)
                if (random() % 4 == 0)
                    frame.rows.push_back(row);
            if (!ordered)
                std::ranges::shuffle(frame.rows, random);
            for (const auto row : frame.rows)
                change(row);
        }
        QVERIFY(engine.apply(ids[s], frame));
        truth.sequence = frame.sequence;
        truth.stale = false;
        if (random() % 10 == 0) // the same again: nothing
            QVERIFY(engine.apply(ids[s], frame));
        if (round % 7 != 0 || truths[0].sequence == 0 || truths[1].sequence == 0)
            continue;
        const auto snapshot = engine.publish(m_now + seconds);
        for (const auto dimension : { Dimension::Provider, Dimension::Region, Dimension::Cluster, Dimension::Model, Dimension::Workload, Dimension::State })
            requireSame(*snapshot, truths, dimension);
        if (QTest::currentTestFailed())
            return;
    }
}

void TestEngine::quantilesAreWhatSortingGives()
{
    std::mt19937 random(12);
    for (int round = 0; round < 2000; ++round) {
        Tally tally;
        std::vector<int> values;
        const auto least = random() % 101, width = 1 + random() % (101 - least);
        for (auto count = 1 + random() % 300; count-- > 0;) {
            values.push_back(static_cast<int>(least + random() % width));
            tally.add({ .state = GpuState::Busy, .utilisation = static_cast<std::uint8_t>(values.back()) }, 0);
        }
        std::ranges::sort(values);
        for (const double share : { 0.0, 0.01, 0.25, 0.5, 0.51, 0.95, 0.99, 1.0 }) {
            const auto rank = std::max(1.0, std::ceil(share * static_cast<double>(values.size())));
            QCOMPARE(tally.utilisationQuantile(share), std::optional(values[static_cast<std::size_t>(rank) - 1]));
        }
    }
    QVERIFY(!Tally().utilisationQuantile(0.5));
}

void TestEngine::rowsMayComeInAnyOrderAndTheLastOneCounts()
{
    std::mt19937 random(9);
    Engine engine;
    const auto id = engine.addSource("e");
    const auto inventory = smallFleet("azure");
    QVERIFY(engine.apply(id, InventoryFrame { inventory, m_now }));
    QVERIFY(engine.apply(id, whole(*inventory, 1, random, m_now)));
    SamplesFrame frame { .epoch = 1, .sequence = 2, .observed = m_now, .firstRow = 0, .rows = { 40, 3, 40 }, .values = {}, .addedWorkloads = {} };
    for (const auto percent : std::array<std::uint8_t, 3> { 10, 20, 30 })
        frame.values.append({ .state = GpuState::Busy, .workload = 1, .utilisation = percent });
    QVERIFY(engine.apply(id, frame));
    const auto snapshot = engine.publish(m_now);
    const auto utilisation = [&](std::uint32_t row) {
        const auto& shape = snapshot->structure();
        for (const auto& node : shape.nodes)
            if (row >= node.firstRow && row < node.firstRow + node.gpus)
                return static_cast<int>(snapshot->gpu(node, row - node.firstRow).utilisation);
        return -1;
    };
    QCOMPARE(utilisation(3), 20);
    QCOMPARE(utilisation(40), 30);
}

void TestEngine::aSnapshotNeverChanges()
{
    std::mt19937 random(10);
    Engine engine;
    const auto id = engine.addSource("e");
    const auto inventory = smallFleet("azure");
    QVERIFY(engine.apply(id, InventoryFrame { inventory, m_now }));
    const auto first = whole(*inventory, 1, random, m_now);
    QVERIFY(engine.apply(id, first));
    const auto old = engine.publish(m_now);
    const auto total = old->total();
    for (std::uint64_t sequence = 2; sequence < 20; ++sequence) {
        auto next = whole(*inventory, sequence, random, m_now);
        if (sequence % 2)
            next.rows = { 1, 5, 30 }, next.values.resize(3);
        QVERIFY(engine.apply(id, next));
        if (sequence % 3 == 0)
            (void)engine.publish(m_now);
    }
    QVERIFY(old->total() == total);
    std::size_t row = 0;
    for (const auto& node : old->structure().nodes)
        for (std::uint32_t g = 0; g < node.gpus; ++g)
            QVERIFY(old->gpu(node, g) == first.values.at(row++));
}

void TestEngine::theStateOfAGpuHasAnAgeThatOutlivesAnEpoch()
{
    Engine engine;
    const auto id = engine.addSource("e");
    const auto sinceOf = [&](Time now, std::uint32_t row) {
        const auto snapshot = engine.publish(now);
        const auto& shape = snapshot->structure();
        for (std::size_t c = 0; c < shape.clusters.size(); ++c)
            if (row >= shape.clusters[c].firstRow && row < shape.clusters[c].firstRow + shape.clusters[c].rows)
                return Time(std::chrono::seconds(snapshot->picture(c).rows->since[row - shape.clusters[c].firstRow]));
        return Time {};
    };
    const Time start { 1'790'000'000s };
    const auto inventory = smallFleet("azure"), later = smallFleet("azure", 2);
    SamplesFrame frame { .epoch = 1, .sequence = 1, .observed = start, .firstRow = 0, .rows = {}, .values = {}, .addedWorkloads = {} };
    for (std::uint64_t i = 0; i < inventory->gpus(); ++i)
        frame.values.append({ .state = GpuState::Idle, .workload = 0, .utilisation = 1 });
    QVERIFY(engine.apply(id, InventoryFrame { inventory, start }));
    QVERIFY(engine.apply(id, frame));
    frame.sequence = 2;
    frame.observed = start + 60s;
    frame.values.state[7] = GpuState::Busy;
    QVERIFY(engine.apply(id, frame));
    QCOMPARE(sinceOf(start + 60s, 6), start);
    QCOMPARE(sinceOf(start + 60s, 7), start + 60s);
    // The agent starts again: a new epoch in which the first node is gone.
    later->nodes.erase(later->nodes.begin());
    QVERIFY(engine.apply(id, InventoryFrame { later, start + 90s }));
    auto again = frame;
    again.epoch = 2;
    again.sequence = 1;
    again.observed = start + 90s;
    again.values = {};
    for (std::uint64_t i = 1; i < inventory->gpus(); ++i)
        again.values.append(frame.values.at(i));
    QVERIFY(engine.apply(id, again));
    QCOMPARE(sinceOf(start + 90s, 5), start);
    QCOMPARE(sinceOf(start + 90s, 6), start + 60s);
}

void TestEngine::whatTheCacheLastSawIsNoProofOfWhatHappenedSince()
{
    Engine engine;
    const auto id = engine.addSource("e");
    const Time start { 1'790'000'000s };
    const auto inventory = smallFleet("azure");
    SamplesFrame frame { .epoch = 1, .sequence = 1, .observed = start + 1h, .firstRow = 0, .rows = {}, .values = {}, .addedWorkloads = {} };
    for (std::uint64_t i = 0; i < inventory->gpus(); ++i)
        frame.values.append({ .state = i == 1 || i == 2 ? GpuState::Unhealthy : GpuState::Idle, .health = i == 1 || i == 2 ? Health { 79 } : Health::Good, .workload = 0, .utilisation = 1 });
    std::vector<std::uint32_t> since(inventory->gpus(), static_cast<std::uint32_t>((start - 1h).time_since_epoch() / 1s));
    QVERIFY(engine.restore(id, { "e", inventory, std::make_shared<const Columns>(frame.values), start, since }));
    QVERIFY(engine.apply(id, InventoryFrame { inventory, start + 1h }));
    auto silent = frame.values.at(2);
    silent.state = GpuState::Unknown; // it has fallen silent meanwhile
    frame.values.set(2, silent);
    QVERIFY(engine.apply(id, frame));
    const auto snapshot = engine.publish(start + 1h);
    QCOMPARE(Time(std::chrono::seconds(snapshot->picture(0).rows->since[0])), start + 1h);
    // But who is out of service for the same reason was first seen so then.
    QCOMPARE(Time(std::chrono::seconds(snapshot->picture(0).rows->since[1])), start - 1h);
    QCOMPARE(Time(std::chrono::seconds(snapshot->picture(0).rows->since[2])), start - 1h);
}

void TestEngine::samplesHaveAnOldestAndAMedianAge()
{
    Engine engine;
    const auto id = engine.addSource("e");
    const Time start { 1'790'000'000s };
    const auto inventory = smallFleet("azure");
    SamplesFrame frame { .epoch = 1, .sequence = 1, .observed = start, .firstRow = 0, .rows = {}, .values = {}, .addedWorkloads = {} };
    for (std::uint64_t i = 0; i < inventory->gpus(); ++i)
        frame.values.append({ .state = i == 3 ? GpuState::Unknown : GpuState::Busy, .workload = 0, .utilisation = 50 });
    QVERIFY(engine.apply(id, InventoryFrame { inventory, start }));
    QVERIFY(engine.apply(id, frame));
    QVERIFY(engine.apply(id, HeartbeatFrame { 1, 2, start + 20s }));
    const auto all = engine.publish(start + 21s)->rollup({});
    QCOMPARE(all.size(), std::size_t { 1 });
    QCOMPARE(*all[0].oldestSample, start);
    QCOMPARE(*all[0].medianSample, start + 20s);
    QCOMPARE(all[0].tally.seen(), inventory->gpus() - 1);
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
    QTest::newRow("fewer row numbers than values") << 7 << static_cast<int>(Error::Kind::Invalid);
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
    default: bad.rows = { 0, 1, 2 };
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

void TestEngine::nodesKeepTheirZonesBesideThoseOfOtherSources()
{
    Engine engine;
    std::mt19937 random(3);
    const std::map<std::string, std::vector<std::string>> told { { "azure", { {}, "eastus-1", "eastus-2" } }, { "gcp", { {}, "us-central1-a", "eastus-2" } } };
    for (const auto& [provider, zones] : told) {
        const auto inventory = smallFleet(provider);
        inventory->zones = zones;
        for (std::uint32_t n = 0; n < inventory->nodes.size(); ++n)
            inventory->nodes[n].zone = n % 3;
        const auto source = engine.addSource(provider);
        QVERIFY(engine.apply(source, InventoryFrame { inventory, m_now }) && engine.apply(source, whole(*inventory, 1, random, m_now)));
    }
    const auto snapshot = engine.publish(m_now);
    const auto& shape = snapshot->structure();
    QCOMPARE(shape.zones.size(), std::size_t { 4 });
    for (std::size_t n = 0; n < shape.nodes.size(); ++n)
        QCOMPARE(shape.zones[shape.nodes[n].zone], told.at(shape.providerOf(shape.clusters[shape.nodes[n].cluster]).name)[n % 3]);
}

QTEST_GUILESS_MAIN(TestEngine)
#include "tst_engine.moc"
