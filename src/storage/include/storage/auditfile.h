// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "fleet/auditlog.h"

struct sqlite3;

namespace penstock {

/// The audit log in a database of its own, synchronous=FULL, and the head of its chain in FILE.head beside it. Several
/// processes may append to one at once. Any thread.
class AuditFile final : public AuditLog
{
public:
    /// Who writes: the operating system's account and machine, never a setting.
    struct Writer
    {
        std::string person, host;
        Clock clock = wallClock;
    };

    /// Opens or makes it. One that a newer version wrote is refused; an older one is brought up to date, its records as they are.
    [[nodiscard]] static Result<std::shared_ptr<AuditFile>> open(const std::string& path, Writer writer);
    /// Opens it without ever writing to it, on a read-only disk too; NotFound when there is none.
    [[nodiscard]] static Result<std::shared_ptr<AuditFile>> openToRead(const std::string& path);
    ~AuditFile() override;

    [[nodiscard]] Result<std::int64_t> append(const AuditEvent& event) override;
    [[nodiscard]] Result<std::vector<AuditRecord>> records(const AuditQuery& query) override;
    [[nodiscard]] Result<AuditVerdict> verify() override;

private:
    AuditFile(sqlite3* handle, std::string path, Writer writer);
    [[nodiscard]] Result<> prepare();
    [[nodiscard]] Result<> checkVersion();
    [[nodiscard]] Result<AuditRecord> tip();
    [[nodiscard]] Result<> checkHead(const AuditRecord& tip);
    [[nodiscard]] Result<std::string> hashAt(std::int64_t number);
    [[nodiscard]] Result<AuditVerdict> walk();

    std::mutex m_mutex;
    sqlite3* m_handle;
    std::string m_path, m_log, m_beginning;
    Writer m_writer;
    bool m_writes = false;
    bool m_isWhole = false; ///< the chain was whole when this program looked at all of it
};

} // namespace penstock
