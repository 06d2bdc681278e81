// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "haproxy/answers.h"

using namespace penstock;
using namespace penstock::haproxy;

namespace {

void require(bool truth)
{
    if (!truth)
        std::abort();
}

} // namespace

/// Whatever a stats socket says, it is read or refused, and what is read keeps its promises.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto process = parseInfo(text))
        require(process->uptime.count() >= 0 && process->version.size() <= 80);
    if (const auto servers = parseServersState(text))
        for (const auto& server : *servers) {
            require(!server.name.empty() && server.weight >= 0 && server.weight <= 256);
            (void)conditionOf(server, {});
        }
    if (const auto stats = parseStat(text, "infer"))
        for (const auto& stat : stats->servers)
            require(!stat.name.empty() && stat.effectiveWeight.value_or(0) >= 0 && stat.latency.value_or(0) >= 0);
    if (const auto weight = parseWeight(text))
        require(*weight >= 0 && *weight <= 256);
    require(!errorOf(text, "show info").what.empty());

    Weights shares;
    double sum = 0;
    for (std::size_t i = 0; i < size && i < 8; ++i) {
        shares.push_back(data[i]);
        sum += data[i];
    }
    for (auto& share : shares)
        share = 100 * share / sum; // no number where the sum is 0
    if (const auto weights = weightsOf(shares)) {
        require(weights->size() == shares.size());
        for (std::size_t i = 0; i < shares.size(); ++i)
            require((*weights)[i] >= 0 && (*weights)[i] <= 256 && ((*weights)[i] == 0) == !(shares[i] > 0));
    }
    return 0;
}
