// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>
#include <deque>
#include <mutex>

#include "engine/trouble.h"
#include "prometheus/promstore.h"
#include "support/httpserver.h"
#include "support/prometheusserver.h"
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

/// What kube-state-metrics says of a node.
struct Node
{
    QByteArray name;
    int capacity = 8, allocatable = 8;
    bool ready = true, cordoned = false;
    QByteArray labels {}; ///< ",label_node_kubernetes_io_instance_type=..."
    QByteArray resource = "nvidia_com_gpu", providerId = "aws:///us-east-1a/i-0";
    QByteArray taint {};

    [[nodiscard]] QByteArray text() const
    {
        const auto who = "node=\"" + name + "\"", resources = "{" + who + ",resource=\"" + resource + "\",unit=\"integer\"} ";
        QByteArray made = "kube_node_info{" + who + ",provider_id=\"" + providerId + "\"} 1\nkube_node_labels{" + who + labels + "} 1\nkube_node_status_capacity" + resources + QByteArray::number(capacity) + "\nkube_node_status_allocatable" + resources
            + QByteArray::number(allocatable) + "\nkube_node_spec_unschedulable{" + who + "} " + (cordoned ? "1" : "0") + "\n";
        for (const char* status : { "true", "false", "unknown" })
            made += "kube_node_status_condition{" + who + ",condition=\"Ready\",status=\"" + status + "\"} " + (ready == (status == QByteArray("true")) && status != QByteArray("unknown") ? "1" : "0") + "\n";
        if (!taint.isEmpty())
            made += "kube_node_spec_taint{" + who + ",key=\"" + taint + "\",value=\"\",effect=\"NoSchedule\"} 1\n";
        return made;
    }
};

/// A pod that holds GPUs of a node, or waits where that is empty.
QByteArray pod(const QByteArray& name, const QByteArray& node, int gpus, const QByteArray& resource = "nvidia_com_gpu")
{
    const auto who = "namespace=\"infer\",pod=\"" + name + "\",uid=\"u-" + name + "\"";
    return "kube_pod_container_resource_requests{" + who + ",container=\"main\",node=\"" + node + "\",resource=\"" + resource + "\",unit=\"integer\"} " + QByteArray::number(gpus) + "\nkube_pod_status_phase{" + who + ",phase=\""
        + (node.isEmpty() ? "Pending" : "Running") + "\"} 1\n";
}

/// One metric of a GPU.
QByteArray series(const QByteArray& metric, const QByteArray& host, int gpu, int value, const QByteArray& labels = {}, const QByteArray& hostLabel = "Hostname")
{
    return metric + "{gpu=\"" + QByteArray::number(gpu) + "\",UUID=\"GPU-" + host + "-" + QByteArray::number(gpu) + "\",modelName=\"NVIDIA H100 80GB HBM3\"," + hostLabel + "=\"" + host + "\"" + labels + "} " + QByteArray::number(value) + "\n";
}

constexpr auto held = ",namespace=\"infer\",pod=\"p\",container=\"main\"";

