// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "models/eventmodel.h"

#include <QDateTime>
#include <QStringList>
#include <algorithm>

#include "models/format.h"
#include "models/troublemodel.h"

namespace penstock {

namespace {

    QString placeText(const FleetEvent& event)
    {
        QStringList path;
        for (const auto* part : { &event.provider, &event.region, &event.cluster, &event.node })
            if (!part->empty())
                path << QString::fromStdString(*part);
        return path.isEmpty() ? QString::fromStdString(event.endpoint) : path.join(QStringLiteral(" / "));
    }

    QString reasonOf(Health health)
    {
        Trouble trouble;
        trouble.health = health;
        return reasonText(trouble);
    }

    QString whatText(const FleetEvent& event)
    {
        const auto from = QString::fromStdString(event.before), to = QString::fromStdString(event.workload);
        switch (event.kind) {
        case FleetEvent::Kind::Unhealthy: return reasonOf(event.health);
        case FleetEvent::Kind::Healthy: return EventModel::tr("in service again (%1)").arg(reasonOf(event.health));
        case FleetEvent::Kind::Lost: return event.node.empty() && event.cluster.empty() ? EventModel::tr("lost: %1 is silent").arg(QString::fromStdString(event.endpoint)) : EventModel::tr("lost");
        case FleetEvent::Kind::Back: return EventModel::tr("heard of again");
        case FleetEvent::Kind::Workload: return to.isEmpty() ? EventModel::tr("%1 lets go").arg(from) : from.isEmpty() ? EventModel::tr("%1 takes them").arg(to) : EventModel::tr("%1 takes them from %2").arg(to, from);
        case FleetEvent::Kind::Removed: return EventModel::tr("gone from the inventory");
        case FleetEvent::Kind::Added: return EventModel::tr("new in the inventory");
        }
        return {};
    }

    /// Whether `one` from `at` on goes as `other` does, as far as both go.
    bool goesOn(const std::vector<FleetEvent>& one, std::ptrdiff_t at, const std::vector<FleetEvent>& other)
    {
        const auto count = std::min(std::ssize(one) - at, std::ssize(other));
        return std::equal(one.begin() + at, one.begin() + at + count, other.begin());
    }

} // namespace

bool isBad(FleetEvent::Kind kind) { return kind == FleetEvent::Kind::Unhealthy || kind == FleetEvent::Kind::Lost || kind == FleetEvent::Kind::Removed; }

QString eventText(const FleetEvent& event)
{
    return EventModel::tr("%1 GPUs: %2 (%3)").arg(format::count(event.gpus), whatText(event), placeText(event));
}

void EventModel::show(const std::vector<FleetEvent>& events)
{
    std::vector<FleetEvent> next(events.rbegin(), events.rend());
    const auto at = [](const std::vector<FleetEvent>& list, const std::vector<FleetEvent>& of) {
        const auto found = of.empty() ? list.end() : std::ranges::find(list, of.front());
        return found != list.end() && goesOn(list, found - list.begin(), of) ? static_cast<int>(found - list.begin()) : -1;
    };
    const int newer = at(next, m_events), older = newer < 0 ? at(m_events, next) : -1;
    if (newer < 0 && older < 0) {
        if (next.empty() && m_events.empty())
            return;
        beginResetModel();
        m_events = std::move(next);
        endResetModel();
        return;
    }
    if (older > 0) {
        beginRemoveRows({}, 0, older - 1);
        m_events.erase(m_events.begin(), m_events.begin() + older);
        endRemoveRows();
    } else if (newer > 0) {
        beginInsertRows({}, 0, newer - 1);
        m_events.insert(m_events.begin(), next.begin(), next.begin() + newer);
        endInsertRows();
    }
    const auto have = std::ssize(m_events), want = std::ssize(next);
    if (have > want) {
        beginRemoveRows({}, static_cast<int>(want), static_cast<int>(have) - 1);
        m_events.resize(next.size());
        endRemoveRows();
    } else if (have < want) {
        beginInsertRows({}, static_cast<int>(have), static_cast<int>(want) - 1);
        m_events.insert(m_events.end(), next.begin() + have, next.end());
        endInsertRows();
    }
}

int EventModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_events.size()); }
int EventModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant EventModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const auto& event = m_events[static_cast<std::size_t>(index.row())];
    const auto when = std::chrono::duration_cast<std::chrono::milliseconds>(event.at.time_since_epoch()).count();
    if (role == BadRole)
        return isBad(event.kind);
    if (role == ProviderRole)
        return QString::fromStdString(event.provider);
    if (role == Qt::TextAlignmentRole && index.column() == Gpus)
        return QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole)
        return eventText(event);
    if (role != Qt::DisplayRole && role != SortRole)
        return {};
    switch (static_cast<Column>(index.column())) {
    case At: return role == SortRole ? QVariant(static_cast<qlonglong>(when)) : QDateTime::fromMSecsSinceEpoch(when, Qt::UTC).toString(QStringLiteral("HH:mm:ss"));
    case What: return whatText(event);
    case Gpus: return role == SortRole ? QVariant(event.gpus) : QVariant(format::count(event.gpus));
    case Place: return placeText(event);
    case ColumnCount: break;
    }
    return {};
}

QVariant EventModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue((section == Gpus ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (static_cast<Column>(section)) {
    case At: return tr("At (UTC)");
    case What: return tr("Event");
    case Gpus: return tr("GPUs");
    case Place: return tr("Where");
    case ColumnCount: break;
    }
    return {};
}

} // namespace penstock
