// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include "support/gatewayapi.h"
#include "support/haproxyfarm.h"

using namespace penstock;

/// penstockctl moves real requests behind a real HAProxy.
class TestCtlShift final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void requestsMoveWithoutAFailure();
    void aDryRunSendsNothing();
    void aPlanSaysWhichLimitNobodyWatches();
    void anotherTerminalPausesAndResumesIt();
    void aFreezeThatBeginsPausesIt();
    void anOpenConsoleTakesBackWhatWasToReturn_data();
    void anOpenConsoleTakesBackWhatWasToReturn();
    void severalRoutesAreOnePlan();
    void twoRulesOfOneHttpRouteAreOnePlan_data();
    void twoRulesOfOneHttpRouteAreOnePlan();
    void aRouterThatDiesEndsTheShiftInAKnownState();
    void anotherWorkspaceOfItsProcessesIsKeptOut();

private:
    std::unique_ptr<QProcess> ctl(const QStringList& arguments, const QString& program = QStringLiteral(PENSTOCKCTL));
    QString workspace(const test::HaproxyFarm& farm);
    QString workspace(const QString& file, const QByteArray& route, const std::vector<const test::HaproxyFarm*>& farms);
    QTemporaryDir m_folder;
};

void TestCtlShift::initTestCase()
{
    if (!test::HaproxyFarm::isInstalled() || test::programPath(QStringLiteral("wrk")).isEmpty())
        QSKIP("haproxy or wrk is not installed");
    QFile file(m_folder.filePath(QStringLiteral("fleet.toml")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("seed = 1\n");
    for (const char* provider : { "azure", "gcp", "aws" })
        file.write(QByteArray("[[cluster]]\nprovider = \"") + provider + "\"\nregion = \"r\"\nname = \"" + provider + "-a\"\nmodel = \"H100 80GB SXM\"\ngpus = 800\n");
    file.write("[[workload]]\nname = \"chatgpt\"\nshare = { azure = 0.5 }\n");
}

QString TestCtlShift::workspace(const test::HaproxyFarm& farm) { return workspace(QStringLiteral("workspace.toml"), "chatgpt", { &farm }); }

QString TestCtlShift::workspace(const QString& name, const QByteArray& route, const std::vector<const test::HaproxyFarm*>& farms)
{
    const auto path = m_folder.filePath(name);
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return {};
    QByteArrayList urls;
    for (const auto* farm : farms)
        urls << '"' + QByteArray::fromStdString(farm->statsUrl()) + '"';
    file.write("[workspace]\nname = \"test\"\n[[endpoint]]\nname = \"fleet\"\nkind = \"simulate\"\npath = \"fleet.toml\"\n"
               "[[workload]]\nname = \"chatgpt\"\nreplica = { gpus = 8 }\n[[route]]\nname = \""
        + route + "\"\nworkload = \"chatgpt\"\nrouter = { kind = \"haproxy\", url = [" + urls.join(", ")
        + "], backend = \"infer\" }\nbackends = [ { name = \"azure\", provider = \"azure\" }, { name = \"gcp\", provider = \"gcp\" }, { name = \"aws\", provider = \"aws\" } ]\n");
    return path;
}

std::unique_ptr<QProcess> TestCtlShift::ctl(const QStringList& arguments, const QString& program)
{
    auto process = std::make_unique<QProcess>();
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("XDG_DATA_HOME"), m_folder.path());
    process->setProcessEnvironment(environment);
    process->start(program, arguments);
    return process;
}

void TestCtlShift::requestsMoveWithoutAFailure()
{
    test::HaproxyFarm farm;
    QVERIFY(farm.start());
    QProcess load;
    load.start(test::programPath(QStringLiteral("wrk")), { QStringLiteral("-t1"), QStringLiteral("-c8"), QStringLiteral("-d25s"), farm.frontUrl() });
    QVERIFY(load.waitForStarted());
    auto shift = ctl({ QStringLiteral("--workspace"), workspace(farm), QStringLiteral("shift"), QStringLiteral("chatgpt"), QStringLiteral("--to"), QStringLiteral("azure=20,gcp=50,aws=30"), QStringLiteral("--step"), QStringLiteral("20%"), QStringLiteral("--every"), QStringLiteral("1s"), QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes") });
    QVERIFY(shift->waitForFinished(60000));
    const auto said = shift->readAllStandardError();
    QVERIFY2(shift->exitCode() == 0, said.constData());
    QVERIFY(farm.say("get weight infer/azure").startsWith("20"));
    QVERIFY(farm.say("get weight infer/gcp").startsWith("50"));
    QVERIFY(farm.say("get weight infer/aws").startsWith("30"));
    // It is over; its way back is a plan of its own, shown before it is sent.
    const QStringList base { QStringLiteral("--workspace"), workspace(farm), QStringLiteral("shifts") };
    auto list = ctl(base + QStringList { QStringLiteral("-o"), QStringLiteral("json") });
    QVERIFY(list->waitForFinished(30000));
    const auto id = QJsonDocument::fromJson(list->readAllStandardOutput()).object()[QStringLiteral("rows")].toArray().first().toObject()[QStringLiteral("id")].toString();
    auto shown = ctl(base + QStringList { QStringLiteral("return"), id });
    QVERIFY(shown->waitForFinished(30000));
    const auto plan = shown->readAllStandardError();
    QVERIFY2(shown->exitCode() == 2 && plan.contains("Interlocks") && plan.contains("nothing was sent; to start it give --yes"), plan.constData());
    QVERIFY(farm.say("get weight infer/azure").startsWith("20"));
    auto back = ctl(base + QStringList { QStringLiteral("return"), id, QStringLiteral("--now"), QStringLiteral("--yes") });
    QVERIFY(back->waitForFinished(60000));
    QVERIFY2(back->exitCode() == 0, back->readAllStandardError().constData());
    QVERIFY(farm.say("get weight infer/azure").startsWith("100"));
    QVERIFY(load.waitForFinished(60000));
    const auto report = load.readAllStandardOutput();
    QVERIFY2(!report.contains("Non-2xx") && !report.contains("Socket errors"), report.constData());
}

void TestCtlShift::anOpenConsoleTakesBackWhatWasToReturn_data()
{
    QTest::addColumn<QString>("lasts");
    QTest::addColumn<int>("opened"); ///< the console, so many ms after its program was killed
    QTest::newRow("that was open before") << QStringLiteral("20s") << 0;
    // Neither routers nor fleets have answered when it finds the shift.
    QTest::newRow("that is opened when it is overdue") << QStringLiteral("3s") << 6000;
}

void TestCtlShift::anOpenConsoleTakesBackWhatWasToReturn()
{
    QFETCH(QString, lasts);
    QFETCH(int, opened);
    test::HaproxyFarm farm;
    QVERIFY(farm.start());
    const QStringList base { QStringLiteral("--workspace"), workspace(farm) };
    auto shift = ctl(base + QStringList { QStringLiteral("shift"), QStringLiteral("chatgpt"), QStringLiteral("--to"), QStringLiteral("azure=90,gcp=10,aws=0"), QStringLiteral("--step"), QStringLiteral("10%"), QStringLiteral("--every"), QStringLiteral("1s"), QStringLiteral("--for"), lasts, QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes") });
    QTRY_VERIFY2_WITH_TIMEOUT(farm.say("get weight infer/azure").startsWith("90") || shift->state() == QProcess::NotRunning, shift->readAllStandardError().constData(), 30'000);
    QVERIFY2(shift->state() != QProcess::NotRunning, shift->readAllStandardError().constData());
    shift->kill();
    QVERIFY(shift->waitForFinished(10'000));
    const QDeadlineTimer due(opened);
    QTRY_VERIFY_WITH_TIMEOUT(due.hasExpired(), opened + 10'000);
    auto console = ctl(base, QStringLiteral(PENSTOCK));
    QTRY_VERIFY2_WITH_TIMEOUT(farm.say("get weight infer/azure").startsWith("100"), console->readAllStandardError().constData(), 90'000);
    const auto isOver = [&] {
        auto list = ctl(base + QStringList { QStringLiteral("shifts"), QStringLiteral("-o"), QStringLiteral("json") });
        return list->waitForFinished(30'000) ? QJsonDocument::fromJson(list->readAllStandardOutput()).object()[QStringLiteral("rows")].toArray().first().toObject()[QStringLiteral("state")].toString() : QString();
    };
    QTRY_COMPARE_WITH_TIMEOUT(isOver(), QStringLiteral("returned"), 30'000);
    console->terminate();
    QVERIFY(console->waitForFinished(20'000));
}

void TestCtlShift::aDryRunSendsNothing()
{
    test::HaproxyFarm farm;
    QVERIFY(farm.start());
    auto shift = ctl({ QStringLiteral("--workspace"), workspace(farm), QStringLiteral("shift"), QStringLiteral("chatgpt"), QStringLiteral("--to"), QStringLiteral("azure=20,gcp=50,aws=30"), QStringLiteral("--step"), QStringLiteral("20%"), QStringLiteral("--dry-run") });
    QVERIFY(shift->waitForFinished(30000));
    QCOMPARE(shift->exitCode(), 0);
    const auto said = shift->readAllStandardOutput();
    QVERIFY2(said.contains("Interlocks") && said.contains("Steps"), said.constData());
    QVERIFY(farm.say("get weight infer/azure").startsWith("100"));
}

/// A router that tells only a mean can't say that a p99 holds.
void TestCtlShift::aPlanSaysWhichLimitNobodyWatches()
{
    test::HaproxyFarm farm;
    QVERIFY(farm.start());
    const auto path = workspace(farm);
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite));
    const auto limited = file.readAll().replace("replica = { gpus = 8 }\n", "replica = { gpus = 8 }\nslo = { p99_ms = 2000 }\n");
    QVERIFY(file.seek(0) && file.write(limited) == limited.size());
    file.close();
    auto plan = ctl({ QStringLiteral("--workspace"), path, QStringLiteral("plan"), QStringLiteral("shift"), QStringLiteral("chatgpt"), QStringLiteral("--to"), QStringLiteral("azure=80,gcp=20") });
    QVERIFY(plan->waitForFinished(30000));
    const auto said = plan->readAllStandardOutput();
    QVERIFY2(said.contains("latency is not measured at gcp: `slo.p99_ms` is not watched there"), said.constData());
}

void TestCtlShift::anotherTerminalPausesAndResumesIt()
{
    test::HaproxyFarm farm;
    QVERIFY(farm.start());
    const auto path = workspace(farm);
    auto shift = ctl({ QStringLiteral("--workspace"), path, QStringLiteral("shift"), QStringLiteral("chatgpt"), QStringLiteral("--to"), QStringLiteral("azure=60,gcp=40"), QStringLiteral("--step"), QStringLiteral("20%"), QStringLiteral("--every"), QStringLiteral("10m"), QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes") });
    const QStringList base { QStringLiteral("--workspace"), path, QStringLiteral("shifts") };
    const auto shown = [&] {
        auto list = ctl(base + QStringList { QStringLiteral("-o"), QStringLiteral("json") });
        return list->waitForFinished(30000) ? QJsonDocument::fromJson(list->readAllStandardOutput()).object()[QStringLiteral("rows")].toArray().first().toObject() : QJsonObject();
    };
    QByteArray said;
    QTRY_VERIFY_WITH_TIMEOUT((said += shift->readAllStandardError()).contains("baking"), 30000);
    const auto baking = shown();
    QCOMPARE(baking[QStringLiteral("state")].toString(), QStringLiteral("baking"));
    const auto order = [&](const char* what) {
        auto told = ctl(base + QStringList { QString::fromLatin1(what), baking[QStringLiteral("id")].toString() });
        return told->waitForFinished(30000) && told->exitCode() == 0;
    };
    // What runs nothing of its own cannot be tried: nothing is sent, least of all the order.
    for (const auto* what : { "return", "stop", "resume" })
        for (const auto* flag : { "--dry-run", "--rehearse" }) {
            auto tried = ctl(base + QStringList { QString::fromLatin1(what), baking[QStringLiteral("id")].toString(), QString::fromLatin1(flag) });
            QVERIFY(tried->waitForFinished(30000));
            const auto why = tried->readAllStandardError();
            QVERIFY2(tried->exitCode() != 0 && why.contains("nothing was sent"), why.constData());
        }
    QCOMPARE(shown()[QStringLiteral("state")].toString(), QStringLiteral("baking"));
    QVERIFY(order("pause"));
    QTRY_VERIFY_WITH_TIMEOUT((said += shift->readAllStandardError()).contains("it waits here"), 10000);
    // Who paused it did not end it: it is there to be resumed, and nobody sees a shift that was left behind.
    QCOMPARE(shown()[QStringLiteral("state")].toString(), QStringLiteral("paused"));
    QCOMPARE(shift->state(), QProcess::Running);
    QVERIFY(order("return"));
    QVERIFY(shift->waitForFinished(60000));
    QVERIFY2(farm.say("get weight infer/azure").startsWith("100"), said.constData());
    QCOMPARE(shown()[QStringLiteral("state")].toString(), QStringLiteral("returned"));
}

/// It is no accident: who comes to the next terminal reads what it waits for.
void TestCtlShift::aFreezeThatBeginsPausesIt()
{
    test::HaproxyFarm farm;
    QVERIFY(farm.start());
    const auto path = workspace(farm);
    QFile file(path);
    QVERIFY(file.open(QIODevice::Append));
    const auto soon = QDateTime::currentDateTimeUtc().addSecs(30);
    file.write("[[policy.freeze]]\nname = \"launch\"\nfrom = " + soon.toString(Qt::ISODate).toLatin1()
        + "\nuntil = " + soon.addSecs(3600).toString(Qt::ISODate).toLatin1() + "\n");
    file.close();
    const auto to = [&](const char* step) { return QStringList { QStringLiteral("--workspace"), path, QStringLiteral("shift"), QStringLiteral("chatgpt"), QStringLiteral("--to"), QStringLiteral("azure=60,gcp=40"), QStringLiteral("--step"), QLatin1String(step), QStringLiteral("--every"), QStringLiteral("1s"), QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes") }; };
    // Forty steps take longer than their bakes.
    auto longer = ctl(to("1%"));
    QVERIFY(longer->waitForFinished(60000));
    QCOMPARE(longer->exitCode(), 1);
    auto shift = ctl(to("20%"));
    QByteArray said;
    QTRY_VERIFY_WITH_TIMEOUT((said += shift->readAllStandardError()).contains("step 1 of 2"), 30000);
    const auto id = QRegularExpression(QStringLiteral("(S-\\d+) step 1 of 2")).match(QString::fromUtf8(said)).captured(1);
    const auto order = [&](const char* what) {
        auto told = ctl({ QStringLiteral("--workspace"), path, QStringLiteral("shifts"), QString::fromLatin1(what), id });
        return told->waitForFinished(30000);
    };
    QVERIFY(order("pause"));
    QTRY_VERIFY_WITH_TIMEOUT((said += shift->readAllStandardError()).contains("it waits here"), 30000);
    QTRY_VERIFY_WITH_TIMEOUT(QDateTime::currentDateTimeUtc() > soon, 60000);
    QVERIFY(order("resume"));
    QVERIFY(shift->waitForFinished(60000));
    said += shift->readAllStandardError();
    QVERIFY2(shift->exitCode() == 4 && said.contains("is paused by: freeze (launch, until "), said.constData());
    auto list = ctl({ QStringLiteral("--workspace"), path, QStringLiteral("shifts") });
    QVERIFY(list->waitForFinished(30000));
    const auto shown = list->readAllStandardOutput();
    QVERIFY2(!shown.contains("abandoned") && shown.contains("paused by: freeze; step ")
            && shown.contains("go on with `penstockctl shifts resume"),
        shown.constData());
}

/// Judged together, with one hash, and run in step.
void TestCtlShift::severalRoutesAreOnePlan()
{
    test::HaproxyFarm one, two;
    QVERIFY(one.start() && two.start());
    const auto path = workspace(one);
    QFile file(path);
    QVERIFY(file.open(QIODevice::Append));
    file.write("[[workload]]\nname = \"search\"\nreplica = { gpus = 8 }\n[[route]]\nname = \"search\"\nworkload = \"search\"\nrouter = { kind = \"haproxy\", url = \"" + QByteArray::fromStdString(two.statsUrl())
        + "\", backend = \"infer\" }\nbackends = [ { name = \"azure\", provider = \"azure\" }, { name = \"gcp\", provider = \"gcp\" }, { name = \"aws\", provider = \"aws\" } ]\n");
    file.close();
    const QStringList both { QStringLiteral("chatgpt"), QStringLiteral("--to"), QStringLiteral("azure=90,gcp=10"), QStringLiteral("search"), QStringLiteral("--to"), QStringLiteral("azure=80,aws=20") };
    const QStringList base { QStringLiteral("--workspace"), path }, pace { QStringLiteral("--step"), QStringLiteral("20%"), QStringLiteral("--every"), QStringLiteral("0s") };
    auto planned = ctl(base + QStringList { QStringLiteral("plan"), QStringLiteral("shift") } + both + pace + QStringList { QStringLiteral("-o"), QStringLiteral("json") });
    QVERIFY(planned->waitForFinished(30000));
    const auto plan = QJsonDocument::fromJson(planned->readAllStandardOutput()).object();
    QVERIFY2(plan[QStringLiteral("moves")].toArray().size() == 2, planned->readAllStandardError().constData());
    auto shift = ctl(base + QStringList { QStringLiteral("shift") } + both + pace
        + QStringList { QStringLiteral("--plan"), plan[QStringLiteral("hash")].toString(), QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes") });
    QVERIFY(shift->waitForFinished(120000));
    QVERIFY2(shift->exitCode() == 0, shift->readAllStandardError().constData());
    QVERIFY(one.say("get weight infer/gcp").startsWith("10") && two.say("get weight infer/aws").startsWith("20"));
    auto list = ctl(base + QStringList { QStringLiteral("shifts"), QStringLiteral("-o"), QStringLiteral("json") });
    QVERIFY(list->waitForFinished(30000));
    const auto newest = QJsonDocument::fromJson(list->readAllStandardOutput()).object()[QStringLiteral("rows")].toArray().first().toObject();
    QCOMPARE(newest[QStringLiteral("routes")].toArray().size(), 2);
    // Which split is whose must be said.
    for (const auto& words : { both.mid(0, 4), both.mid(0, 3) + both.mid(0, 3), both + QStringList { QStringLiteral("--to"), QStringLiteral("azure=100") } }) {
        auto wrong = ctl(base + QStringList { QStringLiteral("plan"), QStringLiteral("shift") } + words);
        QVERIFY(wrong->waitForFinished(30000));
        QVERIFY2(wrong->exitCode() == 2, qPrintable(words.join(QLatin1Char(' '))));
    }
}

void TestCtlShift::twoRulesOfOneHttpRouteAreOnePlan_data()
{
    QTest::addColumn<int>("looksUntilReconciled");
    QTest::addColumn<QByteArray>("annotations");
    QTest::newRow("a gateway that looks at once") << 1 << QByteArray();
    QTest::newRow("a gateway that looks when the other rule was written long ago") << 120 << QByteArray();
    QTest::newRow("annotations of others") << 1 << QByteArray(R"({"team/owner":"ada"})");
}

void TestCtlShift::twoRulesOfOneHttpRouteAreOnePlan()
{
    QFETCH(int, looksUntilReconciled);
    QFETCH(QByteArray, annotations);
    test::GatewayApi api;
    api.splitBothRules();
    if (!annotations.isEmpty())
        api.edit("kubectl", [&](auto& route) { route["metadata"]["annotations"] = nlohmann::json::parse(annotations.toStdString()); });
    {
        const std::lock_guard lock(api.mutex);
        api.looksUntilReconciled = looksUntilReconciled;
    }
    const auto path = m_folder.filePath(QStringLiteral("rules.toml"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("[workspace]\nname = \"test\"\n[[endpoint]]\nname = \"fleet\"\nkind = \"simulate\"\npath = \"fleet.toml\"\n");
    for (const auto& [name, match] : { std::pair<QByteArray, QByteArray> { "chatgpt", "/" }, std::pair<QByteArray, QByteArray> { "search", "/health" } })
        file.write("[[workload]]\nname = \"" + name + "\"\nreplica = { gpus = 8 }\n[[route]]\nname = \"" + name + "\"\nworkload = \"" + name + "\"\nrouter = { kind = \"gateway\", url = \""
            + QByteArray::fromStdString(api.url()) + "\", namespace = \"infer\", name = \"llm\", match = \"" + match
            + "\" }\nbackends = [ { name = \"azure\", provider = \"azure\" }, { name = \"gcp\", provider = \"gcp\" }, { name = \"aws\", provider = \"aws\" } ]\n");
    file.close();
    auto shift = ctl({ QStringLiteral("--workspace"), path, QStringLiteral("shift"), QStringLiteral("chatgpt"), QStringLiteral("--to"), QStringLiteral("azure=70,gcp=30"), QStringLiteral("search"), QStringLiteral("--to"), QStringLiteral("azure=80,aws=20"), QStringLiteral("--step"), QStringLiteral("15%"), QStringLiteral("--every"), QStringLiteral("0s"), QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes") });
    QVERIFY(shift->waitForFinished(120'000));
    const auto said = shift->readAllStandardError();
    QVERIFY2(shift->exitCode() == 0, said.right(1'000).constData());
    QCOMPARE(api.weights(1), (std::vector<int> { 70, 30, 0 }));
    QCOMPARE(api.weights(0), (std::vector<int> { 80, 0, 20 }));
    auto list = ctl({ QStringLiteral("--workspace"), path, QStringLiteral("shifts"), QStringLiteral("-o"), QStringLiteral("json") });
    QVERIFY(list->waitForFinished(30'000));
    const auto id = QJsonDocument::fromJson(list->readAllStandardOutput()).object()[QStringLiteral("rows")].toArray().first().toObject()[QStringLiteral("id")].toString();
    auto back = ctl({ QStringLiteral("--workspace"), path, QStringLiteral("shifts"), QStringLiteral("return"), id, QStringLiteral("--now"), QStringLiteral("--yes") });
    QVERIFY(back->waitForFinished(120'000));
    const auto returned = back->readAllStandardError();
    QVERIFY2(back->exitCode() == 0, returned.right(1'000).constData());
    QCOMPARE(api.weights(1), (std::vector<int> { 100, 0, 0 }));
    QCOMPARE(api.weights(0), (std::vector<int> { 100, 0, 0 }));
}

void TestCtlShift::aRouterThatDiesEndsTheShiftInAKnownState()
{
    test::HaproxyFarm farm;
    QVERIFY(farm.start());
    auto shift = ctl({ QStringLiteral("--workspace"), workspace(farm), QStringLiteral("shift"), QStringLiteral("chatgpt"), QStringLiteral("--to"), QStringLiteral("azure=20,gcp=50,aws=30"), QStringLiteral("--step"), QStringLiteral("20%"), QStringLiteral("--every"), QStringLiteral("2s"), QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes") });
    QByteArray said;
    QTRY_VERIFY_WITH_TIMEOUT((said += shift->readAllStandardError()).contains("baking"), 30000);
    farm.kill();
    QVERIFY(shift->waitForFinished(60000));
    said += shift->readAllStandardError();
    QCOMPARE(shift->exitCode(), 4);
    QVERIFY2(said.contains("last known weights are azure=80"), said.constData());
    QVERIFY2(said.contains("onnection"), said.constData());
}

/// Whatever it calls the route, and in whatever order it names them.
void TestCtlShift::anotherWorkspaceOfItsProcessesIsKeptOut()
{
    test::HaproxyFarm one, two;
    QVERIFY(one.start() && two.start());
    const auto here = workspace(QStringLiteral("here.toml"), "chatgpt", { &one, &two }), there = workspace(QStringLiteral("there.toml"), "llm", { &two, &one });
    auto shift = ctl({ QStringLiteral("--workspace"), here, QStringLiteral("shift"), QStringLiteral("chatgpt"), QStringLiteral("--to"), QStringLiteral("azure=60,gcp=40"), QStringLiteral("--step"), QStringLiteral("20%"), QStringLiteral("--every"), QStringLiteral("10m"), QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes") });
    QByteArray said;
    QTRY_VERIFY_WITH_TIMEOUT((said += shift->readAllStandardError()).contains("baking"), 30000);
    auto second = ctl({ QStringLiteral("--workspace"), there, QStringLiteral("shift"), QStringLiteral("llm"), QStringLiteral("--to"), QStringLiteral("azure=60,gcp=40"), QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes") });
    QVERIFY(second->waitForFinished(60000));
    const auto refused = second->readAllStandardError();
    QVERIFY2(second->exitCode() != 0 && refused.contains("llm is held by S-"), refused.constData());
    shift->terminate();
    QVERIFY(shift->waitForFinished(30000));
}

QTEST_GUILESS_MAIN(TestCtlShift)
#include "tst_ctlshift.moc"
