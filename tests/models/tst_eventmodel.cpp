// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

#include "models/eventmodel.h"

using namespace penstock;
using namespace std::chrono_literals;

class TestEventModel final : public QObject
{
    Q_OBJECT

private slots:
    void aListThatMovesIsNeverReset_data();
    void aListThatMovesIsNeverReset();
    void everyKindIsTold_data();
    void everyKindIsTold();
};

static std::vector<FleetEvent> between(int from, int to)
{
    std::vector<FleetEvent> events;
    for (; from < to; ++from)
        events.push_back({ .at = Time(1'790'000'000s + std::chrono::seconds(from)), .provider = "azure", .node = "n" + std::to_string(from) });
    return events;
}

void TestEventModel::aListThatMovesIsNeverReset_data()
{
    QTest::addColumn<int>("from");
    QTest::addColumn<int>("to");
    QTest::addColumn<int>("resets");
    QTest::newRow("the same") << 10 << 20 << 0;
    QTest::newRow("goes on") << 13 << 23 << 0;
    QTest::newRow("goes back") << 7 << 17 << 0;
    QTest::newRow("shorter") << 14 << 20 << 0;
    QTest::newRow("longer") << 2 << 20 << 0;
    QTest::newRow("from nothing before it") << 0 << 11 << 0;
    QTest::newRow("somewhere else") << 100 << 110 << 1;
    QTest::newRow("nothing") << 0 << 0 << 1;
}

void TestEventModel::aListThatMovesIsNeverReset()
{
    QFETCH(int, from);
    QFETCH(int, to);
    QFETCH(int, resets);
    EventModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.show(between(10, 20));
    QSignalSpy spy(&model, &QAbstractItemModel::modelReset);
    model.show(between(from, to));
    QCOMPARE(spy.count(), resets);
    QCOMPARE(model.rowCount(), to - from);
    for (int row = 0; row < model.rowCount(); ++row) // the newest first
        QCOMPARE(model.index(row, EventModel::Place).data().toString(), QStringLiteral("azure / n%1").arg(to - 1 - row));
}

void TestEventModel::everyKindIsTold_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("what");
    QTest::addColumn<bool>("bad");
    using Kind = FleetEvent::Kind;
    const auto row = [](Kind kind, const char* what, bool bad) { QTest::newRow(what) << static_cast<int>(kind) << QString::fromLatin1(what) << bad; };
    row(Kind::Unhealthy, "XID 79, fallen off the bus", true);
    row(Kind::Healthy, "in service again (XID 79, fallen off the bus)", false);
    row(Kind::Lost, "lost", true);
    row(Kind::Back, "heard of again", false);
    row(Kind::Workload, "chat takes them from train", false);
    row(Kind::Removed, "gone from the inventory", true);
    row(Kind::Added, "new in the inventory", false);
}

void TestEventModel::everyKindIsTold()
{
    QFETCH(int, kind);
    QFETCH(QString, what);
    QFETCH(bool, bad);
    EventModel model;
    const FleetEvent event { .at = Time(1'790'000'000s), .kind = static_cast<FleetEvent::Kind>(kind), .provider = "azure", .region = "eastus", .cluster = "a", .node = "n1", .gpus = 8, .health = Health { 79 }, .workload = "chat", .before = "train" };
    model.show({ event });
    QCOMPARE(model.index(0, EventModel::What).data().toString(), what);
    QCOMPARE(model.index(0, EventModel::What).data(EventModel::BadRole).toBool(), bad);
    QCOMPARE(eventText(event), QStringLiteral("8 GPUs: %1 (azure / eastus / a / n1)").arg(what));
}

QTEST_MAIN(TestEventModel)
#include "tst_eventmodel.moc"
