// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

/// penstockctl tells what simulated fleets cost of which every GPU has one price.
class TestCtlCost final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void everyFigureIsItsGpusTimesThePrice_data();
    void everyFigureIsItsGpusTimesThePrice();
    void theTableHasTheFormulas();
    void whatHasNoPriceCostsNothingThatIsKnown();
    void whoIsSilentUsesWhatNobodyKnows();
    void anUnknownGroupIsRefused();

private:
    struct Answer
    {
        int exit = -1;
        QByteArray out, error;
    };
    Answer ctl(const QStringList& words, const QString& workspace = QStringLiteral("w.toml"))
    {
        QProcess process;
        auto environment = QProcessEnvironment::systemEnvironment();
        for (const auto* name : { "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME" })
            environment.insert(QLatin1String(name), m_folder.path());
        process.setProcessEnvironment(environment);
        process.start(QStringLiteral(PENSTOCKCTL),
            QStringList { QStringLiteral("--workspace"), m_folder.filePath(workspace), QStringLiteral("cost") } + words);
        if (!process.waitForFinished(60'000))
            return {};
        return { process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError() };
    }
    QTemporaryDir m_folder;
    static constexpr double m_price = 2;
};

void TestCtlCost::initTestCase()
{
    QVERIFY(QFile::copy(QStringLiteral(PENSTOCK_SOURCE_DIR "/resources/demo/demo.toml"), m_folder.filePath(QStringLiteral("demo.toml"))));
    QFile workspace(m_folder.filePath(QStringLiteral("w.toml")));
    QVERIFY(workspace.open(QIODevice::WriteOnly));
    workspace.write("[workspace]\nname = \"w\"\n[[endpoint]]\nname = \"clouds\"\nkind = \"simulate\"\npath = \"demo.toml\"\n");
    for (const auto* provider : { "azure", "gcp", "aws" })
        for (const auto* model : { "A100", "B200", "H100", "H200" })
            workspace.write(QStringLiteral("[[price]]\nprovider = \"%1\"\nmodel = \"%2\"\nusd_per_gpu_hour = %3\nas_of = 2026-11-01\n")
                                .arg(QLatin1String(provider), QLatin1String(model))
                                .arg(m_price)
                                .toUtf8());
}

void TestCtlCost::everyFigureIsItsGpusTimesThePrice_data()
{
    QTest::addColumn<QString>("by");
    for (const auto* by : { "total", "provider", "model", "provider,model", "workload" })
        QTest::newRow(by) << QString::fromLatin1(by);
}

void TestCtlCost::everyFigureIsItsGpusTimesThePrice()
{
    QFETCH(QString, by);
    const auto answer = ctl({ QStringLiteral("--by"), by, QStringLiteral("-o"), QStringLiteral("json") });
    QVERIFY2(answer.exit == 0, answer.error.constData());
    const auto made = QJsonDocument::fromJson(answer.out).object();
    const auto rows = made[QStringLiteral("rows")].toArray();
    QVERIFY(!rows.isEmpty());
    double rented = 0;
    for (const auto& it : rows) {
        const auto row = it.toObject();
        for (const auto* figure : { "rented", "allocated", "used", "idle" })
            QCOMPARE(row[QLatin1String(figure) + QStringLiteral("_usd_per_h")].toDouble(), m_price * row[QLatin1String(figure) + QStringLiteral("_gpus")].toDouble());
        QCOMPARE(row[QStringLiteral("rented_usd_per_day")].toDouble(), 24 * row[QStringLiteral("rented_usd_per_h")].toDouble());
        QCOMPARE(row[QStringLiteral("rented_usd_per_month")].toDouble(), 730 * row[QStringLiteral("rented_usd_per_h")].toDouble());
        rented += row[QStringLiteral("rented_usd_per_h")].toDouble();
    }
    QCOMPARE(rented, m_price * 24576);
    QCOMPARE(made[QStringLiteral("total")][QStringLiteral("rented_usd_per_h")].toDouble(), rented);
}

void TestCtlCost::theTableHasTheFormulas()
{
    const auto answer = ctl({});
    QVERIFY2(answer.exit == 0, answer.error.constData());
    for (const auto* part : { "SIMULATED", "azure", "26624", "In all $49,152.00 an hour, by prices of the workspace up to 2026-11-01", "used: busy x price" })
        QVERIFY2(answer.out.contains(part), answer.out.constData());
}

void TestCtlCost::whatHasNoPriceCostsNothingThatIsKnown()
{
    QFile workspace(m_folder.filePath(QStringLiteral("bare.toml")));
    QVERIFY(workspace.open(QIODevice::WriteOnly));
    workspace.write("[workspace]\nname = \"w\"\n[[endpoint]]\nname = \"clouds\"\nkind = \"simulate\"\npath = \"demo.toml\"\n"
                    "[[price]]\nprovider = \"gcp\"\nmodel = \"H100\"\nusd_per_gpu_hour = 2\nas_of = 2026-11-01\n");
    workspace.close();
    const auto answer = ctl({ QStringLiteral("--by"), QStringLiteral("provider"), QStringLiteral("-o"), QStringLiteral("json") }, QStringLiteral("bare.toml"));
    QVERIFY2(answer.exit == 0, answer.error.constData());
    const auto rows = QJsonDocument::fromJson(answer.out)[QStringLiteral("rows")].toArray();
    QVERIFY(!rows.isEmpty());
    for (const auto& row : rows) {
        const bool isPriced = row[QStringLiteral("unpriced_gpus")] != row[QStringLiteral("rented_gpus")];
        for (const auto* figure : { "rented_usd_per_h", "rented_usd_per_day" })
            QCOMPARE(row[QLatin1String(figure)].isNull(), !isPriced);
    }
}

void TestCtlCost::whoIsSilentUsesWhatNobodyKnows()
{
    const auto write = [this](const char* name, const QByteArray& text) {
        QFile file(m_folder.filePath(QLatin1String(name)));
        return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
    };
    QVERIFY(QDir(m_folder.path()).mkdir(QStringLiteral("r")));
    QVERIFY(write("r/fleet.csv", "provider,region,cluster,node,gpu_model,gpu_count\naws,east,a,n1,H100,2\ngcp,west,b,n2,H100,2\n"));
    QVERIFY(write("r/series.csv", "series,t_s,util_pct,mem_used_mib,power_w,temp_c\nbusy,0,90,1000,600,60\nlazy,0,1,1000,100,40\n"));
    QVERIFY(write("r/gpus.csv", "node,gpu,series,offset_s,workload\nn1,0,busy,0,chat\nn2,0,busy,0,chat\nn2,1,lazy,0,chat\n"));
    QVERIFY(write("r/events.csv", "t_s,event,scope,share\n0,lost,provider=aws,1\n"));
    QVERIFY(write("silent.toml", "[workspace]\nname = \"w\"\n[[endpoint]]\nname = \"clouds\"\nkind = \"replay\"\npath = \"r\"\n"
                                 "[[price]]\nprovider = \"aws\"\nmodel = \"H100\"\nusd_per_gpu_hour = 2\nas_of = 2026-11-01\n"
                                 "[[price]]\nprovider = \"gcp\"\nmodel = \"H100\"\nusd_per_gpu_hour = 3\nas_of = 2026-11-01\n"));
    const auto as = [this](const char* format) {
        return ctl({ QStringLiteral("--by"), QStringLiteral("provider"), QStringLiteral("-o"), QLatin1String(format) }, QStringLiteral("silent.toml")).out;
    };
    const auto made = QJsonDocument::fromJson(as("json")).object();
    const auto aws = made[QStringLiteral("rows")][0].toObject(), gcp = made[QStringLiteral("rows")][1].toObject(), total = made[QStringLiteral("total")].toObject();
    QCOMPARE(aws[QStringLiteral("rented_usd_per_h")].toDouble(), 4.0);
    for (const auto* key : { "used_gpus", "used_usd_per_h", "idle_gpus", "idle_usd_per_h" })
        QVERIFY2(aws[QLatin1String(key)].isNull(), key);
    QCOMPARE(aws[QStringLiteral("unknown_gpus")].toInt(), 2);
    QCOMPARE(gcp[QStringLiteral("used_usd_per_h")].toDouble(), 3.0);
    QCOMPARE(gcp[QStringLiteral("idle_usd_per_h")].toDouble(), 3.0); // told at once
    QCOMPARE(total[QStringLiteral("used_usd_per_h")].toDouble(), 3.0);
    QCOMPARE(total[QStringLiteral("unknown_gpus")].toInt(), 2);
    const auto lines = as("csv").split('\n');
    QVERIFY2(lines[0].endsWith(",prices,as_of,source,missing,simulated"), lines[0]);
    QVERIFY2(lines[1].contains(",prices of the workspace up to 2026-11-01,20") && lines[1].contains("Z,\"w, live\",") && lines[1].endsWith(",true"), lines[1]);
    QVERIFY2(lines[1].contains("aws,") && lines[1].contains(",,"), lines[1]);
    QVERIFY2(as("table").contains("Of 2 GPUs nobody knows what they do"), as("table"));
}

void TestCtlCost::anUnknownGroupIsRefused()
{
    const auto answer = ctl({ QStringLiteral("--by"), QStringLiteral("colour") });
    QVERIFY2(answer.exit == 2 && answer.error.contains("colour"), answer.error.constData());
}

QTEST_GUILESS_MAIN(TestCtlCost)
#include "tst_ctlcost.moc"
