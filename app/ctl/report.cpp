// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <sstream>

#include "output.h"

namespace penstock {

namespace {

    const char* text(Connection connection)
    {
        switch (connection) {
        case Connection::Connecting: return "connecting";
        case Connection::Live: return "live";
        case Connection::Failing: return "failing";
        case Connection::Stopped: return "stopped";
        }
        return "";
    }

    const char* text(BackendReading::Condition condition)
    {
        switch (condition) {
        case BackendReading::Condition::Up: return "up";
        case BackendReading::Condition::Warming: return "warming";
        case BackendReading::Condition::Draining: return "draining";
        case BackendReading::Condition::Maintenance: return "maintenance";
        case BackendReading::Condition::Down: return "down";
        }
        return "";
    }

    std::string answeredText(const FailingTarget& it, Time now)
    {
        return it.answered ? "last answered " + std::to_string(std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(now - *it.answered).count())) + " s ago" : "never answered";
    }

    /// Those that fail alike below what fails them.
    std::string failingText(const EndpointStatus& endpoint, Time now)
    {
        std::string made;
        for (const auto& group : groupsOf(endpoint.failing)) {
            made += endpoint.name + ": " + std::to_string(group.targets.size()) + (group.targets.size() == 1 ? " target" : " targets") + ": " + group.what + (group.hint.empty() ? "" : " (" + group.hint + ")") + '\n';
            for (const auto* it : group.targets)
                made += "  " + it->address + "  " + answeredText(*it, now) + '\n';
        }
        return made;
    }

    Json failingJson(const EndpointStatus& endpoint, Time now)
    {
        Json made = Json::array();
        for (const auto& group : groupsOf(endpoint.failing))
            for (const auto* it : group.targets)
                made.push_back({ { "address", it->address }, { "error", group.what }, { "what_to_do", group.hint.empty() ? Json(nullptr) : Json(group.hint) },
                    { "last_answer", it->answered ? Json(stamp(*it->answered)) : Json(nullptr) }, { "age_s", it->answered ? Json(rounded(std::max(0.0, std::chrono::duration<double>(now - *it->answered).count()), 1)) : Json(nullptr) } });
        return made;
    }

} // namespace

