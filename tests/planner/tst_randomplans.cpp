// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include <map>
#include <numeric>
#include <set>

#include "bruteforce.h"
#include "planner/steps.h"

using namespace penstock;
using namespace penstock::plantest;
using Verdict = Interlock::Verdict;

namespace {

/// A shift of several routes on a random fleet, and what is true around it.
struct Situation
{
    PlanFleet fleet;
    std::unique_ptr<Ground> ground;
    std::vector<RouteReading> readings; ///< by route
    std::vector<std::size_t> silentRouters;
    Plan plan;
    Circumstances circumstances;

    explicit Situation(std::uint32_t seed)
        : fleet(randomFleet(seed % 1000))
    {
        std::mt19937 random(seed);
        const auto below = [&](std::uint32_t end) { return static_cast<std::uint32_t>(random() % end); };
        // What only people can lift would stop most of them.
        if (seed % 4 != 0) {
            auto& policy = fleet.rules.policy;
            policy.freezes.clear();
            policy.protectedRoutes.clear();
            policy.minProviders = static_cast<int>(below(2));
        }
        // And what no plan mends.
        if (seed % 2 != 0) {
            fleet.stale.clear();
            fleet.cached.clear();
            for (auto& workload : fleet.rules.workloads)
                workload.residency.clear();
            for (auto& provider : fleet.rules.providers)
                if (below(3))
                    provider = { .id = provider.id, .name = provider.name, .subprocessor = true, .approvedData = { "account", "content" }, .utilisationCap = provider.utilisationCap, .quotas = provider.quotas, .reservations = provider.reservations };
        }
        ground = fleet.ground();
        readings = fleet.readings(*ground);
        plan.person = "ada";
        plan.now = below(6) == 0;
        plan.bake = std::chrono::seconds(below(2) ? 30 : 300);
        circumstances.now = now;
        const bool isCalm = seed % 3 != 0; ///< all is well with routers and endpoints
        std::vector<std::size_t> order(fleet.rules.routes.size());
        std::iota(order.begin(), order.end(), std::size_t { 0 });
        std::ranges::shuffle(order, random);
        order.resize(std::min<std::size_t>(order.size(), 1 + below(4)));
        // They compete: most of them want to go to the same cloud.
        const auto target = fleet.nodes[below(static_cast<std::uint32_t>(fleet.nodes.size()))].provider;
        for (const auto r : order) {
            const auto& route = fleet.rules.routes[r];
            const auto from = readings[r].accepted();
            auto to = from;
            for (auto changes = 1 + below(2); changes > 0; --changes) {
                const auto giver = static_cast<std::size_t>(std::ranges::max_element(to) - to.begin());
                auto receiver = static_cast<std::size_t>(std::ranges::find(route.backends, target, [](const auto& it) { return it.scope.provider; }) - route.backends.begin());
                if (receiver == to.size() || below(3) == 0)
                    receiver = below(static_cast<std::uint32_t>(to.size()));
                const auto share = std::min<double>(below(4) ? 1 + below(12) : below(101), to[giver]);
                to[receiver] += share;
                to[giver] -= share;
            }
            plan.moves.push_back({ .route = route.name, .version = isCalm || below(12) ? "7" : "6", .from = from, .steps = rampSteps(from, to, 2 + below(30)).value_or(std::vector<Weights> {}) });
            if (below(3) == 0)
                for (auto past = 1 + below(3); past > 0; --past)
                    circumstances.past.push_back({ route.name, now - std::chrono::seconds(below(1200)), 0.01 * (1 + below(25)) });
            if (!isCalm && below(6) == 0)
                circumstances.leases.push_back({ route.name, "S-9", "eve", now + std::chrono::seconds(below(2) ? 10 : -10) });
            if (!isCalm && below(10) == 0)
                silentRouters.push_back(r);
            for (std::size_t b = 0; !isCalm && b < to.size(); ++b) {
                auto& backend = readings[r].backends[b];
                if (below(10) == 0)
                    backend.condition = static_cast<BackendReading::Condition>(below(5));
                if (below(4) == 0)
                    backend.wakesUp = true;
                if (below(6) == 0)
                    backend.guards.errorRate = Measured { 0.1 * below(8), "HAProxy" };
                if (below(30) == 0)
                    backend.fixed = "its agent-check sets its weight";
                if (below(30) == 0)
                    backend.accepted += 0.25 * (1 + below(4));
            }
        }
        std::erase_if(plan.moves, [](const Plan::Move& it) { return it.steps.empty(); });
        for (auto& workload : fleet.rules.workloads)
            if (below(3) == 0)
                workload.errorRate = 0.1 * below(4);
        if (below(3) == 0) {
            const auto whose = fleet.nodes[below(static_cast<std::uint32_t>(fleet.nodes.size()))].provider;
            const SilentEndpoint some[] { { whose + "-agent", {} }, { "new-agent", whose }, { "new-agent", {} }, { "elsewhere-agent", "elsewhere" } };
            circumstances.silent.push_back(some[below(4)]);
        }
        if (below(2))
            circumstances.approvals.push_back({ *planHash(plan), below(3) ? "bob" : "ada", now - std::chrono::minutes(below(90)) });
        const std::vector<std::string> rules { "capacity", "approval", "residency", "freeze", "min_providers", "protected", "rate", "completeness", "way_back", "lease", "router", "max_step" };
        if (below(2) == 0) {
            circumstances.asked = Override { "ada", "because", {}, now + std::chrono::hours(1) };
            std::ranges::copy_if(rules, std::back_inserter(circumstances.asked->rules), [&](const std::string&) { return below(2) == 0; });
        }
        // Rules and readings have changed since.
        ground = fleet.ground();
        circumstances.readings = pointers(readings);
        for (const auto r : silentRouters)
            circumstances.readings[r] = nullptr;
    }
};

/// The rules once more, in other words: from single nodes, and without anything of the planner but its table of models.
class InOtherWords
{
public:
    explicit InOtherWords(const Situation& it)
        : m_it(it), m_pools(poolsOf(it.ground->places())), m_nodes(it.fleet, [](const PlanFleet::Node&) { return false; })
    {
        for (const auto& move : it.plan.moves) {
            const auto route = std::ranges::find(it.fleet.rules.routes, move.route, &Route::name);
            const auto workload = std::ranges::find(it.fleet.rules.workloads, route->workload, &Workload::name);
            m_moves.push_back({ &move, &*route, &*workload, it.circumstances.readings[static_cast<std::size_t>(route - it.fleet.rules.routes.begin())] });
            m_steps = std::max(m_steps, move.steps.size());
        }
    }

