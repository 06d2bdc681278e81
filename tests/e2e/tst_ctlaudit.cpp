// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

/// penstockctl moves load of the demo, and tells what was recorded of it.
class TestCtlAudit final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void everyWayToAskAnswers_data();
    void everyWayToAskAnswers();
    void aRecordIsShownWhole();
    void exportedLinesAreCheckedByThemselves();
    void anExportThatWasChangedIsToldWhere_data();
    void anExportThatWasChangedIsToldWhere();
    void nothingIsReplacedUnasked_data();
    void nothingIsReplacedUnasked();
    void theReportIsAPdf();
    void aChangedLogIsBroken();

private:
    struct Answer
    {
        int exit = -1;
        QByteArray out, error;
        [[nodiscard]] QJsonArray rows() const { return QJsonDocument::fromJson(out).object().value(QStringLiteral("rows")).toArray(); }
    };
    /// Words parted by spaces; a '@' at the beginning of one stands for the test's folder.
    Answer ctl(const QString& line)
    {
        QProcess process;
        auto environment = QProcessEnvironment::systemEnvironment();
        for (const auto* name : { "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR" })
            environment.insert(QLatin1String(name), m_folder.path());
        process.setProcessEnvironment(environment);
        auto words = line.split(QLatin1Char(' '));
        for (auto& word : words)
            if (word.startsWith(QLatin1Char('@')))
                word = m_folder.filePath(word.mid(1));
        process.start(QStringLiteral(PENSTOCKCTL), words);
        if (!process.waitForFinished(60000))
            return {};
        return { process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError() };
    }
    QTemporaryDir m_folder;
};

void TestCtlAudit::initTestCase()
{
    QFile::setPermissions(m_folder.path(), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    auto none = ctl(QStringLiteral("audit verify"));
    QCOMPARE(none.exit, 1);
    QVERIFY2(none.error.contains("there is no audit log"), none.error.constData());
    const auto shift = ctl(QStringLiteral("shift chatgpt --to azure=70,gcp=30 --step 5% --every 0s --reason test --yes"));
    QVERIFY2(shift.exit == 0, shift.error.constData());
    QCOMPARE(ctl(QStringLiteral("shift chatgpt --to aws=100 --reason refused --yes")).exit, 1);
}

void TestCtlAudit::everyWayToAskAnswers_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<int>("exit");
    QTest::addColumn<QString>("says");
    QTest::newRow("list") << "audit list" << 0 << "SIMULATED FLEET: shift chatgpt: test";
    QTest::newRow("list of one shift") << "audit list --shift S-1 -o csv" << 0 << "number,at,operator,host,kind,shift,plan,summary,simulated,hash";
    QTest::newRow("list of the last hour") << "audit list --since -1h" << 0 << "refused by capacity, approval, min_providers";
    QTest::newRow("list of the time before") << "audit list --until 2020-01-01 -o json" << 0 << "\"rows\": []";
    QTest::newRow("a time that is none") << "audit list --since yesterday" << 2 << "'yesterday' is no time";
    QTest::newRow("no verb") << "audit" << 2 << "subcommand";
    QTest::newRow("another verb") << "audit forget" << 2 << "subcommand";
    QTest::newRow("verify") << "audit verify" << 0 << "the chain is whole";
    QTest::newRow("verify in CSV") << "audit verify -o csv" << 0 << ",true,";
    QTest::newRow("verify another log") << "audit --log @none.db verify" << 1 << "there is no audit log";
    QTest::newRow("verify no file") << "audit verify --file @none.jsonl" << 1 << "cannot be read";
    QTest::newRow("verify a log as an export") << "audit verify @penstock/audit.db" << 2 << "it is a log itself";
    QTest::newRow("show a record") << "audit show 2" << 0 << "Interlocks";
    QTest::newRow("show a shift") << "audit show S-1" << 0 << "step 1 of 1 confirmed";
    QTest::newRow("show what is not there") << "audit show 999" << 1 << "no record 999";
    QTest::newRow("show no shift") << "audit show S-99" << 1 << "no shift or plan 'S-99'";
    QTest::newRow("show nothing") << "audit show" << 2 << "required";
    QTest::newRow("export to another kind of file") << "audit export @log.xml" << 2 << "neither FILE.jsonl nor FILE.pdf";
    QTest::newRow("export of no shift") << "audit export @log.jsonl --shift S-99" << 1 << "no such record";
    QTest::newRow("export to nowhere") << "audit export @none/log.pdf" << 1 << "cannot be written";
}

