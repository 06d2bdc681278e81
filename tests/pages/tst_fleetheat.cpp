// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QAccessible>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QTreeView>
#include <QWheelEvent>

#include "charts/heatmap.h"
#include "controls/theme.h"
#include "models/fleettreemodel.h"
#include "pages/fleetpage.h"
#include "support/changingfleet.h"

using namespace penstock;

/// The heatmap of a real page, driven by wheel, pointer and keys.
class TestFleetHeat final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void init();
    void everyGpuIsInTheOverview();
    void theWheelLeadsFromAllFleetsToAGpusNumbersAndBack();
    void aClickOnACellSelectsItsGpuInTheTree();
    void aClickOnATitleShowsThatPart();
    void whatTheTreeSelectsIsOutlined();
    void arrowsWalkAndAScreenReaderHearsWhereTheyAre();
    void shiftAndDraggingAddUp();
    void whatIsNotMeasuredIsNoBlank_data();
    void whatIsNotMeasuredIsNoBlank();
    void whatTheFilterLeavesOutFades();
    void thePlaceStaysWhileTheFleetChanges();
    void whatIsInTheMiddleStaysThere();
    void aFilterThatLeavesNothingSaysSo();
    void thePartAboveTakesOverWhenAPlaceIsGone();
    void escapeLeadsBackToTheTree();

private:
    static constexpr std::uint32_t nodes = 400;
    void show() { m_page->show(m_fleet->snapshot(), {}); }
    Heatmap& map() const { return *m_page->findChild<Heatmap*>(m_whole ? QStringLiteral("heatmapPage") : QStringLiteral("heatmap")); }
    void wheel(int notches, QPoint at) const
    {
        QWheelEvent event(at, map().viewport()->mapToGlobal(at), {}, { 0, notches * 120 }, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
        QApplication::sendEvent(map().viewport(), &event);
    }
    QString selected() const
    {
        QStringList names;
        for (auto it = m_tree->currentIndex(); it.isValid(); it = it.parent())
            names.prepend(it.data().toString());
        return names.join(QLatin1Char('/'));
    }
    QRgb pixel(const HeatSpot& spot) const { return map().viewport()->grab().toImage().pixel(map().spotRect(spot).center()); }
    void picture(const QString& name) const
    {
        if (const auto folder = qEnvironmentVariable("PENSTOCK_PICTURES"); !folder.isEmpty())
            m_page->grab().save(folder + QLatin1Char('/') + name + QStringLiteral(".png"));
    }
    std::unique_ptr<ChangingFleet> m_fleet;
    std::unique_ptr<FleetPage> m_page;
    QTreeView* m_tree = nullptr;
    bool m_whole = false;
};

void TestFleetHeat::initTestCase()
{
    QLocale::setDefault(QLocale(QLocale::English));
    applyTheme(*qApp, ThemeName::Dark);
}

void TestFleetHeat::init()
{
    m_fleet = std::make_unique<ChangingFleet>(1);
    m_fleet->clusters = { { { "azure", "eastus", "a" }, {} }, { { "azure", "eastus", "b" }, { m_fleet->node("b0", 8) } }, { { "azure", "westus", "c" }, { m_fleet->node("c0", 4) } },
        { { "gcp", "us", "d" }, { m_fleet->node("d0", 8), m_fleet->node("d1", 8) } } };
    for (std::uint32_t n = 0; n < nodes; ++n) {
        m_fleet->clusters[0].nodes.push_back(m_fleet->node("n" + std::to_string(n), 8));
        for (auto& gpu : m_fleet->clusters[0].nodes.back().samples)
            gpu = { .state = n % 50 == 7 ? GpuState::Unhealthy : n % 60 == 9 ? GpuState::Unknown : n % 40 == 5 ? GpuState::Free : GpuState::Busy, .utilisation = static_cast<std::uint8_t>(n % 101) };
    }
    m_page = std::make_unique<FleetPage>();
    m_page->resize(1432, 924);
    m_page->QWidget::show();
    m_tree = m_page->findChild<QTreeView*>(QStringLiteral("fleetTree"));
    show();
    QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
    m_whole = true;
    m_page->toggleHeat();
    QTRY_VERIFY(map().isVisible() && map().heatLayout().size().height() > 0);
}

