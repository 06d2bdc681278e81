// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

// What HAProxy is to the workspace, to leases and to whoever makes routers.
#include <algorithm>
#include <set>

#include "base/address.h"
#include "haproxy/haproxyrouter.h"
#include "routerkind/routerkind.h"

namespace penstock {

namespace {

    RouterAddress readHaproxy(Table& router, const RouterWords&)
    {
        HaproxyAddress made;
        const auto check = [&](const toml::source_region& where, const std::string& url) {
            if (!url.starts_with("tcp://") && !url.starts_with("unix://"))
                router.error(where, "url must be the Runtime API's address", "write tcp://127.0.0.1:PORT or unix:///PATH");
            else if (url.starts_with("tcp://"))
                if (const auto address = parseHostAndPort(std::string_view(url).substr(6)); !address || address->port == 0)
                    router.error(where, "url has no port", "write tcp://127.0.0.1:PORT");
        };
        // One process, or a list of all that serve this route.
        if (const auto* node = router.raw().get("url"); node && node->is_array()) {
            const auto urls = router.texts("url");
            if (urls.empty())
                router.error(node->source(), "url is an empty list", "name the Runtime API of each process");
            std::set<std::string> seen;
            for (const auto& url : urls) {
                check(node->source(), url);
                if (!seen.insert(url).second)
                    router.error(node->source(), "'" + url + "' stands here a second time", "name each process once");
            }
            if (!urls.empty()) {
                made.url = urls.front();
                made.furtherUrls.assign(urls.begin() + 1, urls.end());
            }
        } else {
            made.url = router.text("url");
            check(router.at("url"), made.url);
        }
        made.backend = router.text("backend");
        made.drains = router.flag("drain");
        if (made.backend.empty())
            router.error(router.raw().source(), "backend is missing", "name the HAProxy backend that holds the servers");
        return made;
    }

} // namespace

std::vector<std::string> HaproxyAddress::leaseKeys(const std::string&, const std::vector<Endpoint>&) const
{
    std::vector<std::string> keys { "haproxy|" + plainAddress(url) + "|" + backend };
    for (const auto& further : furtherUrls)
        keys.push_back("haproxy|" + plainAddress(further) + "|" + backend);
    std::ranges::sort(keys);
    const auto [again, end] = std::ranges::unique(keys);
    keys.erase(again, end);
    return keys;
}

RouterKind haproxyKind()
{
    return { HaproxyAddress::kind, readHaproxy, [](const Route& route, const RouterMeans&) { return makeHaproxyRouter(route); } };
}

} // namespace penstock
