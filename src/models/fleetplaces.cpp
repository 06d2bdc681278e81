// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "fleetplaces.h"

#include <string_view>
#include <unordered_map>

namespace penstock {

std::vector<std::uint32_t> renumbered(const Structure& before, const Structure& after, const FleetBranch& branch, std::uint32_t parent)
{
    std::vector<std::uint32_t> to;
    to.reserve(branch.rows.size());
    const auto now = childrenOf(after, branch.level, parent);
    if (branch.level == FleetTreeModel::Node) {
        for (const auto& row : branch.rows)
            to.push_back(row.number < now.count ? row.number : goneNumber);
        return to;
    }
    const auto was = childrenOf(before, branch.level, branch.number);
    const auto level = static_cast<FleetTreeModel::Level>(branch.level + 1);
    std::unordered_map<std::string_view, std::uint32_t> byName;
    for (const auto& row : branch.rows) {
        const auto& name = nameOf(before, level, row.number);
        // Most parents keep all their children, or those before the one that came or went.
        const auto samePlace = row.number - was.first;
        if (samePlace < now.count && nameOf(after, level, now.first + samePlace) == name) {
            to.push_back(now.first + samePlace);
            continue;
        }
        if (byName.empty())
            for (auto n = now.first; n < now.first + now.count; ++n)
                byName.emplace(nameOf(after, level, n), n);
        const auto found = byName.find(name);
        to.push_back(found == byName.end() ? goneNumber : found->second);
    }
    return to;
}

} // namespace penstock
