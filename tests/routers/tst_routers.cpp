// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include <atomic>
#include <numeric>
#include <thread>

#include "agentrouter/agentrouter.h"
#include "routerbench.h"

using namespace penstock;
using test::RouterBench;

/// What every router must do, one table for all of them: a new router is one more row.
class RoutersTest : public QObject
{
    Q_OBJECT
private slots:
    void anAgentIsNotAskedWithoutItsToken();
    void setsAndReadsBack_data() { routers(); }
    void setsAndReadsBack();
    void overwritesNobody_data() { routers(); }
    void overwritesNobody();
    void doesAKeyOnce_data() { routers(); }
    void doesAKeyOnce();
    void neverLeavesNobody_data() { routers(); }
    void neverLeavesNobody();
    void refusesWhatIsNoSplit_data() { routers(); }
    void refusesWhatIsNoSplit();
    void saysWhenTheOtherSideDies_data() { routers(); }
    void saysWhenTheOtherSideDies();
    void setsAgainWhatWasForgotten_data() { routers(); }
    void setsAgainWhatWasForgotten();
    void believesNoLiar_data() { routers(); }
    void believesNoLiar();
    void waitsForNobodyForLong_data() { routers(); }
    void waitsForNobodyForLong();

private:
    static void routers()
    {
        QTest::addColumn<QString>("kind");
        for (const auto* kind : { "haproxy", "gateway", "agent" })
            QTest::newRow(kind) << QString::fromLatin1(kind);
    }
    static std::unique_ptr<RouterBench> bench(const QString& kind)
    {
        return kind == QLatin1String("haproxy") ? test::makeHaproxyBench() : kind == QLatin1String("gateway") ? test::makeGatewayBench() : test::makeAgentBench();
    }
};

#define BEGIN(name)                 \
    QFETCH(QString, kind);          \
    const auto name = bench(kind);  \
    if (!name->start())             \
        QSKIP("the real thing is not installed")

#define VERIFY_GOOD(result) QVERIFY2(result, result ? "" : result.error().text().c_str())

static bool isNear(const Weights& one, const Weights& other)
{
    return std::ranges::equal(one, other, [](double a, double b) { return std::abs(a - b) < 0.01; });
}

void RoutersTest::setsAndReadsBack()
{
    BEGIN(it);
    const auto router = it->open();
    const auto before = router->read();
    VERIFY_GOOD(before);
    QVERIFY(isNear(before->accepted(), { 100, 0, 0 }));
    QVERIFY2(before->drift.empty(), before->drift.c_str());
    QCOMPARE(before->backends[1].name, std::string("gcp"));
    const auto after = router->apply({ 20, 50, 30 }, before->version, "S-1/1");
    VERIFY_GOOD(after);
    QVERIFY(isNear(after->accepted(), { 20, 50, 30 }));
    QVERIFY(after->version != before->version);
    QVERIFY(after->drift.empty() && after->pending.empty());
    QVERIFY(isNear(it->weights(), { 20, 50, 30 }));
    const auto again = router->read();
    QCOMPARE(again->version, after->version);
    QVERIFY(again->drift.empty());
    // Another console sees the same.
    QVERIFY(isNear(it->open()->read()->accepted(), { 20, 50, 30 }));
}

void RoutersTest::overwritesNobody()
{
    BEGIN(it);
    const auto router = it->open();
    const auto before = router->read();
    it->somebodyElseSets({ 60, 0, 40 });
    const auto refused = router->apply({ 50, 50, 0 }, before->version, "k");
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, Error::Kind::Conflict);
    QVERIFY(!refused.error().where.empty());
    QVERIFY(isNear(it->weights(), { 60, 0, 40 }));
    const auto now = router->read();
    VERIFY_GOOD(now);
    QVERIFY(now->version != before->version && !now->drift.empty() && now->driftedAt);
    QVERIFY(isNear(now->accepted(), { 60, 0, 40 }));
    const auto after = router->apply({ 50, 50, 0 }, now->version, "k");
    VERIFY_GOOD(after);
    QVERIFY(after->drift.empty() && !after->driftedAt);
}

void RoutersTest::doesAKeyOnce()
{
    BEGIN(it);
    const auto router = it->open();
    const auto before = router->read();
    const auto once = router->apply({ 50, 50, 0 }, before->version, "S-1/1");
    VERIFY_GOOD(once);
    const auto twice = router->apply({ 50, 50, 0 }, before->version, "S-1/1");
    VERIFY_GOOD(twice);
    QCOMPARE(twice->version, once->version);
    QVERIFY(isNear(twice->accepted(), { 50, 50, 0 }));
}

