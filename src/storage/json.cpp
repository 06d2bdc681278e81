// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "json.h"

namespace penstock {

std::optional<Json> parseJson(std::string_view text)
{
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char letter = text[i];
        if (quoted) {
            if (letter == '\\')
                ++i;
            else if (letter == '"')
                quoted = false;
        } else if (letter == '"')
            quoted = true;
        else if (letter == '{' || letter == '[') {
            if (++depth > deepestJson)
                return std::nullopt;
        } else if (letter == '}' || letter == ']')
            --depth;
    }
    auto json = Json::parse(text, nullptr, false);
    if (json.is_discarded())
        return std::nullopt;
    return json;
}

std::string canonicalJson(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

} // namespace penstock
