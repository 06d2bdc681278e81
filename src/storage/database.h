// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <span>
#include <string>

#include "base/result.h"
#include "storage/databasehandle.h"

namespace penstock {

/// What a database of ours looks like, and how much of it is looked at when it is opened.
struct DatabaseShape
{
    enum class Check { Everything, Tables };
    const char* what; ///< "cache"
    std::span<const char* const> migrations; ///< the version of a file is the number of these that were applied to it
    std::span<const char* const> probes; ///< a file of the right version can still lack a table
    Check check = Check::Everything;
    const char* whenEmpty = ""; ///< what has to be set before there is a table
    bool isDurable = false; ///< what was written survives a power cut too
};

/// Opens or makes a database that can be done without. A damaged one is set aside as NAME.damaged-TIME, which `notice`
/// then says; one written by a newer version is refused and left alone.
[[nodiscard]] Result<DatabaseHandle> openDatabase(
    const std::string& path, const DatabaseShape& shape, std::string& notice);
/// Opens one without ever writing to it, on a read-only disk too. NotFound without a file.
[[nodiscard]] Result<DatabaseHandle> openDatabaseToRead(const std::string& path, const DatabaseShape& shape);
/// Reads all of it, seconds for gigabytes. Corrupt says what is damaged.
[[nodiscard]] Result<> checkEverything(sqlite3* handle, const DatabaseShape& shape);
/// Moves a damaged file away and says so in `notice`. Nobody may have it open.
[[nodiscard]] Result<> setAside(const std::string& path, const DatabaseShape& shape, std::string& notice);

/// Takes room on the disk that later writes find there when it is full: for the log that is written first, as long as this
/// program has the database open, and as free pages of the database, to which that is copied. Some 4 MB each. Does what it
/// can: a disk that is full already, or somebody who writes, is no error.
void keepRoom(sqlite3* handle);

/// A database in WAL mode wants to make two files beside it. Where it can't, nobody else writes either.
inline constexpr std::array waysToRead { "?mode=ro", "?immutable=1" };
[[nodiscard]] std::string databaseAddress(const std::string& path, const char* how);

} // namespace penstock
