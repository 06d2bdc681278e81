// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPushButton>

namespace penstock {

/// A flat square button with one of our icons; its name is its tool tip and what a screen reader says.
class IconButton final : public QPushButton
{
    Q_OBJECT

public:
    IconButton(const QString& icon, const QString& name, QWidget* parent = nullptr);

    void setIcon(const QString& icon, const QString& name);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_icon;
};

} // namespace penstock
