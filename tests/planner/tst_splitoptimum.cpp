// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include <map>
#include <set>

#include "bruteforce.h"
#include "planner/bestsplit.h"
#include "provenoptimum.h"

using namespace penstock;
using namespace penstock::plantest;

namespace {

/// Small fleets for routes that share clouds: models, regions, caps, quotas, reservations, approvals and residency as they come.
/// `isFair`: a GPU costs what it carries, so that all splits cost the same.
PlanFleet splitFleet(std::uint32_t seed, bool isFair)
{
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t end) { return static_cast<std::uint32_t>(random() % end); };
    PlanFleet fleet;
    auto& rules = fleet.rules;
    const std::vector<std::string> names { "azure", "gcp", "aws" }, models { "H100 80GB SXM", "H200 141GB SXM", "A100 80GB SXM" };
    const std::map<std::string, double> factors { { models[0], 1 }, { models[1], below(2) ? 1.5 : 2 }, { models[2], 0.5 } };
    for (const auto& [model, factor] : factors)
        rules.performance.push_back({ model, factor, {} });
    rules.regionGroups = { { "us", { "us-" } }, { "eu", { "eu-" } } };
    const auto routes = 1 + below(3);
    for (std::uint32_t w = 0; w < routes; ++w) {
        rules.workloads.emplace_back();
        auto& made = rules.workloads.back();
        made.name = "w" + std::to_string(w);
        made.replicaGpus = 1U << below(4);
        if (below(4) == 0)
            made.data = { "account" };
        if (below(5) == 0)
            made.residency = { below(2) ? "us" : "eu" };
        if (below(4) == 0)
            made.replicaModels = { "H100", "H200" };
    }
    for (const auto& name : names) {
        Provider provider { .id = name, .name = name, .subprocessor = true, .approvedData = {}, .utilisationCap = below(3) ? 1.0 : 0.7 + 0.1 * below(3), .quotas = {}, .reservations = {} };
        if (below(4))
            provider.approvedData = { "account" };
        if (below(2) == 0)
            provider.quotas.push_back({ .model = below(2) ? models[below(3)] : "", .region = below(2) ? "us-1" : "", .gpus = 24 + below(60) });
        if (below(2) == 0)
            provider.reservations.push_back({ .model = below(2) ? "H200" : "", .region = {}, .gpus = 8 + below(40), .workload = below(2) ? "w" + std::to_string(below(routes)) : "", .from = {}, .until = {} });
        rules.providers.push_back(std::move(provider));
        for (const char* region : { "us-1", "eu-1" })
            for (auto nodes = below(4) ? 1 + below(8) : 0; nodes > 0; --nodes)
                fleet.add(name, region, 1, 8, below(2) ? 0 : below(9), static_cast<std::uint16_t>(below(routes)), models[below(3)]);
        for (const auto& model : models)
            if (isFair || below(6))
                rules.prices.push_back({ .provider = name, .region = {}, .model = model, .perGpuHour = isFair ? 4 * factors.at(model) : 1.0 + 0.25 * below(30), .asOf = {}, .source = {} });
        if (below(10) == 0)
            fleet.stale.push_back(name);
    }
    for (std::uint32_t r = 0; r < routes; ++r) {
        Route route { .name = "r" + std::to_string(r), .workload = "w" + std::to_string(r), .router = {}, .backends = {} };
        for (const auto& name : names)
            if (below(3) == 0)
                for (const char* region : { "us-1", "eu-1" })
                    route.backends.push_back({ name + region, { .provider = name, .region = region, .cluster = {}, .node = {} } });
            else
                route.backends.push_back({ name, of(name.c_str()) });
        rules.routes.push_back(std::move(route));
    }
    return fleet;
}

