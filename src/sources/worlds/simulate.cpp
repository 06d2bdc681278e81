// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "worlds/simulate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <numbers>
#include <sstream>
#include <utility>

#include <toml++/toml.h>

#include "fleet/xid.h"
#include "gpumemory.h"
#include "placement.h"

namespace penstock {

namespace {

    /// What takes simulated GPUs out of service, the frequent ones more than once.
    constexpr std::array simulatedXids { 79, 79, 79, 48, 48, 74, 74, 119, 119, 64, 95, 140, 143 };

    struct WorkloadSpec
    {
        std::string name;
        double share = 0; ///< of every cluster's GPUs
        std::vector<std::pair<std::string, double>> shareByProvider;
        std::uint32_t replica = 8;
        double utilisation = 80, daily = 8, noise = 6; ///< %
        double idle = 0.02; ///< share of its nodes that do nothing at a time
        std::optional<double> requests; ///< per second, mean over the day
    };
    struct ClusterSpec
    {
        Inventory::Cluster place;
        std::string model, instance, zone;
        std::uint32_t gpus = 0, perNode = 8;
        std::uint32_t memory = 0; ///< MiB
        double watts = 700;
    };
    struct Spec
    {
        std::uint64_t seed = 1;
        std::vector<ClusterSpec> clusters;
        std::vector<WorkloadSpec> workloads;
        double unhealthy = 0, draining = 0, lost = 0; ///< shares of nodes
    };

    /// A well mixed 64-bit number of two (the finaliser of SplitMix64).
    std::uint64_t mix(std::uint64_t a, std::uint64_t b)
    {
        std::uint64_t x = a + b * 0x9E3779B97F4A7C15ULL + 0x9E3779B97F4A7C15ULL;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
        return x ^ (x >> 31);
    }
    double unit(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1.0p-53; }

    /// Reads keys of one table, remembers the first error, and complains about keys that nobody asked for.
    class TableReader
    {
    public:
        TableReader(const toml::table& table, std::string_view file, Result<>& outcome)
            : m_table(table), m_file(file), m_outcome(outcome)
        {
        }
        std::string text(std::string_view key, bool required)
        {
            const auto* node = find(key, required, "a string");
            if (!node)
                return {};
            const auto value = node->value_exact<std::string>();
            if (!value || (required && value->empty()))
                refuse(node->source(), std::string(key) + " is not a string", "write " + std::string(key) + " = \"...\"");
            return value.value_or("");
        }
        double number(std::string_view key, double least, double greatest, double otherwise, bool required = false)
        {
            const auto* node = find(key, required, "a number");
            return node ? number(*node, key, least, greatest) : otherwise;
        }
        double number(const toml::node& node, std::string_view key, double least, double greatest)
        {
            const auto value = node.value<double>();
            if (!value || !(*value >= least && *value <= greatest)) {
                std::ostringstream hint;
                hint << "write a number from " << least << " to " << greatest;
                refuse(node.source(), std::string(key) + (value ? " is out of range" : " is not a number"), hint.str());
                return least;
            }
            return *value;
        }
        const toml::node* find(std::string_view key, bool required, std::string_view what)
        {
            m_known.emplace_back(key);
            const auto* node = m_table.get(key);
            if (!node && required)
                refuse(m_table.source(), std::string(key) + " is missing", "add " + std::string(key) + " with " + std::string(what));
            return node;
        }
        void refuseUnknownKeys()
        {
            for (const auto& [key, node] : m_table)
                if (std::ranges::find(m_known, key.str()) == m_known.end())
                    refuse(node.source(), "unknown key '" + std::string(key.str()) + "'", "known keys are: " + joined());
        }
        void refuse(std::string what, std::string hint) { refuse(m_table.source(), std::move(what), std::move(hint)); }
        void refuse(const toml::source_region& at, std::string what, std::string hint)
        {
            if (m_outcome)
                m_outcome = fail(Error::Kind::Invalid, std::move(what),
                    std::string(m_file) + ":" + std::to_string(at.begin.line) + ":" + std::to_string(at.begin.column),
                    std::move(hint));
        }

    private:
        [[nodiscard]] std::string joined() const
        {
            std::string text;
            for (const auto& key : m_known)
                text += (text.empty() ? "" : ", ") + key;
            return text;
        }
        const toml::table& m_table;
        std::string_view m_file;
        Result<>& m_outcome;
        std::vector<std::string> m_known;
    };

