// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QObject>
#include <QPersistentModelIndex>
#include <QSet>
#include <QString>

class QTreeView;

namespace penstock {

class FleetTreeModel;

/// Keeps a tree view where its user left it while the fleets change under it: the current row stays at its height on
/// screen if it can be seen, otherwise the topmost row does, unless values order the rows. What was expanded comes back
/// when a filter is taken away. Tells the model what is expanded. Belongs to the view.
class TreeKeeper final : public QObject
{
    Q_OBJECT

public:
    /// The view has the model already.
    TreeKeeper(QTreeView& view, FleetTreeModel& model);
    void setFilter(const QString& text);

private:
    void hold();
    void release();

    QTreeView& m_view;
    FleetTreeModel& m_model;
    QPersistentModelIndex m_anchor;
    int m_anchorTop = 0; ///< pixels below the upper edge
    QList<QPersistentModelIndex> m_arrived; ///< providers that are new: shown open
    QSet<QString> m_expanded; ///< paths, while a filter is set
    bool m_filtered = false;
};

} // namespace penstock
