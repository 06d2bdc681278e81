// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include "planfleet.h"
#include "planner/bestsplit.h"
#include "planner/board.h"
#include "planner/evacuation.h"
#include "planner/interlocks.h"

using namespace penstock;
using namespace penstock::plantest;

/// What plans that run or have just run leave to the next.
class ClaimsTest : public QObject
{
    Q_OBJECT

private slots:
    void whatHasMovedTakesTheRoomOfWhatEnds();
    void whatHasLeftIsNotForgottenBeforeTheFleetsShowIt();
    void whatIsOnItsWayIsAllocatedWhereItArrives();
    void whoseWeightStaysKeepsWhatItHolds();
    void whatLeftARegionLeftThatRegion();
    void aShiftLeavesWhatItsPreviewSaid_data();
    void aShiftLeavesWhatItsPreviewSaid();
    void whoRelievesAFullPlaceIsNotHeldUp();
    void whatIsLeftToMoveIsNotRoundedUpAgain();
    void aWayBackNeedsNone();
    void anEvacuationThatEndsJobsGoesOn_data();
    void anEvacuationThatEndsJobsGoesOn();
    void whatComesBackIsWhereItWas();
    void jobsThatEndHoldUpNoWayBackOfTheirOwnRoute();
    void whatWasEvacuatedTakesNothing();
    void aRunningEvacuationLeavesItsOwnRowAsItWas();
    void nothingIsPutWhereAnotherEvacuationRuns();
    void whatIsBeingEvacuatedGetsNoMore();
    void whatIsPromisedIsAllocatedInAPreview();
    void whatARunningShiftWasPromisedIsNotCountedTwice();
    void whatARunningShiftHasMovedIsCountedOnce_data();
    void whatARunningShiftHasMovedIsCountedOnce();
    void whatARunningEvacuationHasMovedIsCountedOnce_data();
    void whatARunningEvacuationHasMovedIsCountedOnce();
};

/// What has moved stands where jobs are to end for it, and not on top of what is free.
void ClaimsTest::whatHasMovedTakesTheRoomOfWhatEnds()
{
    auto fleet = chatAndTraining();
    fleet.add("azure", "us-1", 3, 8, 8, 0);
    fleet.add("gcp", "us-1", 4, 8, 8, 1);
    fleet.add("gcp", "us-1", 1, 8, 0, 0);
    const auto ground = fleet.ground(CapacityDetail::Holders);
    const auto readings = fleet.readings(*ground);
    const auto made = evacuate(*ground, { .provider = "azure", .region = {}, .cluster = {}, .node = {} }, pointers(readings));
    QCOMPARE(made.endedGpus(), std::int64_t { 16 });
    const auto after = fleet.ground(CapacityDetail::Holders, { .arrivals = { { 0, { 0, 100, 0 } } }, .endings = { { .plan = "S-1", .jobs = made.shed } } });
    const std::uint32_t gcp = 1;
    QCOMPARE(after->carried(0, gcp), std::int64_t { 24 });
    QCOMPARE(after->room().held(gcp, 1), std::int64_t { 16 });
    QCOMPARE(after->room().headroom(gcp, 0), std::int64_t { 0 });
}

void ClaimsTest::whatHasLeftIsNotForgottenBeforeTheFleetsShowIt()
{
    const auto fleet = threeClouds();
    // Azure's 400 GPUs of load have gone to aws a moment ago, which will need 400 of its 320 free ones.
    const auto ground = fleet.ground(CapacityDetail::Holders, { .arrivals = { { 0, { 0, 30, 70 } } } });
    auto readings = fleet.readings(*ground);
    for (std::size_t b = 0; b < 3; ++b)
        readings[0].backends[b].accepted = std::array { 0.0, 30.0, 70.0 }[b];
    const auto rows = board(*ground, pointers(readings));
    const auto percentOf = [&](const char* provider) { return std::ranges::find_if(rows, [&](const BoardRow& it) { return it.provider == provider && it.region.empty(); })->percent; };
    QCOMPARE(percentOf("azure"), 100.0); // nothing is there any more
    // What aws carries, 560, finds 320 at gcp and 320 at azure.
    auto made = evacuate(*ground, of("aws"), pointers(readings));
    QCOMPARE(made.flows.front().gpus, std::int64_t { 560 });
    QCOMPARE(made.survives, 100.0);
    QCOMPARE(percentOf("aws"), 100.0);
    // To who has just evacuated azure it is no place.
    const auto left = fleet.ground(CapacityDetail::Holders, { .arrivals = { { 0, { 0, 30, 70 } } }, .leaves = { { "S-1", of("azure") } } });
    made = evacuate(*left, of("aws"), pointers(readings));
    QCOMPARE(made.moves.front().to, (Weights { 0, 100, 0 }));
    QCOMPARE(made.survives, 70.0);
    QCOMPARE(made.homelessGpus(), std::int64_t { 240 });
    // Another plan finds aws full.
    QCOMPARE(ground->room().headroom(std::vector { std::uint32_t { 2 } }, 0), std::int64_t { 0 });
    QCOMPARE(fleet.ground(CapacityDetail::Holders, Claims { .arrivals = { { 0, { 0, 30, 70 } } } }.besides(std::array { std::uint32_t { 0 } }))->room().headroom(std::vector { std::uint32_t { 2 } }, 0), std::int64_t { 320 });
}