std::string fleetReport(const Snapshot& snapshot, const std::vector<Dimension>& by,
    const std::vector<std::string>& partial, OutputFormat format, bool oneLine)
{
    constexpr std::array names { "provider", "region", "cluster", "model", "workload", "state" };
    Json rows = Json::array();
    for (const auto& group : snapshot.rollup(by)) {
        Json row = Json::object();
        for (std::size_t i = 0; i < by.size(); ++i)
            row[names[static_cast<std::size_t>(by[i])]] = group.keys[i].empty() ? Json(nullptr) : Json(group.keys[i]);
        const auto& tally = group.tally;
        row["gpus"] = tally.gpus;
        row["nodes"] = tally.nodes ? Json(tally.nodes) : Json(nullptr);
        for (const auto state : gpuStatesInOrder)
            row[std::string(name(state))] = tally.count(state);
        row["utilisation_mean_pct"] = number(tally.utilisation.mean(), 1);
        for (const auto& [key, share] : { std::pair { "utilisation_p50_pct", 0.5 }, std::pair { "utilisation_p95_pct", 0.95 }, std::pair { "utilisation_p99_pct", 0.99 } }) {
            const auto quantile = tally.utilisationQuantile(share);
            row[key] = quantile ? Json(*quantile) : Json(nullptr);
        }
        row["memory_used_gib"] = tally.memory.known ? Json(rounded(static_cast<double>(tally.memory.sum) / 1024, 1)) : Json(nullptr);
        row["memory_total_gib"] = tally.memoryTotal ? Json(rounded(static_cast<double>(tally.memoryTotal) / 1024, 1)) : Json(nullptr);
        row["power_w"] = tally.power.known ? Json(rounded(static_cast<double>(tally.power.sum) / 10, 1)) : Json(nullptr);
        row["temperature_max_c"] = tally.temperature.known ? Json(tally.temperature.greatest) : Json(nullptr);
        row["age_s"] = group.oldest
            ? Json(rounded(std::max(0.0, std::chrono::duration<double>(snapshot.asOf() - *group.oldest).count()), 1))
            : Json(nullptr);
        rows.push_back(std::move(row));
    }
    if (format == OutputFormat::JsonText) {
        Json object { { "schema", "penstock.fleet/1" }, { "as_of", stamp(snapshot.asOf()) }, { "simulated", snapshot.simulated() },
            { "partial", partial }, { "rows", rows } };
        return object.dump(oneLine ? -1 : 2) + "\n";
    }
    if (format == OutputFormat::Csv) {
        // One row a time and key.
        Json timed = Json::array();
        for (const auto& row : rows) {
            Json line { { "as_of", stamp(snapshot.asOf()) } };
            line.update(row);
            timed.push_back(std::move(line));
        }
        return csv(timed);
    }
    std::vector<std::pair<std::string, std::string>> columns;
    for (const auto dimension : by)
        columns.emplace_back(names[static_cast<std::size_t>(dimension)], names[static_cast<std::size_t>(dimension)]);
    for (const auto& [key, title] : { std::pair { "gpus", "GPUs" }, std::pair { "nodes", "nodes" }, std::pair { "busy", "busy" },
             std::pair { "idle", "idle" }, std::pair { "free", "free" }, std::pair { "draining", "draining" },
             std::pair { "unhealthy", "unhealthy" }, std::pair { "unknown", "unknown" },
             std::pair { "utilisation_mean_pct", "util %" }, std::pair { "utilisation_p95_pct", "p95 %" },
             std::pair { "power_w", "power W" }, std::pair { "age_s", "age s" } })
        columns.emplace_back(key, title);
    return headOf(snapshot.simulated(), partial) + table(rows, columns);
}

static Json textOrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

std::string nodesReport(const Snapshot& snapshot, const Scope& scope, std::size_t limit, const std::vector<std::string>& partial, OutputFormat format)
{
    const auto& shape = snapshot.structure();
    Json rows = Json::array();
    std::size_t matching = 0;
    for (std::size_t n = 0; n < shape.nodes.size(); ++n) {
        const auto& node = shape.nodes[n];
        const auto& cluster = shape.clusters[node.cluster];
        const auto& provider = shape.providerOf(cluster).name;
        const auto& region = shape.regions[cluster.region].name;
        const auto fits = [](const std::string& wanted, const std::string& is) { return wanted.empty() || wanted == is; };
        if (!fits(scope.provider, provider) || !fits(scope.region, region) || !fits(scope.cluster, cluster.name) || !fits(scope.node, node.name))
            continue;
        if (++matching > limit && limit > 0)
            continue;
        const auto tally = snapshot.nodeTally(n);
        Json row { { "provider", provider }, { "region", region }, { "cluster", cluster.name }, { "node", node.name }, { "zone", textOrNull(shape.zones[node.zone]) }, { "instance_type", textOrNull(node.instanceType) }, { "model", shape.models[node.model] }, { "gpus", node.gpus } };
        row["schedulable"] = node.schedulable ? Json(*node.schedulable) : Json(nullptr);
        row["memory_total_gib"] = tally.memoryTotal ? number(static_cast<double>(tally.memoryTotal) / 1024, 1) : Json(nullptr);
        for (const auto state : gpuStatesInOrder)
            row[std::string(name(state))] = tally.count(state);
        row["utilisation_mean_pct"] = number(tally.utilisation.mean(), 1);
        row["memory_used_gib"] = tally.memory.known ? number(static_cast<double>(tally.memory.sum) / 1024, 1) : Json(nullptr);
        rows.push_back(std::move(row));
    }
    if (format == OutputFormat::JsonText)
        return Json { { "schema", "penstock.nodes/1" }, { "as_of", stamp(snapshot.asOf()) }, { "simulated", snapshot.simulated() }, { "partial", partial }, { "matching", matching }, { "rows", rows } }.dump(2) + "\n";
    if (format == OutputFormat::Csv)
        return csv(rows);
    return headOf(snapshot.simulated(), partial) + table(rows, { { "provider", "provider" }, { "region", "region" }, { "cluster", "cluster" }, { "node", "node" }, { "zone", "zone" }, { "instance_type", "type" }, { "model", "model" }, { "gpus", "GPUs" }, { "schedulable", "schedulable" }, { "memory_total_gib", "memory GiB" },
                                                                 { "busy", "busy" }, { "idle", "idle" }, { "free", "free" }, { "draining", "draining" }, { "unhealthy", "unhealthy" }, { "unknown", "unknown" }, { "utilisation_mean_pct", "util %" } })
        + std::to_string(rows.size()) + " rows of " + std::to_string(matching) + "\n";
}