/// The best split as a small program, made of single nodes: what each backend keeps of what it holds, and what each pool takes anew.
struct ByHand
{
    const PlanFleet& fleet;
    double growth;
    SmallProgram program {};
    std::vector<double> prices {}; ///< by column: dollars an hour of the load
    double load = 0;
    struct Anew
    {
        std::size_t column;
        const Workload* workload;
        NamedPool pool;
    };
    std::vector<Anew> anew {};
    struct Kept
    {
        std::size_t column;
        const Route::Backend* backend;
        const Workload* workload;
        double held;
    };
    std::vector<Kept> kept {};

    ByHand(const PlanFleet& all, const Ground& ground, const SplitRequest& request)
        : fleet(all), growth(request.growth)
    {
        const auto pools = poolsOf(ground.places());
        const NodesLeft left(fleet, [](const PlanFleet::Node&) { return false; });
        for (const auto r : request.routes)
            addRoute(fleet.rules.routes[r], pools, left);
        // Replicas of at least a size find together what replicas of that size find.
        for (const auto& pool : pools)
            for (const std::uint32_t size : { 1U, 2U, 4U, 8U }) {
                const auto row = program.addRow(SmallProgram::Kind::AtMost, placesFor(size, pool, left));
                for (const auto& it : anew)
                    if (it.pool == pool && it.workload->replicaGpus >= size)
                        program.add(row, it.column, 1 / power(pool));
            }
        for (const auto& bound : left.bounds) {
            const auto row = program.addRow(SmallProgram::Kind::AtMost, std::max(0.0, static_cast<double>(bound.room)));
            for (const auto& it : anew)
                if (bound.covers(it.pool) && bound.except != it.workload->name)
                    program.add(row, it.column, 1 / power(it.pool));
        }
    }
    /// From here on the fullest region is to be as empty as can be. The column of how full it is, 0 to 1.
    std::size_t evenOut()
    {
        const auto fullest = program.addColumn(1);
        for (std::size_t c = 0; c < prices.size(); ++c)
            program.setCost(c, 0);
        std::set<std::pair<std::string, std::string>> regions;
        for (const auto& node : fleet.nodes)
            regions.emplace(node.provider, node.region);
        for (const auto& [provider, region] : regions) {
            double might = 0, others = 0;
            const auto cap = std::ranges::find(fleet.rules.providers, provider, &Provider::id)->utilisationCap;
            for (const auto& node : fleet.nodes) {
                if (node.provider != provider || node.region != region || !fleet.isFresh(provider))
                    continue;
                might += cap * static_cast<double>(std::ranges::count_if(node.gpus, isHealthy));
                others += static_cast<double>(std::ranges::count_if(node.gpus, isAllocated));
                // What the routes hold moves, wherever it is.
                for (const auto& route : fleet.rules.routes)
                    others -= static_cast<double>(heldOn(fleet, node, workloadOf(route)));
            }
            if (might <= 0)
                continue;
            const auto row = program.addRow(SmallProgram::Kind::AtMost, -others / might);
            program.add(row, fullest, -1);
            for (const auto& it : anew)
                if (it.pool.provider == provider && it.pool.region == region)
                    program.add(row, it.column, 1 / power(it.pool) / might);
            for (const auto& it : kept) {
                double here = 0;
                for (const auto& node : fleet.nodes)
                    if (node.provider == provider && node.region == region && isIn(*it.backend, node))
                        here += static_cast<double>(heldOn(fleet, node, *it.workload));
                program.add(row, it.column, here / it.held / might);
            }
        }
        return fullest;
    }

private:
    static bool isIn(const Route::Backend& backend, const PlanFleet::Node& node) { return backend.scope.contains(node.provider, node.region, node.cluster); }
    [[nodiscard]] double power(const NamedPool& pool) const { return relativePerformance(pool.model, fleet.rules.performance); }
    [[nodiscard]] const Workload& workloadOf(const Route& route) const { return *std::ranges::find(fleet.rules.workloads, route.workload, &Workload::name); }
    /// A GPU without a price counts as the dearest.
    [[nodiscard]] double gpuPrice(const NamedPool& pool) const
    {
        const auto known = [&](const NamedPool& it) { return priceOf(fleet.rules.prices, it.provider, it.region, it.model, std::chrono::floor<std::chrono::days>(now)); };
        if (const auto price = known(pool))
            return price->perGpuHour;
        double dearest = 0;
        for (const auto& node : fleet.nodes)
            if (const auto price = known(poolOf(node)))
                dearest = std::max(dearest, price->perGpuHour);
        return dearest > 0 ? dearest : 1;
    }
    static double placesFor(std::uint32_t replica, const NamedPool& pool, const NodesLeft& left)
    {
        double gpus = 0;
        for (const auto& node : left.nodes)
            if (node.pool == pool)
                gpus += node.free / replica * replica;
        return gpus;
    }
    [[nodiscard]] bool mayCarry(const Route::Backend& backend, const Workload& workload) const
    {
        return isApproved(fleet.rules, workload, backend.scope.provider)
            && std::ranges::all_of(fleet.nodes, [&](const auto& node) { return !isIn(backend, node) || isResident(fleet.rules, workload, node.region); })
            && (backend.scope.region.empty() || isResident(fleet.rules, workload, backend.scope.region));
    }
    void addRoute(const Route& route, const std::vector<NamedPool>& pools, const NodesLeft& left)
    {
        const auto& workload = workloadOf(route);
        double total = 0;
        for (const auto& node : fleet.nodes)
            if (std::ranges::any_of(route.backends, [&](const auto& it) { return isIn(it, node); }))
                total += static_cast<double>(heldOn(fleet, node, workload)) * power(poolOf(node));
        load += total * growth;
        const auto demand = program.addRow(SmallProgram::Kind::Exactly, total * growth);
        for (const auto& backend : route.backends) {
            if (!mayCarry(backend, workload))
                continue;
            double held = 0, paid = 0;
            for (const auto& node : fleet.nodes)
                if (isIn(backend, node)) {
                    const auto gpus = static_cast<double>(heldOn(fleet, node, workload));
                    held += gpus * power(poolOf(node));
                    paid += gpus * gpuPrice(poolOf(node));
                }
            const auto add = [&](double price) {
                prices.push_back(price);
                const auto column = program.addColumn(price);
                program.add(demand, column, 1);
                return column;
            };
            if (held > 0) {
                kept.push_back({ add(paid / held), &backend, &workload, held });
                program.add(program.addRow(SmallProgram::Kind::AtMost, held), kept.back().column, 1);
            }
            for (const auto& pool : pools)
                // New load costs no less than what the backend holds, or load would seem to move within it.
                if (backend.scope.contains(pool.provider, pool.region, pool.cluster) && fits(workload, pool.model) && placesFor(workload.replicaGpus, pool, left) > 0)
                    anew.push_back({ add(std::max(gpuPrice(pool) / power(pool), held > 0 ? paid / held : 0)), &workload, pool });
        }
    }
};

