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

namespace {

Script router(std::function<void(ScriptedRouter&)> change)
{
    return [change](Story& story) { change(*story.routers.front()); };
}

QString said(const PlanStatus& status)
{
    auto text = status.note + " " + (status.error ? status.error->text() : "");
    for (const auto& route : status.routes)
        text += " " + route.note;
    return QString::fromStdString(text);
}

/// So long after the whole share has arrived, all requests fail.
auto failsAfter(GuardValues values, std::chrono::milliseconds time)
{
    return [values, time, arrived = std::optional<std::chrono::steady_clock::time_point>()](const PlanStatus&, std::size_t, const RouteReading& reading) mutable {
        const auto now = std::chrono::steady_clock::now();
        if (!arrived && reading.accepted()[1] >= 30)
            arrived = now;
        if (arrived && now - *arrived > time)
            values.errorRate = 1;
        return std::vector { values };
    };
}

} // namespace

class ShiftMachineTest : public QObject
{
    Q_OBJECT
private slots:
    void endsAsItShould_data();
    void endsAsItShould();
    void errorsOfARouteThatWasConfirmedAreTold();
    void whatStandsStillHasNotRecovered();
    void goesBackInStepsFromWhereItStands();
    void goesBackHoweverLittleItGave();
    void goesBackFromAPause();
    void aWriteThatArrivesLateIsTakenBackToo();
    void aWayBackThatStillWaitsHasNotBegun_data();
    void aWayBackThatStillWaitsHasNotBegun();
    void returnsInStepsFromOneJump();
    void stopsWhereItStands();
    void whatIsStoppedStillSaysWhyItHadPaused();
    void whatIsStoppedIsNotResumedAnyMore_data();
    void whatIsStoppedIsNotResumedAnyMore();
    void pausesAndResumes();
    void confirmsAgainAfterBeingStuck();
    void tellsAChangeBySomebodyElse_data();
    void tellsAChangeBySomebodyElse();
    void aStepThatWasLeftBehindBakesAnew();
    void setsAgainWhatARouterForgot_data();
    void setsAgainWhatARouterForgot();
    void whatIsPendingIsNotSetAgainTwice();
    void takesBackWhatARouterRefusesLate();
    void writesBeforeItActs();
    void survivesTheEndOfTheProgram();
    void losesNoCommand();
    void goesOnOnceARouterAnswersAgain_data();
    void goesOnOnceARouterAnswersAgain();
    void returnsByItselfWhenItsTimeIsOver();
    void losesItsLeaseAndStandsStill();
    void nowSkipsBakes();
};

