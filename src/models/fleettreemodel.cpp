// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "models/fleettreemodel.h"

#include "fleetfilter.h"
#include "fleetplaces.h"
#include "models/format.h"

namespace penstock {

FleetTreeModel::FleetTreeModel(QObject* parent)
    : QAbstractItemModel(parent), m_filter(std::make_unique<FleetFilter>()), m_marks(std::make_unique<FleetMarks>()), m_root(std::make_unique<FleetBranch>())
{
}

FleetTreeModel::~FleetTreeModel() = default;

// An index carries the branch that its row is of: rows may move within it and numbers may change, the branch stays.
FleetBranch* FleetTreeModel::branchOf(const QModelIndex& index) const
{
    if (!index.isValid())
        return m_root.get();
    return static_cast<FleetBranch*>(index.internalPointer())->rows[static_cast<std::size_t>(index.row())].branch.get();
}

QModelIndex FleetTreeModel::indexOf(const FleetBranch& branch) const
{
    return branch.parent ? createIndex(branch.row, 0, branch.parent) : QModelIndex();
}

bool FleetTreeModel::isFiltered() const { return !m_marks->all; }
bool FleetTreeModel::leaves(std::uint32_t node) const { return m_marks->shows(*m_snapshot, Node, node, node); }
bool FleetTreeModel::leaves(std::uint32_t node, std::uint32_t gpu) const { return leaves(node) && m_marks->shows(*m_snapshot, Gpu, gpu, node); }

FleetTreeModel::Place FleetTreeModel::place(const QModelIndex& index) const
{
    if (!index.isValid())
        return {};
    const auto& branch = *static_cast<const FleetBranch*>(index.internalPointer());
    const auto number = branch.rows[static_cast<std::size_t>(index.row())].number;
    const auto level = static_cast<Level>(branch.level + 1);
    return { level, number, level == Gpu ? branch.number : level == Node ? number : 0 };
}

QModelIndex FleetTreeModel::indexOf(const Place& wanted)
{
    if (!m_snapshot || wanted.level == Root)
        return {};
    const auto& shape = m_snapshot->structure();
    Place above;
    switch (wanted.level) {
    case Root:
    case Provider: break;
    case Region: above = { Provider, shape.regions[wanted.index].provider, 0 }; break;
    case Cluster: above = { Region, shape.clusters[wanted.index].region, 0 }; break;
    case Node: above = { Cluster, shape.nodes[wanted.index].cluster, 0 }; break;
    case Gpu: above = { Node, wanted.node, wanted.node }; break;
    }
    const auto parent = indexOf(above);
    if (above.level != Root && !parent.isValid())
        return {};
    if (canFetchMore(parent))
        fetchMore(parent);
    if (auto* branch = branchOf(parent))
        for (std::size_t row = 0; row < branch->rows.size(); ++row)
            if (branch->rows[row].number == wanted.index)
                return createIndex(static_cast<int>(row), 0, branch);
    return {};
}

QModelIndex FleetTreeModel::indexOf(const QStringList& names)
{
    if (!m_snapshot || names.size() > Node)
        return {};
    const auto at = placeNamed(m_snapshot->structure(), names);
    if (at.level != names.size())
        return {};
    return indexOf(at);
}

QModelIndex FleetTreeModel::index(int row, int column, const QModelIndex& parent) const
{
    return hasIndex(row, column, parent) ? createIndex(row, column, branchOf(parent)) : QModelIndex();
}

QModelIndex FleetTreeModel::parent(const QModelIndex& child) const
{
    return child.isValid() ? indexOf(*static_cast<const FleetBranch*>(child.internalPointer())) : QModelIndex();
}

int FleetTreeModel::rowCount(const QModelIndex& parent) const
{
    if (parent.column() > 0)
        return 0;
    const auto* branch = branchOf(parent);
    return branch ? static_cast<int>(branch->rows.size()) : 0;
}

int FleetTreeModel::columnCount(const QModelIndex&) const { return ColumnCount; }

bool FleetTreeModel::hasShownChild(const Place& parent) const
{
    if (!m_snapshot || parent.level == Gpu)
        return false;
    const auto children = childrenOf(m_snapshot->structure(), parent.level, parent.index);
    for (auto child = children.first; child < children.first + children.count; ++child)
        if (m_marks->shows(*m_snapshot, static_cast<Level>(parent.level + 1), child, parent.index))
            return true;
    return false;
}

bool FleetTreeModel::hasChildren(const QModelIndex& parent) const
{
    return parent.column() <= 0 && (rowCount(parent) > 0 || hasShownChild(place(parent)));
}

bool FleetTreeModel::canFetchMore(const QModelIndex& parent) const
{
    return !m_changing && parent.column() <= 0 && rowCount(parent) == 0 && hasShownChild(place(parent));
}

void FleetTreeModel::fetchMore(const QModelIndex& parent)
{
    if (!canFetchMore(parent))
        return;
    auto made = std::make_unique<FleetBranch>();
    const auto it = place(parent);
    made->level = it.level;
    made->number = it.index;
    made->row = parent.row();
    made->parent = static_cast<FleetBranch*>(parent.internalPointer());
    fill(*made);
    beginInsertRows(parent, 0, static_cast<int>(made->rows.size()) - 1);
    made->parent->rows[static_cast<std::size_t>(parent.row())].branch = std::move(made);
    endInsertRows();
}

Qt::ItemFlags FleetTreeModel::flags(const QModelIndex& index) const
{
    auto flags = QAbstractItemModel::flags(index);
    if (index.isValid() && static_cast<const FleetBranch*>(index.internalPointer())->level == Node)
        flags |= Qt::ItemNeverHasChildren;
    return flags;
}

Tally FleetTreeModel::tally(const Place& it) const
{
    switch (it.level) {
    case Root: return m_snapshot->total();
    case Provider: return m_snapshot->providerTally(it.index);
    case Region: return m_snapshot->regionTally(it.index);
    case Cluster: return m_snapshot->clusterTally(it.index);
    case Node: return m_snapshot->nodeTally(it.index);
    case Gpu: {
        const auto& node = m_snapshot->structure().nodes[it.node];
        Tally tally;
        tally.add(m_snapshot->gpu(node, it.index), m_snapshot->structure().modelMemory[node.model]);
        return tally;
    }
    }
    return {};
}

QVariant FleetTreeModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const auto it = place(index);
    const auto& shape = m_snapshot->structure();
    const auto number = it.level == Gpu ? it.node : it.index;
    const auto name = [&] { return it.level == Gpu ? tr("GPU %1").arg(shape.nodes[it.node].numberOf(it.index)) : QString::fromStdString(nameOf(shape, it.level, it.index)); };
    const auto cluster = clustersOf(shape, it.level, number).first;
    switch (role) {
    case LevelRole: return static_cast<int>(it.level);
    case TallyRole: return QVariant::fromValue(tally(it));
    case CacheRole: return m_snapshot->fromCache(cluster);
    case PastRole: return m_snapshot->isPast();
    case AgeLimitRole: return static_cast<double>(m_snapshot->staleAfter().count());
    case StaleRole: return m_snapshot->isStale(cluster);
    case AgeRole: {
        const auto age = ageSeconds(oldestOf(*m_snapshot, it.level, number), m_snapshot->asOf());
        return age ? QVariant(*age) : QVariant();
    }
    case Qt::TextAlignmentRole: return static_cast<int>(Qt::AlignVCenter | (index.column() >= Gpus ? Qt::AlignRight : Qt::AlignLeft));
    default: break;
    }
    if (role != Qt::DisplayRole && role != SortRole && role != Qt::AccessibleTextRole)
        return {};
    if (index.column() == Name)
        return name();
    const auto counts = tally(it);
    const bool raw = role == SortRole;
    const auto shown = [&](std::uint64_t value) { return raw ? QVariant(static_cast<qulonglong>(value)) : QVariant(format::count(value)); };
    // Of what is silent as a whole nothing is known, which is no zero.
    const bool isSilent = counts.gpus > 0 && counts.count(GpuState::Unknown) == counts.gpus;
    const auto notKnown = raw ? QVariant(-1) : QVariant(QStringLiteral("–"));
    switch (static_cast<Column>(index.column())) {
    case Name: break;
    case States: return raw ? QVariant(counts.percent(GpuState::Busy)) : QVariant();
    case Gpus: return shown(counts.gpus);
    case Busy: return isSilent ? notKnown : raw ? QVariant(counts.percent(GpuState::Busy)) : QVariant(format::share(counts.percent(GpuState::Busy)));
    case Free: return isSilent ? notKnown : shown(counts.count(GpuState::Free));
    case Unhealthy: return isSilent ? notKnown : shown(counts.count(GpuState::Unhealthy));
    case Unknown: return shown(counts.count(GpuState::Unknown));
    case Utilisation: {
        const auto mean = counts.utilisation.mean();
        return raw ? QVariant(mean.value_or(-1)) : QVariant(mean ? format::share(*mean) : QStringLiteral("–"));
    }
    case Age: {
        const auto age = data(index, AgeRole);
        return raw ? age : QVariant(format::age(age.isValid() ? std::optional(age.toDouble()) : std::nullopt));
    }
    case ColumnCount: break;
    }
    return {};
}

QVariant FleetTreeModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return static_cast<int>(Qt::AlignVCenter | (section >= Gpus ? Qt::AlignRight : Qt::AlignLeft));
    if (role != Qt::DisplayRole)
        return {};
    switch (static_cast<Column>(section)) {
    case Name: return tr("Provider, region, cluster");
    case States: return tr("States");
    case Gpus: return tr("GPUs");
    case Busy: return tr("Busy %");
    case Free: return tr("Free");
    case Unhealthy: return tr("Unhealthy");
    case Unknown: return tr("Unknown");
    case Utilisation: return tr("Util. %");
    case Age: return tr("Age");
    case ColumnCount: break;
    }
    return {};
}

} // namespace penstock
