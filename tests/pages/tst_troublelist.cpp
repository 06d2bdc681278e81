// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QTableView>
#include <QTest>
#include <QTreeView>

#include "controls/theme.h"
#include "models/fleettreemodel.h"
#include "models/troublemodel.h"
#include "pages/fleetpage.h"
#include "support/changingfleet.h"

using namespace penstock;

/// The list of GPUs that need a look, on a real page.
class TestTroubleList final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { applyTheme(*qApp, ThemeName::Dark); }
    void init();
    void itListsWhatTheTreeHasSelected();
    void aRowSelectsItsGpuInTheTree();
    void aClickOnTheNumberOpensItAndEscapeClosesIt();
    void aHeaderSortsAndTheSelectionStays();
    void rowsAreCopied();
    void whatDoesNotAnswerIsNotCalledWell();

private:
    void show() { m_page->show(m_fleet->snapshot(), std::make_shared<RecentHistory>()); }
    [[nodiscard]] bool isOpen() const { return m_table->isVisible(); }
    template<class Widget> [[nodiscard]] Widget* part(const char* name) const { return m_page->findChild<Widget*>(QString::fromLatin1(name)); }
    void breakGpu(std::size_t cluster, std::size_t node, std::size_t gpu, Health health) { m_fleet->clusters[cluster].nodes[node].samples[gpu] = { .state = GpuState::Unhealthy, .health = health }; }
    [[nodiscard]] QStringList reasons() const
    {
        QStringList made;
        for (int row = 0; row < m_table->model()->rowCount(); ++row)
            made << m_table->model()->index(row, TroubleModel::Reason).data().toString();
        return made;
    }
    std::unique_ptr<ChangingFleet> m_fleet;
    std::unique_ptr<FleetPage> m_page;
    QTreeView* m_tree = nullptr;
    QTableView* m_table = nullptr;
};

void TestTroubleList::init()
{
    m_fleet = std::make_unique<ChangingFleet>(1);
    m_fleet->clusters = { { { "azure", "eastus", "a" }, {} }, { { "gcp", "us", "c" }, {} } };
    for (auto& cluster : m_fleet->clusters)
        for (int n = 0; n < 4; ++n) {
            cluster.nodes.push_back(m_fleet->node("n" + std::to_string(n), 8));
            for (auto& gpu : cluster.nodes.back().samples)
                gpu = { .state = GpuState::Busy, .health = Health::Good };
        }
    breakGpu(0, 1, 3, Health { 79 });
    breakGpu(0, 2, 0, Health { 48 });
    breakGpu(1, 0, 5, Health { 119 });
    m_page = std::make_unique<FleetPage>();
    m_page->resize(1432, 924);
    m_page->QWidget::show();
    m_tree = part<QTreeView>("fleetTree");
    m_table = part<QTableView>("troubleTable");
    show();
    QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
}

void TestTroubleList::itListsWhatTheTreeHasSelected()
{
    auto* tree = static_cast<FleetTreeModel*>(m_tree->model());
    m_tree->setCurrentIndex(tree->indexOf(QStringList { QStringLiteral("gcp") }));
    m_page->toggleTroubles();
    QVERIFY(isOpen());
    QCOMPARE(reasons(), QStringList { QStringLiteral("XID 119, GSP RPC timeout") });
    QCOMPARE(part<QLabel>("troubleWhere")->text(), QStringLiteral("in gcp"));
    QTest::mouseClick(part<QPushButton>("troubleAll"), Qt::LeftButton);
    QCOMPARE(reasons().size(), 3);
    QVERIFY(!part<QPushButton>("troubleAll")->isVisible());
    // The next picture is a second younger, and the list follows.
    breakGpu(1, 3, 7, Health { 64 });
    show();
    QCOMPARE(reasons().size(), 4);
    QCOMPARE(part<QLabel>("troubleSummary")->text(), QStringLiteral("4 GPUs"));
}

