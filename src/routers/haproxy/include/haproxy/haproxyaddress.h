// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "fleet/route.h"

namespace penstock {

/// A backend of HAProxy processes, whose servers are the backends of a route.
struct HaproxyAddress
{
    static constexpr const char* kind = "haproxy";
    std::string url; ///< "tcp://127.0.0.1:9999" or "unix:///run/haproxy.sock"
    std::string backend; ///< the proxy that holds the servers
    std::vector<std::string> furtherUrls {}; ///< the other processes that serve this route too
    bool drains = false; ///< a server whose weight becomes 0 is drained, one that gets weight is made ready
    friend bool operator==(const HaproxyAddress&, const HaproxyAddress&) = default;

    [[nodiscard]] std::string text() const { return "HAProxy " + backend; }
    [[nodiscard]] std::string place() const { return url; }
    [[nodiscard]] static bool countsRequests() { return true; }
    /// One for each process and backend.
    [[nodiscard]] std::vector<std::string> leaseKeys(const std::string& route, const std::vector<Endpoint>& endpoints) const;
};

/// Of a route of another kind: an empty one.
[[nodiscard]] inline const HaproxyAddress& haproxyAddressOf(const Route& route)
{
    static const HaproxyAddress none;
    const auto* address = route.router.as<HaproxyAddress>();
    return address ? *address : none;
}

} // namespace penstock
