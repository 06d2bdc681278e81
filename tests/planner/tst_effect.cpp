// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include "planfleet.h"
#include "planner/effect.h"

using namespace penstock;
using namespace penstock::plantest;

namespace {

/// Chat and images on azure and gcp; gcp has eight free nodes of H100 and four of H200.
PlanFleet twoRoutes()
{
    PlanFleet fleet;
    auto& rules = fleet.rules;
    for (const char* name : { "chat", "images" }) {
        rules.workloads.emplace_back();
        rules.workloads.back().name = name;
        rules.workloads.back().replicaGpus = 8;
        rules.routes.push_back({ .name = name, .workload = name, .router = {},
            .backends = { { "azure", { .provider = "azure", .region = {}, .cluster = {}, .node = {} } }, { "gcp", { .provider = "gcp", .region = {}, .cluster = {}, .node = {} } } } });
    }
    rules.workloads[0].replicaModels = { "H100" };
    rules.performance = { { "H200", 2, {} } };
    rules.prices = { { .provider = "azure", .region = {}, .model = "H100", .perGpuHour = 5, .asOf = {}, .source = {} }, { .provider = "gcp", .region = {}, .model = "H100", .perGpuHour = 4, .asOf = {}, .source = {} },
        { .provider = "gcp", .region = {}, .model = "H200", .perGpuHour = 9, .asOf = {}, .source = {} } };
    fleet.add("azure", "us-1", 10, 8, 8, 0);
    fleet.add("azure", "us-1", 10, 8, 8, 1);
    fleet.add("gcp", "us-2", 8, 8, 0, 0);
    fleet.add("gcp", "us-2", 4, 8, 0, 0, "H200 141GB SXM");
    return fleet;
}

} // namespace

class EffectTest : public QObject
{
    Q_OBJECT
private slots:
    void saysWhatASplitNeeds();
    void whatIsStillHeldIsThereForItsOwnLoad();
    void routesShareWhatIsThere();
    void whoHasLeastChoiceGoesFirstWhenNotAllFit();
    void unmetDemandIsLoadToo();
    void theWayBackAsksForNoMoreThanWasGiven();
    void linesAddUp();
    void whatIsPromisedIsGone();
    void pricesAreDated_data();
    void pricesAreDated();
    void listPricesFillWhatTheWorkspaceLeavesOpen_data();
    void listPricesFillWhatTheWorkspaceLeavesOpen();
    void performanceIsLookedUpByTheLongestName();
};

void EffectTest::saysWhatASplitNeeds()
{
    const auto fleet = twoRoutes();
    const auto ground = fleet.ground();
    const auto effect = effectOf(*ground, std::vector<RouteMove> { { 0, { 100, 0 }, { 41, 59 } } });
    QVERIFY(effect.fits());
    const auto& from = effect.needs[0];
    const auto& to = effect.needs[1];
    QCOMPARE(from.heldGpus, std::int64_t { 80 });
    QCOMPARE(from.neededGpus, std::int64_t { -40 }); // 47.2 less: whole replicas stay
    QVERIFY(std::abs(to.needed - 47.2) < 1e-9);
    QCOMPARE(to.neededGpus, std::int64_t { 48 });
    QCOMPARE(to.placeableGpus, std::int64_t { 64 });
    QVERIFY(std::abs(to.reach - 64 / 47.2) < 1e-9);
    QCOMPARE(effect.costBefore, 400.0);
    QCOMPARE(effect.costAfter, 40 * 5.0 + 48 * 4.0);
    QVERIFY(effect.firstBreak);
    QCOMPARE(effect.firstBreak->backend, 1U);
    QCOMPARE(effect.firstBreak->because, std::string("16 GPUs more are placeable"));
}

/// Azure was evacuated and its fleet has not followed yet: of the 80 that it still holds it takes 24 back, though gcp is full.
void EffectTest::whatIsStillHeldIsThereForItsOwnLoad()
{
    auto fleet = twoRoutes();
    const auto ground = fleet.ground(CapacityDetail::Free, { .arrivals = { { 0, { 0, 100 }, { { { 100, 0 }, { 80, 0 } } } } } });
    const auto effect = effectOf(*ground, std::vector<RouteMove> { { 0, { 0, 100 }, { 30, 70 } } });
    QCOMPARE(effect.needs[0].heldGpus, std::int64_t { 0 });
    QCOMPARE(effect.needs[0].neededGpus, std::int64_t { 24 });
    QCOMPARE(effect.needs[0].placeableGpus, std::int64_t { 80 });
    QCOMPARE(effect.needs[1].neededGpus, std::int64_t { -24 });
    QVERIFY(effect.fits());
}

