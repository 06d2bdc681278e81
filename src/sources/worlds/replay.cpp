// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "worlds/replay.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <random>
#include <set>
#include <unordered_map>
#include <utility>

#include "csvfile.h"
#include "gpumemory.h"
#include "placement.h"

namespace penstock {

namespace {

    constexpr std::uint32_t noSeries = 0xFFFF'FFFF;
    constexpr double longest = 10 * 366 * 86400.0; ///< seconds; no record is longer

    struct Point
    {
        double at;
        GpuSample values; ///< state and workload unused
        float utilisation; ///< exact, below 0: not exported
    };
    struct Curve
    {
        std::vector<Point> points;
        double length = 0; ///< seconds until it starts again
    };
    struct Event
    {
        double at;
        Scope scope;
        double share;
    };
    struct DemandPoint
    {
        double at;
        std::optional<double> requests;
    };
    struct Player
    {
        std::uint32_t series = noSeries;
        double offset = 0;
    };

    class Replay final : public World
    {
    public:
        Replay(ReplayOptions options) : m_options(std::move(options)) {}
        Result<> load();
        void advance(Time now) override;
        [[nodiscard]] const Picture& picture() const override { return m_picture; }
        [[nodiscard]] bool placesLoad() const override { return true; }
        void place(const std::string& workload, const std::vector<Scope>& scopes, const Weights& weights) override;

    private:
        [[nodiscard]] std::string file(const char* name) const { return m_options.directory + "/" + name; }
        [[nodiscard]] std::string packed(const char* name) const;
        Result<> loadFleet(Inventory& inventory);
        Result<> loadSeries();
        Result<> loadGpus(Inventory& inventory);
        Result<> loadDemand(const Inventory& inventory);
        Result<> loadEvents();
        [[nodiscard]] std::vector<bool> lostNodes(double t) const;
        [[nodiscard]] GpuSample sample(const Player& player, double t) const;

        ReplayOptions m_options;
        Picture m_picture;
        std::unordered_map<std::string, std::uint32_t> m_nodeIds, m_seriesIds;
        std::set<std::string> m_otherNodes; ///< of providers that are not played
        std::vector<std::uint32_t> m_firstRow;
        std::vector<Curve> m_curves;
        std::vector<Player> m_players; ///< a row
        std::vector<std::uint16_t> m_workloadOfRow;
        std::vector<std::vector<DemandPoint>> m_demand; ///< a workload
        std::vector<Event> m_events;
        std::vector<std::uint32_t> m_lossOrder; ///< nodes, in the order in which they are lost
        std::unique_ptr<Placement> m_placement;
    };

    std::string Replay::packed(const char* name) const
    {
        const auto plain = file(name);
        std::error_code unreadable;
        return std::filesystem::exists(plain + ".gz", unreadable) ? plain + ".gz" : plain;
    }

