// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "fleet/auditlog.h"

namespace penstock {

// The chain, see docs/audit.md: a record's hash covers the hash before it and the hash of its content, so that a record
// can be left out of an export without breaking the chain.

/// What stands in for the hash before the first record. Each log has a name of its own, so that one cannot pass for another.
[[nodiscard]] Result<std::string> chainBeginning(const std::string& log);
/// Of every column of the record but `previous` and `hash`.
[[nodiscard]] Result<std::string> contentHash(const AuditRecord& record);
[[nodiscard]] Result<std::string> linkHash(const std::string& previous, const std::string& content);
/// The hash that a record must have.
[[nodiscard]] Result<std::string> recordHash(const AuditRecord& record);

/// Follows a chain record by record until it breaks.
class ChainWalk
{
public:
    /// `previous`: of the first record; empty: whatever that one says.
    ChainWalk(std::int64_t first, std::string previous) : m_next(first), m_previous(std::move(previous)) {}

    /// False when the chain breaks here, or broke before. `content`: hash of a record that was left out.
    bool add(const AuditRecord& record, const std::optional<std::string>& content = {});
    void breakAt(std::int64_t number, std::string what, std::string expected, std::string found);
    [[nodiscard]] AuditVerdict& verdict() { return m_verdict; }

private:
    std::int64_t m_next;
    std::string m_previous;
    AuditVerdict m_verdict;
};

} // namespace penstock