    /// By name, whether it stands against the plan.
    [[nodiscard]] std::map<std::string, bool> rules() const
    {
        const auto& it = m_it;
        const auto& policy = it.fleet.rules.policy;
        return {
            { "capacity", !allSeen() || !hasPlaces() },
            { "answers", anyRising([&](const Move& move, std::size_t b) {
                 if (!move.reading)
                     return true;
                 const auto& backend = move.reading->backends[b];
                 const auto limit = move.workload->errorRate.value_or(0.5);
                 return !takes(backend) || (backend.accepted > 0 && backend.guards.errorRate && backend.guards.errorRate->value > limit);
             }) },
            { "router", anyStep([&](const Move& move, const Weights&, const Weights& step) {
                 for (std::size_t b = 0; move.reading && b < step.size(); ++b)
                     if (!move.reading->backends[b].fixed.empty() && std::abs(step[b] - move.reading->backends[b].accepted) > 0.05)
                         return true;
                 return false;
             }) },
            { "freshness", !allSeen() },
            { "completeness", std::ranges::any_of(it.circumstances.silent, [&](const SilentEndpoint& silent) {
                 const auto owner = !silent.provider.empty() ? silent.provider : silent.name.substr(0, silent.name.find('-'));
                 return owner == "new" || anyRising([&](const Move& move, std::size_t b) { return move.route->backends[b].scope.provider == owner; });
             }) },
            { "approval", anyRising([&](const Move& move, std::size_t b) {
                 const auto& provider = move.route->backends[b].scope.provider;
                 const auto known = std::ranges::find(it.fleet.rules.providers, provider, &Provider::id);
                 return std::ranges::any_of(move.workload->data, [&](const std::string& data) {
                     return known == it.fleet.rules.providers.end() || !known->subprocessor || std::ranges::count(known->approvedData, data) == 0;
                 });
             }) },
            { "residency", anyRising([&](const Move& move, std::size_t b) {
                 return std::ranges::any_of(it.fleet.nodes, [&](const auto& node) {
                     return isIn(move.route->backends[b], node) && !move.workload->residency.empty()
                         && std::ranges::none_of(move.workload->residency, [&](const std::string& group) { return node.region.starts_with(group + "-"); });
                 });
             }) },
            { "min_providers", std::ranges::any_of(m_moves, [&](const Move& move) { return losesProviders(move); }) },
            { "max_step", !it.plan.now && anyStep([&](const Move&, const Weights& before, const Weights& step) { return farthest(before, step) > 100 * policy.maxStep + 0.11; }) },
            { "rate", policy.maxRate && std::ranges::any_of(m_moves, [&](const Move& move) { return isTooFast(move); }) },
            { "way_back", !it.plan.now && std::ranges::any_of(m_moves, [&](const Move& move) { return givesForGood(move); }) },
            { "unchanged", std::ranges::any_of(m_moves, [&](const Move& move) { return !move.reading || move.reading->version != move.plan->version || farthest(move.plan->from, move.reading->accepted()) > 0.5; }) },
            { "lease", std::ranges::any_of(it.circumstances.leases, [&](const RouteLease& lease) { return lease.until > now && std::ranges::count(it.plan.moves, lease.route, &Plan::Move::route) > 0; }) },
            { "freeze", !policy.freezes.empty() },
            { "protected", !hasSecond() && std::ranges::any_of(policy.protectedRoutes, [&](const std::string& route) { return std::ranges::count(it.plan.moves, route, &Plan::Move::route) > 0; }) },
            { "second_person", policy.secondPersonAbove < 1 && !hasSecond() && std::ranges::any_of(m_moves, [&](const Move& move) {
                 double most = 0, earlier = 0;
                 for (const auto& step : move.plan->steps)
                     most = std::max(most, farthest(move.plan->from, step));
                 for (const auto& past : it.circumstances.past)
                     if (past.route == move.route->name && now - past.at < policy.approvalValid)
                         earlier += 100 * past.share;
                 return most + earlier > 100 * policy.secondPersonAbove + 0.05;
             }) },
        };
    }
    /// Each route alone would find its places, and together they do not.
    [[nodiscard]] bool isTooMuchTogether() const
    {
        return m_it.plan.moves.size() > 1 && !hasPlaces() && std::ranges::all_of(m_it.plan.moves, [&](const Plan::Move& move) {
            auto end = needs(m_steps);
            std::erase_if(end, [&](const Need& it) { return m_moves[it.move].plan != &move; });
            return isPlaced(end, false);
        });
    }
    /// Two routes or more go to one cloud.
    [[nodiscard]] bool compete() const
    {
        std::map<std::string, std::set<std::string>> gaining;
        (void)anyRising([&](const Move& move, std::size_t b) {
            gaining[move.route->backends[b].scope.provider].insert(move.route->name);
            return false;
        });
        return std::ranges::any_of(gaining, [](const auto& it) { return it.second.size() > 1; });
    }

private:
    struct Move
    {
        const Plan::Move* plan;
        const Route* route;
        const Workload* workload;
        const RouteReading* reading;

