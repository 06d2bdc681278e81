// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QAbstractItemModelTester>
#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>

#include "engine/engine.h"
#include "models/troublemodel.h"
#include "support/changingfleet.h"

using namespace penstock;
using namespace std::chrono_literals;

/// The list of GPUs that need a look.
class TestTroubleModel final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void aReasonIsASentence_data();
    void aReasonIsASentence();
    void everyReasonSpeaksFrench();
    void rowsComeGoAndMoveWithoutAReset();
    void rowsAreSortedByWhatTheyMean_data();
    void rowsAreSortedByWhatTheyMean();
    void rowsAreCopiedAsTextAndCsv();
    void fiveThousandOfAMillionAreCheap();
};

static void fill(ChangingFleet& fleet, std::uint32_t nodes)
{
    fleet.clusters = { { { "azure", "eastus", "aks, 1" }, {} }, { { "gcp", "us-central1", "gke" }, {} } };
    for (std::uint32_t n = 0; n < nodes; ++n)
        fleet.clusters[n % 2].nodes.push_back(fleet.node("n" + std::to_string(n), 4));
}

void TestTroubleModel::aReasonIsASentence_data()
{
    QTest::addColumn<int>("state");
    QTest::addColumn<int>("health");
    QTest::addColumn<QString>("reason");
    QTest::addColumn<QString>("action");
    const auto row = [](const char* reason, GpuState state, Health health, const char* action = "") { QTest::newRow(reason) << static_cast<int>(state) << static_cast<int>(health) << QString::fromLatin1(reason) << QString::fromLatin1(action); };
    row("XID 79, fallen off the bus", GpuState::Unhealthy, Health { 79 }, "reboot the node, then support");
    row("XID 48, uncorrectable (double-bit) memory error", GpuState::Unhealthy, Health { 48 }, "reset the GPU");
    row("XID 63, row remap or page retirement recorded", GpuState::Busy, Health { 63 }, "reset the GPU at the next occasion");
    row("XID 200, not in the list of known ones", GpuState::Free, Health { 200 }, "look into it");
    row("row remap failed", GpuState::Unhealthy, Health::RowRemapFailure, "reset the GPU, then support");
    row("uncorrectable (double-bit) memory error", GpuState::Unhealthy, Health::Ecc, "reset the GPU");
    row("off the bus: its exporter no longer shows it", GpuState::Unhealthy, Health::OffTheBus, "reboot the node, then support");
    row("slowed down by heat or power", GpuState::Busy, Health::Throttled, "look at cooling and power");
    row("silent", GpuState::Unknown, Health::NotReported, "see whether its node and its exporter run");
    row("XID 79, fallen off the bus; silent now", GpuState::Unknown, Health { 79 }, "reboot the node, then support");
    row("unhealthy, its source does not say why", GpuState::Unhealthy, Health::NotReported);
}

void TestTroubleModel::aReasonIsASentence()
{
    QFETCH(int, state);
    QFETCH(int, health);
    const Trouble trouble { .place = {}, .state = static_cast<GpuState>(state), .health = static_cast<Health>(health), .firstSeen = {}, .lastSeen = {} };
    QTEST(reasonText(trouble), "reason");
    QTEST(actionText(trouble), "action");
}

void TestTroubleModel::everyReasonSpeaksFrench()
{
    QFile file(QStringLiteral(PENSTOCK_SOURCE_DIR "/resources/translations/penstock_fr.ts"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto known = QString::fromUtf8(file.readAll());
    for (int state = 0; state < static_cast<int>(gpuStateCount); ++state)
        for (int health = 0; health < 256; ++health) {
            const auto reason = reasonOf({ .place = {}, .state = static_cast<GpuState>(state), .health = static_cast<Health>(health), .firstSeen = {}, .lastSeen = {} });
            for (const auto text : { reason.what, reason.action }) {
                const auto words = QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())).replace(QLatin1Char('\''), QStringLiteral("&apos;"));
                QVERIFY2(words.isEmpty() || known.contains(QStringLiteral("<source>%1</source>").arg(words)), qPrintable(words));
            }
        }
}

