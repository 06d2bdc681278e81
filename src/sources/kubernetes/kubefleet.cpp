// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "kubernetes/kubefleet.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "fleet/gpumodel.h"
#include "fleet/providerid.h"

namespace penstock {

namespace {

    constexpr std::string_view migPrefix = "nvidia.com/mig-";
    /// Shares are sums of fractions.
    constexpr double rounding = 1e-6;

    /// The first number in a text, from where it stands: 80 of "80GB SXM".
    unsigned numberAt(std::string_view text)
    {
        unsigned number = 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        return number;
    }

    std::string_view label(const KubeNode& node, std::initializer_list<const char*> keys)
    {
        for (const char* key : keys)
            if (const auto found = node.labels.find(key); found != node.labels.end() && !found->second.empty())
                return found->second;
        return {};
    }

    std::uint32_t at(const KubeGpus& gpus, const char* resource)
    {
        const auto found = gpus.find(resource);
        return found == gpus.end() ? 0 : found->second;
    }

    std::uint32_t whole(const KubeGpus& gpus) { return at(gpus, "nvidia.com/gpu") + at(gpus, "nvidia.com/gpu.shared") + at(gpus, "amd.com/gpu"); }

    /// GPUs that one instance of a MIG profile takes: "1g.5gb" of an A100 with 40 GB is a seventh.
    double shareOf(std::string_view profile, std::string_view model)
    {
        const auto slices = numberAt(profile);
        if (slices == 0)
            return 1;
        if (slices == 4)
            return 0.5;
        auto fit = 7 / std::min(slices, 7U);
        const auto dot = profile.find('.');
        const auto memory = dot == std::string_view::npos ? 0 : numberAt(profile.substr(dot + 1));
        auto total = model == "A30" ? 24U : 0U;
        if (const auto space = model.find(' '); space != std::string_view::npos)
            total = numberAt(model.substr(space + 1));
        // Profiles name their memory in round numbers: two of 71 are 141.
        if (memory != 0 && total != 0)
            fit = std::clamp(static_cast<unsigned>(std::lround(static_cast<double>(total) / memory)), 1U, fit);
        return 1.0 / fit;
    }

    double migs(const KubeGpus& gpus, std::string_view model)
    {
        double sum = 0;
        for (const auto& [resource, count] : gpus)
            if (resource.starts_with(migPrefix))
                sum += count * shareOf(std::string_view(resource).substr(migPrefix.size()), model);
        return sum;
    }

    std::uint32_t up(double gpus) { return static_cast<std::uint32_t>(std::clamp(std::ceil(gpus - rounding), 0.0, 1e9)); }

    std::string regionOf(const KubeNode& node, const ProviderId& id)
    {
        if (const auto told = label(node, { "topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region" }); !told.empty())
            return std::string(told);
        if (!id.region.empty())
            return id.region;
        // Azure's zones are "REGION-1"; a lone number is a fault domain.
        const auto zone = label(node, { "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone" });
        const auto dash = zone.rfind('-');
        return id.provider == "azure" && dash != std::string_view::npos ? std::string(zone.substr(0, dash)) : std::string();
    }

} // namespace

KubeFleet::KubeFleet(std::vector<Workload> workloads) : m_workloads(std::move(workloads)) { }

std::set<std::string> KubeFleet::labelsOf(const std::vector<Workload>& workloads)
{
    std::set<std::string> made;
    for (const auto& workload : workloads)
        for (const auto& [key, value] : workload.match)
            if (key.starts_with("label."))
                made.insert(key.substr(6));
    return made;
}

KubeFleet::Node KubeFleet::understand(const KubeNode& node)
{
    Node made;
    auto& facts = made.facts;
    const auto id = parseProviderId(node.providerId);
    facts.provider = !id.provider.empty() ? id.provider : !label(node, { "gpu.nvidia.com/class", "gpu.nvidia.com/model" }).empty() ? "coreweave" : "";
    facts.region = regionOf(node, id);
    facts.instanceType = label(node, { "node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type" });
    facts.cordoned = node.unschedulable || node.keptFree || node.deleting || !node.ready;
    facts.silent = !node.ready;

    const auto product = label(node, { "nvidia.com/gpu.product", "gpu.nvidia.com/model", "gpu.nvidia.com/class", "cloud.google.com/gke-accelerator", "eks.amazonaws.com/instance-gpu-name",
        "karpenter.k8s.aws/instance-gpu-name", "karpenter.azure.com/sku-gpu-name", "amd.com/gpu.product-name" });
    if (!product.empty())
        facts.model = canonicalModel(product);
    // A node whose GPUs are all cut the same way may offer the pieces as whole ones, and counts them as such.
    auto profile = label(node, { "cloud.google.com/gke-gpu-partition-size" });
    if (const auto cut = product.find("-MIG-"); cut != std::string_view::npos)
        profile = product.substr(cut + 5);
    const auto replicas = std::max(1U, numberAt(label(node, { "nvidia.com/gpu.replicas", "cloud.google.com/gke-max-shared-clients-per-gpu" })));
    const auto piece = profile.empty() ? 1.0 : shareOf(profile, facts.model);
    made.unit = piece / replicas;
    made.allCut = !profile.empty();
    if (profile.empty())
        facts.memory = numberAt(label(node, { "nvidia.com/gpu.memory" }));
    if (facts.memory == 0)
        facts.memory = numberAt(label(node, { "gpu.nvidia.com/vram" })) * 1024;

    const auto counted = numberAt(label(node, { "nvidia.com/gpu.count" }));
    facts.capacity = counted != 0 ? up(counted * piece) : up(whole(node.capacity) * made.unit) + up(migs(node.capacity, facts.model));
    facts.capacity = std::min(facts.capacity, 1024U);
    facts.cut = made.allCut ? facts.capacity : std::min(facts.capacity, up(migs(node.capacity, facts.model)));
    const auto offered = std::min(facts.capacity, up(whole(node.allocatable) * made.unit) + up(migs(node.allocatable, facts.model)));
    facts.broken = facts.capacity - offered;
    made.model = facts.model;
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
            m_nodes[node->name] = understand(*node);
    } else if (const auto* pod = std::get_if<KubePod>(&event.object)) {
        if (gone)
            m_pods.erase({ pod->nameSpace, pod->name });
        else
            keep(*pod);
    }
}

