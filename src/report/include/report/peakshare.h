// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>

namespace penstock {

/// Percent of the supply at that second that were busy at the peak of a step. The supply of a step in which GPUs came or
/// went is a mean of both: the greatest of what was before, in it and after counts then.
[[nodiscard]] double peakShareOf(double peak, std::span<const double> supply, std::size_t step);

} // namespace penstock
