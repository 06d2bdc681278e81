// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "kubernetes/kubereader.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <simdjson.h>

namespace penstock {

namespace {

    namespace json = simdjson::ondemand;
    constexpr std::size_t longestWhy = 240;

    /// Calls `each` with every key and its value. False: it is no whole object.
    template<class Each>
    bool fields(json::object object, Each each)
    {
        for (auto field : object) {
            std::string_view key;
            json::value value;
            if (field.unescaped_key().get(key) || field.value().get(value) || !each(key, value))
                return false;
        }
        return true;
    }

    /// The same for each member of a field; what is no object has none.
    template<class Each>
    bool members(json::value& of, Each each)
    {
        json::object object;
        return of.get_object().get(object) || fields(object, each);
    }

    /// Calls `each` with every object of an array; what is no array has none.
    template<class Each>
    bool elements(json::value& of, Each each)
    {
        json::array array;
        if (of.get_array().get(array))
            return true;
        for (auto it : array) {
            json::value value;
            if (it.get(value))
                return false;
            json::object object;
            if (!value.get_object().get(object) && !each(object))
                return false;
        }
        return true;
    }

    /// Empty: it is no text.
    std::string text(json::value& value)
    {
        std::string_view found;
        return value.get_string().get(found) ? std::string() : std::string(found);
    }

    bool flag(json::value& value)
    {
        bool found = false;
        return !value.get_bool().get(found) && found;
    }

    /// Whole numbers as quantities write them: "8", 8, "1k".
    std::uint32_t quantity(json::value& value)
    {
        std::string_view written;
        if (value.get_string().get(written)) {
            std::uint64_t number = 0;
            return value.get_uint64().get(number) || number > 1'000'000 ? 0 : static_cast<std::uint32_t>(number);
        }
        std::uint32_t number = 0;
        const auto* end = written.data() + written.size();
        const auto read = std::from_chars(written.data(), end, number);
        if (read.ec != std::errc() || number > 1'000'000)
            return 0;
        if (read.ptr == end)
            return number;
        return read.ptr + 1 == end && *read.ptr == 'k' && number <= 1'000 ? number * 1'000 : 0;
    }

    bool gpus(json::value& resources, KubeGpus& to)
    {
        return members(resources, [&](std::string_view key, json::value& value) {
            if (isKubeGpu(key))
                to[std::string(key)] = quantity(value);
            return true;
        });
    }

    void add(KubeGpus& to, const KubeGpus& more)
    {
        for (const auto& [resource, count] : more)
            to[resource] += count;
    }

    void raise(KubeGpus& to, const KubeGpus& least)
    {
        for (const auto& [resource, count] : least)
            to[resource] = std::max(to[resource], count);
    }

    /// What a container asks for. Of GPUs request and limit are the same; the one may be left out.
    bool container(json::object object, KubeGpus& asks, bool& isSidecar)
    {
        return fields(object, [&](std::string_view key, json::value& value) {
            if (key == "restartPolicy")
                isSidecar = text(value) == "Always";
            if (key != "resources")
                return true;
            return members(value, [&](std::string_view kind, json::value& resources) {
                KubeGpus found;
                if ((kind == "limits" || kind == "requests") && !gpus(resources, found))
                    return false;
                raise(asks, found);
                return true;
            });
        });
    }

    /// Nothing follows.
    bool isRead(json::document& document) { return document.current_location().error() == simdjson::OUT_OF_BOUNDS; }

    std::unexpected<Error> cutOff() { return fail(Error::Kind::Unavailable, "the answer is damaged or cut off", {}, "a proxy between may cut answers off"); }

} // namespace

struct KubeReader::Parser
{
    Kind kind;
    std::set<std::string> labels;
    json::parser parser;
    std::string line;

