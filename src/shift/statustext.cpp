// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "shift/statustext.h"

#include <nlohmann/json.hpp>

namespace penstock {

namespace {

    using Json = nlohmann::json;
    using std::chrono::milliseconds;

    constexpr int version = 1;

    std::int64_t number(Time time) { return time.time_since_epoch().count(); }
    Time timeOf(const Json& json) { return Time(Duration(json.get<std::int64_t>())); }

    template<class T>
    Json maybe(const std::optional<T>& value)
    {
        if (!value)
            return nullptr;
        if constexpr (std::is_same_v<T, Time>)
            return number(*value);
        else if constexpr (std::is_same_v<T, milliseconds>)
            return value->count();
        else
            return *value;
    }
    std::optional<Time> maybeTime(const Json& json) { return json.is_null() ? std::nullopt : std::optional(timeOf(json)); }
    std::optional<milliseconds> maybeMs(const Json& json) { return json.is_null() ? std::nullopt : std::optional(milliseconds(json.get<std::int64_t>())); }

    template<class Enum>
    Enum enumOf(const Json& json, Enum last)
    {
        const int value = json;
        if (value < 0 || value > static_cast<int>(last))
            throw Json::other_error::create(501, "an unknown word", &json);
        return static_cast<Enum>(value);
    }

    Json write(const std::optional<Error>& error)
    {
        return error ? Json { { "kind", static_cast<int>(error->kind) }, { "what", error->what }, { "where", error->where }, { "hint", error->hint } } : Json(nullptr);
    }
    std::optional<Error> errorOf(const Json& json)
    {
        if (json.is_null())
            return std::nullopt;
        return Error { enumOf(json.at("kind"), Error::Kind::Cancelled), json.at("what"), json.at("where"), json.at("hint") };
    }

    Json write(const std::vector<KnownLoad>& known)
    {
        Json made = Json::array();
        for (const auto& it : known)
            made.push_back({ it.split, it.loads, number(it.at) });
        return made;
    }
    std::vector<KnownLoad> knownOf(const Json& json)
    {
        std::vector<KnownLoad> made;
        for (const auto& it : json)
            made.push_back({ it.at(0), it.at(1), timeOf(it.at(2)) });
        return made;
    }

    Json write(const Plan& plan)
    {
        Json moves = Json::array(), shed = Json::array();
        for (const auto& it : plan.moves)
            moves.push_back({ { "route", it.route }, { "version", it.version }, { "from", it.from }, { "steps", it.steps }, { "known", write(it.known) } });
        for (const auto& it : plan.shed)
            shed.push_back({ { "workload", it.workload }, { "provider", it.provider }, { "region", it.region }, { "cluster", it.cluster }, { "model", it.model },
                { "gpus", it.gpus }, { "replicas", it.replicas } });
        return { { "kind", static_cast<int>(plan.kind) }, { "scope", { plan.scope.provider, plan.scope.region, plan.scope.cluster, plan.scope.node } }, { "now", plan.now },
            { "person", plan.person }, { "reason", plan.reason }, { "planned_us", number(plan.plannedAt) }, { "bake_ms", plan.bake.count() }, { "moves", moves }, { "shed", shed } };
    }
    Plan readPlan(const Json& json)
    {
        Plan plan;
        plan.kind = enumOf(json.at("kind"), Plan::Kind::Evacuation);
        const auto& scope = json.at("scope");
        plan.scope = { scope.at(0), scope.at(1), scope.at(2), scope.at(3) };
        plan.now = json.at("now");
        plan.person = json.at("person");
        plan.reason = json.at("reason");
        plan.plannedAt = timeOf(json.at("planned_us"));
        plan.bake = milliseconds(json.at("bake_ms").get<std::int64_t>());
        for (const auto& it : json.at("moves"))
            plan.moves.push_back({ .route = it.at("route"), .version = it.at("version"), .from = it.at("from"), .steps = it.at("steps"), .known = knownOf(it.value("known", Json::array())) });
        for (const auto& it : json.at("shed"))
            plan.shed.push_back({ .workload = it.at("workload"), .provider = it.at("provider"), .region = it.at("region"), .cluster = it.at("cluster"), .model = it.at("model"),
                .gpus = it.at("gpus"), .replicas = it.at("replicas") });
        return plan;
    }

    Json write(const std::optional<Override>& asked)
    {
        return asked ? Json { { "person", asked->person }, { "reason", asked->reason }, { "rules", asked->rules }, { "until_us", number(asked->until) } } : Json(nullptr);
    }
    std::optional<Override> overrideOf(const Json& json)
    {
        if (json.is_null())
            return std::nullopt;
        return Override { json.at("person"), json.at("reason"), json.at("rules"), timeOf(json.at("until_us")) };
    }

    Json write(const RouteProgress& it)
    {
        Json observed = Json::array();
        for (const auto& share : it.observed)
            observed.push_back(maybe(share));
        Json made { { "route", it.route }, { "state", static_cast<int>(it.state) }, { "version", it.version }, { "desired", it.desired }, { "accepted", it.accepted },
            { "observed", observed }, { "window", it.windowRequests }, { "note", it.note }, { "error", write(it.error) } };
        if (!it.undone.empty())
            made["undone"] = it.undone;
        return made;
    }
    RouteProgress progressOf(const Json& json)
    {
        RouteProgress made;
        made.route = json.at("route");
        made.state = enumOf(json.at("state"), RouteProgress::State::Failed);
        made.version = json.at("version");
        made.desired = json.at("desired").get<Weights>();
        made.accepted = json.at("accepted").get<Weights>();
        for (const auto& share : json.at("observed"))
            made.observed.push_back(share.is_null() ? std::nullopt : std::optional(share.get<double>()));
        made.windowRequests = json.at("window");
        made.note = json.at("note");
        made.error = errorOf(json.at("error"));
        made.undone = json.value("undone", Weights());
        return made;
    }

