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

} // namespace penstock
