// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTemporaryDir>
#include <QTest>
#include <random>

#include "kubeobjects.h"
#include "kubernetes/kubesource.h"
#include "support/prometheusserver.h"
#include "support/sourcelistener.h"

using namespace penstock;
using namespace std::chrono_literals;
using test::HttpReply;
using test::Json;
using test::KubeApi;
using test::kubeNode;
using test::kubePod;
using Listener = test::SourceListener;

namespace {

Workload workload(const char* name, std::map<std::string, std::string> match)
{
    return { .name = name, .data = {}, .residency = {}, .match = std::move(match), .replicaModels = {}, .p99 = {}, .errorRate = {} };
}

/// A fleet of 30 nodes with what an operator would see of it.
void fill(KubeApi& api)
{
    for (int n = 0; n < 30; ++n) {
        const auto name = "node-" + std::to_string(n);
        api.put(kubeNode(name, n == 29 ? 0 : 8, n % 2 == 0 ? "aws:///us-east-1a/i-0" : "gce://project/us-central1-a/vm"));
        if (n < 20)
            for (int p = 0; p < 2; ++p)
                api.put(kubePod(n % 2 == 0 ? "infer" : "train", "p-" + std::to_string(n * 2 + p), name, 3));
        api.put(kubePod("kube-system", "agent-" + std::to_string(n), name, 0));
    }
}

} // namespace

/// An API server as a fleet.
class TestKubeSource final : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void aClusterIsAFleet();
    void whatHappensIsSeen();
    void whoMayNotReadPodsSeesNodes();
    void whoMayNotReadNodesIsToldWhatToApply();
    void watchesGoOnFromWhereTheyEnded();
    void whatIsTooOldIsListedAnew_data();
    void whatIsTooOldIsListedAnew();
    void aPageThatIsTooOldBeginsTheListAnew();
    void whatIsWrongIsToldApart_data();
    void whatIsWrongIsToldApart();
    void aServerThatDiesAndComesBackIsSeen();
    void aServerThatFallsSilentIsNoticed();
    void aWatchThatHearsNothingMoreIsBegunAnew();
    void aWatchThatSendsNonsenseIsBegunAnew();
    void telemetryIsJoinedByNode();
    void demandAndServiceLevelsAreToldTogether();
    void aStoreThatHangsHoldsUpNoNodes();
    void tenMinutesOfChurnEndInTheServersState();

