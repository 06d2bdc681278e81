// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTcpServer>
#include <QTcpSocket>
#include <QtTest>

#include <csignal>

#include <array>
#include <atomic>
#include <mutex>

#include "haproxy/haproxyrouter.h"
#include "support/fakehaproxy.h"
#include "support/haproxyfarm.h"
#include "support/scriptedsocket.h"
#include "support/routeredit.h"

using namespace penstock;
using test::FakeHaproxy;
using test::HaproxyFarm;
using test::ScriptedSocket;

namespace {

Route routeAt(const std::string& url)
{
    Route route;
    route.name = "chat";
    route.router = HaproxyAddress { url, "infer" };
    route.backends = { { "azure", {} }, { "gcp", {} }, { "aws", {} } };
    return route;
}

bool warns(const RouteReading& reading, const char* text)
{
    for (const auto& warning : reading.warnings)
        if (warning.find(text) != std::string::npos)
            return true;
    return false;
}

} // namespace

class HaproxyTroubleTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase()
    {
        if (!HaproxyFarm::isInstalled())
            QSKIP("haproxy is not installed");
    }
    void setsAgainWhatAReloadForgot_data();
    void setsAgainWhatAReloadForgot();
    void aReloadThatKeepsTheWeightsIsNoDrift();
    void tellsAReloadInTheMiddleOfALook();
    void tellsARestartUnderTheSameProcessId_data();
    void tellsARestartUnderTheSameProcessId();
    void knowsWhatAnAlgorithmAllows_data();
    void knowsWhatAnAlgorithmAllows();
    void warmingUpIsNoDrift();
    void speaksToEveryProcess();
    void healsASplitBrain();
    void missesNoProcess();
    void leavesOutOneThatIsSilent_data();
    void leavesOutOneThatIsSilent();
    void whatAnotherProgramSetMeanwhileIsWhatWasForgotten();
    void drainsWhereAsked();
    void seesAnAgentAtTheWheel();
    void knowsAnAgentThatHasAlwaysSaidAWeight();
    void anAgentThatIsNeverStillIsInNobodysWay();
    void measuresGuards();
    void whatIsSentToAnotherServerFailedAtTheFirst_data();
    void whatIsSentToAnotherServerFailedAtTheFirst();
    void whoAcceptsAndNeverAnswersFails();
    void warnsWhereItMayOnlyRead();
    void refusesHalfAnswers_data();
    void refusesHalfAnswers();
    void believesNothingWithoutReadingBack_data();
    void believesNothingWithoutReadingBack();
    void givesUpOnSilenceInTheMiddle();
};

void HaproxyTroubleTest::setsAgainWhatAReloadForgot_data()
{
    QTest::addColumn<bool>("crash");
    QTest::newRow("reload") << false;
    QTest::newRow("restart") << true;
}

void HaproxyTroubleTest::setsAgainWhatAReloadForgot()
{
    QFETCH(bool, crash);
    HaproxyFarm farm;
    QVERIFY(farm.start());
    auto router = *makeHaproxyRouter(routeAt(farm.statsUrl()));
    auto reading = router->read();
    QVERIFY(reading->forgotten.empty());
    QVERIFY(!reapply(*router, *reading, "k0"));
    QVERIFY(router->apply({ 20, 50, 30 }, reading->version, "k1"));
    QVERIFY(crash ? farm.restart() : farm.reload());
    reading = router->read();
    QVERIFY(reading);
    QCOMPARE(reading->forgotten, (Weights { 20, 50, 30 }));
    QVERIFY(reading->driftedAt && *reading->driftedAt <= reading->readAt && reading->readAt - *reading->driftedAt < std::chrono::minutes(1));
    // Somebody was faster: what was forgotten must not overwrite it.
    farm.say("set server infer/aws weight 1");
    const auto refused = reapply(*router, *reading, "k2");
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, Error::Kind::Conflict);
    reading = router->read();
    const auto again = reapply(*router, *reading, "k3");
    QVERIFY2(again, again ? "" : again.error().text().c_str());
    QCOMPARE(farm.weightsNow(), (QList<int> { 20, 50, 30 }));
    QVERIFY(again->forgotten.empty() && again->drift.empty() && !again->driftedAt);
}

