// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include <map>

#include "planfleet.h"
#include "planner/board.h"
#include "planner/evacuation.h"

using namespace penstock;
using namespace penstock::plantest;

class EvacuationTest : public QObject
{
    Q_OBJECT
private slots:
    void batchRunsOnWhileTrainingCanEndElsewhere();
    void whatDoesNotFitIsShedByPriority_data();
    void whatDoesNotFitIsShedByPriority();
    void whatNoRouteReachesStaysAndIsNamed();
    void itsSplitFitsAsAShift_data();
    void itsSplitFitsAsAShift();
    void itIsJudgedAsPlannedWhenTheFleetsHaveChanged_data();
    void itIsJudgedAsPlannedWhenTheFleetsHaveChanged();
    void evacuationsOfRandomFleetsHoldTheRules();
    void aDarkCloudCanBeLeft();
    void ofACloudThatWasNeverSeenNothingIsPromised();
    void aRouteWhoseRouterIsSilentStays();
    void aRouteWithNowhereToGoIsStuck();
    void loadGoesWhereItIsAnswered_data();
    void loadGoesWhereItIsAnswered();
    void backendsThatAreTakenWholeKeepTheirWeights_data();
    void backendsThatAreTakenWholeKeepTheirWeights();
    void whatSetsItsOwnWeightStays_data();
    void whatSetsItsOwnWeightStays();
    void aRouteWhoseOnlyOtherTargetTakesNothingHoldsUpNoOther_data();
    void aRouteWhoseOnlyOtherTargetTakesNothingHoldsUpNoOther();
};

/// Training ends wherever that spares batch, though another route could do without it.
void EvacuationTest::batchRunsOnWhileTrainingCanEndElsewhere()
{
    PlanFleet fleet;
    for (const auto& [name, priority] : { std::pair { "chat", Priority::Interactive }, { "embed", Priority::Interactive }, { "train", Priority::Training }, { "eval", Priority::Batch } }) {
        fleet.rules.workloads.emplace_back();
        fleet.rules.workloads.back().name = name;
        fleet.rules.workloads.back().priority = priority;
        fleet.rules.workloads.back().replicaGpus = 8;
    }
    const auto backend = [](const char* id) { return Route::Backend { id, { .provider = id, .region = {}, .cluster = {}, .node = {} } }; };
    fleet.rules.routes = { { .name = "chat", .workload = "chat", .router = {}, .backends = { backend("azure"), backend("gcp"), backend("aws") } }, { .name = "embed", .workload = "embed", .router = {}, .backends = { backend("azure"), backend("gcp") } } };
    fleet.add("azure", "us-1", 3, 8, 8, 0);
    fleet.add("azure", "us-1", 2, 8, 8, 1);
    fleet.add("gcp", "us-1", 2, 8, 8, 2);
    fleet.add("gcp", "us-1", 2, 8, 8, 3);
    fleet.add("aws", "us-1", 3, 8, 8, 2);
    const auto ground = fleet.ground(CapacityDetail::Holders);
    const auto readings = fleet.readings(*ground);
    const auto made = evacuate(*ground, { .provider = "azure", .region = {}, .cluster = {}, .node = {} }, pointers(readings));
    QStringList said;
    for (const auto& it : made.shed)
        said << QStringLiteral("%1 %2 at %3").arg(QString::fromStdString(it.workload)).arg(it.gpus).arg(QString::fromStdString(it.provider));
    said.sort();
    QCOMPARE(said.join(QStringLiteral(", ")), QStringLiteral("train 16 at gcp, train 24 at aws"));
    QCOMPARE(made.survives, 100.0);
    // What ends for these ends for nobody else.
    const auto later = fleet.ground(CapacityDetail::Holders, { .endings = { { .plan = "S-1", .jobs = made.shed } } });
    const auto rest = evacuate(*later, { .provider = "azure", .region = {}, .cluster = {}, .node = {} }, pointers(readings));
    QCOMPARE(rest.endedGpus(), std::int64_t { 16 }); // batch at gcp, which is all that is left
    QCOMPARE(rest.homelessGpus(), std::int64_t { 24 });
    // While it runs they end for the load that it moves: its own row stays as it was.
    const Scope azure { .provider = "azure", .region = {}, .cluster = {}, .node = {} };
    const auto running = fleet.ground(CapacityDetail::Holders, { .promises = promisesOf(*ground, made.effect, made.moves, "S-1"), .endings = { { .plan = "S-1", .jobs = made.shed, .leaves = azure } } });
    const auto again = evacuate(*running, azure, pointers(readings));
    QCOMPARE(again.shed, made.shed);
    QCOMPARE(again.survives, 100.0);
    // And nothing else of the room that they leave is to be had.
    QCOMPARE(running->room().headroom(0, 0) + running->room().headroom(1, 0) + running->room().headroom(2, 0), std::int64_t { 0 });
}

