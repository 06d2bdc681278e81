// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "table/table.h"

namespace penstock {

namespace {

    std::size_t editDistance(std::string_view a, std::string_view b)
    {
        std::vector<std::size_t> row(b.size() + 1);
        for (std::size_t j = 0; j <= b.size(); ++j)
            row[j] = j;
        for (std::size_t i = 1; i <= a.size(); ++i) {
            auto diagonal = std::exchange(row[0], i);
            for (std::size_t j = 1; j <= b.size(); ++j)
                diagonal = std::exchange(row[j], std::min({ row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]) }));
        }
        return row.back();
    }

    std::string joined(const std::vector<std::string>& words)
    {
        std::string text;
        for (const auto& word : words)
            text += (text.empty() ? "" : ", ") + word;
        return text;
    }

} // namespace

std::string suggestion(std::string_view written, const std::vector<std::string>& choice)
{
    const auto best = std::ranges::min_element(choice, {}, [&](const std::string& it) { return editDistance(written, it); });
    if (best != choice.end() && editDistance(written, *best) <= 2)
        return "write " + *best;
    // A key may be asked for more than once.
    std::vector<std::string> once;
    std::ranges::copy_if(choice, std::back_inserter(once), [&](const std::string& it) { return std::ranges::find(once, it) == once.end(); });
    return choice.empty() ? std::string("there is none yet") : "one of: " + joined(once);
}

template<class T>
std::optional<T> Table::exact(std::string_view key, std::string_view kind, std::string_view example)
{
    const auto* node = find(key);
    if (!node)
        return std::nullopt;
    const auto value = node->value_exact<T>();
    if (!value)
        error(node->source(), std::string(key) + " is not a " + std::string(kind), "write " + std::string(key) + " = " + std::string(example));
    return value;
}

std::optional<Time> Table::time(std::string_view key)
{
    const auto value = exact<toml::date_time>(key, "date and time", "2026-12-24T18:00:00Z");
    if (!value)
        return std::nullopt;
    if (!value->offset) {
        error(at(key), std::string(key) + " does not say its offset from UTC", "end it with Z or +01:00");
        return std::nullopt;
    }
    const auto day = std::chrono::year_month_day(std::chrono::year(value->date.year), std::chrono::month(value->date.month), std::chrono::day(value->date.day));
    return Time(std::chrono::sys_days(day)) + std::chrono::hours(value->time.hour) + std::chrono::minutes(value->time.minute)
        + std::chrono::seconds(value->time.second) - std::chrono::minutes(value->offset->minutes);
}

std::optional<Time> Table::moment(std::string_view key)
{
    const auto* node = find(key);
    if (node && !node->is_date() && !node->is_date_time()) {
        error(node->source(), std::string(key) + " is not a date",
            "write " + std::string(key) + " = 2026-12-24, or with a time 2026-12-24T18:00:00Z");
        return std::nullopt;
    }
    return node && node->is_date() ? std::optional<Time>(date(key)) : time(key);
}

std::optional<std::chrono::seconds> Table::timeOfDay(std::string_view key)
{
    const auto value = exact<toml::time>(key, "time of day", "18:30:00");
    if (!value)
        return std::nullopt;
    return std::chrono::hours(value->hour) + std::chrono::minutes(value->minute) + std::chrono::seconds(value->second);
}

std::optional<std::chrono::sys_days> Table::date(std::string_view key)
{
    const auto value = exact<toml::date>(key, "date", "2026-12-24");
    if (!value)
        return std::nullopt;
    return std::chrono::sys_days(std::chrono::year_month_day(std::chrono::year(value->year), std::chrono::month(value->month), std::chrono::day(value->day)));
}

std::int64_t Table::gpus(std::string_view key)
{
    if (!m_table.contains(key))
        error(m_table.source(), std::string(key) + " is missing", "add " + std::string(key) + " = NUMBER");
    const double count = number(key, 0, 0, 1e9);
    if (count != std::floor(count))
        error(at(key), std::string(key) + " counts whole GPUs", "write " + std::string(key) + " = " + std::to_string(std::llround(count)));
    return static_cast<std::int64_t>(count);
}

std::string readReference(Table& it, const std::string& key, const Absolute& absolute)
{
    auto reference = it.text(key);
    if (!reference.empty() && !reference.starts_with("keychain:") && !reference.starts_with("env:") && !reference.starts_with("file:"))
        it.error(it.at(key), key + " holds the secret itself", "write keychain:NAME, env:NAME or file:PATH");
    return reference.starts_with("file:") ? "file:" + absolute(reference.substr(5)) : reference;
}

} // namespace penstock
