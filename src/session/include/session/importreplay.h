// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "workspace/workspace.h"

namespace penstock {

struct ReplayImport
{
    std::string directory, historyFile;
    Time from {}, to {}; ///< the record begins at `from`
    std::chrono::seconds step { 60 }; ///< between two points
    bool besideMeasured = false; ///< also into a history of fleets that were really there
};

/// Plays a replay directory into a history file, marked as simulated; what the file has already stays. Returns how many
/// points were played. Refused while a console writes the file, and where it holds what was measured unless that was
/// allowed. Takes about a millisecond a point of 5,000 GPUs.
[[nodiscard]] Result<std::int64_t> importReplay(const Workspace& workspace, const ReplayImport& what);

} // namespace penstock
