// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>

namespace penstock::kernel {

/// Where the least and the greatest value are; the earliest of equal ones.
struct Extremes
{
    std::size_t least, greatest;
    friend bool operator==(const Extremes&, const Extremes&) = default;
};

/// How the processor at hand finds them.
struct ExtremeKernel
{
    const char* name;
    /// NaN is passed over; at least one value is not NaN.
    Extremes (*find)(std::span<const double> values);
};

/// All that this processor can run, the portable one first; all find the same.
[[nodiscard]] std::span<const ExtremeKernel> extremeKernels();
/// The fastest of them.
[[nodiscard]] const ExtremeKernel& bestExtremeKernel();

} // namespace penstock::kernel
