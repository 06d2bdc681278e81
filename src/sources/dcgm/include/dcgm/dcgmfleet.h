// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "dcgm/dcgmreader.h"
#include "fleet/frame.h"
#include "fleet/workload.h"

namespace penstock {

/// Where the GPUs of an endpoint are, which an exporter does not tell.
struct DcgmPlace
{
    std::string provider, region, cluster;
};

/// What an orchestrator says of a node.
struct DcgmNode
{
    /// One GPU, where the orchestrator tells them apart.
    struct Gpu
    {
        std::string model; ///< as the orchestrator calls it
        bool held = false; ///< busy, as far as can be told
        std::string workload {}; ///< that holds it; empty: not told
        friend bool operator==(const Gpu&, const Gpu&) = default;
    };
    std::string provider, region; ///< empty: not told; the endpoint's count
    std::string zone {}; ///< as the cloud names it; empty: not told
    std::string instanceType;
    std::string model {}; ///< canonical; empty: not told
    std::uint32_t memory = 0; ///< MiB a GPU; 0: not told
    std::uint32_t capacity = 0; ///< GPUs that it has; where only schedulable ones are told, those
    bool physical = false; ///< `capacity` is known to be of GPUs, not of shares
    std::optional<std::uint32_t> schedulable {}; ///< see Inventory::Node
    std::uint32_t broken = 0; ///< of them, those that it cannot give to pods
    std::uint32_t cut = 0; ///< of them, those that are cut into MIG instances of which pods hold none
    std::vector<std::pair<std::string, std::uint32_t>> held {}; ///< workload and GPUs that its pods hold
    bool cordoned = false; ///< takes no new pods
    bool silent = false; ///< nobody can tell what its GPUs do, unless they are measured
    std::vector<Gpu> gpus {}; ///< by index; where there are any, `capacity` and `held` do not count
    friend bool operator==(const DcgmNode&, const DcgmNode&) = default;
};
/// By cluster, empty where none is told, and host.
using DcgmNodes = std::map<std::pair<std::string, std::string>, DcgmNode>;

/// GPUs of one node of which only counts and sums are known.
struct DcgmGroup
{
    /// Of a figure that `known` of the GPUs have.
    struct Sum
    {
        double sum = 0;
        std::uint32_t known = 0;
    };
    std::string cluster, host;
    std::string model; ///< as the driver calls it
    std::string workload; ///< that holds them; empty: nobody
    GpuState state = GpuState::Free; ///< Busy, Idle, Free or, where nothing tells which, Unknown
    bool tellsPods = true; ///< their exporters do
    std::uint32_t gpus = 0;
    std::uint32_t unwatched = 0; ///< of them, those of which nobody measures the health
    Sum utilisation {}, memory {}, power {}, temperature {}; ///< %, MiB, 0.1 W, degrees Celsius
    double hottest = 0; ///< of `temperature`
};

/// Makes one fleet of what many exporters answer: nodes by host, a row a GPU, states and workloads. Pure; one thread at a time.
///
/// A GPU is busy or idle when a pod holds it, and when it works or more than a tenth of its memory is used, whoever holds it; of an exporter that tells no pods, when more than a fiftieth of its
/// memory is used; where neither is measured nothing is known. Idle: under 5 % for a minute. One that is cut into MIG instances is never free, as nobody who wants a whole GPU can have
/// it: busy while an instance is, else idle, and its workload is that of the first instance that a pod holds. One that its exporter no longer shows, while it shows others of the node, is off the
/// bus, so are those that an orchestrator counts and no exporter has shown yet; of an exporter that is silent for `staleAfter` nothing is known. A node that only an orchestrator knows has its GPUs without
/// measurements: held ones unknown with their workload (busy where nobody measures at all, or the orchestrator tells GPUs apart), broken ones
/// unhealthy, others free. Of a measured node what an orchestrator says is held counts too: of exporters that name no pods, or fewer GPUs of them, other GPUs are held by these pods, those with most memory used
/// first. On a cordoned node what is free is draining. An exporter tells the last XID alone: one that takes a GPU out of service holds, whatever XIDs follow, until there is none
/// any more, as after a reset, or the driver asks for no recovery.
class DcgmFleet
{
public:
    DcgmFleet(DcgmPlace place, std::vector<Workload> workloads, std::size_t targets, std::chrono::milliseconds staleAfter, std::uint64_t epoch);

