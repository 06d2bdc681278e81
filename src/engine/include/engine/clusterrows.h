// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "fleet/columns.h"

namespace penstock {

/// The rows of one cluster at one time, a column after the other in one piece of memory: a copy is one move of bytes,
/// and a column starts where a register's worth of bytes does. A reader may look up to `readAhead` rows beyond the end
/// of any column, where there is nothing to be learnt.
class ClusterRows
{
public:
    template<class Value> class Column
    {
    public:
        [[nodiscard]] std::size_t size() const { return m_size; }
        [[nodiscard]] bool empty() const { return m_size == 0; }
        [[nodiscard]] const Value* data() const { return m_values; }
        [[nodiscard]] Value* data() { return m_values; }
        [[nodiscard]] const Value& operator[](std::size_t row) const { return m_values[row]; }
        [[nodiscard]] Value& operator[](std::size_t row) { return m_values[row]; }
        [[nodiscard]] const Value* begin() const { return m_values; }
        [[nodiscard]] const Value* end() const { return m_values + m_size; }
        [[nodiscard]] Value* begin() { return m_values; }
        [[nodiscard]] Value* end() { return m_values + m_size; }

    private:
        friend class ClusterRows;
        Value* m_values = nullptr;
        std::size_t m_size = 0;
    };
    /// As penstock::Columns; workload: index into Snapshot::workloads; state as last reported.
    struct Values
    {
        Column<GpuState> state;
        Column<Health> health;
        Column<std::uint16_t> workload;
        Column<std::uint8_t> utilisation;
        Column<std::uint8_t> temperature;
        Column<std::uint16_t> power;
        Column<std::uint32_t> memoryUsed;

        [[nodiscard]] std::size_t size() const { return state.size(); }
        [[nodiscard]] GpuSample at(std::size_t row) const;
        void set(std::size_t row, const GpuSample& sample);
    };
    static constexpr std::size_t readAhead = 63;

    enum class Start { Unknown, Unset };
    /// `Unset`: the values are for the caller to write, all of them.
    explicit ClusterRows(std::size_t rows, Start start = Start::Unknown);
    ClusterRows(const ClusterRows& other);
    ClusterRows& operator=(const ClusterRows&) = delete;

    Values columns;
    Column<std::uint32_t> since; ///< seconds since 1970 when the state was first seen; it is at least that old

private:
    struct Free
    {
        void operator()(std::byte* memory) const noexcept;
    };
    std::unique_ptr<std::byte, Free> m_memory;
    std::size_t m_bytes = 0;
};

} // namespace penstock