/// Of a workload, too, that a route reaches elsewhere in the same cloud.
void EvacuationTest::whatNoRouteReachesStaysAndIsNamed()
{
    auto fleet = chatFleet();
    fleet.rules.routes[0].backends[0].scope.region = "us-1";
    fleet.add("azure", "us-1", 2, 8, 8, 0);
    fleet.add("azure", "us-2", 3, 8, 8, 0);
    fleet.add("gcp", "us-1", 9, 8, 0, 0);
    const auto ground = fleet.ground(CapacityDetail::Holders);
    const auto readings = fleet.readings(*ground);
    const auto made = evacuate(*ground, { .provider = "azure", .region = {}, .cluster = {}, .node = {} }, pointers(readings));
    QCOMPARE(made.unrouted, (std::vector<std::string> { "chat at azure/us-2" }));
    const auto lines = linesOf(*ground, made.effect, EffectBy::Provider);
    QCOMPARE(std::ranges::find(lines, "azure", &EffectLine::provider)->sum.freed, made.flows.front().gpus);
}

void EvacuationTest::whatDoesNotFitIsShedByPriority_data()
{
    QTest::addColumn<int>("free"); ///< whole free nodes at gcp beside one of training and one of batch
    QTest::addColumn<QString>("shed");
    QTest::addColumn<double>("carried"); ///< of the interactive load, %
    QTest::addColumn<double>("reach"); ///< of what breaks first
    const double third = 100 / 3.0;
    QTest::newRow("there is room to spare") << 5 << "" << 100.0 << 5 / 3.0;
    QTest::newRow("all fits") << 3 << "" << 100.0 << 1.0;
    QTest::newRow("training goes first") << 2 << "train 8 GPUs 1 replicas at gcp" << 100.0 << 1.0;
    QTest::newRow("then batch") << 1 << "train 8 GPUs 1 replicas at gcp, batch 8 GPUs 2 replicas at gcp" << 100.0 << 1.0;
    QTest::newRow("then interactive itself") << 0 << "train 8 GPUs 1 replicas at gcp, batch 8 GPUs 2 replicas at gcp, chat 8 GPUs 1 replicas at azure" << 2 * third << 2 / 3.0;
}

void EvacuationTest::whatDoesNotFitIsShedByPriority()
{
    QFETCH(int, free);
    QFETCH(QString, shed);
    QFETCH(double, carried);
    QFETCH(double, reach);
    PlanFleet fleet;
    for (const auto& [name, priority, gpus] : { std::tuple { "chat", Priority::Interactive, 8U }, { "train", Priority::Training, 8U }, { "batch", Priority::Batch, 4U } }) {
        fleet.rules.workloads.emplace_back();
        fleet.rules.workloads.back().name = name;
        fleet.rules.workloads.back().priority = priority;
        fleet.rules.workloads.back().replicaGpus = gpus;
    }
    fleet.rules.routes = { { .name = "chat", .workload = "chat", .router = {},
        .backends = { { "azure", { .provider = "azure", .region = {}, .cluster = {}, .node = {} } }, { "gcp", { .provider = "gcp", .region = {}, .cluster = {}, .node = {} } } } } };
    fleet.rules.prices = { { .provider = "gcp", .region = {}, .model = "H100", .perGpuHour = 4, .asOf = {}, .source = {} }, { .provider = "azure", .region = {}, .model = "H100", .perGpuHour = 3, .asOf = {}, .source = {} } };
    fleet.add("azure", "us-1", 3, 8, 8, 0);
    fleet.add("gcp", "us-1", 1, 8, 8, 1);
    fleet.add("gcp", "us-1", 1, 8, 8, 2);
    fleet.add("gcp", "us-1", static_cast<std::uint32_t>(free), 8, 0, 0);
    const auto ground = fleet.ground(CapacityDetail::Holders);
    const auto readings = fleet.readings(*ground);
    const Scope azure { .provider = "azure", .region = {}, .cluster = {}, .node = {} };
    const auto made = evacuate(*ground, azure, pointers(readings));
    QStringList said;
    for (const auto& it : made.shed)
        said << QStringLiteral("%1 %2 GPUs %3 replicas at %4").arg(QString::fromStdString(it.workload)).arg(it.gpus).arg(it.replicas).arg(QString::fromStdString(it.provider));
    QCOMPARE(said.join(QStringLiteral(", ")), shed);
    QCOMPARE(made.byPriority[static_cast<std::size_t>(Priority::Interactive)].percent(), carried);
    QCOMPARE(made.moves.size(), std::size_t { 1 });
    QCOMPARE(made.moves[0].to, (Weights { 0, 100 }));
    QCOMPARE(made.fits(), shed.isEmpty());
    const auto first = made.effect.firstBreak.value_or(FirstBreak());
    QCOMPARE(first.reach, reach);
    QCOMPARE(first.backend, 1U);
    QVERIFY2(QString::fromStdString(first.because).contains(reach > 1 ? QStringLiteral("16 GPUs more are placeable") : QStringLiteral("no room for a replica of 8 H100")), first.because.c_str());
    // The plan says what ends, and the capacity rule holds it to that.
    auto plan = *planOf(*ground, made, pointers(readings), 25, true);
    plan.person = "ada";
    plan.reason = "fire";
    Circumstances circumstances;
    circumstances.now = now;
    circumstances.readings = pointers(readings);
    const auto verdict = judge(*ground, plan, circumstances).about("capacity").verdict;
    QCOMPARE(verdict, free >= 3 ? Interlock::Verdict::Pass : free == 0 ? Interlock::Verdict::Block : Interlock::Verdict::Note);
    plan.shed.clear();
    QCOMPARE(judge(*ground, plan, circumstances).about("capacity").verdict, free >= 3 ? Interlock::Verdict::Pass : Interlock::Verdict::Block);
    // The board counts the same.
    const auto rows = board(*ground);
    QCOMPARE(rows.front().provider, std::string("azure"));
    QCOMPARE(rows.front().percentWithShedding, carried);
    QCOMPARE(rows.front().percent, std::min(100.0, 100.0 * free / 3));
    QCOMPARE(rows.front().breaks, free < 3);
    QCOMPARE(*rows.front().cost, 8.0 * std::min(3, free + 2));
    QCOMPARE(made.movedCost(), *rows.front().cost);
}

