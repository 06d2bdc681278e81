// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "storage/auditbody.h"

#include <array>
#include <cmath>
#include <concepts>
#include <limits>
#include <type_traits>
#include <utility>

#include "base/timetext.h"
#include "json.h"

namespace penstock {

namespace {

    using std::chrono::milliseconds;

    template<class It, class Struct>
    concept Is = std::same_as<std::remove_const_t<It>, Struct>;

    // The keys of every struct, once for both directions. Keys are for ever: additions only.

    template<class Io, Is<AuditPool> It>
    void fields(Io& io, It& it)
    {
        io("provider", it.provider), io("region", it.region), io("cluster", it.cluster), io("model", it.model);
        io("gpus", it.gpus), io("healthy", it.healthy), io("free", it.free), io("allocated", it.allocated);
        io("stale_gpus", it.staleGpus);
    }

    template<class Io, Is<AuditNeed> It>
    void fields(Io& io, It& it)
    {
        io("route", it.route), io("backend", it.backend), io("model", it.model), io("now_pct", it.now), io("target_pct", it.target);
        io("held_gpus", it.heldGpus), io("needed_gpus", it.neededGpus), io("placeable_gpus", it.placeableGpus), io("short_gpus", it.shortGpus);
        io("utilisation_before_pct", it.utilisationBefore), io("utilisation_after_pct", it.utilisationAfter);
    }

    template<class Io, Is<AuditEffect> It>
    void fields(Io& io, It& it)
    {
        io("provider", it.provider), io("region", it.region), io("cluster", it.cluster), io("model", it.model);
        io("needed_gpus", it.neededGpus), io("freed_gpus", it.freedGpus), io("placeable_gpus", it.placeableGpus), io("healthy_gpus", it.healthyGpus);
        io("allocated_before", it.allocatedBefore), io("allocated_after", it.allocatedAfter);
        io("cost_before_usd_per_hour", it.costBefore), io("cost_after_usd_per_hour", it.costAfter), io("unpriced_gpus", it.unpricedGpus);
    }

    template<class Io, Is<AuditPicture> It>
    void fields(Io& io, It& it)
    {
        io("as_of", it.asOf), io("silent", it.silent), io("pools", it.pools), io("needs", it.needs);
        io("effects", it.effects), io("cost_before_usd_per_hour", it.costBefore), io("cost_after_usd_per_hour", it.costAfter);
        io("breaks_first", it.breaksFirst);
    }

    template<class Io, Is<AuditMove> It>
    void fields(Io& io, It& it)
    {
        io("route", it.route), io("version", it.version), io("backends", it.backends), io("from_pct", it.from), io("steps_pct", it.steps);
    }

    template<class Io, Is<AuditShed> It>
    void fields(Io& io, It& it)
    {
        io("workload", it.workload), io("provider", it.provider), io("region", it.region), io("cluster", it.cluster), io("model", it.model);
        io("gpus", it.gpus), io("replicas", it.replicas);
    }

    template<class Io, Is<AuditAsked> It>
    void fields(Io& io, It& it)
    {
        io("what", it.what), io("reason", it.reason), io("proposed", it.proposed), io("now", it.now), io("bake_ms", it.bake), io("moves", it.moves), io("shed", it.shed);
        io("picture", it.picture);
    }

    template<class Io, Is<AuditOverride> It>
    void fields(Io& io, It& it)
    {
        io("person", it.person), io("reason", it.reason), io("rules", it.rules), io("until", it.until);
    }

    template<class Io, Is<AuditInterlock> It>
    void fields(Io& io, It& it)
    {
        io("rule", it.rule), io("title", it.title), io("verdict", it.verdict), io("evidence", it.evidence), io("overridden", it.overridden);
    }

    template<class Io, Is<AuditJudged> It>
    void fields(Io& io, It& it)
    {
        io("blocked", it.blocked), io("steps_done", it.stepsDone), io("interlocks", it.interlocks), io("picture", it.picture);
    }

