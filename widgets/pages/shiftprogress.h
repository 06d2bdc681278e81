// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <optional>

#include "controls/paint.h"
#include "shift/recovery.h"

namespace penstock {

/// How far a plan has come, or what came of it: its step, each route's three splits, what it waits for, what was measured.
class ShiftProgress final : public QWidget
{
    Q_OBJECT

public:
    explicit ShiftProgress(QWidget* parent = nullptr);
    /// `routes`: of the workspace, for names and colours.
    /// `undone`: those of its routes whose routers have forgotten it since.
    void show(const PlanStatus& status, std::vector<Route> routes, std::vector<UndoneRoute> undone = {});

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    struct Line
    {
        QString text;
        bool isBad = false;
    };
    [[nodiscard]] std::vector<Line> lines() const;
    [[nodiscard]] std::pair<QString, TagLook> tag() const;
    [[nodiscard]] QString describe() const;
    double paint(QPainter* painter) const;
    double paintRoute(QPainter* painter, double y, std::size_t move) const;

    std::optional<PlanStatus> m_status;
    std::vector<Route> m_routes;
    std::vector<UndoneRoute> m_undone;
};

/// "step 2 of 4, confirming", "done"
[[nodiscard]] QString stepText(const PlanStatus& status);

} // namespace penstock
