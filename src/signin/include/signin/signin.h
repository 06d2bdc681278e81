// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "fleet/endpoint.h"
#include "http/httpclient.h"

namespace penstock {

/// Reads all lines of what a reference points to. Any thread, may block.
using SecretReader = std::function<Result<std::string>(std::string_view reference)>;

/// How requests to one store show who asks. Any thread, several at a time.
class SignIn
{
public:
    virtual ~SignIn() = default;

    /// Adds to a request, whose every other field is final, what the store wants to see. Waits where a token must be got first.
    /// Denied: who gives tokens refuses. Unavailable: it does not answer. NotFound, Invalid: the secrets are not there, or none.
    [[nodiscard]] virtual Result<> sign(HttpRequest& request, const std::stop_token& stop) = 0;
    /// The store refused what this was signed with, by `status` 401 or 403. True: it will be signed with something newer.
    [[nodiscard]] virtual bool renew(const HttpRequest& refused, int status) = 0;
    /// What to do about a refusal.
    [[nodiscard]] virtual std::string advice() const = 0;
};

/// As the endpoint says: with its `sign_in`, or with its token, as the password of its user if it has one. Null: with nothing. No secret is
/// read yet.
[[nodiscard]] std::shared_ptr<SignIn> makeSignIn(const Endpoint& endpoint, std::shared_ptr<HttpClient> http, SecretReader secrets, Clock clock = wallClock);

/// Sends a request as HttpClient does, signed; where the store refuses, once more with what is newer. A refusal is Denied, in the
/// store's own words. Without `signIn` it is sent as it is, and a refusal is an answer.
[[nodiscard]] Result<HttpAnswer> sendSigned(HttpClient& http, SignIn* signIn, const HttpRequest& request, const std::stop_token& stop = {});

/// What it comes to that a store refuses what `signIn` has signed, in its own words. Without its secrets.
[[nodiscard]] Error refusalOf(const SignIn& signIn, const HttpRequest& refused, const HttpAnswer& answer);

} // namespace penstock
