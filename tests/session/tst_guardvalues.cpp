// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include "guardvalues.h"
#include "planfleet.h"

using namespace penstock;

/// What guards see of a shift from azure to gcp.
class GuardValuesTest : public QObject
{
    Q_OBJECT
private slots:
    void onlyWhoGainsIsWatched();
    void theRouteSpeaksForWhatNoBackendMeasures();
    void serversSpeakWhereTheRouterDoesNot();
    void serversThatFailAreKnownBeforeTheFirstStep();
    void utilisationIsThatOfTheWorkloadThere();
    void onTheWayBackTheOtherOneIsWatched();
    void aLimitThatNobodyMeasuresIsSaid_data();
    void aLimitThatNobodyMeasuresIsSaid();

private:
    struct Scene
    {
        Route route { .name = "chat", .workload = "w0", .router = {}, .backends = { { "azure", { .provider = "azure", .region = {}, .cluster = {}, .node = {} } }, { "gcp", { .provider = "gcp", .region = {}, .cluster = {}, .node = {} } } } };
        PlanStatus status;
        RouteReading reading;
        plantest::PlanFleet fleet;

        Scene()
        {
            status.plan.moves = { { .route = "chat", .version = "7", .from = { 60, 40 }, .steps = { { 50, 50 } } } };
            status.routes.push_back({ .route = "chat", .state = {}, .version = "7", .desired = { 50, 50 }, .accepted = { 50, 50 }, .observed = {}, .windowRequests = 0, .note = {}, .error = {} });
            reading.windowRequests = 1000;
            for (const char* name : { "azure", "gcp" }) {
                BackendReading backend;
                backend.name = name;
                backend.observed = 50;
                reading.backends.push_back(backend);
            }
            for (const char* workload : { "w0", "w1" }) {
                fleet.rules.workloads.emplace_back();
                fleet.rules.workloads.back().name = workload;
            }
            fleet.add("azure", "us", 2, 8, 8, 0);
            fleet.add("gcp", "us", 2, 8, 8, 0);
        }
        [[nodiscard]] std::vector<GuardValues> values() const { return guardValuesOf(status, 0, reading, route, *fleet.snapshot()); }
    };
};

void GuardValuesTest::onlyWhoGainsIsWatched()
{
    Scene scene;
    scene.reading.backends[0].guards.errorRate = Measured { 0.9, "HAProxy" }; // that is why it is left
    scene.reading.backends[1].guards.errorRate = Measured { 0.001, "HAProxy", 420 };
    scene.reading.backends[1].guards.latencyP99 = Measured { 900, "Prometheus" };
    scene.reading.guards.errorRate = Measured { 0.45, "HAProxy" }; // nothing but the giver's
    const auto values = scene.values();
    QCOMPARE(values.size(), std::size_t(2));
    QCOMPARE(values[0].where, std::string("gcp"));
    QCOMPARE(*values[0].errorRate, 0.001);
    QCOMPARE(*values[0].latencyP99, 900.0);
    QCOMPARE(values[0].requests, std::uint64_t(420)); // of the same window as the share
    QVERIFY(!values[1].errorRate);
    for (const auto& it : values)
        QVERIFY(brokenGuards(it, { .errorRate = 0.01, .latencyP99 = 1000, .queue = 5, .utilisation = {} }).empty());
}

void GuardValuesTest::theRouteSpeaksForWhatNoBackendMeasures()
{
    Scene scene;
    scene.reading.backends[1].guards.errorRate = Measured { 0.001, "HAProxy" };
    scene.reading.guards.errorRate = Measured { 0.45, "HAProxy" };
    scene.reading.guards.queue = Measured { 40, "HAProxy" };
    const auto values = scene.values();
    QVERIFY(values[1].where.empty() && !values[1].errorRate);
    QCOMPARE(*values[1].queue, 40.0);
    QCOMPARE(brokenGuards(values[1], { .errorRate = 0.01, .latencyP99 = {}, .queue = 10, .utilisation = {} }), std::string("all backends: queue 40 requests, limit 10 requests"));
}

void GuardValuesTest::serversSpeakWhereTheRouterDoesNot()
{
    Scene scene;
    const auto level = [](const char* workload, const char* provider, double waiting, double errors) {
        ServiceLevel made { .workload = workload, .provider = provider, .cluster = std::string(provider) + "-us", .waiting = waiting, .requestsPerSecond = 10, .errorsPerSecond = errors };
        made.firstToken.add(1000, 50);
        made.firstToken.add(2000, 100);
        made.firstToken.add(HUGE_VAL, 100);
        return made;
    };
    scene.fleet.service = { level("w0", "azure", 400, 9), level("w0", "gcp", 30, 0.5), level("w1", "gcp", 70, 8) };
    scene.reading.backends[1].guards.errorRate = Measured { 0.001, "HAProxy" };
    const auto values = scene.values();
    QCOMPARE(*values[0].errorRate, 0.001);
    QCOMPARE(*values[0].queue, 30.0);
    QCOMPARE(*values[0].latencyP99, 1980.0);
    // HAProxy's own queue is another one: the longer counts.
    scene.reading.backends[1].guards.queue = Measured { 0, "HAProxy" };
    QCOMPARE(*scene.values()[0].queue, 30.0);
    scene.reading.backends[1].guards.queue = Measured { 90, "HAProxy" };
    QCOMPARE(*scene.values()[0].queue, 90.0);
    scene.reading.backends[1].guards = {};
    QCOMPARE(*scene.values()[0].errorRate, 0.05);
}

