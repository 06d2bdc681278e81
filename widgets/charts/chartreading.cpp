// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "chartreading.h"

#include <QPainter>
#include <algorithm>

#include "painting/chartcolours.h"

namespace penstock {

void paintReading(QPainter& painter, const QRectF& area, double x, const ChartColours& colours, const QString& when, const std::vector<ReadingRow>& rows)
{
    painter.setPen(QPen(colours.axis, 1));
    painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
    auto font = painter.font();
    font.setPixelSize(12);
    painter.setFont(font);
    const auto& metrics = painter.fontMetrics();
    int names = metrics.horizontalAdvance(when), values = 0;
    for (const auto& it : rows) {
        names = std::max(names, metrics.horizontalAdvance(it.name) + 9);
        values = std::max(values, metrics.horizontalAdvance(it.value));
    }
    QRectF box(x + 10, area.top() + 4, names + values + 36, 24 + 18 * static_cast<double>(rows.size()));
    if (box.right() > area.right())
        box.moveRight(x - 10);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(colours.outline, 1));
    painter.setBrush(colours.raised);
    painter.drawRoundedRect(box, 6, 6);
    double y = box.top() + 4;
    painter.setPen(colours.axis);
    painter.drawText(QRectF(box.left() + 10, y, box.width() - 20, 18), Qt::AlignVCenter | Qt::AlignLeft, when);
    for (const auto& it : rows) {
        y += 18;
        painter.fillRect(QRectF(box.left() + 10, y + 3, 3, 12), it.colour);
        painter.setPen(colours.value);
        painter.drawText(QRectF(box.left() + 19, y, names, 18), Qt::AlignVCenter | Qt::AlignLeft, it.name);
        painter.drawText(QRectF(box.left() + 10, y, box.width() - 20, 18), Qt::AlignVCenter | Qt::AlignRight, it.value);
    }
}

} // namespace penstock