void TestTroubleModel::rowsComeGoAndMoveWithoutAReset()
{
    ChangingFleet fleet(3);
    fill(fleet, 40);
    TroubleModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.show(fleet.snapshot(), {});
    QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
    for (int round = 0; round < 60; ++round) {
        if (round % 10 == 5)
            model.sort(static_cast<int>(fleet.below(TroubleModel::ColumnCount + 1)) - 1, fleet.below(2) ? Qt::AscendingOrder : Qt::DescendingOrder);
        // A row that stays is the same GPU, wherever it moves.
        std::vector<std::pair<QPersistentModelIndex, GpuPlace>> kept;
        for (int row = 0; row < model.rowCount(); row += 3)
            kept.emplace_back(model.index(row, 0), model.trouble(row)->place);
        for (int change = 0; change < 30; ++change)
            fleet.clusters[fleet.below(2)].nodes[fleet.below(20)].samples[fleet.below(4)] = fleet.sample();
        const auto snapshot = fleet.snapshot();
        model.show(snapshot, {});
        for (const auto& [index, place] : kept)
            if (index.isValid())
                QCOMPARE(model.trouble(index.row())->place, place);
            else
                QCOMPARE(model.find(place), -1);
        QCOMPARE(static_cast<std::size_t>(model.rowCount()), troubles(*snapshot, {}, TroubleModel::most).list.size());
    }
    QCOMPARE(resets.count(), 0);
    fleet.clusters[0].nodes.erase(fleet.clusters[0].nodes.begin());
    model.show(fleet.snapshot(), {});
    QCOMPARE(resets.count(), 1);
}

void TestTroubleModel::rowsAreSortedByWhatTheyMean_data()
{
    QTest::addColumn<int>("column");
    for (const auto column : { TroubleModel::Node, TroubleModel::Gpu, TroubleModel::Cluster, TroubleModel::Provider, TroubleModel::Workload, TroubleModel::FirstSeen, TroubleModel::LastSeen })
        QTest::addRow("%d", static_cast<int>(column)) << static_cast<int>(column);
}

void TestTroubleModel::rowsAreSortedByWhatTheyMean()
{
    QFETCH(int, column);
    ChangingFleet fleet(3);
    fill(fleet, 30);
    TroubleModel model;
    model.show(fleet.snapshot(), {});
    const auto isInOrder = [&](bool ascending) {
        for (int row = 1; row < model.rowCount(); ++row) {
            const auto a = model.index(row - 1, column).data(TroubleModel::SortRole), b = model.index(row, column).data(TroubleModel::SortRole);
            if (QVariant::compare(ascending ? a : b, ascending ? b : a) == QPartialOrdering::Greater)
                return false;
        }
        return model.rowCount() > 10;
    };
    model.sort(column, Qt::AscendingOrder);
    QVERIFY(isInOrder(true));
    model.sort(column, Qt::DescendingOrder);
    QVERIFY(isInOrder(false));
    model.sort(-1);
    for (int row = 1; row < model.rowCount(); ++row)
        QVERIFY(std::pair(model.trouble(row - 1)->place.node, model.trouble(row - 1)->place.gpu) < std::pair(model.trouble(row)->place.node, model.trouble(row)->place.gpu));
}

