// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "haproxy/answers.h"
#include "runtimeapi.h"

namespace penstock::haproxy {

/// What one process said at one time, servers in the order of the route.
struct Picture
{
    Process process;
    std::string algorithm; ///< empty: not told
    std::uint64_t queued = 0; ///< requests that wait for any server
    std::vector<ServerState> servers;
    std::vector<std::optional<ServerStat>> stats;
    bool silent = false; ///< the process does not answer: this is what another of the route said, without its counters
    std::string strangers; ///< servers that take traffic and that the route doesn't know

    [[nodiscard]] std::vector<int> weights() const;
    /// "20/50/30".
    [[nodiscard]] std::string text() const;
};

/// One HAProxy process behind its stats socket. Each call takes two seconds at most, or a few where it asks several
/// things and each is answered late. Not thread-safe.
class HaproxyProcess
{
public:
    HaproxyProcess(const Route& route, Address address);

    [[nodiscard]] Result<Picture> look();
    struct NewWeight
    {
        std::size_t server;
        int weight;
    };
    /// Sets weights and reads them back. All go in one line, so that no request meets, and no crash leaves, half of them.
    [[nodiscard]] Result<> setWeights(std::span<const NewWeight> weights);
    /// "ready" or "drain".
    [[nodiscard]] Result<> setState(std::size_t server, const std::string& state);

    [[nodiscard]] const std::string& name() const { return m_address.text; }
    /// False once it is known that this socket may read only.
    [[nodiscard]] bool mayChange() const { return m_mayChange; }

private:
    [[nodiscard]] Result<Process> who() const;
    /// May be of two processes, where one takes over meanwhile.
    [[nodiscard]] Result<Picture> lookOnce();
    /// Asks, and refuses an answer that does not hold `marker` or was cut off.
    [[nodiscard]] Result<std::string> show(const std::string& command, std::string_view marker) const;
    [[nodiscard]] std::string path(std::size_t server) const { return m_backend + "/" + m_names[server]; }
    [[nodiscard]] std::unexpected<Error> at(Error error) const
    {
        if (error.where.empty())
            error.where = m_address.text;
        return std::unexpected(std::move(error));
    }

    Address m_address;
    std::string m_backend;
    std::vector<std::string> m_names;
    std::optional<std::uint64_t> m_askedLevelOf; ///< process id
    bool m_mayChange = true;
};

} // namespace penstock::haproxy
