// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <QStringList>
#include <vector>

#include "engine/trouble.h"

namespace penstock {

/// "XID 79, fallen off the bus", "silent", in the user's language.
[[nodiscard]] QString reasonText(const Trouble& trouble);
/// "reboot the node, then support", in the user's language; "" where nobody says.
[[nodiscard]] QString actionText(const Trouble& trouble);

/// The GPUs that need a look in a part of the fleets, sorted by a column. A new snapshot is told as removals, insertions and
/// one move of the rest, and as a reset only where the shape of the fleets is another one.
class TroubleModel final : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { Reason, Action, Node, Gpu, Cluster, Region, Provider, Workload, FirstSeen, LastSeen, ColumnCount };
    enum Role {
        SortRole = Qt::UserRole, ///< the raw value
        StateRole, ///< GpuState
        ProviderRole,
    };
    static constexpr std::size_t most = 10'000; ///< rows

    using QAbstractTableModel::QAbstractTableModel;
    void show(const SnapshotPtr& snapshot, const Scope& scope);
    [[nodiscard]] const Trouble* trouble(int row) const; ///< null where there is no such row
    [[nodiscard]] int find(const GpuPlace& place) const; ///< row; -1 where it is in none
    [[nodiscard]] std::uint64_t gpus() const { return m_gpus; } ///< in trouble, those beyond the rows too
    [[nodiscard]] std::uint64_t left() const { return m_left; } ///< troubles beyond the rows
    /// The rows with a head: separated by tabs, or as CSV with times in RFC 3339.
    enum class As { Text, Csv };
    [[nodiscard]] QString copyOf(const std::vector<int>& rows, As as) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    /// By a column; -1 is the order of the fleets.
    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;

private:
    void arrange(std::vector<Trouble>& list) const;
    void take(std::vector<Trouble> list);
    void reorder(std::vector<Trouble> list);
    [[nodiscard]] QString text(const Trouble& it, Column column) const;

    SnapshotPtr m_snapshot;
    std::vector<Trouble> m_list;
    std::uint64_t m_gpus = 0, m_left = 0;
    int m_sortColumn = -1;
    Qt::SortOrder m_sortOrder = Qt::AscendingOrder;
};

} // namespace penstock