    std::string line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

    template<class Made, class Read>
    Result<Made> parse(std::string_view text, Read read)
    {
        // The library's own exceptions end here.
        try {
            const auto json = Json::parse(text);
            if (json.at("version") != version)
                return fail(Error::Kind::Corrupt, "the journal was written by another version of Penstock");
            return read(json);
        } catch (const Json::exception& error) {
            return fail(Error::Kind::Corrupt, std::string("a journal entry is damaged: ") + error.what());
        }
    }

} // namespace

std::string textOf(const ProposedPlan& proposed)
{
    return line({ { "version", version }, { "plan", write(proposed.plan) }, { "workspace", proposed.workspace }, { "asked", write(proposed.asked) }, { "only_shown", proposed.onlyShown } });
}

Result<ProposedPlan> proposedPlanOf(std::string_view text)
{
    return parse<ProposedPlan>(text, [](const Json& json) { return ProposedPlan { readPlan(json.at("plan")), json.value("workspace", std::string()), json.contains("asked") ? overrideOf(json.at("asked")) : std::nullopt, json.value("only_shown", false) }; });
}

std::string textOf(const PlanStatus& status)
{
    Json routes = Json::array(), interlocks = Json::array(), record = Json::array();
    for (const auto& it : status.routes)
        routes.push_back(write(it));
    for (const auto& it : status.interlocks)
        interlocks.push_back({ { "rule", it.rule }, { "title", it.title }, { "verdict", static_cast<int>(it.verdict) }, { "evidence", it.evidence }, { "overridden", write(it.overridden) } });
    for (const auto& it : status.record)
        record.push_back({ { "step", it.step }, { "returning", it.returning }, { "written_us", number(it.writtenAt) }, { "accepted_ms", maybe(it.acceptedAfter) },
            { "confirmed_ms", maybe(it.confirmedAfter) }, { "moved", it.moved }, { "note", it.note } });
    return line({ { "version", version }, { "id", status.id }, { "plan", write(status.plan) }, { "hash", status.hash }, { "asked", write(status.asked) },
        { "back", status.back ? write(*status.back) : Json(nullptr) }, { "phase", static_cast<int>(status.phase) }, { "step", status.step }, { "done", status.stepsDone },
        { "routes", routes }, { "keys", status.keys }, { "note", status.note }, { "error", write(status.error) }, { "way_back", status.wayBack }, { "safe_return", status.safeReturn },
        { "interlocks", interlocks }, { "record", record }, { "started_us", number(status.startedAt) }, { "phase_ends_us", maybe(status.phaseEndsAt) },
        { "expires_us", maybe(status.expiresAt) }, { "ended_us", maybe(status.endedAt) }, { "guard_returns", status.returnsOnBrokenGuard }, { "rehearsal", status.rehearsal },
        { "recovery_ms", maybe(status.recovery) }, { "quiet_ms", maybe(status.quietAfter) }, { "host", status.host }, { "pid", status.pid } });
}

Result<PlanStatus> statusOf(std::string_view text)
{
    return parse<PlanStatus>(text, [](const Json& json) -> Result<PlanStatus> {
        PlanStatus made;
        made.id = json.at("id");
        made.plan = readPlan(json.at("plan"));
        made.hash = json.at("hash");
        made.asked = overrideOf(json.at("asked"));
        if (!json.at("back").is_null())
            made.back = readPlan(json.at("back"));
        made.phase = enumOf(json.at("phase"), ShiftPhase::Failed);
        made.step = json.at("step");
        made.stepsDone = json.at("done");
        for (const auto& it : json.at("routes"))
            made.routes.push_back(progressOf(it));
        if (made.routes.size() != made.plan.moves.size())
            return fail(Error::Kind::Corrupt, "a journal entry is damaged: it has other routes than its plan");
        made.keys = json.at("keys").get<std::vector<std::string>>();
        made.note = json.at("note");
        made.error = errorOf(json.at("error"));
        made.wayBack = json.at("way_back");
        made.safeReturn = json.at("safe_return");
        for (const auto& it : json.at("interlocks"))
            made.interlocks.push_back({ it.at("rule"), it.at("title"), enumOf(it.at("verdict"), Interlock::Verdict::Block), it.at("evidence"), overrideOf(it.at("overridden")) });
        for (const auto& it : json.at("record"))
            made.record.push_back({ .step = it.at("step"), .returning = it.at("returning"), .writtenAt = timeOf(it.at("written_us")), .acceptedAfter = maybeMs(it.at("accepted_ms")),
                .confirmedAfter = maybeMs(it.at("confirmed_ms")), .moved = it.at("moved"), .note = it.at("note") });
        made.startedAt = timeOf(json.at("started_us"));
        made.phaseEndsAt = maybeTime(json.at("phase_ends_us"));
        made.expiresAt = maybeTime(json.at("expires_us"));
        made.endedAt = maybeTime(json.at("ended_us"));
        made.returnsOnBrokenGuard = json.at("guard_returns");
        made.rehearsal = json.at("rehearsal");
        made.recovery = maybeMs(json.at("recovery_ms"));
        made.quietAfter = maybeMs(json.at("quiet_ms"));
        made.host = json.at("host");
        made.pid = json.at("pid");
        return made;
    });
}

} // namespace penstock