void ClaimsTest::whatIsOnItsWayIsAllocatedWhereItArrives()
{
    auto fleet = threeClouds();
    fleet.rules.prices = { { .provider = "aws", .region = {}, .model = "H100 80GB SXM", .perGpuHour = 2, .asOf = {}, .source = {} } };
    // 80 GPUs of load have gone from azure to aws, which now fails.
    const auto ground = fleet.ground(CapacityDetail::Holders, { .arrivals = { { 0, { 40, 30, 30 } } } });
    auto readings = fleet.readings(*ground);
    for (std::size_t b = 0; b < 3; ++b)
        readings[0].backends[b].accepted = std::array { 40.0, 30.0, 30.0 }[b];
    const auto lines = linesOf(*ground, evacuate(*ground, of("aws"), pointers(readings)).effect, EffectBy::Provider);
    const auto at = [&](const char* provider) { return std::ranges::find(lines, provider, &EffectLine::provider)->sum; };
    QCOMPARE(at("aws").allocatedBefore, std::int64_t { 240 });
    QCOMPARE(at("aws").freed, std::int64_t { 240 });
    QCOMPARE(at("aws").allocatedAfter, std::int64_t { 0 });
    QCOMPARE(at("aws").costBefore, 480.0);
    QCOMPARE(at("aws").costAfter, 0.0);
    QCOMPARE(at("azure").allocatedBefore, std::int64_t { 320 });
    QCOMPARE(at("azure").allocatedAfter, std::int64_t { 560 });
}

/// Aws holds 40 GPUs more than its weight asks for, and neither gains nor loses by what was moved from azure to gcp.
void ClaimsTest::whoseWeightStaysKeepsWhatItHolds()
{
    auto fleet = chatFleet();
    fleet.add("azure", "us-1", 50, 8, 8, 0);
    fleet.add("gcp", "us-1", 25, 8, 8, 0);
    fleet.add("aws", "us-1", 25, 8, 8, 0);
    fleet.add("gcp", "us-1", 60, 8, 0, 0);
    const auto carried = [](const Ground& ground) { return QList<std::int64_t> { ground.carried(0, 0), ground.carried(0, 1), ground.carried(0, 2) }; };
    QCOMPARE(carried(*fleet.ground(CapacityDetail::Free, { .arrivals = { { 0, { 40, 40, 20 }, { { { 50, 30, 20 }, { 400, 200, 200 } } }, { 40, 30, 20 }, { 50, 40, 20 } } } })), (QList<std::int64_t> { 320, 280, 200 }));
    // Nobody knows what somebody else has changed.
    QCOMPARE(carried(*fleet.ground(CapacityDetail::Free, { .arrivals = { { 0, { 40, 40, 20 } } } })), (QList<std::int64_t> { 320, 320, 160 }));
    // There and back again: gcp has nothing to come, but what it got in between may have to leave.
    QCOMPARE(carried(*fleet.ground(CapacityDetail::Free, { .arrivals = { { 0, { 60, 20, 20 }, { { { 60, 20, 20 }, { 480, 120, 200 } } }, { 50, 20, 20 }, { 60, 40, 20 } } } })), (QList<std::int64_t> { 480, 120, 200 }));
}

