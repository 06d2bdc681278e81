// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QAbstractItemModelTester>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>

#include "charts/capacitychart.h"
#include "charts/chartlink.h"
#include "charts/timechart.h"
#include "controls/scrubber.h"
#include "controls/theme.h"
#include "controls/weightbar.h"
#include "engine/engine.h"
#include "mainwindow.h"
#include "models/boardmodel.h"
#include "models/fleettreemodel.h"
#include "pages/fleetpage.h"
#include "session/demo.h"
#include "storage/historyfile.h"
#include "support/changingfleet.h"
#include "timetravel.h"

using namespace penstock;
using namespace std::chrono_literals;

namespace {

double seconds(Time time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }

} // namespace

/// The real window on the demo, whose history holds an hour of another fleet before it began.
class TestTimeTravel final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void init();
    void aDragShowsThatMomentAndMarksIt();
    void oneKeyReturnsToLive();
    void theArrowsMoveBySeconds();
    void nothingIsStartedFromThePast();
    void whatWasEditedIsThereAgain();
    void aGapIsNoZero();
    void aToastLeavesTheTimeLineFree();
    void playGoesOnAtItsSpeed();
    void ingestGoesOn();
    void aFrozenChartHoldsWhileIngestGoesOn();
    void theStretchIsSharedByThePages();
    void theCrosshairIsSharedAndOnTheTimeLine();
    void aLongStretchComesFromTheHistory();
    void whatIsLookedAtMoreCloselyIsFiner();
    void capacityIsWhatItWasThen();
    void theBoardIsWhatWouldHaveBeenCarriedThen();
    void whatALossWouldLeaveIsKept();
    void aPageWithoutAPastSaysThatItShowsNow();
    void everyThemeAndSizeCanBeShown();
    void cleanupTestCase();

private:
    void picture(const QString& name)
    {
        if (const auto folder = qEnvironmentVariable("PENSTOCK_PICTURES"); !folder.isEmpty())
            m_window->grab().save(folder + QLatin1Char('/') + name + QStringLiteral(".png"));
    }
    Scrubber& scrubber() { return *m_window->findChild<Scrubber*>(QStringLiteral("scrubber")); }
    QTreeView& tree() { return *m_window->findChild<QTreeView*>(QStringLiteral("fleetTree")); }
    TimeChart& chart(const char* name) { return *m_window->findChild<TimeChart*>(QLatin1String(name)); }
    /// Of the Fleet page.
    QPushButton* button(const char* name) { return m_window->fleetPage().findChild<QPushButton*>(QLatin1String(name)); }
    /// Drags from the end of the line to a moment.
    void dragTo(Time moment)
    {
        auto& it = scrubber();
        const auto y = static_cast<int>(it.track().center().y());
        const auto at = [&](double x) { return QPoint(static_cast<int>(std::lround(x)), y); };
        QTest::mousePress(&it, Qt::LeftButton, {}, at(it.track().right() - 20));
        QTest::mouseMove(&it, at(it.xOf(seconds(moment))));
        QTest::mouseRelease(&it, Qt::LeftButton, {}, at(it.xOf(seconds(moment))));
    }
    void showMoment(Time moment)
    {
        m_window->timeTravel().goTo(moment);
        QTRY_VERIFY(m_window->timeTravel().view() && m_window->timeTravel().view()->at == moment);
    }
    QTemporaryDir m_folder;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<MainWindow> m_window;
    Time m_start {}; ///< of the hour
    std::string m_history;
};