private:
    std::unique_ptr<Source> start(const std::string& server, Listener& listener, const std::function<void(KubeOptions&)>& change = {})
    {
        QFile file(m_folder->filePath(QStringLiteral("config")));
        if (!file.open(QIODevice::WriteOnly) || file.write(test::kubeconfigOf(server)) < 0)
            qFatal("no kubeconfig");
        file.close();
        KubeOptions options { .kubeconfig = file.fileName().toStdString(), .place = { {}, {}, "k8s" }, .workloads = { workload("chat", { { "namespace", "infer" }, { "label.app", "p" } }) }, .every = 20ms, .watch = 30s,
            .probe = 100ms, .timeout = 3s, .firstWait = 20ms, .page = 7 };
        if (change)
            change(options);
        auto source = makeKubeSource(std::move(options), std::make_shared<HttpClient>());
        source->start(listener);
        return source;
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestKubeSource::init() { m_folder = std::make_unique<QTemporaryDir>(); }

void TestKubeSource::aClusterIsAFleet()
{
    KubeApi api;
    fill(api);
    auto cordoned = kubeNode("node-20");
    cordoned["spec"]["unschedulable"] = true;
    api.put(cordoned);
    auto lost = kubeNode("node-21");
    lost["status"]["conditions"][1]["status"] = "Unknown";
    api.put(lost);
    auto broken = kubeNode("node-22");
    broken["status"]["allocatable"]["nvidia.com/gpu"] = "6";
    api.put(broken);
    api.put(kubePod("train", "ended-1", "node-23", 8, "Succeeded"));
    api.put(kubePod("train", "ended-2", "node-24", 8, "Failed"));
    api.put(kubePod("train", "waits", {}, 16));
    api.tokens = { "Bearer good" };
    Listener listener;
    const auto source = start(api.url(), listener);
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(), std::uint64_t(29 * 8), 10'000);
    QTRY_COMPARE(listener.stands().first, Connection::Live);
    QCOMPARE(listener.stands().second, QString());
    QCOMPARE(listener.count(GpuState::Busy), std::uint64_t(20 * 6));
    QCOMPARE(listener.count(GpuState::Busy, "chat"), std::uint64_t(10 * 6));
    QCOMPARE(listener.count(GpuState::Busy, "train"), std::uint64_t(10 * 6));
    QCOMPARE(listener.count(GpuState::Draining), std::uint64_t(8));
    QCOMPARE(listener.count(GpuState::Unknown), std::uint64_t(8));
    QCOMPARE(listener.count(GpuState::Unhealthy), std::uint64_t(2));
    QCOMPARE(listener.count(GpuState::Free), std::uint64_t(29 * 8 - 120 - 8 - 8 - 2));
    QCOMPARE(listener.count({}, {}, "aws"), std::uint64_t(16 * 8));
    QCOMPARE(listener.count({}, {}, "gcp"), std::uint64_t(13 * 8));
    const auto shape = listener.shown();
    for (const auto& node : shape->structure().nodes)
        QCOMPARE(shape->structure().zones[node.zone], shape->structure().providerOf(shape->structure().clusters[node.cluster]).name == "aws" ? std::string("us-east-1a") : std::string("us-central1-a"));
    const std::lock_guard lock(listener.mutex);
    const auto train = std::ranges::find(listener.demand, "train", &WorkloadDemand::workload);
    QVERIFY(train != listener.demand.end());
    QCOMPARE(train->gpusNeeded, 60U + 16U);
    QCOMPARE(train->gpusUnmet, 16U);
    QCOMPARE(train->unmetWhy, (std::map<std::string, std::uint32_t> { { "Unschedulable: 0/12 nodes are available: 12 Insufficient nvidia.com/gpu.", 16 } }));
}

void TestKubeSource::whatHappensIsSeen()
{
    KubeApi api;
    fill(api);
    Listener listener;
    const auto source = start(api.url(), listener);
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy), std::uint64_t(120), 10'000);
    // Bound, running, ended: the end comes as DELETED of what was asked for.
    api.put(kubePod("train", "late", {}, 8));
    QTRY_VERIFY(std::ranges::any_of(std::vector(listener.shown()->demand()), [](const auto& it) { return it.workload == "train" && it.gpusUnmet == 8; }));
    api.put(kubePod("train", "late", "node-25", 8, "Running"));
    QTRY_COMPARE(listener.count(GpuState::Busy), std::uint64_t(128));
    api.put(kubePod("train", "late", "node-25", 8, "Succeeded"));
    QTRY_COMPARE(listener.count(GpuState::Busy), std::uint64_t(120));
    auto node = kubeNode("node-25");
    node["spec"]["taints"] = Json::array({ { { "key", "node.kubernetes.io/unschedulable" }, { "effect", "NoSchedule" } } });
    api.put(node);
    QTRY_COMPARE(listener.count(GpuState::Draining), std::uint64_t(8));
    api.remove("nodes", "node-25");
    QTRY_COMPARE(listener.count(), std::uint64_t(28 * 8));
    api.put(kubeNode("node-new", 4, "azure:///subscriptions/x"));
    QTRY_COMPARE(listener.count({}, {}, "azure"), std::uint64_t(4));
    // A cloud labels a node once it has joined.
    auto labelled = kubeNode("node-new", 4, "azure:///subscriptions/x");
    labelled["metadata"]["labels"]["topology.kubernetes.io/zone"] = "eastus-1";
    api.put(labelled);
    QTRY_VERIFY(std::ranges::any_of(std::vector(listener.shown()->structure().zones), [](const auto& it) { return it == "eastus-1"; }));
    const std::lock_guard lock(api.mutex);
    QCOMPARE(api.lists["nodes"], 1);
    QCOMPARE(api.lists["pods"], 1);
}

