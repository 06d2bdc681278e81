// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>

#include "prometheus/promanswer.h"
#include "support/shareddata.h"

using namespace penstock;

/// Answers of Prometheus-compatible APIs, as they come and as they break.
class TestPromAnswer final : public QObject
{
    Q_OBJECT

private slots:
    void readsAVector();
    void recordedAnswersAreRead();
    void whatIsWrongIsToldApart_data();
    void whatIsWrongIsToldApart();
    void everyPrefixIsRefused();
};

static const std::string vectorAnswer = R"({"status":"success","isPartial":true,"data":{"resultType":"vector","result":[
 {"metric":{"__name__":"up","job":"a \"b\" \n c"},"value":[1795416908.174,"43.5"]},
 {"metric":{},"value":[1795416908,"+Inf"]},{"metric":{"job":"n"},"value":[1795416908.174,"NaN"]},
 {"metric":{"job":"z"},"value":[1795416908.174,"-1e3"]}],"stats":{"timings":{}}},"warnings":["store eu is away"],"infos":["a rate of a gauge"]})";

void TestPromAnswer::readsAVector()
{
    PromReader reader;
    for (int again = 0; again < 2; ++again) {
        std::string said;
        const auto notes = reader.vector(vectorAnswer, [&](std::span<const PromLabel> labels, double value) {
            for (const auto& [name, text] : labels)
                said += std::string(name) + "=" + std::string(text) + ";";
            said += std::to_string(static_cast<int>(value * 10)) + " ";
        });
        QVERIFY2(notes, notes ? "" : notes.error().text().c_str());
        QCOMPARE(said, std::string("__name__=up;job=a \"b\" \n c;435 job=z;-10000 "));
        QCOMPARE(notes->series, std::size_t { 2 });
        QCOMPARE(notes->warnings, (std::vector<std::string> { "the answer is partial: some storage nodes did not answer", "store eu is away" }));
    }
}

void TestPromAnswer::recordedAnswersAreRead()
{
    const auto folder = test::sharedData() + QStringLiteral("/data/exposition/prometheus_api");
    if (!QFileInfo::exists(folder))
        QSKIP("shared/data/exposition/prometheus_api is not beside the checkout");
    PromReader reader;
    std::size_t files = 0;
    for (const auto& entry : QDir(folder).entryInfoList({ QStringLiteral("*.json") })) {
        QFile file(entry.filePath());
        QVERIFY(file.open(QIODevice::ReadOnly));
        std::size_t gpus = 0;
        const auto notes = reader.vector(file.readAll().toStdString(), [&](std::span<const PromLabel> labels, double) {
            for (const auto& [name, text] : labels)
                gpus += name == "UUID" && text.starts_with("GPU-");
        });
        QVERIFY2(notes, notes ? "" : notes.error().text().c_str());
        QVERIFY(gpus >= 8);
        QCOMPARE(notes->series, gpus);
        ++files;
    }
    QVERIFY(files >= 8);
}

void TestPromAnswer::whatIsWrongIsToldApart_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("kind");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char* name, const char* body, Error::Kind kind, const char* says) { QTest::newRow(name) << QByteArray(body) << static_cast<int>(kind) << QByteArray(says); };
    row("a bad query", R"({"status":"error","errorType":"bad_data","error":"parse error"})", Error::Kind::Invalid, "(bad_data): parse error");
    row("a query it gave up", R"({"status":"error","errorType":"timeout","error":"query timed out"})", Error::Kind::Unavailable, "(timeout): query timed out");
    row("the error after data", R"({"data":{"resultType":"vector","result":[]},"status":"error","errorType":"execution","error":"too many samples"})", Error::Kind::Invalid, "too many samples");
    row("a page", "<html><body>Sign in</body></html>", Error::Kind::Invalid, "no JSON");
    row("nothing", "", Error::Kind::Invalid, "no JSON");
    row("other JSON", R"({"message":"not found"})", Error::Kind::Invalid, "no status");
    row("a matrix", R"({"status":"success","data":{"resultType":"matrix","result":[]}})", Error::Kind::Invalid, "no vector");
    row("a value that is no string", R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,2]}]}})", Error::Kind::Unavailable, "damaged");
    row("a series without a value", R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"b"}}]}})", Error::Kind::Unavailable, "damaged");
}

void TestPromAnswer::whatIsWrongIsToldApart()
{
    QFETCH(QByteArray, body);
    QFETCH(int, kind);
    QFETCH(QByteArray, says);
    PromReader reader;
    const auto notes = reader.vector(body.toStdString(), [](std::span<const PromLabel>, double) { });
    QVERIFY(!notes);
    QCOMPARE(static_cast<int>(notes.error().kind), kind);
    QVERIFY2(notes.error().text().find(says.toStdString()) != std::string::npos, notes.error().text().c_str());
}

void TestPromAnswer::everyPrefixIsRefused()
{
    PromReader reader;
    for (std::size_t length = 0; length < vectorAnswer.size(); ++length)
        QVERIFY2(!reader.vector(vectorAnswer.substr(0, length), [](std::span<const PromLabel>, double) { }), vectorAnswer.substr(0, length).c_str());
}

QTEST_APPLESS_MAIN(TestPromAnswer)
#include "tst_promanswer.moc"
