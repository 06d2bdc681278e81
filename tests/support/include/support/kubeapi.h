// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QUrl>
#include <QUrlQuery>

#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/httpserver.h"

namespace penstock::test {

/// Stands in for a kube-apiserver, as no distribution packages one: nodes, pods and EndpointSlices, listed and watched, and services. It keeps to what the real one
/// does: pages of one resourceVersion, continue tokens that grow old; chunked watches that go on from a resourceVersion or, without one, with
/// what there is; bookmarks to those who want them, the last one shortly before timeoutSeconds are over; 410 as an ERROR event (or as a
/// status) for what is too old; field selectors of phases, by which objects appear and vanish; Status objects for all refusals.
class KubeApi
{
public:
    using Json = nlohmann::ordered_json;

    explicit KubeApi(const Certificate* certificate = nullptr, const Certificate* client = nullptr)
        : m_server([this](const HttpQuestion& question) { return answer(question); }, certificate, client)
    {
    }

    std::mutex mutex; ///< guards what follows
    std::set<QByteArray> tokens; ///< any of these is asked for, when not empty
    std::set<std::pair<std::string, std::string>> denied; ///< verb and resource: { "list", "pods" }
    bool tooOldIsStatus = false; ///< 410 as HTTP status in place of an ERROR event
    bool bookmarks = true;
    bool deaf = false; ///< watches stay open for ever and tell nothing more
    std::optional<HttpReply> instead; ///< answers everything
    std::map<std::string, HttpReply> insteadOf; ///< by resource, "version" among them: answers the next question of it, once
    std::map<std::string, int> lists, watches; ///< how often, by resource
    int unauthorised = 0; ///< questions that were refused with 401
    int open = 0; ///< watches that are open

    [[nodiscard]] std::string url() const { return m_server.url(); }

    /// Makes or changes an object; gives it its resourceVersion.
    void put(Json object)
    {
        const std::lock_guard lock(mutex);
        auto& all = m_objects[resourceOf(object)];
        const auto name = keyOf(object);
        object["metadata"]["resourceVersion"] = std::to_string(++m_revision);
        const auto known = all.find(name);
        const Json before = known == all.end() ? Json() : known->second;
        all[name] = object;
        happened(resourceOf(object), before, object, false);
    }
    /// "node-1" or "namespace/pod".
    void remove(const std::string& resource, const std::string& name)
    {
        const std::lock_guard lock(mutex);
        auto& all = m_objects[resource];
        const auto known = all.find(name);
        if (known == all.end())
            return;
        auto object = known->second;
        object["metadata"]["resourceVersion"] = std::to_string(++m_revision);
        const Json before = known->second;
        all.erase(known);
        happened(resource, before, object, true);
    }
    /// Forgets what happened before now: whoever comes with an older version, or an older page, is too old.
    void compact()
    {
        const std::lock_guard lock(mutex);
        m_history.clear();
        m_pages.clear();
        m_oldest = m_revision;
    }
    /// Closes all watches: in their middle, or as they should end.
    void closeWatches(bool isWhole)
    {
        const std::lock_guard lock(mutex);
        for (const auto& [stream, watcher] : m_watchers)
            m_server.close(stream, isWhole);
        m_watchers.clear();
        open = 0;
    }
    void sayToWatches(const QByteArray& bytes)
    {
        const std::lock_guard lock(mutex);
        for (const auto& [stream, watcher] : m_watchers)
            m_server.push(stream, bytes);
    }
    [[nodiscard]] std::vector<Json> objects(const std::string& resource)
    {
        const std::lock_guard lock(mutex);
        std::vector<Json> made;
        for (const auto& [name, object] : m_objects[resource])
            made.push_back(object);
        return made;
    }

    static HttpReply status(int code, const char* reason, const std::string& message, const std::string& kind = {})
    {
        Json body { { "kind", "Status" }, { "apiVersion", "v1" }, { "metadata", Json::object() }, { "status", "Failure" }, { "message", message }, { "reason", reason } };
        if (!kind.empty())
            body["details"] = { { "kind", kind } };
        body["code"] = code;
        return { .status = code, .body = QByteArray::fromStdString(body.dump()) + "\n", .headers = {} };
    }

private:
    struct Selection
    {
        std::set<std::string> without; ///< phases
        std::string service; ///< of EndpointSlices; empty: all
    };
    struct Watcher
    {
        std::string resource;
        Selection wanted;
        bool bookmarks = false;
    };
    struct Event
    {
        std::string resource;
        std::int64_t version;
        Json before, after;
        bool gone;
    };
    using Objects = std::map<std::string, Json>;

