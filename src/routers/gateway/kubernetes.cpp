// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "kubernetes.h"

namespace penstock::gateway {

namespace {

    constexpr auto group = "/apis/gateway.networking.k8s.io/v1/namespaces/";

} // namespace

Kubernetes::Kubernetes(const Route& route, std::shared_ptr<HttpClient> http, SecretReader secrets, std::chrono::milliseconds timeout)
    : m_address(gatewayAddressOf(route).httpRoute)
    , m_server(gatewayAddressOf(route).url)
    , m_http(std::move(http))
    , m_secrets(std::move(secrets))
    , m_timeout(timeout)
{
    while (m_server.ends_with('/'))
        m_server.pop_back();
    m_path = group + m_address.nameSpace + "/httproutes/" + m_address.name;
    m_where = "HTTPRoute " + m_address.nameSpace + "/" + m_address.name + " at " + m_server;
}

Result<HttpAnswer> Kubernetes::send(HttpRequest request) const
{
    if (!m_address.token.empty()) {
        auto token = m_secrets(m_address.token);
        if (!token)
            return std::unexpected(token.error());
        request.token = std::move(*token);
    }
    request.ca = m_address.ca;
    request.timeout = m_timeout;
    return m_http->send(request);
}

Error Kubernetes::errorOf(const HttpAnswer& answer, const std::string& verb, const std::string& resource) const
{
    const auto status = parseStatus(answer.body);
    const auto says = status && !status->message.empty() ? ": " + status->message.substr(0, 300) : std::string();
    const auto code = " (" + std::to_string(answer.status) + ")";
    const auto error = [&](Error::Kind kind, std::string what, std::string hint) {
        return Error { kind, std::move(what) + code + says, m_where, std::move(hint) };
    };
    // Whatever code a policy of the cluster picks, it is neither this account's rights nor a change of the route.
    if (answer.status >= 400 && status && (status->message.contains("denied the request") || status->message.contains("denied request")))
        return error(Error::Kind::Denied, "a policy of the cluster refuses to " + verb + " " + resource, "ask whoever keeps its admission webhooks and policies");
    if (answer.status == 400 && answer.body.contains("HTTP request to an HTTPS server"))
        return error(Error::Kind::Refused, "the API server was spoken to over plain HTTP, and takes only HTTPS", "write https:// in url of this router");
    if (answer.status == 403 && says.contains("User \"system:anonymous\""))
        return error(Error::Kind::Denied, "the API server does not know who asks", "name a token of this account with token = \"...\"");
    switch (answer.status) {
    case 401: return error(Error::Kind::Denied, "the token is not accepted", "it may have run out: look at token of this router");
    case 403: return error(Error::Kind::Denied, "this account may not " + verb + " " + resource, "give it the verbs of docs/routers.md");
    case 404:
        // Where the group is not installed the answer is bare text.
        return status ? error(Error::Kind::NotFound, "none of the " + resource + " of the cluster has this name", "compare namespace and name with the cluster")
                      : error(Error::Kind::NotFound, "the cluster has no Gateway API v1", "install its CRDs, or compare url with the API server's address");
    case 409: return error(Error::Kind::Conflict, "somebody else changed it at the same time", "look at the weights, then plan again");
    case 410: return error(Error::Kind::Unavailable, "the version is too old for the API server", "look again");
    case 422:
        if (status && status->namesFields)
            return error(Error::Kind::Invalid, "the API server refuses the values", {});
        return error(Error::Kind::Conflict, "it is not as it was when it was looked at", "look at the weights, then plan again");
    case 429:
        return error(Error::Kind::Unavailable, "the API server asks for patience",
            answer.retryAfter ? "try again in " + std::to_string(answer.retryAfter->count()) + " s" : "try again");
    default: break;
    }
    if (answer.status >= 500)
        return error(Error::Kind::Unavailable, "the API server fails", {});
    if (answer.status >= 300 && answer.status < 400)
        return error(Error::Kind::Invalid, "the API server sends elsewhere", "name the API server itself as url");
    return error(Error::Kind::Invalid, "the API server refuses to " + verb + " " + resource, {});
}

Result<HttpRoute> Kubernetes::get()
{
    const auto answer = send({ .url = m_server + m_path });
    if (!answer)
        return std::unexpected(answer.error());
    if (answer->status != 200)
        return std::unexpected(errorOf(*answer, "get", "httproutes"));
    if (answer->contentType != "application/json")
        return fail(Error::Kind::Invalid, "the answer is " + (answer->contentType.empty() ? "of no type" : answer->contentType) + " in place of JSON", m_where,
            "a proxy may stand between");
    auto route = parseHttpRoute(answer->body);
    if (!route) {
        auto error = route.error();
        error.where = m_where;
        return std::unexpected(std::move(error));
    }
    return route;
}

Result<HttpRoute> Kubernetes::patch(const std::string& patch)
{
    const auto answer = send({ .method = "PATCH",
        .url = m_server + m_path + "?fieldManager=" + std::string(fieldManager),
        .body = patch,
        .contentType = "application/json-patch+json" });
    if (!answer)
        return std::unexpected(answer.error());
    if (answer->status != 200)
        return std::unexpected(errorOf(*answer, "patch", "httproutes"));
    auto route = parseHttpRoute(answer->body);
    if (!route) {
        auto error = route.error();
        error.where = m_where;
        return std::unexpected(std::move(error));
    }
    return route;
}

Result<GatewayState> Kubernetes::gateway(const ParentRef& parent)
{
    const auto answer = send({ .url = m_server + group + parent.nameSpace + "/gateways/" + parent.name });
    if (!answer)
        return std::unexpected(answer.error());
    if (answer->status != 200)
        return std::unexpected(errorOf(*answer, "get", "gateways"));
    return parseGateway(answer->body);
}

} // namespace penstock::gateway
