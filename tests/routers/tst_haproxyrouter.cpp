// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include <atomic>
#include <thread>

#include "haproxy/haproxyrouter.h"
#include "support/haproxyfarm.h"
#include "support/scriptedsocket.h"
#include "support/routeredit.h"

using namespace penstock;
using test::HaproxyFarm;

namespace {

Route routeAt(const std::string& url)
{
    Route route;
    route.name = "chat";
    route.router = HaproxyAddress { url, "infer" };
    route.backends = { { "azure", {} }, { "gcp", {} }, { "aws", {} } };
    return route;
}

} // namespace

class HaproxyRouterTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase()
    {
        if (!HaproxyFarm::isInstalled())
            QSKIP("haproxy is not installed");
    }
    void readsSetsAndReadsBack_data();
    void readsSetsAndReadsBack();
    void neverLeavesNobody();
    void noRequestMeetsHalfASplit();
    void refusesToLeaveNobody();
    void tellsAChange();
    void tellsAReload();
    void doesAKeyOnce();
    void measuresWhatHappens();
    void readsConditions();
    void explainsFailures_data();
    void explainsFailures();
    void survivesDeath();
    void givesUpOnSilence();
};

void HaproxyRouterTest::readsSetsAndReadsBack_data()
{
    QTest::addColumn<bool>("local");
    QTest::newRow("tcp") << false;
    QTest::newRow("unix") << true;
}

void HaproxyRouterTest::readsSetsAndReadsBack()
{
    QFETCH(bool, local);
    HaproxyFarm farm;
    QVERIFY(farm.start());
    auto router = makeHaproxyRouter(routeAt(local ? farm.unixUrl() : farm.statsUrl()));
    QVERIFY(router);
    const auto before = (*router)->read();
    QVERIFY2(before, before ? "" : before.error().text().c_str());
    QCOMPARE(before->accepted(), (Weights { 100, 0, 0 }));
    QVERIFY(before->drift.empty());
    QVERIFY(!before->backends[0].observed);
    const auto after = (*router)->apply({ 20, 50, 30 }, before->version, "S-1/1");
    QVERIFY2(after, after ? "" : after.error().text().c_str());
    QCOMPARE(after->accepted(), (Weights { 20, 50, 30 }));
    QVERIFY(after->version != before->version);
    QCOMPARE(farm.weightsNow(), (QList<int> { 20, 50, 30 }));
    QCOMPARE((*router)->read()->version, after->version);
}

/// A configuration without weights has 1 for all. Set one by one, the first server would get nearly everything for a moment,
/// and for good if the program died then.
void HaproxyRouterTest::noRequestMeetsHalfASplit()
{
    HaproxyFarm farm;
    farm.weights = "1 1 1";
    QVERIFY(farm.start());
    QList<QList<int>> seen;
    const test::ScriptedSocket tap([&](const std::string& question) {
        const auto answer = farm.say(QByteArray::fromStdString(question)).toStdString();
        if (question.starts_with("set server"))
            seen << farm.weightsNow();
        return answer;
    });
    auto router = *makeHaproxyRouter(routeAt(tap.url()));
    const auto before = router->read();
    QVERIFY(before);
    QVERIFY(router->apply({ 30, 40, 30 }, before->version, "k"));
    QCOMPARE(seen, (QList<QList<int>> { { 30, 40, 30 } }));
}

void HaproxyRouterTest::neverLeavesNobody()
{
    HaproxyFarm farm;
    QVERIFY(farm.start());
    auto router = *makeHaproxyRouter(routeAt(farm.statsUrl()));
    std::atomic<bool> over = false;
    std::atomic<int> looks = 0, zeros = 0;
    std::thread watcher([&] {
        // One command tells all three weights.
        while (!over) {
            const auto answer = farm.say("show servers state infer");
            const auto column = answer.split('\n').value(1).mid(2).split(' ').indexOf("srv_uweight");
            int sum = 0, lines = 0;
            for (const auto& line : answer.split('\n'))
                if (line.contains(" infer ")) {
                    sum += line.split(' ').value(column).toInt();
                    ++lines;
                }
            zeros += lines == 3 && sum < 100;
            ++looks;
        }
    });
    auto reading = router->read();
    bool good = reading.has_value();
    const Weights ends[] = { { 0, 100, 0 }, { 0, 0, 100 }, { 100, 0, 0 } };
    for (int i = 0; i < 30 && good; ++i) {
        reading = router->apply(ends[i % 3], reading->version, "key " + std::to_string(i));
        good = reading.has_value();
    }
    over = true;
    watcher.join();
    QVERIFY2(good, reading ? "" : reading.error().text().c_str());
    QVERIFY(looks > 10);
    QCOMPARE(zeros.load(), 0);
}

