// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "models/fleettreemodel.h"

#include <algorithm>

#include "models/format.h"

namespace penstock {

namespace {

    // An index carries what it stands for: 3 bits of level, the number, and for a GPU its place in the node.
    quintptr pack(FleetTreeModel::Level level, std::uint32_t index, std::uint32_t gpu = 0)
    {
        return (static_cast<quintptr>(index) << 16) | (static_cast<quintptr>(gpu) << 3) | static_cast<quintptr>(level);
    }
    static_assert(sizeof(quintptr) == 8, "indices hold a node number of 32 bits");

} // namespace

FleetTreeModel::FleetTreeModel(QObject* parent) : QAbstractItemModel(parent) {}

FleetTreeModel::Place FleetTreeModel::place(const QModelIndex& index) const
{
    if (!index.isValid())
        return {};
    const auto id = index.internalId();
    const auto level = static_cast<Level>(id & 7);
    const auto number = static_cast<std::uint32_t>(id >> 16);
    if (level == Gpu)
        return { Gpu, static_cast<std::uint32_t>((id >> 3) & 0x1FFF), number };
    return { level, number, level == Node ? number : 0 };
}

QModelIndex FleetTreeModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    const auto& shape = m_snapshot->structure();
    const auto at = static_cast<std::uint32_t>(row);
    const auto it = place(parent);
    switch (it.level) {
    case Root: return createIndex(row, column, pack(Provider, at));
    case Provider: return createIndex(row, column, pack(Region, shape.providers[it.index].firstRegion + at));
    case Region: return createIndex(row, column, pack(Cluster, shape.regions[it.index].firstCluster + at));
    case Cluster: return createIndex(row, column, pack(Node, shape.clusters[it.index].firstNode + at));
    case Node: return createIndex(row, column, pack(Gpu, it.index, at));
    case Gpu: break;
    }
    return {};
}

QModelIndex FleetTreeModel::parent(const QModelIndex& child) const
{
    if (!m_snapshot || !child.isValid())
        return {};
    const auto& shape = m_snapshot->structure();
    const auto it = place(child);
    switch (it.level) {
    case Root:
    case Provider: return {};
    case Region: {
        const auto provider = shape.regions[it.index].provider;
        return createIndex(static_cast<int>(provider), 0, pack(Provider, provider));
    }
    case Cluster: {
        const auto region = shape.clusters[it.index].region;
        return createIndex(static_cast<int>(region - shape.providers[shape.regions[region].provider].firstRegion), 0, pack(Region, region));
    }
    case Node: {
        const auto cluster = shape.nodes[it.index].cluster;
        return createIndex(static_cast<int>(cluster - shape.regions[shape.clusters[cluster].region].firstCluster), 0, pack(Cluster, cluster));
    }
    case Gpu:
        return createIndex(static_cast<int>(it.node - shape.clusters[shape.nodes[it.node].cluster].firstNode), 0, pack(Node, it.node));
    }
    return {};
}

int FleetTreeModel::rowCount(const QModelIndex& parent) const
{
    if (!m_snapshot || parent.column() > 0)
        return 0;
    const auto& shape = m_snapshot->structure();
    const auto it = place(parent);
    switch (it.level) {
    case Root: return static_cast<int>(shape.providers.size());
    case Provider: return static_cast<int>(shape.providers[it.index].regions);
    case Region: return static_cast<int>(shape.regions[it.index].clusters);
    case Cluster: return static_cast<int>(shape.clusters[it.index].nodes);
    case Node: return static_cast<int>(shape.nodes[it.index].gpus);
    case Gpu: return 0;
    }
    return 0;
}

int FleetTreeModel::columnCount(const QModelIndex&) const { return ColumnCount; }

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

std::uint32_t FleetTreeModel::firstCluster(const Place& it) const
{
    const auto& shape = m_snapshot->structure();
    switch (it.level) {
    case Root: return 0;
    case Provider: return shape.regions[shape.providers[it.index].firstRegion].firstCluster;
    case Region: return shape.regions[it.index].firstCluster;
    case Cluster: return it.index;
    case Node:
    case Gpu: return shape.nodes[it.node].cluster;
    }
    return 0;
}

