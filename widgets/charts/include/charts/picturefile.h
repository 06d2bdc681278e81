// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QStringList>
#include <functional>

#include "painting/chartcolours.h"

class QPainter;

namespace penstock {

/// What is written around a picture, a line each. The first above is its title.
struct PictureText
{
    QStringList above, below;
};

/// Writes a picture with its text into `path`: as SVG where that ends in ".svg", as PNG of twice the pixels otherwise.
/// `draw` fills the rectangle it is given, `size` large. False when the file cannot be written.
[[nodiscard]] bool savePicture(const QString& path, QSize size, const PictureText& text, const ChartColours& colours, const QFont& font, const std::function<void(QPainter&, const QRectF&)>& draw);

} // namespace penstock
