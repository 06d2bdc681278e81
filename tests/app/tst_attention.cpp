// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

#include "attention.h"

using namespace penstock;

/// Who is called, and for what.
class TestAttention final : public QObject
{
    Q_OBJECT

private slots:
    void whoIsCalled_data();
    void whoIsCalled();
    void oneCallATime();
    void whatAnInterlockHoldsUpNamesIt();
    void anOverrideShowsUntilItEnds();
    void whatARouterHasForgottenIsSaid();
    void aReadOnlyConsoleOnlyShows();

private:
    [[nodiscard]] static PlanStatus status(ShiftPhase phase, const char* note = "")
    {
        PlanStatus made;
        made.id = "S-7";
        made.plan.moves = { { .route = "chat", .version = {}, .from = { 70, 30 }, .steps = { { 60, 40 } } } };
        made.phase = phase;
        made.step = 1;
        made.note = note;
        if (isOver(phase))
            made.endedAt = wallClock();
        return made;
    }
};

void TestAttention::whoIsCalled_data()
{
    QTest::addColumn<int>("phase");
    QTest::addColumn<QString>("note");
    QTest::addColumn<bool>("abandoned");
    QTest::addColumn<bool>("rehearsal");
    QTest::addColumn<int>("calls");
    QTest::addColumn<bool>("shows");
    const auto row = [](const char* name, ShiftPhase phase, const char* note, bool abandoned, bool rehearsal, int calls, bool shows) {
        QTest::newRow(name) << static_cast<int>(phase) << QString::fromLatin1(note) << abandoned << rehearsal << calls << shows;
    };
    row("stuck", ShiftPhase::Paused, "stuck: chat: the observed split does not follow yet", false, false, 1, true);
    row("a guard broke", ShiftPhase::Paused, "a guard is broken: error rate 3 %", false, false, 1, true);
    row("left behind", ShiftPhase::Confirming, "", true, false, 1, true);
    row("failed", ShiftPhase::Failed, "", false, false, 1, false);
    row("paused by hand", ShiftPhase::Paused, "paused; nothing is written until it is resumed", false, false, 0, true);
    row("runs", ShiftPhase::Baking, "", false, false, 0, true);
    row("a rehearsal", ShiftPhase::Paused, "stuck", false, true, 0, false);
    row("done", ShiftPhase::Done, "", false, false, 0, false);
}

void TestAttention::whoIsCalled()
{
    QFETCH(int, phase);
    QFETCH(QString, note);
    QFETCH(bool, abandoned);
    QFETCH(bool, rehearsal);
    AttentionBar bar;
    QSignalSpy calls(&bar, &AttentionBar::called);
    bar.show({}, false);
    auto it = status(static_cast<ShiftPhase>(phase), note.toUtf8().constData());
    it.abandoned = abandoned;
    it.rehearsal = rehearsal;
    bar.show({ it }, false);
    QTEST(static_cast<int>(calls.count()), "calls");
    QTEST(bar.isVisible(), "shows");
}

void TestAttention::oneCallATime()
{
    AttentionBar bar;
    QSignalSpy calls(&bar, &AttentionBar::called);
    for (int i = 0; i < 3; ++i)
        bar.show({ status(ShiftPhase::Paused, "stuck") }, false);
    QCOMPARE(calls.count(), 1);
    bar.show({ status(ShiftPhase::Baking) }, false);
    bar.show({ status(ShiftPhase::Paused, "stuck") }, false);
    QCOMPARE(calls.count(), 2);
    QSignalSpy resume(&bar, &AttentionBar::resumeWanted);
    for (auto* button : bar.findChildren<QPushButton*>())
        if (button->text() == QLatin1String("Resume  P"))
            button->click();
    QCOMPARE(resume.front().front().toString(), QStringLiteral("S-7"));
}

/// Also when the program that ran it has ended since: that is no crash.
void TestAttention::whatAnInterlockHoldsUpNamesIt()
{
    AttentionBar bar;
    auto it = status(ShiftPhase::Paused, "paused by: freeze; step 1 is accepted");
    it.error = Error { Error::Kind::Refused, "refused by interlocks", {}, {} };
    it.interlocks = { { .rule = "freeze",
        .title = "Freeze windows",
        .verdict = Interlock::Verdict::Block,
        .evidence = "launch, until 2026-11-30 08:00 UTC: chat" } };
    it.abandoned = it.stood = true;
    bar.show({ it }, false);
    const auto said = bar.findChild<QLabel*>(QStringLiteral("attentionText"))->text();
    QVERIFY2(
        said.contains(QLatin1String("paused by: Freeze windows (launch, until 2026-11-30 08:00 UTC: chat). Resume it"))
            && !said.contains(QLatin1String("left behind")),
        qPrintable(said));
}