void TestTimeTravel::initTestCase()
{
    qputenv("XDG_CACHE_HOME", m_folder.path().toUtf8());
    QLocale::setDefault(QLocale(QLocale::English));
    applyTheme(*qApp, ThemeName::Dark);
    auto workspace = demoWorkspace();
    QVERIFY(workspace);
    m_history = m_folder.filePath(QStringLiteral("history.db")).toStdString();
    m_start = std::chrono::floor<std::chrono::minutes>(wallClock()) - 58min;
    {
        // Half an hour with one cluster of four GPUs, then a gap.
        std::string notice;
        auto file = HistoryFile::open(m_history, {}, notice);
        QVERIFY(file);
        ChangingFleet fleet(1);
        fleet.clusters = { { { "azure", "eastus", "old" }, { fleet.node("n0", 4) } } };
        for (auto& gpu : fleet.clusters[0].nodes[0].samples)
            gpu = { .state = GpuState::Busy, .health = Health::Good, .utilisation = 40 };
        std::vector<std::shared_ptr<const RollupPoint>> points;
        for (int second = 0; second < 1800; ++second) {
            fleet.clusters[0].nodes[0].samples[3].state = second < 600 ? GpuState::Busy : GpuState::Unhealthy;
            auto point = std::make_shared<RollupPoint>(rollupPoint(*fleet.snapshot()));
            point->at = m_start + std::chrono::seconds(second);
            for (auto& group : point->groups)
                if (group.dimension == GroupPoint::Dimension::Provider || group.dimension == GroupPoint::Dimension::Region)
                    group.carried = group.dimension == GroupPoint::Dimension::Region ? 72 : second < 600 ? 61.5 : 48;
            const std::array splits { std::pair("azure", 70.), std::pair("gcp", 20.), std::pair("aws", 10.) };
            for (const auto& [backend, share] : splits) {
                GroupPoint group { .dimension = GroupPoint::Dimension::Backend, .key = std::string("chatgpt/") + backend };
                group.desired = group.accepted = share;
                group.observed = share + std::sin(second / 60.);
                point->groups.push_back(std::move(group));
            }
            points.push_back(std::move(point));
        }
        const std::vector events { FleetEvent { .at = m_start + 600s, .kind = FleetEvent::Kind::Unhealthy, .endpoint = "demo", .provider = "azure", .region = "eastus", .cluster = "old", .node = "n0", .which = 8, .health = Health { 79 } } };
        QVERIFY(file->write(points, events));
    }
    SessionOptions options;
    options.cacheFile = m_folder.filePath(QStringLiteral("cache.db")).toStdString();
    options.journalFile = m_folder.filePath(QStringLiteral("journal.db")).toStdString();
    options.historyFile = m_history;
    m_session = std::make_unique<Session>(std::move(*workspace), options);
    m_window = std::make_unique<MainWindow>(*m_session, false);
    m_window->resize(1600, 1000);
    m_window->show();
    m_session->start();
    QTRY_VERIFY_WITH_TIMEOUT(m_session->isComplete(), 15000);
}

void TestTimeTravel::init()
{
    m_window->timeTravel().returnToLive();
    m_window->chartLink().reset();
    m_window->chartLink().point({});
    m_window->openPage(MainWindow::Page::Fleet);
    m_window->setFocus();
    QTRY_COMPARE(tree().model()->rowCount(), 3);
}

void TestTimeTravel::cleanupTestCase()
{
    m_window.reset();
    m_session.reset();
}

