// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTimer>

#include "charts/chartlink.h"
#include "session/session.h"
#include "timetravel.h"

namespace penstock {

/// The points that the charts of the pages show: the last 15 minutes, live or of the moment that is looked at; while charts
/// are frozen, those of then; and where they show more, what the history has of it, as finely as it shows.
class ChartFeed final : public QObject
{
    Q_OBJECT

public:
    ChartFeed(const Session& session, TimeTravel& travel, ChartLink& link, QObject* parent = nullptr);
    [[nodiscard]] std::shared_ptr<const RecentHistory> history() const { return points().history; } ///< never null
    [[nodiscard]] std::shared_ptr<const SplitHistory> observed(const std::string& route) const; ///< may be null
    [[nodiscard]] bool isNear() const { return !m_far && !m_held; } ///< they are the last minutes, which stream or are those of the moment
    [[nodiscard]] std::chrono::seconds step() const { return points().step; } ///< from one point to the next

signals:
    void changed(); ///< there are other points than a moment ago, besides those that stream

private:
    [[nodiscard]] PastRange near() const;
    [[nodiscard]] PastRange points() const;
    [[nodiscard]] double now() const;
    void follow();
    void ask();

    const Session& m_session;
    TimeTravel& m_travel;
    ChartLink& m_link;
    std::optional<PastRange> m_held; ///< while frozen
    std::shared_ptr<const PastRange> m_far; ///< of the history; null: what is near is enough
    std::optional<ChartLink::Stretch> m_asked;
    std::chrono::seconds m_step { 1 }; ///< that was asked for
    QTimer m_again; ///< while it streams
};

} // namespace penstock
