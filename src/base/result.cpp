// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "base/result.h"

namespace penstock {

std::string Error::text() const
{
    std::string text = where.empty() ? what : where + ": " + what;
    if (!hint.empty())
        text += " (" + hint + ")";
    return text;
}

} // namespace penstock
