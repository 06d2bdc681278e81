// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "charts/picturefile.h"

#include <QImage>
#include <QPainter>
#include <QSvgGenerator>

namespace penstock {

bool savePicture(const QString& path, QSize picture, const PictureText& words, const ChartColours& colours, const QFont& font, const std::function<void(QPainter&, const QRectF&)>& drawPicture)
{
    const int line = 20, margin = 16;
    const int head = margin + line * static_cast<int>(words.above.size()),
              foot = margin + line * static_cast<int>(words.below.size());
    const QSize size(picture.width() + 2 * margin, picture.height() + head + foot);
    const auto draw = [&](QPainter& painter) {
        painter.fillRect(QRect(QPoint(), size), colours.background);
        QFont text = font;
        text.setPixelSize(12);
        painter.setFont(text);
        const auto write = [&](const QStringList& lines, int top, const QColor& colour) {
            painter.setPen(colour);
            for (const auto& it : lines) {
                painter.drawText(
                    QRectF(margin, top, size.width() - 2 * margin, line), Qt::AlignVCenter | Qt::AlignLeft, it);
                top += line;
            }
        };
        write(words.above, margin / 2, colours.value);
        write(words.below, size.height() - foot + margin / 2, colours.axis);
        drawPicture(painter, QRectF(QPointF(margin, head), picture));
    };
    if (path.endsWith(QLatin1String(".svg"), Qt::CaseInsensitive)) {
        QSvgGenerator svg;
        svg.setFileName(path);
        svg.setSize(size);
        svg.setViewBox(QRect(QPoint(), size));
        svg.setTitle(words.above.value(0));
        svg.setDescription(words.below.join(QLatin1Char('\n')));
        QPainter painter;
        if (!painter.begin(&svg))
            return false;
        draw(painter);
        return painter.end();
    }
    QImage image(size * 2, QImage::Format_RGB32);
    image.setDevicePixelRatio(2);
    QPainter painter(&image);
    draw(painter);
    painter.end();
    image.setText(QStringLiteral("Title"), words.above.value(0));
    image.setText(QStringLiteral("Description"), words.below.join(QLatin1Char('\n')));
    return image.save(path, "PNG");
}

} // namespace penstock
