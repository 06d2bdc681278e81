// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace penstock {

/// What a GPU is doing, as computed by its source. The numbers are those of the wire and the cache: never renumber.
enum class GpuState : std::uint8_t {
    Unknown = 0, ///< reported lost, not heard from for stale_after_s, or nobody tells whether it is used; never drawn or counted as zero
    Busy = 1,
    Idle = 2, ///< allocated, under 5 % utilisation over the last minute
    Free = 3, ///< healthy, unallocated
    Draining = 4, ///< cordoned
    Unhealthy = 5,
};
inline constexpr std::size_t gpuStateCount = 6;
/// The order in which people read them.
inline constexpr std::array<GpuState, gpuStateCount> gpuStatesInOrder { GpuState::Busy, GpuState::Idle, GpuState::Free,
    GpuState::Draining, GpuState::Unhealthy, GpuState::Unknown };

/// "busy", "idle", ...: the field names of JSON, CSV and the command line.
[[nodiscard]] std::string_view name(GpuState state);

/// Why a GPU is unhealthy; 6 to 254 are the XID of that number, see xid.h. On the wire and in the cache: never renumber.
enum class Health : std::uint8_t {
    Good = 0,
    Xid = 1, ///< an XID that takes the GPU out of service
    Ecc = 2, ///< uncorrectable memory errors
    RowRemapFailure = 3,
    OffTheBus = 4,
    Throttled = 5, ///< thermal or power brake slowdown; not unhealthy by itself
    NotReported = 255,
};

/// The reserved column values that mean "not exported or not known": never a zero, never part of an average.
namespace unknown {
inline constexpr std::uint8_t utilisation = 0xFF;
inline constexpr std::uint32_t memory = 0xFFFF'FFFF;
inline constexpr std::uint16_t power = 0xFFFF;
inline constexpr std::uint8_t temperature = 0xFF;
}

/// No workload holds this GPU. Any other value is an index into Inventory::workloads.
inline constexpr std::uint16_t noWorkload = 0xFFFF;

} // namespace penstock
