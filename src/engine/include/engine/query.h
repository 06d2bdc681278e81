// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/snapshot.h"

namespace penstock {

/// What can be asked of a single GPU.
enum class GpuColumn : std::uint8_t {
    State, ///< GpuState; Unknown where the source is stale
    Health, ///< penstock::Health
    Workload, ///< index into Snapshot::workloads, or noWorkload
    Utilisation, ///< %
    Temperature, ///< degrees Celsius
    Power, ///< 0.1 W
    MemoryUsed, ///< MiB
    StateAge, ///< seconds in this state, at least
};

/// A comparison that every chosen GPU passes. What is not known passes none; the values of an unknown GPU are not known.
struct GpuCondition
{
    enum class Is : std::uint8_t { Equal, NotEqual, Above, Below, AtLeast, AtMost };
    GpuColumn column = GpuColumn::State;
    Is is = Is::Equal;
    std::uint32_t value = 0;
    friend bool operator==(const GpuCondition&, const GpuCondition&) = default;
};

/// A condition as people write it: a column (state, health, util, temp, power, mem, age), a comparison (= : != > < >= <=) and a
/// value, with its unit or without: "temp>85", "util<=5%", "power>600W", "mem>=70GiB", "age>10m" (in its state; s, m, h),
/// "state=idle", "health:xid". Capitals do not count. Invalid says what is wrong and what could be written.
[[nodiscard]] Result<GpuCondition> parseCondition(std::string_view text);

/// "util", "temp", "power", "mem", "age", "state" or "health", or in full.
[[nodiscard]] std::optional<GpuColumn> parseGpuColumn(std::string_view name);
/// "good", "xid", "ecc", "row-remap", "off-the-bus", "throttled": the names of JSON, CSV and the command line; empty: not reported.
[[nodiscard]] std::string_view name(Health health);

/// Which single GPUs to find.
struct GpuQuery
{
    Filter filter;
    std::vector<GpuCondition> where; ///< all must hold
    std::optional<GpuColumn> orderBy; ///< GPUs whose value is not known come last; empty: the order of the structure
    bool descending = true;
    std::size_t limit = 0; ///< 0: all
};

/// One GPU of a snapshot.
struct GpuPlace
{
    std::uint32_t node = 0; ///< index into Structure::nodes
    std::uint32_t gpu = 0; ///< number in its node
    friend bool operator==(const GpuPlace&, const GpuPlace&) = default;
};

/// Scans the columns, a cluster at a time. Equal values keep the order of the structure. Any thread.
[[nodiscard]] std::vector<GpuPlace> find(const Snapshot& snapshot, const GpuQuery& query);
/// One byte a GPU of a cluster, 1 where all conditions hold. Any thread.
[[nodiscard]] std::vector<std::uint8_t> passing(const Snapshot& snapshot, std::uint32_t cluster, std::span<const GpuCondition> where);
/// How many GPUs pass; orderBy and limit change nothing.
[[nodiscard]] std::uint64_t count(const Snapshot& snapshot, const GpuQuery& query);

/// The smallest value that at least each of `shares` (0..1, ascending) of the known values do not exceed: exact
/// quantiles of power, temperature or memory of the GPUs that pass; empty where none is known.
[[nodiscard]] std::vector<std::optional<std::uint32_t>> quantiles(const Snapshot& snapshot, const GpuQuery& query, GpuColumn column, std::span<const double> shares);

} // namespace penstock