void TestFleetHeat::everyGpuIsInTheOverview()
{
    QCOMPARE(map().heatLayout().groups().size(), std::size_t { 2 });
    QCOMPARE(map().itemsInView(), std::uint64_t { nodes * 8 + 8 + 4 + 16 });
    QVERIFY(map().accessibleDescription().startsWith(QStringLiteral("3,228 GPUs: ")));
    QCOMPARE(map().verticalScrollBar()->maximum(), 0);
    picture(QStringLiteral("heat-all"));
}

void TestFleetHeat::theWheelLeadsFromAllFleetsToAGpusNumbersAndBack()
{
    // At azure / eastus / a, node 100.
    auto at = map().spotRect({ 0, 0, 0, 800 / map().heatLayout().itemsACell() }).center();
    std::vector<std::pair<int, std::size_t>> pitches;
    for (int closer = 0; closer < 6; ++closer) {
        wheel(1, at);
        pitches.emplace_back(map().heatLayout().pitch(), map().heatLayout().groups().size());
        picture(QStringLiteral("heat-closer-%1").arg(closer));
        if (const auto& groups = map().heatLayout().groups(); groups.size() == 1 && groups[0].blocks[0].runs.size() == nodes)
            at = map().spotRect({ 0, 0, 100, 0 }).center();
        else
            at = map().spotRect({ 0, 0, 0, 800 / map().heatLayout().itemsACell() }).center();
        // The node that was pointed at is still in view.
        QVERIFY(map().viewport()->rect().contains(at));
    }
    QVERIFY(map().heatLayout().hasBoxes());
    QVERIFY(map().heatLayout().pitch() >= 22);
    QVERIFY(map().itemsInView() < nodes * 8);
    for (int farther = 0; farther < 8; ++farther)
        wheel(-1, at);
    QCOMPARE(map().heatLayout().groups().size(), std::size_t { 2 });
}

void TestFleetHeat::aClickOnACellSelectsItsGpuInTheTree()
{
    QCOMPARE(map().heatLayout().itemsACell(), 1U);
    QTest::mouseClick(map().viewport(), Qt::LeftButton, {}, map().spotRect({ 0, 0, 0, 83 }).center());
    QCOMPARE(selected(), QStringLiteral("azure/eastus/a/n10/GPU 3"));
    QTest::mouseClick(map().viewport(), Qt::LeftButton, {}, map().spotRect({ 1, 0, 0, 8 }).center());
    QCOMPARE(selected(), QStringLiteral("gcp/us/d/d1/GPU 0"));
}

void TestFleetHeat::aClickOnATitleShowsThatPart()
{
    QTest::mouseClick(map().viewport(), Qt::LeftButton, {}, map().heatLayout().titles()[0].title.center());
    QCOMPARE(selected(), QStringLiteral("azure"));
    QCOMPARE(map().heatLayout().groups().size(), std::size_t { 2 });
    QTest::mouseClick(map().viewport(), Qt::LeftButton, {}, map().heatLayout().titles()[0].title.center());
    QCOMPARE(selected(), QStringLiteral("azure/eastus"));
    QTest::mouseClick(map().viewport(), Qt::LeftButton, {}, map().heatLayout().titles()[1].title.center());
    QCOMPARE(selected(), QStringLiteral("azure/eastus/b"));
    QCOMPARE(map().itemsInView(), std::uint64_t { 8 });
}

void TestFleetHeat::whatTheTreeSelectsIsOutlined()
{
    const auto accent = currentTheme().acc.rgb();
    const auto corner = [&](const HeatSpot& spot) { return map().viewport()->grab().toImage().pixel(map().spotRect(spot).topLeft() - QPoint(1, 1)); };
    auto* model = static_cast<FleetTreeModel*>(m_tree->model());
    QVERIFY(corner({ 0, 0, 0, 800 }) != accent);
    m_tree->setCurrentIndex(model->indexOf(QStringList { QStringLiteral("azure"), QStringLiteral("eastus"), QStringLiteral("a"), QStringLiteral("n100") }));
    QCOMPARE(corner({ 0, 0, 0, 800 }), accent);
    QCOMPARE(corner({ 0, 0, 0, 807 }), accent);
    QVERIFY(corner({ 0, 0, 0, 809 }) != accent);
    // It stays outlined where it moves to.
    m_fleet->clusters[0].nodes.erase(m_fleet->clusters[0].nodes.begin() + 10);
    show();
    QCOMPARE(corner({ 0, 0, 0, 792 }), accent);
    QVERIFY(corner({ 0, 0, 0, 801 }) != accent);
}

