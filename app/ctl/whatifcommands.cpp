// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "whatifcommands.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <iostream>
#include <iterator>
#include <sstream>

#include "waiter.h"

namespace penstock {

namespace {

    int complain(const Error& error)
    {
        std::cerr << "penstockctl: " << error.text() << '\n';
        return error.kind == Error::Kind::Invalid || error.kind == Error::Kind::NotFound ? Usage : error.kind == Error::Kind::Unavailable ? NoConnection : Refused;
    }

    std::string document(const char* schema, const Session& session, Json rows)
    {
        Json made { { "schema", schema }, { "as_of", stamp(session.snapshot()->asOf()) }, { "simulated", session.snapshot()->simulated() } };
        made.update(rows);
        return made.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    }

    /// "+2000 H200 141GB SXM at gcp/us-east5 from 2027-03-01 until 2027-09-01"; what follows the place may be missing.
    Result<Block> blockOf(const std::string& written)
    {
        const auto wrong = [&](const std::string& what) {
            return fail(Error::Kind::Invalid, "block '" + written + "': " + what, {}, "write \"+2000 H200 141GB SXM at gcp/us-east5 from 2027-03-01\"; the region and the date may be left out");
        };
        std::istringstream in(written);
        const std::vector<std::string> words { std::istream_iterator<std::string>(in), {} };
        const auto place = std::ranges::find(words, "at");
        if (words.empty() || place == words.end() || place + 1 == words.end())
            return wrong("no provider is named");
        Block made;
        const auto& count = words.front();
        const auto* end = count.data() + count.size();
        const auto [stop, bad] = std::from_chars(count.data() + (count.starts_with('+') ? 1 : 0), end, made.gpus);
        if (bad != std::errc() || stop != end || made.gpus == 0 || std::abs(made.gpus) > 100'000'000)
            return wrong("'" + count + "' is no number of GPUs that come (+) or go (-)");
        for (auto word = words.begin() + 1; word < place; ++word)
            made.model += (made.model.empty() ? "" : " ") + *word;
        if (made.model.empty())
            return wrong("no model is named");
        const auto slash = place[1].find('/');
        made.provider = place[1].substr(0, slash);
        if (slash != std::string::npos)
            made.region = place[1].substr(slash + 1);
        for (auto word = place + 2; word < words.end(); word += 2) {
            if ((*word != "from" && *word != "until") || word + 1 == words.end())
                return wrong("'" + *word + "' is neither from nor until with a date");
            const auto time = parseTime(word[1]);
            if (!time)
                return wrong(time.error().what);
            if (*word == "from")
                made.from = *time;
            else
                made.until = *time;
        }
        return made;
    }

    Json pricesOf(const PriceBasis& basis) { return basis == PriceBasis() ? Json(nullptr) : Json(basis.text()); }