/// A region of a provider whose backend stands for all of it.
void ClaimsTest::whatLeftARegionLeftThatRegion()
{
    auto fleet = chatFleet();
    fleet.add("azure", "us-1", 10, 8, 8, 0);
    fleet.add("azure", "us-2", 10, 8, 8, 0);
    fleet.add("gcp", "us-1", 10, 8, 8, 0);
    fleet.add("gcp", "us-1", 20, 8, 0, 0);
    const Scope region { .provider = "azure", .region = "us-1", .cluster = {}, .node = {} };
    const auto ground = fleet.ground(CapacityDetail::Holders, { .arrivals = { { 0, { 33.4, 66.6, 0 }, { { { 66.7, 33.3, 0 }, { 160, 80, 0 } } }, { 33.4, 33.3, 0 }, { 66.7, 66.6, 0 } } }, .leaves = { { "S-1", region } } });
    QCOMPARE(ground->carried(0, 0), std::int64_t { 0 });
    QCOMPARE(ground->carried(0, 1), std::int64_t { 80 });
    // To evacuate it once more moves nothing.
    auto readings = fleet.readings(*ground);
    for (std::size_t b = 0; b < 3; ++b)
        readings[0].backends[b].accepted = std::array { 33.4, 66.6, 0.0 }[b];
    QVERIFY(evacuate(*ground, region, pointers(readings)).moves.empty());
}

void ClaimsTest::aShiftLeavesWhatItsPreviewSaid_data()
{
    QTest::addColumn<QList<double>>("to");
    QTest::newRow("between two") << QList<double> { 40, 40, 20 };
    QTest::newRow("to a part of a replica") << QList<double> { 48.7, 31.3, 20 };
    QTest::newRow("all of one") << QList<double> { 0, 55, 45 };
    QTest::newRow("for good, of who held more than its weight") << QList<double> { 50, 50, 0 };
}

/// The figures beside a shift before it runs are those that the pages show once it has run and the fleets have not followed.
void ClaimsTest::aShiftLeavesWhatItsPreviewSaid()
{
    QFETCH(QList<double>, to);
    auto fleet = chatFleet();
    fleet.add("azure", "us-1", 40, 8, 8, 0);
    fleet.add("gcp", "us-1", 25, 8, 8, 0);
    fleet.add("aws", "us-1", 35, 8, 8, 0);
    for (const auto* provider : { "gcp", "aws" })
        fleet.add(provider, "us-1", 60, 8, 0, 0);
    const auto bare = fleet.ground();
    const RouteMove move { .route = 0, .from = { 50, 30, 20 }, .to = { to[0], to[1], to[2] } };
    const auto effect = effectOf(*bare, std::array { move });
    QVERIFY(effect.fits());
    Arrival arrival { 0, move.to, bare->known(0, move.from), {}, {} };
    for (std::size_t b = 0; b < 3; ++b) {
        arrival.least.push_back(std::min(move.from[b], move.to[b]));
        arrival.most.push_back(std::max(move.from[b], move.to[b]));
    }
    const auto after = fleet.ground(CapacityDetail::Free, { .arrivals = { arrival } });
    std::int64_t more = 0;
    for (const auto& need : effect.needs) {
        QCOMPARE(after->carried(0, need.backend), need.heldGpus + need.neededGpus);
        more += need.neededGpus;
    }
    // A part of a replica takes a whole one; no other load comes or goes.
    QVERIFY2(more >= 0 && more <= 2 * 8, qPrintable(QString::number(more)));
    // Back again, before any fleet has followed, are the GPUs that each still has.
    std::erase_if(fleet.nodes, [](const PlanFleet::Node& it) { return it.gpus.front().workload == noWorkload; });
    const auto full = fleet.ground(CapacityDetail::Free, { .arrivals = { arrival } });
    const auto back = effectOf(*full, std::array { RouteMove { .route = 0, .from = move.to, .to = move.from } });
    QVERIFY(back.fits());
    for (const auto& need : back.needs)
        QCOMPARE(need.heldGpus + need.neededGpus, effect.needs[need.backend].heldGpus);
}