void HaproxyRouterTest::refusesToLeaveNobody()
{
    HaproxyFarm farm;
    QVERIFY(farm.start());
    auto router = *makeHaproxyRouter(routeAt(farm.statsUrl()));
    farm.say("set server infer/gcp state maint");
    const auto before = router->read();
    const auto refused = router->apply({ 0, 100, 0 }, before->version, "k");
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, Error::Kind::Refused);
    QCOMPARE(farm.weightsNow(), (QList<int> { 100, 0, 0 }));
}

void HaproxyRouterTest::tellsAChange()
{
    HaproxyFarm farm;
    QVERIFY(farm.start());
    auto router = *makeHaproxyRouter(routeAt(farm.statsUrl()));
    const auto before = router->read();
    farm.say("set server infer/aws weight 40");
    const auto refused = router->apply({ 50, 50, 0 }, before->version, "k");
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, Error::Kind::Conflict);
    QCOMPARE(farm.weightsNow(), (QList<int> { 100, 0, 40 }));
    const auto now = router->read();
    QVERIFY2(now->drift.starts_with("weights changed by somebody else at "), now->drift.c_str());
    const auto set = router->apply({ 50, 50, 0 }, now->version, "k");
    QVERIFY(set);
    QVERIFY(set->drift.empty());
}

void HaproxyRouterTest::tellsAReload()
{
    HaproxyFarm farm;
    QVERIFY(farm.start());
    auto router = *makeHaproxyRouter(routeAt(farm.statsUrl()), [] { return Time(std::chrono::hours(24 * 365)); });
    auto reading = router->read();
    reading = router->apply({ 20, 50, 30 }, reading->version, "k1");
    QVERIFY(reading);
    QVERIFY(farm.reload());
    const auto refused = router->apply({ 10, 50, 40 }, reading->version, "k2");
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, Error::Kind::Conflict);
    const auto now = router->read();
    QVERIFY(now);
    QVERIFY2(now->drift.starts_with("reloaded at ") && now->drift.ends_with(" UTC"), now->drift.c_str());
    QCOMPARE(now->accepted(), (Weights { 100, 0, 0 }));
    QVERIFY(router->apply({ 20, 50, 30 }, now->version, "k3"));
    QCOMPARE(farm.weightsNow(), (QList<int> { 20, 50, 30 }));
}

void HaproxyRouterTest::doesAKeyOnce()
{
    HaproxyFarm farm;
    QVERIFY(farm.start());
    auto router = *makeHaproxyRouter(routeAt(farm.statsUrl()));
    const auto before = router->read();
    QVERIFY(router->apply({ 50, 50, 0 }, before->version, "k"));
    const auto again = router->apply({ 50, 50, 0 }, before->version, "k");
    QVERIFY2(again, again ? "" : again.error().text().c_str());
    QCOMPARE(again->accepted(), (Weights { 50, 50, 0 }));
}

void HaproxyRouterTest::measuresWhatHappens()
{
    const auto wrk = test::programPath(QStringLiteral("wrk"));
    if (wrk.isEmpty())
        QSKIP("wrk is not installed");
    HaproxyFarm farm;
    QVERIFY(farm.start());
    auto router = *makeHaproxyRouter(routeAt(farm.statsUrl()));
    auto reading = router->read();
    QProcess load;
    load.start(wrk, { QStringLiteral("-t1"), QStringLiteral("-c4"), QStringLiteral("-d60s"), farm.frontUrl() });
    QVERIFY(load.waitForStarted());
    for (const Weights& wanted : { Weights { 20, 50, 30 }, Weights { 73.3, 16.7, 10 } }) {
        reading = router->apply(wanted, reading->version, std::to_string(wanted[0]));
        QVERIFY(reading);
        QVERIFY(!reading->backends[0].observed);
        QTRY_VERIFY_WITH_TIMEOUT((reading = router->read()) && reading->windowRequests >= mostRequestsObserved, 30'000);
        for (std::size_t i = 0; i < 3; ++i)
            QVERIFY2(reading->backends[i].observed && std::abs(*reading->backends[i].observed - wanted[i]) < 2,
                qPrintable(QString::number(reading->backends[i].observed.value_or(-1))));
        QVERIFY(reading->drift.empty());
    }
    farm.say("clear counters all");
    reading = router->read();
    QVERIFY(reading);
    load.kill();
    load.waitForFinished();
}

void HaproxyRouterTest::readsConditions()
{
    HaproxyFarm farm;
    farm.serverOptions = QStringLiteral("check inter 100ms slowstart 60s");
    farm.weights = "40 40 20"; // a server without a weight has nothing to start slowly with
    QVERIFY(farm.start());
    auto router = *makeHaproxyRouter(routeAt(farm.statsUrl()));
    farm.say("set server infer/azure state drain;set server infer/gcp state maint");
    auto reading = router->read();
    using Condition = BackendReading::Condition;
    QVERIFY(reading->backends[0].condition == Condition::Draining);
    QVERIFY(reading->backends[1].condition == Condition::Maintenance);
    QVERIFY(reading->backends[1].note.starts_with("MAINT"));
    QVERIFY(reading->backends[2].condition == Condition::Up);
    farm.say("set server infer/aws addr 127.0.0.1 port 1");
    farm.say("set server infer/gcp state ready");
    QTRY_VERIFY((reading = router->read()) && reading->backends[1].condition == Condition::Warming
        && reading->backends[1].note.starts_with("slow start"));
    QTRY_VERIFY((reading = router->read()) && reading->backends[2].condition == Condition::Down);
    QVERIFY2(reading->backends[2].note.starts_with("L4CON"), reading->backends[2].note.c_str());
    QVERIFY(reading->drift.empty());
}

void HaproxyRouterTest::explainsFailures_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("says");
    QTest::newRow("nobody there") << "port" << static_cast<int>(Error::Kind::Unavailable) << "refuses the connection";
    QTest::newRow("no such socket") << "path" << static_cast<int>(Error::Kind::NotFound) << "no such stats socket";
    QTest::newRow("no such backend") << "backend" << static_cast<int>(Error::Kind::NotFound) << "no such backend";
    QTest::newRow("no such server") << "server" << static_cast<int>(Error::Kind::NotFound) << "it has azure, gcp, aws";
    QTest::newRow("not admin") << "level" << static_cast<int>(Error::Kind::Denied) << "level admin";
    QTest::newRow("static algorithm") << "balance" << static_cast<int>(Error::Kind::Refused) << "balance roundrobin";
    QTest::newRow("the port of the website") << "website" << static_cast<int>(Error::Kind::Invalid) << "really HAProxy";
}

