// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "session/detect.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QUrl>
#include <algorithm>
#include <array>

#include "fleet/managedstore.h"
#include "http/httpclient.h"
#include "kubernetes/kubeconfig.h"
#include "prometheus/promsource.h"
#include "secret/secret.h"
#include "signin/signin.h"
#include "workspace/workspace.h"

namespace penstock {

namespace {

    using namespace std::chrono_literals;

    /// What shows metrics and no GPUs, by a piece of its answer, with what to do about it.
    struct Neighbour
    {
        const char *piece, *name, *hint;
    };
    constexpr auto servesModels = "it tells how a workload is served, not where GPUs are: name it in metrics = [...] of a dcgm endpoint, or let a store scrape it (docs/demand.md)";
    constexpr auto tellsNodes = "name the store that scrapes it, or choose the context of its cluster";
    constexpr std::array neighbours { Neighbour { "\nvllm:", "a vLLM server", servesModels }, Neighbour { "\nsglang:", "an SGLang server", servesModels }, Neighbour { "\ntrtllm_", "a TensorRT-LLM server", servesModels },
        Neighbour { "\ntgi_", "a TGI server", servesModels }, Neighbour { "\nnv_inference_", "a Triton server", servesModels }, Neighbour { "\nkube_node_", "kube-state-metrics", tellsNodes },
        Neighbour { "\nkube_pod_", "kube-state-metrics", tellsNodes }, Neighbour { "\nnode_cpu_", "a node exporter", "dcgm-exporter on the same host usually answers at port 9400" } };

    constexpr std::array pathsOfApis { "/api/v1/query", "/api/v1/remote_write", "/api/v1", "/metrics", "/graph", "/query" };

    /// What people copy out of a browser, without what each kind adds itself.
    std::string trimmed(std::string url)
    {
        url.erase(0, url.find_first_not_of(" \t\r\n"));
        url.erase(url.find_last_not_of(" \t\r\n/") + 1);
        if (const auto query = url.find_first_of("?#"); query != std::string::npos)
            url.erase(query);
        for (const std::string path : pathsOfApis)
            if (url.ends_with(path) && url.find("//") + 2 < url.size() - path.size())
                return url.substr(0, url.size() - path.size());
        return url;
    }

    QJsonObject jsonOf(const HttpAnswer& answer) { return QJsonDocument::fromJson(QByteArray::fromStdString(answer.body)).object(); }

    /// "mimir.example" of an address; of one that is this machine "localhost-9090".
    std::string nameOf(const std::string& address)
    {
        const QUrl url(QString::fromStdString(address));
        const auto host = url.host().toStdString();
        const bool bare = host == "localhost" || host.find_first_not_of("0123456789.") == std::string::npos || host.find(':') != std::string::npos;
        return bare && url.port() > 0 ? host + "-" + std::to_string(url.port()) : host;
    }

