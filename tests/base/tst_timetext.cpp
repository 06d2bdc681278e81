// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>
#include <limits>

#include "base/timetext.h"

using namespace penstock;

class TestTimeText final : public QObject
{
    Q_OBJECT

private slots:
    void comesBackAsItWas_data();
    void comesBackAsItWas();
    void readsWhatPeopleWrite_data();
    void readsWhatPeopleWrite();
};

void TestTimeText::comesBackAsItWas_data()
{
    QTest::addColumn<qint64>("microseconds");
    QTest::addColumn<QString>("text");
    QTest::newRow("a working day") << qint64 { 1'795'593'600'123'456 } << "2026-11-25T08:00:00.123456Z";
    QTest::newRow("the beginning of time") << qint64 { 0 } << "1970-01-01T00:00:00.000000Z";
    QTest::newRow("before it") << qint64 { -1 } << "1969-12-31T23:59:59.999999Z";
    QTest::newRow("a leap day") << qint64 { 1'709'164'800'000'000 } << "2024-02-29T00:00:00.000000Z";
}

void TestTimeText::comesBackAsItWas()
{
    QFETCH(qint64, microseconds);
    QFETCH(QString, text);
    const Time time { Duration(microseconds) };
    QCOMPARE(QString::fromStdString(rfc3339(time)), text);
    const auto read = parseTime(text.toStdString());
    QVERIFY(read);
    QVERIFY(*read == time);
}

void TestTimeText::readsWhatPeopleWrite_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("good");
    QTest::newRow("a date") << "2026-11-23" << true;
    QTest::newRow("whole seconds") << "2026-11-23T08:00:00Z" << true;
    QTest::newRow("milliseconds") << "2026-11-23T08:00:00.123Z" << true;
    QTest::newRow("no such day") << "2026-02-30" << false;
    QTest::newRow("no such hour") << "2026-11-23T24:00:00Z" << false;
    QTest::newRow("no zone") << "2026-11-23T08:00:00" << false;
    QTest::newRow("another zone") << "2026-11-23T08:00:00+01:00" << false;
    QTest::newRow("nanoseconds") << "2026-11-23T08:00:00.123456789Z" << false;
    QTest::newRow("a point and nothing") << "2026-11-23T08:00:00.Z" << false;
    QTest::newRow("letters") << "2026-1x-23" << false;
    QTest::newRow("nothing") << "" << false;
}

void TestTimeText::readsWhatPeopleWrite()
{
    QFETCH(QString, text);
    QFETCH(bool, good);
    QCOMPARE(parseTime(text.toStdString()).has_value(), good);
    QVERIFY(rfc3339(Time::max()).starts_with("9999-12-31"));
}

QTEST_GUILESS_MAIN(TestTimeText)
#include "tst_timetext.moc"
