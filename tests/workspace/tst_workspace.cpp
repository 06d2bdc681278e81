// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QFile>
#include <QTest>

#include "workspace/workspace.h"

using namespace penstock;

class TestWorkspace final : public QObject
{
    Q_OBJECT

private slots:
    void theDemoIsGood();
    void eachMistakeIsNamedWithItsPlaceAndCure_data();
    void eachMistakeIsNamedWithItsPlaceAndCure();
    void allMistakesAreFoundAtOnce();
    void aSecretComesFromWhereItIsKept();
};

void TestWorkspace::theDemoIsGood()
{
    const auto workspace = loadWorkspace(PENSTOCK_SOURCE_DIR "/resources/demo/workspace.toml");
    QVERIFY2(workspace, workspace ? "" : workspace.error().front().text().c_str());
    QCOMPARE(workspace->routes.size(), std::size_t { 3 });
    QCOMPARE(workspace->providers.front().name, std::string("Microsoft Azure"));
}

void TestWorkspace::eachMistakeIsNamedWithItsPlaceAndCure_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("where");
    QTest::addColumn<QString>("hint");
    const QByteArray head = "[workspace]\nname = \"w\"\n";
    const QByteArray agent = head + "[[endpoint]]\nname = \"a\"\nkind = \"agent\"\n";
    QTest::newRow("broken TOML") << QByteArray("[workspace\n") << "w.toml:1:" << "TOML";
    QTest::newRow("no workspace") << QByteArray("[policy]\n") << "w.toml:1:" << "add [workspace]";
    QTest::newRow("unknown key") << head + "[policy]\nmin_provider = 2\n" << "w.toml:4:1" << "write min_providers";
    QTest::newRow("wrong type") << head + "[policy]\nmax_step = \"a lot\"\n" << "w.toml:4:" << "number from";
    QTest::newRow("out of range") << head + "[policy]\nmax_step = 7\n" << "w.toml:4:" << "number from";
    QTest::newRow("unknown kind") << head + "[[endpoint]]\nname = \"a\"\nkind = \"agnet\"\nurl = \"grpcs://h:1\"\n" << "w.toml:5:" << "write agent";
    QTest::newRow("plaintext abroad") << agent + "url = \"grpc://10.2.0.4:7443\"\n" << "w.toml:6:" << "write grpcs://10.2.0.4:7443";
    QTest::newRow("no port") << agent + "url = \"grpcs://host\"\n" << "w.toml:6:" << ":7443";
    QTest::newRow("no url") << agent << "w.toml:3:" << "add url";
    QTest::newRow("literal secret") << agent + "url = \"grpcs://h:1\"\ntoken = \"s3cret\"\n" << "w.toml:7:" << "env:NAME";
    QTest::newRow("approval overridable") << head + "[policy]\noverridable = [\"approval\"]\n" << "w.toml:4:" << "remove it";
    QTest::newRow("route to nowhere") << head + "[[route]]\nname = \"r\"\nworkload = \"w\"\nrouter = { kind = \"agent\", endpoint = \"x\" }\nbackends = [{ name = \"b\", provider = \"gcp\" }]\n" << "w.toml:5:" << "there is none yet";
    QTest::newRow("twice the same name") << head + "[[workload]]\nname = \"x\"\n[[workload]]\nname = \"x\"\n" << "w.toml:6:" << "name of its own";
}

void TestWorkspace::eachMistakeIsNamedWithItsPlaceAndCure()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, where);
    QFETCH(QString, hint);
    const auto workspace = parseWorkspace(text.toStdString(), "w.toml");
    QVERIFY(!workspace);
    const auto said = QString::fromStdString(workspace.error().front().text());
    QVERIFY2(said.startsWith(where), qPrintable(said));
    QVERIFY2(said.contains(hint), qPrintable(said));
    QVERIFY(!said.contains(QLatin1String("s3cret")));
}

void TestWorkspace::allMistakesAreFoundAtOnce()
{
    const auto workspace = parseWorkspace("[workspace]\nnam = \"w\"\n[policy]\nmax_step = 9\nstale_after_s = -1\n", "w.toml");
    QVERIFY(!workspace);
    QCOMPARE(workspace.error().size(), std::size_t { 4 });
}

void TestWorkspace::aSecretComesFromWhereItIsKept()
{
    qputenv("PENSTOCK_TEST_TOKEN", "abc");
    QCOMPARE(*readSecret("env:PENSTOCK_TEST_TOKEN"), std::string("abc"));
    QVERIFY(!readSecret("env:PENSTOCK_TEST_NO_SUCH"));
    QVERIFY(!readSecret("file:/no/such/file"));
    QCOMPARE(*readSecret(""), std::string());
}

QTEST_GUILESS_MAIN(TestWorkspace)
#include "tst_workspace.moc"
