// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>

#include "base/address.h"

using namespace penstock;

class TestAddress final : public QObject
{
    Q_OBJECT

private slots:
    void hostAndPort_data();
    void hostAndPort();
};

void TestAddress::hostAndPort_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("good");
    QTest::addColumn<int>("port");
    QTest::newRow("name") << "agent.example:7443" << true << 7443;
    QTest::newRow("IPv6") << "[::1]:80" << true << 80;
    QTest::newRow("any free port") << "127.0.0.1:0" << true << 0;
    QTest::newRow("greatest port") << "a:65535" << true << 65535;
    QTest::newRow("a port beyond it") << "a:99999" << false << 0;
    QTest::newRow("a negative one") << "a:-1" << false << 0;
    QTest::newRow("no number") << "a:80x" << false << 0;
    QTest::newRow("no port") << "agent.example" << false << 0;
    QTest::newRow("nothing behind the colon") << "agent.example:" << false << 0;
    QTest::newRow("no host") << ":80" << false << 0;
}

void TestAddress::hostAndPort()
{
    QFETCH(QString, text);
    QFETCH(bool, good);
    QFETCH(int, port);
    const auto parsed = parseHostAndPort(text.toStdString());
    QCOMPARE(parsed.has_value(), good);
    if (good)
        QCOMPARE(static_cast<int>(parsed->port), port);
}

QTEST_GUILESS_MAIN(TestAddress)
#include "tst_address.moc"
