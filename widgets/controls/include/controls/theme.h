// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>

#include "painting/theme.h"

class QApplication;

namespace penstock {

[[nodiscard]] const Theme& currentTheme();
/// Sets palette, style sheet and font of the whole program; GUI thread.
void applyTheme(QApplication& app, ThemeName name);

/// The type scale: 12, 13, 16, 22 or 32 px.
[[nodiscard]] QFont textFont(int pixels, int weight = QFont::Normal);

} // namespace penstock