void TestTimeTravel::aDragShowsThatMomentAndMarksIt()
{
    QAbstractItemModelTester fleets(tree().model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    auto* events = m_window->findChild<QTableView*>(QStringLiteral("events"));
    QAbstractItemModelTester list(events->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    QVERIFY(!events->isVisible());
    dragTo(m_start + 1200s);
    QVERIFY(!m_window->timeTravel().isLive());
    QVERIFY(std::abs(seconds(*m_window->timeTravel().moment()) - seconds(m_start + 1200s)) < 10);
    // The whole page is of that moment: its one cluster, its GPUs, what had happened.
    QTRY_COMPARE(tree().model()->rowCount(), 1);
    const auto azure = tree().model()->index(0, FleetTreeModel::Gpus);
    QCOMPARE(azure.data().toString(), QStringLiteral("4"));
    QCOMPARE(azure.siblingAtColumn(FleetTreeModel::Unhealthy).data().toString(), QStringLiteral("1"));
    QVERIFY(events->isVisible());
    QCOMPARE(events->model()->rowCount(), 1);
    QVERIFY(events->model()->index(0, 1).data().toString().contains(QStringLiteral("XID 79")));
    // And it is said where nobody overlooks it.
    QVERIFY(m_window->findChild<QWidget*>(QStringLiteral("header"))->accessibleDescription().startsWith(QStringLiteral("NOT LIVE")));
    QVERIFY(scrubber().accessibleDescription().startsWith(QStringLiteral("Not live")));
    QVERIFY(m_window->findChild<QPushButton*>(QStringLiteral("returnToLive"))->isVisible());
    showMoment(m_start + 300s);
    QTRY_COMPARE(events->model()->rowCount(), 0);
    QCOMPARE(azure.siblingAtColumn(FleetTreeModel::Unhealthy).data().toString(), QStringLiteral("0"));
}

void TestTimeTravel::oneKeyReturnsToLive()
{
    showMoment(m_start + 300s);
    QTRY_COMPARE(tree().model()->rowCount(), 1);
    QTest::keyClick(m_window.get(), Qt::Key_L);
    QVERIFY(m_window->timeTravel().isLive());
    QCOMPARE(tree().model()->rowCount(), 3);
    QVERIFY(!m_window->findChild<QPushButton*>(QStringLiteral("returnToLive"))->isVisible());
    QVERIFY(!m_window->findChild<QWidget*>(QStringLiteral("header"))->accessibleDescription().startsWith(QStringLiteral("NOT LIVE")));
}

void TestTimeTravel::theArrowsMoveBySeconds()
{
    showMoment(m_start + 300s);
    scrubber().setFocus();
    QTest::keyClick(&scrubber(), Qt::Key_Left);
    QCOMPARE(*m_window->timeTravel().moment(), m_start + 299s);
    QTest::keyClick(&scrubber(), Qt::Key_Right, Qt::ShiftModifier);
    QCOMPARE(*m_window->timeTravel().moment(), m_start + 309s);
    QTest::keyClick(&scrubber(), Qt::Key_PageUp);
    QCOMPARE(*m_window->timeTravel().moment(), m_start + 249s);
    QTest::keyClick(&scrubber(), Qt::Key_End);
    QVERIFY(m_window->timeTravel().isLive());
}

void TestTimeTravel::nothingIsStartedFromThePast()
{
    m_window->openPage(MainWindow::Page::Load);
    showMoment(m_start + 300s);
    auto* bar = m_window->findChild<WeightBar*>(QStringLiteral("weights-chatgpt"));
    QTRY_COMPARE(bar->desired(), (QList<double> { 70, 20, 10 }));
    auto* start = m_window->findChild<QPushButton*>(QStringLiteral("startShift"));
    QVERIFY(!start->isEnabled());
    QCOMPARE(start->text(), QStringLiteral("Not live"));
    QVERIFY(start->toolTip().contains(QStringLiteral("Return to live (L)")));
    const auto from = bar->handle(0).center().toPoint();
    QTest::mousePress(bar, Qt::LeftButton, {}, from);
    QTest::mouseMove(bar, from - QPoint(60, 0));
    QTest::mouseRelease(bar, Qt::LeftButton, {}, from - QPoint(60, 0));
    QCOMPARE(bar->desired(), (QList<double> { 70, 20, 10 }));
    picture(QStringLiteral("past-load"));
    // A route of which nothing was kept shows nothing, and above all not what it has now.
    auto* other = m_window->findChild<WeightBar*>(QStringLiteral("weights-image-gen"));
    QVERIFY(other && other->desired().isEmpty());
    QTest::keyClick(m_window.get(), Qt::Key_L);
    QTRY_COMPARE(other->desired().size(), 3);
    QTRY_VERIFY(bar->desired() != (QList<double> { 70, 20, 10 }));
    QVERIFY(start->text() != QStringLiteral("Not live"));
}

void TestTimeTravel::whatWasEditedIsThereAgain()
{
    m_window->openPage(MainWindow::Page::Load);
    auto* bar = m_window->findChild<WeightBar*>(QStringLiteral("weights-chatgpt"));
    QTRY_VERIFY(bar && bar->desired().size() == 3 && bar->width() > 400);
    const auto from = bar->handle(0).center().toPoint();
    QTest::mousePress(bar, Qt::LeftButton, {}, from);
    QTest::mouseMove(bar, from - QPoint(30, 0));
    QTest::mouseRelease(bar, Qt::LeftButton, {}, from - QPoint(30, 0));
    const auto draft = bar->desired();
    showMoment(m_start + 300s);
    QTRY_COMPARE(bar->desired(), (QList<double> { 70, 20, 10 }));
    m_window->timeTravel().returnToLive();
    QTRY_COMPARE(bar->desired(), draft);
    auto* discard = m_window->findChild<QPushButton*>(QStringLiteral("discardEdit"));
    QVERIFY(discard && discard->isVisible());
    QTest::mouseClick(discard, Qt::LeftButton);
}

void TestTimeTravel::aGapIsNoZero()
{
    showMoment(m_start + 2000s);
    QTRY_COMPARE(tree().model()->rowCount(), 0);
    auto* note = m_window->findChild<QLabel*>(QStringLiteral("pastNote"));
    QVERIFY(note->isVisible());
    QVERIFY2(note->text().contains(QStringLiteral("Nothing is known of")), qPrintable(note->text()));
    picture(QStringLiteral("past-gap"));
}

void TestTimeTravel::aToastLeavesTheTimeLineFree()
{
    auto* toast = m_window->findChild<QLabel*>(QStringLiteral("toast"));
    for (const auto page : { MainWindow::Page::Fleet, MainWindow::Page::Capacity, MainWindow::Page::Load, MainWindow::Page::Failover, MainWindow::Page::Endpoints }) {
        m_window->openPage(page);
        emit m_session->informed(QStringLiteral("a word"));
        QVERIFY(toast->isVisible());
        const QRect line(scrubber().mapTo(m_window.get(), QPoint()), scrubber().size());
        QVERIFY2(!toast->geometry().intersects(line), qPrintable(QString::number(static_cast<int>(page))));
    }
    toast->hide();
}

void TestTimeTravel::playGoesOnAtItsSpeed()
{
    showMoment(m_start + 100s);
    QTest::mouseClick(m_window->findChild<QPushButton*>(QStringLiteral("speed-600")), Qt::LeftButton);
    QTest::mouseClick(m_window->findChild<QPushButton*>(QStringLiteral("play")), Qt::LeftButton);
    QTRY_VERIFY(*m_window->timeTravel().moment() > m_start + 700s);
    QTRY_VERIFY(m_window->timeTravel().view() && m_window->timeTravel().view()->at > m_start + 700s);
    // The line follows while it plays, and a press holds it.
    QTest::mouseClick(m_window->findChild<QPushButton*>(QStringLiteral("play")), Qt::LeftButton);
    const auto held = m_window->timeTravel().moment();
    QSignalSpy pictures(m_session.get(), &Session::published);
    QTRY_VERIFY_WITH_TIMEOUT(pictures.count() >= 3, 10'000);
    QVERIFY(held && m_window->timeTravel().moment() == held);
    // What catches up with now is live.
    QTest::mouseClick(m_window->findChild<QPushButton*>(QStringLiteral("play")), Qt::LeftButton);
    m_window->timeTravel().goTo(wallClock() - 20s);
    QTRY_VERIFY(m_window->timeTravel().isLive());
    QTest::mouseClick(m_window->findChild<QPushButton*>(QStringLiteral("speed-1")), Qt::LeftButton);
    // Held while live, the window stays where it is.
    QTest::mouseClick(m_window->findChild<QPushButton*>(QStringLiteral("play")), Qt::LeftButton);
    QVERIFY(!m_window->timeTravel().isLive() && wallClock() - *m_window->timeTravel().moment() < 20s);
}

void TestTimeTravel::ingestGoesOn()
{
    showMoment(m_start + 300s);
    const auto before = m_session->snapshot()->asOf();
    QSignalSpy pictures(m_session.get(), &Session::published);
    QTRY_VERIFY_WITH_TIMEOUT(pictures.count() >= 3, 10'000);
    QVERIFY(m_session->snapshot()->asOf() > before);
    QCOMPARE(tree().model()->rowCount(), 1);
}

void TestTimeTravel::aFrozenChartHoldsWhileIngestGoesOn()
{
    auto& it = chart("fleetChart");
    QSignalSpy pictures(m_session.get(), &Session::published);
    QTRY_VERIFY_WITH_TIMEOUT(pictures.count() >= 2, 10'000);
    QTest::mouseClick(button("freeze"), Qt::LeftButton);
    QVERIFY(it.isFrozen());
    const auto held = m_window->chartLink().stretch(900, 0);
    auto* frozen = m_window->fleetPage().findChild<QLabel*>(QStringLiteral("frozen"));
    QVERIFY(frozen->isVisible() && frozen->text().startsWith(QStringLiteral("FROZEN ")));
    it.setFocus();
    QTest::keyClick(&it, Qt::Key_Left);
    const auto description = it.accessibleDescription();
    const auto before = m_session->snapshot()->asOf();
    QTRY_VERIFY_WITH_TIMEOUT(m_session->snapshot()->asOf() > before + 4s, 10'000);
    QCOMPARE(m_window->chartLink().stretch(900, 0), held);
    QCOMPARE(it.accessibleDescription(), description);
    picture(QStringLiteral("frozen"));
    QTest::keyClick(&it, Qt::Key_Space);
    QVERIFY(!it.isFrozen() && !frozen->isVisible());
    // The newest point is one that came meanwhile.
    QTest::keyClick(&it, Qt::Key_Escape);
    QTest::keyClick(&it, Qt::Key_Left);
    QVERIFY(*m_window->chartLink().crosshair() > held.end + 1);
    QTest::keyClick(&it, Qt::Key_Escape);
}

void TestTimeTravel::theStretchIsSharedByThePages()
{
    auto& it = chart("fleetChart");
    const double now = seconds(wallClock());
    const auto at = [&](double time) {
        const auto shown = m_window->chartLink().stretch(900, seconds(m_session->snapshot()->asOf()));
        return QPoint(qRound(it.area().left() + (time - shown.begin) / shown.length() * it.area().width()), 60);
    };
    QTest::mousePress(&it, Qt::LeftButton, {}, at(now - 600));
    QTest::mouseMove(&it, at(now - 300));
    QTest::mouseRelease(&it, Qt::LeftButton, {}, at(now - 300));
    const auto shown = m_window->chartLink().stretch(900, now);
    QVERIFY(std::abs(shown.begin - now + 600) < 5 && std::abs(shown.end - now + 300) < 5);
    for (const auto& [page, name] : { std::pair(MainWindow::Page::Load, "splitChart"), { MainWindow::Page::Failover, "carriedChart" } }) {
        m_window->openPage(page);
        QVERIFY2(chart(name).isFrozen(), name);
        picture(QStringLiteral("zoomed-") + QLatin1String(name));
    }
    QTest::keyClick(&chart("carriedChart"), Qt::Key_0);
    QVERIFY(!it.isFrozen() && m_window->chartLink().stretch(900, now).length() == 900);
}

void TestTimeTravel::theCrosshairIsSharedAndOnTheTimeLine()
{
    auto& it = chart("fleetChart");
    const auto before = scrubber().grab().toImage();
    m_window->chartLink().point(seconds(wallClock() - 10min));
    QVERIFY(scrubber().grab().toImage() != before);
    m_window->chartLink().point({});
    QCOMPARE(scrubber().grab().toImage(), before);
    it.setFocus();
    QTest::keyClick(&it, Qt::Key_Left);
    const auto time = m_window->chartLink().crosshair();
    QVERIFY(time);
    m_window->openPage(MainWindow::Page::Load);
    auto& other = chart("splitChart");
    other.setFocus();
    // From where the other chart's is.
    QTRY_VERIFY(!other.accessibleDescription().isEmpty());
    QTest::keyClick(&other, Qt::Key_Left);
    QVERIFY(m_window->chartLink().crosshair() <= time);
    QTest::keyClick(&other, Qt::Key_Escape);
    QVERIFY(!m_window->chartLink().crosshair());
}

void TestTimeTravel::aLongStretchComesFromTheHistory()
{
    auto& it = chart("fleetChart");
    QTest::mouseClick(button("length-7200"), Qt::LeftButton);
    it.setFocus();
    // Of the fleet that was there before this console began.
    const auto isThere = [&] {
        m_window->chartLink().point({});
        m_window->chartLink().point(seconds(m_start + 1200s));
        return it.accessibleDescription().contains(QStringLiteral("azure 3"));
    };
    QTRY_VERIFY2(isThere(), qPrintable(it.accessibleDescription()));
    picture(QStringLiteral("two-hours"));
    // A gap is one.
    m_window->chartLink().point(seconds(m_start + 2100s));
    QTest::keyClick(&it, Qt::Key_Left);
    QVERIFY(*m_window->chartLink().crosshair() < seconds(m_start + 1801s));
    QTest::mouseClick(button("length-900"), Qt::LeftButton);
    QVERIFY(!m_window->chartLink().length());
    QTest::keyClick(&it, Qt::Key_Escape);
}

void TestTimeTravel::whatIsLookedAtMoreCloselyIsFiner()
{
    auto& it = chart("fleetChart");
    auto* note = m_window->fleetPage().findChild<QLabel*>(QStringLiteral("fleetChartNote"));
    QTest::mouseClick(button("length-86400"), Qt::LeftButton);
    QTRY_VERIFY2(note->text().endsWith(QStringLiteral("least and greatest of each 10 s")), qPrintable(note->text()));
    m_window->chartLink().look({ seconds(m_start + 300s), seconds(m_start + 900s) }, 900, seconds(wallClock()));
    QTRY_VERIFY2(note->text().endsWith(QStringLiteral("UTC, 1 s")), qPrintable(note->text()));
    m_window->chartLink().point(seconds(m_start + 599s));
    it.setFocus();
    QTest::keyClick(&it, Qt::Key_Right);
    QTRY_VERIFY2(it.accessibleDescription().contains(QStringLiteral("azure 3")), qPrintable(it.accessibleDescription()));
    QTest::keyClick(&it, Qt::Key_Left);
    QVERIFY2(it.accessibleDescription().contains(QStringLiteral("azure 4")), qPrintable(it.accessibleDescription()));
    picture(QStringLiteral("zoomed-far"));
    QTest::keyClick(&it, Qt::Key_Escape);
    QTest::mouseDClick(&it, Qt::LeftButton, {}, it.area().center().toPoint());
    QVERIFY(!it.isFrozen());
}

void TestTimeTravel::capacityIsWhatItWasThen()
{
    m_window->openPage(MainWindow::Page::Capacity);
    auto* subtitle = m_window->findChild<QLabel*>(QStringLiteral("capacitySubtitle"));
    QTRY_VERIFY_WITH_TIMEOUT(subtitle->text().startsWith(QStringLiteral("3 fleets, ")), 20'000);
    m_window->timeTravel().goTo(m_start + 1200s);
    QTRY_COMPARE_WITH_TIMEOUT(subtitle->text(), QStringLiteral("1 fleet, 4 GPUs"), 20'000);
    const auto* chart = m_window->findChild<CapacityChart*>(QStringLiteral("capacityChart"));
    QVERIFY(chart->picture().now == seconds(m_start + 1200s));
    picture(QStringLiteral("past-capacity"));
    // A report tells of now.
    const auto* report = m_window->findChild<QPushButton*>(QStringLiteral("capacityReport"));
    QVERIFY(!report->isEnabled());
    m_window->timeTravel().returnToLive();
    QTRY_VERIFY_WITH_TIMEOUT(subtitle->text().startsWith(QStringLiteral("3 fleets, ")), 20'000);
    QVERIFY(report->isEnabled());
}

void TestTimeTravel::theBoardIsWhatWouldHaveBeenCarriedThen()
{
    m_window->openPage(MainWindow::Page::Failover);
    auto* board = m_window->findChild<QTableView*>(QStringLiteral("board"));
    auto* notLive = m_window->findChild<QWidget*>(QStringLiteral("evacuationNotLive"));
    auto* evacuation = m_window->findChild<QWidget*>(QStringLiteral("evacuation"));
    QTRY_VERIFY_WITH_TIMEOUT(board->model()->rowCount() > 2, 20'000);
    const auto now = board->model()->rowCount();
    QVERIFY(!notLive->isVisible() && evacuation->isVisible());
    showMoment(m_start + 300s);
    const auto text = [&](int row, int column) { return board->model()->index(row, column).data().toString(); };
    QCOMPARE(board->model()->rowCount(), 2);
    QCOMPARE(text(0, BoardModel::Lost), QStringLiteral("azure"));
    QCOMPARE(text(0, BoardModel::Carried), QStringLiteral("61 %"));
    QCOMPARE(text(1, BoardModel::Lost), QStringLiteral("eastus"));
    QCOMPARE(text(1, BoardModel::Carried), QStringLiteral("72 %"));
    QCOMPARE(text(0, BoardModel::ToPlace), QStringLiteral("–"));
    // Nothing is planned there, and nothing of now is mixed in.
    QVERIFY(notLive->isVisible() && !evacuation->isVisible());
    QVERIFY(!m_window->findChild<QLabel*>(QStringLiteral("pastNote"))->isVisible());
    picture(QStringLiteral("past-failover"));
    showMoment(m_start + 900s);
    QCOMPARE(text(0, BoardModel::Carried), QStringLiteral("48 %"));
    showMoment(m_start + 2000s);
    QCOMPARE(board->model()->rowCount(), 0);
    m_window->timeTravel().returnToLive();
    QCOMPARE(board->model()->rowCount(), now);
    QVERIFY(text(0, BoardModel::ToPlace) != QStringLiteral("–"));
    QVERIFY(!notLive->isVisible() && evacuation->isVisible());
}

void TestTimeTravel::whatALossWouldLeaveIsKept()
{
    const auto kept = [&] {
        auto file = HistoryFile::openToRead(m_history);
        const auto answer = file ? file->read({ .dimension = GroupPoint::Dimension::Region, .figures = { HistoryFigure::Carried }, .from = wallClock() - 60s, .to = wallClock(), .step = 1s }) : std::unexpected(file.error());
        return answer ? answer->series.size() : 0;
    };
    QTRY_VERIFY_WITH_TIMEOUT(kept() > 2, 60'000);
}

void TestTimeTravel::aPageWithoutAPastSaysThatItShowsNow()
{
    showMoment(m_start + 300s);
    auto* note = m_window->findChild<QLabel*>(QStringLiteral("pastNote"));
    QVERIFY(!note->isVisible());
    m_window->openPage(MainWindow::Page::Endpoints);
    QVERIFY(note->isVisible() && note->text().startsWith(QStringLiteral("This page shows now")));
    m_window->timeTravel().returnToLive();
    QVERIFY(!note->isVisible());
}

void TestTimeTravel::everyThemeAndSizeCanBeShown()
{
    for (const auto theme : { ThemeName::Dark, ThemeName::Light }) {
        if (currentTheme().name != theme)
            QTest::keyClick(m_window.get(), Qt::Key_T);
        for (const auto& size : { QSize(1280, 800), QSize(2560, 1440) }) {
            m_window->resize(size);
            const auto name = QStringLiteral("past-%1-%2").arg(theme == ThemeName::Dark ? QStringLiteral("dark") : QStringLiteral("light")).arg(size.width());
            m_window->timeTravel().returnToLive();
            m_window->openPage(MainWindow::Page::Fleet);
            QCoreApplication::processEvents();
            picture(name + QStringLiteral("-live"));
            dragTo(m_start + 1500s);
            QTRY_COMPARE(tree().model()->rowCount(), 1);
            tree().expandAll();
            QCoreApplication::processEvents();
            picture(name + QStringLiteral("-fleet"));
            for (const auto& [page, title] : { std::pair(MainWindow::Page::Load, "-load"), { MainWindow::Page::Capacity, "-capacity" }, { MainWindow::Page::Failover, "-failover" }, { MainWindow::Page::Endpoints, "-endpoints" } }) {
                m_window->openPage(page);
                for (int i = 0; i < 3; ++i)
                    QCoreApplication::processEvents();
                picture(name + QLatin1String(title));
            }
            m_window->timeTravel().returnToLive();
            m_window->chartLink().look({ seconds(wallClock() - 200s), seconds(wallClock() - 100s) }, 900, seconds(wallClock()));
            for (const auto& [page, title] : { std::pair(MainWindow::Page::Fleet, "-frozen-fleet"), { MainWindow::Page::Load, "-frozen-load" }, { MainWindow::Page::Failover, "-frozen-failover" } }) {
                m_window->openPage(page);
                for (int i = 0; i < 3; ++i)
                    QCoreApplication::processEvents();
                picture(name + QLatin1String(title));
                // All that is said beside a chart has its room.
                for (const auto* bar : m_window->findChildren<QLabel*>(QStringLiteral("frozen")))
                    QVERIFY2(!bar->isVisible() || bar->width() >= bar->sizeHint().width(), title);
                for (const auto* it : m_window->findChildren<QPushButton*>())
                    QVERIFY2(!it->isVisible() || it->parent() == &scrubber() || it->property("kind") != QStringLiteral("segment") || it->width() >= it->minimumSizeHint().width(), qPrintable(QLatin1String(title) + it->text() + QStringLiteral(" %1 of %2").arg(it->width()).arg(it->minimumSizeHint().width())));
            }
            QCOMPARE(m_window->size(), size);
        }
    }
    m_window->resize(1600, 1000);
}

QTEST_MAIN(TestTimeTravel)
#include "tst_timetravel.moc"