void ShiftMachineTest::endsAsItShould_data()
{
    QTest::addColumn<Script>("script");
    QTest::addColumn<int>("phase");
    QTest::addColumn<int>("writes");
    QTest::addColumn<double>("accepted");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const Script& script, ShiftPhase phase, int writes, double accepted, const char* says) {
        QTest::newRow(name) << script << static_cast<int>(phase) << writes << accepted << QString::fromLatin1(says);
    };
    using R = ScriptedRouter;
    row("done", router([](R&) {}), ShiftPhase::Done, 3, 30, "observed agrees");
    row("no traffic", router([](R& it) { it.requests = 12; }), ShiftPhase::Done, 3, 30, "too few requests to observe the split (12); accepted suffices");
    row("the answers to writes are lost", router([](R& it) { it.losesAnswers = 3; }), ShiftPhase::Done, 3, 30, "observed agrees");
    row("writes are lost and sent again", router([](R& it) { it.losesWrites = 2; }), ShiftPhase::Done, 3, 30, "observed agrees");
    row("a write is cut off and written again", router([](R& it) { it.cutsWrites = 1; }), ShiftPhase::Done, 4, 30, "observed agrees");
    row("writes are lost for good", router([](R& it) { it.losesWrites = 1000; }), ShiftPhase::Paused, 0, 0, "a router does not answer");
    row("changed before the first step", router([](R& it) { it.weights = { 50, 50 }; }), ShiftPhase::Failed, 0, 50, "somebody else changed the route");
    row("dies in the second step", router([](R& it) { it.deadFromApply = 2; }), ShiftPhase::Paused, 1, 10, "the router is gone");
    row("dies while confirming", router([](R& it) { it.deadFromRead = 4; }), ShiftPhase::Paused, 2, 20, "the router is gone");
    row("accepts and does not change", router([](R& it) { it.ignores = true; }), ShiftPhase::Failed, 1, 0, "accepted other weights");
    row("accepts other weights", router([](R& it) { it.rounds = true; }), ShiftPhase::Failed, 1, 10, "accepted other weights");
    row("accepts half of it", router([](R& it) { it.half = true; }), ShiftPhase::Failed, 1, 5, "accepted other weights");
    row("accepts and does not follow", router([](R& it) { it.follows = false; }), ShiftPhase::Paused, 1, 10, "stuck: route0: the observed split does not follow");
    row("hangs", router([](R& it) { it.hangs = true; }), ShiftPhase::Paused, 0, 0, "does not answer");
    row("hangs in a write", router([](R& it) { it.hangsInApply = true; }), ShiftPhase::Paused, 0, 0, "does not answer");
    row("a few requests that never cease", [](Story& it) {
        it.routers[0]->requests = 1;
        it.routers[0]->trickles = true;
        it.timing.stuckAfter = 60ms;
        it.timing.fewAfter = 1h;
    }, ShiftPhase::Done, 3, 30, "accepted suffices");
    row("resumed at its target, where it is still answered with errors", [](Story& it) {
        it.limits = { { .errorRate = 0.01, .latencyP99 = {}, .queue = {}, .utilisation = {} } };
        it.hooks.guards = [](const PlanStatus&, std::size_t, const RouteReading&) { return std::vector { GuardValues { .where = "gcp", .errorRate = 1, .latencyP99 = {}, .queue = {}, .utilisation = {}, .requests = 900 } }; };
        it.routers[0]->weights = it.routers[0]->before = { 70, 30 };
        it.begin.plan.kind = Plan::Kind::Evacuation;
        it.begin.plan.now = true;
        it.begin.phase = ShiftPhase::Paused;
        it.begin.step = it.begin.stepsDone = 3;
        it.begin.record = { {} };
        it.begin.routes = { { .route = "route0", .state = RouteProgress::State::Confirmed, .version = it.routers[0]->version(), .desired = { 70, 30 }, .accepted = { 70, 30 }, .observed = {}, .windowRequests = 0, .note = {}, .error = {} } };
        it.resumed = true;
    }, ShiftPhase::Paused, 0, 30, "all of it has moved, and is answered with errors");
    row("a target is down", router([](R& it) { it.requests = 0, it.second = BackendReading::Condition::Down; }), ShiftPhase::Paused, 1, 10, "gcp takes no requests");
    row("who took nothing before takes nothing now", [](Story& it) {
        it.begin.plan.moves[0].from = { 50, 50 };
        it.begin.plan.moves[0].steps = { { 60, 40 } };
        it.routers[0]->weights = it.routers[0]->before = { 50, 50 };
        it.begin.plan.moves[0].version = it.routers[0]->version();
        it.routers[0]->requests = 0;
        it.routers[0]->second = BackendReading::Condition::Draining;
    }, ShiftPhase::Done, 1, 40, "accepted suffices");
    row("the journal cannot be written", [](Story& it) { it.journal->full = true; }, ShiftPhase::Failed, 0, 0, "no space left");
    row("takes what it is told a while later", router([](R& it) { it.takesReads = 5; }), ShiftPhase::Done, 3, 30, "observed agrees");
    row("takes it never", router([](R& it) { it.takesReads = 1'000'000; }), ShiftPhase::Paused, 1, 0, "stuck: route0: its gateways have not taken it yet");
    row("an interlock blocks", [](Story& it) { it.hooks.judge = [](const Plan&, std::size_t, auto) { return judgementThat({ "capacity" }); }; }, ShiftPhase::Paused, 0, 0, "evidence of capacity");
    row("an interlock blocks in the middle", [](Story& it) {
        it.hooks.judge = [](const Plan&, std::size_t done, auto) { return judgementThat(done == 2 ? std::vector<std::string> { "freshness", "residency" } : std::vector<std::string> {}); };
    }, ShiftPhase::Paused, 2, 20, "freshness: evidence of freshness; residency: evidence of residency");
    row("no safe return", [](Story& it) {
        it.hooks.judge = [](const Plan&, std::size_t done, auto) { return done == 1 ? judgementThat({ "way_back" }, "no safe return: azure has room for 20 %") : judgementThat(); };
    }, ShiftPhase::Paused, 1, 10, "no safe return: azure has room for 20 %");
    row("the witness refuses to begin", [](Story& it) { it.hooks.witness = [](const ShiftEvent&) { return Result<>(fail(Error::Kind::Corrupt, "the log was tampered with")); }; },
        ShiftPhase::Failed, 0, 0, "the log was tampered with");
    row("the witness fails before a step", [](Story& it) {
        it.hooks.witness = [](const ShiftEvent& event) { return event.kind == ShiftEvent::Kind::StepIntended && event.status.step == 2 ? Result<>(fail(Error::Kind::Unavailable, "the disk is full")) : Result<>(); };
    }, ShiftPhase::Paused, 1, 10, "the disk is full");
    const auto guarded = [](const char* what, GuardValues values, GuardLimits limits) {
        (void)what;
        return Script([values, limits](Story& it) {
            it.limits = { limits };
            it.hooks.guards = [values](const PlanStatus&, std::size_t, const RouteReading& reading) { return std::vector { reading.accepted()[1] >= 20 ? values : GuardValues {} }; };
        });
    };
    row("errors", guarded("", { .errorRate = 0.031, .latencyP99 = {}, .queue = {}, .utilisation = {}, .requests = 1240 }, { .errorRate = 0.01, .latencyP99 = {}, .queue = {}, .utilisation = {} }),
        ShiftPhase::Paused, 2, 20, "error rate 3.1 % of 1240 requests, limit 1 %");
    row("latency", guarded("", { .errorRate = {}, .latencyP99 = 2500, .queue = {}, .utilisation = {}, .requests = 0 }, { .errorRate = {}, .latencyP99 = 2000, .queue = {}, .utilisation = {} }),
        ShiftPhase::Paused, 2, 20, "latency p99 2500 ms, limit 2000 ms");
    row("a mean above the limit of the p99", guarded("", { .errorRate = {}, .latencyP99 = {}, .latencyMean = 2500, .queue = {}, .utilisation = {}, .requests = 0 }, { .errorRate = {}, .latencyP99 = 2000, .queue = {}, .utilisation = {} }),
        ShiftPhase::Paused, 2, 20, "latency mean 2500 ms, limit 2000 ms");
    row("a p99 says more than a mean", guarded("", { .errorRate = {}, .latencyP99 = 1900, .latencyMean = 2500, .queue = {}, .utilisation = {}, .requests = 0 }, { .errorRate = {}, .latencyP99 = 2000, .queue = {}, .utilisation = {} }),
        ShiftPhase::Done, 3, 30, "observed agrees");
    row("a limit of latency that nobody watches", guarded("", { .where = "gcp", .errorRate = {}, .latencyP99 = {}, .queue = {}, .utilisation = {}, .requests = 0 }, { .errorRate = {}, .latencyP99 = 2000, .queue = {}, .utilisation = {} }),
        ShiftPhase::Done, 3, 30, "route0: latency is not measured at gcp: `slo.p99_ms` is not watched there");
    row("a limit of latency that a mean alone watches", guarded("", { .where = "gcp", .errorRate = {}, .latencyP99 = {}, .latencyMean = 900, .queue = {}, .utilisation = {}, .requests = 0 }, { .errorRate = {}, .latencyP99 = 2000, .queue = {}, .utilisation = {} }),
        ShiftPhase::Done, 3, 30, "route0: only the mean latency is measured at gcp: `slo.p99_ms` is watched by that alone");
    row("queue", guarded("", { .errorRate = {}, .latencyP99 = {}, .queue = 40, .utilisation = {}, .requests = 0 }, { .errorRate = {}, .latencyP99 = {}, .queue = 10, .utilisation = {} }),
        ShiftPhase::Paused, 2, 20, "queue 40 requests, limit 10 requests");
    row("utilisation", guarded("", { .errorRate = {}, .latencyP99 = {}, .queue = {}, .utilisation = 0.99, .requests = 0 }, { .errorRate = {}, .latencyP99 = {}, .queue = {}, .utilisation = 0.95 }),
        ShiftPhase::Paused, 2, 20, "utilisation 99 %, limit 95 %");
    row("a guard that is not measured", guarded("", {}, { .errorRate = 0.01, .latencyP99 = 1, .queue = 1, .utilisation = 0.1 }), ShiftPhase::Done, 3, 30, "observed agrees");
    row("an emergency is not held up by a broken guard", [guarded](Story& it) {
        guarded("", { .errorRate = {}, .latencyP99 = 90'000, .queue = 900, .utilisation = 1, .requests = 900 }, { .errorRate = 0.01, .latencyP99 = 2000, .queue = 10, .utilisation = 0.9 })(it);
        it.begin.plan.kind = Plan::Kind::Evacuation;
        it.begin.plan.now = true;
    }, ShiftPhase::Done, 3, 30, "observed agrees");
    row("an emergency that arrives among errors calls for somebody", [guarded](Story& it) {
        guarded("", { .errorRate = 1, .latencyP99 = {}, .queue = {}, .utilisation = {}, .requests = 900 }, { .errorRate = 0.01, .latencyP99 = {}, .queue = {}, .utilisation = {} })(it);
        it.begin.plan.kind = Plan::Kind::Evacuation;
        it.begin.plan.now = true;
    }, ShiftPhase::Paused, 3, 30, "all of it has moved, and is answered with errors: route0: all backends: error rate 100 % of 900 requests, limit 1 %");
    row("an emergency says where nobody knows how it is answered", [guarded](Story& it) {
        guarded("", { .where = "gcp", .errorRate = {}, .latencyP99 = {}, .queue = {}, .utilisation = {}, .requests = 3 }, { .errorRate = 0.01, .latencyP99 = {}, .queue = {}, .utilisation = {} })(it);
        it.begin.plan.kind = Plan::Kind::Evacuation;
        it.begin.plan.now = true;
        it.timing.answersAfter = 50ms;
    }, ShiftPhase::Done, 3, 30, "too few requests to know how they are answered: route0 at gcp");
    row("an emergency says that its requests find no answer", [guarded](Story& it) {
        guarded("", { .where = "gcp", .errorRate = {}, .latencyP99 = {}, .queue = {}, .utilisation = {}, .requests = 3 }, { .errorRate = 0.01, .latencyP99 = {}, .queue = {}, .utilisation = {} })(it);
        it.begin.plan.kind = Plan::Kind::Evacuation;
        it.begin.plan.now = true;
        it.timing.answersAfter = 50ms;
        it.routers[0]->unanswered = 3;
    }, ShiftPhase::Done, 3, 30, "too few requests to know how they are answered: route0 at gcp, of which the last 3 have found no answer yet");
    row("an emergency waits for requests that find no answer", [guarded](Story& it) {
        guarded("", { .where = "gcp", .errorRate = {}, .latencyP99 = {}, .queue = {}, .utilisation = {}, .requests = 0 }, { .errorRate = 0.01, .latencyP99 = {}, .queue = {}, .utilisation = {} })(it);
        it.begin.plan.kind = Plan::Kind::Evacuation;
        it.begin.plan.now = true;
        it.timing.answersAfter = 3s;
        it.routers[0]->requests = 0;
        it.routers[0]->unanswered = 8;
        // That they are more than slow shows after a while.
        it.hooks.guards = failsAfter({ .where = "gcp", .errorRate = {}, .latencyP99 = {}, .queue = {}, .utilisation = {}, .requests = 8 }, 600ms);
    }, ShiftPhase::Paused, 3, 30, "all of it has moved, and is answered with errors: route0: gcp: error rate 100 % of 8 requests");
    row("the last step bakes as every other", [guarded](Story& it) {
        guarded("", { .where = "gcp", .errorRate = {}, .latencyP99 = {}, .queue = {}, .utilisation = {}, .requests = 1000 }, { .errorRate = 0.01, .latencyP99 = {}, .queue = {}, .utilisation = {} })(it);
        it.begin.plan.bake = 500ms;
        it.hooks.guards = failsAfter({ .where = "gcp", .errorRate = 0, .latencyP99 = {}, .queue = {}, .utilisation = {}, .requests = 1000 }, 150ms);
    }, ShiftPhase::Paused, 3, 30, "gcp: error rate 100 %");
    row("an emergency does not wait for what nobody measures", [guarded](Story& it) {
        guarded("", { .where = "gcp", .errorRate = {}, .latencyP99 = {}, .queue = {}, .utilisation = {}, .requests = 3 }, { .errorRate = 0.01, .latencyP99 = {}, .queue = {}, .utilisation = {} })(it);
        it.begin.plan.kind = Plan::Kind::Evacuation;
        it.begin.plan.now = true;
        it.timing.answersAfter = 1h;
        it.routers[0]->counts = false;
    }, ShiftPhase::Done, 3, 30, "observed agrees; nobody measures how they are answered: route0 at gcp");
    row("an evacuation says what it has left behind", [](Story& it) {
        it.begin.plan.kind = Plan::Kind::Evacuation;
        it.hooks.judge = [](const Plan&, std::size_t, auto) {
            auto made = judgementThat();
            *std::ranges::find(made.interlocks, "reach", &Interlock::rule) = { "reach", "Reaches all of it", Interlock::Verdict::Note, "chess keeps 50 % at azure: gcp is down, or fails what it gets" };
            return made;
        };
    }, ShiftPhase::Done, 3, 30, "NOT all of it has left: chess keeps 50 % at azure");
    row("an evacuation that has time is", [guarded](Story& it) {
        guarded("", { .errorRate = 0.5, .latencyP99 = {}, .queue = {}, .utilisation = {}, .requests = 900 }, { .errorRate = 0.01, .latencyP99 = {}, .queue = {}, .utilisation = {} })(it);
        it.begin.plan.kind = Plan::Kind::Evacuation;
    }, ShiftPhase::Paused, 2, 20, "error rate 50 %");
    row("a hurried shift is", [guarded](Story& it) {
        guarded("", { .errorRate = 0.5, .latencyP99 = {}, .queue = {}, .utilisation = {}, .requests = 900 }, { .errorRate = 0.01, .latencyP99 = {}, .queue = {}, .utilisation = {} })(it);
        it.begin.plan.now = true;
    }, ShiftPhase::Paused, 2, 20, "error rate 50 %");
    // Where nothing agrees for an hour, as requests find no answer.
    const auto unanswered = [](double rate) {
        return Script([rate](Story& it) {
            it.limits = { { .errorRate = 0.01, .latencyP99 = {}, .queue = {}, .utilisation = {} } };
            it.hooks.guards = [rate](const PlanStatus&, std::size_t, const RouteReading&) { return std::vector { GuardValues { .where = "gcp", .errorRate = rate, .latencyP99 = {}, .queue = {}, .utilisation = {}, .requests = 40 } }; };
            it.routers[0]->observes = { 100, 0 };
            it.timing.stuckAfter = 1h;
        });
    };
    row("a target that answers nobody is told before anything agrees", unanswered(1), ShiftPhase::Paused, 1, 10, "a guard is broken: route0: gcp: error rate 100 % of 40 requests, limit 1 %");
    row("one that fails a few as well", unanswered(0.1), ShiftPhase::Paused, 1, 10, "a guard is broken: route0: gcp: error rate 10 % of 40 requests, limit 1 %");
    row("one that fails nobody is waited for", [unanswered](Story& it) {
        unanswered(0)(it);
        it.timing.stuckAfter = 20ms;
    }, ShiftPhase::Paused, 1, 10, "stuck: route0: the observed split does not follow yet");
    row("an emergency stops on its way before a target that answers nobody", [unanswered](Story& it) {
        unanswered(1)(it);
        it.begin.plan.kind = Plan::Kind::Evacuation;
        it.begin.plan.now = true;
    }, ShiftPhase::Paused, 1, 10, "a guard is broken: route0: gcp: error rate 100 % of 40 requests, limit 50 %");
    row("and says at its target that a few are failed", [unanswered](Story& it) {
        unanswered(0.1)(it);
        it.begin.plan.kind = Plan::Kind::Evacuation;
        it.begin.plan.now = true;
        it.begin.plan.moves[0].steps = { { 70, 30 } };
    }, ShiftPhase::Paused, 1, 30, "all of it has moved, and is answered with errors: route0: gcp: error rate 10 % of 40 requests, limit 1 %");
    row("goes back before anything agrees", [unanswered](Story& it) {
        unanswered(1)(it);
        it.begin.returnsOnBrokenGuard = true;
    }, ShiftPhase::Returned, 2, 0, "observed agrees");
    row("stuck among errors", [](Story& it) {
        it.routers[0]->follows = false;
        it.routers[0]->fails = { 0, 0.42 };
    }, ShiftPhase::Paused, 1, 10, "stuck: route0: the observed split does not follow yet, while gcp fails 42 % of 40 requests");
    row("a loser that answers nobody holds up nothing", router([](R& it) {
        it.observes = { 0, 100 };
        it.fails = { 1, 0 };
    }), ShiftPhase::Done, 3, 30, "observed agrees: azure does not answer, so that the others carry its 70 %");
    row("a loser that answers with errors does take its share", router([](R& it) { it.fails = { 1, 0 }; }), ShiftPhase::Done, 3, 30, "observed agrees");
    row("a winner that answers nobody does", router([](R& it) {
        it.observes = { 100, 0 };
        it.fails = { 0, 1 };
    }), ShiftPhase::Paused, 1, 10, "stuck: route0: the observed split does not follow yet, while gcp fails 100 %");
    const auto three = [](Weights observed) {
        return Script([observed](Story& it) {
            auto& answers = *it.routers[0];
            answers.weights = answers.before = { 80, 10, 10 };
            answers.observes = observed;
            answers.fails = { 1, 0, 0 };
            it.begin.plan.moves[0] = { .route = answers.name, .version = answers.version(), .from = answers.weights, .steps = { { 60, 30, 10 } } };
        });
    };
    row("the others share what it leaves", three({ 0, 75, 25 }), ShiftPhase::Done, 1, 30, "observed agrees");
    row("the others share what it leaves, by their weights", three({ 0, 50, 50 }), ShiftPhase::Paused, 1, 30, "stuck: route0: the observed split does not follow yet, while azure fails 100 %");
    row("a broken guard sends it back", [guarded](Story& it) {
        guarded("", { .errorRate = 0.5, .latencyP99 = {}, .queue = {}, .utilisation = {}, .requests = 900 }, { .errorRate = 0.01, .latencyP99 = {}, .queue = {}, .utilisation = {} })(it);
        it.begin.returnsOnBrokenGuard = true;
    }, ShiftPhase::Returned, 4, 0, "observed agrees");
}

void ShiftMachineTest::endsAsItShould()
{
    QFETCH(Script, script);
    QFETCH(int, phase);
    QFETCH(int, writes);
    QFETCH(double, accepted);
    QFETCH(QString, says);
    Story story;
    script(story);
    story.start();
    const auto end = story.settled();
    QVERIFY(end);
    QVERIFY2(static_cast<int>(end->phase) == phase, qPrintable(said(*end)));
    QCOMPARE(story.applied().size(), static_cast<std::size_t>(writes));
    QCOMPARE(end->routes[0].accepted[1], accepted);
    QVERIFY2(said(*end).contains(says), qPrintable(said(*end)));
    QCOMPARE(end->endedAt.has_value(), isOver(end->phase));
}

/// One route agrees and begins to fail, and the other never agrees.
void ShiftMachineTest::errorsOfARouteThatWasConfirmedAreTold()
{
    Story story(2);
    story.timing.stuckAfter = 1h;
    story.limits = { { .errorRate = 0.5, .latencyP99 = {}, .queue = {}, .utilisation = {} }, {} };
    story.routers[1]->follows = false;
    story.hooks.guards = [](const PlanStatus& status, std::size_t move, const RouteReading&) {
        const bool fails = status.routes[move].state == RouteProgress::State::Confirmed;
        return std::vector { GuardValues { .where = "gcp", .errorRate = fails ? 1 : 0, .latencyP99 = {}, .queue = {}, .utilisation = {}, .requests = 40 } };
    };
    story.start();
    const auto end = story.settled();
    QVERIFY(end);
    QVERIFY2(said(*end).contains(QStringLiteral("a guard is broken: route0: gcp: error rate 100 % of 40 requests, limit 50 %")), qPrintable(said(*end)));
}

void ShiftMachineTest::whatStandsStillHasNotRecovered()
{
    Story story(1, { { 70, 30 } });
    story.begin.plan.kind = Plan::Kind::Evacuation;
    story.routers[0]->follows = false;
    story.start();
    const auto paused = story.await(ShiftPhase::Paused);
    QVERIFY(paused);
    QVERIFY(!paused->recovery);
    story.routers[0]->script([](ScriptedRouter& it) { it.follows = true; });
    story.machine->resume();
    const auto end = story.ended();
    QCOMPARE(end->phase, ShiftPhase::Done);
    QVERIFY(end->recovery);
}

void ShiftMachineTest::goesBackInStepsFromWhereItStands()
{
    Story story;
    story.begin.plan.bake = 1h;
    story.start();
    QVERIFY(story.await(ShiftPhase::Baking));
    story.machine->pause();
    story.machine->resume();
    QVERIFY(story.await(ShiftPhase::Baking));
    story.machine->goBack("grace");
    const auto end = story.ended();
    QVERIFY(end);
    QCOMPARE(end->phase, ShiftPhase::Returned);
    QVERIFY((story.applied() == std::vector<Weights> { { 90, 10 }, { 100, 0 } }));
    QCOMPARE(end->back->person, std::string("grace"));
}

void ShiftMachineTest::goesBackHoweverLittleItGave()
{
    Story story(1, { { 99.6, 0.4 }, { 99, 1 } });
    story.begin.plan.bake = 1h;
    story.start();
    QVERIFY(story.await(ShiftPhase::Baking));
    story.machine->goBack();
    QCOMPARE(story.ended()->phase, ShiftPhase::Returned);
    QVERIFY((story.applied() == std::vector<Weights> { { 99.6, 0.4 }, { 100, 0 } }));
}

void ShiftMachineTest::goesBackFromAPause()
{
    Story story;
    story.routers[0]->follows = false;
    story.start();
    QVERIFY(story.await(ShiftPhase::Paused));
    story.machine->goBack();
    QCOMPARE(story.ended()->phase, ShiftPhase::Returned);
    QCOMPARE(story.applied().size(), std::size_t(2));
}

void ShiftMachineTest::aWriteThatArrivesLateIsTakenBackToo()
{
    Story story;
    story.timing.lateFor = 3s;
    story.routers[0]->losesWrites = 1000;
    story.start();
    QVERIFY(story.await(ShiftPhase::Paused));
    story.routers[0]->script([](ScriptedRouter& it) { it.losesWrites = 0; });
    story.machine->goBack();
    QVERIFY(story.await([](const PlanStatus& it) { return it.note.find("may still be on its way") != std::string::npos; }));
    story.routers[0]->script([](ScriptedRouter& it) { it.weights = it.before = { 90, 10 }; });
    QCOMPARE(story.ended()->phase, ShiftPhase::Returned);
    QVERIFY((story.applied() == std::vector<Weights> { { 100, 0 } }));
}

void ShiftMachineTest::aWayBackThatStillWaitsHasNotBegun_data()
{
    QTest::addColumn<Script>("then");
    QTest::newRow("its program ends") << Script([](Story& it) { it.machine.reset(); });
    QTest::newRow("it is killed") << Script([](Story&) {});
    QTest::newRow("it is paused") << Script([](Story& it) {
        it.machine->pause();
        QVERIFY(it.await(ShiftPhase::Paused));
    });
}

/// Found after a crash in the midst of a write: it waits for that, and is no pause meanwhile; cut off there, it stands where it stood.
void ShiftMachineTest::aWayBackThatStillWaitsHasNotBegun()
{
    QFETCH(Script, then);
    Story story;
    story.timing.lateFor = 1h;
    story.begin.phase = ShiftPhase::Paused;
    story.begin.note = "its program ended; step 2 has not arrived";
    story.begin.step = 2;
    story.begin.stepsDone = 1;
    story.begin.routes = { { .route = "route0", .state = RouteProgress::State::Waiting, .version = {}, .desired = { 80, 20 }, .accepted = { 90, 10 }, .observed = {}, .windowRequests = 0, .note = {}, .error = {} } };
    story.begin.record = { { .step = 2, .returning = false, .writtenAt = wallClock(), .acceptedAfter = {}, .confirmedAfter = {}, .moved = { 0.1 }, .note = {} } };
    story.start();
    story.machine->goBack();
    const auto waits = story.await([](const PlanStatus& it) { return it.note.find("may still be on its way") != std::string::npos; });
    QVERIFY(waits);
    QCOMPARE(waits->phase, ShiftPhase::Returning);
    then(story);
    QTRY_VERIFY([&] {
        const std::lock_guard lock(story.journal->mutex);
        return !story.journal->written.empty();
    }());
    const std::lock_guard lock(story.journal->mutex);
    const auto& kept = story.journal->written.back();
    QVERIFY(!kept.back && kept.step == 2 && kept.stepsDone == 1 && kept.record.size() == 1);
    QVERIFY(story.applied().empty());
}

void ShiftMachineTest::returnsInStepsFromOneJump()
{
    // What left in one step comes back in many, and capacity is looked at before each of them.
    Story story(1, { { 0, 100 } });
    story.begin.plan.now = true;
    story.begin.expiresAt = wallClock() + 24h;
    std::atomic<bool> room = false;
    story.hooks.judge = [&](const Plan& part, std::size_t done, std::span<const RouteReading>) {
        // The way there has its second person; who undoes it needs none.
        if (part.moves[0].steps.back()[0] <= 0)
            return judgementThat();
        return judgementThat(!room && done == 4 ? std::vector<std::string> { "capacity", "second_person", "max_step" } : std::vector<std::string> { "second_person" });
    };
    story.start();
    QVERIFY(story.await(ShiftPhase::Baking));
    story.machine->goBack();
    const auto paused = story.await(ShiftPhase::Paused);
    QVERIFY(paused);
    QVERIFY2(said(*paused).contains(QStringLiteral("no safe return now: capacity")), qPrintable(said(*paused)));
    QVERIFY(!said(*paused).contains(QStringLiteral("second_person")));
    QCOMPARE(story.applied().size(), std::size_t(5));
    QCOMPARE(paused->routes[0].accepted, (Weights { 40, 60 }));
    room = true;
    story.machine->resume();
    QCOMPARE(story.ended()->phase, ShiftPhase::Returned);
    QCOMPARE(story.applied().size(), std::size_t(11));
    double before = 0;
    for (const auto& step : story.applied()) {
        if (step[0] > 0)
            QVERIFY(step[0] - before <= 10.01);
        before = step[0];
    }
}

void ShiftMachineTest::stopsWhereItStands()
{
    Story story;
    story.begin.plan.bake = 1h;
    story.start();
    QVERIFY(story.await(ShiftPhase::Baking));
    story.machine->stop();
    const auto end = story.ended();
    QCOMPARE(end->phase, ShiftPhase::Stopped);
    QCOMPARE(story.applied().size(), std::size_t(1));
    QCOMPARE(end->routes[0].accepted[1], 10.0);
}

void ShiftMachineTest::whatIsStoppedStillSaysWhyItHadPaused()
{
    Story story;
    story.routers[0]->follows = false;
    story.start();
    QVERIFY(story.await(ShiftPhase::Paused));
    story.machine->stop();
    const auto end = story.ended();
    QCOMPARE(end->phase, ShiftPhase::Stopped);
    QVERIFY2(said(*end).contains(QStringLiteral("stopped where it stands; it had paused: stuck: route0")), qPrintable(said(*end)));
}

void ShiftMachineTest::whatIsStoppedIsNotResumedAnyMore_data()
{
    QTest::addColumn<bool>("resumed");
    QTest::addColumn<QString>("note");
    QTest::newRow("from its pause") << false << "stopped where it stands; it was paused by ada";
    QTest::newRow("after it was resumed") << true << "stopped where it stands";
}

void ShiftMachineTest::whatIsStoppedIsNotResumedAnyMore()
{
    QFETCH(bool, resumed);
    QFETCH(QString, note);
    Story story;
    story.routers[0]->follows = false;
    story.timing.stuckAfter = 1h;
    story.timing.fewAfter = 1h;
    story.start();
    QVERIFY(story.await(ShiftPhase::Confirming));
    story.machine->pause("ada");
    QVERIFY(story.await(ShiftPhase::Paused));
    if (resumed) {
        story.machine->resume("ada");
        QVERIFY(story.await(ShiftPhase::Confirming));
    }
    story.machine->stop("ada");
    const auto end = story.ended();
    QCOMPARE(end->phase, ShiftPhase::Stopped);
    QCOMPARE(QString::fromStdString(end->note), note);
    QCOMPARE(QString::fromStdString(story.journal->written.back().note), note);
}

void ShiftMachineTest::pausesAndResumes()
{
    Story story;
    story.begin.plan.bake = 1h;
    story.start();
    QVERIFY(story.await(ShiftPhase::Baking));
    story.machine->pause();
    QVERIFY(story.await(ShiftPhase::Paused));
    QCOMPARE(story.applied().size(), std::size_t(1));
    QVERIFY(!story.machine->isOver());
    story.machine->resume();
    const auto goesOn = story.await(ShiftPhase::Baking);
    QVERIFY(goesOn);
    QCOMPARE(goesOn->note, std::string("observed agrees"));
    story.machine->stop();
    QCOMPARE(story.ended()->phase, ShiftPhase::Stopped);
}

void ShiftMachineTest::confirmsAgainAfterBeingStuck()
{
    Story story;
    story.routers[0]->follows = false;
    story.start();
    QVERIFY(story.await(ShiftPhase::Paused));
    story.machine->resume();
    QVERIFY(story.await(ShiftPhase::Confirming));
    QVERIFY(story.await(ShiftPhase::Paused));
    QCOMPARE(story.applied().size(), std::size_t(1));
    story.routers[0]->script([](ScriptedRouter& it) { it.follows = true; });
    story.machine->resume();
    QCOMPARE(story.ended()->phase, ShiftPhase::Done);
}

void ShiftMachineTest::tellsAChangeBySomebodyElse_data()
{
    QTest::addColumn<bool>("whileBaking");
    QTest::newRow("while it confirms") << false;
    QTest::newRow("while it bakes") << true;
}

void ShiftMachineTest::tellsAChangeBySomebodyElse()
{
    QFETCH(bool, whileBaking);
    Story story;
    story.routers[0]->follows = whileBaking;
    story.timing.stuckAfter = 1h;
    story.begin.plan.bake = 1h;
    story.start();
    QVERIFY(story.await(whileBaking ? ShiftPhase::Baking : ShiftPhase::Confirming));
    story.routers[0]->script([](ScriptedRouter& it) { it.weights = { 55, 45 }; });
    const auto end = story.ended();
    QCOMPARE(end->phase, ShiftPhase::Failed);
    QCOMPARE(end->error->kind, Error::Kind::Conflict);
    QVERIFY(end->error->what.find("somebody else changed the route") != std::string::npos);
    QCOMPARE(story.applied().size(), std::size_t(1));
}

void ShiftMachineTest::aStepThatWasLeftBehindBakesAnew()
{
    Story story;
    story.begin.plan.bake = 1h;
    story.routers[0]->weights = story.routers[0]->before = { 90, 10 };
    story.begin.phase = ShiftPhase::Paused;
    story.begin.step = story.begin.stepsDone = 1;
    story.begin.record = { {} };
    story.begin.routes = { { .route = "route0", .state = RouteProgress::State::Confirmed, .version = story.routers[0]->version(), .desired = { 90, 10 }, .accepted = { 90, 10 }, .observed = {}, .windowRequests = 0, .note = {}, .error = {} } };
    story.start();
    story.machine->resume();
    QVERIFY(story.await(ShiftPhase::Baking));
    QVERIFY(story.applied().empty());
}

void ShiftMachineTest::setsAgainWhatARouterForgot_data()
{
    QTest::addColumn<QString>("when");
    QTest::addColumn<QList<double>>("configured");
    QTest::addColumn<QString>("order");
    using D = QList<double>;
    for (const char* when : { "confirming", "baking", "silent" })
        for (const auto& [name, configured] : { std::pair { "where it began", D { 100, 0 } }, { "elsewhere", D { 40, 60 } } })
            for (const char* order : { "resume", "back" })
                QTest::addRow("%s, it wakes up %s, %s", when, name, order) << QString::fromLatin1(when) << configured << QString::fromLatin1(order);
}

void ShiftMachineTest::setsAgainWhatARouterForgot()
{
    QFETCH(QString, when);
    QFETCH(QList<double>, configured);
    QFETCH(QString, order);
    const bool baking = when == QLatin1String("baking"), silent = when == QLatin1String("silent");
    Story story;
    story.routers[0]->follows = baking;
    story.timing.stuckAfter = 1h;
    story.timing.patience = 20ms;
    story.begin.plan.bake = baking ? 1h : 0ms;
    story.start();
    QVERIFY(story.await(baking ? ShiftPhase::Baking : ShiftPhase::Confirming));
    story.routers[0]->script([&](ScriptedRouter& it) {
        it.dead = silent;
        it.reload(Weights(configured.begin(), configured.end()));
    });
    QVERIFY(story.await(ShiftPhase::Paused));
    auto status = story.machine->status();
    if (!silent) {
        QVERIFY2(status.error->what.find("reloaded at 08:39:02 UTC, which undid 90 / 10") != std::string::npos, status.error->text().c_str());
        QCOMPARE(status.routes[0].undone, Weights(configured.begin(), configured.end()));
    }
    QCOMPARE(story.applied().size(), std::size_t(1));
    story.routers[0]->script([](ScriptedRouter& it) {
        it.dead = false;
        it.follows = true;
    });
    if (order == QLatin1String("back")) {
        story.machine->goBack();
        QCOMPARE(story.ended()->phase, ShiftPhase::Returned);
        QCOMPARE(story.routers[0]->weights, (Weights { 100, 0 }));
        return;
    }
    story.machine->resume();
    if (baking) {
        QVERIFY(story.await(ShiftPhase::Baking));
        status = story.machine->status();
        QVERIFY(status.routes[0].undone.empty());
        QCOMPARE(status.routes[0].accepted, (Weights { 90, 10 }));
        QCOMPARE(status.stepsDone, std::size_t(1));
        return;
    }
    QCOMPARE(story.ended()->phase, ShiftPhase::Done);
    // What was forgotten is set again in steps no wider than those of a way back, and no step is left out.
    const auto applied = story.applied();
    Weights before(configured.begin(), configured.end());
    for (std::size_t i = 1; i < applied.size(); ++i) {
        QVERIFY(std::abs(applied[i][1] - before[1]) <= story.timing.largestStepBack + 0.1);
        before = applied[i];
    }
    QCOMPARE(applied[applied.size() - 3], (Weights { 90, 10 }));
    QCOMPARE(applied.back(), (Weights { 70, 30 }));
}

void ShiftMachineTest::whatIsPendingIsNotSetAgainTwice()
{
    Story story;
    story.routers[0]->follows = false;
    story.timing.stuckAfter = 1h;
    story.start();
    QVERIFY(story.await(ShiftPhase::Confirming));
    story.routers[0]->script([](ScriptedRouter& it) { it.reload({ 40, 60 }); });
    QVERIFY(story.await(ShiftPhase::Paused));
    const auto before = story.applied().size();
    constexpr int readingsUntilItIsTaken = 5;
    story.routers[0]->script([](ScriptedRouter& it) {
        it.follows = true;
        it.takesReads = readingsUntilItIsTaken;
    });
    story.machine->resume();
    QCOMPARE(story.ended()->phase, ShiftPhase::Done);
    const auto applied = story.applied();
    for (std::size_t i = before; i < applied.size(); ++i)
        QVERIFY(applied[i] != applied[i - 1]);
    QCOMPARE(applied.back(), (Weights { 70, 30 }));
}

void ShiftMachineTest::takesBackWhatARouterRefusesLate()
{
    Story story;
    story.routers[0]->takesReads = 3;
    story.routers[0]->refuses = "edge refuses it, UnsupportedValue";
    story.start();
    const auto status = story.ended();
    QCOMPARE(status->phase, ShiftPhase::Failed);
    QVERIFY2(status->error->what.find("edge refuses it, UnsupportedValue; the weights were taken back") != std::string::npos, status->error->text().c_str());
    QCOMPARE(story.applied(), (std::vector<Weights> { { 90, 10 }, { 100, 0 } }));
    QCOMPARE(status->routes[0].state, RouteProgress::State::Failed);
}

void ShiftMachineTest::writesBeforeItActs()
{
    Story story;
    story.start();
    QCOMPARE(story.ended()->phase, ShiftPhase::Done);
    story.machine.reset();
    std::vector<PlanStatus> intents;
    for (const auto& status : story.journal->written)
        if (status.phase == ShiftPhase::Writing)
            intents.push_back(status);
    QCOMPARE(intents.size(), std::size_t(3));
    for (std::size_t i = 0; i < 3; ++i) {
        QCOMPARE(intents[i].step, i + 1);
        QCOMPARE(intents[i].stepsDone, i);
        QCOMPARE(intents[i].routes[0].desired[1], 10.0 * static_cast<double>(i + 1));
        QCOMPARE(intents[i].routes[0].accepted[1], 10.0 * static_cast<double>(i));
    }
    const auto& last = story.journal->written.back();
    QCOMPARE(last.phase, ShiftPhase::Done);
    QCOMPARE(last.record.size(), std::size_t(3));
    QVERIFY(std::ranges::all_of(last.record, [](const StepRecord& it) { return it.acceptedAfter && it.confirmedAfter && it.note == "observed agrees"; }));
    auto keys = story.routers[0]->keys;
    std::ranges::sort(keys);
    QVERIFY(std::ranges::adjacent_find(keys) == keys.end());
}

void ShiftMachineTest::survivesTheEndOfTheProgram()
{
    Story story;
    story.begin.plan.bake = 1h;
    story.start();
    QVERIFY(story.await(ShiftPhase::Baking));
    story.machine.reset();
    QCOMPARE(story.told.back().phase, ShiftPhase::Paused);
    QCOMPARE(story.journal->written.back().phase, ShiftPhase::Paused);
    QCOMPARE(story.journal->written.back().step, std::size_t(1));
}

void ShiftMachineTest::losesNoCommand()
{
    Story story;
    story.begin.plan.bake = 1h;
    story.start();
    QVERIFY(story.await(ShiftPhase::Baking));
    story.machine->goBack();
    story.machine->pause();
    story.machine->resume();
    QCOMPARE(story.ended()->phase, ShiftPhase::Returned);
}

void ShiftMachineTest::goesOnOnceARouterAnswersAgain_data()
{
    QTest::addColumn<bool>("back");
    QTest::addColumn<bool>("inApply");
    QTest::newRow("resumed after it hung in a read") << false << false;
    QTest::newRow("resumed after it hung in a write that was done later") << false << true;
    QTest::newRow("taken back after it hung in a write that was done later") << true << true;
}

void ShiftMachineTest::goesOnOnceARouterAnswersAgain()
{
    QFETCH(bool, back);
    QFETCH(bool, inApply);
    Story story;
    story.routers[0]->hangs = !inApply;
    story.routers[0]->hangsInApply = inApply;
    story.start();
    QVERIFY(story.await(ShiftPhase::Paused));
    story.routers[0]->script([](ScriptedRouter& it) { it.hangs = it.hangsInApply = false; });
    if (back)
        story.machine->goBack();
    else
        story.machine->resume();
    const auto end = story.ended();
    QVERIFY(end);
    QVERIFY2(end->phase == (back ? ShiftPhase::Returned : ShiftPhase::Done), qPrintable(said(*end)));
    QCOMPARE(end->routes[0].accepted[1], back ? 0.0 : 30.0);
    // No step twice: the late one counts.
    auto applied = story.applied();
    QVERIFY(std::ranges::adjacent_find(applied) == applied.end());
}

void ShiftMachineTest::returnsByItselfWhenItsTimeIsOver()
{
    Story story;
    story.begin.expiresAt = wallClock() + 50ms;
    story.start();
    const auto end = story.ended();
    QCOMPARE(end->phase, ShiftPhase::Returned);
    QCOMPARE(end->routes[0].accepted[1], 0.0);
    QVERIFY(end->back->reason.find("its time is over") != std::string::npos);
}

void ShiftMachineTest::losesItsLeaseAndStandsStill()
{
    Story story;
    story.hooks.hold = [&]() -> Result<> { return story.applied().size() == 1 ? Result<>(fail(Error::Kind::Refused, "the leases of S-1 were taken over")) : Result<>(); };
    story.start();
    const auto paused = story.await(ShiftPhase::Paused);
    QVERIFY(paused->note.find("taken over") != std::string::npos);
    QCOMPARE(story.applied().size(), std::size_t(1));
}

void ShiftMachineTest::nowSkipsBakes()
{
    Story story;
    story.begin.plan.now = true;
    story.begin.plan.bake = 1h;
    story.start();
    QCOMPARE(story.ended()->phase, ShiftPhase::Done);
}

QTEST_APPLESS_MAIN(ShiftMachineTest)
#include "tst_shiftmachine.moc"
