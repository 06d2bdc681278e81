// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>

#include "prometheus/promfleet.h"
#include "prometheus/promsource.h"

namespace penstock {

/// What a store remembers: series with their points in the order of time. Where there is none there is a gap.
struct PromHistory
{
    struct Series
    {
        std::map<std::string, std::string> labels;
        std::vector<std::pair<Time, double>> points;
    };
    std::vector<Series> series; ///< in the order of their labels
    std::vector<std::string> warnings; ///< of all answers, each once
};

/// What all GPUs of a store did, by time.
struct PromPast
{
    std::vector<std::string> figures; ///< names with their units
    std::map<Time, std::vector<std::optional<double>>> rows; ///< in the order of `figures`; a time of which nothing is known has none
    std::set<std::string> warnings;
};

/// A store that is asked for a fleet, a round of queries after another. One thread at a time.
class PromStore
{
public:
    PromStore(PromOptions options, std::shared_ptr<HttpClient> http);

    /// A whole round, after discovery where that is due. `mutex` guards the fleet, and is held only while no answer is waited for. The error:
    /// nothing is known of the GPUs; `partial`: something else is not.
    [[nodiscard]] std::optional<Error> round(PromFleet& fleet, std::mutex& mutex, std::optional<Error>& partial, const std::stop_token& stop);
    [[nodiscard]] std::uint64_t bytes() const { return m_bytes; } ///< of the answers of the last round
    [[nodiscard]] std::uint64_t series() const { return m_series; } ///< in them

    /// Finds out what the store holds, for the queries of the fleet.
    [[nodiscard]] Result<> discover(PromFleet& fleet, std::mutex& mutex, const std::stop_token& stop);
    /// The values of `query` at `from`, and every `step` from there to `to`. A store gives at most 11,000 points at once, so a longer range is asked for
    /// in parts; the error of one says which. Invalid: `step` is under a millisecond, the range ends before it begins or has more than ten
    /// million points.
    [[nodiscard]] Result<PromHistory> range(const std::string& query, Time from, Time to, std::chrono::milliseconds step, const std::stop_token& stop = {});
    /// What a fleet that was discovered was at `from`, and every `step` from there to `to`. NotFound: it has no GPUs.
    [[nodiscard]] Result<PromPast> past(const PromFleet& fleet, Time from, Time to, std::chrono::milliseconds step, const std::stop_token& stop = {});

private:
    [[nodiscard]] Result<std::string> post(const std::string& path, std::vector<std::pair<std::string, std::string>> form, std::chrono::milliseconds timeout, const std::stop_token& stop);
    /// `at`: of which moment, seconds since 1970; 0: now.
    [[nodiscard]] Result<PromNotes> ask(const std::string& query, double at, std::mutex& mutex, const std::stop_token& stop, const std::function<void(std::span<const PromLabel>, double)>& each);
    /// With all that the options add to any request.
    [[nodiscard]] Result<HttpAnswer> send(HttpRequest request, const std::stop_token& stop);
    /// Of an answer that cannot be read: where, and its status where that tells more.
    [[nodiscard]] Error placed(Error error) const;
    [[nodiscard]] std::string version(const std::stop_token& stop);

    PromOptions m_options;
    std::shared_ptr<HttpClient> m_http;
    PromReader m_reader;
    std::optional<std::chrono::steady_clock::time_point> m_discoveredAt;
    std::chrono::milliseconds m_timeout; ///< of one query
    int m_status = 0; ///< of the last answer
    std::uint64_t m_bytes = 0, m_series = 0; ///< answered, in the round
};

} // namespace penstock
