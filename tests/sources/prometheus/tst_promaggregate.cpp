// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QElapsedTimer>
#include <QTest>
#include <array>
#include <mutex>

#include "engine/engine.h"
#include "prometheus/promstore.h"
#include "support/httpserver.h"
#include "support/prometheusserver.h"

using namespace penstock;
using namespace std::chrono_literals;
using test::HttpQuestion;
using test::HttpReply;
using test::HttpServer;
using test::PrometheusServer;
using test::ScrapeJob;
using test::exporterLabels;

namespace {

constexpr int gpusANode = 8, parts = 13; ///< that the exporters are scraped in
int nodes = 1'300; ///< 10,400 GPUs
bool named = true; ///< the GPUs have UUIDs
bool engines = false; ///< some GPUs tell what their engines do alone
bool plain = false; ///< each GPU has all metrics, and some are used by nobody who is known
constexpr std::array<const char*, 2> clusters { "east", "west" };

/// One GPU as its exporter has it. Every kind of peculiarity comes often enough to be in each cluster.
struct Gpu
{
    int node, gpu;
    [[nodiscard]] int number() const { return node * gpusANode + gpu; }
    [[nodiscard]] std::string cluster() const { return clusters[static_cast<std::size_t>(node) % 2]; }
    [[nodiscard]] bool isA100() const { return node % 5 == 0; }
    [[nodiscard]] bool isHeld() const { return number() % 3 != 0; }
    [[nodiscard]] std::string nameSpace() const { return node % 7 < 3 ? "infer" : "train"; }
    [[nodiscard]] bool isIdle() const { return isHeld() && number() % 11 == 1; }
    [[nodiscard]] bool worksForNobody() const { return plain && !isHeld() && !isSliced() && number() % 13 == 4; }
    [[nodiscard]] bool isFullForNobody() const { return plain && !isHeld() && !isSliced() && number() % 17 == 3; }
    [[nodiscard]] std::optional<int> util() const { return !plain && node % 31 == 7 ? std::optional<int>() : worksForNobody() ? 40 : !isHeld() ? 0 : isIdle() ? number() % 4 : 5 + number() * 7 % 96; } ///< some export none
    [[nodiscard]] int used() const { return isFullForNobody() ? 60'000 : worksForNobody() ? 2'000 : isHeld() ? 30'000 + number() * 13 % 20'000 : 0; }
    [[nodiscard]] int free() const { return (isA100() ? 80'000 : 81'000) - used(); }
    [[nodiscard]] double power() const { return isHeld() ? 400 + number() % 300 + 0.37 : 70.123; }
    [[nodiscard]] int temperature() const { return 30 + number() % 50; }
    [[nodiscard]] int xid() const { return number() % 211 == 5 ? 79 : number() % 307 == 9 ? 31 : number() % 401 == 3 ? 63 : 0; }
    [[nodiscard]] int clocks() const { return number() % 97 == 2 ? 0x48 : number() % 3 == 0 ? 1 : 4; }
    [[nodiscard]] bool isBroken() const { return xid() == 79; }
    [[nodiscard]] bool isSliced() const { return isA100() && gpu == 1; } ///< two instances, of which the second may be nobody's
    [[nodiscard]] bool isShared() const { return !isA100() && gpu == 2 && isHeld(); } ///< by two pods
    [[nodiscard]] GpuState state() const { return isBroken() ? GpuState::Unhealthy : worksForNobody() ? GpuState::Busy : isFullForNobody() ? GpuState::Idle : !isHeld() ? isSliced() ? GpuState::Idle : GpuState::Free : isIdle() && util() ? GpuState::Idle : GpuState::Busy; }
};

/// What part of the exporters answers.
QByteArray page(int part, bool pods)
{
    QByteArray text;
    text.reserve(2 << 20);
    for (int n = part; n < nodes; n += parts)
        for (int g = 0; g < gpusANode; ++g) {
            const Gpu it { n, g };
            const auto who = "gpu=\"" + std::to_string(g) + (named ? "\",UUID=\"GPU-" + std::to_string(n) + "-" + std::to_string(g) : std::string()) + "\",modelName=\"" + (it.isA100() ? "NVIDIA A100-SXM4-80GB" : "NVIDIA H100 80GB HBM3") + "\"," + (n % 3 == 0 ? "Hostname" : "hostname")
                + "=\"node-" + std::to_string(n) + "\",cluster=\"" + it.cluster() + "\"";
            const auto pod = [&](int copy) { return pods && it.isHeld() ? ",namespace=\"" + it.nameSpace() + "\",pod=\"p-" + std::to_string(it.number()) + "-" + std::to_string(copy) + "\"" : std::string(); };
            const auto put = [&](const char* metric, const std::string& labels, const std::string& value) { text += (std::string(metric) + "{" + who + labels + "} " + value + "\n").c_str(); };
            const auto all = [&](const char* metric, double value, bool splits = false) {
                if (it.isSliced())
                    for (int copy = 0; copy < 2; ++copy)
                        put(metric, ",GPU_I_ID=\"" + std::to_string(copy + 1) + "\"" + (copy == 0 ? pod(0) : std::string()), std::to_string(splits ? value / 2 : value));
                else
                    for (int copy = 0; copy <= it.isShared(); ++copy)
                        put(metric, pod(copy), std::to_string(value));
            };
            all("DCGM_FI_DEV_FB_USED", it.used() / 2 * 2, true);
            all("DCGM_FI_DEV_FB_FREE", it.free() / 2 * 2, true);
            if (const auto util = it.util(); util && engines && n % 31 == 7 && !it.isSliced())
                all("DCGM_FI_PROF_GR_ENGINE_ACTIVE", *util / 100.0);
            else if (util)
                all("DCGM_FI_DEV_GPU_UTIL", *util);
            all("DCGM_FI_DEV_POWER_USAGE", it.power());
            all("DCGM_FI_DEV_GPU_TEMP", it.temperature());
            all("DCGM_FI_DEV_XID_ERRORS", it.xid());
            all("DCGM_FI_DEV_CLOCKS_EVENT_REASONS", it.clocks());
        }
    return text;
}

/// A node as kube-state-metrics has it: two clouds, one node in fifty cordoned.
QByteArray kubePage()
{
    QByteArray text;
    for (int n = 0; n < nodes; ++n) {
        const auto who = "node=\"node-" + QByteArray::number(n) + "\",cluster=\"" + QByteArray::fromStdString(Gpu { n, 0 }.cluster()) + "\"";
        text += "kube_node_info{" + who + ",provider_id=\"" + (n % 2 == 0 ? "aws:///us-east-1a/i-0" : "gce://project/us-central1-a/vm") + "\"} 1\n";
        text += "kube_node_status_capacity{" + who + ",resource=\"nvidia_com_gpu\",unit=\"integer\"} 8\n";
        text += "kube_node_spec_unschedulable{" + who + "} " + (n % 50 == 3 ? "1" : "0") + "\n";
    }
    return text;
}

/// What counts of a group of GPUs, and is the same whoever adds up.
struct Sums
{
    std::array<std::uint64_t, gpuStateCount> byState {};
    std::uint64_t load = 0, utilisation = 0, utilisationKnown = 0, memory = 0, memoryKnown = 0, power = 0, powerKnown = 0, temperature = 0, hottest = 0, memoryTotal = 0;
    friend bool operator==(const Sums&, const Sums&) = default;
    [[nodiscard]] QString text() const
    {
        QString all;
        for (const auto it : byState)
            all += QString::number(it) + QLatin1Char(' ');
        return all + QStringLiteral("load %1, util %2 of %3, memory %4 of %5, power %6 of %7, temp %8 at most %9, total %10").arg(load).arg(utilisation).arg(utilisationKnown).arg(memory).arg(memoryKnown).arg(power).arg(powerKnown).arg(temperature).arg(hottest).arg(memoryTotal);
    }
};

Sums sumsOf(const Tally& it)
{
    return { it.byState, it.load, it.utilisation.sum, it.utilisation.known, it.memory.sum, it.memory.known, it.power.sum, it.power.known, it.temperature.sum, it.temperature.known ? it.temperature.greatest : 0, it.memoryTotal };
}

/// By what everything is counted: with the key of each group, written out.
using Picture = std::map<std::string, Sums>;
constexpr std::array dimensions { Dimension::Provider, Dimension::Region, Dimension::Cluster, Dimension::Model, Dimension::Workload, Dimension::State };

Picture pictureOf(const Snapshot& snapshot)
{
    Picture made;
    for (std::size_t i = 0; i <= dimensions.size(); ++i) {
        const auto by = i < dimensions.size() ? std::span(&dimensions[i], 1) : std::span(dimensions);
        for (const auto& group : snapshot.rollup(by)) {
            auto key = std::to_string(i);
            for (const auto& it : group.keys)
                key += "/" + it;
            made[key] = sumsOf(group.tally);
        }
    }
    return made;
}

/// The same from the exporters' own values, a GPU at a time.
Picture countedOf(bool pods)
{
    Picture made;
    for (int n = 0; n < nodes; ++n)
        for (int g = 0; g < gpusANode; ++g) {
            const Gpu it { n, g };
            auto state = it.state();
            if (state == GpuState::Free && n % 50 == 3)
                state = GpuState::Draining;
            const std::array<std::string, 6> keys { n % 2 == 0 ? "aws" : "gcp", n % 2 == 0 ? "us-east-1" : "us-central1", it.cluster(), it.isA100() ? "A100 80GB SXM" : "H100 80GB SXM", pods && it.isHeld() ? it.nameSpace() : std::string(), std::string(name(state)) };
            std::string all = "6";
            for (const auto& key : keys)
                all += "/" + key;
            for (std::size_t i = 0; i <= keys.size(); ++i) {
                auto& to = made[i < keys.size() ? std::to_string(i) + "/" + keys[i] : all];
                ++to.byState[static_cast<std::size_t>(state)];
                to.load += state == GpuState::Busy || state == GpuState::Idle;
                if (const auto util = it.util()) {
                    to.utilisation += static_cast<std::uint64_t>(*util);
                    ++to.utilisationKnown;
                }
                to.memory += static_cast<std::uint64_t>(it.used() / 2 * 2);
                ++to.memoryKnown;
                to.power += static_cast<std::uint64_t>(std::lround(it.power() * 10));
                ++to.powerKnown;
                to.temperature += static_cast<std::uint64_t>(it.temperature());
                to.hottest = std::max(to.hottest, static_cast<std::uint64_t>(it.temperature()));
                to.memoryTotal += it.isA100() ? 80'000U : 81'000U;
            }
        }
    return made;
}

/// `evenly`: busy and idle GPUs of one workload share what is measured of them.
QString differences(const Picture& is, const Picture& should, bool evenly)
{
    QString all;
    const auto same = [evenly](const std::string& key, const Sums& a, const Sums& b) { return evenly && (key.starts_with('5') || key.starts_with('6')) ? a.byState == b.byState && a.load == b.load && a.memoryTotal == b.memoryTotal && a.powerKnown == b.powerKnown : a == b; };
    for (const auto& [key, sums] : should)
        if (const auto found = is.find(key); found == is.end() || !same(key, found->second, sums))
            all += QString::fromStdString(key) + QStringLiteral("\n  is     ") + (found == is.end() ? QStringLiteral("missing") : found->second.text()) + QStringLiteral("\n  should ") + sums.text() + QLatin1Char('\n');
    for (const auto& [key, sums] : is)
        if (!should.contains(key))
            all += QString::fromStdString(key) + QStringLiteral(" is too much: ") + sums.text() + QLatin1Char('\n');
    return all;
}

} // namespace

