// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "fleet/gpu.h"

/// Passes over the state column that look at a node at a time.
namespace penstock::nodes {

/// How many of `nodes` consecutive nodes of `size` GPUs have 0, 1, ... `size` free ones.
[[nodiscard]] std::vector<std::uint32_t> byFree(const GpuState* state, std::uint32_t size, std::uint32_t nodes);

/// True when each GPU of one node is as available as that of the other: busy and idle are the same to a planner.
[[nodiscard]] bool alike(const GpuState* one, const GpuState* other, std::uint32_t size);

} // namespace penstock::nodes
