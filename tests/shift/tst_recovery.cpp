// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include "shift/recovery.h"
#include "shiftstory.h"

using namespace penstock;
using namespace penstock::test;
using namespace std::chrono_literals;
using What = RouteTruth::What;

class RecoveryTest : public QObject
{
    Q_OBJECT
private slots:
    void findsWhereItStands_data();
    void findsWhereItStands();
    void tellsARouterThatBeganSince_data();
    void tellsARouterThatBeganSince();
    void aRouterThatBeganAfterAShiftHasForgottenIt_data();
    void aRouterThatBeganAfterAShiftHasForgottenIt();
    void whatSomebodyHasSetSinceAShiftIsTold_data();
    void whatSomebodyHasSetSinceAShiftIsTold();
    void aStepThatWasAcceptedAndIsUndoneIsSetAgain();
    void whyItPausedIsNotForgotten_data();
    void whyItPausedIsNotForgotten();
    void oneThatHadPausedIsNotLeftBehind_data();
    void oneThatHadPausedIsNotLeftBehind();
    void oneThatAnInterlockHeldUpStillSaysSo();
    void whatDidNotAnswerThenAndDoesNowIsPast_data();
    void whatDidNotAnswerThenAndDoesNowIsPast();
    void tellsAWriteThatWasCutOff_data();
    void tellsAWriteThatWasCutOff();
    void aTextHoldsEverything();
    void damagedTextsAreRefused();
    void goesOnFromEveryIntent_data();
    void goesOnFromEveryIntent();
};

void RecoveryTest::findsWhereItStands_data()
{
    QTest::addColumn<double>("accepted"); ///< of the second backend
    QTest::addColumn<bool>("answers");
    QTest::addColumn<int>("what");
    QTest::addColumn<QString>("says");
    QTest::addColumn<bool>("wasAccepted"); ///< the step was, before the program ended
    QTest::addColumn<bool>("isWritten"); ///< it was being written, for the first time or once more
    const auto row = [](const char* name, double accepted, bool answers, What what, const char* says, bool wasAccepted = false, bool isWritten = true) { QTest::newRow(name) << accepted << answers << static_cast<int>(what) << QString::fromLatin1(says) << wasAccepted << isWritten; };
    row("before the write", 10, true, What::NotApplied, "step 2 has not arrived");
    row("after the write", 20, true, What::Applied, "step 2 is accepted");
    row("rounded by the router", 20.4, true, What::Applied, "step 2 is accepted");
    row("in the middle of it", 14, true, What::Between, "step 2 was cut off: the router has 86 / 14");
    row("somebody changed a little of what was accepted", 18, true, What::Foreign, "somebody else changed it: the router has 82 / 18, step 2 wanted 80 / 20", true, false);
    row("in the middle of writing it once more", 14, true, What::Between, "step 2 was cut off: the router has 86 / 14", true);
    row("somebody went on", 30, true, What::Foreign, "somebody else changed it");
    row("somebody went half the way", 5, true, What::Foreign, "somebody else changed it");
    row("as before the shift", 0, true, What::Undone, "a restart, a reload or somebody undid it: the router has 100 / 0");
    row("no answer", 0, false, What::Silent, "its router does not answer");
}

