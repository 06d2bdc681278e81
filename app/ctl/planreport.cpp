// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "planreport.h"

#include <algorithm>
#include <sstream>

#include "planner/parts.h"

namespace penstock {

namespace {

    const Route* routeOf(const std::vector<RouteView>& routes, const std::string& name)
    {
        const auto found = std::ranges::find(routes, name, [](const RouteView& it) { return it.route.name; });
        return found == routes.end() ? nullptr : &found->route;
    }

    std::string backendName(const Route* route, std::size_t at)
    {
        return route && at < route->backends.size() ? route->backends[at].name : "#" + std::to_string(at);
    }

    Json split(const Route* route, const Weights& weights)
    {
        Json made = Json::object();
        for (std::size_t i = 0; i < weights.size(); ++i)
            made[backendName(route, i)] = rounded(weights[i], 1);
        return made;
    }

    std::string splitText(const Route* route, const Weights& weights)
    {
        std::ostringstream text;
        for (std::size_t i = 0; i < weights.size(); ++i)
            text << (i ? ", " : "") << backendName(route, i) << ' ' << rounded(weights[i], 1) << " %";
        return text.str();
    }

    Json orNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
    Json seconds(const std::optional<std::chrono::milliseconds>& time) { return time ? Json(static_cast<double>(time->count()) / 1000) : Json(nullptr); }
    Json time(const std::optional<Time>& at) { return at ? Json(stamp(*at)) : Json(nullptr); }

    const char* word(const Interlock& it)
    {
        return it.verdict == Interlock::Verdict::Pass ? "pass" : it.verdict == Interlock::Verdict::Note ? "note" : it.overridden ? "overridden" : "block";
    }

    Json interlocksOf(const std::vector<Interlock>& interlocks)
    {
        Json made = Json::array();
        for (const auto& it : interlocks)
            made.push_back({ { "rule", it.rule }, { "title", it.title }, { "verdict", word(it) }, { "evidence", it.evidence },
                { "override", it.overridden ? Json { { "person", it.overridden->person }, { "reason", it.overridden->reason }, { "until", stamp(it.overridden->until) } } : Json(nullptr) } });
        return made;
    }

    Json movesOf(const std::vector<Plan::Move>& moves, const std::vector<RouteView>& routes)
    {
        Json made = Json::array();
        for (const auto& move : moves) {
            const auto* route = routeOf(routes, move.route);
            Json steps = Json::array();
            for (const auto& step : move.steps)
                steps.push_back(split(route, step));
            made.push_back({ { "route", move.route }, { "version", orNull(move.version) }, { "from", split(route, move.from) }, { "steps", steps } });
        }
        return made;
    }

    /// Nothing is known of the cost where no GPU has a price.
    Json cost(double dollars, const PoolEffect& of) { return of.costBefore == 0 && of.costAfter == 0 && of.unpriced > 0 ? Json(nullptr) : Json(rounded(dollars, 2)); }

    /// What names a row of an effect.
    std::vector<std::pair<std::string, std::string EffectLine::*>> namesOf(EffectBy by)
    {
        const std::pair<std::string, std::string EffectLine::*> provider { "provider", &EffectLine::provider }, region { "region", &EffectLine::region }, cluster { "cluster", &EffectLine::cluster },
            model { "model", &EffectLine::model };
        switch (by) {
        case EffectBy::Provider: return { provider };
        case EffectBy::Region: return { provider, region };
        case EffectBy::Cluster: return { provider, region, cluster };
        case EffectBy::Model: return { model };
        case EffectBy::ProviderAndModel: return { provider, model };
        case EffectBy::ClusterAndModel: return { provider, region, cluster, model };
        }
        return {};
    }

