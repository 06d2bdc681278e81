// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "planner/interlocks.h"
#include "shift/recovery.h"

namespace penstock {

/// The planner names its rules in English; this is the window's language.
[[nodiscard]] QString interlockTitle(const std::string& title);
/// Of a rule that a shift was judged by: "Largest step" of "max_step".
[[nodiscard]] QString ruleTitle(const PlanStatus& status, const std::string& rule);
/// "Capacity, blocks: 640 GPUs short at gcp", for screen readers.
[[nodiscard]] QString interlockLine(const Interlock& interlock);
/// "Freeze windows (launch, until 2026-11-30 08:00 UTC: chat)"; empty: it does not stand still for an interlock.
[[nodiscard]] QString pausedByText(const PlanStatus& status);
/// "azure takes requests again: the router of chat has undone S-6 (reloaded at 08:39:02 UTC). It has 70 / 30, not 0 / 100."
[[nodiscard]] QString undoneText(const UndoneRoute& undone);

} // namespace penstock