void EffectTest::routesShareWhatIsThere()
{
    const auto fleet = twoRoutes();
    const auto ground = fleet.ground();
    // Images take the cheaper H100 first: 64 GPUs there and 8 H200 for the last 16 of its load.
    const auto effect = effectOf(*ground, std::vector<RouteMove> { { 1, { 100, 0 }, { 0, 100 } } });
    QVERIFY(effect.fits());
    QCOMPARE(effect.needs[1].neededGpus, std::int64_t { 72 });
    QCOMPARE(effect.costAfter, 64 * 4.0 + 8 * 9.0);
    // Both together ask for 160 where there is room for 64 and twice 32.
    const auto both = effectOf(*ground, std::vector<RouteMove> { { 0, { 100, 0 }, { 0, 100 } }, { 1, { 100, 0 }, { 0, 100 } } });
    QVERIFY(!both.fits());
    QCOMPARE(both.shortGpus, std::int64_t { 32 });
    QVERIFY(both.firstBreak && both.firstBreak->reach < 1);
    QVERIFY2(both.firstBreak->because.find("no room for a replica of 8 H100 80GB SXM at gcp-us-2") != std::string::npos, both.firstBreak->because.c_str());
}

void EffectTest::whoHasLeastChoiceGoesFirstWhenNotAllFit()
{
    auto fleet = twoRoutes();
    const auto ground = fleet.ground();
    const std::vector<RouteMove> moves { { 1, { 100, 0 }, { 20, 80 } }, { 0, { 100, 0 }, { 20, 80 } } };
    // Images before chat would take the only model that chat runs on.
    const auto effect = effectOf(*ground, moves);
    QVERIFY(effect.fits());
    QCOMPARE(effect.needs[3].neededGpus, std::int64_t { 64 });
    QCOMPARE(effect.needs[1].neededGpus, std::int64_t { 32 });
}

void EffectTest::unmetDemandIsLoadToo()
{
    auto fleet = twoRoutes();
    fleet.unmet = { { "chat", 20 } };
    const auto ground = fleet.ground();
    QCOMPARE(loadOf(*ground, 0), 100.0);
    const auto effect = effectOf(*ground, std::vector<RouteMove> { { 0, { 100, 0 }, { 50, 50 } } });
    QCOMPARE(effect.needs[1].neededGpus, std::int64_t { 56 });
}

void EffectTest::theWayBackAsksForNoMoreThanWasGiven()
{
    auto fleet = twoRoutes();
    fleet.unmet = { { "chat", 20 } };
    const auto ground = fleet.ground();
    // It still holds its 80 and lacked 20 before a tenth was given away: that tenth is what it takes back.
    RouteMove move { 0, { 90, 10 }, { 100, 0 } };
    QCOMPARE(effectOf(*ground, std::vector { move }).needs[0].needed, 20.0);
    move.onlyChange = true;
    move.known = { { { 100, 0 }, { 100, 0 } } };
    QCOMPARE(effectOf(*ground, std::vector { move }).needs[0].needed, 10.0);
}

void EffectTest::linesAddUp()
{
    for (std::uint32_t seed = 0; seed < 300; ++seed) {
        const auto fleet = randomFleet(seed);
        const auto ground = fleet.ground();
        const auto readings = fleet.readings(*ground);
        std::vector<RouteMove> moves;
        for (std::uint32_t r = 0; r < readings.size(); ++r) {
            const auto from = readings[r].accepted();
            auto to = from;
            std::ranges::rotate(to, to.begin() + 1);
            moves.push_back({ r, from, to });
        }
        const auto effect = effectOf(*ground, moves);
        std::int64_t needed = 0, freed = 0, wanted = 0, given = 0;
        for (const auto& pool : effect.pools) {
            needed += pool.needed;
            freed += pool.freed;
            QVERIFY(pool.needed <= ground->capacity().pools[pool.pool].free);
            QVERIFY(pool.freed <= pool.allocatedBefore);
        }
        for (const auto& need : effect.needs)
            (need.neededGpus > 0 ? wanted : given) += need.neededGpus - need.shortGpus;
        QCOMPARE(needed, wanted);
        QCOMPARE(freed, -given);
        for (const auto by : { EffectBy::Provider, EffectBy::Region, EffectBy::Cluster, EffectBy::Model, EffectBy::ProviderAndModel, EffectBy::ClusterAndModel }) {
            std::int64_t sum = 0;
            double cost = 0;
            for (const auto& line : linesOf(*ground, effect, by)) {
                sum += line.sum.needed;
                cost += line.sum.costAfter;
                QVERIFY(by == EffectBy::Model || !line.provider.empty());
                QVERIFY(line.utilisationAfter() >= 0);
            }
            QCOMPARE(sum, needed);
            QVERIFY(cost <= effect.costAfter + 1e-6);
        }
    }
}

void EffectTest::whatIsPromisedIsGone()
{
    const auto fleet = twoRoutes();
    const auto ground = fleet.ground();
    const std::vector<RouteMove> moves { { 0, { 100, 0 }, { 50, 50 } } };
    const auto promises = promisesOf(*ground, effectOf(*ground, moves), moves, "S-1");
    QCOMPARE(promises.size(), std::size_t { 1 });
    QCOMPARE(promises[0].gpus, std::int64_t { 40 });
    const auto after = fleet.ground(CapacityDetail::Free, { .promises = promises });
    QCOMPARE(effectOf(*after, moves).shortGpus, std::int64_t { 16 });
}

