// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace penstock {

/// Empty where it cannot be read.
[[nodiscard]] std::optional<std::string> fileText(const std::string& path);
/// Puts this text in the place of a workspace file, whose rights and links stay: the old file or the new one is there
/// afterwards, never half of it, also when the machine stops. Invalid: it would have errors, and the old one stays.
[[nodiscard]] Result<> replaceWorkspace(const std::string& path, const std::string& text);

} // namespace penstock
