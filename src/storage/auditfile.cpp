// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "storage/auditfile.h"

#include <array>
#include <filesystem>
#include <random>
#include <sqlite3.h>

#include "auditchain.h"
#include "audithead.h"
#include "base/timetext.h"
#include "database.h"
#include "json.h"
#include "statement.h"
#include "storage/auditbody.h"

namespace penstock {

namespace {

    /// The version of a file is the number of these that were applied to it. Never one that touches a record: its hash
    /// covers every column.
    constexpr std::array<const char*, 1> migrations {
        "CREATE TABLE log (name TEXT NOT NULL) STRICT;"
        "CREATE TABLE record (number INTEGER PRIMARY KEY, at TEXT NOT NULL, person TEXT NOT NULL, host TEXT NOT NULL,"
        " kind TEXT NOT NULL, shift TEXT NOT NULL, plan TEXT NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL) STRICT;"
        "CREATE INDEX record_by_shift ON record (shift);"
        // Against accidents; who means harm drops them, which the chain is for.
        "CREATE TRIGGER record_stays BEFORE UPDATE ON record BEGIN SELECT RAISE(ABORT, 'audit records are never changed'); END;"
        "CREATE TRIGGER record_remains BEFORE DELETE ON record BEGIN SELECT RAISE(ABORT, 'audit records are never removed'); END;",
    };

    constexpr const char* columns = "SELECT number, at, person, host, kind, shift, plan, body, hash FROM record ";
    constexpr std::chrono::seconds longestWait { 5 }; ///< for the other process; an append takes a few milliseconds

    std::string newName()
    {
        std::random_device random;
        constexpr std::string_view digits = "0123456789abcdef";
        std::string name;
        for (int i = 0; i < 32; ++i)
            name += digits[random() % digits.size()];
        return name;
    }

    AuditRecord recordOf(const Statement& row)
    {
        return { .number = row.integer(0), .at = std::string(row.bytes(1)), .person = std::string(row.bytes(2)), .host = std::string(row.bytes(3)),
            .kind = std::string(row.bytes(4)), .shift = std::string(row.bytes(5)), .plan = std::string(row.bytes(6)), .body = std::string(row.bytes(7)),
            .previous = {}, .hash = std::string(row.bytes(8)) };
    }

    /// What a JSON line can hold too: bytes that are no UTF-8 become U+FFFD.
    std::string plain(const std::string& text)
    {
        const auto json = parseJson(canonicalJson(text));
        return json ? json->get<std::string>() : std::string();
    }

    constexpr const char* howToGoOn = "run penstockctl audit verify; to go on, move the file and its .head away as evidence, and a new log begins";

    std::unexpected<Error> tampered(const std::string& what, const std::string& path)
    {
        return fail(Error::Kind::Corrupt, "the audit log was tampered with: " + what, path,
            howToGoOn);
    }

    /// What SQLite says of a damaged file has no advice.
    Error advised(Error error)
    {
        if (error.kind == Error::Kind::Corrupt && error.hint.empty()) {
            error.what = "the audit log is damaged: " + error.what;
            error.hint = howToGoOn;
        }
        return error;
    }

} // namespace

AuditFile::AuditFile(sqlite3* handle, std::string path, Writer writer)
    : m_handle(handle), m_path(std::move(path)), m_writer(std::move(writer))
{
}

AuditFile::~AuditFile() { sqlite3_close_v2(m_handle); }

Result<std::shared_ptr<AuditFile>> AuditFile::open(const std::string& path, Writer writer)
{
    makePrivate(path);
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    std::shared_ptr<AuditFile> file(new AuditFile(handle, path, std::move(writer)));
    if (code != SQLITE_OK)
        return std::unexpected(databaseError(handle));
    if (const auto done = file->prepare(); !done)
        return std::unexpected(advised(done.error()));
    keepRoom(handle);
    keepSpare(headFile(path));
    file->m_writes = true;
    return file;
}

Result<std::shared_ptr<AuditFile>> AuditFile::openToRead(const std::string& path)
{
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored))
        return fail(Error::Kind::NotFound, "there is no audit log", path, "it begins with the first shift");
    Error last;
    for (const auto* how : waysToRead) {
        sqlite3* handle = nullptr;
        const int code = sqlite3_open_v2(databaseAddress(path, how).c_str(), &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nullptr);
        std::shared_ptr<AuditFile> file(new AuditFile(handle, path, {}));
        if (code != SQLITE_OK) {
            last = databaseError(handle);
            continue;
        }
        sqlite3_busy_timeout(handle, static_cast<int>(std::chrono::milliseconds(longestWait).count()));
        const auto done = file->checkVersion();
        if (done)
            return file;
        last = advised(done.error());
        if (last.kind != Error::Kind::Denied)
            break;
    }
    return std::unexpected(last);
}