void TestFleetHeat::arrowsWalkAndAScreenReaderHearsWhereTheyAre()
{
    QSignalSpy moved(&map(), &Heatmap::cursorMoved);
    QTest::keyClick(&map(), Qt::Key_Right);
    QTest::keyClick(&map(), Qt::Key_Right);
    QCOMPARE(moved.count(), 2);
    QCOMPARE(map().cursor(), (HeatSpot { 0, 0, 0, 1 }));
    auto* reader = QAccessible::queryAccessibleInterface(&map());
    QCOMPARE(reader->role(), QAccessible::Chart);
    QCOMPARE(reader->text(QAccessible::Value), QStringLiteral("n0, GPU 1: busy, 0 %"));
    QTest::keyClick(&map(), Qt::Key_Down);
    QCOMPARE(map().cursor()->cell, static_cast<std::uint32_t>(map().heatLayout().areas()[0].columns) + 1);
    QTest::keyClick(&map(), Qt::Key_Return);
    QVERIFY(selected().startsWith(QStringLiteral("azure/eastus/a/n")));
    QTest::keyClick(&map(), Qt::Key_Plus);
    QCOMPARE(map().heatLayout().groups()[0].blocks.size(), std::size_t { 2 });
    QVERIFY(map().cursor());
}

void TestFleetHeat::shiftAndDraggingAddUp()
{
    QSignalSpy many(&map(), &Heatmap::manyChosen);
    const auto from = map().spotRect({ 0, 0, 0, 0 }), to = map().spotRect({ 0, 0, 0, 3 });
    QTest::mousePress(map().viewport(), Qt::LeftButton, Qt::ShiftModifier, from.topLeft());
    QMouseEvent move(QEvent::MouseMove, to.bottomRight(), map().viewport()->mapToGlobal(to.bottomRight()), Qt::LeftButton, Qt::LeftButton, Qt::ShiftModifier);
    QApplication::sendEvent(map().viewport(), &move);
    QTest::mouseRelease(map().viewport(), Qt::LeftButton, Qt::ShiftModifier, to.bottomRight());
    QCOMPARE(many.count(), 1);
    QCOMPARE(many[0][0].value<std::vector<HeatSpot>>().size(), std::size_t { 4 });
}

void TestFleetHeat::whatIsNotMeasuredIsNoBlank_data()
{
    QTest::addColumn<bool>("dark");
    QTest::addColumn<QSize>("size");
    for (const bool dark : { true, false })
        for (const auto size : { QSize(1112, 724), QSize(2392, 1364) }) // pages of windows of 1280x800 and 2560x1440
            QTest::addRow("%s, %d wide", dark ? "dark" : "light", size.width()) << dark << size;
}

void TestFleetHeat::whatIsNotMeasuredIsNoBlank()
{
    QFETCH(bool, dark);
    QFETCH(QSize, size);
    applyTheme(*qApp, dark ? ThemeName::Dark : ThemeName::Light);
    m_page->themeChanged();
    const auto restore = qScopeGuard([] { applyTheme(*qApp, ThemeName::Dark); });
    for (std::uint32_t n = 0; n < 40; ++n)
        for (auto& gpu : m_fleet->clusters[0].nodes[n].samples)
            if (gpu.state == GpuState::Busy)
                gpu.utilisation = unknown::utilisation;
    m_page->resize(size);
    show();
    QTRY_COMPARE(map().size().width() > 0 && map().heatLayout().itemsACell() == 1, true);
    const auto cell = map().spotRect({ 0, 0, 0, 0 });
    const auto painted = map().viewport()->grab().toImage().pixelColor(cell.topLeft() + QPoint(1, 1));
    QCOMPARE(painted, currentTheme().s3);
    for (const auto blank : { currentTheme().bg, currentTheme().s2, currentTheme().s1 })
        QVERIFY(painted != blank);
    picture(QStringLiteral("heat-nodata-%1-%2").arg(dark ? QStringLiteral("dark") : QStringLiteral("light")).arg(size.width()));
}