std::string gpusReport(const Snapshot& snapshot, const std::vector<GpuPlace>& gpus, std::uint64_t matching,
    const std::vector<std::string>& partial, OutputFormat format)
{
    const auto& shape = snapshot.structure();
    Json rows = Json::array();
    for (const auto& place : gpus) {
        const auto& node = shape.nodes[place.node];
        const auto& cluster = shape.clusters[node.cluster];
        const auto sample = snapshot.gpu(node, place.gpu);
        const bool known = sample.state != GpuState::Unknown;
        const auto value = [&](auto measured, auto unknownValue, double divisor, int digits) { return known && measured != unknownValue ? digits == 0 ? whole(measured / divisor) : Json(rounded(measured / divisor, digits)) : Json(nullptr); };
        const auto since = snapshot.picture(node.cluster).rows->since[node.firstRow - cluster.firstRow + place.gpu];
        const auto age = std::chrono::duration<double>(snapshot.asOf() - Time(std::chrono::seconds(since))).count();
        rows.push_back({ { "provider", shape.providerOf(cluster).name }, { "region", shape.regions[cluster.region].name }, { "cluster", cluster.name }, { "node", node.name },
            { "gpu", node.numberOf(place.gpu) }, { "uuid", textOrNull(node.uuidOf(place.gpu)) }, { "model", shape.models[node.model] }, { "state", name(sample.state) },
            { "workload", sample.workload == noWorkload ? Json(nullptr) : Json(snapshot.workloads()[sample.workload]) },
            { "health", known && !name(sample.health).empty() ? Json(name(sample.health)) : Json(nullptr) },
            { "utilisation_pct", value(sample.utilisation, unknown::utilisation, 1, 0) }, { "memory_used_gib", value(sample.memoryUsed, unknown::memory, 1024, 1) },
            { "power_w", value(sample.power, unknown::power, 10, 1) }, { "temperature_c", value(sample.temperature, unknown::temperature, 1, 0) },
            { "state_age_s", snapshot.isStale(node.cluster) ? Json(nullptr) : whole(std::max(0.0, age)) } });
    }
    if (format == OutputFormat::JsonText)
        return Json { { "schema", "penstock.gpus/1" }, { "as_of", stamp(snapshot.asOf()) }, { "simulated", snapshot.simulated() }, { "partial", partial },
            { "matching", matching }, { "rows", rows } }.dump(2) + "\n";
    if (format == OutputFormat::Csv)
        return csv(rows);
    const auto text = table(rows, { { "provider", "provider" }, { "region", "region" }, { "cluster", "cluster" }, { "node", "node" }, { "gpu", "GPU" }, { "model", "model" }, { "state", "state" },
                                      { "workload", "workload" }, { "health", "health" }, { "utilisation_pct", "util %" }, { "memory_used_gib", "memory GiB" }, { "power_w", "power W" },
                                      { "temperature_c", "temp C" }, { "state_age_s", "in state s" } });
    return headOf(snapshot.simulated(), partial) + text + std::to_string(gpus.size()) + " of " + std::to_string(matching) + " GPUs\n";
}

