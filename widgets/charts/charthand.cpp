// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "charthand.h"

#include <QFocusEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>
#include <QWidget>
#include <algorithm>
#include <cmath>
#include <utility>

#include "charts/timechart.h"

namespace penstock {

namespace {

    constexpr double least = 6; ///< pixels: less is a click
    constexpr double aKey = 0.5, aNotch = 0.8; ///< of the stretch that is left

} // namespace

ChartHand::ChartHand(QWidget& chart, std::function<Shown()> shown) : QObject(&chart), m_shown(std::move(shown))
{
    chart.setMouseTracking(true);
    chart.setFocusPolicy(Qt::StrongFocus);
    chart.installEventFilter(this);
}

void ChartHand::setKept(std::function<bool(const QPointF&)> presses, std::function<bool(const QKeyEvent&)> keys)
{
    m_keptPresses = std::move(presses);
    m_keptKeys = std::move(keys);
}

bool ChartHand::eventFilter(QObject* watched, QEvent* event)
{
    switch (event->type()) {
    case QEvent::Wheel: return turn(*static_cast<QWheelEvent*>(event));
    case QEvent::MouseButtonPress: return press(*static_cast<QMouseEvent*>(event));
    case QEvent::MouseMove: move(*static_cast<QMouseEvent*>(event)); break;
    case QEvent::MouseButtonRelease: release(); break;
    case QEvent::MouseButtonDblClick: emit wholeWanted(); return true;
    case QEvent::Leave: emit pointed({}); break;
    case QEvent::KeyPress: return key(*static_cast<QKeyEvent*>(event));
    case QEvent::FocusIn:
    case QEvent::FocusOut: {
        const auto reason = static_cast<QFocusEvent*>(event)->reason();
        // For who comes by keys; a page that has just opened frames nothing.
        m_showsFocus = event->type() == QEvent::FocusIn && (reason == Qt::TabFocusReason || reason == Qt::BacktabFocusReason);
        emit repaintWanted();
        break;
    }
    default: break;
    }
    return QObject::eventFilter(watched, event);
}

void ChartHand::zoom(double factor, double anchor)
{
    const auto shown = m_shown();
    emit looked(anchor - (anchor - shown.begin) * factor, anchor + (shown.end - anchor) * factor);
}

void ChartHand::pan(double share)
{
    const auto shown = m_shown();
    const double by = share * (shown.end - shown.begin);
    emit looked(shown.begin + by, shown.end + by);
}

bool ChartHand::turn(const QWheelEvent& event)
{
    const auto shown = m_shown();
    const auto angle = event.angleDelta();
    // Over the labels the page scrolls, where it can.
    if (!shown.area.contains(event.position()))
        return false;
    if (angle.x() != 0 || event.modifiers() & Qt::ShiftModifier)
        pan(-(angle.x() != 0 ? angle.x() : angle.y()) / 1200.0);
    else if (angle.y() != 0)
        zoom(std::pow(aNotch, angle.y() / 120.0), shown.timeAt(event.position().x()));
    return true;
}

bool ChartHand::press(const QMouseEvent& event)
{
    if (event.button() != Qt::LeftButton || (m_keptPresses && m_keptPresses(event.position())) || !m_shown().area.contains(event.position()))
        return false;
    m_drawn = { event.position().x(), event.position().x() };
    return true;
}

void ChartHand::move(const QMouseEvent& event)
{
    const auto shown = m_shown();
    if (m_drawn) {
        m_drawn->second = std::clamp(event.position().x(), shown.area.left(), shown.area.right());
        emit repaintWanted();
    }
    emit pointed(shown.area.contains(event.position()) ? std::optional(shown.timeAt(event.position().x())) : std::nullopt);
}

void ChartHand::release()
{
    const auto drawn = std::exchange(m_drawn, std::nullopt);
    if (!drawn)
        return;
    emit repaintWanted();
    const auto [from, to] = std::minmax(drawn->first, drawn->second);
    const auto shown = m_shown();
    if (to - from >= least)
        emit looked(shown.timeAt(from), shown.timeAt(to));
}

bool ChartHand::key(const QKeyEvent& event)
{
    if (m_keptKeys && m_keptKeys(event))
        return false;
    // Of other modifiers the letters and digits are commands of the window.
    if (event.modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier))
        return false;
    const auto shown = m_shown();
    const double anchor = m_crosshair.value_or(shown.end);
    switch (event.key()) {
    case Qt::Key_Left: step(-1, event.modifiers() & Qt::ShiftModifier); return true;
    case Qt::Key_Right: step(1, event.modifiers() & Qt::ShiftModifier); return true;
    case Qt::Key_Plus:
    case Qt::Key_Equal: zoom(aKey, anchor); return true;
    case Qt::Key_Minus: zoom(1 / aKey, anchor); return true;
    case Qt::Key_PageUp: pan(-0.5); return true;
    case Qt::Key_PageDown: pan(0.5); return true;
    case Qt::Key_Home:
    case Qt::Key_0: emit wholeWanted(); return true;
    case Qt::Key_Space: emit freezeWanted(); return true;
    case Qt::Key_Escape:
        if (!m_crosshair)
            return false;
        emit pointed({});
        return true;
    default: return false;
    }
}

void ChartHand::step(int direction, bool far)
{
    const auto shown = m_shown();
    const double length = shown.end - shown.begin;
    // Out of sight it begins anew at the end that the key comes from.
    const bool isThere = m_crosshair && *m_crosshair >= shown.begin && *m_crosshair <= shown.end;
    const double from = isThere ? *m_crosshair : direction < 0 ? shown.end : shown.begin;
    const double to = from + direction * (far ? length / 10 : 0);
    if (const auto next = m_next ? m_next(to, direction) : std::optional(to + direction * length / 100); next && *next >= shown.begin && *next <= shown.end)
        emit pointed(next);
}

void ChartHand::paint(QPainter& painter, const ChartColours& colours) const
{
    const auto area = m_shown().area;
    if (m_drawn && m_drawn->first != m_drawn->second) {
        const auto [from, to] = std::minmax(m_drawn->first, m_drawn->second);
        auto inside = colours.accent;
        inside.setAlphaF(0.18F);
        painter.fillRect(QRectF(from, area.top(), to - from, area.height()), inside);
        painter.fillRect(QRectF(from, area.top(), 1, area.height()), colours.accent);
        painter.fillRect(QRectF(to, area.top(), 1, area.height()), colours.accent);
    }
    if (!m_showsFocus)
        return;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(colours.accent, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(area.adjusted(-1, -1, 1, 1), 4, 4);
    painter.setRenderHint(QPainter::Antialiasing, false);
}

} // namespace penstock
