// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QRegion>
#include <QTest>
#include <random>

#include "charts/heatlayout.h"

using namespace penstock;

/// Cells stand where they are found again, in view, without overlap.
class TestHeatLayout final : public QObject
{
    Q_OBJECT

private slots:
    void everyCellIsFoundAgain_data();
    void everyCellIsFoundAgain();
    void fitsTheView_data();
    void fitsTheView();
    void cellsOfTwoRunsAreNeverOne();
    void aBoxHasRoomForItsLargestRun();
};

namespace {

std::vector<HeatGroup> fleets(std::mt19937& random, std::size_t groups, std::size_t blocks, std::uint32_t runs, std::uint32_t most)
{
    std::vector<HeatGroup> made;
    for (std::size_t g = 0; g < groups; ++g) {
        auto& group = made.emplace_back();
        for (std::size_t b = 0; b < blocks; ++b) {
            auto& block = group.blocks.emplace_back();
            for (std::uint32_t r = 0; r < runs; ++r)
                block.runs.push_back(static_cast<std::uint32_t>(random() % (most + 1)));
        }
    }
    return made;
}

void requireFoundAgain(const HeatLayout& layout)
{
    std::uint64_t items = 0, expected = 0;
    QRegion covered;
    for (const auto& area : layout.areas()) {
        const auto& block = layout.groups()[area.group].blocks[area.block];
        expected += block.items();
        QVERIFY(!covered.intersects(area.cells));
        covered += area.cells;
        for (const auto& other : { area.title })
            QVERIFY(!other.intersects(area.cells));
        for (std::uint32_t run = 0; run < block.runs.size(); ++run) {
            HeatSpot spot { area.group, area.block, run, 0 };
            for (const auto cells = layout.cellsOf(spot); spot.cell < cells; ++spot.cell) {
                const auto rect = layout.rect(spot);
                QVERIFY(area.cells.contains(rect));
                QCOMPARE(layout.at(rect.topLeft()), spot);
                QCOMPARE(layout.at(rect.bottomRight()), spot);
                const auto [first, count] = layout.items(spot);
                QCOMPARE(layout.holding(spot, first + count - 1), spot);
                items += count;
            }
        }
    }
    QCOMPARE(items, expected);
}

} // namespace

void TestHeatLayout::everyCellIsFoundAgain_data()
{
    QTest::addColumn<int>("groups");
    QTest::addColumn<int>("blocks");
    QTest::addColumn<int>("runs");
    QTest::addColumn<int>("most");
    QTest::newRow("one GPU") << 1 << 1 << 1 << 1;
    QTest::newRow("nothing") << 1 << 1 << 1 << 0;
    QTest::newRow("five clouds") << 5 << 8 << 10 << 60;
    QTest::newRow("one cloud of many regions") << 1 << 60 << 2 << 40;
    QTest::newRow("more groups than columns") << 30 << 2 << 3 << 100;
    QTest::newRow("a large cluster") << 1 << 1 << 1 << 20000;
}

void TestHeatLayout::everyCellIsFoundAgain()
{
    QFETCH(int, groups);
    QFETCH(int, blocks);
    QFETCH(int, runs);
    QFETCH(int, most);
    std::mt19937 random(1);
    const auto made = fleets(random, static_cast<std::size_t>(groups), static_cast<std::size_t>(blocks), static_cast<std::uint32_t>(runs), static_cast<std::uint32_t>(most));
    for (const QSize view : { QSize(430, 430), QSize(1384, 700), QSize(160, 120), QSize(1, 1) })
        requireFoundAgain(HeatLayout::fitted(made, view));
    requireFoundAgain(HeatLayout::wrapped(made, 700, 10));
    requireFoundAgain(HeatLayout::boxed(made, 700, 26));
}

void TestHeatLayout::fitsTheView_data()
{
    QTest::addColumn<int>("gpus");
    QTest::addColumn<bool>("oneACell");
    QTest::newRow("400 GPUs") << 1 << true;
    QTest::newRow("6,000 GPUs") << 15 << true;
    QTest::newRow("1,000,000 GPUs") << 2500 << false;
}

void TestHeatLayout::fitsTheView()
{
    QFETCH(int, gpus);
    QFETCH(bool, oneACell);
    std::vector<HeatGroup> made(5);
    for (auto& group : made)
        group.blocks.assign(8, { .runs = std::vector<std::uint32_t>(10, static_cast<std::uint32_t>(gpus)) });
    for (const QSize view : { QSize(600, 430), QSize(1384, 700), QSize(2340, 1200) }) {
        const auto layout = HeatLayout::fitted(made, view);
        QVERIFY2(layout.size().height() <= view.height() && layout.size().width() <= view.width(), qPrintable(QString::number(layout.size().height())));
        QCOMPARE(layout.itemsACell() == 1, oneACell);
        // Where several share a cell, there is room for a mark in it.
        QVERIFY(layout.itemsACell() == 1 || layout.itemsACell() > 256 || layout.pitch() >= 6);
    }
}

void TestHeatLayout::cellsOfTwoRunsAreNeverOne()
{
    const auto layout = HeatLayout::fitted({ { .blocks = { { .runs = std::vector<std::uint32_t>(300, 2500) } } } }, { 600, 400 });
    QVERIFY(layout.itemsACell() > 1);
    QCOMPARE(layout.at(layout.rect({ 0, 0, 7, 0 }).center()), (HeatSpot { 0, 0, 7, 0 }));
    const HeatSpot last { 0, 0, 6, layout.cellsOf({ 0, 0, 6, 0 }) - 1 };
    const auto [first, count] = layout.items(last);
    QCOMPARE(first + count, 2500U);
}

void TestHeatLayout::aBoxHasRoomForItsLargestRun()
{
    const auto layout = HeatLayout::boxed({ { .blocks = { { .runs = { 1, 16, 8 } } } } }, 500, 26);
    QCOMPARE(HeatLayout::boxSize(layout.areas()[0], 26), QSize(4 * 26, 4 * 26 + HeatLayout::boxTitle));
    QVERIFY(!layout.at(layout.rect({ 0, 0, 0, 0 }).center() + QPoint(26, 0)));
}

QTEST_APPLESS_MAIN(TestHeatLayout)
#include "tst_heatlayout.moc"
