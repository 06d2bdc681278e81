// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "workspace/workspace.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <toml++/toml.h>

#include "base/address.h"

namespace penstock {

namespace {

    using Errors = std::vector<Error>;

    std::size_t editDistance(std::string_view a, std::string_view b)
    {
        std::vector<std::size_t> row(b.size() + 1);
        for (std::size_t j = 0; j <= b.size(); ++j)
            row[j] = j;
        for (std::size_t i = 1; i <= a.size(); ++i) {
            auto diagonal = std::exchange(row[0], i);
            for (std::size_t j = 1; j <= b.size(); ++j)
                diagonal = std::exchange(row[j], std::min({ row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]) }));
        }
        return row.back();
    }

    std::string joined(const std::vector<std::string>& words)
    {
        std::string text;
        for (const auto& word : words)
            text += (text.empty() ? "" : ", ") + word;
        return text;
    }

    /// "write X" when X is close to what was written, else the whole choice.
    std::string suggestion(std::string_view written, const std::vector<std::string>& choice)
    {
        const auto best = std::ranges::min_element(choice, {}, [&](const std::string& it) { return editDistance(written, it); });
        if (best != choice.end() && editDistance(written, *best) <= 2)
            return "write " + *best;
        return choice.empty() ? std::string("there is none yet") : "one of: " + joined(choice);
    }

    /// One table of the file: hands out typed values, collects errors, complains about keys nobody asked for.
    class Table
    {
    public:
        Table(const toml::table& table, const std::string& file, Errors& errors)
            : m_table(table), m_file(file), m_errors(errors)
        {
        }
        void error(const toml::source_region& at, std::string what, std::string hint)
        {
            m_errors.push_back({ Error::Kind::Invalid, std::move(what),
                m_file + ":" + std::to_string(at.begin.line) + ":" + std::to_string(at.begin.column), std::move(hint) });
        }
        const toml::node* find(std::string_view key)
        {
            m_known.emplace_back(key);
            return m_table.get(key);
        }
        [[nodiscard]] toml::source_region at(std::string_view key) const
        {
            const auto* node = m_table.get(key);
            return node ? node->source() : m_table.source();
        }
        std::string text(std::string_view key, bool required = false)
        {
            const auto* node = find(key);
            if (!node) {
                if (required)
                    error(m_table.source(), std::string(key) + " is missing", "add " + std::string(key) + " = \"...\"");
                return {};
            }
            const auto value = node->value_exact<std::string>();
            if (!value || value->empty()) {
                error(node->source(), std::string(key) + (value ? " is empty" : " is not a string"),
                    "write " + std::string(key) + " = \"...\"");
                return {};
            }
            return *value;
        }
        double number(std::string_view key, double otherwise, double least, double greatest)
        {
            const auto* node = find(key);
            if (!node)
                return otherwise;
            const auto value = node->value<double>();
            if (!value || !node->is_number() || !(*value >= least && *value <= greatest)) {
                std::ostringstream hint;
                hint << "write a number from " << least << " to " << greatest;
                error(node->source(), std::string(key) + (node->is_number() ? " is out of range" : " is not a number"), hint.str());
                return otherwise;
            }
            return *value;
        }
        bool flag(std::string_view key)
        {
            const auto* node = find(key);
            if (node && !node->is_boolean())
                error(node->source(), std::string(key) + " is not true or false", "write " + std::string(key) + " = true");
            return node && node->value_or(false);
        }
        std::vector<std::string> texts(std::string_view key)
        {
            std::vector<std::string> result;
            const auto* node = find(key);
            if (!node)
                return result;
            const auto* array = node->as_array();
            const auto refuse = [&](const toml::node& wrong) {
                error(wrong.source(), std::string(key) + " is not a list of strings", "write " + std::string(key) + " = [\"...\"]");
            };
            if (!array) {
                refuse(*node);
                return result;
            }
            for (const auto& entry : *array) {
                if (const auto value = entry.value_exact<std::string>())
                    result.push_back(*value);
                else
                    refuse(entry);
            }
            return result;
        }
        template<class Read>
        void table(std::string_view key, Read read)
        {
            const auto* node = find(key);
            if (!node)
                return;
            if (!node->is_table()) {
                error(node->source(), std::string(key) + " is not a table", "write " + std::string(key) + " = { ... } or [" + std::string(key) + "]");
                return;
            }
            Table inner(*node->as_table(), m_file, m_errors);
            read(inner);
            inner.refuseUnknown();
        }
        template<class Read>
        void tables(std::string_view key, Read read)
        {
            const auto* node = find(key);
            if (!node)
                return;
            const auto* array = node->as_array();
            if (!array) {
                error(node->source(), std::string(key) + " is not a list of tables", "write [[" + std::string(key) + "]]");
                return;
            }
            for (const auto& entry : *array) {
                if (!entry.is_table()) {
                    error(entry.source(), std::string(key) + " holds something that is not a table", "write [[" + std::string(key) + "]]");
                    continue;
                }
                Table inner(*entry.as_table(), m_file, m_errors);
                read(inner);
                inner.refuseUnknown();
            }
        }
        void choose(std::string_view key, std::string_view written, const std::vector<std::string>& choice, std::string_view what)
        {
            if (!written.empty() && std::ranges::find(choice, written) == choice.end())
                error(at(key), std::string(what) + " '" + std::string(written) + "' is not known", suggestion(written, choice));
        }
        void refuseUnknown()
        {
            for (const auto& [key, node] : m_table)
                if (std::ranges::find(m_known, key.str()) == m_known.end())
                    error(key.source(), "unknown key '" + std::string(key.str()) + "'", suggestion(key.str(), m_known));
        }
        [[nodiscard]] const toml::table& raw() const { return m_table; }
        void know(std::string key) { m_known.push_back(std::move(key)); }

    private:
        const toml::table& m_table;
        const std::string& m_file;
        Errors& m_errors;
        std::vector<std::string> m_known;
    };

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
        void readPolicy(Table& it);
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
        std::set<std::string> m_endpointNames, m_workloadNames, m_routeNames, m_providerIds;
    };

    void Reader::readEndpoint(Table& it)
    {
        Endpoint endpoint { .name = it.text("name", true),
            .kind = it.text("kind", true),
            .url = it.text("url"),
            .token = it.text("token"),
            .ca = absolute(it.text("ca")),
            .path = absolute(it.text("path")),
            .provider = it.text("provider"),
            .region = it.text("region"),
            .cluster = it.text("cluster") };
        unique(it, m_endpointNames, endpoint.name, "endpoint", "name");
        it.choose("kind", endpoint.kind, { "agent", "prometheus", "dcgm", "kubernetes", "slurm", "replay", "simulate" }, "endpoint kind");
        if (endpoint.kind == "replay" || endpoint.kind == "simulate") {
            if (endpoint.path.empty())
                it.error(it.raw().source(), "path is missing", endpoint.kind == "replay" ? "name the replay directory" : "name the specification");
        } else if (endpoint.url.empty() && !endpoint.kind.empty() && endpoint.kind != "kubernetes")
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
        if (!endpoint.token.empty() && !endpoint.token.starts_with("keychain:") && !endpoint.token.starts_with("env:")
            && !endpoint.token.starts_with("file:"))
            it.error(it.at("token"), "token holds the secret itself", "write env:NAME or file:PATH");
        if (endpoint.token.starts_with("file:"))
            endpoint.token = "file:" + absolute(endpoint.token.substr(5));
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
        it.table("router", [&](Table& router) {
            route.router = { router.text("kind", true), router.text("url"), router.text("backend"), router.text("endpoint") };
            router.choose("kind", route.router.kind, { "haproxy", "agent" }, "router kind");
            if (route.router.kind == "haproxy") {
                if (!route.router.url.starts_with("tcp://") && !route.router.url.starts_with("unix://"))
                    router.error(router.at("url"), "url must be the Runtime API's address", "write tcp://127.0.0.1:PORT or unix:///PATH");
                else if (route.router.url.starts_with("tcp://"))
                    if (const auto address = parseHostAndPort(std::string_view(route.router.url).substr(6)); !address || address->port == 0)
                        router.error(router.at("url"), "url has no port", "write tcp://127.0.0.1:PORT");
                if (route.router.backend.empty())
                    router.error(router.raw().source(), "backend is missing", "name the HAProxy backend that holds the servers");
            } else if (route.router.kind == "agent") {
                if (route.router.endpoint.empty())
                    router.error(router.raw().source(), "endpoint is missing", "name an endpoint of kind agent, replay or simulate");
                router.choose("endpoint", route.router.endpoint, { m_endpointNames.begin(), m_endpointNames.end() }, "endpoint");
            }
        });
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

    void Reader::readPolicy(Table& it)
    {
        auto& policy = m_made.policy;
        policy.minProviders = static_cast<int>(it.number("min_providers", 1, 0, 100));
        policy.staleAfter = std::chrono::seconds(static_cast<std::int64_t>(it.number("stale_after_s", 30, 1, 86400)));
        policy.maxStep = it.number("max_step", 0.25, 0.01, 1);
        policy.secondPersonAbove = it.number("second_person_above", 1, 0, 1);
        policy.overridable = it.texts("overridable");
        for (const auto& rule : policy.overridable) {
            if (rule == "approval" || rule == "residency")
                it.error(it.at("overridable"), rule + " can never be overridden", "remove it from the list");
            else
                it.choose("overridable", rule, { "capacity", "min_providers", "max_step", "freeze", "second_person" }, "rule");
        }
    }

    Workspace Reader::read(const toml::table& table)
    {
        m_made.file = m_path;
        m_made.regionGroups = builtInRegions;
        Table root(table, m_path, m_errors);
        if (!table.contains("workspace"))
            root.error(table.source(), "[workspace] is missing", "add [workspace] with name = \"...\"");
        root.table("workspace", [&](Table& it) { m_made.name = it.text("name", true); });
        root.table("region_group", [&](Table& it) {
            for (const auto& [key, node] : it.raw())
                m_made.regionGroups[std::string(key.str())] = it.texts(key.str());
        });
        root.tables("provider", [&](Table& it) {
            Provider provider { .id = it.text("id", true), .name = it.text("name"), .subprocessor = it.flag("subprocessor"),
                .approvedData = it.texts("approved_data"), .utilisationCap = it.number("utilisation_cap", 1, 0.01, 1) };
            unique(it, m_providerIds, provider.id, "provider", "id");
            for (const auto& [id, name] : builtInProviders)
                if (id == provider.id && provider.name.empty())
                    provider.name = name;
            if (provider.name.empty())
                provider.name = provider.id;
            m_made.providers.push_back(std::move(provider));
        });
        root.tables("endpoint", [&](Table& it) { readEndpoint(it); });
        root.tables("workload", [&](Table& it) { readWorkload(it); });
        root.tables("route", [&](Table& it) { readRoute(it); });
        root.table("policy", [&](Table& it) { readPolicy(it); });
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
        errors.push_back({ Error::Kind::Invalid, std::string(error.description()),
            path + ":" + std::to_string(error.source().begin.line) + ":" + std::to_string(error.source().begin.column),
            "the file is TOML, see toml.io" });
    }
    return std::unexpected(std::move(errors));
}

std::expected<Workspace, std::vector<Error>> loadWorkspace(const std::string& path)
{
    std::ifstream file(path);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf()))
        return std::unexpected(Errors { { Error::Kind::NotFound, "the workspace cannot be read", path, "name a workspace file, see docs/workspace.md" } });
    return parseWorkspace(text.str(), path);
}

Result<std::string> readSecret(std::string_view reference)
{
    std::string secret;
    if (reference.starts_with("env:")) {
        const std::string name(reference.substr(4));
        const char* value = std::getenv(name.c_str());
        if (!value || !*value)
            return fail(Error::Kind::NotFound, "the environment variable " + name + " is not set", {}, "export it before starting");
        secret = value;
    } else if (reference.starts_with("file:")) {
        const std::string path(reference.substr(5));
        std::ifstream file(path);
        if (!file || !std::getline(file, secret))
            return fail(Error::Kind::NotFound, "the token file cannot be read", path);
    } else if (!reference.empty())
        return fail(Error::Kind::Invalid, "this program has no access to a keychain", {}, "write env:NAME or file:PATH");
    while (!secret.empty() && (secret.back() == '\r' || secret.back() == ' ' || secret.back() == '\t'))
        secret.pop_back();
    return secret;
}

} // namespace penstock
