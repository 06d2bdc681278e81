// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include <cmath>
#include <numeric>

#include "haproxy/answers.h"
#include "haproxy/haproxyrouter.h"

using namespace penstock;
using namespace penstock::haproxy;

namespace {

const char* statesHeader = "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight\n";

} // namespace

class HaproxyAnswersTest : public QObject
{
    Q_OBJECT
private slots:
    void turnsSharesIntoWeights_data();
    void turnsSharesIntoWeights();
    void readsServerStates_data();
    void readsServerStates();
    void readsConditions_data();
    void readsConditions();
    void readsStatByColumnName();
    void readsWeights_data();
    void readsWeights();
    void explainsAnswers_data();
    void explainsAnswers();
    void refusesAddresses_data();
    void refusesAddresses();
};

void HaproxyAnswersTest::turnsSharesIntoWeights_data()
{
    QTest::addColumn<QList<double>>("shares");
    QTest::addColumn<double>("furthest"); ///< percentage points; below 0: refused
    QTest::addColumn<QList<int>>("exactly"); ///< empty: any
    using D = QList<double>;
    using I = QList<int>;
    QTest::newRow("whole") << D { 20, 50, 30 } << 1e-9 << I { 20, 50, 30 };
    QTest::newRow("all to one") << D { 100, 0, 0 } << 1e-9 << I { 100, 0, 0 };
    QTest::newRow("halves") << D { 12.5, 87.5 } << 1e-9 << I {};
    QTest::newRow("tenths") << D { 73.3, 16.7, 10.0 } << 0.25 << I {};
    QTest::newRow("a trace") << D { 99.9, 0.1 } << 0.35 << I {};
    QTest::newRow("99.9 in all") << D { 33.3, 33.3, 33.3 } << -1.0 << I {};
    QTest::newRow("negative") << D { -10, 110 } << -1.0 << I {};
    QTest::newRow("no number") << D { std::nan(""), 100 } << -1.0 << I {};
    QTest::newRow("nothing") << D {} << -1.0 << I {};
}

void HaproxyAnswersTest::turnsSharesIntoWeights()
{
    QFETCH(QList<double>, shares);
    QFETCH(double, furthest);
    QFETCH(QList<int>, exactly);
    const auto made = weightsOf(Weights(shares.begin(), shares.end()));
    QCOMPARE(made.has_value(), furthest >= 0);
    if (!made)
        return;
    const double sum = std::accumulate(made->begin(), made->end(), 0);
    for (qsizetype i = 0; i < shares.size(); ++i) {
        const int weight = (*made)[static_cast<std::size_t>(i)];
        QVERIFY(weight >= 0 && weight <= 256);
        QCOMPARE(weight == 0, shares[i] == 0);
        QVERIFY2(std::abs(100 * weight / sum - shares[i]) <= furthest, qPrintable(QString::number(weight)));
    }
    if (!exactly.isEmpty())
        QCOMPARE(QList<int>(made->begin(), made->end()), exactly);
}

void HaproxyAnswersTest::readsServerStates_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<int>("servers"); ///< -1: refused
    const QByteArray header = statesHeader;
    QTest::newRow("two") << header + "3 infer 1 a 127.0.0.1 2 8 100 50\n3 infer 2 b 127.0.0.1 2 0 0 50\n" << 2;
    QTest::newRow("carriage returns") << QByteArray(header).replace('\n', "\r\n") + "3 infer 1 a 127.0.0.1 2 8 100 50\r\n" << 1;
    QTest::newRow("none") << header << 0;
    QTest::newRow("cut off") << header + "3 infer 1 a 127.0.0.1 2 8\n" << -1;
    QTest::newRow("weight of 300") << header + "3 infer 1 a 127.0.0.1 2 8 300 50\n" << -1;
    QTest::newRow("weight of words") << header + "3 infer 1 a 127.0.0.1 2 8 ten 50\n" << -1;
    QTest::newRow("an overflowing number") << header + "3 infer 1 a 127.0.0.1 2 8 99999999999999999999 50\n" << -1;
    QTest::newRow("no header") << QByteArray("3 infer 1 a 127.0.0.1 2 8 100 50\n") << -1;
    QTest::newRow("a web server") << QByteArray("HTTP/1.1 400 Bad Request\r\n\r\n") << -1;
    QTest::newRow("empty") << QByteArray() << -1;
}

