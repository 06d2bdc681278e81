// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

// The line of steps, and what is drawn while nothing is edited.
#include <QPainterPath>
#include <algorithm>
#include <cmath>

#include "controls/theme.h"
#include "models/format.h"
#include "planpicture.h"
#include "planpictureparts.h"

namespace penstock {

namespace {

    QString conditionText(BackendReading::Condition condition)
    {
        switch (condition) {
        case BackendReading::Condition::Up: return PlanPicture::tr("up");
        case BackendReading::Condition::Warming: return PlanPicture::tr("warming up");
        case BackendReading::Condition::Draining: return PlanPicture::tr("draining");
        case BackendReading::Condition::Maintenance: return PlanPicture::tr("in maintenance");
        case BackendReading::Condition::Down: return PlanPicture::tr("down");
        }
        return {};
    }

} // namespace

double PlanPicture::paintStops(QPainter* painter, double top, const std::vector<Stop>& stops, bool back, bool isRunning) const
{
    const auto& theme = currentTheme();
    const Pen pen(painter);
    const double w = width();
    const auto count = stops.size();
    const double edge = 44, gap = count > 1 ? (w - 2 * edge) / static_cast<double>(count - 1) : 0;
    // Many steps would touch: the first, the last and some between are labelled.
    const auto every = static_cast<std::size_t>(std::max(1.0, std::ceil(90 / std::max(gap, 1.0))));
    const auto routes = static_cast<double>(std::min<qsizetype>(3, stops.empty() ? 0 : stops.front().shares.size()));
    if (painter) {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(theme.line2, 1));
        painter->drawLine(QPointF(edge, top), QPointF(edge + gap * static_cast<double>(count - 1), top));
    }
    for (std::size_t i = 0; i < count; ++i) {
        const double x = edge + gap * static_cast<double>(i);
        const auto& stop = stops[i];
        if (painter) {
            painter->setPen(QPen(stop.isShort ? theme.red : stop.isReached ? theme.acc : theme.t3, 1.5));
            painter->setBrush(stop.isReached ? theme.acc : theme.bg);
            painter->drawEllipse(QPointF(x, top), 5, 5);
        }
        const bool isLast = i + 1 == count;
        if (!isLast && (i % every != 0 || (count - 1 - i < every && i != 0)))
            continue;
        pen.text(QRectF(x - edge, top + 10, 2 * edge, 16), stop.title, stop.isShort ? theme.red : theme.t1, 12, QFont::DemiBold, Qt::AlignHCenter);
        for (int r = 0; r < static_cast<int>(routes); ++r)
            pen.text(QRectF(x - edge, top + 27 + 16 * r, 2 * edge, 16), stop.shares[r], theme.t2, 12, QFont::Normal, Qt::AlignHCenter);
    }
    double y = top + 30 + 16 * routes;
    if (back && painter && gap > 24)
        for (std::size_t i = 1; i < count; ++i) {
            const double from = edge + gap * static_cast<double>(i) - 6, to = edge + gap * static_cast<double>(i - 1) + 6;
            QPainterPath arc(QPointF(from, y));
            arc.quadTo((from + to) / 2, y + 14, to, y + 1);
            painter->setPen(QPen(theme.acc, 1.2));
            painter->setBrush(Qt::NoBrush);
            painter->drawPath(arc);
            painter->setBrush(theme.acc);
            painter->drawPolygon(QPolygonF { QPointF(to - 2, y - 2), QPointF(to + 5, y), QPointF(to + 1, y + 5) });
        }
    if (painter)
        painter->restore();
    return y + (back && gap > 24 ? 16 : 2) + (isRunning ? 4 : 0);
}

double PlanPicture::paintShift(QPainter* painter, double y) const
{
    const auto& leg = m_shift->leg();
    const auto steps = leg.steps();
    std::vector<Stop> stops(steps + 1);
    for (std::size_t s = 0; s <= steps; ++s) {
        stops[s].title = s == 0 ? m_shift->returning() ? tr("turned") : tr("before") : QString::number(s);
        stops[s].isReached = s <= m_shift->stepsDone;
        stops[s].isShort = m_shift->error && s == m_shift->step && s > m_shift->stepsDone;
        for (const auto& move : leg.moves) {
            const auto& weights = s == 0 || move.steps.empty() ? move.from : move.steps[std::min(s, move.steps.size()) - 1];
            stops[s].shares << format::split(weights);
        }
    }
    return paintStops(painter, y + 12, stops, !m_shift->returning(), true) + 8;
}

double PlanPicture::paintBackends(QPainter* painter, double y) const
{
    const auto& reading = m_route.reading;
    if (!reading)
        return y;
    const auto& theme = currentTheme();
    const Pen pen(painter);
    const double w = width();
    const auto cell = [&](double from, double to, const QString& what, const QColor& colour, int align, int pixels = 13, int weight = QFont::Normal) {
        pen.text(QRectF(w * from, y, w * (to - from), 20), what, colour, pixels, weight, align);
    };
    cell(0, 0.26, tr("Backend"), theme.t3, Qt::AlignLeft, 12);
    cell(0.26, 0.42, tr("Accepted"), theme.t3, Qt::AlignRight, 12);
    cell(0.42, 0.58, tr("Observed"), theme.t3, Qt::AlignRight, 12);
    // Of the past shares are kept, and not whether a backend was up, nor how many requests were counted.
    const bool isNow = !m_route.past;
    if (isNow)
        cell(0.62, 1, tr("State"), theme.t3, Qt::AlignLeft, 12);
    y += 26;
    for (std::size_t i = 0; i < reading->backends.size(); ++i) {
        const auto& it = reading->backends[i];
        const auto provider = i < m_route.route.backends.size() && !m_route.route.backends[i].scope.provider.empty() ? m_route.route.backends[i].scope.provider : it.name;
        pen.fill(QRectF(0, y - 4, w, 1), theme.line);
        pen.fill(QRectF(0, y + 4, 3, 12), theme.provider(QString::fromStdString(provider)));
        pen.text(QRectF(10, y, w * 0.26 - 10, 20), QString::fromStdString(it.name), theme.t1, 13, QFont::Medium);
        cell(0.26, 0.42, format::percent(it.accepted), theme.t1, Qt::AlignRight);
        cell(0.42, 0.58, format::percent(it.observed), theme.t1, Qt::AlignRight);
        const auto colour = it.condition == BackendReading::Condition::Up ? theme.t2 : it.condition == BackendReading::Condition::Down ? theme.red : theme.amber;
        if (isNow)
            cell(0.62, 1, it.note.empty() ? conditionText(it.condition) : conditionText(it.condition) + QStringLiteral(": ") + QString::fromStdString(it.note), colour, Qt::AlignLeft);
        y += 28;
    }
    if (!isNow)
        return y;
    cell(0, 1, m_route.route.router.countsRequests() ? tr("Observed on the last %1 requests; under %2 they say nothing.").arg(format::count(reading->windowRequests)).arg(leastRequestsObserved)
                                                    : tr("Observed: shares of the workload's allocated GPUs."), theme.t3, Qt::AlignLeft, 12);
    return y + 24;
}

} // namespace penstock