void HaproxyRouterTest::explainsFailures()
{
    QFETCH(QString, what);
    QFETCH(int, kind);
    QFETCH(QString, says);
    HaproxyFarm farm;
    if (what == QLatin1String("level"))
        farm.level = QStringLiteral("user");
    if (what == QLatin1String("balance"))
        farm.balance = QStringLiteral("static-rr");
    QVERIFY(farm.start());
    auto route = routeAt(farm.statsUrl());
    if (what == QLatin1String("port"))
        test::editRouter<HaproxyAddress>(route, [&](auto& it) { it.url = "tcp://127.0.0.1:" + std::to_string(test::freePort()); });
    else if (what == QLatin1String("path"))
        test::editRouter<HaproxyAddress>(route, [&](auto& it) { it.url = farm.unixUrl() + "x"; });
    else if (what == QLatin1String("backend"))
        test::editRouter<HaproxyAddress>(route, [&](auto& it) { it.backend = "nosuch"; });
    else if (what == QLatin1String("server"))
        route.backends[1].name = "ibm";
    else if (what == QLatin1String("website"))
        test::editRouter<HaproxyAddress>(route, [&](auto& it) { it.url = "tcp://127.0.0.1:" + std::to_string(farm.frontPort); });
    auto router = *makeHaproxyRouter(route);
    auto reading = router->read();
    if (reading)
        reading = router->apply({ 30, 40, 30 }, reading->version, "k");
    QVERIFY(!reading);
    const auto text = reading.error().text();
    QVERIFY2(text.find(says.toStdString()) != std::string::npos, text.c_str());
    QVERIFY2(static_cast<int>(reading.error().kind) == kind, text.c_str());
    QVERIFY(!reading.error().where.empty());
    if (what == QLatin1String("balance"))
        QCOMPARE(farm.weightsNow(), (QList<int> { 100, 0, 0 }));
}

void HaproxyRouterTest::survivesDeath()
{
    HaproxyFarm farm;
    QVERIFY(farm.start());
    auto router = *makeHaproxyRouter(routeAt(farm.statsUrl()));
    const auto before = router->read();
    farm.kill();
    for (const auto& result : { router->read(), router->apply({ 50, 50, 0 }, before->version, "k") }) {
        QVERIFY(!result);
        QCOMPARE(result.error().kind, Error::Kind::Unavailable);
    }
}

void HaproxyRouterTest::givesUpOnSilence()
{
    // A socket that listens and never says a word.
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in name {};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    QVERIFY(::bind(fd, reinterpret_cast<sockaddr*>(&name), size) == 0);
    QVERIFY(::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) == 0 && ::listen(fd, 4) == 0);
    auto router = *makeHaproxyRouter(routeAt("tcp://127.0.0.1:" + std::to_string(ntohs(name.sin_port))));
    QElapsedTimer timer;
    timer.start();
    const auto reading = router->read();
    ::close(fd);
    QVERIFY(!reading);
    QCOMPARE(reading.error().kind, Error::Kind::Unavailable);
    QVERIFY(timer.elapsed() < 5'000);
}

QTEST_GUILESS_MAIN(HaproxyRouterTest)
#include "tst_haproxyrouter.moc"
