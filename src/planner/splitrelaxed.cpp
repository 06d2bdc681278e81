// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <algorithm>
#include <cmath>
#include <sstream>

#include "splitproblem.h"

namespace penstock {

namespace {

    using Kind = SplitProblem::Meaning::Kind;

    std::string amount(double value)
    {
        std::ostringstream text;
        text << std::ceil(value - 1e-6);
        return text.str();
    }

} // namespace

Relaxation raised(const std::string& limit, double gpus, std::optional<std::uint32_t> which) { return { limit + " raised by " + amount(gpus) + " GPUs", std::ceil(gpus - 1e-6), which }; }

Result<BestSplit> relaxedSplit(const Ground& ground, const SplitRequest& request)
{
    const SplitProblem problem(ground, request, true);
    LinearSolver solver(problem.program);
    const auto solution = solver.solve();
    if (!solution)
        return std::unexpected(solution.error());
    BestSplit made;
    if (!solution->feasible) {
        for (std::size_t r = 0; r < request.routes.size(); ++r)
            made.moves.push_back({ request.routes[r], request.accepted[r], request.accepted[r] });
        made.relaxations.push_back({ "a backend with GPUs that the workload runs on", 0 });
        return made;
    }
    for (std::size_t row = 0; row < problem.meanings.size(); ++row) {
        const auto& meaning = problem.meanings[row];
        const auto more = meaning.slack ? solution->values[*meaning.slack] : 0;
        if (more <= 1e-6)
            continue;
        switch (meaning.kind) {
        case Kind::Nodes: made.relaxations.push_back({ amount(more) + " more " + meaning.text, more }); break;
        case Kind::Limit: {
            // What is over it already has to be added to what comes.
            const double all = more + (meaning.limit ? static_cast<double>(ground.room().exceededBy(*meaning.limit)) : 0.0);
            made.relaxations.push_back(raised(meaning.text, all, meaning.limit));
            break;
        }
        case Kind::Share: made.relaxations.push_back({ meaning.text + " exceeded by a load of " + amount(more) + " H100", more }); break;
        case Kind::Demand:
        case Kind::Fullest: break;
        }
    }
    auto values = solution->values;
    for (std::size_t c = 0; c < values.size(); ++c)
        made.value += values[c] * problem.prices[c];
    made.bound = made.value;
    for (std::size_t r = 0; r < request.routes.size(); ++r) {
        RouteMove move { request.routes[r], request.accepted[r], problem.leaving[r] };
        // Here the largest remainder decides: there is no room that could be kept to.
        std::vector<std::pair<double, std::uint32_t>> remainders;
        int left = 100;
        for (const auto percent : problem.leaving[r])
            left -= static_cast<int>(std::lround(percent));
        for (auto i = problem.branchesOf[r].first; i < problem.branchesOf[r].second; ++i) {
            const double exact = 100 * problem.branches[i].loadIn(values) / problem.totals[r];
            const auto whole = std::floor(exact + 1e-6);
            move.to[problem.branches[i].backend] = whole;
            left -= static_cast<int>(whole);
            remainders.emplace_back(whole - exact, problem.branches[i].backend);
        }
        std::ranges::sort(remainders);
        for (std::size_t i = 0; i < remainders.size() && left > 0; ++i, --left)
            move.to[remainders[i].second] += 1;
        if (remainders.empty())
            move.to = move.from;
        made.moves.push_back(std::move(move));
    }
    made.effect = effectOf(ground, made.moves);
    return made;
}

} // namespace penstock
