// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "storage/auditlines.h"

#include <algorithm>
#include <initializer_list>
#include <istream>
#include <limits>
#include <ostream>
#include <utility>

#include "auditchain.h"
#include "json.h"

namespace penstock {

namespace {

    constexpr std::string_view schema = "penstock.audit/1";

    using Field = std::pair<const char*, std::string AuditRecord::*>;
    constexpr std::initializer_list<Field> texts { { "at", &AuditRecord::at }, { "operator", &AuditRecord::person }, { "host", &AuditRecord::host },
        { "kind", &AuditRecord::kind }, { "shift", &AuditRecord::shift }, { "plan", &AuditRecord::plan } };

    std::string jsonText(std::string_view text) { return canonicalJson(std::string(text)); }

    bool readNumber(const Json& json, const char* key, std::int64_t& number)
    {
        const auto found = json.find(key);
        if (found == json.end() || !found->is_number_unsigned() || found->get<std::uint64_t>() > std::uint64_t { std::numeric_limits<std::int64_t>::max() })
            return false;
        number = found->get<std::int64_t>();
        return true;
    }

    bool readText(const Json& json, const char* key, std::string& text)
    {
        const auto found = json.find(key);
        if (found == json.end() || !(found->is_string() || found->is_null()))
            return false;
        text = found->is_string() ? found->get<std::string>() : std::string();
        return true;
    }

} // namespace

std::string auditLineText(const AuditLine& line)
{
    const auto& it = line.record;
    std::string text = "{\"schema\":" + jsonText(schema) + ",\"number\":" + std::to_string(it.number) + ",\"first\":" + std::to_string(line.first)
        + ",\"last\":" + std::to_string(line.last);
    if (line.content.empty()) {
        for (const auto& [key, member] : texts)
            text += std::string(",\"") + key + "\":" + ((it.*member).empty() ? std::string("null") : jsonText(it.*member));
        text += ",\"body\":" + it.body;
    } else
        text += ",\"content\":" + jsonText(line.content);
    return text + ",\"previous\":" + jsonText(it.previous) + ",\"hash\":" + jsonText(it.hash) + "}";
}

Result<AuditLine> auditLine(std::string_view text)
{
    const auto damaged = [] { return fail(Error::Kind::Corrupt, "this is no line of an audit export"); };
    const auto json = parseJson(text);
    if (!json || !json->is_object())
        return damaged();
    AuditLine line;
    auto& it = line.record;
    if (!readNumber(*json, "number", it.number) || !readNumber(*json, "first", line.first) || !readNumber(*json, "last", line.last)
        || !readText(*json, "previous", it.previous) || !readText(*json, "hash", it.hash))
        return damaged();
    if (json->contains("content")) {
        if (!readText(*json, "content", line.content) || line.content.empty())
            return damaged();
    } else {
        for (const auto& [key, member] : texts)
            if (!readText(*json, key, it.*member))
                return damaged();
        const auto body = json->find("body");
        if (body == json->end())
            return damaged();
        it.body = canonicalJson(*body);
    }
    // Whatever else was changed in it, spaces and the order of keys too, shows here.
    if (auditLineText(line) != text)
        return damaged();
    return line;
}

Result<AuditExport> writeAuditLines(AuditLog& log, const AuditQuery& query, std::ostream& out)
{
    std::vector<std::int64_t> wanted;
    {
        const auto found = log.records(query);
        if (!found)
            return std::unexpected(found.error());
        for (const auto& it : *found)
            wanted.push_back(it.number);
    }
    if (wanted.empty())
        return fail(Error::Kind::NotFound, "the audit log has no such record");
    constexpr std::int64_t atOnce = 256;
    AuditExport made;
    for (auto from = wanted.front(); from <= wanted.back(); from += atOnce) {
        auto part = log.records({ .shift = {}, .kind = {}, .since = {}, .until = {}, .from = from, .to = std::min(from + atOnce - 1, wanted.back()) });
        if (!part)
            return std::unexpected(part.error());
        for (auto& it : *part) {
            AuditLine line { .record = {}, .content = {}, .first = wanted.front(), .last = wanted.back() };
            if (std::ranges::binary_search(wanted, it.number)) {
                ++made.records;
                line.record = std::move(it);
            } else {
                const auto content = contentHash(it);
                if (!content)
                    return std::unexpected(content.error());
                ++made.hashesOnly;
                line.content = *content;
                line.record.number = it.number;
                line.record.previous = std::move(it.previous);
                line.record.hash = std::move(it.hash);
            }
            made.head = line.record.hash;
            out << auditLineText(line) << '\n';
        }
    }
    if (!out.flush())
        return fail(Error::Kind::Unavailable, "the export cannot be written", {}, "look whether the disk is full");
    return made;
}

AuditVerdict verifyAuditLines(std::istream& in)
{
    std::optional<ChainWalk> walk;
    std::int64_t first = 0, last = 0;
    for (std::string text; std::getline(in, text);) {
        const auto line = auditLine(text);
        if (!walk) {
            if (line)
                first = line->first, last = line->last;
            walk.emplace(line ? first : 1, std::string());
        }
        const auto expected = walk->verdict().last == 0 ? std::max<std::int64_t>(first, 1) : walk->verdict().last + 1;
        if (!line) {
            ++walk->verdict().records;
            walk->breakAt(expected, line.error().what, "record " + std::to_string(expected), text.substr(0, 60));
            continue;
        }
        if (line->first != first || line->last != last)
            walk->breakAt(expected, "the line comes from another export", std::to_string(first) + " to " + std::to_string(last),
                std::to_string(line->first) + " to " + std::to_string(line->last));
        walk->add(line->record, line->content.empty() ? std::optional<std::string>() : line->content);
    }
    if (!walk)
        walk.emplace(1, std::string()), walk->breakAt(1, "the file holds no record", "a line of penstock.audit/1", "nothing");
    auto& verdict = walk->verdict();
    if (verdict.last != last)
        walk->breakAt(verdict.last == 0 ? first : verdict.last + 1, "the export was cut off", "record " + std::to_string(last) + " at the end",
            "record " + std::to_string(verdict.last) + " at the end");
    if (verdict.first > 1 && !verdict.broken)
        verdict.note = "the export begins with record " + std::to_string(verdict.first) + "; what was before it is not in this file";
    return verdict;
}

} // namespace penstock
