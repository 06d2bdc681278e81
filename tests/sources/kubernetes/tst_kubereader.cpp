// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QDir>
#include <QFile>
#include <QTest>

#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

#include "kubernetes/kubereader.h"
#include "support/shareddata.h"

using namespace penstock;

namespace {

const std::string nodeList
    = R"({"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"1042","continue":"abc","remainingItemCount":3},"items":[{"metadata":{"name":"n-1","labels":{"nvidia.com/gpu.product":"Tesla-T4","other":"x"},"deletionTimestamp":"2026-11-23T08:00:00Z"},"spec":{"providerID":"gce://p/us-central1-a/vm","unschedulable":true,"taints":[{"key":"nvidia.com/gpu","value":"present","effect":"NoSchedule"}]},"status":{"capacity":{"cpu":"8","nvidia.com/gpu":"2"},"allocatable":{"nvidia.com/gpu":"1"},"conditions":[{"type":"Ready","status":"True"}],"images":[{"names":["a"],"sizeBytes":1}]}}]})";

std::vector<KubeObject> objectsOf(KubeReader& reader, const std::string& text)
{
    std::vector<KubeObject> made;
    const auto page = reader.page(text, [&](KubeObject object) { made.push_back(std::move(object)); });
    if (!page)
        qFatal("%s", page.error().text().c_str());
    return made;
}

/// A pod with these lists of containers.
KubePod podOf(const std::string& spec, const std::string& status = "{}")
{
    KubeReader reader(KubeReader::Kind::Pods, { "app" });
    return std::get<KubePod>(objectsOf(reader, R"({"kind":"PodList","metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"p","namespace":"ns","labels":{"app":"chat","b":"c"}},"spec":{)" + spec + R"(},"status":)" + status + "}]}").front());
}

/// What YAML says, as JSON. Quoted scalars are texts.
nlohmann::json jsonOf(const YAML::Node& node)
{
    if (node.IsMap()) {
        auto made = nlohmann::json::object();
        for (const auto& it : node)
            made[it.first.Scalar()] = jsonOf(it.second);
        return made;
    }
    if (node.IsSequence()) {
        auto made = nlohmann::json::array();
        for (const auto& it : node)
            made.push_back(jsonOf(it));
        return made;
    }
    if (node.IsNull())
        return nullptr;
    if (node.Tag() != "!" && (node.Scalar() == "true" || node.Scalar() == "false"))
        return node.Scalar() == "true";
    return node.Scalar();
}

} // namespace

/// What of an API server's answers is read.
class TestKubeReader final : public QObject
{
    Q_OBJECT

private slots:
    void aPageIsRead();
    void podsCountAsTheSchedulerCounts_data();
    void podsCountAsTheSchedulerCounts();
    void whyAPodWaits();
    void taintsOfTheClusterKeepPodsAway_data();
    void taintsOfTheClusterKeepPodsAway();
    void eventsAreRead();
    void whatIsNoEventIsRefused_data();
    void whatIsNoEventIsRefused();
    void everyPrefixIsRefused();
    void capturesAreRead();
};

void TestKubeReader::aPageIsRead()
{
    KubeReader reader(KubeReader::Kind::Nodes);
    std::vector<KubeObject> objects;
    const auto page = reader.page(nodeList, [&](KubeObject object) { objects.push_back(std::move(object)); });
    QVERIFY2(page, page ? "" : page.error().text().c_str());
    QCOMPARE(page->version, std::string("1042"));
    QCOMPARE(page->next, std::string("abc"));
    QCOMPARE(objects.size(), std::size_t(1));
    const auto& node = std::get<KubeNode>(objects.front());
    QCOMPARE(node.name, std::string("n-1"));
    QVERIFY(node.unschedulable && node.ready && node.deleting && !node.keptFree);
    QCOMPARE(node.capacity.at("nvidia.com/gpu"), 2U);
    QCOMPARE(node.allocatable.at("nvidia.com/gpu"), 1U);
    QCOMPARE(node.labels.size(), std::size_t(1));
    // As some servers write an empty list.
    QVERIFY(objectsOf(reader, R"({"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":null})").empty());
}

