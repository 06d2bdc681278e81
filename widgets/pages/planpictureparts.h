// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPainter>

#include "controls/paint.h"
#include "controls/theme.h"

namespace penstock {

/// Draws, or with a null painter only lets its caller measure.
class Pen
{
public:
    explicit Pen(QPainter* painter) : m_painter(painter) {}
    void text(const QRectF& box, const QString& what, const QColor& colour, int pixels, int weight = QFont::Normal, int align = Qt::AlignLeft) const
    {
        if (!m_painter)
            return;
        m_painter->setFont(textFont(pixels, weight));
        m_painter->setPen(colour);
        m_painter->drawText(box, align | Qt::AlignVCenter, m_painter->fontMetrics().elidedText(what, Qt::ElideRight, static_cast<int>(box.width())));
    }
    void wrapped(const QRectF& box, const QString& what, const QColor& colour, int pixels) const
    {
        if (!m_painter)
            return;
        m_painter->setFont(textFont(pixels));
        m_painter->setPen(colour);
        m_painter->drawText(box, Qt::AlignTop | Qt::TextWordWrap, what);
    }
    void fill(const QRectF& box, const QColor& colour) const
    {
        if (m_painter)
            m_painter->fillRect(box, colour);
    }
    void icon(const QString& name, const QRectF& box, const QColor& colour) const
    {
        if (m_painter)
            paintIcon(*m_painter, name, box, colour);
    }

private:
    QPainter* m_painter;
};

} // namespace penstock