    static std::string resourceOf(const Json& object) { return object["kind"] == "Node" ? "nodes" : object["kind"] == "Pod" ? "pods" : object["kind"] == "Service" ? "services" : "endpointslices"; }
    static std::string kindOf(const std::string& resource) { return resource == "nodes" ? "Node" : resource == "pods" ? "Pod" : "EndpointSlice"; }
    static std::string keyOf(const Json& object)
    {
        const auto& meta = object["metadata"];
        return (meta.contains("namespace") ? meta["namespace"].get<std::string>() + "/" : std::string()) + meta["name"].get<std::string>();
    }
    static bool isWanted(const Json& object, const Selection& wanted)
    {
        if (!wanted.service.empty())
            return object["metadata"]["labels"]["kubernetes.io/service-name"] == wanted.service;
        return wanted.without.empty() || !object.contains("status") || !object["status"].contains("phase") || !wanted.without.contains(object["status"]["phase"].get<std::string>());
    }
    static QByteArray line(const char* type, const Json& object) { return QByteArray::fromStdString(Json { { "type", type }, { "object", object } }.dump()) + "\n"; }
    /// What a watcher is told of an event; empty: nothing.
    static QByteArray told(const Event& event, const Watcher& watcher)
    {
        if (event.resource != watcher.resource)
            return {};
        const bool was = !event.before.is_null() && isWanted(event.before, watcher.wanted), is = !event.gone && isWanted(event.after, watcher.wanted);
        return !was && !is ? QByteArray() : line(was && is ? "MODIFIED" : is ? "ADDED" : "DELETED", event.after);
    }
    void happened(const std::string& resource, const Json& before, const Json& after, bool gone)
    {
        m_history.push_back({ resource, m_revision, before, after, gone });
        for (const auto& [stream, watcher] : m_watchers)
            if (const auto text = told(m_history.back(), watcher); !text.isEmpty() && !deaf)
                m_server.push(stream, text);
    }
    [[nodiscard]] Json bookmark(const std::string& resource) const
    {
        return { { "kind", kindOf(resource) }, { "apiVersion", "v1" }, { "metadata", { { "resourceVersion", std::to_string(m_revision) }, { "creationTimestamp", nullptr } } }, { "spec", Json::object() },
            { "status", Json::object() } };
    }

