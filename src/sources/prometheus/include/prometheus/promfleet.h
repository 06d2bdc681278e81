// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <span>

#include "dcgm/dcgmfleet.h"
#include "inference/inference.h"
#include "kubenodes/kubenode.h"
#include "prometheus/promanswer.h"

namespace penstock {

/// What a store is asked for. The text is PromQL.
struct PromQuery
{
    enum class Kind { Gpu, Down, NodesDown, Group, Count, CountLess, ModelMemory, Single, Working, Observed, Node, Cordoned, NotReady, Taint, Capacity, Allocatable, Held, Pending, NodeLabels, NodesStill, PodHost, Service };
    /// Of the GPUs of a node that have model, workload and state in common; answers to Group name it by a label.
    enum class Figure { Count, Unwatched, Utilisation, Memory, Power, Temperature, Hottest };
    Kind kind = Kind::Gpu;
    std::string metric; ///< of Gpu: whose values these are
    std::string text;
    const InferenceMetric* service = nullptr; ///< of Service
};

/// How GPUs of a store name the pods that hold them.
enum class PromPods {
    None, ///< not at all
    Plain, ///< as their exporter does
    Exported, ///< by exported labels: the plain ones are those of the exporter itself
};

class PromCounts;
struct PromCountsOf;

/// What is asked of a store about the metrics that it has.
struct PromDetails
{
    std::set<std::string> others {}; ///< metrics that show GPUs which the first does not
    std::map<std::string, double> counts {}; ///< answers to podDiscovery() by their label "pods"
};

/// Makes a fleet of what a Prometheus-compatible store holds: GPUs of dcgm-exporter's series, one value a GPU whatever it was
/// sliced or shared into; providers, cordons, capacity, what pods hold and what finds no place of kube-state-metrics; how workloads are
/// served of inference servers' own metrics. Of more GPUs than a limit the store counts those of each node that are well, and only the others are
/// told one by one. Pure; one thread at a time. A round: begin(); where there is a singlesQuery(), take() for each of its series, and singledOut(); take() for each series
/// of each of queries(); commit().
class PromFleet
{
public:
    PromFleet(DcgmPlace place, std::vector<Workload> workloads, std::chrono::milliseconds staleAfter, std::uint64_t epoch,
        std::uint64_t aggregateAbove = std::numeric_limits<std::uint64_t>::max(), std::shared_ptr<const Catalogue> catalogue = {});

    /// Asks which of the metrics the store has: one series a name, which is its label "metric"; its value: how many series there are.
    [[nodiscard]] static std::string discovery();
    /// Asks which of the metrics that were discovered show GPUs that the first of them does not: one series each, named by the label "identity". Empty: there is only one.
    [[nodiscard]] std::string identityDiscovery() const;
    /// Asks how GPUs name their pods, by the metrics that were discovered: one series a way, named by the label "pods"; "none": there are hosts whose GPUs name none. Where the store counts GPUs, also how many lack which metric.
    [[nodiscard]] std::string podDiscovery() const;
    [[nodiscard]] static PromPods podsOf(std::string_view label);
    /// `found`: by name of the metric, how many series there are. `someTellNone`: of exporters that tell no pods.
    void discovered(std::map<std::string, double> found, PromPods pods, bool someTellNone = true, PromDetails details = {});
    [[nodiscard]] const std::string& identity() const { return m_identity; } ///< the metric whose labels tell who a GPU is; empty: there are none that are measured
    /// Empty: nothing of the store is of use.
    [[nodiscard]] const std::vector<PromQuery>& queries() const { return m_queries; }
    /// Asks who the GPUs are that are told one by one, before all else: they, and one series without labels, so that the answer is of a moment. Empty: all are, or nobody is.
    [[nodiscard]] PromQuery singlesQuery() const { return { .kind = PromQuery::Kind::Single, .metric = {}, .text = m_byNode ? singleGpus() + " or vector(1)" : std::string() }; }
    /// It was answered: from now on queries() ask for these by name where that is quicker.
    void singledOut();
    [[nodiscard]] bool hasSingles() const { return !m_singles || !m_singles->empty(); } ///< some are told one by one, as far as is known
    [[nodiscard]] bool hasMeasured() const { return m_measured; } ///< there were such GPUs once
    [[nodiscard]] bool isByNode() const { return m_byNode; } ///< the store counts
    /// What a chart shows of all GPUs at a time: a name with its unit, "utilisation_mean_pct", and PromQL that gives one series.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> historyQueries() const;
    /// Nodes of kube-state-metrics by all that says what GPUs they have beside those of historyQueries(): series for nodeThen(), whose values are how many such nodes there
    /// are. Empty: none are told of.
    [[nodiscard]] std::string nodeHistoryQuery() const;
    /// GPUs of one of such nodes.
    struct NodeThen
    {
        std::uint32_t gpus = 0, held = 0;
    };
    [[nodiscard]] NodeThen nodeThen(const std::map<std::string, std::string>& labels) const;
    /// Of the metrics that matter, those that the store lacks, and what is unknown without each: "DCGM_FI_DEV_XID_ERRORS (GPU errors)".
    [[nodiscard]] std::vector<std::string> missing() const;