void TestFleetHeat::whatTheFilterLeavesOutFades()
{
    const auto before = pixel({ 0, 0, 0, 800 }), other = pixel({ 0, 0, 0, 808 });
    m_page->findChild<QLineEdit*>(QStringLiteral("fleetFilter"))->setText(QStringLiteral("n100"));
    QCOMPARE(pixel({ 0, 0, 0, 800 }), before);
    QVERIFY(pixel({ 0, 0, 0, 808 }) != other);
    QCOMPARE(pixel({ 0, 0, 0, 808 }), currentTheme().s1.rgb());
}

void TestFleetHeat::thePlaceStaysWhileTheFleetChanges()
{
    auto at = map().spotRect({ 0, 0, 0, 800 }).center();
    for (int closer = 0; closer < 3; ++closer) {
        wheel(1, at);
        at = map().spotRect({ 0, 0, 0, 800 / map().heatLayout().itemsACell() }).center();
    }
    QCOMPARE(map().itemsInView(), std::uint64_t { nodes * 8 });
    m_fleet->clusters.insert(m_fleet->clusters.begin(), { { "azure", "aaa", "x" }, { m_fleet->node("x0", 8) } });
    m_fleet->clusters[1].nodes.pop_back();
    show();
    QCOMPARE(map().itemsInView(), std::uint64_t { (nodes - 1) * 8 });
}

void TestFleetHeat::whatIsInTheMiddleStaysThere()
{
    auto at = map().spotRect({ 0, 0, 0, 200 * 8 }).center();
    for (int closer = 0; closer < 6; ++closer) {
        wheel(1, at);
        const bool boxes = map().heatLayout().hasBoxes();
        at = map().spotRect(boxes ? HeatSpot { 0, 0, 200, 0 } : HeatSpot { 0, 0, 0, 200 * 8 / map().heatLayout().itemsACell() }).center();
    }
    const auto inView = [&](std::uint32_t node) { return map().viewport()->rect().contains(map().spotRect({ 0, 0, node, 0 }).center()); };
    map().bring({ 0, 0, 200, 0 }, map().viewport()->rect().center());
    QVERIFY(inView(200));
    // By a key, the pointer on no cell.
    QTest::keyClick(&map(), Qt::Key_Minus);
    QTest::keyClick(&map(), Qt::Key_Plus);
    QVERIFY(map().heatLayout().pitch() >= 22);
    QVERIFY(inView(200));
    m_page->resize(1000, 700);
    QVERIFY(inView(200));
    m_fleet->clusters[0].nodes.erase(m_fleet->clusters[0].nodes.begin(), m_fleet->clusters[0].nodes.begin() + 100);
    show();
    QVERIFY(inView(100));
}

void TestFleetHeat::aFilterThatLeavesNothingSaysSo()
{
    auto* filter = m_page->findChild<QLineEdit*>(QStringLiteral("fleetFilter"));
    m_page->focusFilter();
    filter->setText(QStringLiteral("temp>abc"));
    QCOMPARE(filter->property("tone").toString(), QStringLiteral("error"));
    QTest::keyClick(filter, Qt::Key_Escape);
    QVERIFY(filter->text().isEmpty());
    QCOMPARE(filter->property("tone").toString(), QString());
}

void TestFleetHeat::thePartAboveTakesOverWhenAPlaceIsGone()
{
    QTest::mouseClick(map().viewport(), Qt::LeftButton, {}, map().heatLayout().titles()[1].title.center());
    QCOMPARE(map().itemsInView(), std::uint64_t { 16 });
    m_fleet->clusters.pop_back();
    show();
    QCOMPARE(map().itemsInView(), std::uint64_t { nodes * 8 + 8 + 4 });
}

void TestFleetHeat::escapeLeadsBackToTheTree()
{
    wheel(1, map().spotRect({ 0, 0, 0, 0 }).center());
    QTest::keyClick(&map(), Qt::Key_Escape);
    QVERIFY(map().isVisible());
    QTest::keyClick(&map(), Qt::Key_Escape);
    QVERIFY(!map().isVisible());
    QVERIFY(m_tree->isVisible());
}

QTEST_MAIN(TestFleetHeat)
#include "tst_fleetheat.moc"