void EvacuationTest::itsSplitFitsAsAShift_data()
{
    QTest::addColumn<QList<double>>("weights"); // of azure, gcp and aws, which hold 35, 30 and 35 nodes
    QTest::newRow("weights say what is held") << QList<double> { 35, 30, 35 };
    QTest::newRow("what leaves holds less") << QList<double> { 60, 30, 10 };
    QTest::newRow("what leaves holds more") << QList<double> { 5, 60, 35 };
    QTest::newRow("one has no weight, and GPUs") << QList<double> { 50, 50, 0 };
}

/// Where weights say other shares than the fleets hold, too: what a shift to the same split is said to need is what the evacuation has placed.
void EvacuationTest::itsSplitFitsAsAShift()
{
    QFETCH(QList<double>, weights);
    auto fleet = chatFleet();
    fleet.add("azure", "us-1", 35, 8, 8, 0);
    fleet.add("gcp", "us-1", 30, 8, 8, 0);
    fleet.add("gcp", "us-1", 20, 8, 0, 0);
    fleet.add("aws", "us-1", 35, 8, 8, 0);
    fleet.add("aws", "us-1", 15, 8, 0, 0);
    const auto ground = fleet.ground(CapacityDetail::Holders);
    auto readings = fleet.readings(*ground);
    for (std::size_t b = 0; b < 3; ++b)
        readings[0].backends[b].accepted = weights[static_cast<qsizetype>(b)];
    const auto made = evacuate(*ground, { .provider = "azure", .region = {}, .cluster = {}, .node = {} }, pointers(readings));
    QCOMPARE(made.survives, 100.0);
    const auto effect = effectOf(*ground, made.moves);
    QVERIFY2(effect.fits(), qPrintable(QStringLiteral("%1 GPUs short at %2 / %3 / %4").arg(effect.shortGpus).arg(made.moves[0].to[0]).arg(made.moves[0].to[1]).arg(made.moves[0].to[2]) + QStringLiteral(" from %1 %2 %3").arg(made.moves[0].from[0]).arg(made.moves[0].from[1]).arg(made.moves[0].from[2])));
    // Nobody that stays loses a share.
    for (std::size_t b = 1; b < 3; ++b)
        QVERIFY(made.moves[0].to[b] >= made.moves[0].from[b] - 0.05);
}

void EvacuationTest::itIsJudgedAsPlannedWhenTheFleetsHaveChanged_data()
{
    QTest::addColumn<int>("gcp"); ///< nodes of training there, of which one ends
    QTest::addColumn<int>("aws"); ///< free nodes there, of which one is filled
    QTest::addColumn<bool>("goes");
    QTest::newRow("there is more room elsewhere, and no job need end") << 4 << 2 << true;
    QTest::newRow("the job that was to end is gone, and so is its node") << 0 << 2 << false;
    QTest::newRow("what was free is taken") << 4 << 0 << false;
}

