// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "prometheus/promfleet.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>

#include "fleet/providerid.h"

namespace penstock {

namespace {

    using namespace std::chrono_literals;
    using Kind = PromQuery::Kind;

    /// Two scrapes at least, at the usual intervals.
    constexpr auto rateOver = "2m";
    /// A node whose exporter is down is unknown for so long before it counts as gone, where nobody else tells.
    constexpr auto vanished = 10min;

    struct Wanted
    {
        const char* name;
        const char* unknownWithout; ///< null: nobody misses it
    };
    /// The names of today first; of each metric the first that the store has is asked for.
    constexpr std::array<std::array<Wanted, 3>, 10> wanted { {
        { { { "DCGM_FI_DEV_FB_USED", "memory used" }, { "dcgm_fb_used", nullptr }, {} } },
        { { { "DCGM_FI_DEV_FB_FREE", "memory of a GPU" }, { "dcgm_fb_free", nullptr }, {} } },
        { { { "DCGM_FI_DEV_FB_RESERVED", nullptr }, {}, {} } },
        { { { "DCGM_FI_DEV_GPU_UTIL", "utilisation" }, { "DCGM_FI_DEV_GPU_UTIL_RATIO", nullptr }, { "dcgm_gpu_utilization", nullptr } } },
        { { { "DCGM_FI_PROF_GR_ENGINE_ACTIVE", nullptr }, { "DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO", nullptr }, {} } },
        { { { "DCGM_FI_DEV_GPU_TEMP", "temperature" }, { "dcgm_gpu_temp", nullptr }, {} } },
        { { { "DCGM_FI_DEV_POWER_USAGE", "power" }, { "DCGM_FI_DEV_BOARD_POWER_WATTS", nullptr }, { "dcgm_power_usage", nullptr } } },
        { { { "DCGM_FI_DEV_XID_ERRORS", "GPU errors" }, { "DCGM_FI_DEV_XID_ERROR", nullptr }, { "dcgm_xid_errors", nullptr } } },
        { { { "DCGM_FI_DEV_ROW_REMAP_FAILURE", "failed row remaps" }, {}, {} } },
        { { { "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", nullptr }, { "dcgm_ecc_dbe_volatile_total", nullptr }, {} } },
    } };
    /// Asked for as they are, where they are.
    constexpr std::array further { "DCGM_EXP_XID_ERRORS_COUNT", "DCGM_EXP_GPU_HEALTH_STATUS", "DCGM_FI_DEV_CLOCKS_EVENT_REASONS", "DCGM_FI_DEV_CLOCK_THROTTLE_REASONS", "DCGM_FI_DEV_GET_GPU_RECOVERY_ACTION",
        "DCGM_FI_DEV_GPU_RECOVERY_ACTION" };
    constexpr std::array nodeMetrics { "kube_node_info", "kube_node_spec_unschedulable", "kube_node_status_capacity", "kube_pod_container_resource_requests", "kube_pod_status_phase", "kube_node_labels" };
    constexpr auto resources = "nvidia_com_gpu|amd_com_gpu";

    /// Who a GPU is, in every spelling that exporters have used.
    constexpr auto gpuLabels = "UUID, uuid, gpu, Hostname, hostname, cluster";

    bool isMemory(std::string_view metric) { return metric.find("FB_") != std::string_view::npos || metric.find("_fb_") != std::string_view::npos; }