QVariant FleetTreeModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const auto it = place(index);
    const auto& shape = m_snapshot->structure();
    const auto name = [&]() -> QString {
        switch (it.level) {
        case Provider: return QString::fromStdString(shape.providers[it.index].name);
        case Region: return QString::fromStdString(shape.regions[it.index].name);
        case Cluster: return QString::fromStdString(shape.clusters[it.index].name);
        case Node: return QString::fromStdString(shape.nodes[it.index].name);
        case Gpu: return tr("GPU %1").arg(it.index);
        case Root: break;
        }
        return {};
    };
    const auto cluster = firstCluster(it);
    switch (role) {
    case LevelRole: return static_cast<int>(it.level);
    case TallyRole: return QVariant::fromValue(tally(it));
    case CacheRole: return m_snapshot->fromCache(cluster);
    case StaleRole: return m_snapshot->isStale(cluster);
    case AgeRole: {
        // The oldest below it: a provider is as old as its worst cluster.
        std::optional<Time> oldest;
        const auto end = it.level == Provider ? firstCluster({ Region, shape.providers[it.index].firstRegion + shape.providers[it.index].regions - 1, 0 })
                + shape.regions[shape.providers[it.index].firstRegion + shape.providers[it.index].regions - 1].clusters
            : it.level == Region ? cluster + shape.regions[it.index].clusters : cluster + 1;
        for (auto c = cluster; c < end; ++c)
            if (const auto seen = m_snapshot->observed(c); seen && (!oldest || *seen < *oldest))
                oldest = seen;
        const auto age = ageSeconds(oldest, m_snapshot->asOf());
        return age ? QVariant(*age) : QVariant();
    }
    case SearchRole: {
        if (it.level != Node && it.level != Gpu)
            return name();
        const auto& node = shape.nodes[it.node];
        QString text = name() + QStringLiteral(" model:") + QString::fromStdString(shape.models[node.model]);
        const auto counts = tally(it);
        for (const auto state : gpuStatesInOrder)
            if (counts.count(state) > 0)
                text += QStringLiteral(" state:") + QString::fromUtf8(penstock::name(state).data(), static_cast<qsizetype>(penstock::name(state).size()));
        return text;
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
    const auto number = [&](std::uint64_t value) { return raw ? QVariant(static_cast<qulonglong>(value)) : QVariant(format::count(value)); };
    switch (static_cast<Column>(index.column())) {
    case Name: break;
    case States: return raw ? QVariant(counts.percent(GpuState::Busy)) : QVariant();
    case Gpus: return number(counts.gpus);
    case Busy: return raw ? QVariant(counts.percent(GpuState::Busy)) : QVariant(format::share(counts.percent(GpuState::Busy)));
    case Free: return number(counts.count(GpuState::Free));
    case Unhealthy: return number(counts.count(GpuState::Unhealthy));
    case Unknown: return number(counts.count(GpuState::Unknown));
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

void FleetTreeModel::show(SnapshotPtr snapshot)
{
    const bool sameShape = m_snapshot && m_snapshot->structure().version == snapshot->structure().version;
    if (!sameShape) {
        // A new shape renumbers everything; who is selected is found again by name by the view.
        beginResetModel();
        m_snapshot = std::move(snapshot);
        endResetModel();
        return;
    }
    m_snapshot = std::move(snapshot);
    if (const int rows = rowCount(); rows > 0)
        emit dataChanged(index(0, 0), index(rows - 1, ColumnCount - 1));
}

FleetFilterProxy::FleetFilterProxy(QObject* parent) : QSortFilterProxyModel(parent)
{
    setSortRole(FleetTreeModel::SortRole);
    setRecursiveFilteringEnabled(true);
    setAutoAcceptChildRows(true);
}

void FleetFilterProxy::setText(const QString& text)
{
    m_words = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    setAutoAcceptChildRows(!text.contains(QLatin1String("state:")));
    invalidateFilter();
}

bool FleetFilterProxy::filterAcceptsRow(int row, const QModelIndex& parent) const
{
    if (m_words.isEmpty())
        return true;
    const auto text = sourceModel()->index(row, 0, parent).data(FleetTreeModel::SearchRole).toString();
    return std::ranges::all_of(m_words, [&](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
}

} // namespace penstock
