// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"

namespace penstock::haproxy {

/// Where a stats socket listens.
struct Address
{
    std::string text; ///< as the user wrote it
    std::string path; ///< UNIX socket; empty: TCP
    std::string host; ///< numeric, on this machine
    std::uint16_t port = 0;
};

/// "tcp://127.0.0.1:9999", "tcp://[::1]:9999", "tcp://localhost:9999" or "unix:///run/haproxy.sock".
[[nodiscard]] Result<Address> parseAddress(const std::string& url);

/// What HAProxy said until it hung up.
struct Answer
{
    std::string text; ///< without the empty lines at its end
    bool isWhole = false; ///< an empty line ended it, as one ends everything that `show` prints
};

/// Sends one command over a connection of its own and reads its answer.
/// One connection a command keeps answers apart: some of HAProxy's errors do not end the way answers end.
[[nodiscard]] Result<Answer> ask(const Address& address, const std::string& command,
    std::chrono::milliseconds timeout = std::chrono::seconds(2));

} // namespace penstock::haproxy
