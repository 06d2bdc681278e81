// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <numbers>

#include "storage/historyfile.h"

using namespace penstock;
using namespace std::chrono_literals;

/// penstockctl tells the time to come from a history of five days, of each hour of which a quarter was seen.
class TestCtlForecast final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void everyQuestionAnswers_data();
    void everyQuestionAnswers();
    void everyGroupIsARow();
    void committedCapacityRunsOut();
    void whatIsNotCommittedCountsInTotal();
    void everyHourIsARowOfCsv();

private:
    struct Answer
    {
        int exit = -1;
        QByteArray out, error;
        [[nodiscard]] QJsonArray rows() const
        {
            return QJsonDocument::fromJson(out).object()[QStringLiteral("rows")].toArray();
        }
    };
    Answer ctl(const QStringList& words)
    {
        QProcess process;
        auto environment = QProcessEnvironment::systemEnvironment();
        for (const auto* name : { "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME" })
            environment.insert(QLatin1String(name), m_folder.path());
        process.setProcessEnvironment(environment);
        process.start(QStringLiteral(PENSTOCKCTL),
            QStringList {
                QStringLiteral("--workspace"), m_folder.filePath(QStringLiteral("w.toml")), QStringLiteral("forecast") }
                + words);
        if (!process.waitForFinished(60'000))
            return {};
        return { process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError() };
    }
    Answer told(const QStringList& words)
    {
        return ctl(QStringList { QStringLiteral("--file"), m_folder.filePath(QStringLiteral("history.db")) } + words);
    }
    QTemporaryDir m_folder;
};

void TestCtlForecast::initTestCase()
{
    using Dimension = GroupPoint::Dimension;
    std::string notice;
    auto file = HistoryFile::open(m_folder.filePath(QStringLiteral("history.db")).toStdString(), {}, notice);
    QVERIFY(file);
    const auto end = std::chrono::floor<std::chrono::hours>(wallClock());
    for (auto hour = end - 120h; hour < end; hour += 1h) {
        const auto busy = static_cast<std::uint32_t>(
            1000 + 300 * std::sin(2 * std::numbers::pi * static_cast<double>(hour.time_since_epoch() / 1h) / 24));
        std::vector<GroupPoint> groups {
            { .dimension = Dimension::ProviderModel, .key = "azure/H100 80GB SXM", .byState = { 0, busy, 100, 500 } },
            { .dimension = Dimension::ProviderModel, .key = "gcp/H200 141GB SXM", .byState = { 0, 400, 0, 600 } },
            { .dimension = Dimension::Total, .key = {}, .byState = { 0, busy + 400, 100, 1100 } },
            { .dimension = Dimension::Workload, .key = "chat", .byState = { 0, busy + 400, 100 } },
        };
        groups.back().needed = busy + 700;
        std::vector<std::shared_ptr<const RollupPoint>> points;
        for (auto second = 0s; second < 15min; second += 1s)
            points.push_back(std::make_shared<RollupPoint>(RollupPoint { hour + second, groups }));
        QVERIFY(file->write(points));
    }
    QFile workspace(m_folder.filePath(QStringLiteral("w.toml")));
    QVERIFY(workspace.open(QIODevice::WriteOnly));
    const auto day
        = [](Time at) { return QDate(1970, 1, 1).addDays(at.time_since_epoch() / 24h).toString(Qt::ISODate).toUtf8(); };
    workspace.write("[workspace]\nname = \"w\"\n[[capacity]]\nprovider = \"azure\"\nmodel = \"H100\"\ngpus = "
                    "2000\nkind = \"contract\"\nuntil = "
        + day(end + 72h)
        + "\n[[capacity]]\nprovider = \"azure\"\nmodel = \"H100\"\ngpus = 200\nkind = \"on-demand\"\nfrom = "
        + day(end + 72h) + "\n");
}

void TestCtlForecast::everyQuestionAnswers_data()
{
    QTest::addColumn<QString>("words");
    QTest::addColumn<int>("exit");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char* words, int exit, const char* says) {
        QTest::newRow(words) << QString::fromLatin1(words) << exit << QByteArray(says);
    };
    row("", 0, "H200 141GB SXM");
    row("--by workload --metric needed", 0, "chat");
    row("--by total --metric busy --peaks --horizon 36h", 0, "highest in 7 days");
    row("--by provider,model --capacity 450", 0, "already");
    row("--by workload", 0, "the history says the shape of a day; 216 hours more, and it says the shape of a week");
    row("--by colour", 2, "cannot group by 'colour'");
    row("--metric colour", 2, "load");
    row("--peaks", 2, "the peaks of load are not known");
    row("--horizon 0h", 2, "");
    row("--horizon 900d", 2, "");
    row("--capacity -5", 2, "");
    row("--key oci", 1, "the history has nothing of this yet");
    row("--by provider,model --metric needed", 1, "demand is known in total and by workload");
    row("--file /nowhere/history.db", 1, "there is no history yet");
}

