// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QRegularExpression>
#include <QTest>
#include <mutex>

#include "prometheus/promsource.h"
#include "prometheus/promanswer.h"
#include "prometheus/promfleet.h"
#include "prometheus/promstore.h"
#include "support/httpserver.h"
#include "support/inferenceserver.h"
#include "support/prometheusserver.h"
#include "support/shareddata.h"
#include "support/sourcelistener.h"

using namespace penstock;
using namespace std::chrono_literals;
using test::HttpQuestion;
using test::HttpReply;
using test::HttpServer;
using test::PrometheusServer;
using test::ScrapeJob;
using test::exporterLabels;
using Listener = test::SourceListener;

namespace {

/// A fleet as exporters and kube-state-metrics show it, and what it comes to.
struct Fleet
{
    int nodes = 25;
    int silent = 2; ///< of them without an exporter
    bool cordoned = true; ///< the first node
    [[nodiscard]] static bool isHeld(int node, int gpu) { return (node + gpu) % 3 != 0; }
    [[nodiscard]] static QByteArray nodeName(int node) { return "node-" + QByteArray::number(node); }
    [[nodiscard]] static QByteArray nameSpaceOf(int node) { return node % 2 == 0 ? "infer" : "train"; }
    [[nodiscard]] static QByteArray provider(int node) { return node % 2 == 0 ? "aws:///us-east-1a/i-0" : "gce://project/us-central1-a/vm"; }

    [[nodiscard]] QByteArray exporters(bool pods = true) const
    {
        QByteArray text;
        for (const char* metric : { "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE", "DCGM_FI_DEV_GPU_TEMP", "DCGM_FI_DEV_XID_ERRORS" })
            for (int n = silent; n < nodes; ++n)
                for (int g = 0; g < 8; ++g) {
                    const bool broken = n == 5 && g == 2;
                    const int value = metric[12] == 'X' ? (broken ? 79 : 0) : metric[15] == 'U' && metric[12] == 'F' ? (isHeld(n, g) ? 70000 : 0) : metric[12] == 'F' ? (isHeld(n, g) ? 10000 : 80000) : isHeld(n, g) ? 60 : 0;
                    text += QByteArray(metric) + "{gpu=\"" + QByteArray::number(g) + "\",UUID=\"GPU-" + QByteArray::number(n) + "-" + QByteArray::number(g) + "\",modelName=\"NVIDIA H100 80GB HBM3\"," + (n % 2 == 0 ? "Hostname" : "hostname")
                        + "=\"" + nodeName(n) + "\"" + (pods && isHeld(n, g) ? ",namespace=\"" + nameSpaceOf(n) + "\",pod=\"p-" + QByteArray::number(n * 8 + g) + "\",container=\"main\"" : QByteArray()) + "} " + QByteArray::number(value) + "\n";
                }
        return text;
    }
    [[nodiscard]] QByteArray cluster() const
    {
        QByteArray text;
        for (int n = 0; n < nodes; ++n) {
            text += "kube_node_info{node=\"" + nodeName(n) + "\",provider_id=\"" + provider(n) + "\"} 1\n";
            text += "kube_node_status_capacity{node=\"" + nodeName(n) + "\",resource=\"nvidia_com_gpu\",unit=\"integer\"} 8\n";
            text += "kube_node_status_capacity{node=\"" + nodeName(n) + "\",resource=\"cpu\",unit=\"core\"} 192\n";
            text += "kube_node_spec_unschedulable{node=\"" + nodeName(n) + "\"} " + (cordoned && n == silent ? "1" : "0") + "\n";
            for (int g = 0; g < 8; ++g)
                if (isHeld(n, g))
                    text += pod(nameSpaceOf(n), "p-" + QByteArray::number(n * 8 + g), nodeName(n), "Running", 1);
        }
        text += pod("infer", "ended", nodeName(1), "Succeeded", 8); // holds nothing any more
        return text + pod("train", "waits", "", "Pending", 16);
    }
    [[nodiscard]] static QByteArray pod(const QByteArray& nameSpace, const QByteArray& name, const QByteArray& node, const QByteArray& phase, int gpus)
    {
        const auto who = "namespace=\"" + nameSpace + "\",pod=\"" + name + "\",uid=\"u-" + name + "\"";
        QByteArray text = "kube_pod_container_resource_requests{" + who + ",container=\"main\",node=\"" + node + "\",resource=\"nvidia_com_gpu\",unit=\"integer\"} " + QByteArray::number(gpus) + "\n";
        for (const char* it : { "Pending", "Running", "Succeeded", "Failed", "Unknown" })
            text += "kube_pod_status_phase{" + who + ",phase=\"" + it + "\"} " + (phase == it ? "1" : "0") + "\n";
        return text;
    }
    [[nodiscard]] int held(int from, int to, const QByteArray& nameSpace = {}) const
    {
        int sum = 0;
        for (int n = from; n < to; ++n)
            for (int g = 0; g < 8; ++g)
                sum += isHeld(n, g) && (nameSpace.isEmpty() || nameSpaceOf(n) == nameSpace) && !(n == 5 && g == 2);
        return sum;
    }
};

} // namespace

