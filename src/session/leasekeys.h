// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace penstock {

/// As PlanStatus::keys holds those of a move.
[[nodiscard]] std::string joinKeys(const std::vector<std::string>& keys);
/// True when one of them is among those that were joined.
[[nodiscard]] bool haveOneOf(const std::string& joined, const std::vector<std::string>& keys);

} // namespace penstock
