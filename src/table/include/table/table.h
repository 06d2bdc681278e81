// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "base/clock.h"
#include "base/result.h"

namespace penstock {

using Errors = std::vector<Error>;

/// Of a file that is no TOML.
[[nodiscard]] inline Error syntaxError(const toml::parse_error& error, const std::string& path)
{
    return { Error::Kind::Invalid, std::string(error.description()), path + ":" + std::to_string(error.source().begin.line) + ":" + std::to_string(error.source().begin.column), "the file is TOML, see toml.io" };
}

/// "write X" when X is close to what was written, else the whole choice.
[[nodiscard]] std::string suggestion(std::string_view written, const std::vector<std::string>& choice);

/// One table of the file: hands out typed values, collects errors, complains about keys nobody asked for.
class Table
{
public:
    Table(const toml::table& table, const std::string& file, Errors& errors)
        : m_table(table), m_file(file), m_errors(errors)
    {
    }
    void error(const toml::source_region& at, std::string what, std::string hint)
    {
        m_errors.push_back({ Error::Kind::Invalid, std::move(what),
            m_file + ":" + std::to_string(at.begin.line) + ":" + std::to_string(at.begin.column), std::move(hint) });
    }
    const toml::node* find(std::string_view key)
    {
        m_known.emplace_back(key);
        return m_table.get(key);
    }
    [[nodiscard]] toml::source_region at(std::string_view key) const
    {
        const auto* node = m_table.get(key);
        return node ? node->source() : m_table.source();
    }
    std::string text(std::string_view key, bool required = false)
    {
        const auto* node = find(key);
        if (!node) {
            if (required)
                error(m_table.source(), std::string(key) + " is missing", "add " + std::string(key) + " = \"...\"");
            return {};
        }
        const auto value = node->value_exact<std::string>();
        if (!value || value->empty()) {
            error(node->source(), std::string(key) + (value ? " is empty" : " is not a string"),
                "write " + std::string(key) + " = \"...\"");
            return {};
        }
        return *value;
    }
    double number(std::string_view key, double otherwise, double least, double greatest)
    {
        const auto* node = find(key);
        if (!node)
            return otherwise;
        const auto value = node->value<double>();
        if (!value || !node->is_number() || !(*value >= least && *value <= greatest)) {
            std::ostringstream hint;
            hint << "write a number from " << least << " to " << greatest;
            error(node->source(), std::string(key) + (node->is_number() ? " is out of range" : " is not a number"), hint.str());
            return otherwise;
        }
        return *value;
    }
    bool flag(std::string_view key)
    {
        const auto* node = find(key);
        if (node && !node->is_boolean())
            error(node->source(), std::string(key) + " is not true or false", "write " + std::string(key) + " = true");
        return node && node->value_or(false);
    }
    std::vector<std::string> texts(std::string_view key)
    {
        std::vector<std::string> result;
        const auto* node = find(key);
        if (!node)
            return result;
        const auto* array = node->as_array();
        const auto refuse = [&](const toml::node& wrong) {
            error(wrong.source(), std::string(key) + " is not a list of strings", "write " + std::string(key) + " = [\"...\"]");
        };
        if (!array) {
            refuse(*node);
            return result;
        }
        for (const auto& entry : *array) {
            if (const auto value = entry.value_exact<std::string>())
                result.push_back(*value);
            else
                refuse(entry);
        }
        return result;
    }
    /// A moment with its offset: 2026-12-24T18:00:00Z. Empty when missing or wrong.
    std::optional<Time> time(std::string_view key);
    /// 18:30:00, as seconds of the day.
    std::optional<std::chrono::seconds> timeOfDay(std::string_view key);
    /// A moment with its offset, or a day, which begins at 00:00 UTC.
    std::optional<Time> moment(std::string_view key);
    /// 2026-12-24.
    std::optional<std::chrono::sys_days> date(std::string_view key);
    /// A whole number of GPUs that must be there.
    std::int64_t gpus(std::string_view key);
    template<class Read>
    void table(std::string_view key, Read read)
    {
        const auto* node = find(key);
        if (!node)
            return;
        if (!node->is_table()) {
            error(node->source(), std::string(key) + " is not a table", "write " + std::string(key) + " = { ... } or [" + std::string(key) + "]");
            return;
        }
        Table inner(*node->as_table(), m_file, m_errors);
        read(inner);
        inner.refuseUnknown();
    }
    template<class Read>
    void tables(std::string_view key, Read read)
    {
        const auto* node = find(key);
        if (!node)
            return;
        const auto* array = node->as_array();
        if (!array) {
            error(node->source(), std::string(key) + " is not a list of tables", "write [[" + std::string(key) + "]]");
            return;
        }
        for (const auto& entry : *array) {
            if (!entry.is_table()) {
                error(entry.source(), std::string(key) + " holds something that is not a table", "write [[" + std::string(key) + "]]");
                continue;
            }
            Table inner(*entry.as_table(), m_file, m_errors);
            read(inner);
            inner.refuseUnknown();
        }
    }
    void choose(std::string_view key, std::string_view written, const std::vector<std::string>& choice, std::string_view what)
    {
        if (!written.empty() && std::ranges::find(choice, written) == choice.end())
            error(at(key), std::string(what) + " '" + std::string(written) + "' is not known", suggestion(written, choice));
    }
    void refuseUnknown()
    {
        for (const auto& [key, node] : m_table)
            if (std::ranges::find(m_known, key.str()) == m_known.end())
                error(key.source(), "unknown key '" + std::string(key.str()) + "'", suggestion(key.str(), m_known));
    }
    [[nodiscard]] const toml::table& raw() const { return m_table; }
    void know(std::string key) { m_known.push_back(std::move(key)); }

private:
    template<class T>
    std::optional<T> exact(std::string_view key, std::string_view kind, std::string_view example);
    const toml::table& m_table;
    const std::string& m_file;
    Errors& m_errors;
    std::vector<std::string> m_known;
};

/// Makes a path absolute from the file's own folder.
using Absolute = std::function<std::string(const std::string& path)>;

/// The reference to a secret that stands under a key; a file's path is made absolute.
[[nodiscard]] std::string readReference(Table& it, const std::string& key, const Absolute& absolute);

} // namespace penstock
