// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mutex>
#include <optional>
#include <utility>

namespace penstock {

/// Hands the newest value from one thread to another. A slow reader skips old values, it never queues them.
template<class T>
class Mailbox
{
public:
    /// Replaces what was not taken yet. True when the box was empty, that is when the reader must be woken.
    bool put(T value)
    {
        const std::lock_guard lock(m_mutex);
        const bool wake = !m_value.has_value();
        m_value = std::move(value);
        return wake;
    }

    [[nodiscard]] std::optional<T> take()
    {
        const std::lock_guard lock(m_mutex);
        return std::exchange(m_value, std::nullopt);
    }

private:
    std::mutex m_mutex;
    std::optional<T> m_value;
};

} // namespace penstock
