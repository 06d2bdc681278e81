// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <set>

#include "fleet/endpoint.h"
#include "groundkeeper.h"
#include "workspace/workspace.h"

namespace penstock {

/// What a session knows at the moment at which it asks for a plan.
struct PlanInputs
{
    SnapshotPtr snapshot;
    std::vector<const RouteReading*> readings; ///< by route of the workspace; null: its router has not answered
    std::vector<SilentEndpoint> silent;
};

/// What other plans, and other people, have done.
struct Standing
{
    std::vector<RouteLease> leases;
    std::vector<PlanApproval> approvals;
    std::vector<PastChange> past;
    std::vector<Plan> kept; ///< plans that wait for an approval, or have one
    std::vector<Plan> lapsed {}; ///< of these, the ones that were planned and approved longer ago than an approval holds
    std::vector<Plan> shown {}; ///< plans that a terminal has shown, for nobody's approval
    std::map<std::string, Override> asked {}; ///< by hash of a kept plan: what its person wants to take on
    std::map<std::string, Time> askedAt {}; ///< by hash of a kept plan: when it was shown or proposed last
    std::set<std::string> started {}; ///< hashes of plans that ran: an approval counts once
    std::chrono::milliseconds confirmation { 3'000 }; ///< that three of four steps of the past needed at most
};

/// The part of a workspace that plans are judged by.
[[nodiscard]] PlanRules planRulesOf(const Workspace& workspace);
/// Endpoints that have not answered, or not whole.
[[nodiscard]] std::vector<SilentEndpoint> silentEndpoints(const std::vector<EndpointStatus>& statuses, const std::vector<Endpoint>& endpoints);
/// The steps that lead from where a plan stands to where it began, none larger than `largestStep` percentage points;
/// moves without a way to go are left out.
[[nodiscard]] Result<std::vector<Plan::Move>> stepsBack(const std::vector<Plan::Move>& moves, double largestStep, const std::function<const RouteReading*(const std::string& route)>& reading);

/// Turns requests into plans and judges them. All functions may be called from any thread.
class PlanDesk
{
public:
    PlanDesk(const Workspace& workspace, std::string person, Clock clock, GroundKeeper& keeper);

    [[nodiscard]] Result<PlanView> plan(const PlanRequest& request, const PlanInputs& inputs);
    /// The same for a plan that was made before.
    [[nodiscard]] Result<PlanView> look(Plan plan, const std::optional<Override>& asked, const PlanInputs& inputs);
    /// The plan that was shown to this person or kept for a second one, by its hash or the first 8 digits of it or more,
    /// judged on what is known now. Refused when it is somebody else's or has expired, Conflict when it is not what is asked for.
    [[nodiscard]] Result<PlanView> planOf(const std::string& hash, const PlanRequest& request, const PlanInputs& inputs);
    [[nodiscard]] std::vector<std::uint32_t> routesOf(const Plan& plan) const; ///< indices into PlanRules::routes
    [[nodiscard]] Result<BestSplit> bestSplitOf(const std::vector<std::string>& routes, const SplitWish& wish, const PlanInputs& inputs) const;

    [[nodiscard]] Result<BlockEffect> whatIfOf(const std::vector<Block>& blocks, Time at, const PlanInputs& inputs) const;

    void setStanding(Standing standing);
    void noteStarted(const std::string& hash);
    [[nodiscard]] Standing standing() const;
    [[nodiscard]] const PlanRules& rules() const { return m_rules; }
    /// Percentage points of a step of a way back.
    [[nodiscard]] double largestStepBack(double asked) const;

private:
    [[nodiscard]] Result<std::uint32_t> routeNamed(const std::string& name) const;
    /// Unavailable where a part of the router does not answer. The reading is one of the inputs'.
    [[nodiscard]] Result<const RouteReading*> wholeReading(const std::string& name, const PlanInputs& inputs) const;
    void recall(Plan& plan) const;
    [[nodiscard]] Result<PlanView> judged(Plan plan, const std::optional<Override>& asked, const PlanInputs& inputs, std::optional<Evacuation> evacuation);
    [[nodiscard]] Result<> isKnown(const Snapshot& snapshot, const Scope& scope) const;
    void remember(const Plan& plan, const std::string& hash);
    [[nodiscard]] Result<std::optional<Plan>> known(const std::string& hash, const PlanRequest& request) const;
    [[nodiscard]] std::optional<Override> signedBy(const PlanRequest& request) const;
    [[nodiscard]] std::optional<Plan> withHash(const std::string& hash) const;
    [[nodiscard]] std::vector<PlanApproval> expiredFor(const Plan& plan, const std::string& hash) const;

    PlanRules m_rules;
    std::string m_person;
    Clock m_clock;
    GroundKeeper& m_keeper;
    mutable std::mutex m_mutex; ///< guards what follows
    Standing m_standing;
    std::deque<std::pair<std::string, Plan>> m_previewed; ///< the last ones, by hash
};

} // namespace penstock