void EffectTest::pricesAreDated_data()
{
    QTest::addColumn<int>("day"); ///< of June 2026
    QTest::addColumn<QString>("region");
    QTest::addColumn<QString>("model");
    QTest::addColumn<double>("price"); ///< below 0: none
    QTest::newRow("before any") << 1 << "us" << "H100 80GB SXM" << -1.0;
    QTest::newRow("the first") << 2 << "us" << "H100 80GB SXM" << 3.0;
    QTest::newRow("a newer one") << 9 << "us" << "H100 80GB SXM" << 4.0;
    QTest::newRow("the region's own, though older") << 9 << "eu" << "H100 80GB SXM" << 7.0;
    QTest::newRow("the model's own") << 9 << "us" << "H100 NVL" << 5.0;
    QTest::newRow("another model") << 9 << "us" << "H1000" << -1.0;
}

void EffectTest::pricesAreDated()
{
    QFETCH(int, day);
    QFETCH(QString, region);
    QFETCH(QString, model);
    QFETCH(double, price);
    using namespace std::chrono;
    const auto june = [](int d) { return sys_days(2026y / June / d); };
    const std::vector<Price> prices { { "gcp", "", "H100", 3, june(2), "" }, { "gcp", "", "H100", 4, june(5), "" }, { "gcp", "", "H100", 99, june(20), "" }, { "gcp", "eu", "H100", 7, june(3), "" },
        { "gcp", "", "H100 NVL", 5, june(2), "" }, { "azure", "", "H100", 50, june(2), "" } };
    const auto found = priceOf(prices, "gcp", region.toStdString(), model.toStdString(), june(day));
    QCOMPARE(found ? found->perGpuHour : -1, price);
}

void EffectTest::listPricesFillWhatTheWorkspaceLeavesOpen_data()
{
    QTest::addColumn<bool>("ownOfA");
    QTest::addColumn<bool>("list");
    QTest::addColumn<double>("before"); ///< $ an hour of 80 GPUs at a
    QTest::addColumn<QString>("basis");
    QTest::newRow("none") << false << false << 0.0 << QString();
    QTest::newRow("list prices only") << false << true << 80 * 6.88 << QStringLiteral("list prices of 2026-06-18 to 2026-07-20");
    QTest::newRow("the workspace's first, though only of the family") << true << true << 80 * 2.0 << QStringLiteral("prices of the workspace up to 2026-05-01, list prices of 2026-06-18");
    QTest::newRow("the workspace's only") << true << false << 80 * 2.0 << QStringLiteral("prices of the workspace up to 2026-05-01");
}

void EffectTest::listPricesFillWhatTheWorkspaceLeavesOpen()
{
    QFETCH(bool, ownOfA);
    QFETCH(bool, list);
    using namespace std::chrono;
    auto fleet = twoRoutes();
    fleet.rules.prices.clear();
    if (ownOfA)
        fleet.rules.prices.push_back({ .provider = fleet.nodes.front().provider, .region = {}, .model = "H100", .perGpuHour = 2, .asOf = sys_days(2026y / May / 1) });
    if (list) {
        auto catalogue = std::make_shared<Catalogue>();
        for (const auto& [provider, perHour, day] : { std::tuple(fleet.nodes.front().provider, 55.04, 2026y / July / 20), std::tuple(fleet.nodes.back().provider, 98.32, 2026y / June / 18) }) {
            catalogue->addInstance(provider, "t", { "H100 80GB SXM", 8, 81920 });
            catalogue->addPrice(provider, "t", "", { perHour, sys_days(day), "page" });
        }
        fleet.rules.listPrices = catalogue;
    }
    const auto effect = effectOf(*fleet.ground(), std::vector<RouteMove> { { 0, { 100, 0 }, { 50, 50 } } });
    QFETCH(double, before);
    QVERIFY(std::abs(effect.costBefore - before) < 1e-6);
    QTEST(QString::fromStdString(effect.prices.text()), "basis");
}

void EffectTest::performanceIsLookedUpByTheLongestName()
{
    QCOMPARE(relativePerformance("H100 80GB SXM", {}), 1.0);
    QVERIFY(relativePerformance("H200 141GB SXM", {}) > 1.3);
    QVERIFY(relativePerformance("A100 40GB SXM", {}) < relativePerformance("A100 80GB SXM", {}));
    QCOMPARE(relativePerformance("nobody knows it", {}), 1.0);
    const std::vector<RelativePerformance> own { { "H200", 3, "measured" } };
    QCOMPARE(relativePerformance("H200 141GB SXM", own), 3.0);
    for (const auto& it : defaultPerformance())
        QVERIFY(it.factor > 0 && !it.source.empty());
}

QTEST_APPLESS_MAIN(EffectTest)
#include "tst_effect.moc"
