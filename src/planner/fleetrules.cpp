// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

// The rules that look at the fleets and their data.
#include <algorithm>
#include <cmath>
#include <map>
#include <ranges>
#include <set>

#include "base/counttext.h"
#include "judge.h"
#include "landing.h"
#include "planner/evacuation.h"
#include "planner/expected.h"

namespace penstock::rules {

namespace {

    using Verdict = Interlock::Verdict;

    /// What backends carry after a step, beside what they do at the end.
    class Course
    {
    public:
        explicit Course(const Case& it)
            : m_it(it)
        {
        }
        /// True when none is to carry more after so many steps than at the end or now: where that fits, this does.
        [[nodiscard]] bool fitsWithTheEnd(std::size_t step)
        {
            for (std::size_t m = 0; m < m_it.plan.moves.size(); ++m)
                if (!isStraight(m, step) && !isBelowTheEnd(m, step))
                    return false;
            return true;
        }

    private:
        [[nodiscard]] std::vector<H100s> after(const std::vector<KnownLoad>& known, std::size_t move, std::size_t step) const { return expectedLoads(known, m_it.carried(move, m_it.after(move, step))); }

        /// On the straight way to the target loads change in a straight line, too.
        [[nodiscard]] bool isStraight(std::size_t move, std::size_t step) const
        {
            constexpr double rounding = 0.11;
            const auto &from = m_it.after(move, m_it.circumstances.stepsDone), &to = m_it.after(move, m_it.plan.steps()), &here = m_it.after(move, step);
            std::size_t widest = 0;
            for (std::size_t b = 0; b < from.size(); ++b)
                if (std::abs(to[b] - from[b]) > std::abs(to[widest] - from[widest]))
                    widest = b;
            const double whole = to[widest] - from[widest];
            if (const auto* reading = m_it.reading(move); std::abs(whole) <= rounding || (reading && std::ranges::any_of(reading->backends, &BackendReading::takesNothing)))
                return false;
            const double share = (here[widest] - from[widest]) / whole;
            for (std::size_t b = 0; b < from.size(); ++b)
                if (std::abs(from[b] + share * (to[b] - from[b]) - here[b]) > rounding)
                    return false;
            return share <= 1;
        }
        [[nodiscard]] bool isBelowTheEnd(std::size_t move, std::size_t step)
        {
            auto& [known, end] = m_ends[move];
            if (known.empty()) {
                known = m_it.known(move);
                end = after(known, move, m_it.plan.steps());
                for (std::uint32_t b = 0; b < end.size(); ++b)
                    end[b] = std::max(end[b], m_it.ground.carriedBy(m_it.routes[move], b).load);
            }
            return std::ranges::equal(after(known, move, step), end, [](double one, double other) { return one <= other + 1e-6; });
        }

        const Case& m_it;
        std::map<std::size_t, std::pair<std::vector<KnownLoad>, std::vector<H100s>>> m_ends; ///< by move: what is known, and what is carried at the end
    };

    std::string shortages(const Case& it, const Effect& effect)
    {
        std::string said;
        std::size_t move = 0;
        for (const auto& need : effect.needs) {
            while (it.routes[move] != need.route)
                ++move;
            if (need.shortGpus == 0)
                continue;
            join(said, countText(need.shortGpus) + " GPUs short at " + it.where(move, need.backend) + ": needs " + countText(need.neededGpus) + ", placeable "
                    + countText(need.neededGpus - need.shortGpus));
        }
        if (effect.firstBreak)
            join(said, effect.firstBreak->because);
        return said;
    }

} // namespace

namespace {

    /// Who takes nothing keeps its weight, and the others carry what that stands for.
    std::string sharedOut(const Case& it, std::size_t m, std::size_t b)
    {
        const auto& target = it.after(m, it.plan.moves[m].steps.size());
        const auto* reading = it.reading(m);
        if (!reading || !reading->backends[b].takesNothing() || it.rises(m, b) || target[b] <= 0.05)
            return {};
        double taken = 0;
        for (std::size_t i = 0; i < target.size(); ++i)
            taken += reading->backends[i].takesNothing() ? 0 : target[i];
        std::string carry;
        for (std::size_t i = 0; taken > 0 && i < target.size(); ++i)
            if (!reading->backends[i].takesNothing() && target[i] > 0.05)
                join(carry, it.route(m).backends[i].name + " " + percentText(100 * target[i] / taken), ", ");
        return it.where(m, b) + " takes no requests: its " + percentText(target[b]) + " go to the others" + (carry.empty() ? std::string(", and there are none") : ", which then carry " + carry);
    }

