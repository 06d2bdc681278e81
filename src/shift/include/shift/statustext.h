// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "shift/planstatus.h"

namespace penstock {

/// Plans and their states as one line of JSON, for the journal. Reading is Corrupt for what is damaged, and for what a
/// newer version wrote.
[[nodiscard]] std::string textOf(const PlanStatus& status);
[[nodiscard]] Result<PlanStatus> statusOf(std::string_view text);
/// A plan that waits for a second person, or was shown to its own, and the name of the workspace that it belongs to.
struct ProposedPlan
{
    Plan plan;
    std::string workspace; ///< empty: kept by a version that did not say
    std::optional<Override> asked {}; ///< what its person wants to take on
    bool onlyShown = false; ///< nobody is asked to approve it
};
[[nodiscard]] std::string textOf(const ProposedPlan& proposed);
[[nodiscard]] Result<ProposedPlan> proposedPlanOf(std::string_view text);

} // namespace penstock
