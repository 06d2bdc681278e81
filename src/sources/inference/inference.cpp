// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "inference/inference.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "exposition/exposition.h"

namespace penstock {

namespace {

    using Figure = InferenceFigure;
    using namespace std::chrono_literals;
    constexpr auto span = 30s;
    constexpr double s = 1000;

    constexpr std::array metrics {
        InferenceMetric { "vllm:num_requests_running", Figure::Running },
        InferenceMetric { "vllm:num_requests_waiting", Figure::Waiting },
        InferenceMetric { "vllm:kv_cache_usage_perc", Figure::KvUse },
        InferenceMetric { "vllm:gpu_cache_usage_perc", Figure::KvUse }, // until 0.9
        InferenceMetric { "vllm:request_success_total", Figure::Ended },
        InferenceMetric { "vllm:request_success_total", Figure::Failed, 1, "finished_reason", "error" },
        InferenceMetric { "vllm:time_to_first_token_seconds_bucket", Figure::FirstToken, s },
        InferenceMetric { "vllm:e2e_request_latency_seconds_bucket", Figure::Latency, s },
        InferenceMetric { "sglang:num_running_reqs", Figure::Running },
        InferenceMetric { "sglang:num_queue_reqs", Figure::Waiting },
        InferenceMetric { "sglang:token_usage", Figure::KvUse },
        InferenceMetric { "sglang:num_requests_total", Figure::Ended },
        InferenceMetric { "sglang:time_to_first_token_seconds_bucket", Figure::FirstToken, s },
        InferenceMetric { "sglang:e2e_request_latency_seconds_bucket", Figure::Latency, s },
        InferenceMetric { "nv_trt_llm_request_metrics", Figure::Running, 1, "request_type", "scheduled" },
        InferenceMetric { "nv_trt_llm_request_metrics", Figure::Waiting, 1, "request_type", "waiting" },
        InferenceMetric { "nv_trt_llm_kv_cache_block_metrics", Figure::KvUse, 1, "kv_cache_block_type", "fraction" },
        InferenceMetric { "trtllm_num_requests_running", Figure::Running },
        InferenceMetric { "trtllm_num_requests_waiting", Figure::Waiting },
        InferenceMetric { "trtllm_kv_cache_utilization", Figure::KvUse },
        InferenceMetric { "tgi_batch_current_size", Figure::Running },
        InferenceMetric { "tgi_queue_size", Figure::Waiting },
        InferenceMetric { "tgi_request_count", Figure::Ended },
        InferenceMetric { "tgi_request_success", Figure::Succeeded },
        InferenceMetric { "tgi_request_duration_bucket", Figure::Latency, s },
        InferenceMetric { "nv_inference_pending_request_count", Figure::Waiting },
        InferenceMetric { "nv_inference_request_success", Figure::Succeeded },
        InferenceMetric { "nv_inference_request_failure", Figure::Failed },
        InferenceMetric { "nv_inference_first_response_histogram_ms_bucket", Figure::FirstToken, 1 },
        InferenceMetric { "nv_inference_request_summary_us_count", Figure::LatencyCount }, // with --metrics-config summary_latencies=true
        InferenceMetric { "nv_inference_request_summary_us", Figure::LatencyQuantile, 1e-3 },
    };

