// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include <atomic>
#include <cmath>
#include <map>

#include "planfleet.h"
#include "planner/evacuation.h"
#include "planner/steps.h"
#include "shiftstory.h"

using namespace penstock;
using namespace penstock::plantest;

/// Plans on random fleets that really run, on routers that obey, while the fleets change under them: whatever the rules let
/// through, and whatever is written, on the way there and on the way back.
class PlansThatRunTest : public QObject
{
    Q_OBJECT
private slots:
    void nothingWrittenBreaksARule_data();
    void nothingWrittenBreaksARule();
};

namespace {

/// A router with as many backends as its route has, all obedient.
class ObedientRouter final : public Router
{
public:
    explicit ObedientRouter(RouteReading begin) : m_reading(std::move(begin)) {}
    Result<RouteReading> read() override
    {
        const std::lock_guard lock(m_mutex);
        return m_reading;
    }
    Result<RouteReading> apply(const Weights& weights, const std::string& expected, const std::string&) override
    {
        const std::lock_guard lock(m_mutex);
        if (expected != m_reading.version)
            return fail(Error::Kind::Conflict, "the version is " + m_reading.version);
        m_reading.version += "+";
        for (std::size_t b = 0; b < weights.size(); ++b)
            m_reading.backends[b].accepted = weights[b];
        return m_reading;
    }

private:
    std::mutex m_mutex;
    RouteReading m_reading;
};

/// One plan, what it may still do while its fleet changes, and every rule that it broke, said again in other words.
struct Run
{
    PlanFleet fleet; ///< as it is now
    std::vector<std::uint32_t> routes; ///< by move
    std::vector<SilentEndpoint> silent; ///< as it is now
    std::mutex mutex;
    std::vector<std::string> broken;
    std::size_t written = 0, refused = 0;

    [[nodiscard]] const Route& route(std::size_t move) const { return fleet.rules.routes[routes[move]]; }
    [[nodiscard]] const Workload& workload(std::size_t move) const { return *std::ranges::find(fleet.rules.workloads, route(move).workload, &Workload::name); }
    void demand(bool holds, const std::string& what)
    {
        if (!holds)
            broken.push_back(what);
    }
    [[nodiscard]] bool isApproved(std::size_t move, const std::string& provider) const
    {
        const auto found = std::ranges::find(fleet.rules.providers, provider, &Provider::id);
        if (workload(move).data.empty())
            return true;
        return found != fleet.rules.providers.end() && found->subprocessor
            && std::ranges::all_of(workload(move).data, [&](const std::string& data) { return std::ranges::find(found->approvedData, data) != found->approvedData.end(); });
    }
    [[nodiscard]] bool isResident(std::size_t move, const std::string& region) const
    {
        return workload(move).residency.empty() || std::ranges::any_of(workload(move).residency, [&](const std::string& group) { return region.starts_with(group + "-"); });
    }
    /// GPUs of whole replicas that are free at a backend, on fresh nodes of any model: no limit can make more of them.
    [[nodiscard]] double freeAt(const Scope& scope, double replica) const
    {
        double sum = 0;
        for (const auto& node : fleet.nodes) {
            if (!scope.contains(node.provider, node.region, node.cluster) || !fleet.isFresh(node.provider))
                continue;
            const auto free = static_cast<double>(std::ranges::count(node.gpus, GpuState::Free, &GpuSample::state));
            sum += static_cast<double>(node.gpus.size()) >= replica ? std::floor(free / replica) * replica : free;
        }
        return sum;
    }
    /// The split of a route that is about to be written, after the one before it.
    void check(std::size_t move, const Weights& from, const Weights& to)
    {
        ++written;
        const auto& it = route(move);
        for (std::size_t b = 0; b < to.size(); ++b) {
            if (to[b] <= from[b] + 0.05)
                continue;
            const auto& scope = it.backends[b].scope;
            demand(isApproved(move, scope.provider), it.name + " sends data to " + scope.provider + ", which is not approved");
            for (const auto& node : fleet.nodes)
                if (scope.contains(node.provider, node.region, node.cluster))
                    demand(isResident(move, node.region), it.name + " goes to " + node.region + ", out of its residency");
            demand(fleet.isFresh(scope.provider), it.name + " goes to " + scope.provider + ", which is not seen");
            demand(std::ranges::find(silent, scope.provider, &SilentEndpoint::provider) == silent.end(), it.name + " goes to " + scope.provider + ", of which an endpoint is silent");
        }
    }
    /// What a step of all routes needs together, of each cloud.
    void checkRoom(const Effect& effect)
    {
        demand(effect.fits(), "a step has no place");
        std::map<std::string, double> needed;
        for (const auto& need : effect.needs) {
            const auto move = static_cast<std::size_t>(std::ranges::find(routes, need.route) - routes.begin());
            const auto& scope = fleet.rules.routes[need.route].backends[need.backend].scope;
            demand(need.neededGpus <= 0 || static_cast<double>(need.neededGpus) <= freeAt(scope, workload(move).replicaGpus) + 1e-6, "a step needs more than is free");
            needed[scope.provider] += std::max(0.0, static_cast<double>(need.neededGpus));
        }
        for (const auto& [provider, gpus] : needed)
            demand(gpus <= freeAt(of(provider.c_str()), 1) + 1e-6, "the routes together need more than is free at " + provider);
    }
};

} // namespace

