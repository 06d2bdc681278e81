// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "storage/historyfile.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/timetext.h"
#include "database.h"
#include "historyparts.h"

namespace penstock {

namespace {

/// `second` holds the last minute, one row a second with all groups, cheap to write; `chunk` the tiers, one row a group
/// and chunk, cheap to keep. Chunks are looked up by their start and dropped by it.
constexpr std::array<const char*, 4> migrations {
    "CREATE TABLE grp (number INTEGER PRIMARY KEY, dimension INTEGER NOT NULL, key TEXT NOT NULL, UNIQUE (dimension, "
    "key)) STRICT;"
    "CREATE TABLE second (at_s INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;"
    "CREATE TABLE chunk (tier INTEGER NOT NULL, start_s INTEGER NOT NULL, grp INTEGER NOT NULL, points INTEGER NOT "
    "NULL, body BLOB NOT NULL,"
    " PRIMARY KEY (tier, start_s, grp)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE holder (one INTEGER PRIMARY KEY CHECK (one = 1), host TEXT NOT NULL, pid INTEGER NOT NULL, started "
    "TEXT NOT NULL, until_us INTEGER NOT NULL) STRICT;"
    "CREATE TABLE reached (one INTEGER PRIMARY KEY CHECK (one = 1), at_s INTEGER NOT NULL) STRICT;",
    // Figures were added: a version that does not know them would take chunks for damaged ones, and write over them.
    "",
    // A row an event; its place and its workloads are groups.
    "CREATE TABLE event (number INTEGER PRIMARY KEY, at_s INTEGER NOT NULL, kind INTEGER NOT NULL, place INTEGER NOT "
    "NULL, endpoint TEXT NOT NULL, node TEXT NOT NULL, gpus INTEGER NOT NULL, which INTEGER NOT NULL, health INTEGER "
    "NOT NULL, workload INTEGER, before INTEGER, simulated INTEGER NOT NULL) STRICT;"
    "CREATE INDEX event_at ON event (at_s);",
    // Again a figure.
    "",
};
constexpr std::array<const char*, 6> probes { "SELECT number, dimension, key FROM grp LIMIT 0",
    "SELECT at_s, body FROM second LIMIT 0", "SELECT tier, start_s, grp, points, body FROM chunk LIMIT 0",
    "SELECT host, pid, started, until_us FROM holder LIMIT 0", "SELECT at_s FROM reached LIMIT 0",
    "SELECT number, at_s, kind, place, endpoint, node, gpus, which, health, workload, before, simulated FROM event "
    "LIMIT 0" };
constexpr std::uintmax_t roomOfADisk = 64 << 20; ///< bytes; with more it is not full

// Looking at every page of gigabytes would keep the window waiting; what is damaged deeper down shows when it is used.
constexpr DatabaseShape shape { .what = "history",
    .migrations = migrations,
    .probes = probes,
    .check = DatabaseShape::Check::Tables,
    .whenEmpty = "PRAGMA auto_vacuum=INCREMENTAL" };

Result<DatabaseHandle> openToWrite(const std::string& path, std::string& notice)
{
    auto handle = openDatabase(path, shape, notice);
    if (handle)
        if (auto done = execute(handle->get(), "PRAGMA journal_size_limit=16000000"); !done)
            return std::unexpected(done.error());
    return handle;
}

} // namespace

HistoryFile::HistoryFile(std::unique_ptr<Parts> parts) : m_parts(std::move(parts)) { }
HistoryFile::HistoryFile(HistoryFile&&) noexcept = default;

HistoryFile::~HistoryFile()
{
    if (m_parts && m_parts->holds && m_parts->handle)
        m_parts->letGo();
}

Result<HistoryFile> HistoryFile::open(
    const std::string& path, const HistorySettings& settings, std::string& notice, Clock clock)
{
    auto handle = openToWrite(path, notice);
    if (!handle)
        return std::unexpected(handle.error());
    auto parts = std::make_unique<Parts>();
    parts->path = path;
    parts->settings = settings;
    parts->clock = std::move(clock);
    parts->handle = std::move(*handle);
    parts->mayWrite = true;
    return HistoryFile(std::move(parts));
}

Result<HistoryFile> HistoryFile::openToRead(const std::string& path)
{
    auto handle = openDatabaseToRead(path, shape);
    if (!handle)
        return std::unexpected(handle.error());
    auto parts = std::make_unique<Parts>();
    parts->path = path;
    parts->handle = std::move(*handle);
    return HistoryFile(std::move(parts));
}

std::vector<std::string> HistoryFile::setAsideBefore(const std::string& path)
{
    const std::filesystem::path file(path);
    const auto prefix = file.filename().string() + ".damaged-";
    std::vector<std::string> found;
    std::error_code wrong;
    for (std::filesystem::directory_iterator it(file.parent_path().empty() ? "." : file.parent_path(), wrong), end; !wrong && it != end; it.increment(wrong)) {
        const auto name = it->path().filename().string();
        std::int64_t seconds = 0;
        if (!name.starts_with(prefix))
            continue;
        const auto* last = name.data() + name.size();
        const auto [rest, broken] = std::from_chars(name.data() + prefix.size(), last, seconds);
        if (broken == std::errc() && rest == last) // not what SQLite keeps beside it
            found.push_back("The history was damaged and set aside at " + rfc3339(Time(std::chrono::seconds(seconds))).substr(0, 19) + "Z" + " as " + it->path().string() + ": what it held is not shown. Move that file away once it is dealt with.");
    }
    std::ranges::sort(found);
    return found;
}

Result<> HistoryFile::write(
    std::span<const std::shared_ptr<const RollupPoint>> points, std::span<const FleetEvent> events)
{
    auto& parts = *m_parts;
    if (!parts.mayWrite)
        return fail(Error::Kind::Refused, "the history was opened to read", parts.path);
    std::string notice;
    if (!parts.handle) {
        auto handle = openToWrite(parts.path, notice);
        if (!handle)
            return std::unexpected(handle.error());
        parts.handle = std::move(*handle);
    }
    auto done = parts.writeSeconds(points, events);
    if (done)
        done = parts.packMinutes();
    if (done)
        return done;
    // What was numbered may have been rolled back.
    parts.groups.clear();
    parts.openMinute.reset();
    parts.eventCounts.reset();
    done.error().where = parts.path;
    // Of a page whose number damage has made larger than any file's SQLite says that, too.
    if (std::error_code unknown; done.error().hint == diskIsFull && std::filesystem::space(parts.path, unknown).available > roomOfADisk && !unknown)
        if (auto whole = checkEverything(parts.handle.get(), shape); !whole && whole.error().kind == Error::Kind::Corrupt)
            done = whole;
    return done.error().kind == Error::Kind::Corrupt ? parts.leave() : done;
}

Result<> HistoryFile::check()
{
    auto& parts = *m_parts;
    if (!parts.mayWrite || !parts.handle)
        return {};
    // What another process writes is for that one to look at.
    bool first = false;
    if (auto mine = parts.take(first); !mine)
        return mine;
    const auto whole = checkEverything(parts.handle.get(), shape);
    return !whole && whole.error().kind == Error::Kind::Corrupt ? parts.leave() : Result<>();
}

Result<> HistoryFile::Parts::leave()
{
    groups.clear();
    openMinute.reset();
    eventCounts.reset();
    handle.reset();
    holds = false;
    std::string notice;
    if (const auto aside = setAside(path, shape, notice); !aside)
        return aside;
    return fail(Error::Kind::Corrupt, notice);
}

} // namespace penstock
