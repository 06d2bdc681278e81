// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace penstock {

/// SHA-256 of the bytes, 64 lower-case hexadecimal digits. Unavailable when the library refuses. Any thread.
[[nodiscard]] Result<std::string> sha256(std::string_view bytes);

} // namespace penstock
