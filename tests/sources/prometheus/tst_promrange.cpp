// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>
#include <atomic>
#include <cmath>

#include "prometheus/promstore.h"
#include "support/httpserver.h"
#include "support/prometheusserver.h"

using namespace penstock;
using namespace std::chrono_literals;
using test::HttpQuestion;
using test::HttpReply;
using test::HttpServer;
using test::PrometheusServer;

namespace {

PromStore storeAt(const std::string& url) { return PromStore({ .url = url, .place = {}, .workloads = {}, .timeout = 20s }, std::make_shared<HttpClient>()); }

Time second(std::int64_t of) { return Time(std::chrono::seconds(of)); }

} // namespace

/// Ranges of a store's past.
class TestPromRange final : public QObject
{
    Q_OBJECT

private slots:
    void longRangesAreJoined_data();
    void longRangesAreJoined();
    void aPartThatFailsIsNamed();
    void warningsAreKept();
    void whatIsNoRangeIsRefused_data();
    void whatIsNoRangeIsRefused();
};

void TestPromRange::longRangesAreJoined_data()
{
    QTest::addColumn<bool>("victoria");
    QTest::addColumn<int>("points");
    for (const bool victoria : { false, true })
        for (const int points : { 1, 10'999, 11'000, 11'001, 22'000, 25'000 })
            QTest::addRow("%s, %d points", victoria ? "VictoriaMetrics" : "Prometheus", points) << victoria << points;
}

void TestPromRange::longRangesAreJoined()
{
    QFETCH(bool, victoria);
    QFETCH(int, points);
    const auto kind = victoria ? PrometheusServer::Kind::VictoriaMetrics : PrometheusServer::Kind::Prometheus;
    if (!PrometheusServer::isInstalled(kind))
        QSKIP("the store is not installed");
    // One store for all rows of a kind: a value every second that says which it is, with a hole of an hour and two series.
    constexpr std::int64_t samples = 26'000, holeFrom = 12'000, holeTo = 15'600;
    struct Filled
    {
        std::unique_ptr<PrometheusServer> server;
        std::int64_t first = 0;
    };
    static Filled filled[2];
    auto& its = filled[victoria];
    if (!its.server) {
        its.first = std::chrono::duration_cast<std::chrono::seconds>(wallClock().time_since_epoch()).count() - 40'000;
        its.server = std::make_unique<PrometheusServer>(kind);
        QByteArray metrics = "# TYPE past gauge\n";
        for (const char* who : { "a", "b" })
            for (std::int64_t i = 0; i < samples; ++i)
                if (i < holeFrom || i >= holeTo)
                    metrics += QByteArray("past{who=\"") + who + "\"} " + QByteArray::number(static_cast<qlonglong>(who[0] == 'a' ? i : -i)) + " " + QByteArray::number(static_cast<qlonglong>(its.first + i)) + (victoria ? "000" : "") + "\n";
        if (!victoria) {
            QTemporaryDir folder;
            QFile file(folder.filePath(QStringLiteral("past")));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(metrics + "# EOF\n");
            file.close();
            const auto promtool = test::programPath(QStringLiteral("promtool"));
            if (promtool.isEmpty())
                QSKIP("promtool is not installed");
            QVERIFY(QDir().mkpath(its.server->dataFolder()));
            QCOMPARE(QProcess::execute(promtool, { QStringLiteral("tsdb"), QStringLiteral("create-blocks-from"), QStringLiteral("openmetrics"), QStringLiteral("--quiet"), file.fileName(), its.server->dataFolder() }), 0);
        }
        QVERIFY(its.server->start(QByteArray()));
        if (victoria) {
            HttpClient http;
            const auto sent = http.send({ .method = "POST", .url = its.server->url() + "/api/v1/import/prometheus", .body = metrics.toStdString(), .contentType = "text/plain" });
            QVERIFY(sent && sent->status < 300);
        }
    }
    auto store = storeAt(its.server->url());
    Result<PromHistory> told;
    // Without a range the last value stands for five minutes.
    const std::string query = "last_over_time(past[500ms])";
    QTRY_VERIFY_WITH_TIMEOUT((told = store.range(query, second(its.first), second(its.first + points - 1), 1s)) && told->series.size() == 2, 20'000);
    QVERIFY(told->warnings.empty());
    for (const auto& series : told->series) {
        const bool rises = series.labels.at("who") == "a";
        std::int64_t expected = 0;
        for (const auto& [at, value] : series.points) {
            if (expected == holeFrom)
                expected = holeTo;
            QCOMPARE(at, second(its.first + expected));
            QCOMPARE(static_cast<std::int64_t>(value), rises ? expected : -expected);
            ++expected;
        }
        QCOMPARE(expected, std::int64_t { points });
    }
}

void TestPromRange::aPartThatFailsIsNamed()
{
    std::atomic<int> asked = 0;
    const HttpServer server([&](const HttpQuestion&) {
        return ++asked == 2 ? HttpReply { .status = 503, .body = R"({"status":"error","errorType":"timeout","error":"query timed out"})", .headers = {} }
                            : HttpReply { .body = R"({"status":"success","data":{"resultType":"matrix","result":[]}})", .headers = {} };
    });
    const auto told = storeAt(server.url()).range("up", second(0), second(30'000), 1s);
    QVERIFY(!told);
    QCOMPARE(told.error().kind, Error::Kind::Unavailable);
    QVERIFY2(told.error().what.starts_with("part 2 of 3, from 1970-01-01T03:03:20.000Z: "), told.error().text().c_str());
    QCOMPARE(asked.load(), 2);
}

void TestPromRange::warningsAreKept()
{
    const HttpServer server([&](const HttpQuestion&) {
        return HttpReply { .body = R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[0,"1"],[15,"NaN"],[30.5,"2"]]}]},"warnings":["store eu is away"]})", .headers = {} };
    });
    const auto told = storeAt(server.url()).range("up", second(0), second(30'000), 1s);
    QVERIFY2(told, told ? "" : told.error().text().c_str());
    QCOMPARE(told->warnings, std::vector<std::string> { "store eu is away" });
    QCOMPARE(told->series.size(), std::size_t { 1 });
    // What came before is not taken a second time, and what is no number is a gap.
    QCOMPARE(told->series[0].points, (std::vector<std::pair<Time, double>> { { second(0), 1 }, { second(30) + 500ms, 2 } }));
}

void TestPromRange::whatIsNoRangeIsRefused_data()
{
    QTest::addColumn<int>("seconds");
    QTest::addColumn<int>("step");
    QTest::newRow("it ends before it begins") << -1 << 1000;
    QTest::newRow("steps of nothing") << 10 << 0;
    QTest::newRow("too many points") << 100'000'000 << 1;
}

void TestPromRange::whatIsNoRangeIsRefused()
{
    QFETCH(int, seconds);
    QFETCH(int, step);
    const auto told = storeAt("http://127.0.0.1:1").range("up", second(100), second(100 + seconds), std::chrono::milliseconds(step));
    QVERIFY(!told);
    QCOMPARE(told.error().kind, Error::Kind::Invalid);
}

QTEST_GUILESS_MAIN(TestPromRange)
#include "tst_promrange.moc"
