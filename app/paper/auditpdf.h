// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>

#include "fleet/auditlog.h"

namespace penstock {

struct AuditPaper
{
    std::string subject; ///< "Shift S-7", "2026-11-01 to 2026-12-01"
    std::string madeBy; ///< who printed it
    Time madeAt {};
    AuditVerdict verdict; ///< of the whole log when it was printed
};

/// Writes the records as a report on A4, with page numbers. Replaces the file only when the report is whole. Needs a
/// QGuiApplication of any platform and runs on its thread.
[[nodiscard]] Result<> writeAuditPdf(const std::string& file, std::span<const AuditRecord> records, const AuditPaper& paper);

} // namespace penstock
