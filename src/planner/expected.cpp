// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "planner/expected.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

namespace penstock {

namespace {

    // Percentage points by which a router may round.
    constexpr double rounding = 0.5;

    double sumOf(const std::vector<double>& loads) { return std::accumulate(loads.begin(), loads.end(), 0.0); }

    /// How far `split` has come on the straight way from one split to another, 0 to 1; empty: it is not on it.
    std::optional<double> shareOfWay(const Weights& from, const Weights& to, const Weights& split)
    {
        std::size_t widest = 0;
        for (std::size_t b = 0; b < from.size(); ++b)
            if (std::abs(to[b] - from[b]) > std::abs(to[widest] - from[widest]))
                widest = b;
        const double whole = to[widest] - from[widest];
        if (std::abs(whole) < rounding)
            return std::nullopt;
        const double share = std::clamp((split[widest] - from[widest]) / whole, 0.0, 1.0);
        for (std::size_t b = 0; b < from.size(); ++b)
            if (std::abs(from[b] + share * (to[b] - from[b]) - split[b]) > rounding)
                return std::nullopt;
        return share;
    }

} // namespace

std::vector<double> expectedLoads(std::span<const KnownLoad> known, const Weights& split)
{
    if (known.empty())
        return {};
    const auto& last = known.back();
    // The newest of the earlier ones first.
    for (auto before = known.rbegin() + 1; before != known.rend(); ++before)
        if (const auto back = shareOfWay(last.split, before->split, split); back && *back > 0) {
            auto loads = last.loads;
            for (std::size_t b = 0; b < loads.size(); ++b)
                loads[b] += *back * (before->loads[b] - loads[b]);
            return loads;
        }
    auto loads = last.loads;
    const auto total = sumOf(loads);
    double leaving = 0, gained = 0;
    for (std::size_t b = 0; b < loads.size(); ++b) {
        const double change = split[b] - last.split[b];
        gained += std::max(0.0, change);
        if (change >= 0)
            continue;
        const double share = -change / last.split[b];
        leaving += share * (loads[b] > 0 ? loads[b] : total * last.split[b] / 100);
        loads[b] *= 1 - share;
    }
    for (std::size_t b = 0; b < loads.size() && gained > 0; ++b)
        loads[b] += leaving * std::max(0.0, split[b] - last.split[b]) / gained;
    return loads;
}

void reach(std::vector<KnownLoad>& known, const Weights& split)
{
    constexpr std::size_t most = 4;
    if (known.empty())
        return;
    auto loads = expectedLoads(known, split);
    const auto at = known.back().at;
    std::erase_if(known, [&](const KnownLoad& it) {
        return std::ranges::equal(it.split, split, [](double a, double b) { return std::abs(a - b) <= rounding; });
    });
    known.push_back({ split, std::move(loads), at });
    if (known.size() > most)
        known.erase(known.begin());
}

bool isUsable(std::span<const KnownLoad> known, std::size_t backends)
{
    return !known.empty() && std::ranges::all_of(known, [&](const KnownLoad& it) { return it.split.size() == backends && it.loads.size() == backends; }) && sumOf(known.back().loads) > 0;
}

std::vector<KnownLoad> scaledTo(std::vector<KnownLoad> known, double sum)
{
    const auto was = known.empty() ? 0 : sumOf(known.back().loads);
    if (was > 0)
        for (auto& it : known)
            for (auto& load : it.loads)
                load *= sum / was;
    return known;
}

} // namespace penstock
