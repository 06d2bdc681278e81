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

/// What survives each loss.
class BoardTest : public QObject
{
    Q_OBJECT

private slots:
    void theBoardEqualsBruteForce();
    void routesThatCompeteAreCarriedAsWellAsCanBe();
    void sheddingNeverCarriesLess();
    void theBoardKnowsThatASilentRouterKeepsItsLoad();
    void whatWasEvacuatedSaysByWhich();
};

void BoardTest::theBoardEqualsBruteForce()
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
            made.push_back(row.evacuatedBy);
        return made;
    };
    const Scope whole = of("azure"), one { .provider = "azure", .region = "us-2", .cluster = {}, .node = {} };
    QCOMPARE(said({ .leaves = { { "S-1", whole } } }), (std::vector<std::string> { "S-1", "S-1", "S-1", "", "" }));
    QCOMPARE(said({ .leaves = { { "S-2", one } } }), (std::vector<std::string> { "", "", "S-2", "", "" }));
    Promise running;
    running.plan = "S-3";
    running.leaves = one;
    QCOMPARE(said({ .promises = { running } }), (std::vector<std::string> { "", "", "S-3", "", "" }));
}

QTEST_APPLESS_MAIN(BoardTest)
#include "tst_board.moc"