void TestTroubleModel::rowsAreCopiedAsTextAndCsv()
{
    ChangingFleet fleet(3);
    fill(fleet, 2);
    for (auto& cluster : fleet.clusters)
        for (auto& gpu : cluster.nodes[0].samples)
            gpu = { .state = GpuState::Free, .health = Health::Good };
    fleet.clusters[0].nodes[0].samples[2] = { .state = GpuState::Unhealthy, .health = Health { 79 } };
    fleet.zones = { {}, "eastus-1" };
    fleet.clusters[0].nodes[0].zone = 1;
    TroubleModel model;
    model.show(fleet.snapshot(), {});
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(model.index(0, TroubleModel::Node).data(Qt::ToolTipRole).toString(), QStringLiteral("n0\neastus · eastus-1"));
    const auto csv = model.copyOf({ 0 }, TroubleModel::As::Csv).split(QLatin1Char('\n'));
    QCOMPARE(csv.size(), 3);
    QCOMPARE(csv[0], QStringLiteral("Reason,What to do,Node,GPU,Cluster,Region,Provider,Workload,First seen,Last seen"));
    QVERIFY2(csv[1].startsWith(QStringLiteral("\"XID 79, fallen off the bus\",\"reboot the node, then support\",n0,2,\"aks, 1\",eastus,azure,–,20")), qPrintable(csv[1]));
    QVERIFY(csv[1].endsWith(QLatin1Char('Z')));
    QVERIFY(model.copyOf({ 0 }, TroubleModel::As::Text).contains(QStringLiteral("XID 79, fallen off the bus\treboot the node, then support\tn0\t2\taks, 1\teastus\tazure\t")));
}

void TestTroubleModel::fiveThousandOfAMillionAreCheap()
{
    Engine engine;
    const auto source = engine.addSource("a");
    auto inventory = std::make_shared<Inventory>();
    inventory->epoch = 1;
    inventory->models = { { "H100 80GB SXM", 81920 } };
    inventory->workloads = { "chat" };
    for (std::uint32_t c = 0; c < 60; ++c) {
        inventory->clusters.push_back({ "azure", "r" + std::to_string(c), "c" });
        for (std::uint32_t n = 0; n < 2084; ++n)
            inventory->nodes.push_back({ "node-" + std::to_string(n), c, 0, 8, {} });
    }
    Time now { 1'790'000'000s };
    QVERIFY(engine.apply(source, InventoryFrame { inventory, now }));
    SamplesFrame frame { .epoch = 1, .sequence = 1, .observed = now, .rows = {}, .values = {}, .addedWorkloads = {} };
    const auto rows = inventory->gpus();
    for (std::uint64_t row = 0; row < rows; ++row)
        frame.values.append({ .state = row % 200 == 7 ? GpuState::Unhealthy : GpuState::Busy, .health = row % 200 == 7 ? Health { 79 } : Health::Good, .workload = 0 });
    QVERIFY(engine.apply(source, frame));
    TroubleModel model;
    model.show(engine.publish(now), {});
    model.sort(TroubleModel::Node);
    QVERIFY(model.rowCount() >= 5000);
    qint64 worst = 0;
    for (std::uint64_t round = 2; round < 12; ++round) {
        now += 1s;
        SamplesFrame next { .epoch = 1, .sequence = round, .observed = now, .rows = {}, .values = {}, .addedWorkloads = {} };
        for (std::uint32_t i = 0; i < 100; ++i) { // a hundred break, a hundred are mended
            next.rows.push_back(static_cast<std::uint32_t>(round * 20'000 + i * 200 + 8));
            next.values.append({ .state = GpuState::Unhealthy, .health = Health { 48 }, .workload = 0 });
            next.rows.push_back(static_cast<std::uint32_t>(round * 20'000 + i * 200 + 7));
            next.values.append({ .state = GpuState::Busy, .health = Health::Good, .workload = 0 });
        }
        QVERIFY(engine.apply(source, next));
        const auto snapshot = engine.publish(now);
        QElapsedTimer timer;
        timer.start();
        model.show(snapshot, {});
        worst = std::max(worst, timer.nsecsElapsed());
    }
    qInfo("%llu GPUs, %d rows, sorted: at most %.1f ms a picture", static_cast<unsigned long long>(rows), model.rowCount(), static_cast<double>(worst) / 1e6);
    // A second has room for one; what is asserted leaves a slow machine and a sanitizer their part.
    QVERIFY(worst < 500'000'000);
}

QTEST_GUILESS_MAIN(TestTroubleModel)
#include "tst_troublemodel.moc"