void HaproxyTroubleTest::aReloadThatKeepsTheWeightsIsNoDrift()
{
    HaproxyFarm farm;
    farm.keepsState = true;
    QVERIFY(farm.start());
    auto router = *makeHaproxyRouter(routeAt(farm.statsUrl()));
    auto reading = router->read();
    reading = router->apply({ 20, 50, 30 }, reading->version, "k1");
    QVERIFY(reading);
    const auto version = reading->version;
    QVERIFY(farm.saveState() && farm.reload());
    reading = router->read();
    QCOMPARE(reading->accepted(), (Weights { 20, 50, 30 }));
    QVERIFY2(reading->drift.empty(), reading->drift.c_str());
    QVERIFY(reading->forgotten.empty());
    QVERIFY(warns(*reading, "and kept its weights"));
    QVERIFY(reading->version != version);
}

void HaproxyTroubleTest::tellsARestartUnderTheSameProcessId_data()
{
    QTest::addColumn<int>("uptime");
    QTest::addColumn<bool>("reloaded");
    QTest::newRow("a little later") << 101 << false;
    QTest::newRow("younger than before") << 3 << true;
}

void HaproxyTroubleTest::tellsARestartUnderTheSameProcessId()
{
    QFETCH(int, uptime);
    QFETCH(bool, reloaded);
    FakeHaproxy fake;
    const ScriptedSocket socket(std::ref(fake));
    auto router = *makeHaproxyRouter(routeAt(socket.url()));
    auto reading = router->read();
    reading = router->apply({ 20, 50, 30 }, reading->version, "k");
    QVERIFY2(reading, reading ? "" : reading.error().text().c_str());
    const auto version = reading->version;
    {
        const std::lock_guard lock(fake.mutex);
        fake.uptime = uptime;
        if (reloaded)
            std::ranges::copy(std::array { 100, 0, 0 }, fake.weights);
    }
    reading = router->read();
    QCOMPARE(reading->version != version, reloaded);
    QCOMPARE(reading->drift.starts_with("reloaded at "), reloaded);
    QCOMPARE(reading->forgotten.empty(), !reloaded);
}

void HaproxyTroubleTest::knowsWhatAnAlgorithmAllows_data()
{
    QTest::addColumn<QString>("balance");
    QTest::addColumn<QByteArray>("lines");
    QTest::addColumn<QList<double>>("shares");
    QTest::addColumn<QList<int>>("becomes"); ///< empty: refused
    QTest::addColumn<QByteArray>("warning"); ///< before anything was tried
    using D = QList<double>;
    using I = QList<int>;
    QTest::newRow("static, one taken out whole") << "static-rr" << QByteArray() << D { 50, 50, 0 } << I { 40, 40, 0 } << QByteArray("static algorithm");
    QTest::newRow("static, another split") << "static-rr" << QByteArray() << D { 30, 70, 0 } << I {} << QByteArray("static algorithm");
    QTest::newRow("a hash by table, another split") << "source" << QByteArray() << D { 30, 70, 0 } << I {} << QByteArray();
    QTest::newRow("a hash by table, one taken out whole") << "source" << QByteArray() << D { 50, 50, 0 } << I { 40, 40, 0 } << QByteArray();
    QTest::newRow("a consistent hash") << "source" << QByteArray(" hash-type consistent\n") << D { 30, 70, 0 } << I { 30, 70, 0 } << QByteArray();
    QTest::newRow("least connections") << "leastconn" << QByteArray() << D { 30, 70, 0 } << I { 30, 70, 0 } << QByteArray("only roughly");
    QTest::newRow("first") << "first" << QByteArray() << D { 30, 70, 0 } << I {} << QByteArray("ignores weights");
}

void HaproxyTroubleTest::knowsWhatAnAlgorithmAllows()
{
    QFETCH(QString, balance);
    QFETCH(QByteArray, lines);
    QFETCH(QList<double>, shares);
    QFETCH(QList<int>, becomes);
    QFETCH(QByteArray, warning);
    HaproxyFarm farm;
    farm.balance = balance;
    farm.backendLines = lines;
    farm.weights = "40 40 20";
    QVERIFY(farm.start());
    auto router = *makeHaproxyRouter(routeAt(farm.statsUrl()));
    const auto before = router->read();
    QVERIFY(before);
    QCOMPARE(warning.isEmpty() ? before->warnings.empty() : warns(*before, warning), true);
    // What is known to be refused is known before it is tried.
    QVERIFY(becomes.isEmpty() || before->refusal(Weights(shares.begin(), shares.end())).empty());
    QCOMPARE(before->refusal(Weights(shares.begin(), shares.end())).empty(), !becomes.isEmpty() || before->splits == RouteReading::Splits::Untried);
    const auto after = router->apply(Weights(shares.begin(), shares.end()), before->version, "k");
    QVERIFY2(after.has_value() == !becomes.isEmpty(), after ? "" : after.error().text().c_str());
    if (!after) {
        QCOMPARE(after.error().kind, Error::Kind::Refused);
        QVERIFY(after.error().hint.find("balance roundrobin") != std::string::npos);
    }
    QCOMPARE(farm.weightsNow(), becomes.isEmpty() ? (QList<int> { 40, 40, 20 }) : becomes);
}

