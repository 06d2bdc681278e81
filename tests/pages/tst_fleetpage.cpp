// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QHeaderView>
#include <QLineEdit>
#include <QScrollBar>
#include <QTest>
#include <QTreeView>

#include "controls/theme.h"
#include "models/fleettreemodel.h"
#include "pages/fleetpage.h"
#include "support/changingfleet.h"

using namespace penstock;

/// The tree of a real page while nodes come and go, values change and words are typed.
class TestFleetPage final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void init();
    void aNodeThatVanishesAboveLeavesEverythingInItsPlace();
    void theTopRowStaysWhereNothingIsSelected();
    void aClickOnAHeaderSortsAndTheCurrentRowStaysAtItsHeight();
    void sortingByAChangingColumnKeepsSelectionExpansionAndHeight();
    void aFilterTakenAwayGivesBackWhatWasExpanded();
    void aVanishedCurrentNodeHandsOverToItsNeighbour();
    void theInspectorTellsWhereANodeIsAndWhatItOffers();
    void aNarrowTreeKeepsItsNames();
    void whatNeverAnsweredIsNotKnownAndNotZero();

private:
    static constexpr std::uint32_t nodes = 60;
    void show() { m_page->show(m_fleet->snapshot(), std::make_shared<RecentHistory>()); }
    QModelIndex find(const QStringList& names) const { return static_cast<FleetTreeModel*>(m_tree->model())->indexOf(names); }
    QModelIndex node(std::uint32_t number) const { return find({ QStringLiteral("azure"), QStringLiteral("eastus"), QStringLiteral("a"), QStringLiteral("n%1").arg(number) }); }
    int height(std::uint32_t number) const { return m_tree->visualRect(node(number)).top(); }
    std::unique_ptr<ChangingFleet> m_fleet;
    std::unique_ptr<FleetPage> m_page;
    QTreeView* m_tree = nullptr;
};

void TestFleetPage::initTestCase() { applyTheme(*qApp, ThemeName::Dark); }

void TestFleetPage::init()
{
    m_fleet = std::make_unique<ChangingFleet>(1);
    m_fleet->clusters = { { { "azure", "eastus", "a" }, {} }, { { "azure", "westus", "b" }, { m_fleet->node("n0", 2) } }, { { "gcp", "us", "c" }, { m_fleet->node("n0", 2) } } };
    for (std::uint32_t n = 0; n < nodes; ++n)
        m_fleet->clusters[0].nodes.push_back(m_fleet->node("n" + std::to_string(n), 8));
    m_page = std::make_unique<FleetPage>();
    m_page->resize(1432, 924);
    m_page->QWidget::show();
    m_tree = m_page->findChild<QTreeView*>(QStringLiteral("fleetTree"));
    show();
    QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
    // The first picture opens the providers.
    QVERIFY(m_tree->isExpanded(find({ QStringLiteral("azure") })));
    m_tree->expand(node(0).parent().parent());
    m_tree->expand(node(0).parent());
    m_tree->expand(node(40));
    m_tree->setCurrentIndex(node(40));
    m_tree->scrollTo(node(40), QAbstractItemView::PositionAtCenter);
    QVERIFY(m_tree->verticalScrollBar()->value() > 0);
    QVERIFY(m_tree->viewport()->rect().contains(m_tree->visualRect(node(40))));
}

void TestFleetPage::aNodeThatVanishesAboveLeavesEverythingInItsPlace()
{
    const int before = height(40);
    m_fleet->clusters[0].nodes.erase(m_fleet->clusters[0].nodes.begin() + 5);
    show();
    QCOMPARE(height(40), before);
    m_fleet->clusters.erase(m_fleet->clusters.begin() + 1);
    m_fleet->clusters.insert(m_fleet->clusters.begin(), { { "azure", "brazil", "z" }, { m_fleet->node("n0", 2) } });
    show();
    QCOMPARE(height(40), before);
    QCOMPARE(m_tree->currentIndex(), node(40));
    QVERIFY(m_tree->selectionModel()->isSelected(node(40)));
    QVERIFY(m_tree->isExpanded(node(40)));
    QVERIFY(!m_tree->isExpanded(node(39)));
}

void TestFleetPage::theTopRowStaysWhereNothingIsSelected()
{
    m_tree->setCurrentIndex({});
    const auto top = m_tree->indexAt({ 0, 0 }).data().toString();
    m_fleet->clusters[0].nodes.erase(m_fleet->clusters[0].nodes.begin() + 2);
    show();
    QCOMPARE(m_tree->indexAt({ 0, 0 }).data().toString(), top);
}

void TestFleetPage::aClickOnAHeaderSortsAndTheCurrentRowStaysAtItsHeight()
{
    auto* header = m_tree->header();
    const auto click = [&](FleetTreeModel::Column column) {
        QTest::mouseClick(header->viewport(), Qt::LeftButton, {}, QPoint(header->sectionViewportPosition(column) + 20, header->height() / 2));
    };
    QCOMPARE(header->sortIndicatorSection(), -1);
    const auto order = [&] {
        QList<double> values;
        for (int row = 0; row < static_cast<int>(nodes); ++row)
            values << m_tree->model()->index(row, FleetTreeModel::Free, node(0).parent()).data(FleetTreeModel::SortRole).toDouble();
        return values;
    };
    // Far from both ends, so that it can stay at its height wherever it goes.
    for (std::uint32_t n = 0; n < nodes; ++n)
        for (std::size_t gpu = 0; gpu < 8; ++gpu)
            m_fleet->clusters[0].nodes[n].samples[gpu].state = (n * 7 + (n == 40 ? 3 : 0)) % nodes / 8 > gpu ? GpuState::Free : GpuState::Busy;
    show();
    for (int i = 0; i < 3; ++i) {
        const int before = height(40);
        click(FleetTreeModel::Free);
        const auto values = order();
        if (i == 0)
            QVERIFY(std::ranges::is_sorted(values));
        else if (i == 1)
            QVERIFY(std::ranges::is_sorted(values, std::greater<>()));
        else
            QCOMPARE(node(7).row(), 7);
        QCOMPARE(height(40), before);
        QCOMPARE(m_tree->currentIndex(), node(40));
        QVERIFY(m_tree->isExpanded(node(40)));
    }
}