    Json effectRows(const PlanView& view, EffectBy by)
    {
        const auto& effect = view.judgement.effect;
        const auto lines = by == EffectBy::ProviderAndModel ? view.lines
            : view.plan.kind == Plan::Kind::Evacuation     ? linesOf(*view.ground, effect, by, roomWithout(*view.ground, view.plan.scope))
                                                           : linesOf(*view.ground, effect, by);
        Json rows = Json::array();
        for (const auto& line : lines) {
            Json row = Json::object();
            for (const auto& [name, value] : namesOf(by))
                row[name] = line.*value;
            row.update({ { "needed_gpus", line.sum.needed }, { "freed_gpus", line.sum.freed },
                { "placeable_gpus", line.sum.placeable }, { "healthy_gpus", line.sum.healthy }, { "allocated_before_pct", rounded(line.utilisationBefore(), 1) },
                { "allocated_after_pct", rounded(line.utilisationAfter(), 1) }, { "cost_before_usd_per_h", cost(line.sum.costBefore, line.sum) },
                { "cost_after_usd_per_h", cost(line.sum.costAfter, line.sum) }, { "unpriced_gpus", line.sum.unpriced } });
            rows.push_back(std::move(row));
        }
        return rows;
    }

    Json firstBreakOf(const Effect& effect, const std::vector<RouteView>& routes)
    {
        if (!effect.firstBreak)
            return nullptr;
        const auto& it = *effect.firstBreak;
        const auto* route = it.route < routes.size() ? &routes[it.route].route : nullptr;
        return { { "route", route ? Json(route->name) : Json(nullptr) }, { "backend", backendName(route, it.backend) }, { "fits_times", rounded(it.reach, 3) }, { "because", orNull(it.because) } };
    }

    Json shedOf(const Plan& plan)
    {
        Json made = Json::array();
        for (const auto& it : plan.shed)
            made.push_back({ { "workload", it.workload }, { "provider", it.provider }, { "region", it.region }, { "cluster", it.cluster }, { "model", it.model },
                { "gpus", it.gpus }, { "replicas", it.replicas } });
        return made;
    }

    std::string costText(const PlanView& view)
    {
        const auto& effect = view.judgement.effect;
        if (effect.costBefore == 0 && effect.costAfter == 0)
            return {};
        std::ostringstream out;
        out << (view.plan.shed.empty() ? "The workloads that it moves cost $" : "The workloads that it moves or ends cost $") << fixedText(effect.costBefore, 2) << " an hour now, $" << fixedText(effect.costAfter, 2) << " after";
        if (const auto basis = effect.prices.text(); !basis.empty())
            out << ", by " << basis;
        if (view.evacuation && view.evacuation->shedCost > 0)
            out << "; of the difference $" << fixedText(view.evacuation->shedCost, 2) << " is load that ends or is lost";
        std::int64_t freed = 0;
        for (const auto& it : effect.pools)
            freed += it.freed;
        if (freed > 0)
            out << "; without the " << freed << " GPUs that it frees, which cost what they cost until they are given back";
        if (effect.unpriced > 0)
            out << "; without " << effect.unpriced << " GPUs that have no price";
        out << ".\n";
        return out.str();
    }

    /// Null where all of it fits, and for an evacuation.
    Json stepsOf(const PlanView& view)
    {
        if (view.plan.kind != Plan::Kind::Shift || !view.ground || view.judgement.effect.fits())
            return nullptr;
        Json made = Json::array();
        for (const auto& it : needsByStep(*view.ground, view.plan))
            made.push_back({ { "step", it.step }, { "moved_points", rounded(it.share, 1) }, { "needed_gpus", it.needed }, { "short_gpus", it.shortGpus } });
        return made;
    }

    /// Null where all of it fits or none does, and for an evacuation.
    Json smallerOf(const PlanView& view, const std::vector<RouteView>& routes)
    {
        const auto smaller = view.plan.kind == Plan::Kind::Shift && view.ground ? largestThatFits(*view.ground, view.plan, view.judgement.effect) : std::nullopt;
        if (!smaller)
            return nullptr;
        Json targets = Json::array();
        for (const auto& [name, to] : smaller->targets)
            for (std::size_t b = 0; b < to.size(); ++b)
                targets.push_back({ { "route", name }, { "backend", backendName(routeOf(routes, name), b) }, { "target_pct", rounded(to[b], 1) } });
        return { { "points", smaller->points }, { "of_points", smaller->of }, { "targets", targets } };
    }

