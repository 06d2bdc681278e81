// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "storage/historyfile.h"

using namespace penstock;
using namespace std::chrono_literals;

/// penstockctl fills a history from a replay directory, and prints it.
class TestCtlRemembered final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void everyStepAndKeyIsARow();
    void whatIsNotKnownIsNull();
    void aGapHasNoRows();
    void timesAreOfTheZoneThatIsAskedFor();
    void tiersSayWhatIsKept();
    void aReplayIsNotMixedIntoMeasurements();
    void anImportLeavesWhatIsThere();
    void whatIsIdleAtTheStartIsNotBusy();
    void whatCannotBeWrittenIsNoSuccess();
    void whoReadsNoFurtherHearsNothing();
    void eventsAreRowsByPlaceAndKind();
    void whatWasPlayedInHasAForecast();
    void monthsAreATimeToLookBack();
    void whatIsDamagedIsNotWhole();
    void anEmptyFileIsNoHistory();
    void aFileThatIsNoHistoryIsLeftAlone();
    void whatCannotBeReadIsRefused_data();
    void whatCannotBeReadIsRefused();

private:
    struct Said
    {
        int exit;
        QByteArray out, err;
    };
    Said ctl(const QStringList& words, const QString& into = {})
    {
        QProcess process;
        auto environment = QProcessEnvironment::systemEnvironment();
        for (const auto* name : { "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME" })
            environment.insert(QLatin1String(name), m_folder.path());
        environment.insert(QStringLiteral("TZ"), QStringLiteral("Asia/Kolkata"));
        process.setProcessEnvironment(environment);
        if (!into.isEmpty())
            process.setStandardOutputFile(into);
        process.start(QStringLiteral(PENSTOCKCTL),
            QStringList { QStringLiteral("--workspace"), m_folder.filePath(QStringLiteral("w.toml")) }
                + words[0].split(QLatin1Char(' ')) + words.mid(1));
        if (!process.waitForFinished(60'000))
            return { -1, {}, "it did not end" };
        return { process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError() };
    }
    void put(const QString& name, const QByteArray& text)
    {
        QFile file(m_folder.filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    }
    QTemporaryDir m_folder;
};

void TestCtlRemembered::initTestCase()
{
    put(QStringLiteral("w.toml"), "[workspace]\nname = \"w\"\n");
    QVERIFY(QDir(m_folder.path()).mkdir(QStringLiteral("r")));
    // Three GPUs: the first is busy for an hour, with the minute that it takes to be idle, and then idle, the second
    // for ever, the third is free.
    put(QStringLiteral("r/fleet.csv"),
        "provider,region,cluster,node,gpu_model,gpu_count\nazure,eastus,a,n1,H100,2\ngcp,us-central1,b,n2,H100,1\n");
    put(QStringLiteral("r/series.csv"),
        "series,t_s,util_pct,mem_used_mib,power_w,temp_c\nhour,0,90,1000,600,60\nhour,3535,0,1000,100,40\nhour,90000,0,"
        "1000,100,40\nbusy,0,80,1000,,\nbusy,90000,80,1000,,\n");
    put(QStringLiteral("r/gpus.csv"), "node,gpu,series,offset_s,workload\nn1,0,hour,0,chat\nn2,0,busy,0,chat\n");
    const auto done
        = ctl({ QStringLiteral("history import --from 2026-11-20 --to 2026-11-20T02:00:00Z --step 10s --replay"),
            m_folder.filePath(QStringLiteral("r")) });
    QVERIFY2(done.exit == 0 && done.err.contains("720 points played in, marked as simulated"), done.err);
}

void TestCtlRemembered::everyStepAndKeyIsARow()
{
    const auto said = ctl({ QStringLiteral(
        "-o csv history --from 2026-11-20 --to 2026-11-20T02:00:00Z --step 1h --by provider --metric busy,gpus") });
    QCOMPARE(said.out,
        QByteArray("at,key,busy,busy_min,busy_max,gpus,gpus_min,gpus_max,seconds,simulated\n"
                   "2026-11-20T00:00:00.000Z,azure,1.0,1.0,1.0,2.0,2.0,2.0,360,true\n"
                   "2026-11-20T00:00:00.000Z,gcp,1.0,1.0,1.0,1.0,1.0,1.0,360,true\n"
                   "2026-11-20T01:00:00.000Z,azure,0.0,0.0,0.0,2.0,2.0,2.0,360,true\n"
                   "2026-11-20T01:00:00.000Z,gcp,1.0,1.0,1.0,1.0,1.0,1.0,360,true\n"));
    QVERIFY2(said.err.contains("simulated or replayed"), said.err);
    const auto one = ctl({ QStringLiteral("history --from 2026-11-20 --to 2026-11-20T02:00:00Z --step 2h --by model "
                                          "--metric busy -o table --key"),
        QStringLiteral("H100") });
    QVERIFY2(one.out.contains("H100    1.5  1.0  2.0      720  true"), one.out);
}

void TestCtlRemembered::whatIsNotKnownIsNull()
{
    const auto said = ctl({ QStringLiteral("-o json history --from 2026-11-20 --to 2026-11-20T00:10:00Z --step 10m --by "
                                           "provider --metric power,utilisation") });
    const auto told = QJsonDocument::fromJson(said.out).object();
    QCOMPARE(told[QStringLiteral("schema")].toString(), QStringLiteral("penstock.history/1"));
    QCOMPARE(told[QStringLiteral("simulated")].toBool(), true);
    QCOMPARE(told[QStringLiteral("step_s")].toInt(), 600);
    const auto rows = told[QStringLiteral("rows")].toArray();
    QCOMPARE(rows.size(), 2);
    QCOMPARE(rows[0][QStringLiteral("power")].toDouble(), 600.);
    QVERIFY(rows[1][QStringLiteral("power")].isNull());
    QCOMPARE(rows[1][QStringLiteral("utilisation")].toDouble(), 80.);
}

void TestCtlRemembered::aGapHasNoRows()
{
    const auto done
        = ctl({ QStringLiteral("history import --from 2026-11-20T04:00:00Z --to 2026-11-20T05:00:00Z --replay"),
            m_folder.filePath(QStringLiteral("r")) });
    QVERIFY2(done.exit == 0 && done.err.contains("60 points"), done.err);
    const auto said = ctl({ QStringLiteral("-o csv history --from 2026-11-20 --to 2026-11-20T06:00:00Z --step 1h") });
    const auto lines = said.out.trimmed().split('\n');
    QCOMPARE(lines.size(), 1 + 3);
    QVERIFY(lines[2].startsWith("2026-11-20T01") && lines[3].startsWith("2026-11-20T04"));
}

void TestCtlRemembered::timesAreOfTheZoneThatIsAskedFor()
{
    const auto words
        = QStringLiteral("-o csv history --from 2026-11-20T05:30:00+05:30 --to 2026-11-20T06:30:00+05:30 --step 1h");
    QVERIFY(ctl({ words }).out.contains("\n2026-11-20T00:00:00.000Z,,2.0"));
    QVERIFY(ctl({ words + QStringLiteral(" --local") }).out.contains("\n2026-11-20T05:30:00.000+05:30,,2.0"));
}

void TestCtlRemembered::tiersSayWhatIsKept()
{
    const auto said = ctl({ QStringLiteral("history tiers -o json") });
    const auto told = QJsonDocument::fromJson(said.out).object();
    const auto rows = told[QStringLiteral("rows")].toArray();
    QCOMPARE(rows.size(), 4);
    QCOMPARE(rows[3][QStringLiteral("tier")].toString(), QStringLiteral("1h"));
    QCOMPARE(rows[3][QStringLiteral("from")].toString(), QStringLiteral("2026-11-20T00:00:00.000Z"));
    QVERIFY(rows[3][QStringLiteral("points")].toInt() > 0 && told[QStringLiteral("bytes")].toInt() > 0);
}

void TestCtlRemembered::anImportLeavesWhatIsThere()
{
    QVERIFY(QDir(m_folder.path()).mkdir(QStringLiteral("other")));
    for (const char* name : { "series.csv", "gpus.csv" })
        QVERIFY(QFile::copy(m_folder.filePath(QStringLiteral("r/") + QLatin1String(name)), m_folder.filePath(QStringLiteral("other/") + QLatin1String(name))));
    put(QStringLiteral("other/fleet.csv"), "provider,region,cluster,node,gpu_model,gpu_count\nazure,eastus,a,n1,H100,8\ngcp,us-central1,b,n2,H100,1\n");
    const auto file = m_folder.filePath(QStringLiteral("kept.db"));
    const auto import = [&](const char* name, const char* until) { return ctl({ QStringLiteral("history import --from 2026-11-20 --to 2026-11-20T0%1:00:00Z --step 10s --file").arg(QLatin1String(until)), file, QStringLiteral("--replay"), m_folder.filePath(QLatin1String(name)) }); };
    const auto rows = [&] { return ctl({ QStringLiteral("-o csv history --from 2026-11-20 --to 2026-11-20T02:00:00Z --step 1h --by provider --metric gpus,busy --file"), file }).out; };
    QCOMPARE(import("r", "2").exit, 0);
    const auto before = rows();
    const auto done = import("other", "3");
    QVERIFY2(done.exit == 0 && done.err.contains("360 points played in, marked as simulated; 720 left out, where something was kept already"), done.err);
    QCOMPARE(rows(), before);
}

/// The highest of a month must not be the moment at which its record begins.
void TestCtlRemembered::whatIsIdleAtTheStartIsNotBusy()
{
    QVERIFY(QDir(m_folder.path()).mkdir(QStringLiteral("idle")));
    QVERIFY(QFile::copy(m_folder.filePath(QStringLiteral("r/fleet.csv")), m_folder.filePath(QStringLiteral("idle/fleet.csv"))));
    put(QStringLiteral("idle/series.csv"), "series,t_s,util_pct,mem_used_mib,power_w,temp_c\nidle,0,0,1000,100,40\nidle,90000,0,1000,100,40\nbusy,0,80,1000,,\nbusy,90000,80,1000,,\n");
    put(QStringLiteral("idle/gpus.csv"), "node,gpu,series,offset_s,workload\nn1,0,idle,0,chat\nn2,0,busy,0,chat\n");
    const auto file = m_folder.filePath(QStringLiteral("idle.db"));
    const auto done = ctl({ QStringLiteral("history import --from 2026-11-20 --to 2026-11-20T01:00:00Z --step 60s --file"), file, QStringLiteral("--replay"), m_folder.filePath(QStringLiteral("idle")) });
    QVERIFY2(done.exit == 0, done.err);
    const auto rows = ctl({ QStringLiteral("-o csv history --from 2026-11-20 --to 2026-11-20T01:00:00Z --step 1h --metric busy --file"), file }).out;
    QVERIFY2(rows.contains("\n2026-11-20T00:00:00.000Z,,1.0,1.0,1.0,"), rows);
}

void TestCtlRemembered::whatCannotBeWrittenIsNoSuccess()
{
    const auto said = ctl({ QStringLiteral("-o csv history --from 2026-11-20 --to 2026-11-20T02:00:00Z --step 1h") }, QStringLiteral("/dev/full"));
    QVERIFY2(said.exit == 1 && said.err.contains("the output could not be written"), said.err);
}

void TestCtlRemembered::whoReadsNoFurtherHearsNothing()
{
    QProcess process;
    process.start(QStringLiteral("sh"), { QStringLiteral("-c"), QStringLiteral("\"$0\" \"$@\" | :"), QStringLiteral(PENSTOCKCTL), QStringLiteral("--help") });
    QVERIFY(process.waitForFinished(60'000));
    QCOMPARE(process.readAllStandardError(), QByteArray());
}

void TestCtlRemembered::eventsAreRowsByPlaceAndKind()
{
    // A record of its own, played in twice: what is there is not told again.
    QVERIFY(QDir(m_folder.path()).mkdir(QStringLiteral("lost")));
    for (const char* name : { "fleet.csv", "series.csv", "gpus.csv" })
        QVERIFY(QFile::copy(m_folder.filePath(QStringLiteral("r/") + QLatin1String(name)),
            m_folder.filePath(QStringLiteral("lost/") + QLatin1String(name))));
    put(QStringLiteral("lost/events.csv"), "t_s,event,scope,share\n1800,lost,node=n1,1\n2400,back,node=n1,0\n");
    const auto file = m_folder.filePath(QStringLiteral("lost.db"));
    for (int time = 0; time < 2; ++time) {
        const auto done = ctl({ QStringLiteral("history import --from 2026-11-20 --to 2026-11-20T02:00:00Z --step 10s"),
            QStringLiteral("--file"), file, QStringLiteral("--replay"), m_folder.filePath(QStringLiteral("lost")) });
        QVERIFY2(done.exit == 0, done.err);
    }
    const auto events = [&](const char* before, const char* after) {
        return ctl({ QString::fromLatin1(before)
                + QStringLiteral("history events --since 2026-11-20 --until 2026-11-20T02:00:00Z")
                + QString::fromLatin1(after),
            QStringLiteral("--file"), file });
    };
    const auto said = events("-o csv ", "");
    QCOMPARE(said.out,
        QByteArray("at,kind,gpus,endpoint,provider,region,cluster,node,which,xid,reason,before,workload,simulated\n"
                   "2026-11-20T00:30:00.000Z,lost,2,replay,azure,eastus,a,n1,0 1,,,,,true\n"
                   "2026-11-20T00:40:00.000Z,back,2,replay,azure,eastus,a,n1,0 1,,,,,true\n"));
    QVERIFY2(said.err.contains("simulated or replayed"), said.err);
    const auto back = QJsonDocument::fromJson(
        events("-o json ", " --kind back,unhealthy --scope provider=azure").out)
                          .object();
    QCOMPARE(back[QStringLiteral("schema")].toString(), QStringLiteral("penstock.history-events/1"));
    const auto rows = back[QStringLiteral("rows")].toArray();
    QCOMPARE(rows.size(), 1);
    QCOMPARE(rows[0][QStringLiteral("which")].toArray(), (QJsonArray { 0, 1 }));
    QVERIFY(rows[0][QStringLiteral("reason")].isNull());
    const auto elsewhere = events("-o csv ", " --scope provider=gcp");
    QVERIFY(elsewhere.exit == 0 && !elsewhere.out.contains("n1"));
    const auto newest = events("", " --most 1 --local -o table");
    QVERIFY2(newest.out.contains("2026-11-20T06:10:00.000+05:30  back") && !newest.out.contains("lost"), newest.out);
    QVERIFY2(newest.err.contains("the newest 1 are shown"), newest.err);
}

void TestCtlRemembered::aReplayIsNotMixedIntoMeasurements()
{
    const auto path = m_folder.filePath(QStringLiteral("measured.db"));
    std::string notice;
    {
        auto file = HistoryFile::open(path.toStdString(), {}, notice);
        QVERIFY(file);
        const auto point = std::make_shared<RollupPoint>(RollupPoint { Time(std::chrono::days(20'000)),
            { { .dimension = GroupPoint::Dimension::Total, .key = {}, .byState = { 0, 4, 0, 0, 0, 0 } } }, false });
        QVERIFY(file->write({ { point } }));
    }
    const QStringList words { QStringLiteral(
                                  "history import --from 2024-10-04T01:00:00Z --to 2024-10-04T02:00:00Z --file ")
            + path + QStringLiteral(" --replay"),
        m_folder.filePath(QStringLiteral("r")) };
    const auto refused = ctl(words);
    QCOMPARE(refused.exit, 1);
    QVERIFY2(refused.err.contains("really there"), refused.err);
    auto mixed = words;
    mixed[0].replace(QStringLiteral("--replay"), QStringLiteral("--mix --replay"));
    const auto done = ctl(mixed);
    QVERIFY2(done.exit == 0, done.err);
    // What was measured and what was played stay apart.
    const auto said = ctl(
        { QStringLiteral("-o csv history --from 2024-10-04 --to 2024-10-04T02:00:00Z --step 1h --file ") + path });
    const auto lines = said.out.trimmed().split('\n');
    QCOMPARE(lines.size(), 3);
    QVERIFY2(lines[1].endsWith("false") && lines[2].endsWith("true"), said.out);
}

void TestCtlRemembered::monthsAreATimeToLookBack()
{
    const auto said = ctl({ QStringLiteral("-o json history --from -13mo --to -1w") });
    QVERIFY2(said.exit == 0, said.err);
    const auto from = QJsonDocument::fromJson(said.out).object()[QStringLiteral("from")].toString();
    const auto expected = QDateTime::currentDateTimeUtc().addMonths(-13);
    QVERIFY2(std::abs(QDateTime::fromString(from, Qt::ISODateWithMs).secsTo(expected)) < 60, qPrintable(from));
}

void TestCtlRemembered::whatIsDamagedIsNotWhole()
{
    const auto path = m_folder.filePath(QStringLiteral("damaged.db"));
    const auto import = ctl({ QStringLiteral("history import --from 2026-11-20 --to 2026-11-20T01:00:00Z --replay"), m_folder.filePath(QStringLiteral("r")), QStringLiteral("--file"), path });
    QVERIFY2(import.exit == 0, import.err);
    const QStringList words { QStringLiteral("history --from 2026-11-20 --to 2026-11-20T01:00:00Z --file"), path };
    QCOMPARE(ctl(words).exit, 0);
    // What was packed begins so, each of it.
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite));
    auto bytes = file.readAll();
    QVERIFY(bytes.contains("\x28\xb5\x2f\xfd"));
    bytes.replace("\x28\xb5\x2f\xfd", "none");
    QVERIFY(file.seek(0) && file.write(bytes) == bytes.size());
    file.close();
    const auto said = ctl(words);
    QVERIFY2(said.err.contains("parts of the history are damaged"), said.err);
    QCOMPARE(said.exit, 3);
}

void TestCtlRemembered::anEmptyFileIsNoHistory()
{
    put(QStringLiteral("empty.db"), "");
    const auto said = ctl({ QStringLiteral("history --file"), m_folder.filePath(QStringLiteral("empty.db")) });
    QCOMPARE(said.exit, 1);
    QVERIFY2(said.err.contains("the file is empty: there is no history in it"), said.err);
}

void TestCtlRemembered::aFileThatIsNoHistoryIsLeftAlone()
{
    put(QStringLiteral("notes.txt"), "my notes\n");
    const auto path = m_folder.filePath(QStringLiteral("notes.txt"));
    const auto said = ctl({ QStringLiteral("history import --from 2026-11-20 --to 2026-11-20T01:00:00Z --replay"), m_folder.filePath(QStringLiteral("r")), QStringLiteral("--file"), path });
    QVERIFY2(said.exit == 1 && said.err.contains("it is no history"), said.err);
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("my notes\n"));
}

void TestCtlRemembered::whatCannotBeReadIsRefused_data()
{
    QTest::addColumn<QString>("words");
    QTest::addColumn<int>("exit");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char* name, const char* words, int exit, const char* says) {
        QTest::newRow(name) << QString::fromLatin1(words) << exit << QByteArray(says);
    };
    row("no such figure", "history --metric happiness", 2, "'happiness' is not kept");
    row("no such dimension", "history --by colour", 2, "cannot group by 'colour'");
    row("no time", "history --from -1y", 2, "is no time");
    row("the units", "history --from -1y", 2, "s, m (minutes), h, d, w or mo (months)");
    row("a range that ends before", "history --from 2026-01-02 --to 2026-01-01", 2, "ends before it has begun");
    row("no such event", "history events --kind holiday", 2, "there is no event of kind 'holiday'");
    row("no such place", "history events --scope azure", 2, "'azure' is not a scope");
    row("no file", "history --file /nowhere/h.db", 1, "there is no history yet");
    row("no directory", "history import --replay /nowhere", 1, "/nowhere");
}

void TestCtlRemembered::whatCannotBeReadIsRefused()
{
    QFETCH(QString, words);
    QFETCH(int, exit);
    QFETCH(QByteArray, says);
    const auto said = ctl({ words });
    QVERIFY2(said.err.contains(says), said.err);
    QCOMPARE(said.exit, exit);
    QVERIFY(said.out.isEmpty());
}

void TestCtlRemembered::whatWasPlayedInHasAForecast()
{
    const auto file = m_folder.filePath(QStringLiteral("minutes.db"));
    const auto done = ctl({ QStringLiteral("history import --from 2026-11-20 --to 2026-11-20T08:00:00Z --file"), file,
        QStringLiteral("--replay"), m_folder.filePath(QStringLiteral("r")) });
    QVERIFY2(done.exit == 0 && done.err.contains("480 points"), done.err);
    const auto said = ctl({ QStringLiteral("forecast --by total -o json --file"), file });
    const auto row = QJsonDocument::fromJson(said.out).object()[QStringLiteral("rows")].toArray()[0].toObject();
    QVERIFY2(row[QStringLiteral("hours")].toInt() == 8 && row[QStringLiteral("gaps_h")].toInt() == 0, said.out);
}

QTEST_GUILESS_MAIN(TestCtlRemembered)
#include "tst_ctlremembered.moc"
