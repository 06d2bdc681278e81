// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "controls/paint.h"

#include <QFile>
#include <QFontMetricsF>
#include <QPainter>
#include <QSvgRenderer>
#include <algorithm>
#include <array>

static void loadIcons() { Q_INIT_RESOURCE(icons); }

namespace penstock {

void paintStateGlyph(QPainter& painter, const QRectF& box, GpuState state)
{
    const auto colour = currentTheme().state(state);
    const auto it = box.adjusted(1.5, 1.5, -1.5, -1.5);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(colour, 1.5));
    painter.setBrush(Qt::NoBrush);
    switch (state) {
    case GpuState::Busy: painter.fillRect(it, colour); break;
    case GpuState::Idle: painter.drawEllipse(it); break;
    case GpuState::Free: painter.drawRect(it); break;
    case GpuState::Draining:
        painter.setPen(Qt::NoPen);
        painter.setBrush(colour);
        painter.drawPolygon(QPolygonF({ it.topLeft(), it.topRight(), QPointF(it.center().x(), it.bottom()) }));
        break;
    case GpuState::Unhealthy:
        painter.setPen(QPen(colour, 2.2));
        painter.drawLine(it.topLeft(), it.bottomRight());
        painter.drawLine(it.topRight(), it.bottomLeft());
        break;
    case GpuState::Unknown:
        painter.setPen(QPen(colour, 1.2, Qt::CustomDashLine));
        {
            QPen dashed(colour, 1.2);
            dashed.setDashPattern({ 2, 1.6 });
            painter.setPen(dashed);
        }
        painter.drawRect(it);
        painter.setPen(QPen(colour, 1));
        painter.drawLine(it.bottomLeft(), it.topRight());
        break;
    }
    painter.restore();
}

void paintStateBar(QPainter& painter, const QRectF& box, const std::array<std::uint64_t, gpuStateCount>& byState)
{
    std::uint64_t sum = 0;
    for (const auto count : byState)
        sum += count;
    painter.fillRect(box, currentTheme().s3);
    if (sum == 0)
        return;
    double x = box.left();
    std::uint64_t seen = 0;
    for (const auto state : gpuStatesInOrder) {
        const auto count = byState[static_cast<std::size_t>(state)];
        if (count == 0)
            continue;
        seen += count;
        const double end = box.left() + box.width() * static_cast<double>(seen) / static_cast<double>(sum);
        const QRectF part(x, box.top(), std::max(1.0, end - x), box.height());
        if (state == GpuState::Unknown) {
            painter.fillRect(part, currentTheme().s3);
            painter.fillRect(part, QBrush(currentTheme().state(state), Qt::BDiagPattern));
        } else
            painter.fillRect(part, state == GpuState::Busy ? currentTheme().mixed(currentTheme().state(state), 0.6) : currentTheme().state(state));
        x = end;
    }
}

AgeLook ageLook(std::optional<double> seconds, double staleAfter, bool fromCache)
{
    if (!seconds)
        return AgeLook::None;
    if (fromCache)
        return AgeLook::Cache;
    // Whoever waits longer than usual for a fleet to become stale has sources that are seldom heard: a store that is scraped once a minute.
    return *seconds < std::max(5.0, staleAfter - 30) ? AgeLook::Fresh : *seconds < staleAfter ? AgeLook::Ageing : AgeLook::Stale;
}

void paintAge(QPainter& painter, const QRectF& box, const QString& text, AgeLook look)
{
    const auto& theme = currentTheme();
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(textFont(12));
    const double width = QFontMetricsF(painter.font()).horizontalAdvance(text);
    const auto colour = look == AgeLook::Fresh ? theme.green : look == AgeLook::Ageing || look == AgeLook::Stale ? theme.amber : theme.t3;
    painter.setPen(look == AgeLook::Ageing || look == AgeLook::Stale ? theme.amber : theme.t2);
    painter.drawText(box, Qt::AlignRight | Qt::AlignVCenter, text);
    const QRectF dot(box.right() - width - 14, box.center().y() - 3.5, 7, 7);
    painter.setPen(QPen(colour, 1.4));
    switch (look) {
    case AgeLook::Fresh:
        painter.setBrush(colour);
        painter.setPen(Qt::NoPen);
        painter.drawEllipse(dot);
        break;
    case AgeLook::Ageing:
        painter.drawEllipse(dot);
        painter.setBrush(colour);
        painter.drawPie(dot, 90 * 16, 180 * 16);
        break;
    case AgeLook::Stale: {
        QPen dashed(colour, 1.6);
        dashed.setDashPattern({ 1.2, 1.2 });
        painter.setPen(dashed);
        painter.drawEllipse(dot);
        break;
    }
    case AgeLook::Cache: painter.drawEllipse(dot); break;
    case AgeLook::None: break;
    }
    painter.restore();
}

void paintSparkline(QPainter& painter, const QRectF& box, const std::vector<double>& values, const QColor& colour)
{
    if (values.size() < 2)
        return;
    const double most = std::max(1e-9, *std::ranges::max_element(values));
    QPolygonF line;
    // Always 60 places wide, so that a young line grows from the right.
    const double pitch = box.width() / 59;
    for (std::size_t i = 0; i < values.size(); ++i)
        line << QPointF(box.right() - pitch * static_cast<double>(values.size() - 1 - i), box.bottom() - box.height() * values[i] / most);
    painter.setPen(QPen(colour, 1));
    painter.drawPolyline(line);
}

void paintIcon(QPainter& painter, const QString& name, const QRectF& box, const QColor& colour)
{
    loadIcons();
    QFile file(QStringLiteral(":/icons/") + name + QStringLiteral(".svg"));
    if (!file.open(QIODevice::ReadOnly))
        return;
    auto svg = file.readAll();
    svg.replace("currentColor", colour.name().toLatin1());
    QSvgRenderer(svg).render(&painter, box);
}

double paintTag(QPainter* painter, const QPointF& topLeft, const QString& text, TagLook look)
{
    const auto& theme = currentTheme();
    const auto font = textFont(12, look == TagLook::Filled ? QFont::DemiBold : QFont::Medium);
    const double width = QFontMetricsF(font).horizontalAdvance(text) + 14;
    if (!painter)
        return width;
    const auto [ink, fill] = [&]() -> std::pair<QColor, QColor> {
        switch (look) {
        case TagLook::Neutral: return { theme.t2, theme.s3 };
        case TagLook::Accent: return { theme.acc, theme.accsoft };
        case TagLook::Green: return { theme.green, theme.greenbg };
        case TagLook::Amber: return { theme.amber, theme.amberbg };
        case TagLook::Red: return { theme.red, theme.redbg };
        case TagLook::Filled: return { theme.name == ThemeName::Dark ? QColor(0x0B, 0x0E, 0x12) : QColor(Qt::white), theme.amber };
        }
        return {};
    }();
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    painter->setBrush(fill);
    const QRectF box(topLeft, QSizeF(width, 20));
    painter->drawRoundedRect(box, 4, 4);
    painter->setPen(ink);
    painter->setFont(font);
    painter->drawText(box, Qt::AlignCenter, text);
    painter->restore();
    return width;
}

} // namespace penstock
