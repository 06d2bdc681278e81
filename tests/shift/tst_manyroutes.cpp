// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include <atomic>

#include "shiftstory.h"

using namespace penstock;
using namespace penstock::test;
using namespace std::chrono_literals;
using Script = std::function<void(Story&)>;
Q_DECLARE_METATYPE(Script)

class ManyRoutesTest : public QObject
{
    Q_OBJECT
private slots:
    void stepsBelongTogether();
    void itsEndIsRecordedBeforeTheJournalForgetsIt();
    void routesOfDifferentLength();
    void oneFails_data();
    void oneFails();
    void anEmergencyDoesNotWaitForWhoHangs();
    void goesOnWithTheOthersWhenResumed();
    void anEvacuationMeasuresItsRecovery();
    void aRecoveryEndsWhenTheLastRouterHasTakenIt();
    void whereNobodyAsksNothingIsSaidOfRequests();
    void goesBackWithEveryRoute();
};

void ManyRoutesTest::stepsBelongTogether()
{
    Story story(3);
    // No route hears of a step before the one before it is confirmed everywhere.
    std::mutex mutex;
    std::vector<std::string> broken;
    story.hooks.witness = [&](const ShiftEvent& event) -> Result<> {
        if (event.kind != ShiftEvent::Kind::StepIntended)
            return {};
        const std::lock_guard lock(mutex);
        for (std::size_t r = 0; r < 3; ++r)
            if (story.applied(r).size() != event.status.step - 1)
                broken.push_back(event.status.routes[r].route);
        return {};
    };
    story.start();
    QCOMPARE(story.ended()->phase, ShiftPhase::Done);
    QVERIFY(broken.empty());
    for (std::size_t r = 0; r < 3; ++r)
        QCOMPARE(story.applied(r).size(), std::size_t(3));
}

/// A program that ends between the two finds it again, and ends it.
void ManyRoutesTest::itsEndIsRecordedBeforeTheJournalForgetsIt()
{
    Story story;
    std::atomic<bool> wasOpen = false;
    story.hooks.witness = [&](const ShiftEvent& event) -> Result<> {
        const std::lock_guard lock(story.journal->mutex);
        if (event.kind == ShiftEvent::Kind::Done)
            wasOpen = !isOver(story.journal->written.back().phase);
        return {};
    };
    story.start();
    QCOMPARE(story.ended()->phase, ShiftPhase::Done);
    QVERIFY(wasOpen);
}

void ManyRoutesTest::routesOfDifferentLength()
{
    Story story(2);
    story.begin.plan.moves[1].steps = { { 95, 5 } };
    story.start();
    const auto end = story.ended();
    QCOMPARE(end->phase, ShiftPhase::Done);
    QCOMPARE(story.applied(0).size(), std::size_t(3));
    QCOMPARE(story.applied(1).size(), std::size_t(1));
    QCOMPARE(end->routes[1].accepted, (Weights { 95, 5 }));
}

void ManyRoutesTest::oneFails_data()
{
    QTest::addColumn<Script>("script");
    QTest::addColumn<bool>("now");
    QTest::addColumn<int>("phase");
    QTest::addColumn<double>("others"); ///< accepted of the others at the end
    QTest::addColumn<QString>("says");
    const auto one = [](std::function<void(ScriptedRouter&)> change) { return Script([change](Story& story) { change(*story.routers[1]); }); };
    using R = ScriptedRouter;
    const auto row = [](const char* name, const Script& script, bool now, ShiftPhase phase, double others, const char* says) {
        QTest::newRow(name) << script << now << static_cast<int>(phase) << others << QString::fromLatin1(says);
    };
    row("dead, in a shift", one([](R& it) { it.dead = true; }), false, ShiftPhase::Paused, 0, "a router does not answer: route1");
    row("dead, in an emergency", one([](R& it) { it.dead = true; }), true, ShiftPhase::Failed, 100, "not every route arrived: route1: fake1: the router is gone");
    row("a part of it is dead, in a shift", one([](R& it) { it.silentPart = "one of two does not answer"; }), false, ShiftPhase::Paused, 0, "a router does not answer: route1");
    row("a part of it is dead, in an emergency", one([](R& it) { it.silentPart = "one of two does not answer"; }), true, ShiftPhase::Done, 100, "");
    row("hangs, in a shift", one([](R& it) { it.hangs = true; }), false, ShiftPhase::Paused, 0, "a router does not answer: route1");
    row("hangs, in an emergency", one([](R& it) { it.hangs = true; }), true, ShiftPhase::Failed, 100, "not every route arrived: route1");
    row("hangs in a write, in an emergency", one([](R& it) { it.hangsInApply = true; }), true, ShiftPhase::Failed, 100, "not every route arrived: route1");
    row("lies, in an emergency", one([](R& it) { it.ignores = true; }), true, ShiftPhase::Failed, 100, "accepted other weights");
    row("was changed, in an emergency", one([](R& it) { it.weights = { 40, 60 }; }), true, ShiftPhase::Failed, 100, "somebody else changed the route");
    row("was changed, in a shift", one([](R& it) { it.weights = { 40, 60 }; }), false, ShiftPhase::Paused, 0, "goes on with the other routes");
    row("all are dead, in an emergency", [](Story& story) { for (auto& router : story.routers) router->dead = true; }, true, ShiftPhase::Paused, 0, "a router does not answer: route0");
}

