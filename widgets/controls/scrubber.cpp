// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "controls/scrubber.h"

#include <QDateTime>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QPushButton>
#include <QToolTip>
#include <QWheelEvent>
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "controls/iconbutton.h"
#include "controls/paint.h"
#include "controls/theme.h"

namespace penstock {

namespace {

    constexpr double minute = 60, hour = 3600, day = 86400;
    constexpr std::array spans { 15 * minute, hour, 2 * hour, 12 * hour, 2 * day, 7 * day, 30 * day, 403 * day };
    constexpr std::array ticks { minute, 5 * minute, 15 * minute, hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day, 31 * day, 62 * day };
    constexpr int left = 196, right = 164; ///< of the buttons, from either side
    constexpr double lineY = 26;

    QString stamp(double time, const QString& form) { return QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(time * 1000), Qt::UTC).toString(form); }

} // namespace

Scrubber::Scrubber(QWidget* parent) : QWidget(parent), m_play(new IconButton(QStringLiteral("pause"), tr("Hold"), this)), m_live(new QPushButton(tr("Return to live  L"), this))
{
    setFixedHeight(48);
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setObjectName(QStringLiteral("scrubber"));
    setAccessibleName(tr("Time"));
    m_play->setObjectName(QStringLiteral("play"));
    m_live->setObjectName(QStringLiteral("returnToLive"));
    m_live->setProperty("kind", QStringLiteral("primary"));
    m_live->setToolTip(tr("Return to live (L)"));
    m_live->hide();
    for (const auto speed : speeds) {
        auto* button = new QPushButton(tr("%1x").arg(speed), this);
        button->setCheckable(true);
        button->setAutoExclusive(true);
        button->setChecked(speed == m_speed);
        button->setProperty("kind", QStringLiteral("segment"));
        button->setProperty("dense", true);
        button->setAccessibleName(tr("Play at %1 times the speed").arg(speed));
        button->setObjectName(QStringLiteral("speed-%1").arg(speed));
        connect(button, &QPushButton::clicked, this, [this, speed] {
            m_speed = speed;
            emit speedChanged(speed);
        });
        m_speeds << button;
    }
    connect(m_play, &QPushButton::clicked, this, [this] { emit playWanted(m_moment && !m_isPlaying); });
    connect(m_live, &QPushButton::clicked, this, &Scrubber::liveWanted);
    describe();
}

QRectF Scrubber::track() const { return QRectF(left + 12, lineY - 14, std::max(40, width() - left - right - 24), 14); }
double Scrubber::xOf(double time) const { return track().left() + (time - from()) / m_span * track().width(); }
double Scrubber::timeAt(double x) const { return from() + (x - track().left()) / track().width() * m_span; }

QString Scrubber::text(double time) const
{
    const bool isOld = m_now - time > 20 * hour;
    return stamp(time, isOld ? QStringLiteral("d MMM HH:mm:ss") : QStringLiteral("HH:mm:ss"));
}

void Scrubber::describe()
{
    setAccessibleDescription(m_moment ? tr("Not live: %1 UTC").arg(text(*m_moment)) : tr("Live"));
}

void Scrubber::setNow(double now)
{
    m_now = now;
    update();
}

void Scrubber::setMoment(std::optional<double> moment)
{
    if (m_moment == moment)
        return;
    m_moment = moment;
    m_live->setVisible(moment.has_value());
    if (moment)
        bringIntoSight(*moment);
    else if (m_end) {
        m_end.reset();
        emit spanChanged();
    }
    setPlaying(m_isPlaying && moment);
    describe();
    update();
}

void Scrubber::setPointed(std::optional<double> time)
{
    if (std::exchange(m_pointed, time) != time)
        update();
}

void Scrubber::setPlaying(bool isPlaying)
{
    m_isPlaying = isPlaying;
    // Live goes on by itself: what can be done about it is to hold it.
    const bool holds = isPlaying || !m_moment;
    m_play->setIcon(holds ? QStringLiteral("pause") : QStringLiteral("play"), holds ? tr("Hold") : tr("Play"));
}

void Scrubber::setLine(const QList<QPointF>& line)
{
    m_line = line;
    update();
}

void Scrubber::setMarks(const QList<Mark>& marks)
{
    m_marks = marks;
    update();
}

void Scrubber::bringIntoSight(double moment)
{
    if (moment >= from() && moment <= to())
        return;
    // Where it plays out of sight the window follows it by a half, so that it seldom jumps.
    m_end = moment + m_span / 2 >= m_now ? std::nullopt : std::optional(moment + m_span / 2);
    emit spanChanged();
}