/// Two nodes of training end at gcp for what came from azure. Training's own route has moved a little since, and moves back.
void ClaimsTest::jobsThatEndHoldUpNoWayBackOfTheirOwnRoute()
{
    auto fleet = chatAndTraining();
    const auto at = [](const char* id) { return Route::Backend { id, { .provider = id, .region = {}, .cluster = {}, .node = {} } }; };
    fleet.rules.routes.push_back({ .name = "train", .workload = "train", .router = {}, .backends = { at("gcp"), at("aws") } });
    fleet.add("azure", "us-1", 2, 8, 8, 0);
    fleet.add("gcp", "us-1", 4, 8, 8, 1);
    fleet.add("aws", "us-1", 2, 8, 8, 1);
    const ShedLoad job { .workload = "train", .provider = "gcp", .region = "us-1", .cluster = "gcp-us-1", .model = "H100 80GB SXM", .gpus = 16, .replicas = 2 };
    const auto ground = fleet.ground(CapacityDetail::Holders, { .arrivals = { { 0, { 0, 100, 0 }, { { { 100, 0, 0 }, { 16, 0, 0 } } } }, { 1, { 60, 40 }, { { { 66, 34 }, { 32, 16 } } } } }, .endings = { { .plan = "S-1", .jobs = { job } } } });
    QVERIFY(ground->carriedBy(1, 0).gpus < 32);
    QVERIFY(effectOf(*ground, std::array { RouteMove { .route = 1, .from = { 60, 40 }, .to = { 58, 42 } } }).needs[0].neededGpus <= 0);
    const auto back = effectOf(*ground, std::array { RouteMove { .route = 1, .from = { 60, 40 }, .to = { 60.1, 39.9 } } });
    QVERIFY2(back.needs[0].needed < 1, qPrintable(QString::number(back.needs[0].needed)));
}

/// Azure holds H100, and the cheaper H200 beside them are free: what comes back is where it was.
void ClaimsTest::whatComesBackIsWhereItWas()
{
    auto fleet = chatFleet();
    fleet.add("azure", "us-1", 2, 8, 8, 0);
    fleet.add("gcp", "us-1", 4, 8, 0, 0);
    fleet.add("azure", "us-1", 2, 8, 0, 0, "H200 141GB SXM");
    fleet.rules.prices = { { .provider = "azure", .region = {}, .model = "H100", .perGpuHour = 9, .asOf = {}, .source = {} }, { .provider = "azure", .region = {}, .model = "H200", .perGpuHour = 1, .asOf = {}, .source = {} } };
    const auto ground = fleet.ground(CapacityDetail::Free, { .arrivals = { { 0, { 0, 100, 0 }, { { { 100, 0, 0 }, { 16, 0, 0 } } } } } });
    for (const auto& it : effectOf(*ground, std::array { RouteMove { .route = 0, .from = { 0, 100, 0 }, .to = { 100, 0, 0 } } }).pools)
        if (ground->places().providerName(ground->places().pools[it.pool]) == "azure")
            QCOMPARE(it.needed, ground->places().modelName(ground->places().pools[it.pool]).starts_with("H100") ? std::int64_t { 16 } : std::int64_t { 0 });
}

/// Gcp was sent more than it has room for, which is no reason to leave all of it there.
void ClaimsTest::whoRelievesAFullPlaceIsNotHeldUp()
{
    auto fleet = chatFleet();
    fleet.add("azure", "us-1", 5, 8, 8, 0);
    fleet.add("gcp", "us-1", 2, 8, 0, 0);
    fleet.add("aws", "us-1", 1, 8, 0, 0);
    const auto ground = fleet.ground(CapacityDetail::Holders, { .arrivals = { { 0, { 0, 100, 0 }, { { { 100, 0, 0 }, { 40, 0, 0 } } } } } });
    for (const auto& to : { Weights { 20, 80, 0 }, Weights { 100, 0, 0 }, Weights { 0, 80, 20 } }) {
        const auto effect = effectOf(*ground, std::array { RouteMove { .route = 0, .from = { 0, 100, 0 }, .to = to } });
        QVERIFY2(effect.fits(), qPrintable(QString::number(effect.shortGpus)));
    }
}

/// A seventh of azure's load has moved to two clouds, which run a part of a replica each for it. What is left fits as well as all of it did.
void ClaimsTest::whatIsLeftToMoveIsNotRoundedUpAgain()
{
    auto fleet = chatFleet();
    fleet.add("azure", "us-1", 4, 8, 8, 0);
    for (const auto* provider : { "gcp", "aws" }) {
        fleet.add(provider, "us-1", 1, 8, 8, 0);
        fleet.add(provider, "us-1", 2, 8, 0, 0);
    }
    const Weights from { 66, 17, 17 }, now { 56.6, 21.7, 21.7 };
    const auto known = fleet.ground()->known(0, from);
    const auto ground = fleet.ground(CapacityDetail::Holders, { .arrivals = { { 0, now, known } } });
    auto readings = fleet.readings(*ground);
    for (std::size_t b = 0; b < 3; ++b)
        readings[0].backends[b].accepted = now[b];
    const auto made = evacuate(*ground, of("azure"), pointers(readings));
    QCOMPARE(made.survives, 100.0);
    QCOMPARE(made.homelessGpus(), std::int64_t { 0 });
}

