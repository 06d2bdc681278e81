// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "auditchain.h"

#include <initializer_list>
#include <string_view>

#include "base/sha256.h"

namespace penstock {

namespace {

    /// Fields with their length in front, so that no content can look like two fields; the first line says of what.
    Result<std::string> hashOf(std::string_view what, std::initializer_list<std::string_view> fields)
    {
        std::string text(what);
        text += '\n';
        for (const auto field : fields) {
            text += std::to_string(field.size());
            text += ':';
            text += field;
            text += '\n';
        }
        return sha256(text);
    }

    std::string recordName(std::int64_t number) { return "record " + std::to_string(number); }

} // namespace

Result<std::string> chainBeginning(const std::string& log) { return hashOf("penstock.audit.beginning/1", { log }); }

Result<std::string> contentHash(const AuditRecord& it)
{
    return hashOf("penstock.audit.content/1", { std::to_string(it.number), it.at, it.person, it.host, it.kind, it.shift, it.plan, it.body });
}

Result<std::string> linkHash(const std::string& previous, const std::string& content)
{
    return hashOf("penstock.audit.link/1", { previous, content });
}

Result<std::string> recordHash(const AuditRecord& record)
{
    const auto content = contentHash(record);
    return content ? linkHash(record.previous, *content) : content;
}

void ChainWalk::breakAt(std::int64_t number, std::string what, std::string expected, std::string found)
{
    if (!m_verdict.broken)
        m_verdict.broken = { number, std::move(what), std::move(expected), std::move(found) };
}

bool ChainWalk::add(const AuditRecord& record, const std::optional<std::string>& left)
{
    ++m_verdict.records;
    if (m_verdict.broken)
        return false;
    if (m_verdict.first == 0)
        m_verdict.first = record.number;
    if (record.number != m_next) {
        const auto missing = record.number - m_next;
        breakAt(m_next,
            record.number < m_next ? recordName(record.number) + " does not belong here"
                : missing == 1     ? recordName(m_next) + " is missing"
                                   : std::to_string(missing) + " records are missing",
            recordName(m_next), recordName(record.number));
        return false;
    }
    const auto content = left ? Result<std::string>(*left) : contentHash(record);
    const auto link = content ? linkHash(m_previous.empty() ? record.previous : m_previous, *content) : content;
    if (!link) {
        breakAt(record.number, link.error().text(), {}, {});
        return false;
    }
    if (!m_previous.empty() && record.previous != m_previous) {
        breakAt(record.number, "it does not follow the record before it", m_previous, record.previous);
        return false;
    }
    if (*link != record.hash) {
        breakAt(record.number, "the record was changed", record.hash, *link);
        return false;
    }
    m_previous = record.hash;
    ++m_next;
    ++m_verdict.sound;
    if (left)
        ++m_verdict.hashesOnly;
    m_verdict.last = record.number;
    m_verdict.head = record.hash;
    return true;
}

} // namespace penstock
