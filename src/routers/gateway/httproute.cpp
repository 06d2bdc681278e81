// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "gateway/httproute.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <numeric>
#include <sstream>

#include "json.h"

namespace penstock::gateway {

namespace {

    constexpr std::size_t mostEntries = 256; ///< of any list; the API allows 16 rules and backends, and 32 parents

    std::unexpected<Error> broken(const std::string& what)
    {
        return fail(Error::Kind::Invalid, what, {}, "is this really a Kubernetes API with the Gateway API?");
    }

    ParentRef parentOf(const Json& json, const std::string& routeNameSpace)
    {
        ParentRef parent { text(json, "kind"), text(json, "namespace"), text(json, "name"), text(json, "sectionName") };
        if (parent.kind.empty())
            parent.kind = "Gateway";
        if (parent.nameSpace.empty())
            parent.nameSpace = routeNameSpace;
        return parent;
    }

    std::vector<Condition> conditionsOf(const Json& json)
    {
        std::vector<Condition> conditions;
        for (const auto& it : member(json, "conditions"))
            conditions.push_back({ text(it, "type"), text(it, "status"), text(it, "reason"), text(it, "message"),
                integer(member(it, "observedGeneration")).value_or(0) });
        return conditions;
    }

    Result<Rule> ruleOf(const Json& json, std::size_t index)
    {
        Rule rule;
        for (const auto& match : member(json, "matches"))
            if (auto path = text(member(match, "path"), "value"); !path.empty())
                rule.paths.push_back(std::move(path));
        const auto& refs = member(json, "backendRefs");
        if (!refs.is_array() && !refs.is_null())
            return broken("the backendRefs of rule " + std::to_string(index) + " are no list");
        if (refs.size() > mostEntries)
            return broken("rule " + std::to_string(index) + " has " + std::to_string(refs.size()) + " backendRefs");
        for (const auto& it : refs) {
            BackendRef backend { text(it, "name"), text(it, "namespace"), {} };
            if (backend.name.empty())
                return broken("a backendRef of rule " + std::to_string(index) + " has no name");
            if (const auto& written = member(it, "weight"); !written.is_null()) {
                const auto weight = integer(written);
                if (!weight || *weight < 0 || *weight > heaviest)
                    return broken("the weight of " + backend.name + " is no number from 0 to 1,000,000");
                backend.weight = static_cast<int>(*weight);
            }
            rule.backends.push_back(std::move(backend));
        }
        return rule;
    }

    constexpr int deepest = 32; ///< that is told from other values; an HTTPRoute is not half as deep

