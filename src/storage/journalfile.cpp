// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "storage/journalfile.h"

#include <array>
#include <sqlite3.h>

#include "database.h"
#include "statement.h"

namespace penstock {

namespace {

    std::int64_t microseconds(Time time) { return time.time_since_epoch().count(); }
    Time timeOf(std::int64_t microseconds) { return Time(Duration(microseconds)); }
    std::string text(const Statement& statement, int column) { return std::string(statement.bytes(column)); }

    std::string clockText(Time time)
    {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
        const std::chrono::hh_mm_ss clock(seconds - std::chrono::floor<std::chrono::days>(seconds));
        const auto two = [](auto value) { return (value < 10 ? "0" : "") + std::to_string(value); };
        return two(clock.hours().count()) + ":" + two(clock.minutes().count()) + ":" + two(clock.seconds().count()) + " UTC";
    }

    /// Rows of a query, each made into a value.
    template<class Row, class Make>
    Result<std::vector<Row>> rowsOf(Result<Statement>& statement, Make make)
    {
        std::vector<Row> rows;
        for (;;) {
            const auto row = statement->step();
            if (!row)
                return std::unexpected(row.error());
            if (!*row)
                return rows;
            rows.push_back(make(*statement));
        }
    }

    JournalLease leaseOf(const Statement& row)
    {
        return { .key = text(row, 0), .route = text(row, 1), .holder = text(row, 2), .person = text(row, 3),
            .process = { .host = text(row, 4), .pid = row.integer(5), .started = text(row, 6) }, .until = timeOf(row.integer(7)) };
    }

    /// A file of before there were versions has these tables.
    constexpr std::array<const char*, 1> migrations {
        "CREATE TABLE IF NOT EXISTS shift (shift TEXT PRIMARY KEY, state TEXT NOT NULL, over INTEGER NOT NULL, at_us INTEGER NOT NULL) STRICT;"
        "CREATE TABLE IF NOT EXISTS issued (number INTEGER PRIMARY KEY) STRICT;"
        "CREATE TABLE IF NOT EXISTS lease (key TEXT PRIMARY KEY, route TEXT NOT NULL, holder TEXT NOT NULL, person TEXT NOT NULL,"
        " host TEXT NOT NULL, pid INTEGER NOT NULL, started TEXT NOT NULL, until_us INTEGER NOT NULL) STRICT;"
        "CREATE TABLE IF NOT EXISTS shift_order (number INTEGER PRIMARY KEY AUTOINCREMENT, shift TEXT NOT NULL, what TEXT NOT NULL, person TEXT NOT NULL, at_us INTEGER NOT NULL) STRICT;"
        "CREATE TABLE IF NOT EXISTS plan (hash TEXT PRIMARY KEY, text TEXT NOT NULL, person TEXT NOT NULL, at_us INTEGER NOT NULL) STRICT;"
        "CREATE TABLE IF NOT EXISTS approval (hash TEXT NOT NULL, person TEXT NOT NULL, at_us INTEGER NOT NULL, PRIMARY KEY (hash, person)) STRICT;"
    };
    constexpr std::array<const char*, 3> probes { "SELECT shift, state, over, at_us FROM shift LIMIT 0", "SELECT number, shift, what, person, at_us FROM shift_order LIMIT 0", "SELECT hash, person, at_us FROM approval LIMIT 0" };
    constexpr DatabaseShape shape { .what = "shift journal", .migrations = migrations, .probes = probes, .isDurable = true };
    constexpr std::chrono::seconds longestWait { 5 };

