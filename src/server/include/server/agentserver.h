// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "fleet/world.h"

namespace grpc {
class Channel;
}

namespace penstock {

struct ServerOptions
{
    std::string listen; ///< "HOST:PORT", port 0 for a free one; empty: in process only
    bool plaintext = false; ///< without TLS and token; loopback only
    std::string certFile, keyFile, tokenFile; ///< needed unless plaintext
    std::chrono::milliseconds every { 1000 }; ///< how often the world is brought up to date
};

/// Serves one world over gRPC: its fleets and its routes. Owns the thread that brings the world up to date.
class AgentServer
{
public:
    [[nodiscard]] static Result<std::unique_ptr<AgentServer>> start(
        std::unique_ptr<World> world, const ServerOptions& options, Clock clock = wallClock);
    ~AgentServer(); ///< ends all streams and stops
    [[nodiscard]] int port() const; ///< 0 when in process only
    [[nodiscard]] std::shared_ptr<grpc::Channel> inProcessChannel();

private:
    struct Impl;
    explicit AgentServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace penstock
