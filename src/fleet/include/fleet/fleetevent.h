// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "fleet/gpu.h"

namespace penstock {

/// What happened to GPUs, as the history keeps it: to some of one node, or to so many of a cluster or an endpoint at once.
struct FleetEvent
{
    /// Stored: never renumber.
    enum class Kind : std::uint8_t {
        Unhealthy = 0, ///< out of service, or out of service for another reason
        Healthy = 1, ///< in service again
        Lost = 2, ///< nothing is known of them any more
        Back = 3, ///< heard of again
        Workload = 4, ///< held by another workload than before, or by none
        Removed = 5, ///< not in the inventory any more
        Added = 6,
    };
    Time at {};
    Kind kind = Kind::Unhealthy;
    std::string endpoint {}, provider {}, region {}, cluster {}; ///< cluster, region and provider are empty where it is of several
    std::string node {}; ///< empty: of several
    std::uint32_t gpus = 1;
    std::uint64_t which = 0; ///< of one node: bit of each GPU, those above 63 have none; 0: not told apart
    Health health = Health::NotReported; ///< why they are out of service; of Healthy: why they were
    std::string workload {}, before {}; ///< of Workload: which holds them, and which did; empty: none
    bool simulated = false; ///< simulated or replayed
    friend bool operator==(const FleetEvent&, const FleetEvent&) = default;
};
inline constexpr std::size_t eventKinds = 7;

/// "unhealthy", "lost", ...: as on the command line.
[[nodiscard]] std::string_view name(FleetEvent::Kind kind);
[[nodiscard]] std::optional<FleetEvent::Kind> parseEventKind(std::string_view text);

} // namespace penstock