/// Between the plan and its approval minutes may pass. Made again it would split otherwise, which is no reason to refuse it.
void EvacuationTest::itIsJudgedAsPlannedWhenTheFleetsHaveChanged()
{
    QFETCH(int, gcp);
    QFETCH(int, aws);
    QFETCH(bool, goes);
    const auto fleetOf = [](int trained, int free) {
        auto fleet = chatAndTraining();
        fleet.add("azure", "us-1", 3, 8, 8, 0);
        fleet.add("gcp", "us-1", 1, 8, 0, 0);
        fleet.add("gcp", "us-1", static_cast<std::uint32_t>(trained), 8, 8, 1);
        fleet.add("aws", "us-1", 1, 8, 8, 0);
        fleet.add("aws", "us-1", static_cast<std::uint32_t>(free), 8, 0, 0);
        return fleet;
    };
    const auto before = fleetOf(4, 1), after = fleetOf(gcp, aws);
    const Scope azure { .provider = "azure", .region = {}, .cluster = {}, .node = {} };
    const auto planned = before.ground(CapacityDetail::Holders), today = after.ground(CapacityDetail::Holders);
    const auto readings = before.readings(*planned);
    const auto made = evacuate(*planned, azure, pointers(readings));
    QCOMPARE(made.endedGpus(), std::int64_t { 8 });
    auto plan = *planOf(*planned, made, pointers(readings), 100, true);
    plan.person = "ada";
    Circumstances circumstances;
    circumstances.now = now;
    circumstances.readings = pointers(readings);
    const auto capacity = judge(*today, plan, circumstances).about("capacity");
    QCOMPARE(capacity.verdict == Interlock::Verdict::Block, !goes);
    if (goes)
        QCOMPARE(QString::fromStdString(capacity.evidence), QStringLiteral("fits once these end: 8 GPUs of train"));
}

void EvacuationTest::evacuationsOfRandomFleetsHoldTheRules()
{
    std::size_t plans = 0, moved = 0, compared = 0;
    for (std::uint32_t seed = 0; seed < 1200; ++seed) {
        const auto fleet = randomFleet(seed);
        const auto ground = fleet.ground(CapacityDetail::Holders);
        const auto readings = fleet.readings(*ground);
        const auto& leaving = fleet.nodes[seed % fleet.nodes.size()];
        Scope scope { .provider = leaving.provider, .region = {}, .cluster = {}, .node = {} };
        if (seed % 3 > 0)
            scope.region = leaving.region;
        if (seed % 3 > 1)
            scope.cluster = leaving.cluster;
        const auto made = evacuate(*ground, scope, pointers(readings));
        ++plans;
        for (const auto& row : board(*ground))
            if (row.provider == scope.provider && row.region == scope.region && scope.cluster.empty()) {
                // What the board promises is what the plan of the same loss says.
                ++compared;
                QVERIFY(std::abs(made.survives - row.percentWithShedding) < 1e-9);
                QVERIFY(std::abs(made.survivesUnshed - row.percent) < 1e-9);
                QCOMPARE(made.endedGpus(), row.shedGpus);
                std::int64_t interactive = 0;
                for (const auto& flow : made.flows)
                    interactive += flow.priority == Priority::Interactive ? flow.gpus : 0;
                QVERIFY(interactive <= row.lostGpus);
            }
        for (const auto& move : made.moves) {
            ++moved;
            const auto& route = fleet.rules.routes[move.route];
            const auto& workload = *std::ranges::find(fleet.rules.workloads, route.workload, &Workload::name);
            double sum = 0;
            for (std::size_t b = 0; b < move.to.size(); ++b) {
                sum += move.to[b];
                QVERIFY(move.to[b] >= 0);
                const auto& at = route.backends[b].scope;
                if (move.to[b] > move.from[b] + 0.05) {
                    QVERIFY(isApproved(fleet.rules, workload, at.provider));
                    for (const auto& node : fleet.nodes)
                        if (at.contains(node.provider, node.region, node.cluster))
                            QVERIFY(isResident(fleet.rules, workload, node.region));
                }
                if (scope.region.empty() && at.provider == scope.provider)
                    QCOMPARE(move.to[b], 0.0);
            }
            QVERIFY(std::abs(sum - 100) < 0.01);
        }
        std::map<std::uint32_t, std::int64_t> gone;
        for (const auto& pool : made.effect.pools) {
            const auto& it = ground->places().pools[pool.pool];
            const bool inside = scope.contains(ground->places().providerName(it), ground->places().regionName(it), ground->places().clusterName(it));
            if (inside)
                QCOMPARE(pool.needed, std::int64_t { 0 });
            QVERIFY(pool.needed <= ground->capacity().pools[pool.pool].free + (inside ? 0 : pool.freed));
        }
        for (const auto& it : made.shed)
            QVERIFY(it.gpus > 0 && it.replicas > 0);
        for (const auto& carried : made.byPriority)
            QVERIFY(carried.carried <= carried.lost + 1e-6);
        if (made.moves.empty())
            continue;
        auto plan = *planOf(*ground, made, pointers(readings), 25, false);
        plan.person = "ada";
        if (plan.moves.empty())
            continue;
        Circumstances circumstances;
        circumstances.now = now;
        circumstances.readings = pointers(readings);
        const auto judged = judge(*ground, plan, circumstances);
        QCOMPARE(judged.about("plan").verdict, Interlock::Verdict::Pass);
        QVERIFY(judged.about("approval").verdict == Interlock::Verdict::Pass);
        QVERIFY(judged.about("residency").verdict == Interlock::Verdict::Pass);
        const bool interactiveShed = std::ranges::any_of(made.shed, [&](const ShedLoad& it) { return std::ranges::find(fleet.rules.workloads, it.workload, &Workload::name)->priority == Priority::Interactive; });
        QCOMPARE(judged.about("capacity").verdict == Interlock::Verdict::Block, interactiveShed);
    }
    QCOMPARE(plans, std::size_t { 1200 });
    QVERIFY(moved > 800);
    QVERIFY(compared > 500);
}

