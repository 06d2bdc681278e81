// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QDateTime>
#include <QFontMetricsF>
#include <QLocale>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <array>
#include <cmath>

#include "painting/capacityreading.h"

namespace penstock {

namespace {

constexpr double leftMargin = 46, rightMargin = 152, topMargin = 26, bottomMargin = 26;
constexpr double minute = 60, hour = 3600, day = 86400;

double niceTick(double range, int most)
{
    const double raw = std::max(1.0, range / most);
    const double power = std::pow(10.0, std::floor(std::log10(raw)));
    for (const double factor : { 1.0, 2.0, 2.5, 5.0 })
        if (factor * power >= raw && (factor != 2.5 || power >= 10))
            return factor * power;
    return 10 * power;
}

QString shortNumber(double value)
{
    const auto text = [](double number) { return QLocale().toString(number, 'g', 4); };
    return value >= 1e6 ? text(value / 1e6) + QLatin1Char('M')
        : value >= 1e4  ? text(value / 1e3) + QLatin1Char('k')
                        : QLocale().toString(std::llround(value));
}

QDateTime utc(double time)
{
    return QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(time * 1000), Qt::UTC);
}

struct Ticks
{
    std::vector<double> times;
    QString format;
};

/// Whole minutes, hours, days or months, at most one a hundred pixels.
Ticks ticksOf(double begin, double end, double width)
{
    const double least = (end - begin) / std::max(2.0, width / 100);
    Ticks made;
    if (least <= 14 * day) {
        constexpr std::array steps { minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute, hour, 2 * hour,
            3 * hour, 6 * hour, 12 * hour, day, 2 * day, 5 * day, 7 * day, 14 * day };
        const double step = *std::ranges::lower_bound(steps, least);
        for (double at = std::ceil(begin / step) * step; at < end; at += step)
            made.times.push_back(at);
        made.format = step < day ? QStringLiteral("HH:mm") : QStringLiteral("d MMM");
        return made;
    }
    const int months = least <= 31 * day ? 1 : least <= 62 * day ? 2 : least <= 93 * day ? 3 : 6;
    const auto first = utc(begin).date();
    for (QDate at(first.year(), 1, 1); at < utc(end).date(); at = at.addMonths(months))
        if (const auto time = static_cast<double>(QDateTime(at, QTime(0, 0), Qt::UTC).toSecsSinceEpoch());
            time >= begin && time < end)
            made.times.push_back(time);
    made.format = QStringLiteral("MMM yy");
    return made;
}

} // namespace

CapacityPainter::CapacityPainter(
    const CapacityPicture& picture, const ChartColours& colours, const QRectF& box, const QFont& font)
    : m_picture(picture), m_colours(colours), m_font(font)
{
    m_font.setPixelSize(12);
    m_area = box.adjusted(leftMargin, topMargin, -rightMargin, -bottomMargin);
    double top = 0;
    const auto look = [&](double value) {
        if (value > top)
            top = value;
    };
    // What is out of sight must not flatten what is seen.
    const auto lookAt = [&](const std::vector<double>& times, const std::vector<double>& values, bool stepped) {
        for (std::size_t i = 0; i < std::min(times.size(), values.size()); ++i) {
            const double until = i + 1 < times.size() && stepped ? times[i + 1] : times[i] + picture.step;
            if (times[i] <= picture.end && until >= picture.begin)
                look(values[i]);
        }
    };
    for (const auto& band : picture.bands) {
        auto heights = band.values;
        if (picture.stacked && !m_heights.empty())
            std::ranges::transform(heights, m_heights.back(), heights.begin(),
                // One of which nothing is known lifts nothing, and hides none above it.
                [](double own, double below) { return std::isnan(own) ? below : std::isnan(below) ? own : own + below; });
        lookAt(picture.times, heights, false);
        m_heights.push_back(std::move(heights));
    }
    for (const auto& curve : picture.curves)
        lookAt(curve.times, curve.values, curve.stepped);
    for (const auto* area : { &picture.unmet, &picture.silent })
        lookAt(picture.times, area->high, false);
    for (std::size_t i = 0; i < picture.told.times.size(); ++i)
        if (picture.told.times[i] >= picture.begin && picture.told.times[i] < picture.end)
            // A band that knows nothing must not flatten everything else.
            look(std::min(picture.told.high[i], 2 * std::max(1.0, picture.told.likely[i])));
    for (const auto& step : picture.steps)
        look(std::max(step.from, step.to));
    m_tick = niceTick(std::max(1.0, top * 1.08), std::clamp(static_cast<int>(m_area.height() / 38), 2, 6));
    m_top = std::max(1.0, top * 1.08);
}

