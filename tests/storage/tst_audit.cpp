// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <latch>
#include <set>
#include <sqlite3.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "auditchain.h"
#include "audithead.h"
#include "storage/auditbody.h"
#include "storage/auditfile.h"
#include "support/auditevents.h"

using namespace penstock;
using namespace std::chrono_literals;

/// What the log keeps, and that nothing can happen to it unseen.
class TestAudit final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void everyKindComesBackAsItWas();
    void aRecordThatIsOpenedAgainShowsTheSameNumbers();
    void whatCannotBeWrittenDownExactlyIsRefused();
    void queriesFind_data();
    void queriesFind();
    void everyChangedColumnIsFound();
    void tamperingIsFoundWhereItIs_data();
    void tamperingIsFoundWhereItIs();
    void nothingIsAddedToALogThatWasTamperedWith_data();
    void nothingIsAddedToALogThatWasTamperedWith();
    void aHeadThatIsBehindIsMadeGood();
    void theHeadIsForWhomTheLogIsFor();
    void consolesThatStartTogetherBeginOneLog();
    void severalWritersMakeOneChain();
    void aWriterThatIsKilledLeavesASoundChain();
    void accidentsAreRefusedByTheDatabase();
    void aLogOfTheFirstSchemaStaysReadable();
    void aNewerLogIsRefused();
    void aLogThatNobodyMayWriteToIsRead();

