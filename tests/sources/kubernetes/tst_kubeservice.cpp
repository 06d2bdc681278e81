// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTemporaryDir>
#include <QTest>

#include "kubeobjects.h"
#include "kubernetes/kubeservice.h"
#include "support/sourcelistener.h"

using namespace penstock;
using namespace std::chrono_literals;
using Listener = test::SourceListener;
using test::HttpReply;
using test::HttpServer;
using test::Json;
using test::KubeApi;

namespace {

QByteArray answerOf(const char* host, int gpus)
{
    QByteArray text;
    for (int g = 0; g < gpus; ++g)
        text += "DCGM_FI_DEV_GPU_UTIL{gpu=\"" + QByteArray::number(g) + "\",UUID=\"GPU-" + host + QByteArray::number(g) + "\",modelName=\"Tesla T4\",Hostname=\"" + host + "\",pod=\"p\"} 50\n";
    return text;
}

/// An exporter of a node, and the slice of the service that names it.
struct Exporter
{
    explicit Exporter(const char* host, int gpus = 8)
        : server([text = answerOf(host, gpus)](const test::HttpQuestion&) { return HttpReply { .type = "text/plain; version=0.0.4", .body = text, .headers = {} }; })
    {
    }
    [[nodiscard]] Json slice(const std::string& name, const std::string& service = "dcgm", bool ends = false) const
    {
        const auto port = std::stoi(server.url().substr(server.url().rfind(':') + 1));
        return { { "kind", "EndpointSlice" }, { "apiVersion", "discovery.k8s.io/v1" }, { "metadata", { { "name", name }, { "namespace", "gpu" }, { "labels", { { "kubernetes.io/service-name", service } } } } }, { "addressType", "IPv4" },
            { "endpoints", Json::array({ { { "addresses", Json::array({ "127.0.0.1" }) }, { "conditions", { { "ready", !ends }, { "terminating", ends } } } } }) },
            { "ports", Json::array({ { { "name", "gpu-metrics" }, { "port", port }, { "protocol", "TCP" } } }) } };
    }
    HttpServer server;
};

Json service() { return { { "kind", "Service" }, { "apiVersion", "v1" }, { "metadata", { { "name", "dcgm" }, { "namespace", "gpu" } } } }; }

} // namespace

/// Exporters behind a service of a cluster.
class TestKubeService final : public QObject
{
    Q_OBJECT

private slots:
    void slicesAreAddresses();
    void exportersAreFollowedAsPodsComeAndGo();
    void aNodeWhoseExporterLeavesIsNotGone();
    void aWatchThatIsRefusedCostsOnlyTime();
    void whatIsWrongIsToldApart_data();
    void whatIsWrongIsToldApart();
    void exportersGoOnWithoutTheApiServer();

private:
    [[nodiscard]] std::unique_ptr<Source> start(const std::string& server, Listener& listener, std::chrono::milliseconds watch = 30s)
    {
        QFile file(m_folder.filePath(QStringLiteral("kubeconfig")));
        if (!file.open(QIODevice::WriteOnly) || file.write(test::kubeconfigOf(server)) < 0)
            qFatal("no kubeconfig");
        file.close();
        auto followed = std::make_shared<KubeService>(KubeServiceOptions { .kubeconfig = file.fileName().toStdString(), .nameSpace = "gpu", .service = "dcgm", .watch = watch, .pause = 20ms, .timeout = 2s });
        auto source = makeDcgmSource({ .targets = {}, .directory = [followed](const std::stop_token& stop) { return followed->next(stop); }, .ca = {}, .place = { "aws", "us-east-1", "eks" }, .workloads = {}, .every = 20ms, .timeout = 500ms, .staleAfter = 400ms },
            std::make_shared<HttpClient>());
        source->start(listener);
        return source;
    }
    QTemporaryDir m_folder;
};

