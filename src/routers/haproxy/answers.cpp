// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "haproxy/answers.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "columns.h"

namespace penstock::haproxy {

namespace {

    std::vector<std::string_view> linesOf(std::string_view text)
    {
        std::vector<std::string_view> lines;
        while (!text.empty()) {
            const auto end = text.find('\n');
            auto line = text.substr(0, end);
            if (line.ends_with('\r'))
                line.remove_suffix(1);
            lines.push_back(line);
            if (end == std::string_view::npos)
                break;
            text.remove_prefix(end + 1);
        }
        return lines;
    }

    std::vector<std::string> wordsOf(std::string_view line)
    {
        std::vector<std::string> words;
        while (!line.empty()) {
            const auto end = line.find(' ');
            if (end != 0)
                words.emplace_back(line.substr(0, end));
            if (end == std::string_view::npos)
                break;
            line.remove_prefix(end + 1);
        }
        return words;
    }

} // namespace

Result<Process> parseInfo(std::string_view answer)
{
    Process process;
    bool pid = false, uptime = false;
    for (const auto line : linesOf(answer)) {
        const auto colon = line.find(':');
        if (colon == std::string_view::npos)
            continue;
        const auto key = line.substr(0, colon);
        const auto value = trimmed(line.substr(colon + 1));
        std::int64_t seconds = 0;
        if (key == "Pid") {
            pid = read(value, process.pid);
        } else if (key == "Uptime_sec") {
            uptime = read(value, seconds) && seconds >= 0 && seconds < 100LL * 366 * 86'400;
            process.uptime = std::chrono::seconds(uptime ? seconds : 0);
        } else if (key == "Start_time_sec") {
            if (read(value, seconds) && seconds > 0)
                process.startedAt = seconds;
        } else if (key == "Version") {
            process.version = std::string(value.substr(0, 80));
        }
    }
    if (!pid || !uptime)
        return broken("the answer to `show info` has no Pid or Uptime_sec", trimmed(answer));
    return process;
}

Result<std::vector<ServerState>> parseServersState(std::string_view answer)
{
    std::vector<ServerState> servers;
    std::optional<Header> header;
    for (const auto line : linesOf(answer)) {
        if (line.starts_with("# ")) {
            header.emplace(wordsOf(line.substr(2)));
            continue;
        }
        const auto row = wordsOf(line);
        if (row.empty() || (row.size() == 1 && !header))
            continue;
        if (!header)
            return broken("the server states have no header", line);
        ServerState server;
        server.backend = header->cell(row, "be_name");
        server.name = header->cell(row, "srv_name");
        if (server.backend.empty() || server.name.empty() || !read(header->cell(row, "be_id"), server.backendId)
            || !read(header->cell(row, "srv_op_state"), server.operation)
            || !read(header->cell(row, "srv_admin_state"), server.administration)
            || !read(header->cell(row, "srv_uweight"), server.weight)
            || !read(header->cell(row, "srv_iweight"), server.initialWeight))
            return broken("a server's state cannot be read", line);
        constexpr unsigned enabled = 0x04;
        unsigned agent = 0;
        server.agentChecked = read(header->cell(row, "srv_agent_state"), agent) && (agent & enabled) != 0;
        if (server.weight < 0 || server.weight > heaviest)
            return broken("a weight is not between 0 and 256", line);
        servers.push_back(std::move(server));
    }
    if (!header)
        return broken("these are no server states", trimmed(answer));
    return servers;
}

Result<int> parseWeight(std::string_view answer)
{
    const auto text = trimmed(answer);
    int weight = 0;
    if (!text.ends_with(')') || text.find(" (initial ") == std::string_view::npos
        || !read(text.substr(0, text.find(' ')), weight) || weight < 0 || weight > heaviest)
        return broken("this is no weight", text);
    return weight;
}

Error errorOf(std::string_view answer, const std::string& command)
{
    const auto text = trimmed(answer);
    const auto says = [text](std::string_view part) { return text.find(part) != std::string_view::npos; };
    if (says("Permission denied"))
        return { Error::Kind::Denied, "HAProxy denies `" + command + "`", {}, "add `level admin` to its line `stats socket`" };
    if (says("No such server"))
        return { Error::Kind::NotFound, "HAProxy has no such server: `" + command + "`", {}, "compare the names with its configuration" };
    if (says("No such backend") || says("Can't find backend"))
        return { Error::Kind::NotFound, "HAProxy has no such backend: `" + command + "`", {}, "compare the name with its configuration" };
    if (says("static LB algorithm"))
        return { Error::Kind::Refused, "this backend balances by a static algorithm, which takes no weights while it runs", {},
            "write `balance roundrobin`, or `hash-type consistent`, in its configuration" };
    if (says("Unknown command"))
        return { Error::Kind::Invalid, "the other side does not know `" + command + "`", {}, "HAProxy 2.0 or newer is needed" };
    return { Error::Kind::Invalid,
        "HAProxy answers `" + command + "` with \"" + std::string(text.substr(0, 160)) + "\"", {}, {} };
}

Result<std::vector<int>> weightsOf(const Weights& shares)
{
    double sum = 0, greatest = 0;
    bool whole = true;
    for (const double share : shares) {
        if (!(share >= 0 && share <= 100))
            return fail(Error::Kind::Invalid, "a share must be between 0 and 100");
        sum += share;
        greatest = std::max(greatest, share);
        whole = whole && std::abs(share - std::round(share)) < 1e-9;
    }
    if (std::abs(sum - 100) > 0.05 || shares.empty())
        return fail(Error::Kind::Invalid, "the shares add up to " + std::to_string(sum) + ", not to 100");
    std::vector<int> best;
    double leastError = std::numeric_limits<double>::infinity();
    // The scale 100 is tried first and kept unless another one is really nearer, so that weights read as percentages.
    const int widest = std::min(25'600, static_cast<int>(heaviest * 100 / greatest));
    for (int scale = 100; scale <= widest; ++scale) {
        std::vector<int> weights;
        for (const double share : shares)
            weights.push_back(share > 0 ? std::clamp(static_cast<int>(std::lround(share * scale / 100)), 1, heaviest) : 0);
        const double total = std::accumulate(weights.begin(), weights.end(), 0);
        double error = 0;
        for (std::size_t i = 0; i < shares.size(); ++i)
            error = std::max(error, std::abs(100 * weights[i] / total - shares[i]));
        if (error < leastError - 1e-6) {
            leastError = error;
            best = std::move(weights);
        }
        if (whole)
            break;
    }
    return best;
}

Obedience obedienceOf(std::string_view algorithm)
{
    if (algorithm == "roundrobin")
        return Obedience::Follows;
    if (algorithm == "leastconn" || algorithm == "random")
        return Obedience::Roughly;
    if (algorithm == "static-rr")
        return Obedience::AllOrNothing;
    if (algorithm == "first")
        return Obedience::Ignores;
    return Obedience::Unknown;
}

Result<std::vector<int>> allOrNothing(const Weights& shares, const std::vector<int>& configured)
{
    std::vector<int> weights;
    for (std::size_t i = 0; i < shares.size(); ++i)
        weights.push_back(shares[i] > 0 ? configured[i] : 0);
    const double sum = std::accumulate(weights.begin(), weights.end(), 0);
    for (std::size_t i = 0; i < shares.size(); ++i)
        if (sum <= 0 || std::abs(100 * weights[i] / sum - shares[i]) > 0.5)
            return fail(Error::Kind::Refused, "this backend balances by a static algorithm: while it runs, a server has its configured weight or none", {},
                "take servers out whole, or write `balance roundrobin`, or `hash-type consistent`, in its configuration");
    return weights;
}

BackendReading::Condition conditionOf(const ServerState& state, const std::optional<ServerStat>& stat)
{
    using Condition = BackendReading::Condition;
    constexpr unsigned maintenance = 0x01 | 0x02 | 0x04 | 0x20, drain = 0x08 | 0x10;
    if (state.administration & maintenance)
        return Condition::Maintenance;
    if (state.operation == 0)
        return Condition::Down;
    if ((state.administration & drain) || state.operation == 3)
        return Condition::Draining;
    if (state.operation == 1 || (stat && stat->throttle && *stat->throttle < 100))
        return Condition::Warming;
    return Condition::Up;
}

bool isDrained(const ServerState& state)
{
    return (state.administration & (0x08 | 0x10)) != 0;
}

bool isUsable(const ServerState& state)
{
    const auto condition = conditionOf(state, {});
    return condition == BackendReading::Condition::Up || condition == BackendReading::Condition::Warming;
}

} // namespace penstock::haproxy