void RecoveryTest::findsWhereItStands()
{
    QFETCH(double, accepted);
    QFETCH(bool, answers);
    QFETCH(int, what);
    QFETCH(QString, says);
    QFETCH(bool, wasAccepted);
    QFETCH(bool, isWritten);
    Story story;
    auto last = story.begin;
    last.phase = isWritten ? ShiftPhase::Writing : ShiftPhase::Baking;
    last.step = 2;
    last.stepsDone = 1;
    if (wasAccepted)
        last.record = { { .step = 2, .returning = false, .writtenAt = wallClock(), .acceptedAfter = std::chrono::milliseconds(100), .confirmedAfter = {}, .moved = { 0.1 }, .note = {} } };
    last.routes = { { .route = "route0", .state = isWritten ? RouteProgress::State::Writing : RouteProgress::State::Confirmed, .version = "1", .desired = { 80, 20 }, .accepted = { 90, 10 }, .observed = {}, .windowRequests = 0, .note = {}, .error = {} } };
    ScriptedRouter router;
    router.weights = { 100 - accepted, accepted };
    const auto reading = router.read();
    const RouteReading* pointer = answers ? &*reading : nullptr;
    const auto found = recover(last, { &pointer, 1 });
    QCOMPARE(static_cast<int>(found.truths[0].what), what);
    QVERIFY2(found.status.note.find(says.toStdString()) != std::string::npos, found.status.note.c_str());
    QCOMPARE(found.status.phase, ShiftPhase::Paused);
    QVERIFY(found.status.abandoned);
    QCOMPARE(found.status.stepsDone, std::size_t(1));
    QCOMPARE(found.canResume(), found.truths[0].what != What::Foreign);
}

void RecoveryTest::tellsARouterThatBeganSince_data()
{
    QTest::addColumn<int>("began"); ///< seconds after the last write
    QTest::addColumn<int>("what");
    QTest::newRow("before") << -60 << static_cast<int>(What::Foreign);
    QTest::newRow("a moment after") << 1 << static_cast<int>(What::Undone);
    QTest::newRow("since") << 10 << static_cast<int>(What::Undone);
}

/// It has the weights of its configuration, wherever the shift began.
void RecoveryTest::tellsARouterThatBeganSince()
{
    QFETCH(int, began);
    QFETCH(int, what);
    Story story;
    auto last = story.begin;
    last.phase = ShiftPhase::Baking;
    last.step = last.stepsDone = 1;
    last.routes = { { .route = "route0", .state = RouteProgress::State::Confirmed, .version = "1", .desired = { 90, 10 }, .accepted = { 90, 10 }, .observed = {}, .windowRequests = 0, .note = {}, .error = {} } };
    const auto written = wallClock() - std::chrono::minutes(1);
    last.record = { { .step = 1, .returning = false, .writtenAt = written, .acceptedAfter = {}, .confirmedAfter = {}, .moved = { 0.1 }, .note = {} } };
    ScriptedRouter router;
    router.weights = { 40, 60 };
    auto reading = router.read();
    reading->runningSince = written + std::chrono::seconds(began);
    const RouteReading* pointer = &*reading;
    const auto found = recover(last, { &pointer, 1 });
    QCOMPARE(static_cast<int>(found.truths[0].what), what);
    QCOMPARE(found.status.routes[0].undone, what == static_cast<int>(What::Undone) ? (Weights { 40, 60 }) : Weights());
}

void RecoveryTest::aRouterThatBeganAfterAShiftHasForgottenIt_data()
{
    QTest::addColumn<int>("began"); ///< seconds after the end of the shift
    QTest::addColumn<QList<double>>("has");
    QTest::addColumn<bool>("reminds");
    using D = QList<double>;
    QTest::newRow("with the weights of its configuration") << 60 << D { 50, 50 } << true;
    QTest::newRow("with what was set") << 60 << D { 0, 100 } << false;
}

void RecoveryTest::aRouterThatBeganAfterAShiftHasForgottenIt()
{
    QFETCH(int, began);
    QFETCH(QList<double>, has);
    QFETCH(bool, reminds);
    Story story;
    auto last = story.begin;
    last.phase = ShiftPhase::Done;
    last.endedAt = wallClock() - std::chrono::minutes(5);
    last.routes.clear();
    // Another one that it moved, with as many targets, comes first.
    for (const auto& [route, weights] : { std::pair { "other", Weights { 30, 70 } }, std::pair { "route0", Weights { 0, 100 } } })
        last.routes.push_back({ .route = route, .state = RouteProgress::State::Confirmed, .version = "1", .desired = weights, .accepted = weights, .observed = {}, .windowRequests = 0, .note = {}, .error = {} });
    ScriptedRouter router;
    router.weights.assign(has.begin(), has.end());
    auto reading = router.read();
    reading->runningSince = *last.endedAt + std::chrono::seconds(began);
    remind("route0", *reading, last);
    QCOMPARE(reading->forgotten, reminds ? (Weights { 0, 100 }) : Weights());
    QCOMPARE(reading->drift.ends_with("which undid what " + last.id + " had set"), reminds);
}

