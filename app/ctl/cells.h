// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock {

/// Keys stay in the order in which they were written.
using Json = nlohmann::ordered_json;

/// Letters of a UTF-8 text, for columns that line up.
[[nodiscard]] std::size_t letters(std::string_view text);
[[nodiscard]] std::string padded(std::string text, std::size_t width, bool right);

/// The rows under the keys of the first one.
[[nodiscard]] std::string csv(const Json& rows);
/// Numbers stand right, texts left; an empty cell is a dash. `columns`: keys and titles.
[[nodiscard]] std::string table(const Json& rows, const std::vector<std::pair<std::string, std::string>>& columns);

} // namespace penstock
