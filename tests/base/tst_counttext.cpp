// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>

#include "base/counttext.h"

using namespace penstock;

class TestCountText : public QObject
{
    Q_OBJECT
private slots:
    void thousandsStandApart_data();
    void thousandsStandApart();
};

void TestCountText::thousandsStandApart_data()
{
    QTest::addColumn<qlonglong>("count");
    QTest::addColumn<QString>("text");
    QTest::newRow("none") << 0LL << "0";
    QTest::newRow("hundreds") << 976LL << "976";
    QTest::newRow("thousands") << 2'976LL << "2,976";
    QTest::newRow("a million") << 1'000'000LL << "1,000,000";
    QTest::newRow("fewer hundreds") << -976LL << "-976";
    QTest::newRow("fewer thousands") << -123'456LL << "-123,456";
}

void TestCountText::thousandsStandApart()
{
    QFETCH(qlonglong, count);
    QFETCH(QString, text);
    QCOMPARE(QString::fromStdString(countText(count)), text);
}

QTEST_GUILESS_MAIN(TestCountText)
#include "tst_counttext.moc"
