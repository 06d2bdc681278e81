// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "engine/snapshot.h"
#include "fleet/fleetevent.h"

namespace penstock {

/// Tells what happened to single GPUs between the snapshots that it is shown: health, workload, lost and back. It holds the
/// last one, and costs whoever makes them nothing. One thread at a time.
class ChangeWatch
{
public:
    /// What differs from the last snapshot, nothing for the first. The same change of many GPUs is one event: of a node, of a
    /// cluster where it is of more nodes than `mostNodes`, and of an endpoint that falls silent as a whole. What comes from
    /// the cache was not watched, and is compared with nothing.
    [[nodiscard]] std::vector<FleetEvent> look(const SnapshotPtr& now);

    static constexpr std::size_t mostNodes = 16;
    static constexpr std::size_t mostEvents = 2000; ///< of one look; where there are more, every cluster tells of its GPUs as a whole

private:
    SnapshotPtr m_last;
};

} // namespace penstock
