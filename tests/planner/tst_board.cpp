// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include <set>

#include "bruteforce.h"
#include "planner/board.h"
#include "planner/evacuation.h"

using namespace penstock;
using namespace penstock::plantest;

namespace {

LossByHand byHand(const PlanFleet& fleet, const Ground& ground, const BoardRow& row)
{
    return { fleet, poolsOf(ground.places()), [provider = row.provider, region = row.region](const PlanFleet::Node& node) { return node.provider == provider && (region.empty() || node.region == region); } };
}

/// Fleets drawn at random that are small enough for every choice to be tried.
PlanFleet smallFleet(std::uint32_t seed, bool oneSize)
{
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t end) { return static_cast<std::uint32_t>(random() % end); };
    PlanFleet fleet;
    auto& rules = fleet.rules;
    const std::vector<std::string> names { "azure", "gcp", "aws" }, models { "H100 80GB SXM", "H200 141GB SXM", "A100 80GB SXM" };
    const std::uint32_t replicas[] { 1, 2, 4, 8 };
    rules.regionGroups = { { "us", { "us-" } }, { "eu", { "eu-" } } };
    rules.performance = { { "H200", below(2) ? 1.5 : 2, {} }, { "A100", 0.5, {} } };
    const auto workloads = 2 + below(2);
    const auto workload = [&] { return "w" + std::to_string(below(workloads)); };
    for (std::uint32_t w = 0; w < workloads; ++w) {
        rules.workloads.emplace_back();
        auto& made = rules.workloads.back();
        made.name = "w" + std::to_string(w);
        made.priority = below(4) ? Priority::Interactive : static_cast<Priority>(below(3));
        if (below(3) == 0)
            made.data = { "account" };
        if (below(3) == 0)
            made.residency = { below(2) ? "us" : "eu" };
        made.replicaGpus = oneSize ? 4 : replicas[below(4)];
        if (below(3) == 0)
            made.replicaModels = { "H100", "H200" };
    }
    for (const auto& name : names) {
        Provider provider { .id = name, .name = name, .subprocessor = true, .approvedData = {}, .utilisationCap = below(3) ? 1.0 : 0.7 + 0.1 * below(3), .quotas = {}, .reservations = {} };
        if (below(4))
            provider.approvedData = { "account" };
        if (below(3) == 0)
            provider.quotas.push_back({ .model = below(2) ? "H100" : "", .region = below(2) ? "us-1" : "", .gpus = 8 + below(20) });
        if (below(3) == 0)
            provider.reservations.push_back({ .model = below(2) ? "H200" : "", .region = {}, .gpus = 4 + below(16), .workload = below(3) ? workload() : "", .from = {}, .until = {} });
        rules.providers.push_back(std::move(provider));
        for (const char* region : { "us-1", "eu-1" }) {
            const auto nodes = below(3) ? 1 + below(3) : 0;
            for (std::uint32_t n = 0; n < nodes; ++n) {
                const auto size = oneSize || below(3) == 0 ? 4U : 8U;
                const auto busy = oneSize || below(3) == 0 ? size * below(2) : below(size + 1);
                fleet.add(name, region, 1, size, busy, static_cast<std::uint16_t>(below(workloads)), models[below(3)]);
            }
        }
        for (const auto& model : models)
            if (below(4))
                rules.prices.push_back({ .provider = name, .region = {}, .model = model, .perGpuHour = 1.0 + below(9), .asOf = {}, .source = {} });
        if (below(8) == 0)
            fleet.stale.push_back(name);
    }
    // One workload may have two routes.
    for (std::uint32_t r = 0; r < workloads + below(2); ++r) {
        Route route { .name = "r" + std::to_string(r), .workload = "w" + std::to_string(r % workloads), .router = {}, .backends = {} };
        const auto add = [&](const std::string& name, const std::string& region) { route.backends.push_back({ name + region, { .provider = name, .region = region, .cluster = {}, .node = {} } }); };
        for (const auto& name : names)
            switch (below(5)) {
            case 0:
                break;
            case 1:
                add(name, "us-1");
                break;
            case 2:
                add(name, "us-1");
                add(name, "eu-1");
                break;
            default:
                add(name, {});
            }
        if (!route.backends.empty())
            rules.routes.push_back(std::move(route));
    }
    return fleet;
}

} // namespace

