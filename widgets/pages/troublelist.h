// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QWidget>

#include "models/fleettreemodel.h"

class QLabel;
class QPushButton;
class QTableView;

namespace penstock {

class TroubleModel;

/// The GPUs that need a look in a part of the fleets, on the whole page: why, where, what they held, since when.
class TroubleList final : public QWidget
{
    Q_OBJECT

public:
    explicit TroubleList(QWidget* parent = nullptr);
    /// Another part of the fleets: the place with all that is below it, the root for all of them. Of a GPU, its cluster.
    void setScope(const Structure& shape, const FleetTreeModel::Place& place);
    /// At most once a second, however often it is called. `notWhole`: endpoints whose fleets are not known in full.
    void show(const SnapshotPtr& snapshot, const QStringList& notWhole);
    void focusTable();

signals:
    void chosen(const FleetTreeModel::Place& place); ///< the row that is looked at
    void opened(const FleetTreeModel::Place& place); ///< to be shown among the fleets
    void closeWanted();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void refresh();
    void copy(bool asCsv);
    [[nodiscard]] FleetTreeModel::Place placeAt(int row) const;

    TroubleModel* m_model;
    QTableView* m_table;
    QLabel *m_where, *m_summary;
    QPushButton* m_all;
    SnapshotPtr m_snapshot;
    QStringList m_notWhole;
    Scope m_scope;
    Time m_shownAt {};
};

} // namespace penstock