/// A source that asks real stores.
class TestPromSource final : public QObject
{
    Q_OBJECT

private slots:
    void aStoreIsAFleet_data();
    void aStoreIsAFleet();
    void whatIsWrongWithACertificateIsToldApart();
    void whatIsWrongIsToldApart_data();
    void whatIsWrongIsToldApart();
    void everyVersionIsFound_data();
    void everyVersionIsFound();
    void everySelectorNamesItsMetric_data();
    void everySelectorNamesItsMetric();
    void aWarningIsShownWithTheData();
    void aStoreOfManyIsToldWhose_data();
    void aStoreOfManyIsToldWhose();
    void aStoreThatIsBehindSaysSo_data();
    void aStoreThatIsBehindSaysSo();
    void exportersThatTheStoreDoesNotReachAreCounted();
    void aStoreWithoutGpuMetricsShowsWhatItHas_data();
    void aStoreWithoutGpuMetricsShowsWhatItHas();
    void exportersOfDifferentMetricsAreOneFleet_data();
    void exportersOfDifferentMetricsAreOneFleet();
    void anExporterThatTellsNoPodsMakesNothingFree_data();
    void anExporterThatTellsNoPodsMakesNothingFree();
    void nodesKnowTheClusterOfTheirGpus();
    void workloadsSayHowTheyAreServed_data();
    void workloadsSayHowTheyAreServed();

private:
    static std::unique_ptr<Source> start(const std::string& url, Listener& listener, DcgmPlace place = { {}, {}, "k8s" }, std::vector<Workload> workloads = {})
    {
        auto source = makePromSource({ .url = url, .place = std::move(place), .workloads = std::move(workloads), .every = 100ms, .timeout = 3s, .rediscoverAfter = 200ms }, std::make_shared<HttpClient>());
        source->start(listener);
        return source;
    }
};

void TestPromSource::aStoreIsAFleet_data()
{
    QTest::addColumn<bool>("victoria");
    QTest::addColumn<bool>("honoured"); ///< the exporter's labels keep their names
    QTest::addColumn<bool>("pods"); ///< the exporter knows pods
    QTest::newRow("Prometheus, as its charts set it up") << false << false << true;
    QTest::newRow("Prometheus, labels honoured") << false << true << true;
    QTest::newRow("Prometheus, exporters that know no pods") << false << false << false;
    QTest::newRow("VictoriaMetrics") << true << false << true;
}