void HaproxyTroubleTest::warmingUpIsNoDrift()
{
    HaproxyFarm farm;
    farm.serverOptions = QStringLiteral("check inter 100ms slowstart 60s");
    farm.weights = "40 40 20";
    QVERIFY(farm.start());
    auto router = *makeHaproxyRouter(routeAt(farm.statsUrl()));
    const auto before = router->read();
    QVERIFY(std::abs(*before->backends[1].effective - 40) < 0.01);
    farm.say("set server infer/gcp state maint");
    const auto gone = router->read();
    QCOMPARE(*gone->backends[1].effective, 0.0);
    QCOMPARE(gone->backends[1].accepted, 40.0);
    farm.say("set server infer/gcp state ready");
    auto reading = router->read();
    QTRY_VERIFY((reading = router->read()) && reading->backends[1].condition == BackendReading::Condition::Warming);
    QCOMPARE(reading->backends[1].accepted, 40.0);
    QVERIFY2(*reading->backends[1].effective > 0 && *reading->backends[1].effective < 39, qPrintable(QString::number(*reading->backends[1].effective)));
    QVERIFY(reading->drift.empty());
    QCOMPARE(reading->version, before->version);
}

void HaproxyTroubleTest::speaksToEveryProcess()
{
    HaproxyFarm one, two;
    QVERIFY(one.start() && two.start());
    auto route = routeAt(one.statsUrl());
    test::editRouter<HaproxyAddress>(route, [&](auto& it) { it.furtherUrls = { two.unixUrl() }; });
    auto router = *makeHaproxyRouter(route);
    auto reading = router->read();
    QVERIFY2(reading && reading->drift.empty(), reading ? reading->drift.c_str() : reading.error().text().c_str());
    reading = router->apply({ 20, 50, 30 }, reading->version, "k");
    QVERIFY2(reading, reading ? "" : reading.error().text().c_str());
    QCOMPARE(one.weightsNow(), (QList<int> { 20, 50, 30 }));
    QCOMPARE(two.weightsNow(), (QList<int> { 20, 50, 30 }));
    QVERIFY(one.browse(60) && two.browse(40));
    reading = router->read();
    QCOMPARE(reading->windowRequests, std::uint64_t(100));
    QVERIFY(two.reload());
    reading = router->read();
    QVERIFY2(reading->drift.find(two.unixUrl() + " reloaded at ") != std::string::npos, reading->drift.c_str());
    QCOMPARE(reading->forgotten, (Weights { 20, 50, 30 }));
    QVERIFY(reapply(*router, *reading, "k2"));
    QCOMPARE(two.weightsNow(), (QList<int> { 20, 50, 30 }));
}

void HaproxyTroubleTest::healsASplitBrain()
{
    HaproxyFarm one, two;
    two.weights = "40 40 20";
    QVERIFY(one.start() && two.start());
    auto route = routeAt(one.statsUrl());
    test::editRouter<HaproxyAddress>(route, [&](auto& it) { it.furtherUrls = { two.statsUrl() }; });
    auto router = *makeHaproxyRouter(route);
    auto reading = router->read();
    QVERIFY2(reading->drift.starts_with("split brain: " + one.statsUrl() + " has 100/0/0, " + two.statsUrl() + " has 40/40/20"), reading->drift.c_str());
    QCOMPARE(reading->accepted(), (Weights { 70, 20, 10 }));
    two.say("set server infer/aws weight 21");
    QCOMPARE(router->apply({ 50, 50, 0 }, reading->version, "k").error().kind, Error::Kind::Conflict);
    reading = router->read();
    reading = router->apply({ 50, 50, 0 }, reading->version, "k");
    QVERIFY2(reading && reading->drift.empty(), reading ? reading->drift.c_str() : reading.error().text().c_str());
    QCOMPARE(one.weightsNow(), two.weightsNow());
}

