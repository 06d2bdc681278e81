// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>

#include "kubernetes/kubefleet.h"

using namespace penstock;

namespace {

KubeNode nodeOf(std::map<std::string, std::string> labels, KubeGpus capacity, KubeGpus allocatable)
{
    return { .name = "n", .providerId = "aws:///us-east-1a/i-0", .labels = std::move(labels), .capacity = std::move(capacity), .allocatable = std::move(allocatable), .ready = true };
}

KubeNode nodeOf(std::map<std::string, std::string> labels, const KubeGpus& capacity) { return nodeOf(std::move(labels), capacity, capacity); }

KubePod podOf(const char* nameSpace, const char* name, KubeGpus gpus, const char* node = "n")
{
    return { .nameSpace = nameSpace, .name = name, .node = node, .labels = {}, .gpus = std::move(gpus), .why = {} };
}

/// Held GPUs by workload as rows of the node show them.
std::map<std::string, unsigned> heldOf(const DcgmNode& node)
{
    std::map<std::string, unsigned> made;
    for (const auto& [workload, gpus] : node.held)
        made[workload] += gpus;
    return made;
}

} // namespace

/// What nodes and pods come to.
class TestKubeFleet final : public QObject
{
    Q_OBJECT

private slots:
    void gpusArePhysical_data();
    void gpusArePhysical();
    void whatPodsHoldFitsOnTheFewest_data();
    void whatPodsHoldFitsOnTheFewest();
    void whatIsCutAndHeldByNobodyIsKnown_data();
    void whatIsCutAndHeldByNobodyIsKnown();
    void placesAndModelsAreRecognised_data();
    void placesAndModelsAreRecognised();
    void theTypeOfAnInstanceTells_data();
    void theTypeOfAnInstanceTells();
    void aTypeTellsWhichOfAFamily_data();
    void aTypeTellsWhichOfAFamily();
    void demandIsByWorkloadAndSaysWhy();
    void withoutPodsNothingIsKnown();
};