void RecoveryTest::whatSomebodyHasSetSinceAShiftIsTold_data()
{
    QTest::addColumn<QList<double>>("has");
    QTest::addColumn<bool>("fixed");
    QTest::addColumn<QString>("drift");
    using D = QList<double>;
    QTest::newRow("others") << D { 50, 50 } << false << QStringLiteral("weights changed since %1 left 0 / 100");
    QTest::newRow("the same") << D { 0, 100 } << false << QString();
    QTest::newRow("it sets them itself") << D { 50, 50 } << true << QString();
}

void RecoveryTest::whatSomebodyHasSetSinceAShiftIsTold()
{
    QFETCH(QList<double>, has);
    QFETCH(bool, fixed);
    QFETCH(QString, drift);
    Story story;
    auto last = story.begin;
    last.phase = ShiftPhase::Done;
    last.endedAt = wallClock() - std::chrono::minutes(5);
    last.routes = { { .route = "route0", .state = RouteProgress::State::Confirmed, .version = "1", .desired = { 0, 100 }, .accepted = { 0, 100 }, .observed = {}, .windowRequests = 0, .note = {}, .error = {} } };
    ScriptedRouter router;
    router.weights.assign(has.begin(), has.end());
    auto reading = router.read();
    reading->readAt = wallClock();
    reading->runningSince = *last.endedAt - std::chrono::minutes(1);
    if (fixed)
        reading->backends[0].fixed = "an agent-check sets it";
    remind("route0", *reading, last);
    QCOMPARE(QString::fromStdString(reading->drift), drift.isEmpty() ? drift : drift.arg(QString::fromStdString(last.id)));
    QVERIFY(reading->forgotten.empty());
}

/// The next step may not begin a step too early.
void RecoveryTest::aStepThatWasAcceptedAndIsUndoneIsSetAgain()
{
    Story story;
    auto last = story.begin;
    last.phase = ShiftPhase::Baking;
    last.step = last.stepsDone = 1;
    last.routes = { { .route = "route0", .state = RouteProgress::State::Confirmed, .version = "1", .desired = { 90, 10 }, .accepted = { 90, 10 }, .observed = {}, .windowRequests = 0, .note = {}, .error = {} } };
    last.record = { { .step = 1, .returning = false, .writtenAt = wallClock(), .acceptedAfter = std::chrono::milliseconds(5), .confirmedAfter = {}, .moved = { 0.1 }, .note = {} } };
    ScriptedRouter router;
    router.weights = { 100, 0 };
    const auto reading = router.read();
    const RouteReading* pointer = &*reading;
    const auto found = recover(last, { &pointer, 1 });
    QCOMPARE(found.truths[0].what, What::Undone);
    QCOMPARE(found.status.routes[0].undone, (Weights { 100, 0 }));
}

void RecoveryTest::whyItPausedIsNotForgotten_data()
{
    QTest::addColumn<QString>("note");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* note, const char* says) { QTest::newRow(says) << QString::fromLatin1(note) << QString::fromLatin1(says) + QStringLiteral(", then its program ended; step 1 is accepted"); };
    row("paused by ada; nothing is written until it is resumed", "paused by ada");
    row("stuck: chess: the observed split does not follow yet, while gcp fails 42 % of 40 requests", "stuck: chess: the observed split does not follow yet, while gcp fails 42 % of 40 requests");
    row("a guard is broken: chess: gcp: error rate 100 % of 40 requests, limit 50 %; chess: gcp: queue 4 requests, limit 1 requests", "a guard is broken: chess: gcp: error rate 100 % of 40 requests, limit 50 %");
    row("all of it has moved, and is answered with errors: chess: gcp: error rate 100 % of 40 requests, limit 50 %", "all of it has moved, and is answered with errors: chess: gcp: error rate 100 % of 40 requests, limit 50 %");
}

