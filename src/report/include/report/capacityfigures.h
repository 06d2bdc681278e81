// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cost/cost.h"
#include "fleet/capacityhistory.h"
#include "fleet/workload.h"
#include "forecast/outlook.h"

namespace penstock {

/// What a workspace says of capacity.
struct CapacityFacts
{
    std::vector<CommittedCapacity> committed;
    std::vector<Provider> providers; ///< with their quotas and reservations
    std::vector<Scenario> scenarios {};
    std::string source {}; ///< whose history it is
    /// Dollars that a GPU of this provider and model costs an hour; empty: it has no price.
    std::function<std::optional<double>(const std::string& provider, const std::string& model)> price {};
    std::map<std::string, double> rates {}; ///< the same by "provider/model", of the fleets as they are: where `price` knows none
    [[nodiscard]] std::optional<double> priceOf(const std::string& provider, const std::string& model) const;
};

/// What is told of the time to come.
struct CapacityOutlook
{
    GroupPoint::Dimension onlyOf = GroupPoint::Dimension::Total; ///< as the query that it was told for
    std::string only {};
    std::optional<ToldGroup> whole {};
    enum class Of {
        Demand, ///< what workloads ask for
        Allocated, ///< busy and idle GPUs, where no source tells demand
        Busy
    };
    Of of = Of::Allocated;
    std::vector<ToldGroup> rows {}; ///< by provider and model
};

/// A time that can be looked back over, and how.
struct CapacityRange
{
    std::string_view name; ///< in commands
    std::chrono::seconds length, step, busiestOf, ahead;
    /// What to read of the history up to a time.
    [[nodiscard]] CapacityQuery query(Time now) const
    {
        return { .from = now - length, .to = now, .step = step, .busiestOf = busiestOf };
    }
};
inline constexpr std::size_t capacityRangeCount = 6;
extern const std::array<CapacityRange, capacityRangeCount> capacityRanges; ///< the shortest first
/// The shortest that holds as much; the longest where none does.
[[nodiscard]] std::size_t rangeHolding(Duration held);

/// One provider's GPUs of one model, with what is known of them besides the history.
struct CapacityFigures
{
    CapacityRow row;
    std::optional<double> committed, reserved, quota; ///< GPUs, now
    std::optional<RunOut> runOut; ///< with the blocks that are thought of
    std::optional<double> cost; ///< dollars an hour of all its GPUs
};

/// A row for each provider and model of the history. `told`: by provider and model.
[[nodiscard]] std::vector<CapacityFigures> capacityRows(const CapacityHistory& history, const CapacityFacts& facts,
    std::span<const ToldGroup> told, std::span<const CommittedCapacity> blocks = {});

/// What a history comes to; NaN: not known.
struct KeyFigures
{
    CapacityMoment newest;
    double peak = notKnown, peakShare = notKnown; ///< greatest second of busy, and its share of the supply then, %
    std::optional<Time> peakAt; ///< the beginning of its step
    std::optional<double> committed; ///< at the end of the history
};
[[nodiscard]] KeyFigures keyFigures(const CapacityHistory& history, const CapacityFacts& facts);

} // namespace penstock
