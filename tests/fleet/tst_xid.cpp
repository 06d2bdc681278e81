// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>

#include "fleet/xid.h"

using namespace penstock;

class TestXid final : public QObject
{
    Q_OBJECT

private slots:
    void aHealthIsAnXidOrAName_data();
    void aHealthIsAnXidOrAName();
    void namesAreNoXids();
};

void TestXid::aHealthIsAnXidOrAName_data()
{
    QTest::addColumn<int>("number");
    QTest::addColumn<int>("kind"); // Health
    QTest::addColumn<bool>("told"); // with its number
    const auto row = [](const char* what, int number, Health kind, bool told) { QTest::newRow(what) << number << static_cast<int>(kind) << told; };
    row("none", 0, Health::Good, false);
    row("a program's fault", 31, Health::Good, false);
    row("one that warns", 63, Health::Good, true);
    row("double-bit", 48, Health::Ecc, true);
    row("off the bus", 79, Health::OffTheBus, true);
    row("remap failed", 64, Health::RowRemapFailure, true);
    row("GSP", 119, Health::Xid, true);
    row("the first that fits", 6, Health::Good, true);
    row("not in the list", 254, Health::Good, true);
    row("a name's number", 5, Health::Good, false);
    row("more than a byte", 999, Health::Good, true);
    row("negative", -1, Health::Good, false);
}

void TestXid::aHealthIsAnXidOrAName()
{
    QFETCH(int, number);
    const auto health = healthAfterXid(number);
    QTEST(static_cast<int>(kindOf(health)), "kind");
    const auto code = xidOf(health);
    QTEST(code.has_value(), "told");
    if (code) {
        QCOMPARE(code->number, std::min(number, 254));
        QVERIFY(!code->meaning.empty() && !code->action.empty());
        QCOMPARE(code->health, kindOf(health));
    } else
        QCOMPARE(health, Health::Good);
}

void TestXid::namesAreNoXids()
{
    for (const auto health : { Health::Good, Health::Xid, Health::Ecc, Health::RowRemapFailure, Health::OffTheBus, Health::Throttled, Health::NotReported }) {
        QVERIFY(!xidOf(health));
        QCOMPARE(kindOf(health), health);
    }
}

QTEST_GUILESS_MAIN(TestXid)
#include "tst_xid.moc"
