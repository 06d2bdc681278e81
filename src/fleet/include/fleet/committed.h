// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace penstock {

/// GPUs that a provider has promised, for a time: `[[capacity]]` of a workspace. Several of one provider and model add up.
struct CommittedCapacity
{
    enum class Kind { Reservation, Contract, OnDemand };
    std::string provider;
    std::string model; ///< "H100" means every H100, "H100 80GB SXM" only that one
    std::int64_t gpus = 0;
    std::optional<Time> from, until; ///< empty: since ever, for ever
    std::optional<double> perGpuHour; ///< US dollars
    Kind kind = Kind::Contract;

    [[nodiscard]] bool holds(Time at) const { return (!from || at >= *from) && (!until || at < *until); }
    friend bool operator==(const CommittedCapacity&, const CommittedCapacity&) = default;
};

/// Capacity that somebody thinks of, under a name: `[[scenario]]` of a workspace. Blocks of fewer than no GPUs go.
struct Scenario
{
    std::string name;
    std::vector<CommittedCapacity> blocks; ///< each with the day from which it comes or goes; their kind says nothing
    friend bool operator==(const Scenario&, const Scenario&) = default;
};

} // namespace penstock
