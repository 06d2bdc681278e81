// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace penstock {

/// Where a line is drawn: pixel columns of equal width from `begin` to `end`, both in the unit of its times.
struct PixelWindow
{
    double begin = 0, end = 0;
    std::uint32_t columns = 0;
    friend bool operator==(const PixelWindow&, const PixelWindow&) = default;
};

/// Points in the order of time; where the value is NaN the line is broken.
struct Polyline
{
    std::vector<double> times, values;
    friend bool operator==(const Polyline&, const Polyline&) = default;
};

inline constexpr double neverAGap = std::numeric_limits<double>::infinity();

/// M4 (Jugel et al., VLDB 2014): of each pixel column the first, the least, the greatest and the last point, so that the
/// line's picture is the one of all points. Times ascend; a NaN value is a gap, and so are two neighbours more than
/// `longestGap` apart: between two columns it becomes one point that breaks the line, within a column nobody could see
/// it. One point on each side of the window is kept where the line comes from there. Of equal values the earliest
/// counts. `out` is filled anew; its memory is used again.
void m4(std::span<const double> times, std::span<const double> values, const PixelWindow& window, double longestGap, Polyline& out);

/// The same with the least and the greatest of each column only: for a band, or where half the points are enough.
void minMax(std::span<const double> times, std::span<const double> values, const PixelWindow& window, double longestGap, Polyline& out);

} // namespace penstock
