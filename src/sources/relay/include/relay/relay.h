// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>

#include "fleet/series.h"
#include "fleet/source.h"
#include "fleet/world.h"

namespace penstock {

/// What a relay knew when it ended, so that GPUs which are still out of service for the same reason have been so since then.
struct RelayMemory
{
    std::optional<SavedFleet> before {};
    /// Called now and then and at the end, from the thread of the world. Empty: nothing is kept.
    std::function<void(const SavedFleet&)> keep {};
};

/// What a source says as a world: fleet, demand, service levels and how it stands, each as old as the source says. It is started at once; a
/// frame that does not follow on the others is refused as in a console, and everything is asked for again. `changed` is told how it stands whenever
/// that is new, from the thread of the world.
[[nodiscard]] std::unique_ptr<World> makeRelay(std::unique_ptr<Source> source, std::function<void(const SourceStanding&)> changed = {}, RelayMemory memory = {});

} // namespace penstock
