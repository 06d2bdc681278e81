// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "growingfleets.h"

using namespace penstock;
using namespace std::chrono_literals;

/// penstockctl writes the capacity report of a workspace whose only endpoint does not answer, from a history of five days.
class TestCtlReport final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void wrongWordsAreRefused_data();
    void wrongWordsAreRefused();
    void theHistoryAloneIsEnough();
    void nothingIsReplacedUnasked();
    void theNextOneSaysWhatChanged();
    void anUnreadableLastReportHoldsUpNoNext();
    void withoutAnythingThereIsNoReport();
    void theDemoHasCostButNoHistory();

private:
    struct Answer
    {
        int exit = -1;
        QByteArray error;
    };
    Answer ctl(const QStringList& words)
    {
        QProcess process;
        auto environment = QProcessEnvironment::systemEnvironment();
        for (const auto* name : { "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME" })
            environment.insert(QLatin1String(name), m_folder.path());
        process.setProcessEnvironment(environment);
        process.setWorkingDirectory(m_folder.path());
        process.start(QStringLiteral(PENSTOCKCTL), words);
        if (!process.waitForFinished(60'000))
            return {};
        return { process.exitCode(), process.readAllStandardError() };
    }
    Answer report(const QStringList& words)
    {
        return ctl(QStringList { QStringLiteral("--workspace"), QStringLiteral("w.toml"), QStringLiteral("--timeout"),
                       QStringLiteral("200ms"), QStringLiteral("report") }
            + words);
    }
    Answer ofHistory(const QStringList& words)
    {
        return report(QStringList { QStringLiteral("--file"), QStringLiteral("history.db") } + words);
    }
    [[nodiscard]] QString said(const QString& name) const
    {
        QProcess text;
        text.start(QStringLiteral("pdftotext"), { QStringLiteral("-layout"), m_folder.filePath(name), QStringLiteral("-") });
        return text.waitForFinished(20000) ? QString::fromUtf8(text.readAllStandardOutput()) : QString();
    }
    QTemporaryDir m_folder;
};

void TestCtlReport::initTestCase()
{
    const auto now = std::chrono::floor<std::chrono::seconds>(wallClock());
    QVERIFY(writeGrowingFleets(m_folder.filePath(QStringLiteral("history.db")).toStdString(), now - 120h, now));
    QFile workspace(m_folder.filePath(QStringLiteral("w.toml")));
    QVERIFY(workspace.open(QIODevice::WriteOnly));
    workspace.write("[workspace]\nname = \"north & south\"\n[[endpoint]]\nname = \"gone\"\nkind = \"agent\"\nurl = "
                    "\"grpcs://127.0.0.1:1\"\n[[price]]\nprovider = \"azure\"\nmodel = \"H100\"\nusd_per_gpu_hour = "
                    "2.5\nas_of = 2026-11-01\n");
}

void TestCtlReport::wrongWordsAreRefused_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("no range") << QStringList { QStringLiteral("--range"), QStringLiteral("2y") } << QByteArray("13mo");
    QTest::newRow("no PDF") << QStringList { QStringLiteral("--out"), QStringLiteral("a.txt") } << QByteArray("no FILE.pdf");
}

void TestCtlReport::wrongWordsAreRefused()
{
    QFETCH(QStringList, words);
    QFETCH(QByteArray, says);
    const auto answer = ofHistory(words);
    QCOMPARE(answer.exit, 2);
    QVERIFY2(answer.error.contains(says), answer.error.constData());
}

void TestCtlReport::theHistoryAloneIsEnough()
{
    const auto made = ofHistory({});
    QVERIFY2(made.exit == 3 && made.error.contains("endpoint gone did not answer"), made.error.constData());
    const auto name = QStringLiteral("capacity-north-south-%1.pdf").arg(QDateTime::currentDateTimeUtc().date().toString(Qt::ISODate));
    QVERIFY2(made.error.contains(name.toUtf8()), made.error.constData());
    const auto text = said(name);
    if (text.isEmpty())
        QSKIP("pdftotext is not installed");
    for (const auto* part : { "Capacity report", "north & south", "PARTIAL", "gone does not answer", "page 1 of", "By provider and model",
             "Usage cost", "busy × price", "prices of the workspace up to 2026-11-01", "there is no earlier one" })
        if (!text.contains(QString::fromUtf8(part)))
            QFAIL(part);
}

void TestCtlReport::nothingIsReplacedUnasked()
{
    QFile file(m_folder.filePath(QStringLiteral("there.pdf")));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("mine") > 0);
    file.close();
    const QStringList out { QStringLiteral("--out"), QStringLiteral("there.pdf") };
    const auto refused = ofHistory(out);
    QVERIFY2(refused.exit == 2 && refused.error.contains("--force"), refused.error.constData());
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("mine"));
    file.close();
    QCOMPARE(ofHistory(out + QStringList { QStringLiteral("--force") }).exit, 3);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(file.read(5) == "%PDF-");
}

void TestCtlReport::theNextOneSaysWhatChanged()
{
    QCOMPARE(ofHistory({ QStringLiteral("--out"), QStringLiteral("next.pdf") }).exit, 3);
    const auto text = said(QStringLiteral("next.pdf"));
    if (text.isEmpty())
        QSKIP("pdftotext is not installed");
    QVERIFY2(text.contains(QStringLiteral("Since the last report, of ")), qPrintable(text));
    QVERIFY(!text.contains(QStringLiteral("there is no earlier one")));
}

/// Written by a newer version, whose figures nobody here understands.
void TestCtlReport::anUnreadableLastReportHoldsUpNoNext()
{
    QFile file(m_folder.filePath(QStringLiteral("history-reports.db")));
    QVERIFY(file.open(QIODevice::ReadWrite));
    constexpr qint64 userVersion = 60; // in the header of an SQLite file, big-endian
    QVERIFY(file.seek(userVersion));
    const auto before = file.peek(4);
    file.write(QByteArray("\0\0\0\x63", 4));
    file.close();
    const auto answer = ofHistory({ QStringLiteral("--out"), QStringLiteral("newer.pdf") });
    QCOMPARE(answer.exit, 3);
    QVERIFY2(answer.error.contains("the next report won't know of this one"), answer.error);
    QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(userVersion));
    file.write(before);
    file.close();
    if (const auto text = said(QStringLiteral("newer.pdf")); !text.isEmpty())
        QVERIFY2(text.contains(QStringLiteral("The last report could not be read")), qPrintable(text));
}

void TestCtlReport::withoutAnythingThereIsNoReport()
{
    const auto answer = report({ QStringLiteral("--file"), QStringLiteral("nowhere.db"), QStringLiteral("--out"), QStringLiteral("none.pdf") });
    QVERIFY2(answer.exit == 1 && answer.error.contains("there is no history yet"), answer.error.constData());
    QVERIFY(!QFile::exists(m_folder.filePath(QStringLiteral("none.pdf"))));
}

void TestCtlReport::theDemoHasCostButNoHistory()
{
    const auto made = ctl({ QStringLiteral("report"), QStringLiteral("--out"), QStringLiteral("demo.pdf") });
    QVERIFY2(made.exit == 0 && made.error.contains("simulated") && made.error.contains("there is no history"), made.error.constData());
    const auto text = said(QStringLiteral("demo.pdf"));
    if (text.isEmpty())
        QSKIP("pdftotext is not installed");
    QVERIFY2(text.contains(QStringLiteral("SIMULATED")) && text.contains(QStringLiteral("one moment, no history yet")), qPrintable(text));
}

QTEST_GUILESS_MAIN(TestCtlReport)
#include "tst_ctlreport.moc"