    std::string signedText(std::int64_t value) { return (value > 0 ? "+" : "") + std::to_string(value); }

} // namespace

WhatIfCommands::WhatIfCommands(CLI::App& plan)
{
    m_best = plan.add_subcommand("best", "the best weights of routes under every rule");
    m_best->add_option("routes", m_routes, "none: all of the workspace");
    m_best->add_option("--goal", m_goal, "cost: fewest dollars an hour; headroom: the fullest region as empty as can be")->check(CLI::IsMember({ "cost", "headroom" }));
    const auto percent = [](const char* name) {
        return CLI::Validator(
            [](std::string& text) {
                if (text.ends_with('%'))
                    text.pop_back();
                return std::string();
            },
            name);
    };
    m_best->add_option("--growth", m_growth, "for a load that is so much larger than now, e.g. 20%; -20%: smaller")->transform(percent("PERCENT"))->check(CLI::Range(-99.0, 1000.0));
    m_best->add_option("--largest-change", m_largestChange, "of a backend's share, e.g. 15: no share ends further from where it is now, however many steps lead there")->transform(percent("POINTS"))->check(CLI::Range(0.1, 100.0));
    m_blocks = plan.add_subcommand("blocks", "what GPUs that come or go would change");
    m_blocks->add_option("block", m_written, "\"+2000 H200 141GB SXM at gcp/us-east5 from 2027-03-01\"; -2000: they go")->required();
    m_blocks->add_option("--at", m_at, "the day to look at; without it the first on which all of them hold");
}

bool WhatIfCommands::asksWhoAnswers() const { return m_best->parsed(); }
bool WhatIfCommands::chosen() const { return *m_best || *m_blocks; }
int WhatIfCommands::run(const Session& session, OutputFormat format) const { return *m_best ? best(session, format) : blocks(session, format); }

int WhatIfCommands::best(const Session& session, OutputFormat format) const
{
    auto names = m_routes;
    if (names.empty())
        for (const auto& view : session.routes())
            names.push_back(view.route.name);
    const auto goal = m_goal == "cost" ? SplitGoal::LeastCost : SplitGoal::EvenHeadroom;
    const auto found = session.bestSplitOf(names, { .goal = goal, .growth = 1 + m_growth / 100, .largestChange = m_largestChange / 100 });
    if (!found)
        return complain(found.error());
    Json rows = Json::array(), binding = Json::array(), relaxations = Json::array();
    std::string command = "  penstockctl shift"; ///< of all of them, which are judged together
    for (const auto& move : found->moves) {
        const auto& route = session.routes()[move.route].route;
        std::ostringstream to;
        for (std::size_t b = 0; b < route.backends.size(); ++b) {
            rows.push_back({ { "route", route.name }, { "backend", route.backends[b].name }, { "now_pct", rounded(move.from[b], 1) }, { "best_pct", rounded(move.to[b], 1) } });
            to << (b ? "," : "") << route.backends[b].name << '=' << rounded(move.to[b], 1);
        }
        command += ' ' + route.name + " --to " + to.str();
    }
    for (const auto& it : found->binding)
        binding.push_back({ { "constraint", it.text }, { "worth_of_one_gpu", it.worth > 0 ? Json(rounded(it.worth, 4)) : Json() } });
    for (const auto& it : found->relaxations)
        relaxations.push_back({ { "relaxation", it.text }, { "gpus", rounded(it.gpus, 1) } });
    const bool unpriced = goal == SplitGoal::LeastCost && found->effect.unpriced > 0 && found->effect.costBefore == 0 && found->effect.costAfter == 0;
    const char* unit = unpriced ? "GPUs (none has a price)" : goal == SplitGoal::LeastCost ? "$/h" : "% of the fullest region";
    if (format == OutputFormat::JsonText)
        std::cout << document("penstock.best-split/1", session,
            { { "goal", m_goal }, { "growth_pct", rounded(m_growth, 1) }, { "largest_change_points", rounded(m_largestChange, 1) }, { "feasible", found->feasible() }, { "value", rounded(found->value, 2) }, { "bound", found->boundHolds ? Json(rounded(found->bound, 2)) : Json(nullptr) }, { "unit", unit },
                { "loss_pct", found->boundHolds ? Json(rounded(found->lossPercent, 3)) : Json(nullptr) }, { "cost_before_usd_per_h", rounded(found->effect.costBefore, 2) }, { "cost_after_usd_per_h", rounded(found->effect.costAfter, 2) }, { "prices", pricesOf(found->effect.prices) }, { "unpriced_gpus", found->effect.unpriced }, { "binding", binding }, { "exceeded", found->exceeded }, { "relaxations", relaxations }, { "rows", rows } });
    else if (format == OutputFormat::Csv)
        std::cout << csv(rows);
    else {
        std::cout << table(rows, { { "route", "route" }, { "backend", "backend" }, { "now_pct", "now %" }, { "best_pct", "best %" } }) << '\n';
        if (m_growth != 0)
            std::cout << "For a load that is " << rounded(std::abs(m_growth), 1) << " % " << (m_growth > 0 ? "larger" : "smaller") << " than now.\n";
        if (!found->boundHolds)
            std::cout << "Reaches " << rounded(found->value, 2) << ' ' << unit << ". Fleets hold other shares than the weights say, so how much better another split could be is not known.\n";
        else
            std::cout << "Reaches " << rounded(found->value, 2) << ' ' << unit << "; no split can be better than " << rounded(found->bound, 2) << ", though replicas had parts. Whole per cent, whole replicas and minimums cost " << rounded(found->lossPercent, 2) << " %.\n";
        const bool stays = std::ranges::all_of(found->moves, [](const RouteMove& move) { return move.to == move.from; });
        if (stays)
            std::cout << "  it is the split of now: no other that was looked at is better\n";
        if (found->effect.costBefore > 0)
            std::cout << "  in whole replicas, as its plan counts them" << (m_growth != 0 ? " for the load of now" : "") << ": $" << fixedText(found->effect.costAfter, 2) << " an hour, now $" << fixedText(found->effect.costBefore, 2)
                      << (found->effect.shortGpus > 0 ? ", without those that find no place" : "") << '\n';
        if (unpriced)
            std::cout << "  no GPU has a price, so that fewest GPUs count; add [[price]] to the workspace\n";
        else if (goal == SplitGoal::LeastCost && found->effect.unpriced > 0)
            std::cout << "  " << found->effect.unpriced << " GPUs have no price and count as the dearest that is known\n";
        if (goal == SplitGoal::LeastCost && !unpriced)
            std::cout << "  by " << found->effect.prices.text() << '\n';
        for (const auto& it : found->exceeded)
            std::cout << "  exceeded already, before anything moves: " << it << '\n';
        for (const auto& it : found->binding)
            std::cout << "  bound by " << it.text << (it.worth > 0 ? ": one GPU more is worth " + fixedText(it.worth, 4) + (unpriced ? " GPUs" : goal == SplitGoal::LeastCost ? " $/h" : " points") : std::string()) << '\n';
        if (!found->feasible())
            std::cout << (found->boundHolds || !found->relaxations.empty() ? "There is no split that keeps every rule." : "No split was found that keeps every rule. Fleets hold other shares than the weights say, so one of your own may: look at it with `penstockctl plan shift`.")
                      << (found->relaxations.empty() ? "\n" : " The least that would have to give:\n");
        for (const auto& it : found->relaxations)
            std::cout << "  " << it.text << '\n';
        if (found->effect.firstBreak && !found->effect.fits())
            std::cout << "  " << found->effect.shortGpus << " GPUs find no place: " << found->effect.firstBreak->because << '\n';
        if (found->feasible() && !stays)
            std::cout << "To look at the steps and the interlocks add --dry-run:\n" << command << '\n';
    }
    return found->feasible() ? Done : Refused;
}

int WhatIfCommands::blocks(const Session& session, OutputFormat format) const
{
    std::vector<Block> blocks;
    Time at = session.snapshot()->asOf();
    for (const auto& written : m_written) {
        auto block = blockOf(written);
        if (!block)
            return complain(block.error());
        at = std::max(at, block->from);
        if (std::ranges::none_of(session.snapshot()->structure().models, [&](const std::string& it) { return modelMatches(it, block->model); }))
            std::cerr << "penstockctl: no fleet here has a " << block->model << " yet: its load counts by [[performance]], without an entry as an H100's\n";
        blocks.push_back(std::move(*block));
    }
    if (!m_at.empty()) {
        const auto time = parseTime(m_at);
        if (!time)
            return complain(time.error());
        at = *time;
    }
    const auto effect = session.whatIf(blocks, at);
    if (!effect)
        return complain(effect.error());
    Json board = Json::array(), headroom = Json::array(), displaced = Json::array();
    for (const auto& it : effect->displaced)
        displaced.push_back({ { "workload", it.workload }, { "gpus", it.gpus }, { "load_h100", rounded(it.load, 1) }, { "placed_h100", rounded(it.placed, 1) }, { "lost_h100", rounded(it.load - it.placed, 1) } });
    for (const auto& it : effect->headroom)
        headroom.push_back({ { "workload", it.workload }, { "before_h100", rounded(it.before, 1) }, { "after_h100", rounded(it.after, 1) } });
    for (const auto& after : effect->boardAfter) {
        const auto before = std::ranges::find_if(effect->boardBefore, [&](const BoardRow& it) { return it.provider == after.provider && it.region == after.region; });
        const bool was = before != effect->boardBefore.end();
        board.push_back({ { "provider", after.provider }, { "region", after.region.empty() ? Json(nullptr) : Json(after.region) }, { "carried_before_pct", was ? Json(rounded(before->percent, 1)) : Json(nullptr) },
            { "carried_after_pct", rounded(after.percent, 1) }, { "first_to_break", after.breaks ? Json(after.firstModel) : Json(nullptr) }, { "short_gpus", after.shortGpus } });
    }
    const auto& fleets = effect->fleets;
    if (format == OutputFormat::JsonText)
        std::cout << document("penstock.what-if-blocks/1", session,
            { { "at", stamp(at) }, { "came_gpus", fleets.came }, { "went_gpus", fleets.went }, { "partial_gpus", fleets.partial }, { "displaced_gpus", fleets.displaced }, { "displaced", displaced }, { "closed", effect->closed }, { "limited", effect->limited }, { "missing_gpus", fleets.missing },
                { "cost_usd_per_h", rounded(effect->cost, 2) }, { "prices", pricesOf(effect->prices) }, { "unpriced_gpus", effect->unpriced }, { "headroom", headroom }, { "rows", board } });
    else if (format == OutputFormat::Csv)
        std::cout << csv(board);
    else {
        std::cout << "On " << stamp(at).substr(0, 10) << ": " << signedText(fleets.came) << " GPUs come, " << fleets.went << " go";
        if (fleets.displaced > 0)
            std::cout << ", " << fleets.displaced << " of them with load";
        if (fleets.partial > 0)
            std::cout << "; " << fleets.partial << " that should come are less than a whole node of 8";
        if (fleets.missing > 0)
            std::cout << "; " << fleets.missing << " that should go are not there, or are less than a whole node";
        std::cout << ". Cost " << (effect->cost < 0 ? "-$" : "$") << fixedText(std::abs(effect->cost), 2) << " an hour" << (effect->prices == PriceBasis() ? std::string() : " by " + effect->prices.text()) << (effect->unpriced > 0 ? ", without " + std::to_string(effect->unpriced) + " GPUs that have no price" : std::string()) << ".\n\n";
        if (!displaced.empty())
            std::cout << "What ran on those that go, in H100s:\n"
                      << table(displaced, { { "workload", "workload" }, { "gpus", "GPUs" }, { "load_h100", "load" }, { "placed_h100", "finds a place" }, { "lost_h100", "finds none" } }) << '\n';
        for (const auto* notes : { &effect->closed, &effect->limited })
            for (const auto& it : *notes)
                std::cout << "Note: " << it << '\n';
        std::cout << table(headroom, { { "workload", "workload" }, { "before_h100", "headroom in H100s, now" }, { "after_h100", "then" } }) << '\n';
        std::cout << table(board, { { "provider", "if lost" }, { "region", "region" }, { "carried_before_pct", "carried %, now" }, { "carried_after_pct", "then" }, { "first_to_break", "tightest model" }, { "short_gpus", "short GPUs" } });
    }
    return Done;
}

} // namespace penstock