    Result<> Replay::loadFleet(Inventory& inventory)
    {
        struct Line
        {
            Inventory::Cluster cluster;
            std::string node, model, instance;
            std::uint32_t gpus;
        };
        std::vector<Line> lines;
        std::set<std::string> names;
        std::uint64_t gpus = 0;
        auto read = readCsv(file("fleet.csv"), { "provider", "region", "cluster", "node", "gpu_model", "gpu_count" },
            [&](const CsvRow& row) -> Result<> {
                const std::array columns { "provider", "region", "cluster", "node", "gpu_model" };
                for (std::size_t i = 0; i < columns.size(); ++i)
                    if (row.text(i).empty())
                        return fail(Error::Kind::Invalid, std::string(columns[i]) + " is empty", row.where());
                const auto count = row.number(5, "gpu_count", 0, 1024);
                if (!count)
                    return std::unexpected(count.error());
                if (!*count || **count != std::floor(**count))
                    return fail(Error::Kind::Invalid, "gpu_count '" + row.text(5) + "' is not a whole number", row.where());
                if (!names.insert(row.text(3)).second)
                    return fail(Error::Kind::Invalid, "node " + row.text(3) + " stands here a second time", row.where(),
                        "node names are unique in the directory");
                if (!m_options.provider.empty() && row.text(0) != m_options.provider) {
                    m_otherNodes.insert(row.text(3));
                    return {};
                }
                gpus += static_cast<std::uint64_t>(**count);
                if (gpus > maximumGpus)
                    return fail(Error::Kind::Invalid, "more than 4,000,000 GPUs", row.where());
                lines.push_back({ { row.text(0), row.text(1), row.text(2) }, row.text(3), row.text(4), {},
                    static_cast<std::uint32_t>(**count) });
                return {};
            });
        if (!read)
            return read;
        if (lines.empty())
            return fail(Error::Kind::NotFound,
                m_options.provider.empty() ? "the fleet has no nodes" : "provider " + m_options.provider + " has no nodes here",
                file("fleet.csv"));
        const auto place = [](const Line& line) {
            return std::tie(line.cluster.provider, line.cluster.region, line.cluster.name);
        };
        std::ranges::stable_sort(lines, {}, place);
        std::unordered_map<std::string, std::uint32_t> models;
        std::uint32_t row = 0;
        for (const auto& line : lines) {
            if (inventory.clusters.empty() || inventory.clusters.back() != line.cluster)
                inventory.clusters.push_back(line.cluster);
            const auto [model, isNew] = models.try_emplace(line.model, static_cast<std::uint32_t>(models.size()));
            if (isNew)
                inventory.models.push_back({ line.model, nominalMemory(line.model) });
            m_nodeIds[line.node] = static_cast<std::uint32_t>(inventory.nodes.size());
            m_firstRow.push_back(row);
            row += line.gpus;
            inventory.nodes.push_back({ line.node, static_cast<std::uint32_t>(inventory.clusters.size() - 1), model->second,
                line.gpus, line.instance });
        }
        m_players.resize(row);
        m_workloadOfRow.assign(row, noWorkload);
        return {};
    }

    Result<> Replay::loadSeries()
    {
        auto read = readCsv(packed("series.csv"), { "series", "t_s", "util_pct", "mem_used_mib", "power_w", "temp_c" },
            [&](const CsvRow& row) -> Result<> {
                const auto at = row.number(1, "t_s", 0, longest);
                const auto utilisation = row.number(2, "util_pct", 0, 100);
                const auto memory = row.number(3, "mem_used_mib", 0, 4e6);
                const auto power = row.number(4, "power_w", 0, 6553);
                const auto temperature = row.number(5, "temp_c", 0, 250);
                for (const auto* value : { &at, &utilisation, &memory, &power, &temperature })
                    if (!*value)
                        return std::unexpected(value->error());
                if (!*at || row.text(0).empty())
                    return fail(Error::Kind::Invalid, "series or t_s is empty", row.where());
                const auto [id, isNew]
                    = m_seriesIds.try_emplace(row.text(0), static_cast<std::uint32_t>(m_curves.size()));
                if (isNew)
                    m_curves.emplace_back();
                auto& points = m_curves[id->second].points;
                if (!points.empty() && **at <= points.back().at)
                    return fail(Error::Kind::Invalid, "t_s " + row.text(1) + " does not come after the line before",
                        row.where(), "the times of a series ascend");
                Point point { .at = **at, .values = {}, .utilisation = -1 };
                if (*utilisation) {
                    point.utilisation = static_cast<float>(**utilisation);
                    point.values.utilisation = static_cast<std::uint8_t>(std::lround(**utilisation));
                }
                if (*memory)
                    point.values.memoryUsed = static_cast<std::uint32_t>(std::lround(**memory));
                if (*power)
                    point.values.power = static_cast<std::uint16_t>(std::lround(**power * 10));
                if (*temperature)
                    point.values.temperature = static_cast<std::uint8_t>(std::lround(**temperature));
                points.push_back(point);
                return {};
            });
        if (!read)
            return read;
        for (auto& curve : m_curves) {
            const auto& points = curve.points;
            const double step = points.size() > 1 ? points.back().at - points[points.size() - 2].at : 1;
            curve.length = points.back().at + step;
        }
        return {};
    }

