// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

/// penstockctl lists the GPUs that need a look of a simulated fleet with broken and lost nodes.
class TestCtlUnhealthy final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void jsonSaysWhyWhereAndSinceWhen();
    void itIsCutToAPlaceAndALimit();
    void theTableAndTheCsvSayTheSame();
    void otherConditionsAreRefused();

private:
    QByteArray ctl(QStringList words, int expectedExit = 0)
    {
        QProcess process;
        auto environment = QProcessEnvironment::systemEnvironment();
        for (const auto* name : { "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME" })
            environment.insert(QLatin1String(name), m_folder.path());
        process.setProcessEnvironment(environment);
        process.start(QStringLiteral(PENSTOCKCTL), QStringList { QStringLiteral("--workspace"), m_folder.filePath(QStringLiteral("w.toml")), QStringLiteral("gpus"), QStringLiteral("--unhealthy") } + words);
        if (!process.waitForFinished(60000) || process.exitCode() != expectedExit)
            return "exit " + QByteArray::number(process.exitCode()) + ": " + process.readAllStandardError();
        return process.readAllStandardOutput();
    }
    QTemporaryDir m_folder;
};

void TestCtlUnhealthy::initTestCase()
{
    const auto write = [&](const char* name, const QByteArray& text) {
        QFile file(m_folder.filePath(QString::fromLatin1(name)));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
    };
    QByteArray fleet = "seed = 4\n";
    for (const char* provider : { "azure", "gcp" })
        fleet += QByteArray("[[cluster]]\nprovider = \"") + provider + "\"\nregion = \"r\"\nname = \"" + provider + "-a\"\nmodel = \"H100 80GB SXM\"\ngpus = 800\n";
    write("fleet.toml", fleet + "[[workload]]\nname = \"chatgpt\"\nshare = 0.5\n[failures]\nunhealthy = 0.1\nlost = 0.05\n");
    write("w.toml", "[workspace]\nname = \"w\"\n[[endpoint]]\nname = \"sim\"\nkind = \"simulate\"\npath = \"fleet.toml\"\n");
}

void TestCtlUnhealthy::jsonSaysWhyWhereAndSinceWhen()
{
    const auto text = ctl({ QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("--limit"), QStringLiteral("0") });
    const auto made = QJsonDocument::fromJson(text).object();
    QCOMPARE(made[QStringLiteral("schema")].toString(), QStringLiteral("penstock.unhealthy-gpus/1"));
    QVERIFY2(made[QStringLiteral("simulated")].toBool(), text);
    const auto rows = made[QStringLiteral("rows")].toArray();
    QVERIFY(rows.size() > 40);
    QCOMPARE(made[QStringLiteral("matching_gpus")].toInt(), rows.size());
    int broken = 0, lost = 0;
    for (const auto& value : rows) {
        const auto row = value.toObject();
        QVERIFY(!row[QStringLiteral("reason")].toString().isEmpty() && !row[QStringLiteral("node")].toString().isEmpty());
        QVERIFY(row[QStringLiteral("last_seen")].toString().endsWith(QLatin1Char('Z')));
        if (row[QStringLiteral("state")] == QStringLiteral("unhealthy")) {
            ++broken;
            QVERIFY(row[QStringLiteral("xid")].toInt() > 0);
            QVERIFY(!row[QStringLiteral("action")].isNull() && !row[QStringLiteral("first_seen")].isNull());
        } else {
            ++lost;
            QCOMPARE(row[QStringLiteral("reason")].toString(), QStringLiteral("silent"));
            QVERIFY(row[QStringLiteral("xid")].isNull());
        }
    }
    QVERIFY(broken > 0 && lost > 0);
}

void TestCtlUnhealthy::itIsCutToAPlaceAndALimit()
{
    const auto made = QJsonDocument::fromJson(ctl({ QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("--in"), QStringLiteral("provider=gcp"), QStringLiteral("--limit"), QStringLiteral("3") })).object();
    const auto rows = made[QStringLiteral("rows")].toArray();
    QCOMPARE(rows.size(), 3);
    QVERIFY(made[QStringLiteral("matching_gpus")].toInt() > 3);
    for (const auto& row : rows)
        QCOMPARE(row.toObject()[QStringLiteral("provider")].toString(), QStringLiteral("gcp"));
}

void TestCtlUnhealthy::theTableAndTheCsvSayTheSame()
{
    const auto table = ctl({ QStringLiteral("--limit"), QStringLiteral("5") });
    QVERIFY2(table.startsWith("SIMULATED\n") && table.contains("what to do") && table.contains("5 rows of ") && table.contains(" GPUs that need a look\n"), table);
    const auto csv = ctl({ QStringLiteral("-o"), QStringLiteral("csv"), QStringLiteral("--limit"), QStringLiteral("5") });
    QVERIFY2(csv.startsWith("provider,region,cluster,node,gpu,uuid,gpus,model,state,xid,reason,action,workload,first_seen,last_seen"), csv);
    QCOMPARE(csv.trimmed().count('\n'), 5);
}

void TestCtlUnhealthy::otherConditionsAreRefused()
{
    QVERIFY(!ctl({ QStringLiteral("temp>85") }, 2).startsWith("exit"));
    QVERIFY(!ctl({ QStringLiteral("--sort"), QStringLiteral("temp") }, 2).startsWith("exit"));
}

QTEST_GUILESS_MAIN(TestCtlUnhealthy)
#include "tst_ctlunhealthy.moc"