void TestCtlAudit::everyWayToAskAnswers()
{
    QFETCH(QString, line);
    QFETCH(int, exit);
    QFETCH(QString, says);
    const auto answer = ctl(line);
    QVERIFY2(answer.exit == exit, (answer.out + answer.error).constData());
    const auto said = exit == 0 ? answer.out : answer.error;
    QVERIFY2(said.contains(says.toUtf8()), said.constData());
}

void TestCtlAudit::aRecordIsShownWhole()
{
    const auto rows = ctl(QStringLiteral("audit show S-1 -o json")).rows();
    QCOMPARE(rows.size(), 5);
    const auto first = rows.first().toObject();
    QCOMPARE(first.value(QStringLiteral("kind")).toString(), QStringLiteral("asked"));
    QCOMPARE(first.value(QStringLiteral("hash")).toString().size(), 64);
    const auto body = first.value(QStringLiteral("body")).toObject();
    QCOMPARE(body.value(QStringLiteral("reason")).toString(), QStringLiteral("test"));
    const auto picture = body.value(QStringLiteral("picture")).toObject();
    QVERIFY(picture.value(QStringLiteral("pools")).toArray().size() > 3);
    QVERIFY(picture.value(QStringLiteral("needs")).toArray().size() >= 3);
    const auto weights = rows[3].toObject().value(QStringLiteral("body")).toObject().value(QStringLiteral("routes")).toArray().first().toObject().value(QStringLiteral("weights")).toArray();
    QCOMPARE(weights.first().toObject().value(QStringLiteral("accepted_pct")).toDouble(), 70.0);
    // The beginning of the plan's hash leads to the same records.
    QCOMPARE(ctl(QStringLiteral("audit show ") + first.value(QStringLiteral("plan")).toString().left(12) + QStringLiteral(" -o json")).rows(), rows);
}

void TestCtlAudit::exportedLinesAreCheckedByThemselves()
{
    QCOMPARE(ctl(QStringLiteral("audit export @log.jsonl")).exit, 0);
    const auto whole = ctl(QStringLiteral("audit verify --file @log.jsonl"));
    QVERIFY2(whole.exit == 0 && whole.out.contains("7 records, the chain is whole"), whole.out.constData());
    QFile file(m_folder.filePath(QStringLiteral("log.jsonl")));
    QVERIFY(file.open(QIODevice::ReadWrite));
    auto lines = file.readAll().split('\n');
    QCOMPARE(lines.size(), 8);
    for (const auto& line : lines)
        QVERIFY(line.isEmpty() || QJsonDocument::fromJson(line).object().value(QStringLiteral("schema")).toString() == QLatin1String("penstock.audit/1"));
    lines.removeAt(3);
    file.resize(0);
    file.seek(0);
    file.write(lines.join('\n'));
    file.close();
    const auto broken = ctl(QStringLiteral("audit verify --file @log.jsonl -o json"));
    QCOMPARE(broken.exit, 1);
    QCOMPARE(broken.rows().first().toObject().value(QStringLiteral("broken_at")).toInt(), 4);
    QCOMPARE(broken.rows().first().toObject().value(QStringLiteral("sound_records")).toInt(), 3);
}

void TestCtlAudit::anExportThatWasChangedIsToldWhere_data()
{
    QTest::addColumn<QString>("change");
    QTest::addColumn<int>("exit");
    QTest::addColumn<QString>("says");
    QTest::newRow("as it was written") << "none" << 0 << "7 records, the chain is whole";
    QTest::newRow("a letter edited") << "edit" << 1 << "BROKEN at record 3";
    QTest::newRow("a record removed") << "remove" << 1 << "BROKEN at record 3";
    QTest::newRow("two in another order") << "swap" << 1 << "BROKEN at record 3";
    QTest::newRow("the end cut off") << "cut" << 1 << "BROKEN at record 7: the export was cut off";
}

/// The file is named as anybody would name it.
void TestCtlAudit::anExportThatWasChangedIsToldWhere()
{
    QFETCH(QString, change);
    QFETCH(int, exit);
    QFETCH(QString, says);
    const auto name = QStringLiteral("changed-%1.jsonl").arg(change);
    const auto exported = ctl(QStringLiteral("audit export @") + name);
    QVERIFY2(exported.exit == 0 && exported.error.contains("penstockctl audit verify "), exported.error.constData());
    QFile file(m_folder.filePath(name));
    QVERIFY(file.open(QIODevice::ReadWrite));
    auto lines = file.readAll().trimmed().split('\n');
    if (change == QLatin1String("edit"))
        lines[2].replace("\"kind\":\"", "\"kind\":\"x");
    else if (change == QLatin1String("remove"))
        lines.removeAt(2);
    else if (change == QLatin1String("swap"))
        lines.swapItemsAt(2, 3);
    else if (change == QLatin1String("cut"))
        lines.removeLast();
    file.resize(0);
    file.seek(0);
    file.write(lines.join('\n') + '\n');
    file.close();
    const auto answer = ctl(QStringLiteral("audit verify @") + name);
    QVERIFY2(answer.exit == exit && answer.out.contains(says.toUtf8()), (answer.out + answer.error).constData());
}

