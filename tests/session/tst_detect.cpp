// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QHostAddress>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>
#include <future>

#include "http/httpclient.h"
#include "session/detect.h"
#include "session/endpointhistory.h"
#include "support/httpserver.h"

using namespace penstock;
using namespace std::chrono_literals;
using test::HttpQuestion;
using test::HttpReply;

/// What people paste into the assistant: what it is, or what to paste instead.
class TestDetect final : public QObject
{
    Q_OBJECT

private slots:
    void whatAnswersIsRecognised_data();
    void whatAnswersIsRecognised();
    void aPasswordInAnAddressIsSentNowhere();
    void troublePagesAndNoiseAreToldApart_data();
    void troublePagesAndNoiseAreToldApart();
    void aPortOfTheOtherSchemeIsToldSo();
    void aSecretItselfIsNoReference();
    void aManagedStoreAsksForWhatItsSignInNeeds_data();
    void aManagedStoreAsksForWhatItsSignInNeeds();
    void whoGivesTokensIsAskedFirst();
    void aStoreOfManyTenantsSaysSo();
    void aRangeThatEndsBeforeItBeginsIsToldSo();
};

void TestDetect::whatAnswersIsRecognised_data()
{
    QTest::addColumn<QByteArray>("metrics");
    QTest::addColumn<QByteArray>("kind"); // empty: none
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("dcgm-exporter") << QByteArray("# TYPE DCGM_FI_DEV_GPU_UTIL gauge\nDCGM_FI_DEV_GPU_UTIL{gpu=\"0\"} 5\n") << QByteArray("dcgm") << QByteArray();
    QTest::newRow("its version 1") << QByteArray("dcgm_gpu_temp{gpu=\"0\",uuid=\"GPU-1\"} 40\n") << QByteArray("dcgm") << QByteArray();
    QTest::newRow("vLLM") << QByteArray("vllm:num_requests_running{model_name=\"m\"} 3\n") << QByteArray() << QByteArray("this is a vLLM server");
    QTest::newRow("Triton") << QByteArray("# TYPE x\nnv_inference_request_success{model=\"m\"} 3\n") << QByteArray() << QByteArray("this is a Triton server");
    QTest::newRow("kube-state-metrics") << QByteArray("# HELP kube_node_info x\nkube_node_info{node=\"a\"} 1\n") << QByteArray() << QByteArray("this is kube-state-metrics");
    QTest::newRow("a node exporter") << QByteArray("node_cpu_seconds_total{cpu=\"0\"} 1\n") << QByteArray() << QByteArray("this is a node exporter");
    QTest::newRow("something else") << QByteArray("up 1\n") << QByteArray() << QByteArray("neither a Prometheus-compatible store");
}

void TestDetect::aPasswordInAnAddressIsSentNowhere()
{
    int asked = 0;
    test::HttpServer server([&](const HttpQuestion&) {
        ++asked;
        return HttpReply { .status = 404, .type = "text/plain", .body = "no", .headers = {} };
    });
    const auto found = detectKind({ .name = {}, .kind = {}, .url = "http://bob:s3cret@" + server.url().substr(7), .token = {}, .ca = {}, .path = {}, .provider = {}, .region = {}, .cluster = {} }, std::make_shared<HttpClient>());
    QVERIFY(!found);
    QVERIFY2(found.error().text().find("holds a user or a password") != std::string::npos && found.error().text().find("s3cret") == std::string::npos, found.error().text().c_str());
    QCOMPARE(asked, 0);
}

void TestDetect::whatAnswersIsRecognised()
{
    QFETCH(QByteArray, metrics);
    QFETCH(QByteArray, kind);
    QFETCH(QByteArray, says);
    test::HttpServer server([&](const HttpQuestion& question) {
        const bool shows = question.path == "/metrics";
        return HttpReply { .status = shows ? 200 : 404, .type = "text/plain", .body = shows ? metrics : QByteArray("no"), .headers = {} };
    });
    const auto found = detectKind({ .name = {}, .kind = {}, .url = server.url(), .token = {}, .ca = {}, .path = {}, .provider = {}, .region = {}, .cluster = {} }, std::make_shared<HttpClient>());
    if (!kind.isEmpty()) {
        QVERIFY2(found, found ? "" : found.error().text().c_str());
        QCOMPARE(found->kind, kind.toStdString());
        return;
    }
    QVERIFY(!found);
    QVERIFY2(found.error().text().find(says.toStdString()) != std::string::npos, found.error().text().c_str());
    QVERIFY(!found.error().hint.empty());
}