/// The GPUs of a host, as its exporter shows them.
QByteArray gpus(const QByteArray& host, int number, const QByteArray& labels = {}, int utilisation = 0, int memoryUsed = 0)
{
    QByteArray made;
    for (const char* metric : { "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE", "DCGM_FI_DEV_XID_ERRORS" })
        for (int g = 0; g < number; ++g)
            made += series(metric, host, g, QByteArray(metric).endsWith("FREE") ? 81'000 - memoryUsed : QByteArray(metric).endsWith("USED") ? memoryUsed : QByteArray(metric).endsWith("UTIL") ? utilisation : 0, labels);
    return made;
}

/// A real store that scrapes exporters and kube-state-metrics, which show nothing at first.
class Scraper
{
public:
    [[nodiscard]] bool start(ScrapeJob cluster = { .name = "kube", .url = {}, .path = "/kube", .honours = true })
    {
        cluster.url = m_pages.url();
        return m_server.start(ScrapeJob { .name = "dcgm", .url = m_pages.url(), .labels = exporterLabels }.text() + cluster.text());
    }
    void show(const QByteArray& exporters, const std::optional<QByteArray>& cluster) ///< without cluster it answers 503
    {
        const std::lock_guard lock(m_mutex);
        m_exporters = exporters;
        m_cluster = cluster;
    }
    [[nodiscard]] std::string url() const { return m_server.url(); }

private:
    HttpReply page(const HttpQuestion& question)
    {
        const std::lock_guard lock(m_mutex);
        const bool isCluster = question.path.startsWith("/kube");
        return HttpReply { .status = isCluster && !m_cluster ? 503 : 200, .type = "text/plain; version=0.0.4", .body = isCluster ? m_cluster.value_or("away") : m_exporters, .headers = {} };
    }
    std::mutex m_mutex;
    QByteArray m_exporters;
    std::optional<QByteArray> m_cluster { QByteArray() };
    const HttpServer m_pages { [this](const HttpQuestion& question) { return page(question); } };
    PrometheusServer m_server;
};

/// Prometheus begins to scrape 5 s after its start: those of the next tests are started ahead.
std::deque<std::unique_ptr<Scraper>> ahead;

std::unique_ptr<Scraper> nextScraper()
{
    while (ahead.size() < 5) {
        ahead.push_back(std::make_unique<Scraper>());
        if (!ahead.back()->start())
            return {};
    }
    auto next = std::move(ahead.front());
    ahead.pop_front();
    return next;
}

/// What such a store holds, and a source that asks it.
constexpr auto patience = 30'000;

class Store
{
public:
    Store(QByteArray exporters, QByteArray cluster, std::uint64_t aggregateAbove = 1'000'000) : m_exporters(std::move(exporters)), m_cluster(std::move(cluster)), m_aggregateAbove(aggregateAbove) { }
    [[nodiscard]] bool start() { return (m_scraper = nextScraper()) && ask(); }
    [[nodiscard]] bool start(const ScrapeJob& cluster)
    {
        m_scraper = std::make_unique<Scraper>();
        return m_scraper->start(cluster) && ask();
    }
    void show(const QByteArray& exporters, const std::optional<QByteArray>& cluster) { m_scraper->show(exporters, cluster); }
    [[nodiscard]] QString counts() ///< "busy 1, free 3", without those of which there are none
    {
        QStringList made;
        const auto shown = listener.shown();
        for (const auto state : gpuStatesInOrder)
            if (const auto gpus = shown->tally({ .scope = {}, .model = {}, .workload = {}, .state = state }).gpus; gpus > 0)
                made << QString::fromLatin1(name(state).data(), static_cast<qsizetype>(name(state).size())) + QLatin1Char(' ') + QString::number(gpus);
        return made.join(QLatin1String(", "));
    }
    /// "gpus 4, held 1", as the store remembers the last moment.
    [[nodiscard]] QString past()
    {
        auto store = asked();
        PromFleet fleet({}, {}, 30s, 0, 1'000'000, std::make_shared<const Catalogue>(m_catalogue));
        std::mutex mutex;
        if (const auto known = store.discover(fleet, mutex, {}); !known)
            return QString::fromStdString(known.error().text());
        const auto now = wallClock();
        const auto told = store.past(fleet, now - 2s, now, 1s);
        if (!told || told->rows.empty())
            return told ? QStringLiteral("nothing") : QString::fromStdString(told.error().text());
        QStringList made;
        for (const auto* figure : { "gpus", "held" })
            if (const auto found = std::ranges::find(told->figures, figure); found != told->figures.end())
                made << QLatin1String(figure) + QLatin1Char(' ') + QString::number(told->rows.rbegin()->second[static_cast<std::size_t>(found - told->figures.begin())].value_or(-1));
        return made.join(QLatin1String(", "));
    }
    Listener listener;

private:
    [[nodiscard]] PromStore asked() const { return PromStore({ .url = m_scraper->url(), .place = {}, .workloads = {}, .timeout = 5s }, std::make_shared<HttpClient>()); }
    [[nodiscard]] bool holdsAll() const
    {
        auto store = asked();
        PromFleet fleet({}, {}, 30s, 0);
        std::mutex mutex;
        if (!store.discover(fleet, mutex, {}) || (m_exporters.contains("DCGM_FI_") && fleet.identity().empty()))
            return false;
        return !m_cluster.contains("kube_node_info") || std::ranges::none_of(fleet.missing(), [](const std::string& it) { return it.starts_with("kube_node_info"); });
    }
    [[nodiscard]] bool ask()
    {
        m_scraper->show(m_exporters, m_cluster);
        // Before both are scraped a node is what one of them says, and its GPUs may be as many.
        if ((m_cluster.contains("kube_node_info") || m_exporters.contains("DCGM_FI_")) && !QTest::qWaitFor([this] { return holdsAll(); }, patience))
            return false;
        auto& catalogue = m_catalogue;
        catalogue.addInstance("aws", "g5.12xlarge", { "A10G", 4, 22888 });
        catalogue.addInstance("aws", "p4d.24xlarge", { "A100 40GB SXM", 8, 40960 });
        catalogue.addInstance("coreweave", "gd-8xh100ib-i128", { "H100 80GB SXM", 8, 81920 });
        m_source = makePromSource({ .url = m_scraper->url(), .place = { {}, {}, "k8s" }, .workloads = {}, .catalogue = std::make_shared<const Catalogue>(catalogue), .every = 100ms, .timeout = 3s, .aggregateAbove = m_aggregateAbove, .rediscoverAfter = 200ms },
            std::make_shared<HttpClient>());
        m_source->start(listener);
        return true;
    }
    QByteArray m_exporters, m_cluster;
    std::uint64_t m_aggregateAbove;
    Catalogue m_catalogue;
    std::unique_ptr<Scraper> m_scraper;
    std::unique_ptr<Source> m_source;
};

} // namespace

