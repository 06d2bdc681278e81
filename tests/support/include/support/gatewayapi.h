// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include <nlohmann/json.hpp>

#include "support/httpserver.h"

namespace penstock::test {

/// Stands in for a kube-apiserver with the Gateway API and one gateway controller, as no distribution packages one. One
/// HTTPRoute "llm" and one Gateway "edge" in the namespace "infer". It keeps to what the real one does: JSON patch with
/// `test`, all or nothing; 422 with the same sentence for every patch that cannot be applied, and 422 with causes for
/// values that the schema refuses; a resourceVersion that every write raises and a generation that only the spec raises;
/// a status that patches cannot touch and that the controller writes a while later; managedFields; Status objects.
class GatewayApi
{
public:
    using Json = nlohmann::json;

    explicit GatewayApi(const Certificate* certificate = nullptr)
        : m_route(Json::parse(R"({"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute",
          "metadata":{"name":"llm","namespace":"infer","uid":"6927df20-8b84-4ad7-ab69-b266960bce9d","resourceVersion":"88121","generation":1,
            "managedFields":[{"manager":"kubectl-client-side-apply","operation":"Update","time":"2026-11-23T07:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:rules":{}}}}]},
          "spec":{"parentRefs":[{"group":"gateway.networking.k8s.io","kind":"Gateway","name":"edge"}],"hostnames":["llm.example.com"],
            "rules":[{"matches":[{"path":{"type":"PathPrefix","value":"/health"}}],"backendRefs":[{"group":"","kind":"Service","name":"health","port":80,"weight":1}]},
                     {"matches":[{"path":{"type":"PathPrefix","value":"/"}}],"backendRefs":[
                       {"group":"","kind":"Service","name":"azure","port":8000,"weight":100},
                       {"group":"inference.networking.k8s.io","kind":"InferencePool","name":"gcp","weight":0},
                       {"group":"","kind":"Service","name":"aws","port":8000,"weight":0}]}]}})"))
        , m_server([this](const HttpQuestion& question) { return answer(question); }, certificate)
    {
        reconcile();
    }

    std::mutex mutex; ///< guards what follows
    QByteArray token; ///< asked for when not empty
    int looksUntilReconciled = 1; ///< the controller has seen a change when it was asked for so often; -1: it never looks
    std::string rejects; ///< reason of Accepted=False from the next reconciliation on; empty: it accepts
    std::string unresolved; ///< message of ResolvedRefs=False
    bool programmed = true;
    bool defaults = true; ///< the CRD's: a weight that is left out is written as 1
    std::function<void(Json&)> mutates; ///< an admission webhook: what it writes has the name of who was admitted
    bool lies = false; ///< answers a patch with what it would be, and keeps the old one
    bool deaf = false; ///< says nothing at all
    bool diesAfterPatch = false; ///< makes the change and hangs up
    std::optional<HttpReply> instead; ///< answers everything
    std::optional<HttpReply> insteadOfPatch;
    std::atomic<int> patches = 0; ///< that were applied
    std::function<void(Json&)> beforePatch; ///< somebody else is faster, once

    [[nodiscard]] std::string url() const { return m_server.url(); }
    /// Its first rule, "/health", splits between the same backends as the second one.
    void splitBothRules()
    {
        edit("kubectl-client-side-apply", [](Json& route) { route["spec"]["rules"][0]["backendRefs"] = route["spec"]["rules"][1]["backendRefs"]; });
    }
    /// Somebody else's change.
    void edit(const std::string& manager, const std::function<void(Json&)>& change)
    {
        const std::lock_guard lock(mutex);
        store(changed(change), manager);
    }
    void makeAnew(const std::string& manager, const std::function<void(Json&)>& change)
    {
        edit(manager, [&](Json& route) {
            route["metadata"]["uid"] = "11111111-8b84-4ad7-ab69-b266960bce9d";
            change(route);
        });
    }
    [[nodiscard]] Json route()
    {
        const std::lock_guard lock(mutex);
        return m_route;
    }
    [[nodiscard]] std::vector<int> weights(std::size_t rule = 1)
    {
        const auto now = route();
        std::vector<int> all;
        for (const auto& ref : now["spec"]["rules"][rule]["backendRefs"])
            all.push_back(ref.value("weight", 1));
        return all;
    }