void RoutersTest::neverLeavesNobody()
{
    BEGIN(it);
    const auto router = it->open();
    std::atomic<bool> over = false;
    std::atomic<int> looks = 0, gaps = 0;
    std::thread watcher([&] {
        while (!over) {
            const auto weights = it->weights();
            gaps += weights.size() == 3 && std::accumulate(weights.begin(), weights.end(), 0.0) < 99.9;
            ++looks;
        }
    });
    auto reading = router->read();
    bool good = reading.has_value();
    const Weights ends[] = { { 0, 100, 0 }, { 0, 0, 100 }, { 100, 0, 0 } };
    for (int i = 0; (i < 12 || (looks <= 3 && i < 1000)) && good; ++i) {
        reading = router->apply(ends[i % 3], reading->version, "key " + std::to_string(i));
        good = reading.has_value();
    }
    over = true;
    watcher.join();
    QVERIFY2(good, reading ? "" : reading.error().text().c_str());
    QVERIFY(looks > 3);
    QCOMPARE(gaps.load(), 0);
}

void RoutersTest::refusesWhatIsNoSplit()
{
    BEGIN(it);
    const auto router = it->open();
    const auto before = router->read();
    for (const Weights& wrong : { Weights { 50, 50 }, Weights { 50, 20, 20 }, Weights { -10, 60, 50 }, Weights {} }) {
        const auto refused = router->apply(wrong, before->version, "k");
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, Error::Kind::Invalid);
    }
    QVERIFY(isNear(it->weights(), { 100, 0, 0 }));
    QCOMPARE(router->read()->version, before->version);
}

void RoutersTest::saysWhenTheOtherSideDies()
{
    BEGIN(it);
    const auto router = it->open();
    const auto before = router->read();
    VERIFY_GOOD(before);
    it->die();
    QElapsedTimer timer;
    timer.start();
    for (const auto& result : { router->read(), router->apply({ 50, 50, 0 }, before->version, "k") }) {
        QVERIFY(!result);
        QVERIFY2(result.error().kind == Error::Kind::Unavailable, result.error().text().c_str());
        QVERIFY(!result.error().where.empty());
    }
    QVERIFY(timer.elapsed() < 10'000);
    QVERIFY(it->comeBack());
    QTRY_VERIFY_WITH_TIMEOUT(router->read().has_value(), 20'000);
}

void RoutersTest::setsAgainWhatWasForgotten()
{
    BEGIN(it);
    const auto router = it->open();
    auto reading = router->read();
    reading = router->apply({ 20, 50, 30 }, reading->version, "S-1/1");
    VERIFY_GOOD(reading);
    const auto version = reading->version;
    QVERIFY(it->forget());
    QTRY_VERIFY_WITH_TIMEOUT((reading = router->read()).has_value(), 20'000);
    QVERIFY(reading->version != version);
    QVERIFY(!reading->drift.empty() && reading->driftedAt);
    QTRY_VERIFY((reading = router->read()) && isNear(reading->accepted(), { 100, 0, 0 }));
    QVERIFY(isNear(reading->forgotten, { 20, 50, 30 }));
    // A program that was not there before sees that it has begun anew.
    const auto other = it->open()->read();
    QVERIFY(other && (other->runningSince || QByteArray(QTest::currentDataTag()) == "gateway"));
    // A plan made before must not be carried on.
    const auto refused = router->apply({ 10, 50, 40 }, version, "S-1/2");
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, Error::Kind::Conflict);
    const auto again = reapply(*router, *reading, "again");
    VERIFY_GOOD(again);
    QVERIFY(isNear(again->accepted(), { 20, 50, 30 }));
    QVERIFY(again->forgotten.empty() && again->drift.empty());
    QVERIFY(isNear(it->weights(), { 20, 50, 30 }));
}

void RoutersTest::believesNoLiar()
{
    BEGIN(it);
    const auto router = it->openLiar();
    const auto before = router->read();
    VERIFY_GOOD(before);
    const auto after = router->apply({ 20, 50, 30 }, before->version, "k");
    QVERIFY(!after);
    QVERIFY2(after.error().kind == Error::Kind::Conflict, after.error().text().c_str());
    QVERIFY(isNear(router->read()->accepted(), { 100, 0, 0 }));
}

void RoutersTest::waitsForNobodyForLong()
{
    BEGIN(it);
    const auto router = it->openMute();
    const auto before = router->read();
    VERIFY_GOOD(before);
    QElapsedTimer timer;
    timer.start();
    const auto after = router->apply({ 20, 50, 30 }, before->version, "k");
    QVERIFY(!after);
    QVERIFY2(after.error().kind == Error::Kind::Unavailable, after.error().text().c_str());
    QVERIFY2(timer.elapsed() < 8'000, qPrintable(QString::number(timer.elapsed())));
}

void RoutersTest::anAgentIsNotAskedWithoutItsToken()
{
    auto channel = openAgentChannel({ "grpc://127.0.0.1:1", [] { return Result<std::string>(fail(Error::Kind::NotFound, "the environment variable TOKEN is not set", {}, "export it before starting")); }, {} });
    VERIFY_GOOD(channel);
    const auto router = makeAgentRouter({ .name = "chat", .workload = "chat", .router = {}, .backends = { { "azure", {} } } }, *channel);
    const auto read = router->read();
    QVERIFY(!read);
    QCOMPARE(read.error().text(), std::string("route chat at grpc://127.0.0.1:1: the token cannot be read: the environment variable TOKEN is not set (export it before starting)"));
}

QTEST_GUILESS_MAIN(RoutersTest)
#include "tst_routers.moc"
