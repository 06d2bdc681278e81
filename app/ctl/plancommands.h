// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "output.h"
#include "waiter.h"
#include "whatifcommands.h"

namespace CLI {
class App;
}

namespace penstock {

/// The commands that plan, judge, run and command shifts: plan, board, shift, evacuate, approve, shifts.
class PlanCommands
{
public:
    explicit PlanCommands(CLI::App& app);
    [[nodiscard]] bool chosen() const;
    [[nodiscard]] int run(Session& session, Waiter& waiter, OutputFormat format, double timeout);

private:
    void addRunOptions(CLI::App& command);
    [[nodiscard]] Result<PlanRequest> wanted(const Session& session, bool evacuation) const;
    [[nodiscard]] Result<std::vector<std::pair<std::string, Weights>>> targets(const Session& session) const;
    [[nodiscard]] Result<PlanRequest> withOptions(PlanRequest made) const;
    [[nodiscard]] int plan(Session& session, bool evacuation, OutputFormat format);
    [[nodiscard]] int start(Session& session, Waiter& waiter, const Result<PlanRequest>& asked, OutputFormat format);
    [[nodiscard]] int follow(Session& session, Waiter& waiter, const std::string& id);
    [[nodiscard]] int order(Session& session, Waiter& waiter, OutputFormat format);

    std::optional<WhatIfCommands> m_whatIf;
    CLI::App *m_plan, *m_planShift, *m_planEvacuate, *m_board, *m_shift, *m_evacuate, *m_approve, *m_shifts;
    std::vector<std::string> m_routes, m_splits; ///< the n-th split is the n-th route's
    std::string m_scope, m_reason, m_hash, m_id, m_order, m_until, m_for;
    std::vector<std::string> m_override;
    std::optional<double> m_step;
    EffectBy m_by = EffectBy::ProviderAndModel;
    double m_every = 30;
    const Time m_commandedAt = wallClock();
    int m_plansAnew = 0;
    bool m_now = false, m_dryRun = false, m_yes = false, m_returnOnGuard = false, m_propose = false, m_rehearse = false;
};

} // namespace penstock
