// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QDateTime>
#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QProcess>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <array>
#include <csignal>
#include <mutex>

#include "support/gatewayapi.h"
#include "support/haproxyfarm.h"
#include "support/scriptedsocket.h"

using namespace penstock;

/// penstockctl leaves a cloud behind a real HAProxy, and survives its own death on the way.
class TestCtlEvacuate final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void allRequestsLeaveWithoutAFailure();
    void loadLeavesForWhereItIsAnswered();
    void theSecondCloudThatFailsCarriesWhatTheFirstDid_data();
    void theSecondCloudThatFailsCarriesWhatTheFirstDid();
    void aFewRequestsASecondAreWaitedFor_data();
    void aFewRequestsASecondAreWaitedFor();
    void whoResumesCountsTheErrorsFirst();
    void loadThatIsAnsweredWithErrorsIsNotCalledRescued();
    void noLoadGoesWhereEveryConnectionIsRefused();
    void loadThatArrivesWhereNobodyAnswersIsToldAndComesBack();
    void aFewRequestsAreEnoughToSeeErrors();
    void backendsOfAStaticAlgorithmAreTakenOutWhole();
    void whoComesAfterAReloadIsToldWhatItUndid();
    void whatWasShedIsToldAfterwards();
    void whatFitsInPartSaysHowItGoesAllTheSame();
    void aRehearsalKnowsWhatIsOverridden();
    void anotherProcessPausesAndTakesBack();
    void aSecondPersonIsNeeded();
    void aPlanThatWasShownStartsByItsHash();
    void readOnlyRefuses();
    void aGatewayThatLooksLateIsWaitedFor();
    void aWayBackWaitsForTheWriteOfWhoWasKilled();
    void killedAtRandomPoints();

private:
    std::unique_ptr<QProcess> ctl(const QStringList& arguments);
    QJsonObject json(const QStringList& arguments);
    QJsonObject newestShift() { return json({ QStringLiteral("shifts"), QStringLiteral("-o"), QStringLiteral("json") })[QStringLiteral("rows")].toArray().first().toObject(); }
    struct Audit;
    Audit auditOf(const QString& shift);
    void writeWorkspace(const test::HaproxyFarm& farm, const QByteArray& policy = {}, const std::string& url = {}, const QByteArray& workloads = {})
    {
        writeWorkspaceOf(QByteArray("{ kind = \"haproxy\", url = \"") + QByteArray::fromStdString(url.empty() ? farm.statsUrl() : url) + "\", backend = \"infer\" }", policy, workloads);
    }
    void writeWorkspaceOf(const QByteArray& router, const QByteArray& policy = {}, const QByteArray& workloads = {}); ///< `workloads`: of the fleet, beside the one that is routed
    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_lastShift;
};

/// So many requests a second, one after the other.
class Pace
{
public:
    Pace(const test::HaproxyFarm& farm, int everyMs)
    {
        QObject::connect(&m_timer, &QTimer::timeout, &m_network, [this, url = QUrl(farm.frontUrl())] {
            auto* reply = m_network.get(QNetworkRequest(url));
            QObject::connect(reply, &QNetworkReply::finished, reply, &QObject::deleteLater);
        });
        m_timer.start(everyMs);
    }
    void stop() { m_timer.stop(); }

private:
    QNetworkAccessManager m_network;
    QTimer m_timer;
};

static int weightOf(const test::HaproxyFarm& farm, const char* server)
{
    return farm.say(QByteArray("get weight infer/") + server).split(' ').first().toInt();
}

/// What `penstockctl audit` says of a shift: whether the whole log is sound, and the splits that the shift intended, in order.
struct TestCtlEvacuate::Audit
{
    bool whole = false;
    QByteArray verdict;
    QStringList kinds;
    QList<int> steps; ///< of each intent
    QList<std::array<double, 3>> intents;
};

void TestCtlEvacuate::initTestCase()
{
    if (!test::HaproxyFarm::isInstalled() || test::programPath(QStringLiteral("wrk")).isEmpty())
        QSKIP(test::HaproxyFarm::isInstalled() ? "wrk is not installed" : "haproxy is not installed");
}