struct Asked
{
    std::unique_ptr<Ground> ground;
    SplitRequest request;
};
/// All routes that anybody may carry and that have load.
Asked askedOf(const PlanFleet& fleet, std::uint32_t seed, SplitGoal goal)
{
    Asked made { fleet.ground(), {} };
    const auto readings = fleet.readings(*made.ground);
    made.request.goal = goal;
    made.request.growth = 1 + 0.125 * (seed % 5);
    for (std::uint32_t r = 0; r < fleet.rules.routes.size(); ++r)
        if (loadOf(*made.ground, r) > 0 && std::ranges::any_of(made.ground->map().routes[r].backends, &RuleMap::Backend::allowed)) {
            made.request.routes.push_back(r);
            made.request.accepted.push_back(readings[r].accepted());
        }
    return made;
}

} // namespace

/// Best splits against optima that are proven.
class SplitOptimumTest : public QObject
{
    Q_OBJECT

private slots:
    void theLeastCostIsTheProvenOptimum();
    void theEvenestHeadroomIsTheProvenOptimum_data();
    void theEvenestHeadroomIsTheProvenOptimum();
};

void SplitOptimumTest::theLeastCostIsTheProvenOptimum()
{
    std::size_t equal = 0, none = 0, several = 0, moved = 0;
    for (std::uint32_t seed = 0; seed < 2000; ++seed) {
        const auto fleet = splitFleet(seed, false);
        const auto asked = askedOf(fleet, seed, SplitGoal::LeastCost);
        if (asked.request.routes.empty())
            continue;
        const auto found = bestSplit(*asked.ground, asked.request);
        QVERIFY2(found, found ? "" : found.error().text().c_str());
        const ByHand byHand(fleet, *asked.ground, asked.request);
        const auto optimum = byHand.program.solve();
        if (!optimum) {
            QVERIFY2(!found->relaxations.empty(), qPrintable(QStringLiteral("seed %1").arg(seed)));
            ++none;
            continue;
        }
        QVERIFY2(optimum->isProven, qPrintable(QStringLiteral("seed %1: not proven").arg(seed)));
        QVERIFY2(std::abs(found->bound - optimum->cost) < 1e-6 * std::max(1.0, optimum->cost), qPrintable(QStringLiteral("seed %1: %2, proven %3").arg(seed).arg(found->bound, 0, 'g', 12).arg(optimum->cost, 0, 'g', 12)));
        ++equal;
        several += asked.request.routes.size() > 1;
        moved += std::ranges::any_of(byHand.anew, [&](const auto& it) { return optimum->values[it.column] > 1e-6; });
    }
    QVERIFY2(equal > 400 && none > 30 && several > 200 && moved > 200, qPrintable(QStringLiteral("%1 equal, %2 without, %3 of several routes, %4 move").arg(equal).arg(none).arg(several).arg(moved)));
}