double CapacityPainter::x(double time) const
{
    return m_area.left() + (time - m_picture.begin) / (m_picture.end - m_picture.begin) * m_area.width();
}

double CapacityPainter::y(double value) const
{
    return m_area.bottom() - std::min(value / m_top, 1.1) * m_area.height();
}

double CapacityPainter::timeAt(double x) const
{
    return m_picture.begin + (x - m_area.left()) / m_area.width() * (m_picture.end - m_picture.begin);
}

QRectF CapacityPainter::handle(std::size_t step) const
{
    const auto& it = m_picture.steps.at(step);
    const double at = std::clamp(x(it.time), m_area.left(), m_area.right());
    return { at - 5, (y(it.from) + y(it.to)) / 2 - 8, 10, 16 };
}

std::vector<std::pair<std::size_t, std::size_t>> CapacityPainter::runs(
    const std::vector<double>& times, const std::vector<double>& values) const
{
    std::vector<std::pair<std::size_t, std::size_t>> made;
    for (std::size_t i = 0; i < std::min(times.size(), values.size()); ++i) {
        if (std::isnan(values[i]))
            continue;
        const bool goesOn = !made.empty() && made.back().second == i && times[i] - times[i - 1] < 1.9 * m_picture.step;
        if (goesOn)
            made.back().second = i + 1;
        else
            made.emplace_back(i, i + 1);
    }
    return made;
}

/// A point stands for its whole step, also for the last before a gap.
double CapacityPainter::until(const std::vector<double>& times, std::size_t at) const
{
    const double end = times[at] + m_picture.step;
    return times[at] < m_picture.now ? std::max(times[at], std::min(end, m_picture.now)) : end;
}

void CapacityPainter::paint(QPainter& painter) const
{
    painter.save();
    painter.setFont(m_font);
    paintGrid(painter);
    paintTimes(painter);
    painter.save();
    painter.setClipRect(m_area.adjusted(0, -topMargin, 0, 0));
    paintLift(painter);
    paintTold(painter);
    paintBands(painter);
    paintArea(painter, m_picture.silent);
    paintArea(painter, m_picture.unmet);
    for (const auto& curve : m_picture.curves)
        paintCurve(painter, curve);
    painter.restore();
    paintNow(painter);
    paintRunsOut(painter);
    paintSteps(painter);
    paintNames(painter);
    paintLabels(painter);
    if (!m_picture.empty.isEmpty()) {
        painter.setPen(m_colours.name);
        painter.drawText(m_area, Qt::AlignCenter | Qt::TextWordWrap, m_picture.empty);
    }
    painter.restore();
}

void CapacityPainter::paintGrid(QPainter& painter) const
{
    for (double value = 0; value <= m_top; value += m_tick) {
        const double at = std::round(y(value)) + 0.5;
        painter.setPen(QPen(m_colours.grid, 1));
        painter.drawLine(QPointF(m_area.left(), at), QPointF(m_area.right(), at));
        painter.setPen(m_colours.axis);
        painter.drawText(QRectF(m_area.left() - leftMargin, at - 9, leftMargin - 8, 18),
            Qt::AlignVCenter | Qt::AlignRight, shortNumber(value));
    }
}

void CapacityPainter::paintTimes(QPainter& painter) const
{
    const auto ticks = ticksOf(m_picture.begin, m_picture.end, m_area.width());
    painter.setPen(m_colours.axis);
    for (const double time : ticks.times) {
        const auto text = QLocale().toString(utc(time), ticks.format);
        const double wide = painter.fontMetrics().horizontalAdvance(text);
        const double left = std::max(m_area.left(), x(time) - wide / 2);
        if (left + wide <= m_area.right() + 20)
            painter.drawText(QRectF(left, m_area.bottom() + 6, wide + 2, 18), Qt::AlignVCenter | Qt::AlignLeft, text);
    }
}

/// What a band stands on.
double CapacityPainter::foot(std::size_t band, std::size_t at) const
{
    return band > 0 && !std::isnan(m_heights[band - 1][at]) ? y(m_heights[band - 1][at]) : m_area.bottom();
}

