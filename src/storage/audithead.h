// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"

namespace penstock {

/// How far a log had come, kept beside its database so that a tail that was cut off is missed.
struct AuditHead
{
    std::string log; ///< its name
    std::int64_t count = 0;
    std::string hash; ///< of the last record, or the log's beginning
};

[[nodiscard]] std::string headFile(const std::string& database);
/// Empty when there is no such file; Corrupt when it holds something else.
[[nodiscard]] Result<std::optional<AuditHead>> readHead(const std::string& file);

/// Keeps a few blocks on the disk beside a head, which the next head takes when there is no other room. Does what it can.
void keepSpare(const std::string& file);

/// A head that is on disk under another name: what can fail for want of room has happened before the record is committed.
class PreparedHead
{
public:
    [[nodiscard]] static Result<PreparedHead> write(const std::string& file, const AuditHead& head);
    PreparedHead(PreparedHead&& other) noexcept : m_file(std::move(other.m_file)), m_temporary(std::exchange(other.m_temporary, {})) {}
    PreparedHead& operator=(PreparedHead&&) = delete;
    ~PreparedHead(); ///< removes it unless it took its place
    [[nodiscard]] Result<> takePlace();

private:
    [[nodiscard]] static Result<PreparedHead> writeOnce(const std::string& file, const AuditHead& head);
    PreparedHead(std::string file, std::string temporary) : m_file(std::move(file)), m_temporary(std::move(temporary)) {}
    std::string m_file, m_temporary;
};

} // namespace penstock
