// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>

#include <atomic>
#include <mutex>

#include "slurm/slurmsource.h"
#include "support/httpserver.h"
#include "support/slurmserver.h"
#include "support/slurmworld.h"
#include "support/sourcelistener.h"

using namespace penstock;
using namespace std::chrono_literals;
using test::HttpQuestion;
using test::HttpReply;
using test::HttpServer;
using test::SlurmServer;
using test::SlurmWorld;
using Listener = test::SourceListener;

/// A source that asks a real Slurm, and others that break as real ones do.
class TestSlurmSource final : public QObject
{
    Q_OBJECT

private slots:
    void aRealSlurmIsAFleet();
    void theNewestVersionIsAsked_data();
    void theNewestVersionIsAsked();
    void whatIsWrongIsToldApart_data();
    void whatIsWrongIsToldApart();
    void withoutJobsTheFleetIsShownAndUnfit();
    void anotherVersionIsFoundAgain();
    void anEndedTokenIsNamed();

private:
    static std::unique_ptr<Source> start(const std::string& url, Listener& listener, std::function<Result<std::string>()> token = [] { return std::string("secret"); }, std::string user = "ada", std::vector<Workload> workloads = {}, std::chrono::milliseconds timeout = 3s)
    {
        auto source = makeSlurmSource({ .name = "slurm-a", .url = url, .user = std::move(user), .token = std::move(token), .place = { "aws", "us-east-1", {} }, .workloads = std::move(workloads), .every = 100ms, .timeout = timeout },
            std::make_shared<HttpClient>());
        source->start(listener);
        return source;
    }
};

