// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "models/boardmodel.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/format.h"

namespace penstock {

/// "H100 80GB" of "H100 80GB SXM": the form is rarely what matters here, and the tooltip has it.
static QString shortModel(const std::string& model)
{
    const auto name = QString::fromStdString(model);
    return name.endsWith(QLatin1String(" SXM")) ? name.chopped(4) : name;
}

void BoardModel::show(const std::vector<BoardRow>& rows, bool carriedOnly)
{
    if (std::exchange(m_carriedOnly, carriedOnly) != carriedOnly)
        emit headerDataChanged(Qt::Horizontal, Lost, Lost);
    const bool same = std::ranges::equal(rows, m_rows, [](const BoardRow& a, const BoardRow& b) { return a.provider == b.provider && a.region == b.region; });
    if (!same) {
        beginResetModel();
        m_rows = rows;
        endResetModel();
        return;
    }
    m_rows = rows;
    if (!m_rows.empty())
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

const BoardRow* BoardModel::row(int at) const { return at >= 0 && at < static_cast<int>(m_rows.size()) ? &m_rows[static_cast<std::size_t>(at)] : nullptr; }

Scope BoardModel::scopeOf(const BoardRow& row) { return { .provider = row.provider, .region = row.region, .cluster = {}, .node = {} }; }

int BoardModel::find(const Scope& scope) const
{
    const auto at = std::ranges::find_if(m_rows, [&](const BoardRow& it) { return scopeOf(it) == scope; });
    return at == m_rows.end() ? -1 : static_cast<int>(at - m_rows.begin());
}

int BoardModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_rows.size()); }
int BoardModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant BoardModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const auto& it = m_rows[static_cast<std::size_t>(index.row())];
    const auto column = static_cast<Column>(index.column());
    switch (role) {
    case ProviderRole: return QString::fromStdString(it.provider);
    case IsRegionRole: return !it.region.empty();
    case BreaksRole: return it.breaks || (m_carriedOnly && it.percent < 99.95);
    case EvacuatedByRole: return QString::fromStdString(it.evacuatedBy);
    case BeingEvacuatedRole: return it.beingEvacuated;
    case WithSheddingRole: return it.percentWithShedding;
    case SortRole:
        switch (column) {
        case Carried: return it.percent;
        case ToPlace: return static_cast<qlonglong>(it.lostGpus);
        case Shed: return static_cast<qlonglong>(it.shedGpus);
        case Cost: return it.cost ? QVariant(*it.cost) : QVariant();
        default: return data(index);
        }
    case Qt::TextAlignmentRole: return static_cast<int>(Qt::AlignVCenter | (column == Lost || column == FirstToBreak ? Qt::AlignLeft : Qt::AlignRight));
    case Qt::ToolTipRole:
        if (column == Lost && !it.evacuatedBy.empty())
            return (it.beingEvacuated ? tr("Being evacuated by %1, which has not ended: nothing else is sent there") : tr("Evacuated by %1: nothing is sent there but by a person")).arg(QString::fromStdString(it.evacuatedBy));
        if (column == FirstToBreak && it.breaks)
            return tr("%1, %2 GPUs short").arg(QString::fromStdString(it.firstModel), format::count(static_cast<std::uint64_t>(std::max<std::int64_t>(0, it.shortGpus))));
        if (column == Carried && it.percentWithShedding > it.percent)
            return tr("%1 without ending anything, %2 once jobs on %3 GPUs have ended").arg(format::wholePercent(it.percent), format::wholePercent(it.percentWithShedding), format::count(static_cast<std::uint64_t>(it.shedGpus)));
        return {};
    case Qt::AccessibleTextRole:
        if (column == Lost && !it.evacuatedBy.empty())
            return (it.beingEvacuated ? tr("%1, being evacuated by %2") : tr("%1, evacuated by %2")).arg(QString::fromStdString(it.region.empty() ? it.provider : it.region), QString::fromStdString(it.evacuatedBy));
        break;
    case Qt::DisplayRole: break;
    default: return {};
    }
    if (m_carriedOnly && column != Lost && column != Carried)
        return QStringLiteral("–");
    switch (column) {
    case Lost: return QString::fromStdString(it.region.empty() ? it.provider : it.region);
    case Carried: return format::wholePercent(it.percent);
    case ToPlace: return format::count(static_cast<std::uint64_t>(std::max<std::int64_t>(0, it.lostGpus)));
    case Shed: return format::count(static_cast<std::uint64_t>(std::max<std::int64_t>(0, it.shedGpus)));
    case FirstToBreak: return it.breaks ? shortModel(it.firstModel) : tr("none");
    case Cost: return it.cost ? format::costChange(*it.cost) : QStringLiteral("–");
    case ColumnCount: break;
    }
    return {};
}

QVariant BoardModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (section == Lost && role == Qt::DisplayRole && m_carriedOnly)
        return tr("Lost then");
    if (role == Qt::TextAlignmentRole)
        return static_cast<int>(Qt::AlignVCenter | (section == Lost || section == FirstToBreak ? Qt::AlignLeft : Qt::AlignRight));
    if (role == Qt::ToolTipRole)
        switch (static_cast<Column>(section)) {
        case Carried: return tr("Of all interactive load, what is still carried without ending anything");
        case ToPlace: return tr("GPUs that interactive workloads hold there");
        case Shed: return tr("GPUs of training and batch that would have to end to make room, as the evacuation beside says");
        case FirstToBreak: return tr("The GPU model that runs out first");
        case Cost: return tr("Dollars an hour that the interactive load that survives costs more than now");
        default: return {};
        }
    if (role != Qt::DisplayRole)
        return {};
    switch (static_cast<Column>(section)) {
    case Lost: return tr("Lost now");
    case Carried: return tr("Carried");
    case ToPlace: return tr("To place");
    case Shed: return tr("Shed, GPUs");
    case FirstToBreak: return tr("First to break");
    case Cost: return tr("Cost/h");
    case ColumnCount: break;
    }
    return {};
}

} // namespace penstock