void CapacityPainter::paintBands(QPainter& painter) const
{
    for (std::size_t b = 0; b < m_picture.bands.size(); ++b) {
        const auto& band = m_picture.bands[b];
        for (const auto& [first, last] : runs(m_picture.times, band.values)) {
            QPolygonF upper;
            for (auto i = first; i < last; ++i)
                upper << QPointF(x(m_picture.times[i]), y(m_heights[b][i]));
            upper << QPointF(x(until(m_picture.times, last - 1)), y(m_heights[b][last - 1]));
            if (m_picture.stacked) {
                auto whole = upper;
                whole << QPointF(upper.back().x(), foot(b, last - 1));
                for (auto i = last; i-- > first;)
                    whole << QPointF(x(m_picture.times[i]), foot(b, i));
                painter.setPen(Qt::NoPen);
                painter.setBrush(band.fill);
                painter.drawPolygon(whole);
            }
            painter.setPen(QPen(band.line, 1));
            painter.drawPolyline(upper);
        }
    }
}

void CapacityPainter::paintCurve(QPainter& painter, const CapacityPicture::Curve& curve) const
{
    QPen pen(curve.colour, 1, curve.style == Qt::DashLine ? Qt::CustomDashLine : curve.style);
    if (curve.style == Qt::DashLine)
        pen.setDashPattern({ 5, 3 });
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    // What is said of whole stretches has no gaps: its times are its steps.
    const auto parts = curve.stepped && curve.style == Qt::DashLine
        ? std::vector { std::pair<std::size_t, std::size_t>(0, curve.times.size()) }
        : runs(curve.times, curve.values);
    for (const auto& [first, last] : parts) {
        if (first == last)
            continue;
        QPolygonF line;
        for (auto i = first; i < last; ++i) {
            if (curve.stepped && i > first)
                line << QPointF(std::round(x(curve.times[i])) + 0.5, y(curve.values[i - 1]));
            const double at = x(curve.times[i]);
            line << QPointF(curve.stepped ? std::round(at) + 0.5 : at, y(curve.values[i]));
        }
        if (last < curve.times.size() || curve.style != Qt::DashLine)
            line << QPointF(x(until(curve.times, last - 1)), y(curve.values[last - 1]));
        painter.drawPolyline(line);
    }
}

void CapacityPainter::paintArea(QPainter& painter, const CapacityPicture::Area& area) const
{
    auto fill = area.colour;
    fill.setAlphaF(area.pattern == Qt::SolidPattern ? 0.35F : 0.8F);
    QRectF widest;
    for (const auto& [first, last] : runs(m_picture.times, area.high)) {
        QPolygonF shape;
        for (auto i = first; i < last; ++i)
            shape << QPointF(x(m_picture.times[i]), y(area.high[i]));
        shape << QPointF(x(until(m_picture.times, last - 1)), y(area.high[last - 1]))
              << QPointF(x(until(m_picture.times, last - 1)), y(area.low[last - 1]));
        for (auto i = last; i-- > first;)
            shape << QPointF(x(m_picture.times[i]), y(area.low[i]));
        painter.setPen(Qt::NoPen);
        painter.setBrush(QBrush(fill, area.pattern));
        painter.drawPolygon(shape);
        if (const auto box = shape.boundingRect().intersected(m_area); box.width() > widest.width())
            widest = box;
    }
    if (const double wide = painter.fontMetrics().horizontalAdvance(area.name); !area.name.isEmpty() && widest.width() > wide + 8 && widest.height() > 18)
        paintWords(painter, { widest.center().x() - wide / 2, widest.center().y() - 8 }, area.name, m_colours.value);
}

void CapacityPainter::paintTold(QPainter& painter) const
{
    const auto& told = m_picture.told;
    if (told.times.size() < 2)
        return;
    QPolygonF band, line;
    for (std::size_t i = 0; i < told.times.size(); ++i) {
        band << QPointF(x(told.times[i]), y(told.high[i]));
        line << QPointF(x(told.times[i]), y(told.likely[i]));
    }
    for (auto i = told.times.size(); i-- > 0;)
        band << QPointF(x(told.times[i]), y(told.low[i]));
    auto fill = m_colours.axis;
    fill.setAlphaF(0.2F);
    painter.setPen(Qt::NoPen);
    painter.setBrush(fill);
    painter.drawPolygon(band);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(m_colours.value, 1.5));
    painter.setBrush(Qt::NoBrush);
    painter.drawPolyline(line);
    painter.restore();
}

void CapacityPainter::paintLift(QPainter& painter) const
{
    const auto& it = m_picture.lift;
    for (std::size_t i = 0; i + 1 < it.times.size(); ++i)
        painter.fillRect(
            QRectF(QPointF(x(it.times[i]), y(it.high[i])), QPointF(x(it.times[i + 1]), y(it.low[i]))), it.fill);
}

