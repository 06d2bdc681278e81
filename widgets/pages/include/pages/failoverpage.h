// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "fleet/series.h"
#include "planner/board.h"
#include "planner/evacuation.h"
#include "shift/recovery.h"
#include "shift/rehearsal.h"

class QLabel;
class QScrollArea;
class QTableView;

namespace penstock {

class BoardModel;
class ChartBar;
class ChartLink;
class EvacuationPanel;
class TimeChart;
class TrendView;

/// What is asked of an evacuation.
struct EvacuationRequest
{
    Scope scope;
    bool now = false; ///< skips bake times and the largest step
    QString reason;
    QStringList overridden; ///< rules that somebody takes on
    std::chrono::minutes overrideLasts { 0 };
};

/// A plan of somebody that waits for a second person.
struct WaitingPlan
{
    QString hash, title, person, reason;
    bool isMine = false; ///< asked for by who looks at it, who cannot approve it
    bool isApproved = false;
    QStringList changes {}; ///< what it does, a sentence each
    QString blocked {}; ///< what else stands against it now
    friend bool operator==(const WaitingPlan&, const WaitingPlan&) = default;
};

/// An evacuation before it starts, with all that is to be known of it.
struct EvacuationFigures
{
    Plan plan;
    Judgement judgement;
    std::optional<Evacuation> evacuation;
    std::vector<Route> routes; ///< of the workspace
    std::chrono::milliseconds expected { 0 };
    std::string wayBack;
    std::vector<std::string> unanswered; ///< routes whose router has not answered
    std::vector<EffectLine> lines; ///< by provider, each possibly in several
    std::vector<std::string> overridable; ///< rules that the policy lets a person override
};

/// What survives the loss of each provider and region; for the one that is picked the whole evacuation over all routes, the
/// typed confirmation that starts it, and how it goes.
class FailoverPage final : public QWidget
{
    Q_OBJECT

public:
    explicit FailoverPage(QWidget* parent = nullptr);
    /// Shares stretch and crosshair with the charts of other pages.
    void follow(ChartLink& link);
    /// Keeps what each provider's loss would leave for the chart of the last hour; also while the page is not looked at.
    void remember(const std::vector<BoardRow>& rows, Time asOf);
    /// `asOf`: of the fleets the board was made from; empty rows: there is none yet.
    void showBoard(const std::vector<BoardRow>& rows, Time asOf, std::size_t endpoints, std::chrono::seconds staleAfter, const PriceBasis& prices = {});
    /// What is kept of a moment of the past, by "azure" and "azure/eastus", instead of the board of now. Empty: now again, which the next board shows.
    void showMoment(std::optional<Time> moment, const std::map<std::string, double>& carried = {});
    /// Points of the chart that reach farther than what was remembered, or are of the past.
    void showKept(std::shared_ptr<const RecentHistory> kept);
    /// The answer to `evacuationWanted`.
    void showEvacuation(const Scope& scope, const Result<EvacuationFigures>& figures);
    /// Running plans and those that ended, newest first.
    void showShifts(const std::vector<PlanStatus>& shifts, const std::vector<Route>& routes, const std::vector<UndoneRoute>& undone = {});
    /// The last one that was kept, told until a newer one has ended.
    void showDrill(const std::optional<Drill>& kept);
    void showWaiting(const std::vector<WaitingPlan>& plans);
    /// The running evacuation that is shown beside the board; empty: none.
    [[nodiscard]] std::optional<std::string> shownShift() const;
    void setReadOnly(bool readOnly, const QString& why = {}); ///< as LoadPage
    /// Picks a provider or region; nothing happens where the board has no such row.
    void pick(const Scope& scope);
    /// Asks for the evacuation of what is picked again.
    void refresh();
    /// Colours follow the theme.
    void themeChanged();

signals:
    void evacuationWanted(const penstock::EvacuationRequest& request);
    /// `hash`: of the plan that was shown.
    void startWanted(const penstock::EvacuationRequest& request, const QString& hash);
    void rehearseWanted(const penstock::EvacuationRequest& request);
    void approvalWanted(const penstock::EvacuationRequest& request); ///< by a second person
    void approveWanted(const QString& hash);
    void shownShiftChanged(); ///< because another row was picked
    void pauseWanted(const QString& id);
    void resumeWanted(const QString& id);
    void returnWanted(const QString& id);
    void stopWanted(const QString& id);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void showChart();
    void boundWaiting();
    void showPast();
    BoardModel* m_model;
    QTableView* m_table;
    QLabel *m_subtitle, *m_age, *m_note, *m_past;
    QScrollArea* m_waitingScroll;
    QWidget* m_waiting;
    std::vector<WaitingPlan> m_waitingPlans;
    QWidget* m_lastHour; ///< the chart, with its title
    TimeChart* m_chart;
    TrendView* m_trendView;
    ChartBar* m_chartBar;
    QLabel* m_chartNote;
    EvacuationPanel* m_panel;
    QWidget* m_notLive; ///< instead of the panel
    std::optional<Time> m_moment; ///< that is shown instead of now
    std::shared_ptr<const RecentHistory> m_kept; ///< may be null
    std::vector<std::string> m_providers; ///< of m_carried
    std::vector<PlanStatus> m_shifts;
    std::vector<Route> m_routes;
    std::vector<UndoneRoute> m_undone;
    std::optional<Drill> m_drill;
    SplitHistory m_carried; ///< per cent a provider
    std::optional<std::pair<SplitHistory, std::vector<std::string>>> m_held; ///< while frozen: these, and whose
    Time m_asOf {};
};

} // namespace penstock