    /// Some stores know no case: names come back as they please.
    std::string_view spelled(std::string_view name)
    {
        constexpr std::array known { "UUID", "gpu", "Hostname", "modelName", "GPU_I_ID", "cluster", "xid", "exported_pod", "exported_namespace", "exported_container", "DCGM_FI_DRIVER_VERSION", "pod",
            "namespace", "container", "node", "provider_id" };
        for (const std::string_view it : known)
            if (it.size() == name.size() && std::ranges::equal(it, name, [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b)); }))
                return it;
        return name;
    }

    std::string_view label(std::span<const PromLabel> labels, std::string_view name)
    {
        for (const auto& [key, value] : labels)
            if (spelled(key) == name)
                return value;
        return {};
    }

    /// Of a bucket's bound, "+Inf" too.
    double numberOf(std::string_view written)
    {
        if (written.starts_with('+'))
            written.remove_prefix(1);
        double value = 0;
        const auto read = std::from_chars(written.data(), written.data() + written.size(), value);
        return !written.empty() && read.ec == std::errc() ? value : std::numeric_limits<double>::quiet_NaN();
    }

    std::uint32_t countOf(double value) { return value > 0 && value < 1e9 ? static_cast<std::uint32_t>(std::lround(value)) : 0; }

    void append(std::string& text, std::string_view name, std::string_view value)
    {
        if (!text.empty())
            text += ',';
        text.append(name).append("=\"");
        for (const char c : value)
            if (c == '\n')
                text += "\\n";
            else {
                if (c == '\\' || c == '"')
                    text += '\\';
                text += c;
            }
        text += '"';
    }

} // namespace

PromFleet::PromFleet(DcgmPlace place, std::vector<Workload> workloads, std::chrono::milliseconds staleAfter, std::uint64_t epoch)
    : m_cluster(place.cluster)
    , m_byPod(std::ranges::any_of(workloads, [](const Workload& it) { return it.match.contains("pod"); }))
    , m_fleet(std::move(place), std::move(workloads), 1, staleAfter, epoch)
{
    m_fleet.keepVanishedFor(vanished);
}

std::string PromFleet::discovery()
{
    std::string names;
    const auto add = [&names](const char* name) {
        if (name)
            names += (names.empty() ? "" : "|") + std::string(name);
    };
    for (const auto& spellings : wanted)
        for (const auto& it : spellings)
            add(it.name);
    for (const auto* name : further)
        add(name);
    for (const auto* name : nodeMetrics)
        add(name);
    for (const auto& it : inferenceMetrics())
        add(it.name.data());
    return "count by (__name__) ({__name__=~\"" + names + "\"})";
}

std::string PromFleet::podDiscovery(const std::string& metric)
{
    return "count(" + metric + "{exported_namespace!=\"\"})";
}

