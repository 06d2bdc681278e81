// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

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

} // namespace penstock
