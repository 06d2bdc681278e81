// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include <map>
#include <set>

#include "planfleet.h"
#include "planner/board.h"
#include "planner/evacuation.h"

using namespace penstock;
using namespace penstock::plantest;

namespace {

/// One route, "chat", over three clouds, in replicas of 8 GPUs; no nodes yet.
PlanFleet chatFleet()
{
    PlanFleet fleet;
    fleet.rules.workloads.resize(1);
    fleet.rules.workloads[0].name = "chat";
    fleet.rules.workloads[0].replicaGpus = 8;
    fleet.rules.routes = { { .name = "chat", .workload = "chat", .router = {}, .backends = {} } };
    for (const char* id : { "azure", "gcp", "aws" })
        fleet.rules.routes[0].backends.push_back({ id, { .provider = id, .region = {}, .cluster = {}, .node = {} } });
    return fleet;
}

/// The board once more, from single GPUs, without anything of the planner but the tables of models and approvals.
struct BruteForce
{
    struct Node
    {
        std::string provider, region, cluster, model;
        std::uint32_t size, free;
    };
    const PlanFleet& fleet;
    std::vector<Node> nodes;
    std::map<std::string, std::int64_t> capRoom; ///< by provider, where it has a cap
    struct Quota
    {
        std::string provider, model;
        std::int64_t room;
        std::string except;
        std::int64_t own;
    };
    std::vector<Quota> quotas;

    static bool allocated(const GpuSample& gpu) { return gpu.state == GpuState::Busy || gpu.state == GpuState::Idle || (gpu.state == GpuState::Unknown && gpu.workload != noWorkload); }
    static bool healthy(const GpuSample& gpu) { return gpu.state == GpuState::Busy || gpu.state == GpuState::Idle || gpu.state == GpuState::Free; }

    using Lost = std::function<bool(const PlanFleet::Node&)>;