void TestTroubleList::whatDoesNotAnswerIsNotCalledWell()
{
    for (auto& cluster : m_fleet->clusters)
        for (auto& node : cluster.nodes)
            for (auto& gpu : node.samples)
                gpu = { .state = GpuState::Busy, .health = Health::Good };
    m_page->toggleTroubles();
    show();
    const auto* summary = part<QLabel>("troubleSummary");
    QCOMPARE(summary->text(), QStringLiteral("nothing unhealthy, silent or slowed down"));
    m_page->show(m_fleet->snapshot(), std::make_shared<RecentHistory>(), { QStringLiteral("aks"), QStringLiteral("eks") });
    QCOMPARE(summary->text(), QStringLiteral("nothing of what answers; the rest is not known: aks, eks"));
    breakGpu(0, 1, 3, Health { 79 });
    m_page->show(m_fleet->snapshot(), std::make_shared<RecentHistory>(), { QStringLiteral("aks") });
    QCOMPARE(summary->text(), QStringLiteral("1 GPU; the rest is not known: aks"));
}

void TestTroubleList::aRowSelectsItsGpuInTheTree()
{
    m_page->toggleTroubles();
    const auto click = [&](int row) { QTest::mouseClick(m_table->viewport(), Qt::LeftButton, {}, m_table->visualRect(m_table->model()->index(row, TroubleModel::Node)).center()); };
    click(2);
    auto* tree = static_cast<FleetTreeModel*>(m_tree->model());
    auto place = tree->place(m_tree->currentIndex());
    QCOMPARE(place.level, FleetTreeModel::Gpu);
    QCOMPARE(place.index, 5U);
    QCOMPARE(place.node, 4U);
    QVERIFY(isOpen());
    QTest::keyClick(m_table, Qt::Key_Up);
    place = tree->place(m_tree->currentIndex());
    QCOMPARE(place.node, 2U);
    emit m_table->activated(m_table->currentIndex());
    QVERIFY(!isOpen() && m_tree->isVisible());
    QCOMPARE(tree->place(m_tree->currentIndex()).node, 2U);
    // From a GPU one comes back to its cluster.
    m_page->toggleTroubles();
    QCOMPARE(part<QLabel>("troubleWhere")->text(), QStringLiteral("in azure / eastus / a"));
    QCOMPARE(reasons().size(), 2);
}

void TestTroubleList::aClickOnTheNumberOpensItAndEscapeClosesIt()
{
    auto* strip = static_cast<QWidget*>(nullptr);
    for (auto* it : m_page->findChildren<QWidget*>())
        if (it->accessibleName() == QStringLiteral("Totals"))
            strip = it;
    QVERIFY(strip);
    strip->grab(); // painted once, so that it knows where its numbers are
    for (int x = 0; x < strip->width() && !isOpen(); x += 8)
        QTest::mouseClick(strip, Qt::LeftButton, {}, QPoint(x, 30));
    QVERIFY(isOpen());
    QTest::keyClick(m_table, Qt::Key_Escape);
    QVERIFY(!isOpen());
}

void TestTroubleList::aHeaderSortsAndTheSelectionStays()
{
    m_page->toggleTroubles();
    m_table->selectRow(0); // XID 79 on n1
    auto* header = m_table->horizontalHeader();
    const auto click = [&] { QTest::mouseClick(header->viewport(), Qt::LeftButton, {}, QPoint(header->sectionViewportPosition(TroubleModel::Node) + 20, header->height() / 2)); };
    click();
    if (header->sortIndicatorOrder() == Qt::AscendingOrder)
        click();
    QCOMPARE(m_table->model()->index(0, TroubleModel::Node).data().toString(), QStringLiteral("n2"));
    QCOMPARE(m_table->currentIndex().siblingAtColumn(TroubleModel::Node).data().toString(), QStringLiteral("n1"));
    QVERIFY(m_table->selectionModel()->isRowSelected(m_table->currentIndex().row()));
}

void TestTroubleList::rowsAreCopied()
{
    m_page->toggleTroubles();
    QTest::mouseClick(part<QPushButton>("troubleCsv"), Qt::LeftButton);
    QCOMPARE(QGuiApplication::clipboard()->text().count(QLatin1Char('\n')), 4); // a head and all
    m_table->selectRow(1);
    QTest::mouseClick(part<QPushButton>("troubleCopy"), Qt::LeftButton);
    const auto text = QGuiApplication::clipboard()->text();
    QCOMPARE(text.count(QLatin1Char('\n')), 2);
    QVERIFY(text.contains(QStringLiteral("XID 48")));
}

QTEST_MAIN(TestTroubleList)
#include "tst_troublelist.moc"
