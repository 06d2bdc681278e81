// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTimer>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "pages/capacitypage.h"
#include "session/capacityreport.h"
#include "session/session.h"

namespace penstock {

/// Reads the history for the Capacity page, and writes its reports, on a thread of its own: the newest wish first, older
/// ones are dropped.
class CapacityLink final : public QObject
{
    Q_OBJECT

public:
    CapacityLink(Session& session, CapacityPage& page, QObject* parent);
    ~CapacityLink() override;
    /// What the history had until then; empty: until now.
    void setMoment(std::optional<Time> moment);

signals:
    void said(const QString& text, bool isError); ///< what the user should know of

private:
    void ask();
    void askClose();
    void work(const std::stop_token& stop);
    void answer(const CapacityQuery& query, unsigned mode, bool isPast);
    void showCost(const Snapshot& snapshot);
    void save(const Scenario& scenario);
    void remove(const QString& name);
    void exportAs(const QString& kind);
    void askReport();
    void writeReport(const ReportQuery& query, const std::string& path);
    void reread(const Result<>& done);
    [[nodiscard]] Result<CapacityOutlook> outlookOf(const CapacityQuery& query, bool isPast);

    Session& m_session;
    CapacityPage& m_page;
    std::optional<Time> m_moment;
    unsigned m_mode = 0; ///< changes with live and past
    QTimer m_again;
    const std::string m_file;
    const std::vector<CommittedCapacity> m_committed;
    const PriceBook m_prices;
    // Of the thread.
    std::optional<CapacityOutlook> m_told;
    Time m_toldAt {}; ///< the hour before which it was told
    std::atomic<bool> m_isPriced = false; ///< the page knows the prices of what is there now

    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    unsigned m_wantedMode = 0;
    bool m_wantedIsPast = false;
    std::optional<CapacityQuery> m_wanted, m_wantedClose; ///< all of it, and the part that is looked at
    std::optional<std::pair<ReportQuery, std::string>> m_report; ///< what to write, and into which file
    SnapshotPtr m_snapshot;
    bool m_isLive = false; ///< a fleet has answered since the console began
    std::jthread m_thread; ///< last: it uses all of the above
};

} // namespace penstock