void Scrubber::setSpan(double span, double anchor)
{
    const double share = std::clamp((anchor - from()) / m_span, 0., 1.);
    const double end = anchor + (1 - share) * span;
    m_span = span;
    m_end = end >= m_now - span / 50 ? std::nullopt : std::optional(end);
    emit spanChanged();
    update();
}

void Scrubber::zoom(int steps, double anchor)
{
    auto at = std::ranges::find(spans, m_span) - spans.begin();
    at = std::clamp<std::ptrdiff_t>(at + steps, 0, std::ssize(spans) - 1);
    if (spans.at(static_cast<std::size_t>(at)) != m_span)
        setSpan(spans.at(static_cast<std::size_t>(at)), anchor);
}

void Scrubber::want(double moment)
{
    if (moment >= m_now)
        emit liveWanted();
    else
        emit momentWanted(std::max(0., std::round(moment)));
}

void Scrubber::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || event->position().x() < track().left() - 8 || event->position().x() > track().right() + 8)
        return;
    m_isDragged = true;
    if (const auto* mark = markAt(event->position()))
        want(mark->time);
    else
        want(timeAt(event->position().x()));
}

void Scrubber::mouseMoveEvent(QMouseEvent* event)
{
    if (m_isDragged)
        want(std::max(from(), timeAt(event->position().x())));
}

void Scrubber::mouseReleaseEvent(QMouseEvent*) { m_isDragged = false; }

void Scrubber::wheelEvent(QWheelEvent* event)
{
    if (const int steps = event->angleDelta().y(); steps != 0)
        zoom(steps > 0 ? -1 : 1, m_moment.value_or(timeAt(event->position().x())));
    event->accept();
}

void Scrubber::keyPressEvent(QKeyEvent* event)
{
    const auto moment = m_moment.value_or(m_now);
    const double step = event->modifiers() & Qt::ShiftModifier ? 10 : 1;
    switch (event->key()) {
    case Qt::Key_Left: return want(moment - step);
    case Qt::Key_Right: return m_moment ? want(moment + step) : void();
    case Qt::Key_PageUp: return want(moment - minute);
    case Qt::Key_PageDown: return m_moment ? want(moment + minute) : void();
    case Qt::Key_Home: return want(from());
    case Qt::Key_End: return emit liveWanted();
    case Qt::Key_Plus: return zoom(-1, moment);
    case Qt::Key_Minus: return zoom(1, moment);
    case Qt::Key_Space: return emit playWanted(m_moment && !m_isPlaying);
    default: QWidget::keyPressEvent(event);
    }
}

const Scrubber::Mark* Scrubber::markAt(const QPointF& at) const
{
    if (at.y() < lineY)
        return nullptr;
    for (const auto& mark : m_marks)
        if (std::abs(xOf(mark.time) - at.x()) <= 5)
            return &mark;
    return nullptr;
}

bool Scrubber::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const auto* mark = markAt(help->pos());
        QToolTip::showText(help->globalPos(), mark ? text(mark->time) + QStringLiteral("  ") + mark->text : tr("Drag back in time; the wheel shows more or less of it. Arrows: 1 s, with Shift 10 s"), this);
        return true;
    }
    return QWidget::event(event);
}

/// A hand sees where it is by itself; the ring is for those who come by Tab.
void Scrubber::focusInEvent(QFocusEvent* event)
{
    m_showsFocus = event->reason() != Qt::MouseFocusReason;
    update();
}

void Scrubber::focusOutEvent(QFocusEvent*)
{
    m_showsFocus = false;
    update();
}

void Scrubber::resizeEvent(QResizeEvent*)
{
    m_play->move(12, 10);
    int x = 44;
    for (auto* button : m_speeds) {
        button->adjustSize();
        button->setGeometry(x, 12, button->fontMetrics().horizontalAdvance(button->text()) + 14, 24);
        x += button->width();
    }
    m_live->setGeometry(width() - right + 8, 10, right - 24, 28);
}