void EvacuationTest::aDarkCloudCanBeLeft()
{
    PlanFleet fleet;
    fleet.rules.workloads.resize(1);
    fleet.rules.workloads[0].name = "chat";
    fleet.rules.workloads[0].replicaGpus = 8;
    fleet.rules.routes = { { .name = "chat", .workload = "chat", .router = {},
        .backends = { { "azure", { .provider = "azure", .region = {}, .cluster = {}, .node = {} } }, { "gcp", { .provider = "gcp", .region = {}, .cluster = {}, .node = {} } } } } };
    fleet.add("azure", "us-1", 3, 8, 8, 0);
    fleet.add("gcp", "us-1", 3, 8, 0, 0);
    for (const bool fromCache : { false, true }) {
        fleet.stale.clear();
        fleet.cached.clear();
        (fromCache ? fleet.cached : fleet.stale).push_back("azure");
        const auto ground = fleet.ground(CapacityDetail::Holders);
        const auto readings = fleet.readings(*ground);
        const auto made = evacuate(*ground, { .provider = "azure", .region = {}, .cluster = {}, .node = {} }, pointers(readings));
        QVERIFY(made.fits());
        auto plan = *planOf(*ground, made, pointers(readings), 25, true);
        plan.person = "ada";
        Circumstances circumstances;
        circumstances.now = now;
        circumstances.readings = pointers(readings);
        circumstances.silent = { { "azure-agent", {} }, { "nobody knows", {} } };
        const auto judged = judge(*ground, plan, circumstances);
        for (const auto& interlock : judged.interlocks)
            QVERIFY2(!interlock.blocks(), (interlock.rule + ": " + interlock.evidence).c_str());
        QCOMPARE(judged.about("freshness").verdict, Interlock::Verdict::Note);
        QCOMPARE(judged.about("completeness").verdict, Interlock::Verdict::Note);
        QCOMPARE(judged.about("max_step").verdict, Interlock::Verdict::Note);
    }
}

void EvacuationTest::ofACloudThatWasNeverSeenNothingIsPromised()
{
    auto fleet = chatFleet();
    fleet.add("gcp", "us-1", 3, 8, 0, 0);
    const auto ground = fleet.ground(CapacityDetail::Holders);
    auto readings = fleet.readings(*ground);
    for (std::size_t b = 0; b < 3; ++b)
        readings[0].backends[b].accepted = std::array { 60.0, 40.0, 0.0 }[b];
    auto plan = *planOf(*ground, evacuate(*ground, { .provider = "azure", .region = {}, .cluster = {}, .node = {} }, pointers(readings)), pointers(readings), 25, true);
    plan.person = "ada";
    Circumstances circumstances;
    circumstances.now = now;
    circumstances.readings = pointers(readings);
    const auto capacity = judge(*ground, plan, circumstances).about("capacity");
    QCOMPARE(capacity.verdict, Interlock::Verdict::Note);
    QVERIFY2(capacity.evidence.contains("how much load leaves is not known of chat"), capacity.evidence.c_str());
}