void PromFleet::discovered(std::map<std::string, double> found, bool renamed)
{
    m_found = std::move(found);
    // Once known it stays: idle GPUs name no pod.
    m_exported = m_exported || renamed;
    m_queries.clear();
    m_identity.clear();
    std::vector<std::string> metrics;
    for (const auto& spellings : wanted)
        for (const auto& it : spellings)
            if (it.name && m_found.contains(it.name)) {
                metrics.emplace_back(it.name);
                break;
            }
    for (const auto* name : further)
        if (m_found.contains(name))
            metrics.emplace_back(name);
    if (metrics.empty())
        return;
    m_identity = metrics.front();
    const std::string pods = m_exported ? ", exported_pod, exported_namespace, exported_container" : ", pod, namespace, container";
    for (const auto& metric : metrics) {
        // The server makes one value of a GPU's several series; instances of MIG are added up here.
        std::string by = gpuLabels;
        if (isMemory(metric))
            by += ", GPU_I_ID";
        if (metric == "DCGM_EXP_XID_ERRORS_COUNT")
            by += ", xid";
        if (metric == m_identity)
            by += ", modelName, DCGM_FI_DRIVER_VERSION" + pods;
        m_queries.push_back({ Kind::Gpu, metric, "max by (" + by + ") (" + metric + ")" });
    }
    m_queries.push_back({ Kind::Observed, {}, "max(timestamp(" + m_identity + "))" });
    for (const auto& it : inferenceMetrics())
        if (m_found.contains(std::string(it.name))) {
            const auto series = std::string(it.name) + (it.label.empty() ? std::string() : "{" + std::string(it.label) + "=\"" + std::string(it.value) + "\"}");
            const auto by = std::string(it.isHistogram() ? "le, " : "") + "cluster, namespace, model_name, model" + (m_byPod ? ", pod" : "");
            m_queries.push_back({ Kind::Service, std::string(it.name),
                (it.figure == InferenceFigure::KvUse ? "max" : "sum") + (" by (" + by + ") (") + (it.isCounter() ? "rate(" + series + "[" + rateOver + "])" : series) + ")", &it });
        }
    const auto has = [this](const char* name) { return m_found.contains(name); };
    m_hasNodes = !m_leavesNodes && has("kube_node_info") && has("kube_node_status_capacity");
    if (!m_hasNodes)
        return;
    const std::string gpus = std::string("{resource=~\"") + resources + "\"}";
    m_queries.push_back({ Kind::Capacity, {}, "sum by (node, cluster) (kube_node_status_capacity" + gpus + ")" });
    m_queries.push_back({ Kind::Node, {}, "max by (node, cluster, provider_id) (kube_node_info)" });
    if (has("kube_node_spec_unschedulable"))
        m_queries.push_back({ Kind::Cordoned, {}, "max by (node, cluster) (kube_node_spec_unschedulable == 1)" });
    if (has("kube_node_labels"))
        m_queries.push_back({ Kind::NodeLabels, {},
            "max by (node, cluster, label_topology_kubernetes_io_region, label_node_kubernetes_io_instance_type) (kube_node_labels{label_topology_kubernetes_io_region!=\"\"})" });
    if (has("kube_pod_container_resource_requests") && has("kube_pod_status_phase")) {
        // Requests of pods that have ended stay in the store, so that the naive sum counts too many.
        const auto of = [](const char* where, const char* by, const char* phase) {
            return std::string("sum by (") + by + ", namespace, cluster) (max by (namespace, pod, uid, container, node, cluster) (kube_pod_container_resource_requests{resource=~\"" + resources + "\"," + where
                + "}) * on (namespace, pod, uid, cluster) group_left() max by (namespace, pod, uid, cluster) (kube_pod_status_phase{phase=~\"" + phase + "\"} == 1))";
        };
        m_queries.push_back({ Kind::Held, {}, of("node!=\"\"", "node", "Pending|Running") });
        m_queries.push_back({ Kind::Pending, {}, of("node=\"\"", "container", "Pending") });
    }
}

std::vector<std::string> PromFleet::missing() const
{
    std::vector<std::string> made;
    for (const auto& spellings : wanted)
        if (spellings.front().unknownWithout && std::ranges::none_of(spellings, [this](const Wanted& it) { return it.name && m_found.contains(it.name); }))
            made.push_back(std::string(spellings.front().name) + " (" + spellings.front().unknownWithout + ")");
    if (m_leavesNodes)
        return made;
    if (!m_hasNodes)
        made.emplace_back("kube_node_info and kube_node_status_capacity (providers, cordons, nodes without an exporter)");
    else if (!m_found.contains("kube_pod_container_resource_requests"))
        made.emplace_back("kube_pod_container_resource_requests (pending demand)");
    return made;
}

void PromFleet::setVersion(std::string version)
{
    m_version = std::move(version);
    if (!m_leavesNodes)
        m_fleet.setSource(m_version, missing());
}

void PromFleet::begin()
{
    m_reader.begin();
    m_line = 0;
    m_nodes.clear();
    m_known.clear();
    m_held.clear();
    m_pending.clear();
    m_service.clear();
    m_observed.reset();
}

DcgmNode& PromFleet::node(std::span<const PromLabel> labels)
{
    return m_nodes[{ std::string(label(labels, "cluster")), std::string(label(labels, "node")) }];
}

