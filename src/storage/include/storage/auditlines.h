// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "fleet/auditlog.h"

namespace penstock {

/// One line of an export, penstock.audit/1: a record, or only the hashes of one that was not asked for.
struct AuditLine
{
    AuditRecord record; ///< with `content`: only its number and hashes
    std::string content; ///< hash of what was left out; empty: nothing was
    std::int64_t first = 0, last = 0; ///< record numbers of the whole export
    friend bool operator==(const AuditLine&, const AuditLine&) = default;
};

/// The line without its end. Its body must be canonical JSON.
[[nodiscard]] std::string auditLineText(const AuditLine& line);
/// Corrupt for anything but letter by letter what `auditLineText` writes.
[[nodiscard]] Result<AuditLine> auditLine(std::string_view text);

/// What an export wrote.
struct AuditExport
{
    std::int64_t records = 0, hashesOnly = 0;
    std::string head; ///< hash of the last one
};

/// Writes the records that the query finds as JSON lines, and the hashes of those between them, so that the file can be
/// checked by itself. NotFound when there are none.
[[nodiscard]] Result<AuditExport> writeAuditLines(AuditLog& log, const AuditQuery& query, std::ostream& out);

/// Checks an exported file as a log is checked.
[[nodiscard]] AuditVerdict verifyAuditLines(std::istream& in);

} // namespace penstock