/// Before anything is sent there, and as long as the router has not counted for itself.
void GuardValuesTest::serversThatFailAreKnownBeforeTheFirstStep()
{
    Scene scene;
    scene.fleet.rules.routes = { scene.route };
    scene.fleet.service = { { .workload = "w0", .provider = "azure", .cluster = "azure-us", .requestsPerSecond = 10, .errorsPerSecond = 9 }, { .workload = "w0", .provider = "gcp", .cluster = "gcp-us", .requestsPerSecond = 10, .errorsPerSecond = 5.6 } };
    const std::vector<const RouteReading*> readings { &scene.reading };
    const auto failing = [&] { return failingServersOf(scene.status.plan, scene.fleet.rules, readings, *scene.fleet.snapshot()); };
    QCOMPARE(failing(), std::string("gcp answers 56 % of its requests with an error, as its servers tell"));
    // An emergency is held up by what fails outright alone.
    scene.fleet.rules.workloads[0].errorRate = 0.05;
    scene.fleet.service[1].errorsPerSecond = 2;
    QCOMPARE(failing(), std::string("gcp answers 20 % of its requests with an error, as its servers tell"));
    scene.status.plan.kind = Plan::Kind::Evacuation;
    QCOMPARE(failing(), std::string());
    scene.status.plan.kind = Plan::Kind::Shift;
    scene.reading.backends[1].guards.errorRate = Measured { 0.01, "HAProxy" };
    QCOMPARE(failing(), std::string());
}

void GuardValuesTest::utilisationIsThatOfTheWorkloadThere()
{
    Scene scene;
    scene.fleet.add("gcp", "us", 2, 8, 8, 1); // others there
    for (auto& node : scene.fleet.nodes)
        for (auto& gpu : node.gpus)
            gpu.utilisation = node.provider == "azure" ? 10 : gpu.workload == 0 ? 97 : 20;
    const auto values = scene.values();
    QVERIFY(std::abs(*values[0].utilisation - 0.97) < 1e-6);
    QVERIFY(!values[1].utilisation);
    QCOMPARE(brokenGuards(values[0], { .errorRate = {}, .latencyP99 = {}, .queue = {}, .utilisation = 0.95 }), std::string("gcp: utilisation 97 %, limit 95 %"));
}

void GuardValuesTest::onTheWayBackTheOtherOneIsWatched()
{
    Scene scene;
    scene.status.back = scene.status.plan;
    scene.status.back->moves = { { .route = "chat", .version = "8", .from = { 50, 50 }, .steps = { { 60, 40 } } } };
    scene.status.routes[0].desired = { 60, 40 };
    QCOMPARE(scene.values()[0].where, std::string("azure"));
    scene.status.back->moves.clear(); // it is back already
    QVERIFY(scene.values().empty());
}

void GuardValuesTest::aLimitThatNobodyMeasuresIsSaid_data()
{
    const auto row = [](const char* name, const std::function<void(Scene&)>& set, const char* says) { QTest::newRow(name) << set << QByteArray(says); };
    const Measured slow { 900, "HAProxy" };
    QTest::addColumn<std::function<void(Scene&)>>("set");
    QTest::addColumn<QByteArray>("says");
    row("nothing is measured", [](Scene&) {}, "latency is not measured at gcp: `slo.p99_ms` is not watched there");
    row("a mean is measured", [slow](Scene& it) { it.reading.backends[1].guards.latencyMean = slow; }, "only the mean latency is measured at gcp: `slo.p99_ms` is watched by that alone");
    row("it is measured", [slow](Scene& it) { it.reading.backends[1].guards.latencyP99 = slow; }, "");
    row("it is measured of the whole route", [slow](Scene& it) { it.reading.guards.latencyP99 = slow; }, "");
    row("it is measured where load leaves", [slow](Scene& it) { it.reading.backends[0].guards.latencyP99 = slow; }, "latency is not measured at gcp: `slo.p99_ms` is not watched there");
    row("there is no limit", [](Scene& it) { it.fleet.rules.workloads[0].p99.reset(); }, "");
    row("an emergency waits for errors alone", [](Scene& it) {
        it.status.plan.kind = Plan::Kind::Evacuation;
        it.status.plan.now = true;
    }, "");
}

void GuardValuesTest::aLimitThatNobodyMeasuresIsSaid()
{
    QFETCH(std::function<void(Scene&)>, set);
    QFETCH(QByteArray, says);
    Scene scene;
    scene.fleet.rules.routes = { scene.route };
    scene.fleet.rules.workloads[0].p99 = std::chrono::milliseconds(2000);
    set(scene);
    const RouteReading* readings[] { &scene.reading };
    QCOMPARE(QByteArray::fromStdString(unwatchedBy(scene.status.plan, scene.fleet.rules, readings, *scene.fleet.snapshot())), says);
}

QTEST_APPLESS_MAIN(GuardValuesTest)
#include "tst_guardvalues.moc"
