// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <vector>

#include "base/clock.h"
#include "fleet/endpoint.h"

namespace penstock {

/// One row an endpoint, in the order of the workspace.
class EndpointsModel final : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { Name, Kind, Age, Gpus, Samples, Recent, Errors, Note, ColumnCount };
    enum Role { ProviderRole = Qt::UserRole, AgeRole, AgeLimitRole, CacheRole, StaleRole, FailingRole, PartialRole, SortRole, RecentRole };

    using QAbstractTableModel::QAbstractTableModel;
    void show(const std::vector<EndpointStatus>& endpoints, Time now);
    [[nodiscard]] const EndpointStatus* endpoint(int row) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<EndpointStatus> m_endpoints;
    Time m_now {};
};

} // namespace penstock
