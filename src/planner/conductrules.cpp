// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

// The rules that look at people, time and other plans.
#include <algorithm>
#include <cmath>
#include <sstream>

#include "base/timetext.h"
#include "judge.h"

namespace penstock::rules {

namespace {

    using Verdict = Interlock::Verdict;

    /// How much of a route changes hands between two splits, 0 to 1.
    double moved(const Weights& from, const Weights& to)
    {
        double sum = 0;
        for (std::size_t i = 0; i < from.size(); ++i)
            sum += std::abs(to[i] - from[i]);
        return sum / 200;
    }

    /// "40 % of it", "5.3 times all of it".
    std::string amountText(double percent)
    {
        if (percent <= 100)
            return percentText(percent) + " of it";
        std::ostringstream text;
        text << std::round(percent / 10) / 10 << " times all of it";
        return text.str();
    }

    double widest(const Weights& from, const Weights& to)
    {
        double most = 0;
        for (std::size_t i = 0; i < from.size(); ++i)
            most = std::max(most, std::abs(to[i] - from[i]));
        return most;
    }

    /// When the step (from 1 on) is written, if nothing delays it.
    /// When a step begins. `confirmation`: what each before it takes besides its bake.
    Time timeOf(const Case& it, std::size_t step, std::chrono::milliseconds confirmation = {})
    {
        const auto bake = it.plan.now ? std::chrono::milliseconds(0) : it.plan.bake;
        return it.circumstances.now + static_cast<std::int64_t>(step - 1 - it.circumstances.stepsDone) * (bake + confirmation);
    }

    std::string clockText(Time time)
    {
        const auto day = std::chrono::floor<std::chrono::days>(time);
        const std::chrono::year_month_day date(day);
        const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
        const auto two = [](auto value) { return (value < 10 ? "0" : "") + std::to_string(value); };
        return std::to_string(static_cast<int>(date.year())) + "-" + two(static_cast<unsigned>(date.month())) + "-" + two(static_cast<unsigned>(date.day())) + " "
            + two(clock.hours().count()) + ":" + two(clock.minutes().count()) + ":" + two(clock.seconds().count()) + " UTC";
    }