void TestKubeService::slicesAreAddresses()
{
    const auto read = [](const QByteArray& items, int port = 0) {
        const auto page = readEndpointSlices("{\"kind\":\"EndpointSliceList\",\"metadata\":{\"resourceVersion\":\"7\",\"continue\":\"more\"},\"items\":[" + items.toStdString() + "]}", port);
        return page ? page->addresses : std::set<std::string> { page.error().text() };
    };
    using Set = std::set<std::string>;
    const QByteArray endpoints = "\"endpoints\":[{\"addresses\":[\"10.0.0.1\"],\"conditions\":{}},{\"addresses\":[\"10.0.0.2\"],\"conditions\":{\"ready\":false}},{\"addresses\":[\"10.0.0.3\"],\"conditions\":{\"ready\":false,\"terminating\":true}}]";
    const QByteArray ports = "\"ports\":[{\"name\":\"udp\",\"port\":53,\"protocol\":\"UDP\"},{\"name\":\"web\",\"port\":80},{\"name\":\"metrics\",\"port\":9400,\"protocol\":\"TCP\"}]";
    // Who is not ready is asked, who ends is not.
    QVERIFY(read("{" + endpoints + "," + ports + "}") == (Set { "http://10.0.0.1:9400", "http://10.0.0.2:9400" }));
    QVERIFY(read("{" + endpoints + "," + ports + "}", 80) == (Set { "http://10.0.0.1:80", "http://10.0.0.2:80" }));
    QVERIFY(read("{" + endpoints + "," + ports + "}", 9999) == (Set { "http://10.0.0.1:9999", "http://10.0.0.2:9999" }));
    QVERIFY(read("{" + endpoints + ",\"ports\":[]}") == Set {});
    QVERIFY(read("{\"addressType\":\"IPv6\",\"endpoints\":[{\"addresses\":[\"fd00::1\"]}],\"ports\":[{\"name\":\"https-metrics\",\"port\":9443}]}") == Set { "https://[fd00::1]:9443" });
    QVERIFY(read("{\"endpoints\":[{\"addresses\":[\"evil/?x=\"]},{\"addresses\":[7]}],\"ports\":[{\"port\":9400}]}") == Set {});
    const auto page = readEndpointSlices(R"({"kind":"EndpointSliceList","metadata":{"resourceVersion":"7","continue":"more"},"items":[]})", 0);
    QVERIFY(page && page->version == "7" && page->next == "more");
    for (const char* wrong : { "", "{", "[]", "{\"kind\":\"PodList\",\"items\":[]}", "{\"kind\":\"EndpointSliceList\",\"items\":7}" })
        QVERIFY(!readEndpointSlices(wrong, 0));
}

void TestKubeService::exportersAreFollowedAsPodsComeAndGo()
{
    KubeApi api;
    const Exporter a("a"), b("b", 4), other("c");
    api.put(service());
    api.put(a.slice("s1"));
    api.put(other.slice("s9", "another"));
    Listener listener;
    const auto source = start(api.url(), listener);
    QTRY_COMPARE(listener.count(), std::uint64_t { 8 });
    QTRY_COMPARE(listener.stands(), std::pair(Connection::Live, QString()));
    api.put(b.slice("s2"));
    QTRY_COMPARE(listener.count(), std::uint64_t { 12 });
    // The pod of a node is replaced by another: the node stays what it was.
    {
        const Exporter again("a");
        api.put(a.slice("s1", "dcgm", true));
        api.put(again.slice("s3"));
        QTRY_COMPARE(listener.count(GpuState::Unknown), std::uint64_t { 0 });
        api.remove("endpointslices", "gpu/s1");
        QTRY_COMPARE(listener.shown()->structure().nodes.size(), std::size_t { 2 });
        QTRY_COMPARE(listener.count(GpuState::Busy), std::uint64_t { 12 });
        QCOMPARE(listener.stands(), std::pair(Connection::Live, QString()));
    }
    // That one goes as well, and the first comes back under its address.
    QTRY_VERIFY(listener.stands().second.contains(QLatin1String("1 of 2 targets do not answer")));
    api.remove("endpointslices", "gpu/s3");
    api.put(a.slice("s1"));
    QTRY_COMPARE(listener.stands(), std::pair(Connection::Live, QString()));
    QTRY_COMPARE(listener.count(GpuState::Busy), std::uint64_t { 12 });
    QCOMPARE(listener.shown()->structure().nodes.size(), std::size_t { 2 });
}

void TestKubeService::aNodeWhoseExporterLeavesIsNotGone()
{
    KubeApi api;
    const Exporter a("a"), b("b", 4);
    api.put(service());
    api.put(a.slice("s1"));
    api.put(b.slice("s2"));
    Listener listener;
    const auto source = start(api.url(), listener);
    QTRY_COMPARE(listener.count(GpuState::Busy), std::uint64_t { 12 });
    api.remove("endpointslices", "gpu/s2");
    QTRY_COMPARE(listener.count(GpuState::Unknown), std::uint64_t { 4 });
    QCOMPARE(listener.count(), std::uint64_t { 12 });
    QCOMPARE(listener.stands(), std::pair(Connection::Live, QString()));
}

