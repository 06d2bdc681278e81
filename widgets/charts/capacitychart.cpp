// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "charts/capacitychart.h"

#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "charthand.h"
#include "chartreading.h"
#include "painting/capacityreading.h"
#include "charts/picturefile.h"

namespace penstock {

namespace {

constexpr double day = 86400;
constexpr double reach = 12; ///< how far from a handle it can be taken

QString valueText(double value)
{
    return std::isnan(value) ? QStringLiteral("–") : QLocale().toString(std::llround(value));
}

} // namespace

CapacityChart::CapacityChart(QWidget* parent)
    : QWidget(parent), m_hand(new ChartHand(*this, [this] {
          return ChartHand::Shown { painter().area(), m_picture.begin, std::max(m_picture.end, m_picture.begin + 1) };
      }))
{
    setMinimumSize(360, 160);
    m_hand->setNext([this](double time, int direction) { return next(time, direction); });
    m_hand->setKept([this](const QPointF& at) { return stepAt(at).has_value(); },
        [this](const QKeyEvent& event) {
            constexpr std::array arrows { Qt::Key_Up, Qt::Key_Down, Qt::Key_Left, Qt::Key_Right };
            const bool isTheirs = std::ranges::find(arrows, event.key()) != arrows.end() || event.key() == Qt::Key_Escape;
            return isTheirs && !m_picture.steps.empty() && (m_stepHasKeys || event.key() == Qt::Key_Up || event.key() == Qt::Key_Down);
        });
    connect(m_hand, &ChartHand::looked, this, &CapacityChart::looked);
    connect(m_hand, &ChartHand::wholeWanted, this, &CapacityChart::wholeWanted);
    connect(m_hand, &ChartHand::freezeWanted, this, &CapacityChart::freezeWanted);
    connect(m_hand, &ChartHand::pointed, this, [this](std::optional<double> time) {
        setCrosshair(time);
        emit pointed(time);
    });
    connect(m_hand, &ChartHand::repaintWanted, this, qOverload<>(&QWidget::update));
}

void CapacityChart::paintAnew()
{
    m_painted = {};
    update();
}

void CapacityChart::setColours(const ChartColours& colours)
{
    m_colours = colours;
    paintAnew();
}

void CapacityChart::setFrozen(bool frozen)
{
    if (std::exchange(m_frozen, frozen) == frozen)
        return;
    describe();
    update();
}

void CapacityChart::show(CapacityPicture picture)
{
    m_picture = std::move(picture);
    if (m_dragged && *m_dragged >= m_picture.steps.size())
        m_dragged.reset();
    describe();
    paintAnew();
}

void CapacityChart::setCrosshair(std::optional<double> time)
{
    if (m_pointed == time)
        return;
    m_pointed = time;
    m_hand->setCrosshair(time);
    if (hasFocus())
        describe();
    update();
}

void CapacityChart::describe()
{
    QStringList parts;
    if (m_frozen)
        parts << tr("frozen");
    const auto pointed = m_pointed && hasFocus() ? CapacityReading::at(m_picture, *m_pointed) : std::nullopt;
    if (const auto reading = pointed ? pointed : CapacityReading::newest(m_picture)) {
        parts << reading->when(m_picture, CapacityReading::Length::Whole);
        for (const auto& row : rowsOf(*reading))
            parts << row.name + QLatin1Char(' ') + row.value;
    }
    if (pointed)
        return setAccessibleDescription(parts.join(QStringLiteral(", ")));
    for (const auto& step : m_picture.steps)
        parts << step.title + QLatin1Char(' ') + step.note;
    if (m_picture.runsOut)
        parts << m_picture.runsOut->title;
    setAccessibleDescription(parts.join(QStringLiteral(", ")));
}

CapacityPainter CapacityChart::painter() const
{
    return { m_picture, m_colours, rect(), font() };
}

QRectF CapacityChart::handle(std::size_t step) const
{
    return painter().handle(step);
}

bool CapacityChart::save(const QString& path, const QStringList& above, const QStringList& below) const
{
    return savePicture(path, { std::max(960, width()), std::max(480, height()) }, { above, below }, m_colours, font(), [this](QPainter& painter, const QRectF& area) { CapacityPainter(m_picture, m_colours, area, font()).paint(painter); });
}

void CapacityChart::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    m_painted = {};
}

