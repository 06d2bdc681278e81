// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "waiter.h"

#include <QSocketNotifier>
#include <QTimer>
#include <algorithm>
#include <csignal>
#include <iostream>
#include <sys/signalfd.h>
#include <unistd.h>

namespace penstock {

Waiter::Waiter(QCoreApplication& app) : m_app(app)
{
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGHUP);
    m_fd = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    m_notifier = std::make_unique<QSocketNotifier>(m_fd, QSocketNotifier::Read);
    QObject::connect(m_notifier.get(), &QSocketNotifier::activated, &app, [this] {
        signalfd_siginfo info;
        while (::read(m_fd, &info, sizeof info) == sizeof info) {}
        m_signalled = true;
        m_app.exit(1);
    });
}

Waiter::~Waiter() { ::close(m_fd); }

bool Waiter::wait(Session& session, double seconds, const std::function<bool()>& done)
{
    if (done())
        return true;
    const auto check = [&] {
        if (done())
            m_app.exit(0);
    };
    QObject context;
    QObject::connect(&session, &Session::published, &context, check);
    QObject::connect(&session, &Session::routesChanged, &context, check);
    QObject::connect(&session, &Session::shiftsChanged, &context, check);
    QObject::connect(&session, &Session::boardChanged, &context, check);
    QTimer deadline;
    deadline.setSingleShot(true);
    QObject::connect(&deadline, &QTimer::timeout, &context, [this] { m_app.exit(1); });
    if (seconds >= 0)
        deadline.start(static_cast<int>(seconds * 1000));
    m_signalled = false;
    return m_app.exec() == 0;
}

void waitForRequests(Session& session, Waiter& waiter, double seconds, Counted what)
{
    const auto fewest = what == Counted::Split ? leastRequestsObserved : 0;
    const auto isCounted = [](const BackendReading& it) { return it.accepted <= 0 || it.takesNothing() || it.guards.errorRate.has_value(); };
    const auto isMeasured = [&](const RouteView& it) {
        return it.error || (it.reading && (!it.route.router.countsRequests() || (it.reading->windowRequests >= fewest && std::ranges::all_of(it.reading->backends, isCounted))));
    };
    const auto areMeasured = [&] { return std::ranges::all_of(session.routes(), isMeasured); };
    const auto isAsked = [](const RouteView& it) { return it.reading && (it.reading->windowRequests > 0 || std::ranges::any_of(it.reading->backends, [](const BackendReading& backend) { return backend.unanswered > 0; })); };
    // Where nobody asks for anything there is nothing to wait for.
    constexpr double forTheFirst = 0.6;
    if (!waiter.wait(session, std::min(seconds, forTheFirst), areMeasured) && seconds > forTheFirst && std::ranges::any_of(session.routes(), isAsked))
        waiter.wait(session, seconds - forTheFirst, areMeasured);
}

std::vector<std::string> missing(const Session& session)
{
    std::vector<std::string> names;
    for (const auto& it : session.endpoints())
        if (it.connection != Connection::Live || it.fromCache || !it.observed) {
            names.push_back(it.name);
            std::cerr << "penstockctl: endpoint " << it.name << " did not answer"
                      << (it.error ? ": " + it.error->text() : std::string()) << '\n';
        }
    return names;
}

} // namespace penstock
