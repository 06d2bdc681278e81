// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "slurm/slurmfleet.h"

#include <algorithm>
#include <array>

#include "fleet/gpumodel.h"

namespace penstock {

namespace {

    using States = std::set<std::string, std::less<>>;
    struct Word
    {
        const char* state;
        const char* text; ///< for people
    };
    /// Of which nothing is known, the gravest first.
    constexpr std::array lost { Word { "DOWN", "down" }, Word { "ERROR", "in error" }, Word { "INVALID_REG", "not as configured" }, Word { "INVALID", "not as configured" }, Word { "NOT_RESPONDING", "not responding" },
        Word { "UNKNOWN", "not heard from yet" } };
    /// Where jobs don't go for now.
    constexpr std::array closed { Word { "DRAIN", "draining" }, Word { "FAIL", "failing" }, Word { "MAINTENANCE", "in maintenance" }, Word { "MAINT", "in maintenance" }, Word { "RESERVED", "reserved" },
        Word { "POWERED_DOWN", "powered down" }, Word { "POWERING_DOWN", "powering down" }, Word { "POWER_DOWN", "powering down" }, Word { "POWERING_UP", "powering up" }, Word { "POWER_UP", "powering up" },
        Word { "REBOOT_ISSUED", "rebooting" }, Word { "BLOCKED", "blocked" } };
    constexpr std::size_t mostNotes = 8;

    const char* wordOf(const States& states, std::span<const Word> words)
    {
        const auto found = std::ranges::find_if(words, [&](const Word& it) { return states.contains(it.state); });
        return found == words.end() ? nullptr : found->text;
    }

    bool exists(const SlurmNode& node)
    {
        return !node.state.contains("FUTURE") && !(node.state.contains("CLOUD") && (node.state.contains("POWERED_DOWN") || node.state.contains("POWER_DOWN")));
    }

    /// Holds GPUs, or is about to give them back.
    bool holds(const SlurmJob& job)
    {
        return std::ranges::any_of(std::array { "RUNNING", "COMPLETING", "SUSPENDED", "CONFIGURING", "STAGE_OUT", "SIGNALING", "RESIZING", "STOPPED" }, [&](const char* it) { return job.state.contains(it); });
    }

    /// Waits for something else than GPUs.
    bool waitsForOthers(const SlurmJob& job)
    {
        return job.held || job.reason.starts_with("Dependency") || job.reason == "BeginTime" || job.reason == "JobArrayTaskLimit" || job.reason == "Cleaning";
    }

    bool isSlice(std::string_view type)
    {
        const auto at = type.find("g.");
        return at != std::string_view::npos && at > 0 && type[at - 1] >= '0' && type[at - 1] <= '9';
    }

    /// `count` of the type, or of any where none is told: the first that nobody holds.
    void give(std::vector<DcgmNode::Gpu>& gpus, const std::string& type, std::uint64_t count, const std::string& workload)
    {
        const auto model = canonicalModel(type);
        for (auto& it : gpus)
            if (count > 0 && !it.held && (type.empty() || it.model == model)) {
                it.held = true;
                it.workload = workload;
                --count;
            }
    }

