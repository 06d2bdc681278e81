// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QString>

#include "fleet/gpu.h"
#include "painting/chartcolours.h"

namespace penstock {

enum class ThemeName { Dark, Light };

/// The colours of one theme; the names are those of the design tokens.
struct Theme
{
    ThemeName name = ThemeName::Dark;
    QColor rail, bg, s1, s2, s3, accsoft, redbg, amberbg, greenbg, line, line2, grid, accbg, redfill;
    QColor t1, t2, t3, acc, red, amber, green;

    /// The fixed colour of a provider's marks; a provider of the workspace takes one of three more by its name.
    [[nodiscard]] QColor provider(const QString& id) const;
    [[nodiscard]] QColor state(GpuState state) const;
    /// Colours of series that are not providers, by their place.
    [[nodiscard]] QColor series(int place) const;
    /// `share` of `colour` mixed into the page, drawn opaque.
    [[nodiscard]] QColor mixed(const QColor& colour, double share) const;
    [[nodiscard]] ChartColours chart() const;
};

[[nodiscard]] const Theme& themeOf(ThemeName name);

} // namespace penstock
