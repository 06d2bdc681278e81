// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QTimer>

#include "session/pastdesk.h"
#include "session/session.h"

namespace penstock {

class Scrubber;

/// Which moment the window shows: now, or one of the history while ingest goes on.
class TimeTravel final : public QObject
{
    Q_OBJECT

public:
    TimeTravel(const Session& session, Scrubber& scrubber, QObject* parent = nullptr);
    [[nodiscard]] bool isLive() const { return !m_moment; }
    [[nodiscard]] std::optional<Time> moment() const { return m_moment; } ///< empty: now
    /// What is known of it, or of a moment before it that was read last; null while live, and until the first was read.
    [[nodiscard]] const std::shared_ptr<const PastView>& view() const { return m_view; }
    [[nodiscard]] PastDesk& desk() { return m_desk; }
    void goTo(Time moment);
    void returnToLive();
    void play(bool play);

signals:
    void modeChanged(); ///< live or not
    void viewed(); ///< another picture of the past is there

private:
    void step();
    void readSpan();
    void showSpan(const PastSpan& span);

    const Session& m_session;
    Scrubber& m_scrubber;
    PastDesk m_desk;
    std::optional<Time> m_moment;
    Time m_asked {}; ///< its second
    std::shared_ptr<const PastView> m_view;
    QTimer m_player, m_clock;
    QElapsedTimer m_since; ///< the last step
    int m_untilSpan = 0; ///< ticks
};

} // namespace penstock
