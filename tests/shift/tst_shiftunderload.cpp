// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include <cmath>

#include "haproxy/haproxyrouter.h"
#include "planner/steps.h"
#include "shift/shiftmachine.h"
#include "support/haproxyfarm.h"

using namespace penstock;
using namespace std::chrono_literals;

namespace {

/// A shift of a real route from 100/0/0 to 20/50/30, and the load that it happens under.
struct Shift
{
    test::HaproxyFarm farm;
    std::shared_ptr<Router> router;
    QProcess load;
    std::unique_ptr<ShiftMachine> machine;

    bool begin(std::chrono::milliseconds bake)
    {
        if (!farm.start())
            return false;
        Route route;
        route.name = "chat";
        route.router = HaproxyAddress { farm.statsUrl(), "infer" };
        route.backends = { { "azure", {} }, { "gcp", {} }, { "aws", {} } };
        auto made = makeHaproxyRouter(route);
        if (!made)
            return false;
        router = std::move(*made);
        const auto reading = router->read();
        if (!reading)
            return false;
        load.start(test::programPath(QStringLiteral("wrk")),
            { QStringLiteral("-t1"), QStringLiteral("-c8"), QStringLiteral("-d120s"), farm.frontUrl() });
        PlanStatus status;
        status.id = "S-1";
        status.plan.bake = bake;
        status.plan.moves = { { .route = route.name, .version = reading->version, .from = reading->accepted(), .steps = *rampSteps(reading->accepted(), { 20, 50, 30 }, 20) } };
        machine = std::make_unique<ShiftMachine>(std::vector { router }, nullptr, std::move(status), std::vector<GuardLimits> {}, ShiftHooks {}, wallClock,
            ShiftTiming { .poll = 100ms, .patience = 2s });
        return load.waitForStarted();
    }
    [[nodiscard]] bool isOver() const { return penstock::isOver(machine->status().phase); }
    ~Shift()
    {
        load.kill();
        load.waitForFinished();
    }
};

/// A column of HAProxy's statistics of the whole backend.
int backendCounter(const test::HaproxyFarm& farm, const QByteArray& column)
{
    const auto lines = farm.say("show stat").split('\n');
    const auto at = lines.first().mid(2).split(',').indexOf(column);
    for (const auto& line : lines)
        if (line.startsWith("infer,BACKEND,"))
            return line.split(',').value(at).toInt();
    return -1;
}

} // namespace

class ShiftUnderLoadTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase()
    {
        if (!test::HaproxyFarm::isInstalled() || test::programPath(QStringLiteral("wrk")).isEmpty())
            QSKIP("haproxy or wrk is not installed");
    }
    void movesWithoutLosingARequest();
    void pausesWhenTheRouterDiesAndGoesOn();
    void pausesWhenTheRouterIsReloadedAndGoesOn();
};

void ShiftUnderLoadTest::movesWithoutLosingARequest()
{
    Shift shift;
    QVERIFY(shift.begin(0ms));
    QTRY_VERIFY_WITH_TIMEOUT(shift.isOver(), 60'000);
    const auto end = shift.machine->status();
    QVERIFY2(end.phase == ShiftPhase::Done, end.error ? end.error->text().c_str() : end.note.c_str());
    QCOMPARE(end.routes[0].accepted, (Weights { 20, 50, 30 }));
    QCOMPARE(QString::fromStdString(end.note), QStringLiteral("observed agrees"));
    for (std::size_t i = 0; i < 3; ++i)
        QVERIFY(std::abs(*end.routes[0].observed[i] - end.routes[0].accepted[i]) <= 2);
    QVERIFY(backendCounter(shift.farm, "req_tot") > 0);
    for (const char* column : { "econ", "eresp", "hrsp_4xx", "hrsp_5xx" })
        QCOMPARE(backendCounter(shift.farm, column), 0);
}

void ShiftUnderLoadTest::pausesWhenTheRouterDiesAndGoesOn()
{
    Shift shift;
    QVERIFY(shift.begin(2s));
    QTRY_VERIFY_WITH_TIMEOUT(shift.machine->status().phase == ShiftPhase::Baking, 30'000);
    const auto known = shift.machine->status().routes[0].accepted;
    shift.farm.kill();
    QTRY_VERIFY_WITH_TIMEOUT(shift.machine->status().phase == ShiftPhase::Paused, 30'000);
    const auto end = shift.machine->status();
    QCOMPARE(end.error->kind, Error::Kind::Unavailable);
    QCOMPARE(end.routes[0].accepted, known);
    // It comes back with the weights of its file: resumed, what it has forgotten is set again, and the shift goes on.
    QVERIFY(shift.farm.restart());
    shift.machine->resume();
    QTRY_VERIFY_WITH_TIMEOUT(shift.isOver(), 60'000);
    const auto done = shift.machine->status();
    QVERIFY2(done.phase == ShiftPhase::Done, done.error ? done.error->text().c_str() : done.note.c_str());
    QCOMPARE(done.routes[0].accepted, (Weights { 20, 50, 30 }));
}

void ShiftUnderLoadTest::pausesWhenTheRouterIsReloadedAndGoesOn()
{
    Shift shift;
    QVERIFY(shift.begin(2s));
    QTRY_VERIFY_WITH_TIMEOUT(shift.machine->status().phase == ShiftPhase::Baking, 30'000);
    QVERIFY(shift.farm.reload());
    QTRY_VERIFY_WITH_TIMEOUT(shift.machine->status().phase == ShiftPhase::Paused, 30'000);
    const auto end = shift.machine->status();
    QVERIFY2(end.error->what.starts_with("reloaded at"), end.error->text().c_str());
    QCOMPARE(end.routes[0].accepted, (Weights { 100, 0, 0 }));
    shift.machine->resume();
    QTRY_VERIFY_WITH_TIMEOUT(shift.isOver(), 60'000);
    const auto done = shift.machine->status();
    QVERIFY2(done.phase == ShiftPhase::Done, done.error ? done.error->text().c_str() : done.note.c_str());
    QCOMPARE(done.routes[0].accepted, (Weights { 20, 50, 30 }));
}

QTEST_GUILESS_MAIN(ShiftUnderLoadTest)
#include "tst_shiftunderload.moc"
