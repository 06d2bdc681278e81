// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "engine/snapshot.h"
#include "fleet/fleetevent.h"

class QLabel;
class QLineEdit;
class QStackedWidget;

namespace penstock {

class ChartBar;
class ChartLink;
class EventList;
class FleetHeat;
class FleetTree;
class FleetTreeModel;
class Inspector;
class TimeChart;
class TotalsStrip;
class TrendView;
class TroubleList;
struct Trend;

/// Every provider's fleet: totals, busy GPUs over time, the tree, every GPU as a cell, and what is selected.
class FleetPage final : public QWidget
{
    Q_OBJECT

public:
    explicit FleetPage(QWidget* parent = nullptr);
    /// `notWhole`: endpoints whose fleets are not known in full.
    /// `step`: from one point of the history to the next; of more than a second these are means.
    void show(const SnapshotPtr& snapshot, const std::shared_ptr<const RecentHistory>& history, const QStringList& notWhole = {}, std::chrono::seconds step = std::chrono::seconds(1));
    /// The chart alone, of what is shown already.
    void showHistory(const std::shared_ptr<const RecentHistory>& history, std::chrono::seconds step);
    /// Shares stretch and crosshair with the charts of other pages.
    void follow(ChartLink& link);
    /// Of the past, with the snapshot of the same moment: what happened up to it. It stands where the single GPUs are, which are not kept.
    void showEvents(const std::vector<FleetEvent>& events);
    void focusFilter();
    /// Selects a row by its names from the provider down, and opens the way to it.
    void select(const QStringList& path);
    void toggleInspector();
    /// Every GPU on the whole page, or back to the parts.
    void toggleHeat();
    /// The GPUs that need a look in the selected part of the fleets, on the whole page, or back to the parts.
    void toggleTroubles();
    [[nodiscard]] FleetHeat& heatPage() { return *m_heatPage; }
    /// Colours follow the theme.
    void themeChanged();

protected:
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    [[nodiscard]] bool isPast() const;
    void showMode();
    void showNote();
    void readHistory();
    void showChart();
    void showSelection();
    void showHeat();
    void showTroubles();
    void fitColumns();

    TotalsStrip* m_strip;
    TimeChart* m_chart;
    TrendView* m_trendView;
    QLineEdit* m_filter;
    QLabel* m_nothing; ///< says that the filter leaves nothing
    QLabel* m_chartNote;
    ChartBar* m_chartBar;
    Inspector* m_inspector;
    FleetTreeModel* m_model;
    FleetTree* m_tree;
    FleetHeat *m_heat, *m_heatPage;
    EventList* m_events;
    TroubleList* m_troubles;
    QStackedWidget* m_stack;
    GroupPoint::Dimension m_dimension = GroupPoint::Dimension::Provider;
    std::shared_ptr<const RecentHistory> m_history;
    std::shared_ptr<const Trend> m_trend; ///< of the history, by the dimension
    std::chrono::seconds m_step { 1 };
    QStringList m_notWhole;
    bool m_drawerOpen = false;
};

} // namespace penstock