    template<class Io, Is<AuditApproved> It>
    void fields(Io& io, It& it)
    {
        io("asker", it.asker), io("note", it.note), io("until", it.until), io("interlocks", it.interlocks), io("picture", it.picture);
    }

    template<class Io, Is<AuditWeight> It>
    void fields(Io& io, It& it)
    {
        io("backend", it.backend), io("desired_pct", it.desired), io("accepted_pct", it.accepted), io("observed_pct", it.observed);
    }

    template<class Io, Is<AuditRoute> It>
    void fields(Io& io, It& it)
    {
        io("route", it.route), io("weights", it.weights);
    }

    template<class Io, Is<AuditStep> It>
    void fields(Io& io, It& it)
    {
        io("stage", it.stage), io("number", it.number), io("of", it.of), io("returning", it.returning), io("routes", it.routes), io("note", it.note);
    }

    template<class Io, Is<AuditTurn> It>
    void fields(Io& io, It& it)
    {
        io("step", it.step), io("routes", it.routes), io("note", it.note);
    }

    template<class Io, Is<AuditEnd> It>
    void fields(Io& io, It& it)
    {
        io("routes", it.routes), io("note", it.note), io("error", it.error), io("took_ms", it.took), io("recovery_ms", it.recovery);
    }

    template<class Io, Is<AuditRehearsed> It>
    void fields(Io& io, It& it)
    {
        io("what", it.what), io("passed", it.passed), io("score", it.score), io("took_ms", it.took), io("findings", it.findings), io("routes", it.routes);
    }

    class Writer
    {
    public:
        template<class T>
        void operator()(const char* key, const T& value)
        {
            json[key] = encoded(value, key);
        }

        Json json = Json::object();
        std::string wrong; ///< a key whose value cannot be written down exactly

    private:
        template<class T>
        Json encoded(const T& value, const char* key)
        {
            if constexpr (std::same_as<T, double>) {
                if (!std::isfinite(value))
                    wrong = key;
                return value;
            } else if constexpr (std::same_as<T, std::string> || std::same_as<T, bool> || std::same_as<T, std::int64_t>) {
                return value;
            } else if constexpr (std::same_as<T, Time>) {
                return rfc3339(value);
            } else if constexpr (std::same_as<T, milliseconds>) {
                return value.count();
            } else if constexpr (std::is_enum_v<T>) {
                return std::string(name(value));
            } else if constexpr (requires { value.has_value(); }) {
                return value ? encoded(*value, key) : Json();
            } else if constexpr (requires { value.size(); }) {
                auto list = Json::array();
                for (const auto& it : value)
                    list.push_back(encoded(it, key));
                return list;
            } else {
                Writer inner;
                fields(inner, value);
                if (!inner.wrong.empty())
                    wrong = inner.wrong;
                return std::move(inner.json);
            }
        }
    };

    class Reader
    {
    public:
        explicit Reader(const Json& json) : m_json(json) {}
        template<class T>
        void operator()(const char* key, T& value)
        {
            if (const auto found = m_json.find(key); found != m_json.end() && !decode(*found, value) && wrong.empty())
                wrong = key;
        }

        std::string wrong; ///< a key whose value is of another type

