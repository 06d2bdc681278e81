// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QWidget>
#include <functional>
#include <optional>
#include <vector>

#include "fleet/series.h"
#include "fleet/shiftstatus.h"
#include "fleet/workload.h"
#include "planner/preview.h"

class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QVBoxLayout;

namespace penstock {

class PreviewPanel;
class RouteRow;
class TimeChart;
class TrendView;

/// What the Load page shows of one route.
struct RouteFigures
{
    Route route;
    std::optional<RouteReading> reading;
    std::optional<Error> error;
    std::optional<ShiftStatus> shift;
    std::optional<WorkloadDemand> demand;
    std::uint64_t load = 0; ///< GPUs of its workload
    std::optional<Workload> workload;
    std::shared_ptr<const SplitHistory> observed; ///< may be null
};

/// A row a route with desired, accepted and observed weights; beside it what an edit would do, and the running shift.
class LoadPage final : public QWidget
{
    Q_OBJECT

public:
    explicit LoadPage(QWidget* parent = nullptr);
    void show(const std::vector<RouteFigures>& routes);
    /// The answer to `previewWanted`.
    void showPreview(const QString& route, const Result<Preview>& preview);
    void setReadOnly(bool readOnly);
    /// Shows this route and puts the keyboard on its weights.
    void openRoute(const QString& route);
    /// Colours follow the theme.
    void themeChanged();

signals:
    void previewWanted(const QString& route, const QList<double>& target, double step);
    void shiftWanted(const QString& route, const QList<double>& target, double step, int bakeSeconds, const QString& reason);
    void pauseWanted(const QString& route);
    void resumeWanted(const QString& route);
    void returnWanted(const QString& route);
    void stopWanted(const QString& route);

private:
    void select(const QString& route);
    void showObserved(const RouteFigures& figures);
    QVBoxLayout* m_rows;
    QLabel *m_summary, *m_chartTitle, *m_chartNote;
    TimeChart* m_chart;
    TrendView* m_trendView;
    PreviewPanel* m_panel;
    QHash<QString, RouteRow*> m_byName;
    QString m_selected;
    std::vector<RouteFigures> m_figures;
};

} // namespace penstock