void HaproxyTroubleTest::missesNoProcess()
{
    HaproxyFarm one, two;
    two.level = QStringLiteral("operator");
    QVERIFY(one.start() && two.start());
    auto route = routeAt(one.statsUrl());
    test::editRouter<HaproxyAddress>(route, [&](auto& it) { it.furtherUrls = { two.statsUrl() }; });
    auto router = *makeHaproxyRouter(route);
    auto reading = router->read();
    const auto denied = router->apply({ 20, 50, 30 }, reading->version, "k");
    QCOMPARE(denied.error().kind, Error::Kind::Denied);
    QVERIFY2(denied.error().what.find("taken back") != std::string::npos, denied.error().text().c_str());
    QCOMPARE(one.weightsNow(), (QList<int> { 100, 0, 0 }));
    two.kill();
    const auto part = router->read();
    QVERIFY2(part && part->silent == two.statsUrl() + " does not answer (1 of the 2 processes of this route)", part ? part->silent.c_str() : part.error().text().c_str());
    QCOMPARE(part->accepted(), (Weights { 100, 0, 0 }));
    QCOMPARE(part->version, reading->version); // nobody has changed anything
    QVERIFY(warns(*part, (part->silent + ": what it carries and by which weights is not known; an evacuation goes on without it, nothing else does").c_str()));
    one.kill();
    const auto gone = router->read();
    QCOMPARE(gone.error().kind, Error::Kind::Unavailable);
    QVERIFY2(gone.error().text().find("one of the 2 processes") != std::string::npos, gone.error().text().c_str());
    test::editRouter<HaproxyAddress>(route, [&](auto& it) { it.furtherUrls = { one.statsUrl() }; });
    QVERIFY(!makeHaproxyRouter(route));
}