    /// True when some load of a move's workload was seen in what the plan evacuates.
    bool hasBeenSeen(const Case& it, std::size_t m)
    {
        const Loss loss(it.ground.places(), it.plan.scope);
        for (std::uint32_t p = 0; p < loss.pools.size(); ++p)
            if (loss.pools[p] && it.ground.held(*it.mapped(m).workload, p) > 0)
                return true;
        return false;
    }

    /// GPUs by workload: of jobs that end to make room, and of load that finds none.
    std::string whatEnds(const std::map<std::string, std::int64_t>& ending, const std::map<std::string, std::int64_t>& lost)
    {
        const auto listOf = [](const std::map<std::string, std::int64_t>& all) {
            std::string list;
            for (const auto& [name, gpus] : all)
                if (gpus > 0)
                    join(list, countText(gpus) + " GPUs of " + name, ", ");
            return list;
        };
        std::string said;
        if (const auto list = listOf(ending); !list.empty())
            join(said, "fits once these end: " + list);
        if (const auto list = listOf(lost); !list.empty())
            join(said, "these find no place and are lost: " + list);
        return said;
    }

    /// Backends where nothing is left of a workload once its jobs have ended, and that its route sends requests to all the same.
    std::string stillAskedFor(const Case& it, const Evacuation& evacuation)
    {
        std::string said;
        const auto& routes = it.ground.rules().routes;
        for (std::uint32_t r = 0; r < routes.size() && r < it.circumstances.readings.size(); ++r) {
            const auto* reading = it.circumstances.readings[r];
            const auto move = std::ranges::find(evacuation.moves, r, &RouteMove::route);
            for (std::uint32_t b = 0; reading && b < std::min(routes[r].backends.size(), reading->backends.size()); ++b) {
                const auto& scope = routes[r].backends[b].scope;
                std::int64_t ends = 0;
                for (const auto& job : evacuation.shed)
                    if (job.workload == routes[r].workload && scope.contains(job.provider, job.region, job.cluster) && !evacuation.scope.contains(job.provider, job.region, job.cluster))
                        ends += job.gpus;
                const double weight = move == evacuation.moves.end() ? reading->backends[b].accepted : move->to[b];
                if (ends > 0 && ends >= it.ground.carriedBy(r, b).gpus && weight > 0)
                    join(said, "all of " + routes[r].workload + " at " + routes[r].backends[b].name + " ends, and " + percentText(weight) + " of its requests go there still: shift " + routes[r].name + " before");
            }
        }
        return said;
    }

    /// True when some route is no longer where it was when the plan was made.
    bool hasBegun(const Case& it)
    {
        for (std::size_t m = 0; m < it.plan.moves.size() && it.circumstances.stepsDone == 0; ++m)
            for (std::size_t b = 0; it.reading(m) && b < it.plan.moves[m].from.size(); ++b)
                if (std::abs(it.reading(m)->backends[b].accepted - it.plan.moves[m].from[b]) > 0.5)
                    return true;
        return it.circumstances.stepsDone > 0;
    }

