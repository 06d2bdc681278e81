// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "fleet/policy.h"

#include <algorithm>

namespace penstock {

std::optional<Time> FreezeWindow::endOver(Time begin, Time end) const
{
    if (days.empty())
        return begin < until && end >= from ? std::optional(until) : std::nullopt;
    using std::chrono::days;
    const auto length = untilTime > fromTime ? untilTime - fromTime : untilTime - fromTime + days(1);
    // A window that began the day before may reach into this one.
    const auto last = std::chrono::floor<days>(std::min(end, begin + days(8)));
    for (auto day = std::chrono::floor<days>(begin) - days(1); day <= last; day += days(1))
        if (std::ranges::find(this->days, std::chrono::weekday(day)) != this->days.end() && begin < day + fromTime + length && end >= day + fromTime)
            return day + fromTime + length;
    return std::nullopt;
}

} // namespace penstock
