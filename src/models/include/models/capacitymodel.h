// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <optional>
#include <vector>

#include "report/capacityfigures.h"

namespace penstock {

/// When capacity runs out, in a few words: "14 Feb 2027", "now", "after 23 Aug 2027"; a dash where nothing is told.
[[nodiscard]] QString runsOutText(const std::optional<RunOut>& runOut);
/// The range of it: "22 Jan 2027 to 19 Mar 2027", "from 22 Jan 2027"; empty where there is none.
[[nodiscard]] QString runsOutRange(const std::optional<RunOut>& runOut);
/// 2: runs out within 60 days, 1: within 180, 0: later or never.
[[nodiscard]] int urgencyOf(const std::optional<RunOut>& runOut, Time now);

/// The table of the Capacity page: a row a provider and model.
class CapacityModel final : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { Provider, Model, Supply, Age, Committed, Reserved, Quota, PeakBusy, RunsOut, Band, Cost, ColumnCount };
    enum Role {
        ProviderRole = Qt::UserRole,
        OldRole, ///< bool: nothing is heard of it any more
        UrgencyRole, ///< as `urgencyOf`
    };

    using QAbstractTableModel::QAbstractTableModel;
    void show(std::vector<CapacityFigures> rows, Time now);
    [[nodiscard]] const std::vector<CapacityFigures>& rows() const { return m_rows; }
    /// No row has anything in this column.
    [[nodiscard]] bool isEmpty(Column column) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] bool isOld(const CapacityFigures& it) const;
    [[nodiscard]] QString text(const CapacityFigures& it, Column column) const;
    std::vector<CapacityFigures> m_rows;
    Time m_now {};
};

} // namespace penstock