void CapacityChart::paintEvent(QPaintEvent*)
{
    const auto chart = this->painter();
    if (m_painted.isNull()) {
        m_painted = QPixmap(size() * devicePixelRatioF());
        m_painted.setDevicePixelRatio(devicePixelRatioF());
        m_painted.fill(m_colours.background);
        QPainter painter(&m_painted);
        chart.paint(painter);
    }
    QPainter painter(this);
    painter.drawPixmap(0, 0, m_painted);
    m_hand->paint(painter, m_colours);
    if (m_frozen)
        painter.fillRect(QRectF(chart.area().topLeft(), QSizeF(chart.area().width(), 2)), m_colours.caution);
    if (hasFocus() && m_stepHasKeys && m_focused < m_picture.steps.size()) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(m_colours.accent, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(chart.handle(m_focused).adjusted(-3, -3, 3, 3), 5, 5);
        painter.setRenderHint(QPainter::Antialiasing, false);
    }
    if (!m_pointed || m_dragged)
        return;
    if (const auto reading = CapacityReading::at(m_picture, *m_pointed))
        paintReading(painter, chart.area(), std::round(std::max(chart.area().left(), chart.x(reading->time))) + 0.5, m_colours,
            reading->when(m_picture, CapacityReading::Length::Whole), rowsOf(*reading));
}

std::vector<ReadingRow> CapacityChart::rowsOf(const CapacityReading& reading) const
{
    std::vector<ReadingRow> rows;
    for (const auto& it : reading.rows) {
        const bool isTold = it.kind == CapacityReading::Row::Told;
        rows.push_back({ it.name, valueText(it.value), isTold ? m_colours.value : it.colour });
        if (isTold)
            rows.push_back({ tr("80 % band"), QStringLiteral("%1–%2").arg(valueText(it.low), valueText(it.high)), m_colours.axis });
    }
    return rows;
}

/// Of the past and of what is told, the nearest on one side.
std::optional<double> CapacityChart::next(double time, int direction) const
{
    std::optional<double> found;
    for (const auto* times : { &m_picture.times, &m_picture.told.times })
        for (const double it : *times)
            if ((it - time) * direction > 0 && it >= m_picture.begin && it <= m_picture.end
                && (!found || (*found - it) * direction > 0))
                found = it;
    return found;
}

/// The handle that a press would take.
std::optional<std::size_t> CapacityChart::stepAt(const QPointF& at) const
{
    const auto chart = painter();
    std::optional<std::size_t> found;
    double nearest = 0;
    for (std::size_t i = 0; i < m_picture.steps.size(); ++i) {
        const auto box = chart.handle(i);
        const double away = std::abs(box.center().x() - at.x());
        if (box.adjusted(-reach, -reach, reach, reach).contains(at) && (!found || away < nearest)) {
            nearest = away;
            found = i;
        }
    }
    return found;
}

void CapacityChart::mouseMoveEvent(QMouseEvent* event)
{
    if (!m_dragged)
        return setCursor(stepAt(event->position()) ? Qt::SizeHorCursor : Qt::ArrowCursor);
    // Whole days: nobody hands over GPUs by the minute.
    const auto chart = painter();
    const double x = std::clamp(event->position().x(), chart.area().left(), chart.area().right());
    emit stepMoved(m_picture.steps[*m_dragged].id, std::round(chart.timeAt(x) / day) * day);
}

void CapacityChart::mousePressEvent(QMouseEvent* event)
{
    m_dragged = stepAt(event->position());
    if (m_dragged) {
        m_focused = *m_dragged;
        m_stepHasKeys = true;
    }
    update();
}

void CapacityChart::mouseReleaseEvent(QMouseEvent*)
{
    if (const auto step = std::exchange(m_dragged, std::nullopt))
        emit stepDropped(m_picture.steps.at(*step).id);
    update();
}

void CapacityChart::keyPressEvent(QKeyEvent* event)
{
    const auto count = m_picture.steps.size();
    if (count == 0)
        return QWidget::keyPressEvent(event);
    m_focused = std::min(m_focused, count - 1);
    const double far = event->modifiers() & Qt::ShiftModifier ? 7 * day : day;
    switch (event->key()) {
    case Qt::Key_Escape:
        m_stepHasKeys = false;
        return update();
    case Qt::Key_Up:
    case Qt::Key_Down:
        if (std::exchange(m_stepHasKeys, true))
            m_focused = (m_focused + (event->key() == Qt::Key_Up ? count - 1 : 1)) % count;
        return update();
    case Qt::Key_Left:
    case Qt::Key_Right: {
        const auto step = m_picture.steps[m_focused];
        emit stepMoved(step.id, step.time + (event->key() == Qt::Key_Left ? -far : far));
        return emit stepDropped(step.id);
    }
    default:
        QWidget::keyPressEvent(event);
    }
}

} // namespace penstock
