// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "planner/interlocks.h"

namespace penstock {

/// A plan with its names looked up, and what all rules read.
struct Case
{
    const Ground& ground;
    const Plan& plan;
    const Circumstances& circumstances;
    std::string hash;
    std::vector<std::uint32_t> routes; ///< by move

    [[nodiscard]] const Policy& policy() const { return ground.rules().policy; }
    [[nodiscard]] const Route& route(std::size_t move) const { return ground.rules().routes[routes[move]]; }
    [[nodiscard]] const RuleMap::MappedRoute& mapped(std::size_t move) const { return ground.map().routes[routes[move]]; }
    [[nodiscard]] const RouteReading* reading(std::size_t move) const { return circumstances.readings[routes[move]]; }
    /// The split of a move after so many steps; a move that has fewer stays at its last.
    [[nodiscard]] const Weights& after(std::size_t move, std::size_t steps) const;
    /// True when the backend gets more than it had at any step that is still to come.
    [[nodiscard]] bool rises(std::size_t move, std::size_t backend) const;
    /// "gcp", or "chat at gcp" when several routes move.
    [[nodiscard]] std::string where(std::size_t move, std::size_t backend) const;
    /// Shares of the load by such weights: who takes nothing leaves its own to the others.
    [[nodiscard]] Weights carried(std::size_t move, Weights weights) const;
    [[nodiscard]] std::vector<RouteMove> movesTo(std::size_t steps) const;
    /// What is known of the loads of a move's route: of a plan that runs, what was when it was planned.
    [[nodiscard]] std::vector<KnownLoad> known(std::size_t move) const;
    /// What `work` says of each backend, joined; empty when it says nothing.
    [[nodiscard]] std::string ofBackends(const std::function<std::string(std::size_t move, std::size_t backend)>& work) const;
};

/// Each rule on its own. None looks at overrides.
namespace rules {

Interlock capacity(const Case& it, Effect& atTarget);
Interlock answers(const Case& it);
Interlock reach(const Case& it);
Interlock router(const Case& it);
Interlock freshness(const Case& it);
Interlock completeness(const Case& it);
Interlock approval(const Case& it);
Interlock residency(const Case& it);
Interlock minProviders(const Case& it);
Interlock wayBack(const Case& it);

Interlock maxStep(const Case& it);
Interlock rate(const Case& it);
Interlock unchanged(const Case& it);
Interlock lease(const Case& it);
Interlock freeze(const Case& it);
Interlock protectedRoutes(const Case& it);
Interlock secondPerson(const Case& it);

} // namespace rules

/// True when all that `part` names lies in `whole`.
bool isInside(const Scope& whole, const Scope& part);
/// Adds a part to a list in words.
void join(std::string& list, const std::string& part, std::string_view between = "; ");
/// "12.5 %".
[[nodiscard]] std::string percentText(double value);

} // namespace penstock
