// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <toml++/toml.h>

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

    /// The old file or the new one, never half of it, also when the machine stops.
    Result<> replaceFile(const std::string& path, const std::string& text)
    {
        const auto failed = [&](const char* what) { return fail(Error::Kind::Unavailable, what, path, "may you write there, and is there room?"); };
        // What is a link stays one.
        std::error_code none;
        const auto real = std::filesystem::weakly_canonical(path, none).string();
        const auto target = none || real.empty() ? path : real;
        const auto next = target + ".new";
        struct stat before {};
        const mode_t mode = ::stat(target.c_str(), &before) == 0 ? before.st_mode & 07777 : 0600;
        const int file = ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
        if (file < 0)
            return failed("the workspace cannot be written");
        std::string_view left = text;
        bool written = true;
        while (!left.empty() && written) {
            const auto count = ::write(file, left.data(), left.size());
            written = count > 0;
            left.remove_prefix(written ? static_cast<std::size_t>(count) : 0);
        }
        written = written && ::fsync(file) == 0;
        ::close(file);
        if (!written || ::rename(next.c_str(), target.c_str()) != 0) {
            ::unlink(next.c_str());
            return failed("the workspace cannot be written");
        }
        return {};
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
    if (std::ifstream file(path); file) {
        std::ostringstream all;
        all << file.rdbuf();
        text = all.str();
    } else {
        std::error_code error;
        std::filesystem::create_directories(std::filesystem::absolute(path).parent_path(), error);
        if (error)
            return fail(Error::Kind::Unavailable, "the folder of the workspace cannot be made: " + error.message(), path);
    }
    if (!text.empty() && !text.ends_with('\n'))
        text += '\n';
    text += textOf(endpoint);
    if (const auto parsed = parseWorkspace(text, path); !parsed)
        return std::unexpected(parsed.error().front());
    return replaceFile(path, text);
}

} // namespace penstock
