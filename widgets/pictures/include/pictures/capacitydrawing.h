// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCoreApplication>
#include <span>

#include "fleet/capacityhistory.h"
#include "forecast/outlook.h"
#include "painting/capacitypicture.h"
#include "painting/theme.h"
#include "report/capacityfigures.h"

namespace penstock {

/// What goes into a picture of capacity.
struct CapacityDrawing
{
    Q_DECLARE_TR_FUNCTIONS(penstock::CapacityDrawing)

public:
    const CapacityHistory& history; ///< of the bands and lines; of all of it or a part
    const Theme& theme;
    Time from, now; ///< of all of it
    std::span<const CapacityStep> committed; ///< of what is shown; empty: nothing is
    const ToldGroup* told = nullptr; ///< of what is shown; null: nothing is told
    std::chrono::seconds ahead {}; ///< how far beyond now
    CapacityOutlook::Of toldOf = CapacityOutlook::Of::Allocated;
    bool stacked = true;
    std::span<const CommittedCapacity> blocks {}; ///< that somebody thinks of
};

/// "+30,000 H200 at gcp"
[[nodiscard]] QString blockText(const CommittedCapacity& block);

/// Leaves what is in sight of a stretch, with values of its end.
void crop(CapacityPicture& picture, double begin, double end);

[[nodiscard]] CapacityPicture drawCapacity(const CapacityDrawing& it);

[[nodiscard]] double secondsOf(Time time);

} // namespace penstock