    HttpReply answer(const HttpQuestion& question)
    {
        const std::lock_guard lock(mutex);
        if (instead)
            return *instead;
        const QUrl url(QString::fromUtf8("http://host" + question.path));
        const QUrlQuery query(url);
        const auto value = [&](const char* key) { return query.queryItemValue(QString::fromLatin1(key), QUrl::FullyDecoded).toStdString(); };
        const auto resource = url.path().section(QLatin1Char('/'), -1).toStdString();
        if (const auto once = insteadOf.find(resource); once != insteadOf.end()) {
            auto reply = once->second;
            insteadOf.erase(once);
            return reply;
        }
        if (!tokens.empty() && !tokens.contains(question.headers.value("authorization"))) {
            ++unauthorised;
            return status(401, "Unauthorized", "Unauthorized");
        }
        if (url.path() == QLatin1String("/version"))
            return { .body = "{\n  \"major\": \"1\",\n  \"minor\": \"31\",\n  \"gitVersion\": \"v1.31.2\",\n  \"platform\": \"linux/amd64\"\n}", .headers = {} };
        if (const auto parts = url.path().split(QLatin1Char('/')); parts.size() == 7 && parts[5] == QLatin1String("services")) {
            if (denied.contains({ "get", "services" }))
                return status(403, "Forbidden", "services \"" + resource + "\" is forbidden: User \"penstock\" cannot get resource \"services\" in API group \"\" in the namespace \"" + parts[4].toStdString() + "\"", "services");
            const auto found = m_objects["services"].find(parts[4].toStdString() + "/" + resource);
            return found == m_objects["services"].end() ? status(404, "NotFound", "services \"" + resource + "\" not found", "services") : HttpReply { .body = QByteArray::fromStdString(found->second.dump()), .headers = {} };
        }
        if (url.path() != QLatin1String("/api/v1/nodes") && url.path() != QLatin1String("/api/v1/pods") && !(url.path().startsWith(QLatin1String("/apis/discovery.k8s.io/v1/namespaces/")) && resource == "endpointslices"))
            return { .status = 404, .type = "text/plain; charset=utf-8", .body = "404 page not found\n", .headers = {} };
        const bool watches_ = value("watch") == "1" || value("watch") == "true";
        const std::string verb = watches_ ? "watch" : "list";
        if (denied.contains({ verb, resource }))
            return status(403, "Forbidden", resource + " is forbidden: User \"penstock\" cannot " + verb + " resource \"" + resource + "\" in API group \"\" at the cluster scope", resource);
        Selection wanted { .without = {}, .service = QString::fromStdString(value("labelSelector")).section(QLatin1String("kubernetes.io/service-name="), 1).toStdString() };
        for (const auto& part : QString::fromStdString(value("fieldSelector")).split(QLatin1Char(','), Qt::SkipEmptyParts)) {
            if (!part.startsWith(QLatin1String("status.phase!=")))
                return status(400, "BadRequest", "field label not supported: " + part.toStdString());
            wanted.without.insert(part.section(QLatin1String("!="), 1).toStdString());
        }
        return watches_ ? watch(resource, wanted, value("resourceVersion"), value("allowWatchBookmarks") == "true", value("timeoutSeconds")) : list(resource, wanted, value("limit"), value("continue"));
    }
    HttpReply list(const std::string& resource, const Selection& wanted, const std::string& limit, const std::string& next)
    {
        std::int64_t version = m_revision;
        std::string from;
        if (next.empty())
            ++lists[resource];
        else {
            version = std::stoll(next);
            from = next.substr(next.find(':') + 1);
            if (!m_pages.contains({ resource, version }))
                return status(410, "Expired", "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.");
        }
        const auto& all = next.empty() ? m_objects[resource] : m_pages[{ resource, version }];
        const auto most = limit.empty() ? std::size_t(-1) : static_cast<std::size_t>(std::stoul(limit));
        Json items = Json::array();
        auto at = from.empty() ? all.begin() : all.lower_bound(from);
        for (; at != all.end() && items.size() < most; ++at)
            if (isWanted(at->second, wanted)) {
                auto item = at->second;
                // Items of a list do not repeat what the list is of.
                item.erase("kind");
                item.erase("apiVersion");
                items.push_back(std::move(item));
            }
        Json meta { { "resourceVersion", std::to_string(version) } };
        if (at != all.end()) {
            meta["continue"] = std::to_string(version) + ":" + at->first;
            meta["remainingItemCount"] = std::distance(at, all.end());
            if (next.empty())
                m_pages[{ resource, version }] = all;
        }
        return { .body = QByteArray::fromStdString(Json { { "kind", kindOf(resource) + "List" }, { "apiVersion", "v1" }, { "metadata", meta }, { "items", items } }.dump()) + "\n", .headers = {} };
    }
    HttpReply watch(const std::string& resource, const Selection& wanted, const std::string& version, bool wantsBookmarks, const std::string& seconds)
    {
        ++watches[resource];
        const Watcher watcher { resource, wanted, wantsBookmarks };
        const int stream = ++m_streams;
        QByteArray first;
        if (version.empty() || version == "0") {
            for (const auto& [name, object] : m_objects[resource])
                if (isWanted(object, wanted))
                    first += line("ADDED", object);
        } else if (const auto from = std::stoll(version); from < m_oldest) {
            auto reply = status(410, "Expired", "too old resource version: " + version + " (" + std::to_string(m_oldest) + ")");
            if (!tooOldIsStatus) {
                reply.status = 200;
                reply.body = line("ERROR", Json::parse(reply.body.toStdString()));
            }
            return reply;
        } else
            for (const auto& event : m_history)
                if (event.version > from)
                    first += told(event, watcher);
        m_watchers[stream] = watcher;
        ++open;
        const std::chrono::seconds until(seconds.empty() ? 1800 : std::stoi(seconds));
        // The real one says it two seconds before; tests have seconds that are shorter than that.
        m_server.later(until - std::chrono::milliseconds(200), [this, stream] {
            const std::lock_guard lock(mutex);
            if (const auto it = m_watchers.find(stream); it != m_watchers.end() && it->second.bookmarks && bookmarks && !deaf)
                m_server.push(stream, line("BOOKMARK", bookmark(it->second.resource)));
        });
        m_server.later(until, [this, stream] {
            const std::lock_guard lock(mutex);
            if (!deaf && m_watchers.erase(stream) != 0) {
                --open;
                m_server.close(stream);
            }
        });
        return { .body = first, .headers = {}, .ending = HttpReply::Ending::Open, .stream = stream };
    }

    std::map<std::string, Objects> m_objects;
    std::map<std::pair<std::string, std::int64_t>, Objects> m_pages; ///< by resource and version, as they were
    std::deque<Event> m_history;
    std::map<int, Watcher> m_watchers;
    std::int64_t m_revision = 1000, m_oldest = 1000;
    int m_streams = 0;
    HttpServer m_server;
};

} // namespace penstock::test
