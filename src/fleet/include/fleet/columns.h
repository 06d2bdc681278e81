// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "fleet/gpu.h"

namespace penstock {

/// The values of one GPU at one time.
struct GpuSample
{
    GpuState state = GpuState::Unknown;
    Health health = Health::NotReported;
    std::uint16_t workload = noWorkload;
    std::uint8_t utilisation = unknown::utilisation; ///< %, 0..100
    std::uint8_t temperature = unknown::temperature; ///< degrees Celsius, 0..254
    std::uint16_t power = unknown::power; ///< 0.1 W
    std::uint32_t memoryUsed = unknown::memory; ///< MiB; may exceed the model's total, which is flagged, not refused
    friend bool operator==(const GpuSample&, const GpuSample&) = default;
};

/// The same, one vector a column; all of equal length.
struct Columns
{
    std::vector<GpuState> state;
    std::vector<Health> health;
    std::vector<std::uint16_t> workload;
    std::vector<std::uint8_t> utilisation;
    std::vector<std::uint8_t> temperature;
    std::vector<std::uint16_t> power;
    std::vector<std::uint32_t> memoryUsed;

    [[nodiscard]] std::size_t size() const { return state.size(); }
    void resize(std::size_t rows);
    void reserve(std::size_t rows);
    [[nodiscard]] GpuSample at(std::size_t row) const;
    void set(std::size_t row, const GpuSample& sample);
    void append(const GpuSample& sample);
    friend bool operator==(const Columns&, const Columns&) = default;
};

} // namespace penstock
