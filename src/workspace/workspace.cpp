// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "workspace/workspace.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <tuple>

#include "readcatalogue.h"
#include "readrouter.h"
#include "readsignin.h"
#include "rules.h"
#include "table/table.h"
#include "workspace/catalogue.h"

namespace penstock {

namespace {

    const std::vector<std::pair<std::string, std::string>> builtInProviders { { "azure", "Microsoft Azure" },
        { "gcp", "Google Cloud" }, { "aws", "Amazon Web Services" }, { "coreweave", "CoreWeave" },
        { "oci", "Oracle Cloud Infrastructure" } };

    /// Prefixes of the region names of the big clouds, compiled from their public lists.
    const std::map<std::string, std::vector<std::string>> builtInRegions {
        { "us", { "eastus", "westus", "centralus", "northcentralus", "southcentralus", "westcentralus", "us-", "RNO", "ORD", "LGA", "LAS" } },
        { "eu", { "westeurope", "northeurope", "swedencentral", "francecentral", "germanywestcentral", "italynorth", "polandcentral", "spaincentral", "europe-west1", "europe-west3", "europe-west4", "europe-west8", "europe-west9", "europe-north", "europe-central", "europe-southwest", "eu-west-1", "eu-west-3", "eu-central-1", "eu-north", "eu-south", "eu-frankfurt", "eu-amsterdam", "eu-paris", "eu-stockholm", "eu-milan", "eu-madrid" } },
        { "uk", { "uksouth", "ukwest", "europe-west2", "eu-west-2", "uk-" } },
        { "asia", { "eastasia", "southeastasia", "japan", "korea", "centralindia", "southindia", "asia-", "ap-" } },
    };

    class Reader
    {
    public:
        Reader(const std::string& path, Errors& errors) : m_path(path), m_errors(errors) {}
        Workspace read(const toml::table& table);

    private:
        [[nodiscard]] std::string absolute(const std::string& path) const
        {
            if (path.empty() || std::filesystem::path(path).is_absolute())
                return path;
            return (std::filesystem::absolute(m_path).parent_path() / path).lexically_normal().string();
        }
        void unique(Table& table, std::set<std::string>& names, const std::string& name, std::string_view what, std::string_view key)
        {
            if (!name.empty() && !names.insert(name).second)
                table.error(table.at(key), std::string(what) + " '" + name + "' stands here a second time", "give it a name of its own");
        }
        void readEndpoint(Table& it);
        void readWorkload(Table& it);
        void readRoute(Table& it);
        [[nodiscard]] std::vector<std::string> providerIds() const
        {
            std::vector<std::string> ids;
            for (const auto& [id, name] : builtInProviders)
                ids.push_back(id);
            for (const auto& provider : m_made.providers)
                if (std::ranges::find(ids, provider.id) == ids.end())
                    ids.push_back(provider.id);
            return ids;
        }

        const std::string& m_path;
        Errors& m_errors;
        Workspace m_made;
        std::vector<std::pair<toml::source_region, std::string>> m_reservedFor; ///< the file names workloads after providers
        std::set<std::string> m_endpointNames, m_workloadNames, m_routeNames, m_providerIds, m_scenarioNames;
    };