std::string demandReport(const Snapshot& snapshot, const std::vector<std::string>& partial, OutputFormat format)
{
    Json rows = Json::array();
    const auto add = [&rows](const std::string& workload, const ServiceLevel& level, const WorkloadDemand* demand) {
        Json row { { "workload", workload } };
        for (const auto& [key, value] : { std::pair("provider", &level.provider), std::pair("region", &level.region), std::pair("cluster", &level.cluster) })
            row[key] = value->empty() ? Json(nullptr) : Json(*value);
        row["gpus_needed"] = demand ? Json(demand->gpusNeeded) : Json(nullptr);
        row["gpus_unmet"] = demand ? Json(demand->gpusUnmet) : Json(nullptr);
        std::string why;
        for (const auto& [reason, gpus] : demand ? demand->unmetWhy : std::map<std::string, std::uint32_t>())
            why += (why.empty() ? "" : ", ") + reason + " " + std::to_string(gpus);
        row["unmet_why"] = why.empty() ? Json(nullptr) : Json(why);
        row["running"] = number(level.running, 0);
        row["waiting"] = number(level.waiting, 0);
        row["kv_use_pct"] = number(level.kvUse ? std::optional(*level.kvUse * 100) : std::nullopt, 1);
        row["first_token_p50_ms"] = number(level.firstToken.quantile(0.5), 0);
        row["first_token_p99_ms"] = number(level.firstToken.quantile(0.99), 0);
        row["latency_p50_ms"] = number(level.latency.quantile(0.5), 0);
        row["latency_p99_ms"] = number(level.latency.quantile(0.99), 0);
        row["requests_per_s"] = number(level.requestsPerSecond ? level.requestsPerSecond : demand ? demand->requestsPerSecond : std::nullopt, 2);
        row["error_pct"] = number(level.errorRate() ? std::optional(*level.errorRate() * 100) : std::nullopt, 2);
        rows.push_back(std::move(row));
    };
    std::map<std::string, const WorkloadDemand*> workloads;
    for (const auto& it : snapshot.demand())
        workloads[it.workload] = &it;
    for (const auto& it : snapshot.service())
        workloads.try_emplace(it.workload, nullptr);
    for (const auto& [workload, demand] : workloads) {
        auto all = snapshot.service(workload, {}).value_or(ServiceLevel {});
        all.provider = all.region = all.cluster = {};
        add(workload, all, demand);
        for (const auto& it : snapshot.service())
            if (it.workload == workload)
                add(workload, it, nullptr);
    }
    if (format == OutputFormat::JsonText)
        return Json { { "schema", "penstock.demand/1" }, { "as_of", stamp(snapshot.asOf()) }, { "simulated", snapshot.simulated() }, { "partial", partial }, { "rows", rows } }.dump(2) + "\n";
    if (format == OutputFormat::Csv)
        return csv(rows);
    return headOf(snapshot.simulated(), partial) + table(rows, { { "workload", "workload" }, { "cluster", "cluster" }, { "gpus_needed", "GPUs needed" }, { "gpus_unmet", "unmet" }, { "running", "running" }, { "waiting", "waiting" }, { "kv_use_pct", "KV %" },
                           { "first_token_p50_ms", "TTFT p50 ms" }, { "first_token_p99_ms", "p99 ms" }, { "latency_p50_ms", "latency p50 ms" }, { "latency_p99_ms", "p99 ms" }, { "requests_per_s", "requests/s" }, { "error_pct", "errors %" },
                           { "unmet_why", "why unmet" } });
}

