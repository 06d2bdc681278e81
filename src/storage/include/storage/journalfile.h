// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "fleet/journal.h"

struct sqlite3;

namespace penstock {

/// The journal in a database of its own, synchronous=FULL: a record that returned is on disk. Any thread.
class JournalFile final : public Journal
{
public:
    [[nodiscard]] static Result<std::shared_ptr<JournalFile>> open(const std::string& path);
    ~JournalFile() override;
    [[nodiscard]] Result<> record(const ShiftStatus& status) override;
    [[nodiscard]] Result<std::vector<ShiftStatus>> shifts(std::size_t limit) override;
    [[nodiscard]] Result<std::string> nextId() override;

private:
    explicit JournalFile(sqlite3* handle);
    std::mutex m_mutex;
    sqlite3* m_handle;
};

} // namespace penstock