/// What survives each loss.
class BoardTest : public QObject
{
    Q_OBJECT

private slots:
    void theBoardEqualsBruteForce_data();
    void theBoardEqualsBruteForce();
    void theBoardCarriesWhatTheBestOfAllChoicesDoes_data();
    void theBoardCarriesWhatTheBestOfAllChoicesDoes();
    void routesThatCompeteAreCarriedAsWellAsCanBe();
    void sheddingNeverCarriesLess();
    void theBoardKnowsThatASilentRouterKeepsItsLoad();
    void whatWasEvacuatedSaysByWhich();
};

/// By the rule that is documented: interactive first, of equal priorities the largest replicas, each where there was most room.
void BoardTest::theBoardEqualsBruteForce_data()
{
    QTest::addColumn<bool>("small");
    QTest::newRow("hundreds of nodes") << false;
    QTest::newRow("few nodes, limits by region and model, two routes to one workload") << true;
}

void BoardTest::theBoardEqualsBruteForce()
{
    QFETCH(bool, small);
    std::size_t rows = 0, broken = 0, better = 0, priced = 0, fullest = 0;
    for (std::uint32_t seed = 0; seed < (small ? 1000U : 500U); ++seed) {
        const auto fleet = small ? smallFleet(seed, seed % 2 == 0) : randomFleet(seed);
        const auto ground = fleet.ground();
        for (const auto& row : board(*ground)) {
            auto naive = byHand(fleet, *ground, row);
            naive.placeInOrder();
            const auto load = naive.load();
            ++rows;
            broken += row.breaks;
            const auto where = QStringLiteral("seed %1, %2 %3: %4 of %5 carried, brute force %6 of %7").arg(seed).arg(QString::fromStdString(row.provider), QString::fromStdString(row.region)).arg(row.carried).arg(row.lost).arg(load.carried).arg(load.lost);
            QVERIFY2(std::abs(row.lost - load.lost) < 1e-6, qPrintable(where));
            QCOMPARE(row.breaks, load.lost - row.carried > 1e-6);
            QCOMPARE(row.breaks, row.shortGpus > 0);
            // Where the order leaves load without a place that another order would have placed, the planner does not keep to it.
            if (row.carried > load.carried + 1e-6) {
                ++better;
                continue;
            }
            QVERIFY2(std::abs(row.carried - load.carried) < 1e-6, qPrintable(where));
            QVERIFY2(std::abs(row.percent - load.percent()) < 1e-6, qPrintable(where));
            QCOMPARE(row.cost.has_value(), naive.cost().has_value());
            QVERIFY2(!row.cost || std::abs(*row.cost - *naive.cost()) < 1e-6, qPrintable(where));
            priced += row.cost.has_value();
            if (row.breaks) {
                const auto homeless = naive.homeless();
                const auto most = std::ranges::max_element(homeless, {}, [](const auto& it) { return it.second; });
                QVERIFY2(most != homeless.end() && row.shortGpus == most->second && homeless.at(row.firstModel) == most->second, qPrintable(where));
            } else if (naive.allPlaced()) {
                const auto shares = naive.freeShares();
                const auto least = std::ranges::min_element(shares, {}, [](const auto& it) { return it.second; });
                QVERIFY2(least == shares.end() ? row.firstModel.empty() : std::abs(shares.at(row.firstModel) - least->second) < 1e-9, qPrintable(where));
                fullest += !row.firstModel.empty();
            }
        }
    }
    QVERIFY(rows > 2000);
    QVERIFY(broken > 100 && broken < rows);
    QVERIFY(better > 0 && better < rows / 10);
    QVERIFY(priced > 100 && fullest > 100);
}

void BoardTest::theBoardCarriesWhatTheBestOfAllChoicesDoes_data()
{
    QTest::addColumn<bool>("oneSize");
    QTest::addColumn<std::uint32_t>("fleets");
    QTest::newRow("replicas of one size on whole nodes") << true << 2000U;
    QTest::newRow("replicas of several sizes on nodes that are taken in part") << false << 150U;
}