void TestKubeReader::podsCountAsTheSchedulerCounts_data()
{
    QTest::addColumn<std::string>("spec");
    QTest::addColumn<unsigned>("gpus");
    const auto asks = [](int gpus, const char* more = "") { return R"({"resources":{"limits":{"nvidia.com/gpu":")" + std::to_string(gpus) + "\"}}" + more + "}"; };
    const auto list = [](const char* name, const std::vector<std::string>& of) {
        std::string text;
        for (const auto& it : of)
            text += (text.empty() ? "" : ",") + it;
        return "\"" + std::string(name) + "\":[" + text + "]";
    };
    const char* sidecar = R"(,"restartPolicy":"Always")";
    QTest::newRow("containers together") << list("containers", { asks(2), asks(1), "{}" }) << 3U;
    QTest::newRow("requests alone") << std::string(R"("containers":[{"resources":{"requests":{"nvidia.com/gpu":"4"}}}])") << 4U;
    QTest::newRow("both, once") << std::string(R"("containers":[{"resources":{"requests":{"nvidia.com/gpu":"4"},"limits":{"nvidia.com/gpu":"4"}}}])") << 4U;
    QTest::newRow("those before, one at a time") << list("initContainers", { asks(4), asks(5) }) + "," + list("containers", { asks(2), asks(1) }) << 5U;
    QTest::newRow("those before, fewer") << list("initContainers", { asks(1) }) + "," + list("containers", { asks(2) }) << 2U;
    QTest::newRow("sidecars stay") << list("initContainers", { asks(1, sidecar) }) + "," + list("containers", { asks(2) }) << 3U;
    QTest::newRow("one before beside a sidecar") << list("initContainers", { asks(1, sidecar), asks(4) }) + "," + list("containers", { asks(2) }) << 5U;
    QTest::newRow("one before, then a sidecar") << list("initContainers", { asks(3), asks(1, sidecar) }) + "," + list("containers", { asks(1) }) << 3U;
    QTest::newRow("none") << std::string(R"("containers":[{"resources":{"limits":{"cpu":"4","example.com/gpu":"1"}}}])") << 0U;
    QTest::newRow("no number") << std::string(R"("containers":[{"resources":{"limits":{"nvidia.com/gpu":"many"}}}])") << 0U;
}

void TestKubeReader::podsCountAsTheSchedulerCounts()
{
    QFETCH(std::string, spec);
    QFETCH(unsigned, gpus);
    const auto pod = podOf(spec);
    QCOMPARE(pod.gpus.empty() ? 0U : pod.gpus.at("nvidia.com/gpu"), gpus);
    QCOMPARE(pod.labels, (std::map<std::string, std::string> { { "app", "chat" } }));
}

void TestKubeReader::whyAPodWaits()
{
    QVERIFY(podOf("", R"({"phase":"Succeeded"})").ended);
    QVERIFY(podOf("", R"({"phase":"Failed"})").ended);
    QVERIFY(!podOf("", R"({"phase":"Unknown"})").ended);
    QCOMPARE(podOf("", R"({"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"SchedulingGated","message":"Scheduling is blocked due to non-empty scheduling gates"}]})").why,
        std::string("SchedulingGated: Scheduling is blocked due to non-empty scheduling gates"));
    QCOMPARE(podOf("", R"({"conditions":[{"type":"PodScheduled","status":"True"}]})").why, std::string());
    QVERIFY(podOf(R"("resourceClaims":[{"name":"gpu"}])").claims);
}

void TestKubeReader::taintsOfTheClusterKeepPodsAway_data()
{
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QByteArray>("effect");
    QTest::addColumn<bool>("away");
    QTest::newRow("cordoned") << QByteArray("node.kubernetes.io/unschedulable") << QByteArray("NoSchedule") << true;
    QTest::newRow("under pressure") << QByteArray("node.kubernetes.io/disk-pressure") << QByteArray("NoSchedule") << true;
    QTest::newRow("not reached") << QByteArray("node.kubernetes.io/unreachable") << QByteArray("NoExecute") << true;
    QTest::newRow("goes") << QByteArray("ToBeDeletedByClusterAutoscaler") << QByteArray("NoSchedule") << true;
    QTest::newRow("for GPU pods") << QByteArray("nvidia.com/gpu") << QByteArray("NoSchedule") << false;
    QTest::newRow("somebody's own") << QByteArray("team") << QByteArray("NoExecute") << false;
    QTest::newRow("rather not") << QByteArray("node.kubernetes.io/memory-pressure") << QByteArray("PreferNoSchedule") << false;
}

void TestKubeReader::taintsOfTheClusterKeepPodsAway()
{
    QFETCH(QByteArray, key);
    QFETCH(QByteArray, effect);
    QFETCH(bool, away);
    KubeReader reader(KubeReader::Kind::Nodes);
    const auto objects = objectsOf(reader, R"({"kind":"NodeList","metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"n"},"spec":{"taints":[{"effect":")" + effect.toStdString() + R"(","key":")" + key.toStdString() + R"("}]}}]})");
    QCOMPARE(std::get<KubeNode>(objects.front()).keptFree, away);
}

void TestKubeReader::eventsAreRead()
{
    KubeReader reader(KubeReader::Kind::Pods);
    const auto added = reader.event(R"({"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","namespace":"ns","resourceVersion":"7"},"spec":{"nodeName":"n"}}})");
    QVERIFY(added && added->type == KubeEvent::Type::Added && added->version == "7");
    QCOMPARE(std::get<KubePod>(added->object).node, std::string("n"));
    // Order is nobody's promise.
    const auto deleted = reader.event(R"({"object":{"metadata":{"resourceVersion":"8","name":"p"}},"type":"DELETED"})");
    QVERIFY(deleted && deleted->type == KubeEvent::Type::Deleted && deleted->version == "8");
    const auto bookmark = reader.event(R"({"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"12746","creationTimestamp":null},"spec":{"containers":null},"status":{}}})");
    QVERIFY(bookmark && bookmark->type == KubeEvent::Type::Bookmark && bookmark->version == "12746");
    const auto error = reader.event(R"j({"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"too old resource version: 1 (9)","reason":"Expired","code":410}})j");
    QVERIFY(error && error->type == KubeEvent::Type::Error);
    QCOMPARE(error->code, 410);
    QCOMPARE(error->reason, std::string("Expired"));
    QCOMPARE(error->message, std::string("too old resource version: 1 (9)"));
}

