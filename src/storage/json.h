// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace penstock {

/// Objects of this type keep their keys sorted.
using Json = nlohmann::json;

/// Nested deeper than this, a text from outside is refused: writing it again would take a stack of that depth.
inline constexpr int deepestJson = 64;

/// Empty when it is no JSON or nested too deeply.
[[nodiscard]] std::optional<Json> parseJson(std::string_view text);
/// One line; bytes that are no UTF-8 become U+FFFD. What it writes, `parseJson` and this write again letter by letter.
[[nodiscard]] std::string canonicalJson(const Json& json);

} // namespace penstock