void BoardTest::theBoardCarriesWhatTheBestOfAllChoicesDoes()
{
    QFETCH(bool, oneSize);
    QFETCH(std::uint32_t, fleets);
    std::size_t broken = 0, byOrder = 0, better = 0;
    for (std::uint32_t seed = 0; seed < fleets; ++seed) {
        const auto fleet = smallFleet(seed, oneSize);
        const auto ground = fleet.ground();
        for (const auto& row : board(*ground)) {
            auto naive = byHand(fleet, *ground, row);
            const auto most = naive.most();
            naive.placeInOrder();
            broken += row.breaks;
            (naive.load().carried < most - 1e-6 ? better : byOrder) += 1;
            QVERIFY2(std::abs(row.carried - most) < 1e-6, qPrintable(QStringLiteral("seed %1, %2 %3: %4 of %5 carried, could be %6").arg(seed).arg(QString::fromStdString(row.provider), QString::fromStdString(row.region)).arg(row.carried).arg(row.lost).arg(most)));
        }
    }
    QVERIFY2(broken > fleets && better > fleets / 100 && byOrder > fleets, qPrintable(QStringLiteral("%1 break, %2 by order, %3 otherwise").arg(broken).arg(byOrder).arg(better)));
}

/// Of routes that compete for room, each with clouds of its own to go to, as many replicas as can be find a place: as many as augmenting paths find.
void BoardTest::routesThatCompeteAreCarriedAsWellAsCanBe()
{
    std::size_t competed = 0;
    for (std::uint32_t seed = 0; seed < 300; ++seed) {
        std::mt19937 random(seed);
        const auto below = [&](std::uint32_t limit) { return static_cast<std::uint32_t>(random() % limit); };
        PlanFleet fleet;
        const auto routes = 2 + below(4), clouds = 2 + below(4);
        std::vector<std::uint32_t> lost, free;
        std::vector<std::vector<bool>> may(routes, std::vector<bool>(clouds));
        for (std::uint32_t c = 0; c < clouds; ++c) {
            free.push_back(below(6));
            fleet.add("to" + std::to_string(c), "us-1", free.back(), 8, 0, 0);
        }
        for (std::uint32_t r = 0; r < routes; ++r) {
            const auto name = "chat" + std::to_string(r);
            fleet.rules.workloads.emplace_back();
            fleet.rules.workloads.back().name = name;
            fleet.rules.workloads.back().replicaGpus = 8;
            fleet.rules.routes.push_back({ .name = name, .workload = name, .router = {}, .backends = { { "azure", { .provider = "azure", .region = {}, .cluster = {}, .node = {} } } } });
            for (std::uint32_t c = 0; c < clouds; ++c)
                if ((may[r][c] = below(2) == 0))
                    fleet.rules.routes.back().backends.push_back({ "to" + std::to_string(c), { .provider = "to" + std::to_string(c), .region = {}, .cluster = {}, .node = {} } });
            lost.push_back(1 + below(5));
            fleet.add("azure", "us-1", lost.back(), 8, 8, static_cast<std::uint16_t>(r));
        }
        std::vector<std::vector<std::uint32_t>> placed(routes, std::vector<std::uint32_t>(clouds));
        const std::function<bool(std::uint32_t, std::set<std::uint32_t>&)> place = [&](std::uint32_t r, std::set<std::uint32_t>& tried) {
            for (std::uint32_t c = 0; c < clouds; ++c) {
                if (!may[r][c] || !tried.insert(c).second)
                    continue;
                std::uint32_t taken = 0;
                for (const auto& it : placed)
                    taken += it[c];
                bool has = taken < free[c];
                for (std::uint32_t other = 0; !has && other < routes; ++other)
                    if (placed[other][c] > 0 && place(other, tried)) {
                        --placed[other][c];
                        has = true;
                    }
                if (has) {
                    ++placed[r][c];
                    return true;
                }
            }
            return false;
        };
        std::uint32_t most = 0, all = 0;
        for (std::uint32_t r = 0; r < routes; ++r)
            for (std::uint32_t i = 0; i < lost[r]; ++i) {
                std::set<std::uint32_t> tried;
                most += place(r, tried) ? 1U : 0U;
                ++all;
            }
        competed += most < all;
        const auto rows = board(*fleet.ground());
        const auto row = std::ranges::find(rows, "azure", &BoardRow::provider);
        QVERIFY(row != rows.end());
        QVERIFY2(std::abs(row->carried - 8.0 * most) < 1e-6, qPrintable(QStringLiteral("seed %1: %2 of %3 carried, should be %4").arg(seed).arg(row->carried).arg(row->lost).arg(8 * most)));
    }
    QVERIFY(competed > 50);
}

