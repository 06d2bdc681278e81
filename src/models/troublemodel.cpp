// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "models/troublemodel.h"

#include <QCoreApplication>
#include <QDateTime>
#include <algorithm>
#include <array>
#include <tuple>
#include <unordered_map>

#include "base/timetext.h"
#include "fleet/xid.h"
#include "models/format.h"
#include "models/places.h"

namespace penstock {

namespace {

    /// These are all of them, for the translators.
    [[maybe_unused]] constexpr std::array words {
        QT_TRANSLATE_NOOP("Trouble", "graphics engine exception"), QT_TRANSLATE_NOOP("Trouble", "GPU memory page fault"), QT_TRANSLATE_NOOP("Trouble", "corrupted push buffer"),
        QT_TRANSLATE_NOOP("Trouble", "GPU stopped processing, channel reset"), QT_TRANSLATE_NOOP("Trouble", "preemptive cleanup after another error"),
        QT_TRANSLATE_NOOP("Trouble", "GPU stopped processing, timeout"), QT_TRANSLATE_NOOP("Trouble", "uncorrectable (double-bit) memory error"),
        QT_TRANSLATE_NOOP("Trouble", "auxiliary power is not connected"), QT_TRANSLATE_NOOP("Trouble", "internal micro-controller halt"),
        QT_TRANSLATE_NOOP("Trouble", "row remap or page retirement recorded"), QT_TRANSLATE_NOOP("Trouble", "row remap or page retirement failed"),
        QT_TRANSLATE_NOOP("Trouble", "NVDEC0 exception"), QT_TRANSLATE_NOOP("Trouble", "graphics class error"), QT_TRANSLATE_NOOP("Trouble", "NVLink error"),
        QT_TRANSLATE_NOOP("Trouble", "vGPU start error"), QT_TRANSLATE_NOOP("Trouble", "fallen off the bus"), QT_TRANSLATE_NOOP("Trouble", "high rate of corrected memory errors"),
        QT_TRANSLATE_NOOP("Trouble", "InfoROM wear limit"), QT_TRANSLATE_NOOP("Trouble", "contained memory error"), QT_TRANSLATE_NOOP("Trouble", "uncontained memory error"),
        QT_TRANSLATE_NOOP("Trouble", "context switch timeout"), QT_TRANSLATE_NOOP("Trouble", "security fault"), QT_TRANSLATE_NOOP("Trouble", "GSP RPC timeout"),
        QT_TRANSLATE_NOOP("Trouble", "GSP error"), QT_TRANSLATE_NOOP("Trouble", "C2C link error"), QT_TRANSLATE_NOOP("Trouble", "link training failed"),
        QT_TRANSLATE_NOOP("Trouble", "NVLink privilege error"), QT_TRANSLATE_NOOP("Trouble", "unrecovered memory error"), QT_TRANSLATE_NOOP("Trouble", "GPU initialisation error"),
        QT_TRANSLATE_NOOP("Trouble", "NVLink SAW error"), QT_TRANSLATE_NOOP("Trouble", "NVLink RLW error"), QT_TRANSLATE_NOOP("Trouble", "NVLink TLW error"),
        QT_TRANSLATE_NOOP("Trouble", "NVLink TREX error"), QT_TRANSLATE_NOOP("Trouble", "NVLink NVLPW_CTRL error"), QT_TRANSLATE_NOOP("Trouble", "NVLink NETIR error"),
        QT_TRANSLATE_NOOP("Trouble", "NVLink MSE error"), QT_TRANSLATE_NOOP("Trouble", "key rotation error"), QT_TRANSLATE_NOOP("Trouble", "the recovery action changed"),
        QT_TRANSLATE_NOOP("Trouble", "NVLink software error"), QT_TRANSLATE_NOOP("Trouble", "resource retirement"), QT_TRANSLATE_NOOP("Trouble", "resource retirement failed"),
        QT_TRANSLATE_NOOP("Trouble", "fatal timeout"), QT_TRANSLATE_NOOP("Trouble", "channel retirement"), QT_TRANSLATE_NOOP("Trouble", "channel retirement failed"),
        QT_TRANSLATE_NOOP("Trouble", "fatal PCIe timeout"), QT_TRANSLATE_NOOP("Trouble", "reduced GPU memory capacity"), QT_TRANSLATE_NOOP("Trouble", "uncorrectable DRAM error"),
        QT_TRANSLATE_NOOP("Trouble", "uncorrectable SRAM error"), QT_TRANSLATE_NOOP("Trouble", "restart the application"), QT_TRANSLATE_NOOP("Trouble", "none"),
        QT_TRANSLATE_NOOP("Trouble", "look at the other XID"), QT_TRANSLATE_NOOP("Trouble", "reset the GPU"), QT_TRANSLATE_NOOP("Trouble", "check the power cables"),
        QT_TRANSLATE_NOOP("Trouble", "reset the GPU at the next occasion"), QT_TRANSLATE_NOOP("Trouble", "reset the GPU, then support"),
        QT_TRANSLATE_NOOP("Trouble", "drain multi-GPU jobs, check the links"), QT_TRANSLATE_NOOP("Trouble", "update driver and firmware"),
        QT_TRANSLATE_NOOP("Trouble", "reboot the node, then support"), QT_TRANSLATE_NOOP("Trouble", "support"), QT_TRANSLATE_NOOP("Trouble", "follow NVIDIA's NVLink 5 workflow"),
        QT_TRANSLATE_NOOP("Trouble", "restart the virtual machine"), QT_TRANSLATE_NOOP("Trouble", "look at the recovery action and the XID before it"),
        QT_TRANSLATE_NOOP("Trouble", "look into it"), QT_TRANSLATE_NOOP("Trouble", "its source is silent"), QT_TRANSLATE_NOOP("Trouble", "silent"),
        QT_TRANSLATE_NOOP("Trouble", "a health check failed, or its driver asks for a reset"), QT_TRANSLATE_NOOP("Trouble", "row remap failed"),
        QT_TRANSLATE_NOOP("Trouble", "off the bus: its exporter no longer shows it"), QT_TRANSLATE_NOOP("Trouble", "slowed down by heat or power"),
        QT_TRANSLATE_NOOP("Trouble", "unhealthy, its source does not say why"), QT_TRANSLATE_NOOP("Trouble", "not in the list of known ones"),
        QT_TRANSLATE_NOOP("Trouble", "look at the endpoint"), QT_TRANSLATE_NOOP("Trouble", "dcgmi health -c on its node says which"), QT_TRANSLATE_NOOP("Trouble", "254 or above, not in the list of known ones"), QT_TRANSLATE_NOOP("Trouble", "see whether its node and its exporter run"), QT_TRANSLATE_NOOP("Trouble", "held, and nobody measures what it does"),
        QT_TRANSLATE_NOOP("Trouble", "let an exporter run on its node"), QT_TRANSLATE_NOOP("Trouble", "look at cooling and power")
    };