    std::string planAsText(const PlanView& view, const std::vector<RouteView>& routes, EffectBy by)
    {
        std::ostringstream out;
        const auto& plan = view.plan;
        out << titleOf(plan) << "\n\n";
        Json splits = Json::array();
        for (const auto& move : plan.moves)
            for (std::size_t i = 0; i < move.from.size(); ++i)
                splits.push_back({ { "route", move.route }, { "backend", backendName(routeOf(routes, move.route), i) }, { "now", rounded(move.from[i], 1) }, { "target", rounded(move.steps.back()[i], 1) } });
        out << table(splits, { { "route", "route" }, { "backend", "backend" }, { "now", "now %" }, { "target", "target %" } });
        if (const auto rows = effectRows(view, by); !rows.empty()) {
            std::vector<std::pair<std::string, std::string>> columns;
            for (const auto& [name, value] : namesOf(by))
                columns.emplace_back(name, name);
            columns.insert(columns.end(), { { "needed_gpus", "placed" }, { "freed_gpus", "freed" }, { "placeable_gpus", "placeable" }, { "allocated_before_pct", "allocated % now" },
                                              { "allocated_after_pct", "after" }, { "cost_before_usd_per_h", "$/h now" }, { "cost_after_usd_per_h", "after" } });
            out << '\n' << table(rows, columns);
        }
        if (view.evacuation) {
            out << "\nOf all interactive load " << rounded(view.evacuation->survives, 1) << " % is carried";
            if (view.evacuation->endedGpus() > 0)
                out << ", " << rounded(view.evacuation->survivesUnshed, 1) << " % without ending jobs on " << view.evacuation->endedGpus() << " GPUs";
            if (view.evacuation->homelessGpus() > 0)
                out << "; load on " << view.evacuation->homelessGpus() << " GPUs is lost";
            out << ".\nOf what leaves finds a place:";
            for (const auto priority : { Priority::Interactive, Priority::Batch, Priority::Training }) {
                const auto& carried = view.evacuation->byPriority[static_cast<std::size_t>(priority)];
                if (carried.lost > 0)
                    out << ' ' << (priority == Priority::Interactive ? "interactive" : priority == Priority::Batch ? "batch" : "training") << ' ' << rounded(carried.percent(), 1) << " %";
            }
            out << '\n';
            for (const auto& name : view.evacuation->unrouted)
                out << "  has no route and stays: " << name << '\n';
            if (plan.moves.empty() && !view.evacuation->stuck.empty())
                out << "  stays: " << view.judgement.about("reach").evidence << '\n';
            else
                for (const auto& name : view.evacuation->stuck)
                    out << "  stays, see \"Reaches all of it\": route " << name << '\n';
            for (const auto& name : view.unanswered)
                out << "  its weights could not be read and stay, `penstockctl routes` says why: route " << name << '\n';
            if (view.evacuation->endedGpus() > 0)
                out << "  Penstock moves requests; the jobs that end are for you to end.\n";
        }
        for (const auto& shed : plan.shed)
            out << (plan.scope.contains(shed.provider, shed.region, shed.cluster) ? "  finds no place: " : "  ends: ") << shed.gpus << " GPUs of " << shed.workload << " at " << shed.cluster << " ("
                << shed.model << ")\n";
        if (!plan.moves.empty())
            out << "\nInterlocks\n";
        for (const auto& it : plan.moves.empty() ? std::vector<Interlock>() : view.judgement.interlocks)
            out << "  " << (it.verdict == Interlock::Verdict::Pass ? "pass      " : it.verdict == Interlock::Verdict::Note ? "note      " : it.overridden ? "OVERRIDDEN" : "BLOCKED   ") << "  " << it.title << ": " << it.evidence
                << (it.overridden ? " (by " + it.overridden->person + " until " + stamp(it.overridden->until) + ": " + it.overridden->reason + ")" : std::string()) << '\n';
        out << "\nSteps\n";
        for (std::size_t step = 0; step < plan.steps(); ++step)
            for (const auto& move : plan.moves)
                if (step < move.steps.size())
                    out << "  " << step + 1 << ": " << (plan.moves.size() > 1 ? move.route + ": " : "") << splitText(routeOf(routes, move.route), move.steps[step]) << '\n';
        const auto& effect = view.judgement.effect;
        if (plan.kind == Plan::Kind::Shift && view.ground && !effect.fits()) {
            for (const auto& it : needsByStep(*view.ground, plan))
                out << "  once step " << it.step << " is done, all targets together need " << it.needed << " GPUs" << (it.shortGpus > 0 ? ", " + std::to_string(it.shortGpus) + " more than there are" : std::string()) << '\n';
            if (const auto smaller = largestThatFits(*view.ground, plan, effect)) {
                out << "\nOf the " << smaller->of << " points of its widest change " << smaller->points << " find a place:";
                for (const auto& [route, to] : smaller->targets)
                    out << (smaller->targets.size() > 1 ? ' ' + route + ':' : std::string()) << ' ' << splitText(routeOf(routes, route), to);
                out << '\n';
            } else
                out << "\nNo point of it finds a place.\n";
        }
        if (plan.moves.empty())
            out << (view.unanswered.empty() ? "  none: the routers have this split already\n" : "  none: nothing is sent to routers whose weights could not be read\n");
        else
            out << "\nTakes about " << view.expected.count() / 1000 << " s. Way back: " << view.wayBack << '\n' << costText(view) << "Plan " << view.judgement.hash << '\n';
        return out.str();
    }

} // namespace

std::string planReport(const PlanView& view, const std::vector<RouteView>& routes, OutputFormat format, EffectBy by)
{
    if (format == OutputFormat::Table)
        return planAsText(view, routes, by);
    const auto rows = effectRows(view, by);
    if (format == OutputFormat::Csv)
        return csv(rows);
    const auto& plan = view.plan;
    Json needs = Json::array();
    for (const auto& it : view.judgement.effect.needs) {
        const auto* route = it.route < routes.size() ? &routes[it.route].route : nullptr;
        needs.push_back({ { "route", route ? Json(route->name) : Json(nullptr) }, { "backend", backendName(route, it.backend) }, { "held_gpus", it.heldGpus }, { "needed_gpus", it.neededGpus },
            { "placeable_gpus", it.placeableGpus }, { "short_gpus", it.shortGpus } });
    }
    Json made { { "schema", "penstock.plan/1" }, { "as_of", stamp(view.asOf) }, { "hash", view.judgement.hash }, { "kind", plan.kind == Plan::Kind::Evacuation ? "evacuation" : "shift" },
        { "scope", orNull(plan.scope.text()) }, { "now", plan.now }, { "person", plan.person }, { "reason", orNull(plan.reason) }, { "bake_s", seconds(plan.bake) },
        { "blocked", !plan.moves.empty() && view.judgement.blocked() }, { "expected_s", seconds(view.expected) }, { "cost_before_usd_per_h", rounded(view.judgement.effect.costBefore, 2) },
        { "cost_after_usd_per_h", rounded(view.judgement.effect.costAfter, 2) }, { "prices", orNull(view.judgement.effect.prices.text()) },
        { "unpriced_gpus", view.judgement.effect.unpriced }, { "rows", rows }, { "regions", effectRows(view, EffectBy::Region) }, { "clusters", effectRows(view, EffectBy::Cluster) }, { "models", effectRows(view, EffectBy::Model) },
        { "steps", stepsOf(view) }, { "largest_that_fits", smallerOf(view, routes) }, { "first_break", firstBreakOf(view.judgement.effect, routes) }, { "needs", needs },
        { "moves", movesOf(plan.moves, routes) }, { "interlocks", interlocksOf(view.judgement.interlocks) }, { "way_back", view.wayBack }, { "back", movesOf(view.back, routes) }, { "shed", shedOf(plan) } };
    if (view.evacuation) {
        Json carried = Json::object();
        for (const auto& [name, priority] : { std::pair { "interactive", Priority::Interactive }, std::pair { "batch", Priority::Batch }, std::pair { "training", Priority::Training } }) {
            const auto& it = view.evacuation->byPriority[static_cast<std::size_t>(priority)];
            carried[name] = it.lost > 0 ? Json(rounded(it.percent(), 1)) : Json(nullptr);
        }
        made["carried_pct"] = carried;
        made["interactive_carried_pct"] = rounded(view.evacuation->survives, 1);
        made["interactive_carried_without_shedding_pct"] = rounded(view.evacuation->survivesUnshed, 1);
        made["ended_gpus"] = view.evacuation->endedGpus();
        made["lost_gpus"] = view.evacuation->homelessGpus();
        made["shed_cost_usd_per_h"] = rounded(view.evacuation->shedCost, 2);
        Json flows = Json::array();
        for (const auto& flow : view.evacuation->flows) {
            const auto* route = flow.route < routes.size() ? &routes[flow.route].route : nullptr;
            Json to = Json::array();
            for (const auto& it : flow.to)
                to.push_back({ { "backend", backendName(route, it.backend) }, { "gpus", it.gpus }, { "placeable_gpus", it.placeable } });
            flows.push_back({ { "route", route ? Json(route->name) : Json(nullptr) }, { "gpus", flow.gpus }, { "to", to } });
        }
        made["flows"] = flows;
        made["unrouted"] = view.evacuation->unrouted;
        made["stuck"] = view.evacuation->stuck;
        made["unanswered"] = view.unanswered;
    }
    return made.dump(2) + "\n";
}

std::string boardReport(const Board& board, OutputFormat format)
{
    Json rows = Json::array();
    for (const auto& it : board.rows)
        rows.push_back({ { "provider", it.provider }, { "region", orNull(it.region) }, { "lost_gpus", it.lostGpus }, { "lost_h100", rounded(it.lost, 1) }, { "carried_h100", rounded(it.carried, 1) },
            { "carried_pct", rounded(it.percent, 1) }, { "carried_with_shedding_pct", rounded(it.percentWithShedding, 1) }, { "shed_gpus", it.shedGpus }, { "breaks", it.breaks },
            { "first_model", orNull(it.firstModel) }, { "short_gpus", it.shortGpus }, { "cost_usd_per_h", number(it.cost, 2) }, { "evacuated_by", orNull(it.evacuatedBy) }, { "being_evacuated", it.beingEvacuated } });
    if (format == OutputFormat::JsonText)
        return Json { { "schema", "penstock.board/1" }, { "as_of", stamp(board.asOf) }, { "prices", orNull(board.prices.text()) }, { "rows", rows } }.dump(2) + "\n";
    if (format == OutputFormat::Csv)
        return csv(rows);
    for (auto& row : rows)
        if (row["being_evacuated"].get<bool>())
            row["evacuated_by"] = row["evacuated_by"].get<std::string>() + ", not over";
    return table(rows, { { "provider", "lost" }, { "region", "region" }, { "lost_gpus", "GPUs" }, { "carried_pct", "carried %" }, { "carried_with_shedding_pct", "with shedding %" },
                           { "shed_gpus", "shed GPUs" }, { "first_model", "tightest model" }, { "short_gpus", "short GPUs" }, { "cost_usd_per_h", "$/h more" }, { "evacuated_by", "evacuated by" } })
        + (board.prices.text().empty() ? std::string() : "Dollars by " + board.prices.text() + ".\n");
}

namespace {

