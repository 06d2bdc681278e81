// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <vector>

#include "fleet/fleetevent.h"

class QLabel;
class QTableView;

namespace penstock {

class EventModel;

/// What happened to single GPUs up to the moment that is shown: of the past these are kept, and not what each GPU did.
class EventList final : public QWidget
{
    Q_OBJECT

public:
    explicit EventList(QWidget* parent = nullptr);
    void show(const std::vector<FleetEvent>& events);

private:
    EventModel* m_model;
    QTableView* m_table;
    QLabel* m_nothing;
};

} // namespace penstock
