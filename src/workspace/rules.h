// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <set>
#include <string>
#include <vector>

#include "fleet/committed.h"
#include "fleet/history.h"
#include "fleet/policy.h"
#include "fleet/price.h"
#include "fleet/workload.h"
#include "table/table.h"

namespace penstock {

/// The keys of the file that only the planner or the history reads. Each complains through the table it is given.
void readLimits(Table& it, Provider& provider);
void readPolicy(Table& it, Policy& policy, const std::set<std::string>& routes);
void readHistory(Table& it, HistorySettings& history);
[[nodiscard]] Price readPrice(Table& it, const std::vector<std::string>& providers);
[[nodiscard]] CommittedCapacity readCapacity(Table& it, const std::vector<std::string>& providers);
[[nodiscard]] Scenario readScenario(Table& it, const std::vector<std::string>& providers);
[[nodiscard]] RelativePerformance readPerformance(Table& it);

} // namespace penstock