    /// An evacuation is judged by making it again: what must end for it must be what the plan says will end.
    std::optional<Interlock> capacityOfEvacuation(const Case& it, Effect& atTarget)
    {
        auto again = evacuate(it.ground, it.plan.scope, it.circumstances.readings);
        for (std::size_t m = 0; m < it.plan.moves.size(); ++m) {
            const auto found = std::ranges::find(again.moves, it.routes[m], &RouteMove::route);
            for (std::size_t b = 0; b < it.plan.moves[m].from.size(); ++b)
                if (found == again.moves.end() || std::abs(found->to[b] - it.after(m, it.plan.moves[m].steps.size())[b]) > 0.5)
                    return std::nullopt; // other splits than those: judged like any shift
        }
        atTarget = std::move(again.effect);
        std::map<std::string, std::int64_t> needed, ending, planned;
        for (const auto& shed : again.shed) {
            needed[shed.workload] += shed.gpus;
            ending[shed.workload] += it.plan.scope.contains(shed.provider, shed.region, shed.cluster) ? 0 : shed.gpus;
        }
        for (const auto& shed : it.plan.shed)
            planned[shed.workload] += shed.gpus;
        std::string more;
        for (auto& [name, gpus] : needed) {
            const auto text = countText(gpus) + " GPUs of " + name;
            const auto workload = std::ranges::find(it.ground.rules().workloads, name, &Workload::name);
            if (workload->priority == Priority::Interactive)
                join(more, text + " find no place");
            else if (gpus > planned[name])
                join(more, text + " must end, the plan says " + countText(planned[name]));
            gpus -= ending[name];
        }
        if (!more.empty())
            return Interlock { "capacity", "Capacity", Verdict::Block, more };
        auto notes = whatEnds(ending, needed);
        join(notes, stillAskedFor(it, again));
        std::string unknown;
        for (std::size_t m = 0; m < it.plan.moves.size(); ++m)
            if (!hasBeenSeen(it, m))
                join(unknown, it.route(m).name, ", ");
        if (!unknown.empty())
            join(notes, "how much load leaves is not known of " + unknown + ": none of it was ever seen at " + it.plan.scope.text() + ", so whether it finds its place is not known either");
        if (!notes.empty())
            return Interlock { "capacity", "Capacity", Verdict::Note, notes };
        return Interlock { "capacity", "Capacity", Verdict::Pass, "everything that leaves finds its place" };
    }

} // namespace

/// Of an evacuation whose fleets are no longer those that it was planned on: what has to end for it, if that is no more than its plan says. Empty: it is more.
static std::optional<std::string> onceJobsEnd(const Case& it, const Effect& atTarget, Room& room)
{
    auto jobs = it.plan.shed;
    std::map<std::string, std::int64_t> planned, mayBeLost, lost;
    for (const auto& job : jobs)
        (it.plan.scope.contains(job.provider, job.region, job.cluster) ? mayBeLost : planned)[job.workload] += job.gpus;
    std::erase_if(jobs, [&](const ShedLoad& job) { return it.plan.scope.contains(job.provider, job.region, job.cluster); });
    for (const auto& need : atTarget.needs) {
        const auto& mapped = it.ground.map().routes[need.route];
        if (need.shortGpus == 0 || !mapped.workload)
            continue;
        const auto& workload = it.ground.rules().workloads[*mapped.workload];
        const auto replica = std::max<std::int64_t>(1, workload.replicaGpus);
        auto replicas = need.shortGpus / replica;
        for (const auto pool : mapped.backends[need.backend].fitting)
            replicas -= it.ground.takeEnding(room, jobs, pool, *mapped.workload, replicas);
        lost[workload.name] += replicas * replica;
        if (replicas > 0 && (workload.priority == Priority::Interactive || lost[workload.name] > mayBeLost[workload.name]))
            return std::nullopt;
    }
    for (const auto& job : jobs)
        planned[job.workload] -= job.gpus;
    return whatEnds(planned, lost);
}

static Interlock capacityOfShift(const Case& it, Effect& atTarget)
{
    Interlock made { "capacity", "Capacity", Verdict::Pass, {} };
    const auto steps = it.plan.steps();
    Room room(it.ground.room());
    atTarget = effectOf(it.ground, it.movesTo(steps), room);
    auto failing = steps;
    bool fits = atTarget.fits();
    std::optional<std::string> ends;
    if (!fits && it.plan.kind == Plan::Kind::Evacuation)
        ends = onceJobsEnd(it, atTarget, room);
    fits = fits || ends;
    Effect there;
    Course course(it);
    for (auto step = it.circumstances.stepsDone + 1; step < steps; ++step) {
        if (fits && course.fitsWithTheEnd(step))
            continue;
        if (auto effect = effectOf(it.ground, it.movesTo(step)); !effect.fits()) {
            failing = step;
            fits = false;
            there = std::move(effect);
            break;
        }
    }
    // What is not seen has no room for anything, whatever it held when it was.
    const auto unseen = it.ofBackends([&](std::size_t m, std::size_t b) -> std::string {
        const auto& clusters = it.mapped(m).backends[b].clusters;
        const bool dark = std::ranges::none_of(
            clusters, [&](std::uint32_t c) { return it.ground.capacity().freshness[c] == Freshness::Fresh; });
        if (it.rises(m, b) && dark)
            return it.where(m, b) + " is not seen now, which counts as no capacity";
        const auto& pools = it.mapped(m).backends[b].fitting;
        const bool left = !pools.empty() && std::ranges::all_of(pools, [&](std::uint32_t p) { return !it.ground.leftBy(p).empty(); });
        return it.rises(m, b) && left ? it.where(m, b) + " is evacuated by " + it.ground.leftBy(pools.front()) + ", which counts as no capacity until that is stopped, taken back or done" : std::string();
    });
    if (fits && !unseen.empty()) {
        made.verdict = Verdict::Block;
        made.evidence = unseen;
        return made;
    }
    if (fits) {
        if (ends) {
            made.verdict = Verdict::Note;
            made.evidence = *ends;
            return made;
        }
        std::int64_t needed = 0;
        for (const auto& need : atTarget.needs)
            needed += std::max<std::int64_t>(0, need.neededGpus);
        made.evidence = needed == 0 ? "no target needs more GPUs" : "every target places all its replicas: " + countText(needed) + " GPUs";
        if (atTarget.firstBreak)
            made.evidence += "; next: " + atTarget.firstBreak->because;
        return made;
    }
    made.verdict = Verdict::Block;
    made.evidence = (steps > 1 ? "from step " + std::to_string(failing) + " of " + std::to_string(steps) + " on: " : std::string()) + shortages(it, failing == steps ? atTarget : there);
    return made;
}

Interlock capacity(const Case& it, Effect& atTarget)
{
    if (it.plan.kind == Plan::Kind::Shift)
        return capacityOfShift(it, atTarget);
    if (!hasBegun(it))
        if (auto judged = capacityOfEvacuation(it, atTarget))
            return *judged;
    return capacityOfShift(it, atTarget);
}

namespace {