    BruteForce(const PlanFleet& it, const Lost& lost)
        : fleet(it)
    {
        std::map<std::string, std::int64_t> up, used, quotaUsed;
        for (const auto& node : fleet.nodes) {
            const bool fresh = fleet.isFresh(node.provider);
            const auto free = static_cast<std::uint32_t>(std::ranges::count(node.gpus, GpuState::Free, &GpuSample::state));
            if (fresh && !lost(node))
                nodes.push_back({ node.provider, node.region, node.cluster, node.model, static_cast<std::uint32_t>(node.gpus.size()), free });
            for (const auto& gpu : node.gpus)
                if (fresh && !lost(node)) {
                    up[node.provider] += healthy(gpu);
                    used[node.provider] += allocated(gpu);
                }
        }
        for (const auto& provider : fleet.rules.providers) {
            if (provider.utilisationCap < 1)
                capRoom[provider.id] = static_cast<std::int64_t>(std::floor(provider.utilisationCap * static_cast<double>(up[provider.id]) + 1e-6)) - used[provider.id];
            for (const auto& quota : provider.quotas) {
                std::int64_t taken = 0;
                for (const auto& node : fleet.nodes)
                    if (node.provider == provider.id && (quota.model.empty() || modelMatches(node.model, quota.model)))
                        taken += std::ranges::count_if(node.gpus, allocated);
                quotas.push_back({ provider.id, quota.model, quota.gpus - taken, {}, 0 });
            }
            for (const auto& kept : provider.reservations) {
                std::int64_t held = 0, free = 0;
                for (const auto& node : fleet.nodes)
                    if (node.provider == provider.id) {
                        held += std::ranges::count_if(node.gpus, [&](const GpuSample& gpu) { return allocated(gpu) && gpu.workload != noWorkload && fleet.rules.workloads[gpu.workload].name == kept.workload; });
                        if (fleet.isFresh(node.provider) && !lost(node))
                            free += std::ranges::count(node.gpus, GpuState::Free, &GpuSample::state);
                    }
                const auto unused = std::max<std::int64_t>(0, kept.gpus - held);
                quotas.push_back({ provider.id, {}, free - unused, kept.workload, unused });
            }
        }
    }
    bool allows(const Node& node, const Workload& workload, std::int64_t gpus) const
    {
        if (const auto cap = capRoom.find(node.provider); cap != capRoom.end() && cap->second < gpus)
            return false;
        return std::ranges::all_of(quotas, [&](const Quota& it) {
            return it.provider != node.provider || (!it.model.empty() && !modelMatches(node.model, it.model)) || it.except == workload.name || it.room >= gpus;
        });
    }
    void charge(const Node& node, const Workload& workload, std::int64_t gpus)
    {
        if (const auto cap = capRoom.find(node.provider); cap != capRoom.end())
            cap->second -= gpus;
        for (auto& it : quotas) {
            if (it.provider != node.provider || (!it.model.empty() && !modelMatches(node.model, it.model)))
                continue;
            auto rest = gpus;
            if (it.except == workload.name) {
                rest -= std::min(gpus, it.own);
                it.own -= std::min(gpus, it.own);
            }
            it.room -= rest;
        }
    }
    /// One replica in one pool.
    bool put(const std::string& provider, const std::string& region, const std::string& cluster, const std::string& model, const Workload& workload)
    {
        const auto replica = workload.replicaGpus;
        Node* best = nullptr;
        std::map<std::uint32_t, std::vector<Node*>> whole;
        for (auto& node : nodes) {
            if (node.provider != provider || node.region != region || node.cluster != cluster || node.model != model)
                continue;
            if (node.size >= replica && node.free >= replica && (!best || node.free < best->free))
                best = &node;
            if (node.size < replica && node.free == node.size)
                whole[node.size].push_back(&node);
        }
        if (best) {
            if (!allows(*best, workload, replica))
                return false;
            charge(*best, workload, replica);
            best->free -= replica;
            return true;
        }
        for (auto& [size, free] : whole) {
            const auto needed = (replica + size - 1) / size;
            if (free.size() < needed)
                continue;
            if (!allows(*free.front(), workload, replica))
                return false;
            charge(*free.front(), workload, replica);
            for (std::uint32_t i = 0; i < needed; ++i)
                free[i]->free = 0;
            return true;
        }
        return false;
    }
};

struct Pool
{
    std::string provider, region, cluster, model;
    auto operator<=>(const Pool&) const = default;
};

struct Survival
{
    double total = 0, lost = 0, carried = 0;
};

Survival survive(const PlanFleet& fleet, const Ground& ground, const BruteForce::Lost& lost)
{
    const auto& rules = fleet.rules;
    const auto power = [&](const std::string& model) { return relativePerformance(model, rules.performance); };
    // The order in which pools are tried is a promise of the planner: most headroom before the loss first.
    const BruteForce before(fleet, [](const PlanFleet::Node&) { return false; });
    BruteForce after(fleet, lost);
    Survival made;
    struct Leaving
    {
        const Route* route;
        const Workload* workload;
        double load;
    };
    std::vector<Leaving> leaving;
    std::map<const Workload*, std::set<const PlanFleet::Node*>> counted;
    for (const auto& workload : rules.workloads)
        if (workload.priority == Priority::Interactive)
            for (const auto& node : fleet.nodes)
                for (const auto& gpu : node.gpus)
                    if (BruteForce::allocated(gpu) && gpu.workload != noWorkload && &rules.workloads[gpu.workload] == &workload) {
                        made.total += power(node.model);
                        if (lost(node))
                            made.lost += power(node.model);
                    }
    for (const auto& route : rules.routes) {
        const auto workload = std::ranges::find(rules.workloads, route.workload, &Workload::name);
        if (workload == rules.workloads.end() || workload->priority != Priority::Interactive)
            continue;
        double load = 0;
        for (const auto& node : fleet.nodes) {
            const bool inScope = std::ranges::any_of(route.backends, [&](const Route::Backend& it) { return it.scope.contains(node.provider, node.region, node.cluster); });
            if (!lost(node) || !inScope)
                continue;
            for (const auto& gpu : node.gpus)
                if (BruteForce::allocated(gpu) && gpu.workload != noWorkload && &rules.workloads[gpu.workload] == &*workload)
                    load += power(node.model);
        }
        if (load > 0)
            leaving.push_back({ &route, &*workload, load });
    }
    std::ranges::stable_sort(leaving, std::greater {}, [](const Leaving& it) { return it.workload->replicaGpus; });
    for (const auto& it : leaving) {
        std::vector<std::tuple<std::int64_t, double, std::uint32_t>> order; ///< most room first, then the cheapest
        const auto& places = ground.places();
        for (std::uint32_t p = 0; p < places.pools.size(); ++p) {
            const auto& pool = places.pools[p];
            bool allowed = false;
            for (const auto& backend : it.route->backends) {
                if (!backend.scope.contains(places.providerName(pool), places.regionName(pool), places.clusterName(pool)))
                    continue;
                // A backend is out when any of its regions or its provider is.
                bool good = isApproved(rules, *it.workload, backend.scope.provider);
                for (const auto& node : fleet.nodes)
                    if (backend.scope.contains(node.provider, node.region, node.cluster))
                        good = good && isResident(rules, *it.workload, node.region);
                allowed = allowed || good;
            }
            if (!allowed || !fits(*it.workload, places.modelName(pool)))
                continue;
            auto trial = before;
            std::int64_t room = 0;
            while (trial.put(places.providerName(pool), places.regionName(pool), places.clusterName(pool), places.modelName(pool), *it.workload))
                room += it.workload->replicaGpus;
            const auto price = priceOf(rules.prices, places.providerName(pool), places.regionName(pool), places.modelName(pool), std::chrono::floor<std::chrono::days>(now));
            order.emplace_back(-room, price ? price->perGpuHour / power(places.modelName(pool)) : 1e300, p);
        }
        std::ranges::sort(order);
        auto left = it.load;
        for (const auto& [room, price, p] : order) {
            const auto& pool = places.pools[p];
            const auto each = it.workload->replicaGpus * power(places.modelName(pool));
            while (left > 1e-6 && after.put(places.providerName(pool), places.regionName(pool), places.clusterName(pool), places.modelName(pool), *it.workload))
                left -= each;
        }
        made.carried += it.load - std::max(0.0, left);
    }
    return made;
}

} // namespace

