// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>
#include <mutex>
#include <sys/resource.h>

#include "dcgm/dcgmsource.h"
#include "support/httpserver.h"
#include "support/inferenceserver.h"
#include "support/sourcelistener.h"

using namespace penstock;
using namespace std::chrono_literals;

namespace {

using test::HttpReply;
using Listener = test::SourceListener;

QByteArray answerOf(const char* host, int gpus)
{
    QByteArray text;
    for (int g = 0; g < gpus; ++g)
        text += "DCGM_FI_DEV_GPU_UTIL{gpu=\"" + QByteArray::number(g) + "\",UUID=\"GPU-" + host + QByteArray::number(g) + "\",modelName=\"Tesla T4\",Hostname=\"" + host + "\",pod=\"p\"} 50\n";
    return text;
}

} // namespace

/// A source that scrapes real sockets.
class TestDcgmSource final : public QObject
{
    Q_OBJECT

private slots:
    void inferenceServersAreScrapedBeside();
    void anInferenceServerThatTellsNoModelIsCalledByItsAddress();
    void exportersAreOneFleet();
    void whoDoesNotAnswerIsNamedAndHoldsUpNobody();
    void targetsKeepTheirSecondWhileManyAreSilent_data();
    void targetsKeepTheirSecondWhileManyAreSilent();
    void asManyConnectionsAsTheSystemAllowsMayBeOpen();
    void aTokenThatIsRefusedIsReadAnewOnce();
    void everyTargetThatFailsIsNamedWithItsLastAnswer();
    void whatIsWrongIsToldApart_data();
    void whatIsWrongIsToldApart();
    void anExporterThatComesBackIsSeen();
    void anExporterThatDiesIsNamedAndItsGpusAreUnknown();

private:
    static std::unique_ptr<Source> start(std::vector<std::string> targets, Listener& listener)
    {
        auto source = makeDcgmSource({ .targets = std::move(targets), .ca = {}, .place = { "aws", "us-east-1", "eks" }, .workloads = {}, .every = 50ms, .timeout = 500ms }, std::make_shared<HttpClient>());
        source->start(listener);
        return source;
    }
    static HttpReply text(const QByteArray& body) { return { .status = 200, .type = "text/plain; version=0.0.4", .body = body, .headers = {}, .ending = HttpReply::Ending::Whole }; }
};

