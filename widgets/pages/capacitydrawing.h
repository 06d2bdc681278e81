// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>

#include "charts/capacitychart.h"
#include "charts/chartlink.h"
#include "fleet/capacityhistory.h"
#include "forecast/outlook.h"

namespace penstock {

/// What goes into the picture of the Capacity page.
struct CapacityDrawing
{
    const CapacityHistory& history; ///< of the bands and lines; of all of it or a part
    Time from {}, now {}; ///< of all of it
    std::span<const CapacityStep> committed; ///< of what is shown; empty: nothing is
    const ToldGroup* told = nullptr; ///< of what is shown; null: nothing is told
    std::chrono::seconds ahead {}; ///< how far beyond now
    bool isDemand = false; ///< told of what workloads ask for, else of allocated GPUs
    bool stacked = true;
    std::span<const CommittedCapacity> blocks {}; ///< that somebody thinks of
};

/// When capacity runs out with blocks on top of it.
[[nodiscard]] std::optional<RunOut> runOutWith(
    const ToldGroup& told, GroupPoint::Dimension dimension, std::span<const CommittedCapacity> blocks);

/// Leaves what is in sight of a stretch, with values of its end.
void crop(CapacityPicture& picture, ChartLink::Stretch stretch);

/// In the colours of the current theme.
[[nodiscard]] CapacityPicture drawCapacity(const CapacityDrawing& it);

[[nodiscard]] double secondsOf(Time time);

} // namespace penstock