void EvacuationTest::aRouteWhoseRouterIsSilentStays()
{
    PlanFleet fleet;
    const Scope azure { .provider = "azure", .region = {}, .cluster = {}, .node = {} }, gcp { .provider = "gcp", .region = {}, .cluster = {}, .node = {} };
    for (const char* name : { "chat", "image" }) {
        fleet.rules.workloads.emplace_back();
        fleet.rules.workloads.back().name = name;
        fleet.rules.workloads.back().replicaGpus = 8;
        fleet.rules.routes.push_back({ .name = name, .workload = name, .router = {}, .backends = { { "azure", azure }, { "gcp", gcp } } });
    }
    fleet.add("azure", "us-1", 3, 8, 8, 0);
    fleet.add("azure", "us-1", 1, 8, 8, 1);
    fleet.add("gcp", "us-1", 9, 8, 0, 0);
    const auto ground = fleet.ground(CapacityDetail::Holders);
    const auto readings = fleet.readings(*ground);
    auto known = pointers(readings);
    known[0] = nullptr;
    const auto made = evacuate(*ground, azure, known);
    QCOMPARE(made.moves.size(), std::size_t { 1 });
    QCOMPARE(made.moves[0].route, 1U);
    QCOMPARE(made.survives, 25.0);
    QVERIFY(made.shed.empty() && made.unrouted.empty());
    auto plan = *planOf(*ground, made, known, 100, true);
    plan.person = "ada";
    Circumstances circumstances;
    circumstances.now = now;
    circumstances.readings = known;
    const auto judged = judge(*ground, plan, circumstances);
    QCOMPARE(judged.about("reach").verdict, Interlock::Verdict::Note);
    QCOMPARE(judged.about("reach").evidence, std::string("the weights of chat could not be read: its load stays"));
    QVERIFY(!judged.blocked());
}

void EvacuationTest::aRouteWithNowhereToGoIsStuck()
{
    PlanFleet fleet;
    fleet.rules.workloads.resize(1);
    fleet.rules.workloads[0].name = "chat";
    fleet.rules.workloads[0].data = { "content" };
    fleet.rules.providers = { { .id = "azure", .name = {}, .subprocessor = true, .approvedData = { "content" }, .utilisationCap = 1, .quotas = {}, .reservations = {} } };
    fleet.rules.routes = { { .name = "chat", .workload = "chat", .router = {},
        .backends = { { "azure", { .provider = "azure", .region = {}, .cluster = {}, .node = {} } }, { "gcp", { .provider = "gcp", .region = {}, .cluster = {}, .node = {} } } } } };
    fleet.add("azure", "us-1", 3, 8, 8, 0);
    fleet.add("gcp", "us-1", 3, 8, 0, 0);
    const auto ground = fleet.ground(CapacityDetail::Holders);
    const auto readings = fleet.readings(*ground);
    const auto made = evacuate(*ground, { .provider = "azure", .region = {}, .cluster = {}, .node = {} }, pointers(readings));
    QVERIFY(made.moves.empty());
    QCOMPARE(made.stuck, std::vector<std::string> { "chat" });
    // It stays, and holds up nobody who can leave; that is no survival.
    QVERIFY(made.shed.empty());
    QCOMPARE(made.survives, 0.0);
    QCOMPARE(board(*ground).front().percent, 0.0);
}

void EvacuationTest::loadGoesWhereItIsAnswered_data()
{
    QTest::addColumn<int>("condition"); ///< of gcp, which has most room
    QTest::addColumn<double>("errors");
    QTest::addColumn<bool>("goesThere");
    QTest::newRow("all is well") << static_cast<int>(BackendReading::Condition::Up) << 0.0 << true;
    QTest::newRow("a few errors") << static_cast<int>(BackendReading::Condition::Up) << 0.1 << true;
    QTest::newRow("down") << static_cast<int>(BackendReading::Condition::Down) << 0.0 << false;
    QTest::newRow("in maintenance") << static_cast<int>(BackendReading::Condition::Maintenance) << 0.0 << false;
    QTest::newRow("answers everything with 503") << static_cast<int>(BackendReading::Condition::Up) << 1.0 << false;
}