    /// A target has answered; `reader` holds its answer. `address`: what its node is called where it does not tell.
    void answered(std::size_t target, const DcgmReader& reader, Time at, const std::string& address = {});
    /// A target is none any more: what it showed is shown as that of a silent one until then, unless another target shows it. Empty: it is one again.
    void dropAt(std::size_t target, std::optional<Time> then);
    /// GPUs that a node has and its exporter, which shows others of it, does not.
    [[nodiscard]] static std::size_t fallenOff(const DcgmNode& facts, std::size_t shown);
    /// Nothing is shown of it.
    [[nodiscard]] bool isEmpty(std::size_t target) const { return target >= m_targets.size() || m_targets[target].nodes.empty(); }
    /// The same of a store that counts the GPUs of each node for us: the groups need no look, `singles` are the GPUs that are not. A GPU of a
    /// group shows the group's mean, and sums are kept to the unit. `memory`: MiB a GPU, by the driver's name of the model. `working`: of the singles, those
    /// that have worked within a minute. One of a node's GPUs that
    /// two answers have shown is off the bus once it is in none.
    void answeredByNode(const DcgmReader& singles, std::vector<DcgmGroup> groups, const std::map<std::string, std::uint32_t>& memory, const std::set<std::string>& working, Time at);
    /// Says what an orchestrator knows; from then on a node that it does not know is gone.
    void describe(DcgmNodes nodes, Time at);
    /// Which node each pod runs on: an exporter may call its host by the name of its own pod.
    void setHostsOfPods(std::map<std::string, std::string> nodes);
    /// Hosts of the last answers that go by names which no node has, while a node of as many GPUs is measured by nobody: these may be the same.
    [[nodiscard]] std::set<std::string> strangers() const;
    /// Hosts that were measured and are not any more, though the orchestrator still knows them.
    [[nodiscard]] std::set<std::string> vanished() const;
    /// The orchestrator answers still, and what it said last holds.
    void stillSo(Time at);
    /// There are no exporters to wait for, and GPUs that are held are taken for busy.
    void measureNothing(bool nothing = true) { m_measuresNothing = nothing; }
    /// Exporters see more than this fleet: only nodes that the orchestrator knows are of it.
    void keepToDescribed() { m_keepsToDescribed = true; }
    /// Who knows more of a pod than its names: its workload, empty where it is not known.
    void setPods(std::function<std::string(const std::string& nameSpace, const std::string& pod)> workloadOfPod) { m_workloadOfPod = std::move(workloadOfPod); }
    /// A node that vanishes from the answers, without anybody having said that it is gone, is shown as unknown for so long.
    void keepVanishedFor(std::chrono::milliseconds time) { m_keepsVanished = time; }
    /// What has changed since the last call, for a sink: an inventory and a whole picture where the fleet is another one, else
    /// the rows that differ, or a heartbeat. Empty before the first answer, and while nobody answers.
    [[nodiscard]] std::vector<Frame> frames(Time now);
    void sendWhole() { m_rebuilt = true; } ///< next time everything
    /// Of a source that stands between; without, the version is that of the exporters. `missing`: see Inventory.
    void setSource(std::string version, std::vector<std::string> missing);
    /// The first workload that matches; else the namespace, or the pod. Empty: nobody's.
    /// `labels`: by key, what `match = { label.KEY = ... }` looks at.
    [[nodiscard]] std::string workloadOf(const std::string& nameSpace, const std::string& pod, const std::map<std::string, std::string>& labels = {}) const;
    /// See DcgmCoverage::lacks, of the last answer of each target; and GPUs that two of them tell.
    [[nodiscard]] std::vector<std::string> lacks() const;
    [[nodiscard]] std::size_t gpus() const { return m_sent.size(); } ///< as sent last
    /// GPUs that an XID has taken out of service, by UUID, or host and number; another may be the last one by now.
    [[nodiscard]] std::vector<std::string> outByXid() const;

private:
    struct Gpu
    {
        std::string id, index, model;
        std::uint32_t memoryTotal = 0;
        GpuSample sample; ///< without workload
        std::string workload;
        std::optional<GpuState> untold {}; ///< its state while an orchestrator alone tells who holds it, as it is without
        bool isCut = false; ///< into MIG instances
        bool isSeen = false; ///< in the last answer
        bool tellsPods = false; ///< its exporter does
        bool isUsed = false; ///< works, or is filled so far that somebody uses it, whoever is told to hold it
        std::optional<Time> busyAt;
        std::optional<Time> warmSince; ///< its driver has cut the clocks in each answer since then

