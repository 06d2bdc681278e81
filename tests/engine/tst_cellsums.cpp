// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>
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

void TestCellSums::everyKernelEqualsOneGpuAfterAnother_data()
{
    QTest::addColumn<int>("kernel");
    QTest::addColumn<int>("rows");
    QTest::addColumn<int>("run");
    for (std::size_t k = 0; k < kernel::available().size(); ++k)
        for (const int rows : { 0, 1, 63, 64, 65, 1000, 200'000 })
            for (const int run : { 1, 8, 500 })
                QTest::addRow("%s, %d rows in runs of %d", kernel::available()[k].name, rows, run) << static_cast<int>(k) << rows << run;
}

void TestCellSums::everyKernelEqualsOneGpuAfterAnother()
{
    QFETCH(int, kernel);
    QFETCH(int, rows);
    QFETCH(int, run);
    std::mt19937 random(11);
    auto cluster = std::make_shared<ClusterRows>();
    GpuSample sample;
    for (int row = 0; row < rows; ++row) {
        if (row % run == 0) {
            sample.state = static_cast<GpuState>(random() % gpuStateCount);
            sample.workload = random() % 3 == 0 ? noWorkload : static_cast<std::uint16_t>(random() % 3);
        }
        sample.utilisation = random() % 7 ? static_cast<std::uint8_t>(random() % 101) : unknown::utilisation;
        sample.temperature = random() % 7 ? static_cast<std::uint8_t>(random() % 255) : unknown::temperature;
        sample.power = random() % 7 ? static_cast<std::uint16_t>(random() % 0xFFFF) : unknown::power;
        sample.memoryUsed = random() % 7 ? static_cast<std::uint32_t>(random()) : unknown::memory;
        cluster->columns.append(sample);
        cluster->since.push_back(static_cast<std::uint32_t>(random() % 5));
    }
    for (const bool stale : { false, true }) {
        CellSums sums(kernel::available()[static_cast<std::size_t>(kernel)]);
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