double KubeFleet::gpusOf(const KubeGpus& gpus, const Node* on)
{
    return whole(gpus) * (on ? on->unit : 1) + migs(gpus, on ? on->model : std::string());
}

DcgmNodes KubeFleet::nodes(bool knowsPods) const
{
    /// By workload, of GPUs that are cut into instances and of others.
    struct Held
    {
        std::map<std::string, double> cut, others;
    };
    std::unordered_map<const Node*, Held> held;
    for (const auto& [key, pod] : m_pods)
        if (!pod.node.empty() && knowsPods)
            if (const auto found = m_nodes.find(pod.node); found != m_nodes.end()) {
                const auto& node = found->second;
                auto& its = held[&node];
                (node.allCut ? its.cut : its.others)[pod.workload] += whole(pod.gpus) * node.unit;
                its.cut[pod.workload] += migs(pod.gpus, node.model);
            }
    DcgmNodes made;
    for (const auto& [name, node] : m_nodes) {
        if (node.facts.capacity == 0)
            continue;
        auto facts = node.facts;
        facts.silent = facts.silent || !knowsPods;
        std::uint32_t rows = 0;
        const auto hold = [&](const std::map<std::string, double>& gpus) {
            double sum = 0;
            const auto before = rows;
            for (const auto& [workload, count] : gpus) {
                sum += count;
                const auto until = std::min(facts.capacity, before + up(sum));
                if (until > rows)
                    facts.held.emplace_back(workload, until - rows);
                rows = until;
            }
            return rows - before;
        };
        if (const auto its = held.find(&node); its != held.end()) {
            facts.cut -= std::min(facts.cut, hold(its->second.cut));
            hold(its->second.others);
        }
        made.emplace(std::pair { std::string(), name }, std::move(facts));
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
        const auto gpus = gpusOf(pod.gpus, node == m_nodes.end() ? nullptr : &node->second);
        if (!pod.waits)
            its.held += gpus;
        else {
            its.unmet += gpus;
            its.why[pod.why.empty() ? "the scheduler has not looked at it yet" : pod.why] += gpus;
        }
    }
    std::vector<WorkloadDemand> made;
    for (const auto& [workload, its] : sums) {
        made.push_back({ .workload = workload, .requestsPerSecond = {}, .gpusNeeded = up(its.held) + up(its.unmet), .gpusUnmet = up(its.unmet) });
        for (const auto& [why, gpus] : its.why)
            made.back().unmetWhy[why] = up(gpus);
    }
    return made;
}

std::vector<std::string> KubeFleet::missing() const
{
    std::vector<std::string> made;
    const auto hasGpus = [](const auto& it) { return it.second.facts.capacity != 0; };
    if (!m_nodes.empty() && std::ranges::none_of(m_nodes, hasGpus))
        made.emplace_back("nvidia.com/gpu on any node (all GPUs: does the device plugin run?)");
    if (std::ranges::any_of(m_nodes, [&](const auto& it) { return hasGpus(it) && it.second.facts.model.empty(); }))
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
