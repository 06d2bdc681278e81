// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "leasekeys.h"

#include <algorithm>

namespace penstock {

std::string joinKeys(const std::vector<std::string>& keys)
{
    std::string joined;
    for (const auto& key : keys)
        joined += (joined.empty() ? "" : "\n") + key;
    return joined;
}

bool haveOneOf(const std::string& joined, const std::vector<std::string>& keys)
{
    for (std::size_t begin = 0; begin <= joined.size();) {
        const auto end = std::min(joined.find('\n', begin), joined.size());
        if (std::ranges::find(keys, joined.substr(begin, end - begin)) != keys.end())
            return true;
        begin = end + 1;
    }
    return false;
}

} // namespace penstock
