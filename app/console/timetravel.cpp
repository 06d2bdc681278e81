// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "timetravel.h"

#include <utility>

#include "controls/scrubber.h"
#include "models/eventmodel.h"

namespace penstock {

using namespace std::chrono_literals;

namespace {

    constexpr int ticksOfSpan = 10; ///< seconds between two readings of the line
    constexpr auto writtenWithin = 6s;

    double seconds(Time time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }
    Time timeOf(double at) { return Time(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(at))); }

} // namespace

TimeTravel::TimeTravel(const Session& session, Scrubber& scrubber, QObject* parent)
    : QObject(parent), m_session(session), m_scrubber(scrubber), m_desk(session.historyFile(), session.workspace().routes)
{
    connect(&m_scrubber, &Scrubber::momentWanted, this, [this](double moment) {
        play(false);
        goTo(timeOf(moment));
    });
    connect(&m_scrubber, &Scrubber::liveWanted, this, &TimeTravel::returnToLive);
    connect(&m_scrubber, &Scrubber::playWanted, this, [this](bool wanted) {
        // To hold what is live is to stay where it is; its last seconds are not written yet.
        if (isLive())
            goTo(std::chrono::floor<std::chrono::seconds>(wallClock()) - writtenWithin);
        else
            play(wanted);
    });
    connect(&m_scrubber, &Scrubber::spanChanged, this, &TimeTravel::readSpan);
    connect(&m_desk, &PastDesk::read, this, [this](const std::shared_ptr<const PastView>& view) {
        if (view->error && view->error->kind == Error::Kind::Corrupt)
            m_session.checkHistory();
        // An answer to who has gone back meanwhile.
        if (isLive())
            return;
        m_view = view;
        emit viewed();
    });
    connect(&m_desk, &PastDesk::spanRead, this, [this](const std::shared_ptr<const PastSpan>& span) { showSpan(*span); });
    m_player.setInterval(100);
    connect(&m_player, &QTimer::timeout, this, &TimeTravel::step);
    m_clock.setInterval(1000);
    connect(&m_clock, &QTimer::timeout, this, [this] {
        m_scrubber.setNow(seconds(wallClock()));
        if (--m_untilSpan <= 0)
            readSpan();
    });
    m_scrubber.setNow(seconds(wallClock()));
    m_clock.start();
    readSpan();
}

void TimeTravel::goTo(Time moment)
{
    const bool wasLive = isLive();
    m_moment = moment;
    m_scrubber.setMoment(seconds(moment));
    if (const auto second = std::chrono::floor<std::chrono::seconds>(moment); std::exchange(m_asked, second) != second || wasLive)
        m_desk.ask(second);
    if (wasLive)
        emit modeChanged();
}

void TimeTravel::returnToLive()
{
    play(false);
    if (isLive())
        return;
    m_moment.reset();
    m_view.reset();
    m_scrubber.setMoment({});
    emit modeChanged();
}

void TimeTravel::play(bool play)
{
    if (play == m_player.isActive())
        return;
    if (play) {
        m_since.start();
        m_player.start();
    } else
        m_player.stop();
    m_scrubber.setPlaying(play);
}

void TimeTravel::step()
{
    if (!m_moment)
        return play(false);
    const auto next = *m_moment + std::chrono::milliseconds(m_since.restart()) * m_scrubber.speed();
    if (next >= wallClock())
        return returnToLive();
    goTo(next);
}

void TimeTravel::readSpan()
{
    m_untilSpan = ticksOfSpan;
    m_desk.askSpan(timeOf(m_scrubber.from()), timeOf(m_scrubber.to()));
}

void TimeTravel::showSpan(const PastSpan& span)
{
    QList<QPointF> line;
    for (const auto& [at, busy] : span.busy)
        line << QPointF(seconds(at), busy);
    m_scrubber.setLine(line);
    QList<Scrubber::Mark> marks;
    for (const auto& event : span.events)
        marks << Scrubber::Mark { seconds(event.at), isBad(event.kind), eventText(event) };
    m_scrubber.setMarks(marks);
}

} // namespace penstock
