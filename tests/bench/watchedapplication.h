// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QApplication>
#include <QEvent>
#include <chrono>
#include <ctime>
#include <functional>

namespace penstock::bench {

/// An application that knows how long its thread is busy with a frame: from the news until the window has been painted,
/// without the rest that Qt takes before it paints.
class WatchedApplication final : public QApplication
{
public:
    using QApplication::QApplication;
    struct Frame
    {
        std::chrono::duration<double, std::milli> wall {}, cpu {};
    };
    std::function<void(const Frame&)> painted;

    /// There is something new to paint; what this thread does from the current event on belongs to the frame.
    void expectPaint() { m_expecting = true; }

    bool notify(QObject* receiver, QEvent* event) override
    {
        // Whether it is the window that asks itself or a timer on behalf of it.
        m_updates = m_updates || event->type() == QEvent::UpdateRequest;
        if (m_depth++ > 0) {
            const bool handled = QApplication::notify(receiver, event);
            --m_depth;
            return handled;
        }
        const auto wall = std::chrono::steady_clock::now();
        const auto cpu = threadTime();
        const bool handled = QApplication::notify(receiver, event);
        --m_depth;
        if (m_expecting) {
            m_frame.wall += std::chrono::steady_clock::now() - wall;
            m_frame.cpu += threadTime() - cpu;
            if (m_updates) {
                if (painted)
                    painted(m_frame);
                m_frame = {};
                m_expecting = false;
            }
        }
        m_updates = false;
        return handled;
    }

private:
    static std::chrono::nanoseconds threadTime()
    {
        timespec time {};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    }

    Frame m_frame;
    int m_depth = 0;
    bool m_expecting = false, m_updates = false;
};

} // namespace penstock::bench
