// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>

#include "controls/paint.h"

using namespace penstock;

/// From which age on a number looks old.
class TestAgeLook final : public QObject
{
    Q_OBJECT

private slots:
    void anAgeLooksAsOldAsItsSourceMakesIt_data();
    void anAgeLooksAsOldAsItsSourceMakesIt();
};

void TestAgeLook::anAgeLooksAsOldAsItsSourceMakesIt_data()
{
    QTest::addColumn<double>("age");
    QTest::addColumn<double>("staleAfter");
    QTest::addColumn<int>("look");
    const auto row = [](const char* name, double age, double staleAfter, AgeLook look) { QTest::newRow(name) << age << staleAfter << static_cast<int>(look); };
    row("once a second, just now", 0.4, 30, AgeLook::Fresh);
    row("once a second, late", 6, 30, AgeLook::Ageing);
    row("once a second, silent", 30, 30, AgeLook::Stale);
    row("once a minute, before the next scrape", 59, 90, AgeLook::Fresh);
    row("once a minute, late", 61, 90, AgeLook::Ageing);
    row("once a minute, silent", 90, 90, AgeLook::Stale);
}

void TestAgeLook::anAgeLooksAsOldAsItsSourceMakesIt()
{
    QFETCH(double, age);
    QFETCH(double, staleAfter);
    QFETCH(int, look);
    QCOMPARE(static_cast<int>(ageLook(age, staleAfter, false)), look);
    QCOMPARE(static_cast<int>(ageLook(age, staleAfter, true)), static_cast<int>(AgeLook::Cache));
    QCOMPARE(static_cast<int>(ageLook({}, staleAfter, false)), static_cast<int>(AgeLook::None));
}

QTEST_MAIN(TestAgeLook)
#include "tst_agelook.moc"