void BoardTest::sheddingNeverCarriesLess()
{
    std::size_t helped = 0;
    for (std::uint32_t seed = 0; seed < 500; ++seed) {
        const auto fleet = randomFleet(seed);
        const auto with = board(*fleet.ground(CapacityDetail::Holders)), without = board(*fleet.ground());
        QCOMPARE(with.size(), without.size());
        for (std::size_t i = 0; i < with.size(); ++i) {
            QCOMPARE(with[i].carried, without[i].carried);
            QCOMPARE(without[i].carriedByShedding, 0.0);
            QVERIFY(with[i].carried + with[i].carriedByShedding <= with[i].lost + 1e-6);
            QVERIFY(with[i].carriedByShedding == 0 || with[i].shedGpus > 0);
            helped += with[i].carriedByShedding > 0;
        }
    }
    QVERIFY(helped > 30);
}

void BoardTest::theBoardKnowsThatASilentRouterKeepsItsLoad()
{
    PlanFleet fleet;
    for (const char* name : { "chat", "image" }) {
        fleet.rules.workloads.emplace_back();
        fleet.rules.workloads.back().name = name;
        fleet.rules.workloads.back().replicaGpus = 8;
        fleet.rules.routes.push_back({ .name = name, .workload = name, .router = {}, .backends = { { "azure", { .provider = "azure", .region = {}, .cluster = {}, .node = {} } }, { "gcp", { .provider = "gcp", .region = {}, .cluster = {}, .node = {} } } } });
    }
    fleet.add("azure", "us-1", 3, 8, 8, 0);
    fleet.add("azure", "us-1", 1, 8, 8, 1);
    fleet.add("gcp", "us-1", 9, 8, 0, 0);
    const auto ground = fleet.ground();
    const auto readings = fleet.readings(*ground);
    auto known = pointers(readings);
    QCOMPARE(board(*ground, known).front().percent, 100.0);
    known[0] = nullptr;
    QCOMPARE(board(*ground, known).front().percent, 25.0);
    QCOMPARE(evacuate(*ground, { .provider = "azure", .region = {}, .cluster = {}, .node = {} }, known).survivesUnshed, 25.0);
}

/// As long as it runs, and once it is done; a provider only when nothing of it is left.
void BoardTest::whatWasEvacuatedSaysByWhich()
{
    PlanFleet fleet = chatFleet();
    for (const char* region : { "us-1", "us-2" })
        fleet.add("azure", region, 2, 8, 8, 0);
    fleet.add("gcp", "us-1", 9, 8, 0, 0);
    const auto said = [&](const Claims& claims) {
        std::vector<std::string> made;
        for (const auto& row : board(*fleet.ground(CapacityDetail::Free, claims)))
            made.push_back(row.evacuatedBy + (row.beingEvacuated ? " runs" : ""));
        return made;
    };
    const Scope whole = of("azure"), one { .provider = "azure", .region = "us-2", .cluster = {}, .node = {} };
    QCOMPARE(said({ .leaves = { { "S-1", whole } } }), (std::vector<std::string> { "S-1", "S-1", "S-1", "", "" }));
    QCOMPARE(said({ .leaves = { { "S-2", one } } }), (std::vector<std::string> { "", "", "S-2", "", "" }));
    Promise running;
    running.plan = "S-3";
    running.leaves = one;
    QCOMPARE(said({ .promises = { running } }), (std::vector<std::string> { "", "", "S-3 runs", "", "" }));
}

QTEST_APPLESS_MAIN(BoardTest)
#include "tst_board.moc"