    constexpr const char* leaseColumns = "SELECT key, route, holder, person, host, pid, started, until_us FROM lease";
    constexpr const char* dropLeases = "DELETE FROM lease WHERE holder = ? AND host = ? AND pid = ? AND started = ?";

} // namespace

JournalFile::JournalFile(sqlite3* handle) : m_handle(handle) {}
JournalFile::~JournalFile() { sqlite3_close_v2(m_handle); }

Result<std::shared_ptr<JournalFile>> JournalFile::open(const std::string& path, std::string& notice)
{
    auto handle = openDatabase(path, shape, notice);
    if (!handle)
        return std::unexpected(handle.error());
    sqlite3_busy_timeout(handle->get(), static_cast<int>(std::chrono::milliseconds(longestWait).count()));
    keepRoom(handle->get());
    return std::shared_ptr<JournalFile>(new JournalFile(handle->release()));
}

Result<> JournalFile::goOnAfter(std::int64_t number)
{
    const std::lock_guard lock(m_mutex);
    auto statement = Statement::prepare(m_handle, "INSERT OR IGNORE INTO issued (number) VALUES (?)");
    if (!statement)
        return std::unexpected(statement.error());
    statement->bind(1, number);
    return statement->run();
}

Result<> JournalFile::record(const JournalEntry& entry)
{
    const std::lock_guard lock(m_mutex);
    auto statement = Statement::prepare(m_handle,
        "INSERT INTO shift (shift, state, over, at_us) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (shift) DO UPDATE SET state = excluded.state, over = excluded.over, at_us = excluded.at_us");
    if (!statement)
        return std::unexpected(statement.error());
    statement->bind(1, std::string_view(entry.shift)).bind(2, std::string_view(entry.state)).bind(3, std::int64_t { entry.over }).bind(4, microseconds(entry.at));
    return statement->run();
}

Result<std::vector<JournalEntry>> JournalFile::entries(std::size_t limit)
{
    const std::lock_guard lock(m_mutex);
    auto statement = Statement::prepare(m_handle,
        "SELECT shift, state, over, at_us FROM shift WHERE NOT over OR shift IN (SELECT shift FROM shift ORDER BY at_us DESC LIMIT ?) ORDER BY at_us DESC");
    if (!statement)
        return std::unexpected(statement.error());
    statement->bind(1, static_cast<std::int64_t>(limit));
    return rowsOf<JournalEntry>(statement, [](const Statement& row) {
        return JournalEntry { .shift = text(row, 0), .state = text(row, 1), .over = row.integer(2) != 0, .at = timeOf(row.integer(3)) };
    });
}

Result<std::string> JournalFile::nextId()
{
    const std::lock_guard lock(m_mutex);
    auto statement = Statement::prepare(m_handle, "INSERT INTO issued DEFAULT VALUES RETURNING number");
    if (!statement)
        return std::unexpected(statement.error());
    auto row = statement->step();
    if (!row)
        return std::unexpected(row.error());
    const auto number = statement->integer(0);
    if (auto done = statement->step(); !done)
        return std::unexpected(done.error());
    return "S-" + std::to_string(number);
}

Result<> JournalFile::take(const std::vector<JournalLease>& leases, Time now)
{
    const std::lock_guard lock(m_mutex);
    auto transaction = Transaction::begin(m_handle);
    if (!transaction)
        return std::unexpected(transaction.error());
    std::string held;
    std::vector<JournalLease> lost;
    for (const auto& wanted : leases) {
        auto find = Statement::prepare(m_handle, std::string(leaseColumns) + " WHERE key = ?");
        if (!find)
            return std::unexpected(find.error());
        find->bind(1, std::string_view(wanted.key));
        const auto found = find->step();
        if (!found)
            return std::unexpected(found.error());
        if (!*found)
            continue;
        const auto other = leaseOf(*find);
        if (other.holder == wanted.holder && other.process == wanted.process)
            continue;
        if (other.until <= now || isKnownDead(other.process)) {
            lost.push_back(other);
            continue;
        }
        const auto says = wanted.route + " is held by " + other.holder + " of " + other.person + " at " + other.process.host.substr(0, other.process.host.find('/'))
            + " (process " + std::to_string(other.process.pid) + ") until " + clockText(other.until);
        if (held.find(says) == std::string::npos) // a route may take several leases of one holder
            held += (held.empty() ? "" : "; ") + says;
    }
    if (!held.empty())
        return fail(Error::Kind::Refused, held, {}, "wait until it ends, or stop it there");
    // Who has lost one has lost all: a shift that hung for too long must not go on with the rest.
    for (const auto& other : lost) {
        auto drop = Statement::prepare(m_handle, dropLeases);
        if (!drop)
            return std::unexpected(drop.error());
        drop->bind(1, std::string_view(other.holder)).bind(2, std::string_view(other.process.host)).bind(3, other.process.pid).bind(4, std::string_view(other.process.started));
        if (const auto done = drop->run(); !done)
            return done;
    }
    for (const auto& wanted : leases) {
        auto put = Statement::prepare(m_handle, "INSERT OR REPLACE INTO lease (key, route, holder, person, host, pid, started, until_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
        if (!put)
            return std::unexpected(put.error());
        put->bind(1, std::string_view(wanted.key)).bind(2, std::string_view(wanted.route)).bind(3, std::string_view(wanted.holder)).bind(4, std::string_view(wanted.person));
        put->bind(5, std::string_view(wanted.process.host)).bind(6, wanted.process.pid).bind(7, std::string_view(wanted.process.started)).bind(8, microseconds(wanted.until));
        if (const auto done = put->run(); !done)
            return done;
    }
    return transaction->commit();
}

Result<> JournalFile::renew(const std::string& holder, const ProcessName& process, Time until)
{
    const std::lock_guard lock(m_mutex);
    auto statement = Statement::prepare(m_handle, "UPDATE lease SET until_us = ? WHERE holder = ? AND host = ? AND pid = ? AND started = ?");
    if (!statement)
        return std::unexpected(statement.error());
    statement->bind(1, microseconds(until)).bind(2, std::string_view(holder)).bind(3, std::string_view(process.host)).bind(4, process.pid).bind(5, std::string_view(process.started));
    if (const auto done = statement->run(); !done)
        return done;
    if (sqlite3_changes(m_handle) == 0)
        return fail(Error::Kind::Refused, "the leases of " + holder + " were taken over", {}, "look at `penstockctl shifts`");
    return {};
}

Result<> JournalFile::drop(const std::string& holder, const ProcessName& process)
{
    const std::lock_guard lock(m_mutex);
    auto statement = Statement::prepare(m_handle, dropLeases);
    if (!statement)
        return std::unexpected(statement.error());
    statement->bind(1, std::string_view(holder)).bind(2, std::string_view(process.host)).bind(3, process.pid).bind(4, std::string_view(process.started));
    return statement->run();
}

Result<std::vector<JournalLease>> JournalFile::leases()
{
    const std::lock_guard lock(m_mutex);
    auto statement = Statement::prepare(m_handle, leaseColumns);
    if (!statement)
        return std::unexpected(statement.error());
    return rowsOf<JournalLease>(statement, leaseOf);
}

Result<> JournalFile::order(const ShiftOrder& order)
{
    const std::lock_guard lock(m_mutex);
    auto statement = Statement::prepare(m_handle, "INSERT INTO shift_order (shift, what, person, at_us) VALUES (?, ?, ?, ?)");
    if (!statement)
        return std::unexpected(statement.error());
    statement->bind(1, std::string_view(order.shift)).bind(2, std::string_view(order.what)).bind(3, std::string_view(order.person)).bind(4, microseconds(order.at));
    return statement->run();
}

Result<std::vector<ShiftOrder>> JournalFile::ordersAfter(std::int64_t number)
{
    const std::lock_guard lock(m_mutex);
    auto statement = Statement::prepare(m_handle, "SELECT number, shift, what, person, at_us FROM shift_order WHERE number > ? ORDER BY number");
    if (!statement)
        return std::unexpected(statement.error());
    statement->bind(1, number);
    return rowsOf<ShiftOrder>(statement, [](const Statement& row) {
        return ShiftOrder { .number = row.integer(0), .shift = text(row, 1), .what = text(row, 2), .person = text(row, 3), .at = timeOf(row.integer(4)) };
    });
}

Result<> JournalFile::keepPlan(const KeptPlan& plan)
{
    const std::lock_guard lock(m_mutex);
    auto statement = Statement::prepare(m_handle, "INSERT OR REPLACE INTO plan (hash, text, person, at_us) VALUES (?, ?, ?, ?)");
    if (!statement)
        return std::unexpected(statement.error());
    statement->bind(1, std::string_view(plan.hash)).bind(2, std::string_view(plan.text)).bind(3, std::string_view(plan.person)).bind(4, microseconds(plan.at));
    return statement->run();
}

Result<std::vector<KeptPlan>> JournalFile::plans(Time since)
{
    const std::lock_guard lock(m_mutex);
    auto statement = Statement::prepare(m_handle, "SELECT hash, text, person, at_us FROM plan WHERE at_us >= ? ORDER BY at_us DESC");
    if (!statement)
        return std::unexpected(statement.error());
    statement->bind(1, microseconds(since));
    return rowsOf<KeptPlan>(statement, [](const Statement& row) {
        return KeptPlan { .hash = text(row, 0), .text = text(row, 1), .person = text(row, 2), .at = timeOf(row.integer(3)) };
    });
}

Result<> JournalFile::approve(const KeptApproval& approval)
{
    const std::lock_guard lock(m_mutex);
    auto statement = Statement::prepare(m_handle, "INSERT OR REPLACE INTO approval (hash, person, at_us) VALUES (?, ?, ?)");
    if (!statement)
        return std::unexpected(statement.error());
    statement->bind(1, std::string_view(approval.planHash)).bind(2, std::string_view(approval.person)).bind(3, microseconds(approval.at));
    return statement->run();
}

Result<std::vector<KeptApproval>> JournalFile::approvals(Time since)
{
    const std::lock_guard lock(m_mutex);
    auto statement = Statement::prepare(m_handle, "SELECT hash, person, at_us FROM approval WHERE at_us >= ? ORDER BY at_us DESC");
    if (!statement)
        return std::unexpected(statement.error());
    statement->bind(1, microseconds(since));
    return rowsOf<KeptApproval>(statement, [](const Statement& row) {
        return KeptApproval { .planHash = text(row, 0), .person = text(row, 1), .at = timeOf(row.integer(2)) };
    });
}

std::int64_t JournalFile::foreignChanges()
{
    const std::lock_guard lock(m_mutex);
    auto statement = Statement::prepare(m_handle, "PRAGMA data_version");
    if (!statement)
        return -1;
    const auto row = statement->step();
    return row && *row ? statement->integer(0) : -1;
}

} // namespace penstock