void TestDetect::troublePagesAndNoiseAreToldApart_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("kind");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char* name, int status, const char* type, const QByteArray& body, Error::Kind kind, const char* says) { QTest::newRow(name) << status << QByteArray(type) << body << static_cast<int>(kind) << QByteArray(says); };
    row("in trouble, as text", 503, "text/plain", "no healthy upstream\n", Error::Kind::Unavailable, "in trouble (503): no healthy upstream");
    row("in trouble, called JSON", 503, "application/json", "upstream connect error", Error::Kind::Unavailable, "in trouble (503): upstream connect error");
    row("in trouble, as a page", 502, "text/html", "<html><head><title>502 Bad Gateway</title></head></html>", Error::Kind::Unavailable, "in trouble (502): 502 Bad Gateway");
    row("a web page", 200, "text/html", "<!DOCTYPE html><html><head><title>Sign in</title></head></html>", Error::Kind::Invalid, "a web page (200): Sign in");
    row("a web page of another type", 404, "text/plain", "<html><body>no</body></html>", Error::Kind::Invalid, "a web page (404)");
    row("noise", 200, "application/octet-stream", QByteArray("\x01\x02\xff\xfe", 4), Error::Kind::Invalid, "neither a Prometheus-compatible store, nor a dcgm-exporter, nor slurmrestd: it says 200 and nothing that they would (");
    row("other words", 200, "text/plain", "hello", Error::Kind::Invalid, "it says 200 and nothing that they would: hello");
}

void TestDetect::troublePagesAndNoiseAreToldApart()
{
    QFETCH(int, status);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, body);
    QFETCH(int, kind);
    QFETCH(QByteArray, says);
    test::HttpServer server([&](const HttpQuestion&) { return HttpReply { .status = status, .type = type, .body = body, .headers = {} }; });
    const auto found = detectKind({ .name = {}, .kind = {}, .url = server.url(), .token = {}, .ca = {}, .path = {}, .provider = {}, .region = {}, .cluster = {} }, std::make_shared<HttpClient>());
    QVERIFY(!found);
    QCOMPARE(static_cast<int>(found.error().kind), kind);
    QVERIFY2(found.error().text().find(says.toStdString()) != std::string::npos, found.error().text().c_str());
}

void TestDetect::aPortOfTheOtherSchemeIsToldSo()
{
    // It takes what begins a session of TLS for a request that is none.
    QTcpServer plain;
    QVERIFY(plain.listen(QHostAddress::LocalHost));
    connect(&plain, &QTcpServer::newConnection, &plain, [&plain] {
        auto* socket = plain.nextPendingConnection();
        connect(socket, &QTcpSocket::readyRead, socket, [socket] {
            socket->write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            socket->disconnectFromHost();
        });
    });
    Endpoint asked { .name = {}, .kind = {}, .url = "https://127.0.0.1:" + std::to_string(plain.serverPort()), .token = {}, .ca = {}, .path = {}, .provider = {}, .region = {}, .cluster = {} };
    auto asking = std::async(std::launch::async, [&] { return detectKind(asked, std::make_shared<HttpClient>()); });
    QTRY_VERIFY_WITH_TIMEOUT(asking.wait_for(0s) == std::future_status::ready, 10'000);
    const auto overTls = asking.get();
    QVERIFY(!overTls);
    QVERIFY2(overTls.error().text().find("write http://") != std::string::npos, overTls.error().text().c_str());
    // As servers of Go and nginx say it.
    test::HttpServer encrypted([](const HttpQuestion&) { return HttpReply { .status = 400, .type = "text/plain", .body = "Client sent an HTTP request to an HTTPS server.\n", .headers = {} }; });
    asked.url = encrypted.url();
    const auto inClear = detectKind(asked, std::make_shared<HttpClient>());
    QVERIFY(!inClear);
    QVERIFY2(inClear.error().text().find("write https://") != std::string::npos, inClear.error().text().c_str());
}

void TestDetect::aSecretItselfIsNoReference()
{
    const auto found = detectKind({ .name = {}, .kind = {}, .url = "http://127.0.0.1:1", .token = "s3cr3t", .ca = {}, .path = {}, .provider = {}, .region = {}, .cluster = {} }, std::make_shared<HttpClient>());
    QVERIFY(!found);
    const auto text = found.error().text();
    QVERIFY2(text.find("penstockctl secret set") != std::string::npos && text.find("s3cr3t") == std::string::npos, text.c_str());
}

void TestDetect::aManagedStoreAsksForWhatItsSignInNeeds_data()
{
    QTest::addColumn<QByteArray>("url");
    QTest::addColumn<QByteArray>("where");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char* name, const char* url, const char* where, const char* says) { QTest::newRow(name) << QByteArray(url) << QByteArray(where) << QByteArray(says); };
    row("Google", "https://monitoring.googleapis.com/v1/projects/p/location/global/prometheus/api/v1/query?query=up", "sign_in", "add key = ");
    row("Google of no project", "https://monitoring.googleapis.com", "https://monitoring.googleapis.com", "/v1/projects/PROJECT/location/global/prometheus");
    row("Azure", "fleet-a1b2.eastus.prometheus.monitor.azure.com", "sign_in", "add tenant = ");
    row("where Azure takes metrics in", "https://fleet-a1b2.eastus-1.metrics.ingest.monitor.azure.com/dataCollectionRules/x", "https://fleet-a1b2.eastus-1.metrics.ingest.monitor.azure.com/dataCollectionRules/x", "write its query endpoint");
    row("Amazon, as it is written to", "https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-1/api/v1/remote_write", "/nowhere/credentials", "run aws configure");
    row("Amazon of no workspace", "https://aps-workspaces.us-east-1.amazonaws.com", "https://aps-workspaces.us-east-1.amazonaws.com", "/workspaces/ws-ID");
    row("Grafana Cloud", "https://prometheus-prod-1.grafana.net/api/prom", "https://prometheus-prod-1.grafana.net/api/prom", "Prometheus card");
}

