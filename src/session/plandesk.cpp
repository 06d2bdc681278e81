// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plandesk.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <sstream>
#include <tuple>

#include "base/timetext.h"
#include "guardvalues.h"
#include "planner/steps.h"

namespace penstock {

namespace {

    using namespace std::chrono_literals;

    constexpr std::size_t previewsKept = 64;

    Circumstances circumstancesOf(const PlanInputs& inputs, const Standing& standing, Time now)
    {
        return { .now = now, .readings = inputs.readings, .holder = {}, .stepsDone = 0, .leases = standing.leases, .approvals = standing.approvals,
            .past = standing.past, .silent = inputs.silent, .asked = {}, .confirmation = standing.confirmation };
    }

    bool touches(const Scope& scope, const Scope& backend)
    {
        const auto meets = [](const std::string& a, const std::string& b) { return a.empty() || b.empty() || a == b; };
        return meets(scope.provider, backend.provider) && meets(scope.region, backend.region) && meets(scope.cluster, backend.cluster);
    }

    std::map<std::string, std::int64_t> shedByWorkload(const Plan& plan)
    {
        std::map<std::string, std::int64_t> sums;
        for (const auto& shed : plan.shed)
            sums[shed.workload] += shed.gpus;
        return sums;
    }

    /// A reason that was not given when it was shown is no other plan.
    Plan withReason(Plan plan, const std::string& reason)
    {
        if (plan.reason.empty())
            plan.reason = reason;
        return plan;
    }

    std::string shareText(const Weights& weights)
    {
        std::ostringstream text;
        for (const auto weight : weights)
            text << (text.tellp() > 0 ? " / " : "") << std::round(weight * 10) / 10;
        return text.str();
    }

    std::string kindText(Plan::Kind kind, const Scope& scope) { return kind == Plan::Kind::Evacuation ? "evacuates " + scope.text() : std::string("is a shift"); }

    /// In what a plan is another one than what is asked for; empty: in nothing.
    std::string differenceOf(const Plan& plan, const PlanRequest& request)
    {
        if (plan.kind != request.kind || plan.scope != request.scope)
            return "it " + kindText(plan.kind, plan.scope) + ", and this " + kindText(request.kind, request.scope);
        if (plan.now != request.now)
            return plan.now ? "it skips the waits (--now)" : "it does not skip the waits (--now)";
        const auto seconds = [](std::chrono::milliseconds time) {
            std::ostringstream text;
            text << static_cast<double>(time.count()) / 1000 << " s";
            return text.str();
        };
        if (!plan.now && plan.bake != request.bake)
            return "it waits " + seconds(plan.bake) + " after each step, and this " + seconds(request.bake) + " (--every)";
        for (const auto& move : plan.moves) {
            if (plan.kind == Plan::Kind::Evacuation || move.steps.empty())
                continue;
            const auto& end = move.steps.back();
            const auto target = std::ranges::find(request.targets, move.route, [](const auto& it) { return it.first; });
            if (target == request.targets.end())
                return "it moves " + move.route + " too";
            if (end.size() != target->second.size() || !std::ranges::equal(end, target->second, [](double a, double b) { return std::abs(a - b) < 0.001; }))
                return "it brings " + move.route + " to " + shareText(end) + ", and this to " + shareText(target->second);
        }
        return {};
    }