void TestKubeService::aWatchThatIsRefusedCostsOnlyTime()
{
    KubeApi api;
    api.denied = { { "watch", "endpointslices" } };
    const Exporter a("a"), b("b", 4);
    api.put(a.slice("s1"));
    Listener listener;
    const auto source = start(api.url(), listener, 600ms);
    QTRY_COMPARE(listener.count(), std::uint64_t { 8 });
    api.put(b.slice("s2"));
    QTRY_COMPARE(listener.count(), std::uint64_t { 12 });
    QCOMPARE(listener.stands(), std::pair(Connection::Live, QString()));
}

void TestKubeService::whatIsWrongIsToldApart_data()
{
    QTest::addColumn<bool>("hasService");
    QTest::addColumn<QString>("denied");
    QTest::addColumn<QString>("says");
    QTest::addColumn<QString>("hint");
    QTest::newRow("it may not be read") << true << "list endpointslices" << "the exporters of service gpu/dcgm are not known: this user may not list endpointslices (403)" << "apply the Role of docs/dcgm.md in namespace gpu";
    QTest::newRow("there is none") << false << "" << "there is no service gpu/dcgm" << "correct targets_from";
    QTest::newRow("nobody is behind it") << true << "" << "no pod is behind service gpu/dcgm" << "does its selector match them?";
    QTest::newRow("nobody can tell which") << false << "get services" << "no pod is behind service gpu/dcgm, or it does not exist: this user may not get services" << "kubectl get services";
}

void TestKubeService::whatIsWrongIsToldApart()
{
    QFETCH(bool, hasService);
    QFETCH(QString, denied);
    QFETCH(QString, says);
    QFETCH(QString, hint);
    KubeApi api;
    const Exporter a("a");
    if (hasService)
        api.put(service());
    if (!denied.isEmpty())
        api.denied = { { denied.section(QLatin1Char(' '), 0, 0).toStdString(), denied.section(QLatin1Char(' '), 1).toStdString() } };
    Listener listener;
    const auto source = start(api.url(), listener);
    QTRY_COMPARE(listener.stands().first, Connection::Failing);
    {
        const std::lock_guard lock(listener.mutex);
        QVERIFY2(QString::fromStdString(listener.error->what).startsWith(says), listener.error->text().c_str());
        QVERIFY2(QString::fromStdString(listener.error->hint).contains(hint), listener.error->text().c_str());
    }
    // It gets well by itself.
    {
        const std::lock_guard lock(api.mutex);
        api.denied.clear();
    }
    api.put(a.slice("s1"));
    QTRY_COMPARE(listener.count(), std::uint64_t { 8 });
    QTRY_COMPARE(listener.stands(), std::pair(Connection::Live, QString()));
}

void TestKubeService::exportersGoOnWithoutTheApiServer()
{
    KubeApi api;
    const Exporter a("a");
    api.put(a.slice("s1"));
    Listener listener;
    const auto source = start(api.url(), listener, 1s);
    QTRY_COMPARE(listener.count(), std::uint64_t { 8 });
    {
        const std::lock_guard lock(api.mutex);
        api.instead = HttpReply { .status = 503, .type = "text/html", .body = "<html>", .headers = {} };
    }
    api.closeWatches(false);
    // What it does not know is that a node has come.
    QTRY_VERIFY2(listener.stands().second.contains(QLatin1String("the exporters of service gpu/dcgm are not known: the API server or a proxy before it is in trouble (503)")), qPrintable(listener.stands().second));
    QCOMPARE(listener.stands().first, Connection::Live);
    const int before = listener.frames;
    QTRY_VERIFY(listener.frames > before + 5);
    QCOMPARE(listener.count(GpuState::Busy), std::uint64_t { 8 });
    {
        const std::lock_guard lock(api.mutex);
        api.instead.reset();
    }
    QTRY_COMPARE(listener.stands(), std::pair(Connection::Live, QString()));
}

QTEST_GUILESS_MAIN(TestKubeService)
#include "tst_kubeservice.moc"
