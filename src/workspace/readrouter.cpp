// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "readrouter.h"

#include <algorithm>

#include "base/address.h"

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

    void readHaproxy(Table& router, Route::RouterAddress& made)
    {
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

    void readGateway(Table& router, Route::RouterAddress& made, const Absolute& absolute)
    {
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
    }

} // namespace

std::string readReference(Table& it, const std::string& key, const Absolute& absolute)
{
    auto reference = it.text(key);
    if (!reference.empty() && !reference.starts_with("keychain:") && !reference.starts_with("env:") && !reference.starts_with("file:"))
        it.error(it.at(key), key + " holds the secret itself", "write keychain:NAME, env:NAME or file:PATH");
    return reference.starts_with("file:") ? "file:" + absolute(reference.substr(5)) : reference;
}

Route::RouterAddress readRouter(Table& router, const std::set<std::string>& endpoints, const Absolute& absolute)
{
    Route::RouterAddress made;
    made.kind = router.text("kind", true);
    router.choose("kind", made.kind, { "haproxy", "gateway", "agent" }, "router kind");
    if (made.kind == "haproxy")
        readHaproxy(router, made);
    else if (made.kind == "gateway")
        readGateway(router, made, absolute);
    else if (made.kind == "agent") {
        made.endpoint = router.text("endpoint");
        if (made.endpoint.empty())
            router.error(router.raw().source(), "endpoint is missing", "name an endpoint of kind agent, replay or simulate");
        router.choose("endpoint", made.endpoint, { endpoints.begin(), endpoints.end() }, "endpoint");
    } else
        for (const auto& [key, node] : router.raw())
            router.know(std::string(key.str())); // which keys belong depends on the kind
    return made;
}

} // namespace penstock
