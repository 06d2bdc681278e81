// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTemporaryDir>
#include <QTest>
#include <random>
#include <sstream>

#include "storage/auditbody.h"
#include "storage/auditfile.h"
#include "storage/auditlines.h"
#include "support/auditevents.h"

using namespace penstock;

/// An exported log can be checked by itself.
class TestAuditLines final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void anExportIsSoundAndHoldsEverything();
    void anExportOfOneShiftKeepsTheChain();
    void anEmptyExportIsSaid();
    void changedLinesAreFoundWhereTheyAre_data();
    void changedLinesAreFoundWhereTheyAre();
    void everyFlippedByteIsFound();

private:
    static constexpr int length = 10;
    static std::vector<std::string> linesOf(const std::string& text)
    {
        std::vector<std::string> lines;
        std::istringstream in(text);
        for (std::string line; std::getline(in, line);)
            lines.push_back(line);
        return lines;
    }
    static AuditVerdict verdictOf(const std::string& text)
    {
        std::istringstream in(text);
        return verifyAuditLines(in);
    }
    std::string exported(const AuditQuery& query) const
    {
        std::ostringstream out;
        (void)writeAuditLines(*m_log, query, out);
        return out.str();
    }

    QTemporaryDir m_folder;
    std::shared_ptr<AuditFile> m_log;
};

void TestAuditLines::initTestCase()
{
    auto log = AuditFile::open(m_folder.filePath(QStringLiteral("audit.db")).toStdString(), { "ada", "console-1", wallClock });
    QVERIFY(log);
    m_log = *log;
    test::AuditEvents events(2);
    for (int i = 0; i < length; ++i) {
        auto event = events.of(static_cast<AuditKind>(i));
        event.shift = i == 1 || i == 4 || i == 5 ? "S-7" : i == 2 ? "" : "S-1";
        QVERIFY(m_log->append(event));
    }
}

void TestAuditLines::anExportIsSoundAndHoldsEverything()
{
    const auto text = exported({});
    const auto records = m_log->records({});
    QVERIFY(records);
    const auto lines = linesOf(text);
    QCOMPARE(lines.size(), records->size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto line = auditLine(lines[i]);
        QVERIFY2(line, lines[i].c_str());
        QVERIFY(line->record == (*records)[i]);
        QVERIFY(auditEvent(line->record));
    }
    const auto verdict = verdictOf(text);
    QVERIFY2(!verdict.broken, verdict.broken ? verdict.broken->what.c_str() : "");
    QCOMPARE(verdict.sound, length);
    QCOMPARE(verdict.hashesOnly, 0);
    QCOMPARE(verdict.head, records->back().hash);
}

void TestAuditLines::anExportOfOneShiftKeepsTheChain()
{
    std::ostringstream out;
    const auto made = writeAuditLines(*m_log, { .shift = "S-7", .kind = {}, .since = {}, .until = {} }, out);
    QVERIFY(made);
    QCOMPARE(made->records, 3);
    QCOMPARE(made->hashesOnly, 2);
    const auto verdict = verdictOf(out.str());
    QVERIFY2(!verdict.broken, verdict.broken ? verdict.broken->what.c_str() : "");
    QCOMPARE(verdict.first, 2);
    QCOMPARE(verdict.last, 6);
    QCOMPARE(verdict.sound, 5);
    QCOMPARE(verdict.hashesOnly, 2);
    QVERIFY(verdict.note.find("begins with record 2") != std::string::npos);
    QVERIFY(!out.str().contains("S-1"));
}

void TestAuditLines::anEmptyExportIsSaid()
{
    std::ostringstream out;
    const auto made = writeAuditLines(*m_log, { .shift = "S-99", .kind = {}, .since = {}, .until = {} }, out);
    QVERIFY(!made);
    QCOMPARE(made.error().kind, Error::Kind::NotFound);
    const auto verdict = verdictOf(out.str());
    QVERIFY(verdict.broken);
    QCOMPARE(verdict.broken->what, std::string("the file holds no record"));
}

void TestAuditLines::changedLinesAreFoundWhereTheyAre_data()
{
    QTest::addColumn<QString>("how");
    QTest::addColumn<int>("at");
    QTest::addColumn<QString>("what");
    for (int i = 0; i < length; ++i) {
        if (i + 1 < length)
            QTest::addRow("line %d removed", i) << "remove" << i << "is missing";
        else
            QTest::addRow("last line removed") << "remove" << i << "cut off";
        QTest::addRow("line %d twice", i) << "twice" << i << "does not belong here";
        QTest::addRow("line %d with other spaces", i) << "spaces" << i << "no line";
        QTest::addRow("line %d cut in the middle", i) << "half" << i << "no line";
        QTest::addRow("line %d by somebody else", i) << "operator" << i << "was changed";
        QTest::addRow("line %d emptied", i) << "empty" << i << "no line";
        if (i > 0)
            QTest::addRow("line %d taken to the front", i) << "front" << i << "";
        if (i > 0)
            QTest::addRow("line %d from another export", i) << "other" << i << "another export";
    }
}

void TestAuditLines::changedLinesAreFoundWhereTheyAre()
{
    QFETCH(QString, how);
    QFETCH(int, at);
    QFETCH(QString, what);
    auto lines = linesOf(exported({}));
    const auto it = lines.begin() + at;
    auto number = at + 1;
    if (how == QLatin1String("remove"))
        lines.erase(it);
    else if (how == QLatin1String("twice")) {
        lines.insert(it, std::string(*it));
        ++number;
    } else if (how == QLatin1String("spaces"))
        it->insert(1, " ");
    else if (how == QLatin1String("half"))
        it->resize(it->size() / 2);
    else if (how == QLatin1String("empty"))
        it->clear();
    else if (how == QLatin1String("operator"))
        it->replace(it->find("\"ada\""), 5, "\"eve\"");
    else if (how == QLatin1String("other"))
        *it = linesOf(exported({ .shift = {}, .kind = {}, .since = {}, .until = {}, .from = at + 1 })).front();
    else {
        std::rotate(lines.begin(), it, it + 1);
        number = 1;
    }
    std::string text;
    for (const auto& line : lines)
        text += line + '\n';
    const auto verdict = verdictOf(text);
    QVERIFY(verdict.broken);
    QVERIFY2(verdict.broken->what.find(what.toStdString()) != std::string::npos, verdict.broken->what.c_str());
    QCOMPARE(verdict.broken->number, number);
    QCOMPARE(verdict.sound, number - 1);
}

void TestAuditLines::everyFlippedByteIsFound()
{
    const auto text = exported({});
    std::mt19937 dice(1);
    for (int round = 0; round < 800; ++round) {
        auto changed = text;
        const auto at = dice() % changed.size();
        changed[at] = static_cast<char>(changed[at] ^ (1 << dice() % 8));
        const auto verdict = verdictOf(changed);
        // The end of the last line is the one byte that a line does without.
        if (at + 1 == text.size())
            continue;
        const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n') + 1;
        QVERIFY2(verdict.broken, std::to_string(at).c_str());
        // The first line alone says where the export begins and ends, so a change there may only show in the next.
        QVERIFY2(verdict.broken->number == line || (line == 1 && verdict.broken->number <= 2), std::to_string(at).c_str());
    }
}

QTEST_GUILESS_MAIN(TestAuditLines)
#include "tst_auditlines.moc"