/// What kube-state-metrics says of nodes beside what exporters measure, as a real store has it.
class TestPromNodes final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void cleanupTestCase() { ahead.clear(); }
    void whatACannotGiveIsNotFree_data();
    void whatACannotGiveIsNotFree();
    void gpusArePhysical_data();
    void gpusArePhysical();
    void whatNobodyTellsAnyMoreIsNotFree_data();
    void whatNobodyTellsAnyMoreIsNotFree();
    void anExporterThatShowsNoGpusIsTold();
    void aHostGoesByAnotherName_data();
    void aHostGoesByAnotherName();
    void oneThatFellOffTheBusBeforeIsShown_data();
    void oneThatFellOffTheBusBeforeIsShown();
    void whatWorksIsNeverFree_data();
    void whatWorksIsNeverFree();
    void whatIsBlankIsNoUse_data();
    void whatIsBlankIsNoUse();
    void whatIsHeldCountsWhoeverIsNamed_data();
    void whatIsHeldCountsWhoeverIsNamed();
    void everyNameOfAMetricCounts_data();
    void everyNameOfAMetricCounts();
    void whatNobodyWatchesIsNotWell_data();
    void whatNobodyWatchesIsNotWell();
    void thePastIsCountedAsThePresent_data();
    void thePastIsCountedAsThePresent();
    void labelsThatAreNotHonouredAreReadAsWell_data();
    void labelsThatAreNotHonouredAreReadAsWell();
    void aNodeHasItsZone_data();
    void aNodeHasItsZone();
};

void TestPromNodes::initTestCase()
{
    if (!PrometheusServer::isInstalled(PrometheusServer::Kind::Prometheus))
        QSKIP("prometheus is not installed");
}

void TestPromNodes::whatACannotGiveIsNotFree_data()
{
    QTest::addColumn<QByteArray>("exporters");
    QTest::addColumn<QByteArray>("cluster");
    QTest::addColumn<QString>("counts");
    const auto row = [](const char* name, const QByteArray& exporters, const QByteArray& cluster, const char* counts) { QTest::newRow(name) << exporters << cluster << QString::fromLatin1(counts); };
    const auto other = gpus("b", 1, held, 60);
    row("not ready, nobody measures", other, Node { .name = "a", .ready = false }.text(), "busy 1, unknown 8");
    row("not ready, measured", gpus("a", 8) + other, Node { .name = "a", .ready = false }.text(), "busy 1, draining 8");
    row("not all allocatable, nobody measures", other, Node { .name = "a", .allocatable = 6 }.text(), "busy 1, free 6, unhealthy 2");
    row("not all allocatable, measured", gpus("a", 8) + other, Node { .name = "a", .allocatable = 6 }.text(), "busy 1, free 6, unhealthy 2");
    row("a taint of the cluster's own", other, Node { .name = "a", .taint = "node.kubernetes.io/unreachable" }.text(), "busy 1, draining 8");
    row("a taint that says whom it is for", other, Node { .name = "a", .taint = "nvidia.com/gpu" }.text(), "busy 1, free 8");
}

void TestPromNodes::whatACannotGiveIsNotFree()
{
    QFETCH(QByteArray, exporters);
    QFETCH(QByteArray, cluster);
    QFETCH(QString, counts);
    Store store(exporters, cluster + pod("p", "b", 1));
    QVERIFY(store.start());
    QTRY_COMPARE_WITH_TIMEOUT(store.counts(), counts, patience);
}