        /// As its driver counts; the greatest where that is not told.
        [[nodiscard]] int number() const;
    };
    struct Node
    {
        std::string cluster, host;
        std::vector<Gpu> gpus;
        bool measured = true; ///< false: only an orchestrator knows of it
        bool isDescribed = false; ///< an orchestrator has known it once: where it does not any more, it is gone
        std::optional<Time> goneSince;
        std::optional<Time> heardAt {}; ///< before it was gone
        std::size_t last = 0, most = 0; ///< GPUs where they are counted: in the last answer, and in two that follow each other
    };
    struct Target
    {
        std::vector<Node> nodes;
        std::map<std::pair<std::string, std::string>, std::size_t> index; ///< by cluster and host: into nodes
        std::optional<Time> answeredAt;
        std::optional<Time> droppedAt; ///< it has left, and what it showed goes then
        std::set<std::string> drivers; ///< of the GPUs of its last answer
        DcgmCoverage coverage; ///< likewise
        std::map<std::string, std::size_t> strangers; ///< likewise: GPUs of hosts that the orchestrator does not know
        std::set<std::string> toldByOthers; ///< GPUs of its last answer that another target tells, and that count there
    };
    /// Where exporters tell no pods, an orchestrator tells how many GPUs of a node are held: those that hold most memory.
    void giveHeld(Node& node, Time at) const;
    /// Where exporters tell pods, and fewer GPUs of them than an orchestrator says are held: others, of which they name nobody.
    void giveUnattributed(Node& node, Time at) const;
    static void give(Gpu& gpu, const std::string& workload, Time at);
    /// GPUs that the orchestrator counts on the node and of which `shown` are fewer: they have fallen off the bus, maybe before anybody looked. Where
    /// it may count shares of GPUs, twice as many say nothing.
    [[nodiscard]] std::size_t fallenOff(const Node& node, std::size_t shown) const;
    [[nodiscard]] static Gpu fallenOffOne(const std::string& model);
    /// Gives each of them a row, and takes away those of which the GPU has come back.
    void showFallenOff(Node& node);
    /// A store answers in an order of its own; people count GPUs as their driver does. With those that have fallen off.
    void showInOrder(Target& target);
    /// Those that an orchestrator cannot give to pods are no free ones, whatever is measured of them; nobody tells which they are.
    void takeBroken(Node& node) const;
    /// What the orchestrator calls a host: by its pod, or by the first part of its name where it is the only one that has that. Unknown ones are called as they are.
    [[nodiscard]] const std::string& nodeNamed(const std::string& host);
    [[nodiscard]] Node& nodeOf(Target& target, const std::string& cluster, const std::string& host);
    /// Of a node whose cluster is not told, what is said of the only one of that name.
    [[nodiscard]] const DcgmNodes::value_type* factsAbout(const Node& node) const;
    [[nodiscard]] const DcgmNode* factsOf(const Node& node) const
    {
        const auto* about = factsAbout(node);
        return about ? &about->second : nullptr;
    }
    /// Takes away the nodes for which `gone` is true.
    template<class Gone>
    void dropNodes(Target& target, Gone gone);
    void showUnmeasured(Target& target);
    /// Marks the nodes that an answer does not show, and takes away those that are gone.
    void compare(Target& target, const std::set<std::pair<std::string, std::string>>& hosts, const std::set<std::string>& ids, Time at);
    /// Says what an orchestrator knows of GPUs that have just been measured.
    void giveFacts(Target& target, Time at);
    void forgetNodes(Target& target);
    void update(Gpu& kept, const DcgmGpu& seen, bool tellsPods, Time at);
    /// `health`: as it is measured now.
    [[nodiscard]] Health healthByXids(const std::string& id, const DcgmGpu& seen, Health health);
    void rebuild();
    /// Says in the row what its GPUs are called.
    static void nameGpus(Inventory::Node& row, const std::vector<const Gpu*>& gpus);
    [[nodiscard]] std::uint16_t workloadIndex(const std::string& name, std::vector<std::string>& added);
    [[nodiscard]] GpuSample shown(const Node& node, const Gpu& gpu, bool silent, std::vector<std::string>& added);

    DcgmPlace m_place;
    std::vector<Workload> m_workloads;
    std::chrono::milliseconds m_staleAfter;
    std::vector<Target> m_targets;
    std::unordered_map<std::string, std::size_t> m_owner; ///< GPU to target: who is listed twice counts once
    std::string m_version;
    std::vector<std::string> m_missing;
    std::optional<DcgmNodes> m_facts;
    std::unordered_map<std::string, const DcgmNodes::value_type*> m_factsByHost; ///< null: several clusters have one
    std::unordered_map<std::string, std::string> m_namedShort; ///< hosts by the first part of their names; empty: several have it
    std::unordered_map<std::string, std::string> m_nodeNames; ///< of hosts that go by another name
    std::map<std::string, std::string> m_hostsOfPods;
    std::unordered_map<std::string, Health> m_outByXid; ///< by GPU
    std::optional<Time> m_describedAt;
    bool m_measuresNothing = false, m_keepsToDescribed = false, m_byNode = false;
    std::function<std::string(const std::string&, const std::string&)> m_workloadOfPod;
    std::chrono::milliseconds m_keepsVanished { 0 };
    std::uint64_t m_epoch, m_sequence = 0;
    bool m_rebuilt = true, m_news = false;
    std::optional<Time> m_answeredAt;
    std::vector<std::pair<std::size_t, std::pair<std::size_t, std::size_t>>> m_rows; ///< target, node, GPU
    std::vector<GpuSample> m_sent;
    std::shared_ptr<const Inventory> m_inventory;
    std::map<std::string, std::uint16_t> m_workloadIndex;
};

} // namespace penstock
