// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <vector>

#include "base/clock.h"
#include "fleet/endpoint.h"

class QLabel;
class QLineEdit;
class QPushButton;
class QSortFilterProxyModel;
class QTableView;

namespace penstock {

class AddEndpointPanel;
class EndpointsModel;
class FailingModel;

/// Each endpoint: state, age, rate, errors, and what to do about the last one.
class EndpointsPage final : public QWidget
{
    Q_OBJECT

public:
    explicit EndpointsPage(QWidget* parent = nullptr);
    void show(const std::vector<EndpointStatus>& endpoints, Time now);
    void select(const QString& endpoint);
    void focusFilter();
    /// Beside the table, hidden until somebody wants to add an endpoint.
    [[nodiscard]] AddEndpointPanel& assistant() { return *m_assistant; }
    void openAssistant();

signals:
    void reconnectWanted(const QString& endpoint);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void showDetails();
    void showFailing(const FailingTargets& targets);
    void fitKind();
    [[nodiscard]] const EndpointStatus* current() const;
    EndpointsModel* m_model;
    QSortFilterProxyModel* m_proxy;
    QTableView* m_table;
    FailingModel* m_failing;
    QTableView* m_failingList; ///< hidden while all targets answer
    QLineEdit* m_filter;
    QLabel *m_summary, *m_name, *m_error, *m_facts, *m_about, *m_refused;
    QPushButton* m_reconnect;
    AddEndpointPanel* m_assistant;
    Time m_now {};
    QString m_wanted; ///< to be selected once there are endpoints
};

} // namespace penstock
