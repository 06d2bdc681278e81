// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "kubenodes/kubenode.h"

#include <algorithm>
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

    /// `provider`: see DcgmNode.
    std::string zoneOf(const KubeNode& node, const ProviderId& id, std::string_view provider)
    {
        const auto told = label(node, { "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone" });
        // Azure's zones are "REGION-1"; a lone number is a fault domain.
        const bool isNone = told.empty() || (provider == "azure" && told.find('-') == std::string_view::npos);
        return isNone ? id.zone : std::string(told);
    }

    /// The driver names the very GPU. Other labels name a family, of which a cloud may have several sizes and forms: the type of the instance tells which.
    std::string modelOf(const KubeNode& node, std::string_view product, std::string_view provider, const Catalogue::Instance* type)
    {
        if (product.empty() || !label(node, { "nvidia.com/gpu.product", "amd.com/gpu.product-name" }).empty())
            return product.empty() && type ? type->model : canonicalModel(product);
        const auto named = canonicalModel(product);
        const auto familyOf = [](std::string_view model) { return model.substr(0, model.find(' ')); };
        if (type && familyOf(type->model) == familyOf(named))
            return type->model;
        // So Google Cloud calls those of 40 GB; the others have their size in the name.
        if (provider == "gcp" && product == "nvidia-tesla-a100")
            return "A100 40GB SXM";
        // Azure has two kinds, and both are called so.
        if (provider == "azure" && product == "H100")
            return "H100";
        return named;
    }

    std::string regionOf(const KubeNode& node, const ProviderId& id, const DcgmNode& facts)
    {
        if (const auto told = label(node, { "topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region" }); !told.empty())
            return std::string(told);
        if (!id.region.empty())
            return id.region;
        return facts.provider == "azure" ? facts.zone.substr(0, facts.zone.rfind('-')) : std::string();
    }

} // namespace

bool isKubeGpu(std::string_view resource) { return resource == "nvidia.com/gpu" || resource == "nvidia.com/gpu.shared" || resource.starts_with(migPrefix) || resource == "amd.com/gpu"; }

bool keepsAllAway(std::string_view taint)
{
    constexpr std::array<std::string_view, 5> keys { "node.cloudprovider.kubernetes.io/uninitialized", "node.cloudprovider.kubernetes.io/shutdown", "ToBeDeletedByClusterAutoscaler", "karpenter.sh/disrupted",
        "karpenter.sh/disruption" };
    return taint.starts_with("node.kubernetes.io/") || std::ranges::find(keys, taint) != keys.end();
}

std::uint32_t wholeGpus(double gpus) { return static_cast<std::uint32_t>(std::clamp(std::ceil(gpus - rounding), 0.0, 1e9)); }

KubeGpuNode::KubeGpuNode(const KubeNode& node, const Catalogue& catalogue)
{
    auto& facts = m_facts;
    const auto id = parseProviderId(node.providerId);
    facts.instanceType = label(node, { "node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type" });
    facts.provider = !id.provider.empty() ? id.provider : !label(node, { "gpu.nvidia.com/class", "gpu.nvidia.com/model" }).empty() ? "coreweave" : catalogue.providerOf(facts.instanceType);
    facts.zone = zoneOf(node, id, facts.provider);
    facts.region = regionOf(node, id, facts);
    const auto* type = catalogue.instance(facts.provider, facts.instanceType);
    facts.cordoned = node.unschedulable || node.keptFree || node.deleting || !node.ready;
    facts.silent = !node.ready;

    const auto product = label(node, { "nvidia.com/gpu.product", "gpu.nvidia.com/model", "gpu.nvidia.com/class", "cloud.google.com/gke-accelerator", "eks.amazonaws.com/instance-gpu-name",
        "karpenter.k8s.aws/instance-gpu-name", "karpenter.azure.com/sku-gpu-name", "amd.com/gpu.product-name" });
    facts.model = modelOf(node, product, facts.provider, type);
    // A node whose GPUs are all cut the same way may offer the pieces as whole ones, and counts them as such.
    auto profile = label(node, { "cloud.google.com/gke-gpu-partition-size" });
    if (const auto cut = product.find("-MIG-"); cut != std::string_view::npos)
        profile = product.substr(cut + 5);
    const auto replicas = std::max(1U, numberAt(label(node, { "nvidia.com/gpu.replicas", "cloud.google.com/gke-max-shared-clients-per-gpu" })));
    const auto piece = profile.empty() ? 1.0 : shareOf(profile, facts.model);
    m_unit = piece / replicas;
    m_allCut = !profile.empty();
    if (profile.empty())
        facts.memory = numberAt(label(node, { "nvidia.com/gpu.memory" }));
    if (facts.memory == 0)
        facts.memory = numberAt(label(node, { "gpu.nvidia.com/vram" })) * 1024;

    const auto counted = numberAt(label(node, { "nvidia.com/gpu.count" })) * piece;
    const auto physical = counted > 0 ? counted : type && type->gpus >= 1 ? type->gpus : 0;
    // More than there are: they are shared, whether a label says so or not.
    if (const auto offers = whole(node.capacity); physical > 0 && offers * m_unit > physical + rounding)
        m_unit = physical / offers;
    facts.physical = physical > 0 || replicas > 1;
    facts.capacity = counted > 0 ? wholeGpus(counted) : wholeGpus(whole(node.capacity) * m_unit) + wholeGpus(migs(node.capacity, facts.model));
    facts.capacity = std::min(facts.capacity, 1024U);
    facts.cut = m_allCut ? facts.capacity : std::min(facts.capacity, wholeGpus(migs(node.capacity, facts.model)));
    const auto offered = std::min(facts.capacity, wholeGpus(whole(node.allocatable) * m_unit) + wholeGpus(migs(node.allocatable, facts.model)));
    facts.broken = facts.capacity - offered;
    facts.schedulable = 0;
    for (const auto& [resource, count] : node.allocatable)
        *facts.schedulable += count;
    m_model = facts.model;
}

double KubeGpuNode::gpusOf(const KubeGpus& gpus) const { return whole(gpus) * m_unit + migs(gpus, m_model); }

void KubeGpuNode::hold(Held& held, const std::string& workload, const KubeGpus& gpus) const
{
    (m_allCut ? held.cut : held.others)[workload] += whole(gpus) * m_unit;
    held.cut[workload] += migs(gpus, m_model);
}

DcgmNode KubeGpuNode::holding(const Held& held) const
{
    auto made = m_facts;
    std::uint32_t rows = 0;
    const auto hold = [&](const std::map<std::string, double>& gpus) {
        double sum = 0;
        const auto before = rows;
        for (const auto& [workload, count] : gpus) {
            sum += count;
            const auto until = std::min(made.capacity, before + wholeGpus(sum));
            if (until > rows)
                made.held.emplace_back(workload, until - rows);
            rows = until;
        }
        return rows - before;
    };
    made.cut -= std::min(made.cut, hold(held.cut));
    hold(held.others);
    return made;
}

double gpusAnywhere(const KubeGpus& gpus) { return whole(gpus) + migs(gpus, {}); }

} // namespace penstock
