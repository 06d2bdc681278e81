// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "chartfeed.h"

#include <algorithm>

namespace penstock {

using namespace std::chrono_literals;

namespace {

    constexpr double nearLength = std::chrono::duration<double>(recentHistoryLength).count();

    double seconds(Time time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }
    Time timeOf(double at) { return Time(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(at))); }

    /// A few thousand points are more than the pixels of a wide screen.
    std::chrono::seconds stepFor(double length)
    {
        constexpr double most = 9000;
        const auto* tier = std::ranges::find_if(historyTiers, [&](const HistoryTier& it) { return length / static_cast<double>(it.step.count()) <= most; });
        return tier == historyTiers.end() ? historyTiers.back().step : tier->step;
    }

} // namespace

ChartFeed::ChartFeed(const Session& session, TimeTravel& travel, ChartLink& link, QObject* parent)
    : QObject(parent), m_session(session), m_travel(travel), m_link(link)
{
    connect(&m_link, &ChartLink::changed, this, &ChartFeed::follow);
    connect(&m_again, &QTimer::timeout, this, &ChartFeed::ask);
    // Another moment is another now.
    connect(&m_travel, &TimeTravel::viewed, this, &ChartFeed::follow);
    connect(&m_travel.desk(), &PastDesk::rangeRead, this, [this](const std::shared_ptr<const PastRange>& range) {
        // An answer to what is no longer shown.
        if (!m_asked || range->error)
            return;
        m_far = range;
        emit changed();
    });
}

double ChartFeed::now() const { return seconds(m_travel.moment().value_or(m_session.snapshot()->asOf())); }

PastRange ChartFeed::near() const
{
    PastRange made;
    if (m_travel.isLive()) {
        made.history = m_session.history();
        for (const auto& view : m_session.routes())
            made.observed.emplace(view.route.name, view.observed);
    } else if (const auto& view = m_travel.view()) {
        made.history = view->history;
        made.observed = view->observed;
        made.step = view->step;
    }
    return made;
}

PastRange ChartFeed::points() const { return m_far ? *m_far : m_held ? *m_held : near(); }

std::shared_ptr<const SplitHistory> ChartFeed::observed(const std::string& route) const
{
    const auto all = points();
    const auto found = all.observed.find(route);
    return found == all.observed.end() ? nullptr : found->second;
}

void ChartFeed::follow()
{
    const bool wasOther = m_far || (m_held && !m_link.frozenAt());
    if (!m_link.frozenAt())
        m_held.reset();
    else if (!m_held)
        m_held = near();
    const auto shown = m_link.stretch(nearLength, now());
    const double begin = m_link.frozenAt().value_or(now()) - nearLength;
    if (shown.begin >= begin - 1 || m_session.historyFile().empty()) {
        m_again.stop();
        m_asked.reset();
        m_far.reset();
        if (wasOther)
            emit changed();
    } else if (!m_asked || m_asked->begin > shown.begin || m_asked->end < shown.end || m_step > stepFor(shown.length()))
        ask();
}

void ChartFeed::ask()
{
    const auto shown = m_link.stretch(nearLength, now());
    m_step = stepFor(shown.length());
    // A little more on both sides, so that a hand that moves on has something at once.
    const double more = shown.length() / 20;
    m_asked = { shown.begin - more, std::min(shown.end + more, m_link.frozenAt().value_or(now())) };
    m_travel.desk().askRange(timeOf(m_asked->begin), timeOf(m_asked->end), m_step);
    if (m_link.frozenAt() || !m_travel.isLive())
        m_again.stop();
    else
        m_again.start(std::clamp(std::chrono::milliseconds(std::llround(shown.length() * 0.7)), 5000ms, 60'000ms));
}

} // namespace penstock