Result<> AuditFile::prepare()
{
    if (auto done = useWriteAheadLog(m_handle, longestWait); !done)
        return done;
    if (auto done = execute(m_handle, "PRAGMA synchronous=FULL"); !done)
        return done;
    auto transaction = Transaction::begin(m_handle);
    if (!transaction)
        return std::unexpected(transaction.error());
    const auto have = number(m_handle, "PRAGMA user_version");
    if (!have)
        return std::unexpected(have.error());
    if (*have < static_cast<std::int64_t>(migrations.size()) && *have >= 0) {
        for (auto next = static_cast<std::size_t>(*have); next < migrations.size(); ++next)
            if (auto done = execute(m_handle, migrations[next]); !done)
                return done;
        if (auto done = execute(m_handle, ("PRAGMA user_version = " + std::to_string(migrations.size())).c_str()); !done)
            return done;
    }
    if (*have == 0) {
        auto name = Statement::prepare(m_handle, "INSERT INTO log VALUES (?)");
        if (!name)
            return std::unexpected(name.error());
        name->bind(1, std::string_view(newName()));
        if (auto done = name->step(); !done)
            return std::unexpected(done.error());
    }
    if (auto done = checkVersion(); !done)
        return done;
    if (*have == 0) {
        const auto file = headFile(m_path);
        const auto old = readHead(file);
        if (!old || *old)
            return tampered("its database is gone, its head is still there", file);
        auto head = PreparedHead::write(file, { m_log, 0, m_beginning });
        if (!head)
            return std::unexpected(head.error());
        if (auto done = transaction->commit(); !done)
            return done;
        return head->takePlace();
    }
    return transaction->commit();
}

Result<> AuditFile::checkVersion()
{
    const auto have = number(m_handle, "PRAGMA user_version");
    if (!have)
        return std::unexpected(have.error());
    if (*have < 1)
        return fail(Error::Kind::Corrupt, "this is no audit log", m_path);
    if (*have > static_cast<std::int64_t>(migrations.size()))
        return fail(Error::Kind::Refused, "the audit log was written by a newer version of Penstock", m_path, "use that version");
    auto name = Statement::prepare(m_handle, "SELECT name FROM log");
    if (!name)
        return std::unexpected(name.error());
    if (auto row = name->step(); !row)
        return std::unexpected(row.error());
    else if (*row)
        m_log = name->bytes(0);
    const auto beginning = chainBeginning(m_log);
    if (!beginning)
        return std::unexpected(beginning.error());
    m_beginning = *beginning;
    return {};
}

Result<std::string> AuditFile::hashAt(std::int64_t at)
{
    if (at == 0)
        return m_beginning;
    auto statement = Statement::prepare(m_handle, "SELECT hash FROM record WHERE number = ?");
    if (!statement)
        return std::unexpected(statement.error());
    statement->bind(1, at);
    auto row = statement->step();
    if (!row)
        return std::unexpected(row.error());
    return *row ? std::string(statement->bytes(0)) : std::string();
}

