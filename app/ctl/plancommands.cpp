// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plancommands.h"

#include <CLI/CLI.hpp>
#include <QDateTime>
#include <algorithm>
#include <iostream>

#include "planner/steps.h"
#include "planreport.h"
#include "shift/rehearsal.h"

namespace penstock {

namespace {

    /// Seconds that an emergency gives the place that is left, after all others have answered: what runs there is worth knowing.
    constexpr double waitForTheDark = 2;
    constexpr double waitForTheRouters = 3;
    constexpr double waitForTheHung = 1.5; ///< routers that neither answer nor fail, while others answer
    /// Where the cache tells what ran there.
    constexpr double waitForTheRemembered = 0.5;
    /// And for a second reading of the routers.
    constexpr double waitForRequestsNow = 1.5;
    constexpr int mostPlansAnew = 2; ///< of an emergency whose targets turn out to fail

    const std::map<std::string, double> timeUnits { { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "ms", 0.001 } };

    std::optional<std::chrono::milliseconds> duration(const std::string& text)
    {
        double value = 0;
        std::string unit;
        std::istringstream in(text);
        if (!(in >> value) || !(in >> unit) || !timeUnits.contains(unit) || !in.eof() || value <= 0)
            return std::nullopt;
        return std::chrono::milliseconds(static_cast<std::int64_t>(value * timeUnits.at(unit) * 1000));
    }

    /// "30m", "2h", or a time as RFC 3339 writes it.
    std::optional<Time> moment(const std::string& text)
    {
        if (const auto after = duration(text))
            return wallClock() + *after;
        const auto at = QDateTime::fromString(QString::fromStdString(text), Qt::ISODate);
        return at.isValid() ? std::optional(Time(std::chrono::milliseconds(at.toMSecsSinceEpoch()))) : std::nullopt;
    }

    int exitOf(const Error& error)
    {
        std::cerr << "penstockctl: " << error.text() << '\n';
        return error.kind == Error::Kind::Invalid || error.kind == Error::Kind::NotFound ? Usage : error.kind == Error::Kind::Unavailable ? NoConnection : Refused;
    }

    const PlanStatus* statusOf(const Session& session, const std::string& id)
    {
        const auto found = std::ranges::find(session.shifts(), id, &PlanStatus::id);
        return found == session.shifts().end() ? nullptr : &*found;
    }

