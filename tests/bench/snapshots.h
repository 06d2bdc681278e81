// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "engine/engine.h"
#include "fleets.h"

namespace penstock::bench {

/// Four seconds of the same fleets.
inline std::vector<SnapshotPtr> snapshots(std::uint64_t gpus)
{
    const auto world = fleets(gpus);
    Engine engine;
    const auto source = engine.addSource("bench");
    auto inventory = std::make_shared<Inventory>(*world->picture().inventory);
    inventory->epoch = 1;
    std::vector<SnapshotPtr> made;
    if (!engine.apply(source, InventoryFrame { inventory, start }))
        std::abort();
    for (int second = 0; second < 4; ++second) {
        world->advance(start + std::chrono::seconds(second + 2));
        SamplesFrame frame { .epoch = 1, .sequence = static_cast<std::uint64_t>(second) + 1, .observed = start, .firstRow = 0, .rows = {},
            .values = world->picture().columns, .addedWorkloads = {}, .completesPicture = true };
        if (second == 0)
            frame.addedWorkloads.assign(world->picture().inventory->workloads.begin() + static_cast<std::ptrdiff_t>(inventory->workloads.size()),
                world->picture().inventory->workloads.end());
        if (const auto done = engine.apply(source, frame); !done) {
            std::fprintf(stderr, "%s\n", done.error().text().c_str());
            std::abort();
        }
        made.push_back(engine.publish(start + std::chrono::seconds(second)));
    }
    return made;
}

} // namespace penstock::bench
