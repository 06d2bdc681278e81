// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <string>

#include "report/capacityreport.h"

namespace penstock {

/// Writes a capacity report on A4, in the language of the program: figures, charts, forecast, tables, cost, what changed
/// since the last one. Each page says when, from where, and whether anything was partial or simulated. Replaces the
/// file only when the report is whole. Needs a QGuiApplication of any platform; any thread.
[[nodiscard]] Result<> writeCapacityPdf(const std::string& file, const CapacityReport& report);

/// What the report does not know, a sentence each; empty: it is whole.
[[nodiscard]] QStringList partsMissing(const CapacityReport& report);

/// "capacity-production-2026-11-27.pdf"
[[nodiscard]] std::string capacityReportName(const std::string& workspace, Time at);

} // namespace penstock
