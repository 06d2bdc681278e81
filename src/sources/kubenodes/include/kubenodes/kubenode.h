// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "dcgm/dcgmfleet.h"
#include "fleet/catalogue.h"

namespace penstock {

/// GPUs and parts of them by the name of their resource: "nvidia.com/gpu", "nvidia.com/mig-1g.5gb", "amd.com/gpu".
using KubeGpus = std::map<std::string, std::uint32_t>;

/// What of a v1 Node matters.
struct KubeNode
{
    std::string name, providerId;
    std::map<std::string, std::string> labels; ///< those that tell of place, kind and GPUs
    KubeGpus capacity, allocatable;
    bool unschedulable = false; ///< cordoned
    bool keptFree = false; ///< a taint of the cluster's own keeps all new pods away
    bool deleting = false;
    bool ready = false;
    friend bool operator==(const KubeNode&, const KubeNode&) = default;
};

/// Labels of nodes that tell of place, kind and GPUs.
inline constexpr std::array<std::string_view, 21> kubeNodeLabels { "topology.kubernetes.io/region", "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone",
    "node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type", "nvidia.com/gpu.product", "nvidia.com/gpu.count", "nvidia.com/gpu.replicas", "nvidia.com/gpu.memory", "nvidia.com/mig.strategy",
    "gpu.nvidia.com/model", "gpu.nvidia.com/class", "gpu.nvidia.com/vram", "cloud.google.com/gke-accelerator", "cloud.google.com/gke-gpu-partition-size", "cloud.google.com/gke-max-shared-clients-per-gpu",
    "eks.amazonaws.com/instance-gpu-name", "karpenter.k8s.aws/instance-gpu-name", "karpenter.azure.com/sku-gpu-name", "amd.com/gpu.product-name" };

[[nodiscard]] bool isKubeGpu(std::string_view resource);
/// With this taint a cluster says that a node is not to be used, or goes. All others say whom it is for.
[[nodiscard]] bool keepsAllAway(std::string_view taint);
/// Whole GPUs that so many are on.
[[nodiscard]] std::uint32_t wholeGpus(double gpus);

/// A node and the GPUs that it has. They are physical ones. Where they are shared (time slicing, MPS, MIG) a cluster offers more than it has, or parts; labels tell
/// how many there are, else the catalogue by the type of the instance. MIG instances count by how many of their profile a GPU has room for, those of four
/// sevenths as a half; a GPU that is cut into them is none that is free. What a node has and does not offer to pods is broken.
class KubeGpuNode
{
public:
    /// GPUs that pods hold, by workload.
    struct Held
    {
        std::map<std::string, double> cut, others; ///< of GPUs that are cut into instances, and of others
    };
    explicit KubeGpuNode(const KubeNode& node, const Catalogue& catalogue = {});

    [[nodiscard]] const DcgmNode& facts() const { return m_facts; } ///< without what pods hold
    /// What so much of the node's resources is.
    [[nodiscard]] double gpusOf(const KubeGpus& gpus) const;
    void hold(Held& held, const std::string& workload, const KubeGpus& gpus) const;
    /// `m_facts` with what pods hold: n shares are the fewest GPUs that they fit on, and a GPU that several hold is shown as the first one's.
    [[nodiscard]] DcgmNode holding(const Held& held) const;

private:
    DcgmNode m_facts;
    double m_unit = 1; ///< GPUs that one of its whole resource is
    std::string m_model; ///< for the size of MIG instances
    bool m_allCut = false; ///< its whole resource is of MIG instances
};

/// The same of a node that is not known, as where a pod waits for one.
[[nodiscard]] double gpusAnywhere(const KubeGpus& gpus);

} // namespace penstock