    /// What a store that is known by its host wants besides, completed where the host tells; `where` is "sign_in" for what a sign-in lacks.
    Result<Endpoint> withSignIn(Endpoint endpoint)
    {
        const auto& url = endpoint.kind == "kubernetes" ? endpoint.prometheus : endpoint.url;
        if (url.find(".ingest.monitor.azure.") != std::string::npos)
            return fail(Error::Kind::Invalid, "this is where an Azure Monitor workspace takes metrics in", url, "write its query endpoint, of its overview page: https://NAME.REGION.prometheus.monitor.azure.com");
        const auto* store = managedStoreAt(url);
        auto& signIn = endpoint.signIn;
        if (store) {
            if (url.find(store->path) == std::string::npos)
                return fail(Error::Kind::Invalid, "this is " + std::string(store->name) + ", and the address does not say whose", url, "write " + std::string(store->example));
            if (store->signIn.empty() && signIn.kind.empty() && (endpoint.user.empty() || endpoint.token.empty()))
                return fail(Error::Kind::Denied, "this is " + std::string(store->name) + ", which wants a user and a token", url, "the user is the number on the stack's Prometheus card, the token an access policy's with metrics:read: keychain:NAME, env:NAME or file:PATH");
            if (signIn.kind.empty() && endpoint.token.empty())
                signIn.kind = store->signIn;
        }
        if (signIn.kind.empty()) {
            const auto said = { &signIn.region, &signIn.accessKey, &signIn.secretKey, &signIn.sessionToken, &signIn.profile, &signIn.key, &signIn.tenant, &signIn.clientId, &signIn.clientSecret, &signIn.resource, &signIn.authority };
            if (std::ranges::any_of(said, [](const std::string* it) { return !it->empty(); }))
                return fail(Error::Kind::Invalid, "kind is missing, and the address does not tell it", "sign_in", "add kind = \"aws\", google or azure");
            return endpoint;
        }
        if (endpoint.kind.empty())
            endpoint.kind = "prometheus";
        if (store && signIn.kind == "azure")
            for (const auto& [to, known] : { std::pair(&signIn.authority, store->authority), std::pair(&signIn.resource, store->resource) })
                if (to->empty())
                    *to = known;
        auto without = endpoint;
        without.signIn = {};
        // All else is looked at later, once it is known what is there.
        if (!checkEndpoint(without))
            return endpoint;
        auto checked = checkEndpoint(endpoint);
        if (!checked)
            return fail(checked.error().kind, checked.error().what, "sign_in", checked.error().hint);
        return checked;
    }

} // namespace

std::vector<std::string> knownContexts() { return kubeContexts({}); }

std::optional<SignInProgram> programOf(const Endpoint& endpoint)
{
    if (endpoint.kind != "kubernetes")
        return std::nullopt;
    const auto access = openKubeconfig(endpoint.path, endpoint.context);
    if (!access || !access->exec)
        return std::nullopt;
    SignInProgram made { access->exec->command, access->exec->command };
    const auto tellsSecret = [](std::string_view flag) { return flag.starts_with('-') && (flag.find("secret") != std::string_view::npos || flag.find("password") != std::string_view::npos); };
    bool hides = false;
    for (const auto& argument : access->exec->args) {
        const auto equals = argument.find('=');
        made.exact += '\0' + argument;
        made.shown += ' ' + (hides ? "…" : tellsSecret(argument) && equals != std::string::npos ? argument.substr(0, equals + 1) + "…" : argument);
        hides = tellsSecret(argument) && equals == std::string::npos;
    }
    // The same words with another environment may run something else.
    for (const auto& [name, value] : access->exec->env)
        made.exact += '\0' + name + '=' + value;
    return made;
}

/// `answers`: set where something is at the address.
static Result<Endpoint> detectAt(Endpoint endpoint, const std::shared_ptr<HttpClient>& http, bool& answers)
{
    endpoint.url = trimmed(endpoint.url);
    endpoint.prometheus = trimmed(endpoint.prometheus);
    for (const auto& url : { endpoint.url, endpoint.prometheus })
        if (holdsCredentials(url))
            return fail(Error::Kind::Invalid, "the address holds a user or a password, which would be shown wherever it is", {}, "leave them out, and give the user's name and a token, as env:NAME or file:PATH, on their own");
    for (auto* url : { &endpoint.url, &endpoint.prometheus })
        if (url->find("://") == std::string::npos && managedStoreAt(*url))
            *url = "https://" + *url;
    const auto given = endpoint.name;
    if (endpoint.name.empty())
        endpoint.name = nameOf(endpoint.url);
    const auto found = [&](const char* kind) {
        endpoint.kind = kind;
        // An exporter is one of many, in a list.
        if (endpoint.kind == "dcgm" && endpoint.targets.empty())
            endpoint.targets = { std::exchange(endpoint.url, {}) };
        return endpoint;
    };
    if (auto with = withSignIn(endpoint))
        endpoint = std::move(*with);
    else
        return with;
    // Who signs in is asked for a sign of it; the other keys of those that name their kind are looked at with what they open.
    if (!endpoint.kind.empty() && (endpoint.signIn.kind.empty() || endpoint.kind != "prometheus"))
        return found(std::string(endpoint.kind).c_str());
    if (endpoint.url.starts_with("grpcs://") || endpoint.url.starts_with("grpc://"))
        return found("agent");
    // As people say it: whichever of the two answers, the safe one first.
    if (!endpoint.url.empty() && endpoint.url.find("://") == std::string::npos && endpoint.url.find_first_of(" \t") == std::string::npos && endpoint.url.find_first_of(".:") != std::string::npos) {
        auto tried = endpoint;
        tried.name = given;
        tried.url = "https://" + endpoint.url;
        auto made = detectAt(tried, http, answers);
        if (made || answers || made.error().kind != Error::Kind::Unavailable)
            return made;
        tried.url = "http://" + endpoint.url;
        made = detectAt(tried, http, answers);
        if (!made && !answers && made.error().kind == Error::Kind::Unavailable)
            return fail(Error::Kind::Unavailable, "nothing answers there, over https or http: " + made.error().what, endpoint.url, "is the port right? an agent's address begins with grpcs://");
        return made;
    }
    if (!endpoint.url.starts_with("http://") && !endpoint.url.starts_with("https://"))
        return fail(Error::Kind::Invalid, endpoint.url.empty() ? "there is no address" : "'" + endpoint.url + "' is no address", {},
            "write grpcs://HOST:PORT of an agent, or http(s)://HOST of a metrics store or an exporter");
    if (!endpoint.signIn.kind.empty()) {
        const auto signIn = makeSignIn(endpoint, http, readWholeSecret);
        const auto answer = sendSigned(*http, signIn.get(), { .method = "POST", .url = endpoint.url + "/api/v1/query", .body = formEncoded({ { "query", "vector(1)" } }), .contentType = "application/x-www-form-urlencoded", .ca = endpoint.ca, .timeout = 10s });
        if (!answer)
            return std::unexpected(answer.error());
        answers = true;
        if (answer->status == 200 && jsonOf(*answer).value(QLatin1String("status")) == QLatin1String("success"))
            return found("prometheus");
        return fail(answer->status >= 500 ? Error::Kind::Unavailable : Error::Kind::Invalid, "what answers there takes the sign-in, and no question of a store (" + std::to_string(answer->status) + ")" + (answer->says().empty() ? std::string() : ": " + answer->says()),
            endpoint.url, answer->status >= 500 ? "try again in a while" : "is the path right?");
    }
    const auto secret = readSecret(endpoint.token);
    if (!secret)
        return std::unexpected(secret.error());
    std::optional<Error> denied;
    const auto ask = [&](const std::string& path) {
        HttpRequest request { .url = endpoint.url + path, .token = *secret, .user = endpoint.user, .ca = endpoint.ca, .timeout = 5s };
        request.headers = tenantHeaders(endpoint.tenant);
        auto answer = http->send(request);
        if (answer && !denied && answer->status == 401 && endpoint.tenant.empty() && answer->body.find("no org id") != std::string::npos)
            denied = Error { Error::Kind::Denied, "the store is one of many tenants, and does not know whose data are asked for (401: " + answer->says() + ")", endpoint.url, "add tenant = \"NAME\"; several as a|b where it allows that" };
        if (answer && !denied && (answer->status == 401 || answer->status == 403))
            denied = Error { Error::Kind::Denied, (secret->empty() ? "the server wants credentials, and the endpoint has none (" : "the server refuses the credentials of the endpoint (") + std::to_string(answer->status) + ")" + (answer->says().empty() ? std::string() : ": " + answer->says()), endpoint.url,
                secret->empty() ? "give a token: keychain:NAME, env:NAME or file:PATH, and a user where it wants a password" : "is it the right one, and has it expired?" };
        return answer;
    };
    auto query = ask("/api/v1/query?query=1");
    if (!query)
        return std::unexpected(query.error());
    answers = true;
    if (query->status == 200 && jsonOf(*query).value(QLatin1String("status")) == QLatin1String("success"))
        return found("prometheus");
    if (const auto metrics = ask("/metrics"); metrics && metrics->status == 200) {
        if (metrics->body.find("DCGM_FI_") != std::string::npos || metrics->body.find("dcgm_gpu_") != std::string::npos)
            return found("dcgm");
        const auto text = "\n" + metrics->body;
        if (const auto it = std::ranges::find_if(neighbours, [&](const Neighbour& one) { return text.find(one.piece) != std::string::npos; }); it != neighbours.end())
            return fail(Error::Kind::Invalid, std::string("this is ") + it->name + ", which shows no GPUs", endpoint.url, it->hint);
    }
    if (const auto version = ask("/version"); version && version->status == 200 && jsonOf(*version).contains(QLatin1String("gitVersion")))
        return fail(Error::Kind::Invalid, "this is the API server of a Kubernetes cluster", endpoint.url, "choose its context instead: the kubeconfig knows how to sign in");
    if (const auto api = ask("/openapi/v3"); api && api->body.find("slurm") != std::string::npos)
        return found("slurm");
    if (denied)
        return std::unexpected(*denied);
    if (query->status == 400 && query->body.find("HTTPS") != std::string::npos)
        return fail(Error::Kind::Invalid, "what answers there speaks TLS", endpoint.url, "write https://");
    constexpr auto paths = "is the path right? Mimir's is often /prometheus, Grafana Cloud's /api/prom";
    const auto status = std::to_string(query->status), says = query->says().empty() ? std::string() : ": " + query->says();
    if (query->status >= 500)
        return fail(Error::Kind::Unavailable, "the server, or a proxy before it, is in trouble (" + status + ")" + says, endpoint.url, "try again in a while; its log says why");
    if (query->isWebPage())
        return fail(Error::Kind::Invalid, "what answers there is a web page (" + status + ")" + says, endpoint.url, paths);
    return fail(Error::Kind::Invalid, "what answers there is neither a Prometheus-compatible store, nor a dcgm-exporter, nor slurmrestd: it says " + status + (query->status == 200 ? " and nothing that they would" + says : std::string()),
        endpoint.url, paths);
}

Result<Endpoint> detectKind(Endpoint endpoint, const std::shared_ptr<HttpClient>& http)
{
    bool answers = false;
    return detectAt(std::move(endpoint), http, answers);
}

} // namespace penstock
