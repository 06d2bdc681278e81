// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPersistentModelIndex>
#include <QStringList>
#include <QTreeView>

namespace penstock {

class FleetTreeModel;

/// The tree of the fleets, sorted by a click on a header. It stays where its user left it while the fleets change: the
/// current row keeps its height on screen if it can be seen, otherwise the topmost row does, unless values order the
/// rows. What was expanded comes back when a filter is taken away.
class FleetTree final : public QTreeView
{
    Q_OBJECT

public:
    explicit FleetTree(FleetTreeModel& model, QWidget* parent = nullptr);
    void setFilter(const QString& text);

protected:
    void dataChanged(const QModelIndex& topLeft, const QModelIndex& bottomRight, const QList<int>& roles) override;

private:
    void hold();
    void release();
    void restoreExpanded();

    FleetTreeModel& m_model;
    QPersistentModelIndex m_anchor;
    int m_anchorTop = 0; ///< pixels below the upper edge
    QList<QPersistentModelIndex> m_arrived; ///< providers that are new: shown open
    QList<QStringList> m_expanded; ///< names on the way, from before the filter
    bool m_filtered = false;
    bool m_settling = false; ///< many rows come and are expanded: one layout serves them all
};

} // namespace penstock