void TestKubeSource::whoMayNotReadPodsSeesNodes()
{
    KubeApi api;
    fill(api);
    api.denied = { { "list", "pods" }, { "watch", "pods" } };
    Listener listener;
    const auto source = start(api.url(), listener);
    // What is free is not known: nothing is.
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Unknown), std::uint64_t(29 * 8), 10'000);
    QTRY_COMPARE(listener.stands().first, Connection::Live);
    const auto says = listener.stands().second;
    QVERIFY2(says.contains(QLatin1String("may not list pods (403): pods is forbidden: User \"penstock\" cannot list")) && says.contains(QLatin1String("ClusterRole of docs/kubernetes.md")), qPrintable(says));
    {
        const std::lock_guard lock(listener.mutex);
        QVERIFY(std::ranges::any_of(listener.inventory->missing, [](const std::string& it) { return it.starts_with("pods (what is held"); }));
    }
    // Somebody applies it.
    {
        const std::lock_guard lock(api.mutex);
        api.denied.clear();
    }
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy), std::uint64_t(120), 20'000);
    QTRY_COMPARE(listener.stands().second, QString());
}

void TestKubeSource::whoMayNotReadNodesIsToldWhatToApply()
{
    KubeApi api;
    fill(api);
    api.denied = { { "watch", "nodes" }, { "list", "nodes" } };
    Listener listener;
    const auto source = start(api.url(), listener);
    QTRY_COMPARE_WITH_TIMEOUT(listener.stands().first, Connection::Failing, 10'000);
    QVERIFY2(listener.stands().second.contains(QLatin1String("may not list nodes (403)")), qPrintable(listener.stands().second));
    {
        const std::lock_guard lock(api.mutex);
        api.denied = { { "watch", "nodes" } };
    }
    source->reconnect();
    QTRY_VERIFY2_WITH_TIMEOUT(listener.stands().second.contains(QLatin1String("may not watch nodes (403)")), qPrintable(listener.stands().second), 10'000);
}

void TestKubeSource::watchesGoOnFromWhereTheyEnded()
{
    KubeApi api;
    fill(api);
    Listener listener;
    const auto source = start(api.url(), listener, [](KubeOptions& it) { it.watch = 1s; });
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy), std::uint64_t(120), 10'000);
    const auto openWatches = [&] {
        const std::lock_guard lock(api.mutex);
        return api.open;
    };
    QTRY_COMPARE(openWatches(), 2);
    // While nobody listens something happens.
    api.closeWatches(false);
    api.put(kubePod("train", "late", "node-25", 8));
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy), std::uint64_t(128), 10'000);
    // Ended by the server after its second, and after a bookmark that is younger than what is remembered.
    const auto watches = [&] {
        const std::lock_guard lock(api.mutex);
        return api.watches["nodes"];
    };
    for (int i = 0; i < 3; ++i) {
        const auto before = watches();
        api.put(kubePod("kube-system", "other-" + std::to_string(i), "node-1", 0));
        QTRY_VERIFY_WITH_TIMEOUT(watches() > before, 10'000);
        api.compact();
    }
    api.put(kubeNode("node-new", 4));
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(), std::uint64_t(29 * 8 + 4), 10'000);
    QTRY_COMPARE(listener.stands().second, QString());
    const std::lock_guard lock(api.mutex);
    QVERIFY(api.lists["nodes"] <= 3);
}

void TestKubeSource::whatIsTooOldIsListedAnew_data()
{
    QTest::addColumn<bool>("status");
    QTest::newRow("an ERROR event") << false;
    QTest::newRow("a status") << true;
}

void TestKubeSource::whatIsTooOldIsListedAnew()
{
    QFETCH(bool, status);
    KubeApi api;
    fill(api);
    api.tooOldIsStatus = status;
    Listener listener;
    const auto source = start(api.url(), listener);
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy), std::uint64_t(120), 10'000);
    {
        // Not to be known from a watch: it happens, and is forgotten.
        api.closeWatches(false);
        api.put(kubePod("train", "late", "node-25", 8));
        api.remove("nodes", "node-28");
        api.compact();
    }
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy), std::uint64_t(128), 10'000);
    QTRY_COMPARE(listener.count(), std::uint64_t(28 * 8));
    QTRY_COMPARE(listener.stands().second, QString());
}