    PromFleet(PromFleet&&) noexcept;
    PromFleet& operator=(PromFleet&&) = delete;
    ~PromFleet();

    void begin();
    /// The store gives names and values back in any case: who is who is then told apart in small letters.
    void setCaseless(bool caseless) { m_caseless = caseless; }
    [[nodiscard]] Result<> take(const PromQuery& query, std::span<const PromLabel> labels, double value);
    /// Has not been answered: what it told before stays.
    void failed(const PromQuery& query);
    /// `at`: now; used where the store does not tell when its exporters were scraped last.
    void commit(Time at);
    [[nodiscard]] std::vector<Frame> frames(Time now);
    void sendWhole() { m_fleet.sendWhole(); }
    void setVersion(std::string version);
    [[nodiscard]] const std::string& version() const { return m_version; }
    /// From now on somebody else describes the nodes, and says the version and what is missing: kube-state-metrics is not asked.
    /// He knows the labels of pods too: workloads may be told by them.
    void leaveNodes()
    {
        m_leavesNodes = true;
        m_byPod = m_byPod || m_byLabel;
    }
    /// Targets of the last round that showed GPUs minutes ago, and which the store does not reach now.
    [[nodiscard]] const std::set<std::string>& down() const { return m_down; }
    /// Targets likewise that told of nodes.
    [[nodiscard]] const std::set<std::string>& nodesDown() const { return m_nodesDown; }
    /// Clusters, the nameless one too, of whose nodes nothing is told any more: what was told last is shown, and none of them is free.
    [[nodiscard]] std::set<std::string> lostClusters() const;
    /// See DcgmFleet::vanished.
    [[nodiscard]] std::set<std::string> shownNoMore() const { return m_fleet.vanished(); }
    /// See DcgmFleet::strangers.
    [[nodiscard]] std::set<std::string> strangers() const { return m_fleet.strangers(); }
    /// When what was committed last was scraped; empty: the store does not tell.
    [[nodiscard]] std::optional<Time> observed() const { return m_observed; }
    [[nodiscard]] DcgmFleet& gpus() { return m_fleet; }
    [[nodiscard]] std::size_t samples() const { return m_reader.samples(); } ///< GPU series of the last round

private:
    using Key = std::pair<std::string, std::string>; ///< cluster and node
    [[nodiscard]] KubeNode& node(std::span<const PromLabel> labels);
    void askOfNodes();
    void describeNodes(Time observed);
    /// Adds the nodes of clusters of which nothing is told any more.
    void keepLost(DcgmNodes& nodes, Time at);
    /// `tellsNodes`: all of them were told of in this round. Of what was not answered, what it told before stays.
    void tellDemand(bool tellsNodes, Time observed);
    [[nodiscard]] DcgmGroup& group(std::span<const PromLabel> labels);
    [[nodiscard]] std::bitset<dcgmMetricCount> metricsFound() const;
    /// One series at least of each GPU, of those that `selector` leaves.
    [[nodiscard]] std::string everyGpu(const std::string& selector = {}) const;
    /// One series at least of each host whose exporter tells which pods hold GPUs: they name one, if only the exporter's own.
    [[nodiscard]] std::string toldOfPods() const;
    /// PromQL: % of each GPU that is measured; those that DcgmGpu::measured() takes out of service, whatever their values.
    [[nodiscard]] std::string utilisationOfEach() const;
    [[nodiscard]] std::string brokenGpus() const;
    [[nodiscard]] std::string retiredTooMany() const; ///< PromQL: GPUs that have retired so many pages that they have failed; empty: nobody tells
    /// PromQL: GPUs as the fleet counts busy and idle ones: what a pod holds or MIG has cut, what works or has much of its memory used, unless it is broken.
    [[nodiscard]] std::string heldGpus() const;
    [[nodiscard]] static std::string memoryOfEach(const std::string& metric);
    [[nodiscard]] std::string memoryTotalOfEach() const; ///< empty: it is not measured
    void askByNode(std::vector<PromQuery>& queries) const;
    /// What is counted by node, with no series matched by another: where each GPU has each metric, pods are told, and who has to be looked at can be named.
    [[nodiscard]] std::optional<PromCountsOf> countedPlainly() const;
    void askOfSingles();
    /// PromQL for each metric that the store has of its GPUs, those that `selector` leaves.
    [[nodiscard]] std::vector<PromQuery> ofEachGpu(const std::string& selector = {}) const;
    /// PromQL: those that are told one by one where the store counts: whose health has to be looked at, by the rules of DcgmGpu::measured(), and some more.
    [[nodiscard]] std::string singleGpus() const;
    /// PromQL: the greatest utilisation of each GPU within a minute, in %; empty: it is not measured.
    [[nodiscard]] std::string workedLately(const std::string& selector = {}) const;
    [[nodiscard]] std::string worked(std::span<const char* const> names, const char* factor, const char* most, const std::string& selector) const;
    /// PromQL: the series of all of the names that the store has, each with what is to stand before and after it; empty: it has none.
    [[nodiscard]] std::string anyOf(std::span<const char* const> names, const std::string& before = {}, const std::string& after = {}) const;

