// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "fleet/world.h"

namespace penstock {

struct ReplayOptions
{
    std::string directory;
    std::string provider; ///< only this one; empty: all
    double speed = 1; ///< seconds of the record a second
    bool events = true; ///< play events.csv where it is there
    Time start {}; ///< when t_s = 0 is
};

/// Opens a recorded fleet (fleet.csv, series.csv.gz, gpus.csv.gz, demand.csv.gz, events.csv). Every error names the
/// file, line and column and what is wrong with it.
[[nodiscard]] Result<std::unique_ptr<World>> openReplay(const ReplayOptions& options);

} // namespace penstock
