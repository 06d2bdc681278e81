// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

namespace penstock::test {

/// What a vLLM server would export after having answered these requests.
struct InferenceWorld
{
    /// vLLM's own bounds of its time to first token, s.
    static constexpr std::array bounds { 0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 40.0, 80.0, 160.0, 640.0, 2560.0 };

    QByteArray model = "llama";
    int running = 0, waiting = 0, failed = 0;
    double kvUse = 0;
    std::vector<double> firstTokens {}, latencies {}; ///< s, a request each

    /// `requests` more, that take about `typical` seconds to their first token.
    void answer(int requests, double typical, unsigned seed)
    {
        std::mt19937 random(seed);
        std::lognormal_distribution<double> seconds(std::log(typical), 0.6);
        for (int i = 0; i < requests; ++i) {
            firstTokens.push_back(seconds(random));
            latencies.push_back(firstTokens.back() + 10 * seconds(random));
        }
    }
    [[nodiscard]] QByteArray text() const
    {
        const auto labels = "engine=\"0\",model_name=\"" + model + "\"";
        const auto line = [](const QByteArray& name, const QByteArray& with, double value) { return name + '{' + with + "} " + QByteArray::number(value, 'g', 12) + '\n'; };
        QByteArray made = "# TYPE vllm:num_requests_running gauge\n" + line("vllm:num_requests_running", labels, running) + line("vllm:num_requests_waiting", labels, waiting) + line("vllm:kv_cache_usage_perc", labels, kvUse)
            + line("vllm:request_success_total", labels + ",finished_reason=\"stop\"", static_cast<double>(firstTokens.size()) - failed) + line("vllm:request_success_total", labels + ",finished_reason=\"error\"", failed);
        for (const auto& [name, list] : { std::pair("vllm:time_to_first_token_seconds", &firstTokens), std::pair("vllm:e2e_request_latency_seconds", &latencies) }) {
            for (const double most : bounds)
                made += line(QByteArray(name) + "_bucket", labels + ",le=\"" + QByteArray::number(most) + "\"", static_cast<double>(std::ranges::count_if(*list, [&](double it) { return it <= most; })));
            made += line(QByteArray(name) + "_bucket", labels + ",le=\"+Inf\"", static_cast<double>(list->size())) + line(QByteArray(name) + "_count", labels, static_cast<double>(list->size()));
        }
        return made;
    }
    /// The bounds between which the quantile of all requests lies, ms.
    [[nodiscard]] static std::pair<double, double> between(std::vector<double> seconds, double share)
    {
        std::ranges::sort(seconds);
        const double exact = seconds[std::min(seconds.size() - 1, static_cast<std::size_t>(share * static_cast<double>(seconds.size())))];
        const auto above = std::ranges::lower_bound(bounds, exact);
        return { above == bounds.begin() ? 0 : *(above - 1) * 1000, *above * 1000 };
    }
};

} // namespace penstock::test
