// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "fleet/route.h"

namespace penstock {

/// Counters of one backend since its router started.
struct RequestCounters
{
    std::uint64_t requests = 0; ///< answered
    std::uint64_t failed = 0; ///< among `requests`
    std::uint64_t unanswered = 0; ///< not among `requests`, and failed too
    std::uint64_t retried = 0; ///< attempts that failed and were made again here
    std::uint64_t movedOn = 0; ///< found no answer here and were sent to another backend; not among `requests` or `unanswered`
    friend bool operator==(const RequestCounters&, const RequestCounters&) = default;
};

/// Where requests went since the weights changed last, over the last mostRequestsObserved. Not thread-safe.
class RequestWindow
{
public:
    /// What was counted so far says nothing about the split from now on.
    void forget()
    {
        m_samples.clear();
        m_old.reset();
    }
    /// The same for counters that come late: `add` begins anew once they differ from what it was given last.
    void forgetUntilNew()
    {
        if (!m_samples.empty())
            m_old = std::move(m_samples.back());
        m_samples.clear();
    }
    void add(std::vector<RequestCounters> counters)
    {
        if (m_old && *m_old == counters)
            return;
        m_old.reset();
        if (!m_samples.empty() && wentBack(counters))
            m_samples.clear(); // somebody cleared the counters
        if (!m_samples.empty() && m_samples.back() == counters)
            return;
        m_samples.push_back(std::move(counters));
        while (m_samples.size() > 2 && since(m_samples[1]) >= mostRequestsObserved)
            m_samples.pop_front();
    }

    [[nodiscard]] std::uint64_t requests() const { return m_samples.empty() ? 0 : since(m_samples.front()); }
    /// Per cent of the requests; empty under leastRequestsObserved.
    [[nodiscard]] std::optional<double> share(std::size_t i) const
    {
        const auto all = requests();
        if (all < leastRequestsObserved)
            return std::nullopt;
        return 100.0 * static_cast<double>(grown(i).requests) / static_cast<double>(all);
    }
    /// Requests that the rates of a backend, or of all together, are measured on: answered or not.
    [[nodiscard]] std::uint64_t tried(std::size_t i) const { return tried(ofBackend(i)); }
    [[nodiscard]] std::uint64_t tried() const { return tried(all()); }
    /// 0..1; empty under leastRequestsGuarded, but of leastRequestsFailed where all of them failed. Of one backend, what moved on has failed.
    [[nodiscard]] std::optional<double> errorRate(std::size_t i) const { return rate(ofBackend(i), &failures); }
    [[nodiscard]] std::optional<double> retryRate(std::size_t i) const { return rate(ofBackend(i), &retries); }
    /// Of all backends together.
    [[nodiscard]] std::optional<double> errorRate() const { return rate(all(), &failures); }
    [[nodiscard]] std::optional<double> retryRate() const { return rate(all(), &retries); }

private:
    using Sample = std::vector<RequestCounters>;
    static std::uint64_t failures(const RequestCounters& it) { return it.failed + it.unanswered; }
    static std::uint64_t retries(const RequestCounters& it) { return it.retried + it.movedOn; }
    static std::uint64_t tried(const RequestCounters& it) { return it.requests + it.unanswered; }
    static std::optional<double> rate(const RequestCounters& it, std::uint64_t (*part)(const RequestCounters&))
    {
        const bool allFailed = part == &failures && tried(it) >= leastRequestsFailed && failures(it) >= tried(it);
        if (tried(it) < leastRequestsGuarded && !allFailed)
            return std::nullopt;
        // One request may be tried again several times.
        return std::min(1.0, static_cast<double>(part(it)) / static_cast<double>(tried(it)));
    }
    [[nodiscard]] bool wentBack(const Sample& counters) const
    {
        const auto& last = m_samples.back();
        if (last.size() != counters.size())
            return true;
        for (std::size_t i = 0; i < counters.size(); ++i)
            if (counters[i].requests < last[i].requests || counters[i].failed < last[i].failed || counters[i].unanswered < last[i].unanswered
                || counters[i].retried < last[i].retried || counters[i].movedOn < last[i].movedOn)
                return true;
        return false;
    }
    [[nodiscard]] RequestCounters grown(std::size_t i) const
    {
        const auto &first = m_samples.front()[i], &last = m_samples.back()[i];
        return { last.requests - first.requests, last.failed - first.failed, last.unanswered - first.unanswered, last.retried - first.retried, last.movedOn - first.movedOn };
    }
    /// What the rates of one backend are made of.
    [[nodiscard]] RequestCounters ofBackend(std::size_t i) const
    {
        auto it = m_samples.empty() ? RequestCounters {} : grown(i);
        it.unanswered += it.movedOn;
        // Who tries again where nobody is answered may do so for seconds, and is not answered either.
        if (it.requests == 0)
            it.unanswered = std::max(it.unanswered, it.retried);
        return it;
    }
    [[nodiscard]] RequestCounters all() const
    {
        RequestCounters sum;
        for (std::size_t i = 0; !m_samples.empty() && i < m_samples.back().size(); ++i) {
            const auto one = grown(i);
            sum.requests += one.requests;
            sum.failed += one.failed;
            sum.unanswered += one.unanswered;
            sum.retried += one.retried;
            sum.movedOn += one.movedOn;
        }
        return sum;
    }
    [[nodiscard]] std::uint64_t since(const Sample& sample) const
    {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < sample.size(); ++i)
            sum += m_samples.back()[i].requests - sample[i].requests;
        return sum;
    }
    std::deque<Sample> m_samples;
    std::optional<Sample> m_old;
};

} // namespace penstock
