// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include "shiftdesk.h"

using namespace penstock;
using namespace std::chrono_literals;

/// Whose weights a route's row shows as desired.
class NewestShiftTest : public QObject
{
    Q_OBJECT
private slots:
    void theLastThatWroteCounts_data();
    void theLastThatWroteCounts();
    void whatWasEvacuatedStaysLeftUntilItGetsLoad_data();
    void whatWasEvacuatedStaysLeftUntilItGetsLoad();
    void aRouteIsMovedLatelyWhateverCameSince_data();
    void aRouteIsMovedLatelyWhateverCameSince();
    void theWayOfTheWeightsIsRemembered();
    void whatALaterShiftHasMovedIsNotGoneOnWith_data();
    void whatALaterShiftHasMovedIsNotGoneOnWith();

private:
    /// Written so many minutes after the other; below 0: not at all.
    static PlanStatus shift(const char* id, ShiftPhase phase, int written)
    {
        const Time opened = Time(1000h);
        PlanStatus made;
        made.id = id;
        made.phase = phase;
        made.startedAt = opened;
        made.plan.moves = { { .route = "chat", .version = {}, .from = { 100, 0 }, .steps = { { 50, 50 } } } };
        made.routes = { { .route = "chat", .state = RouteProgress::State::Accepted, .version = {}, .desired = { 50, 50 }, .accepted = { 50, 50 }, .observed = {}, .windowRequests = 0, .note = {}, .error = {} } };
        if (written >= 0)
            made.record = { { .step = 1, .returning = false, .writtenAt = opened + std::chrono::minutes(written), .acceptedAfter = {}, .confirmedAfter = {}, .moved = {}, .note = {} } };
        if (isOver(phase))
            made.endedAt = opened + std::chrono::minutes(std::max(0, written));
        return made;
    }
};

void NewestShiftTest::whatWasEvacuatedStaysLeftUntilItGetsLoad_data()
{
    QTest::addColumn<QList<double>>("accepted"); // of azure, gcp and aws
    QTest::addColumn<bool>("left");
    QTest::newRow("as it was left") << QList<double> { 0, 28.5, 71.5 } << true;
    QTest::newRow("others have shifted among themselves") << QList<double> { 0, 37.4, 62.6 } << true;
    QTest::newRow("it has load again") << QList<double> { 5, 28.5, 66.5 } << false;
}

void NewestShiftTest::whatWasEvacuatedStaysLeftUntilItGetsLoad()
{
    QFETCH(QList<double>, accepted);
    QFETCH(bool, left);
    std::vector<Route> routes(1);
    RouteReading reading;
    routes[0].name = "chat";
    for (int b = 0; const auto* provider : { "azure", "gcp", "aws" }) {
        routes[0].backends.push_back({ .name = provider, .scope = { .provider = provider, .region = {}, .cluster = {}, .node = {} } });
        reading.backends.emplace_back().accepted = accepted[b++];
    }
    PlanStatus evacuation;
    evacuation.plan.scope.provider = "azure";
    // A tenth of gcp's share was lost to rounding.
    evacuation.plan.moves = { { .route = "chat", .version = {}, .from = { 71.4, 28.6, 0 }, .steps = { { 0, 28.5, 71.5 } } } };
    const std::vector<const RouteReading*> readings { &reading };
    QCOMPARE(isStillLeft(evacuation, routes, readings), left);
}

void NewestShiftTest::theLastThatWroteCounts_data()
{
    QTest::addColumn<int>("leftBehind"); ///< when the one that was left behind wrote last
    QTest::addColumn<int>("later"); ///< and a later one that has ended
    QTest::addColumn<bool>("isShown"); ///< that ended after the console was opened
    QTest::addColumn<QString>("newest");
    QTest::newRow("the later one") << 1 << 2 << true << QStringLiteral("S-2");
    QTest::newRow("the later one, long ago") << 1 << 2 << false << QString();
    QTest::newRow("resumed since") << 3 << 2 << true << QStringLiteral("S-1");
    QTest::newRow("the later one wrote nothing") << 1 << -1 << true << QStringLiteral("S-1");
}

void NewestShiftTest::theLastThatWroteCounts()
{
    QFETCH(int, leftBehind);
    QFETCH(int, later);
    QFETCH(bool, isShown);
    QFETCH(QString, newest);
    const std::vector<PlanStatus> shifts { shift("S-2", ShiftPhase::Done, later), shift("S-1", ShiftPhase::Paused, leftBehind) };
    const auto found = newestShiftOf(shifts, "chat", Time(isShown ? 1000h : 2000h));
    QCOMPARE(found ? QString::fromStdString(found->plan.id) : QString(), newest);
}

