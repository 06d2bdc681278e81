// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace penstock {

/// The shedding order: training goes first, interactive last.
enum class Priority { Training, Batch, Interactive };

/// Something that uses GPUs.
struct Workload
{
    std::string name;
    Priority priority = Priority::Interactive;
    std::vector<std::string> data; ///< data classes it handles: "customer-content"
    std::vector<std::string> residency; ///< region groups it may run in; empty: anywhere
    /// How its GPUs are recognised: workload, namespace, pod (prefix), label.KEY; all given keys must match.
    std::map<std::string, std::string> match;
    std::uint32_t replicaGpus = 1; ///< GPUs a replica
    std::vector<std::string> replicaModels; ///< "H100" means every H100; empty: any model
    std::optional<std::chrono::milliseconds> p99;
    std::optional<double> errorRate;
    std::optional<double> queue {}; ///< requests that wait at a backend
    std::optional<double> utilisation {}; ///< 0 to 1, mean of the workload's GPUs at a backend that gains
};

/// The most GPUs that may be allocated at a provider, in all or of a model, a region or both.
struct Quota
{
    std::string model {}; ///< "H100" means every H100; empty: any
    std::string region {}; ///< empty: all of the provider
    std::int64_t gpus = 0;
    friend bool operator==(const Quota&, const Quota&) = default;
};

/// GPUs that a provider keeps for us. Plans stay inside it as inside a quota; one that names a workload limits only the
/// others: they get none of what that one leaves unused.
struct Reservation
{
    std::string model {}; ///< "H100" means every H100; empty: any
    std::string region {}; ///< empty: all of the provider
    std::int64_t gpus = 0;
    std::string workload {}; ///< empty: for all of ours
    std::optional<Time> from, until; ///< it holds from the one until before the other
    [[nodiscard]] bool holds(Time at) const { return (!from || at >= *from) && (!until || at < *until); }
    friend bool operator==(const Reservation&, const Reservation&) = default;
};

/// A cloud as the workspace describes it.
struct Provider
{
    std::string id; ///< "azure"
    std::string name; ///< "Microsoft Azure"
    bool subprocessor = false; ///< on the published list
    std::vector<std::string> approvedData;
    double utilisationCap = 1.0; ///< share of its healthy GPUs that plans may fill
    std::vector<Quota> quotas {};
    std::vector<Reservation> reservations {};
};

/// True when `model` is `wanted` or a variant of it: "H100 80GB SXM" is an "H100", "H1000" is not.
[[nodiscard]] bool modelMatches(std::string_view model, std::string_view wanted);

/// Whose the GPUs of a pod are: the first workload that matches, by what it says or by its name; else the namespace, or the pod. `labels`: those
/// of the pod, where they are known. Empty: nobody's.
[[nodiscard]] std::string workloadOf(const std::vector<Workload>& workloads, const std::string& nameSpace, const std::string& pod, const std::map<std::string, std::string>& labels = {});

} // namespace penstock