void TestAttention::anOverrideShowsUntilItEnds()
{
    AttentionBar bar;
    auto it = status(ShiftPhase::Baking);
    it.asked = Override { .person = "alice", .reason = "fire", .rules = { "min_providers" }, .until = wallClock() + std::chrono::hours(1) };
    it.interlocks = { { .rule = "min_providers", .title = "Minimum providers", .verdict = Interlock::Verdict::Block, .evidence = "one", .overridden = it.asked } };
    bar.show({ it }, false);
    QVERIFY(bar.isVisible());
    QVERIFY(bar.findChild<QLabel*>(QStringLiteral("attentionText"))->text().contains(QLatin1String("Minimum providers overridden by alice until ")));
    // Whatever else is to be said of it, or of another one.
    const auto said = [&] { return bar.findChild<QLabel*>(QStringLiteral("attentionText"))->text(); };
    it.phase = ShiftPhase::Paused;
    it.note = "stuck";
    bar.show({ it }, false);
    QVERIFY2(said().contains(QLatin1String("stuck")) && said().contains(QLatin1String("Minimum providers overridden by alice until ")), qPrintable(said()));
    it.abandoned = true;
    bar.show({ it }, false);
    QVERIFY2(said().contains(QLatin1String("left behind")) && said().contains(QLatin1String("Minimum providers overridden")), qPrintable(said()));
    it.abandoned = false;
    it.phase = ShiftPhase::Baking;
    auto other = status(ShiftPhase::Paused, "another is stuck");
    other.id = "S-8";
    bar.show({ it, other }, false);
    QVERIFY2(said().contains(QLatin1String("another is stuck")) && said().contains(QLatin1String("Minimum providers overridden")), qPrintable(said()));
    // The load stands where it brought it, so it is still in force.
    it.phase = ShiftPhase::Done;
    bar.show({ it }, false);
    QVERIFY(bar.isVisible());
    for (auto* button : bar.findChildren<QPushButton*>())
        QCOMPARE(button->isVisibleTo(&bar), button->text() == QLatin1String("Show"));
    // One that runs beside it has the keys all the same.
    auto running = status(ShiftPhase::Baking);
    running.id = "S-9";
    bar.show({ running, it }, false);
    QVERIFY2(said().contains(QLatin1String("S-9")) && said().contains(QLatin1String("Minimum providers overridden")), qPrintable(said()));
    QSignalSpy stopped(&bar, &AttentionBar::stopWanted);
    for (auto* button : bar.findChildren<QPushButton*>())
        if (button->text() == QLatin1String("Stop here  S"))
            button->click();
    QCOMPARE(stopped.size(), 1);
    QCOMPARE(stopped[0][0].toString(), QStringLiteral("S-9"));
    it.asked->until = wallClock();
    bar.show({ it }, false);
    QVERIFY(!bar.isVisible());
}

/// A reload has undone an evacuation that had ended well.
void TestAttention::whatARouterHasForgottenIsSaid()
{
    auto done = status(ShiftPhase::Done);
    done.plan.kind = Plan::Kind::Evacuation;
    done.plan.scope.provider = "azure";
    done.plan.moves = { { .route = "chat", .version = {}, .from = { 70, 30 }, .steps = { { 0, 100 } } } };
    done.routes = { { .route = "chat", .state = RouteProgress::State::Confirmed, .version = {}, .desired = { 0, 100 }, .accepted = { 0, 100 }, .observed = {}, .note = {}, .error = {} } };
    RouteReading reading;
    reading.backends = { { .name = "azure", .accepted = 70, .observed = {}, .note = {} }, { .name = "gcp", .accepted = 30, .observed = {}, .note = {} } };
    reading.drift = "reloaded at 08:39:02 UTC";
    reading.forgotten = { 0, 100 };
    const auto undone = undoneRoute("chat", reading, { &done, 1 });
    QVERIFY(undone);
    AttentionBar bar;
    QSignalSpy calls(&bar, &AttentionBar::called), again(&bar, &AttentionBar::setAgainWanted);
    for (int i = 0; i < 2; ++i)
        bar.show({ done }, false, {}, { *undone });
    QCOMPARE(calls.count(), 1);
    QVERIFY(bar.isVisible());
    QCOMPARE(bar.property("frame").toString(), QStringLiteral("danger"));
    QCOMPARE(bar.findChild<QLabel*>(QStringLiteral("attentionText"))->text(), QStringLiteral("azure takes requests again: the router of chat has undone S-7 (reloaded at 08:39:02 UTC). It has 70 / 30, not 0 / 100."));
    auto* button = bar.findChild<QPushButton*>(QStringLiteral("setUndoneAgain"));
    QCOMPARE(button->text(), QStringLiteral("Set 0 / 100 again"));
    button->click();
    QCOMPARE(again.count(), 1);
    const auto targets = again.front().front().value<std::vector<std::pair<std::string, Weights>>>();
    QVERIFY(targets.size() == 1 && targets.front().first == "chat" && targets.front().second == Weights({ 0, 100 }));
    bar.show({ done }, false);
    QVERIFY(!bar.isVisible());
    // One that sets it again looks after it.
    const std::vector<PlanStatus> shifts { [&] {
                                              auto it = done;
                                              it.id = "S-8";
                                              it.phase = ShiftPhase::Baking;
                                              return it;
                                          }(),
        done };
    QVERIFY(!undoneRoute("chat", reading, shifts));
}

void TestAttention::aReadOnlyConsoleOnlyShows()
{
    AttentionBar bar;
    bar.show({ status(ShiftPhase::Paused, "stuck") }, true);
    QVERIFY(bar.isVisible());
    for (auto* button : bar.findChildren<QPushButton*>())
        QCOMPARE(button->isVisibleTo(&bar), button->text() == QLatin1String("Show"));
}

QTEST_MAIN(TestAttention)
#include "tst_attention.moc"