    /// What every object says, and a Status in place of one.
    struct Said
    {
        std::string version, reason, message;
        int code = 0;
        void note(std::string_view key, json::value& value)
        {
            if (key == "reason")
                reason = text(value);
            else if (key == "message")
                message = text(value);
            else if (key == "code")
                code = static_cast<int>(quantity(value));
        }
    };
    bool metadata(json::value& value, std::string& name, std::string& nameSpace, std::map<std::string, std::string>& kept, bool& deleting, Said& said);
    bool node(json::object object, KubeNode& to, Said& said);
    bool pod(json::object object, KubePod& to, Said& said);
    bool podSpec(json::value& value, KubePod& to);
    bool object(json::object object, KubeObject& to, Said& said);
};

bool KubeReader::Parser::metadata(json::value& value, std::string& name, std::string& nameSpace, std::map<std::string, std::string>& kept, bool& deleting, Said& said)
{
    return members(value, [&](std::string_view key, json::value& it) {
        if (key == "name")
            name = text(it);
        else if (key == "namespace")
            nameSpace = text(it);
        else if (key == "resourceVersion")
            said.version = text(it);
        else if (key == "deletionTimestamp")
            deleting = !text(it).empty();
        else if (key == "labels")
            return members(it, [&](std::string_view label, json::value& says) {
                if (kind == Kind::Nodes ? std::ranges::find(kubeNodeLabels, label) != kubeNodeLabels.end() : labels.contains(std::string(label)))
                    kept[std::string(label)] = text(says);
                return true;
            });
        return true;
    });
}

bool KubeReader::Parser::node(json::object object, KubeNode& to, Said& said)
{
    return fields(object, [&](std::string_view key, json::value& value) {
        std::string none;
        if (key == "metadata")
            return metadata(value, to.name, none, to.labels, to.deleting, said);
        if (key == "spec")
            return members(value, [&](std::string_view field, json::value& it) {
                if (field == "providerID")
                    to.providerId = text(it);
                else if (field == "unschedulable")
                    to.unschedulable = flag(it);
                else if (field == "taints")
                    return elements(it, [&](json::object taint) {
                        std::string of, effect;
                        const bool isWhole = fields(taint, [&](std::string_view part, json::value& says) {
                            if (part == "key")
                                of = text(says);
                            else if (part == "effect")
                                effect = text(says);
                            return true;
                        });
                        to.keptFree = to.keptFree || (keepsAllAway(of) && effect.starts_with("No"));
                        return isWhole;
                    });
                return true;
            });
        else if (key == "status")
            return members(value, [&](std::string_view field, json::value& it) {
                if (field == "capacity")
                    return gpus(it, to.capacity);
                if (field == "allocatable")
                    return gpus(it, to.allocatable);
                if (field == "conditions")
                    return elements(it, [&](json::object condition) {
                        std::string type, status;
                        const bool isWhole = fields(condition, [&](std::string_view part, json::value& says) {
                            if (part == "type")
                                type = text(says);
                            else if (part == "status")
                                status = text(says);
                            return true;
                        });
                        if (type == "Ready")
                            to.ready = status == "True";
                        return isWhole;
                    });
                return true;
            });
        said.note(key, value);
        return true;
    });
}

bool KubeReader::Parser::podSpec(json::value& value, KubePod& to)
{
    KubeGpus together, sidecars, before; ///< before: the most that runs at a time until the containers do
    const bool isWhole = members(value, [&](std::string_view field, json::value& it) {
        if (field == "nodeName")
            to.node = text(it);
        else if (field == "containers")
            return elements(it, [&](json::object one) {
                KubeGpus asks;
                bool isSidecar = false;
                const bool read = container(one, asks, isSidecar);
                add(together, asks);
                return read;
            });
        else if (field == "initContainers")
            return elements(it, [&](json::object one) {
                KubeGpus asks;
                bool isSidecar = false;
                const bool read = container(one, asks, isSidecar);
                if (isSidecar)
                    add(sidecars, asks);
                else
                    add(asks, sidecars);
                raise(before, isSidecar ? sidecars : asks);
                return read;
            });
        else if (field == "resourceClaims")
            return elements(it, [&](json::object claim) {
                to.claims = true;
                return fields(claim, [](std::string_view, json::value&) { return true; });
            });
        return true;
    });
    add(together, sidecars);
    raise(together, before);
    std::erase_if(together, [](const auto& it) { return it.second == 0; });
    to.gpus = std::move(together);
    return isWhole;
}

bool KubeReader::Parser::pod(json::object object, KubePod& to, Said& said)
{
    return fields(object, [&](std::string_view key, json::value& value) {
        if (key == "metadata")
            return metadata(value, to.name, to.nameSpace, to.labels, to.deleting, said);
        if (key == "spec")
            return podSpec(value, to);
        if (key == "status")
            return members(value, [&](std::string_view field, json::value& it) {
                if (field == "phase") {
                    const auto phase = text(it);
                    to.ended = phase == "Succeeded" || phase == "Failed";
                } else if (field == "conditions")
                    return elements(it, [&](json::object condition) {
                        std::string type, status, reason, message;
                        const bool isWhole = fields(condition, [&](std::string_view part, json::value& says) {
                            if (part == "type")
                                type = text(says);
                            else if (part == "status")
                                status = text(says);
                            else if (part == "reason")
                                reason = text(says);
                            else if (part == "message")
                                message = text(says);
                            return true;
                        });
                        if (type == "PodScheduled" && status == "False")
                            to.why = (reason + (message.empty() ? "" : ": ") + message).substr(0, longestWhy);
                        return isWhole;
                    });
                return true;
            });
        said.note(key, value);
        return true;
    });
}

bool KubeReader::Parser::object(json::object object, KubeObject& to, Said& said)
{
    return kind == Kind::Nodes ? node(object, to.emplace<KubeNode>(), said) : pod(object, to.emplace<KubePod>(), said);
}

KubeReader::KubeReader(Kind kind, std::set<std::string> labels) : m_parser(std::make_unique<Parser>())
{
    m_parser->kind = kind;
    m_parser->labels = std::move(labels);
}

KubeReader::~KubeReader() = default;

Result<KubeReader::Page> KubeReader::page(std::string body, const std::function<void(KubeObject)>& each)
{
    const auto size = body.size();
    body.reserve(size + simdjson::SIMDJSON_PADDING);
    json::document document;
    json::object root;
    if (m_parser->parser.iterate(body.data(), size, body.capacity()).get(document) || document.get_object().get(root)) {
        if (body.starts_with("{\"kind\""))
            return cutOff();
        return fail(Error::Kind::Invalid, "the answer is no JSON", {}, "is this the address of a Kubernetes API server?");
    }
    Page made;
    std::string kind;
    bool hasItems = false;
    const bool isWhole = fields(root, [&](std::string_view key, json::value& value) {
        if (key == "kind")
            kind = text(value);
        else if (key == "metadata")
            return members(value, [&](std::string_view field, json::value& it) {
                if (field == "resourceVersion")
                    made.version = text(it);
                else if (field == "continue")
                    made.next = text(it);
                return true;
            });
        else if (key == "items") {
            hasItems = true;
            return elements(value, [&](json::object it) {
                KubeObject object;
                Parser::Said said;
                if (!m_parser->object(it, object, said))
                    return false;
                each(std::move(object));
                return true;
            });
        }
        return true;
    });
    if (!isWhole || !isRead(document))
        return cutOff();
    if (kind != (m_parser->kind == Kind::Nodes ? "NodeList" : "PodList") || !hasItems || made.version.empty())
        return fail(Error::Kind::Invalid, "the answer is no list of " + std::string(m_parser->kind == Kind::Nodes ? "nodes" : "pods"), {}, "is this the address of a Kubernetes API server?");
    return made;
}

Result<KubeEvent> KubeReader::event(std::string_view line)
{
    auto& buffer = m_parser->line;
    buffer.assign(line);
    buffer.reserve(line.size() + simdjson::SIMDJSON_PADDING);
    const auto stranger = [] { return fail(Error::Kind::Invalid, "what the watch sends is no event", {}, "is this the address of a Kubernetes API server?"); };
    json::document document;
    json::object root;
    if (m_parser->parser.iterate(buffer.data(), line.size(), buffer.capacity()).get(document) || document.get_object().get(root))
        return stranger();
    KubeEvent made;
    Parser::Said said;
    std::string type;
    bool hasObject = false;
    const bool isWhole = fields(root, [&](std::string_view key, json::value& value) {
        if (key == "type")
            type = text(value);
        else if (key == "object") {
            json::object object;
            hasObject = !value.get_object().get(object);
            return hasObject && m_parser->object(object, made.object, said);
        }
        return true;
    });
    if (!isWhole || !isRead(document) || !hasObject)
        return stranger();
    constexpr std::array<std::string_view, 5> types { "ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR" };
    const auto known = std::ranges::find(types, type);
    if (known == types.end())
        return stranger();
    made.type = static_cast<KubeEvent::Type>(known - types.begin());
    if (made.type == KubeEvent::Type::Error) {
        made.code = said.code;
        made.reason = std::move(said.reason);
        made.message = std::move(said.message);
    } else {
        made.version = std::move(said.version);
        if (made.version.empty())
            return stranger();
    }
    return made;
}

} // namespace penstock