void TestKubeSource::aPageThatIsTooOldBeginsTheListAnew()
{
    KubeApi api;
    fill(api);
    api.insteadOf["nodes"] = KubeApi::status(410, "Expired", "The provided continue parameter is too old to display a consistent list result.");
    Listener listener;
    const auto source = start(api.url(), listener);
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy), std::uint64_t(120), 10'000);
    QTRY_COMPARE(listener.stands().second, QString());
}

void TestKubeSource::whatIsWrongIsToldApart_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("ending");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, int status, const char* type, const QByteArray& body, const char* says, HttpReply::Ending ending = HttpReply::Ending::Whole) {
        QTest::newRow(name) << status << QByteArray(type) << body << static_cast<int>(ending) << QString::fromLatin1(says);
    };
    row("nobody in particular", 401, "application/json", KubeApi::status(401, "Unauthorized", "Unauthorized").body, "does not accept these credentials (401): Unauthorized");
    row("overloaded", 429, "application/json", KubeApi::status(429, "TooManyRequests", "The request is rate limited").body, "asks for patience (429)");
    row("in trouble", 500, "application/json", KubeApi::status(500, "InternalError", "etcdserver: leader changed").body, "the API server fails (500): etcdserver: leader changed");
    row("a proxy in trouble", 502, "text/html", "<html>Bad gateway</html>", "a proxy before it is in trouble (502)");
    row("a web page", 200, "text/html", "<html></html>", "no Kubernetes API server: it sends text/html");
    row("another API", 200, "application/json", R"({"message":"hello"})", "no list of nodes");
    row("another path", 404, "text/plain", "404 page not found", "no Kubernetes API server (404)");
    row("another address", 302, "text/html", "", "sends elsewhere (302)");
    row("half an answer", 200, "application/json", R"({"kind":"NodeList","metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"a)", "cut off");
    row("half a body", 200, "application/json", R"({"kind":"NodeList","metadata":{"resourceVersion":"1"},"items":[]})", "hung up before its answer was whole", HttpReply::Ending::Half);
    row("silence", 200, "application/json", "", "no answer in time", HttpReply::Ending::Silence);
    row("nothing", 200, "application/json", "", "hung up", HttpReply::Ending::HangUp);
}

void TestKubeSource::whatIsWrongIsToldApart()
{
    QFETCH(int, status);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, body);
    QFETCH(int, ending);
    QFETCH(QString, says);
    KubeApi api;
    api.instead = HttpReply { .status = status, .type = type, .body = body, .headers = status == 429 ? "Retry-After: 1\r\n" : "", .ending = static_cast<HttpReply::Ending>(ending) };
    Listener listener;
    const auto source = start(api.url(), listener, [](KubeOptions& it) { it.timeout = 300ms; });
    QTRY_COMPARE_WITH_TIMEOUT(listener.stands().first, Connection::Failing, 10'000);
    QVERIFY2(listener.stands().second.contains(says), qPrintable(listener.stands().second));
    // It was only for a while.
    fill(api);
    {
        const std::lock_guard lock(api.mutex);
        api.instead.reset();
    }
    source->reconnect();
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy), std::uint64_t(120), 20'000);
    QTRY_COMPARE_WITH_TIMEOUT(listener.stands().first, Connection::Live, 10'000);
    QTRY_COMPARE(listener.stands().second, QString());
}

void TestKubeSource::aServerThatDiesAndComesBackIsSeen()
{
    KubeApi api;
    fill(api);
    Listener listener;
    const auto source = start(api.url(), listener);
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy), std::uint64_t(120), 10'000);
    {
        const std::lock_guard lock(api.mutex);
        api.instead = HttpReply { .body = {}, .headers = {}, .ending = HttpReply::Ending::HangUp };
    }
    api.closeWatches(false);
    QTRY_COMPARE_WITH_TIMEOUT(listener.stands().first, Connection::Failing, 10'000);
    const auto observed = listener.shown()->observed(0);
    // What it knew is there and grows old.
    QCOMPARE(listener.count(GpuState::Busy), std::uint64_t(120));
    api.put(kubePod("train", "late", "node-25", 8));
    {
        const std::lock_guard lock(api.mutex);
        api.instead.reset();
    }
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy), std::uint64_t(128), 20'000);
    QTRY_COMPARE(listener.stands().first, Connection::Live);
    QVERIFY(listener.shown()->observed(0) > observed);
}