    private:
        template<class T>
        bool decode(const Json& json, T& value)
        {
            if constexpr (std::same_as<T, double>) {
                if (json.is_number())
                    value = json.get<double>();
                return json.is_number();
            } else if constexpr (std::same_as<T, std::string>) {
                if (json.is_string())
                    value = json.get<std::string>();
                return json.is_string();
            } else if constexpr (std::same_as<T, bool>) {
                if (json.is_boolean())
                    value = json.get<bool>();
                return json.is_boolean();
            } else if constexpr (std::same_as<T, std::int64_t>) {
                const bool good = json.is_number_integer() && (!json.is_number_unsigned() || json.get<std::uint64_t>() <= std::uint64_t { std::numeric_limits<std::int64_t>::max() });
                if (good)
                    value = json.get<std::int64_t>();
                return good;
            } else if constexpr (std::same_as<T, Time>) {
                std::string text;
                if (!decode(json, text))
                    return false;
                const auto time = parseTime(text);
                if (time)
                    value = *time;
                return time.has_value();
            } else if constexpr (std::same_as<T, milliseconds>) {
                std::int64_t count = 0;
                const bool good = decode(json, count);
                value = milliseconds(count);
                return good;
            } else if constexpr (std::is_enum_v<T>) {
                std::string text;
                if (!decode(json, text))
                    return false;
                for (const auto it : valuesOf(value))
                    if (name(it) == text) {
                        value = it;
                        return true;
                    }
                return false;
            } else if constexpr (requires { value.has_value(); }) {
                value.reset();
                return json.is_null() || decode(json, value.emplace());
            } else if constexpr (requires { value.size(); }) {
                if (!json.is_array())
                    return false;
                value.clear();
                for (const auto& it : json)
                    if (!decode(it, value.emplace_back()))
                        return false;
                return true;
            } else {
                if (!json.is_object())
                    return false;
                Reader inner(json);
                fields(inner, value);
                return inner.wrong.empty();
            }
        }
        static constexpr auto valuesOf(AuditInterlock::Verdict)
        {
            return std::array { AuditInterlock::Verdict::Pass, AuditInterlock::Verdict::Note, AuditInterlock::Verdict::Block };
        }
        static constexpr auto valuesOf(AuditStep::Stage) { return std::array { AuditStep::Stage::Intended, AuditStep::Stage::Confirmed }; }

        const Json& m_json;
    };

    /// An empty body of a kind.
    AuditBody bodyOf(AuditKind kind)
    {
        switch (kind) {
        case AuditKind::Asked: return AuditAsked();
        case AuditKind::Judged: return AuditJudged();
        case AuditKind::Approved: return AuditApproved();
        case AuditKind::Overridden: return AuditOverride();
        case AuditKind::Step: return AuditStep();
        case AuditKind::Paused:
        case AuditKind::Resumed:
        case AuditKind::Returning:
        case AuditKind::Recovered: {
            AuditTurn turn;
            turn.kind = kind;
            return turn;
        }
        case AuditKind::Returned:
        case AuditKind::Stopped:
        case AuditKind::Finished:
        case AuditKind::Failed: {
            AuditEnd end;
            end.kind = kind;
            return end;
        }
        case AuditKind::Rehearsed: return AuditRehearsed();
        }
        std::unreachable();
    }

} // namespace

Result<std::string> auditText(const AuditEvent& event)
{
    const auto& body = event.body;
    if (bodyOf(kindOf(body)).index() != body.index())
        return fail(Error::Kind::Invalid, "an audit record of the kind '" + std::string(name(kindOf(body))) + "' has another body");
    Writer out;
    std::visit([&out](const auto& it) { fields(out, it); }, body);
    out("simulated", event.simulated);
    if (!out.wrong.empty())
        return fail(Error::Kind::Invalid, "an audit record cannot hold " + out.wrong + ": it is no finite number");
    return canonicalJson(out.json);
}

Result<AuditEvent> auditEvent(const AuditRecord& record)
{
    const auto known = auditKind(record.kind);
    if (!known)
        return fail(Error::Kind::Invalid, "audit records of the kind '" + record.kind + "' are not known", {}, "use a newer version of Penstock");
    const auto json = parseJson(record.body);
    if (!json || !json->is_object())
        return fail(Error::Kind::Corrupt, "the body of an audit record is no JSON object");
    AuditEvent event { .shift = record.shift, .plan = record.plan, .simulated = false, .body = bodyOf(*known) };
    Reader in(*json);
    std::visit([&in](auto& it) { fields(in, it); }, event.body);
    in("simulated", event.simulated);
    if (!in.wrong.empty())
        return fail(Error::Kind::Corrupt, "the body of an audit record has a wrong " + in.wrong);
    return event;
}

} // namespace penstock
