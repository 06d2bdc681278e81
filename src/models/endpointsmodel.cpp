// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "models/endpointsmodel.h"

#include "models/format.h"

namespace penstock {

void EndpointsModel::show(const std::vector<EndpointStatus>& endpoints, Time now)
{
    m_now = now;
    if (endpoints.size() != m_endpoints.size()) {
        beginResetModel();
        m_endpoints = endpoints;
        endResetModel();
        return;
    }
    m_endpoints = endpoints;
    if (!m_endpoints.empty())
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

const EndpointStatus* EndpointsModel::endpoint(int row) const
{
    return row >= 0 && static_cast<std::size_t>(row) < m_endpoints.size() ? &m_endpoints[static_cast<std::size_t>(row)] : nullptr;
}

int EndpointsModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_endpoints.size()); }
int EndpointsModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant EndpointsModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const auto& it = m_endpoints[static_cast<std::size_t>(index.row())];
    const auto age = ageSeconds(it.observed, m_now);
    switch (role) {
    case ProviderRole: return QString::fromStdString(it.provider);
    case AgeRole: return age ? QVariant(*age) : QVariant();
    case CacheRole: return it.fromCache;
    case AgeLimitRole: return static_cast<double>(it.staleAfter.count());
    case StaleRole: return it.stale;
    case FailingRole: return it.connection == Connection::Failing;
    case PartialRole: return it.partial.has_value();
    case RecentRole: return QVariant::fromValue(it.recentRates);
    case SortRole:
        switch (static_cast<Column>(index.column())) {
        case Age: return age ? QVariant(*age) : QVariant(1e18);
        case Gpus: return QVariant(static_cast<qulonglong>(it.gpus));
        case Samples:
        case Recent: return it.samplesPerSecond;
        case Errors: return it.errorsLastHour;
        default: return data(index);
        }
    case Qt::TextAlignmentRole:
        return static_cast<int>(Qt::AlignVCenter | (index.column() >= Age && index.column() <= Errors && index.column() != Recent ? Qt::AlignRight : Qt::AlignLeft));
    case Qt::ToolTipRole: // a narrow window cuts it short
        return index.column() == Note || index.column() == Kind ? data(index) : QVariant();
    case Qt::DisplayRole: break;
    default: return {};
    }
    switch (static_cast<Column>(index.column())) {
    case Name: return QString::fromStdString(it.name);
    case Kind:
        // "dcgm, dcgm-exporter, driver 550.1" says the same twice.
        if (const std::string itself = it.kind + "-exporter, "; it.version.starts_with(itself))
            return QString::fromStdString(it.kind + ", " + it.version.substr(itself.size()));
        return QString::fromStdString(it.version.empty() ? it.kind : it.kind + ", " + it.version);
    case Age: return format::age(age);
    case Gpus: return it.hasTold() ? format::count(it.gpus) : QStringLiteral("–");
    case Samples: return format::rate(it.samplesPerSecond);
    case Recent: return {};
    case Errors: return format::count(it.errorsLastHour);
    case Note:
        if (it.connection == Connection::Failing && it.error)
            return QString::fromStdString(it.error->what);
        if (it.partial)
            return QString::fromStdString(it.partial->what);
        if (it.stale)
            return tr("silent for too long: its GPUs count as unknown");
        if (it.fromCache)
            return tr("from the cache, not heard from yet");
        if (it.connection == Connection::Connecting)
            return tr("connecting");
        if (it.refusedFrames > 0)
            return tr("refused frames (%1): %2").arg(it.refusedFrames).arg(QString::fromStdString(it.refusedReason));
        return it.simulated ? tr("simulated") : QString();
    case ColumnCount: break;
    }
    return {};
}

QVariant EndpointsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return static_cast<int>(Qt::AlignVCenter | (section >= Age && section <= Errors && section != Recent ? Qt::AlignRight : Qt::AlignLeft));
    if (role != Qt::DisplayRole)
        return {};
    switch (static_cast<Column>(section)) {
    case Name: return tr("Endpoint");
    case Kind: return tr("Kind");
    case Age: return tr("Age");
    case Gpus: return tr("GPUs");
    case Samples: return tr("Samples");
    case Recent: return tr("Last 5 min");
    case Errors: return tr("Errors/h");
    case Note: return tr("Note");
    case ColumnCount: break;
    }
    return {};
}

} // namespace penstock