std::string unhealthyReport(const Snapshot& snapshot, const Troubles& found, const std::vector<std::string>& partial, OutputFormat format)
{
    const auto& shape = snapshot.structure();
    const auto time = [](std::optional<Time> at) { return at ? Json(stamp(*at)) : Json(nullptr); };
    Json rows = Json::array();
    for (const auto& it : found.list) {
        const auto& node = shape.nodes[it.place.node];
        const auto& cluster = shape.clusters[node.cluster];
        const auto reason = reasonOf(it);
        rows.push_back({ { "provider", shape.providerOf(cluster).name }, { "region", shape.regions[cluster.region].name }, { "cluster", cluster.name }, { "node", it.wholeCluster ? Json(nullptr) : Json(node.name) },
            { "gpu", it.wholeCluster ? Json(nullptr) : Json(node.numberOf(it.place.gpu)) }, { "uuid", it.wholeCluster ? Json(nullptr) : textOrNull(node.uuidOf(it.place.gpu)) }, { "gpus", it.gpus }, { "model", it.wholeCluster ? Json(nullptr) : Json(shape.models[node.model]) }, { "state", name(it.state) },
            { "xid", reason.xid ? Json(reason.xid) : Json(nullptr) }, { "reason", std::string(reason.what) + (reason.silent ? "; silent now" : "") }, { "action", reason.action.empty() ? Json(nullptr) : Json(reason.action) },
            { "workload", it.workload == noWorkload ? Json(nullptr) : Json(snapshot.workloads()[it.workload]) }, { "first_seen", time(it.firstSeen) }, { "last_seen", time(it.lastSeen) } });
    }
    if (format == OutputFormat::JsonText)
        return Json { { "schema", "penstock.unhealthy-gpus/1" }, { "as_of", stamp(snapshot.asOf()) }, { "simulated", snapshot.simulated() }, { "partial", partial },
            { "matching_gpus", found.gpus }, { "rows", rows } }.dump(2) + "\n";
    if (format == OutputFormat::Csv)
        return csv(rows);
    const auto text = table(rows, { { "xid", "XID" }, { "reason", "reason" }, { "action", "what to do" }, { "provider", "provider" }, { "region", "region" }, { "cluster", "cluster" }, { "node", "node" }, { "gpu", "GPU" }, { "gpus", "GPUs" },
                                      { "workload", "workload" }, { "first_seen", "first seen" }, { "last_seen", "last seen" }, { "uuid", "UUID" } });
    return headOf(snapshot.simulated(), partial) + text + std::to_string(rows.size()) + " rows of " + std::to_string(rows.size() + found.left) + ", " + std::to_string(found.gpus) + " GPUs that need a look"
        + (partial.empty() ? "\n" : "; of what does not answer nothing is known\n");
}

/// What a person should know of a route before it is shifted, a sentence each.
static std::vector<std::string> remarksOn(const RouteView& view)
{
    if (!view.reading)
        return {};
    std::vector<std::string> said;
    std::string pending = view.reading->pending;
    if (!pending.empty())
        said.push_back("waits: " + std::move(pending));
    said.insert(said.end(), view.reading->warnings.begin(), view.reading->warnings.end());
    if (const auto& forgotten = view.reading->forgotten; !forgotten.empty()) {
        std::string split;
        for (std::size_t b = 0; b < std::min(forgotten.size(), view.route.backends.size()); ++b)
            split += (b ? "," : "") + view.route.backends[b].name + '=' + fixedText(forgotten[b], 1);
        said.push_back("`penstockctl shift " + view.route.name + " --to " + split + "` sets again what was undone");
    }
    for (const auto& it : view.reading->backends) {
        if (it.takesNothing() && it.accepted > 0.05)
            said.push_back(it.name + " takes no requests" + (it.note.empty() ? "" : " (" + it.note + ")") + ": the others carry its " + fixedText(it.accepted, 1) + " %");
    }
    return said;
}

