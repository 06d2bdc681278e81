// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <benchmark/benchmark.h>

#include <malloc.h>

#include <string>
#include <vector>

#include <simdjson.h>

#include "kubernetes/kubefleet.h"

using namespace penstock;

namespace {

constexpr int gpusANode = 8, objectsAPage = 500;

/// A node as an API server sends it: most of it is managed fields and images.
std::string nodeOf(int n)
{
    const auto name = "gpu-pool-" + std::to_string(n);
    std::string images, managed;
    for (int i = 0; i < 50; ++i)
        images += (i == 0 ? "" : ",") + std::string(R"({"names":["registry.example/team/serve@sha256:9f3c0d7e5b1a48c2a6f1e0b3d4c5a69788776655443322110011223344556677","registry.example/team/serve:v)") + std::to_string(i) + R"("],"sizeBytes":1989114969})";
    for (int i = 0; i < 60; ++i)
        managed += (i == 0 ? "" : ",") + std::string("\"f:feature.node.kubernetes.io/cpu-cpuid.F") + std::to_string(i) + "\":{}";
    return R"({"metadata":{"name":")" + name + R"(","uid":"u-)" + name + R"(","resourceVersion":"7","labels":{"kubernetes.io/hostname":")" + name
        + R"(","topology.kubernetes.io/region":"us-east-1","node.kubernetes.io/instance-type":"p5.48xlarge","nvidia.com/gpu.product":"NVIDIA-H100-80GB-HBM3","nvidia.com/gpu.count":"8","nvidia.com/gpu.memory":"81559"},"managedFields":[{"manager":"nfd","fieldsV1":{"f:metadata":{"f:labels":{)"
        + managed + R"(}}}}]},"spec":{"providerID":"aws:///us-east-1a/i-0","taints":[{"key":"nvidia.com/gpu","value":"present","effect":"NoSchedule"}]},"status":{"capacity":{"cpu":"192","nvidia.com/gpu":"8"},"allocatable":{"cpu":"191450m","nvidia.com/gpu":"8"},"conditions":[{"type":"MemoryPressure","status":"False"},{"type":"Ready","status":"True"}],"images":[)"
        + images + "]}}";
}

std::string podOf(int p, int nodes)
{
    const auto name = "serve-" + std::to_string(p);
    std::string volumes, managed;
    for (int i = 0; i < 8; ++i)
        volumes += (i == 0 ? "" : ",") + std::string(R"({"name":"v)") + std::to_string(i) + R"(","projected":{"defaultMode":420,"sources":[{"serviceAccountToken":{"expirationSeconds":3607,"path":"token"}},{"configMap":{"name":"kube-root-ca.crt"}}]}})";
    for (int i = 0; i < 40; ++i)
        managed += (i == 0 ? "" : ",") + std::string("\"f:field-") + std::to_string(i) + "\":{}";
    // Half of them hold a GPU.
    return R"({"metadata":{"name":")" + name + R"(","namespace":"team-)" + std::to_string(p % 40) + R"(","resourceVersion":"7","labels":{"app":"serve"},"managedFields":[{"manager":"kubelet","fieldsV1":{)" + managed + R"(}}]},"spec":{"nodeName":"gpu-pool-)"
        + std::to_string(p % nodes) + R"(","volumes":[)" + volumes + R"(],"containers":[{"name":"main","image":"serve:1","resources":{"limits":{"cpu":"4")" + (p % 2 == 0 ? R"(,"nvidia.com/gpu":"1")" : "")
        + R"(},"requests":{"cpu":"4"}}}]},"status":{"phase":"Running","conditions":[{"type":"PodScheduled","status":"True"}]}})";
}

template<class Make>
std::vector<std::string> pagesOf(const char* kind, int count, Make make)
{
    std::vector<std::string> made;
    for (int i = 0; i < count; i += objectsAPage) {
        std::string page = R"({"kind":")" + std::string(kind) + R"(","apiVersion":"v1","metadata":{"resourceVersion":"9"},"items":[)";
        for (int k = i; k < std::min(count, i + objectsAPage); ++k)
            page += (k == i ? "" : ",") + make(k);
        made.push_back(page + "]}");
    }
    return made;
}

struct Cluster
{
    std::vector<std::string> nodes, pods;
    explicit Cluster(int n) : nodes(pagesOf("NodeList", n, nodeOf)), pods(pagesOf("PodList", n * gpusANode, [n](int p) { return podOf(p, n); })) { }
    [[nodiscard]] std::int64_t bytes() const
    {
        std::size_t sum = 0;
        for (const auto* list : { &nodes, &pods })
            for (const auto& page : *list)
                sum += page.size();
        return static_cast<std::int64_t>(sum);
    }
};

void list(KubeFleet& fleet, KubeReader::Kind kind, const std::vector<std::string>& pages)
{
    KubeReader reader(kind);
    std::vector<KubeObject> objects;
    for (const auto& page : pages)
        if (!reader.page(page, [&](KubeObject object) {
                if (const auto* pod = std::get_if<KubePod>(&object); !pod || !pod->gpus.empty())
                    objects.push_back(std::move(object));
            }))
            std::abort();
    fleet.replace(kind, std::move(objects));
}

void fill(KubeFleet& fleet, const Cluster& cluster)
{
    list(fleet, KubeReader::Kind::Nodes, cluster.nodes);
    list(fleet, KubeReader::Kind::Pods, cluster.pods);
}

std::size_t inUse() { return mallinfo2().uordblks; }

/// The physical limit beside it: simdjson over the same text, read into its tree.
void json(benchmark::State& state)
{
    const Cluster cluster(static_cast<int>(state.range(0)));
    simdjson::dom::parser parser;
    for (auto _ : state)
        for (const auto* pages : { &cluster.nodes, &cluster.pods })
            for (const auto& page : *pages)
                benchmark::DoNotOptimize(parser.parse(page).error());
    state.SetBytesProcessed(state.iterations() * cluster.bytes());
}

/// From the pages of both lists to the frames of the first picture.
void listed(benchmark::State& state)
{
    const Cluster cluster(static_cast<int>(state.range(0)));
    double memory = 0;
    for (auto _ : state) {
        const auto before = inUse();
        KubeFleet fleet({});
        fill(fleet, cluster);
        DcgmFleet gpus({ {}, {}, "k8s" }, {}, 1, std::chrono::seconds(30), 1);
        gpus.measureNothing();
        gpus.describe(fleet.nodes(true), Time {});
        benchmark::DoNotOptimize(gpus.frames(Time {}));
        benchmark::DoNotOptimize(fleet.demand());
        memory = static_cast<double>(inUse() - before);
    }
    state.SetBytesProcessed(state.iterations() * cluster.bytes());
    state.counters["bytes_a_gpu"] = memory / static_cast<double>(state.range(0) * gpusANode);
}

/// One line of a watch, to a changed fleet.
void watched(benchmark::State& state)
{
    const Cluster cluster(static_cast<int>(state.range(0)));
    KubeFleet fleet({});
    fill(fleet, cluster);
    std::vector<std::string> lines;
    for (int p = 0; p < 1000; ++p)
        lines.push_back(R"({"type":"MODIFIED","object":)" + podOf(p * 2, static_cast<int>(state.range(0))) + "}");
    KubeReader reader(KubeReader::Kind::Pods);
    std::size_t at = 0;
    for (auto _ : state) {
        const auto event = reader.event(lines[at++ % lines.size()]);
        if (!event)
            state.SkipWithError("not read");
        else
            fleet.apply(*event);
    }
    state.SetItemsProcessed(state.iterations());
}

/// What a second costs in which anything happened: the whole cluster understood anew, and the rows that differ.
void told(benchmark::State& state)
{
    const Cluster cluster(static_cast<int>(state.range(0)));
    KubeFleet fleet({});
    fill(fleet, cluster);
    DcgmFleet gpus({ {}, {}, "k8s" }, {}, 1, std::chrono::seconds(30), 1);
    gpus.measureNothing();
    KubePod pod { .nameSpace = "late", .name = "late", .node = "gpu-pool-1", .labels = {}, .gpus = { { "nvidia.com/gpu", 4 } }, .why = {} };
    for (auto _ : state) {
        pod.ended = !pod.ended;
        fleet.apply({ .type = KubeEvent::Type::Modified, .object = pod, .version = {}, .code = 0, .reason = {}, .message = {} });
        gpus.describe(fleet.nodes(true), Time {});
        benchmark::DoNotOptimize(gpus.frames(Time {}));
        benchmark::DoNotOptimize(fleet.demand());
    }
}

} // namespace

BENCHMARK(json)->Arg(5'000)->Unit(benchmark::kMillisecond);
BENCHMARK(listed)->Arg(5'000)->Unit(benchmark::kMillisecond);
BENCHMARK(watched)->Arg(5'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(told)->Arg(5'000)->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