/// Half of what was sent to gcp, which had no room for it, is back at azure. It need not be able to go there again.
void ClaimsTest::aWayBackNeedsNone()
{
    auto fleet = chatFleet();
    fleet.add("azure", "us-1", 5, 8, 8, 0);
    fleet.add("gcp", "us-1", 2, 8, 0, 0);
    const std::vector<KnownLoad> known { { { 100, 0, 0 }, { 40, 0, 0 } }, { { 0, 100, 0 }, { 0, 40, 0 } } };
    const auto ground = fleet.ground(CapacityDetail::Holders, { .arrivals = { { 0, { 50, 50, 0 }, known } } });
    auto readings = fleet.readings(*ground);
    readings[0].backends[0].accepted = readings[0].backends[1].accepted = 50;
    Plan plan;
    plan.person = "ada";
    Circumstances circumstances;
    circumstances.now = now;
    circumstances.readings = pointers(readings);
    circumstances.holder = "S-2";
    circumstances.stepsDone = 1;
    const auto wayBack = [&](const Weights& target) {
        plan.moves = { { .route = "chat", .version = "7", .from = { 0, 100, 0 }, .steps = { { 50, 50, 0 }, target }, .known = known } };
        return judge(*ground, plan, circumstances).about("way_back");
    };
    QVERIFY2(wayBack({ 100, 0, 0 }).verdict == Interlock::Verdict::Note, wayBack({ 100, 0, 0 }).evidence.c_str());
    QVERIFY2(wayBack({ 80, 20, 0 }).blocks(), wayBack({ 80, 20, 0 }).evidence.c_str());
}

void ClaimsTest::anEvacuationThatEndsJobsGoesOn_data()
{
    QTest::addColumn<int>("written"); ///< of three steps
    QTest::addColumn<int>("done"); ///< of them, confirmed
    QTest::newRow("nothing was written") << 0 << 0;
    QTest::newRow("a step was written") << 1 << 0;
    QTest::newRow("a step was confirmed") << 1 << 1;
    QTest::newRow("two were confirmed") << 2 << 2;
    QTest::newRow("all was written before its program ended") << 3 << 0;
}

/// Two nodes of training are to end for it at gcp.
void ClaimsTest::anEvacuationThatEndsJobsGoesOn()
{
    QFETCH(int, written);
    QFETCH(int, done);
    auto fleet = chatAndTraining();
    fleet.add("azure", "us-1", 3, 8, 8, 0);
    fleet.add("gcp", "us-1", 4, 8, 8, 1);
    fleet.add("gcp", "us-1", 1, 8, 0, 0);
    const auto bare = fleet.ground(CapacityDetail::Holders);
    auto readings = fleet.readings(*bare);
    auto plan = *planOf(*bare, evacuate(*bare, of("azure"), pointers(readings)), pointers(readings), 34, false);
    QCOMPARE(plan.steps(), std::size_t { 3 });
    plan.person = "ada";
    plan.moves[0].known = bare->known(0, plan.moves[0].from);
    const auto split = written == 0 ? plan.moves[0].from : plan.moves[0].steps[static_cast<std::size_t>(written - 1)];
    for (std::size_t b = 0; b < 3; ++b)
        readings[0].backends[b].accepted = split[b];
    Claims claims;
    if (written > 0)
        claims.arrivals = { { 0, split, plan.moves[0].known } };
    Circumstances circumstances;
    circumstances.now = now;
    circumstances.readings = pointers(readings);
    circumstances.holder = "S-1";
    circumstances.stepsDone = static_cast<std::size_t>(done);
    const auto capacity = judge(*fleet.ground(CapacityDetail::Holders, claims), plan, circumstances).about("capacity");
    QVERIFY2(capacity.verdict != Interlock::Verdict::Block, capacity.evidence.c_str());
}