void TestPromSource::aStoreIsAFleet()
{
    QFETCH(bool, victoria);
    QFETCH(bool, honoured);
    QFETCH(bool, pods);
    const auto kind = victoria ? PrometheusServer::Kind::VictoriaMetrics : PrometheusServer::Kind::Prometheus;
    if (!PrometheusServer::isInstalled(kind))
        QSKIP(victoria ? "victoria-metrics is not installed" : "prometheus is not installed");
    Fleet fleet;
    std::mutex mutex;
    const HttpServer pages([&](const HttpQuestion& question) {
        const std::lock_guard lock(mutex);
        return HttpReply { .type = "text/plain; version=0.0.4", .body = question.path.startsWith("/kube") ? fleet.cluster() : fleet.exporters(pods), .headers = {} };
    });
    PrometheusServer server(kind);
    QVERIFY(server.start(ScrapeJob { .name = "dcgm", .url = pages.url(), .honours = honoured, .labels = exporterLabels }.text() + ScrapeJob { .name = "kube", .url = pages.url(), .path = "/kube", .honours = true }.text()));
    Listener listener;
    const auto source = start(server.url(), listener);
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(), std::uint64_t(25 * 8), 30'000);
    QTRY_COMPARE_WITH_TIMEOUT(listener.stands().first, Connection::Live, 5'000);
    QTRY_VERIFY2_WITH_TIMEOUT(listener.stands().second.isEmpty(), qPrintable(listener.stands().second), 5'000);
    // Every figure by an independent count.
    const auto held = static_cast<std::uint64_t>(fleet.held(2, 25)), unmeasured = static_cast<std::uint64_t>(fleet.held(0, 2));
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy), held, 10'000);
    QCOMPARE(listener.count(GpuState::Unhealthy), std::uint64_t(1));
    QCOMPARE(listener.count(GpuState::Unknown), unmeasured);
    std::uint64_t draining = 0;
    for (int g = 0; g < 8; ++g)
        draining += !Fleet::isHeld(2, g);
    QCOMPARE(listener.count(GpuState::Draining), draining);
    QCOMPARE(listener.count(GpuState::Free), 200 - held - unmeasured - 1 - draining);
    QCOMPARE(listener.count(GpuState::Busy, "infer"), static_cast<std::uint64_t>(fleet.held(2, 25, "infer")));
    QCOMPARE(listener.count({}, {}, "aws"), std::uint64_t(13 * 8));
    QCOMPARE(listener.count({}, {}, "gcp"), std::uint64_t(12 * 8));
    {
        const std::lock_guard lock(listener.mutex);
        const auto train = std::ranges::find(listener.demand, "train", &WorkloadDemand::workload);
        QVERIFY(train != listener.demand.end());
        QCOMPARE(train->gpusUnmet, 16U);
    }
    // A node goes, and comes no more.
    {
        const std::lock_guard lock(mutex);
        fleet.nodes = 24;
    }
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(), std::uint64_t(24 * 8), 20'000);
    server.kill();
    QTRY_COMPARE_WITH_TIMEOUT(listener.stands().first, Connection::Failing, 10'000);
    // What was asked when it died hung up; what is asked afterwards is refused.
    QTRY_VERIFY2_WITH_TIMEOUT(listener.stands().second.contains(QLatin1String("refused")), qPrintable(listener.stands().second), 10'000);
}

void TestPromSource::whatIsWrongWithACertificateIsToldApart()
{
    const test::Certificate own;
    if (own.file().isEmpty())
        QSKIP("openssl is not installed");
    const HttpServer server([](const HttpQuestion&) { return HttpReply { .body = {}, .headers = {} }; }, &own);
    const auto saidOf = [&](const std::string& ca, const std::string& name) {
        HttpClient http({ .serverName = name });
        const auto answer = http.send({ .url = server.url(), .ca = ca });
        return answer ? QString() : QString::fromStdString(answer.error().text());
    };
    const auto unknown = saidOf({}, {}), other = saidOf(own.file().toStdString(), "metrics.example"), both = saidOf({}, "metrics.example");
    QVERIFY2(unknown.contains(QLatin1String("TLS fails: ")) && unknown.contains(QLatin1String("name the certificate of its authority")) && !unknown.contains(QLatin1String("is not for")), qPrintable(unknown));
    QVERIFY2(other.contains(QLatin1String("the certificate is not for metrics.example but for")) && other.contains(QLatin1String("localhost")) && !other.contains(QLatin1String("authority with ca")), qPrintable(other));
    QVERIFY2(both.contains(QLatin1String("is not for metrics.example")) && both.contains(QLatin1String("authority with ca")), qPrintable(both));
}

void TestPromSource::whatIsWrongIsToldApart_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("says");
    QTest::addColumn<HttpReply::Ending>("ending");
    const auto row = [](const char* name, int status, const char* type, const char* body, const char* says, HttpReply::Ending ending = HttpReply::Ending::Whole) { QTest::newRow(name) << status << QByteArray(type) << QByteArray(body) << QString::fromUtf8(says) << ending; };
    row("no entry", 401, "text/plain", "Unauthorized", "check the endpoint's token");
    row("no entry, and it says why", 403, "text/plain", "User is not authorized to perform: aps:QueryMetrics", "the store refuses (403): User is not authorized to perform: aps:QueryMetrics (check the endpoint's token");
    row("no entry, and JSON says why", 403, "application/json", R"({"message":"The security token is expired"})", "the store refuses (403): The security token is expired (check");
    row("no tenant", 401, "text/plain", "no org id", "the store refuses (401): no org id");
    row("a secret in what it says", 401, "text/plain", "bad credentials: Bearer s3cr3t-0123456789abcdef is unknown", "(401): bad credentials: Bearer \u2026 is unknown");
    row("a password in what it says", 403, "text/plain", "user bob, password=hunter22 refused", "(403): user bob, password=\u2026 refused");
    row("a question that it does not take", 422, "text/plain", "the query exceeds the limit of series", "does not take the question (422): the query exceeds the limit of series");
    row("a bad question, in JSON", 400, "application/json", R"({"message":"unsupported selector"})", "does not take the question (400): unsupported selector");
    row("one that limits", 429, "text/plain", "too many requests", "limits requests (429): too many requests");
    row("one that limits on a web page", 429, "text/html", "<html></html>", "limits requests (429)");
    row("another path", 404, "text/plain", "404 page not found", "without /api/v1");
    row("a web page", 200, "text/html", "<html></html>", "it sends text/html");
    row("a proxy in trouble", 502, "text/html", "<html></html>", "in trouble (502)");
    row("overloaded", 503, "application/json", R"({"status":"error","errorType":"timeout","error":"query timed out"})", "(timeout): query timed out");
    row("a proxy that calls its page JSON", 503, "application/json", "upstream connect error", "in trouble (503): upstream connect error");
    row("one that says more in JSON", 503, "application/json", R"({"message":"failure to get a peer from the ring-balancer"})", "in trouble (503): failure to get a peer");
    row("another API", 200, "application/json", R"({"message":"hello"})", "Prometheus-compatible");
    row("no GPUs", 200, "application/json", R"({"status":"success","data":{"resultType":"vector","result":[]}})", "holds no GPU metrics");
    row("half an answer", 200, "application/json", R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"metric":"DCGM_FI_)", "cut off");
    row("one that hangs", 200, "application/json", "", "no answer", HttpReply::Ending::Silence);
    row("one that hangs up", 200, "application/json", "", "hung up before its answer was whole", HttpReply::Ending::HangUp);
    row("one that hangs up in its answer", 200, "application/json", R"({"status":"success","data":{"resultType":"vector","result":[]}})", "hung up before its answer was whole", HttpReply::Ending::Half);
}

void TestPromSource::whatIsWrongIsToldApart()
{
    QFETCH(int, status);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, body);
    QFETCH(QString, says);
    QFETCH(HttpReply::Ending, ending);
    const HttpServer server([&](const HttpQuestion&) { return HttpReply { .status = status, .type = type, .body = body, .headers = {}, .ending = ending }; });
    Listener listener;
    const auto source = start(server.url(), listener);
    QTRY_COMPARE_WITH_TIMEOUT(listener.stands().first, Connection::Failing, 10'000);
    QVERIFY2(listener.stands().second.contains(says), qPrintable(listener.stands().second));
}

void TestPromSource::everyVersionIsFound_data()
{
    QTest::addColumn<QByteArray>("build");
    QTest::addColumn<QByteArray>("metrics");
    QTest::addColumn<QString>("version");
    const QByteArray own = R"(vm_app_version{version="victoria-metrics-20240612-123456-tags-v1.102.0-0-g1234", short_version="v1.102.0"} 1)";
    QTest::newRow("Prometheus") << QByteArray(R"({"status":"success","data":{"version":"2.42.0+ds"}})") << QByteArray() << QStringLiteral("version 2.42.0+ds");
    QTest::newRow("VictoriaMetrics") << QByteArray(R"({"status":"success","data":{}})") << "up 1\n" + own << QStringLiteral("VictoriaMetrics v1.102.0");
    QTest::newRow("one that does not know its own") << QByteArray() << QByteArray(R"(vm_app_version{version="", short_version=""} 1)") << QStringLiteral("VictoriaMetrics");
    QTest::newRow("a managed store") << QByteArray() << QByteArray() << QStringLiteral("unknown version");
}

void TestPromSource::everyVersionIsFound()
{
    QFETCH(QByteArray, build);
    QFETCH(QByteArray, metrics);
    const HttpServer server([&](const HttpQuestion& question) {
        const auto page = question.path == "/metrics" ? metrics : build;
        if (question.path != "/api/v1/query")
            return HttpReply { .status = page.isEmpty() ? 404 : 200, .type = "text/plain", .body = page, .headers = {} };
        const bool asksForNames = QByteArray::fromPercentEncoding(question.body).contains("\"metric\"");
        return HttpReply { .body = R"({"status":"success","data":{"resultType":"vector","result":[)" + QByteArray(asksForNames ? R"({"metric":{"metric":"DCGM_FI_DEV_GPU_UTIL"},"value":[1,"1"]})" : R"({"metric":{"gpu":"0","Hostname":"n"},"value":[1,"1"]})") + "]}}", .headers = {} };
    });
    Listener listener;
    const auto source = start(server.url(), listener);
    QTRY_VERIFY_WITH_TIMEOUT(listener.count() == 1, 10'000);
    const std::lock_guard lock(listener.mutex);
    QTEST(QString::fromStdString(listener.inventory->sourceVersion), "version");
}

void TestPromSource::everySelectorNamesItsMetric_data()
{
    QTest::addColumn<double>("gpus");
    QTest::newRow("one by one") << 8.0;
    QTest::newRow("by node") << 100'000.0;
}

/// The stores of Google and Azure take no other: no pattern for a name, and none that is left out.
void TestPromSource::everySelectorNamesItsMetric()
{
    QFETCH(double, gpus);
    PromFleet fleet({}, {}, 30s, 1, 1000);
    static const QRegularExpression name(QStringLiteral("count\\(([^)]+)\\), \"metric\""));
    auto all = QStringList { QString::fromStdString(PromFleet::discovery()) };
    std::map<std::string, double> found;
    for (auto it = name.globalMatch(all.front()); it.hasNext();)
        found[it.next().captured(1).toStdString()] = gpus + static_cast<double>(found.size() % 3); // as where exporters differ
    QVERIFY(found.size() > 40);
    // VictoriaMetrics takes 16 KiB.
    QVERIFY(all.front().size() < 12 * 1024);
    for (const auto pods : { PromPods::None, PromPods::Plain, PromPods::Exported }) {
        fleet.discovered(found, pods);
        QCOMPARE(fleet.isByNode(), gpus > 1000);
        all << QString::fromStdString(fleet.podDiscovery());
        for (const auto& query : fleet.queries())
            all << QString::fromStdString(query.text);
        for (const auto& [key, query] : fleet.historyQueries())
            all << QString::fromStdString(query);
    }
    static const QRegularExpression nameless(QStringLiteral("(^|[^A-Za-z0-9_:])\\{"));
    for (const auto& query : all) {
        QVERIFY2(!query.contains(QLatin1String("__name__")) && !query.contains(nameless), qPrintable(query));
        QVERIFY(query.size() < 16 * 1024); // what VictoriaMetrics takes
    }
}

void TestPromSource::exportersThatTheStoreDoesNotReachAreCounted()
{
    PromFleet fleet({}, {}, 30s, 1);
    fleet.discovered({ { "DCGM_FI_DEV_GPU_UTIL", 8 } }, PromPods::None);
    const auto down = std::ranges::find(fleet.queries(), PromQuery::Kind::Down, &PromQuery::kind);
    QVERIFY(down != fleet.queries().end());
    fleet.begin();
    for (const char* instance : { "10.0.0.2:9400", "10.0.0.1:9400" })
        QVERIFY(fleet.take(*down, std::array { PromLabel { "instance", instance } }, 0));
    QCOMPARE(fleet.down(), (std::set<std::string> { "10.0.0.1:9400", "10.0.0.2:9400" }));
    // Where all are reached the question has no answer.
    fleet.begin();
    QVERIFY(fleet.down().empty());
}

void TestPromSource::aWarningIsShownWithTheData()
{
    const HttpServer server([&](const HttpQuestion& question) {
        const auto query = QByteArray::fromPercentEncoding(question.body);
        const QByteArray series = query.contains("\"metric\"") ? R"({"metric":{"metric":"DCGM_FI_DEV_GPU_UTIL"},"value":[1,"1"]})"
            : query.contains("by (UUID")                     ? R"({"metric":{"UUID":"GPU-1","gpu":"0","Hostname":"n","modelName":"Tesla T4"},"value":[1,"50"]})"
                                                             : "";
        return HttpReply { .body = R"({"status":"success","data":{"resultType":"vector","result":[)" + series + R"(]},"warnings":["store eu is away"]})", .headers = {} };
    });
    Listener listener;
    const auto source = start(server.url(), listener, { "aws", "us-east-1", "eks" });
    QTRY_COMPARE_WITH_TIMEOUT(listener.stands().first, Connection::Live, 10'000);
    QVERIFY2(listener.stands().second.contains(QLatin1String("the store warns: store eu is away")), qPrintable(listener.stands().second));
    QCOMPARE(listener.count({}, {}, "aws"), std::uint64_t(1));
}

void TestPromSource::aStoreOfManyIsToldWhose_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::newRow("Mimir") << QByteArray("x-scope-orgid");
    QTest::newRow("Thanos") << QByteArray("thanos-tenant");
}

void TestPromSource::aStoreOfManyIsToldWhose()
{
    QFETCH(QByteArray, header);
    const HttpServer server([&](const HttpQuestion& question) {
        if (question.headers.value(header) != "gpu|lab")
            return HttpReply { .status = 401, .type = "text/plain", .body = "no org id", .headers = {} };
        const bool asksForNames = QByteArray::fromPercentEncoding(question.body).contains("\"metric\"");
        return HttpReply { .body = R"({"status":"success","data":{"resultType":"vector","result":[)" + QByteArray(asksForNames ? R"({"metric":{"metric":"DCGM_FI_DEV_GPU_UTIL"},"value":[1,"1"]})" : R"({"metric":{"gpu":"0","Hostname":"n"},"value":[1,"1"]})") + "]}}", .headers = {} };
    });
    Listener listener;
    const auto source = makePromSource({ .url = server.url(), .tenant = "gpu|lab", .place = { {}, {}, "k8s" }, .workloads = {}, .every = 100ms, .timeout = 3s }, std::make_shared<HttpClient>());
    source->start(listener);
    QTRY_VERIFY_WITH_TIMEOUT(listener.count() == 1, 10'000);
}

void TestPromSource::aStoreThatIsBehindSaysSo_data()
{
    QTest::addColumn<bool>("victoria");
    QTest::addColumn<QString>("says");
    QTest::addColumn<QString>("todo");
    QTest::newRow("VictoriaMetrics as it comes") << true << QStringLiteral("VictoriaMetrics answers 30 s behind") << QStringLiteral("stale_after_s = 90");
    QTest::newRow("Prometheus") << false << QStringLiteral("the newest data of the store are 30 s old") << QStringLiteral("its scrape interval");
}

void TestPromSource::aStoreThatIsBehindSaysSo()
{
    QFETCH(bool, victoria);
    QFETCH(QString, says);
    QFETCH(QString, todo);
    const auto kind = victoria ? PrometheusServer::Kind::VictoriaMetrics : PrometheusServer::Kind::Prometheus;
    if (!PrometheusServer::isInstalled(kind))
        QSKIP("the store is not installed");
    const HttpServer pages([&](const HttpQuestion&) { return HttpReply { .type = "text/plain; version=0.0.4", .body = Fleet().exporters(), .headers = {} }; });
    PrometheusServer server(kind);
    QVERIFY(server.start(ScrapeJob { .name = "dcgm", .url = pages.url(), .labels = exporterLabels }.text()));
    // Half a minute is too long to wait for: the console's clock is ahead by as much.
    Listener listener;
    const auto source = makePromSource({ .url = server.url(), .place = { "aws", {}, "k8s" }, .workloads = {}, .every = 100ms, .timeout = 3s, .rediscoverAfter = 200ms, .staleAfter = 30s, .clock = [] { return wallClock() + 33s; } }, std::make_shared<HttpClient>());
    source->start(listener);
    QTRY_VERIFY2_WITH_TIMEOUT(listener.stands().second.contains(says), qPrintable(listener.stands().second), 30'000);
    QCOMPARE(listener.stands().first, Connection::Live);
    QVERIFY2(listener.stands().second.contains(todo), qPrintable(listener.stands().second));
}

void TestPromSource::aStoreWithoutGpuMetricsShowsWhatItHas_data()
{
    QTest::addColumn<bool>("nodes");
    QTest::addColumn<bool>("servers");
    QTest::newRow("nodes alone") << true << false;
    QTest::newRow("inference servers alone") << false << true;
    QTest::newRow("both") << true << true;
}

void TestPromSource::aStoreWithoutGpuMetricsShowsWhatItHas()
{
    QFETCH(bool, nodes);
    QFETCH(bool, servers);
    const auto reply = [](const QByteArray& series) { return HttpReply { .body = R"({"status":"success","data":{"resultType":"vector","result":[)" + series + "]}}", .headers = {} }; };
    const HttpServer server([&](const HttpQuestion& question) {
        const auto query = QByteArray::fromPercentEncoding(question.body).replace('+', ' ');
        if (query.contains("\"metric\"")) {
            QByteArray names;
            if (nodes)
                names = R"({"metric":{"metric":"kube_node_info"},"value":[1,"1"]},{"metric":{"metric":"kube_node_status_capacity"},"value":[1,"1"]})";
            if (servers)
                names += QByteArray(nodes ? "," : "") + R"({"metric":{"metric":"vllm:num_requests_waiting"},"value":[1,"1"]})";
            return reply(names);
        }
        if (query.contains("kube_node_status_capacity{"))
            return reply(R"({"metric":{"node":"n","cluster":"east","resource":"nvidia_com_gpu"},"value":[1,"8"]})");
        if (query.contains("provider_id"))
            return reply(R"({"metric":{"node":"n","cluster":"east","provider_id":"aws:///us-east-1a/i-0"},"value":[1,"1"]})");
        if (query.contains("num_requests_waiting") && !query.contains("timestamp"))
            return reply(R"({"metric":{"namespace":"chat","cluster":"east"},"value":[1,"7"]})");
        return reply({});
    });
    Listener listener;
    const auto source = start(server.url(), listener);
    QTRY_COMPARE_WITH_TIMEOUT(listener.stands().first, Connection::Live, 10'000);
    QVERIFY2(listener.stands().second.isEmpty(), qPrintable(listener.stands().second));
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(), std::uint64_t(nodes ? 8 : 0), 10'000);
    // Nobody says what the pods hold, and nobody measures.
    QCOMPARE(listener.count(GpuState::Unknown), std::uint64_t(nodes ? 8 : 0));
    QVERIFY2(listener.missing().contains(QLatin1String("DCGM_FI_DEV_GPU_UTIL (utilisation)")), qPrintable(listener.missing()));
    if (servers)
        QTRY_COMPARE_WITH_TIMEOUT(listener.shown()->service("chat", {}).value_or(ServiceLevel {}).waiting, std::optional(7.0), 10'000);
}

void TestPromSource::exportersOfDifferentMetricsAreOneFleet_data()
{
    QTest::addColumn<quint64>("aggregateAbove");
    QTest::newRow("one by one") << quint64(1000);
    QTest::newRow("counted by node") << quint64(1);
}

void TestPromSource::exportersOfDifferentMetricsAreOneFleet()
{
    QFETCH(quint64, aggregateAbove);
    if (!PrometheusServer::isInstalled(PrometheusServer::Kind::Prometheus))
        QSKIP("prometheus is not installed");
    // Only the second host tells memory; the identities of the first are in another order than its GPUs.
    QByteArray text;
    const auto series = [&text](const char* metric, const char* host, int gpu, int value) {
        text += QByteArray(metric) + "{gpu=\"" + QByteArray::number(gpu) + "\",UUID=\"GPU-" + host + QByteArray::number(9 - gpu) + "\",modelName=\"NVIDIA H100 80GB HBM3\",Hostname=\"" + host + "\""
            + (gpu == 1 ? ",exported_namespace=\"infer\",exported_pod=\"p\"" : "") + "} " + QByteArray::number(value) + "\n";
    };
    for (const char* metric : { "DCGM_FI_DEV_GPU_TEMP", "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_XID_ERRORS" }) {
        const bool isXid = metric[12] == 'X', isUtil = metric[16] == 'U';
        for (int g = 0; g < 8; ++g)
            series(metric, "a", g, isXid ? (g == 0 ? 79 : 0) : isUtil ? (g == 1 ? 60 : 0) : 50);
        for (int g = 0; g < 2; ++g)
            series(metric, "b", g, isXid ? 0 : isUtil ? (g == 1 ? 60 : 0) : 50);
    }
    for (int g = 0; g < 2; ++g)
        series("DCGM_FI_DEV_FB_USED", "b", g, g == 1 ? 70000 : 0);
    // Kubernetes knows neither host, which says nothing of them.
    text += "kube_node_info{node=\"c\"} 1\nkube_node_status_capacity{node=\"c\",resource=\"nvidia_com_gpu\"} 0\n";
    std::mutex mutex;
    bool isUp = true;
    const HttpServer pages([&](const HttpQuestion&) {
        const std::lock_guard lock(mutex);
        QByteArray body;
        for (const auto& line : text.split('\n'))
            if (isUp || !line.contains("Hostname=\"a\""))
                body += line + '\n';
        return HttpReply { .type = "text/plain; version=0.0.4", .body = body, .headers = {} };
    });
    PrometheusServer server(PrometheusServer::Kind::Prometheus);
    QVERIFY(server.start(ScrapeJob { .name = "dcgm", .url = pages.url() }.text()));
    Listener listener;
    const auto source = makePromSource({ .url = server.url(), .place = { "aws", {}, "k8s" }, .workloads = {}, .every = 100ms, .timeout = 3s, .aggregateAbove = aggregateAbove, .rediscoverAfter = 200ms }, std::make_shared<HttpClient>());
    source->start(listener);
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(), std::uint64_t(10), 30'000);
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy), std::uint64_t(2), 10'000);
    QCOMPARE(listener.count(GpuState::Busy, "infer"), std::uint64_t(2));
    QCOMPARE(listener.count(GpuState::Unhealthy), std::uint64_t(1));
    QCOMPARE(listener.shown()->tally({ .scope = {}, .model = "H100 80GB SXM", .workload = {}, .state = {} }).gpus, std::uint64_t(10));
    {
        const std::lock_guard lock(listener.mutex);
        const auto saved = listener.engine.save();
        QVERIFY(!saved.empty() && saved.front().inventory->nodes.front().name == "a");
        QCOMPARE(saved.front().columns->state.front(), GpuState::Unhealthy); // GPU 0 is the one that has fallen off the bus
        isUp = false;
    }
    // An exporter that falls silent takes nothing away.
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Unknown), std::uint64_t(8), 20'000);
    QCOMPARE(listener.count(), std::uint64_t(10));
}

void TestPromSource::anExporterThatTellsNoPodsMakesNothingFree_data()
{
    QTest::addColumn<bool>("honoured"); ///< the exporters' labels keep their names
    QTest::addColumn<quint64>("aggregateAbove");
    QTest::newRow("labels renamed, one by one") << false << quint64(1000);
    QTest::newRow("labels renamed, counted by node") << false << quint64(1);
    QTest::newRow("labels honoured, one by one") << true << quint64(1000);
    QTest::newRow("labels honoured, counted by node") << true << quint64(1);
}

void TestPromSource::anExporterThatTellsNoPodsMakesNothingFree()
{
    QFETCH(bool, honoured);
    QFETCH(quint64, aggregateAbove);
    if (!PrometheusServer::isInstalled(PrometheusServer::Kind::Prometheus))
        QSKIP("prometheus is not installed");
    const auto series = [](const char* metric, const char* host, int gpu, int value, const char* pod = "") {
        return QByteArray(metric) + "{gpu=\"" + QByteArray::number(gpu) + "\",UUID=\"GPU-" + host + QByteArray::number(gpu) + "\",modelName=\"NVIDIA H100 80GB HBM3\",Hostname=\"" + host + "\"" + pod + "} " + QByteArray::number(value) + "\n";
    };
    constexpr auto held = ",namespace=\"infer\",pod=\"llama-0\"";
    // In Kubernetes: one that is held, and one that nobody holds, whose clock ticks all the same.
    auto told = series("DCGM_FI_DEV_GPU_UTIL", "told", 0, 60, held) + series("DCGM_FI_DEV_GPU_UTIL", "told", 1, 0) + series("DCGM_FI_DEV_GPU_TEMP", "told", 0, 50, held) + series("DCGM_FI_DEV_GPU_TEMP", "told", 1, 50);
    // On a host outside: one that works, one that does not, and two of which nobody knows.
    auto bare = series("DCGM_FI_DEV_GPU_UTIL", "bare", 0, 60) + series("DCGM_FI_DEV_GPU_UTIL", "bare", 1, 0);
    for (int g = 0; g < 4; ++g)
        bare += series("DCGM_FI_DEV_GPU_TEMP", "bare", g, 50);
    const HttpServer pages([&](const HttpQuestion& question) { return HttpReply { .type = "text/plain; version=0.0.4", .body = question.path.startsWith("/bare") ? bare : told, .headers = {} }; });
    PrometheusServer server(PrometheusServer::Kind::Prometheus);
    QVERIFY(server.start(ScrapeJob { .name = "told", .url = pages.url(), .path = "/told", .honours = honoured, .labels = exporterLabels }.text() + ScrapeJob { .name = "bare", .url = pages.url(), .path = "/bare" }.text()));
    Listener listener;
    const auto source = makePromSource({ .url = server.url(), .place = { "aws", {}, "k8s" }, .workloads = {}, .every = 100ms, .timeout = 3s, .aggregateAbove = aggregateAbove, .rediscoverAfter = 200ms }, std::make_shared<HttpClient>());
    source->start(listener);
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(), std::uint64_t(6), 30'000);
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy), std::uint64_t(2), 10'000);
    QCOMPARE(listener.count(GpuState::Busy, "infer"), std::uint64_t(1));
    QCOMPARE(listener.count(GpuState::Unknown), std::uint64_t(2));
    QCOMPARE(listener.count(GpuState::Free), std::uint64_t(2));
    // The store's past counts them likewise.
    PromStore store({ .url = server.url(), .place = {}, .workloads = {}, .timeout = 5s }, std::make_shared<HttpClient>());
    PromFleet fleet({}, {}, 30s, 0);
    std::mutex mutex;
    QVERIFY(store.discover(fleet, mutex, {}));
    const auto queries = fleet.historyQueries();
    const auto query = std::ranges::find(queries, std::string("held"), &std::pair<std::string, std::string>::first);
    QVERIFY(query != queries.end());
    const auto was = store.range(query->second, wallClock() - 1s, wallClock(), 1s);
    QVERIFY(was && was->series.size() == 1);
    QCOMPARE(was->series.front().points.back().second, 2.0);
}

void TestPromSource::nodesKnowTheClusterOfTheirGpus()
{
    // The store names the cluster of nodes, and none of their measurements; a host of two clusters is of neither.
    const auto reply = [](const QByteArray& series) { return HttpReply { .body = R"({"status":"success","data":{"resultType":"vector","result":[)" + series + "]}}", .headers = {} }; };
    const HttpServer server([&](const HttpQuestion& question) {
        const auto query = QByteArray::fromPercentEncoding(question.body).replace('+', ' ');
        if (query.contains("\"metric\""))
            return reply(R"({"metric":{"metric":"DCGM_FI_DEV_GPU_UTIL"},"value":[1,"2"]},{"metric":{"metric":"kube_node_info"},"value":[1,"1"]},{"metric":{"metric":"kube_node_status_capacity"},"value":[1,"1"]})");
        if (query.contains("by (UUID"))
            return reply(R"({"metric":{"UUID":"GPU-1","gpu":"0","Hostname":"a"},"value":[1,"50"]},{"metric":{"UUID":"GPU-2","gpu":"0","Hostname":"both"},"value":[1,"50"]})");
        if (query.contains("count(max by (node"))
            return reply(R"({"metric":{},"value":[1,"3"]})");
        if (query.contains("provider_id") || query.contains("kube_node_status_capacity{"))
            return reply(R"({"metric":{"node":"a","cluster":"east","provider_id":"aws:///us-east-1a/i-0"},"value":[1,"1"]},{"metric":{"node":"both","cluster":"east","provider_id":"aws:///us-east-1a/i-1"},"value":[1,"1"]},{"metric":{"node":"both","cluster":"west","provider_id":"gce://project/us-central1-a/vm"},"value":[1,"1"]})");
        return reply({});
    });
    Listener listener;
    const auto source = start(server.url(), listener, { {}, {}, "k8s" });
    QTRY_COMPARE_WITH_TIMEOUT(listener.count({}, {}, "aws"), std::uint64_t(1), 10'000);
    QCOMPARE(listener.count({}, {}, "other"), std::uint64_t(1));
    QCOMPARE(listener.count(), std::uint64_t(2));
    const auto shown = listener.shown();
    QVERIFY(std::ranges::find(shown->structure().clusters, "east", &Structure::Cluster::name) != shown->structure().clusters.end());
}

void TestPromSource::workloadsSayHowTheyAreServed_data()
{
    QTest::addColumn<bool>("victoria");
    QTest::addColumn<bool>("byPod");
    QTest::newRow("Prometheus, workloads by namespace") << false << false;
    QTest::newRow("Prometheus, workloads by pod") << false << true;
    QTest::newRow("VictoriaMetrics, workloads by namespace") << true << false;
}

void TestPromSource::workloadsSayHowTheyAreServed()
{
    QFETCH(bool, victoria);
    QFETCH(bool, byPod);
    const auto kind = victoria ? PrometheusServer::Kind::VictoriaMetrics : PrometheusServer::Kind::Prometheus;
    if (!PrometheusServer::isInstalled(kind))
        QSKIP("the store is not installed");
    // Two servers of chat under load, and a real one that idles.
    QFile capture(test::sharedData() + QStringLiteral("/data/exposition/vllm_idle_aws_l4.prom"));
    const auto idle = capture.open(QIODevice::ReadOnly) ? capture.readAll() : test::InferenceWorld {}.text();
    const Fleet fleet;
    test::InferenceWorld first { .running = 30, .waiting = 4, .kvUse = 0.95 }, second { .running = 12, .waiting = 1, .kvUse = 0.4 };
    std::mutex mutex;
    const HttpServer pages([&](const HttpQuestion& question) {
        const std::lock_guard lock(mutex);
        const auto body = question.path.startsWith("/first") ? first.text() : question.path.startsWith("/second") ? second.text() : question.path.startsWith("/idle") ? idle : fleet.exporters();
        return HttpReply { .type = "text/plain; version=0.0.4", .body = body, .headers = {} };
    });
    auto jobs = ScrapeJob { .name = "dcgm", .url = pages.url() }.text();
    for (const auto& [path, nameSpace] : { std::pair("first", "prod"), std::pair("second", "prod"), std::pair("idle", "lab") })
        jobs += ScrapeJob { .name = path, .url = pages.url(), .path = QByteArray("/") + path, .labels = QByteArray("namespace: ") + nameSpace + ", pod: chat-" + path }.text();
    PrometheusServer server(kind);
    QVERIFY(server.start(jobs));
    std::vector<Workload> workloads(1);
    workloads[0].name = "chat";
    workloads[0].match = { { "namespace", "prod" } };
    if (byPod)
        workloads[0].match["pod"] = "chat-";
    Listener listener;
    const auto source = start(server.url(), listener, { "aws", "us-east-1", "eks" }, workloads);
    const auto of = [&](const char* workload) { return listener.shown()->service(workload, { .provider = "aws", .region = "us-east-1", .cluster = "eks", .node = {} }).value_or(ServiceLevel {}); };
    QTRY_COMPARE_WITH_TIMEOUT(of("chat").running, std::optional(42.0), 30'000);
    QTRY_COMPARE_WITH_TIMEOUT(of("lab").running, std::optional(0.0), 10'000);
    QTRY_COMPARE_WITH_TIMEOUT(of("lab").requestsPerSecond, std::optional(0.0), 10'000);
    QCOMPARE(of("chat").waiting, std::optional(5.0));
    QCOMPARE(of("chat").kvUse, std::optional(0.95));
    QVERIFY(!of("chat").firstToken.quantile(0.99));
    {
        const std::lock_guard lock(mutex);
        first.answer(3'000, 0.3, 1);
        second.answer(1'000, 2, 2);
        first.failed = 40;
    }
    QTRY_VERIFY_WITH_TIMEOUT(of("chat").firstToken.quantile(0.99).has_value() && of("chat").latency.quantile(0.99).has_value() && of("chat").errorRate().has_value(), 30'000);
    // As the store's own function has it, once both servers were scraped.
    HttpClient http;
    const auto ask = [&](const std::string& query) {
        std::optional<double> told;
        if (const auto answer = http.send({ .method = "POST", .url = server.url() + "/api/v1/query", .body = formEncoded({ { "query", query } }), .contentType = "application/x-www-form-urlencoded" }))
            (void)PromReader().vector(answer->body, [&](std::span<const PromLabel>, double value) { told = value; });
        return told.value_or(-1);
    };
    for (const auto& [metric, histogram] : { std::pair("vllm:time_to_first_token_seconds", &ServiceLevel::firstToken), std::pair("vllm:e2e_request_latency_seconds", &ServiceLevel::latency) })
        for (const auto* share : { "0.5", "0.9", "0.99" }) {
            const auto query = std::string("1000 * histogram_quantile(") + share + ", sum by (le) (rate(" + metric + "_bucket{namespace=\"prod\"}[2m])))";
            const auto differs = [&] { return std::abs((of("chat").*histogram).quantile(std::stod(share)).value_or(-2) / ask(query) - 1); };
            // The two are asked one after another, and the mix of the servers moves with the window's edge.
            QVERIFY2(QTest::qWaitFor([&] { return differs() < 0.1; }, 60'000), qPrintable(QStringLiteral("%1 at %2: %3").arg(QLatin1String(metric), QLatin1String(share)).arg(differs())));
            std::vector<double> all = first.firstTokens, second_ = second.firstTokens;
            if (histogram == &ServiceLevel::latency) {
                all = first.latencies;
                second_ = second.latencies;
            }
            all.insert(all.end(), second_.begin(), second_.end());
            const auto [least, most] = test::InferenceWorld::between(all, std::stod(share));
            const auto told = [&] { return (of("chat").*histogram).quantile(std::stod(share)).value_or(0); };
            // Both servers have to be scraped.
            QTRY_VERIFY2_WITH_TIMEOUT(told() >= least * 0.95 && told() <= most * 1.05, qPrintable(QStringLiteral("%1 of %2 to %3").arg(told()).arg(least).arg(most)), 60'000);
        }
    QTRY_VERIFY_WITH_TIMEOUT(std::abs(*of("chat").errorRate() - 0.01) < 0.002, 60'000);
}

QTEST_GUILESS_MAIN(TestPromSource)
#include "tst_promsource.moc"
