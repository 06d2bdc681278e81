// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fleet/route.h"

namespace penstock::haproxy {

/// The heaviest weight that a server may have.
inline constexpr int heaviest = 256;

/// Of `show info`: which process answers.
struct Process
{
    std::uint64_t pid = 0;
    std::chrono::seconds uptime { 0 };
    std::string version;
    std::optional<std::int64_t> startedAt {}; ///< seconds since 1970 by HAProxy's own clock; newer versions tell it
    friend bool operator==(const Process&, const Process&) = default;
};

/// A row of `show servers state`.
struct ServerState
{
    std::string backend;
    std::uint32_t backendId = 0;
    std::string name;
    int operation = 0; ///< 0 stopped, 1 starting, 2 running, 3 stopping
    unsigned administration = 0; ///< bits, see the management guide
    int weight = 0; ///< as set by the user, 0..256
    int initialWeight = 0; ///< as configured
    bool agentChecked = false; ///< an agent-check runs, which may change the weight and the state
    friend bool operator==(const ServerState&, const ServerState&) = default;
};

/// A server's row of `show stat`.
struct ServerStat
{
    std::string name;
    std::string status; ///< "UP", "DOWN 1/2", "MAINT (via a/b)"
    std::string checkStatus; ///< "L4CON"; may be empty
    std::string checkText; ///< "Connection refused"; may be empty
    std::optional<int> throttle; ///< per cent, while it warms up
    std::uint64_t requests = 0; ///< HTTP requests, or sessions where it does not count requests
    bool backup = false;
    std::optional<int> effectiveWeight {}; ///< in force now: below the one set while it warms up
    std::uint64_t failed = 0; ///< requests answered with a status of 500 and above
    std::uint64_t unanswered = 0; ///< requests that found no connection or no answer; not among `requests`
    std::uint64_t retried = 0; ///< attempts that found no connection or no answer and were made again here
    std::uint64_t redispatched = 0; ///< requests that found none here and were sent to another server; of each attempt that fails one of these three counts
    std::uint64_t queued = 0; ///< requests that wait for this server now
    bool agentTellsNoState = false; ///< its agent-check answered last with nothing about its state: with a weight alone
    std::uint64_t begun = 0; ///< requests given to it, answered or not yet; sessions where it does not count requests
    std::uint64_t open = 0; ///< requests that wait for its answer now
    std::optional<double> latency {}; ///< ms from the request to the head of its answer, mean of the last 1,024 requests
    friend bool operator==(const ServerStat&, const ServerStat&) = default;
};

/// The rows of one backend in `show stat`.
struct BackendStat
{
    std::string algorithm; ///< "roundrobin"; empty where it is not told: at user level
    std::uint64_t queued = 0; ///< requests that wait for any server
    std::vector<ServerStat> servers;
    friend bool operator==(const BackendStat&, const BackendStat&) = default;
};

[[nodiscard]] Result<Process> parseInfo(std::string_view answer);
/// Invalid when a row is cut off or a number is none; columns are found by the names in the header.
[[nodiscard]] Result<std::vector<ServerState>> parseServersState(std::string_view answer);
/// Columns are found by their names.
[[nodiscard]] Result<BackendStat> parseStat(std::string_view answer, std::string_view backend);
/// "100 (initial 100)" as 100.
[[nodiscard]] Result<int> parseWeight(std::string_view answer);

/// What an answer that is not the expected one means, and what to do.
[[nodiscard]] Error errorOf(std::string_view answer, const std::string& command);

/// Absolute weights (0..256) whose proportions are nearest to these shares: the percentages themselves where they are
/// whole. A share above 0 never becomes 0. Invalid: the shares do not add up to 100.
[[nodiscard]] Result<std::vector<int>> weightsOf(const Weights& shares);

/// What an algorithm does with weights that are set while it runs.
enum class Obedience {
    Follows, ///< the split follows the weights
    Roughly, ///< it follows other things too: open connections, keys
    AllOrNothing, ///< a server has its configured weight or none
    Ignores, ///< weights mean nothing
    Unknown, ///< it depends on what is not told (hash-type), or the algorithm is not told
};
[[nodiscard]] Obedience obedienceOf(std::string_view algorithm);

/// The same for an algorithm that knows all or nothing: each server has its configured weight or 0. Refused: these shares
/// cannot be made of that, to half a percentage point.
[[nodiscard]] Result<std::vector<int>> allOrNothing(const Weights& shares, const std::vector<int>& configured);

[[nodiscard]] BackendReading::Condition conditionOf(const ServerState& state, const std::optional<ServerStat>& stat);
/// True when it is in the state drain, by command or through another server.
[[nodiscard]] bool isDrained(const ServerState& state);
/// True when new requests can go there, given a weight.
[[nodiscard]] bool isUsable(const ServerState& state);

} // namespace penstock::haproxy
