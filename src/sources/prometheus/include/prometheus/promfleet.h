// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <set>
#include <span>

#include "dcgm/dcgmfleet.h"
#include "inference/inference.h"
#include "prometheus/promanswer.h"

namespace penstock {

/// What a store is asked for. The text is PromQL.
struct PromQuery
{
    enum class Kind { Gpu, Observed, Node, Cordoned, Capacity, Held, Pending, NodeLabels, Service };
    Kind kind = Kind::Gpu;
    std::string metric; ///< of Gpu: whose values these are
    std::string text;
    const InferenceMetric* service = nullptr; ///< of Service
};

/// Makes a fleet of what a Prometheus-compatible store holds: GPUs of dcgm-exporter's series, one value a GPU whatever it was
/// sliced or shared into; providers, cordons, capacity, what pods hold and what finds no place of kube-state-metrics; how workloads are
/// served of inference servers' own metrics. Pure; one
/// thread at a time. A round: begin(), take() for each series of each of queries(), commit().
class PromFleet
{
public:
    PromFleet(DcgmPlace place, std::vector<Workload> workloads, std::chrono::milliseconds staleAfter, std::uint64_t epoch);

    /// Asks which of the metrics the store has; its answer is one series a name.
    [[nodiscard]] static std::string discovery();
    /// Asks whether the store has renamed the labels of exporters, for `metric` of the discovered ones.
    [[nodiscard]] static std::string podDiscovery(const std::string& metric);
    /// `found`: by name of the metric, how many series there are. `renamed`: GPUs name their pods by exported labels, and the plain
    /// ones are those of the exporter itself.
    void discovered(std::map<std::string, double> found, bool renamed);
    [[nodiscard]] const std::string& identity() const { return m_identity; } ///< the metric whose labels tell who a GPU is; empty: there are no GPUs
    [[nodiscard]] const std::vector<PromQuery>& queries() const { return m_queries; }
    /// Of the metrics that matter, those that the store lacks, and what is unknown without each: "DCGM_FI_DEV_XID_ERRORS (GPU errors)".
    [[nodiscard]] std::vector<std::string> missing() const;

    void begin();
    [[nodiscard]] Result<> take(const PromQuery& query, std::span<const PromLabel> labels, double value);
    /// `at`: now; used where the store does not tell when its exporters were scraped last.
    void commit(Time at);
    [[nodiscard]] std::vector<Frame> frames(Time now);
    void sendWhole() { m_fleet.sendWhole(); }
    void setVersion(std::string version);
    [[nodiscard]] const std::string& version() const { return m_version; }
    /// From now on somebody else describes the nodes, and says the version and what is missing: kube-state-metrics is not asked.
    void leaveNodes() { m_leavesNodes = true; }
    [[nodiscard]] DcgmFleet& gpus() { return m_fleet; }
    [[nodiscard]] std::size_t samples() const { return m_reader.samples(); } ///< GPU series of the last round

private:
    using Key = std::pair<std::string, std::string>; ///< cluster and node
    [[nodiscard]] DcgmNode& node(std::span<const PromLabel> labels);

    std::string m_cluster; ///< of series that name none
    bool m_byPod = false; ///< a workload is told from others by its pods' names
    DcgmFleet m_fleet;
    DcgmReader m_reader;
    std::map<std::string, double> m_found;
    std::string m_version;
    bool m_exported = false, m_leavesNodes = false;
    std::string m_identity;
    std::vector<PromQuery> m_queries;
    std::string m_text; ///< labels as the text format writes them
    std::size_t m_line = 0;
    DcgmNodes m_nodes;
    std::set<Key> m_known; ///< nodes that exist
    std::map<std::string, std::uint32_t> m_held, m_pending; ///< GPUs by workload
    InferenceTally m_service;
    std::optional<Time> m_observed;
    bool m_hasNodes = false;
    std::vector<Frame> m_demand;
};

} // namespace penstock