void HaproxyAnswersTest::readsServerStates()
{
    QFETCH(QByteArray, answer);
    QFETCH(int, servers);
    const auto read = parseServersState(answer.toStdString());
    QCOMPARE(read ? static_cast<int>(read->size()) : -1, servers);
    if (!read || read->empty())
        return;
    QCOMPARE(read->front(), (ServerState { "infer", 3, "a", 2, 8, 100, 50 }));
}

void HaproxyAnswersTest::readsConditions_data()
{
    QTest::addColumn<int>("operation");
    QTest::addColumn<unsigned>("administration");
    QTest::addColumn<int>("throttle"); ///< -1: none
    QTest::addColumn<int>("condition");
    using Condition = BackendReading::Condition;
    QTest::newRow("up") << 2 << 0U << -1 << static_cast<int>(Condition::Up);
    QTest::newRow("drained") << 2 << 8U << -1 << static_cast<int>(Condition::Draining);
    QTest::newRow("drained by another") << 2 << 16U << -1 << static_cast<int>(Condition::Draining);
    QTest::newRow("stopping") << 3 << 0U << -1 << static_cast<int>(Condition::Draining);
    QTest::newRow("maintenance") << 0 << 1U << -1 << static_cast<int>(Condition::Maintenance);
    QTest::newRow("no address") << 0 << 32U << -1 << static_cast<int>(Condition::Maintenance);
    QTest::newRow("down") << 0 << 0U << -1 << static_cast<int>(Condition::Down);
    QTest::newRow("down and drained") << 0 << 8U << -1 << static_cast<int>(Condition::Down);
    QTest::newRow("slow start") << 2 << 0U << 31 << static_cast<int>(Condition::Warming);
    QTest::newRow("starting") << 1 << 0U << -1 << static_cast<int>(Condition::Warming);
    QTest::newRow("warm") << 2 << 0U << 100 << static_cast<int>(Condition::Up);
    QTest::newRow("renamed in DNS") << 2 << 64U << -1 << static_cast<int>(Condition::Up);
}

void HaproxyAnswersTest::readsConditions()
{
    QFETCH(int, operation);
    QFETCH(unsigned, administration);
    QFETCH(int, throttle);
    QFETCH(int, condition);
    ServerState state;
    state.operation = operation;
    state.administration = administration;
    ServerStat stat;
    if (throttle >= 0)
        stat.throttle = throttle;
    QCOMPARE(static_cast<int>(conditionOf(state, stat)), condition);
}

void HaproxyAnswersTest::readsStatByColumnName()
{
    const auto stats = parseStat("# svname,stot,pxname,status,bck,check_status,last_chk,throttle,req_tot,\n"
                                 "a,10,infer,UP,0,* L7OK,\"said \"\"yes\"\", twice\",31,9,\n"
                                 "b,5,infer,DOWN,1,L4CON,,,,\n"
                                 "BACKEND,12,infer,UP,0,,,,14,\n"
                                 "a,3,other,UP,0,,,,3,\n\n",
        "infer");
    QVERIFY(stats);
    QCOMPARE(stats->servers.size(), std::size_t(2));
    ServerStat a { "a", "UP", "L7OK", "said \"yes\", twice", 31, 9, false }, b { "b", "DOWN", "L4CON", "", std::nullopt, 5, true };
    a.begun = 10;
    b.begun = 5;
    QCOMPARE(stats->servers, (std::vector { a, b }));
    QVERIFY(stats->algorithm.empty());
    // What an agent-check said last is quoted with its line end.
    const auto lines = parseStat("# pxname,svname,stot,last_agt,weight,hrsp_5xx,econ,eresp,wretr,wredis,qcur,qtime,ctime,rtime,algo,\n"
                                 "infer,a,7,\"agent warns : no\n\",9,1,2,3,4,5,6,1,2,40,,\n"
                                 "infer,BACKEND,7,,9,,,,,,8,,,,roundrobin,\n\n",
        "infer");
    QVERIFY(lines);
    ServerStat expected { "a", "", "", "", std::nullopt, 7, false };
    expected.effectiveWeight = 9;
    expected.failed = 1;
    expected.unanswered = 5;
    expected.retried = 4;
    expected.redispatched = 5;
    expected.queued = 6;
    expected.begun = 7;
    expected.latency = 43;
    QCOMPARE(lines->servers, std::vector { expected });
    QCOMPARE(lines->algorithm, std::string("roundrobin"));
    QCOMPARE(lines->queued, std::uint64_t(8));
    QVERIFY(!parseStat("", "infer"));
    QVERIFY(!parseStat("# pxname,svname\n", "infer"));
    QVERIFY(!parseStat("# pxname,svname,stot\ninfer,a,many\n", "infer"));
}

