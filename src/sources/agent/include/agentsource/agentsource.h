// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "fleet/source.h"

namespace grpc {
class Channel;
}

namespace penstock {

/// Reads the secret that authenticates calls; "": there is none. It is asked before each of them, on its thread, and may block; no function: none.
using AgentToken = std::function<Result<std::string>()>;

struct AgentAddress
{
    std::string url; ///< "grpc://127.0.0.1:PORT" (plaintext, loopback only) or "grpcs://HOST:PORT" (TLS)
    AgentToken token; ///< sent over TLS and in process only
    std::string caFile; ///< PEM; empty: the system's certificates
};

/// A channel to one agent and what authenticates the calls on it; shared by its source and its routers.
struct AgentChannel
{
    std::shared_ptr<grpc::Channel> channel;
    AgentToken token;
    std::string address; ///< for messages
};

/// Prepares a channel; nothing is connected yet. Refuses plaintext to another host and unreadable certificates.
[[nodiscard]] Result<AgentChannel> openAgentChannel(const AgentAddress& address);

/// Reads an agent's fleets. An agent that sends nothing for 2 s is taken for dead; the source reconnects by itself.
[[nodiscard]] std::unique_ptr<Source> makeAgentSource(AgentChannel channel);

} // namespace penstock
