// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "fleet/servicelevel.h"

namespace penstock {

enum class InferenceFigure {
    Running,
    Waiting,
    KvUse,
    Ended, ///< requests, however they ended; a counter, as all that follow
    Succeeded,
    Failed,
    FirstToken, ///< buckets of a histogram
    Latency, ///< likewise
    LatencyCount, ///< requests of a summary
    LatencyQuantile, ///< of a summary: a gauge by the label "quantile"
};

/// A series of an inference server.
struct InferenceMetric
{
    std::string_view name; ///< as written in an exposition
    InferenceFigure figure;
    double milliseconds = 1; ///< of a histogram: what its unit is
    std::string_view label {}, value {}; ///< only series with this label; empty: all
    [[nodiscard]] bool isCounter() const { return figure >= InferenceFigure::Ended && figure != InferenceFigure::LatencyQuantile; }
    [[nodiscard]] bool isHistogram() const { return figure == InferenceFigure::FirstToken || figure == InferenceFigure::Latency; }
    [[nodiscard]] bool isSummary() const { return figure == InferenceFigure::LatencyQuantile; }
};

/// Of vLLM, SGLang, TensorRT-LLM (under Triton, and by itself), TGI and Triton.
/// Sources: vllm/v1/metrics/loggers.py, TGI docs/source/reference/metrics.md, Triton docs/user_guide/metrics.md, and the model server
/// protocol of gateway-api-inference-extension.
[[nodiscard]] std::span<const InferenceMetric> inferenceMetrics();

/// Whose a series is.
struct InferenceServer
{
    std::string cluster, nameSpace, pod, model; ///< empty: not told
    friend auto operator<=>(const InferenceServer&, const InferenceServer&) = default;
};

/// Adds up what servers say: of counters what they grow by a second.
class InferenceTally
{
public:
    /// `most`: bound of a histogram's bucket, in the metric's unit; of a summary, the quantile.
    void add(const InferenceMetric& metric, const InferenceServer& server, double most, double value);
    void clear() { m_servers.clear(); }
    [[nodiscard]] bool isEmpty() const { return m_servers.empty(); }
    /// A row a workload and cluster, in that order. `workloadOf`: empty, nobody's.
    [[nodiscard]] std::vector<ServiceLevel> levels(const std::function<std::string(const InferenceServer&)>& workloadOf) const;

private:
    struct Said
    {
        ServiceLevel level;
        std::optional<double> ended, succeeded, failed;
        std::optional<double> summed; ///< requests of the summary
        std::map<double, double> quantiles; ///< ms by share
        std::map<const InferenceMetric*, LatencyHistogram> histograms; ///< bounds differ between servers of different make
    };
    std::map<InferenceServer, Said> m_servers;
};

/// Reads the answers of one inference server, one after another; what it counts becomes a rate since the one from half a minute to a
/// minute ago, so that a quiet server has figures between its requests; since the first one until then.
class InferenceReader
{
public:
    /// Takes a whole answer or nothing of it. Invalid: it is no exposition, with its line. NotFound: it has no metric of an inference
    /// server.
    [[nodiscard]] Result<> read(std::string_view text, Time at);
    /// What it said last.
    void addTo(InferenceTally& tally) const;

private:
    struct Value
    {
        const InferenceMetric* metric;
        InferenceServer server;
        double most, value;
    };
    struct Look
    {
        Time at;
        std::unordered_map<std::string, double> counts; ///< by name and labels
    };
    std::vector<Value> m_values;
    std::optional<Look> m_base, m_next; ///< what is compared with, and what will be
};

} // namespace penstock
