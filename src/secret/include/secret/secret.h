// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace penstock {

/// What "env:NAME", "file:PATH" (its first line) or "keychain:NAME" points to; "" gives "". The secret never appears in an error.
/// Any thread; needs a QCoreApplication for keychains, which may ask a person to unlock them: blocks for 30 s at most then.
/// NotFound: it is not there. Unavailable: there is no keychain, or it does not answer. Denied: it stays locked.
[[nodiscard]] Result<std::string> readSecret(std::string_view reference);
/// The same with all lines of a file: of keys that are whole documents.
[[nodiscard]] Result<std::string> readWholeSecret(std::string_view reference);

/// Keeps a secret in the system's keychain, instead of one of that name. Errors, threads: as readSecret.
[[nodiscard]] Result<> keepSecret(const std::string& name, const std::string& secret);
[[nodiscard]] Result<> forgetSecret(const std::string& name);

} // namespace penstock
