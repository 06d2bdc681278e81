// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "fleet/servicelevel.h"

#include <algorithm>
#include <cmath>

namespace penstock {

namespace {

    void join(std::optional<double>& to, const std::optional<double>& other)
    {
        if (other)
            to = to.value_or(0) + *other;
    }

    /// Requests that took at most `most`.
    double countUpTo(const std::vector<LatencyHistogram::Bucket>& buckets, double most)
    {
        LatencyHistogram::Bucket below;
        for (const auto& it : buckets) {
            if (it.most == most)
                return it.count;
            if (it.most > most)
                return std::isinf(it.most) ? below.count : below.count + (it.count - below.count) * (most - below.most) / (it.most - below.most);
            below = it;
        }
        return below.count;
    }

} // namespace

void LatencyHistogram::add(double most, double count)
{
    if (std::isnan(most) || !std::isfinite(count) || count < 0 || most < 0)
        return;
    const auto at = std::ranges::lower_bound(buckets, most, {}, &Bucket::most);
    if (at != buckets.end() && at->most == most)
        at->count += count;
    else
        buckets.insert(at, { most, count });
}

LatencyHistogram& LatencyHistogram::operator+=(const LatencyHistogram& other)
{
    if (buckets.empty())
        return *this = other;
    std::vector<Bucket> made;
    for (const auto* each : std::initializer_list<const std::vector<Bucket>*> { &buckets, &other.buckets })
        for (const auto& it : *each)
            if (const auto at = std::ranges::lower_bound(made, it.most, {}, &Bucket::most); at == made.end() || at->most != it.most)
                made.insert(at, { it.most, countUpTo(buckets, it.most) + countUpTo(other.buckets, it.most) });
    buckets = std::move(made);
    return *this;
}

std::optional<double> LatencyHistogram::quantile(double share) const
{
    // Buckets are read one after another, so that a lower one may be ahead of the next.
    double total = 0;
    for (const auto& it : buckets)
        total = std::max(total, it.count);
    if (total <= 0)
        return std::nullopt;
    const double rank = std::clamp(share, 0.0, 1.0) * total;
    Bucket below;
    for (const auto& it : buckets) {
        const double count = std::max(it.count, below.count);
        if (count >= rank && count > 0) {
            if (std::isinf(it.most))
                return below.most;
            return count > below.count ? below.most + (it.most - below.most) * std::max(0.0, rank - below.count) / (count - below.count) : it.most;
        }
        below = { it.most, count };
    }
    return below.most;
}

ServiceLevel& ServiceLevel::operator+=(const ServiceLevel& other)
{
    join(running, other.running);
    join(waiting, other.waiting);
    join(requestsPerSecond, other.requestsPerSecond);
    join(errorsPerSecond, other.errorsPerSecond);
    if (other.kvUse)
        kvUse = std::max(kvUse.value_or(0), *other.kvUse);
    firstToken += other.firstToken;
    latency += other.latency;
    return *this;
}

std::optional<double> ServiceLevel::errorRate() const
{
    return requestsPerSecond && errorsPerSecond && *requestsPerSecond > 0 ? std::optional(std::min(1.0, *errorsPerSecond / *requestsPerSecond)) : std::nullopt;
}

} // namespace penstock
