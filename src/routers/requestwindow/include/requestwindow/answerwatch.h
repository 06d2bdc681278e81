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

    /// `begun` and `answered` are counters since the router started: requests given to the backend, and those that it has answered. `open` are those that wait for its answer now;
    /// they tell what the counters can't: what was begun before anybody looked.
    void add(std::uint64_t begun, std::uint64_t answered, Moment now, std::uint64_t open = 0)
    {
        if (!m_atAnswer || answered != m_answered || begun < *m_atAnswer) {
            const bool first = !m_atAnswer && m_mayHaveBegun;
            m_atAnswer = begun - (first ? std::min(open, begun) : 0);
            m_answered = answered;
            m_enoughAt.reset();
            m_begunBefore = first && open >= leastRequestsFailed;
        }
        m_waiting = begun - *m_atAnswer;
        m_now = now;
        if (m_waiting >= leastRequestsFailed && !m_enoughAt)
            m_enoughAt = now;
    }
    /// It gets nothing now: what it left unanswered before says nothing of what it will do.
    void forget()
    {
        *this = AnswerWatch();
        m_mayHaveBegun = false;
    }

    /// Requests given to it since its last answer.
    [[nodiscard]] std::uint64_t waiting() const { return m_waiting; }
    /// The same that is more than slowness; 0 else. `latency`: ms that an answer takes usually; empty: nobody knows.
    [[nodiscard]] std::uint64_t unanswered(std::optional<double> latency) const
    {
        using Milliseconds = std::chrono::duration<double, std::milli>;
        constexpr Milliseconds least(5'000), leastOfOld(1'000), unknown(30'000);
        const auto patience = latency ? std::max(m_begunBefore ? leastOfOld : least, Milliseconds(4 * *latency)) : unknown;
        return m_enoughAt && m_now - *m_enoughAt >= patience ? m_waiting : 0;
    }

private:
    std::optional<std::uint64_t> m_atAnswer; ///< how many were begun when one was answered last
    std::uint64_t m_answered = 0, m_waiting = 0;
    std::optional<Moment> m_enoughAt; ///< since when so many wait that it can't be chance
    Moment m_now {};
    bool m_mayHaveBegun = true; ///< nobody saw it before, and it may have got requests
    bool m_begunBefore = false; ///< those that wait have waited since before anybody looked: a first answer that takes its time is no reason
};

} // namespace penstock
