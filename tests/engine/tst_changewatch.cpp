// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>

#include "engine/changewatch.h"
#include "engine/engine.h"
#include "engine/query.h"
#include "support/changingfleet.h"

using namespace penstock;
using namespace std::chrono_literals;

namespace {

constexpr GpuSample good { .state = GpuState::Busy, .health = Health::Good, .workload = 0, .utilisation = 50 };

/// Two clusters of one endpoint: "a" with nodes of eight GPUs, "b" with one.
struct Told
{
    Engine engine;
    SourceId source = engine.addSource("fleets");
    Time now { 1'790'000'000s };
    std::uint64_t sequence = 0;
    Columns values;
    std::shared_ptr<Inventory> inventory = std::make_shared<Inventory>();

    explicit Told(std::uint32_t nodes)
    {
        inventory->epoch = 1;
        inventory->clusters = { { "aws", "us-east-1", "a" }, { "aws", "us-west-2", "b" } };
        inventory->models = { { "H100 80GB SXM", 81920 } };
        for (std::uint32_t n = 0; n < nodes; ++n)
            inventory->nodes.push_back({ "n" + std::to_string(n), 0, 0, 8, {} });
        inventory->nodes.push_back({ "m", 1, 0, 8, {} });
        inventory->workloads = { "chat", "train" };
        for (std::uint64_t i = 0; i < inventory->gpus(); ++i)
            values.append(good);
    }
    SnapshotPtr say()
    {
        if (sequence == 0)
            (void)engine.apply(source, InventoryFrame { inventory, now });
        now += 1s;
        (void)engine.apply(source, SamplesFrame { .epoch = 1, .sequence = ++sequence, .observed = now, .rows = {}, .values = values, .addedWorkloads = {} });
        return engine.publish(now);
    }
};

/// "+2 unhealthy aws/us-east-1/a/n0 1 [0] health 79", with seconds after the beginning.
QString line(const FleetEvent& event)
{
    QStringList path;
    for (const auto& part : { event.provider, event.region, event.cluster, event.node })
        if (!part.empty())
            path << QString::fromStdString(part);
    auto text = QStringLiteral("+%1 %2 %3 %4").arg(std::chrono::duration_cast<std::chrono::seconds>(event.at.time_since_epoch()).count() - 1'790'000'000)
                    .arg(QString::fromStdString(std::string(name(event.kind))), path.join(QLatin1Char('/'))).arg(event.gpus);
    if (event.which != 0)
        text += QStringLiteral(" [%1]").arg(event.which, 0, 2);
    if (event.health != Health::NotReported)
        text += QStringLiteral(" health %1").arg(static_cast<int>(event.health));
    if (event.kind == FleetEvent::Kind::Workload)
        text += QStringLiteral(" %1>%2").arg(QString::fromStdString(event.before), QString::fromStdString(event.workload));
    return text;
}

QStringList lines(const std::vector<FleetEvent>& events)
{
    QStringList made;
    for (const auto& event : events)
        made << line(event);
    return made;
}

} // namespace

/// What happened to single GPUs between two snapshots.
class TestChangeWatch final : public QObject
{
    Q_OBJECT

private slots:
    void aChangeOfOneGpuIsTold_data();
    void aChangeOfOneGpuIsTold();
    void gpusOfANodeAreToldTogether();
    void manyNodesAreOneEventOfTheirCluster();
    void aSilentEndpointIsOneEvent();
    void moreThanAnybodyReadsIsToldByCluster();
    void nodesThatComeAndGoAreTold();
    void whatTheCacheHeldIsComparedWithNothing();
};

void TestChangeWatch::aChangeOfOneGpuIsTold_data()
{
    QTest::addColumn<GpuSample>("before");
    QTest::addColumn<GpuSample>("after");
    QTest::addColumn<QStringList>("told");
    const auto row = [](const char* name, const GpuSample& before, const GpuSample& after, const QStringList& told) {
        QTest::newRow(name) << before << after << told;
    };
    const GpuSample idle { .state = GpuState::Idle, .health = Health::Good, .workload = 0 }, free { .state = GpuState::Free, .health = Health::Good };
    const GpuSample broken { .state = GpuState::Unhealthy, .health = Health { 79 }, .workload = 0 }, other { .state = GpuState::Unhealthy, .health = Health::Ecc, .workload = 0 };
    const GpuSample lost { .state = GpuState::Unknown, .health = Health::NotReported, .workload = 0 }, brokenAndLost { .state = GpuState::Unknown, .health = Health { 79 }, .workload = 0 };
    const auto at = [](const char* what) { return QStringLiteral("+2 %1").arg(QLatin1String(what)); };
    row("nothing that is kept", good, idle, {});
    row("breaks", good, broken, { at("unhealthy aws/us-east-1/a/n0 1 [10] health 79") });
    row("breaks for another reason", broken, other, { at("unhealthy aws/us-east-1/a/n0 1 [10] health 2") });
    row("is in service again", broken, good, { at("healthy aws/us-east-1/a/n0 1 [10] health 79") });
    row("falls silent", good, lost, { at("lost aws/us-east-1/a/n0 1 [10]") });
    row("is heard of again", lost, good, { at("back aws/us-east-1/a/n0 1 [10]") });
    row("falls silent while it is broken", broken, brokenAndLost, { at("lost aws/us-east-1/a/n0 1 [10]") });
    row("is broken as before when it is heard of", brokenAndLost, broken, { at("back aws/us-east-1/a/n0 1 [10]") });
    row("is broken when it is heard of", lost, broken, { at("unhealthy aws/us-east-1/a/n0 1 [10] health 79"), at("back aws/us-east-1/a/n0 1 [10]") });
    row("is let go", idle, free, { at("workload aws/us-east-1/a/n0 1 [10] chat>") });
    row("is taken", free, good, { at("workload aws/us-east-1/a/n0 1 [10] >chat") });
}

void TestChangeWatch::aChangeOfOneGpuIsTold()
{
    QFETCH(GpuSample, before);
    QFETCH(GpuSample, after);
    QFETCH(QStringList, told);
    Told fleet(2);
    ChangeWatch watch;
    fleet.values.set(1, before);
    QVERIFY(watch.look(fleet.say()).empty());
    fleet.values.set(1, after);
    QCOMPARE(lines(watch.look(fleet.say())), told);
    QVERIFY(watch.look(fleet.say()).empty());
}

void TestChangeWatch::gpusOfANodeAreToldTogether()
{
    Told fleet(3);
    ChangeWatch watch;
    QVERIFY(watch.look(fleet.say()).empty());
    for (const auto row : { 8U, 10U, 16U, 24U })
        fleet.values.set(row, { .state = GpuState::Busy, .health = Health::Good, .workload = 1, .utilisation = 50 });
    const QStringList expected { QStringLiteral("+2 workload aws/us-east-1/a/n1 2 [101] chat>train"), QStringLiteral("+2 workload aws/us-east-1/a/n2 1 [1] chat>train"),
        QStringLiteral("+2 workload aws/us-west-2/b/m 1 [1] chat>train") };
    QCOMPARE(lines(watch.look(fleet.say())), expected);
}

void TestChangeWatch::manyNodesAreOneEventOfTheirCluster()
{
    Told fleet(ChangeWatch::mostNodes + 1);
    ChangeWatch watch;
    QVERIFY(watch.look(fleet.say()).empty());
    for (std::size_t row = 0; row + 8 < fleet.values.size(); row += 4)
        fleet.values.set(row, { .state = GpuState::Unhealthy, .health = Health { 79 }, .workload = 0 });
    QCOMPARE(lines(watch.look(fleet.say())), QStringList { QStringLiteral("+2 unhealthy aws/us-east-1/a 34 health 79") });
}

void TestChangeWatch::aSilentEndpointIsOneEvent()
{
    Told fleet(50);
    ChangeWatch watch;
    QVERIFY(watch.look(fleet.say()).empty());
    const auto told = watch.look(fleet.engine.publish(fleet.now + 40s));
    // Two regions: what they have in common is the provider.
    QCOMPARE(lines(told), QStringList { QStringLiteral("+41 lost aws 408") });
    QCOMPARE(told.front().endpoint, std::string("fleets"));
    fleet.now += 60s;
    fleet.values.set(0, { .state = GpuState::Unhealthy, .health = Health::Ecc, .workload = 0 });
    const QStringList expected { QStringLiteral("+62 back aws 408"), QStringLiteral("+62 unhealthy aws/us-east-1/a/n0 1 [1] health 2") };
    QCOMPARE(lines(watch.look(fleet.say())), expected);
}

void TestChangeWatch::moreThanAnybodyReadsIsToldByCluster()
{
    ChangingFleet fleet(3);
    for (std::size_t c = 0; c < ChangeWatch::mostEvents / 2; ++c) {
        fleet.clusters.push_back({ { "gcp", "r", "c" + std::to_string(c) }, {} });
        for (std::uint32_t n = 0; n < 3; ++n)
            fleet.clusters.back().nodes.push_back({ "n" + std::to_string(n), 0, 1, { good } });
    }
    for (auto& cluster : fleet.clusters)
        for (auto& node : cluster.nodes)
            node.samples.front().workload = noWorkload;
    ChangeWatch watch;
    QVERIFY(watch.look(fleet.snapshot()).empty());
    for (auto& cluster : fleet.clusters)
        for (auto& node : cluster.nodes)
            node.samples.front() = { .state = GpuState::Unhealthy, .health = Health::Ecc };
    const auto told = watch.look(fleet.snapshot());
    QCOMPARE(told.size(), fleet.clusters.size());
    QCOMPARE(line(told.front()), QStringLiteral("+2 unhealthy gcp/r/c0 3 health 2"));
}

void TestChangeWatch::nodesThatComeAndGoAreTold()
{
    ChangingFleet fleet(5);
    fleet.clusters.push_back({ { "gcp", "r", "a" }, {} });
    for (const char* name : { "n0", "n1", "n2" })
        fleet.clusters.back().nodes.push_back({ name, 0, 1, { { .state = GpuState::Free, .health = Health::Good } } });
    ChangeWatch watch;
    QVERIFY(watch.look(fleet.snapshot()).empty());
    auto& nodes = fleet.clusters.front().nodes;
    nodes.erase(nodes.begin());
    nodes[1].samples.front() = { .state = GpuState::Unhealthy, .health = Health::Ecc };
    nodes.push_back({ "n3", 0, 2, { { .state = GpuState::Free }, { .state = GpuState::Free } } });
    fleet.clusters.push_back({ { "gcp", "r", "b" }, { { "m", 0, 1, { { .state = GpuState::Free } } } } });
    QStringList told = lines(watch.look(fleet.snapshot()));
    told.sort();
    const QStringList expected { QStringLiteral("+2 added gcp/r/a/n3 2"), QStringLiteral("+2 added gcp/r/b 1"), QStringLiteral("+2 removed gcp/r/a/n0 1"),
        QStringLiteral("+2 unhealthy gcp/r/a/n2 1 [1] health 2") };
    QCOMPARE(told, expected);
    fleet.clusters.pop_back();
    QCOMPARE(lines(watch.look(fleet.snapshot())), QStringList { QStringLiteral("+3 removed gcp/r/b 1") });
}

void TestChangeWatch::whatTheCacheHeldIsComparedWithNothing()
{
    Told before(1);
    (void)before.say();
    auto saved = before.engine.save();
    Told fleet(1);
    QVERIFY(fleet.engine.restore(fleet.source, saved.front()));
    ChangeWatch watch;
    QVERIFY(watch.look(fleet.engine.publish(fleet.now)).empty());
    fleet.values.set(0, { .state = GpuState::Unhealthy, .health = Health::Ecc, .workload = 0 });
    QVERIFY(watch.look(fleet.say()).empty());
    fleet.values.set(0, good);
    QCOMPARE(watch.look(fleet.say()).size(), std::size_t { 1 });
}

QTEST_GUILESS_MAIN(TestChangeWatch)
#include "tst_changewatch.moc"
