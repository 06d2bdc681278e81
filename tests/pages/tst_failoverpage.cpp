// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QCheckBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QTranslator>

#include "controls/theme.h"
#include "pages/failoverpage.h"

using namespace penstock;
using namespace std::chrono_literals;

/// An operator at 3 am before the Failover page.
class TestFailoverPage final : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void cleanup() { m_page.reset(); }
    void theTypedNameArmsTheButton();
    void whatIsBlockedStaysUnarmed();
    void whatStartsIsWhatWasShown();
    void whatThePolicyAllowsCanBeOverridden();
    void aSecondPersonIsAsked();
    void aRunningEvacuationHasItsKeys_data();
    void aRunningEvacuationHasItsKeys();
    void oneThatWasLeftBehindIsOffered();
    void whatRunsIsNotBlockedByItself();
    void itsPictureIsOfWhatRuns();
    void theMeasuredResultStays();
    void whatARouterHasForgottenIsNotDone();
    void whatWasShedIsForAPersonToEnd();
    void aRehearsalIsScored();
    void aDrillOfTheDayBeforeIsTold();
    void aPlanOfSomebodyElseCanBeApproved();
    void aReadOnlyConsoleTouchesNothing();
    void everyTextIsFoundByItsTranslators();

private:
    template<class Widget>
    [[nodiscard]] Widget* find(const char* name) const
    {
        return m_page->findChild<Widget*>(QString::fromLatin1(name));
    }
    [[nodiscard]] static EvacuationFigures figures(const QStringList& blocking = {})
    {
        EvacuationFigures made;
        made.plan.kind = Plan::Kind::Evacuation;
        made.plan.scope = m_scope;
        made.plan.moves = { { .route = "chat", .version = "1", .from = { 70, 30 }, .steps = { { 35, 65 }, { 0, 100 } } } };
        made.routes = routes();
        made.evacuation.emplace();
        made.evacuation->scope = m_scope;
        made.evacuation->flows = { { .route = 0, .priority = Priority::Interactive, .gpus = 5600, .to = { { .backend = 1, .gpus = 5600, .placeable = 6000 } } } };
        made.expected = 60s;
        made.wayBack = "2 steps, the same way";
        made.judgement.hash = "abcdef";
        for (const auto& rule : interlockRules()) {
            const bool blocks = blocking.contains(QString::fromStdString(rule));
            made.judgement.interlocks.push_back({ .rule = rule, .title = rule, .verdict = blocks ? Interlock::Verdict::Block : Interlock::Verdict::Pass, .evidence = "evidence of " + rule });
        }
        made.overridable = { "min_providers" };
        return made;
    }
    [[nodiscard]] static std::vector<Route> routes()
    {
        Route chat;
        chat.name = "chat";
        chat.backends = { { "azure", { .provider = "azure", .region = {}, .cluster = {}, .node = {} } }, { "gcp", { .provider = "gcp", .region = {}, .cluster = {}, .node = {} } } };
        return { chat };
    }
    [[nodiscard]] static PlanStatus status(ShiftPhase phase)
    {
        PlanStatus made;
        made.id = "S-7";
        made.plan = figures().plan;
        made.phase = phase;
        made.step = 1;
        made.startedAt = wallClock();
        made.routes = { { .route = "chat", .version = "2", .desired = { 35, 65 }, .accepted = { 35, 65 }, .observed = { 36.0, 64.0 }, .note = {}, .error = {} } };
        if (isOver(phase))
            made.endedAt = wallClock();
        return made;
    }
    void type(const char* name, const QString& text) const
    {
        auto* field = find<QLineEdit>(name);
        field->setFocus();
        field->clear();
        QTest::keyClicks(field, text);
    }
    static inline const Scope m_scope { .provider = "azure", .region = "eastus", .cluster = {}, .node = {} };
    std::unique_ptr<FailoverPage> m_page;
};

void TestFailoverPage::init()
{
    applyTheme(*qApp, ThemeName::Dark);
    m_page = std::make_unique<FailoverPage>();
    m_page->resize(1280, 800);
    m_page->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
    BoardRow provider, region;
    provider.provider = region.provider = "azure";
    region.region = "eastus";
    m_page->showBoard({ provider, region }, wallClock(), 3, 30s);
    m_page->pick(m_scope);
}