void TestPromNodes::gpusArePhysical_data()
{
    QTest::addColumn<QByteArray>("cluster");
    QTest::addColumn<QString>("counts");
    QTest::addColumn<unsigned>("needed");
    QTest::addColumn<QByteArray>("provider");
    const auto row = [](const char* name, const QByteArray& cluster, const char* counts, unsigned needed, const char* provider = "aws") { QTest::newRow(name) << cluster << QString::fromLatin1(counts) << needed << QByteArray(provider); };
    const QByteArray type = ",label_node_kubernetes_io_instance_type=";
    row("time slicing, by the type of the instance", Node { .name = "a", .capacity = 40, .allocatable = 40, .labels = type + "\"g5.12xlarge\"" }.text() + pod("p", "a", 15), "free 2, unknown 2", 2);
    row("time slicing, by labels", Node { .name = "a", .capacity = 40, .allocatable = 40, .labels = ",label_nvidia_com_gpu_count=\"4\",label_nvidia_com_gpu_replicas=\"10\"" }.text() + pod("p", "a", 10), "free 3, unknown 1", 1);
    row("instances of MIG", Node { .name = "a", .capacity = 56, .allocatable = 56, .labels = type + "\"p4d.24xlarge\"", .resource = "nvidia_com_mig_1g_5gb" }.text() + pod("p", "a", 8, "nvidia_com_mig_1g_5gb"), "idle 6, unknown 2", 2);
    row("CoreWeave, by the type of the instance", Node { .name = "a", .labels = type + "\"gd-8xh100ib-i128\"", .providerId = "" }.text() + pod("p", "a", 1), "free 7, unknown 1", 1, "coreweave");
    row("CoreWeave, by its label", Node { .name = "a", .labels = ",label_gpu_nvidia_com_class=\"H100_NVLINK_80GB\"", .providerId = "" }.text() + pod("p", "a", 1), "free 7, unknown 1", 1, "coreweave");
}

void TestPromNodes::gpusArePhysical()
{
    QFETCH(QByteArray, cluster);
    QFETCH(QString, counts);
    QFETCH(unsigned, needed);
    QFETCH(QByteArray, provider);
    // GPUs that somebody measures elsewhere, so that held ones are known to be unknown.
    Store store(gpus("b", 1, held, 60), cluster);
    QVERIFY(store.start());
    QTRY_COMPARE_WITH_TIMEOUT(store.counts(), QStringLiteral("busy 1, ") + counts, patience);
    QCOMPARE(store.listener.demandOf("infer").gpusNeeded, needed);
    QVERIFY(store.listener.count({}, {}, provider.toStdString()) > 0);
    QVERIFY(std::ranges::none_of(store.listener.shown()->structure().models, [](const auto& it) { return it == "unknown"; }) || provider == "aws");
}

void TestPromNodes::whatNobodyTellsAnyMoreIsNotFree_data()
{
    QTest::addColumn<bool>("answers"); ///< kube-state-metrics, and tells nothing
    QTest::newRow("kube-state-metrics is away") << false;
    QTest::newRow("its series vanish") << true;
}

void TestPromNodes::whatNobodyTellsAnyMoreIsNotFree()
{
    QFETCH(bool, answers);
    const auto measured = gpus("a", 8) + gpus("b", 1, held, 60);
    Store store(measured, Node { .name = "a", .cordoned = true }.text() + Node { .name = "b" , .capacity = 1, .allocatable = 1 }.text() + Node { .name = "c" }.text() + pod("p", "b", 1) + pod("q", "c", 3));
    QVERIFY(store.start());
    QTRY_COMPARE_WITH_TIMEOUT(store.counts(), QStringLiteral("busy 1, free 5, draining 8, unknown 3"), patience);
    QTRY_VERIFY2_WITH_TIMEOUT(store.listener.stands().second.isEmpty(), qPrintable(store.listener.stands().second), patience);
    store.show(measured, answers ? std::optional(QByteArray("up_at_least 1\n")) : std::nullopt);
    QTRY_COMPARE_WITH_TIMEOUT(store.counts(), QStringLiteral("busy 1, draining 8, unknown 8"), patience);
    QVERIFY2(store.listener.stands().second.contains(QLatin1String("kube-state-metrics")), qPrintable(store.listener.stands().second));
    QCOMPARE(store.listener.count({}, "infer"), std::uint64_t(4)); // who held them
    store.show(measured, Node { .name = "a" }.text() + Node { .name = "b" , .capacity = 1, .allocatable = 1 }.text());
    QTRY_COMPARE_WITH_TIMEOUT(store.counts(), QStringLiteral("busy 1, free 8"), patience);
    QTRY_VERIFY2_WITH_TIMEOUT(store.listener.stands().second.isEmpty(), qPrintable(store.listener.stands().second), patience);
}

void TestPromNodes::anExporterThatShowsNoGpusIsTold()
{
    const auto nodes = Node { .name = "a" }.text() + Node { .name = "b", .capacity = 1, .allocatable = 1 }.text() + pod("p", "b", 1), other = gpus("b", 1, held, 60);
    Store store(gpus("a", 8) + other, nodes);
    QVERIFY(store.start());
    QTRY_COMPARE_WITH_TIMEOUT(store.counts(), QStringLiteral("busy 1, free 8"), patience);
    QTRY_VERIFY2_WITH_TIMEOUT(store.listener.stands().second.isEmpty(), qPrintable(store.listener.stands().second), patience);
    store.show(other, nodes);
    QTRY_COMPARE_WITH_TIMEOUT(store.counts(), QStringLiteral("busy 1, unknown 8"), patience);
    QTRY_VERIFY2_WITH_TIMEOUT(store.listener.stands().second.contains(QLatin1String("no GPUs of 1 node any more")), qPrintable(store.listener.stands().second), patience);
    store.show(gpus("a", 8) + other, nodes);
    QTRY_VERIFY2_WITH_TIMEOUT(store.listener.stands().second.isEmpty(), qPrintable(store.listener.stands().second), patience);
}