std::string routesReport(const std::vector<RouteView>& routes, OutputFormat format)
{
    Json rows = Json::array();
    for (const auto& view : routes)
        for (std::size_t i = 0; i < view.route.backends.size(); ++i) {
            Json row { { "route", view.route.name }, { "workload", view.route.workload }, { "router", view.route.router.kind() },
                { "backend", view.route.backends[i].name } };
            const bool read = view.reading && i < view.reading->backends.size();
            const auto desired = desiredShare(view, i);
            row["desired_pct"] = number(desired, 1);
            row["accepted_pct"] = read ? number(view.reading->backends[i].accepted, 1) : Json(nullptr);
            row["observed_pct"] = read ? number(view.reading->backends[i].observed, 1) : Json(nullptr);
            row["condition"] = read ? Json(text(view.reading->backends[i].condition)) : Json(nullptr);
            row["note"] = read && !view.reading->backends[i].note.empty() ? Json(view.reading->backends[i].note) : Json(nullptr);
            row["effective_pct"] = read ? number(view.reading->backends[i].effective, 1) : Json(nullptr);
            const auto guard = [&](const std::optional<Measured> GuardReading::* which, int decimals) {
                const auto* it = read && view.reading->backends[i].guards.*which ? &*(view.reading->backends[i].guards.*which) : nullptr;
                return it ? number(std::optional(it->value), decimals) : Json(nullptr);
            };
            row["error_rate"] = guard(&GuardReading::errorRate, 4);
            row["errors_pct"] = read && view.reading->backends[i].guards.errorRate ? number(100 * view.reading->backends[i].guards.errorRate->value, 1) : Json(nullptr);
            row["latency_mean_ms"] = guard(&GuardReading::latencyMean, 1);
            row["latency_p99_ms"] = guard(&GuardReading::latencyP99, 1);
            row["queue"] = guard(&GuardReading::queue, 0);
            row["pending"] = read && !view.reading->pending.empty() ? Json(view.reading->pending) : Json(nullptr);
            std::string warnings;
            for (const auto& warning : read ? view.reading->warnings : std::vector<std::string>())
                warnings += (warnings.empty() ? "" : "; ") + warning;
            row["warnings"] = warnings.empty() ? Json(nullptr) : Json(warnings);
            const bool isOff = read && desired && view.shift && view.shift->phase == ShiftPhase::Paused && std::abs(*desired - view.reading->backends[i].accepted) > 1;
            row["drift"] = read && !view.reading->drift.empty() ? Json(view.reading->drift) : isOff ? Json("not as " + view.shift->plan.id + " set it") : Json(nullptr);
            row["error"] = view.error ? Json(view.error->text()) : Json(nullptr);
            rows.push_back(std::move(row));
        }
    if (format == OutputFormat::JsonText)
        return Json { { "schema", "penstock.routes/1" }, { "as_of", stamp(wallClock()) }, { "rows", rows } }.dump(2) + "\n";
    if (format == OutputFormat::Csv)
        return csv(rows);
    auto made = table(rows, { { "route", "route" }, { "router", "router" }, { "backend", "backend" }, { "desired_pct", "desired %" },
                           { "accepted_pct", "accepted %" }, { "observed_pct", "observed %" }, { "errors_pct", "errors %" }, { "condition", "condition" },
                           { "drift", "drift" }, { "error", "error" } });
    for (const auto& view : routes)
        for (const auto& said : remarksOn(view))
            made += view.route.name + ": " + said + "\n";
    return made;
}

