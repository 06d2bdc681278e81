// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

#include "support/haproxyfarm.h"

using namespace penstock;

/// Shifts of penstockctl on a real HAProxy, over three real agents, while the world breaks around them.
class TestCtlFaults final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void cleanup();
    void onTheWay_data();
    void onTheWay();
    void aDarkCloudIsLeftWithoutIt();
    void threeRoutersAreLeftAtOnce();
    void aSilentRouterIsLeftBehindLoudly();
    void oneSilentProcessHoldsUpNoEvacuation_data();
    void oneSilentProcessHoldsUpNoEvacuation();
    void whatReachesNobodyIsKeptAsAsked();
    void noWayBackToWhereNothingIsFree();

private:
    enum Cloud { Azure, Gcp, Aws };
    void startAgents();
    void startAgent(int cloud, const QByteArray& workloads);
    void writeWorkspace(const std::vector<const test::HaproxyFarm*>& farms, bool asOneRoute = false); ///< as one route: several processes serve it
    std::unique_ptr<QProcess> ctl(const QString& arguments);
    QJsonObject newestShift();
    bool auditIsWhole();
    QJsonArray auditRows();
    void hold(qint64 process);
    void release();

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<QProcess> m_agents[3];
    int m_ports[3] {};
    QList<qint64> m_held;
};

static const char* const clouds[] = { "azure", "gcp", "aws" };

static int weightOf(const test::HaproxyFarm& farm, const char* server)
{
    return farm.say(QByteArray("get weight infer/") + server).split(' ').first().toInt();
}

void TestCtlFaults::initTestCase()
{
    if (!test::HaproxyFarm::isInstalled() || test::programPath(QStringLiteral("wrk")).isEmpty())
        QSKIP(test::HaproxyFarm::isInstalled() ? "wrk is not installed" : "haproxy is not installed");
}

void TestCtlFaults::hold(qint64 process)
{
    QVERIFY(process > 0 && ::kill(static_cast<pid_t>(process), SIGSTOP) == 0);
    m_held << process;
}

void TestCtlFaults::release()
{
    for (const auto process : std::exchange(m_held, {}))
        ::kill(static_cast<pid_t>(process), SIGCONT);
}

