// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QElapsedTimer>
#include <QFile>
#include <QStandardPaths>
#include <QTest>
#include <future>

#include "secret/secret.h"
#include "support/keychain.h"

using namespace penstock;

/// Where secrets are kept.
class TestSecret final : public QObject
{
    Q_OBJECT

private slots:
    void aReferenceIsFollowed_data();
    void aReferenceIsFollowed();
    void withoutAKeychainWeSaySo();
    void aKeychainKeepsWhatItIsGiven();
    void cleanupTestCase() { m_keychain.close(); }

private:
    test::Keychain m_keychain;
};

void TestSecret::aReferenceIsFollowed_data()
{
    QTest::addColumn<QString>("reference");
    QTest::addColumn<QString>("secret"); ///< null: an error
    QTest::addColumn<QString>("whole");
    QFile file(m_keychain.folder().filePath(QStringLiteral("token")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("first \r\nsecond\n");
    file.close();
    qputenv("PENSTOCK_TEST_TOKEN", "abc");
    QTest::newRow("none") << QString() << QStringLiteral("") << QStringLiteral("");
    QTest::newRow("a variable") << QStringLiteral("env:PENSTOCK_TEST_TOKEN") << QStringLiteral("abc") << QStringLiteral("abc");
    QTest::newRow("no such variable") << QStringLiteral("env:PENSTOCK_TEST_NO_SUCH") << QString() << QString();
    QTest::newRow("a file") << QStringLiteral("file:") + file.fileName() << QStringLiteral("first") << QStringLiteral("first \r\nsecond");
    QTest::newRow("no such file") << QStringLiteral("file:/no/such/file") << QString() << QString();
    QTest::newRow("no reference") << QStringLiteral("hunter2") << QString() << QString();
}

void TestSecret::aReferenceIsFollowed()
{
    QFETCH(QString, reference);
    QFETCH(QString, secret);
    QFETCH(QString, whole);
    for (const auto& [expected, read] : { std::pair(secret, readSecret(reference.toStdString())), std::pair(whole, readWholeSecret(reference.toStdString())) }) {
        QCOMPARE(read.has_value(), !expected.isNull());
        if (read)
            QCOMPARE(QString::fromStdString(*read), expected);
        else
            QVERIFY(read.error().text().find("hunter2") == std::string::npos);
    }
}

void TestSecret::withoutAKeychainWeSaySo()
{
    QElapsedTimer clock;
    clock.start();
    const auto read = readSecret("keychain:gcp");
    QVERIFY(!read);
    QCOMPARE(read.error().kind, Error::Kind::Unavailable);
    QVERIFY2(read.error().text().starts_with("keychain:gcp: there is no keychain that answers"), read.error().text().c_str());
    QVERIFY2(read.error().text().ends_with("(start one (GNOME Keyring, KWallet), or write env:NAME or file:PATH)"), read.error().text().c_str());
    QVERIFY(clock.elapsed() < 20'000);
}

void TestSecret::aKeychainKeepsWhatItIsGiven()
{
    if (!test::Keychain::isInstalled())
        QSKIP("dbus-daemon, dbus-send and gnome-keyring-daemon are not all installed");
    if (!m_keychain.open())
        QSKIP("gnome-keyring-daemon does not run here");
    const auto missing = readSecret("keychain:gcp");
    QVERIFY(!missing);
    QVERIFY2(missing.error().kind == Error::Kind::NotFound, missing.error().text().c_str());
    QCOMPARE(missing.error().hint, std::string("keep it there: penstockctl secret set gcp"));
    const auto kept = keepSecret("gcp", "tök\"en");
    QVERIFY2(kept, kept ? "" : kept.error().text().c_str());
    QVERIFY(keepSecret("aws", "another"));
    QCOMPARE(*readSecret("keychain:gcp"), std::string("tök\"en"));
    // Sources read theirs all at once.
    std::vector<std::future<Result<std::string>>> all;
    for (int i = 0; i < 6; ++i)
        all.push_back(std::async(std::launch::async, [i] { return readSecret(i % 2 == 0 ? "keychain:gcp" : "keychain:aws"); }));
    for (std::size_t i = 0; i < all.size(); ++i)
        QCOMPARE(*all[i].get(), std::string(i % 2 == 0 ? "tök\"en" : "another"));
    QVERIFY(keepSecret("gcp", "new"));
    QCOMPARE(*readSecret("keychain:gcp"), std::string("new"));
    QVERIFY(forgetSecret("gcp"));
    QCOMPARE(readSecret("keychain:gcp").error().kind, Error::Kind::NotFound);
    QCOMPARE(*readSecret("keychain:aws"), std::string("another"));
}

QTEST_GUILESS_MAIN(TestSecret)
#include "tst_secret.moc"