void TestFleetPage::sortingByAChangingColumnKeepsSelectionExpansionAndHeight()
{
    m_tree->sortByColumn(FleetTreeModel::Utilisation, Qt::DescendingOrder);
    QSet<int> places;
    for (int second = 0; second < 20; ++second) {
        for (std::uint32_t n = 0; n < nodes; ++n)
            for (auto& gpu : m_fleet->clusters[0].nodes[n].samples)
                gpu = { .state = GpuState::Busy, .utilisation = n == 40 ? static_cast<std::uint8_t>(40 + second) : static_cast<std::uint8_t>(m_fleet->below(100)) };
        const int before = height(40);
        show();
        QCOMPARE(height(40), before);
        places << node(40).row();
        QCOMPARE(m_tree->currentIndex(), node(40));
        QVERIFY(m_tree->isExpanded(node(40)));
        QVERIFY(!m_tree->isExpanded(node(41)));
    }
    QVERIFY(places.size() > 3);
}

void TestFleetPage::aFilterTakenAwayGivesBackWhatWasExpanded()
{
    auto* filter = m_page->findChild<QLineEdit*>(QStringLiteral("fleetFilter"));
    m_tree->collapse(find({ QStringLiteral("gcp") }));
    QTest::keyClicks(filter, QStringLiteral("westus"));
    QCOMPARE(m_tree->model()->rowCount(), 1);
    QVERIFY(!node(40).isValid());
    QVERIFY(m_tree->isExpanded(find({ QStringLiteral("azure"), QStringLiteral("westus") })));
    filter->clear();
    QCOMPARE(m_tree->model()->rowCount(), 2);
    QVERIFY(m_tree->isExpanded(node(40)));
    QVERIFY(!m_tree->isExpanded(find({ QStringLiteral("gcp") })));
    QVERIFY(!m_tree->isExpanded(find({ QStringLiteral("azure"), QStringLiteral("westus") })));
}

void TestFleetPage::aVanishedCurrentNodeHandsOverToItsNeighbour()
{
    m_fleet->clusters[0].nodes.erase(m_fleet->clusters[0].nodes.begin() + 40);
    show();
    QCOMPARE(m_tree->currentIndex().data().toString(), QStringLiteral("n41"));
}

void TestFleetPage::theInspectorTellsWhereANodeIsAndWhatItOffers()
{
    m_fleet->zones = { {}, "eastus-1" };
    m_fleet->clusters[0].nodes[40].zone = 1;
    m_fleet->clusters[0].nodes[41].schedulable = 80;
    show();
    const auto said = [this] {
        for (const auto* widget : m_page->findChildren<QWidget*>())
            if (widget->accessibleName() == QLatin1String("Inspector"))
                return widget->accessibleDescription();
        return QString();
    };
    QVERIFY2(said().startsWith(QStringLiteral("eastus · eastus-1, 8 GPUs, ")) && !said().contains(QStringLiteral("schedulable")), qPrintable(said()));
    m_tree->setCurrentIndex(node(41));
    QVERIFY2(said().startsWith(QStringLiteral("eastus, 8 GPUs, ")) && said().endsWith(QStringLiteral(", 80 schedulable")), qPrintable(said()));
    m_tree->setCurrentIndex(node(41).parent());
    QVERIFY2(said().endsWith(QStringLiteral(", 80 schedulable")), qPrintable(said()));
}

/// Beside the inspector too, which takes a third of a window of this width.
void TestFleetPage::aNarrowTreeKeepsItsNames()
{
    m_page->resize(1400, 800);
    QTRY_VERIFY2(m_tree->columnWidth(FleetTreeModel::Name) >= 140, qPrintable(QStringLiteral("%1 of %2").arg(m_tree->columnWidth(FleetTreeModel::Name)).arg(m_tree->width())));
}

void TestFleetPage::whatNeverAnsweredIsNotKnownAndNotZero()
{
    FleetPage page;
    page.resize(1432, 924);
    page.QWidget::show();
    const auto said = [](const FleetPage& of, const char* name) {
        for (const auto* it : of.findChildren<QWidget*>())
            if (it->accessibleName() == QLatin1String(name))
                return it->accessibleDescription();
        return QString();
    };
    QVERIFY2(said(*m_page, "Totals").startsWith(QStringLiteral("484 GPUs")), qPrintable(said(*m_page, "Totals")));
    Engine engine;
    (void)engine.addSource("never");
    page.show(engine.publish(wallClock()), std::make_shared<RecentHistory>());
    for (const auto* name : { "Totals", "Inspector", "Every GPU" })
        QVERIFY2(said(page, name).startsWith(QStringLiteral("not known")), name);
    if (const auto folder = qEnvironmentVariable("PENSTOCK_PICTURES"); !folder.isEmpty())
        page.grab().save(folder + QStringLiteral("/fleet-never.png"));
}

QTEST_MAIN(TestFleetPage)
#include "tst_fleetpage.moc"