void TestCtlFaults::cleanup()
{
    release();
    for (auto& agent : m_agents)
        if (auto process = std::move(agent)) {
            process->kill();
            process->waitForFinished(10'000);
        }
}

void TestCtlFaults::startAgents()
{
    m_folder = std::make_unique<QTemporaryDir>();
    for (int c = 0; c < 3; ++c) {
        m_ports[c] = 0;
        startAgent(c, QByteArray("[[workload]]\nname = \"chatgpt\"\nshare = { ") + clouds[c] + " = " + (c == Azure ? "0.5" : "0.25") + " }\n");
    }
}

/// At the port that it had, if it had one.
void TestCtlFaults::startAgent(int cloud, const QByteArray& workloads)
{
    const auto spec = m_folder->filePath(QString::fromLatin1(clouds[cloud]) + QStringLiteral(".toml"));
    QFile file(spec);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray("seed = 1\n[[cluster]]\nprovider = \"") + clouds[cloud] + "\"\nregion = \"r\"\nname = \"" + clouds[cloud] + "-a\"\nmodel = \"H100 80GB SXM\"\ngpus = 800\n" + workloads);
    file.close();
    auto& agent = m_agents[cloud];
    if (agent) {
        agent->kill();
        agent->waitForFinished(10'000);
    }
    agent = std::make_unique<QProcess>();
    agent->start(QStringLiteral(PENSTOCK_AGENT), { QStringLiteral("simulate"), spec, QStringLiteral("--listen"), QStringLiteral("127.0.0.1:%1").arg(m_ports[cloud]), QStringLiteral("--plaintext") });
    QTRY_VERIFY_WITH_TIMEOUT(agent->canReadLine(), 20'000);
    m_ports[cloud] = agent->readLine().trimmed().split(':').last().toInt();
    QVERIFY(m_ports[cloud] > 0);
}

/// A route a farm, all of the same workload.
void TestCtlFaults::writeWorkspace(const std::vector<const test::HaproxyFarm*>& farms, bool asOneRoute)
{
    QByteArray text = "[workspace]\nname = \"test\"\n[policy]\nstale_after_s = 2\nmax_step = 1.0\n";
    for (int c = 0; c < 3; ++c)
        text += QByteArray("[[endpoint]]\nname = \"") + clouds[c] + "\"\nkind = \"agent\"\nprovider = \"" + clouds[c] + "\"\nurl = \"grpc://127.0.0.1:" + QByteArray::number(m_ports[c]) + "\"\n";
    text += "[[workload]]\nname = \"chatgpt\"\nreplica = { gpus = 8 }\n";
    const auto urlOf = [](const test::HaproxyFarm& farm) { return '"' + QByteArray::fromStdString(farm.statsUrl()) + '"'; };
    QByteArray all;
    for (const auto* farm : farms)
        all += (all.isEmpty() ? "" : ", ") + urlOf(*farm);
    for (std::size_t f = 0; f < (asOneRoute ? 1 : farms.size()); ++f) {
        text += "[[route]]\nname = \"" + (f == 0 ? QByteArray("chatgpt") : "chatgpt" + QByteArray::number(f)) + "\"\nworkload = \"chatgpt\"\nrouter = { kind = \"haproxy\", url = " + (asOneRoute ? '[' + all + ']' : urlOf(*farms[f]))
            + ", backend = \"infer\" }\nbackends = [ { name = \"azure\", provider = \"azure\" }, { name = \"gcp\", provider = \"gcp\" }, { name = \"aws\", provider = \"aws\" } ]\n";
    }
    QFile file(m_folder->filePath(QStringLiteral("workspace.toml")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text);
}

std::unique_ptr<QProcess> TestCtlFaults::ctl(const QString& arguments)
{
    auto process = std::make_unique<QProcess>();
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("XDG_DATA_HOME"), m_folder->path());
    process->setProcessEnvironment(environment);
    process->start(QStringLiteral(PENSTOCKCTL), QStringList { QStringLiteral("--workspace"), m_folder->filePath(QStringLiteral("workspace.toml")) } + arguments.split(QLatin1Char(' ')));
    return process;
}

QJsonObject TestCtlFaults::newestShift()
{
    const auto process = ctl(QStringLiteral("shifts -o json"));
    process->waitForFinished(30'000);
    return QJsonDocument::fromJson(process->readAllStandardOutput()).object()[QStringLiteral("rows")].toArray().first().toObject();
}

QJsonArray TestCtlFaults::auditRows()
{
    const auto process = ctl(QStringLiteral("audit list -o json"));
    return process->waitForFinished(30'000) ? QJsonDocument::fromJson(process->readAllStandardOutput()).object()[QStringLiteral("rows")].toArray() : QJsonArray();
}

bool TestCtlFaults::auditIsWhole()
{
    const auto process = ctl(QStringLiteral("audit verify"));
    return process->waitForFinished(30'000) && process->exitCode() == 0;
}

void TestCtlFaults::onTheWay_data()
{
    QTest::addColumn<QString>("fault");
    QTest::addColumn<QString>("state"); ///< in which it ends, or stands
    QTest::addColumn<QString>("says");
    QTest::addColumn<QString>("resumed"); ///< the state once the fault is over and it was resumed; empty: not resumed
    const auto row = [](const char* name, const char* fault, const char* state, const char* says, const char* resumed) {
        QTest::newRow(name) << QString::fromLatin1(fault) << QString::fromLatin1(state) << QString::fromLatin1(says) << QString::fromLatin1(resumed);
    };
    row("the router hangs", "hang", "paused", "a router does not answer: chatgpt", "done");
    row("the router forgets: reloaded", "reload", "paused", "reloaded at", "done");
    row("the router forgets: killed and restarted", "restart", "paused", "a router does not answer: chatgpt", "done");
    row("somebody else edits", "edit", "failed", "weights changed by somebody else", "");
    row("the receiver's agent falls silent", "stale", "paused", "gcp", "done");
}

void TestCtlFaults::onTheWay()
{
    QFETCH(QString, fault);
    QFETCH(QString, state);
    QFETCH(QString, says);
    QFETCH(QString, resumed);
    startAgents();
    test::HaproxyFarm farm;
    farm.weights = "50 25 25";
    QVERIFY(farm.start());
    writeWorkspace({ &farm });
    // It begins elsewhere than where a restart takes it.
    if (fault == QLatin1String("restart"))
        farm.say("set server infer/azure weight 60");
    const bool stale = fault == QLatin1String("stale");
    auto shift = ctl(QStringLiteral("shift chatgpt --to azure=30,gcp=45,aws=25 --step 5% --every %1 --reason test --yes").arg(stale ? QStringLiteral("4s") : QStringLiteral("1s")));
    QByteArray said;
    QTRY_VERIFY_WITH_TIMEOUT((said += shift->readAllStandardError()).contains("baking") || shift->state() == QProcess::NotRunning, 20'000);
    QVERIFY2(said.contains("baking"), said.right(2000).constData());
    if (fault == QLatin1String("hang"))
        hold(farm.processId());
    else if (fault == QLatin1String("reload"))
        QVERIFY(farm.reload());
    else if (fault == QLatin1String("restart"))
        farm.kill();
    else if (fault == QLatin1String("edit"))
        farm.say("set server infer/aws weight 77");
    else
        hold(m_agents[Gcp]->processId());
    QTRY_VERIFY_WITH_TIMEOUT(shift->state() == QProcess::NotRunning, 60'000);
    said += shift->readAllStandardError();
    const bool paused = state == QLatin1String("paused");
    QVERIFY2(shift->exitCode() == (paused ? 4 : 1) && said.contains(says.toUtf8()), said.right(2000).constData());
    if (fault == QLatin1String("hang"))
        release();
    else if (fault == QLatin1String("restart"))
        QVERIFY(farm.restart());
    const auto found = newestShift();
    QVERIFY2(found[QStringLiteral("state")].toString() == state, said.right(2000).constData());
    QVERIFY(!paused || said.contains("go on with `penstockctl shifts resume"));
    if (fault == QLatin1String("reload"))
        QCOMPARE(weightOf(farm, "azure"), 50);
    if (fault == QLatin1String("edit"))
        QCOMPARE(weightOf(farm, "aws"), 77);
    if (stale) {
        QVERIFY2(said.contains("is paused by: ")
                && found[QStringLiteral("paused_by")].toString().contains(QLatin1String("freshness")),
            said.right(2000).constData());
        QVERIFY(weightOf(farm, "gcp") < 45);
        release();
    }
    if (!resumed.isEmpty()) {
        auto again = ctl(QStringLiteral("shifts resume ") + found[QStringLiteral("id")].toString());
        QVERIFY(again->waitForFinished(60'000));
        QVERIFY2(again->exitCode() == 0, again->readAllStandardError().constData());
        QCOMPARE(newestShift()[QStringLiteral("state")].toString(), resumed);
        QCOMPARE(weightOf(farm, "gcp"), 45);
    }
    QVERIFY(auditIsWhole());
}

/// Its agent and its servers stop answering while it is being left: nothing of it is needed to get away.
void TestCtlFaults::aDarkCloudIsLeftWithoutIt()
{
    startAgents();
    test::HaproxyFarm farm;
    farm.weights = "50 25 25";
    QVERIFY(farm.start());
    writeWorkspace({ &farm });
    QProcess load;
    load.start(test::programPath(QStringLiteral("wrk")), { QStringLiteral("-t1"), QStringLiteral("-c8"), QStringLiteral("-d60s"), farm.frontUrl() });
    QVERIFY(load.waitForStarted());
    auto evacuation = ctl(QStringLiteral("evacuate provider=azure --step 10% --every 300ms --reason dark --yes"));
    QByteArray said;
    QTRY_VERIFY_WITH_TIMEOUT((said += evacuation->readAllStandardError()).contains("baking") || evacuation->state() == QProcess::NotRunning, 20'000);
    QVERIFY2(said.contains("baking"), said.right(2000).constData());
    hold(farm.serverProcessId(Azure));
    hold(m_agents[Azure]->processId());
    QTRY_VERIFY_WITH_TIMEOUT(evacuation->state() == QProcess::NotRunning, 60'000);
    said += evacuation->readAllStandardError();
    QVERIFY2(evacuation->exitCode() == 0, said.right(3000).constData());
    QCOMPARE(weightOf(farm, "azure"), 0);
    // And what is dark from the beginning is left as well, however long others would be waited for; one more that is dark takes nothing, and holds nothing up.
    farm.say("set server infer/azure weight 50; set server infer/gcp weight 25; set server infer/aws weight 25");
    hold(m_agents[Gcp]->processId());
    auto blind = ctl(QStringLiteral("--timeout 600s evacuate provider=azure --now --reason dark --yes"));
    QVERIFY(blind->waitForFinished(60'000));
    const auto story = blind->readAllStandardError();
    QVERIFY2(blind->exitCode() == 0, story.right(3000).constData());
    QVERIFY2(story.contains("endpoint gcp did not answer"), story.right(3000).constData());
    QCOMPARE(weightOf(farm, "azure"), 0);
    QVERIFY(weightOf(farm, "aws") > 2 * weightOf(farm, "gcp"));
    qInfo("two dark clouds: the last router had confirmed after %.3f s", newestShift()[QStringLiteral("recovery_s")].toDouble());
    QVERIFY(auditIsWhole());
    load.kill();
    load.waitForFinished(10'000);
}

void TestCtlFaults::threeRoutersAreLeftAtOnce()
{
    startAgents();
    test::HaproxyFarm farms[3];
    QProcess loads[3];
    for (int f = 0; f < 3; ++f) {
        farms[f].weights = "50 25 25";
        QVERIFY(farms[f].start());
        loads[f].start(test::programPath(QStringLiteral("wrk")), { QStringLiteral("-t1"), QStringLiteral("-c2"), QStringLiteral("-d60s"), farms[f].frontUrl() });
        QVERIFY(loads[f].waitForStarted());
    }
    writeWorkspace({ &farms[0], &farms[1], &farms[2] });
    auto evacuation = ctl(QStringLiteral("evacuate provider=azure --now --reason test --yes"));
    // All of them and their load share what processors there are: how long it takes is told, and not judged.
    QVERIFY(evacuation->waitForFinished(180'000));
    const auto said = evacuation->readAllStandardError();
    QVERIFY2(evacuation->exitCode() == 0, said.right(3000).constData());
    for (const auto& farm : farms)
        QCOMPARE(weightOf(farm, "azure"), 0);
    const auto status = newestShift();
    qInfo("three HAProxies: the last router had confirmed after %.3f s, no new request after %.3f s", status[QStringLiteral("recovery_s")].toDouble(), status[QStringLiteral("quiet_s")].toDouble());
    QVERIFY(status[QStringLiteral("recovery_s")].toDouble() > 0);
    for (auto& load : loads) {
        load.kill();
        load.waitForFinished(10'000);
    }
}

void TestCtlFaults::aSilentRouterIsLeftBehindLoudly()
{
    startAgents();
    test::HaproxyFarm farms[2];
    for (auto& farm : farms) {
        farm.weights = "50 25 25";
        QVERIFY(farm.start());
    }
    writeWorkspace({ &farms[0], &farms[1] });
    hold(farms[1].processId());
    auto evacuation = ctl(QStringLiteral("--timeout 3s evacuate provider=azure --now --reason test --yes"));
    QVERIFY(evacuation->waitForFinished(60'000));
    const auto said = evacuation->readAllStandardError();
    release();
    QVERIFY2(evacuation->exitCode() == 1, said.right(3000).constData());
    QVERIFY2(said.contains("the weights of chatgpt1 could not be read: its load stays"), said.right(3000).constData());
    QVERIFY2(said.contains("NOT evacuated: the weights of chatgpt1 could not be read"), said.right(3000).constData());
    QCOMPARE(weightOf(farms[0], "azure"), 0);
    QCOMPARE(weightOf(farms[1], "azure"), 50);
    // It stands in the record of its end too, for who reads that next week.
    QVERIFY(std::ranges::any_of(auditRows(), [](const QJsonValue& row) {
        return row[QStringLiteral("kind")].toString() == QLatin1String("finished") && row[QStringLiteral("summary")].toString().contains(QLatin1String("not all of it was reached"));
    }));
}

void TestCtlFaults::oneSilentProcessHoldsUpNoEvacuation_data()
{
    QTest::addColumn<bool>("hangs");
    QTest::newRow("dead") << false;
    QTest::newRow("hangs") << true;
}

void TestCtlFaults::oneSilentProcessHoldsUpNoEvacuation()
{
    QFETCH(bool, hangs);
    startAgents();
    test::HaproxyFarm farms[3];
    for (auto& farm : farms) {
        farm.weights = "50 25 25";
        QVERIFY(farm.start());
    }
    writeWorkspace({ &farms[0], &farms[1], &farms[2] }, true);
    if (hangs)
        hold(farms[1].processId());
    else
        farms[1].kill();
    auto evacuation = ctl(QStringLiteral("evacuate provider=azure --now --reason test --yes"));
    QVERIFY(evacuation->waitForFinished(60'000));
    const auto said = evacuation->readAllStandardError();
    release();
    const auto silent = QByteArray::fromStdString(farms[1].statsUrl()) + " does not answer (1 of the 3 processes of this route): what it carries stays";
    QVERIFY2(said.contains("NOT all of it is in Penstock's hands: chatgpt: " + silent), said.right(3000).constData());
    QCOMPARE(evacuation->exitCode(), 1);
    for (const int f : { 0, 2 })
        QCOMPARE(weightOf(farms[f], "azure"), 0);
    auto listed = ctl(QStringLiteral("shifts"));
    QVERIFY(listed->waitForFinished(60'000));
    const auto table = listed->readAllStandardOutput();
    QVERIFY2(table.contains("done in part") && table.contains("NOT all of it has left: "), table.constData());
    if (!hangs)
        return;
    // It answers again, and is set as the others are.
    QCOMPARE(weightOf(farms[1], "azure"), 50);
    auto again = ctl(QStringLiteral("evacuate provider=azure --now --reason again --yes"));
    QVERIFY(again->waitForFinished(60'000));
    const auto then = again->readAllStandardError();
    QVERIFY2(again->exitCode() == 0, then.right(3000).constData());
    QCOMPARE(weightOf(farms[1], "azure"), 0);
}

void TestCtlFaults::whatReachesNobodyIsKeptAsAsked()
{
    startAgents();
    test::HaproxyFarm farm;
    farm.weights = "50 25 25";
    QVERIFY(farm.start());
    writeWorkspace({ &farm });
    hold(farm.processId());
    auto evacuation = ctl(QStringLiteral("--timeout 3s evacuate provider=azure --now --reason dying --yes"));
    QVERIFY(evacuation->waitForFinished(60'000));
    release();
    QCOMPARE(evacuation->exitCode(), 1);
    const auto rows = auditRows();
    QVERIFY2(std::ranges::any_of(rows, [](const QJsonValue& row) { return row[QStringLiteral("kind")].toString() == QLatin1String("asked") && row[QStringLiteral("summary")].toString().contains(QLatin1String("dying")); }), QJsonDocument(rows).toJson().constData());
}

/// What was given away has been taken by others meanwhile: going back waits until there is room again.
void TestCtlFaults::noWayBackToWhereNothingIsFree()
{
    startAgents();
    test::HaproxyFarm farm;
    farm.weights = "50 25 25";
    QVERIFY(farm.start());
    writeWorkspace({ &farm });
    auto shift = ctl(QStringLiteral("shift chatgpt --to azure=30,gcp=45,aws=25 --step 5% --every 30s --reason test --yes"));
    QByteArray said;
    QTRY_VERIFY_WITH_TIMEOUT((said += shift->readAllStandardError()).contains("baking") || shift->state() == QProcess::NotRunning, 20'000);
    QVERIFY2(said.contains("baking"), said.right(2000).constData());
    QVERIFY(::kill(static_cast<pid_t>(shift->processId()), SIGINT) == 0);
    QVERIFY(shift->waitForFinished(30'000));
    QCOMPARE(weightOf(farm, "azure"), 45);
    const auto back = QStringLiteral("shifts return ") + newestShift()[QStringLiteral("id")].toString();
    startAgent(Azure, "[[workload]]\nname = \"train\"\nshare = { azure = 1.0 }\n");
    auto refused = ctl(back);
    QVERIFY(refused->waitForFinished(60'000));
    said = refused->readAllStandardError();
    QVERIFY2(refused->exitCode() == 4 && said.contains("no safe return now") && said.contains("GPUs short at azure"), said.right(3000).constData());
    QCOMPARE(weightOf(farm, "azure"), 45);
    startAgent(Azure, "[[workload]]\nname = \"chatgpt\"\nshare = { azure = 0.5 }\n");
    auto done = ctl(back);
    QVERIFY(done->waitForFinished(60'000));
    said = done->readAllStandardError();
    QVERIFY2(done->exitCode() == 0, said.right(3000).constData());
    QCOMPARE(weightOf(farm, "azure"), 50);
    QVERIFY(auditIsWhole());
}

QTEST_GUILESS_MAIN(TestCtlFaults)
#include "tst_ctlfaults.moc"