    void give(std::vector<DcgmNode::Gpu>& gpus, const std::vector<std::uint32_t>& indices, const std::string& workload)
    {
        for (const auto index : indices)
            if (index < gpus.size() && !gpus[index].held)
                gpus[index] = { .model = gpus[index].model, .held = true, .workload = workload };
    }

} // namespace

SlurmFleet::SlurmFleet(DcgmPlace place, std::string otherwise, std::vector<Workload> workloads, std::chrono::milliseconds staleAfter, std::uint64_t epoch)
    : m_place(place), m_otherwise(std::move(otherwise)), m_fleet(std::move(place), std::move(workloads), 1, staleAfter, epoch)
{
}

std::string SlurmFleet::workloadOf(const SlurmJob& job) const
{
    return m_fleet.workloadOf(job.account.empty() ? job.user : job.account, job.name, { { "account", job.account }, { "user", job.user }, { "partition", job.partition }, { "name", job.name } });
}

void SlurmFleet::hold(const SlurmPicture& picture, const std::string& cluster, DcgmNodes& nodes) const
{
    // Those whose indices are told first, so that the others get what is left.
    for (const bool byIndex : { true, false })
        for (const auto& job : picture.jobs) {
            if (!holds(job) || job.nodes.empty())
                continue;
            const auto workload = workloadOf(job);
            for (std::size_t n = 0; n < job.nodes.size(); ++n) {
                const auto found = nodes.find({ cluster, job.nodes[n] });
                if (found == nodes.end())
                    continue;
                auto& gpus = found->second.gpus;
                if (job.gpus.empty()) {
                    const auto share = job.gpusAsked / job.nodes.size() + (n < job.gpusAsked % job.nodes.size() ? 1 : 0);
                    if (!byIndex)
                        give(gpus, {}, share, workload);
                } else
                    for (const auto& it : job.gpus[n])
                        if (byIndex != it.indices.empty())
                            byIndex ? give(gpus, it.indices, workload) : give(gpus, it.type, it.count, workload);
            }
        }
    // Jobs that this user is not shown hold the rest.
    for (const auto& node : picture.nodes)
        if (const auto found = nodes.find({ cluster, node.name }); found != nodes.end()) {
            auto& gpus = found->second.gpus;
            for (const auto& used : node.used) {
                give(gpus, used.indices, {});
                const auto model = canonicalModel(used.type);
                const auto held = static_cast<std::uint64_t>(std::ranges::count_if(gpus, [&](const auto& it) { return it.held && (used.type.empty() || it.model == model); }));
                give(gpus, used.type, used.count > held ? used.count - held : 0, {});
            }
        }
}

void SlurmFleet::askedBy(const SlurmPicture& picture, const DcgmNodes& nodes, std::vector<std::string>& missing, Time at)
{
    std::map<std::string, WorkloadDemand> byWorkload;
    for (const auto& [key, node] : nodes)
        for (const auto& gpu : node.gpus)
            if (!gpu.workload.empty())
                ++byWorkload[gpu.workload].gpusNeeded;
    bool cutOff = false;
    for (const auto& job : picture.jobs) {
        if (!job.state.contains("PENDING") || job.gpusAsked == 0 || waitsForOthers(job))
            continue;
        const auto workload = workloadOf(job);
        if (workload.empty())
            continue;
        auto& it = byWorkload[workload];
        const auto gpus = static_cast<std::uint32_t>(std::min<std::uint64_t>(job.gpusAsked, 1'000'000'000 - it.gpusNeeded));
        it.gpusNeeded += gpus;
        it.gpusUnmet += gpus;
        it.unmetWhy[job.reason.empty() || job.reason == "None" ? "not considered yet" : job.reason] += gpus;
        cutOff = cutOff || job.asksMore;
    }
    if (cutOff)
        missing.emplace_back("all tasks of long job arrays (pending demand is more than shown)");
    DemandFrame frame { .observed = at, .demand = {} };
    for (auto& [workload, demand] : byWorkload) {
        demand.workload = workload;
        frame.demand.push_back(std::move(demand));
    }
    m_demand.clear();
    m_demand.emplace_back(std::move(frame));
}

void SlurmFleet::take(const SlurmPicture& picture, const std::string& version, std::vector<std::string> missing, Time at)
{
    const auto cluster = !m_place.cluster.empty() ? m_place.cluster : !picture.cluster.empty() ? picture.cluster : m_otherwise;
    DcgmNodes nodes;
    std::map<std::string, std::pair<std::string, std::size_t>> outOfService; ///< by what is with them: the first one, and how many GPUs
    std::size_t absent = 0;
    bool sliced = false;
    m_hasGpus = false;
    for (const auto& node : picture.nodes) {
        DcgmNode made;
        for (const auto& gpus : node.gpus) {
            sliced = sliced || isSlice(gpus.type);
            const DcgmNode::Gpu gpu { .model = canonicalModel(gpus.type) };
            made.gpus.insert(made.gpus.end(), std::min<std::size_t>(gpus.count, mostSlurmGpus - made.gpus.size()), gpu);
        }
        if (made.gpus.empty())
            continue;
        m_hasGpus = true;
        if (!exists(node)) {
            absent += made.gpus.size();
            continue;
        }
        made.instanceType = node.instanceType;
        // Power first: a node that sleeps does not respond.
        const auto* shut = wordOf(node.state, closed);
        const bool sleeps = shut && std::string_view(shut).starts_with("power");
        const auto* away = sleeps ? nullptr : wordOf(node.state, lost);
        made.silent = away;
        const bool isShut = !node.partitions.empty() && !picture.partitions.empty() && std::ranges::none_of(node.partitions, [&](const std::string& it) {
            const auto found = picture.partitions.find(it);
            return found != picture.partitions.end() && found->second;
        });
        made.cordoned = shut || isShut;
        if (const auto* what = away ? away : shut ? shut : isShut ? "in closed partitions" : nullptr) {
            auto& it = outOfService[std::string(what) + (node.reason.empty() || !(away || shut) ? std::string() : ": " + node.reason)];
            if (it.first.empty())
                it.first = node.name;
            it.second += made.gpus.size();
        }
        nodes[{ cluster, node.name }] = std::move(made);
    }
    hold(picture, cluster, nodes);
    askedBy(picture, nodes, missing, at);
    if (sliced)
        missing.emplace_back("which slices are of one GPU (each is counted as a GPU)");
    if (absent > 0)
        missing.push_back(std::to_string(absent) + " GPUs of nodes that don't exist yet");
    std::size_t notes = 0;
    for (const auto& [what, them] : outOfService)
        if (++notes <= mostNotes)
            missing.push_back(std::to_string(them.second) + " GPUs of " + them.first + (them.second > nodes[{ cluster, them.first }].gpus.size() ? " and others" : "") + " (" + what + ")");
    if (notes > mostNotes)
        missing.push_back("more for " + std::to_string(notes - mostNotes) + " other reasons");
    m_fleet.setSource(version, std::move(missing));
    m_fleet.describe(std::move(nodes), at);
}

std::vector<Frame> SlurmFleet::frames(Time now)
{
    auto made = m_fleet.frames(now);
    for (auto& it : m_demand)
        made.push_back(std::move(it));
    m_demand.clear();
    return made;
}

} // namespace penstock
