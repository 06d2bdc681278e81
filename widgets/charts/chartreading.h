// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QString>
#include <vector>

class QPainter;
class QRectF;

namespace penstock {

struct ChartColours;

/// A line of what a crosshair reads.
struct ReadingRow
{
    QString name, value;
    QColor colour;
};

/// Paints a crosshair at `x` over the picture in `area`, and beside it a box that says when that is and what is read there. In the painter's font, at 12 pixels.
void paintReading(QPainter& painter, const QRectF& area, double x, const ChartColours& colours, const QString& when, const std::vector<ReadingRow>& rows);

} // namespace penstock
