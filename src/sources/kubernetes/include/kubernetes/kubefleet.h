// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <unordered_map>

#include "kubernetes/kubereader.h"

namespace penstock {

/// What the nodes and pods of a cluster come to. Pure; one thread at a time.
class KubeFleet
{
public:
    /// `catalogue`: null: an empty one.
    explicit KubeFleet(std::vector<Workload> workloads, std::shared_ptr<const Catalogue> catalogue = {});
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
    void keep(KubePod pod);

    std::vector<Workload> m_workloads;
    std::shared_ptr<const Catalogue> m_catalogue;
    std::unordered_map<std::string, KubeGpuNode> m_nodes;
    std::unordered_map<PodKey, Pod, HashOfKey> m_pods; ///< that hold GPUs, or want some
};

} // namespace penstock
