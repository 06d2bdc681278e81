// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <vector>

#include "fleet/fleetevent.h"

namespace penstock {

/// Somebody should know of it.
[[nodiscard]] bool isBad(FleetEvent::Kind kind);
/// "8 GPUs: XID 79, fallen off the bus (azure / eastus / a / n1)", in the user's language.
[[nodiscard]] QString eventText(const FleetEvent& event);

/// What happened to single GPUs, the newest first. A list that goes on, or back in time, is told as rows that come and go at
/// its ends.
class EventModel final : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { At, What, Gpus, Place, ColumnCount };
    enum Role { SortRole = Qt::UserRole, BadRole, ProviderRole };

    using QAbstractTableModel::QAbstractTableModel;
    /// The oldest first, as they are read.
    void show(const std::vector<FleetEvent>& events);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<FleetEvent> m_events; ///< the newest first
};

} // namespace penstock