void TestSlurmSource::aRealSlurmIsAFleet()
{
    if (!SlurmServer::isInstalled())
        QSKIP("munge, slurmctld, slurmd, slurmrestd and slurm-wlm-jwt-plugin are not all installed");
    SlurmServer server({ { "gpu01", "gpu:h100:8" }, { "gpu02", "gpu:h100:8" }, { "mix1", "gpu:a100:4,gpu:h200:4" }, { "gpu03", "gpu:h100:8", false }, { "cpu1", {} } },
        "PartitionName=train Nodes=gpu[01-03] Default=YES MaxTime=INFINITE State=UP\nPartitionName=infer Nodes=mix1,cpu1 MaxTime=INFINITE State=UP\n");
    QVERIFY2(server.start(), server.log().constData());
    std::vector<Workload> workloads(1);
    workloads[0].name = "chat";
    workloads[0].match = { { "label.partition", "infer" }, { "pod", "chat-" } };
    Listener listener;
    std::mutex mutex;
    auto token = server.token();
    const auto source = start(
        server.url(), listener,
        [&]() -> Result<std::string> {
            const std::lock_guard lock(mutex);
            return token;
        },
        server.user(), workloads, 30s);
    const auto is = [&](GpuState state, std::uint64_t gpus) { return listener.count(state) == gpus; };
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(), std::uint64_t(32), 20'000);
    QTRY_VERIFY2_WITH_TIMEOUT(listener.stands() == std::pair(Connection::Live, QString()), qPrintable(listener.stands().second), 5'000);
    QTRY_VERIFY_WITH_TIMEOUT(is(GpuState::Free, 24) && is(GpuState::Unknown, 8), 10'000); // nobody answers for gpu03
    QVERIFY2(listener.missing().contains(QLatin1String("8 GPUs of gpu03 (not responding")) || listener.missing().contains(QLatin1String("8 GPUs of gpu03 (not heard from yet")), qPrintable(listener.missing()));
    {
        const std::lock_guard lock(listener.mutex);
        QCOMPARE(listener.inventory->sourceVersion.find("Slurm 22.05"), std::size_t(0));
        QCOMPARE(listener.inventory->clusters.at(0), (Inventory::Cluster { "aws", "us-east-1", "slurm-a" }));
        QCOMPARE(listener.inventory->models.size(), std::size_t(3));
    }

    // Jobs hold GPUs, on several nodes and of several types.
    QVERIFY(server.allocate({ "-A", "ml", "-J", "llm-1", "--gres=gpu:h100:4" }));
    QVERIFY(server.allocate({ "-A", "ml", "-J", "llm-2", "--gres=gpu:2", "-N2" }));
    QVERIFY(server.allocate({ "-A", "prod", "-J", "chat-1", "-p", "infer", "--gres=gpu:h200:3" }));
    QTRY_VERIFY_WITH_TIMEOUT(is(GpuState::Busy, 11) && is(GpuState::Free, 13), 10'000);
    QCOMPARE(listener.count(GpuState::Busy, "ml"), std::uint64_t(8));
    QCOMPARE(listener.count(GpuState::Busy, "chat"), std::uint64_t(3));
    const auto h200 = listener.shown()->tally({ .scope = {}, .model = "H200", .workload = {}, .state = GpuState::Busy });
    QCOMPARE(h200.gpus, std::uint64_t(3));

    // What waits, and why.
    QVERIFY(server.queue({ "-A", "ml", "-J", "big", "--gpus-per-node=8", "-N3" }));
    QVERIFY(server.queue({ "-A", "eval", "-J", "tasks", "--gpus-per-task=1", "-n20" }));
    QVERIFY(server.queue({ "-A", "eval", "-J", "total", "--gpus=18" }));
    QVERIFY(server.queue({ "-A", "eval", "-J", "many", "--gpus=16", "--array=3-19:2%4" }));
    QVERIFY(server.queue({ "-A", "eval", "-J", "later", "--gpus=8", "--begin=now+1hour" }));
    QVERIFY(server.queue({ "-A", "eval", "-J", "held", "--gpus=8", "-H" }));
    QTRY_VERIFY_WITH_TIMEOUT(listener.demandOf("ml").gpusUnmet == 24 && listener.demandOf("eval").gpusUnmet == 20 + 18 + 9 * 16, 10'000);
    QCOMPARE(listener.demandOf("ml").gpusNeeded, 32U);
    QTRY_VERIFY_WITH_TIMEOUT(listener.demandOf("eval").unmetWhy.contains("Priority"), 10'000);

    // Drained: what is held stays busy.
    server.run("scontrol", { "update", "nodename=gpu02", "state=drain", "reason=bad nvlink" });
    QTRY_VERIFY_WITH_TIMEOUT(is(GpuState::Draining, 6) && is(GpuState::Busy, 11), 10'000);
    QVERIFY2(listener.missing().contains(QLatin1String("8 GPUs of gpu02 (draining: bad nvlink)")), qPrintable(listener.missing()));
    server.run("scontrol", { "update", "nodename=gpu02", "state=resume" });
    server.run("scontrol", { "update", "partitionname=infer", "state=drain" });
    QTRY_VERIFY_WITH_TIMEOUT(is(GpuState::Draining, 5), 10'000);
    server.run("scontrol", { "update", "partitionname=infer", "state=up" });
    server.run("scancel", { "-n", "chat-1" });
    QTRY_VERIFY_WITH_TIMEOUT(listener.count(GpuState::Busy, "chat") == 0 && is(GpuState::Draining, 0), 10'000);
    server.run("scontrol", { "update", "nodename=mix1", "state=down", "reason=no power" });
    QTRY_VERIFY_WITH_TIMEOUT(is(GpuState::Unknown, 16), 10'000);

    // Who may not ask, and who does not answer.
    {
        const std::lock_guard lock(mutex);
        token = "bad";
    }
    QTRY_VERIFY_WITH_TIMEOUT(listener.stands().second.contains(QLatin1String("A token that slurmctld refuses looks the same")), 10'000);
    const auto brief = server.token(1);
    {
        const std::lock_guard lock(mutex);
        token = brief;
    }
    QTRY_VERIFY2_WITH_TIMEOUT(listener.stands().second.contains(QLatin1String("the token ended at 20")), qPrintable(listener.stands().second), 10'000);
    // In the second in which it ends the server may still take it once.
    QTRY_COMPARE_WITH_TIMEOUT(listener.stands().first, Connection::Failing, 10'000);
    const auto lasting = server.token();
    {
        const std::lock_guard lock(mutex);
        token = lasting;
    }
    QTRY_COMPARE_WITH_TIMEOUT(listener.stands().first, Connection::Live, 10'000);
    server.killController();
    QTRY_VERIFY2_WITH_TIMEOUT(listener.stands().second.contains(QLatin1String("gets nothing from slurmctld")), qPrintable(listener.stands().second), 40'000);
    QVERIFY(server.startController());
    QTRY_COMPARE_WITH_TIMEOUT(listener.stands().first, Connection::Live, 20'000);
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(), std::uint64_t(32), 10'000);
    server.killRest();
    QTRY_VERIFY2_WITH_TIMEOUT(listener.stands().second.contains(QLatin1String("refused")), qPrintable(listener.stands().second), 10'000);
    QVERIFY(server.startRest());
    QTRY_COMPARE_WITH_TIMEOUT(listener.stands().first, Connection::Live, 20'000);
}

void TestSlurmSource::theNewestVersionIsAsked_data()
{
    QTest::addColumn<int>("version");
    QTest::addColumn<bool>("describes"); ///< itself
    for (const int version : { 38, 39, 40, 41, 43 })
        for (const bool describes : { true, false })
            QTest::addRow("v0.0.%d, %s", version, describes ? "which says so" : "found by trying") << version << describes;
}

void TestSlurmSource::theNewestVersionIsAsked()
{
    QFETCH(int, version);
    QFETCH(bool, describes);
    SlurmWorld world;
    for (int i = 0; i < 10; ++i)
        world.nodes.push_back({ .name = QStringLiteral("n%1").arg(i) });
    world.jobs.push_back({ .id = 1, .account = QStringLiteral("ml"), .name = QStringLiteral("j"), .state = QStringLiteral("RUNNING"), .held = { { QStringLiteral("n3"), { 0, 1, 2 } } } });
    std::atomic<bool> entitled = true;
    const HttpServer server([&](const HttpQuestion& question) {
        entitled = entitled && question.headers["x-slurm-user-name"] == "ada" && question.headers["x-slurm-user-token"] == "secret" && !question.headers.contains("authorization");
        if (question.path == "/slurm/v0.0." + QByteArray::number(version) + "/ping")
            return HttpReply { .body = "{}", .headers = {} };
        const auto body = describes || question.path != "/openapi/v3" ? world.at(question.path, version) : QByteArray();
        return body.isEmpty() ? HttpReply { .status = 404, .type = "text/plain", .body = "Unable find requested URL.", .headers = {} } : HttpReply { .body = body, .headers = {} };
    });
    Listener listener;
    const auto source = start(server.url() + "/", listener);
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(), std::uint64_t(80), 10'000);
    QCOMPARE(listener.count(GpuState::Busy, "ml"), std::uint64_t(3));
    QTRY_VERIFY(listener.stands() == std::pair(Connection::Live, QString()));
    QVERIFY(entitled);
    const std::lock_guard lock(listener.mutex);
    QVERIFY(listener.inventory->sourceVersion.ends_with(", v0.0." + std::to_string(version)));
}

void TestSlurmSource::whatIsWrongIsToldApart_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("ending");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, int status, const char* type, const char* body, const char* says, HttpReply::Ending ending = HttpReply::Ending::Whole) {
        QTest::newRow(name) << status << QByteArray(type) << QByteArray(body) << static_cast<int>(ending) << QString::fromLatin1(says);
    };
    row("no entry", 401, "text/plain", "Authentication failure", "refuses (401)");
    row("slurmctld is silent", 500, "application/json", R"({"errors":[{"error":"Unspecified error","errno":-1}],"nodes":[]})", "slurmrestd gets nothing from slurmctld: Unspecified error (-1)");
    row("a refused token, from v0.0.40 on", 401, "application/json", R"({"errors":[{"error":"Authentication failure"}]})", "refuses (401)");
    row("no right to look", 200, "application/json", R"({"errors":[{"error":"Access/permission denied","error_number":2002}],"nodes":[]})", "PrivateData");
    row("a web page", 200, "text/html", "<html></html>", "it sends text/html");
    row("a proxy in trouble", 502, "text/html", "<html></html>", "in trouble (502)");
    row("it breaks down", 500, "text/plain", "oops", "in trouble (500)");
    row("another API", 200, "application/json", R"({"message":"hello"})", "is this the address of slurmrestd");
    row("half a document", 200, "application/json", R"({"errors":[],"nodes":[{"name":"gp)", "cut off");
    row("half an answer", 200, "application/json", R"({"errors":[],"nodes":[]})", "", HttpReply::Ending::Half);
    row("it hangs up", 200, "application/json", "{}", "", HttpReply::Ending::HangUp);
    row("it hangs", 200, "application/json", "{}", "3", HttpReply::Ending::Silence);
    row("no GPUs", 200, "application/json", R"({"errors":[],"nodes":[{"name":"cpu1","gres":"","state":"idle"}],"jobs":[],"partitions":[]})", "no node of this Slurm has GPUs");
}

void TestSlurmSource::whatIsWrongIsToldApart()
{
    QFETCH(int, status);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, body);
    QFETCH(int, ending);
    QFETCH(QString, says);
    const HttpServer server([&](const HttpQuestion& question) {
        if (question.path == "/openapi/v3")
            return HttpReply { .body = SlurmWorld().at(question.path, 38), .headers = {} };
        return HttpReply { .status = status, .type = type, .body = body, .headers = {}, .ending = static_cast<HttpReply::Ending>(ending) };
    });
    Listener listener;
    const auto source = start(server.url(), listener);
    QTRY_COMPARE_WITH_TIMEOUT(listener.stands().first, Connection::Failing, 15'000);
    QVERIFY2(!listener.stands().second.isEmpty() && listener.stands().second.contains(says), qPrintable(listener.stands().second));
    QCOMPARE(listener.count(), std::uint64_t(0));
}

void TestSlurmSource::withoutJobsTheFleetIsShownAndUnfit()
{
    SlurmWorld world;
    world.nodes.push_back({ .name = QStringLiteral("n") });
    world.jobs.push_back({ .id = 1, .account = QStringLiteral("ml"), .name = QStringLiteral("j"), .state = QStringLiteral("RUNNING"), .held = { { QStringLiteral("n"), { 0, 1, 2 } } } });
    const HttpServer server([&](const HttpQuestion& question) {
        if (question.path.endsWith("/jobs"))
            return HttpReply { .status = 504, .type = "text/html", .body = "<html></html>", .headers = {} };
        return HttpReply { .body = world.at(question.path, 38), .headers = {} };
    });
    Listener listener;
    const auto source = start(server.url(), listener);
    QTRY_COMPARE_WITH_TIMEOUT(listener.count(GpuState::Busy), std::uint64_t(3), 10'000);
    QTRY_COMPARE(listener.stands().first, Connection::Live);
    QVERIFY2(listener.stands().second.contains(QLatin1String("in trouble (504)")), qPrintable(listener.stands().second));
    QVERIFY(listener.missing().contains(QLatin1String("jobs (workloads, pending demand)")));
}

void TestSlurmSource::anotherVersionIsFoundAgain()
{
    SlurmWorld world;
    world.nodes.push_back({ .name = QStringLiteral("n") });
    std::atomic<int> version = 39;
    const HttpServer server([&](const HttpQuestion& question) {
        const auto body = world.at(question.path, version);
        return body.isEmpty() ? HttpReply { .status = 404, .type = "text/plain", .body = "Unable find requested URL.", .headers = {} } : HttpReply { .body = body, .headers = {} };
    });
    Listener listener;
    const auto source = start(server.url(), listener);
    const auto isOf = [&](const char* name) {
        const std::lock_guard lock(listener.mutex);
        return listener.inventory && listener.inventory->sourceVersion.ends_with(name) && listener.state == Connection::Live;
    };
    QTRY_VERIFY_WITH_TIMEOUT(isOf("v0.0.39"), 10'000);
    version = 41; // an upgrade
    QTRY_VERIFY_WITH_TIMEOUT(isOf("v0.0.41"), 10'000);
}

void TestSlurmSource::anEndedTokenIsNamed()
{
    // {"exp":1795680075,"iat":1795680074,"sun":"root"}
    const std::string ended = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjE3OTU2ODAwNzUsImlhdCI6MTc5NTY4MDA3NCwic3VuIjoicm9vdCJ9.fAzGCLLY1O0";
    const HttpServer server([&](const HttpQuestion& question) {
        if (question.path == "/openapi/v3")
            return HttpReply { .body = SlurmWorld().at(question.path, 38), .headers = {} };
        return HttpReply { .status = 500, .body = R"({"errors":[{"error":"Unspecified error","errno":-1}],"nodes":[]})", .headers = {} };
    });
    Listener listener;
    auto source = makeSlurmSource({ .name = "slurm-a", .url = server.url(), .user = "ada", .token = [&] { return ended; }, .place = { "aws", "us-east-1", {} }, .workloads = {}, .every = 100ms, .timeout = 3s,
                                      .clock = [] { return Time(std::chrono::seconds(1795680100)); } },
        std::make_shared<HttpClient>());
    source->start(listener);
    QTRY_COMPARE_WITH_TIMEOUT(listener.stands().first, Connection::Failing, 10'000);
    QVERIFY2(listener.stands().second.contains(QLatin1String("the token ended at 2026-11-26T08:01:15")), qPrintable(listener.stands().second));
}

QTEST_GUILESS_MAIN(TestSlurmSource)
#include "tst_slurmsource.moc"
