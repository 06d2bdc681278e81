// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <unordered_map>

#include "dcgm/dcgmfleet.h"
#include "kubernetes/kubereader.h"

namespace penstock {

/// What the nodes and pods of a cluster come to. Pure; one thread at a time.
///
/// GPUs are physical ones. Where they are shared (time slicing, MPS, MIG) a cluster offers more than it has, or parts: n shares that pods
/// hold are the fewest GPUs that they fit on, and a GPU that several hold is shown as the first one's. MIG instances count by how many of
/// their profile a GPU has room for, those of four sevenths as a half; a GPU that is cut into them is none that is free. What a node has and does not offer to pods is broken.
class KubeFleet
{
public:
    explicit KubeFleet(std::vector<Workload> workloads);
    /// Labels of pods that the workloads ask for.
    [[nodiscard]] static std::set<std::string> labelsOf(const std::vector<Workload>& workloads);

    /// A whole list: what is not in it is gone.
    void replace(KubeReader::Kind kind, std::vector<KubeObject> objects);
    /// What happened to one object; bookmarks and errors change nothing.
    void apply(const KubeEvent& event);

    /// By name, under no cluster. `knowsPods` false: what pods hold is not known, so nothing is free.
    [[nodiscard]] DcgmNodes nodes(bool knowsPods) const;
    /// What is held and what finds no place, by workload and with the reason that keeps most GPUs waiting.
    [[nodiscard]] std::vector<WorkloadDemand> demand() const;
    /// What the cluster does not tell, and what is unknown for it.
    [[nodiscard]] std::vector<std::string> missing() const;
    /// Empty: the pod is not known.
    [[nodiscard]] std::string workloadOf(const std::string& nameSpace, const std::string& pod) const;

private:
    struct Node
    {
        DcgmNode facts; ///< without what pods hold
        double unit = 1; ///< GPUs that one of its whole resource is
        std::string model; ///< for the size of MIG instances
        bool allCut = false; ///< its whole resource is of MIG instances
    };
    struct Pod
    {
        std::string node, workload, why;
        KubeGpus gpus;
        bool waits = false; ///< for a place
        bool claims = false;
    };
    using PodKey = std::pair<std::string, std::string>; ///< namespace and name
    struct HashOfKey
    {
        std::size_t operator()(const PodKey& key) const { return std::hash<std::string>()(key.second) * 31 + std::hash<std::string>()(key.first); }
    };
    [[nodiscard]] static Node understand(const KubeNode& node);
    void keep(KubePod pod);
    [[nodiscard]] static double gpusOf(const KubeGpus& gpus, const Node* on);

    std::vector<Workload> m_workloads;
    std::unordered_map<std::string, Node> m_nodes;
    std::unordered_map<PodKey, Pod, HashOfKey> m_pods; ///< that hold GPUs, or want some
};

} // namespace penstock