    /// Who overrides what does not block, or never can, has misread something.
    void sayIdleOverrides(const PlanView& view, const PlanRequest& asked, const Policy& policy)
    {
        for (const auto& rule : asked.asked ? asked.asked->rules : std::vector<std::string>()) {
            auto as = *asked.asked;
            as.person = view.plan.person;
            const auto may = view.plan.moves.empty() ? Result<>() : mayOverride(policy, rule, as, wallClock());
            if (!view.plan.moves.empty() && view.judgement.about(rule).verdict != Interlock::Verdict::Block)
                std::cerr << "penstockctl: " << rule << " does not block: its override does nothing" << (may ? "" : "; " + may.error().text()) << '\n';
        }
    }

} // namespace

void PlanCommands::addRunOptions(CLI::App& command)
{
    auto* step = command.add_option("--step", m_step, "largest change in one step, e.g. 10% (the default, or what the policy allows where that is less)")
        ->transform(CLI::Validator(
            [](std::string& text) {
                if (text.ends_with('%'))
                    text.pop_back();
                return std::string();
            },
            "PERCENT"))
        ->check(CLI::Range(0.1, 100.0));
    command.add_option("--every", m_every, "wait after each step, e.g. 30s")->transform(CLI::AsNumberWithUnit(timeUnits))->check(CLI::Range(0.0, 1e6));
    command.add_flag("--now", m_now, "skip the waits and the largest step, nothing else")->excludes(step);
    command.add_option("--override", m_override, "rules to override, as far as the policy allows it; needs --until and --reason")->delimiter(',');
    command.add_option("--until", m_until, "end of the override: 30m, 2h or 2026-11-25T12:00:00Z");
    command.add_option("--reason", m_reason, "kept in the journal");
}

PlanCommands::PlanCommands(CLI::App& app)
{
    const CLI::Validator isHash([](const std::string& text) { return text.size() >= 8 ? std::string() : "'" + text + "' is no hash: write 8 digits of it, or more"; }, "HASH");
    m_plan = app.add_subcommand("plan", "what a shift, an evacuation, the best split or new blocks would do; sends nothing")->require_subcommand(1);
    m_planShift = m_plan->add_subcommand("shift", "of one route, or of several as one plan");
    m_planEvacuate = m_plan->add_subcommand("evacuate", "of everything at a provider, region or cluster");
    m_whatIf.emplace(*m_plan);
    m_board = app.add_subcommand("board", "what would survive if a provider or a region were lost now");
    m_shift = app.add_subcommand("shift", "move the load of a route, or of several as one plan, in steps; Ctrl-C pauses it");
    m_evacuate = app.add_subcommand("evacuate", "take a provider, region or cluster to zero, all routes at once; Ctrl-C pauses it");
    for (auto* command : { m_planShift, m_shift }) {
        command->add_option("route", m_routes, "several are one plan: chatgpt --to azure=40,gcp=60 image-gen --to azure=20,gcp=80")->required();
        command->add_option("--to", m_splits, "azure=40,gcp=60: adds up to 100, a backend not named gets 0; one for each route, in their order")->required()->allow_extra_args(false);
    }
    for (auto* command : { m_planEvacuate, m_evacuate })
        command->add_option("scope", m_scope, "provider=azure, region=eastus or cluster=NAME")->required();
    for (auto* command : { m_planShift, m_planEvacuate, m_shift, m_evacuate }) {
        addRunOptions(*command);
        command->add_option("--by", m_by, "what the lines of its effect are of: provider, region, cluster or model; without it each model of each provider")
            ->transform(CLI::CheckedTransformer(std::map<std::string, EffectBy> { { "provider", EffectBy::Provider }, { "region", EffectBy::Region }, { "cluster", EffectBy::Cluster }, { "model", EffectBy::Model } })
                            .description("provider|region|cluster|model"));
    }
    for (auto* command : { m_planShift, m_planEvacuate })
        command->add_flag("--propose", m_propose, "keep the plan, so that a second person can approve it");
    m_shifts = app.add_subcommand("shifts", "running shifts, those left behind and the last that ended; or an order for one");
    m_shifts->add_option("order", m_order, "return plans the way back of a shift that is over")->check(CLI::IsMember({ "resume", "pause", "return", "stop" }));
    m_shifts->add_option("id", m_id, "S-118");
    addRunOptions(*m_shifts);
    for (auto* command : { m_shift, m_evacuate, m_shifts }) {
        command->add_flag("--dry-run", m_dryRun, "show what would happen, send nothing");
        command->add_flag("--rehearse", m_rehearse, "run every step without writing anything, and score it");
        command->add_option("--plan", m_hash, "the hash of the plan that was shown or approved, or 8 digits of it: refused when it is not this one")->check(isHash);
        command->add_option("--for", m_for, "then it returns by itself: 30m, 2h");
        command->add_flag("--return-on-guard", m_returnOnGuard, "go back when a guard is broken, instead of pausing");
        command->add_flag("--yes", m_yes, "really do it");
    }
    m_approve = app.add_subcommand("approve", "approve a plan of somebody else");
    m_approve->add_option("hash", m_hash, "as `plan` prints it, 8 digits or more")->required()->check(isHash);
    m_approve->add_flag("--yes", m_yes, "really approve it, after a look at what it prints");
}

bool PlanCommands::chosen() const
{
    return *m_plan || *m_board || *m_shift || *m_evacuate || *m_approve || *m_shifts;
}

Result<PlanRequest> PlanCommands::wanted(const Session& session, bool evacuation) const
{
    PlanRequest made;
    made.kind = evacuation ? Plan::Kind::Evacuation : Plan::Kind::Shift;
    if (evacuation) {
        auto scope = Scope::parse(m_scope);
        if (!scope)
            return std::unexpected(scope.error());
        made.scope = *scope;
    } else {
        auto all = targets(session);
        if (!all)
            return std::unexpected(all.error());
        made.targets = std::move(*all);
    }
    return withOptions(std::move(made));
}

Result<std::vector<std::pair<std::string, Weights>>> PlanCommands::targets(const Session& session) const
{
    if (m_routes.size() != m_splits.size())
        return fail(Error::Kind::Invalid, "there are " + std::to_string(m_routes.size()) + " routes and " + std::to_string(m_splits.size()) + " --to", {}, "give each route a --to of its own: chatgpt --to azure=40,gcp=60 image-gen --to azure=20,gcp=80");
    std::vector<std::pair<std::string, Weights>> made;
    for (std::size_t i = 0; i < m_routes.size(); ++i) {
        const auto& name = m_routes[i];
        const auto route = std::ranges::find(session.routes(), name, [](const RouteView& it) { return it.route.name; });
        if (route == session.routes().end())
            return fail(Error::Kind::Invalid, "the workspace has no route '" + name + "'");
        if (std::ranges::find(made, name, [](const auto& it) { return it.first; }) != made.end())
            return fail(Error::Kind::Invalid, "route " + name + " stands there twice");
        auto target = parseTarget(m_splits[i], route->route);
        if (!target)
            return std::unexpected(target.error());
        made.emplace_back(name, std::move(*target));
    }
    return made;
}

Result<PlanRequest> PlanCommands::withOptions(PlanRequest made) const
{
    made.largestStep = m_step;
    made.bake = std::chrono::milliseconds(static_cast<std::int64_t>(m_every * 1000));
    made.now = m_now;
    if (!m_reason.empty())
        made.reason = m_reason;
    made.returnsOnBrokenGuard = m_returnOnGuard;
    made.commandedAt = m_commandedAt;
    if (!m_override.empty()) {
        const auto rules = interlockRules();
        for (const auto& rule : m_override)
            if (std::ranges::find(rules, rule) == rules.end()) {
                std::string list;
                for (const auto& it : rules)
                    list += (list.empty() ? "" : ", ") + it;
                return fail(Error::Kind::Invalid, "there is no rule '" + rule + "'", {}, "the rules are " + list);
            }
        const auto until = moment(m_until);
        if (!until)
            return fail(Error::Kind::Invalid, m_until.empty() ? "an override needs an end" : "'" + m_until + "' is no time", {}, "write --until 30m, 2h or 2026-11-25T12:00:00Z");
        made.asked = Override { .person = {}, .reason = made.reason, .rules = m_override, .until = *until };
    }
    if (!m_for.empty()) {
        const auto time = duration(m_for);
        if (!time)
            return fail(Error::Kind::Invalid, "'" + m_for + "' is no time", {}, "write --for 30m or 2h");
        made.expiresAfter = std::chrono::ceil<std::chrono::seconds>(*time);
    }
    return made;
}

int PlanCommands::run(Session& session, Waiter& waiter, OutputFormat format, double timeout)
{
    if (*m_approve) {
        // What is approved is seen before it is, on what the fleets and the routers say now.
        waiter.wait(session, timeout, [&] { return session.isComplete(); });
        waiter.wait(session, timeout, [&] { return std::ranges::all_of(session.routes(), [](const RouteView& it) { return it.reading || it.error; }); });
        missing(session);
        for (const auto& it : session.waitingApprovals())
            if (it.hash.starts_with(m_hash)) {
                std::cerr << "Asked for by " << it.plan.person << (it.plan.reason.empty() ? "" : ": " + it.plan.reason) << '\n';
                const auto view = session.view(it);
                if (!view)
                    continue;
                std::cerr << planReport(*view, session.routes(), OutputFormat::Table) << std::flush;
                if (std::ranges::any_of(view->judgement.interlocks, [](const Interlock& one) { return one.blocks() && !asksForSecondPerson(one.rule); }))
                    std::cerr << "penstockctl: more than the second person blocks it now; an approval alone does not start it\n";
            }
        if (const auto may = session.mayRecord(); !may)
            return exitOf(may.error());
        const auto waiting = session.waitingApprovals();
        const auto wanted = std::ranges::find_if(waiting, [&](const WaitingApproval& it) { return it.hash.starts_with(m_hash); });
        if (!m_yes && wanted != waiting.end() && wanted->plan.person != session.person()) {
            std::cerr << "penstockctl: nothing was approved; to approve it give --yes\n";
            return Usage;
        }
        const auto done = session.approve(m_hash);
        if (!done)
            return exitOf(done.error()) == Usage ? Usage : Refused;
        std::cout << "approved\n";
        return Done;
    }
    if (*m_shifts && m_order.empty()) {
        // An empty list would say that nothing runs.
        if (const auto may = session.mayRecord(); !may && session.latestShifts().empty())
            return exitOf(may.error());
        // Where those left behind stand is for their routers to say.
        waiter.wait(session, timeout, [&] { return std::ranges::all_of(session.routes(), [](const RouteView& it) { return it.reading || it.error; }); });
        std::cout << shiftsReport(session.latestShifts(), session.routes(), format);
        return Done;
    }
    if (*m_shifts && m_id.empty()) {
        std::cerr << "penstockctl: say which shift: `penstockctl shifts` lists them\n";
        return Usage;
    }
    // An order to who runs it needs to know nothing of the fleets.
    session.latestShifts();
    const auto* ordered = *m_shifts ? statusOf(session, m_id) : nullptr;
    const bool isOrder = ordered && !isOver(ordered->phase);
    if (*m_shifts && (isOrder ? !ordered->abandoned : m_order != "return"))
        return order(session, waiter, format);
    if (isOrder)
        waiter.wait(session, std::min(timeout, waitForTheRouters), [&] { return std::ranges::all_of(session.routes(), [](const RouteView& it) { return it.reading || it.error; }); });
    // Leaving a place must not wait for it: who is silent is told, and judged.
    const auto leaving = *m_evacuate && m_now ? Scope::parse(m_scope).value_or(Scope()) : Scope();
    if (!isOrder && !(leaving == Scope()) && !waiter.wait(session, std::min(timeout, waitForTheHung), [&] { return session.isComplete(leaving); }))
        waiter.wait(session, timeout, [&] { return session.isComplete(leaving) || (session.haveFleetsAnswered(leaving) && std::ranges::any_of(session.routes(), [](const RouteView& it) { return it.reading.has_value(); })); });
    else if (!isOrder)
        waiter.wait(session, timeout, [&] { return session.isComplete(leaving); });
    const bool isRemembered = std::ranges::all_of(session.endpoints(), [](const EndpointStatus& it) { return it.observed.has_value(); });
    waiter.wait(session, std::min(timeout, isRemembered ? waitForTheRemembered : waitForTheDark), [&] { return session.isComplete(); });
    // How many errors the targets answer with is known from a second reading on.
    if (!*m_board && (!*m_shifts || (isOrder && m_order == "resume")) && (!m_whatIf->chosen() || m_whatIf->asksWhoAnswers()))
        waitForRequests(session, waiter, std::min(timeout, m_now ? waitForRequestsNow : 2.0), m_now ? Counted::Errors : Counted::Split);
    missing(session);
    if (*m_board) {
        // A board that was made before the routers answered takes them for silent.
        waiter.wait(session, std::min(timeout, waitForTheRouters), [&] { return std::ranges::all_of(session.routes(), [](const RouteView& it) { return it.reading || it.error; }); });
        const auto asOf = session.snapshot()->asOf();
        waiter.wait(session, timeout, [&] { return session.board()->asOf > asOf; });
        std::cout << boardReport(*session.board(), format);
        return session.board()->rows.empty() ? NoConnection : Done;
    }
    if (*m_shifts)
        return order(session, waiter, format);
    if (m_whatIf->chosen())
        return m_whatIf->run(session, format);
    if (*m_plan)
        return plan(session, m_planEvacuate->parsed(), format);
    return start(session, waiter, wanted(session, m_evacuate->parsed()), format);
}

int PlanCommands::plan(Session& session, bool evacuation, OutputFormat format)
{
    const auto asked = wanted(session, evacuation);
    if (!asked)
        return exitOf(asked.error());
    const auto view = session.plan(*asked);
    if (!view)
        return exitOf(view.error());
    std::cout << planReport(*view, session.routes(), format, m_by) << std::flush;
    sayIdleOverrides(*view, *asked, session.workspace().policy);
    if (const auto kept = session.noteShown(*view); !kept)
        std::cerr << "penstockctl: --plan " << view->judgement.hash.substr(0, 12) << " will not find it: " << kept.error().text() << '\n';
    if (m_propose) {
        const auto hash = session.propose(*asked);
        if (!hash)
            return exitOf(hash.error());
        std::cerr << "penstockctl: waits for `penstockctl approve " << *hash << "` by somebody else\n";
        return Done;
    }
    return view->judgement.blocked() && !view->plan.moves.empty() ? Refused : Done;
}

int PlanCommands::start(Session& session, Waiter& waiter, const Result<PlanRequest>& asked, OutputFormat format)
{
    if (!asked)
        return exitOf(asked.error());
    const auto view = m_hash.empty() ? session.plan(*asked) : session.planOf(m_hash, *asked);
    if (!view)
        return exitOf(view.error());
    (m_dryRun ? std::cout : std::cerr) << planReport(*view, session.routes(), m_dryRun ? format : OutputFormat::Table, m_by) << std::flush;
    sayIdleOverrides(*view, *asked, session.workspace().policy);
    if (asked->expiresAfter && *asked->expiresAfter <= view->expected && !view->plan.moves.empty()) {
        std::cerr << "penstockctl: it would return before it has arrived, which takes about " << view->expected.count() / 1000 << " s; give it longer with --for\n";
        return Usage;
    }
    if (view->plan.moves.empty())
        for (const auto& route : view->unanswered)
            std::cerr << "penstockctl: NOT evacuated: the weights of " << route << " could not be read and are as they were; `penstockctl routes` says why\n";
    // What was asked for is kept, though nothing can be done.
    if (view->plan.moves.empty() && m_yes && !m_dryRun && !m_rehearse && !view->plan.reason.empty())
        (void)session.startPlan(*asked, view->judgement.hash);
    if (view->plan.moves.empty())
        return view->unanswered.empty() && (!view->evacuation || view->evacuation->stuck.empty()) ? Done : Refused;
    if (m_dryRun || !m_yes)
        (void)session.noteShown(*view);
    if (m_dryRun)
        return view->judgement.blocked() ? Refused : Done;
    if (m_rehearse) {
        const auto id = session.rehearse(*asked);
        if (!id)
            return exitOf(id.error());
        const auto exit = follow(session, waiter, *id);
        if (const auto* status = statusOf(session, *id)) {
            const auto score = scoreOf(*status, view->expected);
            if (format == OutputFormat::JsonText) {
                std::cout << Json { { "schema", "penstock.rehearsal/1" }, { "id", *id }, { "what", titleOf(status->plan) }, { "passed", score.passed }, { "score", score.points },
                    { "took_s", static_cast<double>(score.took.count()) / 1000 }, { "expected_s", static_cast<double>(score.expected.count()) / 1000 }, { "findings", score.findings } }
                                 .dump(2)
                          << '\n';
                return exit;
            }
            std::cout << "rehearsal " << (score.passed ? "passed" : "failed") << ": " << score.points << " of 100, " << static_cast<double>(score.took.count()) / 1000 << " s, expected "
                      << static_cast<double>(score.expected.count()) / 1000 << " s; nothing was written\n";
            for (const auto& finding : score.findings)
                std::cout << "  " << finding << '\n';
        }
        return exit;
    }
    if (view->plan.reason.empty() || !m_yes) {
        std::cerr << "penstockctl: nothing was sent; to start it give " << (view->plan.reason.empty() ? "--reason TEXT and " : "") << "--yes\n";
        return Usage;
    }
    const auto id = session.startPlan(*asked, m_hash.empty() ? view->judgement.hash : m_hash);
    if (!id) {
        std::cerr << "penstockctl: " << id.error().text() << '\n';
        const auto& judged = view->judgement.interlocks;
        const bool asks = std::ranges::any_of(judged, [](const Interlock& it) { return it.blocks() && asksForSecondPerson(it.rule); });
        const bool others = std::ranges::any_of(judged, [](const Interlock& it) { return it.blocks() && !asksForSecondPerson(it.rule); });
        for (const auto& other : session.shifts())
            if (!isOver(other.phase) && !other.abandoned && !other.rehearsal && view->judgement.about("lease").blocks()
                && std::ranges::any_of(view->plan.moves, [&](const Plan::Move& it) { return std::ranges::find(other.plan.moves, it.route, &Plan::Move::route) != other.plan.moves.end(); }))
                std::cerr << "penstockctl: `penstockctl shifts stop " << other.id << "` ends it where it is, `penstockctl shifts return " << other.id << "` takes it back\n";
        const bool isAnothers = id.error().what.find("who alone can start it") != std::string::npos;
        // A plan that waits for more than a person would ask that person for nothing.
        if (const auto hash = asks && !others && !isAnothers ? session.propose(*asked) : Result<std::string>(fail(Error::Kind::Refused, "")); hash)
            std::cerr << "penstockctl: kept; after `penstockctl approve " << *hash << "` by somebody else the same command starts it\n";
        else if (asks && !isAnothers)
            std::cerr << "penstockctl: it also needs a second person; it is kept for one when nothing else blocks it\n";
        return Refused;
    }
    const auto exit = follow(session, waiter, *id);
    // At 3 am nobody plans by hand around a target that was found to fail a moment after the plan was made.
    if (const auto* status = statusOf(session, *id); exit == Paused && m_now && m_hash.empty() && m_evacuate->parsed() && status && status->step == 0 && !errorsThatBlock(status->interlocks).empty() && m_plansAnew++ < mostPlansAnew) {
        std::cerr << "penstockctl: nothing was sent; it is stopped and planned anew around that\n";
        if (const auto stopped = session.stopPlan(*id); !stopped)
            return exitOf(stopped.error());
        waiter.wait(session, 5, [&] { return !statusOf(session, *id) || isOver(statusOf(session, *id)->phase); });
        // What refused it is to be seen by the next plan, and its routes are to be free again.
        waitForRequests(session, waiter, waitForRequestsNow, Counted::Errors);
        return start(session, waiter, asked, format);
    }
    for (const auto& route : view->unanswered)
        std::cerr << "penstockctl: NOT evacuated: the weights of " << route << " could not be read and are as they were; `penstockctl routes` says why\n";
    return exit;
}

int PlanCommands::follow(Session& session, Waiter& waiter, const std::string& id)
{
    // What was resumed on its way back is to arrive where it began.
    const auto* begun = statusOf(session, id);
    const bool goesBack = m_order == "return" || (m_order == "resume" && begun && begun->returning());
    std::string last;
    bool leaving = false;
    const auto progress = [&] {
        const auto* status = statusOf(session, id);
        if (!status)
            return false;
        const bool byHand = isPausedByHand(*status);
        // One that is to return by itself has to be there when its time is over.
        const bool stays = byHand || (status->expiresAt && !status->returning());
        if (const auto line = (status->rehearsal ? "rehearsal, nothing is written: " : "") + progressLine(*status); line != last) {
            std::cerr << (last = line) << '\n';
            if (!byHand && stays && status->phase == ShiftPhase::Paused && !leaving)
                std::cerr << "penstockctl: it stands here and returns by itself at " << stamp(*status->expiresAt) << "; `penstockctl shifts resume|return|stop " << id << "` from another terminal is obeyed at once\n";
            if (byHand && !leaving)
                std::cerr << "penstockctl: it waits here for `penstockctl shifts resume|return|stop " << id << "` or a console; Ctrl-C leaves it paused\n";
        }
        return isOver(status->phase) || (status->phase == ShiftPhase::Paused && !status->abandoned && (leaving || !stays));
    };
    if (!waiter.wait(session, -1, progress)) {
        leaving = true;
        std::cerr << "penstockctl: pausing; the weights stay as they are\n";
        if (const auto paused = session.pausePlan(id); !paused)
            std::cerr << "penstockctl: " << paused.error().text() << '\n';
        waiter.wait(session, 5, progress);
    }
    const auto* status = statusOf(session, id);
    if (!status)
        return Refused;
    if (status->error && pausedBy(*status).empty())
        std::cerr << "penstockctl: " << status->error->text() << '\n';
    const auto inSeconds = [](std::chrono::milliseconds time) { return fixedText(static_cast<double>(time.count()) / 1000, 2); };
    if (status->recovery && !status->rehearsal && !status->returning())
        std::cerr << "penstockctl: " << (leftBehind(*status).empty() ? "" : "of what was moved: ") << "the last router had the new weights, as read back, after " << inSeconds(*status->recovery) << " s"
                  << (status->quietAfter ? ", no new request arrived there after " + inSeconds(*status->quietAfter) + " s" : std::string()) << '\n';
    std::cerr << shedText(*status);
    if (const auto left = leftBehind(*status); status->phase == ShiftPhase::Done && !status->rehearsal && !left.empty()) {
        std::cerr << "penstockctl: NOT all of it is in Penstock's hands: " << left << '\n';
        return Refused;
    }
    if (status->phase == ShiftPhase::Done || (status->phase == ShiftPhase::Returned && (goesBack || status->expiresAt)) || (status->phase == ShiftPhase::Stopped && m_order == "stop"))
        return Done;
    std::cerr << "penstockctl: " << id << " is " << name(status->phase) << "; the router's last known weights are " << weightsText(*status, session.routes()) << '\n';
    // What a reload undid is a plan away, unless it was just taken back.
    for (const auto& view : session.routes())
        if (isOver(status->phase) && status->phase != ShiftPhase::Returned && view.reading && !view.reading->forgotten.empty() && std::ranges::find(status->plan.moves, view.route.name, &Plan::Move::route) != status->plan.moves.end()) {
            std::ostringstream to;
            for (std::size_t b = 0; b < std::min(view.route.backends.size(), view.reading->forgotten.size()); ++b)
                to << (b ? "," : "") << view.route.backends[b].name << '=' << rounded(view.reading->forgotten[b], 1);
            std::cerr << "penstockctl: the router forgot its weights; set them again with `penstockctl shift " << view.route.name << " --to " << to.str() << " --now`\n";
        }
    if (status->phase != ShiftPhase::Paused || status->rehearsal)
        return Refused;
    std::cerr << "penstockctl: " << standingText(*status) << '\n';
    return Paused;
}

int PlanCommands::order(Session& session, Waiter& waiter, OutputFormat format)
{
    session.latestShifts();
    const auto* before = statusOf(session, m_id);
    if (m_order == "return" && before && isOver(before->phase)) {
        auto back = session.wayBackOf(m_id);
        return start(session, waiter, back ? withOptions(std::move(*back)) : std::move(back), format);
    }
    if (m_dryRun || m_rehearse)
        return exitOf(Error { Error::Kind::Invalid, m_id + " is not over: " + m_order + " is an order to the shift itself, which cannot be " + (m_dryRun ? "tried" : "rehearsed") + "; nothing was sent", {}, "look where it stands with `penstockctl shifts`, then give the order without " + std::string(m_dryRun ? "--dry-run" : "--rehearse") });
    const bool abandoned = before && before->abandoned;
    const auto done = m_order == "pause" ? session.pausePlan(m_id) : m_order == "resume" ? session.resumePlan(m_id) : m_order == "return" ? session.goBackPlan(m_id) : session.stopPlan(m_id);
    if (!done)
        return exitOf(done.error());
    // Nobody ran it: from here on this process does, until it has ended.
    if (abandoned)
        return follow(session, waiter, m_id);
    const bool obeyed = waiter.wait(session, 5, [&] {
        const auto* status = statusOf(session, m_id);
        return status
            && (isOver(status->phase) || (m_order == "pause" && status->phase == ShiftPhase::Paused) || (m_order == "return" && (status->returning() || status->phase == ShiftPhase::Returning))
                || (m_order == "resume" && status->phase != ShiftPhase::Paused));
    });
    std::cerr << "penstockctl: " << (obeyed ? "" : "not obeyed within 5 s: ") << (statusOf(session, m_id) ? progressLine(*statusOf(session, m_id)) : m_id) << '\n';
    return obeyed ? Done : Refused;
}

} // namespace penstock
