// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "fleet/router.h"

namespace penstock {

/// Talks to one router on a thread of its own, so that one that hangs holds up nobody else.
class RouterHand
{
public:
    using Work = std::function<Result<RouteReading>(Router&)>;
    /// `answered` is called from the hand's thread, without a lock.
    RouterHand(std::shared_ptr<Router> router, std::function<void()> answered);
    ~RouterHand(); ///< waits for the router's present call to end

    /// False while it still waits for an answer; an answer that nobody took is dropped.
    bool ask(Work work);
    [[nodiscard]] std::optional<Result<RouteReading>> take();
    [[nodiscard]] bool isBusy() const;

private:
    void run(const std::stop_token& stop);
    std::shared_ptr<Router> m_router;
    std::function<void()> m_answered;
    mutable std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::optional<Work> m_work;
    std::optional<Result<RouteReading>> m_answer;
    bool m_busy = false;
    std::jthread m_thread;
};

} // namespace penstock
