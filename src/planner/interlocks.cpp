// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "planner/interlocks.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <sstream>

#include "judge.h"
#include "landing.h"
#include "planner/expected.h"

namespace penstock {

namespace {

    using Verdict = Interlock::Verdict;

    const std::vector<std::string> neverOverridable { "approval", "residency", "router", "unchanged", "lease", "plan" };

    /// Nobody remembers what was taken on a month ago.
    constexpr std::chrono::days longestOverride(7);

    bool contains(const std::vector<std::string>& list, const std::string& word) { return std::ranges::find(list, word) != list.end(); }

    /// Names and sizes that do not match make every other rule meaningless.
    std::string whatIsWrong(const Ground& ground, const Plan& plan, const Circumstances& circumstances, std::vector<std::uint32_t>& routes)
    {
        std::string wrong;
        if (plan.moves.empty())
            join(wrong, "it moves nothing");
        if (circumstances.readings.size() != ground.rules().routes.size())
            join(wrong, "the readings are not those of the workspace's routes");
        for (const auto& move : plan.moves) {
            const auto found = std::ranges::find(ground.rules().routes, move.route, &Route::name);
            if (found == ground.rules().routes.end()) {
                join(wrong, "the workspace has no route " + move.route);
                continue;
            }
            const auto index = static_cast<std::uint32_t>(found - ground.rules().routes.begin());
            if (std::ranges::find(routes, index) != routes.end())
                join(wrong, "route " + move.route + " stands there twice");
            routes.push_back(index);
            const auto backends = found->backends.size();
            const auto isSplit = [&](const Weights& weights) {
                double sum = 0;
                for (const auto weight : weights)
                    sum += weight >= 0 && weight <= 100 ? weight : 1e9;
                return weights.size() == backends && std::abs(sum - 100) < 0.11;
            };
            if (!ground.map().routes[index].workload)
                join(wrong, "the workload of route " + move.route + " is not described");
            if (move.steps.empty())
                join(wrong, "route " + move.route + " has no steps");
            for (std::size_t b = 0; plan.kind == Plan::Kind::Evacuation && !move.steps.empty() && b < std::min(backends, move.steps.back().size()); ++b)
                if (isInside(plan.scope, found->backends[b].scope) && move.steps.back()[b] > 0)
                    join(wrong, "it evacuates " + plan.scope.text() + " and leaves load at " + found->backends[b].name);
            if (!isSplit(move.from) || !std::ranges::all_of(move.steps, isSplit))
                join(wrong, "the splits of route " + move.route + " are not shares of its " + std::to_string(backends) + " backends that add up to 100");
            if (circumstances.readings.size() == ground.rules().routes.size())
                if (const auto* reading = circumstances.readings[index]; reading && reading->backends.size() != backends)
                    join(wrong, "the router of " + move.route + " has other backends than the workspace");
        }
        return wrong;
    }

} // namespace

bool isInside(const Scope& whole, const Scope& part)
{
    const auto covers = [](const std::string& wanted, const std::string& named) { return wanted.empty() || wanted == named; };
    return covers(whole.provider, part.provider) && covers(whole.region, part.region) && covers(whole.cluster, part.cluster);
}

void join(std::string& list, const std::string& part, std::string_view between)
{
    if (part.empty())
        return;
    if (!list.empty())
        list += between;
    list += part;
}

std::string percentText(double value)
{
    std::ostringstream text;
    text << std::round(value * 10) / 10 << " %";
    return text.str();
}

const Weights& Case::after(std::size_t move, std::size_t steps) const
{
    const auto& it = plan.moves[move];
    return steps == 0 ? it.from : it.steps[std::min(steps, it.steps.size()) - 1];
}

bool Case::rises(std::size_t move, std::size_t backend) const
{
    const auto& it = plan.moves[move];
    for (auto step = circumstances.stepsDone; step < it.steps.size(); ++step)
        if (it.steps[step][backend] > it.from[backend] + 0.05)
            return true;
    return false;
}

std::string Case::where(std::size_t move, std::size_t backend) const
{
    const auto& it = route(move);
    return plan.moves.size() == 1 ? it.backends[backend].name : it.name + " at " + it.backends[backend].name;
}

Weights Case::carried(std::size_t move, Weights weights) const
{
    const auto* answer = reading(move);
    double taken = 0;
    for (std::size_t b = 0; b < weights.size(); ++b) {
        // One that is to gain is judged as if it answered; that it does not is another rule's matter.
        if (answer && answer->backends[b].takesNothing() && !rises(move, b))
            weights[b] = 0;
        taken += weights[b];
    }
    for (auto& weight : weights)
        weight = taken > 0 ? weight * 100 / taken : weight;
    return weights;
}

std::vector<RouteMove> Case::movesTo(std::size_t steps) const
{
    std::vector<RouteMove> moves;
    for (std::size_t m = 0; m < plan.moves.size(); ++m)
        moves.push_back({ routes[m], carried(m, after(m, circumstances.stepsDone)), carried(m, after(m, steps)), circumstances.returning, known(m), plan.kind == Plan::Kind::Evacuation ? roundedTo : 0 });
    return moves;
}

std::vector<KnownLoad> Case::known(std::size_t move) const
{
    const auto& it = plan.moves[move];
    // What the fleets hold in mid-plan is of no split at all.
    if (!circumstances.holder.empty() && isUsable(it.known, it.from.size()) && std::ranges::find(ground.claims().arrivals, routes[move], &Arrival::route) == ground.claims().arrivals.end())
        return ground.upToDate(routes[move], it.known);
    auto stands = after(move, circumstances.stepsDone);
    // Of who takes nothing and holds nothing the others carry its share already.
    const auto others = carried(move, stands);
    double sum = 0;
    for (std::uint32_t b = 0; b < stands.size(); ++b)
        sum += stands[b] *= others[b] > 0 || ground.heldBy(routes[move], b).load > 0 ? 1 : 0;
    for (auto& weight : stands)
        weight *= sum > 0 ? 100 / sum : 1;
    return ground.known(routes[move], stands);
}

std::string Case::ofBackends(const std::function<std::string(std::size_t, std::size_t)>& work) const
{
    std::string said;
    for (std::size_t m = 0; m < plan.moves.size(); ++m)
        for (std::size_t b = 0; b < mapped(m).backends.size(); ++b)
            join(said, work(m, b));
    return said;
}

Result<> mayOverride(const Policy& policy, const std::string& rule, const Override& asked, Time now)
{
    if (asked.person.empty())
        return fail(Error::Kind::Refused, "an override needs the name of who takes it on");
    if (asked.reason.find_first_not_of(" \t\r\n") == std::string::npos)
        return fail(Error::Kind::Refused, "an override needs a reason", {}, "add a reason");
    if (asked.until <= now)
        return fail(Error::Kind::Refused, "the override has ended", {}, "a plan that has not begun takes a later end; one that runs goes back or is stopped, and planned anew");
    if (asked.until > now + longestOverride)
        return fail(Error::Kind::Refused, "an override ends within 7 days", {}, "name an earlier end; it can be asked for again");
    if (contains(neverOverridable, rule))
        return fail(Error::Kind::Refused, rule + " can never be overridden");
    if (!contains(policy.overridable, rule))
        return fail(Error::Kind::Refused, "the policy does not let " + rule + " be overridden");
    return {};
}

bool Judgement::blocked() const
{
    return std::ranges::any_of(interlocks, &Interlock::blocks);
}

const Interlock& Judgement::about(std::string_view rule) const
{
    const auto found = std::ranges::find(interlocks, rule, &Interlock::rule);
    assert(found != interlocks.end());
    return *found;
}

std::vector<std::string> interlockRules()
{
    return { "plan", "capacity", "answers", "reach", "router", "freshness", "completeness", "approval", "residency", "min_providers", "max_step", "rate", "way_back", "unchanged", "lease", "freeze",
        "protected", "second_person" };
}

bool asksForSecondPerson(std::string_view rule)
{
    return rule == "second_person" || rule == "protected";
}

Judgement judge(const Ground& ground, const Plan& plan, const Circumstances& circumstances)
{
    Judgement made;
    std::vector<std::uint32_t> routes;
    auto wrong = whatIsWrong(ground, plan, circumstances, routes);
    const auto hash = planHash(plan);
    if (hash)
        made.hash = *hash;
    else
        join(wrong, hash.error().text());
    // Why an evacuation moves nothing is the first that its reader asks.
    std::optional<Interlock> reach;
    if (plan.kind == Plan::Kind::Evacuation && plan.moves.empty() && circumstances.readings.size() == ground.rules().routes.size()) {
        reach = rules::reach({ ground, plan, circumstances, made.hash, routes });
        if (reach->verdict != Verdict::Pass)
            wrong += ": " + reach->evidence;
    }
    made.interlocks.push_back({ "plan", "Plan", wrong.empty() ? Verdict::Pass : Verdict::Block, wrong.empty() ? made.hash : wrong });
    if (!wrong.empty()) {
        // None is skipped silently: what cannot be judged does not pass.
        for (const auto& rule : interlockRules())
            if (rule == "reach" && reach)
                made.interlocks.push_back(*reach);
            else if (rule != "plan")
                made.interlocks.push_back({ rule, rule, Verdict::Block, "cannot be judged: " + (reach ? "it moves nothing" : wrong) });
        return made;
    }
    const Case it { ground, plan, circumstances, made.hash, std::move(routes) };
    made.interlocks.push_back(rules::capacity(it, made.effect));
    for (const auto& rule : { rules::answers, rules::reach, rules::router, rules::freshness, rules::completeness, rules::approval, rules::residency, rules::minProviders, rules::maxStep, rules::rate,
             rules::wayBack, rules::unchanged, rules::lease, rules::freeze, rules::protectedRoutes, rules::secondPerson })
        made.interlocks.push_back(rule(it));
    if (circumstances.asked) {
        const auto& asked = *circumstances.asked;
        std::vector<std::string> granted;
        for (auto& interlock : made.interlocks) {
            if (!contains(asked.rules, interlock.rule))
                continue;
            const auto may = mayOverride(ground.rules().policy, interlock.rule, asked, circumstances.now);
            if (may)
                granted.push_back(interlock.rule);
            if (interlock.verdict != Verdict::Block)
                continue;
            if (may) {
                interlock.overridden = asked;
                if (const auto takes = static_cast<std::int64_t>(plan.steps() - std::min(plan.steps(), circumstances.stepsDone)) * (plan.now ? std::chrono::milliseconds(0) : plan.bake); asked.until < circumstances.now + takes)
                    interlock.evidence += "; the override ends before the plan, which waits " + std::to_string(takes.count() / 1000) + " s after its steps: it will pause then";
            }
            else
                interlock.evidence += "; the override is refused: " + may.error().text();
        }
        if (!granted.empty())
            made.granted = Override { asked.person, asked.reason, std::move(granted), asked.until };
    }
    return made;
}

} // namespace penstock
