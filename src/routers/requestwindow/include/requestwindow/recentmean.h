// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <optional>

namespace penstock {

/// The mean time of the answers that came last, of a mean that forgets slowly. HAProxy keeps a sum from which each answer takes a 512th before it
/// is added (`swrate_add` with TIME_STATS_SAMPLES in its sources), and tells that sum over the 512, or over the answers while those are fewer. Two readings
/// give back the mean of what was answered between them, as exact as whole milliseconds allow: its own mean notices a server that has become slow
/// hundreds of requests later. Not thread-safe.
class RecentMean
{
public:
    void forget() { m_samples.clear(); }
    /// `answers`: since the start; `mean`: as told, milliseconds.
    void add(std::uint64_t answers, double mean)
    {
        if (!m_samples.empty() && answers < m_samples.back().answers)
            m_samples.clear();
        if (!m_samples.empty() && answers == m_samples.back().answers)
            return;
        m_samples.push_back({ answers, mean * static_cast<double>(std::clamp<std::uint64_t>(answers, 1, memory)) });
        if (m_samples.size() > mostSamples)
            m_samples.pop_front();
    }
    /// Milliseconds, of as few of the last answers as tell it to a tenth, or to 5 ms; empty: not even all do.
    [[nodiscard]] std::optional<double> value() const
    {
        for (auto begin = m_samples.rbegin(); begin != m_samples.rend(); ++begin) {
            if (begin == m_samples.rbegin())
                continue;
            const auto& end = m_samples.back();
            const double kept = std::pow(1 - 1.0 / memory, static_cast<double>(end.answers - begin->answers));
            const double mean = std::max(0.0, (end.sum - begin->sum * kept) / (memory * (1 - kept)));
            if (const double error = roundings * (1 + kept) / (1 - kept); error <= std::max(5.0, mean / 10))
                return mean;
        }
        return std::nullopt;
    }

private:
    static constexpr int memory = 512; ///< answers
    static constexpr double roundings = 3; ///< ms: the time is the sum of three such means, of queueing, connecting and answering
    static constexpr std::size_t mostSamples = 128;
    struct Sample
    {
        std::uint64_t answers = 0;
        double sum = 0;
    };
    std::deque<Sample> m_samples;
};

} // namespace penstock