void TestKubeFleet::gpusArePhysical_data()
{
    QTest::addColumn<KubeNode>("node");
    QTest::addColumn<unsigned>("gpus");
    QTest::addColumn<unsigned>("schedulable");
    QTest::addColumn<unsigned>("broken");
    const auto row = [](const char* name, KubeNode node, unsigned gpus, unsigned schedulable, unsigned broken = 0) { QTest::newRow(name) << std::move(node) << gpus << schedulable << broken; };
    const char* product = "nvidia.com/gpu.product";
    const char* count = "nvidia.com/gpu.count";
    const char* replicas = "nvidia.com/gpu.replicas";
    row("whole ones", nodeOf({ { product, "NVIDIA-H100-80GB-HBM3" }, { count, "8" }, { replicas, "1" } }, { { "nvidia.com/gpu", 8 } }), 8, 8);
    row("without labels", nodeOf({}, { { "nvidia.com/gpu", 4 } }), 4, 4);
    row("AMD", nodeOf({ { "amd.com/gpu.product-name", "AMD_Instinct_MI300X" } }, { { "amd.com/gpu", 8 } }), 8, 8);
    row("one is broken", nodeOf({ { count, "8" } }, { { "nvidia.com/gpu", 8 } }, { { "nvidia.com/gpu", 7 } }), 8, 7, 1);
    row("the plugin is away", nodeOf({ { count, "8" } }, { { "nvidia.com/gpu", 8 } }, { { "nvidia.com/gpu", 0 } }), 8, 0, 8);
    row("time slicing", nodeOf({ { product, "Tesla-T4-SHARED" }, { count, "2" }, { replicas, "10" } }, { { "nvidia.com/gpu", 20 } }), 2, 20);
    row("time slicing, one broken", nodeOf({ { product, "Tesla-T4-SHARED" }, { count, "2" }, { replicas, "10" } }, { { "nvidia.com/gpu", 20 } }, { { "nvidia.com/gpu", 10 } }), 2, 10, 1);
    row("time slicing, renamed", nodeOf({ { product, "Tesla-T4" }, { count, "8" }, { replicas, "10" } }, { { "nvidia.com/gpu.shared", 80 } }), 8, 80);
    row("time sharing of GKE", nodeOf({ { "cloud.google.com/gke-accelerator", "nvidia-l4" }, { "cloud.google.com/gke-max-shared-clients-per-gpu", "3" } }, { { "nvidia.com/gpu", 6 } }), 2, 6);
    row("MIG, all the same", nodeOf({ { product, "NVIDIA-A100-SXM4-40GB-MIG-1g.5gb" }, { count, "56" } }, { { "nvidia.com/gpu", 56 } }), 8, 56);
    row("MIG, bigger instances", nodeOf({ { product, "NVIDIA-H100-80GB-HBM3-MIG-3g.40gb" }, { count, "16" } }, { { "nvidia.com/gpu", 16 } }), 8, 16);
    row("MIG of GKE", nodeOf({ { "cloud.google.com/gke-accelerator", "nvidia-tesla-a100" }, { "cloud.google.com/gke-gpu-partition-size", "1g.5gb" } }, { { "nvidia.com/gpu", 7 } }), 1, 7);
    row("MIG with room for four", nodeOf({ { product, "NVIDIA-A100-SXM4-80GB-MIG-1g.20gb" }, { count, "8" } }, { { "nvidia.com/gpu", 8 } }), 2, 8);
    // As the capture of a node with an A100 of 40 GB in four instances.
    row("MIG, mixed", nodeOf({ { product, "NVIDIA-A100-SXM4-40GB" }, { count, "1" }, { replicas, "0" } }, { { "nvidia.com/gpu", 0 }, { "nvidia.com/mig-1g.5gb", 3 }, { "nvidia.com/mig-2g.10gb", 1 }, { "nvidia.com/mig-3g.20gb", 1 } },
                                { { "nvidia.com/gpu", 0 }, { "nvidia.com/mig-1g.5gb", 3 }, { "nvidia.com/mig-2g.10gb", 1 }, { "nvidia.com/mig-3g.20gb", 0 } }), 1, 4);
    row("MIG beside whole ones, without labels", nodeOf({}, { { "nvidia.com/gpu", 4 }, { "nvidia.com/mig-3g.40gb", 8 } }), 8, 12);
    row("none", nodeOf({}, {}), 0, 0);
}