    Result<> Replay::loadGpus(Inventory& inventory)
    {
        std::unordered_map<std::string, std::uint16_t> workloads;
        return readCsv(packed("gpus.csv"), { "node", "gpu", "series", "offset_s", "workload" },
            [&](const CsvRow& row) -> Result<> {
                const auto node = m_nodeIds.find(row.text(0));
                if (node == m_nodeIds.end()) {
                    if (m_otherNodes.contains(row.text(0)))
                        return {};
                    return fail(Error::Kind::Invalid, "node '" + row.text(0).substr(0, 80) + "' is not in fleet.csv", row.where());
                }
                const auto gpus = inventory.nodes[node->second].gpus;
                if (gpus == 0)
                    return fail(Error::Kind::Invalid, "node " + row.text(0) + " has no GPUs in fleet.csv", row.where());
                const auto gpu = row.number(1, "gpu", 0, gpus - 1);
                if (!gpu)
                    return std::unexpected(gpu.error());
                const auto offset = row.number(3, "offset_s", 0, longest);
                if (!offset)
                    return std::unexpected(offset.error());
                if (!*gpu || **gpu != std::floor(**gpu))
                    return fail(Error::Kind::Invalid, "gpu '" + row.text(1) + "' is not an index", row.where());
                const auto at = m_firstRow[node->second] + static_cast<std::uint32_t>(**gpu);
                if (!row.text(2).empty()) {
                    const auto series = m_seriesIds.find(row.text(2));
                    if (series == m_seriesIds.end())
                        return fail(Error::Kind::Invalid, "series '" + row.text(2).substr(0, 80) + "' is not in series.csv", row.where());
                    m_players[at] = { series->second, offset->value_or(0) };
                }
                if (!row.text(4).empty()) {
                    const auto [id, isNew]
                        = workloads.try_emplace(row.text(4), static_cast<std::uint16_t>(workloads.size()));
                    if (isNew)
                        inventory.workloads.push_back(row.text(4));
                    if (workloads.size() >= noWorkload)
                        return fail(Error::Kind::Invalid, "more than 65,534 workloads", row.where());
                    m_workloadOfRow[at] = id->second;
                }
                return {};
            });
    }

    Result<> Replay::loadDemand(const Inventory& inventory)
    {
        m_demand.resize(inventory.workloads.size());
        const auto path = packed("demand.csv");
        std::error_code unreadable;
        if (!std::filesystem::exists(path, unreadable))
            return {};
        return readCsv(path, { "t_s", "workload", "requests_per_s" }, [&](const CsvRow& row) -> Result<> {
            const auto at = row.number(0, "t_s", 0, longest);
            if (!at)
                return std::unexpected(at.error());
            const auto requests = row.number(2, "requests_per_s", 0, 1e12);
            if (!requests)
                return std::unexpected(requests.error());
            if (!*at)
                return fail(Error::Kind::Invalid, "t_s is empty", row.where());
            const auto found = std::ranges::find(inventory.workloads, row.text(1));
            // A workload without a GPU at this provider still has its demand; it is another agent's to show.
            if (found != inventory.workloads.end())
                m_demand[static_cast<std::size_t>(found - inventory.workloads.begin())].push_back({ **at, *requests });
            return {};
        });
    }

