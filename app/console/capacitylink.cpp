// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "capacitylink.h"

#include <algorithm>

#include "session/capacity.h"

namespace penstock {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::hours horizon
    = std::chrono::days(270); ///< nine months, which is what a year of history can tell

} // namespace

CapacityLink::CapacityLink(Session& session, CapacityPage& page, QObject* parent)
    : QObject(parent), m_session(session), m_page(page), m_file(session.historyFile()),
      m_committed(session.workspace().capacity), m_thread([this](const std::stop_token& stop) { work(stop); })
{
    page.setFacts({ .committed = m_committed, .providers = session.workspace().providers });
    connect(&page, &CapacityPage::queryChanged, this, &CapacityLink::ask);
    connect(&m_again, &QTimer::timeout, this, &CapacityLink::ask);
}

CapacityLink::~CapacityLink()
{
    m_thread.request_stop();
    m_thread.join();
}

void CapacityLink::ask()
{
    if (!m_page.isVisible())
        return m_again.stop();
    if (m_file.empty())
        return m_page.showError({ Error::Kind::NotFound, "this console keeps no history", {}, {} });
    const auto query = m_page.query(wallClock());
    {
        const std::lock_guard lock(m_mutex);
        m_wanted = query;
    }
    m_wake.notify_one();
    m_again.start(query.step < 1min ? 5s : 60s);
}

void CapacityLink::work(const std::stop_token& stop)
{
    for (;;) {
        CapacityQuery query;
        {
            std::unique_lock lock(m_mutex);
            if (!m_wake.wait(lock, stop, [this] { return m_wanted.has_value(); }))
                return;
            query = *std::exchange(m_wanted, std::nullopt);
        }
        answer(query);
    }
}

void CapacityLink::answer(const CapacityQuery& query)
{
    const auto hand = [this](auto show) { QMetaObject::invokeMethod(this, std::move(show), Qt::QueuedConnection); };
    auto history = readCapacity(m_file, query);
    if (!history)
        return hand([this, error = history.error()] { m_page.showError(error); });
    hand([this, history = std::move(*history)]() mutable {
        // What has just begun is soon there.
        if (history.times.empty())
            m_again.start(2s);
        m_page.showHistory(std::move(history));
    });
    if (auto outlook = outlookOf(query))
        hand([this, outlook = std::move(*outlook)]() mutable { m_page.showOutlook(std::move(outlook)); });
}

/// Once an hour, since nothing is told of less; of what is shown, anew with each wish for something else.
Result<CapacityOutlook> CapacityLink::outlookOf(const CapacityQuery& query)
{
    const auto hour = std::chrono::floor<std::chrono::hours>(query.to);
    const bool isKnown = m_told && m_toldAt == hour;
    if (isKnown && m_told->onlyOf == query.onlyOf && m_told->only == query.only)
        return *m_told;
    CapacityOutlook made { .onlyOf = query.onlyOf, .only = query.only };
    OutlookQuery ask { .dimension = GroupPoint::Dimension::ProviderModel,
        .settings = { .horizon = horizon, .now = query.to },
        .committed = m_committed };
    if (isKnown)
        made.rows = m_told->rows;
    else {
        auto rows = readOutlook(m_file, ask);
        if (!rows)
            return std::unexpected(rows.error());
        made.rows = std::move(rows->groups);
    }
    ask.dimension = query.onlyOf;
    if (query.onlyOf != GroupPoint::Dimension::Total)
        ask.keys = { query.only };
    for (const auto& figures :
        { std::vector { HistoryFigure::Needed }, std::vector { HistoryFigure::Busy, HistoryFigure::Idle } }) {
        ask.figures = figures;
        auto whole = readOutlook(m_file, ask);
        if (!whole)
            return std::unexpected(whole.error());
        if (whole->groups.empty())
            continue;
        made.whole = std::move(whole->groups.front());
        made.isDemand = figures.size() == 1;
        break;
    }
    m_told = made;
    m_toldAt = hour;
    return made;
}

} // namespace penstock
