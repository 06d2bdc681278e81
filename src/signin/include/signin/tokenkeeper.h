// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/result.h"

namespace penstock {

/// Keeps a token that ends, in memory, and gets the next one before: with 5 minutes or a fifth of its life left, whichever is less. It
/// is asked for on a thread of its own, by one question at a time; while the old one lasts nobody waits for it. Any thread, several at a time.
class TokenKeeper
{
public:
    struct Token
    {
        std::string text;
        Duration lifetime {};
    };
    using Ask = std::function<Result<Token>(const std::stop_token& stop)>;

    TokenKeeper(Ask ask, Clock clock);

    /// Waits only where there is none that lasts. The error is that of `ask`; Cancelled: `stop`.
    [[nodiscard]] Result<std::string> token(const std::stop_token& stop);
    /// A store refused this one. False: it is so new that another would be refused as well.
    [[nodiscard]] bool refuse(const std::string& token);

private:
    void ask();
    [[nodiscard]] bool lasts(Time now) const { return m_token && now < m_gotAt + m_token->lifetime; }

    const Ask m_ask;
    const Clock m_clock;
    std::mutex m_mutex; ///< guards what follows
    std::condition_variable_any m_wake;
    std::optional<Token> m_token;
    Time m_gotAt {};
    Time m_notBefore {}; ///< after a failure it is not asked at once again, while the old one lasts
    std::optional<Error> m_error; ///< of the newest answer
    std::uint64_t m_answers = 0;
    bool m_asks = false;
    std::jthread m_thread; ///< ends first
};

} // namespace penstock
