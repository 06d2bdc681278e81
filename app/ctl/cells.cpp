// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "cells.h"

#include <algorithm>
#include <sstream>

namespace penstock {

namespace {

    std::string cell(const Json& value)
    {
        if (value.is_null())
            return "";
        if (value.is_string())
            return value.get<std::string>();
        return value.dump();
    }

    std::string csvCell(const Json& value)
    {
        auto text = cell(value);
        if (text.find_first_of(",\"\n") == std::string::npos)
            return text;
        std::string quoted = "\"";
        for (const char letter : text)
            quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
        return quoted + "\"";
    }

} // namespace

std::string csv(const Json& rows)
{
    std::ostringstream out;
    bool first = true;
    for (const auto& row : rows) {
        const auto line = [&](const auto& pick) {
            bool start = true;
            for (const auto& [key, value] : row.items()) {
                out << (start ? "" : ",") << pick(key, value);
                start = false;
            }
            out << '\n';
        };
        if (first)
            line([](const std::string& key, const Json&) { return key; });
        line([](const std::string&, const Json& value) { return csvCell(value); });
        first = false;
    }
    return out.str();
}

std::size_t letters(std::string_view text)
{
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char it) { return (static_cast<unsigned char>(it) & 0xC0U) != 0x80U; }));
}

std::string padded(std::string text, std::size_t width, bool right)
{
    const auto have = letters(text);
    const std::string blank(width > have ? width - have : 0, ' ');
    return right ? blank + text : text + blank;
}

std::string table(const Json& rows, const std::vector<std::pair<std::string, std::string>>& columns)
{
    std::vector<std::size_t> width;
    for (const auto& [key, title] : columns) {
        width.push_back(letters(title));
        for (const auto& row : rows)
            width.back() = std::max(width.back(), letters(cell(row.value(key, Json()))));
    }
    std::string out;
    const auto line = [&](const auto& text, const auto& isNumber) {
        for (std::size_t i = 0; i < columns.size(); ++i)
            out += (i ? "  " : "") + padded(text(i), width[i], isNumber(i));
        out += '\n';
    };
    line([&](std::size_t i) { return columns[i].second; }, [&](std::size_t i) { return !rows.empty() && rows.front().value(columns[i].first, Json()).is_number(); });
    for (const auto& row : rows)
        line(
            [&](std::size_t i) {
                const auto text = cell(row.value(columns[i].first, Json()));
                return text.empty() ? std::string("-") : text;
            },
            [&](std::size_t i) { return row.value(columns[i].first, Json()).is_number(); });
    return out;
}

} // namespace penstock
