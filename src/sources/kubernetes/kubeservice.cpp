// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "kubernetes/kubeservice.h"

#include <algorithm>
#include <condition_variable>
#include <nlohmann/json.hpp>

namespace penstock {

namespace {

    using namespace std::chrono_literals;
    using Json = nlohmann::json;

    constexpr auto longestWait = 15s;

    std::string encoded(const std::string& text) { return formEncoded({ { "", text } }).substr(1); }

    void sleep(std::chrono::milliseconds time, const std::stop_token& stop)
    {
        std::mutex sleeping;
        std::condition_variable_any wake;
        std::unique_lock lock(sleeping);
        wake.wait_for(lock, stop, time, [] { return false; });
    }

    const Json& at(const Json& of, const char* key)
    {
        static const Json none;
        const auto found = of.is_object() ? of.find(key) : of.end();
        return of.is_object() && found != of.end() ? *found : none;
    }

    std::string textAt(const Json& of, const char* key)
    {
        const auto& it = at(of, key);
        return it.is_string() ? it.get<std::string>() : std::string();
    }

    /// The scheme and the port of a slice; 0: it has none that would do.
    std::pair<std::string, int> portOf(const Json& slice, int wanted)
    {
        std::pair<std::string, int> made { "http", wanted };
        for (const auto& port : at(slice, "ports")) {
            const auto name = textAt(port, "name");
            const auto& number = at(port, "port");
            if (!number.is_number_unsigned() || number.get<std::uint64_t>() > 65'535 || (at(port, "protocol").is_string() && textAt(port, "protocol") != "TCP"))
                continue;
            const auto it = static_cast<int>(number.get<std::uint64_t>());
            if (wanted != 0 ? it != wanted : made.second != 0 && name != "metrics")
                continue;
            made = { name.starts_with("https") || textAt(port, "appProtocol") == "https" ? "https" : "http", it };
            if (name == "metrics")
                break;
        }
        return made;
    }

} // namespace

Result<EndpointSlicePage> readEndpointSlices(std::string_view body, int port)
{
    const auto list = Json::parse(body, nullptr, false);
    if (textAt(list, "kind") != "EndpointSliceList" || !at(list, "items").is_array())
        return fail(Error::Kind::Invalid, "the answer is no list of EndpointSlices", {}, "is this a Kubernetes API server, of version 1.21 or later?");
    EndpointSlicePage made { .addresses = {}, .version = textAt(at(list, "metadata"), "resourceVersion"), .next = textAt(at(list, "metadata"), "continue") };
    for (const auto& slice : at(list, "items")) {
        const auto [scheme, number] = portOf(slice, port);
        if (number == 0)
            continue;
        const bool isLong = textAt(slice, "addressType") == "IPv6";
        for (const auto& endpoint : at(slice, "endpoints")) {
            const auto& ends = at(at(endpoint, "conditions"), "terminating");
            const auto& addresses = at(endpoint, "addresses");
            // All addresses of one are the same pod.
            if ((ends.is_boolean() && ends.get<bool>()) || !addresses.is_array() || addresses.empty() || !addresses.front().is_string())
                continue;
            const auto host = addresses.front().get<std::string>();
            if (!host.empty() && host.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEF.:-") == std::string::npos)
                made.addresses.insert(scheme + "://" + (isLong ? "[" + host + "]" : host) + ":" + std::to_string(number));
        }
    }
    return made;
}

KubeService::KubeService(KubeServiceOptions options)
    : m_options(std::move(options))
    , m_path("/apis/discovery.k8s.io/v1/namespaces/" + encoded(m_options.nameSpace) + "/endpointslices?labelSelector=" + encoded("kubernetes.io/service-name=" + m_options.service))
    , m_name(m_options.nameSpace + "/" + m_options.service)
    , m_server(m_options.kubeconfig, m_options.context, m_options.clock, [](const std::string&) {}) // said with the error, when nobody answers the plugin
{
}

Error KubeService::explained(Error error) const
{
    if (error.kind == Error::Kind::Denied && error.what.starts_with("this user may not"))
        error.hint = "apply the Role of docs/dcgm.md in namespace " + m_options.nameSpace + " and bind it to this user";
    error.what = "the exporters of service " + m_name + " are not known: " + error.what;
    return error;
}

Error KubeService::emptiness(const std::stop_token& stop)
{
    const auto answer = m_server.get("/api/v1/namespaces/" + encoded(m_options.nameSpace) + "/services/" + encoded(m_options.service), "services", m_options.timeout, stop);
    if (answer)
        return { Error::Kind::NotFound, "no pod is behind service " + m_name, {}, "do its pods run, and does its selector match them? kubectl -n " + m_options.nameSpace + " get pods,endpointslices" };
    if (answer.error().kind == Error::Kind::NotFound)
        return { Error::Kind::NotFound, "there is no service " + m_name, answer.error().where, "look for it with kubectl get services -A, and correct targets_from" };
    return { Error::Kind::NotFound, "no pod is behind service " + m_name + ", or it does not exist: this user may not get services", answer.error().where, "look for it with kubectl get services -A" };
}

Result<std::vector<std::string>> KubeService::list(const std::stop_token& stop)
{
    std::set<std::string> addresses;
    EndpointSlicePage page;
    do {
        const auto answer = m_server.get(m_path + "&limit=500" + (page.next.empty() ? "" : "&continue=" + encoded(page.next)), "endpointslices", m_options.timeout, stop);
        if (!answer)
            return std::unexpected(answer.error());
        auto read = readEndpointSlices(answer->body, m_options.port);
        if (!read)
            return std::unexpected(read.error());
        page = std::move(*read);
        addresses.merge(page.addresses);
    } while (!page.next.empty());
    m_version = page.version;
    m_isListed = true;
    return std::vector(addresses.begin(), addresses.end());
}

/// A watch is only the bell: what changed is listed. One that is refused or breaks costs some seconds, as the list says what is wrong.
void KubeService::awaitChange(const std::stop_token& stop)
{
    std::stop_source rings;
    const std::stop_callback onStop(stop, [&rings] { rings.request_stop(); });
    const auto seconds = std::max<std::int64_t>(1, std::chrono::duration_cast<std::chrono::seconds>(m_options.watch).count());
    const auto answer = m_server.watch(
        m_path + "&watch=1&timeoutSeconds=" + std::to_string(seconds) + "&resourceVersion=" + encoded(m_version), "endpointslices", [&rings](std::string_view line) {
            if (!line.empty())
                rings.request_stop();
        },
        std::chrono::seconds(seconds) + m_options.timeout, rings.get_token());
    const bool isBroken = m_version.empty() || (!answer && !rings.stop_requested());
    sleep(isBroken ? m_options.watch / 6 : m_options.pause, stop);
}

DcgmDirectory KubeService::next(const std::stop_token& stop)
{
    if (m_failures > 0)
        sleep(std::max<std::chrono::milliseconds>(std::min<std::chrono::milliseconds>(longestWait, m_options.pause * (1 << std::min(m_failures - 1, 8))), std::min<std::chrono::seconds>(60s, m_server.patience())), stop);
    else if (m_isListed)
        awaitChange(stop);
    auto listed = list(stop);
    if (!listed) {
        ++m_failures;
        return { .targets = {}, .error = explained(listed.error()) };
    }
    m_failures = 0;
    if (!listed->empty())
        return { .targets = std::move(*listed) };
    auto why = emptiness(stop);
    return { .targets = std::move(*listed), .error = std::move(why) };
}

} // namespace penstock