void CapacityPainter::paintNow(QPainter& painter) const
{
    if (m_picture.now >= m_picture.end || m_picture.now < m_picture.begin)
        return;
    const double at = std::round(x(m_picture.now)) + 0.5;
    painter.setPen(QPen(m_colours.outline, 1));
    painter.drawLine(QPointF(at, m_area.top() - topMargin + 6), QPointF(at, m_area.bottom()));
    painter.setPen(m_colours.axis);
    painter.drawText(QRectF(at + 6, m_area.top() - topMargin + 2, 160, 16), Qt::AlignVCenter | Qt::AlignLeft,
        m_picture.nowName.isEmpty() ? tr("now") : m_picture.nowName);
}

/// Words that lines go through are read by their rim, which hides less of what is told than a box does.
void CapacityPainter::paintWords(QPainter& painter, const QPointF& topLeft, const QString& words, const QColor& colour) const
{
    constexpr double high = 16, rim = 3;
    const QFontMetricsF metrics(m_font);
    QPainterPath path;
    path.addText(topLeft + QPointF(0, (high + metrics.ascent() - metrics.descent()) / 2), m_font, words);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.strokePath(path, QPen(m_colours.background, rim, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.restore();
    painter.setPen(colour);
    painter.drawText(QRectF(topLeft, QSizeF(metrics.horizontalAdvance(words) + 2, high)), Qt::AlignVCenter | Qt::AlignLeft, words);
}

void CapacityPainter::paintSteps(QPainter& painter) const
{
    painter.save();
    for (std::size_t i = 0; i < m_picture.steps.size(); ++i) {
        const auto box = handle(i);
        const auto& it = m_picture.steps[i];
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(m_colours.background, 1));
        painter.setBrush(m_colours.value);
        painter.drawRoundedRect(box, 3, 3);
        painter.setRenderHint(QPainter::Antialiasing, false);
        for (const double dx : { -1.5, 1.5 })
            painter.fillRect(
                QRectF(std::round(box.center().x() + dx - 0.5), box.center().y() - 4, 1, 8), m_colours.background);
        // The later of two has its words above, the earlier below, so that they keep clear of each other.
        const auto later
            = std::ranges::count_if(m_picture.steps, [&](const auto& other) { return other.time > it.time; });
        const double wide = 2
            + std::max(
                painter.fontMetrics().horizontalAdvance(it.title), painter.fontMetrics().horizontalAdvance(it.note));
        const bool isAbove = later % 2 == 0;
        // Nothing is written over the past.
        const bool isLeft = isAbove && box.left() - wide - 4 > x(m_picture.now);
        const double left = isLeft ? box.left() - wide - 4 : std::min(box.right() + 6, m_area.right() - wide);
        const double top = isAbove ? std::max(m_area.top() - topMargin, box.top() - 36) : box.bottom() + 4;
        paintWords(painter, { left, top }, it.title, m_colours.accent);
        paintWords(painter, { left, top + 16 }, it.note, m_colours.axis);
    }
    painter.restore();
}

void CapacityPainter::paintRunsOut(QPainter& painter) const
{
    const auto& it = m_picture.runsOut;
    if (!it)
        return;
    const double from = std::clamp(x(it->earliest), m_area.left(), m_area.right());
    const double to = std::clamp(x(it->latest), m_area.left(), m_area.right());
    painter.fillRect(QRectF(from, m_area.bottom() - 3, std::max(2.0, to - from), 3), m_colours.caution);
    if (it->time > m_picture.end)
        return;
    const QPointF point(x(it->time), y(it->value));
    painter.save();
    painter.setPen(QPen(m_colours.caution, 1, Qt::DotLine));
    painter.drawLine(point + QPointF(0, 6), QPointF(point.x(), m_area.bottom()));
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(m_colours.caution, 2));
    painter.setBrush(m_colours.background);
    painter.drawEllipse(point, 5, 5);
    painter.restore();
    const QFontMetricsF metrics(m_font);
    const double wide = std::max(metrics.horizontalAdvance(it->title), metrics.horizontalAdvance(it->note)) + 2;
    double left = point.x() + 8 + wide > m_area.right() ? point.x() - 8 - wide : point.x() + 8;
    // Nothing is written over the past, as far as there is room beside it.
    left = std::min(std::max(left, std::max(m_area.left(), x(m_picture.now) + 8)), m_area.right() - wide);
    const double top
        = std::min(std::max(point.y() + 40, m_area.bottom() - 0.36 * m_area.height()), m_area.bottom() - 40);
    paintWords(painter, { left, top }, it->title, m_colours.caution);
    paintWords(painter, { left, top + 16 }, it->note, m_colours.axis);
}

