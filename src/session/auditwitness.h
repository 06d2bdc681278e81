// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fleet/auditlog.h"
#include "session/planview.h"
#include "shift/rehearsal.h"
#include "shift/shiftmachine.h"

namespace penstock {

/// Tells the audit log, in its words, what is asked of plans and what becomes of them. All functions may be called from any
/// thread; an error means that nothing was kept, and whoever wanted to act must not.
class AuditWitness
{
public:
    /// `log` may be null: then everything is kept, nowhere. `routes`: where the names of the backends are.
    AuditWitness(std::shared_ptr<AuditLog> log, std::vector<Route> routes) : m_log(std::move(log)), m_routes(std::move(routes)) {}

    /// What was asked, what was seen, how every interlock judged it, and what the policy lets be overridden. `shift` is empty where it is refused.
    [[nodiscard]] Result<> asked(const std::string& shift, const PlanView& view, const std::vector<SilentEndpoint>& silent) const;
    /// The same for a plan that is kept for a second person.
    [[nodiscard]] Result<> proposed(const PlanView& view, const std::vector<SilentEndpoint>& silent) const;
    /// A plan of somebody else, as it was judged when it was approved.
    [[nodiscard]] Result<> approved(const PlanView& view, const std::vector<SilentEndpoint>& silent, Time until) const;
    /// A shift whose program had ended is taken over; it stands as `status` says.
    [[nodiscard]] Result<> recovered(const PlanStatus& status, bool simulated) const;
    [[nodiscard]] Result<> saw(const ShiftEvent& event, bool simulated) const;
    [[nodiscard]] Result<> rehearsed(const PlanStatus& status, std::chrono::milliseconds expected, bool simulated) const;
    /// The rehearsed evacuations of these routes that were kept last, the newest first.
    [[nodiscard]] std::vector<Drill> drills() const;
    /// The highest number of the rehearsals that were kept last; 0: none was.
    [[nodiscard]] std::int64_t lastRehearsal() const;

private:
    [[nodiscard]] std::vector<AuditRecord> rehearsals() const; ///< those that were kept last
    [[nodiscard]] Result<> keep(const std::string& shift, const std::string& plan, bool simulated, AuditBody body) const;
    [[nodiscard]] Result<> keep(const PlanStatus& status, bool simulated, AuditBody body) const { return keep(status.id, status.hash, simulated, std::move(body)); }
    [[nodiscard]] AuditPicture pictureAt(const PlanView& view, const std::vector<SilentEndpoint>& silent) const;
    [[nodiscard]] Result<> keepAsked(const std::string& shift, const PlanView& view, const std::vector<SilentEndpoint>& silent, bool proposed) const;
    [[nodiscard]] std::vector<AuditRoute> threeWeights(const PlanStatus& status) const;
    [[nodiscard]] AuditStep stepOf(const PlanStatus& status, AuditStep::Stage stage) const;
    [[nodiscard]] AuditTurn turnOf(const PlanStatus& status, AuditKind kind, const std::string& person = {}) const;
    [[nodiscard]] Result<> keepEnd(const PlanStatus& status, bool simulated, AuditKind kind, const std::string& person = {}) const;
    [[nodiscard]] AuditEnd endOf(const PlanStatus& status, AuditKind kind, const std::string& person = {}) const;

    std::shared_ptr<AuditLog> m_log;
    std::vector<Route> m_routes;
};

} // namespace penstock