/// The last record; number 0 and the log's beginning as its hash when there is none.
Result<AuditRecord> AuditFile::tip()
{
    auto statement = Statement::prepare(m_handle, std::string(columns) + "ORDER BY number DESC LIMIT 1");
    if (!statement)
        return std::unexpected(statement.error());
    auto row = statement->step();
    if (!row)
        return std::unexpected(row.error());
    AuditRecord last;
    last.hash = m_beginning;
    if (!*row)
        return last;
    last = recordOf(*statement);
    const auto previous = hashAt(last.number - 1);
    if (!previous)
        return std::unexpected(previous.error());
    last.previous = *previous;
    return last;
}

/// A log that was cut off must not grow: its new records would hide the cut.
Result<> AuditFile::checkHead(const AuditRecord& last)
{
    const auto file = headFile(m_path);
    const auto head = readHead(file);
    if (!head)
        return head.error().kind == Error::Kind::Corrupt ? tampered(head.error().what, head.error().where) : std::unexpected(head.error());
    if (!*head) {
        // Between making the database and its head the program may have died.
        return last.number == 0 ? Result<>() : tampered("its head is gone", file);
    }
    if ((*head)->log != m_log)
        return tampered("its head belongs to another log", file);
    if ((*head)->count > last.number)
        return tampered("it ends at record " + std::to_string(last.number) + " and had " + std::to_string((*head)->count), m_path);
    const auto hash = hashAt((*head)->count);
    if (!hash)
        return std::unexpected(hash.error());
    if (*hash != (*head)->hash)
        return tampered("record " + std::to_string((*head)->count) + " is not the one that was written", m_path);
    if (last.number > 0)
        if (const auto should = recordHash(last); !should || *should != last.hash)
            return tampered("record " + std::to_string(last.number) + " was changed", m_path);
    return {};
}

