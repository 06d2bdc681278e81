// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "signin/tokenkeeper.h"

#include <algorithm>
#include <utility>

namespace penstock {

namespace {

    using namespace std::chrono_literals;

    constexpr Duration longestMargin = 5min;
    constexpr Duration betweenFailures = 30s;
    /// A refused token that is younger was not refused for its age.
    constexpr Duration youngest = 1min;

} // namespace

TokenKeeper::TokenKeeper(Ask ask, Clock clock) : m_ask(std::move(ask)), m_clock(std::move(clock)) { }

/// The lock is held, and nobody asks: the thread before has answered, and joining it takes no time.
void TokenKeeper::ask()
{
    m_asks = true;
    m_thread = std::jthread([this](const std::stop_token& stop) {
        auto got = m_ask(stop);
        const std::lock_guard lock(m_mutex);
        m_asks = false;
        ++m_answers;
        m_error = got ? std::nullopt : std::optional(got.error());
        if (got) {
            m_token = std::move(*got);
            m_gotAt = m_clock();
        } else
            m_notBefore = m_clock() + betweenFailures;
        m_wake.notify_all();
    });
}

Result<std::string> TokenKeeper::token(const std::stop_token& stop)
{
    std::unique_lock lock(m_mutex);
    const auto now = m_clock();
    const bool isFresh = m_token && now < m_gotAt + m_token->lifetime - std::min(longestMargin, m_token->lifetime / 5);
    if (!isFresh && !m_asks && (!lasts(now) || now >= m_notBefore))
        ask();
    if (lasts(now))
        return m_token->text;
    m_wake.wait(lock, stop, [this, before = m_answers] { return m_answers != before; });
    if (lasts(m_clock()))
        return m_token->text;
    if (stop.stop_requested())
        return fail(Error::Kind::Cancelled, "it was stopped");
    return std::unexpected(m_error.value_or(Error { Error::Kind::Unavailable, "the token ended as it came", {}, "is this machine's clock right?" }));
}

bool TokenKeeper::refuse(const std::string& token)
{
    const std::lock_guard lock(m_mutex);
    if (!m_token || m_token->text != token)
        return true;
    if (m_clock() - m_gotAt < youngest)
        return false;
    m_token.reset();
    return true;
}

} // namespace penstock