void TestPromNodes::aHostGoesByAnotherName_data()
{
    QTest::addColumn<QByteArray>("host"); ///< as its exporter calls it
    QTest::addColumn<QByteArray>("node");
    QTest::addColumn<QByteArray>("more"); ///< of kube-state-metrics
    QTest::addColumn<bool>("byNode");
    QTest::addColumn<QString>("counts");
    QTest::addColumn<QString>("says"); ///< empty: nothing
    const QByteArray pod = "nvidia-dcgm-exporter-s228n", info = "kube_pod_info{namespace=\"gpu-operator\",pod=\"" + pod + "\",node=\"ip-10-0-0-5.ec2.internal\"} 1\n";
    const auto row = [](const char* name, const QByteArray& host, const QByteArray& node, const QByteArray& more, const char* counts, const char* says) {
        for (const bool byNode : { false, true })
            QTest::addRow("%s, %s", name, byNode ? "counted by node" : "one by one") << host << node << more << byNode << QString::fromLatin1(counts) << QString::fromLatin1(says);
    };
    row("its exporter's pod", pod, "ip-10-0-0-5.ec2.internal", info, "busy 3, free 7", "");
    row("the first part of it", "ip-10-0-0-5", "ip-10-0-0-5.ec2.internal", {}, "busy 3, free 7", "");
    row("with a domain", "gpu-1.lab.example", "gpu-1", {}, "busy 3, free 7", "");
    row("something else", pod, "ip-10-0-0-5.ec2.internal", {}, "busy 3, free 7, unknown 8", "that no node has");
}

void TestPromNodes::aHostGoesByAnotherName()
{
    QFETCH(QByteArray, host);
    QFETCH(QByteArray, node);
    QFETCH(QByteArray, more);
    QFETCH(bool, byNode);
    QFETCH(QString, counts);
    QFETCH(QString, says);
    // Two of its GPUs work; the other node has one that a pod holds, and one that is free.
    Store store(gpus(host, 2, held, 60) + series("DCGM_FI_DEV_GPU_UTIL", host, 2, 0) + series("DCGM_FI_DEV_GPU_UTIL", host, 3, 0) + series("DCGM_FI_DEV_GPU_UTIL", host, 4, 0) + series("DCGM_FI_DEV_GPU_UTIL", host, 5, 0) + series("DCGM_FI_DEV_GPU_UTIL", host, 6, 0) + series("DCGM_FI_DEV_GPU_UTIL", host, 7, 0) + gpus("b", 1, held, 60)
            + series("DCGM_FI_DEV_GPU_UTIL", "b", 1, 0),
        Node { .name = node }.text() + Node { .name = "b", .capacity = 2, .allocatable = 2 }.text() + more, byNode ? 1 : 1'000'000);
    QVERIFY(store.start());
    QTRY_COMPARE_WITH_TIMEOUT(store.counts(), counts, patience);
    QTRY_VERIFY2_WITH_TIMEOUT(says.isEmpty() ? store.listener.stands().second.isEmpty() : store.listener.stands().second.contains(says), qPrintable(store.listener.stands().second), patience);
}

void TestPromNodes::oneThatFellOffTheBusBeforeIsShown_data()
{
    QTest::addColumn<QByteArray>("labels");
    QTest::addColumn<int>("capacity");
    QTest::addColumn<int>("shown");
    QTest::addColumn<bool>("byNode");
    QTest::addColumn<QString>("counts");
    const QByteArray type = ",label_node_kubernetes_io_instance_type=\"p4d.24xlarge\"";
    QTest::newRow("one") << QByteArray() << 8 << 7 << false << QStringLiteral("free 7, unhealthy 1");
    QTest::newRow("one, counted by node") << QByteArray() << 8 << 7 << true << QStringLiteral("free 7, unhealthy 1");
    QTest::newRow("half of them, of a known type") << type << 8 << 4 << false << QStringLiteral("free 4, unhealthy 4");
    QTest::newRow("shares") << QByteArray() << 40 << 4 << false << QStringLiteral("free 4");
}

