// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dcgm/dcgmfleet.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>

#include "fleet/gpuid.h"
#include "fleet/gpumodel.h"
#include "fleet/xid.h"

namespace penstock {

namespace {

    using namespace std::chrono_literals;
    constexpr std::uint8_t working = 5; ///< % and above
    constexpr auto idleAfter = 60s;
    constexpr auto slowAfter = 60s; ///< of clocks that are cut a little because it is warm, as happens under load
    constexpr auto lateAfter = 2s; ///< exporters that are asked in the same second do not answer at once

    std::uint32_t secondsOf(Time time) { return static_cast<std::uint32_t>(std::clamp<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count(), 0, 0xFFFF'FFFF)); }

    /// Of a GPU that nobody hears: what put it out of service before is not forgotten.
    /// "ip-10-0-0-1" of "ip-10-0-0-1.ec2.internal"; an address has none.
    std::string shortName(const std::string& host)
    {
        const auto made = host.substr(0, host.find('.'));
        return std::ranges::any_of(made, [](unsigned char it) { return std::isalpha(it); }) ? made : host;
    }

    GpuSample silentOne(const GpuSample& before)
    {
        GpuSample made;
        made.state = GpuState::Unknown;
        if (isBroken(before.health))
            made.health = before.health;
        return made;
    }

    constexpr auto namelessHost = "host not told";

    std::string idOf(const DcgmGpu& gpu, const std::string& host) { return !gpu.uuid.empty() ? gpu.uuid : host + "/" + gpu.index; }

} // namespace

int DcgmFleet::Gpu::number() const
{
    int number = std::numeric_limits<int>::max();
    std::from_chars(index.data(), index.data() + index.size(), number);
    return number;
}

DcgmFleet::DcgmFleet(DcgmPlace place, std::vector<Workload> workloads, std::size_t targets, std::chrono::milliseconds staleAfter, std::uint64_t epoch)
    : m_place(std::move(place)), m_workloads(std::move(workloads)), m_staleAfter(staleAfter), m_targets(targets), m_epoch(epoch)
{
}

std::string DcgmFleet::workloadOf(const std::string& nameSpace, const std::string& pod, const std::map<std::string, std::string>& labels) const
{
    if (m_workloadOfPod)
        if (auto known = m_workloadOfPod(nameSpace, pod); !known.empty())
            return known;
    return penstock::workloadOf(m_workloads, nameSpace, pod, labels);
}

const std::string& DcgmFleet::nodeNamed(const std::string& host)
{
    if (!m_facts || m_factsByHost.contains(host))
        return host;
    const auto [known, isNew] = m_nodeNames.try_emplace(host, host);
    if (!isNew)
        return known->second;
    const auto pod = m_hostsOfPods.find(host);
    const auto named = m_namedShort.find(shortName(host));
    if (pod != m_hostsOfPods.end() && m_factsByHost.contains(pod->second))
        known->second = pod->second;
    else if (named != m_namedShort.end() && (named->second == shortName(host) || host == shortName(named->second)))
        known->second = named->second;
    return known->second;
}

void DcgmFleet::setHostsOfPods(std::map<std::string, std::string> nodes)
{
    if (nodes == m_hostsOfPods)
        return;
    m_hostsOfPods = std::move(nodes);
    m_nodeNames.clear();
}

std::set<std::string> DcgmFleet::strangers() const
{
    // Exporters that see more than this fleet have hosts of others.
    if (m_keepsToDescribed)
        return {};
    std::set<const DcgmNodes::value_type*> measured;
    for (const auto& target : m_targets)
        for (const auto& node : target.nodes)
            if (node.measured)
                measured.insert(factsAbout(node));
    std::set<std::size_t> unmeasured; ///< by how many GPUs a node has
    for (const auto& it : m_facts ? *m_facts : DcgmNodes())
        if (!measured.contains(&it))
            unmeasured.insert(std::max<std::size_t>(it.second.capacity, it.second.gpus.size()));
    std::set<std::string> made;
    for (const auto& target : m_targets)
        for (const auto& [host, gpus] : target.strangers)
            if (gpus > 0 && unmeasured.contains(gpus))
                made.insert(host);
    return made;
}

std::set<std::string> DcgmFleet::vanished() const
{
    std::set<std::string> made;
    for (const auto& target : m_targets)
        for (const auto& node : target.nodes)
            if (node.measured && node.goneSince && factsOf(node))
                made.insert(node.host);
    return made;
}

DcgmFleet::Node& DcgmFleet::nodeOf(Target& target, const std::string& cluster, const std::string& host)
{
    const auto [found, isNew] = target.index.try_emplace({ cluster, host }, target.nodes.size());
    if (isNew)
        target.nodes.push_back({ .cluster = cluster, .host = host, .gpus = {}, .goneSince = {} });
    return target.nodes[found->second];
}

const DcgmNodes::value_type* DcgmFleet::factsAbout(const Node& node) const
{
    if (!m_facts)
        return nullptr;
    auto found = m_facts->find({ node.cluster, node.host });
    if (found == m_facts->end())
        found = m_facts->find({ {}, node.host });
    if (found != m_facts->end())
        return &*found;
    const auto named = node.cluster.empty() ? m_factsByHost.find(node.host) : m_factsByHost.end();
    return named == m_factsByHost.end() ? nullptr : named->second;
}

template<class Gone>
void DcgmFleet::dropNodes(Target& target, Gone gone)
{
    const auto dropped = std::erase_if(target.nodes, [&](const Node& node) {
        if (!gone(node))
            return false;
        for (const auto& gpu : node.gpus)
            m_owner.erase(gpu.id);
        return true;
    });
    if (dropped == 0)
        return;
    m_rebuilt = true;
    target.index.clear();
    for (std::size_t n = 0; n < target.nodes.size(); ++n)
        target.index[{ target.nodes[n].cluster, target.nodes[n].host }] = n;
}

void DcgmFleet::showUnmeasured(Target& target)
{
    // Measured ones whose cluster nobody told may have come after the orchestrator's word.
    std::set<std::string> measured;
    for (const auto& node : target.nodes)
        if (node.measured && node.cluster.empty())
            measured.insert(node.host);
    dropNodes(target, [&](const Node& node) { return !node.measured && measured.contains(node.host); });
    for (const auto& [key, facts] : *m_facts) {
        auto known = target.index.find(key);
        // A store that tells no cluster of measurements may tell it of nodes.
        if (known == target.index.end())
            known = target.index.find({ {}, key.second });
        if ((facts.capacity == 0 && facts.gpus.empty()) || (known != target.index.end() && target.nodes[known->second].measured))
            continue;
        auto& node = nodeOf(target, key.first, key.second);
        node.measured = false;
        if (!facts.gpus.empty()) {
            m_rebuilt = m_rebuilt || !std::ranges::equal(node.gpus, facts.gpus, {}, &Gpu::model, &DcgmNode::Gpu::model);
            node.gpus.resize(facts.gpus.size());
            for (std::size_t g = 0; g < node.gpus.size(); ++g) {
                node.gpus[g].model = facts.gpus[g].model;
                node.gpus[g].workload = facts.gpus[g].workload;
                node.gpus[g].sample.state = facts.silent ? GpuState::Unknown : facts.gpus[g].held ? GpuState::Busy : GpuState::Free;
            }
            continue;
        }
        if (node.gpus.size() != facts.capacity || node.gpus.front().model != facts.model || node.gpus.front().memoryTotal != facts.memory) {
            Gpu one;
            one.model = facts.model;
            one.memoryTotal = facts.memory;
            node.gpus.assign(facts.capacity, one);
            m_rebuilt = true;
        }
        std::size_t g = 0;
        for (const auto& [workload, count] : facts.held)
            for (std::uint32_t i = 0; i < count && g < node.gpus.size(); ++i) {
                node.gpus[g].sample = {};
                node.gpus[g].sample.state = m_measuresNothing && !facts.silent ? GpuState::Busy : GpuState::Unknown;
                node.gpus[g++].workload = workload;
            }
        for (; g < node.gpus.size(); ++g) {
            node.gpus[g].sample = {};
            const auto left = node.gpus.size() - g;
            node.gpus[g].sample.state = facts.silent ? GpuState::Unknown : left <= facts.broken ? GpuState::Unhealthy : left <= facts.broken + facts.cut ? GpuState::Idle : GpuState::Free;
            node.gpus[g].workload.clear();
        }
    }
}

void DcgmFleet::setSource(std::string version, std::vector<std::string> missing)
{
    m_rebuilt = m_rebuilt || version != m_version || missing != m_missing;
    m_version = std::move(version);
    m_missing = std::move(missing);
}

std::vector<std::string> DcgmFleet::lacks() const
{
    DcgmCoverage all;
    std::set<std::string> twice;
    for (const auto& target : m_targets) {
        if (!target.nodes.empty())
            all += target.coverage;
        if (!target.droppedAt && target.answeredAt && m_answeredAt && *m_answeredAt - *target.answeredAt < m_staleAfter)
            twice.insert(target.toldByOthers.begin(), target.toldByOthers.end());
    }
    auto made = all.lacks();
    if (!twice.empty())
        made.push_back("one exporter a GPU (" + std::to_string(twice.size()) + (twice.size() == 1 ? " is" : " are") + " told by two, and counted once: " + *twice.begin() + (twice.size() > 1 ? " and others)" : ")"));
    return made;
}

void DcgmFleet::describe(DcgmNodes nodes, Time at)
{
    const auto places = [](const DcgmNodes& of) {
        std::map<std::pair<std::string, std::string>, std::tuple<std::string_view, std::string_view, std::string_view, std::string_view, std::optional<std::uint32_t>>> made;
        for (const auto& [key, it] : of)
            made[key] = { it.provider, it.region, it.zone, it.instanceType, it.schedulable };
        return made;
    };
    m_rebuilt = m_rebuilt || !m_facts || places(*m_facts) != places(nodes);
    if (!m_facts || !std::ranges::equal(*m_facts, nodes, {}, &DcgmNodes::value_type::first, &DcgmNodes::value_type::first)) {
        m_namedShort.clear();
        m_nodeNames.clear();
        for (const auto& [key, facts] : nodes)
            if (const auto [known, isNew] = m_namedShort.try_emplace(shortName(key.second), key.second); !isNew && known->second != key.second)
                known->second.clear();
    }
    m_facts = std::move(nodes);
    m_factsByHost.clear();
    for (const auto& it : *m_facts)
        if (const auto [known, isNew] = m_factsByHost.try_emplace(it.first.second, &it); !isNew)
            known->second = nullptr;
    stillSo(at);
    auto& target = m_targets.front();
    dropNodes(target, [&](const Node& node) {
        const auto* facts = factsOf(node);
        return (!node.measured && (!facts || facts->capacity == 0)) || (((node.goneSince && node.isDescribed) || m_keepsToDescribed) && !facts);
    });
    if (!m_byNode)
        showInOrder(target);
    giveFacts(target, at);
}

void DcgmFleet::stillSo(Time at)
{
    m_news = true;
    m_describedAt = at;
    m_answeredAt = std::max(m_answeredAt.value_or(at), at);
}

std::vector<std::string> DcgmFleet::outByXid() const
{
    std::vector<std::string> made;
    for (const auto& [id, health] : m_outByXid)
        made.push_back(id);
    std::ranges::sort(made);
    return made;
}

Health DcgmFleet::healthByXids(const std::string& id, const DcgmGpu& seen, Health health)
{
    const double last = seen.value(DcgmMetric::Xid), action = seen.value(DcgmMetric::RecoveryAction);
    const bool tellsReset = !std::isnan(last) || !std::isnan(action);
    for (const auto metric : { DcgmMetric::Xid, DcgmMetric::XidCount })
        if (const double number = seen.value(metric); number > 0 && number <= 1e6)
            if (const auto after = healthAfterXid(static_cast<int>(number)); isBroken(after)) {
                // Where nobody would tell that it was reset it would be out of service for ever.
                if (tellsReset)
                    m_outByXid[id] = after;
                return health;
            }
    const auto known = m_outByXid.find(id);
    if (known == m_outByXid.end())
        return health;
    if (last != 0 && action != 0)
        return known->second;
    m_outByXid.erase(known);
    return health;
}

void DcgmFleet::update(Gpu& kept, const DcgmGpu& seen, bool tellsPods, Time at)
{
    kept.index = seen.index;
    if (const auto total = seen.memoryTotal(); total != 0)
        kept.memoryTotal = total;
    kept.sample = seen.measured();
    kept.sample.health = healthByXids(kept.id, seen, kept.sample.health);
    if (!seen.isWarm())
        kept.warmSince.reset();
    else if (!kept.warmSince)
        kept.warmSince = at;
    if (auto& health = kept.sample.health; kept.warmSince && at - *kept.warmSince >= slowAfter && (health == Health::Good || health == Health::NotReported))
        health = Health::Throttled;
    kept.untold.reset();
    kept.workload = seen.pod.empty() ? std::string() : workloadOf(seen.nameSpace, seen.pod);
    auto& sample = kept.sample;
    kept.isCut = seen.isCut();
    if ((sample.utilisation != unknown::utilisation && sample.utilisation >= working) || seen.hasBusyInstance())
        kept.busyAt = at;
    const bool isTold = sample.utilisation != unknown::utilisation;
    const bool hasWorked = kept.busyAt && at - *kept.busyAt < idleAfter;
    const bool knowsRoom = sample.memoryUsed != unknown::memory && kept.memoryTotal != 0;
    const auto fills = [&](std::uint32_t part) { return knowsRoom && sample.memoryUsed > kept.memoryTotal / part; };
    // Pods may be told by labels that are not those of who uses it; what works is never headroom.
    kept.isUsed = (isTold && sample.utilisation >= working) || fills(10);
    const bool isHeld = kept.isUsed || (tellsPods ? !seen.pod.empty() : (isTold && hasWorked) || fills(50));
    kept.isSeen = true;
    kept.tellsPods = tellsPods;
    sample.state = isBroken(sample.health)   ? GpuState::Unhealthy
        : !isHeld && !kept.isCut             ? (tellsPods || isTold || knowsRoom ? GpuState::Free : GpuState::Unknown)
        : hasWorked || (isHeld && !isTold) ? GpuState::Busy : GpuState::Idle;
}

void DcgmFleet::dropAt(std::size_t target, std::optional<Time> then)
{
    if (target < m_targets.size())
        m_targets[target].droppedAt = then;
}

void DcgmFleet::answered(std::size_t target, const DcgmReader& reader, Time at, const std::string& address)
{
    const auto hostOf = [&](const DcgmGpu& gpu) -> const std::string& { return nodeNamed(gpu.host.empty() ? address : gpu.host); };
    if (target >= m_targets.size())
        m_targets.resize(target + 1);
    auto& its = m_targets[target];
    m_answeredAt = at;
    m_news = true;
    std::set<std::pair<std::string, std::string>> hosts, telling;
    std::set<std::string> ids;
    for (const auto& gpu : reader.gpus())
        if (gpu.answer == reader.answers()) {
            hosts.insert({ gpu.cluster, hostOf(gpu) });
            if (reader.tellsPods(gpu))
                telling.insert({ gpu.cluster, hostOf(gpu) });
            ids.insert(idOf(gpu, hostOf(gpu)));
        }
    // An exporter that shows none at all has just begun, or lost its driver: what it knew before grows old.
    if (hosts.empty())
        return;
    if (std::exchange(m_byNode, false))
        forgetNodes(its);
    compare(its, hosts, ids, at);
    // Until it is seen.
    for (auto& node : its.nodes)
        for (auto& gpu : node.gpus)
            if (node.measured) {
                gpu.sample = silentOne(gpu.sample);
                gpu.isSeen = false;
            }
    std::set<std::string> drivers;
    its.coverage = {};
    its.toldByOthers.clear();
    its.strangers.clear();
    for (const auto& seen : reader.gpus()) {
        if (seen.answer != reader.answers())
            continue;
        const bool isStrange = m_facts && !factsOf({ .cluster = seen.cluster, .host = hostOf(seen), .gpus = {}, .goneSince = {} });
        its.strangers[hostOf(seen)] += isStrange ? 1 : 0;
        if (m_keepsToDescribed && isStrange)
            continue;
        if (!seen.driver.empty())
            drivers.insert(seen.driver);
        const auto id = idOf(seen, hostOf(seen));
        const auto [owner, isNew] = m_owner.try_emplace(id, target);
        if (!isNew && owner->second != target) {
            auto& other = m_targets[owner->second];
            if (!other.droppedAt && other.answeredAt && at - *other.answeredAt < m_staleAfter) {
                its.toldByOthers.insert(id);
                continue;
            }
            for (auto& of : other.nodes)
                std::erase_if(of.gpus, [&](const Gpu& it) { return it.id == id; });
            owner->second = target;
            m_rebuilt = true;
        }
        auto* node = &nodeOf(its, seen.cluster, hostOf(seen));
        if (!node->measured) {
            *node = Node { .cluster = seen.cluster, .host = hostOf(seen), .gpus = {}, .goneSince = {} };
            m_rebuilt = true;
        }
        auto gpu = std::ranges::find(node->gpus, id, &Gpu::id);
        const auto model = canonicalModel(seen.model);
        if (gpu == node->gpus.end()) {
            // One that was exchanged stands where the old one stood.
            gpu = std::ranges::find_if(node->gpus, [&](const Gpu& it) { return it.index == seen.index && !ids.contains(it.id); });
            if (gpu == node->gpus.end())
                gpu = node->gpus.insert(gpu, Gpu());
            else
                m_owner.erase(gpu->id);
            *gpu = Gpu {};
            gpu->id = id;
            gpu->model = model;
            m_rebuilt = true;
        } else if (gpu->model != model) {
            gpu->model = model;
            m_rebuilt = true;
        }
        its.coverage.add(seen.shown);
        const bool knewMemory = gpu->memoryTotal != 0;
        update(*gpu, seen, telling.contains({ seen.cluster, hostOf(seen) }), at);
        m_rebuilt = m_rebuilt || (!knewMemory && gpu->memoryTotal != 0);
    }
    m_rebuilt = m_rebuilt || drivers != its.drivers;
    its.drivers = std::move(drivers);
    for (auto& node : its.nodes)
        for (auto& gpu : node.gpus)
            if (node.measured && !node.goneSince && !gpu.isSeen) {
                gpu.sample.state = GpuState::Unhealthy;
                gpu.sample.health = Health::OffTheBus;
            }
    showInOrder(its);
    giveFacts(its, at);
}

void DcgmFleet::showInOrder(Target& target)
{
    for (auto& node : target.nodes) {
        if (node.measured && !node.goneSince)
            showFallenOff(node);
        if (node.measured && !std::ranges::is_sorted(node.gpus, {}, &Gpu::number)) {
            std::ranges::stable_sort(node.gpus, {}, &Gpu::number);
            m_rebuilt = true;
        }
    }
}

void DcgmFleet::answeredByNode(const DcgmReader& singles, std::vector<DcgmGroup> groups, const std::map<std::string, std::uint32_t>& memory, const std::set<std::string>& working, Time at)
{
    auto& its = m_targets.front();
    m_answeredAt = at;
    m_news = true;
    std::set<std::pair<std::string, std::string>> hosts, telling;
    for (const auto& seen : singles.gpus())
        if (seen.answer == singles.answers() && singles.tellsPods(seen))
            telling.insert({ seen.cluster, nodeNamed(seen.host) });
    for (auto& group : groups) {
        group.host = nodeNamed(group.host);
        if (group.tellsPods)
            telling.insert({ group.cluster, group.host });
    }
    std::map<std::pair<std::string, std::string>, std::vector<Gpu>> found;
    for (const auto& seen : singles.gpus())
        if (seen.answer == singles.answers()) {
            const auto& host = nodeNamed(seen.host);
            auto& gpu = found[{ seen.cluster, host }].emplace_back();
            gpu.id = idOf(seen, host);
            gpu.model = canonicalModel(seen.model);
            if (working.contains(gpu.id))
                gpu.busyAt = at;
            update(gpu, seen, telling.contains({ seen.cluster, host }), at);
            // Only of those that are asked for one by one, so that none is forgotten.
            if (!seen.driver.empty() && !its.drivers.contains(seen.driver)) {
                its.drivers.insert(seen.driver);
                m_rebuilt = true;
            }
        }
    // Rows of a node change as little as they can from one answer to the next.
    std::ranges::sort(groups, {}, [](const DcgmGroup& it) { return std::tie(it.cluster, it.host, it.model, it.workload, it.state); });
    for (const auto& group : groups) {
        Gpu gpu;
        gpu.model = canonicalModel(group.model);
        if (const auto total = memory.find(group.model); total != memory.end())
            gpu.memoryTotal = total->second;
        gpu.workload = group.workload;
        gpu.tellsPods = group.tellsPods;
        gpu.sample.state = group.state;
        if (group.state == GpuState::Busy)
            gpu.busyAt = at;
        auto& gpus = found[{ group.cluster, group.host }];
        for (std::uint32_t i = 0; i < group.gpus; ++i) {
            gpu.sample.health = i + group.unwatched < group.gpus ? Health::Good : Health::NotReported;
            const auto share = [](std::uint32_t place, const DcgmGroup::Sum& of, auto& to) {
                const auto whole = static_cast<std::uint64_t>(std::llround(std::max(of.sum, 0.0)));
                to = std::numeric_limits<std::remove_reference_t<decltype(to)>>::max();
                if (place < of.known)
                    to = static_cast<std::remove_reference_t<decltype(to)>>(whole / of.known + (place < whole % of.known));
            };
            share(i, group.utilisation, gpu.sample.utilisation);
            share(i, group.memory, gpu.sample.memoryUsed);
            share(i, group.power, gpu.sample.power);
            // The hottest stays one, since it is looked for.
            if (i == 0)
                share(i, { group.hottest, std::min(group.temperature.known, 1U) }, gpu.sample.temperature);
            else
                share(i - 1, { group.temperature.sum - group.hottest, group.temperature.known - std::min(group.temperature.known, 1U) }, gpu.sample.temperature);
            gpus.push_back(gpu);
        }
    }
    its.strangers.clear();
    for (const auto& [key, gpus] : found) {
        hosts.insert(key);
        if (m_facts && !factsOf({ .cluster = key.first, .host = key.second, .gpus = {}, .goneSince = {} }))
            its.strangers[key.second] += gpus.size();
    }
    if (hosts.empty())
        return;
    if (!std::exchange(m_byNode, true))
        forgetNodes(its);
    compare(its, hosts, {}, at);
    for (auto& node : its.nodes)
        for (auto& gpu : node.gpus)
            if (node.goneSince)
                gpu.sample = silentOne(gpu.sample);
    for (auto& [key, gpus] : found) {
        auto& node = nodeOf(its, key.first, key.second);
        if (!node.measured)
            node = Node { .cluster = key.first, .host = key.second, .gpus = {}, .goneSince = {} };
        // A count that one answer alone gives may come of a GPU that fell ill between two questions.
        node.most = std::max(node.most, std::min(node.last, gpus.size()));
        node.last = gpus.size();
        std::map<std::string, std::ptrdiff_t> left;
        for (const auto& gpu : node.gpus)
            ++left[gpu.model];
        for (const auto& gpu : gpus)
            --left[gpu.model];
        for (const auto& [model, count] : left)
            for (auto i = count; i > 0 && gpus.size() < node.most; --i)
                gpus.push_back(fallenOffOne(model));
        for (auto missing = fallenOff(node, gpus.size()); missing > 0; --missing)
            gpus.push_back(fallenOffOne(gpus.front().model));
        std::ranges::stable_sort(gpus, {}, &Gpu::model);
        // One that is known by itself stands where its node has it.
        const auto placeOf = [&gpus](const Gpu& gpu) {
            std::size_t place = gpus.size();
            if (!gpu.id.empty())
                (void)std::from_chars(gpu.index.data(), gpu.index.data() + gpu.index.size(), place);
            return place;
        };
        for (std::size_t g = 0; g < gpus.size(); ++g)
            for (auto place = placeOf(gpus[g]); place < gpus.size() && placeOf(gpus[place]) != place && gpus[place].model == gpus[g].model; place = placeOf(gpus[g]))
                std::swap(gpus[place], gpus[g]);
        m_rebuilt = m_rebuilt || !std::ranges::equal(node.gpus, gpus, {}, [](const Gpu& it) { return std::tie(it.model, it.memoryTotal); }, [](const Gpu& it) { return std::tie(it.model, it.memoryTotal); });
        node.gpus = std::move(gpus);
    }
    giveFacts(its, at);
}

void DcgmFleet::compare(Target& target, const std::set<std::pair<std::string, std::string>>& hosts, const std::set<std::string>& ids, Time at)
{
    const auto before = std::exchange(target.answeredAt, at);
    for (auto& node : target.nodes)
        if (hosts.contains({ node.cluster, node.host }))
            node.goneSince.reset();
        else if (node.measured && !node.goneSince) {
            node.goneSince = at;
            node.heardAt = before;
        }
    // A host that is called otherwise from now on is not two.
    dropNodes(target, [&](const Node& node) {
        const bool renamed = node.goneSince && std::ranges::any_of(node.gpus, [&](const Gpu& gpu) { return ids.contains(gpu.id); });
        return node.goneSince && (renamed || (m_facts && node.isDescribed ? !factsOf(node) : at - *node.goneSince >= m_keepsVanished));
    });
}

void DcgmFleet::giveFacts(Target& target, Time at)
{
    if (!m_facts)
        return;
    for (auto& node : target.nodes) {
        node.isDescribed = node.isDescribed || factsOf(node);
        if (!node.measured || node.goneSince)
            continue;
        if (std::ranges::none_of(node.gpus, &Gpu::tellsPods))
            giveHeld(node, at);
        else
            giveUnattributed(node, at);
        takeBroken(node);
    }
    showUnmeasured(target);
}

void DcgmFleet::forgetNodes(Target& target)
{
    dropNodes(target, [](const Node&) { return true; });
}

void DcgmFleet::giveHeld(Node& node, Time at) const
{
    const auto* facts = factsOf(node);
    if (!facts || (facts->silent && facts->held.empty()))
        return;
    std::vector<Gpu*> inOrder;
    for (auto& gpu : node.gpus)
        inOrder.push_back(&gpu);
    std::ranges::stable_sort(inOrder, std::greater {}, [](const Gpu* it) { return it->sample.memoryUsed == unknown::memory ? 0 : it->sample.memoryUsed; });
    auto next = inOrder.begin();
    for (const auto& [workload, count] : facts->held)
        for (std::uint32_t i = 0; i < count && next != inOrder.end(); ++i, ++next)
            give(**next, workload, at);
    for (; next != inOrder.end(); ++next) {
        (*next)->workload.clear();
        if ((*next)->sample.state != GpuState::Unhealthy)
            (*next)->sample.state = !(*next)->isCut && !(*next)->isUsed ? (facts->silent && !facts->cordoned ? GpuState::Unknown : GpuState::Free) : (*next)->busyAt && at - *(*next)->busyAt < idleAfter ? GpuState::Busy : GpuState::Idle;
    }
}

void DcgmFleet::give(Gpu& gpu, const std::string& workload, Time at)
{
    gpu.workload = workload;
    if (gpu.sample.state != GpuState::Unhealthy)
        gpu.sample.state = gpu.sample.utilisation == unknown::utilisation || (gpu.busyAt && at - *gpu.busyAt < idleAfter) ? GpuState::Busy : GpuState::Idle;
}

void DcgmFleet::giveUnattributed(Node& node, Time at) const
{
    for (auto& gpu : node.gpus)
        if (const auto before = std::exchange(gpu.untold, {})) {
            gpu.workload.clear();
            if (gpu.sample.state != GpuState::Unhealthy)
                gpu.sample.state = *before;
        }
    const auto* facts = factsOf(node);
    if (!facts || facts->silent)
        return;
    std::map<std::string, std::uint32_t> named;
    std::vector<Gpu*> others;
    std::uint32_t left = 0; ///< as a whole: pods that share a GPU are named on it by turns, and some are called otherwise where only their namespace is known
    for (const auto& [workload, count] : facts->held)
        left += count;
    for (auto& gpu : node.gpus)
        if (gpu.workload.empty())
            others.push_back(&gpu);
        else {
            ++named[gpu.workload];
            left -= std::min(left, 1U);
        }
    // Of one that its exporter does not show nobody could be named. What cannot be given to pods, or only in parts, comes last.
    std::ranges::stable_sort(others, {}, [](const Gpu* it) {
        const int rank = it->sample.health == Health::OffTheBus ? 0 : it->sample.state == GpuState::Unhealthy ? 3 : it->isCut ? 2 : 1;
        return std::pair(rank, it->sample.memoryUsed == unknown::memory ? 0 : -static_cast<std::int64_t>(it->sample.memoryUsed));
    });
    auto next = others.begin();
    for (const auto& [workload, count] : facts->held) {
        auto& already = named[workload];
        for (auto i = std::exchange(already, already - std::min(already, count)); i < count && left > 0 && next != others.end(); ++i, --left, ++next) {
            (*next)->untold = (*next)->sample.state;
            give(**next, workload, at);
        }
    }
}

DcgmFleet::Gpu DcgmFleet::fallenOffOne(const std::string& model)
{
    Gpu made;
    made.model = model;
    made.sample.state = GpuState::Unhealthy;
    made.sample.health = Health::OffTheBus;
    return made;
}

std::size_t DcgmFleet::fallenOff(const Node& node, std::size_t shown) const
{
    const auto* facts = factsOf(node);
    return facts ? fallenOff(*facts, shown) : 0;
}

std::size_t DcgmFleet::fallenOff(const DcgmNode& facts, std::size_t shown)
{
    return shown > 0 && facts.capacity > shown && (facts.physical || facts.capacity < 2 * shown) ? facts.capacity - shown : 0;
}

void DcgmFleet::showFallenOff(Node& node)
{
    const auto isOne = [](const Gpu& it) { return it.id.empty(); };
    const auto had = std::ranges::count_if(node.gpus, isOne);
    const auto shown = node.gpus.size() - static_cast<std::size_t>(had);
    const auto left = static_cast<std::ptrdiff_t>(fallenOff(node, shown));
    if (left == had)
        return;
    m_rebuilt = true;
    std::erase_if(node.gpus, isOne);
    for (int index = 0; node.gpus.size() < shown + static_cast<std::size_t>(left); ++index)
        if (auto text = std::to_string(index); std::ranges::find(node.gpus, text, &Gpu::index) == node.gpus.end()) {
            node.gpus.push_back(fallenOffOne(node.gpus.front().model));
            node.gpus.back().index = std::move(text);
        }
}

void DcgmFleet::takeBroken(Node& node) const
{
    const auto* facts = factsOf(node);
    auto left = facts ? static_cast<std::int64_t>(facts->broken) : 0;
    left -= std::ranges::count_if(node.gpus, [](const Gpu& it) { return it.sample.state == GpuState::Unhealthy; });
    for (auto gpu = node.gpus.rbegin(); gpu != node.gpus.rend() && left > 0; ++gpu)
        if (gpu->sample.state == GpuState::Free) {
            gpu->sample.state = GpuState::Unhealthy;
            --left;
        }
}

void DcgmFleet::rebuild()
{
    auto made = std::make_shared<Inventory>();
    made->epoch = ++m_epoch;
    std::map<std::string, std::uint32_t> models, zones { { std::string(), 0 } };
    std::set<std::string> names;
    std::set<std::string> drivers;
    m_rows.clear();
    // Clusters in the order of their first node, and in each the nodes in theirs.
    std::vector<std::vector<std::pair<std::size_t, std::size_t>>> nodesOf;
    for (std::size_t t = 0; t < m_targets.size(); ++t) {
        auto& target = m_targets[t];
        dropNodes(target, [](const Node& node) { return node.gpus.empty(); });
        drivers.insert(target.drivers.begin(), target.drivers.end());
        for (std::size_t n = 0; n < target.nodes.size(); ++n) {
            const auto& node = target.nodes[n];
            const auto* about = factsAbout(node);
            const auto* facts = about ? &about->second : nullptr;
            const auto first = [](const std::string& told, const std::string& otherwise) { return told.empty() ? otherwise : told; };
            const Inventory::Cluster cluster { first(facts ? facts->provider : std::string(), first(m_place.provider, "other")), first(facts ? facts->region : std::string(), first(m_place.region, "unknown")),
                first(first(node.cluster, about ? about->first.first : std::string()), m_place.cluster) };
            const auto known = std::ranges::find(made->clusters, cluster);
            const auto at = static_cast<std::size_t>(known - made->clusters.begin());
            if (known == made->clusters.end()) {
                made->clusters.push_back(cluster);
                nodesOf.emplace_back();
            }
            nodesOf[at].emplace_back(t, n);
        }
    }
    for (std::uint32_t cluster = 0; cluster < nodesOf.size(); ++cluster)
        for (const auto& [t, n] : nodesOf[cluster]) {
            const auto& node = m_targets[t].nodes[n];
            const auto* facts = factsOf(node);
            const auto [zone, isNewZone] = zones.try_emplace(facts ? facts->zone : std::string(), static_cast<std::uint32_t>(made->zones.size()));
            if (isNewZone)
                made->zones.push_back(zone->first);
            std::vector<std::string> kinds;
            for (const auto& gpu : node.gpus)
                if (std::ranges::find(kinds, gpu.model) == kinds.end())
                    kinds.push_back(gpu.model);
            for (const auto& kind : kinds) {
                Inventory::Node row { .name = (node.host.empty() ? namelessHost : node.host) + (kinds.size() > 1 ? " " + kind : std::string()), .cluster = cluster, .model = 0, .gpus = 0, .instanceType = facts ? facts->instanceType : std::string(), .zone = zone->second };
                // Two exporters on hosts that call themselves the same.
                for (int copy = 2; !names.insert(row.name).second; ++copy)
                    row.name = (node.host.empty() ? namelessHost : node.host) + " (" + std::to_string(copy) + ")";
                const auto [model, isNew] = models.try_emplace(kind, static_cast<std::uint32_t>(made->models.size()));
                if (isNew)
                    made->models.push_back({ kind.empty() ? "unknown" : kind, 0 });
                row.model = model->second;
                std::vector<const Gpu*> members;
                for (std::size_t g = 0; g < node.gpus.size(); ++g)
                    if (node.gpus[g].model == kind) {
                        ++row.gpus;
                        members.push_back(&node.gpus[g]);
                        m_rows.push_back({ t, { n, g } });
                        auto& memory = made->models[row.model].memoryTotal;
                        memory = std::max(memory, node.gpus[g].memoryTotal);
                    }
                nameGpus(row, members);
                // Of GPUs of several models nobody tells which are offered how often.
                if (facts && kinds.size() == 1)
                    row.schedulable = facts->schedulable;
                made->nodes.push_back(std::move(row));
            }
        }
    made->sourceVersion = m_version.empty() ? "dcgm-exporter" : m_version;
    constexpr std::size_t mostDrivers = 3; // told by name
    for (std::size_t told = 0; const auto& driver : drivers)
        if (++told <= mostDrivers)
            made->sourceVersion += (told > 1 ? ", " : drivers.size() > 1 ? ", drivers " : ", driver ") + driver;
    if (drivers.size() > mostDrivers)
        made->sourceVersion += " and " + std::to_string(drivers.size() - mostDrivers) + " more";
    made->missing = m_missing;
    m_workloadIndex.clear();
    m_inventory = std::move(made);
    m_sequence = 0;
}

void DcgmFleet::nameGpus(Inventory::Node& row, const std::vector<const Gpu*>& gpus)
{
    // Those that are only counted have the numbers that the others leave.
    std::set<std::uint16_t> taken;
    for (const auto* gpu : gpus)
        if (const int number = gpu->number(); number < 0xFFFF && taken.insert(static_cast<std::uint16_t>(number)).second)
            row.numbers.push_back(static_cast<std::uint16_t>(number));
        else
            row.numbers.push_back(0xFFFF);
    std::uint16_t next = 0;
    for (auto& number : row.numbers)
        if (number == 0xFFFF) {
            while (taken.contains(next))
                ++next;
            number = next++;
        }
    if (std::ranges::equal(row.numbers, std::views::iota(0U, static_cast<unsigned>(row.numbers.size()))))
        row.numbers.clear();
    for (const auto* gpu : gpus)
        row.uuids.push_back(parseGpuUuid(gpu->id).value_or(GpuUuid {}));
    if (std::ranges::all_of(row.uuids, [](const GpuUuid& it) { return it == GpuUuid {}; }))
        row.uuids.clear();
}

std::uint16_t DcgmFleet::workloadIndex(const std::string& name, std::vector<std::string>& added)
{
    if (name.empty())
        return noWorkload;
    const auto [found, isNew] = m_workloadIndex.try_emplace(name, static_cast<std::uint16_t>(m_workloadIndex.size()));
    if (isNew && m_workloadIndex.size() >= noWorkload) {
        m_workloadIndex.erase(found);
        return noWorkload;
    }
    if (isNew)
        added.push_back(name);
    return found->second;
}

GpuSample DcgmFleet::shown(const Node& node, const Gpu& gpu, bool silent, std::vector<std::string>& added)
{
    auto sample = silent ? silentOne(gpu.sample) : gpu.sample;
    if (const auto* facts = sample.state == GpuState::Free ? factsOf(node) : nullptr; facts && facts->cordoned)
        sample.state = GpuState::Draining;
    sample.workload = workloadIndex(gpu.workload, added);
    return sample;
}

std::vector<Frame> DcgmFleet::frames(Time now)
{
    std::vector<Frame> made;
    for (auto& target : m_targets)
        if (target.droppedAt && now >= *target.droppedAt)
            dropNodes(target, [](const Node&) { return true; });
    // While nobody answers the data grow old, and say so.
    if (!m_answeredAt || (!m_news && !m_rebuilt))
        return made;
    if (m_rebuilt) {
        rebuild();
        made.push_back(InventoryFrame { m_inventory, *m_answeredAt });
        m_sent.assign(m_rows.size(), GpuSample {});
    }
    SamplesFrame samples;
    samples.epoch = m_epoch;
    samples.observed = *m_answeredAt;
    auto& late = samples.late;
    for (std::uint32_t row = 0; row < m_rows.size(); ++row) {
        const auto& target = m_targets[m_rows[row].first];
        const auto& node = target.nodes[m_rows[row].second.first];
        const auto heard = node.measured ? target.answeredAt : m_describedAt;
        const bool silent = !heard || now - *heard > m_staleAfter;
        if (const auto last = node.goneSince ? node.heardAt : heard; last && *m_answeredAt - *last >= lateAfter) {
            if (!late.empty() && late.back().firstRow + late.back().rows == row && late.back().heard == secondsOf(*last))
                ++late.back().rows;
            else
                late.push_back({ row, 1, secondsOf(*last) });
        }
        const auto sample = shown(node, node.gpus[m_rows[row].second.second], silent, samples.addedWorkloads);
        if (!m_rebuilt && sample == m_sent[row])
            continue;
        samples.rows.push_back(row);
        samples.values.append(sample);
        // It has been silent since it was last heard, not since that was noticed; one that was broken has been so for longer.
        samples.since.push_back(silent && heard && !isBroken(sample.health) ? secondsOf(*heard) : 0);
        m_sent[row] = sample;
    }
    if (m_rebuilt)
        samples.rows.clear(); // consecutive
    if (m_rebuilt || !samples.rows.empty()) {
        samples.sequence = ++m_sequence;
        made.push_back(std::move(samples));
    } else
        made.push_back(HeartbeatFrame { m_epoch, ++m_sequence, *m_answeredAt, std::move(late) });
    m_rebuilt = m_news = false;
    return made;
}

} // namespace penstock
