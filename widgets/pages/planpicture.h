// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <optional>

#include "pages/loadpage.h"

namespace penstock {

/// The drawn part beside the routes: what a plan needs, costs and is held up by, its steps and its way back; the steps of
/// a shift; or what the router says of its backends.
class PlanPicture final : public QWidget
{
    Q_OBJECT

public:
    explicit PlanPicture(QWidget* parent = nullptr);
    /// The first of these that is there is drawn: the plan, then the shift above the backends. Pointers are copied from.
    void show(const PlanFigures* plan, const PlanStatus* shift, const RouteFigures& route);
    [[nodiscard]] bool isExpanded() const { return m_expanded; }

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Line
    {
        QString name, provider, after, cap {};
        std::int64_t needed = 0, placeable = 0, shortGpus = 0;
        bool isTarget = false, isStale = false;
    };
    struct Stop
    {
        QString title;
        QStringList shares; ///< a route each
        bool isReached = false, isShort = false;
    };
    void fit();
    void toggle();
    void readLines();
    double paint(QPainter* painter);
    double paintTable(QPainter* painter, double y) const;
    double paintCost(QPainter* painter, double y) const;
    double paintRules(QPainter* painter, double y);
    double paintBlock(QPainter* painter, double y, const Interlock& it) const;
    double paintPlanSteps(QPainter* painter, double y) const;
    double paintStops(QPainter* painter, double y, const std::vector<Stop>& stops, bool back, bool isRunning) const;
    double paintShift(QPainter* painter, double y) const;
    double paintBackends(QPainter* painter, double y) const;
    std::optional<PlanFigures> m_plan;
    std::optional<PlanStatus> m_shift;
    RouteFigures m_route;
    std::vector<Line> m_lines;
    QRectF m_passes; ///< where a click unfolds what passes
    bool m_expanded = false;
};

/// "azure 62 to 42, gcp 28 to 48", of one route.
[[nodiscard]] QString changeText(const std::vector<std::string>& backends, const Weights& from, const Weights& to);

} // namespace penstock
