// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace penstock::haproxy {

/// Finds columns by name, in a header or in its rows.
class Header
{
public:
    explicit Header(std::vector<std::string> names) : m_names(std::move(names)) {}
    /// The cell under `name`; empty when there is no such column or the row ends before it.
    [[nodiscard]] std::string_view cell(const std::vector<std::string>& row, std::string_view name) const
    {
        const auto found = std::ranges::find(m_names, name);
        const auto at = static_cast<std::size_t>(found - m_names.begin());
        return at < row.size() && found != m_names.end() ? std::string_view(row[at]) : std::string_view();
    }
    [[nodiscard]] bool has(std::string_view name) const { return std::ranges::find(m_names, name) != m_names.end(); }

private:
    std::vector<std::string> m_names;
};

/// True when all of `text` is a number that fits.
template<class Number>
[[nodiscard]] bool read(std::string_view text, Number& number)
{
    const auto* last = text.data() + text.size();
    const auto done = std::from_chars(text.data(), last, number);
    return done.ec == std::errc() && done.ptr == last && !text.empty();
}

[[nodiscard]] inline std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.back() == '\r' || text.back() == '\n' || text.back() == ' '))
        text.remove_suffix(1);
    while (!text.empty() && (text.front() == ' ' || text.front() == '\n' || text.front() == '\r'))
        text.remove_prefix(1);
    return text;
}

[[nodiscard]] inline std::unexpected<Error> broken(const std::string& what, std::string_view line)
{
    return fail(Error::Kind::Invalid, what + ": \"" + std::string(line.substr(0, 80)) + "\"", {}, "is this really HAProxy 2.x?");
}

} // namespace penstock::haproxy