class EvacuationTest : public QObject
{
    Q_OBJECT
private slots:
    void theBoardEqualsBruteForce();
    void routesThatCompeteAreCarriedAsWellAsCanBe();
    void batchRunsOnWhileTrainingCanEndElsewhere();
    void whatHasMovedTakesTheRoomOfWhatEnds();
    void sheddingNeverCarriesLess();
    void whatDoesNotFitIsShedByPriority_data();
    void whatDoesNotFitIsShedByPriority();
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
    void nothingIsPutWhereAnotherEvacuationRuns();
    void theBoardKnowsThatASilentRouterKeepsItsLoad();
    void whatARunningShiftWasPromisedIsNotCountedTwice();
    void aRunningEvacuationLeavesItsOwnRowAsItWas();
    void whatHasLeftIsNotForgottenBeforeTheFleetsShowIt();
    void whatWasEvacuatedTakesNothing();
    void aRouteWhoseOnlyOtherTargetIsDarkHoldsUpNoOther();
};

void EvacuationTest::theBoardEqualsBruteForce()
{
    std::size_t rows = 0, broken = 0, better = 0;
    for (std::uint32_t seed = 0; seed < 500; ++seed) {
        const auto fleet = randomFleet(seed);
        const auto ground = fleet.ground();
        for (const auto& row : board(*ground)) {
            const auto naive = survive(fleet, *ground, [&](const PlanFleet::Node& node) { return node.provider == row.provider && (row.region.empty() || node.region == row.region); });
            ++rows;
            broken += row.breaks;
            const auto where = QStringLiteral("seed %1, %2 %3: %4 of %5 carried, brute force %6 of %7").arg(seed).arg(QString::fromStdString(row.provider), QString::fromStdString(row.region)).arg(row.carried).arg(row.lost).arg(naive.carried).arg(naive.lost);
            QVERIFY2(std::abs(row.lost - naive.lost) < 1e-6, qPrintable(where));
            // One route after the other, one pool after the other finds all that there is as a rule; where it does not the planner looks at all of them.
            QVERIFY2(row.carried > naive.carried - 1e-6 && row.carried < row.lost + 1e-6, qPrintable(where));
            better += row.carried > naive.carried + 1e-6;
            const double percent = naive.total > 0 ? 100 * (naive.total - naive.lost + row.carried) / naive.total : 100;
            QVERIFY2(std::abs(row.percent - percent) < 1e-6, qPrintable(where));
            QCOMPARE(row.breaks, naive.lost - row.carried > 1e-6);
            QCOMPARE(row.breaks, row.shortGpus > 0);
        }
    }
    QVERIFY(rows > 2000);
    QVERIFY(broken > 100 && broken < rows);
    QVERIFY(better > 0 && better < rows / 10);
}

