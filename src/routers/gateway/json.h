// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::gateway {

using Json = nlohmann::json;

/// The member `key`, or null where there is none or `object` is no object.
[[nodiscard]] inline const Json& member(const Json& object, std::string_view key)
{
    static const Json none;
    if (!object.is_object())
        return none;
    const auto found = object.find(key);
    return found == object.end() ? none : *found;
}

/// The text under `key`; empty where there is none.
[[nodiscard]] inline std::string text(const Json& object, std::string_view key)
{
    const auto& value = member(object, key);
    return value.is_string() ? value.get<std::string>() : std::string();
}

[[nodiscard]] inline std::optional<std::int64_t> integer(const Json& value)
{
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))
        return std::nullopt;
    return value.is_number_integer() ? std::optional(value.get<std::int64_t>()) : std::nullopt;
}

} // namespace penstock::gateway