/// A store of more GPUs than are asked for one by one, beside an independent count and beside the same store asked for each.
class TestPromAggregate final : public QObject
{
    Q_OBJECT

private slots:
    void totalsAreTrue_data();
    void totalsAreTrue();
};

void TestPromAggregate::totalsAreTrue_data()
{
    QTest::addColumn<bool>("victoria");
    QTest::addColumn<bool>("honoured"); ///< the exporters' labels keep their names
    QTest::addColumn<bool>("pods"); ///< the exporters know pods
    QTest::addColumn<int>("size"); ///< nodes
    QTest::addColumn<bool>("uuids"); ///< without them no GPU can be asked for by name
    QTest::addColumn<bool>("all"); ///< each GPU has all metrics
    QTest::addColumn<bool>("some"); ///< of them what their engines do instead of their utilisation
    QTest::newRow("Prometheus, as its charts set it up") << false << false << true << 1'300 << true << false << false;
    QTest::newRow("Prometheus, all metrics of each GPU") << false << false << true << 390 << true << true << false;
    QTest::newRow("Prometheus, labels honoured") << false << true << true << 130 << true << false << false;
    QTest::newRow("Prometheus, labels honoured, all metrics of each GPU") << false << true << true << 130 << true << true << false;
    QTest::newRow("Prometheus, exporters that know no pods") << false << false << false << 130 << true << false << false;
    QTest::newRow("Prometheus, GPUs without a UUID") << false << false << true << 130 << false << true << false;
    QTest::newRow("VictoriaMetrics") << true << false << true << 130 << true << false << false;
    QTest::newRow("Prometheus, engines alone of some") << false << true << true << 130 << true << true << true;
    QTest::newRow("VictoriaMetrics, all metrics of each GPU") << true << false << true << 130 << true << true << false;
}

