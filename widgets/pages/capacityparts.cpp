// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "capacityparts.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

#include "controls/paint.h"
#include "controls/theme.h"
#include "models/capacitymodel.h"

namespace penstock {

namespace {

/// What is only remembered.
void underline(QPainter& painter, const QRectF& text)
{
    painter.save();
    painter.setPen(QPen(currentTheme().amber, 1, Qt::DotLine));
    const double y = std::round(text.bottom() - 3) + 0.5;
    painter.drawLine(QPointF(text.left(), y), QPointF(text.right(), y));
    painter.restore();
}

/// Cuts the longest to one width, so that all fit and the shorter ones stay whole; none below its least.
void shorten(std::vector<double>& widths, const std::vector<double>& least, double room)
{
    const auto cut = [&](std::size_t i, double most) { return std::max(least[i], std::min(widths[i], most)); };
    double fits = 0, lacks = *std::ranges::max_element(widths);
    while (lacks - fits > 0.5) {
        const double middle = (fits + lacks) / 2;
        double sum = 0;
        for (std::size_t i = 0; i < widths.size(); ++i)
            sum += cut(i, middle);
        (sum <= room ? fits : lacks) = middle;
    }
    for (std::size_t i = 0; i < widths.size(); ++i)
        widths[i] = cut(i, fits);
}

} // namespace

FigureStrip::FigureStrip(QWidget* parent) : QWidget(parent)
{
    setFixedHeight(64);
    setAccessibleName(tr("Key figures"));
}

void FigureStrip::show(std::vector<Figure> figures)
{
    m_figures = std::move(figures);
    QStringList parts;
    for (const auto& it : m_figures)
        parts << it.label + QLatin1Char(' ') + it.value + QStringLiteral(", ") + it.note;
    setAccessibleDescription(parts.join(QStringLiteral("; ")));
    update();
}

void FigureStrip::paintEvent(QPaintEvent*)
{
    const auto& theme = currentTheme();
    QPainter painter(this);
    // Of a narrow window the figures are smaller, then their notes shorter, before any is left out.
    for (const int size : { 22, 16, 13 }) {
        const QFontMetrics large(textFont(size, QFont::DemiBold)), small(textFont(12));
        std::vector<double> widths, least;
        double needed = 0;
        for (const auto& it : m_figures) {
            least.push_back(std::max(large.horizontalAdvance(it.value), small.horizontalAdvance(it.label)));
            widths.push_back(std::max<double>(least.back(), small.horizontalAdvance(it.note)));
            needed += widths.back() + 16;
        }
        if (needed > width() && size > 13)
            continue;
        if (needed > width())
            shorten(widths, least, width() - 16.0 * static_cast<double>(widths.size()));
        const double gap = m_figures.size() > 1
            ? std::clamp((width() - needed) / static_cast<double>(m_figures.size() - 1), 0.0, 40.0) + 16
            : 0;
        double x = 0;
        for (std::size_t i = 0; i < m_figures.size() && x + widths[i] <= width() + 1; ++i) {
            const auto& it = m_figures[i];
            const auto write
                = [&](double y, double high, const QString& text, const QFont& font, const QColor& colour) {
                      painter.setFont(font);
                      painter.setPen(colour);
                      painter.drawText(QRectF(x, y, widths[i] + 4, high), Qt::AlignVCenter | Qt::AlignLeft, text);
                  };
            using Tone = Figure::Tone;
            write(0, 16, it.label, textFont(12), theme.t3);
            write(16, 30, it.value, textFont(size, QFont::DemiBold),
                it.tone == Tone::Danger        ? theme.red
                    : it.tone == Tone::Caution ? theme.amber
                    : it.tone == Tone::Old     ? theme.t3
                                               : theme.t1);
            if (it.tone == Tone::Old)
                underline(painter, QRectF(x, 16, large.horizontalAdvance(it.value), 30));
            write(46, 16, small.elidedText(it.note, Qt::ElideRight, static_cast<int>(std::ceil(widths[i])) + 1), textFont(12), theme.t3);
            x += widths[i] + gap;
        }
        return;
    }
}

void CapacityDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const auto& theme = currentTheme();
    const bool selected = option.state & QStyle::State_Selected;
    painter->fillRect(option.rect,
        selected                                     ? theme.accsoft
            : option.state & QStyle::State_MouseOver ? theme.s1
                                                     : theme.bg);
    painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), theme.line);
    auto box = QRectF(option.rect).adjusted(6, 0, -8, 0);
    const int urgency = index.data(CapacityModel::UrgencyRole).toInt();
    painter->setPen(theme.t1);
    painter->setFont(textFont(13));
    switch (index.column()) {
    case CapacityModel::Provider:
        if (selected)
            painter->fillRect(QRect(option.rect.left(), option.rect.top(), 2, option.rect.height()), theme.acc);
        painter->fillRect(QRectF(box.left(), box.center().y() - 6, 3, 12), theme.provider(index.data().toString()));
        box.setLeft(box.left() + 10);
        break;
    case CapacityModel::RunsOut:
        painter->setFont(textFont(13, QFont::DemiBold));
        painter->setPen(urgency == 2 ? theme.red : urgency == 1 ? theme.amber : theme.t1);
        break;
    case CapacityModel::Band:
        painter->setPen(theme.t3);
        break;
    case CapacityModel::Age:
        if (index.data(CapacityModel::OldRole).toBool())
            paintAge(*painter, box, index.data().toString(), AgeLook::Stale);
        return;
    case CapacityModel::Supply:
    case CapacityModel::Cost:
        if (index.data(CapacityModel::OldRole).toBool()) {
            painter->setPen(theme.t3);
            const double wide = painter->fontMetrics().horizontalAdvance(index.data().toString());
            underline(*painter, box.adjusted(box.width() - wide, 0, 0, -2));
        }
        break;
    default:
        break;
    }
    painter->drawText(box, index.data(Qt::TextAlignmentRole).toInt(),
        painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideRight, static_cast<int>(box.width())));
}

QSize CapacityDelegate::sizeHint(const QStyleOptionViewItem&, const QModelIndex& index) const
{
    const QFontMetrics metrics(
        textFont(13, index.column() == CapacityModel::RunsOut ? QFont::DemiBold : QFont::Normal));
    return { metrics.horizontalAdvance(index.data().toString()) + 26, 28 };
}

} // namespace penstock