void TestKubeSource::aServerThatFallsSilentIsNoticed()
{
    KubeApi api;
    fill(api);
    Listener listener;
    const auto source = start(api.url(), listener, [](KubeOptions& it) { it.timeout = 300ms; });
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy), std::uint64_t(120), 10'000);
    // While nothing happens it is known that nothing happens.
    const auto observed = listener.shown()->observed(0);
    QTRY_VERIFY_WITH_TIMEOUT(listener.shown()->observed(0) > observed, 10'000);
    {
        const std::lock_guard lock(api.mutex);
        api.instead = HttpReply { .body = {}, .headers = {}, .ending = HttpReply::Ending::Silence };
    }
    QTRY_COMPARE_WITH_TIMEOUT(listener.stands().first, Connection::Failing, 10'000);
    QVERIFY2(listener.stands().second.contains(QLatin1String("no answer in time")), qPrintable(listener.stands().second));
    {
        const std::lock_guard lock(api.mutex);
        api.instead.reset();
    }
    QTRY_COMPARE_WITH_TIMEOUT(listener.stands().first, Connection::Live, 10'000);
    QTRY_COMPARE(listener.stands().second, QString());
}

void TestKubeSource::aWatchThatHearsNothingMoreIsBegunAnew()
{
    KubeApi api;
    fill(api);
    Listener listener;
    const auto source = start(api.url(), listener, [](KubeOptions& it) {
        it.watch = 1s;
        it.timeout = 300ms;
    });
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy), std::uint64_t(120), 10'000);
    const auto setDeaf = [&](bool deaf) {
        const std::lock_guard lock(api.mutex);
        api.deaf = deaf;
    };
    setDeaf(true);
    api.put(kubePod("train", "late", "node-25", 8));
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy), std::uint64_t(128), 10'000);
    setDeaf(false);
    QTRY_COMPARE_WITH_TIMEOUT(listener.stands().second, QString(), 10'000);
    QCOMPARE(listener.stands().first, Connection::Live);
}

void TestKubeSource::aWatchThatSendsNonsenseIsBegunAnew()
{
    KubeApi api;
    fill(api);
    Listener listener;
    const auto source = start(api.url(), listener);
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy), std::uint64_t(120), 10'000);
    const auto openWatches = [&] {
        const std::lock_guard lock(api.mutex);
        return api.open;
    };
    for (const char* nonsense : { "<html>Sign in</html>\n", "{\"type\":\"ADDED\"}\n", "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":500,\"reason\":\"InternalError\",\"message\":\"etcd\"}}\n" }) {
        QTRY_COMPARE_WITH_TIMEOUT(openWatches(), 2, 10'000);
        api.sayToWatches(nonsense);
        const auto name = "late-" + std::to_string(qHash(QByteArray(nonsense)) % 1000);
        api.put(kubePod("train", name, "node-25", 8));
        QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy), std::uint64_t(128), 10'000);
        api.remove("pods", "train/" + name);
        QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy), std::uint64_t(120), 10'000);
        api.closeWatches(true);
        QTRY_COMPARE_WITH_TIMEOUT(listener.stands().second, QString(), 10'000);
    }
}