    void join(std::optional<double>& to, double value) { to = to.value_or(0) + value; }

} // namespace

std::span<const InferenceMetric> inferenceMetrics() { return metrics; }

void InferenceTally::add(const InferenceMetric& metric, const InferenceServer& server, double most, double value)
{
    if (!std::isfinite(value) || value < 0)
        return;
    auto& said = m_servers[server];
    switch (metric.figure) {
    case Figure::Running: join(said.level.running, value); break;
    case Figure::Waiting: join(said.level.waiting, value); break;
    case Figure::KvUse: said.level.kvUse = std::max(said.level.kvUse.value_or(0), std::min(value, 1.0)); break;
    case Figure::Ended: join(said.ended, value); break;
    case Figure::Succeeded: join(said.succeeded, value); break;
    case Figure::Failed: join(said.failed, value); break;
    case Figure::LatencyCount: join(said.summed, value); break;
    case Figure::LatencyQuantile:
        if (most >= 0 && most <= 1)
            said.quantiles[most] = std::max(said.quantiles[most], value * metric.milliseconds);
        break;
    case Figure::FirstToken:
    case Figure::Latency: said.histograms[&metric].add(most * metric.milliseconds, value); break;
    }
}

std::vector<ServiceLevel> InferenceTally::levels(const std::function<std::string(const InferenceServer&)>& workloadOf) const
{
    std::map<std::pair<std::string, std::string>, ServiceLevel> made;
    for (const auto& [server, said] : m_servers) {
        const auto workload = workloadOf(server);
        if (workload.empty())
            continue;
        auto level = said.level;
        // Some count all and those that succeed, others those and the failed.
        if (said.ended || (said.succeeded && said.failed))
            level.requestsPerSecond = said.ended ? *said.ended : *said.succeeded + *said.failed;
        if (said.failed || (said.ended && said.succeeded))
            level.errorsPerSecond = said.failed ? *said.failed : std::max(0.0, *said.ended - *said.succeeded);
        for (const auto& [metric, histogram] : said.histograms)
            (metric->figure == Figure::FirstToken ? level.firstToken : level.latency) += histogram;
        // A summary is a histogram whose bounds are its quantiles, so that servers can be joined.
        if (said.summed && !said.quantiles.empty()) {
            std::map<double, double> bounds;
            for (const auto& [share, milliseconds] : said.quantiles)
                bounds[milliseconds] = share; // of equal ones the greatest share
            LatencyHistogram summary;
            for (const auto& [milliseconds, share] : bounds)
                summary.add(milliseconds, share * *said.summed);
            summary.add(std::numeric_limits<double>::infinity(), *said.summed);
            level.latency += summary;
        }
        auto& to = made[{ workload, server.cluster }];
        to.workload = workload;
        to.cluster = server.cluster;
        to += level;
    }
    std::vector<ServiceLevel> list;
    for (auto& [key, level] : made)
        list.push_back(std::move(level));
    return list;
}

Result<> InferenceReader::read(std::string_view text, Time at)
{
    std::vector<Value> values;
    Look look { at, {} };
    const double seconds = m_base ? std::chrono::duration<double>(at - m_base->at).count() : 0;
    ExpositionReader reader(text);
    ExpositionSample sample;
    while (reader.next(sample))
        for (const auto& metric : metrics) {
            if (metric.name != sample.name || std::isnan(sample.value))
                continue;
            Value made { &metric, {}, std::numeric_limits<double>::quiet_NaN(), sample.value };
            LabelReader labels(sample.labels);
            std::string_view name;
            std::string value;
            bool isMeant = metric.label.empty();
            while (labels.next(name, value)) {
                isMeant = isMeant || (name == metric.label && value == metric.value);
                if (name == "model_name" || name == "model")
                    made.server.model = value;
                else if (name == (metric.isSummary() ? "quantile" : "le")) {
                    const std::string_view written = value.starts_with('+') ? std::string_view(value).substr(1) : std::string_view(value);
                    if (std::from_chars(written.data(), written.data() + written.size(), made.most).ec != std::errc())
                        made.most = std::numeric_limits<double>::quiet_NaN();
                }
            }
            if (labels.isWrong())
                return fail(Error::Kind::Invalid, "these are no labels", "line " + std::to_string(reader.line()), "is this the address of metrics?");
            if (!isMeant)
                continue;
            if (metric.isCounter()) {
                const auto key = std::string(sample.name) + '{' + std::string(sample.labels);
                look.counts[key] = sample.value;
                if (seconds <= 0)
                    continue;
                const auto before = m_base->counts.find(key);
                if (before == m_base->counts.end())
                    continue;
                // One that has begun anew counts from zero.
                made.value = (sample.value - (sample.value < before->second ? 0 : before->second)) / seconds;
            }
            values.push_back(std::move(made));
        }
    if (reader.error())
        return std::unexpected(*reader.error());
    if (values.empty() && look.counts.empty())
        return fail(Error::Kind::NotFound, "it has no metrics of an inference server", {}, "vLLM, SGLang, TensorRT-LLM, TGI and Triton are known");
    m_values = std::move(values);
    if (!m_base)
        m_base = std::move(look);
    else if (!m_next || at - m_next->at >= span) {
        if (m_next)
            m_base = std::move(m_next);
        m_next = std::move(look);
    }
    return {};
}

void InferenceReader::addTo(InferenceTally& tally) const
{
    for (const auto& it : m_values)
        tally.add(*it.metric, it.server, it.most, it.value);
}

} // namespace penstock