    constexpr std::string_view withAnError = " of its requests with an error", notMeasuredSince = "; how many errors it answers with has not been measured since";

    /// What is remembered of this target among the errors that held the plan up; parts of a plan call it by its name alone.
    std::string failedBefore(const Case& it, std::size_t m, std::size_t b)
    {
        const auto& name = it.route(m).backends[b].name;
        for (const auto part : std::views::split(std::string_view(it.circumstances.failed), std::string_view("; ")))
            if (const std::string_view said(part.begin(), part.end()); said.starts_with(name + " answers ") || said.starts_with(it.route(m).name + " at " + name + " answers "))
                return std::string(said);
        return {};
    }

    /// Route and backend of all that fail outright what they get: of many routes few do.
    std::vector<std::pair<std::size_t, std::size_t>> failingOutright(const Case& it)
    {
        std::vector<std::pair<std::size_t, std::size_t>> made;
        for (std::size_t r = 0; r < it.circumstances.readings.size(); ++r) {
            const auto* reading = it.circumstances.readings[r];
            for (std::size_t k = 0; reading && k < std::min(reading->backends.size(), it.ground.rules().routes[r].backends.size()); ++k)
                if (const auto& rate = reading->backends[k].guards.errorRate; reading->backends[k].accepted > 0 && rate && rate->value > failsOutright)
                    made.emplace_back(r, k);
        }
        return made;
    }

    /// That another route fails at the place that this target stands for, while nobody measures the target itself.
    std::string failsNextDoor(const Case& it, std::size_t m, std::size_t b, const std::vector<std::pair<std::size_t, std::size_t>>& failing)
    {
        std::string said;
        const auto& own = it.route(m).backends[b].scope;
        for (const auto& [r, k] : failing) {
            const auto& other = it.ground.rules().routes[r];
            if (r != it.routes[m] && (isInside(own, other.backends[k].scope) || isInside(other.backends[k].scope, own)))
                join(said, "nobody has measured how " + it.where(m, b) + " answers, and " + other.backends[k].name + " answers " + percentText(100 * it.circumstances.readings[r]->backends[k].guards.errorRate->value) + " of the requests of " + other.name + " with an error");
        }
        return said;
    }

} // namespace

Interlock answers(const Case& it)
{
    const auto silent = it.ofBackends([&](std::size_t m, std::size_t b) -> std::string {
        if (!it.rises(m, b))
            return {};
        if (!it.reading(m))
            return it.where(m, b) + ": its router has not answered";
        const auto& backend = it.reading(m)->backends[b];
        if (!backend.takesNothing())
            return {};
        using Condition = BackendReading::Condition;
        return it.where(m, b) + (backend.condition == Condition::Down ? " is down" : backend.condition == Condition::Draining ? " is drained" : " is in maintenance") + (backend.note.empty() ? "" : " (" + backend.note + ")");
    });
    // One that answers everything with an error answers nobody. Who leaves a burning place does not wait for the last per cent.
    const bool leaving = it.plan.kind == Plan::Kind::Evacuation || it.circumstances.returning;
    std::string notes = it.ofBackends([&](std::size_t m, std::size_t b) -> std::string { return sharedOut(it, m, b); });
    const auto outright = failingOutright(it);
    bool measured = true;
    std::string remembered; ///< of targets that gain: what held the plan up, and has not been counted again
    const auto failing = it.ofBackends([&](std::size_t m, std::size_t b) -> std::string {
        if (!it.reading(m))
            return {};
        const auto& backend = it.reading(m)->backends[b];
        const auto& rate = backend.guards.errorRate;
        if (!it.rises(m, b)) {
            // The plan does not mend what it does not touch.
            if (const double kept = it.plan.moves[m].steps.empty() ? 0 : it.plan.moves[m].steps.back()[b]; kept > 0 && backend.accepted > 0 && rate && rate->value > failsOutright)
                join(notes, it.where(m, b) + " keeps " + percentText(kept) + " and answers " + percentText(100 * rate->value) + std::string(withAnError));
            return {};
        }
        measured = measured && rate && backend.accepted > 0;
        // Nobody has got better because a console that has just started has not counted yet; one that gets nothing can't be counted.
        if (!rate && backend.accepted > 0)
            join(remembered, failedBefore(it, m, b));
        // What it failed when it last had a share is no news of today.
        if (!rate || backend.accepted <= 0) {
            join(notes, failsNextDoor(it, m, b, outright));
            return {};
        }
        const double limit = it.ground.rules().workloads[*it.mapped(m).workload].errorRate.value_or(failsOutright);
        const auto said = it.where(m, b) + " answers " + percentText(100 * rate->value) + std::string(withAnError) + ", limit " + percentText(100 * limit);
        if (rate->value <= limit)
            return {};
        if (!leaving || rate->value > failsOutright)
            return said;
        join(notes, said);
        return {};
    });
    join(notes, it.circumstances.unwatched);
    auto said = silent;
    join(said, failing);
    if (said.empty() && !remembered.empty())
        said = remembered + std::string(notMeasuredSince);
    if (!said.empty())
        return { "answers", "Targets answer", Verdict::Block, said };
    return { "answers", "Targets answer", notes.empty() ? Verdict::Pass : Verdict::Note,
        !notes.empty() ? notes : measured ? "the routers reach every target that gains, and they answer with not too many errors" : "reached; how many errors they answer with is not measured yet" };
}

namespace {