void SplitOptimumTest::theEvenestHeadroomIsTheProvenOptimum_data()
{
    QTest::addColumn<bool>("isFair");
    QTest::newRow("where all splits cost the same") << true;
    // It decides between equals by being worth a ten-thousandth in all.
    QTest::newRow("where cost decides between equals") << false;
}

void SplitOptimumTest::theEvenestHeadroomIsTheProvenOptimum()
{
    QFETCH(bool, isFair);
    std::size_t equal = 0, several = 0, above = 0;
    for (std::uint32_t seed = 0; seed < 1000; ++seed) {
        const auto fleet = splitFleet(seed, isFair);
        const auto asked = askedOf(fleet, seed, SplitGoal::EvenHeadroom);
        if (asked.request.routes.size() != fleet.rules.routes.size())
            continue;
        const auto found = bestSplit(*asked.ground, asked.request);
        QVERIFY2(found, found ? "" : found.error().text().c_str());
        ByHand byHand(fleet, *asked.ground, asked.request);
        const auto fullest = byHand.evenOut();
        const auto optimum = byHand.program.solve();
        if (!optimum)
            continue;
        QVERIFY2(optimum->isProven, qPrintable(QStringLiteral("seed %1: not proven").arg(seed)));
        const auto least = 100 * optimum->values[fullest];
        QVERIFY2(found->bound > least - 1e-6 && found->bound < least + (isFair ? 1e-6 : 0.01), qPrintable(QStringLiteral("seed %1: %2, proven %3").arg(seed).arg(found->bound, 0, 'g', 12).arg(least, 0, 'g', 12)));
        ++equal;
        several += asked.request.routes.size() > 1;
        above += found->bound > least + 1e-6;
    }
    QVERIFY2(equal > 200 && several > 80, qPrintable(QStringLiteral("%1 equal, %2 of several routes, %3 above").arg(equal).arg(several).arg(above)));
}

QTEST_APPLESS_MAIN(SplitOptimumTest)
#include "tst_splitoptimum.moc"
