// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace penstock {

/// A service account of Google Cloud, as its key file has it.
struct ServiceAccount
{
    std::string email;
    std::string keyId; ///< may be empty
    std::string privateKey; ///< PEM
    std::string tokenUri; ///< who exchanges its signature for a token
};

/// Invalid: it is no key of a service account, but of somebody else, or none; what it holds stays out of the error.
[[nodiscard]] Result<ServiceAccount> readServiceAccount(std::string_view json);

/// A JSON web token that the account signs for itself (RS256), good for an hour from `now`. With an audience it is meant for exchange, RFC
/// 7523; without one it is a bearer token by itself. Invalid: the key is no RSA key. Any thread.
/// Source: https://developers.google.com/identity/protocols/oauth2/service-account
[[nodiscard]] Result<std::string> signedJwt(const ServiceAccount& account, const std::string& scope, const std::string& audience, Time now);
inline constexpr std::chrono::hours jwtLifetime { 1 };

/// What who gives tokens answers, RFC 6749.
struct TokenAnswer
{
    std::string token;
    std::chrono::seconds lifetime {}; ///< from the answer on
};

/// Invalid: it is no such answer. Numbers may be text, as Azure writes them.
[[nodiscard]] Result<TokenAnswer> readTokenAnswer(std::string_view body);

/// Of a refusal in JSON, in whatever shape the clouds give it, the words for people, on one line; empty: there are none.
[[nodiscard]] std::string refusalWords(std::string_view body);

} // namespace penstock
