// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractItemModel>
#include <QStringList>
#include <memory>
#include <vector>

#include "engine/snapshot.h"

namespace penstock {

class FleetFilter;
struct FleetBranch;
struct FleetMarks;

/// The tree provider, region, cluster, node, GPU of a snapshot, sorted by a column and filtered by words. Rows are made
/// when their parent is opened (`fetchMore`), and only opened parents are sorted and filtered again by a new snapshot,
/// so that its cost does not depend on the size of the fleets. A row keeps its identity by the names on its way: what
/// comes, goes or moves is told as insertions, removals and moves, never as a reset.
class FleetTreeModel final : public QAbstractItemModel
{
    Q_OBJECT

public:
    enum Column { Name, States, Gpus, Busy, Free, Unhealthy, Unknown, Utilisation, Age, ColumnCount };
    enum Role { SortRole = Qt::UserRole, TallyRole, LevelRole, AgeRole, AgeLimitRole, CacheRole, StaleRole, PastRole };
    enum Level { Root, Provider, Region, Cluster, Node, Gpu };

    explicit FleetTreeModel(QObject* parent = nullptr);
    ~FleetTreeModel() override;
    void show(SnapshotPtr snapshot);
    [[nodiscard]] const SnapshotPtr& snapshot() const { return m_snapshot; }

    /// Leaves the GPUs that meet every word, and the way to them. A word is part of a name on the way, of the zone or of the
    /// model's name; `model:H100` begins the model's name, `state:unhealthy` the GPU's state; conditions on a GPU's values are those
    /// of parseCondition: `temp>85`. Capitals do not count; the first 64 words do.
    void setFilter(const QString& text);
    [[nodiscard]] bool isFiltered() const;
    /// Whether the filter leaves a node, by its number in the snapshot's structure, and of it a GPU.
    [[nodiscard]] bool leaves(std::uint32_t node) const;
    [[nodiscard]] bool leaves(std::uint32_t node, std::uint32_t gpu) const;
    /// By a column; -1 is the order of the structure. Unknown values come last in both directions, equal ones keep the
    /// order of the structure.
    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;
    /// True when a new snapshot may change the order of rows.
    [[nodiscard]] bool isSortedByValue() const { return m_sortColumn > Name; }

    /// What an index stands for; `index` is a provider's, region's, cluster's or node's number, or a GPU's in its node.
    struct Place
    {
        Level level = Root;
        std::uint32_t index = 0, node = 0;
    };
    [[nodiscard]] Place place(const QModelIndex& index) const;
    /// The row of a place, with the parents on the way to it opened; invalid where the filter hides it.
    [[nodiscard]] QModelIndex indexOf(const Place& place);
    /// The same by names, from the provider down to a node.
    [[nodiscard]] QModelIndex indexOf(const QStringList& names);
    /// What a row adds up to; for a GPU, itself alone.
    [[nodiscard]] Tally tally(const Place& place) const;

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& child) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] bool hasChildren(const QModelIndex& parent = {}) const override;
    [[nodiscard]] bool canFetchMore(const QModelIndex& parent) const override;
    void fetchMore(const QModelIndex& parent) override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

public slots:
    /// A collapsed parent keeps its rows but is no longer sorted and filtered, until it is expanded again.
    void rest(const QModelIndex& index);
    void wake(const QModelIndex& index);

signals:
    /// Around everything that may move rows, so that a view can keep its place.
    void updating();
    void updated();

private:
    struct Plan;
    struct Move;
    [[nodiscard]] QModelIndex indexOf(const FleetBranch& branch) const;
    [[nodiscard]] FleetBranch* branchOf(const QModelIndex& index) const;
    [[nodiscard]] bool hasShownChild(const Place& parent) const;
    void refresh(FleetBranch& from, SnapshotPtr next, std::unique_ptr<FleetMarks> marks);
    void plan(FleetBranch& branch, const Snapshot& next, const FleetMarks& marks, std::uint32_t number, bool live, std::vector<Plan>& plans) const;
    void removeRowsOf(std::vector<Plan>& plans);
    void insertRowsOf(std::vector<Plan>& plans, std::vector<Move>& moves);
    void reorder(std::vector<Move> moves);
    void fill(FleetBranch& branch) const;

    SnapshotPtr m_snapshot;
    std::unique_ptr<FleetFilter> m_filter;
    std::unique_ptr<FleetMarks> m_marks;
    std::unique_ptr<FleetBranch> m_root;
    int m_sortColumn = -1;
    Qt::SortOrder m_sortOrder = Qt::AscendingOrder;
    bool m_changing = false; ///< rows are on their way: nothing may be fetched
};

} // namespace penstock

Q_DECLARE_METATYPE(penstock::Tally)