void TestFailoverPage::theTypedNameArmsTheButton()
{
    m_page->showEvacuation(m_scope, figures());
    auto* go = find<QPushButton>("evacuateGo");
    type("evacuateReason", QStringLiteral("losing nodes"));
    type("evacuateTyped", QStringLiteral("azure"));
    QVERIFY(!go->isEnabled());
    type("evacuateTyped", QStringLiteral("azure/eastus"));
    QVERIFY(go->isEnabled());
    type("evacuateReason", QStringLiteral(" "));
    QVERIFY(!go->isEnabled());
}

void TestFailoverPage::whatIsBlockedStaysUnarmed()
{
    m_page->showEvacuation(m_scope, figures({ QStringLiteral("capacity") }));
    type("evacuateReason", QStringLiteral("losing nodes"));
    type("evacuateTyped", QStringLiteral("azure/eastus"));
    auto* go = find<QPushButton>("evacuateGo");
    QVERIFY(!go->isEnabled());
    QVERIFY(go->text().contains(QLatin1String("blocked")));
    QVERIFY(find<QWidget>("evacuation")->accessibleDescription().contains(QLatin1String("evidence of capacity")));
}

void TestFailoverPage::whatStartsIsWhatWasShown()
{
    QSignalSpy asked(m_page.get(), &FailoverPage::evacuationWanted), start(m_page.get(), &FailoverPage::startWanted);
    m_page->showEvacuation(m_scope, figures());
    type("evacuateReason", QStringLiteral("x"));
    // The reason is part of the plan: it is asked for anew.
    QCOMPARE(asked.last().front().value<EvacuationRequest>().reason, QStringLiteral("x"));
    find<QCheckBox>("evacuateNow")->click();
    QVERIFY(asked.last().front().value<EvacuationRequest>().now);
    type("evacuateTyped", QStringLiteral("azure/eastus"));
    find<QPushButton>("evacuateGo")->click();
    QCOMPARE(start.count(), 1);
    QCOMPARE(start.front().at(1).toString(), QStringLiteral("abcdef"));
    const auto request = start.front().front().value<EvacuationRequest>();
    QVERIFY(request.scope == m_scope && request.now);
    // Once is enough.
    QVERIFY(!find<QPushButton>("evacuateGo")->isEnabled());
}

void TestFailoverPage::whatThePolicyAllowsCanBeOverridden()
{
    QSignalSpy asked(m_page.get(), &FailoverPage::evacuationWanted);
    m_page->showEvacuation(m_scope, figures());
    auto* override = find<QCheckBox>("evacuateOverride");
    QVERIFY(!override->isVisible());
    m_page->showEvacuation(m_scope, figures({ QStringLiteral("residency") }));
    QVERIFY(!override->isVisible()); // never that
    m_page->showEvacuation(m_scope, figures({ QStringLiteral("min_providers") }));
    QVERIFY(override->isVisible());
    override->click();
    const auto request = asked.last().front().value<EvacuationRequest>();
    QCOMPARE(request.overridden, QStringList { QStringLiteral("min_providers") });
    QCOMPARE(request.overrideLasts, std::chrono::minutes(30));
}

void TestFailoverPage::aSecondPersonIsAsked()
{
    QSignalSpy wanted(m_page.get(), &FailoverPage::approvalWanted);
    m_page->showEvacuation(m_scope, figures({ QStringLiteral("second_person") }));
    auto* ask = find<QPushButton>("askApproval");
    QVERIFY(ask->isVisible() && !ask->isEnabled());
    type("evacuateReason", QStringLiteral("losing nodes"));
    ask->click();
    QCOMPARE(wanted.front().front().value<EvacuationRequest>().reason, QStringLiteral("losing nodes"));
}