void RecoveryTest::whyItPausedIsNotForgotten()
{
    QFETCH(QString, note);
    QFETCH(QString, says);
    Story story;
    auto last = story.begin;
    last.phase = ShiftPhase::Paused;
    last.note = note.toStdString();
    last.abandoned = true;
    last.step = last.stepsDone = 1;
    last.recovery = std::chrono::seconds(1);
    last.routes = { { .route = "route0", .state = RouteProgress::State::Confirmed, .version = "1", .desired = { 90, 10 }, .accepted = { 90, 10 }, .observed = {}, .windowRequests = 0, .note = {}, .error = {} } };
    ScriptedRouter router;
    router.weights = { 90, 10 };
    const auto reading = router.read();
    const RouteReading* pointer = &*reading;
    const auto found = recover(last, { &pointer, 1 }).status;
    QCOMPARE(QString::fromStdString(found.note), says);
    QVERIFY(!found.recovery); // two steps are left
}

void RecoveryTest::oneThatHadPausedIsNotLeftBehind_data()
{
    QTest::addColumn<int>("phase");
    QTest::addColumn<QString>("note");
    QTest::addColumn<bool>("expires");
    QTest::addColumn<bool>("leftBehind");
    const auto row = [](const char* name, ShiftPhase phase, const char* note, bool expires, bool leftBehind) {
        QTest::newRow(name) << static_cast<int>(phase) << QString::fromLatin1(note) << expires << leftBehind;
    };
    row("in the midst of a step", ShiftPhase::Confirming, "", false, true);
    row("its program was ended while it ran", ShiftPhase::Paused, "the program ended", false, true);
    row("paused by hand", ShiftPhase::Paused, "paused by ada; nothing is written until it is resumed", false, false);
    row("stuck", ShiftPhase::Paused, "stuck: route0", false, false);
    row("was to return by itself", ShiftPhase::Paused, "paused by ada", true, true);
}

/// It stands as it stood, and only who was cut off was left behind.
void RecoveryTest::oneThatHadPausedIsNotLeftBehind()
{
    QFETCH(int, phase);
    QFETCH(QString, note);
    QFETCH(bool, expires);
    Story story;
    auto last = story.begin;
    last.phase = static_cast<ShiftPhase>(phase);
    last.note = note.toStdString();
    last.abandoned = true;
    if (expires)
        last.expiresAt = wallClock() + 1h;
    last.routes = { { .route = "route0",
        .state = RouteProgress::State::Waiting,
        .version = "1",
        .desired = { 100, 0 },
        .accepted = { 100, 0 },
        .observed = {},
        .windowRequests = 0,
        .note = {},
        .error = {} } };
    const auto reading = ScriptedRouter().read();
    const RouteReading* pointer = &*reading;
    const auto found = recover(last, { &pointer, 1 }).status;
    QVERIFY(found.abandoned);
    QTEST(isLeftBehind(found), "leftBehind");
}