        [[nodiscard]] const Weights& after(std::size_t steps) const { return steps == 0 ? plan->from : plan->steps[std::min(steps, plan->steps.size()) - 1]; }
        [[nodiscard]] bool rises(std::size_t b) const
        {
            return std::ranges::any_of(plan->steps, [&](const Weights& step) { return step[b] > plan->from[b] + 0.05; });
        }
    };
    struct Need
    {
        std::size_t move = 0, backend = 0;
        double load = 0;
    };

    static bool isIn(const Route::Backend& backend, const PlanFleet::Node& node) { return backend.scope.contains(node.provider, node.region, node.cluster); }
    static bool takes(const BackendReading& backend) { return backend.condition == BackendReading::Condition::Up || backend.condition == BackendReading::Condition::Warming || backend.wakesUp; }
    static double farthest(const Weights& one, const Weights& other)
    {
        double most = 0;
        for (std::size_t b = 0; b < one.size(); ++b)
            most = std::max(most, std::abs(one[b] - other[b]));
        return most;
    }
    [[nodiscard]] bool anyRising(const std::function<bool(const Move&, std::size_t)>& is) const
    {
        bool any = false;
        for (const auto& move : m_moves)
            for (std::size_t b = 0; b < move.route->backends.size(); ++b)
                any = (move.rises(b) && is(move, b)) || any;
        return any;
    }
    [[nodiscard]] bool anyStep(const std::function<bool(const Move&, const Weights&, const Weights&)>& is) const
    {
        for (const auto& move : m_moves)
            for (std::size_t step = 0; step < move.plan->steps.size(); ++step)
                if (is(move, move.after(step), move.after(step + 1)))
                    return true;
        return false;
    }
    [[nodiscard]] bool allSeen() const
    {
        return !anyRising([&](const Move& move, std::size_t b) { return !m_it.fleet.isFresh(move.route->backends[b].scope.provider); });
    }
    [[nodiscard]] bool hasSecond() const
    {
        return std::ranges::any_of(m_it.circumstances.approvals, [&](const PlanApproval& it) { return it.person == "bob" && now - it.at <= m_it.fleet.rules.policy.approvalValid; });
    }
    [[nodiscard]] double loadIn(const Move& move, std::size_t b) const
    {
        double load = 0;
        for (const auto& node : m_it.fleet.nodes)
            if (isIn(move.route->backends[b], node))
                load += static_cast<double>(heldOn(m_it.fleet, node, *move.workload)) * relativePerformance(node.model, m_it.fleet.rules.performance);
        return load;
    }
    [[nodiscard]] bool losesProviders(const Move& move) const
    {
        std::size_t most = 0;
        for (std::size_t step = 0; step <= move.plan->steps.size(); ++step) {
            std::set<std::string> used;
            for (std::size_t b = 0; b < move.route->backends.size(); ++b)
                if (move.after(step)[b] > 0)
                    used.insert(move.route->backends[b].scope.provider);
            if (used.size() < most && static_cast<int>(used.size()) < m_it.fleet.rules.policy.minProviders)
                return true;
            most = std::max(most, used.size());
        }
        return false;
    }
    /// Some step is the end of a time in which more moves than may.
    [[nodiscard]] bool isTooFast(const Move& move) const
    {
        const auto& limit = *m_it.fleet.rules.policy.maxRate;
        const auto bake = m_it.plan.now ? std::chrono::milliseconds(0) : m_it.plan.bake;
        for (std::size_t last = 0; last < move.plan->steps.size(); ++last) {
            const auto end = now + static_cast<std::int64_t>(last) * bake;
            double sum = 0;
            for (const auto& past : m_it.circumstances.past)
                sum += past.route == move.route->name && end - past.at < limit.per ? past.share : 0;
            for (std::size_t step = 0; step <= last; ++step) {
                double gained = 0;
                for (std::size_t b = 0; b < move.route->backends.size(); ++b)
                    gained += std::max(0.0, move.after(step + 1)[b] - move.after(step)[b]);
                sum += static_cast<std::int64_t>(last - step) * bake < limit.per ? gained / 100 : 0;
            }
            if (sum > limit.share + 0.0015)
                return true;
        }
        return false;
    }
    /// Some backend that is seen gives GPUs, and has no pool in which it might take them back.
    [[nodiscard]] bool givesForGood(const Move& move) const
    {
        const auto changes = change(move, move.plan->steps.back());
        for (std::size_t b = 0; b < move.route->backends.size(); ++b) {
            const auto& backend = move.route->backends[b];
            const auto load = loadIn(move, b);
            const auto kept = load + changes[b];
            if (move.plan->steps.back()[b] >= move.plan->from[b] - 0.05 || !m_it.fleet.isFresh(backend.scope.provider) || load <= kept)
                continue;
            double held = 0;
            for (const auto& node : m_it.fleet.nodes)
                held += isIn(backend, node) ? static_cast<double>(heldOn(m_it.fleet, node, *move.workload)) : 0;
            if (std::floor(held * (1 - kept / load) + 1e-6) >= 1
                && std::ranges::all_of(m_pools, [&](const NamedPool& pool) { return !backend.scope.contains(pool.provider, pool.region, pool.cluster) || m_nodes.isOverfull(pool, *move.workload); }))
                return true;
        }
        return false;
    }
    /// Shares of the load: who takes no requests, and is not to, leaves its own to the others.
    static Weights shares(const Move& move, Weights weights)
    {
        double sum = 0;
        for (std::size_t b = 0; b < weights.size(); ++b) {
            if (move.reading && !takes(move.reading->backends[b]) && !move.rises(b))
                weights[b] = 0;
            sum += weights[b];
        }
        for (auto& weight : weights)
            weight = sum > 0 ? 100 * weight / sum : weight;
        return weights;
    }
    /// What each backend gets or gives: who loses a part of its share loses that part of its load, and nothing of it is lost on the way.
    [[nodiscard]] std::vector<double> change(const Move& move, const Weights& target) const
    {
        const auto to = shares(move, target);
        auto from = move.after(0);
        double total = 0, sum = 0, gone = 0, rise = 0;
        for (std::size_t b = 0; b < from.size(); ++b) {
            // Its requests are with the others already.
            if (move.reading && !takes(move.reading->backends[b]) && !move.rises(b) && loadIn(move, b) <= 0)
                from[b] = 0;
            sum += from[b];
            total += loadIn(move, b);
        }
        std::vector<double> made;
        for (std::size_t b = 0; b < from.size(); ++b) {
            const double before = sum > 0 ? 100 * from[b] / sum : from[b], load = loadIn(move, b);
            const double part = to[b] < before ? 1 - to[b] / before : 0;
            gone += part * (load > 0 ? load : total * before / 100);
            rise += std::max(0.0, to[b] - before);
            made.push_back(to[b] < before ? -part * load : to[b] - before);
        }
        // A twentieth of a per cent is no change.
        for (auto& it : made)
            it = it >= 0.05 ? it * gone / rise : std::min(it, 0.0);
        return made;
    }
    [[nodiscard]] std::vector<Need> needs(std::size_t steps) const
    {
        std::vector<Need> made;
        for (std::size_t m = 0; m < m_moves.size(); ++m) {
            const auto& move = m_moves[m];
            const auto changes = change(move, move.after(steps));
            for (std::size_t b = 0; b < changes.size(); ++b)
                made.push_back({ m, b, std::max(0.0, changes[b]) });
        }
        return made;
    }
    /// Where the workload of a move may run at a backend, the cheapest load first.
    [[nodiscard]] std::vector<NamedPool> placesAt(const Move& move, std::size_t b) const
    {
        std::vector<NamedPool> made;
        std::ranges::copy_if(m_pools, std::back_inserter(made), [&](const NamedPool& pool) { return move.route->backends[b].scope.contains(pool.provider, pool.region, pool.cluster) && fits(*move.workload, pool.model); });
        std::ranges::stable_sort(made, {}, [&](const NamedPool& pool) {
            const auto price = priceOf(m_it.fleet.rules.prices, pool.provider, pool.region, pool.model, std::chrono::floor<std::chrono::days>(now));
            return price ? price->perGpuHour / relativePerformance(pool.model, m_it.fleet.rules.performance) : 1e300;
        });
        return made;
    }
    [[nodiscard]] std::size_t choice(const Move& move) const
    {
        std::size_t sum = 0;
        for (std::size_t b = 0; b < move.route->backends.size(); ++b)
            sum += placesAt(move, b).size();
        return sum;
    }
    /// Node by node: who matters most first; or who has least choice first, and then where the fewest others want to go.
    [[nodiscard]] bool isPlaced(std::vector<Need> needs, bool byChoice) const
    {
        std::map<NamedPool, int> wanted;
        for (const auto& need : needs)
            if (byChoice && need.load > 1e-6)
                for (const auto& pool : placesAt(m_moves[need.move], need.backend))
                    ++wanted[pool];
        std::ranges::stable_sort(needs, {}, [&](const Need& it) {
            const auto& workload = *m_moves[it.move].workload;
            return std::tuple(byChoice ? static_cast<long>(choice(m_moves[it.move])) : -static_cast<long>(workload.priority), -static_cast<long>(workload.replicaGpus), it.move);
        });
        auto left = m_nodes;
        for (auto& need : needs) {
            const auto& move = m_moves[need.move];
            auto places = placesAt(move, need.backend);
            std::ranges::stable_sort(places, {}, [&](const NamedPool& pool) { return wanted[pool]; });
            for (const auto& pool : places)
                while (need.load > 1e-6 && left.put(pool, *move.workload))
                    need.load -= move.workload->replicaGpus * relativePerformance(pool.model, m_it.fleet.rules.performance);
            if (need.load > 1e-6)
                return false;
        }
        return true;
    }
    /// At every step.
    [[nodiscard]] bool hasPlaces() const
    {
        const auto end = needs(m_steps);
        if (!isPlaced(end, false) && !isPlaced(end, true))
            return false;
        for (std::size_t step = 1; step < m_steps; ++step) {
            const auto here = needs(step);
            // Who asks for no more anywhere fits where the end does.
            if (!std::ranges::equal(here, end, [](const Need& one, const Need& other) { return one.load <= other.load + 1e-6; }) && !isPlaced(here, false) && !isPlaced(here, true))
                return false;
        }
        return true;
    }

