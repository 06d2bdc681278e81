// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "slurm/slurmanswer.h"

#include <algorithm>
#include <charconv>
#include <cctype>
#include <cmath>
#include <functional>

#include <simdjson.h>

namespace penstock {

namespace {

    namespace json = simdjson::dom;
    constexpr std::size_t longestText = 300;
    constexpr std::size_t mostHosts = 100'000; ///< of one job

    std::string textOf(json::element it)
    {
        std::string_view text;
        return it.get_string().get(text) ? std::string() : std::string(text);
    }

    /// 4; {"set": true, "infinite": false, "number": 4} from v0.0.39 on. Empty: null, not set, infinite.
    std::optional<double> numberOf(json::element it)
    {
        if (json::object object; !it.get_object().get(object)) {
            bool set = false, infinite = false;
            json::element number;
            if (object["set"].get_bool().get(set) || !set || (!object["infinite"].get_bool().get(infinite) && infinite) || object["number"].get(number))
                return std::nullopt;
            it = number;
        }
        double value = 0;
        return it.is_number() && !it.get_double().get(value) && std::isfinite(value) ? std::optional(value) : std::nullopt;
    }

    std::uint64_t countOf(json::element it, std::uint64_t otherwise)
    {
        const auto number = numberOf(it);
        // 4294967294 and what is near: not known.
        return number && *number >= 0 && *number < 4e9 ? static_cast<std::uint64_t>(*number) : otherwise;
    }

    std::vector<std::string> textsOf(json::element it)
    {
        std::vector<std::string> made;
        if (json::array list; !it.get_array().get(list))
            for (const auto one : list)
                made.push_back(textOf(one));
        return made;
    }

    /// "idle", "IDLE+DRAIN", ["IDLE", "DRAIN"].
    void addStates(json::element it, std::set<std::string, std::less<>>& to)
    {
        auto words = textsOf(it);
        if (words.empty())
            words.push_back(textOf(it));
        for (const auto& text : words) {
            std::string word;
            for (const char c : text + '+')
                if (c != '+')
                    word += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
                else if (!word.empty())
                    to.insert(std::exchange(word, {}));
        }
    }

    std::uint64_t sum(const std::vector<SlurmGres>& gpus)
    {
        std::uint64_t made = 0;
        for (const auto& it : gpus)
            made += it.count;
        return made;
    }

    std::optional<SlurmNode> nodeOf(json::object object)
    {
        SlurmNode made;
        for (const auto& [key, value] : object) {
            if (key == "name")
                made.name = textOf(value);
            else if (key == "gres")
                made.gpus = slurmGpus(textOf(value));
            else if (key == "gres_used")
                made.used = slurmGpus(textOf(value));
            else if (key == "state" || key == "state_flags")
                addStates(value, made.state);
            else if (key == "reason")
                made.reason = textOf(value).substr(0, longestText);
            else if (key == "partitions")
                made.partitions = textsOf(value);
            else if (key == "instance_type")
                made.instanceType = textOf(value);
        }
        return made.name.empty() ? std::nullopt : std::optional(std::move(made));
    }

    /// The nodes of a job in the order in which its GPUs are told.
    std::vector<std::string> allocatedOf(json::element resources)
    {
        std::vector<std::string> made;
        json::object object;
        if (resources.get_object().get(object))
            return made;
        json::array list;
        // Up to v0.0.40, and after.
        const bool isOld = !object["allocated_nodes"].get_array().get(list);
        if (json::object nodes; isOld || (!object["nodes"].get_object().get(nodes) && !nodes["allocation"].get_array().get(list)))
            for (const auto one : list)
                if (json::element name; !one[isOld ? "nodename" : "name"].get(name))
                    made.push_back(textOf(name));
        return made;
    }

