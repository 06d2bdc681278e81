// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include <atomic>
#include <cmath>

#include "gateway/gatewayrouter.h"
#include "support/gatewayapi.h"
#include "support/prometheusserver.h"

using namespace penstock;
using namespace std::chrono_literals;
using test::GatewayApi;
using test::HaproxyFarm;
using test::HttpReply;
using test::HttpServer;
using test::PrometheusServer;

namespace {

std::unique_ptr<Router> routerAt(const GatewayApi& api, const MetricsAddress& metrics, std::chrono::milliseconds timeout = 2'000ms)
{
    Route route;
    route.name = "chat";
    route.router = GatewayAddress { .url = api.url(), .httpRoute = { .nameSpace = "infer", .name = "llm" }, .metrics = metrics };
    route.backends = { { "azure", {} }, { "gcp", {} }, { "aws", {} } };
    return *makeGatewayRouter(route, std::make_shared<HttpClient>(), [](std::string_view) -> Result<std::string> { return std::string(); },
        wallClock, { timeout, 1'000ms, 5ms });
}

std::string all(const std::vector<std::string>& texts)
{
    std::string text;
    for (const auto& it : texts)
        text += it + "\n";
    return text;
}

std::string vectorOf(std::initializer_list<std::pair<const char*, const char*>> values, const char* more = "")
{
    std::string result;
    for (const auto& [name, value] : values)
        result += (result.empty() ? "" : ",") + std::string(R"({"metric":{"backend":")") + name + R"("},"value":[1,")" + value + R"("]})";
    return std::string(R"({"status":"success",)") + more + R"("data":{"resultType":"vector","result":[)" + result + "]}}";
}

} // namespace

/// The observed split of a Gateway route, from a real Prometheus that scrapes the exporter of a real HAProxy, which plays
/// the data plane: it has the weights that the HTTPRoute says.
class GatewayObservedTest : public QObject
{
    Q_OBJECT
private slots:
    void observesTheSplitAndTheGuards();
    void weightsDoNotWaitForMetrics();
    void explainsWhatIsWrong_data();
    void explainsWhatIsWrong();
    void aWindowOfOldWeightsSaysNothing();
    void countsAnewAfterAChange();
    void showsPartialAnswers();
};

void GatewayObservedTest::observesTheSplitAndTheGuards()
{
    if (!HaproxyFarm::isInstalled() || !PrometheusServer::isInstalled())
        QSKIP("haproxy or prometheus is not installed");
    HaproxyFarm farm;
    farm.weights = "20 50 30";
    farm.statuses = "200 503 200";
    farm.metricsPort = test::freePort();
    QVERIFY(farm.start());
    PrometheusServer prometheus;
    QVERIFY(prometheus.start(farm.metricsPort));
    GatewayApi api;
    api.edit("kubectl", [](auto& route) {
        const int weights[] = { 20, 50, 30 };
        for (std::size_t i = 0; i < 3; ++i)
            route["spec"]["rules"][1]["backendRefs"][i]["weight"] = weights[i];
    });
    MetricsAddress metrics;
    metrics.url = prometheus.url() + "/";
    metrics.label = "server";
    metrics.requests = "sum by (server) (haproxy_server_http_responses_total{proxy=\"infer\"})";
    metrics.errorRate = "sum by (server) (haproxy_server_http_responses_total{proxy=\"infer\",code=\"5xx\"}) / sum by (server) (haproxy_server_http_responses_total{proxy=\"infer\"})";
    metrics.latencyMean = "haproxy_server_response_time_average_seconds{proxy=\"infer\"}";
    metrics.queue = "sum(haproxy_backend_current_queue{proxy=\"infer\"})";
    const auto router = routerAt(api, metrics);
    auto reading = router->read();
    // The counters are there, at 0, as soon as HAProxy was scraped once.
    QTRY_VERIFY2_WITH_TIMEOUT((reading = router->read()) && reading->backends[2].guards.latencyMean, reading ? all(reading->warnings).c_str() : reading.error().text().c_str(), 20'000);
    QVERIFY(farm.browse(100));
    QTRY_COMPARE_WITH_TIMEOUT((reading = router->read())->windowRequests, std::uint64_t(100), 20'000);
    QVERIFY(!reading->backends[0].observed);
    QVERIFY(farm.browse(200));
    QTRY_COMPARE_WITH_TIMEOUT((reading = router->read())->windowRequests, std::uint64_t(300), 20'000);
    const double wanted[] = { 20, 50, 30 };
    for (std::size_t i = 0; i < 3; ++i)
        QVERIFY2(std::abs(reading->backends[i].observed.value_or(-1) - wanted[i]) < 2, qPrintable(QString::number(reading->backends[i].observed.value_or(-1))));
    const auto& gcp = reading->backends[1].guards;
    QCOMPARE(gcp.errorRate, (Measured { 1, "Prometheus at " + prometheus.url() }));
    QCOMPARE(reading->backends[0].guards.errorRate->value, 0.0);
    QVERIFY(gcp.latencyMean->value >= 0 && gcp.latencyMean->value < 1'000);
    QCOMPARE(reading->guards.queue->value, 0.0);
    QVERIFY(!gcp.latencyP99);
    QVERIFY2(reading->warnings.empty(), all(reading->warnings).c_str());

    metrics.requests = "sum by (server) (";
    const auto broken = routerAt(api, metrics)->read();
    QVERIFY(broken);
    QVERIFY2(all(broken->warnings).find("parse error") != std::string::npos, all(broken->warnings).c_str());
    prometheus.kill();
    reading = router->read();
    QVERIFY(reading && !reading->backends[0].observed);
    QVERIFY2(all(reading->warnings).find("refused") != std::string::npos, all(reading->warnings).c_str());
    QCOMPARE(reading->accepted(), (Weights { 20, 50, 30 }));
}

void GatewayObservedTest::weightsDoNotWaitForMetrics()
{
    GatewayApi api;
    int asked = 0;
    const HttpServer mute([&asked](const test::HttpQuestion&) {
        ++asked;
        return HttpReply { .status = 200, .type = {}, .body = {}, .headers = {}, .ending = HttpReply::Ending::Silence };
    });
    MetricsAddress metrics;
    metrics.url = mute.url();
    metrics.requests = metrics.errorRate = metrics.queue = "up";
    const auto router = routerAt(api, metrics, 150ms);
    QElapsedTimer timer;
    timer.start();
    for (int i = 0; i < 10; ++i) {
        const auto reading = router->read();
        QVERIFY(reading);
        QVERIFY2(all(reading->warnings).find("no answer in time") != std::string::npos, all(reading->warnings).c_str());
    }
    QVERIFY(timer.elapsed() < 3'000);
    QCOMPARE(asked, 1);
}

void GatewayObservedTest::explainsWhatIsWrong_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("says");
    const QByteArray json = "application/json";
    QTest::newRow("401") << 401 << json << QByteArray() << QByteArray("token in observed");
    QTest::newRow("403") << 403 << json << QByteArray() << QByteArray("may not query");
    QTest::newRow("404") << 404 << QByteArray("text/plain") << QByteArray("404 page not found\n") << QByteArray("ends before /api/v1");
    QTest::newRow("429") << 429 << json << QByteArray() << QByteArray("patience");
    QTest::newRow("422") << 422 << json << QByteArray(R"({"status":"error","errorType":"execution","error":"found duplicate series"})") << QByteArray("found duplicate series");
    QTest::newRow("503 of a proxy") << 503 << QByteArray("text/html") << QByteArray("<html>") << QByteArray("status 503 with text/html");
    QTest::newRow("half an answer") << 200 << json << QByteArray("{\"status\":\"succ") << QByteArray("no JSON");
    QTest::newRow("other backends") << 200 << json << QByteArray::fromStdString(vectorOf({ { "x", "1" } })) << QByteArray("they name x");
}

void GatewayObservedTest::explainsWhatIsWrong()
{
    QFETCH(int, status);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, says);
    GatewayApi api;
    const HttpServer metricsApi([&](const test::HttpQuestion&) { return HttpReply { status, type, body, {} }; });
    MetricsAddress metrics;
    metrics.url = metricsApi.url();
    metrics.requests = "up";
    const auto reading = routerAt(api, metrics)->read();
    QVERIFY2(reading, "metrics that fail must not hide the weights");
    QVERIFY2(all(reading->warnings).find(says.toStdString()) != std::string::npos, all(reading->warnings).c_str());
    QVERIFY2(all(reading->warnings).find(metricsApi.url()) != std::string::npos, all(reading->warnings).c_str());
}

void GatewayObservedTest::aWindowOfOldWeightsSaysNothing()
{
    GatewayApi api;
    const HttpServer metricsApi([](const test::HttpQuestion&) {
        return HttpReply { 200, "application/json", QByteArray::fromStdString(vectorOf({ { "azure", "300.7" }, { "gcp", "100" } })), {} };
    });
    MetricsAddress metrics;
    metrics.url = metricsApi.url();
    metrics.requests = "increase";
    metrics.window = 1s;
    const auto router = routerAt(api, metrics);
    auto reading = router->read();
    QCOMPARE(reading->windowRequests, std::uint64_t(400));
    QVERIFY(std::abs(*reading->backends[0].observed - 75.04) < 0.1);
    QCOMPARE(*reading->backends[2].observed, 0.0);
    reading = router->apply({ 50, 50, 0 }, reading->version, "k");
    QVERIFY(reading && !reading->backends[0].observed);
    QTRY_VERIFY((reading = router->read()) && reading->backends[0].observed);
}

void GatewayObservedTest::countsAnewAfterAChange()
{
    GatewayApi api;
    std::atomic<int> azure = 1'000, gcp = 0;
    const HttpServer metricsApi([&](const test::HttpQuestion&) {
        return HttpReply { 200, "application/json",
            QByteArray::fromStdString(vectorOf({ { "azure", std::to_string(azure).c_str() }, { "gcp", std::to_string(gcp).c_str() } })), {} };
    });
    MetricsAddress metrics;
    metrics.url = metricsApi.url();
    metrics.requests = "total";
    const auto router = routerAt(api, metrics);
    auto reading = router->read();
    azure = 1'500;
    reading = router->read();
    QCOMPARE(*reading->backends[0].observed, 100.0);
    reading = router->apply({ 0, 100, 0 }, reading->version, "k");
    QVERIFY(reading && !reading->backends[0].observed);
    // What was scraped first after the change may hold requests from before it.
    azure = 1'600;
    gcp = 10;
    QVERIFY(!router->read()->backends[0].observed);
    gcp = 500;
    reading = router->read();
    QCOMPARE(*reading->backends[0].observed, 0.0);
    QCOMPARE(*reading->backends[1].observed, 100.0);
    QCOMPARE(reading->windowRequests, std::uint64_t(490));
}

void GatewayObservedTest::showsPartialAnswers()
{
    GatewayApi api;
    const HttpServer metricsApi([](const test::HttpQuestion&) {
        return HttpReply { 200, "application/json", QByteArray::fromStdString(vectorOf({ { "azure", "1" } }, R"("warnings":["store 3 is down"],)")), {} };
    });
    MetricsAddress metrics;
    metrics.url = metricsApi.url();
    metrics.requests = "total";
    const auto reading = routerAt(api, metrics)->read();
    QVERIFY2(all(reading->warnings).find("store 3 is down") != std::string::npos, all(reading->warnings).c_str());
}

QTEST_GUILESS_MAIN(GatewayObservedTest)
#include "tst_gatewayobserved.moc"