    constexpr std::size_t longestNote = 100; ///< of a cell

    /// What a person has taken on; null: nothing.
    Json overrideOf(const PlanStatus& status)
    {
        if (!status.asked)
            return nullptr;
        return { { "person", status.asked->person }, { "reason", status.asked->reason }, { "rules", status.asked->rules }, { "until", stamp(status.asked->until) } };
    }

    /// One that is still in force.
    std::string overrideText(const PlanStatus& status, Time now)
    {
        if (!status.asked || status.asked->until <= now || status.phase == ShiftPhase::Returned)
            return {};
        std::string rules;
        for (const auto& rule : status.asked->rules)
            rules += (rules.empty() ? "" : ", ") + rule;
        return "OVERRIDDEN until " + stamp(status.asked->until).substr(11, 5) + " UTC: " + rules;
    }

    /// When it returns by itself, or why it went back: "way back of S-7: its time is over".
    std::string returnText(const PlanStatus& status)
    {
        if (status.phase == ShiftPhase::Returned && status.back)
            return status.back->reason;
        return !status.expiresAt || isOver(status.phase) || status.returning() ? std::string() : "returns by itself at " + stamp(*status.expiresAt).substr(11, 8) + " UTC";
    }

    /// Why what was given cannot come back now.
    std::string noReturnText(const PlanStatus& status)
    {
        if (status.safeReturn || isOver(status.phase) || status.returning())
            return {};
        return status.wayBack.find("no safe return") == std::string::npos ? "no safe return now: " + status.wayBack : status.wayBack;
    }

} // namespace

std::string shiftsReport(const std::vector<PlanStatus>& shifts, const std::vector<RouteView>& routes, OutputFormat format)
{
    Json rows = Json::array();
    for (const auto& it : shifts) {
        Json row { { "id", it.id }, { "what", titleOf(it.plan) }, { "state", isLeftBehind(it) ? "abandoned" : std::string(name(it.phase)) }, { "step", it.step }, { "steps", it.leg().steps() },
            { "returning", it.returning() }, { "person", it.plan.person }, { "reason", orNull(it.plan.reason) }, { "started", stamp(it.startedAt) }, { "ended", time(it.endedAt) },
            { "expires", time(it.expiresAt) }, { "host", orNull(it.host) }, { "pid", it.pid }, { "recovery_s", leftBehind(it).empty() ? seconds(it.recovery) : Json(nullptr) }, { "quiet_s", seconds(it.quietAfter) },
            { "safe_return", it.safeReturn }, { "paused_by", orNull(rulesText(pausedBy(it))) }, { "override", overrideOf(it) }, { "accepted", orNull(weightsText(it, routes)) }, { "note", orNull(it.note) }, { "error", it.error ? Json(it.error->text()) : Json(nullptr) } };
        if (format == OutputFormat::JsonText) {
            Json parts = Json::array();
            for (std::size_t m = 0; m < it.routes.size(); ++m) {
                const auto& route = it.routes[m];
                const auto* known = routeOf(routes, route.route);
                Json weights = Json::array();
                for (std::size_t b = 0; b < route.accepted.size(); ++b)
                    weights.push_back({ { "backend", backendName(known, b) }, { "desired_pct", b < route.desired.size() ? Json(rounded(route.desired[b], 1)) : Json(nullptr) },
                        { "accepted_pct", rounded(route.accepted[b], 1) }, { "observed_pct", b < route.observed.size() ? number(route.observed[b], 1) : Json(nullptr) } });
                parts.push_back({ { "route", route.route }, { "weights", weights }, { "note", orNull(route.note) }, { "error", route.error ? Json(route.error->text()) : Json(nullptr) } });
            }
            row["routes"] = parts;
            Json steps = Json::array();
            for (const auto& step : it.record)
                steps.push_back({ { "step", step.step }, { "returning", step.returning }, { "written", stamp(step.writtenAt) }, { "accepted_s", seconds(step.acceptedAfter) },
                    { "confirmed_s", seconds(step.confirmedAfter) }, { "note", orNull(step.note) } });
            row["record"] = steps;
            row["shed"] = shedOf(it.plan);
        }
        rows.push_back(std::move(row));
    }
    if (format == OutputFormat::JsonText)
        return Json { { "schema", "penstock.shifts/1" }, { "as_of", stamp(wallClock()) }, { "rows", rows } }.dump(2) + "\n";
    if (format == OutputFormat::Csv)
        return csv(rows);
    // What a person must know of one that stands or has failed is why.
    for (std::size_t i = 0; i < shifts.size(); ++i)
        if (const auto& it = shifts[i]; it.error && pausedBy(it).empty() && (it.phase == ShiftPhase::Failed || it.phase == ShiftPhase::Paused) && it.note.find(it.error->what) == std::string::npos)
            rows[i]["note"] = it.error->what + (it.note.empty() ? "" : "; " + it.note);
    // In a table a note that is too long pads every row; it is whole below it, and in the other formats.
    std::string notes;
    for (std::size_t i = 0; i < shifts.size(); ++i) {
        auto note = rows[i]["note"].is_string() ? rows[i]["note"].get<std::string>() : std::string();
        const auto left = shifts[i].phase == ShiftPhase::Done ? leftBehind(shifts[i]) : std::string();
        if (!left.empty())
            rows[i]["state"] = "done in part";
        for (const auto& said : { left.empty() ? left : "NOT all of it has left: " + left, returnText(shifts[i]), noReturnText(shifts[i]), overrideText(shifts[i], wallClock()) })
            if (!said.empty())
                note = said + (note.empty() ? "" : "; " + note);
        if (note.size() > longestNote) {
            auto end = longestNote;
            while (end > 0 && (static_cast<unsigned char>(note[end]) & 0xC0) == 0x80)
                --end;
            notes += shifts[i].id + ": " + note + '\n';
            note = note.substr(0, end) + "...";
        }
        rows[i]["note"] = note;
    }
    auto text = table(rows, { { "id", "id" }, { "what", "what" }, { "state", "state" }, { "step", "step" }, { "steps", "of" }, { "accepted", "accepted" }, { "person", "person" },
                              { "started", "started" }, { "recovery_s", "recovery s" }, { "note", "note" } }) + notes;
    for (const auto& it : shifts)
        if (it.phase == ShiftPhase::Paused && !it.rehearsal)
            text += standingText(it) + '\n';
    for (const auto& it : shifts)
        text += shedText(it);
    return text;
}

std::string shedText(const PlanStatus& status)
{
    std::ostringstream text;
    for (const auto& it : shedBy(status))
        text << status.id << (status.plan.scope.contains(it.provider, it.region, it.cluster) ? " has no place for load on " : " needs the room of jobs that you have to end: ") << it.gpus << " GPUs of " << it.workload << " at "
             << it.cluster << " (" << it.model << ")\n";
    return text.str();
}

std::string standingText(const PlanStatus& status)
{
    const auto held = pausedBy(status);
    std::string why;
    for (const auto* it : held)
        why += (why.empty() ? "" : "; ") + it->evidence;
    // One whose override has ended could only be refused again.
    const bool mayGoOn = !status.asked || status.asked->until > wallClock();
    const auto order = [&](const char* what) { return std::string("`penstockctl shifts ") + what + " " + status.id + "`"; };
    return status.id + (isLeftBehind(status) ? " was left behind" : held.empty() ? " is paused" : " is paused by: " + rulesText(held) + " (" + why + ")") + "; "
        + (mayGoOn ? "go on with " + order("resume") + (held.empty() ? ", " : " when that has changed, ") : "its override has ended, so that it cannot go on: ")
        + (status.returning() ? std::string() : "go back with " + order("return") + ", ") + "or end it where it is with " + order("stop");
}

std::string weightsText(const PlanStatus& status, const std::vector<RouteView>& routes)
{
    std::ostringstream text;
    for (std::size_t m = 0; m < status.routes.size(); ++m) {
        text << (m ? "; " : "");
        if (status.routes.size() > 1)
            text << status.routes[m].route << ": ";
        const auto* route = routeOf(routes, status.routes[m].route);
        for (std::size_t b = 0; b < status.routes[m].accepted.size(); ++b)
            text << (b ? " " : "") << backendName(route, b) << '=' << rounded(status.routes[m].accepted[b], 1);
    }
    return text.str();
}

std::string progressLine(const PlanStatus& status)
{
    std::ostringstream line;
    line << status.id << " step " << status.step << " of " << status.leg().steps() << (status.returning() ? " back" : "") << ": " << name(status.phase) << ", accepted";
    for (std::size_t m = 0; m < status.routes.size(); ++m) {
        line << (m ? "; " : "") << (status.routes.size() > 1 ? " " + status.routes[m].route : std::string());
        for (std::size_t b = 0; b < status.routes[m].accepted.size(); ++b)
            line << (b ? " / " : " ") << rounded(status.routes[m].accepted[b], 1);
    }
    if (!status.note.empty())
        line << " (" << status.note << ')';
    for (const auto* it : pausedBy(status))
        line << "; " << it->title << ": " << it->evidence;
    if (const auto said = noReturnText(status); !said.empty())
        line << "; " << said;
    return line.str();
}

} // namespace penstock
