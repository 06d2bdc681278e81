// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>
#include <mutex>
#include <random>

#include "engine/engine.h"
#include "prometheus/promstore.h"
#include "support/httpserver.h"

using namespace penstock;
using namespace std::chrono_literals;
using test::HttpQuestion;
using test::HttpReply;
using test::HttpServer;

namespace {

struct Gpu
{
    std::string uuid, nameSpace; ///< nameSpace: of the pod that holds it; empty: nobody's
    int util = 0, xid = 0;
    bool isOut = false; ///< of service, by an XID that may not be the last one any more
    std::optional<Time> busyAt {};
};

/// Fleets that a store scrapes, and its answers to the questions of a source.
struct World
{
    struct Node
    {
        std::vector<Gpu> gpus;
        bool cordoned = false, isAws = false;
    };
    std::map<std::string, Node> nodes;
    Time now = Time(std::chrono::seconds(1'800'000'000));
    std::mt19937 random { 7 };
    int made = 0;

    [[nodiscard]] int below(int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); }
    void add()
    {
        Node node { .gpus = {}, .isAws = below(2) == 0 };
        for (int g = 0; g < 8; ++g)
            node.gpus.push_back({ "GPU-" + std::to_string(made) + "-" + std::to_string(g), {} });
        nodes["node-" + std::to_string(made++)] = std::move(node);
    }
    [[nodiscard]] auto any() { return std::next(nodes.begin(), below(static_cast<int>(nodes.size()))); }
    /// Five seconds of a busy afternoon.
    void churn()
    {
        now += 5s;
        if (below(3) == 0 || nodes.size() < 5)
            add();
        if (below(4) == 0 && nodes.size() > 5)
            nodes.erase(any());
        if (below(5) == 0) {
            auto renamed = nodes.extract(any());
            renamed.key() = "renamed-" + std::to_string(made++);
            // Series of another name have no past.
            for (auto& gpu : renamed.mapped().gpus)
                gpu.busyAt.reset();
            nodes.insert(std::move(renamed));
        }
        if (below(4) == 0)
            any()->second.cordoned ^= true;
        for (auto& [name, node] : nodes)
            for (auto& gpu : node.gpus) {
                if (below(10) == 0)
                    gpu.nameSpace = std::array { "", "infer", "train" }[static_cast<std::size_t>(below(3))];
                if (below(4) == 0)
                    gpu.util = below(3) == 0 ? 5 + below(96) : below(4);
                if (below(200) == 0)
                    gpu.xid = std::array { 0, 31, 63, 79 }[static_cast<std::size_t>(below(4))];
                gpu.isOut = gpu.xid == 79 || (gpu.isOut && gpu.xid != 0);
                if (gpu.util >= 5)
                    gpu.busyAt = now;
            }
    }
    [[nodiscard]] GpuState stateOf(const Gpu& gpu) const { return gpu.isOut ? GpuState::Unhealthy : gpu.nameSpace.empty() && gpu.util < 5 ? GpuState::Free : gpu.busyAt && now - *gpu.busyAt < 60s ? GpuState::Busy : GpuState::Idle; }
    [[nodiscard]] static bool isIll(const Gpu& gpu) { return gpu.xid == 63 || gpu.xid == 79; }

    [[nodiscard]] QByteArray answer(const QByteArray& query) const
    {
        QByteArray series;
        const auto put = [&](const std::string& labels, double value) {
            series += (series.isEmpty() ? "" : ",") + QByteArray("{\"metric\":{") + labels.c_str() + "},\"value\":[" + QByteArray::number(static_cast<double>(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count()), 'f', 0) + ",\""
                + QByteArray::number(value, 'f', 3) + "\"]}";
        };
        const auto pair = [](const std::string& key, const std::string& value) { return "\"" + key + "\":\"" + value + "\""; };
        if (query.contains("\"metric\""))
            for (const char* name : { "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_XID_ERRORS", "kube_node_info", "kube_node_status_capacity", "kube_node_spec_unschedulable" })
                put(pair("metric", name), static_cast<double>(nodes.size() * 8));
        else if (query.contains("\"pods\""))
            put(pair("pods", "exported"), 1);
        else if (query.startsWith("max(timestamp"))
            put({}, static_cast<double>(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count()));
        else if (query.startsWith("count(max by (node"))
            put({}, static_cast<double>(nodes.size()));
        for (const auto& [name, node] : nodes) {
            const auto who = pair("node", name);
            if (query.contains("kube_node_status_capacity{"))
                put(who, 8);
            else if (query.startsWith("max by (node") && query.contains("(kube_node_info)"))
                put(who + "," + pair("provider_id", node.isAws ? "aws:///us-east-1a/i-0" : "gce://project/us-central1-a/vm"), 1);
            else if (query.contains("kube_node_spec_unschedulable ") && node.cordoned)
                put(who, 1);
            std::map<std::pair<std::string, GpuState>, std::pair<int, double>> groups;
            int index = 0;
            for (const auto& gpu : node.gpus) {
                const bool isMemory = query.contains("GPU_I_ID)") || query.contains("GPU_I_PROFILE)"), isXid = query.contains("(DCGM_FI_DEV_XID_ERRORS");
                const double value = isMemory ? gpu.nameSpace.empty() ? 0 : 1000 : isXid ? gpu.xid : gpu.util;
                const bool isNamed = query.contains('"' + QByteArray::fromStdString(gpu.uuid)) || query.contains('|' + QByteArray::fromStdString(gpu.uuid));
                // Looked for by its XID, or by its name.
                const bool isAlone = isIll(gpu) || isNamed;
                if (query.startsWith("group by (UUID") && query.endsWith("or vector(1)") && isAlone)
                    put(pair("UUID", gpu.uuid), 1);
                if (query.startsWith("max by (UUID") && (!query.contains("{UUID=~") || isNamed))
                    put(pair("UUID", gpu.uuid) + "," + pair("gpu", std::to_string(index)) + "," + pair("Hostname", name) + "," + pair("modelName", "NVIDIA H100 80GB HBM3") + "," + pair("pod", "dcgm-exporter-x") + (gpu.nameSpace.empty() ? std::string() : "," + pair("exported_namespace", gpu.nameSpace) + "," + pair("exported_pod", "p")), value);
                if (query.startsWith("(round(max") && isNamed && gpu.busyAt && now - *gpu.busyAt < 60s)
                    put(pair("UUID", gpu.uuid), 50);
                ++index;
                if (!isAlone) {
                    auto& [count, sum] = groups[{ gpu.nameSpace, stateOf(gpu) }];
                    ++count;
                    sum += gpu.util;
                }
            }
            if (query.startsWith("sum by (Hostname") && query.contains("penstock_state"))
                for (const auto& [key, group] : groups)
                    for (const char* figure : { "count", "utilisation" })
                        put(pair("Hostname", name) + "," + pair("modelName", "NVIDIA H100 80GB HBM3") + (key.first.empty() ? std::string() : "," + pair("exported_namespace", key.first)) + "," + pair("penstock_state", std::string(penstock::name(key.second))) + "," + pair("penstock_figure", figure),
                            *figure == 'c' ? group.first : group.second + group.first * 4294967296.0);
        }
        return R"({"status":"success","data":{"resultType":"vector","result":[)" + series + "]}}";
    }
    using Counts = std::map<std::string, std::pair<std::uint64_t, std::uint64_t>>; ///< by provider, workload and state: GPUs, and the sum of their utilisations
    [[nodiscard]] Counts counted() const
    {
        Counts all;
        for (const auto& [name, node] : nodes)
            for (const auto& gpu : node.gpus) {
                const auto state = stateOf(gpu);
                auto& [gpus, sum] = all[(node.isAws ? "aws/" : "gcp/") + gpu.nameSpace + "/" + std::string(penstock::name(state == GpuState::Free && node.cordoned ? GpuState::Draining : state))];
                ++gpus;
                sum += static_cast<std::uint64_t>(gpu.util);
            }
        return all;
    }
};

} // namespace

/// A store whose nodes and pods come, go and are renamed.
class TestPromChurn final : public QObject
{
    Q_OBJECT

private slots:
    void tenMinutesOfChurnEndInTheServersState_data();
    void tenMinutesOfChurnEndInTheServersState();
    void aStoreThatKnowsNoCaseHasNoGpuTwice();
    void nodesThatAreToldOfInPartStayAsTheyWere();
    void whatIsOfferedToPodsIsToldWhereItIsKnown_data();
    void whatIsOfferedToPodsIsToldWhereItIsKnown();
};

void TestPromChurn::tenMinutesOfChurnEndInTheServersState_data()
{
    QTest::addColumn<int>("aggregateAbove");
    QTest::newRow("GPUs one by one") << 1'000'000;
    QTest::newRow("counted by node") << 0;
    QTest::newRow("above the limit and below it") << 200;
}

void TestPromChurn::tenMinutesOfChurnEndInTheServersState()
{
    QFETCH(int, aggregateAbove);
    World world;
    for (int n = 0; n < 20; ++n)
        world.add();
    std::mutex mutex, fleetMutex;
    const HttpServer server([&](const HttpQuestion& question) {
        const std::lock_guard lock(mutex);
        auto query = question.body.mid(question.body.indexOf("query=") + 6);
        query = query.left(query.indexOf('&')).replace('+', ' ');
        return HttpReply { .body = question.body.isEmpty() ? QByteArray("{}") : world.answer(QByteArray::fromPercentEncoding(query)), .headers = {} };
    });
    const auto clock = [&] { return world.now; };
    PromStore store({ .url = server.url(), .place = { {}, {}, "k8s" }, .workloads = {}, .aggregateAbove = static_cast<std::uint64_t>(aggregateAbove), .rediscoverAfter = 0ms, .clock = clock }, std::make_shared<HttpClient>());
    PromFleet fleet({ {}, {}, "k8s" }, {}, 30s, 1, static_cast<std::uint64_t>(aggregateAbove));
    Engine engine;
    const auto source = engine.addSource("store");
    int byNode = 0;
    for (int round = 0; round < 120; ++round) {
        {
            const std::lock_guard lock(mutex);
            world.churn();
        }
        std::optional<Error> partial;
        const auto failed = store.round(fleet, fleetMutex, partial, {});
        QVERIFY2(!failed && !partial, failed ? failed->text().c_str() : partial ? partial->text().c_str() : "");
        for (const auto& frame : fleet.frames(world.now))
            if (const auto applied = engine.apply(source, frame); !applied)
                QFAIL(applied.error().text().c_str());
        byNode += fleet.isByNode();
        World::Counts shown;
        constexpr std::array by { Dimension::Provider, Dimension::Workload, Dimension::State };
        for (const auto& group : engine.publish(world.now)->rollup(by))
            shown[group.keys[0] + "/" + group.keys[1] + "/" + group.keys[2]] = { group.tally.gpus, group.tally.utilisation.sum };
        const auto should = world.counted();
        for (const auto& [key, counts] : should)
            QVERIFY2(shown[key] == counts, qPrintable(QStringLiteral("round %1: %2 is %3 (%4), should be %5 (%6)").arg(round).arg(QString::fromStdString(key)).arg(shown[key].first).arg(shown[key].second).arg(counts.first).arg(counts.second)));
        QCOMPARE(shown.size(), should.size());
    }
    QVERIFY(aggregateAbove == 0 ? byNode == 120 : aggregateAbove > 1000 ? byNode == 0 : byNode > 0 && byNode < 120);
}

void TestPromChurn::aStoreThatKnowsNoCaseHasNoGpuTwice()
{
    PromFleet fleet({ {}, {}, "aks" }, {}, 30s, 1, 1'000'000);
    fleet.setCaseless(true);
    fleet.discovered({ { "DCGM_FI_DEV_GPU_UTIL", 1 }, { "DCGM_FI_DEV_GPU_TEMP", 1 } }, PromPods::Exported);
    Engine engine;
    const auto source = engine.addSource("store");
    Time now { 1'800'000'000s };
    // As Azure Monitor gives names and values back: each answer in a case of its own.
    const std::array spellings { std::array { "UUID", "GPU-604ac76c", "Hostname", "aks-node-0", "exported_namespace", "infer", "exported_pod", "llama-0" }, std::array { "uuid", "gpu-604AC76C", "hostname", "AKS-node-0", "Exported_Namespace", "Infer", "exported_POD", "LLAMA-0" } };
    for (std::size_t round = 0; round < 4; ++round, now += 5s) {
        fleet.begin();
        std::size_t answer = round;
        for (const auto& query : fleet.queries()) {
            const auto& it = spellings[answer++ % 2];
            const std::array<PromLabel, 4> labels { { { it[0], it[1] }, { it[2], it[3] }, { it[4], it[5] }, { it[6], it[7] } } };
            if (query.kind == PromQuery::Kind::Gpu)
                QVERIFY(fleet.take(query, labels, 50));
            else if (query.kind == PromQuery::Kind::Observed)
                QVERIFY(fleet.take(query, {}, static_cast<double>(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count())));
        }
        fleet.commit(now);
        for (const auto& frame : fleet.frames(now))
            QVERIFY(engine.apply(source, frame));
        const auto snapshot = engine.publish(now);
        QCOMPARE(snapshot->total().gpus, std::uint64_t { 1 });
        QCOMPARE(snapshot->structure().nodes.front().name, std::string("aks-node-0"));
        QCOMPARE(snapshot->tally({ .scope = {}, .model = {}, .workload = "infer", .state = GpuState::Busy }).gpus, std::uint64_t { 1 });
    }
}

void TestPromChurn::nodesThatAreToldOfInPartStayAsTheyWere()
{
    PromFleet fleet({ {}, {}, "eks" }, {}, 30s, 1);
    fleet.discovered({ { "kube_node_info", 1 }, { "kube_node_status_capacity", 1 }, { "kube_node_spec_unschedulable", 1 }, { "kube_pod_container_resource_requests", 1 }, { "kube_pod_status_phase", 1 } }, PromPods::None);
    Engine engine;
    const auto source = engine.addSource("store");
    const Time now { 1'800'000'000s };
    const auto round = [&](const std::set<PromQuery::Kind>& silent) {
        fleet.begin();
        for (const auto& query : fleet.queries())
            if (const bool isCount = query.kind == PromQuery::Kind::Capacity; !silent.contains(query.kind) && (isCount || query.kind == PromQuery::Kind::Node || query.kind == PromQuery::Kind::NodesStill || query.kind == PromQuery::Kind::Cordoned))
                if (!fleet.take(query, std::array { PromLabel { "node", "a" }, PromLabel { "resource", "nvidia_com_gpu" } }, isCount ? 8 : 1))
                    return false;
        fleet.commit(now);
        for (const auto& frame : fleet.frames(now))
            if (!engine.apply(source, frame))
                return false;
        return true;
    };
    const auto draining = [&] { return engine.publish(now)->tally({ .scope = {}, .model = {}, .workload = {}, .state = GpuState::Draining }).gpus; };
    QVERIFY(round({}));
    QCOMPARE(draining(), std::uint64_t { 8 });
    // As when kube-state-metrics goes away within a round.
    QVERIFY(round({ PromQuery::Kind::Cordoned, PromQuery::Kind::NodesStill }));
    QCOMPARE(draining(), std::uint64_t { 8 });
}

void TestPromChurn::whatIsOfferedToPodsIsToldWhereItIsKnown_data()
{
    QTest::addColumn<bool>("isExported");
    QTest::newRow("of GPUs that ten share") << true;
    QTest::newRow("not told") << false;
}

void TestPromChurn::whatIsOfferedToPodsIsToldWhereItIsKnown()
{
    QFETCH(bool, isExported);
    PromFleet fleet({ {}, {}, "eks" }, {}, 30s, 1);
    std::map<std::string, double> found { { "kube_node_info", 1 }, { "kube_node_status_capacity", 1 }, { "kube_node_labels", 1 } };
    if (isExported)
        found["kube_node_status_allocatable"] = 1;
    fleet.discovered(found, PromPods::None);
    fleet.begin();
    for (const auto& query : fleet.queries())
        if (query.kind == PromQuery::Kind::Node || query.kind == PromQuery::Kind::NodesStill || query.kind == PromQuery::Kind::NodeLabels)
            QVERIFY(fleet.take(query, std::array { PromLabel { "node", "a" }, PromLabel { "label_nvidia_com_gpu_count", "8" } }, 1));
        else if (query.kind == PromQuery::Kind::Capacity || query.kind == PromQuery::Kind::Allocatable)
            QVERIFY(fleet.take(query, std::array { PromLabel { "node", "a" }, PromLabel { "resource", "nvidia_com_gpu_shared" } }, 80));
    const Time now { 1'800'000'000s };
    fleet.commit(now);
    std::shared_ptr<const Inventory> told;
    for (const auto& frame : fleet.frames(now))
        if (const auto* inventory = std::get_if<InventoryFrame>(&frame))
            told = inventory->inventory;
    QVERIFY(told && told->nodes.size() == 1);
    QCOMPARE(told->nodes[0].gpus, 8U);
    QCOMPARE(told->nodes[0].schedulable, isExported ? std::optional(80U) : std::nullopt);
    QCOMPARE(told->schedulable(), isExported ? std::optional<std::uint64_t>(80) : std::nullopt);
}

QTEST_GUILESS_MAIN(TestPromChurn)
#include "tst_promchurn.moc"
