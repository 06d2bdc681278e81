// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "models/capacitymodel.h"

#include <algorithm>
#include <cmath>

#include "models/capacitytext.h"
#include "models/format.h"

namespace penstock {

namespace {

QString gpus(const std::optional<double>& value)
{
    return CapacityText::gpus(value.value_or(notKnown));
}

} // namespace

QString runsOutText(const std::optional<RunOut>& runOut)
{
    if (!runOut)
        return QStringLiteral("–");
    if (runOut->already)
        return CapacityModel::tr("now");
    if (runOut->missing)
        return CapacityModel::tr("can't tell yet");
    return runOut->likely ? format::day(*runOut->likely)
                          : CapacityModel::tr("after %1").arg(format::day(runOut->horizon));
}

QString runsOutRange(const std::optional<RunOut>& runOut)
{
    if (!runOut || runOut->already)
        return {};
    if (runOut->missing)
        return CapacityModel::tr("after %1 h more of history").arg(runOut->missing->count());
    if (!runOut->earliest)
        return {};
    const auto first = format::day(*runOut->earliest);
    if (!runOut->latest)
        return CapacityModel::tr("from %1").arg(first);
    // A year is said once, where nobody can mistake it.
    const bool isShort = *runOut->latest - *runOut->earliest < std::chrono::days(300);
    return CapacityModel::tr("%1 to %2").arg(isShort ? first.chopped(5) : first, format::day(*runOut->latest));
}

int urgencyOf(const std::optional<RunOut>& runOut, Time now)
{
    constexpr auto soon = std::chrono::days(60), later = std::chrono::days(180);
    if (!runOut || (!runOut->already && !runOut->likely))
        return 0;
    return runOut->already || *runOut->likely - now < soon ? 2 : *runOut->likely - now < later ? 1 : 0;
}

void CapacityModel::show(std::vector<CapacityFigures> rows, Time now)
{
    const bool same = std::ranges::equal(rows, m_rows, [](const CapacityFigures& a, const CapacityFigures& b) {
        return a.row.provider == b.row.provider && a.row.model == b.row.model;
    });
    m_now = now;
    if (!same) {
        beginResetModel();
        m_rows = std::move(rows);
        endResetModel();
        return;
    }
    m_rows = std::move(rows);
    if (!m_rows.empty())
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

bool CapacityModel::isOld(const CapacityFigures& it) const
{
    return it.row.newest.until && it.row.newest.isOldAt(m_now);
}

bool CapacityModel::isEmpty(Column column) const
{
    return std::ranges::all_of(m_rows, [&](const CapacityFigures& it) {
        switch (column) {
        case Age:
            return !isOld(it);
        case Committed:
            return !it.committed;
        case Reserved:
            return !it.reserved;
        case Quota:
            return !it.quota;
        case RunsOut:
        case Band:
            return !it.runOut;
        case Cost:
            return !it.cost;
        default:
            return false;
        }
    });
}

int CapacityModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int CapacityModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString CapacityModel::text(const CapacityFigures& it, Column column) const
{
    switch (column) {
    case Provider:
        return QString::fromStdString(it.row.provider);
    case Model: {
        // The form is rarely what matters here, and the tool tip has it.
        const auto name = QString::fromStdString(it.row.model);
        return name.endsWith(QLatin1String(" SXM")) ? name.chopped(4) : name;
    }
    case Supply:
        return gpus(it.row.newest.supply);
    case Age:
        return isOld(it) ? format::age(ageSeconds(it.row.newest.until, m_now)) : QString();
    case Committed:
        return gpus(it.committed);
    case Reserved:
        return gpus(it.reserved);
    case Quota:
        return gpus(it.quota);
    case PeakBusy:
        return CapacityText::percent(it.row.peakShare);
    case RunsOut:
        return runsOutText(it.runOut);
    case Band:
        return runsOutRange(it.runOut);
    case Cost:
        return it.cost ? format::dollars(*it.cost) : QStringLiteral("–");
    case ColumnCount:
        break;
    }
    return {};
}

QVariant CapacityModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const auto& it = m_rows[static_cast<std::size_t>(index.row())];
    const auto column = static_cast<Column>(index.column());
    switch (role) {
    case Qt::DisplayRole:
        return text(it, column);
    case Qt::TextAlignmentRole:
        return static_cast<int>(Qt::AlignVCenter | (column <= Model ? Qt::AlignLeft : Qt::AlignRight));
    case ProviderRole:
        return QString::fromStdString(it.row.provider);
    case OldRole:
        return isOld(it);
    case UrgencyRole:
        return urgencyOf(it.runOut, m_now);
    case Qt::ToolTipRole:
        if (column == Model)
            return QString::fromStdString(it.row.model);
        if (const auto& until = it.row.newest.until; column == Supply && until)
            return tr("%1: %2 GPUs in all, of any state; %3 allocated to workloads")
                .arg(CapacityText::moment(*until),
                    gpus(it.row.newest.gpus), gpus(it.row.newest.allocated));
        return column == PeakBusy ? tr("%1 GPUs in the busiest second").arg(gpus(it.row.peak)) : QVariant();
    default:
        return {};
    }
}

QVariant CapacityModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return static_cast<int>(Qt::AlignVCenter | (section <= Model ? Qt::AlignLeft : Qt::AlignRight));
    if (role == Qt::ToolTipRole)
        switch (static_cast<Column>(section)) {
        case Supply:
            return tr("Healthy GPUs: busy, idle or free");
        case Age:
            return tr("How long nothing has been heard of them: what is shown is of then");
        case Committed:
            return tr("What [[capacity]] of the workspace promises now");
        case Reserved:
            return tr("What reservations of the workspace hold now");
        case Quota:
            return tr("The most that may be allocated, as the workspace says");
        case PeakBusy:
            return tr("The greatest share of supply that was busy in the time shown");
        case RunsOut:
            return tr("When demand exceeds capacity, most likely: committed where anything is, else what is there");
        case Band:
            return tr("Eight in ten such dates fall in this range, by the back-tests");
        default:
            return {};
        }
    if (role != Qt::DisplayRole)
        return {};
    switch (static_cast<Column>(section)) {
    case Provider:
        return tr("Provider");
    case Model:
        return tr("Model");
    case Supply:
        return tr("Supply, GPUs");
    case Age:
        return tr("Age");
    case Committed:
        return tr("Committed");
    case Reserved:
        return tr("Reserved");
    case Quota:
        return tr("Quota");
    case PeakBusy:
        return tr("Peak busy");
    case RunsOut:
        return tr("Runs out");
    case Band:
        return tr("80 % range");
    case Cost:
        return tr("Cost/h");
    case ColumnCount:
        break;
    }
    return {};
}

} // namespace penstock