void TestFailoverPage::aRunningEvacuationHasItsKeys_data()
{
    QTest::addColumn<int>("phase");
    QTest::addColumn<int>("key");
    QTest::addColumn<QByteArray>("order");
    QTest::newRow("pause") << static_cast<int>(ShiftPhase::Baking) << static_cast<int>(Qt::Key_P) << QByteArray(SIGNAL(pauseWanted(QString)));
    QTest::newRow("resume") << static_cast<int>(ShiftPhase::Paused) << static_cast<int>(Qt::Key_P) << QByteArray(SIGNAL(resumeWanted(QString)));
    QTest::newRow("go back") << static_cast<int>(ShiftPhase::Confirming) << static_cast<int>(Qt::Key_B) << QByteArray(SIGNAL(returnWanted(QString)));
    QTest::newRow("stop") << static_cast<int>(ShiftPhase::Paused) << static_cast<int>(Qt::Key_S) << QByteArray(SIGNAL(stopWanted(QString)));
}

void TestFailoverPage::aRunningEvacuationHasItsKeys()
{
    QFETCH(int, phase);
    QFETCH(int, key);
    QFETCH(QByteArray, order);
    m_page->showEvacuation(m_scope, figures());
    m_page->showShifts({ status(static_cast<ShiftPhase>(phase)) }, routes());
    // There is one evacuation of a place at a time.
    QVERIFY(!find<QPushButton>("evacuateGo")->isVisible());
    QSignalSpy ordered(m_page.get(), order.constData());
    QTest::keyClick(find<QTableView>("board"), static_cast<Qt::Key>(key));
    QCOMPARE(ordered.count(), 1);
    QCOMPARE(ordered.front().front().toString(), QStringLiteral("S-7"));
}

void TestFailoverPage::oneThatWasLeftBehindIsOffered()
{
    auto left = status(ShiftPhase::Confirming);
    left.abandoned = true;
    m_page->showShifts({ left }, routes());
    QVERIFY(find<QPushButton>("resumeEvacuation")->isVisible());
    QVERIFY(find<QPushButton>("returnEvacuation")->isVisible());
    QVERIFY(!find<QPushButton>("pauseEvacuation")->isVisible());
    QVERIFY(find<QWidget>("shiftProgress")->accessibleDescription().contains(QLatin1String("nobody runs it")));
}

/// Whatever a plan of the same evacuation would be judged.
void TestFailoverPage::whatRunsIsNotBlockedByItself()
{
    auto running = status(ShiftPhase::Baking);
    running.interlocks = figures().judgement.interlocks;
    m_page->showShifts({ running }, routes());
    m_page->showEvacuation(m_scope, figures({ QStringLiteral("lease") }));
    QString said;
    for (const auto* widget : m_page->findChildren<QWidget*>())
        said += widget->accessibleDescription();
    QVERIFY2(said.contains(QLatin1String("lease, passes")) && !said.contains(QLatin1String("lease, blocks")), qPrintable(said));
}

/// Between the click and the first word of what runs it is planned anew, and once its weights move that is less.
void TestFailoverPage::itsPictureIsOfWhatRuns()
{
    const auto picture = [this] { return find<QWidget>("evacuation")->grab().toImage(); };
    auto rest = figures();
    rest.judgement.hash = "fedcba";
    rest.evacuation->flows.front().gpus = rest.evacuation->flows.front().to.front().gpus = 2800;
    auto running = status(ShiftPhase::Baking);
    running.hash = "abcdef";
    auto* left = find<QLabel>("evacuationTag");

    // A console that was opened on it has not read the routers at first.
    auto first = rest;
    first.unanswered = { "chat" };
    first.evacuation->flows.clear();
    m_page->showEvacuation(m_scope, first);
    m_page->showShifts({ running }, routes());
    QCOMPARE(left->text(), QStringLiteral("what its fleets still hold"));
    const auto ofNothing = picture();
    m_page->showEvacuation(m_scope, rest);
    const auto ofTheRest = picture();
    QVERIFY(ofTheRest != ofNothing);

    m_page->pick({ .provider = "azure", .region = {}, .cluster = {}, .node = {} });
    m_page->pick(m_scope);
    m_page->showShifts({}, routes());
    m_page->showEvacuation(m_scope, figures());
    type("evacuateReason", QStringLiteral("losing nodes"));
    type("evacuateTyped", QStringLiteral("azure/eastus"));
    find<QPushButton>("evacuateGo")->click();
    m_page->showEvacuation(m_scope, rest);
    m_page->showShifts({ running }, routes());
    QVERIFY(!left->isVisible());
    QVERIFY(picture() != ofTheRest);
}