    /// FNV-1a: the same in every process, which looks at plans of others.
    void addTo(std::uint64_t& fingerprint, std::string_view text)
    {
        for (const char c : text)
            fingerprint = (fingerprint ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
    }

    void addTo(std::uint64_t& fingerprint, const Json& json, int depth, std::string_view without = {})
    {
        if (!json.is_structured())
            return addTo(fingerprint, json.dump(-1, ' ', false, Json::error_handler_t::replace) + ",");
        addTo(fingerprint, json.is_array() ? "[" : "{");
        if (depth < deepest)
            for (const auto& [key, value] : json.items())
                if (without.empty() || key != without) {
                    addTo(fingerprint, key + ":");
                    addTo(fingerprint, value, depth + 1);
                }
        addTo(fingerprint, "]");
    }

    std::uint64_t fingerprintOf(const Json& json, std::string_view without = {})
    {
        std::uint64_t fingerprint = 14'695'981'039'346'656'037U;
        addTo(fingerprint, json, 0, without);
        return fingerprint;
    }

    /// Of managedFields: who set spec.rules last.
    void readManager(const Json& metadata, HttpRoute& route)
    {
        for (const auto& it : member(metadata, "managedFields")) {
            if (!text(it, "subresource").empty() || member(member(member(it, "fieldsV1"), "f:spec"), "f:rules").is_null())
                continue;
            auto since = text(it, "time");
            if (since < route.managedSince)
                continue;
            route.manager = text(it, "manager");
            route.managedSince = std::move(since);
        }
    }

    std::string described(const Condition& condition)
    {
        return condition.reason + (condition.message.empty() ? "" : ": " + condition.message.substr(0, 300));
    }

} // namespace

std::string changeAnnotation(std::size_t rule)
{
    return "penstock/change-" + std::to_string(rule);
}

std::string HttpRoute::version(std::size_t rule) const
{
    auto both = fingerprint;
    addTo(both, std::to_string(rules[rule].fingerprint));
    std::ostringstream text;
    text << uid.substr(0, 8) << ':' << std::hex << std::setfill('0') << std::setw(16) << both;
    return text.str();
}

Result<HttpRoute> parseHttpRoute(std::string_view json)
{
    const auto root = Json::parse(json, nullptr, false);
    if (root.is_discarded())
        return broken("the answer is no JSON");
    if (text(root, "kind") != "HTTPRoute")
        return broken("the answer is no HTTPRoute");
    const auto &metadata = member(root, "metadata"), &spec = member(root, "spec");
    HttpRoute route;
    route.name = text(metadata, "name");
    route.nameSpace = text(metadata, "namespace");
    route.uid = text(metadata, "uid");
    route.resourceVersion = text(metadata, "resourceVersion");
    route.generation = integer(member(metadata, "generation")).value_or(0);
    if (route.name.empty() || route.resourceVersion.empty())
        return broken("the HTTPRoute has no name or no resourceVersion");
    const auto& annotations = member(metadata, "annotations");
    route.hasAnnotations = annotations.is_object();
    readManager(metadata, route);
    for (const auto& it : member(spec, "parentRefs"))
        route.parents.push_back(parentOf(it, route.nameSpace));
    const auto& rules = member(spec, "rules");
    if (rules.size() > mostEntries || route.parents.size() > mostEntries)
        return broken("the HTTPRoute has more rules or parents than the API allows");
    route.fingerprint = fingerprintOf(spec, "rules");
    for (const auto& it : rules) {
        auto rule = ruleOf(it, route.rules.size());
        if (!rule)
            return std::unexpected(rule.error());
        rule->lastKey = text(annotations, changeAnnotation(route.rules.size()));
        rule->fingerprint = fingerprintOf(it);
        route.rules.push_back(std::move(*rule));
    }
    for (const auto& it : member(member(root, "status"), "parents"))
        route.statuses.push_back({ parentOf(member(it, "parentRef"), route.nameSpace), text(it, "controllerName"), conditionsOf(it) });
    return route;
}

Result<GatewayState> parseGateway(std::string_view json)
{
    const auto root = Json::parse(json, nullptr, false);
    if (root.is_discarded() || text(root, "kind") != "Gateway")
        return broken("the answer is no Gateway");
    return GatewayState { integer(member(member(root, "metadata"), "generation")).value_or(0), conditionsOf(member(root, "status")) };
}

std::optional<StatusObject> parseStatus(std::string_view json)
{
    const auto root = Json::parse(json, nullptr, false);
    if (root.is_discarded() || text(root, "kind") != "Status")
        return std::nullopt;
    const auto& causes = member(member(root, "details"), "causes");
    const bool namesFields = std::ranges::any_of(causes, [](const Json& it) { return !text(it, "field").empty(); });
    return StatusObject { text(root, "message"), text(root, "reason"), namesFields };
}

Result<Place> findPlace(const HttpRoute& found, const Route& route)
{
    const auto& wanted = gatewayAddressOf(route).httpRoute;
    const auto where = "HTTPRoute " + found.nameSpace + "/" + found.name;
    if (wanted.rule && *wanted.rule >= found.rules.size())
        return fail(Error::Kind::NotFound, "there is no rule " + std::to_string(*wanted.rule), where, "it has " + std::to_string(found.rules.size()) + ", counted from 0");
    std::vector<Place> places;
    std::string present;
    for (std::size_t r = 0; r < found.rules.size(); ++r) {
        const auto& rule = found.rules[r];
        if ((wanted.rule && *wanted.rule != r) || (!wanted.match.empty() && std::ranges::find(rule.paths, wanted.match) == rule.paths.end()))
            continue;
        Place place { r, {}, {} };
        for (const auto& backend : route.backends) {
            const auto at = std::ranges::find(rule.backends, backend.name, &BackendRef::name);
            if (at == rule.backends.end())
                break;
            if (std::ranges::count(rule.backends, backend.name, &BackendRef::name) > 1)
                return fail(Error::Kind::Invalid, "rule " + std::to_string(r) + " has several backendRefs named " + backend.name, where, "give them names of their own");
            place.backends.push_back(static_cast<std::size_t>(at - rule.backends.begin()));
        }
        for (std::size_t i = 0; i < rule.backends.size(); ++i) {
            present += (present.empty() ? "" : ", ") + rule.backends[i].name;
            if (rule.backends[i].weightInForce() > 0 && std::ranges::find(place.backends, i) == place.backends.end())
                place.strangers += (place.strangers.empty() ? "" : ", ") + rule.backends[i].name;
        }
        if (place.backends.size() == route.backends.size())
            places.push_back(std::move(place));
    }
    if (places.empty())
        return fail(Error::Kind::NotFound, "no rule splits between all backends of route " + route.name, where,
            present.empty() ? "compare rule and match with its spec" : "there are " + present);
    if (places.size() > 1)
        return fail(Error::Kind::Invalid, std::to_string(places.size()) + " rules split between these backends", where,
            "name one with rule = NUMBER or match = \"PATH\"");
    return std::move(places.front());
}

Standing standingOf(const HttpRoute& route)
{
    Standing standing;
    const auto add = [](std::string& to, const std::string& what) { to += (to.empty() ? "" : "; ") + what; };
    if (route.parents.empty())
        standing.rejection = "it is attached to no gateway";
    std::string untaken;
    bool answeredBySome = false;
    for (const auto& parent : route.parents) {
        bool answered = false;
        for (const auto& status : route.statuses) {
            if (status.parent != parent)
                continue;
            const auto condition = [&](std::string_view type) {
                const auto found = std::ranges::find(status.conditions, type, &Condition::type);
                return found == status.conditions.end() ? nullptr : &*found;
            };
            const auto* accepted = condition("Accepted");
            if (!accepted || accepted->status == "Unknown")
                continue;
            answered = true;
            if (accepted->observedGeneration < route.generation) {
                add(standing.pending, parent.text() + " has not looked at generation " + std::to_string(route.generation) + " yet");
                continue;
            }
            if (accepted->status != "True") {
                add(standing.rejection, parent.text() + " refuses it, " + described(*accepted));
                continue;
            }
            standing.acceptedBySome = true;
            if (const auto* resolved = condition("ResolvedRefs"); resolved && resolved->status == "False")
                add(standing.unresolved, parent.text() + " cannot use a backend, " + described(*resolved));
            if (const auto* partly = condition("PartiallyInvalid"); partly && partly->status == "True")
                add(standing.rejection, parent.text() + " refuses a part of it, " + described(*partly));
        }
        answeredBySome = answeredBySome || answered;
        if (!answered)
            add(untaken, "no controller has taken it up at " + parent.text());
    }
    // Where others serve it nobody waits for a parent that may never be.
    (answeredBySome ? standing.untaken : standing.pending) += untaken;
    return standing;
}

bool isServedByNobody(const Standing& standing)
{
    return !standing.rejection.empty() && !standing.acceptedBySome && standing.pending.empty();
}

Result<std::vector<int>> weightsOf(const Weights& shares)
{
    double sum = 0;
    for (const double share : shares) {
        if (!(share >= 0 && share <= 100))
            return fail(Error::Kind::Invalid, "a share must be between 0 and 100");
        sum += share;
    }
    if (std::abs(sum - 100) > 0.05 || shares.empty())
        return fail(Error::Kind::Invalid, "the shares add up to " + std::to_string(sum) + ", not to 100");
    int scale = 1;
    while (scale < heaviest / 100 && std::ranges::any_of(shares, [scale](double it) { return std::abs(it * scale - std::round(it * scale)) > 1e-6; }))
        scale *= 10;
    std::vector<int> weights;
    for (const double share : shares)
        weights.push_back(share > 0 ? std::max(1, static_cast<int>(std::lround(share * scale))) : 0);
    return weights;
}

std::string patchOf(const HttpRoute& seen, const Place& place, const std::vector<int>& weights, const std::string& key)
{
    auto patch = Json::array();
    const auto op = [&patch](const char* what, const std::string& path, Json value) {
        patch.push_back({ { "op", what }, { "path", path }, { "value", std::move(value) } });
    };
    if (!seen.uid.empty())
        op("test", "/metadata/uid", seen.uid);
    // The resource version moves with the status too, which the controller writes whenever it likes.
    if (seen.generation > 0)
        op("test", "/metadata/generation", seen.generation);
    // Where there are no annotations yet, making the map would take those away that came meanwhile, of which no generation tells.
    if (seen.generation <= 0 || !seen.hasAnnotations)
        op("test", "/metadata/resourceVersion", seen.resourceVersion);
    const auto refs = "/spec/rules/" + std::to_string(place.rule) + "/backendRefs/";
    for (std::size_t i = 0; i < place.backends.size(); ++i) {
        const auto& ref = seen.rules[place.rule].backends[place.backends[i]];
        op("test", refs + std::to_string(place.backends[i]) + "/name", ref.name);
        if (ref.weight)
            op("test", refs + std::to_string(place.backends[i]) + "/weight", *ref.weight);
    }
    // `add` sets what is there and what was left out alike.
    for (std::size_t i = 0; i < place.backends.size(); ++i)
        op("add", refs + std::to_string(place.backends[i]) + "/weight", weights[i]);
    if (!seen.hasAnnotations)
        op("add", "/metadata/annotations", Json::object());
    auto annotation = changeAnnotation(place.rule);
    annotation.replace(annotation.find('/'), 1, "~1");
    op("add", "/metadata/annotations/" + annotation, key);
    return patch.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace penstock::gateway
