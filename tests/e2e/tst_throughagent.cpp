// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "session/session.h"
#include "support/httpserver.h"
#include "support/inferenceserver.h"
#include "support/prometheusserver.h"

using namespace penstock;
using namespace std::chrono_literals;
using test::HttpQuestion;
using test::HttpReply;
using test::HttpServer;
using test::PrometheusServer;
using test::ScrapeJob;

namespace {

/// The GPUs of a node that has lost its first one are 1 to 8.
int numberOf(int node, int gpu) { return gpu + (node == 4 ? 1 : 0); }

QByteArray exporters()
{
    QByteArray text;
    for (const char* metric : { "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE", "DCGM_FI_DEV_GPU_TEMP", "DCGM_FI_DEV_XID_ERRORS" })
        for (int n = 0; n < 12; ++n)
            for (int g = 0; g < 8; ++g) {
                const bool isXid = QByteArray(metric).endsWith("XID_ERRORS"), isHeld = (n + g) % 3 != 0;
                const int value = isXid ? (n == 5 && g == 2 ? 79 : 0) : metric[15] == 'U' ? 70000 : isHeld ? 60 + g : 0;
                text += QByteArray(metric) + "{gpu=\"" + QByteArray::number(numberOf(n, g)) + "\",UUID=\"GPU-00000000-0000-4000-8000-" + QByteArray::number(1 + n * 8 + g).rightJustified(12, '0') + "\",modelName=\"NVIDIA H100 80GB HBM3\",Hostname=\"node-" + QByteArray::number(n)
                    + "\"" + (isHeld ? ",namespace=\"" + QByteArray(n % 2 ? "train" : "infer") + "\",pod=\"p-" + QByteArray::number(n * 8 + g) + "\"" : QByteArray(",namespace=\"\",pod=\"\"")) + "} " + QByteArray::number(value) + "\n";
            }
    return text;
}

/// The nodes of the exporters, one of them cordoned, one without an exporter, and a pod that waits.
QByteArray cluster()
{
    QByteArray text;
    for (int n = 0; n < 13; ++n) {
        const auto node = "node=\"node-" + QByteArray::number(n) + "\"";
        text += "kube_node_info{" + node + ",provider_id=\"" + (n % 2 ? "aws:///us-east-1a/i-0" : "gce://project/us-central1-a/vm") + "\"} 1\n";
        text += "kube_node_status_capacity{" + node + ",resource=\"nvidia_com_gpu\",unit=\"integer\"} 8\n";
        text += "kube_node_spec_unschedulable{" + node + "} " + (n == 3 ? "1" : "0") + "\n";
    }
    const QByteArray who = "namespace=\"train\",pod=\"waits\",uid=\"u\"";
    text += "kube_pod_container_resource_requests{" + who + ",container=\"main\",node=\"\",resource=\"nvidia_com_gpu\",unit=\"integer\"} 16\n";
    for (const char* phase : { "Pending", "Running", "Succeeded", "Failed", "Unknown" })
        text += "kube_pod_status_phase{" + who + ",phase=\"" + phase + "\"} " + (QByteArray(phase) == "Pending" ? "1" : "0") + "\n";
    return text;
}

/// All that a console shows of its fleets but for ages, as text: a difference can be read.
QString shownBy(const Session& session)
{
    QString text;
    const auto put = [&](const auto&... parts) { ((text += QStringLiteral("%1 ").arg(parts)), ...), text += QLatin1Char('\n'); };
    const auto put8 = [&](const auto&... parts) { put(QString::fromStdString(parts)...); };
    const auto& snapshot = *session.snapshot();
    const auto& shape = snapshot.structure();
    for (const auto& node : shape.nodes) {
        const auto& place = shape.clusters[node.cluster];
        put8(node.name, node.instanceType, shape.models[node.model], place.name, shape.regions[place.region].name, shape.providerOf(place).name);
        for (std::uint32_t g = 0; g < node.gpus; ++g) {
            const auto gpu = snapshot.gpu(node, g);
            put(int(gpu.state), int(gpu.health), gpu.utilisation, gpu.temperature, gpu.power, gpu.memoryUsed);
            put(node.numberOf(g));
            put8(node.uuidOf(g), gpu.workload == noWorkload ? std::string("-") : snapshot.workloads()[gpu.workload]);
        }
    }
    put(snapshot.total().gpus, snapshot.total().nodes, snapshot.total().utilisation.mean().value_or(-1), snapshot.total().memory.mean().value_or(-1), int(snapshot.simulated()));
    for (const auto state : gpuStatesInOrder)
        put(snapshot.total().count(state));
    for (const auto& demand : snapshot.demand()) {
        put8(demand.workload);
        put(demand.gpusNeeded, demand.gpusUnmet, demand.requestsPerSecond.value_or(-1));
        for (const auto& [why, gpus] : demand.unmetWhy)
            put(QString::fromStdString(why), gpus);
    }
    for (const auto& level : snapshot.service()) {
        put8(level.workload, level.provider, level.region, level.cluster);
        put(level.running.value_or(-1), level.waiting.value_or(-1), level.kvUse.value_or(-1), level.latency.buckets.size(), level.firstToken.buckets.size());
    }
    const auto& endpoint = session.endpoints().at(0);
    for (const auto& it : endpoint.missing)
        put8(it);
    put(int(endpoint.connection), int(endpoint.stale), endpoint.gpus);
    put8(endpoint.partial ? endpoint.partial->what + endpoint.partial->hint : std::string("whole"), endpoint.provider);
    return text;
}

} // namespace

