// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace penstock {

struct HttpRequest
{
    std::string method = "GET";
    std::string url {}; ///< http:// or https://
    std::string body {};
    std::string contentType {}; ///< of the body
    std::string token {}; ///< bearer; the secret itself. Sent over TLS, or in plaintext to this machine only
    std::string user {}; ///< not empty: the token is this user's password (Basic)
    std::vector<std::pair<std::string, std::string>> headers {}; ///< besides; none of them a secret
    std::string ca {}; ///< PEM file; empty: the system's certificates
    std::chrono::milliseconds timeout { 2'000 }; ///< for the whole exchange
    std::int64_t longestAnswer = 16 * 1024 * 1024; ///< bytes, once unpacked
};

struct HttpAnswer
{
    int status = 0; ///< any: 404 is an answer
    std::string contentType {}; ///< "application/json", without parameters, in lower case
    std::string body {};
    std::optional<std::chrono::seconds> retryAfter {};
};

/// Keeps connections open between exchanges. Needs a QCoreApplication; no event loop runs in the calling thread.
class HttpClient
{
public:
    HttpClient();
    ~HttpClient(); ///< must not run while a call does
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// Blocks until the whole answer is there or the time is over; callable from any thread and several at a time.
    /// Unavailable: nobody answers, or not whole. Denied: the certificate is not trusted. Refused: a token would go out in
    /// plaintext. Invalid: the address, the CA file, or an answer that is too long. Redirects are not followed.
    [[nodiscard]] Result<HttpAnswer> send(const HttpRequest& request);

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// "key=value&key=value", percent-encoded, for application/x-www-form-urlencoded.
[[nodiscard]] std::string formEncoded(const std::vector<std::pair<std::string, std::string>>& fields);

} // namespace penstock
