// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "kubernetes/kubeaccess.h"

#include <fstream>
#include <nlohmann/json.hpp>

namespace penstock {

namespace {

    using namespace std::chrono_literals;

    constexpr auto beforeExpiry = 60s;
    constexpr auto afterRefusals = 60s; ///< a plugin that gives what is refused may open a browser each time
    /// 500 objects with their images and managed fields are 10 MB.
    constexpr std::int64_t longestAnswer = 256LL * 1024 * 1024;
    constexpr std::size_t longestText = 400;

    Result<std::string> tokenOf(const std::string& path)
    {
        std::ifstream file(path);
        std::string token;
        if (!file || !std::getline(file, token) || token.empty())
            return fail(Error::Kind::NotFound, "the file of the token cannot be read, or is empty", path, "it is tokenFile of the kubeconfig's user");
        return token;
    }

    /// What a 403 says that is no missing right to read.
    std::optional<Error> forbidden(const std::string& says, const std::string& where, const std::string& code)
    {
        // Nobody is to give rights to everybody.
        if (says.contains("User \"system:anonymous\""))
            return Error { Error::Kind::Denied, "the API server does not know who asks" + code + says, where, "this context brings no credentials that it takes (user and password are none since Kubernetes 1.19): sign in with your cloud's tool" };
        if (says.contains("cannot impersonate"))
            return Error { Error::Kind::Denied, "this user may not act as another" + code + says, where, "let it impersonate that one, or take as out of the kubeconfig's user" };
        if (says.contains("cannot get path"))
            return Error { Error::Kind::NotFound, "the API is not under this path" + code + says, where, "compare server of the kubeconfig with the cluster's address" };
        return std::nullopt;
    }

} // namespace

Error refusalOf(const HttpAnswer& answer, const std::string& verb, const std::string& where)
{
    std::string says;
    const auto body = nlohmann::json::parse(answer.body, nullptr, false);
    if (body.is_object() && body.contains("message") && body["message"].is_string())
        says = ": " + body["message"].get<std::string>().substr(0, longestText);
    const bool isStatus = body.is_object() && body.contains("kind") && body["kind"] == "Status";
    const auto code = " (" + std::to_string(answer.status) + ")";
    const auto error = [&](Error::Kind kind, const std::string& what, std::string hint) { return Error { kind, what + code + says, where, std::move(hint) }; };
    if (answer.status == 400 && answer.body.contains("HTTP request to an HTTPS server"))
        return error(Error::Kind::Refused, "the API server was spoken to over plain HTTP, and takes only HTTPS", "write https:// as server of the kubeconfig's cluster");
    if (answer.status == 403)
        if (auto told = forbidden(says, where, code); told)
            return std::move(*told);
    switch (answer.status) {
    case 401: return error(Error::Kind::Denied, "the API server does not accept these credentials", "sign in anew with your cloud's tool, then try kubectl get nodes with this context");
    case 403: return error(Error::Kind::Denied, "this user may not " + verb, "apply the ClusterRole of docs/kubernetes.md and bind it to this user");
    case 404: return error(Error::Kind::NotFound, isStatus ? "the API server knows no such thing" : "what answers is no Kubernetes API server", "compare server of the kubeconfig with the cluster's address");
    case 410: return error(Error::Kind::Conflict, "what was read is too old to go on from", "it is read anew");
    case 429:
        return error(Error::Kind::Unavailable, "the API server asks for patience", answer.retryAfter ? "it is asked again in " + std::to_string(answer.retryAfter->count()) + " s" : "it is asked again");
    default: break;
    }
    if (answer.status >= 500)
        return error(Error::Kind::Unavailable, isStatus ? "the API server fails" : "the API server or a proxy before it is in trouble", "look at its log");
    if (answer.status >= 300 && answer.status < 400)
        return error(Error::Kind::Invalid, "the API server sends elsewhere", "name the API server itself as server of the kubeconfig");
    if (answer.status == 200)
        return Error { Error::Kind::Unavailable, "what answers is no Kubernetes API server: it sends " + (answer.contentType.empty() ? "an unknown type" : answer.contentType), where,
            "a sign-in page or a proxy may stand between; compare server of the kubeconfig with the cluster's address" };
    return error(Error::Kind::Invalid, "the API server refuses to " + verb, {});
}

KubeServer::KubeServer(std::string kubeconfig, std::string context, Clock clock, std::function<void(const std::string&)> says)
    : m_kubeconfig(std::move(kubeconfig)), m_context(std::move(context)), m_clock(std::move(clock)), m_says(std::move(says))
{
}

std::chrono::seconds KubeServer::patience() const
{
    const std::lock_guard lock(m_mutex);
    return m_patience;
}

void KubeServer::refused(std::uint64_t number)
{
    const std::lock_guard lock(m_mutex);
    if (m_login && m_login->number == number) {
        m_login->expires = Time::min();
        if (m_access && m_access->exec && ++m_refusals > 1)
            m_pluginRestsUntil = m_clock() + afterRefusals;
        // Tools that sign in write the kubeconfig anew.
        m_access.reset();
    }
}

Result<KubeServer::Login> KubeServer::login(const std::stop_token& stop)
{
    const std::lock_guard entering(m_entering);
    std::optional<KubeAccess> access;
    Login made;
    {
        const std::lock_guard lock(m_mutex);
        if (m_login && m_access && m_access->tokenFile.empty() && (!m_login->expires || m_clock() + beforeExpiry < *m_login->expires))
            return *m_login;
        if (m_pluginRestsUntil && m_clock() < *m_pluginRestsUntil)
            return fail(Error::Kind::Denied, "the API server does not accept what the sign-in plugin of the kubeconfig gives", m_context,
                "sign in anew with your cloud's tool; the plugin is asked again within " + std::to_string(afterRefusals.count()) + " s");
        access = m_access;
        made.number = m_login ? m_login->number + 1 : 1;
    }
    if (!access) {
        auto opened = openKubeconfig(m_kubeconfig, m_context);
        if (!opened)
            return std::unexpected(opened.error());
        access = std::move(*opened);
    }
    auto identity = access->identity;
    made.server = access->server;
    made.cluster = access->cluster;
    made.context = access->context;
    made.file = access->file;
    made.impersonated = access->impersonated;
    if (!access->tokenFile.empty()) {
        auto token = tokenOf(access->tokenFile);
        if (!token)
            return std::unexpected(token.error());
        made.token = std::move(*token);
    } else if (!access->token.empty())
        made.token = access->token;
    else if (!access->user.empty()) {
        made.user = access->user;
        made.token = access->password;
    } else if (access->exec) {
        auto got = runExecPlugin(*access, m_says, stop);
        if (!got)
            return std::unexpected(got.error());
        made.token = std::move(got->token);
        made.expires = got->expires;
        if (!got->certificate.empty()) {
            identity.certificate = std::move(got->certificate);
            identity.key = std::move(got->key);
        }
    }
    const std::lock_guard lock(m_mutex);
    // A connection keeps the certificate that it was opened with.
    made.http = m_login && identity == m_identity ? m_login->http : std::make_shared<HttpClient>(identity);
    m_identity = std::move(identity);
    m_access = std::move(access);
    m_login = made;
    return made;
}

Result<HttpAnswer> KubeServer::ask(const std::string& path, const std::string& resource, const std::function<void(std::string_view)>* line, std::chrono::milliseconds timeout, const std::stop_token& stop)
{
    for (bool again = false;; again = true) {
        const auto with = login(stop);
        if (!with)
            return std::unexpected(with.error());
        HttpRequest request;
        request.url = with->server + path;
        request.token = with->token;
        request.user = with->user;
        request.timeout = timeout;
        request.longestAnswer = longestAnswer;
        if (!with->impersonated.empty())
            request.headers.emplace_back("Impersonate-User", with->impersonated);
        auto answer = line ? with->http->stream(request, *line, stop) : with->http->send(request, stop);
        if (!answer) {
            auto error = answer.error();
            if (error.kind == Error::Kind::Denied && error.hint.starts_with("the certificate is not for"))
                error.hint += ", or as tls-server-name of cluster " + with->cluster + " in " + with->file;
            else if (error.kind == Error::Kind::Denied)
                error.hint = "compare certificate-authority of cluster " + with->cluster + " in " + with->file + " with the server's own";
            else if (error.kind == Error::Kind::Refused)
                error.hint = "write https:// as server of cluster " + with->cluster + " in " + with->file;
            return std::unexpected(std::move(error));
        }
        if (answer->status == 401 && !again) {
            refused(with->number);
            continue;
        }
        {
            const std::lock_guard lock(m_mutex);
            if (answer->status != 401)
                m_refusals = 0;
            m_patience = answer->retryAfter.value_or(0s);
        }
        // A watch's lines are JSON whatever a server calls them.
        if (answer->status == 200 && (line || answer->contentType == "application/json"))
            return answer;
        auto error = refusalOf(*answer, (line ? "watch " : "list ") + resource, with->server);
        if (answer->status == 401)
            error.where = with->server + ", context " + with->context;
        return std::unexpected(std::move(error));
    }
}

Result<HttpAnswer> KubeServer::get(const std::string& path, const std::string& resource, std::chrono::milliseconds timeout, const std::stop_token& stop)
{
    return ask(path, resource, nullptr, timeout, stop);
}

Result<HttpAnswer> KubeServer::watch(const std::string& path, const std::string& resource, const std::function<void(std::string_view)>& line, std::chrono::milliseconds timeout, const std::stop_token& stop)
{
    return ask(path, resource, &line, timeout, stop);
}

} // namespace penstock