void ClaimsTest::whatWasEvacuatedTakesNothing()
{
    const auto fleet = threeClouds();
    const auto ground = fleet.ground(CapacityDetail::Holders, { .leaves = { { "S-1", of("azure") } } });
    const auto readings = fleet.readings(*ground);
    const auto made = evacuate(*ground, of("aws"), pointers(readings));
    QVERIFY(std::ranges::none_of(made.flows.front().to, [](const Evacuation::Flow::Landed& it) { return it.backend == 0; }));
    // A shift of somebody's own is free to go there.
    QCOMPARE(ground->room().headroom(std::vector { std::uint32_t { 0 } }, 0), std::int64_t { 320 });
}

void ClaimsTest::aRunningEvacuationLeavesItsOwnRowAsItWas()
{
    PlanFleet fleet;
    const auto at = [](const char* id) { return Route::Backend { id, { .provider = id, .region = {}, .cluster = {}, .node = {} } }; };
    for (const char* name : { "chat", "embed" }) {
        fleet.rules.workloads.emplace_back();
        fleet.rules.workloads.back().name = name;
        fleet.rules.workloads.back().replicaGpus = 8;
    }
    // Who has gcp alone must find it free, though aws is taken by the very load that it is set aside for.
    fleet.rules.routes = { { .name = "chat", .workload = "chat", .router = {}, .backends = { at("azure"), at("gcp"), at("aws") } }, { .name = "embed", .workload = "embed", .router = {}, .backends = { at("azure"), at("gcp") } } };
    fleet.add("azure", "us-1", 5, 8, 8, 0);
    fleet.add("azure", "us-1", 1, 8, 8, 1);
    fleet.add("gcp", "us-1", 4, 8, 0, 0);
    fleet.add("aws", "us-1", 5, 8, 0, 0);
    const auto bare = fleet.ground();
    const std::vector<RouteMove> moves { { 0, { 100, 0, 0 }, { 0, 0, 100 } } };
    const auto promises = promisesOf(*bare, effectOf(*bare, moves), moves, "S-1");
    QCOMPARE(board(*bare).front().percent, 100.0);
    QCOMPARE(board(*fleet.ground(CapacityDetail::Free, { .promises = promises })).front().percent, 100.0);
    const auto ground = fleet.ground(CapacityDetail::Holders, { .promises = promises });
    const auto readings = fleet.readings(*ground);
    QCOMPARE(evacuate(*ground, { .provider = "azure", .region = {}, .cluster = {}, .node = {} }, pointers(readings)).survives, 100.0);
}

void ClaimsTest::nothingIsPutWhereAnotherEvacuationRuns()
{
    auto fleet = chatFleet();
    fleet.add("azure", "us-1", 2, 8, 8, 0);
    fleet.add("gcp", "us-1", 9, 8, 0, 0);
    fleet.add("aws", "us-1", 1, 8, 0, 0);
    const auto percent = [&](std::vector<Promise> promises) { return board(*fleet.ground(CapacityDetail::Free, { .promises = std::move(promises) })).front().percent; };
    QCOMPARE(percent({}), 100.0);
    Promise leaving { .plan = "S-1", .workload = {}, .scope = {}, .model = {} };
    leaving.leaves.provider = "gcp";
    QCOMPARE(percent({ leaving }), 50.0);
    // Nor by any other plan.
    const auto ground = fleet.ground(CapacityDetail::Free, { .promises = { leaving } });
    QCOMPARE(ground->room().headroom(ground->map().routes[0].backends[1].fitting, 0), std::int64_t { 0 });
    QCOMPARE(ground->room().headroom(ground->map().routes[0].backends[2].fitting, 0), std::int64_t { 8 });
}

/// Though it carries load still, and nobody else has room.
void ClaimsTest::whatIsBeingEvacuatedGetsNoMore()
{
    auto fleet = chatFleet();
    fleet.add("azure", "us-1", 2, 8, 8, 0);
    fleet.add("gcp", "us-1", 2, 8, 8, 0);
    fleet.add("aws", "us-1", 2, 8, 8, 0);
    Promise leaving { .plan = "S-1", .workload = {}, .scope = {}, .model = {} };
    leaving.leaves.provider = "gcp";
    const auto ground = fleet.ground(CapacityDetail::Holders, { .promises = { leaving } });
    const auto readings = fleet.readings(*ground);
    const auto made = evacuate(*ground, of("azure"), pointers(readings));
    QCOMPARE(made.moves.size(), std::size_t { 1 });
    QVERIFY2(made.moves.front().to[1] <= made.moves.front().from[1] + 0.05, qPrintable(QString::number(made.moves.front().to[1])));
    SplitRequest request;
    request.routes = { 0 };
    request.accepted = { readings[0].accepted() };
    request.readings = pointers(readings);
    const auto split = bestSplit(*ground, request);
    QVERIFY(split);
    for (const auto& move : split->moves)
        QVERIFY(move.to[1] <= move.from[1]);
}

