// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "controls/scale.h"

#include <algorithm>
#include <cmath>

namespace penstock {

namespace {

    constexpr std::array<QRgb, 11> darkStops { 0xFF21243C, 0xFF243655, 0xFF1C4B6C, 0xFF04627C, 0xFF067984, 0xFF0D9089, 0xFF39A688, 0xFF64B981, 0xFF93CB76, 0xFFC5D86A, 0xFFF8E367 };
    constexpr std::array<QRgb, 11> lightStops { 0xFFF4F1DA, 0xFFD8E2B9, 0xFFB2D4A4, 0xFF85C69C, 0xFF55B69D, 0xFF21A3A0, 0xFF018D9F, 0xFF07759B, 0xFF145D97, 0xFF2E4584, 0xFF352F6A };

    struct Lab
    {
        double l, a, b;
    };

    Lab toLab(QRgb colour)
    {
        const auto linear = [](int value) {
            const double share = value / 255.0;
            return share <= 0.04045 ? share / 12.92 : std::pow((share + 0.055) / 1.055, 2.4);
        };
        const double r = linear(qRed(colour)), g = linear(qGreen(colour)), b = linear(qBlue(colour));
        const double l = std::cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
        const double m = std::cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
        const double s = std::cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
        return { 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s, 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
            0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s };
    }

    QRgb toRgb(const Lab& lab)
    {
        const auto cubed = [](double value) { return value * value * value; };
        const double l = cubed(lab.l + 0.3963377774 * lab.a + 0.2158037573 * lab.b);
        const double m = cubed(lab.l - 0.1055613458 * lab.a - 0.0638541728 * lab.b);
        const double s = cubed(lab.l - 0.0894841775 * lab.a - 1.2914855480 * lab.b);
        const auto encoded = [](double linear) {
            const double share = linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1 / 2.4) - 0.055;
            return static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * 255));
        };
        return qRgb(encoded(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s), encoded(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
            encoded(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s));
    }

} // namespace

std::array<QRgb, 256> sequentialScale(const Theme& theme)
{
    const auto& stops = theme.name == ThemeName::Dark ? darkStops : lightStops;
    std::array<QRgb, 256> scale;
    for (std::size_t i = 0; i < 255; ++i) {
        const double at = static_cast<double>(i) / 254 * 10;
        const auto stop = std::min<std::size_t>(static_cast<std::size_t>(at), 9);
        const auto from = toLab(stops[stop]), to = toLab(stops[stop + 1]);
        const double share = at - static_cast<double>(stop);
        scale[i] = toRgb({ from.l + (to.l - from.l) * share, from.a + (to.a - from.a) * share, from.b + (to.b - from.b) * share });
    }
    scale[255] = theme.s2.rgb();
    return scale;
}

} // namespace penstock
