// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>

#include "engine/heat.h"
#include "support/changingfleet.h"

using namespace penstock;

/// What a cell of the heatmap shows of its GPUs.
class TestHeat final : public QObject
{
    Q_OBJECT

private slots:
    void aCellOfOneGpuShowsIt();
    void theMeanLeavesOutWhatIsNotKnown();
    void whatNeedsToBeSeenMarksTheCell_data();
    void whatNeedsToBeSeenMarksTheCell();
    void cellsAddUpToTheCluster();
    void aStaleClusterIsUnknown();
    void thePowerScaleEndsAboveTheGreatestValue();

private:
    /// One cluster of nodes with eight of these GPUs each.
    static SnapshotPtr fleet(const std::vector<GpuSample>& gpus)
    {
        ChangingFleet made(1);
        made.clusters = { { { "azure", "eastus", "a" }, {} } };
        for (std::size_t at = 0; at < gpus.size(); at += 8) {
            auto node = made.node("n" + std::to_string(at / 8), static_cast<std::uint32_t>(std::min<std::size_t>(8, gpus.size() - at)));
            node.model = 0;
            std::copy_n(gpus.begin() + static_cast<std::ptrdiff_t>(at), node.gpus, node.samples.begin());
            made.clusters[0].nodes.push_back(std::move(node));
        }
        return made.snapshot();
    }
    struct Cells
    {
        std::vector<std::uint8_t> shades;
        std::vector<GpuState> states;
    };
    static Cells cells(const Snapshot& snapshot, HeatMetric metric, std::uint32_t rowsACell)
    {
        const HeatRange range { .cluster = 0, .firstRow = 0, .rows = snapshot.structure().clusters[0].rows, .rowsACell = rowsACell };
        Cells made { std::vector<std::uint8_t>(range.cells()), std::vector<GpuState>(range.cells()) };
        heatCells(snapshot, range, heatScale(snapshot, metric), made.shades, made.states);
        return made;
    }
};

void TestHeat::aCellOfOneGpuShowsIt()
{
    const auto snapshot = fleet({ { .state = GpuState::Busy, .health = Health::Throttled, .utilisation = 100, .temperature = 95, .power = 1000, .memoryUsed = 40960 },
        { .state = GpuState::Idle, .health = Health::Good, .utilisation = 0, .temperature = 30, .power = 500, .memoryUsed = 0 }, { .state = GpuState::Free } });
    QCOMPARE(cells(*snapshot, HeatMetric::Utilisation, 1).shades, (std::vector<std::uint8_t> { 254, 0, noShade }));
    QCOMPARE(cells(*snapshot, HeatMetric::Temperature, 1).shades, (std::vector<std::uint8_t> { 254, 0, noShade }));
    QCOMPARE(cells(*snapshot, HeatMetric::Power, 1).shades, (std::vector<std::uint8_t> { 254, 127, noShade }));
    QCOMPARE(cells(*snapshot, HeatMetric::Memory, 1).shades, (std::vector<std::uint8_t> { 127, 0, noShade }));
    QCOMPARE(cells(*snapshot, HeatMetric::Health, 1).shades, (std::vector<std::uint8_t> { static_cast<std::uint8_t>(Health::Throttled), 0, noShade }));
    QCOMPARE(cells(*snapshot, HeatMetric::Utilisation, 1).states, (std::vector { GpuState::Busy, GpuState::Idle, GpuState::Free }));
    QCOMPARE(heatValue(*snapshot, 0, 0, HeatMetric::Memory), std::optional<std::uint32_t>(50));
    QCOMPARE(heatValue(*snapshot, 0, 2, HeatMetric::Utilisation), std::optional<std::uint32_t>());
}

void TestHeat::theMeanLeavesOutWhatIsNotKnown()
{
    const auto snapshot = fleet({ { .state = GpuState::Busy, .utilisation = 100 }, { .state = GpuState::Busy }, { .state = GpuState::Unknown, .utilisation = 0 }, { .state = GpuState::Busy, .utilisation = 50 } });
    const auto shades = cells(*snapshot, HeatMetric::Utilisation, 4).shades;
    QCOMPARE(shades, (std::vector<std::uint8_t> { static_cast<std::uint8_t>((75 * 254 + 50) / 100) }));
}