void RecoveryTest::oneThatAnInterlockHeldUpStillSaysSo()
{
    Story story;
    story.hooks.judge = [](const Plan&, std::size_t done, auto) {
        return judgementThat(done == 1 ? std::vector<std::string> { "freeze", "rate" } : std::vector<std::string> {});
    };
    story.start();
    QVERIFY(story.await(ShiftPhase::Paused));
    story.machine.reset();
    auto last = story.journal->written.back();
    QCOMPARE(last.note, std::string("paused by: rate, freeze"));
    last.abandoned = true;
    ScriptedRouter router;
    router.weights = { 90, 10 };
    const auto reading = router.read();
    const RouteReading* pointer = &*reading;
    const auto found = recover(last, { &pointer, 1 }).status;
    QCOMPARE(found.note, std::string("paused by: rate, freeze; step 1 is accepted"));
    QVERIFY(!isLeftBehind(found));
    QCOMPARE(rulesText(pausedBy(found)), std::string("rate, freeze"));
    QCOMPARE(furtherNote(found), std::string("step 1 is accepted"));
    // What stands for something else is not paused by what did not hold it up.
    auto other = found;
    other.error = Error { Error::Kind::Unavailable, "the router does not answer", {}, {} };
    QVERIFY(pausedBy(other).empty());
}

void RecoveryTest::whatDidNotAnswerThenAndDoesNowIsPast_data()
{
    QTest::addColumn<bool>("answers");
    QTest::addColumn<QString>("note");
    QTest::newRow("it answers again") << true << "paused when a router did not answer, then its program ended; nothing was sent";
    QTest::newRow("it is still silent") << false << "paused, then its program ended; its router does not answer";
}

void RecoveryTest::whatDidNotAnswerThenAndDoesNowIsPast()
{
    QFETCH(bool, answers);
    QFETCH(QString, note);
    Story story;
    story.routers[0]->script([](ScriptedRouter& it) { it.dead = true; });
    story.start();
    QVERIFY(story.await(ShiftPhase::Paused));
    story.machine.reset();
    auto last = story.journal->written.back();
    last.abandoned = true;
    const auto reading = ScriptedRouter().read();
    const RouteReading* pointer = answers ? &*reading : nullptr;
    const auto found = recover(last, { &pointer, 1 }).status;
    QCOMPARE(QString::fromStdString(found.note), note);
    QCOMPARE(found.error.has_value(), !answers);
    QVERIFY(!isLeftBehind(found));
}

void RecoveryTest::tellsAWriteThatWasCutOff_data()
{
    QTest::addColumn<Weights>("accepted");
    QTest::addColumn<bool>("part");
    const auto row = [](const char* name, const Weights& accepted, bool part) { QTest::newRow(name) << accepted << part; };
    // Weights of the servers: 96, 15, 9 become 60, 25, 15.
    row("nothing is written", { 80, 12.5, 7.5 }, true);
    row("one is raised, which makes the other receiver's share smaller than it ever was", { 73.8, 19.2, 6.9 }, true);
    row("both are raised", { 70.6, 18.4, 11 }, true);
    row("all is written", { 60, 25, 15 }, true);
    row("half of everything", { 70, 18.75, 11.25 }, true);
    row("one is raised too far", { 61.5, 32.7, 5.8 }, false);
    row("too much was given", { 40, 37.5, 22.5 }, false);
    row("it was given to one alone", { 60, 32.5, 7.5 }, false);
    row("nobody has anything", { 0, 0, 0 }, false);
    row("another size", { 80, 20 }, false);
}

void RecoveryTest::tellsAWriteThatWasCutOff()
{
    QFETCH(Weights, accepted);
    QFETCH(bool, part);
    QCOMPARE(isPartWritten(accepted, { 80, 12.5, 7.5 }, { 60, 25, 15 }), part);
}