void EvacuationTest::loadGoesWhereItIsAnswered()
{
    QFETCH(int, condition);
    QFETCH(double, errors);
    QFETCH(bool, goesThere);
    auto fleet = chatFleet();
    fleet.add("azure", "us-1", 3, 8, 8, 0);
    fleet.add("gcp", "us-1", 9, 8, 0, 0);
    fleet.add("gcp", "us-1", 1, 8, 8, 0);
    fleet.add("aws", "us-1", 2, 8, 0, 0);
    const auto ground = fleet.ground(CapacityDetail::Holders);
    auto readings = fleet.readings(*ground);
    readings[0].backends[1].condition = static_cast<BackendReading::Condition>(condition);
    readings[0].backends[1].guards.errorRate = Measured { errors, "HAProxy" };
    const auto made = evacuate(*ground, { .provider = "azure", .region = {}, .cluster = {}, .node = {} }, pointers(readings));
    QCOMPARE(made.moves.size(), std::size_t { 1 });
    QCOMPARE(made.moves[0].to, goesThere ? (Weights { 0, 100, 0 }) : (Weights { 0, 25, 75 }));
    QCOMPARE(made.survives, goesThere ? 100.0 : 75.0);
    // The board says the same of the same loss.
    QCOMPARE(board(*ground, pointers(readings)).front().percent, made.survivesUnshed);
}

void EvacuationTest::aRouteWhoseOnlyOtherTargetTakesNothingHoldsUpNoOther_data()
{
    QTest::addColumn<bool>("evacuated"); ///< else dark
    QTest::newRow("it is dark") << false;
    QTest::newRow("it was evacuated") << true;
}

void EvacuationTest::aRouteWhoseOnlyOtherTargetTakesNothingHoldsUpNoOther()
{
    QFETCH(bool, evacuated);
    auto fleet = threeClouds();
    fleet.rules.workloads.emplace_back();
    fleet.rules.workloads[1].name = "embed";
    fleet.rules.workloads[1].replicaGpus = 8;
    fleet.rules.routes.push_back({ .name = "embed", .workload = "embed", .router = {}, .backends = { { "azure", of("azure") }, { "gcp", of("gcp") } } });
    fleet.add("azure", "us-1", 10, 8, 8, 1);
    fleet.add("aws", "us-1", 10, 8, 0, 0);
    if (!evacuated)
        fleet.stale = { "gcp" };
    const auto ground = fleet.ground(CapacityDetail::Holders, { .leaves = evacuated ? std::vector<Leave> { { "S-1", of("gcp") } } : std::vector<Leave>() });
    const auto readings = fleet.readings(*ground);
    const auto made = evacuate(*ground, of("azure"), pointers(readings));
    QCOMPARE(made.stuck, std::vector<std::string> { "embed" });
    QCOMPARE(made.moves.size(), std::size_t { 1 });
    QCOMPARE(made.moves.front().route, 0U);
    // Its load is no survival, and told as what stays.
    QVERIFY(made.survives < 100);
    auto plan = *planOf(*ground, made, pointers(readings), 100, true);
    plan.person = "ada";
    Circumstances circumstances;
    circumstances.now = now;
    circumstances.readings = pointers(readings);
    const auto judged = judge(*ground, plan, circumstances);
    QVERIFY2(judged.about("capacity").verdict == Interlock::Verdict::Pass, judged.about("capacity").evidence.c_str());
    QCOMPARE(judged.about("reach").verdict, Interlock::Verdict::Note);
}

void EvacuationTest::backendsThatAreTakenWholeKeepTheirWeights_data()
{
    QTest::addColumn<int>("splits"); ///< RouteReading::Splits
    QTest::addColumn<QList<double>>("configured");
    QTest::addColumn<QList<double>>("carries"); ///< gcp and aws before, of 100 with azure
    QTest::addColumn<QList<double>>("to");
    QTest::addColumn<double>("survives");
    using D = QList<double>;
    const auto whole = static_cast<int>(RouteReading::Splits::Whole), untried = static_cast<int>(RouteReading::Splits::Untried);
    QTest::newRow("any split: where there is room") << static_cast<int>(RouteReading::Splits::Any) << D {} << D { 25, 0 } << D { 0, 100, 0 } << 100.0;
    QTest::newRow("who carries takes it all") << whole << D { 75, 25, 25 } << D { 25, 0 } << D { 0, 100, 0 } << 100.0;
    QTest::newRow("by weight, though aws has no room for its part") << whole << D { 60, 20, 20 } << D { 20, 20 } << D { 0, 50, 50 } << 100 * (4 - 1.5 + 1) / 4;
    QTest::newRow("nobody else carries: all that may") << whole << D { 60, 30, 10 } << D { 0, 0 } << D { 0, 75, 25 } << 100.0;
    QTest::newRow("not known whether it takes others") << untried << D { 60, 30, 10 } << D { 0, 0 } << D { 0, 75, 25 } << 100.0;
}

