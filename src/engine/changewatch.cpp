// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/changewatch.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>

namespace penstock {

using namespace std::chrono_literals;

namespace {

    using Kind = FleetEvent::Kind;

    constexpr auto oldestSince = 10min; ///< a state that is said to be older was first seen now

    constexpr std::uint32_t noNode = ~0U;

    /// What happened to GPUs of one node.
    struct Hit
    {
        std::uint32_t node = noNode, gpus = 0;
        std::uint64_t which = 0;
        Time at {};
    };

    /// The same change of GPUs of one cluster.
    struct Change
    {
        std::uint32_t cluster = 0;
        Kind kind {};
        Health health = Health::NotReported;
        std::uint16_t workload = noWorkload, before = noWorkload;
        friend auto operator<=>(const Change&, const Change&) = default;
    };

    using ClusterName = std::tuple<std::string_view, std::string_view, std::string_view>;

    ClusterName nameOf(const Structure& shape, const Structure::Cluster& cluster)
    {
        const auto& region = shape.regions[cluster.region];
        return { shape.providers[region.provider].name, region.name, cluster.name };
    }

    template<class Column>
    bool areSame(const Column& one, std::size_t from, const Column& other, std::size_t otherFrom, std::size_t count)
    {
        return std::memcmp(one.data() + from, other.data() + otherFrom, count * sizeof(one[0])) == 0;
    }

    /// Everything that differs between two snapshots, on the way to its events.
    class Comparison
    {
    public:
        Comparison(const Snapshot& was, const Snapshot& is) : m_was(was), m_is(is), m_old(was.structure()), m_new(is.structure()) {}

        std::vector<FleetEvent> events()
        {
            std::map<ClusterName, std::uint32_t> old;
            for (std::uint32_t c = 0; c < m_old.clusters.size(); ++c) {
                old.emplace(nameOf(m_old, m_old.clusters[c]), c);
                m_knownSources.insert(m_old.clusters[c].source);
            }
            for (std::uint32_t c = 0; c < m_new.clusters.size(); ++c)
                if (const auto found = old.extract(nameOf(m_new, m_new.clusters[c])); !found.empty())
                    compare(found.mapped(), c);
                else if (m_knownSources.contains(m_new.clusters[c].source) && !m_is.fromCache(c))
                    hit({ c, Kind::Added }, { noNode, m_new.clusters[c].rows, 0, m_is.asOf() });
            std::vector<FleetEvent> made;
            for (const auto& [name, c] : old)
                if (!m_was.fromCache(c) && m_old.clusters[c].rows > 0)
                    made.push_back(eventOf(m_old, m_old.clusters[c], { c, Kind::Removed }, { noNode, m_old.clusters[c].rows, 0, m_is.asOf() }));
            tellSilent(made);
            tell(made);
            return made;
        }

    private:
        void hit(const Change& change, const Hit& hit) { m_hits[change].push_back(hit); }

        void compare(std::uint32_t o, std::uint32_t c)
        {
            if (m_was.fromCache(o) || m_is.fromCache(c))
                return;
            const auto &was = m_was.picture(o), &is = m_is.picture(c);
            if (was.stale != is.stale)
                m_silent[{ m_new.clusters[c].source, is.stale }].push_back(c);
            if (was.rows == is.rows)
                return;
            const auto &before = m_old.clusters[o], &now = m_new.clusters[c];
            if (&m_old == &m_new) {
                for (std::uint32_t n = 0; n < now.nodes; ++n)
                    compareNode(was, m_old.nodes[before.firstNode + n], before, is, now.firstNode + n, c);
                return;
            }
            std::unordered_map<std::string_view, const Structure::Node*> nodes;
            for (std::uint32_t n = before.firstNode; n < before.firstNode + before.nodes; ++n)
                nodes.emplace(m_old.nodes[n].name, &m_old.nodes[n]);
            for (std::uint32_t n = now.firstNode; n < now.firstNode + now.nodes; ++n)
                if (const auto found = nodes.extract(m_new.nodes[n].name); !found.empty())
                    compareNode(was, *found.mapped(), before, is, n, c);
                else
                    hit({ c, Kind::Added }, { n, m_new.nodes[n].gpus, 0, m_is.asOf() });
            for (const auto& [name, node] : nodes)
                hit({ c, Kind::Removed }, { static_cast<std::uint32_t>(node - m_old.nodes.data()), node->gpus, 0, m_is.asOf() });
        }

        void compareNode(const ClusterPicture& was, const Structure::Node& node, const Structure::Cluster& before, const ClusterPicture& is, std::uint32_t n, std::uint32_t c)
        {
            const auto& now = m_new.nodes[n];
            const std::size_t from = node.firstRow - before.firstRow, to = now.firstRow - m_new.clusters[c].firstRow;
            const auto gpus = std::min(node.gpus, now.gpus);
            const auto &old = was.columns(), &fresh = is.columns();
            if (areSame(old.state, from, fresh.state, to, gpus) && areSame(old.health, from, fresh.health, to, gpus) && areSame(old.workload, from, fresh.workload, to, gpus))
                return;
            for (std::uint32_t gpu = 0; gpu < gpus; ++gpu)
                compareGpu({ old.state[from + gpu], old.health[from + gpu], old.workload[from + gpu] }, { fresh.state[to + gpu], fresh.health[to + gpu], fresh.workload[to + gpu] },
                    timeOf(c, was.rows->since[from + gpu], is.rows->since[to + gpu]), { n, c, gpu });
        }

