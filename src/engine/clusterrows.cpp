// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/clusterrows.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace penstock {

namespace {

constexpr std::size_t alignment = 64;

} // namespace

void ClusterRows::Free::operator()(std::byte* memory) const noexcept
{
    ::operator delete (memory, std::align_val_t { alignment });
}

ClusterRows::ClusterRows(std::size_t rows, Start start)
{
    const auto room = (rows + alignment - 1) / alignment * alignment;
    constexpr auto rowBytes = sizeof(GpuState) + sizeof(Health) + 2 * sizeof(std::uint8_t) + 2 * sizeof(std::uint16_t)
        + 2 * sizeof(std::uint32_t);
    m_bytes = room * rowBytes + (readAhead + 1) * sizeof(std::uint32_t);
    m_memory.reset(static_cast<std::byte*>(::operator new (m_bytes, std::align_val_t { alignment })));
    auto* at = m_memory.get();
    const auto place = [&]<class Value>(Column<Value>& column, Value first) {
        column.m_size = rows;
        column.m_values = reinterpret_cast<Value*>(at);
        at += room * sizeof(Value);
        if (start == Start::Unknown)
            std::fill_n(column.m_values, rows, first);
    };
    const GpuSample blank;
    place(columns.state, blank.state);
    place(columns.utilisation, blank.utilisation);
    place(columns.temperature, blank.temperature);
    place(columns.workload, blank.workload);
    place(columns.power, blank.power);
    place(columns.memoryUsed, blank.memoryUsed);
    place(columns.health, blank.health);
    place(since, std::uint32_t { 0 });
}

ClusterRows::ClusterRows(const ClusterRows& other) : ClusterRows(other.columns.size(), Start::Unset)
{
    std::memcpy(m_memory.get(), other.m_memory.get(), m_bytes);
}

GpuSample ClusterRows::Values::at(std::size_t row) const
{
    return { .state = state[row],
        .health = health[row],
        .workload = workload[row],
        .utilisation = utilisation[row],
        .temperature = temperature[row],
        .power = power[row],
        .memoryUsed = memoryUsed[row] };
}

void ClusterRows::Values::set(std::size_t row, const GpuSample& sample)
{
    state[row] = sample.state;
    health[row] = sample.health;
    workload[row] = sample.workload;
    utilisation[row] = sample.utilisation;
    temperature[row] = sample.temperature;
    power[row] = sample.power;
    memoryUsed[row] = sample.memoryUsed;
}

} // namespace penstock
