// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <vector>

#include "fleet/source.h"

namespace penstock {

/// The targets of an endpoint that do not answer: those that fail alike below a row that says how, and how many they are.
class FailingModel final : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { Target, Answered, ColumnCount };
    enum Role { GroupRole = Qt::UserRole };

    using QAbstractTableModel::QAbstractTableModel;
    void show(const FailingTargets& targets, Time now);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

private:
    struct Row
    {
        const FailingGroup* group = nullptr; ///< of a heading
        const FailingTarget* target = nullptr;
    };
    FailingTargets m_targets; ///< what the rows point into
    std::vector<FailingGroup> m_groups; ///< likewise
    std::vector<Row> m_rows;
    Time m_now {};
};

} // namespace penstock