    void Reader::readEndpoint(Table& it)
    {
        Endpoint endpoint { .name = it.text("name", true),
            .kind = it.text("kind", true),
            .url = it.text("url"),
            .token = readReference(it, "token", [this](const std::string& path) { return absolute(path); }),
            .ca = absolute(it.text("ca")),
            .path = absolute(it.text("path")),
            .provider = it.text("provider"),
            .region = it.text("region"),
            .cluster = it.text("cluster"),
            .targets = it.texts("targets"),
            .targetsFrom = {},
            .metrics = it.texts("metrics"),
            .user = it.text("user"),
            .tenant = it.text("tenant"),
            .context = it.text("context"),
            .aggregateAbove = static_cast<std::uint64_t>(it.number("aggregate_above", static_cast<double>(defaultAggregateAbove), 0, 1e9)),
            .prometheus = it.text("prometheus") };
        it.table("targets_from", [&](Table& from) {
            endpoint.targetsFrom = ClusterService { .kubeconfig = absolute(from.text("kubeconfig")), .context = from.text("context"), .nameSpace = from.text("namespace", true), .service = from.text("service", true),
                .port = static_cast<int>(from.number("port", 0, 1, 65'535)) };
            if (endpoint.kind != "dcgm")
                it.error(it.at("targets_from"), "targets_from is of kind dcgm", "remove it, or write kind = \"dcgm\"");
        });
        unique(it, m_endpointNames, endpoint.name, "endpoint", "name");
        it.choose("kind", endpoint.kind, { "agent", "prometheus", "dcgm", "kubernetes", "slurm", "replay", "simulate" }, "endpoint kind");
        const auto refuseCredentials = [&](std::string_view key, const std::string& url) {
            if (holdsCredentials(url))
                it.error(it.at(key), "an address holds a user or a password, which would be shown wherever it is", "leave them out, and write user = \"NAME\" and token = \"file:PATH\"");
        };
        refuseCredentials("url", endpoint.url);
        refuseCredentials("prometheus", endpoint.prometheus);
        for (const auto& target : endpoint.targets)
            refuseCredentials("targets", target);
        for (const auto& server : endpoint.metrics)
            refuseCredentials("metrics", server);
        if (endpoint.kind == "replay" || endpoint.kind == "simulate") {
            if (endpoint.path.empty())
                it.error(it.raw().source(), "path is missing", endpoint.kind == "replay" ? "name the replay directory" : "name the specification");
        } else if (endpoint.kind == "dcgm") {
            if (!endpoint.url.empty())
                endpoint.targets.insert(endpoint.targets.begin(), endpoint.url);
            if (endpoint.targets.empty() && !it.raw().contains("targets_from"))
                it.error(it.raw().source(), "no exporter is named", "add targets = [\"http://HOST:9400\", ...], or targets_from = { namespace = \"...\", service = \"...\" }");
            for (const auto& [key, list, instead] : { std::tuple("targets", &endpoint.targets, "http://HOST:9400"), std::tuple("metrics", &endpoint.metrics, "http://HOST:8000") })
                for (const auto& target : *list)
                    if (!target.starts_with("http://") && !target.starts_with("https://"))
                        it.error(it.at(key), "'" + target + "' is no exporter's address", std::string("write ") + instead);
            for (const auto& [key, value] : { std::pair("provider", &endpoint.provider), std::pair("region", &endpoint.region) })
                if (value->empty())
                    it.error(it.raw().source(), std::string(key) + " is missing", "an exporter does not tell where it is: add " + std::string(key) + " = \"...\"");
            if (endpoint.cluster.empty())
                endpoint.cluster = endpoint.name;
        } else if (endpoint.kind == "prometheus" && !endpoint.url.empty()) {
            if (!endpoint.url.starts_with("http://") && !endpoint.url.starts_with("https://"))
                it.error(it.at("url"), "'" + endpoint.url + "' is no store's address", "write https://HOST, without /api/v1");
            if (endpoint.cluster.empty())
                endpoint.cluster = endpoint.name;
        } else if (endpoint.kind == "kubernetes") {
            if (!endpoint.url.empty())
                it.error(it.at("url"), "the address of a kubernetes endpoint stands in its kubeconfig", "write path = \"...\" and context = \"...\" instead of url");
            if (!endpoint.prometheus.empty() && !endpoint.prometheus.starts_with("http://") && !endpoint.prometheus.starts_with("https://"))
                it.error(it.at("prometheus"), "'" + endpoint.prometheus + "' is no store's address", "write https://HOST, without /api/v1");
            if (endpoint.cluster.empty())
                endpoint.cluster = endpoint.name;
        } else if (endpoint.kind == "slurm" && !endpoint.url.empty()) {
            if (!endpoint.url.starts_with("http://") && !endpoint.url.starts_with("https://"))
                it.error(it.at("url"), "'" + endpoint.url + "' is no slurmrestd's address", "write https://HOST, without /slurm");
            else if (const auto host = std::string_view(endpoint.url).substr(7); endpoint.url.starts_with("http://") && !host.starts_with("127.") && !host.starts_with("localhost") && !host.starts_with("[::1]"))
                it.error(it.at("url"), "a token would be sent in plaintext", "put a proxy with TLS before slurmrestd and write https://, or bring it to 127.0.0.1 through ssh");
            for (const auto& [key, value, hint] : { std::tuple("user", &endpoint.user, "slurmrestd wants to know whose token it is"), std::tuple("token", &endpoint.token, "write env:NAME or file:PATH, of what scontrol token prints"),
                     std::tuple("provider", &endpoint.provider, "Slurm does not tell where it is"), std::tuple("region", &endpoint.region, "Slurm does not tell where it is") })
                if (value->empty())
                    it.error(it.raw().source(), std::string(key) + " is missing", std::string(hint) + ": add " + key + " = \"...\"");
        } else if (endpoint.url.empty() && !endpoint.kind.empty())
            it.error(it.raw().source(), "url is missing", endpoint.kind == "agent" ? "add url = \"grpcs://HOST:PORT\"" : "add url = \"https://...\"");
        if (endpoint.kind == "agent" && !endpoint.url.empty()) {
            const auto host = endpoint.url.substr(std::min(endpoint.url.find("//") + 2, endpoint.url.size()));
            if (endpoint.url.starts_with("grpc://")) {
                if (!host.starts_with("127.") && !host.starts_with("localhost:") && !host.starts_with("[::1]"))
                    it.error(it.at("url"), "grpc:// is plaintext and for loopback only", "write grpcs://" + host);
            } else if (!endpoint.url.starts_with("grpcs://"))
                it.error(it.at("url"), "'" + endpoint.url + "' is not an agent's address", "write grpcs://HOST:PORT");
            if (host.rfind(':') == std::string::npos)
                it.error(it.at("url"), "the address has no port", "write " + endpoint.url + ":7443");
        }
        readSignIn(it, endpoint, [this](const std::string& path) { return absolute(path); });
        m_made.endpoints.push_back(std::move(endpoint));
    }

    void Reader::readWorkload(Table& it)
    {
        Workload workload;
        workload.name = it.text("name", true);
        unique(it, m_workloadNames, workload.name, "workload", "name");
        const auto priority = it.text("priority");
        it.choose("priority", priority, { "interactive", "batch", "training" }, "priority");
        workload.priority = priority == "batch" ? Priority::Batch : priority == "training" ? Priority::Training : Priority::Interactive;
        workload.data = it.texts("data");
        workload.residency = it.texts("residency");
        std::vector<std::string> groups;
        for (const auto& [name, prefixes] : m_made.regionGroups)
            groups.push_back(name);
        for (const auto& group : workload.residency)
            it.choose("residency", group, groups, "region group");
        it.table("match", [&](Table& match) {
            for (const auto& [key, node] : match.raw()) {
                const std::string name(key.str());
                match.know(name);
                if (name != "workload" && name != "namespace" && name != "pod" && !name.starts_with("label."))
                    match.error(key.source(), "cannot match on '" + name + "'", "match on workload, namespace, pod or label.KEY");
                if (const auto value = node.value_exact<std::string>())
                    workload.match[name] = *value;
                else
                    match.error(node.source(), name + " is not a string", "write " + name + " = \"...\"");
            }
        });
        it.table("replica", [&](Table& replica) {
            workload.replicaGpus = static_cast<std::uint32_t>(replica.number("gpus", 1, 1, 100'000));
            workload.replicaModels = replica.texts("models");
        });
        it.table("slo", [&](Table& slo) {
            if (const double p99 = slo.number("p99_ms", -1, 0, 1e9); p99 >= 0)
                workload.p99 = std::chrono::milliseconds(static_cast<std::int64_t>(p99));
            if (const double rate = slo.number("error_rate", -1, 0, 1); rate >= 0)
                workload.errorRate = rate;
            if (const double queue = slo.number("queue", -1, 0, 1e9); queue >= 0)
                workload.queue = queue;
            if (const double utilisation = slo.number("utilisation", -1, 0, 1); utilisation >= 0)
                workload.utilisation = utilisation;
        });
        m_made.workloads.push_back(std::move(workload));
    }

    void Reader::readRoute(Table& it)
    {
        Route route;
        route.name = it.text("name", true);
        unique(it, m_routeNames, route.name, "route", "name");
        route.workload = it.text("workload", true);
        it.choose("workload", route.workload, { m_workloadNames.begin(), m_workloadNames.end() }, "workload");
        if (!it.raw().contains("router"))
            it.error(it.raw().source(), "router is missing", "add router = { kind = \"haproxy\", url = \"tcp://127.0.0.1:9999\", backend = \"...\" }");
        it.table("router", [&](Table& router) { route.router = readRouter(router, m_endpointNames, [this](const std::string& path) { return absolute(path); }); });
        std::set<std::string> names;
        it.tables("backends", [&](Table& backend) {
            Route::Backend made { backend.text("name", true),
                Scope { .provider = backend.text("provider"), .region = backend.text("region"), .cluster = backend.text("cluster"), .node = {} } };
            backend.choose("provider", made.scope.provider, providerIds(), "provider");
            if (made.scope == Scope {})
                backend.error(backend.raw().source(), "backend " + made.name + " stands for nothing", "add provider, region or cluster");
            unique(backend, names, made.name, "backend", "name");
            route.backends.push_back(std::move(made));
        });
        if (route.backends.empty())
            it.error(it.raw().source(), "backends is missing or empty", "add backends = [ { name = \"azure\", provider = \"azure\" }, ... ]");
        m_made.routes.push_back(std::move(route));
    }

    Workspace Reader::read(const toml::table& table)
    {
        m_made.file = m_path;
        m_made.regionGroups = builtInRegions;
        Table root(table, m_path, m_errors);
        if (!table.contains("workspace"))
            root.error(table.source(), "[workspace] is missing", "add [workspace] with name = \"...\"");
        root.table("workspace", [&](Table& it) {
            m_made.name = it.text("name", true);
            m_made.readOnly = it.flag("read_only");
            m_made.catalogueFile = absolute(it.text("catalogue"));
            m_made.listPrices = !it.raw().contains("list_prices") || it.flag("list_prices");
            it.know("list_prices");
        });
        root.table("region_group", [&](Table& it) {
            for (const auto& [key, node] : it.raw())
                m_made.regionGroups[std::string(key.str())] = it.texts(key.str());
        });
        root.tables("provider", [&](Table& it) {
            Provider provider { .id = it.text("id", true), .name = it.text("name"), .subprocessor = it.flag("subprocessor"),
                .approvedData = it.texts("approved_data"), .utilisationCap = it.number("utilisation_cap", 1, 0.01, 1), .quotas = {}, .reservations = {} };
            unique(it, m_providerIds, provider.id, "provider", "id");
            for (const auto& [id, name] : builtInProviders)
                if (id == provider.id && provider.name.empty())
                    provider.name = name;
            if (provider.name.empty())
                provider.name = provider.id;
            readLimits(it, provider);
            if (const double discount = it.number("discount", 0, 0, 1); discount > 0)
                m_made.catalogue.setDiscount(provider.id, discount);
            if (const auto* kept = it.raw().get_as<toml::array>("reservation"))
                for (const auto& entry : *kept)
                    if (const auto* reservation = entry.as_table())
                        if (const auto* workload = reservation->get("workload"); workload && workload->is_string())
                            m_reservedFor.emplace_back(workload->source(), workload->value_or(std::string()));
            m_made.providers.push_back(std::move(provider));
        });
        root.tables("endpoint", [&](Table& it) { readEndpoint(it); });
        root.tables("workload", [&](Table& it) { readWorkload(it); });
        root.tables("route", [&](Table& it) { readRoute(it); });
        root.table("policy", [&](Table& it) { readPolicy(it, m_made.policy, m_routeNames); });
        root.table("history", [&](Table& it) { readHistory(it, m_made.history); });
        root.tables("capacity", [&](Table& it) { m_made.capacity.push_back(readCapacity(it, providerIds())); });
        root.tables("scenario", [&](Table& it) {
            m_made.scenarios.push_back(readScenario(it, providerIds()));
            unique(it, m_scenarioNames, m_made.scenarios.back().name, "scenario", "name");
        });
        root.tables("price", [&](Table& it) { m_made.prices.push_back(readPrice(it, providerIds())); });
        std::map<std::string, std::string> products;
        root.tables("model", [&](Table& it) { readModel(it, m_made.catalogue, products); });
        root.tables("performance", [&](Table& it) { m_made.performance.push_back(readPerformance(it)); });
        for (const auto& [at, name] : m_reservedFor)
            if (!m_workloadNames.contains(name))
                root.error(at, "workload '" + name + "' is not known", suggestion(name, { m_workloadNames.begin(), m_workloadNames.end() }));
        root.refuseUnknown();
        return std::move(m_made);
    }

} // namespace

const Provider* Workspace::provider(std::string_view id) const
{
    const auto found = std::ranges::find(providers, id, &Provider::id);
    return found == providers.end() ? nullptr : &*found;
}

const Workload* Workspace::workload(std::string_view workloadName) const
{
    const auto found = std::ranges::find(workloads, workloadName, &Workload::name);
    return found == workloads.end() ? nullptr : &*found;
}

std::expected<Workspace, std::vector<Error>> parseWorkspace(std::string_view text, const std::string& path)
{
    Errors errors;
    try {
        const auto table = toml::parse(text, path);
        auto workspace = Reader(path, errors).read(table);
        if (errors.empty())
            return workspace;
    } catch (const toml::parse_error& error) {
        errors.push_back(syntaxError(error, path));
    }
    return std::unexpected(std::move(errors));
}

std::expected<Workspace, std::vector<Error>> loadWorkspace(const std::string& path)
{
    std::ifstream file(path);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf()))
        return std::unexpected(Errors { { Error::Kind::NotFound, "the workspace cannot be read", path, "name a workspace file, see docs/workspace.md" } });
    auto workspace = parseWorkspace(text.str(), path);
    if (!workspace || workspace->catalogueFile.empty())
        return workspace;
    auto catalogue = loadCatalogue(workspace->catalogueFile);
    if (!catalogue)
        return std::unexpected(std::move(catalogue.error()));
    catalogue->overlay(workspace->catalogue);
    workspace->catalogue = std::move(*catalogue);
    return workspace;
}

} // namespace penstock