Result<> PromFleet::take(const PromQuery& query, std::span<const PromLabel> labels, double value)
{
    switch (query.kind) {
    case Kind::Gpu: {
        m_text.clear();
        // Where labels are not renamed, one that nobody holds carries the pod of its exporter.
        const auto pod = label(labels, "pod");
        const bool own = pod.find("dcgm") != std::string_view::npos;
        for (const auto& [key, text] : labels)
            if (const auto name = spelled(key); name != "__name__" && !(own && (name == "pod" || name == "namespace" || name == "container")) && !(m_leavesNodes && name == "cluster"))
                append(m_text, name, text);
        // So that a GPU which nobody holds is free, however its clock ticks.
        if (m_exported && query.metric == m_identity && label(labels, "exported_pod").empty())
            append(m_text, "exported_pod", {});
        return m_reader.take(query.metric, m_text, value, ++m_line);
    }
    case Kind::Observed: m_observed = Time(std::chrono::duration_cast<Time::duration>(std::chrono::duration<double>(std::clamp(value, 0.0, 4e9)))); break;
    case Kind::Node: {
        const auto id = parseProviderId(label(labels, "provider_id"));
        auto& it = node(labels);
        m_known.insert({ std::string(label(labels, "cluster")), std::string(label(labels, "node")) });
        it.provider = id.provider;
        if (it.region.empty())
            it.region = id.region;
        break;
    }
    case Kind::Cordoned: node(labels).cordoned = true; break;
    case Kind::Capacity: node(labels).capacity = countOf(value); break;
    case Kind::NodeLabels: {
        auto& it = node(labels);
        it.region = label(labels, "label_topology_kubernetes_io_region");
        it.instanceType = label(labels, "label_node_kubernetes_io_instance_type");
        break;
    }
    case Kind::Held: {
        const auto workload = m_fleet.workloadOf(std::string(label(labels, "namespace")), {});
        node(labels).held.emplace_back(workload, countOf(value));
        m_held[workload] += countOf(value);
        break;
    }
    case Kind::Pending: m_pending[m_fleet.workloadOf(std::string(label(labels, "namespace")), {})] += countOf(value); break;
    case Kind::Service: {
        InferenceServer server { std::string(label(labels, "cluster")), std::string(label(labels, "namespace")), std::string(label(labels, "pod")), std::string(label(labels, "model_name")) };
        if (server.cluster.empty())
            server.cluster = m_cluster;
        if (server.model.empty())
            server.model = label(labels, "model");
        m_service.add(*query.service, server, numberOf(label(labels, "le")), value);
        break;
    }
    }
    return {};
}

void PromFleet::commit(Time at)
{
    m_reader.commit();
    const auto observed = std::min(m_observed.value_or(at), at);
    if (m_hasNodes) {
        // What is told of a node that does not exist any more is old.
        std::erase_if(m_nodes, [this](const auto& it) { return !m_known.contains(it.first); });
        for (auto& [key, it] : m_nodes)
            std::ranges::sort(it.held);
        m_fleet.describe(m_nodes, observed);
    }
    m_fleet.answered(0, m_reader, observed);
    m_demand.clear();
    if (!m_pending.empty() || !m_held.empty() || !m_service.isEmpty()) {
        DemandFrame demand { .observed = observed, .demand = {} };
        std::map<std::string, std::pair<std::uint32_t, std::uint32_t>> byWorkload; ///< needed, unmet
        for (const auto& [workload, gpus] : m_held)
            byWorkload[workload].first += gpus;
        for (const auto& [workload, gpus] : m_pending) {
            auto& it = byWorkload[workload];
            it.first += gpus;
            it.second += gpus;
        }
        for (const auto& [workload, gpus] : byWorkload)
            if (!workload.empty())
                demand.demand.push_back({ .workload = workload, .requestsPerSecond = {}, .gpusNeeded = gpus.first, .gpusUnmet = gpus.second });
        demand.service = m_service.levels([this](const InferenceServer& it) {
            auto name = m_fleet.workloadOf(it.nameSpace, it.pod, { { "model_name", it.model } });
            return name.empty() ? it.model : name;
        });
        m_demand.emplace_back(std::move(demand));
    }
}

std::vector<Frame> PromFleet::frames(Time now)
{
    auto made = m_fleet.frames(now);
    for (auto& it : m_demand)
        made.push_back(std::move(it));
    m_demand.clear();
    return made;
}

} // namespace penstock
