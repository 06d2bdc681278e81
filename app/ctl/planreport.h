// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "output.h"
#include "session/session.h"

namespace penstock {

/// A plan whole: its splits, what it asks of the fleets, every interlock, the steps, the way back, its hash. `by`: what the rows are of.
[[nodiscard]] std::string planReport(const PlanView& view, const std::vector<RouteView>& routes, OutputFormat format, EffectBy by = EffectBy::ProviderAndModel);
[[nodiscard]] std::string boardReport(const Board& board, OutputFormat format);
[[nodiscard]] std::string shiftsReport(const std::vector<PlanStatus>& shifts, const std::vector<RouteView>& routes, OutputFormat format);
/// What ends because of one, a line each; empty: nothing.
[[nodiscard]] std::string shedText(const PlanStatus& status);
/// What one that is paused stands for, and which orders there are for it.
[[nodiscard]] std::string standingText(const PlanStatus& status);
/// One line of progress.
[[nodiscard]] std::string progressLine(const PlanStatus& status);
/// "azure=80 gcp=20", routes joined by "; ", with their names where there are several.
[[nodiscard]] std::string weightsText(const PlanStatus& status, const std::vector<RouteView>& routes);

} // namespace penstock
