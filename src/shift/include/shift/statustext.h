// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "shift/planstatus.h"

namespace penstock {

/// Plans and their states as one line of JSON, for the journal. Reading is Corrupt for what is damaged, and for what a
/// newer version wrote.
[[nodiscard]] std::string textOf(const PlanStatus& status);
[[nodiscard]] Result<PlanStatus> statusOf(std::string_view text);
[[nodiscard]] std::string textOf(const Plan& plan);
[[nodiscard]] Result<Plan> planOf(std::string_view text);

} // namespace penstock
