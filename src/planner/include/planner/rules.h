// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fleet/catalogue.h"
#include "fleet/policy.h"
#include "fleet/price.h"
#include "fleet/route.h"
#include "fleet/workload.h"
#include "planner/capacity.h"

namespace penstock {

/// What a workspace says about plans.
struct PlanRules
{
    std::vector<Provider> providers;
    std::vector<Workload> workloads;
    std::vector<Route> routes;
    Policy policy;
    std::map<std::string, std::vector<std::string>> regionGroups; ///< "us" -> prefixes of region names
    std::vector<Price> prices;
    std::shared_ptr<const Catalogue> listPrices {}; ///< where `prices` has none; may be null
    std::vector<RelativePerformance> performance {}; ///< before defaultPerformance()
};

/// Figures for common models, each with where it comes from; see performance.cpp for what they assume.
[[nodiscard]] std::span<const RelativePerformance> defaultPerformance();
/// Multiples of one H100 80GB SXM: the longest name that matches, `own` before the default; 1 for a model nobody knows.
[[nodiscard]] double relativePerformance(std::string_view model, std::span<const RelativePerformance> own);

/// The price that counts for a GPU on a day: the region's own before the provider's, the model's own before its
/// family's, then the newest that is not in the future. Empty when there is none.
[[nodiscard]] std::optional<Price> priceOf(std::span<const Price> prices, std::string_view provider, std::string_view region, std::string_view model, std::chrono::sys_days on);

/// Which prices a cost was made of.
struct PriceBasis
{
    std::optional<std::chrono::sys_days> own; ///< day of the newest of the workspace's
    std::optional<std::chrono::sys_days> oldestList, newestList; ///< days of the catalogue's

    void add(const Price& price);
    /// "list prices of 2026-06-18 to 2026-07-30", "prices of the workspace up to 2026-11-01"; "" without any.
    [[nodiscard]] std::string text() const;
    friend bool operator==(const PriceBasis&, const PriceBasis&) = default;
};

/// True when all data of the workload are approved for the provider, which must be on the published list.
[[nodiscard]] bool isApproved(const PlanRules& rules, const Workload& workload, std::string_view provider);
/// True when the region lies in one of the workload's region groups, or it has none.
[[nodiscard]] bool isResident(const PlanRules& rules, const Workload& workload, std::string_view region);
/// True when its replicas run on this model.
[[nodiscard]] bool fits(const Workload& workload, std::string_view model);

/// Share of its requests that a target fails from which it takes no load, whatever its workload allows.
inline constexpr double failsOutright = 0.5;

/// Something that bounds how many GPUs may be allocated in some pools together.
struct Limit
{
    enum class Kind { Cap, Quota, Reservation, SetAside };
    Kind kind = Kind::Cap;
    std::string text; ///< "utilisation cap 85 % of gcp", "quota of 4096 H100 at gcp in us-central1"
    std::uint32_t provider = 0;
    double cap = 1; ///< of a Cap
    std::int64_t gpus = 0; ///< of the others
    std::optional<std::uint32_t> workload; ///< of a SetAside: whom it does not limit
    std::optional<Time> from, until;
    std::vector<std::uint32_t> pools;

    [[nodiscard]] bool holds(Time at) const { return (!from || at >= *from) && (!until || at < *until); }
};

/// The rules laid over the shape of the fleets: every name looked up once. Immutable; any thread. Made anew when an
/// inventory or the workspace changes, not for every snapshot.
struct RuleMap
{
    struct Backend
    {
        std::vector<std::uint32_t> clusters; ///< of its scope
        std::vector<std::uint32_t> pools; ///< of its scope
        std::vector<std::uint32_t> fitting; ///< of those, where the workload runs; the cheapest load first
        std::vector<std::string> providers; ///< of its scope, reported or named
        std::vector<std::string> notApproved; ///< of these, with the data class: "gcp is not approved for account"
        std::vector<std::string> notResident; ///< regions of its scope outside the workload's groups
        [[nodiscard]] bool allowed() const { return notApproved.empty() && notResident.empty(); }
    };
    struct MappedRoute
    {
        std::optional<std::uint32_t> workload; ///< index into PlanRules::workloads
        std::vector<Backend> backends;
        /// Of all its backends, each once; where several routes carry one workload, a pool counts for the first of them.
        std::vector<std::uint32_t> pools;
    };

    PlanRules rules;
    std::shared_ptr<const Places> places;
    std::vector<MappedRoute> routes;
    std::vector<double> performance; ///< by model
    std::vector<std::optional<Price>> prices; ///< by pool: the workspace's, else a list price
    std::vector<Limit> limits;
    std::vector<std::vector<std::uint32_t>> limitsOf; ///< by pool: indices into limits

    /// `on`: the day whose prices count.
    [[nodiscard]] static std::shared_ptr<const RuleMap> make(PlanRules rules, std::shared_ptr<const Places> places, std::chrono::sys_days on);
    /// Dollars an hour for the load that one H100 80GB SXM carries; empty without a price.
    [[nodiscard]] std::optional<double> costOfLoad(std::uint32_t pool) const;
};
using RuleMapPtr = std::shared_ptr<const RuleMap>;

} // namespace penstock
