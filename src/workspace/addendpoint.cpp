// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <filesystem>
#include <sstream>

#include <toml++/toml.h>

#include "filetext.h"
#include "workspace/workspace.h"

namespace penstock {

namespace {

    /// In the order in which a person would write it.
    std::string textOf(const Endpoint& endpoint)
    {
        std::ostringstream text;
        const auto put = [&](const char* key, const std::string& value) {
            if (!value.empty())
                text << toml::table { { key, value } } << '\n';
        };
        text << "\n[[endpoint]]\n";
        put("name", endpoint.name);
        put("kind", endpoint.kind);
        put("url", endpoint.url);
        put("path", endpoint.path);
        put("context", endpoint.context);
        put("prometheus", endpoint.prometheus);
        for (const auto& [key, list] : { std::pair("targets", &endpoint.targets), std::pair("metrics", &endpoint.metrics) }) {
            toml::array made;
            for (const auto& one : *list)
                made.push_back(one);
            if (!made.empty())
                text << toml::table { { key, made } } << '\n';
        }
        if (const auto& from = endpoint.targetsFrom) {
            toml::table made { { "namespace", from->nameSpace }, { "service", from->service } };
            for (const auto& [key, value] : { std::pair("kubeconfig", &from->kubeconfig), std::pair("context", &from->context) })
                if (!value->empty())
                    made.insert(key, *value);
            if (from->port != 0)
                made.insert("port", from->port);
            made.is_inline(true);
            text << toml::table { { "targets_from", std::move(made) } } << '\n';
        }
        if (const auto& it = endpoint.signIn; !it.kind.empty()) {
            toml::table made;
            made.is_inline(true);
            for (const auto& [key, value] : { std::pair("kind", &it.kind), std::pair("region", &it.region), std::pair("access_key", &it.accessKey), std::pair("secret_key", &it.secretKey), std::pair("session_token", &it.sessionToken),
                     std::pair("profile", &it.profile), std::pair("key", &it.key), std::pair("tenant", &it.tenant), std::pair("client_id", &it.clientId), std::pair("client_secret", &it.clientSecret), std::pair("resource", &it.resource),
                     std::pair("authority", &it.authority) })
                if (!value->empty())
                    made.insert(key, *value);
            if (it.exchanges)
                made.insert("exchange", true);
            text << toml::table { { "sign_in", std::move(made) } } << '\n';
        }
        put("user", endpoint.user);
        put("token", endpoint.token);
        put("tenant", endpoint.tenant);
        put("ca", endpoint.ca);
        put("provider", endpoint.provider);
        put("region", endpoint.region);
        put("cluster", endpoint.cluster);
        if (endpoint.aggregateAbove != defaultAggregateAbove)
            text << toml::table { { "aggregate_above", static_cast<std::int64_t>(endpoint.aggregateAbove) } } << '\n';
        return text.str();
    }

} // namespace

Result<Endpoint> checkEndpoint(const Endpoint& endpoint)
{
    auto parsed = parseWorkspace("[workspace]\nname = \"new\"\n" + textOf(endpoint), "new endpoint");
    if (parsed)
        return parsed->endpoints.front();
    // There is no file in which a line could be looked up.
    auto error = parsed.error().front();
    error.where.clear();
    return std::unexpected(std::move(error));
}

Result<> addEndpoint(const std::string& path, const Endpoint& endpoint, std::string_view beginning)
{
    std::string text(beginning);
    if (auto there = fileText(path))
        text = std::move(*there);
    else {
        std::error_code error;
        std::filesystem::create_directories(std::filesystem::absolute(path).parent_path(), error);
        if (error)
            return fail(Error::Kind::Unavailable, "the folder of the workspace cannot be made: " + error.message(), path);
    }
    if (!text.empty() && !text.ends_with('\n'))
        text += '\n';
    text += textOf(endpoint);
    return replaceWorkspace(path, text);
}

} // namespace penstock