void TestKubeFleet::gpusArePhysical()
{
    QFETCH(KubeNode, node);
    QFETCH(unsigned, gpus);
    QFETCH(unsigned, schedulable);
    QFETCH(unsigned, broken);
    KubeFleet fleet({});
    fleet.replace(KubeReader::Kind::Nodes, { node });
    const auto nodes = fleet.nodes(true);
    QCOMPARE(nodes.empty() ? 0U : nodes.begin()->second.capacity, gpus);
    QCOMPARE(nodes.empty() ? 0U : nodes.begin()->second.schedulable.value_or(1'000), schedulable);
    QCOMPARE(nodes.empty() ? 0U : nodes.begin()->second.broken, broken);
}

void TestKubeFleet::whatPodsHoldFitsOnTheFewest_data()
{
    QTest::addColumn<KubeNode>("node");
    QTest::addColumn<QList<KubePod>>("pods");
    QTest::addColumn<unsigned>("a");
    QTest::addColumn<unsigned>("b");
    const auto whole = nodeOf({ { "nvidia.com/gpu.count", "8" } }, { { "nvidia.com/gpu", 8 } });
    const auto shared = nodeOf({ { "nvidia.com/gpu.count", "2" }, { "nvidia.com/gpu.replicas", "4" } }, { { "nvidia.com/gpu", 8 } });
    const auto cut = nodeOf({ { "nvidia.com/gpu.product", "NVIDIA-A100-SXM4-40GB" }, { "nvidia.com/gpu.count", "2" } }, { { "nvidia.com/mig-1g.5gb", 14 } });
    const auto gpus = [](unsigned n) { return KubeGpus { { "nvidia.com/gpu", n } }; };
    QTest::newRow("whole ones") << whole << QList { podOf("a", "1", gpus(3)), podOf("b", "1", gpus(2)), podOf("a", "2", gpus(1)) } << 4U << 2U;
    QTest::newRow("more than there are") << whole << QList { podOf("a", "1", gpus(6)), podOf("b", "1", gpus(6)) } << 6U << 2U;
    QTest::newRow("one share") << shared << QList { podOf("a", "1", gpus(1)) } << 1U << 0U;
    QTest::newRow("shares of one GPU") << shared << QList { podOf("a", "1", gpus(1)), podOf("b", "1", gpus(2)) } << 1U << 0U;
    QTest::newRow("shares of two GPUs") << shared << QList { podOf("a", "1", gpus(3)), podOf("b", "1", gpus(3)) } << 1U << 1U;
    QTest::newRow("instances") << cut << QList { podOf("a", "1", { { "nvidia.com/mig-1g.5gb", 7 } }), podOf("b", "1", { { "nvidia.com/mig-1g.5gb", 1 } }) } << 1U << 1U;
    auto ended = podOf("a", "1", gpus(4));
    ended.ended = true;
    auto going = podOf("b", "1", gpus(2));
    going.deleting = true;
    QTest::newRow("ended, and going") << whole << QList { ended, going } << 0U << 2U;
}

void TestKubeFleet::whatPodsHoldFitsOnTheFewest()
{
    QFETCH(KubeNode, node);
    QFETCH(QList<KubePod>, pods);
    QFETCH(unsigned, a);
    QFETCH(unsigned, b);
    KubeFleet fleet({});
    fleet.replace(KubeReader::Kind::Nodes, { node });
    fleet.replace(KubeReader::Kind::Pods, { pods.begin(), pods.end() });
    auto held = heldOf(fleet.nodes(true).begin()->second);
    QCOMPARE(held["a"], a);
    QCOMPARE(held["b"], b);
}

void TestKubeFleet::whatIsCutAndHeldByNobodyIsKnown_data()
{
    QTest::addColumn<KubeNode>("node");
    QTest::addColumn<KubePod>("pod");
    QTest::addColumn<unsigned>("cut");
    QTest::addColumn<unsigned>("held");
    const auto whole = nodeOf({ { "nvidia.com/gpu.count", "8" } }, { { "nvidia.com/gpu", 8 } });
    const auto same = nodeOf({ { "nvidia.com/gpu.product", "NVIDIA-A100-SXM4-40GB-MIG-1g.5gb" }, { "nvidia.com/gpu.count", "14" } }, { { "nvidia.com/gpu", 14 } });
    const auto mixed = nodeOf({ { "nvidia.com/gpu.product", "NVIDIA-A100-SXM4-40GB" }, { "nvidia.com/gpu.count", "4" } }, { { "nvidia.com/gpu", 2 }, { "nvidia.com/mig-1g.5gb", 14 } });
    const auto gpus = [](unsigned n) { return KubeGpus { { "nvidia.com/gpu", n } }; };
    const auto instances = [](unsigned n) { return KubeGpus { { "nvidia.com/mig-1g.5gb", n } }; };
    QTest::newRow("none is cut") << whole << podOf("a", "1", gpus(1)) << 0U << 1U;
    QTest::newRow("all, one instance held") << same << podOf("a", "1", gpus(1)) << 1U << 1U;
    QTest::newRow("all, nothing held") << same << podOf("a", "1", {}) << 2U << 0U;
    QTest::newRow("some, one instance held") << mixed << podOf("a", "1", instances(1)) << 1U << 1U;
    QTest::newRow("some, and a whole one held") << mixed << podOf("a", "1", gpus(1)) << 2U << 1U;
    QTest::newRow("some, and every instance held") << mixed << podOf("a", "1", instances(14)) << 0U << 2U;
}

void TestKubeFleet::whatIsCutAndHeldByNobodyIsKnown()
{
    QFETCH(KubeNode, node);
    QFETCH(KubePod, pod);
    QFETCH(unsigned, held);
    KubeFleet fleet({});
    fleet.replace(KubeReader::Kind::Nodes, { node });
    fleet.replace(KubeReader::Kind::Pods, { pod });
    const auto nodes = fleet.nodes(true);
    QTEST(nodes.begin()->second.cut, "cut");
    QCOMPARE(heldOf(nodes.begin()->second)["a"], held);
    // Nobody who wants a whole one can have it.
    DcgmFleet shown({ "aws", "us-east-1", "eks" }, {}, 1, std::chrono::seconds(30), 1);
    shown.measureNothing();
    shown.describe(nodes, Time());
    unsigned idle = 0, busy = 0, free = 0;
    for (const auto& frame : shown.frames(Time()))
        if (const auto* samples = std::get_if<SamplesFrame>(&frame))
            for (const auto state : samples->values.state) {
                idle += state == GpuState::Idle;
                busy += state == GpuState::Busy;
                free += state == GpuState::Free;
            }
    QTEST(idle, "cut");
    QCOMPARE(busy, held);
    QCOMPARE(free, nodes.begin()->second.capacity - idle - busy);
}

void TestKubeFleet::placesAndModelsAreRecognised_data()
{
    QTest::addColumn<std::string>("id");
    QTest::addColumn<KubeNode>("node");
    QTest::addColumn<QByteArray>("says"); ///< provider, region, zone, model, MiB
    const auto row = [](const char* name, const char* id, std::map<std::string, std::string> labels, const char* says) { QTest::newRow(name) << std::string(id) << nodeOf(std::move(labels), { { "nvidia.com/gpu", 8 } }) << QByteArray(says); };
    row("AKS", "azure:///subscriptions/s/resourceGroups/mc/providers/Microsoft.Compute/virtualMachineScaleSets/v/virtualMachines/0",
        { { "topology.kubernetes.io/region", "eastus" }, { "topology.kubernetes.io/zone", "eastus-1" }, { "nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3" }, { "nvidia.com/gpu.memory", "81559" } }, "azure eastus eastus-1 H100 80GB SXM 81559");
    row("AKS, zone alone", "azure:///subscriptions/s", { { "topology.kubernetes.io/zone", "westeurope-2" } }, "azure westeurope westeurope-2  0");
    row("AKS, without zones", "azure:///subscriptions/s", { { "topology.kubernetes.io/zone", "0" } }, "azure    0");
    row("AKS, without zones, the region told", "azure:///subscriptions/s", { { "topology.kubernetes.io/region", "eastus" }, { "topology.kubernetes.io/zone", "1" } }, "azure eastus   0");
    row("AKS, without labels", "azure:///subscriptions/s", {}, "azure    0");
    row("GKE", "gce://project/us-central1-a/vm", { { "cloud.google.com/gke-accelerator", "nvidia-h100-80gb" } }, "gcp us-central1 us-central1-a H100 80GB SXM 0");
    row("GKE, the id alone", "gce://project/europe-west4-b/vm", {}, "gcp europe-west4 europe-west4-b  0");
    row("EKS", "aws:///us-east-1a/i-0", { { "karpenter.k8s.aws/instance-gpu-name", "h200" } }, "aws us-east-1 us-east-1a H200 141GB SXM 0");
    row("EKS, old labels", "aws:///us-west-2b/i-0", { { "failure-domain.beta.kubernetes.io/region", "us-west-2" }, { "failure-domain.beta.kubernetes.io/zone", "us-west-2b" }, { "eks.amazonaws.com/instance-gpu-name", "a10g" } }, "aws us-west-2 us-west-2b A10G 0");
    row("EKS, a local zone", "aws:///us-west-2-lax-1a/i-0", {}, "aws us-west-2 us-west-2-lax-1a  0");
    row("EKS, a Wavelength zone", "aws:///us-east-1-wl1-bos-wlz-1/i-0", {}, "aws us-east-1 us-east-1-wl1-bos-wlz-1  0");
    row("EKS, for governments", "aws:///us-gov-west-1b/i-0", {}, "aws us-gov-west-1 us-gov-west-1b  0");
    row("EKS, an id without a zone", "aws:////i-0", {}, "aws    0");
    row("OCI", "ocid1.instance.oc1.phx.x", { { "topology.kubernetes.io/region", "phx" }, { "topology.kubernetes.io/zone", "PHX-AD-1" } }, "oci phx PHX-AD-1  0");
    row("OCI, without labels", "oci://ocid1.instance.oc1.phx.x", {}, "oci    0");
    row("CoreWeave", "", { { "topology.kubernetes.io/region", "US-EAST-04" }, { "topology.kubernetes.io/zone", "US-EAST-04A" }, { "gpu.nvidia.com/class", "A100_NVLINK_80GB" }, { "gpu.nvidia.com/vram", "80" } }, "coreweave US-EAST-04 US-EAST-04A A100 80GB SXM 81920");
    row("GKE, the old name of a size", "gce://project/us-central1-a/vm", { { "cloud.google.com/gke-accelerator", "nvidia-tesla-a100" } }, "gcp us-central1 us-central1-a A100 40GB SXM 0");
    row("EKS, a family of two sizes", "aws:///us-east-1a/i-0", { { "eks.amazonaws.com/instance-gpu-name", "a100" } }, "aws us-east-1 us-east-1a A100 0");
    row("AKS, a family of two forms", "azure:///subscriptions/s", { { "topology.kubernetes.io/region", "eastus" }, { "karpenter.azure.com/sku-gpu-name", "H100" } }, "azure eastus  H100 0");
    row("somewhere", "kind://docker/kind/kind-worker", {}, "    0");
    row("of one's own", "", { { "topology.kubernetes.io/zone", "1" } }, "  1  0");
    row("a slice's memory is not the GPU's", "aws:///us-east-1a/i-0", { { "nvidia.com/gpu.product", "NVIDIA-A100-SXM4-40GB-MIG-1g.5gb" }, { "nvidia.com/gpu.memory", "4864" } }, "aws us-east-1 us-east-1a A100 40GB SXM 0");
}

void TestKubeFleet::placesAndModelsAreRecognised()
{
    QFETCH(std::string, id);
    QFETCH(KubeNode, node);
    QFETCH(QByteArray, says);
    node.providerId = id;
    KubeFleet fleet({});
    fleet.replace(KubeReader::Kind::Nodes, { node });
    const auto made = fleet.nodes(true).begin()->second;
    QCOMPARE(QByteArray::fromStdString(made.provider + " " + made.region + " " + made.zone + " " + made.model + " " + std::to_string(made.memory)), says);
}

void TestKubeFleet::theTypeOfAnInstanceTells_data()
{
    QTest::addColumn<std::string>("id");
    QTest::addColumn<std::string>("type");
    QTest::addColumn<KubeGpus>("offers");
    QTest::addColumn<QByteArray>("says"); ///< provider, model, GPUs
    const auto row = [](const char* name, const char* id, const char* type, KubeGpus offers, const char* says) { QTest::newRow(name) << std::string(id) << std::string(type) << std::move(offers) << QByteArray(says); };
    row("CoreWeave without labels of its own", "", "gd-8xh100ib-i128", { { "nvidia.com/gpu", 8 } }, "coreweave H100 80GB SXM 8");
    row("shares that no label tells", "aws:///us-east-1a/i-0", "g5.12xlarge", { { "nvidia.com/gpu", 40 } }, "aws A10G 4");
    row("instances of MIG", "aws:///us-east-1a/i-0", "p4d.24xlarge", { { "nvidia.com/mig-2g.10gb", 24 } }, "aws A100 40GB SXM 8");
    row("fewer than the type has", "aws:///us-east-1a/i-0", "p4d.24xlarge", { { "nvidia.com/gpu", 7 } }, "aws A100 40GB SXM 7");
    row("one that is not known", "", "x9.huge", { { "nvidia.com/gpu", 40 } }, "  40");
    row("a part of a GPU", "aws:///us-east-1a/i-0", "g6f.large", { { "nvidia.com/gpu", 1 } }, "aws L4 1");
}

void TestKubeFleet::aTypeTellsWhichOfAFamily_data()
{
    QTest::addColumn<std::string>("id");
    QTest::addColumn<std::string>("type");
    QTest::addColumn<std::string>("key"); ///< of the label
    QTest::addColumn<std::string>("value");
    QTest::addColumn<std::string>("model");
    const auto row = [](const char* name, const char* id, const char* type, const char* key, const char* value, const char* model) { QTest::newRow(name) << std::string(id) << std::string(type) << std::string(key) << std::string(value) << std::string(model); };
    row("EKS, 40 GB", "aws:///us-east-1a/i-0", "p4d.24xlarge", "eks.amazonaws.com/instance-gpu-name", "a100", "A100 40GB SXM");
    row("EKS, 80 GB", "aws:///us-east-1a/i-0", "p4de.24xlarge", "karpenter.k8s.aws/instance-gpu-name", "a100", "A100 80GB SXM");
    row("GKE", "gce://project/us-central1-a/vm", "a2-highgpu-8g", "cloud.google.com/gke-accelerator", "nvidia-tesla-a100", "A100 40GB SXM");
    row("AKS, a pair by NVLink", "azure:///subscriptions/s", "Standard_NC40ads_H100_v5", "karpenter.azure.com/sku-gpu-name", "H100", "H100 NVL");
    row("AKS, eight on a board", "azure:///subscriptions/s", "Standard_ND96isr_H100_v5", "karpenter.azure.com/sku-gpu-name", "H100", "H100 80GB SXM");
    row("what the driver says stands", "aws:///us-east-1a/i-0", "p4d.24xlarge", "nvidia.com/gpu.product", "NVIDIA-A100-SXM4-80GB", "A100 80GB SXM");
    row("a label of another family stands", "aws:///us-east-1a/i-0", "p4d.24xlarge", "eks.amazonaws.com/instance-gpu-name", "l4", "L4");
    row("a type that is not known", "azure:///subscriptions/s", "Standard_NC99_H100_v9", "karpenter.azure.com/sku-gpu-name", "H100", "H100");
}

void TestKubeFleet::aTypeTellsWhichOfAFamily()
{
    QFETCH(std::string, id);
    QFETCH(std::string, type);
    QFETCH(std::string, key);
    QFETCH(std::string, value);
    auto catalogue = std::make_shared<Catalogue>();
    catalogue->addInstance("aws", "p4d.24xlarge", { "A100 40GB SXM", 8, 40960 });
    catalogue->addInstance("aws", "p4de.24xlarge", { "A100 80GB SXM", 8, 81920 });
    catalogue->addInstance("gcp", "a2-highgpu-8g", { "A100 40GB SXM", 8, 40960 });
    catalogue->addInstance("azure", "Standard_NC40ads_H100_v5", { "H100 NVL", 1, 96256 });
    catalogue->addInstance("azure", "Standard_ND96isr_H100_v5", { "H100 80GB SXM", 8, 81920 });
    KubeFleet fleet({}, catalogue);
    auto node = nodeOf({ { "node.kubernetes.io/instance-type", type }, { key, value } }, { { "nvidia.com/gpu", 1 } });
    node.providerId = id;
    fleet.replace(KubeReader::Kind::Nodes, { node });
    QTEST(fleet.nodes(true).begin()->second.model, "model");
}

void TestKubeFleet::theTypeOfAnInstanceTells()
{
    QFETCH(std::string, id);
    QFETCH(std::string, type);
    QFETCH(KubeGpus, offers);
    QFETCH(QByteArray, says);
    auto catalogue = std::make_shared<Catalogue>();
    catalogue->addInstance("coreweave", "gd-8xh100ib-i128", { "H100 80GB SXM", 8, 81920 });
    catalogue->addInstance("aws", "g5.12xlarge", { "A10G", 4, 22888 });
    catalogue->addInstance("aws", "p4d.24xlarge", { "A100 40GB SXM", 8, 40960 });
    catalogue->addInstance("aws", "g6f.large", { "L4", 0.125, 2861 });
    KubeFleet fleet({}, catalogue);
    auto node = nodeOf({ { "node.kubernetes.io/instance-type", type } }, offers);
    node.providerId = id;
    fleet.replace(KubeReader::Kind::Nodes, { node });
    const auto made = fleet.nodes(true).begin()->second;
    QCOMPARE(QByteArray::fromStdString(made.provider + " " + made.model + " " + std::to_string(made.capacity)), says);
}

void TestKubeFleet::demandIsByWorkloadAndSaysWhy()
{
    const Workload chat { .name = "chat", .data = {}, .residency = {}, .match = { { "namespace", "infer" }, { "label.app", "chat" } }, .replicaModels = {}, .p99 = {}, .errorRate = {} };
    QCOMPARE(KubeFleet::labelsOf({ chat }), std::set<std::string> { "app" });
    KubeFleet fleet({ chat });
    fleet.replace(KubeReader::Kind::Nodes, { nodeOf({}, { { "nvidia.com/gpu", 8 } }) });
    auto held = podOf("infer", "a", { { "nvidia.com/gpu", 2 } }), waits = podOf("infer", "b", { { "nvidia.com/gpu", 4 } }, ""), gated = podOf("infer", "c", { { "nvidia.com/gpu", 1 } }, "");
    for (auto* pod : { &held, &waits, &gated })
        pod->labels["app"] = "chat";
    waits.why = "Unschedulable: 0/1 nodes are available";
    gated.why = "SchedulingGated";
    auto goes = podOf("infer", "d", { { "nvidia.com/gpu", 8 } }, "");
    goes.deleting = true;
    fleet.replace(KubeReader::Kind::Pods, { held, waits, gated, goes, podOf("train", "e", { { "nvidia.com/mig-1g.10gb", 3 } }, "") });
    const auto demand = fleet.demand();
    QCOMPARE(demand.size(), std::size_t(2));
    QCOMPARE(demand[0], (WorkloadDemand { .workload = "chat", .requestsPerSecond = {}, .gpusNeeded = 7, .gpusUnmet = 5, .unmetWhy = { { "SchedulingGated", 1 }, { "Unschedulable: 0/1 nodes are available", 4 } } }));
    QCOMPARE(demand[1], (WorkloadDemand { .workload = "train", .requestsPerSecond = {}, .gpusNeeded = 1, .gpusUnmet = 1, .unmetWhy = { { "the scheduler has not looked at it yet", 1 } } }));
    QCOMPARE(fleet.workloadOf("infer", "a"), std::string("chat"));
    QCOMPARE(fleet.workloadOf("infer", "z"), std::string());
}

void TestKubeFleet::withoutPodsNothingIsKnown()
{
    KubeFleet fleet({});
    fleet.replace(KubeReader::Kind::Nodes, { nodeOf({}, { { "nvidia.com/gpu", 8 } }) });
    QVERIFY(fleet.nodes(false).begin()->second.silent);
    QVERIFY(!fleet.nodes(true).begin()->second.silent);
    auto lost = nodeOf({}, { { "nvidia.com/gpu", 8 } });
    lost.ready = false;
    fleet.replace(KubeReader::Kind::Nodes, { lost });
    QVERIFY(fleet.nodes(true).begin()->second.silent && fleet.nodes(true).begin()->second.cordoned);
    QCOMPARE(fleet.missing(), std::vector<std::string> { "nvidia.com/gpu.product on some nodes (GPU model: install GPU Feature Discovery)" });
    fleet.replace(KubeReader::Kind::Nodes, { nodeOf({}, {}) });
    QCOMPARE(fleet.missing(), std::vector<std::string> { "nvidia.com/gpu on any node (all GPUs: does the device plugin run?)" });
}

QTEST_APPLESS_MAIN(TestKubeFleet)
#include "tst_kubefleet.moc"