        struct Gpu
        {
            GpuState state;
            Health health;
            std::uint16_t workload;
        };
        struct Place
        {
            std::uint32_t node, cluster, gpu;
        };

        void compareGpu(const Gpu& was, const Gpu& is, Time since, const Place& place)
        {
            const auto observed = m_is.observed(place.cluster).value_or(m_is.asOf());
            const auto say = [&](Change change, Time at) {
                auto& hits = m_hits[change];
                if (hits.empty() || hits.back().node != place.node)
                    hits.push_back({ place.node, 0, 0, at });
                ++hits.back().gpus;
                hits.back().which |= place.gpu < 64 ? std::uint64_t { 1 } << place.gpu : 0;
            };
            if (was.state != is.state) {
                if (is.state == GpuState::Unknown)
                    say({ place.cluster, Kind::Lost }, since);
                else if (was.state == GpuState::Unknown)
                    say({ place.cluster, Kind::Back }, since);
            }
            // Who falls silent while out of service, and is heard of again, is out of service all the time.
            if (is.state == GpuState::Unhealthy && (was.health != is.health || (was.state != GpuState::Unhealthy && was.state != GpuState::Unknown)))
                say({ place.cluster, Kind::Unhealthy, is.health }, was.state == is.state ? observed : since);
            else if (was.state == GpuState::Unhealthy && is.state != GpuState::Unhealthy && is.state != GpuState::Unknown)
                say({ place.cluster, Kind::Healthy, was.health }, since);
            if (was.workload != is.workload)
                say({ place.cluster, Kind::Workload, Health::NotReported, is.workload, was.workload }, observed);
        }

        /// When a state began; one that goes on for the same reason, heard of or not, began long ago.
        [[nodiscard]] Time timeOf(std::uint32_t cluster, std::uint32_t before, std::uint32_t since) const
        {
            const Time at { std::chrono::seconds(since) };
            return since == before || at > m_is.asOf() || m_is.asOf() - at > oldestSince ? m_is.observed(cluster).value_or(m_is.asOf()) : at;
        }

        [[nodiscard]] FleetEvent eventOf(const Structure& shape, const Structure::Cluster& cluster, const Change& change, const Hit& hit) const
        {
            const auto& workloads = m_is.workloads();
            const auto [provider, region, name] = nameOf(shape, cluster);
            return { .at = hit.at, .kind = change.kind, .endpoint = shape.sources[cluster.source], .provider = std::string(provider), .region = std::string(region), .cluster = std::string(name),
                .node = hit.node == noNode ? std::string() : shape.nodes[hit.node].name, .gpus = hit.gpus, .which = hit.which, .health = change.health,
                .workload = change.workload == noWorkload ? std::string() : workloads[change.workload], .before = change.before == noWorkload ? std::string() : workloads[change.before],
                .simulated = shape.sourceSimulated[cluster.source] };
        }

        /// An endpoint that falls silent, or is heard of again, is one event, of all that its clusters have in common.
        void tellSilent(std::vector<FleetEvent>& made) const
        {
            for (const auto& [which, clusters] : m_silent) {
                std::optional<FleetEvent> whole;
                for (const auto c : clusters) {
                    const auto one = eventOf(m_new, m_new.clusters[c], { c, which.second ? Kind::Lost : Kind::Back }, { noNode, m_new.clusters[c].rows, 0, m_is.asOf() });
                    if (!whole) {
                        whole = one;
                        continue;
                    }
                    whole->gpus += one.gpus;
                    whole->cluster.clear();
                    if (whole->region != one.region || whole->provider != one.provider)
                        whole->region.clear();
                    if (whole->provider != one.provider)
                        whole->provider.clear();
                }
                if (whole && whole->gpus > 0)
                    made.push_back(std::move(*whole));
            }
        }

        void tell(std::vector<FleetEvent>& made) const
        {
            std::size_t all = 0;
            for (const auto& [change, hits] : m_hits)
                all += hits.size() > ChangeWatch::mostNodes ? 1 : hits.size();
            const auto most = all > ChangeWatch::mostEvents ? 1 : ChangeWatch::mostNodes;
            for (const auto& [change, hits] : m_hits) {
                // Who is gone is in the old structure alone.
                const auto& shape = change.kind == Kind::Removed ? m_old : m_new;
                if (hits.size() <= most) {
                    for (const auto& hit : hits)
                        if (hit.node == noNode)
                            made.push_back(eventOf(m_new, m_new.clusters[change.cluster], change, hit));
                        else
                            made.push_back(eventOf(shape, shape.clusters[shape.nodes[hit.node].cluster], change, hit));
                    continue;
                }
                Hit whole { noNode, 0, 0, hits.front().at };
                for (const auto& hit : hits) {
                    whole.gpus += hit.gpus;
                    whole.at = std::min(whole.at, hit.at);
                }
                made.push_back(eventOf(m_new, m_new.clusters[change.cluster], change, whole));
            }
        }

        const Snapshot &m_was, &m_is;
        const Structure &m_old, &m_new;
        std::set<std::uint32_t> m_knownSources;
        std::map<Change, std::vector<Hit>> m_hits;
        std::map<std::pair<std::uint32_t, bool>, std::vector<std::uint32_t>> m_silent; ///< clusters by source, and whether it is silent now
    };

} // namespace

std::vector<FleetEvent> ChangeWatch::look(const SnapshotPtr& now)
{
    std::vector<FleetEvent> made;
    if (m_last && now && m_last != now)
        made = Comparison(*m_last, *now).events();
    m_last = now;
    std::ranges::stable_sort(made, {}, &FleetEvent::at);
    return made;
}

} // namespace penstock
