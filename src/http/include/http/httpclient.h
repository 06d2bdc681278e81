// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
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
    std::string tokenHeader {}; ///< not empty: the token goes into this header as it is, and not into Authorization
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

    [[nodiscard]] bool isWebPage() const;
    /// The first words of it, for people: of a web page its title, of an error in JSON its message; what might be a secret is left out. Empty: there are none.
    [[nodiscard]] std::string says() const;
};

/// Whom a client trusts and how it shows itself, in all of its exchanges.
struct HttpIdentity
{
    std::string authorities {}; ///< PEM; empty: the system's. HttpRequest::ca goes before
    std::string certificate {}, key {}; ///< PEM, of the client itself
    std::string serverName {}; ///< whom the server's certificate must be for; empty: the host of the address
    bool trustsAnybody = false; ///< the server's certificate is not looked at
    std::string proxy {}; ///< http://HOST:PORT or socks5://HOST:PORT
    friend bool operator==(const HttpIdentity&, const HttpIdentity&) = default;
};

/// Keeps connections open between exchanges, and lifts the process' limit of open files as far as it may. Needs a QCoreApplication; no event loop runs in the calling thread.
class HttpClient
{
public:
    explicit HttpClient(HttpIdentity identity = {});
    ~HttpClient(); ///< must not run while a call does
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// Blocks until the whole answer is there or the time is over; callable from any thread and several at a time.
    /// Unavailable: nobody answers, or not whole. Denied: the certificate is not trusted. Refused: a token would go out in
    /// plaintext. Invalid: the address, the CA file, the identity, or an answer that is too long. Cancelled: `stop`. Redirects are
    /// not followed.
    [[nodiscard]] Result<HttpAnswer> send(const HttpRequest& request, const std::stop_token& stop = {});

    /// The same for an answer that goes on: each line of one with status 200 is handed over as it comes, on the calling thread, and is
    /// no part of the answer's body; a reader that is slow slows the sender down. Any other status is an answer like all others.
    /// `longestAnswer` is that of a line. A last line without an end is passed over: it may be half of one.
    [[nodiscard]] Result<HttpAnswer> stream(const HttpRequest& request, const std::function<void(std::string_view)>& line, const std::stop_token& stop = {});

    /// What send() returns is handed over when it is there, so that no thread waits for who is silent. `done` is called once, on the client's own thread, which it must not hold up;
    /// when the client is gone before, not at all.
    void begin(HttpRequest request, std::function<void(Result<HttpAnswer>)> done);

private:
    [[nodiscard]] Result<HttpAnswer> exchange(const HttpRequest& request, const std::function<void(std::string_view)>* line, const std::stop_token& stop);
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// "key=value&key=value", percent-encoded, for application/x-www-form-urlencoded.
[[nodiscard]] std::string formEncoded(const std::vector<std::pair<std::string, std::string>>& fields);

} // namespace penstock
