// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace penstock {

/// Host and port of "HOST:PORT"; an IPv6 host keeps its brackets.
struct HostAndPort
{
    std::string host;
    std::uint16_t port = 0;
};

/// Invalid without a host, without a port, or with a port beyond 65535.
[[nodiscard]] inline Result<HostAndPort> parseHostAndPort(std::string_view text)
{
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size())
        return fail(Error::Kind::Invalid, "'" + std::string(text) + "' has no port", {}, "write HOST:PORT");
    HostAndPort parsed { std::string(text.substr(0, colon)), 0 };
    const auto* end = text.data() + text.size();
    if (const auto [stop, wrong] = std::from_chars(text.data() + colon + 1, end, parsed.port); wrong != std::errc() || stop != end)
        return fail(Error::Kind::Invalid, "'" + std::string(text.substr(colon + 1)) + "' is no port", {}, "write a number up to 65535");
    return parsed;
}

/// One spelling of an address for all that a person may write for it. Nobody is asked: names are not looked up.
[[nodiscard]] std::string plainAddress(const std::string& url);

} // namespace penstock
