// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fleet/route.h"
#include "gateway/gatewayaddress.h"

namespace penstock::gateway {

inline constexpr int heaviest = 1'000'000;
/// The annotation that keeps the idempotency key of the change of a rule that was made last.
[[nodiscard]] std::string changeAnnotation(std::size_t rule);
/// Who the API server notes as the manager of what is changed here.
inline constexpr std::string_view fieldManager = "penstock";

struct BackendRef
{
    std::string name;
    std::string nameSpace; ///< empty: that of the route
    std::optional<int> weight; ///< empty: not written, which means 1
    [[nodiscard]] int weightInForce() const { return weight.value_or(1); }
    friend bool operator==(const BackendRef&, const BackendRef&) = default;
};

struct Rule
{
    std::vector<std::string> paths; ///< of its matches
    std::vector<BackendRef> backends;
    std::string lastKey {}; ///< of changeAnnotation
    std::uint64_t fingerprint = 0; ///< of all that is written in it
    friend bool operator==(const Rule&, const Rule&) = default;
};

struct ParentRef
{
    std::string kind, nameSpace, name, section; ///< kind and namespace are filled in
    friend bool operator==(const ParentRef&, const ParentRef&) = default;
    [[nodiscard]] std::string text() const { return name + (section.empty() ? "" : "/" + section); }
};

struct Condition
{
    std::string type; ///< "Accepted", "ResolvedRefs", "Programmed"
    std::string status; ///< "True", "False", "Unknown"
    std::string reason, message;
    std::int64_t observedGeneration = 0;
    friend bool operator==(const Condition&, const Condition&) = default;
};

struct ParentStatus
{
    ParentRef parent;
    std::string controller;
    std::vector<Condition> conditions;
    friend bool operator==(const ParentStatus&, const ParentStatus&) = default;
};

/// An HTTPRoute of gateway.networking.k8s.io, as far as a split of it is concerned.
struct HttpRoute
{
    std::string nameSpace, name, uid, resourceVersion;
    std::int64_t generation = 0; ///< changes with the spec, not with the status
    std::uint64_t fingerprint = 0; ///< of the spec beside its rules
    bool hasAnnotations = false;
    std::vector<ParentRef> parents;
    std::vector<Rule> rules;
    std::vector<ParentStatus> statuses;
    std::string manager; ///< who changed the rules last, as the API server noted it; may be empty
    std::string managedSince; ///< when: RFC 3339; may be empty
    friend bool operator==(const HttpRoute&, const HttpRoute&) = default;

    /// Of one rule: changes with it, with what the spec says beside its rules, and when the route is made anew; not with its
    /// status or with other rules, which are other routes. What is put back to what it was has its old version again.
    [[nodiscard]] std::string version(std::size_t rule) const;
    /// Changes with every change of the spec.
    [[nodiscard]] std::string moment() const { return generation > 0 ? std::to_string(generation) : resourceVersion; }
};

/// A Gateway, as far as it serves or not.
struct GatewayState
{
    std::int64_t generation = 0;
    std::vector<Condition> conditions;
};

/// Invalid: no JSON, no such object, or a field that breaks its rules.
[[nodiscard]] Result<HttpRoute> parseHttpRoute(std::string_view json);
[[nodiscard]] Result<GatewayState> parseGateway(std::string_view json);
/// What the API server says where it refuses.
struct StatusObject
{
    std::string message, reason;
    bool namesFields = false; ///< it says which fields are wrong: the values were refused, not the moment
};
/// Empty: it is no Status.
[[nodiscard]] std::optional<StatusObject> parseStatus(std::string_view json);

/// Where a route's backends stand.
struct Place
{
    std::size_t rule = 0;
    std::vector<std::size_t> backends; ///< index in the rule's backendRefs, in the order of Route::backends
    std::string strangers; ///< others that take requests there
};
/// NotFound, with what there is: no rule holds them. Invalid: several do and none is named, or a name stands there twice.
[[nodiscard]] Result<Place> findPlace(const HttpRoute& found, const Route& route);

/// What the gateways say of this generation.
struct Standing
{
    std::string pending; ///< whose answer is missing; empty: all have answered
    std::string rejection; ///< who refuses it and why; empty: nobody
    std::string unresolved; ///< a backend that does not exist or may not be used; empty: none
    std::string untaken; ///< parents that no controller serves, where another one does; empty: none
    bool acceptedBySome = false;
};
[[nodiscard]] Standing standingOf(const HttpRoute& route);
/// True when every gateway that looked refuses it: weights change nothing.
[[nodiscard]] bool isServedByNobody(const Standing& standing);

/// Integers, 0..1,000,000, that hold these shares exactly to the fourth decimal; percentages where they are whole.
/// A share above 0 never becomes 0. Invalid: the shares do not add up to 100.
[[nodiscard]] Result<std::vector<int>> weightsOf(const Weights& shares);

/// A JSON patch that sets these weights if, and only if, the route is as `seen`.
[[nodiscard]] std::string patchOf(const HttpRoute& seen, const Place& place, const std::vector<int>& weights, const std::string& key);

} // namespace penstock::gateway
