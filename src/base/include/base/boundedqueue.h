// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace penstock {

/// A queue between threads that makes a fast producer wait, so that back-pressure reaches the other end of a stream.
template<class T>
class BoundedQueue
{
public:
    explicit BoundedQueue(std::size_t capacity) : m_capacity(capacity) {}

    /// Waits for room. False when stopped or closed: the value was not taken.
    bool push(T value, std::stop_token stop)
    {
        std::unique_lock lock(m_mutex);
        if (!m_room.wait(lock, stop, [this] { return m_closed || m_items.size() < m_capacity; }) || m_closed)
            return false;
        m_items.push_back(std::move(value));
        m_filled.notify_one();
        return true;
    }

    /// Waits until there is something, `timeout` has passed, or a stop.
    template<class Rep, class Period>
    [[nodiscard]] std::optional<T> pop(std::chrono::duration<Rep, Period> timeout, std::stop_token stop)
    {
        std::unique_lock lock(m_mutex);
        m_filled.wait_for(lock, stop, timeout, [this] { return m_closed || !m_items.empty(); });
        if (m_items.empty())
            return std::nullopt;
        T value = std::move(m_items.front());
        m_items.pop_front();
        m_room.notify_one();
        return value;
    }

    /// Wakes everybody; further pushes are refused, what is queued can still be taken.
    void close()
    {
        const std::lock_guard lock(m_mutex);
        m_closed = true;
        m_room.notify_all();
        m_filled.notify_all();
    }

private:
    std::mutex m_mutex;
    std::condition_variable_any m_room;
    std::condition_variable_any m_filled;
    std::deque<T> m_items;
    std::size_t m_capacity;
    bool m_closed = false;
};

} // namespace penstock