void TestDcgmSource::inferenceServersAreScrapedBeside()
{
    test::HttpServer exporter([](const test::HttpQuestion&) { return text(answerOf("a", 8)); });
    std::mutex mutex;
    test::InferenceWorld world { .running = 3, .waiting = 2, .kvUse = 0.5 };
    std::atomic<bool> works = true;
    test::HttpServer server([&](const test::HttpQuestion&) {
        const std::lock_guard lock(mutex);
        return works ? text(world.text()) : HttpReply { .status = 503, .type = "text/plain", .body = {}, .headers = {}, .ending = HttpReply::Ending::Whole };
    });
    std::vector<Workload> workloads(1);
    workloads[0].name = "chat";
    workloads[0].match = { { "label.model_name", "llama" } };
    Listener listener;
    const auto source = makeDcgmSource({ .targets = { exporter.url() }, .metrics = { server.url() }, .ca = {}, .place = { "aws", "us-east-1", "eks" }, .workloads = workloads, .every = 50ms, .timeout = 500ms }, std::make_shared<HttpClient>());
    source->start(listener);
    const auto chat = [&] { return listener.shown()->service("chat", { .provider = "aws", .region = {}, .cluster = "eks", .node = {} }).value_or(ServiceLevel {}); };
    QTRY_COMPARE(chat().running, std::optional(3.0));
    QCOMPARE(chat().waiting, std::optional(2.0));
    QCOMPARE(listener.shown()->total().gpus, std::uint64_t { 8 });
    {
        const std::lock_guard lock(mutex);
        world.answer(1'000, 0.3, 5);
    }
    QTRY_VERIFY(chat().firstToken.quantile(0.5));
    const auto seen = chat().firstToken.quantile(0.5);
    const auto [least, most] = test::InferenceWorld::between(world.firstTokens, 0.5);
    QVERIFY2(*seen >= least && *seen <= most, qPrintable(QString::number(*seen)));
    works = false;
    QTRY_VERIFY(!chat().running);
    QTRY_VERIFY(listener.stands().second.contains(QLatin1String("1 of 2 targets do not answer")));
    QCOMPARE(listener.stands().first, Connection::Live);
}

void TestDcgmSource::anInferenceServerThatTellsNoModelIsCalledByItsAddress()
{
    test::HttpServer exporter([](const test::HttpQuestion&) { return text(answerOf("a", 8)); });
    test::HttpServer tgi([](const test::HttpQuestion&) { return text("tgi_batch_current_size 8\ntgi_queue_size 1\ntgi_request_count 50\ntgi_request_success 30\n"); });
    Listener listener;
    const auto source = makeDcgmSource({ .targets = { exporter.url() }, .metrics = { tgi.url() }, .ca = {}, .place = { "aws", "us-east-1", "eks" }, .workloads = {}, .every = 50ms, .timeout = 500ms }, std::make_shared<HttpClient>());
    source->start(listener);
    QTRY_COMPARE(listener.shown()->service(tgi.url().substr(7), {}).value_or(ServiceLevel {}).waiting, std::optional(1.0));
}

void TestDcgmSource::exportersAreOneFleet()
{
    std::atomic<int> asked = 0;
    QByteArray path;
    test::HttpServer a([&](const test::HttpQuestion& it) {
        path = it.path;
        ++asked;
        return text(answerOf("a", 8));
    });
    test::HttpServer b([](const test::HttpQuestion&) { return text(answerOf("b", 4)); });
    Listener listener;
    const auto source = start({ a.url(), b.url() + "/metrics" }, listener);
    QTRY_COMPARE(listener.shown()->total().gpus, std::uint64_t { 12 });
    QCOMPARE(listener.shown()->structure().nodes.size(), std::size_t { 2 });
    QCOMPARE(listener.shown()->total().count(GpuState::Busy), std::uint64_t { 12 });
    QTRY_VERIFY(asked > 3); // again and again
    QCOMPARE(path, QByteArray("/metrics"));
    QTRY_COMPARE(listener.stands().first, Connection::Live);
    QCOMPARE(listener.stands().second, QString());
    QVERIFY2(listener.missing().contains(QLatin1String("DCGM_FI_DEV_XID_ERRORS (GPU errors)")), qPrintable(listener.missing()));
    QVERIFY2(!listener.missing().contains(QLatin1String("utilisation")), qPrintable(listener.missing()));
}

void TestDcgmSource::whoDoesNotAnswerIsNamedAndHoldsUpNobody()
{
    test::HttpServer a([](const test::HttpQuestion&) { return text(answerOf("a", 8)); });
    test::HttpServer hangs([](const test::HttpQuestion&) { return HttpReply { .status = 200, .type = "text/plain", .body = {}, .headers = {}, .ending = HttpReply::Ending::Silence }; });
    Listener listener;
    const auto source = start({ a.url(), hangs.url() }, listener);
    QTRY_COMPARE(listener.shown()->total().gpus, std::uint64_t { 8 });
    QTRY_COMPARE(listener.stands().first, Connection::Live);
    QVERIFY2(listener.stands().second.contains(QLatin1String("1 of 2 targets do not answer")), qPrintable(listener.stands().second));
    QVERIFY2(listener.stands().second.contains(QString::fromStdString(hangs.url())), qPrintable(listener.stands().second));
    const int before = listener.frames;
    QTRY_VERIFY(listener.frames > before + 5);
}

void TestDcgmSource::targetsKeepTheirSecondWhileManyAreSilent_data()
{
    QTest::addColumn<int>("silent");
    QTest::newRow("fewer than are asked at once") << 100;
    QTest::newRow("more than are asked at once") << 300;
}

void TestDcgmSource::targetsKeepTheirSecondWhileManyAreSilent()
{
    QFETCH(int, silent);
    std::array<std::atomic<int>, 4> asked {};
    std::vector<std::unique_ptr<test::HttpServer>> servers;
    std::vector<std::string> targets;
    for (std::size_t i = 0; i < asked.size(); ++i) {
        servers.push_back(std::make_unique<test::HttpServer>([&asked, i](const test::HttpQuestion&) {
            ++asked[i];
            return text(answerOf(("n" + std::to_string(i)).c_str(), 1));
        }));
        targets.push_back(servers.back()->url());
    }
    const test::HttpServer hangs([](const test::HttpQuestion&) { return HttpReply { .status = 200, .type = "text/plain", .body = {}, .headers = {}, .ending = HttpReply::Ending::Silence }; });
    for (int i = 0; i < silent; ++i)
        targets.push_back(hangs.url() + "/" + std::to_string(i));
    Listener listener;
    const auto source = makeDcgmSource({ .targets = targets, .ca = {}, .place = { "aws", "us-east-1", "eks" }, .workloads = {}, .every = 50ms, .timeout = 1s }, std::make_shared<HttpClient>());
    source->start(listener);
    // Each would do it in a second if it were alone, and one after another they would wait for silent ones three seconds at least.
    QTRY_VERIFY_WITH_TIMEOUT(std::ranges::all_of(asked, [](const auto& it) { return it >= 20; }), 3'000);
    QTRY_COMPARE(listener.silentOnes().size(), static_cast<std::size_t>(silent));
    QCOMPARE(listener.count(GpuState::Busy), std::uint64_t(asked.size()));
}

void TestDcgmSource::asManyConnectionsAsTheSystemAllowsMayBeOpen()
{
    rlimit files {};
    QCOMPARE(getrlimit(RLIMIT_NOFILE, &files), 0);
    const auto most = files.rlim_max;
    files.rlim_cur = std::min<rlim_t>(files.rlim_cur, 512);
    QCOMPARE(setrlimit(RLIMIT_NOFILE, &files), 0);
    const HttpClient http;
    QCOMPARE(getrlimit(RLIMIT_NOFILE, &files), 0);
    QCOMPARE(files.rlim_cur, most);
}

void TestDcgmSource::aTokenThatIsRefusedIsReadAnewOnce()
{
    std::atomic<int> refused = 0;
    std::atomic<const char*> wanted = "Bearer new";
    const test::HttpServer server([&](const test::HttpQuestion& question) {
        const bool fits = question.headers.value("authorization") == wanted.load();
        refused += fits ? 0 : 1;
        return fits ? text(answerOf("a", 8)) : HttpReply { .status = 401, .type = "text/plain", .body = "who is old?", .headers = {}, .ending = HttpReply::Ending::Whole };
    });
    // The file has a newer one by the time that the first is refused.
    std::atomic<int> reads = 0;
    const auto secrets = [&](std::string_view) -> Result<std::string> { return ++reads == 1 ? "old" : "new"; };
    const Endpoint endpoint { .name = "a", .kind = "dcgm", .url = {}, .token = "env:TOKEN", .ca = {}, .path = {}, .provider = {}, .region = {}, .cluster = {} };
    Listener listener;
    const auto http = std::make_shared<HttpClient>();
    const auto source = makeDcgmSource({ .targets = { server.url() }, .signIn = makeSignIn(endpoint, http, secrets), .ca = {}, .place = { "aws", "us-east-1", "eks" }, .workloads = {}, .every = 50ms, .timeout = 500ms }, http);
    source->start(listener);
    QTRY_COMPARE(listener.count(), std::uint64_t { 8 });
    QCOMPARE(refused, 1);
    // Once no newer one is there it says so, in the words of who refuses.
    wanted = "Bearer newest";
    QTRY_COMPARE(listener.stands().first, Connection::Failing);
    QVERIFY2(listener.stands().second.contains(QLatin1String("the other side refuses (401)")), qPrintable(listener.stands().second));
}

void TestDcgmSource::everyTargetThatFailsIsNamedWithItsLastAnswer()
{
    std::atomic<bool> works = true;
    test::HttpServer a([](const test::HttpQuestion&) { return text(answerOf("a", 8)); });
    test::HttpServer b([&](const test::HttpQuestion&) {
        return works ? text(answerOf("b", 8)) : HttpReply { .status = 503, .type = "text/plain", .body = {}, .headers = {}, .ending = HttpReply::Ending::Whole };
    });
    test::HttpServer refuses([](const test::HttpQuestion&) { return HttpReply { .status = 403, .type = "text/plain", .body = {}, .headers = {}, .ending = HttpReply::Ending::Whole }; });
    Listener listener;
    std::vector<std::string> targets { a.url(), b.url() };
    for (int i = 0; i < 5; ++i)
        targets.push_back(refuses.url() + "/" + std::to_string(i));
    const auto source = start(targets, listener);
    QTRY_COMPARE(listener.silentOnes().size(), std::size_t { 5 });
    for (const auto& it : listener.silentOnes()) {
        QCOMPARE(it.error.kind, Error::Kind::Denied);
        QVERIFY(!it.answered);
    }
    works = false;
    QTRY_COMPARE(listener.silentOnes().size(), std::size_t { 6 });
    const auto silent = listener.silentOnes();
    QCOMPARE(QString::fromStdString(silent.front().address), QString::fromStdString(b.url() + "/metrics"));
    QVERIFY(silent.front().answered && wallClock() - *silent.front().answered < 60s);
    const auto groups = groupsOf(std::make_shared<const std::vector<FailingTarget>>(silent));
    QCOMPARE(groups.size(), std::size_t { 2 });
    QCOMPARE(groups.front().targets.size(), std::size_t { 5 });
    works = true;
    QTRY_COMPARE(listener.silentOnes().size(), std::size_t { 5 });
}

void TestDcgmSource::whatIsWrongIsToldApart_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<HttpReply::Ending>("ending");
    QTest::addColumn<QString>("says");
    QTest::newRow("a web page") << 200 << QByteArray("text/html") << QByteArray("<html>") << HttpReply::Ending::Whole << "no exporter: it sends text/html";
    QTest::newRow("an API") << 200 << QByteArray("application/json") << QByteArray("{}") << HttpReply::Ending::Whole << "no exporter: it sends application/json";
    QTest::newRow("not there") << 404 << QByteArray("text/plain") << QByteArray("404") << HttpReply::Ending::Whole << "nothing is at this path";
    QTest::newRow("in trouble") << 503 << QByteArray("text/plain") << QByteArray("no") << HttpReply::Ending::Whole << "the exporter is in trouble (503)";
    QTest::newRow("refused") << 401 << QByteArray("text/plain") << QByteArray("no") << HttpReply::Ending::Whole << "check the endpoint's token";
    QTest::newRow("another exporter") << 200 << QByteArray("text/plain") << QByteArray("node_load1 0.5\n") << HttpReply::Ending::Whole << "shows no GPU metrics";
    QTest::newRow("no exposition") << 200 << QByteArray("text/plain") << QByteArray("hello\n") << HttpReply::Ending::Whole << "the answer is no exposition, line 1";
    QTest::newRow("cut off by its writer") << 200 << QByteArray("text/plain") << answerOf("a", 8).chopped(2) << HttpReply::Ending::Whole << "only a part of the answer came";
    QTest::newRow("Protobuf") << 200 << QByteArray("application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily") << QByteArray("\x0a\x05hello") << HttpReply::Ending::Whole << "answers in Protobuf";
    QTest::newRow("names of another version") << 200 << QByteArray("text/plain") << QByteArray("# HELP x\nDCGM_FI_DEV_TO_COME{gpu=\"0\",UUID=\"GPU-1\"} 5\n") << HttpReply::Ending::Whole << "none whose name is known here";
    QTest::newRow("half a body") << 200 << QByteArray("text/plain") << answerOf("a", 8) << HttpReply::Ending::Half << "hung up before its answer was whole";
    QTest::newRow("one that hangs") << 200 << QByteArray("text/plain") << answerOf("a", 8) << HttpReply::Ending::Silence << "no answer";
}

void TestDcgmSource::whatIsWrongIsToldApart()
{
    QFETCH(int, status);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, body);
    QFETCH(HttpReply::Ending, ending);
    QFETCH(QString, says);
    test::HttpServer server([&](const test::HttpQuestion&) { return HttpReply { .status = status, .type = type, .body = body, .headers = {}, .ending = ending }; });
    Listener listener;
    const auto source = start({ server.url() }, listener);
    QTRY_COMPARE(listener.stands().first, Connection::Failing);
    QVERIFY2(listener.stands().second.contains(says), qPrintable(listener.stands().second));
    QCOMPARE(listener.shown()->total().gpus, std::uint64_t { 0 });
}