void EvacuationTest::backendsThatAreTakenWholeKeepTheirWeights()
{
    QFETCH(int, splits);
    QFETCH(QList<double>, configured);
    QFETCH(QList<double>, carries);
    QFETCH(QList<double>, to);
    QFETCH(double, survives);
    auto fleet = chatFleet();
    fleet.add("azure", "us-1", 3, 8, 8, 0);
    fleet.add("gcp", "us-1", 1, 8, 8, 0);
    fleet.add("gcp", "us-1", 9, 8, 0, 0);
    fleet.add("aws", "us-1", 1, 8, 0, 0);
    const auto ground = fleet.ground(CapacityDetail::Holders);
    auto readings = fleet.readings(*ground);
    auto& reading = readings[0];
    reading.splits = static_cast<RouteReading::Splits>(splits);
    reading.configured.assign(configured.begin(), configured.end());
    reading.backends[0].accepted = 100 - carries[0] - carries[1];
    reading.backends[1].accepted = carries[0];
    reading.backends[2].accepted = carries[1];
    const auto made = evacuate(*ground, { .provider = "azure", .region = {}, .cluster = {}, .node = {} }, pointers(readings));
    QCOMPARE(made.moves.size(), std::size_t { 1 });
    QCOMPARE(made.moves[0].to, Weights(to.begin(), to.end()));
    QCOMPARE(made.survives, survives);
    QCOMPARE(board(*ground, pointers(readings)).front().percent, made.survivesUnshed);
    // No split between is planned, whatever the largest step, and the router rule agrees.
    const auto plan = *planOf(*ground, made, pointers(readings), 10, false);
    QCOMPARE(plan.steps() == 1, reading.splits != RouteReading::Splits::Any);
    Circumstances circumstances;
    circumstances.now = now;
    circumstances.readings = pointers(readings);
    QCOMPARE(judge(*ground, plan, circumstances).about("router").verdict, Interlock::Verdict::Pass);
}

void EvacuationTest::whatSetsItsOwnWeightStays_data()
{
    QTest::addColumn<bool>("there"); ///< its weight is set by something else at azure, which is left, and not at gcp
    QTest::addColumn<QList<double>>("to"); ///< of chat; empty: it stays
    QTest::newRow("at what is left") << true << QList<double> {};
    QTest::newRow("elsewhere") << false << QList<double> { 0, 0, 100 };
}

void EvacuationTest::whatSetsItsOwnWeightStays()
{
    QFETCH(bool, there);
    QFETCH(QList<double>, to);
    PlanFleet fleet;
    for (const char* name : { "chat", "image" }) {
        fleet.rules.workloads.emplace_back();
        fleet.rules.workloads.back().name = name;
        fleet.rules.workloads.back().replicaGpus = 8;
        fleet.rules.routes.push_back({ .name = name, .workload = name, .router = {}, .backends = {} });
        for (const char* id : { "azure", "gcp", "aws" })
            fleet.rules.routes.back().backends.push_back({ id, { .provider = id, .region = {}, .cluster = {}, .node = {} } });
    }
    fleet.add("azure", "us-1", 3, 8, 8, 0);
    fleet.add("azure", "us-1", 1, 8, 8, 1);
    fleet.add("gcp", "us-1", 9, 8, 0, 0);
    fleet.add("aws", "us-1", 5, 8, 0, 0);
    const auto ground = fleet.ground(CapacityDetail::Holders);
    auto readings = fleet.readings(*ground);
    readings[0].backends[there ? 0 : 1].fixed = "its agent-check sets its weight";
    const auto made = evacuate(*ground, { .provider = "azure", .region = {}, .cluster = {}, .node = {} }, pointers(readings));
    const auto chat = std::ranges::find(made.moves, 0U, &RouteMove::route);
    QCOMPARE(chat != made.moves.end(), !to.isEmpty());
    if (chat != made.moves.end())
        QCOMPARE(chat->to, Weights(to.begin(), to.end()));
    // It holds up nobody else, and is told.
    QVERIFY(std::ranges::find(made.moves, 1U, &RouteMove::route) != made.moves.end());
    const auto plan = *planOf(*ground, made, pointers(readings), 100, true);
    Circumstances circumstances;
    circumstances.now = now;
    circumstances.readings = pointers(readings);
    const auto judged = judge(*ground, plan, circumstances);
    QCOMPARE(judged.about("router").verdict, there ? Interlock::Verdict::Pass : Interlock::Verdict::Note);
    QCOMPARE(judged.about("reach").evidence, there ? std::string("chat keeps 100 % at azure: azure: its agent-check sets its weight") : std::string("no route can lead there afterwards"));
}

QTEST_APPLESS_MAIN(EvacuationTest)
#include "tst_evacuation.moc"
