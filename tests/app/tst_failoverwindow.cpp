// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QCheckBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

#include "attention.h"
#include "controls/theme.h"
#include "mainwindow.h"
#include "pages/failoverpage.h"
#include "session/demo.h"

using namespace penstock;

/// An evacuation of the demo from the board to its measured end, in the very window.
class TestFailoverWindow final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void anEvacuationIsRehearsed();
    void anEvacuationIsStartedPausedAndResumed();
    void itsKeysWorkWhereverTheFocusIs_data();
    void itsKeysWorkWhereverTheFocusIs();
    void aPausedOneCallsOnEveryPage();
    void whoApprovesReadsAllOfIt();
    void cleanupTestCase();

private:
    template<class Widget>
    [[nodiscard]] Widget* find(const char* name) const
    {
        return m_window->findChild<Widget*>(QString::fromLatin1(name));
    }
    [[nodiscard]] const PlanStatus* newest() const
    {
        const auto& all = m_session->shifts();
        return all.empty() ? nullptr : &all.front();
    }
    [[nodiscard]] bool isIn(ShiftPhase phase) const { return newest() && newest()->phase == phase; }
    /// Keeps what the window looks like now in $PENSTOCK_PICTURES, where that is set.
    void picture(const QString& name)
    {
        if (const auto folder = qEnvironmentVariable("PENSTOCK_PICTURES"); !folder.isEmpty())
            for (const auto size : { QSize(1440, 900), QSize(1280, 800), QSize(2560, 1440) }) {
                m_window->resize(size);
                QCoreApplication::processEvents();
                m_window->grab().save(QStringLiteral("%1/%2-%3.png").arg(folder, name).arg(size.width()));
            }
    }
    void start(const QString& why)
    {
        find<QLineEdit>("evacuateReason")->setText(why);
        find<QLineEdit>("evacuateTyped")->setText(QStringLiteral("aws"));
        QTRY_VERIFY(find<QPushButton>("evacuateGo")->isEnabled());
        find<QPushButton>("evacuateGo")->click();
    }
    QTemporaryDir m_folder;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<MainWindow> m_window;
};

void TestFailoverWindow::initTestCase()
{
    qputenv("XDG_CACHE_HOME", m_folder.path().toUtf8());
    QLocale::setDefault(QLocale(QLocale::English));
    applyTheme(*qApp, ThemeName::Dark);
    auto workspace = demoWorkspace();
    QVERIFY(workspace);
    SessionOptions options;
    options.journalFile = m_folder.filePath(QStringLiteral("journal.db")).toStdString();
    options.auditFile = m_folder.filePath(QStringLiteral("audit.db")).toStdString();
    m_session = std::make_unique<Session>(std::move(*workspace), options);
    m_window = std::make_unique<MainWindow>(*m_session, false);
    m_window->resize(1440, 900);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    m_session->start();
    QTRY_VERIFY_WITH_TIMEOUT(m_session->isComplete() && !m_session->board()->rows.empty(), 15000);
    m_window->openPage(MainWindow::Page::Failover);
    auto* board = find<QTableView>("board");
    QTRY_VERIFY(board->model()->rowCount() > 3);
    for (int row = 0; row < board->model()->rowCount(); ++row)
        if (board->model()->index(row, 0).data().toString() == QLatin1String("aws"))
            board->selectRow(row);
    picture(QStringLiteral("failover-plan"));
}

void TestFailoverWindow::anEvacuationIsRehearsed()
{
    // In one step, and started later in several: between two of them it stands long enough to be looked at.
    auto* now = find<QCheckBox>("evacuateNow");
    now->setChecked(true);
    QTRY_VERIFY(find<QPushButton>("evacuateRehearse")->isEnabled());
    find<QPushButton>("evacuateRehearse")->click();
    QTRY_VERIFY_WITH_TIMEOUT(newest() && newest()->rehearsal && isOver(newest()->phase), 60000);
    QTRY_VERIFY2(find<QLabel>("evacuationScore")->text().contains(QLatin1String("passed")), qPrintable(find<QLabel>("evacuationScore")->text()));
    picture(QStringLiteral("failover-rehearsed"));
    now->setChecked(false);
}

void TestFailoverWindow::anEvacuationIsStartedPausedAndResumed()
{
    start(QStringLiteral("test"));
    QTRY_VERIFY_WITH_TIMEOUT(newest() && !newest()->rehearsal && !isOver(newest()->phase), 10000);
    QCOMPARE(newest()->plan.reason, std::string("test"));
    find<QTableView>("board")->setFocus();
    QTest::keyClick(m_window->focusWidget(), Qt::Key_P);
    QTRY_VERIFY_WITH_TIMEOUT(isIn(ShiftPhase::Paused), 20000);
    picture(QStringLiteral("failover-paused"));
}

void TestFailoverWindow::itsKeysWorkWhereverTheFocusIs_data()
{
    QTest::addColumn<QString>("focus"); ///< who has it; empty: whoever does after the palette was closed
    QTest::newRow("the header") << QStringLiteral("themeSwitch");
    QTest::newRow("the window, after the palette") << QString();
}