void TestHeat::whatNeedsToBeSeenMarksTheCell_data()
{
    QTest::addColumn<QList<int>>("counts"); // busy, idle, free, draining, unhealthy, unknown
    QTest::addColumn<int>("expected");
    const auto row = [](const char* name, const QList<int>& counts, GpuState state) { QTest::newRow(name) << counts << static_cast<int>(state); };
    row("all busy", { 16, 0, 0, 0, 0, 0 }, GpuState::Busy);
    row("one of 64 unhealthy", { 63, 0, 0, 0, 1, 0 }, GpuState::Unhealthy);
    row("one of 65 unhealthy", { 64, 0, 0, 0, 1, 0 }, GpuState::Busy);
    row("one of 16 draining", { 15, 0, 0, 1, 0, 0 }, GpuState::Draining);
    row("one of 17 draining", { 16, 0, 0, 1, 0, 0 }, GpuState::Busy);
    row("one of 8 unhealthy beside free ones", { 0, 0, 7, 0, 1, 0 }, GpuState::Unhealthy);
    row("half unknown beside an unhealthy one", { 3, 0, 0, 0, 1, 4 }, GpuState::Unknown);
    row("half free", { 4, 0, 4, 0, 0, 0 }, GpuState::Free);
    row("fewer than half free", { 5, 0, 3, 0, 0, 0 }, GpuState::Busy);
    row("a draining one", { 7, 0, 0, 1, 0, 0 }, GpuState::Draining);
    row("mostly idle", { 3, 5, 0, 0, 0, 0 }, GpuState::Idle);
}

void TestHeat::whatNeedsToBeSeenMarksTheCell()
{
    QFETCH(QList<int>, counts);
    QFETCH(int, expected);
    std::vector<GpuSample> gpus;
    for (qsizetype i = 0; i < counts.size(); ++i)
        for (int n = 0; n < counts[i]; ++n)
            gpus.push_back({ .state = gpuStatesInOrder[static_cast<std::size_t>(i)] });
    const auto snapshot = fleet(gpus);
    QCOMPARE(static_cast<int>(cells(*snapshot, HeatMetric::Utilisation, static_cast<std::uint32_t>(gpus.size())).states[0]), expected);
}

void TestHeat::cellsAddUpToTheCluster()
{
    ChangingFleet random(5);
    std::vector<GpuSample> gpus;
    for (int i = 0; i < 1001; ++i)
        gpus.push_back(random.sample());
    const auto snapshot = fleet(gpus);
    // A cell of any size is the same as its GPUs one by one.
    for (const std::uint32_t size : { 1U, 3U, 8U, 160U, 1000U, 5000U }) {
        const auto made = cells(*snapshot, HeatMetric::Utilisation, size);
        for (std::size_t cell = 0; cell < made.shades.size(); ++cell) {
            std::uint32_t sum = 0, known = 0;
            for (auto i = cell * size; i < std::min<std::size_t>((cell + 1) * size, gpus.size()); ++i)
                if (gpus[i].state != GpuState::Unknown && gpus[i].utilisation != unknown::utilisation) {
                    sum += gpus[i].utilisation;
                    ++known;
                }
            QCOMPARE(static_cast<std::uint32_t>(made.shades[cell]), known == 0 ? std::uint32_t { noShade } : ((sum + known / 2) / known * 254 + 50) / 100);
        }
    }
}

void TestHeat::aStaleClusterIsUnknown()
{
    Engine engine;
    const auto source = engine.addSource("test");
    auto inventory = std::make_shared<Inventory>();
    inventory->epoch = 1;
    inventory->clusters = { { "azure", "eastus", "a" } };
    inventory->models = { { "T4", 16384 } };
    inventory->nodes = { { "n0", 0, 0, 2, {} } };
    const Time at { std::chrono::seconds(1'790'000'000) };
    QVERIFY(engine.apply(source, InventoryFrame { inventory, at }));
    SamplesFrame frame { .epoch = 1, .sequence = 1, .observed = at, .rows = {}, .values = {}, .addedWorkloads = {} };
    frame.values.append({ .state = GpuState::Busy, .utilisation = 50 });
    frame.values.append({ .state = GpuState::Busy, .utilisation = 50 });
    QVERIFY(engine.apply(source, frame));
    const auto stale = engine.publish(at + std::chrono::seconds(40));
    QCOMPARE(cells(*stale, HeatMetric::Utilisation, 1).shades, (std::vector<std::uint8_t> { noShade, noShade }));
    QCOMPARE(cells(*stale, HeatMetric::Utilisation, 2).states, (std::vector { GpuState::Unknown }));
    QCOMPARE(cells(*stale, HeatMetric::Age, 2).shades, (std::vector<std::uint8_t> { static_cast<std::uint8_t>((40 * 254 + 30) / 60) }));
}

void TestHeat::thePowerScaleEndsAboveTheGreatestValue()
{
    QCOMPARE(heatScale(*fleet({ { .state = GpuState::Busy, .power = 6512 } }), HeatMetric::Power), (HeatScale { HeatMetric::Power, 0, 7000 }));
    QCOMPARE(heatScale(*fleet({ { .state = GpuState::Busy } }), HeatMetric::Power), (HeatScale { HeatMetric::Power, 0, 1000 }));
}

QTEST_APPLESS_MAIN(TestHeat)
#include "tst_heat.moc"