void RecoveryTest::aTextHoldsEverything()
{
    Story story(2);
    story.start();
    const auto end = story.ended();
    QVERIFY(end);
    auto status = *end;
    status.asked = Override { "ada", "launch", { "capacity" }, wallClock() };
    status.error = Error { Error::Kind::Conflict, "what", "where", "hint" };
    status.back = status.plan;
    status.recovery = 412ms;
    status.keys = { "haproxy|tcp://127.0.0.1:1|infer", "b" };
    status.plan.moves[0].known = { { { 80, 20 }, { 7.5, 3 }, wallClock() } };
    status.plan.shed = { { .workload = "training", .provider = "gcp", .region = "r", .cluster = "c", .model = "H100", .gpus = 8, .replicas = 1 } };
    const auto again = statusOf(textOf(status));
    QVERIFY2(again.has_value(), again ? "" : again.error().text().c_str());
    QCOMPARE(textOf(*again), textOf(status));
    QVERIFY(again->plan == status.plan);
    QCOMPARE(again->plan.moves[0].known, status.plan.moves[0].known);
    const auto proposed = proposedPlanOf(textOf(ProposedPlan { status.plan, "prod" }));
    QVERIFY(proposed && proposed->plan == status.plan);
    QCOMPARE(proposed->workspace, std::string("prod"));
    QCOMPARE(*planHash(again->plan), *planHash(status.plan));
}

void RecoveryTest::damagedTextsAreRefused()
{
    Story story;
    story.start();
    const auto text = textOf(*story.ended());
    for (std::size_t length = 0; length < text.size(); length += 7)
        QVERIFY(!statusOf(std::string_view(text).substr(0, length)));
    QCOMPARE(statusOf("{\"version\":99}").error().kind, Error::Kind::Corrupt);
}

void RecoveryTest::goesOnFromEveryIntent_data()
{
    QTest::addColumn<bool>("back");
    QTest::addColumn<bool>("answers"); ///< when it is taken up; else only after that, and from another process
    QTest::newRow("resumed") << false << true;
    QTest::newRow("taken back") << true << true;
    QTest::newRow("resumed before the router has answered") << false << false;
    QTest::newRow("taken back before the router has answered") << true << false;
}

/// At every record of the journal, and with the write that follows it done, not done or half done, the shift goes on to
/// where it would have ended, and no step is written twice.
void RecoveryTest::goesOnFromEveryIntent()
{
    QFETCH(bool, back);
    QFETCH(bool, answers);
    Story story;
    story.start();
    QCOMPARE(story.ended()->phase, ShiftPhase::Done);
    story.machine.reset();
    const auto written = story.journal->written;
    QVERIFY(written.size() >= 8);
    for (const auto& last : written) {
        if (isOver(last.phase))
            continue;
        for (const double part : { 0.0, 0.5, 1.0 }) {
            Story later;
            const auto intent = last.step == 0 ? last.plan.moves[0].from : last.plan.moves[0].steps[last.step - 1];
            const auto before = last.step < 2 ? last.plan.moves[0].from : last.plan.moves[0].steps[last.step - 2];
            auto& router = *later.routers.front();
            const bool confirmed = last.stepsDone == last.step;
            for (std::size_t i = 0; i < 2; ++i)
                router.weights[i] = confirmed ? intent[i] : before[i] + part * (intent[i] - before[i]);
            router.before = router.weights;
            const auto begin = router.weights;
            router.reloads = answers ? 0 : 3;
            const auto reading = router.read();
            const RouteReading* pointer = answers ? &*reading : nullptr;
            auto found = recover(last, { &pointer, 1 });
            QVERIFY(found.canResume());
            later.begin = found.status;
            later.start();
            if (back)
                later.machine->goBack();
            else
                later.machine->resume();
            const auto end = later.ended();
            QVERIFY(end);
            QVERIFY2(end->phase == (back ? ShiftPhase::Returned : ShiftPhase::Done), end->note.c_str());
            QVERIFY(isAt(end->routes[0].accepted, back ? Weights { 100, 0 } : Weights { 70, 30 }));
            if (back)
                continue;
            std::vector<Weights> wanted;
            for (const auto& step : last.plan.moves[0].steps)
                if (step[1] > begin[1] + 0.5)
                    wanted.push_back(step);
            QCOMPARE(later.applied(), wanted);
        }
    }
}

QTEST_APPLESS_MAIN(RecoveryTest)
#include "tst_recovery.moc"