    std::string m_cluster; ///< of series that name none
    bool m_byPod = false; ///< a workload is told from others by its pods' names
    bool m_byLabel = false; ///< by labels of its pods
    DcgmFleet m_fleet;
    DcgmReader m_reader { DcgmReader::Answers::OfAStore };
    std::map<std::string, double> m_found;
    std::string m_version;
    [[nodiscard]] Result<> takeSpelled(const PromQuery& query, std::span<const PromLabel> labels, double value);
    bool m_caseless = false;
    PromPods m_pods = PromPods::None;
    bool m_someTellNoPods = true;
    bool m_leavesNodes = false, m_byNode = false;
    bool m_measured = false; ///< the store has had GPUs that are measured
    std::uint64_t m_aggregateAbove;
    PromDetails m_details;
    std::vector<std::string> m_metrics; ///< of GPUs, that the store has
    std::string m_identity;
    std::vector<std::string> m_identities; ///< metrics that each show GPUs which those before do not; the first is m_identity
    std::vector<PromQuery> m_queries;
    std::string m_heldPods; ///< PromQL: what each container on a node holds
    std::set<std::string> m_down, m_nodesDown;
    std::string m_text; ///< labels as the text format writes them
    std::size_t m_line = 0;
    std::shared_ptr<const Catalogue> m_catalogue;
    std::map<Key, KubeNode> m_nodes;
    DcgmNodes m_described; ///< as told last
    std::map<std::string, Time> m_lostSince; ///< clusters
    bool m_nodesFailed = false, m_pendingFailed = false, m_serviceFailed = false; ///< of this round not all is known
    std::unique_ptr<PromCounts> m_counts; ///< null: m_groups are told as they are
    bool m_namesThem = true; ///< GPUs that were told to be asked for one by one have their names in the label by which they are asked for
    std::vector<DcgmGroup> m_groups;
    std::unordered_map<std::string, std::size_t> m_groupOf; ///< by what its GPUs have in common
    std::map<std::string, std::uint32_t> m_modelMemory; ///< MiB a GPU
    std::vector<std::string> m_singled; ///< UUIDs of GPUs to be told one by one, as they come in
    std::optional<std::vector<std::string>> m_singles; ///< of this round; empty: not known, or not to be asked for by name
    std::set<std::string> m_working; ///< GPUs asked for one by one that have worked within a minute
    std::set<Key> m_known; ///< nodes that exist
    std::map<std::string, std::string> m_hostsOfPods; ///< nodes by the pods of exporters
    double m_nodeSeries = 0, m_nodeSeriesStill = 0; ///< that told of them before and after all else of nodes was asked for
    std::map<std::pair<Key, std::string>, KubeGpus> m_held; ///< by node and workload
    std::map<std::string, KubeGpus> m_pending; ///< by workload
    std::map<std::string, double> m_needed; ///< GPUs that pods hold, by workload
    InferenceTally m_service;
    std::optional<Time> m_observed;
    bool m_hasNodes = false;
    DemandFrame m_told; ///< demand and service levels
    bool m_tellsDemand = false; ///< there were such once
    bool m_hasNews = false; ///< m_told is to be sent
};

} // namespace penstock
