// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCoreApplication>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "session/session.h"

class QSocketNotifier;

namespace penstock {

enum Exit { Done = 0, Refused = 1, Usage = 2, NoConnection = 3, Paused = 4 };

/// Runs the event loop until something has come true, a deadline or a signal.
class Waiter
{
public:
    explicit Waiter(QCoreApplication& app);
    ~Waiter();
    /// False at the deadline or on a signal; `seconds` below 0: no deadline.
    bool wait(Session& session, double seconds, const std::function<bool()>& done);
    [[nodiscard]] bool signalled() const { return m_signalled; }

private:
    QCoreApplication& m_app;
    int m_fd = -1;
    std::unique_ptr<QSocketNotifier> m_notifier;
    bool m_signalled = false;
};

enum class Counted {
    Errors, ///< how many of the requests of each backend fail
    Split, ///< and of enough of them, where they go
};
/// Waits a little for a second reading of every router: requests, and how many of them fail, are counted between two.
void waitForRequests(Session& session, Waiter& waiter, double seconds, Counted what = Counted::Split);
/// Says on stderr which endpoints did not answer; their names.
std::vector<std::string> missing(const Session& session);

} // namespace penstock
