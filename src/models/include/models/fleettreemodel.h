// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractItemModel>
#include <QSortFilterProxyModel>

#include "engine/snapshot.h"

namespace penstock {

/// The tree provider, region, cluster, node, GPU of a snapshot. While the structure stays the same `show` only changes
/// data, so that selection, expansion and scroll position stay.
class FleetTreeModel final : public QAbstractItemModel
{
    Q_OBJECT

public:
    enum Column { Name, States, Gpus, Busy, Free, Unhealthy, Unknown, Utilisation, Age, ColumnCount };
    enum Role { SortRole = Qt::UserRole, TallyRole, LevelRole, AgeRole, CacheRole, StaleRole, SearchRole };
    enum Level { Root, Provider, Region, Cluster, Node, Gpu };

    explicit FleetTreeModel(QObject* parent = nullptr);
    void show(SnapshotPtr snapshot);
    [[nodiscard]] const SnapshotPtr& snapshot() const { return m_snapshot; }

    /// What an index stands for; `index` is a provider's, region's, cluster's or node's number, or a GPU's in its node.
    struct Place
    {
        Level level = Root;
        std::uint32_t index = 0, node = 0;
    };
    [[nodiscard]] Place place(const QModelIndex& index) const;
    /// What a row adds up to; for a GPU, itself alone.
    [[nodiscard]] Tally tally(const Place& place) const;

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& child) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] std::uint32_t firstCluster(const Place& place) const;
    SnapshotPtr m_snapshot;
};

/// Rows whose name, or whose ancestor's or descendant's name, contains the words. `state:unhealthy` and `model:H100`
/// restrict nodes and GPUs.
class FleetFilterProxy final : public QSortFilterProxyModel
{
    Q_OBJECT

public:
    explicit FleetFilterProxy(QObject* parent = nullptr);
    void setText(const QString& text);

protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
    QStringList m_words;
};

} // namespace penstock

Q_DECLARE_METATYPE(penstock::Tally)