/// Of routes that compete for room, each with clouds of its own to go to, as many replicas as can be find a place: as many as augmenting paths find.
void EvacuationTest::routesThatCompeteAreCarriedAsWellAsCanBe()
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

/// What has moved stands where jobs are to end for it, and not on top of what is free.
void EvacuationTest::whatHasMovedTakesTheRoomOfWhatEnds()
{
    auto fleet = chatFleet();
    fleet.rules.workloads.emplace_back();
    fleet.rules.workloads.back().name = "train";
    fleet.rules.workloads.back().priority = Priority::Training;
    fleet.rules.workloads.back().replicaGpus = 8;
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

void EvacuationTest::sheddingNeverCarriesLess()
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

void EvacuationTest::whatDoesNotFitIsShedByPriority_data()
{
    QTest::addColumn<int>("free"); ///< whole free nodes at gcp beside one of training and one of batch
    QTest::addColumn<QString>("shed");
    QTest::addColumn<double>("carried"); ///< of the interactive load, %
    QTest::newRow("all fits") << 3 << "" << 100.0;
    QTest::newRow("training goes first") << 2 << "train 8 GPUs 1 replicas at gcp" << 100.0;
    QTest::newRow("then batch") << 1 << "train 8 GPUs 1 replicas at gcp, batch 8 GPUs 2 replicas at gcp" << 100.0;
    QTest::newRow("then interactive itself") << 0 << "train 8 GPUs 1 replicas at gcp, batch 8 GPUs 2 replicas at gcp, chat 8 GPUs 1 replicas at azure" << 100 * 2.0 / 3;
}

void EvacuationTest::whatDoesNotFitIsShedByPriority()
{
    QFETCH(int, free);
    QFETCH(QString, shed);
    QFETCH(double, carried);
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
    // The plan says what ends, and the capacity rule holds it to that.
    auto plan = *planOf(*ground, made, pointers(readings), 25, true);
    plan.person = "ada";
    plan.reason = "fire";
    Circumstances circumstances;
    circumstances.now = now;
    circumstances.readings = pointers(readings);
    const auto verdict = judge(*ground, plan, circumstances).about("capacity").verdict;
    QCOMPARE(verdict, free == 3 ? Interlock::Verdict::Pass : free == 0 ? Interlock::Verdict::Block : Interlock::Verdict::Note);
    plan.shed.clear();
    QCOMPARE(judge(*ground, plan, circumstances).about("capacity").verdict, free == 3 ? Interlock::Verdict::Pass : Interlock::Verdict::Block);
    // The board counts the same.
    const auto rows = board(*ground);
    QCOMPARE(rows.front().provider, std::string("azure"));
    QCOMPARE(rows.front().percentWithShedding, carried);
    QCOMPARE(rows.front().percent, 100.0 * free / 3);
    QCOMPARE(rows.front().breaks, free < 3);
    QCOMPARE(*rows.front().cost, 8.0 * std::min(3, free + 2));
    QCOMPARE(made.movedCost(), *rows.front().cost);
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
    QCOMPARE(judged.about("reach").evidence, std::string("the router of chat does not answer: its load stays"));
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

namespace {

    /// Three clouds of 100 nodes with 8 GPUs each, of which chat holds 50, 30 and 20.
    PlanFleet threeClouds()
    {
        PlanFleet fleet;
        fleet.rules.workloads.resize(1);
        fleet.rules.workloads[0].name = "chat";
        fleet.rules.workloads[0].replicaGpus = 8;
        fleet.rules.routes = { { .name = "chat", .workload = "chat", .router = {}, .backends = {} } };
        for (const auto& [id, nodes] : { std::pair { "azure", 50U }, std::pair { "gcp", 30U }, std::pair { "aws", 20U } }) {
            fleet.rules.routes[0].backends.push_back({ id, { .provider = id, .region = {}, .cluster = {}, .node = {} } });
            fleet.add(id, "us-1", nodes, 8, 8, 0);
            fleet.add(id, "us-1", 40, 8, 0, 0);
        }
        return fleet;
    }

    Scope of(const char* provider) { return { .provider = provider, .region = {}, .cluster = {}, .node = {} }; }

} // namespace

void EvacuationTest::whatHasLeftIsNotForgottenBeforeTheFleetsShowIt()
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

void EvacuationTest::aRouteWhoseOnlyOtherTargetIsDarkHoldsUpNoOther()
{
    auto fleet = threeClouds();
    fleet.rules.workloads.emplace_back();
    fleet.rules.workloads[1].name = "embed";
    fleet.rules.workloads[1].replicaGpus = 8;
    fleet.rules.routes.push_back({ .name = "embed", .workload = "embed", .router = {}, .backends = { { "azure", of("azure") }, { "gcp", of("gcp") } } });
    fleet.add("azure", "us-1", 10, 8, 8, 1);
    fleet.stale = { "gcp" };
    const auto ground = fleet.ground(CapacityDetail::Holders);
    const auto readings = fleet.readings(*ground);
    const auto made = evacuate(*ground, of("azure"), pointers(readings));
    QCOMPARE(made.stuck, std::vector<std::string> { "embed" });
    QCOMPARE(made.moves.size(), std::size_t { 1 });
    QCOMPARE(made.moves.front().route, 0U);
}

void EvacuationTest::whatWasEvacuatedTakesNothing()
{
    const auto fleet = threeClouds();
    const auto ground = fleet.ground(CapacityDetail::Holders, { .leaves = { { "S-1", of("azure") } } });
    const auto readings = fleet.readings(*ground);
    const auto made = evacuate(*ground, of("aws"), pointers(readings));
    QVERIFY(std::ranges::none_of(made.flows.front().to, [](const Evacuation::Flow::Landed& it) { return it.backend == 0; }));
    // A shift of somebody's own is free to go there.
    QCOMPARE(ground->room().headroom(std::vector { std::uint32_t { 0 } }, 0), std::int64_t { 320 });
}

void EvacuationTest::aRunningEvacuationLeavesItsOwnRowAsItWas()
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

void EvacuationTest::nothingIsPutWhereAnotherEvacuationRuns()
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

void EvacuationTest::theBoardKnowsThatASilentRouterKeepsItsLoad()
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

void EvacuationTest::whatARunningShiftWasPromisedIsNotCountedTwice()
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

QTEST_APPLESS_MAIN(EvacuationTest)
#include "tst_evacuation.moc"