void TestCtlForecast::everyQuestionAnswers()
{
    QFETCH(QString, words);
    QFETCH(int, exit);
    QFETCH(QByteArray, says);
    const auto split = words.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    const auto answer = words.startsWith(QLatin1String("--file")) ? ctl(split) : told(split);
    QVERIFY2(answer.exit == exit, (answer.out + answer.error).constData());
    QVERIFY2((exit == 0 ? answer.out : answer.error).contains(says), (answer.out + answer.error).constData());
}

void TestCtlForecast::everyGroupIsARow()
{
    const auto rows = told({ QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("--points") }).rows();
    QCOMPARE(rows.size(), 2);
    const auto azure = rows[0].toObject(), gcp = rows[1].toObject();
    QCOMPARE(azure[QStringLiteral("provider")].toString(), QStringLiteral("azure"));
    QCOMPARE(azure[QStringLiteral("model")].toString(), QStringLiteral("H100 80GB SXM"));
    QCOMPARE(azure[QStringLiteral("hours")].toInt(), 120);
    QCOMPARE(azure[QStringLiteral("gaps_h")].toInt(), 0);
    QCOMPARE(azure[QStringLiteral("method")].toString(), QStringLiteral("model"));
    const auto peak = azure[QStringLiteral("highest_in_7_days")].toObject();
    QVERIFY(std::abs(peak[QStringLiteral("likely")].toDouble() - 1400) < 20);
    QVERIFY(!azure[QStringLiteral("back_tests")].toArray().isEmpty());
    QVERIFY(azure[QStringLiteral("points")].toArray().size() >= 239);
    QCOMPARE(gcp[QStringLiteral("last")].toDouble(), 400.0);
    QCOMPARE(gcp[QStringLiteral("capacity_source")].toString(), QStringLiteral("there now"));
    QCOMPARE(gcp[QStringLiteral("capacity")].toArray()[0].toObject()[QStringLiteral("gpus")].toInt(), 1000);
    QVERIFY(gcp[QStringLiteral("out_likely")].isNull());
    QVERIFY(!gcp[QStringLiteral("out_already")].toBool());
}

void TestCtlForecast::committedCapacityRunsOut()
{
    const auto azure = told({ QStringLiteral("-o"), QStringLiteral("json") }).rows()[0].toObject();
    QCOMPARE(azure[QStringLiteral("capacity_source")].toString(), QStringLiteral("committed"));
    const auto steps = azure[QStringLiteral("capacity")].toArray();
    QCOMPARE(steps.size(), 2);
    QVERIFY(steps[0].toObject()[QStringLiteral("from")].isNull());
    QCOMPARE(steps[1].toObject()[QStringLiteral("gpus")].toInt(), 200);
    // The contract ends, and there is too little in the very hour.
    for (const auto* key : { "out_earliest", "out_likely", "out_latest" })
        QCOMPARE(azure[QLatin1String(key)].toString(), steps[1].toObject()[QStringLiteral("from")].toString());
}

/// 2,000 and later 200 H100 are committed at azure, and nothing of the 1,000 H200 at gcp.
void TestCtlForecast::whatIsNotCommittedCountsInTotal()
{
    const auto answer = told({ QStringLiteral("--by"), QStringLiteral("total"), QStringLiteral("-o"), QStringLiteral("json") });
    QVERIFY2(answer.rows().size() == 1, answer.error.constData());
    const auto total = answer.rows()[0].toObject();
    QCOMPARE(total[QStringLiteral("capacity_source")].toString(), QStringLiteral("committed and there now"));
    const auto steps = total[QStringLiteral("capacity")].toArray();
    QCOMPARE(steps.size(), 2);
    QCOMPARE(steps[0].toObject()[QStringLiteral("gpus")].toInt(), 3000);
    QCOMPARE(steps[1].toObject()[QStringLiteral("gpus")].toInt(), 1200);
}

void TestCtlForecast::everyHourIsARowOfCsv()
{
    const auto lines = told({ QStringLiteral("-o"), QStringLiteral("csv"), QStringLiteral("--horizon"),
                                QStringLiteral("2d"), QStringLiteral("--key"), QStringLiteral("gcp/H200 141GB SXM") })
                           .out.trimmed()
                           .split('\n');
    QCOMPARE(lines.size(), 49);
    QCOMPARE(lines.front(), QByteArray("at,provider,model,low,likely,high,as_of,source,simulated"));
    QVERIFY2(lines.back().contains(",gcp,H200 141GB SXM,400.0,400.0,400.0,20") && lines.back().contains("Z,history ") && lines.back().endsWith(",false"), lines.back());
}

QTEST_GUILESS_MAIN(TestCtlForecast)
#include "tst_ctlforecast.moc"
