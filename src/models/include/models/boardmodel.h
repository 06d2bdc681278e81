// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <vector>

#include "planner/board.h"

namespace penstock {

/// The N-1 board: a row a provider and each of its regions, in the order of the fleets.
class BoardModel final : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { Lost, Carried, ToPlace, Shed, FirstToBreak, Cost, ColumnCount };
    enum Role {
        SortRole = Qt::UserRole, ///< the raw number
        ProviderRole,
        IsRegionRole,
        BreaksRole, ///< some interactive load finds no place
        EvacuatedByRole, ///< the plan that all of it was left for; empty: none
        BeingEvacuatedRole, ///< that plan has not ended yet
        WithSheddingRole, ///< % carried once training and batch have ended
    };

    using QAbstractTableModel::QAbstractTableModel;
    /// `carriedOnly`: nothing else is known of the rows.
    void show(const std::vector<BoardRow>& rows, bool carriedOnly = false);
    [[nodiscard]] const BoardRow* row(int at) const;
    /// The row of a provider or one of its regions; -1 where there is none.
    [[nodiscard]] int find(const Scope& scope) const;
    [[nodiscard]] static Scope scopeOf(const BoardRow& row);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<BoardRow> m_rows;
    bool m_carriedOnly = false;
};

} // namespace penstock