/// An evacuation sets those that answer; one that comes back with what it had is told as that, whenever it was asked first.
void HaproxyTroubleTest::leavesOutOneThatIsSilent()
{
    QFETCH(bool, fromTheBeginning);
    QFETCH(bool, hangs);
    HaproxyFarm one, two;
    one.weights = two.weights = "50 30 20";
    QVERIFY(one.start() && two.start());
    auto route = routeAt(two.statsUrl());
    test::editRouter<HaproxyAddress>(route, [&](auto& it) { it.furtherUrls = { one.statsUrl() }; });
    auto router = *makeHaproxyRouter(route);
    auto reading = fromTheBeginning ? Result<RouteReading>() : router->read();
    const auto pid = static_cast<pid_t>(two.processId());
    const auto isStopped = [pid] {
        QFile stat(QStringLiteral("/proc/%1/stat").arg(pid));
        return stat.open(QIODevice::ReadOnly) && stat.readAll().contains(") T ");
    };
    if (hangs) {
        ::kill(pid, SIGSTOP);
        QTRY_VERIFY(isStopped());
    } else
        two.kill();
    reading = router->read();
    QVERIFY2(reading && !reading->silent.empty(), reading ? "it answers" : reading.error().text().c_str());
    QVERIFY(one.browse(40));
    reading = router->apply({ 0, 60, 40 }, reading->version, "k");
    QVERIFY2(reading, reading ? "" : reading.error().text().c_str());
    QVERIFY(!reading->silent.empty());
    QCOMPARE(reading->accepted(), (Weights { 0, 60, 40 }));
    QCOMPARE(one.weightsNow(), (QList<int> { 0, 60, 40 }));
    if (hangs)
        ::kill(pid, SIGCONT);
    else
        QVERIFY(two.restart());
    QTRY_VERIFY_WITH_TIMEOUT((reading = router->read()) && reading->silent.empty(), 10'000);
    QVERIFY2(reading->drift.find(two.statsUrl() + " did not answer while weights were set") != std::string::npos, reading->drift.c_str());
    QCOMPARE(reading->forgotten, (Weights { 0, 60, 40 }));
    QVERIFY(reapply(*router, *reading, "k2"));
    QCOMPARE(two.weightsNow(), (QList<int> { 0, 60, 40 }));
}

void HaproxyTroubleTest::leavesOutOneThatIsSilent_data()
{
    QTest::addColumn<bool>("fromTheBeginning");
    QTest::addColumn<bool>("hangs");
    QTest::newRow("dead") << false << false;
    QTest::newRow("dead before anybody asked") << true << false;
    QTest::newRow("hangs") << false << true;
}

/// Not what this program had set before: that was moved on from.
void HaproxyTroubleTest::whatAnotherProgramSetMeanwhileIsWhatWasForgotten()
{
    HaproxyFarm one, two;
    QVERIFY(one.start() && two.start());
    auto route = routeAt(one.statsUrl());
    test::editRouter<HaproxyAddress>(route, [&](auto& it) { it.furtherUrls = { two.statsUrl() }; });
    auto router = *makeHaproxyRouter(route), other = *makeHaproxyRouter(route);
    auto reading = router->read();
    QVERIFY(router->apply({ 55, 30, 15 }, reading->version, "k1"));
    two.kill();
    reading = other->read();
    QVERIFY(other->apply({ 0, 30, 70 }, reading->version, "k2"));
    QVERIFY(router->read());
    QVERIFY(two.restart());
    QTRY_VERIFY_WITH_TIMEOUT((reading = router->read()) && reading->silent.empty(), 10'000);
    QCOMPARE(reading->forgotten, (Weights { 0, 30, 70 }));
    QVERIFY(reapply(*router, *reading, "k3"));
    QCOMPARE(two.weightsNow(), (QList<int> { 0, 30, 70 }));
}

void HaproxyTroubleTest::drainsWhereAsked()
{
    HaproxyFarm farm;
    farm.weights = "40 40 20";
    QVERIFY(farm.start());
    auto route = routeAt(farm.statsUrl());
    test::editRouter<HaproxyAddress>(route, [&](auto& it) { it.drains = true; });
    auto router = *makeHaproxyRouter(route);
    using Condition = BackendReading::Condition;
    auto reading = router->read();
    reading = router->apply({ 0, 60, 40 }, reading->version, "k1");
    QVERIFY2(reading, reading ? "" : reading.error().text().c_str());
    QVERIFY(reading->backends[0].condition == Condition::Draining);
    QVERIFY(reading->backends[1].condition == Condition::Up);
    reading = router->apply({ 100, 0, 0 }, reading->version, "k2");
    QVERIFY2(reading, reading ? "" : reading.error().text().c_str());
    QVERIFY(reading->backends[0].condition == Condition::Up);
    QVERIFY(reading->backends[2].condition == Condition::Draining);
    // A drain with a weight is somebody else's: it is not undone.
    farm.say("set server infer/gcp weight 5;set server infer/gcp state drain");
    reading = router->read();
    reading = router->apply({ 50, 50, 0 }, reading->version, "k3");
    QVERIFY2(reading, reading ? "" : reading.error().text().c_str());
    QVERIFY(reading->backends[1].condition == Condition::Draining);
}

void HaproxyTroubleTest::seesAnAgentAtTheWheel()
{
    std::mutex mutex;
    std::string says = "up\n";
    const ScriptedSocket agent(
        [&](const std::string&) {
            const std::lock_guard lock(mutex);
            return says;
        },
        false);
    HaproxyFarm farm;
    farm.serverOptions = QStringLiteral("agent-check agent-inter 50ms agent-addr 127.0.0.1 agent-port %1").arg(agent.port());
    farm.weights = "40 40 20";
    QVERIFY(farm.start());
    auto router = *makeHaproxyRouter(routeAt(farm.statsUrl()));
    auto reading = router->read();
    QVERIFY(warns(*reading, "gcp has an agent-check, which may change its weight"));
    // One that says nothing of weights is in nobody's way.
    reading = router->apply({ 20, 50, 30 }, reading->version, "k1");
    QVERIFY2(reading, reading ? "" : reading.error().text().c_str());
    {
        const std::lock_guard lock(mutex);
        says = "50%\n";
    }
    QTRY_COMPARE(farm.weightsNow(), (QList<int> { 20, 20, 10 }));
    reading = router->read();
    QVERIFY2(reading->drift.empty(), reading->drift.c_str());
    QVERIFY2(warns(*reading, "the weight of gcp is driven by its agent-check, now 20"), reading->warnings.empty() ? "" : reading->warnings.front().c_str());
    const auto refused = router->apply({ 50, 50, 0 }, reading->version, "k2");
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, Error::Kind::Refused);
    QVERIFY2(refused.error().hint.find("disable agent infer/") != std::string::npos, refused.error().text().c_str());
    farm.say("disable agent infer/azure;disable agent infer/gcp;disable agent infer/aws");
    reading = router->read();
    QVERIFY(reading->warnings.empty());
    reading = router->apply({ 50, 50, 0 }, reading->version, "k3");
    QVERIFY2(reading, reading ? "" : reading.error().text().c_str());
}

void HaproxyTroubleTest::knowsAnAgentThatHasAlwaysSaidAWeight()
{
    const ScriptedSocket agent([](const std::string&) { return std::string("50%\n"); }, false);
    HaproxyFarm farm;
    farm.serverOptions = QStringLiteral("agent-check agent-inter 50ms agent-addr 127.0.0.1 agent-port %1").arg(agent.port());
    farm.weights = "40 40 20";
    QVERIFY(farm.start());
    QTRY_COMPARE(farm.weightsNow(), (QList<int> { 20, 20, 10 }));
    auto router = *makeHaproxyRouter(routeAt(farm.statsUrl()));
    const auto reading = router->read();
    QVERIFY(reading);
    QVERIFY2(reading->refusal({ 50, 50, 0 }).find("disable agent infer/azure") != std::string::npos, reading->refusal({ 50, 50, 0 }).c_str());
    QVERIFY(reading->refusal(reading->accepted()).empty());
    farm.say("disable agent infer/azure;disable agent infer/gcp");
    // Two servers may go where the third one's weight stays what its agent says.
    const auto freed = router->read();
    QCOMPARE(freed->accepted()[2], 100.0 / 3); // as configured, beside what the others have now
    const Weights split { 50, 100.0 / 6, 100.0 / 3 };
    QCOMPARE(freed->refusal(split), std::string());
    const auto after = router->apply(split, freed->version, "k");
    QVERIFY2(after, after ? "" : after.error().text().c_str());
    QCOMPARE(farm.weightsNow(), (QList<int> { 30, 10, 10 }));
}

void HaproxyTroubleTest::anAgentThatIsNeverStillIsInNobodysWay()
{
    std::atomic<int> asked = 0;
    const ScriptedSocket agent([&](const std::string&) { return "up " + std::to_string(60 + asked++ % 7 * 5) + "%\n"; }, false);
    HaproxyFarm farm;
    farm.serverOptions = QStringLiteral("agent-check agent-inter 50ms agent-addr 127.0.0.1 agent-port %1").arg(agent.port());
    farm.weights = "40 40 20";
    QVERIFY(farm.start());
    farm.say("disable agent infer/azure;disable agent infer/aws;set server infer/azure weight 40;set server infer/aws weight 20");
    auto router = *makeHaproxyRouter(routeAt(farm.statsUrl()));
    // As configured, once it was seen to change more than once.
    QTRY_VERIFY([&] { const auto now = router->read(); return now->backends[1].accepted == 40 && now->backends[1].effective.value_or(40) < 39; }());
    const auto reading = router->read();
    const auto seen = asked.load();
    QTRY_VERIFY(asked > seen + 3);
    QCOMPARE(router->read()->version, reading->version);
    QVERIFY(reading->drift.empty());
    const auto after = router->apply({ 0, 40, 60 }, reading->version, "k");
    QVERIFY2(after, after ? "" : after.error().text().c_str());
    const auto weights = farm.weightsNow();
    QCOMPARE(weights[0], 0);
    QCOMPARE(weights[2], 60);
    QCOMPARE(after->accepted(), (Weights { 0, 40, 60 }));
}

void HaproxyTroubleTest::measuresGuards()
{
    HaproxyFarm farm;
    farm.weights = "40 40 20";
    farm.statuses = "200 503 200";
    farm.backendLines = " retries 1\n";
    QVERIFY(farm.start());
    auto router = *makeHaproxyRouter(routeAt(farm.statsUrl()));
    auto reading = router->read();
    QVERIFY(!reading->backends[0].guards.errorRate && !reading->guards.errorRate && !reading->backends[0].guards.latencyMean);
    QVERIFY(farm.browse(100));
    reading = router->read();
    QCOMPARE(reading->backends[0].guards.errorRate->value, 0.0);
    QCOMPARE(reading->backends[1].guards.errorRate->value, 1.0);
    QCOMPARE(reading->guards.errorRate->of, std::uint64_t { 100 });
    QVERIFY(std::abs(static_cast<double>(reading->backends[1].guards.errorRate->of) - 40) < 5);
    QVERIFY2(std::abs(reading->guards.errorRate->value - 0.4) < 0.05, qPrintable(QString::number(reading->guards.errorRate->value)));
    QVERIFY(reading->backends[0].guards.latencyMean && reading->backends[0].guards.latencyMean->value < 1'000);
    QCOMPARE(reading->backends[0].guards.queue, (Measured { 0, "HAProxy" }));
    QVERIFY(!reading->backends[0].guards.latencyP99);
    // Connections that nobody takes count as errors, and as retries before that.
    farm.say("set server infer/azure addr 127.0.0.1 port 1");
    reading = router->apply({ 100, 0, 0 }, reading->version, "k");
    QVERIFY(reading);
    QVERIFY(farm.browse(24));
    reading = router->read();
    QCOMPARE(reading->backends[0].guards.errorRate, (Measured { 1, "HAProxy", 24 }));
    QVERIFY(reading->backends[0].guards.retryRate && reading->backends[0].guards.retryRate->value > 0.5);
}

void HaproxyTroubleTest::whatIsSentToAnotherServerFailedAtTheFirst_data()
{
    QTest::addColumn<QString>("balance");
    QTest::newRow("roundrobin") << QStringLiteral("roundrobin");
    QTest::newRow("leastconn") << QStringLiteral("leastconn");
    QTest::newRow("after its retries") << QStringLiteral("source\n hash-type consistent");
}

/// Nobody checks the server, so that HAProxy shows it up, and whoever asked is answered by another.
void HaproxyTroubleTest::whatIsSentToAnotherServerFailedAtTheFirst()
{
    QFETCH(QString, balance);
    HaproxyFarm farm;
    farm.balance = balance;
    farm.weights = "254 1 1"; // a hash sends all of this machine to one server
    farm.backendLines = " option redispatch\n retries 1\n";
    QVERIFY(farm.start());
    farm.say("set server infer/azure addr 127.0.0.1 port 1");
    auto router = *makeHaproxyRouter(routeAt(farm.statsUrl()));
    QVERIFY(router->read());
    QVERIFY(farm.browse(240));
    const auto reading = router->read();
    const auto& azure = reading->backends[0];
    QCOMPARE(azure.condition, BackendReading::Condition::Up);
    QCOMPARE(azure.observed, std::optional(0.0));
    QVERIFY(azure.guards.errorRate);
    QCOMPARE(azure.guards.errorRate->value, 1.0);
    QVERIFY(azure.guards.errorRate->of >= 20);
    QCOMPARE(reading->backends[1].guards.errorRate.value_or(Measured {}).value, 0.0);
    QCOMPARE(reading->guards.errorRate->value, 0.0);
}

void HaproxyTroubleTest::whoAcceptsAndNeverAnswersFails()
{
    HaproxyFarm farm;
    QVERIFY(farm.start());
    QTcpServer hangs;
    QVERIFY(hangs.listen(QHostAddress::LocalHost));
    farm.say("set server infer/gcp addr 127.0.0.1 port " + QByteArray::number(hangs.serverPort()));
    auto router = *makeHaproxyRouter(routeAt(farm.statsUrl()));
    QVERIFY(router->read());
    QVERIFY(farm.browse(20));
    auto reading = router->read();
    reading = router->apply({ 50, 50, 0 }, reading->version, "k1");
    QVERIFY(reading);
    std::vector<std::unique_ptr<QTcpSocket>> clients;
    for (int i = 0; i < 20; ++i) {
        auto& client = *clients.emplace_back(std::make_unique<QTcpSocket>());
        client.connectToHost(QHostAddress::LocalHost, farm.frontPort);
        QVERIFY(client.waitForConnected());
        client.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        QVERIFY(client.waitForBytesWritten());
    }
    const auto rateOfGcp = [&] {
        reading = router->read();
        return reading ? reading->backends[1].guards.errorRate : std::nullopt;
    };
    QTRY_VERIFY_WITH_TIMEOUT(rateOfGcp(), 20'000);
    QCOMPARE(*reading->backends[1].guards.errorRate, (Measured { 1, "HAProxy", 10 }));
    QCOMPARE(reading->backends[1].note, std::string("has answered none of the last 10 requests"));
    QCOMPARE(reading->backends[1].condition, BackendReading::Condition::Up);
    QVERIFY(!reading->backends[0].guards.errorRate);
    // Who comes later sees requests that wait already, and need not wait as long.
    auto later = *makeHaproxyRouter(routeAt(farm.statsUrl()));
    QElapsedTimer since;
    since.start();
    QTRY_COMPARE(later->read().value().backends[1].note, std::string("has answered none of the last 10 requests"));
    QVERIFY2(since.elapsed() >= 1'000 && since.elapsed() < 5'000, qPrintable(QString::number(since.elapsed())));
    // What it did before it lost its share says nothing of what it will do.
    reading = router->apply({ 100, 0, 0 }, reading->version, "k2");
    reading = router->apply({ 50, 50, 0 }, reading->version, "k3");
    QVERIFY(reading && !rateOfGcp());
}

void HaproxyTroubleTest::warnsWhereItMayOnlyRead()
{
    HaproxyFarm farm;
    farm.level = QStringLiteral("user");
    QVERIFY(farm.start());
    auto router = *makeHaproxyRouter(routeAt(farm.statsUrl()));
    QVERIFY(warns(*router->read(), "level admin"));
}

void HaproxyTroubleTest::refusesHalfAnswers_data()
{
    QTest::addColumn<QString>("command");
    for (const char* command : { "show info", "show servers state", "show stat" })
        QTest::newRow(command) << QString::fromLatin1(command);
}

void HaproxyTroubleTest::refusesHalfAnswers()
{
    QFETCH(QString, command);
    FakeHaproxy fake;
    fake.cutAfter = command.toStdString();
    const ScriptedSocket socket(std::ref(fake));
    auto router = *makeHaproxyRouter(routeAt(socket.url()));
    const auto reading = router->read();
    QVERIFY(!reading);
    QCOMPARE(reading.error().kind, Error::Kind::Unavailable);
    QVERIFY2(reading.error().text().find("in the middle of its answer") != std::string::npos, reading.error().text().c_str());
}

void HaproxyTroubleTest::tellsAReloadInTheMiddleOfALook()
{
    FakeHaproxy fake;
    std::atomic<bool> reloads = false;
    const ScriptedSocket socket([&](const std::string& question) {
        if (question.starts_with("show servers state") && reloads.exchange(false)) {
            const std::scoped_lock lock(fake.mutex);
            fake.pid = 8;
            fake.uptime = 0;
            std::ranges::copy(std::to_array({ 100, 0, 0 }), fake.weights);
        }
        return fake(question);
    });
    auto router = *makeHaproxyRouter(routeAt(socket.url()));
    auto reading = router->read();
    QVERIFY(router->apply({ 20, 50, 30 }, reading->version, "k"));
    reloads = true;
    reading = router->read();
    QVERIFY2(reading && reading->drift.starts_with("reloaded at "), reading ? reading->drift.c_str() : reading.error().text().c_str());
    QCOMPARE(reading->forgotten, (Weights { 20, 50, 30 }));
}

void HaproxyTroubleTest::believesNothingWithoutReadingBack_data()
{
    QTest::addColumn<bool>("mumbles");
    QTest::newRow("accepts and does not change") << false;
    QTest::newRow("confirms and does not change") << true;
}

void HaproxyTroubleTest::believesNothingWithoutReadingBack()
{
    QFETCH(bool, mumbles);
    FakeHaproxy fake;
    fake.lies = !mumbles;
    fake.mumbles = mumbles;
    const ScriptedSocket socket(std::ref(fake));
    auto router = *makeHaproxyRouter(routeAt(socket.url()));
    const auto before = router->read();
    const auto after = router->apply({ 20, 50, 30 }, before->version, "k");
    QVERIFY(!after);
    QCOMPARE(after.error().kind, Error::Kind::Conflict);
    QCOMPARE(router->read()->accepted(), (Weights { 100, 0, 0 }));
}

void HaproxyTroubleTest::givesUpOnSilenceInTheMiddle()
{
    FakeHaproxy fake;
    fake.deafAfter = 1;
    const ScriptedSocket socket(std::ref(fake));
    auto router = *makeHaproxyRouter(routeAt(socket.url()));
    const auto before = router->read();
    QElapsedTimer timer;
    timer.start();
    const auto after = router->apply({ 20, 50, 30 }, before->version, "k");
    const auto elapsed = timer.elapsed();
    fake.over = true;
    QVERIFY(!after);
    QCOMPARE(after.error().kind, Error::Kind::Unavailable);
    QVERIFY2(after.error().what.find("whether it has taken the weights is not known") != std::string::npos, after.error().text().c_str());
    QVERIFY2(elapsed < 6'000, qPrintable(QString::number(elapsed)));
}

QTEST_GUILESS_MAIN(HaproxyTroubleTest)
#include "tst_haproxytrouble.moc"
