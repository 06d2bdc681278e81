// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "fleet/auditevent.h"

namespace penstock {

/// One record as it is kept: texts, exactly those that its hash covers.
struct AuditRecord
{
    std::int64_t number = 0; ///< counts from 1, without gaps
    std::string at; ///< RFC 3339, UTC, microseconds
    std::string person; ///< the operating system's account
    std::string host;
    std::string kind; ///< name(AuditKind), or a kind that a newer version writes
    std::string shift, plan;
    std::string body; ///< canonical JSON: one line, sorted keys
    std::string previous; ///< the hash of the record before, or of the log's beginning
    std::string hash;
    friend bool operator==(const AuditRecord&, const AuditRecord&) = default;
};

/// Which records; empty parts do not restrict.
struct AuditQuery
{
    std::string shift;
    std::string kind; ///< name(AuditKind)
    std::optional<Time> since, until; ///< at or after, before
    std::int64_t from = 1; ///< record numbers, both inclusive
    std::int64_t to = std::numeric_limits<std::int64_t>::max();
    std::int64_t newest = std::numeric_limits<std::int64_t>::max(); ///< only the last so many of them
};

/// What a check of the chain found.
struct AuditVerdict
{
    struct Break
    {
        std::int64_t number = 0; ///< of the record that should stand there
        std::string what; ///< "the record was changed", "2 records are missing"
        std::string expected, found;
        friend bool operator==(const Break&, const Break&) = default;
    };
    std::int64_t records = 0; ///< that are there, as far as they could be read
    std::int64_t sound = 0; ///< of them, those before the first break
    std::int64_t hashesOnly = 0; ///< of a file: records that were left out and of which it only holds the hash
    std::int64_t first = 0, last = 0; ///< numbers of the first record and of the last sound one; 0: none
    std::string head; ///< hash of the last sound record; empty: none
    std::optional<Break> broken; ///< the first one
    std::string note; ///< what is odd without being a break; may be empty
};

/// The tamper-evident record of all decisions. Append-only. Any thread.
class AuditLog
{
public:
    virtual ~AuditLog() = default;
    /// Returns the record's number once it is on disk. Fails without a trace when it cannot be kept, when an event is not
    /// to be written down exactly (a number that is not finite: Invalid), and when the log was tampered with (Corrupt):
    /// whoever wanted to act must not act then.
    [[nodiscard]] virtual Result<std::int64_t> append(const AuditEvent& event) = 0;
    /// Ascending by number.
    [[nodiscard]] virtual Result<std::vector<AuditRecord>> records(const AuditQuery& query) = 0;
    /// Checks every record. A break is no failure.
    [[nodiscard]] virtual Result<AuditVerdict> verify() = 0;
};

} // namespace penstock