    QString translated(std::string_view text) { return text.empty() ? QString() : QCoreApplication::translate("Trouble", std::string(text).c_str()); }

    /// Of one shape of the fleets.
    std::uint64_t idOf(const Trouble& it) { return std::uint64_t { it.place.node } << 32 | std::uint64_t { it.place.gpu } << 1 | (it.wholeCluster ? 1U : 0U); }

    QDateTime dateOf(Time at) { return QDateTime::fromMSecsSinceEpoch(std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count(), Qt::UTC); }

    /// The day only where it is another one.
    QString timeText(std::optional<Time> at, Time now)
    {
        if (!at)
            return QStringLiteral("–");
        const auto date = dateOf(*at);
        return date.date() == dateOf(now).date() ? date.toString(QStringLiteral("HH:mm:ss")) : date.toString(QStringLiteral("d MMM HH:mm"));
    }

} // namespace

QString reasonText(const Trouble& it)
{
    const auto reason = reasonOf(it);
    const auto what = reason.xid == 0 ? translated(reason.what) : TroubleModel::tr("XID %1, %2").arg(reason.xid).arg(translated(reason.what));
    return reason.silent ? TroubleModel::tr("%1; silent now").arg(what) : what;
}

QString actionText(const Trouble& it) { return translated(reasonOf(it).action); }

void TroubleModel::show(const SnapshotPtr& snapshot, const Scope& scope)
{
    auto found = troubles(*snapshot, scope, most);
    const bool otherShape = !m_snapshot || m_snapshot->structure().version != snapshot->structure().version;
    m_gpus = found.gpus;
    m_left = found.left;
    if (otherShape)
        beginResetModel();
    m_snapshot = snapshot;
    arrange(found.list);
    if (!otherShape)
        return take(std::move(found.list));
    m_list = std::move(found.list);
    endResetModel();
}

void TroubleModel::arrange(std::vector<Trouble>& list) const
{
    const auto& shape = m_snapshot->structure();
    const auto& workloads = m_snapshot->workloads();
    const auto nodeOf = [&](const Trouble& it) -> const auto& { return shape.nodes[it.place.node]; };
    const auto by = [&](auto key) {
        std::ranges::stable_sort(list, [&](const Trouble& a, const Trouble& b) { return m_sortOrder == Qt::AscendingOrder ? key(a) < key(b) : key(b) < key(a); });
    };
    switch (m_sortColumn) {
    case Reason:
    case Action: by([](const Trouble& it) { return std::tuple(it.state == GpuState::Unknown, kindOf(it.health), it.health); }); break;
    case Node: by([&](const Trouble& it) { return std::string_view(nodeOf(it).name); }); break;
    case Gpu: by([&](const Trouble& it) { return it.wholeCluster ? it.gpus + 0x1'0000 : nodeOf(it).numberOf(it.place.gpu); }); break;
    case Cluster: by([&](const Trouble& it) { return std::string_view(shape.clusters[nodeOf(it).cluster].name); }); break;
    case Region: by([&](const Trouble& it) { return std::string_view(shape.regions[shape.clusters[nodeOf(it).cluster].region].name); }); break;
    case Provider: by([&](const Trouble& it) { return std::string_view(shape.providerOf(shape.clusters[nodeOf(it).cluster]).name); }); break;
    case Workload: by([&](const Trouble& it) { return it.workload == noWorkload ? std::string_view() : std::string_view(workloads[it.workload]); }); break;
    case FirstSeen: by([](const Trouble& it) { return it.firstSeen; }); break;
    case LastSeen: by([](const Trouble& it) { return it.lastSeen; }); break;
    default: break;
    }
}

void TroubleModel::take(std::vector<Trouble> list)
{
    std::unordered_map<std::uint64_t, std::size_t> next;
    for (std::size_t i = 0; i < list.size(); ++i)
        next.emplace(idOf(list[i]), i);
    for (auto end = m_list.size(); end > 0;) {
        if (next.contains(idOf(m_list[end - 1]))) {
            --end;
            continue;
        }
        auto begin = end - 1;
        while (begin > 0 && !next.contains(idOf(m_list[begin - 1])))
            --begin;
        beginRemoveRows({}, static_cast<int>(begin), static_cast<int>(end) - 1);
        m_list.erase(m_list.begin() + static_cast<std::ptrdiff_t>(begin), m_list.begin() + static_cast<std::ptrdiff_t>(end));
        endRemoveRows();
        end = begin;
    }
    for (const auto& it : m_list)
        next.erase(idOf(it));
    if (!next.empty()) {
        beginInsertRows({}, static_cast<int>(m_list.size()), static_cast<int>(m_list.size() + next.size()) - 1);
        for (const auto& it : list)
            if (next.contains(idOf(it)))
                m_list.push_back(it);
        endInsertRows();
    }
    reorder(std::move(list));
}

void TroubleModel::reorder(std::vector<Trouble> list)
{
    if (!std::ranges::equal(m_list, list, {}, idOf, idOf)) {
        emit layoutAboutToBeChanged({}, VerticalSortHint);
        std::unordered_map<std::uint64_t, int> rows;
        for (std::size_t i = 0; i < list.size(); ++i)
            rows.emplace(idOf(list[i]), static_cast<int>(i));
        QModelIndexList from = persistentIndexList(), to;
        for (const auto& index : from)
            to << createIndex(rows.at(idOf(m_list[static_cast<std::size_t>(index.row())])), index.column());
        m_list = std::move(list);
        changePersistentIndexList(from, to);
        emit layoutChanged({}, VerticalSortHint);
    } else
        m_list = std::move(list);
    if (!m_list.empty())
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

void TroubleModel::sort(int column, Qt::SortOrder order)
{
    m_sortColumn = column;
    m_sortOrder = order;
    if (!m_snapshot)
        return;
    auto list = m_list;
    std::ranges::sort(list, {}, [](const Trouble& it) { return std::pair(it.place.node, it.place.gpu); });
    arrange(list);
    reorder(std::move(list));
}

const Trouble* TroubleModel::trouble(int row) const { return row >= 0 && row < rowCount() ? &m_list[static_cast<std::size_t>(row)] : nullptr; }

int TroubleModel::find(const GpuPlace& place) const
{
    const auto found = std::ranges::find(m_list, place, &Trouble::place);
    return found == m_list.end() ? -1 : static_cast<int>(found - m_list.begin());
}

int TroubleModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_list.size()); }
int TroubleModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QString TroubleModel::text(const Trouble& it, Column column) const
{
    const auto& shape = m_snapshot->structure();
    const auto& node = shape.nodes[it.place.node];
    const auto& cluster = shape.clusters[node.cluster];
    switch (column) {
    case Reason: return reasonText(it);
    case Action: return actionText(it);
    case Node: return it.wholeCluster ? tr("all nodes") : QString::fromStdString(node.name);
    case Gpu: return it.wholeCluster ? tr("all %1").arg(format::count(it.gpus)) : QString::number(node.numberOf(it.place.gpu));
    case Cluster: return QString::fromStdString(cluster.name);
    case Region: return QString::fromStdString(shape.regions[cluster.region].name);
    case Provider: return QString::fromStdString(shape.providerOf(cluster).name);
    case Workload: return it.workload == noWorkload ? QStringLiteral("–") : QString::fromStdString(m_snapshot->workloads()[it.workload]);
    case FirstSeen: return timeText(it.firstSeen, m_snapshot->asOf());
    case LastSeen: return timeText(it.lastSeen, m_snapshot->asOf());
    case ColumnCount: break;
    }
    return {};
}

QVariant TroubleModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const auto& it = m_list[static_cast<std::size_t>(index.row())];
    const auto column = static_cast<Column>(index.column());
    const auto seconds = [](std::optional<Time> at) { return at ? QVariant(static_cast<qlonglong>(std::chrono::duration_cast<std::chrono::seconds>(at->time_since_epoch()).count())) : QVariant(); };
    switch (role) {
    case StateRole: return static_cast<int>(it.state);
    case ProviderRole: return text(it, Provider);
    case SortRole: return column == FirstSeen ? seconds(it.firstSeen) : column == LastSeen ? seconds(it.lastSeen) : column == Gpu ? QVariant(m_snapshot->structure().nodes[it.place.node].numberOf(it.place.gpu)) : QVariant(text(it, column));
    case Qt::TextAlignmentRole: return static_cast<int>(Qt::AlignVCenter | (column >= FirstSeen ? Qt::AlignRight : Qt::AlignLeft));
    case Qt::ToolTipRole:
        if (column == Reason)
            if (const auto action = actionText(it); !action.isEmpty())
                return tr("%1. What to do: %2").arg(reasonText(it), action);
        if (column == Gpu && !it.wholeCluster) {
            const auto uuid = m_snapshot->structure().nodes[it.place.node].uuidOf(it.place.gpu);
            return uuid.empty() ? QVariant() : QVariant(QString::fromStdString(uuid));
        }
        if (column == Node && !it.wholeCluster)
            return text(it, Node) + QLatin1Char('\n') + regionAndZone(m_snapshot->structure(), m_snapshot->structure().nodes[it.place.node]);
        if (column == FirstSeen && it.firstSeen)
            return tr("%1 UTC, %2 ago; it may have begun earlier").arg(dateOf(*it.firstSeen).toString(QStringLiteral("yyyy-MM-dd HH:mm:ss")), format::age(ageSeconds(it.firstSeen, m_snapshot->asOf())));
        if (column == LastSeen && it.lastSeen)
            return tr("%1 UTC, %2 ago").arg(dateOf(*it.lastSeen).toString(QStringLiteral("yyyy-MM-dd HH:mm:ss")), format::age(ageSeconds(it.lastSeen, m_snapshot->asOf())));
        return text(it, column);
    case Qt::AccessibleTextRole:
    case Qt::DisplayRole: return text(it, column);
    default: return {};
    }
}

QVariant TroubleModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return static_cast<int>(Qt::AlignVCenter | (section >= FirstSeen ? Qt::AlignRight : Qt::AlignLeft));
    if (role == Qt::ToolTipRole)
        return section == FirstSeen ? tr("When it was first seen in this state, UTC; it may have begun earlier") : section == LastSeen ? tr("When it was last heard of, UTC") : QVariant();
    if (role != Qt::DisplayRole)
        return {};
    switch (static_cast<Column>(section)) {
    case Reason: return tr("Reason");
    case Action: return tr("What to do");
    case Node: return tr("Node");
    case Gpu: return tr("GPU");
    case Cluster: return tr("Cluster");
    case Region: return tr("Region");
    case Provider: return tr("Provider");
    case Workload: return tr("Workload");
    case FirstSeen: return tr("First seen");
    case LastSeen: return tr("Last seen");
    case ColumnCount: break;
    }
    return {};
}