private:
    static constexpr int length = 12; ///< of the log that the tests tamper with
    static AuditFile::Writer writer()
    {
        auto now = std::make_shared<std::atomic<std::int64_t>>(0);
        return { "ada", "console-1", [now] { return Time(1'764'000'000s) + Duration((*now)++ * 1'000'001); } };
    }
    static void run(const std::string& file, const std::string& sql)
    {
        sqlite3* raw = nullptr;
        QCOMPARE(sqlite3_open(file.c_str(), &raw), SQLITE_OK);
        const auto all = "PRAGMA synchronous = OFF; DROP TRIGGER IF EXISTS record_stays; DROP TRIGGER IF EXISTS record_remains;" + sql;
        char* message = nullptr;
        if (sqlite3_exec(raw, all.c_str(), nullptr, nullptr, &message) != SQLITE_OK)
            QFAIL((all + ": " + message).c_str());
        sqlite3_close(raw);
    }
    /// A copy of the log and its head to tamper with.
    std::string copy() const
    {
        const auto made = m_folder.filePath(QStringLiteral("copy.db")).toStdString();
        for (const auto* end : { "", ".head", "-wal", "-shm" }) {
            std::filesystem::remove(made + end);
            if (std::filesystem::exists(m_log + end))
                std::filesystem::copy_file(m_log + end, made + end);
        }
        return made;
    }
    static AuditVerdict verdictOf(const std::string& file)
    {
        const auto log = AuditFile::openToRead(file);
        const auto verdict = log ? (*log)->verify() : std::unexpected(log.error());
        if (verdict)
            return *verdict;
        AuditVerdict unread;
        unread.broken = { -1, verdict.error().text(), {}, {} };
        return unread;
    }

    QTemporaryDir m_folder;
    std::string m_log;
};

void TestAudit::initTestCase()
{
    m_log = m_folder.filePath(QStringLiteral("sub/audit.db")).toStdString();
    auto log = AuditFile::open(m_log, writer());
    QVERIFY2(log, log ? "" : log.error().text().c_str());
    test::AuditEvents events(1);
    for (int i = 1; i <= length; ++i) {
        const auto number = (*log)->append(events.of(static_cast<AuditKind>(i)));
        QVERIFY2(number, number ? "" : number.error().text().c_str());
        QCOMPARE(*number, i);
    }
    const auto verdict = (*log)->verify();
    QVERIFY(verdict);
    QVERIFY2(!verdict->broken, verdict->broken ? verdict->broken->what.c_str() : "");
    QCOMPARE(verdict->sound, length);
    QCOMPARE(verdict->note, std::string());
}

void TestAudit::everyKindComesBackAsItWas()
{
    for (unsigned seed = 0; seed < 2000; ++seed) {
        const auto event = test::AuditEvents(seed).of(static_cast<AuditKind>(seed % auditKindCount));
        const auto text = auditText(event);
        QVERIFY2(text, text ? "" : text.error().text().c_str());
        QVERIFY(text->find('\n') == std::string::npos);
        AuditRecord record;
        record.kind = name(kindOf(event.body));
        record.shift = event.shift;
        record.plan = event.plan;
        record.body = *text;
        const auto again = auditEvent(record);
        QVERIFY2(again, again ? "" : again.error().text().c_str());
        QVERIFY2(*again == event, text->c_str());
        QCOMPARE(*auditText(*again), *text);
    }
}

void TestAudit::aRecordThatIsOpenedAgainShowsTheSameNumbers()
{
    const auto file = m_folder.filePath(QStringLiteral("numbers.db")).toStdString();
    AuditAsked asked;
    asked.what = "shift chatgpt";
    asked.reason = "eastus is losing nodes";
    asked.picture = test::AuditEvents(7).picture();
    asked.picture.pools = { { "gcp", "us-central1", "a", "H100 80GB SXM", 1024, 1000, 40, 960, 8 }, { "aws", "us-east-1", "", "H200", 100'000, 99'123, 1, 99'122, 0 } };
    asked.picture.costBefore = 0.1 + 0.2;
    asked.picture.costAfter = 1e21 / 3;
    {
        auto log = AuditFile::open(file, writer());
        QVERIFY(log);
        QVERIFY((*log)->append({ "S-1", {}, true, asked }));
    }
    const auto log = AuditFile::openToRead(file);
    QVERIFY2(log, log ? "" : log.error().text().c_str());
    const auto records = (*log)->records({});
    QVERIFY(records);
    QCOMPARE(records->size(), std::size_t { 1 });
    const auto& it = records->front();
    QCOMPARE(it.person, std::string("ada"));
    QCOMPARE(it.host, std::string("console-1"));
    QCOMPARE(it.at, std::string("2025-11-24T16:00:00.000000Z"));
    QCOMPARE(it.kind, std::string("asked"));
    QCOMPARE(it.shift, std::string("S-1"));
    const auto event = auditEvent(it);
    QVERIFY(event);
    QVERIFY((*event == AuditEvent { "S-1", {}, true, asked }));
    QVERIFY(!verdictOf(file).broken);
}

void TestAudit::whatCannotBeWrittenDownExactlyIsRefused()
{
    const auto file = m_folder.filePath(QStringLiteral("exact.db")).toStdString();
    auto log = AuditFile::open(file, writer());
    QVERIFY(log);
    AuditStep step;
    step.routes = { { "chatgpt", { { "azure", 50, std::numeric_limits<double>::quiet_NaN(), {} } } } };
    const auto number = (*log)->append({ "S-1", {}, false, step });
    QVERIFY(!number);
    QCOMPARE(number.error().kind, Error::Kind::Invalid);
    QVERIFY(number.error().what.find("accepted_pct") != std::string::npos);
    AuditTurn turn;
    turn.kind = AuditKind::Asked;
    QVERIFY(!(*log)->append({ "S-1", {}, false, turn }));
    AuditTurn strange { AuditKind::Paused, 1, {}, "no UTF-8: \xff\xfe" };
    QVERIFY((*log)->append({ "S-\xff", {}, false, strange }));
    const auto verdict = (*log)->verify();
    QVERIFY(verdict && !verdict->broken);
    QCOMPARE(verdict->records, 1);
}

void TestAudit::queriesFind_data()
{
    QTest::addColumn<QString>("shift");
    QTest::addColumn<int>("since");
    QTest::addColumn<int>("until");
    QTest::addColumn<int>("newest");
    QTest::addColumn<QList<int>>("numbers");
    QTest::newRow("all") << "" << -1 << -1 << 100 << QList<int> { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
    QTest::newRow("the newest, oldest first") << "" << -1 << -1 << 2 << QList<int> { 11, 12 };
    QTest::newRow("since a record's own time") << "" << 9 << -1 << 100 << QList<int> { 10, 11, 12 };
    QTest::newRow("until a record's own time") << "" << -1 << 2 << 100 << QList<int> { 1, 2 };
    QTest::newRow("another shift") << "S-9" << -1 << -1 << 100 << QList<int> {};
}

void TestAudit::queriesFind()
{
    QFETCH(QString, shift);
    QFETCH(int, since);
    QFETCH(int, until);
    QFETCH(int, newest);
    QFETCH(QList<int>, numbers);
    const auto at = [](int record) { return record < 0 ? std::optional<Time>() : Time(1'764'000'000s) + Duration(record * 1'000'001); };
    const auto log = AuditFile::openToRead(m_log);
    QVERIFY(log);
    const auto records = (*log)->records({ .shift = shift.toStdString(), .kind = {}, .since = at(since), .until = at(until), .newest = newest });
    QVERIFY2(records, records ? "" : records.error().text().c_str());
    QList<int> found;
    for (const auto& it : *records) {
        found << static_cast<int>(it.number);
        QCOMPARE(*recordHash(it), it.hash);
    }
    QCOMPARE(found, numbers);
}

void TestAudit::everyChangedColumnIsFound()
{
    std::mt19937 dice(20'260'101);
    for (int number = 1; number <= length; ++number)
        for (const auto* column : { "at", "person", "host", "kind", "shift", "plan", "body", "hash" })
            for (const auto* change : { "X || 'x'", "substr(X, 2)", "substr(X, 1, length(X) - 1)", "replace(X, substr(X, N, 1), '~')", "X || char(0)", "''" }) {
                const auto file = copy();
                auto value = std::string(change);
                for (std::size_t at = 0; (at = value.find('X', at)) != std::string::npos; at += std::strlen(column))
                    value.replace(at, 1, column);
                if (const auto at = value.find('N'); at != std::string::npos)
                    value.replace(at, 1, std::to_string(1 + dice() % 40));
                const auto where = " WHERE number = " + std::to_string(number);
                sqlite3* raw = nullptr;
                QCOMPARE(sqlite3_open(file.c_str(), &raw), SQLITE_OK);
                sqlite3_exec(raw, "PRAGMA synchronous = OFF; DROP TRIGGER record_stays", nullptr, nullptr, nullptr);
                sqlite3_exec(raw, ("UPDATE record SET " + std::string(column) + " = " + value + where + " AND " + column + " <> " + value).c_str(), nullptr, nullptr, nullptr);
                const bool changed = sqlite3_changes(raw) == 1;
                sqlite3_close(raw);
                const auto verdict = verdictOf(file);
                if (!changed) {
                    QVERIFY(!verdict.broken);
                    continue;
                }
                QVERIFY2(verdict.broken, (column + where + ": " + value).c_str());
                QVERIFY2(verdict.broken->number == number, (column + where + ": " + value + ": " + verdict.broken->what).c_str());
                QCOMPARE(verdict.sound, number - 1);
            }
}

void TestAudit::tamperingIsFoundWhereItIs_data()
{
    QTest::addColumn<QString>("sql");
    QTest::addColumn<int>("number");
    QTest::addColumn<QString>("what");
    const auto all = QStringLiteral("at, person, host, kind, shift, plan, body, hash");
    for (int i = 1; i < length; ++i) {
        QTest::addRow("record %d removed", i) << QStringLiteral("DELETE FROM record WHERE number = %1").arg(i) << i << "is missing";
        QTest::addRow("record %d removed, the others moved up", i)
            << QStringLiteral("DELETE FROM record WHERE number = %1; UPDATE record SET number = -number WHERE number > %1; UPDATE record SET number = -number - 1 WHERE number < 0").arg(i) << i << "was changed";
        QTest::addRow("a record put in at %d", i)
            << QStringLiteral("UPDATE record SET number = -number WHERE number >= %1; UPDATE record SET number = 1 - number WHERE number < 0;"
                              "INSERT INTO record SELECT %1, at, person, host, kind, shift, plan, body, hash FROM record WHERE number = %1 + 1").arg(i)
            << i << "was changed";
        QTest::addRow("records %d and %d exchanged", i, length)
            << QStringLiteral("CREATE TEMP TABLE both AS SELECT * FROM record WHERE number IN (%1, %2); DELETE FROM record WHERE number IN (%1, %2);"
                              "INSERT INTO record SELECT %1 + %2 - number, %3 FROM both").arg(i).arg(length).arg(all)
            << i << "was changed";
        QTest::addRow("the first %d cut off", i) << QStringLiteral("DELETE FROM record WHERE number <= %1").arg(i) << 1 << "missing";
        QTest::addRow("cut off after %d", i) << QStringLiteral("DELETE FROM record WHERE number > %1").arg(i) << i + 1 << "cut off";
        QTest::addRow("record %d given another number", i) << QStringLiteral("UPDATE record SET number = 99 WHERE number = %1").arg(i) << i << "is missing";
    }
    QTest::newRow("all records removed") << "DELETE FROM record" << 1 << "cut off";
    QTest::newRow("a record before the first") << QStringLiteral("INSERT INTO record SELECT 0, %1 FROM record WHERE number = 1").arg(all) << 1 << "does not belong here";
    QTest::newRow("a copy behind the last") << QStringLiteral("INSERT INTO record SELECT 13, %1 FROM record WHERE number = 12").arg(all) << 13 << "was changed";
    QTest::newRow("the log renamed") << "UPDATE log SET name = 'another'" << 1 << "was changed";
}

void TestAudit::tamperingIsFoundWhereItIs()
{
    QFETCH(QString, sql);
    QFETCH(int, number);
    QFETCH(QString, what);
    // The rows put one in whose content is that of its neighbour: take the number out of it, and it is a forgery.
    if (sql.contains(QLatin1String("INSERT INTO record SELECT")) && sql.contains(QLatin1String("+ 1")))
        sql += QStringLiteral("; UPDATE record SET person = 'eve' WHERE number = %1").arg(number);
    const auto file = copy();
    run(file, sql.toStdString());
    const auto verdict = verdictOf(file);
    QVERIFY(verdict.broken);
    QVERIFY2(verdict.broken->number == number, (std::to_string(verdict.broken->number) + ": " + verdict.broken->what).c_str());
    QVERIFY2(verdict.broken->what.find(what.toStdString()) != std::string::npos, verdict.broken->what.c_str());
    QCOMPARE(verdict.sound, number - 1);
}

void TestAudit::nothingIsAddedToALogThatWasTamperedWith_data()
{
    QTest::addColumn<QString>("how");
    QTest::addColumn<QString>("says");
    QTest::newRow("cut off") << "cut" << "it ends at record 9 and had 12";
    QTest::newRow("its last record changed") << "edit" << "record 12 was changed";
    QTest::newRow("written anew from record 5") << "rewrite" << "record 12 is not the one that was written";
    QTest::newRow("head removed") << "no head" << "its head is gone";
    QTest::newRow("head overwritten") << "bad head" << "the head of the audit log is damaged";
    QTest::newRow("head of another log") << "other head" << "another log";
    QTest::newRow("database removed") << "no database" << "its database is gone";
    QTest::newRow("database overwritten") << "no log" << "the audit log is damaged";
}

void TestAudit::nothingIsAddedToALogThatWasTamperedWith()
{
    QFETCH(QString, how);
    QFETCH(QString, says);
    const auto file = copy();
    if (how == QLatin1String("cut"))
        run(file, "DELETE FROM record WHERE number > 9");
    else if (how == QLatin1String("edit"))
        run(file, "UPDATE record SET person = 'eve' WHERE number = 12");
    else if (how == QLatin1String("rewrite")) {
        // Somebody who knows the chain makes every hash fit again; only the head still knows.
        auto log = AuditFile::openToRead(file);
        QVERIFY(log);
        auto records = (*log)->records({ .shift = {}, .kind = {}, .since = {}, .until = {}, .from = 4 });
        QVERIFY(records);
        log->reset();
        std::string sql;
        for (std::size_t i = 1; i < records->size(); ++i) {
            auto& it = (*records)[i];
            it.person = "eve";
            it.previous = (*records)[i - 1].hash;
            it.hash = *recordHash(it);
            sql += "UPDATE record SET person = 'eve', hash = '" + it.hash + "' WHERE number = " + std::to_string(it.number) + ";";
        }
        run(file, sql);
    } else if (how == QLatin1String("no head"))
        std::filesystem::remove(headFile(file));
    else if (how == QLatin1String("bad head"))
        std::ofstream(headFile(file)) << "{\"schema\":\"penstock.audit-head/1\",\"count\":-1}";
    else if (how == QLatin1String("other head")) {
        auto head = PreparedHead::write(headFile(file), { "another", 12, std::string(64, '0') });
        QVERIFY(head && head->takePlace());
    } else {
        for (const auto* end : { "", "-wal", "-shm" })
            std::filesystem::remove(file + end);
        if (how == QLatin1String("no log"))
            std::ofstream(file) << std::string(8192, 'x');
    }

    auto log = AuditFile::open(file, writer());
    auto error = log ? Error() : log.error();
    if (log) {
        const auto verdict = (*log)->verify();
        QVERIFY(verdict);
        QVERIFY(verdict->broken);
        QCOMPARE(verdict->broken->number, how == QLatin1String("cut") ? 10 : how == QLatin1String("edit") || how == QLatin1String("rewrite") ? 12 : 13);
        const auto number = (*log)->append(test::AuditEvents(3).any());
        QVERIFY(!number);
        error = number.error();
    }
    QCOMPARE(error.kind, Error::Kind::Corrupt);
    QVERIFY2(error.text().find(says.toStdString()) != std::string::npos, error.text().c_str());
    QVERIFY(error.hint.find("audit verify") != std::string::npos);
}

void TestAudit::theHeadIsForWhomTheLogIsFor()
{
    const auto file = copy();
    using std::filesystem::perms;
    const auto shared = perms::owner_read | perms::owner_write | perms::group_read | perms::group_write;
    std::filesystem::permissions(file, shared);
    auto log = AuditFile::open(file, writer());
    QVERIFY(log && (*log)->append(test::AuditEvents(4).any()));
    QCOMPARE(std::filesystem::status(headFile(file)).permissions(), shared);
}

void TestAudit::aHeadThatIsBehindIsMadeGood()
{
    const auto file = copy();
    const auto old = file + ".head.old";
    std::filesystem::copy_file(headFile(file), old, std::filesystem::copy_options::overwrite_existing);
    auto log = AuditFile::open(file, writer());
    QVERIFY(log);
    QVERIFY((*log)->append(test::AuditEvents(4).any()));
    std::filesystem::rename(old, headFile(file));
    auto verdict = (*log)->verify();
    QVERIFY(verdict && !verdict->broken);
    QVERIFY2(verdict->note.find("1 behind") != std::string::npos, verdict->note.c_str());
    QVERIFY((*log)->append(test::AuditEvents(5).any()));
    verdict = (*log)->verify();
    QVERIFY(verdict && !verdict->broken);
    QCOMPARE(verdict->sound, length + 2);
    QCOMPARE(verdict->note, std::string());
}

void TestAudit::consolesThatStartTogetherBeginOneLog()
{
    for (int round = 0; round < 60; ++round) {
        const auto file = m_folder.filePath(QStringLiteral("together-%1.db").arg(round)).toStdString();
        std::vector<std::string> refused(6);
        std::latch start(6);
        {
            std::vector<std::jthread> consoles;
            for (auto& why : refused)
                consoles.emplace_back([&] {
                    start.arrive_and_wait();
                    if (const auto log = AuditFile::open(file, writer()); !log)
                        why = log.error().text();
                });
        }
        for (const auto& why : refused)
            QVERIFY2(why.empty(), why.c_str());
    }
}

void TestAudit::severalWritersMakeOneChain()
{
    constexpr int writers = 4, each = 15;
    const auto file = m_folder.filePath(QStringLiteral("many.db")).toStdString();
    std::vector<std::set<std::int64_t>> numbers(writers);
    std::atomic<int> failures = 0;
    {
        std::vector<std::jthread> threads;
        for (unsigned i = 0; i < writers; ++i)
            threads.emplace_back([&, i] {
                auto log = AuditFile::open(file, { "ada", "console-" + std::to_string(i), wallClock });
                if (!log) {
                    qWarning("%s", log.error().text().c_str());
                    ++failures;
                    return;
                }
                test::AuditEvents events(i);
                for (int k = 0; k < each; ++k)
                    if (const auto number = (*log)->append(events.any()))
                        numbers[i].insert(*number);
                    else {
                        qWarning("%s", number.error().text().c_str());
                        ++failures;
                    }
            });
    }
    QCOMPARE(failures, 0);
    std::set<std::int64_t> all;
    for (auto& it : numbers)
        all.merge(it);
    QCOMPARE(all.size(), std::size_t { writers * each });
    const auto verdict = verdictOf(file);
    QVERIFY2(!verdict.broken, verdict.broken ? verdict.broken->what.c_str() : "");
    QCOMPARE(verdict.sound, writers * each);
    const auto head = readHead(headFile(file));
    QVERIFY(head && *head);
    QCOMPARE((*head)->count, writers * each);
}

void TestAudit::aWriterThatIsKilledLeavesASoundChain()
{
    const auto file = m_folder.filePath(QStringLiteral("killed.db")).toStdString();
    std::int64_t promised = 0;
    for (int round = 0; round < 20; ++round) {
        int pipe[2];
        QCOMPARE(::pipe2(pipe, O_CLOEXEC), 0);
        const auto child = ::fork();
        QVERIFY(child >= 0);
        if (child == 0) {
            test::AuditEvents events(static_cast<unsigned>(round));
            auto log = AuditFile::open(file, { "ada", "console-1", wallClock });
            while (log && (*log)->append(events.any()) && ::write(pipe[1], "!", 1) == 1) {}
            ::_exit(1);
        }
        ::close(pipe[1]);
        // Where in an append it dies is up to the machine; that some are behind it is not.
        char told = 0;
        for (int i = 0; i <= round % 4; ++i)
            promised += ::read(pipe[0], &told, 1) == 1;
        ::kill(child, SIGKILL);
        while (::read(pipe[0], &told, 1) == 1)
            ++promised;
        ::close(pipe[0]);
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QVERIFY(WIFSIGNALED(status));
        const auto verdict = verdictOf(file);
        QVERIFY2(!verdict.broken, verdict.broken ? verdict.broken->what.c_str() : "");
        QVERIFY(verdict.records >= promised && verdict.records <= promised + round + 1);
    }
}

void TestAudit::accidentsAreRefusedByTheDatabase()
{
    const auto file = copy();
    sqlite3* raw = nullptr;
    QCOMPARE(sqlite3_open(file.c_str(), &raw), SQLITE_OK);
    QVERIFY(sqlite3_exec(raw, "UPDATE record SET person = 'eve'", nullptr, nullptr, nullptr) != SQLITE_OK);
    QVERIFY(sqlite3_exec(raw, "DELETE FROM record", nullptr, nullptr, nullptr) != SQLITE_OK);
    sqlite3_close(raw);
    QVERIFY(!verdictOf(file).broken);
}

void TestAudit::aLogOfTheFirstSchemaStaysReadable()
{
    // Written down by hand: these bytes are out in the world, so neither the schema nor the hash may ever change.
    const auto file = m_folder.filePath(QStringLiteral("old.db")).toStdString();
    run(file,
        "CREATE TABLE log (name TEXT NOT NULL) STRICT;"
        "CREATE TABLE record (number INTEGER PRIMARY KEY, at TEXT NOT NULL, person TEXT NOT NULL, host TEXT NOT NULL, kind TEXT NOT NULL,"
        " shift TEXT NOT NULL, plan TEXT NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL) STRICT;"
        "INSERT INTO log VALUES ('0123456789abcdef0123456789abcdef');"
        "INSERT INTO record VALUES (1, '2026-11-25T03:00:00.000000Z', 'ada', 'console-1', 'paused', 'S-1', '', '{\"note\":\"by hand\",\"routes\":[],\"step\":1}',"
        " '211021009666e7f0e4f140384428e3a9cc56a443b0fb781fdd55a243b2b3577f');"
        "INSERT INTO record VALUES (2, '2026-11-25T03:00:01.500000Z', 'ada', 'console-1', 'dreamt', 'S-1', '', '{\"of\":\"electric sheep\"}',"
        " 'c81fcb946fe762c45bdcd59620a7bbee00189143a08feb56d5cbd4ecdc22153f');"
        "PRAGMA user_version = 1;");
    std::ofstream(headFile(file)) << R"({"count":2,"hash":"c81fcb946fe762c45bdcd59620a7bbee00189143a08feb56d5cbd4ecdc22153f","log":"0123456789abcdef0123456789abcdef","schema":"penstock.audit-head/1"})" << '\n';
    auto verdict = verdictOf(file);
    QVERIFY2(!verdict.broken, verdict.broken ? (verdict.broken->what + ' ' + verdict.broken->found).c_str() : "");
    QCOMPARE(verdict.sound, 2);
    auto log = AuditFile::open(file, writer());
    QVERIFY2(log, log ? "" : log.error().text().c_str());
    const auto number = (*log)->append(test::AuditEvents(6).any());
    QVERIFY2(number, number ? "" : number.error().text().c_str());
    const auto records = (*log)->records({});
    QVERIFY(records);
    QCOMPARE(std::get<AuditTurn>(auditEvent(records->front())->body).note, std::string("by hand"));
    QCOMPARE((*records)[1].kind, std::string("dreamt"));
    QVERIFY(!auditEvent((*records)[1]));
    verdict = verdictOf(file);
    QVERIFY(!verdict.broken);
    QCOMPARE(verdict.sound, 3);
}

void TestAudit::aNewerLogIsRefused()
{
    const auto file = copy();
    run(file, "PRAGMA user_version = 99");
    const auto log = AuditFile::open(file, writer());
    QVERIFY(!log);
    QCOMPARE(log.error().kind, Error::Kind::Refused);
    QVERIFY(!AuditFile::openToRead(file));
    QVERIFY(!AuditFile::openToRead(file + ".none"));
    QCOMPARE(AuditFile::openToRead(file + ".none").error().kind, Error::Kind::NotFound);
}

void TestAudit::aLogThatNobodyMayWriteToIsRead()
{
    const auto folder = m_folder.filePath(QStringLiteral("locked #1")).toStdString();
    std::filesystem::create_directory(folder);
    for (const auto* end : { "", ".head" })
        std::filesystem::copy_file(copy() + end, folder + "/audit.db" + end);
    std::filesystem::permissions(folder, std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    const auto verdict = verdictOf(folder + "/audit.db");
    auto log = AuditFile::openToRead(folder + "/audit.db");
    const bool appended = log && (*log)->append(test::AuditEvents(8).any());
    log = fail(Error::Kind::Cancelled, {});
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
    QVERIFY2(!verdict.broken, verdict.broken ? verdict.broken->what.c_str() : "");
    QCOMPARE(verdict.sound, length);
    QVERIFY(!appended);
}

QTEST_GUILESS_MAIN(TestAudit)
#include "tst_audit.moc"