void TestCtlAudit::nothingIsReplacedUnasked_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("lines") << "kept.jsonl";
    QTest::newRow("a report") << "kept.pdf";
}

void TestCtlAudit::nothingIsReplacedUnasked()
{
    QFETCH(QString, name);
    QFile file(m_folder.filePath(name));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("evidence") > 0);
    file.close();
    const auto content = [&] { return file.open(QIODevice::ReadOnly) ? (file.seek(0), file.readAll()) : QByteArray(); };
    const auto refused = ctl(QStringLiteral("audit export @") + name);
    QVERIFY2(
        refused.exit == 2 && refused.error.contains("the file is there already") && refused.error.contains("--force"),
        refused.error.constData());
    QCOMPARE(content(), QByteArray("evidence"));
    file.close();
    const auto replaced = ctl(QStringLiteral("audit export --force @") + name);
    QVERIFY2(replaced.exit == 0, replaced.error.constData());
    QVERIFY(!content().startsWith("evidence"));
}

void TestCtlAudit::theReportIsAPdf()
{
    const auto made = ctl(QStringLiteral("audit export @shift.pdf --shift S-1"));
    QVERIFY2(made.exit == 0, made.error.constData());
    QFile file(m_folder.filePath(QStringLiteral("shift.pdf")));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(file.read(5) == "%PDF-");
    QProcess text;
    text.start(QStringLiteral("pdftotext"), { QStringLiteral("-layout"), file.fileName(), QStringLiteral("-") });
    if (!text.waitForStarted())
        QSKIP("pdftotext is not installed");
    QVERIFY(text.waitForFinished(20000));
    const auto said = QString::fromUtf8(text.readAllStandardOutput());
    for (const auto* part : { "Audit report: shift S-1", "SIMULATED", "page 1 of", "Interlocks", "observed", "hash " })
        if (!said.contains(QLatin1String(part)))
            QFAIL(part);
    QVERIFY2(said.contains(QRegularExpression(QStringLiteral("20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d"))), qPrintable(said));
    // No heading ("2 judged") stands alone above the foot of its page.
    for (const auto& page : said.split(QLatin1Char('\f'), Qt::SkipEmptyParts)) {
        const auto lines = page.split(QLatin1Char('\n'), Qt::SkipEmptyParts);
        if (lines.size() > 2)
            QVERIFY2(!lines[lines.size() - 2].contains(QRegularExpression(QStringLiteral("^\\s*\\d+\\s+[a-z ]+$"))), qPrintable(page));
    }
}

void TestCtlAudit::aChangedLogIsBroken()
{
    // A letter of the database's own file, wherever it stands: no SQL was there to be asked.
    const auto from = m_folder.filePath(QStringLiteral("penstock/audit.db")), to = m_folder.filePath(QStringLiteral("copy.db"));
    QVERIFY(QFile::copy(from, to) && QFile::copy(from + QStringLiteral(".head"), to + QStringLiteral(".head")));
    QCOMPARE(ctl(QStringLiteral("audit --log @copy.db verify")).exit, 0);
    QFile file(to);
    QVERIFY(file.open(QIODevice::ReadWrite));
    auto bytes = file.readAll();
    const auto at = bytes.indexOf("\"reason\":\"test\"");
    QVERIFY(at > 0);
    file.seek(at + 10);
    file.write("b");
    file.close();
    const auto broken = ctl(QStringLiteral("audit --log @copy.db verify"));
    QCOMPARE(broken.exit, 1);
    QVERIFY2(broken.out.contains("BROKEN at record 1: the record was changed"), broken.out.constData());
    const auto exported = ctl(QStringLiteral("audit --log @copy.db export @copy.jsonl"));
    QCOMPARE(exported.exit, 1);
    QVERIFY(exported.error.contains("BROKEN at record 1"));
    QCOMPARE(ctl(QStringLiteral("audit verify --file @copy.jsonl")).exit, 1);
}

QTEST_GUILESS_MAIN(TestCtlAudit)
#include "tst_ctlaudit.moc"