    std::optional<SlurmJob> jobOf(json::object object)
    {
        SlurmJob made;
        std::string hosts, asked, perNode, perJob, perTask, perSocket, tasks, allocatedTres;
        std::vector<std::string> allocated;
        std::uint64_t nodeCount = 1, taskCount = 1, sockets = 1;
        std::optional<double> task, priority;
        bool isJob = false;
        for (const auto& [key, value] : object) {
            if (key == "job_id")
                isJob = numberOf(value).has_value();
            else if (key == "name")
                made.name = textOf(value);
            else if (key == "account")
                made.account = textOf(value);
            else if (key == "user_name")
                made.user = textOf(value);
            else if (key == "partition")
                made.partition = textOf(value);
            else if (key == "job_state")
                addStates(value, made.state);
            else if (key == "state_reason")
                made.reason = textOf(value).substr(0, longestText);
            else if (key == "nodes")
                hosts = textOf(value);
            else if (key == "job_resources")
                allocated = allocatedOf(value);
            else if (key == "gres_detail") {
                for (const auto& it : textsOf(value))
                    made.gpus.push_back(slurmGpus(it));
            } else if (key == "tres_req_str")
                asked = textOf(value);
            else if (key == "tres_alloc_str")
                allocatedTres = textOf(value);
            else if (key == "tres_per_node")
                perNode = textOf(value);
            else if (key == "tres_per_job")
                perJob = textOf(value);
            else if (key == "tres_per_task")
                perTask = textOf(value);
            else if (key == "tres_per_socket")
                perSocket = textOf(value);
            else if (key == "node_count")
                nodeCount = countOf(value, 1);
            else if (key == "tasks")
                taskCount = countOf(value, 1);
            else if (key == "sockets_per_node")
                sockets = countOf(value, 1);
            else if (key == "array_task_id")
                task = numberOf(value);
            else if (key == "array_task_string")
                tasks = textOf(value);
            else if (key == "priority")
                priority = numberOf(value);
            else if (key == "hold") {
                if (bool held = false; !value.get_bool().get(held))
                    made.held = held;
            }
        }
        if (!isJob)
            return std::nullopt;
        made.held = made.held || priority == 0 || made.reason.starts_with("JobHeld");
        made.nodes = allocated.empty() ? slurmHosts(hosts, mostHosts) : std::move(allocated);
        if (made.gpus.size() != made.nodes.size())
            made.gpus.clear();
        // Of what was asked for; what it got is said where it runs.
        for (const auto& told : { slurmTresGpus(made.state.contains("PENDING") ? std::string_view(asked) : std::string_view(allocatedTres)), slurmTresGpus(asked), perNode.empty() ? std::nullopt : std::optional(sum(slurmGpus(perNode)) * nodeCount),
                 perJob.empty() ? std::nullopt : std::optional(sum(slurmGpus(perJob))), perTask.empty() ? std::nullopt : std::optional(sum(slurmGpus(perTask)) * taskCount),
                 perSocket.empty() ? std::nullopt : std::optional(sum(slurmGpus(perSocket)) * std::max<std::uint64_t>(sockets, 1) * nodeCount) })
            if (told && *told > 0) {
                made.gpusAsked = *told;
                break;
            }
        if (!task && !tasks.empty()) {
            const auto waiting = slurmTasks(tasks);
            made.gpusAsked *= std::max<std::uint64_t>(waiting.count, 1);
            made.asksMore = waiting.cutOff;
        }
        made.gpusAsked = std::min<std::uint64_t>(made.gpusAsked, 1'000'000'000);
        return made;
    }

    std::unexpected<Error> stranger(const std::string& what)
    {
        return fail(Error::Kind::Invalid, what, {}, "is this the address of slurmrestd, without /slurm?");
    }

    /// The first of `errors` as slurmrestd writes them; its keys are others in v0.0.38's nodes and in all else.
    std::optional<Error> refusalOf(json::array errors)
    {
        for (const auto it : errors) {
            std::string text, description;
            std::optional<double> number;
            if (json::object object; !it.get_object().get(object))
                for (const auto& [key, value] : object) {
                    if (key == "error")
                        text = textOf(value);
                    else if (key == "description")
                        description = textOf(value);
                    else if (key == "errno" || key == "error_number")
                        number = numberOf(value);
                }
            if (!description.empty() && description != text)
                text = description + (text.empty() ? std::string() : ": " + text);
            if (number)
                text += " (" + std::to_string(static_cast<long long>(*number)) + ")";
            // ESLURM_ACCESS_DENIED, SLURM_PROTOCOL_AUTHENTICATION_ERROR.
            const bool denied = number == 2002 || number == 1007 || text.find("uthentication") != std::string::npos || text.find("ermission denied") != std::string::npos;
            return denied ? Error { Error::Kind::Denied, "slurmctld refuses: " + text.substr(0, longestText), {}, "check user and token: make another one with scontrol token, and see whether slurm.conf sets PrivateData" }
                          : Error { Error::Kind::Unavailable, "slurmrestd gets nothing from slurmctld: " + text.substr(0, longestText), {},
                                "does scontrol ping answer there? A token that slurmctld refuses looks the same: make another one with scontrol token" };
        }
        return std::nullopt;
    }

} // namespace

struct SlurmReader::Parser
{
    json::parser parser;

