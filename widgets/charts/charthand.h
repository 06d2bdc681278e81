// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QRectF>
#include <functional>
#include <optional>

class QKeyEvent;
class QMouseEvent;
class QPainter;
class QWheelEvent;

namespace penstock {

struct ChartColours;

/// What a hand, the wheel and keys want of a chart of time. It watches the chart's events and takes those that it knows.
class ChartHand final : public QObject
{
    Q_OBJECT

public:
    /// Where which time is drawn.
    struct Shown
    {
        QRectF area;
        double begin = 0, end = 0;
        [[nodiscard]] double timeAt(double x) const { return begin + (x - area.left()) / area.width() * (end - begin); }
        [[nodiscard]] double xOf(double time) const { return area.left() + (time - begin) / (end - begin) * area.width(); }
    };
    ChartHand(QWidget& chart, std::function<Shown()> shown);
    /// The next time that can be read, to the left (-1) or to the right; empty: there is none.
    void setNext(std::function<std::optional<double>(double time, int direction)> next) { m_next = std::move(next); }
    /// What the chart keeps for itself: a press at a point, or a key.
    void setKept(std::function<bool(const QPointF&)> presses, std::function<bool(const QKeyEvent&)> keys);
    void setCrosshair(std::optional<double> time) { m_crosshair = time; }
    /// The stretch that is being drawn with the mouse, and the ring of who came by Tab.
    void paint(QPainter& painter, const ChartColours& colours) const;

signals:
    void looked(double begin, double end);
    void wholeWanted(); ///< the streaming range
    void freezeWanted(); ///< or to go on
    void pointed(std::optional<double> time);
    void repaintWanted(); ///< of what `paint` paints

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    bool turn(const QWheelEvent& event);
    bool press(const QMouseEvent& event);
    void move(const QMouseEvent& event);
    void release();
    bool key(const QKeyEvent& event);
    void zoom(double factor, double anchor);
    void pan(double share);
    void step(int direction, bool far);

    std::function<Shown()> m_shown;
    std::function<std::optional<double>(double, int)> m_next;
    std::function<bool(const QPointF&)> m_keptPresses;
    std::function<bool(const QKeyEvent&)> m_keptKeys;
    std::optional<double> m_crosshair;
    std::optional<std::pair<double, double>> m_drawn; ///< from and to, pixels
    bool m_showsFocus = false;
};

} // namespace penstock