    const Situation& m_it;
    std::vector<NamedPool> m_pools;
    NodesLeft m_nodes;
    std::vector<Move> m_moves;
    std::size_t m_steps = 0;
};

} // namespace

/// Whatever is asked for, on whatever fleets, under whatever rules.
class RandomPlansTest : public QObject
{
    Q_OBJECT

private slots:
    void everyRuleSaysWhatItWouldInOtherWords_data();
    void everyRuleSaysWhatItWouldInOtherWords();
};

void RandomPlansTest::everyRuleSaysWhatItWouldInOtherWords_data()
{
    QTest::addColumn<std::uint32_t>("first");
    for (std::uint32_t first = 0; first < 8000; first += 1000)
        QTest::addRow("plans %u to %u", first, first + 999) << first;
}

void RandomPlansTest::everyRuleSaysWhatItWouldInOtherWords()
{
    QFETCH(std::uint32_t, first);
    std::size_t passed = 0, competing = 0, tooMuch = 0, overridden = 0;
    std::map<std::string, std::size_t> broken;
    for (auto seed = first; seed < first + 1000; ++seed) {
        const Situation it(seed);
        if (it.plan.moves.empty())
            continue;
        const auto judged = judge(*it.ground, it.plan, it.circumstances);
        QVERIFY2(judged.about("plan").verdict == Verdict::Pass, judged.about("plan").evidence.c_str());
        const InOtherWords words(it);
        const auto rules = words.rules();
        bool stands = false;
        for (const auto& [rule, breaks] : rules) {
            const auto& interlock = judged.about(rule);
            QVERIFY2((interlock.verdict == Verdict::Block) == breaks, qPrintable(QStringLiteral("plan %1, %2: %3").arg(seed).arg(QString::fromStdString(rule), QString::fromStdString(interlock.evidence))));
            broken[rule] += breaks;
            const bool never = rule == "approval" || rule == "residency" || rule == "router" || rule == "unchanged" || rule == "lease";
            const bool lifted = it.circumstances.asked && std::ranges::count(it.circumstances.asked->rules, rule) > 0 && std::ranges::count(it.fleet.rules.policy.overridable, rule) > 0 && !never;
            QCOMPARE(interlock.overridden.has_value(), breaks && lifted);
            overridden += breaks && lifted;
            stands = stands || (breaks && !lifted);
        }
        QCOMPARE(judged.blocked(), stands);
        passed += !stands;
        competing += !stands && words.compete();
        tooMuch += words.isTooMuchTogether();
    }
    for (const auto& [rule, count] : broken)
        QVERIFY2(count > 0, rule.c_str());
    QVERIFY2(passed > 100 && competing > 20 && tooMuch > 5 && overridden > 100, qPrintable(QStringLiteral("%1 passed, %2 of them competing, %3 too much only together, %4 overridden").arg(passed).arg(competing).arg(tooMuch).arg(overridden)));
}

QTEST_APPLESS_MAIN(RandomPlansTest)
#include "tst_randomplans.moc"
