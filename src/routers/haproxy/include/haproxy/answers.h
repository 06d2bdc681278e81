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

/// Of `show info`: which process answers.
struct Process
{
    std::uint64_t pid = 0;
    std::chrono::seconds uptime { 0 };
    std::string version;
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
    friend bool operator==(const ServerStat&, const ServerStat&) = default;
};

[[nodiscard]] Result<Process> parseInfo(std::string_view answer);
/// Invalid when a row is cut off or a number is none; columns are found by the names in the header.
[[nodiscard]] Result<std::vector<ServerState>> parseServersState(std::string_view answer);
/// Servers of `backend` only. Columns are found by their names.
[[nodiscard]] Result<std::vector<ServerStat>> parseStat(std::string_view answer, std::string_view backend);
/// "100 (initial 100)" as 100.
[[nodiscard]] Result<int> parseWeight(std::string_view answer);

/// What an answer that is not the expected one means, and what to do.
[[nodiscard]] Error errorOf(std::string_view answer, const std::string& command);

/// Absolute weights (0..256) whose proportions are nearest to these shares: the percentages themselves where they are
/// whole. A share above 0 never becomes 0. Invalid: the shares do not add up to 100.
[[nodiscard]] Result<std::vector<int>> weightsOf(const Weights& shares);

[[nodiscard]] BackendReading::Condition conditionOf(const ServerState& state, const std::optional<ServerStat>& stat);
/// True when new requests can go there, given a weight.
[[nodiscard]] bool isUsable(const ServerState& state);

} // namespace penstock::haproxy
