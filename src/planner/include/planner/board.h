// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "planner/room.h"

namespace penstock {

/// What would happen if a provider or a region were lost now.
struct BoardRow
{
    std::string provider;
    std::string region; ///< empty: the whole provider
    std::string evacuatedBy; ///< the plan that evacuates or evacuated all of it, so that nothing is sent there; empty: none
    bool beingEvacuated = false; ///< that plan has not ended yet
    std::int64_t lostGpus = 0; ///< that interactive workloads hold there
    H100s lost = 0; ///< the load on them
    H100s carried = 0; ///< of it, what the headroom of the rest takes
    H100s carriedByShedding = 0; ///< of it besides, what finds a place where training and batch end
    std::int64_t shedGpus = 0; ///< GPUs on which training and batch would end, for these and for batch that has to move too
    double percent = 100; ///< of all interactive load, still carried without ending anything
    double percentWithShedding = 100; ///< and with
    /// The model on which most of the load that finds no place ran; without such load, the one with the least share free
    /// once everything has moved. Empty when nothing moves.
    std::string firstModel;
    bool breaks = false; ///< some load finds no place without ending anything
    std::int64_t shortGpus = 0; ///< of firstModel, those whose load finds no place
    std::optional<double> cost; ///< dollars an hour that the load that survives costs more than it did where it ran; below 0: less; empty: no GPU has a price
};

/// The N-1 board: each provider and each of its regions, in the order of the fleets. Interactive workloads without a route
/// cannot move, so their load counts as lost. Shedding counts only when `ground` knows holders. `readings`: by route; with them
/// nothing lands where a router says that it would not be answered.
[[nodiscard]] std::vector<BoardRow> board(const Ground& ground, std::span<const RouteReading* const> readings = {});

} // namespace penstock
