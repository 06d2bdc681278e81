// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "controls/iconbutton.h"

#include <QPainter>

#include "controls/paint.h"
#include "controls/theme.h"

namespace penstock {

IconButton::IconButton(const QString& icon, const QString& name, QWidget* parent) : QPushButton(parent)
{
    setProperty("kind", QStringLiteral("icon"));
    setFixedSize(28, 28);
    setIcon(icon, name);
}

void IconButton::setIcon(const QString& icon, const QString& name)
{
    m_icon = icon;
    setAccessibleName(name);
    setToolTip(name);
    update();
}

void IconButton::paintEvent(QPaintEvent* event)
{
    QPushButton::paintEvent(event);
    const auto& theme = currentTheme();
    QPainter painter(this);
    paintIcon(painter, m_icon, QRectF(width() / 2.0 - 8, height() / 2.0 - 8, 16, 16), isEnabled() ? theme.t2 : theme.line2);
}

} // namespace penstock
