// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "base/counttext.h"

namespace penstock {

std::string countText(std::int64_t count)
{
    auto text = std::to_string(count);
    const std::size_t first = count < 0 ? 1 : 0;
    for (auto at = text.size(); at > first + 3; at -= 3)
        text.insert(at - 3, 1, ',');
    return text;
}

} // namespace penstock
