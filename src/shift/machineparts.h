// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>

#include "routerhand.h"
#include "shift/shiftmachine.h"

namespace penstock {

template<class Edit>
void ShiftMachine::edit(Edit change)
{
    const std::lock_guard lock(m_mutex);
    change(m_status);
}

/// The note of a pause that nobody asked for and nothing made necessary.
inline constexpr std::string_view programEnded = "the program ended";

/// Begin what is said of guards that made it stand.
inline constexpr std::string_view brokenGuard = "a guard is broken: ", arrivedAmongErrors = "all of it has moved, and is answered with errors: ";

/// Joins what is said.
inline void add(std::string& list, const std::string& part)
{
    if (!part.empty())
        list += (list.empty() ? "" : "; ") + part;
}

inline std::chrono::milliseconds since(std::chrono::steady_clock::time_point then)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - then);
}

/// Never below 0, however the clock was set.
inline std::chrono::milliseconds between(Time from, Time to)
{
    return std::max(std::chrono::milliseconds(0), std::chrono::ceil<std::chrono::milliseconds>(to - from));
}

/// The moment at which every router of an evacuation shows what it was told last; none yet where one does not. What a
/// router forgets once all was confirmed is no part of it.
inline void noteRecovery(PlanStatus& it, Time now)
{
    if (it.plan.kind != Plan::Kind::Evacuation || it.returning() || (it.recovery && it.stepsDone == it.plan.steps()))
        return;
    const bool all = it.step == it.plan.steps() && std::ranges::none_of(it.routes, [](const RouteProgress& route) {
        return route.state == RouteProgress::State::Waiting || route.state == RouteProgress::State::Writing;
    });
    if (!all)
        it.recovery.reset();
    else if (!it.recovery)
        it.recovery = between(it.startedAt, now);
}

} // namespace penstock
