// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace penstock {

/// Why something expected to fail sometimes did fail: what, where, and what to do about it.
struct Error
{
    enum class Kind {
        NotFound, ///< a file, name or id that is not there
        Invalid, ///< input that breaks its format or a rule of it
        Unavailable, ///< the other side does not answer; trying again may help
        Corrupt, ///< stored data that is damaged
        Denied, ///< authentication, authorisation or file permission
        Conflict, ///< somebody else changed it first
        Refused, ///< a safety rule says no
        Cancelled, ///< asked to stop
    };
    Kind kind = Kind::Invalid;
    std::string what; ///< one sentence without a full stop: "token is not accepted"
    std::string where; ///< file:line:column, endpoint name or address; may be empty
    std::string hint; ///< what to do: "write grpcs://"; may be empty

    /// "where: what (hint)", for logs and terminals.
    [[nodiscard]] std::string text() const;
    friend bool operator==(const Error&, const Error&) = default;
};

template<class T = void>
using Result = std::expected<T, Error>;

/// Shorthand for the failing return of a Result.
[[nodiscard]] inline std::unexpected<Error> fail(
    Error::Kind kind, std::string what, std::string where = {}, std::string hint = {})
{
    return std::unexpected(Error { kind, std::move(what), std::move(where), std::move(hint) });
}

} // namespace penstock
