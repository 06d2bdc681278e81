// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <array>

#include "controls/theme.h"

namespace penstock {

/// The sequential scale of a theme, from its low end at 0 to its high end at 254; 255 is the colour of what is not known.
/// Eleven stops interpolated in OKLab (Björn Ottosson, 2020), so that equal steps look equal, also to colour-blind eyes.
[[nodiscard]] std::array<QRgb, 256> sequentialScale(const Theme& theme);

} // namespace penstock