std::string endpointsReport(const std::vector<EndpointStatus>& endpoints, OutputFormat format)
{
    Json rows = Json::array();
    const auto now = wallClock();
    for (const auto& it : endpoints) {
        Json row { { "endpoint", it.name }, { "kind", it.kind }, { "state", it.stale ? "stale" : it.connection == Connection::Live && it.partial ? "partial" : text(it.connection) } };
        row["version"] = it.version.empty() ? Json(nullptr) : Json(it.version);
        if (format == OutputFormat::JsonText) {
            row["missing"] = it.missing;
            row["failing_targets"] = failingJson(it, now);
        }
        row["gpus"] = it.hasTold() ? Json(it.gpus) : Json(nullptr);
        row["schedulable"] = it.schedulable ? Json(*it.schedulable) : Json(nullptr);
        row["simulated"] = it.simulated;
        row["age_s"] = it.observed ? Json(rounded(std::max(0.0, std::chrono::duration<double>(now - *it.observed).count()), 1)) : Json(nullptr);
        row["series"] = it.series ? Json(it.series) : Json(nullptr);
        // Two readings make a rate, and one may be all that there was time for.
        row["samples_per_s"] = it.samplesPerSecond > 0 ? Json(rounded(it.samplesPerSecond, 1)) : Json(nullptr);
        row["errors_last_hour"] = it.errorsLastHour;
        row["refused_frames"] = it.refusedFrames;
        row["error"] = it.partial ? Json(it.partial->text()) : it.error && it.connection != Connection::Live ? Json(it.error->text())
            : it.connection == Connection::Connecting ? Json("no answer yet (does it hang? wait longer: --timeout 60s)") : Json(nullptr);
        rows.push_back(std::move(row));
    }
    if (format == OutputFormat::JsonText)
        return Json { { "schema", "penstock.endpoints/1" }, { "as_of", stamp(now) }, { "rows", rows } }.dump(2) + "\n";
    if (format == OutputFormat::Csv)
        return csv(rows);
    auto made = table(rows, { { "endpoint", "endpoint" }, { "kind", "kind" }, { "state", "state" }, { "version", "version" },
                                { "gpus", "GPUs" }, { "schedulable", "schedulable" }, { "age_s", "age s" }, { "series", "series" }, { "samples_per_s", "GPUs read/s" },
                                { "errors_last_hour", "errors/h" }, { "error", "error" } });
    for (const auto& it : endpoints)
        for (const auto& one : it.missing)
            made += it.name + " lacks " + one + '\n';
    for (const auto& it : endpoints)
        made += failingText(it, now);
    return made;
}

std::string coverageReport(const Snapshot& snapshot)
{
    const auto& total = snapshot.total();
    const auto& shape = snapshot.structure();
    std::string made = "measured:";
    for (const auto& [what, measure] : { std::pair("utilisation", &total.utilisation), std::pair("memory", &total.memory), std::pair("power", &total.power), std::pair("temperature", &total.temperature) })
        made += std::string(made.ends_with(':') ? " " : ", ") + what + " of " + std::to_string(measure->known) + " of " + std::to_string(total.gpus) + " GPUs";
    made += "\nmodels:";
    for (std::size_t m = 0; m < shape.models.size(); ++m)
        made += std::string(m == 0 ? " " : ", ") + std::to_string(snapshot.modelTally(m).gpus) + " x " + shape.models[m];
    return made + '\n';
}

std::string historyReport(const std::string& endpoint, const EndpointHistory& history, OutputFormat format)
{
    Json rows = Json::array();
    for (const auto& [at, values] : history.rows) {
        Json row { { "at", stamp(at) } };
        for (std::size_t i = 0; i < values.size(); ++i)
            row[history.figures[i]] = number(values[i], 1);
        rows.push_back(std::move(row));
    }
    if (format == OutputFormat::JsonText)
        return Json { { "schema", "penstock.endpoint-history/1" }, { "as_of", stamp(wallClock()) }, { "endpoint", endpoint }, { "partial", history.warnings }, { "rows", rows } }.dump(2) + "\n";
    if (format == OutputFormat::Csv)
        return csv(rows);
    std::vector<std::pair<std::string, std::string>> columns { { "at", "at" } };
    for (const auto& it : history.figures)
        columns.emplace_back(it, it);
    return table(rows, columns);
}

} // namespace penstock
