// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "engine/snapshot.h"

class QLineEdit;

namespace penstock {

class FleetTree;
class FleetTreeModel;
class Inspector;
class TimeChart;
class TotalsStrip;

/// Every provider's fleet: totals, busy GPUs over time, the tree, and what is selected.
class FleetPage final : public QWidget
{
    Q_OBJECT

public:
    explicit FleetPage(QWidget* parent = nullptr);
    void show(const SnapshotPtr& snapshot, const RecentHistory& history);
    void focusFilter();
    /// Selects a row by its names from the provider down, and opens the way to it.
    void select(const QStringList& path);
    void toggleInspector();
    /// Colours follow the theme.
    void themeChanged();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void showChart(const RecentHistory& history);
    void showSelection();

    TotalsStrip* m_strip;
    TimeChart* m_chart;
    QLineEdit* m_filter;
    Inspector* m_inspector;
    FleetTreeModel* m_model;
    FleetTree* m_tree;
    GroupPoint::Dimension m_dimension = GroupPoint::Dimension::Provider;
    std::shared_ptr<const RecentHistory> m_history;
    bool m_drawerOpen = false;
};

} // namespace penstock