void TestDetect::aManagedStoreAsksForWhatItsSignInNeeds()
{
    QFETCH(QByteArray, url);
    QFETCH(QByteArray, where);
    QFETCH(QByteArray, says);
    for (const auto* name : { "AWS_ACCESS_KEY_ID", "AWS_PROFILE" })
        qunsetenv(name);
    qputenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/credentials");
    const auto found = detectKind({ .name = {}, .kind = {}, .url = url.toStdString(), .token = {}, .ca = {}, .path = {}, .provider = {}, .region = {}, .cluster = {} }, std::make_shared<HttpClient>());
    QVERIFY(!found);
    QCOMPARE(found.error().where, where.toStdString());
    QVERIFY2(found.error().hint.find(says.toStdString()) != std::string::npos, found.error().text().c_str());
}

void TestDetect::whoGivesTokensIsAskedFirst()
{
    std::atomic<int> strangers = 0;
    test::HttpServer cloud([&](const HttpQuestion& question) {
        if (question.path == "/contoso.example/oauth2/token")
            return question.body.contains("client_secret=s3cr3t") ? HttpReply { .body = "{\"access_token\":\"t1\",\"expires_in\":\"3600\"}", .headers = {} } : HttpReply { .status = 401, .body = "{\"error\":\"invalid_client\"}", .headers = {} };
        if (question.headers.value("authorization") != "Bearer t1")
            ++strangers;
        return question.path == "/api/v1/query" ? HttpReply { .body = "{\"status\":\"success\",\"data\":{}}", .headers = {} } : HttpReply { .status = 404, .body = {}, .headers = {} };
    });
    qputenv("PENSTOCK_TEST_SECRET", "s3cr3t");
    Endpoint asked { .name = {}, .kind = {}, .url = cloud.url(), .token = {}, .ca = {}, .path = {}, .provider = {}, .region = {}, .cluster = {} };
    asked.signIn = { .kind = "azure", .tenant = "contoso.example", .clientId = "app", .clientSecret = "env:PENSTOCK_TEST_SECRET", .authority = cloud.url() };
    const auto found = detectKind(asked, std::make_shared<HttpClient>());
    QVERIFY2(found, found ? "" : found.error().text().c_str());
    QCOMPARE(found->kind, std::string("prometheus"));
    QCOMPARE(found->signIn.clientSecret, std::string("env:PENSTOCK_TEST_SECRET"));
    qputenv("PENSTOCK_TEST_SECRET", "another");
    const auto refused = detectKind(asked, std::make_shared<HttpClient>());
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, Error::Kind::Denied);
    QVERIFY2(refused.error().hint.find("has the secret ended?") != std::string::npos, refused.error().text().c_str());
    QCOMPARE(strangers.load(), 0);
}

void TestDetect::aStoreOfManyTenantsSaysSo()
{
    test::HttpServer mimir([](const HttpQuestion& question) {
        return question.headers.value("x-scope-orgid") == "gpu" ? HttpReply { .body = "{\"status\":\"success\",\"data\":{}}", .headers = {} } : HttpReply { .status = 401, .type = "text/plain", .body = "no org id\n", .headers = {} };
    });
    Endpoint asked { .name = {}, .kind = {}, .url = mimir.url(), .token = {}, .ca = {}, .path = {}, .provider = {}, .region = {}, .cluster = {} };
    const auto without = detectKind(asked, std::make_shared<HttpClient>());
    QVERIFY(!without);
    QVERIFY2(without.error().hint.starts_with("add tenant = "), without.error().text().c_str());
    asked.tenant = "gpu";
    const auto with = detectKind(asked, std::make_shared<HttpClient>());
    QVERIFY2(with, with ? "" : with.error().text().c_str());
    QCOMPARE(with->kind, std::string("prometheus"));
}

void TestDetect::aRangeThatEndsBeforeItBeginsIsToldSo()
{
    Workspace workspace;
    workspace.endpoints.push_back({ .name = "store", .kind = "prometheus", .url = "http://127.0.0.1:1", .token = {}, .ca = {}, .path = {}, .provider = {}, .region = {}, .cluster = {} });
    const Time now(1'700'000'000s);
    for (const auto& [from, to, step, says] : { std::tuple(now, now - 60s, 1000ms, "ends before it has begun"), std::tuple(now - 60s, now, 0ms, "no time between two rows") }) {
        const auto told = historyOf(workspace, "store", from, to, step);
        QVERIFY(!told);
        QCOMPARE(told.error().kind, Error::Kind::Invalid);
        QVERIFY2(told.error().text().find(says) != std::string::npos, told.error().text().c_str());
    }
}

QTEST_GUILESS_MAIN(TestDetect)
#include "tst_detect.moc"
