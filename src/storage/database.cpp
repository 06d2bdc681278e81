// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "database.h"

#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <sqlite3.h>
#include <unistd.h>

#include "base/clock.h"
#include "statement.h"

namespace penstock {

namespace {

constexpr std::chrono::seconds longestWait { 2 };

std::string its(const DatabaseShape& shape)
{
    return std::string("the ") + shape.what;
}

Result<> checkTables(sqlite3* handle, const DatabaseShape& shape)
{
    for (const char* probe : shape.probes)
        if (auto statement = Statement::prepare(handle, probe); !statement)
            return fail(Error::Kind::Corrupt, its(shape) + " lacks a table: " + statement.error().what);
    return {};
}

Result<std::int64_t> versionOf(sqlite3* handle, const DatabaseShape& shape)
{
    const auto have = number(handle, "PRAGMA user_version");
    if (have && (*have < 0 || *have > static_cast<std::int64_t>(shape.migrations.size())))
        return fail(Error::Kind::Refused, its(shape) + " was written by a newer version of Penstock", {},
            "use that version, or move the file away");
    return have;
}

Result<> prepare(sqlite3* handle, const DatabaseShape& shape)
{
    sqlite3_busy_timeout(handle, static_cast<int>(std::chrono::milliseconds(longestWait).count()));
    // Of one that is there it would wait for whoever writes.
    if (const auto pages = number(handle, "PRAGMA page_count"); pages && *pages == 0)
        if (auto done = execute(handle, shape.whenEmpty); !done)
            return done;
    if (auto done = useWriteAheadLog(handle, longestWait); !done)
        return done;
    if (auto done = execute(handle, shape.isDurable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL"); !done)
        return done;
    if (shape.check == DatabaseShape::Check::Everything)
        if (auto done = checkEverything(handle, shape); !done)
            return done;
    for (;;) {
        const auto have = versionOf(handle, shape);
        if (!have)
            return std::unexpected(have.error());
        if (*have == static_cast<std::int64_t>(shape.migrations.size()))
            return checkTables(handle, shape);
        auto transaction = Transaction::begin(handle);
        if (!transaction)
            return std::unexpected(transaction.error());
        // Another process may have been quicker.
        const auto now = number(handle, "PRAGMA user_version");
        if (!now)
            return std::unexpected(now.error());
        if (*now != *have)
            continue;
        if (auto done = execute(handle, shape.migrations[static_cast<std::size_t>(*have)]); !done)
            return done;
        if (auto done = execute(handle, ("PRAGMA user_version=" + std::to_string(*have + 1)).c_str()); !done)
            return done;
        if (auto done = transaction->commit(); !done)
            return done;
    }
}

} // namespace

Result<> checkEverything(sqlite3* handle, const DatabaseShape& shape)
{
    auto check = Statement::prepare(handle, "PRAGMA quick_check(1)");
    if (!check)
        return std::unexpected(check.error());
    const auto row = check->step();
    if (!row)
        return std::unexpected(row.error());
    if (!*row || check->bytes(0) != "ok")
        return fail(Error::Kind::Corrupt, its(shape) + " is damaged: " + std::string(check->bytes(0)));
    return {};
}

void CloseDatabase::operator()(sqlite3* handle) const noexcept
{
    sqlite3_close_v2(handle);
}

Result<> setAside(const std::string& path, const DatabaseShape& shape, std::string& notice)
{
    std::error_code wrong;
    const auto aside = path + ".damaged-"
        + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(wallClock().time_since_epoch()).count());
    std::filesystem::rename(path, aside, wrong);
    if (wrong)
        return fail(Error::Kind::Corrupt, its(shape) + " is damaged and cannot be set aside: " + wrong.message(), path);
    for (const char* extra : { "-wal", "-shm" })
        std::filesystem::rename(path + extra, aside + extra, wrong);
    notice += (notice.empty() ? "" : "\n") + std::string("The ") + shape.what + " was damaged. It was set aside as "
        + aside + "; Penstock starts with an empty one.";
    return {};
}

Result<DatabaseHandle> openDatabase(const std::string& path, const DatabaseShape& shape, std::string& notice)
{
    for (int attempt = 0;; ++attempt) {
        makePrivate(path);
        sqlite3* opened = nullptr;
        const int code = sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
        DatabaseHandle handle(opened);
        auto ready = code == SQLITE_OK ? prepare(opened, shape) : Result<>(std::unexpected(databaseError(opened)));
        if (ready)
            return handle;
        ready.error().where = path;
        if (ready.error().kind != Error::Kind::Corrupt || attempt > 0)
            return std::unexpected(ready.error());
        handle.reset();
        if (auto done = setAside(path, shape, notice); !done)
            return std::unexpected(done.error());
    }
}

void keepRoom(sqlite3* handle)
{
    constexpr std::int64_t room = 4'200'000; // a little more than what SQLite copies at once, 1,000 pages
    const auto spare = number(handle, "PRAGMA freelist_count"), page = number(handle, "PRAGMA page_size");
    if (spare && page && *spare * *page < room) {
        // What one transaction makes and removes again is never written.
        const auto make = "BEGIN IMMEDIATE; CREATE TABLE room (bytes BLOB); INSERT INTO room VALUES (zeroblob(" + std::to_string(room) + ")); COMMIT";
        if (!execute(handle, make.c_str()))
            (void)execute(handle, "ROLLBACK");
        (void)execute(handle, "DROP TABLE IF EXISTS room");
        (void)execute(handle, "PRAGMA wal_checkpoint(PASSIVE)");
    }
    const char* file = sqlite3_db_filename(handle, "main");
    if (const int log = file && *file ? ::open((std::string(file) + "-wal").c_str(), O_WRONLY | O_CLOEXEC) : -1; log >= 0) {
        (void)!::fallocate(log, FALLOC_FL_KEEP_SIZE, 0, room);
        ::close(log);
    }
}

Result<DatabaseHandle> openDatabaseToRead(const std::string& path, const DatabaseShape& shape)
{
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored))
        return fail(Error::Kind::NotFound, std::string("there is no ") + shape.what + " yet", path);
    Error last;
    for (const auto* how : waysToRead) {
        sqlite3* opened = nullptr;
        const int code = sqlite3_open_v2(
            databaseAddress(path, how).c_str(), &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nullptr);
        DatabaseHandle handle(opened);
        auto version = code == SQLITE_OK ? versionOf(opened, shape) : std::unexpected(databaseError(opened));
        if (version && *version == 0 && number(opened, "SELECT count(*) FROM sqlite_master") == 0)
            version = fail(Error::Kind::NotFound, std::string("the file is empty: there is no ") + shape.what + " in it");
        if (version && *version < static_cast<std::int64_t>(shape.migrations.size()))
            version = fail(Error::Kind::Refused, its(shape) + " was written by an older version of Penstock", {},
                "start the console once, which brings it up to date");
        const auto ready = version ? checkTables(opened, shape) : std::unexpected(version.error());
        if (ready) {
            sqlite3_busy_timeout(opened, static_cast<int>(std::chrono::milliseconds(longestWait).count()));
            return handle;
        }
        last = ready.error();
        last.where = path;
        if (last.kind != Error::Kind::Denied)
            break;
    }
    return std::unexpected(last);
}

std::string databaseAddress(const std::string& path, const char* how)
{
    std::string address = "file:";
    for (const char letter : path)
        address += letter == '?' ? "%3f" : letter == '#' ? "%23" : letter == '%' ? "%25" : std::string(1, letter);
    return address + how;
}

} // namespace penstock
