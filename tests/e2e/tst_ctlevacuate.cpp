// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

#include "support/haproxyfarm.h"

using namespace penstock;

/// penstockctl leaves a cloud behind a real HAProxy, and survives its own death on the way.
class TestCtlEvacuate final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void allRequestsLeaveWithoutAFailure();
    void anotherProcessPausesAndTakesBack();
    void aSecondPersonIsNeeded();
    void readOnlyRefuses();
    void killedAtRandomPoints();

private:
    std::unique_ptr<QProcess> ctl(const QStringList& arguments);
    QJsonObject json(const QStringList& arguments);
    QJsonObject newestShift() { return json({ QStringLiteral("shifts"), QStringLiteral("-o"), QStringLiteral("json") })[QStringLiteral("rows")].toArray().first().toObject(); }
    void writeWorkspace(const test::HaproxyFarm& farm, const QByteArray& policy = {});
    std::unique_ptr<QTemporaryDir> m_folder;
};

static int weightOf(const test::HaproxyFarm& farm, const char* server)
{
    return farm.say(QByteArray("get weight infer/") + server).split(' ').first().toInt();
}

void TestCtlEvacuate::initTestCase()
{
    if (!test::HaproxyFarm::isInstalled() || test::programPath(QStringLiteral("wrk")).isEmpty())
        QSKIP("haproxy or wrk is not installed");
}