/// What is promised fills its pools before the plan that is looked at, which others will not have to themselves.
void ClaimsTest::whatIsPromisedIsAllocatedInAPreview()
{
    auto fleet = threeClouds();
    const auto bare = fleet.ground();
    const std::vector<RouteMove> moves { { 0, { 50, 30, 20 }, { 40, 30, 30 } } };
    const auto promises = promisesOf(*bare, effectOf(*bare, moves), moves, "S-1");
    const auto lineOf = [&](const Ground& ground) {
        const std::vector<RouteMove> other { { 0, { 50, 30, 20 }, { 45, 30, 25 } } };
        const auto lines = linesOf(ground, effectOf(ground, other), EffectBy::Provider);
        return std::ranges::find(lines, "aws", &EffectLine::provider)->sum;
    };
    const auto alone = lineOf(*bare), beside = lineOf(*fleet.ground(CapacityDetail::Free, { .promises = promises }));
    QCOMPARE(beside.allocatedBefore - alone.allocatedBefore, promises.front().gpus);
    QCOMPARE(beside.allocatedAfter - beside.allocatedBefore, alone.allocatedAfter - alone.allocatedBefore);
}

void ClaimsTest::whatARunningShiftWasPromisedIsNotCountedTwice()
{
    auto fleet = chatFleet();
    fleet.add("azure", "us-1", 8, 8, 8, 0);
    fleet.add("gcp", "us-1", 8, 8, 0, 0);
    fleet.add("aws", "us-1", 2, 8, 8, 0);
    // A shift is to bring half of azure's load to gcp, and nothing has moved yet.
    const auto bare = fleet.ground();
    const std::vector<RouteMove> moves { { 0, { 80, 0, 20 }, { 40, 40, 20 } } };
    const auto promises = promisesOf(*bare, effectOf(*bare, moves), moves, "S-1");
    const auto percentOf = [](const std::vector<BoardRow>& rows, const std::string& provider) { return std::ranges::find_if(rows, [&](const BoardRow& it) { return it.provider == provider && it.region.empty(); })->percent; };
    const auto alone = board(*bare), meanwhile = board(*fleet.ground(CapacityDetail::Free, { .promises = promises }));
    QCOMPARE(percentOf(alone, "azure"), 100.0);
    // Where azure is lost, the promised load is among what gcp has to take anyway.
    QCOMPARE(percentOf(meanwhile, "azure"), 100.0);
    // Where aws is lost, gcp keeps 32 GPUs for azure's load and has 32 left for aws' 16.
    QCOMPARE(percentOf(meanwhile, "aws"), 100.0);
    const auto ground = fleet.ground(CapacityDetail::Holders, { .promises = promises });
    const auto readings = fleet.readings(*ground);
    const auto made = evacuate(*ground, { .provider = "azure", .region = {}, .cluster = {}, .node = {} }, pointers(readings));
    QVERIFY(made.shed.empty());
    QCOMPARE(made.survives, 100.0);
    // The promise is void there, and only there.
    std::vector<bool> lost(ground->places().pools.size());
    lost[0] = true;
    QCOMPARE(ground->roomWithout(lost).headroom(1, 0), std::int64_t { 64 });
    QCOMPARE(ground->room().headroom(1, 0), std::int64_t { 32 });
}

void ClaimsTest::whatARunningShiftHasMovedIsCountedOnce_data()
{
    QTest::addColumn<std::uint32_t>("followed"); ///< nodes of load that the fleets show at gcp already
    QTest::newRow("no fleet has followed") << 0U;
    QTest::newRow("the fleets have followed in part") << 2U;
    QTest::newRow("the fleets have followed") << 4U;
}