    /// The approval of this very plan by somebody else that still holds; else why there is none.
    struct Second
    {
        const PlanApproval* approval = nullptr;
        std::string why;
    };
    Second secondPersonOf(const Case& it)
    {
        Second found { nullptr, "nobody else has approved it" };
        // The newest is told last.
        std::vector<const PlanApproval*> approvals;
        for (const auto& approval : it.circumstances.approvals)
            if (approval.planHash == it.hash)
                approvals.push_back(&approval);
        std::ranges::stable_sort(approvals, {}, &PlanApproval::at);
        for (const auto* one : approvals) {
            const auto& approval = *one;
            if (approval.person.empty() || approval.person == it.plan.person)
                found.why = "who asks for it cannot approve it";
            else if (approval.at > it.circumstances.now || it.circumstances.now - approval.at > it.policy().approvalValid)
                found.why = "the approval by " + approval.person + " at " + clockText(approval.at) + " " + (approval.at > it.circumstances.now ? "is of the future" : "has expired: it held " + lengthText(it.policy().approvalValid));
            else
                return { &approval, {} };
        }
        return found;
    }

} // namespace

Interlock maxStep(const Case& it)
{
    double most = 0;
    for (std::size_t m = 0; m < it.plan.moves.size(); ++m)
        for (auto step = it.circumstances.stepsDone; step < it.plan.moves[m].steps.size(); ++step)
            most = std::max(most, widest(it.after(m, step), it.after(m, step + 1)));
    const double limit = it.policy().maxStep * 100;
    std::string whole;
    for (std::size_t m = 0; m < it.plan.moves.size(); ++m)
        if (const auto* reading = it.reading(m); reading && reading->splits == RouteReading::Splits::Whole)
            join(whole, it.route(m).name, ", ");
    const auto said = percentText(most) + " in one step, limit " + percentText(limit)
        + (whole.empty() ? "" : "; its algorithm takes the backends of " + whole + " whole");
    if (most <= limit + 0.11)
        return { "max_step", "Largest step", Verdict::Pass, said };
    return { "max_step", "Largest step", it.plan.now ? Verdict::Note : Verdict::Block, it.plan.now ? said + ": skipped, as asked for" : said };
}

Interlock rate(const Case& it)
{
    const auto& limit = it.policy().maxRate;
    if (!limit)
        return { "rate", "Rate", Verdict::Pass, "the policy sets no limit" };
    std::string broken;
    double most = 0;
    for (std::size_t m = 0; m < it.plan.moves.size(); ++m) {
        std::vector<std::pair<Time, double>> changes;
        for (const auto& past : it.circumstances.past)
            if (past.route == it.route(m).name && past.at <= it.circumstances.now)
                changes.emplace_back(past.at, past.share);
        const auto done = changes.size();
        for (auto step = it.circumstances.stepsDone; step < it.plan.moves[m].steps.size(); ++step)
            changes.emplace_back(timeOf(it, step + 1), moved(it.after(m, step), it.after(m, step + 1)));
        // A window can only be overrun when a change to come is its last.
        for (std::size_t last = done; last < changes.size(); ++last) {
            double sum = 0;
            for (std::size_t i = 0; i <= last; ++i)
                if (changes[last].first - changes[i].first < limit->per)
                    sum += changes[i].second;
            most = std::max(most, sum);
            if (sum > limit->share + 0.0011) {
                join(broken, it.route(m).name + " moves by " + percentText(100 * sum) + " within " + std::to_string(limit->per.count()) + " s, limit " + percentText(100 * limit->share));
                break;
            }
        }
    }
    return { "rate", "Rate", broken.empty() ? Verdict::Pass : Verdict::Block,
        broken.empty() ? "at most " + percentText(100 * most) + " within " + std::to_string(limit->per.count()) + " s, limit " + percentText(100 * limit->share) : broken };
}

Interlock unchanged(const Case& it)
{
    std::string changed, notes;
    for (std::size_t m = 0; m < it.plan.moves.size(); ++m) {
        const auto& name = it.route(m).name;
        const auto* reading = it.reading(m);
        if (!reading) {
            join(changed, "the router of " + name + " has not answered");
            continue;
        }
        // Once it runs, each step moves the version on: the machine that writes them compares and sets.
        if (it.circumstances.stepsDone == 0 && reading->version != it.plan.moves[m].version)
            join(changed, name + " was planned at version " + it.plan.moves[m].version + " and is at " + reading->version);
        const auto accepted = reading->accepted();
        if (const double off = widest(it.after(m, it.circumstances.stepsDone), accepted); off > 0.5)
            join(changed, name + " stands " + percentText(off) + " away from where the plan begins");
        if (!reading->drift.empty())
            join(notes, name + ": " + reading->drift);
    }
    return { "unchanged", "Route unchanged", !changed.empty() ? Verdict::Block : notes.empty() ? Verdict::Pass : Verdict::Note,
        !changed.empty() ? changed : notes.empty() ? "every route is as it was planned on" : notes };
}

Interlock lease(const Case& it)
{
    std::string held, left;
    for (std::size_t m = 0; m < it.plan.moves.size(); ++m)
        for (const auto& lease : it.circumstances.leases)
            if (lease.abandoned) {
                if (lease.route == it.route(m).name && lease.holder != it.circumstances.holder)
                    join(left, lease.holder + (lease.person.empty() ? "" : " of " + lease.person) + " stands on " + lease.route + " and nobody runs it: it can't be resumed once this has begun");
            } else if (lease.route == it.route(m).name && lease.until > it.circumstances.now && (it.circumstances.holder.empty() || lease.holder != it.circumstances.holder))
                join(held, lease.route + " is held by " + lease.holder + (lease.person.empty() ? "" : " of " + lease.person) + ", which is not over: stop it where it is, or take it back, and this one can begin");
    if (held.empty() && !left.empty())
        return { "lease", "No other shift", Verdict::Note, left };
    return { "lease", "No other shift", held.empty() ? Verdict::Pass : Verdict::Block, held.empty() ? "no other shift holds these routes" : held };
}

Interlock freeze(const Case& it)
{
    std::string frozen;
    for (const auto& window : it.policy().freezes) {
        std::string routes;
        Time ends {};
        for (std::size_t m = 0; m < it.plan.moves.size(); ++m) {
            const auto& name = it.route(m).name;
            const auto last = std::max(it.plan.moves[m].steps.size(), it.circumstances.stepsDone + 1);
            if (!window.routes.empty() && std::ranges::find(window.routes, name) == window.routes.end())
                continue;
            if (const auto end = window.endOver(it.circumstances.now, timeOf(it, last, it.circumstances.confirmation))) {
                join(routes, name, ", ");
                ends = std::max(ends, *end);
            }
        }
        if (!routes.empty())
            join(frozen, window.name + ", until " + rfc3339(ends).substr(0, 10) + " " + rfc3339(ends).substr(11, 5) + " UTC: " + routes);
    }
    return { "freeze", "Freeze windows", frozen.empty() ? Verdict::Pass : Verdict::Block, frozen.empty() ? "none until it ends" : frozen };
}

Interlock protectedRoutes(const Case& it)
{
    std::string named;
    for (std::size_t m = 0; m < it.plan.moves.size(); ++m)
        if (std::ranges::find(it.policy().protectedRoutes, it.route(m).name) != it.policy().protectedRoutes.end())
            join(named, it.route(m).name, ", ");
    if (named.empty())
        return { "protected", "Protected routes", Verdict::Pass, "none of them is protected" };
    const auto second = secondPersonOf(it);
    return { "protected", "Protected routes", second.approval ? Verdict::Pass : Verdict::Block,
        second.approval ? named + " is protected, and " + second.approval->person + " has approved" : named + " is protected: " + second.why };
}

Interlock secondPerson(const Case& it)
{
    double most = 0, earlier = 0;
    for (std::size_t m = 0; m < it.plan.moves.size(); ++m) {
        double moves = 0, before = 0;
        for (const auto& step : it.plan.moves[m].steps)
            moves = std::max(moves, widest(it.plan.moves[m].from, step));
        // Two halves of a large shift are a large shift. Once it runs, its own steps are among what was moved.
        for (const auto& past : it.circumstances.past)
            if (it.circumstances.stepsDone == 0 && past.route == it.route(m).name && past.at <= it.circumstances.now && it.circumstances.now - past.at < it.policy().approvalValid)
                before += 100 * past.share;
        if (moves + before > most + earlier) {
            most = moves;
            earlier = before;
        }
    }
    const double limit = it.policy().secondPersonAbove * 100;
    const auto said = percentText(most) + " of a route moves"
        + (earlier > 0.05 ? ", and " + amountText(earlier) + " was moved in the last " + lengthText(it.policy().approvalValid)
                          : std::string())
        + "; a second person above " + percentText(limit);
    // At 100 it asks for nobody, whatever was moved before.
    if (limit >= 100)
        return { "second_person", "Second person", Verdict::Pass, percentText(most) + " of a route moves; the policy asks for nobody" };
    if (most + earlier <= limit + 0.05)
        return { "second_person", "Second person", Verdict::Pass, said };
    const auto second = secondPersonOf(it);
    return { "second_person", "Second person", second.approval ? Verdict::Pass : Verdict::Block, said + ": " + (second.approval ? second.approval->person + " has approved" : second.why) };
}

} // namespace penstock::rules
