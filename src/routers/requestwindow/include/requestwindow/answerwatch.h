// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "fleet/route.h"

namespace penstock {

/// Tells a backend that accepts requests and answers none of them long before any of them times out. Not thread-safe.
class AnswerWatch
{
public:
    using Moment = std::chrono::steady_clock::time_point;

    /// `begun` and `answered` are counters since the router started: requests given to the backend, and those that it has answered.
    void add(std::uint64_t begun, std::uint64_t answered, Moment now)
    {
        if (!m_atAnswer || answered != m_answered || begun < *m_atAnswer) {
            m_atAnswer = begun;
            m_answered = answered;
            m_enoughAt.reset();
        }
        m_waiting = begun - *m_atAnswer;
        m_now = now;
        if (m_waiting >= leastRequestsFailed && !m_enoughAt)
            m_enoughAt = now;
    }
    /// It gets nothing now: what it left unanswered before says nothing of what it will do.
    void forget() { *this = AnswerWatch(); }

    /// Requests given to it since its last answer, once that is more than slowness; 0 else. `latency`: ms that an answer takes usually; empty: nobody knows.
    [[nodiscard]] std::uint64_t unanswered(std::optional<double> latency) const
    {
        using Milliseconds = std::chrono::duration<double, std::milli>;
        constexpr Milliseconds least(5'000), unknown(30'000);
        const auto patience = latency ? std::max(least, Milliseconds(4 * *latency)) : unknown;
        return m_enoughAt && m_now - *m_enoughAt >= patience ? m_waiting : 0;
    }

private:
    std::optional<std::uint64_t> m_atAnswer; ///< how many were begun when one was answered last
    std::uint64_t m_answered = 0, m_waiting = 0;
    std::optional<Moment> m_enoughAt; ///< since when so many wait that it can't be chance
    Moment m_now {};
};

} // namespace penstock
