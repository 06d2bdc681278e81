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
    void show(const SnapshotPtr& snapshot, const std::shared_ptr<const RecentHistory>& history, const QStringList& notWhole = {});
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
    QStringList m_notWhole;
    bool m_drawerOpen = false;
};

} // namespace penstock
