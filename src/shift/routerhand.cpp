// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "routerhand.h"

#include <utility>

namespace penstock {

RouterHand::RouterHand(std::shared_ptr<Router> router, std::function<void()> answered)
    : m_router(std::move(router)), m_answered(std::move(answered))
{
    m_thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

RouterHand::~RouterHand() = default;

bool RouterHand::ask(Work work)
{
    const std::lock_guard lock(m_mutex);
    if (m_busy)
        return false;
    m_busy = true;
    m_answer.reset();
    m_work = std::move(work);
    m_wake.notify_all();
    return true;
}

std::optional<Result<RouteReading>> RouterHand::take()
{
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_answer, std::nullopt);
}

bool RouterHand::isBusy() const
{
    const std::lock_guard lock(m_mutex);
    return m_busy;
}

void RouterHand::run(const std::stop_token& stop)
{
    for (;;) {
        Work work;
        {
            std::unique_lock lock(m_mutex);
            if (!m_wake.wait(lock, stop, [this] { return m_work.has_value(); }))
                return;
            work = *std::exchange(m_work, std::nullopt);
        }
        auto answer = work(*m_router);
        {
            const std::lock_guard lock(m_mutex);
            m_answer = std::move(answer);
            m_busy = false;
        }
        m_answered();
    }
}

} // namespace penstock
