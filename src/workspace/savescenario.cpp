// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <algorithm>
#include <sstream>

#include <toml++/toml.h>

#include "filetext.h"
#include "workspace/workspace.h"

namespace penstock {

namespace {

using Lines = std::vector<std::string>;

Lines linesOf(const std::string& text)
{
    Lines made;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        made.push_back(line);
    return made;
}

std::string textOf(const Lines& lines)
{
    std::string text;
    for (const auto& line : lines)
        text += line + '\n';
    return text;
}

/// A date where it begins a day, as people write it.
std::string momentOf(Time time)
{
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const toml::date written { static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()) };
    std::ostringstream text;
    if (time == Time(day)) {
        text << written;
        return text.str();
    }
    const auto rest = std::chrono::floor<std::chrono::seconds>(time - day).count();
    text << toml::date_time { written,
        toml::time { static_cast<unsigned>(rest / 3600), static_cast<unsigned>(rest / 60 % 60),
            static_cast<unsigned>(rest % 60) },
        toml::time_offset { 0, 0 } };
    return text.str();
}

/// In the order in which a person would write it.
Lines linesOf(const Scenario& scenario)
{
    const auto quoted = [](const std::string& value) {
        std::ostringstream text;
        text << toml::value<std::string>(value);
        return text.str();
    };
    Lines made { "[[scenario]]", "name = " + quoted(scenario.name), "blocks = [" };
    for (const auto& it : scenario.blocks) {
        std::ostringstream line;
        line << "    { provider = " << quoted(it.provider) << ", model = " << quoted(it.model)
             << ", gpus = " << it.gpus;
        if (it.from)
            line << ", from = " << momentOf(*it.from);
        if (it.until)
            line << ", until = " << momentOf(*it.until);
        if (it.perGpuHour)
            line << ", usd_per_gpu_hour = " << *it.perGpuHour;
        line << " },";
        made.push_back(line.str());
    }
    made.emplace_back("]");
    return made;
}

/// Where each table with a header of its own begins, by line from 0.
void headersIn(const toml::node& node, std::vector<std::size_t>& lines)
{
    if (const auto* table = node.as_table()) {
        if (!table->is_inline() && table->source().begin.line > 0)
            lines.push_back(table->source().begin.line - 1);
        for (const auto& [key, value] : *table)
            headersIn(value, lines);
    } else if (const auto* array = node.as_array())
        for (const auto& value : *array)
            headersIn(value, lines);
}

/// First and behind last line of the scenario of this name, without what stands before the next header.
std::optional<std::pair<std::size_t, std::size_t>> placeOf(
    const toml::table& file, const std::string& name, const Lines& lines)
{
    const auto* all = file.get_as<toml::array>("scenario");
    for (std::size_t i = 0; all && i < all->size(); ++i) {
        const auto* table = all->get(i)->as_table();
        if (!table || table->is_inline() || table->at_path("name").value_or(std::string()) != name)
            continue;
        const std::size_t first = table->source().begin.line - 1;
        std::vector<std::size_t> headers;
        headersIn(file, headers);
        std::size_t last = lines.size();
        for (const auto line : headers)
            if (line > first)
                last = std::min(last, line);
        // A comment before the next table is the next table's.
        const auto isSpare = [](const std::string& line) {
            const auto begin = line.find_first_not_of(" \t\r");
            return begin == std::string::npos || line[begin] == '#';
        };
        while (last > first + 1 && isSpare(lines[last - 1]))
            --last;
        return std::pair(first, last);
    }
    return std::nullopt;
}

/// Puts lines in the place of a scenario. NotFound where there is none.
Result<> replaceScenario(const std::string& path, const std::string& name, const Lines& with)
{
    const auto text = fileText(path);
    if (!text)
        return fail(Error::Kind::NotFound, "the workspace cannot be read", path);
    auto lines = linesOf(*text);
    try {
        const auto place = placeOf(toml::parse(*text, path), name, lines);
        if (!place)
            return fail(Error::Kind::NotFound, "there is no scenario '" + name + "'", path);
        const auto isBlank = [&](std::size_t line) { return line >= lines.size() || lines[line].find_first_not_of(" \t\r") == std::string::npos; };
        // The blank line that parted it from what stands before goes with it.
        const bool parts = with.empty() && place->first > 0 && place->first <= lines.size() && isBlank(place->first - 1) && isBlank(place->second);
        const auto first = lines.begin() + static_cast<std::ptrdiff_t>(place->first - (parts ? 1 : 0));
        const auto at = lines.erase(first, lines.begin() + static_cast<std::ptrdiff_t>(place->second));
        lines.insert(at, with.begin(), with.end());
    } catch (const toml::parse_error& error) {
        return fail(Error::Kind::Invalid, std::string(error.description()), path);
    }
    return replaceWorkspace(path, textOf(lines));
}

} // namespace

Result<> saveScenario(const std::string& path, const Scenario& scenario)
{
    const auto written = linesOf(scenario);
    const auto replaced = replaceScenario(path, scenario.name, written);
    if (replaced || replaced.error().kind != Error::Kind::NotFound)
        return replaced;
    auto text = fileText(path);
    if (!text)
        return replaced;
    if (!text->empty() && !text->ends_with('\n'))
        *text += '\n';
    return replaceWorkspace(path, *text + '\n' + textOf(written));
}

Result<> removeScenario(const std::string& path, const std::string& name)
{
    return replaceScenario(path, name, {});
}

} // namespace penstock