void TestDcgmSource::anExporterThatComesBackIsSeen()
{
    std::atomic<bool> works = true;
    test::HttpServer server([&](const test::HttpQuestion&) { return works ? text(answerOf("a", 8)) : HttpReply { .status = 503, .type = "text/plain", .body = {}, .headers = {}, .ending = HttpReply::Ending::Whole }; });
    Listener listener;
    const auto source = start({ server.url() }, listener);
    QTRY_COMPARE(listener.shown()->total().gpus, std::uint64_t { 8 });
    works = false;
    QTRY_COMPARE(listener.stands().first, Connection::Failing);
    works = true;
    source->reconnect();
    QTRY_COMPARE(listener.stands().first, Connection::Live);
    QCOMPARE(listener.stands().second, QString());
}

void TestDcgmSource::anExporterThatDiesIsNamedAndItsGpusAreUnknown()
{
    test::HttpServer lives([](const test::HttpQuestion&) { return text(answerOf("a", 8)); });
    auto dies = std::make_unique<test::HttpServer>([](const test::HttpQuestion&) { return text(answerOf("b", 4)); });
    const auto address = QString::fromStdString(dies->url());
    Listener listener;
    listener.engine.setStaleAfter(1s);
    const auto source = makeDcgmSource({ .targets = { lives.url(), dies->url() }, .ca = {}, .place = { "aws", "us-east-1", "eks" }, .workloads = {}, .every = 50ms, .timeout = 500ms, .staleAfter = 1s }, std::make_shared<HttpClient>());
    source->start(listener);
    QTRY_COMPARE(listener.count(GpuState::Busy), std::uint64_t { 12 });
    dies.reset();
    QTRY_COMPARE(listener.count(GpuState::Unknown), std::uint64_t { 4 });
    QCOMPARE(listener.count(GpuState::Busy), std::uint64_t { 8 });
    const auto [state, says] = listener.stands();
    QCOMPARE(state, Connection::Live);
    QVERIFY2(says.contains(QLatin1String("1 of 2 targets do not answer")) && says.contains(address) && says.contains(QLatin1String("refused")), qPrintable(says));
    QVERIFY(listener.silentOnes().size() == 1 && listener.silentOnes().front().answered);
}

QTEST_GUILESS_MAIN(TestDcgmSource)
#include "tst_dcgmsource.moc"