    /// Why a backend takes nothing of what is evacuated.
    std::string whyNot(const Case& it, std::uint32_t r, std::size_t b)
    {
        const auto& name = it.ground.rules().routes[r].backends[b].name;
        const auto& mapped = it.ground.map().routes[r].backends[b];
        if (!canTake(it.circumstances.readings[r], b))
            return name + " is down, or fails what it gets";
        if (!mapped.notApproved.empty())
            return mapped.notApproved.front();
        if (!mapped.notResident.empty())
            return name + " lies outside: " + mapped.notResident.front();
        const auto by = vacatedBy(it.ground, mapped);
        return name + (by.empty() ? " has no room for it" : " was evacuated by " + by);
    }

} // namespace

Interlock reach(const Case& it)
{
    if (it.plan.kind != Plan::Kind::Evacuation)
        return { "reach", "Reaches all of it", Verdict::Pass, "it evacuates nothing" };
    std::string stays;
    std::map<std::string, std::string> shared; ///< by backend: what stays on it
    const auto meets = [](const std::string& a, const std::string& b) { return a.empty() || b.empty() || a == b; };
    const auto& places = it.ground.places();
    for (std::uint32_t r = 0; r < it.ground.rules().routes.size(); ++r) {
        const auto& route = it.ground.rules().routes[r];
        const auto& mapped = it.ground.map().routes[r];
        const auto touches = [&](const Route::Backend& backend) {
            const auto &scope = it.plan.scope, &at = backend.scope;
            return meets(scope.provider, at.provider) && meets(scope.region, at.region) && meets(scope.cluster, at.cluster);
        };
        if (!it.circumstances.readings[r]) {
            if (std::ranges::any_of(route.backends, touches))
                join(stays, "the weights of " + route.name + " could not be read: its load stays");
            continue;
        }
        if (const auto& silent = it.circumstances.readings[r]->silent; !silent.empty() && std::ranges::any_of(route.backends, touches))
            join(stays, route.name + ": " + silent + ": what it carries stays");
        const auto move = std::ranges::find(it.routes, r);
        const auto weights = move == it.routes.end() ? it.circumstances.readings[r]->accepted() : it.plan.moves[static_cast<std::size_t>(move - it.routes.begin())].steps.back();
        // All that stands for nothing else leaves, unless nobody takes it.
        std::string kept, others;
        for (std::size_t b = 0; b < std::min(weights.size(), route.backends.size()); ++b) {
            if (isInside(it.plan.scope, route.backends[b].scope)) {
                if (weights[b] > 0)
                    join(kept, percentText(weights[b]) + " at " + route.backends[b].name, ", ");
            } else
                join(others, whyNot(it, r, b), ", ");
        }
        if (!kept.empty()) {
            Weights gone(weights);
            for (std::size_t b = 0; b < std::min(weights.size(), route.backends.size()); ++b)
                gone[b] = isInside(it.plan.scope, route.backends[b].scope) ? 0 : gone[b];
            const auto refused = it.circumstances.readings[r]->refusal(gone);
            join(stays,
                route.name + " keeps " + kept + ": "
                    + (!refused.empty()      ? refused
                            : others.empty() ? std::string("it has no other target")
                                             : others));
            continue;
        }
        for (std::size_t b = 0; mapped.workload && b < std::min(weights.size(), mapped.backends.size()); ++b) {
            // Who stands for more than the scope keeps a share, and where that goes is not for the router to say.
            const bool runsThere = std::ranges::any_of(mapped.backends[b].pools, [&](std::uint32_t p) {
                const auto& pool = places.pools[p];
                return it.plan.scope.contains(places.providerName(pool), places.regionName(pool), places.clusterName(pool)) && it.ground.held(*mapped.workload, p) > 0;
            });
            if (weights[b] > 0 && runsThere)
                join(shared[route.backends[b].name], percentText(weights[b]) + " of " + route.name, ", ");
        }
    }
    for (const auto& [backend, kept] : shared)
        join(stays, backend + " stands for more than " + it.plan.scope.text() + " and keeps " + kept + ": its own balancer must leave that out");
    return { "reach", "Reaches all of it", stays.empty() ? Verdict::Pass : Verdict::Note, stays.empty() ? "no route can lead there afterwards" : stays };
}

Interlock router(const Case& it)
{
    std::string refused, notes;
    for (std::size_t m = 0; m < it.plan.moves.size(); ++m) {
        const auto* reading = it.reading(m);
        if (reading && reading->splits == RouteReading::Splits::Untried && it.plan.kind == Plan::Kind::Shift)
            join(notes, it.route(m).name + ": whether it takes other splits than whole backends shows at the first step");
        for (std::size_t b = 0; reading && b < reading->backends.size(); ++b)
            if (!reading->backends[b].fixed.empty())
                join(notes, it.where(m, b) + " keeps what it has: " + reading->backends[b].fixed);
        std::string why;
        for (auto step = it.circumstances.stepsDone; reading && why.empty() && step < it.plan.moves[m].steps.size();
             ++step)
            why = reading->refusal(it.after(m, step + 1));
        if (!why.empty())
            join(refused, it.route(m).name + ": " + why);
    }
    return { "router", "Router takes it", !refused.empty() ? Verdict::Block : !notes.empty() ? Verdict::Note : Verdict::Pass,
        !refused.empty() ? refused : !notes.empty() ? notes : "the routers can set every split" };
}

Interlock freshness(const Case& it)
{
    bool blocks = false;
    const auto& capacity = it.ground.capacity();
    const auto said = it.ofBackends([&](std::size_t m, std::size_t b) -> std::string {
        const auto& backend = it.mapped(m).backends[b];
        const bool rises = it.rises(m, b);
        if (!rises && it.plan.moves[m].from[b] <= 0)
            return {};
        if (backend.clusters.empty()) {
            blocks = blocks || rises;
            return "no endpoint reports " + it.where(m, b) + ": what it carries and could carry is not known";
        }
        std::string old;
        std::size_t count = 0;
        for (const auto cluster : backend.clusters)
            if (capacity.freshness[cluster] != Freshness::Fresh) {
                ++count;
                const auto observed = capacity.observed[cluster];
                const auto age = observed ? std::chrono::duration_cast<std::chrono::seconds>(capacity.asOf - *observed).count() : -1;
                join(old, it.ground.places().clusters[cluster].name + (capacity.freshness[cluster] == Freshness::Cached ? " known from the cache only" : age >= 0 ? " " + countText(age) + " s old" : ""), ", ");
            }
        blocks = blocks || (rises && count == backend.clusters.size());
        return old.empty() ? old : it.where(m, b) + ": " + old + ", counted as zero capacity";
    });
    return { "freshness", "Freshness", said.empty() ? Verdict::Pass : blocks ? Verdict::Block : Verdict::Note,
        said.empty() ? "all data are younger than " + std::to_string(it.policy().staleAfter.count()) + " s" : said };
}

Interlock completeness(const Case& it)
{
    // Leaving a place must never wait for it: who only gives may be as silent as it likes.
    bool blocks = false;
    std::string said;
    const auto& places = it.ground.places();
    for (const auto& silent : it.circumstances.silent) {
        std::set<std::string> providers;
        if (!silent.provider.empty())
            providers.insert(silent.provider);
        for (std::size_t c = 0; c < places.clusters.size(); ++c)
            if (places.sources[places.clusters[c].source] == silent.name)
                providers.insert(places.providers[places.regions[places.clusters[c].region].provider]);
        bool receives = false;
        for (std::size_t m = 0; m < it.plan.moves.size(); ++m)
            for (std::size_t b = 0; b < it.mapped(m).backends.size(); ++b)
                receives = receives || (it.rises(m, b) && std::ranges::any_of(it.mapped(m).backends[b].providers, [&](const std::string& name) { return providers.contains(name); }));
        const bool unknown = providers.empty() && it.plan.kind != Plan::Kind::Evacuation;
        blocks = blocks || receives || unknown;
        join(said, silent.name + " has not answered" + (providers.empty() ? ", and whose it is is not known" : receives ? ", and its provider gains" : ", and nothing of it gains"));
    }
    return { "completeness", "Completeness", said.empty() ? Verdict::Pass : blocks ? Verdict::Block : Verdict::Note, said.empty() ? "every endpoint has answered whole" : said };
}

Interlock approval(const Case& it)
{
    const auto missing = it.ofBackends([&](std::size_t m, std::size_t b) {
        std::string said;
        if (it.rises(m, b))
            for (const auto& one : it.mapped(m).backends[b].notApproved)
                join(said, one);
        return said.empty() ? said : it.where(m, b) + ": " + said;
    });
    return { "approval", "Sub-processor", missing.empty() ? Verdict::Pass : Verdict::Block, missing.empty() ? "every provider that gains is approved for this data" : missing };
}

Interlock residency(const Case& it)
{
    const auto outside = it.ofBackends([&](std::size_t m, std::size_t b) {
        std::string said, groups;
        if (it.rises(m, b))
            for (const auto& region : it.mapped(m).backends[b].notResident)
                join(said, region, ", ");
        for (const auto& group : it.ground.rules().workloads[*it.mapped(m).workload].residency)
            join(groups, group, ", ");
        return said.empty() ? said : it.where(m, b) + ": " + said + " lies outside " + groups;
    });
    return { "residency", "Residency", outside.empty() ? Verdict::Pass : Verdict::Block, outside.empty() ? "all targets that gain lie where the workload may run" : outside };
}

Interlock minProviders(const Case& it)
{
    const auto least = static_cast<std::size_t>(std::max(0, it.policy().minProviders));
    std::string few, still;
    std::size_t fewest = ~std::size_t { 0 };
    const auto usedAfter = [&](std::size_t m, std::size_t steps) {
        std::set<std::string> used;
        for (std::size_t b = 0; b < it.mapped(m).backends.size(); ++b)
            if (it.after(m, steps)[b] > 0)
                used.insert(it.mapped(m).backends[b].providers.begin(), it.mapped(m).backends[b].providers.end());
        return used.size();
    };
    for (std::size_t m = 0; m < it.plan.moves.size(); ++m) {
        auto most = usedAfter(m, it.circumstances.stepsDone);
        const bool lacked = most < least;
        for (auto step = it.circumstances.stepsDone + 1; step <= it.plan.moves[m].steps.size(); ++step) {
            const auto used = usedAfter(m, step);
            fewest = std::min(fewest, used);
            // Who has too few already may come nearer to enough, which is the way back of one that was overridden.
            if (used < least && used < most) {
                join(few, it.route(m).name + " uses " + std::to_string(used) + " from step " + std::to_string(step) + " on");
                break;
            }
            most = std::max(most, used);
        }
        if (lacked && most < least)
            join(still, it.route(m).name + " uses " + std::to_string(most) + ", no fewer than now");
    }
    const auto limit = ", at least " + std::to_string(least);
    if (few.empty() && !still.empty())
        return { "min_providers", "Minimum providers", Verdict::Note, still + limit };
    return { "min_providers", "Minimum providers", few.empty() ? Verdict::Pass : Verdict::Block,
        few.empty() ? (fewest == ~std::size_t { 0 } ? std::string("nothing is left to do") : std::to_string(fewest) + " in use") + limit : few + limit };
}

namespace {

