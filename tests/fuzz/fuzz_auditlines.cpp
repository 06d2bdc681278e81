// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <cstddef>
#include <cstdint>
#include <sstream>

#include "promises.h"
#include "storage/auditbody.h"
#include "storage/auditlines.h"

using namespace penstock;
using namespace penstock::fuzz;

/// Whatever an export holds: a line is refused or written again letter by letter, so is a body, and a file is sound only
/// as far as its lines are.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    std::istringstream in(text);
    std::int64_t good = 0;
    bool all = true;
    for (std::string line; std::getline(in, line);) {
        const auto read = auditLine(line);
        all = all && read;
        if (!read)
            continue;
        good += all;
        require(auditLineText(*read) == line);
        for (std::size_t kind = 0; kind < auditKindCount; ++kind) {
            auto record = read->record;
            record.kind = name(static_cast<AuditKind>(kind));
            if (const auto event = auditEvent(record)) {
                const auto again = auditText(*event);
                require(again.has_value());
                record.body = *again;
                require(auditEvent(record) == event);
            }
        }
    }
    std::istringstream whole(text);
    const auto verdict = verifyAuditLines(whole);
    require(verdict.sound <= good && verdict.sound <= verdict.records && (verdict.broken || verdict.sound == verdict.records));
    return 0;
}