void TestFailoverWindow::itsKeysWorkWhereverTheFocusIs()
{
    QVERIFY2(isIn(ShiftPhase::Paused), "the evacuation that was paused before is not");
    QFETCH(QString, focus);
    if (focus.isEmpty()) {
        QTest::keyClick(m_window.get(), Qt::Key_K, Qt::ControlModifier);
        QTest::keyClick(m_window->focusWidget(), Qt::Key_Escape);
    } else {
        auto* button = m_window->findChild<QPushButton*>(focus);
        QVERIFY(button);
        button->setFocus();
    }
    QVERIFY(!m_window->findChild<FailoverPage*>()->isAncestorOf(m_window->focusWidget()));
    QTest::keyClick(m_window->focusWidget(), Qt::Key_P);
    QTRY_VERIFY_WITH_TIMEOUT(!isIn(ShiftPhase::Paused), 20000);
    QTRY_VERIFY(find<QPushButton>("pauseEvacuation")->isVisible());
    QTest::keyClick(m_window->focusWidget(), Qt::Key_P);
    QTRY_VERIFY_WITH_TIMEOUT(isIn(ShiftPhase::Paused), 20000);
}

void TestFailoverWindow::aPausedOneCallsOnEveryPage()
{
    QVERIFY2(isIn(ShiftPhase::Paused), "the evacuation that was paused before is not");
    m_window->openPage(MainWindow::Page::Fleet);
    auto* bar = find<AttentionBar>("attention");
    QTRY_VERIFY(bar->isVisible());
    QVERIFY2(find<QLabel>("attentionText")->text().contains(QLatin1String("was paused at step")), qPrintable(find<QLabel>("attentionText")->text()));
    picture(QStringLiteral("fleet-attention"));
    // From here to where it is seen, and on.
    for (auto* button : bar->findChildren<QPushButton*>())
        if (button->text() == QLatin1String("Resume  P"))
            button->click();
    // What runs as it should is told calmly where the page does not show it, with the same keys.
    QTRY_VERIFY_WITH_TIMEOUT(find<QLabel>("attentionText")->text().contains(QLatin1String("runs: step")), 20000);
    QCOMPARE(bar->property("frame").toString(), QStringLiteral("plain"));
    QVERIFY(!qobject_cast<QLineEdit*>(m_window->focusWidget()));
    QTest::keyClick(m_window->focusWidget(), Qt::Key_P);
    QTRY_VERIFY_WITH_TIMEOUT(isIn(ShiftPhase::Paused), 20000);
    m_window->openPage(MainWindow::Page::Failover);
    auto* board = find<QTableView>("board");
    const int mine = board->currentIndex().row();
    board->selectRow(mine == 0 ? 1 : 0);
    QVERIFY(!find<QPushButton>("pauseEvacuation")->isVisible() && !find<QPushButton>("resumeEvacuation")->isVisible());
    QTest::keyClick(board, Qt::Key_P);
    QTRY_VERIFY_WITH_TIMEOUT(!isIn(ShiftPhase::Paused), 20000);
    QTRY_VERIFY(bar->isVisible());
    // A field takes letters until Esc leaves it.
    auto* reason = find<QLineEdit>("evacuateReason");
    reason->setFocus();
    QTest::keyClick(reason, Qt::Key_P);
    QCOMPARE(reason->text().right(1), QStringLiteral("p"));
    QVERIFY(!isIn(ShiftPhase::Paused));
    QTest::keyClick(reason, Qt::Key_Escape);
    QVERIFY(!reason->hasFocus());
    board->selectRow(mine);
    QVERIFY(find<QPushButton>("pauseEvacuation")->isVisible());
    QTRY_VERIFY(!bar->isVisible());
    QTRY_VERIFY_WITH_TIMEOUT(newest()->stepsDone > 0 || isOver(newest()->phase), 30000);
    picture(QStringLiteral("failover-running"));
    QTest::keyClick(find<QTableView>("board"), Qt::Key_B);
    QTRY_VERIFY_WITH_TIMEOUT(isOver(newest()->phase), 60000);
    picture(QStringLiteral("failover-ended"));
    const auto verdict = m_session->audit()->verify();
    QVERIFY(verdict && !verdict->broken);
}

/// Without a scroll bar, in the smallest window that we draw for.
void TestFailoverWindow::whoApprovesReadsAllOfIt()
{
    PlanRequest request;
    request.kind = Plan::Kind::Evacuation;
    request.scope.provider = "aws";
    request.reason = "aws loses nodes";
    // What ran before has moved its routes: a plan on what was read before that is no plan any more.
    const auto ended = newest() && newest()->endedAt ? *newest()->endedAt : Time();
    QTRY_VERIFY_WITH_TIMEOUT(std::ranges::all_of(m_session->routes(), [&](const RouteView& it) { return it.reading && it.reading->readAt > ended; }), 15000);
    QVERIFY(m_session->propose(request));
    m_window->resize(1280, 800);
    auto* plans = find<QWidget>("waitingPlans");
    QTRY_VERIFY(plans->isVisible() && !plans->findChildren<QLabel*>().isEmpty());
    auto* area = qobject_cast<QScrollArea*>(plans->parentWidget()->parentWidget());
    QVERIFY(area);
    QTRY_COMPARE(area->verticalScrollBar()->maximum(), 0);
    QVERIFY(find<QTableView>("board")->height() > 250);
    picture(QStringLiteral("failover-waiting"));
}

void TestFailoverWindow::cleanupTestCase()
{
    m_window.reset();
    m_session.reset();
}

QTEST_MAIN(TestFailoverWindow)
#include "tst_failoverwindow.moc"