void NewestShiftTest::aRouteIsMovedLatelyWhateverCameSince_data()
{
    QTest::addColumn<ShiftPhase>("phase"); // of the later shift
    QTest::addColumn<int>("steps"); // that it has begun
    QTest::addColumn<bool>("abandoned");
    QTest::addColumn<int>("minutes"); // after the earlier one, which has ended
    QTest::addColumn<bool>("lately");
    QTest::newRow("one runs and has written nothing yet") << ShiftPhase::Baking << 0 << false << 5 << true;
    QTest::newRow("one runs that has written") << ShiftPhase::Baking << 1 << false << 300 << true;
    QTest::newRow("one is paused") << ShiftPhase::Paused << 1 << false << 300 << true;
    QTest::newRow("one was left behind a moment ago") << ShiftPhase::Paused << 1 << true << 40 << true;
    QTest::newRow("one was left behind long ago") << ShiftPhase::Paused << 1 << true << 300 << false;
    QTest::newRow("one was stopped before it wrote") << ShiftPhase::Stopped << 0 << false << 5 << true;
    QTest::newRow("both are long over") << ShiftPhase::Done << 1 << false << 300 << false;
}

void NewestShiftTest::aRouteIsMovedLatelyWhateverCameSince()
{
    QFETCH(ShiftPhase, phase);
    QFETCH(int, steps);
    QFETCH(bool, abandoned);
    QFETCH(int, minutes);
    QFETCH(bool, lately);
    auto earlier = shift("S-1", ShiftPhase::Done, 0), later = shift("S-2", phase, 20);
    earlier.step = 1;
    later.step = static_cast<std::size_t>(steps);
    later.abandoned = abandoned;
    const auto now = Time(1000h) + std::chrono::minutes(minutes);
    QCOMPARE(movedLately({ later, earlier }, "chat", now).has_value(), lately);
    QVERIFY(!movedLately({ later, earlier }, "embed", now));
}

void NewestShiftTest::theWayOfTheWeightsIsRemembered()
{
    auto earlier = shift("S-1", ShiftPhase::Done, 0), later = shift("S-2", ShiftPhase::Returned, 20);
    earlier.step = later.step = 1;
    // From 50 to 20, and back again.
    later.plan.moves[0].from = { 50, 50 };
    later.plan.moves[0].steps = { { 20, 80 } };
    later.back = later.plan;
    later.back->moves[0].from = { 20, 80 };
    const auto made = movedLately({ later, earlier }, "chat", Time(1000h) + 25min);
    QVERIFY(made);
    QCOMPARE(made->least, (Weights { 20, 0 }));
    QCOMPARE(made->most, (Weights { 100, 80 }));
}

void NewestShiftTest::whatALaterShiftHasMovedIsNotGoneOnWith_data()
{
    QTest::addColumn<QString>("route"); // of the later one
    QTest::addColumn<ShiftPhase>("phase");
    QTest::addColumn<int>("written"); // minutes after the earlier one began, which wrote in its first
    QTest::addColumn<QString>("by");
    QTest::newRow("an evacuation that is done") << "chat" << ShiftPhase::Done << 30 << "S-2";
    QTest::newRow("one that runs") << "chat" << ShiftPhase::Baking << 30 << "S-2";
    QTest::newRow("one that was stopped") << "chat" << ShiftPhase::Stopped << 30 << "S-2";
    QTest::newRow("one that has returned") << "chat" << ShiftPhase::Returned << 30 << "";
    QTest::newRow("one that has written nothing") << "chat" << ShiftPhase::Failed << -1 << "";
    QTest::newRow("one of another route") << "embed" << ShiftPhase::Done << 30 << "";
}

void NewestShiftTest::whatALaterShiftHasMovedIsNotGoneOnWith()
{
    QFETCH(QString, route);
    QFETCH(ShiftPhase, phase);
    QFETCH(int, written);
    QFETCH(QString, by);
    auto earlier = shift("S-1", ShiftPhase::Paused, 1), later = shift("S-2", phase, written);
    later.startedAt += 20min;
    later.plan.moves.front().route = route.toStdString();
    QCOMPARE(QString::fromStdString(supersededBy(earlier, { later, earlier })), by);
    QVERIFY(supersededBy(later, { later, earlier }).empty());
}

QTEST_APPLESS_MAIN(NewestShiftTest)
#include "tst_newestshift.moc"
