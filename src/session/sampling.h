// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "storage/historyfile.h"

namespace penstock {

inline constexpr std::chrono::seconds longestSilence { 10 }; ///< what was known is shown for as long: seconds are written some at a time

struct Sampling
{
    Time last;
    std::chrono::seconds apart;
};

/// Points that stand evenly apart, as an import of one a minute writes them: each holds until the next is due. Empty
/// where the last before `at` is followed by a gap.
[[nodiscard]] Result<std::optional<Sampling>> samplingBefore(HistoryFile& file, Time at);

} // namespace penstock