    template<class Read>
    void eachTable(TableReader& root, std::string_view key, std::string_view file, Result<>& outcome, Read read)
    {
        const auto* node = root.find(key, true, "at least one [[" + std::string(key) + "]]");
        if (!node)
            return;
        const auto* array = node->as_array();
        if (!array) {
            root.refuse(node->source(), std::string(key) + " is not a list of tables", "write [[" + std::string(key) + "]]");
            return;
        }
        for (const auto& entry : *array) {
            if (!entry.is_table()) {
                root.refuse(entry.source(), std::string(key) + " is not a table", "write [[" + std::string(key) + "]]");
                return;
            }
            TableReader reader(*entry.as_table(), file, outcome);
            read(reader);
            reader.refuseUnknownKeys();
        }
    }

    Result<Spec> readSpec(std::string_view text, std::string_view file)
    {
        toml::table table;
        try {
            table = toml::parse(text, std::string(file));
        } catch (const toml::parse_error& error) {
            return fail(Error::Kind::Invalid, std::string(error.description()),
                std::string(file) + ":" + std::to_string(error.source().begin.line) + ":"
                    + std::to_string(error.source().begin.column));
        }
        Spec spec;
        Result<> outcome;
        TableReader root(table, file, outcome);
        spec.seed = static_cast<std::uint64_t>(root.number("seed", 0, 1e15, 1));
        std::uint64_t sum = 0;
        eachTable(root, "cluster", file, outcome, [&](TableReader& it) {
            ClusterSpec cluster;
            cluster.place = { it.text("provider", true), it.text("region", true), it.text("name", true) };
            cluster.model = it.text("model", true);
            cluster.instance = it.text("instance_type", false);
            cluster.zone = it.text("zone", false);
            cluster.gpus = static_cast<std::uint32_t>(it.number("gpus", 1, 1'000'000, 1, true));
            cluster.perNode = static_cast<std::uint32_t>(it.number("gpus_per_node", 1, 256, 8));
            cluster.memory = static_cast<std::uint32_t>(
                it.number("memory_gib", 1, 4096, nominalMemory(cluster.model) / 1024.0) * 1024);
            cluster.watts = it.number("power_w", 20, 3000, 700);
            if (std::ranges::find(spec.clusters, cluster.place, &ClusterSpec::place) != spec.clusters.end())
                it.refuse("cluster " + cluster.place.name + " of " + cluster.place.provider + " stands here a second time",
                    "give it another name");
            sum += cluster.gpus;
            if (sum > maximumGpus)
                it.refuse(std::to_string(sum) + " GPUs up to here, more than 4,000,000", "lower gpus of some clusters");
            spec.clusters.push_back(std::move(cluster));
        });
        eachTable(root, "workload", file, outcome, [&](TableReader& it) {
            WorkloadSpec workload;
            workload.name = it.text("name", true);
            if (const auto* share = it.find("share", true, "the share of all GPUs it holds, 0 to 1")) {
                if (const auto* byProvider = share->as_table())
                    for (const auto& [provider, value] : *byProvider)
                        workload.shareByProvider.emplace_back(
                            std::string(provider.str()), it.number(value, "share." + std::string(provider.str()), 0, 1));
                else
                    workload.share = it.number(*share, "share", 0, 1);
            }
            workload.replica = static_cast<std::uint32_t>(it.number("replica_gpus", 1, 256, 8));
            workload.utilisation = it.number("utilisation_pct", 0, 100, 80);
            workload.daily = it.number("daily_pct", 0, 100, 8);
            workload.noise = it.number("noise_pct", 0, 100, 6);
            workload.idle = it.number("idle_share", 0, 1, 0.02);
            if (const double requests = it.number("requests_per_s", 0, 1e12, -1); requests >= 0)
                workload.requests = requests;
            if (spec.workloads.size() + 1 >= noWorkload)
                it.refuse("more than 65,534 workloads", "merge some");
            spec.workloads.push_back(std::move(workload));
        });
        if (const auto* failures = root.find("failures", false, "")) {
            if (const auto* failureTable = failures->as_table()) {
                TableReader it(*failureTable, file, outcome);
                spec.unhealthy = it.number("unhealthy", 0, 1, 0);
                spec.draining = it.number("draining", 0, 1, 0);
                spec.lost = it.number("lost", 0, 1, 0);
                it.refuseUnknownKeys();
            } else
                root.refuse(failures->source(), "failures is not a table", "write [failures]");
        }
        root.refuseUnknownKeys();
        if (!outcome)
            return std::unexpected(outcome.error());
        return spec;
    }

    class Simulation final : public World
    {
    public:
        Result<> build(Spec spec, Time start);
        void advance(Time now) override;
        [[nodiscard]] const Picture& picture() const override { return m_picture; }
        [[nodiscard]] bool placesLoad() const override { return true; }
        void place(const std::string& workload, const std::vector<Scope>& scopes, const Weights& weights) override;

