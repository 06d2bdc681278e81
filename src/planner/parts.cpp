// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "planner/parts.h"

#include <algorithm>
#include <cmath>

namespace penstock {

std::vector<StepNeed> needsByStep(const Ground& ground, const Plan& plan)
{
    constexpr std::size_t most = 5;
    std::vector<StepNeed> needs;
    const auto& routes = ground.rules().routes;
    for (std::size_t step = 1; step <= plan.steps(); ++step) {
        std::vector<RouteMove> moves;
        StepNeed need { .step = step };
        for (const auto& move : plan.moves) {
            const auto& to = move.steps[std::min(step, move.steps.size()) - 1];
            const auto route = std::ranges::find(routes, move.route, &Route::name);
            moves.push_back({ .route = static_cast<std::uint32_t>(route - routes.begin()), .from = move.from, .to = to });
            for (std::size_t b = 0; b < to.size(); ++b)
                need.share = std::max(need.share, std::abs(to[b] - move.from[b]));
        }
        const auto effect = effectOf(ground, moves);
        for (const auto& it : effect.needs)
            need.needed += std::max<std::int64_t>(0, it.neededGpus);
        need.shortGpus = effect.shortGpus;
        needs.push_back(need);
        if (need.shortGpus > 0)
            break;
    }
    if (needs.size() > most)
        needs.erase(needs.begin(), needs.end() - most);
    return needs;
}

std::optional<SmallerShift> largestThatFits(const Ground& ground, const Plan& plan, const Effect& effect)
{
    if (effect.fits())
        return std::nullopt;
    double widest = 0;
    std::vector<RouteMove> whole;
    const auto& routes = ground.rules().routes;
    for (const auto& move : plan.moves) {
        const auto route = std::ranges::find(routes, move.route, &Route::name);
        if (route == routes.end() || move.steps.empty())
            return std::nullopt;
        for (std::size_t b = 0; b < move.from.size(); ++b)
            widest = std::max(widest, std::abs(move.steps.back()[b] - move.from[b]));
        whole.push_back({ .route = static_cast<std::uint32_t>(route - routes.begin()), .from = move.from, .to = move.steps.back() });
    }
    const auto part = [&](int points) {
        auto moves = whole;
        for (auto& move : moves)
            for (std::size_t b = 0; b < move.to.size(); ++b)
                move.to[b] = move.from[b] + (move.to[b] - move.from[b]) * points / widest;
        return moves;
    };
    // What a split needs does not fall when it grows: halving finds the last one that fits.
    int fits = 0, lacks = static_cast<int>(std::ceil(widest));
    while (lacks - fits > 1) {
        const int middle = (fits + lacks) / 2;
        (effectOf(ground, part(middle)).fits() ? fits : lacks) = middle;
    }
    if (fits == 0)
        return std::nullopt;
    SmallerShift smaller { .targets = {}, .points = fits, .of = static_cast<int>(std::lround(widest)) };
    for (std::size_t m = 0; const auto& move : part(fits))
        smaller.targets.emplace_back(plan.moves[m++].route, move.to);
    return smaller;
}

} // namespace penstock