    /// True when a plan asks for nothing that the other one, made before, did not ask for.
    bool isCovered(const Plan& plan, const Plan& before)
    {
        auto same = before;
        same.plannedAt = plan.plannedAt;
        same.shed = plan.shed;
        if (same != plan)
            return false;
        const auto had = shedByWorkload(before);
        return std::ranges::all_of(shedByWorkload(plan), [&](const auto& it) {
            const auto found = had.find(it.first);
            return found != had.end() && it.second <= found->second;
        });
    }

} // namespace

PlanRules planRulesOf(const Workspace& workspace)
{
    return { .providers = workspace.providers, .workloads = workspace.workloads, .routes = workspace.routes, .policy = workspace.policy,
        .regionGroups = workspace.regionGroups, .prices = workspace.prices,
        .listPrices = workspace.listPrices ? std::make_shared<const Catalogue>(workspace.catalogue) : nullptr, .performance = workspace.performance };
}

std::vector<SilentEndpoint> silentEndpoints(const std::vector<EndpointStatus>& statuses, const std::vector<Endpoint>& endpoints)
{
    std::vector<SilentEndpoint> silent;
    for (std::size_t i = 0; i < statuses.size(); ++i) {
        const auto& it = statuses[i];
        if (it.connection != Connection::Live || it.fromCache || !it.observed || it.partial)
            silent.push_back({ it.name, !it.provider.empty() ? it.provider : i < endpoints.size() ? endpoints[i].provider : std::string() });
    }
    return silent;
}

Result<std::vector<Plan::Move>> stepsBack(const std::vector<Plan::Move>& moves, double largestStep, const std::function<const RouteReading*(const std::string& route)>& reading)
{
    std::vector<Plan::Move> back;
    for (const auto& move : moves) {
        const auto& stands = move.steps.empty() ? move.from : move.steps.back();
        const auto* at = reading(move.route);
        auto steps = rampSteps(stands, move.from, at && at->splits == RouteReading::Splits::Whole ? 100 : largestStep);
        if (!steps)
            return std::unexpected(steps.error());
        if (!steps->empty())
            back.push_back({ .route = move.route, .version = {}, .from = stands, .steps = std::move(*steps) });
    }
    return back;
}

PlanDesk::PlanDesk(const Workspace& workspace, std::string person, Clock clock, GroundKeeper& keeper)
    : m_rules(planRulesOf(workspace)), m_person(std::move(person)), m_clock(std::move(clock)), m_keeper(keeper)
{
}

double usualStep(const Policy& policy) { return std::clamp(policy.maxStep * 100, 0.1, 10.0); }

double PlanDesk::largestStepBack(double asked) const
{
    return std::clamp(std::min(asked, m_rules.policy.maxStep * 100), 1.0, 100.0);
}

void PlanDesk::setStanding(Standing standing)
{
    const std::lock_guard lock(m_mutex);
    m_standing = std::move(standing);
}

void PlanDesk::noteStarted(const std::string& hash)
{
    const std::lock_guard lock(m_mutex);
    m_standing.started.insert(hash);
}

Standing PlanDesk::standing() const
{
    const std::lock_guard lock(m_mutex);
    return m_standing;
}

Result<std::uint32_t> PlanDesk::routeNamed(const std::string& name) const
{
    const auto found = std::ranges::find(m_rules.routes, name, &Route::name);
    if (found == m_rules.routes.end())
        return fail(Error::Kind::NotFound, "the workspace has no route '" + name + "'");
    return static_cast<std::uint32_t>(found - m_rules.routes.begin());
}

void PlanDesk::recall(Plan& plan) const
{
    // The same question a moment later is the same plan: its hash, and so an approval of it, still counts.
    const std::lock_guard lock(m_mutex);
    // What was started once is not started again by the approval that it had.
    const auto isStarted = [&](const Plan& before) {
        const auto hash = planHash(before);
        return !hash || m_standing.started.contains(*hash);
    };
    const auto covers = [&](const Plan& before) { return plan.plannedAt - before.plannedAt <= m_rules.policy.approvalValid && isCovered(plan, before) && !isStarted(before); };
    if (const auto kept = std::ranges::find_if(m_standing.kept, [&](const Plan& it) { return isCovered(plan, it) && !isStarted(it); }); kept != m_standing.kept.end())
        plan = *kept;
    else if (const auto shown = std::ranges::find_if(m_standing.shown, [&](const Plan& it) { return covers(withReason(it, plan.reason)); }); shown != m_standing.shown.end())
        plan = withReason(*shown, plan.reason);
    else if (const auto seen = std::ranges::find_if(m_previewed, [&](const auto& it) { return covers(it.second); }); seen != m_previewed.end())
        plan = seen->second;
}

void PlanDesk::remember(const Plan& plan, const std::string& hash)
{
    const std::lock_guard lock(m_mutex);
    if (std::ranges::any_of(m_previewed, [&](const auto& it) { return it.first == hash; }))
        return;
    m_previewed.emplace_back(hash, plan);
    if (m_previewed.size() > previewsKept)
        m_previewed.pop_front();
}

/// What the person takes on, under their own name.
std::optional<Override> PlanDesk::signedBy(const PlanRequest& request) const
{
    auto asked = request.asked;
    if (asked) {
        asked->person = m_person;
        if (asked->reason.empty())
            asked->reason = request.reason;
    }
    return asked;
}

Result<PlanView> PlanDesk::planOf(const std::string& hash, const PlanRequest& request, const PlanInputs& inputs)
{
    auto before = known(hash, request);
    if (!before)
        return std::unexpected(before.error());
    if (*before)
        return look(std::move(**before), signedBy(request), inputs);
    auto view = plan(request, inputs);
    if (view && (hash.size() < 8 || !view->judgement.hash.starts_with(hash)))
        return fail(Error::Kind::Conflict, "what is asked for is now the plan " + view->judgement.hash.substr(0, 12) + ", not " + hash.substr(0, 12) + ": the fleets or the routes have changed since, or that is the hash of another plan", {}, "look at it again");
    return view;
}

/// Empty: nobody has seen a plan with this hash.
Result<std::optional<Plan>> PlanDesk::known(const std::string& hash, const PlanRequest& request) const
{
    auto found = withHash(hash);
    const auto lapsed = standing().lapsed;
    if (!found && hash.size() >= 8 && std::ranges::any_of(lapsed, [&](const Plan& it) { return planHash(it).value_or("").starts_with(hash); }))
        return fail(Error::Kind::Refused, "the plan " + hash.substr(0, 12) + " has expired: plans and approvals hold for " + lengthText(m_rules.policy.approvalValid), {}, "look at it again");
    if (!found)
        return found;
    const auto said = "the plan " + hash.substr(0, 12);
    if (found->person != m_person)
        return fail(Error::Kind::Refused, said + " is " + found->person + "'s, who alone can start it", {}, "plan it yourself, and let a second person approve that one where it needs one");
    if (const auto other = differenceOf(*found, request); !other.empty())
        return fail(Error::Kind::Conflict, said + " is another one than what is asked for here: " + other, {}, "give the command that it was shown for");
    // One that others have read stays as it is.
    const auto kept = standing().kept;
    if (!request.reason.empty() && !found->reason.empty() && request.reason != found->reason)
        return fail(Error::Kind::Conflict, said + " was asked for because of \"" + found->reason + "\"", {}, "give that reason, or plan it anew");
    return std::ranges::find(kept, *found) == kept.end() ? withReason(*found, request.reason) : found;
}

/// Who has approved the same plan too long ago, as approvals of this one: the rules say so then.
std::vector<PlanApproval> PlanDesk::expiredFor(const Plan& plan, const std::string& hash) const
{
    const auto known = standing();
    std::vector<PlanApproval> expired;
    for (const auto& before : known.lapsed)
        if (const auto its = planHash(before); its && isCovered(plan, before))
            for (const auto& approval : known.approvals)
                if (approval.planHash == *its && m_clock() - approval.at > m_rules.policy.approvalValid)
                    expired.push_back({ hash, approval.person, approval.at });
    return expired;
}

std::optional<Plan> PlanDesk::withHash(const std::string& hash) const
{
    const std::lock_guard lock(m_mutex);
    const auto isIt = [&](const std::string& its) { return hash.size() >= 8 && its.starts_with(hash) && !m_standing.started.contains(its); };
    for (const auto& [its, plan] : m_previewed)
        if (isIt(its))
            return plan;
    for (const auto* plans : { &m_standing.kept, &m_standing.shown })
        for (const auto& plan : *plans)
            if (const auto its = planHash(plan); its && isIt(*its))
                return plan;
    return std::nullopt;
}

/// Who mistypes what is burning must not read that nothing is left there.
Result<> PlanDesk::isKnown(const Snapshot& snapshot, const Scope& scope) const
{
    const auto& shape = snapshot.structure();
    std::set<std::string> providers, regions, clusters;
    for (const auto& cluster : shape.clusters) {
        const auto& region = shape.regions[cluster.region];
        providers.insert(shape.providers[region.provider].name);
        regions.insert(region.name);
        clusters.insert(cluster.name);
    }
    // A place whose agent is silent is known by the routes that lead there.
    for (const auto& route : m_rules.routes)
        for (const auto& backend : route.backends) {
            providers.insert(backend.scope.provider);
            regions.insert(backend.scope.region);
            clusters.insert(backend.scope.cluster);
        }
    const std::tuple<const char*, const std::string*, const std::set<std::string>*> parts[] { { "provider", &scope.provider, &providers }, { "region", &scope.region, &regions }, { "cluster", &scope.cluster, &clusters } };
    for (const auto& [what, name, known] : parts) {
        if (name->empty() || known->contains(*name))
            continue;
        std::string list;
        for (const auto& it : *known)
            if (!it.empty())
                list += (list.empty() ? "" : ", ") + it;
        return fail(Error::Kind::NotFound, std::string("no ") + what + " '" + *name + "' is here", {}, "there are " + list);
    }
    return {};
}

std::vector<std::uint32_t> PlanDesk::routesOf(const Plan& plan) const
{
    std::vector<std::uint32_t> made;
    for (const auto& move : plan.moves)
        if (const auto route = routeNamed(move.route))
            made.push_back(*route);
    return made;
}

Result<const RouteReading*> PlanDesk::wholeReading(const std::string& name, const PlanInputs& inputs) const
{
    const auto route = routeNamed(name);
    if (!route)
        return std::unexpected(route.error());
    const auto* reading = inputs.readings[*route];
    if (!reading)
        return fail(Error::Kind::Unavailable, "the weights of " + name + " could not be read", name, "`penstockctl routes` says why");
    if (!reading->silent.empty())
        return fail(Error::Kind::Unavailable, reading->silent, name, "only an evacuation goes on without it: start it again, or take it out of the route's `url`");
    return reading;
}

Result<PlanView> PlanDesk::plan(const PlanRequest& request, const PlanInputs& inputs)
{
    Plan plan;
    plan.kind = request.kind;
    const double largestStep = request.largestStep.value_or(usualStep(m_rules.policy));
    std::optional<Evacuation> evacuation;
    const auto ground = m_keeper.ground(inputs.snapshot, CapacityDetail::Holders);
    if (request.kind == Plan::Kind::Evacuation) {
        if (request.scope == Scope {} || !request.scope.node.empty())
            return fail(Error::Kind::Invalid, "an evacuation names a provider, a region or a cluster", request.scope.text(), "write provider=NAME, region=NAME or cluster=NAME");
        if (const auto known = isKnown(*inputs.snapshot, request.scope); !known)
            return std::unexpected(known.error());
        evacuation = evacuate(*ground, request.scope, inputs.readings);
        auto made = penstock::planOf(*ground, *evacuation, inputs.readings, largestStep, request.now);
        if (!made)
            return std::unexpected(made.error());
        plan = std::move(*made);
    } else {
        for (const auto& [name, target] : request.targets) {
            const auto reading = wholeReading(name, inputs);
            if (!reading)
                return std::unexpected(reading.error());
            auto steps = rampSteps(**reading, target, request.now ? 100 : largestStep);
            if (!steps)
                return std::unexpected(steps.error());
            if (!steps->empty())
                plan.moves.push_back({ .route = name, .version = (*reading)->version, .from = (*reading)->accepted(), .steps = std::move(*steps) });
        }
        plan.now = request.now;
        plan.plannedAt = ground->capacity().asOf;
    }
    plan.person = m_person;
    plan.reason = request.reason;
    plan.bake = request.now ? 0ms : request.bake;
    recall(plan);
    auto view = judged(std::move(plan), signedBy(request), inputs, std::move(evacuation));
    if (!view)
        return view;
    const auto back = stepsBack(view->plan.moves, largestStepBack(largestStep), [&](const std::string& name) {
        const auto route = routeNamed(name);
        return route ? inputs.readings[*route] : nullptr;
    });
    if (back)
        view->back = *back;
    return view;
}

Result<PlanView> PlanDesk::look(Plan plan, const std::optional<Override>& asked, const PlanInputs& inputs)
{
    std::optional<Evacuation> evacuation;
    if (plan.kind == Plan::Kind::Evacuation)
        evacuation = evacuate(*m_keeper.ground(inputs.snapshot, CapacityDetail::Holders), plan.scope, inputs.readings);
    return judged(std::move(plan), asked, inputs, std::move(evacuation));
}

/// An approval is of a plan with what its person takes on: one that was given for less is none. True when there was such a one.
static bool dropUnseen(std::vector<PlanApproval>& approvals, const Plan& plan, const std::optional<Override>& asked, const Standing& known)
{
    const auto hash = planHash(plan);
    if (!asked || asked->rules.empty() || !hash)
        return false;
    const auto shown = known.asked.find(*hash);
    const auto at = known.askedAt.find(*hash);
    const bool covers = shown != known.asked.end() && std::ranges::all_of(asked->rules, [&](const std::string& rule) { return std::ranges::find(shown->second.rules, rule) != shown->second.rules.end(); });
    return std::erase_if(approvals, [&](const PlanApproval& it) { return it.planHash == *hash && (!covers || (at != known.askedAt.end() && it.at < at->second)); }) > 0;
}

Result<PlanView> PlanDesk::judged(Plan plan, const std::optional<Override>& asked, const PlanInputs& inputs, std::optional<Evacuation> evacuation)
{
    const auto ground = m_keeper.ground(inputs.snapshot, CapacityDetail::Holders);
    const auto known = standing();
    auto circumstances = circumstancesOf(inputs, known, m_clock());
    circumstances.asked = asked;
    circumstances.unwatched = unwatchedBy(plan, m_rules, inputs.readings, *inputs.snapshot);
    circumstances.failed = failingServersOf(plan, m_rules, inputs.readings, *inputs.snapshot);
    PlanView view { .plan = std::move(plan), .judgement = {}, .evacuation = std::move(evacuation), .lines = {}, .asOf = ground->capacity().asOf, .expected = {}, .wayBack = {}, .back = {}, .row = {}, .ground = ground, .simulated = inputs.snapshot->simulated(), .unanswered = {} };
    if (const auto hash = planHash(view.plan))
        std::ranges::move(expiredFor(view.plan, *hash), std::back_inserter(circumstances.approvals));
    for (auto& move : view.plan.moves)
        if (const auto route = routeNamed(move.route); route && m_rules.routes[*route].backends.size() == move.from.size() && ground->map().routes[*route].workload)
            move.known = ground->known(*route, move.from);
    const bool unseen = dropUnseen(circumstances.approvals, view.plan, asked, known);
    view.judgement = judge(*ground, view.plan, circumstances);
    for (auto& rule : view.judgement.interlocks)
        if (unseen && rule.rule == "second_person" && rule.blocks())
            rule.evidence += "; who approved it has not seen this override: propose it again with that";
    view.lines = view.plan.kind == Plan::Kind::Evacuation ? linesOf(*ground, view.judgement.effect, EffectBy::ProviderAndModel, roomWithout(*ground, view.plan.scope))
                                                          : linesOf(*ground, view.judgement.effect, EffectBy::ProviderAndModel);
    view.wayBack = view.judgement.about("way_back").evidence;
    const auto steps = static_cast<std::int64_t>(view.plan.steps());
    view.expected = steps * (known.confirmation + (view.plan.now ? 0ms : view.plan.bake));
    if (!view.plan.moves.empty())
        remember(view.plan, view.judgement.hash);
    if (view.evacuation) {
        const auto& scope = view.plan.scope;
        const auto latest = m_keeper.board();
        for (const auto& row : latest->rows)
            if (row.provider == scope.provider && row.region == scope.region && scope.cluster.empty())
                view.row = row;
        for (std::size_t r = 0; r < m_rules.routes.size(); ++r)
            if (!inputs.readings[r] && std::ranges::any_of(m_rules.routes[r].backends, [&](const auto& it) { return touches(scope, it.scope); }))
                view.unanswered.push_back(m_rules.routes[r].name);
    }
    return view;
}

Result<BlockEffect> PlanDesk::whatIfOf(const std::vector<Block>& blocks, Time at, const PlanInputs& inputs) const
{
    const auto& structure = inputs.snapshot->structure();
    for (const auto& block : blocks) {
        const auto isHere = [&](const auto& provider) { return provider.name == block.provider; };
        if (std::abs(block.gpus) > largestBlock)
            return fail(Error::Kind::Invalid, "a block has at most " + std::to_string(largestBlock) + " GPUs, not " + std::to_string(std::abs(block.gpus)), block.provider, "name several blocks");
        if (block.gpus > 0 && std::ranges::none_of(structure.providers, isHere) && std::ranges::find(m_rules.providers, block.provider, &Provider::id) == m_rules.providers.end())
            return fail(Error::Kind::Invalid, "neither the fleets nor the workspace have a provider " + block.provider, block.provider, "name it as [[provider]], or look at `penstockctl fleet`");
        if (block.gpus < 0 && std::ranges::none_of(structure.providers, isHere))
            return fail(Error::Kind::Invalid, "no fleet of " + block.provider + " is here, so that none of its GPUs can go", block.provider, "look at `penstockctl fleet`");
    }
    return penstock::whatIf(*m_keeper.ground(inputs.snapshot, CapacityDetail::Holders), blocks, at);
}

Result<BestSplit> PlanDesk::bestSplitOf(const std::vector<std::string>& routes, const SplitWish& wish, const PlanInputs& inputs) const
{
    SplitRequest request;
    request.goal = wish.goal;
    request.growth = wish.growth;
    request.largestChange = wish.largestChange;
    for (const auto& name : routes) {
        const auto reading = wholeReading(name, inputs);
        if (!reading)
            return std::unexpected(reading.error());
        request.routes.push_back(*routeNamed(name));
        request.accepted.push_back((*reading)->accepted());
        request.readings.push_back(*reading);
    }
    const auto ground = m_keeper.ground(inputs.snapshot, CapacityDetail::Free);
    request.followed = std::ranges::none_of(request.routes, [&](std::uint32_t route) { return std::ranges::find(ground->claims().arrivals, route, &Arrival::route) != ground->claims().arrivals.end(); });
    if (request.followed)
        return bestSplit(*ground, request);
    auto made = bestSplit(Ground(ground->capacityPtr(), ground->mapPtr(), ground->claims().besides(request.routes)), request);
    // As its plan will count it.
    if (made && !made->moves.empty())
        made->effect = effectOf(*ground, made->moves);
    return made;
}

} // namespace penstock