void TestFailoverPage::theMeasuredResultStays()
{
    auto done = status(ShiftPhase::Done);
    done.recovery = 1234ms;
    done.quietAfter = 1500ms;
    m_page->showEvacuation(m_scope, figures());
    m_page->showShifts({ done }, routes());
    const auto said = find<QWidget>("shiftProgress")->accessibleDescription();
    QVERIFY2(said.contains(QLatin1String("Recovered in 1.2 s")) && said.contains(QLatin1String("No new request at azure/eastus after 1.5 s")), qPrintable(said));
    QVERIFY(find<QLabel>("lastDrill")->text().contains(QLatin1String("Last failover")));
    QVERIFY(find<QPushButton>("evacuateGo")->isVisible());
    // Accepted everywhere, and not followed yet: that is no recovery.
    auto paused = status(ShiftPhase::Paused);
    paused.recovery = 35ms;
    m_page->showShifts({ paused }, routes());
    QVERIFY(!find<QWidget>("shiftProgress")->accessibleDescription().contains(QLatin1String("Recovered in")));
}

/// Also where somebody has closed it while it was.
void TestFailoverPage::whatARouterHasForgottenIsNotDone()
{
    auto done = status(ShiftPhase::Done);
    done.recovery = 1234ms;
    m_page->showEvacuation(m_scope, figures());
    m_page->showShifts({ done }, routes());
    find<QPushButton>("closeEvacuation")->click();
    QVERIFY(!find<QWidget>("shiftProgress")->isVisible());
    const UndoneRoute undone { .route = "chat", .shift = done.id, .left = m_scope, .set = { 0, 100 }, .has = { 70, 30 }, .why = "reloaded at 08:39:02 UTC" };
    m_page->showShifts({ done }, routes(), { undone });
    QVERIFY(find<QWidget>("shiftProgress")->isVisible());
    const auto said = find<QWidget>("shiftProgress")->accessibleDescription();
    QVERIFY2(said.contains(QLatin1String("S-7: done, undone since")) && said.contains(QLatin1String("azure/eastus takes requests again")), qPrintable(said));
    QVERIFY(find<QLabel>("lastDrill")->text().contains(QLatin1String("undone since")));
}

void TestFailoverPage::whatWasShedIsForAPersonToEnd()
{
    auto done = status(ShiftPhase::Done);
    done.plan.shed = { { .workload = "pretrain", .provider = "gcp", .region = "us-east4", .cluster = "gke-1", .model = "H100 80GB SXM", .gpus = 640, .replicas = 80 } };
    const auto said = [&](const PlanStatus& it) {
        m_page->showShifts({ it }, routes());
        return find<QWidget>("shiftProgress")->accessibleDescription();
    };
    QVERIFY2(said(done).contains(QLatin1String("End these jobs, what moved needs their room: 640 GPUs of pretrain at gcp/us-east4/gke-1, 80 replicas.")), qPrintable(said(done)));
    done.phase = ShiftPhase::Returned;
    QVERIFY2(!said(done).contains(QLatin1String("pretrain")), qPrintable(said(done)));
}

void TestFailoverPage::aRehearsalIsScored()
{
    QSignalSpy wanted(m_page.get(), &FailoverPage::rehearseWanted);
    m_page->showEvacuation(m_scope, figures());
    find<QPushButton>("evacuateRehearse")->click();
    QCOMPARE(wanted.count(), 1);
    auto done = status(ShiftPhase::Done);
    done.id = "R-1";
    done.rehearsal = true;
    done.step = done.stepsDone = 2;
    m_page->showShifts({ done }, routes());
    QVERIFY2(find<QLabel>("evacuationScore")->text().contains(QLatin1String("The rehearsal passed")), qPrintable(find<QLabel>("evacuationScore")->text()));
    const auto drill = find<QLabel>("lastDrill")->text();
    QVERIFY2(drill.contains(QLatin1String("Last drill")) && drill.contains(QLatin1String("of 100 in ")), qPrintable(drill));
}

