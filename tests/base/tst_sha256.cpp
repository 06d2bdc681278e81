// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>

#include "base/sha256.h"

using namespace penstock;

class TestSha256 final : public QObject
{
    Q_OBJECT

private slots:
    void agreesWithTheStandard_data();
    void agreesWithTheStandard();
};

void TestSha256::agreesWithTheStandard_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("hash");
    QTest::newRow("nothing") << QByteArray() << QByteArray("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    QTest::newRow("abc") << QByteArray("abc") << QByteArray("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    QTest::newRow("a million letters") << QByteArray(1'000'000, 'a') << QByteArray("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

void TestSha256::agreesWithTheStandard()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, hash);
    const auto made = sha256({ bytes.constData(), static_cast<std::size_t>(bytes.size()) });
    QVERIFY(made);
    QCOMPARE(QByteArray::fromStdString(*made), hash);
}

QTEST_GUILESS_MAIN(TestSha256)
#include "tst_sha256.moc"