    private:
        enum class Fate : std::uint8_t { Good, Unhealthy, Draining, Lost };
        Spec m_spec;
        Picture m_picture;
        std::vector<std::uint32_t> m_nodeOfRow;
        std::vector<std::uint32_t> m_clusterSpecOfNode;
        std::vector<Fate> m_fate; ///< a node
        std::vector<bool> m_usable; ///< a row
        std::unique_ptr<Placement> m_placement;
    };

    Result<> Simulation::build(Spec spec, Time start)
    {
        m_spec = std::move(spec);
        auto inventory = std::make_shared<Inventory>();
        inventory->simulated = true;
        for (const auto& workload : m_spec.workloads)
            inventory->workloads.push_back(workload.name);
        std::vector<std::uint16_t> held;
        std::vector<std::uint32_t> lacking(m_spec.workloads.size()); ///< GPUs that a workload asks for and finds taken
        const auto workloadAt = [this](const auto& cluster, double where) {
            for (std::size_t w = 0; w < m_spec.workloads.size(); ++w) {
                double share = m_spec.workloads[w].share;
                for (const auto& [provider, own] : m_spec.workloads[w].shareByProvider)
                    if (provider == cluster.place.provider)
                        share = own;
                if (where < share)
                    return static_cast<std::uint16_t>(w);
                where -= share;
            }
            return noWorkload;
        };
        for (std::size_t c = 0; c < m_spec.clusters.size(); ++c) {
            const auto& cluster = m_spec.clusters[c];
            inventory->clusters.push_back(cluster.place);
            auto model = std::ranges::find(inventory->models, cluster.model, &Inventory::Model::name);
            if (model == inventory->models.end())
                model = inventory->models.insert(model, { cluster.model, cluster.memory });
            const auto modelIndex = static_cast<std::uint32_t>(model - inventory->models.begin());
            const auto zone = std::ranges::find(inventory->zones, cluster.zone);
            const auto zoneIndex = static_cast<std::uint32_t>(zone - inventory->zones.begin());
            if (zone == inventory->zones.end())
                inventory->zones.push_back(cluster.zone);
            const auto nodes = (cluster.gpus + cluster.perNode - 1) / cluster.perNode;
            for (std::uint32_t n = 0; n < nodes; ++n) {
                const auto gpus = std::min(cluster.perNode, cluster.gpus - n * cluster.perNode);
                const auto number = std::to_string(n);
                const auto id = inventory->nodes.size();
                inventory->nodes.push_back({ cluster.place.name + "-" + std::string(5 - std::min<std::size_t>(5, number.size()), '0') + number,
                    static_cast<std::uint32_t>(c), modelIndex, gpus, cluster.instance, zoneIndex });
                m_clusterSpecOfNode.push_back(static_cast<std::uint32_t>(c));
                const double lot = unit(mix(m_spec.seed, id));
                const auto fate = lot < m_spec.lost ? Fate::Lost
                    : lot < m_spec.lost + m_spec.unhealthy ? Fate::Unhealthy
                    : lot < m_spec.lost + m_spec.unhealthy + m_spec.draining ? Fate::Draining
                                                                            : Fate::Good;
                m_fate.push_back(fate);
                // Workloads fill each cluster in the order of the file, spread evenly over its nodes.
                const double where = (static_cast<double>(n) + 0.5) / static_cast<double>(nodes);
                auto workload = workloadAt(cluster, where);
                if (fate == Fate::Unhealthy || fate == Fate::Draining)
                    workload = noWorkload;
                // Where shares add up to more than there is, others ask for the same GPUs.
                else if (workload != noWorkload)
                    for (double more = where + 1; workloadAt(cluster, more) != noWorkload; ++more)
                        lacking[workloadAt(cluster, more)] += gpus;
                for (std::uint32_t g = 0; g < gpus; ++g) {
                    held.push_back(workload);
                    m_nodeOfRow.push_back(static_cast<std::uint32_t>(id));
                    m_usable.push_back(fate == Fate::Good);
                }
            }
        }
        if (auto good = inventory->check(); !good)
            return good;
        std::vector<std::uint32_t> replicas;
        for (const auto& workload : m_spec.workloads)
            replicas.push_back(workload.replica);
        m_placement = std::make_unique<Placement>(*inventory, std::move(held), std::move(replicas), lacking);
        m_picture.columns.resize(m_nodeOfRow.size());
        m_picture.inventory = std::move(inventory);
        advance(start);
        return {};
    }