void TestKubeSource::telemetryIsJoinedByNode()
{
    if (!test::PrometheusServer::isInstalled())
        QSKIP("prometheus is not installed");
    KubeApi api;
    // Of ten nodes eight have an exporter; two more exporters are another cluster's.
    for (int n = 0; n < 10; ++n) {
        api.put(kubeNode("node-" + std::to_string(n)));
        api.put(kubePod("infer", "p-" + std::to_string(n), "node-" + std::to_string(n), 4));
    }
    auto cordoned = kubeNode("node-3");
    cordoned["spec"]["unschedulable"] = true;
    api.put(cordoned);
    const test::HttpServer pages([](const test::HttpQuestion&) {
        QByteArray text;
        for (const char* metric : { "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE", "DCGM_FI_DEV_GPU_TEMP", "DCGM_FI_DEV_POWER_USAGE", "DCGM_FI_DEV_XID_ERRORS" })
            for (int n = 2; n < 12; ++n)
                for (int g = 0; g < 8; ++g) {
                    const bool isHeld = g < 4, isUtilisation = metric[12] == 'G' && metric[16] == 'U';
                    text += QByteArray(metric) + "{gpu=\"" + QByteArray::number(g) + "\",UUID=\"GPU-" + QByteArray::number(n) + "-" + QByteArray::number(g) + "\",modelName=\"NVIDIA H100 80GB HBM3\",Hostname=\"node-" + QByteArray::number(n) + "\",cluster=\"prod\""
                        + (isHeld ? ",namespace=\"infer\",pod=\"p-" + QByteArray::number(n) + "\",container=\"main\"" : QByteArray()) + "} " + QByteArray::number(isUtilisation ? (isHeld ? 75 : 0) : metric[12] == 'X' ? (n == 5 && g == 7 ? 79 : 0) : QByteArray(metric).endsWith("FREE") ? 8'000 : 50) + "\n";
                }
        return HttpReply { .type = "text/plain; version=0.0.4", .body = text, .headers = {} };
    });
    test::PrometheusServer store;
    QVERIFY(store.start("  - job_name: dcgm\n    honor_labels: true\n    static_configs:\n      - targets: ['" + QByteArray::fromStdString(pages.url()).mid(7) + "']\n"));
    Listener listener;
    const auto source = start(api.url(), listener, [&](KubeOptions& it) {
        it.telemetry.url = store.url();
        it.telemetry.every = 100ms;
        it.telemetry.rediscoverAfter = 200ms;
        it.staleAfter = 2s;
    });
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy, "chat"), std::uint64_t(8 * 4), 30'000);
    QCOMPARE(listener.count(), std::uint64_t(80));
    QTRY_VERIFY2(listener.stands().second.isEmpty(), qPrintable(listener.stands().second));
    // Held, and nobody measures them.
    QCOMPARE(listener.count(GpuState::Unknown, "chat"), std::uint64_t(2 * 4));
    QCOMPARE(listener.count(GpuState::Draining), std::uint64_t(4));
    QCOMPARE(listener.count(GpuState::Unhealthy), std::uint64_t(1));
    QCOMPARE(listener.count(GpuState::Free), std::uint64_t(80 - 40 - 4 - 1));
    QCOMPARE(listener.count({}, {}, "aws"), std::uint64_t(80));
    QCOMPARE(listener.shown()->total().utilisation.sum, std::uint64_t(75 * 32));
    // A node goes: so do its GPUs, whatever its exporter says.
    api.remove("nodes", "node-9");
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(), std::uint64_t(72), 10'000);
    // The store dies: nodes and pods are known all the same, and what was measured is not.
    store.kill();
    QTRY_VERIFY2_WITH_TIMEOUT(listener.stands().second.contains(QLatin1String("refused")), qPrintable(listener.stands().second), 10'000);
    QCOMPARE(listener.stands().first, Connection::Live);
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Unknown), std::uint64_t(7 * 8 + 8), 20'000);
    QCOMPARE(listener.count(GpuState::Free), std::uint64_t(8));
}