void ManyRoutesTest::oneFails()
{
    QFETCH(Script, script);
    QFETCH(bool, now);
    QFETCH(int, phase);
    QFETCH(double, others);
    QFETCH(QString, says);
    Story story(3, { { 0, 100 } });
    story.routers[1]->name = "fake1";
    if (now) {
        story.begin.plan.kind = Plan::Kind::Evacuation;
        story.begin.plan.scope.provider = "azure";
        story.begin.plan.now = true;
    }
    script(story);
    story.start();
    const auto end = story.settled();
    QVERIFY(end);
    const auto text = QString::fromStdString(end->note + (end->error ? end->error->text() : ""));
    QVERIFY2(static_cast<int>(end->phase) == phase, qPrintable(text));
    QVERIFY2(text.contains(says), qPrintable(text));
    QCOMPARE(end->routes[0].accepted[1], others);
    QCOMPARE(end->routes[2].accepted[1], others);
}

void ManyRoutesTest::anEmergencyDoesNotWaitForWhoHangs()
{
    Story story(3, { { 0, 100 } });
    story.begin.plan.kind = Plan::Kind::Evacuation;
    story.begin.plan.scope.provider = "azure";
    story.begin.plan.now = true;
    story.timing.hurry = std::chrono::milliseconds(20);
    story.timing.patience = std::chrono::hours(1);
    story.routers[1]->hangs = true;
    story.start();
    const auto end = story.settled();
    story.routers[1]->script([](ScriptedRouter& it) { it.hangs = false; });
    QVERIFY(end);
    QCOMPARE(end->routes[0].accepted[1], 100.0);
    QCOMPARE(end->routes[2].accepted[1], 100.0);
    QVERIFY2(end->routes[1].error, end->note.c_str());
}

void ManyRoutesTest::goesOnWithTheOthersWhenResumed()
{
    Story story(2);
    story.routers[1]->weights = { 40, 60 };
    story.start();
    QVERIFY(story.await(ShiftPhase::Paused));
    story.machine->resume();
    const auto end = story.ended();
    QCOMPARE(end->phase, ShiftPhase::Failed);
    QCOMPARE(story.applied(0).size(), std::size_t(3));
    QVERIFY(story.applied(1).empty());
}

void ManyRoutesTest::anEvacuationMeasuresItsRecovery()
{
    Story story(3, { { 0, 100 } });
    story.begin.plan.kind = Plan::Kind::Evacuation;
    story.begin.plan.scope.provider = "azure";
    story.begin.plan.now = true;
    story.begin.startedAt = wallClock();
    for (auto& router : story.routers)
        router->flows = true;
    story.start();
    const auto end = story.ended();
    QCOMPARE(end->phase, ShiftPhase::Done);
    QVERIFY(end->recovery && *end->recovery < 5s);
    QVERIFY(end->quietAfter && *end->quietAfter < 5s);
}

void ManyRoutesTest::aRecoveryEndsWhenTheLastRouterHasTakenIt()
{
    Story story(2, { { 0, 100 } });
    story.begin.plan.kind = Plan::Kind::Evacuation;
    story.begin.plan.scope.provider = "azure";
    story.begin.plan.now = true;
    story.begin.startedAt = wallClock();
    story.timing.stuckAfter = 1h;
    story.routers[1]->takesReads = 1'000'000;
    const auto waits = [](const PlanStatus& it) { return it.phase == ShiftPhase::Confirming && it.note.find("have not taken it yet") != std::string::npos; };
    story.start();
    const auto first = story.await(waits);
    QVERIFY(first && !first->recovery);
    story.machine->pause();
    const auto paused = story.await(ShiftPhase::Paused);
    QVERIFY(paused && !paused->recovery);
    story.machine->resume();
    const auto again = story.await(waits);
    QVERIFY(again && !again->recovery);
    const auto taken = wallClock();
    story.routers[1]->script([](ScriptedRouter& it) { it.pendingReads = 1; });
    const auto end = story.ended();
    QCOMPARE(end->phase, ShiftPhase::Done);
    QVERIFY(end->recovery && story.begin.startedAt + *end->recovery >= taken);
}

void ManyRoutesTest::whereNobodyAsksNothingIsSaidOfRequests()
{
    Story story(1, { { 0, 100 } });
    story.begin.plan.kind = Plan::Kind::Evacuation;
    story.begin.plan.scope.provider = "azure";
    story.begin.plan.now = true;
    story.start();
    const auto end = story.ended();
    QCOMPARE(end->phase, ShiftPhase::Done);
    QVERIFY(end->recovery && !end->quietAfter);
}

void ManyRoutesTest::goesBackWithEveryRoute()
{
    Story story(3);
    story.begin.plan.bake = 1h;
    story.start();
    QVERIFY(story.await(ShiftPhase::Baking));
    story.machine->goBack();
    const auto end = story.ended();
    QCOMPARE(end->phase, ShiftPhase::Returned);
    for (std::size_t r = 0; r < 3; ++r)
        QCOMPARE(end->routes[r].accepted, (Weights { 100, 0 }));
}

QTEST_APPLESS_MAIN(ManyRoutesTest)
#include "tst_manyroutes.moc"
