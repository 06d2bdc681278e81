// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "output.h"

#include <cmath>

namespace penstock {

double rounded(double value, int digits)
{
    const double scale = std::pow(10, digits);
    return std::round(value * scale) / scale;
}

Json whole(double value) { return std::llround(value); }
Json number(std::optional<double> value, int digits) { return value ? Json(rounded(*value, digits)) : Json(nullptr); }

} // namespace penstock
