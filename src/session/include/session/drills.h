// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "session/session.h"

namespace penstock {

/// The provider whose evacuation was rehearsed longest ago, if that is `every` or more, or never. `tried`: when one was begun
/// last, whatever came of it; empty texts are none.
[[nodiscard]] std::optional<std::string> drillDue(const std::vector<Route>& routes, const std::vector<Drill>& drills, const std::map<std::string, Time>& tried, std::chrono::seconds every, Time now);

/// Rehearses the emergency evacuation of each provider in turn, as often as the policy wants it, while everything answers and
/// no shift runs: on the real path, with zero writes but its record. Of the thread of its session.
class Drills final : public QObject
{
    Q_OBJECT

public:
    /// Begins where `drill_every_s` of the policy is given, and may begin.
    Drills(Session& session, QObject* parent);

signals:
    /// What one found that somebody should look at: "the evacuation of gcp, rehearsed just now, ...".
    void found(const QString& text);

private:
    void look();
    void judge();

    Session& m_session;
    std::string m_running; ///< its id; empty: none
    std::string m_provider; ///< of that
    std::map<std::string, Time> m_tried;
    std::optional<Time> m_lookedAt;
};

} // namespace penstock