void TestFailoverPage::aDrillOfTheDayBeforeIsTold()
{
    m_page->showDrill(Drill { m_scope, Time(std::chrono::hours(24)), { .passed = true, .points = 90, .took = std::chrono::seconds(34), .expected = {}, .findings = {} } });
    m_page->showShifts({}, routes());
    const auto drill = find<QLabel>("lastDrill")->text();
    QVERIFY2(drill.contains(QLatin1String("Last drill")) && drill.contains(QLatin1String("90 of 100 in 34")), qPrintable(drill));
}

void TestFailoverPage::aPlanOfSomebodyElseCanBeApproved()
{
    QSignalSpy approve(m_page.get(), &FailoverPage::approveWanted);
    m_page->showWaiting({ { QStringLiteral("0123456789abcdef"), QStringLiteral("evacuate provider=azure"), QStringLiteral("alice"), QStringLiteral("fire"), false, false, { QStringLiteral("chat: azure 60 to 0 %"), QStringLiteral("Needs 96 GPUs.") }, QStringLiteral("gcp is down") },
        { QStringLiteral("fedcba9876543210"), QStringLiteral("shift chat"), QStringLiteral("me"), QStringLiteral("cost"), true, false } });
    auto* button = find<QPushButton>("approve-0123456789ab");
    QVERIFY(button && button->isVisible());
    QVERIFY(!find<QPushButton>("approve-fedcba987654")); // nobody approves their own
    QVERIFY(find<QLabel>("waiting-0123456789ab")->text().contains(QLatin1String("chat: azure 60 to 0 %<br>Needs 96 GPUs.<br>It is blocked now: gcp is down")));
    // What blocks it changes every second; it stays there to be pressed, as tall as it is.
    for (const auto* blocked : { "gcp is down for 1 s", "gcp is down for 2 s" }) {
        m_page->showWaiting({ { QStringLiteral("0123456789abcdef"), QStringLiteral("evacuate provider=azure"), QStringLiteral("alice"), QStringLiteral("fire"), false, false, { QStringLiteral("chat: azure 60 to 0 %"), QStringLiteral("Needs 96 GPUs.") }, QString::fromLatin1(blocked) } });
        QCoreApplication::processEvents();
        button = find<QPushButton>("approve-0123456789ab");
        QTRY_COMPARE_WITH_TIMEOUT(button->visibleRegion().boundingRect(), button->rect(), 2000);
    }
    button->click();
    QCOMPARE(approve.front().front().toString(), QStringLiteral("0123456789abcdef"));
}

void TestFailoverPage::aReadOnlyConsoleTouchesNothing()
{
    m_page->setReadOnly(true);
    m_page->showEvacuation(m_scope, figures());
    type("evacuateReason", QStringLiteral("x"));
    type("evacuateTyped", QStringLiteral("azure/eastus"));
    QVERIFY(!find<QPushButton>("evacuateGo")->isEnabled());
    QVERIFY(find<QPushButton>("evacuateRehearse")->isEnabled()); // writes nothing
    QSignalSpy pause(m_page.get(), &FailoverPage::pauseWanted);
    m_page->showShifts({ status(ShiftPhase::Baking) }, routes());
    QTest::keyClick(find<QTableView>("board"), Qt::Key_P);
    QCOMPARE(pause.count(), 0);
    QVERIFY(!find<QPushButton>("pauseEvacuation")->isEnabled());
}

void TestFailoverPage::everyTextIsFoundByItsTranslators()
{
    struct Listener final : QTranslator
    {
        QString translate(const char* context, const char*, const char*, int) const override
        {
            contexts << QString::fromLatin1(context);
            return {};
        }
        [[nodiscard]] bool isEmpty() const override { return false; }
        mutable QSet<QString> contexts;
    } listener;
    QCoreApplication::installTranslator(&listener);
    m_page->showEvacuation(m_scope, figures());
    m_page->showShifts({ status(ShiftPhase::Baking) }, routes());
    (void)m_page->grab();
    QCoreApplication::removeTranslator(&listener);
    QVERIFY(listener.contexts.contains(QStringLiteral("penstock::EvacuationPanel")));
    QVERIFY(!listener.contexts.contains(QStringLiteral("QWidget")));
}

QTEST_MAIN(TestFailoverPage)
#include "tst_failoverpage.moc"