    /// `each` gets the objects of the list `name`; false: it is none of those.
    Result<SlurmNotes> read(std::string body, std::string_view name, const std::function<bool(json::object)>& each);
};

Result<SlurmNotes> SlurmReader::Parser::read(std::string body, std::string_view name, const std::function<bool(json::object)>& each)
{
    const auto size = body.size();
    body.reserve(size + simdjson::SIMDJSON_PADDING);
    json::element document;
    json::object root;
    if (parser.parse(body.data(), size, false).get(document)) {
        const auto first = body.find_first_not_of(" \t\r\n");
        if (first != std::string::npos && body[first] == '{')
            return fail(Error::Kind::Unavailable, "the answer is damaged or cut off", {}, "a proxy between may cut answers off");
        return stranger("the answer is no JSON");
    }
    if (document.get_object().get(root))
        return stranger("the answer is no JSON object");
    if (json::array errors; !root["errors"].get_array().get(errors))
        if (auto refused = refusalOf(errors))
            return std::unexpected(std::move(*refused));
    json::array list;
    if (root[name].get_array().get(list))
        return stranger("the answer has no " + std::string(name));
    for (const auto it : list)
        if (json::object one; it.get_object().get(one) || !each(one))
            return stranger("of the " + std::string(name) + " in the answer one is none");
    SlurmNotes notes;
    // Its name is written small from v0.0.40 on.
    for (const char* spelled : { "Slurm", "slurm" }) {
        json::element told;
        if (!root["meta"][spelled]["release"].get(told))
            notes.release = textOf(told);
        if (!root["meta"][spelled]["cluster"].get(told))
            notes.cluster = textOf(told);
    }
    return notes;
}

SlurmReader::SlurmReader() : m_parser(std::make_unique<Parser>()) { }
SlurmReader::~SlurmReader() = default;

Result<SlurmNotes> SlurmReader::nodes(std::string body, std::vector<SlurmNode>& into)
{
    into.clear();
    return m_parser->read(std::move(body), "nodes", [&](json::object it) {
        auto made = nodeOf(it);
        if (made)
            into.push_back(std::move(*made));
        return made.has_value();
    });
}

Result<SlurmNotes> SlurmReader::jobs(std::string body, std::vector<SlurmJob>& into)
{
    into.clear();
    return m_parser->read(std::move(body), "jobs", [&](json::object it) {
        auto made = jobOf(it);
        if (made)
            into.push_back(std::move(*made));
        return made.has_value();
    });
}

Result<SlurmNotes> SlurmReader::partitions(std::string body, std::map<std::string, bool>& into)
{
    into.clear();
    return m_parser->read(std::move(body), "partitions", [&](json::object it) {
        std::string name;
        std::set<std::string, std::less<>> state;
        for (const auto& [key, value] : it) {
            if (key == "name")
                name = textOf(value);
            else if (key == "state")
                addStates(value, state);
            else if (json::element nested; key == "partition" && !value["state"].get(nested))
                addStates(nested, state);
        }
        if (name.empty())
            return false;
        into[name] = state.empty() || state.contains("UP");
        return true;
    });
}

int newestSlurmVersion(std::string_view openapi)
{
    int newest = 0;
    for (auto at = openapi.find("slurm"); at != std::string_view::npos; at = openapi.find("slurm", at + 1)) {
        auto rest = openapi.substr(at + 5);
        // JSON may escape it.
        if (rest.starts_with('\\'))
            rest.remove_prefix(1);
        constexpr std::string_view version = "/v0.0.";
        if (!rest.starts_with(version))
            continue;
        rest.remove_prefix(version.size());
        int number = 0;
        if (std::from_chars(rest.data(), rest.data() + std::min<std::size_t>(rest.size(), 6), number).ec == std::errc())
            newest = std::max(newest, number);
    }
    return newest;
}

std::optional<Time> tokenExpiry(std::string_view token)
{
    const auto begin = token.find('.');
    if (begin == std::string_view::npos)
        return std::nullopt;
    std::string payload;
    std::uint32_t bits = 0;
    int have = 0;
    for (const char c : token.substr(begin + 1, token.find('.', begin + 1) - begin - 1)) {
        constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        const auto digit = digits.find(c);
        if (digit == std::string_view::npos)
            return std::nullopt;
        bits = (bits << 6) | static_cast<std::uint32_t>(digit);
        if (have += 6; have >= 8) {
            have -= 8;
            payload += static_cast<char>((bits >> have) & 0xFF);
        }
    }
    json::parser parser;
    json::element claims, told;
    if (parser.parse(payload).get(claims) || claims["exp"].get(told))
        return std::nullopt;
    const auto seconds = numberOf(told);
    return seconds && *seconds > 0 && *seconds < 9e9 ? std::optional(Time(std::chrono::seconds(static_cast<std::int64_t>(*seconds)))) : std::nullopt;
}

} // namespace penstock
