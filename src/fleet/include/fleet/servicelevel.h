// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace penstock {

/// Requests by how long they took, as histograms of Prometheus count them. A monoid.
struct LatencyHistogram
{
    struct Bucket
    {
        double most = 0; ///< ms; infinite in the last one
        double count = 0; ///< requests that took at most so long
        friend bool operator==(const Bucket&, const Bucket&) = default;
    };
    std::vector<Bucket> buckets; ///< ascending

    /// One more count of a histogram with the same bounds; passes over what can be none.
    void add(double most, double count);
    /// Of other bounds too: within a bucket requests are taken as spread evenly.
    LatencyHistogram& operator+=(const LatencyHistogram& other);
    [[nodiscard]] double count() const { return buckets.empty() ? 0 : buckets.back().count; }
    /// ms, spread evenly within a bucket, as histogram_quantile does it; what is in the last bucket took at least the last bound.
    /// Empty without requests.
    [[nodiscard]] std::optional<double> quantile(double share) const;
    friend bool operator==(const LatencyHistogram&, const LatencyHistogram&) = default;
};

/// How a workload is served at one place, as its inference servers say. What they don't tell is empty.
struct ServiceLevel
{
    std::string workload;
    std::string provider {}, region {}, cluster {}; ///< empty: not told
    std::optional<double> running {}, waiting {}; ///< requests
    std::optional<double> kvUse {}; ///< 0 to 1, of the fullest server
    std::optional<double> requestsPerSecond {}; ///< that ended
    std::optional<double> errorsPerSecond {}; ///< of those, the ones that failed
    LatencyHistogram firstToken {}, latency {}; ///< until the first token and until the end, of the last minutes

    /// Joins what other servers say; keeps its own names.
    ServiceLevel& operator+=(const ServiceLevel& other);
    [[nodiscard]] std::optional<double> errorRate() const; ///< 0 to 1; empty without requests
    friend bool operator==(const ServiceLevel&, const ServiceLevel&) = default;
};

} // namespace penstock