void TestCtlEvacuate::writeWorkspaceOf(const QByteArray& router, const QByteArray& policy, const QByteArray& workloads)
{
    m_folder = std::make_unique<QTemporaryDir>();
    QFile fleet(m_folder->filePath(QStringLiteral("fleet.toml")));
    QVERIFY(fleet.open(QIODevice::WriteOnly));
    fleet.write("seed = 1\n");
    for (const char* provider : { "azure", "gcp", "aws" })
        fleet.write(QByteArray("[[cluster]]\nprovider = \"") + provider + "\"\nregion = \"r\"\nname = \"" + provider + "-a\"\nmodel = \"H100 80GB SXM\"\ngpus = 800\n");
    fleet.write("[[workload]]\nname = \"chatgpt\"\nshare = { azure = 0.5, gcp = 0.25, aws = 0.25 }\n" + workloads);
    QFile file(m_folder->filePath(QStringLiteral("workspace.toml")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("[workspace]\nname = \"test\"\n[[endpoint]]\nname = \"fleet\"\nkind = \"simulate\"\npath = \"fleet.toml\"\n"
               "[[workload]]\nname = \"chatgpt\"\nreplica = { gpus = 8 }\n[[route]]\nname = \"chatgpt\"\nworkload = \"chatgpt\"\n"
               "router = "
        + router + "\nbackends = [ { name = \"azure\", provider = \"azure\" }, { name = \"gcp\", provider = \"gcp\" }, { name = \"aws\", provider = \"aws\" } ]\n" + policy);
}

std::unique_ptr<QProcess> TestCtlEvacuate::ctl(const QStringList& arguments)
{
    auto process = std::make_unique<QProcess>();
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("XDG_DATA_HOME"), m_folder->path());
    process->setProcessEnvironment(environment);
    process->start(QStringLiteral(PENSTOCKCTL), QStringList { QStringLiteral("--workspace"), m_folder->filePath(QStringLiteral("workspace.toml")) } + arguments);
    return process;
}

QJsonObject TestCtlEvacuate::json(const QStringList& arguments)
{
    const auto process = ctl(arguments);
    process->waitForFinished(30'000);
    return QJsonDocument::fromJson(process->readAllStandardOutput()).object();
}

void TestCtlEvacuate::allRequestsLeaveWithoutAFailure()
{
    test::HaproxyFarm farm;
    farm.weights = "50 25 25";
    QVERIFY(farm.start());
    writeWorkspace(farm);
    QProcess load;
    load.start(test::programPath(QStringLiteral("wrk")), { QStringLiteral("-t1"), QStringLiteral("-c8"), QStringLiteral("-d60s"), farm.frontUrl() });
    QVERIFY(load.waitForStarted());
    const auto plan = json({ QStringLiteral("plan"), QStringLiteral("evacuate"), QStringLiteral("provider=azure"), QStringLiteral("-o"), QStringLiteral("json") });
    QCOMPARE(plan[QStringLiteral("schema")].toString(), QStringLiteral("penstock.plan/1"));
    QCOMPARE(plan[QStringLiteral("blocked")].toBool(true), false);
    const auto board = json({ QStringLiteral("board"), QStringLiteral("-o"), QStringLiteral("json") });
    QCOMPARE(board[QStringLiteral("schema")].toString(), QStringLiteral("penstock.board/1"));
    QCOMPARE(board[QStringLiteral("rows")].toArray().first().toObject()[QStringLiteral("carried_pct")].toDouble(), 100.0);
    QElapsedTimer clock;
    clock.start();
    auto evacuation = ctl({ QStringLiteral("evacuate"), QStringLiteral("provider=azure"), QStringLiteral("--now"), QStringLiteral("--reason"), QStringLiteral("azure fails"), QStringLiteral("--yes") });
    // What the user waits for: from the command to the moment after which the server gets nothing new.
    const auto requests = [&] {
        for (const auto& line : farm.say("show stat").split('\n'))
            if (line.startsWith("infer,azure,"))
                return line.split(',').value(48).toLongLong();
        return qint64(-1);
    };
    QTRY_VERIFY_WITH_TIMEOUT(weightOf(farm, "azure") == 0, 30'000);
    qint64 before = -1, quiet = 0;
    QTRY_VERIFY_WITH_TIMEOUT([&] {
        const auto now = requests();
        if (now != before)
            quiet = clock.elapsed();
        return std::exchange(before, now) == now && clock.elapsed() - quiet > 300;
    }(), 30'000);
    qInfo("from the command to no new request at the evacuated backend: %lld ms, the program's start included", quiet);
    QTRY_VERIFY_WITH_TIMEOUT(evacuation->state() == QProcess::NotRunning, 60'000);
    const auto said = evacuation->readAllStandardError();
    QVERIFY2(evacuation->exitCode() == 0, said.right(2000).constData());
    const auto status = newestShift();
    qInfo("measured by Penstock: the last router had confirmed after %.3f s, no new request after %.3f s", status[QStringLiteral("recovery_s")].toDouble(), status[QStringLiteral("quiet_s")].toDouble());
    QVERIFY(status[QStringLiteral("recovery_s")].toDouble() > 0);
    QCOMPARE(requests(), before);
    load.terminate(); // wrk prints nothing then; what failed is in the proxy's own counters
    load.waitForFinished(10'000);
    for (const auto& line : farm.say("show stat").split('\n'))
        if (line.startsWith("infer,BACKEND,")) {
            const auto cells = line.split(',');
            for (const int column : { 12, 13, 14, 42, 43 }) // ereq, econ, eresp, hrsp_4xx, hrsp_5xx
                QCOMPARE(cells.value(column).toInt(), 0);
        }
}

void TestCtlEvacuate::loadLeavesForWhereItIsAnswered()
{
    test::HaproxyFarm farm;
    farm.weights = "50 25 25";
    farm.statuses = "200 503 200";
    QVERIFY(farm.start());
    writeWorkspace(farm);
    QProcess load;
    load.start(test::programPath(QStringLiteral("wrk")), { QStringLiteral("-t1"), QStringLiteral("-c8"), QStringLiteral("-d60s"), farm.frontUrl() });
    QVERIFY(load.waitForStarted());
    auto routes = json({ QStringLiteral("routes"), QStringLiteral("-o"), QStringLiteral("json") })[QStringLiteral("rows")].toArray();
    QCOMPARE(routes.size(), 3);
    QVERIFY(std::abs(routes[0].toObject()[QStringLiteral("observed_pct")].toDouble() - 50) < 5);
    QCOMPARE(routes[1].toObject()[QStringLiteral("errors_pct")].toDouble(), 100.0);
    // Who has time is told that gcp fails; who has none goes to aws.
    auto shift = ctl({ QStringLiteral("plan"), QStringLiteral("shift"), QStringLiteral("chatgpt"), QStringLiteral("--to"), QStringLiteral("azure=40,gcp=35,aws=25") });
    QVERIFY(shift->waitForFinished(30'000));
    QCOMPARE(shift->exitCode(), 1);
    QVERIFY(shift->readAllStandardOutput().contains("BLOCKED     Targets answer: gcp answers 100 % of its requests with an error"));
    auto evacuation = ctl({ QStringLiteral("evacuate"), QStringLiteral("provider=azure"), QStringLiteral("--now"), QStringLiteral("--reason"), QStringLiteral("azure fails"), QStringLiteral("--yes") });
    QVERIFY(evacuation->waitForFinished(60'000));
    const auto said = evacuation->readAllStandardError();
    QVERIFY2(evacuation->exitCode() == 0, said.constData());
    QCOMPARE(weightOf(farm, "azure"), 0);
    QVERIFY(std::abs(weightOf(farm, "aws") - 3 * weightOf(farm, "gcp")) <= 3);
    load.kill();
    load.waitForFinished();
}

void TestCtlEvacuate::theSecondCloudThatFailsCarriesWhatTheFirstDid_data()
{
    QTest::addColumn<bool>("killed");
    QTest::addColumn<bool>("meanwhile"); // a shift of the same route runs
    QTest::newRow("once it is done") << false << false;
    QTest::newRow("though its program was killed") << true << false;
    QTest::newRow("while another shift runs") << false << true;
}

/// The fleets of this workspace never follow the weights.
void TestCtlEvacuate::theSecondCloudThatFailsCarriesWhatTheFirstDid()
{
    QFETCH(bool, killed);
    QFETCH(bool, meanwhile);
    test::HaproxyFarm farm;
    farm.weights = "50 25 25";
    QVERIFY(farm.start());
    writeWorkspace(farm);
    auto evacuation = ctl({ QStringLiteral("evacuate"), QStringLiteral("provider=azure"), QStringLiteral("--now"), QStringLiteral("--reason"), QStringLiteral("azure fails"), QStringLiteral("--yes") });
    if (killed) {
        QTRY_COMPARE_WITH_TIMEOUT(weightOf(farm, "azure"), 0, 60'000);
        evacuation->kill();
    }
    QVERIFY(evacuation->waitForFinished(60'000));
    QVERIFY2(killed || evacuation->exitCode() == 0, evacuation->readAllStandardError().constData());
    const auto before = weightOf(farm, "aws");
    std::unique_ptr<QProcess> shift;
    if (meanwhile) {
        shift = ctl({ QStringLiteral("shift"), QStringLiteral("chatgpt"), QStringLiteral("--to"), QStringLiteral("azure=0,gcp=44,aws=56"), QStringLiteral("--step"), QStringLiteral("2%"), QStringLiteral("--every"), QStringLiteral("10m"), QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes") });
        QTRY_VERIFY2_WITH_TIMEOUT(weightOf(farm, "aws") != before || shift->state() == QProcess::NotRunning, shift->readAllStandardError().constData(), 30'000);
        QVERIFY2(shift->state() != QProcess::NotRunning, shift->readAllStandardError().constData());
    }
    const auto board = json({ QStringLiteral("board"), QStringLiteral("-o"), QStringLiteral("json") })[QStringLiteral("rows")].toArray();
    const auto lost = [&](const char* provider) {
        for (const auto& row : board)
            if (row.toObject()[QStringLiteral("provider")].toString() == QLatin1String(provider))
                return row.toObject()[QStringLiteral("lost_gpus")].toInt();
        return -1;
    };
    QCOMPARE(lost("azure"), 0);
    // In whole replicas: where shares have been shifted, one more may be begun.
    QVERIFY2(lost("gcp") + lost("aws") >= 800 && lost("gcp") + lost("aws") <= 808, qPrintable(QString::number(lost("gcp") + lost("aws"))));
    const auto plan = json({ QStringLiteral("plan"), QStringLiteral("evacuate"), QStringLiteral("provider=gcp"), QStringLiteral("-o"), QStringLiteral("json") });
    const auto flow = plan[QStringLiteral("flows")].toArray().first().toObject();
    QCOMPARE(flow[QStringLiteral("gpus")].toInt(), lost("gcp"));
    QCOMPARE(flow[QStringLiteral("to")].toArray().size(), 1); // not where nobody wanted to be a moment ago
    QCOMPARE(flow[QStringLiteral("to")].toArray().first().toObject()[QStringLiteral("backend")].toString(), QStringLiteral("aws"));
}

void TestCtlEvacuate::aFewRequestsASecondAreWaitedFor_data()
{
    QTest::addColumn<int>("every"); ///< milliseconds
    QTest::newRow("140 a second") << 7;
    QTest::newRow("60 a second") << 16;
}

void TestCtlEvacuate::aFewRequestsASecondAreWaitedFor()
{
    QFETCH(int, every);
    test::HaproxyFarm farm;
    farm.weights = "50 30 20";
    farm.statuses = "200 200 503";
    QVERIFY(farm.start());
    writeWorkspace(farm);
    Pace pace(farm, every);
    auto evacuation = ctl({ QStringLiteral("evacuate"), QStringLiteral("provider=azure"), QStringLiteral("--now"), QStringLiteral("--reason"), QStringLiteral("azure fails"), QStringLiteral("--yes") });
    QTRY_VERIFY_WITH_TIMEOUT(evacuation->state() == QProcess::NotRunning, 60'000);
    const auto said = evacuation->readAllStandardError();
    QVERIFY2(evacuation->exitCode() == 0, said.constData());
    QCOMPARE(weightOf(farm, "azure"), 0);
    QVERIFY2(weightOf(farm, "gcp") >= 3.5 * weightOf(farm, "aws"), said.constData());
}

void TestCtlEvacuate::whoResumesCountsTheErrorsFirst()
{
    test::HaproxyFarm farm;
    farm.weights = "60 20 20";
    QVERIFY(farm.start());
    writeWorkspace(farm);
    Pace pace(farm, 5);
    auto shift = ctl({ QStringLiteral("shift"), QStringLiteral("chatgpt"), QStringLiteral("--to"), QStringLiteral("azure=20,gcp=20,aws=60"), QStringLiteral("--step"), QStringLiteral("10%"), QStringLiteral("--every"), QStringLiteral("5s"), QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes") });
    QTRY_COMPARE_WITH_TIMEOUT(weightOf(farm, "aws"), 30, 30'000);
    QVERIFY(farm.answerWith(2, "503"));
    QTRY_VERIFY_WITH_TIMEOUT(shift->state() == QProcess::NotRunning, 60'000);
    QCOMPARE(shift->exitCode(), 4);
    const auto id = newestShift()[QStringLiteral("id")].toString();
    auto resumed = ctl({ QStringLiteral("shifts"), QStringLiteral("resume"), id });
    QTRY_VERIFY_WITH_TIMEOUT(resumed->state() == QProcess::NotRunning, 60'000);
    QVERIFY2(resumed->exitCode() == 4, resumed->readAllStandardError().constData());
    QCOMPARE(weightOf(farm, "aws"), 30);
    // Nothing that was refused was done before it was judged anew.
    const auto kinds = auditOf(id).kinds;
    for (qsizetype i = 1; i < kinds.size(); ++i)
        QVERIFY2(kinds[i] != QLatin1String("step") || kinds[i - 1] != QLatin1String("resumed"), qPrintable(kinds.join(QLatin1Char(' '))));
    // Whoever fails only loses on the way back.
    auto back = ctl({ QStringLiteral("shifts"), QStringLiteral("return"), id });
    QTRY_VERIFY_WITH_TIMEOUT(back->state() == QProcess::NotRunning, 60'000);
    QVERIFY2(back->exitCode() == 0, back->readAllStandardError().constData());
    QCOMPARE(weightOf(farm, "aws"), 20);
}

void TestCtlEvacuate::loadThatIsAnsweredWithErrorsIsNotCalledRescued()
{
    test::HaproxyFarm farm;
    farm.weights = "100 0 0";
    farm.statuses = "200 503 503";
    QVERIFY(farm.start());
    writeWorkspace(farm);
    QProcess load;
    load.start(test::programPath(QStringLiteral("wrk")), { QStringLiteral("-t1"), QStringLiteral("-c8"), QStringLiteral("-d60s"), farm.frontUrl() });
    QVERIFY(load.waitForStarted());
    auto evacuation = ctl({ QStringLiteral("evacuate"), QStringLiteral("provider=azure"), QStringLiteral("--now"), QStringLiteral("--reason"), QStringLiteral("azure fails"), QStringLiteral("--yes") });
    QVERIFY(evacuation->waitForFinished(60'000));
    const auto said = evacuation->readAllStandardError();
    QVERIFY2(evacuation->exitCode() == 4 && said.contains("all of it has moved, and is answered with errors"), said.constData());
    QCOMPARE(weightOf(farm, "azure"), 0);
    const auto shift = newestShift();
    QVERIFY2(shift[QStringLiteral("state")].toString() != QLatin1String("done"), said.constData());
    auto back = ctl({ QStringLiteral("shifts"), QStringLiteral("return"), shift[QStringLiteral("id")].toString() });
    QVERIFY(back->waitForFinished(60'000));
    QVERIFY2(back->exitCode() == 0, back->readAllStandardError().constData());
    QCOMPARE(weightOf(farm, "azure"), 100);
    load.kill();
    load.waitForFinished();
}

/// Nobody checks the servers: HAProxy shows one up that is not there, and sends its requests on to the others.
static void unplug(const test::HaproxyFarm& farm, const char* server)
{
    farm.say(QByteArray("set server infer/") + server + " addr 127.0.0.1 port 1");
}

void TestCtlEvacuate::noLoadGoesWhereEveryConnectionIsRefused()
{
    test::HaproxyFarm farm;
    farm.weights = "60 10 30";
    farm.backendLines = " option redispatch\n retries 2\n";
    QVERIFY(farm.start());
    unplug(farm, "gcp");
    writeWorkspace(farm);
    Pace pace(farm, 5);
    const auto report = ctl({ QStringLiteral("routes"), QStringLiteral("-o"), QStringLiteral("json") });
    QTRY_VERIFY_WITH_TIMEOUT(report->state() == QProcess::NotRunning, 30'000);
    const auto gcp = QJsonDocument::fromJson(report->readAllStandardOutput()).object()[QStringLiteral("rows")].toArray()[1].toObject();
    QCOMPARE(gcp[QStringLiteral("condition")].toString(), QStringLiteral("up"));
    QCOMPARE(gcp[QStringLiteral("errors_pct")].toDouble(), 100.0);
    auto evacuation = ctl({ QStringLiteral("evacuate"), QStringLiteral("provider=azure"), QStringLiteral("--now"), QStringLiteral("--reason"), QStringLiteral("azure fails"), QStringLiteral("--yes") });
    QTRY_VERIFY_WITH_TIMEOUT(evacuation->state() == QProcess::NotRunning, 60'000);
    const auto said = evacuation->readAllStandardError();
    QVERIFY2(evacuation->exitCode() == 0, said.constData());
    QCOMPARE(weightOf(farm, "azure"), 0);
    QVERIFY2(std::abs(weightOf(farm, "aws") - 9 * weightOf(farm, "gcp")) <= 9, said.constData());
    QVERIFY2(said.contains("gcp does not answer, so that the others carry its 10 %"), said.constData());
    // Nothing is left that could take the rest.
    auto rest = ctl({ QStringLiteral("evacuate"), QStringLiteral("provider=aws"), QStringLiteral("--now"), QStringLiteral("--reason"), QStringLiteral("aws fails"), QStringLiteral("--yes") });
    QTRY_VERIFY_WITH_TIMEOUT(rest->state() == QProcess::NotRunning, 60'000);
    QVERIFY2(rest->exitCode() == 1, rest->readAllStandardError().constData());
    QVERIFY(weightOf(farm, "aws") > 0);
}

/// What had no share could not be counted before. On the way back those that only lose still answer nobody.
void TestCtlEvacuate::loadThatArrivesWhereNobodyAnswersIsToldAndComesBack()
{
    test::HaproxyFarm farm;
    farm.weights = "100 0 0";
    farm.backendLines = " option redispatch\n retries 2\n";
    QVERIFY(farm.start());
    for (const char* server : { "gcp", "aws" })
        unplug(farm, server);
    writeWorkspace(farm);
    Pace pace(farm, 5);
    auto evacuation = ctl({ QStringLiteral("evacuate"), QStringLiteral("provider=azure"), QStringLiteral("--now"), QStringLiteral("--reason"), QStringLiteral("azure fails"), QStringLiteral("--yes") });
    QTRY_VERIFY_WITH_TIMEOUT(evacuation->state() == QProcess::NotRunning, 30'000);
    const auto said = evacuation->readAllStandardError();
    QVERIFY2(evacuation->exitCode() == 4, said.constData());
    QVERIFY2(said.contains("chatgpt: gcp: error rate 100 % of ") || said.contains("chatgpt: aws: error rate 100 % of "), said.constData());
    QVERIFY2(!said.contains("the last router had the new weights"), said.constData());
    const auto shift = newestShift();
    QVERIFY(shift[QStringLiteral("recovery_s")].isNull());
    auto back = ctl({ QStringLiteral("shifts"), QStringLiteral("return"), shift[QStringLiteral("id")].toString() });
    QTRY_VERIFY_WITH_TIMEOUT(back->state() == QProcess::NotRunning, 60'000);
    QVERIFY2(back->exitCode() == 0, back->readAllStandardError().constData());
    QCOMPARE(weightOf(farm, "azure"), 100);
}

void TestCtlEvacuate::aFewRequestsAreEnoughToSeeErrors()
{
    test::HaproxyFarm farm;
    farm.weights = "100 0 0";
    farm.statuses = "200 503 503";
    QVERIFY(farm.start());
    writeWorkspace(farm);
    Pace pace(farm, 100);
    auto evacuation = ctl({ QStringLiteral("evacuate"), QStringLiteral("provider=azure"), QStringLiteral("--now"), QStringLiteral("--reason"), QStringLiteral("azure fails"), QStringLiteral("--yes") });
    QTRY_VERIFY_WITH_TIMEOUT(evacuation->state() == QProcess::NotRunning, 60'000);
    const auto said = evacuation->readAllStandardError();
    QVERIFY2(evacuation->exitCode() == 4 && said.contains("all of it has moved, and is answered with errors"), said.constData());
    // Without any there is nothing to know, which is said.
    pace.stop();
    farm.say("set server infer/gcp weight 0; set server infer/aws weight 0; set server infer/azure weight 100");
    auto stop = ctl({ QStringLiteral("shifts"), QStringLiteral("stop"), newestShift()[QStringLiteral("id")].toString() });
    QVERIFY(stop->waitForFinished(30'000));
    evacuation = ctl({ QStringLiteral("evacuate"), QStringLiteral("provider=azure"), QStringLiteral("--now"), QStringLiteral("--reason"), QStringLiteral("azure fails again"), QStringLiteral("--yes") });
    QVERIFY(evacuation->waitForFinished(60'000));
    const auto quiet = evacuation->readAllStandardError();
    QVERIFY2(evacuation->exitCode() == 0 && quiet.contains("too few requests to know how they are answered"), quiet.constData());
}

void TestCtlEvacuate::backendsOfAStaticAlgorithmAreTakenOutWhole()
{
    test::HaproxyFarm farm;
    farm.balance = QStringLiteral("static-rr");
    farm.weights = "50 30 20";
    QVERIFY(farm.start());
    writeWorkspace(farm);
    const auto shift = ctl({ QStringLiteral("shift"), QStringLiteral("chatgpt"), QStringLiteral("--to"), QStringLiteral("azure=10,gcp=50,aws=40"), QStringLiteral("--reason"), QStringLiteral("drill"), QStringLiteral("--dry-run") });
    QVERIFY(shift->waitForFinished(30'000));
    QVERIFY(shift->exitCode() != 0);
    QVERIFY(shift->readAllStandardOutput().contains("BLOCKED     Router takes it: chatgpt: its algorithm takes a backend with its configured weight or not at all"));
    const auto rehearsal = ctl({ QStringLiteral("evacuate"), QStringLiteral("provider=azure"), QStringLiteral("--now"), QStringLiteral("--reason"), QStringLiteral("drill"), QStringLiteral("--rehearse"), QStringLiteral("--yes") });
    QVERIFY(rehearsal->waitForFinished(60'000));
    const auto said = rehearsal->readAllStandardOutput() + rehearsal->readAllStandardError();
    QVERIFY2(rehearsal->exitCode() == 0, said.constData());
    QCOMPARE(weightOf(farm, "azure"), 50);
    const auto evacuation = ctl({ QStringLiteral("evacuate"), QStringLiteral("provider=azure"), QStringLiteral("--now"), QStringLiteral("--reason"), QStringLiteral("azure fails"), QStringLiteral("--yes") });
    QVERIFY(evacuation->waitForFinished(60'000));
    QVERIFY2(evacuation->exitCode() == 0, evacuation->readAllStandardError().constData());
    QCOMPARE(weightOf(farm, "azure"), 0);
    QCOMPARE(weightOf(farm, "gcp"), 30);
    QCOMPARE(weightOf(farm, "aws"), 20);
}

void TestCtlEvacuate::whoComesAfterAReloadIsToldWhatItUndid()
{
    test::HaproxyFarm farm;
    farm.weights = "50 25 25";
    QVERIFY(farm.start());
    writeWorkspace(farm);
    const auto evacuation = ctl({ QStringLiteral("evacuate"), QStringLiteral("provider=azure"), QStringLiteral("--now"), QStringLiteral("--reason"), QStringLiteral("azure fails"), QStringLiteral("--yes") });
    QVERIFY(evacuation->waitForFinished(60'000));
    QCOMPARE(weightOf(farm, "azure"), 0);
    // HAProxy tells its age in whole seconds.
    const auto ended = QDateTime::currentDateTimeUtc();
    QTRY_VERIFY_WITH_TIMEOUT(ended.msecsTo(QDateTime::currentDateTimeUtc()) > 1'500, 5'000);
    QVERIFY(farm.reload());
    const auto row = json({ QStringLiteral("routes"), QStringLiteral("-o"), QStringLiteral("json") })[QStringLiteral("rows")].toArray().first().toObject();
    QVERIFY2(row[QStringLiteral("drift")].toString().endsWith(QStringLiteral("which undid what %1 had set").arg(newestShift()[QStringLiteral("id")].toString())), qPrintable(row[QStringLiteral("drift")].toString()));
    const auto said = ctl({ QStringLiteral("routes") });
    QVERIFY(said->waitForFinished(30'000));
    const auto text = said->readAllStandardOutput();
    QVERIFY2(text.contains("`penstockctl shift chatgpt --to azure=0.0,gcp=75.0,aws=25.0` sets again what was undone"), text.constData());
}

void TestCtlEvacuate::whatWasShedIsToldAfterwards()
{
    test::HaproxyFarm farm;
    farm.weights = "50 25 25";
    QVERIFY(farm.start());
    writeWorkspace(farm, "[[workload]]\nname = \"pretrain\"\nreplica = { gpus = 8 }\npriority = \"training\"\n", {}, "[[workload]]\nname = \"pretrain\"\nshare = { gcp = 0.7, aws = 0.7 }\n");
    const auto evacuation = ctl({ QStringLiteral("evacuate"), QStringLiteral("provider=azure"), QStringLiteral("--now"), QStringLiteral("--reason"), QStringLiteral("azure fails"), QStringLiteral("--yes") });
    QVERIFY(evacuation->waitForFinished(60'000));
    const auto said = evacuation->readAllStandardError();
    QVERIFY2(evacuation->exitCode() == 0 && said.contains("you have to end") && said.contains("GPUs of pretrain at gcp-a"), said.right(2000).constData());
    const auto listed = ctl({ QStringLiteral("shifts") });
    QVERIFY(listed->waitForFinished(30'000));
    const auto shown = listed->readAllStandardOutput();
    QVERIFY2(shown.contains("you have to end") && shown.contains("GPUs of pretrain at gcp-a"), shown.constData());
}

void TestCtlEvacuate::whatFitsInPartSaysHowItGoesAllTheSame()
{
    test::HaproxyFarm farm;
    farm.weights = "50 25 25";
    QVERIFY(farm.start());
    writeWorkspace(farm, "[[workload]]\nname = \"other\"\nreplica = { gpus = 8 }\n", {}, "[[workload]]\nname = \"other\"\nshare = { gcp = 0.6, aws = 0.6 }\n");
    const QStringList leave { QStringLiteral("evacuate"), QStringLiteral("provider=azure"), QStringLiteral("--now"), QStringLiteral("--reason"), QStringLiteral("azure fails"), QStringLiteral("--yes") };
    const auto refused = ctl(leave);
    QVERIFY(refused->waitForFinished(60'000));
    const auto said = refused->readAllStandardError();
    QVERIFY2(refused->exitCode() == 1 && said.contains("find no place (the policy lets nobody override it; once its `overridable` lists \"capacity\", --override capacity --until 30m"), said.right(2000).constData());
    QCOMPARE(weightOf(farm, "azure"), 50);
}

void TestCtlEvacuate::aRehearsalKnowsWhatIsOverridden()
{
    test::HaproxyFarm farm;
    farm.weights = "50 25 25";
    QVERIFY(farm.start());
    writeWorkspace(farm, "[policy]\noverridable = [\"min_providers\"]\nmin_providers = 3\n");
    auto rehearsal = ctl({ QStringLiteral("evacuate"), QStringLiteral("provider=azure"), QStringLiteral("--now"), QStringLiteral("--rehearse"), QStringLiteral("--override"), QStringLiteral("min_providers"), QStringLiteral("--until"), QStringLiteral("30m"), QStringLiteral("--reason"), QStringLiteral("drill") });
    QVERIFY(rehearsal->waitForFinished(60'000));
    const auto said = rehearsal->readAllStandardError() + rehearsal->readAllStandardOutput();
    QVERIFY2(rehearsal->exitCode() == 0 && said.contains("rehearsal passed"), said.constData());
    QCOMPARE(weightOf(farm, "azure"), 50);
}

void TestCtlEvacuate::anotherProcessPausesAndTakesBack()
{
    test::HaproxyFarm farm;
    farm.weights = "50 25 25";
    QVERIFY(farm.start());
    writeWorkspace(farm);
    auto shift = ctl({ QStringLiteral("shift"), QStringLiteral("chatgpt"), QStringLiteral("--to"), QStringLiteral("azure=20,gcp=40,aws=40"), QStringLiteral("--every"), QStringLiteral("1h"), QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes") });
    QByteArray said;
    QTRY_VERIFY_WITH_TIMEOUT((said += shift->readAllStandardError()).contains("baking"), 60'000);
    const auto id = newestShift()[QStringLiteral("id")].toString();
    // The second console sees who holds the route, and is refused.
    auto second = ctl({ QStringLiteral("shift"), QStringLiteral("chatgpt"), QStringLiteral("--to"), QStringLiteral("gcp=50,aws=50"), QStringLiteral("--now"), QStringLiteral("--reason"), QStringLiteral("mine"), QStringLiteral("--yes") });
    QVERIFY(second->waitForFinished(30'000));
    QCOMPARE(second->exitCode(), 1);
    const auto refusal = second->readAllStandardError();
    QVERIFY2(refusal.contains("is held by " + id.toLatin1()), refusal.constData());
    auto back = ctl({ QStringLiteral("shifts"), QStringLiteral("return"), id });
    QVERIFY(back->waitForFinished(30'000));
    QVERIFY2(back->exitCode() == 0, back->readAllStandardError().constData());
    QTRY_VERIFY_WITH_TIMEOUT(shift->state() == QProcess::NotRunning, 60'000);
    QCOMPARE(newestShift()[QStringLiteral("state")].toString(), QStringLiteral("returned"));
    QCOMPARE(weightOf(farm, "azure"), 50);
    auto listed = ctl({ QStringLiteral("shifts") });
    QVERIFY(listed->waitForFinished(30'000));
    const auto table = listed->readAllStandardOutput();
    QVERIFY2(table.contains("way back of " + id.toLatin1() + ": asked for by "), table.constData());
}

void TestCtlEvacuate::aSecondPersonIsNeeded()
{
    test::HaproxyFarm farm;
    farm.weights = "50 25 25";
    QVERIFY(farm.start());
    writeWorkspace(farm, "[policy]\nsecond_person_above = 0.2\n");
    auto evacuation = ctl({ QStringLiteral("evacuate"), QStringLiteral("provider=azure"), QStringLiteral("--now"), QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes") });
    QVERIFY(evacuation->waitForFinished(30'000));
    QCOMPARE(evacuation->exitCode(), 1);
    const auto said = evacuation->readAllStandardError();
    const auto at = said.indexOf("penstockctl approve ");
    QVERIFY2(at > 0, said.constData());
    auto approve = ctl({ QStringLiteral("approve"), QString::fromLatin1(said.mid(at + 20, 64)) });
    QVERIFY(approve->waitForFinished(30'000));
    QCOMPARE(approve->exitCode(), 1);
    const auto shown = approve->readAllStandardError();
    QVERIFY2(shown.contains("who asks for a plan cannot approve it"), shown.constData());
    // Whoever is to approve it reads what whoever asked for it has read.
    QVERIFY2(shown.contains("Of all interactive load"), shown.constData());
    auto rehearsal = ctl({ QStringLiteral("evacuate"), QStringLiteral("provider=azure"), QStringLiteral("--now"), QStringLiteral("--rehearse") });
    QVERIFY(rehearsal->waitForFinished(60'000));
    const auto score = rehearsal->readAllStandardOutput();
    QVERIFY2(rehearsal->exitCode() == 0 && score.contains("rehearsal passed") && score.contains("Second person"), score.constData());
    QCOMPARE(weightOf(farm, "azure"), 50);
}

void TestCtlEvacuate::aPlanThatWasShownStartsByItsHash()
{
    test::HaproxyFarm farm;
    farm.weights = "50 25 25";
    QVERIFY(farm.start());
    writeWorkspace(farm);
    const QStringList move { QStringLiteral("shift"), QStringLiteral("chatgpt"), QStringLiteral("--to"), QStringLiteral("azure=40,gcp=35,aws=25"), QStringLiteral("--every"), QStringLiteral("0s") };
    const auto hash = json(QStringList { QStringLiteral("plan") } + move + QStringList { QStringLiteral("-o"), QStringLiteral("json") })[QStringLiteral("hash")].toString();
    QCOMPARE(hash.size(), 64);
    auto other = move;
    other.back() = QStringLiteral("5s");
    const auto refused = ctl(other + QStringList { QStringLiteral("--reason"), QStringLiteral("as shown"), QStringLiteral("--plan"), hash.left(12), QStringLiteral("--yes") });
    QVERIFY(refused->waitForFinished(60'000));
    const auto said = refused->readAllStandardError();
    QVERIFY2(refused->exitCode() == 1 && said.contains("it waits 0 s after each step, and this 5 s (--every)"), said.right(2000).constData());
    // The reason may come with the order to start it.
    auto shift = ctl(move + QStringList { QStringLiteral("--reason"), QStringLiteral("as shown"), QStringLiteral("--plan"), hash.left(12), QStringLiteral("--yes") });
    QVERIFY(shift->waitForFinished(60'000));
    QVERIFY2(shift->exitCode() == 0, shift->readAllStandardError().constData());
    QCOMPARE(weightOf(farm, "azure"), 40);
}

void TestCtlEvacuate::readOnlyRefuses()
{
    test::HaproxyFarm farm;
    farm.weights = "50 25 25";
    QVERIFY(farm.start());
    writeWorkspace(farm);
    auto evacuation = ctl({ QStringLiteral("--read-only"), QStringLiteral("evacuate"), QStringLiteral("provider=azure"), QStringLiteral("--now"), QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes") });
    QVERIFY(evacuation->waitForFinished(30'000));
    QCOMPARE(evacuation->exitCode(), 1);
    QVERIFY(evacuation->readAllStandardError().contains("read-only"));
    QCOMPARE(weightOf(farm, "azure"), 50);
}

TestCtlEvacuate::Audit TestCtlEvacuate::auditOf(const QString& shift)
{
    Audit made;
    const auto verify = ctl({ QStringLiteral("audit"), QStringLiteral("verify") });
    verify->waitForFinished(30'000);
    made.whole = verify->exitStatus() == QProcess::NormalExit && verify->exitCode() == 0;
    made.verdict = verify->readAllStandardOutput() + verify->readAllStandardError();
    const auto shown = json({ QStringLiteral("audit"), QStringLiteral("show"), shift, QStringLiteral("-o"), QStringLiteral("json") });
    for (const auto& row : shown[QStringLiteral("rows")].toArray()) {
        const auto record = row.toObject();
        const auto body = record[QStringLiteral("body")].toObject();
        made.kinds << record[QStringLiteral("kind")].toString();
        if (made.kinds.last() != QLatin1String("step") || body[QStringLiteral("stage")].toString() != QLatin1String("intended"))
            continue;
        made.steps << body[QStringLiteral("number")].toInt();
        made.intents.emplaceBack();
        const auto weights = body[QStringLiteral("routes")].toArray().first().toObject()[QStringLiteral("weights")].toArray();
        for (qsizetype i = 0; i < std::min<qsizetype>(3, weights.size()); ++i)
            made.intents.last()[static_cast<std::size_t>(i)] = weights[i].toObject()[QStringLiteral("desired_pct")].toDouble();
    }
    return made;
}

namespace {

/// Every word to the router passes here, so that a program can be killed at a chosen one, and what was set is known.
struct Tap
{
    explicit Tap(const test::HaproxyFarm& farm)
        : socket([this, &farm](const std::string& line) {
            if (!line.starts_with("set server "))
                return farm.say(QByteArray::fromStdString(line)).toStdString();
            const std::lock_guard lock(mutex);
            auto parts = QByteArray::fromStdString(line).split(';');
            const bool victim = pid > 0 && left > 0 && --left == 0;
            // A proxy that dies, or one of several that was not reached, leaves a part of what it was told.
            if (victim)
                parts.resize(std::min<qsizetype>(parts.size(), heard));
            for (auto& part : parts) {
                part = part.trimmed();
                const auto words = part.split(' ');
                sets.emplace_back(words.value(2).split('/').value(1).toStdString(), words.value(4).toInt());
            }
            auto answer = parts.isEmpty() ? std::string() : farm.say(parts.join("; ")).toStdString();
            if (victim)
                ::kill(pid, SIGKILL);
            return answer;
        })
    {
    }
    /// Kills the program at its n-th order to the router, of which so many commands are heard. 0: never.
    void arm(qint64 process, int n, int commands)
    {
        const std::lock_guard lock(mutex);
        pid = static_cast<pid_t>(process);
        left = n;
        heard = commands;
    }
    /// The weights that each server was given, in order, since the last call.
    QMap<QString, QList<int>> taken()
    {
        const std::lock_guard lock(mutex);
        QMap<QString, QList<int>> made;
        for (const auto& [server, weight] : std::exchange(sets, {}))
            made[QString::fromStdString(server)] << weight;
        return made;
    }

    std::mutex mutex;
    std::vector<std::pair<std::string, int>> sets;
    pid_t pid = 0;
    int left = 0, heard = 0;
    test::ScriptedSocket socket; ///< last: its thread uses what is above
};

QString text(const QList<int>& weights)
{
    QString made;
    for (const auto it : weights)
        made += QLatin1Char(' ') + QString::number(it);
    return made;
}

/// Strictly one way: nothing is set twice, nothing is set back.
bool isOneWay(const QList<int>& weights)
{
    bool up = true, down = true;
    for (qsizetype i = 1; i < weights.size(); ++i) {
        up = up && weights[i] > weights[i - 1];
        down = down && weights[i] < weights[i - 1];
    }
    return up || down;
}

} // namespace

void TestCtlEvacuate::aGatewayThatLooksLateIsWaitedFor()
{
    test::GatewayApi api;
    api.looksUntilReconciled = -1;
    writeWorkspaceOf("{ kind = \"gateway\", url = \"" + QByteArray::fromStdString(api.url()) + "\", namespace = \"infer\", name = \"llm\", match = \"/\" }");
    QElapsedTimer spent;
    spent.start();
    auto evacuation = ctl({ QStringLiteral("evacuate"), QStringLiteral("provider=azure"), QStringLiteral("--now"), QStringLiteral("--reason"), QStringLiteral("azure fails"), QStringLiteral("--yes") });
    QByteArray said;
    QTRY_VERIFY2_WITH_TIMEOUT((said += evacuation->readAllStandardError()).contains("edge has not looked at generation 2 yet") || evacuation->state() == QProcess::NotRunning, said.constData(), 20'000);
    QVERIFY2(evacuation->state() != QProcess::NotRunning, said.constData());
    const auto sentAfter = static_cast<double>(spent.elapsed()) / 1000;
    {
        const std::lock_guard lock(api.mutex);
        api.looksUntilReconciled = 0;
    }
    QVERIFY(evacuation->waitForFinished(60'000));
    said += evacuation->readAllStandardError();
    QVERIFY2(evacuation->exitCode() == 0, said.constData());
    QCOMPARE(api.patches.load(), 1);
    QCOMPARE(api.weights().front(), 0);
    const auto recovery = newestShift()[QStringLiteral("recovery_s")].toDouble();
    QVERIFY2(recovery > 1 && recovery < sentAfter + 10, qPrintable(QString::number(recovery)));
}

/// Killed in the midst of a write: the first way back waits for it and arrives, also after one that was killed while it waited.
void TestCtlEvacuate::aWayBackWaitsForTheWriteOfWhoWasKilled()
{
    test::HaproxyFarm farm;
    farm.weights = "100 0 0";
    QVERIFY(farm.start());
    Tap tap(farm);
    writeWorkspace(farm, "[policy]\nmax_step = 1.0\n", tap.socket.url());
    auto shift = ctl({ QStringLiteral("shift"), QStringLiteral("chatgpt"), QStringLiteral("--to"), QStringLiteral("azure=60,gcp=40"), QStringLiteral("--reason"), QStringLiteral("crash"), QStringLiteral("--yes") });
    QVERIFY(shift->waitForStarted());
    tap.arm(shift->processId(), 1, 3);
    QVERIFY(shift->waitForFinished(60'000));
    tap.arm(0, 0, 0);
    const auto id = newestShift()[QStringLiteral("id")].toString();
    const auto isTold = [](QProcess& process, QByteArray& said) {
        QTRY_VERIFY2_WITH_TIMEOUT((said += process.readAllStandardError()).contains("may still be on its way") || process.state() == QProcess::NotRunning, said.constData(), 20'000);
        QVERIFY2(said.contains("may still be on its way"), said.constData());
    };
    QByteArray first, second;
    auto killed = ctl({ QStringLiteral("shifts"), QStringLiteral("return"), id });
    isTold(*killed, first);
    killed->kill();
    QVERIFY(killed->waitForFinished(10'000));
    const auto found = newestShift();
    QCOMPARE(found[QStringLiteral("state")].toString(), QStringLiteral("abandoned"));
    QCOMPARE(found[QStringLiteral("step")].toInt(), 1);
    QVERIFY2(found[QStringLiteral("note")].toString().contains(QLatin1String("step 1 is accepted")), qPrintable(found[QStringLiteral("note")].toString()));
    auto back = ctl({ QStringLiteral("shifts"), QStringLiteral("return"), id });
    isTold(*back, second);
    QVERIFY(back->waitForFinished(60'000));
    second += back->readAllStandardError();
    QVERIFY2(back->exitCode() == 0, second.constData());
    QCOMPARE(newestShift()[QStringLiteral("state")].toString(), QStringLiteral("returned"));
    QCOMPARE(weightOf(farm, "azure"), 100);
}

/// SIGKILL at random points of real shifts: the next start knows where each stands and ends it with no step lost or done
/// twice; the audit log stays whole and holds, as intended before, all that the router shows. PENSTOCK_CRASHES sets how
/// many; see tests/README.md.
void TestCtlEvacuate::killedAtRandomPoints()
{
    const int crashes = qEnvironmentVariableIntValue("PENSTOCK_CRASHES") > 0 ? qEnvironmentVariableIntValue("PENSTOCK_CRASHES") : 4;
    test::HaproxyFarm farm;
    farm.weights = "100 0 0";
    QVERIFY(farm.start());
    Tap tap(farm);
    writeWorkspace(farm, "[policy]\nmax_step = 1.0\n", tap.socket.url());
    auto& random = *QRandomGenerator::global();
    QMap<QString, int> seen;
    for (int crash = 0; crash < crashes; ++crash) {
        farm.say("set server infer/gcp weight 0; set server infer/aws weight 0; set server infer/azure weight 100");
        (void)tap.taken();
        auto shift = ctl({ QStringLiteral("shift"), QStringLiteral("chatgpt"), QStringLiteral("--to"), QStringLiteral("azure=20,gcp=50,aws=30"), QStringLiteral("--step"), QStringLiteral("20%"), QStringLiteral("--every"), QStringLiteral("50ms"), QStringLiteral("--reason"), QStringLiteral("crash"), QStringLiteral("--yes") });
        QVERIFY(shift->waitForStarted());
        // In the midst of an order to the router, of three commands each; else at any moment of its life.
        const auto kill = [&](QProcess& process, int kind) {
            if (kind % 3 != 2) {
                tap.arm(process.processId(), 1 + random.bounded(4), random.bounded(4));
                return process.state() == QProcess::NotRunning || process.waitForFinished(60'000);
            }
            QElapsedTimer spent;
            spent.start();
            const auto wait = random.bounded(3'500);
            while (spent.elapsed() < wait && process.state() != QProcess::NotRunning)
                process.waitForReadyRead(1);
            process.kill(); // SIGKILL, unless it has ended
            return process.state() == QProcess::NotRunning || process.waitForFinished(10'000);
        };
        QVERIFY(kill(*shift, crash));
        tap.arm(0, 0, 0);
        const bool back = crash / 3 % 3 == 2;
        auto sets = tap.taken();
        QJsonObject found;
        int recoveries = 0;
        for (int again = crash % 4 == 3 ? 1 : 0; again >= 0; --again) {
            found = newestShift();
            const auto state = found[QStringLiteral("state")].toString();
            const auto id = found[QStringLiteral("id")].toString();
            if (id.isEmpty() || id == m_lastShift || state == QLatin1String("done") || state == QLatin1String("returned"))
                break; // killed before it began, or quicker than its murderer
            const auto note = found[QStringLiteral("note")].toString();
            const std::array<int, 3> has { weightOf(farm, "azure"), weightOf(farm, "gcp"), weightOf(farm, "aws") };
            const auto context = QStringLiteral("crash %1, %2, weights %3/%4/%5: %6 %7").arg(crash).arg(id).arg(has[0]).arg(has[1]).arg(has[2]).arg(state, note);
            QVERIFY2(state == QLatin1String("abandoned"), qPrintable(context));
            QVERIFY2(!note.contains(QLatin1String("somebody else")), qPrintable(context));
            ++seen[note.contains(QLatin1String("cut off")) ? QStringLiteral("cut off in a write") : note.contains(QLatin1String("not sent")) ? QStringLiteral("before the write") : note.contains(QLatin1String("is accepted")) ? QStringLiteral("after the write") : QStringLiteral("before the first")];
            const auto audit = auditOf(id);
            QVERIFY2(audit.whole, qPrintable(context + QString::fromUtf8(audit.verdict)));
            const std::array<double, 3> begin { 100, 0, 0 };
            const auto& last = audit.intents.isEmpty() ? begin : audit.intents.last();
            // The step before it: the same step may have been intended again after a crash.
            auto before = begin;
            for (const auto& intent : audit.intents)
                if (intent != last)
                    before = intent;
            // Whatever the router was told was recorded as intended before.
            const double sum = has[0] + has[1] + has[2];
            for (std::size_t i = 0; i < 3; ++i) {
                const double share = 100 * has[i] / sum;
                const bool receives = last[i] > before[i];
                QVERIFY2(receives ? share <= last[i] + 5 : share >= last[i] - 1, qPrintable(context + QStringLiteral(": the router has what nobody recorded as intended")));
            }
            // On its way back already, going on is going back.
            auto recovery = ctl({ QStringLiteral("shifts"), back && !found[QStringLiteral("returning")].toBool() ? QStringLiteral("return") : QStringLiteral("resume"), id });
            QVERIFY(recovery->waitForStarted());
            if (again > 0) {
                QVERIFY(kill(*recovery, crash / 4));
                tap.arm(0, 0, 0);
            } else {
                QVERIFY(recovery->waitForFinished(60'000));
                const auto story = recovery->readAllStandardError();
                QVERIFY2(recovery->exitCode() == 0, qPrintable(context + QString::fromUtf8(story)));
                ++recoveries;
            }
            const auto more = tap.taken();
            for (auto it = more.cbegin(); it != more.cend(); ++it) {
                // From an odd split each step is nearest at another scale, so that only shares go one way.
                if (back && note.contains(QLatin1String("cut off")))
                    continue;
                if (back)
                    QVERIFY2(isOneWay(it.value()), qPrintable(context + QStringLiteral(": a step was done twice at ") + it.key() + text(it.value())));
                else
                    sets[it.key()] << it.value();
            }
        }
        const auto ended = newestShift();
        const auto context = QStringLiteral("crash %1, %2: %3 %4").arg(crash).arg(ended[QStringLiteral("id")].toString(), ended[QStringLiteral("state")].toString(), ended[QStringLiteral("note")].toString());
        if (ended[QStringLiteral("id")].toString().isEmpty() || ended[QStringLiteral("id")].toString() == m_lastShift) {
            QVERIFY2(sets.isEmpty(), qPrintable(context));
            ++seen[QStringLiteral("before there was a shift")];
            continue;
        }
        m_lastShift = ended[QStringLiteral("id")].toString();
        const bool returned = ended[QStringLiteral("state")].toString() == QLatin1String("returned");
        QVERIFY2(returned ? back : ended[QStringLiteral("state")].toString() == QLatin1String("done"), qPrintable(context));
        QCOMPARE(weightOf(farm, "azure"), returned ? 100 : 20);
        QCOMPARE(weightOf(farm, "gcp"), returned ? 0 : 50);
        QCOMPARE(weightOf(farm, "aws"), returned ? 0 : 30);
        for (auto it = sets.cbegin(); it != sets.cend(); ++it)
            QVERIFY2(isOneWay(it.value()), qPrintable(context + QStringLiteral(": a step was done twice at ") + it.key() + text(it.value())));
        const auto audit = auditOf(m_lastShift);
        QVERIFY2(audit.whole, qPrintable(context + QString::fromUtf8(audit.verdict)));
        QCOMPARE(audit.kinds.count(QStringLiteral("asked")), 1);
        QVERIFY2(recoveries == 0 || audit.kinds.contains(QLatin1String("recovered")), qPrintable(context));
        QCOMPARE(audit.kinds.count(returned ? QStringLiteral("returned") : QStringLiteral("finished")), 1);
        if (returned)
            continue;
        // Every step stands in the record once, and was intended in its order.
        QList<int> steps, intended;
        for (const auto& made : ended[QStringLiteral("record")].toArray())
            steps << made.toObject()[QStringLiteral("step")].toInt();
        QCOMPARE(steps, (QList<int> { 1, 2, 3, 4 }));
        for (const int step : audit.steps)
            if (intended.isEmpty() || intended.last() != step)
                intended << step;
        QCOMPARE(intended, steps);
    }
    for (auto it = seen.cbegin(); it != seen.cend(); ++it)
        qInfo("killed %d times %s", it.value(), qPrintable(it.key()));
}

int main(int argc, char** argv)
{
    // Two hundred crashes take longer than Qt Test waits for a function by itself.
    if (qEnvironmentVariableIsSet("PENSTOCK_CRASHES") && !qEnvironmentVariableIsSet("QTEST_FUNCTION_TIMEOUT"))
        qputenv("QTEST_FUNCTION_TIMEOUT", "3600000");
    const QCoreApplication application(argc, argv);
    TestCtlEvacuate test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_ctlevacuate.moc"
