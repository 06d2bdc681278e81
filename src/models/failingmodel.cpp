// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "models/failingmodel.h"

#include "models/format.h"

namespace penstock {

void FailingModel::show(const FailingTargets& targets, Time now)
{
    m_now = now;
    const bool isSame = targets == m_targets || (targets && m_targets && *targets == *m_targets);
    if (isSame) {
        if (!m_rows.empty())
            emit dataChanged(index(0, Answered), index(rowCount() - 1, Answered), { Qt::DisplayRole });
        return;
    }
    auto groups = groupsOf(targets);
    std::vector<Row> rows;
    for (const auto& group : groups) {
        rows.push_back({ .group = &group });
        for (const auto* target : group.targets)
            rows.push_back({ .target = target });
    }
    // Who reads a long list keeps the place while its rows change.
    const bool keeps = rows.size() == m_rows.size();
    if (!keeps)
        beginResetModel();
    m_targets = targets;
    m_groups = std::move(groups);
    m_rows = std::move(rows);
    if (!keeps)
        endResetModel();
    else if (!m_rows.empty())
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int FailingModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_rows.size()); }
int FailingModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant FailingModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const auto& row = m_rows[static_cast<std::size_t>(index.row())];
    if (role == GroupRole)
        return row.group != nullptr;
    if (role == Qt::TextAlignmentRole)
        return static_cast<int>(Qt::AlignVCenter | (index.column() == Answered ? Qt::AlignRight : Qt::AlignLeft));
    // A narrow window cuts it short.
    if (role != Qt::DisplayRole && (role != Qt::ToolTipRole || index.column() != Target))
        return {};
    if (row.group) {
        if (index.column() == Answered)
            return {};
        const auto said = QStringLiteral("%1 × %2").arg(format::count(row.group->targets.size()), QString::fromStdString(row.group->what));
        return row.group->hint.empty() ? said : QStringLiteral("%1 (%2)").arg(said, QString::fromStdString(row.group->hint));
    }
    if (index.column() == Target)
        return QString::fromStdString(row.target->address);
    const auto age = ageSeconds(row.target->answered, m_now);
    return age ? tr("last answered %1 ago").arg(format::age(age)) : tr("never answered");
}

} // namespace penstock