void TestKubeReader::whatIsNoEventIsRefused_data()
{
    QTest::addColumn<std::string>("line");
    QTest::newRow("nothing") << std::string();
    QTest::newRow("a page") << std::string("<html>");
    QTest::newRow("another type") << std::string(R"({"type":"SURPRISE","object":{"metadata":{"resourceVersion":"1"}}})");
    QTest::newRow("no object") << std::string(R"({"type":"ADDED"})");
    QTest::newRow("no version") << std::string(R"({"type":"ADDED","object":{"metadata":{"name":"p"}}})");
    QTest::newRow("more behind it") << std::string(R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"1"}}} {)");
    QTest::newRow("a list") << std::string("[]");
}

void TestKubeReader::whatIsNoEventIsRefused()
{
    QFETCH(std::string, line);
    KubeReader reader(KubeReader::Kind::Pods);
    const auto event = reader.event(line);
    QVERIFY(!event);
    QCOMPARE(event.error().kind, Error::Kind::Invalid);
}

void TestKubeReader::everyPrefixIsRefused()
{
    KubeReader reader(KubeReader::Kind::Nodes);
    for (std::size_t length = 0; length < nodeList.size(); ++length)
        QVERIFY2(!reader.page(nodeList.substr(0, length), [](KubeObject) { }), nodeList.substr(0, length).c_str());
    const std::string line = R"({"type":"MODIFIED","object":{"metadata":{"name":"n","resourceVersion":"9"},"spec":{"taints":[{"key":"a"}]},"status":{"capacity":{"nvidia.com/gpu":"8"}}}})";
    QVERIFY(reader.event(line));
    for (std::size_t length = 0; length < line.size(); ++length)
        QVERIFY2(!reader.event(line.substr(0, length)), line.substr(0, length).c_str());
}

void TestKubeReader::capturesAreRead()
{
    const auto folder = test::sharedData() + QStringLiteral("/data/kubernetes/");
    if (!QFile::exists(folder + QStringLiteral("nodes")))
        QSKIP("../shared/data/kubernetes is not beside the checkout");
    KubeReader nodes(KubeReader::Kind::Nodes), pods(KubeReader::Kind::Pods);
    const auto contentOf = [&](const char* name) {
        QFile file(folder + QString::fromLatin1(name));
        if (!file.open(QIODevice::ReadOnly))
            qFatal("%s", name);
        return file.readAll().toStdString();
    };
    const auto listOf = [&](const char* name, const char* kind) {
        return nlohmann::json { { "kind", kind }, { "metadata", { { "resourceVersion", "1" } } }, { "items", { jsonOf(YAML::Load(contentOf(name))) } } }.dump();
    };
    auto aks = nlohmann::json::parse(contentOf("nodes/aks_nodelist_3xD2s_v3_2021.json"));
    // kubectl writes List, without a version.
    aks["kind"] = "NodeList";
    aks["metadata"]["resourceVersion"] = "1";
    const auto three = objectsOf(nodes, aks.dump());
    QCOMPARE(three.size(), std::size_t(3));
    for (const auto& object : three) {
        const auto& node = std::get<KubeNode>(object);
        QVERIFY(node.ready && node.capacity.empty());
        QCOMPARE(node.labels.at("topology.kubernetes.io/region"), std::string("southcentralus"));
    }
    const auto mig = std::get<KubeNode>(objectsOf(nodes, listOf("nodes/gpu_node_a100_mig_4_instances.yaml", "NodeList")).front());
    QCOMPARE(mig.capacity.at("nvidia.com/gpu"), 0U);
    QCOMPARE(mig.allocatable.at("nvidia.com/mig-1g.5gb"), 3U);
    QCOMPARE(mig.allocatable.at("nvidia.com/mig-2g.10gb"), 1U);
    QCOMPARE(mig.labels.at("nvidia.com/gpu.count"), std::string("1"));
    QVERIFY(mig.ready);
    const auto t4 = std::get<KubeNode>(objectsOf(nodes, listOf("nodes/gpu_node_2xt4_fractional_2022.yaml", "NodeList")).front());
    QCOMPARE(t4.capacity.at("nvidia.com/gpu"), 2U);
    const auto reservation = std::get<KubePod>(objectsOf(pods, listOf("pods/pod_gpu_reservation.yaml", "PodList")).front());
    QCOMPARE(reservation.gpus.at("nvidia.com/gpu"), 1U);
    QVERIFY(!reservation.node.empty() && !reservation.ended);
    const auto fraction = std::get<KubePod>(objectsOf(pods, listOf("pods/pod_fractional_gpu.yaml", "PodList")).front());
    QVERIFY(fraction.gpus.empty());
}

QTEST_APPLESS_MAIN(TestKubeReader)
#include "tst_kubereader.moc"