    Result<> Replay::loadEvents()
    {
        const auto path = packed("events.csv");
        std::error_code unreadable;
        if (!m_options.events || !std::filesystem::exists(path, unreadable))
            return {};
        auto read = readCsv(path, { "t_s", "event", "scope", "share" }, [&](const CsvRow& row) -> Result<> {
            const auto at = row.number(0, "t_s", 0, longest);
            if (!at)
                return std::unexpected(at.error());
            const auto share = row.number(3, "share", 0, 1);
            if (!share)
                return std::unexpected(share.error());
            if (row.text(1) != "lost" && row.text(1) != "back")
                return fail(Error::Kind::Invalid, "event '" + row.text(1).substr(0, 40) + "' is not lost or back", row.where());
            auto scope = Scope::parse(row.text(2));
            if (!scope) {
                scope.error().where = row.where();
                return std::unexpected(scope.error());
            }
            m_events.push_back({ at->value_or(0), *scope, share->value_or(0) });
            return {};
        });
        std::ranges::stable_sort(m_events, {}, &Event::at);
        return read;
    }

    Result<> Replay::load()
    {
        // Without an error code, a folder that may not be looked into would throw.
        std::error_code unreadable;
        if (!std::filesystem::is_directory(m_options.directory, unreadable))
            return fail(Error::Kind::NotFound, "the replay directory is not there", m_options.directory,
                "name a directory with fleet.csv, series.csv.gz and gpus.csv.gz");
        if (!(m_options.speed > 0) || m_options.speed > 100'000)
            return fail(Error::Kind::Invalid, "the speed must be above 0 and at most 100,000");
        auto inventory = std::make_shared<Inventory>();
        inventory->simulated = true;
        if (auto step = loadFleet(*inventory); !step)
            return step;
        if (auto step = loadSeries(); !step)
            return step;
        if (auto step = loadGpus(*inventory); !step)
            return step;
        if (auto step = loadDemand(*inventory); !step)
            return step;
        if (auto step = loadEvents(); !step)
            return step;
        m_lossOrder.resize(inventory->nodes.size());
        // Shuffled by name, so that one provider alone loses the same nodes as all of them together.
        std::vector<std::uint64_t> lot;
        for (std::uint32_t n = 0; n < inventory->nodes.size(); ++n) {
            m_lossOrder[n] = n;
            std::uint64_t hash = 0xcbf29ce484222325ULL;
            for (const char letter : inventory->nodes[n].name)
                hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3ULL;
            lot.push_back(std::mt19937_64(hash)());
        }
        std::ranges::sort(m_lossOrder, {}, [&](std::uint32_t n) { return std::pair(lot[n], n); });
        m_placement = std::make_unique<Placement>(
            *inventory, m_workloadOfRow, std::vector<std::uint32_t>(inventory->workloads.size(), 1));
        m_picture.columns.resize(m_players.size());
        m_picture.inventory = std::move(inventory);
        advance(m_options.start);
        return {};
    }

    std::vector<bool> Replay::lostNodes(double t) const
    {
        const auto& inventory = *m_picture.inventory;
        std::vector<bool> lost(inventory.nodes.size());
        std::vector<const Event*> current;
        for (const auto& event : m_events) {
            if (event.at > t)
                break;
            std::erase_if(current, [&](const Event* other) { return other->scope == event.scope; });
            current.push_back(&event);
        }
        for (const auto* event : current) {
            const auto isIn = [&](std::uint32_t n) {
                const auto& node = inventory.nodes[n];
                const auto& cluster = inventory.clusters[node.cluster];
                return event->scope.contains(cluster.provider, cluster.region, cluster.name)
                    && (event->scope.node.empty() || event->scope.node == node.name);
            };
            const auto all = std::ranges::count_if(m_lossOrder, isIn);
            auto left = std::llround(event->share * static_cast<double>(all));
            for (const auto n : m_lossOrder)
                if (left > 0 && isIn(n)) {
                    lost[n] = true;
                    --left;
                }
        }
        return lost;
    }

    GpuSample Replay::sample(const Player& player, double t) const
    {
        GpuSample made;
        made.health = Health::NotReported;
        made.state = GpuState::Busy;
        if (player.series == noSeries)
            return made;
        const auto& curve = m_curves[player.series];
        const double at = std::fmod(player.offset + t, curve.length);
        const auto after = std::ranges::upper_bound(curve.points, at, {}, &Point::at);
        auto now = after == curve.points.begin() ? curve.points.end() - 1 : after - 1;
        made = now->values;
        made.state = GpuState::Busy;
        // The mean of the curve's last minute, weighted by how long each value held; of a record that has just begun, what there is of it, be it an instant: who looks
        // but once has no minute to wait.
        double sum = 0, known = 0, until = at, left = std::clamp(player.offset + t, 1e-3, 60.0);
        for (std::size_t steps = 0; left > 0 && steps <= 2 * curve.points.size(); ++steps) {
            const double held = std::min(left, until - now->at > 0 ? until - now->at : left);
            if (now->utilisation >= 0) {
                sum += held * static_cast<double>(now->utilisation);
                known += held;
            }
            left -= held;
            if (now == curve.points.begin()) {
                now = curve.points.end() - 1;
                until = curve.length;
            } else {
                until = now->at;
                --now;
            }
        }
        if (known > 0 && sum / known < 5)
            made.state = GpuState::Idle;
        return made;
    }

    void Replay::advance(Time now)
    {
        const double t = std::max(0.0, std::chrono::duration<double>(now - m_options.start).count() * m_options.speed);
        const auto lost = lostNodes(t);
        const auto& inventory = *m_picture.inventory;
        std::vector<bool> usable(m_players.size());
        for (std::uint32_t n = 0; n < inventory.nodes.size(); ++n)
            for (std::uint32_t row = m_firstRow[n]; row < m_firstRow[n] + inventory.nodes[n].gpus; ++row)
                usable[row] = !lost[n];
        // A GPU that starts a replica plays on the curve of one that ended.
        std::vector<std::vector<Player>> ended(inventory.workloads.size());
        for (const auto& [row, before, after] : m_placement->advance(usable)) {
            if (after == noWorkload)
                ended[before].push_back(std::exchange(m_players[row], {}));
            else if (!ended[after].empty()) {
                m_players[row] = ended[after].back();
                ended[after].pop_back();
            } else if (const auto like = std::ranges::find(m_workloadOfRow, after); like != m_workloadOfRow.end())
                m_players[row] = m_players[static_cast<std::size_t>(like - m_workloadOfRow.begin())];
        }
        m_workloadOfRow = m_placement->workloadOfRow();
        for (std::uint32_t row = 0; row < m_players.size(); ++row) {
            GpuSample made;
            if (usable[row])
                made = sample(m_players[row], t);
            made.workload = m_workloadOfRow[row];
            if (usable[row] && made.workload == noWorkload)
                made.state = GpuState::Free;
            m_picture.columns.set(row, made);
        }
        m_picture.demand.clear();
        for (std::uint16_t w = 0; w < inventory.workloads.size(); ++w) {
            WorkloadDemand demand { .workload = inventory.workloads[w],
                .requestsPerSecond = {},
                .gpusNeeded = m_placement->wanted(w),
                .gpusUnmet = m_placement->unmet(w) };
            if (const auto& points = m_demand[w]; !points.empty()) {
                const double length = points.back().at + 600;
                const auto after = std::ranges::upper_bound(points, std::fmod(t, length), {}, &DemandPoint::at);
                demand.requestsPerSecond = (after == points.begin() ? points.back() : *(after - 1)).requests;
            }
            m_picture.demand.push_back(std::move(demand));
        }
        m_picture.observed = now;
    }

    void Replay::place(const std::string& workload, const std::vector<Scope>& scopes, const Weights& weights)
    {
        const auto& all = m_picture.inventory->workloads;
        const auto found = std::ranges::find(all, workload);
        if (found != all.end())
            m_placement->place(static_cast<std::uint16_t>(found - all.begin()), scopes, weights);
    }

} // namespace

Result<std::unique_ptr<World>> openReplay(const ReplayOptions& options)
{
    auto replay = std::make_unique<Replay>(options);
    if (auto loaded = replay->load(); !loaded)
        return std::unexpected(loaded.error());
    return replay;
}

} // namespace penstock
