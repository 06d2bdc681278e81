// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "heatpainter.h"

#include <algorithm>
#include <cmath>

namespace penstock {

namespace {

    constexpr int quietBelow = 12; ///< pitch

    std::size_t place(HeatMark mark) { return static_cast<std::size_t>(mark); }

    QRgb blended(QRgb below, QRgb above, int cover)
    {
        const auto part = [cover](int a, int b) { return a + (b - a) * cover / 255; };
        return qRgb(part(qRed(below), qRed(above)), part(qGreen(below), qGreen(above)), part(qBlue(below), qBlue(above)));
    }

    /// WCAG 2.1's relative luminance.
    double luminance(QRgb colour)
    {
        const auto linear = [](int value) {
            const double share = value / 255.0;
            return share <= 0.04045 ? share / 12.92 : std::pow((share + 0.055) / 1.055, 2.4);
        };
        return 0.2126 * linear(qRed(colour)) + 0.7152 * linear(qGreen(colour)) + 0.0722 * linear(qBlue(colour));
    }

    /// Draws the mark's stroke, white on black, in a square of this size.
    QImage drawn(HeatMark mark, int size)
    {
        QImage image(size, size, QImage::Format_Grayscale8);
        image.fill(0);
        QPainter painter(&image);
        const double s = size, width = std::clamp(s / 8, 1.0, 2.2);
        painter.setRenderHint(QPainter::Antialiasing, mark != HeatMark::Outline && mark != HeatMark::Hatch);
        painter.setPen(QPen(Qt::white, width));
        const double edge = s / 4;
        switch (mark) {
        case HeatMark::Plain:
        case HeatMark::Faded: break;
        case HeatMark::Ring: painter.drawEllipse(QRectF(edge, edge, s - 2 * edge, s - 2 * edge)); break;
        case HeatMark::Outline:
            painter.setPen(QPen(Qt::white, s >= 14 ? 1.5 : 1));
            painter.drawRect(0, 0, size - 1, size - 1);
            break;
        case HeatMark::Triangle:
            painter.setPen(Qt::NoPen);
            painter.setBrush(Qt::white);
            painter.drawPolygon(QPolygonF({ QPointF(edge, edge), QPointF(s - edge, edge), QPointF(s / 2, s - edge) }));
            break;
        case HeatMark::Cross: {
            if (size < 10) {
                // Whole pixels, corner to corner: anything finer is lost at this size.
                const int in = size < 7 ? 0 : 1;
                painter.setRenderHint(QPainter::Antialiasing, false);
                painter.setPen(QPen(Qt::white, 1));
                painter.drawLine(in, in, size - 1 - in, size - 1 - in);
                painter.drawLine(size - 1 - in, in, in, size - 1 - in);
                break;
            }
            const double in = s / 3.4;
            painter.drawLine(QPointF(in, in), QPointF(s - in, s - in));
            painter.drawLine(QPointF(s - in, in), QPointF(in, s - in));
            break;
        }
        case HeatMark::NoValue:
            painter.setRenderHint(QPainter::Antialiasing, false);
            painter.fillRect(QRectF(std::floor(edge), std::floor(s / 2 - width / 2), size - 2 * std::floor(edge), std::max(1.0, std::floor(width))), Qt::white);
            break;
        case HeatMark::Hatch: {
            painter.setPen(QPen(Qt::white, 1));
            const int step = std::max(4, size / 4);
            for (int x = 0; x < 2 * size; x += step)
                painter.drawLine(x, 0, x - size, size);
            QPen dashed(Qt::white, 1);
            dashed.setDashPattern({ 2, 2 });
            painter.setPen(dashed);
            painter.drawRect(0, 0, size - 1, size - 1);
            break;
        }
        }
        return image;
    }

} // namespace

void Heatmap::Painter::prepare(const HeatColours& colours, int pitch, double scale)
{
    if (m_colours == &colours && m_pitch == pitch && m_scale == scale)
        return;
    m_colours = &colours;
    m_pitch = pitch;
    m_scale = scale;
    m_digits.clear();
    const int device = static_cast<int>(std::lround(pitch * scale));
    m_size = pitch >= leastGapped ? device - std::max(1, static_cast<int>(scale)) : device;
    const auto background = colours.background.rgb();
    m_fills.fill(background);
    m_fills[place(HeatMark::Triangle)] = colours.triangleFill.rgb();
    m_fills[place(HeatMark::Cross)] = colours.crossFill.rgb();
    m_fills[place(HeatMark::Faded)] = colours.faded.rgb();
    m_fills[place(HeatMark::NoValue)] = colours.noValueFill.rgb();
    m_overShade.fill(false);
    m_overShade[place(HeatMark::Plain)] = m_overShade[place(HeatMark::Ring)] = true;
    for (std::size_t m = 0; m < heatMarkCount; ++m) {
        const auto mark = static_cast<HeatMark>(m);
        m_strokes[m] = colours.marks[m].rgb();
        m_masks[m].clear();
        if (mark == HeatMark::Plain || mark == HeatMark::Faded)
            continue;
        if (pitch < leastMarked) {
            // No room for a shape: unhealthy, draining and unknown keep a colour of their own, free ones the quietest.
            if (mark == HeatMark::Hatch)
                m_fills[m] = blended(background, m_strokes[m], 120);
            else if (mark == HeatMark::Outline)
                m_fills[m] = blended(background, m_strokes[m], 60);
            else if (mark != HeatMark::NoValue)
                m_fills[m] = m_strokes[m];
            continue;
        }
        const auto shape = drawn(mark, m_size);
        for (int y = 0; y < m_size; ++y)
            m_masks[m].insert(m_masks[m].end(), shape.constScanLine(y), shape.constScanLine(y) + m_size);
        // A hatch that is too loud looks like a value, and a field of small outlines like an alarm.
        if (mark == HeatMark::Hatch || (mark == HeatMark::Outline && pitch < quietBelow))
            for (auto& cover : m_masks[m])
                cover = static_cast<std::uint8_t>(cover / 2);
        else if (mark == HeatMark::Cross && pitch < quietBelow)
            m_fills[m] = blended(m_fills[m], m_strokes[m], 60);
    }
}

void Heatmap::Painter::paintCell(QImage& picture, QPoint at, std::uint8_t shade, HeatMark mark) const
{
    const auto m = place(mark);
    const auto fill = m_overShade[m] ? m_colours->shades[shade] : m_fills[m];
    const int left = std::max(0, at.x()), right = std::min(picture.width(), at.x() + m_size);
    const int top = std::max(0, at.y()), bottom = std::min(picture.height(), at.y() + m_size);
    if (left >= right)
        return;
    const auto& mask = m_masks[m];
    auto* bits = reinterpret_cast<QRgb*>(picture.bits());
    const auto stride = picture.bytesPerLine() / 4;
    for (int y = top; y < bottom; ++y) {
        auto* line = bits + y * stride;
        if (mask.empty()) {
            std::fill(line + left, line + right, fill);
            continue;
        }
        const auto* cover = mask.data() + static_cast<std::ptrdiff_t>(y - at.y()) * m_size - at.x();
        for (int x = left; x < right; ++x)
            line[x] = cover[x] == 0 ? fill : blended(fill, m_strokes[m], cover[x]);
    }
}

void Heatmap::Painter::paintRun(QImage& picture, const HeatLayout& layout, const HeatLayout::Area& area, const HeatSource& source, HeatSpot first, std::uint32_t count, QPoint offset)
{
    m_shades.resize(count);
    m_marks.resize(count);
    source.cells(first, m_shades, m_marks);
    const auto device = [this](int pixels) { return static_cast<int>(std::lround(pixels * m_scale)); };
    if (layout.hasBoxes()) {
        auto spot = first;
        for (std::uint32_t i = 0; i < count; ++i, ++spot.cell) {
            const auto at = layout.rect(spot).topLeft() - offset;
            paintCell(picture, { device(at.x()), device(at.y()) }, m_shades[i], m_marks[i]);
        }
        return;
    }
    const auto begin = area.runAt[first.run] + first.cell;
    const auto abreast = static_cast<std::uint64_t>(area.columns);
    auto column = static_cast<int>(begin % abreast);
    int y = area.cells.top() + static_cast<int>(begin / abreast) * m_pitch - offset.y();
    for (std::uint32_t i = 0; i < count; ++i) {
        paintCell(picture, { device(area.cells.left() + column * m_pitch - offset.x()), device(y) }, m_shades[i], m_marks[i]);
        if (++column == area.columns) {
            column = 0;
            y += m_pitch;
        }
    }
}

void Heatmap::Painter::paintArea(QImage& picture, const HeatLayout& layout, const HeatLayout::Area& area, const HeatSource& source, QPoint offset)
{
    const int height = static_cast<int>(picture.height() / m_scale);
    const auto& runs = layout.groups()[area.group].blocks[area.block].runs;
    if (layout.hasBoxes()) {
        const auto pitch = layout.box(area, static_cast<std::uint32_t>(area.columns)).top() - layout.box(area, 0).top();
        const auto firstRow = std::max(0, (offset.y() - area.cells.top()) / pitch);
        const auto lastRow = (offset.y() + height - area.cells.top()) / pitch;
        const auto end = std::min<std::int64_t>(std::ssize(runs), (std::int64_t { lastRow } + 1) * area.columns);
        for (auto run = std::int64_t { firstRow } * area.columns; run < end; ++run)
            if (runs[static_cast<std::size_t>(run)] != 0)
                paintRun(picture, layout, area, source, { area.group, area.block, static_cast<std::uint32_t>(run), 0 }, runs[static_cast<std::size_t>(run)], offset);
        return;
    }
    // Only whole rows of cells that are in view are asked for.
    const auto abreast = static_cast<std::uint64_t>(area.columns);
    const auto firstCell = static_cast<std::uint64_t>(std::max(0, (offset.y() - area.cells.top()) / m_pitch)) * abreast;
    const auto lastCell = std::min(area.runAt.back(), static_cast<std::uint64_t>(std::max(0, (offset.y() + height - area.cells.top()) / m_pitch + 1)) * abreast);
    for (std::size_t run = 0; run < runs.size(); ++run) {
        const auto from = std::max(area.runAt[run], firstCell), to = std::min(area.runAt[run + 1], lastCell);
        if (from < to)
            paintRun(picture, layout, area, source, { area.group, area.block, static_cast<std::uint32_t>(run), static_cast<std::uint32_t>(from - area.runAt[run]) },
                static_cast<std::uint32_t>(to - from), offset);
    }
}

void Heatmap::Painter::paintDigits(QPainter& painter, const HeatSpot& spot, const QRect& cell, const HeatSource& source, const HeatColours& colours, QRgb below, const QFont& font)
{
    const auto text = source.digits(spot);
    if (text.isEmpty())
        return;
    const double light = luminance(below);
    const double withDark = (light + 0.05) / (luminance(colours.inkDark.rgb()) + 0.05), withLight = (luminance(colours.inkLight.rgb()) + 0.05) / (light + 0.05);
    const auto& ink = withDark >= withLight ? colours.inkDark : colours.inkLight;
    auto& image = m_digits[text + ink.name()];
    if (image.isNull()) {
        image = QImage(QSize(m_size, m_size), QImage::Format_ARGB32_Premultiplied);
        image.setDevicePixelRatio(m_scale);
        image.fill(Qt::transparent);
        QPainter once(&image);
        once.setFont(font);
        once.setPen(ink);
        once.drawText(QRectF(-2, 0, m_size / m_scale + 4, m_size / m_scale), Qt::AlignCenter, text);
    }
    painter.drawImage(cell.topLeft(), image);
}

void Heatmap::Painter::paintTexts(QImage& picture, const HeatLayout& layout, const HeatSource& source, const HeatColours& colours, QPoint offset, const QFont& font)
{
    QPainter painter(&picture);
    const QRect view(offset, QSizeF(picture.size() / m_scale).toSize());
    QFont plain = font, strong = font;
    plain.setPixelSize(12);
    strong.setPixelSize(12);
    strong.setWeight(QFont::DemiBold);
    const auto title = [&](const QRect& rect, const HeatTitle& it) {
        auto box = rect.translated(-offset);
        if (it.bar.isValid()) {
            painter.fillRect(QRect(box.left(), box.top() + 3, 3, 12), it.bar);
            box.setLeft(box.left() + 9);
        }
        painter.setFont(plain);
        const int note = it.note.isEmpty() ? 0 : painter.fontMetrics().horizontalAdvance(it.note);
        painter.setFont(it.strong ? strong : plain);
        // A name comes before a number, so the note goes first where both do not fit.
        const bool hasRoom = note != 0 && painter.fontMetrics().horizontalAdvance(it.name) + note + 8 <= box.width();
        painter.setPen(it.strong ? colours.title : it.alarming && !hasRoom ? colours.alarm : colours.name);
        const int room = box.width() - (hasRoom ? note + 8 : 0);
        painter.drawText(QRect(box.left(), box.top(), room, 16), Qt::AlignLeft | Qt::AlignVCenter, painter.fontMetrics().elidedText(it.name, Qt::ElideMiddle, room));
        if (!hasRoom)
            return;
        painter.setFont(plain);
        painter.setPen(it.alarming ? colours.alarm : colours.dim);
        painter.drawText(QRect(box.left(), box.top(), box.width(), 16), Qt::AlignRight | Qt::AlignVCenter, it.note);
    };
    for (const auto& it : layout.titles())
        if (it.title.intersects(view))
            title(it.title, source.groupTitle(it.group));
    QFont small = font;
    small.setPixelSize(11);
    for (const auto& area : layout.areas()) {
        if (!area.title.isEmpty() && area.title.intersects(view))
            title(area.title, source.blockTitle(area.group, area.block));
        if (!layout.hasBoxes() || !area.cells.intersects(view))
            continue;
        const auto runs = static_cast<std::uint32_t>(layout.groups()[area.group].blocks[area.block].runs.size());
        const auto pitch = layout.box(area, static_cast<std::uint32_t>(area.columns)).top() - layout.box(area, 0).top();
        const auto first = static_cast<std::uint32_t>(std::max(0, (view.top() - area.cells.top()) / pitch) * area.columns);
        for (auto run = first; run < runs; ++run) {
            const auto box = layout.box(area, run);
            if (box.top() > view.bottom())
                break;
            const HeatSpot spot { area.group, area.block, run, 0 };
            title(QRect(box.left(), box.top(), box.width(), HeatLayout::boxTitle), source.boxTitle(spot));
            if (m_pitch < leastNumbered)
                continue;
            const auto cells = layout.cellsOf(spot);
            m_shades.resize(cells);
            m_marks.resize(cells);
            if (cells != 0)
                source.cells(spot, m_shades, m_marks);
            for (std::uint32_t cell = 0; cell < cells; ++cell)
                if (m_overShade[place(m_marks[cell])] && m_marks[cell] != HeatMark::Outline) {
                    const HeatSpot at { area.group, area.block, run, cell };
                    paintDigits(painter, at, layout.rect(at).translated(-offset), source, colours, colours.shades[m_shades[cell]], small);
                }
        }
    }
}

void Heatmap::Painter::paint(QImage& picture, const HeatLayout& layout, const HeatSource& source, const HeatColours& colours, QPoint offset, const QFont& font)
{
    prepare(colours, layout.pitch(), picture.devicePixelRatio());
    picture.fill(colours.background.rgb());
    const int bottom = offset.y() + static_cast<int>(picture.height() / m_scale);
    for (const auto& area : layout.areas())
        if (area.cells.top() <= bottom && area.cells.bottom() >= offset.y() && !area.cells.isEmpty())
            paintArea(picture, layout, area, source, offset);
    paintTexts(picture, layout, source, colours, offset, font);
}

} // namespace penstock
