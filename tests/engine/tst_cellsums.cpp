// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>
#include <array>
#include <map>
#include <random>
#include <tuple>

#include "cellsums.h"

using namespace penstock;

/// Each processor's way of summing gives what one GPU after another gives.
class TestCellSums final : public QObject
{
    Q_OBJECT

private slots:
    void everyKernelEqualsOneGpuAfterAnother_data();
    void everyKernelEqualsOneGpuAfterAnother();
};

namespace {

enum class Values { Usual, Any, Equal };

GpuSample randomSample(std::mt19937& random, Values values)
{
    GpuSample sample;
    if (values == Values::Equal)
        return { .utilisation = 100, .temperature = 0, .power = 0x7FFF, .memoryUsed = 81921 };
    const bool usual = values == Values::Usual;
    const auto known = [&] { return random() % (usual ? 50 : 7) != 0; };
    if (known())
        sample.utilisation = static_cast<std::uint8_t>(random() % 101);
    if (known())
        sample.temperature = static_cast<std::uint8_t>(random() % (usual ? 90 : 255));
    if (known())
        sample.power = static_cast<std::uint16_t>(random() % (usual ? 7000 : 0xFFFF));
    if (known())
        sample.memoryUsed = static_cast<std::uint32_t>(random() % (usual ? 82'000 : 0xFFFF'FFFF));
    return sample;
}

} // namespace

void TestCellSums::everyKernelEqualsOneGpuAfterAnother_data()
{
    QTest::addColumn<int>("kernel");
    QTest::addColumn<int>("rows");
    QTest::addColumn<int>("run");
    QTest::addColumn<int>("others");
    QTest::addColumn<Values>("values");
    const auto add = [](std::size_t k, int rows, int run, int others, Values values) {
        constexpr std::array names { "usual", "any", "equal" };
        QTest::addRow("%s, %d rows in runs of %d with one in %d of another state, %s values",
            kernel::available()[k].name, rows, run, others, names[static_cast<std::size_t>(values)])
            << static_cast<int>(k) << rows << run << others << values;
    };
    for (std::size_t k = 0; k < kernel::available().size(); ++k) {
        for (const auto values : { Values::Usual, Values::Any, Values::Equal })
            for (const int rows : { 0, 1, 63, 64, 65, 1000, 10'000 })
                for (const int run : { 1, 8, 500 })
                    add(k, rows, run, 1'000'000, values);
        for (const auto values : { Values::Usual, Values::Any })
            for (const int run : { 64, 333, 5000 })
                for (const int others : { 4, 5, 6, 20, 200 })
                    add(k, 10'000, run, others, values);
    }
}

void TestCellSums::everyKernelEqualsOneGpuAfterAnother()
{
    QFETCH(int, kernel);
    QFETCH(int, rows);
    QFETCH(int, run);
    QFETCH(int, others);
    QFETCH(Values, values);
    std::mt19937 random(11);
    auto cluster = std::make_shared<ClusterRows>(static_cast<std::size_t>(rows));
    auto state = GpuState::Unknown;
    auto workload = noWorkload;
    for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
        if (row % static_cast<std::size_t>(run) == 0) {
            state = static_cast<GpuState>(random() % gpuStateCount);
            workload = random() % 3 == 0 ? noWorkload : static_cast<std::uint16_t>(random() % 3);
        }
        auto sample = randomSample(random, values);
        sample.state
            = random() % static_cast<unsigned>(others) == 0 ? static_cast<GpuState>(random() % gpuStateCount) : state;
        sample.workload = workload;
        cluster->columns.set(row, sample);
        cluster->since[row] = static_cast<std::uint32_t>(random() % 5);
    }
    // One after another with the same sums, which must forget the cluster before.
    CellSums sums(kernel::available()[static_cast<std::size_t>(kernel)]);
    for (const bool stale : { false, true, false }) {
        ClusterPicture picture;
        picture.rows = cluster;
        picture.stale = stale;
        const auto half = static_cast<std::size_t>(rows) / 2;
        sums.begin(*cluster, stale, 3);
        sums.add(4, 81920, 0, half);
        sums.add(9, 0, half, static_cast<std::size_t>(rows) - half);
        sums.finish(picture);

        std::map<std::tuple<int, int, int>, Tally> expected;
        std::map<std::tuple<int, int, int>, std::map<std::uint32_t, std::uint32_t>> lost;
        Tally all;
        for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
            auto one = cluster->columns.at(row);
            if (stale)
                one.state = GpuState::Unknown;
            const std::uint32_t memory = row < half ? 81920 : 0;
            const std::tuple key(row < half ? 4 : 9, one.workload, static_cast<int>(one.state));
            expected[key].add(one, memory);
            all.add(one, memory);
            if (one.state == GpuState::Unknown && !stale)
                ++lost[key][cluster->since[row]];
        }
        QVERIFY(picture.tally == all);
        QCOMPARE(picture.cells.size(), expected.size());
        for (std::uint32_t c = 0; c < picture.cells.size(); ++c) {
            const auto& cell = picture.cells[c];
            Tally tally;
            picture.addTo(tally, cell);
            const std::tuple key(cell.model, cell.workload, static_cast<int>(cell.state));
            QVERIFY(tally == expected[key]);
            std::map<std::uint32_t, std::uint32_t> times;
            for (const auto& it : picture.lost)
                if (it.cell == c)
                    times[it.since] = it.gpus;
            QVERIFY(times == lost[key]);
        }
    }
}

QTEST_GUILESS_MAIN(TestCellSums)
#include "tst_cellsums.moc"