void TestPromNodes::oneThatFellOffTheBusBeforeIsShown()
{
    QFETCH(QByteArray, labels);
    QFETCH(int, capacity);
    QFETCH(int, shown);
    QFETCH(bool, byNode);
    QFETCH(QString, counts);
    const auto cluster = Node { .name = "a", .capacity = capacity, .allocatable = capacity, .labels = labels }.text();
    const auto other = gpus("b", 1, held, 60);
    Store store(gpus("a", shown) + other, cluster, byNode ? 1 : 1'000'000);
    QVERIFY(store.start());
    QTRY_COMPARE_WITH_TIMEOUT(store.counts(), QStringLiteral("busy 1, ") + counts, patience);
    if (!counts.contains(QLatin1String("unhealthy")))
        return;
    QCOMPARE(troubles(*store.listener.shown(), {}, 10).list.front().health, Health::OffTheBus);
    // All of them come back.
    store.show(gpus("a", 8) + other, cluster);
    QTRY_COMPARE_WITH_TIMEOUT(store.counts(), QStringLiteral("busy 1, free 8"), patience);
    QCOMPARE(store.listener.count(), std::uint64_t(9));
}

void TestPromNodes::whatWorksIsNeverFree_data()
{
    QTest::addColumn<int>("utilisation");
    QTest::addColumn<int>("memory");
    QTest::addColumn<bool>("byNode");
    QTest::addColumn<QString>("counts");
    QTest::newRow("it works") << 55 << 10'000 << false << QStringLiteral("busy 3");
    QTest::newRow("it works, counted by node") << 55 << 10'000 << true << QStringLiteral("busy 3");
    QTest::newRow("it waits with a model") << 0 << 70'000 << false << QStringLiteral("busy 1, idle 2");
    QTest::newRow("it waits with a model, counted by node") << 0 << 70'000 << true << QStringLiteral("busy 1, idle 2");
    QTest::newRow("it has what a driver needs") << 0 << 500 << false << QStringLiteral("busy 1, free 2");
}

/// The labels of discovery are those of exporters' own pods, and this exporter tells no others.
void TestPromNodes::whatWorksIsNeverFree()
{
    QFETCH(int, utilisation);
    QFETCH(int, memory);
    QFETCH(bool, byNode);
    QFETCH(QString, counts);
    Store store(gpus("a", 2, {}, utilisation, memory) + gpus("b", 1, held, 60), {}, byNode ? 1 : 1'000'000);
    QVERIFY(store.start());
    QTRY_COMPARE_WITH_TIMEOUT(store.counts(), counts, patience);
}

void TestPromNodes::whatIsBlankIsNoUse_data()
{
    QTest::addColumn<bool>("byNode");
    QTest::newRow("one by one") << false;
    QTest::newRow("counted by node") << true;
}

/// Old exporters print 9223372036854775794 for what is not measured.
void TestPromNodes::whatIsBlankIsNoUse()
{
    QFETCH(bool, byNode);
    auto text = gpus("b", 1, held, 60);
    for (const char* metric : { "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE" })
        text += series(metric, "b", 1, 0).replace("} 0", "} 9223372036854775794");
    Store store(text, {}, byNode ? 1 : 1'000'000);
    QVERIFY(store.start());
    QTRY_COMPARE_WITH_TIMEOUT(store.counts(), QStringLiteral("busy 1, free 1"), patience);
}

void TestPromNodes::whatIsHeldCountsWhoeverIsNamed_data()
{
    QTest::addColumn<bool>("byNode");
    QTest::newRow("one by one") << false;
    QTest::newRow("counted by node") << true;
}