void PlansThatRunTest::nothingWrittenBreaksARule_data()
{
    QTest::addColumn<int>("seed");
    for (int block = 0; block < 10; ++block)
        QTest::addRow("fleets %d to %d", block * 300, block * 300 + 299) << block * 300;
}

void PlansThatRunTest::nothingWrittenBreaksARule()
{
    QFETCH(int, seed);
    std::size_t ran = 0, steps = 0, stopped = 0, returned = 0;
    std::atomic<std::size_t> together = 0; ///< steps of several routes
    for (auto number = static_cast<std::uint32_t>(seed); number < static_cast<std::uint32_t>(seed) + 300; ++number) {
        std::mt19937 random(number);
        const auto below = [&](std::uint32_t end) { return static_cast<std::uint32_t>(random() % end); };
        Run run;
        run.fleet = randomFleet(number);
        // What only people can lift would stop most of them before they begin.
        if (number % 4 != 0) {
            auto& policy = run.fleet.rules.policy;
            policy.freezes.clear();
            policy.protectedRoutes.clear();
            policy.secondPersonAbove = 1;
            policy.minProviders = 0;
            run.fleet.stale.clear();
            run.fleet.cached.clear();
            for (auto& provider : run.fleet.rules.providers)
                if (below(4)) {
                    provider.subprocessor = true;
                    provider.approvedData = { "account", "content" };
                }
            for (auto& workload : run.fleet.rules.workloads)
                if (below(2))
                    workload.residency.clear();
        }
        const auto begin = run.fleet.ground();
        const auto readings = run.fleet.readings(*begin);
        PlanStatus status;
        status.id = "S-1";
        status.plan.person = "ada";
        status.plan.bake = std::chrono::milliseconds(0);
        std::vector<std::size_t> receivers, givers;
        // Up to three routes, which compete: the first backend that one raises is where the others go, if they have it.
        std::string target;
        for (auto left = 1 + below(3); left > 0; --left) {
            const auto r = below(static_cast<std::uint32_t>(run.fleet.rules.routes.size()));
            if (std::ranges::find(run.routes, r) != run.routes.end())
                continue;
            const auto& route = run.fleet.rules.routes[r];
            const auto from = readings[r].accepted();
            auto to = from;
            const auto giver = static_cast<std::size_t>(std::ranges::max_element(from) - from.begin());
            auto receiver = static_cast<std::size_t>(std::ranges::find(route.backends, target, [](const auto& it) { return it.scope.provider; }) - route.backends.begin());
            if (receiver == to.size())
                receiver = below(static_cast<std::uint32_t>(to.size()));
            const auto share = std::min<double>(1 + below(run.routes.empty() ? 40 : 20), to[giver]);
            to[receiver] += share;
            to[giver] -= share;
            const auto ramp = rampSteps(from, to, 3 + below(20));
            if (!ramp || ramp->empty())
                continue;
            target = route.backends[receiver].scope.provider;
            run.routes.push_back(r);
            receivers.push_back(receiver);
            givers.push_back(giver);
            status.plan.moves.push_back({ .route = route.name, .version = readings[r].version, .from = from, .steps = *ramp });
        }
        if (run.routes.empty())
            continue;
        // Somewhere on the way a cloud goes dark or silent in part, loses its approval, or its free GPUs are taken.
        const auto when = below(5);
        const auto fate = below(5);
        const auto victim = run.route(0).backends[below(2) ? receivers[0] : givers[0]].scope.provider;
        const bool back = below(2) == 0;
        std::atomic<bool> isBack = false;
        const auto judged = [&](const Plan& part, std::size_t done, std::span<const RouteReading> now) {
            const std::lock_guard lock(run.mutex);
            if (done == when || isBack) {
                auto& rules = run.fleet.rules;
                const auto provider = std::ranges::find(rules.providers, victim, &Provider::id);
                if (fate == 0 && std::ranges::find(run.fleet.stale, victim) == run.fleet.stale.end())
                    run.fleet.stale.push_back(victim);
                else if (fate == 1 && provider != rules.providers.end())
                    provider->subprocessor = false;
                else if (fate == 2)
                    for (auto& node : run.fleet.nodes)
                        for (auto& gpu : node.gpus)
                            if (node.provider == victim && gpu.state == GpuState::Free)
                                gpu.state = GpuState::Busy;
                if (fate == 3 && run.silent.empty())
                    run.silent.push_back({ "another-agent", victim });
            }
            const auto ground = run.fleet.ground();
            auto known = readings;
            for (std::size_t m = 0; m < run.routes.size(); ++m)
                known[run.routes[m]] = now[m];
            Circumstances circumstances;
            circumstances.now = plantest::now;
            circumstances.readings = pointers(known);
            circumstances.holder = "S-1";
            circumstances.stepsDone = done;
            circumstances.returning = isBack;
            circumstances.silent = run.silent;
            auto judgement = judge(*ground, part, circumstances);
            // The machine writes the next step after this, or not at all.
            if (blockersOf(judgement, isBack).empty()) {
                std::vector<RouteMove> moves;
                for (std::size_t m = 0; m < part.moves.size(); ++m) {
                    const auto& move = part.moves[m];
                    const auto at = [&](std::size_t step) -> const Weights& { return step == 0 ? move.from : move.steps[std::min(step, move.steps.size()) - 1]; };
                    const auto &before = at(done), &after = at(done + 1);
                    run.check(m, before, after);
                    moves.push_back({ run.routes[m], before, after });
                    for (std::size_t b = 0; !isBack && b < after.size(); ++b)
                        run.demand(std::abs(after[b] - before[b]) <= run.fleet.rules.policy.maxStep * 100 + 0.11, "a step is larger than allowed");
                }
                if (!isBack)
                    run.checkRoom(effectOf(*ground, moves));
                together += moves.size() > 1;
            } else
                ++run.refused;
            return judgement;
        };
        std::mutex mutex;
        std::condition_variable heard;
        PlanStatus told;
        ShiftHooks hooks;
        hooks.judge = judged;
        hooks.changed = [&](const PlanStatus& it) {
            const std::lock_guard lock(mutex);
            told = it;
            heard.notify_all();
        };
        const auto settled = [&] {
            std::unique_lock lock(mutex);
            return heard.wait_for(lock, std::chrono::seconds(20), [&] { return isOver(told.phase) || told.phase == ShiftPhase::Paused; });
        };
        if (back)
            status.expiresAt = wallClock() + std::chrono::hours(1); // it stays at its target, so that it can be taken back
        const auto stays = [&] {
            std::unique_lock lock(mutex);
            return heard.wait_for(lock, std::chrono::seconds(20), [&] { return isOver(told.phase) || told.phase == ShiftPhase::Paused || (told.phase == ShiftPhase::Baking && told.stepsDone == told.plan.steps()); });
        };
        std::vector<std::shared_ptr<Router>> routers;
        for (const auto r : run.routes)
            routers.push_back(std::make_shared<ObedientRouter>(readings[r]));
        ShiftMachine machine(routers, nullptr, status, {}, hooks, wallClock,
            ShiftTiming { .poll = std::chrono::milliseconds(0), .patience = std::chrono::seconds(5), .largestStepBack = 5 });
        QVERIFY(back ? stays() : settled());
        if (back && !machine.isOver()) {
            {
                const std::lock_guard lock(run.mutex);
                isBack = true;
            }
            {
                const std::lock_guard lock(mutex);
                told.phase = ShiftPhase::Planned;
            }
            machine.goBack();
            QVERIFY(settled());
        }
        const auto end = machine.status();
        const std::lock_guard lock(run.mutex);
        QVERIFY2(run.broken.empty(), qPrintable(QStringLiteral("fleet %1: ").arg(number) + QString::fromStdString(run.broken.empty() ? "" : run.broken.front())));
        ran += run.written > 0;
        steps += run.written;
        stopped += run.refused > 0 && run.written > 0;
        returned += end.phase == ShiftPhase::Returned;
    }
    qInfo("%zu plans ran, %zu steps, %zu of several routes at once, %zu of them stopped on the way, %zu came back", ran, steps, together.load(), stopped, returned);
    QVERIFY(ran > 20 && together > 5 && stopped > 5 && returned > 5);
}

QTEST_APPLESS_MAIN(PlansThatRunTest)
#include "tst_plansthatrun.moc"
