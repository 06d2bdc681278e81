// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "fleet/auditevent.h"

namespace penstock {

/// The body as canonical JSON: one line, sorted keys, every number in the shortest form that reads back as the same one.
/// Bytes that are no UTF-8 become U+FFFD. Invalid when a number is not finite, or the kind does not belong to the body.
[[nodiscard]] Result<std::string> auditText(const AuditBody& body);

/// Reads it again; what the text does not say keeps its default, what this version does not know is passed over. Invalid
/// for a kind that only a newer version knows, Corrupt for a text that is no such body.
[[nodiscard]] Result<AuditBody> auditBody(std::string_view kind, std::string_view text);

} // namespace penstock