/// What a console shows of a fleet is the same whether it reads it itself or through an agent.
class TestThroughAgent final : public QObject
{
    Q_OBJECT

private slots:
    void theConsoleShowsTheSame_data();
    void theConsoleShowsTheSame();
    void anAgentThatCannotBeginSaysWhy_data();
    void anAgentThatCannotBeginSaysWhy();

private:
    /// Of an [[endpoint]] that is written there.
    [[nodiscard]] QString write(const QByteArray& endpoint)
    {
        QFile file(m_folder.filePath(QStringLiteral("agent.toml")));
        if (!file.open(QIODevice::WriteOnly) || file.write("[workspace]\nname = \"agent\"\n[policy]\nstale_after_s = 3\n[[endpoint]]\n" + endpoint + "[[workload]]\nname = \"llm\"\nmatch = { namespace = \"infer\" }\n") < 0)
            qFatal("the workspace cannot be written");
        return file.fileName();
    }
    QTemporaryDir m_folder;
};

void TestThroughAgent::theConsoleShowsTheSame_data()
{
    QTest::addColumn<bool>("store");
    QTest::newRow("Prometheus") << true;
    QTest::newRow("exporters, one of which is silent") << false;
}

void TestThroughAgent::theConsoleShowsTheSame()
{
    QFETCH(bool, store);
    if (store && !PrometheusServer::isInstalled())
        QSKIP("prometheus is not installed");
    test::InferenceWorld inference { .running = 3, .waiting = 2, .kvUse = 0.5 };
    inference.answer(100, 0.3, 5);
    auto pages = std::make_unique<HttpServer>([&](const HttpQuestion& question) {
        return HttpReply { .type = "text/plain; version=0.0.4", .body = question.path.startsWith("/kube") ? cluster() : question.path.startsWith("/llm") ? inference.text() : exporters(), .headers = {} };
    });
    const auto address = QByteArray::fromStdString(pages->url());
    PrometheusServer server;
    if (store) {
        QByteArray jobs;
        for (const char* path : { "/metrics", "/kube", "/llm" })
            jobs += ScrapeJob { .name = path + 1, .url = pages->url(), .path = path, .honours = true }.text();
        QVERIFY(server.start(jobs));
    }
    const auto file = write(store ? "name = \"east\"\nkind = \"prometheus\"\nurl = \"" + QByteArray::fromStdString(server.url()) + "\"\n"
                                  : "name = \"east\"\nkind = \"dcgm\"\ntargets = [\"" + address + "\", \"http://127.0.0.1:1\"]\nmetrics = [\"" + address + "/llm\"]\nprovider = \"aws\"\nregion = \"us-east-1\"\n");
    const auto workspace = loadWorkspace(file.toStdString());
    QVERIFY(workspace);

    QProcess agent;
    agent.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    agent.start(QStringLiteral(PENSTOCK_AGENT), { QStringLiteral("workspace"), file, QStringLiteral("--endpoint"), QStringLiteral("east"), QStringLiteral("--listen"), QStringLiteral("127.0.0.1:0"), QStringLiteral("--plaintext") });
    QTRY_VERIFY_WITH_TIMEOUT(agent.canReadLine(), 20'000);
    auto console = *workspace;
    console.endpoints = { { .name = "east", .kind = "agent", .url = "grpc://127.0.0.1:" + agent.readLine().trimmed().split(':').last().toStdString(), .token = {}, .ca = {}, .path = {}, .provider = {}, .region = {}, .cluster = {} } };
    Session direct(*workspace, {}), through(console, {});
    direct.start();
    through.start();

    const std::uint64_t gpus = store ? 104 : 96;
    QTRY_COMPARE_WITH_TIMEOUT(direct.snapshot()->total().gpus, gpus, 30'000);
    QTRY_COMPARE_WITH_TIMEOUT(through.snapshot()->total().gpus, gpus, 30'000);
    QTRY_VERIFY_WITH_TIMEOUT(direct.snapshot()->service("llama", {}).value_or(ServiceLevel {}).running == 3.0, 30'000);
    QTRY_COMPARE_WITH_TIMEOUT(shownBy(through), shownBy(direct), 30'000);
    const auto& shown = through.endpoints().at(0);
    QCOMPARE(shown.version, std::string("penstock-agent ") + PENSTOCK_VERSION + ", " + direct.endpoints().at(0).version);
    QCOMPARE(shown.partial.has_value(), !store);
    QCOMPARE(through.snapshot()->tally({ .scope = {}, .model = {}, .workload = "llm", .state = {} }).gpus, direct.snapshot()->tally({ .scope = {}, .model = {}, .workload = "llm", .state = {} }).gpus);
    QCOMPARE(through.snapshot()->total().count(GpuState::Unhealthy), std::uint64_t { 1 });
    const auto& nodes = through.snapshot()->structure().nodes;
    const auto fourth = std::ranges::find(nodes, "node-4", [](const auto& it) { return it.name; });
    QVERIFY(fourth != nodes.end());
    QCOMPARE(fourth->numberOf(7), 8U);
    QCOMPARE(fourth->uuidOf(7), std::string("GPU-00000000-0000-4000-8000-000000000040"));
    if (store)
        QVERIFY(!through.snapshot()->demand().empty());

    // The source dies: both say the same of it, and of how old it is.
    if (store)
        server.kill();
    else
        pages.reset();
    QTRY_COMPARE_WITH_TIMEOUT(direct.endpoints().at(0).connection, Connection::Failing, 30'000);
    QTRY_COMPARE_WITH_TIMEOUT(through.endpoints().at(0).connection, Connection::Failing, 30'000);
    QCOMPARE(through.endpoints().at(0).error->what, direct.endpoints().at(0).error->what);
    QCOMPARE(through.endpoints().at(0).error->hint, direct.endpoints().at(0).error->hint);
    QVERIFY(through.endpoints().at(0).error->where.ends_with(", behind the agent at " + console.endpoints[0].url));
    QTRY_VERIFY_WITH_TIMEOUT(through.endpoints().at(0).stale, 10'000);
    QTRY_COMPARE_WITH_TIMEOUT(shownBy(through), shownBy(direct), 10'000);
    QCOMPARE(through.snapshot()->total().count(GpuState::Unknown), gpus);
    QVERIFY(*through.endpoints().at(0).observed < wallClock() - 3s);
    // Who comes now sees it as old.
    Session late(console, {});
    late.start();
    QTRY_COMPARE_WITH_TIMEOUT(late.snapshot()->total().gpus, gpus, 10'000);
    QTRY_COMPARE_WITH_TIMEOUT(late.endpoints().at(0).connection, Connection::Failing, 10'000);
    QVERIFY(late.endpoints().at(0).observed == through.endpoints().at(0).observed);
    QCOMPARE(late.snapshot()->total().count(GpuState::Unknown), gpus);

    // The agent dies, which is another thing.
    agent.terminate();
    QVERIFY(agent.waitForFinished(10'000));
    QCOMPARE(agent.exitCode(), 0);
    QTRY_VERIFY_WITH_TIMEOUT(through.endpoints().at(0).error->what.find("no connection") != std::string::npos, 10'000);
    QVERIFY(through.endpoints().at(0).error->where.find("behind") == std::string::npos);
    QCOMPARE(through.endpoints().at(0).connection, Connection::Failing);
    QCOMPARE(through.snapshot()->total().gpus, gpus);
}

void TestThroughAgent::anAgentThatCannotBeginSaysWhy_data()
{
    QTest::addColumn<QByteArray>("endpoint");
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("says");
    const QByteArray good = "name = \"east\"\nkind = \"prometheus\"\nurl = \"http://127.0.0.1:1\"\n";
    QTest::newRow("another endpoint") << good << QStringList { QStringLiteral("--endpoint"), QStringLiteral("west") } << 1 << "there is no endpoint 'west' (write --endpoint with one of: east)";
    QTest::newRow("several endpoints") << good + "[[endpoint]]\n" + QByteArray(good).replace("east", "west") << QStringList() << 1 << "there are several endpoints (write --endpoint with one of: east, west)";
    QTest::newRow("a secret that is not there") << good + "token = \"env:PENSTOCK_NO_SUCH_TOKEN\"\n" << QStringList() << 1 << "the environment variable PENSTOCK_NO_SUCH_TOKEN is not set";
    QTest::newRow("a mistake in the file") << good + "colour = \"red\"\n" << QStringList() << 1 << "agent.toml:9:1: unknown key 'colour'";
    QTest::newRow("an option of a replay") << good << QStringList { QStringLiteral("--speed"), QStringLiteral("2") } << 2 << "is of a replay";
}

void TestThroughAgent::anAgentThatCannotBeginSaysWhy()
{
    QFETCH(QByteArray, endpoint);
    QFETCH(QStringList, options);
    QFETCH(int, code);
    QFETCH(QString, says);
    QProcess agent;
    agent.start(QStringLiteral(PENSTOCK_AGENT), QStringList { QStringLiteral("workspace"), write(endpoint), QStringLiteral("--listen"), QStringLiteral("127.0.0.1:0"), QStringLiteral("--plaintext") } + options);
    QVERIFY(agent.waitForFinished(20'000));
    QCOMPARE(agent.exitCode(), code);
    const auto said = QString::fromUtf8(agent.readAllStandardError());
    QVERIFY2(said.contains(says), qPrintable(said));
}

QTEST_GUILESS_MAIN(TestThroughAgent)
#include "tst_throughagent.moc"
