// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/snapshot.h"
#include "fleet/capacityhistory.h"
#include "planner/rules.h"

namespace penstock {

/// Prices in the order in which they count: the workspace's own, then the lists.
struct PriceBook
{
    std::vector<Price> own;
    std::shared_ptr<const Catalogue> lists {}; ///< null: none count
    [[nodiscard]] std::optional<Price> price(const std::string& provider, const std::string& region,
        const std::string& model, const std::string& instanceType, std::chrono::sys_days on) const;
};

/// GPUs, and dollars an hour.
struct Spend
{
    double gpus = 0, dollars = 0;
    double unpriced = 0; ///< of these, GPUs without a price; they are in no dollars
    /// `each`: empty where they have no price.
    void add(double count, std::optional<double> each)
    {
        gpus += count;
        dollars += count * each.value_or(0);
        unpriced += each ? 0 : count;
    }
    /// Dollars an hour; empty where there are GPUs and none has a price, or nobody knows how many there are: that is no zero.
    [[nodiscard]] std::optional<double> known() const { return std::isnan(gpus) || (gpus > 0 && unpriced >= gpus) ? std::nullopt : std::optional(dollars); }
};

/// What some GPUs cost an hour.
struct CostLine
{
    std::string key; ///< empty: in all; of the GPUs of no workload
    Spend rented; ///< GPUs of any state
    Spend allocated; ///< held by a workload: busy, idle, and unknown ones that kept theirs
    Spend used; ///< busy
    Spend idle; ///< allocated and idle
    double unheard = 0; ///< of the rented ones, GPUs of which nobody knows whether they are busy, idle or free: `used` and `idle` lack them
    /// Where nothing is heard of any, `used` and `idle` are NaN.
    void close()
    {
        if (unheard > 0 && unheard >= rented.gpus)
            used = idle = { .gpus = notKnown, .dollars = notKnown, .unpriced = notKnown };
    }
};

struct CostPicture
{
    Time asOf {};
    CostLine all;
    std::vector<CostLine> byProvider, byModel, byWorkload; ///< in the order of their names
    std::vector<CostLine> bySupplier; ///< "azure/H100 80GB SXM"
    PriceBasis prices; ///< of those that counted
    bool simulated = false;
    /// Of some GPUs nothing is heard since then: they are rented, and what they do is not known.
    std::optional<Time> silentSince {};
    bool isSilent = false; ///< of all of them
};

/// What the fleets cost now at the prices of a day.
[[nodiscard]] CostPicture costOf(const Snapshot& snapshot, const PriceBook& prices, std::chrono::sys_days on);

/// Dollars an hour of a GPU of each "provider/model" on average, of those that have a price: lists price types of instances, which only a fleet tells.
[[nodiscard]] std::map<std::string, double> ratesOf(const CostPicture& cost);

inline constexpr double hoursADay = 24, hoursAMonth = 730;

} // namespace penstock
