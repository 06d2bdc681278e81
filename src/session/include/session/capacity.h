// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "fleet/capacityhistory.h"
#include "fleet/history.h"
#include "forecast/outlook.h"

namespace penstock {

/// Reads a history file, while a console may write it. Blocks; any thread. NotFound without a file.
[[nodiscard]] Result<CapacityHistory> readCapacity(const std::string& historyFile, const CapacityQuery& query);

/// What to tell of the time to come.
struct OutlookQuery
{
    GroupPoint::Dimension dimension = GroupPoint::Dimension::ProviderModel;
    std::vector<std::string> keys {}; ///< empty: all
    std::vector<HistoryFigure> figures { HistoryFigure::Busy, HistoryFigure::Idle }; ///< which are added up
    ForecastSettings settings {}; ///< with `now`
    std::vector<CommittedCapacity> committed {};
    std::optional<double> capacity {}; ///< of each group, instead of what is committed or there
    std::function<bool()> isOutdated {}; ///< asked before each group; once it says so the answer is Refused
};

struct Outlook
{
    std::vector<ToldGroup> groups; ///< by key
    std::size_t damaged = 0; ///< pieces of the history that could not be read
    bool simulated = false; ///< some of the history was simulated or replayed
};

/// Tells every group from all hours of its history. Blocks, some 10 ms a group; any thread. NotFound without a file.
[[nodiscard]] Result<Outlook> readOutlook(const std::string& historyFile, const OutlookQuery& query);

} // namespace penstock
