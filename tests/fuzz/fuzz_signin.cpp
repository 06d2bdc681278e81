// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/timetext.h"
#include "promises.h"
#include "signin/oauth.h"
#include "signin/sigv4.h"

using namespace penstock;
using fuzz::require;

/// Whatever a key file holds, or one who gives tokens answers, is read or refused with words of our own; a token breaks no header, a refusal no
/// line, and any request can be signed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto at = *parseTime("2015-08-30T12:36:00Z");
    if (const auto account = readServiceAccount(text)) {
        require(!account->email.empty() && !account->privateKey.empty() && !account->tokenUri.empty());
        if (const auto jwt = signedJwt(*account, "scope", {}, at))
            require(std::ranges::count(*jwt, '.') == 2);
        else
            require(jwt.error().text().find(account->privateKey) == std::string::npos);
    } else
        require(!account.error().what.empty() && account.error().text().size() < 300);
    if (const auto answer = readTokenAnswer(text)) {
        require(!answer->token.empty() && std::ranges::none_of(answer->token, [](char c) { return c <= ' ' || c >= '\x7f'; }));
        require(answer->lifetime > std::chrono::seconds(0));
    } else
        require(!answer.error().what.empty());
    require(refusalWords(text).find_first_of("\r\n") == std::string::npos);
    const auto half = size / 2;
    const auto made = sigV4({ "GET", text.substr(0, half), text.substr(half), { { "Host", text } }, text }, { "AKIDEXAMPLE", "secret" }, "us-east-1", "aps", at);
    require(made && made->signature.size() == 64 && made->canonical.starts_with("GET\n/"));
    return 0;
}
