// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "painting/theme.h"

#include <array>

namespace penstock {

namespace {

    QColor hex(const char* text) { return QColor(QLatin1String(text)); }

    Theme dark()
    {
        return { ThemeName::Dark, hex("#0B0E12"), hex("#0F1317"), hex("#151A20"), hex("#1C232B"), hex("#252D37"), hex("#1D2342"),
            hex("#2C171A"), hex("#33290F"), hex("#12302A"), hex("#222A33"), hex("#34404C"), hex("#1C232B"), hex("#4656C8"),
            hex("#C23B30"), hex("#E8EDF2"), hex("#AEB9C4"), hex("#8C99A6"), hex("#9AA8FF"), hex("#FF7A6B"), hex("#E8B84A"),
            hex("#5CCBA0") };
    }
    Theme light()
    {
        return { ThemeName::Light, hex("#ECEFF2"), hex("#FAFBFC"), hex("#F1F4F6"), hex("#FFFFFF"), hex("#E3E8ED"), hex("#E4E8FB"),
            hex("#FBE7E4"), hex("#FBF0D2"), hex("#DDF3EA"), hex("#DFE4E9"), hex("#C3CCD5"), hex("#E9EDF0"), hex("#3B4CC0"),
            hex("#B3261E"), hex("#14191F"), hex("#46525E"), hex("#596672"), hex("#3B4CC0"), hex("#B3261E"), hex("#7D5700"),
            hex("#0B6B4F") };
    }

} // namespace

const Theme& themeOf(ThemeName name)
{
    static const Theme darkOne = dark(), lightOne = light();
    return name == ThemeName::Dark ? darkOne : lightOne;
}

ChartColours Theme::chart() const
{
    return { bg, grid, t3, t1, t2, s2, line2, acc, amber };
}

QColor Theme::provider(const QString& id) const
{
    const bool isDark = name == ThemeName::Dark;
    if (id == QLatin1String("azure"))
        return hex(isDark ? "#56B4E9" : "#1A70B3");
    if (id == QLatin1String("gcp"))
        return hex(isDark ? "#E69F00" : "#A86200");
    if (id == QLatin1String("aws"))
        return hex(isDark ? "#1FA37B" : "#00664F");
    if (id == QLatin1String("coreweave"))
        return hex(isDark ? "#B873C8" : "#7E3290");
    if (id == QLatin1String("oci"))
        return hex(isDark ? "#F0E442" : "#4F4600");
    uint sum = 0;
    for (const auto letter : id)
        sum += letter.unicode();
    const std::array<const char*, 3> more = isDark ? std::array { "#A6B1BC", "#C9D36A", "#7FD6E0" } : std::array { "#4A5560", "#5B6A00", "#006A78" };
    return hex(more.at(sum % 3));
}

QColor Theme::state(GpuState it) const
{
    const bool isDark = name == ThemeName::Dark;
    switch (it) {
    case GpuState::Busy: return hex(isDark ? "#7D9DBD" : "#44678C");
    case GpuState::Idle: return hex(isDark ? "#D6CFBF" : "#6F6040");
    case GpuState::Free: return hex(isDark ? "#5CCBA0" : "#0A7455");
    case GpuState::Draining: return hex(isDark ? "#E8B84A" : "#8F6200");
    case GpuState::Unhealthy: return hex(isDark ? "#FF7A6B" : "#C22E24");
    case GpuState::Unknown: return hex(isDark ? "#8794A1" : "#5A6570");
    }
    return t3;
}

QColor Theme::series(int place) const
{
    const bool isDark = name == ThemeName::Dark;
    const std::array<const char*, 6> colours = isDark
        ? std::array { "#7D9DBD", "#C9D36A", "#B873C8", "#7FD6E0", "#E8B84A", "#A6B1BC" }
        : std::array { "#44678C", "#5B6A00", "#7E3290", "#006A78", "#8F6200", "#4A5560" };
    return hex(colours.at(static_cast<std::size_t>(place) % colours.size()));
}

QColor Theme::mixed(const QColor& colour, double share) const
{
    const auto part = [&](int a, int b) { return static_cast<int>(a * share + b * (1 - share) + 0.5); };
    return { part(colour.red(), bg.red()), part(colour.green(), bg.green()), part(colour.blue(), bg.blue()) };
}

} // namespace penstock
