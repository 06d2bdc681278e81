// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "statement.h"

#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include <sqlite3.h>

namespace penstock {

void makePrivate(const std::string& path)
{
    namespace fs = std::filesystem;
    using fs::perms;
    std::error_code ignored;
    const auto folder = fs::absolute(path, ignored).parent_path();
    auto there = folder;
    while (!fs::exists(there, ignored) && there.has_relative_path())
        there = there.parent_path();
    // Somebody who lets a group write here shares what is here with it, whatever the umask of whoever comes first.
    const bool shared = (fs::status(there, ignored).permissions() & perms::group_write) != perms::none;
    const auto ofGroup = shared ? fs::perm_options::add : fs::perm_options::remove;
    if (fs::create_directories(folder, ignored)) {
        fs::permissions(folder, perms::group_all, ofGroup, ignored);
        fs::permissions(folder, perms::others_all, fs::perm_options::remove, ignored);
    }
    if (const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR); file >= 0) {
        if (shared)
            (void)::fchmod(file, S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP);
        ::close(file);
    }
    for (const char* beside : { "", "-wal", "-shm" })
        fs::permissions(path + beside, perms::others_all, fs::perm_options::remove, ignored);
}

Error databaseError(sqlite3* handle)
{
    const int code = sqlite3_errcode(handle);
    const auto kind = code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? Error::Kind::Corrupt
        : code == SQLITE_BUSY || code == SQLITE_LOCKED               ? Error::Kind::Unavailable
        : code == SQLITE_PERM || code == SQLITE_READONLY || code == SQLITE_CANTOPEN ? Error::Kind::Denied
                                                                     : Error::Kind::Unavailable;
    const char* file = sqlite3_db_filename(handle, "main");
    return { kind, sqlite3_errmsg(handle), file ? file : "", code == SQLITE_FULL ? diskIsFull : "" };
}

Result<> execute(sqlite3* handle, const char* sql)
{
    if (sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        return std::unexpected(databaseError(handle));
    return {};
}

Result<> useWriteAheadLog(sqlite3* handle, std::chrono::milliseconds longest)
{
    sqlite3_busy_timeout(handle, static_cast<int>(longest.count()));
    const auto end = std::chrono::steady_clock::now() + longest;
    for (;;) {
        if (auto done = execute(handle, "PRAGMA journal_mode=WAL"); done || sqlite3_errcode(handle) != SQLITE_BUSY || std::chrono::steady_clock::now() > end)
            return done;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }

Result<Statement> Statement::prepare(sqlite3* handle, std::string_view sql)
{
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle, sql.data(), static_cast<int>(sql.size()), &statement, nullptr) != SQLITE_OK)
        return std::unexpected(databaseError(handle));
    return Statement(statement);
}

Statement& Statement::bind(int at, std::int64_t value)
{
    sqlite3_bind_int64(m_statement.get(), at, value);
    return *this;
}

Statement& Statement::bind(int at, double value)
{
    sqlite3_bind_double(m_statement.get(), at, value);
    return *this;
}

Statement& Statement::bind(int at, std::string_view text)
{
    sqlite3_bind_text64(m_statement.get(), at, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
}

Statement& Statement::bindBlob(int at, std::string_view bytes)
{
    sqlite3_bind_blob64(m_statement.get(), at, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
    return *this;
}

Result<bool> Statement::step()
{
    const int code = sqlite3_step(m_statement.get());
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    return std::unexpected(databaseError(sqlite3_db_handle(m_statement.get())));
}

Result<> Statement::run()
{
    if (const auto done = step(); !done)
        return std::unexpected(done.error());
    return {};
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(m_statement.get(), column); }
double Statement::real(int column) const { return sqlite3_column_double(m_statement.get(), column); }

std::string_view Statement::bytes(int column) const
{
    const auto* data = static_cast<const char*>(sqlite3_column_blob(m_statement.get(), column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(m_statement.get(), column));
    return data ? std::string_view(data, size) : std::string_view();
}

void Statement::reset()
{
    sqlite3_reset(m_statement.get());
    sqlite3_clear_bindings(m_statement.get());
}

Result<std::int64_t> number(sqlite3* handle, std::string_view sql)
{
    auto statement = Statement::prepare(handle, sql);
    if (!statement)
        return std::unexpected(statement.error());
    auto row = statement->step();
    if (!row)
        return std::unexpected(row.error());
    return *row ? statement->integer(0) : 0;
}

Result<Transaction> Transaction::begin(sqlite3* handle)
{
    if (auto begun = execute(handle, "BEGIN IMMEDIATE"); !begun)
        return std::unexpected(begun.error());
    return Transaction(handle);
}

Result<> Transaction::commit()
{
    auto done = execute(m_handle, "COMMIT");
    if (done)
        m_handle = nullptr;
    return done;
}

Transaction::~Transaction()
{
    if (m_handle)
        sqlite3_exec(m_handle, "ROLLBACK", nullptr, nullptr, nullptr);
}

ReadTransaction::ReadTransaction(sqlite3* handle) : m_handle(handle) { sqlite3_exec(handle, "BEGIN", nullptr, nullptr, nullptr); }
ReadTransaction::~ReadTransaction() { sqlite3_exec(m_handle, "ROLLBACK", nullptr, nullptr, nullptr); }

} // namespace penstock
