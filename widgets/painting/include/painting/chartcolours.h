// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>

namespace penstock {

/// Colours a chart takes from the theme.
struct ChartColours
{
    QColor background, grid, axis, value, name, raised, outline;
    QColor accent {}, caution {};
};

} // namespace penstock
