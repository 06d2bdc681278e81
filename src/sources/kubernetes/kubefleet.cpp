// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "kubernetes/kubefleet.h"

#include <algorithm>

namespace penstock {

KubeFleet::KubeFleet(std::vector<Workload> workloads, std::shared_ptr<const Catalogue> catalogue)
    : m_workloads(std::move(workloads)), m_catalogue(catalogue ? std::move(catalogue) : std::make_shared<const Catalogue>())
{
}

std::set<std::string> KubeFleet::labelsOf(const std::vector<Workload>& workloads)
{
    std::set<std::string> made;
    for (const auto& workload : workloads)
        for (const auto& [key, value] : workload.match)
            if (key.starts_with("label."))
                made.insert(key.substr(6));
    return made;
}

void KubeFleet::keep(KubePod pod)
{
    PodKey key { std::move(pod.nameSpace), std::move(pod.name) };
    if (pod.ended || (pod.gpus.empty() && !pod.claims)) {
        m_pods.erase(key);
        return;
    }
    auto workload = penstock::workloadOf(m_workloads, key.first, key.second, pod.labels);
    const bool waits = pod.node.empty() && !pod.deleting;
    m_pods[std::move(key)] = { .node = std::move(pod.node), .workload = std::move(workload), .why = std::move(pod.why), .gpus = std::move(pod.gpus), .waits = waits, .claims = pod.claims };
}

void KubeFleet::replace(KubeReader::Kind kind, std::vector<KubeObject> objects)
{
    if (kind == KubeReader::Kind::Nodes)
        m_nodes.clear();
    else
        m_pods.clear();
    for (auto& object : objects)
        apply({ .type = KubeEvent::Type::Added, .object = std::move(object), .version = {}, .code = 0, .reason = {}, .message = {} });
}

void KubeFleet::apply(const KubeEvent& event)
{
    if (event.type == KubeEvent::Type::Bookmark || event.type == KubeEvent::Type::Error)
        return;
    const bool gone = event.type == KubeEvent::Type::Deleted;
    if (const auto* node = std::get_if<KubeNode>(&event.object)) {
        if (gone)
            m_nodes.erase(node->name);
        else
            m_nodes.insert_or_assign(node->name, KubeGpuNode(*node, *m_catalogue));
    } else if (const auto* pod = std::get_if<KubePod>(&event.object)) {
        if (gone)
            m_pods.erase({ pod->nameSpace, pod->name });
        else
            keep(*pod);
    }
}

DcgmNodes KubeFleet::nodes(bool knowsPods) const
{
    std::unordered_map<const KubeGpuNode*, KubeGpuNode::Held> held;
    for (const auto& [key, pod] : m_pods)
        if (!pod.node.empty() && knowsPods)
            if (const auto found = m_nodes.find(pod.node); found != m_nodes.end())
                found->second.hold(held[&found->second], pod.workload, pod.gpus);
    DcgmNodes made;
    for (const auto& [name, node] : m_nodes) {
        if (node.facts().capacity == 0)
            continue;
        const auto its = held.find(&node);
        auto& facts = made.emplace(std::pair { std::string(), name }, its == held.end() ? node.facts() : node.holding(its->second)).first->second;
        facts.silent = facts.silent || !knowsPods;
    }
    return made;
}

std::vector<WorkloadDemand> KubeFleet::demand() const
{
    struct Sums
    {
        double held = 0, unmet = 0;
        std::map<std::string, double> why;
    };
    std::map<std::string, Sums> sums;
    for (const auto& [key, pod] : m_pods) {
        if (pod.gpus.empty() || (pod.node.empty() && !pod.waits))
            continue;
        auto& its = sums[pod.workload];
        const auto node = m_nodes.find(pod.node);
        const auto gpus = node == m_nodes.end() ? gpusAnywhere(pod.gpus) : node->second.gpusOf(pod.gpus);
        if (!pod.waits)
            its.held += gpus;
        else {
            its.unmet += gpus;
            its.why[pod.why.empty() ? "the scheduler has not looked at it yet" : pod.why] += gpus;
        }
    }
    std::vector<WorkloadDemand> made;
    for (const auto& [workload, its] : sums) {
        made.push_back({ .workload = workload, .requestsPerSecond = {}, .gpusNeeded = wholeGpus(its.held) + wholeGpus(its.unmet), .gpusUnmet = wholeGpus(its.unmet) });
        for (const auto& [why, gpus] : its.why)
            made.back().unmetWhy[why] = wholeGpus(gpus);
    }
    return made;
}

std::vector<std::string> KubeFleet::missing() const
{
    std::vector<std::string> made;
    const auto hasGpus = [](const auto& it) { return it.second.facts().capacity != 0; };
    if (!m_nodes.empty() && std::ranges::none_of(m_nodes, hasGpus))
        made.emplace_back("nvidia.com/gpu on any node (all GPUs: does the device plugin run?)");
    if (std::ranges::any_of(m_nodes, [&](const auto& it) { return hasGpus(it) && it.second.facts().model.empty(); }))
        made.emplace_back("nvidia.com/gpu.product on some nodes (GPU model: install GPU Feature Discovery)");
    if (std::ranges::any_of(m_pods, [](const auto& it) { return it.second.claims; }))
        made.emplace_back("resource claims (GPUs that pods hold by them)");
    return made;
}

std::string KubeFleet::workloadOf(const std::string& nameSpace, const std::string& pod) const
{
    const auto found = m_pods.find({ nameSpace, pod });
    return found == m_pods.end() ? std::string() : found->second.workload;
}

} // namespace penstock
