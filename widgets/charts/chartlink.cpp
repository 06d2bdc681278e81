// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "charts/chartlink.h"

#include <algorithm>
#include <cmath>

namespace penstock {

ChartLink::Stretch ChartLink::stretch(double length, double now) const
{
    const double end = m_end.value_or(m_frozenAt.value_or(now));
    return { end - m_length.value_or(length), end };
}

void ChartLink::setLongest(double seconds)
{
    m_longest = seconds;
    emit changed();
}

void ChartLink::set(std::optional<double> length, std::optional<double> end, std::optional<double> frozenAt, bool byHand)
{
    const bool isNew = length != m_length || end != m_end || frozenAt != m_frozenAt;
    m_length = length;
    m_end = end;
    m_frozenAt = frozenAt;
    m_byHand = byHand;
    if (isNew)
        emit changed();
}

void ChartLink::look(Stretch wanted, double length, double now)
{
    const double newest = m_frozenAt.value_or(now), most = std::max(length, m_longest);
    const double wide = std::clamp(wanted.length(), shortest, most);
    // What is longer or shorter than what can be shown keeps its middle, as far as there is something on both sides.
    const double end = std::max((wanted.begin + wanted.end + wide) / 2, newest - most + wide);
    const auto kept = std::abs(wide - length) < length / 1000 ? std::nullopt : std::optional(wide);
    // Near enough to the newest: whoever aims at that misses it by a few pixels.
    if (end >= newest - wide / 50)
        return set(kept, {}, m_byHand ? m_frozenAt : std::nullopt, m_byHand);
    set(kept, end, newest, m_byHand);
}

void ChartLink::setLength(std::optional<double> length) { set(length, {}, m_byHand ? m_frozenAt : std::nullopt, m_byHand); }

void ChartLink::freeze(double now) { set(m_length, m_end, now, true); }

void ChartLink::thaw() { set(m_end ? std::nullopt : m_length, {}, {}, false); }

void ChartLink::reset() { set({}, {}, {}, false); }

void ChartLink::point(std::optional<double> time)
{
    if (m_crosshair == time)
        return;
    m_crosshair = time;
    emit pointed(time);
}

} // namespace penstock
