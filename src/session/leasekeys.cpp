// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "leasekeys.h"

#include <algorithm>
#include <filesystem>

#include "base/address.h"
#include "fleet/journal.h"

namespace penstock {

namespace {

    /// One spelling of an address for all that a person may write for it. Nobody is asked: names are not looked up.
    std::string plainAddress(const std::string& url)
    {
        constexpr std::string_view socket = "unix://";
        if (url.starts_with(socket)) {
            std::error_code unknown;
            const auto path = std::filesystem::weakly_canonical(url.substr(socket.size()), unknown);
            return unknown ? url : std::string(socket) + path.string();
        }
        const auto scheme = url.find("://");
        if (scheme == std::string::npos)
            return url;
        auto begin = url.substr(0, scheme + 3), rest = url.substr(scheme + 3);
        while (rest.ends_with('/'))
            rest.pop_back();
        const auto path = std::min(rest.find('/'), rest.size());
        auto authority = rest.substr(0, path);
        for (auto* text : { &begin, &authority })
            std::ranges::transform(*text, text->begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
        auto host = authority;
        std::string port = begin == "https://" ? ":443" : begin == "http://" ? ":80" : "";
        if (const auto both = parseHostAndPort(authority)) {
            host = both->host;
            port = ":" + std::to_string(both->port);
        }
        if (host == "localhost" || host == "[::1]")
            host = "127.0.0.1";
        return begin + host + port + rest.substr(path);
    }

} // namespace

std::vector<std::string> leaseKeysOf(const Route& route, const std::vector<Endpoint>& endpoints)
{
    const auto& router = route.router;
    if (router.kind == "haproxy") {
        std::vector<std::string> keys { "haproxy|" + plainAddress(router.url) + "|" + router.backend };
        for (const auto& url : router.furtherUrls)
            keys.push_back("haproxy|" + plainAddress(url) + "|" + router.backend);
        std::ranges::sort(keys);
        const auto [again, end] = std::ranges::unique(keys);
        keys.erase(again, end);
        return keys;
    }
    // Not the rule: a gateway takes or refuses the whole object, and what one shift set there would be taken back by the other.
    if (router.kind == "gateway")
        return { "gateway|" + plainAddress(router.url) + "|" + router.httpRoute.nameSpace + "/" + router.httpRoute.name };
    const auto endpoint = std::ranges::find(endpoints, router.endpoint, &Endpoint::name);
    if (endpoint != endpoints.end() && !endpoint->url.empty())
        return { "agent|" + plainAddress(endpoint->url) + "|" + route.name };
    // Simulated and replayed fleets live in this process, and so do their routes.
    const auto process = thisProcess();
    return { "process|" + process.host + "|" + std::to_string(process.pid) + "|" + process.started + "|" + router.endpoint + "|" + route.name };
}

std::string joinKeys(const std::vector<std::string>& keys)
{
    std::string joined;
    for (const auto& key : keys)
        joined += (joined.empty() ? "" : "\n") + key;
    return joined;
}

bool haveOneOf(const std::string& joined, const std::vector<std::string>& keys)
{
    for (std::size_t begin = 0; begin <= joined.size();) {
        const auto end = std::min(joined.find('\n', begin), joined.size());
        if (std::ranges::find(keys, joined.substr(begin, end - begin)) != keys.end())
            return true;
        begin = end + 1;
    }
    return false;
}

} // namespace penstock
