// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "base/address.h"

#include <algorithm>
#include <filesystem>

namespace penstock {

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

} // namespace penstock
