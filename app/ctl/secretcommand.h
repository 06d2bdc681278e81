// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/result.h"

namespace penstock {

/// `penstockctl secret set|remove|check NAME`: what to tell, or why not. A secret to keep is read from the standard input, a line of a terminal
/// without showing it, else all of it; it is never printed. Needs a QCoreApplication.
[[nodiscard]] Result<std::string> secretCommand(const std::string& verb, const std::string& name);

} // namespace penstock