private:
    static HttpReply status(int code, const char* reason, const std::string& message, Json causes = nullptr)
    {
        Json body { { "kind", "Status" }, { "apiVersion", "v1" }, { "metadata", Json::object() }, { "status", "Failure" }, { "message", message },
            { "reason", reason }, { "code", code } };
        if (!causes.is_null())
            body["details"] = { { "name", "llm" }, { "group", "gateway.networking.k8s.io" }, { "kind", "HTTPRoute" }, { "causes", std::move(causes) } };
        return { code, "application/json", QByteArray::fromStdString(body.dump()), {} };
    }
    [[nodiscard]] Json changed(const std::function<void(Json&)>& change) const
    {
        auto copy = m_route;
        change(copy);
        return copy;
    }
    /// The rules are one field, and its owner is who changed it last: they leave every other entry. An entry keeps its time
    /// when its manager changes again what it owns already (seen at 1.20.2).
    void own(Json& all, const std::string& manager)
    {
        Json kept = Json::array();
        bool owns = false;
        for (auto& entry : all) {
            owns = owns || (entry["manager"] == manager && entry["fieldsV1"]["f:spec"].contains("f:rules"));
            if (entry["manager"] != manager)
                entry["fieldsV1"]["f:spec"].erase("f:rules");
            kept.push_back(std::move(entry));
        }
        if (!owns)
            kept.push_back({ { "manager", manager }, { "operation", "Update" }, { "time", "2026-11-23T08:" + std::to_string(10 + m_writes++ % 50) + ":02Z" }, { "fieldsType", "FieldsV1" },
                { "fieldsV1", { { "f:spec", { { "f:rules", Json::object() } } } } } });
        all = std::move(kept);
    }
    /// A write to the main resource.
    void store(Json next, const std::string& manager)
    {
        next["status"] = m_route["status"];
        if (defaults)
            for (auto& rule : next["spec"]["rules"])
                for (auto& ref : rule["backendRefs"])
                    if (!ref.contains("weight"))
                        ref["weight"] = 1;
        const auto version = std::stoll(m_route["metadata"]["resourceVersion"].get<std::string>());
        const bool specChanged = next["spec"] != m_route["spec"];
        if (next == m_route)
            return;
        next["metadata"]["resourceVersion"] = std::to_string(version + 1);
        next["metadata"]["generation"] = m_route["metadata"]["generation"].get<int>() + (specChanged ? 1 : 0);
        if (specChanged)
            own(next["metadata"]["managedFields"], manager);
        m_route = std::move(next);
        m_looks = 0;
    }
    /// What the controller writes to the status, which raises the resource version and not the generation.
    void reconcile()
    {
        const auto generation = m_route["metadata"]["generation"];
        const auto condition = [&](const char* type, bool good, const std::string& reason, const std::string& message) {
            return Json { { "type", type }, { "status", good ? "True" : "False" }, { "reason", reason }, { "message", message }, { "observedGeneration", generation },
                { "lastTransitionTime", "2026-11-23T08:00:00Z" } };
        };
        Json parent { { "controllerName", "gateway.example.com/controller" }, { "parentRef", { { "group", "gateway.networking.k8s.io" }, { "kind", "Gateway" }, { "name", "edge" } } },
            { "conditions",
                { condition("Accepted", rejects.empty(), rejects.empty() ? "Accepted" : rejects, rejects.empty() ? "Route is accepted" : "the controller says no"),
                    condition("ResolvedRefs", unresolved.empty(), unresolved.empty() ? "ResolvedRefs" : "BackendNotFound", unresolved) } } };
        m_route["status"] = { { "parents", Json::array({ std::move(parent) }) } };
        const auto version = std::stoll(m_route["metadata"]["resourceVersion"].get<std::string>());
        m_route["metadata"]["resourceVersion"] = std::to_string(version + 1);
    }
    [[nodiscard]] bool isObserved() const
    {
        return m_route["status"]["parents"][0]["conditions"][0]["observedGeneration"] == m_route["metadata"]["generation"];
    }

    HttpReply patch(const HttpQuestion& question)
    {
        if (insteadOfPatch)
            return *insteadOfPatch;
        if (question.headers.value("content-type") != "application/json-patch+json")
            return status(415, "UnsupportedMediaType", "the body of the request was in an unknown format - accepted media types include: application/json-patch+json");
        if (beforePatch) {
            store(changed(std::exchange(beforePatch, nullptr)), "kubectl-edit");
        }
        Json next;
        try {
            next = m_route.patch(Json::parse(question.body.toStdString()));
        } catch (const Json::exception&) {
            return status(422, "Invalid", "the server rejected our request due to an error in our request");
        }
        for (const auto& rule : next["spec"]["rules"])
            for (const auto& ref : rule["backendRefs"])
                if (const auto weight = ref.find("weight"); weight != ref.end() && (!weight->is_number_integer() || *weight < 0 || *weight > 1'000'000))
                    return status(422, "Invalid", "HTTPRoute.gateway.networking.k8s.io \"llm\" is invalid: spec.rules[1].backendRefs[0].weight: Invalid value",
                        Json::array({ { { "reason", "FieldValueInvalid" }, { "message", "Invalid value" }, { "field", "spec.rules[1].backendRefs[0].weight" } } }));
        if (mutates)
            mutates(next);
        const auto kept = m_route;
        const auto query = question.path.mid(question.path.indexOf("fieldManager=") + 13);
        store(std::move(next), query.toStdString());
        ++patches;
        if (diesAfterPatch) {
            diesAfterPatch = false;
            return { .status = 200, .type = {}, .body = {}, .headers = {}, .ending = HttpReply::Ending::HangUp };
        }
        HttpReply reply { 200, "application/json", QByteArray::fromStdString(m_route.dump()), {} };
        if (lies)
            m_route = kept;
        return reply;
    }

    HttpReply answer(const HttpQuestion& question)
    {
        const std::lock_guard lock(mutex);
        if (deaf)
            return { .status = 200, .type = {}, .body = {}, .headers = {}, .ending = HttpReply::Ending::Silence };
        if (instead)
            return *instead;
        if (!token.isEmpty() && question.headers.value("authorization") != "Bearer " + token)
            return status(401, "Unauthorized", "Unauthorized");
        const auto path = question.path.left(question.path.indexOf('?') < 0 ? question.path.size() : question.path.indexOf('?'));
        const QByteArray group = "/apis/gateway.networking.k8s.io/v1/namespaces/infer/";
        if (!path.startsWith("/apis/gateway.networking.k8s.io/v1/"))
            return { 404, "text/plain", "404 page not found\n", {} };
        if (path == group + "gateways/edge") {
            const Json gateway { { "apiVersion", "gateway.networking.k8s.io/v1" }, { "kind", "Gateway" },
                { "metadata", { { "name", "edge" }, { "namespace", "infer" }, { "generation", 1 }, { "resourceVersion", "7" } } },
                { "status",
                    { { "conditions",
                        Json::array({ { { "type", "Programmed" }, { "status", programmed ? "True" : "False" }, { "reason", programmed ? "Programmed" : "AddressNotAssigned" },
                            { "message", "" }, { "observedGeneration", 1 } } }) } } } };
            return { 200, "application/json", QByteArray::fromStdString(gateway.dump()), {} };
        }
        if (path != group + "httproutes/llm")
            return status(404, "NotFound", "httproutes.gateway.networking.k8s.io \"" + path.mid(path.lastIndexOf('/') + 1).toStdString() + "\" not found");
        if (question.method == "PATCH")
            return patch(question);
        if (!isObserved() && looksUntilReconciled >= 0 && m_looks++ >= looksUntilReconciled)
            reconcile();
        return { 200, "application/json", QByteArray::fromStdString(m_route.dump()), {} };
    }

    Json m_route;
    int m_looks = 0, m_writes = 0;
    HttpServer m_server; ///< last: it asks the rest from its thread
};

} // namespace penstock::test
