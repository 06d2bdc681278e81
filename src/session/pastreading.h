// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/past.h"
#include "session/pastdesk.h"
#include "storage/historyfile.h"

namespace penstock {

/// Reads a moment. Whatever goes wrong is in it.
[[nodiscard]] PastView readPast(HistoryFile& file, PastMaker& maker, const std::vector<Route>& routes, Time at);
/// What charts show of a stretch. Where points are means, a line has the least and the greatest second of each.
[[nodiscard]] PastRange readRange(HistoryFile& file, const std::vector<Route>& routes, Time from, Time to, std::chrono::seconds step);
/// The observed shares alone.
using Splits = std::map<std::string, std::shared_ptr<const SplitHistory>>; ///< by route
[[nodiscard]] Result<Splits> readSplits(HistoryFile& file, const std::vector<Route>& routes, Time from, Time to, std::chrono::seconds step);
/// `points`: about as many of the line.
[[nodiscard]] PastSpan readSpan(HistoryFile& file, Time from, Time to, std::size_t points);

} // namespace penstock