/// An exporter may name a pod on some of its GPUs alone.
void TestPromNodes::whatIsHeldCountsWhoeverIsNamed()
{
    QFETCH(bool, byNode);
    auto text = gpus("a", 1, held, 60);
    for (const char* metric : { "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE", "DCGM_FI_DEV_XID_ERRORS" })
        for (int g = 1; g < 4; ++g)
            text += series(metric, "a", g, QByteArray(metric).endsWith("FREE") ? 81'000 : 0);
    Store store(text, Node { .name = "a", .capacity = 4, .allocatable = 4 }.text() + pod("p", "a", 2), byNode ? 1 : 1'000'000);
    QVERIFY(store.start());
    QTRY_COMPARE_WITH_TIMEOUT(store.counts(), QStringLiteral("busy 1, idle 1, free 2"), patience);
    QCOMPARE(store.listener.count({}, "infer"), std::uint64_t(2));
}

void TestPromNodes::everyNameOfAMetricCounts_data()
{
    QTest::addColumn<QList<QByteArray>>("names");
    QTest::addColumn<QByteArray>("hostLabel");
    QTest::addColumn<bool>("byNode");
    for (const bool byNode : { false, true })
        for (const auto& [what, names, hostLabel] : { std::tuple("new names", QList<QByteArray> { "DCGM_FI_DEV_GPU_UTIL_RATIO", "DCGM_FI_DEV_XID_ERROR" }, QByteArray("hostname")), std::tuple("the names of 1.x", QList<QByteArray> { "dcgm_gpu_utilization", "dcgm_xid_errors" }, QByteArray("Hostname")),
                 std::tuple("profiling alone", QList<QByteArray> { "DCGM_FI_PROF_GR_ENGINE_ACTIVE" }, QByteArray("Hostname")) })
            QTest::addRow("%s, %s", what, byNode ? "counted by node" : "one by one") << names << hostLabel << byNode;
}

/// As while exporters are being replaced.
void TestPromNodes::everyNameOfAMetricCounts()
{
    QFETCH(QList<QByteArray>, names);
    QFETCH(QByteArray, hostLabel);
    QFETCH(bool, byNode);
    QByteArray text;
    for (const char* host : { "a", "b", "c" })
        for (const char* metric : { "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_XID_ERRORS" })
            for (int g = 0; g < 2; ++g)
                text += series(metric, host, g, QByteArray(metric).endsWith("UTIL") ? 60 : 0, held);
    for (const auto& metric : names)
        for (int g = 0; g < 2; ++g)
            text += series(metric, "d", g, metric.contains("xid") || metric.contains("XID") ? (g == 0 ? 79 : 0) : metric.contains("PROF") ? 1 : 60, held, hostLabel);
    Store store(text, {}, byNode ? 1 : 1'000'000);
    QVERIFY(store.start());
    QTRY_COMPARE_WITH_TIMEOUT(store.counts(), names.size() > 1 ? QStringLiteral("busy 7, unhealthy 1") : QStringLiteral("busy 8"), patience);
    QCOMPARE(store.listener.count({}, "infer"), std::uint64_t(8));
    QCOMPARE(store.listener.shown()->tally({ .scope = {}, .model = "H100 80GB SXM", .workload = {}, .state = {} }).gpus, std::uint64_t(8));
    const auto shown = store.listener.shown();
    const auto node = std::ranges::find(shown->structure().nodes, "d", &Structure::Node::name);
    QVERIFY(node != shown->structure().nodes.end() && node->gpus == 2);
}

void TestPromNodes::whatNobodyWatchesIsNotWell_data()
{
    QTest::addColumn<bool>("byNode");
    QTest::newRow("one by one") << false;
    QTest::newRow("counted by node") << true;
}

void TestPromNodes::whatNobodyWatchesIsNotWell()
{
    QFETCH(bool, byNode);
    auto text = gpus("a", 2, held, 60);
    for (int g = 0; g < 2; ++g)
        text += series("DCGM_FI_DEV_GPU_UTIL", "b", g, 60, held);
    Store store(text, {}, byNode ? 1 : 1'000'000);
    QVERIFY(store.start());
    QTRY_COMPARE_WITH_TIMEOUT(store.counts(), QStringLiteral("busy 4"), patience);
    QTRY_VERIFY2_WITH_TIMEOUT(store.listener.missing().contains(QLatin1String("DCGM_FI_DEV_XID_ERRORS (GPU errors, on 2 of 4 GPUs)")), qPrintable(store.listener.missing()), patience);
    const std::lock_guard lock(store.listener.mutex);
    const auto saved = store.listener.engine.save();
    QCOMPARE(std::ranges::count(saved.front().columns->health, Health::NotReported), 2);
    QCOMPARE(std::ranges::count(saved.front().columns->health, Health::Good), 2);
}

void TestPromNodes::thePastIsCountedAsThePresent_data()
{
    QTest::addColumn<QByteArray>("exporters");
    QTest::addColumn<QByteArray>("cluster");
    QTest::addColumn<QString>("counts");
    QTest::addColumn<QString>("past");
    const auto row = [](const char* name, const QByteArray& exporters, const QByteArray& cluster, const char* counts, const char* past) { QTest::newRow(name) << exporters << cluster << QString::fromLatin1(counts) << QString::fromLatin1(past); };
    const QByteArray type = ",label_node_kubernetes_io_instance_type=";
    const auto held60 = gpus("b", 1, held, 60, 40'000);
    const auto b = Node { .name = "b", .capacity = 1, .allocatable = 1 }.text() + pod("p", "b", 1);
    row("a node without an exporter", held60, b + Node { .name = "a" }.text() + pod("q", "a", 3), "busy 1, free 5, unknown 3", "gpus 9, held 4");
    row("no exporter anywhere", {}, Node { .name = "a" }.text() + pod("q", "a", 3), "busy 3, free 5", "gpus 8, held 3");
    row("time slicing", held60, b + Node { .name = "a", .capacity = 40, .allocatable = 40, .labels = type + "\"g5.12xlarge\"" }.text() + pod("q", "a", 15), "busy 1, free 2, unknown 2", "gpus 5, held 3");
    row("instances of MIG", held60, b + Node { .name = "a", .capacity = 56, .allocatable = 56, .labels = type + "\"p4d.24xlarge\"", .resource = "nvidia_com_mig_1g_5gb" }.text() + pod("q", "a", 8, "nvidia_com_mig_1g_5gb"), "busy 1, idle 6, unknown 2", "gpus 9, held 9");
    row("one works, and no pod is told to hold it", held60 + gpus("a", 1, {}, 50), b + Node { .name = "a", .capacity = 1, .allocatable = 1 }.text(), "busy 2", "gpus 2, held 2");
    row("the memory of one is used, and no pod is told to hold it", held60 + gpus("a", 1, {}, 0, 20'000), b + Node { .name = "a", .capacity = 1, .allocatable = 1 }.text(), "busy 1, idle 1", "gpus 2, held 2");
    row("one that a pod holds is broken", held60 + series("DCGM_FI_DEV_GPU_UTIL", "b", 1, 0, held) + series("DCGM_FI_DEV_FB_USED", "b", 1, 0, held) + series("DCGM_FI_DEV_XID_ERRORS", "b", 1, 79, held), b, "busy 1, unhealthy 1", "gpus 2, held 1");
    row("one has fallen off the bus", held60 + gpus("a", 7), b + Node { .name = "a" }.text(), "busy 1, free 7, unhealthy 1", "gpus 9, held 1");
}

void TestPromNodes::thePastIsCountedAsThePresent()
{
    QFETCH(QByteArray, exporters);
    QFETCH(QByteArray, cluster);
    QFETCH(QString, counts);
    QFETCH(QString, past);
    Store store(exporters, cluster);
    QVERIFY(store.start());
    QTRY_COMPARE_WITH_TIMEOUT(store.counts(), counts, patience);
    QTRY_COMPARE_WITH_TIMEOUT(store.past(), past, patience);
}

void TestPromNodes::labelsThatAreNotHonouredAreReadAsWell_data()
{
    QTest::addColumn<QByteArray>("labels"); ///< of the target
    QTest::newRow("as discovery of endpoints sets them") << QByteArray("namespace: monitoring, pod: kube-state-metrics-1, container: main");
    QTest::newRow("with the node of the target") << QByteArray("namespace: monitoring, pod: kube-state-metrics-1, container: main, node: system-1");
}

void TestPromNodes::labelsThatAreNotHonouredAreReadAsWell()
{
    QFETCH(QByteArray, labels);
    Store store(gpus("b", 1, held, 60), Node { .name = "a" }.text() + pod("p", "a", 3) + pod("q", "", 2));
    QVERIFY(store.start({ .name = "kube", .url = {}, .path = "/kube", .labels = labels }));
    QTRY_COMPARE_WITH_TIMEOUT(store.counts(), QStringLiteral("busy 1, free 5, unknown 3"), patience);
    QCOMPARE(store.listener.count({}, "infer"), std::uint64_t(4));
    QCOMPARE(store.listener.demandOf("infer").gpusNeeded, 5U);
    QCOMPARE(store.listener.demandOf("infer").gpusUnmet, 2U);
    QCOMPARE(store.listener.demandOf("monitoring").gpusNeeded, 0U);
}

void TestPromNodes::aNodeHasItsZone_data()
{
    QTest::addColumn<QByteArray>("cluster");
    QTest::addColumn<QByteArray>("zone");
    const auto row = [](const char* name, const QByteArray& providerId, const QByteArray& labels, const char* zone) { QTest::newRow(name) << Node { .name = "a", .labels = labels, .providerId = providerId }.text() << QByteArray(zone); };
    row("by its id", "gce://project/us-central1-a/vm", {}, "us-central1-a");
    row("by its label", "azure:///subscriptions/s", ",label_topology_kubernetes_io_zone=\"eastus-1\"", "eastus-1");
    row("a fault domain is none", "azure:///subscriptions/s", ",label_topology_kubernetes_io_zone=\"0\"", "");
    row("not told", "azure:///subscriptions/s", {}, "");
}

void TestPromNodes::aNodeHasItsZone()
{
    QFETCH(QByteArray, cluster);
    QFETCH(QByteArray, zone);
    Store store(gpus("a", 8), cluster);
    QVERIFY(store.start());
    QTRY_COMPARE_WITH_TIMEOUT(store.counts(), QStringLiteral("free 8"), patience);
    const auto snapshot = store.listener.shown();
    const auto& shape = snapshot->structure();
    QCOMPARE(shape.nodes.size(), std::size_t { 1 });
    QCOMPARE(QByteArray::fromStdString(shape.zones[shape.nodes[0].zone]), zone);
}

QTEST_GUILESS_MAIN(TestPromNodes)
#include "tst_promnodes.moc"
