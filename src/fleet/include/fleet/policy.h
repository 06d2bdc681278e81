// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace penstock {

/// A time in which routes are left alone: once, or every week on some days.
struct FreezeWindow
{
    std::string name; ///< "launch week"
    std::vector<std::string> routes {}; ///< empty: all
    Time from {}, until {}; ///< once; used when `days` is empty
    std::vector<std::chrono::weekday> days {}; ///< weekly, UTC: the days on which it begins
    std::chrono::seconds fromTime {}, untilTime {}; ///< of the day, UTC; an end before the begin is on the next day

    /// True when any moment from `begin` to `end` (inclusive) lies in the window.
    [[nodiscard]] bool touches(Time begin, Time end) const { return endOver(begin, end).has_value(); }
    /// When the window ends that does; empty: none does.
    [[nodiscard]] std::optional<Time> endOver(Time begin, Time end) const;
};

/// How much of a route may move in a period, whatever the number of shifts.
struct RateLimit
{
    double share = 1; ///< 0 to 1
    std::chrono::seconds per { 600 };
    friend bool operator==(const RateLimit&, const RateLimit&) = default;
};

/// The rules of a workspace.
struct Policy
{
    int minProviders = 1;
    std::chrono::seconds staleAfter { 30 };
    double maxStep = 0.25; ///< of a route, in one step
    double secondPersonAbove = 1.0; ///< share of a route that needs an approval, with what was moved within `approvalValid`; 1.0: never
    std::vector<std::string> overridable; ///< never approval or residency
    std::optional<RateLimit> maxRate; ///< empty: any rate
    std::vector<FreezeWindow> freezes;
    std::vector<std::string> protectedRoutes; ///< move only with the approval of a second person
    double minimumSplit = 0; ///< a backend gets this share (0 to 1) of a route at least, or nothing
    std::chrono::seconds approvalValid { 3600 }; ///< how long an approval of a plan holds
    std::optional<std::chrono::seconds> drillEvery {}; ///< the evacuation of each provider is rehearsed as often; empty: by hand alone
};

} // namespace penstock