void TestKubeSource::demandAndServiceLevelsAreToldTogether()
{
    KubeApi api;
    api.put(kubeNode("node-0"));
    api.put(kubePod("infer", "p", "node-0", 4));
    api.put(kubePod("train", "waits", {}, 16));
    // A store that vLLM is scraped into, and nothing else.
    std::atomic<int> running = 3;
    std::atomic<bool> hangs = false;
    const test::HttpServer store([&](const test::HttpQuestion& question) {
        const auto query = QByteArray::fromPercentEncoding(question.body).replace('+', ' ');
        const auto series = query.contains("\"metric\"") ? QByteArray(R"({"metric":{"metric":"vllm:num_requests_running"},"value":[1,"1"]})")
            : query.contains("(vllm:num_requests_running)") && running > 0 ? R"({"metric":{"namespace":"infer","pod":"p","model_name":"llama","cluster":"prod"},"value":[1,")" + QByteArray::number(running.load()) + "\"]}"
                                                                            : QByteArray();
        return HttpReply { .body = R"({"status":"success","data":{"resultType":"vector","result":[)" + series + "]}}", .headers = {}, .ending = hangs ? HttpReply::Ending::Silence : HttpReply::Ending::Whole };
    });
    Listener listener;
    const auto source = start(api.url(), listener, [&](KubeOptions& it) {
        it.telemetry.url = store.url();
        it.telemetry.every = 50ms;
        it.telemetry.timeout = 200ms;
        it.staleAfter = 1s;
    });
    const auto told = [&] {
        const std::lock_guard lock(listener.mutex);
        QStringList made;
        for (const auto& it : listener.demand)
            made << QString::fromStdString(it.workload) + QLatin1Char(' ') + QString::number(it.gpusUnmet);
        for (const auto& it : listener.service)
            made << QString::fromStdString(it.workload + " at " + it.cluster) + QLatin1Char(' ') + QString::number(it.running.value_or(-1));
        return made.join(QStringLiteral(", "));
    };
    QTRY_COMPARE_WITH_TIMEOUT(told(), QStringLiteral("chat 0, train 16, chat at k8s 3"), 10'000);
    // What happens to pods takes nothing from the other.
    api.put(kubePod("train", "waits-too", {}, 8));
    QTRY_COMPARE_WITH_TIMEOUT(told(), QStringLiteral("chat 0, train 24, chat at k8s 3"), 10'000);
    running = 7;
    QTRY_COMPARE_WITH_TIMEOUT(told(), QStringLiteral("chat 0, train 24, chat at k8s 7"), 10'000);
    // Who says nothing for long says nothing of now.
    hangs = true;
    QTRY_COMPARE_WITH_TIMEOUT(told(), QStringLiteral("chat 0, train 24"), 10'000);
    hangs = false;
    QTRY_COMPARE_WITH_TIMEOUT(told(), QStringLiteral("chat 0, train 24, chat at k8s 7"), 10'000);
    running = 0;
    QTRY_COMPARE_WITH_TIMEOUT(told(), QStringLiteral("chat 0, train 24"), 10'000);
}

void TestKubeSource::aStoreThatHangsHoldsUpNoNodes()
{
    KubeApi api;
    api.put(kubeNode("node-0"));
    api.put(kubePod("infer", "p", "node-0", 4));
    const test::HttpServer store([](const test::HttpQuestion&) { return HttpReply { .body = {}, .headers = {}, .ending = HttpReply::Ending::Silence }; });
    Listener listener;
    const auto source = start(api.url(), listener, [&](KubeOptions& it) {
        it.telemetry.url = store.url();
        it.telemetry.timeout = 60s;
        it.storePatience = 200ms;
    });
    QTRY_COMPARE(listener.count(GpuState::Free), std::uint64_t(4));
    QCOMPARE(listener.count(GpuState::Unknown, "chat"), std::uint64_t(4));
    QTRY_VERIFY2(listener.stands().second.contains(QLatin1String("the store of its telemetry has not answered yet")), qPrintable(listener.stands().second));
    QCOMPARE(listener.stands().first, Connection::Live);
    QVERIFY2(listener.missing().contains(QLatin1String("telemetry")), qPrintable(listener.missing()));
}

void TestKubeSource::tenMinutesOfChurnEndInTheServersState()
{
    KubeApi api;
    fill(api);
    Listener listener;
    const auto source = start(api.url(), listener, [](KubeOptions& it) { it.watch = 1s; });
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy), std::uint64_t(120), 10'000);
    std::minstd_rand random(7);
    const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    std::map<std::string, Json> pods;
    const auto nodeNames = [&] {
        std::vector<std::string> names;
        for (const auto& node : api.objects("nodes"))
            names.push_back(node["metadata"]["name"]);
        return names;
    };
    // A second each.
    for (int second = 0; second < 600; ++second) {
        const auto names = nodeNames();
        const auto some = names[static_cast<std::size_t>(below(static_cast<int>(names.size())))];
        switch (below(10)) {
        case 0: api.put(kubeNode("node-" + std::to_string(100 + second), 1 << below(4), below(2) == 0 ? "gce://p/europe-west4-b/x" : "aws:///us-west-2c/i-1")); break;
        case 1:
            if (names.size() > 20)
                api.remove("nodes", some);
            break;
        case 2: {
            auto node = kubeNode(some);
            node["spec"]["unschedulable"] = below(2) == 0;
            node["status"]["conditions"][1]["status"] = below(4) == 0 ? "False" : "True";
            api.put(node);
            break;
        }
        case 3: case 4: case 5: {
            auto pod = kubePod(below(2) == 0 ? "infer" : "train", "c-" + std::to_string(second), below(3) == 0 ? std::string() : some, 1 + below(3));
            pods[pod["metadata"]["name"]] = pod;
            api.put(pod);
            break;
        }
        case 6: case 7:
            if (!pods.empty()) {
                auto it = pods.begin();
                std::advance(it, below(static_cast<int>(pods.size())));
                auto pod = it->second;
                pod["status"]["phase"] = below(2) == 0 ? "Succeeded" : "Failed";
                api.put(pod);
                pods.erase(it);
            }
            break;
        case 8:
            if (!pods.empty()) {
                api.remove("pods", pods.begin()->second["metadata"]["namespace"].get<std::string>() + "/" + pods.begin()->first);
                pods.erase(pods.begin());
            }
            break;
        default:
            if (below(5) == 0) {
                api.closeWatches(below(2) == 0);
                if (below(2) == 0)
                    api.compact();
            }
        }
        QTest::qWait(3);
    }
    // Counted independently, from the server's own objects.
    std::uint64_t gpus = 0, held = 0, draining = 0, unknown = 0;
    for (const auto& node : api.objects("nodes")) {
        const auto& capacity = node["status"]["capacity"];
        const std::uint64_t size = capacity.contains("nvidia.com/gpu") ? std::stoul(capacity["nvidia.com/gpu"].get<std::string>()) : 0;
        std::uint64_t taken = 0;
        for (const auto& pod : api.objects("pods"))
            if (pod["spec"].contains("nodeName") && pod["spec"]["nodeName"] == node["metadata"]["name"] && pod["status"]["phase"] == "Running" && pod["spec"]["containers"][0]["resources"]["limits"].contains("nvidia.com/gpu"))
                taken += std::stoul(pod["spec"]["containers"][0]["resources"]["limits"]["nvidia.com/gpu"].get<std::string>());
        taken = std::min(taken, size);
        gpus += size;
        if (node["status"]["conditions"][1]["status"] != "True")
            unknown += size;
        else {
            held += taken;
            if (node["spec"].value("unschedulable", false))
                draining += size - taken;
        }
    }
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(), gpus, 20'000);
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy), held, 20'000);
    QTRY_COMPARE(listener.count(GpuState::Draining), draining);
    QTRY_COMPARE(listener.count(GpuState::Unknown), unknown);
    QCOMPARE(listener.count(GpuState::Free), gpus - held - draining - unknown);
    std::uint64_t waiting = 0, asked = 0;
    for (const auto& pod : api.objects("pods"))
        if (!pod["spec"].contains("nodeName") && pod["status"]["phase"] == "Pending")
            waiting += std::stoul(pod["spec"]["containers"][0]["resources"]["limits"]["nvidia.com/gpu"].get<std::string>());
    const auto shown = listener.shown();
    for (const auto& it : shown->demand())
        asked += it.gpusUnmet;
    QCOMPARE(asked, waiting);
}

QTEST_GUILESS_MAIN(TestKubeSource)
#include "tst_kubesource.moc"