QString TroubleModel::copyOf(const std::vector<int>& rows, As as) const
{
    const auto field = [&](const QString& value) {
        if (as == As::Text || !(value.contains(QLatin1Char(',')) || value.contains(QLatin1Char('"')) || value.contains(QLatin1Char('\n'))))
            return value;
        return QLatin1Char('"') + QString(value).replace(QLatin1Char('"'), QStringLiteral("\"\"")) + QLatin1Char('"');
    };
    const auto line = [&](const QStringList& fields) { return fields.join(QLatin1Char(as == As::Text ? '\t' : ',')) + QLatin1Char('\n'); };
    const auto time = [](std::optional<Time> at) { return at ? QString::fromStdString(rfc3339(*at, TimeDigits::Milliseconds)) : QString(); };
    QStringList head;
    for (int column = 0; column < ColumnCount; ++column)
        head << headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    auto made = line(head);
    for (const auto row : rows) {
        const auto& it = m_list[static_cast<std::size_t>(row)];
        QStringList fields;
        for (int column = 0; column < ColumnCount; ++column)
            fields << field(column == FirstSeen ? time(it.firstSeen) : column == LastSeen ? time(it.lastSeen) : text(it, static_cast<Column>(column)));
        made += line(fields);
    }
    return made;
}

} // namespace penstock
