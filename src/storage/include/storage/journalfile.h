// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "fleet/journal.h"

struct sqlite3;

namespace penstock {

/// The journal in a database of its own, synchronous=FULL: what returned is on disk. Any thread, any number of processes.
class JournalFile final : public Journal
{
public:
    /// Opens or makes it. A damaged one is set aside as NAME.damaged-TIME, which `notice` then says; one written by a newer
    /// version is refused and left alone.
    [[nodiscard]] static Result<std::shared_ptr<JournalFile>> open(const std::string& path, std::string& notice);
    /// No shift gets a number up to this one any more.
    [[nodiscard]] Result<> goOnAfter(std::int64_t number);
    ~JournalFile() override;
    [[nodiscard]] Result<> record(const JournalEntry& entry) override;
    [[nodiscard]] Result<std::vector<JournalEntry>> entries(std::size_t limit) override;
    [[nodiscard]] Result<std::string> nextId() override;
    [[nodiscard]] Result<> take(const std::vector<JournalLease>& leases, Time now) override;
    [[nodiscard]] Result<> renew(const std::string& holder, const ProcessName& process, Time until) override;
    [[nodiscard]] Result<> drop(const std::string& holder, const ProcessName& process) override;
    [[nodiscard]] Result<std::vector<JournalLease>> leases() override;
    [[nodiscard]] Result<> order(const ShiftOrder& order) override;
    [[nodiscard]] Result<std::vector<ShiftOrder>> ordersAfter(std::int64_t number) override;
    [[nodiscard]] Result<> keepPlan(const KeptPlan& plan) override;
    [[nodiscard]] Result<std::vector<KeptPlan>> plans(Time since) override;
    [[nodiscard]] Result<> approve(const KeptApproval& approval) override;
    [[nodiscard]] Result<std::vector<KeptApproval>> approvals(Time since) override;
    /// Changes whenever another process has written; cheap enough to ask several times a second.
    [[nodiscard]] std::int64_t foreignChanges();

private:
    explicit JournalFile(sqlite3* handle);
    std::mutex m_mutex;
    sqlite3* m_handle;
};

} // namespace penstock