void TestPromAggregate::totalsAreTrue()
{
    QFETCH(bool, victoria);
    QFETCH(bool, honoured);
    QFETCH(bool, pods);
    QFETCH(int, size);
    QFETCH(bool, uuids);
    QFETCH(bool, all);
    QFETCH(bool, some);
    nodes = size;
    plain = all;
    engines = some;
    named = uuids;
    const auto kind = victoria ? PrometheusServer::Kind::VictoriaMetrics : PrometheusServer::Kind::Prometheus;
    if (!PrometheusServer::isInstalled(kind))
        QSKIP("the store is not installed");
    std::vector<QByteArray> answers;
    for (int part = 0; part < parts; ++part)
        answers.push_back(page(part, pods));
    const HttpServer pages([&, kube = kubePage()](const HttpQuestion& question) {
        return HttpReply { .type = "text/plain; version=0.0.4", .body = question.path.startsWith("/kube") ? kube : answers[static_cast<std::size_t>(question.path.mid(6).toInt())], .headers = {} };
    });
    // What is small is there within a second.
    const int every = size > 200 ? 5 : 1;
    auto jobs = ScrapeJob { .name = "kube", .url = pages.url(), .path = "/kube", .honours = true, .everySeconds = every }.text();
    for (int part = 0; part < parts; ++part)
        jobs += ScrapeJob { .name = "dcgm-" + QByteArray::number(part), .url = pages.url(), .path = "/dcgm-" + QByteArray::number(part), .honours = honoured, .labels = exporterLabels, .everySeconds = every }.text();
    PrometheusServer server(kind);
    QVERIFY(server.start(jobs));

    // On a machine that does much besides a round takes long; nothing here is about its age.
    struct Asked
    {
        Asked(const std::string& url, std::uint64_t above)
            : store({ .url = url, .place = { {}, {}, "k8s" }, .workloads = {}, .timeout = 30s, .aggregateAbove = above, .rediscoverAfter = 0ms, .staleAfter = 10min }, std::make_shared<HttpClient>())
            , fleet({ {}, {}, "k8s" }, {}, 10min, 1, above)
        {
            engine.setStaleAfter(10min);
        }
        /// Empty: as it should be.
        QString differs(const Picture& should)
        {
            std::mutex mutex;
            std::optional<Error> partial;
            QElapsedTimer timer;
            timer.start();
            const auto failed = store.round(fleet, mutex, partial, {});
            took = timer.elapsed();
            if (failed)
                return QString::fromStdString(failed->text());
            if (partial)
                return QString::fromStdString(partial->text());
            for (auto& frame : fleet.frames(wallClock())) {
                if (const auto* who = std::get_if<InventoryFrame>(&frame))
                    missing = who->inventory->missing;
                if (const auto applied = engine.apply(source, frame); !applied)
                    return QString::fromStdString(applied.error().text());
            }
            return differences(pictureOf(*engine.publish(wallClock())), should, isPlain());
        }
        [[nodiscard]] bool isPlain() const { return std::ranges::any_of(fleet.queries(), [](const PromQuery& it) { return it.kind == PromQuery::Kind::Count; }); }
        PromStore store;
        PromFleet fleet;
        Engine engine;
        SourceId source = engine.addSource("store");
        std::vector<std::string> missing;
        qint64 took = 0; ///< ms, with discovery
    } each(server.url(), 1'000'000), counted(server.url(), 500);
    const auto should = countedOf(pods);
    QString wrong;
    QTRY_VERIFY2_WITH_TIMEOUT((wrong = each.differs(should)).isEmpty(), qPrintable(wrong), 90'000);
    QTRY_VERIFY2_WITH_TIMEOUT((wrong = counted.differs(should)).isEmpty(), qPrintable(wrong), 90'000);
    QVERIFY(counted.fleet.isByNode() && !each.fleet.isByNode());
    QCOMPARE(counted.isPlain(), all && uuids && !some);
    QVERIFY(std::ranges::any_of(counted.missing, [](const std::string& it) { return it.starts_with("single GPUs (the store counts"); }));
    QVERIFY(std::ranges::none_of(each.missing, [](const std::string& it) { return it.starts_with("single GPUs"); }));
    // Those that need a look are known one by one, where their nodes have them.
    const auto shown = counted.engine.publish(wallClock());
    for (const auto& node : shown->structure().nodes)
        for (std::uint32_t g = 0; g < node.gpus; ++g) {
            const Gpu it { std::stoi(node.name.substr(5)), static_cast<int>(g) };
            const auto health = shown->gpu(node, g).health;
            QVERIFY2(health == (it.xid() == 79 || it.xid() == 63 ? static_cast<Health>(it.xid()) : it.clocks() == 0x48 ? Health::Throttled : Health::Good), node.name.c_str());
            if (it.isBroken())
                QCOMPARE(int(shown->gpu(node, g).temperature), it.temperature());
        }
    qInfo("%llu bytes a round in %lld ms one by one, %llu in %lld ms by node", static_cast<unsigned long long>(each.store.bytes()), each.took, static_cast<unsigned long long>(counted.store.bytes()), counted.took);
    // Where GPUs are counted plainly, those that are told alone are asked for twice, and of these generated ones they are a fifth.
    QVERIFY(!uuids || all || counted.store.bytes() * 2 < each.store.bytes());
}

QTEST_GUILESS_MAIN(TestPromAggregate)
#include "tst_promaggregate.moc"
