// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace penstock {

/// "2,976": as people read a count, whatever the locale.
[[nodiscard]] std::string countText(std::int64_t count);

} // namespace penstock