void TestCtlEvacuate::writeWorkspace(const test::HaproxyFarm& farm, const QByteArray& policy)
{
    m_folder = std::make_unique<QTemporaryDir>();
    QFile fleet(m_folder->filePath(QStringLiteral("fleet.toml")));
    QVERIFY(fleet.open(QIODevice::WriteOnly));
    fleet.write("seed = 1\n");
    for (const char* provider : { "azure", "gcp", "aws" })
        fleet.write(QByteArray("[[cluster]]\nprovider = \"") + provider + "\"\nregion = \"r\"\nname = \"" + provider + "-a\"\nmodel = \"H100 80GB SXM\"\ngpus = 800\n");
    fleet.write("[[workload]]\nname = \"chatgpt\"\nshare = { azure = 0.5, gcp = 0.25, aws = 0.25 }\n");
    QFile file(m_folder->filePath(QStringLiteral("workspace.toml")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("[workspace]\nname = \"test\"\n[[endpoint]]\nname = \"fleet\"\nkind = \"simulate\"\npath = \"fleet.toml\"\n"
               "[[workload]]\nname = \"chatgpt\"\nreplica = { gpus = 8 }\n[[route]]\nname = \"chatgpt\"\nworkload = \"chatgpt\"\n"
               "router = { kind = \"haproxy\", url = \""
        + QByteArray::fromStdString(farm.statsUrl())
        + "\", backend = \"infer\" }\nbackends = [ { name = \"azure\", provider = \"azure\" }, { name = \"gcp\", provider = \"gcp\" }, { name = \"aws\", provider = \"aws\" } ]\n" + policy);
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
    QVERIFY(status[QStringLiteral("recovery_s")].toDouble() > 0 && status[QStringLiteral("recovery_s")].toDouble() < 5);
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
    QVERIFY(approve->readAllStandardError().contains("who asks for a plan cannot approve it"));
    QCOMPARE(weightOf(farm, "azure"), 50);
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

/// SIGKILL at random points of real shifts: the next start knows where each stands, and ends it with no step lost or done
/// twice. PENSTOCK_CRASHES sets how many; see tests/README.md.
void TestCtlEvacuate::killedAtRandomPoints()
{
    const int crashes = qEnvironmentVariableIntValue("PENSTOCK_CRASHES") > 0 ? qEnvironmentVariableIntValue("PENSTOCK_CRASHES") : 12;
    test::HaproxyFarm farm;
    farm.weights = "100 0 0";
    QVERIFY(farm.start());
    writeWorkspace(farm, "[policy]\nmax_step = 1.0\n");
    auto& random = *QRandomGenerator::global();
    QMap<QString, int> seen;
    for (int crash = 0; crash < crashes; ++crash) {
        farm.say("set server infer/gcp weight 0; set server infer/aws weight 0; set server infer/azure weight 100");
        auto shift = ctl({ QStringLiteral("shift"), QStringLiteral("chatgpt"), QStringLiteral("--to"), QStringLiteral("azure=20,gcp=50,aws=30"), QStringLiteral("--step"), QStringLiteral("10%"), QStringLiteral("--every"), QStringLiteral("50ms"), QStringLiteral("--reason"), QStringLiteral("crash"), QStringLiteral("--yes") });
        QByteArray said;
        const auto step = random.bounded(1, 8);
        const auto after = "(step " + QByteArray::number(step) + " of";
        QTRY_VERIFY_WITH_TIMEOUT((said += shift->readAllStandardError()).contains(after) || shift->state() == QProcess::NotRunning, 60'000);
        QElapsedTimer spent;
        spent.start();
        if (crash % 3 == 0) {
            // Around the first command of a write.
            const auto wait = random.bounded(2'500);
            while (spent.nsecsElapsed() < wait * 1000LL) {}
        } else if (crash % 3 == 1) {
            // Between two commands of a write: a receiver is raised, the giver is not lowered yet.
            const int before = weightOf(farm, "aws");
            while (spent.elapsed() < 2'000 && shift->state() != QProcess::NotRunning && weightOf(farm, "aws") == before)
                shift->waitForReadyRead(0);
        } else {
            const auto wait = random.bounded(900);
            while (spent.elapsed() < wait && shift->state() != QProcess::NotRunning)
                shift->waitForReadyRead(1);
        }
        ::kill(static_cast<pid_t>(shift->processId()), SIGKILL);
        shift->waitForFinished(10'000);
        const int azure = weightOf(farm, "azure"), gcp = weightOf(farm, "gcp"), aws = weightOf(farm, "aws");
        const auto found = newestShift();
        const auto context = QStringLiteral("crash %1, weights %2/%3/%4: %5 %6").arg(crash).arg(azure).arg(gcp).arg(aws).arg(found[QStringLiteral("state")].toString(), found[QStringLiteral("note")].toString());
        if (found[QStringLiteral("state")].toString() == QLatin1String("done"))
            continue; // it was quicker than its murderer
        QVERIFY2(found[QStringLiteral("state")].toString() == QLatin1String("abandoned"), qPrintable(context));
        QVERIFY2(!found[QStringLiteral("note")].toString().contains(QLatin1String("somebody else")), qPrintable(context));
        const auto note = found[QStringLiteral("note")].toString();
        ++seen[note.contains(QLatin1String("cut off")) ? QStringLiteral("cut off in a write") : note.contains(QLatin1String("not sent")) ? QStringLiteral("before the write") : note.contains(QLatin1String("is accepted")) ? QStringLiteral("after the write") : QStringLiteral("before the first")];
        const bool back = crash / 3 % 3 == 2;
        auto recovery = ctl({ QStringLiteral("shifts"), back ? QStringLiteral("return") : QStringLiteral("resume"), found[QStringLiteral("id")].toString() });
        QVERIFY(recovery->waitForFinished(60'000));
        const auto story = recovery->readAllStandardError();
        QVERIFY2(recovery->exitCode() == 0, qPrintable(context + QString::fromUtf8(story)));
        QVERIFY2(weightOf(farm, "azure") == (back ? 100 : 20) || (back && weightOf(farm, "gcp") == 0), qPrintable(context + QString::fromUtf8(story)));
        // Every step stands in the record once.
        const auto ended = newestShift();
        QCOMPARE(ended[QStringLiteral("state")].toString(), back ? QStringLiteral("returned") : QStringLiteral("done"));
        if (!back) {
            QList<int> steps;
            for (const auto& made : ended[QStringLiteral("record")].toArray())
                steps << made.toObject()[QStringLiteral("step")].toInt();
            QCOMPARE(steps, (QList<int> { 1, 2, 3, 4, 5, 6, 7, 8 }));
        }
    }
    for (auto it = seen.cbegin(); it != seen.cend(); ++it)
        qInfo("killed %d times %s", it.value(), qPrintable(it.key()));
}

QTEST_GUILESS_MAIN(TestCtlEvacuate)
#include "tst_ctlevacuate.moc"
