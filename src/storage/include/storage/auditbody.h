// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/result.h"
#include "fleet/auditlog.h"

namespace penstock {

/// The body of its record as canonical JSON: one line, sorted keys, every number in the shortest form that reads back as the
/// same one. Bytes that are no UTF-8 become U+FFFD. Invalid when a number is not finite, or the kind is not the body's.
[[nodiscard]] Result<std::string> auditText(const AuditEvent& event);

/// The event that a record was made of. What its text does not say keeps its default, what this version does not know is
/// passed over. Invalid for a kind that only a newer version knows, Corrupt for a text that is no such body.
[[nodiscard]] Result<AuditEvent> auditEvent(const AuditRecord& record);

} // namespace penstock