    void Simulation::advance(Time now)
    {
        const double t = std::chrono::duration<double>(now.time_since_epoch()).count();
        const double day = 2 * std::numbers::pi * std::fmod(t, 86400.0) / 86400.0;
        const auto second = static_cast<std::uint64_t>(t);
        m_placement->advance(m_usable);
        const auto& held = m_placement->workloadOfRow();
        // The peak is at 20:00 UTC, the trough at 08:00.
        const double shape = std::sin(day - 2 * std::numbers::pi * 14 / 24);
        for (std::uint32_t row = 0; row < m_nodeOfRow.size(); ++row) {
            const auto node = m_nodeOfRow[row];
            const auto& cluster = m_spec.clusters[m_clusterSpecOfNode[node]];
            GpuSample made;
            made.workload = held[row];
            made.health = Health::Good;
            if (m_fate[node] == Fate::Lost) {
                made.health = Health::NotReported;
                m_picture.columns.set(row, made);
                continue;
            }
            double utilisation = 0, memory = 0;
            made.state = GpuState::Free;
            if (m_fate[node] == Fate::Unhealthy) {
                made.state = GpuState::Unhealthy;
                made.health = healthAfterXid(simulatedXids[mix(m_spec.seed + 29, node) % simulatedXids.size()]);
            } else if (m_fate[node] == Fate::Draining)
                made.state = GpuState::Draining;
            else if (made.workload != noWorkload) {
                const auto& workload = m_spec.workloads[made.workload];
                const bool idle = unit(mix(m_spec.seed ^ node, second / 600)) < workload.idle;
                const double noise = unit(mix(m_spec.seed + row, second)) + unit(mix(m_spec.seed + row, second / 7)) - 1;
                // A node runs a little hotter or cooler than its neighbours all day.
                const double own = (unit(mix(m_spec.seed + 17, node)) - 0.5) * 2 * workload.noise;
                utilisation = idle ? 2 * unit(mix(row, second))
                                   : workload.utilisation + workload.daily * shape + own + workload.noise * noise;
                utilisation = std::clamp(utilisation, idle ? 0.0 : 5.0, 100.0);
                memory = 0.78 + 0.12 * unit(mix(m_spec.seed + 3, row));
                made.state = idle ? GpuState::Idle : GpuState::Busy;
            }
            made.utilisation = static_cast<std::uint8_t>(std::lround(utilisation));
            made.memoryUsed = static_cast<std::uint32_t>(memory * static_cast<double>(cluster.memory));
            made.power = static_cast<std::uint16_t>(cluster.watts * (1.1 + 8.5 * utilisation / 100.0));
            made.temperature = static_cast<std::uint8_t>(29 + 0.42 * utilisation + 4 * unit(mix(m_spec.seed + 5, row)));
            if (cluster.memory == 0)
                made.memoryUsed = unknown::memory;
            m_picture.columns.set(row, made);
        }
        m_picture.demand.clear();
        for (std::uint16_t w = 0; w < m_spec.workloads.size(); ++w) {
            const auto& workload = m_spec.workloads[w];
            WorkloadDemand demand { .workload = workload.name,
                .requestsPerSecond = {},
                .gpusNeeded = m_placement->wanted(w),
                .gpusUnmet = m_placement->unmet(w) };
            if (workload.requests)
                demand.requestsPerSecond = *workload.requests * (1 + workload.daily / 100 * shape * 3)
                    * (0.99 + 0.02 * unit(mix(m_spec.seed + w, second)));
            m_picture.demand.push_back(std::move(demand));
        }
        m_picture.observed = now;
    }

    void Simulation::place(const std::string& workload, const std::vector<Scope>& scopes, const Weights& weights)
    {
        const auto found = std::ranges::find(m_spec.workloads, workload, &WorkloadSpec::name);
        if (found != m_spec.workloads.end())
            m_placement->place(static_cast<std::uint16_t>(found - m_spec.workloads.begin()), scopes, weights);
    }

} // namespace

Result<std::unique_ptr<World>> openSimulationText(std::string_view text, std::string_view file, Time start)
{
    auto spec = readSpec(text, file);
    if (!spec)
        return std::unexpected(spec.error());
    auto simulation = std::make_unique<Simulation>();
    if (auto built = simulation->build(std::move(*spec), start); !built) {
        built.error().where = file;
        return std::unexpected(built.error());
    }
    return simulation;
}

Result<std::unique_ptr<World>> openSimulation(const std::string& path, Time start)
{
    std::ifstream file(path);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf()))
        return fail(Error::Kind::NotFound, "the specification cannot be read", path, "name a TOML file as docs/simulate.md describes");
    return openSimulationText(text.str(), path, start);
}

} // namespace penstock
