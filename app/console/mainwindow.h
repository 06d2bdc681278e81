// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

#include "session/session.h"
#include "shift/recovery.h"

class QLabel;
class QPushButton;
class QStackedWidget;
class QSystemTrayIcon;

namespace penstock {

class AttentionBar;
class CapacityLink;
class CapacityPage;
class ChartFeed;
class ChartLink;
class EndpointsPage;
class FailoverPage;
class FleetPage;
class HeaderBar;
class LoadPage;
class Palette;
class Scrubber;
struct Command;
struct Provenance;
class StatusLine;
class TimeTravel;
struct WaitingApproval;
struct WaitingPlan;

/// The window: header, rail, pages, status line. Joins a session's figures with the pages and their wishes with it.
class MainWindow final : public QWidget
{
    Q_OBJECT

public:
    MainWindow(Session& session, bool readOnly, QWidget* parent = nullptr);
    enum class Page { Fleet, Capacity, Load, Failover, Endpoints }; ///< in the order of the rail
    void openPage(Page page);
    void openEndpoint(const QString& name); ///< the Endpoints page, with this one selected
    [[nodiscard]] FleetPage& fleetPage() { return *m_fleet; }

    [[nodiscard]] Page page() const;
    [[nodiscard]] TimeTravel& timeTravel() { return *m_travel; }
    [[nodiscard]] ChartLink& chartLink() { return *m_chartLink; }

signals:
    void reopenWanted(const QString& file, const QString& endpoint); ///< the workspace file has changed: this endpoint has come

protected:
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void refresh();
    void refreshRoutes();
    void refreshBoard();
    void refreshShifts();
    void refreshAttention();
    void readUndone();
    void refreshWaiting();
    void refreshPast();
    void showKeptBoard();
    void refreshPastLoad();
    void refreshPastRoutes();
    void joinTimeTravel();
    void joinCharts();
    void showFleet();
    void showMode();
    void sayWhatIsNotKept();
    void joinSaving();
    [[nodiscard]] Provenance provenance() const;
    [[nodiscard]] WaitingPlan waitingPlan(const WaitingApproval& it) const;
    void joinFailover();
    void joinAttention();
    void openShift(const QString& id);
    void call(const QString& text);
    void switchTheme();
    void openPalette();
    [[nodiscard]] QList<Command> commands();
    void toast(const QString& text, bool isError);
    void placeToast();

    Session& m_session;
    HeaderBar* m_header;
    AttentionBar* m_attention;
    StatusLine* m_status;
    Scrubber* m_scrubber;
    QLabel* m_pastNote; ///< what of the past the page cannot show
    TimeTravel* m_travel;
    ChartLink* m_chartLink;
    ChartFeed* m_chartFeed;
    CapacityLink* m_capacityLink;
    bool m_readOnly;
    QWidget* m_rail;
    QList<QPushButton*> m_nav;
    QStackedWidget* m_pages;
    FleetPage* m_fleet;
    CapacityPage* m_capacity;
    LoadPage* m_load;
    FailoverPage* m_failover;
    EndpointsPage* m_endpoints;
    Palette* m_palette;
    QLabel* m_toast;
    QTimer m_toastTimer, m_clock;
    QStringList m_failing;
    std::vector<UndoneRoute> m_undone;
    QSystemTrayIcon* m_tray = nullptr; ///< where the desktop has one, from the first call on
};

} // namespace penstock