/// Bands that are high enough at their newest end have their name in them.
void CapacityPainter::paintNames(QPainter& painter) const
{
    if (!m_picture.stacked)
        return;
    const double end = std::min(m_area.right(), x(std::min(m_picture.now, m_picture.end)));
    for (std::size_t b = 0; b < m_picture.bands.size(); ++b) {
        const auto& name = m_picture.bands[b].name;
        const double wide = painter.fontMetrics().horizontalAdvance(name);
        const double from = timeAt(end - wide - 16), to = timeAt(end - 8);
        double top = m_area.top() - topMargin, bottom = m_area.bottom();
        bool isSeen = false;
        for (std::size_t i = 0; i < m_picture.times.size(); ++i) {
            if (m_picture.times[i] + m_picture.step < from || m_picture.times[i] > to || std::isnan(m_picture.bands[b].values[i]))
                continue;
            isSeen = true;
            top = std::max(top, y(m_heights[b][i]));
            bottom = std::min(bottom, foot(b, i));
        }
        if (!isSeen || bottom - top < 16 || end - wide - 16 < m_area.left())
            continue;
        painter.setPen(m_colours.value);
        painter.drawText(
            QRectF(end - wide - 12, (top + bottom) / 2 - 8, wide + 4, 16), Qt::AlignVCenter | Qt::AlignLeft, name);
    }
}

/// At the right: each line by its name where it ends, pushed apart where they would touch, and what it is at the one
/// moment that stands above them.
void CapacityPainter::paintLabels(QPainter& painter) const
{
    using Row = CapacityReading::Row;
    std::vector<Label> labels;
    const auto reading = CapacityReading::newest(m_picture);
    const auto add = [&](Row::Kind kind, const QString& name, const QColor& colour, const std::vector<double>& values,
                         const std::vector<double>& heights) {
        const auto* row = reading ? reading->find(kind, name) : nullptr;
        const auto text = row && !std::isnan(row->value) ? QLocale().toString(std::llround(row->value)) : QString();
        for (auto i = values.size(); i-- > 0;)
            if (!std::isnan(values[i]))
                return labels.push_back({ name, text, colour, y(heights[i]) });
    };
    if (!m_picture.stacked)
        for (std::size_t b = 0; b < m_picture.bands.size(); ++b)
            add(Row::Band, m_picture.bands[b].name, m_picture.bands[b].line, m_picture.bands[b].values, m_heights[b]);
    for (const auto& curve : m_picture.curves)
        if (curve.labelled)
            add(Row::Curve, curve.name, curve.colour, curve.values, curve.values);
    if (!m_picture.told.likely.empty())
        add(Row::Told, m_picture.told.name, m_colours.value, m_picture.told.likely, m_picture.told.likely);
    std::ranges::sort(labels, {}, &Label::at);
    constexpr double high = 17;
    const auto most = static_cast<std::size_t>(std::max(1.0, m_area.height() / high));
    if (labels.size() > most)
        labels.resize(most);
    for (std::size_t i = 1; i < labels.size(); ++i)
        labels[i].at = std::max(labels[i].at, labels[i - 1].at + high);
    for (std::size_t i = labels.size(); i-- > 0;)
        labels[i].at = std::min(labels[i].at, m_area.bottom() - high * static_cast<double>(labels.size() - 1 - i));
    if (reading && !labels.empty()) {
        const QRectF above(m_area.right() + 8, m_area.top() - topMargin + 2, rightMargin - 10, 16);
        const auto when = reading->when(m_picture, CapacityReading::Length::WithoutYear);
        painter.setPen(m_colours.axis);
        painter.drawText(above, Qt::AlignVCenter | Qt::AlignRight, painter.fontMetrics().elidedText(when, Qt::ElideRight, static_cast<int>(above.width())));
    }
    for (const auto& label : labels) {
        const QRectF box(m_area.right() + 8, label.at - 8, rightMargin - 10, 16);
        painter.fillRect(QRectF(box.left(), label.at - 5, 3, 10), label.colour);
        const double wide = painter.fontMetrics().horizontalAdvance(label.value);
        painter.setPen(m_colours.value);
        const double room = box.width() - wide - 16;
        painter.drawText(box.adjusted(8, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft,
            painter.fontMetrics().elidedText(label.name, Qt::ElideRight, static_cast<int>(room)));
        painter.setPen(m_colours.name);
        painter.drawText(box, Qt::AlignVCenter | Qt::AlignRight, label.value);
    }
}

} // namespace penstock
