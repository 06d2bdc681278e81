// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "fleet/series.h"

namespace penstock {

/// What to read of the history for a picture of capacity.
struct CapacityQuery
{
    GroupPoint::Dimension by = GroupPoint::Dimension::Provider; ///< of the bands: Provider, Region, Model or Workload
    /// Of what alone: Total for all, the dimension of the bands, or the other of Provider and Model (for regions:
    /// Provider).
    GroupPoint::Dimension onlyOf = GroupPoint::Dimension::Total;
    std::string only {};
    Time from {}, to {};
    std::chrono::seconds step { 60 };
    /// Of each such stretch only the step at which all of it together were busiest; 0: every step.
    std::chrono::seconds busiestOf {};
    bool tellsBusy = false; ///< what is told of the time to come is of busy GPUs, not of demand
    friend bool operator==(const CapacityQuery&, const CapacityQuery&) = default;
};

inline constexpr double notKnown = std::numeric_limits<double>::quiet_NaN();

/// What some GPUs were doing, a value a time; NaN: not known.
struct CapacitySeries
{
    std::string key;
    std::vector<double> gpus {}; ///< of all states
    std::vector<double> silent {}; ///< among them those of which nothing was heard
    std::vector<double> supply {}; ///< healthy: busy, idle or free
    std::vector<double> allocated {}; ///< busy or idle
    std::vector<double> busy {};
    std::vector<double> peak {}; ///< greatest second of busy, of the whole stretch
    std::vector<double> needed {}, unmet {}; ///< known in all and by workload, where a source tells demand
};

/// What some GPUs were doing at the newest time at which any of them was known; NaN: not known.
struct CapacityMoment
{
    std::optional<Time> until; ///< empty: there is none
    std::chrono::seconds step {}; ///< up to then; these are means of it
    double gpus = notKnown, unknown = notKnown; ///< of all states, and those of which nothing is heard; told also where nothing else is
    double supply = notKnown, allocated = notKnown, busy = notKnown, idle = notKnown;
    double needed = notKnown, unmet = notKnown;
    /// Nobody would call it the present of that time: a console writes every five seconds, and looks once a minute.
    [[nodiscard]] bool isOldAt(Time now) const { return !until || now - *until > std::chrono::minutes(1); }
};

/// One provider's GPUs of one model over the same time.
struct CapacityRow
{
    std::string provider, model;
    CapacityMoment newest {};
    double peak = notKnown; ///< greatest second of busy
    double peakShare = notKnown; ///< %, the greatest share of supply that was busy
};

struct CapacityHistory
{
    CapacityQuery query;
    std::chrono::seconds step {}; ///< from one time to the next, at least as asked for
    std::vector<Time> times; ///< beginnings of steps; one without data is left out, and is a gap
    CapacitySeries whole;
    CapacityMoment newest {}; ///< of all of it, more finely than the steps
    std::vector<CapacitySeries> bands; ///< by key; GPUs of no workload have none
    std::vector<CapacityRow> rows; ///< by provider and model
    bool simulated = false; ///< some of it was simulated or replayed
    std::size_t damaged = 0; ///< pieces of the history that could not be read
};

} // namespace penstock
