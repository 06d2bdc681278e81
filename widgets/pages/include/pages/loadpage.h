// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QWidget>
#include <optional>
#include <vector>

#include "fleet/series.h"
#include "fleet/shiftstatus.h"
#include "fleet/workload.h"
#include "pages/planfigures.h"
#include "shift/planstatus.h"

class QLabel;
class QLineEdit;
class QScrollArea;
class QVBoxLayout;

namespace penstock {

class ChartBar;
class ChartLink;
class PreviewPanel;
class RouteRow;
class TimeChart;
class TrendView;

/// What the Load page shows of one route.
struct RouteFigures
{
    Route route;
    std::optional<RouteReading> reading;
    std::optional<Error> error;
    std::optional<ShiftStatus> shift;
    std::optional<WorkloadDemand> demand;
    std::uint64_t load = 0; ///< GPUs of its workload
    std::optional<Workload> workload;
    std::shared_ptr<const SplitHistory> observed; ///< may be null
    std::optional<ServiceLevel> service {}; ///< of all its inference servers; empty: nobody tells
    std::optional<Time> past {}; ///< the moment that all of it is of; empty: now
    Weights desired {}; ///< of the past: what was wanted of the router
    std::chrono::seconds step { 1 }; ///< from one point of `observed` to the next
};

/// A row a route with desired, accepted and observed weights. What is edited on any of them is one plan, judged beside
/// them at every move of a hand; there too the shift that runs.
class LoadPage final : public QWidget
{
    Q_OBJECT

public:
    explicit LoadPage(QWidget* parent = nullptr);
    void show(const std::vector<RouteFigures>& routes);
    /// Shares stretch and crosshair with the charts of other pages.
    void follow(ChartLink& link);
    void showShifts(const std::vector<PlanStatus>& shifts);
    /// The answers to `planWanted` and `bestSplitWanted`.
    void showPlan(const Result<PlanFigures>& figures);
    void showBestSplit(const Result<SplitFigures>& figures);
    /// The running shift whose controls are shown; empty: none, or another plan is being edited.
    [[nodiscard]] std::optional<std::string> shownShift() const;
    /// `why`: what is wrong with now, where it is that; empty: this console is read-only.
    void setReadOnly(bool readOnly, const QString& why = {});
    /// The step that is proposed, in percentage points.
    void setLargestStep(double points);
    /// Puts away what was edited: it has been started.
    void discard();
    /// Shows this route and puts the keyboard on its weights.
    void openRoute(const QString& route);
    /// Edits these routes together, as if by hand.
    void setTargets(const std::vector<std::pair<std::string, Weights>>& targets);
    void focusFilter(); ///< where there are so many routes that there is one
    /// Colours follow the theme.
    void themeChanged();

signals:
    void planWanted(const PlanWish& wish);
    void startWanted(const PlanWish& wish, const QString& hash); ///< hash: of the plan that was shown
    void rehearsalWanted(const PlanWish& wish);
    void approvalWanted(const PlanWish& wish);
    void bestSplitWanted(const QStringList& routes, const SplitChoice& choice);
    void shownShiftChanged(); ///< it is another one, or none
    void pauseWanted(const QString& id);
    void resumeWanted(const QString& id);
    void goBackWanted(const QString& id);
    void stopWanted(const QString& id);

private:
    void select(const QString& route);
    void ask();
    void showObserved(const RouteFigures& figures);
    void showSelected();
    void filter();
    [[nodiscard]] const RouteFigures* figuresOf(const QString& route) const;
    [[nodiscard]] PlanWish wish() const;
    [[nodiscard]] QStringList edited() const; ///< in the order of the rows
    QVBoxLayout* m_rows;
    QScrollArea* m_scroll;
    QLineEdit* m_filter;
    QLabel *m_summary, *m_chartTitle, *m_chartNote;
    TimeChart* m_chart;
    TrendView* m_trendView;
    ChartBar* m_chartBar;
    PreviewPanel* m_panel;
    QHash<QString, RouteRow*> m_byName;
    QString m_selected;
    std::vector<RouteFigures> m_figures;
    std::vector<PlanStatus> m_shifts;
};

} // namespace penstock
