// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <iostream>
#include <string>

#include <sqlite3.h>

namespace penstock::bench {

inline constexpr std::int64_t large = 2'000'000'000; ///< bytes

/// Makes a history file as large as it may become: chunks of minutes of groups that nobody asks for, of 24 days from
/// `from` (seconds since 1970) on, as large as real ones.
inline bool makeLarge(const std::string& path, std::int64_t from)
{
    sqlite3* raw = nullptr;
    const auto fill = "PRAGMA synchronous=OFF; INSERT INTO chunk WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2900000) SELECT 2, " + std::to_string(from / 3600 * 3600)
        + " + i / 5000 * 3600, 1000000 + i % 5000, 60, randomblob(600) FROM n";
    const bool done = sqlite3_open(path.c_str(), &raw) == SQLITE_OK && sqlite3_exec(raw, fill.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
    if (!done)
        std::cerr << sqlite3_errmsg(raw) << '\n';
    sqlite3_close(raw);
    return done;
}

} // namespace penstock::bench