void Scrubber::paintLine(QPainter& painter, const QRectF& track) const
{
    const auto& theme = currentTheme();
    double greatest = 0, apart = m_span / 20;
    for (qsizetype i = 0; i < m_line.size(); ++i) {
        greatest = std::max(greatest, m_line[i].y());
        if (i > 0)
            apart = std::min(apart, m_line[i].x() - m_line[i - 1].x());
    }
    painter.save();
    painter.setClipRect(track.adjusted(0, 0, 0, 1));
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.s3);
    // What nobody knows is no line: it ends before a gap and begins anew behind it.
    for (qsizetype first = 0, last = 0; greatest > 0 && first < m_line.size(); first = last + 1) {
        for (last = first; last + 1 < m_line.size() && m_line[last + 1].x() - m_line[last].x() <= 3 * std::max(apart, 5.);)
            ++last;
        QPolygonF band { QPointF(xOf(m_line[first].x()), track.bottom()) };
        for (auto i = first; i <= last; ++i)
            band << QPointF(xOf(m_line[i].x()), track.bottom() - m_line[i].y() / greatest * track.height());
        band << QPointF(xOf(m_line[last].x()), track.bottom());
        painter.drawPolygon(band);
    }
    painter.restore();
    painter.fillRect(QRectF(track.left(), track.bottom(), track.width(), 1), theme.line2);
    for (const auto& mark : m_marks) {
        const double x = xOf(mark.time);
        if (x < track.left() || x > track.right())
            continue;
        painter.setPen(Qt::NoPen);
        painter.setBrush(mark.isBad ? theme.red : theme.acc);
        painter.drawPolygon(QPolygonF { QPointF(x, track.bottom() + 3), QPointF(x - 3.5, track.bottom() + 9), QPointF(x + 3.5, track.bottom() + 9) });
    }
}

void Scrubber::paintTicks(QPainter& painter, const QRectF& track) const
{
    const auto& theme = currentTheme();
    painter.setFont(textFont(12));
    painter.setPen(theme.t3);
    const auto form = m_span > 3 * day ? QStringLiteral("d MMM") : m_span > 20 * hour ? QStringLiteral("d MMM HH:mm") : QStringLiteral("HH:mm");
    const int room = painter.fontMetrics().horizontalAdvance(form) + 40;
    const auto* step = std::ranges::find_if(ticks, [&](double it) { return it / m_span * track.width() >= room; });
    if (step == ticks.end())
        --step;
    for (double time = std::ceil(from() / *step) * *step; time <= to(); time += *step) {
        const double x = xOf(time);
        painter.drawText(QRectF(x - room / 2., track.bottom() + 6, room, 16), Qt::AlignCenter, stamp(time, form));
    }
}

void Scrubber::paintCursor(QPainter& painter, const QRectF& track) const
{
    const auto& theme = currentTheme();
    if (m_pointed && *m_pointed >= from() && *m_pointed <= to())
        painter.fillRect(QRectF(std::round(xOf(*m_pointed)), track.top() - 4, 1, track.height() + 4), theme.t3);
    // Of live there is nothing to see where the line ends in the past.
    if (!m_moment && m_now > to() + m_span / track.width())
        return;
    const double x = std::clamp(xOf(m_moment.value_or(m_now)), track.left(), track.right());
    const auto colour = m_moment ? theme.amber : theme.green;
    if (m_moment && x < track.right()) {
        painter.setClipRect(QRectF(x, track.top(), track.right() - x, track.height()));
        painter.fillRect(QRectF(x, track.top(), track.right() - x, track.height()), QBrush(theme.mixed(theme.amber, 0.35), Qt::BDiagPattern));
        painter.setClipping(false);
    }
    painter.fillRect(QRectF(x - 1, track.top() - 8, 2, track.height() + 8), colour);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawEllipse(QPointF(x, track.bottom()), 4.5, 4.5);
    if (!m_moment)
        return;
    const auto label = text(*m_moment);
    painter.setFont(textFont(12, QFont::DemiBold));
    const double wide = painter.fontMetrics().horizontalAdvance(label) + 12;
    const QRectF box(std::clamp(x - wide / 2, 4., std::max(4., width() - right + 4 - wide)), track.bottom() + 5, wide, 16);
    painter.drawRoundedRect(box, 4, 4);
    painter.setPen(theme.name == ThemeName::Dark ? theme.rail : QColor(Qt::white));
    painter.drawText(box, Qt::AlignCenter, label);
}

void Scrubber::paintEvent(QPaintEvent*)
{
    const auto& theme = currentTheme();
    QPainter painter(this);
    painter.fillRect(rect(), m_moment ? theme.amberbg : theme.bg);
    painter.fillRect(QRect(0, 0, width(), 1), theme.line);
    painter.setRenderHint(QPainter::Antialiasing);
    const auto line = track();
    paintLine(painter, line);
    paintTicks(painter, line);
    paintCursor(painter, line);
    if (!m_moment)
        paintTag(&painter, { width() - right + 8., 14 }, tr("LIVE"), TagLook::Green);
    if (m_showsFocus) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(theme.acc, 2));
        painter.drawRoundedRect(line.adjusted(-6, -7, 6, 6), 4, 4);
    }
}

} // namespace penstock