    /// Who stands above a limit may keep what it holds, but not take back what it has given.
    std::string aboveItsLimit(const Case& it, std::size_t m, std::size_t b, H100s kept)
    {
        const auto& backend = it.mapped(m).backends[b];
        const auto& room = it.ground.room();
        const auto workload = *it.mapped(m).workload;
        const auto held = it.ground.carriedBy(it.routes[m], static_cast<std::uint32_t>(b));
        const auto given = held.load > kept ? static_cast<std::int64_t>(std::floor(static_cast<double>(held.gpus) * (1 - kept / held.load) + 1e-6)) : 0;
        std::int64_t lacking = given;
        std::string which;
        for (const auto pool : backend.pools) {
            std::int64_t most = 0;
            for (const auto limit : it.ground.map().limitsOf[pool])
                if (const auto over = room.roomUnder(limit, workload) ? room.exceededBy(limit) : 0; over > most) {
                    most = over;
                    which = it.ground.map().limits[limit].text;
                }
            lacking = std::min(lacking, most);
        }
        return lacking <= 0 || backend.pools.empty() ? std::string() : "no safe return: of the " + countText(given) + " GPUs that " + it.where(m, b) + " gives, " + countText(lacking) + " would not come back: it stands above the " + which;
    }

} // namespace

Interlock wayBack(const Case& it)
{
    const bool leaving = it.plan.kind == Plan::Kind::Evacuation || it.plan.now;
    std::string missing, notes;
    Room room(it.ground.room());
    for (std::size_t m = 0; m < it.plan.moves.size(); ++m) {
        const auto workload = *it.mapped(m).workload;
        const auto& from = it.plan.moves[m].from;
        const auto& present = it.after(m, it.circumstances.stepsDone);
        const auto& target = it.after(m, it.plan.moves[m].steps.size());
        const auto known = it.known(m);
        // Who goes back to where the route came from lately is on the way back, and need not be able to leave it again.
        const bool returns = std::ranges::any_of(known, [&](const KnownLoad& one) { return std::ranges::equal(one.split, target, [](double a, double b) { return std::abs(a - b) <= 0.5; }); });
        const auto before = expectedLoads(known, it.carried(m, from)), now = expectedLoads(known, it.carried(m, present)), end = expectedLoads(known, it.carried(m, target));
        for (std::size_t b = 0; b < from.size(); ++b) {
            if (from[b] <= target[b] + 0.05)
                continue;
            const auto& backend = it.mapped(m).backends[b];
            if (!backend.allowed())
                join(notes, it.where(m, b) + " gives what it may not take back: " + (backend.notApproved.empty() ? backend.notResident.front() + " lies outside" : backend.notApproved.front()));
            if (it.reading(m) && it.reading(m)->backends[b].takesNothing())
                join(notes, it.where(m, b) + " takes no requests now");
            const auto seen = std::ranges::count_if(backend.clusters, [&](std::uint32_t c) { return it.ground.capacity().freshness[c] == Freshness::Fresh; });
            // That it shows no room now is no reason to stay there.
            if (seen == 0) {
                join(notes, it.where(m, b) + " is not seen now");
                continue;
            }
            if (it.circumstances.stepsDone == 0)
                join(missing, aboveItsLimit(it, m, b, end[b]));
            // What has been given so far must find its place again; what is still held, and freed by the next step, needs none.
            H100s held = 0;
            for (const auto pool : backend.pools)
                held += it.ground.heldLoad(workload, pool);
            // Where its load has left it still has the GPUs, which the room knows.
            auto left = it.ground.hasArrived(it.routes[m]) ? before[b] - now[b] : std::min(before[b] - held, before[b] - now[b]);
            if (left <= 1e-6)
                continue;
            const auto asked = left;
            room.place(backend.fitting, workload, left);
            const bool whole = static_cast<std::size_t>(seen) == backend.clusters.size();
            if (left > 0)
                join(whole && !returns ? missing : notes, "no safe return: " + it.where(m, b) + " has room for " + percentText(100 * (1 - left / asked)) + " of what it gave" + (whole ? "" : ", as far as it is seen now"));
        }
    }
    if (!missing.empty())
        return { "way_back", "Way back", leaving ? Verdict::Note : Verdict::Block, missing };
    return { "way_back", "Way back", notes.empty() ? Verdict::Pass : Verdict::Note,
        notes.empty() ? std::to_string(it.plan.steps()) + (it.plan.steps() == 1 ? " step" : " steps") + ", the same way" : notes };
}

} // namespace penstock::rules

namespace penstock {

std::string errorsThatBlock(std::span<const Interlock> interlocks)
{
    const auto found = std::ranges::find(interlocks, "answers", &Interlock::rule);
    if (found == interlocks.end() || found->verdict != Interlock::Verdict::Block || !found->evidence.contains(rules::withAnError))
        return {};
    return found->evidence.substr(0, found->evidence.find(rules::notMeasuredSince));
}

} // namespace penstock
