// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

// What an HTTPRoute is to the workspace, to leases and to whoever makes routers.
#include <algorithm>

#include "base/address.h"
#include "gateway/gatewayrouter.h"
#include "routerkind/routerkind.h"

namespace penstock {

namespace {

    void checkWebAddress(Table& it, const std::string& url, bool hasToken, const char* instead)
    {
        if (url.empty())
            return;
        const bool secure = url.starts_with("https://");
        const auto host = url.substr(std::min(url.find("//") + 2, url.size()));
        if ((!secure && !url.starts_with("http://")) || host.empty())
            it.error(it.at("url"), "'" + url + "' is not a web address", std::string("write ") + instead);
        else if (!secure && hasToken && !host.starts_with("127.") && !host.starts_with("localhost") && !host.starts_with("[::1]"))
            it.error(it.at("url"), "a token would be sent in plaintext", "write https://" + host);
    }

    void readObserved(Table& it, MetricsAddress& made, const Absolute& absolute)
    {
        made.url = it.text("url", true);
        made.token = readReference(it, "token", absolute);
        made.ca = absolute(it.text("ca"));
        made.label = it.text("label");
        made.requests = it.text("query");
        made.window = std::chrono::seconds(static_cast<std::int64_t>(it.number("window_s", 0, 1, 3600)));
        made.errorRate = it.text("error_rate");
        made.latencyMean = it.text("latency_mean");
        made.latencyP99 = it.text("latency_p99");
        made.queue = it.text("queue");
        checkWebAddress(it, made.url, !made.token.empty(), "https://HOST, without /api/v1");
        if (made.url.ends_with("/api/v1") || made.url.ends_with("/api/v1/"))
            it.error(it.at("url"), "url goes too far", "end it before /api/v1");
        if (made.requests.empty() && made.errorRate.empty() && made.latencyMean.empty() && made.latencyP99.empty() && made.queue.empty())
            it.error(it.raw().source(), "nothing is asked for", "add query = \"sum by (backend) (..._total)\"");
        if (made.window.count() > 0 && made.requests.empty())
            it.error(it.at("window_s"), "window_s belongs to query, which is missing", "add query");
    }

    RouterAddress readGateway(Table& router, const RouterWords& words)
    {
        const auto& absolute = words.absolute;
        GatewayAddress made;
        auto& route = made.httpRoute;
        made.url = router.text("url", true);
        route.nameSpace = router.text("namespace", true);
        route.name = router.text("name", true);
        if (const auto* node = router.find("rule")) {
            const auto index = node->value_exact<std::int64_t>();
            constexpr int mostRules = 16;
            if (!index || *index < 0 || *index >= mostRules)
                router.error(node->source(), "rule is no index", "write a number from 0 to 15, counted as in its spec");
            else
                route.rule = static_cast<std::uint32_t>(*index);
        }
        route.match = router.text("match");
        if (!route.match.empty() && !route.match.starts_with('/'))
            router.error(router.at("match"), "match is no path", "write match = \"/PATH\" as in its spec");
        if (route.rule && !route.match.empty())
            router.error(router.at("match"), "rule and match both name a rule", "keep one of them");
        route.token = readReference(router, "token", absolute);
        route.ca = absolute(router.text("ca"));
        checkWebAddress(router, made.url, !route.token.empty(), "https://HOST:6443");
        for (const auto& [key, name] : { std::pair { "namespace", &route.nameSpace }, std::pair { "name", &route.name } })
            if (!std::ranges::all_of(*name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; }))
                router.error(router.at(key), "'" + *name + "' is not a " + key + " of Kubernetes", "compare with kubectl get httproutes -A");
        router.table("observed", [&](Table& it) { readObserved(it, made.metrics, absolute); });
        return made;
    }

} // namespace

std::vector<std::string> GatewayAddress::leaseKeys(const std::string&, const std::vector<Endpoint>&) const
{
    // Not the rule: a gateway takes or refuses the whole object, and what one shift set there would be taken back by the other.
    return { "gateway|" + plainAddress(url) + "|" + httpRoute.nameSpace + "/" + httpRoute.name };
}

RouterKind gatewayKind()
{
    return { GatewayAddress::kind, readGateway, [](const Route& route, const RouterMeans& means) { return makeGatewayRouter(route, means.http(), means.secrets); } };
}

} // namespace penstock