Result<std::int64_t> AuditFile::append(const AuditEvent& event)
{
    const std::lock_guard lock(m_mutex);
    if (!m_writes)
        return fail(Error::Kind::Denied, "the audit log was opened to be read", m_path);
    auto body = auditText(event);
    if (!body)
        return std::unexpected(body.error());
    auto transaction = Transaction::begin(m_handle);
    if (!transaction)
        return std::unexpected(transaction.error());
    const auto last = tip();
    if (!last)
        return std::unexpected(last.error());
    if (auto good = checkHead(*last); !good)
        return std::unexpected(good.error());
    // Once by each program: the chain up to here is whole, or what is added would hide the place.
    if (!m_isWhole) {
        const auto verdict = walk();
        if (!verdict)
            return std::unexpected(verdict.error());
        if (verdict->broken)
            return tampered("at record " + std::to_string(verdict->broken->number) + ": " + verdict->broken->what, m_path);
    }

    AuditRecord record { .number = last->number + 1, .at = rfc3339(m_writer.clock()), .person = plain(m_writer.person), .host = plain(m_writer.host),
        .kind = std::string(name(kindOf(event.body))), .shift = plain(event.shift), .plan = plain(event.plan), .body = std::move(*body),
        .previous = last->hash, .hash = {} };
    const auto hash = recordHash(record);
    if (!hash)
        return std::unexpected(hash.error());
    record.hash = *hash;
    auto statement = Statement::prepare(m_handle, "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    if (!statement)
        return std::unexpected(statement.error());
    int column = 1;
    statement->bind(column++, record.number);
    for (const auto* text : { &record.at, &record.person, &record.host, &record.kind, &record.shift, &record.plan, &record.body, &record.hash })
        statement->bind(column++, std::string_view(*text));
    if (auto done = statement->step(); !done)
        return std::unexpected(done.error());
    auto head = PreparedHead::write(headFile(m_path), { m_log, record.number, record.hash });
    if (!head)
        return std::unexpected(head.error());
    statement->reset();
    if (auto done = transaction->commit(); !done)
        return std::unexpected(done.error());

    // The head follows the commit, so a crash in between leaves one that is behind, which is no break and is made good by
    // the next append. It never goes back: under the write lock nobody else can have come further.
    if (const auto again = Transaction::begin(m_handle))
        if (const auto now = number(m_handle, "SELECT max(number) FROM record"); now && *now == record.number)
            (void)head->takePlace();
    return record.number;
}

Result<std::vector<AuditRecord>> AuditFile::records(const AuditQuery& query)
{
    const std::lock_guard lock(m_mutex);
    auto statement = Statement::prepare(m_handle,
        "SELECT number, at, person, host, kind, shift, plan, body, hash,"
        " (SELECT hash FROM record AS before WHERE before.number = chosen.number - 1) FROM"
        " (SELECT * FROM record WHERE number BETWEEN ?1 AND ?2 AND (?3 = '' OR shift = ?3) AND at >= ?4 AND (?5 = '' OR at < ?5) AND (?7 = '' OR kind = ?7)"
        " ORDER BY number DESC LIMIT ?6) AS chosen ORDER BY number");
    if (!statement)
        return std::unexpected(statement.error());
    statement->bind(1, query.from)
        .bind(2, query.to)
        .bind(3, std::string_view(query.shift))
        .bind(4, std::string_view(query.since ? rfc3339(*query.since) : std::string()))
        .bind(5, std::string_view(query.until ? rfc3339(*query.until) : std::string()))
        .bind(6, query.newest)
        .bind(7, std::string_view(query.kind));
    std::vector<AuditRecord> found;
    for (;;) {
        auto row = statement->step();
        if (!row)
            return std::unexpected(row.error());
        if (!*row)
            return found;
        found.push_back(recordOf(*statement));
        found.back().previous = found.back().number == 1 ? m_beginning : std::string(statement->bytes(9));
    }
}

Result<AuditVerdict> AuditFile::verify()
{
    const std::lock_guard lock(m_mutex);
    const ReadTransaction whole(m_handle);
    return walk();
}

/// Within a transaction.
Result<AuditVerdict> AuditFile::walk()
{
    // Read before the records are, so that what is appended meanwhile cannot look like a cut.
    const auto head = readHead(headFile(m_path));
    if (!head && head.error().kind != Error::Kind::Corrupt)
        return std::unexpected(head.error());
    ChainWalk walk(1, m_beginning);
    auto statement = Statement::prepare(m_handle, std::string(columns) + "ORDER BY number");
    if (!statement)
        return std::unexpected(statement.error());
    bool headFits = head && *head && (*head)->count == 0 && (*head)->hash == m_beginning;
    for (std::string previous = m_beginning;;) {
        auto row = statement->step();
        if (!row) {
            walk.breakAt(walk.verdict().last + 1, "the database cannot be read from here on: " + row.error().what, {}, {});
            break;
        }
        if (!*row)
            break;
        auto record = recordOf(*statement);
        record.previous = previous;
        previous = record.hash;
        walk.add(record);
        if (head && *head && (*head)->log == m_log && (*head)->count == record.number) {
            headFits = (*head)->hash == record.hash;
            if (!headFits)
                walk.breakAt(record.number, "the record is not the one that was written", (*head)->hash, record.hash);
        }
    }
    auto& verdict = walk.verdict();
    const auto end = "record " + std::to_string(verdict.last);
    if (!head)
        walk.breakAt(verdict.last + 1, head.error().what, "the number and hash of the last record", headFile(m_path));
    else if (!*head) {
        if (verdict.records > 0)
            walk.breakAt(verdict.last + 1, "the head of the log is gone, so that nobody can tell whether records were cut off", headFile(m_path), "no such file");
    } else if ((*head)->log != m_log)
        walk.breakAt(verdict.last + 1, "the head belongs to another log", m_log, (*head)->log);
    else if ((*head)->count > verdict.last)
        walk.breakAt(verdict.last + 1, "the log was cut off", "record " + std::to_string((*head)->count) + " at the end", verdict.last == 0 ? "no record" : end + " at the end");
    else if (!headFits)
        walk.breakAt((*head)->count, "the log does not begin where it began", (*head)->hash, m_beginning);
    else if ((*head)->count < verdict.last)
        verdict.note = "the head is " + std::to_string(verdict.last - (*head)->count)
            + " behind: a program ended between writing the record and the head; the next record makes it good";
    m_isWhole = !verdict.broken;
    return verdict;
}

} // namespace penstock