/// Of the 80 GPUs that it brings to gcp 32 have been moved.
void ClaimsTest::whatARunningShiftHasMovedIsCountedOnce()
{
    QFETCH(std::uint32_t, followed);
    auto fleet = chatFleet();
    fleet.add("azure", "us-1", 10 - followed, 8, 8, 0);
    fleet.add("gcp", "us-1", followed, 8, 8, 0);
    fleet.add("gcp", "us-1", 14 - followed, 8, 0, 0);
    const Claims moved { .arrivals = { { 0, { 60, 40, 0 } } } };
    const std::vector<RouteMove> moves { { 0, { 60, 40, 0 }, { 0, 100, 0 }, true } };
    const auto arrived = fleet.ground(CapacityDetail::Free, moved);
    QVERIFY(arrived->hasArrived(0));
    auto claims = moved;
    claims.promises = promisesOf(*arrived, effectOf(*arrived, moves), moves, "S-1");
    const auto ground = fleet.ground(CapacityDetail::Free, claims);
    QCOMPARE(ground->carried(0, 0), std::int64_t { 48 });
    QCOMPARE(ground->carried(0, 1), std::int64_t { 32 });
    QCOMPARE(ground->room().headroom(1, 0), std::int64_t { 32 });
    // Once azure is lost, what was to be brought is among what has to find its place.
    std::vector<bool> lost { true, false };
    QCOMPARE(ground->roomWithout(lost).headroom(1, 0), std::int64_t { 80 });
    QCOMPARE(board(*ground).front().lostGpus, std::int64_t { 48 });
    QCOMPARE(board(*ground).front().percent, 100.0);
}

void ClaimsTest::whatARunningEvacuationHasMovedIsCountedOnce_data()
{
    QTest::addColumn<int>("steps");
    QTest::addColumn<int>("written"); ///< of them, by its program before it ended
    QTest::addColumn<int>("done"); ///< of them, confirmed
    QTest::addColumn<bool>("followed"); ///< by the fleets
    QTest::newRow("all of it was written") << 1 << 1 << 0 << false;
    QTest::newRow("all of it was written, and the fleets have followed") << 1 << 1 << 0 << true;
    // 100 GPUs of 400 have moved, in 13 replicas; what is left asks for 38 more, which are one too many.
    QTest::newRow("a part of a replica was written") << 4 << 1 << 0 << false;
    QTest::newRow("a part of a replica was confirmed") << 4 << 1 << 1 << false;
    QTest::newRow("three parts were confirmed, and the fleets have followed") << 4 << 3 << 3 << true;
}

/// Its route was moved a while before, so that its load counts where the weights send it.
void ClaimsTest::whatARunningEvacuationHasMovedIsCountedOnce()
{
    QFETCH(int, steps);
    QFETCH(int, written);
    QFETCH(int, done);
    QFETCH(bool, followed);
    const auto split = [steps](int after) { return Weights { 50 - 50.0 * after / steps, 30, 20 + 50.0 * after / steps }; };
    auto fleet = chatFleet();
    const auto moved = followed ? 50U * static_cast<std::uint32_t>(written) / static_cast<std::uint32_t>(steps) : 0U;
    fleet.add("azure", "us-1", 50 - moved, 8, 8, 0);
    fleet.add("azure", "us-1", moved, 8, 0, 0);
    fleet.add("gcp", "us-1", 30, 8, 8, 0);
    fleet.add("aws", "us-1", 20 + moved, 8, 8, 0);
    fleet.add("aws", "us-1", 50 - moved, 8, 0, 0);
    const auto ground = fleet.ground(CapacityDetail::Holders, { .arrivals = { { 0, split(written) } } });
    Plan plan;
    plan.kind = Plan::Kind::Evacuation;
    plan.scope = of("azure");
    plan.person = "ada";
    plan.moves = { { .route = "chat", .version = "7", .from = split(0), .steps = {} } };
    for (int step = 1; step <= steps; ++step)
        plan.moves[0].steps.push_back(split(step));
    auto readings = fleet.readings(*ground);
    for (std::size_t b = 0; b < 3; ++b)
        readings[0].backends[b].accepted = split(written)[b];
    Circumstances circumstances;
    circumstances.now = now;
    circumstances.readings = pointers(readings);
    circumstances.holder = "S-3";
    circumstances.stepsDone = static_cast<std::size_t>(done);
    const auto capacity = judge(*ground, plan, circumstances).about("capacity");
    QVERIFY2(capacity.verdict == Interlock::Verdict::Pass, capacity.evidence.c_str());
}

QTEST_APPLESS_MAIN(ClaimsTest)
#include "tst_claims.moc"