void HaproxyAnswersTest::readsWeights_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<int>("weight");
    QTest::newRow("usual") << QByteArray("60 (initial 100)\n\n") << 60;
    QTest::newRow("zero") << QByteArray("0 (initial 0)") << 0;
    QTest::newRow("too much") << QByteArray("257 (initial 100)") << -1;
    QTest::newRow("an error") << QByteArray("No such server.") << -1;
    QTest::newRow("empty") << QByteArray() << -1;
}

void HaproxyAnswersTest::readsWeights()
{
    QFETCH(QByteArray, answer);
    QFETCH(int, weight);
    QCOMPARE(parseWeight(answer.toStdString()).value_or(-1), weight);
}

void HaproxyAnswersTest::explainsAnswers_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<int>("kind");
    QTest::addColumn<QByteArray>("advises");
    QTest::newRow("level") << QByteArray("Permission denied\n") << static_cast<int>(Error::Kind::Denied) << QByteArray("level admin");
    QTest::newRow("server") << QByteArray("No such server.\n\n") << static_cast<int>(Error::Kind::NotFound) << QByteArray("names");
    QTest::newRow("backend") << QByteArray("No such backend.\n\n") << static_cast<int>(Error::Kind::NotFound) << QByteArray("name");
    QTest::newRow("static") << QByteArray("Backend is using a static LB algorithm and only accepts weights '0%' and '100%'.\n\n")
                            << static_cast<int>(Error::Kind::Refused) << QByteArray("balance roundrobin");
    QTest::newRow("other") << QByteArray("Trailing garbage in weight string\n") << static_cast<int>(Error::Kind::Invalid) << QByteArray();
}

void HaproxyAnswersTest::explainsAnswers()
{
    QFETCH(QByteArray, answer);
    QFETCH(int, kind);
    QFETCH(QByteArray, advises);
    const auto error = errorOf(answer.toStdString(), "set server a/b weight 1");
    QCOMPARE(static_cast<int>(error.kind), kind);
    QVERIFY2(error.hint.find(advises.toStdString()) != std::string::npos, error.text().c_str());
}

void HaproxyAnswersTest::refusesAddresses_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("backend");
    QTest::addColumn<QString>("says"); ///< empty: accepted
    QTest::newRow("tcp") << "tcp://127.0.0.1:9999" << "infer" << "";
    QTest::newRow("tcp of version 6") << "tcp://[::1]:9999" << "infer" << "";
    QTest::newRow("unix") << "unix:///run/haproxy/admin.sock" << "infer" << "";
    QTest::newRow("another machine") << "tcp://10.0.0.7:9999" << "infer" << "tunnel";
    QTest::newRow("no port") << "tcp://127.0.0.1" << "infer" << "write tcp://";
    QTest::newRow("no such port") << "tcp://127.0.0.1:99999" << "infer" << "port";
    QTest::newRow("relative path") << "unix://run/s" << "infer" << "absolute";
    QTest::newRow("web page") << "http://127.0.0.1/" << "infer" << "write tcp://";
    QTest::newRow("empty") << "" << "infer" << "write tcp://";
    QTest::newRow("a second command") << "tcp://127.0.0.1:9999" << "a;shutdown sessions" << "not the name";
}

void HaproxyAnswersTest::refusesAddresses()
{
    QFETCH(QString, url);
    QFETCH(QString, backend);
    QFETCH(QString, says);
    Route route;
    route.router = HaproxyAddress { url.toStdString(), backend.toStdString() };
    route.backends = { { "azure", {} } };
    const auto made = makeHaproxyRouter(route);
    QCOMPARE(made.has_value(), says.isEmpty());
    if (!made)
        QVERIFY2(made.error().text().find(says.toStdString()) != std::string::npos, made.error().text().c_str());
}

QTEST_APPLESS_MAIN(HaproxyAnswersTest)
#include "tst_haproxyanswers.moc"
